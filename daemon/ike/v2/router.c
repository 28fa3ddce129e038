/*
 * The way to router: our requests with their tokens, the groups of its requests that wait for an
 * end, and events. A request is answered exactly once: by DONE, or by -EPIPE when the pair breaks.
 * An answer whose asker has gone is still looked at: a fresh SPI must not stay in the kernel.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

struct ike_pending {
	struct list node;
	struct table_node by_token, by_arg;
	uint32_t token;
	enum engine_type type;
	void (*done)(void *arg, const struct engine_done *done); /* NULL: nobody waits now */
	void *arg;
	struct engine_sa_install sa; /* ALLOC_SPI, SA_INSTALL: what it asked for, without keys */
};

static int router_send(struct ike_v2 *v2, const struct engine_msg *m)
{
	if (v2->router.ops == NULL)
		return -EPIPE;
	ike_record_ride(v2);
	return v2->router.ops->send(v2->router.ctx, m);
}

static void router_remember(struct ike_pending *p, const struct engine_msg *m)
{
	if (m->type == ENGINE_ALLOC_SPI) {
		p->sa.conn = m->alloc_spi.conn;
		p->sa.protocol = m->alloc_spi.protocol;
		p->sa.local.addr = m->alloc_spi.local;
		p->sa.remote.addr = m->alloc_spi.remote;
		p->sa.parts = ENGINE_PART_IN;
	} else if (m->type == ENGINE_SA_INSTALL) {
		p->sa = m->sa_install;
		p->sa.encr_in = p->sa.integ_in = p->sa.encr_out = p->sa.integ_out = NULL;
	}
}

/* An answer names its token; an asker that goes names itself. */
static uint32_t router_token_hash(const struct ike_v2 *v2, uint32_t token)
{
	return hash_u32(token, table_seed(v2->by_token));
}

static uint32_t router_arg_hash(const struct ike_v2 *v2, const void *arg)
{
	return hash_bytes(&arg, sizeof(arg), table_seed(v2->by_arg));
}

static int router_link(struct ike_v2 *v2, struct ike_pending *p)
{
	if (table_insert(v2->by_token, &p->by_token, router_token_hash(v2, p->token)) != 0)
		return -ENOMEM;
	if (table_insert(v2->by_arg, &p->by_arg, router_arg_hash(v2, p->arg)) != 0) {
		table_remove(v2->by_token, &p->by_token);
		return -ENOMEM;
	}
	list_append(&v2->pending, &p->node);
	return 0;
}

static void router_unlink(struct ike_v2 *v2, struct ike_pending *p)
{
	table_remove(v2->by_token, &p->by_token);
	table_remove(v2->by_arg, &p->by_arg);
	list_remove(&p->node);
}

int ike_router_request(struct ike_v2 *v2, struct engine_msg *m,
		       void (*done)(void *arg, const struct engine_done *done), void *arg)
{
	struct ike_pending *p = alloc_zero(sizeof(*p));
	int r;

	if (p == NULL)
		return -ENOMEM;
	if (++v2->next_token == 0)
		v2->next_token = 1;
	m->token = p->token = v2->next_token;
	p->type = m->type;
	p->done = done;
	p->arg = arg;
	router_remember(p, m);
	r = router_link(v2, p);
	if (r == 0) {
		r = router_send(v2, m);
		if (r != 0)
			router_unlink(v2, p);
	}
	if (r != 0)
		alloc_free(p);
	return r;
}

/* The asker has gone: what came for it goes back. */
static void router_give_back(struct ike_v2 *v2, struct ike_pending *p,
			     const struct engine_done *done)
{
	if (done->result != 0 || p->sa.parts == 0)
		return;
	if (p->type == ENGINE_ALLOC_SPI)
		p->sa.spi_in = done->spi;
	ike_router_sa_delete(v2, &p->sa, p->sa.parts, ENGINE_WHY_LOCAL_ERROR);
}

static void router_finish(struct ike_v2 *v2, struct ike_pending *p, const struct engine_done *done)
{
	router_unlink(v2, p);
	if (p->done != NULL)
		p->done(p->arg, done);
	else
		router_give_back(v2, p, done);
	alloc_free(p);
}

static bool router_is_token(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct ike_pending, by_token)->token == *(const uint32_t *)key;
}

void ike_router_answer(struct ike_v2 *v2, const struct engine_msg *m)
{
	struct table_node *n = table_find(v2->by_token, router_token_hash(v2, m->token),
					  router_is_token, &m->token);

	if (n != NULL)
		router_finish(v2, table_entry(n, struct ike_pending, by_token), &m->done);
}

void ike_router_lost(struct ike_v2 *v2)
{
	const struct engine_done broken = {.result = -EPIPE};
	struct list old;

	/* Handlers may ask again: only those that were pending now fail. */
	list_init(&old);
	while (!list_empty(&v2->pending)) {
		struct list *first = v2->pending.next;

		list_remove(first);
		list_append(&old, first);
	}
	while (!list_empty(&old))
		router_finish(v2, list_entry(old.next, struct ike_pending, node), &broken);
}

void ike_router_forget(struct ike_v2 *v2, const void *arg)
{
	const uint32_t hash = router_arg_hash(v2, arg);

	for (struct table_node *n = NULL; (n = table_same(v2->by_arg, hash, n)) != NULL;) {
		struct ike_pending *p = table_entry(n, struct ike_pending, by_arg);

		if (p->arg == arg)
			p->done = NULL;
	}
}

void ike_router_free(struct ike_v2 *v2)
{
	while (!list_empty(&v2->pending)) {
		struct ike_pending *p = list_entry(v2->pending.next, struct ike_pending, node);

		router_unlink(v2, p);
		alloc_free(p);
	}
}

void ike_router_done(struct ike_v2 *v2, uint32_t token, const struct engine_done *done)
{
	const struct engine_msg m = {.type = ENGINE_DONE, .token = token, .done = *done};

	(void)router_send(v2, &m); /* no other end: its tokens have failed there already */
}

void ike_router_event(struct ike_v2 *v2, const struct engine_msg *m)
{
	(void)router_send(v2, m); /* no other end: nobody listens */
}

void ike_router_result_of(struct ike_v2 *v2, uint32_t token, int result)
{
	const struct engine_done done = {.result = result};

	ike_router_done(v2, token, &done);
}

static struct engine_msg router_deletion(const struct engine_sa_install *sa, uint8_t parts,
					 uint8_t why)
{
	return (struct engine_msg){
		.type = ENGINE_SA_DELETE,
		.sa =
			{
				.conn = sa->conn,
				.protocol = sa->protocol,
				.parts = parts,
				.spi_in = sa->spi_in,
				.spi_out = sa->spi_out,
				.local = sa->local,
				.remote = sa->remote,
				.encap = sa->encap,
				.why = why,
			},
	};
}

int ike_router_sa_silence(struct ike_v2 *v2, const struct engine_sa_install *sa, uint8_t why,
			  void (*done)(void *arg, const struct engine_done *done), void *arg)
{
	struct engine_msg m = router_deletion(sa, ENGINE_PART_OUT, why);

	return ike_router_request(v2, &m, done, arg);
}

void ike_router_sa_delete(struct ike_v2 *v2, const struct engine_sa_install *sa, uint8_t parts,
			  uint8_t why)
{
	struct engine_msg m = router_deletion(sa, parts, why);

	if (parts == 0)
		return;
	/* Nobody waits for the answer, so no memory is needed: deleting always works. */
	if (++v2->next_token == 0)
		v2->next_token = 1;
	m.token = v2->next_token;
	(void)router_send(v2, &m);
}

/* ---- events ---------------------------------------------------------------------------------- */

void ike_event_sa(const struct ike_sa *sa, enum engine_type type, bool listed)
{
	const struct ike_sa_state *s = sa->s;
	const uint64_t now = ike_v2_now(sa->v2);
	const struct engine_msg m = {
		.type = type,
		.ike =
			{
				.ike = sa->handle,
				.conn = sa->conn != NULL ? sa->conn->id : 0,
				.initiator = s->initiator,
				.listed = listed,
				.nat_local = s->nat_local,
				.nat_remote = s->nat_remote,
				.local = s->local,
				.remote = s->remote,
				.local_id = s->local_id,
				.remote_id = s->remote_id,
				.spi_i = s->spi_i,
				.spi_r = s->spi_r,
				.chosen = s->chosen,
				.lifetime_s = sa->conn != NULL ? sa->conn->ike_lifetime_s : 0,
				.age_ms = s->established ? now - s->established_ms : 0,
				.why = sa->why,
				.notify = sa->notify,
			},
	};

	(void)router_send(sa->v2, &m);
}

void ike_event_child(const struct ike_child *c, enum engine_type type, uint32_t old_spi_in,
		     uint8_t why, uint16_t notify, bool listed)
{
	const struct engine_msg m = {
		.type = type,
		.child =
			{
				.ike = c->sa->handle,
				.conn = c->install.conn,
				.child = c->child,
				.protocol = c->install.protocol,
				.spi_in = c->install.spi_in,
				.spi_out = c->install.spi_out,
				.old_spi_in = old_spi_in,
				.initiator = c->initiator,
				.listed = listed,
				.selector = c->install.selector,
				.why = why,
				.notify = notify,
			},
	};

	(void)router_send(c->sa->v2, &m);
}

/* RFC 7296 3.10.1: the SPI of INVALID_SPI is the data, the SPI size is 0; some peers put it into
 * the SPI field. Both are read. */
void ike_event_notify(struct ike_v2 *v2, const struct endpoint *peer, engine_ike ike,
		      const struct ike_notify_body *n, bool is_protected)
{
	struct engine_msg m = {
		.type = ENGINE_PEER_NOTIFY,
		.notify =
			{
				.peer = *peer,
				.ike = ike,
				.notify = n->type,
				.is_protected = is_protected,
			},
	};
	struct reader r = reader_of(n->data);

	m.notify.spi = n->spi_len == 4 ? (uint32_t)n->spi : 0;
	if (m.notify.spi == 0 && n->type == IKE_N_INVALID_SPI && n->data.len >= 4)
		m.notify.spi = reader_u32(&r);
	(void)router_send(v2, &m);
}

/* ---- groups that wait ------------------------------------------------------------------------ */

struct ike_wait *ike_wait_new(uint32_t token)
{
	struct ike_wait *w = alloc_zero(sizeof(*w));

	if (w != NULL) {
		w->token = token;
		w->refs = 1;
	}
	return w;
}

struct ike_wait *ike_wait_ref(struct ike_wait *w)
{
	if (w != NULL)
		w->refs++;
	return w;
}

void ike_wait_end(struct ike_v2 *v2, struct ike_wait *w, const struct engine_done *done)
{
	if (w == NULL)
		return;
	if (done != NULL && w->done.result == 0) {
		const uint32_t spi = w->done.spi;

		w->done = *done;
		if (w->done.spi == 0)
			w->done.spi = spi;
	}
	if (--w->refs > 0)
		return;
	ike_router_done(v2, w->token, &w->done);
	alloc_free(w);
}

int ike_waiters_add(struct list *waiters, struct ike_wait *w)
{
	struct ike_waiter *n;

	if (w == NULL)
		return 0;
	n = alloc_zero(sizeof(*n));
	if (n == NULL)
		return -ENOMEM;
	n->wait = ike_wait_ref(w);
	list_append(waiters, &n->node);
	return 0;
}

void ike_waiters_end(struct ike_v2 *v2, struct list *waiters, const struct engine_done *done)
{
	while (!list_empty(waiters)) {
		struct ike_waiter *n = list_entry(waiters->next, struct ike_waiter, node);

		list_remove(&n->node);
		ike_wait_end(v2, n->wait, done);
		alloc_free(n);
	}
}

/* router has gone and its tokens with it: no DONE is sent. */
void ike_wait_drop(struct ike_wait **w)
{
	if (*w != NULL && --(*w)->refs == 0)
		alloc_free(*w);
	*w = NULL;
}

void ike_waiters_drop(struct list *waiters)
{
	while (!list_empty(waiters)) {
		struct ike_waiter *n = list_entry(waiters->next, struct ike_waiter, node);

		list_remove(&n->node);
		ike_wait_drop(&n->wait);
		alloc_free(n);
	}
}
