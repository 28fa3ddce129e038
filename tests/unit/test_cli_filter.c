/* cli: what stands behind the `|` of a show, each against an output that is known line by line. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cli/fake_daemon.h"
#include "base/text.h"
#include "cli/filter.h"
#include "cli/handlers.h"

static const char *const output[] = {
	"interface eth0", " crypto map A", "  deeper", " description x",
	"interface eth1", " crypto map B", "!",	       "end",
};

static struct grammar *grammar;
static char folder[] = "/tmp/test_filter.XXXXXX";
static char path[128];

static int setup_group(void **state)
{
	(void)state;
	grammar = grammar_new(NULL, 0, NULL);
	return grammar && mkdtemp(folder) ? 0 : -1;
}

static int teardown_group(void **state)
{
	(void)state;
	grammar_free(grammar);
	return rmdir(folder);
}

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* The words behind the `|`, as the session would hand them over. */
static struct cli_filter *open_filter(struct parse_result *r, const char *words, struct error *err)
{
	struct parse_place at = {
		.grammar = grammar, .mode = {CLI_MODE_PRIV_EXEC}, .count = 1, .privilege = 15};
	struct cli_filter *f = NULL;
	char line[256];

	snprintf(line, sizeof(line), "show version | %s", words);
	parse_line(&at, line, r);
	assert_int_equal(r->status, PARSE_OK);
	if (cli_filter_new(&r->filter, NULL, &f, err) == 0)
		assert_non_null(f);
	return f;
}

/* What is seen of the output, lines parted by '/', then what the filter adds. */
static char *filtered(const char *words, struct error *err)
{
	struct parse_result *r = alloc_zero(sizeof(*r));
	struct cli_filter *f = open_filter(r, words, err);
	struct text seen, last;

	text_init(&seen, 0);
	text_init(&last, 0);
	for (size_t i = 0; f && i < sizeof(output) / sizeof(output[0]); i++)
		if (cli_filter_line(f, output[i]))
			text_addf(&seen, "%s/", output[i]);
	if (f)
		cli_filter_end(f, &last, err);
	text_add(&seen, text_str(&last));
	text_free(&last);
	cli_filter_free(f);
	alloc_free(r);
	return seen.data ? text_take(&seen) : alloc_text("");
}

static void expect(const char *words, const char *want)
{
	struct error err = {0};
	char *have = filtered(words, &err);

	assert_int_equal(err.code, 0);
	assert_string_equal(have, want);
	alloc_free(have);
}

static void expect_error(const char *words, const char *want)
{
	struct error err = {0};
	char *have = filtered(words, &err);

	assert_true(err.code < 0);
	if (!strstr(err.text, want))
		fail_msg("%s: \"%s\" is not in \"%s\"", words, want, err.text);
	alloc_free(have);
}

static void test_lines_are_chosen(void **state)
{
	(void)state;
	expect("include map", " crypto map A/ crypto map B/");
	expect("i map A|end", " crypto map A/end/");
	expect("exclude map|!|end", "interface eth0/  deeper/ description x/interface eth1/");
	expect("begin eth1", "interface eth1/ crypto map B/!/end/");
	expect("b nothing", "");
	expect("include MAP", "");
	expect("count map", "Number of lines which match regexp = 2");
	expect("json", "interface eth0/ crypto map A/  deeper/ description x/interface eth1/"
		       " crypto map B/!/end/");
}

static void test_a_section_is_a_line_and_what_is_deeper(void **state)
{
	(void)state;
	expect("section eth0", "interface eth0/ crypto map A/  deeper/ description x/");
	expect("s map A", " crypto map A/  deeper/");
	expect("section include eth1", "interface eth1/ crypto map B/");
	expect("sec ex interface", "!/end/");
	expect("section interface|end",
	       "interface eth0/ crypto map A/  deeper/ description x/interface eth1/"
	       " crypto map B/end/");
}

static void test_expressions_that_are_wrong_say_why(void **state)
{
	(void)state;
	expect_error("include (a", "regular expression");
	expect_error("section exclude [z-a]", "regular expression");
	expect_error("count (a)\\1", "back-reference");
}

static char *contents(const char *name)
{
	FILE *from = fopen(in_folder(name), "re");
	char buf[512];
	size_t n;

	assert_non_null(from);
	n = fread(buf, 1, sizeof(buf) - 1, from);
	fclose(from);
	buf[n] = '\0';
	return alloc_text(buf);
}

static void expect_file(const char *name, const char *want)
{
	char *have = contents(name);

	assert_string_equal(have, want);
	alloc_free(have);
}

#define ALL                                                                                        \
	"interface eth0\n crypto map A\n  deeper\n description x\ninterface eth1\n"                \
	" crypto map B\n!\nend\n"

static void expect_into(const char *words, const char *name, const char *want)
{
	char line[256];

	snprintf(line, sizeof(line), "%s %s", words, in_folder(name));
	expect(line, want);
}

static void test_files_take_the_output(void **state)
{
	struct stat st;

	(void)state;
	expect_into("redirect", "a", "");
	expect_file("a", ALL);
	assert_int_equal(stat(in_folder("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	expect_into("append", "a", "");
	expect_file("a", ALL ALL);
	expect_into("tee", "a",
		    "interface eth0/ crypto map A/  deeper/ description x/interface eth1/"
		    " crypto map B/!/end/");
	expect_file("a", ALL);
	expect_into("tee /append", "a",
		    "interface eth0/ crypto map A/  deeper/ description x/interface eth1/"
		    " crypto map B/!/end/");
	expect_file("a", ALL ALL);
	unlink(in_folder("a"));
}

static void expect_refused(const char *words, const char *name, const char *want)
{
	char line[256];

	snprintf(line, sizeof(line), "%s %s", words, in_folder(name));
	expect_error(line, want);
}

static void test_only_files_are_written(void **state)
{
	(void)state;
	expect_into("redirect", "target", "");
	assert_int_equal(symlink("target", in_folder("link")), 0);
	expect_refused("redirect", "link", "is a symbolic link");
	expect_file("target", ALL);
	assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
	expect_refused("append", "pipe", "Error opening");
	expect_refused("tee", "", "Error opening");
	expect_refused("tee", "no/such", "No such file");
	expect_error("redirect /dev/null", "not a regular file");
	unlink(in_folder("link"));
	unlink(in_folder("pipe"));
	unlink(in_folder("target"));
}

static void test_a_full_disk_is_said(void **state)
{
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 10;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	expect_refused("redirect", "full", "Error writing");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	unlink(in_folder("full"));
}

static int open_and_free(void *arg)
{
	struct parse_result *r = arg;
	struct cli_filter *f;
	struct error err = {0};
	int rc = cli_filter_new(&r->filter, NULL, &f, &err);

	cli_filter_free(f);
	return rc;
}

static void test_no_memory_is_an_error(void **state)
{
	struct parse_result *r = alloc_zero(sizeof(*r));
	struct error err = {0};

	(void)state;
	cli_filter_free(open_filter(r, "include a", &err));
	assert_true(unit_fail_each_allocation(open_and_free, r) >= 2);
	alloc_free(r);
}

/* Through a session: the status, the sentence, and the next command is not filtered any more. */
static void test_a_command_whose_filter_fails_has_failed(void **state)
{
	static struct fake_daemon fake;
	struct cli_backend backend = fake_backend(&fake);
	struct cli_session s;

	(void)state;
	fake_init(&fake);
	fake_session(&fake, &backend, grammar, &s, 15);
	assert_int_equal(cli_run_line(&s, "show terminal | redirect /dev/full"), CLI_FAILED);
	assert_non_null(strstr(fake.error, "% Error opening /dev/full (not a regular file)"));
	assert_string_equal(fake.out, "");
	assert_int_equal(cli_run_line(&s, "show terminal | count disabled"), CLI_OK);
	assert_string_equal(fake.out, "Number of lines which match regexp = 2\n");
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&s, "terminal length 50"), CLI_OK);
	assert_int_equal(cli_run_line(&s, "terminal width 132"), CLI_OK);
	assert_int_equal(cli_run_line(&s, "show terminal"), CLI_OK);
	assert_non_null(strstr(fake.out, "Length: 50 lines, Width: 132 columns\n"));
	assert_int_equal(cli_run_line(&s, "terminal monitor"), CLI_FAILED);
	assert_int_equal(cli_run_line(&s, "show history"), CLI_FAILED);
	assert_non_null(strstr(fake.error, "no terminal"));
	cli_session_end(&s);
	fake_end(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_chosen),
		cmocka_unit_test(test_a_section_is_a_line_and_what_is_deeper),
		cmocka_unit_test(test_expressions_that_are_wrong_say_why),
		cmocka_unit_test(test_files_take_the_output),
		cmocka_unit_test(test_only_files_are_written),
		cmocka_unit_test(test_a_full_disk_is_said),
		cmocka_unit_test(test_no_memory_is_an_error),
		cmocka_unit_test(test_a_command_whose_filter_fails_has_failed),
	};

	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
