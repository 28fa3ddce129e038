/*
 * sa/history: what was born and what died: the two rings (births, grave) and an index of them by SPI.
 *
 * A birth is written before the kernel is asked to install, a death when it is known; the first
 * death of a life stays (a pair that was lost and then cleaned up was lost). Lives whose birth fell
 * out of the ring are forgotten.
 */
#ifndef SA_HISTORY_H
#define SA_HISTORY_H

#include "base/error.h"
#include "base/list.h"
#include "base/table.h"
#include "sa/ring.h"
#include "sa/sa.h"

#ifndef HISTORY_SLOTS /* a fuzz target has small ones */
#define HISTORY_SLOTS 65536
#endif
#define HISTORY_CONN_MAX 48

/* One life of an inbound SPI of ours. */
struct life {
	struct table_node node; /* history's */
	uint64_t birth_seq;
	uint64_t born_wall_ms;
	uint8_t boot_id[16];
	struct endpoint local, peer; /* ports with encapsulation only */
	uint8_t proto, esn;
	bool encap, initiator;
	uint32_t spi_in, spi_out, reqid;
	struct selector selector;
	struct transform encr, integ;
	uint32_t lifetime_s;
	char conn_name[HISTORY_CONN_MAX];
	/* death */
	enum sa_death why; /* SA_DEATH_NONE: lives */
	uint64_t died_wall_ms, died_ms;
	struct xfrm_author by;
	uint32_t last_seq, successor;
	bool away; /* found lost by this start, not by an earlier one; not on disk */
};

struct history;

/* Both rings read into memory; state_dir is borrowed, -1: memory alone. NULL: err says why. */
struct history *history_open(int state_dir, const uint8_t boot_id[16], struct error *err);
void history_close(struct history *h); /* lives too; what is on disk stays; NULL is fine */
/* Copies l's birth part; boot id and sequence are filled in. NULL: no memory. */
struct life *history_born(struct history *h, const struct life *l);
void history_died(struct history *h, struct life *l, enum sa_death why, uint64_t wall_ms,
		  uint64_t now_ms, const struct xfrm_author *by, uint32_t last_seq);
void history_succeeded(struct life *l, uint32_t successor);
struct life *history_find(const struct history *h, const struct addr *dst, uint8_t proto,
			  uint32_t spi);
bool history_same_boot(const struct history *h, const struct life *l);
/* Oldest first, from birth number *seq (0 = begin); NULL at the end. */
struct life *history_next(const struct history *h, uint64_t *seq);
/* For a job each second. */
bool history_dirty(const struct history *h);
int history_flush(struct history *h);
void history_counts(const struct history *h, uint64_t *births, uint64_t *births_overwritten,
		    uint64_t *graves, uint64_t *graves_overwritten);

#endif
