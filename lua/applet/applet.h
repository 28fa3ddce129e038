/*
 * applet: the language of event manager applets: what may stand after `event`, `trigger`, `action` and
 * `set`, from tables (one row an option); its canonical text; and applets made into Lua.
 *
 * Pure: bytes in, text out; no file, no clock, no Lua interpreter. Used by `spindle-eem` and by the
 * command line. A line that is wrong is refused with one sentence and the column it is about
 * (0 = first byte of the text given). What other boxes have and Spindle has not is refused by name.
 *
 * Texts that are returned as `char *` are the caller's (alloc_free()); NULL: no memory.
 * Keywords may be abbreviated; canonical text has them whole, and parses to itself.
 */
#ifndef LUA_APPLET_APPLET_H
#define LUA_APPLET_APPLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

#define APPLET_LINE_MAX	      1000 /* bytes of one statement, printable ASCII */
#define APPLET_LABEL_MAX      64
#define APPLET_CORRELATE_MAX  8	    /* statements of a trigger */
#define APPLET_MAXRUN_DEFAULT 20000 /* ms */

enum applet_detector {
	APPLET_SYSLOG,
	APPLET_CLI,
	APPLET_TIMER,
	APPLET_NONE,
	APPLET_COUNTER,
	APPLET_INTERFACE,
	APPLET_TRACK,
	APPLET_APPLICATION,
	APPLET_SNMP_NOTIFICATION,
	APPLET_CONFIGURATION,
	APPLET_IPSEC,
	APPLET_YANG,
	APPLET_DETECTORS /* how many there are */
};

/* An event statement: detector, tag, maxrun, ratelimit and the detector's options by name. */
struct applet_event;

/* text: what follows "event ". 0, -EINVAL (err, *column), -ENOMEM. column may be NULL. */
int applet_event_parse(const char *text, struct applet_event **out, struct error *err,
		       size_t *column);
/* The same from a Lua registration, {"pattern": "…", "occurs": 2, "sync": true}; names may have "_"
 * where the option has "-". options are borrowed. */
int applet_event_from_fields(const char *detector, const json_t *options, struct applet_event **out,
			     struct error *err);
void applet_event_free(struct applet_event *e); /* NULL is fine */
enum applet_detector applet_event_detector(const struct applet_event *e);
const char *applet_event_tag(const struct applet_event *e); /* NULL: none */
/* An option as canonical text, without quotes; NULL: not given. A flag that is given is "yes". An option
 * without keyword goes by the name of its row: timer "type" (watchdog, countdown, absolute, cron), track
 * "number", ipsec "event". */
const char *applet_event_value(const struct applet_event *e, const char *option);
bool applet_event_number(const struct applet_event *e, const char *option, int64_t *out);
/* Of an option in seconds: milliseconds; "maxrun" and "ratelimit" too. */
uint64_t applet_event_ms(const struct applet_event *e, const char *option, uint64_t otherwise);
/* As the running configuration prints it after "event ": `[tag T] syslog pattern "…"`. */
char *applet_event_text(const struct applet_event *e);
/* The lines of `show event manager policy registered` below a policy's, each with its blank and newline. */
char *applet_event_registered(const struct applet_event *e);

/* A trigger: occurs, period, period-start, delay; correlate statements and attributes. */
struct applet_trigger;

/* text: what follows "trigger" ("" is fine). */
int applet_trigger_parse(const char *text, struct applet_trigger **out, struct error *err,
			 size_t *column);
/* text: what follows "correlate " or "attribute ". A refused one leaves the trigger as it was. */
int applet_trigger_correlate(struct applet_trigger *t, const char *text, struct error *err,
			     size_t *column);
int applet_trigger_attribute(struct applet_trigger *t, const char *text, struct error *err,
			     size_t *column);
void applet_trigger_free(struct applet_trigger *t); /* NULL is fine */
/* Line 0 is what follows "trigger" (may be ""), the next ones the lines of its submode, each with its first
 * word; NULL after the last. */
const char *applet_trigger_line(const struct applet_trigger *t, size_t index);
uint32_t applet_trigger_occurs(const struct applet_trigger *t);	   /* 1 if not given */
uint64_t applet_trigger_period_ms(const struct applet_trigger *t); /* 0: none */
uint64_t applet_trigger_delay_ms(const struct applet_trigger *t);
const char *applet_trigger_period_start(const struct applet_trigger *t); /* cron entry or NULL */
/* The index-th operand of the correlation: a tag, or *track an object's number; NULL after the last. */
const char *applet_trigger_operand(const struct applet_trigger *t, size_t index, bool *track);
struct applet_trigger_facts {
	void *ctx;
	uint32_t (*seen)(void *ctx, const char *tag); /* times within the window */
	bool (*track_up)(void *ctx, uint32_t number);
};
/* Whether the correlation is true now, left to right; without correlate: any tag of `facts` counts, which
 * the caller knows. An attribute's `occurs` is how often its tag must have been seen. */
bool applet_trigger_holds(const struct applet_trigger *t, const struct applet_trigger_facts *facts);

/* text: what follows "action LABEL ". */
int applet_action_check(const char *label, const char *text, char **canonical, struct error *err,
			size_t *column);
/* text: what follows "set LABEL " (old form); canonical: `_exit_status VALUE`. */
int applet_set_check(const char *label, const char *text, char **canonical, struct error *err,
		     size_t *column);
int applet_label_check(const char *label, struct error *err);

struct applet_action {
	const char *label, *text; /* the canonical text, or any that applet_action_check() takes */
};
struct applet_source {
	const char *name; /* of the applet */
	const struct applet_action *actions;
	size_t count;
};
/* Lua text that runs the actions, labels in order of their bytes, by lua/applet/runtime.lua: it calls the
 * global `applet.run{…}` that the runtime sets. err names the label: a line that is wrong, a block that is
 * not closed, a goto to a label there is not. */
int applet_compile(const struct applet_source *s, char **lua, struct error *err);

/* What may follow, for `?` and completion. text: the words so far after "event ", "action LABEL " …; the last
 * one may be cut (it is matched as a beginning unless a blank follows it). word: a keyword, or the
 * name of a value in capitals or <min-max>; "<cr>" where the line may end. */
enum applet_line {
	APPLET_LINE_EVENT,
	APPLET_LINE_ACTION,
	APPLET_LINE_TRIGGER,
	APPLET_LINE_CORRELATE,
	APPLET_LINE_ATTRIBUTE,
	APPLET_LINE_SET
};
typedef void applet_help_entry(void *ctx, const char *word, const char *help);
void applet_help(enum applet_line line, const char *text, applet_help_entry *fn, void *ctx);

/* Detectors, those that are refused after our own: name, NULL after the last. */
const char *applet_detector_name(size_t index);
const char *applet_detector_help(size_t index);
/* Why a detector or an action is refused; NULL: it is one of ours, or unknown. */
const char *applet_detector_refusal(const char *name);
const char *applet_action_refusal(const char *verb);
/* Verbs, those that are refused last: name, NULL after the last. */
const char *applet_action_name(size_t index);
/* One of our detectors for `show event manager detector … detailed`: how it is written in an applet, how
 * in Lua; the names of its values in `eem.event_reqinfo()` and its variables, one a line. */
char *applet_detector_syntax(enum applet_detector d);
char *applet_detector_lua(enum applet_detector d);
char *applet_detector_fields(enum applet_detector d);
char *applet_detector_variables(enum applet_detector d);

#endif
