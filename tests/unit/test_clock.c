#include "tests/unit/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/random.h"

static void test_stamps_are_as_routers_print_them(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(clock_stamp(0, buf, sizeof(buf)), "Jan  1 00:00:00.000");
	assert_string_equal(clock_stamp(UINT64_C(1788355677707), buf, sizeof(buf)),
			    "Sep  2 13:27:57.707");
	assert_string_equal(clock_stamp(UINT64_C(1709210096009), buf, sizeof(buf)),
			    "Feb 29 12:34:56.009");
	/* Any number is a time. */
	assert_string_equal(clock_stamp(UINT64_MAX, buf, sizeof(buf)), "Apr  3 14:25:51.615");
}

static void test_uptimes_get_coarser(void **state)
{
	static const struct {
		uint64_t s;
		const char *text;
	} rows[] = {
		{0, "00:00:00"},	{107, "00:01:47"},	 {86399, "23:59:59"},
		{86400, "1d00h"},	{86400 + 7200, "1d02h"}, {7 * 86400 - 1, "6d23h"},
		{23 * 86400, "3w2d"},	{363 * 86400, "51w6d"},	 {364 * 86400, "1y0w"},
		{800 * 86400, "2y10w"},
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(clock_uptime(rows[i].s * 1000 + 999, buf, sizeof(buf)),
				    rows[i].text);
}

static void test_a_short_buffer_is_not_overrun(void **state)
{
	char buf[8] = "zzzzzzz";

	(void)state;
	clock_uptime(0, buf, 4);
	assert_string_equal(buf, "00:");
	assert_int_equal(buf[4], 'z');
	clock_stamp(0, buf, 4);
	assert_string_equal(buf, "Jan");
}

static void test_clocks_go_forward_and_agree(void **state)
{
	uint64_t us = clock_boot_us(), ms = clock_boot_ms();

	(void)state;
	assert_true(us > 0);
	assert_in_range(ms, us / 1000, us / 1000 + 5000);
	assert_true(clock_boot_us() >= us);
	/* 2020: the machine has a calendar at all. */
	assert_true(clock_wall_ms() > UINT64_C(1577836800000));
	/* Either answer is right; asking must not set anything. */
	assert_int_equal(clock_wall_is_synced(), clock_wall_is_synced());
}

static void test_random_bytes_fill_the_whole_buffer(void **state)
{
	uint8_t buf[600] = {0};
	unsigned int zeros = 0;

	(void)state;
	random_bytes(buf, sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		zeros += buf[i] == 0;
	assert_true(zeros < 30);
	random_bytes(buf, 0);
	assert_false(random_u32() == random_u32() && random_u32() == random_u32());
}

static void test_random_below_is_in_range_and_even(void **state)
{
	unsigned int seen[6] = {0};

	(void)state;
	for (unsigned int i = 0; i < 12000; i++) {
		uint32_t v = random_below(6);

		assert_true(v < 6);
		seen[v]++;
	}
	for (size_t i = 0; i < 6; i++)
		assert_in_range(seen[i], 1600, 2400);
	assert_int_equal(random_below(0), 0);
	assert_int_equal(random_below(1), 0);
	for (unsigned int i = 0; i < 100; i++)
		assert_true(random_below(0x80000001u) <= 0x80000000u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamps_are_as_routers_print_them),
		cmocka_unit_test(test_uptimes_get_coarser),
		cmocka_unit_test(test_a_short_buffer_is_not_overrun),
		cmocka_unit_test(test_clocks_go_forward_and_agree),
		cmocka_unit_test(test_random_bytes_fill_the_whole_buffer),
		cmocka_unit_test(test_random_below_is_in_range_and_even),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
