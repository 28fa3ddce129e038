/* What an edit does to running: operations, secrets, refusals by the model. */
#include "tests/unit/config_fixture.h"

#include <stdlib.h>

#include "base/secret.h"

#define MAP(members)	"{'spindle-crypto:crypto':{'map':[{'name':'VPN','sequence':10" members "}]}}"
#define SYSTEM(members) "{'spindle-system:system':{" members "}}"
#define PEER(members)                                                                              \
	"{'spindle-crypto:crypto':{'ikev2':{'keyring':[{'name':'K','peer':[{'name':'R2'" members   \
	"}]}]}}}"

static int loaded_setup(void **state)
{
	fixture_setup(state);
	return fixture_load(*state);
}

static void assert_running(struct fixture *f, const char *path, const char *expected)
{
	char *text = fixture_get(f, path, true);

	assert_string_equal(text, expected);
	free(text);
}

static void assert_refused(struct fixture *f, const char *edit, const char *words)
{
	uint64_t version = config_version(f->config);

	assert_int_not_equal(fixture_edit(f, edit), 0);
	if (!strstr(f->why, words))
		fail_msg("%s: \"%s\" is not in \"%s\"", edit, words, f->why);
	assert_true(config_version(f->config) == version);
}

static void test_a_leaf_is_set_changed_and_removed(void **state)
{
	struct fixture *f = *state;

	assert_running(f, "", "{}");
	assert_int_equal(fixture_edit(f, SYSTEM("'hostname':'R1'")), 0);
	assert_running(f, "", "{'spindle-system:system':{'hostname':'R1'}}");
	assert_int_equal(fixture_edit(f, SYSTEM("'hostname':'R2'")), 0);
	assert_running(f, "/spindle-system:system", "{'spindle-system:system':{'hostname':'R2'}}");
	assert_int_equal(fixture_edit(f, SYSTEM("'@':{'spindle-types:remove':'hostname'}")), 0);
	assert_running(f, "", "{}");
	assert_true(config_version(f->config) == 4);
	assert_true(config_unsaved(f->config));
}

static void test_an_edit_that_changes_nothing_is_no_commit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, MAP(",'peer':['10.0.0.1']")), 0);
	fixture_forget(f);
	assert_int_equal(fixture_edit(f, MAP(",'peer':['10.0.0.1']")), 0);
	assert_int_equal(fixture_edit(f, "{}"), 0);
	assert_int_equal(fixture_edit(f, SYSTEM("'@':{'spindle-types:remove':'hostname'}")), 0);
	assert_string_equal(text_str(&f->rooms[0].diary), "");
	assert_string_equal(text_str(&f->rooms[1].diary), "");
	assert_true(config_version(f->config) == 2);
}

static void test_an_entry_is_made_merged_replaced_and_deleted(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, MAP(",'description':'to R2'")), 0);
	assert_int_equal(fixture_edit(f, MAP(",'pfs-group':'19'")), 0);
	assert_running(f, "/spindle-crypto:crypto/map",
		       "{'spindle-crypto:crypto':{'map':[{'description':'to R2','name':'VPN',"
		       "'pfs-group':'19','sequence':10}]}}");
	assert_int_equal(fixture_edit(f, MAP(",'@':{'spindle-types:operation':'replace'},"
					     "'pfs-group':'14'")),
			 0);
	assert_running(f, "/spindle-crypto:crypto/map",
		       "{'spindle-crypto:crypto':{'map':[{'name':'VPN','pfs-group':'14',"
		       "'sequence':10}]}}");
	assert_int_equal(fixture_edit(f, MAP(",'@':{'spindle-types:operation':'delete'}")), 0);
	assert_running(f, "", "{}");
	assert_string_equal(text_str(&f->rooms[1].diary) +
				    strlen("+ security-association\ncommit\n"),
			    "+ map VPN 10\ncommit\n-+ map VPN 10\ncommit\n-+ map VPN 10\ncommit\n"
			    "- map VPN 10\ncommit\n");
}

static void test_create_and_delete_insist_merge_and_remove_do_not(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, MAP(",'@':{'spindle-types:operation':'delete'}"), "is not there");
	assert_int_equal(fixture_edit(f, MAP(",'@':{'spindle-types:operation':'remove'}")), 0);
	assert_int_equal(fixture_edit(f, MAP(",'@':{'spindle-types:operation':'create'}")), 0);
	assert_refused(f, MAP(",'@':{'spindle-types:operation':'create'}"), "is there already");
	/* A container that holds nothing but entries with rows of their own is there, too. */
	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ipsec':{'transform-set':[{"
					 "'name':'T'}]}}}"),
			 0);
	assert_refused(
		f,
		"{'spindle-crypto:crypto':{'ipsec':{'@':{'spindle-types:operation':'create'},"
		"'hold-packets':true}}}",
		"is there already");
	assert_refused(f,
		       MAP(",'description':'x','@description':"
			   "{'spindle-types:operation':'delete'}"),
		       "description is not there");
	/* A default is not there for people. */
	assert_refused(
		f, SYSTEM("'hostname':'Spindle','@hostname':{'spindle-types:operation':'delete'}"),
		"is not there");
	assert_refused(f, "{'spindle-system:system':{'@':{'spindle-types:operation':'delete'}}}",
		       "is not there");
}

static void test_values_users_order_keep_their_order(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, MAP(",'peer':['10.0.0.9','10.0.0.1']")), 0);
	assert_int_equal(fixture_edit(f, MAP(",'peer':['10.0.0.5','10.0.0.9']")), 0);
	assert_running(f, "/spindle-crypto:crypto/map[name='VPN'][sequence='10']",
		       "{'spindle-crypto:crypto':{'map':[{'name':'VPN','peer':['10.0.0.9',"
		       "'10.0.0.1','10.0.0.5'],'sequence':10}]}}");
	assert_int_equal(fixture_edit(f, MAP(",'@':{'spindle-types:remove':'peer'},"
					     "'peer':['10.0.0.5','10.0.0.9']")),
			 0);
	assert_running(f, "/spindle-crypto:crypto/map",
		       "{'spindle-crypto:crypto':{'map':[{'name':'VPN','peer':['10.0.0.5',"
		       "'10.0.0.9'],'sequence':10}]}}");
	assert_int_equal(fixture_edit(f, MAP(",'peer':['10.0.0.5'],'@peer':"
					     "[{'spindle-types:operation':'delete'}]")),
			 0);
	assert_running(f, "/spindle-crypto:crypto/map",
		       "{'spindle-crypto:crypto':{'map':[{'name':'VPN','peer':['10.0.0.9'],"
		       "'sequence':10}]}}");
}

static void test_a_change_of_order_alone_is_a_change(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, MAP(",'peer':['10.0.0.1','10.0.0.2']")), 0);
	fixture_forget(f);
	assert_int_equal(fixture_edit(f, MAP(",'@':{'spindle-types:remove':'peer'},"
					     "'peer':['10.0.0.2','10.0.0.1']")),
			 0);
	assert_string_equal(text_str(&f->rooms[1].diary), "-+ map VPN 10\ncommit\n");
}

static void test_several_objects_are_one_commit(void **state)
{
	struct fixture *f = *state;

	fixture_forget(f);
	assert_int_equal(
		fixture_edit(f,
			     "{'spindle-crypto:crypto':{'ipsec':{'hold-packets':true,"
			     "'transform-set':[{'name':'T','cipher':'esp-gcm-256'}]},"
			     "'map':[{'name':'VPN','sequence':20},{'name':'VPN','sequence':10}]},"
			     "'spindle-acl:access-lists':{'extended':[{'name':'101','rule':["
			     "{'sequence':20,'action':'deny'},{'sequence':10,'action':'permit',"
			     "'source':'10.1.0.77/16'}]}]}}"),
		0);
	assert_string_equal(text_str(&f->rooms[1].diary),
			    "+ extended 101\n+ transform-set T\n+ map VPN 20\n+ map VPN 10\n"
			    "commit\n");
	assert_string_equal(text_str(&f->rooms[2].diary), "-+ ipsec\ncommit\n");
	/* Lists come out in the order of their keys; host bits of a prefix are gone. */
	assert_running(f, "/spindle-acl:access-lists",
		       "{'spindle-acl:access-lists':{'extended':[{'name':'101','rule':["
		       "{'action':'permit','sequence':10,'source':'10.1.0.0/16'},"
		       "{'action':'deny','sequence':20}]}]}}");
	assert_running(f, "/spindle-crypto:crypto/map",
		       "{'spindle-crypto:crypto':{'map':[{'name':'VPN','sequence':10},"
		       "{'name':'VPN','sequence':20}]}}");
}

static void test_a_container_with_its_nested_entries_can_be_removed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ipsec':{'hold-packets':true,"
					 "'transform-set':[{'name':'A'},{'name':'B'}]}}}"),
			 0);
	fixture_forget(f);
	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ipsec':"
					 "{'@':{'spindle-types:operation':'remove'}}}}"),
			 0);
	assert_running(f, "", "{}");
	assert_string_equal(text_str(&f->rooms[2].diary), "-+ ipsec\ncommit\n");
	assert_string_equal(text_str(&f->rooms[1].diary),
			    "- transform-set A\n- transform-set B\ncommit\n");
	/* Nothing of it is left in the index either. */
	assert_running(f, "/spindle-crypto:crypto/ipsec/transform-set", "{}");
	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ipsec':{'transform-set':"
					 "[{'name':'A','cipher':'esp-aes-256'}]}}}"),
			 0);
	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ipsec':"
					 "{'@':{'spindle-types:remove':'transform-set'}}}}"),
			 0);
	assert_running(f, "", "{}");
}

static void test_a_presence_container_comes_and_goes(void **state)
{
	struct fixture *f = *state;

	fixture_forget(f);
	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ikev2':{'dpd':{'interval':10,"
					 "'retry':2,'mode':'periodic'}}}}"),
			 0);
	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ikev2':"
					 "{'@':{'spindle-types:remove':'dpd'}}}}"),
			 0);
	assert_string_equal(text_str(&f->rooms[1].diary), "+ dpd\ncommit\n- dpd\ncommit\n");
}

static void test_what_the_model_forbids_is_refused_with_its_place(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, MAP(",'peer':['10.0.0']"), "10.0.0");
	assert_refused(f, MAP(",'colour':'red'"), "colour");
	assert_refused(f, "{'spindle-crypto:crypto':{'map':[{'name':'VPN','sequence':0}]}}",
		       "sequence");
	assert_refused(f, "{'spindle-crypto:crypto':{'map':[{'name':'VPN'}]}}", "sequence");
	assert_refused(f, "{'spindle-crypto:crypto':{'map':[{'name':'a b','sequence':1}]}}", "a b");
	assert_refused(f,
		       "{'spindle-crypto:crypto':{'ipsec':{'transform-set':[{'name':'T','cipher':"
		       "'esp-gcm-256','integrity':'esp-sha256-hmac'}]}}}",
		       "AES-GCM has integrity of its own");
	assert_refused(f,
		       "{'spindle-acl:access-lists':{'extended':[{'name':'1','rule':[{'sequence':1,"
		       "'action':'permit','source-port':500}]}]}}",
		       "a port needs protocol");
	assert_refused(f,
		       "{'spindle-acl:access-lists':{'extended':[{'name':'1','rule':[{'sequence':1,"
		       "'action':'permit','source':'10.0.0.0/8','destination':'fd00::/8'}]}]}}",
		       "one address family");
	/* One way to say any: no network. */
	assert_refused(f,
		       "{'spindle-acl:access-lists':{'extended':[{'name':'1','rule':[{'sequence':1,"
		       "'action':'permit','source':'0.0.0.0/0'}]}]}}",
		       "any is said by leaving the network out");
	assert_refused(f,
		       "{'spindle-acl:access-lists':{'extended':[{'name':'1','rule':[{'sequence':1,"
		       "'action':'permit','destination':'0.0.0.0/0'}]}]}}",
		       "any is said by leaving the network out");
	assert_refused(f,
		       "{'spindle-acl:access-lists':{'standard':[{'name':'1','rule':[{'sequence':1,"
		       "'action':'permit','source':'0.0.0.0/0'}]}]}}",
		       "any is said by leaving the network out");
	assert_refused(f,
		       "{'spindle-acl:access-lists':{'extended':[{'name':'1','rule':"
		       "[{'sequence':1}]}]}}",
		       "action");
	assert_refused(f, "{'spindle-crypto:crypto-state':{'invalid-spi':{'source':'x'}}}",
		       "state");
	assert_refused(f, "{'nowhere:system':{}}", "nowhere");
	assert_refused(f, "{'spindle-system:system':[]}", "");
	assert_refused(f, "{'spindle-system:system':{'@':{'spindle-types:operation':'explode'}}}",
		       "explode");
	assert_refused(f, SYSTEM("'@':{'spindle-types:remove':'colour'}"), "names a child");
	assert_refused(f, MAP(",'@':{'spindle-types:remove':'name'}"), "names a child");
	assert_running(f, "", "{}");
}

/* The rules look inside the entry as it will be, not only at what the edit holds. */
static void test_a_rule_sees_the_whole_entry(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ipsec':{'transform-set':"
					 "[{'name':'T','cipher':'esp-gcm-256'}]}}}"),
			 0);
	assert_refused(f,
		       "{'spindle-crypto:crypto':{'ipsec':{'transform-set':[{'name':'T',"
		       "'integrity':'esp-sha256-hmac'}]}}}",
		       "AES-GCM has integrity of its own");
	assert_int_equal(fixture_edit(f, "{'spindle-crypto:crypto':{'ipsec':{'transform-set':"
					 "[{'name':'T','cipher':'esp-aes-128',"
					 "'integrity':'esp-sha256-hmac'}]}}}"),
			 0);
}

static const char *running_key(struct fixture *f)
{
	struct lyd_node *n = NULL;

	assert_int_equal(lyd_find_path(config_running(f->config),
				       "/spindle-crypto:crypto/ikev2/keyring[name='K']/"
				       "peer[name='R2']/pre-shared-key",
				       0, &n),
			 LY_SUCCESS);
	return lyd_get_value(n);
}

static void assert_key(struct fixture *f, const char *clear)
{
	struct secret *out = NULL;

	assert_int_equal(seal_unseal(f->seal, running_key(f), &out, NULL), 0);
	assert_int_equal(secret_len(out), strlen(clear));
	assert_memory_equal(secret_view(out).data, clear, strlen(clear));
	secret_free(out);
}

static void test_a_secret_is_sealed_as_it_comes_in(void **state)
{
	struct fixture *f = *state;
	char *text;

	assert_int_equal(fixture_edit(f, PEER(",'pre-shared-key':'cisco123'")), 0);
	assert_key(f, "cisco123");
	text = fixture_get(f, "", true);
	assert_null(strstr(text, "cisco123"));
	assert_non_null(strstr(text, running_key(f)));
	free(text);
	text = fixture_get(f, "", false);
	assert_null(strstr(text, running_key(f)));
	assert_non_null(strstr(text, "'pre-shared-key':'******'"));
	free(text);
	assert_int_equal(fixture_edit(f, PEER(",'pre-shared-key':'0 6 is in clear'")), 0);
	assert_key(f, "6 is in clear");
}

static void test_the_same_secret_again_is_no_change(void **state)
{
	struct fixture *f = *state;
	char *edit, *sealed;

	assert_int_equal(fixture_edit(f, PEER(",'pre-shared-key':'cisco123'")), 0);
	sealed = alloc_text(running_key(f));
	fixture_forget(f);
	assert_int_equal(fixture_edit(f, PEER(",'pre-shared-key':'cisco123'")), 0);
	edit = alloc_printf(PEER(",'pre-shared-key':'%s'"), sealed);
	assert_int_equal(fixture_edit(f, edit), 0);
	assert_string_equal(text_str(&f->rooms[1].diary), "");
	assert_string_equal(running_key(f), sealed);
	assert_int_equal(fixture_edit(f, PEER(",'pre-shared-key':'cisco124'")), 0);
	assert_string_equal(text_str(&f->rooms[1].diary), "-+ keyring K\ncommit\n");
	alloc_free(edit);
	alloc_free(sealed);
}

static void test_a_secret_of_another_machine_is_refused(void **state)
{
	struct fixture *f = *state;
	struct seal *other = seal_new_random();
	char text[SEAL_TEXT_MAX];
	char *edit;

	assert_int_equal(seal_text(other, "cisco123", 8, text, sizeof(text)), 0);
	edit = alloc_printf(PEER(",'pre-shared-key':'%s'"), text);
	assert_refused(f, edit, "pre-shared-key: this type 6 secret was sealed with another");
	assert_refused(f, PEER(",'pre-shared-key':'6 nonsense'"), "is not a type 6 secret");
	assert_refused(f, PEER(",'pre-shared-key':'******'"),
		       "stands for a secret that was not shown");
	assert_refused(f, PEER(",'pre-shared-key':'0 ******'"),
		       "stands for a secret that was not shown");
	assert_refused(f, PEER(",'pre-shared-key':'6 ******'"),
		       "stands for a secret that was not shown");
	assert_refused(f, PEER(",'pre-shared-key':''"), "1 to 256");
	alloc_free(edit);
	seal_free(other);
}

static void test_the_edit_is_wiped_when_it_was_used(void **state)
{
	struct fixture *f = *state;
	json_t *edit = fixture_json(PEER(",'pre-shared-key':'cisco123'"));
	const char *in_edit;
	json_t *kept = json_incref(json_object_get(
		json_array_get(
			json_object_get(
				json_array_get(
					json_object_get(
						json_object_get(
							json_object_get(edit,
									"spindle-crypto:crypto"),
							"ikev2"),
						"keyring"),
					0),
				"peer"),
			0),
		"pre-shared-key"));
	config_edit(f->config, "console", edit, fixture_answer, f);
	fixture_run(f);
	in_edit = json_string_value(kept);
	for (size_t i = 0; i < json_string_length(kept); i++)
		assert_int_equal(in_edit[i], 0);
	json_decref(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, loaded_setup, fixture_teardown)
		T(test_a_leaf_is_set_changed_and_removed),
		T(test_an_edit_that_changes_nothing_is_no_commit),
		T(test_an_entry_is_made_merged_replaced_and_deleted),
		T(test_create_and_delete_insist_merge_and_remove_do_not),
		T(test_values_users_order_keep_their_order),
		T(test_a_change_of_order_alone_is_a_change),
		T(test_several_objects_are_one_commit),
		T(test_a_container_with_its_nested_entries_can_be_removed),
		T(test_a_presence_container_comes_and_goes),
		T(test_what_the_model_forbids_is_refused_with_its_place),
		T(test_a_rule_sees_the_whole_entry),
		T(test_a_secret_is_sealed_as_it_comes_in),
		T(test_the_same_secret_again_is_no_change),
		T(test_a_secret_of_another_machine_is_refused),
		T(test_the_edit_is_wiped_when_it_was_used),
#undef T
	};

	return cmocka_run_group_tests_name("config_edit", tests, NULL, NULL);
}
