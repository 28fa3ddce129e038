/* Texts of strangers: nothing of them is markup, moves a cursor or turns a line round. */
#include <string.h>

#include "unit.h"

#include "lua/report/plain.h"

static void expect(enum plain_use use, bool lines, const char *in, size_t len, const char *out)
{
	struct text t;

	text_init(&t, 0);
	plain_add_n(&t, use, lines, in, len);
	assert_string_equal(text_str(&t), out);
	text_free(&t);
}

static void html(const char *in, const char *out)
{
	expect(PLAIN_HTML, false, in, strlen(in), out);
}

static void letter(const char *in, const char *out)
{
	expect(PLAIN_TEXT, false, in, strlen(in), out);
}

static void test_markup_is_text_in_a_page(void **state)
{
	(void)state;
	html("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
	html("\" onload='x' &lt;", "&quot; onload=&#39;x&#39; &amp;lt;");
	html("--><!--]]>", "--&gt;&lt;!--]]&gt;");
	letter("<a href=\"x\">&", "<a href=\"x\">&");
}

static void test_letters_of_all_scripts_stay(void **state)
{
	(void)state;
	html("Zürich Ωμέγα 東京 😀 עברית", "Zürich Ωμέγα 東京 😀 עברית");
	letter("Zürich Ωμέγα 東京 😀", "Zürich Ωμέγα 東京 😀");
}

static void test_what_steers_a_terminal_is_shown(void **state)
{
	(void)state;
	letter("\033[2J\a\177", "\\x1b[2J\\x07\\x7f");
	letter("\302\233"
	       "31m",
	       "\\u{9b}31m");
	html("a\rb", "a\\x0db");
}

static void test_what_turns_the_direction_is_shown(void **state)
{
	(void)state;
	html("\342\200\256gnp.exe", "\\u{202e}gnp.exe");
	html("\342\201\246x\342\201\251", "\\u{2066}x\\u{2069}");
	html("\357\273\277x\342\200\213y", "\\u{feff}x\\u{200b}y");
	html("e\314\201\314\201", "e\\u{301}\\u{301}");
	html("\363\240\201\201", "\\u{e0041}");
}

static void test_what_is_no_utf8_is_shown_byte_by_byte(void **state)
{
	(void)state;
	html("\377\376", "\\xff\\xfe");
	html("\300\274script", "\\xc0\\xbcscript"); /* an overlong < */
	html("\340\200\274", "\\xe0\\x80\\xbc");
	html("\355\240\200", "\\u{d800}");
	html("\364\220\200\200", "\\u{110000}");
	html("\342\202", "\\xe2\\x82");
	html("\370\210\200\200\200", "\\xf8\\x88\\x80\\x80\\x80");
	expect(PLAIN_HTML, false, "a\0b", 3, "a\\x00b");
}

static void test_lines_stay_where_they_are_wanted(void **state)
{
	(void)state;
	expect(PLAIN_TEXT, true, "a\r\nb\tc\n", 7, "a\nb\tc\n");
	expect(PLAIN_TEXT, false, "a\r\nb\tc\n", 7, "a b c ");
	expect(PLAIN_TEXT, true, "a\r", 2, "a\\x0d");
}

static void test_nothing_adds_nothing(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 0);
	plain_add(&t, PLAIN_HTML, NULL);
	plain_add(&t, PLAIN_HTML, "");
	assert_string_equal(text_str(&t), "");
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup_is_text_in_a_page),
		cmocka_unit_test(test_letters_of_all_scripts_stay),
		cmocka_unit_test(test_what_steers_a_terminal_is_shown),
		cmocka_unit_test(test_what_turns_the_direction_is_shown),
		cmocka_unit_test(test_what_is_no_utf8_is_shown_byte_by_byte),
		cmocka_unit_test(test_lines_stay_where_they_are_wanted),
		cmocka_unit_test(test_nothing_adds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
