/*
 * xfrm: the kernel's SAD and SPD behind `struct xfrm_ops`, and a mirror of both.
 *
 * Writes are pipelined: each returns at once and calls `done` once, on the loop, in any order; the
 * mirror shows a change, and its fact is told, before `done` runs.
 * The mirror holds every SA and policy of the namespace (ours and others'), fed by multicast
 * messages and dumps, with the author (netlink port id and sequence) of each change, and never a
 * key: key attributes are skipped and receive buffers wiped. Events are hints; after ENOBUFS the
 * mirror is read again from a dump and the difference is told as facts.
 * Implementations: xfrm_netlink_new() (linux/xfrm.h) and tests/fake/xfrm.c.
 */
#ifndef XFRM_XFRM_H
#define XFRM_XFRM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct log;
struct loop;
struct secret;

enum xfrm_dir { XFRM_DIR_IN = 0, XFRM_DIR_OUT = 1, XFRM_DIR_FWD = 2 };
enum xfrm_mode_kind { XFRM_KIND_TRANSPORT = 0, XFRM_KIND_TUNNEL = 1 };

/* Who changed the kernel: nlmsg_pid and nlmsg_seq of the request. Ours: `own`. */
struct xfrm_author {
	uint32_t pid, seq;
	bool own;
	char name[16]; /* a hint: the program, "iproute2" by its mark; "" = not known, or the kernel */
};

struct xfrm_mark {
	uint32_t value, mask;
};

/* An SA is found by (dst, proto, spi, mark): include/net/xfrm.h, xfrm_state_lookup(). */
struct xfrm_sa_id {
	struct addr dst;
	uint8_t proto; /* IPPROTO_ESP, IPPROTO_AH */
	uint32_t spi;
	struct xfrm_mark mark;
};

struct xfrm_limits { /* 0 = none */
	uint64_t soft_bytes, hard_bytes, soft_packets, hard_packets;
	uint64_t soft_add_s, hard_add_s;
};

struct xfrm_counters {
	uint64_t bytes, packets;
	uint64_t add_wall_s, use_wall_s; /* seconds since 1970; use 0 = never */
	uint32_t seq_in, seq_out;
	uint32_t replay_failed, replay_window_failed, integrity_failed;
};

struct xfrm_sa {
	struct xfrm_sa_id id;
	struct addr src;
	uint8_t mode; /* enum xfrm_mode_kind */
	uint32_t reqid, if_id;
	bool larval; /* allocated, not installed */
	bool has_selector;
	struct selector selector; /* as its own packets have it: local is their source */
	bool encap;		  /* ESP in UDP (RFC 3948) */
	uint16_t encap_sport, encap_dport;
	bool esn;
	uint32_t replay_window;
	struct xfrm_limits limits;
	struct xfrm_counters counters; /* as of the last message or dump */
	char encr[40], integ[40];      /* the kernel's names, "" = none */
	uint16_t encr_bits;	       /* of the key, an AEAD's salt included */
	struct xfrm_author author;     /* of its installation; zero: it was there before us */
	uint64_t since_ms;	       /* loop time when the mirror learned of it */
};

/* Keys for an installation: AEAD key with salt, or cipher and HMAC key. */
struct xfrm_keys {
	const char *aead, *encr, *integ; /* "rfc4106(gcm(aes))", "cbc(aes)", "hmac(sha256)" */
	const struct secret *encr_key, *integ_key;
	uint16_t icv_bits; /* AEAD ICV, or HMAC truncation */
};

struct xfrm_policy {
	enum xfrm_dir dir;
	struct selector selector; /* local/remote as for outbound; turned for in and fwd by xfrm */
	uint32_t priority;
	bool block;
	struct addr tunnel_local, tunnel_remote; /* template end points */
	uint8_t proto, mode;
	uint32_t reqid, if_id;
	struct xfrm_mark mark;
	uint32_t index; /* the kernel's; 0 when asking */
	struct xfrm_author author;
};

typedef void xfrm_done(void *arg, int err); /* err: 0 or -errno of the kernel */
typedef void xfrm_spi_done(void *arg, int err, uint32_t spi);
typedef void xfrm_sa_done(void *arg, int err, const struct xfrm_sa *sa); /* borrowed */

/* Each returns 0 and calls done once, or returns -errno and does not. Arguments are copied or
 * used before the return. done may be NULL. */
struct xfrm_ops {
	/* A larval inbound SA; the kernel picks the SPI in [min, max]. */
	int (*spi_alloc)(void *ctx, const struct addr *src, const struct addr *dst, uint8_t proto,
			 uint32_t reqid, uint32_t min, uint32_t max, xfrm_spi_done *done,
			 void *arg);
	int (*sa_add)(void *ctx, const struct xfrm_sa *sa, const struct xfrm_keys *keys,
		      xfrm_done *done, void *arg);
	/* XFRM_MSG_UPDSA: turns a larval one into a whole one. Of an installed one the kernel changes
	 * limits and encapsulation ports alone; keys NULL then. */
	int (*sa_update)(void *ctx, const struct xfrm_sa *sa, const struct xfrm_keys *keys,
			 xfrm_done *done, void *arg);
	int (*sa_delete)(void *ctx, const struct xfrm_sa_id *id, xfrm_done *done, void *arg);
	/* XFRM_MSG_GETSA: counters as of now; -ESRCH. */
	int (*sa_get)(void *ctx, const struct xfrm_sa_id *id, xfrm_sa_done *done, void *arg);
	int (*policy_put)(void *ctx, const struct xfrm_policy *p, xfrm_done *done, void *arg);
	int (*policy_delete)(void *ctx, const struct xfrm_policy *p, xfrm_done *done, void *arg);
};

/* Why an SA left the kernel. */
enum xfrm_gone {
	XFRM_GONE_DELETED,
	XFRM_GONE_FLUSHED,
	XFRM_GONE_EXPIRED_TIME,
	XFRM_GONE_EXPIRED_VOLUME,
	XFRM_GONE_MISSED /* found missing in a dump */
};

/* Facts up; called at the end of the loop turn; pointers are borrowed. NULL members are skipped. */
struct xfrm_watch_ops {
	void (*sa_new)(void *ctx, const struct xfrm_sa *sa);
	void (*sa_changed)(void *ctx, const struct xfrm_sa *sa);
	void (*sa_gone)(void *ctx, const struct xfrm_sa *sa, enum xfrm_gone why,
			const struct xfrm_author *by);
	void (*sa_soft)(void *ctx, const struct xfrm_sa *sa); /* soft EXPIRE */
	/* A packet met a policy without an SA; sel is the packet's, local/remote as for outbound. */
	void (*acquire)(void *ctx, const struct selector *sel, uint32_t reqid, uint32_t seq);
	/* ESP in UDP came from another port or address: rate-limited here, one a second an SA. */
	void (*mapping)(void *ctx, const struct xfrm_sa_id *id, const struct endpoint *from);
	void (*policy_new)(void *ctx, const struct xfrm_policy *p); /* or replaced */
	void (*policy_gone)(void *ctx, const struct xfrm_policy *p, const struct xfrm_author *by);
	void (*resync)(void *ctx); /* a dump ended and all differences were told */
};

struct xfrm;

/* Netlink. Opens its sockets and starts the first dump; `resync` tells when the mirror is whole.
 * read_only: no write functions (an engine that owns its SAs). */
struct xfrm *xfrm_netlink_new(struct loop *loop, struct log *log, bool read_only);
void xfrm_free(struct xfrm *x); /* pending writes get done(-ECANCELED) */
const struct xfrm_ops *xfrm_ops(const struct xfrm *x, void **ctx);
int xfrm_watch(struct xfrm *x, const struct xfrm_watch_ops *ops, void *ctx); /* several, in order */

/* The mirror. Borrowed until the turn ends. */
const struct xfrm_sa *xfrm_sa_find(const struct xfrm *x, const struct addr *dst, uint8_t proto,
				   uint32_t spi, const struct xfrm_mark *mark); /* mark NULL: any */
/* By SPI alone, whatever destination or protocol; walk with *it = NULL. */
const struct xfrm_sa *xfrm_sa_by_spi(const struct xfrm *x, uint32_t spi, const struct xfrm_sa *it);
const struct xfrm_sa *xfrm_sa_next(const struct xfrm *x, const struct xfrm_sa *it);
const struct xfrm_policy *xfrm_policy_next(const struct xfrm *x, const struct xfrm_policy *it);
const struct xfrm_policy *xfrm_policy_find(const struct xfrm *x, enum xfrm_dir dir,
					   const struct selector *sel,
					   const struct xfrm_mark *mark);
bool xfrm_synced(const struct xfrm *x); /* the mirror is whole */

struct xfrm_stats {
	uint64_t writes, refused, events, resyncs, sas, policies;
};
void xfrm_stats(const struct xfrm *x, struct xfrm_stats *out);

/* /proc/net/xfrm_stat, opened once (supervisor hands the descriptor in): one counter by name, e.g.
 * "XfrmInNoStates". -errno. */
int xfrm_proc_stat(int fd, const char *name, uint64_t *out);

/* Makes the kernel's ESP and AH handlers and our ciphers present by adding and deleting one SA each
 * with a random key (net/ipv4/esp4.c registers on load; adding autoloads, which can take seconds
 * inside one call). done: 0 or the first -errno. */
int xfrm_load_handlers(struct xfrm *x, xfrm_done *done, void *arg);

#endif
