/* recovery_internal: what the files of room recovery share. */
#ifndef RECOVERY_INTERNAL_H
#define RECOVERY_INTERNAL_H

#include "base/anchor.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/pace.h"
#include "base/table.h"
#include "conn/conn.h"
#include "engine/router.h"
#include "log/log.h"
#include "recovery/recovery.h"

#define RECOVERY_ATTEMPTS_MAX  1024
#define RECOVERY_DECISIONS_MAX 256
#define DECISION_SHARES	       512

/* What is known and paced for one peer of one connection. */
struct recovery_peer_state {
	struct list link;
	struct table_node node;
	uint32_t conn;
	struct addr peer;
	struct pace ours, never, lost;
	bool stuck; /* an exchange had no answer for 5 s; until the next IKE SA */
	bool lost_said, lost_known;
	uint64_t lost_ms; /* the event of loss that took a token last; its other pairs cost none */
	unsigned int lost_count;
	uint64_t attempts, successes;
	enum recovery_result last_result;
	const char *last_words;
	uint64_t last_wall_ms, last_took_ms;
};

/* The decision log, oldest first. */
struct decisions {
	struct recovery_decision list[RECOVERY_DECISIONS_MAX];
	size_t count;
	uint16_t shares[DECISION_SHARES]; /* entries, by the hash of their peer */
};

/* When it is full, the oldest goes of whoever has the most: forged packets from one peer's address push
 * out what was decided about them, and nothing of the others. */
void decisions_note(struct decisions *d, const struct recovery_decision *one);

#define SURVEY_MAX 16

enum survey_state {
	SURVEY_NONE,
	SURVEY_FIRST_ASKED,
	SURVEY_FIRST,
	SURVEY_SECOND_ASKED,
	SURVEY_DONE
};

struct survey_row {
	uint32_t spi_in;
	uint64_t packets;
	bool moved;
};

/* An exchange under way: the answer may come after its attempt is gone or has moved on. */
struct ticket {
	struct list link;
	struct anchor *anchor;
	uint32_t spi, number;
	struct addr peer;
};

/* One SPI out of step: from its first packet, or from its loss, to traffic on its replacement. */
struct attempt {
	struct list link; /* oldest first */
	struct table_node node;
	struct recovery *r;
	uint32_t spi, flow; /* flow 0: no packet yet */
	struct addr peer, dst;
	uint8_t proto;
	uint32_t conn, child;
	uint64_t began_ms;
	uint64_t quiet_from_ms; /* packets until then were under way before the last step's effect */
	/* facts of the decision */
	unsigned int steps, child_turn;
	uint64_t step_ms;
	bool replaced, delete_sent, forged;
	bool unsure; /* neither a birth nor the peer named its Child */
	bool all_move;
	enum survey_state survey_state;
	uint32_t survey_number;
	unsigned int survey_waiting;
	size_t survey_count;
	uint64_t survey_ms;
	struct survey_row survey[SURVEY_MAX];
	uint32_t delete_paired;
	/* what runs */
	enum recovery_act act; /* of the exchange under way */
	bool running;
	uint32_t ticket; /* answers to older exchanges are stale */
	bool then_delete, delete_due;
	uint32_t new_spi; /* watched for its first packet; 0 = none */
	uint64_t up_ms;
	uint64_t heard_ms; /* of its first packet: waits whether the old SPI falls silent; 0 = no */
	uint64_t answered_ms; /* of the DELETE */
	bool cured;	      /* once said to be recovered */
	bool probing;
	const char *words;
	bool refused_said, started_said;
	bool at_start; /* it calls a peer whose pair was lost while we were away */
	enum recovery_row row;
	struct loop_timer look;	 /* look again, or probe */
	struct loop_timer stuck; /* the exchange has no answer */
};

#define RECOVERY_LISTENERS_MAX 4

struct recovery {
	struct {
		const struct recovery_ops *ops;
		void *ctx;
	} listeners[RECOVERY_LISTENERS_MAX];
	size_t listener_count;
	struct anchor *anchor; /* held by questions to the kernel */
	struct loop *loop;
	struct spi *spi;
	struct sa *sa;
	struct conn_table *conns;
	struct engine *engine;
	struct log *log;
	struct recovery_config cfg;
	struct list attempts, peers, tickets, calls;
	struct table *by_spi, *by_peer, *call_by_child;
	size_t attempt_count;
	struct decisions decisions;
	struct pace refusals; /* of messages */
	bool quiet;	      /* the daemon stops */
	bool ready;	      /* sa has adopted */
	bool started;	      /* at-start is through */
	bool prune_due;
};

/* recovery.c */
void recovery_note(struct attempt *a, const struct recovery_action *act); /* decision log, debug */
void recovery_look(struct attempt *a); /* gathers facts, decides, acts */
struct attempt *attempt_find(const struct recovery *r, uint32_t spi, const struct addr *peer);
struct attempt *attempt_make(struct recovery *r, uint32_t spi, const struct addr *peer);

/* at_start.c: peers whose pairs were lost while we were away */
int at_start_init(struct recovery *r);
void at_start_begin(struct recovery *r); /* once: sa has adopted, the engine is up */
void at_start_free(struct recovery *r);

/* act.c: carrying out */
void attempt_step(struct attempt *a, const struct recovery_action *action);
void attempt_timers(struct attempt *a);
void attempt_notify(const struct attempt *a); /* INVALID_SPI */
/* It ends without a cure: said if anything was tried. */
void attempt_no_cause(struct attempt *a, const char *words);
const char *attempt_cause(const struct attempt *a);
bool attempt_watching(const struct attempt *a);
void attempt_stop(struct attempt *a); /* what runs for it is stale from now on */
void tickets_free(struct recovery *r);

/* survey.c: which Child, where nothing names it */
void survey_begin(struct attempt *a);
bool survey_end(struct attempt *a); /* false: not yet; look is called again */
/* The Child whose turn it is; false: there is none. */
bool survey_choose(struct attempt *a);

/* peers.c: pacing and what is shown of peers */
struct recovery_peer_state *peer_state(struct recovery *r, uint32_t conn, const struct addr *peer);
const struct recovery_peer_state *peer_state_find(const struct recovery *r, uint32_t conn,
						  const struct addr *peer);
void peers_prune(struct recovery *r);
void peers_free(struct recovery *r);
void peer_result(struct attempt *a, enum recovery_result result, const char *words,
		 uint64_t took_ms);

#endif
