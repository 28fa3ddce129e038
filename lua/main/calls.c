/*
 * What a running policy asks for: a row an operation. A handler answers at once, or keeps a struct waiting
 * until somebody else has answered; that goes with the job. In a dry run what would change something is
 * printed in place of being done.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/regex.h"
#include "base/text.h"

#define CONTEXT_MAX	65536 /* bytes of one key's variables */
#define CONTEXTS	1024
#define COUNTERS	1024
#define OUTPUT_TEXT_MAX (1u << 20)

/* A call that waits for the daemon. */
struct waiting {
	struct list node;
	struct job *job;
	uint32_t id;
	json_t *data;
	const char *member;		  /* under which the answer goes */
	void (*clear)(struct waiting *w); /* NULL: nothing else to free */
};

static void answer(struct job *j, uint32_t id, json_t *result)
{
	if (j->worker)
		worker_answer(j->worker, id, result, result ? NULL : "no memory for the answer");
	else
		json_decref(result);
}

static void refuse(struct job *j, uint32_t id, const char *why)
{
	say_debug(j->eem, "api-errors", "policy %s: %s", j->policy->name, why);
	if (j->worker)
		worker_answer(j->worker, id, NULL, why);
}

static void waiting_free(struct waiting *w)
{
	list_remove(&w->node);
	json_decref(w->data);
	if (w->clear)
		w->clear(w);
	alloc_free(w);
}

static struct waiting *waiting_new(struct job *j, uint32_t id, const char *member)
{
	struct waiting *w = alloc_zero(sizeof(*w));

	if (!w) {
		refuse(j, id, "no memory for the call");
		return NULL;
	}
	*w = (struct waiting){.job = j, .id = id, .member = member};
	list_append(&j->calls, &w->node);
	return w;
}

void calls_end(struct job *j)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &j->calls)
	{
		struct waiting *w = list_entry(it, struct waiting, node);

		control_forget(j->eem->control, w);
		waiting_free(w);
	}
	cli_sessions_end(j);
	files_end(j);
}

/* ---- words ------------------------------------------------------------------------------------------- */

static void call_syslog(struct job *j, uint32_t id, const json_t *args)
{
	const json_t *priority = json_object_get(args, "priority");
	int severity = json_is_integer(priority) ? (int)json_integer_value(priority) : 6;

	say(j->eem, severity & 7, "LOG", "%s: %s", j->policy->name, eem_text(args, "msg"));
	answer(j, id, json_object());
}

static void call_puts(struct job *j, uint32_t id, const json_t *args)
{
	const json_t *newline = json_object_get(args, "newline");

	if (j->waiter.done)
		job_print(j, eem_text(args, "text"), !newline || json_is_true(newline));
	else
		say(j->eem, 6, "LOG", "%s: %s", j->policy->name, eem_text(args, "text"));
	answer(j, id, json_object());
}

/* ---- state ------------------------------------------------------------------------------------------- */

static void on_data(void *arg, const json_t *frame, bool more, int code, const char *why)
{
	struct waiting *w = arg;
	struct job *j = w->job;
	uint32_t id = w->id;
	json_t *result;

	(void)code;
	if (!frame) {
		waiting_free(w);
		refuse(j, id, why);
		return;
	}
	if (!w->data)
		w->data = json_object();
	control_join(w->data, json_object_get(frame, w->member));
	if (more)
		return;
	result = json_pack("{s:O}", w->member, w->data);
	waiting_free(w);
	answer(j, id, result);
}

static void ask(struct job *j, uint32_t id, const char *member, json_t *request)
{
	struct waiting *w = waiting_new(j, id, member);

	if (w)
		control_ask(j->eem->control, request, on_data, w);
	else
		json_decref(request);
}

static void call_get(struct job *j, uint32_t id, const json_t *args)
{
	const char *path = eem_text(args, "path");
	bool state = strstr(path, "-state") != NULL;

	if (path[0] != '/') {
		refuse(j, id, "a path begins with /module:node");
		return;
	}
	ask(j, id, "data",
	    json_pack("{s:s,s:s}", "op", state ? "get" : "get-config", "path", path));
}

static void call_counter(struct job *j, uint32_t id, const json_t *args)
{
	const json_t *v = json_object_get(args, "value");
	const char *name = eem_text(args, "name"), *op = eem_text(args, "op");
	int64_t by = json_is_string(v) ? strtoll(json_string_value(v), NULL, 10)
				       : (int64_t)json_integer_value(v);

	if (!json_object_get(j->eem->counters, name) &&
	    json_object_size(j->eem->counters) >= COUNTERS) {
		refuse(j, id, "too many counters");
		return;
	}
	answer(j, id,
	       json_pack("{s:I}", "value", (json_int_t)counter_change(j->eem, name, op, by)));
}

static uint32_t number_of(const json_t *args)
{
	const json_t *v = json_object_get(args, "number");

	return json_is_string(v) ? (uint32_t)strtoul(json_string_value(v), NULL, 10)
				 : (uint32_t)json_integer_value(v);
}

static void on_track(void *arg, const json_t *frame, bool more, int code, const char *why)
{
	struct waiting *w = arg;
	struct job *j = w->job;
	uint32_t id = w->id;
	const json_t *state = json_object_get(
		json_object_get(json_object_get(frame, "data"), "spindle-track:track-state"),
		"object");
	const char *text = eem_text(json_array_get(state, 0), "state");

	(void)code;
	if (frame && *text) {
		json_decref(w->data);
		w->data = json_pack("{s:s}", "state", text);
	}
	if (more)
		return;
	if (w->data)
		answer(j, id, json_incref(w->data));
	else
		refuse(j, id, frame ? "there is no such tracked object" : why);
	waiting_free(w);
}

static void call_track_read(struct job *j, uint32_t id, const json_t *args)
{
	struct waiting *w = waiting_new(j, id, "data");
	char path[80];

	snprintf(path, sizeof(path), "/spindle-track:track-state/object[number='%u']",
		 number_of(args));
	if (w)
		control_ask(j->eem->control, json_pack("{s:s,s:s}", "op", "get", "path", path),
			    on_track, w);
}

static void call_track_set(struct job *j, uint32_t id, const json_t *args)
{
	ask(j, id, "output",
	    json_pack("{s:s,s:s,s:{s:I,s:s}}", "op", "action", "path", "spindle-track:set", "input",
		      "number", (json_int_t)number_of(args), "state", eem_text(args, "state")));
}

static void call_incident(struct job *j, uint32_t id, const json_t *args)
{
	char path[160];

	if (strchr(eem_text(args, "id"), '\'')) {
		refuse(j, id, "that is no incident's id");
		return;
	}
	snprintf(path, sizeof(path), "/spindle-crypto-state:incidents/incident[id='%.80s']",
		 eem_text(args, "id"));
	ask(j, id, "data", json_pack("{s:s,s:s}", "op", "get", "path", path));
}

/* ---- contexts ---------------------------------------------------------------------------------------- */

static void call_context_save(struct job *j, uint32_t id, const json_t *args)
{
	json_t *all = j->eem->contexts, *variables = json_object_get(args, "variables");
	const char *key = eem_text(args, "key");
	json_t *mine = json_object_get(all, key);
	size_t size = json_dumpb(variables, NULL, 0, JSON_COMPACT);

	if (!*key || !json_is_object(variables))
		refuse(j, id, "a context has a key and variables");
	else if (size + json_dumpb(mine, NULL, 0, JSON_COMPACT) > CONTEXT_MAX ||
		 (!mine && json_object_size(all) >= CONTEXTS))
		refuse(j, id, "there is no room for that context");
	else {
		/* Several lines of a policy may save to one key. */
		if (mine)
			json_object_update(mine, variables);
		else
			json_object_set_new(all, key, json_deep_copy(variables));
		answer(j, id, json_object());
	}
}

/* What is retrieved is gone: saved again, if it is wanted again. */
static void call_context_retrieve(struct job *j, uint32_t id, const json_t *args)
{
	json_t *mine = json_object_get(j->eem->contexts, eem_text(args, "key"));
	const char *glob = *eem_text(args, "glob") ? eem_text(args, "glob") : "*", *name;
	json_t *found = json_object(), *value;

	if (!mine) {
		json_decref(found);
		refuse(j, id, "there is no such context");
		return;
	}
	json_object_foreach(mine, name, value)
	{
		if (!fnmatch(glob, name, 0))
			json_object_set(found, name, value);
	}
	json_object_del(j->eem->contexts, eem_text(args, "key"));
	answer(j, id, json_pack("{s:o}", "variables", found));
}

/* ---- other policies ---------------------------------------------------------------------------------- */

static void call_policy(struct job *j, uint32_t id, const json_t *args)
{
	struct error err = {0};

	if (none_run(j->eem, eem_text(args, "name"), json_object_get(args, "args"), j->dry_run,
		     NULL, &err))
		refuse(j, id, err.text);
	else
		answer(j, id, json_object());
}

static const char *as_text(const json_t *args, const char *name, char *buf, size_t size)
{
	const json_t *v = json_object_get(args, name);

	if (json_is_string(v))
		return json_string_value(v);
	snprintf(buf, size, "%lld", (long long)json_integer_value(v));
	return buf;
}

static void call_publish(struct job *j, uint32_t id, const json_t *args)
{
	char sub[24], type[24];
	size_t heard = application_publish(j->eem, as_text(args, "sub-system", sub, sizeof(sub)),
					   as_text(args, "type", type, sizeof(type)),
					   json_object_get(args, "args"));

	answer(j, id, json_pack("{s:i}", "policies", (int)heard));
}

static void call_event_wait(struct job *j, uint32_t id, const json_t *args)
{
	(void)args;
	j->waits_event = id;
}

/* ---- information ------------------------------------------------------------------------------------- */

/* A list that is made into one text: which names, by what words. */
struct gathering {
	struct waiting w; /* first */
	const char *top, *list, *leaf, *between;
	char *include, *exclude;
	struct regex *regexp;
	struct text text;
};

static void gathering_free(struct waiting *w)
{
	struct gathering *g = (struct gathering *)w;

	regex_free(g->regexp);
	alloc_free(g->include);
	alloc_free(g->exclude);
	text_free(&g->text);
}

static bool is_wanted(const struct gathering *g, const char *value)
{
	if (g->include && !strstr(value, g->include))
		return false;
	if (g->exclude && strstr(value, g->exclude))
		return false;
	return !g->regexp || regex_match(g->regexp, value, strlen(value));
}

static void on_list(void *arg, const json_t *frame, bool more, int code, const char *why)
{
	struct gathering *g = arg;
	struct job *j = g->w.job;
	uint32_t id = g->w.id;
	const json_t *list =
		json_object_get(json_object_get(json_object_get(frame, "data"), g->top), g->list);
	const json_t *one;
	json_t *result;
	size_t i;

	(void)code;
	json_array_foreach(list, i, one)
	{
		const char *value = eem_text(one, g->leaf);

		if (is_wanted(g, value))
			text_addf(&g->text, "%s%s", g->text.len ? g->between : "", value);
	}
	if (more)
		return;
	result = frame ? json_pack("{s:s}", "value", text_str(&g->text)) : NULL;
	waiting_free(&g->w);
	if (frame)
		answer(j, id, result);
	else
		refuse(j, id, why);
}

static void gather(struct job *j, uint32_t id, const json_t *args, const struct gathering *what)
{
	struct gathering *g = alloc_zero(sizeof(*g));
	const char *pattern = eem_text(args, "regexp");
	struct error err = {0};
	char path[160];

	if (!g) {
		refuse(j, id, "no memory for the call");
		return;
	}
	*g = *what;
	g->w = (struct waiting){.job = j, .id = id, .clear = gathering_free};
	text_init(&g->text, OUTPUT_TEXT_MAX);
	list_append(&j->calls, &g->w.node);
	if (*eem_text(args, "include"))
		g->include = alloc_text(eem_text(args, "include"));
	if (*eem_text(args, "exclude"))
		g->exclude = alloc_text(eem_text(args, "exclude"));
	if (*pattern && !(g->regexp = regex_new(pattern, &err))) {
		waiting_free(&g->w);
		refuse(j, id, err.text);
		return;
	}
	snprintf(path, sizeof(path), "/%s/%s", g->top, g->list);
	control_ask(j->eem->control, json_pack("{s:s,s:s}", "op", "get", "path", path), on_list, g);
}

static void call_info(struct job *j, uint32_t id, const json_t *args)
{
	static const struct gathering interfaces = {
		.top = "spindle-interface-state:interface-state",
		.list = "interface",
		.leaf = "name",
		.between = " "};
	static const struct gathering lines = {.top = "spindle-logging:log-state",
					       .list = "record",
					       .leaf = "line",
					       .between = "\n"};
	const char *type = eem_text(args, "type");

	if (!strcmp(type, "routername"))
		answer(j, id, json_pack("{s:s}", "value", j->eem->hostname));
	else if (!strcmp(type, "interface-names"))
		gather(j, id, args, &interfaces);
	else if (!strcmp(type, "syslog") || !strcmp(type, "syslog history"))
		gather(j, id, args, &lines);
	else
		refuse(j, id, "that type of information is not there");
}

/* A statement that failed, of an applet that goes on. */
static void call_complain(struct job *j, uint32_t id, const json_t *args)
{
	say(j->eem, 3, eem_text(args, "mnemonic"), "%s", eem_text(args, "text"));
	answer(j, id, json_object());
}

/* ---- the table --------------------------------------------------------------------------------------- */

static const struct {
	const char *op;
	void (*run)(struct job *j, uint32_t id, const json_t *args);
	const char *changes; /* what a dry run prints before the argument; NULL: it changes nothing */
	const char *argument;
} rows[] = {
	{"syslog", call_syslog, "syslog", "msg"},
	{"puts", call_puts, NULL, NULL},
	{"get", call_get, NULL, NULL},
	{"counter", call_counter, "counter", "name"},
	{"track_read", call_track_read, NULL, NULL},
	{"track_set", call_track_set, "track set", "state"},
	{"context_save", call_context_save, "context save", "key"},
	{"context_retrieve", call_context_retrieve, "context retrieve", "key"},
	{"policy", call_policy, "policy", "name"},
	{"publish_event", call_publish, "publish-event", "type"},
	{"info", call_info, NULL, NULL},
	{"complain", call_complain, NULL, NULL},
	{"incident", call_incident, NULL, NULL},
	{"event_wait", call_event_wait, "event_wait", NULL},
};

/* What a policy that only plays gets, so that it goes on. */
static json_t *dry_answer(const char *op)
{
	if (!strcmp(op, "cli_open"))
		return json_pack("{s:i,s:s}", "id", 1, "output", "");
	if (!strncmp(op, "cli_", 4))
		return json_pack("{s:s}", "output", "");
	if (!strcmp(op, "file_open"))
		return json_pack("{s:i}", "fd", 1);
	if (!strcmp(op, "counter"))
		return json_pack("{s:i}", "value", 0);
	if (!strcmp(op, "context_retrieve"))
		return json_pack("{s:{}}", "variables");
	return json_object();
}

static void dry(struct job *j, uint32_t id, const char *op, const char *what, const char *argument)
{
	char *line = alloc_printf("%s%s%s", what, *argument ? " " : "", argument);

	if (line)
		job_print(j, line, true);
	alloc_free(line);
	answer(j, id, dry_answer(op));
}

static bool dry_outside(struct job *j, uint32_t id, const char *op, const json_t *args)
{
	if (!strcmp(op, "cli_exec") || !strcmp(op, "cli_write")) {
		const char *command = eem_text(args, "command");

		dry(j, id, op, "cli command", *command ? command : eem_text(args, "text"));
	} else if (!strncmp(op, "cli_", 4)) {
		answer(j, id, dry_answer(op));
	} else if (!strncmp(op, "file_", 5)) {
		dry(j, id, op, op, eem_text(args, "path"));
	} else {
		return false;
	}
	return true;
}

void calls_take(struct job *j, uint32_t id, const char *op, const json_t *args)
{
	char why[80];

	say_debug(j->eem, "api-calls", "policy %s: %s", j->policy->name, op);
	if (j->dry_run && dry_outside(j, id, op, args))
		return;
	if (!strncmp(op, "cli_", 4)) {
		call_cli(j, id, op, args);
		return;
	}
	if (!strncmp(op, "file_", 5)) {
		call_file(j, id, op, args);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].op, op) != 0)
			continue;
		if (j->dry_run && rows[i].changes)
			dry(j, id, op, rows[i].changes,
			    rows[i].argument ? eem_text(args, rows[i].argument) : "");
		else
			rows[i].run(j, id, args);
		return;
	}
	snprintf(why, sizeof(why), "there is no %.40s here", op);
	refuse(j, id, why);
}
