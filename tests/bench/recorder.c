/*
 * bench/recorder: what the flight recorder costs. Router's rooms over the fake kernel, the built-in engine as
 * a process of its own on a real pair, a peer with an engine of its own; Child SAs are replaced at a steady
 * rate (1,000 a minute). CPU of router and ike, with the recorder and without (what --no-recorder does), in
 * pairs of runs, the first of a pair in turn. Prints `name value unit`; ends with 1 when the median of the
 * pairs says more than 1 %.
 *
 *   tests/bench/recorder [--pairs N] [--seconds S] [--rate PER_MINUTE] [--pfs]
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/jobs.h"
#include "base/loop.h"
#include "base/secret.h"
#include "conn/conn.h"
#include "engine/link.h"
#include "engine/router.h"
#include "ike/v2/v2.h"
#include "log/log.h"
#include "main/recording.h"
#include "net/unix.h"
#include "recovery/recovery.h"
#include "sa/sa.h"
#include "spi/spi.h"
#include "tests/fake/ike_router.h"
#include "tests/fake/xfrm.h"

#define PEERS	     20u
#define REQID	     0x53000000u
#define LOCAL	     0x0a000001u
#define REMOTE(i)    (0x0a000100u + (i))
#define WARM_MS	     2000
#define COST_MOST    1.0 /* per cent */
#define PAIRS_MAX    100
#define DATAGRAM_MAX 65535

struct settings {
	unsigned int pairs, seconds, rate;
	bool pfs;
};

struct result {
	double router_us, ike_us; /* of CPU */
	uint32_t rekeys, failed;
	uint64_t records, lost;
};

static void die(const char *what)
{
	fprintf(stderr, "recorder: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double clock_us(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		die("clock");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- connections --------------------------------------------------------------------------------- */

static struct proposal proposal(uint8_t protocol, bool dh)
{
	struct proposal p = {.protocol = protocol};

	p.t[p.count++] = (struct transform){TRANSFORM_ENCR, ENCR_AES_GCM_16, 256};
	if (protocol == IKE_PROTO_IKE)
		p.t[p.count++] = (struct transform){TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0};
	if (dh)
		p.t[p.count++] = (struct transform){TRANSFORM_DH, DH_CURVE25519, 0};
	if (protocol == IKE_PROTO_ESP)
		p.t[p.count++] = (struct transform){TRANSFORM_ESN, ESN_NO, 0};
	return p;
}

/* at_peer: as the other end has it. */
static struct conn *connection(const struct settings *set, uint32_t id, bool at_peer)
{
	const struct addr here = addr_v4(LOCAL), there = addr_v4(REMOTE(id));
	const struct addr net[2] = {addr_v4(0xac100000u), addr_v4(0xac200000u + (id << 8))};
	struct conn *c = conn_new();

	if (!c)
		die("no connection");
	c->id = c->seq = id;
	snprintf(c->name, sizeof(c->name), "VPN %u", id);
	c->local = at_peer ? there : here;
	c->peers[0] = at_peer ? here : there;
	c->peer_count = c->child_count = c->ike_count = c->esp_count = 1;
	c->psk_local = secret_new("bench", 5);
	c->psk_remote = secret_new("bench", 5);
	c->ike[0] = proposal(IKE_PROTO_IKE, true);
	c->esp[0] = proposal(IKE_PROTO_ESP, set->pfs);
	c->lifetime_s = 3600;
	c->ike_lifetime_s = 86400;
	c->replay_window = 64;
	c->children[0] = (struct conn_child){.child = 10, .reqid = REQID + id};
	c->children[0].selector.local = prefix_make(&net[at_peer], 24);
	c->children[0].selector.remote = prefix_make(&net[!at_peer], 24);
	return c;
}

/* ---- engines: the one that is measured, and the peer's ------------------------------------------- */

struct engine_process {
	struct loop *loop;
	struct jobs *jobs;
	struct ike_v2 *v2;
	struct engine_link *link;  /* to router; the peer has none */
	struct fake_router router; /* the peer's */
	int wire;
	struct {
		struct endpoint from, to;
		uint8_t bytes[DATAGRAM_MAX];
	} d;
};

#define HEAD_LEN (2 * sizeof(struct endpoint))

static void wire_send(void *ctx, const struct endpoint *local, const struct endpoint *remote,
		      struct view datagram)
{
	struct engine_process *p = ctx;

	p->d.from = *local;
	p->d.to = *remote;
	memcpy(p->d.bytes, datagram.data, datagram.len);
	(void)send(p->wire, &p->d, HEAD_LEN + datagram.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void wire_readable(void *arg, int events)
{
	struct engine_process *p = arg;
	ssize_t len;

	(void)events;
	for (int i = 0; i < 32; i++) {
		len = recv(p->wire, &p->d, sizeof(p->d), MSG_DONTWAIT);
		if (len == 0)
			exit(0);
		if (len < (ssize_t)HEAD_LEN)
			return;
		ike_v2_receive(p->v2, &p->d.to, &p->d.from,
			       (struct view){p->d.bytes, (size_t)len - HEAD_LEN});
	}
}

static const struct ike_transport_ops transport = {.send = wire_send};

static struct engine_process *engine_begin(int wire)
{
	struct engine_process *p = alloc_zero(sizeof(*p));

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	p->wire = wire;
	p->loop = loop_new();
	p->jobs = jobs_new(p->loop, 2, 1024);
	if (!loop_fd_add(p->loop, wire, LOOP_READ, "ike datagram", wire_readable, p))
		die("no loop");
	return p;
}

static void link_message(void *ctx, struct engine_msg *m)
{
	struct engine_process *p = ctx;

	ike_v2_message(p->v2, m);
}

static void link_broken(void *ctx, const char *why)
{
	(void)ctx;
	(void)why;
	exit(0);
}

static const struct engine_link_ops link_ops = {link_message, link_broken};

static void run_ike(int wire, int pair, bool record)
{
	struct engine_process *p = engine_begin(wire);

	p->link = engine_link_new(p->loop, pair, &link_ops, p);
	p->v2 = ike_v2_new(p->loop, p->jobs, engine_link_port(p->link), &transport, p);
	ike_v2_record(p->v2, record);
	loop_run(p->loop);
	exit(0);
}

/* The fake router's answers come in a turn of their own, as a real one's. */
struct posted {
	struct engine_process *p;
	struct engine_msg m;
};

static void deliver(void *arg)
{
	struct posted *one = arg;

	ike_v2_message(one->p->v2, &one->m);
	alloc_free(one);
}

static void post(void *ctx, const struct engine_msg *m)
{
	struct engine_process *p = ctx;
	struct posted *one = alloc_zero(sizeof(*one));

	*one = (struct posted){p, *m};
	loop_defer(p->loop, p, "router's answer", deliver, one);
}

static uint64_t peer_now(void *ctx)
{
	const struct engine_process *p = ctx;

	return loop_now(p->loop);
}

static void run_peer(const struct settings *set, int wire)
{
	struct engine_process *p = engine_begin(wire);

	fake_router_init(&p->router, 0xd0000000u);
	p->router.post = post;
	p->router.now = peer_now;
	p->router.ctx = p;
	p->v2 = ike_v2_new(p->loop, p->jobs, fake_router_port(&p->router), &transport, p);
	for (uint32_t id = 1; id <= PEERS; id++) {
		struct engine_msg m = {.type = ENGINE_CONN_PUT,
				       .token = fake_router_token(&p->router),
				       .conn_put = {connection(set, id, true)}};

		ike_v2_message(p->v2, &m);
	}
	loop_run(p->loop);
	exit(0);
}

/* ---- router -------------------------------------------------------------------------------------- */

struct router {
	const struct settings *set;
	struct loop *loop;
	struct conn_table *conns;
	struct engine *engine;
	struct engine_link *link;
	struct sa *sa;
	struct recorder *recorder;
	struct loop_timer tick, phase;
	clockid_t ike_clock;
	double router_us, ike_us;
	bool measuring;
	uint32_t next, asked, tick_ms_left;
	struct result out;
};

static void router_message(void *ctx, struct engine_msg *m)
{
	struct router *r = ctx;

	engine_receive(r->engine, m);
}

static void router_broken(void *ctx, const char *why)
{
	(void)ctx;
	fprintf(stderr, "recorder: the pair broke: %s\n", why);
	exit(2);
}

static const struct engine_link_ops router_link = {router_message, router_broken};

static void replaced(void *arg, const struct engine_done *done)
{
	struct router *r = arg;

	if (!r->measuring)
		return;
	r->out.rekeys++;
	r->out.failed += done->result != 0;
}

static void rekey(void *arg)
{
	struct router *r = arg;
	uint32_t id = 1 + r->next++ % PEERS;
	const struct sa_pair *p = sa_pair_current(r->sa, id, 10);
	struct engine_msg m = {.type = ENGINE_REPLACE_CHILD,
			       .ref = {.conn = id, .child = 10, .why = ENGINE_WHY_LIFETIME}};

	loop_timer_set(&r->tick, 60000 / r->set->rate);
	if (!p) {
		fprintf(stderr, "recorder: connection %u has no pair\n", id);
		exit(2);
	}
	m.ref.spi_in = p->spi_in;
	engine_request(r->engine, &m, replaced, r);
}

static void finish(void *arg)
{
	struct router *r = arg;
	struct recorder_stats st;

	r->out.router_us = clock_us(CLOCK_PROCESS_CPUTIME_ID) - r->router_us;
	r->out.ike_us = clock_us(r->ike_clock) - r->ike_us;
	recorder_stats(r->recorder, &st);
	r->out.records = st.written - r->out.records;
	r->out.lost = st.lost;
	loop_stop(r->loop);
}

static void measure(void *arg)
{
	struct router *r = arg;
	struct recorder_stats st;

	recorder_stats(r->recorder, &st);
	r->out.records = st.written;
	r->measuring = true;
	r->router_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
	r->ike_us = clock_us(r->ike_clock);
	loop_timer_init(&r->phase, r->loop, "end", finish, r);
	loop_timer_set(&r->phase, r->set->seconds * 1000ull);
}

static void initiated(void *arg, const struct engine_done *done)
{
	struct router *r = arg;

	if (done->result) {
		fprintf(stderr, "recorder: no IKE SA: %s\n", strerror(-done->result));
		exit(2);
	}
	if (++r->asked < PEERS)
		return;
	loop_timer_set(&r->tick, 100);
	loop_timer_init(&r->phase, r->loop, "measure", measure, r);
	loop_timer_set(&r->phase, WARM_MS);
}

static void engine_is_up_now(void *ctx)
{
	struct router *r = ctx;

	for (uint32_t id = 1; id <= PEERS; id++) {
		struct engine_msg m = {
			.type = ENGINE_INITIATE,
			.initiate = {.conn = id, .child = 10, .why = ENGINE_WHY_TRAFFIC}};

		if (engine_request(r->engine, &m, initiated, r))
			die("initiate");
	}
}

static const struct engine_ops starter = {.up = engine_is_up_now};

/* As main/router makes them, as far as a rekey passes through them. */
static void rooms(struct router *r, bool record, const char *folder)
{
	const struct recorder_config rec = {.fd = memfd_create("recorder", MFD_CLOEXEC),
					    .off = !record,
					    .names = &recording_names};
	struct sa_config cfg = {.state_dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	struct spi_config spi_cfg = {.grace_ms = 200, .flows_max = 4096};
	struct recovery_config recovery_cfg = {.grace_ms = 200};
	struct jobs *jobs = jobs_new(r->loop, 2, 256);
	struct log *log = log_new(r->loop, 65536);
	struct xfrm *xfrm = xfrm_fake_new(r->loop);
	struct recording *recording;
	struct error err = {0};
	struct spi *spi;

	r->recorder = recorder_new(r->loop, &rec, &err);
	r->conns = conn_table_new();
	r->engine = engine_new(r->loop, r->conns, log);
	r->sa = sa_new(r->loop, jobs, xfrm, r->conns, r->engine, log, &cfg, &err);
	if (!r->recorder || !r->sa)
		die(err.text);
	recording = recording_new(r->recorder, r->conns, r->engine, xfrm, r->sa);
	spi = spi_new(r->loop, xfrm, r->sa, r->conns, log, &spi_cfg);
	if (!recording || !spi || recording_spi(recording, spi) ||
	    recording_recovery(recording, recovery_new(r->loop, spi, r->sa, r->conns, r->engine,
						       log, &recovery_cfg)))
		die("rooms");
	for (uint32_t id = 1; id <= PEERS; id++)
		conn_table_put(r->conns, connection(r->set, id, false));
	loop_turn(r->loop, 0);
	sa_start(r->sa);
	engine_listen(r->engine, &starter, r);
}

static struct result run_router(const struct settings *set, int pair, pid_t ike, bool record)
{
	struct router r = {.set = set, .loop = loop_new()};
	char folder[] = "/tmp/bench_recorder.XXXXXX", path[64];

	if (!mkdtemp(folder) || clock_getcpuclockid(ike, &r.ike_clock))
		die("folder");
	loop_timer_init(&r.tick, r.loop, "rekey", rekey, &r);
	rooms(&r, record, folder);
	r.link = engine_link_new(r.loop, pair, &router_link, &r);
	engine_attach(r.engine, engine_link_port(r.link));
	loop_run(r.loop);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, i ? "births" : "grave");
		unlink(path);
	}
	rmdir(folder);
	return r.out;
}

/* ---- runs ------------------------------------------------------------------------------------------ */

/* In a process of its own, so that each begins the same. */
static void run_one(const struct settings *set, bool record, int out)
{
	struct result result;
	int wire[2], pair[2];
	pid_t ike, peer;

	if (unix_pair(SOCK_SEQPACKET, wire) || unix_pair(SOCK_SEQPACKET, pair))
		die("pair");
	peer = fork();
	if (!peer)
		run_peer(set, wire[1]);
	ike = fork();
	if (!ike)
		run_ike(wire[0], pair[1], record);
	close(wire[0]);
	close(wire[1]);
	close(pair[1]);
	result = run_router(set, pair[0], ike, record);
	kill(ike, SIGKILL);
	kill(peer, SIGKILL);
	waitpid(ike, NULL, 0);
	waitpid(peer, NULL, 0);
	if (write(out, &result, sizeof(result)) != (ssize_t)sizeof(result))
		die("result");
	_exit(0);
}

static struct result run(const struct settings *set, bool record)
{
	struct result result;
	int ends[2], status;
	pid_t child;

	if (pipe(ends))
		die("pipe");
	child = fork();
	if (!child)
		run_one(set, record, ends[1]);
	close(ends[1]);
	if (read(ends[0], &result, sizeof(result)) != (ssize_t)sizeof(result) ||
	    waitpid(child, &status, 0) != child || status)
		die("a run failed");
	close(ends[0]);
	if (result.failed || !result.rekeys)
		die("rekeys failed");
	return result;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double median(double *v, size_t count)
{
	qsort(v, count, sizeof(*v), by_size);
	return count % 2 ? v[count / 2] : (v[count / 2 - 1] + v[count / 2]) / 2;
}

static double us_each(const struct result *r)
{
	return (r->router_us + r->ike_us) / r->rekeys;
}

static int compare(const struct settings *set)
{
	double cost[PAIRS_MAX], with[PAIRS_MAX], without[PAIRS_MAX];
	struct result on = {0}, off = {0};
	double middle;

	for (unsigned int i = 0; i < set->pairs; i++) {
		for (unsigned int n = 0; n < 2; n++)
			if ((i + n) % 2)
				on = run(set, true);
			else
				off = run(set, false);
		with[i] = us_each(&on);
		without[i] = us_each(&off);
		cost[i] = 100 * (with[i] / without[i] - 1);
		fprintf(stderr, "pair %u: with %.1f us, without %.1f us a rekey: %+.2f %%\n", i + 1,
			with[i], without[i], cost[i]);
	}
	middle = median(cost, set->pairs);
	printf("recorder_cost %.2f percent\n", middle);
	printf("recorder_cost_least %.2f percent\n", cost[0]);
	printf("recorder_cost_most %.2f percent\n", cost[set->pairs - 1]);
	printf("recorder_cpu_with %.1f us/rekey\n", median(with, set->pairs));
	printf("recorder_cpu_without %.1f us/rekey\n", median(without, set->pairs));
	printf("recorder_rekeys %u /run\n", on.rekeys);
	printf("recorder_records %.1f /rekey\n", (double)on.records / on.rekeys);
	printf("recorder_lost %llu records\n", (unsigned long long)on.lost);
	return middle > COST_MOST;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"pairs", required_argument, NULL, 'p'},
						{"seconds", required_argument, NULL, 's'},
						{"rate", required_argument, NULL, 'r'},
						{"pfs", no_argument, NULL, 'f'},
						{0}};
	struct settings set = {.pairs = 15, .seconds = 20, .rate = 1000};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'p')
			set.pairs = (unsigned int)strtoul(optarg, NULL, 10);
		else if (opt == 's')
			set.seconds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (opt == 'r')
			set.rate = (unsigned int)strtoul(optarg, NULL, 10);
		else if (opt == 'f')
			set.pfs = true;
		else
			return 2;
	}
	if (!set.pairs || set.pairs > PAIRS_MAX || !set.seconds || !set.rate || set.rate > 60000)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	return compare(&set);
}
