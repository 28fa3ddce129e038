/* term: what the process of a session cannot do any more, each tried by a process of its own. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/term/confine.h"

static int try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int try_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int try_exec(void)
{
	return execl("/bin/true", "true", NULL);
}

static int try_fork(void)
{
	return fork();
}

static int try_to_signal(void)
{
	return kill(getppid(), 0);
}

static int try_to_type(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

/* The upper half of the request is nothing that the kernel looks at. */
static int try_to_type_in_disguise(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI | 0x100000000ul, "x");
}

static int read_a_file(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	char c;

	return fd >= 0 && read(fd, &c, 1) == 1 ? 0 : -1;
}

static int open_is_refused(void)
{
	if (open("/proc/self/status", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
		return -1;
	return open("/tmp/x", O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES ? 0 : -1;
}

static int ask_for_the_size(void)
{
	struct winsize w;

	return ioctl(STDIN_FILENO, TIOCGWINSZ, &w) == 0 || errno == ENOTTY ? 0 : -1;
}

/* The status of a process that was confined and did it. */
static int confined_by(int (*confine)(struct error *err), int (*work)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (confine(NULL) != 0)
			_exit(99);
		_exit(work() < 0 ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static int confined(int (*work)(void))
{
	return confined_by(term_confine, work);
}

static void test_what_is_forbidden_kills(void **state)
{
	static int (*const tries[])(void) = {
		try_socket,    try_unix_socket, try_exec,
#ifndef SPINDLE_SANITIZERS
		try_fork,
#endif
		try_to_signal, try_to_type,	try_to_type_in_disguise};

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int status = confined(tries[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("try %zu ended with status %x", i, status);
		status = confined_by(term_confine_without_files, tries[i]);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("try %zu without files ended with status %x", i, status);
	}
}

static void test_files_and_the_terminal_still_work(void **state)
{
	(void)state;
	assert_int_equal(confined(read_a_file), 0);
	assert_int_equal(confined(ask_for_the_size), 0);
}

static void test_files_can_be_taken_away_too(void **state)
{
	(void)state;
	assert_int_equal(confined_by(term_confine_without_files, open_is_refused), 0);
	assert_int_equal(confined_by(term_confine_without_files, ask_for_the_size), 0);
}

static int has_no_new_privileges(void)
{
	FILE *from = fopen("/proc/self/status", "re");
	char line[256];
	int found = -1;

	while (from && fgets(line, sizeof(line), from))
		if (strcmp(line, "NoNewPrivs:\t1\n") == 0)
			found = 0;
	return found;
}

static void test_no_program_gives_new_privileges(void **state)
{
	(void)state;
	assert_int_equal(confined(has_no_new_privileges), 0);
}

/* Who else runs as that person can neither attach to a session nor read its memory (proc(5)). */
static void test_nobody_looks_into_a_session(void **state)
{
	int up[2], down[2];
	struct stat st;
	char path[64], c = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(up, O_CLOEXEC) | pipe2(down, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if ((geteuid() == 0 && setresuid(65534, 65534, 65534)) ||
		    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) || term_confine(NULL) ||
		    write(up[1], &c, 1) != 1)
			_exit(1);
		_exit(read(down[0], &c, 1) == 1 ? 0 : 1);
	}
	assert_int_equal(read(up[0], &c, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(write(down[1], &c, 1), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(up[0]), close(up[1]), close(down[0]), close(down[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_forbidden_kills),
		cmocka_unit_test(test_files_and_the_terminal_still_work),
		cmocka_unit_test(test_files_can_be_taken_away_too),
		cmocka_unit_test(test_no_program_gives_new_privileges),
		cmocka_unit_test(test_nobody_looks_into_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
