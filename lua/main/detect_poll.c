/*
 * Detectors that poll the daemon's state: interface and yang. A poll is asked for when the last one was
 * answered; one that fails is passed over, and the next one tries again.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define POLL_LEAST_MS 1000
#define YANG_POLL_MS  10000

struct polling {
	struct event *event;
	struct match_poll poll;
	uint64_t every_ms;
	const struct parameter *parameter;
	json_t *found; /* the value that the answer holds */
	char path[320];
};

/* ---- what an interface tells ------------------------------------------------------------------------ */

static const struct parameter {
	const char *name, *leaf;
	unsigned int scale; /* 255: a load: bits of the leaf by the speed */
} parameters[] = {
	{"input-errors", "input-errors", 1},
	{"input-errors-crc", "input-crc", 1},
	{"input-errors-frame", "input-frame", 1},
	{"input-errors-overrun", "input-overrun", 1},
	{"input-packets-dropped", "input-dropped", 1},
	{"output-errors", "output-errors", 1},
	{"output-errors-underrun", "output-underruns", 1},
	{"output-packets-dropped", "output-dropped", 1},
	{"receive-rate-bps", "input-rate", 1},
	{"receive-rate-pps", "input-packet-rate", 1},
	{"transmit-rate-bps", "output-rate", 1},
	{"transmit-rate-pps", "output-packet-rate", 1},
	{"interface-resets", "carrier-changes", 1},
	{"reliability", "reliability", 1},
	{"rxload", "input-rate", 255},
	{"txload", "output-rate", 255},
};

static double number_of(const json_t *o, const char *leaf)
{
	const json_t *v = json_object_get(o, leaf);

	return json_is_string(v) ? strtod(json_string_value(v), NULL) : json_number_value(v);
}

/* The first entry of the list at the end of a document of state. */
static const json_t *entry_of(const json_t *document)
{
	const json_t *at = document;

	while (json_is_object(at) && json_object_size(at) == 1) {
		const json_t *in =
			json_object_iter_value(json_object_iter((json_t *)(uintptr_t)at));

		if (json_is_array(in))
			return json_array_get(in, 0);
		at = in;
	}
	return at;
}

static bool interface_value(const struct polling *p, const json_t *data, double *out)
{
	const json_t *entry = entry_of(data);
	double speed = number_of(entry, "speed");

	if (!json_object_get(entry, "name"))
		return false;
	*out = number_of(entry, p->parameter->leaf);
	if (p->parameter->scale == 255)
		*out = speed > 0 ? *out * 255 / (speed * 1000) : 0;
	return true;
}

static void interface_read(struct polling *p, const json_t *data)
{
	struct event *ev = p->event;
	uint64_t now = loop_now(ev->policy->eem->loop);
	struct match_reading r;
	enum match_poll_says says;
	char value[32], delta[32];
	double v;

	if (!interface_value(p, data, &v))
		return;
	says = match_poll_step(&p->poll, v, now, &r);
	if (says == MATCH_NOTHING)
		return;
	snprintf(value, sizeof(value), "%.0f", r.value);
	snprintf(delta, sizeof(delta), "%.0f", r.delta);
	event_happened(
		ev,
		json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "name", applet_event_value(ev->spec, "name"),
			  "parameter", p->parameter->name, "is_increment",
			  p->poll.entry.kind == MATCH_INCREMENT ? "1" : "0", "value", value,
			  "delta_value", delta, "exit_event", says == MATCH_LEFT ? "1" : "0"),
		NULL);
}

/* ---- a leaf ------------------------------------------------------------------------------------------- */

/* The leaf named last in the path, wherever the document has it first. */
static const json_t *find_leaf(const json_t *at, const char *leaf)
{
	const char *name;
	json_t *in;
	size_t i;

	if (json_is_array(at))
		json_array_foreach(at, i, in)
		{
			const json_t *found = find_leaf(in, leaf);

			if (found)
				return found;
		}
	json_object_foreach((json_t *)(uintptr_t)at, name, in)
	{
		const json_t *found = in;
		const char *bare = strrchr(name, ':');

		if (json_is_object(in) ||
		    (json_is_array(in) && json_is_object(json_array_get(in, 0))))
			found = find_leaf(in, leaf);
		else if (strcmp(bare ? bare + 1 : name, leaf) != 0)
			found = NULL;
		if (found)
			return found;
	}
	return NULL;
}

static const char *leaf_text(const json_t *v, char *buf, size_t size)
{
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_boolean(v))
		return json_is_true(v) ? "true" : "false";
	if (json_is_integer(v))
		snprintf(buf, size, "%lld", (long long)json_integer_value(v));
	else
		snprintf(buf, size, "%g", json_number_value(v));
	return buf;
}

static bool op_true(const struct event *ev, const char *op, const char *val, const char *value)
{
	const char *name = applet_event_value(ev->spec, op),
		   *than = applet_event_value(ev->spec, val);
	enum match_op o;

	return name && than && !match_op_parse(name, &o) && match_op_texts(o, value, than);
}

/* Conditions on texts: the machine gets 1 for entry, -1 for exit. */
static void yang_read(struct polling *p, const char *value)
{
	struct event *ev = p->event;
	double v = op_true(ev, "op", "val", value)	       ? 1
		   : op_true(ev, "exit-op", "exit-val", value) ? -1
							       : 0;
	struct match_reading r;
	enum match_poll_says says =
		match_poll_step(&p->poll, v, loop_now(ev->policy->eem->loop), &r);

	if (says == MATCH_NOTHING)
		return;
	event_happened(ev,
		       json_pack("{s:s,s:s,s:s}", "path", applet_event_value(ev->spec, "path"),
				 "value", value, "exit_event", says == MATCH_LEFT ? "1" : "0"),
		       NULL);
}

/* ---- asking -------------------------------------------------------------------------------------------- */

static void wait_for_next(struct polling *p)
{
	loop_timer_set(&p->event->timer, p->every_ms);
}

static void keep_leaf(struct polling *p, const json_t *data)
{
	const char *path = applet_event_value(p->event->spec, "path");
	const char *slash = strrchr(path, '/');
	const char *bare = slash ? strrchr(slash, ':') : NULL;
	const json_t *leaf;

	if (!slash || p->found)
		return;
	leaf = find_leaf(data, bare ? bare + 1 : slash + 1);
	if (leaf)
		p->found = json_incref((json_t *)(uintptr_t)leaf);
}

static void on_answer(void *arg, const json_t *frame, bool more, int code, const char *why)
{
	struct polling *p = arg;
	const json_t *data = json_object_get(frame, "data");
	char buf[32];

	(void)code;
	if (!frame)
		say_debug(p->event->policy->eem, "api-errors", "poll for policy %s: %s",
			  p->event->policy->name, why);
	if (data && p->parameter)
		interface_read(p, data);
	else if (data)
		keep_leaf(p, data);
	if (more)
		return;
	if (frame && !p->parameter)
		yang_read(p, p->found ? leaf_text(p->found, buf, sizeof(buf)) : "");
	json_decref(p->found);
	p->found = NULL;
	wait_for_next(p);
}

static bool is_state(const char *path)
{
	return strstr(path, "-state") || strstr(path, "-state/");
}

static void on_poll(void *arg)
{
	struct event *ev = arg;
	struct polling *p = ev->own;
	struct control *c = ev->policy->eem->control;

	if (!control_is_up(c)) {
		wait_for_next(p);
		return;
	}
	control_ask(c,
		    json_pack("{s:s,s:s}", "op", is_state(p->path) ? "get" : "get-config", "path",
			      p->path),
		    on_answer, p);
}

static struct polling *polling_new(struct event *ev)
{
	struct polling *p = alloc_zero(sizeof(*p));

	if (!p)
		return NULL;
	p->event = ev;
	ev->own = p;
	loop_timer_init(&ev->timer, ev->policy->eem->loop, "eem poll", on_poll, ev);
	return p;
}

static void condition(const struct event *ev, const char *prefix, struct match_condition *c)
{
	char name[32];
	int64_t than = 0;
	const char *text;

	snprintf(name, sizeof(name), "%s-op", prefix);
	text = applet_event_value(ev->spec, name);
	c->given = text && !match_op_parse(text, &c->op);
	snprintf(name, sizeof(name), "%s-type", prefix);
	text = applet_event_value(ev->spec, name);
	if (text)
		match_kind_parse(text, &c->kind);
	snprintf(name, sizeof(name), "%s-val", prefix);
	applet_event_number(ev->spec, name, &than);
	c->than = (double)than;
}

static void common(const struct event *ev, struct match_poll *p)
{
	const char *both = applet_event_value(ev->spec, "exit-comb");
	const char *fires = applet_event_value(ev->spec, "exit-event");

	p->exit_ms = applet_event_ms(ev->spec, "exit-time", 0);
	p->exit_both = both && !strcmp(both, "and");
	p->exit_fires = fires && !strcmp(fires, "true");
}

static int add_interface(struct event *ev, struct error *err)
{
	const char *name = applet_event_value(ev->spec, "parameter");
	struct polling *p = polling_new(ev);
	int64_t average = 1;

	if (!p)
		return error_set(err, -ENOMEM, "no memory for the event");
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (name && !strcmp(parameters[i].name, name))
			p->parameter = &parameters[i];
	if (!p->parameter) {
		alloc_free(p);
		ev->own = NULL;
		return error_set(err, -EOPNOTSUPP, "parameter %s: Linux does not count it", name);
	}
	condition(ev, "entry", &p->poll.entry);
	condition(ev, "exit", &p->poll.exit);
	common(ev, &p->poll);
	applet_event_number(ev->spec, "average-factor", &average);
	p->poll.average = (uint32_t)average;
	p->every_ms = applet_event_ms(ev->spec, "poll-interval", POLL_LEAST_MS);
	if (p->every_ms < POLL_LEAST_MS)
		p->every_ms = POLL_LEAST_MS;
	snprintf(p->path, sizeof(p->path),
		 "/spindle-interface-state:interface-state/interface[name='%s']",
		 applet_event_value(ev->spec, "name"));
	loop_timer_set(&ev->timer, 1);
	return 0;
}

/* The entry that the leaf is of: its path without the last node. */
static int add_yang(struct event *ev, struct error *err)
{
	const char *path = applet_event_value(ev->spec, "path");
	struct polling *p = polling_new(ev);
	char *slash;

	if (!p)
		return error_set(err, -ENOMEM, "no memory for the event");
	p->poll.entry = (struct match_condition){true, MATCH_EQ, MATCH_VALUE, 1};
	p->poll.exit = (struct match_condition){applet_event_value(ev->spec, "exit-op") != NULL,
						MATCH_EQ, MATCH_VALUE, -1};
	common(ev, &p->poll);
	p->every_ms = applet_event_ms(ev->spec, "poll-interval", YANG_POLL_MS);
	if (text_copy(p->path, sizeof(p->path), path ? path : "") >= sizeof(p->path)) {
		alloc_free(p);
		ev->own = NULL;
		return error_set(err, -E2BIG, "the path is longer than %zu characters",
				 sizeof(p->path) - 1);
	}
	slash = strrchr(p->path, '/');
	if (slash && slash != p->path)
		*slash = '\0';
	loop_timer_set(&ev->timer, 1);
	return 0;
}

static void drop(struct event *ev)
{
	struct polling *p = ev->own;

	loop_timer_stop(&ev->timer);
	if (!p)
		return;
	control_forget(ev->policy->eem->control, p);
	json_decref(p->found);
	alloc_free(p);
	ev->own = NULL;
}

const struct detector detector_interface = {APPLET_INTERFACE, "interface", add_interface, drop};
const struct detector detector_yang = {APPLET_YANG, "yang", add_yang, drop};
