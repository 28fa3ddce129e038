#include "tests/unit/router_world.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/jobs.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/text.h"
#include "log/log.h"

/* ---- the engine's end --------------------------------------------------------------------------- */

static int port_send(void *ctx, const struct engine_msg *m)
{
	struct router_world *w = ctx;

	if (w->send_error)
		return w->send_error;
	assert_true(w->sent_count < WORLD_SENT_MAX);
	w->sent[w->sent_count++] = *m;
	return 0;
}

static const struct engine_port_ops port_ops = {.send = port_send};

const struct engine_msg *router_world_last(const struct router_world *w, enum engine_type type)
{
	for (size_t i = w->sent_count; i--;)
		if (w->sent[i].type == type)
			return &w->sent[i];
	return NULL;
}

unsigned int router_world_count(const struct router_world *w, enum engine_type type)
{
	unsigned int n = 0;

	for (size_t i = 0; i < w->sent_count; i++)
		n += w->sent[i].type == type;
	return n;
}

void router_world_forget(struct router_world *w)
{
	w->sent_count = 0;
}

void router_world_done(struct router_world *w, const struct engine_msg *request, int result,
		       uint32_t spi)
{
	struct engine_msg m = {.type = ENGINE_DONE, .token = request->token};

	m.done.result = result;
	m.done.spi = spi;
	engine_receive(w->engine, &m);
	loop_advance(w->loop, 0);
}

void router_world_engine(struct router_world *w, uint32_t capabilities)
{
	struct engine_msg hello = {.type = ENGINE_HELLO, .hello = {ENGINE_VERSION, capabilities}};
	struct engine_port port = {&port_ops, w};
	struct engine_msg list = {.type = ENGINE_LIST};

	router_world_forget(w);
	engine_attach(w->engine, port);
	engine_receive(w->engine, &hello);
	if (router_world_last(w, ENGINE_LIST))
		list = *router_world_last(w, ENGINE_LIST);
	router_world_forget(w);
	if (list.token)
		router_world_done(w, &list, 0, 0);
}

void router_world_ike(struct router_world *w, uint32_t conn, uint32_t peer, enum engine_type type)
{
	struct engine_msg m = {.type = type};

	m.ike.ike = WORLD_IKE + conn - 1;
	m.ike.conn = conn;
	m.ike.initiator = true;
	m.ike.local.addr = addr_v4(WORLD_LOCAL);
	m.ike.remote.addr = addr_v4(peer);
	engine_receive(w->engine, &m);
	loop_advance(w->loop, 0);
}

int router_world_request(struct router_world *w, struct engine_msg *m, struct engine_done *done)
{
	size_t from = w->sent_count;

	m->token = ++w->next_token;
	engine_receive(w->engine, m);
	loop_advance(w->loop, 0);
	for (size_t i = from; i < w->sent_count; i++) {
		if (w->sent[i].type != ENGINE_DONE || w->sent[i].token != m->token)
			continue;
		if (done)
			*done = w->sent[i].done;
		return w->sent[i].done.result;
	}
	return -EINPROGRESS;
}

uint32_t router_world_alloc(struct router_world *w, uint32_t conn, uint32_t child, uint32_t spi)
{
	struct engine_msg m = {.type = ENGINE_ALLOC_SPI};
	const struct conn *c = conn_by_id(w->conns, conn);
	struct engine_done done;

	m.alloc_spi = (struct engine_alloc_spi){.conn = conn,
						.child = child,
						.local = c->local,
						.remote = c->peers[0],
						.protocol = IKE_PROTO_ESP};
	xfrm_fake_next_spi(w->xfrm, spi);
	return router_world_request(w, &m, &done) ? 0 : done.spi;
}

void router_world_fill(const struct router_world *w, struct engine_msg *m, uint32_t conn,
		       uint32_t child, uint32_t spi, uint8_t parts)
{
	static const uint8_t key[20] = {1, 2, 3};
	const struct conn *c = conn_by_id(w->conns, conn);
	struct engine_sa_install *s = &m->sa_install;

	*m = (struct engine_msg){.type = ENGINE_SA_INSTALL};
	s->conn = conn;
	s->child = child;
	s->ike = WORLD_IKE + conn - 1;
	s->parts = parts;
	s->protocol = IKE_PROTO_ESP;
	s->spi_in = spi;
	s->spi_out = WORLD_OUT(spi);
	s->local.addr = c->local;
	s->remote.addr = c->peers[0];
	if (conn_child(c, child))
		s->selector = conn_child(c, child)->selector;
	s->encr = (struct transform){TRANSFORM_ENCR, ENCR_AES_GCM_16, 128};
	s->encr_in = secret_new(key, sizeof(key));
	s->encr_out = secret_new(key, sizeof(key));
	s->initiator = true;
}

void router_world_clear(struct engine_msg *m)
{
	secret_free(m->sa_install.encr_in);
	secret_free(m->sa_install.encr_out);
	secret_free(m->sa_install.integ_in);
	secret_free(m->sa_install.integ_out);
}

int router_world_install(struct router_world *w, uint32_t conn, uint32_t child, uint32_t spi,
			 uint32_t replaces)
{
	struct engine_msg m;
	int result;

	router_world_fill(w, &m, conn, child, spi, ENGINE_PART_IN | ENGINE_PART_OUT);
	m.sa_install.replaces = replaces;
	result = router_world_request(w, &m, NULL);
	router_world_clear(&m);
	return result;
}

uint32_t router_world_pair(struct router_world *w, uint32_t conn, uint32_t child, uint32_t spi,
			   uint32_t replaces)
{
	struct engine_msg up = {.type = ENGINE_CHILD_UP};

	spi = router_world_alloc(w, conn, child, spi);
	if (!spi || router_world_install(w, conn, child, spi, replaces))
		return 0;
	up.child = (struct engine_child_event){.ike = WORLD_IKE + conn - 1,
					       .conn = conn,
					       .child = child,
					       .protocol = IKE_PROTO_ESP,
					       .spi_in = spi,
					       .spi_out = WORLD_OUT(spi)};
	engine_receive(w->engine, &up);
	loop_advance(w->loop, 0);
	return spi;
}

int router_world_delete(struct router_world *w, uint32_t spi, enum engine_reason why)
{
	struct engine_msg m = {.type = ENGINE_SA_DELETE};

	m.sa.spi_in = spi;
	m.sa.why = (uint8_t)why;
	return router_world_request(w, &m, NULL);
}

/* ---- facts ------------------------------------------------------------------------------------------ */

static void on_up(void *ctx, const struct sa_pair *p)
{
	struct router_world *w = ctx;

	w->ups++;
	w->last_up = *p;
}

static void on_lost(void *ctx, const struct sa_pair *p, bool in, bool out, enum sa_death why,
		    const struct xfrm_author *by)
{
	struct router_world *w = ctx;

	w->losts++;
	w->last_lost = *p;
	w->lost_in = in;
	w->lost_out = out;
	w->lost_why = why;
	w->lost_by = *by;
}

static void on_gone(void *ctx, const struct sa_pair *p, enum sa_death why)
{
	struct router_world *w = ctx;

	w->gones++;
	w->last_gone = *p;
	w->gone_why = why;
}

static void on_ready(void *ctx)
{
	((struct router_world *)ctx)->readies++;
}

static const struct sa_ops listener = {
	.pair_up = on_up, .pair_lost = on_lost, .pair_gone = on_gone, .ready = on_ready};

/* ---- life -------------------------------------------------------------------------------------------- */

static int process_up(struct router_world *w, int state_dir, uint8_t boot)
{
	struct sa_config cfg = {.state_dir = state_dir};
	struct error err = {0};

	memset(cfg.boot_id, boot, sizeof(cfg.boot_id));
	w->engine = engine_new(w->loop, w->conns, w->log);
	w->sa = w->engine
			? sa_new(w->loop, w->jobs, w->xfrm, w->conns, w->engine, w->log, &cfg, &err)
			: NULL;
	if (!w->sa)
		return -ENOMEM;
	assert_int_equal(sa_listen(w->sa, &listener, w), 0);
	loop_advance(w->loop, 0);
	return 0;
}

struct router_world *router_world_new(int state_dir, uint8_t boot)
{
	struct router_world *w = alloc_zero(sizeof(*w));

	if (!w)
		return NULL;
	w->loop = loop_new_simulated(1000000);
	w->jobs = w->loop ? jobs_new(w->loop, 0, 8) : NULL;
	w->xfrm = w->jobs ? xfrm_fake_new(w->loop) : NULL;
	w->conns = w->xfrm ? conn_table_new() : NULL;
	w->log = w->conns ? log_new(w->loop, 1 << 20) : NULL;
	if (w->log && !process_up(w, state_dir, boot))
		return w;
	router_world_free(w);
	return NULL;
}

/* In the order of the daemon: the rooms before what they stand on. */
void router_world_free(struct router_world *w)
{
	if (!w)
		return;
	sa_free(w->sa);
	engine_free(w->engine);
	conn_table_free(w->conns);
	xfrm_free(w->xfrm);
	jobs_free(w->jobs);
	log_free(w->log);
	loop_free(w->loop);
	alloc_free(w);
}

/* The fake kernel goes on, so its watchers of before must not be told: a new fake takes its SAs. */
void router_world_kill(struct router_world *w)
{
	struct xfrm *before = w->xfrm;
	struct conn_table *conns = w->conns;
	const struct xfrm_sa *s = NULL;

	sa_free(w->sa);
	engine_free(w->engine);
	w->xfrm = xfrm_fake_new(w->loop);
	w->conns = conn_table_new();
	while ((s = xfrm_sa_next(before, s)))
		if (!s->larval)
			assert_int_equal(xfrm_fake_foreign_add(w->xfrm, s, NULL), 0);
	for (const struct conn *c = NULL; (c = conn_next(conns, c));)
		assert_int_equal(conn_table_put(w->conns, conn_ref(c)), 0);
	xfrm_free(before);
	conn_table_free(conns);
	w->sa = NULL;
	w->engine = NULL;
	loop_advance(w->loop, 0);
}

int router_world_start(struct router_world *w, int state_dir, uint8_t boot)
{
	return process_up(w, state_dir, boot);
}

static void child_fill(struct conn_child *ch, uint32_t id, uint32_t n)
{
	struct addr local = addr_v4(0x0a000000u | id << 16 | n << 8);
	struct addr remote = addr_v4(0x0a000000u | (200 + id) << 16 | n << 8);

	ch->child = 10 * n;
	ch->reqid = WORLD_REQID + id * 64 + n;
	ch->selector.local = prefix_make(&local, 24);
	ch->selector.remote = prefix_make(&remote, 24);
}

int router_world_conn(struct router_world *w, uint32_t id, uint8_t children, uint32_t peer)
{
	struct conn *c = conn_new();

	if (!c)
		return -ENOMEM;
	c->id = id;
	c->kind = CONN_STATIC_MAP;
	c->seq = id * 10;
	snprintf(c->name, sizeof(c->name), "VPN %u", c->seq);
	c->local = addr_v4(WORLD_LOCAL);
	c->peers[0] = addr_v4(peer);
	c->peer_count = 1;
	c->lifetime_s = 3600;
	c->replay_window = 64;
	for (uint8_t i = 0; i < children; i++)
		child_fill(&c->children[i], id, i + 1u);
	c->child_count = children;
	return conn_table_put(w->conns, c);
}

bool router_world_logged(const struct router_world *w, const char *text)
{
	char buf[LOG_LINE_MAX];
	struct log_record r;

	for (uint64_t seq = 1; log_ring_get(w->log, seq, &r, buf); seq = r.seq + 1)
		if (strstr(r.text, text))
			return true;
	return false;
}

struct xfrm_sa_id router_world_in(uint32_t spi)
{
	return (struct xfrm_sa_id){.dst = addr_v4(WORLD_LOCAL), .proto = IPPROTO_ESP, .spi = spi};
}

struct xfrm_sa_id router_world_out(uint32_t spi)
{
	return (struct xfrm_sa_id){
		.dst = addr_v4(WORLD_PEER), .proto = IPPROTO_ESP, .spi = WORLD_OUT(spi)};
}
