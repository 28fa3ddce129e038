/*
 * From the configuration to registered policies. It is read whole after each commit that touched it (it is
 * small, and its pages come in order); an applet or policy whose entry is as it was stays as it is, with
 * its counters and its armed events; any other is registered anew.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/table.h"
#include "base/text.h"
#include "lua/main/script.h"

#define EVENTS_MAX 64

/* ---- reading ------------------------------------------------------------------------------------------ */

static void on_page(void *arg, const json_t *frame, bool more, int code, const char *why)
{
	struct eem *e = arg;

	(void)code;
	if (!frame) {
		e->reading = false;
		json_decref(e->draft);
		e->draft = NULL;
		say_debug(e, "api-errors", "the configuration was not read: %s", why);
		if (control_is_up(e->control))
			loop_timer_set(&e->reread, 1000);
		return;
	}
	if (!e->draft)
		e->draft = json_object();
	control_join(e->draft,
		     json_object_get(json_object_get(frame, "data"), "spindle-eem:event-manager"));
	if (more)
		return;
	e->reading = false;
	config_apply(e, e->draft);
	json_decref(e->draft);
	e->draft = NULL;
}

void config_read(struct eem *e)
{
	json_t *o;

	/* A change while it is being read: once more when that is over. */
	if (e->reading) {
		loop_timer_set(&e->reread, 100);
		return;
	}
	e->reading = true;
	o = json_pack("{s:s,s:s}", "op", "get-config", "path", CONFIG_PATH);
	control_ask(e->control, o, on_page, e);
}

/* ---- an applet ---------------------------------------------------------------------------------------- */

static void marks_of(const json_t *entry, const json_t *env, uint32_t marks[2])
{
	char *text = json_dumps(entry, JSON_COMPACT | JSON_SORT_KEYS);
	char *more = json_dumps(env, JSON_COMPACT | JSON_SORT_KEYS);

	marks[0] = text ? hash_bytes(text, strlen(text), 1) : 0;
	marks[1] = text ? hash_bytes(text, strlen(text), 2) : 0;
	if (more)
		marks[1] ^= hash_bytes(more, strlen(more), 3);
	free(text); /* jansson's */
	free(more);
}

static int parse_event(const json_t *entry, struct applet_event **out, struct error *err)
{
	const char *tag = eem_text(entry, "tag");
	bool tagged = *tag && strcmp(tag, "-") != 0;
	char *line = alloc_printf("%s%s%s%s", tagged ? "tag " : "", tagged ? tag : "",
				  tagged ? " " : "", eem_text(entry, "statement"));
	int rc = line ? applet_event_parse(line, out, err, NULL) : -ENOMEM;

	alloc_free(line);
	return rc;
}

static int take_events(struct policy *p, const json_t *entry, struct error *err)
{
	const json_t *list = json_object_get(entry, "event"), *one;
	struct applet_event *specs[EVENTS_MAX];
	size_t count = 0, i;

	json_array_foreach(list, i, one)
	{
		if (count == EVENTS_MAX || parse_event(one, &specs[count], err)) {
			while (count)
				applet_event_free(specs[--count]);
			return error_set(err, -E2BIG, "more than %d events", EVENTS_MAX);
		}
		count++;
	}
	return policy_set_events(p, specs, count, err);
}

static char *trigger_text(const json_t *t)
{
	struct text line;
	const char *const words[] = {"period", "delay"};
	const json_t *occurs = json_object_get(t, "occurs");

	text_init(&line, APPLET_LINE_MAX);
	if (occurs)
		text_addf(&line, "occurs %lld ", (long long)json_integer_value(occurs));
	for (size_t i = 0; i < 2; i++)
		if (*eem_text(t, words[i]))
			text_addf(&line, "%s %s ", words[i], eem_text(t, words[i]));
	if (*eem_text(t, "period-start"))
		text_addf(&line, "period-start \"%s\" ", eem_text(t, "period-start"));
	return line.len ? text_take(&line) : alloc_text("");
}

static int take_attributes(struct policy *p, const json_t *t, struct error *err)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(t, "attribute"), i, one)
	{
		char *line =
			alloc_printf("tag %s occurs %lld", eem_text(one, "tag"),
				     (long long)json_integer_value(json_object_get(one, "occurs")));
		int rc = line ? applet_trigger_attribute(p->together, line, err, NULL) : -ENOMEM;

		alloc_free(line);
		if (rc)
			return rc;
	}
	return 0;
}

static int take_trigger(struct policy *p, const json_t *entry, struct error *err)
{
	const json_t *t = json_object_get(entry, "trigger");
	char *line;
	int rc;

	if (!json_object_size(t))
		return 0;
	line = trigger_text(t);
	rc = line ? applet_trigger_parse(line, &p->together, err, NULL) : -ENOMEM;
	alloc_free(line);
	if (!rc && *eem_text(t, "correlate"))
		rc = applet_trigger_correlate(p->together, eem_text(t, "correlate"), err, NULL);
	return rc ? rc : take_attributes(p, t, err);
}

struct labelled {
	const char *label, *statement;
	bool is_set;
};

static int by_label(const void *a, const void *b)
{
	return strcmp(((const struct labelled *)a)->label, ((const struct labelled *)b)->label);
}

static size_t collect(const json_t *entry, const char *list, bool is_set, struct labelled *out)
{
	const json_t *one;
	size_t i, n = 0;

	json_array_foreach(json_object_get(entry, list), i, one)
	{
		out[n++] = (struct labelled){eem_text(one, "label"), eem_text(one, "statement"),
					     is_set};
	}
	return n;
}

/* Actions and old-form sets in one order, as label NUL statement NUL. */
static int take_actions(struct policy *p, const json_t *entry)
{
	size_t most = json_array_size(json_object_get(entry, "action")) +
		      json_array_size(json_object_get(entry, "set"));
	struct labelled *all = alloc_array(most ? most : 1, sizeof(*all));
	struct text blob;
	size_t n;

	if (!all)
		return -ENOMEM;
	n = collect(entry, "action", false, all);
	n += collect(entry, "set", true, all + n);
	qsort(all, n, sizeof(*all), by_label);
	text_init(&blob, 0);
	for (size_t i = 0; i < n; i++) {
		text_add_n(&blob, all[i].label, strlen(all[i].label) + 1);
		if (all[i].is_set)
			text_add(&blob, "set ");
		text_add_n(&blob, all[i].statement, strlen(all[i].statement) + 1);
	}
	alloc_free(all);
	if (blob.failed) {
		text_free(&blob);
		return -ENOMEM;
	}
	p->lines_len = blob.len;
	p->lines = text_take(&blob);
	p->action_count = n;
	return 0;
}

static void take_common(struct policy *p, const json_t *entry)
{
	const char *class = eem_text(entry, "class");

	if (*class)
		text_copy(p->class, sizeof(p->class), class);
	p->trap = eem_true(entry, "trap");
	p->bypass = eem_true(entry, "authorization-bypass");
	if (*eem_text(entry, "username"))
		p->username = alloc_text(eem_text(entry, "username"));
}

static int compile_once(const struct policy *p, struct error *err)
{
	char *chunk = policy_chunk(p, err);

	alloc_free(chunk);
	return chunk ? 0 : err->code ? err->code : -ENOMEM;
}

static void applet_make(struct eem *e, const json_t *entry, const uint32_t marks[2])
{
	struct policy *p = policy_new(e, POLICY_APPLET, eem_text(entry, "name"));
	struct error err = {0};
	int rc = p ? 0 : -ENOMEM;

	if (p)
		take_common(p, entry);
	if (!rc)
		rc = take_events(p, entry, &err);
	if (!rc)
		rc = take_trigger(p, entry, &err);
	if (!rc)
		rc = take_actions(p, entry);
	/* Without an event it is not registered, and that is no mistake: the command line says so. */
	if (!rc && p->event_count) {
		rc = compile_once(p, &err);
		memcpy(p->marks, marks, sizeof(p->marks));
		if (!rc && !(rc = policy_register(p, &err)))
			return;
	}
	if (rc)
		say(e, 3, "FMPD_REGISTER", "applet %s is not registered: %s",
		    eem_text(entry, "name"), err.code ? err.text : "no memory");
	policy_unref(p);
}

/* ---- all of it ---------------------------------------------------------------------------------------- */

typedef void make_policy(struct eem *e, const json_t *entry, const uint32_t marks[2]);

static const json_t *find_entry(const json_t *list, const char *key, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (!strcmp(eem_text(one, key), name))
			return one;
	}
	return NULL;
}

/* Those whose entry has gone or has changed go. */
static void drop_changed(struct eem *e, enum policy_kind kind, const json_t *list, const char *key)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &e->policies)
	{
		struct policy *p = list_entry(it, struct policy, node);
		const json_t *entry;
		uint32_t marks[2];

		if (p->kind != kind)
			continue;
		entry = find_entry(list, key, p->name);
		if (entry)
			marks_of(entry, kind == POLICY_SCRIPT ? e->environment : NULL, marks);
		if (!entry || memcmp(marks, p->marks, sizeof(marks)) != 0)
			policy_unregister(p);
	}
}

static void make_missing(struct eem *e, enum policy_kind kind, const json_t *list, const char *key,
			 make_policy *make)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		uint32_t marks[2];

		if (policy_find(e, eem_text(entry, key)))
			continue;
		marks_of(entry, kind == POLICY_SCRIPT ? e->environment : NULL, marks);
		make(e, entry, marks);
	}
}

static void keep(json_t **where, const json_t *value, json_t *otherwise)
{
	json_decref(*where);
	*where = value ? json_incref((json_t *)(uintptr_t)value) : otherwise;
	if (value)
		json_decref(otherwise);
}

static json_t *environment_of(const json_t *list)
{
	json_t *o = json_object();
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		json_object_set_new(o, eem_text(one, "name"), json_string(eem_text(one, "value")));
	}
	return o;
}

static void take_settings(struct eem *e, const json_t *config)
{
	const json_t *scheduler = json_object_get(config, "scheduler");
	const json_t *size = json_object_get(json_object_get(config, "history"), "events");

	json_decref(e->environment);
	e->environment = environment_of(json_object_get(config, "environment"));
	keep(&e->directory, json_object_get(config, "directory"), json_object());
	keep(&e->session, json_object_get(config, "session"), json_object());
	keep(&e->threads, json_object_get(scheduler, "thread"), json_array());
	e->suspended = eem_true(scheduler, "suspended");
	e->history_size = size ? (size_t)json_integer_value(size) : 10;
}

void config_apply(struct eem *e, const json_t *config)
{
	const json_t *applets = json_object_get(config, "applet");
	const json_t *policies = json_object_get(config, "policy");

	take_settings(e, config);
	drop_changed(e, POLICY_APPLET, applets, "name");
	drop_changed(e, POLICY_SCRIPT, policies, "file");
	make_missing(e, POLICY_APPLET, applets, "name", applet_make);
	make_missing(e, POLICY_SCRIPT, policies, "file", script_make);
	if (!e->configured) {
		e->configured = true;
		log_subscribe(e);
	}
	cli_subscribe(e);
	jobs_run(e);
}
