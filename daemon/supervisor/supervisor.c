/*
 * The supervisor: a small loop over signals and two sockets. It owns every descriptor of the service's
 * lifetime; roles get duplicates, so that nothing is loaded twice and nothing needs a capability
 * again. It allocates nothing while it runs but what libevent does, and dies at the first surprise of
 * its own: the roles then read EOF and end, the kernel's SAs and policies stay.
 */
#include "supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/text.h"
#include "net/handover.h"
#include "net/holder.h"
#include "net/icmp.h"
#include "net/privileges.h"
#include "net/udp.h"
#include "net/unix.h"
#include "supervisor/policy.h"

#define IKE_PORT	 500
#define IKE_NAT_PORT	 4500
#define UDP_COUNT	 4
#define PORT_RETRY_MS	 10000
#define STOP_PATIENCE_MS 8000
#define END_PATIENCE_MS	 1000 /* for a role to end by itself when its socket was closed */
#define HOLD_PATIENCE_MS 1000 /* for the roles of a supervisor that was killed to be gone */
#define POLL_MS		 20
#define ROLE_ARGS_MAX	 32
#define ORDERS_A_TURN	 16
#define HELD_FD		 500 /* above what a role has open */
#define CONTROL_NAME	 "control.sock"
#define RUN_USER	 "spindle"

/*
 * Of the whole service, one a network namespace. Roles inherit it, so that it is free only when the last
 * of them is gone: a start after the supervisor was killed finds ports and control socket free.
 */
static const char hold_name[] = "@spindled";

struct role {
	enum handover_role role;
	const char *name;
	pid_t pid; /* 0 = not running */
	int fd;	   /* our end; -1 */
	struct loop_fd *watch;
	bool wanted;
	bool fresh; /* has not been given its engine pair */
	unsigned int failures;
	uint32_t restarts;
	pid_t died_pid;	     /* the one before this one; 0 = none */
	char last_death[48]; /* how that one ended; "" */
	uint64_t started_ms;
	struct loop_timer restart;
	struct supervisor *s;
};

struct supervisor {
	const struct supervisor_options *opt;
	struct loop *loop;
	int hold_fd, control_fd, stat_fd, signal_fd, serial_fd;
	int recorder_fd; /* memory that outlives router: what was before its crash */
	int icmp_fd[2];	 /* IPv4, IPv6 */
	struct loop_fd *signals;
	struct spi_loaded *loaded;
	struct spi_fds spi;
	struct udp_socket udp[UDP_COUNT];
	bool udp_open;
	struct holder_memory holders[2]; /* of the two ports, as of the start */
	struct loop_timer udp_retry, patience;
	struct role router, ike;
	bool begun; /* router has ordered ike once: a start can succeed */
	bool stopping;
	int status;
};

static void say(const char *text)
{
	fprintf(stderr, "spindled: %s\n", text);
}

/* ---- what is opened once -------------------------------------------------------------------------- */

static void pause_ms(unsigned int ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000l}, NULL);
}

static int make_dir(const char *path, mode_t mode, struct error *err)
{
	struct stat st;

	if (mkdir(path, mode) && errno != EEXIST)
		return error_set(err, -errno, "folder %s cannot be made: %s", path,
				 strerror(errno));
	if (stat(path, &st))
		return error_set(err, -errno, "folder %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_set(err, -ENOTDIR, "%s is not a folder", path);
	return 0;
}

/* The folder, made if need be, and given to the user that router runs as where there is one. */
static int make_users_dir(const char *path, mode_t mode, struct error *err)
{
	const struct passwd *pw = getpwnam(RUN_USER);
	struct stat st;

	if (make_dir(path, mode, err))
		return err->code;
	if (!pw || geteuid() != 0 || stat(path, &st) || st.st_uid != 0)
		return 0;
	if (chown(path, pw->pw_uid, pw->pw_gid))
		return error_set(err, -errno, "folder %s cannot be given to user %s: %s", path,
				 RUN_USER, strerror(errno));
	return 0;
}

/* While the roles of a supervisor that was killed read their EOF, the name is still held. */
static int hold_name_patiently(void)
{
	int fd = unix_hold_name(hold_name);

	for (int waited = 0; fd == -EADDRINUSE && waited < HOLD_PATIENCE_MS; waited += POLL_MS) {
		pause_ms(POLL_MS);
		fd = unix_hold_name(hold_name);
	}
	return fd;
}

static int open_control(struct supervisor *s, struct error *err)
{
	char path[108];

	if ((size_t)snprintf(path, sizeof(path), "%s/" CONTROL_NAME, s->opt->run_dir) >=
	    sizeof(path))
		return error_set(err, -ENAMETOOLONG, "--run-dir %s is too long", s->opt->run_dir);
	s->control_fd = unix_listen(path, SOCK_STREAM, 0666, err);
	return s->control_fd < 0 ? s->control_fd : 0;
}

static int open_signals(struct supervisor *s, struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd < 0 ? error_set(err, -errno, "signalfd: %s", strerror(errno)) : 0;
}

static const int icmp_families[] = {AF_INET, AF_INET6};

/* Without a serial number or ICMP sockets there is less to show; without memory for the flight recorder
 * router has its own, which goes with it. */
static int open_all(struct supervisor *s, struct error *err)
{
	s->hold_fd = hold_name_patiently();
	if (s->hold_fd < 0)
		return error_set(err, s->hold_fd,
				 s->hold_fd == -EADDRINUSE
					 ? "another spindled runs in this network namespace"
					 : "the name @spindled cannot be held");
	if (make_users_dir(s->opt->config_dir, 0755, err) ||
	    make_users_dir(s->opt->state_dir, 0700, err) || make_dir(s->opt->run_dir, 0755, err) ||
	    open_control(s, err) || open_signals(s, err))
		return err->code;
	s->stat_fd = open("/proc/net/xfrm_stat", O_RDONLY | O_CLOEXEC);
	if (s->stat_fd < 0)
		return error_set(err, -errno,
				 "/proc/net/xfrm_stat: %s: does this kernel have XFRM?",
				 strerror(errno));
	s->serial_fd = open("/sys/class/dmi/id/product_serial", O_RDONLY | O_CLOEXEC);
	s->recorder_fd = memfd_create("spindle flight recorder", MFD_CLOEXEC);
	for (size_t i = 0; i < 2; i++)
		s->icmp_fd[i] = icmp_open(icmp_families[i]);
	s->loaded = spi_load(s->opt->source, &s->spi);
	return 0;
}

/* ---- descriptors go down ----------------------------------------------------------------------------- */

static void give(const struct role *r, enum handover_kind kind, const int *fds, size_t count,
		 const char *text)
{
	struct handover h = {.kind = kind, .role = r->role};

	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			h.fds[h.fd_count++] = fds[i];
	text_copy(h.text, sizeof(h.text), text);
	if (r->fd >= 0)
		handover_send(r->fd, &h); /* a role that does not read is dead, or will be */
}

static void give_source(const struct role *r, const struct spi_fds *f)
{
	const int probe[] = {f->ring, f->sums};
	const int tap[] = {f->tap4, f->tap6, f->tap_ring, f->tap_sums};

	if (f->ring >= 0)
		give(r, HANDOVER_PROBE, probe, 2, f->probe_kind);
	if (f->tap_ring >= 0)
		give(r, HANDOVER_TAP, tap, 4, "");
	give(r, HANDOVER_SOURCE, NULL, 0, f->why);
}

static void give_icmp(const struct supervisor *s)
{
	for (size_t i = 0; i < 2; i++) {
		struct handover h = {.kind = HANDOVER_ICMP,
				     .role = HANDOVER_ROUTER,
				     .number = (uint32_t)icmp_families[i],
				     .fds = {s->icmp_fd[i]},
				     .fd_count = 1};

		if (s->icmp_fd[i] >= 0 && s->router.fd >= 0)
			handover_send(s->router.fd, &h);
	}
}

static void give_start(struct supervisor *s, struct role *r)
{
	int udp[UDP_COUNT];

	for (size_t i = 0; i < UDP_COUNT; i++)
		udp[i] = s->udp[i].fd;
	if (r == &s->router) {
		give(r, HANDOVER_CONTROL, &s->control_fd, 1, "");
		give(r, HANDOVER_XFRM_STAT, &s->stat_fd, 1, "");
		if (s->serial_fd >= 0)
			give(r, HANDOVER_SERIAL, &s->serial_fd, 1, "");
		if (s->recorder_fd >= 0)
			give(r, HANDOVER_RECORDER, &s->recorder_fd, 1, "");
		give_icmp(s);
		give_source(r, &s->spi);
	} else {
		give(r, HANDOVER_UDP, udp, UDP_COUNT, "");
	}
	give(r, HANDOVER_COMPLETE, NULL, 0, "");
}

/* Both ends anew whenever one of them is: the survivor's old end breaks by itself. */
static void give_engine_pair(struct supervisor *s)
{
	int pair[2];

	if (!s->router.pid || !s->ike.pid || !(s->router.fresh || s->ike.fresh))
		return;
	if (unix_pair(SOCK_SEQPACKET, pair)) {
		say("no pair for router and ike");
		return;
	}
	give(&s->router, HANDOVER_ENGINE, &pair[0], 1, "");
	give(&s->ike, HANDOVER_ENGINE, &pair[1], 1, "");
	close(pair[0]);
	close(pair[1]);
	s->router.fresh = s->ike.fresh = false;
}

/* ---- roles start and end ------------------------------------------------------------------------------- */

static void child_exec(const struct role *r, int fd)
{
	const struct supervisor_options *opt = r->s->opt;
	char role_arg[32], exe[] = "/proc/self/exe";
	char *argv[ROLE_ARGS_MAX];
	sigset_t none;
	int n = 0;

	for (; n < opt->argc && n < ROLE_ARGS_MAX - 2; n++)
		argv[n] = opt->argv[n];
	snprintf(role_arg, sizeof(role_arg), "--role=%s", r->name);
	argv[n++] = role_arg;
	argv[n] = NULL;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Descriptors are closed in their order at the end: the name is to be the last to go. */
	fcntl(r->s->hold_fd, F_DUPFD, HELD_FD);
	/* dup2() clears close-on-exec, but not when both are the same. */
	if (fd == SUPERVISOR_ROLE_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, SUPERVISOR_ROLE_FD) < 0)
		_exit(126);
	execv(exe, argv);
	_exit(127);
}

static void role_readable(void *arg, int events);

static int role_watch(struct supervisor *s, struct role *r, int fd)
{
	r->fd = fd;
	r->watch = loop_fd_add(s->loop, fd, LOOP_READ, r->name, role_readable, r);
	return r->watch ? 0 : -ENOMEM;
}

/* pid 0: it does not run now. */
static void tell_started(const struct supervisor *s, const struct role *r)
{
	struct handover h = {
		.kind = HANDOVER_STARTED, .role = r->role, .pid = r->pid, .number = r->restarts};

	text_copy(h.text, sizeof(h.text), r->last_death);
	if (s->router.fd >= 0)
		handover_send(s->router.fd, &h);
}

static void tell_died(const struct supervisor *s, const struct role *r)
{
	struct handover h = {.kind = HANDOVER_DIED, .role = r->role, .pid = r->died_pid};

	text_copy(h.text, sizeof(h.text), r->last_death);
	if (s->router.fd >= 0)
		handover_send(s->router.fd, &h);
}

/* No process or no descriptor now: there may be one in a while. */
static void start_later(struct role *r, const char *why)
{
	uint64_t delay_ms = policy_delay_ms(r->failures++);

	fprintf(stderr, "spindled: process %s cannot be started: %s; next try in %llu ms\n",
		r->name, why, (unsigned long long)delay_ms);
	loop_timer_set(&r->restart, delay_ms);
}

static int role_fork(struct role *r)
{
	int pair[2], code = unix_pair(SOCK_SEQPACKET, pair);
	pid_t pid;

	if (code)
		return code;
	pid = fork();
	if (pid == 0)
		child_exec(r, pair[1]);
	code = pid < 0 ? -errno : role_watch(r->s, r, pair[0]);
	close(pair[1]);
	if (code && pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (code) {
		close(pair[0]);
		r->fd = -1;
		return code;
	}
	r->pid = pid;
	return 0;
}

/* A router that was started again learns what went before; its own predecessor's end is news. */
static void tell_all(const struct supervisor *s)
{
	if (s->router.died_pid)
		tell_died(s, &s->router);
	tell_started(s, &s->router);
	if (s->ike.wanted)
		tell_started(s, &s->ike);
}

static void role_start(struct role *r)
{
	struct supervisor *s = r->s;
	int code;

	if (r->pid || !r->wanted)
		return;
	code = role_fork(r);
	if (code) {
		start_later(r, strerror(-code));
		return;
	}
	r->started_ms = loop_now(s->loop);
	r->fresh = true;
	give_start(s, r);
	give_engine_pair(s);
	if (r == &s->router)
		tell_all(s);
	else
		tell_started(s, r);
}

static void role_forget(struct role *r)
{
	loop_fd_del(r->watch);
	r->watch = NULL;
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	r->pid = 0;
}

static void role_restart(void *arg)
{
	role_start(arg);
}

static void end_service(struct supervisor *s, int status)
{
	s->status = status;
	loop_stop(s->loop);
}

static void note_death(struct role *r, int status)
{
	r->died_pid = r->pid;
	if (WIFSIGNALED(status))
		snprintf(r->last_death, sizeof(r->last_death), "signal %d (%s)", WTERMSIG(status),
			 sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(r->last_death, sizeof(r->last_death), "exit status %d",
			 WEXITSTATUS(status));
}

static void say_died(const struct role *r)
{
	fprintf(stderr, "spindled: process %s (pid %d) died: %s\n", r->name, (int)r->died_pid,
		r->last_death);
}

/* The new router writes the log lines of deaths; until it can, this is all, and it may die too. */
static void role_restarts(struct supervisor *s, struct role *r, const struct policy_answer *a)
{
	r->failures = a->failures;
	r->restarts++;
	if (!s->router.pid)
		say_died(r);
	if (r != &s->router)
		tell_died(s, r);
	loop_timer_set(&r->restart, a->delay_ms);
}

static void role_died(struct supervisor *s, struct role *r, int status)
{
	const struct policy_death d = {.stopping = s->stopping,
				       .wanted = r->wanted,
				       .router = r == &s->router,
				       .begun = s->begun,
				       .status = status,
				       .lived_ms = loop_now(s->loop) - r->started_ms,
				       .failures = r->failures};
	const struct policy_answer a = policy_decide(&d);

	note_death(r, status);
	role_forget(r);
	if (a.verdict == POLICY_RESTART) {
		role_restarts(s, r, &a);
	} else if (a.verdict == POLICY_END_SERVICE) {
		say_died(r);
		say("it could not begin, for the reason above: the service ends");
		end_service(s, a.exit_status);
	} else if (a.verdict == POLICY_STOPPED) {
		if (a.exit_status)
			say_died(r);
		end_service(s, a.exit_status ? 1 : s->status);
	}
}

static void reap(struct supervisor *s)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == s->router.pid)
			role_died(s, &s->router, status);
		else if (pid == s->ike.pid)
			role_died(s, &s->ike, status);
	}
}

/* ---- IKE ports ------------------------------------------------------------------------------------------- */

static void udp_close_all(struct supervisor *s)
{
	for (size_t i = 0; i < UDP_COUNT; i++)
		udp_close(&s->udp[i]);
	s->udp_open = false;
}

/* A kernel without IPv6 has the IPv4 pair only. */
static int udp_open_all(struct supervisor *s, uint16_t *port, struct error *err)
{
	static const int families[] = {AF_INET, AF_INET, AF_INET6, AF_INET6};
	static const uint16_t ports[] = {IKE_PORT, IKE_NAT_PORT, IKE_PORT, IKE_NAT_PORT};

	for (size_t i = 0; i < UDP_COUNT; i++) {
		unsigned int flags = UDP_FLAG_BYPASS;
		int code;

		if (ports[i] == IKE_NAT_PORT)
			flags |= UDP_FLAG_ENCAP;
		code = udp_open(&s->udp[i], families[i], ports[i], flags, err);
		if (code == -EAFNOSUPPORT && families[i] == AF_INET6)
			*err = (struct error){0};
		else if (code) {
			*port = ports[i];
			udp_close_all(s);
			return code;
		}
	}
	s->udp_open = true;
	return 0;
}

/* Before the capabilities go: afterwards other users' processes cannot be looked into. */
static void remember_holders(struct supervisor *s)
{
	holder_remember(AF_INET, IKE_PORT, &s->holders[0]);
	holder_remember(AF_INET, IKE_NAT_PORT, &s->holders[1]);
}

static void say_busy(struct supervisor *s, uint16_t port, const struct error *err)
{
	struct handover h = {.kind = HANDOVER_PORT_BUSY, .number = port};
	char holder[HOLDER_STRLEN];

	text_copy(h.text, sizeof(h.text), err->text);
	if (err->code == -EADDRINUSE) {
		holder_recall(AF_INET, port, &s->holders[port == IKE_NAT_PORT], holder);
		snprintf(h.text, sizeof(h.text), "UDP port %u is in use by %s", port, holder);
	}
	handover_send(s->router.fd, &h);
}

static void ike_run(void *arg)
{
	struct supervisor *s = arg;
	struct error err = {0};
	uint16_t port = 0;

	if (!s->ike.wanted)
		return;
	if (!s->udp_open && udp_open_all(s, &port, &err)) {
		say_busy(s, port, &err);
		loop_timer_set(&s->udp_retry, PORT_RETRY_MS);
		return;
	}
	role_start(&s->ike);
}

static void ike_end(struct supervisor *s)
{
	s->ike.wanted = false;
	loop_timer_stop(&s->udp_retry);
	loop_timer_stop(&s->ike.restart);
	if (s->ike.pid)
		kill(s->ike.pid, SIGTERM);
	udp_close_all(s);
}

/* The pair broke while both live; or ike is stuck, and only its end helps. It may be dead already. */
static void another_pair(struct supervisor *s, bool stuck)
{
	if (!s->ike.pid)
		return;
	if (stuck) {
		say("process ike does not answer: killed");
		kill(s->ike.pid, SIGKILL);
		return;
	}
	s->ike.fresh = true;
	give_engine_pair(s);
}

/* ---- orders ------------------------------------------------------------------------------------------ */

static void order(struct supervisor *s, const struct handover *h)
{
	if (h->role != HANDOVER_IKE || s->stopping)
		return;
	if (h->kind == HANDOVER_RUN) {
		s->begun = s->ike.wanted = true;
		if (!s->ike.pid && !loop_timer_armed(&s->ike.restart))
			ike_run(s); /* a new router hears of ports in use, too */
	} else if (h->kind == HANDOVER_END) {
		ike_end(s);
	} else if (h->kind == HANDOVER_PAIR) {
		another_pair(s, h->number == 1);
	}
}

static void role_readable(void *arg, int events)
{
	struct role *r = arg;
	struct supervisor *s = r->s;
	struct handover h;
	int got;

	(void)events;
	/* One that never ends to speak must not keep us from signals. */
	for (int n = 0; (got = handover_recv(r->fd, &h)) == 1; n++) {
		handover_close_fds(&h);
		if (r == &s->router)
			order(s, &h);
		if (n == ORDERS_A_TURN)
			return;
	}
	/* Its end is closed, or it talks nonsense: SIGCHLD will tell, or we make sure. */
	if (got != -EAGAIN) {
		loop_fd_want(r->watch, 0);
		if (got == -EBADMSG && r->pid)
			kill(r->pid, SIGKILL);
	}
}

/* ---- stopping ------------------------------------------------------------------------------------------------- */

static void out_of_patience(void *arg)
{
	struct supervisor *s = arg;

	say("router did not end in time: killed; SAs and policies stay in the kernel");
	s->status = 1;
	if (s->router.pid)
		kill(s->router.pid, SIGKILL);
	loop_stop(s->loop);
}

static void stop(struct supervisor *s)
{
	struct handover h = {.kind = HANDOVER_STOP, .role = HANDOVER_ROUTER};

	if (s->stopping)
		return;
	s->stopping = true;
	loop_timer_stop(&s->udp_retry);
	if (!s->router.pid || handover_send(s->router.fd, &h)) {
		loop_stop(s->loop);
		return;
	}
	loop_timer_set(&s->patience, STOP_PATIENCE_MS);
}

static void signalled(void *arg, int events)
{
	struct supervisor *s = arg;
	struct signalfd_siginfo si;

	(void)events;
	while (read(s->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			reap(s);
		else if (si.ssi_signo != SIGHUP)
			stop(s);
	}
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static int drop(struct error *err)
{
	static const int keep[] = {
		CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_SETUID, CAP_SETGID, CAP_KILL, -1};
	bool kept_root;

	return privileges_drop(NULL, keep, &kept_root, err);
}

static void role_init(struct supervisor *s, struct role *r, enum handover_role role,
		      const char *name)
{
	*r = (struct role){.role = role, .name = name, .fd = -1, .s = s};
	loop_timer_init(&r->restart, s->loop, name, role_restart, r);
}

/* It reads EOF and ends, its keys wiped; one that hangs is killed. */
static void end_role(struct role *r)
{
	pid_t pid = r->pid;

	loop_timer_stop(&r->restart);
	role_forget(r);
	for (int waited = 0; pid && waited < END_PATIENCE_MS; waited += POLL_MS) {
		if (waitpid(pid, NULL, WNOHANG))
			return;
		pause_ms(POLL_MS);
	}
	if (pid) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

static void close_all(struct supervisor *s)
{
	char path[108];

	end_role(&s->ike);
	end_role(&s->router);
	udp_close_all(s);
	spi_unload(s->loaded);
	snprintf(path, sizeof(path), "%s/" CONTROL_NAME, s->opt->run_dir);
	if (s->control_fd >= 0) {
		close(s->control_fd);
		unlink(path);
	}
	if (s->stat_fd >= 0)
		close(s->stat_fd);
	if (s->serial_fd >= 0)
		close(s->serial_fd);
	if (s->recorder_fd >= 0)
		close(s->recorder_fd);
	for (size_t i = 0; i < 2; i++)
		if (s->icmp_fd[i] >= 0)
			close(s->icmp_fd[i]);
	if (s->hold_fd >= 0)
		close(s->hold_fd);
	loop_fd_del(s->signals);
	loop_free(s->loop);
}

int supervisor_run(const struct supervisor_options *opt)
{
	struct supervisor s = {.opt = opt,
			       .hold_fd = -1,
			       .control_fd = -1,
			       .stat_fd = -1,
			       .signal_fd = -1,
			       .serial_fd = -1,
			       .recorder_fd = -1,
			       .icmp_fd = {-1, -1},
			       .spi = {-1, -1, -1, -1, -1, -1, "", ""}};
	struct error err = {0};

	for (size_t i = 0; i < UDP_COUNT; i++)
		s.udp[i].fd = -1;
	s.loop = loop_new();
	if (!s.loop)
		return 1;
	role_init(&s, &s.router, HANDOVER_ROUTER, "router");
	role_init(&s, &s.ike, HANDOVER_IKE, "ike");
	loop_timer_init(&s.udp_retry, s.loop, "IKE ports", ike_run, &s);
	loop_timer_init(&s.patience, s.loop, "patience", out_of_patience, &s);
	remember_holders(&s);
	if (!open_all(&s, &err) && !drop(&err))
		s.signals = loop_fd_add(s.loop, s.signal_fd, LOOP_READ, "signals", signalled, &s);
	if (!s.signals) {
		say(err.text[0] ? err.text : "no memory");
		close_all(&s);
		return 1;
	}
	s.router.wanted = true;
	role_start(&s.router);
	loop_run(s.loop);
	close_all(&s);
	return s.status;
}
