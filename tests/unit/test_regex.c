#include "tests/unit/unit.h"

#include <errno.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns_match_anywhere),
		cmocka_unit_test(test_any_byte_may_stand_in_the_text),
		cmocka_unit_test(test_bad_patterns_are_refused_with_the_reason),
		cmocka_unit_test(test_a_pattern_cannot_take_all_memory),
		cmocka_unit_test(test_a_hostile_pattern_stays_linear),
		cmocka_unit_test(test_without_memory_there_is_no_pattern),
	};

	return cmocka_run_group_tests_name("regex", tests, NULL, NULL);
}
