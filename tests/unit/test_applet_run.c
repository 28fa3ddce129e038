/* What compiled applets do: control flow, variables, arithmetic, texts, errors; blocks that do not fit. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lua/applet/applet.h"
#include "tests/unit/applet_lua.h"

#define LINES_MAX 64

/* "LABEL TEXT" lines to actions, in the order given. */
static size_t cut(char *lines, struct applet_action *actions)
{
	size_t n = 0;

	for (char *line = lines; *line; n++) {
		char *end = strchrnul(line, '\n'), *blank = strchr(line, ' ');

		assert_true(n < LINES_MAX && blank && blank < end);
		*blank = '\0';
		actions[n] = (struct applet_action){line, blank + 1};
		line = *end ? end + 1 : end;
		*end = '\0';
	}
	return n;
}

static int compile(const char *lines, char **lua, struct error *err)
{
	struct applet_action actions[LINES_MAX];
	struct applet_source source = {.name = "A", .actions = actions};
	char *copy = alloc_text(lines);
	int rc;

	source.count = cut(copy, actions);
	rc = applet_compile(&source, lua, err);
	alloc_free(copy);
	return rc;
}

static void does_in(const struct applet_world *world, const char *lines, const char *effects)
{
	struct error err = {0};
	struct text out;
	char *lua = NULL;

	if (compile(lines, &lua, &err))
		fail_msg("%s", err.text);
	text_init(&out, 0);
	applet_lua_run(lua, world, &out);
	assert_string_equal(text_str(&out), effects);
	text_free(&out);
	alloc_free(lua);
}

static void does(const char *lines, const char *effects)
{
	static const struct applet_world nothing;

	does_in(&nothing, lines, effects);
}

static void refused(const char *lines, const char *sentence)
{
	struct error err = {0};
	char *lua = NULL;

	assert_int_equal(compile(lines, &lua, &err), -EINVAL);
	assert_string_equal(err.text, sentence);
}

#define SAYS(text) "puts newline=true,text=" text "\n"

static void test_labels_sort_byte_by_byte(void **state)
{
	(void)state;
	does("2.0 puts \"c\"\n10.0 puts \"b\"\n1.0 puts \"a\"\n120 puts \"d\"\n13 puts \"e\"",
	     SAYS("a") SAYS("b") SAYS("d") SAYS("e") SAYS("c"));
}

static void test_branches_of_if(void **state)
{
	static const char lines[] =
		"1 set x \"%s\"\n2 if $x eq \"1\"\n3 puts \"one\"\n4 elseif $x eq \"2\"\n"
		"5 puts \"two\"\n6 elseif $x eq \"3\"\n7 puts \"three\"\n8 else\n"
		"9 puts \"other\"\n91 end\n92 puts \"end\"";
	static const char *const said[] = {SAYS("one") SAYS("end"), SAYS("two") SAYS("end"),
					   SAYS("three") SAYS("end"), SAYS("other") SAYS("end")};

	(void)state;
	for (int i = 0; i < 4; i++) {
		char n[2] = {(char)('1' + i), '\0'};
		char *text = alloc_printf("1 set x \"%s\"%s", n, lines + strlen("1 set x \"%s\""));

		does(text, said[i]);
		alloc_free(text);
	}
}

static void test_comparisons_are_of_numbers_where_both_are(void **state)
{
	(void)state;
	does("1 if \"10\" gt \"9\"\n2 puts \"number\"\n3 end", SAYS("number"));
	does("1 if \"10\" lt \"9a\"\n2 puts \"text\"\n3 end", SAYS("text"));
	does("1 if \"010\" eq \"10\"\n2 puts \"same\"\n3 end", SAYS("same"));
	does("1 if \"a\" ne \"b\"\n2 puts \"ne\"\n3 end", SAYS("ne"));
	does("1 if \"5\" ge \"5\"\n2 if \"5\" le \"5\"\n3 puts \"both\"\n4 end\n5 end",
	     SAYS("both"));
}

static void test_while_break_and_continue(void **state)
{
	(void)state;
	does("1 set i \"0\"\n2 while $i lt \"6\"\n3 increment i\n4 if $i eq \"2\"\n5 continue\n6 end\n"
	     "7 if $i eq \"4\"\n71 break\n72 end\n8 puts \"$i\"\n9 end\n91 puts \"out $i\"",
	     SAYS("1") SAYS("3") SAYS("out 4"));
}

static void test_foreach_cuts_by_blanks_or_delimiters(void **state)
{
	(void)state;
	does("1 foreach w \"a  b c\"\n2 puts \"$w\"\n3 end", SAYS("a") SAYS("b") SAYS("c"));
	does("1 foreach w \"a,b;;c\" \",;\"\n2 puts \"$w\"\n3 end", SAYS("a") SAYS("b") SAYS("c"));
	does("1 foreach w \"\"\n2 puts \"never\"\n3 end\n4 puts \"x\"", SAYS("x"));
	does("1 foreach a \"1 2\"\n2 foreach b \"x y\"\n3 puts \"$a$b\"\n4 end\n5 end",
	     SAYS("1x") SAYS("1y") SAYS("2x") SAYS("2y"));
	does("1 foreach a \"1 2 3\"\n2 if $a eq \"2\"\n3 break\n4 end\n5 puts \"$a\"\n6 end",
	     SAYS("1"));
}

static void test_goto_leads_anywhere(void **state)
{
	(void)state;
	does("1 set i \"0\"\n2 increment i\n3 if $i lt \"3\" goto 2\n4 puts \"$i\"", SAYS("3"));
	does("1 goto 4\n2 while 1 eq 1\n3 puts \"never\"\n4 puts \"inside\"\n5 break\n6 end",
	     SAYS("inside"));
	does("1 goto 3\n2 foreach x \"a\"\n3 puts \"once\"\n4 end", SAYS("once"));
	does("1 goto 4\n2 if 1 eq 2\n3 puts \"no\"\n4 else\n5 puts \"skipped\"\n6 end\n7 puts \"end\"",
	     SAYS("end"));
	refused("1 if 1 eq 1 goto \"the end\"", "action 1: there is no label the end to go to");
}

static void test_blocks_that_do_not_fit_are_named_by_label(void **state)
{
	(void)state;
	refused("1 if 1 eq 1\n2 puts \"x\"", "action 1: the if has no end");
	refused("1 while 1 eq 1\n2 if 1 eq 1\n3 end", "action 1: the while has no end");
	refused("1 foreach x \"a\"", "action 1: the foreach has no end");
	refused("1 puts \"x\"\n2 end", "action 2: end without if, while or foreach");
	refused("1 else", "action 1: else without if");
	refused("1 while 1 eq 1\n2 elseif 1 eq 1\n3 end", "action 2: elseif without if");
	refused("1 if 1 eq 1\n2 else\n3 else\n4 end", "action 3: the if has its else already");
	refused("1 if 1 eq 1\n2 break\n3 end", "action 2: there is no loop around it");
	refused("1 continue", "action 1: there is no loop around it");
	refused("1 goto 9", "action 1: there is no label 9 to go to");
	refused("1 puts \"a\"\n1 puts \"b\"", "action 1 is there twice");
	refused("1 set", "action 1: set wants a value for variable: VARIABLE");
}

static void test_variables_are_looked_up_in_order(void **state)
{
	const struct applet_world world = {
		.event =
			"{event_id = 7, event_type_string = 'syslog', msg = '%A-1-B: c', _x = 'no'}",
		.environment = "{q = '\"', mine = 'env', _event_id = 'env'}",
	};

	(void)state;
	does_in(&world, "1 puts \"$_event_id $_syslog_msg $q$mine$q\"",
		SAYS("7 %A-1-B: c \"env\""));
	does_in(&world, "1 set mine \"local\"\n2 set _event_id \"8\"\n3 puts \"$mine $_event_id\"",
		SAYS("local 8"));
	does_in(&world, "1 puts \"costs 5$ or $5, $ $mine\"", SAYS("costs 5$ or $5, $ env"));
	does_in(&world, "1 set a \"$mine\"\n2 set b \"$a\"\n3 append b \"$a\"\n4 puts \"$b\"",
		SAYS("envenv"));
}

static void test_what_is_put_in_is_not_expanded_again(void **state)
{
	const struct applet_world world = {.environment = "{bait = '$_secret'}"};

	(void)state;
	does_in(&world, "1 puts \"$bait\"", SAYS("$_secret"));
}

static void test_an_unknown_variable_ends_the_applet(void **state)
{
	(void)state;
	does("010 puts \"$nothing\"\n020 puts \"never\"",
	     "complain mnemonic=FMPD_UNKNOWN_ENV,text=fh_parse_var: could not find environment variable: "
	     "nothing\n"
	     "error: A statement 010: could not find environment variable: nothing\n");
}

static void test_errors_as_handle_error_says(void **state)
{
	(void)state;
	does("1 handle-error type ignore\n2 divide 1 0\n3 puts \"on\"", SAYS("on"));
	does("1 handle-error type warn\n2 divide 1 0\n3 puts \"on\"",
	     "complain mnemonic=FMPD_ERROR,text=Error executing applet A statement 2: division by zero\n" SAYS(
		     "on"));
	does("1 handle-error type ignore\n2 handle-error type exit\n3 set x \"a\"\n4 add $x 1\n5 puts \"never\"",
	     "error: A statement 4: \"a\" is not a long integer\n");
}

static void test_a_condition_that_fails_is_false(void **state)
{
	(void)state;
	does("1 handle-error type ignore\n2 while $gone eq \"1\"\n3 puts \"never\"\n4 end\n"
	     "5 if $gone eq \"1\"\n6 puts \"never\"\n7 else\n8 puts \"else\"\n9 end",
	     SAYS("else"));
}

static void test_arithmetic(void **state)
{
	(void)state;
	does("1 add 2 3\n2 puts \"$_result\"", SAYS("5"));
	does("1 subtract 2 3\n2 puts \"$_result\"", SAYS("-1"));
	does("1 multiply -4 3\n2 puts \"$_result\"", SAYS("-12"));
	does("1 divide 7 2\n2 puts \"$_result $_remainder\"", SAYS("3 1"));
	does("1 divide -7 2\n2 puts \"$_result $_remainder\"", SAYS("-3 -1"));
	does("1 set x \"5\"\n2 increment x 10\n3 decrement x\n4 decrement x 3\n5 puts \"$x\"",
	     SAYS("11"));
}

static void test_arithmetic_that_does_not_fit_fails(void **state)
{
	static const char *const failing[] = {
		"1 add 9223372036854775807 1",
		"1 subtract -9223372036854775807 2",
		"1 multiply 4611686018427387904 2",
		"1 multiply 9223372036854775807 9223372036854775807",
		"1 divide 1 0",
		"1 set x \"1.5\"\n2 increment x",
		"1 set x \"\"\n2 add $x 1",
		"1 set x \"12345678901234567890123\"\n2 add $x 1",
		"1 set x \"0x10\"\n2 multiply $x 2",
		"1 set x \"a\"\n2 decrement x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		struct applet_world nothing = {0};
		struct text out;
		char *lua;

		assert_int_equal(compile(failing[i], &lua, NULL), 0);
		text_init(&out, 0);
		applet_lua_run(lua, &nothing, &out);
		if (strncmp(text_str(&out), "error: A statement ", 19))
			fail_msg("%s: %s", failing[i], text_str(&out));
		text_free(&out);
		alloc_free(lua);
	}
}

static void test_every_string_action(void **state)
{
	static const struct {
		const char *action, *result;
	} rows[] = {
		{"compare \"a\" \"b\"", "-1"},
		{"compare \"b\" \"a\"", "1"},
		{"compare nocase \"ABC\" \"abc\"", "0"},
		{"compare length 2 \"abc\" \"abd\"", "0"},
		{"equal \"a\" \"a\"", "1"},
		{"equal \"a\" \"A\"", "0"},
		{"equal nocase length 1 \"ax\" \"AY\"", "1"},
		{"first \"b\" \"abcb\"", "1"},
		{"first \"b\" \"abcb\" 2", "3"},
		{"first \"z\" \"abc\"", "-1"},
		{"first \".\" \"a.b\"", "1"},
		{"first \"\" \"abc\"", "-1"},
		{"last \"b\" \"abcb\"", "3"},
		{"last \"b\" \"abcb\" 2", "1"},
		{"last \"z\" \"abc\"", "-1"},
		{"index \"abc\" 1", "b"},
		{"index \"abc\" end", "c"},
		{"index \"abc\" end-1", "b"},
		{"index \"abc\" 9", ""},
		{"length \"abcd\"", "4"},
		{"length \"\"", "0"},
		{"match \"a*c\" \"abbc\"", "1"},
		{"match \"a*c\" \"abbd\"", "0"},
		{"match \"a?c\" \"abc\"", "1"},
		{"match \"[a-c]x\" \"bx\"", "1"},
		{"match \"[a-c]x\" \"dx\"", "0"},
		{"match nocase \"ABC\" \"abc\"", "1"},
		{"match \"\\*\" \"x\"", "0"},
		{"match \"*a*b*c*\" \"xxaxxbxxc\"", "1"},
		{"range \"abcdef\" 1 3", "bcd"},
		{"range \"abcdef\" 2 end", "cdef"},
		{"range \"abcdef\" 4 2", ""},
		{"replace \"abcdef\" 1 3 \"X\"", "aXef"},
		{"replace \"abcdef\" 1 3", "aef"},
		{"replace \"abc\" 5 9 \"X\"", "abc"},
		{"tolower \"ABC\"", "abc"},
		{"tolower \"ABC\" 1", "AbC"},
		{"toupper \"abcd\" 1 2", "aBCd"},
		{"toupper \"abc\"", "ABC"},
		{"trim \"  a b  \"", "a b"},
		{"trim \"xxaxx\" \"x\"", "a"},
		{"trimleft \"xxaxx\" \"x\"", "axx"},
		{"trimright \"xxaxx\" \"x\"", "xxa"},
		{"trim \"   \"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *lines =
			alloc_printf("1 string %s\n2 puts \"$_string_result\"", rows[i].action);
		char *said = alloc_printf(SAYS("%s"), rows[i].result);

		does(lines, said);
		alloc_free(lines);
		alloc_free(said);
	}
}

static void test_regexp_sets_match_and_groups(void **state)
{
	(void)state;
	does("1 regexp \"spi=(0x[0-9a-f]+)\\(([0-9]+)\" \"prot=50, spi=0x68(104)\" m s d\n"
	     "2 puts \"$_regexp_result $m $s $d\"",
	     SAYS("1 spi=0x68(104 0x68 104"));
	does("1 set m \"before\"\n2 regexp \"x\" \"abc\" m\n3 puts \"$_regexp_result $m\"",
	     SAYS("0 before"));
	does("1 set p \"(\"\n2 regexp \"$p\" \"abc\"",
	     "error: A statement 2: the pattern is wrong\n");
}

static void test_one_session_for_all_commands(void **state)
{
	const struct applet_world world = {
		.answers = "{cli_open = {{id = 4}}, ['cli_exec enable'] = {{output = 'R2#'}}}"};

	(void)state;
	does_in(&world,
		"1 cli command \"enable\"\n2 puts \"$_cli_result\"\n"
		"3 cli command \"clear x\" pattern \"confirm\"",
		"cli_exec command=enable,id=4\n" SAYS(
			"R2#") "cli_exec command=clear x,id=4,pattern=confirm\n");
}

static void test_a_call_that_fails_is_an_error_of_the_action(void **state)
{
	const struct applet_world world = {
		.answers = "{track_set = {{error = 'track 5 is no stub-object'}}}"};

	(void)state;
	does_in(&world, "1 track set 5 state down",
		"track_set number=5,state=down\nerror: A statement 1: track 5 is no stub-object\n");
}

static void test_exit_status(void **state)
{
	(void)state;
	does("1 exit 1\n2 puts \"never\"", "status: 1\n");
	does("1 set _exit_status \"0\"\n2 puts \"x\"", SAYS("x") "status: 0\n");
	does("1 exit", "");
	does("1 while 1 eq 1\n2 exit 5\n3 end", "status: 5\n");
}

static void test_hostile_text_stays_text(void **state)
{
	(void)state;
	does("1 puts \"]]..os.exit(1)--\\\"", SAYS("]]..os.exit(1)--\\"));
}

static int compile_something(void *arg)
{
	static const struct applet_action actions[] = {{"1", "set x \"1\""},
						       {"2", "if $x eq \"1\""},
						       {"3", "puts \"a\""},
						       {"4", "else"},
						       {"5", "end"}};
	const struct applet_source source = {"A", actions, 5};
	char *lua = NULL;
	int rc = applet_compile(&source, &lua, NULL);

	(void)arg;
	alloc_free(lua);
	return rc;
}

static void test_without_memory_nothing_is_compiled(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(compile_something, NULL) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels_sort_byte_by_byte),
		cmocka_unit_test(test_branches_of_if),
		cmocka_unit_test(test_comparisons_are_of_numbers_where_both_are),
		cmocka_unit_test(test_while_break_and_continue),
		cmocka_unit_test(test_foreach_cuts_by_blanks_or_delimiters),
		cmocka_unit_test(test_goto_leads_anywhere),
		cmocka_unit_test(test_blocks_that_do_not_fit_are_named_by_label),
		cmocka_unit_test(test_variables_are_looked_up_in_order),
		cmocka_unit_test(test_what_is_put_in_is_not_expanded_again),
		cmocka_unit_test(test_an_unknown_variable_ends_the_applet),
		cmocka_unit_test(test_errors_as_handle_error_says),
		cmocka_unit_test(test_a_condition_that_fails_is_false),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_arithmetic_that_does_not_fit_fails),
		cmocka_unit_test(test_every_string_action),
		cmocka_unit_test(test_regexp_sets_match_and_groups),
		cmocka_unit_test(test_one_session_for_all_commands),
		cmocka_unit_test(test_a_call_that_fails_is_an_error_of_the_action),
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_hostile_text_stays_text),
		cmocka_unit_test(test_without_memory_nothing_is_compiled),
	};

	return cmocka_run_group_tests_name("applet_run", tests, NULL, NULL);
}
