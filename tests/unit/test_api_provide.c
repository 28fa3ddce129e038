/* State and actions that another program serves; sessions that act for a person; streams of facts. */
#include "tests/unit/api_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/api_internal.h"

#define STATE	"/spindle-eem:event-manager-state"
#define PROVIDE "{'op':'provide','module':'spindle-eem'}"
#define GET	"{'op':'get','path':'" STATE "/job'}"
#define RUN	"{'op':'action','path':'spindle-eem:run','input':{'name':'X','argument':['a','b']}}"
#define ASKED	5 /* the id under which the client asks */

/* The next frame, of that id and flags (json_decref). */
static json_t *frame(struct peer *p, uint32_t expected_id, uint8_t expected_flags)
{
	uint8_t flags = 0;
	uint32_t id = 0;
	json_t *json = peer_read(p, &id, &flags);

	if (!json)
		fail_msg("no frame came");
	assert_int_equal(id, expected_id);
	assert_int_equal(flags, expected_flags);
	return json;
}

static void silence(struct peer *p)
{
	uint8_t flags;
	uint32_t id;

	assert_null(peer_read(p, &id, &flags));
}

static struct peer *provider(struct api_fixture *a)
{
	struct peer *p = peer_open(a);

	json_decref(peer_ask(p, PROVIDE));
	return p;
}

/* What the provider is asked, and its number (json_decref). */
static json_t *asked(struct peer *p, json_int_t *event)
{
	json_t *json = frame(p, 78, FRAME_EVENT);
	json_t *what = json_incref(json_object_get(json, "provide"));

	assert_non_null(what);
	*event = json_integer_value(json_object_get(what, "event"));
	json_decref(json);
	return what;
}

static void answer(struct peer *p, json_int_t event, const char *members)
{
	char text[512];
	json_t *json;

	snprintf(text, sizeof(text), "{'op':'reply','request':78,'event':%lld,%s}",
		 (long long)event, members);
	peer_send(p, 79, text);
	json = frame(p, 79, 0);
	json_decref(json);
}

static void expect(const json_t *o, const char *member, const char *want)
{
	const char *text = json_string_value(json_object_get(o, member));

	if (!text || strcmp(text, want) != 0)
		fail_msg("%s is \"%s\", not \"%s\"", member, text ? text : "(none)", want);
}

static void expect_error(struct peer *p, const char *words)
{
	json_t *json = frame(p, ASKED, FRAME_ERROR);
	const char *text = json_string_value(json_object_get(json, "error"));

	if (!strstr(text, words))
		fail_msg("\"%s\" does not hold \"%s\"", text, words);
	json_decref(json);
}

static void test_without_a_provider_it_is_said_who_is_missing(void **state)
{
	struct peer *p = peer_open(*state);

	peer_refused(p, GET, "the event manager (spindle-eem) is not running");
	peer_refused(p, RUN, "the event manager (spindle-eem) is not running");
	peer_close(p);
}

static void test_a_get_is_answered_by_the_provider(void **state)
{
	struct api_fixture *a = *state;
	struct peer *e = provider(a), *p = peer_open(a);
	json_int_t event, id = 0;
	json_t *json;

	peer_send(p, ASKED,
		  "{'op':'get','path':'" STATE "/job[id=\\u00277\\u0027]','filter':{'class':'A'}}");
	json = asked(e, &event);
	expect(json, "kind", "get");
	expect(json, "path", STATE "/job[id='7']");
	expect(json_object_get(json, "filter"), "class", "A");
	assert_non_null(json_object_get(json, "user"));
	assert_int_equal(json_integer_value(json_object_get(json, "privilege")), 15);
	json_decref(json);
	answer(e, event, "'data':{'spindle-eem:event-manager-state':{'job':[{'id':7}]}}");
	json = frame(p, ASKED, 0);
	assert_int_equal(json_unpack(json, "{s:{s:{s:[{s:I}]}}}", "data",
				     "spindle-eem:event-manager-state", "job", "id", &id),
			 0);
	assert_int_equal(id, 7);
	json_decref(json);
	peer_close(p);
	peer_close(e);
}

/* The provider says where a page ends; the client's credit decides when the next is asked for. */
static void test_pages_are_asked_for_one_by_one(void **state)
{
	struct api_fixture *a = *state;
	struct peer *e = provider(a), *p = peer_open(a);
	json_int_t event;
	json_t *json;

	peer_send(p, ASKED, "{'op':'get','path':'" STATE "','window':1,'max':3}");
	json = asked(e, &event);
	assert_int_equal(json_integer_value(json_object_get(json, "max")), 3);
	assert_null(json_object_get(json, "cursor"));
	json_decref(json);
	answer(e, event, "'data':{'spindle-eem:event-manager-state':{'debug':['all']}},'next':'3'");
	json_decref(frame(p, ASKED, FRAME_MORE));
	silence(e);
	peer_send(p, 6, "{'op':'credit','request':5,'frames':1}");
	json = asked(e, &event);
	expect(json, "cursor", "3");
	json_decref(json);
	answer(e, event, "'data':{'spindle-eem:event-manager-state':{'version':'4.00'}}");
	json_decref(frame(p, ASKED, 0));
	peer_close(p);
	peer_close(e);
}

static void test_an_action_is_run_by_the_provider(void **state)
{
	struct api_fixture *a = *state;
	struct peer *e = provider(a), *p = peer_open(a);
	const json_t *output;
	json_int_t event;
	json_t *json;

	peer_send(p, ASKED, RUN);
	json = asked(e, &event);
	expect(json, "kind", "action");
	expect(json, "path", "spindle-eem:run");
	expect(json_object_get(json, "input"), "name", "X");
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(json, "input"), "argument")), 2);
	json_decref(json);
	answer(e, event, "'data':{'status':'1','output':['one','two']}");
	json = frame(p, ASKED, 0);
	output = json_object_get(json, "output");
	expect(output, "status", "1");
	assert_int_equal(json_array_size(json_object_get(output, "output")), 2);
	json_decref(json);
	peer_refused(p, "{'op':'action','path':'spindle-eem:run','input':{'nome':'X'}}", "nome");
	peer_refused(p, "{'op':'action','path':'spindle-eem:fly'}", "there is no action");
	silence(e);
	peer_close(p);
	peer_close(e);
}

static void test_what_the_provider_refuses_is_its_sentence(void **state)
{
	struct api_fixture *a = *state;
	struct peer *e = provider(a), *p = peer_open(a);
	json_int_t event;

	peer_send(p, ASKED, RUN);
	json_decref(asked(e, &event));
	answer(e, event, "'error':'policy X has no none event'");
	expect_error(p, "policy X has no none event");
	peer_send(p, ASKED, GET);
	json_decref(asked(e, &event));
	answer(e, event, "'data':{'spindle-eem:event-manager-state':{'colour':'red'}}");
	expect_error(p, "the answer is no data of the modules");
	peer_send(p, ASKED, GET);
	json_decref(asked(e, &event));
	answer(e, event, "'data':[]");
	expect_error(p, "is no object");
	peer_refused(e, "{'op':'reply','request':78,'event':99,'data':{}}", "waits for no reply");
	peer_close(p);
	peer_close(e);
}

static void test_a_provider_that_dies_or_is_silent_is_told(void **state)
{
	struct api_fixture *a = *state;
	struct peer *e = provider(a), *p = peer_open(a);
	json_int_t event;

	peer_send(p, ASKED, RUN);
	json_decref(asked(e, &event));
	peer_close(e);
	expect_error(p, "the event manager (spindle-eem) went away");
	peer_refused(p, GET, "is not running");
	e = provider(a);
	peer_send(p, ASKED, RUN);
	json_decref(asked(e, &event));
	answer(e, event, "'limit-ms':1");
	expect_error(p, "did not answer in time");
	peer_refused(e, "{'op':'reply','request':78,'event':1,'data':{}}", "waits for no reply");
	peer_close(p);
	peer_close(e);
	assert_int_equal(a->api->forward_count, 0);
}

static void test_who_asked_may_go(void **state)
{
	struct api_fixture *a = *state;
	struct peer *e = provider(a), *p = peer_open(a);
	json_int_t event, second;

	peer_send(p, ASKED, GET);
	json_decref(asked(e, &event));
	peer_send(p, 6, RUN);
	json_decref(asked(e, &second));
	peer_close(p);
	peer_refused(e, "{'op':'reply','request':78,'event':1,'data':{}}", "waits for no reply");
	answer(e, second, "'data':{}");
	assert_int_equal(a->api->forward_count, 0);
	peer_close(e);
}

static void test_one_program_provides_and_only_a_trusted_one(void **state)
{
	struct api_fixture *a = *state;
	struct peer *e = provider(a), *p = peer_open(a);
	struct session *s = list_entry(a->api->sessions.prev, struct session, node);

	peer_refused(p, PROVIDE, "module spindle-eem is provided already");
	peer_refused(p, "{'op':'provide'}", "is to be a module");
	peer_refused(p, "{'op':'provide','module':'spindle-system'}", "is to be a module");
	s->uid = 4711;
	peer_refused(p, PROVIDE, "provides nothing");
	a->api->access.eem = 4711;
	peer_close(e);
	json_decref(peer_ask(p, PROVIDE));
	peer_close(p);
}

/* State takes privilege 1, actions 15. */
static void test_the_provider_is_asked_for_nobody_who_may_not(void **state)
{
	struct api_fixture *a = *state;
	struct peer *e = provider(a), *p = peer_open(a);
	struct session *s = list_entry(a->api->sessions.prev, struct session, node);
	json_int_t event;

	s->privilege = 1;
	peer_refused(p, RUN, "takes privilege 15");
	peer_send(p, ASKED, GET);
	json_decref(asked(e, &event));
	s->privilege = 0;
	peer_refused(p, GET, "takes privilege 1");
	peer_close(p);
	peer_close(e);
}

/* ---- the example ------------------------------------------------------------------------------------- */

static pid_t start_example(struct api_fixture *a)
{
	pid_t child = fork();

	if (child)
		return child;
	execl("/usr/bin/python3", "python3", TEST_EXAMPLE, a->f->path, NULL);
	_exit(127);
}

/* The answer, when the example is ready. */
static json_t *ask_until(struct api_fixture *a, struct peer *p, const char *request)
{
	uint8_t flags = FRAME_ERROR;
	json_t *json = NULL;
	uint32_t id;

	for (int turns = 0; turns < 500 && (flags & FRAME_ERROR); turns++) {
		json_decref(json);
		for (int i = 0; i < 10; i++)
			loop_turn(a->f->loop, 2);
		peer_send(p, ASKED, request);
		json = peer_read(p, &id, &flags);
		assert_non_null(json);
	}
	return json;
}

static void test_the_example_in_python_works(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	pid_t child;
	json_t *json;

	if (access("/usr/bin/python3", X_OK))
		skip();
	child = start_example(a);
	json = ask_until(a, p, "{'op':'get','path':'" STATE "/version'}");
	expect(json_object_get(json_object_get(json, "data"), "spindle-eem:event-manager-state"),
	       "version", "example");
	json_decref(json);
	json = ask_until(a, p, RUN);
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(json, "output"), "output")), 2);
	json_decref(json);
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, NULL, 0), child);
	peer_close(p);
}

/* ---- act-as ------------------------------------------------------------------------------------------ */

static int people_setup(void **state)
{
	int rc = api_fixture_people_setup(state);
	struct api_fixture *a = *state;

	a->f->answers = 0;
	assert_int_equal(fixture_edit(a->f, "{'spindle-aaa:aaa':{'user':[{'name':'bob',"
					    "'privilege':5},{'name':'eve'}]}}"),
			 0);
	return rc;
}

#define ENABLE(level) "{'op':'action','path':'spindle-aaa:enable','input':{'level':" level "}}"

static json_t *act_as(struct api_fixture *a, struct peer **p, const char *request)
{
	*p = peer_open(a);
	return peer_ask(*p, request);
}

static void test_an_acting_session_begins_low_and_enables_without_a_password(void **state)
{
	struct peer *p;
	json_t *json = act_as(*state, &p, "{'op':'act-as','name':'INVSPI'}");

	assert_int_equal(json_integer_value(json_object_get(json, "privilege")), 1);
	expect(json_object_get(json, "terminal"), "line", "vty 0");
	json_decref(json);
	peer_refused(p, "{'op':'get-config'}", "takes privilege 15");
	json_decref(peer_ask(p, ENABLE("15")));
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_refused(p, "{'op':'act-as'}", "does not act for others");
	peer_refused(p, PROVIDE, "provides nothing");
	peer_close(p);
}

static void test_an_acting_session_is_no_more_than_its_person(void **state)
{
	struct peer *p;
	json_t *json = act_as(*state, &p, "{'op':'act-as','user':'bob','privilege':15}");

	expect(json, "user", "bob");
	assert_int_equal(json_integer_value(json_object_get(json, "privilege")), 5);
	json_decref(json);
	peer_refused(p, ENABLE("15"), "the person of this session may not");
	peer_refused(p, "{'op':'get-config'}", "takes privilege 15");
	peer_close(p);
	p = peer_open(*state);
	peer_refused(p, "{'op':'act-as','user':'mallory'}", "there is no username mallory");
	peer_refused(p, "{'op':'act-as','privilege':16}", "a level is 0 to 15");
	peer_refused(p, "{'op':'act-as','name':'a b'}", "that of a policy");
	peer_close(p);
}

/* Sixteen lines; the first session takes any, further ones leave two to people. */
static void test_acting_sessions_leave_lines_to_people(void **state)
{
	struct peer *p[14];
	struct peer *other = peer_open(*state);

	for (size_t i = 0; i < 14; i++)
		json_decref(act_as(*state, &p[i], "{'op':'act-as','user':'bob'}"));
	peer_refused(other, "{'op':'act-as','user':'bob'}", "2 of 16 lines are free");
	peer_close(p[0]);
	json_decref(peer_ask(other, "{'op':'act-as','user':'bob'}"));
	peer_close(other);
	for (size_t i = 1; i < 14; i++)
		peer_close(p[i]);
}

static void test_an_acting_session_is_for_trusted_programs(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct session *s = list_entry(a->api->sessions.prev, struct session, node);

	s->uid = 4711;
	peer_refused(p, "{'op':'act-as','user':'bob'}", "does not act for others");
	peer_close(p);
}

static void test_messages_are_written_by_trusted_programs(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	struct session *s = list_entry(a->api->sessions.prev, struct session, node);
	char buf[LOG_LINE_MAX], line[LOG_TEXT_MAX];
	uint64_t from = log_last_seq(a->f->log) + 1;
	struct log_record r;

	json_decref(peer_ask(p, "{'op':'log','text':'INVSPI: started'}"));
	json_decref(peer_ask(p, "{'op':'log','text':'x','facility':'F','mnemonic':'M',"
				"'severity':2}"));
	assert_true(log_tail_get(a->f->log, from, &r, buf));
	assert_non_null(
		strstr(log_format(&r, line, sizeof(line)), "%HA_EM-6-LOG: INVSPI: started"));
	assert_true(log_tail_get(a->f->log, from + 1, &r, buf));
	assert_non_null(strstr(log_format(&r, line, sizeof(line)), "%F-2-M: x"));
	peer_refused(p, "{'op':'log'}", "a message has a text");
	peer_refused(p, "{'op':'log','text':'x','severity':9}", "a severity of 0 to 7");
	peer_refused(p, "{'op':'log','text':'x','severity':'2'}", "a severity of 0 to 7");
	peer_refused(p, "{'op':'log','text':'x','mnemonic':'a b'}", "names of capitals");
	s->uid = 4711;
	peer_refused(p, "{'op':'log','text':'x'}", "writes no messages");
	peer_close(p);
}

/* ---- streams ----------------------------------------------------------------------------------------- */

static void test_facts_reach_who_subscribed_to_their_stream(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	json_t *json;

	json_decref(peer_ask(p, "{'op':'subscribe','stream':'ipsec'}"));
	api_publish(a->api, "track", json_pack("{s:i}", "number", 1));
	api_publish(a->api, "ipsec", json_pack("{s:s}", "event", "invalid-spi"));
	json = frame(p, 78, FRAME_EVENT);
	expect(json, "stream", "ipsec");
	expect(json_object_get(json, "ipsec"), "event", "invalid-spi");
	assert_null(json_object_get(json, "lost"));
	json_decref(json);
	silence(p);
	json_decref(peer_ask(p, "{'op':'unsubscribe','request':78}"));
	api_publish(a->api, "ipsec", json_pack("{s:s}", "event", "invalid-spi"));
	silence(p);
	peer_refused(p, "{'op':'subscribe','stream':'ipsec','reply':true}", "waits for no reply");
	peer_refused(p, "{'op':'subscribe','stream':'weather'}", "is to be");
	peer_close(p);
}

static void test_who_reads_too_slowly_is_told_how_much_was_lost(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	unsigned long long got = 0, lost = 0;
	char *padding = alloc_zero(60001);
	uint8_t flags;
	uint32_t id;
	json_t *json;

	memset(padding, 'x', 60000);
	json_decref(peer_ask(p, "{'op':'subscribe','stream':'ipsec'}"));
	for (int i = 0; i < 200; i++)
		api_publish(a->api, "ipsec", json_pack("{s:s}", "event", padding));
	while ((json = peer_read(p, &id, &flags))) {
		const char *n = json_string_value(json_object_get(json, "lost"));

		got += json_object_get(json, "ipsec") != NULL;
		lost += n ? strtoull(n, NULL, 10) : 0;
		json_decref(json);
	}
	assert_true(lost > 0);
	assert_int_equal(got + lost, 200);
	alloc_free(padding);
	peer_close(p);
}

static void test_each_commit_names_the_top_nodes_that_it_touched(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	const json_t *paths;
	json_t *json;

	json_decref(peer_ask(p, "{'op':'subscribe','stream':'config'}"));
	assert_int_equal(fixture_edit(a->f, "{'spindle-system:system':{'hostname':'R9'},"
					    "'spindle-eem:event-manager':{'applet':[{'name':'A'},"
					    "{'name':'B'}]}}"),
			 0);
	json = frame(p, 78, FRAME_EVENT);
	paths = json_object_get(json_object_get(json, "config"), "paths");
	assert_int_equal(json_array_size(paths), 2);
	assert_string_equal(json_string_value(json_array_get(paths, 0)), "/spindle-system:system");
	assert_string_equal(json_string_value(json_array_get(paths, 1)),
			    "/spindle-eem:event-manager");
	json_decref(json);
	a->f->answers = 0;
	assert_int_equal(fixture_edit(a->f, "{'spindle-system:system':{'hostname':'R9'}}"), 0);
	silence(p); /* nothing changed: no commit */
	peer_close(p);
}

#define PLAIN(test)  cmocka_unit_test_setup_teardown(test, api_fixture_setup, api_fixture_teardown)
#define PEOPLE(test) cmocka_unit_test_setup_teardown(test, people_setup, api_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PLAIN(test_without_a_provider_it_is_said_who_is_missing),
		PLAIN(test_a_get_is_answered_by_the_provider),
		PLAIN(test_pages_are_asked_for_one_by_one),
		PLAIN(test_an_action_is_run_by_the_provider),
		PLAIN(test_what_the_provider_refuses_is_its_sentence),
		PLAIN(test_a_provider_that_dies_or_is_silent_is_told),
		PLAIN(test_who_asked_may_go),
		PLAIN(test_one_program_provides_and_only_a_trusted_one),
		PLAIN(test_the_provider_is_asked_for_nobody_who_may_not),
		PLAIN(test_the_example_in_python_works),
		PEOPLE(test_an_acting_session_begins_low_and_enables_without_a_password),
		PEOPLE(test_an_acting_session_is_no_more_than_its_person),
		PEOPLE(test_acting_sessions_leave_lines_to_people),
		PEOPLE(test_an_acting_session_is_for_trusted_programs),
		PLAIN(test_messages_are_written_by_trusted_programs),
		PLAIN(test_facts_reach_who_subscribed_to_their_stream),
		PLAIN(test_who_reads_too_slowly_is_told_how_much_was_lost),
		PLAIN(test_each_commit_names_the_top_nodes_that_it_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
