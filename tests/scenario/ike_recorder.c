/*
 * What process ike writes down for the flight recorder: both ends of an exchange in their order, why it
 * began, what had no answer; never a secret; and never at router's cost or for its sake.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/secret.h"
#include "ike/v2/v2_internal.h"
#include "ike/wire/wire.h"
#include "recorder/recorder.h"
#include "tests/scenario/ike_pair.h"

#define PSK_0	  "the key that R1 proves itself by"
#define PSK_1	  "the key that R2 proves itself by"
#define BYTES_MAX (1 << 20)

static const char *exchange(uint64_t v)
{
	return ike_exchange_name((uint8_t)v);
}

static const char *payload(uint64_t v)
{
	return ike_payload_name((uint8_t)v);
}

static const char *notify(uint64_t v)
{
	return ike_notify_name((uint16_t)v);
}

static const char *reason(uint64_t v)
{
	return engine_reason_text((enum engine_reason)v);
}

static const struct recorder_names names = {
	.exchange = exchange, .payload = payload, .notify = notify, .reason = reason};

/* An end's recorder, and every byte that came for it. */
struct tape {
	struct recorder *r;
	uint8_t *bytes;
	size_t len, batches;
	int refuse; /* -errno: router does not take it */
};

static int taped(void *ctx, const struct engine_records *records)
{
	struct tape *t = ctx;

	if (t->refuse)
		return t->refuse;
	assert_true(t->len + records->len <= BYTES_MAX);
	memcpy(t->bytes + t->len, records->bytes, records->len);
	t->len += records->len;
	t->batches++;
	return recorder_take(t->r, (struct view){records->bytes, records->len}, records->lost);
}

static void tape_begin(struct pair *p, int end, struct tape *t)
{
	const struct recorder_config cfg = {.fd = -1, .slots = 4096, .names = &names};
	struct error err = {0};

	*t = (struct tape){.r = recorder_new(p->loop, &cfg, &err), .bytes = alloc_zero(BYTES_MAX)};
	assert_true(t->r && t->bytes);
	p->end[end].router.records = taped;
	p->end[end].router.records_ctx = t;
	ike_v2_record(p->end[end].v2, true);
}

static void tape_end(struct tape *t)
{
	recorder_free(t->r);
	alloc_free(t->bytes);
}

/* The first record from *from on that begins so; NULL: none. *from moves behind it. */
static const char *find(const struct tape *t, uint64_t *from, const char *begin)
{
	static char buf[RECORDER_TEXT_MAX];
	struct recorder_record rec;

	while (recorder_get(t->r, *from, NULL, &rec, buf, sizeof(buf))) {
		*from = rec.seq + 1;
		if (!strncmp(buf, begin, strlen(begin)))
			return buf;
	}
	return NULL;
}

#define EXPECT(t, from, begin)                                                                     \
	do {                                                                                       \
		if (!find(t, from, begin))                                                         \
			fail_msg("no record \"%s\" there", begin);                                 \
	} while (0)

static size_t count(const struct tape *t, const char *begin)
{
	uint64_t from = 0;
	size_t n = 0;

	while (find(t, &from, begin))
		n++;
	return n;
}

/* ---- the words ---------------------------------------------------------------------------------- */

static void test_establishing_is_told_by_both_ends_in_order(void **state)
{
	struct pair *p = pair_new(NULL);
	struct tape t[2];
	uint64_t at = 0;

	(void)state;
	tape_begin(p, 0, &t[0]);
	tape_begin(p, 1, &t[1]);
	assert_true(pair_establish(p));
	pair_run(p, 1000);
	EXPECT(&t[0], &at, "IKE SA 1 begun by us: ");
	EXPECT(&t[0], &at, "sent IKE_SA_INIT request, message ID 0, SPIs ");
	EXPECT(&t[0], &at, "received IKE_SA_INIT response, message ID 0, SPIs ");
	EXPECT(&t[0], &at, "sent IKE_AUTH request, message ID 1, SPIs ");
	EXPECT(&t[0], &at, "received IKE_AUTH response, message ID 1, SPIs ");
	at = 0;
	EXPECT(&t[1], &at, "received IKE_SA_INIT request, message ID 0, SPIs ");
	EXPECT(&t[1], &at, "IKE SA 1 begun by the peer: peer initiated");
	EXPECT(&t[1], &at, "sent IKE_SA_INIT response");
	EXPECT(&t[1], &at, "received IKE_AUTH request");
	EXPECT(&t[1], &at, "sent IKE_AUTH response");
	tape_end(&t[0]);
	tape_end(&t[1]);
	pair_free(p);
}

static void test_a_rekey_is_told_with_its_reason_its_spis_and_its_notify(void **state)
{
	struct pair *p = pair_new(NULL);
	struct tape t;
	uint32_t old;
	char want[120];
	const char *text;
	uint64_t at = 0;

	(void)state;
	assert_true(pair_establish(p));
	tape_begin(p, 0, &t);
	old = fake_router_sender(&p->end[0].router, 10)->spi_in;
	pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10, old, ENGINE_WHY_LIFETIME);
	pair_run(p, 5000);
	snprintf(want, sizeof(want),
		 "Child SA begun by us over IKE SA 1: lifetime, in place of 0x%08X", old);
	EXPECT(&t, &at, want);
	text = find(&t, &at, "sent CREATE_CHILD_SA request");
	assert_non_null(text);
	snprintf(want, sizeof(want), "(REKEY_SA 0x%08X)", old);
	assert_non_null(strstr(text, want));
	snprintf(want, sizeof(want), " SA(0x%08X)",
		 fake_router_sender(&p->end[0].router, 10)->spi_in);
	assert_non_null(strstr(text, want));
	EXPECT(&t, &at, "received CREATE_CHILD_SA response");
	text = find(&t, &at, "sent INFORMATIONAL request");
	assert_non_null(text);
	snprintf(want, sizeof(want), ": D(0x%08X)", old);
	assert_non_null(strstr(text, ike_payload_name(IKE_PAYLOAD_DELETE)));
	assert_non_null(strstr(text, strchr(want, '(')));
	EXPECT(&t, &at, "received INFORMATIONAL response");
	tape_end(&t);
	pair_free(p);
}

static void test_repetitions_and_a_liveness_check_without_an_answer(void **state)
{
	struct pair *p = pair_new(
		&(struct pair_options){.dpd = {.interval_s = 30, .retry_s = 5, .periodic = true}});
	struct tape t;
	uint64_t at = 0;

	(void)state;
	assert_true(pair_establish(p));
	tape_begin(p, 0, &t);
	p->cut[1] = true; /* the peer's answers do not arrive */
	pair_run(p, 90000);
	EXPECT(&t, &at, "sent INFORMATIONAL request, message ID 2");
	EXPECT(&t, &at, "sent INFORMATIONAL request again (1), message ID 2");
	EXPECT(&t, &at, "sent INFORMATIONAL request again (5), message ID 2");
	EXPECT(&t, &at, "no answer to the liveness check, INFORMATIONAL after 6 times");
	tape_end(&t);
	pair_free(p);
}

static void test_the_peers_repetitions_are_told(void **state)
{
	struct pair *p = pair_new(NULL);
	struct tape t;
	uint32_t old;

	(void)state;
	assert_true(pair_establish(p));
	tape_begin(p, 1, &t);
	old = fake_router_sender(&p->end[0].router, 10)->spi_in;
	p->cut[1] = true;
	pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10, old, ENGINE_WHY_LIFETIME);
	pair_run(p, 3000);
	assert_true(count(&t, "the peer repeats its CREATE_CHILD_SA request: answered again") >= 2);
	tape_end(&t);
	pair_free(p);
}

/* ---- strangers ----------------------------------------------------------------------------------- */

static void test_what_fits_no_ike_sa_is_told_within_bounds(void **state)
{
	struct pair *p = pair_new(NULL);
	uint8_t datagram[28] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2};
	struct recorder_stats st;
	struct tape t;

	(void)state;
	tape_begin(p, 0, &t);
	datagram[16] = IKE_PAYLOAD_SK;
	datagram[17] = 0x20;
	datagram[18] = IKE_INFORMATIONAL;
	datagram[19] = IKE_FLAG_RESPONSE | IKE_FLAG_INITIATOR;
	datagram[27] = 28;
	for (int i = 0; i < 10000; i++)
		pair_inject(p, 0, (struct view){datagram, sizeof(datagram)});
	pair_run(p, 1000);
	assert_true(count(&t, "malformed INFORMATIONAL, 28 bytes: ") +
			    count(&t, "INFORMATIONAL response of no IKE SA here") <=
		    64);
	assert_true(count(&t, "malformed") + count(&t, "INFORMATIONAL") > 0);
	recorder_stats(t.r, &st);
	assert_true(st.lost > 9900); /* and the rest is counted */
	tape_end(&t);
	pair_free(p);
}

static void test_a_stale_ike_sa_is_told(void **state)
{
	struct pair *p = pair_new(NULL);
	struct tape t;
	uint64_t at = 0;

	(void)state;
	assert_true(pair_establish(p));
	tape_begin(p, 1, &t);
	ike_sa_down(list_entry(p->end[1].v2->sas.next, struct ike_sa, node), ENGINE_WHY_STOP, 0);
	ike_v2_reap(p->end[1].v2);
	pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, ENGINE_WHY_OPERATOR);
	pair_run(p, 2000);
	EXPECT(&t, &at, "INFORMATIONAL request of no IKE SA here, dropped, message ID 2, SPIs ");
	tape_end(&t);
	pair_free(p);
}

/* ---- secrets -------------------------------------------------------------------------------------- */

/* Is any of the secret's eight bytes in a row anywhere in what was recorded? */
static bool leaks(const struct tape *t, const void *secret, size_t len)
{
	for (size_t i = 0; i + 8 <= len; i++)
		if (memmem(t->bytes, t->len, (const uint8_t *)secret + i, 8))
			return true;
	return false;
}

static void assert_no_leak(const struct pair *p, const struct tape *t)
{
	const struct fake_router *r = &p->end[0].router;
	struct list *it;

	assert_false(leaks(t, PSK_0, strlen(PSK_0)));
	assert_false(leaks(t, PSK_1, strlen(PSK_1)));
	for (size_t i = 0; i < FAKE_SAS_MAX; i++)
		assert_false(leaks(t, r->sas[i].key, r->sas[i].key_len));
	list_for_each(it, &p->end[0].v2->sas)
	{
		const struct ike_sa *sa = list_entry(it, struct ike_sa, node);

		for (int k = 0; k < IKE_STATE_KEY_COUNT; k++)
			assert_false(leaks(t, sa->s->keys[k].bytes, sa->s->keys[k].len));
		assert_true(sa->s->keys[IKE_STATE_KEY_D].len > 0);
	}
}

/* All exchanges there are, both roles; keys of the SAs in the kernel's place and of the IKE SAs. */
static void test_no_key_is_in_any_record(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.psk = {PSK_0, PSK_0}, .children = 2});
	struct tape t[2];

	(void)state;
	tape_begin(p, 0, &t[0]);
	tape_begin(p, 1, &t[1]);
	assert_true(pair_establish(p));
	pair_ref(p, 0, ENGINE_CREATE_CHILD, 20, 0, ENGINE_WHY_TRAFFIC);
	pair_run(p, 2000);
	for (int end = 0; end < 2; end++) {
		uint32_t old = fake_router_sender(&p->end[end].router, 10)->spi_in;

		pair_ref(p, end, ENGINE_REPLACE_CHILD, 10, old, ENGINE_WHY_LIFETIME);
		pair_run(p, 5000);
		pair_ref(p, end, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_LIFETIME);
		pair_run(p, 5000);
	}
	assert_true(t[0].len > 1000 && t[1].len > 1000);
	assert_no_leak(p, &t[0]);
	assert_no_leak(p, &t[1]);
	/* The search finds what is there: an SPI that was recorded. */
	assert_true(count(&t[0], "sent IKE_AUTH request") >= 1);
	tape_end(&t[0]);
	tape_end(&t[1]);
	pair_free(p);
}

/* ---- router that is slow or gone ------------------------------------------------------------------ */

static void test_a_router_that_takes_nothing_costs_nothing_but_records(void **state)
{
	struct pair *p = pair_new(NULL);
	struct recorder_stats st;
	struct tape t;

	(void)state;
	tape_begin(p, 0, &t);
	assert_true(pair_establish(p));
	t.refuse = -EAGAIN;
	for (int i = 0; i < 200; i++) {
		pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, ENGINE_WHY_OPERATOR);
		pair_run(p, 1000);
	}
	assert_int_equal(pair_ikes(p, 0), 1); /* the IKE SA never noticed */
	t.refuse = 0;
	pair_run(p, 1000);
	recorder_stats(t.r, &st);
	assert_true(st.lost > 10); /* 400 messages are more than there is room for */
	assert_int_equal(st.lost + count(&t, "sent INFORMATIONAL") +
				 count(&t, "received INFORMATIONAL"),
			 400);
	assert_true(count(&t, "sent INFORMATIONAL") > 80);
	tape_end(&t);
	pair_free(p);
}

static void test_what_happened_while_router_was_away_is_told_to_the_next(void **state)
{
	struct pair *p = pair_new(NULL);
	struct tape t;
	uint64_t at = 0;

	(void)state;
	tape_begin(p, 0, &t);
	p->end[0].router.broken = true;
	assert_int_equal(p->end[0].v2->recording.len, 0);
	pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 3000);
	assert_int_equal(count(&t, ""), 0);
	p->end[0].router.broken = false;
	ike_v2_reattach(p->end[0].v2, fake_router_port(&p->end[0].router));
	pair_run(p, 1000);
	EXPECT(&t, &at, "IKE SA 1 begun by us");
	tape_end(&t);
	pair_free(p);
}

static void test_records_leave_a_few_times_a_second_or_when_a_message_is_full(void **state)
{
	struct pair *p = pair_new(NULL);
	struct tape t;
	size_t before;

	(void)state;
	assert_true(pair_establish(p));
	tape_begin(p, 0, &t);
	for (int i = 0; i < 100; i++) { /* 200 messages in 10 s */
		pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, ENGINE_WHY_OPERATOR);
		pair_run(p, 100);
	}
	assert_true(t.batches <= 51);
	before = t.batches;
	pair_run(p, 60000);
	assert_true(t.batches <= before + 1); /* nothing happens: nothing is sent */
	tape_end(&t);
	pair_free(p);
}

static void test_off_it_sends_nothing(void **state)
{
	struct pair *p = pair_new(NULL);
	struct tape t;

	(void)state;
	tape_begin(p, 0, &t);
	ike_v2_record(p->end[0].v2, false);
	assert_true(pair_establish(p));
	pair_run(p, 2000);
	assert_int_equal(t.batches, 0);
	tape_end(&t);
	pair_free(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_establishing_is_told_by_both_ends_in_order),
		cmocka_unit_test(test_a_rekey_is_told_with_its_reason_its_spis_and_its_notify),
		cmocka_unit_test(test_repetitions_and_a_liveness_check_without_an_answer),
		cmocka_unit_test(test_the_peers_repetitions_are_told),
		cmocka_unit_test(test_what_fits_no_ike_sa_is_told_within_bounds),
		cmocka_unit_test(test_a_stale_ike_sa_is_told),
		cmocka_unit_test(test_no_key_is_in_any_record),
		cmocka_unit_test(test_a_router_that_takes_nothing_costs_nothing_but_records),
		cmocka_unit_test(test_what_happened_while_router_was_away_is_told_to_the_next),
		cmocka_unit_test(test_records_leave_a_few_times_a_second_or_when_a_message_is_full),
		cmocka_unit_test(test_off_it_sends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
