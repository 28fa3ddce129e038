#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/regex.h"

static bool matches(const char *pattern, const char *text)
{
	struct error err = {0};
	struct regex *re = regex_new(pattern, &err);
	bool hit;

	assert_non_null(re);
	hit = regex_match(re, text, strlen(text));
	regex_free(re);
	return hit;
}

static void test_patterns_match_anywhere(void **state)
{
	static const char line[] = "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet";

	(void)state;
	assert_true(matches("RECVD_PKT_INV_SPI", line));
	assert_true(matches("CRYPTO-[0-4]-.*SPI", line));
	assert_true(matches("(IKEV2|CRYPTO)-4", line));
	assert_true(matches("^%CRYPTO", line));
	assert_true(matches("packet$", line));
	assert_true(matches("[[:upper:]]{6}-[[:digit:]]", line));
	assert_true(matches("\\d-\\w+:\\s", line));
	assert_true(matches("", line));
	assert_false(matches("^CRYPTO", line));
	assert_false(matches("recvd_pkt", line));
}

static void test_any_byte_may_stand_in_the_text(void **state)
{
	struct regex *re = regex_new("a.b", NULL);

	(void)state;
	assert_true(regex_match(re,
				"a\xff"
				"b",
				3));
	assert_true(regex_match(re, "a\0b", 3));
	assert_false(regex_match(re, "a\0b", 2));
	assert_false(regex_match(re, NULL, 0));
	regex_free(re);
	regex_free(NULL);
}

static void refused(const char *pattern, const char *sentence)
{
	struct error err = {0};

	assert_null(regex_new(pattern, &err));
	assert_int_equal(err.code, -EINVAL);
	if (!strstr(err.text, sentence))
		fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
}

static void test_bad_patterns_are_refused_with_the_reason(void **state)
{
	(void)state;
	refused("(a)\\1", "back-reference \\1 is not supported");
	refused("(a", "missing )");
	refused("a)", "unexpected )");
	refused("[a", "missing ]");
	refused("*a", "no argument for repetition operator");
	refused("\\q", "invalid escape");
	refused("[z-a]", "invalid character class range");
	refused("a{9999}", "invalid repetition size");
}

static void test_a_pattern_cannot_take_all_memory(void **state)
{
	char pattern[2000] = "(";

	(void)state;
	refused("(x{100}){100}", "invalid repetition size");
	for (unsigned int i = 0; i < 100; i++)
		memcpy(pattern + 1 + 4 * i, "[ab]", 4);
	memcpy(pattern + 401, "){1000}", 8);
	refused(pattern, "too much memory");
	memset(pattern, 'a', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	refused(pattern, "longer than 1024");
}

static void test_a_hostile_pattern_stays_linear(void **state)
{
	char text[20001];
	struct regex *re = regex_new("(a*)*(a|aa)*(a+)+$", NULL);

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'b';
	assert_non_null(re);
	assert_false(regex_match(re, text, sizeof(text)));
	regex_free(re);
}

static void test_without_memory_there_is_no_pattern(void **state)
{
	struct error err = {0};

	(void)state;
	alloc_fail_after(1);
	assert_null(regex_new("a", &err));
	alloc_fail_after(0);
	assert_int_equal(err.code, -ENOMEM);
	assert_null(regex_new("(", NULL));
}

/* The indices found in text as one number, bit by bit. */
static unsigned int found_in(const struct regex_set *set, const char *text)
{
	uint32_t out[8] = {0};
	unsigned int bits = 0;
	size_t n = regex_set_match(set, text, strlen(text), out, 8);

	assert_true(n <= 8);
	for (size_t i = 0; i < n; i++)
		bits |= 1u << out[i];
	return bits;
}

static void test_a_set_finds_each_pattern_that_matches(void **state)
{
	static const char *const patterns[] = {"INV_SPI.*10\\.0\\.0\\.1", "^%CRYPTO", "",
					       "INV_SPI$"};
	struct regex_set *set = regex_set_new(patterns, 4, NULL);
	struct regex_set *none = regex_set_new(patterns, 0, NULL);
	uint32_t one;

	(void)state;
	assert_non_null(set);
	assert_int_equal(found_in(set, "%CRYPTO-4-INV_SPI: from 10.0.0.1"), 7);
	assert_int_equal(found_in(set, "%CRYPTO-4-INV_SPI: from 10.0.0.2"), 6);
	assert_int_equal(found_in(set, "x INV_SPI"), 12);
	assert_int_equal(found_in(set, ""), 4);
	/* How many there are is said, though there is no room for them. */
	assert_int_equal(regex_set_match(set, "%CRYPTO INV_SPI", 15, &one, 1), 3);
	assert_int_equal(regex_set_overruns(set), 0);
	assert_non_null(none);
	assert_int_equal(found_in(none, "x"), 0);
	regex_set_free(set);
	regex_set_free(none);
	regex_set_free(NULL);
}

static void test_a_set_says_which_pattern_is_bad(void **state)
{
	static const char *const patterns[] = {"a", "(b"};
	struct error err = {0};

	(void)state;
	assert_null(regex_set_new(patterns, 2, &err));
	assert_int_equal(err.code, -EINVAL);
	assert_non_null(strstr(err.text, "regular expression 1: missing )"));
	err = (struct error){0};
	alloc_fail_after(1);
	assert_null(regex_set_new(patterns, 1, &err));
	alloc_fail_after(0);
	assert_int_equal(err.code, -ENOMEM);
}

/* The automaton of these has more states than memory holds: it is made anew as it goes, and stays right. */
static void test_a_set_that_explodes_stays_right(void **state)
{
	char texts[64][40], line[4001];
	const char *patterns[64];
	uint32_t out[64];
	struct regex_set *set;

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		snprintf(texts[i], sizeof(texts[i]), "[a%c][^z]{%u}[b%c]", 'a' + i % 20, 40 + i,
			 'c' + i % 20);
		patterns[i] = texts[i];
	}
	for (unsigned int i = 0; i < sizeof(line) - 1; i++)
		line[i] = (char)('a' + i * i * 7 % 23);
	line[sizeof(line) - 1] = '\0';
	set = regex_set_new(patterns, 64, NULL);
	assert_non_null(set);
	for (size_t len = 0; len < sizeof(line); len += 500) {
		size_t n = regex_set_match(set, line, len, out, 64);
		uint64_t bits = 0;

		for (size_t i = 0; i < n; i++)
			bits |= UINT64_C(1) << out[i];
		for (unsigned int i = 0; i < 64; i++) {
			struct regex *re = regex_new(patterns[i], NULL);

			assert_int_equal(regex_match(re, line, len), bits >> i & 1);
			regex_free(re);
		}
	}
	regex_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns_match_anywhere),
		cmocka_unit_test(test_any_byte_may_stand_in_the_text),
		cmocka_unit_test(test_bad_patterns_are_refused_with_the_reason),
		cmocka_unit_test(test_a_pattern_cannot_take_all_memory),
		cmocka_unit_test(test_a_hostile_pattern_stays_linear),
		cmocka_unit_test(test_without_memory_there_is_no_pattern),
		cmocka_unit_test(test_a_set_finds_each_pattern_that_matches),
		cmocka_unit_test(test_a_set_says_which_pattern_is_bad),
		cmocka_unit_test(test_a_set_that_explodes_stays_right),
	};

	return cmocka_run_group_tests_name("regex", tests, NULL, NULL);
}
