/* Reading running page by page. */
#include "tests/unit/config_fixture.h"

#include <stdlib.h>

#define MAPS 300

static int many_setup(void **state)
{
	struct fixture *f;
	json_t *maps = json_array();

	fixture_setup(state);
	f = *state;
	assert_int_equal(fixture_load(f), 0);
	/* Backwards, so that order is not that of arrival. */
	for (int i = MAPS; i >= 1; i--)
		json_array_append_new(maps, json_pack("{s:s, s:i}", "name", "M", "sequence", i));
	config_edit(f->config, "console",
		    json_pack("{s:{s:o,s:{s:b}},s:{s:s}}", "spindle-crypto:crypto", "map", maps,
			      "ipsec", "hold-packets", 1, "spindle-system:system", "hostname",
			      "R1"),
		    fixture_answer, f);
	fixture_run(f);
	assert_int_equal(f->result, 0);
	return 0;
}

static json_t *maps_of(json_t *doc)
{
	return json_object_get(json_object_get(doc, "spindle-crypto:crypto"), "map");
}

/* Walks in pages of `max`; returns how many entries came, each once and in order. */
static int walk(struct fixture *f, const char *path, size_t max, int *pages)
{
	uint64_t cursor = 0;
	int expected = 1;

	*pages = 0;
	do {
		json_t *doc, *entry;
		size_t i;

		assert_int_equal(config_get(f->config, path, true, &cursor, max, &doc, NULL), 0);
		assert_true(json_array_size(maps_of(doc)) <= max);
		json_array_foreach(maps_of(doc), i, entry) assert_int_equal(
			json_integer_value(json_object_get(entry, "sequence")), expected++);
		json_decref(doc);
		++*pages;
	} while (cursor);
	return expected - 1;
}

static void test_pages_hold_each_entry_once_in_order(void **state)
{
	struct fixture *f = *state;
	int pages;

	assert_int_equal(walk(f, "/spindle-crypto:crypto/map", 1, &pages), MAPS);
	assert_int_equal(pages, MAPS);
	assert_int_equal(walk(f, "/spindle-crypto:crypto/map", 64, &pages), MAPS);
	assert_int_equal(pages, 5);
	assert_int_equal(walk(f, "/spindle-crypto:crypto/map", MAPS, &pages), MAPS);
	assert_int_equal(pages, 1);
	assert_int_equal(walk(f, "", 7, &pages), MAPS);
	assert_int_equal(walk(f, "/spindle-crypto:crypto", 256, &pages), MAPS);
}

static void test_a_cursor_behind_the_end_gives_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t cursor = UINT64_MAX;
	json_t *doc;

	assert_int_equal(config_get(f->config, "", true, &cursor, 256, &doc, NULL), 0);
	assert_int_equal(json_object_size(doc), 0);
	assert_true(cursor == 0);
	json_decref(doc);
}

static void assert_get(struct fixture *f, const char *path, const char *expected)
{
	char *text = fixture_get(f, path, true);

	assert_string_equal(text, expected);
	free(text);
}

static void test_a_path_takes_what_is_at_and_below_it(void **state)
{
	struct fixture *f = *state;

	assert_get(f, "/spindle-crypto:crypto/ipsec",
		   "{'spindle-crypto:crypto':{'ipsec':{'hold-packets':true}}}");
	assert_get(f, "/spindle-crypto:crypto/ipsec/hold-packets",
		   "{'spindle-crypto:crypto':{'ipsec':{'hold-packets':true}}}");
	assert_get(f, "/spindle-crypto:crypto/ipsec/invalid-spi", "{}");
	assert_get(f, "/spindle-crypto:crypto/map[name='M'][sequence='300']",
		   "{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':300}]}}");
	assert_get(f, "/spindle-crypto:crypto/map[name='M'][sequence='301']", "{}");
	assert_get(f, "/spindle-crypto:crypto/isakmp", "{}");
	assert_get(f, "/spindle-system:system/hostname",
		   "{'spindle-system:system':{'hostname':'R1'}}");
}

static void test_what_is_no_configuration_is_refused(void **state)
{
	static const char *const paths[] = {
		"/spindle-crypto:crypto-state",
		"/spindle-crypto:crypto/colour",
		"crypto",
		"/",
		"//",
		"/spindle-crypto:crypto/map[name='M']",
		"/spindle-crypto:crypto/map[name='M'][sequence='x'",
		"/spindle-crypto:crypto/map[colour='M']",
		"/spindle-crypto:crypto/map/peer",
		"/spindle-crypto:crypto/ikev2/keyring/peer",
		"/nowhere:crypto",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct error err = {0};
		uint64_t cursor = 0;
		json_t *doc = NULL;

		if (config_get(f->config, paths[i], true, &cursor, 9, &doc, &err) != -EINVAL)
			fail_msg("%s was taken", paths[i]);
		assert_int_equal(err.code, -EINVAL);
		assert_true(strlen(err.text) > 0);
	}
}

/* Every page is data that the modules accept: values have the form of RFC 7951. */
static void test_a_page_parses_as_what_it_is(void **state)
{
	struct fixture *f = *state;
	struct lyd_node *tree = NULL;
	uint64_t cursor = 0;
	json_t *doc;
	char *text;

	assert_int_equal(fixture_edit(f,
				      "{'spindle-crypto:crypto':{'ikev2':{'profile':[{'name':'P',"
				      "'match-identity-remote-any':[null],'lifetime':3600,"
				      "'match-identity-remote-address':['10.0.0.0/8'],"
				      "'dpd':{'interval':10,'retry':2,'mode':'periodic'}}]}}}"),
			 0);
	assert_int_equal(config_get(f->config, "", true, &cursor, 1000, &doc, NULL), 0);
	text = json_dumps(doc, 0);
	assert_int_equal(lyd_parse_data_mem(config_context(f->config), text, LYD_JSON,
					    LYD_PARSE_STRICT | LYD_PARSE_NO_STATE,
					    LYD_VALIDATE_NO_STATE, &tree),
			 LY_SUCCESS);
	lyd_free_all(tree);
	free(text);
	json_decref(doc);
}

static void assert_all(struct fixture *f, const char *path, const char *expected)
{
	char *text = fixture_get(f, path, CONFIG_GET_SECRETS | CONFIG_GET_DEFAULTS);

	assert_string_equal(text, expected);
	free(text);
}

/* RFC 6243, report-all: where nothing was set, where something was, and below an entry. */
static void test_defaults_come_where_they_are_asked_for(void **state)
{
	struct fixture *f = *state;

	assert_all(f, "/spindle-crypto:crypto/isakmp",
		   "{'spindle-crypto:crypto':{'isakmp':{'invalid-spi-recovery':{'at-start':false,"
		   "'enabled':false}}}}");
	assert_all(
		f, "/spindle-crypto:crypto/isakmp/invalid-spi-recovery/enabled",
		"{'spindle-crypto:crypto':{'isakmp':{'invalid-spi-recovery':{'enabled':false}}}}");
	assert_all(f, "/spindle-crypto:crypto/ipsec/hold-packets",
		   "{'spindle-crypto:crypto':{'ipsec':{'hold-packets':true}}}");
	assert_all(f, "/spindle-system:system", "{'spindle-system:system':{'hostname':'R1'}}");
	assert_int_equal(
		fixture_edit(f, "{'spindle-acl:access-lists':{'extended':[{'name':'A','rule':["
				"{'sequence':10,'action':'permit'},"
				"{'sequence':20,'action':'permit','protocol':50}]}]}}"),
		0);
	assert_all(f, "/spindle-acl:access-lists/extended[name='A']",
		   "{'spindle-acl:access-lists':{'extended':[{'name':'A','rule':["
		   "{'action':'permit','protocol':0,'sequence':10},"
		   "{'action':'permit','protocol':50,'sequence':20}]}]}}");
	assert_get(f, "/spindle-acl:access-lists/extended[name='A']",
		   "{'spindle-acl:access-lists':{'extended':[{'name':'A','rule':["
		   "{'action':'permit','sequence':10},"
		   "{'action':'permit','protocol':50,'sequence':20}]}]}}");
}

static json_t *read_all(struct fixture *f, size_t max)
{
	json_t *all = json_object();
	uint64_t cursor = 0;

	do {
		json_t *doc = NULL;

		assert_int_equal(config_get(f->config, "", CONFIG_GET_SECRETS | CONFIG_GET_DEFAULTS,
					    &cursor, max, &doc, NULL),
				 0);
		/* Lists of entries do not matter here. */
		json_object_del(json_object_get(doc, "spindle-crypto:crypto"), "map");
		json_object_update_recursive(all, doc);
		json_decref(doc);
	} while (cursor);
	return all;
}

/* A page of small size tells no default of a container whose own values stand on another page. */
static void test_a_page_tells_the_defaults_of_what_it_holds_only(void **state)
{
	json_t *whole = read_all(*state, 1000), *pages = read_all(*state, 1);

	assert_true(json_equal(whole, pages));
	assert_true(json_is_true(json_object_get(
		json_object_get(json_object_get(pages, "spindle-crypto:crypto"), "ipsec"),
		"hold-packets")));
	json_decref(whole);
	json_decref(pages);
}

/* Walks the data beside the schema: each leaf with a default below containers is there. */
static unsigned int count_defaults(const struct lysc_node *first, const json_t *data)
{
	const struct lysc_node *n;
	unsigned int count = 0;

	LY_LIST_FOR(first, n)
	{
		char name[160];
		const json_t *member;

		if (!(n->flags & LYS_CONFIG_W))
			continue;
		snprintf(name, sizeof(name), "%s%s%s", n->parent ? "" : n->module->name,
			 n->parent ? "" : ":", n->name);
		member = json_object_get(data, name);
		if (n->nodetype == LYS_CONTAINER && !(n->flags & LYS_PRESENCE))
			count += count_defaults(lysc_node_child(n), member);
		if (n->nodetype != LYS_LEAF || !((const struct lysc_node_leaf *)n)->dflt)
			continue;
		if (!member)
			fail_msg("%s of %s is missing", n->name, n->module->name);
		count++;
	}
	return count;
}

static void test_every_default_of_the_schema_comes(void **state)
{
	struct fixture *f = *state;
	const struct ly_ctx *ctx = config_context(f->config);
	json_t *all = read_all(f, 1000);
	const struct lys_module *module;
	unsigned int count = 0;
	uint32_t i = 0;

	while ((module = ly_ctx_get_module_iter(ctx, &i)))
		if (module->compiled && strncmp(module->name, "spindle-", 8) == 0)
			count += count_defaults(module->compiled->data, all);
	assert_true(count >= 10);
	json_decref(all);
}

static void test_reading_before_the_load_gives_nothing(void **state)
{
	struct fixture *f = *state;
	char *text = fixture_get(f, "", true);

	assert_string_equal(text, "{}");
	free(text);
	assert_get(f, "/spindle-crypto:crypto/map[name='M'][sequence='1']", "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, many_setup, fixture_teardown)
		T(test_pages_hold_each_entry_once_in_order),
		T(test_a_cursor_behind_the_end_gives_nothing),
		T(test_a_path_takes_what_is_at_and_below_it),
		T(test_what_is_no_configuration_is_refused),
		T(test_a_page_parses_as_what_it_is),
		T(test_defaults_come_where_they_are_asked_for),
		T(test_a_page_tells_the_defaults_of_what_it_holds_only),
		T(test_every_default_of_the_schema_comes),
		cmocka_unit_test_setup_teardown(test_reading_before_the_load_gives_nothing,
						fixture_setup, fixture_teardown),
#undef T
	};

	return cmocka_run_group_tests_name("config_get", tests, NULL, NULL);
}
