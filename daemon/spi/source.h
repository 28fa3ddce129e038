/*
 * spi/source: where refusals come from: an ops table with three kinds behind it.
 *
 * The privileged half (loading BPF, opening packet sockets) is done once by the supervisor
 * (spi/bpf/load.h), which holds the descriptors; a source is built from duplicates of them and
 * needs no capability.
 */
#ifndef SPI_SOURCE_H
#define SPI_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct loop;
struct xfrm;

#define SPI_HEAD_MAX 128

/* One refused packet, or a sum: a flow beyond its first packets is reported once a second. */
struct spi_refusal {
	struct addr src, dst;
	uint8_t proto;
	bool encap;
	uint16_t sport;
	uint32_t spi, seq; /* host order */
	uint32_t ifindex;
	char interface[16];	    /* it came in by; "" = not known */
	uint64_t flow_count;	    /* packets of this flow so far, this one included, as the source
			      * counts; 0: it does not, this is one */
	uint8_t head[SPI_HEAD_MAX]; /* outer headers and 64 bytes, or what there was of them */
	uint8_t head_len;
};

/* What became of the packets that the kernel counted since the source was made. */
struct spi_source_sums {
	uint64_t seen;	   /* packets that it reported, or knows to belong to a reported flow */
	uint64_t lost;	   /* records lost on the way up (ring full, or over the budget) */
	uint64_t unlooked; /* refused while it did not look, or it could not tell which they were */
	uint64_t pending;  /* counted by the kernel and not judged yet */
};

struct spi_source; /* each kind has its own struct, this first: */

struct spi_source_ops {
	const char *name;		    /* for people */
	int (*start)(struct spi_source *s); /* by spi_source_start() only */
	void (*free)(struct spi_source *s);
	void (*sums)(struct spi_source *s, struct spi_source_sums *out);
	/* The tap: the kernel's counter moved; called at 50 Hz at most. NULL elsewhere. */
	void (*counter_moved)(struct spi_source *s);
};

struct spi_source {
	const struct spi_source_ops *ops;
	void (*refused)(void *ctx, const struct spi_refusal *r);
	/* The kernel's XfrmInNoStates as of now: 0 or -errno. */
	int (*counter)(void *ctx, uint64_t *out);
	void *ctx;
};

/* Starts the source: from now on `refused` is called on the loop, never from inside this call.
 * counter may be NULL with a source that does not ask for it (the probe). 0 or -errno. */
int spi_source_start(struct spi_source *s, void (*refused)(void *ctx, const struct spi_refusal *r),
		     int (*counter)(void *ctx, uint64_t *out), void *ctx);
void spi_source_free(struct spi_source *s); /* NULL is fine */

/* Descriptors that the supervisor made; -1 = not to be had. */
struct spi_fds {
	int ring, sums;			    /* refusal probe: ring buffer map, mmap'd array map */
	int tap4, tap6, tap_ring, tap_sums; /* packet sockets (protocol 0, filter attached), maps */
	char probe_kind[16];		    /* "fentry", "kprobe", "" */
	char why[96];			    /* why the probe is missing, for people */
};

/* Take the descriptors. NULL: no memory, or mapping failed (errno). */
struct spi_source *spi_probe_new(struct loop *loop, const struct spi_fds *fds);
struct spi_source *spi_tap_new(struct loop *loop, struct xfrm *xfrm, const struct spi_fds *fds);

#endif
