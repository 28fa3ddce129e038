/* Room crypto_map: changes of many entries, which are made a slice a turn. */
#include <errno.h>
#include <string.h>

#include "base/loop.h"
#include "base/text.h"
#include "link/link_internal.h"
#include "tests/unit/map_world.h"

#define MANY 300

/* Entries 100 … 100 + MANY - 1 with an access list each, to a peer of net 10.NET.0.0. */
static char *many(int net)
{
	struct text t = {0};

	text_addf(&t, "{'spindle-acl:access-lists':{'extended':[");
	for (int i = 0; i < MANY; i++)
		text_addf(&t,
			  "%s{'name':'M%d','rule':[{'sequence':10,'action':'permit','source':"
			  "'10.10.0.0/16','destination':'172.16.%d.%d/32'}]}",
			  i ? "," : "", i, i / 250, i % 250);
	text_addf(&t, "]},'spindle-crypto:crypto':{'map':[");
	for (int i = 0; i < MANY; i++)
		text_addf(&t,
			  "%s{'@':{'spindle-types:remove':'peer'},'name':'VPN','sequence':%d,"
			  "'peer':['10.%d.%d.%d'],'transform-set':['T1'],'match-address':'M%d',"
			  "'ikev2-profile':'P2'}",
			  i ? "," : "", 100 + i, net, i / 250, 1 + i % 250, i);
	text_addf(&t, "]}}");
	return text_take(&t);
}

static const char profile_of_all[] =
	"{'spindle-crypto:crypto':{'ikev2':{'keyring':[{'name':'K2','peer':[{'name':'all',"
	"'address':'10.0.0.0/8','pre-shared-key':'secret'}]}],'profile':[{'name':'P2',"
	"'match-identity-remote-address':['10.0.0.0/8'],'authentication-local':'pre-share',"
	"'authentication-remote':'pre-share','keyring':'K2'}]}}}";

static void edit_many(struct map_world *w, int net, int expected)
{
	char *edit = many(net);

	assert_int_equal(map_world_edit(w, edit), expected);
	alloc_free(edit);
}

static size_t with_peer_in(const struct map_world *w, uint8_t net)
{
	size_t count = 0;

	for (const struct conn *c = NULL; (c = conn_next(w->conns, c));)
		count += c->seq >= 100 && c->peers[0].bytes[1] == net;
	return count;
}

static uint64_t turns_of_the_room(const struct map_world *w)
{
	struct loop_stat stat;

	for (size_t i = 0; loop_stat_get(w->loop, i, &stat); i++)
		if (!strcmp(stat.name, "crypto map"))
			return stat.turns;
	return 0;
}

static void test_a_change_of_many_entries_takes_many_turns(void **state)
{
	struct map_world *w = *state;
	uint64_t before;

	map_world_complete(w);
	assert_int_equal(map_world_edit(w, profile_of_all), 0);
	before = turns_of_the_room(w);
	edit_many(w, 2, 0);
	assert_int_equal(with_peer_in(w, 2), MANY);
	assert_int_equal(map_world_policies(w), 3 * (MANY + 1));
	/* Put in place, compiled, published, settled, cleared: each a slice a turn. */
	assert_in_range(turns_of_the_room(w) - before, 5 * MANY / 64, 10 * MANY / 64 + 20);
}

static void test_a_refusal_among_many_undoes_all(void **state)
{
	struct map_world *w = *state;

	map_world_complete(w);
	assert_int_equal(map_world_edit(w, profile_of_all), 0);
	edit_many(w, 2, 0);
	xfrm_fake_fail(w->xfrm, FAKE_POLICY_PUT, 2 * MANY, -EPERM);
	edit_many(w, 3, -EPERM);
	assert_int_equal(with_peer_in(w, 2), MANY);
	assert_int_equal(with_peer_in(w, 3), 0);
	edit_many(w, 3, 0);
	assert_int_equal(with_peer_in(w, 3), MANY);
	assert_int_equal(map_world_policies(w), 3 * (MANY + 1));
}

/* The kernel refuses to take back, too: that is said, and put right soon after. */
static void test_what_could_not_be_undone_is_said_and_put_right(void **state)
{
	struct map_world *w = *state;

	map_world_complete(w);
	xfrm_fake_fail(w->xfrm, FAKE_POLICY_PUT, 6, -EPERM);
	xfrm_fake_fail(w->xfrm, FAKE_POLICY_DELETE, 1, -EIO);
	assert_int_equal(
		map_world_edit(w, "{'spindle-acl:access-lists':{'extended':[{'name':'101',"
				  "'rule':[{'sequence':20,'action':'permit','source':"
				  "'10.11.0.0/16','destination':'10.20.0.0/16'},{'sequence':30,"
				  "'action':'permit','source':'10.12.0.0/16','destination':"
				  "'10.20.0.0/16'}]}]}}"),
		-EPERM);
	assert_non_null(strstr(w->why, "1 policies could not be put back yet"));
	loop_advance(w->loop, 5000);
	assert_int_equal(map_world_policies(w), 3);
}

struct meddler {
	struct map_world *w;
	bool done;
};

/* The interface loses its address while connections are being published. */
static void meddle(void *ctx, const struct conn *old, const struct conn *new)
{
	struct meddler *m = ctx;
	struct link_wire_event gone = {.kind = LINK_WIRE_ADDR_GONE, .index = 2};

	(void)old;
	if (m->done || !new || new->seq < 100)
		return;
	m->done = true;
	assert_int_equal(addr_parse(&gone.addr.addr, "10.1.1.1"), 0);
	gone.addr.len = 24;
	link_table_event(m->w->link, &gone);
}

static void test_what_changes_in_the_middle_of_a_long_change_is_not_lost(void **state)
{
	static const struct conn_ops ops = {.changed = meddle};
	struct map_world *w = *state;
	struct meddler m = {.w = w};

	map_world_complete(w);
	assert_int_equal(map_world_edit(w, profile_of_all), 0);
	assert_int_equal(conn_table_listen(w->conns, &ops, &m), 0);
	edit_many(w, 2, 0);
	loop_advance(w->loop, 1000);
	assert_true(m.done);
	for (uint32_t seq = 100; seq < 100 + MANY; seq++)
		assert_non_null(strstr(map_world_incomplete(w, "VPN", seq, "eth0"), "address"));
	assert_int_equal(with_peer_in(w, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, map_world_setup, map_world_teardown)
		IN_WORLD(test_a_change_of_many_entries_takes_many_turns),
		IN_WORLD(test_a_refusal_among_many_undoes_all),
		IN_WORLD(test_what_could_not_be_undone_is_said_and_put_right),
		IN_WORLD(test_what_changes_in_the_middle_of_a_long_change_is_not_lost),
#undef IN_WORLD
	};

	return cmocka_run_group_tests_name("crypto_map_many", tests, NULL, NULL);
}
