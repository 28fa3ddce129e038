/*
 * The session of a policy's commands: the program over a pair of sockets, with the control socket behind it:
 * what is waited for, what is echoed, where files go.
 */
#include "tests/cli/daemon_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 10000

struct acting {
	struct daemon_process *d;
	char flash[32];
	int fd;
	pid_t pid;
	struct text seen; /* since the last command */
};

static void begin(struct acting *a, const char *user)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	a->pid = fork();
	if (a->pid == 0) {
		dup2(ends[1], STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execl(TEST_SPINDLE, "spindle", "--run-dir", a->d->path, "--event-manager", user,
		      "--policy", "INVSPI", "--flash", a->flash, NULL);
		_exit(127);
	}
	close(ends[1]);
	a->fd = ends[0];
	text_init(&a->seen, 0);
}

static int finish(struct acting *a)
{
	int status = 0;

	close(a->fd);
	assert_int_equal(waitpid(a->pid, &status, 0), a->pid);
	text_free(&a->seen);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool ends_with(const struct text *t, const char *end)
{
	size_t len = strlen(end);

	return t->len >= len && !strcmp(text_str(t) + t->len - len, end);
}

/* Reads until the output ends so. */
static void expect_end(struct acting *a, const char *end)
{
	struct pollfd p = {.fd = a->fd, .events = POLLIN};
	char buf[4096];
	ssize_t n = 1;

	while (!ends_with(&a->seen, end) && n > 0 && poll(&p, 1, WAIT_MS) == 1) {
		n = read(a->fd, buf, sizeof(buf));
		if (n > 0)
			text_add_n(&a->seen, buf, (size_t)n);
	}
	if (!ends_with(&a->seen, end))
		fail_msg("\"%s\" does not end with \"%s\"", text_str(&a->seen), end);
}

/* Everything until the prompt is exactly this. */
static void expect_all(struct acting *a, const char *want)
{
	expect_end(a, want);
	assert_string_equal(text_str(&a->seen), want);
}

static void type(struct acting *a, const char *line)
{
	text_free(&a->seen);
	text_init(&a->seen, 0);
	assert_int_equal(write(a->fd, line, strlen(line)), strlen(line));
}

static char *file_text(const struct acting *a, const char *name)
{
	char path[64], buf[4096] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/%s", a->flash, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	buf[read(fd, buf, sizeof(buf) - 1)] = '\0';
	close(fd);
	return alloc_text(buf);
}

static int setup(void **state)
{
	struct acting *a = alloc_zero(sizeof(*a));
	void *d = NULL;

	assert_int_equal(daemon_start(&d), 0);
	a->d = d;
	text_copy(a->flash, sizeof(a->flash), "/tmp/spindle-flash-XXXXXX");
	assert_non_null(mkdtemp(a->flash));
	*state = a;
	return 0;
}

static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

static int teardown(void **state)
{
	struct acting *a = *state;
	void *d = a->d;
	int rc;

	remove_folder(a->flash);
	rc = daemon_stop(&d);
	alloc_free(a);
	return rc;
}

static void test_it_begins_at_user_exec_and_enables_without_a_password(void **state)
{
	struct acting *a = *state;

	begin(a, "");
	expect_all(a, "Spindle>");
	type(a, "configure terminal\n");
	expect_end(a, "\nSpindle>");
	assert_non_null(strstr(text_str(&a->seen), "% Invalid input"));
	type(a, "enable\n");
	expect_all(a, "enable\nSpindle#");
	type(a, "configure terminal\n");
	expect_all(a, "configure terminal\n"
		      "Enter configuration commands, one per line.  End with CNTL/Z.\n"
		      "Spindle(config)#");
	type(a, "hostname R2\n");
	expect_all(a, "hostname R2\nR2(config)#");
	type(a, "end\n");
	expect_all(a, "end\nR2#");
	assert_int_equal(finish(a), 1); /* one line was refused */
}

static void test_a_long_line_is_echoed_as_it_is(void **state)
{
	struct acting *a = *state;
	char line[201], want[256];

	memset(line, 'x', 199);
	memcpy(line, "do ", 3);
	line[199] = '\n';
	line[200] = '\0';
	begin(a, "");
	expect_end(a, "Spindle>");
	type(a, line);
	expect_end(a, "\nSpindle>");
	snprintf(want, sizeof(want), "%s", line);
	assert_ptr_equal(strstr(text_str(&a->seen), want), text_str(&a->seen));
	finish(a);
}

static void test_pages_are_asked_about_unless_the_length_is_0(void **state)
{
	struct acting *a = *state;

	begin(a, "");
	expect_end(a, "Spindle>");
	type(a, "enable\n");
	expect_end(a, "Spindle#");
	type(a, "show running-config all\n");
	expect_end(a, " --More-- ");
	type(a, "q");
	expect_end(a, "Spindle#");
	type(a, "terminal length 0\n");
	expect_all(a, "terminal length 0\nSpindle#");
	type(a, "show running-config all\n");
	expect_end(a, "\nSpindle#");
	assert_null(strstr(text_str(&a->seen), "--More--"));
	assert_non_null(strstr(text_str(&a->seen), "\nend\nSpindle#"));
	assert_null(strchr(text_str(&a->seen), '\r'));
	finish(a);
}

static void test_filters_write_into_the_folder_of_policies_alone(void **state)
{
	static const char *const bad[] = {"/etc/passwd", "flash:../x",	      "flash:a/b",
					  ".x",		 "tftp://10.0.0.1/x", "flash:.hidden"};
	struct acting *a = *state;
	char *text, line[128];

	begin(a, "");
	expect_end(a, "Spindle>");
	type(a, "show privilege | append flash:spi.txt\n");
	expect_end(a, "\nSpindle>");
	type(a, "show privilege | append disk0:spi.txt\n");
	expect_end(a, "\nSpindle>");
	type(a, "show privilege | tee /append flash:/spi.txt\n");
	expect_end(a, "Current privilege level is 1\nSpindle>");
	type(a, "show privilege | redirect other\n");
	expect_end(a, "\nSpindle>");
	text = file_text(a, "spi.txt");
	assert_string_equal(text, "Current privilege level is 1\nCurrent privilege level is 1\n"
				  "Current privilege level is 1\n");
	alloc_free(text);
	text = file_text(a, "other");
	assert_string_equal(text, "Current privilege level is 1\n");
	alloc_free(text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "show privilege | redirect %s\n", bad[i]);
		type(a, line);
		expect_end(a, "\nSpindle>");
		if (!strstr(text_str(&a->seen), "% Error opening"))
			fail_msg("%s: %s", bad[i], text_str(&a->seen));
	}
	finish(a);
}

/* Files without data, but as long as all that a folder may hold. */
static void test_a_full_folder_takes_no_more(void **state)
{
	struct acting *a = *state;
	char path[64];

	snprintf(path, sizeof(path), "%s/big", a->flash);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(truncate(path, 256l << 20), 0);
	begin(a, "");
	expect_end(a, "Spindle>");
	type(a, "show privilege | append flash:spi.txt\n");
	expect_end(a, "\nSpindle>");
	assert_non_null(strstr(text_str(&a->seen), "No space left on device"));
	assert_null(file_text(a, "spi.txt"));
	/* One that is as long as a file may be. */
	assert_int_equal(truncate(path, 64l << 20), 0);
	type(a, "show privilege | append flash:big\n");
	expect_end(a, "\nSpindle>");
	assert_non_null(strstr(text_str(&a->seen), "% Error writing flash:big (File too large)"));
	finish(a);
}

static void test_no_file_is_copied_by_a_policy(void **state)
{
	struct acting *a = *state;

	begin(a, "");
	expect_end(a, "Spindle>");
	type(a, "enable\n");
	expect_end(a, "Spindle#");
	type(a, "copy ./x running-config\n");
	expect_end(a, "\nSpindle#");
	assert_non_null(strstr(text_str(&a->seen), "a policy copies no files"));
	finish(a);
}

static void test_a_person_who_is_not_there_is_named(void **state)
{
	struct acting *a = *state;
	int status;
	char *out = daemon_spindle(a->d, ARGUMENTS("--event-manager", "mallory"), "", &status);

	assert_int_equal(status, 2);
	assert_string_equal(out, "% there is no username mallory\n");
	alloc_free(out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_it_begins_at_user_exec_and_enables_without_a_password),
		TEST(test_a_long_line_is_echoed_as_it_is),
		TEST(test_pages_are_asked_about_unless_the_length_is_0),
		TEST(test_filters_write_into_the_folder_of_policies_alone),
		TEST(test_a_full_folder_takes_no_more),
		TEST(test_no_file_is_copied_by_a_policy),
		TEST(test_a_person_who_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
