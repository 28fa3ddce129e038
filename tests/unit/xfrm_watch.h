/* A watcher that writes down what it was told: one line a fact, the last of each kind kept whole. */
#ifndef TESTS_UNIT_XFRM_WATCH_H
#define TESTS_UNIT_XFRM_WATCH_H

#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "tests/fake/xfrm.h"
#include "tests/unit/unit.h"

#define SPI_A 0xb761863eu
#define SPI_B 0xff000001u

struct watch {
	unsigned int born, changed, gone, soft, acquires, mappings, policies, policies_gone,
		resyncs;
	struct xfrm_sa last, last_gone;
	enum xfrm_gone why;
	struct xfrm_author by, policy_by;
	struct selector acquired;
	uint32_t acquired_reqid;
	struct endpoint from;
	char order[256]; /* a letter a fact, and 'd' an answer */
	int err;	 /* of the last answer */
	uint32_t spi;
	struct xfrm_sa got;
};

static inline void watch_mark(struct watch *w, char letter)
{
	size_t len = strlen(w->order);

	if (len + 1 < sizeof(w->order))
		w->order[len] = letter;
}

static inline void watch_sa_new(void *ctx, const struct xfrm_sa *sa)
{
	struct watch *w = ctx;

	w->born++;
	w->last = *sa;
	watch_mark(w, 'n');
}

static inline void watch_sa_changed(void *ctx, const struct xfrm_sa *sa)
{
	struct watch *w = ctx;

	w->changed++;
	w->last = *sa;
	watch_mark(w, 'c');
}

static inline void watch_sa_gone(void *ctx, const struct xfrm_sa *sa, enum xfrm_gone why,
				 const struct xfrm_author *by)
{
	struct watch *w = ctx;

	w->gone++;
	w->last_gone = *sa;
	w->why = why;
	w->by = *by;
	watch_mark(w, 'g');
}

static inline void watch_sa_soft(void *ctx, const struct xfrm_sa *sa)
{
	struct watch *w = ctx;

	w->soft++;
	w->last = *sa;
	watch_mark(w, 's');
}

static inline void watch_acquire(void *ctx, const struct selector *sel, uint32_t reqid,
				 uint32_t seq)
{
	struct watch *w = ctx;

	(void)seq;
	w->acquires++;
	w->acquired = *sel;
	w->acquired_reqid = reqid;
	watch_mark(w, 'a');
}

static inline void watch_mapping(void *ctx, const struct xfrm_sa_id *id,
				 const struct endpoint *from)
{
	struct watch *w = ctx;

	(void)id;
	w->mappings++;
	w->from = *from;
	watch_mark(w, 'm');
}

static inline void watch_policy_new(void *ctx, const struct xfrm_policy *p)
{
	struct watch *w = ctx;

	(void)p;
	w->policies++;
	watch_mark(w, 'p');
}

static inline void watch_policy_gone(void *ctx, const struct xfrm_policy *p,
				     const struct xfrm_author *by)
{
	struct watch *w = ctx;

	(void)p;
	w->policies_gone++;
	w->policy_by = *by;
	watch_mark(w, 'q');
}

static inline void watch_resync(void *ctx)
{
	struct watch *w = ctx;

	w->resyncs++;
	watch_mark(w, 'r');
}

static const struct xfrm_watch_ops watch_ops = {
	.sa_new = watch_sa_new,
	.sa_changed = watch_sa_changed,
	.sa_gone = watch_sa_gone,
	.sa_soft = watch_sa_soft,
	.acquire = watch_acquire,
	.mapping = watch_mapping,
	.policy_new = watch_policy_new,
	.policy_gone = watch_policy_gone,
	.resync = watch_resync,
};

static inline void watch_done(void *arg, int err)
{
	struct watch *w = arg;

	w->err = err;
	watch_mark(w, 'd');
}

static inline void watch_spi_done(void *arg, int err, uint32_t spi)
{
	struct watch *w = arg;

	w->err = err;
	w->spi = spi;
	watch_mark(w, 'd');
}

static inline void watch_sa_done(void *arg, int err, const struct xfrm_sa *sa)
{
	struct watch *w = arg;

	w->err = err;
	if (sa)
		w->got = *sa;
	watch_mark(w, 'd');
}

static inline struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

static inline struct selector between(const char *local, const char *remote)
{
	struct selector s = {0};

	assert_int_equal(prefix_parse(&s.local, local), 0);
	assert_int_equal(prefix_parse(&s.remote, remote), 0);
	return s;
}

static inline struct xfrm_sa sa_of(const char *src, const char *dst, uint32_t spi, uint32_t reqid)
{
	struct xfrm_sa sa = {
		.src = at(src),
		.id = {.dst = at(dst), .proto = 50, .spi = spi},
		.mode = XFRM_KIND_TUNNEL,
		.reqid = reqid,
		.replay_window = 32,
	};

	return sa;
}

static inline struct xfrm_policy policy_of(enum xfrm_dir dir, const char *local, const char *remote,
					   uint32_t reqid)
{
	struct xfrm_policy p = {
		.dir = dir,
		.selector = between(local, remote),
		.priority = 100,
		.proto = 50,
		.mode = XFRM_KIND_TUNNEL,
		.tunnel_local = at("10.0.0.1"),
		.tunnel_remote = at("10.0.0.2"),
		.reqid = reqid,
	};

	return p;
}

#endif
