/*
 * Detector cli: commands that people are about to run. Every one is held by the daemon until we have
 * answered, so each is answered at once but for those that a synchronous event waits for.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"

#define LIMIT_MS     60000 /* the daemon's: the command is run then */
#define ANSWER_EARLY 500   /* before it */

/* A command that is held. */
struct held {
	struct list node;
	struct eem *eem;
	uint64_t event;
	unsigned int waits; /* policies that have not ended; one more while it is looked at */
	bool proceed;
	json_t *output;
	struct loop_timer timer;
	const json_t *command; /* while it is looked at */
	const char *line;
};

static int add(struct event *ev, struct error *err)
{
	struct match_ask ask = {.pattern = {applet_event_value(ev->spec, "pattern")}};
	struct match_entry *entry = NULL;
	int rc = match_lines_add(ev->policy->eem->cli_lines, &ask, ev, &entry, err);

	ev->own = entry;
	return rc;
}

static void drop(struct event *ev)
{
	match_lines_remove(ev->policy->eem->cli_lines, ev->own);
	ev->own = NULL;
}

const struct detector detector_cli = {APPLET_CLI, "cli", add, drop};

static bool says(const struct event *ev, const char *option, const char *what)
{
	const char *value = applet_event_value(ev->spec, option);

	return value && !strcmp(value, what);
}

/* ---- the answer ------------------------------------------------------------------------------------ */

static void answer(struct held *h)
{
	struct eem *e = h->eem;
	json_t *reply = json_pack("{s:s,s:I,s:I,s:b}", "op", "reply", "request",
				  (json_int_t)e->cli_sub, "event", (json_int_t)h->event, "proceed",
				  h->proceed);

	if (reply && json_array_size(h->output)) {
		char *text = alloc_zero(1);
		const json_t *one;
		size_t i;

		json_array_foreach(h->output, i, one)
		{
			char *more = alloc_printf("%s%s", text ? text : "", json_string_value(one));

			alloc_free(text);
			text = more;
		}
		json_object_set_new(reply, "output", json_string(text ? text : ""));
		alloc_free(text);
	}
	control_tell(e->control, reply);
}

static void release(struct held *h)
{
	if (--h->waits)
		return;
	if (h->event)
		answer(h);
	loop_timer_stop(&h->timer);
	json_decref(h->output);
	alloc_free(h);
}

/* Who waited too long has its default: the command runs. The policies go on. */
static void on_limit(void *arg)
{
	struct held *h = arg;

	h->proceed = true;
	answer(h);
	h->event = 0;
}

static void policy_ended(void *ctx, bool ran, const char *status, const json_t *outputs)
{
	struct held *h = ctx;
	const json_t *one;
	size_t i;

	/* Of several policies the last one that ends decides. One that failed does not lock people out. */
	if (ran)
		h->proceed = status[0] && strtol(status, NULL, 10) != 0;
	json_array_foreach(outputs, i, one) json_array_append(h->output, (json_t *)(uintptr_t)one);
	release(h);
}

/* ---- commands -------------------------------------------------------------------------------------- */

static void copy_text(json_t *to, const char *name, const json_t *from, const char *member)
{
	const json_t *v = json_object_get(from, member);
	char number[24];

	if (json_is_integer(v)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
		json_object_set_new(to, name, json_string(number));
	} else if (json_is_string(v)) {
		json_object_set(to, name, (json_t *)(uintptr_t)v);
	} else {
		json_object_set_new(to, name, json_string(""));
	}
}

static json_t *fields_of(const struct held *h, const struct event *ev)
{
	static const struct {
		const char *name, *member;
	} copied[] = {{"username", "user"},
		      {"tty", "line-name"},
		      {"host", "from"},
		      {"privilege", "privilege"},
		      {"mode_context", "mode"}};
	json_t *o = json_pack("{s:s,s:s,s:s}", "msg", h->line, "key", "enter", "error_code", "0");
	char count[16];

	if (!o)
		return NULL;
	copy_text(o, "line", h->command, "typed");
	if (!*eem_text(o, "line"))
		json_object_set_new(o, "line", json_string(h->line));
	snprintf(count, sizeof(count), "%u", ev->window.seen + 1);
	json_object_set_new(o, "msg_count", json_string(count));
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		copy_text(o, copied[i].name, h->command, copied[i].member);
	return o;
}

/* A policy's own commands do not run it again. */
static bool is_own(const struct held *h, const struct event *ev)
{
	return !strcmp(eem_text(h->command, "policy"), ev->policy->name);
}

static void hold_for(struct held *h, const struct event *ev)
{
	uint64_t limit = applet_event_ms(ev->spec, "default", 0);

	h->waits++;
	if (!limit || limit > LIMIT_MS - ANSWER_EARLY)
		limit = LIMIT_MS - ANSWER_EARLY;
	if (!loop_timer_armed(&h->timer))
		loop_timer_set(&h->timer, limit);
}

static void on_hit(void *ctx, void *own)
{
	struct held *h = ctx;
	struct event *ev = own;
	struct job_waiter waiter = {policy_ended, h};
	bool sync = says(ev, "sync", "yes");
	const char *mode = applet_event_value(ev->spec, "mode");

	if (is_own(h, ev) || (mode && strcmp(mode, eem_text(h->command, "mode")) != 0))
		return;
	if (!applet_event_value(ev->spec, "enter") &&
	    (applet_event_value(ev->spec, "questionmark") || applet_event_value(ev->spec, "tab")))
		return;
	if (!match_window_take(&ev->window, loop_now(h->eem->loop)))
		return;
	if (sync)
		hold_for(h, ev);
	else if (says(ev, "skip", "yes"))
		h->proceed = false;
	event_happened(ev, fields_of(h, ev), sync ? &waiter : NULL);
}

void cli_arrived(struct eem *e, const json_t *event)
{
	const json_t *command =
		json_object_get(json_object_get(event, "data"), "spindle-system:command");
	struct match_line line = {.field = {eem_text(command, "line")}};
	struct held *h = alloc_zero(sizeof(*h));

	if (!h)
		return; /* the daemon lets it run when the time is over */
	h->eem = e;
	h->event = (uint64_t)json_integer_value(json_object_get(event, "event"));
	h->waits = 1;
	h->proceed = true;
	h->output = json_array();
	h->command = command;
	h->line = line.field[MATCH_TEXT];
	loop_timer_init(&h->timer, e->loop, "eem command is held", on_limit, h);
	say_debug(e, "detector-cli", "command: %s", h->line);
	match_lines_run(e->cli_lines, &line, on_hit, h);
	h->command = NULL;
	release(h);
}

void cli_subscribe(struct eem *e)
{
	bool wanted = !list_empty(&e->detected[APPLET_CLI]);

	if (!control_is_up(e->control) || wanted == (e->cli_sub != 0))
		return;
	if (wanted) {
		e->cli_sub = control_ask(e->control,
					 json_pack("{s:s,s:s,s:b,s:i}", "op", "subscribe", "stream",
						   "command", "reply", 1, "limit-ms", LIMIT_MS),
					 NULL, NULL);
		return;
	}
	control_ask(e->control,
		    json_pack("{s:s,s:I}", "op", "unsubscribe", "request", (json_int_t)e->cli_sub),
		    NULL, NULL);
	e->cli_sub = 0;
}
