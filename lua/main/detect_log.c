/*
 * Detector syslog: every line of the daemon's log, as it comes; its own included. After a break the
 * buffer is read from its beginning, and what was seen before is passed over: by the time since boot,
 * since a new daemon numbers its lines anew.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define MESSAGE_MAX 1400

static uint8_t severities_of(const char *priority)
{
	static const char *const names[] = {"emergencies",   "alerts",	 "critical",
					    "errors",	     "warnings", "notifications",
					    "informational", "debugging"};

	for (unsigned int i = 0; priority && i < 8; i++)
		if (!strcmp(names[i], priority))
			return (uint8_t)(1u << i);
	return 0;
}

static int add(struct event *ev, struct error *err)
{
	struct match_ask ask = {.severities =
					severities_of(applet_event_value(ev->spec, "priority"))};
	struct match_entry *entry = NULL;
	int rc;

	ask.pattern[MATCH_TEXT] = applet_event_value(ev->spec, "pattern");
	ask.pattern[MATCH_FACILITY] = applet_event_value(ev->spec, "facility");
	ask.pattern[MATCH_MNEMONIC] = applet_event_value(ev->spec, "mnemonic");
	ask.pattern[MATCH_SEQUENCE] = applet_event_value(ev->spec, "sequence");
	ask.pattern[MATCH_STAMP] = applet_event_value(ev->spec, "timestamp");
	rc = match_lines_add(ev->policy->eem->log_lines, &ask, ev, &entry, err);
	ev->own = entry;
	return rc;
}

static void drop(struct event *ev)
{
	match_lines_remove(ev->policy->eem->log_lines, ev->own);
	ev->own = NULL;
}

const struct detector detector_syslog = {APPLET_SYSLOG, "syslog", add, drop};

/* ---- lines --------------------------------------------------------------------------------------- */

struct line {
	const json_t *record;
	const char *text;	   /* %FACILITY-SEVERITY-MNEMONIC: … */
	const char *whole, *stamp; /* as it is printed; the part before the text */
};

static json_t *fields_of(const struct line *l)
{
	const json_t *r = l->record;
	char *msg = alloc_printf("\n%s", l->whole);
	json_t *o = json_pack("{s:s,s:s*,s:s*,s:s,s:s*}", "msg", msg ? msg : l->whole, "facility",
			      eem_text(r, "facility"), "mnemonic", eem_text(r, "mnemonic"),
			      "timestamp", l->stamp, "sequence", eem_text(r, "seq"));
	char severity[4];

	snprintf(severity, sizeof(severity), "%d",
		 (int)json_integer_value(json_object_get(r, "severity")));
	if (o)
		json_object_set_new(o, "priority", json_string(severity));
	alloc_free(msg);
	return o;
}

static void on_hit(void *ctx, void *own)
{
	struct event *ev = own;

	event_counted(ev, fields_of(ctx), NULL);
}

static void stamp_of(const char *whole, const char *text, char *buf, size_t size)
{
	const char *at = strstr(whole, text);
	size_t len = at ? (size_t)(at - whole) : 0;

	while (len && (whole[len - 1] == ' ' || whole[len - 1] == ':'))
		len--;
	snprintf(buf, size, "%.*s", (int)len, whole);
}

static void match_record(struct eem *e, const json_t *r)
{
	char text[MESSAGE_MAX], stamp[80];
	const char *facility = eem_text(r, "facility");
	int severity = (int)json_integer_value(json_object_get(r, "severity"));
	struct line l = {.record = r, .text = text, .whole = eem_text(r, "line"), .stamp = stamp};
	struct match_line line = {.severity = (uint8_t)severity};

	if (*facility)
		snprintf(text, sizeof(text), "%%%s-%d-%s: %s", facility, severity,
			 eem_text(r, "mnemonic"), eem_text(r, "text"));
	else
		text_copy(text, sizeof(text), eem_text(r, "text"));
	stamp_of(l.whole, text, stamp, sizeof(stamp));
	line.field[MATCH_TEXT] = text;
	line.field[MATCH_FACILITY] = facility;
	line.field[MATCH_MNEMONIC] = eem_text(r, "mnemonic");
	line.field[MATCH_SEQUENCE] = eem_text(r, "seq");
	line.field[MATCH_STAMP] = stamp;
	match_lines_run(e->log_lines, &line, on_hit, &l);
}

/* False: it was seen before the connection broke. */
static bool is_new(struct eem *e, const json_t *r)
{
	uint64_t seq = strtoull(eem_text(r, "seq"), NULL, 10);
	uint64_t boot = strtoull(eem_text(r, "since-boot"), NULL, 10);

	if (boot < e->last_boot_ms || (boot == e->last_boot_ms && seq <= e->last_seq))
		return false;
	e->last_seq = seq;
	e->last_boot_ms = boot;
	return true;
}

static uint64_t missed(const struct eem *e, const json_t *first)
{
	uint64_t seq = strtoull(eem_text(first, "seq"), NULL, 10);

	return seq > e->last_seq + 1 ? seq - e->last_seq - 1 : 0;
}

void log_arrived(struct eem *e, const json_t *event)
{
	const json_t *data = json_object_get(event, "data");
	const json_t *records =
		json_object_get(json_object_get(data, "spindle-logging:log-state"), "record");
	uint64_t lost = strtoull(eem_text(event, "lost"), NULL, 10);
	const json_t *r;
	size_t i;

	/* After a break it counts from the very first line: those that were seen before are not lost. */
	if (lost && e->resumed)
		lost = missed(e, json_array_get(records, 0));
	e->resumed = false;
	e->lost_lines += lost;
	if (lost)
		say(e, 4, "FMS_LOST", "%llu messages came faster than they could be looked at",
		    (unsigned long long)lost);
	json_array_foreach(records, i, r)
	{
		if (is_new(e, r))
			match_record(e, r);
	}
}

void log_subscribe(struct eem *e)
{
	json_t *o = json_pack("{s:s,s:s,s:i,s:b}", "op", "subscribe", "stream", "log", "severity",
			      7, "debug", 1);

	/* Not at the very beginning: what was logged before the event manager came is not its business. */
	e->resumed = e->last_boot_ms;
	if (o && e->resumed)
		json_object_set_new(o, "from", json_integer(1));
	e->log_sub = control_ask(e->control, o, NULL, NULL);
}
