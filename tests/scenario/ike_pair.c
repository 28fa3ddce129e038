#undef NDEBUG /* assert() is how this harness speaks */
#include "tests/scenario/ike_pair.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/jobs.h"
#include "base/secret.h"

/* What is on its way: a datagram to an end, or router's answer to its engine. */
struct pair_item {
	struct pair_item *next;
	uint64_t due_ms, order;
	int to;
	bool is_answer;
	struct engine_msg answer;
	struct endpoint local, remote;
	size_t len;
	uint8_t data[];
};

static void pair_arm(struct pair *p)
{
	const uint64_t now = loop_now(p->loop);

	if (p->queue == NULL)
		return;
	if (loop_timer_set(&p->pump, p->queue->due_ms > now ? p->queue->due_ms - now : 0) != 0)
		abort(); /* the heap has room for this test's few timers */
}

static void pair_put(struct pair *p, struct pair_item *item)
{
	struct pair_item **at = &p->queue;

	item->order = ++p->order;
	while (*at != NULL && (*at)->due_ms <= item->due_ms)
		at = &(*at)->next;
	item->next = *at;
	*at = item;
	pair_arm(p);
}

static void pair_deliver(struct pair *p, struct pair_item *item)
{
	struct pair_end *end = &p->end[item->to];

	if (item->is_answer) {
		ike_v2_message(end->v2, &item->answer);
	} else {
		/* An exact copy, so that reading past its end is found. */
		uint8_t *exact = malloc(item->len > 0 ? item->len : 1);

		memcpy(exact, item->data, item->len);
		ike_v2_receive(end->v2, &item->local, &item->remote,
			       (struct view){.data = exact, .len = item->len});
		free(exact);
	}
}

static void pair_pump(void *arg)
{
	struct pair *p = arg;

	while (p->queue != NULL && p->queue->due_ms <= loop_now(p->loop)) {
		struct pair_item *item = p->queue;

		p->queue = item->next;
		pair_deliver(p, item);
		free(item);
	}
	pair_arm(p);
}

static uint32_t pair_random(struct pair *p)
{
	p->random = p->random * 1664525u + 1013904223u;
	return p->random >> 8;
}

static void pair_send_item(struct pair *p, int to, const struct endpoint *local,
			   const struct endpoint *remote, const uint8_t *data, size_t len)
{
	struct pair_item *item = calloc(1, sizeof(*item) + len);

	item->due_ms = loop_now(p->loop) + p->delay_ms +
		       (p->jitter_ms > 0 ? pair_random(p) % (p->jitter_ms + 1) : 0);
	item->to = to;
	item->local = *local;
	item->remote = *remote;
	item->len = len;
	memcpy(item->data, data, len);
	pair_put(p, item);
}

/* A simple NAT in front of end 0: its address and port are others outside. */
static void pair_translate(const struct pair *p, int from, struct endpoint *src,
			   struct endpoint *dst)
{
	const struct addr outside = addr_v4(0xc6336401); /* 198.51.100.1 */

	if (!p->nat)
		return;
	if (from == 0) {
		src->addr = outside;
		src->port = (uint16_t)(src->port + 10000);
	} else {
		dst->addr = p->end[0].addr;
		dst->port = (uint16_t)(dst->port - 10000);
	}
}

static void pair_send(void *ctx, const struct endpoint *local, const struct endpoint *remote,
		      struct view datagram)
{
	struct pair_end *end = ctx;
	struct pair *p = end->pair;
	struct endpoint src = *local, dst = *remote;
	enum pair_fate fate = PAIR_PASS;
	uint8_t copy[8192];
	size_t len = datagram.len;

	assert(len > 0 && len <= 4096);
	memcpy(copy, datagram.data, len);
	memcpy(p->last[end->index], copy, len);
	p->last_len[end->index] = len;
	p->datagrams++;
	if (p->cut[end->index] || p->datagrams == p->drop_index)
		return;
	if (p->filter != NULL)
		fate = p->filter(p, end->index, copy, &len, p->filter_arg);
	if (fate == PAIR_DROP)
		return;
	pair_translate(p, end->index, &src, &dst);
	pair_send_item(p, 1 - end->index, &dst, &src, copy, len);
	if (fate == PAIR_TWICE || p->datagrams == p->twice_index)
		pair_send_item(p, 1 - end->index, &dst, &src, copy, len);
}

static void pair_post(void *ctx, const struct engine_msg *m)
{
	struct pair_end *end = ctx;
	struct pair_item *item = calloc(1, sizeof(*item));

	item->is_answer = true;
	item->answer = *m;
	item->to = end->index;
	item->due_ms = loop_now(end->pair->loop);
	pair_put(end->pair, item);
}

static uint64_t pair_now(void *ctx)
{
	const struct pair_end *end = ctx;

	return loop_now(end->pair->loop);
}

/* ---- connections ----------------------------------------------------------------------------- */

struct proposal pair_ike_proposal(uint16_t encr, uint16_t bits, uint16_t integ, uint16_t dh)
{
	struct proposal p = {.protocol = IKE_PROTO_IKE};

	proposal_add(&p, TRANSFORM_ENCR, encr, bits);
	proposal_add(&p, TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	if (integ != INTEG_NONE)
		proposal_add(&p, TRANSFORM_INTEG, integ, 0);
	proposal_add(&p, TRANSFORM_DH, dh, 0);
	return p;
}

struct proposal pair_esp_proposal(uint16_t encr, uint16_t bits, uint16_t integ, uint16_t dh)
{
	struct proposal p = {.protocol = IKE_PROTO_ESP};

	proposal_add(&p, TRANSFORM_ENCR, encr, bits);
	if (integ != INTEG_NONE)
		proposal_add(&p, TRANSFORM_INTEG, integ, 0);
	if (dh != DH_NONE)
		proposal_add(&p, TRANSFORM_DH, dh, 0);
	return p;
}

static struct addr pair_addr(const struct pair_options *o, int end)
{
	struct addr a;

	if (addr_parse(&a, o->v6 ? (end == 0 ? "2001:db8::1" : "2001:db8::2")
				 : (end == 0 ? "10.1.1.1" : "10.1.1.2")) != 0)
		abort();
	return a;
}

static void pair_children(struct conn *c, const struct pair_options *o, int end)
{
	c->child_count = o->children == 0 ? 1 : (uint8_t)o->children;
	for (unsigned int i = 0; i < c->child_count; i++) {
		struct prefix net[2];

		net[0].addr = addr_v4(0xac100000u + (i << 8)); /* 172.16.i.0 */
		net[1].addr = addr_v4(0xc0a80000u + (i << 8)); /* 192.168.i.0 */
		net[0].len = net[1].len = 24;
		if (i == 0 && end == 1 && o->remote_selector != NULL)
			prefix_parse(&net[1], o->remote_selector);
		c->children[i] = (struct conn_child){.child = 10 * (i + 1), .reqid = i + 1};
		c->children[i].selector.local = net[end];
		c->children[i].selector.remote = net[1 - end];
	}
}

static void pair_identities(struct conn *c, const struct pair_options *o, int end)
{
	const char *psk = o->psk[end] != NULL ? o->psk[end] : "secret";
	const char *mine = o->id[end], *theirs = o->id[1 - end];

	c->psk_local = secret_new(psk, strlen(psk));
	c->psk_remote = secret_new(psk, strlen(psk));
	if (mine != NULL)
		identity_set(&c->local_id, IDENTITY_FQDN, mine, strlen(mine));
	if (theirs != NULL)
		identity_set(&c->remote_id, IDENTITY_FQDN, theirs, strlen(theirs));
}

struct conn *pair_conn(const struct pair_options *o, int end)
{
	static const struct pair_options none;
	struct conn *c = conn_new();

	o = o != NULL ? o : &none;
	assert(c != NULL);
	c->id = 1;
	c->version = 1;
	c->seq = 10;
	strncpy(c->name, "VPN 10", sizeof(c->name) - 1);
	c->local = pair_addr(o, end);
	c->peers[0] = pair_addr(o, 1 - end);
	c->peer_count = 1;
	pair_identities(c, o, end);
	c->ike[0] = o->ike != NULL
			    ? *o->ike
			    : pair_ike_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_CURVE25519);
	if (end == 1 && o->ike_other != NULL)
		c->ike[0] = *o->ike_other;
	c->ike_count = 1;
	c->esp[0] = o->esp != NULL ? *o->esp
				   : pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_NONE);
	c->esp_count = 1;
	c->ike_lifetime_s = o->ike_lifetime_s;
	c->dpd = o->dpd;
	pair_children(c, o, end);
	return c;
}

void pair_put_conn(struct pair *p, int end, struct conn *c)
{
	struct engine_msg m = {.type = ENGINE_CONN_PUT, .conn_put.conn = c};

	(void)pair_ask(p, end, &m);
	conn_unref(c);
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool pair_start_end(struct pair *p, int i, const struct pair_options *o)
{
	static const struct ike_transport_ops transport = {.send = pair_send};
	struct pair_end *end = &p->end[i];

	end->pair = p;
	end->index = i;
	end->addr = pair_addr(o, i);
	end->jobs = jobs_new(p->loop, 0, 1024);
	fake_router_init(&end->router, i == 0 ? 0xff000001 : 0x00000100);
	end->router.post = pair_post;
	end->router.ctx = end;
	end->router.now = pair_now;
	if (end->jobs == NULL)
		return false;
	end->v2 = ike_v2_new(p->loop, end->jobs, fake_router_port(&end->router), &transport, end);
	return end->v2 != NULL;
}

struct pair *pair_new(const struct pair_options *o)
{
	static const struct pair_options none;
	struct pair *p = calloc(1, sizeof(*p));

	o = o != NULL ? o : &none;
	p->loop = loop_new_simulated(1000000);
	p->random = 1;
	assert(p->loop != NULL);
	loop_timer_init(&p->pump, p->loop, "pair", pair_pump, p);
	if (!pair_start_end(p, 0, o) || !pair_start_end(p, 1, o)) {
		pair_free(p);
		return NULL;
	}
	pair_put_conn(p, 0, pair_conn(o, 0));
	pair_put_conn(p, 1, pair_conn(o, 1));
	return p;
}

void pair_free(struct pair *p)
{
	if (p == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		ike_v2_free(p->end[i].v2);
		jobs_free(p->end[i].jobs);
	}
	while (p->queue != NULL) {
		struct pair_item *item = p->queue;

		p->queue = item->next;
		free(item);
	}
	loop_timer_stop(&p->pump);
	loop_free(p->loop);
	free(p);
}

void pair_run(struct pair *p, uint64_t ms)
{
	(void)loop_advance(p->loop, ms);
}

uint32_t pair_ask(struct pair *p, int end, struct engine_msg *m)
{
	m->token = fake_router_token(&p->end[end].router);
	ike_v2_message(p->end[end].v2, m);
	return m->token;
}

uint32_t pair_initiate(struct pair *p, int end, uint32_t child, bool initial_contact, uint8_t why)
{
	struct engine_msg m = {
		.type = ENGINE_INITIATE,
		.initiate = {
			.conn = 1, .child = child, .initial_contact = initial_contact, .why = why}};

	return pair_ask(p, end, &m);
}

uint32_t pair_ref(struct pair *p, int end, enum engine_type type, uint32_t child, uint32_t spi_in,
		  uint8_t why)
{
	struct engine_msg m = {.type = type,
			       .ref = {.conn = 1, .child = child, .spi_in = spi_in, .why = why}};

	return pair_ask(p, end, &m);
}

int pair_result(struct pair *p, int end, uint32_t token)
{
	assert(fake_router_is_done(&p->end[end].router, token));
	return fake_router_result(&p->end[end].router, token)->result;
}

void pair_inject(struct pair *p, int to, struct view datagram)
{
	const struct endpoint local = {.addr = p->end[to].addr, .port = 500};
	const struct endpoint remote = {.addr = p->end[1 - to].addr, .port = 500};

	ike_v2_receive(p->end[to].v2, &local, &remote, datagram);
}

/* ---- looking --------------------------------------------------------------------------------- */

void pair_assert_synced(struct pair *p, size_t pairs)
{
	for (int i = 0; i < 2; i++) {
		struct fake_router *a = &p->end[i].router, *b = &p->end[1 - i].router;

		assert(fake_router_larval_count(a) == 0);
		assert(fake_router_sa_count(a, true) == pairs);
		assert(fake_router_sa_count(a, false) == pairs);
		assert(a->outbound_first == 0 && a->duplicate_spis == 0);
		for (size_t j = 0; j < FAKE_SAS_MAX; j++) {
			const struct fake_sa *out = &a->sas[j], *in;

			if (!out->used || out->in)
				continue;
			in = fake_router_find(b, out->spi, true);
			assert(in != NULL && !in->larval && in->key_len == out->key_len);
			assert(memcmp(in->key, out->key, in->key_len) == 0);
			assert(in->esn == out->esn && in->child == out->child);
		}
	}
}

bool pair_packet(struct pair *p, int from, uint32_t child)
{
	struct fake_sa *out = fake_router_sender(&p->end[from].router, child);
	struct fake_sa *in;

	if (out == NULL)
		return false;
	out->packets++;
	out->last_ms = loop_now(p->loop);
	in = fake_router_find(&p->end[1 - from].router, out->spi, true);
	if (in == NULL || in->larval || memcmp(in->key, out->key, out->key_len) != 0)
		return false;
	in->packets++;
	in->last_ms = loop_now(p->loop);
	return true;
}

size_t pair_ikes(const struct pair *p, int end)
{
	struct pair_end *e = (struct pair_end *)(uintptr_t)&p->end[end];
	const size_t before = e->router.event_count;
	struct engine_msg m = {.type = ENGINE_LIST};
	size_t count = 0;

	do {
		m.token = fake_router_token(&e->router);
		ike_v2_message(e->v2, &m);
		m.list.cursor = fake_router_result(&e->router, m.token)->cursor;
	} while (m.list.cursor != 0);
	for (size_t i = before; i < e->router.event_count; i++)
		count += e->router.events[i % FAKE_EVENTS_MAX].type == ENGINE_IKE_UP;
	return count;
}

bool pair_establish(struct pair *p)
{
	const uint32_t token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);

	pair_run(p, 1000);
	if (pair_result(p, 0, token) != 0)
		return false;
	pair_assert_synced(p, 1);
	return true;
}
