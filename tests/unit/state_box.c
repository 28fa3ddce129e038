/*
 * The part of test_api_state that is about the machine: interfaces, clock, memory, load, files,
 * drops. The tests play the kernel: events of links, files of a /proc of their own.
 */
#include "tests/unit/state_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/if_arp.h>

#include "base/loop.h"
#include "base/text.h"
#include "link/link_internal.h"

#define ETH0 2

/* ---- interfaces ------------------------------------------------------------------------------------ */

static struct link_wire_event eth0(void)
{
	struct link_wire_event l = {.kind = LINK_WIRE_LINK,
				    .index = ETH0,
				    .up = true,
				    .running = true,
				    .mtu = 1500,
				    .detail = {.lower_up = true, .hardware = ARPHRD_ETHER}};

	text_copy(l.name, sizeof(l.name), "eth0");
	return l;
}

static json_t *look(struct state_world *t, const char *name)
{
	json_t *list =
		state_world_asked(t, STATE_LINKS "/interface", json_pack("{ss}", "name", name));
	json_t *e = json_incref(only(list));

	json_decref(list);
	return e;
}

static int gigabit(const struct link *l, const char *name, struct link_hardware *out)
{
	(void)l;
	if (strcmp(name, "eth0") != 0)
		return -EOPNOTSUPP;
	*out = (struct link_hardware){.driver = "igb",
				      .speed_mbit = 1000,
				      .duplex_known = true,
				      .full_duplex = true,
				      .autoneg = true,
				      .twisted_pair = true};
	return 0;
}

static int old_fibre(const struct link *l, const char *name, struct link_hardware *out)
{
	(void)l;
	(void)name;
	*out = (struct link_hardware){.speed_mbit = 10, .duplex_known = true, .fibre = true};
	return 0;
}

static void test_an_interface_is_as_the_kernel_says(void **state)
{
	struct state_world *t = *state;
	struct link_wire_event l = eth0();
	json_t *e = look(t, "eth0");

	expect_text(e, "duplex", NULL);
	expect_text(e, "mac-address", NULL);
	expect_text(e, "description", NULL);
	expect_text(e, "input-packets", "0");
	json_decref(e);
	memcpy(l.detail.mac, "\x52\x54\x00\x12\x34\x56", 6);
	memcpy(l.detail.permanent, "\x52\x54\x00\x12\x34\x57", 6);
	l.detail.mac_len = l.detail.permanent_len = 6;
	text_copy(l.detail.alias, sizeof(l.detail.alias), "to the provider");
	text_copy(l.detail.qdisc, sizeof(l.detail.qdisc), "fq_codel");
	l.detail.carrier_changes = 3;
	l.detail.vlan = 10;
	link_table_event(t->m->link, &l);
	t->m->link->ask_hardware = gigabit;
	e = look(t, "eth0");
	expect_number(e, "index", ETH0);
	expect_true(e, "admin-up", true);
	expect_true(e, "carrier", true);
	expect_true(e, "running", true);
	expect_true(e, "loopback", false);
	expect_text(e, "hardware", "igb");
	expect_text(e, "encapsulation", "802.1Q Virtual LAN");
	expect_number(e, "vlan", 10);
	expect_text(e, "mac-address", "5254.0012.3456");
	expect_text(e, "permanent-mac-address", "5254.0012.3457");
	expect_text(e, "description", "to the provider");
	expect_number(e, "mtu", 1500);
	expect_text(e, "speed", "1000000");
	expect_text(e, "duplex", "full");
	expect_true(e, "autonegotiation", true);
	expect_text(e, "media", "twisted-pair");
	expect_text(e, "queueing", "fq_codel");
	expect_number(e, "carrier-changes", 3);
	json_decref(e);
	t->m->link->ask_hardware = old_fibre;
	e = look(t, "eth0");
	expect_text(e, "duplex", "half");
	expect_text(e, "media", "fibre");
	expect_text(e, "speed", "10000");
	expect_text(e, "hardware", "ether");
	json_decref(e);
}

static void test_an_interface_goes_down(void **state)
{
	struct state_world *t = *state;
	struct link_wire_event l = eth0();
	json_t *e;

	l.up = l.running = l.detail.lower_up = false;
	l.mtu = 1400;
	link_table_event(t->m->link, &l);
	e = look(t, "eth0");
	expect_true(e, "admin-up", false);
	expect_true(e, "carrier", false);
	expect_true(e, "running", false);
	expect_number(e, "mtu", 1400);
	json_decref(e);
	l.index = 3;
	l.loopback = true;
	l.detail.hardware = ARPHRD_LOOPBACK;
	text_copy(l.name, sizeof(l.name), "lo");
	link_table_event(t->m->link, &l);
	e = look(t, "lo");
	expect_true(e, "loopback", true);
	expect_text(e, "encapsulation", "LOOPBACK");
	json_decref(e);
	l.detail.hardware = 12345;
	text_copy(l.detail.kind, sizeof(l.detail.kind), "strange");
	link_table_event(t->m->link, &l);
	e = look(t, "lo");
	expect_text(e, "encapsulation", "UNKNOWN");
	expect_text(e, "hardware", "strange");
	json_decref(e);
}

static void test_each_counter_is_the_kernels(void **state)
{
	static const struct {
		const char *leaf, *want;
	} leaves[] = {
		{"input-packets", "1"},	    {"input-bytes", "2"},     {"input-errors", "3"},
		{"input-dropped", "4"},	    {"input-missed", "5"},    {"input-crc", "6"},
		{"input-frame", "7"},	    {"input-overrun", "17"},  {"input-unknown", "10"},
		{"input-multicast", "11"},  {"output-packets", "12"}, {"output-bytes", "13"},
		{"output-errors", "14"},    {"output-dropped", "15"}, {"output-carrier", "16"},
		{"output-underruns", "17"}, {"collisions", "18"},
	};
	struct state_world *t = *state;
	struct link_wire_event l = eth0();
	json_t *e;

	l.detail.counters = (struct link_counters){1,  2,  3,  4,  5,  6,  7,  8,  9,
						   10, 11, 12, 13, 14, 15, 16, 17, 18};
	link_table_event(t->m->link, &l);
	e = look(t, "eth0");
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		expect_text(e, leaves[i].leaf, leaves[i].want);
	json_decref(e);
}

/* The mean comes near what there is, and goes back when there is no more. */
static void test_rates_are_means_of_what_was_counted(void **state)
{
	struct state_world *t = *state;
	struct link_wire_event l = eth0();
	struct link_counters *c = &l.detail.counters;
	uint64_t now = 1000;
	json_t *e;

	for (int i = 0; i < 600; i++, now += 5000) {
		c->rx_bytes += 5 * 125000; /* 1 Mbit/s */
		c->rx_packets += 5 * 100;
		c->rx_errors += 5 * 100;
		c->tx_bytes += 5 * 1250;
		c->tx_packets += 5 * 50;
		link_table_event(t->m->link, &l);
		link_table_sample(t->m->link, now);
	}
	e = look(t, "eth0");
	assert_in_range(strtoull(text_of(e, "input-rate"), NULL, 10), 999000, 1000000);
	assert_in_range(strtoull(text_of(e, "output-rate"), NULL, 10), 9900, 10000);
	expect_text(e, "input-packet-rate", "100");
	expect_text(e, "output-packet-rate", "50");
	expect_number(e, "reliability", 153); /* 150 of 250, in 255ths */
	json_decref(e);
	for (int i = 0; i < 600; i++, now += 5000)
		link_table_sample(t->m->link, now);
	e = look(t, "eth0");
	assert_in_range(strtoull(text_of(e, "input-rate"), NULL, 10), 0, 100);
	json_decref(e);
}

static void add(struct state_world *t, const char *text, uint8_t len, bool secondary,
		const char *broadcast)
{
	struct link_wire_event a = {.kind = LINK_WIRE_ADDR,
				    .index = ETH0,
				    .addr.len = len,
				    .secondary = secondary,
				    .permanent = secondary,
				    .link_local = !secondary};

	assert_int_equal(addr_parse(&a.addr.addr, text), 0);
	if (broadcast)
		assert_int_equal(addr_parse(&a.broadcast, broadcast), 0);
	link_table_event(t->m->link, &a);
}

static void test_addresses_come_with_what_they_are(void **state)
{
	struct state_world *t = *state;
	json_t *e = look(t, "eth0"), *list, *a;

	expect_number(e, "addresses", 2);
	json_decref(e);
	add(t, "10.1.2.1", 16, true, "10.1.255.255");
	add(t, "fe80::1", 64, false, NULL);
	e = look(t, "eth0");
	expect_number(e, "addresses", 4);
	list = json_object_get(e, "address");
	a = state_world_pick(list, "ip", json_string("10.1.2.1"));
	expect_number(a, "prefix-length", 16);
	expect_true(a, "secondary", true);
	expect_true(a, "permanent", true);
	expect_text(a, "broadcast", "10.1.255.255");
	a = state_world_pick(list, "ip", json_string("fe80::1"));
	expect_true(a, "link-local", true);
	expect_true(a, "secondary", false);
	expect_text(a, "broadcast", NULL);
	json_decref(e);
}

/* The list is cut, and says so. */
static void test_very_many_addresses_are_counted(void **state)
{
	struct state_world *t = *state;
	char text[32];
	json_t *e;

	for (int i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "10.77.%d.%d", i / 250, i % 250 + 1);
		add(t, text, 24, true, NULL);
	}
	e = look(t, "eth0");
	expect_number(e, "addresses", 302);
	assert_int_equal(json_array_size(json_object_get(e, "address")), 64);
	json_decref(e);
}

static void test_interfaces_come_by_index_page_by_page(void **state)
{
	struct state_world *t = *state;
	struct link_wire_event l = eth0();
	json_t *list;

	for (int i = 20; i > 10; i--) {
		l.index = i;
		snprintf(l.name, sizeof(l.name), "tun%d", i);
		link_table_event(t->m->link, &l);
	}
	list = state_world_list(t, STATE_LINKS "/interface");
	assert_int_equal(json_array_size(list), 11);
	for (size_t i = 1; i < 11; i++)
		expect_number(json_array_get(list, i), "index", (json_int_t)i + 10);
	json_decref(list);
}

/* ---- the machine ----------------------------------------------------------------------------------- */

static void test_the_clock_says_whether_it_is_right(void **state)
{
	struct state_world *t = *state;
	json_t *list = state_world_list(t, STATE_PLATFORM "/clock");

	expect_text(only(list), "trust", "never");
	expect_text(only(list), "source", "hardware");
	json_decref(list);
	t->timex.status = STA_PLL;
	t->timex.maxerror = 1234;
	usleep(2000);
	list = state_world_list(t, STATE_PLATFORM "/clock");
	expect_text(only(list), "trust", "synchronised");
	expect_text(only(list), "source", "ntp");
	expect_text(only(list), "error", "1234");
	json_decref(list);
	t->timex.status = STA_UNSYNC;
	list = state_world_list(t, STATE_PLATFORM "/clock");
	expect_text(only(list), "trust", "lost");
	json_decref(list);
}

static void test_the_machine_is_what_its_tables_say(void **state)
{
	struct state_world *t = *state;
	char image[128];
	json_t *list, *e;

	list = state_world_list(t, STATE_PLATFORM "/machine");
	expect_text(only(list), "vendor", NULL);
	expect_text(only(list), "product", text_of(only(list), "architecture"));
	expect_text(only(list), "serial-number", NULL);
	expect_text(only(list), "image", NULL);
	json_decref(list);
	state_world_file(t, "/sys/class/dmi/id/sys_vendor", "ACME  \n");
	state_world_file(t, "/sys/class/dmi/id/product_name", "Router\x1b[2J 9\n");
	state_world_file(t, "/sys/class/dmi/id/product_version", "V03\n");
	state_world_file(t, "/proc/cpuinfo", "processor\t: 0\nmodel name\t: Turtle 7\n");
	state_world_file(t, "/proc/self/x", "");
	assert_int_equal(write(t->serial_fd, "FDO1\n", 5), 5);
	snprintf(image, sizeof(image), "%s/proc/self/exe", t->root);
	assert_int_equal(symlink("/usr/sbin/spindled", image), 0);
	usleep(2000);
	list = state_world_list(t, STATE_PLATFORM "/machine");
	e = only(list);
	expect_text(e, "vendor", "ACME");
	expect_text(e, "product", "Router[2J 9"); /* nothing that a terminal would obey */
	expect_text(e, "product-version", "V03");
	expect_text(e, "serial-number", "FDO1");
	expect_text(e, "processor", "Turtle 7");
	expect_text(e, "image", "/usr/sbin/spindled");
	json_decref(list);
}

static void test_memory_is_what_proc_says(void **state)
{
	struct state_world *t = *state;
	json_t *list, *e;

	state_world_file(t, "/proc/meminfo",
			 "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 600 kB\n");
	state_world_file(t, "/proc/buddyinfo", "Node 0, zone   Normal  5 0 3 0 0\n");
	list = state_world_list(t, STATE_PLATFORM "/memory");
	e = only(list);
	expect_text(e, "total", "1024000");
	expect_text(e, "free", "614400");
	expect_text(e, "used", "409600");
	expect_text(e, "lowest", "614400");
	assert_int_equal(strtoull(text_of(e, "largest"), NULL, 10), 4 * sysconf(_SC_PAGESIZE));
	json_decref(list);
	state_world_file(t, "/proc/meminfo", "MemTotal: 2000 kB\nMemAvailable: 100 kB\n");
	state_world_file(t, "/proc/buddyinfo", "Node 0, zone   Normal  5 0 3 0 1\n");
	box_sample(t->box);
	state_world_file(t, "/proc/meminfo", "MemTotal: 2000 kB\nMemAvailable: 300 kB\n");
	list = state_world_list(t, STATE_PLATFORM "/memory");
	expect_text(only(list), "lowest", "102400");
	expect_text(only(list), "free", "307200");
	json_decref(list);
}

static void ticks(struct state_world *t, unsigned int user, unsigned int irq, unsigned int idle,
		  unsigned int router)
{
	char text[128];

	snprintf(text, sizeof(text), "cpu  %u 0 0 %u 0 %u 0 0 0 0\n", user, idle, irq);
	state_world_file(t, "/proc/stat", text);
	snprintf(text, sizeof(text), "100 (router) x) S 1 1 1 0 -1 0 0 0 0 0 %u %u 0 0\n", router,
		 5u);
	state_world_file(t, "/proc/100/stat", text);
	box_sample(t->box);
}

static void test_load_is_told_of_five_seconds_a_minute_and_five(void **state)
{
	struct state_world *t = *state;
	uint64_t pieces = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	json_t *list, *e;

	state_world_read_all(t);
	state_world_file(t, "/proc/100/status",
			 "VmHWM:\t 900 kB\nVmRSS:\t 800 kB\nVmLck:\t 7 kB\n"
			 "voluntary_ctxt_switches:\t30\nnonvoluntary_ctxt_switches:\t4\n");
	ticks(t, 0, 0, 1000, 0);
	for (unsigned int i = 1; i <= 60; i++)
		ticks(t, i * 10, 0, 1000 + i * 90, i);
	ticks(t, 650, 20, 6430, 100);
	list = state_world_list(t, STATE_PLATFORM "/load");
	e = only(list);
	expect_number(e, "five-seconds", 70);
	expect_number(e, "interrupts", 20);
	expect_number(e, "one-minute", 15);
	expect_number(e, "five-minutes", 11);
	json_decref(list);
	list = state_world_list(t, STATE_PLATFORM "/process");
	e = state_world_pick(list, "role", json_string("router"));
	expect_number(e, "pid", 100);
	assert_int_equal(strtoull(text_of(e, "runtime"), NULL, 10),
			 105 * 1000 / sysconf(_SC_CLK_TCK));
	expect_text(e, "invoked", "34");
	expect_text(e, "held", "819200");
	expect_text(e, "most-held", "921600");
	expect_text(e, "locked", "7168");
	expect_number(e, "five-seconds", (json_int_t)(4000 * pieces));
	expect_number(e, "one-minute", (json_int_t)(425 * pieces));
	assert_true(json_integer_value(json_object_get(e, "five-minutes")) > 0);
	json_decref(list);
	/* Another process of that role begins anew. */
	t->processes[0].pid = 150;
	list = state_world_list(t, STATE_PLATFORM "/process");
	expect_number(state_world_pick(list, "role", json_string("router")), "five-seconds", 0);
	json_decref(list);
}

static void test_folders_are_listed_and_nothing_is_opened(void **state)
{
	struct state_world *t = *state;
	json_t *list, *e;
	char link[128];

	state_world_file(t, "/startup.json", "{}\n");
	state_world_file(t, "/archive/1.json", "{}\n");
	snprintf(link, sizeof(link), "%s/link", t->root);
	assert_int_equal(symlink("/etc/shadow", link), 0);
	snprintf(link, sizeof(link), "%s/startup.json", t->root);
	assert_int_equal(chmod(link, 0640), 0);
	list = state_world_list(t, STATE_PLATFORM "/file-system");
	assert_int_equal(json_array_size(list), 2);
	expect_text(json_array_get(list, 0), "name", "flash:");
	expect_text(json_array_get(list, 0), "folder", t->state_path);
	expect_text(json_array_get(list, 1), "folder", "/nvram");
	json_decref(list);
	list = state_world_list(t, STATE_PLATFORM "/file");
	e = state_world_pick(list, "name", json_string("startup.json"));
	expect_text(e, "file-system", "nvram:");
	expect_text(e, "kind", "file");
	expect_number(e, "mode", 0640);
	expect_text(e, "length", "3");
	e = state_world_pick(list, "name", json_string("archive"));
	expect_text(e, "kind", "directory");
	expect_number(e, "number", 1);
	e = state_world_pick(list, "name", json_string("link"));
	expect_text(e, "kind", "link");
	e = state_world_pick(list, "name", json_string("births"));
	expect_text(e, "file-system", "flash:");
	json_decref(list);
}

static json_t *drops(struct state_world *t)
{
	return state_world_list(t, STATE_PLATFORM "/drop");
}

static void expect_drops(struct state_world *t, const char *name, const char *want)
{
	json_t *list = drops(t);

	expect_text(state_world_pick(list, "name", json_string(name)), "packets", want);
	json_decref(list);
}

static void finished(void *arg, int err, const struct error *why, json_t *output)
{
	(void)why;
	(void)output;
	*(int *)arg = err;
}

static void clear_drops(struct state_world *t, const char *set)
{
	size_t count;
	const struct api_action *a = api_tables_actions(t->tables, &count);
	json_t *input = json_pack("{ss}", "set", set);
	int result = 1;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(a[i].path, "spindle-platform-state:clear-drops"))
			a[i].run(a[i].ctx, input, finished, &result);
	for (int i = 0; i < 10 && result; i++)
		loop_advance(t->rw.loop, 0);
	json_decref(input);
	assert_int_equal(result, 0);
}

static void test_drops_are_the_kernels_counters(void **state)
{
	struct state_world *t = *state;
	struct link_wire_event l = eth0();
	json_t *list, *e;

	expect_drops(t, "IpsecInput", "0");
	state_world_file(t, "/proc/net/xfrm_stat",
			 "XfrmInError             \t0\nXfrmInNoStates          \t7\n"
			 "XfrmInStateSeqError     \t2\nXfrmOutNoStates         \t3\n"
			 "XfrmOutPolBlock         \t4\nXfrmInPolBlock          \t1\n");
	state_world_file(t, "/proc/net/snmp",
			 "Ip: Forwarding InAddrErrors OutNoRoutes ReasmFails\nIp: 1 5 6 8\n"
			 "Icmp: OutTimeExcds\nIcmp: 9\n");
	state_world_file(t, "/proc/net/netstat",
			 "TcpExt: X\nTcpExt: 1\nIpExt: InNoRoutes InCsumErrors\nIpExt: 10 11\n");
	state_world_file(t, "/proc/net/snmp6",
			 "Ip6InNoRoutes                   \t12\nIp6ReasmFails \t13\n");
	l.detail.counters.tx_dropped = 14;
	l.detail.counters.rx_dropped = 15;
	link_table_event(t->m->link, &l);
	expect_drops(t, "IpsecInput", "9");
	expect_drops(t, "IpsecDenyDrop", "5");
	expect_drops(t, "IpsecIkeIndicate", "3");
	expect_drops(t, "Ipv4Martian", "5");
	expect_drops(t, "Ipv4NoRoute", "16");
	expect_drops(t, "Ipv6NoRoute", "12");
	expect_drops(t, "IpTtlExceeded", "9");
	expect_drops(t, "BadIpChecksum", "11");
	expect_drops(t, "ReassDrop", "21");
	expect_drops(t, "TailDrop", "14");
	expect_drops(t, "InterfaceInput", "15");
	expect_drops(t, "IN_US_V4_PKT_SA_NOT_FOUND_SPI", "7");
	expect_drops(t, "IN_CD_SW_IPSEC_ANTI_REPLAY_FAIL", "2");
	expect_drops(t, "XFRM_IN_POL_BLOCK", "1");
	list = drops(t);
	e = state_world_pick(list, "name", json_string("IN_US_V4_PKT_SA_NOT_FOUND_SPI"));
	expect_text(e, "set", "ipsec");
	expect_number(e, "number", 4);
	expect_text(e, "linux-source", "XfrmInNoStates");
	expect_text(e, "cleared", NULL);
	e = state_world_pick(list, "name", json_string("IN_US_V6_PKT_SA_NOT_FOUND_SPI"));
	expect_text(e, "linux-source", NULL);
	expect_text(e, "packets", "0");
	json_decref(list);
}

static void test_clearing_one_table_counts_it_from_there(void **state)
{
	struct state_world *t = *state;
	json_t *list, *e;

	state_world_file(t, "/proc/net/xfrm_stat", "XfrmInNoStates \t7\n");
	clear_drops(t, "ipsec");
	expect_drops(t, "IN_US_V4_PKT_SA_NOT_FOUND_SPI", "0");
	expect_drops(t, "IpsecInput", "7");
	state_world_file(t, "/proc/net/xfrm_stat", "XfrmInNoStates \t9\n");
	expect_drops(t, "IN_US_V4_PKT_SA_NOT_FOUND_SPI", "2");
	clear_drops(t, "statistics");
	expect_drops(t, "IpsecInput", "0");
	expect_drops(t, "IN_US_V4_PKT_SA_NOT_FOUND_SPI", "2");
	/* A counter that went back is another one. */
	state_world_file(t, "/proc/net/xfrm_stat", "XfrmInNoStates \t3\n");
	expect_drops(t, "IN_US_V4_PKT_SA_NOT_FOUND_SPI", "3");
	list = drops(t);
	e = state_world_pick(list, "name", json_string("IpsecInput"));
	assert_non_null(text_of(e, "cleared"));
	json_decref(list);
}

/* The page names the source of each row, and the rows that have none. */
static void test_the_page_of_drops_is_true(void **state)
{
	static char page[16384];
	struct state_world *t = *state;
	FILE *f = fopen(TEST_YANG "/../doc/drops.md", "r");
	json_t *list = drops(t), *e;
	size_t i;

	assert_non_null(f);
	page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
	fclose(f);
	json_array_foreach(list, i, e)
	{
		const char *source = text_of(e, "linux-source"), *row, *name = text_of(e, "name");
		char want[96], line[512];

		snprintf(want, sizeof(want), "| %s |", name);
		row = strstr(page, want);
		if (!row) {
			fail_msg("doc/drops.md has no row %s", name);
			break; /* not reached: fail_msg() does not say so to a reader of the code */
		}
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(row, "\n"), row);
		assert_int_equal(!strstr(line, "none: 0"), !!source);
		if (source && !strcmp(text_of(e, "set"), "ipsec"))
			assert_non_null(strstr(line, source));
	}
	json_decref(list);
}

int state_box_tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, state_world_setup, state_world_teardown)
	static const struct CMUnitTest box[] = {
		TEST(test_an_interface_is_as_the_kernel_says),
		TEST(test_an_interface_goes_down),
		TEST(test_each_counter_is_the_kernels),
		TEST(test_rates_are_means_of_what_was_counted),
		TEST(test_addresses_come_with_what_they_are),
		TEST(test_very_many_addresses_are_counted),
		TEST(test_interfaces_come_by_index_page_by_page),
		TEST(test_the_clock_says_whether_it_is_right),
		TEST(test_the_machine_is_what_its_tables_say),
		TEST(test_memory_is_what_proc_says),
		TEST(test_load_is_told_of_five_seconds_a_minute_and_five),
		TEST(test_folders_are_listed_and_nothing_is_opened),
		TEST(test_drops_are_the_kernels_counters),
		TEST(test_clearing_one_table_counts_it_from_there),
		TEST(test_the_page_of_drops_is_true),
	};

	return cmocka_run_group_tests_name("box", box, NULL, NULL);
}
