/*
 * bench/cli_router: a router that people can show: its rooms over the kernel's double, a real loop, a real
 * control socket, and as many pairs of SAs as the first argument says (50 a connection). The second argument is
 * the folder of the socket. Says "ready" and serves until standard input ends; at each line of it says what
 * it costs: "RSS_KB TURNS P99_US MAX_US", turns by their CPU time since the line before.
 */
#include "tests/unit/api_fixture.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api/state.h"
#include "base/secret.h"
#include "conn/conn.h"
#include "engine/router.h"
#include "net/unix.h"
#include "sa/sa.h"
#include "tests/fake/xfrm.h"

#define EACH	   50u /* pairs of a connection */
#define LOCAL	   0x0a000001u
#define REQID	   0x53000000u
#define BUCKETS	   4096 /* of 10 us */
#define BUCKET_US  10u
#define PRIVILEGED 0666

struct bench {
	struct fixture *f;
	struct xfrm *xfrm;
	struct conn_table *conns;
	struct engine *engine;
	struct sa *sa;
	struct api *api;
	struct api_tables *tables;
	struct engine_done last; /* that router said */
	bool answered;
	unsigned int turns[BUCKETS], turn_count, max_us;
};

static void die(const char *what)
{
	fprintf(stderr, "cli_router: %s\n", what);
	exit(2);
}

/* ---- the fake ike ------------------------------------------------------------------------------------ */

static int port_send(void *ctx, const struct engine_msg *m)
{
	struct bench *b = ctx;

	if (m->type == ENGINE_DONE) {
		b->last = m->done;
		b->answered = true;
	}
	return 0;
}

static const struct engine_port_ops port_ops = {.send = port_send};

/* What router answers to a request of the engine. */
static struct engine_done ask(struct bench *b, struct engine_msg *m)
{
	b->answered = false;
	m->token = 1;
	engine_receive(b->engine, m);
	for (int i = 0; i < 1000 && !b->answered; i++)
		loop_turn(b->f->loop, 0);
	if (!b->answered || b->last.result)
		die("router refused a request");
	return b->last;
}

static void tell(struct bench *b, struct engine_msg *m)
{
	engine_receive(b->engine, m);
	loop_turn(b->f->loop, 0);
}

static void install(struct bench *b, const struct conn *c, uint32_t child, uint32_t spi)
{
	static const uint8_t key[20] = {1, 2, 3};
	struct engine_msg m = {.type = ENGINE_SA_INSTALL};
	struct engine_sa_install *s = &m.sa_install;

	s->conn = s->ike = c->id;
	s->child = child;
	s->parts = ENGINE_PART_IN | ENGINE_PART_OUT;
	s->protocol = IKE_PROTO_ESP;
	s->spi_in = spi;
	s->spi_out = 0x01000000u + c->id * EACH + child;
	s->local.addr = c->local;
	s->remote.addr = c->peers[0];
	s->selector = conn_child(c, child)->selector;
	s->encr = (struct transform){TRANSFORM_ENCR, ENCR_AES_GCM_16, 128};
	s->encr_in = secret_new(key, sizeof(key));
	s->encr_out = secret_new(key, sizeof(key));
	ask(b, &m);
	secret_free(s->encr_in);
	secret_free(s->encr_out);
}

static void child_up(struct bench *b, const struct conn *c, uint32_t child)
{
	struct engine_msg alloc = {.type = ENGINE_ALLOC_SPI,
				   .alloc_spi = {.conn = c->id,
						 .child = child,
						 .local = c->local,
						 .remote = c->peers[0],
						 .protocol = IKE_PROTO_ESP}};
	uint32_t spi = ask(b, &alloc).spi;
	struct engine_msg up = {.type = ENGINE_CHILD_UP,
				.child = {.ike = c->id,
					  .conn = c->id,
					  .child = child,
					  .protocol = IKE_PROTO_ESP,
					  .spi_in = spi,
					  .spi_out = 0x01000000u + c->id * EACH + child}};

	install(b, c, child, spi);
	tell(b, &up);
}

static void conn_up(struct bench *b, uint32_t id)
{
	const struct conn *c = conn_by_id(b->conns, id);
	struct engine_msg up = {.type = ENGINE_IKE_UP,
				.ike = {.ike = id, .conn = id, .initiator = true}};

	up.ike.local.addr = c->local;
	up.ike.remote.addr = c->peers[0];
	tell(b, &up);
	for (uint32_t child = 1; child <= EACH; child++)
		child_up(b, c, child);
}

/* ---- the router ---------------------------------------------------------------------------------------- */

static void add_conn(struct bench *b, uint32_t id)
{
	struct conn *c = conn_new();

	c->id = c->seq = id;
	snprintf(c->name, sizeof(c->name), "VPN %u", id);
	snprintf(c->map, sizeof(c->map), "VPN");
	snprintf(c->interface, sizeof(c->interface), "eth0");
	c->local = addr_v4(LOCAL);
	c->peers[0] = addr_v4(LOCAL + id);
	c->peer_count = 1;
	c->lifetime_s = 3600;
	c->replay_window = 64;
	for (uint32_t i = 0; i < EACH; i++) {
		struct addr net = addr_v4(0xac000000u + ((id * EACH + i) << 4));
		struct conn_child *child = &c->children[c->child_count++];

		child->child = i + 1;
		child->reqid = REQID + id * EACH + i;
		child->selector.local = prefix_make(&c->local, 32);
		child->selector.remote = prefix_make(&net, 28);
	}
	if (conn_table_put(b->conns, c))
		die("no connection");
}

static void rooms_new(struct bench *b, uint32_t conns)
{
	struct engine_msg hello = {.type = ENGINE_HELLO,
				   .hello = {ENGINE_VERSION, ENGINE_INITIAL_CONTACT}};
	struct sa_config cfg = {.state_dir = -1};
	struct error err = {0};

	b->xfrm = xfrm_fake_new(b->f->loop);
	b->conns = conn_table_new();
	for (uint32_t id = 1; id <= conns; id++)
		add_conn(b, id);
	b->engine = engine_new(b->f->loop, b->conns, b->f->log);
	b->sa = sa_new(b->f->loop, b->f->jobs, b->xfrm, b->conns, b->engine, b->f->log, &cfg, &err);
	if (!b->sa)
		die(err.text);
	sa_start(b->sa);
	engine_attach(b->engine, (struct engine_port){&port_ops, b});
	engine_receive(b->engine, &hello);
	for (uint32_t id = 1; id <= conns; id++)
		conn_up(b, id);
}

static bool no_process(void *ctx, size_t index, struct api_process *out)
{
	(void)ctx;
	(void)index;
	(void)out;
	return false;
}

static void serve_on(struct bench *b, const char *folder)
{
	struct api_rooms rooms = {.loop = b->f->loop,
				  .log = b->f->log,
				  .config = b->f->config,
				  .conns = b->conns,
				  .engine = b->engine,
				  .sa = b->sa,
				  .xfrm = b->xfrm,
				  .api = (struct api *const *)&b->api,
				  .version = "bench",
				  .boot_id = "bench",
				  .process_get = no_process};
	size_t states, actions;
	const struct api_state *s;
	const struct api_action *a;
	char path[256];
	int fd;

	b->tables = api_tables_new(&rooms);
	s = api_tables_states(b->tables, &states);
	a = api_tables_actions(b->tables, &actions);
	snprintf(path, sizeof(path), "%s/control.sock", folder);
	unlink(path);
	fd = unix_listen(path, SOCK_STREAM, PRIVILEGED, &b->f->err);
	if (fd >= 0)
		b->api = api_new(b->f->loop, b->f->config, b->f->log, fd, s, states, a, actions,
				 &b->f->err);
	if (!b->api || chmod(path, PRIVILEGED))
		die(b->f->err.text);
}

/* ---- figures --------------------------------------------------------------------------------------------- */

static unsigned int cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (unsigned int)((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000);
}

static void turn(struct bench *b)
{
	unsigned int began = cpu_us(), took;

	loop_turn(b->f->loop, 5);
	took = cpu_us() - began;
	b->turns[took / BUCKET_US < BUCKETS ? took / BUCKET_US : BUCKETS - 1]++;
	b->turn_count++;
	b->max_us = took > b->max_us ? took : b->max_us;
}

static unsigned int p99_us(const struct bench *b)
{
	unsigned int above = b->turn_count / 100, i = BUCKETS;

	while (i-- > 0 && b->turns[i] <= above)
		above -= b->turns[i];
	return (i + 1) * BUCKET_US;
}

static long rss_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long size = 0, rss = 0;

	if (!f || fscanf(f, "%ld %ld", &size, &rss) != 2)
		rss = 0;
	if (f)
		fclose(f);
	return rss * (sysconf(_SC_PAGESIZE) / 1024);
}

/* What took longer than 5 ms so far, for people's eyes. */
static void say_slow(const struct bench *b)
{
	struct loop_stat s;

	for (size_t i = 0; loop_stat_get(b->f->loop, i, &s); i++)
		if (s.slow_turns)
			fprintf(stderr, "# %s: %llu of %llu over 5 ms, longest %llu us\n", s.name,
				(unsigned long long)s.slow_turns, (unsigned long long)s.turns,
				(unsigned long long)s.max_us);
}

/* False: standard input has ended. */
static bool take_command(struct bench *b)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[64];

	if (poll(&p, 1, 0) <= 0)
		return true;
	if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
		return false;
	printf("%ld %u %u %u\n", rss_kb(), b->turn_count, p99_us(b), b->max_us);
	fflush(stdout);
	say_slow(b);
	memset(b->turns, 0, sizeof(b->turns));
	b->turn_count = b->max_us = 0;
	return true;
}

int main(int argc, char **argv)
{
	static struct bench b;
	unsigned long pairs = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	if (!pairs || pairs > 1000000)
		die("usage: cli_router PAIRS FOLDER");
	signal(SIGPIPE, SIG_IGN);
	b.f = fixture_new();
	b.f->real_loop = true;
	if (fixture_open(b.f) || fixture_load(b.f))
		die("no configuration");
	rooms_new(&b, (uint32_t)((pairs + EACH - 1) / EACH));
	xfrm_fake_delay(b.xfrm, 1); /* the kernel's answers are a turn of their own */
	serve_on(&b, argv[2]);
	printf("ready\n");
	fflush(stdout);
	while (take_command(&b))
		turn(&b);
	return 0; /* what it holds goes with it */
}
