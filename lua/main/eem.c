/*
 * The event manager as a whole: what is made and freed together, and what the daemon says. When the daemon
 * goes, policies stay registered and jobs go on as far as they need it not; when it is back everything is
 * subscribed to again, the log from where it broke off.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "lua/main/script.h"

/* A full queue is said once in so long. */
static const struct pace_class drops_said = {.burst = 1, .refill_ms = 10000};

const char *eem_text(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

bool eem_true(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
}

/* ---- the daemon -------------------------------------------------------------------------------------- */

static uint32_t subscribe(struct eem *e, const char *stream)
{
	return control_ask(e->control, json_pack("{s:s,s:s}", "op", "subscribe", "stream", stream),
			   NULL, NULL);
}

static void on_provided(void *arg, const json_t *frame, bool more, int code, const char *why)
{
	(void)arg;
	(void)more;
	(void)code;
	if (!frame)
		fprintf(stderr, "spindle-eem: %s\n", why);
}

/* As it is now; from then on it is told by the stream. */
static void on_tracks(void *arg, const json_t *frame, bool more, int code, const char *why)
{
	struct eem *e = arg;
	const json_t *list = json_object_get(
		json_object_get(json_object_get(frame, "data"), "spindle-track:track-state"),
		"object");
	const json_t *o;
	size_t i;

	(void)more;
	(void)code;
	(void)why;
	json_array_foreach(list, i, o)
	{
		char number[16];

		snprintf(number, sizeof(number), "%lld",
			 (long long)json_integer_value(json_object_get(o, "number")));
		json_object_set_new(e->tracks, number, json_string(eem_text(o, "state")));
	}
}

static void on_up(void *ctx, const json_t *greeting)
{
	struct eem *e = ctx;

	text_copy(e->hostname, sizeof(e->hostname), eem_text(greeting, "hostname"));
	e->provision = control_ask(e->control,
				   json_pack("{s:s,s:s}", "op", "provide", "module", "spindle-eem"),
				   on_provided, e);
	e->config_sub = subscribe(e, "config");
	e->ipsec_sub = subscribe(e, "ipsec");
	e->track_sub = subscribe(e, "track");
	control_ask(
		e->control,
		json_pack("{s:s,s:s}", "op", "get", "path", "/spindle-track:track-state/object"),
		on_tracks, e);
	e->cli_sub = 0;
	e->reading = false;
	if (e->configured) {
		log_subscribe(e);
		cli_subscribe(e);
	}
	config_read(e);
}

static void on_down(void *ctx, const char *why)
{
	struct eem *e = ctx;

	e->log_sub = e->cli_sub = e->config_sub = e->ipsec_sub = e->track_sub = e->provision = 0;
	fprintf(stderr, "spindle-eem: %s\n", why);
}

static void on_event(void *ctx, uint32_t id, const json_t *event)
{
	struct eem *e = ctx;

	if (id == e->log_sub)
		log_arrived(e, event);
	else if (id == e->cli_sub)
		cli_arrived(e, event);
	else if (id == e->provision)
		state_asked(e, json_object_get(event, "provide"));
	else if (id == e->config_sub)
		config_changed(e, json_object_get(json_object_get(event, "config"), "paths"));
	else if (id == e->ipsec_sub && json_object_get(event, "ipsec"))
		ipsec_arrived(e, json_object_get(event, "ipsec"));
	else if (id == e->track_sub && json_object_get(event, "track"))
		track_arrived(e, json_object_get(event, "track"));
}

static const struct control_ops control_ops = {on_up, on_down, on_event};

/* ---- life -------------------------------------------------------------------------------------------- */

static void on_reread(void *arg)
{
	struct eem *e = arg;

	if (control_is_up(e->control))
		config_read(e);
}

static bool make_parts(struct eem *e)
{
	char *path = alloc_printf("%s/control.sock", e->options.run_dir);

	if (path)
		e->control = control_new(e->loop, path, &control_ops, e);
	alloc_free(path);
	e->log_lines = match_lines_new();
	e->cli_lines = match_lines_new();
	e->environment = json_object();
	e->directory = json_object();
	e->session = json_object();
	e->threads = json_array();
	e->counters = json_object();
	e->contexts = json_object();
	e->tracks = json_object();
	return e->control && e->log_lines && e->cli_lines && e->environment && e->directory &&
	       e->session && e->threads && e->counters && e->contexts && e->tracks;
}

struct eem *eem_new(struct loop *loop, const struct eem_options *options, struct error *err)
{
	struct eem *e = alloc_zero(sizeof(*e));

	if (!e) {
		error_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	e->loop = loop;
	e->options = *options;
	e->history_size = 10;
	list_init(&e->policies);
	list_init(&e->jobs);
	list_init(&e->registering);
	for (size_t i = 0; i < APPLET_DETECTORS; i++)
		list_init(&e->detected[i]);
	pace_init(&e->drops_said, &drops_said, loop_now(loop));
	loop_timer_init(&e->reread, loop, "eem reads the configuration", on_reread, e);
	if (make_parts(e))
		return e;
	eem_free(e);
	error_set(err, -ENOMEM, "no memory");
	return NULL;
}

void eem_start(struct eem *e)
{
	control_start(e->control);
}

static void values_free(struct eem *e)
{
	json_t *owned[] = {e->environment, e->directory, e->session, e->threads,
			   e->counters,	   e->contexts,	 e->tracks,  e->draft};

	for (size_t i = 0; i < EEM_HISTORY_MAX; i++)
		json_decref(e->history[i].detail);
	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		json_decref(owned[i]);
}

void eem_free(struct eem *e)
{
	if (!e)
		return;
	loop_timer_stop(&e->reread);
	worker_pool_free(e->pool);
	e->pool = NULL;
	jobs_drop_all(e);
	scripts_free(e);
	while (!list_empty(&e->policies))
		policy_unregister(list_entry(e->policies.next, struct policy, node));
	loop_defer_cancel(e->loop, e);
	control_free(e->control);
	match_lines_free(e->log_lines);
	match_lines_free(e->cli_lines);
	values_free(e);
	alloc_free(e);
}
