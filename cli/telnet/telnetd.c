/*
 * telnet/telnetd: accepts and forks. A process a connection: a fault that one client finds ends that
 * client's session and shows nothing of another's. This process parses nothing that comes by the
 * network; it counts, and takes leave of the children. Neither it nor they can start a program.
 */
#include "cli/telnet/telnetd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/telnet/bounds.h"
#include "cli/telnet/telnetd_internal.h"
#include "net/privileges.h"
#include "net/shut_in.h"

#define TELNET_USER   "spindle-telnet"
#define OWN	      2 /* descriptors that are polled beside the sockets */
#define ACCEPT_A_TURN 16
#define LEAVE_MS      1000 /* for the children, at the end */
#define WAIT_STEP_MS  20

struct telnetd {
	const struct telnetd_options *o;
	int fds[SOCKETS_MAX], count;
	int signals;
	int known[2]; /* a pipe: pids of sessions where somebody has logged in */
	sigset_t before;
	struct bounds bounds;
	bool stopping;
};

/* ---- connections ----------------------------------------------------------------------------------- */

static void turn_away(int fd, const char *why)
{
	char text[80];
	ssize_t sent;

	snprintf(text, sizeof(text), "%% %s\r\n", why);
	sent = send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)sent;
}

static void become_session(struct telnetd *d, int fd, const struct addr *from)
{
	for (int i = 0; i < d->count; i++)
		close(d->fds[i]);
	close(d->signals);
	close(d->known[0]);
	sigprocmask(SIG_SETMASK, &d->before, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	telnet_session(fd, from, d->o, d->known[1]);
	_exit(0);
}

static void take_connection(struct telnetd *d, int fd, const struct addr *from)
{
	const char *why = bounds_refuse(&d->bounds, from);
	pid_t pid = why ? -1 : fork();

	if (pid == 0)
		become_session(d, fd, from);
	if (pid > 0)
		bounds_add(&d->bounds, pid, from);
	else
		turn_away(fd, why ? why : "no more processes");
	close(fd);
}

/* An IPv4 client of a socket that takes both is known by its IPv4 address, as access lists have it. */
static struct addr address_of(const struct sockaddr_storage *sa, socklen_t len)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct addr a = endpoint_from_sockaddr((const struct sockaddr *)sa, len).addr;

	if (a.family == AF_INET6 && !memcmp(a.bytes, mapped, sizeof(mapped)))
		a = addr_from_bytes(AF_INET, a.bytes + sizeof(mapped));
	return a;
}

static void accept_some(struct telnetd *d, int listener)
{
	for (int n = 0; n < ACCEPT_A_TURN; n++) {
		struct sockaddr_storage sa = {0};
		socklen_t len = sizeof(sa);
		struct addr from;
		int fd = accept4(listener, (struct sockaddr *)&sa, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		from = address_of(&sa, len);
		take_connection(d, fd, &from);
	}
}

/* ---- children -------------------------------------------------------------------------------------- */

static void reap(struct telnetd *d)
{
	char address[ADDR_STRLEN];
	struct addr from;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!bounds_remove(&d->bounds, pid, &from) || !WIFSIGNALED(status) ||
		    WTERMSIG(status) == SIGTERM)
			continue;
		fprintf(stderr, "telnet from %s: the session's process was killed by %s\n",
			addr_format(&from, address), strsignal(WTERMSIG(status)));
	}
}

static void signal_all(const struct telnetd *d, int number)
{
	for (size_t i = 0; i < BOUNDS_ALL; i++)
		if (d->bounds.connection[i].pid)
			kill(d->bounds.connection[i].pid, number);
}

static void end_all(struct telnetd *d)
{
	signal_all(d, SIGTERM);
	for (int ms = 0; ms < LEAVE_MS && bounds_count(&d->bounds) > 0; ms += WAIT_STEP_MS) {
		poll(NULL, 0, WAIT_STEP_MS);
		reap(d);
	}
	signal_all(d, SIGKILL);
}

static void take_known(struct telnetd *d)
{
	pid_t pid;

	while (read(d->known[0], &pid, sizeof(pid)) == (ssize_t)sizeof(pid))
		bounds_know(&d->bounds, pid);
}

static void take_signal(struct telnetd *d)
{
	struct signalfd_siginfo info;

	while (read(d->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		d->stopping = d->stopping || info.ssi_signo != SIGCHLD;
	reap(d);
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void loop(struct telnetd *d)
{
	struct pollfd p[OWN + SOCKETS_MAX] = {{.fd = d->signals, .events = POLLIN},
					      {.fd = d->known[0], .events = POLLIN}};

	for (int i = 0; i < d->count; i++)
		p[OWN + i] = (struct pollfd){.fd = d->fds[i], .events = POLLIN};
	while (!d->stopping) {
		if (poll(p, (nfds_t)d->count + OWN, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents)
			take_signal(d);
		if (p[1].revents)
			take_known(d);
		for (int i = 0; i < d->count; i++)
			if (p[OWN + i].revents)
				accept_some(d, d->fds[i]);
	}
}

static int take_signals(struct telnetd *d, struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, &d->before) == 0)
		d->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (d->signals >= 0 && pipe2(d->known, O_NONBLOCK | O_CLOEXEC) == 0)
		return 0;
	return error_set(err, -errno, "signals and pipe: %s", strerror(errno));
}

/* What a session's process needs until it confines itself further, and this one. */
static int confine(struct error *err)
{
	static const char *const allowed[] = {
		"accept4",  "clone",   "fork",	    "wait4",	  "kill",	 "connect",
		"ioctl",    "open",    "openat",    "access",	  "faccessat",	 "faccessat2",
		"readlink", "stat",    "lstat",	    "statx",	  "getdents64",	 "pread64",
		"prctl",    "seccomp", "signalfd4", "setsockopt", "getpeername", NULL,
	};
	static const int families[] = {AF_UNIX, -1};

	return shut_in(allowed, families, err);
}

static int lay_down(struct error *err)
{
	static const int none[] = {-1};
	bool kept_root = false;

	if (geteuid() == 0 && !getpwnam(TELNET_USER))
		return error_set(err, -ENOENT,
				 "there is no user " TELNET_USER
				 ", and telnet does not run as root");
	return privileges_drop(TELNET_USER, none, &kept_root, err);
}

int telnetd_run(const struct telnetd_options *o)
{
	struct telnetd d = {.o = o, .signals = -1};
	struct error err = {0};

	d.count = sockets_take(o->allow_remote, d.fds, &err);
	if (d.count > 0 && !lay_down(&err) && !take_signals(&d, &err) && !confine(&err)) {
		loop(&d);
		end_all(&d);
		return 0;
	}
	fprintf(stderr, "spindle: --telnetd: %s\n", err.text);
	return 2;
}
