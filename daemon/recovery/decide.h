/*
 * recovery/decide: the recovery decision as a pure function over plain facts; first matching row
 * wins. Rows and their order are those of doc/architecture.md, "The recovery decision".
 */
#ifndef RECOVERY_DECIDE_H
#define RECOVERY_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "sa/sa.h"
#include "spi/spi.h"

enum recovery_ike {
	RECOVERY_IKE_NONE,
	RECOVERY_IKE_HALF_OURS,
	RECOVERY_IKE_HALF_THEIRS,
	RECOVERY_IKE_UP
};

struct recovery_facts {
	/* the flow */
	enum spi_verdict verdict;
	enum sa_death death;	/* SPI_ONCE_OURS */
	uint64_t dead_for_ms;	/* since the grave's entry; UINT64_MAX: in an earlier life */
	uint64_t flow_age_ms;	/* since its first packet */
	uint64_t since_step_ms; /* since the last step taken for this flow; UINT64_MAX = none yet */
	bool packets_since_step; /* packets came after it */
	unsigned int steps;	 /* taken for this flow */
	bool replaced;		 /* one of them replaced or made a Child */
	bool delete_sent;	 /* a DELETE for this SPI was answered … */
	uint32_t delete_paired;	 /* … with this paired SPI, 0 = empty */
	bool forged_looking;
	bool passed;   /* it came in a grace and fell silent before that ended */
	bool all_move; /* nothing names its Child, and every Child of the peer carries traffic */
	/* the SA room */
	uint64_t in_flight_ms; /* a rekey with that peer runs since; 0 = none */
	bool has_child;	       /* the engine has a live Child of the lost one's conn and child */
	/* the engine */
	enum recovery_ike ike;
	uint64_t half_age_ms;
	bool exchange_stuck; /* our last exchange with the peer has no answer for 5 s */
	uint32_t capabilities;
	/* configuration */
	bool enabled;	    /* crypto isakmp invalid-spi-recovery */
	bool configured;    /* the source is a peer of a connection */
	bool explicit_peer; /* static map and the like */
	bool current_peer;
	bool nat_unknown; /* behind NAT and no mapping is known */
	uint32_t grace_ms;
	/* pacing */
	bool budget_ours, budget_never; /* a token is to be had */
	uint64_t wait_ms;		/* until the one that counts has */
};

enum recovery_act {
	RECOVERY_ACT_COUNT,	    /* count and say so; nothing is sent */
	RECOVERY_ACT_WAIT,	    /* look again after wait_ms */
	RECOVERY_ACT_JOIN,	    /* our half-open one: wait for its end */
	RECOVERY_ACT_REPLACE_CHILD, /* REPLACE_CHILD of the lost pair or of the sibling */
	RECOVERY_ACT_CREATE_CHILD,
	RECOVERY_ACT_DELETE_SPI,
	RECOVERY_ACT_REPLACE_IKE,
	RECOVERY_ACT_REESTABLISH, /* CLOSE and INITIATE */
	RECOVERY_ACT_INITIATE,	  /* with INITIAL_CONTACT where the engine has it */
	RECOVERY_ACT_MARK_FORGED, /* forged-looking: not acted on again */
	RECOVERY_ACT_REFUSE,	  /* said with its reason */
};

enum recovery_row {
	RECOVERY_ROW_RESERVED,
	RECOVERY_ROW_KNOWN,
	RECOVERY_ROW_LARVAL,
	RECOVERY_ROW_GRACE,
	RECOVERY_ROW_PASSED, /* its packets came in a grace, and no more */
	RECOVERY_ROW_IN_FLIGHT,
	RECOVERY_ROW_HALF_OURS,
	RECOVERY_ROW_HALF_THEIRS,
	RECOVERY_ROW_BUDGET,
	RECOVERY_ROW_LOST,	     /* once ours, lost; IKE SA lives */
	RECOVERY_ROW_RETIRED_DELETE, /* once ours, rekeyed or deleted long ago */
	RECOVERY_ROW_NEVER_DELETE,   /* never ours, DELETE is possible */
	RECOVERY_ROW_RETIRED_STEPS,  /* …, no DELETE_UNKNOWN_SPI */
	RECOVERY_ROW_NEVER_SIBLING,
	RECOVERY_ROW_FORGED,
	RECOVERY_ROW_NAT,
	RECOVERY_ROW_NOT_CURRENT,
	RECOVERY_ROW_INITIATE,
	RECOVERY_ROW_OFF,     /* no IKE SA and the command is off */
	RECOVERY_ROW_NO_PEER, /* nobody that is configured */
	RECOVERY_ROW_DYNAMIC, /* the peer is not explicit */
	RECOVERY_ROW_SETTLED, /* acted; waiting for what comes of it */
};

struct recovery_action {
	enum recovery_act act;
	enum recovery_row row;
	uint64_t wait_ms;	       /* WAIT */
	bool then_delete;	       /* after the replacement: DELETE the old SPI or pair */
	bool takes_token, never_class; /* which budget the step costs */
	const char *words;	       /* for `show` and the log; a literal */
};

/* Packets must go on this long after a step before the next one is taken. */
#define RECOVERY_SETTLE_MS 3000
/* After the first packet on the replacement the old SPI must be silent this long, or four of its gaps
 * up to the second figure, where nothing else proves that it was the peer's. */
#define RECOVERY_CONFIRM_MS	2000
#define RECOVERY_CONFIRM_MAX_MS 10000
#define RECOVERY_HALF_OPEN_MS	2000 /* how long another's half-open IKE SA may hold us up */
#define RECOVERY_IN_FLIGHT_MS	2000 /* … and a rekey in flight */

struct recovery_action recovery_decide(const struct recovery_facts *f);
/* Deaths after which the peer was told, or told us: the SPI is retired, not lost. */
bool recovery_death_is_retired(enum sa_death why);

#endif
