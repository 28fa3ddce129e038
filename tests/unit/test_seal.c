#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "seal/seal.h"

#define KEY_SIZE 32

/* A state folder of its own for each test. */
struct folder {
	char path[64];
	int fd;
};

static int folder_make(void **state)
{
	struct folder *f = alloc_zero(sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/test_seal.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->fd >= 0);
	*state = f;
	return 0;
}

static int folder_remove(void **state)
{
	struct folder *f = *state;

	unlinkat(f->fd, "key", 0);
	unlinkat(f->fd, "key.new", 0);
	close(f->fd);
	rmdir(f->path);
	alloc_free(f);
	return 0;
}

static void write_key(const struct folder *f, size_t len, mode_t mode)
{
	static const char bytes[64] = "0123456789abcdef0123456789abcdef0123456789abcdef";
	int fd = openat(f->fd, "key", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void assert_opens(const struct seal *s, const char *text, const char *clear)
{
	struct secret *out = NULL;

	assert_int_equal(seal_unseal(s, text, &out, NULL), 0);
	assert_int_equal(secret_len(out), strlen(clear));
	assert_memory_equal(secret_view(out).data, clear, strlen(clear));
	secret_free(out);
}

static void test_what_was_sealed_opens_again_at_every_length(void **state)
{
	struct seal *s = seal_new_random();
	char clear[SEAL_CLEAR_MAX + 1] = "";
	char text[SEAL_TEXT_MAX];

	(void)state;
	for (size_t len = 1; len <= SEAL_CLEAR_MAX; len++) {
		clear[len - 1] = (char)('a' + len % 26);
		assert_int_equal(seal_text(s, clear, len, text, sizeof(text)), 0);
		assert_true(seal_is_sealed(text));
		assert_opens(s, text, clear);
	}
	seal_free(s);
}

static void test_a_secret_that_is_empty_or_too_long_is_refused(void **state)
{
	struct seal *s = seal_new_random();
	char clear[SEAL_CLEAR_MAX + 1] = "";
	char text[SEAL_TEXT_MAX];

	(void)state;
	assert_int_equal(seal_text(s, clear, 0, text, sizeof(text)), -EINVAL);
	assert_int_equal(seal_text(s, clear, sizeof(clear), text, sizeof(text)), -EINVAL);
	assert_int_equal(seal_text(s, "abc", 3, text, 20), -ENOSPC);
	seal_free(s);
}

static void test_the_same_secret_never_gives_the_same_text(void **state)
{
	struct seal *s = seal_new_random();
	char one[SEAL_TEXT_MAX], two[SEAL_TEXT_MAX];

	(void)state;
	assert_int_equal(seal_text(s, "cisco", 5, one, sizeof(one)), 0);
	assert_int_equal(seal_text(s, "cisco", 5, two, sizeof(two)), 0);
	assert_string_not_equal(one, two);
	assert_null(strstr(one, "cisco"));
	seal_free(s);
}

static void test_another_machines_text_is_refused_with_a_sentence(void **state)
{
	struct seal *ours = seal_new_random(), *theirs = seal_new_random();
	char text[SEAL_TEXT_MAX];
	struct secret *out = NULL;
	struct error err = {0};

	(void)state;
	assert_int_equal(seal_text(theirs, "cisco", 5, text, sizeof(text)), 0);
	assert_int_equal(seal_unseal(ours, text, &out, &err), -EKEYREJECTED);
	assert_null(out);
	assert_non_null(strstr(err.text, "another machine's key"));
	seal_free(ours);
	seal_free(theirs);
}

/* Another character at any place either breaks the form or the tag: never another secret. */
static void test_a_text_that_was_changed_anywhere_does_not_open(void **state)
{
	struct seal *s = seal_new_random();
	char text[SEAL_TEXT_MAX];

	(void)state;
	assert_int_equal(seal_text(s, "secret key", 10, text, sizeof(text)), 0);
	for (size_t i = 0; text[i]; i++) {
		static const char others[] = "A/= \n\x80";

		for (size_t k = 0; k < sizeof(others); k++) {
			struct secret *out = NULL;
			char was = text[i];

			if (was == others[k])
				continue;
			text[i] = others[k];
			assert_int_not_equal(seal_unseal(s, text, &out, NULL), 0);
			assert_null(out);
			text[i] = was;
		}
	}
	assert_opens(s, text, "secret key");
	seal_free(s);
}

static void test_what_only_looks_sealed_is_refused(void **state)
{
	static const char *const texts[] = {
		"",	  "6",	    "6 ",
		"6 =",	  "6 ====", "6 AAAA",
		"7 AAAA", "clear",  "6 AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	struct seal *s = seal_new_random();
	char longest[2 * SEAL_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct secret *out = NULL;

		assert_int_not_equal(seal_unseal(s, texts[i], &out, NULL), 0);
		assert_null(out);
	}
	memset(longest, 'A', sizeof(longest));
	memcpy(longest, "6 ", 2);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(seal_unseal(s, longest, &(struct secret *){0}, NULL), -EBADMSG);
	seal_free(s);
}

static void test_the_key_is_made_once_and_found_again(void **state)
{
	struct folder *f = *state;
	struct seal *s = seal_open(f->fd, NULL);
	char text[SEAL_TEXT_MAX];
	struct stat st;

	assert_non_null(s);
	assert_int_equal(seal_text(s, "cisco", 5, text, sizeof(text)), 0);
	seal_free(s);
	assert_int_equal(fstatat(f->fd, "key", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, KEY_SIZE);
	assert_int_equal(faccessat(f->fd, "key.new", F_OK, 0), -1);
	s = seal_open(f->fd, NULL);
	assert_opens(s, text, "cisco");
	seal_free(s);
}

static void test_a_key_that_others_can_read_is_refused(void **state)
{
	struct folder *f = *state;
	struct error err = {0};

	write_key(f, KEY_SIZE, 0640);
	assert_null(seal_open(f->fd, &err));
	assert_int_equal(err.code, -EPERM);
	assert_non_null(strstr(err.text, "0640"));
}

/* Its owner could change the mode whenever he likes. */
static void test_a_key_that_belongs_to_somebody_else_is_refused(void **state)
{
	struct folder *f = *state;
	struct error err = {0};

	write_key(f, KEY_SIZE, 0600);
	if (geteuid() != 0)
		skip();
	assert_int_equal(fchownat(f->fd, "key", 4711, (gid_t)-1, 0), 0);
	assert_null(seal_open(f->fd, &err));
	assert_int_equal(err.code, -EPERM);
	assert_non_null(strstr(err.text, "uid 4711"));
}

/* Opened without a writer, a pipe would hold the start up for ever. */
static void test_a_pipe_in_the_place_of_the_key_is_refused_at_once(void **state)
{
	struct folder *f = *state;
	struct error err = {0};

	assert_int_equal(mkfifoat(f->fd, "key", 0600), 0);
	alarm(10);
	assert_null(seal_open(f->fd, &err));
	alarm(0);
	assert_non_null(strstr(err.text, "not a regular file"));
}

static void test_a_key_of_another_length_is_refused_and_left(void **state)
{
	struct folder *f = *state;
	struct error err = {0};
	struct stat st;

	write_key(f, 31, 0600);
	assert_null(seal_open(f->fd, &err));
	assert_non_null(strstr(err.text, "31 bytes"));
	assert_int_equal(fstatat(f->fd, "key", &st, 0), 0);
	assert_int_equal(st.st_size, 31);
}

static void test_a_key_behind_a_link_is_refused(void **state)
{
	struct folder *f = *state;

	assert_int_equal(symlinkat("/dev/zero", f->fd, "key"), 0);
	assert_null(seal_open(f->fd, NULL));
}

/* What stands in the way of the new key, of a start that was killed or planted, is none of it: neither
 * waited for, nor written through, nor its mode taken over. */
static void test_what_stands_in_the_way_of_a_new_key_goes(void **state)
{
	struct folder *f = *state;
	struct stat st;
	struct seal *s;
	int fd;

	for (int i = 0; i < 3; i++) {
		if (i == 0) {
			assert_int_equal(mkfifoat(f->fd, "key.new", 0600), 0);
		} else if (i == 1) {
			assert_int_equal(symlinkat("elsewhere", f->fd, "key.new"), 0);
		} else {
			fd = openat(f->fd, "key.new", O_WRONLY | O_CREAT, 0600);
			assert_int_equal(fchmod(fd, 0666) | close(fd), 0);
		}
		alarm(10);
		s = seal_open(f->fd, NULL);
		alarm(0);
		assert_non_null(s);
		seal_free(s);
		assert_int_equal(fstatat(f->fd, "key", &st, 0), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(faccessat(f->fd, "elsewhere", F_OK, 0), -1);
		assert_int_equal(unlinkat(f->fd, "key", 0), 0);
	}
}

/* A full disk at the first start leaves no half key behind: the next start makes a whole one. */
static void test_a_key_that_cannot_be_written_is_not_left_half(void **state)
{
	struct folder *f = *state;
	struct rlimit was, small;
	struct error err = {0};
	struct seal *s;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = was;
	small.rlim_cur = 8;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	s = seal_open(f->fd, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_null(s);
	assert_int_equal(err.code, -EFBIG);
	assert_int_equal(faccessat(f->fd, "key", F_OK, 0), -1);
	s = seal_open(f->fd, NULL);
	assert_non_null(s);
	seal_free(s);
}

static int open_and_round(void *arg)
{
	const struct folder *f = arg;
	struct seal *s = seal_open(f->fd, NULL);
	struct secret *out = NULL;
	char text[SEAL_TEXT_MAX];
	int rc = s ? seal_text(s, "cisco", 5, text, sizeof(text)) : -ENOMEM;

	if (!rc)
		rc = seal_unseal(s, text, &out, NULL);
	secret_free(out);
	seal_free(s);
	return rc;
}

static void test_each_allocation_may_fail(void **state)
{
	assert_true(unit_fail_each_allocation(open_and_round, *state) >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_sealed_opens_again_at_every_length),
		cmocka_unit_test(test_a_secret_that_is_empty_or_too_long_is_refused),
		cmocka_unit_test(test_the_same_secret_never_gives_the_same_text),
		cmocka_unit_test(test_another_machines_text_is_refused_with_a_sentence),
		cmocka_unit_test(test_a_text_that_was_changed_anywhere_does_not_open),
		cmocka_unit_test(test_what_only_looks_sealed_is_refused),
		cmocka_unit_test_setup_teardown(test_the_key_is_made_once_and_found_again,
						folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_a_key_that_others_can_read_is_refused,
						folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_a_key_that_belongs_to_somebody_else_is_refused,
						folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(
			test_a_pipe_in_the_place_of_the_key_is_refused_at_once, folder_make,
			folder_remove),
		cmocka_unit_test_setup_teardown(test_a_key_of_another_length_is_refused_and_left,
						folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_what_stands_in_the_way_of_a_new_key_goes,
						folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_a_key_behind_a_link_is_refused, folder_make,
						folder_remove),
		cmocka_unit_test_setup_teardown(test_a_key_that_cannot_be_written_is_not_left_half,
						folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_each_allocation_may_fail, folder_make,
						folder_remove),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
