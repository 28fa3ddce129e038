/* What two configurations differ in, as text. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/differences.h"

static void expect(const char *old, const char *new, enum differences_form form,
		   const char *expected)
{
	struct text out;

	text_init(&out, 0);
	assert_int_equal(differences(old, new, form, &out), 0);
	assert_string_equal(text_str(&out), expected);
	text_free(&out);
}

#define OLD                                                                                        \
	"Building configuration...\n\nCurrent configuration : 99 bytes\n!\nhostname R1\n!\n"       \
	"crypto map M 10 ipsec-isakmp\n description old\n set peer 10.0.0.1\n!\n"                  \
	"interface eth0\n crypto map M\n!\nend\n"
#define NEW                                                                                        \
	"hostname R2\r\ncrypto map M 10 ipsec-isakmp  \n set peer 10.0.0.1\n description new\n"    \
	"archive\n log config\n  logging enable\n!\ninterface eth0\n crypto map M\n"

static void test_a_context_difference_has_parents_and_signs(void **state)
{
	(void)state;
	expect(OLD, NEW, DIFFERENCES_CONTEXT,
	       "+hostname R2\n-hostname R1\ncrypto map M 10 ipsec-isakmp\n- description old\n"
	       "+ description new\n+archive\n+ log config\n+  logging enable\n");
	expect(OLD, OLD, DIFFERENCES_CONTEXT, "");
	expect("", "", DIFFERENCES_CONTEXT, "");
}

static void test_commands_lead_from_one_to_the_other(void **state)
{
	(void)state;
	expect(OLD, NEW, DIFFERENCES_COMMANDS,
	       "hostname R2\nno hostname R1\ncrypto map M 10 ipsec-isakmp\n no description old\n"
	       " description new\narchive\n log config\n  logging enable\n");
	expect("interface eth0\n no shutdown\n", "interface eth0\n", DIFFERENCES_COMMANDS,
	       "interface eth0\n shutdown\n");
	expect(OLD, NEW, DIFFERENCES_ADDED,
	       "hostname R2\ncrypto map M 10 ipsec-isakmp\n description new\narchive\n"
	       " log config\n  logging enable\n");
}

static void test_order_counts_inside_a_block_and_not_outside(void **state)
{
	(void)state;
	expect("a\nb\nc\n", "c\na\nb\n", DIFFERENCES_CONTEXT, "");
	expect("list\n one\n two\n three\n", "list\n three\n one\n two\n", DIFFERENCES_CONTEXT,
	       "list\n- one\n+ one\n- two\n+ two\n");
}

static void test_lines_that_are_there_twice_are_counted(void **state)
{
	(void)state;
	expect("x\nx\n", "x\n", DIFFERENCES_CONTEXT, "-x\n");
	expect("x\n", "x\nx\nx\n", DIFFERENCES_CONTEXT, "+x\n+x\n");
}

static void test_a_context_is_printed_once_and_closed(void **state)
{
	(void)state;
	expect("a\n b\n  c\n  d\n e\n", "a\n b\n  x\n  d\n f\n", DIFFERENCES_CONTEXT,
	       "a\n b\n+  x\n-  c\n+ f\n- e\n");
	expect("a\n 1\nb\n 1\n", "a\n 1\n 2\nb\n 1\n 2\n", DIFFERENCES_CONTEXT, "a\n+ 2\nb\n+ 2\n");
}

#define DEEP "a\n b\n  c\n   d\n    e\n     f\n      g\n       h\n"

static void test_any_text_is_taken(void **state)
{
	(void)state;
	expect("   deep\n top\n", " top\n   deep\n", DIFFERENCES_CONTEXT,
	       "-   deep\n top\n+   deep\n");
	expect("\n\n\n", "   \n\t\n", DIFFERENCES_CONTEXT, "+\t\n");
	expect("a", "a\n b", DIFFERENCES_CONTEXT, "a\n+ b\n");
	/* Blocks that are deeper than any configuration are compared as they stand. */
	expect(DEEP "        i\n         j\n", DEEP "        i\n         k\n", DIFFERENCES_CONTEXT,
	       DEEP "-        i\n-         j\n+        i\n+         k\n");
	expect(DEEP "        i\n         j\n", DEEP "        i\n         j\n", DIFFERENCES_CONTEXT,
	       "");
}

/* Ten thousand blocks, all different from their neighbours: the time is that of sorting. */
static void test_large_texts_take_no_long(void **state)
{
	struct text old, new, out;

	(void)state;
	text_init(&old, 0);
	text_init(&new, 0);
	text_init(&out, 0);
	for (int i = 0; i < 100000; i++) {
		text_addf(&old, "crypto map M %d\n set peer 10.0.0.1\n", i);
		text_addf(&new, "crypto map M %d\n set peer 10.0.0.%d\n", 99999 - i,
			  1 + !(i % 50000));
	}
	assert_int_equal(differences(text_str(&old), text_str(&new), DIFFERENCES_CONTEXT, &out), 0);
	assert_string_equal(text_str(&out),
			    "crypto map M 99999\n+ set peer 10.0.0.2\n- set peer 10.0.0.1\n"
			    "crypto map M 49999\n+ set peer 10.0.0.2\n- set peer 10.0.0.1\n");
	text_free(&old);
	text_free(&new);
	text_free(&out);
}

static int compare_once(void *arg)
{
	struct text out;
	int rc;

	(void)arg;
	text_init(&out, 0);
	rc = differences(OLD, NEW, DIFFERENCES_CONTEXT, &out);
	text_free(&out);
	return rc;
}

static void test_without_memory_it_says_so(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(compare_once, NULL) > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_context_difference_has_parents_and_signs),
		cmocka_unit_test(test_commands_lead_from_one_to_the_other),
		cmocka_unit_test(test_order_counts_inside_a_block_and_not_outside),
		cmocka_unit_test(test_lines_that_are_there_twice_are_counted),
		cmocka_unit_test(test_a_context_is_printed_once_and_closed),
		cmocka_unit_test(test_any_text_is_taken),
		cmocka_unit_test(test_large_texts_take_no_long),
		cmocka_unit_test(test_without_memory_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
