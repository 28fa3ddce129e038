/* show processes, show version */
#include "cli/show.h"

#define SYSTEM_PATH   "/spindle-system:system-state"
#define PLATFORM_PATH "/spindle-platform-state:platform-state"

static unsigned long long num(const json_t *entry, const char *leaf)
{
	return data_number(entry, leaf);
}

static void print_process(struct show *sh, const json_t *e)
{
	if (sh->count == 0)
		cli_printf(sh->s, "Process           PID User               Restarts Last end\n");
	cli_printf(sh->s, "%-12s %8llu %-16s %10llu %s\n", data_text(e, "role", ""), num(e, "pid"),
		   data_text(e, "user", "-"), num(e, "restarts"), data_text(e, "last-death", "-"));
}

static void print_handler(struct show *sh, const json_t *e)
{
	if (sh->count == 0)
		cli_printf(
			sh->s,
			"\nHandler                             Turns  Over 5 ms Longest(us)   Total(us)\n");
	cli_printf(sh->s, "%-28s %12llu %10llu %11llu %11llu\n", data_text(e, "name", ""),
		   num(e, "turns"), num(e, "slow-turns"), num(e, "max-time"), num(e, "total-time"));
}

static void print_control(struct show *sh, const json_t *e)
{
	const json_t *c = json_object_get(e, "control");

	if (!c)
		return;
	cli_printf(sh->s, "\nControl socket: %llu sessions since start, %llu open\n",
		   num(c, "sessions"), num(c, "sessions-now"));
	cli_printf(sh->s, "  Frames: %llu in, %llu out\n", num(c, "frames-in"),
		   num(c, "frames-out"));
	cli_printf(sh->s, "  Refused: %llu, dropped as too slow: %llu, malformed: %llu\n",
		   num(c, "refused"), num(c, "dropped-slow"), num(c, "malformed"));
}

CLI_HANDLER(cli_show_processes)
{
	static const struct show_part parts[] = {
		{.path = SYSTEM_PATH "/process", .print = print_process},
		{.path = SYSTEM_PATH "/handler", .print = print_handler},
		{.path = SYSTEM_PATH, .print = print_control, .lists = "process handler"},
	};

	(void)form;
	return show_parts(s, m, parts, 3, NULL);
}

static void print_uptime(struct show *sh, uint64_t seconds)
{
	static const struct {
		const char *unit;
		uint64_t seconds;
	} units[] = {{"week", 7 * 86400}, {"day", 86400}, {"hour", 3600}, {"minute", 60}};
	bool any = false;

	cli_printf(sh->s, "%s uptime is ", sh->s->hostname);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		unsigned long long n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		/* The smallest unit is always said, the greater ones from the first that counts. */
		if (n == 0 && units[i].seconds > 60 && !any)
			continue;
		cli_printf(sh->s, "%s%llu %s%s", any ? ", " : "", n, units[i].unit,
			   n == 1 ? "" : "s");
		any = true;
	}
	cli_printf(sh->s, "\n");
}

static void print_version(struct show *sh, const json_t *e)
{
	char started[64];

	cli_printf(sh->s, "Spindle Software, Version %s\n", data_text(e, "version", "unknown"));
	cli_printf(sh->s, "Command line, Version %s\n\n", PACKAGE_VERSION);
	print_uptime(sh, data_number(e, "uptime") / 1000);
	cli_printf(sh->s, "System started at %s\n",
		   show_time(e, "started", started, sizeof(started)));
	if (data_has(e, "boot-id"))
		cli_printf(sh->s, "Boot id %s\n", data_text(e, "boot-id", ""));
	cli_printf(
		sh->s,
		"Configuration: %llu commits since start, that of the startup file included, %s\n",
		num(e, "config-version"), data_true(e, "config-unsaved") ? "not saved" : "saved");
	cli_printf(sh->s, "Key material that could not be locked in memory: %llu bytes\n",
		   num(e, "secrets-unlocked"));
}

static void print_machine(struct show *sh, const json_t *e)
{
	char span[SHOW_BUF];

	if (data_has(e, "image"))
		cli_printf(sh->s, "System image file is \"%s\"\n", data_text(e, "image", ""));
	cli_printf(sh->s, "Machine is up for %s, %s\n\n",
		   show_span(data_number(e, "uptime") / 1000, span, sizeof(span)),
		   data_text(e, "kernel", "kernel unknown"));
	cli_printf(sh->s, "%s%s%s (%s) processor", data_text(e, "vendor", ""),
		   data_has(e, "vendor") ? " " : "", data_text(e, "product", "Unknown"),
		   data_text(e, "architecture", "unknown"));
	if (data_has(e, "serial-number"))
		cli_printf(sh->s, ".\nProcessor board ID %s", data_text(e, "serial-number", ""));
	cli_printf(sh->s, "\n");
}

static void print_main_memory(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%lluK bytes of memory\n", num(e, "total") / 1024);
}

CLI_HANDLER(cli_show_version)
{
	static const struct show_part parts[] = {
		{.path = SYSTEM_PATH, .print = print_version, .lists = "process handler"},
		{.path = PLATFORM_PATH "/machine", .print = print_machine},
		{.path = PLATFORM_PATH "/memory", .print = print_main_memory},
	};

	(void)form;
	return show_parts(s, m, parts, 3, NULL);
}
