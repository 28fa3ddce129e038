/*
 * The client against the real daemon's end. The client blocks, so it runs in a process of its own, a
 * child of the test, while the test turns the loop; a failed expectation is its exit status.
 */
#include "tests/unit/api_fixture.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "cli/client.h"
#include "net/unix.h"

#define EXPECT(x)                                                                                  \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                    \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* Runs fn in a child while the loop turns; it must end well. */
static void run_client(struct api_fixture *a, void (*fn)(const char *run_dir))
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		fn(a->f->path);
		_exit(0);
	}
	for (int turns = 0; waitpid(child, &status, WNOHANG) == 0; turns++) {
		loop_turn(a->f->loop, 1);
		if (turns > 20000) {
			kill(child, 9);
			fail_msg("the client hangs");
		}
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

struct count {
	size_t frames, entries;
	size_t stop_after;
};

static bool count_sas(void *arg, const json_t *frame, bool more)
{
	struct count *c = arg;

	(void)more;
	c->frames++;
	c->entries += json_array_size(json_object_get(
		json_object_get(json_object_get(frame, "data"), "spindle-crypto:crypto-state"),
		"ipsec-sa"));
	return c->frames != c->stop_after;
}

static bool keep_hostname(void *arg, const json_t *frame, bool more)
{
	const json_t *system =
		json_object_get(json_object_get(frame, "data"), "spindle-system:system");

	(void)more;
	if (system)
		text_copy(arg, 64, json_string_value(json_object_get(system, "hostname")));
	return true;
}

static json_t *hostname(const char *name)
{
	return json_pack("{s:{s:s}}", "spindle-system:system", "hostname", name);
}

static void configure(const char *run_dir)
{
	struct error err = {0};
	struct client *c = client_open(run_dir, &err);
	char name[64] = "";

	EXPECT(c);
	EXPECT(client_privilege(c) == 15);
	EXPECT(strlen(client_user(c)) > 0);
	EXPECT(strstr(client_daemon(c), "spindled "));
	EXPECT(client_edit(c, hostname("R7"), &err) == 0);
	EXPECT(client_get_config(c, "", keep_hostname, name, &err) == 0);
	EXPECT(!strcmp(name, "R7"));
	EXPECT(client_save(c, &err) == 0);
	EXPECT(client_edit(c, hostname(""), &err) == -EINVAL);
	EXPECT(strstr(err.text, "hostname"));
	client_close(c);
}

static void test_configure_and_read_back(void **state)
{
	struct api_fixture *a = *state;
	char *saved;

	run_client(a, configure);
	saved = fixture_read(a->f, "startup-config.json");
	assert_non_null(strstr(saved, "R7"));
	alloc_free(saved);
}

static void read_long_list(const char *run_dir)
{
	struct client *c = client_open(run_dir, NULL);
	struct count all = {0}, some = {.stop_after = 2};
	struct error err = {0};

	EXPECT(c);
	EXPECT(client_get(c, "/spindle-crypto:crypto-state/ipsec-sa", count_sas, &all, &err) == 0);
	EXPECT(all.entries == 20000);
	EXPECT(all.frames == 79);
	/* Enough after two: the rest is not sent, and the next call is answered. */
	EXPECT(client_get(c, "/spindle-crypto:crypto-state/ipsec-sa", count_sas, &some, &err) == 0);
	EXPECT(some.frames == 2);
	EXPECT(client_get(c, "/spindle-crypto:colour", NULL, NULL, &err) == -ENOENT);
	EXPECT(strstr(err.text, "no state"));
	client_close(c);
}

static void test_a_list_longer_than_the_window_comes_whole(void **state)
{
	struct api_fixture *a = *state;

	a->entries = 20000;
	run_client(a, read_long_list);
}

/* A person at a pager: minutes between two frames, in which everything that comes is taken. */
struct slow_reader {
	struct client *c;
	struct count count;
	struct error err;
};

static bool read_slowly(void *arg, const json_t *frame, bool more)
{
	struct slow_reader *r = arg;

	for (int i = 0; i < 20; i++) {
		EXPECT(client_pump(r->c, &r->err) == 0);
		usleep(1000);
	}
	return count_sas(&r->count, frame, more);
}

static void read_with_pauses(const char *run_dir)
{
	struct slow_reader r = {.c = client_open(run_dir, NULL)};

	EXPECT(r.c);
	/* The limit is for the daemon, not for who reads: each pause alone is longer. */
	client_set_timeout(r.c, 15);
	EXPECT(client_get(r.c, "/spindle-crypto:crypto-state/ipsec-sa", read_slowly, &r, &r.err) ==
	       0);
	EXPECT(r.count.entries == 5000);
	EXPECT(r.count.frames == 20);
	client_close(r.c);
}

static void test_who_reads_slowly_gets_all_of_it_in_order(void **state)
{
	struct api_fixture *a = *state;

	a->entries = 5000;
	run_client(a, read_with_pauses);
}

struct impatience {
	int waits, until;
};

static int wait_or_break(void *ctx, int fd, short events, int timeout_ms)
{
	struct impatience *i = ctx;
	struct pollfd p = {.fd = fd, .events = events};

	if (++i->waits > i->until)
		return -ECANCELED;
	return poll(&p, 1, timeout_ms) > 0 ? 0 : -ETIMEDOUT;
}

/* Broken off at each of its waits: the next call has its own answer, and nothing runs on. */
static void break_off(const char *run_dir)
{
	struct client *c = client_open(run_dir, NULL);

	EXPECT(c);
	for (int until = 0; until < 30; until++) {
		struct impatience i = {.until = until};
		struct count some = {0};
		struct error err = {0};
		char name[64] = "";
		int rc;

		client_set_wait(c, wait_or_break, &i);
		rc = client_get(c, "/spindle-crypto:crypto-state/ipsec-sa", count_sas, &some, &err);

		/* A daemon that is quick enough is never waited for so often. */
		EXPECT(rc == -ECANCELED || (until > 0 && some.entries == 100000));
		EXPECT(rc == 0 || strstr(err.text, "broken off"));
		client_set_wait(c, NULL, NULL);
		EXPECT(client_get_config(c, "", keep_hostname, name, NULL) == 0);
		EXPECT(!strcmp(name, "R6"));
	}
	client_close(c);
}

/* What changes the configuration is not left half-way. */
static void do_not_break_edits(const char *run_dir)
{
	struct client *c = client_open(run_dir, NULL);
	struct impatience i = {0};

	EXPECT(c);
	client_set_wait(c, wait_or_break, &i);
	EXPECT(client_edit(c, hostname("R6"), NULL) == 0);
	EXPECT(client_save(c, NULL) == 0);
	EXPECT(i.waits == 0);
	client_close(c);
}

static void test_a_call_may_be_broken_off(void **state)
{
	struct api_fixture *a = *state;

	a->entries = 100000;
	run_client(a, do_not_break_edits);
	run_client(a, break_off);
}

/* Pumped, not read: so many are kept, the others are counted. */
static void flood(const char *run_dir)
{
	struct client *c = client_open(run_dir, NULL), *other = client_open(run_dir, NULL);
	json_t *request = json_pack("{s:s,s:s}", "op", "subscribe", "stream", "command"), *event;
	struct error err = {0};
	uint64_t lost = 0, all_lost = 0;
	size_t kept = 0;

	EXPECT(c && other && client_call(c, request, NULL, NULL, &err) == 0);
	json_decref(request);
	EXPECT(client_last_request(c) > 0);
	request = json_pack("{s:s,s:s,s:s}", "op", "command", "line", "x", "mode", "exec");
	for (int i = 0; i < 1200; i++) {
		EXPECT(client_call(other, request, NULL, NULL, &err) == 0);
		EXPECT(client_pump(c, &err) == 0);
	}
	json_decref(request);
	while ((event = client_kept_event(c, &lost))) {
		kept++;
		all_lost += lost;
		json_decref(event);
	}
	EXPECT(kept == 1024);
	EXPECT(all_lost > 0 && all_lost <= 1200 - 1024);
	client_close(other);
	client_close(c);
}

static void test_events_that_nobody_takes_are_bounded(void **state)
{
	run_client(*state, flood);
}

static void act(const char *run_dir)
{
	struct client *c = client_open(run_dir, NULL);
	struct error err = {0};
	json_t *output;

	EXPECT(c);
	EXPECT(client_action(c, "spindle-crypto:clear-session", NULL, &output, &err) == 0);
	EXPECT(json_integer_value(json_object_get(output, "cleared")) == 2);
	json_decref(output);
	EXPECT(client_action(c, "spindle-crypto:clear-session", json_pack("{s:s}", "remote", "x"),
			     &output, &err) == -EINVAL);
	EXPECT(!output);
	client_close(c);
}

static void test_an_action_gives_its_output(void **state)
{
	run_client(*state, act);
}

static void subscribe(const char *run_dir)
{
	struct client *c = client_open(run_dir, NULL);
	json_t *request = json_pack("{s:s,s:s,s:i}", "op", "subscribe", "stream", "log", "from", 1);
	struct error err = {0};
	json_t *event = NULL;

	EXPECT(c);
	EXPECT(client_call(c, request, NULL, NULL, &err) == 0);
	json_decref(request);
	/* Events that come between request and answer are kept. */
	EXPECT(client_edit(c, hostname("R8"), &err) == 0);
	EXPECT(client_event(c, 5000, &event, &err) == 0);
	EXPECT(json_object_get(event, "data"));
	json_decref(event);
	EXPECT(client_event(c, 30, &event, &err) == -ETIMEDOUT);
	client_close(c);
}

static void test_events_are_kept_for_who_asks(void **state)
{
	run_client(*state, subscribe);
}

static void meet_nobody(const char *run_dir)
{
	struct error err = {0};

	EXPECT(!client_open("/nowhere/at/all", &err));
	EXPECT(strstr(err.text, "no daemon listens at /nowhere/at/all/control.sock"));
	err.code = 0;
	EXPECT(!client_open("/a/folder/whose/name/is/longer/than/the/name/of/a/socket/may/be/"
			    "because/a/hundred/and/eight/bytes/are/not/much",
			    &err));
	EXPECT(strstr(err.text, "too long"));
	(void)run_dir;
}

static void test_nobody_listening_is_said(void **state)
{
	run_client(*state, meet_nobody);
}

static void wait_in_vain(const char *run_dir)
{
	struct client *c = client_open(run_dir, NULL);
	struct error err = {0};

	EXPECT(c);
	client_set_timeout(c, 50);
	EXPECT(client_edit(c, hostname("R9"), &err) == -ETIMEDOUT);
	EXPECT(strstr(err.text, "did not answer in time"));
	client_close(c);
}

static void test_a_daemon_that_hangs_is_not_waited_for(void **state)
{
	struct api_fixture *a = *state;

	a->f->rooms[0].later = true;
	run_client(a, wait_in_vain);
	a->f->rooms[0].done(a->f->rooms[0].done_arg, 0, NULL);
}

/* The example of doc/control-protocol.md: it prints the list, then lines of the log as they come. */
static pid_t start_example(struct api_fixture *a, int ends[2])
{
	pid_t child;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	child = fork();
	if (child)
		return child;
	dup2(ends[1], STDOUT_FILENO);
	execl("/usr/bin/python3", "python3", TEST_EXAMPLE, a->f->path, NULL);
	_exit(127);
}

static void test_the_example_in_python_works(void **state)
{
	struct api_fixture *a = *state;
	struct text out;
	int ends[2];
	pid_t child;

	if (access("/usr/bin/python3", X_OK))
		skip();
	a->entries = 600;
	text_init(&out, 1 << 20);
	child = start_example(a, ends);
	for (int turns = 1; turns < 20000 && !strstr(text_str(&out), "by a test"); turns++) {
		char buf[4096];
		ssize_t n = read(ends[0], buf, sizeof(buf));

		if (n > 0)
			text_add_n(&out, buf, (size_t)n);
		if (turns % 50 == 0)
			log_say(a->f->log, NULL, CONFIG_I, "a test");
		loop_turn(a->f->loop, 1);
	}
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(ends[0]);
	close(ends[1]);
	assert_non_null(strstr(text_str(&out), "privilege 15"));
	assert_non_null(strstr(text_str(&out), "SPI 0x100 in, 0x357 out, 5 packets in"));
	assert_non_null(strstr(text_str(&out), "CONFIG_I: Configured from console by a test"));
	text_free(&out);
}

static void expect_refused(const char *run_dir, const char *words)
{
	struct error err = {0};

	EXPECT(!client_open(run_dir, &err));
	EXPECT(strstr(err.text, words));
}

/* Nothing more comes: whoever waits for the descriptor would never see it. */
static void expect_event_at_hand(const char *run_dir, const char *words)
{
	struct client *c = client_open(run_dir, NULL);
	uint64_t lost;
	json_t *event;

	(void)words;
	EXPECT(c);
	event = client_kept_event(c, &lost);
	EXPECT(event);
	json_decref(event);
	client_close(c);
}

/* A listener that is no daemon: sends bytes of its own and closes. */
static void serve_to(struct api_fixture *a, const void *bytes, size_t len, const char *words,
		     void (*expect)(const char *run_dir, const char *words))
{
	char path[64];
	int listener, fd = -EAGAIN, status;
	pid_t child;

	snprintf(path, sizeof(path), "%s/control.sock", a->f->path);
	api_free(a->api);
	a->api = NULL;
	unlink(path);
	listener = unix_listen(path, SOCK_STREAM, 0600, NULL);
	assert_true(listener >= 0);
	child = fork();
	if (!child) {
		expect(a->f->path, words);
		_exit(0);
	}
	while (fd == -EAGAIN)
		fd = unix_accept(listener);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	close(listener);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void serve(struct api_fixture *a, const void *bytes, size_t len, const char *words)
{
	serve_to(a, bytes, len, words, expect_refused);
}

static void test_an_event_behind_an_answer_is_not_left_lying(void **state)
{
	static const char both[] = "\0\0\0\7\0\0\0\1\0{}"
				   "\0\0\0\7\0\0\0\2\4{}";

	serve_to(*state, both, sizeof(both) - 1, NULL, expect_event_at_hand);
}

static void test_a_listener_that_is_no_daemon_is_told_apart(void **state)
{
	serve(*state, "HTTP/1.1 400 Bad", 16, "frame length");
	serve(*state, "\0\0\0\7\0\0\0\1\0xx", 11, "not JSON");
	serve(*state, "\0\0", 2, "closed the connection");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
		T(test_configure_and_read_back),
		T(test_a_list_longer_than_the_window_comes_whole),
		T(test_an_event_behind_an_answer_is_not_left_lying),
		T(test_who_reads_slowly_gets_all_of_it_in_order),
		T(test_a_call_may_be_broken_off),
		T(test_events_that_nobody_takes_are_bounded),
		T(test_an_action_gives_its_output),
		T(test_events_are_kept_for_who_asks),
		T(test_nobody_listening_is_said),
		T(test_a_daemon_that_hangs_is_not_waited_for),
		T(test_the_example_in_python_works),
		T(test_a_listener_that_is_no_daemon_is_told_apart),
#undef T
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
