/* conn as a value: equality field by field, references, peers, children. */
#include "unit.h"

#include <string.h>

#include "base/secret.h"
#include "conn_samples.h"

#define CHANGES(X)                                                                                 \
	X(c->id++)                                                                                 \
	X(c->seq++)                                                                                \
	X(c->name[0]++)                                                                            \
	X(c->map[2]++)                                                                             \
	X(c->interface[3]++)                                                                       \
	X(c->local.bytes[3]++)                                                                     \
	X(c->peers[1].bytes[15]++)                                                                 \
	X(c->peer_count--)                                                                         \
	X(c->current_peer--)                                                                       \
	X(c->local_id.data[0]++)                                                                   \
	X(c->remote_id.type = IDENTITY_EMAIL)                                                      \
	X(secret_bytes(c->psk_local)[0]++)                                                         \
	X(secret_bytes(c->psk_remote)[10]++)                                                       \
	X(c->ike[1].t[0].id++)                                                                     \
	X(c->ike_count--)                                                                          \
	X(c->ike_lifetime_s++)                                                                     \
	X(c->dpd.interval_s++)                                                                     \
	X(c->dpd.retry_s++)                                                                        \
	X(c->dpd.periodic = false)                                                                 \
	X(c->esp[0].t[0].key_bits = 256)                                                           \
	X(c->esp_count--)                                                                          \
	X(c->lifetime_s++)                                                                         \
	X(c->lifetime_kb++)                                                                        \
	X(c->replay_window++)                                                                      \
	X(c->children[1].child++)                                                                  \
	X(c->children[1].reqid++)                                                                  \
	X(c->children[1].selector.remote_port++)                                                   \
	X(c->child_count--)

static void change(struct conn *c, int which)
{
	int at = 0;

#define ONE(what)                                                                                  \
	if (which == at++)                                                                         \
		what;
	CHANGES(ONE)
#undef ONE
}

#define COUNT(what) +1
enum { CHANGE_COUNT = 0 CHANGES(COUNT) };

static void test_every_field_makes_a_difference(void **state)
{
	(void)state;
	for (int i = 0; i < CHANGE_COUNT; i++) {
		struct conn *a = conn_sample(1), *b = conn_sample(1);

		assert_true(conn_same(a, b));
		change(b, i);
		if (conn_same(a, b) || conn_same(b, a))
			fail_msg("change %d was not seen", i);
		conn_unref(a);
		conn_unref(b);
	}
}

static void test_version_and_references_make_none(void **state)
{
	struct conn *a = conn_sample(1), *b = conn_sample(1);

	(void)state;
	b->version = 7;
	conn_ref(b);
	assert_true(conn_same(a, b));
	conn_unref(b);
	secret_free(b->psk_remote);
	b->psk_remote = NULL;
	assert_false(conn_same(a, b));
	secret_free(a->psk_remote);
	a->psk_remote = NULL;
	assert_true(conn_same(a, b));
	conn_unref(a);
	conn_unref(b);
	conn_unref(NULL);
}

static void test_the_last_reference_frees(void **state)
{
	struct conn *c = conn_sample(1);

	(void)state;
	assert_ptr_equal(conn_ref(c), c);
	conn_unref(c);
	assert_int_equal(c->refs, 1);
	assert_string_equal(c->name, "VPN 10");
	conn_unref(c);
}

static void test_peers_are_known(void **state)
{
	struct conn *c = conn_sample(1);
	struct addr a;

	(void)state;
	addr_parse(&a, "2001:db8::2");
	assert_true(conn_has_peer(c, &a));
	assert_true(addr_equal(conn_current_peer(c), &a));
	addr_parse(&a, "10.1.1.3");
	assert_false(conn_has_peer(c, &a));
	c->current_peer = 2;
	assert_null(conn_current_peer(c));
	conn_unref(c);
}

static void test_children_are_found_by_line_and_reqid(void **state)
{
	struct conn *c = conn_sample(1);

	(void)state;
	assert_ptr_equal(conn_child(c, 20), &c->children[1]);
	assert_null(conn_child(c, 30));
	assert_ptr_equal(conn_child_by_reqid(c, 100), &c->children[0]);
	assert_null(conn_child_by_reqid(c, 102));
	conn_unref(c);
}

static void test_a_selector_finds_its_equal_before_what_holds_it(void **state)
{
	struct conn *c = conn_sample(1);
	struct selector s = c->children[1].selector;

	(void)state;
	assert_ptr_equal(conn_child_for(c, &s), &c->children[1]);
	s.local_port = 1000;
	s.local_port_mask = 0xffff;
	/* both hold it: the first line counts */
	assert_ptr_equal(conn_child_for(c, &s), &c->children[0]);
	c->children[0].selector.proto = 17;
	assert_ptr_equal(conn_child_for(c, &s), &c->children[1]);
	s.remote_port = 80;
	assert_null(conn_child_for(c, &s));
	s.remote_port_mask = 0; /* all ports do not lie within one */
	s.remote_port = 0;
	assert_null(conn_child_for(c, &s));
	conn_unref(c);
}

static void test_a_wider_selector_is_held_by_none(void **state)
{
	struct conn *c = conn_sample(1);
	struct selector s = c->children[0].selector;

	(void)state;
	prefix_parse(&s.remote, "10.0.0.0/8");
	assert_null(conn_child_for(c, &s));
	prefix_parse(&s.remote, "2001:db8::/64");
	assert_null(conn_child_for(c, &s));
	prefix_parse(&s.remote, "10.20.255.0/24");
	assert_ptr_equal(conn_child_for(c, &s), &c->children[0]);
	conn_unref(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_makes_a_difference),
		cmocka_unit_test(test_version_and_references_make_none),
		cmocka_unit_test(test_the_last_reference_frees),
		cmocka_unit_test(test_peers_are_known),
		cmocka_unit_test(test_children_are_found_by_line_and_reqid),
		cmocka_unit_test(test_a_selector_finds_its_equal_before_what_holds_it),
		cmocka_unit_test(test_a_wider_selector_is_held_by_none),
	};

	return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
