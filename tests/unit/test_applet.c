/* The language of applets: each row of the tables, canonical text, refusals with their column, help. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "lua/applet/applet_internal.h"

#define SIZE(a) (sizeof(a) / sizeof((a)[0]))

static char *event_text(const char *line)
{
	struct applet_event *e = NULL;
	struct error err = {0};
	char *text;

	if (applet_event_parse(line, &e, &err, NULL))
		fail_msg("%s: %s", line, err.text);
	text = applet_event_text(e);
	applet_event_free(e);
	return text;
}

static char *action_text(const char *line)
{
	struct error err = {0};
	char *text = NULL;

	if (applet_action_check("1", line, &text, &err, NULL))
		fail_msg("%s: %s", line, err.text);
	return text;
}

static void becomes(char *(*text_of)(const char *line), const char *line, const char *canonical)
{
	char *text = text_of(line), *again = text_of(text);

	assert_string_equal(text, canonical);
	assert_string_equal(again, canonical);
	alloc_free(text);
	alloc_free(again);
}

static void event_refused(const char *line, size_t at, const char *sentence)
{
	struct applet_event *e = NULL;
	struct error err = {0};
	size_t column = 999;

	assert_int_equal(applet_event_parse(line, &e, &err, &column), -EINVAL);
	assert_null(e);
	assert_string_equal(err.text, sentence);
	assert_int_equal(column, at);
}

static void action_refused(const char *line, size_t at, const char *sentence)
{
	char *text = NULL;
	struct error err = {0};
	size_t column = 999;

	assert_int_equal(applet_action_check("1", line, &text, &err, &column), -EINVAL);
	assert_null(text);
	assert_string_equal(err.text, sentence);
	assert_int_equal(column, at);
}

/* ---- every row ---- */

/* A value that the row takes, and one that it refuses (NULL: it takes any). */
static const char *good_value(const struct applet_row *row, char *buf, size_t size)
{
	static const char *const values[] = {
		[APPLET_SPI] = "0x68842105",	 [APPLET_SECONDS] = "1.5",
		[APPLET_STRING] = "\"a b\"",	 [APPLET_PATTERN] = "\"a.*b\"",
		[APPLET_CRON] = "\"0 * * * *\"", [APPLET_WORD] = "word",
		[APPLET_NAME] = "name",		 [APPLET_OPERAND] = "\"a\"",
		[APPLET_LABEL] = "010",		 [APPLET_OID] = "1.3.6.1",
		[APPLET_ADDRESS] = "192.0.2.1",	 [APPLET_REST] = "any words",
	};

	if (row->kind == APPLET_CHOICE) {
		text_copy(buf, size, row->choices);
		buf[strcspn(buf, "|")] = '\0';
		return buf;
	}
	if (row->kind == APPLET_NUMBER)
		return row->min == 0 || row->min < -1000 ? "5" : "1";
	if (!strcmp(row->name, "path"))
		return "\"/m:leaf\"";
	if (!strcmp(row->name, "url"))
		return "\"http://192.0.2.1/\"";
	return values[row->kind];
}

static const char *bad_value(const struct applet_row *row)
{
	static const char *const values[] = {
		[APPLET_CHOICE] = "neither", [APPLET_NUMBER] = "1x",
		[APPLET_SPI] = "0x",	     [APPLET_SECONDS] = "1.2345",
		[APPLET_PATTERN] = "\"(\"",  [APPLET_CRON] = "\"60 * * * *\"",
		[APPLET_WORD] = "\"a b\"",   [APPLET_NAME] = "2x",
		[APPLET_OID] = "1..3",	     [APPLET_ADDRESS] = "192.0.2",
	};

	return row->kind < SIZE(values) ? values[row->kind] : NULL;
}

/* The form with all its required rows and those up to `with` (places must be filled in order). */
static void form_line(struct text *t, const struct applet_form *f, size_t with, const char *value)
{
	char buf[64];

	text_init(t, 0);
	text_add(t, f->name);
	for (size_t i = 0; i < f->count; i++) {
		const struct applet_row *row = &f->rows[i];
		bool place = row->flags & APPLET_PLACE;

		if (i != with && !(row->flags & APPLET_REQUIRED) && !(place && i < with))
			continue;
		if (!place)
			text_addf(t, " %s", row->name);
		if (row->kind != APPLET_FLAG)
			text_addf(t, " %s",
				  i == with && value ? value : good_value(row, buf, sizeof(buf)));
	}
}

static int read_form(const struct applet_forms *forms, const char *line,
		     struct applet_statement *st, struct error *err)
{
	struct applet_line_reader r = {.text = line};
	const struct applet_form *form;
	int rc = applet_form_read(forms, &r, &form, err);

	return rc < 0 ? rc : applet_statement_read(forms, form, &r, st, err);
}

/* The row is taken, is found by its name, and is written again; a wrong value names it. Rules between rows
 * may want others too: then the sentence is theirs. */
static void check_row(const struct applet_forms *forms, const struct applet_form *f, size_t i)
{
	const struct applet_row *row = &f->rows[i];
	struct applet_statement st;
	struct error err = {0}, bad = {0};
	struct text line, again;

	form_line(&line, f, i, NULL);
	if (read_form(forms, text_str(&line), &st, &err) == 0) {
		assert_non_null(applet_statement_value(&st, row->name));
		text_init(&again, 0);
		applet_statement_add(&again, &st);
		assert_string_equal(text_str(&again), text_str(&line));
		text_free(&again);
		applet_statement_clear(&st);
	} else if (!f->check) {
		fail_msg("%s: %s", text_str(&line), err.text);
	}
	text_free(&line);
	if (!bad_value(row))
		return;
	form_line(&line, f, i, bad_value(row));
	assert_int_equal(read_form(forms, text_str(&line), &st, &bad), -EINVAL);
	if (!strstr(bad.text, row->name))
		fail_msg("%s: \"%s\" does not name %s", text_str(&line), bad.text, row->name);
	text_free(&line);
}

static void check_forms(const struct applet_forms *forms)
{
	for (size_t i = 0; i < forms->count; i++) {
		assert_true(forms->forms[i].count <= APPLET_ROWS_MAX);
		assert_true(forms->forms[i].help[0]);
		for (size_t row = 0; row < forms->forms[i].count; row++) {
			assert_true(forms->forms[i].rows[row].help[0]);
			if (!(forms->forms[i].rows[row].flags & APPLET_LUA))
				check_row(forms, &forms->forms[i], row);
		}
	}
}

static void test_every_row_of_every_detector(void **state)
{
	(void)state;
	check_forms(&applet_events);
}

static void test_every_row_of_every_action(void **state)
{
	(void)state;
	check_forms(&applet_actions);
}

static void test_what_is_required_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < applet_actions.count; i++) {
		const struct applet_form *f = &applet_actions.forms[i];
		struct error err = {0};
		struct applet_statement st;

		if (f->refusal || !f->count || !(f->rows[0].flags & APPLET_REQUIRED))
			continue;
		assert_int_equal(read_form(&applet_actions, f->name, &st, &err), -EINVAL);
		assert_non_null(strstr(err.text, f->rows[0].name));
	}
}

/* ---- canonical text ---- */

static void test_events_become_canonical(void **state)
{
	static const char *const rows[][2] = {
		{"syslog pattern CRYPTO-4-RECVD_PKT_INV_SPI",
		 "syslog pattern \"CRYPTO-4-RECVD_PKT_INV_SPI\""},
		{"tag  a   sys  per 60 occ 2 pat \"x y\" maxr 90.5",
		 "tag a syslog pattern \"x y\" occurs 2 period 60 maxrun 90.5"},
		{"cli sync no skip yes pattern \"show .*\" enter",
		 "cli pattern \"show .*\" enter sync no skip yes"},
		{"timer cron cron-entry \"0-59/2 0-23/1 * * 0-7\" name t2",
		 "timer cron name t2 cron-entry \"0-59/2 0-23/1 * * 0-7\""},
		{"timer cron cron-entry @daily", "timer cron cron-entry \"@daily\""},
		{"timer watch time 60", "timer watchdog time 60"},
		{"timer cron cron-entry \"0 0 1 jan mon-fri\"",
		 "timer cron cron-entry \"0 0 1 jan mon-fri\""},
		{"none", "none"},
		{"track 5", "track 5"},
		{"track 5 st d", "track 5 state down"},
		{"ipsec invalid-spi verdict \"once ours\" peer 2001:db8::1",
		 "ipsec invalid-spi peer 2001:db8::1 verdict \"once ours\""},
		{"yang path \"/m:a/b\" op gt val 5", "yang path \"/m:a/b\" op gt val \"5\""},
		{"config", "configuration"},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++)
		becomes(event_text, rows[i][0], rows[i][1]);
}

static void test_actions_become_canonical(void **state)
{
	static const char *const rows[][2] = {
		{"cli com enable", "cli command \"enable\""},
		{"cli command \"show run | inc x\" pat \"#\"",
		 "cli command \"show run | inc x\" pattern \"#\""},
		{"sysl pri crit msg hello", "syslog priority critical msg \"hello\""},
		{"syslog msg \"$_cli_result\"", "syslog msg \"$_cli_result\""},
		{"if $x eq 5 goto 9.0", "if $x eq \"5\" goto 9.0"},
		{"if $a$b eq \"$c\"", "if \"$a$b\" eq $c"},
		{"while $i lt \"5\"", "while $i lt \"5\""},
		{"puts nonew \"a  b\"", "puts nonewline \"a  b\""},
		{"puts \"nonewline\"", "puts \"nonewline\""},
		{"comment  he said \"x, y ", "comment he said \"x, y"},
		{"wait $t", "wait $t"},
		{"string compare nocase length $n \"a\" b",
		 "string compare nocase length $n \"a\" \"b\""},
		{"exit", "exit"},
		{"append x", "append x"},
		{"set x \"\"", "set x \"\""},
		{"regexp \"$p(\" $_cli_result", "regexp \"$p(\" \"$_cli_result\""},
		{"goto \"a b\"", "goto \"a b\""},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++)
		becomes(action_text, rows[i][0], rows[i][1]);
}

/* ---- refusals ---- */

static void test_wrong_events_are_refused_with_their_column(void **state)
{
	(void)state;
	event_refused("", 0, "event detector is missing");
	event_refused("tag", 3, "tag wants a word");
	event_refused("foo bar", 0, "unknown event detector \"foo\"");
	event_refused("c", 0, "\"c\" is ambiguous");
	event_refused("syslog pattern \"a", 15, "the string has no closing quotation mark");
	event_refused(
		"syslog pattern \"a\"b", 18,
		"a string ends here, and a blank must follow (a quotation mark inside a string is "
		"written as an environment variable)");
	event_refused("syslog pattern a\"b", 16, "a quotation mark inside a word");
	event_refused("syslog pattern (", 15, "pattern: regular expression: missing ): (");
	event_refused("syslog pattern a pattern b", 17, "pattern is given twice");
	event_refused("syslog pattern a foo", 17, "\"foo\" is not an option of syslog");
	event_refused("syslog p a", 7, "\"p\" is ambiguous after syslog");
	event_refused("syslog pattern", 14, "pattern wants a value: REGULAR-EXPRESSION");
	event_refused(
		"syslog occurs 2", 15,
		"syslog: one of pattern, sequence, timestamp, facility, mnemonic or priority is "
		"wanted");
	event_refused("syslog pattern a occurs 0", 24,
		      "occurs wants a number from 1 to 4294967295, not 0");
	event_refused("syslog pattern \"(a)\\1\"", 15,
		      "pattern: regular expression: back-reference \\1 is not supported");
	event_refused("none maxrun 31536001", 12,
		      "maxrun wants seconds (sssssssss[.mmm]) from 0 to 31536000, not 31536001");
	event_refused("none\x01", 4, "the line has a byte that is not printable ASCII (0x01)");
	event_refused("none \xc3\xa9", 5, "the line has a byte that is not printable ASCII (0xc3)");
}

static void test_rules_between_options(void **state)
{
	(void)state;
	event_refused("cli pattern x sync no", 21, "cli: with sync no, the option skip is wanted");
	event_refused(
		"cli pattern x sync yes skip no", 30,
		"cli: with sync yes, the exit status says whether the command runs; skip is for "
		"sync no");
	event_refused("timer cron time 5", 17, "timer: cron takes cron-entry, not time");
	event_refused("timer cron", 10, "timer: cron wants the option cron-entry");
	event_refused("timer watchdog", 14, "timer: the option time is wanted");
	event_refused("timer watchdog time 0", 21,
		      "timer: a watchdog of 0 seconds would never rest");
	event_refused("timer countdown time 5 cron-entry @daily", 40,
		      "timer: cron-entry is for cron");
	event_refused("timer cron cron-entry \"* * *\"", 22,
		      "cron-entry: the field of the month is wrong at \"\"");
	event_refused("timer cron cron-entry \"* * * * * *\"", 22,
		      "cron-entry has more than five fields");
	event_refused("yang path /a op gt val x", 24,
		      "yang: gt, ge, lt and le compare numbers; eq and ne any text");
	event_refused("yang path a op eq val x", 23, "yang: a path begins with \"/module:node\"");
	event_refused("yang path /a op eq val x exit-op eq", 35,
		      "yang: exit-op and exit-val are wanted together");
	action_refused("http ftp://x", 12, "http: an address begins with http:// or https://");
	action_refused("http http://x method get body b", 31, "http: get sends no body");
	action_refused("info type routername include x", 30,
		       "info type: include, exclude and regexp are for interface-names");
	action_refused(
		"info type syslog", 16,
		"info type: syslog history is the only thing of syslog, and history of syslog "
		"only");
}

static void test_interface_exit_options_belong_together(void **state)
{
	static const char base[] =
		"interface name eth0 parameter input-errors entry-val 1 entry-op ge "
		"entry-type value poll-interval 1";
	static const char *const rows[][2] = {
		{"exit-val 1", "exit-val, exit-op and exit-type are wanted together"},
		{"exit-comb or", "exit-comb joins exit-val and exit-time, and wants both"},
		{"exit-val 1 exit-op lt exit-type value exit-time 5",
		 "with exit-val and exit-time the option exit-comb is wanted"},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		char *line = alloc_printf("%s %s", base, rows[i][0]);
		char *sentence = alloc_printf("interface: %s", rows[i][1]);

		event_refused(line, strlen(line), sentence);
		alloc_free(line);
		alloc_free(sentence);
	}
	becomes(event_text, base,
		"interface name eth0 parameter input-errors entry-val 1 entry-op ge entry-type value "
		"poll-interval 1");
}

static void test_what_other_boxes_have_is_refused_by_name(void **state)
{
	(void)state;
	event_refused("oir", 0, "oir is not of this box: there are no cards to insert or remove");
	event_refused("tag x identity interface a", 6,
		      "identity is not of this box: there is no 802.1X");
	event_refused(
		"snmp oid 1.3.6 get-type exact", 0,
		"snmp is not of this box: there is no MIB of its own to poll; use event yang path, "
		"or event interface");
	action_refused(
		"reload", 0,
		"reload is not of this box: an applet does not restart the system; use cli command");
	action_refused(
		"force-switchover", 0,
		"force-switchover is not of this box: there is no second processor to switch over to");
	assert_non_null(applet_detector_refusal("gold"));
	assert_null(applet_detector_refusal("syslog"));
	assert_null(applet_detector_refusal("nothing"));
	assert_non_null(applet_action_refusal("cns-event"));
	assert_null(applet_action_refusal("puts"));
}

static void test_wrong_actions_are_refused_with_their_column(void **state)
{
	(void)state;
	action_refused("", 0, "action is missing");
	action_refused("s", 0, "\"s\" is ambiguous");
	action_refused("string", 6, "string is not complete: another word must follow");
	action_refused("string foo", 7, "unknown action \"foo\"");
	action_refused("set x a b", 8, "\"b\" is not an option of set");
	action_refused(
		"set 2x a", 4,
		"variable wants the name of a variable (letters, digits and _, no digit first), not 2x");
	action_refused("if $x eqq 5", 6, "op wants one of eq|ne|gt|ge|lt|le, not \"eqq\"");
	action_refused("wait soon", 5,
		       "seconds wants seconds (sssssssss[.mmm]) from 0 to 31536000, not soon");
	action_refused("track set 5 state any", 18, "state wants one of up|down, not \"any\"");
}

static void test_labels(void **state)
{
	struct error err = {0};
	char long_label[APPLET_LABEL_MAX + 2];

	(void)state;
	memset(long_label, 'a', sizeof(long_label) - 1);
	long_label[sizeof(long_label) - 1] = '\0';
	assert_int_equal(applet_label_check("010", NULL), 0);
	assert_int_equal(applet_label_check("with blanks", NULL), 0);
	assert_int_equal(applet_label_check("", NULL), -EINVAL);
	assert_int_equal(applet_label_check("a\"b", NULL), -EINVAL);
	assert_int_equal(applet_label_check(long_label, &err), -EINVAL);
	assert_string_equal(err.text, "a label has 1 to 64 characters");
}

static void test_set_of_old_takes_the_exit_status_only(void **state)
{
	struct error err = {0};
	char *text = NULL;
	size_t column;

	(void)state;
	assert_int_equal(applet_set_check("1", "_exit_status 1", &text, &err, &column), 0);
	assert_string_equal(text, "_exit_status \"1\"");
	alloc_free(text);
	assert_int_equal(applet_set_check("1", "x 1", &text, &err, &column), -EINVAL);
	assert_string_equal(err.text, "set takes _exit_status only; use action LABEL set");
	assert_null(text);
}

/* ---- values ---- */

static void test_values_are_found_by_name(void **state)
{
	struct applet_event *e = NULL;
	int64_t n = 0;

	(void)state;
	assert_int_equal(applet_event_parse("tag t ipsec child-down spi 0xff period 1.25 maxrun 3",
					    &e, NULL, NULL),
			 0);
	assert_int_equal(applet_event_detector(e), APPLET_IPSEC);
	assert_string_equal(applet_event_tag(e), "t");
	assert_string_equal(applet_event_value(e, "event"), "child-down");
	assert_null(applet_event_value(e, "peer"));
	assert_null(applet_event_value(e, "nothing"));
	assert_true(applet_event_number(e, "spi", &n));
	assert_int_equal(n, 255);
	assert_false(applet_event_number(e, "occurs", &n));
	assert_false(applet_event_number(e, "event", &n));
	assert_int_equal(applet_event_ms(e, "period", 7), 1250);
	assert_int_equal(applet_event_ms(e, "maxrun", 7), 3000);
	assert_int_equal(applet_event_ms(e, "ratelimit", 7), 7);
	applet_event_free(e);
	applet_event_free(NULL);
}

static void test_our_detectors_are_in_the_order_of_the_enum(void **state)
{
	(void)state;
	for (size_t i = 0; i < applet_events.count; i++) {
		const struct applet_form *f = &applet_events.forms[i];

		assert_int_equal(f->what, i < APPLET_DETECTORS ? i : APPLET_DETECTORS);
		assert_true((f->refusal == NULL) == (i < APPLET_DETECTORS));
	}
}

static void registered_as(const char *line, const char *lines)
{
	struct applet_event *e = NULL;
	char *text;

	assert_int_equal(applet_event_parse(line, &e, NULL, NULL), 0);
	text = applet_event_registered(e);
	assert_string_equal(text, lines);
	alloc_free(text);
	applet_event_free(e);
}

static void test_registered_lines_as_a_router_prints_them(void **state)
{
	(void)state;
	registered_as("syslog pattern \"CRYPTO-4-RECVD_PKT_INV_SPI.*\"",
		      " pattern {CRYPTO-4-RECVD_PKT_INV_SPI.*}\n maxrun 20.000\n");
	registered_as("timer watchdog name t1 time 180",
		      " name {t1} time 180.000\n maxrun 20.000\n");
	registered_as("timer cron name t2 cron-entry \"0-59/2 0-23/1 * * 0-7\"",
		      " name {t2} cron entry {0-59/2 0-23/1 * * 0-7}\n maxrun 20.000\n");
	registered_as("none maxrun 5 ratelimit 60", " maxrun 5.000 ratelimit 60.000\n");
	registered_as("tag a track 5 state down", " tag a number 5 state down\n maxrun 20.000\n");
}

/* ---- Lua registrations ---- */

static int from_json(const char *detector, const char *json, struct applet_event **out,
		     struct error *err)
{
	json_t *options = json_loads(json, JSON_DECODE_ANY, NULL);
	int rc;

	assert_non_null(options);
	rc = applet_event_from_fields(detector, options, out, err);
	json_decref(options);
	return rc;
}

static void test_lua_registrations_go_by_the_same_rows(void **state)
{
	struct applet_event *e = NULL;
	char *text;

	(void)state;
	assert_int_equal(
		from_json("cli",
			  "{\"pattern\":\"show .*\",\"sync\":false,\"skip\":true,\"occurs\":2,"
			  "\"maxrun\":1.5,\"queue_priority\":\"high\",\"tag\":\"t\",\"tab\":true,"
			  "\"enter\":false}",
			  &e, NULL),
		0);
	text = applet_event_text(e);
	assert_string_equal(
		text, "tag t cli pattern \"show .*\" tab sync no skip yes occurs 2 maxrun 1.500");
	assert_string_equal(applet_event_value(e, "queue_priority"), "high");
	assert_string_equal(applet_event_value(e, "queue-priority"), "high");
	alloc_free(text);
	applet_event_free(e);
	assert_int_equal(from_json("snmp_notification",
				   "{\"oid\":\"1.3.6\",\"oid_val\":5,\"op\":\"eq\"}", &e, NULL),
			 0);
	assert_string_equal(applet_event_value(e, "oid-val"), "5");
	applet_event_free(e);
}

static void fields_refused(const char *detector, const char *json, const char *sentence)
{
	struct applet_event *e = NULL;
	struct error err = {0};

	assert_int_equal(from_json(detector, json, &e, &err), -EINVAL);
	assert_null(e);
	assert_string_equal(err.text, sentence);
}

static void test_wrong_lua_registrations(void **state)
{
	(void)state;
	fields_refused("foo", "{}", "unknown event detector \"foo\"");
	fields_refused("oir", "{}",
		       "oir is not of this box: there are no cards to insert or remove");
	fields_refused("none", "[]", "none wants a table of options");
	fields_refused("none", "{\"foo\":1}", "\"foo\" is not an option of none");
	fields_refused("syslog", "{\"pattern\":{}}",
		       "pattern wants a text, a number or true or false");
	fields_refused("syslog", "{\"pattern\":\"(\"}",
		       "pattern: regular expression: missing ): (");
	fields_refused("track", "{}", "track wants a value for number: <1-1000>");
}

/* ---- triggers ---- */

struct facts {
	uint32_t a, b;
	bool up;
};

static uint32_t seen(void *ctx, const char *tag)
{
	const struct facts *f = ctx;

	return !strcmp(tag, "a") ? f->a : !strcmp(tag, "b") ? f->b : 0;
}

static bool track_up(void *ctx, uint32_t number)
{
	return number == 7 && ((const struct facts *)ctx)->up;
}

static bool holds(const struct applet_trigger *t, uint32_t a, uint32_t b, bool up)
{
	struct facts f = {a, b, up};
	const struct applet_trigger_facts facts = {&f, seen, track_up};

	return applet_trigger_holds(t, &facts);
}

static struct applet_trigger *trigger(const char *text, const char *correlate)
{
	struct applet_trigger *t = NULL;

	assert_int_equal(applet_trigger_parse(text, &t, NULL, NULL), 0);
	if (correlate)
		assert_int_equal(applet_trigger_correlate(t, correlate, NULL, NULL), 0);
	return t;
}

static void test_triggers_correlate_from_left_to_right(void **state)
{
	struct applet_trigger *t = trigger("", "event a and event b or track 7");

	(void)state;
	assert_true(holds(t, 1, 1, false));
	assert_false(holds(t, 1, 0, false));
	assert_true(holds(t, 0, 0, true));
	applet_trigger_free(t);
	t = trigger("", "event a andnot event b");
	assert_true(holds(t, 1, 0, false));
	assert_false(holds(t, 1, 1, false));
	assert_false(holds(t, 0, 0, false));
	applet_trigger_free(t);
	t = trigger("", NULL);
	assert_true(holds(t, 0, 0, false));
	applet_trigger_free(t);
}

static void test_attributes_say_how_often(void **state)
{
	struct applet_trigger *t = trigger("", "event a");

	(void)state;
	assert_int_equal(applet_trigger_attribute(t, "tag a occurs 3", NULL, NULL), 0);
	assert_false(holds(t, 2, 0, false));
	assert_true(holds(t, 3, 0, false));
	assert_int_equal(applet_trigger_attribute(t, "tag a occurs 2", NULL, NULL), 0);
	assert_true(holds(t, 2, 0, false));
	assert_string_equal(applet_trigger_line(t, 1), "correlate event a");
	assert_string_equal(applet_trigger_line(t, 2), "attribute tag a occurs 2");
	assert_null(applet_trigger_line(t, 3));
	applet_trigger_free(t);
	applet_trigger_free(NULL);
}

static void test_trigger_lines_and_values(void **state)
{
	struct applet_trigger *t =
		trigger("del 5 occ 2 period 60.5 period-start @hourly", "ev a and tr 7");
	bool track = true;

	(void)state;
	assert_string_equal(applet_trigger_line(t, 0),
			    "occurs 2 period 60.5 period-start \"@hourly\" delay 5");
	assert_string_equal(applet_trigger_line(t, 1), "correlate event a and track 7");
	assert_null(applet_trigger_line(t, 2));
	assert_int_equal(applet_trigger_occurs(t), 2);
	assert_int_equal(applet_trigger_period_ms(t), 60500);
	assert_int_equal(applet_trigger_delay_ms(t), 5000);
	assert_string_equal(applet_trigger_period_start(t), "@hourly");
	assert_string_equal(applet_trigger_operand(t, 0, &track), "a");
	assert_false(track);
	assert_string_equal(applet_trigger_operand(t, 1, &track), "7");
	assert_true(track);
	assert_null(applet_trigger_operand(t, 2, &track));
	applet_trigger_free(t);
	t = trigger("", NULL);
	assert_string_equal(applet_trigger_line(t, 0), "");
	assert_null(applet_trigger_line(t, 1));
	assert_int_equal(applet_trigger_occurs(t), 1);
	applet_trigger_free(t);
}

static void correlate_refused(const char *text, size_t at, const char *sentence)
{
	struct applet_trigger *t = trigger("", "event a");
	struct error err = {0};
	size_t column = 999;

	assert_int_equal(applet_trigger_correlate(t, text, &err, &column), -EINVAL);
	assert_string_equal(err.text, sentence);
	assert_int_equal(column, at);
	assert_string_equal(applet_trigger_line(t, 1), "correlate event a");
	applet_trigger_free(t);
}

static void test_wrong_triggers_leave_the_trigger_as_it_was(void **state)
{
	struct applet_trigger *t = NULL;
	struct error err = {0};
	size_t column;

	(void)state;
	correlate_refused("", 0, "event TAG or track NUMBER is wanted");
	correlate_refused("event", 5, "event wants a value");
	correlate_refused("event a xor event b", 8, "and, or, or andnot is wanted, not \"xor\"");
	correlate_refused("event a and", 11, "event TAG or track NUMBER is wanted");
	correlate_refused("track 0", 6, "track wants a number from 1 to 1000, not 0");
	correlate_refused(
		"event a or event a or event a or event a or event a or event a or event a or "
		"event a or event a",
		85, "a correlation has at most 8 events");
	assert_int_equal(applet_trigger_parse("occurs 0", &t, &err, &column), -EINVAL);
	assert_string_equal(err.text, "occurs wants a number from 1 to 32, not 0");
	assert_int_equal(column, 7);
}

/* ---- memory ---- */

static int parse_all(void *arg)
{
	struct applet_event *e = NULL;
	struct applet_trigger *t = NULL;
	char *text = NULL;
	int rc = applet_event_parse("tag a cli pattern x sync no skip no", &e, NULL, NULL);

	(void)arg;
	if (rc == 0)
		rc = applet_action_check("1", "string range $x 1 end", &text, NULL, NULL);
	if (rc == 0)
		rc = applet_trigger_parse("occurs 2", &t, NULL, NULL);
	if (rc == 0)
		rc = applet_trigger_correlate(t, "event a and track 5", NULL, NULL);
	if (rc == 0)
		rc = applet_trigger_attribute(t, "tag a occurs 2", NULL, NULL);
	applet_event_free(e);
	applet_trigger_free(t);
	alloc_free(text);
	return rc;
}

static int write_all(void *arg)
{
	char *texts[] = {applet_event_text(arg), applet_event_registered(arg),
			 applet_detector_syntax(APPLET_CLI), applet_detector_variables(APPLET_CLI)};
	int rc = 0;

	for (size_t i = 0; i < SIZE(texts); i++) {
		rc = texts[i] ? rc : -ENOMEM;
		alloc_free(texts[i]);
	}
	return rc;
}

static void test_without_memory(void **state)
{
	struct applet_event *e = NULL;

	(void)state;
	assert_true(unit_fail_each_allocation(parse_all, NULL) > 15);
	assert_int_equal(applet_event_parse("track 5 state up", &e, NULL, NULL), 0);
	assert_true(unit_fail_each_allocation(write_all, e) > 4);
	applet_event_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_of_every_detector),
		cmocka_unit_test(test_every_row_of_every_action),
		cmocka_unit_test(test_what_is_required_is_named),
		cmocka_unit_test(test_events_become_canonical),
		cmocka_unit_test(test_actions_become_canonical),
		cmocka_unit_test(test_wrong_events_are_refused_with_their_column),
		cmocka_unit_test(test_rules_between_options),
		cmocka_unit_test(test_interface_exit_options_belong_together),
		cmocka_unit_test(test_what_other_boxes_have_is_refused_by_name),
		cmocka_unit_test(test_wrong_actions_are_refused_with_their_column),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_set_of_old_takes_the_exit_status_only),
		cmocka_unit_test(test_values_are_found_by_name),
		cmocka_unit_test(test_our_detectors_are_in_the_order_of_the_enum),
		cmocka_unit_test(test_registered_lines_as_a_router_prints_them),
		cmocka_unit_test(test_lua_registrations_go_by_the_same_rows),
		cmocka_unit_test(test_wrong_lua_registrations),
		cmocka_unit_test(test_triggers_correlate_from_left_to_right),
		cmocka_unit_test(test_attributes_say_how_often),
		cmocka_unit_test(test_trigger_lines_and_values),
		cmocka_unit_test(test_wrong_triggers_leave_the_trigger_as_it_was),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests_name("applet", tests, NULL, NULL);
}
