/*
 * net/icmp: messages as bytes, then real ones over the loopback of a network namespace of the test's own.
 * Between two machines, with delay and loss: tests/system/test_shows_of_the_machine.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "net/icmp_internal.h"
#include "netns.h"

#define LIMIT_MS 4000

/* ---- bytes ------------------------------------------------------------------------------------------- */

static size_t v4_packet(uint8_t *out, const char *from, const char *to, const uint8_t *body,
			size_t len)
{
	memset(out, 0, 20);
	out[0] = 0x45;
	out[9] = IPPROTO_ICMP;
	inet_pton(AF_INET, from, out + 12);
	inet_pton(AF_INET, to, out + 16);
	memcpy(out + 20, body, len);
	return 20 + len;
}

static size_t v6_packet(uint8_t *out, const char *from, const char *to, const uint8_t *body,
			size_t len)
{
	memset(out, 0, 40);
	out[0] = 0x60;
	out[6] = IPPROTO_ICMPV6;
	inet_pton(AF_INET6, from, out + 8);
	inet_pton(AF_INET6, to, out + 24);
	memcpy(out + 40, body, len);
	return 40 + len;
}

static uint16_t sum_of(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void test_a_request_is_as_the_rfc_says(void **state)
{
	uint8_t m[65];

	(void)state;
	for (size_t len = 8; len <= sizeof(m); len++) {
		icmp_build(m, len, AF_INET, 0x1234, 0x5678, 0x1122334455667788);
		assert_int_equal(m[0], 8);
		assert_memory_equal(m + 4, "\x12\x34\x56\x78", 4);
		assert_int_equal(sum_of(m, len), 0xffff);
		assert_true(icmp_cookie_is(m + 8, len - 8, 0x1122334455667788));
	}
	assert_false(icmp_cookie_is(m + 8, 8, 0x1122334455667789));
	icmp_build(m, 40, AF_INET6, 1, 2, 3);
	assert_int_equal(m[0], 128);
	assert_int_equal(m[2] | m[3], 0); /* the kernel's work */
}

static void test_a_reply_is_read(void **state)
{
	uint8_t m[40], p[64];
	struct icmp_seen s;
	size_t len;

	(void)state;
	icmp_build(m, sizeof(m), AF_INET, 7, 8, 9);
	m[0] = 0;
	len = v4_packet(p, "192.0.2.1", "192.0.2.2", m, sizeof(m));
	assert_true(icmp_parse4(p, len, &s));
	assert_int_equal(s.outcome, ICMP_REPLY);
	assert_int_equal(s.id, 7);
	assert_int_equal(s.seq, 8);
	assert_int_equal(s.payload_len, 32);
	assert_true(icmp_cookie_is(s.payload, s.payload_len, 9));
	m[0] = 129;
	assert_true(icmp_parse6(m, sizeof(m), &s));
	assert_int_equal(s.outcome, ICMP_REPLY);
	assert_int_equal(s.seq, 8);
}

/* type, code → outcome, about a request that is quoted. */
static void check_error4(uint8_t type, uint8_t code, int outcome)
{
	uint8_t request[16], m[64] = {type, code}, p[96];
	struct addr a;
	struct icmp_seen s;
	size_t len;

	icmp_build(request, sizeof(request), AF_INET, 7, 8, 9);
	len = 8 + v4_packet(m + 8, "192.0.2.2", "198.51.100.1", request, sizeof(request));
	len = v4_packet(p, "203.0.113.9", "192.0.2.2", m, len);
	assert_int_equal(icmp_parse4(p, len, &s), outcome >= 0);
	if (outcome < 0)
		return;
	assert_int_equal(s.outcome, outcome);
	assert_int_equal(s.code, code);
	assert_int_equal(s.id, 7);
	addr_parse(&a, "198.51.100.1");
	assert_true(addr_equal(&s.asked, &a));
	addr_parse(&a, "203.0.113.9");
	assert_true(addr_equal(&s.from, &a));
	/* Cut anywhere it is nothing, and nothing is read beyond. */
	for (size_t n = 0; n < len - 8; n++)
		assert_false(icmp_parse4(p, n, &s));
	p[20 + 8 + 9] = IPPROTO_UDP;
	assert_false(icmp_parse4(p, len, &s));
}

static void check_error6(uint8_t type, uint8_t code, int outcome, bool fragment)
{
	uint8_t request[16], m[128] = {type, code};
	struct icmp_seen s;
	size_t len;

	icmp_build(request, sizeof(request), AF_INET6, 7, 8, 9);
	len = 8 + v6_packet(m + 8, "2001:db8::2", "2001:db8::1", request, sizeof(request));
	if (fragment) {
		m[8 + 6] = 44;
		memmove(m + 8 + 48, m + 8 + 40, sizeof(request));
		memset(m + 8 + 40, 0, 8);
		m[8 + 40] = IPPROTO_ICMPV6;
		len += 8;
	}
	assert_int_equal(icmp_parse6(m, len, &s), outcome >= 0);
	if (outcome < 0)
		return;
	assert_int_equal(s.outcome, outcome);
	assert_int_equal(s.seq, 8);
	for (size_t n = 0; n < len - 8; n++)
		assert_false(icmp_parse6(m, n, &s));
	if (!fragment)
		return;
	m[8 + 43] = 8; /* not the first */
	assert_false(icmp_parse6(m, len, &s));
}

static void test_errors_are_read_with_what_they_quote(void **state)
{
	(void)state;
	check_error4(3, 1, ICMP_IS_UNREACHABLE);
	check_error4(3, 13, ICMP_IS_UNREACHABLE);
	check_error4(3, 4, ICMP_TOO_BIG);
	check_error4(11, 0, ICMP_EXPIRED);
	check_error4(5, 1, -1);
	check_error6(1, 3, ICMP_IS_UNREACHABLE, false);
	check_error6(2, 0, ICMP_TOO_BIG, true);
	check_error6(3, 0, ICMP_EXPIRED, true);
	check_error6(137, 0, -1, false);
}

/* ---- real ones ---------------------------------------------------------------------------------------- */

struct world {
	struct loop *loop;
	struct icmp *icmp;
	unsigned int answered, wanted;
	struct icmp_answer last;
	unsigned int outcomes[ICMP_NO_ROUTE + 1];
};

static struct world *setup_world(void)
{
	static struct world w;
	int fd4, fd6;

	if (!netns_own())
		skip();
	fd4 = icmp_open(AF_INET);
	fd6 = icmp_open(AF_INET6);
	if (fd4 == -EPERM)
		skip();
	assert_true(fd4 >= 0);
	w = (struct world){.loop = loop_new()};
	w.icmp = icmp_new(w.loop, fd4, fd6);
	assert_non_null(w.icmp);
	return &w;
}

static void free_world(struct world *w)
{
	icmp_free(w->icmp);
	loop_free(w->loop);
}

static void answered(void *arg, const struct icmp_answer *a)
{
	struct world *w = arg;

	w->last = *a;
	w->outcomes[a->outcome]++;
	w->answered++;
}

static struct icmp_probe to(const char *text)
{
	struct icmp_probe p = {.size = 100, .ttl = 64, .timeout_ms = 1000};

	assert_int_equal(addr_parse(&p.destination, text), 0);
	return p;
}

static void ask(struct world *w, const struct icmp_probe *p)
{
	assert_int_equal(icmp_probe(w->icmp, p, answered, w), 0);
	w->wanted++;
}

static void run(struct world *w)
{
	uint64_t end = clock_boot_ms() + LIMIT_MS;

	while (w->answered < w->wanted && clock_boot_ms() < end)
		loop_turn(w->loop, 20);
	assert_int_equal(w->answered, w->wanted);
}

static void test_an_echo_comes_back_and_is_timed(void **state)
{
	struct world *w = setup_world();
	struct icmp_probe p = to("127.0.0.1");

	(void)state;
	ask(w, &p);
	run(w);
	assert_int_equal(w->last.outcome, ICMP_REPLY);
	assert_true(addr_equal(&w->last.from, &p.destination));
	assert_in_range(w->last.round_trip_us, 1, 500000);
	p = to("::1");
	p.size = 1400;
	ask(w, &p);
	run(w);
	assert_int_equal(w->last.outcome, ICMP_REPLY);
	p.size = ICMP_SIZE_MIN; /* shorter than an IPv6 header: as short as can be */
	ask(w, &p);
	p = to("127.0.0.1");
	p.size = ICMP_SIZE_MAX;
	addr_parse(&p.source, "127.0.0.5");
	ask(w, &p);
	run(w);
	assert_int_equal(w->outcomes[ICMP_REPLY], 4);
	free_world(w);
}

static void test_what_cannot_be_sent_is_told_at_once(void **state)
{
	struct world *w = setup_world();
	struct icmp_probe p = to("192.0.2.1");
	uint64_t before = clock_boot_ms();

	(void)state;
	ask(w, &p);
	run(w);
	assert_int_equal(w->last.outcome, ICMP_NO_ROUTE);
	assert_true(clock_boot_ms() - before < 900);
	p = to("127.0.0.1");
	addr_parse(&p.source, "203.0.113.1"); /* not ours */
	ask(w, &p);
	run(w);
	assert_int_equal(w->last.outcome, ICMP_NO_ROUTE);
	free_world(w);
}

/* net.ipv4.icmp_echo_ignore_all, of our namespace: the thread's own view of /proc. */
static void system_ignore_echo(bool on)
{
	FILE *f = fopen("/proc/sys/net/ipv4/icmp_echo_ignore_all", "w");

	if (!f)
		skip();
	fputs(on ? "1" : "0", f);
	fclose(f);
}

/* Forged replies: right id and number cannot be known, and a wrong cookie is not believed. */
static void test_somebody_elses_reply_is_not_ours(void **state)
{
	struct world *w = setup_world();
	struct icmp_probe p = to("127.0.0.1");
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint8_t m[40];
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	(void)state;
	system_ignore_echo(true);
	p.timeout_ms = 300;
	ask(w, &p);
	for (unsigned int id = 0; id < 65536; id += 257) {
		icmp_build(m, sizeof(m), AF_INET, (uint16_t)id, 0, 1);
		m[0] = 0;
		m[2] = m[3] = 0;
		sendto(fd, m, sizeof(m), 0, (struct sockaddr *)&here, sizeof(here));
		loop_turn(w->loop, 0);
	}
	run(w);
	assert_int_equal(w->last.outcome, ICMP_TIMEOUT);
	system_ignore_echo(false);
	close(fd);
	free_world(w);
}

static void test_nobody_can_flood(void **state)
{
	struct world *w = setup_world();
	struct icmp_probe p = to("127.0.0.1");
	uint64_t before = clock_boot_ms();
	unsigned int refused = 0;

	(void)state;
	for (int i = 0; i < 64; i++)
		ask(w, &p);
	for (int i = 0; i < 10; i++)
		refused += icmp_probe(w->icmp, &p, answered, w) == -EBUSY;
	assert_int_equal(refused, 10);
	run(w);
	/* Ten at once, then one each 10 ms. */
	assert_true(clock_boot_ms() - before >= 500);
	assert_int_equal(w->outcomes[ICMP_REPLY], 64);
	free_world(w);
}

/* When fewer wait to be sent than may. */
static void ask_in_turn(struct world *w, const struct icmp_probe *p)
{
	uint64_t end = clock_boot_ms() + LIMIT_MS;
	int rc;

	while ((rc = icmp_probe(w->icmp, p, answered, w)) == -EBUSY && clock_boot_ms() < end)
		loop_turn(w->loop, 20);
	assert_int_equal(rc, 0);
}

/* Those who wait an hour for what never answers keep nobody else from asking: the most patient makes room. */
static void test_patience_does_not_keep_others_out(void **state)
{
	struct world *w = setup_world();
	struct icmp_probe p = to("127.0.0.1");

	(void)state;
	system_ignore_echo(true);
	p.timeout_ms = 3600 * 1000;
	for (int i = 0; i < 80; i++)
		ask_in_turn(w, &p);
	p.timeout_ms = 100;
	ask_in_turn(w, &p);
	w->wanted = 80 - 63 + 1; /* 63 stay out, all of them patient */
	run(w);
	assert_int_equal(w->outcomes[ICMP_TIMEOUT], 80 - 63 + 1);
	system_ignore_echo(false);
	ask(w, &p);
	run(w);
	assert_int_equal(w->last.outcome, ICMP_REPLY);
	free_world(w);
	assert_int_equal(w->answered, 80 + 2);
}

static void test_who_waits_at_the_end_is_told(void **state)
{
	struct world *w = setup_world();
	struct icmp_probe p = to("127.0.0.1");

	(void)state;
	for (int i = 0; i < 20; i++)
		ask(w, &p);
	loop_turn(w->loop, 0);
	free_world(w);
	assert_int_equal(w->answered, 20);
}

static void test_without_sockets_nothing_is_asked(void **state)
{
	struct loop *loop = loop_new();
	struct icmp *i = icmp_new(loop, -1, -1);
	struct icmp_probe p = to("127.0.0.1");

	(void)state;
	assert_int_equal(icmp_probe(i, &p, answered, NULL), -EAFNOSUPPORT);
	icmp_free(i);
	icmp_free(NULL);
	loop_free(loop);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_is_as_the_rfc_says),
		cmocka_unit_test(test_a_reply_is_read),
		cmocka_unit_test(test_errors_are_read_with_what_they_quote),
		cmocka_unit_test(test_an_echo_comes_back_and_is_timed),
		cmocka_unit_test(test_what_cannot_be_sent_is_told_at_once),
		cmocka_unit_test(test_somebody_elses_reply_is_not_ours),
		cmocka_unit_test(test_nobody_can_flood),
		cmocka_unit_test(test_patience_does_not_keep_others_out),
		cmocka_unit_test(test_who_waits_at_the_end_is_told),
		cmocka_unit_test(test_without_sockets_nothing_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
