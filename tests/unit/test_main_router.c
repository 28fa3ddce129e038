/*
 * The whole router process, as it is but for the kernel's SAs (their double), its filter and the laying down of
 * privileges. Who stands around it (supervisor, ike, a person) is played by a child. What is looked at is
 * the order in which the rooms are made and freed: under the address sanitizer each run of these is a
 * search for use after free, and the process's end one for leaks.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/error.h"
#include "base/loop.h"
#include "cli/client.h"
#include "engine/link.h"
#include "main/router.h"
#include "main/router_internal.h"
#include "net/handover.h"
#include "net/privileges.h"
#include "net/unix.h"
#include "tests/fake/xfrm.h"
#include "xfrm/xfrm.h"

#define EXPECT(x)                                                                                  \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                    \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* ---- what the router is built on ------------------------------------------------------------------ */

struct xfrm *xfrm_netlink_new(struct loop *loop, struct log *log, bool read_only)
{
	(void)log;
	(void)read_only;
	return xfrm_fake_new(loop);
}

int privileges_drop(const char *user, const int *keep, bool *kept_root, struct error *err)
{
	(void)user;
	(void)keep;
	(void)err;
	*kept_root = false;
	return 0;
}

int router_seccomp(struct error *err)
{
	(void)err;
	return 0;
}

int router_load_handlers(struct log *log)
{
	(void)log;
	return 0;
}

/* ---- what stands around it ------------------------------------------------------------------------ */

enum ike { IKE_ANSWERS, IKE_IS_MUTE, IKE_IS_MISSING };

struct play {
	const char *startup;   /* text of the startup file; NULL: there is none */
	enum ike ike;	       /* what the engine's process does */
	bool edits;	       /* a person configures a crypto map and saves it */
	bool stops_at_once;    /* before the router has read anything */
	bool supervisor_dies;  /* instead of a stop */
	unsigned long failing; /* this allocation of the router's is refused; 0: none */
	int status;	       /* expected; -1: 0 or 1 */
};

struct stage {
	const struct play *play;
	char run[32];
	int fd; /* the supervisor's end */
	struct loop *loop;
	struct engine_link *link;
	bool ordered, ready, gone;
};

static void send_kind(struct stage *s, uint32_t kind, const char *text, int fd)
{
	struct handover h = {.kind = kind, .fds = {fd}, .fd_count = fd >= 0};

	snprintf(h.text, sizeof(h.text), "%s", text);
	(void)handover_send(s->fd, &h); /* the router may have ended */
	if (fd >= 0)
		close(fd);
}

static void ike_message(void *ctx, struct engine_msg *m)
{
	struct stage *s = ctx;
	struct engine_msg hello = {.type = ENGINE_HELLO, .hello = {ENGINE_VERSION, 0}};
	struct engine_msg done = {.type = ENGINE_DONE, .token = m->token};

	if (m->type == ENGINE_HELLO)
		EXPECT(engine_link_send(s->link, &hello) == 0);
	else if (m->token && s->play->ike == IKE_ANSWERS)
		(void)engine_link_send(s->link, &done);
	s->ready |= m->type == ENGINE_LIST;
}

static void ike_broken(void *ctx, const char *why)
{
	(void)ctx;
	(void)why;
}

static void run_ike(struct stage *s)
{
	static const struct engine_link_ops ops = {.message = ike_message, .broken = ike_broken};
	int ends[2];

	s->ordered = true;
	if (s->play->ike == IKE_IS_MISSING || s->link)
		return;
	EXPECT(unix_pair(SOCK_SEQPACKET, ends) == 0);
	s->link = engine_link_new(s->loop, ends[0], &ops, s);
	EXPECT(s->link);
	send_kind(s, HANDOVER_ENGINE, "", ends[1]);
}

static void supervisor_reads(void *arg, int events)
{
	struct stage *s = arg;
	struct handover h;
	int got;

	(void)events;
	while ((got = handover_recv(s->fd, &h)) == 1)
		if (h.kind == HANDOVER_RUN)
			run_ike(s);
	s->gone |= got == 0 || got == -EPIPE || got == -ECONNRESET;
}

/* Turns until `flag` or the router's end; false: neither within ten seconds (two, where it may have
 * lost what it was to do next). */
static bool turn_until(struct stage *s, const bool *flag)
{
	for (int i = 0; i < (s->play->failing ? 200 : 1000) && !*flag && !s->gone; i++)
		loop_turn(s->loop, 10);
	return *flag || s->gone;
}

static void hand_over(struct stage *s)
{
	char path[64];
	int control, stat = memfd_create("xfrm_stat", MFD_CLOEXEC);

	EXPECT(stat >= 0 && write(stat, "XfrmInNoStates 0\n", 17) == 17);
	snprintf(path, sizeof(path), "%s/control.sock", s->run);
	control = unix_listen(path, SOCK_STREAM, 0666, NULL);
	EXPECT(control >= 0);
	send_kind(s, HANDOVER_CONTROL, "", control);
	send_kind(s, HANDOVER_XFRM_STAT, "", stat);
	send_kind(s, HANDOVER_SOURCE, "a test has none", -1);
	send_kind(s, HANDOVER_COMPLETE, "", -1);
}

static json_t *a_crypto_map(void)
{
	return json_pack("{s:{s:[{s:s,s:s}]}, s:{s:{s:[{s:s,s:s}]},s:[{s:s,s:i,s:[s],s:[s],s:s}]}}",
			 "spindle-interface:interfaces", "interface", "name", "lo", "crypto-map",
			 "VPN", "spindle-crypto:crypto", "ipsec", "transform-set", "name", "T1",
			 "cipher", "esp-gcm-256", "map", "name", "VPN", "sequence", 10, "peer",
			 "192.0.2.2", "transform-set", "T1", "match-address", "101");
}

static void a_person_configures(const struct stage *s)
{
	struct error err = {0};
	struct client *c = client_open(s->run, &err);

	EXPECT(c);
	if (client_edit(c, a_crypto_map(), &err) != 0)
		fprintf(stderr, "%s\n", err.text);
	EXPECT(!err.code);
	EXPECT(client_save(c, &err) == 0);
	EXPECT(client_get(c, "/spindle-crypto:crypto-state/crypto-map", NULL, NULL, &err) == 0);
	client_close(c);
}

/* The child's part, to the router's end. */
static void stand_around(struct stage *s)
{
	const bool never = false;
	struct loop_fd *reads;

	s->loop = loop_new();
	EXPECT(s->loop);
	reads = loop_fd_add(s->loop, s->fd, LOOP_READ, "router", supervisor_reads, s);
	EXPECT(reads);
	hand_over(s);
	if (!s->play->stops_at_once) {
		EXPECT(turn_until(s, s->play->ike == IKE_IS_MISSING ? &s->ordered : &s->ready) ||
		       s->play->failing);
		if (s->play->edits)
			a_person_configures(s);
	}
	if (s->play->supervisor_dies)
		_exit(0);
	send_kind(s, HANDOVER_STOP, "", -1);
	EXPECT(turn_until(s, &never));
	_exit(0);
}

/* ---- a run ------------------------------------------------------------------------------------------ */

static int forget(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(path);
}

static void write_startup(const char *dir, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/startup.json", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* What a sanitizer finds goes where people see it, also while standard error is the test's. */
#ifdef SPINDLE_SANITIZERS
void __sanitizer_set_report_fd(void *fd);

static void report_to(int fd)
{
	__sanitizer_set_report_fd((void *)(uintptr_t)fd);
}
#else
static void report_to(int fd)
{
	(void)fd;
}
#endif

/* Standard error goes to a file while the router runs: what it says is the test's. */
static int said_fd;
static char said[65536];

static int run_router(const struct options *o, int fd, unsigned long failing)
{
	int before = dup(STDERR_FILENO), status;
	ssize_t len;

	fflush(stderr);
	report_to(before);
	assert_int_equal(ftruncate(said_fd, 0), 0);
	assert_int_equal(lseek(said_fd, 0, SEEK_SET), 0);
	dup2(said_fd, STDERR_FILENO);
	alloc_fail_after(failing);
	status = router_main(o, fd);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	report_to(STDERR_FILENO);
	close(before);
	len = pread(said_fd, said, sizeof(said) - 1, 0);
	said[len > 0 ? len : 0] = '\0';
	if (getenv("V"))
		fprintf(stderr, "%s", said);
	return status;
}

/* How many allocations the router asked for. */
static unsigned long play(const struct play *p)
{
	struct stage s = {.play = p, .run = "/tmp/test_main.XXXXXX"};
	struct options o = {.role = ROLE_ROUTER, .yang_dir = TEST_YANG, .foreground = true};
	unsigned long asked;
	int ends[2], status, end = 0;
	pid_t child;

	assert_non_null(mkdtemp(s.run));
	o.config_dir = o.state_dir = o.run_dir = s.run;
	if (p->startup)
		write_startup(s.run, p->startup);
	assert_int_equal(unix_pair(SOCK_SEQPACKET, ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(ends[1]);
		s.fd = ends[0];
		stand_around(&s);
	}
	close(ends[0]);
	status = run_router(&o, ends[1], p->failing);
	asked = alloc_fail_after(0);
	close(ends[1]);
	assert_int_equal(waitpid(child, &end, 0), child);
	if (!WIFEXITED(end) || WEXITSTATUS(end) || (p->status >= 0 && status != p->status))
		fail_msg("status %d, around it 0x%x: %s", status, (unsigned int)end, said);
	nftw(s.run, forget, 8, FTW_DEPTH | FTW_PHYS);
	return asked;
}

/* ---- tests -------------------------------------------------------------------------------------------- */

static void test_it_starts_takes_a_commit_and_stops_again_and_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		play(&(struct play){.edits = true});
		assert_non_null(strstr(said, "SYS-5-RESTART"));
		assert_null(strstr(said, "SYS-2"));
	}
}

static void test_it_stops_without_an_answer_of_ike(void **state)
{
	(void)state;
	play(&(struct play){.ike = IKE_IS_MUTE});
	play(&(struct play){.ike = IKE_IS_MISSING, .edits = true});
}

/* Whoever cancels the load of the configuration has not found a fault in it. */
static void test_a_stop_while_the_startup_configuration_is_loaded_says_nothing_of_it(void **state)
{
	(void)state;
	play(&(struct play){.stops_at_once = true});
	assert_null(strstr(said, "STARTUP_INVALID"));
	play(&(struct play){.stops_at_once = true,
			    .startup = "{\"spindle-system:system\":{\"hostname\":\"R7\"}}"});
	assert_null(strstr(said, "STARTUP_INVALID"));
	assert_null(strstr(said, "startup configuration"));
}

static void test_a_startup_configuration_that_is_none_ends_it_and_is_named(void **state)
{
	(void)state;
	play(&(struct play){.startup = "{\"spindle-system:system\":", .status = 1});
	assert_non_null(strstr(said, "STARTUP_INVALID"));
	assert_non_null(strstr(said, "startup.json"));
}

static void test_it_ends_with_its_supervisor(void **state)
{
	(void)state;
	play(&(struct play){.supervisor_dies = true, .edits = true});
}

/* Of the later ones some: each costs the reading of all modules. */
static void test_it_ends_in_order_whatever_allocation_fails(void **state)
{
	const unsigned long all = play(&(struct play){0});

	(void)state;
	assert_true(all > 100);
	for (unsigned long n = 1; n < all; n += n < 40 ? 1 : 4)
		play(&(struct play){.failing = n, .ike = IKE_IS_MISSING, .status = -1});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_starts_takes_a_commit_and_stops_again_and_again),
		cmocka_unit_test(test_it_stops_without_an_answer_of_ike),
		cmocka_unit_test(
			test_a_stop_while_the_startup_configuration_is_loaded_says_nothing_of_it),
		cmocka_unit_test(test_a_startup_configuration_that_is_none_ends_it_and_is_named),
		cmocka_unit_test(test_it_ends_with_its_supervisor),
		cmocka_unit_test(test_it_ends_in_order_whatever_allocation_fails),
	};

	said_fd = memfd_create("said", MFD_CLOEXEC);
	return said_fd < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
