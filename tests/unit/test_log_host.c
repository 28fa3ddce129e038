/*
 * log: hosts, against real sockets on the loopback. By UDP on a simulated clock: what the network says of a
 * datagram is read when a timer is due. By TCP on a real one.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/text.h"
#include "log/log.h"
#include "log/log_internal.h"
#include "tests/unit/netns.h"

#define LINES_MAX 20000

struct world {
	struct loop *loop;
	struct log *log;
	struct log_config cfg;
	int fd; /* the collector's, or -1 */
	uint16_t port;
	unsigned int datagrams, count,
		numbers[LINES_MAX]; /* "number N" of each line, in order of arrival */
	uint64_t first_counter, last_counter;
	char last[LOG_RFC5424_MAX + 1];
};

static struct world *world_new(struct loop *loop)
{
	struct world *w = test_calloc(1, sizeof(*w));

	w->loop = loop;
	w->fd = -1;
	w->log = log_new(w->loop, 100000);
	assert_non_null(w->log);
	assert_int_equal(log_open_hosts(w->log), 0);
	log_config_default(&w->cfg, 100000);
	return w;
}

static int setup(void **state)
{
	*state = world_new(loop_new_simulated(5000));
	return 0;
}

static int setup_real(void **state)
{
	*state = world_new(loop_new());
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	log_free(w->log);
	loop_free(w->loop);
	if (w->fd >= 0)
		close(w->fd);
	test_free(w);
	return 0;
}

/* A socket at 127.0.0.1 and the port of before (0 at first: any). */
static int bound(struct world *w, int type)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(w->port)};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	w->port = ntohs(in.sin_port);
	return fd;
}

static void collector_begins(struct world *w)
{
	w->fd = bound(w, SOCK_DGRAM);
}

static void collector_ends(struct world *w)
{
	close(w->fd);
	w->fd = -1;
}

static void add_host(struct world *w, const char *address, uint16_t port, bool tcp, bool rfc5424)
{
	struct log_host_config *h = &w->cfg.hosts[w->cfg.host_count++];

	*h = (struct log_host_config){.port = port, .tcp = tcp, .rfc5424 = rfc5424};
	assert_int_equal(addr_parse(&h->addr, address), 0);
	log_configure(w->log, &w->cfg);
}

static void say(struct world *w, unsigned int n)
{
	char who[32];

	snprintf(who, sizeof(who), "number %u", n);
	log_say(w->log, NULL, CONFIG_I, who);
}

/* A classic line: its counter grows; of ours the number is kept. */
static void take_line(struct world *w, const char *line)
{
	const char *at = strstr(line, "number "), *colon = strchr(line, '>');
	uint64_t counter = colon ? strtoull(colon + 1, NULL, 10) : 0;

	text_copy(w->last, sizeof(w->last), line);
	w->datagrams++;
	if (!w->first_counter)
		w->first_counter = counter;
	assert_true(counter > w->last_counter);
	w->last_counter = counter;
	if (at && w->count < LINES_MAX)
		w->numbers[w->count++] = (unsigned int)strtoul(at + 7, NULL, 10);
}

static void read_datagrams(struct world *w)
{
	char line[LOG_RFC5424_MAX + 1];
	ssize_t len;

	while ((len = recv(w->fd, line, sizeof(line) - 1, 0)) > 0) {
		line[len] = '\0';
		take_line(w, line);
	}
}

/* A collector reads all the time: its socket's buffer is small. */
static void advance(struct world *w, unsigned int ms)
{
	for (unsigned int at = 0; at < ms; at += 10) {
		loop_advance(w->loop, 10);
		if (w->fd >= 0)
			read_datagrams(w);
	}
}

static void say_from_to(struct world *w, unsigned int from, unsigned int to)
{
	for (unsigned int n = from; n <= to; n++) {
		say(w, n);
		if (n % 50 == 0)
			advance(w, 20);
	}
	loop_advance(w->loop, 10);
}

static void assert_all(const struct world *w, unsigned int from, unsigned int to)
{
	assert_int_equal(w->count, to - from + 1);
	for (unsigned int i = 0; i < w->count; i++)
		assert_int_equal(w->numbers[i], from + i);
}

static struct log_host_state host(const struct world *w, size_t index)
{
	struct log_host_state h;

	assert_true(log_host_get(w->log, index, &h));
	return h;
}

/* How often a message with that text was said. */
static unsigned int said(const struct world *w, const char *mnemonic, const char *text)
{
	struct log_record r;
	char buf[LOG_LINE_MAX];
	unsigned int count = 0;

	for (uint64_t seq = 1; log_tail_get(w->log, seq, &r, buf); seq = r.seq + 1)
		count += !strcmp(r.mnemonic, mnemonic) && strstr(r.text, text);
	return count;
}

/* ---- UDP --------------------------------------------------------------------------------------------- */

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

/* ---- TCP --------------------------------------------------------------------------------------------- */

struct stream {
	int listener, fd;
	char buf[1 << 16];
	size_t len;
};

static void turns(struct world *w, unsigned int ms)
{
	uint64_t until = loop_now(w->loop) + ms;

	do
		loop_turn(w->loop, 5);
	while (loop_now(w->loop) < until);
}

/* RFC 6587, 3.4.1: each frame whole. */
static void take_frames(struct world *w, struct stream *s)
{
	char line[LOG_RFC5424_MAX + 1];

	for (;;) {
		char *end;
		size_t len = strtoul(s->buf, &end, 10), head = (size_t)(end - s->buf) + 1;

		if (head < 2 || head > s->len || s->len < head + len)
			return;
		assert_int_equal(*end, ' ');
		assert_true(len < sizeof(line));
		memcpy(line, s->buf + head, len);
		line[len] = '\0';
		assert_int_equal(line[0], '<');
		assert_null(strchr(line, '\n'));
		take_line(w, line);
		memmove(s->buf, s->buf + head + len, s->len - head - len + 1);
		s->len -= head + len;
	}
}

static bool read_stream(struct world *w, struct stream *s)
{
	ssize_t n;

	if (s->fd < 0)
		s->fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (s->fd < 0)
		return false;
	n = recv(s->fd, s->buf + s->len, sizeof(s->buf) - 1 - s->len, 0);
	if (n <= 0)
		return false;
	s->len += (size_t)n;
	s->buf[s->len] = '\0';
	take_frames(w, s);
	return true;
}

static void read_until(struct world *w, struct stream *s, unsigned int number, unsigned int ms)
{
	uint64_t until = loop_now(w->loop) + ms;

	while (loop_now(w->loop) < until && (!w->count || w->numbers[w->count - 1] != number)) {
		loop_turn(w->loop, 5);
		while (read_stream(w, s))
			;
	}
}

static void listen_again(struct world *w, struct stream *s)
{
	*s = (struct stream){.listener = bound(w, SOCK_STREAM), .fd = -1};
	assert_int_equal(listen(s->listener, 4), 0);
}

static void end_stream(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	close(s->listener);
}

static void test_lines_by_tcp_are_framed(void **state)
{
	struct world *w = *state;
	struct stream s;

	listen_again(w, &s);
	add_host(w, "127.0.0.1", w->port, true, false);
	for (unsigned int n = 1; n <= 1000; n++)
		say(w, n);
	read_until(w, &s, 1000, 5000);
	assert_all(w, 1, 1000);
	assert_string_equal(host(w, 0).state, "up");
	turns(w, 1200); /* confirmed: let go */
	assert_int_equal(host(w, 0).waiting, 0);
	assert_int_equal(host(w, 0).sent, 1001);
	end_stream(&s);
}

/* Neither the last lines of a daemon nor those of a host that is taken away are torn off. */
static void test_the_last_lines_arrive_before_the_connection_ends(void **state)
{
	struct world *w = *state;
	struct stream s;
	unsigned int n = 1;

	listen_again(w, &s);
	add_host(w, "127.0.0.1", w->port, true, false);
	turns(w, 30);
	for (; n <= 100; n++)
		say(w, n);
	w->cfg.host_count = 0;
	log_configure(w->log, &w->cfg);
	read_until(w, &s, 100, 2000);
	assert_all(w, 1, 100);
	assert_int_equal(recv(s.fd, s.buf, 1, 0), 0); /* the end, and no reset */
	close(s.fd);
	s.fd = -1;
	w->last_counter = 0;
	add_host(w, "127.0.0.1", w->port, true, false);
	turns(w, 30);
	for (; n <= 200; n++)
		say(w, n);
	log_free(w->log);
	w->log = NULL;
	while (read_stream(w, &s))
		;
	assert_all(w, 1, 200);
	assert_int_equal(recv(s.fd, s.buf, 1, 0), 0);
	end_stream(&s);
}

static void test_lines_wait_until_a_connection_is_made(void **state)
{
	struct world *w = *state;
	struct stream s;

	listen_again(w, &s);
	end_stream(&s);
	add_host(w, "127.0.0.1", w->port, true, false);
	for (unsigned int n = 1; n <= 100; n++)
		say(w, n);
	turns(w, 300);
	assert_string_equal(host(w, 0).state, "down");
	assert_string_equal(host(w, 0).error, "Connection refused");
	assert_int_equal(said(w, "LOGGINGHOST_FAIL", "Connection refused"), 1);
	listen_again(w, &s);
	read_until(w, &s, 100, 4000);
	assert_all(w, 1, 100);
	turns(w, 50);
	assert_int_equal(said(w, "LOGGINGHOST_STARTSTOP", "reconnection"), 1);
	end_stream(&s);
}

/* A collector that dies with lines unread: they come again, all of them, in order. */
static void test_a_broken_connection_loses_nothing_that_was_not_confirmed(void **state)
{
	struct world *w = *state;
	struct stream s;
	unsigned int next = 1;

	listen_again(w, &s);
	add_host(w, "127.0.0.1", w->port, true, false);
	for (unsigned int n = 1; n <= 50; n++)
		say(w, n);
	read_until(w, &s, 50, 3000);
	assert_all(w, 1, 50);
	end_stream(&s);
	turns(w, 20);
	for (unsigned int n = 51; n <= 100; n++)
		say(w, n);
	turns(w, 100);
	assert_string_equal(host(w, 0).state, "down");
	listen_again(w, &s);
	w->last_counter = 0;
	read_until(w, &s, 100, 5000);
	/* Twice is allowed, missing is not. */
	for (unsigned int i = 0; i < w->count; i++)
		next += w->numbers[i] == next;
	assert_int_equal(next, 101);
	end_stream(&s);
}

static void test_a_collector_that_does_not_read_is_not_waited_for(void **state)
{
	struct world *w = *state;
	struct stream s;
	struct log_stats st;
	unsigned int n = 1;

	listen_again(w, &s);
	add_host(w, "127.0.0.1", w->port, true, true);
	turns(w, 50);
	for (; n <= 60000; n++) {
		say(w, n);
		if (n % 1000 == 0)
			loop_turn(w->loop, 0);
	}
	log_stats(w->log, &st);
	assert_int_equal(st.buffer.logged, 60001);
	assert_true(host(w, 0).dropped > 0);
	assert_string_equal(host(w, 0).state, "up");
	end_stream(&s);
}

static void test_a_connection_that_is_not_answered_holds_nobody_up(void **state)
{
	struct world *w = *state;
	int busy[4], listener = -1;

	/* A collector whose queue of connections is full answers nobody. */
	for (size_t i = 0; i < 4; i++) {
		struct sockaddr_in in = {.sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

		if (i == 0)
			listener = bound(w, SOCK_STREAM);
		if (i == 0)
			assert_int_equal(listen(listener, 0), 0);
		in.sin_port = htons(w->port);
		busy[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(busy[i], (struct sockaddr *)&in, sizeof(in));
	}
	add_host(w, "127.0.0.1", w->port, true, false);
	turns(w, 300);
	assert_string_equal(host(w, 0).state, "connecting");
	/* Meanwhile lines wait, and nothing else does. */
	for (unsigned int n = 1; n <= 10; n++)
		say(w, n);
	turns(w, 20);
	assert_int_equal(host(w, 0).waiting, 11);
	for (size_t i = 0; i < 4; i++)
		close(busy[i]);
	close(listener);
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
		REAL(test_lines_by_tcp_are_framed),
		REAL(test_the_last_lines_arrive_before_the_connection_ends),
		REAL(test_lines_wait_until_a_connection_is_made),
		REAL(test_a_broken_connection_loses_nothing_that_was_not_confirmed),
		REAL(test_a_collector_that_does_not_read_is_not_waited_for),
		REAL(test_a_connection_that_is_not_answered_holds_nobody_up),
		/* Last: the first moves into a namespace of its own. */
		TEST(test_a_host_without_a_way_is_down_at_once),
		TEST(test_an_error_that_quotes_no_line_of_ours_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
