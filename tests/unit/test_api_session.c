/* Sessions: greeting, what is malformed, limits, access; the operations on configuration. */
#include "tests/unit/api_fixture.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "api/api_internal.h"

static struct api_stats stats_of(const struct api_fixture *a)
{
	struct api_stats stats;

	api_stats(a->api, &stats);
	return stats;
}

static void test_the_greeting_names_version_user_and_privilege(void **state)
{
	struct peer *p = peer_connect(*state);
	json_t *answer = peer_ask(p, "{'op':'hello','version':1}");

	assert_int_equal(json_integer_value(json_object_get(answer, "version")), 1);
	assert_int_equal(json_integer_value(json_object_get(answer, "privilege")), 15);
	assert_true(strlen(json_string_value(json_object_get(answer, "user"))) > 0);
	assert_non_null(strstr(json_string_value(json_object_get(answer, "daemon")), "spindled "));
	json_decref(answer);
	peer_refused(p, "{'op':'hello','version':1}", "said already");
	peer_close(p);
}

static void test_without_a_greeting_nothing_is_answered(void **state)
{
	struct peer *p = peer_connect(*state);

	peer_refused(p, "{'op':'get-config'}", "the first request is to be hello");
	assert_true(peer_is_closed(p));
	peer_close(p);
	p = peer_connect(*state);
	peer_refused(p, "{'op':'hello','version':2}", "version 1");
	assert_true(peer_is_closed(p));
	peer_close(p);
}

static void test_who_has_no_privilege_is_refused_with_a_sentence(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_connect(a);
	struct session *s;

	api_fixture_turns(a, 3);
	s = list_entry(a->api->sessions.next, struct session, node);
	s->privilege = 0;
	text_copy(s->user, sizeof(s->user), "bob");
	peer_refused(p, "{'op':'hello','version':1}", "user bob has no access");
	assert_true(peer_is_closed(p));
	assert_true(stats_of(a).refused == 1);
	peer_close(p);
}

/* Who has no access and says nothing is told nothing, but may not keep the others out either. */
static void test_silent_strangers_do_not_keep_others_out(void **state)
{
	struct peer *strangers[4 * API_STRANGERS_MAX], *known[API_SESSIONS_MAX];
	struct api_fixture *a = *state;

	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		strangers[i] = peer_connect(a);
		api_fixture_turns(a, 3);
		list_entry(a->api->sessions.prev, struct session, node)->privilege = 0;
	}
	assert_int_equal(stats_of(a).sessions_now, API_STRANGERS_MAX);
	assert_true(peer_is_closed(strangers[0]));
	for (size_t i = 0; i < API_SESSIONS_MAX; i++)
		known[i] = peer_open(a);
	for (size_t i = 0; i < API_SESSIONS_MAX; i++)
		peer_close(known[i]);
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		peer_close(strangers[i]);
	assert_int_equal(stats_of(a).sessions_now, 0);
}

/* Whoever may run programs here must not push out whoever is about to log in by telnet. */
static void test_strangers_push_out_nobody_who_is_about_to_log_in(void **state)
{
	struct peer *strangers[2 * API_STRANGERS_MAX], *logging_in;
	struct api_fixture *a = *state;

	a->api->access.telnet = 4711;
	logging_in = peer_connect(a);
	api_fixture_turns(a, 3);
	list_entry(a->api->sessions.prev, struct session, node)->privilege = 0;
	list_entry(a->api->sessions.prev, struct session, node)->uid = 4711;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		strangers[i] = peer_connect(a);
		api_fixture_turns(a, 3);
		list_entry(a->api->sessions.prev, struct session, node)->privilege = 0;
	}
	assert_int_equal(stats_of(a).sessions_now, API_STRANGERS_MAX + 1);
	assert_false(peer_is_closed(logging_in));
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		peer_close(strangers[i]);
	peer_close(logging_in);
}

static void test_privilege_comes_from_uid_and_group(void **state)
{
	const struct access a = {.admin = 50, .own = 900};
	const struct access none = {.admin = (gid_t)-1, .own = 900};
	const gid_t groups[] = {100, 50, 7};

	(void)state;
	assert_int_equal(access_privilege(&a, 0, NULL, 0), 15);
	assert_int_equal(access_privilege(&a, 900, NULL, 0), 15);
	assert_int_equal(access_privilege(&a, 1000, NULL, 0), 0);
	assert_int_equal(access_privilege(&a, 1000, groups, 1), 0);
	assert_int_equal(access_privilege(&a, 1000, groups, 3), 15);
	assert_int_equal(access_privilege(&none, 1000, groups, 3), 0);
	assert_int_equal(access_privilege(&none, 1000, &none.admin, 1), 0);
}

struct malformed {
	const char *json;
	const char *words;
};

/* A group with many members has a long line, and what stands behind it counts all the same. */
static void test_names_are_found_behind_lines_of_any_length(void **state)
{
	char path[] = "/tmp/spindle-names-XXXXXX", user[API_USER_MAX];
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	(void)state;
	fprintf(f, "root:x:0:\n# no entry\n\n+::::\nmany:x:100:");
	for (int i = 0; i < 5000; i++)
		fprintf(f, "member%d,", i);
	fprintf(f, "\nbad:x:many:\nspindle-admin:x:4242:bob\nlast:x:4294967294:");
	fclose(f);
	assert_int_equal(access_number(path, "spindle-admin"), 4242);
	assert_int_equal(access_number(path, "last"), 4294967294u);
	assert_int_equal(access_number(path, "bad"), UINT32_MAX);
	assert_int_equal(access_number(path, "nobody-has-it"), UINT32_MAX);
	assert_int_equal(access_number("/nonexistent", "root"), UINT32_MAX);
	access_name(path, 4242, user);
	assert_string_equal(user, "spindle-admin");
	access_name(path, 7, user);
	assert_string_equal(user, "uid 7");
	unlink(path);
}

static void test_what_is_malformed_is_answered_once_and_ends_the_session(void **state)
{
	static const struct malformed all[] = {
		{"x", "not JSON"},
		{"{'op':'get'", "at byte"},
		{"[]", "not a JSON object"},
		{"{'op':'get'}{'op':'get'}", "not JSON"},
		{"{'op':'get','op':'get'}", "duplicate"},
		{"{'op':'\\u0000'}", "not JSON"},
		{"{'op':'\xff'}", "not JSON"},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "nests deeper"},
	};
	struct api_fixture *a = *state;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct peer *p = peer_open(a);

		peer_refused(p, all[i].json, all[i].words);
		assert_true(peer_is_closed(p));
		peer_close(p);
		assert_true(stats_of(a).malformed == i + 1);
	}
	assert_true(stats_of(a).sessions_now == 0);
}

static void refused_bytes(struct api_fixture *a, const char *bytes, size_t len, const char *words)
{
	struct peer *p = peer_open(a);
	uint8_t flags = 0;
	uint32_t id = 1;
	json_t *answer;

	peer_bytes(p, bytes, len);
	answer = peer_read(p, &id, &flags);
	assert_non_null(answer);
	assert_int_equal(flags, FRAME_ERROR);
	if (!strstr(json_string_value(json_object_get(answer, "error")), words))
		fail_msg("%s", json_string_value(json_object_get(answer, "error")));
	json_decref(answer);
	assert_true(peer_is_closed(p));
	peer_close(p);
}

static void test_a_length_that_lies_is_refused_early(void **state)
{
	refused_bytes(*state, "\xff\xff\xff\xff", 4, "4294967295");
	refused_bytes(*state, "\0\0\0\0", 4, "bytes 0 to 3");
	refused_bytes(*state, "\0\0\1\0\0\0\0\1\x40", 9, "byte 8");
	refused_bytes(*state, "\0\0\0\7\0\0\0\1\1{}", 11, "a request has none");
}

static void test_a_request_may_come_byte_by_byte(void **state)
{
	static const char json[] = "{\"op\":\"get-config\"}";
	struct peer *p = peer_open(*state);
	uint8_t bytes[64], flags;
	uint32_t id;
	json_t *answer;

	frame_head(bytes, 5, 0, strlen(json));
	memcpy(bytes + FRAME_HEAD, json, strlen(json));
	for (size_t i = 0; i < FRAME_HEAD + strlen(json); i++)
		peer_bytes(p, bytes + i, 1);
	answer = peer_read(p, &id, &flags);
	assert_non_null(answer);
	assert_int_equal(id, 5);
	assert_int_equal(flags, 0);
	assert_non_null(json_object_get(answer, "data"));
	json_decref(answer);
	peer_close(p);
}

static void test_an_unknown_operation_is_refused_and_the_session_lives(void **state)
{
	struct peer *p = peer_open(*state);

	peer_refused(p, "{'op':'explode'}", "there is no operation explode");
	peer_refused(p, "{}", "without a name");
	peer_refused(p, "{'op':7}", "without a name");
	peer_refused(p, "{'op':'credit','request':1}", "1 to 1024");
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

static void test_an_edit_is_committed_read_and_saved(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	json_t *answer, *expected;
	char *saved;

	json_decref(peer_ask(p, "{'op':'validate','edit':{'spindle-system:system':"
				"{'hostname':'R1'}}}"));
	answer = peer_ask(p, "{'op':'get-config'}");
	assert_int_equal(json_object_size(json_object_get(answer, "data")), 0);
	json_decref(answer);
	json_decref(peer_ask(p, "{'op':'edit-config','edit':{'spindle-system:system':"
				"{'hostname':'R1'}}}"));
	answer = peer_ask(p, "{'op':'get-config','path':'/spindle-system:system'}");
	expected = fixture_json("{'data':{'spindle-system:system':{'hostname':'R1'}}}");
	assert_true(json_equal(answer, expected));
	json_decref(answer);
	json_decref(expected);
	json_decref(peer_ask(p, "{'op':'copy-config','source':'running','target':'startup'}"));
	saved = fixture_read(a->f, "startup-config.json");
	assert_non_null(strstr(saved, "R1"));
	alloc_free(saved);
	peer_close(p);
}

static void test_a_refused_edit_is_told_with_the_sentence(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	peer_refused(p, "{'op':'edit-config','edit':{'spindle-system:system':{'hostname':''}}}",
		     "hostname");
	peer_refused(p, "{'op':'edit-config'}", "\"edit\"");
	peer_refused(p, "{'op':'edit-config','edit':[]}", "\"edit\"");
	peer_refused(p, "{'op':'validate','edit':7}", "\"edit\"");
	a->f->rooms[0].commit_result = -EIO;
	peer_refused(p, "{'op':'edit-config','edit':{'spindle-system:system':{'hostname':'R'}}}",
		     "the kernel said no");
	peer_refused(p, "{'op':'get-config','path':'/spindle-system:colour'}", "no configuration");
	peer_refused(p, "{'op':'get-config','path':7}", "\"path\"");
	peer_close(p);
}

static void test_a_client_may_leave_before_the_answer(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	a->f->rooms[0].later = true;
	peer_send(p, 3, "{'op':'edit-config','edit':{'spindle-system:system':{'hostname':'R1'}}}");
	api_fixture_turns(a, 10);
	assert_non_null(a->f->rooms[0].done);
	peer_close(p);
	a->f->rooms[0].done(a->f->rooms[0].done_arg, 0, NULL);
	api_fixture_turns(a, 10);
	assert_true(config_version(a->f->config) == 2);
}

static void test_the_number_of_sessions_is_bounded(void **state)
{
	struct api_fixture *a = *state;
	struct peer *peers[API_SESSIONS_MAX + 1];
	uint8_t flags;
	uint32_t id;
	json_t *answer;

	for (size_t i = 0; i < API_SESSIONS_MAX; i++)
		peers[i] = peer_open(a);
	peers[API_SESSIONS_MAX] = peer_connect(a);
	answer = peer_read(peers[API_SESSIONS_MAX], &id, &flags);
	assert_non_null(answer);
	assert_int_equal(flags, FRAME_ERROR);
	assert_non_null(strstr(json_string_value(json_object_get(answer, "error")), "64 sessions"));
	json_decref(answer);
	assert_true(peer_is_closed(peers[API_SESSIONS_MAX]));
	assert_true(stats_of(a).sessions_now == API_SESSIONS_MAX);
	peer_close(peers[0]);
	peers[0] = peer_open(a);
	for (size_t i = 0; i <= API_SESSIONS_MAX; i++)
		peer_close(peers[i]);
	assert_true(stats_of(a).sessions_now == 0);
}

static void test_requests_of_a_session_are_bounded_and_ids_are_not_shared(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	a->later = true;
	peer_send(p, 77, "{'op':'action','path':'spindle-crypto:clear-session'}");
	api_fixture_turns(a, 5);
	peer_refused(p, "{'op':'action','path':'spindle-crypto:clear-session'}",
		     "request 77 is not answered yet");
	for (uint32_t i = 1; i < API_REQUESTS_MAX; i++)
		peer_send(p, i, "{'op':'action','path':'spindle-crypto:clear-session'}");
	api_fixture_turns(a, 5);
	assert_int_equal(a->runs, API_REQUESTS_MAX);
	peer_send(p, 100, "{'op':'get-config'}");
	{
		uint8_t flags = 0;
		uint32_t id = 0;
		json_t *answer = peer_read(p, &id, &flags);

		assert_int_equal(id, 100);
		assert_int_equal(flags, FRAME_ERROR);
		json_decref(answer);
	}
	peer_close(p);
}

/* Asks much and reads nothing: what waits is bounded, and in the end the client is dropped. */
static void test_a_client_that_does_not_read_is_dropped(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	static const char json[] =
		"{\"op\":\"get\",\"path\":\"/spindle-crypto:crypto-state/ipsec-sa\"}";
	uint8_t bytes[128];
	size_t most = 0;

	a->entries = 200;
	a->entry_size = 2000;
	a->api->stall_ms = 100;
	memcpy(bytes + FRAME_HEAD, json, sizeof(json));
	for (uint32_t i = 1; i < 20000 && stats_of(a).sessions_now; i++) {
		frame_head(bytes, i, 0, strlen(json));
		if (send(p->fd, bytes, FRAME_HEAD + strlen(json), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			usleep(500);
		loop_turn(a->f->loop, 0);
		if (stats_of(a).sessions_now) {
			struct session *s = list_entry(a->api->sessions.next, struct session, node);

			most = s->out_bytes > most ? s->out_bytes : most;
		}
	}
	assert_true(stats_of(a).sessions_now == 0);
	assert_true(stats_of(a).dropped_slow == 1);
	assert_true(most < API_OUT_HIGH + FRAME_MAX);
	peer_close(p);
}

static void test_who_never_says_hello_is_dropped(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p;

	a->api->stall_ms = 20;
	p = peer_connect(a);
	peer_bytes(p, "\0\0", 2);
	assert_true(peer_is_closed(p));
	assert_true(stats_of(a).dropped_slow == 0);
	peer_close(p);
}

static void test_who_comes_while_nobody_is_accepted_is_served_later(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p;

	api_accept(a->api, false);
	p = peer_connect(a);
	peer_send(p, 1, "{'op':'hello','version':1}");
	api_fixture_turns(a, 10);
	assert_true(stats_of(a).sessions == 0);
	api_accept(a->api, true);
	api_fixture_turns(a, 10);
	assert_true(stats_of(a).sessions == 1 && stats_of(a).frames_out == 1);
	peer_close(p);
}

static void test_credit_that_is_wrong_is_refused_and_opens_nothing(void **state)
{
	static const char *const wrong[] = {
		"{'op':'credit'}",
		"{'op':'credit','request':9}",
		"{'op':'credit','request':9,'frames':0}",
		"{'op':'credit','request':9,'frames':-1}",
		"{'op':'credit','request':9,'frames':1025}",
		"{'op':'credit','request':9,'frames':99999999999999}",
		"{'op':'credit','request':-1,'frames':1}",
		"{'op':'credit','request':4294967296,'frames':1}",
	};
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	uint64_t frames;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		peer_refused(p, wrong[i], "1 to 1024 frames");
	/* Of no stream, however often: none is made, and none begins with it. */
	for (int i = 0; i < 2000; i++)
		peer_send(p, 0, "{'op':'credit','request':9,'frames':1024}");
	api_fixture_turns(a, 100);
	frames = stats_of(a).frames_out;
	a->entries = 10000;
	peer_send(p, 9, "{'op':'get','path':'/spindle-crypto:crypto-state/ipsec-sa'}");
	api_fixture_turns(a, 100);
	assert_true(stats_of(a).frames_out - frames == API_WINDOW);
	peer_close(p);
}

static void test_the_number_of_subscriptions_is_bounded(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	uint8_t flags;
	uint32_t id;

	for (uint32_t i = 1; i <= API_SUBS_MAX; i++)
		peer_send(p, 1000 + i, "{'op':'subscribe','stream':'log'}");
	for (int i = 0; i < API_SUBS_MAX; i++)
		json_decref(peer_read(p, &id, &flags));
	for (int i = 0; i < 100; i++)
		peer_refused(p, "{'op':'subscribe','stream':'log'}", "at most 8 subscriptions");
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

static void test_garbage_on_many_sessions_leaves_nothing(void **state)
{
	struct api_fixture *a = *state;
	unsigned int seed = 1;

	for (int round = 0; round < 200; round++) {
		struct peer *p = round & 1 ? peer_open(a) : peer_connect(a);
		uint8_t bytes[200];

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1103515245 + 12345;
			bytes[i] = (uint8_t)(seed >> 16);
		}
		bytes[0] = bytes[1] = bytes[2] = 0;
		send(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
		api_fixture_turns(a, 3);
		peer_close(p);
	}
	assert_true(stats_of(a).sessions_now == 0);
	assert_true(stats_of(a).sessions == 200);
}

static void test_a_path_the_modules_do_not_know_stops_the_start(void **state)
{
	struct api_fixture *a = *state;
	struct api_state bad = {.path = "/spindle-crypto:crypto-state/colour"};
	struct api_state config = {.path = "/spindle-crypto:crypto/map"};
	struct api_action action = {.path = "spindle-crypto:explode"};
	struct error err = {0};

	assert_null(api_new(a->f->loop, a->f->config, a->f->log, 0, &bad, 1, NULL, 0, &err));
	assert_non_null(strstr(err.text, "colour"));
	err.code = 0;
	assert_null(api_new(a->f->loop, a->f->config, a->f->log, 0, &config, 1, NULL, 0, &err));
	assert_non_null(strstr(err.text, "no list or container of state"));
	err.code = 0;
	assert_null(api_new(a->f->loop, a->f->config, a->f->log, 0, NULL, 0, &action, 1, &err));
	assert_non_null(strstr(err.text, "explode"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
		T(test_the_greeting_names_version_user_and_privilege),
		T(test_without_a_greeting_nothing_is_answered),
		T(test_names_are_found_behind_lines_of_any_length),
		T(test_who_has_no_privilege_is_refused_with_a_sentence),
		T(test_silent_strangers_do_not_keep_others_out),
		T(test_strangers_push_out_nobody_who_is_about_to_log_in),
		T(test_privilege_comes_from_uid_and_group),
		T(test_what_is_malformed_is_answered_once_and_ends_the_session),
		T(test_a_length_that_lies_is_refused_early),
		T(test_a_request_may_come_byte_by_byte),
		T(test_an_unknown_operation_is_refused_and_the_session_lives),
		T(test_an_edit_is_committed_read_and_saved),
		T(test_a_refused_edit_is_told_with_the_sentence),
		T(test_a_client_may_leave_before_the_answer),
		T(test_the_number_of_sessions_is_bounded),
		T(test_requests_of_a_session_are_bounded_and_ids_are_not_shared),
		T(test_a_client_that_does_not_read_is_dropped),
		T(test_who_never_says_hello_is_dropped),
		T(test_who_comes_while_nobody_is_accepted_is_served_later),
		T(test_credit_that_is_wrong_is_refused_and_opens_nothing),
		T(test_the_number_of_subscriptions_is_bounded),
		T(test_garbage_on_many_sessions_leaves_nothing),
		T(test_a_path_the_modules_do_not_know_stops_the_start),
#undef T
	};

	return cmocka_run_group_tests_name("api_session", tests, NULL, NULL);
}
