/*
 * What the event manager says: messages %HA_EM-… of the daemon's log (operation `log`), and debug lines, which
 * are %HA_EM-6-LOG there.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const flags[] = {
	"action-cli",		"action-mail",	  "api-calls",	     "api-errors",
	"detector-application", "detector-cli",	  "detector-config", "detector-counter",
	"detector-interface",	"detector-ipsec", "detector-none",   "detector-snmp-notification",
	"detector-syslog",	"detector-timer", "detector-track",  "detector-yang",
	"server-events",	"server-scripts", "policies",
};
#define FLAGS (sizeof(flags) / sizeof(flags[0]))

const char *debug_name(size_t index)
{
	return index < FLAGS ? flags[index] : NULL;
}

static uint64_t bits_of(const char *flag)
{
	uint64_t bits = 0;
	bool all = !strcmp(flag, "all"), detectors = !strcmp(flag, "detector-all");

	for (size_t i = 0; i < FLAGS; i++)
		if (all || !strcmp(flag, flags[i]) ||
		    (detectors && !strncmp(flags[i], "detector-", 9)))
			bits |= UINT64_C(1) << i;
	return bits;
}

int debug_set(struct eem *e, const char *flag, bool on)
{
	uint64_t bits = bits_of(flag);

	e->debug = on ? e->debug | bits : e->debug & ~bits;
	return bits ? 0 : -EINVAL;
}

bool debug_is_on(const struct eem *e, const char *flag)
{
	return e->debug && (e->debug & bits_of(flag));
}

static void send_line(struct eem *e, int severity, const char *mnemonic, const char *text)
{
	json_t *line = json_string(text);

	if (!line)
		line = json_string("(a text that is no UTF-8)");
	if (control_is_up(e->control))
		control_tell(e->control, json_pack("{s:s,s:i,s:s,s:o}", "op", "log", "severity",
						   severity, "mnemonic", mnemonic, "text", line));
	else
		json_decref(line);
}

void say(struct eem *e, int severity, const char *mnemonic, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	send_line(e, severity, mnemonic, text);
}

void say_debug(struct eem *e, const char *flag, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!debug_is_on(e, flag))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	send_line(e, 6, "LOG", text);
}
