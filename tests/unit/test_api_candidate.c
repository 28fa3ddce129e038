/* Candidates, guards and stored configurations by the protocol; two people at once. */
#include "tests/unit/api_fixture.h"

#include <stdlib.h>

#define OP(op, rest)	  "{'op':'" op "'" rest "}"
#define EDIT(where, data) "{'op':'edit-config','target':'" where "','edit':" data "}"
#define HOSTNAME(name)	  "{'spindle-system:system':{'hostname':'" name "'}}"
#define MAP(number, rest)                                                                          \
	"{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':" number rest "}]}}"

static void ask(struct peer *p, const char *json)
{
	json_decref(peer_ask(p, json));
}

static char *text_of(const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	for (char *c = text; *c; c++)
		if (*c == '"')
			*c = '\'';
	return text;
}

static void assert_answer(struct peer *p, const char *json, const char *expected)
{
	json_t *answer = peer_ask(p, json);
	char *text = text_of(answer);

	assert_string_equal(text, expected);
	free(text);
	json_decref(answer);
}

static void test_a_candidate_is_private_until_its_commit(void **state)
{
	struct peer *a = peer_open(*state), *b = peer_open(*state);

	peer_refused(a, EDIT("candidate", "{}"), "there is no candidate configuration");
	peer_refused(a, OP("get-config", ",'source':'candidate'"), "there is no candidate");
	peer_refused(a, OP("commit", ""), "there is no candidate configuration");
	peer_refused(a, OP("validate", ",'source':'candidate'"), "there is no candidate");
	ask(a, OP("candidate", ",'from':'running'"));
	ask(a, EDIT("candidate", HOSTNAME("R1")));
	assert_answer(a, OP("get-config", ",'source':'candidate'"),
		      "{'data':{'spindle-system:system':{'hostname':'R1'}}}");
	assert_answer(a, OP("get-config", ",'source':'running'"), "{'data':{}}");
	peer_refused(b, OP("get-config", ",'source':'candidate'"), "there is no candidate");
	ask(b, EDIT("running", MAP("10", "")));
	assert_answer(a, OP("validate", ",'source':'candidate'"),
		      "{'changed':1,'created':0,'deleted':0}");
	assert_answer(a, OP("commit", ""), "{'changed':1,'created':0,'deleted':0}");
	assert_answer(b, OP("get-config", ""),
		      "{'data':{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':10}]},"
		      "'spindle-system:system':{'hostname':'R1'}}}");
	peer_refused(a, OP("commit", ""), "there is no candidate configuration");
	peer_close(a);
	peer_close(b);
}

static void test_a_replace_says_how_many_entries_go(void **state)
{
	struct peer *p = peer_open(*state);

	ask(p, EDIT("running", MAP("10", "")));
	ask(p, EDIT("running", MAP("20", "")));
	ask(p, OP("candidate", ",'from':'empty'"));
	ask(p, EDIT("candidate", MAP("20", ",'description':'x'")));
	assert_answer(p, OP("commit", ""), "{'changed':1,'created':0,'deleted':1}");
	peer_close(p);
}

static void test_a_refused_commit_keeps_the_candidate(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	ask(p, OP("candidate", ""));
	ask(p, EDIT("candidate", MAP("10", "")));
	a->f->rooms[1].refuse = "/spindle-crypto:crypto/map";
	peer_refused(p, OP("commit", ""), "that can never be");
	a->f->rooms[1].refuse = NULL;
	assert_answer(p, OP("commit", ""), "{'changed':0,'created':1,'deleted':0}");
	peer_close(p);
}

static void test_discard_and_the_end_of_a_session_drop_the_candidate(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);

	for (int i = 0; i < 3 * CONFIG_CANDIDATES_MAX; i++) {
		ask(p, OP("candidate", ",'from':'running'"));
		ask(p, EDIT("candidate", HOSTNAME("R1")));
		if (i % 2)
			ask(p, OP("discard", ""));
		if (i % 3)
			continue;
		peer_close(p);
		p = peer_open(a);
	}
	ask(p, OP("discard", ""));
	peer_refused(p, OP("commit", ""), "there is no candidate configuration");
	assert_answer(p, OP("get-config", ""), "{'data':{}}");
	peer_close(p);
}

static void test_candidates_of_all_sessions_are_bounded(void **state)
{
	struct peer *p[CONFIG_CANDIDATES_MAX + 1];

	for (int i = 0; i <= CONFIG_CANDIDATES_MAX; i++) {
		p[i] = peer_open(*state);
		if (i < CONFIG_CANDIDATES_MAX)
			ask(p[i], OP("candidate", ",'from':'empty'"));
		else
			peer_refused(p[i], OP("candidate", ",'from':'empty'"),
				     "8 candidate configurations are open already");
	}
	for (int i = 0; i <= CONFIG_CANDIDATES_MAX; i++)
		peer_close(p[i]);
}

static void test_startup_is_read_copied_and_deleted(void **state)
{
	struct peer *p = peer_open(*state);

	peer_refused(p, OP("get-config", ",'source':'startup'"), "startup-config is not present");
	peer_refused(p, OP("candidate", ",'from':'startup'"), "startup-config is not present");
	ask(p, EDIT("running", HOSTNAME("R1")));
	ask(p, OP("copy-config", ",'source':'running','target':'startup'"));
	ask(p, EDIT("running", HOSTNAME("R2")));
	assert_answer(p, OP("get-config", ",'source':'startup'"),
		      "{'data':{'spindle-system:system':{'hostname':'R1'}}}");
	ask(p, OP("copy-config", ",'source':'startup','target':'running'"));
	assert_answer(p, OP("get-config", ""),
		      "{'data':{'spindle-system:system':{'hostname':'R1'}}}");
	ask(p, OP("candidate", ",'from':'startup'"));
	ask(p, OP("delete-config", ",'target':'startup'"));
	peer_refused(p, OP("get-config", ",'source':'startup'"), "startup-config is not present");
	assert_answer(p, OP("commit", ""), "{'changed':0,'created':0,'deleted':0}");
	peer_close(p);
}

static void test_what_is_not_confirmed_can_be_kept_or_undone(void **state)
{
	struct peer *p = peer_open(*state), *other = peer_open(*state);

	peer_refused(p, OP("confirm", ""), "no change waits to be confirmed");
	peer_refused(p, OP("revert", ""), "no change waits to be confirmed");
	peer_refused(p, OP("guard", ""), "the member \"minutes\" is missing");
	ask(p, OP("candidate", ""));
	ask(p, EDIT("candidate", HOSTNAME("R1")));
	ask(p, OP("commit", ",'confirm-minutes':10"));
	peer_refused(p, OP("copy-config", ",'source':'running','target':'startup'"),
		     "nothing is saved before");
	ask(p, OP("revert", ",'minutes':20"));
	ask(other, OP("confirm", ""));
	ask(p, OP("guard", ",'minutes':10"));
	ask(p, EDIT("running", HOSTNAME("R2")));
	peer_close(p);
	ask(other, OP("revert", ""));
	assert_answer(other, OP("get-config", ""),
		      "{'data':{'spindle-system:system':{'hostname':'R1'}}}");
	peer_close(other);
}

static void test_what_is_no_configuration_is_refused_by_name(void **state)
{
	struct peer *p = peer_open(*state);

	peer_refused(p, OP("candidate", ",'from':'moon'"), "there is no configuration moon");
	peer_refused(p, OP("get-config", ",'source':'moon'"), "there is no configuration moon");
	peer_refused(p, OP("get-config", ",'source':'archive'"), "\"index\" is missing");
	peer_refused(p, OP("candidate", ",'from':'archive','index':0"), "is to be 1 to");
	peer_refused(p, OP("commit", ",'confirm-minutes':99999"), "is to be 1 to 1440");
	peer_refused(p, OP("delete-config", ",'target':'running'"), "only target startup");
	peer_refused(p, OP("copy-config", ",'source':'running','target':'running'"), "copied are");
	peer_refused(p, OP("copy-config", ""), "copied are");
	peer_refused(p, EDIT("startup", "{}"), "only running and candidate");
	peer_close(p);
}

static void test_secrets_of_a_candidate_are_masked_below_privilege_15(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	json_t *answer;
	char *text;

	ask(p, OP("candidate", ""));
	ask(p, EDIT("candidate",
		    "{'spindle-crypto:crypto':{'ikev2':{'keyring':[{'name':'K','peer':[{'name':"
		    "'R2','pre-shared-key':'in clear'}]}]}}}"));
	answer = peer_ask(p, OP("get-config", ",'source':'candidate'"));
	text = text_of(answer);
	assert_null(strstr(text, "in clear"));
	assert_non_null(strstr(text, "'pre-shared-key':'6 "));
	free(text);
	json_decref(answer);
	peer_close(p);
}

/* What a list takes: more entries than one frame has. */
static void test_a_candidate_is_read_page_by_page(void **state)
{
	struct peer *p = peer_open(*state);
	unsigned int frames = 0, entries = 0;
	uint8_t flags = FRAME_MORE;
	char edit[256];

	ask(p, OP("candidate", ""));
	for (int i = 1; i <= 20; i++) {
		snprintf(edit, sizeof(edit),
			 EDIT("candidate", "{'spindle-crypto:crypto':{'map':[{'name':'M',"
					   "'sequence':%d}]}}"),
			 i);
		ask(p, edit);
	}
	peer_send(p, 9, OP("get-config", ",'source':'candidate','max':8"));
	while (flags & FRAME_MORE) {
		uint32_t id;
		json_t *frame = peer_read(p, &id, &flags);
		const json_t *data = json_object_get(frame, "data");

		assert_non_null(frame);
		frames++;
		entries += (unsigned int)json_array_size(
			json_object_get(json_object_get(data, "spindle-crypto:crypto"), "map"));
		json_decref(frame);
	}
	assert_int_equal(entries, 20);
	assert_true(frames >= 3);
	peer_close(p);
}

static void test_a_client_may_leave_while_its_candidate_is_made(void **state)
{
	struct api_fixture *a = *state;

	for (int i = 0; i < 2 * CONFIG_CANDIDATES_MAX; i++) {
		struct peer *p = peer_open(a);

		peer_send(p, 5, OP("candidate", ",'from':'running'"));
		peer_send(p, 6, OP("get-config", ",'source':'startup'"));
		peer_close(p);
	}
	api_fixture_turns(a, 20);
	test_a_candidate_is_private_until_its_commit(state);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, api_fixture_setup, api_fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_candidate_is_private_until_its_commit),
		T(test_a_replace_says_how_many_entries_go),
		T(test_a_refused_commit_keeps_the_candidate),
		T(test_discard_and_the_end_of_a_session_drop_the_candidate),
		T(test_candidates_of_all_sessions_are_bounded),
		T(test_startup_is_read_copied_and_deleted),
		T(test_what_is_not_confirmed_can_be_kept_or_undone),
		T(test_what_is_no_configuration_is_refused_by_name),
		T(test_secrets_of_a_candidate_are_masked_below_privilege_15),
		T(test_a_candidate_is_read_page_by_page),
		T(test_a_client_may_leave_while_its_candidate_is_made),
	};
#undef T

	return cmocka_run_group_tests_name("api_candidate", tests, NULL, NULL);
}
