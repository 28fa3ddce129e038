/*
 * cli: data of the schema to text and back; random edits by fragment and whole. A few of each; all of them:
 * tests/bench/roundtrip.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "tests/cli/generated.h"
#include "tests/cli/yang_dice.h"

#define ROUNDS 40
#define EDITS  300

static int setup(void **state)
{
	*state = generated_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	generated_free(*state);
	return 0;
}

static void expect(bool ok, uint64_t seed, char *why)
{
	if (!ok) /* more than cmocka prints at once */
		fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, why);
	alloc_free(why);
	assert_true(ok);
}

static void test_data_of_the_schema_comes_back_from_its_text(void **state)
{
	const struct generated_counts *n = generated_counts(*state);

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		char *why = NULL;
		bool ok = generated_round_trip(*state, seed, &why);

		expect(ok, seed, why);
	}
	/* Most of what is made is taken, or this says little. */
	assert_true(n->accepted > n->pieces / 2);
	assert_true(n->lines > 20 * ROUNDS);
}

static void test_the_fragments_verdict_is_that_of_the_whole(void **state)
{
	const struct generated_counts *n = generated_counts(*state);

	for (uint64_t seed = 1; seed <= 3; seed++) {
		char *why = NULL;
		bool ok = generated_verdicts(*state, seed, EDITS / 3, &why);

		expect(ok, seed, why);
	}
	assert_int_equal(n->edits, EDITS);
	assert_in_range(n->edits_accepted, EDITS / 5, EDITS * 9 / 10);
}

static void expect_shape(const char *pattern, const char *characters, size_t most)
{
	struct dice d = {.seed = 5};

	for (int i = 0; i < 300; i++) {
		char *s = dice_pattern(&d, pattern, most);

		if (strlen(s) > most || s[strspn(s, characters)])
			fail_msg("%s: %s", pattern, s);
		alloc_free(s);
	}
}

static void test_patterns_are_sampled(void **state)
{
	struct dice d = {.seed = 9};
	unsigned int ends[2] = {0};

	(void)state;
	expect_shape("[a-c]+", "abc", 5);
	expect_shape("(x|y[0-1]{2,3}|\\.z?)*", "xyz01.", 40);
	expect_shape("[59] $[0-9]+$", "0123456789 $", 64);
	for (int i = 0; i < 100; i++) {
		char *s = dice_pattern(&d, "a|b", 1);

		ends[*s == 'b']++;
		alloc_free(s);
	}
	assert_true(ends[0] > 20 && ends[1] > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_data_of_the_schema_comes_back_from_its_text,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_fragments_verdict_is_that_of_the_whole,
						setup, teardown),
		cmocka_unit_test(test_patterns_are_sampled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
