/*
 * link/routes: messages as bytes; then this machine's kernel, in a network namespace of the test's own:
 * routes come, go, are many, and a destination is asked for. Needs root; skipped otherwise.
 */
#include "unit.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "base/clock.h"
#include "link/routes_internal.h"
#include "netns.h"

#define MANY 20000

/* ---- bytes ------------------------------------------------------------------------------------------- */

struct message {
	_Alignas(struct nlmsghdr) uint8_t bytes[1024];
	size_t len;
};

static void put_attr(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr a = {.nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type};

	memcpy(m->bytes + m->len, &a, sizeof(a));
	memcpy(m->bytes + m->len + sizeof(a), data, len);
	m->len += NLMSG_ALIGN(a.nla_len);
}

static void put_u32(struct message *m, uint16_t type, uint32_t v)
{
	put_attr(m, type, &v, sizeof(v));
}

static struct message begin(uint8_t family, uint8_t len)
{
	struct rtmsg r = {.rtm_family = family,
			  .rtm_dst_len = len,
			  .rtm_table = RT_TABLE_MAIN,
			  .rtm_protocol = RTPROT_STATIC,
			  .rtm_type = RTN_UNICAST};
	struct message m = {.len = NLMSG_HDRLEN + sizeof(r)};

	memcpy(m.bytes + NLMSG_HDRLEN, &r, sizeof(r));
	return m;
}

static const struct nlmsghdr *end(struct message *m)
{
	struct nlmsghdr h = {.nlmsg_len = (uint32_t)m->len, .nlmsg_type = RTM_NEWROUTE};

	memcpy(m->bytes, &h, sizeof(h));
	return (const struct nlmsghdr *)(const void *)m->bytes;
}

static void test_a_route_is_read_with_its_next_hop(void **state)
{
	struct message m = begin(AF_INET, 16);
	char text[PREFIX_STRLEN], gateway[ADDR_STRLEN];
	struct route r;
	uint32_t table;

	(void)state;
	put_attr(&m, RTA_DST, "\x0a\x37\0\0", 4);
	put_attr(&m, RTA_GATEWAY, "\x0a\x01\x01\x02", 4);
	put_u32(&m, RTA_OIF, 5);
	put_u32(&m, RTA_PRIORITY, 20);
	put_u32(&m, RTA_TABLE, 1000);
	assert_true(route_parse(end(&m), &r, &table));
	assert_string_equal(prefix_format(&r.dst, text), "10.55.0.0/16");
	assert_string_equal(addr_format(&r.hop[0].gateway, gateway), "10.1.1.2");
	assert_int_equal(r.hop[0].interface, 5);
	assert_int_equal(r.hop_count, 1);
	assert_int_equal(r.metric, 20);
	assert_int_equal(table, 1000);
}

static void test_several_next_hops_are_read_and_bounded(void **state)
{
	struct rtnexthop nh[40] = {0};
	struct message m = begin(AF_INET6, 0);
	struct route r;
	uint32_t table;

	(void)state;
	for (int i = 0; i < 40; i++)
		nh[i] = (struct rtnexthop){
			.rtnh_len = sizeof(nh[i]), .rtnh_ifindex = i + 1, .rtnh_hops = 2};
	put_attr(&m, RTA_MULTIPATH, nh, sizeof(nh));
	assert_true(route_parse(end(&m), &r, &table));
	assert_int_equal(r.hop_count, 40);
	assert_int_equal(r.hop[31].interface, 32);
	assert_int_equal(r.hop[0].weight, 3);
	nh[3].rtnh_len = 7; /* shorter than itself: what follows is not looked at */
	m = begin(AF_INET6, 0);
	put_attr(&m, RTA_MULTIPATH, nh, sizeof(nh));
	assert_true(route_parse(end(&m), &r, &table));
	assert_int_equal(r.hop_count, 3);
}

static void test_a_next_hop_of_the_other_family_is_read(void **state)
{
	uint8_t via[2 + 16] = {AF_INET6, 0, 0xfe, 0x80, [17] = 1};
	struct message m = begin(AF_INET, 8);
	char gateway[ADDR_STRLEN];
	struct route r;
	uint32_t table;

	(void)state;
	put_attr(&m, RTA_DST, "\x0a\0\0\0", 4);
	put_attr(&m, RTA_VIA, via, sizeof(via));
	assert_true(route_parse(end(&m), &r, &table));
	assert_string_equal(addr_format(&r.hop[0].gateway, gateway), "fe80::1");
	m = begin(AF_INET, 8);
	put_attr(&m, RTA_VIA, via, 5);
	assert_true(route_parse(end(&m), &r, &table));
	assert_int_equal(r.hop_count, 0);
}

static void test_malformed_messages_are_no_routes(void **state)
{
	struct message m = begin(AF_INET, 33);
	struct route r;
	uint32_t table;

	(void)state;
	assert_false(route_parse(end(&m), &r, &table));
	m = begin(AF_DECnet, 8);
	assert_false(route_parse(end(&m), &r, &table));
	m = begin(AF_INET, 8);
	put_attr(&m, RTA_DST, "\x0a\0", 2);
	assert_false(route_parse(end(&m), &r, &table));
	m.len = NLMSG_HDRLEN + 3;
	assert_false(route_parse(end(&m), &r, &table));
}

static struct route to(const char *prefix)
{
	struct route r = {.type = RTN_UNICAST};

	assert_int_equal(prefix_parse(&r.dst, prefix), 0);
	return r;
}

static bool shown(const char *prefix, uint8_t type, uint32_t table)
{
	struct route r = to(prefix);

	r.type = type;
	return route_is_shown(&r, table);
}

static void test_what_routers_do_not_show_is_left_out(void **state)
{
	(void)state;
	assert_true(shown("10.0.0.0/8", RTN_UNICAST, RT_TABLE_MAIN));
	assert_true(shown("10.1.1.1/32", RTN_LOCAL, RT_TABLE_LOCAL));
	assert_true(shown("0.0.0.0/0", RTN_UNICAST, RT_TABLE_MAIN));
	assert_true(shown("::/0", RTN_UNICAST, RT_TABLE_MAIN));
	assert_false(shown("10.1.1.255/32", RTN_BROADCAST, RT_TABLE_LOCAL));
	assert_false(shown("127.0.0.1/32", RTN_LOCAL, RT_TABLE_LOCAL));
	assert_false(shown("127.0.0.0/8", RTN_LOCAL, RT_TABLE_LOCAL));
	assert_false(shown("::1/128", RTN_LOCAL, RT_TABLE_LOCAL));
	assert_true(shown("::2/128", RTN_LOCAL, RT_TABLE_LOCAL));
	assert_false(shown("fe80::/64", RTN_UNICAST, RT_TABLE_MAIN));
	assert_false(shown("ff00::/8", RTN_MULTICAST, RT_TABLE_LOCAL));
}

static void test_the_order_is_that_of_the_kernels_walk(void **state)
{
	struct route a = to("10.0.0.0/8"), b = to("10.0.0.0/16"), c = to("10.1.0.0/16");
	struct route d = to("2001:db8::/32"), e = to("2001:db8::/48");

	(void)state;
	assert_true(route_cmp(&b, &a) < 0);
	assert_true(route_cmp(&a, &c) < 0);
	assert_int_equal(route_cmp(&a, &a), 0);
	assert_true(route_cmp(&d, &e) < 0);
}

/* ---- the kernel ----------------------------------------------------------------------------------------- */

/* A veth pair with addresses; "" every time: what one test adds another must not see. */
static void fresh(void)
{
	if (!netns_own())
		skip();
	netns_ip("link del ra");
	netns_ip("route flush type blackhole");
	if (!netns_ip("link add ra type veth peer name rb"))
		skip();
	assert_true(netns_ip("addr add 10.9.1.1/24 dev ra"));
	assert_true(netns_ip("addr add 2001:db8:9::1/64 dev ra nodad"));
	assert_true(netns_ip("link set rb up") && netns_ip("link set ra up"));
}

/* All of a family as text: "10.9.1.0/24 10.9.1.1/32L "; how many steps were pauses. */
static const char *walked(int family)
{
	static char all[4096];
	struct route_walk *w = route_kernel.begin(NULL, family);
	const struct route *r;
	size_t len = 0;
	int rc;

	assert_non_null(w);
	all[0] = '\0';
	while ((rc = route_kernel.next(w, &r)) == 1 || rc == -EAGAIN) {
		char text[PREFIX_STRLEN];

		if (rc == 1 && len < sizeof(all) - PREFIX_STRLEN - 3)
			len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s ",
						prefix_format(&r->dst, text),
						r->type == RTN_LOCAL ? "L" : "");
	}
	assert_int_equal(rc, 0);
	route_kernel.end(w);
	return all;
}

/* The kernel adds an IPv6 address's own route a moment after its link came up. */
static void expect_soon(int family, const char *all)
{
	const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};

	for (int i = 0; i < 300 && strcmp(walked(family), all) != 0; i++)
		nanosleep(&moment, NULL);
	assert_string_equal(walked(family), all);
}

static void test_routes_come_and_go_with_the_kernels(void **state)
{
	(void)state;
	fresh();
	assert_string_equal(walked(AF_INET), "10.9.1.0/24 10.9.1.1/32L ");
	assert_true(netns_ip("route add 10.55.0.0/16 via 10.9.1.2"));
	assert_true(netns_ip("route add default via 10.9.1.2"));
	assert_true(netns_ip("route add 10.99.0.0/16 via 10.9.1.2 table 77"));
	assert_string_equal(walked(AF_INET), "0.0.0.0/0 10.9.1.0/24 10.9.1.1/32L 10.55.0.0/16 ");
	assert_true(netns_ip("route del 10.55.0.0/16"));
	assert_string_equal(walked(AF_INET), "0.0.0.0/0 10.9.1.0/24 10.9.1.1/32L ");
	assert_true(netns_ip("-6 route add 2001:db8:55::/48 via 2001:db8:9::2"));
	expect_soon(AF_INET6, "2001:db8:9::/64 2001:db8:9::1/128L 2001:db8:55::/48 ");
}

static struct route match(const char *text, int want)
{
	struct route r = {0};
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	assert_int_equal(route_kernel.match(NULL, &a, &r), want);
	return r;
}

static void test_the_kernel_is_asked_for_the_longest_match(void **state)
{
	struct route r;

	(void)state;
	fresh();
	match("10.55.1.1", -ENETUNREACH);
	assert_true(netns_ip("route add 10.55.0.0/16 via 10.9.1.2"));
	assert_true(netns_ip("route add 10.55.1.0/24 via 10.9.1.3"));
	r = match("10.55.1.1", 0);
	assert_int_equal(r.dst.len, 24);
	assert_int_equal(r.hop[0].gateway.bytes[3], 3);
	r = match("10.55.2.1", 0);
	assert_int_equal(r.dst.len, 16);
	r = match("10.9.1.1", 0);
	assert_int_equal(r.type, RTN_LOCAL);
	assert_true(netns_ip("route add blackhole 10.55.3.0/24"));
	match("10.55.3.1", -ENETUNREACH);
	r = match("2001:db8:9::77", 0);
	assert_int_equal(r.dst.len, 64);
	match("2001:db8:77::1", -ENETUNREACH);
}

/* By a file of commands: one process for all. */
static void add_many(void)
{
	char name[] = "/tmp/test_routes.XXXXXX", words[64];
	int fd = mkstemp(name);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	assert_non_null(f);
	for (int i = 0; i < MANY; i++)
		fprintf(f, "route add 172.%d.%d.%d/32 via 10.9.1.2\n", 16 + i / 65536,
			i / 256 % 256, i % 256);
	fclose(f);
	snprintf(words, sizeof(words), "-batch %s", name);
	assert_true(netns_ip(words));
	unlink(name);
}

/* Each step is short and the memory the same, however many there are; one that ends early leaves nothing. */
static void test_a_great_table_is_walked_in_short_steps(void **state)
{
	struct route_walk *w;
	const struct route *r;
	uint64_t longest = 0;
	size_t count = 0;
	int rc = 1;

	(void)state;
	fresh();
	add_many();
	w = route_kernel.begin(NULL, AF_INET);
	assert_non_null(w);
	while (rc == 1 || rc == -EAGAIN) {
		uint64_t before = clock_boot_us(), took;

		rc = route_kernel.next(w, &r);
		took = clock_boot_us() - before;
		longest = took > longest ? took : longest;
		count += rc == 1;
	}
	route_kernel.end(w);
	assert_int_equal(rc, 0);
	assert_int_equal(count, MANY + 2);
	print_message("longest step of a walk through %d routes: %llu us\n", MANY,
		      (unsigned long long)longest);
	w = route_kernel.begin(NULL, AF_INET);
	assert_int_equal(route_kernel.next(w, &r), 1);
	route_kernel.end(w);
	route_kernel.end(NULL);
}

static int walk_some(void *arg)
{
	struct route_walk *w = route_kernel.begin(NULL, AF_INET);

	(void)arg;
	route_kernel.end(w);
	return w ? 0 : -ENOMEM;
}

static void test_running_out_of_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	fresh();
	assert_true(unit_fail_each_allocation(walk_some, NULL) >= 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_route_is_read_with_its_next_hop),
		cmocka_unit_test(test_several_next_hops_are_read_and_bounded),
		cmocka_unit_test(test_a_next_hop_of_the_other_family_is_read),
		cmocka_unit_test(test_malformed_messages_are_no_routes),
		cmocka_unit_test(test_what_routers_do_not_show_is_left_out),
		cmocka_unit_test(test_the_order_is_that_of_the_kernels_walk),
		cmocka_unit_test(test_routes_come_and_go_with_the_kernels),
		cmocka_unit_test(test_the_kernel_is_asked_for_the_longest_match),
		cmocka_unit_test(test_a_great_table_is_walked_in_short_steps),
		cmocka_unit_test(test_running_out_of_memory_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
