/* Bad input: every datagram cut, flipped, replayed; nonsense inside SK; window tricks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

#define RECORD_MAX 32

struct record {
	size_t count;
	int from[RECORD_MAX];
	size_t len[RECORD_MAX];
	uint8_t data[RECORD_MAX][2048];
};

static struct record tape;

static enum pair_fate record(struct pair *p, int from, uint8_t *data, size_t *len, void *arg)
{
	(void)p;
	(void)arg;
	if (tape.count < RECORD_MAX && *len <= sizeof(tape.data[0])) {
		tape.from[tape.count] = from;
		tape.len[tape.count] = *len;
		memcpy(tape.data[tape.count++], data, *len);
	}
	return PAIR_PASS;
}

static struct ike_sa *first_sa(struct pair *p, int end)
{
	return list_entry(p->end[end].v2->sas.next, struct ike_sa, node);
}

static struct pair *recorded(void)
{
	struct pair *p = pair_new(NULL);

	tape.count = 0;
	p->filter = record;
	assert_true(pair_establish(p));
	(void)pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10,
		       fake_router_sender(&p->end[0].router, 10)->spi_in, ENGINE_WHY_LIFETIME);
	pair_run(p, 1000);
	assert_true(tape.count >= 8);
	return p;
}

static void test_replayed_datagrams_change_nothing(void **state)
{
	struct pair *p = recorded();

	(void)state;
	p->filter = NULL;
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < tape.count; i++)
			pair_inject(p, 1 - tape.from[i],
				    (struct view){.data = tape.data[i], .len = tape.len[i]});
	pair_run(p, 20000);
	pair_assert_synced(p, 1);
	assert_int_equal(pair_ikes(p, 0), 1);
	assert_int_equal(pair_ikes(p, 1), 1);
	assert_true(pair_packet(p, 0, 10) && pair_packet(p, 1, 10));
	pair_free(p);
}

static void test_a_repeated_request_gets_the_same_bytes_and_another_one_nothing(void **state)
{
	struct pair *p = recorded();
	struct ike_v2_stats before, after;
	uint8_t answer[4096];
	size_t len, last = 0;
	unsigned int sent;

	(void)state;
	for (size_t i = 0; i < tape.count; i++)
		if (tape.from[i] == 0)
			last = i;
	len = p->last_len[1];
	memcpy(answer, p->last[1], len);
	sent = p->datagrams;
	pair_inject(p, 1, (struct view){.data = tape.data[last], .len = tape.len[last]});
	assert_int_equal(p->datagrams, sent + 1);
	assert_int_equal(p->last_len[1], len);
	assert_memory_equal(p->last[1], answer, len);
	/* The same message ID with other bytes is not answered. */
	tape.data[last][tape.len[last] - 1] ^= 1;
	ike_v2_stats(p->end[1].v2, &before);
	pair_inject(p, 1, (struct view){.data = tape.data[last], .len = tape.len[last]});
	ike_v2_stats(p->end[1].v2, &after);
	assert_int_equal(p->datagrams, sent + 1);
	assert_int_equal(after.dropped_window, before.dropped_window + 1);
	pair_free(p);
}

/* Each byte of each datagram on its way is changed once; the exchange is repeated and completes. */
static unsigned int flip_index, flip_at, flip_seen;

static enum pair_fate flip(struct pair *p, int from, uint8_t *data, size_t *len, void *arg)
{
	(void)p;
	(void)from;
	(void)arg;
	if (++flip_seen == flip_index && flip_at < *len)
		data[flip_at] ^= (uint8_t)(1u << (flip_at % 8));
	return PAIR_PASS;
}

static void test_a_flipped_bit_anywhere_never_harms(void **state)
{
	unsigned int completed = 0, tried = 0;

	(void)state;
	for (flip_index = 1; flip_index <= 4; flip_index++) {
		for (flip_at = 0; flip_at < 420; flip_at += 3) {
			struct pair *p = pair_new(NULL);
			uint32_t token;

			flip_seen = 0;
			p->filter = flip;
			token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
			pair_run(p, 40000);
			assert_true(fake_router_is_done(&p->end[0].router, token));
			completed += pair_result(p, 0, token) == 0;
			tried++;
			if (pair_result(p, 0, token) == 0)
				pair_assert_synced(p, 1);
			else
				assert_int_equal(fake_router_larval_count(&p->end[0].router), 0);
			pair_free(p);
		}
	}
	/* What is not authenticated can spoil an attempt; what is protected cannot. */
	assert_true(completed > tried / 2);
}

static void test_a_datagram_cut_at_each_length_is_dropped(void **state)
{
	struct pair *p = recorded();

	(void)state;
	p->filter = NULL;
	for (size_t i = 0; i < tape.count; i++)
		for (size_t len = 0; len < tape.len[i]; len++) {
			uint8_t *exact = malloc(len > 0 ? len : 1);

			memcpy(exact, tape.data[i], len);
			pair_inject(p, 1 - tape.from[i], (struct view){.data = exact, .len = len});
			free(exact);
		}
	pair_run(p, 20000);
	pair_assert_synced(p, 1);
	assert_int_equal(pair_ikes(p, 0), 1);
	assert_int_equal(pair_ikes(p, 1), 1);
	pair_free(p);
}

static void test_random_bytes_and_unknown_spis_are_counted_and_dropped(void **state)
{
	struct pair *p = recorded();
	struct ike_v2_stats before, after;
	uint8_t bytes[300];
	unsigned int sent;

	(void)state;
	p->filter = NULL;
	ike_v2_stats(p->end[1].v2, &before);
	sent = p->datagrams;
	for (unsigned int i = 0; i < 2000; i++) {
		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)(i * 31 + j * j * 7 + (i >> 3));
		if (i % 2 == 0)
			memcpy(bytes, tape.data[i / 2 % tape.count], 28);
		if (i % 4 == 0)
			bytes[i % 16] ^= 0x55;
		pair_inject(p, 1, (struct view){.data = bytes, .len = 28 + i % 270});
	}
	ike_v2_stats(p->end[1].v2, &after);
	assert_int_equal(after.received, before.received + 2000);
	assert_true(after.malformed > before.malformed);
	assert_true(p->datagrams - sent < 10);
	pair_run(p, 20000);
	pair_assert_synced(p, 1);
	pair_free(p);
}

/* ---- inside SK: from a peer that holds the keys ---------------------------------------------- */

static unsigned int odd_kind;

static void build_odd(struct ike_task *t, struct ike_builder *b)
{
	static const uint8_t lying[] = {0, 0, 0xff, 0xff, 1, 2, 3, 4};
	struct ike_notify_body n = {
		.type = IKE_N_REKEY_SA, .protocol = IKE_PROTO_ESP, .spi_len = 4, .spi = 0x12345678};

	(void)t;
	switch (odd_kind) {
	case 0: /* nothing at all in CREATE_CHILD_SA */
		break;
	case 1: /* a payload longer than the message */
		ike_message_notify(b, IKE_N_INITIAL_CONTACT, (struct view){0});
		writer_patch16(&b->w, b->payload_at + 2, 0xffff);
		break;
	case 2: /* a payload shorter than its header */
		ike_message_notify(b, IKE_N_INITIAL_CONTACT, (struct view){0});
		writer_patch16(&b->w, b->payload_at + 2, 2);
		break;
	case 3: /* bytes after the chain */
		writer_bytes(&b->w, lying, sizeof(lying));
		break;
	case 4: /* a delete whose count lies */
		ike_add_delete(b, IKE_PROTO_ESP, &(uint32_t){4711}, 1);
		writer_patch16(&b->w, b->payload_at + 6, 200);
		break;
	case 5: /* an unknown payload, critical */
		ike_message_notify(b, IKE_N_INITIAL_CONTACT, (struct view){0});
		writer_patch8(&b->w, b->payload_at + 1, 0x80);
		writer_patch8(&b->w, b->sk_at, 200);
		break;
	case 6: /* a rekey of nothing, without selectors */
		ike_add_notify(b, &n);
		break;
	default:
		break;
	}
}

static void odd_answered(struct ike_task *t, const struct ike_message *m)
{
	(void)t;
	(void)m;
}

static const struct ike_task_ops odd_create = {
	.name = "odd", .exchange = IKE_CREATE_CHILD_SA, .build = build_odd, .answer = odd_answered};
static const struct ike_task_ops odd_info = {
	.name = "odd", .exchange = IKE_INFORMATIONAL, .build = build_odd, .answer = odd_answered};

static void test_nonsense_inside_sk_is_answered_and_harms_nothing(void **state)
{
	(void)state;
	for (odd_kind = 0; odd_kind <= 6; odd_kind++) {
		for (int create = 0; create < 2; create++) {
			struct pair *p = pair_new(NULL);
			struct ike_v2_stats stats;

			assert_true(pair_establish(p));
			ike_task_queue(
				ike_task_new(first_sa(p, 0), create ? &odd_create : &odd_info));
			pair_run(p, 200);
			/* Answered: the sender's window is free again. */
			assert_null(first_sa(p, 0)->current);
			ike_v2_stats(p->end[1].v2, &stats);
			assert_int_equal(stats.retransmitted, 0);
			pair_assert_synced(p, 1);
			assert_int_equal(pair_ikes(p, 1), 1);
			pair_free(p);
		}
	}
}

static void test_message_ids_out_of_the_window_are_dropped(void **state)
{
	struct pair *p = pair_new(NULL);
	struct ike_v2_stats before, after;
	struct ike_sa *sa;

	(void)state;
	assert_true(pair_establish(p));
	sa = first_sa(p, 0);
	ike_v2_stats(p->end[1].v2, &before);
	sa->s->send_id += 5;
	ike_task_queue(ike_task_new(sa, &ike_task_liveness));
	pair_run(p, 100);
	ike_v2_stats(p->end[1].v2, &after);
	assert_int_equal(after.dropped_window, before.dropped_window + 1);
	assert_non_null(sa->current);
	pair_free(p);
}

/* An answer for a message ID that is not out, or after it was answered, is dropped. */
static void test_answers_that_nobody_waits_for_are_dropped(void **state)
{
	struct pair *p = recorded();
	struct ike_v2_stats before, after;

	(void)state;
	ike_v2_stats(p->end[0].v2, &before);
	for (size_t i = 0; i < tape.count; i++)
		if (tape.from[i] == 1 && (tape.data[i][19] & IKE_FLAG_RESPONSE) != 0)
			pair_inject(p, 0, (struct view){.data = tape.data[i], .len = tape.len[i]});
	ike_v2_stats(p->end[0].v2, &after);
	assert_true(after.dropped_window >= before.dropped_window + 4);
	pair_assert_synced(p, 1);
	pair_free(p);
}

static void test_reserved_spis_in_an_offer_are_refused(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	p->end[0].router.next_spi = 255; /* what no kernel would give */
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), -ECONNREFUSED);
	pair_assert_synced(p, 0);
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replayed_datagrams_change_nothing),
		cmocka_unit_test(
			test_a_repeated_request_gets_the_same_bytes_and_another_one_nothing),
		cmocka_unit_test(test_a_flipped_bit_anywhere_never_harms),
		cmocka_unit_test(test_a_datagram_cut_at_each_length_is_dropped),
		cmocka_unit_test(test_random_bytes_and_unknown_spis_are_counted_and_dropped),
		cmocka_unit_test(test_nonsense_inside_sk_is_answered_and_harms_nothing),
		cmocka_unit_test(test_message_ids_out_of_the_window_are_dropped),
		cmocka_unit_test(test_answers_that_nobody_waits_for_are_dropped),
		cmocka_unit_test(test_reserved_spis_in_an_offer_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
