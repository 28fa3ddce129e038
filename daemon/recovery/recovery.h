/*
 * recovery: what to do about an invalid SPI: replace, then retire; paced; shown.
 *
 * recovery_decide() (decide.h) is a pure function from facts to an action. This module gathers the
 * facts, carries the action out through the engine, watches the replacement for its first decrypted
 * packet (each 50 ms), keeps the budgets and the decision log. A packet is a hint: the most that
 * one leads to is one paced IKE attempt to a configured peer.
 */
#ifndef RECOVERY_RECOVERY_H
#define RECOVERY_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "recovery/decide.h"

struct conn_table;
struct engine;
struct log;
struct loop;
struct recovery;
struct sa;
struct spi;

struct recovery_config {
	bool enabled;  /* crypto isakmp invalid-spi-recovery */
	bool at_start; /* … at-start */
	uint32_t grace_ms;
	bool notify; /* INVALID_SPI notifies where nothing better is possible */
};

/* Everything is borrowed but cfg, which is copied. NULL: no memory. */
struct recovery *recovery_new(struct loop *loop, struct spi *spi, struct sa *sa,
			      struct conn_table *conns, struct engine *engine, struct log *log,
			      const struct recovery_config *cfg);
void recovery_free(struct recovery *r); /* NULL is fine */
/* From the next decision on; who was refused may be told again. */
void recovery_configure(struct recovery *r, const struct recovery_config *cfg);
void recovery_get_config(const struct recovery *r, struct recovery_config *out);

/* The stop has begun: no step is taken any more. */
void recovery_quiet(struct recovery *r);

enum recovery_result {
	RECOVERY_NONE, /* nothing tried yet */
	RECOVERY_RUNNING,
	RECOVERY_SUCCESS,
	RECOVERY_SILENT, /* replacement up, no packet yet */
	RECOVERY_REFUSED,
	RECOVERY_GAVE_UP,
};

/* One peer of one connection, for `show crypto isakmp invalid-spi-recovery`. */
struct recovery_peer {
	uint32_t conn;
	char conn_name[80];
	struct addr peer;
	bool eligible;
	const char *why; /* "static crypto map", "not the current peer", "behind NAT, no mapping" */
	uint64_t attempts, successes;
	enum recovery_result last_result;
	const char *last_words; /* the action or the refusal */
	uint64_t last_wall_ms, last_took_ms;
	uint64_t next_ms; /* not before: ms from now; 0 = at once */
	uint32_t tokens;
};

/* A connection's peer, numbered from 0; false: there is none. */
bool recovery_peer_get(const struct recovery *r, uint32_t conn, uint8_t number,
		       struct recovery_peer *out);
const char *recovery_result_text(enum recovery_result r);

/* The decision log, newest last: index from 0. */
struct recovery_decision {
	uint64_t wall_ms;
	uint32_t flow, spi;
	struct addr peer;
	enum recovery_row row;
	enum recovery_act act;
	const char *words;
};
bool recovery_decision_get(const struct recovery *r, size_t index, struct recovery_decision *out);
/* Told at the moment, from inside this room: who listens writes down or defers. */
struct recovery_outcome {
	struct addr peer;
	uint32_t spi, flow, conn;
	enum recovery_result result; /* RUNNING: a step begins; else what came of it */
	const char *words;
	uint64_t took_ms;
};
struct recovery_ops {
	void (*decided)(void *ctx, const struct recovery_decision *d);
	void (*outcome)(void *ctx, const struct recovery_outcome *o);
};
int recovery_listen(struct recovery *r, const struct recovery_ops *ops, void *ctx); /* -ENOSPC */

const char *recovery_row_text(enum recovery_row row);
const char *recovery_act_text(enum recovery_act act);
/* What is being done about that flow now, for `show crypto invalid-spi`: words, never NULL. */
const char *recovery_flow_state(const struct recovery *r, const struct spi_flow *fl);

#endif
