#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/frame.h"
#include "base/random.h"

static const char text[] = "{\"op\":\"hello\",\"version\":1}";

static size_t make(uint8_t *out, uint32_t id, uint8_t flags, const char *json)
{
	frame_head(out, id, flags, strlen(json));
	memcpy(out + FRAME_HEAD, json, strlen(json));
	return FRAME_HEAD + strlen(json);
}

static void test_a_head_is_length_id_and_flags_big_endian(void **state)
{
	static const uint8_t expected[] = {0, 0, 1, 5, 0x12, 0x34, 0x56, 0x78, 3};
	uint8_t out[FRAME_HEAD];

	(void)state;
	frame_head(out, 0x12345678, FRAME_MORE | FRAME_ERROR, 256);
	assert_memory_equal(out, expected, sizeof(expected));
}

static void assert_frame(const struct frame *f, uint32_t id, const char *json)
{
	assert_int_equal(f->id, id);
	assert_int_equal(f->json.len, strlen(json));
	assert_memory_equal(f->json.data, json, strlen(json));
}

static void test_frames_come_out_however_they_were_cut(void **state)
{
	uint8_t bytes[256];
	size_t len = make(bytes, 7, 0, text);

	(void)state;
	len += make(bytes + len, 8, FRAME_EVENT, "{}");
	for (size_t cut = 0; cut <= len; cut++) {
		struct frame_buffer b = {0};
		struct frame f[3];
		int n = 0;

		assert_int_equal(frame_feed(&b, bytes, cut), 0);
		while (frame_next(&b, &f[n], NULL) == 1 && n < 2)
			assert_frame(&f[n], 7 + (uint32_t)n, n ? "{}" : text), n++;
		assert_int_equal(frame_feed(&b, bytes + cut, len - cut), 0);
		while (n < 2 && frame_next(&b, &f[n], NULL) == 1)
			assert_frame(&f[n], 7 + (uint32_t)n, n ? "{}" : text), n++;
		assert_int_equal(n, 2);
		assert_int_equal(frame_next(&b, &f[2], NULL), 0);
		frame_clear(&b);
	}
}

static void test_byte_by_byte_is_enough(void **state)
{
	struct frame_buffer b = {0};
	uint8_t bytes[256];
	size_t len = make(bytes, 7, 0, text);
	struct frame f;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(frame_next(&b, &f, NULL), 0);
		assert_int_equal(frame_feed(&b, bytes + i, 1), 0);
	}
	assert_int_equal(frame_next(&b, &f, NULL), 1);
	assert_frame(&f, 7, text);
	frame_clear(&b);
}

/* Four bytes are enough to refuse: nobody waits, or makes room, for what they promise. */
static void test_an_endless_frame_is_refused_at_its_length(void **state)
{
	static const uint8_t endless[] = {0xff, 0xff, 0xff, 0xff};
	static const uint8_t one_more[] = {0x00, 0x10, 0x00, 0x01};
	static const uint8_t greatest[] = {0x00, 0x10, 0x00, 0x00};
	struct frame_buffer b = {0};
	struct error err = {0};
	struct frame f;

	(void)state;
	assert_int_equal(frame_feed(&b, endless, 4), 0);
	assert_int_equal(frame_next(&b, &f, &err), -EMSGSIZE);
	assert_non_null(strstr(err.text, "4294967295"));
	assert_non_null(strstr(err.text, "bytes 0 to 3"));
	assert_true(b.cap <= 4096);
	frame_clear(&b);
	assert_int_equal(frame_feed(&b, one_more, 4), 0);
	assert_int_equal(frame_next(&b, &f, NULL), -EMSGSIZE);
	frame_clear(&b);
	assert_int_equal(frame_feed(&b, greatest, 4), 0);
	assert_int_equal(frame_next(&b, &f, NULL), 0);
	frame_clear(&b);
}

static void test_a_frame_without_json_is_refused(void **state)
{
	(void)state;
	for (uint8_t rest = 0; rest <= FRAME_REST; rest++) {
		uint8_t bytes[] = {0, 0, 0, rest, 0, 0, 0, 1, 0};
		struct frame_buffer b = {0};
		struct frame f;

		assert_int_equal(frame_feed(&b, bytes, sizeof(bytes)), 0);
		assert_int_equal(frame_next(&b, &f, NULL), -EBADMSG);
		frame_clear(&b);
	}
}

static void test_unknown_flags_are_refused_before_the_rest_came(void **state)
{
	static const uint8_t bytes[] = {0, 0, 1, 0, 0, 0, 0, 1, 0x80};
	struct frame_buffer b = {0};
	struct error err = {0};
	struct frame f;

	(void)state;
	assert_int_equal(frame_feed(&b, bytes, sizeof(bytes)), 0);
	assert_int_equal(frame_next(&b, &f, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "byte 8"));
	frame_clear(&b);
}

static void test_what_was_used_is_wiped(void **state)
{
	struct frame_buffer b = {0};
	uint8_t bytes[256];
	size_t len = make(bytes, 7, 0, "{\"key\":\"cisco123\"}");
	struct frame f;

	(void)state;
	assert_int_equal(frame_feed(&b, bytes, len), 0);
	assert_int_equal(frame_next(&b, &f, NULL), 1);
	assert_int_equal(frame_feed(&b, NULL, 0), 0);
	for (size_t i = 0; i < b.cap; i++)
		assert_int_equal(b.data[i], 0);
	frame_clear(&b);
}

static void test_a_large_buffer_is_given_back_when_it_is_empty(void **state)
{
	size_t len = FRAME_MAX - FRAME_REST;
	uint8_t *bytes = malloc(FRAME_HEAD + len);
	struct frame_buffer b = {0};
	struct frame f;

	(void)state;
	memset(bytes, ' ', FRAME_HEAD + len);
	frame_head(bytes, 1, 0, len);
	assert_int_equal(frame_feed(&b, bytes, FRAME_HEAD + len), 0);
	assert_int_equal(frame_next(&b, &f, NULL), 1);
	assert_int_equal(f.json.len, len);
	assert_int_equal(frame_feed(&b, NULL, 0), 0);
	assert_null(b.data);
	free(bytes);
}

static int depth(const char *json, unsigned int max)
{
	return frame_depth((struct view){(const uint8_t *)json, strlen(json)}, max);
}

static void test_depth_counts_brackets_outside_strings(void **state)
{
	(void)state;
	assert_int_equal(depth("", 0), 0);
	assert_int_equal(depth("{}", 1), 0);
	assert_int_equal(depth("{}", 0), -E2BIG);
	assert_int_equal(depth("[[[]]]", 3), 0);
	assert_int_equal(depth("[[[]]]", 2), -E2BIG);
	assert_int_equal(depth("[[],[],[]]", 2), 0);
	assert_int_equal(depth("[\"[[[[\"]", 1), 0);
	assert_int_equal(depth("[\"\\\"[[[[\"]", 1), 0);
	assert_int_equal(depth("[\"\\\\\",[[]]]", 2), -E2BIG);
	assert_int_equal(depth("]]]][", 1), 0);
}

static void test_garbage_is_frames_or_refused_and_no_more(void **state)
{
	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct frame_buffer b = {0};
		uint8_t bytes[64];
		struct frame f;
		int frames = 0;

		random_bytes(bytes, sizeof(bytes));
		bytes[0] = bytes[1] = 0;
		bytes[2] &= (uint8_t)(round & 1);
		assert_int_equal(frame_feed(&b, bytes, sizeof(bytes)), 0);
		while (frame_next(&b, &f, NULL) == 1) {
			assert_true(f.json.len > 0 && f.json.len <= sizeof(bytes));
			frames++;
		}
		assert_in_range(frames, 0, 7);
		frame_clear(&b);
	}
}

static int feed_much(void *arg)
{
	struct frame_buffer b = {0};
	uint8_t bytes[6000] = {0};
	int rc;

	(void)arg;
	frame_head(bytes, 1, 0, sizeof(bytes) - FRAME_HEAD);
	rc = frame_feed(&b, bytes, 100);
	if (!rc)
		rc = frame_feed(&b, bytes + 100, sizeof(bytes) - 100);
	frame_clear(&b);
	return rc;
}

static void test_each_allocation_may_fail(void **state)
{
	(void)state;
	assert_int_equal(unit_fail_each_allocation(feed_much, NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_head_is_length_id_and_flags_big_endian),
		cmocka_unit_test(test_frames_come_out_however_they_were_cut),
		cmocka_unit_test(test_byte_by_byte_is_enough),
		cmocka_unit_test(test_an_endless_frame_is_refused_at_its_length),
		cmocka_unit_test(test_a_frame_without_json_is_refused),
		cmocka_unit_test(test_unknown_flags_are_refused_before_the_rest_came),
		cmocka_unit_test(test_what_was_used_is_wiped),
		cmocka_unit_test(test_a_large_buffer_is_given_back_when_it_is_empty),
		cmocka_unit_test(test_depth_counts_brackets_outside_strings),
		cmocka_unit_test(test_garbage_is_frames_or_refused_and_no_more),
		cmocka_unit_test(test_each_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
