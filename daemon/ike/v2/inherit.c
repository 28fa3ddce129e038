/*
 * What router waits for does not end with an IKE SA that another one with the peer takes over from: its
 * lifetime is over, it is one of two of the same moment, or the peer closes it for its own reasons. The
 * wait for a Child goes on over the other IKE SA: with the Child that is there already, with the
 * negotiation that runs, or with one that begins (RFC 7296 2.25: what met the change is done after it).
 * So router asks once.
 */
#include "ike/v2/v2_internal.h"

/* A person, the configuration or a stop want the end itself: nothing takes over from it. */
static bool inherit_applies(uint8_t why)
{
	return why != ENGINE_WHY_OPERATOR && why != ENGINE_WHY_CONFIG && why != ENGINE_WHY_STOP;
}

/* A Child of an older IKE SA may be older than the wish to replace one. */
static struct ike_child *inherit_child(const struct ike_sa *heir, const struct ike_sa *ending,
				       uint32_t child)
{
	struct list *it;

	if (heir->s->established_ms < ending->s->established_ms)
		return NULL;
	list_for_each(it, &heir->children)
	{
		struct ike_child *c = list_entry(it, struct ike_child, node);

		if (c->child == child && c->phase == IKE_CHILD_LIVE)
			return c;
	}
	return NULL;
}

/* In either role: what it makes is as fresh as it can be. */
static struct ike_op *inherit_op(const struct ike_sa *heir, uint32_t child)
{
	struct list *it;

	list_for_each(it, &heir->ops)
	{
		struct ike_op *op = list_entry(it, struct ike_op, node);

		if (op->child == child)
			return op;
	}
	return NULL;
}

static void inherit_begin(struct ike_sa *heir, uint32_t child, uint8_t why, struct list *waiters)
{
	struct ike_op *op = inherit_op(heir, child);
	const bool fresh = op == NULL;

	if (fresh)
		op = ike_op_new(heir, child, true, why);
	if (op == NULL)
		return;
	list_move_all(&op->waiters, waiters);
	if (fresh)
		ike_op_start(op);
}

void ike_inherit(struct ike_sa *ending, uint32_t child, uint8_t why, struct list *waiters)
{
	struct ike_v2 *v2 = ending->v2;
	struct engine_done done = {0};
	struct ike_child *c;
	struct ike_sa *heir;

	if (list_empty(waiters) || !inherit_applies(why))
		return;
	heir = ike_sa_established(v2, ending->conn->id, &ending->s->remote.addr);
	if (heir == NULL || heir == ending || conn_child(heir->conn, child) == NULL)
		return;
	c = inherit_child(heir, ending, child);
	if (c == NULL) {
		inherit_begin(heir, child, why, waiters);
		return;
	}
	done.spi = c->install.spi_in;
	done.ike = heir->handle;
	ike_waiters_end(v2, waiters, &done);
}
