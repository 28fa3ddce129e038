#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/addr.h"

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	assert_int_equal(prefix_parse(&p, text), 0);
	return p;
}

static void test_addresses_of_both_families_read_back(void **state)
{
	static const char *const texts[] = {"192.0.2.1",   "0.0.0.0", "255.255.255.255",
					    "2001:db8::1", "::",      "fe80::1"};
	char buf[ADDR_STRLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct addr a = addr(texts[i]);

		assert_string_equal(addr_format(&a, buf), texts[i]);
		assert_true(addr_is_set(&a));
	}
}

static void test_only_whole_numeric_addresses_are_taken(void **state)
{
	static const char *const texts[] = {
		"",	      "localhost",    "192.0.2",      "192.0.2.256",
		"192.0.2.1 ", "192.0.2.1/24", "fe80::1%eth0", "1",
		"::1::"};
	struct addr a = addr("192.0.2.9");

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(addr_parse(&a, texts[i]), -EINVAL);
	assert_int_equal(addr_parse(&a, NULL), -EINVAL);
	/* What was there stays. */
	assert_int_equal(a.bytes[3], 9);
}

static void test_no_address_has_a_text_and_no_length(void **state)
{
	struct addr none = {0};
	char buf[ADDR_STRLEN];

	(void)state;
	assert_false(addr_is_set(&none));
	assert_int_equal(addr_len(&none), 0);
	assert_string_equal(addr_format(&none, buf), "-");
	assert_int_equal(addr_from_bytes(AF_UNIX, (const uint8_t *)"x").family, AF_UNSPEC);
}

static void test_addresses_are_ordered_by_family_then_bytes(void **state)
{
	struct addr a = addr("10.0.0.1"), b = addr("10.0.0.2"), c = addr("::1");

	(void)state;
	assert_true(addr_cmp(&a, &b) < 0);
	assert_true(addr_cmp(&b, &a) > 0);
	assert_true(addr_cmp(&b, &c) < 0);
	assert_true(addr_cmp(&c, &a) > 0);
	assert_true(addr_equal(&a, &a));
	assert_false(addr_equal(&a, &b));
}

static void test_equal_addresses_are_equal_bytes(void **state)
{
	struct addr a = addr("192.0.2.1"), b = addr_v4(0xc0000201);
	struct addr c = addr_from_bytes(AF_INET, (const uint8_t[]){192, 0, 2, 1});

	(void)state;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_equal(&a, &c, sizeof(a));
	assert_int_equal(addr_hash(&a, 7), addr_hash(&b, 7));
	assert_int_not_equal(addr_hash(&a, 7), addr_hash(&a, 8));
}

static void test_a_v4_address_is_not_the_v6_address_of_the_same_bytes(void **state)
{
	struct addr four = addr("0.0.0.0"), six = addr("::");

	(void)state;
	assert_false(addr_equal(&four, &six));
	assert_int_not_equal(addr_hash(&four, 1), addr_hash(&six, 1));
}

static void test_multicast_is_known_in_both_families(void **state)
{
	struct addr a = addr("224.0.0.1"), b = addr("239.255.255.255"), c = addr("ff02::1");
	struct addr d = addr("223.255.255.255"), e = addr("240.0.0.1"), f = addr("fe80::1");

	(void)state;
	assert_true(addr_is_multicast(&a) && addr_is_multicast(&b) && addr_is_multicast(&c));
	assert_false(addr_is_multicast(&d) || addr_is_multicast(&e) || addr_is_multicast(&f));
}

static void test_endpoints_go_to_sockaddr_and_back(void **state)
{
	struct endpoint four = {addr("192.0.2.1"), 500}, six = {addr("2001:db8::1"), 4500};
	struct sockaddr_storage ss;
	struct endpoint back;
	socklen_t len = endpoint_to_sockaddr(&four, &ss);

	(void)state;
	assert_int_equal(len, sizeof(struct sockaddr_in));
	back = endpoint_from_sockaddr((struct sockaddr *)&ss, len);
	assert_true(endpoint_equal(&four, &back));
	len = endpoint_to_sockaddr(&six, &ss);
	back = endpoint_from_sockaddr((struct sockaddr *)&ss, len);
	assert_true(endpoint_equal(&six, &back));
	assert_false(endpoint_equal(&four, &six));
}

static void test_a_short_or_foreign_sockaddr_gives_no_endpoint(void **state)
{
	struct endpoint four = {addr("192.0.2.1"), 500}, none = {0}, back;
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&four, &ss);

	(void)state;
	back = endpoint_from_sockaddr((struct sockaddr *)&ss, len - 1);
	assert_false(addr_is_set(&back.addr));
	ss.ss_family = AF_UNIX;
	back = endpoint_from_sockaddr((struct sockaddr *)&ss, sizeof(ss));
	assert_false(addr_is_set(&back.addr));
	assert_int_equal(endpoint_to_sockaddr(&none, &ss), 0);
}

static void test_prefixes_lose_their_host_bits(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"10.1.2.3/8", "10.0.0.0/8"},	    {"10.1.2.3/31", "10.1.2.2/31"},
		{"10.1.2.3", "10.1.2.3/32"},	    {"10.255.255.255/0", "0.0.0.0/0"},
		{"10.1.255.3/17", "10.1.128.0/17"}, {"2001:db8:ffff::1/33", "2001:db8:8000::/33"},
		{"2001:db8::1", "2001:db8::1/128"}, {"::ffff/127", "::fffe/127"},
	};
	char buf[PREFIX_STRLEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix p = prefix(rows[i].in);

		assert_string_equal(prefix_format(&p, buf), rows[i].out);
	}
}

static void test_bad_prefixes_are_refused(void **state)
{
	static const char *const texts[] = {"",
					    "/",
					    "10.0.0.0/",
					    "10.0.0.0/33",
					    "10.0.0.0/-1",
					    "::/129",
					    "10.0.0.0/8/8",
					    "/8",
					    "10.0.0.0/0x8",
					    "1111111111111111111111111111111111111111111111111/8"};
	struct prefix p;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(prefix_parse(&p, texts[i]), -EINVAL);
	assert_int_equal(prefix_parse(&p, NULL), -EINVAL);
}

static void test_a_length_over_the_family_is_cut(void **state)
{
	struct addr a = addr("10.0.0.1"), none = {0};
	struct prefix p = prefix_make(&a, 200);
	char buf[PREFIX_STRLEN];

	(void)state;
	assert_int_equal(p.len, 32);
	p = prefix_make(&none, 8);
	assert_int_equal(p.len, 0);
	assert_string_equal(prefix_format(&p, buf), "-");
}

static void test_prefixes_contain_addresses_and_prefixes(void **state)
{
	struct prefix net = prefix("10.1.0.0/16"), sub = prefix("10.1.2.0/24"),
		      six = prefix("::/0");
	struct addr in = addr("10.1.255.255"), out = addr("10.2.0.0");

	(void)state;
	assert_true(prefix_contains(&net, &in));
	assert_false(prefix_contains(&net, &out));
	assert_false(prefix_contains(&six, &in));
	assert_true(prefix_within(&sub, &net));
	assert_true(prefix_within(&net, &net));
	assert_false(prefix_within(&net, &sub));
	assert_false(prefix_within(&net, &six));
	assert_false(prefix_contains(&six, &(struct addr){0}));
}

static void test_wildcards_are_contiguous_or_refused(void **state)
{
	(void)state;
	assert_int_equal(prefix_len_from_wildcard(0x000000ff), 24);
	assert_int_equal(prefix_len_from_wildcard(0), 32);
	assert_int_equal(prefix_len_from_wildcard(UINT32_MAX), 0);
	assert_int_equal(prefix_len_from_wildcard(0x7fffffff), 1);
	assert_int_equal(prefix_len_from_wildcard(0x00ff00ff), -EINVAL);
	assert_int_equal(prefix_len_from_wildcard(0xff000000), -EINVAL);
	assert_int_equal(prefix_len_from_wildcard(0x00000002), -EINVAL);
}

static struct selector selector(void)
{
	return (struct selector){
		.local = prefix("10.1.0.0/24"),
		.remote = prefix("2001:db8::/32"),
		.proto = 6,
		.local_port = 80,
		.local_port_mask = 0xffff,
	};
}

static void test_the_peer_sees_a_selector_the_other_way_round(void **state)
{
	struct selector s = selector(), swapped = selector_swap(&s), back = selector_swap(&swapped);

	(void)state;
	assert_true(prefix_equal(&swapped.local, &s.remote));
	assert_int_equal(swapped.remote_port, 80);
	assert_int_equal(swapped.remote_port_mask, 0xffff);
	assert_int_equal(swapped.local_port_mask, 0);
	assert_false(selector_equal(&s, &swapped));
	assert_true(selector_equal(&s, &back));
}

static void test_selectors_differ_by_each_field(void **state)
{
	struct selector s = selector(), t;

	(void)state;
	t = s, t.local.len = 25;
	assert_false(selector_equal(&s, &t));
	t = s, t.remote.len = 33;
	assert_false(selector_equal(&s, &t));
	t = s, t.proto = 17;
	assert_false(selector_equal(&s, &t));
	t = s, t.local_port = 81;
	assert_false(selector_equal(&s, &t));
	t = s, t.local_port_mask = 0;
	assert_false(selector_equal(&s, &t));
	t = s, t.remote_port = 1;
	assert_false(selector_equal(&s, &t));
	t = s, t.remote_port_mask = 1;
	assert_false(selector_equal(&s, &t));
}

static void test_selectors_have_a_text(void **state)
{
	struct selector s = selector(),
			any = {.local = prefix("0.0.0.0/0"), .remote = prefix("0.0.0.0/0")};
	char buf[SELECTOR_STRLEN];

	(void)state;
	assert_string_equal(selector_format(&s, buf), "10.1.0.0/24[80] -> 2001:db8::/32 proto 6");
	assert_string_equal(selector_format(&any, buf), "0.0.0.0/0 -> 0.0.0.0/0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_of_both_families_read_back),
		cmocka_unit_test(test_only_whole_numeric_addresses_are_taken),
		cmocka_unit_test(test_no_address_has_a_text_and_no_length),
		cmocka_unit_test(test_addresses_are_ordered_by_family_then_bytes),
		cmocka_unit_test(test_equal_addresses_are_equal_bytes),
		cmocka_unit_test(test_a_v4_address_is_not_the_v6_address_of_the_same_bytes),
		cmocka_unit_test(test_multicast_is_known_in_both_families),
		cmocka_unit_test(test_endpoints_go_to_sockaddr_and_back),
		cmocka_unit_test(test_a_short_or_foreign_sockaddr_gives_no_endpoint),
		cmocka_unit_test(test_prefixes_lose_their_host_bits),
		cmocka_unit_test(test_bad_prefixes_are_refused),
		cmocka_unit_test(test_a_length_over_the_family_is_cut),
		cmocka_unit_test(test_prefixes_contain_addresses_and_prefixes),
		cmocka_unit_test(test_wildcards_are_contiguous_or_refused),
		cmocka_unit_test(test_the_peer_sees_a_selector_the_other_way_round),
		cmocka_unit_test(test_selectors_differ_by_each_field),
		cmocka_unit_test(test_selectors_have_a_text),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
