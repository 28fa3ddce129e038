/* cli/complete: words for a shell, by the table, in the mode that the commands before would leave. */
#include "unit.h"

#include <errno.h>

#include "cli/complete.h"

static struct grammar *grammar;

static int setup(void **state)
{
	struct error err = {0};

	(void)state;
	grammar = grammar_new(NULL, 0, &err);
	return grammar ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	grammar_free(grammar);
	return 0;
}

#define WORDS_MAX 8192

static void complete(char *words, const char *const *command, size_t count)
{
	FILE *to = fmemopen(words, WORDS_MAX, "w");

	assert_non_null(to);
	assert_int_equal(complete_print(grammar, command, count, to), 0);
	fclose(to);
}

#define EXPECT_WORDS(want, ...)                                                                    \
	do {                                                                                       \
		const char *const command_[] = {__VA_ARGS__};                                      \
		char words_[WORDS_MAX] = "";                                                       \
		complete(words_, command_, sizeof(command_) / sizeof(command_[0]));                \
		assert_string_equal(words_, want);                                                 \
	} while (0)

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

static void test_a_beginning_is_completed_by_the_words_that_begin_so(void **state)
{
	(void)state;
	EXPECT_WORDS("crypto\n", "show cry");
	EXPECT_WORDS("invalid-spi-recovery\n", "show crypto isakmp ");
	EXPECT_WORDS("", "show nothing-like-it");
	EXPECT_WORDS("", "such nonsense ");
}

static void test_parameters_ends_and_pipes_are_no_words(void **state)
{
	const char *const map = "crypto map ", *const show = "show crypto map ";
	char words[WORDS_MAX] = "";

	(void)state;
	EXPECT_WORDS("", "configure terminal", map);
	complete(words, &show, 1);
	assert_null(strchr(words, '<'));
	assert_null(strchr(words, '|'));
}

static void test_the_commands_before_set_the_mode(void **state)
{
	(void)state;
	EXPECT_WORDS("peer\n", "configure terminal", "crypto map VPN 10 ipsec-isakmp", "set pe");
	EXPECT_WORDS("", "set pe");
	/* A global command is known inside, and leaves the sub-mode. */
	EXPECT_WORDS("hostname\n", "conf t", "crypto map VPN 10 ipsec-isakmp", "hostn");
	EXPECT_WORDS("", "configure terminal", "crypto map VPN 10 ipsec-isakmp", "hostname R1",
		     "set pe");
	EXPECT_WORDS("address\n", "conf t", "crypto ikev2 keyring K", "peer P", "addr");
	EXPECT_WORDS("peer\n", "conf t", "crypto ikev2 keyring K", "peer P", "exit", "pee");
}

static void test_end_and_exit_lead_back(void **state)
{
	(void)state;
	EXPECT_WORDS("configure\n", "configure terminal", "line vty 0 4", "end", "config");
	EXPECT_WORDS("configure\n", "configure terminal", "exit", "config");
	EXPECT_WORDS("", "configure terminal", "line vty 0 4", "exit", "config");
	/* EXEC has no exit but the session's end, of which nothing is made here. */
	EXPECT_WORDS("configure\n", "exit", "config");
}

static void test_no_and_do_and_what_is_wrong_leave_the_mode_alone(void **state)
{
	(void)state;
	EXPECT_WORDS("hostname\n", "configure terminal", "do show version", "hostn");
	EXPECT_WORDS("", "configure terminal", "no crypto map VPN 10", "set pe");
	EXPECT_WORDS("hostname\n", "configure terminal", "nonsense 1 2 3", "", "hostn");
	EXPECT_WORDS("", "hostn");
	EXPECT_WORDS("version\n", "configure terminal", "do show vers");
}

static void test_nothing_at_all_lists_exec(void **state)
{
	char words[WORDS_MAX] = "";

	(void)state;
	complete(words, NULL, 0);
	assert_true(has_word(words, "show"));
	assert_true(has_word(words, "configure"));
	assert_false(has_word(words, "hostname"));
}

static void test_what_is_too_long_or_too_deep_is_nothing(void **state)
{
	char line[4000], words[WORDS_MAX] = "";
	const char *const command[] = {line};

	(void)state;
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	complete(words, command, 1);
	assert_string_equal(words, "");
}

static void test_without_memory_nothing_is_said(void **state)
{
	const char *const command[] = {"show "};
	char words[WORDS_MAX] = "";
	FILE *to = fmemopen(words, sizeof(words), "w");

	(void)state;
	alloc_fail_after(1);
	assert_int_equal(complete_print(grammar, command, 1, to), -ENOMEM);
	alloc_fail_after(0);
	fclose(to);
	assert_string_equal(words, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_beginning_is_completed_by_the_words_that_begin_so),
		cmocka_unit_test(test_parameters_ends_and_pipes_are_no_words),
		cmocka_unit_test(test_the_commands_before_set_the_mode),
		cmocka_unit_test(test_end_and_exit_lead_back),
		cmocka_unit_test(test_no_and_do_and_what_is_wrong_leave_the_mode_alone),
		cmocka_unit_test(test_nothing_at_all_lists_exec),
		cmocka_unit_test(test_what_is_too_long_or_too_deep_is_nothing),
		cmocka_unit_test(test_without_memory_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
