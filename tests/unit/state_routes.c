/* The part of test_api_state that is about routes: a table that the tests play. */
#include "tests/unit/state_world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "base/loop.h"

#define ETH0 2

static struct route *route(struct state_world *t, const char *prefix, uint8_t protocol,
			   const char *gateway, int interface)
{
	struct route *r = &t->routes[t->route_count++];

	assert_true(t->route_count <= STATE_ROUTES_MAX);
	*r = (struct route){.protocol = protocol, .type = RTN_UNICAST};
	assert_int_equal(prefix_parse(&r->dst, prefix), 0);
	if (gateway)
		assert_int_equal(addr_parse(&r->hop[0].gateway, gateway), 0);
	r->hop[0].interface = interface;
	r->hop[0].weight = 1;
	r->hop_count = gateway || interface;
	return r;
}

static void some_routes(struct state_world *t, const char *v6_prefix)
{
	struct route *r = route(t, v6_prefix ? v6_prefix : "0.0.0.0/0", RTPROT_BOOT,
				v6_prefix ? "2001:db8::2" : "10.1.1.254", ETH0);

	r->metric = 100;
	route(t, v6_prefix ? "2001:db8::/64" : "10.1.1.0/24", RTPROT_KERNEL, NULL, ETH0);
	r = route(t, v6_prefix ? "2001:db8::1/128" : "10.1.1.1/32", RTPROT_KERNEL, NULL, ETH0);
	r->type = RTN_LOCAL;
	r = route(t, v6_prefix ? "2001:db8:7::/48" : "10.7.0.0/16", RTPROT_STATIC, NULL, 0);
	r->type = RTN_BLACKHOLE;
}

static json_t *list_of(struct state_world *t, const char *family, const char *list, json_t *filter)
{
	char path[128];

	snprintf(path, sizeof(path), STATE_ROUTES "/%s/%s", family, list);
	return state_world_asked(t, path, filter);
}

static void check_routes(struct state_world *t, bool v6)
{
	const char *family = v6 ? "ipv6" : "ipv4";
	json_t *list = list_of(t, family, "route", NULL), *e, *hop;

	assert_int_equal(json_array_size(list), 4);
	e = json_array_get(list, 0);
	expect_text(e, "prefix", v6 ? "2001:db9::/32" : "0.0.0.0/0");
	expect_text(e, "source", "static");
	expect_number(e, "protocol", RTPROT_BOOT);
	expect_number(e, "metric", 100);
	expect_number(e, "next-hops", 1);
	hop = only(json_object_get(e, "next-hop"));
	expect_text(hop, "gateway", v6 ? "2001:db8::2" : "10.1.1.254");
	expect_text(hop, "interface", "eth0");
	expect_number(hop, "weight", 1);
	expect_text(json_array_get(list, 1), "source", "connected");
	expect_text(json_array_get(list, 2), "source", "local");
	expect_text(json_array_get(list, 2), "type", "local");
	expect_text(json_array_get(list, 3), "type", "blackhole");
	assert_null(json_object_get(json_array_get(list, 3), "next-hop"));
	json_decref(list);
	list = list_of(t, family, "route", json_pack("{ss}", "source", "connected"));
	expect_number(only(list), "protocol", RTPROT_KERNEL);
	json_decref(list);
}

static void change_routes(struct state_world *t, const char *gateway)
{
	struct route *r = &t->routes[0];

	r->hop_count = 2;
	r->hop[1] = (struct route_hop){.weight = 3};
	assert_int_equal(addr_parse(&r->hop[1].gateway, gateway), 0);
	r->hop[0].weight = 2;
}

static void check_match(struct state_world *t, bool v6)
{
	const char *family = v6 ? "ipv6" : "ipv4";
	json_t *list = list_of(t, family, "match",
			       json_pack("{ss}", "destination", v6 ? "2001:db8::9" : "10.1.1.9"));

	expect_text(only(list), "source", "connected");
	expect_text(only(list), "prefix", v6 ? "2001:db8::/64" : "10.1.1.0/24");
	json_decref(list);
	list = list_of(t, family, "match",
		       json_pack("{ss}", "destination", v6 ? "2001:db9::9" : "192.0.2.1"));
	expect_number(only(list), "next-hops", 2);
	json_decref(list);
	list = list_of(t, family, "match",
		       json_pack("{ss}", "destination", v6 ? "10.1.1.1" : "2001:db8::1"));
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	list = list_of(t, family, "match",
		       json_pack("{ss}", "destination", v6 ? "2001:db8:7::1" : "10.7.1.1"));
	expect_text(only(list), "type", "blackhole");
	json_decref(list);
	list = list_of(t, family, "match", NULL);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

static void check_counts(struct state_world *t, bool v6)
{
	json_t *list = list_of(t, v6 ? "ipv6" : "ipv4", "count", NULL);
	json_t *e = state_world_pick(list, "source", json_string("static"));

	expect_text(e, "networks", v6 ? NULL : "1");
	expect_text(e, v6 ? "routes" : "subnets", v6 ? "2" : "1");
	e = state_world_pick(list, "source", json_string("bgp"));
	expect_text(e, v6 ? "routes" : "subnets", "0");
	json_decref(list);
}

static void test_routes_of_ipv4(void **state)
{
	struct state_world *t = *state;
	json_t *list = list_of(t, "ipv4", "default", NULL);

	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	list = list_of(t, "ipv4", "count", NULL);
	json_decref(list);
	some_routes(t, NULL);
	check_routes(t, false);
	list = list_of(t, "ipv4", "default", NULL);
	expect_text(only(list), "gateway", "10.1.1.254");
	expect_text(only(list), "interface", "eth0");
	json_decref(list);
	change_routes(t, "10.1.1.253");
	state_world_read_all(t);
	check_match(t, false);
	check_counts(t, false);
	/* Of two, the one with the least metric. */
	route(t, "0.0.0.0/0", RTPROT_STATIC, "10.1.1.252", 0)->metric = 5;
	t->routes[1] = t->routes[--t->route_count];
	list = list_of(t, "ipv4", "default", NULL);
	expect_text(only(list), "gateway", "10.1.1.252");
	expect_text(only(list), "interface", NULL);
	json_decref(list);
}

static void test_routes_of_ipv6(void **state)
{
	struct state_world *t = *state;

	state_world_read_all(t);
	some_routes(t, "2001:db9::/32");
	check_routes(t, true);
	change_routes(t, "2001:db8::3");
	state_world_read_all(t);
	check_match(t, true);
	check_counts(t, true);
}

/* `networks` of IPv6 is 0 for ever: it has no classes. */
static void test_each_protocol_has_its_name(void **state)
{
	static const struct {
		uint8_t protocol;
		const char *source;
	} names[] = {{RTPROT_DHCP, "dhcp"},   {RTPROT_RA, "nd"},
		     {RTPROT_BGP, "bgp"},     {RTPROT_OSPF, "ospf"},
		     {RTPROT_RIP, "rip"},     {RTPROT_ISIS, "isis"},
		     {RTPROT_EIGRP, "eigrp"}, {191, "nhrp"},
		     {RTPROT_BABEL, "babel"}, {99, "other"}};
	struct state_world *t = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *list;

		t->route_count = 0;
		route(t, "10.7.0.0/16", names[i].protocol, "10.1.1.254", ETH0);
		list = list_of(t, "ipv4", "route", NULL);
		expect_text(only(list), "source", names[i].source);
		json_decref(list);
	}
}

static const struct api_state *table_of(struct state_world *t, const char *path)
{
	size_t count;
	const struct api_state *states = api_tables_states(t->tables, &count);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(states[i].path, path))
			return &states[i];
	fail_msg("no table %s", path);
	return NULL;
}

/* Who goes away in the middle of the table leaves room for the next; who stays keeps a walk. */
static void test_walks_are_bounded_and_ended(void **state)
{
	struct state_world *t = *state;
	const struct api_state *routes = table_of(t, STATE_ROUTES "/ipv4/route");
	uint64_t cursor[17] = {0};
	json_t *page = json_array();

	some_routes(t, NULL);
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(routes->page(routes->ctx, NULL, &cursor[i], 1, page), 0);
		assert_true(cursor[i]);
		json_array_clear(page);
	}
	assert_int_equal(routes->page(routes->ctx, NULL, &cursor[16], 1, page), -EBUSY);
	routes->drop(routes->ctx, cursor[3]);
	routes->drop(routes->ctx, cursor[3]); /* there is none such any more */
	cursor[16] = 0;
	assert_int_equal(routes->page(routes->ctx, NULL, &cursor[16], 1, page), 0);
	assert_int_not_equal(cursor[16], cursor[3]);
	json_array_clear(page);
	assert_int_equal(routes->page(routes->ctx, NULL, &cursor[3], 1, page), -ESTALE);
	json_decref(page);
}

int state_route_tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, state_world_setup, state_world_teardown)
	static const struct CMUnitTest routes[] = {
		TEST(test_routes_of_ipv4),
		TEST(test_routes_of_ipv6),
		TEST(test_each_protocol_has_its_name),
		TEST(test_walks_are_bounded_and_ended),
	};

	return cmocka_run_group_tests_name("routes", routes, NULL, NULL);
}
