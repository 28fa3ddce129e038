/*
 * IKE_SA_INIT as initiator, and what both roles share of it: offers, nonces, NAT detection, keys.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/secret.h"

/* Tells another Spindle that it may apply rules which foreign peers do not know. */
static const uint8_t init_vendor[] = {'S', 'p', 'i', 'n', 'd', 'l', 'e', ' ',
				      'I', 'K', 'E', 'v', '2', ' ', '0', '1'};

void ike_nonce_make(struct ike_nonce *n)
{
	n->len = IKE_NONCE_LEN;
	random_bytes(n->data, n->len);
}

struct view ike_nonce_view(const struct ike_nonce *n)
{
	return (struct view){.data = n->data, .len = n->len};
}

bool ike_nonce_take(struct ike_nonce *n, const struct ike_message *m)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_NONCE, 0);

	if (p == NULL || p->body.len < IKE_NONCE_MIN || p->body.len > IKE_NONCE_MAX)
		return false;
	n->len = (uint16_t)p->body.len;
	memcpy(n->data, p->body.data, p->body.len);
	return true;
}

static size_t offers_of(const struct conn *c, struct ike_offer out[CONN_PROPOSALS_MAX])
{
	for (size_t i = 0; i < c->ike_count; i++)
		out[i] = (struct ike_offer){.number = (uint8_t)(i + 1), .proposal = c->ike[i]};
	return c->ike_count;
}

bool ike_init_is_spindle(const struct ike_message *m)
{
	const struct view ours = {.data = init_vendor, .len = sizeof(init_vendor)};
	const struct ike_payload *p;

	for (size_t i = 0; (p = ike_find(m, IKE_PAYLOAD_VENDOR, i)) != NULL; i++)
		if (view_equal(p->body, ours))
			return true;
	return false;
}

void ike_init_add_common(struct ike_builder *b, uint64_t spi_i, uint64_t spi_r,
			 const struct endpoint *local, const struct endpoint *remote)
{
	uint8_t hash[20];
	const struct view v = {.data = hash, .len = sizeof(hash)};

	ike_add_vendor(b, (struct view){.data = init_vendor, .len = sizeof(init_vendor)});
	ike_nat_hash(spi_i, spi_r, local, hash);
	ike_message_notify(b, IKE_N_NAT_DETECTION_SOURCE_IP, v);
	ike_nat_hash(spi_i, spi_r, remote, hash);
	ike_message_notify(b, IKE_N_NAT_DETECTION_DESTINATION_IP, v);
}

/* 0: no such notify; 1: one of them is the hash of `e`; -1: none is. */
static int init_nat_match(const struct ike_message *m, uint16_t type, const struct endpoint *e)
{
	const struct ike_payload *p;
	struct ike_notify_body n;
	uint8_t hash[20];
	int seen = 0;

	ike_nat_hash(m->header.spi_i, m->header.spi_r, e, hash);
	for (size_t i = 0; (p = ike_find(m, IKE_PAYLOAD_NOTIFY, i)) != NULL; i++) {
		if (ike_read_notify(p, &n) != 0 || n.type != type)
			continue;
		if (n.data.len == sizeof(hash) && memcmp(n.data.data, hash, sizeof(hash)) == 0)
			return 1;
		seen = -1;
	}
	return seen;
}

/* RFC 7296 2.23. A peer that sends neither notify cannot do UDP encapsulation. */
void ike_init_detect_nat(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_sa_state *s = sa->s;

	s->nat_remote = init_nat_match(m, IKE_N_NAT_DETECTION_SOURCE_IP, &s->remote) < 0;
	s->nat_local = init_nat_match(m, IKE_N_NAT_DETECTION_DESTINATION_IP, &s->local) < 0;
	s->encap = s->nat_local || s->nat_remote;
}

int ike_init_keys(struct ike_sa *sa)
{
	struct ike_handshake *hs = sa->hs;
	int r = ike_keys_derive(&sa->keys, &sa->s->chosen, hs->shared, ike_nonce_view(&hs->ni),
				ike_nonce_view(&hs->nr), sa->s->spi_i, sa->s->spi_r);

	secret_free(hs->shared);
	hs->shared = NULL;
	ike_dh_free(hs->dh);
	hs->dh = NULL;
	if (r == 0)
		ike_state_put_keys(sa->s, &sa->keys);
	return r;
}

/* ---- the request ----------------------------------------------------------------------------- */

static void init_build(struct ike_task *t, struct ike_builder *b)
{
	struct ike_sa *sa = t->sa;
	const struct ike_handshake *hs = sa->hs;
	struct ike_offer offers[CONN_PROPOSALS_MAX];

	if (hs->cookie_len > 0)
		ike_message_notify(b, IKE_N_COOKIE,
				   (struct view){.data = hs->cookie, .len = hs->cookie_len});
	ike_add_sa(b, offers, offers_of(sa->conn, offers));
	ike_add_ke(b, hs->group, ike_dh_public(hs->dh));
	ike_add_nonce(b, ike_nonce_view(&hs->ni));
	ike_init_add_common(b, sa->s->spi_i, 0, &sa->s->local, &sa->s->remote);
}

static int init_sent(struct ike_task *t, struct view datagram)
{
	struct ike_handshake *hs = t->sa->hs;

	alloc_free(hs->init_request);
	hs->init_request = alloc_copy(datagram.data, datagram.len);
	hs->init_request_len = datagram.len;
	return hs->init_request == NULL ? -ENOMEM : 0;
}

const struct ike_task_ops ike_task_init = {
	.name = "init", .exchange = IKE_SA_INIT, .build = init_build, .sent = init_sent};

/* IKE_SA_INIT always has message ID 0, also when it is asked again (RFC 7296 2.6). */
static void init_ask(struct ike_sa *sa)
{
	struct ike_task *t = ike_task_new(sa, &ike_task_init);

	if (t == NULL) {
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
		return;
	}
	sa->s->send_id = sa->s->send_reserved = 0;
	sa->phase = IKE_PHASE_INIT_SENT;
	ike_task_queue(t);
}

static void init_key_made(void *arg, int result)
{
	struct ike_sa *sa = arg;

	if (result != 0)
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
	else
		init_ask(sa);
}

static int init_make_key(struct ike_sa *sa)
{
	struct ike_handshake *hs = sa->hs;

	ike_dh_free(hs->dh);
	hs->dh = NULL;
	return ike_dh_submit(sa->v2, hs->group, &hs->dh, NULL, (struct view){0}, &hs->job,
			     init_key_made, sa);
}

int ike_init_begin(struct ike_v2 *v2, const struct conn *c, const struct addr *peer, uint32_t child,
		   uint8_t why, bool initial_contact, struct ike_wait *wait, struct ike_sa **out)
{
	const struct endpoint local = {.addr = c->local, .port = IKE_PORT};
	const struct endpoint remote = {.addr = *peer, .port = IKE_PORT};
	const struct transform *dh = c->ike_count > 0 ? proposal_first(&c->ike[0], TRANSFORM_DH)
						      : NULL;
	struct ike_sa *sa;
	struct ike_op *op;
	int r = -ENOMEM;

	if (dh == NULL)
		return -EINVAL;
	sa = ike_sa_new(v2, true, &local, &remote);
	if (sa == NULL)
		return -ENOMEM;
	ike_sa_set_conn(sa, c);
	sa->why = why;
	sa->hs->initial_contact = initial_contact;
	sa->hs->group = dh->id;
	ike_nonce_make(&sa->hs->ni);
	op = ike_op_new(sa, child, true, why);
	if (op == NULL)
		goto fail;
	op->first = true;
	r = init_make_key(sa);
	if (r != 0)
		goto fail;
	r = ike_waiters_add(&op->waiters, wait);
	if (r != 0)
		goto fail;
	ike_record(sa, RECORD_IKE_BEGUN, sa->handle, 1, why);
	ike_sa_announce_half(sa);
	if (out != NULL)
		*out = sa;
	return 0;
fail:
	ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
	return r;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* RFC 7296 2.23: with a NAT on the way everything from IKE_AUTH on uses port 4500. */
static void init_float(struct ike_sa *sa)
{
	if (!sa->s->encap)
		return;
	sa->s->local.port = IKE_NAT_PORT;
	sa->s->remote.port = IKE_NAT_PORT;
	ike_trace(sa, 1, "NAT detected %s, floating to port 4500",
		  sa->s->nat_local ? "on our side" : "on the peer's side");
}

static void init_shared(void *arg, int result)
{
	struct ike_sa *sa = arg;
	struct ike_op *op = ike_op_of(sa, 0);

	if (result == -EBADMSG) {
		ike_sa_down(sa, ENGINE_WHY_PEER_REFUSED, IKE_N_INVALID_SYNTAX);
		return;
	}
	if (result != 0 || op == NULL || ike_init_keys(sa) != 0) {
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
		return;
	}
	init_float(sa);
	sa->phase = IKE_PHASE_AUTH_SENT;
	op->ni = sa->hs->ni;
	op->nr = sa->hs->nr;
	ike_op_start(op);
}

/* The peer's choice, nonce and public value; 0, or the notify that says what is wrong. */
static uint16_t init_take_answer(struct ike_sa *sa, const struct ike_message *m, struct ike_ke *ke)
{
	struct ike_offer offers[CONN_PROPOSALS_MAX];
	const size_t count = offers_of(sa->conn, offers);
	const struct ike_offer *taken;
	struct ike_sa_payload answer;

	if (m->header.spi_r == 0 || !ike_nonce_take(&sa->hs->nr, m) ||
	    ike_read_sa(ike_find(m, IKE_PAYLOAD_SA, 0), &answer) != 0 ||
	    ike_read_ke(ike_find(m, IKE_PAYLOAD_KE, 0), ke) != 0)
		return IKE_N_INVALID_SYNTAX;
	if (ike_select_answer(offers, count, &answer, false, &sa->s->chosen, &taken) != 0)
		return IKE_N_NO_PROPOSAL_CHOSEN;
	if (ke->group != sa->hs->group || ike_select_group(&sa->s->chosen) != ke->group)
		return IKE_N_INVALID_KE_PAYLOAD;
	return 0;
}

void ike_init_accepted(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	struct ike_handshake *hs = sa->hs;
	struct ike_ke ke;
	uint16_t wrong;

	ike_task_end(t);
	wrong = init_take_answer(sa, m, &ke);
	if (wrong != 0) {
		ike_sa_down(sa, ENGINE_WHY_PEER_REFUSED, wrong);
		return;
	}
	sa->s->spi_r = m->header.spi_r;
	sa->s->peer_is_spindle = ike_init_is_spindle(m);
	ike_init_detect_nat(sa, m);
	hs->init_response = alloc_copy(m->datagram.data, m->datagram.len);
	hs->init_response_len = m->datagram.len;
	if (hs->init_response == NULL || ike_dh_submit(sa->v2, hs->group, &hs->dh, &hs->shared,
						       ke.data, &hs->job, init_shared, sa) != 0)
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
}

static bool init_take_cookie(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_notify_body n;

	if (!ike_find_notify(m, IKE_N_COOKIE, &n) || n.data.len == 0 || n.data.len > IKE_COOKIE_MAX)
		return false;
	memcpy(sa->hs->cookie, n.data.data, n.data.len);
	sa->hs->cookie_len = (uint8_t)n.data.len;
	ike_trace(sa, 1, "Peer asks for a cookie");
	return true;
}

/* RFC 7296 1.2: the group must be one that we offered, and another than before. */
static bool init_take_group(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_notify_body n;
	struct reader r;
	uint16_t group;

	if (!ike_find_notify(m, IKE_N_INVALID_KE_PAYLOAD, &n))
		return false;
	r = reader_of(n.data);
	group = reader_u16(&r);
	if (group == sa->hs->group ||
	    !ike_select_has_group(sa->conn->ike, sa->conn->ike_count, group))
		return false;
	ike_trace(sa, 1, "Peer wants DH group %u", group);
	sa->hs->group = group;
	return true;
}

/*
 * Not authenticated; but whoever wrote it knew our random SPI, so it saw our request. COOKIE and
 * INVALID_KE_PAYLOAD make us ask again, a bounded number of times; an error ends the attempt.
 */
void ike_init_refused(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	ike_task_end(t);
	if (++sa->hs->restarts > IKE_RESTARTS_MAX)
		ike_sa_down(sa, ENGINE_WHY_PEER_REFUSED, ike_message_error(m));
	else if (init_take_cookie(sa, m))
		init_ask(sa);
	else if (!init_take_group(sa, m))
		ike_sa_down(sa, ENGINE_WHY_PEER_REFUSED, ike_message_error(m));
	else if (init_make_key(sa) != 0)
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
}
