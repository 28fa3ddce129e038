/* main/way: what sshd and login hand over in the place of a shell's command. */
#include "unit.h"

#include <string.h>

#include "cli/main/way.h"

static size_t words_of(const char *text, char *copy, char **words)
{
	strncpy(copy, text, 255);
	copy[255] = '\0';
	return way_own_words(copy, words);
}

static void test_a_forced_command_is_known_by_its_option(void **state)
{
	char copy[256], *words[WAY_WORDS_MAX + 1];

	(void)state;
	assert_int_equal(words_of("/usr/bin/spindle --ssh", copy, words), 2);
	assert_string_equal(words[0], "/usr/bin/spindle");
	assert_string_equal(words[1], "--ssh");
	assert_null(words[2]);
	assert_int_equal(words_of("  spindle  --run-dir\t/run/x --ssh", copy, words), 4);
	assert_string_equal(words[2], "/run/x");
}

static void test_other_texts_are_commands_of_the_router(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"show version",
		"spindle",
		"spindle --ssh2",
		"spindle -c x",
		"spindled --ssh",
		"/usr/bin/spindle/ --ssh",
		"hostname spindle --ssh",
		"spindle 1 2 3 4 5 6 7 8 9 --ssh",
	};
	char copy[256], *words[WAY_WORDS_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (words_of(texts[i], copy, words))
			fail_msg("\"%s\" is taken for a call of ours", texts[i]);
}

static void test_the_other_ends_of_copying_are_known(void **state)
{
	(void)state;
	assert_true(way_is_transfer("/usr/lib/openssh/sftp-server"));
	assert_true(way_is_transfer("internal-sftp -l INFO"));
	assert_true(way_is_transfer("scp -t /etc"));
	assert_true(way_is_transfer("  scp"));
	assert_true(way_is_transfer("rsync --server -e.LsfxC . /"));
	assert_false(way_is_transfer("show version"));
	assert_false(way_is_transfer("scpx -t"));
	assert_false(way_is_transfer("show scp"));
	assert_false(way_is_transfer("copy running-config scp:"));
	assert_false(way_is_transfer(""));
	assert_false(way_is_transfer("/"));
}

/* want: the lines, each ended by '|'. */
static void expect_lines(const char *text, const char *want, size_t size)
{
	char line[64], have[256] = "";
	size_t n = 0;

	while (text) {
		text = way_line(text, line, size);
		n += (size_t)snprintf(have + n, sizeof(have) - n, "%s|", line);
		assert_true(n < sizeof(have));
	}
	assert_string_equal(have, want);
}

static void test_several_commands_stand_in_lines(void **state)
{
	(void)state;
	expect_lines("show version", "show version|", 64);
	expect_lines("", "|", 64);
	expect_lines("a\nb\r\nc\rd", "a|b|c|d|", 64);
	expect_lines("a\n", "a|", 64);
	expect_lines("a\r\n", "a|", 64);
	expect_lines("a\n\nb", "a||b|", 64);
	expect_lines("description a; b", "description a; b|", 64);
}

static void test_a_line_that_is_too_long_is_cut(void **state)
{
	(void)state;
	expect_lines("abcdefgh\nij", "abcd|ij|", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_forced_command_is_known_by_its_option),
		cmocka_unit_test(test_other_texts_are_commands_of_the_router),
		cmocka_unit_test(test_the_other_ends_of_copying_are_known),
		cmocka_unit_test(test_several_commands_stand_in_lines),
		cmocka_unit_test(test_a_line_that_is_too_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
