/*
 * INFORMATIONAL: DELETE both ways, liveness, error notifies; and clear messages outside any IKE SA,
 * which are hints (RFC 7296 1.5): counted, told to router at a limited rate, never answered.
 */
#include "ike/v2/v2_internal.h"

#include "base/random.h"

/* ---- ours ------------------------------------------------------------------------------------ */

static void info_build_empty(struct ike_task *t, struct ike_builder *b)
{
	(void)t;
	(void)b;
}

static void info_alive(struct ike_task *t, const struct ike_message *m)
{
	const struct engine_done done = {.ike = t->sa->handle};

	(void)m;
	ike_wait_end(t->sa->v2, t->wait, &done);
	t->wait = NULL;
}

const struct ike_task_ops ike_task_liveness = {.name = "liveness",
					       .exchange = IKE_INFORMATIONAL,
					       .build = info_build_empty,
					       .answer = info_alive};

static void info_build_delete(struct ike_task *t, struct ike_builder *b)
{
	ike_add_delete(b, t->protocol, &t->spi, 1);
}

static void info_child_deleted(struct ike_task *t, const struct ike_message *m)
{
	(void)m;
	if (t->child != NULL)
		ike_child_gone(t->child, t->why, 0);
}

static void info_child_undeletable(struct ike_task *t, int result, uint16_t notify)
{
	(void)result;
	if (t->child != NULL)
		ike_child_gone(t->child, t->why, notify);
}

const struct ike_task_ops ike_task_delete_child = {.name = "delete child",
						   .exchange = IKE_INFORMATIONAL,
						   .build = info_build_delete,
						   .answer = info_child_deleted,
						   .failed = info_child_undeletable};

static void info_build_receives(struct ike_task *t, struct ike_builder *b)
{
	const struct ike_notify_body n = {.type = IKE_N_SPINDLE_RECEIVES,
					  .protocol = t->protocol,
					  .spi_len = 4,
					  .spi = t->spi};

	ike_add_notify(b, &n);
}

static void info_received(struct ike_task *t, const struct ike_message *m)
{
	(void)t;
	(void)m;
}

const struct ike_task_ops ike_task_receives = {.name = "receives",
					       .exchange = IKE_INFORMATIONAL,
					       .build = info_build_receives,
					       .answer = info_received};

static uint32_t info_paired_spi(const struct ike_message *m)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_DELETE, 0);
	struct ike_delete d;

	if (p == NULL || ike_read_delete(p, &d) != 0 || d.protocol == IKE_PROTO_IKE || d.count == 0)
		return 0;
	return d.spis[0];
}

/* A paired SPI that is one of ours means that the pair is gone at the other end: here too. And so
 * it is when the SPI was ours after all: the peer has heard that we do not want it. */
static void info_spi_deleted(struct ike_task *t, const struct ike_message *m)
{
	struct ike_sa *sa = t->sa;
	const struct engine_done done = {.ike = sa->handle, .spi = info_paired_spi(m)};
	struct ike_child *c = ike_child_by_in(sa, t->spi);

	if (c == NULL && done.spi != 0)
		c = ike_child_by_out(sa, done.spi);

	ike_wait_end(sa->v2, t->wait, &done);
	t->wait = NULL;
	if (c != NULL)
		ike_child_gone(c, t->why != 0 ? t->why : ENGINE_WHY_PEER_DELETE, 0);
}

const struct ike_task_ops ike_task_delete_spi = {.name = "delete unknown SPI",
						 .exchange = IKE_INFORMATIONAL,
						 .build = info_build_delete,
						 .answer = info_spi_deleted};

static void info_build_goodbye(struct ike_task *t, struct ike_builder *b)
{
	if (t->notify != 0)
		ike_message_notify(b, t->notify, (struct view){0});
	ike_add_delete(b, IKE_PROTO_IKE, NULL, 0);
}

static void info_closed(struct ike_task *t, const struct ike_message *m)
{
	struct ike_sa *sa = t->sa;

	(void)m;
	/* Of two IKE SAs this one's Child may be what the peer's kernel sends with until its router has
	 * removed it, a moment after the answer has left: the inbound parts wait for that. */
	if (sa->why == ENGINE_WHY_DUPLICATE && loop_timer_set(&sa->guard, IKE_LINGER_MS) == 0)
		return;
	ike_sa_down(sa, sa->why, sa->notify);
}

const struct ike_task_ops ike_task_delete_ike = {.name = "delete IKE SA",
						 .exchange = IKE_INFORMATIONAL,
						 .build = info_build_goodbye,
						 .answer = info_closed};

static void info_notifies(struct ike_sa *sa, const struct ike_message *m)
{
	const struct ike_payload *p;
	struct ike_notify_body n;

	for (size_t i = 0; (p = ike_find(m, IKE_PAYLOAD_NOTIFY, i)) != NULL; i++)
		if (ike_read_notify(p, &n) == 0 && n.type <= IKE_N_ERROR_LAST)
			ike_event_notify(sa->v2, &sa->s->remote, sa->handle, &n, true);
}

void ike_info_answer(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	info_notifies(sa, m);
	t->ops->answer(t, m);
	ike_task_end(t);
}

/* ---- the peer's ------------------------------------------------------------------------------ */

struct info_answer {
	size_t count;
	uint32_t spis[IKE_DELETE_MAX];
};

static void info_build_answer(struct ike_sa *sa, struct ike_builder *b, void *arg)
{
	const struct info_answer *a = arg;

	(void)sa;
	if (a->count > 0)
		ike_add_delete(b, IKE_PROTO_ESP, a->spis, a->count);
}

/* c is about to go: whoever takes over sends from now on. False: that is on its way. */
static bool info_heir_ready(const struct ike_child *c)
{
	struct ike_child *heir = ike_child_heir(c);

	return heir == NULL || ike_child_install_out(heir) != 0;
}

static bool info_heirs_ready(struct ike_sa *sa)
{
	bool ready = true;
	struct list *it;

	for (size_t i = 0; i < sa->deleting.count; i++) {
		const struct ike_child *c = ike_child_by_out(sa, sa->deleting.spis[i]);

		if (c != NULL && !info_heir_ready(c))
			ready = false;
	}
	for (it = sa->children.next; sa->leaving && it != &sa->children; it = it->next)
		if (!info_heir_ready(list_entry(it, struct ike_child, node)))
			ready = false;
	return ready;
}

static void info_delete_children(struct ike_sa *sa)
{
	struct info_answer a = {0};

	for (size_t i = 0; i < sa->deleting.count; i++) {
		struct ike_child *c = ike_child_by_out(sa, sa->deleting.spis[i]);

		if (c == NULL) { /* unknown, or named twice: passed over */
			if (ike_task_is_asking(sa) && sa->doomed_count < IKE_DOOMED_MAX)
				sa->doomed[sa->doomed_count++] = sa->deleting.spis[i];
			continue;
		}
		/* 2.25.1: one that we are closing ourselves is not named in the answer. While our
		 * DELETE only waits in the queue it is: it will not be sent any more. */
		if (sa->current == NULL || sa->current->child != c)
			a.spis[a.count++] = c->install.spi_in;
		ike_child_gone(c,
			       c->phase == IKE_CHILD_REPLACED ? ENGINE_WHY_REPLACED
							      : ENGINE_WHY_PEER_DELETE,
			       0);
	}
	sa->deleting.count = 0;
	ike_message_respond(sa, info_build_answer, &a);
	ike_task_next(sa);
}

static void info_leave(struct ike_sa *sa)
{
	struct info_answer none = {0};

	ike_trace(sa, 1, "Peer closes the IKE SA");
	sa->deleting.count = 0;
	ike_message_respond(sa, info_build_answer, &none);
	ike_sa_down(sa, sa->phase == IKE_PHASE_CLOSING ? sa->why : sa->leaving_why,
		    sa->leaving_why == ENGINE_WHY_AUTH ? IKE_N_AUTHENTICATION_FAILED : 0);
}

static void info_continue(struct ike_sa *sa)
{
	list_remove(&sa->halt);
	if (!info_heirs_ready(sa)) {
		list_append(&sa->v2->halted, &sa->halt);
		return;
	}
	if (sa->leaving)
		info_leave(sa);
	else
		info_delete_children(sa);
}

/* Marked first: one that goes on may, for want of memory, take another IKE SA down. */
void ike_info_continue_all(struct ike_v2 *v2)
{
	struct list *it;

	list_for_each(it, &v2->halted)
	{
		struct ike_sa *sa = list_entry(it, struct ike_sa, halt);

		if (sa->responding && (sa->leaving || sa->deleting.count > 0))
			ike_sa_mark(sa);
	}
	for (struct ike_sa *sa; (sa = ike_sa_take_marked(v2)) != NULL;)
		info_continue(sa);
}

/* Gathers the ESP SPIs of all DELETE payloads; true when the IKE SA itself is to go. */
static bool info_deletes(struct ike_sa *sa, const struct ike_message *m)
{
	const struct ike_payload *p;
	struct ike_delete d;
	bool ike = false;

	sa->deleting.count = 0;
	for (size_t i = 0; (p = ike_find(m, IKE_PAYLOAD_DELETE, i)) != NULL; i++) {
		if (ike_read_delete(p, &d) != 0)
			continue;
		if (d.protocol == IKE_PROTO_IKE)
			ike = true;
		if (d.protocol != IKE_PROTO_ESP)
			continue;
		for (size_t j = 0; j < d.count && sa->deleting.count < IKE_DELETE_MAX; j++)
			sa->deleting.spis[sa->deleting.count++] = d.spis[j];
	}
	return ike;
}

/* The peer has installed what we made with it: we may send on it. */
static void info_peer_receives(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_notify_body n;
	struct ike_child *c;

	if (!ike_find_notify(m, IKE_N_SPINDLE_RECEIVES, &n))
		return;
	c = ike_child_by_out(sa, (uint32_t)n.spi);
	if (c != NULL && c->phase == IKE_CHILD_LIVE && c->install.encr_out != NULL)
		(void)ike_child_install_out(c);
}

void ike_info_request(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	struct info_answer none = {0};
	struct ike_notify_body n;

	(void)t;
	info_notifies(sa, m);
	info_peer_receives(sa, m);
	if (info_deletes(sa, m)) {
		sa->leaving = true;
		sa->leaving_why = ENGINE_WHY_PEER_DELETE;
	} else if (ike_find_notify(m, IKE_N_AUTHENTICATION_FAILED, &n)) {
		sa->leaving = true;
		sa->leaving_why = ENGINE_WHY_AUTH;
	}
	if (sa->leaving || sa->deleting.count > 0)
		info_continue(sa);
	else
		ike_message_respond(sa, info_build_answer, &none);
}

/* ---- outside any IKE SA ---------------------------------------------------------------------- */

void ike_info_hint(struct ike_v2 *v2, const struct endpoint *remote, const struct ike_message *m)
{
	const struct ike_payload *p;
	struct ike_notify_body n;

	for (size_t i = 0; (p = ike_find(m, IKE_PAYLOAD_NOTIFY, i)) != NULL; i++) {
		if (ike_read_notify(p, &n) != 0 ||
		    (n.type != IKE_N_INVALID_SPI && n.type != IKE_N_INVALID_IKE_SPI))
			continue;
		if (pace_take(&v2->hint_pace, ike_v2_now(v2)))
			ike_event_notify(v2, remote, 0, &n, false);
	}
}

/*
 * INVALID_SPI outside of an IKE SA (RFC 7296 1.5): one datagram that is never answered; its IKE SPIs
 * mean nothing, so they are random, and the flag says initiator.
 */
void ike_info_invalid_spi(struct ike_v2 *v2, const struct conn *c, const struct addr *peer,
			  uint32_t spi)
{
	const struct ike_header h = {
		.spi_i = (uint64_t)random_u32() << 32 | random_u32() | 1,
		.version = 0x20,
		.exchange = IKE_INFORMATIONAL,
		.flags = IKE_FLAG_INITIATOR,
	};
	const struct endpoint local = {.addr = c->local, .port = IKE_PORT};
	const struct endpoint remote = {.addr = *peer, .port = IKE_PORT};
	struct ike_builder b;
	struct writer w;
	uint8_t data[4];
	struct view v;

	w = writer_new(data, sizeof(data));
	writer_u32(&w, spi);
	ike_builder_start(&b, v2->out, sizeof(v2->out), &h);
	ike_message_notify(&b, IKE_N_INVALID_SPI, writer_done(&w));
	v = ike_builder_done(&b);
	if (v.len == 0)
		return;
	ike_message_count_sent(v2, v);
	v2->transport->send(v2->transport_ctx, &local, &remote, v);
}
