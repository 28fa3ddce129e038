/*
 * bench/scale: what a pair costs when there are many. Router's rooms over the fake kernel; the other end
 * of the engine's pair is a fake ike that answers each message. At 100, 1,000 and 10,000 connections of one
 * pair each: CPU a pair from the kernel's ACQUIRE to a pair that is up, with all of them under way at once;
 * then the state behind `show crypto session`, `show crypto ipsec sa` and `show crypto ikev2 sa`, page by
 * page; then an ike process that dies, and all of them lost by a flush. A call into router is a turn of its
 * loop; the longest is printed. Prints `name value unit`; ends with 1 when a pair costs too much more among many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/state.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/jobs.h"
#include "base/loop.h"
#include "base/secret.h"
#include "conn/conn.h"
#include "engine/router.h"
#include "log/log.h"
#include "sa/sa_internal.h"
#include "tests/fake/xfrm.h"

#define MANY	   10000u
#define PAGE	   256u
#define REQID	   0x53000000u
#define LOCAL	   0x0a000001u
#define RATIO_MOST 3.0

struct fake_conn {
	uint32_t initiate; /* the token that waits */
	uint32_t spi;
};

struct bench {
	struct loop *loop;
	struct jobs *jobs;
	struct xfrm *xfrm;
	struct conn_table *conns;
	struct log *log;
	struct engine *engine;
	struct sa *sa;
	struct api_tables *tables;
	uint32_t count;
	/* the fake ike: what router sent and it has not read yet, first in first out */
	struct engine_msg *queue;
	size_t queue_size, head, tail;
	struct fake_conn *fakes; /* by connection id */
	uint32_t up, generation; /* of ike processes */
	double longest_us;
	const char *longest;
};

static void die(const char *what)
{
	fprintf(stderr, "scale: %s\n", what);
	exit(2);
}

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void turn_over(struct bench *b, double began_us, const char *what)
{
	double took = cpu_us() - began_us;

	if (took <= b->longest_us)
		return;
	b->longest_us = took;
	b->longest = what;
}

static void advance(struct bench *b, uint64_t ms, const char *what)
{
	for (uint64_t i = 0; i < ms || !i; i++) {
		double began = cpu_us();

		loop_advance(b->loop, ms ? 1 : 0);
		turn_over(b, began, what);
	}
}

/* ---- the fake ike ---------------------------------------------------------------------------- */

static int port_send(void *ctx, const struct engine_msg *m)
{
	struct bench *b = ctx;

	if (b->tail - b->head == b->queue_size)
		die("the fake ike's queue is full");
	b->queue[b->tail++ % b->queue_size] = *m;
	return 0;
}

static const struct engine_port_ops port_ops = {.send = port_send};

static void receive(struct bench *b, struct engine_msg *m, const char *what)
{
	double began = cpu_us();

	engine_receive(b->engine, m);
	loop_advance(b->loop, 0);
	turn_over(b, began, what);
}

static void done(struct bench *b, uint32_t token, uint32_t spi)
{
	struct engine_msg m = {.type = ENGINE_DONE, .token = token, .done = {.spi = spi}};

	receive(b, &m, "DONE");
}

static void tell_ike(struct bench *b, uint32_t conn, enum engine_type type)
{
	const struct conn *c = conn_by_id(b->conns, conn);
	struct engine_msg m = {
		.type = type,
		.ike = {.ike = conn, .conn = conn, .initiator = true, .why = ENGINE_WHY_TRAFFIC}};

	m.ike.local.addr = c->local;
	m.ike.remote.addr = c->peers[0];
	receive(b, &m, "IKE event");
}

static void initiate(struct bench *b, const struct engine_msg *m)
{
	const struct conn *c = conn_by_id(b->conns, m->initiate.conn);
	struct engine_msg alloc = {.type = ENGINE_ALLOC_SPI,
				   .token = c->id,
				   .alloc_spi = {.conn = c->id,
						 .child = 1,
						 .local = c->local,
						 .remote = c->peers[0],
						 .protocol = IKE_PROTO_ESP}};

	b->fakes[c->id].initiate = m->token;
	tell_ike(b, c->id, ENGINE_IKE_HALF);
	receive(b, &alloc, "ALLOC_SPI");
}

static uint32_t spi_out(const struct bench *b, uint32_t conn)
{
	return ((b->generation + 1) << 24) + conn;
}

static void install(struct bench *b, const struct conn *c, uint32_t spi)
{
	static const uint8_t key[20] = {1, 2, 3};
	struct engine_msg m = {.type = ENGINE_SA_INSTALL, .token = c->id};
	struct engine_sa_install *s = &m.sa_install;

	s->conn = s->ike = c->id;
	s->child = 1;
	s->parts = ENGINE_PART_IN | ENGINE_PART_OUT;
	s->protocol = IKE_PROTO_ESP;
	s->spi_in = b->fakes[c->id].spi = spi;
	s->spi_out = spi_out(b, c->id);
	s->local.addr = c->local;
	s->remote.addr = c->peers[0];
	s->selector = c->children[0].selector;
	s->encr = (struct transform){TRANSFORM_ENCR, ENCR_AES_GCM_16, 128};
	s->encr_in = secret_new(key, sizeof(key));
	s->encr_out = secret_new(key, sizeof(key));
	receive(b, &m, "SA_INSTALL");
	secret_free(s->encr_in);
	secret_free(s->encr_out);
}

static void child_up(struct bench *b, uint32_t conn)
{
	struct fake_conn *f = &b->fakes[conn];
	struct engine_msg m = {.type = ENGINE_CHILD_UP,
			       .child = {.ike = conn,
					 .conn = conn,
					 .child = 1,
					 .protocol = IKE_PROTO_ESP,
					 .spi_in = f->spi,
					 .spi_out = spi_out(b, conn)}};

	tell_ike(b, conn, ENGINE_IKE_UP);
	receive(b, &m, "CHILD_UP");
	done(b, f->initiate, f->spi);
	f->initiate = 0;
	b->up++;
}

/* The answer to our ALLOC_SPI, then the one to our SA_INSTALL. */
static void answered(struct bench *b, const struct engine_msg *m)
{
	struct fake_conn *f = &b->fakes[m->token];

	if (m->done.result)
		die("router refused a request");
	if (!f->spi)
		install(b, conn_by_id(b->conns, m->token), m->done.spi);
	else if (f->initiate)
		child_up(b, m->token);
}

static void ike_reads(struct bench *b)
{
	while (b->head != b->tail) {
		struct engine_msg m = b->queue[b->head++ % b->queue_size];

		if (m.type == ENGINE_INITIATE)
			initiate(b, &m);
		else if (m.type == ENGINE_DONE)
			answered(b, &m);
		else if (m.token)
			done(b, m.token, 0);
	}
}

static void ike_begins(struct bench *b)
{
	struct engine_msg hello = {.type = ENGINE_HELLO,
				   .hello = {ENGINE_VERSION, ENGINE_INITIAL_CONTACT}};

	b->head = b->tail;
	engine_attach(b->engine, (struct engine_port){&port_ops, b});
	b->head = b->tail;
	receive(b, &hello, "HELLO");
	ike_reads(b);
	if (!engine_is_up(b->engine))
		die("the engine is not up");
}

/* ---- the world ------------------------------------------------------------------------------- */

static void add_conn(struct bench *b, uint32_t id)
{
	struct conn *c = conn_new();
	struct addr net = addr_v4(0xac000000u + (id << 4));

	c->id = c->seq = id;
	snprintf(c->name, sizeof(c->name), "VPN %u", id);
	c->local = addr_v4(LOCAL);
	c->peers[0] = addr_v4(LOCAL + id);
	c->peer_count = c->child_count = 1;
	c->lifetime_s = 3600;
	c->replay_window = 64;
	c->children[0] = (struct conn_child){.child = 1, .reqid = REQID + id};
	c->children[0].selector.local = prefix_make(&c->local, 32);
	c->children[0].selector.remote = prefix_make(&net, 28);
	if (conn_table_put(b->conns, c))
		die("no connection");
}

static void rooms_new(struct bench *b)
{
	struct sa_config cfg = {.state_dir = -1};
	struct error err = {0};

	b->loop = loop_new_simulated(1000000);
	b->jobs = jobs_new(b->loop, 0, 8);
	b->xfrm = xfrm_fake_new(b->loop);
	b->conns = conn_table_new();
	b->log = log_new(b->loop, 1 << 20);
	b->engine = engine_new(b->loop, b->conns, b->log);
	b->sa = sa_new(b->loop, b->jobs, b->xfrm, b->conns, b->engine, b->log, &cfg, &err);
	if (!b->sa)
		die(err.text);
}

static void begin(struct bench *b, uint32_t count)
{
	struct api_rooms rooms;

	*b = (struct bench){.count = count, .queue_size = (size_t)count * 8 + 64};
	b->queue = alloc_array(b->queue_size, sizeof(*b->queue));
	b->fakes = alloc_array(count + 1, sizeof(*b->fakes));
	rooms_new(b);
	for (uint32_t id = 1; id <= count; id++)
		add_conn(b, id);
	loop_advance(b->loop, 0);
	sa_start(b->sa);
	rooms = (struct api_rooms){.loop = b->loop,
				   .log = b->log,
				   .conns = b->conns,
				   .engine = b->engine,
				   .sa = b->sa,
				   .xfrm = b->xfrm};
	b->tables = api_tables_new(&rooms);
	if (!b->queue || !b->fakes || !b->tables)
		die("no memory");
}

static void end(struct bench *b)
{
	api_tables_free(b->tables);
	sa_free(b->sa);
	engine_free(b->engine);
	conn_table_free(b->conns);
	xfrm_free(b->xfrm);
	jobs_free(b->jobs);
	log_free(b->log);
	loop_free(b->loop);
	alloc_free(b->queue);
	alloc_free(b->fakes);
}

/* ---- figures ----------------------------------------------------------------------------------- */

static void say(const char *name, uint32_t count, double value, const char *unit)
{
	printf("scale_%s_%u %.2f %s\n", name, count, value, unit);
	fflush(stdout);
}

static void say_longest(struct bench *b, const char *name)
{
	printf("scale_%s_%u_longest_turn_us %.0f us (%s)\n", name, b->count, b->longest_us,
	       b->longest ? b->longest : "-");
	fflush(stdout);
	b->longest_us = 0;
}

static double bring_up(struct bench *b)
{
	double began, turn;

	ike_begins(b);
	say_longest(b, "connections");
	began = cpu_us();
	for (uint32_t id = 1; id <= b->count; id++) {
		const struct conn *c = conn_by_id(b->conns, id);

		turn = cpu_us();
		sa_watch_ops.acquire(b->sa, &c->children[0].selector, REQID + id, 0);
		loop_advance(b->loop, 0);
		turn_over(b, turn, "ACQUIRE");
	}
	ike_reads(b);
	if (b->up != b->count)
		die("not all pairs are up");
	return (cpu_us() - began) / b->count;
}

static void refreshed(void *arg)
{
	*(bool *)arg = true;
}

/* The kernel's answers are a turn of their own. */
static void refresh(struct bench *b, const struct api_state *s, uint64_t cursor)
{
	double turn = cpu_us();
	bool over = false;

	if (!s->refresh_page)
		return;
	xfrm_fake_delay(b->xfrm, 1);
	s->refresh_page(s->ctx, cursor, s->most ? s->most : PAGE, refreshed, &over);
	turn_over(b, turn, "refresh");
	while (!over)
		advance(b, 1, "counters");
	xfrm_fake_delay(b->xfrm, 0);
}

static double show(struct bench *b, const char *path)
{
	size_t count, entries = 0;
	const struct api_state *s = api_tables_states(b->tables, &count);
	double began, turn;
	uint64_t cursor = 0;

	while (count && strcmp(s->path, path))
		s++, count--;
	if (!count)
		die(path);
	began = cpu_us();
	do {
		json_t *page = json_array();

		refresh(b, s, cursor);
		turn = cpu_us();
		if (s->page(s->ctx, NULL, &cursor, s->most ? s->most : PAGE, page))
			die("a page failed");
		turn_over(b, turn, path);
		entries += json_array_size(page);
		json_decref(page);
	} while (cursor);
	if (entries != b->count)
		die("a page is not whole");
	return (cpu_us() - began) / b->count;
}

/* The ike process dies with all IKE SAs; a new one comes, and each pair asks for its own. */
static double restart(struct bench *b)
{
	double began = cpu_us(), turn = began;

	engine_detach(b->engine);
	loop_advance(b->loop, 0);
	turn_over(b, turn, "the engine is gone");
	memset(b->fakes, 0, (b->count + 1) * sizeof(*b->fakes));
	b->up = 0;
	b->generation++;
	ike_begins(b);
	for (int i = 0; i < 100 && b->up < b->count; i++) {
		advance(b, 100, "after the engine came");
		ike_reads(b);
	}
	if (b->up != b->count)
		die("not all pairs came back");
	return (cpu_us() - began) / b->count;
}

static void gone(void *arg, int err)
{
	(void)err;
	*(bool *)arg = true;
}

static void until(struct bench *b, const bool *over, const char *what)
{
	for (int i = 0; i < 10000 && !*over; i++) {
		advance(b, 1, what);
		ike_reads(b);
	}
	if (!*over)
		die(what);
}

/* A person clears all SAs: the engine is asked for each, then the kernel. */
static double clear(struct bench *b)
{
	double began = cpu_us();
	bool over = false;

	xfrm_fake_delay(b->xfrm, 1);
	if (sa_clear(b->sa, NULL, SA_DEATH_CLEARED, gone, &over))
		die("clear");
	turn_over(b, began, "the clear");
	until(b, &over, "after the clear");
	return (cpu_us() - began) / b->count;
}

/* A clean stop, when the engine has sent its DELETEs. */
static double stop(struct bench *b)
{
	double began = cpu_us();
	bool over = false;

	xfrm_fake_delay(b->xfrm, 1);
	sa_stop(b->sa, gone, &over);
	turn_over(b, began, "the stop");
	until(b, &over, "after the stop");
	if (xfrm_fake_sa_count(b->xfrm))
		die("an SA is left");
	return (cpu_us() - began) / b->count;
}

static const char *const shows[][2] = {
	{"session", "/spindle-crypto:crypto-state/session"},
	{"ikev2_sa", "/spindle-crypto:crypto-state/ikev2-sa"},
	{"ipsec_sa", "/spindle-crypto:crypto-state/ipsec-sa"},
};
#define SHOWS 3

struct costs {
	double up, shown[SHOWS], restart, clear, stop;
};

static void measure(uint32_t count, struct costs *out)
{
	struct bench b;

	begin(&b, count);
	out->up = bring_up(&b);
	say("up_us", count, out->up, "us of CPU a pair");
	say_longest(&b, "up");
	for (size_t i = 0; i < SHOWS; i++) {
		/* As many entries in all: an allocator that has worked is another than a fresh one. */
		out->shown[i] = 0;
		for (uint32_t round = 0; round < MANY / count; round++)
			out->shown[i] += show(&b, shows[i][1]) * count / MANY;
		say(shows[i][0], count, out->shown[i], "us of CPU an entry");
	}
	say_longest(&b, "show");
	out->restart = restart(&b);
	say("restart_us", count, out->restart, "us of CPU a pair");
	say_longest(&b, "restart");
	out->clear = clear(&b);
	say("clear_us", count, out->clear, "us of CPU a pair");
	say_longest(&b, "clear");
	end(&b);
	begin(&b, count);
	bring_up(&b);
	b.longest_us = 0;
	out->stop = stop(&b);
	say("stop_us", count, out->stop, "us of CPU a pair");
	say_longest(&b, "stop");
	end(&b);
}

static int ratio(const char *name, double few, double many)
{
	printf("scale_%s_ratio %.2f\n", name, many / few);
	return many / few > RATIO_MOST;
}

int main(void)
{
	struct costs few, some, many;
	int bad;

	measure(100, &few);
	measure(1000, &some);
	measure(MANY, &many);
	bad = ratio("up", few.up, many.up) + ratio("restart", few.restart, many.restart) +
	      ratio("clear", few.clear, many.clear) + ratio("stop", few.stop, many.stop);
	for (size_t i = 0; i < SHOWS;
	     i++) /* memory and JSON, for people's eyes: printed, not judged */
		ratio(shows[i][0], few.shown[i], many.shown[i]);
	return bad ? 1 : 0;
}
