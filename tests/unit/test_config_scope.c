/*
 * The edit-scoped way against the whole-tree way: random edits, valid and not, are given to config and,
 * beside it, applied to a copy of the whole configuration that is validated whole. Verdict and result
 * must be the same each time.
 */
#include "tests/unit/config_fixture.h"

#include <stdlib.h>

#include "config/config_internal.h"

#define ROUNDS 600

/* A small generator of its own, so that a failure can be repeated from its round's number. */
struct dice {
	uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t sides)
{
	d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(d->state >> 33) % sides;
}

static void maybe(struct dice *d, struct text *t, const char *member)
{
	if (roll(d, 2))
		text_addf(t, ",%s", member);
}

static void operation(struct dice *d, struct text *t)
{
	static const char *const ops[] = {"merge",  "create",  "delete",
					  "remove", "replace", "remove"};

	if (roll(d, 2))
		text_addf(t, ",'@':{'spindle-types:operation':'%s'}", ops[roll(d, 6)]);
}

static void random_map(struct dice *d, struct text *t)
{
	text_addf(t, "{'name':'M%u','sequence':%u", roll(d, 2), roll(d, 3));
	operation(d, t);
	maybe(d, t, "'description':'words'");
	maybe(d, t, "'pfs-group':'19'");
	maybe(d, t, "'ikev2-profile':'P1'");
	if (roll(d, 2))
		text_addf(t, ",'peer':['10.0.0.%u','10.0.1.%u']", roll(d, 3), roll(d, 3));
	text_add(t, "}");
}

static void random_set(struct dice *d, struct text *t)
{
	static const char *const ciphers[] = {"esp-gcm-128", "esp-aes-256", "esp-nothing"};

	text_addf(t, "{'name':'T%u'", roll(d, 3));
	if (roll(d, 2))
		text_add(t, ",'@':{'spindle-types:remove':'cipher'}");
	else
		operation(d, t);
	if (roll(d, 2))
		text_addf(t, ",'cipher':'%s'", ciphers[roll(d, 20) ? roll(d, 2) : 2]);
	maybe(d, t, "'integrity':'esp-sha256-hmac'");
	text_add(t, "}");
}

static void random_rule(struct dice *d, struct text *t)
{
	text_addf(t, "{'sequence':%u", roll(d, 4) * 10);
	operation(d, t);
	maybe(d, t, "'action':'permit'");
	maybe(d, t, "'protocol':17");
	maybe(d, t, "'source-port':500");
	maybe(d, t, "'source':'10.0.0.0/8'");
	maybe(d, t, roll(d, 8) ? "'destination':'192.168.0.0/16'" : "'destination':'fd00::/8'");
	text_add(t, "}");
}

static void random_list(struct dice *d, struct text *t, void (*one)(struct dice *, struct text *))
{
	text_add(t, "[");
	one(d, t);
	if (roll(d, 2)) {
		text_add(t, ",");
		one(d, t);
	}
	text_add(t, "]");
}

static void random_ipsec(struct dice *d, struct text *t)
{
	static const char *const removes[] = {"hold-packets", "transform-set",
					      "security-association invalid-spi"};

	text_add(t, "'ipsec':{'transform-set':");
	random_list(d, t, random_set);
	if (roll(d, 4) == 0)
		text_addf(t, ",'@':{'spindle-types:remove':'%s'}", removes[roll(d, 3)]);
	else if (roll(d, 8) == 0)
		operation(d, t);
	maybe(d, t, "'hold-packets':true");
	if (roll(d, 2))
		text_addf(t, ",'security-association':{'replay-window':%u}", roll(d, 3) * 64);
	text_add(t, "}");
}

static void random_edit(struct dice *d, struct text *t)
{
	text_add(t, "{'spindle-crypto:crypto':{");
	random_ipsec(d, t);
	if (roll(d, 2)) {
		text_add(t, ",'map':");
		random_list(d, t, random_map);
	}
	if (roll(d, 16) == 0)
		operation(d, t);
	text_add(t, "},'spindle-acl:access-lists':{'extended':[{'name':'101','rule':");
	random_list(d, t, random_rule);
	text_add(t, "}]}");
	if (roll(d, 4) == 0)
		text_addf(t, ",'spindle-system:system':{'hostname':'R%u'}", roll(d, 3));
	text_add(t, "}");
}

/* The whole-tree way: copy all, apply, validate all. True: accepted, and *whole is the result. */
static bool whole_way(struct fixture *f, struct lyd_node **whole, const char *edit_text)
{
	struct config_schema s = {.ctx = (struct ly_ctx *)(uintptr_t)config_context(f->config)};
	json_t *json = fixture_json(edit_text);
	struct lyd_node *edit = NULL, *copy = NULL;
	bool ok = !config_parse_edit(&s, json, &edit, NULL);

	json_decref(json);
	if (ok && *whole)
		ok = !lyd_dup_siblings(*whole, NULL, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy);
	ok = ok && !config_apply_edit(edit, f->seal, &copy, NULL) &&
	     !lyd_validate_all(&copy, s.ctx, LYD_VALIDATE_NO_STATE, NULL);
	lyd_free_all(edit);
	if (ok) {
		lyd_free_all(*whole);
		*whole = copy;
	} else {
		lyd_free_all(copy);
	}
	return ok;
}

static json_t *tree_json(const struct lyd_node *tree)
{
	json_t *doc = json_object();
	const struct lyd_node *n;

	for (n = tree; n; n = n->next)
		assert_int_equal(config_json_place(doc, n, CONFIG_JSON_WHOLE, true), 0);
	return doc;
}

static json_t *running_json(struct fixture *f)
{
	uint64_t cursor = 0;
	json_t *doc;

	assert_int_equal(config_get(f->config, "", true, &cursor, 100000, &doc, NULL), 0);
	return doc;
}

static void assert_same(struct fixture *f, const struct lyd_node *whole, int round,
			const char *edit)
{
	json_t *a = tree_json(whole), *b = running_json(f);

	if (!json_equal(a, b)) {
		char *x = json_dumps(a, JSON_COMPACT | JSON_SORT_KEYS);
		char *y = json_dumps(b, JSON_COMPACT | JSON_SORT_KEYS);

		fail_msg("round %d: %s\nwhole %s\nscope %s", round, edit, x, y);
	}
	json_decref(a);
	json_decref(b);
}

static void test_the_fragments_verdict_is_the_whole_trees(void **state)
{
	struct fixture *f = *state;
	struct lyd_node *whole = NULL;
	struct dice dice = {.state = 10};
	int accepted = 0;

	assert_int_equal(fixture_load(f), 0);
	assert_true(whole_way(f, &whole, "{}"));
	for (int round = 0; round < ROUNDS; round++) {
		struct text edit;
		bool a, b;

		text_init(&edit, 0);
		random_edit(&dice, &edit);
		a = whole_way(f, &whole, text_str(&edit));
		b = fixture_edit(f, text_str(&edit)) == 0;
		if (a != b)
			fail_msg("round %d: whole %d, scope %d (%s): %s", round, a, b, f->why,
				 text_str(&edit));
		assert_same(f, whole, round, text_str(&edit));
		accepted += b;
		fixture_forget(f);
		text_free(&edit);
	}
	/* Both verdicts must be common, or the comparison says little. */
	assert_in_range(accepted, ROUNDS / 10, ROUNDS * 9 / 10);
	lyd_free_all(whole);
}

/* The tree in memory itself is one that validates, defaults included, after all these changes. */
static void test_running_stays_a_valid_tree(void **state)
{
	struct fixture *f = *state;
	struct dice dice = {.state = 77};
	struct lyd_node *copy = NULL;

	assert_int_equal(fixture_load(f), 0);
	for (int round = 0; round < 200; round++) {
		struct text edit;

		text_init(&edit, 0);
		random_edit(&dice, &edit);
		fixture_edit(f, text_str(&edit));
		fixture_forget(f);
		text_free(&edit);
	}
	assert_int_equal(lyd_dup_siblings(config_running(f->config), NULL,
					  LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy),
			 LY_SUCCESS);
	assert_int_equal(
		lyd_validate_all(&copy, config_context(f->config), LYD_VALIDATE_NO_STATE, NULL),
		LY_SUCCESS);
	assert_int_equal(
		lyd_compare_siblings(copy, config_running(f->config), LYD_COMPARE_FULL_RECURSION),
		LY_SUCCESS);
	lyd_free_all(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_fragments_verdict_is_the_whole_trees,
						fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(test_running_stays_a_valid_tree, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests_name("config_scope", tests, NULL, NULL);
}
