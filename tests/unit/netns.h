/* netns: a network namespace of the test's own, with its loopback up; where none: skip. */
#ifndef TESTS_UNIT_NETNS_H
#define TESTS_UNIT_NETNS_H

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static inline bool netns_loopback_up(void)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &ifr) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Once a process. False, with the reason said, where this user or system gives none. */
static inline bool netns_own(void)
{
	static int state; /* 0 not tried, 1 there, -1 refused */

	if (state == 0) {
		state = unshare(CLONE_NEWNET) == 0 && netns_loopback_up() ? 1 : -1;
		if (state < 0)
			print_message("SKIP: no network namespace of our own: %s\n",
				      strerror(errno));
	}
	return state == 1;
}

/* Runs `ip` with these words (parted by blanks), silently; whether it did what it was told. */
static inline bool netns_ip(const char *words)
{
	char copy[512], name[] = "ip", *at = copy, *argv[32] = {name};
	posix_spawn_file_actions_t silent;
	int count = 1, status = -1;
	bool started;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", words);
	while (count < 31 && (argv[count] = strsep(&at, " ")))
		count++;
	posix_spawn_file_actions_init(&silent);
	posix_spawn_file_actions_addopen(&silent, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&silent, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	started = posix_spawnp(&pid, "ip", &silent, NULL, argv, environ) == 0;
	posix_spawn_file_actions_destroy(&silent);
	return started && waitpid(pid, &status, 0) == pid && status == 0;
}

#endif
