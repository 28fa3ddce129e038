/*
 * A Child SA being negotiated, in either role: the steps between the messages. Each step asks
 * router or a worker and goes on when the answer comes; each way out is ike_op_done() or
 * ike_op_fail(), and then op_finish().
 *
 *   initiator: ALLOC [KE] ASK | answer | [SHARED] [POLICY] INSTALL
 *   responder: request | ALLOC [SHARED] [POLICY] INSTALL | answer
 *
 * When is which part installed? Nothing may arrive at an end that has not installed it yet:
 * - The initiator installs both parts when the answer comes: the peer has its inbound part before
 *   it answers. Router installs inbound before outbound.
 * - The responder of a first or further Child installs both before it answers. It could not send
 *   anyway without this pair, and an outbound part that came later would make traffic ask for
 *   another one (ACQUIRE) meanwhile.
 * - The responder of a *rekey* installs inbound before it answers, and outbound only when it is
 *   seen that the initiator has its inbound part: its DELETE of the old pair, the first packet on
 *   the new one, or 2 s. Until then the old pair carries what we send, so no packet is lost.
 * - The same where another pair of that connection's child sends (over another IKE SA, or one that
 *   lost its IKE SA). Between Spindles the answer says SPINDLE_WAITS then, and the initiator says
 *   SPINDLE_RECEIVES when it has installed the pair. A foreign initiator cannot say so: 200 ms at
 *   most, because it may have forgotten the old pair; and not at all where it says that it has
 *   (INITIAL_CONTACT).
 * - The loser of a simultaneous rekey installs inbound only, so that a peer that sends on it early
 *   loses nothing, and deletes it.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/secret.h"

static void op_derive(struct ike_op *op);
static void op_install(struct ike_op *op);

static void op_retry(void *arg)
{
	struct ike_op *op = arg;
	struct ike_v2 *v2 = op->v2;

	if (op->spi_in == 0) {
		ike_op_start(op);
	} else {
		ike_nonce_make(&op->ni);
		ike_op_ask(op);
	}
	ike_v2_reap(v2);
}

struct ike_op *ike_op_new(struct ike_sa *sa, uint32_t child, bool initiator, uint8_t why)
{
	struct ike_v2 *v2 = sa->v2;
	const struct conn_child *c = conn_child(sa->conn, child);
	struct ike_op *op;

	if (v2->op_count >= IKE_OPS_MAX || (op = alloc_zero(sizeof(*op))) == NULL)
		return NULL;
	op->v2 = v2;
	op->sa = sa;
	op->child = child;
	op->initiator = initiator;
	op->why = why;
	if (c != NULL)
		op->selector = c->selector;
	list_init(&op->waiters);
	loop_timer_init(&op->retry, v2->loop, "ike child retry", op_retry, op);
	ike_nonce_make(initiator ? &op->ni : &op->nr);
	list_append(&sa->ops, &op->node);
	v2->op_count++;
	return op;
}

/* Unlinks; freed at reap. */
static void op_finish(struct ike_op *op)
{
	struct ike_v2 *v2 = op->v2;
	struct ike_sa *sa = op->sa;

	if (op->step == IKE_OP_OVER)
		return;
	op->step = IKE_OP_OVER;
	loop_timer_stop(&op->retry);
	ike_router_forget(v2, op);
	ike_dh_orphan(op->job);
	ike_task_forget_op(sa, op);
	list_remove(&op->node);
	list_append(&v2->dead_ops, &op->node);
	v2->op_count--;
	ike_replace_check(sa);
}

void ike_op_free(struct ike_op *op)
{
	ike_dh_free(op->dh);
	secret_free(op->shared);
	ike_child_keys_clear(&op->keys);
	alloc_free(op);
}

struct ike_op *ike_op_of(const struct ike_sa *sa, uint32_t child)
{
	struct list *it;

	list_for_each(it, &sa->ops)
	{
		struct ike_op *op = list_entry(it, struct ike_op, node);

		if (op->initiator && op->old_spi_in == 0 &&
		    (child == 0 ? op->first : op->child == child))
			return op;
	}
	return NULL;
}

struct ike_op *ike_op_rekeying(const struct ike_child *c, bool ours)
{
	struct list *it;

	list_for_each(it, &c->sa->ops)
	{
		struct ike_op *op = list_entry(it, struct ike_op, node);

		if (op->old == c && op->initiator == ours)
			return op;
	}
	return NULL;
}

void ike_op_forget_child(const struct ike_child *c)
{
	struct list *it;

	list_for_each(it, &c->sa->ops)
	{
		struct ike_op *op = list_entry(it, struct ike_op, node);

		op->old = op->old == c ? NULL : op->old;
		op->rival = op->rival == c ? NULL : op->rival;
		op->made = op->made == c ? NULL : op->made;
	}
}

/* router has gone: nobody waits any more. */
void ike_op_drop_waits(struct ike_sa *sa)
{
	struct list *it;

	list_for_each(it, &sa->ops) ike_waiters_drop(&list_entry(it, struct ike_op, node)->waiters);
}

/* ---- ends ------------------------------------------------------------------------------------ */

void ike_op_done(struct ike_op *op, const struct ike_child *c)
{
	const struct engine_done done = {.spi = c != NULL ? c->install.spi_in : 0,
					 .ike = op->sa->handle};

	ike_waiters_end(op->v2, &op->waiters, &done);
	op_finish(op);
}

/* The kernel must not keep a larval SPI, nor the peer a Child SA that we did not take. */
static void op_give_back(struct ike_op *op)
{
	const struct ike_sa *sa = op->sa;
	const struct engine_sa_install larval = {
		.conn = sa->conn->id,
		.protocol = IKE_PROTO_ESP,
		.spi_in = op->spi_in,
		.local = sa->s->local,
		.remote = sa->s->remote,
	};

	if (op->made != NULL)
		ike_child_gone(op->made, ENGINE_WHY_LOCAL_ERROR, 0);
	else if (op->spi_in != 0)
		ike_router_sa_delete(op->v2, &larval, ENGINE_PART_IN, ENGINE_WHY_LOCAL_ERROR);
}

static void op_tell_peer(struct ike_op *op, uint16_t notify)
{
	struct ike_sa *sa = op->sa;
	struct ike_task *t;

	if (sa->phase == IKE_PHASE_DEAD)
		return;
	if (!op->initiator && sa->responding) {
		const uint16_t answer = notify != 0 ? notify : IKE_N_TEMPORARY_FAILURE;

		if (op->first)
			ike_auth_respond(sa, NULL, answer);
		else
			ike_create_respond(sa, op, answer);
	}
	if (sa->phase == IKE_PHASE_ESTABLISHED && op->initiator && op->accepted &&
	    op->spi_in != 0 && (t = ike_task_new(sa, &ike_task_delete_spi)) != NULL) {
		t->protocol = IKE_PROTO_ESP;
		t->spi = op->spi_in;
		ike_task_queue(t);
	}
}

void ike_op_fail(struct ike_op *op, int result, uint16_t notify)
{
	const struct engine_done done = {.result = result, .ike = op->sa->handle, .notify = notify};
	struct ike_sa *sa = op->sa;
	const bool takes_sa = op->first && op->initiator;

	if (op->step == IKE_OP_OVER)
		return;
	op_give_back(op);
	ike_waiters_end(op->v2, &op->waiters, &done);
	op_finish(op);
	op_tell_peer(op, notify);
	/* Before IKE_AUTH there is no IKE SA without its first Child. */
	if (takes_sa && sa->phase < IKE_PHASE_ESTABLISHED)
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, notify);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void op_key_made(void *arg, int result)
{
	struct ike_op *op = arg;

	if (result != 0)
		ike_op_fail(op, result, 0);
	else
		ike_op_ask(op);
}

static void op_make_key(struct ike_op *op)
{
	int r;

	op->step = IKE_OP_KE;
	r = ike_dh_submit(op->v2, op->group, &op->dh, NULL, (struct view){0}, &op->job, op_key_made,
			  op);
	if (r != 0)
		ike_op_fail(op, r, 0);
}

/* The group that our first proposal with PFS names; as responder it is known already. */
static uint16_t op_own_group(const struct ike_op *op)
{
	const struct conn *c = op->sa->conn;

	if (op->first || c->esp_count == 0)
		return DH_NONE;
	return ike_select_group(&c->esp[0]);
}

static void op_shared(void *arg, int result)
{
	struct ike_op *op = arg;

	if (result != 0)
		ike_op_fail(op, result, result == -EBADMSG ? IKE_N_INVALID_SYNTAX : 0);
	else
		op_derive(op);
}

static void op_share(struct ike_op *op, struct view peer_ke)
{
	int r;

	op->step = IKE_OP_SHARED;
	r = ike_dh_submit(op->v2, op->group, &op->dh, &op->shared, peer_ke, &op->job, op_shared,
			  op);
	if (r != 0)
		ike_op_fail(op, r, IKE_N_TEMPORARY_FAILURE);
}

static void op_allocated(void *arg, const struct engine_done *done)
{
	struct ike_op *op = arg;

	if (done->result != 0) {
		ike_op_fail(op, done->result, IKE_N_TEMPORARY_FAILURE);
		return;
	}
	op->spi_in = done->spi;
	op->carried = done->cursor > 0;
	if (!op->initiator) {
		if (op->group != DH_NONE)
			op_share(op, (struct view){.data = op->peer_ke, .len = op->peer_ke_len});
		else
			op_derive(op);
		return;
	}
	op->group = op_own_group(op);
	if (op->group != DH_NONE)
		op_make_key(op);
	else
		ike_op_ask(op);
}

void ike_op_start(struct ike_op *op)
{
	const struct ike_sa *sa = op->sa;
	struct engine_msg m = {
		.type = ENGINE_ALLOC_SPI,
		.alloc_spi =
			{
				.conn = sa->conn->id,
				.child = op->child,
				.local = sa->s->local.addr,
				.remote = sa->s->remote.addr,
				.protocol = IKE_PROTO_ESP,
			},
	};
	int r;

	op->step = IKE_OP_ALLOC;
	if (!op->first)
		ike_record(sa, RECORD_IKE_CHILD_BEGUN, sa->handle, op->initiator, op->why,
			   op->old_spi_in);
	r = ike_router_request(op->v2, &m, op_allocated, op);
	if (r != 0)
		ike_op_fail(op, r, IKE_N_TEMPORARY_FAILURE);
}

void ike_op_ask(struct ike_op *op)
{
	struct ike_task *t;

	if (op->rekey && op->old == NULL && op->rival != NULL) {
		/* While we waited the peer's own rekey took its place. */
		op_give_back(op);
		ike_op_done(op, op->rival);
		return;
	}
	op->rekey = op->rekey && op->old != NULL;
	op->step = IKE_OP_ASK;
	t = ike_task_new(op->sa, op->first ? &ike_task_auth : &ike_task_create);
	if (t == NULL) {
		ike_op_fail(op, -ENOMEM, 0);
		return;
	}
	t->op = op;
	ike_task_queue(t);
}

void ike_op_later(struct ike_op *op)
{
	if (++op->retries > IKE_OP_RETRIES) {
		ike_op_fail(op, -EAGAIN, IKE_N_TEMPORARY_FAILURE);
		return;
	}
	op->step = IKE_OP_WAIT;
	if (loop_timer_set(&op->retry, IKE_RETRY_MS + random_below(IKE_RETRY_MS)) != 0)
		ike_op_fail(op, -ENOMEM, 0);
}

void ike_op_new_group(struct ike_op *op, uint16_t group)
{
	const struct conn *c = op->sa->conn;

	if (++op->retries > IKE_OP_RETRIES || group == op->group ||
	    !ike_select_has_group(c->esp, c->esp_count, group)) {
		ike_op_fail(op, -ECONNREFUSED, IKE_N_INVALID_KE_PAYLOAD);
		return;
	}
	ike_dh_free(op->dh);
	op->dh = NULL;
	op->group = group;
	op_make_key(op);
}

void ike_op_answered(struct ike_op *op, struct view peer_ke)
{
	if (op->group != DH_NONE)
		op_share(op, peer_ke);
	else
		op_derive(op);
}

static void op_policied(void *arg, const struct engine_done *done)
{
	struct ike_op *op = arg;

	if (done->result != 0)
		ike_op_fail(op, done->result, IKE_N_TS_UNACCEPTABLE);
	else
		op_install(op);
}

/* Selectors narrower than the configured ones need a policy of their own. */
static void op_policy(struct ike_op *op)
{
	const struct conn_child *c = conn_child(op->sa->conn, op->child);
	struct engine_msg m = {
		.type = ENGINE_POLICY_ADD,
		.policy_add = {.conn = op->sa->conn->id,
			       .child = op->child,
			       .selector = op->selector},
	};
	int r;

	/* A narrower one that is only rekeyed has its policy already. */
	if ((c != NULL && selector_equal(&c->selector, &op->selector)) ||
	    (op->old != NULL && selector_equal(&op->old->install.selector, &op->selector))) {
		op_install(op);
		return;
	}
	op->step = IKE_OP_POLICY;
	r = ike_router_request(op->v2, &m, op_policied, op);
	if (r != 0)
		ike_op_fail(op, r, IKE_N_TS_UNACCEPTABLE);
}

static void op_derive(struct ike_op *op)
{
	const int r = ike_child_keys_derive(&op->keys, &op->sa->keys, &op->chosen, op->shared,
					    ike_nonce_view(&op->ni), ike_nonce_view(&op->nr));

	secret_free(op->shared);
	op->shared = NULL;
	if (r != 0)
		ike_op_fail(op, r, IKE_N_TEMPORARY_FAILURE);
	else
		op_policy(op);
}

/* The lowest nonce of the peer's own rekey of the same Child, there already or under way. */
static const struct ike_nonce *op_rival(const struct ike_op *op)
{
	const struct ike_op *theirs;

	if (op->rival != NULL)
		return &op->rival->lowest;
	theirs = op->old != NULL ? ike_op_rekeying(op->old, false) : NULL;
	return theirs != NULL ? ike_nonce_lowest(&theirs->ni, &theirs->nr) : NULL;
}

static bool op_loses(const struct ike_op *op)
{
	return op->initiator && op->rekey &&
	       ike_collide_rekey(ike_nonce_lowest(&op->ni, &op->nr), op_rival(op)) ==
		       IKE_COLLIDE_LOSE;
}

static void op_tell_rivals(struct ike_op *op)
{
	struct ike_op *ours = op->old != NULL ? ike_op_rekeying(op->old, true) : NULL;

	if (ours != NULL)
		ours->rival = op->made;
}

static void op_up_responder(struct ike_op *op, struct ike_child *c)
{
	struct ike_sa *sa = op->sa;

	if (op->rekey) {
		op_tell_rivals(op);
		if (op->old != NULL) {
			op->old->successor = c;
			if (op->old->phase == IKE_CHILD_LIVE)
				op->old->phase = IKE_CHILD_REPLACED;
		}
	}
	if (op->late)
		ike_child_want_out(c, op->rekey || ike_op_waits(op) ? IKE_OUT_WAIT_MS
								    : IKE_OUT_TWIN_MS);
	if (op->first)
		ike_auth_respond(sa, op, 0);
	else
		ike_create_respond(sa, op, 0);
	ike_op_done(op, c);
	ike_task_next(sa);
}

/* What replaced the old pair is the peer's: that is what those who wait want to hear of. */
static void op_yield(struct ike_op *op, struct ike_child *c)
{
	struct ike_op *theirs = op->old != NULL ? ike_op_rekeying(op->old, false) : NULL;

	ike_trace(op->sa, 1, "Simultaneous rekey: ours is redundant");
	while (op->rival == NULL && theirs != NULL && !list_empty(&op->waiters)) {
		struct list *first = op->waiters.next;

		list_remove(first);
		list_append(&theirs->waiters, first);
	}
	ike_op_done(op, op->rival != NULL ? op->rival : c);
	ike_child_delete(c, ENGINE_WHY_DUPLICATE);
}

static void op_up_initiator(struct ike_op *op, struct ike_child *c)
{
	struct ike_child *old = op->old;

	if (op->loser) {
		op_yield(op, c);
		return;
	}
	if (op->peer_waits)
		ike_child_tell_receives(c);
	ike_op_done(op, c);
	/* It was to yield, but what it was to yield to has gone meanwhile. */
	if (!c->out && ike_child_install_out(c) != 0)
		return;
	if (old == NULL)
		return;
	old->successor = c;
	ike_child_delete(old, ENGINE_WHY_REPLACED);
}

static void op_installed(void *arg, const struct engine_done *done)
{
	struct ike_op *op = arg;
	struct ike_child *c = op->made;

	if (done->result != 0 || c == NULL) {
		ike_op_fail(op, done->result != 0 ? done->result : -ECONNRESET,
			    IKE_N_TEMPORARY_FAILURE);
		return;
	}
	c->in = (c->install.parts & ENGINE_PART_IN) != 0;
	c->out = (c->install.parts & ENGINE_PART_OUT) != 0;
	c->phase = IKE_CHILD_LIVE;
	op->loser = op_loses(op); /* the peer's request may have come meanwhile */
	if (c->out || op->loser)
		ike_child_wipe(c);
	if (!op->loser)
		ike_child_announce(c, op->old_spi_in);
	if (op->initiator)
		op_up_initiator(op, c);
	else
		op_up_responder(op, c);
}

/* As responder: another pair sends what is to go to the peer, until the peer receives on this one. */
static bool op_is_late(const struct ike_op *op, const struct ike_child *c)
{
	if (op->initiator)
		return false;
	if (op->rekey)
		return true;
	if (op->sa->contact && !op->sa->s->peer_is_spindle)
		return false;
	return op->carried || ike_child_twin(c) != NULL;
}

bool ike_op_waits(const struct ike_op *op)
{
	return op->late && !op->rekey && op->sa->s->peer_is_spindle;
}

static void op_install(struct ike_op *op)
{
	struct engine_msg m = {.type = ENGINE_SA_INSTALL};
	struct ike_child *c;
	int r;

	op->step = IKE_OP_INSTALL;
	op->loser = op_loses(op);
	c = ike_child_new(op);
	if (c == NULL) {
		ike_op_fail(op, -ENOMEM, IKE_N_NO_ADDITIONAL_SAS);
		return;
	}
	op->made = c;
	c->install.parts = ENGINE_PART_IN;
	op->late = op_is_late(op, c);
	if (!op->late && !op->loser)
		c->install.parts |= ENGINE_PART_OUT;
	m.sa_install = c->install;
	r = ike_router_request(op->v2, &m, op_installed, op);
	if (r != 0)
		ike_op_fail(op, r, IKE_N_TEMPORARY_FAILURE);
}

size_t ike_op_offers(const struct ike_op *op, struct ike_offer out[CONN_PROPOSALS_MAX])
{
	const struct conn *c = op->sa->conn;

	/* IKE_AUTH has no KE payload: its Child takes the IKE SA's keys (RFC 7296 1.2). */
	for (size_t i = 0; i < c->esp_count; i++)
		out[i] = (struct ike_offer){
			.number = (uint8_t)(i + 1),
			.spi_len = 4,
			.spi = op->spi_in,
			.proposal = ike_select_strip(&c->esp[i], op->first, true),
		};
	return c->esp_count;
}
