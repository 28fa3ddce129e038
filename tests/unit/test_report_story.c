/* An incident's JSON as plain data: what is told twice, in another order, of another type, or too much. */
#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "base/text.h"
#include "lua/report/packet.h"
#include "lua/report/story.h"

static json_t *json(const char *text)
{
	json_error_t e;
	json_t *j = json_loads(text, 0, &e);

	if (!j)
		fail_msg("%s at %d", e.text, e.position);
	return j;
}

static void test_nothing_is_a_story_of_unknowns(void **state)
{
	json_t *j = json("{}");
	struct story *s = story_new(j);

	(void)state;
	assert_non_null(s);
	assert_string_equal(s->id, "");
	assert_string_equal(s->router[STORY_PEER].hostname, "");
	assert_int_equal(s->first_ms, STORY_UNKNOWN);
	assert_int_equal(s->sas + s->marks + s->evidences + s->packets, 0);
	assert_false(s->answered || s->recovery || s->router[STORY_PEER].zone_known);
	story_free(s);
	json_decref(j);
	s = story_new(NULL);
	assert_string_equal(s->words, "");
	story_free(s);
	story_free(NULL);
}

static void test_numbers_are_taken_in_each_of_their_forms(void **state)
{
	static const struct {
		const char *text;
		uint32_t spi;
	} forms[] = {
		{"{\"spi\":1753489669}", 0x68842105},
		{"{\"spi\":\"1753489669\"}", 0x68842105},
		{"{\"spi\":\"0x68842105\"}", 0x68842105},
		{"{\"spi\":\"0x688421050\"}", 0},
		{"{\"spi\":4294967296}", 0},
		{"{\"spi\":-1}", 0},
		{"{\"spi\":\"0x\"}", 0},
		{"{\"spi\":[]}", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		json_t *j = json(forms[i].text);
		struct story *s = story_new(j);

		assert_int_equal(s->spi, forms[i].spi);
		story_free(s);
		json_decref(j);
	}
}

/* All of the answer is the peer's, "local" or not. Of one SA its own router's word stands. */
static void test_the_answer_is_seen_from_here(void **state)
{
	json_t *j = json(
		"{\"sa\":[{\"end\":\"local\",\"spi\":1,\"direction\":\"in\"},"
		"{\"end\":\"peer\",\"spi\":1,\"direction\":\"out\",\"why\":\"guessed\"}],"
		"\"record\":[{\"time\":\"2026-11-25T03:00:02Z\",\"end\":\"local\",\"kind\":\"ike\",\"text\":\"b\"}],"
		"\"answer\":{\"hostname\":\"R1\",\"zone\":\"-05:00\","
		"\"sa\":[{\"end\":\"local\",\"spi\":1,\"direction\":\"out\",\"why\":\"told\"},"
		"{\"end\":\"peer\",\"spi\":2,\"direction\":\"in\"}],\"clock-ahead\":\"-1500\","
		"\"record\":[{\"time\":\"2026-11-24T22:00:01-05:00\",\"end\":\"local\",\"kind\":\"xfrm\",\"text\":\"a\"}]}}");
	struct story *s = story_new(j);

	(void)state;
	assert_int_equal(s->sas, 3);
	assert_int_equal(s->sa[0].end, STORY_LOCAL);
	assert_int_equal(s->sa[1].end, STORY_PEER);
	assert_true(s->sa[1].in);
	assert_int_equal(s->sa[2].end, STORY_PEER);
	assert_string_equal(s->sa[2].why, "told");
	assert_false(s->sa[2].in);
	assert_int_equal(s->clock_ahead_ms, -1500);
	assert_int_equal(s->marks, 2);
	assert_string_equal(s->mark[0].text, "a");
	assert_int_equal(s->mark[0].end, STORY_PEER);
	assert_int_equal(s->mark[0].kind, STORY_XFRM);
	assert_int_equal(s->mark[1].end, STORY_LOCAL);
	assert_true(s->answered && s->router[STORY_PEER].zone_known);
	assert_int_equal(s->router[STORY_PEER].offset_minutes, -300);
	story_free(s);
	json_decref(j);
}

/* A zone by name has no offset of its own here; the stamps of that router have it. */
static void test_a_zone_by_name_is_read_from_its_stamps(void **state)
{
	json_t *j = json(
		"{\"zone\":\"Europe/Berlin\",\"time\":\"2026-11-25T04:00:02+01:00\",\"answer\":{\"zone\":"
		"\"America/Lima\",\"record\":[{\"time\":\"2026-11-24T22:00:01-05:00\"}]}}");
	struct story *s = story_new(j);

	(void)state;
	assert_int_equal(s->router[STORY_LOCAL].offset_minutes, 60);
	assert_int_equal(s->router[STORY_PEER].offset_minutes, -300);
	assert_true(s->router[STORY_PEER].zone_known);
	story_free(s);
	json_decref(j);
}

/* ESP, 8 bytes of it kept, from 10.1.1.1 to 10.1.1.2. */
#define PACKET "RQAAiAAAQABAMiQQCgEBAQoBAQJohCEFAAAABw=="

/* A difference of clocks below what a way there and back may take is none; the kinds of the recorder. */
static void test_small_differences_and_kinds(void **state)
{
	json_t *j = json("{\"answer\":{\"clock-ahead\":\"-31\"},\"record\":["
			 "{\"time\":\"2026-11-25T03:00:01Z\",\"kind\":\"system\",\"text\":\"a\"},"
			 "{\"time\":\"2026-11-25T03:00:02Z\",\"kind\":\"new\",\"text\":\"b\"}]}");
	struct story *s = story_new(j);

	(void)state;
	assert_int_equal(s->clock_ahead_ms, 0);
	assert_string_equal(story_kind_text(s->mark[0].kind), "system");
	assert_string_equal(story_kind_text(s->mark[1].kind), "note");
	story_free(s);
	json_decref(j);
}

static void test_packets_that_follow_each_other_are_one_mark(void **state)
{
	json_t *j = json(
		"{\"packets\":\"1\",\"packet\":["
		"{\"time\":\"2026-11-25T03:00:01Z\",\"data\":\"" PACKET "\"},"
		"{\"time\":\"2026-11-25T03:00:02Z\",\"data\":\"" PACKET "\"},"
		"{\"time\":\"2026-11-25T03:00:04Z\",\"data\":\"" PACKET "\"},"
		"{\"time\":\"nonsense\",\"data\":\"" PACKET "\"},"
		"{\"time\":\"2026-11-25T03:00:05Z\",\"data\":\"!\"}],"
		"\"record\":[{\"time\":\"2026-11-25T03:00:03Z\",\"kind\":\"sa\",\"text\":\"x\"}]}");
	struct story *s = story_new(j);

	(void)state;
	assert_int_equal(s->packets, 3);
	assert_int_equal(s->packet_count, 3); /* not fewer than are here */
	assert_string_equal(s->packet[0].source, "10.1.1.1");
	assert_string_equal(s->packet[0].target, "10.1.1.2");
	assert_int_equal(s->packet[0].spi, 0x68842105);
	assert_int_equal(s->packet[0].seq, 7);
	assert_int_equal(s->packet[0].len, 28);
	assert_int_equal(s->packet[0].whole, 136);
	assert_int_equal(s->marks, 3);
	assert_int_equal(s->mark[0].count, 2);
	assert_int_equal(s->mark[0].until_ms - s->mark[0].ms, 1000);
	assert_int_equal(s->mark[1].kind, STORY_SA);
	assert_int_equal(s->mark[2].count, 1);
	story_free(s);
	json_decref(j);
}

static json_t *many(size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		char time[40];

		snprintf(time, sizeof(time), "2026-11-25T03:%02zu:%02zuZ", i / 60 % 60, i % 60);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:s}", "time", time,
						      "text", "t", "kind", "ike", "spi",
						      (json_int_t)i + 1, "data", PACKET));
	}
	return list;
}

/* The latest stay, and what was left off is counted. */
static void test_too_much_is_bounded_and_counted(void **state)
{
	json_t *j = json_object();
	struct story *s;

	(void)state;
	json_object_set_new(j, "record", many(STORY_MARKS_MAX + 7));
	json_object_set_new(j, "evidence", many(STORY_EVIDENCE_MAX + 2));
	json_object_set_new(j, "sa", many(STORY_SAS_MAX + 3));
	json_object_set_new(j, "packet", many(STORY_PACKETS_MAX + 5));
	s = story_new(j);
	assert_int_equal(s->marks_left, 7);
	assert_int_equal(s->evidences, STORY_EVIDENCE_MAX);
	assert_int_equal(s->evidences_left, 2);
	assert_int_equal(s->sas, STORY_SAS_MAX);
	assert_int_equal(s->sas_left, 3);
	assert_int_equal(s->packets, STORY_PACKETS_MAX);
	assert_int_equal(s->packets_left, 5);
	story_free(s);
	json_decref(j);
}

static void test_base64_is_read_as_the_rfc_has_it(void **state)
{
	static const struct {
		const char *text, *bytes;
	} good[] = {{"Zg==", "f"},	  {"Zm8=", "fo"},	   {"Zm9v", "foo"},
		    {"Zm9vYg==", "foob"}, {"Zm9vYmE=", "fooba"},   {"Zm9vYmFy", "foobar"},
		    {"Zm9vYg", "foob"},	  {"+/+/", "\373\377\277"}};
	static const char *const bad[] = {
		"", "Z", "Zm9vY", "Zg===", "Zg==x", "Z g=", "Zm9v\n", "-_-_"};
	uint8_t out[8];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(packet_bytes(good[i].text, out, sizeof(out)),
				 strlen(good[i].bytes));
		assert_memory_equal(out, good[i].bytes, strlen(good[i].bytes));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(packet_bytes(bad[i], out, sizeof(out)), 0);
	out[4] = 0xee;
	assert_int_equal(packet_bytes("Zm9vYmFy", out, 4), 4);
	assert_int_equal(out[4], 0xee);
}

static struct story_packet look(const uint8_t *data, size_t len)
{
	struct story_packet p = {.len = len};

	packet_look(data, &p);
	return p;
}

static void test_outer_headers_are_read_as_far_as_they_go(void **state)
{
	uint8_t v4[40] = {0x45, 0, 0, 200, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 1, 1, 10, 1, 1, 2};
	uint8_t v6[60] = {0x60, 0, 0, 0, 0, 100, 50, 64, [23] = 1, [39] = 2, [43] = 9, [47] = 3};
	struct story_packet p;

	(void)state;
	v4[31] = 5; /* behind the header of UDP */
	v4[35] = 6;
	p = look(v4, 40);
	assert_int_equal(p.spi, 5);
	assert_int_equal(p.seq, 6);
	assert_int_equal(p.whole, 200);
	assert_int_equal(look(v4, 30).spi, 0);
	assert_string_equal(look(v4, 19).source, "");
	v4[9] = 51;
	v4[27] = 8; /* AH */
	assert_int_equal(look(v4, 40).spi, 8);
	v4[7] = 1; /* a later fragment */
	assert_int_equal(look(v4, 40).spi, 0);
	v4[7] = 0;
	v4[0] = 0x41;
	assert_string_equal(look(v4, 40).source, "");
	p = look(v6, 60);
	assert_string_equal(p.source, "::1");
	assert_int_equal(p.spi, 9);
	assert_int_equal(p.seq, 3);
	assert_int_equal(p.whole, 140);
	assert_string_equal(look(v6, 39).source, "");
	v6[0] = 0x90;
	assert_string_equal(look(v6, 60).source, "");
	assert_int_equal(look(v6, 0).whole, 0);
}

static int tell(void *arg)
{
	struct story *s = story_new(arg);

	story_free(s);
	return s ? 0 : -1;
}

static void test_without_memory_there_is_no_story(void **state)
{
	json_t *j =
		json("{\"packet\":[{\"time\":\"2026-11-25T03:00:01Z\",\"data\":\"" PACKET "\"}]}");

	(void)state;
	assert_true(unit_fail_each_allocation(tell, j) >= 6);
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_a_story_of_unknowns),
		cmocka_unit_test(test_numbers_are_taken_in_each_of_their_forms),
		cmocka_unit_test(test_the_answer_is_seen_from_here),
		cmocka_unit_test(test_a_zone_by_name_is_read_from_its_stamps),
		cmocka_unit_test(test_small_differences_and_kinds),
		cmocka_unit_test(test_packets_that_follow_each_other_are_one_mark),
		cmocka_unit_test(test_too_much_is_bounded_and_counted),
		cmocka_unit_test(test_base64_is_read_as_the_rfc_has_it),
		cmocka_unit_test(test_outer_headers_are_read_as_far_as_they_go),
		cmocka_unit_test(test_without_memory_there_is_no_story),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
