/*
 * spi/bpf/record: what the BPF programs hand up and record.c reads; the one place that both sides
 * include. Integers are big endian, so that `struct reader` reads them; the sums are in the byte
 * order of the machine, they never leave it.
 */
#ifndef SPI_BPF_RECORD_H
#define SPI_BPF_RECORD_H

#include <linux/types.h>

#define SPI_RECORD_VERSION 1
#define SPI_RECORD_HEAD	   128 /* outer headers and 64 bytes, at most this */
#define SPI_RECORD_FIXED   80  /* bytes before `head` */
#define SPI_RING_BYTES	   (1 << 19)

enum spi_record_flags {
	SPI_RECORD_ENCAP = 1,	 /* came in UDP; sport is the outer source port */
	SPI_RECORD_STRIPPED = 2, /* the kernel had taken the UDP header off the IP length by then */
};

struct spi_record {
	__u8 version;
	__u8 family; /* 4 or 6 */
	__u8 proto;  /* 50 or 51 */
	__u8 flags;
	__be16 sport;
	__u8 head_len;
	__u8 zero;
	__be32 spi, seq, ifindex, zero2;
	__be64 count; /* packets of this flow so far, this one included */
	__u8 src[16], dst[16];
	__u8 interface[16];	    /* name, NUL-terminated; the tap leaves it empty */
	__u8 head[SPI_RECORD_HEAD]; /* from the network header on */
};

/* Shared with the router by mmap. */
struct spi_sums {
	__u64 seen;   /* probe: refusals in our namespace; tap: candidates */
	__u64 lost;   /* the ring was full */
	__u64 held;   /* over the budget of records a second */
	__u64 other;  /* refused, but neither ESP nor AH (IPComp, IPIP) */
	__u64 window; /* second that `used` belongs to */
	__u64 used;
};

/* The tap's: flows that need not come up again, by tag; the router writes, the filter reads. */
#define SPI_TAP_IGNORE 1024
struct spi_tap_shared {
	struct spi_sums sums;
	__u64 ignored; /* candidates that did not come up because of `ignore` */
	__u64 ignore[SPI_TAP_IGNORE];
};

/* A tag for (destination, protocol, SPI); never 0. dst: four words of the address in any fixed
 * order, an IPv4 address in the first. A collision hides a flow from the tap for a second. */
static inline __u64 spi_tag(const __u32 dst[4], __u8 proto, __u32 spi)
{
	__u32 h = 2166136261u ^ proto;

	h = (h ^ dst[0]) * 16777619u;
	h = (h ^ dst[1]) * 16777619u;
	h = (h ^ dst[2]) * 16777619u;
	h = (h ^ dst[3]) * 16777619u;
	return (__u64)spi << 32 | (h | 1);
}

static inline __u32 spi_tag_slot(__u64 tag)
{
	return (__u32)((tag ^ tag >> 17 ^ tag >> 32 ^ tag >> 45) % SPI_TAP_IGNORE);
}

#endif
