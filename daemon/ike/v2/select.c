/*
 * Pure choices: proposals (RFC 7296 3.3.6) and traffic selectors (2.9).
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>

struct proposal ike_select_strip(const struct proposal *p, bool dh, bool add_esn)
{
	struct proposal out = {.protocol = p->protocol};

	for (size_t i = 0; i < p->count; i++)
		if (!dh || p->t[i].type != TRANSFORM_DH)
			(void)proposal_add(&out, (enum transform_type)p->t[i].type, p->t[i].id,
					   p->t[i].key_bits);
	/* An ESP proposal must name it (3.3.3). Without ESN first: what every peer can do. */
	if (add_esn && proposal_first(&out, TRANSFORM_ESN) == NULL) {
		(void)proposal_add(&out, TRANSFORM_ESN, ESN_NO, 0);
		(void)proposal_add(&out, TRANSFORM_ESN, ESN_YES, 0);
	}
	return out;
}

uint16_t ike_select_group(const struct proposal *chosen)
{
	const struct transform *t = proposal_first(chosen, TRANSFORM_DH);

	return t == NULL ? DH_NONE : t->id;
}

bool ike_select_has_group(const struct proposal *p, size_t count, uint16_t group)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < p[i].count; j++)
			if (p[i].t[j].type == TRANSFORM_DH && p[i].t[j].id == group)
				return true;
	return false;
}

int ike_select_proposal(const struct proposal *ours, size_t ours_count, uint8_t protocol,
			const struct ike_sa_payload *offers, bool without_dh,
			struct proposal *chosen, const struct ike_offer **offer)
{
	for (size_t i = 0; i < ours_count; i++) {
		const struct proposal mine =
			ike_select_strip(&ours[i], without_dh, protocol == IKE_PROTO_ESP);

		for (size_t j = 0; j < offers->count; j++) {
			const struct ike_offer *o = &offers->offers[j];
			const struct proposal theirs =
				ike_select_strip(&o->proposal, without_dh, false);

			if (o->proposal.protocol != protocol ||
			    o->spi_len != (protocol == IKE_PROTO_ESP ? 4 : 0) ||
			    !proposal_choose(&mine, &theirs, chosen))
				continue;
			*offer = o;
			return 0;
		}
	}
	return -ENOENT;
}

/* One transform of each type at most. */
static bool select_is_single(const struct proposal *p)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < p->count; i++) {
		const unsigned int bit = 1u << (p->t[i].type & 15);

		if ((seen & bit) != 0)
			return false;
		seen |= bit;
	}
	return true;
}

int ike_select_answer(const struct ike_offer *ours, size_t count,
		      const struct ike_sa_payload *answer, bool without_dh, struct proposal *chosen,
		      const struct ike_offer **offer)
{
	const struct ike_offer *o = &answer->offers[0];

	if (answer->count != 1 || !select_is_single(&o->proposal))
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		const struct proposal mine = ike_select_strip(&ours[i].proposal, without_dh, false);
		const struct proposal theirs = ike_select_strip(&o->proposal, without_dh, false);

		if (ours[i].number != o->number || ours[i].spi_len != o->spi_len ||
		    ours[i].proposal.protocol != o->proposal.protocol ||
		    !proposal_choose(&mine, &theirs, chosen))
			continue;
		*offer = o;
		return 0;
	}
	return -EBADMSG;
}

bool ike_select_within(const struct selector *inner, const struct selector *outer)
{
	return prefix_within(&inner->local, &outer->local) &&
	       prefix_within(&inner->remote, &outer->remote) &&
	       (outer->proto == 0 || outer->proto == inner->proto) &&
	       (outer->local_port_mask == 0 ||
		(inner->local_port_mask == 0xffff && inner->local_port == outer->local_port)) &&
	       (outer->remote_port_mask == 0 ||
		(inner->remote_port_mask == 0xffff && inner->remote_port == outer->remote_port));
}

/* The part of one pair of the peer's selectors that lies within one child of ours. */
static bool select_narrow(const struct conn_child *child, const struct ike_ts *mine,
			  const struct ike_ts *theirs, struct selector *out)
{
	const struct ike_ts local = ike_ts_from_selector(&child->selector, true);
	const struct ike_ts remote = ike_ts_from_selector(&child->selector, false);
	struct ike_ts l, r;

	return ike_ts_intersect(mine, &local, &l) && ike_ts_intersect(theirs, &remote, &r) &&
	       ike_ts_to_selector(&l, &r, out) == 0;
}

/* The widest that a child gets from all pairs: its whole selector if any pair holds that. */
static bool select_best(const struct conn_child *child, const struct ike_ts_payload *mine,
			const struct ike_ts_payload *theirs, struct selector *out)
{
	bool found = false;

	for (size_t i = 0; i < mine->count; i++) {
		for (size_t j = 0; j < theirs->count; j++) {
			struct selector s;

			if (!select_narrow(child, &mine->ts[i], &theirs->ts[j], &s))
				continue;
			if (selector_equal(&s, &child->selector)) {
				*out = s;
				return true;
			}
			/* The last pair is the widest: the first may be one packet's own (2.9). */
			*out = s;
			found = true;
		}
	}
	return found;
}

const struct conn_child *ike_select_child(const struct conn *c, const struct ike_ts_payload *mine,
					  const struct ike_ts_payload *theirs, struct selector *out)
{
	const struct conn_child *narrow = NULL;
	struct selector s;

	if (mine->count == 0 || theirs->count == 0)
		return NULL;
	/* The child that the first pair belongs to; else the first that fits whole; else any. */
	for (size_t i = 0; i < c->child_count; i++)
		if (select_narrow(&c->children[i], &mine->ts[0], &theirs->ts[0], &s))
			return select_best(&c->children[i], mine, theirs, out) ? &c->children[i]
									       : NULL;
	for (size_t i = 0; i < c->child_count; i++) {
		if (!select_best(&c->children[i], mine, theirs, &s))
			continue;
		if (narrow == NULL || selector_equal(&s, &c->children[i].selector)) {
			narrow = &c->children[i];
			*out = s;
		}
		if (selector_equal(&s, &c->children[i].selector))
			break;
	}
	return narrow;
}
