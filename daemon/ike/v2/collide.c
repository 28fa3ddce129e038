/*
 * Who yields when both ends do the same thing at once (RFC 7296 2.8.1, 2.8.2, 2.25): pure rules
 * over plain facts, and the few lines that apply them.
 */
#include "ike/v2/v2_internal.h"

#include <string.h>

#include "base/random.h"

int ike_nonce_cmp(const struct ike_nonce *a, const struct ike_nonce *b)
{
	const uint16_t len = a->len < b->len ? a->len : b->len;
	const int r = memcmp(a->data, b->data, len);

	return r != 0 ? r : (int)a->len - (int)b->len;
}

const struct ike_nonce *ike_nonce_lowest(const struct ike_nonce *a, const struct ike_nonce *b)
{
	return ike_nonce_cmp(a, b) <= 0 ? a : b;
}

/* 2.8.1: the SA made with the lowest of the four nonces is closed by the one who made it. */
enum ike_collision ike_collide_rekey(const struct ike_nonce *ours, const struct ike_nonce *rival)
{
	if (rival == NULL)
		return IKE_COLLIDE_NONE;
	return ike_nonce_cmp(ours, rival) < 0 ? IKE_COLLIDE_LOSE : IKE_COLLIDE_WIN;
}

/*
 * Two initial IKE SAs with one peer within 5 s. Between two Spindles the one with the lowest nonce
 * goes, closed by its initiator; both ends know all nonces, so both agree. A foreign peer does not
 * know the rule, but does not mind our closing what we began: ours goes if the other one is its.
 */
enum ike_duplicate ike_collide_duplicate(const struct ike_duplicate_facts *f)
{
	const bool a_loses = f->order < 0;

	/* Two by the same end are no collision: the second one was meant. */
	if (f->gap_ms > IKE_DUPLICATE_MS || f->ours_a == f->ours_b)
		return IKE_DUPLICATE_NONE;
	if (f->foreign)
		return f->ours_a ? IKE_DUPLICATE_CLOSE_A : IKE_DUPLICATE_CLOSE_B;
	if (a_loses)
		return f->ours_a ? IKE_DUPLICATE_CLOSE_A : IKE_DUPLICATE_NONE;
	return f->ours_b ? IKE_DUPLICATE_CLOSE_B : IKE_DUPLICATE_NONE;
}

/* Same connection and the same two identities. */
static bool collide_same_pair(const struct ike_sa *a, const struct ike_sa *b)
{
	return a->conn != NULL && b->conn != NULL && a->conn->id == b->conn->id &&
	       identity_equal(&a->s->local_id, &b->s->local_id) &&
	       identity_equal(&a->s->remote_id, &b->s->remote_id) &&
	       addr_equal(&a->s->remote.addr, &b->s->remote.addr);
}

void ike_collide_check(struct ike_sa *sa)
{
	struct ike_sa *o = NULL;

	while ((o = ike_sa_next_of_peer(sa->v2, &sa->s->remote.addr, o)) != NULL) {
		struct ike_duplicate_facts f = {0};
		struct ike_sa *loser = NULL;

		/* The one that it is to replace goes in any case: both would. */
		if (o == sa || o->phase != IKE_PHASE_ESTABLISHED || o->duplicate ||
		    sa->replaces == o->handle || !collide_same_pair(o, sa))
			continue;
		f.gap_ms = sa->s->established_ms - o->s->established_ms;
		f.ours_a = o->s->initiator;
		f.ours_b = sa->s->initiator;
		f.foreign = !sa->s->peer_is_spindle;
		f.order = ike_nonce_cmp(&o->lowest, &sa->lowest);
		switch (ike_collide_duplicate(&f)) {
		case IKE_DUPLICATE_CLOSE_A:
			loser = o;
			break;
		case IKE_DUPLICATE_CLOSE_B:
			loser = sa;
			break;
		case IKE_DUPLICATE_NONE:
			break;
		}
		if (loser == NULL)
			continue;
		loser->duplicate = true;
		ike_trace(loser, 1, "Duplicate of IKE SA %u, will be closed",
			  loser == sa ? o->handle : sa->handle);
		if (loop_timer_set(&loser->guard, IKE_DUPLICATE_WAIT_MS) != 0)
			ike_sa_close(loser, ENGINE_WHY_DUPLICATE, 0);
	}
}

/* The peer says that it has no other IKE SA with us: those of this identity pair and connection
 * that were there before its IKE_SA_INIT came are dead. Younger ones are a collision, not dead. */
void ike_initial_contact(struct ike_sa *sa)
{
	const struct addr *peer = &sa->s->remote.addr;
	struct ike_sa *o = ike_sa_next_of_peer(sa->v2, peer, NULL), *next;

	for (; o != NULL; o = next) {
		next = ike_sa_next_of_peer(sa->v2, peer, o);
		if (o == sa || !o->s->established || !collide_same_pair(o, sa) ||
		    o->s->established_ms >= sa->init_ms)
			continue;
		ike_trace(o, 1, "INITIAL_CONTACT received over IKE SA %u, deleting", sa->handle);
		o->outlived = sa->s->peer_is_spindle != 0;
		ike_sa_down(o, ENGINE_WHY_INITIAL_CONTACT, 0);
	}
}

bool ike_may_say_initial_contact(const struct ike_sa *sa)
{
	const struct addr *peer = &sa->s->remote.addr;
	const struct ike_sa *o = NULL;

	while ((o = ike_sa_next_of_peer(sa->v2, peer, o)) != NULL) {
		if (o == sa)
			continue;
		if (o->s->established || (!o->s->initiator && (o->phase == IKE_PHASE_INIT_GOT ||
							       o->phase == IKE_PHASE_HALF_OPEN)))
			return false;
	}
	return true;
}

uint16_t ike_collide_rekey_request(const struct ike_child *c, enum ike_phase phase, bool asking)
{
	if (phase != IKE_PHASE_ESTABLISHED)
		return IKE_N_TEMPORARY_FAILURE;
	if (c == NULL)
		return asking ? IKE_N_TEMPORARY_FAILURE : IKE_N_CHILD_SA_NOT_FOUND;
	switch (c->phase) {
	case IKE_CHILD_LIVE:
		return 0; /* also while we rekey it: redundant ones are closed by nonce */
	case IKE_CHILD_INSTALLING:
	case IKE_CHILD_REPLACED:
	case IKE_CHILD_DELETING:
		return IKE_N_TEMPORARY_FAILURE;
	case IKE_CHILD_DEAD:
		break;
	}
	return IKE_N_CHILD_SA_NOT_FOUND;
}
