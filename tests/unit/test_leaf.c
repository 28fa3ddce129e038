/* Values below one object of a tree that libyang made of a small module. */
#include "tests/unit/unit.h"

#include <libyang/libyang.h>
#include <string.h>

#include "base/leaf.h"

static const char module[] = "module m { namespace \"urn:m\"; prefix m; container object {"
			     " leaf word { type string; } leaf yes { type boolean; }"
			     " leaf no { type boolean; } leaf small { type uint32; }"
			     " leaf large { type uint64; }"
			     " leaf-list many { type string; ordered-by user; }"
			     " container inner { leaf word { type string; } } } }";
static const char data[] =
	"{\"m:object\":{\"word\":\"hello\",\"yes\":true,\"no\":false,\"small\":7,"
	"\"large\":\"18446744073709551615\",\"many\":[\"b\",\"a\"],"
	"\"inner\":{\"word\":\"deeper\"}}}";

struct tree {
	struct ly_ctx *ctx;
	struct lyd_node *object;
};

static int setup(void **state)
{
	static struct tree t;

	assert_int_equal(ly_ctx_new(NULL, 0, &t.ctx), LY_SUCCESS);
	assert_int_equal(lys_parse_mem(t.ctx, module, LYS_IN_YANG, NULL), LY_SUCCESS);
	assert_int_equal(lyd_parse_data_mem(t.ctx, data, LYD_JSON, LYD_PARSE_STRICT,
					    LYD_VALIDATE_PRESENT, &t.object),
			 LY_SUCCESS);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	struct tree *t = *state;

	lyd_free_all(t->object);
	ly_ctx_destroy(t->ctx);
	return 0;
}

static void test_a_value_is_found_by_its_name(void **state)
{
	const struct lyd_node *object = ((struct tree *)*state)->object;

	assert_string_equal(leaf_text(object, "word"), "hello");
	assert_string_equal(leaf_text(leaf_find(object, "inner"), "word"), "deeper");
	assert_string_equal(leaf_text(object, "many"), "b");
}

static void test_what_is_absent_has_no_value(void **state)
{
	const struct lyd_node *object = ((struct tree *)*state)->object;

	assert_null(leaf_find(object, "wor"));
	assert_null(leaf_text(object, "words"));
	assert_null(leaf_find(NULL, "word"));
	assert_null(leaf_text(NULL, "word"));
	assert_null(leaf_text(leaf_find(object, "word"), "word"));
	assert_false(leaf_flag(NULL, "yes"));
	assert_int_equal(leaf_u32(NULL, "small", 9), 9);
}

static void test_a_flag_is_true_only_where_it_says_so(void **state)
{
	const struct lyd_node *object = ((struct tree *)*state)->object;

	assert_true(leaf_flag(object, "yes"));
	assert_false(leaf_flag(object, "no"));
	assert_false(leaf_flag(object, "maybe"));
	assert_false(leaf_flag(object, "word"));
}

static void test_a_number_falls_back_where_it_is_absent_or_does_not_fit(void **state)
{
	const struct lyd_node *object = ((struct tree *)*state)->object;

	assert_int_equal(leaf_u32(object, "small", 9), 7);
	assert_int_equal(leaf_u64(object, "small", 9), 7);
	assert_int_equal(leaf_u32(object, "none", 9), 9);
	assert_int_equal(leaf_u32(object, "word", 9), 9);
	assert_int_equal(leaf_u32(object, "large", 9), 9);
	assert_true(leaf_u64(object, "large", 9) == UINT64_MAX);
	assert_int_equal(leaf_u64(object, "word", 9), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_value_is_found_by_its_name),
		cmocka_unit_test(test_what_is_absent_has_no_value),
		cmocka_unit_test(test_a_flag_is_true_only_where_it_says_so),
		cmocka_unit_test(test_a_number_falls_back_where_it_is_absent_or_does_not_fit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
