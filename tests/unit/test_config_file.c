/* The startup file: what is read, what is refused and how, what a save leaves behind when it fails. */
#include "tests/unit/config_fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#define FILE_NAME "startup-config.json"
#define KEYRING                                                                                    \
	"{\"spindle-crypto:crypto\":{\"ikev2\":{\"keyring\":[{\"name\":\"K\",\"peer\":["           \
	"{\"name\":\"R2\",\"pre-shared-key\":\"%s\"}]}]}}}"

struct malformed {
	const char *text;
	const char *words[3];
};

static const struct malformed malformed[] = {
	{"", {"line 1"}},
	{"{", {"line 1"}},
	{"[]", {"is not a JSON object"}},
	{"{\"a\":1,\n\"a\":2}", {"line 2", "duplicate"}},
	{"{\n\n \"spindle-system:system\": {,}}", {"line 3", "column"}},
	{"{\"spindle-system:system\":{\"hostname\":\"a b\"}}", {"hostname", "a b"}},
	{"{\"spindle-system:system\":{\"hostname\":7}}", {"hostname"}},
	{"{\"spindle-system:colour\":{}}", {"colour"}},
	{"{\"spindle-logging:logging\":{\"buffered-size\":5}}", {"buffered-size"}},
	{"{\"spindle-crypto:crypto\":{\"map\":[{\"name\":\"V\"}]}}", {"sequence"}},
	{"{\"spindle-crypto:crypto\":{\"map\":[{\"name\":\"V\",\"sequence\":1},"
	 "{\"name\":\"V\",\"sequence\":1}]}}",
	 {"map", "V"}},
	{"{\"spindle-crypto:crypto\":{\"ipsec\":{\"transform-set\":[{\"name\":\"T\",\"cipher\":"
	 "\"esp-gcm-128\",\"integrity\":\"esp-sha256-hmac\"}]}}}",
	 {"transform-set", "AES-GCM has integrity"}},
	{"{\"spindle-crypto:crypto\":{\":ikev2\":{\"keyring\":[{\"name\":\"K\",\"peer\":["
	 "{\"name\":\"R2\",\"pre-shared-key\":\"clear\"}]}]}}}",
	 {":ikev2"}},
	{"{\"spindle-system:system-state\":{\"version\":\"1\"}}", {"state"}},
	{"{\"spindle-crypto:crypto\":{\"ikev2\":{\"keyring\":[{\"name\":\"K\",\"peer\":["
	 "{\"name\":\"R2\",\"pre-shared-key\":\"6 AAAA\"}]}]}}}",
	 {"pre-shared-key", "type 6"}},
};

static void test_a_missing_file_is_an_empty_configuration(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_load(f), 0);
	assert_non_null(config_running(f->config));
	assert_int_equal(faccessat(f->dir, FILE_NAME, F_OK, 0), -1);
}

static void test_a_malformed_file_is_named_with_place_and_reason_and_left(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		const struct malformed *m = &malformed[i];
		char *after;

		fixture_write(f, FILE_NAME, m->text);
		assert_int_not_equal(fixture_load(f), 0);
		if (strncmp(f->why, FILE_NAME ": ", strlen(FILE_NAME) + 2))
			fail_msg("the file is not named: %s", f->why);
		for (size_t k = 0; k < 3 && m->words[k]; k++)
			if (!strstr(f->why, m->words[k]))
				fail_msg("%s: \"%s\" is not in \"%s\"", m->text, m->words[k],
					 f->why);
		/* Nothing started, nothing overwritten. */
		assert_null(config_running(f->config));
		assert_string_equal(text_str(&f->rooms[1].diary), "");
		after = fixture_read(f, FILE_NAME);
		assert_string_equal(after, m->text);
		alloc_free(after);
		fixture_close(f);
		assert_int_equal(fixture_open(f), 0);
	}
}

static void test_a_file_of_zero_bytes_inside_is_refused(void **state)
{
	struct fixture *f = *state;
	int fd = openat(f->dir, FILE_NAME, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, "{}\0{}", 5), 5);
	close(fd);
	assert_int_not_equal(fixture_load(f), 0);
}

static void refused_and_left(struct fixture *f, size_t size, const char *sentence)
{
	struct stat before, after;

	assert_int_equal(fstatat(f->dir, FILE_NAME, &before, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_not_equal(fixture_load(f), 0);
	assert_int_equal(strncmp(f->why, FILE_NAME ": ", strlen(FILE_NAME) + 2), 0);
	if (!strstr(f->why, sentence))
		fail_msg("\"%s\" is not in \"%s\"", sentence, f->why);
	assert_null(config_running(f->config));
	assert_int_equal(fstatat(f->dir, FILE_NAME, &after, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(before.st_ino == after.st_ino && before.st_mtime == after.st_mtime);
	assert_true(size == 0 || (size_t)after.st_size == size);
	assert_int_equal(unlinkat(f->dir, FILE_NAME, 0), 0);
	fixture_close(f);
	assert_int_equal(fixture_open(f), 0);
}

static void test_bytes_that_are_no_text_are_refused(void **state)
{
	struct fixture *f = *state;
	char bytes[4096];
	int fd;

	for (unsigned int round = 0; round < 8; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)(i * 167 + i / 251 + round * 31);
		fd = openat(f->dir, FILE_NAME, O_WRONLY | O_CREAT, 0600);
		assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
		close(fd);
		refused_and_left(f, sizeof(bytes), "line 1");
	}
}

static void test_a_file_of_100_megabytes_is_not_read(void **state)
{
	struct fixture *f = *state;
	int fd = openat(f->dir, FILE_NAME, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(ftruncate(fd, 100 << 20), 0);
	close(fd);
	refused_and_left(f, 100 << 20, "has more than 64 MiB");
}

/* Neither what is read nor what reads it may go down with it. */
static void test_a_file_that_nests_without_end_is_refused(void **state)
{
	static const char *const layers[] = {"[", "{\"a\":", "{\"spindle-crypto:crypto\":"};
	struct fixture *f = *state;
	struct text t;

	for (size_t i = 0; i < 3; i++) {
		text_init(&t, 0);
		for (int k = 0; k < 200000; k++)
			text_add(&t, layers[i]);
		fixture_write(f, FILE_NAME, text_str(&t));
		refused_and_left(f, t.len, "line 1");
		text_free(&t);
	}
}

static void test_a_link_to_nothing_is_no_missing_file(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlinkat("nowhere", f->dir, FILE_NAME), 0);
	refused_and_left(f, 0, "is a link to nothing");
	assert_int_equal(faccessat(f->dir, "nowhere", F_OK, 0), -1);
}

/* As an editor of another system leaves it, and without an end of line. */
static void test_ends_of_lines_do_not_matter(void **state)
{
	struct fixture *f = *state;
	char *text;

	fixture_write(f, FILE_NAME,
		      "{\r\n \"spindle-system:system\": {\r\n  \"hostname\": \"R9\"\r\n }\r\n}");
	assert_int_equal(fixture_load(f), 0);
	text = fixture_get(f, "", true);
	assert_string_equal(text, "{'spindle-system:system':{'hostname':'R9'}}");
	free(text);
}

static void test_a_folder_in_place_of_the_file_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdirat(f->dir, FILE_NAME, 0700), 0);
	assert_int_not_equal(fixture_load(f), 0);
	assert_non_null(strstr(f->why, "is not a regular file"));
	assert_int_equal(unlinkat(f->dir, FILE_NAME, AT_REMOVEDIR), 0);
}

static void test_what_was_saved_loads_again_the_same(void **state)
{
	struct fixture *f = *state;
	char *before, *after;
	struct stat st;

	assert_int_equal(fixture_load(f), 0);
	assert_int_equal(
		fixture_edit(f,
			     "{'spindle-system:system':{'hostname':'R1'},'spindle-crypto:crypto':{"
			     "'ikev2':{'keyring':[{'name':'K','peer':[{'name':'R2',"
			     "'pre-shared-key':'cisco123'}]}],'profile':[{'name':'P',"
			     "'match-identity-remote-any':[null]}]},"
			     "'map':[{'name':'B','sequence':20},{'name':'B','sequence':3},"
			     "{'name':'A','sequence':7,'lifetime-kilobytes':4294967295}]}}"),
		0);
	assert_true(config_unsaved(f->config));
	assert_int_equal(fixture_save(f), 0);
	assert_false(config_unsaved(f->config));
	assert_int_equal(fstatat(f->dir, FILE_NAME, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(faccessat(f->dir, FILE_NAME ".new", F_OK, 0), -1);
	before = fixture_get(f, "", true);
	fixture_close(f);
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(fixture_load(f), 0);
	after = fixture_get(f, "", true);
	assert_string_equal(before, after);
	assert_false(config_unsaved(f->config));
	free(before);
	free(after);
}

static void test_no_secret_is_in_the_file_in_clear(void **state)
{
	struct fixture *f = *state;
	char text[512];
	char *saved;

	snprintf(text, sizeof(text), KEYRING, "cisco123");
	fixture_write(f, FILE_NAME, text);
	assert_int_equal(fixture_load(f), 0);
	/* What was written by hand in clear is sealed in memory; the file waits for a save. */
	assert_true(config_unsaved(f->config));
	assert_int_equal(fixture_save(f), 0);
	saved = fixture_read(f, FILE_NAME);
	assert_null(strstr(saved, "cisco123"));
	assert_non_null(strstr(saved, "\"6 "));
	alloc_free(saved);
}

static void test_an_entry_out_of_order_in_the_file_is_put_in_order(void **state)
{
	struct fixture *f = *state;
	char *text;

	fixture_write(f, FILE_NAME,
		      "{\"spindle-crypto:crypto\":{\"map\":[{\"name\":\"B\",\"sequence\":100},"
		      "{\"name\":\"B\",\"sequence\":20},{\"name\":\"A\",\"sequence\":3}]}}");
	assert_int_equal(fixture_load(f), 0);
	text = fixture_get(f, "/spindle-crypto:crypto/map", true);
	assert_string_equal(text, "{'spindle-crypto:crypto':{'map':[{'name':'A','sequence':3},"
				  "{'name':'B','sequence':20},{'name':'B','sequence':100}]}}");
	free(text);
}

static void test_a_room_that_refuses_the_file_is_heard(void **state)
{
	struct fixture *f = *state;

	fixture_write(f, FILE_NAME,
		      "{\"spindle-crypto:crypto\":{\"map\":["
		      "{\"name\":\"B\",\"sequence\":100}]}}");
	f->rooms[1].refuse = "/spindle-crypto:crypto/map";
	assert_int_equal(fixture_load(f), -EPROTO);
	assert_null(config_running(f->config));
}

/* The disk fills up after n bytes, for many n: the file that was there stays whole. */
static void test_a_full_disk_leaves_the_old_file(void **state)
{
	struct fixture *f = *state;
	struct rlimit was, small;
	char *before, *after;

	assert_int_equal(fixture_load(f), 0);
	assert_int_equal(fixture_edit(f, "{'spindle-system:system':{'hostname':'R1'}}"), 0);
	assert_int_equal(fixture_save(f), 0);
	before = fixture_read(f, FILE_NAME);
	assert_int_equal(fixture_edit(f, "{'spindle-system:system':{'hostname':'R2'}}"), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	for (rlim_t n = 0; n < strlen(before); n += 7) {
		small = was;
		small.rlim_cur = n;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		assert_int_equal(fixture_save(f), -EFBIG);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
		assert_non_null(strstr(f->why, FILE_NAME));
		after = fixture_read(f, FILE_NAME);
		assert_string_equal(before, after);
		alloc_free(after);
		assert_int_equal(faccessat(f->dir, FILE_NAME ".new", F_OK, 0), -1);
		assert_true(config_unsaved(f->config));
	}
	assert_int_equal(fixture_save(f), 0);
	assert_false(config_unsaved(f->config));
	alloc_free(before);
}

static void test_a_folder_that_is_gone_is_said(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_load(f), 0);
	assert_int_equal(rmdir(f->path), 0);
	assert_int_equal(fixture_save(f), -ENOENT);
	assert_int_equal(mkdir(f->path, 0700), 0);
}

static void test_a_rest_of_an_earlier_save_is_no_hindrance(void **state)
{
	struct fixture *f = *state;
	char *text;

	assert_int_equal(fixture_load(f), 0);
	fixture_write(f, FILE_NAME ".new", "half of someth");
	assert_int_equal(fixture_save(f), 0);
	text = fixture_read(f, FILE_NAME);
	assert_string_equal(text, "{}\n");
	alloc_free(text);
}

/* Whoever comes before the startup configuration is loaded waits for it: a save would put an empty
 * configuration in its place, an edit would be made to nothing. */
static void test_nothing_is_saved_or_changed_before_startup_is_loaded(void **state)
{
	static const char text[] = "{\"spindle-system:system\":{\"hostname\":\"R1\"}}";
	struct fixture *f = *state;
	char *after;

	fixture_write(f, FILE_NAME, text);
	config_save(f->config, fixture_answer, f);
	config_edit(f->config, NULL, fixture_json("{'spindle-system:system':{'hostname':'R2'}}"),
		    fixture_answer, f);
	config_save(f->config, fixture_answer, f);
	fixture_run(f);
	assert_int_equal(f->answers, 0);
	after = fixture_read(f, FILE_NAME);
	assert_string_equal(after, text);
	alloc_free(after);
	config_load_startup(f->config, fixture_answer, f);
	fixture_run(f);
	assert_int_equal(f->answers, 4);
	assert_int_equal(f->result, 0);
	after = fixture_read(f, FILE_NAME);
	assert_non_null(strstr(after, "R2"));
	alloc_free(after);
}

static void test_a_save_waits_for_the_commit_before_it(void **state)
{
	struct fixture *f = *state;
	char *text;

	assert_int_equal(fixture_load(f), 0);
	f->rooms[0].later = true;
	assert_int_equal(fixture_edit(f, "{'spindle-system:system':{'hostname':'R9'}}"),
			 -EINPROGRESS);
	assert_int_equal(fixture_save(f), -EINPROGRESS);
	f->rooms[0].done(f->rooms[0].done_arg, 0, NULL);
	fixture_run(f);
	text = fixture_read(f, FILE_NAME);
	assert_non_null(strstr(text, "R9"));
	alloc_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		T(test_a_missing_file_is_an_empty_configuration),
		T(test_a_malformed_file_is_named_with_place_and_reason_and_left),
		T(test_a_file_of_zero_bytes_inside_is_refused),
		T(test_bytes_that_are_no_text_are_refused),
		T(test_a_file_of_100_megabytes_is_not_read),
		T(test_a_file_that_nests_without_end_is_refused),
		T(test_a_link_to_nothing_is_no_missing_file),
		T(test_ends_of_lines_do_not_matter),
		T(test_a_folder_in_place_of_the_file_is_refused),
		T(test_what_was_saved_loads_again_the_same),
		T(test_no_secret_is_in_the_file_in_clear),
		T(test_an_entry_out_of_order_in_the_file_is_put_in_order),
		T(test_a_room_that_refuses_the_file_is_heard),
		T(test_a_full_disk_leaves_the_old_file),
		T(test_a_folder_that_is_gone_is_said),
		T(test_a_rest_of_an_earlier_save_is_no_hindrance),
		T(test_nothing_is_saved_or_changed_before_startup_is_loaded),
		T(test_a_save_waits_for_the_commit_before_it),
#undef T
	};

	return cmocka_run_group_tests_name("config_file", tests, NULL, NULL);
}
