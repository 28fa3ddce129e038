/* Answers that are lists: pages, window and credit, filters, long entries; actions. */
#include "tests/unit/api_fixture.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "api/api_internal.h"

#define SAS "/spindle-crypto:crypto-state/ipsec-sa"

static json_t *sas_of(const json_t *answer)
{
	return json_object_get(
		json_object_get(json_object_get(answer, "data"), "spindle-crypto:crypto-state"),
		"ipsec-sa");
}

struct walk {
	size_t frames, entries, most;
	bool finished;
};

/* Reads what comes; each entry must be the next one, once. */
static void read_on(struct peer *p, struct walk *w)
{
	json_t *answer, *entry;
	uint8_t flags;
	uint32_t id;
	size_t i;

	while ((answer = peer_read(p, &id, &flags))) {
		assert_int_equal(id, 9);
		assert_int_equal(flags & ~FRAME_MORE, 0);
		json_array_foreach(sas_of(answer), i, entry) assert_int_equal(
			json_integer_value(json_object_get(entry, "spi-in")), 256 + w->entries++);
		w->most = json_array_size(sas_of(answer)) > w->most
				  ? json_array_size(sas_of(answer))
				  : w->most;
		w->frames++;
		json_decref(answer);
		if (!(flags & FRAME_MORE)) {
			w->finished = true;
			return;
		}
	}
}

static void test_a_list_comes_in_pages_as_the_client_grants(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct walk w = {0};

	a->entries = 1000;
	peer_send(p, 9, "{'op':'get','path':'" SAS "','max':100,'window':2}");
	read_on(p, &w);
	assert_int_equal(w.frames, 2);
	assert_int_equal(w.entries, 200);
	peer_send(p, 0, "{'op':'credit','request':9,'frames':3}");
	read_on(p, &w);
	assert_int_equal(w.frames, 5);
	assert_false(w.finished);
	peer_send(p, 0, "{'op':'credit','request':9,'frames':1000}");
	read_on(p, &w);
	assert_true(w.finished);
	assert_int_equal(w.entries, 1000);
	assert_int_equal(w.frames, 10);
	/* The last frame crossed: credit for what is finished is no error. */
	peer_send(p, 0, "{'op':'credit','request':9,'frames':1}");
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

static void test_without_credit_eight_frames_come(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct walk w = {0};

	a->entries = 10000;
	peer_send(p, 9, "{'op':'get','path':'" SAS "'}");
	read_on(p, &w);
	assert_int_equal(w.frames, API_WINDOW);
	assert_int_equal(w.most, API_PAGE);
	assert_false(w.finished);
	/* Another request goes on beside it. */
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

static void test_a_list_of_long_entries_has_fewer_in_a_frame(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct walk w = {0};

	a->entries = 100;
	api_fixture_long_entries(30);
	peer_send(p, 9, "{'op':'get','path':'" SAS "'}");
	read_on(p, &w);
	api_fixture_long_entries(0);
	assert_true(w.finished);
	assert_int_equal(w.entries, 100);
	assert_int_equal(w.most, 30);
	peer_close(p);
}

/* A long list begins at once: what a page holds is fetched before it, and not all of the list. */
static void test_each_page_is_fetched_before_it_is_sent(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct walk w = {0};

	a->entries = 100;
	api_fixture_long_entries(30);
	api_fixture_fetch(true);
	peer_send(p, 9, "{'op':'get','path':'" SAS "'}");
	read_on(p, &w);
	api_fixture_long_entries(0);
	api_fixture_fetch(false);
	assert_true(w.finished);
	assert_int_equal(w.entries, 100);
	assert_int_equal(w.frames, 4);
	assert_int_equal(a->refreshed, 4);
	assert_int_equal(a->refreshed_behind, 0 + 30 + 60 + 90);
	peer_close(p);
}

static void test_what_is_cancelled_sends_no_more_and_is_forgotten(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct walk w = {0};

	a->entries = 10000;
	/* Each would count among the sixteen requests of a session, if it were not gone. */
	for (uint32_t id = 100; id < 120; id++) {
		char request[80];
		uint32_t of = 0;
		uint8_t flags = 0;

		snprintf(request, sizeof(request), "{'op':'get','path':'" SAS "','window':1}");
		peer_send(p, id, request);
		json_decref(peer_read(p, &of, &flags));
		assert_int_equal(of, id);
		assert_int_equal(flags, FRAME_MORE);
		snprintf(request, sizeof(request), "{'op':'cancel','request':%u}", id);
		json_decref(peer_ask(p, request));
	}
	peer_send(p, 0, "{'op':'credit','request':119,'frames':5}");
	read_on(p, &w);
	assert_int_equal(w.frames, 0);
	json_decref(peer_ask(p, "{'op':'cancel','request':77}"));
	peer_refused(p, "{'op':'cancel','request':-1}", "cancel names a request");
	peer_close(p);
}

static void test_an_empty_list_is_one_empty_answer(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	json_t *answer;

	a->entries = 0;
	answer = peer_ask(p, "{'op':'get','path':'" SAS "'}");
	assert_int_equal(json_object_size(json_object_get(answer, "data")), 0);
	json_decref(answer);
	peer_close(p);
}

static void test_long_entries_make_shorter_pages(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct walk w = {0};

	a->entries = 100;
	a->entry_size = 50000;
	peer_send(p, 9, "{'op':'get','path':'" SAS "','window':1000}");
	read_on(p, &w);
	assert_true(w.finished);
	assert_int_equal(w.entries, 100);
	assert_true(w.most < 21);
	peer_close(p);
}

static void test_an_entry_longer_than_a_frame_is_said(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	a->entries = 1;
	a->entry_size = FRAME_MAX;
	peer_refused(p, "{'op':'get','path':'" SAS "'}", "is longer than a frame may be");
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

static void assert_answer(struct peer *p, const char *request, const char *expected)
{
	json_t *answer = peer_ask(p, request);
	json_t *wanted = fixture_json(expected);

	if (!json_equal(answer, wanted))
		fail_msg("%s: %s", request, json_dumps(answer, JSON_COMPACT));
	json_decref(answer);
	json_decref(wanted);
}

static void test_entries_are_chosen_by_key_and_by_filter(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	a->entries = 1000;
	assert_answer(p, "{'op':'get','path':'" SAS "[spi-in=\\\"1000\\\"]'}",
		      "{'data':{'spindle-crypto:crypto-state':{'ipsec-sa':"
		      "[{'spi-in':1000,'spi-out':855,'packets-in':'5','connection':''}]}}}");
	assert_answer(p, "{'op':'get','path':'" SAS "','filter':{'spi-in':257}}",
		      "{'data':{'spindle-crypto:crypto-state':{'ipsec-sa':"
		      "[{'spi-in':257,'spi-out':855,'packets-in':'5','connection':''}]}}}");
	assert_answer(p, "{'op':'get','path':'" SAS "','filter':{'connection':'none'}}",
		      "{'data':{}}");
	assert_answer(p,
		      "{'op':'get','path':'/spindle-crypto:crypto-state/invalid-spi/flow',"
		      "'filter':{'persistent':true}}",
		      "{'data':{'spindle-crypto:crypto-state':{'invalid-spi':{'flow':"
		      "[{'id':2,'persistent':true}]}}}}");
	peer_close(p);
}

static void test_a_container_and_its_list_are_one_document(void **state)
{
	struct peer *p = peer_open(*state);

	assert_answer(p, "{'op':'get','path':'/spindle-crypto:crypto-state/invalid-spi'}",
		      "{'data':{'spindle-crypto:crypto-state':{'invalid-spi':{'source':'armed tap',"
		      "'seen':'5','flow':[{'id':1,'persistent':false},{'id':2,'persistent':true},"
		      "{'id':3,'persistent':false}]}}}}");
	peer_close(p);
}

static void test_all_state_is_what_one_may_see(void **state)
{
	struct peer *p = peer_open(*state);
	json_t *answer = peer_ask(p, "{'op':'get'}");
	json_t *data = json_object_get(answer, "data");

	/* system-state takes more privilege than there is. */
	assert_int_equal(json_object_size(data), 1);
	assert_int_equal(json_object_size(json_object_get(data, "spindle-crypto:crypto-state")), 2);
	json_decref(answer);
	peer_refused(p, "{'op':'get','path':'/spindle-system:system-state'}", "more privilege");
	peer_close(p);
}

static void test_what_is_no_state_is_refused(void **state)
{
	static const char *const requests[] = {
		"{'op':'get','path':'/spindle-crypto:crypto'}",
		"{'op':'get','path':'/spindle-crypto:crypto-state/ipsec'}",
		"{'op':'get','path':'" SAS "/spi-in'}",
		"{'op':'get','path':'" SAS "[spi-in=1]'}",
		"{'op':'get','path':'" SAS "['}",
		"{'op':'get','path':'" SAS "[]'}",
		"{'op':'get','path':'" SAS "[=\\\"1\\\"]'}",
		"{'op':'get','path':'" SAS "[spi-in=\\\"1\\\"]x'}",
		"{'op':'get','path':'" SAS "[spi-in=\\\"1]'}",
		"{'op':'get','path':[]}",
		"{'op':'get','path':'" SAS "','filter':[]}",
		"{'op':'get','path':'" SAS "','window':0}",
		"{'op':'get','path':'" SAS "','window':'8'}",
		"{'op':'get','path':'" SAS "','max':257}",
	};
	struct peer *p = peer_open(*state);
	char longest[600];

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		peer_refused(p, requests[i], "");
	snprintf(longest, sizeof(longest), "{'op':'get','path':'/%0500d'}", 1);
	peer_refused(p, longest, "longer than");
	peer_close(p);
}

static void test_a_provider_that_fails_ends_its_answer_only(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	a->page_result = -EIO;
	peer_refused(p, "{'op':'get','path':'/spindle-crypto:crypto-state/ikev2-sa'}",
		     "Input/output error");
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

static void test_configuration_comes_in_pages_too(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct text edit;
	size_t entries = 0, frames = 0;
	uint8_t flags = FRAME_MORE;
	json_t *answer;
	uint32_t id;

	text_init(&edit, 0);
	text_add(&edit, "{'op':'edit-config','edit':{'spindle-crypto:crypto':{'map':[");
	for (int i = 1; i <= 600; i++)
		text_addf(&edit, "%s{'name':'M','sequence':%d}", i > 1 ? "," : "", i);
	text_add(&edit, "]}}}");
	json_decref(peer_ask(p, text_str(&edit)));
	text_free(&edit);
	peer_send(p, 9, "{'op':'get-config','path':'/spindle-crypto:crypto'}");
	while ((flags & FRAME_MORE) && (answer = peer_read(p, &id, &flags))) {
		entries += json_array_size(json_object_get(
			json_object_get(json_object_get(answer, "data"), "spindle-crypto:crypto"),
			"map"));
		frames++;
		json_decref(answer);
	}
	assert_int_equal(entries, 600);
	assert_int_equal(frames, 3);
	peer_close(p);
}

static void test_an_action_runs_with_good_input_only(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	assert_answer(p, "{'op':'action','path':'spindle-crypto:clear-session'}",
		      "{'output':{'cleared':2}}");
	assert_answer(p,
		      "{'op':'action','path':'spindle-crypto:clear-session',"
		      "'input':{'remote':'10.0.0.1'}}",
		      "{'output':{'cleared':2}}");
	assert_int_equal(a->runs, 2);
	peer_refused(p, "{'op':'action','path':'spindle-crypto:explode'}", "there is no action");
	peer_refused(p, "{'op':'action'}", "without a path");
	peer_refused(p,
		     "{'op':'action','path':'spindle-crypto:clear-session',"
		     "'input':{'remote':'ten'}}",
		     "ten");
	peer_refused(p,
		     "{'op':'action','path':'spindle-crypto:clear-session','input':{'colour':1}}",
		     "colour");
	peer_refused(p, "{'op':'action','path':'spindle-crypto:clear-session','input':7}",
		     "clear-session");
	peer_refused(p,
		     "{'op':'action','path':'spindle-system:debug','input':{'flag':'all',"
		     "'on':true}}",
		     "takes privilege 16");
	assert_int_equal(a->runs, 2);
	peer_close(p);
}

static void test_an_action_may_answer_later_or_to_nobody(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct error why = {.code = -EBUSY, .text = "the engine is gone"};
	uint8_t flags = 0;
	uint32_t id;
	json_t *answer;

	a->later = true;
	peer_send(p, 4, "{'op':'action','path':'spindle-crypto:clear-session'}");
	api_fixture_turns(a, 5);
	api_fixture_answer(a, -EBUSY, &why);
	answer = peer_read(p, &id, &flags);
	assert_int_equal(flags, FRAME_ERROR);
	assert_string_equal(json_string_value(json_object_get(answer, "error")),
			    "the engine is gone");
	assert_string_equal(json_string_value(json_object_get(answer, "name")), "EBUSY");
	json_decref(answer);
	peer_send(p, 5, "{'op':'action','path':'spindle-crypto:clear-session'}");
	api_fixture_turns(a, 5);
	peer_close(p);
	api_fixture_answer(a, 0, NULL);
	p = peer_open(a);
	peer_send(p, 6, "{'op':'action','path':'spindle-crypto:clear-session'}");
	api_fixture_turns(a, 5);
	api_free(a->api);
	a->api = NULL;
	api_fixture_answer(a, 0, NULL);
	peer_close(p);
}

/*
 * A whole conversation with each allocation failing once: an answer, an error, or the end; nothing is
 * left behind and the next client is served. Frames are made beforehand, so that only the daemon's
 * memory fails.
 */
static size_t make_frames(uint8_t *out)
{
	static const char *const requests[] = {
		"{\"op\":\"hello\",\"version\":1}",
		"{\"op\":\"get\",\"filter\":{\"id\":2}}",
		"{\"op\":\"edit-config\",\"edit\":{\"spindle-system:system\":"
		"{\"hostname\":\"R1\"}}}",
		"{\"op\":\"get-config\"}",
		"{\"op\":\"action\",\"path\":\"spindle-crypto:clear-session\"}",
		"{\"op\":\"subscribe\",\"stream\":\"command\",\"reply\":true}",
		"{\"op\":\"command\",\"line\":\"show version\"}",
	};
	size_t len = 0;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		frame_head(out + len, (uint32_t)i + 1, 0, strlen(requests[i]));
		memcpy(out + len + FRAME_HEAD, requests[i], strlen(requests[i]));
		len += FRAME_HEAD + strlen(requests[i]);
	}
	return len;
}

static int converse(void *arg)
{
	struct api_fixture *a = arg;
	struct api_stats stats = {0};
	uint8_t frames[1024], buf[65536];
	size_t len = make_frames(frames);
	struct peer *p = peer_connect(a);

	send(p->fd, frames, len, MSG_NOSIGNAL);
	for (int turns = 0; turns < 30; turns++) {
		loop_turn(a->f->loop, 0);
		recv(p->fd, buf, sizeof(buf), MSG_DONTWAIT);
	}
	peer_close(p);
	api_stats(a->api, &stats);
	assert_true(stats.sessions_now == 0);
	return 0;
}

static void test_each_allocation_may_fail(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p;

	/* Not by the helper: a request may fail and the conversation go on. */
	for (unsigned long n = 1; n < 5000; n++) {
		unsigned long used;

		alloc_fail_after(n);
		converse(a);
		used = alloc_fail_after(0);
		text_free(&a->f->rooms[0].diary);
		if (used < n)
			break;
		assert_true(n < 4999);
	}
	p = peer_open(a);
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
		T(test_a_list_comes_in_pages_as_the_client_grants),
		T(test_without_credit_eight_frames_come),
		T(test_a_list_of_long_entries_has_fewer_in_a_frame),
		T(test_each_page_is_fetched_before_it_is_sent),
		T(test_what_is_cancelled_sends_no_more_and_is_forgotten),
		T(test_an_empty_list_is_one_empty_answer),
		T(test_long_entries_make_shorter_pages),
		T(test_an_entry_longer_than_a_frame_is_said),
		T(test_entries_are_chosen_by_key_and_by_filter),
		T(test_a_container_and_its_list_are_one_document),
		T(test_all_state_is_what_one_may_see),
		T(test_what_is_no_state_is_refused),
		T(test_a_provider_that_fails_ends_its_answer_only),
		T(test_configuration_comes_in_pages_too),
		T(test_an_action_runs_with_good_input_only),
		T(test_an_action_may_answer_later_or_to_nobody),
		T(test_each_allocation_may_fail),
#undef T
	};

	return cmocka_run_group_tests_name("api_stream", tests, NULL, NULL);
}
