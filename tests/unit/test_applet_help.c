/* Help, details of detectors, and that the manual names everything that the tables have. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lua/applet/applet_internal.h"

/* ---- help ---- */

static void gather(void *ctx, const char *word, const char *help)
{
	(void)help;
	text_addf(ctx, "%s ", word);
}

static void helps(enum applet_line line, const char *text, const char *words)
{
	struct text got;

	text_init(&got, 0);
	applet_help(line, text, gather, &got);
	assert_string_equal(text_str(&got), words);
	text_free(&got);
}

static void test_help_lists_what_may_follow(void **state)
{
	(void)state;
	helps(APPLET_LINE_EVENT, "",
	      "tag syslog cli timer none counter interface track application snmp-notification "
	      "configuration ipsec yang ");
	helps(APPLET_LINE_EVENT, "t", "tag timer track ");
	helps(APPLET_LINE_EVENT, "tag ", "WORD ");
	helps(APPLET_LINE_EVENT, "tag x tr", "track ");
	helps(APPLET_LINE_EVENT, "track ", "<1-1000> ");
	helps(APPLET_LINE_EVENT, "track 5 ", "state maxrun ratelimit <cr> ");
	helps(APPLET_LINE_EVENT, "track 5 state ", "up down any ");
	helps(APPLET_LINE_EVENT, "track 5 state u", "up ");
	helps(APPLET_LINE_EVENT, "nothing ", "");
	helps(APPLET_LINE_ACTION, "str", "string ");
	helps(APPLET_LINE_ACTION, "string tr", "trim trimleft trimright ");
	helps(APPLET_LINE_ACTION, "cli ", "command ");
	helps(APPLET_LINE_ACTION, "cli command ", "STRING ");
	helps(APPLET_LINE_ACTION, "cli command \"a b", "STRING ");
	helps(APPLET_LINE_ACTION, "cli command \"a b\" ", "pattern <cr> ");
	helps(APPLET_LINE_ACTION, "if $x ", "eq ne gt ge lt le ");
	helps(APPLET_LINE_ACTION, "if $x eq 5 ", "goto <cr> ");
	helps(APPLET_LINE_TRIGGER, "", "occurs period period-start delay <cr> ");
	helps(APPLET_LINE_ATTRIBUTE, "", "tag occurs ");
	helps(APPLET_LINE_CORRELATE, "", "event track ");
	helps(APPLET_LINE_CORRELATE, "event ", "WORD ");
	helps(APPLET_LINE_CORRELATE, "event a ", "and or andnot <cr> ");
	helps(APPLET_LINE_SET, "", "VARIABLE ");
}

static void test_details_of_detectors(void **state)
{
	char *syntax = applet_detector_syntax(APPLET_TRACK),
	     *lua = applet_detector_lua(APPLET_TRACK);
	char *fields = applet_detector_fields(APPLET_TRACK);
	char *variables = applet_detector_variables(APPLET_TRACK);

	(void)state;
	assert_string_equal(syntax, "[no] event [tag WORD] track <1-1000> [state {up|down|any}] "
				    "[maxrun SECONDS] [ratelimit SECONDS]");
	assert_string_equal(lua,
			    "eem.event_register_track {[tag = WORD], number = <1-1000>, "
			    "[state = {up|down|any}], [maxrun = SECONDS], [ratelimit = SECONDS], "
			    "[queue_priority = {normal|low|high|last}], [nice = <0-1>]}");
	assert_non_null(strstr(fields, "event_id\n"));
	assert_non_null(strstr(fields, "\nnumber\nstate\n"));
	assert_non_null(strstr(variables, "$_event_id\n"));
	assert_non_null(strstr(variables, "\n$_track_number\n$_track_state\n"));
	assert_string_equal(applet_detector_name(0), "syslog");
	assert_null(applet_detector_name(1000));
	assert_string_equal(applet_action_name(0), "add");
	assert_string_equal(applet_detector_help(APPLET_TRACK), "Tracking object event");
	alloc_free(syntax);
	alloc_free(lua);
	alloc_free(fields);
	alloc_free(variables);
}

/* ---- the manual ---- */

static char *manual(void)
{
	FILE *in = fopen(TEST_MANUAL, "r");
	char line[4096];
	struct text t;

	assert_non_null(in);
	text_init(&t, 0);
	while (fgets(line, sizeof(line), in))
		text_add(&t, line);
	fclose(in);
	return text_take(&t);
}

static void has(const char *text, const char *before, const char *word)
{
	char *wanted = alloc_printf("%s%s", before, word);

	if (!strstr(text, wanted))
		fail_msg("doc/event-manager.md does not have %s", wanted);
	alloc_free(wanted);
}

static void has_options(const char *text, const struct applet_form *f)
{
	for (size_t i = 0; i < f->count; i++) {
		if (!(f->rows[i].flags & (APPLET_PLACE | APPLET_LUA)))
			has(text, "", f->rows[i].name);
	}
}

static void test_the_manual_names_every_detector_verb_and_option(void **state)
{
	char *text = manual();

	(void)state;
	for (size_t i = 0; i < applet_events.count; i++) {
		const struct applet_form *f = &applet_events.forms[i];

		has(text, f->refusal ? " " : "| `",
		    f->refusal && i == APPLET_DETECTORS ? "" : f->name);
		has_options(text, f);
	}
	for (size_t i = 0; i < applet_actions.count; i++) {
		has(text, "`", applet_actions.forms[i].name);
		has_options(text, &applet_actions.forms[i]);
	}
	alloc_free(text);
}

static void test_the_manual_names_every_variable(void **state)
{
	char *text = manual();

	(void)state;
	for (size_t i = 0; i < APPLET_DETECTORS; i++) {
		char *names = applet_detector_variables((enum applet_detector)i);

		for (char *at = names, *end; (end = strchr(at, '\n')); at = end + 1) {
			*end = '\0';
			/* Numbered ones are told by their first and last. */
			if (!strstr(at, "_arg") && !strstr(at, "_data"))
				has(text, "", at);
		}
		alloc_free(names);
	}
	alloc_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help_lists_what_may_follow),
		cmocka_unit_test(test_details_of_detectors),
		cmocka_unit_test(test_the_manual_names_every_detector_verb_and_option),
		cmocka_unit_test(test_the_manual_names_every_variable),
	};

	return cmocka_run_group_tests_name("applet_help", tests, NULL, NULL);
}
