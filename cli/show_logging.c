/* show logging [count | explain], show debugging, show crypto debug-condition */
#include <strings.h>

#include "base/alloc.h"
#include "cli/show.h"

#define LOG_PATH    "/spindle-logging:log-state"
#define SYSTEM_PATH "/spindle-system:system-state"
#define LOG_LISTS   "record message host count debug-condition"

static unsigned long long num(const json_t *entry, const char *leaf)
{
	return data_number(entry, leaf);
}

/* ---- show logging ------------------------------------------------------------------------------------ */

static const char *level_name(uint64_t level)
{
	static const char *const names[] = {"emergencies",   "alerts",	 "critical",
					    "errors",	     "warnings", "notifications",
					    "informational", "debugging"};

	return level < sizeof(names) / sizeof(names[0]) ? names[level] : "unknown";
}

/* What routers can do and this has not: said, because their tools read these lines. */
#define NOT_HERE ", xml disabled,\n%*sfiltering disabled\n"

static void print_console(struct show *sh, const json_t *e)
{
	if (!data_has(e, "console-level"))
		cli_printf(sh->s, "    Console logging: disabled\n");
	else
		cli_printf(sh->s, "    Console logging: level %s, %llu messages logged" NOT_HERE,
			   level_name(num(e, "console-level")), num(e, "console-logged"), 21, "");
}

static void print_monitor(struct show *sh, const json_t *e)
{
	if (!data_has(e, "monitor-level"))
		cli_printf(sh->s, "    Monitor logging: disabled\n");
	else
		cli_printf(sh->s, "    Monitor logging: level %s, %llu messages logged" NOT_HERE,
			   level_name(num(e, "monitor-level")), num(e, "monitor-logged"), 21, "");
}

static void print_buffer(struct show *sh, const json_t *e)
{
	if (!data_has(e, "buffer-level"))
		cli_printf(sh->s, "    Buffer logging:  disabled\n");
	else
		cli_printf(sh->s,
			   "    Buffer logging:  level %s, %llu messages logged" NOT_HERE
			   "%*s%llu overwritten, %llu bytes used\n",
			   level_name(num(e, "buffer-level")), num(e, "buffer-logged"), 20, "", 20,
			   "", num(e, "overwritten"), num(e, "buffer-used"));
}

static void print_local(struct show *sh, const json_t *e)
{
	const char *why = data_text(e, "syslog-error", "");
	bool journal = strcmp(data_text(e, "syslog-way", ""), "journal") == 0;

	cli_printf(sh->s, "        Logging to %s of this machine,\n",
		   journal ? "the journal" : "syslog");
	cli_printf(sh->s, "              %llu message lines logged,\n", num(e, "syslog-sent"));
	cli_printf(sh->s, "              %llu message lines dropped%s%s%s\n",
		   num(e, "syslog-dropped"), *why ? " (" : "", why, *why ? ")" : "");
}

static void print_trap(struct show *sh, const json_t *e)
{
	if (!data_has(e, "trap-level")) {
		cli_printf(sh->s, "    Trap logging: disabled\n");
		return;
	}
	cli_printf(sh->s, "    Trap logging: level %s, %llu message lines logged\n",
		   level_name(num(e, "trap-level")), num(e, "trap-logged"));
	print_local(sh, e);
}

static void print_log_state(struct show *sh, const json_t *e)
{
	*(unsigned long long *)sh->ctx = num(e, "buffer-size");
	cli_printf(sh->s,
		   "Syslog logging: %s (%llu messages dropped, %llu messages rate-limited, %llu "
		   "flushes, %llu overruns, xml disabled, filtering disabled)\n\n",
		   data_true(e, "enabled") ? "enabled" : "disabled", num(e, "syslog-dropped"),
		   num(e, "rate-limited"), num(e, "flushes"), num(e, "overruns"));
	print_console(sh, e);
	print_monitor(sh, e);
	print_buffer(sh, e);
	cli_printf(sh->s, "    Count and timestamp logging messages: %s\n\n",
		   data_true(e, "count-enabled") ? "enabled" : "disabled");
	print_trap(sh, e);
}

static void print_host(struct show *sh, const json_t *e)
{
	const char *error = data_text(e, "error", "");

	cli_printf(sh->s, "        Logging to %s  (%s port %llu, audit disabled,\n",
		   data_text(e, "address", ""), data_text(e, "transport", ""), num(e, "port"));
	cli_printf(sh->s, "              link %s),\n", data_text(e, "state", ""));
	cli_printf(sh->s, "              %llu message lines logged,\n", num(e, "sent"));
	cli_printf(sh->s, "              %llu message lines dropped,\n", num(e, "dropped"));
	cli_printf(sh->s, "              %llu message lines waiting,\n", num(e, "waiting"));
	cli_printf(sh->s, "              xml disabled, filtering disabled\n");
	cli_printf(sh->s, "              format %s\n", data_text(e, "format", ""));
	if (*error)
		cli_printf(sh->s, "              last failure: %s\n", error);
}

static void print_buffer_head(struct show *sh)
{
	cli_printf(sh->s, "\nLog Buffer (%llu bytes):\n", *(unsigned long long *)sh->ctx);
}

static void print_record(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%s\n", data_text(e, "line", ""));
}

CLI_HANDLER(cli_show_logging)
{
	static const struct show_part parts[] = {
		{.path = LOG_PATH, .print = print_log_state, .lists = LOG_LISTS},
		{.path = LOG_PATH "/host", .print = print_host},
		{.path = LOG_PATH "/record", .print = print_record, .before = print_buffer_head},
	};
	unsigned long long buffer_size = 0;

	(void)form;
	return show_parts(s, m, parts, 3, &buffer_size);
}

/* ---- show logging count ------------------------------------------------------------------------------ */

#define COUNTS_MAX 256

struct counts {
	json_t *entry[COUNTS_MAX]; /* owned */
	size_t count;
};

static void keep_count(struct show *sh, const json_t *e)
{
	struct counts *c = sh->ctx;

	if (c->count < COUNTS_MAX)
		c->entry[c->count++] = json_incref((json_t *)(uintptr_t)e);
}

static int by_facility(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(data_text(x, "facility", ""), data_text(y, "facility", ""));

	return order ? order : strcmp(data_text(x, "mnemonic", ""), data_text(y, "mnemonic", ""));
}

static void print_count(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF];

	cli_printf(sh->s, "%-14s %-32s %-3llu %-10llu %s\n", data_text(e, "facility", ""),
		   data_text(e, "mnemonic", ""), num(e, "severity"), num(e, "occurrences"),
		   show_time(e, "last-time", time, sizeof(time)));
}

/* Facility by facility, with its sum. */
static void print_counts(struct show *sh)
{
	struct counts *c = sh->ctx;
	unsigned long long total = 0;

	cli_printf(sh->s,
		   "Facility       Message Name                     Sev Occur      Last Time\n");
	cli_printf(sh->s, "==========================================================="
			  "=====================\n");
	qsort(c->entry, c->count, sizeof(c->entry[0]), by_facility);
	for (size_t i = 0; i < c->count; i++) {
		const char *facility = data_text(c->entry[i], "facility", "");
		const char *next = i + 1 < c->count ? data_text(c->entry[i + 1], "facility", "")
						    : "";

		print_count(sh, c->entry[i]);
		total += num(c->entry[i], "occurrences");
		if (strcmp(facility, next) == 0)
			continue;
		cli_printf(sh->s, "%s TOTAL%*s%llu\n\n", facility, 46 - (int)strlen(facility), "",
			   total);
		total = 0;
	}
}

CLI_HANDLER(cli_show_log_count)
{
	static const struct show_part parts[] = {
		{.path = LOG_PATH "/count", .print = keep_count, .after = print_counts},
	};
	struct counts *c = alloc_zero(sizeof(*c));
	enum cli_result result;

	(void)form;
	if (!c)
		return cli_fail(s, "no memory");
	result = show_parts(s, m, parts, 1, c);
	for (size_t i = 0; i < c->count; i++)
		json_decref(c->entry[i]);
	alloc_free(c);
	return result;
}

/* ---- show logging explain ---------------------------------------------------------------------------- */

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

/* ---- debugging --------------------------------------------------------------------------------------- */

static const struct {
	const char *flag, *name;
} debug_names[] = {
	{"ikev2", "Crypto IKEv2"},
	{"ipsec", "Crypto IPSEC"},
	{"invalid-spi", "Crypto Invalid SPI"},
};

const char *cli_debug_name(const char *flag)
{
	for (size_t i = 0; i < sizeof(debug_names) / sizeof(debug_names[0]); i++)
		if (strcmp(debug_names[i].flag, flag) == 0)
			return debug_names[i].name;
	return flag;
}

static void print_debugging(struct show *sh, const json_t *entry)
{
	const json_t *flags = json_object_get(entry, "debug");
	json_t *flag;
	size_t i;

	if (json_array_size(flags) == 0)
		return;
	cli_printf(sh->s, "Cryptographic Subsystem:\n");
	json_array_foreach(flags, i, flag)
	{
		const char *name = json_string_value(flag);

		cli_printf(sh->s, "  %s debugging is on\n", cli_debug_name(name ? name : ""));
	}
}

/* A host without its length, an SPI as debug output has it. */
static const char *condition_value(const json_t *e, char *buf, size_t size)
{
	const char *kind = data_text(e, "kind", ""), *value = data_text(e, "value", "");
	size_t len;

	if (strcmp(kind, "spi") == 0) {
		snprintf(buf, size, "0x%08llX", num(e, "value"));
		return buf;
	}
	text_copy(buf, size, value);
	len = strlen(buf);
	if (len > 3 && !strchr(buf, ':') && strcmp(buf + len - 3, "/32") == 0)
		buf[len - 3] = '\0';
	else if (len > 4 && strcmp(buf + len - 4, "/128") == 0)
		buf[len - 4] = '\0';
	return buf;
}

static void print_condition(struct show *sh, const json_t *e)
{
	char value[64];

	cli_printf(sh->s, "  Crypto condition: %s %s\n", data_text(e, "kind", ""),
		   condition_value(e, value, sizeof(value)));
}

static bool print_eem_debug(void *arg, const json_t *flag)
{
	char name[64];

	if (json_is_string(flag))
		cli_printf(arg, "  Debug EEM %s debugging is on\n",
			   cli_eem_debug_name(json_string_value(flag), name, sizeof(name)));
	return true;
}

CLI_HANDLER(cli_show_debugging)
{
	static const struct show_part parts[] = {
		{.path = SYSTEM_PATH, .print = print_debugging, .lists = "process handler"},
		{.path = LOG_PATH "/debug-condition", .print = print_condition},
	};

	struct error ignored = {0};
	enum cli_result result;

	(void)form;
	result = show_parts(s, m, parts, 2, NULL);
	/* Where the event manager does not run it debugs nothing. */
	if (result == CLI_OK && !cli_wants_json(s))
		cli_state_each(s, "/spindle-eem:event-manager-state/debug", print_eem_debug, s,
			       &ignored);
	return result;
}

struct conditions {
	struct text peers, spis;
	bool ikev2, ipsec, any;
};

static void keep_condition(struct show *sh, const json_t *e)
{
	const char *kind = data_text(e, "kind", ""), *value = data_text(e, "value", "");
	struct conditions *c = sh->ctx;
	char buf[64];

	c->any = true;
	condition_value(e, buf, sizeof(buf));
	if (strcmp(kind, "peer") == 0)
		text_addf(&c->peers, "%s%s", c->peers.len ? "  " : "", buf);
	else if (strcmp(kind, "spi") == 0)
		text_addf(&c->spis, "%s%s", c->spis.len ? "  " : "", buf);
	else if (strcmp(value, "ikev2") == 0)
		c->ikev2 = true;
	else
		c->ipsec = true;
}

static void print_conditions(struct show *sh)
{
	const struct conditions *c = sh->ctx;

	cli_printf(sh->s, "Crypto conditional debug currently is turned %s\n",
		   c->any ? "ON" : "OFF");
	cli_printf(sh->s, "IKE debug context unmatched flag: %s\n", c->ikev2 ? "ON" : "OFF");
	cli_printf(sh->s, "IPsec debug context unmatched flag: %s\n", c->ipsec ? "ON" : "OFF");
	if (c->peers.len)
		cli_printf(sh->s, "\nIKE peer IP address filters:\n%s\n", text_str(&c->peers));
	if (c->spis.len)
		cli_printf(sh->s, "\nIPsec SPI filters:\n%s\n", text_str(&c->spis));
}

CLI_HANDLER(cli_show_debug_condition)
{
	static const struct show_part parts[] = {
		{.path = LOG_PATH "/debug-condition",
		 .print = keep_condition,
		 .after = print_conditions},
	};
	struct conditions c = {0};
	enum cli_result result;

	(void)form;
	text_init(&c.peers, 1024);
	text_init(&c.spis, 1024);
	result = show_parts(s, m, parts, 1, &c);
	text_free(&c.peers);
	text_free(&c.spis);
	return result;
}
