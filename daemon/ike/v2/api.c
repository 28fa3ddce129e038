/*
 * What router asks of us: one handler a message type, each ending in exactly one DONE, at once or
 * when the exchanges it began are through.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/secret.h"

/* Handlers give 0 when DONE comes later or was sent, else the -errno for DONE. */

/* ---- which IKE SAs --------------------------------------------------------------------------- */

/* Marks those of a reference: its handle, else its connection, else all. */
/* An IKE SA's peer is one of its connection's: in this version of it, or in that of before. */
static void api_mark_conn(struct ike_v2 *v2, const struct conn *c)
{
	for (size_t i = 0; c != NULL && i < c->peer_count; i++) {
		struct ike_sa *sa = NULL;

		while ((sa = ike_sa_next_of_peer(v2, &c->peers[i], sa)) != NULL)
			if (sa->conn != NULL && sa->conn->id == c->id)
				ike_sa_mark(sa);
	}
}

static void api_mark(struct ike_v2 *v2, engine_ike ike, uint32_t conn)
{
	struct ike_sa *one = ike != 0 ? ike_sa_by_handle(v2, ike) : NULL;
	struct list *it;

	if (one != NULL)
		ike_sa_mark(one);
	else if (ike == 0 && conn != 0)
		api_mark_conn(v2, ike_conns_by_id(v2, conn));
	else if (ike == 0)
		list_for_each(it, &v2->sas) ike_sa_mark(list_entry(it, struct ike_sa, node));
}

static struct ike_sa *api_live(const struct ike_v2 *v2, engine_ike ike, uint32_t conn,
			       const struct addr *peer)
{
	struct ike_sa *sa;

	if (ike == 0)
		return ike_sa_established(v2, conn, peer);
	sa = ike_sa_by_handle(v2, ike);
	return sa != NULL && sa->phase == IKE_PHASE_ESTABLISHED ? sa : NULL;
}

/* ---- the pair and the connections ------------------------------------------------------------ */

static int api_hello(struct ike_v2 *v2, const struct engine_msg *m)
{
	(void)v2;
	(void)m; /* one version so far */
	return 0;
}

static bool api_same_ids(const struct conn *a, const struct conn *b)
{
	const struct identity la = ike_conn_local_id(a), lb = ike_conn_local_id(b);

	return identity_equal(&la, &lb) && identity_equal(&a->remote_id, &b->remote_id);
}

/* An established IKE SA is what the new version would have made as well. */
static bool api_conn_keeps(const struct ike_sa *sa, const struct conn *c)
{
	struct proposal out;

	if (!addr_equal(&sa->s->local.addr, &c->local) || !conn_has_peer(c, &sa->s->remote.addr) ||
	    !api_same_ids(sa->conn, c) || !secret_equal(sa->conn->psk_local, c->psk_local) ||
	    !secret_equal(sa->conn->psk_remote, c->psk_remote))
		return false;
	for (size_t i = 0; i < c->ike_count; i++)
		if (proposal_choose(&c->ike[i], &sa->s->chosen, &out))
			return true;
	return false;
}

static void api_check_children(struct ike_sa *sa)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->children)
	{
		struct ike_child *c = list_entry(it, struct ike_child, node);
		const struct conn_child *cc = conn_child(sa->conn, c->child);

		if (cc == NULL || !ike_select_within(&c->install.selector, &cc->selector))
			ike_child_delete(c, ENGINE_WHY_CONFIG);
	}
}

static void api_conn_changed(struct ike_v2 *v2, const struct conn *c)
{
	struct ike_sa *sa;

	while ((sa = ike_sa_take_marked(v2)) != NULL) {
		if (conn_same(sa->conn, c)) {
			ike_sa_set_conn(sa, c);
		} else if (ike_sa_is_half_open(sa)) {
			ike_sa_down(sa, ENGINE_WHY_CONFIG, 0);
		} else if (sa->phase == IKE_PHASE_ESTABLISHED && api_conn_keeps(sa, c)) {
			ike_sa_set_conn(sa, c);
			api_check_children(sa);
		} else if (sa->phase == IKE_PHASE_ESTABLISHED) {
			ike_sa_close(sa, ENGINE_WHY_CONFIG, 0);
		}
	}
}

static int api_conn_put(struct ike_v2 *v2, const struct engine_msg *m)
{
	const struct conn *c = m->conn_put.conn;
	int r;

	if (c == NULL || c->id == 0)
		return -EINVAL;
	api_mark_conn(v2, ike_conns_by_id(v2, c->id));
	r = ike_conns_put(v2, c);
	if (r != 0) {
		while (ike_sa_take_marked(v2) != NULL)
			;
		return r;
	}
	api_mark_conn(v2, c);
	api_conn_changed(v2, c);
	ike_router_result_of(v2, m->token, 0);
	return 0;
}

static int api_conn_del(struct ike_v2 *v2, const struct engine_msg *m)
{
	struct ike_sa *sa;

	if (m->ref.conn != 0)
		api_mark(v2, 0, m->ref.conn);
	while ((sa = ike_sa_take_marked(v2)) != NULL)
		ike_sa_close(sa, ENGINE_WHY_CONFIG, 0);
	ike_conns_del(v2, m->ref.conn);
	ike_router_result_of(v2, m->token, 0);
	return 0;
}

/* ---- new IKE SAs and Children ---------------------------------------------------------------- */

/* A Child over an IKE SA that lives or is about to; joins one that is under way already. */
static int api_child_over(struct ike_sa *sa, uint32_t child, uint8_t why, uint32_t token)
{
	struct ike_v2 *v2 = sa->v2;
	struct ike_op *op = ike_op_of(sa, child);
	struct ike_wait *w;
	int r;

	if (conn_child(sa->conn, child) == NULL)
		return -EINVAL;
	w = ike_wait_new(token);
	if (w == NULL)
		return -ENOMEM;
	if (op != NULL) {
		r = ike_waiters_add(&op->waiters, w);
	} else if ((op = ike_op_new(sa, child, true, why)) == NULL) {
		r = -ENOMEM;
	} else if ((r = ike_waiters_add(&op->waiters, w)) != 0) {
		ike_op_fail(op, r, 0);
	} else if (sa->phase == IKE_PHASE_ESTABLISHED) {
		ike_op_start(op);
	}
	if (r != 0)
		ike_wait_drop(&w);
	else
		ike_wait_end(v2, w, NULL);
	return r;
}

static struct ike_sa *api_half_open(const struct ike_v2 *v2, uint32_t conn, const struct addr *peer)
{
	struct ike_sa *sa = NULL;

	while ((sa = ike_sa_next_of_peer(v2, peer, sa)) != NULL)
		if (sa->s->initiator && ike_sa_is_half_open(sa) && sa->conn->id == conn &&
		    sa->replaces == 0)
			break;
	return sa;
}

static int api_initiate(struct ike_v2 *v2, const struct engine_msg *m)
{
	const struct engine_initiate *q = &m->initiate;
	const struct conn *c = ike_conns_by_id(v2, q->conn);
	const struct addr *peer;
	struct ike_wait *w;
	struct ike_sa *sa;
	int r;

	if (c == NULL || conn_child(c, q->child) == NULL || c->peer_count == 0)
		return -ENOENT;
	peer = addr_is_set(&q->peer) ? &q->peer : conn_current_peer(c);
	if (peer == NULL || !conn_has_peer(c, peer))
		return -EINVAL;
	sa = api_half_open(v2, c->id, peer);
	/* Traffic that asks while an IKE SA lives needs a Child, not another IKE SA. */
	if (sa == NULL && !q->initial_contact)
		sa = ike_sa_established(v2, c->id, peer);
	if (sa != NULL) {
		if (q->initial_contact && sa->hs != NULL)
			sa->hs->initial_contact = true;
		return api_child_over(sa, q->child, q->why, m->token);
	}
	w = ike_wait_new(m->token);
	if (w == NULL)
		return -ENOMEM;
	r = ike_init_begin(v2, c, peer, q->child, q->why, q->initial_contact, w, NULL);
	if (r != 0)
		ike_wait_drop(&w);
	else
		ike_wait_end(v2, w, NULL);
	return r;
}

static int api_create_child(struct ike_v2 *v2, const struct engine_msg *m)
{
	struct ike_sa *sa = api_live(v2, m->ref.ike, m->ref.conn, NULL);

	if (sa == NULL)
		return -ENOTCONN;
	return api_child_over(sa, m->ref.child, m->ref.why, m->token);
}

static struct ike_child *api_find_child(const struct ike_v2 *v2, uint32_t conn, uint32_t spi_in)
{
	struct ike_child *c = ike_child_find(v2, spi_in);

	return c != NULL && c->sa->s->established && (conn == 0 || c->sa->conn->id == conn) ? c
											    : NULL;
}

static int api_begin_rekey(struct ike_child *c, uint8_t why, struct ike_wait *w)
{
	struct ike_op *op = ike_op_rekeying(c, true);
	int r;

	if (op != NULL)
		return ike_waiters_add(&op->waiters, w);
	op = ike_op_new(c->sa, c->child, true, why);
	if (op == NULL)
		return -ENOMEM;
	op->rekey = true;
	op->old = c;
	op->old_spi_in = c->install.spi_in;
	op->selector = c->install.selector; /* not narrower than it was (RFC 7296 2.9.2) */
	r = ike_waiters_add(&op->waiters, w);
	if (r != 0)
		ike_op_fail(op, r, 0);
	else
		ike_op_start(op);
	return r;
}

/* Its IKE SA is being closed: another one may have taken over. */
static int api_replace_elsewhere(struct ike_child *c, uint32_t token)
{
	struct ike_wait *w = ike_wait_new(token);
	struct list waiters;
	int r;

	if (w == NULL)
		return -ENOMEM;
	list_init(&waiters);
	r = ike_waiters_add(&waiters, w);
	if (r == 0)
		ike_inherit(c->sa, c->child, c->sa->why, &waiters);
	if (r == 0 && !list_empty(&waiters))
		r = -ENOENT;
	ike_waiters_drop(&waiters);
	if (r != 0)
		ike_wait_drop(&w);
	else
		ike_wait_end(c->sa->v2, w, NULL);
	return r;
}

static int api_replace_child(struct ike_v2 *v2, const struct engine_msg *m)
{
	struct ike_child *c = api_find_child(v2, m->ref.conn, m->ref.spi_in);
	struct ike_wait *w;
	int r;

	if (c == NULL || conn_child(c->sa->conn, c->child) == NULL)
		return -ENOENT;
	if (c->sa->phase != IKE_PHASE_ESTABLISHED)
		return api_replace_elsewhere(c, m->token);
	if (c->successor != NULL) {
		const struct engine_done done = {.spi = c->successor->install.spi_in,
						 .ike = c->sa->handle};

		ike_router_done(v2, m->token, &done);
		return 0;
	}
	if (c->phase == IKE_CHILD_DELETING)
		return -ENOENT;
	if (c->phase != IKE_CHILD_LIVE)
		return -EAGAIN;
	w = ike_wait_new(m->token);
	if (w == NULL)
		return -ENOMEM;
	r = api_begin_rekey(c, m->ref.why, w);
	if (r != 0)
		ike_wait_drop(&w);
	else
		ike_wait_end(v2, w, NULL);
	return r;
}

static int api_replace_ike(struct ike_v2 *v2, const struct engine_msg *m)
{
	struct ike_sa *sa = api_live(v2, m->ref.ike, m->ref.conn, NULL);
	struct ike_wait *w;
	int r;

	if (sa == NULL)
		return -ENOTCONN;
	w = ike_wait_new(m->token);
	if (w == NULL)
		return -ENOMEM;
	r = ike_replace_begin(sa, m->ref.why, w);
	if (r != 0)
		ike_wait_drop(&w);
	else
		ike_wait_end(v2, w, NULL);
	return r;
}

/* ---- exchanges over a live one --------------------------------------------------------------- */

static int api_delete_spi(struct ike_v2 *v2, const struct engine_msg *m)
{
	const struct engine_delete_spi *q = &m->delete_spi;
	struct ike_sa *sa = api_live(v2, q->ike, 0, &q->peer);
	struct ike_task *t;

	if (sa == NULL)
		return -ENOTCONN;
	t = ike_task_new(sa, &ike_task_delete_spi);
	if (t == NULL)
		return -ENOMEM;
	t->wait = ike_wait_new(m->token);
	if (t->wait == NULL) {
		ike_task_end(t);
		return -ENOMEM;
	}
	t->protocol = q->protocol;
	t->spi = q->spi;
	ike_trace(sa, 1, "Sending DELETE INFO message for unknown IPsec SA [SPI: 0x%08X]", q->spi);
	ike_task_queue(t);
	return 0;
}

static int api_liveness(struct ike_v2 *v2, const struct engine_msg *m)
{
	struct ike_sa *sa = api_live(v2, m->ref.ike, m->ref.conn, NULL);
	struct ike_task *t;

	if (sa == NULL)
		return -ENOTCONN;
	t = ike_task_new(sa, &ike_task_liveness);
	if (t == NULL)
		return -ENOMEM;
	t->wait = ike_wait_new(m->token);
	if (t->wait == NULL) {
		ike_task_end(t);
		return -ENOMEM;
	}
	ike_task_queue(t);
	return 0;
}

static int api_close(struct ike_v2 *v2, const struct engine_msg *m)
{
	struct ike_wait *w = ike_wait_new(m->token);
	struct ike_sa *sa;

	if (w == NULL)
		return -ENOMEM;
	api_mark(v2, m->ref.ike, m->ref.conn);
	while ((sa = ike_sa_take_marked(v2)) != NULL) {
		/* Without memory to wait for it, it is closed all the same. */
		(void)ike_waiters_add(&sa->close_waiters, w);
		ike_sa_close(sa, m->ref.why, 0);
	}
	ike_wait_end(v2, w, NULL);
	return 0;
}

/* ---- LIST, TRACE_SET ------------------------------------------------------------------------- */

/* The cursor: the IKE SA's handle and how far its Children's slots are told. */
#define LIST_SLOT_BITS 7

static struct ike_child *api_child_in_slot(const struct ike_sa *sa, int slot)
{
	struct list *it;

	list_for_each(it, &sa->children) if (list_entry(it, struct ike_child, node)->slot ==
					     slot) return list_entry(it, struct ike_child, node);
	return NULL;
}

/* Tells of one IKE SA from `at` on (0 = itself, n = the Child in slot n - 1); where it stopped, or
 * -1 when all is told. */
static int api_list_sa(const struct ike_sa *sa, int at, size_t *left)
{
	if (at == 0) {
		if (*left == 0)
			return 0;
		ike_event_sa(sa, ike_sa_is_half_open(sa) ? ENGINE_IKE_HALF : ENGINE_IKE_UP, true);
		(*left)--;
		at = 1;
	}
	for (; at <= IKE_STATE_CHILDREN_MAX; at++) {
		const struct ike_child *c = api_child_in_slot(sa, at - 1);

		if (c == NULL || !c->announced)
			continue;
		if (*left == 0)
			return at;
		ike_event_child(c, ENGINE_CHILD_UP, 0, c->why, 0, true);
		(*left)--;
	}
	return -1;
}

static int api_list(struct ike_v2 *v2, const struct engine_msg *m)
{
	const engine_ike from = m->list.cursor >> LIST_SLOT_BITS;
	const int slot = (int)(m->list.cursor & ((1u << LIST_SLOT_BITS) - 1));
	const struct ike_sa *first = from != 0 ? ike_sa_by_handle(v2, from) : NULL;
	struct engine_done done = {0};
	size_t left = IKE_LIST_PAGE;
	const struct list *it;

	/* In the order of handles; from the front if the one that is next has gone meanwhile. */
	for (it = first != NULL ? &first->node : v2->sas.next; it != &v2->sas; it = it->next) {
		const struct ike_sa *sa = list_entry(it, struct ike_sa, node);
		int at;

		if (sa->handle < from || !sa->announced)
			continue;
		at = api_list_sa(sa, sa->handle == from ? slot : 0, &left);
		if (at < 0)
			continue;
		done.cursor = sa->handle << LIST_SLOT_BITS | (uint32_t)at;
		break;
	}
	ike_router_done(v2, m->token, &done);
	return 0;
}

static int api_trace_set(struct ike_v2 *v2, const struct engine_msg *m)
{
	v2->trace = m->trace_set;
	ike_router_result_of(v2, m->token, 0);
	return 0;
}

/* IKE SAs as they stand; those that are ending are neither. */
static void api_count_sas(const struct ike_v2 *v2, uint64_t *count)
{
	struct list *it;

	list_for_each(it, &v2->sas)
	{
		const struct ike_sa *sa = list_entry(it, struct ike_sa, node);
		const bool ours = sa->s->initiator != 0;

		if (sa->phase == IKE_PHASE_ESTABLISHED)
			count[ours ? ENGINE_STAT_OUT_ACTIVE : ENGINE_STAT_IN_ACTIVE]++;
		else if (sa->phase < IKE_PHASE_ESTABLISHED)
			count[ours ? ENGINE_STAT_OUT_NEGOTIATING : ENGINE_STAT_IN_NEGOTIATING]++;
	}
}

static int api_stats(struct ike_v2 *v2, const struct engine_msg *m)
{
	const struct ike_v2_stats *s = &v2->stats;
	struct engine_msg told = {.type = ENGINE_STATS};
	uint64_t *count = told.stats.count;

	api_count_sas(v2, count);
	count[ENGINE_STAT_IN_ESTABLISHED] = s->established_by_peer;
	count[ENGINE_STAT_OUT_ESTABLISHED] = s->established - s->established_by_peer;
	count[ENGINE_STAT_AUTH_FAILED] = s->auth_failed;
	count[ENGINE_STAT_RETRANSMITTED] = s->retransmitted;
	count[ENGINE_STAT_COOKIES] = s->cookies_sent;
	count[ENGINE_STAT_RECEIVED] = s->received;
	count[ENGINE_STAT_SENT] = s->sent;
	count[ENGINE_STAT_MALFORMED] = s->malformed;
	count[ENGINE_STAT_UNEXPECTED] = s->dropped_window;
	count[ENGINE_STAT_UNKNOWN_SPI] = s->dropped_unknown_spi;
	for (size_t i = 0; i < ENGINE_EXCHANGES; i++)
		for (size_t way = 0; way < 4; way++)
			count[ENGINE_STAT_EXCHANGE + 4 * i + way] = s->exchange[i][way];
	ike_router_event(v2, &told);
	ike_router_result_of(v2, m->token, 0);
	return 0;
}

static int api_notify_send(struct ike_v2 *v2, const struct engine_msg *m)
{
	const struct conn *c = ike_conns_by_id(v2, m->notify_send.conn);

	if (c == NULL || !conn_has_peer(c, &m->notify_send.peer))
		return -ENOENT;
	ike_info_invalid_spi(v2, c, &m->notify_send.peer, m->notify_send.spi);
	ike_router_result_of(v2, m->token, 0);
	return 0;
}

static int (*const api_handlers[])(struct ike_v2 *v2, const struct engine_msg *m) = {
	[ENGINE_HELLO] = api_hello,
	[ENGINE_CONN_PUT] = api_conn_put,
	[ENGINE_CONN_DEL] = api_conn_del,
	[ENGINE_INITIATE] = api_initiate,
	[ENGINE_CREATE_CHILD] = api_create_child,
	[ENGINE_REPLACE_CHILD] = api_replace_child,
	[ENGINE_REPLACE_IKE] = api_replace_ike,
	[ENGINE_DELETE_SPI] = api_delete_spi,
	[ENGINE_CLOSE] = api_close,
	[ENGINE_LIVENESS] = api_liveness,
	[ENGINE_LIST] = api_list,
	[ENGINE_TRACE_SET] = api_trace_set,
	[ENGINE_NOTIFY_SEND] = api_notify_send,
	[ENGINE_STATS] = api_stats,
};

void ike_api_message(struct ike_v2 *v2, struct engine_msg *m)
{
	int r = -EOPNOTSUPP;

	if (m->type == ENGINE_DONE) {
		ike_router_answer(v2, m);
		return;
	}
	if ((size_t)m->type < sizeof(api_handlers) / sizeof(api_handlers[0]) &&
	    api_handlers[m->type] != NULL)
		r = api_handlers[m->type](v2, m);
	if (r != 0)
		ike_router_result_of(v2, m->token, r);
}
