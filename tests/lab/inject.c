/*
 * Makes a running process do a system call that it never would, as an intruder in it would: the next
 * call that it enters is exchanged for another one.
 *
 *   inject PID CALL    CALL: ptrace, execve, socket-inet, open, getpid (which any process may)
 *
 * Prints how it went: "lives", or the signal that it died of ("SYS"). The filter is asked after the
 * tracer, so what the filter says is what it says of the exchanged call.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

struct call {
	const char *name;
	long number;
	unsigned long long arg[3];
};

static const struct call calls[] = {
	{"ptrace", SYS_ptrace, {PTRACE_ATTACH, 1, 0}},
	{"execve", SYS_execve, {0, 0, 0}},
	{"socket-inet", SYS_socket, {AF_INET, SOCK_DGRAM, 0}},
	{"open", SYS_open, {0, 0, 0}},
	{"getpid", SYS_getpid, {0, 0, 0}},
};

static const struct call *call_named(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(calls[i].name, name))
			return &calls[i];
	return NULL;
}

static int fail(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	return 1;
}

/* True: it stopped. False: it ended, which was said. */
static bool stopped(pid_t pid, int *status)
{
	if (waitpid(pid, status, __WALL) != pid)
		return false;
	if (WIFSIGNALED(*status))
		printf("%s\n", sigabbrev_np(WTERMSIG(*status)));
	else if (WIFEXITED(*status))
		printf("exit %d\n", WEXITSTATUS(*status));
	return WIFSTOPPED(*status);
}

static bool exchange(pid_t pid, const struct call *c)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return false;
	regs.orig_rax = (unsigned long long)c->number;
	regs.rdi = c->arg[0];
	regs.rsi = c->arg[1];
	regs.rdx = c->arg[2];
	return ptrace(PTRACE_SETREGS, pid, NULL, &regs) == 0;
}

/* What it had called sees an interrupted call, not the result of another one. */
static bool say_interrupted(pid_t pid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return false;
	regs.rax = (unsigned long long)-EINTR;
	return ptrace(PTRACE_SETREGS, pid, NULL, &regs) == 0;
}

/*
 * Stopped at the call's entry, at its exit, and at the next call's entry; anything between is passed
 * over. A filter that kills skips the call and leaves the signal to be met on the way out, after the
 * second stop: only who comes to the third lives.
 */
static int run(pid_t pid, const struct call *c)
{
	int status;

	for (int syscalls = 0; stopped(pid, &status);) {
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && ++syscalls == 3) {
			puts("lives");
			return ptrace(PTRACE_DETACH, pid, NULL, NULL) ? fail("detach") : 0;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) &&
		    !(syscalls == 1 ? exchange(pid, c) : say_interrupted(pid)))
			return fail("registers");
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL))
			return fail("syscall");
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct call *c = argc == 3 ? call_named(argv[2]) : NULL;
	uint32_t pid;

	if (!c || text_u32(argv[1], 1, INT32_MAX, &pid)) {
		fprintf(stderr, "Usage: inject PID ptrace|execve|socket-inet|open|getpid\n");
		return 2;
	}
	if (ptrace(PTRACE_SEIZE, (pid_t)pid, NULL, PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_INTERRUPT, (pid_t)pid, NULL, NULL))
		return fail("seize");
	return run((pid_t)pid, c);
}
