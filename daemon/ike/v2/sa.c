/*
 * IKE SAs: making, finding, going up and down. Going down is one function: whatever the cause, the
 * Children, tasks and waiters end there, and router hears one IKE_DOWN with the reason.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/secret.h"

static uint64_t sa_own_spi(const struct ike_sa *sa)
{
	return sa->s->initiator ? sa->s->spi_i : sa->s->spi_r;
}

static bool sa_spi_match(const struct table_node *node, const void *key)
{
	return sa_own_spi(table_entry(node, struct ike_sa, by_spi)) == *(const uint64_t *)key;
}

static uint32_t sa_spi_hash(const struct ike_v2 *v2, uint64_t spi)
{
	return hash_bytes(&spi, sizeof(spi), table_seed(v2->by_spi));
}

struct ike_sa *ike_sa_by_spi(const struct ike_v2 *v2, uint64_t our_spi)
{
	struct table_node *n =
		table_find(v2->by_spi, sa_spi_hash(v2, our_spi), sa_spi_match, &our_spi);

	return n == NULL ? NULL : table_entry(n, struct ike_sa, by_spi);
}

struct sa_init_key {
	uint64_t spi_i;
	const struct endpoint *from;
};

static bool sa_init_match(const struct table_node *node, const void *key)
{
	const struct ike_sa *sa = table_entry(node, struct ike_sa, by_init);
	const struct sa_init_key *k = key;

	return sa->s->spi_i == k->spi_i && addr_equal(&sa->s->remote.addr, &k->from->addr);
}

static uint32_t sa_init_hash(const struct ike_v2 *v2, uint64_t spi_i)
{
	return hash_bytes(&spi_i, sizeof(spi_i), table_seed(v2->by_init));
}

struct ike_sa *ike_sa_by_init(const struct ike_v2 *v2, uint64_t spi_i, const struct endpoint *from)
{
	const struct sa_init_key k = {.spi_i = spi_i, .from = from};
	struct table_node *n = table_find(v2->by_init, sa_init_hash(v2, spi_i), sa_init_match, &k);

	return n == NULL ? NULL : table_entry(n, struct ike_sa, by_init);
}

int ike_sa_index_init(struct ike_sa *sa)
{
	int r = table_insert(sa->v2->by_init, &sa->by_init, sa_init_hash(sa->v2, sa->s->spi_i));

	sa->indexed = r == 0;
	return r;
}

static uint32_t sa_handle_hash(const struct ike_v2 *v2, engine_ike handle)
{
	return hash_u32(handle, table_seed(v2->by_handle));
}

static bool sa_handle_match(const struct table_node *node, const void *key)
{
	return table_entry(node, struct ike_sa, by_handle)->handle == *(const engine_ike *)key;
}

struct ike_sa *ike_sa_by_handle(const struct ike_v2 *v2, engine_ike handle)
{
	struct table_node *n =
		table_find(v2->by_handle, sa_handle_hash(v2, handle), sa_handle_match, &handle);

	return n == NULL ? NULL : table_entry(n, struct ike_sa, by_handle);
}

static uint32_t sa_peer_hash(const struct ike_v2 *v2, const struct addr *peer)
{
	return addr_hash(peer, table_seed(v2->by_peer));
}

struct ike_sa *ike_sa_next_of_peer(const struct ike_v2 *v2, const struct addr *peer,
				   const struct ike_sa *it)
{
	const uint32_t hash = sa_peer_hash(v2, peer);
	const struct table_node *n = it == NULL ? NULL : &it->by_peer;

	while ((n = table_same(v2->by_peer, hash, n)) != NULL) {
		struct ike_sa *sa = table_entry(n, struct ike_sa, by_peer);

		if (addr_equal(&sa->s->remote.addr, peer))
			return sa;
	}
	return NULL;
}

/* Its peers one after the other; the one that `it` is with says where the walk stands. */
struct ike_sa *ike_sa_next_of_conn(const struct ike_v2 *v2, const struct conn *c,
				   const struct ike_sa *it)
{
	size_t i = 0;

	while (it != NULL && i < c->peer_count && !addr_equal(&c->peers[i], &it->s->remote.addr))
		i++;
	for (; i < c->peer_count; i++, it = NULL) {
		struct ike_sa *sa = (struct ike_sa *)(uintptr_t)it;

		while ((sa = ike_sa_next_of_peer(v2, &c->peers[i], sa)) != NULL)
			if (sa->conn != NULL && sa->conn->id == c->id)
				return sa;
	}
	return NULL;
}

/* The table has a bucket for it already, so putting it back cannot fail. */
void ike_sa_move(struct ike_sa *sa, const struct endpoint *local, const struct endpoint *remote)
{
	sa->s->local = *local;
	if (addr_equal(&sa->s->remote.addr, &remote->addr)) {
		sa->s->remote = *remote;
		return;
	}
	table_remove(sa->v2->by_peer, &sa->by_peer);
	sa->s->remote = *remote;
	(void)table_insert(sa->v2->by_peer, &sa->by_peer, sa_peer_hash(sa->v2, &remote->addr));
}

static bool sa_is_better(const struct ike_sa *sa, const struct ike_sa *best)
{
	if (best == NULL || sa->s->established_ms != best->s->established_ms)
		return best == NULL || sa->s->established_ms > best->s->established_ms;
	return sa->handle > best->handle;
}

static struct ike_sa *sa_best(struct ike_sa *sa, struct ike_sa *best, uint32_t conn)
{
	return sa->phase == IKE_PHASE_ESTABLISHED && !sa->duplicate &&
			       (conn == 0 || sa->conn->id == conn) && sa_is_better(sa, best)
		       ? sa
		       : best;
}

/* Of a connection: its peers' alone are looked at. */
struct ike_sa *ike_sa_established(const struct ike_v2 *v2, uint32_t conn, const struct addr *peer)
{
	const struct conn *c = conn == 0 ? NULL : ike_conns_by_id(v2, conn);
	struct ike_sa *best = NULL, *sa = NULL;
	struct list *it;

	while (peer != NULL && (sa = ike_sa_next_of_peer(v2, peer, sa)) != NULL)
		best = sa_best(sa, best, conn);
	while (peer == NULL && c != NULL && (sa = ike_sa_next_of_conn(v2, c, sa)) != NULL)
		best = sa_best(sa, best, conn);
	if (peer != NULL || conn != 0)
		return best;
	list_for_each(it, &v2->sas) best = sa_best(list_entry(it, struct ike_sa, node), best, conn);
	return best;
}

void ike_sa_mark(struct ike_sa *sa)
{
	list_remove(&sa->mark);
	list_append(&sa->v2->marked, &sa->mark);
}

struct ike_sa *ike_sa_take_marked(struct ike_v2 *v2)
{
	struct ike_sa *sa;

	if (list_empty(&v2->marked))
		return NULL;
	sa = list_entry(v2->marked.next, struct ike_sa, mark);
	list_remove(&sa->mark);
	return sa;
}

bool ike_sa_is_half_open(const struct ike_sa *sa)
{
	return sa->phase <= IKE_PHASE_HALF_OPEN;
}

/* An IPv6 host commands a /64; its addresses count as one peer. */
static bool sa_same_source(const struct addr *a, const struct addr *b)
{
	const struct prefix p = prefix_make(b, b->family == AF_INET6 ? 64 : 32);

	return a->family == b->family && prefix_contains(&p, a);
}

size_t ike_sa_half_open_from(const struct ike_v2 *v2, const struct addr *peer)
{
	size_t count = 0;
	struct list *it;

	list_for_each(it, &v2->callers)
		count += sa_same_source(&list_entry(it, struct ike_sa, call)->s->remote.addr, peer);
	return count;
}

void ike_sa_set_conn(struct ike_sa *sa, const struct conn *c)
{
	const struct conn *old = sa->conn;

	sa->conn = c == NULL ? NULL : conn_ref(c);
	sa->s->conn = c == NULL ? 0 : c->id;
	conn_unref(old);
}

static engine_ike sa_new_handle(struct ike_v2 *v2)
{
	do {
		v2->next_handle = v2->next_handle >= IKE_HANDLE_MAX ? 1 : v2->next_handle + 1;
	} while (v2->sa_count > 0 && ike_sa_by_handle(v2, v2->next_handle) != NULL);
	return v2->next_handle;
}

static uint64_t sa_new_spi(const struct ike_v2 *v2)
{
	uint64_t spi;

	do {
		random_bytes(&spi, sizeof(spi));
	} while (spi == 0 || ike_sa_by_spi(v2, spi) != NULL);
	return spi;
}

/* The list is in the order of handles, which LIST's cursor walks: at its end, but for the rare time
 * when handles began anew. */
static void sa_link(struct ike_sa *sa)
{
	struct list *at = &sa->v2->sas;

	while (at->prev != &sa->v2->sas &&
	       list_entry(at->prev, struct ike_sa, node)->handle > sa->handle)
		at = at->prev;
	list_insert_before(at, &sa->node);
}

static void sa_init_fields(struct ike_sa *sa, struct ike_v2 *v2)
{
	sa->v2 = v2;
	list_init(&sa->node);
	list_init(&sa->mark);
	list_init(&sa->halt);
	list_init(&sa->call);
	list_init(&sa->children);
	list_init(&sa->tasks);
	list_init(&sa->ops);
	list_init(&sa->close_waiters);
	loop_timer_init(&sa->retransmit, v2->loop, "ike retransmit", ike_task_retransmit, sa);
	loop_timer_init(&sa->guard, v2->loop, "ike guard", ike_timer_guard, sa);
	loop_timer_init(&sa->dpd, v2->loop, "ike dpd", ike_timer_dpd, sa);
	loop_timer_init(&sa->life, v2->loop, "ike lifetime", ike_timer_life, sa);
}

static int sa_index(struct ike_sa *sa)
{
	struct ike_v2 *v2 = sa->v2;

	if (table_insert(v2->by_spi, &sa->by_spi, sa_spi_hash(v2, sa_own_spi(sa))) != 0)
		return -ENOMEM;
	if (table_insert(v2->by_handle, &sa->by_handle, sa_handle_hash(v2, sa->handle)) != 0)
		goto no_handle;
	if (table_insert(v2->by_peer, &sa->by_peer, sa_peer_hash(v2, &sa->s->remote.addr)) == 0)
		return 0;
	table_remove(v2->by_handle, &sa->by_handle);
no_handle:
	table_remove(v2->by_spi, &sa->by_spi);
	return -ENOMEM;
}

struct ike_sa *ike_sa_new(struct ike_v2 *v2, bool initiator, const struct endpoint *local,
			  const struct endpoint *remote)
{
	struct ike_sa *sa;

	if (v2->sa_count >= IKE_SAS_MAX || (sa = alloc_zero(sizeof(*sa))) == NULL)
		return NULL;
	sa_init_fields(sa, v2);
	sa->s = ike_state_new();
	sa->hs = alloc_zero(sizeof(*sa->hs));
	if (sa->s == NULL || sa->hs == NULL)
		goto fail;
	sa->s->initiator = initiator;
	sa->s->local = *local;
	sa->s->remote = *remote;
	if (initiator)
		sa->s->spi_i = sa_new_spi(v2);
	else
		sa->s->spi_r = sa_new_spi(v2);
	sa->handle = sa_new_handle(v2);
	if (sa_index(sa) != 0)
		goto fail;
	sa->init_ms = sa->heard_ms = ike_v2_now(v2);
	sa->phase = initiator ? IKE_PHASE_START : IKE_PHASE_INIT_GOT;
	sa_link(sa);
	v2->sa_count++;
	if (!initiator) {
		v2->half_open++;
		list_append(&v2->callers, &sa->call);
	}
	return sa;
fail:
	ike_sa_free(sa);
	return NULL;
}

void ike_handshake_free(struct ike_sa *sa)
{
	struct ike_handshake *hs = sa->hs;

	if (hs == NULL)
		return;
	ike_dh_orphan(hs->job);
	ike_dh_free(hs->dh);
	secret_free(hs->shared);
	alloc_free(hs->init_request);
	alloc_free(hs->init_response);
	alloc_free(hs);
	sa->hs = NULL;
}

void ike_sa_free(struct ike_sa *sa)
{
	ike_handshake_free(sa);
	ike_keys_clear(&sa->keys);
	ike_state_free(sa->s);
	conn_unref(sa->conn);
	alloc_free(sa);
}

void ike_sa_announce_half(struct ike_sa *sa)
{
	sa->announced = true;
	ike_event_sa(sa, ENGINE_IKE_HALF, false);
}

void ike_sa_up(struct ike_sa *sa)
{
	struct ike_v2 *v2 = sa->v2;
	char local[IDENTITY_STRLEN], remote[IDENTITY_STRLEN];

	if (sa->s->initiator == 0)
		v2->half_open--;
	list_remove(&sa->call);
	sa->phase = IKE_PHASE_ESTABLISHED;
	sa->lowest = *ike_nonce_lowest(&sa->hs->ni, &sa->hs->nr);
	sa->s->established = 1;
	sa->s->established_ms = sa->heard_ms = ike_v2_now(v2);
	v2->stats.established++;
	v2->stats.established_by_peer += !sa->s->initiator;
	loop_timer_stop(&sa->guard);
	ike_trace(sa, 1, "Session with IKE ID PAIR (%s, %s) is UP",
		  identity_format(&sa->s->remote_id, remote, sizeof(remote)),
		  identity_format(&sa->s->local_id, local, sizeof(local)));
	sa->announced = true;
	ike_event_sa(sa, ENGINE_IKE_UP, false);
}

static int result_of(uint8_t why)
{
	switch (why) {
	case ENGINE_WHY_DPD:
	case ENGINE_WHY_TIMEOUT:
		return -ETIMEDOUT;
	case ENGINE_WHY_AUTH:
		return -EACCES;
	case ENGINE_WHY_PEER_REFUSED:
		return -ECONNREFUSED;
	case ENGINE_WHY_LOCAL_ERROR:
		return -ENOMEM;
	case ENGINE_WHY_CONFIG:
	case ENGINE_WHY_OPERATOR:
	case ENGINE_WHY_STOP:
		return -ECANCELED;
	default:
		return -ECONNRESET;
	}
}

/* One after the other from the front: the end of one may end others. */
static void sa_end_ops(struct ike_sa *sa, uint8_t why, uint16_t notify)
{
	while (!list_empty(&sa->ops)) {
		struct ike_op *op = list_entry(sa->ops.next, struct ike_op, node);

		if (op->initiator && !op->first)
			ike_inherit(sa, op->child, why, &op->waiters);
		ike_op_fail(op, result_of(why), notify);
	}
}

static void sa_stop(struct ike_sa *sa)
{
	loop_timer_stop(&sa->retransmit);
	loop_timer_stop(&sa->guard);
	loop_timer_stop(&sa->dpd);
	loop_timer_stop(&sa->life);
	if (sa->hs != NULL)
		ike_dh_orphan(sa->hs->job);
	ike_router_forget(sa->v2, sa);
}

void ike_sa_down(struct ike_sa *sa, uint8_t why, uint16_t notify)
{
	struct ike_v2 *v2 = sa->v2;
	const struct engine_done closed = {0};
	const struct engine_done failed = {.result = result_of(why), .notify = notify};
	struct list *it, *tmp;

	if (sa->phase == IKE_PHASE_DEAD)
		return;
	if (!sa->s->initiator && ike_sa_is_half_open(sa))
		v2->half_open--;
	sa->phase = IKE_PHASE_DEAD;
	sa->why = why;
	sa->notify = notify;
	sa_stop(sa);
	if (sa->indexed)
		table_remove(v2->by_init, &sa->by_init);
	table_remove(v2->by_spi, &sa->by_spi);
	table_remove(v2->by_handle, &sa->by_handle);
	table_remove(v2->by_peer, &sa->by_peer);
	list_remove(&sa->mark);
	list_remove(&sa->halt);
	list_remove(&sa->call);
	list_remove(&sa->node);
	list_append(&v2->dead_sas, &sa->node);
	v2->sa_count--;
	sa_end_ops(sa, why, notify);
	ike_task_fail_all(sa, failed.result, notify);
	list_for_each_safe(it, tmp, &sa->children)
		ike_child_gone(list_entry(it, struct ike_child, node), why, notify);
	if (sa->announced)
		ike_event_sa(sa, ENGINE_IKE_DOWN, false);
	ike_wait_end(v2, sa->replace_wait, &failed);
	sa->replace_wait = NULL;
	ike_waiters_end(v2, &sa->close_waiters, &closed);
}

void ike_sa_refuse(struct ike_sa *sa, uint8_t why, uint16_t notify)
{
	sa->v2->half_open--;
	list_remove(&sa->call);
	sa->phase = IKE_PHASE_FAILED;
	sa->why = why;
	sa->notify = notify;
	if (sa->announced)
		ike_event_sa(sa, ENGINE_IKE_DOWN, false);
	sa->announced = false;
	if (loop_timer_set(&sa->guard, IKE_FAILED_MS) != 0)
		ike_sa_down(sa, why, notify);
}

static void sa_silenced(void *arg, const struct engine_done *done)
{
	struct ike_sa *sa = arg;

	(void)done;
	if (--sa->silencing == 0)
		ike_task_next(sa);
}

/* No packet on a Child's way to the peer may be left when the peer has removed it: our outbound
 * parts go now (what takes over sends first), our DELETE when they are gone, the inbound parts when
 * the peer has answered. */
static void sa_stop_sending(struct ike_sa *sa, uint8_t why)
{
	struct list *it;

	list_for_each(it, &sa->children)
	{
		struct ike_child *c = list_entry(it, struct ike_child, node);
		struct ike_child *heir = ike_child_heir(c);

		if (heir != NULL)
			(void)ike_child_install_out(heir);
		loop_timer_stop(&c->out_timer);
		if (!c->out_busy)
			ike_child_wipe(c); /* what does not send yet never will */
		if (!c->out)
			continue;
		if (ike_router_sa_silence(sa->v2, &c->install, why, sa_silenced, sa) == 0)
			sa->silencing++;
		else
			ike_router_sa_delete(sa->v2, &c->install, ENGINE_PART_OUT, why);
		c->out = false;
	}
}

void ike_sa_close(struct ike_sa *sa, uint8_t why, uint16_t notify)
{
	struct ike_task *t;

	if (sa->phase == IKE_PHASE_DEAD)
		return;
	if (sa->phase == IKE_PHASE_CLOSING) {
		if (why == ENGINE_WHY_STOP)
			(void)loop_timer_set(&sa->guard, IKE_STOP_MS);
		return;
	}
	t = sa->keys.d != NULL && sa->phase != IKE_PHASE_FAILED &&
			    sa->phase != IKE_PHASE_HALF_OPEN && sa->phase != IKE_PHASE_INIT_GOT
		    ? ike_task_new(sa, &ike_task_delete_ike)
		    : NULL;
	/* Before keys there is nobody to tell; without memory it goes in silence. */
	if (t == NULL || (sa->phase == IKE_PHASE_AUTH_SENT && notify == 0)) {
		if (t != NULL)
			ike_task_end(t);
		ike_sa_down(sa, why, notify);
		return;
	}
	ike_record(sa, RECORD_IKE_CLOSING, sa->handle, why);
	ike_trace(sa, 1, "Closing IKE SA: %s", engine_reason_text(why));
	t->notify = notify;
	sa->phase = IKE_PHASE_CLOSING;
	sa_end_ops(sa, why, notify);
	ike_task_fail_queued(sa, result_of(why), notify);
	sa->why = why;
	sa->notify = notify;
	loop_timer_stop(&sa->dpd);
	loop_timer_stop(&sa->life);
	loop_timer_stop(&sa->guard);
	sa_stop_sending(sa, why);
	if (why == ENGINE_WHY_STOP && loop_timer_set(&sa->guard, IKE_STOP_MS) != 0) {
		ike_task_end(t);
		ike_sa_down(sa, why, notify);
		return;
	}
	ike_task_queue(t);
}
