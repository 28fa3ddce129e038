#include "tests/unit/unit.h"

#include <string.h>

#include "base/reader.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void test_numbers_are_big_endian(void **state)
{
	struct reader r = reader_new(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(reader_u8(&r), 0x01);
	assert_int_equal(reader_u16(&r), 0x0203);
	assert_int_equal(reader_u32(&r), 0x04050607);
	assert_true(reader_u64(&r) == UINT64_C(0x08090a0b0c0d0e0f));
	assert_true(reader_done(&r));
}

static void test_a_number_cut_by_the_end_is_zero_and_sticks(void **state)
{
	struct reader r = reader_new(bytes, 3);

	(void)state;
	assert_int_equal(reader_u32(&r), 0);
	assert_false(reader_ok(&r));
	assert_int_equal(reader_left(&r), 0);
	/* One byte would be there, but the error sticks. */
	assert_int_equal(reader_u8(&r), 0);
	assert_false(reader_done(&r));
}

static void test_the_last_byte_can_be_read_and_no_more(void **state)
{
	struct reader r = reader_new(bytes, 1);

	(void)state;
	assert_int_equal(reader_u8(&r), 1);
	assert_true(reader_done(&r));
	assert_int_equal(reader_u8(&r), 0);
	assert_false(reader_ok(&r));
}

static void test_a_view_borrows_the_bytes(void **state)
{
	struct reader r = reader_new(bytes, sizeof(bytes));
	struct view v = reader_view(&r, 4);

	(void)state;
	assert_ptr_equal(v.data, bytes);
	assert_int_equal(v.len, 4);
	v = reader_rest(&r);
	assert_ptr_equal(v.data, bytes + 4);
	assert_int_equal(v.len, sizeof(bytes) - 4);
	assert_true(reader_done(&r));
}

static void test_a_view_past_the_end_is_empty_and_null(void **state)
{
	struct reader r = reader_new(bytes, 4);
	struct view v = reader_view(&r, 5);

	(void)state;
	assert_null(v.data);
	assert_int_equal(v.len, 0);
	v = reader_rest(&r);
	assert_null(v.data);
	assert_false(reader_ok(&r));
}

static void test_a_length_that_would_wrap_is_refused(void **state)
{
	struct reader r = reader_new(bytes, sizeof(bytes));
	struct view v;

	(void)state;
	reader_skip(&r, 8);
	v = reader_view(&r, SIZE_MAX - 3);
	assert_null(v.data);
	assert_false(reader_ok(&r));
}

static void test_a_sub_reader_cannot_leave_its_part(void **state)
{
	struct reader r = reader_new(bytes, sizeof(bytes));
	struct reader sub = reader_sub(&r, 2);

	(void)state;
	assert_int_equal(reader_u16(&sub), 0x0102);
	assert_true(reader_done(&sub));
	assert_int_equal(reader_u8(&sub), 0);
	assert_false(reader_ok(&sub));
	/* The parent goes on behind it, untouched by the child's error. */
	assert_int_equal(reader_u8(&r), 3);
	assert_true(reader_ok(&r));
}

static void test_a_failed_parent_gives_a_failed_child(void **state)
{
	struct reader r = reader_new(bytes, 2);
	struct reader sub = reader_sub(&r, 3);

	(void)state;
	assert_false(reader_ok(&r));
	assert_false(reader_ok(&sub));
	assert_int_equal(reader_u8(&sub), 0);
}

static void test_a_copy_that_fails_zeroes_what_it_was_to_fill(void **state)
{
	struct reader r = reader_new(bytes, 6);
	uint8_t out[4];

	(void)state;
	reader_copy(&r, out, sizeof(out));
	assert_memory_equal(out, bytes, sizeof(out));
	reader_copy(&r, out, sizeof(out));
	assert_memory_equal(out, "\0\0\0\0", sizeof(out));
	assert_false(reader_ok(&r));
}

static void test_a_parser_may_fail_the_reader_itself(void **state)
{
	struct reader r = reader_new(bytes, sizeof(bytes));

	(void)state;
	reader_fail(&r);
	assert_int_equal(reader_u8(&r), 0);
	assert_int_equal(reader_left(&r), 0);
	assert_false(reader_done(&r));
}

static void test_an_empty_reader_is_done_and_fails_at_the_first_byte(void **state)
{
	struct reader r = reader_new(NULL, 5);

	(void)state;
	assert_true(reader_done(&r));
	reader_copy(&r, NULL, 0);
	reader_skip(&r, 0);
	assert_int_equal(reader_rest(&r).len, 0);
	assert_true(reader_ok(&r));
	reader_skip(&r, 1);
	assert_false(reader_ok(&r));
}

static void test_views_are_equal_by_content(void **state)
{
	static const uint8_t same[] = {1, 2, 3};
	struct view a = {bytes, 3}, b = {same, 3}, c = {bytes + 1, 3}, d = {bytes, 2}, none = {0};

	(void)state;
	assert_true(view_equal(a, b));
	assert_false(view_equal(a, c));
	assert_false(view_equal(a, d));
	assert_true(view_equal(none, none));
	assert_true(reader_done(&(struct reader){0}));
	assert_int_equal(reader_of(a).len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_big_endian),
		cmocka_unit_test(test_a_number_cut_by_the_end_is_zero_and_sticks),
		cmocka_unit_test(test_the_last_byte_can_be_read_and_no_more),
		cmocka_unit_test(test_a_view_borrows_the_bytes),
		cmocka_unit_test(test_a_view_past_the_end_is_empty_and_null),
		cmocka_unit_test(test_a_length_that_would_wrap_is_refused),
		cmocka_unit_test(test_a_sub_reader_cannot_leave_its_part),
		cmocka_unit_test(test_a_failed_parent_gives_a_failed_child),
		cmocka_unit_test(test_a_copy_that_fails_zeroes_what_it_was_to_fill),
		cmocka_unit_test(test_a_parser_may_fail_the_reader_itself),
		cmocka_unit_test(test_an_empty_reader_is_done_and_fails_at_the_first_byte),
		cmocka_unit_test(test_views_are_equal_by_content),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
