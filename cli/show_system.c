/* show logging [explain], show processes, show version */
#include <strings.h>

#include "cli/show.h"

#define LOG_PATH      "/spindle-logging:log-state"
#define SYSTEM_PATH   "/spindle-system:system-state"
#define PLATFORM_PATH "/spindle-platform-state:platform-state"

static unsigned long long num(const json_t *entry, const char *leaf)
{
	return data_number(entry, leaf);
}

static void print_log_state(struct show *sh, const json_t *e)
{
	cli_printf(
		sh->s,
		"Syslog logging: enabled (%llu messages dropped, %llu messages rate-limited)\n\n",
		num(e, "syslog-dropped"), num(e, "rate-limited"));
	cli_printf(
		sh->s,
		"    Buffer logging:  level debugging, %llu messages logged, %llu of them debugging,\n"
		"                    %llu overwritten, %llu bytes used\n",
		num(e, "logged") + num(e, "debug-lines"), num(e, "debug-lines"),
		num(e, "overwritten"), num(e, "buffer-used"));
	cli_printf(sh->s, "    Trap logging: level informational, %llu message lines logged\n\n",
		   num(e, "syslog-sent"));
	cli_printf(sh->s, "Log Buffer (%llu bytes):\n", num(e, "buffer-size"));
}

static void print_record(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%s\n", data_text(e, "line", ""));
}

CLI_HANDLER(cli_show_logging)
{
	static const struct show_part parts[] = {
		{.path = LOG_PATH, .print = print_log_state, .lists = "record message"},
		{.path = LOG_PATH "/record", .print = print_record},
	};

	(void)form;
	return show_parts(s, m, parts, 2, NULL);
}

/* Text between margins, so that an explanation can be read on any terminal. */
#define WRAP_COLUMNS 78
static void print_wrapped(struct cli_session *s, const char *head, const char *text)
{
	size_t column = strlen(head);

	cli_printf(s, "%s", head);
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column + 1 + len > WRAP_COLUMNS) {
			cli_printf(s, "\n ");
			column = 1;
		}
		cli_printf(s, " %.*s", (int)len, text);
		column += 1 + len;
		text += len + (text[len] == ' ');
	}
	cli_printf(s, "\n");
}

/* Typed as it stands in the log, "%CRYPTO-4-NAME:", in any part of that, or the mnemonic alone. */
static const char *mnemonic_of(const char *typed, char *buf, size_t size)
{
	const char *dash = strrchr(typed, '-');

	text_copy(buf, size, dash ? dash + 1 : typed);
	buf[strcspn(buf, ":")] = '\0';
	return buf;
}

static void print_message(struct show *sh, const json_t *e)
{
	char mnemonic[80];

	mnemonic_of(cli_match_get(sh->m, "mnemonic"), mnemonic, sizeof(mnemonic));
	if (strcasecmp(mnemonic, data_text(e, "mnemonic", "")) != 0)
		return;
	*(bool *)sh->ctx = true;
	cli_printf(sh->s, "%%%s-%llu-%s: %s\n\n", data_text(e, "facility", ""), num(e, "severity"),
		   data_text(e, "mnemonic", ""), data_text(e, "format", ""));
	print_wrapped(sh->s, "Explanation:", data_text(e, "explanation", "-"));
	print_wrapped(sh->s, "Recommended action:", data_text(e, "action", "-"));
}

CLI_HANDLER(cli_show_explain)
{
	static const struct show_part parts[] = {
		{.path = LOG_PATH "/message", .print = print_message},
	};
	bool found = false;
	enum cli_result result;

	(void)form;
	result = show_parts(s, m, parts, 1, &found);
	if (result == CLI_OK && !found && !cli_wants_json(s))
		return cli_fail(s, "No message has the mnemonic \"%s\"",
				cli_match_get(m, "mnemonic"));
	return result;
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
	cli_printf(sh->s, "Configuration changed %llu times since start, %s\n",
		   num(e, "config-version"),
		   data_true(e, "config-unsaved") ? "not saved" : "saved");
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
