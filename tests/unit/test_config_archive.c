/* The archive: numbered snapshots in the state folder, whole or not at all, never more than configured. */
#include "tests/unit/config_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config_state.h"

#define HOSTNAME(name)	 "{'spindle-system:system':{'hostname':'" name "'}}"
#define ARCHIVE(members) "{'spindle-archive:archive':{" members "}}"
#define MINUTE		 60000u
#define SYSTEM_PATH	 "/spindle-system:system"
#define SYSTEM_IS(name)	 "{'spindle-system:system':{'hostname':'" name "'}}"

static int loaded_setup(void **state)
{
	fixture_setup(state);
	return fixture_load(*state);
}

static int archive(struct fixture *f)
{
	f->answers = 0;
	config_archive(f->config, fixture_answer, f);
	fixture_run(f);
	assert_int_equal(f->answers, 1);
	return f->result;
}

/* "1 asked, 2 saved" */
static void assert_list(struct fixture *f, const char *expected)
{
	struct config_snapshot e;
	struct text text;

	text_init(&text, 1000);
	for (size_t i = 0; config_archive_entry(f->config, i, &e); i++) {
		text_addf(&text, "%s%u %s", i ? ", " : "", e.number, e.reason);
		assert_true(e.wall_ms > 0);
	}
	assert_string_equal(text_str(&text), expected);
	text_free(&text);
}

static int fill(struct fixture *f, struct config_candidate *k, enum config_source from,
		unsigned int number)
{
	f->answers = 0;
	config_candidate_fill(k, from, number, fixture_answer, f);
	fixture_run(f);
	assert_int_equal(f->answers, 1);
	return f->result;
}

static int replace(struct fixture *f, enum config_source from, unsigned int number)
{
	struct error err = {0};
	struct config_candidate *k = config_candidate_new(f->config, &err);
	int rc = fill(f, k, from, number);

	if (!rc) {
		f->answers = 0;
		config_candidate_commit(k, "console", 0, NULL, fixture_answer, f);
		fixture_run(f);
		assert_int_equal(f->answers, 1);
		rc = f->result;
	}
	config_candidate_unref(k);
	return rc;
}

static void assert_hostname(struct fixture *f, const char *expected)
{
	char *text = fixture_get(f, SYSTEM_PATH, true);

	assert_string_equal(text, expected);
	free(text);
}

static void test_a_snapshot_is_made_and_running_becomes_it_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(config_archive_next(f->config), 1);
	assert_int_equal(fixture_edit(f, HOSTNAME("R1")), 0);
	assert_int_equal(archive(f), 0);
	assert_int_equal(fixture_edit(f, HOSTNAME("R2")), 0);
	assert_int_equal(replace(f, CONFIG_FROM_ARCHIVE, 1), 0);
	assert_hostname(f, SYSTEM_IS("R1"));
	/* What was replaced is there, too. */
	assert_list(f, "1 asked, 2 replace");
	assert_int_equal(replace(f, CONFIG_FROM_ARCHIVE, 2), 0);
	assert_hostname(f, SYSTEM_IS("R2"));
	assert_int_equal(replace(f, CONFIG_FROM_ARCHIVE, 7), -ENOENT);
	assert_string_equal(f->why, "archive:7 is not present");
	assert_int_equal(config_archive_next(f->config), 4);
}

static void test_what_is_archived_already_is_not_archived_before_a_replace(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, HOSTNAME("R1")), 0);
	assert_int_equal(archive(f), 0);
	assert_int_equal(replace(f, CONFIG_FROM_EMPTY, 0), 0);
	assert_list(f, "1 asked");
	assert_hostname(f, "{}");
	/* Who asks gets one in any case. */
	assert_int_equal(archive(f), 0);
	assert_int_equal(archive(f), 0);
	assert_list(f, "1 asked, 2 asked, 3 asked");
	/* A replace that changes nothing archives nothing. */
	assert_int_equal(replace(f, CONFIG_FROM_EMPTY, 0), 0);
	assert_list(f, "1 asked, 2 asked, 3 asked");
}

static void test_no_more_are_kept_than_configured(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 12; i++)
		assert_int_equal(archive(f), 0);
	assert_int_equal(fixture_archive(f, false), 10);
	assert_int_equal(fixture_edit(f, ARCHIVE("'maximum':2")), 0);
	assert_int_equal(archive(f), 0);
	assert_list(f, "12 asked, 13 asked");
	assert_int_equal(fixture_archive(f, false), 2);
	assert_int_equal(fixture_edit(f, ARCHIVE("'maximum':14")), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(archive(f), 0);
	assert_int_equal(fixture_archive(f, false), 14);
	assert_int_equal(fixture_edit(f, ARCHIVE("'maximum':15")), -EINVAL);
}

static void test_saving_archives_where_it_is_configured(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_save(f), 0);
	assert_list(f, "");
	assert_int_equal(fixture_edit(f, ARCHIVE("'write-memory':true")), 0);
	assert_int_equal(fixture_save(f), 0);
	assert_int_equal(fixture_save(f), 0); /* the same again */
	assert_list(f, "1 saved");
	assert_false(config_unsaved(f->config));
}

static void test_the_clock_archives_what_has_changed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, ARCHIVE("'time-period':10")), 0);
	loop_advance(f->loop, 10 * MINUTE + 1000);
	fixture_run(f);
	assert_list(f, "1 period");
	loop_advance(f->loop, 20 * MINUTE);
	fixture_run(f);
	assert_list(f, "1 period");
	assert_int_equal(fixture_edit(f, HOSTNAME("R1")), 0);
	loop_advance(f->loop, 10 * MINUTE);
	fixture_run(f);
	assert_list(f, "1 period, 2 period");
	assert_int_equal(fixture_edit(f, ARCHIVE("'@':{'spindle-types:remove':'time-period'}")), 0);
	loop_advance(f->loop, 30 * MINUTE);
	fixture_run(f);
	assert_list(f, "1 period, 2 period");
}

static void test_the_list_outlives_the_process(void **state)
{
	struct fixture *f = *state;
	int fd;

	assert_int_equal(fixture_edit(f, HOSTNAME("R1")), 0);
	assert_int_equal(archive(f), 0);
	assert_int_equal(archive(f), 0);
	fixture_close(f);
	/* What is no snapshot of ours is left alone; a half of one goes. */
	fd = openat(f->dir, "archive", O_RDONLY | O_DIRECTORY);
	close(openat(fd, "3-17-asked.json.new", O_WRONLY | O_CREAT, 0600));
	close(openat(fd, "03-17-asked.json", O_WRONLY | O_CREAT, 0600));
	close(openat(fd, "9-17-moon.json", O_WRONLY | O_CREAT, 0600));
	close(openat(fd, "0-17-asked.json", O_WRONLY | O_CREAT, 0600));
	close(openat(fd, "x", O_WRONLY | O_CREAT, 0600));
	close(fd);
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(fixture_load(f), 0);
	assert_list(f, "1 asked, 2 asked");
	assert_int_equal(fixture_archive(f, false), 6);
	assert_int_equal(replace(f, CONFIG_FROM_ARCHIVE, 2), 0);
	assert_hostname(f, SYSTEM_IS("R1"));
	assert_list(f, "1 asked, 2 asked, 3 replace");
}

/* More than a list holds: the newest, in their order, whatever the folder's order is. */
static void test_of_too_many_files_the_newest_are_listed(void **state)
{
	struct fixture *f = *state;
	struct config_archive_list list = {0};
	const unsigned int files = 3 * CONFIG_ARCHIVE_MAX;
	int fd;

	fixture_close(f);
	assert_int_equal(mkdirat(f->dir, "archive", 0700), 0);
	fd = openat(f->dir, "archive", O_RDONLY | O_DIRECTORY);
	for (unsigned int i = 0; i < files; i++) {
		char name[40];

		/* Neither rising nor falling: 7 and the number of files have no common divisor. */
		snprintf(name, sizeof(name), "%u-17-asked.json", i * 7 % files + 1);
		close(openat(fd, name, O_WRONLY | O_CREAT, 0600));
	}
	close(fd);
	config_archive_scan(f->dir, &list);
	assert_int_equal(list.count, CONFIG_ARCHIVE_MAX);
	for (unsigned int i = 0; i < CONFIG_ARCHIVE_MAX; i++)
		assert_int_equal(list.entries[i].number, files - CONFIG_ARCHIVE_MAX + 1 + i);
	assert_int_equal(fixture_open(f), 0);
}

/* A file in the folder's place: as unwritable as a full disk, to root, too. */
static void test_without_an_archive_nothing_is_replaced_but_what_is_not_confirmed(void **state)
{
	struct fixture *f = *state;

	fixture_write(f, "archive", "x");
	assert_int_equal(fixture_edit(f, HOSTNAME("R1")), 0);
	assert_int_not_equal(archive(f), 0);
	assert_int_not_equal(replace(f, CONFIG_FROM_EMPTY, 0), 0);
	assert_non_null(strstr(f->why, "archive: "));
	assert_hostname(f, SYSTEM_IS("R1"));
	f->answers = 0;
	config_guard(f->config, "console", 1, fixture_answer, f);
	fixture_run(f);
	assert_int_equal(fixture_edit(f, HOSTNAME("R2")), 0);
	f->answers = 0;
	config_revert(f->config, 0, fixture_answer, f);
	fixture_run(f);
	assert_int_equal(f->result, 0);
	assert_hostname(f, SYSTEM_IS("R1"));
	/* Saving is not held up either. */
	assert_int_equal(fixture_edit(f, ARCHIVE("'write-memory':true")), 0);
	assert_int_equal(fixture_save(f), 0);
	assert_list(f, "");
	unlinkat(f->dir, "archive", 0);
}

static void test_secrets_are_sealed_in_it(void **state)
{
	struct fixture *f = *state;
	struct config_snapshot e;
	char name[80], *text;

	assert_int_equal(fixture_edit(f,
				      "{'spindle-crypto:crypto':{'ikev2':{'keyring':[{'name':'K'"
				      ",'peer':[{'name':'R2','pre-shared-key':'in clear'}]}]}}}"),
			 0);
	assert_int_equal(archive(f), 0);
	assert_true(config_archive_entry(f->config, 0, &e));
	snprintf(name, sizeof(name), "archive/1-%llu-asked.json", (unsigned long long)e.wall_ms);
	text = fixture_read(f, name);
	assert_non_null(text);
	assert_null(strstr(text, "in clear"));
	assert_non_null(strstr(text, "\"6 "));
	alloc_free(text);
}

static int archive_once(void *arg)
{
	return archive(arg);
}

static void test_without_memory_there_is_no_snapshot(void **state)
{
	struct fixture *f = *state;

	unit_fail_each_allocation(archive_once, f);
	assert_int_equal(archive(f), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, loaded_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_snapshot_is_made_and_running_becomes_it_again),
		TEST(test_what_is_archived_already_is_not_archived_before_a_replace),
		TEST(test_no_more_are_kept_than_configured),
		TEST(test_saving_archives_where_it_is_configured),
		TEST(test_the_clock_archives_what_has_changed),
		TEST(test_the_list_outlives_the_process),
		TEST(test_of_too_many_files_the_newest_are_listed),
		TEST(test_without_an_archive_nothing_is_replaced_but_what_is_not_confirmed),
		TEST(test_secrets_are_sealed_in_it),
		TEST(test_without_memory_there_is_no_snapshot),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
