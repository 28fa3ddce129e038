/* link: the table and the messages it is fed with, on a simulated loop. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "base/writer.h"
#include "link/link_internal.h"
#include "tests/unit/unit.h"

struct world {
	struct loop *loop;
	struct link *l;
	char told[256]; /* names, each with a space behind */
};

static void on_changed(void *ctx, const char *name)
{
	struct world *t = ctx;
	size_t len = strlen(t->told);

	snprintf(t->told + len, sizeof(t->told) - len, "%s ", name);
}

static const struct link_ops ops = {.changed = on_changed};

static int setup(void **state)
{
	static struct world t;

	t = (struct world){.loop = loop_new_simulated(0)};
	t.l = link_table_new(t.loop, NULL);
	assert_non_null(t.l);
	assert_int_equal(link_listen(t.l, &ops, &t), 0);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	struct world *t = *state;

	link_table_free(t->l);
	loop_free(t->loop);
	return 0;
}

static const char *turn(struct world *t)
{
	static char told[sizeof(t->told)];

	loop_advance(t->loop, 0);
	memcpy(told, t->told, sizeof(told));
	t->told[0] = '\0';
	return told;
}

static void put_link(struct world *t, int index, const char *name, bool up)
{
	struct link_wire_event ev = {
		.kind = LINK_WIRE_LINK, .index = index, .up = up, .running = up, .mtu = 1500};

	snprintf(ev.name, sizeof(ev.name), "%s", name);
	link_table_event(t->l, &ev);
}

static struct link_wire_event addr_event(enum link_wire_kind kind, int index, const char *text,
					 uint8_t len)
{
	struct link_wire_event ev = {.kind = kind, .index = index, .addr.len = len};

	assert_int_equal(addr_parse(&ev.addr.addr, text), 0);
	return ev;
}

static void put_addr(struct world *t, int index, const char *text, uint8_t len)
{
	struct link_wire_event ev = addr_event(LINK_WIRE_ADDR, index, text, len);

	link_table_event(t->l, &ev);
}

static bool is_local(struct world *t, const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return link_addr_is_local(t->l, &a);
}

static void test_an_interface_is_found_by_name_and_index(void **state)
{
	struct world *t = *state;

	put_link(t, 2, "eth0", true);
	put_link(t, 5, "eth1", false);
	assert_int_equal(link_by_name(t->l, "eth0")->index, 2);
	assert_string_equal(link_by_index(t->l, 5)->name, "eth1");
	assert_true(link_by_index(t->l, 2)->up);
	assert_false(link_by_name(t->l, "eth1")->up);
	assert_null(link_by_name(t->l, "eth"));
	assert_null(link_by_index(t->l, 3));
	assert_string_equal(turn(t), "eth0 eth1 ");
	assert_ptr_equal(link_next(t->l, link_next(t->l, NULL)), link_by_name(t->l, "eth1"));
}

static void test_only_a_change_is_told_and_once_a_turn(void **state)
{
	struct world *t = *state;

	put_link(t, 2, "eth0", true);
	put_addr(t, 2, "10.1.1.1", 24);
	put_addr(t, 2, "10.1.1.2", 24);
	assert_string_equal(turn(t), "eth0 ");
	put_link(t, 2, "eth0", true);
	put_addr(t, 2, "10.1.1.1", 24);
	assert_string_equal(turn(t), "");
	put_link(t, 2, "eth0", false);
	assert_string_equal(turn(t), "eth0 ");
}

static void test_addresses_keep_their_host_bits_and_order(void **state)
{
	struct world *t = *state;
	struct link_wire_event gone = addr_event(LINK_WIRE_ADDR_GONE, 2, "10.1.1.1", 24);
	char buf[PREFIX_STRLEN];

	put_link(t, 2, "eth0", true);
	put_addr(t, 2, "10.1.1.1", 24);
	put_addr(t, 2, "2001:db8::5", 64);
	assert_int_equal(link_by_index(t->l, 2)->addr_count, 2);
	assert_string_equal(prefix_format(&link_by_index(t->l, 2)->addrs[0], buf), "10.1.1.1/24");
	assert_true(is_local(t, "2001:db8::5"));
	assert_false(is_local(t, "2001:db8::6"));
	turn(t);
	link_table_event(t->l, &gone);
	assert_string_equal(turn(t), "eth0 ");
	assert_false(is_local(t, "10.1.1.1"));
	assert_int_equal(link_by_index(t->l, 2)->addr_count, 1);
	link_table_event(t->l, &gone);
	assert_string_equal(turn(t), "");
}

static void test_more_addresses_than_are_shown_are_still_local(void **state)
{
	struct world *t = *state;
	char text[32];

	put_link(t, 2, "eth0", true);
	for (int i = 1; i <= LINK_ADDRS_MAX + 4; i++) {
		snprintf(text, sizeof(text), "10.1.1.%d", i);
		put_addr(t, 2, text, 24);
	}
	assert_int_equal(link_by_index(t->l, 2)->addr_count, LINK_ADDRS_MAX);
	assert_true(is_local(t, "10.1.1.20"));
}

static void test_an_interface_that_is_gone_is_told_and_takes_its_addresses(void **state)
{
	struct world *t = *state;
	struct link_wire_event gone = {.kind = LINK_WIRE_LINK_GONE, .index = 2};

	put_link(t, 2, "eth0", true);
	put_addr(t, 2, "10.1.1.1", 24);
	turn(t);
	link_table_event(t->l, &gone);
	assert_null(link_by_name(t->l, "eth0"));
	assert_false(is_local(t, "10.1.1.1"));
	assert_string_equal(turn(t), "eth0 ");
	link_table_event(t->l, &gone);
	put_addr(t, 2, "10.1.1.1", 24); /* late */
	assert_string_equal(turn(t), "");
}

static void test_a_renamed_interface_is_gone_and_new_with_its_addresses(void **state)
{
	struct world *t = *state;

	put_link(t, 2, "eth0", true);
	put_addr(t, 2, "10.1.1.1", 24);
	turn(t);
	put_link(t, 2, "wan", true);
	assert_string_equal(turn(t), "eth0 wan ");
	assert_null(link_by_name(t->l, "eth0"));
	assert_int_equal(link_by_name(t->l, "wan")->addr_count, 1);
	assert_true(is_local(t, "10.1.1.1"));
}

static void test_a_dump_drops_what_it_does_not_hold(void **state)
{
	struct world *t = *state;

	put_link(t, 2, "eth0", true);
	put_link(t, 3, "eth1", true);
	put_addr(t, 2, "10.1.1.1", 24);
	put_addr(t, 2, "10.1.1.2", 24);
	turn(t);
	link_table_dump_begin(t->l);
	put_link(t, 2, "eth0", true);
	put_addr(t, 2, "10.1.1.2", 24);
	link_table_dump_end(t->l);
	assert_string_equal(turn(t), "eth0 eth1 ");
	assert_null(link_by_name(t->l, "eth1"));
	assert_false(is_local(t, "10.1.1.1"));
	assert_true(is_local(t, "10.1.1.2"));
}

static void test_a_dump_that_ran_short_of_memory_drops_nothing(void **state)
{
	struct world *t = *state;

	put_link(t, 2, "eth0", true);
	link_table_dump_begin(t->l);
	alloc_fail_after(1);
	put_link(t, 3, "eth1", true);
	alloc_fail_after(0);
	assert_true(t->l->dirty);
	link_table_dump_end(t->l);
	assert_non_null(link_by_name(t->l, "eth0"));
}

static int live(void *arg)
{
	struct world t = {.loop = arg};
	int err = -ENOMEM;

	t.l = link_table_new(t.loop, NULL);
	if (!t.l)
		return err;
	link_listen(t.l, &ops, &t);
	put_link(&t, 2, "eth0", true);
	put_addr(&t, 2, "10.1.1.1", 24);
	put_link(&t, 2, "wan", true);
	loop_advance(t.loop, 0);
	if (!t.l->dirty && link_by_name(t.l, "wan"))
		err = 0;
	link_table_free(t.l);
	return err;
}

static void test_every_allocation_may_fail(void **state)
{
	struct world *t = *state;

	assert_true(unit_fail_each_allocation(live, t->loop) >= 3);
}

static void test_a_ninth_listener_is_refused(void **state)
{
	struct world *t = *state;

	for (int i = 1; i < LINK_LISTENERS_MAX; i++)
		assert_int_equal(link_listen(t->l, &ops, t), 0);
	assert_int_equal(link_listen(t->l, &ops, t), -ENOSPC);
}

/* ---- Messages ---- */

struct message {
	_Alignas(8) uint8_t buf[512];
	struct writer w;
};

static void begin(struct message *m, uint16_t type, const void *head, size_t len)
{
	struct nlmsghdr h = {.nlmsg_type = type};

	memset(m->buf, 0, sizeof(m->buf));
	m->w = writer_new(m->buf, sizeof(m->buf));
	writer_bytes(&m->w, &h, sizeof(h));
	writer_bytes(&m->w, head, len);
}

static void add(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr h = {.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + len)};

	writer_bytes(&m->w, &h, sizeof(h));
	writer_bytes(&m->w, data, len);
	writer_zero(&m->w, NLA_ALIGN(len) - len);
}

static void on_event(void *ctx, const struct link_wire_event *ev)
{
	*(struct link_wire_event *)ctx = *ev;
}

/* 1: understood, 0: skipped, -1: malformed. */
static int parse(struct message *m, size_t len, struct link_wire_event *ev)
{
	uint32_t n = (uint32_t)len;
	unsigned int bad;

	memcpy(m->buf, &n, sizeof(n));
	*ev = (struct link_wire_event){.index = -1};
	bad = link_wire_parse(m->buf, len, on_event, ev);
	return bad ? -1 : ev->index != -1;
}

static void link_message(struct message *m, int family)
{
	struct ifinfomsg head = {
		.ifi_family = (uint8_t)family, .ifi_index = 7, .ifi_flags = IFF_UP | IFF_LOOPBACK};
	uint32_t mtu = 1400;

	begin(m, RTM_NEWLINK, &head, sizeof(head));
	add(m, IFLA_IFNAME, "Tunnel0", 8);
	add(m, IFLA_MTU, &mtu, sizeof(mtu));
}

static void test_a_link_message(void **state)
{
	struct link_wire_event ev;
	struct message m;

	(void)state;
	link_message(&m, AF_UNSPEC);
	assert_int_equal(parse(&m, m.w.len, &ev), 1);
	assert_int_equal(ev.kind, LINK_WIRE_LINK);
	assert_int_equal(ev.index, 7);
	assert_string_equal(ev.name, "Tunnel0");
	assert_int_equal(ev.mtu, 1400);
	assert_true(ev.up);
	assert_true(ev.loopback);
	assert_false(ev.running);
}

static void test_a_bridges_word_about_its_port_is_not_the_interfaces_end(void **state)
{
	struct link_wire_event ev;
	struct message m;

	(void)state;
	link_message(&m, AF_BRIDGE);
	assert_int_equal(parse(&m, m.w.len, &ev), -1);
}

static void addr_message(struct message *m, uint32_t flags)
{
	struct ifaddrmsg head = {.ifa_family = AF_INET, .ifa_prefixlen = 31, .ifa_index = 7};
	uint8_t peer[] = {10, 0, 0, 2}, own[] = {10, 0, 0, 3};

	begin(m, RTM_NEWADDR, &head, sizeof(head));
	add(m, IFA_ADDRESS, peer, sizeof(peer));
	add(m, IFA_LOCAL, own, sizeof(own));
	add(m, IFA_FLAGS, &flags, sizeof(flags));
}

static void test_an_address_message_gives_the_own_end(void **state)
{
	struct link_wire_event ev;
	struct message m;
	char buf[PREFIX_STRLEN];

	(void)state;
	addr_message(&m, 0);
	assert_int_equal(parse(&m, m.w.len, &ev), 1);
	assert_int_equal(ev.kind, LINK_WIRE_ADDR);
	assert_string_equal(prefix_format(&ev.addr, buf), "10.0.0.3/31");
}

static void test_an_address_that_is_not_usable_yet_is_none(void **state)
{
	struct link_wire_event ev;
	struct message m;

	(void)state;
	addr_message(&m, IFA_F_TENTATIVE);
	parse(&m, m.w.len, &ev);
	assert_int_equal(ev.kind, LINK_WIRE_ADDR_GONE);
	addr_message(&m, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC);
	parse(&m, m.w.len, &ev);
	assert_int_equal(ev.kind, LINK_WIRE_ADDR);
	addr_message(&m, IFA_F_DADFAILED);
	parse(&m, m.w.len, &ev);
	assert_int_equal(ev.kind, LINK_WIRE_ADDR_GONE);
}

static void test_broken_messages_are_survived(void **state)
{
	struct link_wire_event ev;
	struct message m;

	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		for (size_t cut = sizeof(struct nlmsghdr); cut < 80; cut++) {
			kind ? addr_message(&m, 0) : link_message(&m, AF_UNSPEC);
			if (cut < m.w.len)
				parse(&m, cut, &ev);
		}
		for (size_t i = 16; i < 80; i++) {
			kind ? addr_message(&m, 0) : link_message(&m, AF_UNSPEC);
			m.buf[i] ^= 0xff;
			parse(&m, m.w.len, &ev);
		}
	}
	addr_message(&m, 0);
	m.buf[16 + 1] = 33; /* prefix length */
	assert_int_equal(parse(&m, m.w.len, &ev), -1);
	assert_int_equal(link_wire_parse(m.buf, 3, on_event, &ev), 1);
}

static void test_a_name_without_an_end_is_cut(void **state)
{
	struct ifinfomsg head = {.ifi_index = 7};
	struct link_wire_event ev;
	struct message m;

	(void)state;
	begin(&m, RTM_NEWLINK, &head, sizeof(head));
	add(&m, IFLA_IFNAME, "abcdefghijklmnop", 16);
	assert_int_equal(parse(&m, m.w.len, &ev), 1);
	assert_string_equal(ev.name, "abcdefghijklmno");
	begin(&m, RTM_NEWLINK, &head, sizeof(head));
	add(&m, IFLA_IFNAME, "abcdefghijklmnopq", 17);
	assert_int_equal(parse(&m, m.w.len, &ev), -1);
	begin(&m, RTM_NEWLINK, &head, sizeof(head));
	assert_int_equal(parse(&m, m.w.len, &ev), -1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* ---- figures ------------------------------------------------------------------------------------------ */

static void test_interfaces_stand_by_their_index(void **state)
{
	struct world *t = *state;

	put_link(t, 9, "eth9", true);
	put_link(t, 2, "eth2", true);
	put_link(t, 5, "eth5", true);
	assert_int_equal(link_next(t->l, NULL)->index, 2);
	assert_int_equal(link_above(t->l, 2)->index, 5);
	assert_int_equal(link_above(t->l, 6)->index, 9);
	assert_null(link_above(t->l, 9));
}

static void test_a_rate_is_a_mean_of_five_minutes(void **state)
{
	struct link_counters before = {.rx_bytes = 1000}, now = {.rx_bytes = 1000 + 125000};
	struct link_rates r = {0};

	(void)state;
	link_rates_step(&r, &before, &now, 0); /* no time, no rate */
	assert_true(r.rx_bits == 0);
	link_rates_step(&r, &before, &now, 300000);
	assert_true(r.rx_bits > 1600 && r.rx_bits < 1700); /* half of 3333 */
	now.rx_bytes = 0;				   /* another device of that name */
	link_rates_step(&r, &before, &now, 300000);
	assert_true(r.rx_bits > 800 && r.rx_bits < 850);
}

/* Each figure of a rate comes from its own counters: of errors, from those of both directions. */
static void test_each_rate_has_its_counters(void **state)
{
	static const struct link_counters before = {0};
	static const struct {
		struct link_counters now;
		size_t rate;
	} cases[] = {
		{{.rx_bytes = 1000}, offsetof(struct link_rates, rx_bits)},
		{{.tx_bytes = 1000}, offsetof(struct link_rates, tx_bits)},
		{{.rx_packets = 1000}, offsetof(struct link_rates, rx_packets)},
		{{.tx_packets = 1000}, offsetof(struct link_rates, tx_packets)},
		{{.rx_errors = 1000}, offsetof(struct link_rates, errors)},
		{{.tx_errors = 1000}, offsetof(struct link_rates, errors)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct link_rates r = {0};
		double all[sizeof(r) / sizeof(double)];

		link_rates_step(&r, &before, &cases[i].now, 300000);
		memcpy(all, &r, sizeof(all));
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++)
			assert_int_equal(all[k] > 0, k == cases[i].rate / sizeof(double));
	}
}

static void test_a_renamed_interface_keeps_its_rates(void **state)
{
	struct world *t = *state;
	struct link_wire_event ev = {.kind = LINK_WIRE_LINK, .index = 4, .up = true, .name = "a"};

	for (int i = 0; i < 10; i++) {
		ev.detail.counters.tx_bytes += 1000000;
		link_table_event(t->l, &ev);
		link_table_sample(t->l, 1000 + (uint64_t)i * 5000);
	}
	assert_true(link_detail(link_by_name(t->l, "a"))->rates.tx_bits > 1000);
	ev.name[0] = 'b';
	link_table_event(t->l, &ev);
	assert_true(link_detail(link_by_name(t->l, "b"))->rates.tx_bits > 1000);
	turn(t);
}

static void count_up(void *arg)
{
	(*(unsigned int *)arg)++;
}

/* Who asks while a dump runs waits for the next one: what he gets is never older than his wish. */
static void test_figures_are_not_older_than_the_wish(void **state)
{
	struct world *t = *state;
	unsigned int done = 0;
	struct link_waiter *late;

	assert_false(link_waiters_begin(t->l));
	link_refresh(t->l, count_up, &done);
	assert_int_equal(done, 0);
	turn(t);
	assert_int_equal(done, 1);
	link_refresh(t->l, count_up, &done);
	assert_true(link_waiters_begin(t->l));
	late = alloc_zero(sizeof(*late));
	*late = (struct link_waiter){.done = count_up, .arg = &done};
	list_append(&t->l->waiters, &late->node);
	link_waiters_end(t->l, false);
	assert_int_equal(done, 2);
	link_waiters_end(t->l, true);
	assert_int_equal(done, 3);
}

static void test_who_waits_at_the_end_is_told(void **state)
{
	struct loop *loop = loop_new_simulated(0);
	struct link *l = link_table_new(loop, NULL);
	unsigned int done = 0;

	(void)state;
	link_refresh(l, count_up, &done);
	link_table_free(l);
	assert_int_equal(done, 1);
	loop_free(loop);
}

static void test_without_a_driver_nothing_is_said(void **state)
{
	struct world *t = *state;
	struct link_hardware h;

	assert_true(link_hardware(t->l, "eth0", &h) < 0);
	assert_int_equal(h.speed_mbit, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_an_interface_is_found_by_name_and_index),
		T(test_only_a_change_is_told_and_once_a_turn),
		T(test_addresses_keep_their_host_bits_and_order),
		T(test_more_addresses_than_are_shown_are_still_local),
		T(test_an_interface_that_is_gone_is_told_and_takes_its_addresses),
		T(test_a_renamed_interface_is_gone_and_new_with_its_addresses),
		T(test_a_dump_drops_what_it_does_not_hold),
		T(test_a_dump_that_ran_short_of_memory_drops_nothing),
		T(test_every_allocation_may_fail),
		T(test_a_ninth_listener_is_refused),
		T(test_a_link_message),
		T(test_a_bridges_word_about_its_port_is_not_the_interfaces_end),
		T(test_an_address_message_gives_the_own_end),
		T(test_an_address_that_is_not_usable_yet_is_none),
		T(test_broken_messages_are_survived),
		T(test_a_name_without_an_end_is_cut),
		cmocka_unit_test_setup_teardown(test_interfaces_stand_by_their_index, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_rate_is_a_mean_of_five_minutes, setup,
						teardown),
		cmocka_unit_test(test_each_rate_has_its_counters),
		cmocka_unit_test_setup_teardown(test_a_renamed_interface_keeps_its_rates, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_figures_are_not_older_than_the_wish, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_who_waits_at_the_end_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_a_driver_nothing_is_said, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
