/* Subscriptions: the log, and commands that wait for a reply. */
#include "tests/unit/api_fixture.h"

#include <stdlib.h>

#include "api/api_internal.h"

static void say(struct api_fixture *a, const char *name)
{
	log_say(a->f->log, NULL, CONFIG_I, name);
}

/* The next frame is an event; its record, or its command (json_decref the event). */
static json_t *event(struct peer *p, uint32_t expected_id)
{
	uint8_t flags = 0;
	uint32_t id = 0;
	json_t *e = peer_read(p, &id, &flags);

	if (!e)
		fail_msg("no event came");
	assert_int_equal(flags, FRAME_EVENT);
	assert_int_equal(id, expected_id);
	assert_int_equal(json_integer_value(json_object_get(e, "request")), expected_id);
	return e;
}

static const json_t *record_of(const json_t *e)
{
	return json_array_get(json_object_get(json_object_get(json_object_get(e, "data"),
							      "spindle-logging:log-state"),
					      "record"),
			      0);
}

static void assert_line(struct peer *p, uint32_t id, const char *words)
{
	json_t *e = event(p, id);
	const char *line = json_string_value(json_object_get(record_of(e), "line"));

	if (!line || !strstr(line, words))
		fail_msg("\"%s\" is not in \"%s\"", words, line ? line : "");
	json_decref(e);
}

static void assert_silence(struct peer *p)
{
	uint8_t flags;
	uint32_t id;

	assert_null(peer_read(p, &id, &flags));
}

/* `logging monitor` and `no logging on` are for terminals; programs hear all. */
static void test_a_terminal_hears_what_logging_monitor_lets(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct log_config c;

	log_config_default(&c, 65536);
	c.monitor = 4;
	c.buffer = 2; /* what the buffer keeps is another matter */
	log_configure(a->f->log, &c);
	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log','monitor':true}"));
	say(a, "hidden");
	log_say(a->f->log, NULL, RECOVERY_REFUSED, "p", 1u, 1u, "seen");
	assert_line(p, 78, "seen");
	c.off = true;
	log_configure(a->f->log, &c);
	log_say(a->f->log, NULL, RECOVERY_REFUSED, "p", 1u, 1u, "off");
	assert_silence(p);
	peer_close(p);
	p = peer_open(a);
	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log'}"));
	say(a, "a program");
	assert_line(p, 78, "a program");
	peer_close(p);
}

static void test_a_subscriber_hears_what_is_logged_from_then_on(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	json_t *e;

	say(a, "before");
	api_fixture_turns(a, 3);
	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log'}"));
	say(a, "one");
	say(a, "two");
	assert_line(p, 78, "%SYS-5-CONFIG_I: Configured from console by one");
	e = event(p, 78);
	assert_string_equal(json_string_value(json_object_get(record_of(e), "mnemonic")),
			    "CONFIG_I");
	assert_string_equal(json_string_value(json_object_get(record_of(e), "facility")), "SYS");
	assert_int_equal(json_integer_value(json_object_get(record_of(e), "severity")), 5);
	assert_true(json_is_string(json_object_get(record_of(e), "seq")));
	assert_null(json_object_get(e, "lost"));
	json_decref(e);
	assert_silence(p);
	peer_close(p);
}

static void test_a_record_is_what_the_modules_say(void **state)
{
	const struct log_about about = {
		.peer = addr_v4(0x0a000001), .spi = 0xff000001, .verdict = "v", .cause = "c"};
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct lyd_node *tree = NULL;
	json_t *e;
	char *text;

	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log'}"));
	log_say(a->f->log, &about, CONFIG_I, "\xc3\x28 a bad byte");
	e = event(p, 78);
	text = json_dumps(json_object_get(e, "data"), 0);
	if (lyd_parse_data_mem(config_context(a->f->config), text, LYD_JSON,
			       LYD_PARSE_STRICT | LYD_PARSE_ONLY, 0, &tree))
		fail_msg("%s: %s", text, ly_err_last(config_context(a->f->config))->msg);
	assert_int_equal(json_integer_value(json_object_get(record_of(e), "spi")), 0xff000001);
	lyd_free_all(tree);
	free(text);
	json_decref(e);
	peer_close(p);
}

static void test_the_past_can_be_asked_for(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	say(a, "one");
	say(a, "two");
	say(a, "three");
	api_fixture_turns(a, 3);
	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log','from':'2'}"));
	assert_line(p, 78, "two");
	assert_line(p, 78, "three");
	assert_silence(p);
	peer_close(p);
}

static void test_filters_choose_records(void **state)
{
	const struct log_about about = {.peer = addr_v4(0x0a000001)};
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log','severity':4}"));
	peer_send(p, 2, "{'op':'subscribe','stream':'log','mnemonic':['RESTART','CONFIG_I']}");
	peer_send(p, 3, "{'op':'subscribe','stream':'log','facility':'CRYPTO'}");
	peer_send(p, 4, "{'op':'subscribe','stream':'log','peer':'10.0.0.1'}");
	for (int i = 0; i < 3; i++) {
		uint8_t flags;
		uint32_t id;

		json_decref(peer_read(p, &id, &flags));
	}
	log_say(a->f->log, NULL, SLOW_TURN, "x", 7ull);				    /* SYS-4 */
	say(a, "five");								    /* SYS-5 */
	log_say(a->f->log, &about, RECOVERY_REFUSED, "10.0.0.1", 256u, 256u, "no"); /* CRYPTO-4 */
	assert_line(p, 78, "CPUHOG");
	assert_line(p, 78, "REFUSED");
	assert_line(p, 2, "five");
	assert_line(p, 3, "REFUSED");
	assert_line(p, 4, "REFUSED");
	assert_silence(p);
	peer_close(p);
}

static void test_debug_lines_can_be_left_out(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log','debug':false}"));
	log_debug_set(a->f->log, LOG_DEBUG_IKEV2);
	log_debug(a->f->log, LOG_DEBUG_IKEV2, NULL, "a debug line");
	say(a, "a message");
	assert_line(p, 78, "a message");
	assert_silence(p);
	peer_close(p);
}

/* Reads nothing while the ring turns over: is not dropped, costs nothing, and hears how many it missed. */
static void test_a_slow_subscriber_hears_what_it_lost(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	uint64_t expected = 1, lost = 0;
	uint8_t flags;
	uint32_t id;
	json_t *e;

	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log'}"));
	for (int i = 0; i < 20000; i++) {
		say(a, "flood");
		if (i % 16 == 0)
			loop_turn(a->f->loop, 0);
	}
	assert_true(list_entry(a->api->sessions.next, struct session, node)->out_bytes <
		    API_OUT_LOW + 4096);
	while ((e = peer_read(p, &id, &flags))) {
		const char *missed = json_string_value(json_object_get(e, "lost"));
		uint64_t seq;

		assert_int_equal(text_u64(json_string_value(json_object_get(record_of(e), "seq")),
					  1, UINT64_MAX, &seq),
				 0);
		if (missed)
			lost += strtoull(missed, NULL, 10);
		assert_true(seq == expected + (missed ? strtoull(missed, NULL, 10) : 0));
		expected = seq + 1;
		json_decref(e);
	}
	assert_true(expected == 20001);
	assert_true(lost > 0);
	peer_close(p);
}

static void test_a_subscription_ends_when_it_is_told_to(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log'}"));
	peer_send(p, 5, "{'op':'unsubscribe','request':78}");
	{
		uint8_t flags = 1;
		uint32_t id;

		json_decref(peer_read(p, &id, &flags));
		assert_int_equal(flags, 0);
	}
	say(a, "unheard");
	assert_silence(p);
	peer_refused(p, "{'op':'unsubscribe','request':78}", "is no subscription");
	peer_close(p);
}

static void test_what_a_subscription_lacks_is_said(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	peer_refused(p, "{'op':'subscribe'}", "log, command, config, ipsec or track");
	peer_refused(p, "{'op':'subscribe','stream':'weather'}",
		     "log, command, config, ipsec or track");
	peer_refused(p, "{'op':'subscribe','stream':'log','reply':true}", "waits for no reply");
	peer_refused(p, "{'op':'subscribe','stream':'log','severity':8}", "severity");
	peer_refused(p, "{'op':'subscribe','stream':'log','from':'x'}", "from");
	peer_refused(p, "{'op':'subscribe','stream':'command','limit-ms':0}", "limit-ms");
	/* What others type, and whether it may proceed, is not for everybody. */
	json_decref(
		peer_ask(p, "{'op':'action','path':'spindle-aaa:disable','input':{'level':14}}"));
	peer_refused(p, "{'op':'subscribe','stream':'command'}", "takes privilege 15");
	peer_refused(p, "{'op':'subscribe','stream':'command','reply':true}", "takes privilege 15");
	for (uint32_t i = 1; i <= API_SUBS_MAX; i++) {
		uint8_t flags = 1;
		uint32_t id;

		peer_send(p, i, "{'op':'subscribe','stream':'log'}");
		json_decref(peer_read(p, &id, &flags));
		assert_int_equal(flags, 0);
	}
	peer_refused(p, "{'op':'subscribe','stream':'log'}", "at most 8");
	peer_close(p);
	p = peer_open(a);
	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log'}"));
	peer_send(p, 78, "{'op':'subscribe','stream':'log'}");
	{
		uint8_t flags = 0;
		uint32_t id;

		json_decref(peer_read(p, &id, &flags));
		assert_int_equal(flags, FRAME_ERROR);
	}
	peer_close(p);
}

/* The answer to request 6, a command. */
static json_t *verdict(struct peer *p)
{
	uint8_t flags = FRAME_ERROR;
	uint32_t id = 0;
	json_t *answer = peer_read(p, &id, &flags);

	if (!answer)
		fail_msg("the command was not answered");
	assert_int_equal(id, 6);
	assert_int_equal(flags, 0);
	return answer;
}

static void assert_verdict(struct peer *p, bool proceed, int late)
{
	json_t *answer = verdict(p);

	assert_int_equal(json_is_true(json_object_get(answer, "proceed")), proceed);
	assert_int_equal(json_integer_value(json_object_get(answer, "late")), late);
	json_decref(answer);
}

static json_int_t hear_command(struct peer *p, const char *line)
{
	json_t *e = event(p, 78);
	const json_t *command =
		json_object_get(json_object_get(e, "data"), "spindle-system:command");
	json_int_t number = json_integer_value(json_object_get(e, "event"));

	assert_string_equal(json_string_value(json_object_get(command, "line")), line);
	/* Who typed it; no policy's, and not on a line. */
	assert_non_null(json_object_get(command, "user"));
	assert_int_equal(json_integer_value(json_object_get(command, "privilege")), 15);
	assert_null(json_object_get(command, "policy"));
	assert_null(json_object_get(command, "line-name"));
	json_decref(e);
	assert_true(number > 0);
	return number;
}

static void reply(struct peer *p, json_int_t number, const char *more)
{
	char json[200];

	snprintf(json, sizeof(json), "{'op':'reply','request':78,'event':%lld%s}",
		 (long long)number, more);
	peer_send(p, 79, json);
	{
		uint8_t flags = 1;
		uint32_t id;

		json_decref(peer_read(p, &id, &flags));
		assert_int_equal(id, 79);
	}
}

static void test_a_command_nobody_asks_about_proceeds_at_once(void **state)
{
	struct peer *p = peer_open(*state);

	peer_send(p, 6, "{'op':'command','line':'show version'}");
	assert_verdict(p, true, 0);
	peer_refused(p, "{'op':'command'}", "\"line\"");
	peer_close(p);
}

static void test_a_command_waits_for_every_reply(void **state)
{
	struct api_fixture *a = *state;
	struct peer *asker = peer_open(a), *one = peer_open(a), *two = peer_open(a);
	json_int_t n1, n2;
	json_t *answer;

	json_decref(peer_ask(one, "{'op':'subscribe','stream':'command','reply':true}"));
	json_decref(peer_ask(two, "{'op':'subscribe','stream':'command','reply':true,"
				  "'begins':'clear '}"));
	peer_send(asker, 6, "{'op':'command','line':'clear crypto sa','mode':'exec'}");
	n1 = hear_command(one, "clear crypto sa");
	n2 = hear_command(two, "clear crypto sa");
	assert_silence(asker);
	reply(one, n1, ",'proceed':true,'output':'noted'");
	assert_silence(asker);
	reply(two, n2, ",'proceed':false");
	answer = verdict(asker);
	assert_false(json_is_true(json_object_get(answer, "proceed")));
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(answer, "outputs"), 0)), "noted");
	json_decref(answer);
	peer_refused(one, "{'op':'reply','request':78,'event':1}", "waits for no reply");
	/* The second one hears of its own commands only. */
	peer_send(asker, 6, "{'op':'command','line':'show version'}");
	reply(one, hear_command(one, "show version"), "");
	assert_verdict(asker, true, 0);
	assert_silence(two);
	peer_close(asker);
	peer_close(one);
	peer_close(two);
}

static void test_a_reply_that_does_not_come_is_not_waited_for_long(void **state)
{
	struct api_fixture *a = *state;
	struct peer *asker = peer_open(a), *one = peer_open(a);
	json_int_t number;

	json_decref(peer_ask(one, "{'op':'subscribe','stream':'command','reply':true,"
				  "'limit-ms':20}"));
	peer_send(asker, 6, "{'op':'command','line':'reload'}");
	number = hear_command(one, "reload");
	assert_verdict(asker, true, 1);
	{
		char json[100];

		snprintf(json, sizeof(json), "{'op':'reply','request':78,'event':%lld}",
			 (long long)number);
		peer_refused(one, json, "waits for no reply");
	}
	peer_close(asker);
	peer_close(one);
}

static void test_who_leaves_holds_nothing(void **state)
{
	struct api_fixture *a = *state;
	struct peer *asker = peer_open(a), *one = peer_open(a);

	json_decref(peer_ask(one, "{'op':'subscribe','stream':'command','reply':true}"));
	peer_send(asker, 6, "{'op':'command','line':'reload'}");
	hear_command(one, "reload");
	peer_close(one);
	assert_verdict(asker, true, 1);
	/* And the other way round: the asker leaves, the reply goes nowhere. */
	one = peer_open(a);
	json_decref(peer_ask(one, "{'op':'subscribe','stream':'command','reply':true}"));
	peer_send(asker, 6, "{'op':'command','line':'reload'}");
	{
		json_int_t number = hear_command(one, "reload");

		peer_close(asker);
		reply(one, number, "");
	}
	assert_true(a->api->ask_count == 0);
	peer_close(one);
}

static void test_the_end_of_the_api_ends_what_waits(void **state)
{
	struct api_fixture *a = *state;
	struct peer *asker = peer_open(a), *one = peer_open(a);

	json_decref(peer_ask(one, "{'op':'subscribe','stream':'command','reply':true}"));
	peer_send(asker, 6, "{'op':'command','line':'reload'}");
	hear_command(one, "reload");
	api_free(a->api);
	a->api = NULL;
	peer_close(asker);
	peer_close(one);
}

static void test_times_are_as_the_modules_write_them(void **state)
{
	char buf[40];

	(void)state;
	assert_string_equal(api_time(0, buf, sizeof(buf)), "1970-01-01T00:00:00.000+00:00");
	assert_string_equal(api_time(UINT64_C(1788355677707), buf, sizeof(buf)),
			    "2026-09-02T13:27:57.707+00:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
		T(test_a_subscriber_hears_what_is_logged_from_then_on),
		T(test_a_terminal_hears_what_logging_monitor_lets),
		T(test_a_record_is_what_the_modules_say),
		T(test_the_past_can_be_asked_for),
		T(test_filters_choose_records),
		T(test_debug_lines_can_be_left_out),
		T(test_a_slow_subscriber_hears_what_it_lost),
		T(test_a_subscription_ends_when_it_is_told_to),
		T(test_what_a_subscription_lacks_is_said),
		T(test_a_command_nobody_asks_about_proceeds_at_once),
		T(test_a_command_waits_for_every_reply),
		T(test_a_reply_that_does_not_come_is_not_waited_for_long),
		T(test_who_leaves_holds_nothing),
		T(test_the_end_of_the_api_ends_what_waits),
		T(test_times_are_as_the_modules_write_them),
#undef T
	};

	return cmocka_run_group_tests_name("api_events", tests, NULL, NULL);
}
