/* api/state: what the IKE engine counts, how often access lists match, and what clears both. */
#include "tests/unit/state_world.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/loop.h"
#include "base/text.h"
#include "tests/fake/xfrm_fake.h"

#define SPI_1 0xB7618611u
#define SPI_2 0xB7618612u

/* ---- actions ----------------------------------------------------------------------------------------- */

struct outcome {
	bool done;
	int rc;
	char why[128];
};

static void over(void *arg, int rc, const struct error *err, json_t *output)
{
	struct outcome *o = arg;

	o->done = true;
	o->rc = rc;
	text_copy(o->why, sizeof(o->why), err ? err->text : "");
	json_decref(output);
}

/* Asks, and lets the kernel and the engine answer. Takes input. */
static struct outcome act(struct state_world *t, const char *path, json_t *input)
{
	size_t count;
	const struct api_action *a = api_tables_actions(t->tables, &count);
	struct outcome o = {0};

	while (count && strcmp(a->path, path))
		a++, count--;
	assert_true(count > 0);
	a->run(a->ctx, input, over, &o);
	json_decref(input);
	for (int i = 0; i < 100 && !o.done; i++) {
		loop_advance(t->rw.loop, 0);
		state_world_tell_stats(t);
	}
	assert_true(o.done);
	return o;
}

/* ---- show crypto ikev2 stats ----------------------------------------------------------------------------- */

static void count_from(struct state_world *t, uint64_t first)
{
	for (size_t i = 0; i < ENGINE_STAT_COUNT; i++)
		t->stats.count[i] = first + i;
}

static const char *const totals[] = {"incoming-active",
				     "incoming-negotiating",
				     "outgoing-active",
				     "outgoing-negotiating",
				     "incoming-established",
				     "outgoing-established",
				     "authentication-failed",
				     "retransmitted",
				     "cookies",
				     "received",
				     "sent",
				     "invalid-syntax",
				     "unexpected",
				     "unknown-spi"};
static const char *const exchanges[] = {"IKE_SA_INIT", "IKE_AUTH", "CREATE_CHILD_SA",
					"INFORMATIONAL"};
static const char *const ways[] = {"sent-requests", "sent-responses", "received-requests",
				   "received-responses"};

static void expect_u64(const json_t *e, const char *leaf, uint64_t want)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)want);
	expect_text(e, leaf, want == UINT64_MAX ? NULL : text);
}

static void expect_counts(struct state_world *t, uint64_t gauges, uint64_t counters)
{
	json_t *list = state_world_list(t, STATE_CRYPTO "/ikev2-statistics");

	for (size_t i = 0; i < 14; i++)
		expect_u64(only(list), totals[i], i < 4 ? gauges + i : counters ? counters + i : 0);
	json_decref(list);
	list = state_world_list(t, STATE_CRYPTO "/ikev2-statistics/exchange");
	assert_int_equal(json_array_size(list), 4);
	for (size_t i = 0; i < 16; i++)
		expect_u64(state_world_pick(list, "name", json_string(exchanges[i / 4])),
			   ways[i % 4], counters ? counters + 14 + i : 0);
	json_decref(list);
}

static void test_statistics_are_what_the_engine_counted(void **state)
{
	struct state_world *t = *state;

	count_from(t, 100);
	expect_counts(t, 100, 100);
	count_from(t, 500);
	expect_counts(t, 500, 500);
}

static void test_cleared_statistics_count_from_there_but_for_what_is_now(void **state)
{
	struct state_world *t = *state;

	count_from(t, 100);
	assert_int_equal(act(t, "spindle-crypto:clear-ikev2-statistics", NULL).rc, 0);
	expect_counts(t, 100, 0);
	for (size_t i = 0; i < ENGINE_STAT_COUNT; i++)
		t->stats.count[i] += 7 + i;
	t->stats.count[ENGINE_STAT_IN_ACTIVE] = 3;
	{
		json_t *list = state_world_list(t, STATE_CRYPTO "/ikev2-statistics");

		expect_text(only(list), "incoming-active", "3");
		expect_text(only(list), "received", "16"); /* the tenth */
		json_decref(list);
	}
	router_world_engine(&t->rw, WORLD_CAPS); /* another process: it has counted nothing */
	count_from(t, 20);
	expect_counts(t, 20, 20);
}

static void test_without_an_engine_nothing_is_cleared_and_that_is_said(void **state)
{
	struct state_world *t = *state;
	struct outcome o;

	engine_detach(t->rw.engine);
	o = act(t, "spindle-crypto:clear-ikev2-statistics", NULL);
	assert_int_equal(o.rc, -EPIPE);
	assert_string_equal(o.why, "the IKE process does not answer");
}

static void test_what_is_offered_without_a_policy_is_told(void **state)
{
	struct state_world *t = *state;
	json_t *list = state_world_list(t, STATE_CRYPTO "/ikev2-default-proposal"), *e;

	assert_int_equal(json_array_size(list), 2);
	e = state_world_pick(list, "index", json_integer(1));
	assert_string_equal(json_string_value(json_array_get(json_object_get(e, "encryption"), 0)),
			    "AES-GCM-256");
	assert_null(json_object_get(e, "integrity"));
	e = state_world_pick(list, "index", json_integer(2));
	assert_string_equal(json_string_value(json_array_get(json_object_get(e, "integrity"), 1)),
			    "SHA256");
	assert_string_equal(json_string_value(json_array_get(json_object_get(e, "group"), 0)),
			    "31");
	json_decref(list);
}

/* ---- show access-lists ------------------------------------------------------------------------------------- */

/* The connection that the complete map entry VPN 10 is. */
static uint32_t map_conn(const struct state_world *t)
{
	const struct conn *c = NULL;

	while ((c = conn_next(t->rw.conns, c)))
		if (!strcmp(c->name, "VPN 10"))
			return c->id;
	fail_msg("VPN 10 is not up");
	return 0;
}

static void carry(const struct state_world *t, uint32_t spi, uint64_t in, uint64_t out)
{
	struct xfrm_sa_id i = router_world_in(spi), o = router_world_out(spi);

	fake_find(fake_of(t->rw.xfrm), &i)->sa.counters.packets = in;
	fake_find(fake_of(t->rw.xfrm), &o)->sa.counters.packets = out;
}

static void expect_matches(struct state_world *t, const char *connection, const char *want)
{
	json_t *list = state_world_list(t, STATE_ACL "/rule");

	expect_text(state_world_pick(list, "connection", json_string(connection)), "matches", want);
	json_decref(list);
}

static void test_packets_of_a_rule_are_those_of_its_sas_dead_and_alive(void **state)
{
	struct state_world *t = *state;
	uint32_t conn;

	map_world_complete(t->m);
	conn = map_conn(t);
	router_world_ike(&t->rw, conn, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, conn, 10, SPI_1, 0);
	expect_matches(t, "VPN 10", "0");
	carry(t, SPI_1, 30, 7);
	expect_matches(t, "VPN 10", "37");
	router_world_pair(&t->rw, conn, 10, SPI_2, SPI_1);
	carry(t, SPI_2, 1, 2);
	expect_matches(t, "VPN 10", "40");
	router_world_delete(&t->rw, SPI_1, ENGINE_WHY_REPLACED);
	expect_matches(t, "VPN 10", "40");
	assert_int_equal(act(t, "spindle-acl:clear-counters", json_pack("{ss}", "list", "7")).rc,
			 0);
	expect_matches(t, "VPN 10", "40");
	assert_int_equal(act(t, "spindle-acl:clear-counters", json_pack("{ss}", "list", "101")).rc,
			 0);
	expect_matches(t, "VPN 10", "0");
	carry(t, SPI_2, 2, 4);
	expect_matches(t, "VPN 10", "3");
}

static void test_hits_of_access_class_are_counted_by_rule(void **state)
{
	struct state_world *t = *state;
	struct crypto_map *cm = t->rooms.crypto_map;
	const struct addr friend = addr_v4(0x0a010105), stranger = addr_v4(0xc0000201);
	json_t *list;

	assert_int_equal(
		map_world_edit(t->m, "{'spindle-acl:access-lists':{'standard':[{'name':'5','rule':["
				     "{'sequence':10,'action':'permit','source':'10.1.0.0/16'},"
				     "{'sequence':20,'action':'deny'}]}]}}"),
		0);
	assert_int_equal(crypto_map_access(cm, "5", &friend, 22), 1);
	assert_int_equal(crypto_map_access(cm, "5", &friend, 22), 1);
	assert_int_equal(crypto_map_access(cm, "5", &stranger, 22), 0);
	list = state_world_list(t, STATE_ACL "/rule");
	assert_int_equal(json_array_size(list), 2);
	expect_text(state_world_pick(list, "sequence", json_integer(10)), "matches", "2");
	expect_text(state_world_pick(list, "sequence", json_integer(20)), "matches", "1");
	expect_text(json_array_get(list, 0), "list", "5");
	json_decref(list);
	/* Another rule changes: this one goes on counting. */
	assert_int_equal(
		map_world_edit(t->m, "{'spindle-acl:access-lists':{'standard':[{'name':'5','rule':["
				     "{'sequence':20,'action':'permit'}]}]}}"),
		0);
	assert_int_equal(crypto_map_access(cm, "5", &friend, 22), 1);
	list = state_world_list(t, STATE_ACL "/rule");
	expect_text(only(list), "matches", "3");
	json_decref(list);
	assert_int_equal(act(t, "spindle-acl:clear-counters", json_object()).rc, 0);
	list = state_world_list(t, STATE_ACL "/rule");
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

/* ---- clear crypto sa --------------------------------------------------------------------------------------- */

static void test_sa_counters_are_cleared_for_people(void **state)
{
	struct state_world *t = *state;
	json_t *list;

	map_world_complete(t->m);
	router_world_ike(&t->rw, map_conn(t), WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, map_conn(t), 10, SPI_1, 0);
	carry(t, SPI_1, 30, 7);
	assert_int_equal(act(t, "spindle-crypto:clear-sa-counters", NULL).rc, 0);
	carry(t, SPI_1, 34, 7);
	list = state_world_list(t, STATE_CRYPTO "/ipsec-sa");
	expect_text(only(list), "packets-in", "4");
	expect_text(only(list), "packets-out", "0");
	json_decref(list);
	expect_matches(t, "VPN 10", "41"); /* the rule's own are another matter */
}

static size_t pairs(struct state_world *t)
{
	json_t *list = state_world_list(t, STATE_CRYPTO "/ipsec-sa");
	size_t n = json_array_size(list);

	json_decref(list);
	return n;
}

/* Without an IKE SA a pair goes from the kernel at once. */
static void two_pairs(struct state_world *t)
{
	uint32_t conn = map_conn(t);

	router_world_pair(&t->rw, conn, 10, SPI_1, 0);
	router_world_pair(&t->rw, conn, 10, SPI_2, 0);
	engine_detach(t->rw.engine);
	loop_advance(t->rw.loop, 1);
	assert_int_equal(pairs(t), 2);
}

static void test_one_sa_is_cleared_by_its_spi(void **state)
{
	struct state_world *t = *state;
	struct outcome o;

	map_world_complete(t->m);
	two_pairs(t);
	o = act(t, "spindle-crypto:clear-sa", json_pack("{si}", "spi", 17));
	assert_int_equal(o.rc, -ENOENT);
	assert_string_equal(o.why, "there is no SA with the SPI 0x11");
	assert_int_equal(act(t, "spindle-crypto:clear-sa",
			     json_pack("{sssIsi}", "address", "10.1.1.2", "spi", (json_int_t)SPI_1,
				       "protocol", 50))
				 .rc,
			 -ENOENT); /* it leads to us, not to the peer */
	assert_int_equal(act(t, "spindle-crypto:clear-sa",
			     json_pack("{sssIsi}", "address", "10.1.1.1", "spi", (json_int_t)SPI_1,
				       "protocol", 51))
				 .rc,
			 -ENOENT);
	assert_int_equal(act(t, "spindle-crypto:clear-sa",
			     json_pack("{sssIsi}", "address", "10.1.1.1", "spi", (json_int_t)SPI_1,
				       "protocol", 50))
				 .rc,
			 0);
	loop_advance(t->rw.loop, 10);
	assert_int_equal(pairs(t), 1);
	o = act(t, "spindle-crypto:clear-sa", json_pack("{ss}", "address", "10.1.1.1"));
	assert_int_equal(o.rc, -EINVAL);
	assert_string_equal(o.why, "an address or a protocol needs an spi");
}

static void test_sas_of_one_map_are_cleared(void **state)
{
	struct state_world *t = *state;

	map_world_complete(t->m);
	two_pairs(t);
	assert_int_equal(act(t, "spindle-crypto:clear-sa", json_pack("{ss}", "map", "OTHER")).rc,
			 0);
	loop_advance(t->rw.loop, 10);
	assert_int_equal(pairs(t), 2);
	assert_int_equal(act(t, "spindle-crypto:clear-sa", json_pack("{ss}", "map", "VPN")).rc, 0);
	loop_advance(t->rw.loop, 10);
	assert_int_equal(pairs(t), 0);
}

static void test_sessions_of_one_address_of_ours_are_cleared(void **state)
{
	struct state_world *t = *state;

	map_world_complete(t->m);
	two_pairs(t);
	assert_int_equal(
		act(t, "spindle-crypto:clear-session", json_pack("{ss}", "local", "10.1.1.77")).rc,
		0);
	loop_advance(t->rw.loop, 10);
	assert_int_equal(pairs(t), 2);
	assert_int_equal(
		act(t, "spindle-crypto:clear-session", json_pack("{ss}", "local", "10.1.1.1")).rc,
		0);
	loop_advance(t->rw.loop, 10);
	assert_int_equal(pairs(t), 0);
}

#define WORLD_TEST(name)                                                                           \
	cmocka_unit_test_setup_teardown(name, state_world_setup, state_world_teardown)

int state_crypto_tests(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_statistics_are_what_the_engine_counted),
		WORLD_TEST(test_cleared_statistics_count_from_there_but_for_what_is_now),
		WORLD_TEST(test_without_an_engine_nothing_is_cleared_and_that_is_said),
		WORLD_TEST(test_what_is_offered_without_a_policy_is_told),
		WORLD_TEST(test_packets_of_a_rule_are_those_of_its_sas_dead_and_alive),
		WORLD_TEST(test_hits_of_access_class_are_counted_by_rule),
		WORLD_TEST(test_sa_counters_are_cleared_for_people),
		WORLD_TEST(test_one_sa_is_cleared_by_its_spi),
		WORLD_TEST(test_sas_of_one_map_are_cleared),
		WORLD_TEST(test_sessions_of_one_address_of_ours_are_cleared),
	};

	return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
