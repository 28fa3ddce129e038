#include "tests/cli/daemon_process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Serves until it is told to end; its files go with it. */
static void serve(int ready)
{
	void *state = NULL;
	struct api_fixture *a;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	api_fixture_setup(&state);
	a = state;
	if (write(ready, a->f->path, sizeof(a->f->path)) != sizeof(a->f->path))
		_exit(1);
	close(ready);
	while (sigtimedwait(&set, NULL, &(struct timespec){0}) != SIGTERM)
		loop_turn(a->f->loop, 10);
	api_fixture_teardown(&state);
	_exit(0);
}

int daemon_start(void **state)
{
	struct daemon_process *d = alloc_zero(sizeof(*d));
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	d->pid = fork();
	if (d->pid == 0) {
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], d->path, sizeof(d->path)), sizeof(d->path));
	close(ends[0]);
	*state = d;
	return 0;
}

int daemon_stop(void **state)
{
	struct daemon_process *d = *state;
	int status = 0;

	kill(d->pid, SIGTERM);
	waitpid(d->pid, &status, 0);
	alloc_free(d);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* The program's end of it: standard input is what was written to a file that has no name. */
static void become_spindle(const struct daemon_process *d, const char *const *arguments,
			   const char *input, int out)
{
	const char *argv[32] = {TEST_SPINDLE, "--run-dir", d->path};
	int in = memfd_create("input", 0);
	size_t len = strlen(input);

	for (size_t i = 0; arguments[i]; i++)
		argv[3 + i] = arguments[i];
	if (write(in, input, len) != (ssize_t)len || lseek(in, 0, SEEK_SET) != 0)
		_exit(3);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execv(TEST_SPINDLE, (char *const *)(uintptr_t)argv);
	_exit(4);
}

/* The program: its output and errors together, and its status. */
char *daemon_spindle(const struct daemon_process *d, const char *const *arguments,
		     const char *input, int *status)
{
	struct text text;
	char buf[4096];
	ssize_t n;
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		become_spindle(d, arguments, input, ends[1]);
	close(ends[1]);
	text_init(&text, 0);
	while ((n = read(ends[0], buf, sizeof(buf))) > 0)
		text_add_n(&text, buf, (size_t)n);
	close(ends[0]);
	waitpid(pid, status, 0);
	*status = WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
	return text.data ? text_take(&text) : alloc_text("");
}

void expect_spindle(const struct daemon_process *d, const char *const *arguments, const char *input,
		    int status, const char *want)
{
	int have = -1;
	char *out = daemon_spindle(d, arguments, input, &have);

	assert_string_equal(out, want);
	assert_int_equal(have, status);
	alloc_free(out);
}
