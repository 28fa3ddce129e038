/*
 * sa: our SA pairs: what the engine asked for, what the kernel has, what became of the rest.
 *
 * Serves the engine's ALLOC_SPI, SA_INSTALL, SA_UPDATE, SA_DELETE and SA_USE after checking them
 * against conn; adopts pairs of an earlier life at start (births file + reqid), never flushes;
 * runs our lifetimes and asks for REPLACE_CHILD at the soft limit; turns ACQUIRE into INITIATE;
 * keeps two rings on disk, births and grave, so that "which end lost it, when and why" outlives a
 * crash. Tells facts upwards; decides nothing about recovery.
 */
#ifndef SA_SA_H
#define SA_SA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/transform.h"
#include "engine/engine.h"
#include "xfrm/xfrm.h"

struct conn_table;
struct engine;
struct error;
struct jobs;
struct log;
struct loop;
struct sa;

/* Why one of our SAs went: the grave's reason. Values are on disk: only append. */
enum sa_death {
	SA_DEATH_NONE = 0,
	SA_DEATH_REKEYED = 1, /* a successor took over */
	SA_DEATH_PEER_DELETE = 2,
	SA_DEATH_OWN_DELETE = 3, /* the engine's doing */
	SA_DEATH_EXPIRED_TIME = 4,
	SA_DEATH_EXPIRED_VOLUME = 5,
	SA_DEATH_CLEARED = 6, /* a person */
	SA_DEATH_DPD = 7,
	SA_DEATH_INITIAL_CONTACT = 8,
	SA_DEATH_IKE_GONE = 9,
	SA_DEATH_FLUSHED = 10, /* another program flushed */
	SA_DEATH_FOREIGN = 11, /* another program deleted it */
	SA_DEATH_CONFIG = 12,
	SA_DEATH_STOP = 13, /* clean stop */
	SA_DEATH_AWAY =
		14, /* born, not dead, not in the kernel at start: lost while we were away */
	SA_DEATH_LARVAL = 15, /* allocated, never installed */
	SA_DEATH_INSTALL_FAILED = 16,
	SA_DEATH_COUNT,
};

const char *sa_death_text(enum sa_death why); /* "flushed by another program" … */

/* One pair of ours, inbound and outbound. */
struct sa_pair {
	uint32_t conn, child, reqid;
	char conn_name[80];
	engine_ike ike; /* 0: adopted, or its IKE SA is gone */
	uint8_t protocol;
	uint32_t spi_in, spi_out;
	struct endpoint local, remote;
	bool encap, initiator, adopted;
	struct selector selector;
	struct transform encr, integ, dh; /* dh: PFS; id 0 = none, or adopted */
	uint8_t esn;
	bool in_installed, out_installed; /* as the kernel has it now */
	uint32_t replaces;		  /* inbound SPI */
	uint32_t replaced_by;		  /* inbound SPI of the successor; 0 = current */
	uint64_t since_ms, lifetime_s;	  /* installed at; hard limit of ours */
	uint64_t lifetime_kb;
	uint32_t id;				      /* small number for people: conn id */
	uint8_t why;				      /* enum engine_reason: why it was made */
	struct xfrm_counters in, out;		      /* as of the last sa_refresh() */
	struct xfrm_counters cleared_in, cleared_out; /* … and at the last sa_counters_clear() */
};

/* What is known of an inbound SPI, alive or dead. */
struct sa_history {
	bool born; /* it was ours: births ring */
	bool dead;
	bool same_boot;		     /* born in this boot of the machine */
	uint32_t conn, child, reqid; /* conn 0: no connection has that reqid now */
	uint32_t spi_in;
	struct addr local, peer;
	uint64_t born_wall_ms, died_wall_ms;
	uint64_t died_ms; /* loop time; 0 when it died in an earlier life */
	enum sa_death why;
	struct xfrm_author by; /* FOREIGN, FLUSHED */
	uint32_t last_seq;
	uint32_t successor; /* inbound SPI that replaced it, 0 = none */
};

/* Facts up, at the end of the turn. */
struct sa_ops {
	void (*pair_up)(void *ctx, const struct sa_pair *p);
	/* One or both halves left the kernel without our doing. */
	void (*pair_lost)(void *ctx, const struct sa_pair *p, bool in, bool out, enum sa_death why,
			  const struct xfrm_author *by);
	void (*pair_gone)(void *ctx, const struct sa_pair *p, enum sa_death why);
	void (*ready)(void *ctx); /* start's adoption is through */
};

struct sa_config {
	int state_dir; /* descriptor of the state folder; borrowed; -1: rings in memory only */
	uint8_t boot_id[16]; /* /proc/sys/kernel/random/boot_id, as bytes */
};

/* Collaborators are borrowed for its life, and listened to; the history is opened. NULL: err says why. */
struct sa *sa_new(struct loop *loop, struct jobs *jobs, struct xfrm *xfrm, struct conn_table *conns,
		  struct engine *engine, struct log *log, const struct sa_config *cfg,
		  struct error *err);
/* Once, when connections are loaded and the mirror is whole: adopts what is ours in the kernel, buries
 * what was lost while we were away, tells `ready`. */
void sa_start(struct sa *sa);
void sa_free(struct sa *sa); /* leaves the kernel as it is */
int sa_listen(struct sa *sa, const struct sa_ops *ops, void *ctx);

/* All, oldest first: walk with it = NULL. A walk over several turns goes on above an id (0 = the first),
 * also when that one has gone. */
const struct sa_pair *sa_pair_next(const struct sa *sa, const struct sa_pair *it);
const struct sa_pair *sa_pair_above(const struct sa *sa, uint32_t id);
/* Those of a connection, in any order. */
const struct sa_pair *sa_pair_next_of(const struct sa *sa, uint32_t conn, const struct sa_pair *it);
const struct sa_pair *sa_pair_by_spi_in(const struct sa *sa, uint32_t spi_in);
const struct sa_pair *sa_pair_by_spi_out(const struct sa *sa, const struct addr *peer,
					 uint32_t spi);
/* The current (not replaced) pair of a Child of a connection. */
const struct sa_pair *sa_pair_current(const struct sa *sa, uint32_t conn, uint32_t child);
/* A larval inbound SPI that we asked for. */
bool sa_spi_is_larval(const struct sa *sa, uint32_t spi_in);
/* A rekey, install or delete with that peer is in flight since … ms of loop time; 0 = none. */
uint64_t sa_in_flight_since(const struct sa *sa, const struct addr *peer);
bool sa_history(const struct sa *sa, const struct addr *dst, uint8_t proto, uint32_t spi,
		struct sa_history *out);

/* Lives that this start found lost (SA_DEATH_AWAY) and that have no pair now; walk with *cursor = 0. */
bool sa_away_next(const struct sa *sa, uint64_t *cursor, struct sa_history *out);

/* Counters of the inbound half as of now, from the kernel; done borrows sa, or err -ESRCH. */
int sa_probe(struct sa *sa, uint32_t spi_in, xfrm_sa_done *done, void *arg);

/* Asks the kernel for the counters of all pairs; done once, when all are in (sa_pair.in, .out). */
void sa_refresh(struct sa *sa, void (*done)(void *arg), void *arg);
/* … of `count` pairs above that id (0: from the first). */
void sa_refresh_above(struct sa *sa, uint32_t id, size_t count, void (*done)(void *arg), void *arg);

/* Packets that the SAs of a Child of a connection have sealed and opened since the connection is there, those
 * of SAs that have gone too, as of the last sa_refresh() or the kernel's last word of an SA. */
uint64_t sa_traffic(const struct sa *sa, uint32_t conn, uint32_t child);
int sa_traffic_clear(struct sa *sa, uint32_t conn, uint32_t child); /* counts from 0; -ENOMEM */

/* Our own doing, and its death in the grave: DELETE goes out by the engine where it has the Child,
 * else kernel SAs are removed. done (may be NULL) when the kernel has confirmed. -ENOMEM: nothing was
 * done. */
int sa_clear(struct sa *sa, const struct addr *peer, enum sa_death why, xfrm_done *done, void *arg);
/* The same for one pair. */
void sa_clear_pair(struct sa *sa, uint32_t spi_in, enum sa_death why);
void sa_counters_clear(struct sa *sa); /* of what sa_refresh() brought: people count from there */
/* Retires an adopted or orphaned pair from the kernel. */
int sa_retire(struct sa *sa, uint32_t spi_in, enum sa_death why);
/* The stop has begun: nothing new is asked of the engine any more, whatever traffic wants. */
void sa_quiet(struct sa *sa);
/* Clean stop, once: the engine has sent its DELETEs; removes what is left of our SAs. done (may be NULL)
 * is called when the kernel has confirmed; it needs no memory that was not there at the start. */
void sa_stop(struct sa *sa, xfrm_done *done, void *arg);

struct sa_stats {
	uint64_t pairs, larval, births, births_overwritten, graves, graves_overwritten, acquires,
		refused_requests;
};
void sa_stats(const struct sa *sa, struct sa_stats *out);

/* `show crypto session`: state of one connection toward its peer. */
enum sa_session_state {
	SA_SESSION_DOWN,
	SA_SESSION_DOWN_NEGOTIATING,
	SA_SESSION_UP_IDLE,   /* IKE SA, no Child */
	SA_SESSION_UP_NO_IKE, /* Child SAs, no IKE SA */
	SA_SESSION_UP_ACTIVE,
};
enum sa_session_state sa_session(const struct sa *sa, uint32_t conn);
const char *sa_session_text(enum sa_session_state s); /* "UP-ACTIVE" … */

#endif
