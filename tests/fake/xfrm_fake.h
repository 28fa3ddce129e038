/* fake/xfrm, inside: shared by its two files (calls and hands; packets). */
#ifndef FAKE_XFRM_FAKE_H
#define FAKE_XFRM_FAKE_H

#include "tests/fake/xfrm.h"
#include "xfrm/xfrm_internal.h"

#define FAKE_STATS_MAX 16

struct fake_sa {
	struct list node; /* the oldest first */
	struct table_node by_spi;
	struct fake *fake;
	struct xfrm_sa sa;
	struct xfrm_keyset keys;
	struct loop_timer soft, hard;
	bool dying; /* past its soft limit: used only when there is no other */
};

struct fake_policy {
	struct list node;
	struct table_node by_place;
	struct xfrm_policy policy;
	uint64_t acquired_until_ms; /* the kernel's larval SA with SPI 0 stands until then */
};

struct fake_fault {
	unsigned long calls;
	unsigned int fail_in, lose_in; /* this many calls from now; 0 = never */
	int err;
};

struct fake_stat {
	const char *name;
	uint64_t value;
};

struct fake {
	struct xfrm x; /* first */
	struct list sas, policies;
	struct table *by_spi;
	struct table *by_place; /* policies */
	size_t sa_count, policy_count;
	struct list queue;   /* calls not yet performed */
	struct list answers; /* calls performed, by the time of their answer */
	struct loop_timer answer_timer;
	bool performing; /* deferred */
	bool losing, resyncing;
	uint64_t delay_ms;
	uint32_t next_spi, seq, policy_index, acquire_seq;
	struct fake_fault faults[FAKE_OP_COUNT];
	struct fake_stat stats[FAKE_STATS_MAX];
	xfrm_fake_refused *refused;
	void *refused_ctx;
};

struct fake *fake_of(const struct xfrm *x);
uint64_t fake_wall_s(const struct fake *f);
void fake_count(struct fake *f, const char *name, uint64_t n);
/* As the kernel looks: the packet's or request's mark against that of the SA. */
struct fake_sa *fake_find(const struct fake *f, const struct xfrm_sa_id *id);
struct fake_sa *fake_find_any_mark(const struct fake *f, const struct addr *dst, uint32_t spi,
				   uint32_t packet_mark);
void fake_sa_soft(struct fake_sa *s);
void fake_sa_expire(struct fake_sa *s, enum xfrm_gone why);
/* After each event: what the mirror could not keep is read again. */
void fake_dirty(struct fake *f);

#endif
