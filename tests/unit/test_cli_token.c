/* cli/token: where words end, what quotes do, and what each type takes, character by character. */
#include "unit.h"

#include "cli/syntax.h"
#include "cli/token.h"

struct cut {
	const char *line;
	bool pipes;
	const char *words[6];
	bool quoted; /* the first one */
};

static const struct cut cuts[] = {
	{"a b  c", false, {"a", "b", "c"}, false},
	{"\ta\t b ", false, {"a", "b"}, false},
	{"", false, {NULL}, false},
	{"   ", false, {NULL}, false},
	{"show run|inc x", true, {"show", "run", "|", "inc", "x"}, false},
	{"show run|inc x", false, {"show", "run|inc", "x"}, false},
	{"||", true, {"|", "|"}, false},
	{"\"a b\" c", false, {"a b", "c"}, true},
	{"\"a|b\" c", true, {"a|b", "c"}, true},
	{"\"a\"|c", true, {"a", "|", "c"}, true},
	{"\"a\"|c", false, {"\"a\"|c"}, false},
	{"\"a\"b c", false, {"\"a\"b", "c"}, false},
	{"\"a b", false, {"\"a", "b"}, false},
	{"\"\" x", false, {"", "x"}, true},
	{"\"", false, {"\""}, false},
	{"\"a\\\"b\" c", false, {"a\"b", "c"}, true},
	{"\"a\\\\\" c", false, {"a\\", "c"}, true},
	{"\"a\\n\" c", false, {"a\\n", "c"}, true},
	{"\"a\\\" b", false, {"\"a\\\"", "b"}, false},
	{"a\"b c\"", false, {"a\"b", "c\""}, false},
	{"#a !b 'c d'", false, {"#a", "!b", "'c", "d'"}, false},
};

static void test_a_line_is_cut_into_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		size_t at = 0;

		for (size_t w = 0; w < 6; w++) {
			struct token t = token_next(cuts[i].line, at, cuts[i].pipes);
			char value[TOKEN_VALUE_MAX];

			if (!cuts[i].words[w]) {
				assert_int_equal(t.start, t.end);
				break;
			}
			assert_true(token_value(cuts[i].line, &t, value, sizeof(value)));
			assert_string_equal(value, cuts[i].words[w]);
			assert_true(w > 0 || t.quoted == cuts[i].quoted);
			assert_true(t.end > t.start && t.end <= strlen(cuts[i].line));
			at = t.end;
		}
	}
}

static void test_the_rest_of_a_line_has_no_blanks_at_its_ends(void **state)
{
	static const char line[] = "word   the  rest \t";
	struct token t = token_rest(line, 4);
	char value[TOKEN_VALUE_MAX];

	(void)state;
	assert_true(token_value(line, &t, value, sizeof(value)));
	assert_string_equal(value, "the  rest");
	t = token_rest("word  ", 4);
	assert_int_equal(t.start, t.end);
}

static void test_a_word_that_is_too_long_is_told(void **state)
{
	char line[TOKEN_VALUE_MAX + 2], value[TOKEN_VALUE_MAX];
	struct token t;

	(void)state;
	memset(line, 'a', sizeof(line));
	line[TOKEN_VALUE_MAX - 1] = '\0';
	t = token_next(line, 0, false);
	assert_true(token_value(line, &t, value, sizeof(value)));
	line[TOKEN_VALUE_MAX - 1] = 'a';
	line[TOKEN_VALUE_MAX] = '\0';
	t = token_next(line, 0, false);
	assert_false(token_value(line, &t, value, sizeof(value)));
}

/* taken: how many characters of the word; ok: all, and it is one of the type. */
static const struct accepted {
	const char *type, *word;
	size_t taken;
	bool ok;
} accepted[] = {
	{"1-10000", "1", 1, true},
	{"1-10000", "10000", 5, true},
	{"1-10000", "10001", 4, false},
	{"1-10000", "99999", 4, false},
	{"1-10000", "0", 0, false},
	{"1-10000", "007", 3, true},
	{"1-10000", "-1", 0, false},
	{"1-10000", "1x", 1, false},
	{"1-10000", "", 0, false},
	{"120-86400", "119", 0, false},
	{"120-86400", "86400", 5, true},
	{"120-86400", "86401", 4, false},
	{"0-5", "6", 0, false},
	{"1-4294967295", "4294967295", 10, true},
	{"1-4294967295", "4294967296", 9, false},
	{"1-4294967295", "99999999999999999999999", 9, false},
	{"0-18446744073709551615", "18446744073709551615", 20, true},
	{"0-18446744073709551615", "18446744073709551616", 19, false},
	{"ipv4", "10.1.1.2", 8, true},
	{"ipv4", "0.0.0.0", 7, true},
	{"ipv4", "255.255.255.255", 15, true},
	{"ipv4", "256.1.1.1", 2, false},
	{"ipv4", "10.1.1", 6, false},
	{"ipv4", "10.1.1.", 7, false},
	{"ipv4", "10..1", 3, false},
	{"ipv4", "10.1.1.2.3", 8, false},
	{"ipv4", "01.1.1.1", 1, false},
	{"ipv4", "a.b.c.d", 0, false},
	{"ipv4", "2001:db8::1", 3, false},
	{"ipv6", "2001:db8::1", 11, true},
	{"ipv6", "::", 2, true},
	{"ipv6", "::ffff:10.1.1.2", 15, true},
	{"ipv6", "2001:db8:::1", 12, false},
	{"ipv6", "fe80::1%eth0", 7, false},
	{"ipv6", "10.1.1.2", 2, false},
	{"ip", "10.1.1.2", 8, true},
	{"ip", "2001:db8::1", 11, true},
	{"ip", "10.1.1.256", 9, false},
	{"ip", "router", 0, false},
	{"ip", "feed", 0, false},
	{"mask", "255.255.255.0", 13, true},
	{"mask", "0.0.0.0", 7, true},
	{"mask", "255.255.255.255", 15, true},
	{"mask", "255.0.255.0", 0, false},
	{"mask", "0.0.0.255", 0, false},
	{"mask", "255.255.255", 11, false},
	{"wildcard", "0.0.0.255", 9, true},
	{"wildcard", "0.0.0.0", 7, true},
	{"wildcard", "255.255.255.255", 15, true},
	{"wildcard", "255.255.255.0", 0, false},
	{"prefix", "10.0.0.0/8", 10, true},
	{"prefix", "2001:db8::/32", 13, true},
	{"prefix", "::/0", 4, true},
	{"prefix", "10.0.0.0/33", 10, false},
	{"prefix", "::/129", 5, false},
	{"prefix", "10.0.0.0", 8, false},
	{"prefix", "10.0.0.0/", 9, false},
	{"prefix", "10.0.0/8", 6, false},
	{"digits", "3076621886", 10, true},
	{"digits", "0xB761863E", 10, true},
	{"digits", "0XfF", 4, true},
	{"digits", "0x", 2, false},
	{"digits", "0x1FFFFFFFF", 10, false},
	{"digits", "4294967296", 9, false},
	{"word", "a|b#\"c", 6, true},
	{"word", "", 0, false},
	{"word", "caf\xc3\xa9", 3, false},
	{"word", "a\x7f", 1, false},
	{"interface", "eth0.100", 8, true},
	{"interface", "a-name-of-16-chr", 15, false},
	{"secret", "two words", 9, true},
	{"secret", "tab\there", 3, false},
	{"line", "any text | here", 15, true},
};

static void test_types_take_what_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		const struct accepted *a = &accepted[i];
		bool ok = !a->ok;
		size_t taken = token_accept(a->type, a->word, &ok);

		if (taken != a->taken || ok != a->ok)
			print_error("%s \"%s\": %zu %d\n", a->type, a->word, taken, ok);
		assert_int_equal(taken, a->taken);
		assert_int_equal(ok, a->ok);
	}
}

/* Whatever the word, no type reads past its end or takes it without having read it whole. */
static void test_every_type_on_random_words(void **state)
{
	static const char *const types[] = {"ipv4",	 "ipv6",   "ip",     "mask", "wildcard",
					    "prefix",	 "digits", "word",   "line", "secret",
					    "interface", "0-255",  "120-130"};
	static const char alphabet[] = "0123456789abcdef:./xX-|\"# \t\xff";
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)round % 48;
		char *word = alloc_zero(len + 1);

		for (size_t i = 0; i < len; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			word[i] = alphabet[(seed >> 33) % (sizeof(alphabet) - 1)];
		}
		for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
			bool ok = false;
			size_t taken = token_accept(types[t], word, &ok);

			assert_true(taken <= len);
			assert_true(!ok || taken == len);
		}
		alloc_free(word);
	}
}

static void test_help_names_of_types(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(token_help_name("1-10000", buf, sizeof(buf)), "<1-10000>");
	assert_string_equal(token_help_name("ipv4", buf, sizeof(buf)), "A.B.C.D");
	assert_string_equal(token_help_name("ipv6", buf, sizeof(buf)), "X:X:X:X::X");
	assert_string_equal(token_help_name("word", buf, sizeof(buf)), "WORD");
	assert_string_equal(token_help_name("line", buf, sizeof(buf)), "LINE");
	assert_true(token_is_type("ipv4"));
	assert_true(token_is_type("0-5"));
	assert_false(token_is_type("a|b"));
	assert_false(token_is_type("detail"));
	assert_true(token_rank("1-5") > token_rank("word"));
	assert_true(token_rank("ipv4") > token_rank("prefix"));
	assert_true(token_rank("word") > token_rank("secret"));
}

/* Values of every printable character come back from the quoted text. */
static void test_what_is_quoted_comes_back(void **state)
{
	static const char *const values[] = {
		"a",  "a b", "\"",   "\"a",    "\"a\"", "\\",	 "a\\",	 "\"a b\\", " a",
		"a ", " ",   "\\\"", "a\\\"b", "",	"#|!?'", "\"\"", "a\"b",    "\\\\ x"};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct text text;
		struct token t;
		char back[TOKEN_VALUE_MAX];

		text_init(&text, 0);
		token_quote("secret", values[i], &text);
		t = token_next(text_str(&text), 0, false);
		assert_int_equal(t.end, text.len);
		assert_true(token_value(text_str(&text), &t, back, sizeof(back)));
		assert_string_equal(back, values[i]);
		text_free(&text);
	}
}

/* cli/syntax */

static const char *value_of(void *ctx, const char *name, size_t index)
{
	const char *const *pairs = ctx;

	for (; pairs[0]; pairs += 2)
		if (strcmp(pairs[0], name) == 0 && index-- == 0)
			return pairs[1];
	return NULL;
}

static void expect_render(const char *row, const char *const *pairs, const char *want)
{
	struct syntax *s = syntax_parse(row, NULL);
	struct text text;
	bool ok;

	assert_non_null(s);
	text_init(&text, 0);
	ok = syntax_render(s, value_of, (void *)(uintptr_t)pairs, &text);
	assert_int_equal(ok, want != NULL);
	assert_string_equal(text_str(&text), want ? want : "");
	text_free(&text);
	syntax_free(s);
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_a_syntax_is_filled_with_values(void **state)
{
	(void)state;
	expect_render("set peer <a:ip>", PAIRS("a", "10.1.1.2"), "set peer 10.1.1.2");
	expect_render("set peer <a:ip>", PAIRS("b", "10.1.1.2"), NULL);
	expect_render("set peer <a:ip>", PAIRS("a", "router"), NULL);
	expect_render("x [<a>] y", PAIRS("b", "1"), "x y");
	expect_render("x [a <a> b] y", PAIRS("a", "1"), "x a 1 b y");
	expect_render("x [<a> <b>] y", PAIRS("a", "1"), "x y");
	expect_render("{a <a>|b <b>|c}", PAIRS("b", "1"), "b 1");
	expect_render("{a <a>|b <b>|c}", PAIRS("a", "2", "b", "1"), "a 2");
	expect_render("{a <a>|b <b>|c}", PAIRS("d", "1"), "c");
	expect_render("{a <a>|b <b>}", PAIRS("d", "1"), NULL);
	expect_render("l <a>+", PAIRS("a", "1", "a", "2", "a", "3"), "l 1 2 3");
	expect_render("l <a>", PAIRS("a", "1", "a", "2"), "l 1");
	expect_render("g <a:group14=14|group19=19>", PAIRS("a", "19"), "g group19");
	expect_render("g <a:group14=14|group19=19>", PAIRS("a", "15"), NULL);
	expect_render("p <a:www=80|0-65535>", PAIRS("a", "80"), "p www");
	expect_render("p <a:www=80|0-65535>", PAIRS("a", "81"), "p 81");
	expect_render("p <a:www=80|0-65535>", PAIRS("a", "65536"), NULL);
	expect_render("n ~ <a:line>", PAIRS("a", "to  \"x\" | y"), "n to  \"x\" | y");
	expect_render("k <a:secret>", PAIRS("a", "two words"), "k \"two words\"");
}

static void test_options_of_a_choice(void **state)
{
	char word[16], value[16];

	(void)state;
	assert_true(syntax_option("a|b=x|c", 0, word, sizeof(word), value, sizeof(value)));
	assert_string_equal(word, "a");
	assert_string_equal(value, "a");
	assert_true(syntax_option("a|b=x|c", 1, word, sizeof(word), value, sizeof(value)));
	assert_string_equal(word, "b");
	assert_string_equal(value, "x");
	assert_true(syntax_option("a|b=x|c", 2, word, sizeof(word), value, sizeof(value)));
	assert_false(syntax_option("a|b=x|c", 3, word, sizeof(word), value, sizeof(value)));
	assert_false(syntax_is_choice("word"));
	assert_true(syntax_is_choice("detail"));
}

static int parse_syntax(void *arg)
{
	struct syntax *s = syntax_parse("a [b <c:1-5>+] {d|e ~ <f>}", NULL);

	(void)arg;
	syntax_free(s);
	return s ? 0 : -1;
}

static void test_syntax_without_memory(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(parse_syntax, NULL) > 10);
}

static void test_syntax_is_not_nested_without_end(void **state)
{
	struct error err = {0};

	(void)state;
	assert_null(syntax_parse("[[[[[[[[[[a]]]]]]]]]]", &err));
	assert_non_null(strstr(err.text, "syntax: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_is_cut_into_words),
		cmocka_unit_test(test_the_rest_of_a_line_has_no_blanks_at_its_ends),
		cmocka_unit_test(test_a_word_that_is_too_long_is_told),
		cmocka_unit_test(test_types_take_what_they_are),
		cmocka_unit_test(test_every_type_on_random_words),
		cmocka_unit_test(test_help_names_of_types),
		cmocka_unit_test(test_what_is_quoted_comes_back),
		cmocka_unit_test(test_a_syntax_is_filled_with_values),
		cmocka_unit_test(test_options_of_a_choice),
		cmocka_unit_test(test_syntax_without_memory),
		cmocka_unit_test(test_syntax_is_not_nested_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
