#include "net/shut_in.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/error.h"

/* Memory, threads, clocks, ending, and descriptors that are open: nothing that reaches outside. */
static const char *const always[] = {
	"brk",
	"mmap",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	"mlock",
	"mlock2",
	"munlock",
	"futex",
	"futex_waitv",
	"rseq",
	"set_robust_list",
	"get_robust_list",
	"sched_yield",
	"sched_getaffinity",
	"getppid",
	"getpid",
	"gettid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	"adjtimex",
	"clock_adjtime",
	"getrandom",
	"exit",
	"exit_group",
	"rt_sigreturn",
	"rt_sigaction",
	"rt_sigprocmask",
	"sigaltstack",
	"restart_syscall",
	"read",
	"write",
	"readv",
	"writev",
	"close",
	"fcntl",
	"lseek",
	"fstat",
	"newfstatat",
	"dup",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"epoll_ctl",
	"poll",
	"ppoll",
	"eventfd2",
	"timerfd_settime",
	"recvmsg",
	"sendmsg",
	"recvfrom",
	"sendto",
	"recvmmsg",
	"sendmmsg",
	"shutdown",
	"getsockopt",
	"getsockname",
	"tgkill",
	"uname",
	"sysinfo",
	"prlimit64",
	NULL,
};

#ifdef SPINDLE_SANITIZERS
/* The sanitizers' runtime reads what the kernel says of the process, for its reports. */
static const char *const sanitizers[] = {"open",       "openat", "readlink",	"readlinkat",
					 "getdents64", "ioctl",	 "personality", NULL};

/*
 * The search for leaks at a process's end stops its threads by ptrace(), from a process that it clones for
 * that. One that may not be debugged (net/privileges) refuses, and the search waits for ever: such a
 * process would be killed as one that hangs. Whoever is shut in ends without the search;
 * tests/unit/test_main_router is where router's leaks are found. The runtime asks when it is about to
 * begin, in gcc 12 and clang 14, though what it documents is a constant.
 */
static bool searched_by_nobody;

int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return searched_by_nobody;
}

static void forgo_leak_search(void)
{
	searched_by_nobody = true;
}
#else
static const char *const sanitizers[] = {NULL};

static void forgo_leak_search(void)
{
}
#endif

static int allow(scmp_filter_ctx ctx, const char *const *names)
{
	for (; *names; names++) {
		int nr = seccomp_syscall_resolve_name(*names);

		if (nr == __NR_SCMP_ERROR)
			continue;
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0))
			return -EINVAL;
	}
	return 0;
}

/* fork and exec are out, threads are in: clone() with the flags of a thread; clone3() cannot be looked
 * into, so it is "not there" and the C library falls back. */
static int allow_threads(scmp_filter_ctx ctx)
{
	const unsigned long thread = 0x00010000; /* CLONE_THREAD */

	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0))
		return -EINVAL;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread));
}

/* Threads name themselves; nothing else of prctl(). */
static int allow_prctl(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
				SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
}

static int allow_sockets(scmp_filter_ctx ctx, const int *families)
{
	for (; families && *families >= 0; families++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)*families)))
			return -EINVAL;
	return 0;
}

int shut_in(const char *const *allowed, const int *socket_families, struct error *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int code;

	if (!ctx)
		return error_set(err, -ENOMEM, "no memory for the system call filter");
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	code = allow(ctx, always);
	if (!code)
		code = allow(ctx, allowed);
	if (!code)
		code = allow(ctx, sanitizers);
	if (!code)
		code = allow_threads(ctx) || allow_prctl(ctx) ? -EINVAL : 0;
	if (!code)
		code = allow_sockets(ctx, socket_families);
	if (!code)
		code = seccomp_load(ctx);
	if (!code)
		forgo_leak_search();
	seccomp_release(ctx);
	return code ? error_set(err, code, "the system call filter cannot be set: %s",
				strerror(-code))
		    : 0;
}
