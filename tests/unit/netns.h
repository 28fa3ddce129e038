/* netns: a network namespace of the test's own, with its loopback up; where none: skip. */
#ifndef TESTS_UNIT_NETNS_H
#define TESTS_UNIT_NETNS_H

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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

#endif
