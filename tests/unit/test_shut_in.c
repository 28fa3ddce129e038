/*
 * The filters of router and ike: in a child behind the real filter, what is forbidden is death by SIGSYS,
 * and what they live by works.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "ike/main/seccomp.h"
#include "main/router_internal.h"

#define NO_FILTER 77
#define PATIENCE  20 /* seconds */

typedef int (*filter)(struct error *err);

/* In a child behind the filter, which may not be debugged either (net/privileges) and is killed when it
 * hangs; its wait status. A filter that this kernel does not have: skip. */
static int behind(filter f, void (*act)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct error err = {0};

		alarm(PATIENCE);
		if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    f(&err))
			_exit(NO_FILTER);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER)
		skip();
	return status;
}

static void assert_deadly(filter f, void (*act)(void), const char *what)
{
	const int status = behind(f, act);

	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		fail_msg("%s: not SIGSYS but status 0x%x", what, (unsigned int)status);
}

static void assert_fine(filter f, void (*act)(void), const char *what)
{
	const int status = behind(f, act);

	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("%s: status 0x%x", what, (unsigned int)status);
}

/* ---- what a process that was taken over would like to do -------------------------------------- */

static void do_execve(void)
{
	char name[] = "/bin/true", *argv[] = {name, NULL};

	execve(name, argv, NULL);
}

static void do_fork(void)
{
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void do_ptrace(void)
{
	ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void do_peek(void)
{
	syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static void do_kill(void)
{
	kill(getppid(), 0);
}

static void do_inet(void)
{
	socket(AF_INET, SOCK_DGRAM, 0);
}

static void do_inet6(void)
{
	socket(AF_INET6, SOCK_STREAM, 0);
}

static void do_packet(void)
{
	socket(AF_PACKET, SOCK_RAW, 0);
}

static void do_bpf(void)
{
	syscall(SYS_bpf, 0, NULL, 0);
}

static void do_mount(void)
{
	syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL);
}

static void do_setuid(void)
{
	syscall(SYS_setuid, 0);
}

static void do_unshare(void)
{
	syscall(SYS_unshare, 0);
}

static void do_prctl(void)
{
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void do_open(void)
{
	open("/etc/hostname", O_RDONLY | O_CLOEXEC);
}

static void do_unlink(void)
{
	unlink("/nowhere");
}

static void do_unix_socket(void)
{
	socket(AF_UNIX, SOCK_DGRAM, 0);
}

static void do_netlink_socket(void)
{
	socket(AF_NETLINK, SOCK_RAW, 0);
}

static void do_connect(void)
{
	(void)connect(0, NULL, 0);
}

struct deed {
	const char *name;
	void (*act)(void);
};

static const struct deed forbidden_to_both[] = {
	{"execve", do_execve},
	{"fork", do_fork},
	{"ptrace", do_ptrace},
	{"process_vm_readv", do_peek},
	{"prctl", do_prctl},
	{"kill", do_kill},
	{"socket(AF_INET)", do_inet},
	{"socket(AF_INET6)", do_inet6},
	{"bpf", do_bpf},
	{"mount", do_mount},
	{"setuid", do_setuid},
	{"unshare", do_unshare},
	{"socket(AF_PACKET)", do_packet},
};

static const struct deed forbidden_to_ike[] = {
#ifndef SPINDLE_SANITIZERS /* their runtime reads files of /proc */
	{"open", do_open},
#endif
	{"unlink", do_unlink},
	{"connect", do_connect},
	{"socket(AF_UNIX)", do_unix_socket},
	{"socket(AF_NETLINK)", do_netlink_socket},
};

#define EACH(deeds, fn, f)                                                                         \
	for (size_t i = 0; i < sizeof(deeds) / sizeof((deeds)[0]); i++)                            \
	fn(f, (deeds)[i].act, (deeds)[i].name)

static void test_router_dies_of_what_it_never_does(void **state)
{
	(void)state;
	EACH(forbidden_to_both, assert_deadly, router_seccomp);
}

static void test_ike_dies_of_what_it_never_does(void **state)
{
	(void)state;
	EACH(forbidden_to_both, assert_deadly, ike_seccomp);
	EACH(forbidden_to_ike, assert_deadly, ike_seccomp);
}

/* ---- what they live by -------------------------------------------------------------------------- */

static void need(bool ok)
{
	if (!ok)
		_exit(1);
}

static void *in_thread(void *arg)
{
	need(mlock(arg, 64) == 0 || errno == ENOMEM || errno == EPERM);
	need(prctl(PR_SET_NAME, "worker", 0, 0, 0) == 0);
	return arg;
}

/* A thread born behind the filter is behind it, too. */
static void live(void)
{
	struct timespec nap = {.tv_nsec = 1000};
	pthread_t thread;
	void *memory = malloc(1 << 20);

	need(memory && pthread_create(&thread, NULL, in_thread, memory) == 0);
	need(pthread_join(thread, NULL) == 0);
	need(nanosleep(&nap, NULL) == 0);
	free(memory);
	fprintf(stderr, "%s", "");
}

static void *open_in_thread(void *arg)
{
	do_inet();
	return arg;
}

static void die_in_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, open_in_thread, NULL) == 0)
		pthread_join(thread, NULL);
}

/* As config saves: a new file, synced, put in the place of the old one. */
static void save_a_file(void)
{
	char dir[] = "/tmp/spindle-shut-in-XXXXXX";
	int at, fd;

	/* mkdtemp() is not router's to call: its folders are there. */
	at = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(dir, sizeof(dir), "spindle-shut-in-%d", (int)getpid());
	fd = openat(at, dir, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	need(at >= 0 && fd >= 0 && write(fd, "{}", 2) == 2 && fsync(fd) == 0);
	need(renameat(at, dir, at, dir) == 0 && unlinkat(at, dir, 0) == 0);
	close(fd);
	close(at);
}

static void notify(void)
{
	setenv("NOTIFY_SOCKET", "@spindle-nobody-listens", 1);
	sd_notify(0, "READY=1"); /* makes a socket, fails, and is alive */
}

static void rtnetlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

	need(fd >= 0 && close(fd) == 0);
}

static void test_what_they_live_by_works(void **state)
{
	(void)state;
	assert_fine(router_seccomp, live, "router: memory, threads, clocks");
	assert_fine(ike_seccomp, live, "ike: memory, threads, clocks");
	assert_fine(router_seccomp, save_a_file, "router: a file");
	assert_fine(router_seccomp, notify, "router: sd_notify");
	assert_fine(router_seccomp, rtnetlink, "router: rtnetlink");
}

/* With all that waits for the end of a process: in a sanitizer build that is the search for leaks. */
static void end(void)
{
	exit(0);
}

static void test_they_end_when_they_are_through(void **state)
{
	(void)state;
	assert_fine(router_seccomp, end, "router's end");
	assert_fine(ike_seccomp, end, "ike's end");
}

static void test_the_filter_holds_for_threads(void **state)
{
	(void)state;
	assert_deadly(router_seccomp, die_in_thread, "a thread of router");
	assert_deadly(ike_seccomp, die_in_thread, "a thread of ike");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_router_dies_of_what_it_never_does),
		cmocka_unit_test(test_ike_dies_of_what_it_never_does),
		cmocka_unit_test(test_what_they_live_by_works),
		cmocka_unit_test(test_they_end_when_they_are_through),
		cmocka_unit_test(test_the_filter_holds_for_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
