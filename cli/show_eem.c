/* Shows of the event manager: what is registered, what ran, what there is to wait for. */
#include <time.h>

#include "base/alloc.h"
#include "cli/show.h"

#define EEM "/spindle-eem:event-manager-state"

static unsigned long long num(const json_t *e, const char *leaf)
{
	return data_number(e, leaf);
}

/* A point in time in local words; "" when absent. */
static bool local(const json_t *e, const char *leaf, struct tm *tm)
{
	uint64_t ms;
	time_t seconds;

	if (!data_time(e, leaf, &ms))
		return false;
	seconds = (time_t)(ms / 1000);
	return localtime_r(&seconds, tm);
}

static const char *since(const json_t *e, const char *leaf, char buf[SHOW_BUF])
{
	struct tm tm;

	buf[0] = '\0';
	if (local(e, leaf, &tm))
		strftime(buf, SHOW_BUF, "%a %b %-d %H:%M:%S %Y", &tm);
	return buf;
}

/* Month and day run together, the day padded to two. */
static const char *came(const json_t *e, char buf[SHOW_BUF])
{
	struct tm tm;

	buf[0] = '\0';
	if (local(e, "time", &tm))
		strftime(buf, SHOW_BUF, "%a %b%e %H:%M:%S %Y", &tm);
	return buf;
}

/* Each value of a leaf-list on a line of its own, with what stands before it. */
static void print_lines(struct show *sh, const json_t *e, const char *leaf, const char *before)
{
	const json_t *line, *lines = json_object_get(e, leaf);
	size_t i;

	json_array_foreach(lines, i, line)
	{
		cli_printf(sh->s, "%s%s\n", before, json_string_value(line));
	}
}

static bool asked(const struct show *sh, const char *param)
{
	return cli_match_get(sh->m, param);
}

/* ---- policy registered ------------------------------------------------------------------------------- */

/* By name: the whole list is needed before the first line. */
struct gathered {
	json_t *entries;
};

static bool registered_wanted(struct show *sh, const json_t *e)
{
	return show_is(sh, e, "origin", "origin") && show_is(sh, e, "event-type", "type") &&
	       show_is(sh, e, "class", "class");
}

static bool has_maxrun(const json_t *e)
{
	const json_t *line, *lines = json_object_get(e, "line");
	size_t i;

	json_array_foreach(lines, i, line)
	{
		const char *text = json_string_value(line);

		if (text && strncmp(text + strspn(text, " "), "maxrun ", 7) == 0)
			return true;
	}
	return false;
}

static void print_how(struct show *sh, const json_t *e)
{
	if (strcmp(data_text(e, "kind", ""), "script") == 0)
		cli_printf(sh->s,
			   " nice %llu queue-priority %s maxrun %s scheduler rp_primary Secu %s\n",
			   num(e, "nice"), data_text(e, "queue-priority", "normal"),
			   data_text(e, "maxrun", "20.000"), data_text(e, "security", "none"));
	else if (!has_maxrun(e))
		cli_printf(sh->s, " maxrun %s\n", data_text(e, "maxrun", "20.000"));
}

static void print_registered_entry(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF];

	cli_printf(sh->s, "%-5llu%-10s%-8s%-20s%-6s%-26s%s\n", num(e, "number"),
		   data_text(e, "kind", ""), data_text(e, "origin", ""),
		   data_text(e, "event-type", ""), data_true(e, "trap") ? "On" : "Off",
		   since(e, "registered", time), data_text(e, "name", ""));
	print_lines(sh, e, "line", " ");
	print_how(sh, e);
	print_lines(sh, e, "action", " ");
	if (!asked(sh, "detailed"))
		return;
	cli_printf(sh->s, " class %s nice %llu queue-priority %s Secu %s\n",
		   data_text(e, "class", "default"), num(e, "nice"),
		   data_text(e, "queue-priority", "normal"), data_text(e, "security", "none"));
	print_lines(sh, e, "text", "");
}

static void print_registered(struct show *sh, const json_t *e)
{
	struct gathered *g = sh->ctx;

	if (g->entries)
		json_array_append(g->entries, (json_t *)(uintptr_t)e);
	else
		print_registered_entry(sh, e);
}

static void registered_head(struct show *sh)
{
	cli_printf(sh->s, "%-5s%-10s%-8s%-20s%-6s%-26s%s\n", "No.", "Class", "Type", "Event Type",
		   "Trap", "Time Registered", "Name");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(data_text(*(json_t *const *)a, "name", ""),
		      data_text(*(json_t *const *)b, "name", ""));
}

static void registered_end(struct show *sh)
{
	const struct gathered *g = sh->ctx;
	size_t count = json_array_size(g->entries);
	json_t **sorted = count ? alloc_array(count, sizeof(*sorted)) : NULL;

	for (size_t i = 0; sorted && i < count; i++)
		sorted[i] = json_array_get(g->entries, i);
	if (sorted)
		qsort(sorted, count, sizeof(*sorted), by_name);
	for (size_t i = 0; sorted && i < count; i++)
		print_registered_entry(sh, sorted[i]);
	alloc_free(sorted);
}

CLI_HANDLER(cli_show_eem_registered)
{
	static const struct show_part parts[] = {
		{.path = EEM "/policy",
		 .print = print_registered,
		 .wanted = registered_wanted,
		 .before = registered_head,
		 .after = registered_end},
	};
	const char *order = cli_match_get(m, "order");
	struct gathered g = {0};
	enum cli_result result;

	(void)form;
	if (order && strcmp(order, "name-ordered") == 0)
		g.entries = json_array();
	result = show_parts(s, m, parts, 1, &g);
	json_decref(g.entries);
	return result;
}

/* ---- statistics policy ------------------------------------------------------------------------------- */

static void statistics_head(struct show *sh)
{
	cli_printf(sh->s, "%40sAverage    Maximum\n", "");
	cli_printf(sh->s, "%-5s%-8s%-11s%-12s%-11s%-11s%s\n", "No.", "Class", "Triggered",
		   "Suppressed", "Run Time", "Run Time", "Name");
}

static void print_statistics(struct show *sh, const json_t *e)
{
	unsigned long long average = num(e, "run-time-average"),
			   maximum = num(e, "run-time-maximum");

	cli_printf(sh->s, "%-5llu%-8s%9llu%12llu%6llu.%03llu%7llu.%03llu   %s\n", num(e, "number"),
		   data_text(e, "kind", ""), num(e, "triggered"), num(e, "suppressed"),
		   average / 1000, average % 1000, maximum / 1000, maximum % 1000,
		   data_text(e, "name", ""));
}

CLI_HANDLER(cli_show_eem_statistics)
{
	static const struct show_part parts[] = {
		{.path = EEM "/policy", .print = print_statistics, .before = statistics_head},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}

/* ---- policy available, pending, active ----------------------------------------------------------------- */

static void available_head(struct show *sh)
{
	if (!asked(sh, "file"))
		cli_printf(sh->s, "%-5s%-8s%-33s%s\n", "No.", "Type", "Time Created", "Name");
}

static void print_available(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF];

	if (asked(sh, "file"))
		print_lines(sh, e, "text", "");
	else
		cli_printf(sh->s, "%-5llu%-8s%-33s%s\n", (unsigned long long)sh->count + 1,
			   data_text(e, "origin", ""), since(e, "time", time),
			   data_text(e, "name", ""));
}

CLI_HANDLER(cli_show_eem_available)
{
	static const struct show_part parts[] = {
		{.path = EEM "/available",
		 .print = print_available,
		 .before = available_head,
		 .leaf = "name",
		 .param = "file"},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}

static void jobs_head(struct show *sh)
{
	cli_printf(sh->s,
		   "Key: p - Priority        :L - Low, H - High, N - Normal, Z - Last\n"
		   "     s - Scheduling node :A - Active, S - Standby\n\n"
		   "%-5s%-8s%-9s%-4s%-8s%-25s%-18s%s\n",
		   "No.", "Job Id", "Class", "p s", "Status", "Time of Event", "Event Type",
		   "Name");
}

static char priority_letter(const json_t *e)
{
	const char *priority = data_text(e, "queue-priority", "normal");

	if (strcmp(priority, "last") == 0)
		return 'Z';
	return (char)(priority[0] - 'a' + 'A');
}

static void print_job(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF], name[SHOW_BUF];

	snprintf(name, sizeof(name), "%s: %s", data_text(e, "kind", ""), data_text(e, "name", ""));
	cli_printf(sh->s, "%-5llu%-8llu%-9s%c A %-8s%-25s%-18s%s\n",
		   (unsigned long long)sh->count + 1, num(e, "id"), data_text(e, "class", ""),
		   priority_letter(e), data_text(e, "status", ""), came(e, time),
		   data_text(e, "event-type", ""), name);
}

static bool runs(const json_t *e)
{
	return strcmp(data_text(e, "status", ""), "running") == 0;
}

static bool job_wanted(struct show *sh, const json_t *e)
{
	return runs(e) == (strcmp(cli_match_get(sh->m, "which"), "active") == 0);
}

CLI_HANDLER(cli_show_eem_jobs)
{
	static const struct show_part parts[] = {
		{.path = EEM "/job", .print = print_job, .wanted = job_wanted, .before = jobs_head},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}

/* ---- history ------------------------------------------------------------------------------------------ */

/* The latest of a list whose end is not known before. */
struct latest {
	json_t *entries;
	uint32_t most; /* 0: all */
};

static void keep_latest(struct show *sh, const json_t *e)
{
	struct latest *l = sh->ctx;

	json_array_append(l->entries, (json_t *)(uintptr_t)e);
	if (l->most && json_array_size(l->entries) > l->most)
		json_array_remove(l->entries, 0);
}

static enum cli_result show_latest(struct cli_session *s, const struct cli_match *m,
				   const struct show_part *part)
{
	const char *maximum = cli_match_get(m, "maximum");
	struct latest l = {.entries = json_array()};
	enum cli_result result = CLI_OK;

	if (!l.entries)
		return cli_fail(s, "no memory");
	if (maximum)
		text_u32(maximum, 0, UINT32_MAX, &l.most);
	result = show_parts(s, m, part, 1, &l);
	json_decref(l.entries);
	return result;
}

static void events_head(struct show *sh)
{
	cli_printf(sh->s, "%-5s%-7s%-5s%-9s%-25s%-18s%s\n", "No.", "Job Id", "Proc", "Status",
		   "Time of Event", "Event Type", "Name");
}

static void print_event(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF];

	cli_printf(sh->s, "%-5llu%-7llu%-5s%-9s%-25s%-18s%s: %s\n", num(e, "number"), num(e, "job"),
		   "Actv", data_text(e, "status", ""), came(e, time),
		   data_text(e, "event-type", ""), data_text(e, "kind", ""),
		   data_text(e, "name", ""));
	if (asked(sh, "detailed"))
		print_lines(sh, e, "detail", " ");
}

static void events_end(struct show *sh)
{
	const struct latest *l = sh->ctx;
	json_t *e;
	size_t i;

	json_array_foreach(l->entries, i, e)
	{
		print_event(sh, e);
	}
}

CLI_HANDLER(cli_show_eem_events)
{
	static const struct show_part part = {.path = EEM "/history-event",
					      .print = keep_latest,
					      .before = events_head,
					      .after = events_end};

	(void)form;
	return show_latest(s, m, &part);
}

static void traps_head(struct show *sh)
{
	cli_printf(sh->s, "%-5s%-25s%-20s%s\n", "No.", "Time", "Trap Type", "Name");
}

static void traps_end(struct show *sh)
{
	const struct latest *l = sh->ctx;
	char time[SHOW_BUF];
	json_t *e;
	size_t i;

	json_array_foreach(l->entries, i, e)
	{
		cli_printf(sh->s, "%-5llu%-25s%-20s%s\n", num(e, "number"), came(e, time),
			   data_text(e, "trap-type", ""), data_text(e, "name", ""));
	}
}

CLI_HANDLER(cli_show_eem_traps)
{
	static const struct show_part part = {.path = EEM "/history-trap",
					      .print = keep_latest,
					      .before = traps_head,
					      .after = traps_end};

	(void)form;
	return show_latest(s, m, &part);
}

/* ---- environment -------------------------------------------------------------------------------------- */

static void environment_head(struct show *sh)
{
	if (!asked(sh, "name"))
		cli_printf(sh->s, "%-5s%-30s%-30s\n", "No.", "Name", "Value");
}

static void print_variable(struct show *sh, const json_t *e)
{
	if (asked(sh, "name"))
		cli_printf(sh->s, "%s\n", data_text(e, "value", ""));
	else
		cli_printf(sh->s, "%-5llu%-30s%-30s\n", (unsigned long long)sh->count + 1,
			   data_text(e, "name", ""), data_text(e, "value", ""));
}

CLI_HANDLER(cli_show_eem_environment)
{
	static const struct show_part part = {.path = EEM "/environment",
					      .print = print_variable,
					      .before = environment_head,
					      .leaf = "name",
					      .param = "name"};
	enum cli_result result;
	uint64_t count;

	(void)form;
	result = show_counted(s, m, &part, NULL, &count);
	if (result == CLI_OK && count == 0 && cli_match_get(m, "name") && !cli_wants_json(s))
		cli_printf(s, "Environment variable not found\n");
	return result;
}

/* ---- detectors, version -------------------------------------------------------------------------------- */

static void detectors_head(struct show *sh)
{
	cli_printf(sh->s, "%-5s%-20s%-10s%-12s%-8s\n", "No.", "Name", "Version", "Node", "Type");
}

static void print_detector_line(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%-5llu%-20s%-10s%-12s%-8s\n", (unsigned long long)sh->count + 1,
		   data_text(e, "name", ""), data_text(e, "version", ""), data_text(e, "node", ""),
		   data_text(e, "type", ""));
}

static void print_section(struct show *sh, const json_t *e, const char *title, const char *leaf)
{
	cli_printf(sh->s, "\n        %s:\n", title);
	print_lines(sh, e, leaf, "        ");
}

static void print_detector(struct show *sh, const json_t *e)
{
	print_detector_line(sh, e);
	if (!asked(sh, "detailed"))
		return;
	print_section(sh, e, "Lua Configuration Syntax", "lua-syntax");
	print_section(sh, e, "Lua event_reqinfo Names", "reqinfo-name");
	print_section(sh, e, "Applet Configuration Syntax", "applet-syntax");
	print_section(sh, e, "Applet Built-in Environment Variables", "applet-variable");
	cli_printf(sh->s, "\n");
}

CLI_HANDLER(cli_show_eem_detector)
{
	static const struct show_part part = {.path = EEM "/detector",
					      .print = print_detector,
					      .before = detectors_head,
					      .leaf = "name",
					      .param = "name"};
	const char *name = cli_match_get(m, "name");
	enum cli_result result;
	uint64_t count;

	(void)form;
	result = show_counted(s, m, &part, NULL, &count);
	if (result == CLI_OK && count == 0 && name && !cli_wants_json(s))
		return cli_fail(s, "there is no event detector %s", name);
	return result;
}

static void print_version(struct show *sh, const json_t *e)
{
	/* The value itself: it is a leaf's path. */
	if (json_is_string(e))
		cli_printf(sh->s, "Embedded Event Manager Version %s\nComponent Versions:\n",
			   json_string_value(e));
}

static void print_component(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%s: %s\n", data_text(e, "name", ""), data_text(e, "version", ""));
}

static void version_detectors(struct show *sh)
{
	cli_printf(sh->s, "Event Detectors:\n%-20s%-10s%-12s%-8s\n", "Name", "Version", "Node",
		   "Type");
}

static void print_version_detector(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%-20s%-10s%-12s%-8s\n", data_text(e, "name", ""),
		   data_text(e, "version", ""), data_text(e, "node", ""), data_text(e, "type", ""));
}

CLI_HANDLER(cli_show_eem_version)
{
	static const struct show_part parts[] = {
		{.path = EEM "/version", .print = print_version},
		{.path = EEM "/component", .print = print_component},
		{.path = EEM "/detector",
		 .print = print_version_detector,
		 .before = version_detectors},
	};

	(void)form;
	return show_parts(s, m, parts, 3, NULL);
}

/* ---- directory, session, scheduler, processes ---------------------------------------------------------- */

static void print_directory(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%s\n", data_text(e, cli_match_get(sh->m, "which"), "Not configured"));
}

CLI_HANDLER(cli_show_eem_directory)
{
	static const struct show_part parts[] = {
		{.path = EEM "/directory", .print = print_directory},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}

static void print_username(struct show *sh, const json_t *e)
{
	if (data_has(e, "username"))
		cli_printf(sh->s, "EEM session username: %s privilege: %llu\n",
			   data_text(e, "username", ""), num(e, "privilege"));
	else
		cli_printf(sh->s, "No EEM session username is configured, privilege: %llu\n",
			   num(e, "privilege"));
}

CLI_HANDLER(cli_show_eem_username)
{
	static const struct show_part parts[] = {
		{.path = EEM "/session", .print = print_username},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}

static void print_scheduler(struct show *sh, const json_t *e)
{
	if (data_true(e, "suspended"))
		cli_printf(sh->s, "Scheduling of policies is suspended\n");
}

static void print_thread(struct show *sh, const json_t *e)
{
	unsigned long long total = num(e, "number"), running = num(e, "running");

	cli_printf(
		sh->s, "%llu %s threads service class %s\n total: %llu running: %llu idle: %llu\n",
		(unsigned long long)sh->count + 1,
		strcmp(data_text(e, "queue", ""), "script") == 0 ? "Script" : "Applet",
		data_text(e, "class", ""), total, running, total > running ? total - running : 0);
	if (asked(sh, "detailed"))
		cli_printf(sh->s, " pending: %llu dropped: %llu\n", num(e, "pending"),
			   num(e, "dropped"));
}

CLI_HANDLER(cli_show_eem_threads)
{
	static const struct show_part parts[] = {
		{.path = EEM "/scheduler", .print = print_scheduler, .lists = "thread"},
		{.path = EEM "/scheduler/thread",
		 .print = print_thread,
		 .leaf = "class",
		 .param = "class"},
	};

	(void)form;
	return show_parts(s, m, parts, 2, NULL);
}

static void processes_head(struct show *sh)
{
	cli_printf(sh->s, "%-8s%-12s%-12s%s\n", "PID", "CPU (ms)", "Memory", "Name");
}

static void print_process(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%-8llu%-12llu%-12llu%s\n", num(e, "pid"), num(e, "cpu-time"),
		   num(e, "memory"), data_text(e, "name", ""));
}

CLI_HANDLER(cli_show_eem_processes)
{
	static const struct show_part parts[] = {
		{.path = EEM "/process", .print = print_process, .before = processes_head},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}
