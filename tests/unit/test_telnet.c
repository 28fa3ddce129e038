/* telnet: what of a client's bytes passes, what becomes of it, and how much one may cost. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/telnet/bounds.h"
#include "cli/telnet/entry.h"
#include "cli/telnet/guard.h"
#include "cli/telnet/telnetd_internal.h"
#include "cli/telnet/wire.h"

#define BYTES(...)                                                                                 \
	((const unsigned char[]){__VA_ARGS__}), sizeof((const unsigned char[]){__VA_ARGS__})

enum { IAC = 255, DONT = 254, DO = 253, WONT = 252, WILL = 251, SB = 250, SE = 240 };
enum { ECHO_ = 1, SGA = 3, TTYPE = 24, NAWS = 31, LINEMODE = 34, ENVIRON = 39, COMPRESS2 = 86 };

/* ---- guard ----------------------------------------------------------------------------------------- */

static void passes(const unsigned char *in, size_t len, const unsigned char *want, size_t want_len)
{
	/* In one piece, and byte by byte. */
	for (size_t piece = 1; piece <= len; piece += len > 1 ? len - 1 : 1) {
		unsigned char out[512];
		struct guard g = {0};
		size_t n = 0;

		for (size_t i = 0; i < len; i += piece)
			n += guard_feed(&g, in + i, len - i < piece ? len - i : piece, out + n);
		assert_int_equal(n, want_len);
		assert_memory_equal(out, want, want_len);
	}
}

static void test_data_and_commands_pass(void **state)
{
	(void)state;
	passes(BYTES('a', 0, '\r', '\n', 'b'), BYTES('a', 0, '\r', '\n', 'b'));
	passes(BYTES('a', IAC, IAC, 'b'), BYTES('a', IAC, IAC, 'b'));
	passes(BYTES(IAC, WILL, NAWS, IAC, DO, 200), BYTES(IAC, WILL, NAWS, IAC, DO, 200));
	passes(BYTES(IAC, 244, IAC, 246), BYTES(IAC, 244, IAC, 246));
}

static void test_of_subnegotiations_only_what_we_ask_for_passes(void **state)
{
	(void)state;
	passes(BYTES(IAC, SB, NAWS, 0, 80, 0, 24, IAC, SE, 'x'),
	       BYTES(IAC, SB, NAWS, 0, 80, 0, 24, IAC, SE, 'x'));
	passes(BYTES(IAC, SB, NAWS, 0, IAC, IAC, 0, 24, IAC, SE),
	       BYTES(IAC, SB, NAWS, 0, IAC, IAC, 0, 24, IAC, SE));
	passes(BYTES('a', IAC, SB, ENVIRON, 0, 3, 1, IAC, SE, 'b'), BYTES('a', 'b'));
	passes(BYTES('a', IAC, SB, COMPRESS2, IAC, SE, 'b'), BYTES('a', 'b'));
	passes(BYTES('a', IAC, SB, LINEMODE, 1, 3, IAC, SE, 'b'), BYTES('a', 'b'));
}

static void test_a_subnegotiation_that_breaks_off_is_dropped(void **state)
{
	(void)state;
	passes(BYTES(IAC, SB, NAWS, 0, 80, IAC, WILL, TTYPE, 'x'), BYTES(IAC, WILL, TTYPE, 'x'));
	passes(BYTES(IAC, SB, NAWS, 0, IAC, SB, NAWS, 1, 2, 3, 4, IAC, SE),
	       BYTES(IAC, SB, NAWS, 1, 2, 3, 4, IAC, SE));
	passes(BYTES(IAC, SE, 'x'), BYTES('x'));
}

static void test_a_subnegotiation_of_any_length_costs_nothing(void **state)
{
	static unsigned char many[4000], out[4000 + GUARD_MORE_MAX];
	struct guard g = {0};

	(void)state;
	memset(many, 'x', sizeof(many));
	assert_int_equal(guard_feed(&g, BYTES(IAC, SB, TTYPE, 0), out), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(guard_feed(&g, many, sizeof(many), out), 0);
	assert_int_equal(guard_feed(&g, BYTES(IAC, SE, 'y'), out), 1);
	assert_int_equal(out[0], 'y');
	/* One byte more than passes. */
	assert_int_equal(guard_feed(&g, BYTES(IAC, SB, TTYPE), out), 0);
	assert_int_equal(guard_feed(&g, many, GUARD_HELD_MAX + 1, out), 0);
	assert_int_equal(guard_feed(&g, BYTES(IAC, SE), out), 0);
	assert_int_equal(guard_feed(&g, BYTES(IAC, SB, TTYPE), out), 0);
	assert_int_equal(guard_feed(&g, many, GUARD_HELD_MAX, out), 0);
	assert_int_equal(guard_feed(&g, BYTES(IAC, SE), out), GUARD_HELD_MAX + 5);
}

/* ---- wire ------------------------------------------------------------------------------------------ */

static void types(struct wire *w, const unsigned char *bytes, size_t len, const char *keys)
{
	wire_feed(w, bytes, len);
	for (; *keys; keys++)
		assert_int_equal(wire_key(w), (unsigned char)*keys);
	assert_int_equal(wire_key(w), WIRE_EMPTY);
}

static void sends(struct wire *w, const unsigned char *want, size_t want_len)
{
	size_t len;
	const char *have = wire_queued(w, &len);

	assert_int_equal(len, want_len);
	assert_memory_equal(have, want, want_len);
	wire_free(w);
}

static void test_the_end_of_a_line_is_one_key(void **state)
{
	struct wire *w = wire_new(-1);

	(void)state;
	types(w, BYTES('a', '\r', '\n', 'b', '\r', 0, 'c', '\r', 'd', '\n', 0), "a\rb\rc\rd\n");
	types(w, BYTES('\r'), "\r");
	types(w, BYTES('\n', 'e', IAC, IAC), "e\377");
	sends(w, (const unsigned char *)"", 0);
}

static void test_commands_become_keys(void **state)
{
	struct wire *w = wire_new(-1);

	(void)state;
	types(w, BYTES(IAC, 244, IAC, 243, IAC, 247, IAC, 248, IAC, 237, IAC, 238),
	      "\003\036\177\025\032\003");
	types(w, BYTES(IAC, 241, IAC, 242, IAC, 245, IAC, 249, IAC, 236), "");
	types(w, BYTES(IAC, 246), "");
	sends(w, (const unsigned char *)"[Yes]", 5);
}

static void test_we_echo_and_ask_for_window_and_type(void **state)
{
	struct wire *w = wire_new(-1);

	(void)state;
	wire_greet(w);
	sends(w, BYTES(IAC, WILL, ECHO_, IAC, WILL, SGA, IAC, DO, NAWS, IAC, DO, TTYPE));
}

static void test_other_options_are_refused(void **state)
{
	struct wire *w;

	(void)state;
	for (int option = 0; option < 256; option++) {
		const unsigned char in[] = {IAC, WILL, (unsigned char)option,
					    IAC, DO,   (unsigned char)option};
		bool his = option == SGA || option == NAWS || option == TTYPE;
		bool ours = option == SGA || option == ECHO_;
		size_t len;
		const char *out;

		w = wire_new(-1);
		wire_feed(w, in, sizeof(in));
		out = wire_queued(w, &len);
		assert_true(len >= 6);
		assert_int_equal((unsigned char)out[1], his ? DO : DONT);
		assert_int_equal((unsigned char)out[len - 2], ours ? WILL : WONT);
		assert_int_equal((unsigned char)out[len - 1], option);
		wire_free(w);
	}
}

static void test_window_and_type_are_told(void **state)
{
	struct wire *w = wire_new(-1);
	unsigned int rows = 0, columns = 0;

	(void)state;
	wire_greet(w);
	assert_false(wire_terminal.size(w, &rows, &columns));
	types(w, BYTES(IAC, WILL, NAWS, IAC, SB, NAWS, 1, 4, 0, 50, IAC, SE), "");
	assert_true(wire_terminal.size(w, &rows, &columns));
	assert_int_equal(rows, 50);
	assert_int_equal(columns, 260);
	assert_false(wire_terminal.size(w, &rows, &columns));
	types(w, BYTES(IAC, SB, NAWS, 1, 4, 0, IAC, SE), "");
	assert_false(wire_terminal.size(w, &rows, &columns));
	types(w, BYTES(IAC, WILL, TTYPE, IAC, SB, TTYPE, 0, 'v', 't', 27, ' ', '9', IAC, SE), "");
	assert_string_equal(wire_type(w), "vt9");
	wire_free(w);
}

static void test_the_type_is_asked_once(void **state)
{
	struct wire *w = wire_new(-1);
	size_t before, after;

	(void)state;
	wire_feed(w, BYTES(IAC, WILL, TTYPE));
	wire_queued(w, &before);
	assert_int_equal(before, 3 + 6);
	wire_feed(w, BYTES(IAC, WONT, TTYPE, IAC, WILL, TTYPE));
	wire_queued(w, &after);
	assert_int_equal(after, before + 6);
	wire_free(w);
}

static void test_text_goes_out_as_it_must(void **state)
{
	struct wire *w = wire_new(-1);

	(void)state;
	wire_text(w, "a\r\nb\rc\377\r", 8);
	wire_say(w, "x\ny\033z\t\177");
	sends(w, BYTES('a', '\r', '\n', 'b', '\r', 0, 'c', IAC, IAC, '\r', 0, 'x', '\r', '\n', 'y',
		       'z', '\t'));
}

static void test_who_asks_and_does_not_read_has_gone(void **state)
{
	struct wire *w = wire_new(-1);
	unsigned char flood[4096];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(flood); i += 2) {
		flood[i] = IAC;
		flood[i + 1] = 246;
	}
	for (int i = 0; i < 1000 && wire_key(w) == WIRE_EMPTY; i++)
		wire_feed(w, flood, sizeof(flood));
	assert_int_equal(wire_key(w), WIRE_GONE);
	wire_queued(w, &len);
	assert_true(len <= WIRE_WAITING);
	wire_free(w);
}

/* A pair of sockets: the client's end in *client. */
static struct wire *connected(int *client, int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	*client = ends[1];
	return wire_new(ends[0]);
}

static void test_a_stranger_may_send_so_much_and_no_more(void **state)
{
	static unsigned char bytes[WIRE_STRANGER + 1];
	int client, ends[2];
	struct wire *w;

	(void)state;
	for (int trusted = 0; trusted < 2; trusted++) {
		size_t keys = 0;
		int key = 0;

		w = connected(&client, ends);
		if (trusted)
			wire_trust(w);
		memset(bytes, 'x', sizeof(bytes));
		assert_int_equal(send(client, bytes, sizeof(bytes), 0), sizeof(bytes));
		while ((key = wire_key(w)) >= 0)
			keys++;
		assert_int_equal(keys, trusted ? WIRE_STRANGER + 1 : WIRE_STRANGER);
		assert_int_equal(key, trusted ? WIRE_EMPTY : WIRE_GONE);
		wire_free(w);
		close(ends[0]);
		close(ends[1]);
	}
}

static void test_a_client_that_reads_slowly_gets_everything_in_order(void **state)
{
	char text[1000], got[4096];
	size_t sent = 0, received = 0;
	int client, ends[2];
	struct wire *w = connected(&client, ends);

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	while (received < 1000000) {
		ssize_t n = wire_terminal.write(w, text + sent % 1000, 1000 - sent % 1000);

		assert_true(n >= 0);
		sent += (size_t)n;
		if (n > 0)
			continue;
		assert_true(wire_terminal.waits(w));
		n = recv(client, got, sizeof(got), 0);
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(got[i], text[(received + (size_t)i) % 1000]);
		received += n > 0 ? (size_t)n : 0;
	}
	close(client);
	while (wire_terminal.write(w, text, 1000) >= 0)
		;
	assert_int_equal(wire_key(w), WIRE_GONE);
	assert_false(wire_terminal.waits(w));
	wire_free(w);
	close(ends[0]);
}

static void test_any_bytes_are_survived(void **state)
{
	unsigned char bytes[4096];

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct wire *w = wire_new(-1);
		unsigned int seed = (unsigned int)round;

		wire_greet(w);
		for (int piece = 0; piece < 20; piece++) {
			for (size_t i = 0; i < sizeof(bytes); i++) {
				seed = seed * 1103515245u + 12345u;
				/* Half of them such as mean something. */
				bytes[i] = (unsigned char)(seed >> 16 & 1 ? seed >> 20 | 0xe0
									  : seed >> 20);
			}
			wire_feed(w, bytes, sizeof(bytes));
			while (wire_key(w) >= 0)
				;
		}
		wire_free(w);
	}
}

/* ---- what is typed before there is a session --------------------------------------------------------- */

static enum entry_step type_entry(struct entry *e, const char *keys, struct text *echo)
{
	enum entry_step step = ENTRY_MORE;

	while (*keys && step == ENTRY_MORE)
		step = entry_key(e, (unsigned char)*keys++, echo);
	assert_int_equal(*keys, 0);
	return step;
}

static void test_a_name_is_echoed_and_a_password_is_not(void **state)
{
	struct text echo;
	struct entry e;

	(void)state;
	for (int shown = 0; shown < 2; shown++) {
		text_init(&echo, 0);
		entry_begin(&e, shown);
		assert_int_equal(type_entry(&e, "anx\177nz\b\r", &echo), ENTRY_DONE);
		assert_string_equal(e.text, "ann");
		assert_string_equal(text_str(&echo), shown ? "anx\b \bnz\b \b\r\n" : "\r\n");
		text_free(&echo);
	}
	text_init(&echo, 0);
	entry_begin(&e, true);
	assert_int_equal(type_entry(&e, "\177abc\025d\001\033\n", &echo), ENTRY_DONE);
	assert_string_equal(e.text, "d");
	entry_begin(&e, true);
	assert_int_equal(type_entry(&e, "ab\003", &echo), ENTRY_ABORT);
	assert_int_equal(type_entry(&e, "\004", &echo), ENTRY_ABORT);
	text_free(&echo);
}

static void test_a_password_that_is_too_long_is_not_cut_to_one_that_fits(void **state)
{
	struct text echo;
	struct entry e;

	(void)state;
	text_init(&echo, 0);
	entry_begin(&e, false);
	for (int i = 0; i < ENTRY_MAX; i++)
		assert_int_equal(entry_key(&e, 'x', &echo), ENTRY_MORE);
	assert_false(e.too_long);
	assert_int_equal(entry_key(&e, 'x', &echo), ENTRY_MORE);
	assert_true(e.too_long);
	assert_int_equal(type_entry(&e, "\177\r", &echo), ENTRY_DONE);
	assert_true(e.too_long);
	entry_wipe(&e);
	assert_int_equal(e.len, 0);
	text_free(&echo);
}

/* ---- how many -------------------------------------------------------------------------------------- */

static struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

static void add(struct bounds *b, pid_t pid, const struct addr *from, bool known)
{
	bounds_add(b, pid, from);
	if (known)
		bounds_know(b, pid);
}

static void test_connections_are_counted_in_all_and_by_machine(void **state)
{
	struct bounds b = {0};
	struct addr a = at("192.0.2.1"), other = at("192.0.2.2"), gone;

	(void)state;
	for (pid_t pid = 1; pid <= BOUNDS_ADDRESS; pid++) {
		assert_null(bounds_refuse(&b, &a));
		add(&b, pid, &a, true);
	}
	assert_string_equal(bounds_refuse(&b, &a), "too many connections from this address");
	assert_null(bounds_refuse(&b, &other));
	for (pid_t pid = 100; bounds_count(&b) < BOUNDS_ALL; pid++) {
		struct addr each = addr_v4(0x0a000000u + (uint32_t)pid);

		add(&b, pid, &each, true);
	}
	assert_string_equal(bounds_refuse(&b, &other), "too many connections");
	assert_false(bounds_remove(&b, 9999, &gone));
	assert_false(bounds_remove(&b, 0, &gone));
	assert_true(bounds_remove(&b, 3, &gone));
	assert_true(addr_equal(&gone, &a));
	assert_null(bounds_refuse(&b, &a));
}

static void test_of_those_who_have_not_logged_in_there_are_fewer(void **state)
{
	struct bounds b = {0};
	struct addr a = at("192.0.2.1"), other = at("192.0.2.2"), third = at("192.0.2.3");

	(void)state;
	for (pid_t pid = 1; pid <= BOUNDS_ADDRESS_STRANGE; pid++) {
		assert_null(bounds_refuse(&b, &a));
		add(&b, pid, &a, false);
		assert_null(bounds_refuse(&b, &other));
		add(&b, 100 + pid, &other, false);
	}
	assert_string_equal(bounds_refuse(&b, &a), "too many connections from this address");
	assert_string_equal(bounds_refuse(&b, &third), "too many connections");
	bounds_know(&b, 1);
	bounds_know(&b, 0);
	bounds_know(&b, 77);
	assert_null(bounds_refuse(&b, &a));
	assert_null(bounds_refuse(&b, &third));
	assert_non_null(bounds_refuse(&b, &other));
}

static void test_a_machine_has_a_whole_network_of_ipv6(void **state)
{
	struct bounds b = {0};
	struct addr a = at("2001:db8:0:1::1"), neighbour = at("2001:db8:0:1:ffff::2"),
		    other = at("2001:db8:0:2::1");

	(void)state;
	for (pid_t pid = 1; pid <= BOUNDS_ADDRESS; pid++)
		add(&b, pid, &a, true);
	assert_non_null(bounds_refuse(&b, &neighbour));
	assert_null(bounds_refuse(&b, &other));
}

/* ---- sockets --------------------------------------------------------------------------------------- */

static int listener(const char *address, bool listening)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(inet_pton(AF_INET, address, &sa.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void expect_socket(int fd, bool allow_remote, int code)
{
	struct error err = {0};

	assert_int_equal(sockets_check(fd, allow_remote, &err), code);
	if (fd >= 0)
		close(fd);
}

static void test_only_this_machine_s_addresses_are_served_without_the_word(void **state)
{
	int ends[2];

	(void)state;
	expect_socket(listener("127.0.0.1", true), false, 0);
	expect_socket(listener("127.9.9.9", true), false, 0);
	expect_socket(listener("0.0.0.0", true), false, -EACCES);
	expect_socket(listener("0.0.0.0", true), true, 0);
	expect_socket(listener("127.0.0.1", false), true, -EINVAL);
	expect_socket(socket(AF_INET, SOCK_DGRAM, 0), true, -EINVAL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	expect_socket(ends[0], true, -EINVAL);
	close(ends[1]);
	expect_socket(-1, true, -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_and_commands_pass),
		cmocka_unit_test(test_of_subnegotiations_only_what_we_ask_for_passes),
		cmocka_unit_test(test_a_subnegotiation_that_breaks_off_is_dropped),
		cmocka_unit_test(test_a_subnegotiation_of_any_length_costs_nothing),
		cmocka_unit_test(test_the_end_of_a_line_is_one_key),
		cmocka_unit_test(test_commands_become_keys),
		cmocka_unit_test(test_we_echo_and_ask_for_window_and_type),
		cmocka_unit_test(test_other_options_are_refused),
		cmocka_unit_test(test_window_and_type_are_told),
		cmocka_unit_test(test_the_type_is_asked_once),
		cmocka_unit_test(test_text_goes_out_as_it_must),
		cmocka_unit_test(test_who_asks_and_does_not_read_has_gone),
		cmocka_unit_test(test_a_stranger_may_send_so_much_and_no_more),
		cmocka_unit_test(test_a_client_that_reads_slowly_gets_everything_in_order),
		cmocka_unit_test(test_any_bytes_are_survived),
		cmocka_unit_test(test_a_name_is_echoed_and_a_password_is_not),
		cmocka_unit_test(test_a_password_that_is_too_long_is_not_cut_to_one_that_fits),
		cmocka_unit_test(test_connections_are_counted_in_all_and_by_machine),
		cmocka_unit_test(test_of_those_who_have_not_logged_in_there_are_fewer),
		cmocka_unit_test(test_a_machine_has_a_whole_network_of_ipv6),
		cmocka_unit_test(test_only_this_machine_s_addresses_are_served_without_the_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
