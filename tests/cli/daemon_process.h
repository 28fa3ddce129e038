/*
 * daemon_process: a control socket with a real configuration behind it, in a process of its own, and the
 * program that talks to it. TEST_SPINDLE is the program.
 */
#ifndef TESTS_CLI_DAEMON_PROCESS_H
#define TESTS_CLI_DAEMON_PROCESS_H

#include "tests/unit/api_fixture.h"

struct daemon_process {
	pid_t pid;
	char path[sizeof(FIXTURE_PATH)]; /* its folder: --run-dir */
};

int daemon_start(void **state); /* *state: a struct daemon_process */
int daemon_stop(void **state);
/* The program: its output and errors together (alloc_free), and its status. */
char *daemon_spindle(const struct daemon_process *d, const char *const *arguments,
		     const char *input, int *status);
void expect_spindle(const struct daemon_process *d, const char *const *arguments, const char *input,
		    int status, const char *want);

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_ARGUMENTS   ((const char *const[]){NULL})

#endif
