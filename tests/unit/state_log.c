/* The rest of test_api_state: the log, its ways out, conditions of debug output. */
#include "tests/unit/state_world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"

#define SPI_1 0x12345678u

static void finished(void *arg, int err, const struct error *why, json_t *output)
{
	(void)why;
	(void)output;
	*(int *)arg = err;
}

static int order(struct state_world *t, const char *path, json_t *input)
{
	size_t count;
	const struct api_action *a = api_tables_actions(t->tables, &count);
	int result = 1;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(a[i].path, path))
			a[i].run(a[i].ctx, input, finished, &result);
	json_decref(input);
	return result;
}

static int act(struct state_world *t, const char *path, const char *flag)
{
	return order(t, path, json_pack("{sssb}", "flag", flag, "on", 1));
}

static int syslog_of_ours(struct state_world *t, char *path, size_t size)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(path, size, "%s/log", t->state_path);
	text_copy(un.sun_path, sizeof(un.sun_path), path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(log_open_syslog_at(t->rw.log, path, NULL), 0);
	return fd;
}

static void test_the_log_counts_and_holds_its_lines(void **state)
{
	struct state_world *t = *state;
	struct log_about about = {.peer = addr_v4(WORLD_PEER),
				  .spi = SPI_1,
				  .verdict = "never ours",
				  .cause = "peer's DELETE"};
	json_t *list, *e;
	char path[80];
	int fd;

	state_world_read_all(t);
	fd = syslog_of_ours(t, path, sizeof(path));
	log_debug_set(t->rw.log, LOG_DEBUG_IPSEC);
	log_clear(t->rw.log);
	log_say(t->rw.log, &about, CONFIG_I, "nobody");
	log_debug(t->rw.log, LOG_DEBUG_IPSEC, &about, "a debug line");
	log_count_limited(t->rw.log, 5);
	list = state_world_list(t, STATE_LOGGING "/record");
	e = json_array_get(list, 0);
	expect_text(e, "facility", "SYS");
	expect_text(e, "mnemonic", "CONFIG_I");
	expect_number(e, "severity", 5);
	expect_text(e, "peer", "10.1.1.2");
	expect_number(e, "spi", SPI_1);
	expect_text(e, "verdict", "never ours");
	expect_text(e, "cause", "peer's DELETE");
	expect_text(e, "text", "Configured from console by nobody");
	e = json_array_get(list, 1);
	expect_true(e, "debug", true);
	expect_text(e, "mnemonic", NULL);
	json_decref(list);
	list = state_world_list(t, STATE_LOGGING);
	expect_text(only(list), "syslog-sent", "1");
	expect_text(only(list), "syslog-dropped", "0");
	expect_text(only(list), "rate-limited", "5");
	expect_text(only(list), "debug-lines", "1");
	json_decref(list);
	close(fd);
	unlink(path);
	log_resize(t->rw.log, 4096);
	for (int i = 0; i < 100; i++)
		log_say(t->rw.log, NULL, CONFIG_I, "nobody");
	list = state_world_list(t, STATE_LOGGING);
	expect_text(only(list), "buffer-size", "4096");
	expect_text(only(list), "syslog-dropped", "100");
	assert_string_not_equal(text_of(only(list), "overwritten"), "0");
	json_decref(list);
	state_world_read_all(t);
}

static void say_many(struct state_world *t, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		log_say(t->rw.log, NULL, CONFIG_I, "nobody");
	loop_advance(t->rw.loop, 1);
}

static void ignore_record(void *ctx, const struct log_record *r)
{
	(void)ctx;
	(void)r;
}

static void test_the_ways_of_the_log_show_how_they_stand(void **state)
{
	static const struct log_ops listener = {.record = ignore_record};
	struct state_world *t = *state;
	struct log_record r = {.severity = 3};
	struct log_config c;
	json_t *list;
	char path[80];
	int fd, err_fd = dup(STDERR_FILENO), none = open("/dev/null", O_WRONLY);

	state_world_read_all(t);
	fd = syslog_of_ours(t, path, sizeof(path));
	assert_int_equal(log_open_syslog_at(t->rw.log, "/nonexistent", path), 0);
	assert_int_equal(log_listen(t->rw.log, &listener, NULL), 0);
	dup2(none, STDERR_FILENO);
	log_to_stderr(t->rw.log, true);
	say_many(t, 5000);
	dup2(err_fd, STDERR_FILENO);
	assert_true(log_monitor_takes(t->rw.log, &r));
	list = state_world_list(t, STATE_LOGGING);
	expect_text(only(list), "syslog-way", "journal");
	expect_number(only(list), "console-level", 7);
	assert_string_not_equal(text_of(only(list), "overruns"), "0");
	expect_text(only(list), "console-logged", "5000");
	expect_text(only(list), "monitor-logged", "1");
	json_decref(list);
	log_config_default(&c, 65536);
	c.off = c.count = true;
	c.monitor = c.buffer = c.trap = LOG_OFF;
	log_configure(t->rw.log, &c);
	list = state_world_list(t, STATE_LOGGING);
	expect_true(only(list), "enabled", false);
	expect_true(only(list), "count-enabled", true);
	expect_text(only(list), "buffer-level", NULL);
	json_decref(list);
	log_to_stderr(t->rw.log, false);
	state_world_read_all(t);
	close(fd);
	close(none);
	close(err_fd);
	unlink(path);
}

static int bind_collector(uint16_t *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static void test_log_hosts_show_what_became_of_the_lines(void **state)
{
	struct state_world *t = *state;
	struct log_config c;
	json_t *list, *e;
	uint16_t port;
	int collector;

	collector = bind_collector(&port);
	log_config_default(&c, 65536);
	c.host_count = 2;
	c.hosts[0] = (struct log_host_config){addr_v4(0x7f000001), port, false, false};
	c.hosts[1] = (struct log_host_config){addr_v4(0x7f000002), 10, true, true};
	assert_int_equal(log_open_hosts(t->rw.log), 0);
	log_configure(t->rw.log, &c);
	list = state_world_list(t, STATE_LOGGING "/host");
	assert_int_equal(json_array_size(list), 2);
	e = json_array_get(list, 0);
	expect_text(e, "address", "127.0.0.1");
	expect_text(e, "state", "up");
	expect_text(e, "format", "classic");
	json_decref(list);
	state_world_read_all(t);
	say_many(t, 10);
	state_world_read_all(t); /* sent, as far as is known */
	close(collector);
	say_many(t, 10);
	loop_advance(t->rw.loop, 4000);
	for (int i = 0; i < 100; i++)
		say_many(t, 100);
	list = state_world_list(t, STATE_LOGGING "/host");
	e = state_world_pick(list, "address", json_string("127.0.0.1"));
	expect_text(e, "state", "down");
	expect_text(e, "error", "Connection refused");
	assert_string_not_equal(text_of(e, "dropped"), "0");
	assert_string_not_equal(text_of(e, "waiting"), "0");
	e = state_world_pick(list, "address", json_string("127.0.0.2"));
	expect_text(e, "transport", "tcp");
	expect_number(e, "port", 10);
	json_decref(list);
	state_world_read_all(t);
}

static void test_messages_are_counted_one_by_one(void **state)
{
	struct state_world *t = *state;
	struct log_config c;
	json_t *list;

	log_config_default(&c, 65536);
	c.count = true;
	log_configure(t->rw.log, &c);
	say_many(t, 3);
	list = state_world_list(t, STATE_LOGGING "/count");
	expect_text(only(list), "mnemonic", "CONFIG_I");
	expect_text(only(list), "occurrences", "3");
	expect_number(only(list), "severity", 5);
	json_decref(list);
	usleep(2000);
	log_say(t->rw.log, NULL, RECOVERY_FAILED, "p", 1u, 1u, "x");
	list = state_world_list(t, STATE_LOGGING "/count");
	assert_int_equal(json_array_size(list), 2);
	expect_text(state_world_pick(list, "facility", json_string("CRYPTO")), "occurrences", "1");
	json_decref(list);
	state_world_read_all(t);
}

static int condition(struct state_world *t, json_t *input)
{
	return order(t, "spindle-logging:debug-condition", input);
}

/* The IKE process is told, so that it does not even write what nobody will see. */
static const struct engine_trace_set *told(struct state_world *t)
{
	const struct engine_msg *m = router_world_last(&t->rw, ENGINE_TRACE_SET);

	assert_non_null(m);
	return &m->trace_set;
}

static void test_conditions_reach_the_ike_process(void **state)
{
	struct state_world *t = *state;
	char text[PREFIX_STRLEN];
	json_t *list;

	assert_int_equal(act(t, "spindle-system:debug", "ikev2"), 0);
	assert_int_equal(told(t)->level, 2);
	assert_int_equal(told(t)->peer_count, 0);
	assert_int_equal(condition(t, json_pack("{ss}", "peer", "10.1.1.2")), 0);
	assert_int_equal(condition(t, json_pack("{ss}", "peer", "10.1.1.2/32")), 0); /* twice */
	assert_int_equal(condition(t, json_pack("{ss}", "peer", "10.7.0.0/16")), 0);
	assert_int_equal(told(t)->peer_count, 2);
	assert_string_equal(prefix_format(&told(t)->peers[1], text), "10.7.0.0/16");
	/* Its lines know no SPI: with one asked for, none is written … */
	assert_int_equal(condition(t, json_pack("{si}", "spi", 0x1234)), 0);
	assert_int_equal(told(t)->level, 0);
	list = state_world_list(t, STATE_LOGGING "/debug-condition");
	assert_int_equal(json_array_size(list), 3);
	expect_text(state_world_pick(list, "kind", json_string("spi")), "value", "4660");
	json_decref(list);
	/* … unless what does not know is wanted too. */
	assert_int_equal(condition(t, json_pack("{ss}", "unmatched", "ipsec")), 0);
	assert_int_equal(told(t)->level, 0);
	assert_int_equal(condition(t, json_pack("{ss}", "unmatched", "all")), 0);
	assert_int_equal(told(t)->level, 2);
	state_world_read_all(t);
	assert_int_equal(condition(t, json_pack("{sssb}", "unmatched", "all", "on", 0)), 0);
	assert_int_equal(condition(t, json_pack("{sisb}", "spi", 0x1234, "on", 0)), 0);
	assert_int_equal(condition(t, json_pack("{sssb}", "peer", "10.1.1.2", "on", 0)), 0);
	assert_int_equal(told(t)->peer_count, 1);
	assert_int_equal(condition(t, json_pack("{s[n]}", "reset")), 0);
	assert_int_equal(told(t)->peer_count, 0);
	assert_int_equal(told(t)->level, 2);
	assert_int_equal(condition(t, json_pack("{ss}", "peer", "nobody")), -EINVAL);
	assert_int_equal(condition(t, json_object()), -EINVAL);
	for (int i = 0; i < 8; i++)
		assert_int_equal(condition(t, json_pack("{si}", "spi", 300 + i)), 0);
	assert_int_equal(condition(t, json_pack("{si}", "spi", 400)), -ENOSPC);
}

/* ---- the flight recorder ------------------------------------------------------------------------------ */

static void record(struct state_world *t, enum recorder_id id, uint32_t peer, uint32_t spi)
{
	const struct addr a = addr_v4(peer);
	const struct recorder_note n = {
		.id = id, .peer = peer ? &a : NULL, .spi = spi, .n = {spi, 2, 3}, .text = "text"};

	recorder_note(t->recorder, &n);
	loop_advance(t->rw.loop, 1000);
}

static void test_the_recorder_tells_what_it_holds(void **state)
{
	struct state_world *t = *state;
	json_t *list, *e;
	uint8_t spoilt = 0xff;

	list = state_world_list(t, STATE_RECORDER); /* of nothing */
	expect_text(only(list), "records", "0");
	expect_text(only(list), "oldest-time", NULL);
	json_decref(list);
	json_decref(state_world_list(t, STATE_RECORDER "/record"));
	record(t, RECORD_SA_GONE, WORLD_PEER, SPI_1);
	record(t, RECORD_IKE_BEGUN, WORLD_PEER, 0);
	record(t, RECORD_ENGINE_DOWN, 0, 0);
	recorder_take(t->recorder, (struct view){&spoilt, 1}, 7);
	list = state_world_list(t, STATE_RECORDER "/record");
	assert_int_equal(json_array_size(list), 4);
	e = json_array_get(list, 0);
	expect_text(e, "kind", "sa");
	expect_text(e, "peer", "10.1.1.2");
	expect_number(e, "spi", SPI_1);
	expect_text(e, "text", "pair 0x12345678 in, 0x00000002 out gone: 3");
	expect_text(json_array_get(list, 2), "kind", "system");
	expect_text(json_array_get(list, 2), "peer", NULL);
	json_decref(list);
	list = state_world_list(t, STATE_RECORDER);
	expect_text(only(list), "records", "4");
	expect_text(only(list), "lost", "7");
	expect_text(only(list), "peers", "1");
	json_decref(list);
}

static void test_the_recorder_is_asked_for_a_peer_and_a_time(void **state)
{
	struct state_world *t = *state;
	char since[24];
	json_t *list;

	for (uint32_t i = 0; i < 10; i++)
		record(t, RECORD_IKE_BEGUN, WORLD_PEER + i % 2, i);
	list = state_world_asked(t, STATE_RECORDER "/record",
				 json_pack("{ss}", "peer", "10.1.1.2"));
	assert_int_equal(json_array_size(list), 5);
	json_decref(list);
	/* The loop's time is played, the people's is not: what the loop did in 4.5 s is asked for so. */
	snprintf(since, sizeof(since), "%llu", (unsigned long long)clock_wall_ms() - 4500);
	list = state_world_asked(t, STATE_RECORDER "/record",
				 json_pack("{ssss}", "peer", "10.1.1.3", "since", since));
	assert_int_equal(json_array_size(list), 2);
	expect_number(json_array_get(list, 0), "spi", 7);
	json_decref(list);
	for (uint32_t i = 0; i < RECORDER_SLOTS; i++) /* and one more than there is room for */
		recorder_note(t->recorder, &(struct recorder_note){.id = RECORD_ENGINE_DOWN});
	json_decref(state_world_list(t, STATE_RECORDER));
}

int state_log_tests(void)
{
	static const struct CMUnitTest log[] = {
		cmocka_unit_test_setup_teardown(test_the_recorder_tells_what_it_holds,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_the_recorder_is_asked_for_a_peer_and_a_time,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_the_log_counts_and_holds_its_lines,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_the_ways_of_the_log_show_how_they_stand,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_log_hosts_show_what_became_of_the_lines,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_messages_are_counted_one_by_one,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_conditions_reach_the_ike_process,
						state_world_setup, state_world_teardown),
	};

	return cmocka_run_group_tests_name("log", log, NULL, NULL);
}
