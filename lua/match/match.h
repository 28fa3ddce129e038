/*
 * match: which registered events a fact makes true: patterns over lines (all of them in one automaton),
 * windows of time, correlation of several events, conditions of polled values, rates.
 *
 * Pure: no descriptor, no clock; time is a parameter in milliseconds of one monotonic clock. Driven by
 * the event manager. A thousand events with one pattern cost that pattern once.
 */
#ifndef LUA_MATCH_MATCH_H
#define LUA_MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* ---- windows: N times within a period --------------------------------------------------------- */

/* Backward looking: the latest occurrences; zeroed, then match_window_init(). */
#define MATCH_OCCURS_MAX 1024 /* within a period: each is remembered */
struct match_window {
	uint32_t occurs;    /* so many make it true; 0 counts as 1 */
	uint64_t period_ms; /* within so long; 0: whenever */
	uint64_t *at;	    /* ring of times, made when it is needed */
	uint32_t seen, next, room;
};

/* -ERANGE: occurs over MATCH_OCCURS_MAX with a period. */
int match_window_init(struct match_window *w, uint32_t occurs, uint64_t period_ms);
/* One more at now. True: it is the last one that was needed; the count begins anew. Without memory for the
 * times an occurrence is not remembered (false). */
bool match_window_take(struct match_window *w, uint64_t now_ms);
/* How many are within the window now. */
uint32_t match_window_seen(const struct match_window *w, uint64_t now_ms);
/* Remembers without beginning anew: the oldest make room. */
void match_window_note(struct match_window *w, uint64_t now_ms);
void match_window_reset(struct match_window *w);
void match_window_clear(struct match_window *w); /* frees what it holds */

/* At most one in so many milliseconds; 0: no limit. Zeroed but for every_ms. */
struct match_rate {
	uint64_t every_ms, last_ms;
	bool used;
};
bool match_rate_take(struct match_rate *r, uint64_t now_ms);

/* ---- lines: syslog messages, commands --------------------------------------------------------- */

enum match_field {
	MATCH_TEXT,
	MATCH_FACILITY,
	MATCH_MNEMONIC,
	MATCH_SEQUENCE,
	MATCH_STAMP,
	MATCH_FIELDS
};

/* What an event asks of a line; NULL: anything. Patterns are found anywhere in the field. */
struct match_ask {
	const char *pattern[MATCH_FIELDS];
	uint8_t severities; /* bit n: severity n is wanted; 0: all */
};
/* A line as it comes; fields are borrowed, NULL is "". */
struct match_line {
	const char *field[MATCH_FIELDS];
	uint8_t severity;
};

struct match_lines; /* all that is asked of one kind of line */
struct match_entry; /* one asker */

struct match_lines *match_lines_new(void);    /* NULL: no memory */
void match_lines_free(struct match_lines *m); /* and its entries */
/* own comes back with each hit. -EINVAL: err says what is wrong with a pattern; -ENOMEM. */
int match_lines_add(struct match_lines *m, const struct match_ask *ask, void *own,
		    struct match_entry **out, struct error *err);
void match_lines_remove(struct match_lines *m, struct match_entry *e); /* NULL is fine */
/* Calls hit once for each entry that wants the line, in order of their addition; the entries must not change
 * meanwhile. How many. */
typedef void match_hit(void *ctx, void *own);
size_t match_lines_run(struct match_lines *m, const struct match_line *line, match_hit *hit,
		       void *ctx);

struct match_lines_stats {
	size_t entries, patterns; /* patterns: different ones */
	uint64_t lines, hits, overruns;
};
void match_lines_stats(const struct match_lines *m, struct match_lines_stats *out);

/* ---- values that are polled --------------------------------------------------------------------- */

enum match_op { MATCH_GT, MATCH_GE, MATCH_EQ, MATCH_NE, MATCH_LT, MATCH_LE };
/* "gt", "ge" …: 0 or -EINVAL. */
int match_op_parse(const char *text, enum match_op *out);
bool match_op_holds(enum match_op op, double value, double than);
/* Texts that both are numbers compare as such, others by their bytes. */
bool match_op_texts(enum match_op op, const char *value, const char *than);

enum match_kind { MATCH_VALUE, MATCH_INCREMENT, MATCH_RATE };
int match_kind_parse(const char *text, enum match_kind *out);
struct match_condition {
	bool given;
	enum match_op op;
	enum match_kind kind;
	double than;
};
/*
 * Fires at entry, then rests until the exit condition, or exit_ms, arms it again; without either it is
 * armed as soon as the entry condition is false. With exit_fires it fires at exit, too.
 */
struct match_poll {
	struct match_condition entry, exit;
	uint64_t exit_ms; /* 0: none */
	bool exit_both;	  /* exit condition and time */
	bool exit_fires;
	uint32_t average; /* of how many readings a rate is; 0, 1: the last */
	/* What follows begins zeroed. */
	bool has_last, resting;
	uint64_t last_ms, entered_ms;
	double last, rate;
};
enum match_poll_says { MATCH_NOTHING, MATCH_ENTERED, MATCH_LEFT };
struct match_reading {
	double value, delta;
};
/* One reading at now. MATCH_LEFT only with exit_fires. delta: since the last reading. */
enum match_poll_says match_poll_step(struct match_poll *p, double value, uint64_t now_ms,
				     struct match_reading *out);

/* ---- several events ------------------------------------------------------------------------------- */

#define MATCH_TAGS_MAX 16
struct match_trigger_spec {
	size_t tags;			    /* events are numbered from 0 */
	uint32_t attribute[MATCH_TAGS_MAX]; /* how often each must be seen; 0 counts as 1 */
	uint32_t occurs;		    /* the correlation must hold so often; 0 counts as 1 */
	uint64_t period_ms;		    /* within so long; 0: whenever */
	/* Whether the correlation is true, by how often each event is within the window. */
	bool (*holds)(void *ctx, const uint32_t *seen);
	void *ctx;
};
struct match_trigger;
struct match_trigger *
match_trigger_new(const struct match_trigger_spec *spec); /* copies; NULL: no memory */
void match_trigger_free(struct match_trigger *t);	  /* NULL is fine */
/* Event number `tag` came. True: the policy is to run; what was seen is forgotten. */
bool match_trigger_event(struct match_trigger *t, size_t tag, uint64_t now_ms);
/* Something else changed that the correlation looks at (a tracked object). */
bool match_trigger_look(struct match_trigger *t, uint64_t now_ms);
/* The correlation may hold only after the window opened (period-start); until the first opening nothing is
 * seen. */
void match_trigger_gate(struct match_trigger *t);
void match_trigger_open(struct match_trigger *t, uint64_t now_ms);

/* ---- cron ----------------------------------------------------------------------------------------- */

struct match_cron {
	uint64_t minutes; /* bit n: minute n */
	uint32_t hours, days, months;
	uint8_t weekdays; /* bit 0: Sunday */
	bool any_day, any_weekday, at_start;
};
/* Five fields, or @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, @reboot. */
int match_cron_parse(const char *text, struct match_cron *out, struct error *err);
/* The first second after `after` (seconds of the epoch) that the entry means, in UTC or in the machine's
 * time zone; -1: none (a 31st of February; @reboot). A time that a change of the zone leaves out comes at
 * the change; one that comes twice fires once. */
int64_t match_cron_next(const struct match_cron *c, int64_t after, bool local);

#endif
