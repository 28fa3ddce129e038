/* log: hosts by TCP, against real sockets on the loopback, on a real clock. */
#include "tests/unit/log_host_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

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

int main(void)
{
#define REAL(name) cmocka_unit_test_setup_teardown(name, setup_real, teardown)
	const struct CMUnitTest tests[] = {
		REAL(test_lines_by_tcp_are_framed),
		REAL(test_the_last_lines_arrive_before_the_connection_ends),
		REAL(test_lines_wait_until_a_connection_is_made),
		REAL(test_a_broken_connection_loses_nothing_that_was_not_confirmed),
		REAL(test_a_collector_that_does_not_read_is_not_waited_for),
		REAL(test_a_connection_that_is_not_answered_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
