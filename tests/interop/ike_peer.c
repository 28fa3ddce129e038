/*
 * ike_peer: the IKE engine on real sockets with a router that only takes notes: for tests against
 * foreign peers, key by key, without a daemon around it.
 *
 *   ike_peer LOCAL REMOTE PSK LOCAL-NET REMOTE-NET [pfs] COMMAND...
 *
 * Commands: initiate, wait-child, rekey, create, delete-spi N, liveness, close, sleep MS,
 * until FILE (it is there; 60 s at most). Each prints its result; events and SAs are printed as they
 * come. Status 1 at the first that fails.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/jobs.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/text.h"
#include "conn/conn.h"
#include "ike/v2/v2.h"
#include "net/udp.h"
#include "tests/fake/ike_router.h"

struct peer {
	struct loop *loop;
	struct jobs *jobs;
	struct ike_v2 *v2;
	struct udp_socket udp[2]; /* 500, 4500 */
	struct fake_router router;
	struct engine_port_ops spy_ops;
	struct addr local, remote;
	char **commands;
	uint32_t token;
	struct loop_timer timer;
	uint64_t deadline_ms;
	bool for_child;
	const char *until; /* the file that "until" waits for */
	uint8_t buf[65536];
	int status;
};

/* ---- sockets --------------------------------------------------------------------------------- */

static void peer_send(void *ctx, const struct endpoint *local, const struct endpoint *remote,
		      struct view d)
{
	struct peer *p = ctx;
	uint8_t out[8192] = {0};
	const bool nat = local->port == 4500;
	const size_t at = nat ? 4 : 0;

	memcpy(out + at, d.data, d.len);
	(void)udp_send(&p->udp[nat], &local->addr, remote,
		       (struct view){.data = out, .len = d.len + at});
}

static void peer_read(struct peer *p, const struct udp_socket *s)
{
	struct udp_meta meta;
	ssize_t len;

	while ((len = udp_recv(s, p->buf, sizeof(p->buf), &meta)) > 0) {
		const size_t at = s->port == 4500 ? 4 : 0;

		if ((size_t)len > at && (at == 0 || memcmp(p->buf, "\0\0\0\0", 4) == 0))
			ike_v2_receive(p->v2, &meta.dst, &meta.src,
				       (struct view){.data = p->buf + at, .len = (size_t)len - at});
	}
}

static void peer_readable(void *arg, int events)
{
	struct peer *p = arg;

	(void)events;
	peer_read(p, &p->udp[0]);
	peer_read(p, &p->udp[1]);
}

/* ---- router ---------------------------------------------------------------------------------- */

struct posted {
	struct peer *p;
	struct engine_msg m;
};

static void peer_answer(void *arg)
{
	struct posted *d = arg;

	ike_v2_message(d->p->v2, &d->m);
	free(d);
}

static void peer_post(void *ctx, const struct engine_msg *m)
{
	struct posted *d = malloc(sizeof(*d));

	d->p = ctx;
	d->m = *m;
	(void)loop_defer(d->p->loop, d->p, "answer", peer_answer, d);
}

static void print_sas(const struct fake_router *r)
{
	for (size_t i = 0; i < FAKE_SAS_MAX; i++) {
		const struct fake_sa *s = &r->sas[i];

		if (!s->used || s->larval)
			continue;
		printf("SA %s 0x%08" PRIx32 " 0x", s->in ? "in" : "out", s->spi);
		for (size_t j = 0; j < s->key_len; j++)
			printf("%02x", s->key[j]);
		printf("\n");
	}
}

static int peer_spy(void *ctx, const struct engine_msg *m)
{
	struct peer *p = ctx;
	const struct engine_port real = fake_router_port(&p->router);

	if (m->type == ENGINE_TRACE)
		printf("%s\n", m->trace.text);
	if (m->type >= ENGINE_IKE_UP && m->type <= ENGINE_PEER_NOTIFY)
		printf("EVENT %d\n", m->type - ENGINE_IKE_UP);
	return real.ops->send(real.ctx, m);
}

/* ---- commands -------------------------------------------------------------------------------- */

static uint32_t spi_in(struct peer *p)
{
	const struct fake_sa *s = fake_router_sender(&p->router, 10);

	return s != NULL ? s->spi_in : 0;
}

static void ask(struct peer *p, struct engine_msg *m)
{
	p->token = m->token = fake_router_token(&p->router);
	ike_v2_message(p->v2, m);
}

static void begin(struct peer *p, const char *name)
{
	struct engine_msg m = {.ref = {.conn = 1, .child = 10, .why = ENGINE_WHY_OPERATOR}};
	uint32_t n = 0;

	p->token = 0;
	p->until = NULL;
	p->for_child = strcmp(name, "wait-child") == 0;
	p->deadline_ms = loop_now(p->loop) + 15000;
	if (strcmp(name, "initiate") == 0) {
		m = (struct engine_msg){
			.type = ENGINE_INITIATE,
			.initiate = {.conn = 1, .child = 10, .initial_contact = true}};
	} else if (strcmp(name, "rekey") == 0) {
		m.type = ENGINE_REPLACE_CHILD;
		m.ref.spi_in = spi_in(p);
	} else if (strcmp(name, "liveness") == 0) {
		m.type = ENGINE_LIVENESS;
	} else if (strcmp(name, "create") == 0) {
		m.type = ENGINE_CREATE_CHILD;
	} else if (strcmp(name, "close") == 0) {
		m.type = ENGINE_CLOSE;
	} else if (strcmp(name, "delete-spi") == 0) {
		(void)text_u32(*p->commands++, 0, UINT32_MAX, &n);
		m = (struct engine_msg){.type = ENGINE_DELETE_SPI,
					.delete_spi = {.peer = p->remote, .protocol = 3, .spi = n}};
	} else if (strcmp(name, "sleep") == 0) {
		(void)text_u32(*p->commands++, 0, 600000, &n);
		p->deadline_ms = loop_now(p->loop) + n;
		return;
	} else if (strcmp(name, "until") == 0) {
		p->until = *p->commands++;
		p->deadline_ms = loop_now(p->loop) + 60000;
		return;
	} else if (!p->for_child) {
		printf("what is %s?\n", name);
		p->status = 1;
		loop_stop(p->loop);
		return;
	}
	if (!p->for_child)
		ask(p, &m);
}

static bool finished(struct peer *p, bool late)
{
	if (p->until != NULL)
		return access(p->until, F_OK) == 0;
	if (p->token == 0) /* sleep, wait-child */
		return late || (p->for_child && spi_in(p) != 0);
	return fake_router_is_done(&p->router, p->token);
}

static void step(void *arg)
{
	struct peer *p = arg;
	static const char *running;
	const bool late = loop_now(p->loop) >= p->deadline_ms;

	(void)loop_timer_set(&p->timer, 20);
	if (running != NULL && !finished(p, late)) {
		if (!late)
			return;
		printf("%s: no end\n", running);
		p->status = 1;
	}
	if (running != NULL && p->token != 0 && p->status == 0) {
		const struct engine_done *d = fake_router_result(&p->router, p->token);

		printf("%s: result %d notify %u spi 0x%08" PRIx32 "\n", running, d->result,
		       d->notify, d->spi);
		p->status = d->result != 0;
	}
	if (running != NULL)
		print_sas(&p->router);
	fflush(stdout);
	running = p->status == 0 ? *p->commands : NULL;
	if (running == NULL) {
		loop_stop(p->loop);
		return;
	}
	p->commands++;
	begin(p, running);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static struct conn *peer_conn(char **argv, bool pfs)
{
	struct conn *c = conn_new();

	c->id = 1;
	c->version = 1;
	c->seq = 10;
	(void)addr_parse(&c->local, argv[1]);
	(void)addr_parse(&c->peers[0], argv[2]);
	c->peer_count = 1;
	c->psk_local = secret_new(argv[3], strlen(argv[3]));
	c->psk_remote = secret_new(argv[3], strlen(argv[3]));
	c->local_id = identity_of_addr(&c->local);
	c->remote_id = identity_of_addr(&c->peers[0]);
	c->ike[0].protocol = IKE_PROTO_IKE;
	proposal_add(&c->ike[0], TRANSFORM_ENCR, ENCR_AES_GCM_16, 128);
	proposal_add(&c->ike[0], TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	proposal_add(&c->ike[0], TRANSFORM_DH, DH_CURVE25519, 0);
	proposal_add(&c->ike[0], TRANSFORM_DH, DH_ECP_256, 0);
	c->ike[1].protocol = IKE_PROTO_IKE;
	proposal_add(&c->ike[1], TRANSFORM_ENCR, ENCR_AES_CBC, 256);
	proposal_add(&c->ike[1], TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	proposal_add(&c->ike[1], TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	proposal_add(&c->ike[1], TRANSFORM_DH, DH_MODP_2048, 0);
	c->ike_count = 2;
	c->esp[0].protocol = c->esp[1].protocol = IKE_PROTO_ESP;
	proposal_add(&c->esp[0], TRANSFORM_ENCR, ENCR_AES_GCM_16, 128);
	proposal_add(&c->esp[1], TRANSFORM_ENCR, ENCR_AES_CBC, 128);
	proposal_add(&c->esp[1], TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	for (int i = 0; pfs && i < 2; i++)
		proposal_add(&c->esp[i], TRANSFORM_DH, DH_ECP_256, 0);
	c->esp_count = 2;
	c->child_count = 1;
	c->children[0] = (struct conn_child){.child = 10, .reqid = 1};
	(void)prefix_parse(&c->children[0].selector.local, argv[4]);
	(void)prefix_parse(&c->children[0].selector.remote, argv[5]);
	return c;
}

static int peer_start(struct peer *p, char **argv, bool pfs)
{
	static const struct ike_transport_ops transport = {.send = peer_send};
	struct engine_msg trace = {.type = ENGINE_TRACE_SET, .trace_set = {.level = 1}};
	struct engine_msg put = {.type = ENGINE_CONN_PUT};
	struct error err = {0};

	fake_router_init(&p->router, 0xc0000001);
	p->router.post = peer_post;
	p->router.ctx = p;
	p->spy_ops.send = peer_spy;
	for (int i = 0; i < 2; i++)
		if (udp_open(&p->udp[i], AF_INET, i == 0 ? 500 : 4500, 0, &err) != 0 ||
		    loop_fd_add(p->loop, p->udp[i].fd, LOOP_READ, "udp", peer_readable, p) ==
			    NULL) {
			printf("%s\n", err.text);
			return -1;
		}
	p->v2 = ike_v2_new(p->loop, p->jobs, (struct engine_port){&p->spy_ops, p}, &transport, p);
	put.conn_put.conn = peer_conn(argv, pfs);
	p->local = put.conn_put.conn->local;
	p->remote = put.conn_put.conn->peers[0];
	ask(p, &trace);
	ask(p, &put);
	conn_unref(put.conn_put.conn);
	loop_timer_init(&p->timer, p->loop, "step", step, p);
	return loop_timer_set(&p->timer, 0);
}

int main(int argc, char **argv)
{
	static struct peer the_peer;
	struct peer *p = &the_peer;
	const bool pfs = argc > 6 && strcmp(argv[6], "pfs") == 0;

	if (argc < 7) {
		printf("usage: ike_peer LOCAL REMOTE PSK LOCAL-NET REMOTE-NET [pfs] COMMAND...\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	p->commands = argv + 6 + pfs;
	p->loop = loop_new();
	p->jobs = p->loop != NULL ? jobs_new(p->loop, 2, 64) : NULL;
	if (p->jobs == NULL || peer_start(p, argv, pfs) != 0)
		return 2;
	(void)loop_run(p->loop);
	ike_v2_free(p->v2);
	jobs_free(p->jobs);
	return p->status;
}
