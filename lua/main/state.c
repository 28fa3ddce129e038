/*
 * What people see of the event manager, and what they order: answers to what the daemon forwards. State is a
 * table, a row a list or container; pages go on at a cursor of row and index.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "lua/main/script.h"

#define TOP	  "/spindle-eem:event-manager-state"
#define PAGE	  32
#define ROW_SHIFT 24

static const char *const kinds[] = {"applet", "script"};
static const char *const priorities[] = {"high", "normal", "low", "last"};

/* ---- small makers ------------------------------------------------------------------------------------ */

static void put_u64(json_t *o, const char *name, uint64_t v)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)v);
	json_object_set_new(o, name, json_string(buf));
}

static void put_time(json_t *o, const char *name, uint64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	char day[24], buf[40];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, sizeof(buf), "%s.%03u+00:00", day, (unsigned int)(wall_ms % 1000));
	json_object_set_new(o, name, json_string(buf));
}

/* A value of each line of a text; one blank at its beginning goes. */
static void put_lines(json_t *o, const char *name, const char *text)
{
	json_t *list = json_array();

	while (text && *text) {
		size_t len = strcspn(text, "\n"), blank = *text == ' ';
		json_t *line = json_stringn(text + blank, len - blank);

		json_array_append_new(list, line ? line : json_string("?"));
		text += len + (text[len] == '\n');
	}
	if (json_array_size(list))
		json_object_set(o, name, list);
	json_decref(list);
}

/* ---- policies ---------------------------------------------------------------------------------------- */

static void put_action(void *ctx, const char *label, const char *statement)
{
	bool set = !strncmp(statement, "set ", 4) && !strncmp(statement + 4, "_exit_status", 12);
	char *line = alloc_printf("%s %s %s", set ? "set" : "action", label,
				  set ? statement + 4 : statement);

	if (line)
		json_array_append_new(ctx, json_string(line));
	alloc_free(line);
}

static void put_events(json_t *o, const struct policy *p)
{
	struct text all;

	text_init(&all, 0);
	for (size_t i = 0; i < p->event_count; i++) {
		char *lines = applet_event_registered(p->events[i].spec);

		if (p->event_count > 1)
			text_addf(&all, " %zu: %s\n", i + 1, p->events[i].detector->name);
		text_add(&all, lines ? lines : "");
		alloc_free(lines);
	}
	for (size_t i = 0; p->together && applet_trigger_line(p->together, i); i++)
		text_addf(&all, " %s%s\n", i ? "" : "trigger ",
			  applet_trigger_line(p->together, i));
	put_lines(o, "line", text_str(&all));
	text_free(&all);
}

static json_t *policy_entry(struct eem *e, size_t index)
{
	struct list *it;
	struct policy *p = NULL;
	json_t *o, *actions;
	char maxrun[24];

	list_for_each(it, &e->policies)
	{
		if (!index--) {
			p = list_entry(it, struct policy, node);
			break;
		}
	}
	if (!p)
		return NULL;
	snprintf(maxrun, sizeof(maxrun), "%llu.%03llu", (unsigned long long)p->maxrun_ms / 1000,
		 (unsigned long long)p->maxrun_ms % 1000);
	o = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:b,s:i,s:s,s:s,s:s}", "number",
		      (json_int_t)p->number, "name", p->name, "class", p->class, "kind",
		      kinds[p->kind], "origin", "user", "event-type",
		      p->event_count > 1 ? "multiple" : p->events[0].detector->name, "trap",
		      p->trap, "nice", p->nice, "queue-priority", priorities[p->priority], "maxrun",
		      maxrun, "security", "none");
	if (!o)
		return NULL;
	put_time(o, "registered", p->registered_wall_ms);
	put_events(o, p);
	actions = json_array();
	policy_each_action(p, put_action, actions);
	if (json_array_size(actions))
		json_object_set(o, "action", actions);
	json_decref(actions);
	if (p->kind == POLICY_SCRIPT)
		put_lines(o, "text", p->lines);
	put_u64(o, "triggered", p->triggered);
	put_u64(o, "suppressed", p->suppressed);
	put_u64(o, "run-time-average", p->runs ? p->run_ms / p->runs : 0);
	put_u64(o, "run-time-maximum", p->run_max_ms);
	return o;
}

static json_t *available_entry(struct eem *e, size_t index)
{
	json_t *list = script_list(e), *file = json_array_get(list, index), *o = NULL;
	struct error err = {0};
	char *text;

	if (file) {
		o = json_pack("{s:s,s:s}", "name", eem_text(file, "name"), "origin", "user");
		put_time(o, "time",
			 (uint64_t)json_integer_value(json_object_get(file, "time")) * 1000);
		text = script_text(e, eem_text(file, "name"), &err);
		put_lines(o, "text", text);
		alloc_free(text);
	}
	json_decref(list);
	return o;
}

/* ---- jobs and history -------------------------------------------------------------------------------- */

static const struct job *job_at(const struct eem *e, size_t index)
{
	struct list *it;

	list_for_each(it, &e->jobs)
	{
		if (!index--)
			return list_entry(it, struct job, node);
	}
	return NULL;
}

static json_t *job_entry(struct eem *e, size_t index)
{
	static const char *const states[] = {"pend", "held", "running"};
	const struct job *j = job_at(e, index);
	json_t *o;

	if (!j)
		return NULL;
	o = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s}", "id", (json_int_t)j->id, "class", j->class,
		      "kind", kinds[j->policy->kind], "status", states[j->state], "queue-priority",
		      priorities[j->priority], "event-type",
		      eem_text(j->event, "event_type_string"), "name", j->policy->name);
	put_time(o, "time", j->at_wall_ms);
	return o;
}

static void put_detail(json_t *o, const json_t *event)
{
	json_t *lines = json_array(), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)event, name, value)
	{
		char *line = alloc_printf("%s %s", name, json_string_value(value));

		for (char *c = line; c && *c; c++)
			if (*c == '\n' || *c == '\r')
				*c = ' ';
		if (line)
			json_array_append_new(lines, json_string(line));
		alloc_free(line);
	}
	if (json_array_size(lines))
		json_object_set(o, "detail", lines);
	json_decref(lines);
}

static json_t *history_entry(struct eem *e, size_t index)
{
	size_t kept = e->next_history < EEM_HISTORY_MAX ? e->next_history : EEM_HISTORY_MAX;
	const struct history *h;
	json_t *o;

	kept = kept < e->history_size ? kept : e->history_size;
	if (index >= kept)
		return NULL;
	h = &e->history[(e->next_history - kept + index) % EEM_HISTORY_MAX];
	o = json_pack("{s:I,s:I,s:s,s:s,s:s,s:s}", "number", (json_int_t)h->number, "job",
		      (json_int_t)h->job, "status", h->status, "event-type", h->type, "kind",
		      kinds[h->kind], "name", h->name);
	put_time(o, "time", h->at_wall_ms);
	put_detail(o, h->detail);
	return o;
}

/* ---- the rest ---------------------------------------------------------------------------------------- */

static json_t *environment_entry(struct eem *e, size_t index)
{
	void *it = json_object_iter(e->environment);

	while (it && index--)
		it = json_object_iter_next(e->environment, it);
	return it ? json_pack("{s:s,s:O}", "name", json_object_iter_key(it), "value",
			      json_object_iter_value(it))
		  : NULL;
}

static void put_taken(json_t *o, const char *name, char *text)
{
	put_lines(o, name, text);
	alloc_free(text);
}

static const char *const versions = "01.00";

static json_t *detector_entry(struct eem *e, size_t index)
{
	const struct detector *d = detector_get((enum applet_detector)index);
	json_t *o;

	(void)e;
	if (index >= APPLET_DETECTORS)
		return NULL;
	/* Served elsewhere, or not yet: no entry, but the list goes on. */
	if (!d)
		return json_null();
	o = json_pack("{s:s,s:s,s:s,s:s}", "name", d->name, "version", versions, "node", "node0/0",
		      "type", "RP");
	put_taken(o, "lua-syntax", applet_detector_lua(d->id));
	put_taken(o, "reqinfo-name", applet_detector_fields(d->id));
	put_taken(o, "applet-syntax", applet_detector_syntax(d->id));
	put_taken(o, "applet-variable", applet_detector_variables(d->id));
	return o;
}

static json_t *component_entry(struct eem *e, size_t index)
{
	(void)e;
	return index ? NULL : json_pack("{s:s,s:s}", "name", "eem", "version", PACKAGE_VERSION);
}

static json_t *thread_of(struct eem *e, enum policy_kind kind, const char *class)
{
	json_t *o = json_pack("{s:s,s:s,s:i,s:i,s:i}", "queue", kinds[kind], "class", class,
			      "number", (int)threads_of(e, kind, class), "running",
			      (int)jobs_of(e, kind, class, JOB_RUNNING), "pending",
			      (int)jobs_of(e, kind, class, JOB_PENDING));

	if (o && kind == POLICY_APPLET && !strcmp(class, "default"))
		put_u64(o, "dropped", e->dropped);
	return o;
}

static json_t *scheduler_entry(struct eem *e, size_t index)
{
	json_t *o, *list = json_array(), *t;
	size_t i;

	if (index) {
		json_decref(list);
		return NULL;
	}
	json_array_append_new(list, thread_of(e, POLICY_APPLET, "default"));
	json_array_append_new(list, thread_of(e, POLICY_SCRIPT, "default"));
	json_array_foreach(e->threads, i, t)
	{
		enum policy_kind kind = strcmp(eem_text(t, "queue"), "script") ? POLICY_APPLET
									       : POLICY_SCRIPT;

		if (strcmp(eem_text(t, "class"), "default") != 0)
			json_array_append_new(list, thread_of(e, kind, eem_text(t, "class")));
	}
	o = json_pack("{s:b,s:o}", "suspended", e->suspended, "thread", list);
	return o;
}

static json_t *directory_entry(struct eem *e, size_t index)
{
	return index || !json_object_size(e->directory) ? NULL : json_deep_copy(e->directory);
}

static json_t *session_entry(struct eem *e, size_t index)
{
	return index || !json_object_size(e->session) ? NULL : json_deep_copy(e->session);
}

/* Processor time and memory as the kernel has them. */
static json_t *process_of(pid_t pid, const char *name)
{
	char path[64], line[512] = "";
	unsigned long long user = 0, system = 0, pages = 0, shared = 0;
	const char *at;
	FILE *f;
	json_t *o;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	at = f && fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	if (at)
		sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
		       &system);
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*u %llu %llu", &pages, &shared) != 2)
		pages = 0;
	if (f)
		fclose(f);
	o = json_pack("{s:i,s:s}", "pid", (int)pid, "name", name);
	put_u64(o, "cpu-time", (user + system) * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
	put_u64(o, "memory",
		(pages > shared ? pages - shared : 0) * (unsigned long long)sysconf(_SC_PAGESIZE));
	return o;
}

static json_t *process_entry(struct eem *e, size_t index)
{
	const struct job *j;

	if (!index)
		return process_of(getpid(), "spindle-eem");
	j = job_at(e, index - 1);
	if (!j)
		return NULL;
	return j->worker && worker_pid(j->worker) > 0
		       ? process_of(worker_pid(j->worker), j->policy->name)
		       : json_null();
}

static const struct row {
	const char *name;
	bool is_list;
	/* The entry of that index (the caller's); NULL at the end; null: there is none of that index. */
	json_t *(*entry)(struct eem *e, size_t index);
} rows[] = {
	{"component", true, component_entry},	{"policy", true, policy_entry},
	{"available", true, available_entry},	{"job", true, job_entry},
	{"history-event", true, history_entry}, {"environment", true, environment_entry},
	{"detector", true, detector_entry},	{"directory", false, directory_entry},
	{"session", false, session_entry},	{"scheduler", false, scheduler_entry},
	{"process", true, process_entry},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- get --------------------------------------------------------------------------------------------- */

static bool wants(const char *path, const char *name)
{
	const char *rest = path + strlen(TOP);
	size_t len = strlen(name);

	if (strncmp(path, TOP, strlen(TOP)) != 0 || (*rest && *rest != '/'))
		return !*path;
	return !*rest ||
	       (!strncmp(rest + 1, name, len) && (!rest[1 + len] || strchr("/[", rest[1 + len])));
}

static void put_leaves(struct eem *e, const char *path, json_t *top)
{
	json_t *on = json_array();

	if (wants(path, "version"))
		json_object_set_new(top, "version", json_string(EEM_VERSION));
	for (size_t i = 0; debug_name(i); i++)
		if (debug_is_on(e, debug_name(i)))
			json_array_append_new(on, json_string(debug_name(i)));
	if (wants(path, "debug") && json_array_size(on))
		json_object_set(top, "debug", on);
	json_decref(on);
}

/* Entries of one row into top. Where to go on; 0: at its end. */
static uint64_t fill_row(struct eem *e, size_t row, size_t index, json_t *top, size_t *left)
{
	const struct row *r = &rows[row];
	json_t *list = r->is_list ? json_array() : NULL, *entry = NULL;
	uint64_t next = 0;

	for (; *left && (entry = r->entry(e, index)); index++) {
		if (json_is_null(entry))
			continue;
		(*left)--;
		if (r->is_list)
			json_array_append_new(list, entry);
		else
			json_object_set_new(top, r->name, entry);
		if (!r->is_list)
			break;
	}
	if (!*left)
		next = ((uint64_t)row << ROW_SHIFT | index) + 1;
	if (json_array_size(list))
		json_object_set(top, r->name, list);
	json_decref(list);
	return next;
}

static void get(struct eem *e, const json_t *question, json_t *reply)
{
	const char *path = eem_text(question, "path");
	uint64_t cursor = (uint64_t)json_integer_value(json_object_get(question, "cursor"));
	size_t left = PAGE, row = 0, index = 0;
	json_t *top = json_object();
	uint64_t next = 0;

	if (cursor) {
		row = (cursor - 1) >> ROW_SHIFT;
		index = (cursor - 1) & ((1u << ROW_SHIFT) - 1);
	} else {
		put_leaves(e, path, top);
	}
	for (; row < ROWS && !next; row++, index = 0)
		if (wants(path, rows[row].name))
			next = fill_row(e, row, index, top, &left);
	json_object_set_new(reply, "data",
			    json_pack("{s:o}", "spindle-eem:event-manager-state", top));
	if (next)
		json_object_set_new(reply, "next", json_integer((json_int_t)next));
}

/* ---- actions ----------------------------------------------------------------------------------------- */

/* Somebody who waits for a run. */
struct runner_wait {
	struct eem *eem;
	uint32_t provision;
	json_int_t event;
};

static json_t *reply_to(uint32_t provision, json_int_t event)
{
	return json_pack("{s:s,s:I,s:I}", "op", "reply", "request", (json_int_t)provision, "event",
			 event);
}

static json_t *lines_of(const json_t *outputs)
{
	json_t *o = json_object(), *lines;
	const json_t *one;
	struct text all;
	size_t i;

	text_init(&all, 0);
	json_array_foreach(outputs, i, one)
	{
		text_add(&all, json_string_value(one));
	}
	put_lines(o, "output", text_str(&all));
	text_free(&all);
	lines = json_incref(json_object_get(o, "output"));
	json_decref(o);
	return lines;
}

static void run_ended(void *ctx, bool ran, const char *status, const json_t *outputs)
{
	struct runner_wait *w = ctx;
	json_t *reply = reply_to(w->provision, w->event), *data = json_object();
	json_t *lines = lines_of(outputs);

	if (ran)
		json_object_set_new(data, "status", json_string(*status ? status : "0"));
	if (lines)
		json_object_set_new(data, "output", lines);
	if (ran)
		json_object_set_new(reply, "data", data);
	else {
		json_decref(data);
		json_object_set_new(
			reply, "error",
			json_string("the policy did not run to its end; show logging and "
				    "show event manager history events say more"));
	}
	if (w->provision == w->eem->provision)
		control_tell(w->eem->control, reply);
	else
		json_decref(reply);
	alloc_free(w);
}

static bool is_sync(struct eem *e, const char *name)
{
	const struct policy *p = policy_find(e, name);

	for (size_t i = 0; p && i < p->event_count; i++) {
		const char *sync = applet_event_value(p->events[i].spec, "sync");

		if (p->events[i].detector == &detector_none)
			return !sync || !strcmp(sync, "yes");
	}
	return true;
}

/* True: the reply comes later. */
static bool act_run(struct eem *e, const json_t *question, const json_t *input, json_t *reply)
{
	const char *name = eem_text(input, "name");
	bool dry = eem_true(input, "dry-run"), wait = dry || is_sync(e, name);
	struct runner_wait *w = wait ? alloc_zero(sizeof(*w)) : NULL;
	struct job_waiter waiter = {run_ended, w};
	struct error err = {0};

	if (wait && !w) {
		json_object_set_new(reply, "error", json_string("no memory"));
		return false;
	}
	if (w)
		*w = (struct runner_wait){e, e->provision,
					  json_integer_value(json_object_get(question, "event"))};
	if (none_run(e, name, json_object_get(input, "argument"), dry, w ? &waiter : NULL, &err)) {
		alloc_free(w);
		json_object_set_new(reply, "error", json_string(err.text));
		return false;
	}
	if (!w)
		json_object_set_new(reply, "data", json_object());
	return w != NULL;
}

static void act_debug(struct eem *e, const json_t *input, json_t *reply)
{
	if (debug_set(e, eem_text(input, "flag"), eem_true(input, "on")))
		json_object_set_new(reply, "error", json_string("there is no such debug output"));
	else
		json_object_set_new(reply, "data", json_object());
}

static void act_order(struct eem *e, enum jobs_order order, const json_t *input, json_t *reply)
{
	json_object_set_new(reply, "data",
			    json_pack("{s:i}", "count", (int)jobs_order(e, order, input)));
}

static void act(struct eem *e, const json_t *question, json_t *reply, bool *later)
{
	static const char *const orders[] = {"clear", "hold", "release", "modify"};
	const char *path = eem_text(question, "path");
	const json_t *input = json_object_get(question, "input");
	const char *name = strchr(path, ':') ? strchr(path, ':') + 1 : path;

	if (!strcmp(name, "run")) {
		*later = act_run(e, question, input, reply);
		return;
	}
	if (!strcmp(name, "debug")) {
		act_debug(e, input, reply);
		return;
	}
	if (!strcmp(name, "update-policy")) {
		json_object_set_new(reply, "data", scripts_update(e, input));
		return;
	}
	for (int i = 0; i < 4; i++)
		if (!strncmp(name, "scheduler-", 10) && !strcmp(name + 10, orders[i])) {
			act_order(e, (enum jobs_order)i, input, reply);
			return;
		}
	json_object_set_new(reply, "error", json_string("there is no such action"));
}

void state_asked(struct eem *e, const json_t *question)
{
	json_int_t event = json_integer_value(json_object_get(question, "event"));
	json_t *reply = reply_to(e->provision, event);
	bool later = false;

	if (!reply)
		return; /* the daemon answers when the time is over */
	if (!strcmp(eem_text(question, "kind"), "get"))
		get(e, question, reply);
	else
		act(e, question, reply, &later);
	if (later)
		json_decref(reply);
	else
		control_tell(e->control, reply);
}
