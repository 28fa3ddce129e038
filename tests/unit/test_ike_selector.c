/* ike/wire's traffic selectors: ranges and prefixes, ports, ICMP, narrowing. */
#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ike/wire/wire.h"

static struct ike_ts range(const char *first, const char *last, uint8_t proto, uint16_t port_first,
			   uint16_t port_last)
{
	struct ike_ts ts = {.proto = proto, .port_first = port_first, .port_last = port_last};

	assert_int_equal(addr_parse(&ts.first, first), 0);
	assert_int_equal(addr_parse(&ts.last, last), 0);
	return ts;
}

static struct selector pair(const char *local, const char *remote, uint8_t proto)
{
	struct selector s = {.proto = proto};

	assert_int_equal(prefix_parse(&s.local, local), 0);
	assert_int_equal(prefix_parse(&s.remote, remote), 0);
	return s;
}

static void assert_ts(const struct ike_ts *got, const struct ike_ts *want)
{
	assert_true(addr_equal(&got->first, &want->first));
	assert_true(addr_equal(&got->last, &want->last));
	assert_int_equal(got->proto, want->proto);
	assert_int_equal(got->port_first, want->port_first);
	assert_int_equal(got->port_last, want->port_last);
}

static void test_prefixes_become_ranges(void **state)
{
	struct selector s = pair("10.1.0.0/16", "2001:db8:8000::/33", 0);
	struct ike_ts local = ike_ts_from_selector(&s, true);
	struct ike_ts remote = ike_ts_from_selector(&s, false);
	struct ike_ts want = range("10.1.0.0", "10.1.255.255", 0, 0, 65535);

	(void)state;
	assert_ts(&local, &want);
	want = range("2001:db8:8000::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 0, 0, 65535);
	assert_ts(&remote, &want);
	s = pair("0.0.0.0/0", "192.0.2.1", IPPROTO_TCP);
	s.remote_port = 179;
	s.remote_port_mask = 0xffff;
	local = ike_ts_from_selector(&s, true);
	remote = ike_ts_from_selector(&s, false);
	want = range("0.0.0.0", "255.255.255.255", IPPROTO_TCP, 0, 65535);
	assert_ts(&local, &want);
	want = range("192.0.2.1", "192.0.2.1", IPPROTO_TCP, 179, 179);
	assert_ts(&remote, &want);
}

static void test_selectors_come_back_as_they_were(void **state)
{
	static const struct {
		const char *local, *remote;
		uint8_t proto;
		uint16_t lport, lmask, rport, rmask;
	} rows[] = {
		{"10.0.0.0/8", "10.1.0.0/24", 0, 0, 0, 0, 0},
		{"0.0.0.0/0", "0.0.0.0/0", 0, 0, 0, 0, 0},
		{"10.0.0.1/32", "10.0.0.2/32", IPPROTO_UDP, 53, 0xffff, 0, 0},
		{"10.0.0.1/32", "10.0.0.2/32", IPPROTO_UDP, 0, 0xffff, 4000, 0xffff},
		{"::/0", "2001:db8::/127", IPPROTO_TCP, 0, 0, 65535, 0xffff},
		{"10.0.0.0/31", "10.0.0.2/32", IPPROTO_ICMP, 8, 0xffff, 0, 0},
		{"10.0.0.0/31", "10.0.0.2/32", IPPROTO_ICMP, 3, 0xffff, 4, 0xffff},
		{"2001:db8::/64", "fe80::/10", IPPROTO_ICMPV6, 128, 0xffff, 0, 0xffff},
		{"10.0.0.0/31", "10.0.0.2/32", IPPROTO_ICMP, 0, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct selector s = pair(rows[i].local, rows[i].remote, rows[i].proto), back;
		struct ike_ts local, remote;

		s.local_port = rows[i].lport;
		s.local_port_mask = rows[i].lmask;
		s.remote_port = rows[i].rport;
		s.remote_port_mask = rows[i].rmask;
		local = ike_ts_from_selector(&s, true);
		remote = ike_ts_from_selector(&s, false);
		assert_int_equal(ike_ts_to_selector(&local, &remote, &back), 0);
		assert_true(selector_equal(&s, &back));
	}
}

static void test_what_the_kernel_cannot_hold_is_refused(void **state)
{
	const struct ike_ts all = range("10.0.0.0", "10.0.0.255", 0, 0, 65535);
	const struct ike_ts bad[] = {
		range("10.0.0.1", "10.0.0.2", 0, 0, 65535),
		range("10.0.0.0", "10.0.0.254", 0, 0, 65535),
		range("10.0.0.1", "10.0.0.255", 0, 0, 65535),
		range("10.0.0.0", "10.0.0.255", IPPROTO_TCP, 80, 81),
		range("10.0.0.0", "10.0.0.255", IPPROTO_TCP, 65535, 0),
		range("10.0.0.0", "10.0.0.255", IPPROTO_ICMP, 0x0800, 0x0803),
		range("2001:db8::", "2001:db8::", 0, 0, 65535),
		range("::", "ffff::", 0, 0, 65535),
	};
	struct selector s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ike_ts_to_selector(&bad[i], &all, &s), -ERANGE);
}

static void test_sides_that_do_not_go_together_are_refused(void **state)
{
	struct ike_ts a = range("10.0.0.0", "10.0.0.255", IPPROTO_TCP, 0, 65535);
	struct ike_ts b = range("10.1.0.0", "10.1.0.255", IPPROTO_UDP, 0, 65535);
	struct selector s;

	(void)state;
	assert_int_equal(ike_ts_to_selector(&a, &b, &s), -ERANGE);
	b.proto = 0;
	assert_int_equal(ike_ts_to_selector(&a, &b, &s), 0);
	assert_int_equal(s.proto, IPPROTO_TCP);
	a.proto = b.proto = IPPROTO_ICMP;
	a.port_first = a.port_last = 0x0800;
	assert_int_equal(ike_ts_to_selector(&b, &a, &s), 0);
	assert_int_equal(s.local_port, 8);
	b.port_first = b.port_last = 0x0000;
	assert_int_equal(ike_ts_to_selector(&a, &b, &s), -ERANGE);
}

static void test_narrowing_takes_what_both_hold(void **state)
{
	struct ike_ts offer = range("10.0.0.0", "10.255.255.255", 0, 0, 65535);
	struct ike_ts mine = range("10.1.0.0", "10.1.0.255", IPPROTO_TCP, 80, 80), out, again;

	(void)state;
	assert_true(ike_ts_intersect(&offer, &mine, &out));
	assert_ts(&out, &mine);
	assert_true(ike_ts_intersect(&mine, &offer, &again));
	assert_ts(&again, &mine);
	offer = range("10.1.0.128", "10.2.0.0", IPPROTO_TCP, 0, 1023);
	assert_true(ike_ts_intersect(&offer, &mine, &out));
	mine.first = offer.first;
	assert_ts(&out, &mine);
}

static void test_narrowing_finds_nothing_where_nothing_is_common(void **state)
{
	const struct ike_ts mine = range("10.1.0.0", "10.1.0.255", IPPROTO_TCP, 80, 90);
	const struct ike_ts offers[] = {
		range("10.1.1.0", "10.1.1.255", IPPROTO_TCP, 80, 90),
		range("10.1.0.0", "10.1.0.255", IPPROTO_UDP, 80, 90),
		range("10.1.0.0", "10.1.0.255", IPPROTO_TCP, 91, 92),
		range("10.1.0.0", "10.1.0.255", IPPROTO_TCP, 65535, 0),
		range("2001:db8::", "2001:db8::1", IPPROTO_TCP, 80, 90),
	};
	struct ike_ts out;

	(void)state;
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		assert_false(ike_ts_intersect(&offers[i], &mine, &out));
}

static void test_any_port_takes_in_opaque(void **state)
{
	struct ike_ts any = range("10.1.0.0", "10.1.0.255", 0, 0, 65535), out;
	struct ike_ts opaque = range("10.1.0.0", "10.1.0.255", 0, 65535, 0);

	(void)state;
	assert_true(ike_ts_intersect(&opaque, &any, &out));
	assert_ts(&out, &opaque);
	assert_true(ike_ts_intersect(&any, &opaque, &out));
	assert_ts(&out, &opaque);
	assert_true(ike_ts_intersect(&opaque, &opaque, &out));
	assert_ts(&out, &opaque);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes_become_ranges),
		cmocka_unit_test(test_selectors_come_back_as_they_were),
		cmocka_unit_test(test_what_the_kernel_cannot_hold_is_refused),
		cmocka_unit_test(test_sides_that_do_not_go_together_are_refused),
		cmocka_unit_test(test_narrowing_takes_what_both_hold),
		cmocka_unit_test(test_narrowing_finds_nothing_where_nothing_is_common),
		cmocka_unit_test(test_any_port_takes_in_opaque),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
