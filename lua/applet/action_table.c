/*
 * applet/action_table: the verbs of `action LABEL …`: ours with a row an argument, and those of other boxes,
 * each with the sentence that refuses it. runtime.lua has a function of the same name for each that does
 * something.
 */
#include "lua/applet/applet_internal.h"

#include <string.h>

#define INTEGER	  INT64_MIN + 1, INT64_MAX
#define PLACE	  (APPLET_REQUIRED | APPLET_PLACE)
#define OPERATORS "eq|ne|gt|ge|lt|le"
#define PRIORITIES                                                                                 \
	"emergencies|alerts|critical|errors|warnings|notifications|informational|debugging|"       \
	"0|1|2|3|4|5|6|7"

static const struct applet_row cli_rows[] = {
	{"command", APPLET_STRING, PLACE, 0, 0, NULL, "Command line"},
	{"pattern", APPLET_PATTERN, 0, 0, 0, NULL, "Wait for this instead of the prompt"},
};
static const struct applet_row syslog_rows[] = {
	{"priority", APPLET_CHOICE, 0, 0, 0, PRIORITIES, "Severity of the message"},
	{"msg", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL, "Text of the message"},
	{"facility", APPLET_STRING, 0, 0, 0, NULL, "Facility of the message"},
};
static const struct applet_row puts_rows[] = {
	{"nonewline", APPLET_FLAG, 0, 0, 0, NULL, "No new line at the end"},
	{"text", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
};
static const struct applet_row gets_rows[] = {
	{"variable", APPLET_NAME, PLACE, 0, 0, NULL, "Variable that gets the line"},
};
static const struct applet_row set_rows[] = {
	{"variable", APPLET_NAME, PLACE, 0, 0, NULL, "Variable"},
	{"value", APPLET_STRING, PLACE, 0, 0, NULL, "Its value"},
};
static const struct applet_row append_rows[] = {
	{"variable", APPLET_NAME, PLACE, 0, 0, NULL, "Variable"},
	{"value", APPLET_STRING, APPLET_PLACE, 0, 0, NULL, "What is put behind its value"},
};
static const struct applet_row increment_rows[] = {
	{"variable", APPLET_NAME, PLACE, 0, 0, NULL, "Variable"},
	{"value", APPLET_NUMBER, APPLET_PLACE, INTEGER, NULL, "By how much [1]"},
};
static const struct applet_row sum_rows[] = {
	{"a", APPLET_NUMBER, PLACE, INTEGER, NULL, "First operand"},
	{"b", APPLET_NUMBER, PLACE, INTEGER, NULL, "Second operand"},
};
static const struct applet_row if_rows[] = {
	{"a", APPLET_OPERAND, PLACE, 0, 0, NULL, "First operand"},
	{"op", APPLET_CHOICE, PLACE, 0, 0, OPERATORS, "Comparison"},
	{"b", APPLET_OPERAND, PLACE, 0, 0, NULL, "Second operand"},
	{"goto", APPLET_LABEL, 0, 0, 0, NULL, "Go on there if it is true; no end is wanted"},
};
#define CONDITION_ROWS if_rows, 3 /* without goto */
static const struct applet_row foreach_rows[] = {
	{"variable", APPLET_NAME, PLACE, 0, 0, NULL, "Variable that gets each part"},
	{"list", APPLET_STRING, PLACE, 0, 0, NULL, "Text that is cut into parts"},
	{"delimiters", APPLET_STRING, APPLET_PLACE, 0, 0, NULL,
	 "Characters between parts [blank, tab, new line]"},
};
static const struct applet_row goto_rows[] = {
	{"label", APPLET_LABEL, PLACE, 0, 0, NULL, "Label of an action"},
};
static const struct applet_row exit_rows[] = {
	{"result", APPLET_STRING, APPLET_PLACE, 0, 0, NULL, "Exit status"},
};
static const struct applet_row regexp_rows[] = {
	{"pattern", APPLET_PATTERN, PLACE, 0, 0, NULL, "Regular expression"},
	{"string", APPLET_STRING, PLACE, 0, 0, NULL, "Text that is searched"},
	{"match", APPLET_NAME, APPLET_PLACE, 0, 0, NULL, "Variable that gets what matched"},
	{"sub1", APPLET_NAME, APPLET_PLACE, 0, 0, NULL, "Variable that gets the first group"},
	{"sub2", APPLET_NAME, APPLET_PLACE, 0, 0, NULL, "Variable that gets the second group"},
	{"sub3", APPLET_NAME, APPLET_PLACE, 0, 0, NULL, "Variable that gets the third group"},
};
static const struct applet_row compare_rows[] = {
	{"nocase", APPLET_FLAG, 0, 0, 0, NULL, "Capitals and small letters are the same"},
	{"length", APPLET_NUMBER, 0, 0, INT64_MAX, NULL, "Only so many characters"},
	{"s1", APPLET_STRING, PLACE, 0, 0, NULL, "First text"},
	{"s2", APPLET_STRING, PLACE, 0, 0, NULL, "Second text"},
};
static const struct applet_row first_rows[] = {
	{"s1", APPLET_STRING, PLACE, 0, 0, NULL, "Text that is looked for"},
	{"s2", APPLET_STRING, PLACE, 0, 0, NULL, "Text that is searched"},
	{"index", APPLET_NUMBER, APPLET_PLACE, INTEGER, NULL, "Where the search starts"},
};
static const struct applet_row index_rows[] = {
	{"string", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
	{"index", APPLET_WORD, PLACE, 0, 0, NULL, "Place of the character, from 0, or end"},
};
static const struct applet_row length_rows[] = {
	{"string", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
};
static const struct applet_row match_rows[] = {
	{"nocase", APPLET_FLAG, 0, 0, 0, NULL, "Capitals and small letters are the same"},
	{"pattern", APPLET_STRING, PLACE, 0, 0, NULL, "Pattern with *, ?, [a-z] and \\"},
	{"string", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
};
static const struct applet_row range_rows[] = {
	{"string", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
	{"first", APPLET_WORD, PLACE, 0, 0, NULL, "Place of the first character, from 0"},
	{"last", APPLET_WORD, PLACE, 0, 0, NULL, "Place of the last character, or end"},
};
static const struct applet_row replace_rows[] = {
	{"string", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
	{"first", APPLET_WORD, PLACE, 0, 0, NULL, "Place of the first character, from 0"},
	{"last", APPLET_WORD, PLACE, 0, 0, NULL, "Place of the last character, or end"},
	{"new", APPLET_STRING, APPLET_PLACE, 0, 0, NULL, "What takes their place"},
};
static const struct applet_row case_rows[] = {
	{"string", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
	{"first", APPLET_WORD, APPLET_PLACE, 0, 0, NULL, "Place of the first character, from 0"},
	{"last", APPLET_WORD, APPLET_PLACE, 0, 0, NULL, "Place of the last character, or end"},
};
static const struct applet_row trim_rows[] = {
	{"string", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
	{"chars", APPLET_STRING, APPLET_PLACE, 0, 0, NULL,
	 "Characters that are taken off [white space]"},
};
static const struct applet_row wait_rows[] = {
	{"seconds", APPLET_SECONDS, PLACE, 0, 31536000, NULL, "Seconds"},
};
static const struct applet_row counter_rows[] = {
	{"name", APPLET_WORD, APPLET_REQUIRED, 0, 0, NULL, "Name of the counter"},
	{"value", APPLET_NUMBER, APPLET_REQUIRED, INTEGER, NULL, "Value"},
	{"op", APPLET_CHOICE, APPLET_REQUIRED, 0, 0, "set|inc|dec|nop", "What is done with it"},
};
static const struct applet_row track_read_rows[] = {
	{"number", APPLET_NUMBER, PLACE, 1, 1000, NULL, "Tracked object"},
};
static const struct applet_row track_set_rows[] = {
	{"number", APPLET_NUMBER, PLACE, 1, 1000, NULL, "Tracked object (stub-object)"},
	{"state", APPLET_CHOICE, APPLET_REQUIRED, 0, 0, "up|down", "Its state"},
};
static const struct applet_row context_rows[] = {
	{"key", APPLET_WORD, APPLET_REQUIRED, 0, 0, NULL, "Name the variables are kept under"},
	{"variable", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL,
	 "Variables, as a pattern with * and ?"},
};
static const struct applet_row policy_rows[] = {
	{"name", APPLET_WORD, PLACE, 0, 0, NULL, "Applet or script with event none"},
};
static const struct applet_row publish_rows[] = {
	{"sub-system", APPLET_NUMBER, APPLET_REQUIRED, 1, 4294967295, NULL,
	 "Number of the sub-system (798: policies)"},
	{"type", APPLET_NUMBER, APPLET_REQUIRED, 1, 4294967295, NULL, "Number of the event"},
	{"arg1", APPLET_STRING, 0, 0, 0, NULL, "First argument"},
	{"arg2", APPLET_STRING, 0, 0, 0, NULL, "Second argument"},
	{"arg3", APPLET_STRING, 0, 0, 0, NULL, "Third argument"},
	{"arg4", APPLET_STRING, 0, 0, 0, NULL, "Fourth argument"},
};
static const struct applet_row snmp_trap_rows[] = {
	{"intdata1", APPLET_NUMBER, 0, -2147483648, 4294967295, NULL, "First number of the trap"},
	{"intdata2", APPLET_NUMBER, 0, -2147483648, 4294967295, NULL, "Second number of the trap"},
	{"strdata", APPLET_STRING, 0, 0, 0, NULL, "Text of the trap"},
};
static const struct applet_row info_type_rows[] = {
	{"type", APPLET_CHOICE, PLACE, 0, 0, "routername|interface-names|syslog", "What is asked"},
	{"history", APPLET_FLAG, 0, 0, 0, NULL, "Of syslog: the messages of the buffer"},
	{"include", APPLET_STRING, 0, 0, 0, NULL,
	 "Of interface-names: only those with this in them"},
	{"exclude", APPLET_STRING, 0, 0, 0, NULL,
	 "Of interface-names: only those without this in them"},
	{"regexp", APPLET_PATTERN, 0, 0, 0, NULL, "Of interface-names: only those that match"},
};
static const struct applet_row mail_rows[] = {
	{"server", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL, "Mail server"},
	{"to", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL, "Recipient"},
	{"from", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL, "Sender"},
	{"cc", APPLET_STRING, 0, 0, 0, NULL, "Further recipient"},
	{"subject", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL, "Subject"},
	{"body", APPLET_STRING, APPLET_REQUIRED, 0, 0, NULL, "Text"},
	{"port", APPLET_NUMBER, 0, 1, 65535, NULL, "Port of the server [25]"},
	{"source-interface", APPLET_WORD, 0, 0, 0, NULL, "Interface that it is sent from"},
	{"username", APPLET_STRING, 0, 0, 0, NULL, "Name for the server"},
	{"password", APPLET_STRING, 0, 0, 0, NULL, "Password for the server"},
};
static const struct applet_row http_rows[] = {
	{"url", APPLET_STRING, PLACE, 0, 0, NULL, "http:// or https:// address"},
	{"method", APPLET_CHOICE, 0, 0, 0, "get|post|put|patch|delete",
	 "Method [get; post with a body]"},
	{"header", APPLET_STRING, 0, 0, 0, NULL, "Header line, \"Name: value\""},
	{"content-type", APPLET_STRING, 0, 0, 0, NULL, "Type of the body [text/plain]"},
	{"body", APPLET_STRING, 0, 0, 0, NULL, "Text that is sent"},
};
static const struct applet_row file_open_rows[] = {
	{"fd", APPLET_NAME, PLACE, 0, 0, NULL, "Name the file goes by"},
	{"path", APPLET_STRING, PLACE, 0, 0, NULL, "Path, in the folder of the event manager"},
	{"mode", APPLET_CHOICE, PLACE, 0, 0, "r|r+|w|w+|a|a+", "Read, write or append"},
};
static const struct applet_row file_close_rows[] = {
	{"fd", APPLET_NAME, PLACE, 0, 0, NULL, "Name the file goes by"},
};
static const struct applet_row file_puts_rows[] = {
	{"fd", APPLET_NAME, PLACE, 0, 0, NULL, "Name the file goes by"},
	{"text", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
	{"nonewline", APPLET_FLAG, 0, 0, 0, NULL, "No new line at the end"},
};
static const struct applet_row file_gets_rows[] = {
	{"fd", APPLET_NAME, PLACE, 0, 0, NULL, "Name the file goes by"},
	{"variable", APPLET_NAME, PLACE, 0, 0, NULL, "Variable that gets the line"},
};
static const struct applet_row file_read_rows[] = {
	{"fd", APPLET_NAME, PLACE, 0, 0, NULL, "Name the file goes by"},
	{"variable", APPLET_NAME, PLACE, 0, 0, NULL, "Variable that gets the bytes"},
	{"bytes", APPLET_NUMBER, PLACE, 1, 1048576, NULL, "Number of bytes"},
};
static const struct applet_row file_write_rows[] = {
	{"fd", APPLET_NAME, PLACE, 0, 0, NULL, "Name the file goes by"},
	{"text", APPLET_STRING, PLACE, 0, 0, NULL, "Text"},
	{"bytes", APPLET_NUMBER, PLACE, 0, 1048576, NULL, "Number of bytes"},
};
static const struct applet_row file_delete_rows[] = {
	{"path", APPLET_STRING, PLACE, 0, 0, NULL, "Path, in the folder of the event manager"},
};
static const struct applet_row comment_rows[] = {
	{"text", APPLET_REST, PLACE, 0, 0, NULL, "Remark"},
};
static const struct applet_row handle_error_rows[] = {
	{"type", APPLET_CHOICE, APPLET_REQUIRED, 0, 0, "exit|ignore|warn",
	 "What a failing action does"},
};
static const struct applet_row report_rows[] = {
	{"incident", APPLET_STRING, PLACE, 0, 0, NULL, "Id of the incident ($_ipsec_incident)"},
};

/* Which options go with which kind of information. */
static const char *check_info(const struct applet_statement *st)
{
	const char *type = st->values[0];
	int of_names = 0;

	for (int i = 2; i <= 4; i++)
		of_names += st->values[i] != NULL;
	if (of_names && strcmp(type, "interface-names"))
		return "include, exclude and regexp are for interface-names";
	if (!strcmp(type, "syslog") != !!st->values[1])
		return "syslog history is the only thing of syslog, and history of syslog only";
	return of_names > 1 ? "one of include, exclude and regexp is enough" : NULL;
}

static const char *check_http(const struct applet_statement *st)
{
	const char *url = st->values[0], *method = applet_statement_value(st, "method");

	if (strncmp(url, "http://", 7) && strncmp(url, "https://", 8) && url[0] != '$')
		return "an address begins with http:// or https://";
	if (applet_statement_value(st, "body") && method && !strcmp(method, "get"))
		return "get sends no body";
	return NULL;
}

#define ROWS(r) r, sizeof(r) / sizeof((r)[0])
#define VERB(name, help, rows, role)                                                               \
	{                                                                                          \
		name, help, NULL, rows, role, NULL, NULL, NULL                                     \
	}
#define RULED(name, help, rows, check)                                                             \
	{                                                                                          \
		name, help, NULL, rows, APPLET_DO, check, NULL, NULL                               \
	}
#define ALONE NULL, 0
#define REFUSED(name, why)                                                                         \
	{                                                                                          \
		name, why, why, NULL, 0, APPLET_DO, NULL, NULL, NULL                               \
	}

static const struct applet_form forms[] = {
	VERB("add", "Add two numbers", ROWS(sum_rows), APPLET_DO),
	VERB("append", "Append to a variable", ROWS(append_rows), APPLET_DO),
	VERB("break", "Leave the loop", ALONE, APPLET_BREAK),
	VERB("cli command", "Execute a CLI command", ROWS(cli_rows), APPLET_DO),
	VERB("comment", "Add a remark", ROWS(comment_rows), APPLET_REMARK),
	VERB("context retrieve", "Take kept variables", ROWS(context_rows), APPLET_DO),
	VERB("context save", "Keep variables", ROWS(context_rows), APPLET_DO),
	VERB("continue", "Go on with the loop", ALONE, APPLET_CONTINUE),
	VERB("counter", "Modify a counter value", ROWS(counter_rows), APPLET_DO),
	VERB("decrement", "Decrement a variable", ROWS(increment_rows), APPLET_DO),
	VERB("divide", "Divide two numbers", ROWS(sum_rows), APPLET_DO),
	VERB("else", "Else", ALONE, APPLET_ELSE),
	VERB("elseif", "Else if", CONDITION_ROWS, APPLET_ELSEIF),
	VERB("end", "End of if, while or foreach", ALONE, APPLET_END),
	VERB("exit", "Exit from the applet", ROWS(exit_rows), APPLET_DO),
	VERB("file close", "Close a file", ROWS(file_close_rows), APPLET_DO),
	VERB("file delete", "Delete a file", ROWS(file_delete_rows), APPLET_DO),
	VERB("file gets", "Read a line of a file", ROWS(file_gets_rows), APPLET_DO),
	VERB("file open", "Open a file", ROWS(file_open_rows), APPLET_DO),
	VERB("file puts", "Write a line to a file", ROWS(file_puts_rows), APPLET_DO),
	VERB("file read", "Read bytes of a file", ROWS(file_read_rows), APPLET_DO),
	VERB("file write", "Write bytes to a file", ROWS(file_write_rows), APPLET_DO),
	VERB("foreach", "Loop over the parts of a text", ROWS(foreach_rows), APPLET_FOREACH),
	VERB("gets", "Read a line of the terminal", ROWS(gets_rows), APPLET_DO),
	VERB("goto", "Go on at a label", ROWS(goto_rows), APPLET_GOTO),
	VERB("handle-error", "What a failing action does", ROWS(handle_error_rows), APPLET_DO),
	RULED("http", "Send a request to a web server", ROWS(http_rows), check_http),
	VERB("if", "If", ROWS(if_rows), APPLET_IF),
	VERB("increment", "Increment a variable", ROWS(increment_rows), APPLET_DO),
	RULED("info type", "Obtain system information", ROWS(info_type_rows), check_info),
	VERB("mail", "Send a mail", ROWS(mail_rows), APPLET_DO),
	VERB("multiply", "Multiply two numbers", ROWS(sum_rows), APPLET_DO),
	VERB("policy", "Run a policy", ROWS(policy_rows), APPLET_DO),
	VERB("publish-event", "Publish an application event", ROWS(publish_rows), APPLET_DO),
	VERB("puts", "Print text", ROWS(puts_rows), APPLET_DO),
	VERB("regexp", "Regular expression match", ROWS(regexp_rows), APPLET_DO),
	VERB("report", "Write the report of an incident", ROWS(report_rows), APPLET_DO),
	VERB("set", "Set a variable", ROWS(set_rows), APPLET_DO),
	VERB("snmp-trap", "Send an SNMP trap", ROWS(snmp_trap_rows), APPLET_DO),
	VERB("string compare", "Compare two texts: -1, 0, 1", ROWS(compare_rows), APPLET_DO),
	VERB("string equal", "Are two texts equal: 1, 0", ROWS(compare_rows), APPLET_DO),
	VERB("string first", "First place of a text in another", ROWS(first_rows), APPLET_DO),
	VERB("string index", "Character at a place", ROWS(index_rows), APPLET_DO),
	VERB("string last", "Last place of a text in another", ROWS(first_rows), APPLET_DO),
	VERB("string length", "Length of a text", ROWS(length_rows), APPLET_DO),
	VERB("string match", "Does a pattern match: 1, 0", ROWS(match_rows), APPLET_DO),
	VERB("string range", "Part of a text", ROWS(range_rows), APPLET_DO),
	VERB("string replace", "Replace part of a text", ROWS(replace_rows), APPLET_DO),
	VERB("string tolower", "In small letters", ROWS(case_rows), APPLET_DO),
	VERB("string toupper", "In capitals", ROWS(case_rows), APPLET_DO),
	VERB("string trim", "Take characters off both ends", ROWS(trim_rows), APPLET_DO),
	VERB("string trimleft", "Take characters off the beginning", ROWS(trim_rows), APPLET_DO),
	VERB("string trimright", "Take characters off the end", ROWS(trim_rows), APPLET_DO),
	VERB("subtract", "Subtract two numbers", ROWS(sum_rows), APPLET_DO),
	VERB("syslog", "Log a syslog message", ROWS(syslog_rows), APPLET_DO),
	VERB("track read", "Read a tracked object", ROWS(track_read_rows), APPLET_DO),
	VERB("track set", "Set a tracked object", ROWS(track_set_rows), APPLET_DO),
	VERB("wait", "Wait so many seconds", ROWS(wait_rows), APPLET_DO),
	VERB("while", "While", CONDITION_ROWS, APPLET_WHILE),
	REFUSED("cns-event", "there is no configuration engine to tell; use http"),
	REFUSED("force-switchover", "there is no second processor to switch over to"),
	REFUSED("help", "it is no action; ? lists what may follow"),
	REFUSED("reload", "an applet does not restart the system; use cli command"),
	REFUSED("snmp-object-value", "there is no SNMP agent whose answers could be made up"),
	REFUSED("xml", "there are no SOAP answers"),
};
const struct applet_forms applet_actions = {"action", forms, sizeof(forms) / sizeof(forms[0]),
					    true};

/* The old line `set LABEL _exit_status VALUE`. */
static const struct applet_form set_form = {.name = "set", .rows = set_rows, .count = 2};
const struct applet_forms applet_sets = {"set", &set_form, 1, true};
