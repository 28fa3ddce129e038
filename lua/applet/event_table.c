/*
 * applet/event_table: the event detectors: ours with a row an option, and those of other boxes, each with
 * the sentence that refuses it. Help, canonical text, Lua registrations, `show event manager detector`
 * all come from here.
 */
#include "lua/applet/applet_internal.h"

#include <string.h>

#define YEAR	  31536000
#define INTEGER	  INT64_MIN + 1, INT64_MAX
#define OPERATORS "gt|ge|eq|ne|lt|le"
#define YES_NO	  "yes|no"
#define PRIORITIES                                                                                 \
	"all|emergencies|alerts|critical|errors|warnings|notifications|informational|debugging"

/* What every detector takes. */
#define COMMON                                                                                     \
	{"maxrun", APPLET_SECONDS, 0, 0, YEAR, NULL, "Maximum run time of the policy"},            \
		{"ratelimit",                                                                      \
		 APPLET_SECONDS,                                                                   \
		 0,                                                                                \
		 0,                                                                                \
		 YEAR,                                                                             \
		 NULL,                                                                             \
		 "At most one run in so many seconds"},                                            \
		{"queue-priority",	 APPLET_CHOICE,	      APPLET_LUA, 0, 0,                    \
		 "normal|low|high|last", "Place in the queue"},                                    \
	{                                                                                          \
		"nice", APPLET_NUMBER, APPLET_LUA, 0, 1, NULL, "Be nice to others"                 \
	}
#define OCCURS                                                                                     \
	{"occurs", APPLET_NUMBER, 0, 1, 4294967295, NULL, "Number of matches before the event"},   \
	{                                                                                          \
		"period", APPLET_SECONDS, 0, 0, YEAR, NULL, "Within so many seconds, looking back" \
	}
#define OPERATOR(name, flags, help)                                                                \
	{                                                                                          \
		name, APPLET_CHOICE, flags, 0, 0, OPERATORS, help                                  \
	}

static const struct applet_row syslog_rows[] = {
	{"pattern", APPLET_PATTERN, 0, 0, 0, NULL, "Match the whole message"},
	{"sequence", APPLET_PATTERN, 0, 0, 0, NULL, "Match the sequence number"},
	{"timestamp", APPLET_PATTERN, 0, 0, 0, NULL, "Match the timestamp"},
	{"facility", APPLET_PATTERN, 0, 0, 0, NULL, "Match the facility"},
	{"mnemonic", APPLET_PATTERN, 0, 0, 0, NULL, "Match the mnemonic"},
	OCCURS,
	{"priority", APPLET_CHOICE, 0, 0, 0, PRIORITIES, "Only messages of this priority"},
	{"severity-fatal", APPLET_FLAG, 0, 0, 0, NULL, "The event is fatal"},
	{"severity-critical", APPLET_FLAG, 0, 0, 0, NULL, "The event is critical"},
	{"severity-major", APPLET_FLAG, 0, 0, 0, NULL, "The event is major"},
	{"severity-minor", APPLET_FLAG, 0, 0, 0, NULL, "The event is minor"},
	{"severity-warning", APPLET_FLAG, 0, 0, 0, NULL, "The event is a warning"},
	{"severity-notification", APPLET_FLAG, 0, 0, 0, NULL, "The event is a notification"},
	{"severity-normal", APPLET_FLAG, 0, 0, 0, NULL, "The event is normal"},
	{"severity-debugging", APPLET_FLAG, 0, 0, 0, NULL, "The event is for debugging"},
	COMMON,
};

/* Any message would match its own actions' messages, for ever. */
static const char *check_syslog(const struct applet_statement *st)
{
	for (int i = 0; i < 5; i++) {
		if (st->values[i])
			return NULL;
	}
	if (applet_statement_value(st, "priority"))
		return NULL;
	return "one of pattern, sequence, timestamp, facility, mnemonic or priority is wanted";
}

static const struct applet_row cli_rows[] = {
	{"pattern", APPLET_PATTERN, APPLET_REQUIRED, 0, 0, NULL, "Match the command line"},
	{"enter", APPLET_FLAG, 0, 0, 0, NULL, "When Enter is pressed"},
	{"questionmark", APPLET_FLAG, 0, 0, 0, NULL, "When ? is pressed"},
	{"tab", APPLET_FLAG, 0, 0, 0, NULL, "When Tab is pressed"},
	{"sync", APPLET_CHOICE, APPLET_REQUIRED, 0, 0, YES_NO,
	 "Does the command wait for the policy"},
	{"skip", APPLET_CHOICE, 0, 0, 0, YES_NO, "Is the command left out"},
	{"verifyprc", APPLET_CHOICE, 0, 0, 0, YES_NO, "Only commands that parse"},
	OCCURS,
	{"default", APPLET_SECONDS, 0, 0, YEAR, NULL, "How long the command waits for the policy"},
	{"mode", APPLET_WORD, 0, 0, 0, NULL, "Only in this mode of the command line"},
	COMMON,
};

static const char *check_cli(const struct applet_statement *st)
{
	bool sync = !strcmp(applet_statement_value(st, "sync"), "yes");

	if (!sync && !applet_statement_value(st, "skip"))
		return "with sync no, the option skip is wanted";
	if (sync && applet_statement_value(st, "skip"))
		return "with sync yes, the exit status says whether the command runs; skip is for sync "
		       "no";
	return NULL;
}

static const struct applet_row timer_rows[] = {
	{"type", APPLET_CHOICE, APPLET_REQUIRED | APPLET_PLACE, 0, 0,
	 "watchdog|countdown|absolute|cron", "Kind of timer"},
	{"name", APPLET_WORD, 0, 0, 0, NULL, "Name of the timer"},
	{"time", APPLET_SECONDS, 0, 0, 4294967295, NULL, "Seconds; of absolute: since 1970"},
	{"cron-entry", APPLET_CRON, 0, 0, 0, NULL,
	 "Minute, hour, day of month, month, day of week"},
	COMMON,
};

static const char *check_timer(const struct applet_statement *st)
{
	const char *time = applet_statement_value(st, "time");
	bool cron = !strcmp(st->values[0], "cron");

	if (cron)
		return time ? "cron takes cron-entry, not time"
		       : applet_statement_value(st, "cron-entry")
			       ? NULL
			       : "cron wants the option cron-entry";
	if (applet_statement_value(st, "cron-entry"))
		return "cron-entry is for cron";
	if (!time)
		return "the option time is wanted";
	if (!applet_ms(time) && !strcmp(st->values[0], "watchdog"))
		return "a watchdog of 0 seconds would never rest";
	return NULL;
}

static const struct applet_row none_rows[] = {
	{"sync", APPLET_CHOICE, 0, 0, 0, YES_NO, "Does event manager run wait for the policy"},
	{"default", APPLET_SECONDS, 0, 0, YEAR, NULL, "How long it waits"},
	COMMON,
};

static const struct applet_row counter_rows[] = {
	{"name", APPLET_WORD, APPLET_REQUIRED, 0, 0, NULL, "Name of the counter"},
	{"entry-val", APPLET_NUMBER, APPLET_REQUIRED, INTEGER, NULL, "Value of entry"},
	OPERATOR("entry-op", APPLET_REQUIRED, "Comparison of entry"),
	{"exit-val", APPLET_NUMBER, APPLET_REQUIRED, INTEGER, NULL, "Value of exit"},
	OPERATOR("exit-op", APPLET_REQUIRED, "Comparison of exit"),
	COMMON,
};

static const struct applet_row interface_rows[] = {
	{"name", APPLET_WORD, APPLET_REQUIRED, 0, 0, NULL, "Name of the interface"},
	{"parameter", APPLET_CHOICE, APPLET_REQUIRED, 0, 0,
	 "input-errors|input-errors-crc|input-errors-frame|input-errors-overrun|input-packets-dropped|"
	 "output-errors|output-errors-underrun|output-packets-dropped|receive-broadcasts|receive-giants|"
	 "receive-rate-bps|receive-rate-pps|receive-runts|receive-throttle|transmit-rate-bps|"
	 "transmit-rate-pps|interface-resets|reliability|rxload|txload",
	 "Counter of the interface"},
	{"entry-val", APPLET_NUMBER, APPLET_REQUIRED, INTEGER, NULL, "Value of entry"},
	OPERATOR("entry-op", APPLET_REQUIRED, "Comparison of entry"),
	{"entry-type", APPLET_CHOICE, APPLET_REQUIRED, 0, 0, "value|increment|rate",
	 "What is compared"},
	{"exit-comb", APPLET_CHOICE, 0, 0, 0, "or|and", "How exit value and exit time are joined"},
	{"exit-val", APPLET_NUMBER, 0, INTEGER, NULL, "Value of exit"},
	OPERATOR("exit-op", 0, "Comparison of exit"),
	{"exit-type", APPLET_CHOICE, 0, 0, 0, "value|increment|rate", "What is compared for exit"},
	{"exit-time", APPLET_SECONDS, 0, 0, YEAR, NULL, "Armed again after so many seconds"},
	{"exit-event", APPLET_CHOICE, 0, 0, 0, "true|false", "Exit is an event too"},
	{"average-factor", APPLET_NUMBER, 0, 1, 64, NULL, "Polls that a rate is the average of"},
	{"poll-interval", APPLET_SECONDS, APPLET_REQUIRED, 1, YEAR, NULL, "Seconds between polls"},
	COMMON,
};

/* Exit value, comparison and type belong together. */
static const char *check_interface(const struct applet_statement *st)
{
	bool val = applet_statement_value(st, "exit-val"),
	     op = applet_statement_value(st, "exit-op");
	bool type = applet_statement_value(st, "exit-type");
	bool time = applet_statement_value(st, "exit-time");

	if (val != op || val != type)
		return "exit-val, exit-op and exit-type are wanted together";
	if (applet_statement_value(st, "exit-comb") && (!val || !time))
		return "exit-comb joins exit-val and exit-time, and wants both";
	if (val && time && !applet_statement_value(st, "exit-comb"))
		return "with exit-val and exit-time the option exit-comb is wanted";
	return NULL;
}

static const struct applet_row track_rows[] = {
	{"number", APPLET_NUMBER, APPLET_REQUIRED | APPLET_PLACE, 1, 1000, NULL, "Tracked object"},
	{"state", APPLET_CHOICE, 0, 0, 0, "up|down|any", "The state it changes to"},
	COMMON,
};

static const struct applet_row application_rows[] = {
	{"sub-system", APPLET_NUMBER, APPLET_REQUIRED, 1, 4294967295, NULL,
	 "Number of the sub-system (798: policies)"},
	{"type", APPLET_NUMBER, APPLET_REQUIRED, 1, 4294967295, NULL, "Number of the event"},
	COMMON,
};

static const struct applet_row snmp_notification_rows[] = {
	{"oid", APPLET_OID, APPLET_REQUIRED, 0, 0, NULL, "Object of the notification"},
	{"oid-val", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL, "Value it is compared with"},
	OPERATOR("op", APPLET_REQUIRED, "Comparison"),
	{"src-ip-address", APPLET_ADDRESS, 0, 0, 0, NULL, "Only from this address"},
	{"dest-ip-address", APPLET_ADDRESS, 0, 0, 0, NULL, "Only to this address"},
	{"default", APPLET_SECONDS, 0, 0, YEAR, NULL, "How long the default action waits"},
	{"direction", APPLET_CHOICE, 0, 0, 0, "incoming|outgoing", "Only this direction"},
	{"msg-op", APPLET_CHOICE, 0, 0, 0, "drop|send", "What becomes of an outgoing one"},
	COMMON,
};

static const struct applet_row configuration_rows[] = {
	COMMON,
};

static const struct applet_row ipsec_rows[] = {
	{"event", APPLET_CHOICE, APPLET_REQUIRED | APPLET_PLACE, 0, 0,
	 "invalid-spi|recovery-started|recovery-succeeded|recovery-failed|ike-up|ike-rekeyed|ike-down|"
	 "child-up|child-rekeyed|child-down|incident|any",
	 "What happens"},
	{"peer", APPLET_ADDRESS, 0, 0, 0, NULL, "Only of this peer"},
	{"connection", APPLET_PATTERN, 0, 0, 0, NULL, "Match the name of the connection"},
	{"spi", APPLET_SPI, 0, 0, 0, NULL, "Only this SPI"},
	{"verdict", APPLET_PATTERN, 0, 0, 0, NULL, "Match the verdict on an invalid SPI"},
	{"cause", APPLET_PATTERN, 0, 0, 0, NULL, "Match the cause of an incident"},
	{"reason", APPLET_PATTERN, 0, 0, 0, NULL, "Match the reason why an SA went down"},
	OCCURS,
	COMMON,
};

static const struct applet_row yang_rows[] = {
	{"path", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL,
	 "Path of a leaf of state or configuration"},
	OPERATOR("op", APPLET_REQUIRED, "Comparison of entry"),
	{"val", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL, "Value of entry"},
	OPERATOR("exit-op", 0, "Comparison of exit; without it: entry no longer true"),
	{"exit-val", APPLET_STRING, 0, 0, 0, NULL, "Value of exit"},
	{"exit-time", APPLET_SECONDS, 0, 0, YEAR, NULL, "Armed again after so many seconds"},
	{"exit-event", APPLET_CHOICE, 0, 0, 0, "true|false", "Exit is an event too"},
	{"poll-interval", APPLET_SECONDS, 0, 1, YEAR, NULL, "Seconds between polls [10]"},
	COMMON,
};

static bool is_order(const char *op)
{
	return op && strcmp(op, "eq") && strcmp(op, "ne");
}

static bool is_decimal(const char *s)
{
	size_t n;

	s += *s == '-';
	n = strspn(s, "0123456789");
	return n && n <= 18 && !s[n];
}

static const char *check_yang(const struct applet_statement *st)
{
	const char *val = applet_statement_value(st, "val"), *op = applet_statement_value(st, "op");
	const char *exit_val = applet_statement_value(st, "exit-val");
	const char *exit_op = applet_statement_value(st, "exit-op");

	if (applet_statement_value(st, "path")[0] != '/')
		return "a path begins with \"/module:node\"";
	if (!exit_val != !exit_op)
		return "exit-op and exit-val are wanted together";
	if ((is_order(op) && !is_decimal(val)) || (is_order(exit_op) && !is_decimal(exit_val)))
		return "gt, ge, lt and le compare numbers; eq and ne any text";
	return NULL;
}

#define ROWS(r) r, sizeof(r) / sizeof((r)[0])
#define OURS(name, help, rows, what, check, vars, prefix)                                          \
	{                                                                                          \
		name, help, NULL, ROWS(rows), what, check, vars, prefix                            \
	}
#define REFUSED(name, why)                                                                         \
	{                                                                                          \
		name, why, why, NULL, 0, APPLET_DETECTORS, NULL, NULL, NULL                        \
	}

static const struct applet_form forms[] = {
	OURS("syslog", "Syslog event", syslog_rows, APPLET_SYSLOG, check_syslog,
	     "msg priority sequence timestamp facility mnemonic", "_syslog_"),
	OURS("cli", "CLI event", cli_rows, APPLET_CLI, check_cli,
	     "msg msg_count line key tty username host privilege error_code mode_context", "_cli_"),
	OURS("timer", "Timer event", timer_rows, APPLET_TIMER, check_timer, "type time remain",
	     "_timer_"),
	OURS("none", "Manually run policy event", none_rows, APPLET_NONE, NULL,
	     "argc arg1 arg2 arg3 arg4 arg5 arg6 arg7 arg8 arg9 arg10 arg11 arg12 arg13 arg14 arg15",
	     "_none_"),
	OURS("counter", "Counter event", counter_rows, APPLET_COUNTER, NULL, "name value",
	     "_counter_"),
	OURS("interface", "Interface event", interface_rows, APPLET_INTERFACE, check_interface,
	     "name parameter is_increment value delta_value exit_event", "_interface_"),
	OURS("track", "Tracking object event", track_rows, APPLET_TRACK, NULL, "number state",
	     "_track_"),
	OURS("application", "Application specific event", application_rows, APPLET_APPLICATION,
	     NULL, "sub_system type data1 data2 data3 data4", "_application_"),
	OURS("snmp-notification", "SNMP notification event", snmp_notification_rows,
	     APPLET_SNMP_NOTIFICATION, NULL,
	     "oid oid_val src_ip_addr dest_ip_addr trap_oid ent_oid gen_trap spec_trap",
	     "_snmp_notif_"),
	OURS("configuration", "Configuration event", configuration_rows, APPLET_CONFIGURATION, NULL,
	     "", "_configuration_"),
	OURS("ipsec", "IPsec event: invalid SPIs, recovery, SAs, incidents", ipsec_rows,
	     APPLET_IPSEC, NULL,
	     "event peer local spi connection verdict cause reason incident time", "_ipsec_"),
	OURS("yang", "Value of a leaf of state or configuration", yang_rows, APPLET_YANG,
	     check_yang, "path value exit_event", "_yang_"),
	REFUSED("snmp",
		"there is no MIB of its own to poll; use event yang path, or event interface"),
	REFUSED("snmp-object", "there is no SNMP agent whose answers could be made up"),
	REFUSED("ipsla", "use track N ip sla N reachability, and event track N"),
	REFUSED("routing", "the routes are the kernel's; use event track, or event yang path"),
	REFUSED("ioswdsysmon", "its processes are the system's; systemd and cgroups watch them"),
	REFUSED("neighbor-discovery",
		"there is neither CDP nor LLDP; use event track N of an interface"),
	REFUSED("nhrp", "there is no NHRP"),
	REFUSED("nf", "there is no NetFlow"),
	REFUSED("oir", "there are no cards to insert or remove"),
	REFUSED("rf", "there is no second processor to switch over to"),
	REFUSED("gold", "there is no diagnostics hardware"),
	REFUSED("identity", "there is no 802.1X"),
	REFUSED("mat", "there is no MAC address table"),
	REFUSED("environment", "there are no sensors"),
	REFUSED("rpc", "there are no SOAP requests; the control socket is the way in"),
	REFUSED("resource", "there is no embedded resource manager; use event yang path"),
};

const struct applet_forms applet_events = {"event detector", forms,
					   sizeof(forms) / sizeof(forms[0]), false};
