/*
 * Detector timer: watchdog (again and again), countdown (once), absolute (once, at a time of the wall
 * clock), cron. Those of the wall clock look at it each half minute at the latest, so that a clock that is
 * set is followed.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

#define LOOK_MS 30000

struct timing {
	struct match_cron cron;
	uint64_t due_wall_ms; /* absolute, cron; 0: never */
	uint64_t period_ms;
	bool is_cron, is_wall;
};

static const char *type_of(const struct event *ev)
{
	const char *type = applet_event_value(ev->spec, "type");

	return type ? type : "";
}

static void fire(struct event *ev)
{
	char time[24];
	const char *given = applet_event_value(ev->spec, "time");

	snprintf(time, sizeof(time), "%llu", (unsigned long long)(clock_wall_ms() / 1000));
	event_happened(ev,
		       json_pack("{s:s,s:s,s:s}", "type", type_of(ev), "time", given ? given : time,
				 "remain", "0.000"),
		       NULL);
}

static void next_cron(struct timing *t, uint64_t wall_ms)
{
	int64_t next = match_cron_next(&t->cron, (int64_t)(wall_ms / 1000), true);

	t->due_wall_ms = next > 0 ? (uint64_t)next * 1000 : 0;
}

static void arm_wall(struct event *ev)
{
	const struct timing *t = ev->own;
	uint64_t now = clock_wall_ms();
	uint64_t wait = t->due_wall_ms > now ? t->due_wall_ms - now : 0;

	if (t->due_wall_ms)
		loop_timer_set(&ev->timer, wait < LOOK_MS ? wait : LOOK_MS);
}

static void on_wall(struct event *ev)
{
	struct timing *t = ev->own;
	uint64_t now = clock_wall_ms();

	if (t->due_wall_ms && now >= t->due_wall_ms) {
		t->due_wall_ms = 0;
		if (t->is_cron)
			next_cron(t, now);
		arm_wall(ev);
		fire(ev);
		return;
	}
	/* The clock went back: the next time is nearer than was thought. */
	if (t->is_cron)
		next_cron(t, now);
	arm_wall(ev);
}

static void on_timer(void *arg)
{
	struct event *ev = arg;
	const struct timing *t = ev->own;

	if (t->is_wall) {
		on_wall(ev);
		return;
	}
	if (!strcmp(type_of(ev), "watchdog"))
		loop_timer_set(&ev->timer, t->period_ms ? t->period_ms : 1);
	fire(ev);
}

static int begin_cron(struct event *ev, struct timing *t, struct error *err)
{
	const char *entry = applet_event_value(ev->spec, "cron-entry");

	if (match_cron_parse(entry ? entry : "", &t->cron, err))
		return -EINVAL;
	t->is_cron = t->is_wall = true;
	next_cron(t, clock_wall_ms());
	if (t->cron.at_start) {
		/* @reboot: once, when the event manager starts. */
		t->is_wall = false;
		if (!ev->policy->eem->configured)
			loop_timer_set(&ev->timer, 1);
		return 0;
	}
	arm_wall(ev);
	return 0;
}

static int add(struct event *ev, struct error *err)
{
	struct timing *t = alloc_zero(sizeof(*t));
	const char *type = type_of(ev);
	uint64_t ms = applet_event_ms(ev->spec, "time", 0);
	int rc = 0;

	if (!t)
		return error_set(err, -ENOMEM, "no memory for the timer");
	ev->own = t;
	t->period_ms = ms;
	loop_timer_init(&ev->timer, ev->policy->eem->loop, "eem timer event", on_timer, ev);
	if (!strcmp(type, "cron"))
		rc = begin_cron(ev, t, err);
	else if (!strcmp(type, "absolute")) {
		t->is_wall = true;
		/* A time that has passed is no event any more. */
		t->due_wall_ms = ms > clock_wall_ms() ? ms : 0;
		arm_wall(ev);
	} else
		loop_timer_set(&ev->timer, ms ? ms : 1);
	return rc;
}

static void drop(struct event *ev)
{
	loop_timer_stop(&ev->timer);
	alloc_free(ev->own);
	ev->own = NULL;
}

const struct detector detector_timer = {APPLET_TIMER, "timer", add, drop};
