/* What both BPF programs share: maps' shapes, budget, the ring. Included once by each. */
#ifndef SPI_COMMON_BPF_H
#define SPI_COMMON_BPF_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "record.h"

#define PROTO_UDP 17
#define PROTO_ESP 50
#define PROTO_AH  51

#define SECOND_NS 1000000000ull
/* Records of flows that were not seen before: at most so many a second (races may add a few). */
#define NEW_PER_SECOND 2048
/* Of the ring, a quarter is kept for flows that repeat: a flood of random SPIs consists of flows
 * of one packet and cannot crowd out the flow that matters. */
#define RING_FOR_REPEATS (SPI_RING_BYTES / 4)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SPI_RING_BYTES);
} ring SEC(".maps");

/* The compiler knows more about a number than the verifier and leaves out comparisons that the latter
 * needs: from here on it knows nothing. */
#define HIDE(number) asm volatile("" : "+r"(number))

static __always_inline void count_up(__u64 *p)
{
	__sync_fetch_and_add(p, 1);
}

/* One more record of a kind that has a budget a second? */
static __always_inline bool within_budget(struct spi_sums *sums, __u64 now_ns, __u64 limit)
{
	__u64 window = now_ns / SECOND_NS;

	if (sums->window != window) {
		sums->window = window;
		sums->used = 0;
	}
	if (sums->used >= limit) {
		count_up(&sums->held);
		return false;
	}
	count_up(&sums->used);
	return true;
}

static __always_inline struct spi_record *record_reserve(struct spi_sums *sums, bool repeat)
{
	struct spi_record *r = NULL;

	if (repeat ||
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < SPI_RING_BYTES - RING_FOR_REPEATS)
		r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);
	if (!r)
		count_up(&sums->lost);
	return r;
}

/* IPv6 extension headers that may stand before ESP, AH or UDP (RFC 8200 4.1). */
static __always_inline bool is_extension(__u8 next)
{
	return next == 0 || next == 43 || next == 60 || next == 44;
}

#endif
