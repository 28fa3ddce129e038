/*
 * log: hosts by UDP, against real sockets on the loopback, on a simulated clock: what the network says of a datagram
 * is read when a timer is due.
 */
#include "tests/unit/log_host_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/unit/netns.h"

static void test_lines_arrive_in_order_with_their_counter(void **state)
{
	struct world *w = *state;

	collector_begins(w);
	add_host(w, "127.0.0.1", w->port, false, false);
	assert_int_equal(said(w, "LOGGINGHOST_STARTSTOP", "started - CLI initiated"), 1);
	say_from_to(w, 1, 300);
	read_datagrams(w);
	assert_all(w, 1, 300);
	assert_int_equal(w->first_counter, 1);
	assert_int_equal(w->last_counter, 301); /* the host's own beginning is the first */
	assert_memory_equal(w->last, "<189>301: *", 10);
	assert_int_equal(host(w, 0).sent, 301);
	assert_string_equal(host(w, 0).state, "up");
	/* Nothing comes back: they are let go. */
	loop_advance(w->loop, 20000);
	say_from_to(w, 301, 302);
	read_datagrams(w);
	assert_all(w, 1, 302);
	assert_int_equal(host(w, 0).waiting + host(w, 0).dropped, 0);
}

static void test_the_level_and_the_facility_are_those_of_trap(void **state)
{
	struct world *w = *state;

	collector_begins(w);
	w->cfg.trap = 4;
	w->cfg.facility = 16;
	add_host(w, "127.0.0.1", w->port, false, false);
	say_from_to(w, 1, 5); /* notifications */
	log_say(w->log, NULL, SPI_UNEXPLAINED, 3ull);
	loop_advance(w->loop, 10);
	read_datagrams(w);
	assert_int_equal(w->count, 0);
	assert_memory_equal(w->last, "<132>1: ", 8);
}

static void test_hosts_have_forms_of_their_own(void **state)
{
	struct world *w = *state, other = {.fd = -1};
	char line[LOG_RFC5424_MAX + 1];
	ssize_t len;

	collector_begins(w);
	collector_begins(&other);
	text_copy(w->cfg.hostname, sizeof(w->cfg.hostname), "R1");
	w->cfg.origin = LOG_ORIGIN_HOSTNAME;
	add_host(w, "127.0.0.1", w->port, false, false);
	add_host(w, "127.0.0.1", other.port, false, true);
	say_from_to(w, 1, 1);
	read_datagrams(w);
	assert_non_null(strstr(w->last, ": R1: *"));
	assert_non_null(strstr(w->last, ": %SYS-5-CONFIG_I: Configured from console by number 1"));
	while ((len = recv(other.fd, line, sizeof(line) - 1, 0)) > 0)
		w->last[text_copy(w->last, sizeof(w->last), line) > 0 ? (size_t)len : 0] = '\0';
	assert_memory_equal(w->last, "<189>1 2", 8);
	assert_non_null(strstr(w->last, "Z R1 spindled "));
	assert_non_null(strstr(w->last, " CONFIG_I [timeQuality "));
	assert_non_null(strstr(w->last, "[spindle@32473 facility=\"SYS\" origin=\"R1\"] %SYS-5-"));
	close(other.fd);
}

static void test_lines_wait_for_a_collector_that_is_away(void **state)
{
	struct world *w = *state;

	collector_begins(w);
	collector_ends(w);
	add_host(w, "127.0.0.1", w->port, false, false);
	say_from_to(w, 1, 200);
	loop_advance(w->loop, 5000);
	assert_string_equal(host(w, 0).state, "down");
	assert_string_equal(host(w, 0).error, "Connection refused");
	assert_int_equal(said(w, "LOGGINGHOST_FAIL", "failed: Connection refused"), 1);
	loop_advance(w->loop, 60000);
	assert_true(host(w, 0).waiting >= 200);
	assert_int_equal(host(w, 0).sent, 0);
	assert_int_equal(said(w, "LOGGINGHOST_FAIL", ""), 1); /* once, however often it is tried */
	collector_begins(w);
	advance(w, 45000);
	assert_all(w, 1, 200);
	assert_int_equal(w->first_counter, 1);
	assert_string_equal(host(w, 0).state, "up");
	assert_int_equal(said(w, "LOGGINGHOST_STARTSTOP", "started - reconnection"), 1);
	assert_int_equal(said(w, "LOGGINGHOST_LOST", ""), 0);
	assert_int_equal(host(w, 0).dropped, 0);
}

/* What arrived before is not sent again; what was refused is, and once. */
static void test_a_collector_that_goes_and_comes_misses_nothing(void **state)
{
	struct world *w = *state;

	collector_begins(w);
	add_host(w, "127.0.0.1", w->port, false, false);
	say_from_to(w, 1, 10);
	read_datagrams(w);
	collector_ends(w);
	say_from_to(w, 11, 20);
	loop_advance(w->loop, 100);
	collector_begins(w);
	say_from_to(w, 21, 30);
	advance(w, 60000);
	assert_all(w, 1, 30);
}

/* The port that our lines come from. */
static uint16_t source_port(struct world *w)
{
	struct sockaddr_in from = {0};
	socklen_t len = sizeof(from);
	char line[LOG_RFC5424_MAX];

	assert_true(recvfrom(w->fd, line, sizeof(line), 0, (struct sockaddr *)&from, &len) > 0);
	return ntohs(from.sin_port);
}

static uint16_t checksum(const uint8_t *at, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)at[i] << 8 | (i + 1 < len ? at[i + 1] : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* "Port unreachable" (RFC 792) for a datagram of ours with that text. */
static void forge_error(const struct world *w, int raw, uint16_t port, const char *text)
{
	const size_t len = strlen(text), whole = 8 + 20 + 8 + len;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint8_t m[256] = {3, 3}, *ip = m + 8, *udp = ip + 20;
	uint16_t sum;

	memcpy(ip, (uint8_t[]){0x45, 0,		  0, (uint8_t)(28 + len),
			       0,    0,		  0, 0,
			       64,   IPPROTO_UDP, 0, 0,
			       127,  0,		  0, 1,
			       127,  0,		  0, 1},
	       20);
	memcpy(udp,
	       (uint8_t[]){(uint8_t)(port >> 8), (uint8_t)port, (uint8_t)(w->port >> 8),
			   (uint8_t)w->port, 0, (uint8_t)(8 + len), 0, 0},
	       8);
	memcpy(udp + 8, text, len);
	sum = checksum(m, whole);
	m[2] = (uint8_t)(sum >> 8);
	m[3] = (uint8_t)sum;
	assert_int_equal(sendto(raw, m, whole, 0, (struct sockaddr *)&to, sizeof(to)), whole);
}

/* Who guesses our port can send errors; they stop nothing and count nothing. */
static void test_an_error_that_quotes_no_line_of_ours_changes_nothing(void **state)
{
	struct world *w = *state;
	int raw = netns_own() ? socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP) : -1;
	uint16_t port;

	if (raw < 0)
		skip();
	collector_begins(w);
	add_host(w, "127.0.0.1", w->port, false, false);
	say(w, 1);
	loop_advance(w->loop, 20);
	port = source_port(w);
	for (int i = 0; i < 100; i++)
		forge_error(w, raw, port, "<189>7: not a line of ours");
	say_from_to(w, 2, 20);
	advance(w, 10000);
	assert_string_equal(host(w, 0).state, "up");
	assert_int_equal(host(w, 0).dropped, 0);
	assert_int_equal(said(w, "LOGGINGHOST_FAIL", ""), 0);
	assert_int_equal(w->numbers[w->count - 1], 20);
	close(raw);
}

static void test_what_overflows_is_the_oldest_and_is_said(void **state)
{
	struct world *w = *state;
	struct log_host_state h;
	char lost[64];

	collector_begins(w);
	collector_ends(w);
	add_host(w, "127.0.0.1", w->port, false, false);
	say_from_to(w, 1, 15000);
	h = host(w, 0);
	assert_true(h.dropped > 5000);
	assert_true(h.waiting > 1000);
	collector_begins(w);
	advance(w, 60000);
	h = host(w, 0);
	assert_int_equal(w->numbers[w->count - 1], 15000);
	/* Behind the probe a few had to make room for the news that it is back; then there is no gap. */
	for (unsigned int i = 2; i < w->count; i++)
		assert_int_equal(w->numbers[i], w->numbers[1] + i - 1);
	snprintf(lost, sizeof(lost), "%llu messages to host 127.0.0.1",
		 (unsigned long long)h.dropped);
	assert_int_equal(said(w, "LOGGINGHOST_LOST", lost), 1);
	assert_int_equal(w->last_counter, h.dropped + w->datagrams);
}

static void test_one_host_that_is_away_does_not_harm_another(void **state)
{
	struct world *w = *state, away = {.fd = -1};

	collector_begins(w);
	collector_begins(&away);
	collector_ends(&away);
	add_host(w, "127.0.0.1", away.port, false, false);
	add_host(w, "127.0.0.1", w->port, false, false);
	for (unsigned int n = 1; n <= 100; n++) {
		say(w, n);
		loop_advance(w->loop, 300);
	}
	read_datagrams(w);
	assert_all(w, 1, 100);
	assert_string_equal(host(w, 0).state, "down");
	assert_string_equal(host(w, 1).state, "up");
	assert_int_equal(host(w, 1).dropped, 0);
}

static void test_a_host_without_a_way_is_down_at_once(void **state)
{
	struct world *w = *state;

	if (!netns_own())
		skip();
	log_free(w->log); /* its sockets are of the namespace of before */
	w->log = log_new(w->loop, 100000);
	assert_int_equal(log_open_hosts(w->log), 0);
	add_host(w, "192.0.2.7", 514, false, false);
	say_from_to(w, 1, 3);
	assert_string_equal(host(w, 0).state, "down");
	assert_string_equal(host(w, 0).error, "Network is unreachable");
	assert_true(host(w, 0).waiting >= 3);
}

static bool source(void *ctx, const char *interface, int family, struct addr *out)
{
	(void)ctx;
	return !strcmp(interface, "Loopback0") && family == AF_INET &&
	       !addr_parse(out, "127.0.0.9");
}

static void test_lines_come_from_the_source_interface(void **state)
{
	struct world *w = *state;
	struct sockaddr_in from = {0};
	socklen_t len = sizeof(from);
	char line[2048];

	collector_begins(w);
	log_set_source(w->log, source, NULL);
	text_copy(w->cfg.source, sizeof(w->cfg.source), "Loopback0");
	w->cfg.origin = LOG_ORIGIN_IP;
	add_host(w, "127.0.0.1", w->port, false, false);
	say_from_to(w, 1, 1);
	assert_true(recvfrom(w->fd, line, sizeof(line), 0, (struct sockaddr *)&from, &len) > 0);
	assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000009);
	assert_memory_equal(line, "<190>1: 127.0.0.9: *", 20);
	/* One that has no address: the kernel chooses. */
	text_copy(w->cfg.source, sizeof(w->cfg.source), "Tunnel0");
	log_configure(w->log, &w->cfg);
	read_datagrams(w);
	say_from_to(w, 2, 2);
	len = sizeof(from);
	assert_true(recvfrom(w->fd, line, sizeof(line), 0, (struct sockaddr *)&from, &len) > 0);
	assert_int_equal(ntohl(from.sin_addr.s_addr), 0x7f000001);
	assert_non_null(strstr(line, ": 127.0.0.1: *"));
}

static void test_a_host_by_ipv6(void **state)
{
	struct world *w = *state;
	struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, len))
		skip();
	getsockname(fd, (struct sockaddr *)&in, &len);
	w->fd = fd;
	add_host(w, "::1", ntohs(in.sin6_port), false, false);
	say_from_to(w, 1, 3);
	read_datagrams(w);
	assert_all(w, 1, 3);
	collector_ends(w);
	say_from_to(w, 4, 5);
	loop_advance(w->loop, 4000);
	assert_string_equal(host(w, 0).error, "Connection refused");
}

static void test_a_host_that_stays_keeps_what_waits_for_it(void **state)
{
	struct world *w = *state;

	collector_begins(w);
	collector_ends(w);
	add_host(w, "127.0.0.1", w->port, false, false);
	say_from_to(w, 1, 5);
	loop_advance(w->loop, 1000);
	w->cfg.trap = 5;
	w->cfg.facility = 22;
	log_configure(w->log, &w->cfg);
	collector_begins(w);
	advance(w, 45000);
	assert_all(w, 1, 5);
	w->cfg.host_count = 0;
	log_configure(w->log, &w->cfg);
	assert_int_equal(said(w, "LOGGINGHOST_STARTSTOP", "stopped - CLI initiated"), 1);
	say_from_to(w, 6, 7);
	read_datagrams(w);
	assert_all(w, 1, 5);
}

static void test_the_last_lines_are_sent_at_the_end(void **state)
{
	struct world *w = *state;

	collector_begins(w);
	add_host(w, "127.0.0.1", w->port, false, false);
	for (unsigned int n = 1; n <= 200; n++)
		say(w, n);
	log_free(w->log);
	w->log = NULL;
	read_datagrams(w);
	assert_all(w, 1, 200);
}

/* Who sends us something gets no answer and does no harm. */
static void test_what_a_collector_sends_is_thrown_away(void **state)
{
	struct world *w = *state;
	struct sockaddr_in from = {0};
	socklen_t len = sizeof(from);
	char line[2048];

	collector_begins(w);
	add_host(w, "127.0.0.1", w->port, false, false);
	for (int i = 0; i < 50; i++)
		loop_turn(w->loop, 1);
	say(w, 1);
	for (int i = 0; i < 50; i++)
		loop_turn(w->loop, 1);
	assert_true(recvfrom(w->fd, line, sizeof(line), 0, (struct sockaddr *)&from, &len) > 0);
	for (int i = 0; i < 1000; i++)
		sendto(w->fd, "<13>hello", 9, 0, (struct sockaddr *)&from, len);
	for (int i = 0; i < 50; i++)
		loop_turn(w->loop, 1);
	say(w, 2);
	for (int i = 0; i < 50; i++)
		loop_turn(w->loop, 1);
	read_datagrams(w);
	assert_non_null(strstr(w->last, "number 2"));
}

static int configure_and_say(void *arg)
{
	struct world w = {.fd = -1, .loop = arg};
	struct log_host_state h;
	int rc;

	w.log = log_new(w.loop, 10000);
	if (!w.log)
		return -ENOMEM;
	rc = log_open_hosts(w.log);
	log_config_default(&w.cfg, 10000);
	add_host(&w, "127.0.0.1", 9, false, false);
	say(&w, 1);
	if (!log_host_get(w.log, 0, &h))
		rc = -ENOMEM;
	loop_advance(w.loop, 10);
	log_free(w.log);
	return rc;
}

static void test_without_memory_hosts_are_no_worse(void **state)
{
	struct world *w = *state;

	assert_int_equal(configure_and_say(w->loop), 0);
	assert_true(unit_fail_each_allocation(configure_and_say, w->loop) >= 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define REAL(name) cmocka_unit_test_setup_teardown(name, setup_real, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_lines_arrive_in_order_with_their_counter),
		TEST(test_the_level_and_the_facility_are_those_of_trap),
		TEST(test_hosts_have_forms_of_their_own),
		TEST(test_lines_wait_for_a_collector_that_is_away),
		TEST(test_a_collector_that_goes_and_comes_misses_nothing),
		TEST(test_what_overflows_is_the_oldest_and_is_said),
		TEST(test_one_host_that_is_away_does_not_harm_another),
		TEST(test_lines_come_from_the_source_interface),
		TEST(test_a_host_by_ipv6),
		TEST(test_a_host_that_stays_keeps_what_waits_for_it),
		TEST(test_the_last_lines_are_sent_at_the_end),
		TEST(test_without_memory_hosts_are_no_worse),
		REAL(test_what_a_collector_sends_is_thrown_away),
		/* Last: the first moves into a namespace of its own. */
		TEST(test_a_host_without_a_way_is_down_at_once),
		TEST(test_an_error_that_quotes_no_line_of_ours_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
