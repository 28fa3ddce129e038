/*
 * Lua's patterns, ours: what matches and captures, case by case; what is malformed; what a pattern made
 * to explode costs.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "lua/worker/pattern.h"

#define STEPS 1000000u
#define NONE  "-"

struct example {
	const char *pattern, *text;
	const char *whole;    /* NONE: no match */
	const char *captures; /* each followed by "," ; a position in decimal */
};

static const struct example examples[] = {
	/* bytes, any, ends */
	{"abc", "xabcx", "abc", ""},
	{"abc", "xabx", NONE, ""},
	{"", "abc", "", ""},
	{"^b", "ab", NONE, ""},
	{"^a", "ab", "a", ""},
	{"b$", "bb", "b", ""},
	{"a$", "ab", NONE, ""},
	{"a$b", "a$b", "a$b", ""},
	{"^^a", "^a", "^a", ""},
	{"a.c", "a\nc", "a\nc", ""},
	{"^$", "", "", ""},
	/* classes */
	{"%d+", "ab123c", "123", ""},
	{"%D+", "12ab3", "ab", ""},
	{"%a%A", "a b", "a ", ""},
	{"%s%S", "a b", " b", ""},
	{"%x+", "xyzBEEFq", "BEEF", ""},
	{"%u%l", "aBcD", "Bc", ""},
	{"%p", "ab,c", ",", ""},
	{"%w+", "--a1_", "a1", ""},
	{"%g+", " ab ", "ab", ""},
	{"%c", "a\tb", "\t", ""},
	{"%.", "a.b", ".", ""},
	{"%%", "10%", "%", ""},
	/* sets */
	{"[abc]+", "xxbcay", "bca", ""},
	{"[^abc]+", "abxyc", "xy", ""},
	{"[a-c]+", "zzabcd", "abc", ""},
	{"[%d.]+", "v1.25x", "1.25", ""},
	{"[]]", "a]", "]", ""},
	{"[^]]", "]a", "a", ""},
	{"[a-]+", "x-a-", "-a-", ""},
	{"[%a-z]+", "1-z", "-z", ""},
	{"[+-]?%d+", "x-12", "-12", ""},
	{"[%]]", "x]", "]", ""},
	/* repeats */
	{"a*", "aaab", "aaa", ""},
	{"a*", "b", "", ""},
	{"a+b", "aaab", "aaab", ""},
	{"a-b", "aaab", "aaab", ""},
	{"a-", "aaab", "", ""},
	{"<.->", "<a><b>", "<a>", ""},
	{"<.*>", "<a><b>", "<a><b>", ""},
	{"ab?c", "ac", "ac", ""},
	{"ab?c", "abc", "abc", ""},
	{"a?ab", "ab", "ab", ""},
	{"a*ab", "aaab", "aaab", ""},
	{"a+a", "a", NONE, ""},
	{".-%d$", "ab1c2", "ab1c2", ""},
	{"x*%d*y", "xx12z", NONE, ""},
	{"*a", "*a", "*a", ""},
	/* captures */
	{"(a)(b)", "ab", "ab", "a,b,"},
	{"(a(b)c)", "abc", "abc", "abc,b,"},
	{"()ll()", "hello", "ll", "3,5,"},
	{"(%w+)=(%w*)", " key=val", "key=val", "key,val,"},
	{"(a*(.)%w(%s*))", "THE (quick) aab  ", "TH", "TH,T,,"},
	{"(.-)%s", "one two", "one ", "one,"},
	{"(a)*", "a*", "a*", "a,"},
	{"%((%d+)%)", "x(17)", "(17)", "17,"},
	{"(.)%1", "abba", "bb", "b,"},
	{"(['\"])(.-)%1", "say \"it's\"!", "\"it's\"", "\",it's,"},
	{"(a+)b%1$", "aabaa", "aabaa", "aa,"},
	{"()%1", "aa", NONE, ""},
	/* balance, frontier */
	{"%b()", "f(a(b)c)d", "(a(b)c)", ""},
	{"%b()", "f(a(b", NONE, ""},
	{"%b()", "((a)", "(a)", ""},
	{"%bxx", "axbxc", "xbx", ""},
	{"%f[%w]%w+", "  word", "word", ""},
	{"%f[%a]%a+%f[%A]", "1THE2", "THE", ""},
	{"%f[%z]", "a", NONE, ""},
	{"o%f[^%w]", "foo bar", "o", ""},
	/* bytes above ASCII are no letters */
	{"%a+",
	 "\xc3\xa4"
	 "b",
	 "b", ""},
	{"[\x80-\xff]+", "a\xc3\xa4", "\xc3\xa4", ""},
};

static struct pattern *compiled(const char *pattern, bool anchors)
{
	struct pattern *p = alloc_zero(pattern_space(strlen(pattern)));
	struct error err = {0};

	assert_non_null(p);
	if (pattern_compile(p, pattern, strlen(pattern), anchors, &err))
		fail_msg("%s: %s", pattern, err.text);
	return p;
}

static void say_captures(const struct pattern *p, const char *text, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < pattern_captures(p); i++) {
		const struct pattern_range r = pattern_capture(p, i);

		if (r.position)
			at += (size_t)snprintf(out + at, size - at, "%zu,", r.start + 1);
		else
			at += (size_t)snprintf(out + at, size - at, "%.*s,", (int)(r.end - r.start),
					       text + r.start);
	}
}

static void check(const struct example *e)
{
	struct pattern *p = compiled(e->pattern, true);
	uint64_t steps = STEPS;
	char captures[200];
	const enum pattern_found found = pattern_search(p, e->text, strlen(e->text), 0, &steps);
	const struct pattern_range r = pattern_whole(p);

	if (found == PATTERN_FOUND) {
		if (strlen(e->whole) != r.end - r.start ||
		    strncmp(e->whole, e->text + r.start, r.end - r.start) != 0)
			fail_msg("%s on %s: found %zu to %zu", e->pattern, e->text, r.start, r.end);
		say_captures(p, e->text, captures, sizeof(captures));
		assert_string_equal(captures, e->captures);
	} else if (strcmp(e->whole, NONE) != 0) {
		fail_msg("%s on %s: nothing found", e->pattern, e->text);
	}
	assert_true(steps > STEPS - 1000);
	alloc_free(p);
}

static void test_every_example_matches_as_lua_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		check(&examples[i]);
}

static void test_malformed_patterns_are_refused_with_luas_words(void **state)
{
	static const char *const refused[][2] = {
		{"%", "malformed pattern (ends with '%')"},
		{"a[", "malformed pattern (missing ']')"},
		{"[a", "malformed pattern (missing ']')"},
		{"[]", "malformed pattern (missing ']')"},
		{"[^]", "malformed pattern (missing ']')"},
		{"[a%", "malformed pattern (missing ']')"},
		{"[a%]", "malformed pattern (missing ']')"},
		{"(a", "unfinished capture"},
		{"a)", "invalid pattern capture"},
		{"%1", "invalid capture index %1"},
		{"%0", "invalid capture index %0"},
		{"(%1)", "invalid capture index %1"},
		{"%b", "malformed pattern (missing arguments to '%b')"},
		{"%bx", "malformed pattern (missing arguments to '%b')"},
		{"%f", "missing '[' after '%f' in pattern"},
		{"%fa", "missing '[' after '%f' in pattern"},
		{"()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()()",
		 "too many captures"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct pattern *p = alloc_zero(pattern_space(strlen(refused[i][0])));
		struct error err = {0};

		assert_int_equal(
			pattern_compile(p, refused[i][0], strlen(refused[i][0]), true, &err),
			-EINVAL);
		assert_string_equal(err.text, refused[i][1]);
		alloc_free(p);
	}
	assert_int_equal(pattern_space(SIZE_MAX / 2), 0);
}

static void test_a_caret_is_a_character_where_anchors_are_not_wanted(void **state)
{
	struct pattern *p = compiled("^a", false);
	uint64_t steps = STEPS;

	(void)state;
	assert_false(pattern_anchored(p));
	assert_int_equal(pattern_search(p, "x^a", 3, 0, &steps), PATTERN_FOUND);
	assert_int_equal(pattern_whole(p).start, 1);
	alloc_free(p);
}

static void test_nul_bytes_are_bytes_in_pattern_and_text(void **state)
{
	static const char pattern[] = "[\0b]+\0", text[] = "a\0b\0\0c";
	struct pattern *p = alloc_zero(pattern_space(sizeof(pattern) - 1));
	uint64_t steps = STEPS;
	struct error err = {0};

	(void)state;
	assert_int_equal(pattern_compile(p, pattern, sizeof(pattern) - 1, true, &err), 0);
	assert_int_equal(pattern_search(p, text, sizeof(text) - 1, 0, &steps), PATTERN_FOUND);
	assert_int_equal(pattern_whole(p).start, 1);
	assert_int_equal(pattern_whole(p).end, 5);
	alloc_free(p);
}

static void test_a_search_begins_where_it_is_told(void **state)
{
	struct pattern *p = compiled("^b", true);
	uint64_t steps = STEPS;

	(void)state;
	assert_int_equal(pattern_search(p, "ab", 2, 1, &steps), PATTERN_FOUND);
	assert_int_equal(pattern_search(p, "ab", 2, 3, &steps), PATTERN_NONE);
	assert_int_equal(pattern_capture(p, 0).end, 0);
	alloc_free(p);
}

static void test_exploding_patterns_end_when_their_steps_are_used(void **state)
{
	static const char *const bombs[] = {
		"a*a*a*a*a*a*a*a*a*a*a*a*b",
		".-.-.-.-.-.-.-.-.-.-.-.-b",
		"a?a?a?a?a?a?a?a?a?a?a?a?a*a*a*a*a*a*a*a*b",
		"(.-)(.-)(.-)(.-)(.-)(.-)(.-)%7b",
	};
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		struct pattern *p = compiled(bombs[i], true);
		uint64_t steps = STEPS;

		assert_int_equal(pattern_search(p, text, sizeof(text), 0, &steps),
				 PATTERN_EXHAUSTED);
		assert_int_equal(steps, 0);
		alloc_free(p);
	}
}

/* The C stack of a walk is one frame whatever the pattern; a long one has only to have its memory. */
static void test_a_pattern_of_a_hundred_thousand_items_matches(void **state)
{
	const size_t n = 100000;
	char *pattern = alloc_zero(2 * n + 1), *text = alloc_zero(n + 1);
	uint64_t steps = 10 * n;
	struct pattern *p;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		pattern[2 * i] = 'a';
		pattern[2 * i + 1] = '?';
		text[i] = 'a';
	}
	p = compiled(pattern, true);
	assert_int_equal(pattern_search(p, text, n, 0, &steps), PATTERN_FOUND);
	assert_int_equal(pattern_whole(p).end, n);
	alloc_free(p);
	alloc_free(text);
	alloc_free(pattern);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_example_matches_as_lua_does),
		cmocka_unit_test(test_malformed_patterns_are_refused_with_luas_words),
		cmocka_unit_test(test_a_caret_is_a_character_where_anchors_are_not_wanted),
		cmocka_unit_test(test_nul_bytes_are_bytes_in_pattern_and_text),
		cmocka_unit_test(test_a_search_begins_where_it_is_told),
		cmocka_unit_test(test_exploding_patterns_end_when_their_steps_are_used),
		cmocka_unit_test(test_a_pattern_of_a_hundred_thousand_items_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
