#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

static void test_an_empty_text_is_an_empty_string(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 0);
	assert_string_equal(text_str(&t), "");
	assert_null(text_take(&t));
	text_free(&t);
}

static void test_parts_are_joined(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 0);
	text_add(&t, "crypto ");
	text_add_n(&t, "mapXX", 3);
	text_addf(&t, " %s %d", "VPN", 10);
	assert_string_equal(text_str(&t), "crypto map VPN 10");
	assert_int_equal(t.len, strlen("crypto map VPN 10"));
	assert_false(t.failed);
	text_free(&t);
	assert_string_equal(text_str(&t), "");
}

static void test_a_long_text_grows(void **state)
{
	struct text t;
	char big[600];

	(void)state;
	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	text_init(&t, 0);
	for (unsigned int i = 0; i < 1000; i++)
		text_add(&t, "0123456789");
	text_addf(&t, "%s.", big);
	assert_false(t.failed);
	assert_int_equal(strlen(text_str(&t)), 10000 + 599 + 1);
	assert_int_equal(text_str(&t)[9999], '9');
	assert_int_equal(text_str(&t)[t.len - 1], '.');
	text_free(&t);
}

static void test_the_limit_cuts_and_marks_as_failed(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 10);
	text_add(&t, "0123456");
	text_addf(&t, "%s", "789ab");
	assert_true(t.failed);
	assert_string_equal(text_str(&t), "0123456789");
	text_add(&t, "more");
	assert_string_equal(text_str(&t), "0123456789");
	text_free(&t);
	/* The limit stays for the next use. */
	text_add(&t, "0123456789");
	assert_false(t.failed);
	text_add(&t, "a");
	assert_true(t.failed);
	text_free(&t);
}

static void test_a_taken_text_belongs_to_the_caller(void **state)
{
	struct text t;
	char *mine;

	(void)state;
	text_init(&t, 0);
	text_add(&t, "mine");
	mine = text_take(&t);
	text_add(&t, "next");
	assert_string_equal(mine, "mine");
	assert_string_equal(text_str(&t), "next");
	alloc_free(mine);
	text_free(&t);
}

static int build_text(void *arg)
{
	struct text t;
	char big[400];
	int rc;

	(void)arg;
	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	text_init(&t, 0);
	text_add(&t, "short");
	text_addf(&t, "%s", big);
	text_addf(&t, "%d", 7);
	rc = t.failed ? -ENOMEM : 0;
	/* Cut or whole, it is a string. */
	assert_int_equal(strlen(text_str(&t)), t.len);
	text_free(&t);
	return rc;
}

static void test_without_memory_a_text_fails_and_stays_a_string(void **state)
{
	(void)state;
	assert_int_equal(unit_fail_each_allocation(build_text, NULL), 3);
}

static void test_numbers_are_whole_decimal_and_in_range(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
		{"10", 0},
		{"86400", 0},
		{"00010", 0},
		{"9", -ERANGE},
		{"86401", -ERANGE},
		{"", -EINVAL},
		{"-10", -EINVAL},
		{"+10", -EINVAL},
		{" 10", -EINVAL},
		{"10 ", -EINVAL},
		{"0x10", -EINVAL},
		{"10s", -EINVAL},
		{"99999999999999999999999", -ERANGE},
		{"1e3", -EINVAL},
		{"99999999999999999999999x", -EINVAL},
	};
	uint32_t v = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(text_u32(rows[i].text, 10, 86400, &v), rows[i].rc);
	assert_int_equal(v, 10);
	assert_int_equal(text_u32(NULL, 0, 1, &v), -EINVAL);
}

static void test_the_greatest_numbers_fit(void **state)
{
	uint64_t v;
	uint32_t w;

	(void)state;
	assert_int_equal(text_u64("18446744073709551615", 0, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(text_u64("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(text_u32("4294967295", 0, UINT32_MAX, &w), 0);
	assert_int_equal(w, UINT32_MAX);
	assert_int_equal(text_u32("4294967296", 0, UINT32_MAX, &w), -ERANGE);
}

static void test_a_copy_is_always_terminated(void **state)
{
	char out[4] = "zzz";

	(void)state;
	assert_int_equal(text_copy(out, sizeof(out), "abcdef"), 6);
	assert_string_equal(out, "abc");
	assert_int_equal(text_copy(out, sizeof(out), "x"), 1);
	assert_string_equal(out, "x");
	assert_int_equal(text_copy(out, 0, "y"), 1);
	assert_string_equal(out, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_text_is_an_empty_string),
		cmocka_unit_test(test_parts_are_joined),
		cmocka_unit_test(test_a_long_text_grows),
		cmocka_unit_test(test_the_limit_cuts_and_marks_as_failed),
		cmocka_unit_test(test_a_taken_text_belongs_to_the_caller),
		cmocka_unit_test(test_without_memory_a_text_fails_and_stays_a_string),
		cmocka_unit_test(test_numbers_are_whole_decimal_and_in_range),
		cmocka_unit_test(test_the_greatest_numbers_fit),
		cmocka_unit_test(test_a_copy_is_always_terminated),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
