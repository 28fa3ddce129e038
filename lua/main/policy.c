/*
 * Policies: an applet's lines or a script's text, and the events that it waits for. One lives as long as
 * its registration or a job of it does. An applet keeps its actions as they stand in the configuration,
 * compiled at each run: a thousand applets take little memory that way.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

/* A policy that its own messages, or a storm, would run for ever: this often, then it is suppressed. */
static const struct pace_class often = {.burst = 200, .refill_ms = 50};

static void on_none(void *arg)
{
	(void)arg;
}

struct policy *policy_new(struct eem *e, enum policy_kind kind, const char *name)
{
	struct policy *p = alloc_zero(sizeof(*p));

	if (!p)
		return NULL;
	p->refs = 1;
	p->eem = e;
	p->kind = kind;
	p->name = alloc_text(name);
	p->priority = JOB_NORMAL;
	p->maxrun_ms = APPLET_MAXRUN_DEFAULT;
	memcpy(p->class, "default", sizeof("default"));
	list_init(&p->node);
	loop_timer_init(&p->delay, e->loop, "eem trigger delay", on_none, p);
	loop_timer_init(&p->opening, e->loop, "eem trigger period-start", on_none, p);
	pace_init(&p->pace, &often, loop_now(e->loop));
	if (p->name)
		return p;
	policy_unref(p);
	return NULL;
}

void policy_ref(struct policy *p)
{
	p->refs++;
}

static void free_events(struct policy *p)
{
	for (size_t i = 0; i < p->event_count; i++) {
		applet_event_free(p->events[i].spec);
		match_window_clear(&p->events[i].window);
	}
	alloc_free(p->events);
	p->events = NULL;
	p->event_count = 0;
}

void policy_unref(struct policy *p)
{
	if (!p || --p->refs)
		return;
	trigger_free(p);
	free_events(p);
	alloc_free(p->lines);
	alloc_free(p->username);
	alloc_free(p->name);
	alloc_free(p);
}

struct policy *policy_find(struct eem *e, const char *name)
{
	struct list *it;

	list_for_each(it, &e->policies)
	{
		struct policy *p = list_entry(it, struct policy, node);

		if (!strcmp(p->name, name))
			return p;
	}
	return NULL;
}

/* ---- events -------------------------------------------------------------------------------------- */

static int event_init(struct policy *p, struct event *ev, struct applet_event *spec,
		      struct error *err)
{
	int64_t occurs = 1;

	*ev = (struct event){.policy = p, .spec = spec};
	list_init(&ev->node);
	ev->detector = detector_get(applet_event_detector(spec));
	ev->rate.every_ms = applet_event_ms(spec, "ratelimit", 0);
	applet_event_number(spec, "occurs", &occurs);
	if (!ev->detector)
		return error_set(err, -EOPNOTSUPP, "the detector is not served here");
	if (match_window_init(&ev->window, (uint32_t)occurs, applet_event_ms(spec, "period", 0)))
		return error_set(err, -ERANGE, "occurs is over %d within a period",
				 MATCH_OCCURS_MAX);
	return 0;
}

static enum job_priority priority_of(const struct applet_event *spec)
{
	static const char *const names[] = {"high", "normal", "low", "last"};
	const char *given = applet_event_value(spec, "queue_priority");

	for (int i = 0; given && i < JOB_PRIORITIES; i++)
		if (!strcmp(names[i], given))
			return (enum job_priority)i;
	return JOB_NORMAL;
}

int policy_set_events(struct policy *p, struct applet_event **specs, size_t count,
		      struct error *err)
{
	int rc = 0;

	p->events = alloc_array(count ? count : 1, sizeof(*p->events));
	for (size_t i = 0; i < count; i++) {
		if (!p->events) {
			applet_event_free(specs[i]);
			continue;
		}
		if (event_init(p, &p->events[p->event_count++], specs[i], err))
			rc = err->code;
	}
	if (!p->events)
		return error_set(err, -ENOMEM, "no memory for the events");
	if (count) {
		p->maxrun_ms = applet_event_ms(specs[0], "maxrun", APPLET_MAXRUN_DEFAULT);
		p->priority = priority_of(specs[0]);
	}
	return rc;
}

static void events_off(struct policy *p, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct event *ev = &p->events[i];

		loop_timer_stop(&ev->timer);
		list_remove(&ev->node);
		if (ev->detector->remove)
			ev->detector->remove(ev);
	}
}

static int events_on(struct policy *p, struct error *err)
{
	for (size_t i = 0; i < p->event_count; i++) {
		struct event *ev = &p->events[i];
		int rc = ev->detector->add ? ev->detector->add(ev, err) : 0;

		if (rc) {
			events_off(p, i);
			return rc;
		}
		list_append(&p->eem->detected[ev->detector->id], &ev->node);
	}
	return 0;
}

int policy_register(struct policy *p, struct error *err)
{
	int rc = trigger_make(p, err);

	if (!rc)
		rc = events_on(p, err);
	if (rc)
		return rc;
	p->registered = true;
	p->number = ++p->eem->next_policy;
	p->registered_wall_ms = clock_wall_ms();
	list_append(&p->eem->policies, &p->node);
	return 0;
}

void policy_unregister(struct policy *p)
{
	if (p->registered)
		events_off(p, p->event_count);
	p->registered = false;
	list_remove(&p->node);
	loop_timer_stop(&p->delay);
	loop_timer_stop(&p->opening);
	json_decref(p->delayed);
	p->delayed = NULL;
	policy_unref(p);
}

/* ---- what it runs -------------------------------------------------------------------------------- */

void policy_each_action(const struct policy *p,
			void (*fn)(void *ctx, const char *label, const char *statement), void *ctx)
{
	const char *at = p->lines, *end = p->lines + p->lines_len;

	while (p->kind == POLICY_APPLET && at && at < end) {
		const char *statement = at + strlen(at) + 1;

		fn(ctx, at, statement);
		at = statement + strlen(statement) + 1;
	}
}

struct gathering {
	struct applet_action *actions;
	size_t count;
};

static void gather(void *ctx, const char *label, const char *statement)
{
	struct gathering *g = ctx;

	g->actions[g->count++] = (struct applet_action){label, statement};
}

char *policy_chunk(const struct policy *p, struct error *err)
{
	struct gathering g = {0};
	struct applet_source source = {.name = p->name};
	char *lua = NULL;

	if (p->kind == POLICY_SCRIPT)
		return alloc_text(p->lines);
	g.actions = alloc_array(p->action_count ? p->action_count : 1, sizeof(*g.actions));
	if (!g.actions) {
		error_set(err, -ENOMEM, "no memory for the applet");
		return NULL;
	}
	policy_each_action(p, gather, &g);
	source.actions = g.actions;
	source.count = g.count;
	if (applet_compile(&source, &lua, err))
		lua = NULL;
	alloc_free(g.actions);
	return lua;
}
