/*
 * Detectors of facts: none (run by hand), counter, track, application, configuration, ipsec.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/regex.h"

#define ARGUMENTS 15
#define DATA	  4

const struct detector detector_none = {APPLET_NONE, "none", NULL, NULL};
const struct detector detector_track = {APPLET_TRACK, "track", NULL, NULL};
const struct detector detector_application = {APPLET_APPLICATION, "application", NULL, NULL};
const struct detector detector_configuration = {APPLET_CONFIGURATION, "configuration", NULL, NULL};

static bool is(const struct event *ev, const char *option, const char *value)
{
	const char *mine = applet_event_value(ev->spec, option);

	return mine && !strcmp(mine, value);
}

/* ---- none ------------------------------------------------------------------------------------------ */

static struct event *none_event(const struct policy *p)
{
	for (size_t i = 0; i < p->event_count; i++)
		if (p->events[i].detector == &detector_none)
			return &p->events[i];
	return NULL;
}

static json_t *arguments(const json_t *args)
{
	json_t *o = json_object();
	size_t n = json_array_size(args);
	char name[16];

	n = n > ARGUMENTS ? ARGUMENTS : n;
	snprintf(name, sizeof(name), "%zu", n);
	if (o)
		json_object_set_new(o, "argc", json_string(name));
	for (size_t i = 0; o && i < ARGUMENTS; i++) {
		const char *text = json_string_value(json_array_get(args, i));

		snprintf(name, sizeof(name), "arg%zu", i + 1);
		json_object_set_new(o, name, json_string(text ? text : ""));
	}
	return o;
}

int none_run(struct eem *e, const char *name, const json_t *args, bool dry_run,
	     const struct job_waiter *waiter, struct error *err)
{
	struct policy *p = policy_find(e, name);
	struct event *ev = p ? none_event(p) : NULL;
	json_t *fields;

	if (!p)
		return error_set(err, -ENOENT, "there is no policy %s", name);
	/* A dry run may be of any policy: nothing is done. */
	if (!ev && !(dry_run && p->event_count))
		return error_set(err, -EINVAL, "policy %s has no event none", name);
	fields = arguments(args);
	if (!fields)
		return error_set(err, -ENOMEM, "no memory to run %s", name);
	json_object_set_new(fields, "event_type_string", json_string("none"));
	if (!ev || dry_run) {
		job_add(p, fields, true, waiter);
		return 0;
	}
	event_happened(ev, fields, waiter);
	return 0;
}

/* ---- counter ---------------------------------------------------------------------------------------- */

static int add_counter(struct event *ev, struct error *err)
{
	struct match_poll *p = alloc_zero(sizeof(*p));
	int64_t in = 0, out = 0;

	if (!p)
		return error_set(err, -ENOMEM, "no memory for the event");
	p->entry.given = p->exit.given = true;
	applet_event_number(ev->spec, "entry-val", &in);
	applet_event_number(ev->spec, "exit-val", &out);
	p->entry.than = (double)in;
	p->exit.than = (double)out;
	match_op_parse(applet_event_value(ev->spec, "entry-op"), &p->entry.op);
	match_op_parse(applet_event_value(ev->spec, "exit-op"), &p->exit.op);
	ev->own = p;
	return 0;
}

static void drop_counter(struct event *ev)
{
	alloc_free(ev->own);
	ev->own = NULL;
}

const struct detector detector_counter = {APPLET_COUNTER, "counter", add_counter, drop_counter};

static void counter_moved(struct eem *e, const char *name, int64_t value)
{
	struct list *it, *next;
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	list_for_each_safe(it, next, &e->detected[APPLET_COUNTER])
	{
		struct event *ev = list_entry(it, struct event, node);
		struct match_reading r;

		if (is(ev, "name", name) &&
		    match_poll_step(ev->own, (double)value, loop_now(e->loop), &r) == MATCH_ENTERED)
			event_happened(ev, json_pack("{s:s,s:s}", "name", name, "value", text),
				       NULL);
	}
}

int64_t counter_change(struct eem *e, const char *name, const char *op, int64_t value)
{
	int64_t was = json_integer_value(json_object_get(e->counters, name)), now = was;

	if (!strcmp(op, "set"))
		now = value;
	else if (!strcmp(op, "inc") && __builtin_add_overflow(was, value, &now))
		now = INT64_MAX;
	else if (!strcmp(op, "dec") && __builtin_sub_overflow(was, value, &now))
		now = INT64_MIN;
	if (strcmp(op, "nop") != 0) {
		json_object_set_new(e->counters, name, json_integer(now));
		counter_moved(e, name, now);
	}
	return now;
}

/* ---- track, application, configuration --------------------------------------------------------------- */

void track_arrived(struct eem *e, const json_t *fact)
{
	const char *state = eem_text(fact, "state");
	struct list *it, *next;
	char number[16];

	snprintf(number, sizeof(number), "%lld",
		 (long long)json_integer_value(json_object_get(fact, "number")));
	json_object_set_new(e->tracks, number, json_string(state));
	list_for_each_safe(it, next, &e->detected[APPLET_TRACK])
	{
		struct event *ev = list_entry(it, struct event, node);
		const char *wanted = applet_event_value(ev->spec, "state");

		if (is(ev, "number", number) &&
		    (!wanted || !strcmp(wanted, "any") || !strcmp(wanted, state)))
			event_happened(ev, json_pack("{s:s,s:s}", "number", number, "state", state),
				       NULL);
	}
	events_look(e);
}

size_t application_publish(struct eem *e, const char *sub_system, const char *type,
			   const json_t *args)
{
	struct list *it, *next;
	size_t heard = 0;

	list_for_each_safe(it, next, &e->detected[APPLET_APPLICATION])
	{
		struct event *ev = list_entry(it, struct event, node);
		json_t *o;

		if (!is(ev, "sub-system", sub_system) || !is(ev, "type", type))
			continue;
		o = json_pack("{s:s,s:s}", "sub_system", sub_system, "type", type);
		for (size_t i = 0; o && i < DATA; i++) {
			const char *text = json_string_value(json_array_get(args, i));
			char name[8];

			snprintf(name, sizeof(name), "data%zu", i + 1);
			json_object_set_new(o, name, json_string(text ? text : ""));
		}
		heard++;
		event_happened(ev, o, NULL);
	}
	return heard;
}

void config_changed(struct eem *e, const json_t *paths)
{
	struct list *it, *next;
	const json_t *path;
	bool ours = false;
	size_t i;

	json_array_foreach(paths, i, path)
	{
		const char *text = json_string_value(path);

		ours = ours || (text && !strncmp(text, CONFIG_PATH, strlen(CONFIG_PATH)));
	}
	if (ours)
		config_read(e);
	list_for_each_safe(it, next, &e->detected[APPLET_CONFIGURATION])
	{
		event_happened(list_entry(it, struct event, node), json_object(), NULL);
	}
}

/* ---- ipsec ---------------------------------------------------------------------------------------------- */

static const char *const patterned[] = {"connection", "verdict", "cause", "reason"};
#define PATTERNED (sizeof(patterned) / sizeof(patterned[0]))

struct filters {
	struct regex *re[PATTERNED];
};

static void drop_ipsec(struct event *ev)
{
	struct filters *f = ev->own;

	for (size_t i = 0; f && i < PATTERNED; i++)
		regex_free(f->re[i]);
	alloc_free(f);
	ev->own = NULL;
}

static int add_ipsec(struct event *ev, struct error *err)
{
	struct filters *f = alloc_zero(sizeof(*f));

	if (!f)
		return error_set(err, -ENOMEM, "no memory for the event");
	ev->own = f;
	for (size_t i = 0; i < PATTERNED; i++) {
		const char *pattern = applet_event_value(ev->spec, patterned[i]);

		if (pattern && !(f->re[i] = regex_new(pattern, err))) {
			drop_ipsec(ev);
			return err && err->code ? err->code : -EINVAL;
		}
	}
	return 0;
}

const struct detector detector_ipsec = {APPLET_IPSEC, "ipsec", add_ipsec, drop_ipsec};

static bool spi_is(const struct event *ev, const json_t *fact)
{
	const char *wanted = applet_event_value(ev->spec, "spi");
	const json_t *spi = json_object_get(fact, "spi");

	return !wanted || (uint64_t)json_integer_value(spi) == strtoull(wanted, NULL, 0);
}

static bool ipsec_wants(const struct event *ev, const json_t *fact)
{
	const struct filters *f = ev->own;
	const char *peer = applet_event_value(ev->spec, "peer");

	if (!is(ev, "event", "any") && !is(ev, "event", eem_text(fact, "event")))
		return false;
	if ((peer && strcmp(peer, eem_text(fact, "peer")) != 0) || !spi_is(ev, fact))
		return false;
	for (size_t i = 0; i < PATTERNED; i++) {
		const char *text = eem_text(fact, patterned[i]);

		if (f->re[i] && !regex_match(f->re[i], text, strlen(text)))
			return false;
	}
	return true;
}

static json_t *ipsec_fields(const json_t *fact)
{
	static const char *const names[] = {"event", "peer",   "local",	   "connection", "verdict",
					    "cause", "reason", "incident", "time"};
	json_t *o = json_object();
	char spi[16] = "";

	if (json_is_integer(json_object_get(fact, "spi")))
		snprintf(spi, sizeof(spi), "0x%08llX",
			 (unsigned long long)json_integer_value(json_object_get(fact, "spi")));
	if (o)
		json_object_set_new(o, "spi", json_string(spi));
	for (size_t i = 0; o && i < sizeof(names) / sizeof(names[0]); i++)
		json_object_set_new(o, names[i], json_string(eem_text(fact, names[i])));
	return o;
}

void ipsec_arrived(struct eem *e, const json_t *fact)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &e->detected[APPLET_IPSEC])
	{
		struct event *ev = list_entry(it, struct event, node);

		if (ipsec_wants(ev, fact))
			event_counted(ev, ipsec_fields(fact), NULL);
	}
}

/* ---- the table -------------------------------------------------------------------------------------------- */

static const struct detector *const detectors[] = {
	&detector_syslog,	 &detector_cli,	      &detector_timer, &detector_none,
	&detector_counter,	 &detector_interface, &detector_track, &detector_application,
	&detector_configuration, &detector_ipsec,     &detector_yang,
};

const struct detector *detector_get(enum applet_detector id)
{
	for (size_t i = 0; i < sizeof(detectors) / sizeof(detectors[0]); i++)
		if (detectors[i]->id == id)
			return detectors[i];
	return NULL;
}
