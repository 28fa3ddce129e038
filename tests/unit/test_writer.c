#include "tests/unit/unit.h"

#include <string.h>

#include "base/writer.h"

static void test_numbers_are_written_big_endian(void **state)
{
	uint8_t buf[15];
	struct writer w = writer_new(buf, sizeof(buf));

	(void)state;
	writer_u8(&w, 0x01);
	writer_u16(&w, 0x0203);
	writer_u32(&w, 0x04050607);
	writer_u64(&w, UINT64_C(0x08090a0b0c0d0e0f));
	assert_true(writer_ok(&w));
	for (size_t i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], i + 1);
	assert_int_equal(writer_done(&w).len, sizeof(buf));
}

static void test_a_full_buffer_fails_without_a_byte_over_the_end(void **state)
{
	uint8_t buf[8];
	struct writer w = writer_new(buf, 3);

	(void)state;
	memset(buf, 0xee, sizeof(buf));
	writer_u16(&w, 0x1111);
	writer_u16(&w, 0x2222);
	assert_false(writer_ok(&w));
	assert_int_equal(buf[2], 0xee);
	/* There would be room for one, but the error sticks. */
	writer_u8(&w, 0x33);
	assert_int_equal(buf[2], 0xee);
	assert_null(writer_done(&w).data);
	assert_int_equal(writer_done(&w).len, 0);
}

static void test_a_length_is_patched_when_it_is_known(void **state)
{
	uint8_t buf[16];
	struct writer w = writer_new(buf, sizeof(buf));
	size_t at = writer_mark(&w);

	(void)state;
	writer_u16(&w, 0);
	writer_bytes(&w, "abc", 3);
	writer_patch16(&w, at, (uint16_t)(writer_mark(&w) - at));
	assert_memory_equal(writer_done(&w).data, "\0\005abc", 5);
	writer_patch8(&w, 4, 'x');
	writer_patch32(&w, 0, 0x61626364);
	assert_memory_equal(writer_done(&w).data, "abcdx", 5);
}

static void test_a_patch_outside_of_what_is_written_fails(void **state)
{
	uint8_t buf[16];
	struct writer w = writer_new(buf, sizeof(buf));

	(void)state;
	writer_u32(&w, 0);
	writer_patch16(&w, 3, 1);
	assert_false(writer_ok(&w));
	w = writer_new(buf, sizeof(buf));
	writer_u32(&w, 0);
	writer_patch8(&w, SIZE_MAX, 1);
	assert_false(writer_ok(&w));
}

static void test_reserved_bytes_are_zero(void **state)
{
	uint8_t buf[8];
	struct writer w = writer_new(buf, sizeof(buf));
	uint8_t *at;

	(void)state;
	memset(buf, 0xee, sizeof(buf));
	at = writer_reserve(&w, 4);
	assert_ptr_equal(at, buf);
	assert_memory_equal(at, "\0\0\0\0", 4);
	writer_zero(&w, 2);
	assert_int_equal(buf[5], 0);
	assert_int_equal(buf[6], 0xee);
	assert_null(writer_reserve(&w, 3));
	assert_false(writer_ok(&w));
}

static void test_nothing_can_be_written_to_nothing(void **state)
{
	struct writer w = writer_new(NULL, 100);

	(void)state;
	writer_bytes(&w, NULL, 0);
	writer_view(&w, (struct view){0});
	writer_zero(&w, 0);
	assert_true(writer_ok(&w));
	assert_null(writer_reserve(&w, 0));
	assert_false(writer_ok(&w));
	w = writer_new(NULL, 100);
	writer_u8(&w, 1);
	assert_false(writer_ok(&w));
}

static void test_what_is_written_reads_back(void **state)
{
	uint8_t buf[64];
	struct writer w = writer_new(buf, sizeof(buf));
	struct reader r;

	(void)state;
	writer_u32(&w, 0xff123456);
	writer_view(&w, (struct view){(const uint8_t *)"view", 4});
	writer_u64(&w, UINT64_MAX);
	r = reader_of(writer_done(&w));
	assert_int_equal(reader_u32(&r), 0xff123456);
	assert_memory_equal(reader_view(&r, 4).data, "view", 4);
	assert_true(reader_u64(&r) == UINT64_MAX);
	assert_true(reader_done(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_written_big_endian),
		cmocka_unit_test(test_a_full_buffer_fails_without_a_byte_over_the_end),
		cmocka_unit_test(test_a_length_is_patched_when_it_is_known),
		cmocka_unit_test(test_a_patch_outside_of_what_is_written_fails),
		cmocka_unit_test(test_reserved_bytes_are_zero),
		cmocka_unit_test(test_nothing_can_be_written_to_nothing),
		cmocka_unit_test(test_what_is_written_reads_back),
	};

	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
