/*
 * The way of what a detector saw: counted, limited, correlated with the policy's other events, delayed;
 * then it is a job.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

#define SAID_EACH_MS 60000

/* ---- the correlation ----------------------------------------------------------------------------- */

struct seen {
	const struct policy *p;
	const uint32_t *counts;
};

static uint32_t seen_of(void *ctx, const char *tag)
{
	const struct seen *s = ctx;

	for (size_t i = 0; i < s->p->event_count && i < MATCH_TAGS_MAX; i++) {
		const char *mine = applet_event_tag(s->p->events[i].spec);

		if (mine && !strcmp(mine, tag))
			return s->counts[i];
	}
	return 0;
}

static bool track_is_up(void *ctx, uint32_t number)
{
	const struct seen *s = ctx;
	char key[16];

	snprintf(key, sizeof(key), "%u", number);
	return !strcmp(eem_text(s->p->eem->tracks, key), "up");
}

static bool holds(void *ctx, const uint32_t *counts)
{
	const struct policy *p = ctx;
	struct seen s = {p, counts};
	struct applet_trigger_facts facts = {&s, seen_of, track_is_up};

	/* Without a correlation any event will do. */
	if (applet_trigger_operand(p->together, 0, &(bool){false}))
		return applet_trigger_holds(p->together, &facts);
	for (size_t i = 0; i < p->event_count && i < MATCH_TAGS_MAX; i++)
		if (counts[i])
			return true;
	return false;
}

static void on_delay(void *arg)
{
	struct policy *p = arg;
	json_t *event = p->delayed;

	p->delayed = NULL;
	if (event)
		job_add(p, event, false, NULL);
}

static void arm_opening(struct policy *p);

static void on_opening(void *arg)
{
	struct policy *p = arg;

	if (p->trigger)
		match_trigger_open(p->trigger, loop_now(p->eem->loop));
	arm_opening(p);
}

static void arm_opening(struct policy *p)
{
	const char *entry = applet_trigger_period_start(p->together);
	struct match_cron cron;
	int64_t now = (int64_t)(clock_wall_ms() / 1000), next;

	if (!entry || match_cron_parse(entry, &cron, NULL))
		return;
	next = match_cron_next(&cron, now, true);
	if (next > 0)
		loop_timer_set(&p->opening, (uint64_t)next * 1000 - clock_wall_ms());
}

static void attributes(const struct policy *p, struct match_trigger_spec *spec)
{
	for (size_t i = 0; i < spec->tags; i++) {
		const char *tag = applet_event_tag(p->events[i].spec);

		for (size_t k = 1; tag && applet_trigger_line(p->together, k); k++) {
			char name[APPLET_LABEL_MAX + 1];
			unsigned int occurs;

			if (sscanf(applet_trigger_line(p->together, k),
				   "attribute tag %64s occurs %u", name, &occurs) == 2 &&
			    !strcmp(name, tag))
				spec->attribute[i] = occurs;
		}
	}
}

int trigger_make(struct policy *p, struct error *err)
{
	struct match_trigger_spec spec = {.tags = p->event_count, .holds = holds, .ctx = p};

	if (!p->together)
		return 0;
	if (p->event_count > MATCH_TAGS_MAX)
		return error_set(err, -E2BIG, "more than %d events with a trigger", MATCH_TAGS_MAX);
	spec.occurs = applet_trigger_occurs(p->together);
	spec.period_ms = applet_trigger_period_ms(p->together);
	attributes(p, &spec);
	p->trigger = match_trigger_new(&spec);
	if (!p->trigger)
		return error_set(err, -ENOMEM, "no memory for the trigger");
	loop_timer_init(&p->delay, p->eem->loop, "eem trigger delay", on_delay, p);
	loop_timer_init(&p->opening, p->eem->loop, "eem trigger period-start", on_opening, p);
	if (applet_trigger_period_start(p->together)) {
		match_trigger_gate(p->trigger);
		arm_opening(p);
	}
	return 0;
}

void trigger_free(struct policy *p)
{
	loop_timer_stop(&p->delay);
	loop_timer_stop(&p->opening);
	json_decref(p->delayed);
	p->delayed = NULL;
	match_trigger_free(p->trigger);
	applet_trigger_free(p->together);
	p->trigger = NULL;
	p->together = NULL;
}

/* ---- what happened ------------------------------------------------------------------------------- */

static const char *severity_of(const struct event *ev)
{
	static const char *const names[] = {
		"severity-fatal",   "severity-critical",     "severity-major",	  "severity-minor",
		"severity-warning", "severity-notification", "severity-debugging"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (applet_event_value(ev->spec, names[i]))
			return names[i];
	return "severity-normal";
}

static void set_number(json_t *o, const char *name, uint64_t v)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)v);
	json_object_set_new(o, name, json_string(buf));
}

/* All values are texts: that is what variables are. */
static json_t *complete(struct event *ev, json_t *fields)
{
	uint64_t wall = clock_wall_ms();

	if (!fields)
		return NULL;
	set_number(fields, "event_id", ++ev->policy->eem->next_event);
	set_number(fields, "event_type", (uint64_t)ev->detector->id + 1);
	json_object_set_new(fields, "event_type_string", json_string(ev->detector->name));
	set_number(fields, "event_pub_time", wall / 1000);
	set_number(fields, "event_pub_sec", wall / 1000);
	set_number(fields, "event_pub_msec", wall % 1000);
	json_object_set_new(fields, "event_severity", json_string(severity_of(ev)));
	set_number(fields, "event_trigger_num", (uint64_t)(ev - ev->policy->events) + 1);
	return fields;
}

static void not_run(const struct job_waiter *waiter)
{
	if (waiter)
		waiter->done(waiter->ctx, false, "", NULL);
}

/* Runs too often: said once a minute, counted always. */
static bool too_often(struct policy *p)
{
	uint64_t now = loop_now(p->eem->loop);

	if (pace_take(&p->pace, now))
		return false;
	p->suppressed++;
	if (!p->said_ms || now - p->said_ms >= SAID_EACH_MS) {
		p->said_ms = now ? now : 1;
		say(p->eem, 4, "FMS_SUPPRESSED",
		    "policy %s is triggered too often: %llu events were not run so far", p->name,
		    (unsigned long long)p->suppressed);
	}
	return true;
}

static void run_or_delay(struct event *ev, json_t *event, const struct job_waiter *waiter)
{
	struct policy *p = ev->policy;
	uint64_t delay = p->together ? applet_trigger_delay_ms(p->together) : 0;

	if (!delay) {
		job_add(p, event, false, waiter);
		return;
	}
	not_run(waiter);
	if (p->delayed) {
		json_decref(event); /* one that waits already stands for it */
		return;
	}
	p->delayed = event;
	loop_timer_set(&p->delay, delay);
}

void event_happened(struct event *ev, json_t *fields, const struct job_waiter *waiter)
{
	struct policy *p = ev->policy;
	uint64_t now = loop_now(p->eem->loop);

	say_debug(p->eem, "server-events", "%s event for policy %s", ev->detector->name, p->name);
	if (!fields || !match_rate_take(&ev->rate, now) ||
	    (p->trigger && !match_trigger_event(p->trigger, (size_t)(ev - p->events), now)) ||
	    too_often(p)) {
		json_decref(fields);
		not_run(waiter);
		return;
	}
	run_or_delay(ev, complete(ev, fields), waiter);
}

bool event_counted(struct event *ev, json_t *fields, const struct job_waiter *waiter)
{
	if (!match_window_take(&ev->window, loop_now(ev->policy->eem->loop))) {
		json_decref(fields);
		return false;
	}
	event_happened(ev, fields, waiter);
	return true;
}

static bool looks_at_tracks(const struct policy *p)
{
	bool track = false;

	for (size_t i = 0; applet_trigger_operand(p->together, i, &track); i++)
		if (track)
			return true;
	return false;
}

void events_look(struct eem *e)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &e->policies)
	{
		struct policy *p = list_entry(it, struct policy, node);

		if (p->trigger && p->event_count && looks_at_tracks(p) &&
		    match_trigger_look(p->trigger, loop_now(e->loop)))
			run_or_delay(&p->events[0], complete(&p->events[0], json_object()), NULL);
	}
}
