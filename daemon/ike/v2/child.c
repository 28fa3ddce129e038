/*
 * Child SAs: what is installed for each, and their ends. Why an outbound part may come later than
 * the inbound one is told in op.c.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"

static void child_watch_out(void *arg);

static struct endpoint child_endpoint(const struct ike_sa *sa, const struct endpoint *e)
{
	return (struct endpoint){.addr = e->addr, .port = sa->s->encap ? e->port : 0};
}

static struct transform child_transform(const struct proposal *p, enum transform_type type)
{
	const struct transform *t = proposal_first(p, type);
	const struct transform none = {.type = (uint8_t)type};

	return t == NULL ? none : *t;
}

/* Keys go where they are used: the exchange's initiator sends with the "i" ones (2.17). */
static void child_take_keys(struct engine_sa_install *in, struct ike_op *op)
{
	struct ike_child_keys *k = &op->keys;

	in->encr_in = op->initiator ? k->encr_r : k->encr_i;
	in->integ_in = op->initiator ? k->integ_r : k->integ_i;
	in->encr_out = op->initiator ? k->encr_i : k->encr_r;
	in->integ_out = op->initiator ? k->integ_i : k->integ_r;
	memset(k, 0, sizeof(*k));
}

static void child_fill_install(struct ike_child *c, struct ike_op *op)
{
	const struct ike_sa *sa = op->sa;

	c->install = (struct engine_sa_install){
		.conn = sa->conn->id,
		.child = op->child,
		.ike = sa->handle,
		.protocol = IKE_PROTO_ESP,
		.spi_in = op->spi_in,
		.spi_out = op->spi_out,
		.local = child_endpoint(sa, &sa->s->local),
		.remote = child_endpoint(sa, &sa->s->remote),
		.encap = sa->s->encap,
		.selector = op->selector,
		.encr = child_transform(&op->chosen, TRANSFORM_ENCR),
		.integ = child_transform(&op->chosen, TRANSFORM_INTEG),
		.dh = child_transform(&op->chosen, TRANSFORM_DH),
		.esn = (uint8_t)child_transform(&op->chosen, TRANSFORM_ESN).id,
		.replaces = op->old_spi_in,
		.why = op->why,
		.initiator = op->initiator,
	};
	child_take_keys(&c->install, op);
}

static void child_record(const struct ike_child *c)
{
	struct ike_state_child *s = &c->sa->s->children[c->slot];

	s->protocol = c->install.protocol;
	s->initiator = c->initiator;
	s->out = c->out;
	s->child = c->child;
	s->spi_in = c->install.spi_in;
	s->spi_out = c->install.spi_out;
	s->selector = c->install.selector;
}

static uint32_t child_hash(const struct ike_v2 *v2, uint32_t spi_in)
{
	return hash_u32(spi_in, table_seed(v2->children));
}

static bool child_is(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct ike_child, by_in)->install.spi_in ==
	       *(const uint32_t *)key;
}

struct ike_child *ike_child_find(const struct ike_v2 *v2, uint32_t spi_in)
{
	struct table_node *n = table_find(v2->children, child_hash(v2, spi_in), child_is, &spi_in);

	return n == NULL ? NULL : table_entry(n, struct ike_child, by_in);
}

struct ike_child *ike_child_new(struct ike_op *op)
{
	struct ike_sa *sa = op->sa;
	const int slot = ike_state_child_slot(sa->s);
	struct ike_child *c;

	if (slot < 0)
		return NULL;
	c = alloc_zero(sizeof(*c));
	if (c == NULL ||
	    table_insert(sa->v2->children, &c->by_in, child_hash(sa->v2, op->spi_in)) != 0) {
		alloc_free(c);
		ike_state_child_drop(sa->s, slot);
		return NULL;
	}
	c->sa = sa;
	c->slot = slot;
	c->child = op->child;
	c->initiator = op->initiator;
	c->why = op->why;
	c->lowest = *ike_nonce_lowest(&op->ni, &op->nr);
	loop_timer_init(&c->out_timer, sa->v2->loop, "ike outbound", child_watch_out, c);
	child_fill_install(c, op);
	list_append(&sa->children, &c->node);
	child_record(c);
	return c;
}

void ike_child_wipe(struct ike_child *c)
{
	struct engine_sa_install *in = &c->install;

	secret_free(in->encr_in);
	secret_free(in->integ_in);
	secret_free(in->encr_out);
	secret_free(in->integ_out);
	in->encr_in = in->integ_in = in->encr_out = in->integ_out = NULL;
}

void ike_child_free(struct ike_child *c)
{
	ike_child_wipe(c);
	alloc_free(c);
}

void ike_child_announce(struct ike_child *c, uint32_t old_spi_in)
{
	c->announced = true;
	child_record(c);
	ike_trace(c->sa, 1, "IPsec SA pair [SPI: 0x%08X in, 0x%08X out] is UP", c->install.spi_in,
		  c->install.spi_out);
	ike_event_child(c, old_spi_in != 0 ? ENGINE_CHILD_REKEYED : ENGINE_CHILD_UP, old_spi_in,
			c->why, 0, false);
}

struct ike_child *ike_child_by_in(const struct ike_sa *sa, uint32_t spi_in)
{
	struct list *it;

	list_for_each(it,
		      &sa->children) if (list_entry(it, struct ike_child, node)->install.spi_in ==
					 spi_in) return list_entry(it, struct ike_child, node);
	return NULL;
}

struct ike_child *ike_child_by_out(const struct ike_sa *sa, uint32_t spi_out)
{
	struct list *it;

	list_for_each(it,
		      &sa->children) if (list_entry(it, struct ike_child, node)->install.spi_out ==
					 spi_out) return list_entry(it, struct ike_child, node);
	return NULL;
}

static struct ike_child *child_sibling(const struct ike_child *c, bool out)
{
	const struct ike_sa *sa = NULL;
	struct list *it;

	while ((sa = ike_sa_next_of_conn(c->sa->v2, c->sa->conn, sa)) != NULL) {
		list_for_each(it, &sa->children)
		{
			struct ike_child *o = list_entry(it, struct ike_child, node);

			if (sa != c->sa && sa->phase == IKE_PHASE_ESTABLISHED &&
			    o->install.conn == c->install.conn && o->child == c->child &&
			    o->phase == IKE_CHILD_LIVE && o->out == out)
				return o;
		}
	}
	return NULL;
}

struct ike_child *ike_child_twin(const struct ike_child *c)
{
	return child_sibling(c, true);
}

struct ike_child *ike_child_heir(const struct ike_child *c)
{
	struct ike_child *heir = c->successor != NULL ? c->successor : child_sibling(c, false);

	/* Without keys it will never send: it yields itself, or its IKE SA closes. */
	return heir != NULL && heir->phase == IKE_CHILD_LIVE && !heir->out &&
			       heir->install.encr_out != NULL
		       ? heir
		       : NULL;
}

static uint8_t child_parts(const struct ike_child *c)
{
	if (c->phase == IKE_CHILD_INSTALLING || c->out_busy)
		return ENGINE_PART_IN | ENGINE_PART_OUT;
	return (uint8_t)((c->in ? ENGINE_PART_IN : 0) | (c->out ? ENGINE_PART_OUT : 0));
}

static void child_forget_successor(struct ike_sa *sa, const struct ike_child *gone)
{
	struct list *it;

	list_for_each(it, &sa->children)
	{
		struct ike_child *c = list_entry(it, struct ike_child, node);

		if (c->successor == gone)
			c->successor = NULL;
	}
}

/* The peer has begun anew, but its kernel may well go on with the old pair until the fresh one is
 * there (its ike process died, no more). Router keeps what we leave for as long. */
static bool child_is_outlived(const struct ike_child *c)
{
	return c->sa->outlived && c->phase == IKE_CHILD_LIVE && !c->out_busy;
}

void ike_child_gone(struct ike_child *c, uint8_t why, uint16_t notify)
{
	struct ike_sa *sa = c->sa;

	if (c->phase == IKE_CHILD_DEAD)
		return;
	ike_router_forget(sa->v2, c);
	if (!child_is_outlived(c))
		ike_router_sa_delete(sa->v2, &c->install, child_parts(c), why);
	c->phase = IKE_CHILD_DEAD;
	loop_timer_stop(&c->out_timer);
	ike_state_child_drop(sa->s, c->slot);
	table_remove(sa->v2->children, &c->by_in);
	list_remove(&c->node);
	list_append(&sa->v2->dead_children, &c->node);
	child_forget_successor(sa, c);
	ike_task_forget_child(sa, c);
	ike_op_forget_child(c);
	if (c->announced)
		ike_event_child(c, ENGINE_CHILD_DOWN, 0, why, notify, false);
}

void ike_child_delete(struct ike_child *c, uint8_t why)
{
	struct ike_sa *sa = c->sa;
	struct ike_task *t;

	if (c->phase == IKE_CHILD_DELETING || c->phase == IKE_CHILD_DEAD)
		return;
	t = ike_task_new(sa, &ike_task_delete_child);
	if (t == NULL) {
		ike_child_gone(c, why, 0);
		return;
	}
	c->phase = IKE_CHILD_DELETING;
	loop_timer_stop(&c->out_timer);
	t->child = c;
	t->protocol = c->install.protocol;
	t->spi = c->install.spi_in;
	t->why = why;
	ike_trace(sa, 1, "Sending DELETE INFO message for IPsec SA [SPI: 0x%08X]",
		  c->install.spi_in);
	ike_task_queue(t);
}

void ike_child_tell_receives(struct ike_child *c)
{
	struct ike_task *t = ike_task_new(c->sa, &ike_task_receives);

	if (t == NULL)
		return; /* it sees our first packet, or has waited long enough */
	t->protocol = c->install.protocol;
	t->spi = c->install.spi_in;
	ike_task_queue(t);
}

/* ---- the outbound part that comes later ------------------------------------------------------ */

static void child_out_installed(void *arg, const struct engine_done *done)
{
	struct ike_child *c = arg;
	struct ike_sa *sa = c->sa;

	c->out_busy = false;
	if (done->result == -EPIPE) {
		/* Router has died, the pair has not: the next router is asked. */
		ike_child_want_out(c, IKE_OUT_TWIN_MS);
	} else if (done->result != 0) {
		ike_child_delete(c, ENGINE_WHY_LOCAL_ERROR);
	} else {
		c->out = true;
		child_record(c);
		ike_child_wipe(c);
	}
	ike_info_continue_all(sa->v2);
}

int ike_child_install_out(struct ike_child *c)
{
	struct engine_msg m = {.type = ENGINE_SA_INSTALL, .sa_install = c->install};
	int r;

	loop_timer_stop(&c->out_timer);
	if (c->out || c->out_busy)
		return 0;
	m.sa_install.parts = ENGINE_PART_OUT;
	c->out_busy = true;
	r = ike_router_request(c->sa->v2, &m, child_out_installed, c);
	if (r == 0)
		return 0;
	c->out_busy = false;
	if (r != -EPIPE || loop_timer_set(&c->out_timer, IKE_OUT_AGAIN_MS) != 0)
		ike_child_delete(c, ENGINE_WHY_LOCAL_ERROR);
	return r;
}

static void child_used(void *arg, const struct engine_done *done)
{
	struct ike_child *c = arg;

	if (done->result == 0 && done->packets > 0)
		(void)ike_child_install_out(c);
}

static void child_ask_use(struct ike_child *c)
{
	struct engine_msg m = {
		.type = ENGINE_SA_USE,
		.sa =
			{
				.conn = c->install.conn,
				.protocol = c->install.protocol,
				.parts = ENGINE_PART_IN,
				.spi_in = c->install.spi_in,
				.spi_out = c->install.spi_out,
				.local = c->install.local,
				.remote = c->install.remote,
				.encap = c->install.encap,
			},
	};

	(void)ike_router_request(c->sa->v2, &m, child_used, c); /* else: the next time */
}

static void child_watch_out(void *arg)
{
	struct ike_child *c = arg;
	struct ike_v2 *v2 = c->sa->v2;

	if (ike_v2_now(v2) >= c->out_until_ms ||
	    loop_timer_set(&c->out_timer, IKE_OUT_POLL_MS) != 0)
		(void)ike_child_install_out(c);
	else
		child_ask_use(c);
	ike_v2_reap(v2);
}

void ike_child_want_out(struct ike_child *c, uint64_t wait_ms)
{
	c->out_until_ms = ike_v2_now(c->sa->v2) + wait_ms;
	if (loop_timer_set(&c->out_timer, IKE_OUT_POLL_MS) != 0)
		(void)ike_child_install_out(c);
}
