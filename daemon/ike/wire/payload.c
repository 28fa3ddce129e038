/*
 * Payload bodies, RFC 7296 sections 3.1 to 3.13: their layouts as tables, and the typed readers.
 *
 * A reader takes everything, then checks once. It borrows the payload's bytes, has no effects and
 * bounds what it gives by the arrays of its result; what the peer sent beyond is walked all the
 * same, so that a lie at the end is found too.
 */
#include <errno.h>
#include <string.h>

#include "ike/wire/wire_internal.h"

const struct field ike_layout_header[] = {
	LAYOUT_NUMBER(struct ike_header, spi_i),
	LAYOUT_NUMBER(struct ike_header, spi_r),
	LAYOUT_NUMBER(struct ike_header, next_payload),
	LAYOUT_NUMBER(struct ike_header, version),
	LAYOUT_NUMBER(struct ike_header, exchange),
	LAYOUT_NUMBER(struct ike_header, flags),
	LAYOUT_NUMBER(struct ike_header, message_id),
	LAYOUT_NUMBER(struct ike_header, length),
	LAYOUT_END,
};

const struct field ike_layout_generic[] = {
	LAYOUT_NUMBER(struct ike_generic, next),
	LAYOUT_NUMBER(struct ike_generic, flags),
	LAYOUT_NUMBER(struct ike_generic, length),
	LAYOUT_END,
};

const struct field ike_layout_ke[] = {
	LAYOUT_NUMBER(struct ike_ke, group),
	LAYOUT_ZERO(2),
	LAYOUT_REST(struct ike_ke, data),
	LAYOUT_END,
};

const struct field ike_layout_id[] = {
	LAYOUT_NUMBER(struct ike_id_body, type),
	LAYOUT_ZERO(3),
	LAYOUT_REST(struct ike_id_body, data),
	LAYOUT_END,
};

const struct field ike_layout_auth[] = {
	LAYOUT_NUMBER(struct ike_auth, method),
	LAYOUT_ZERO(3),
	LAYOUT_REST(struct ike_auth, data),
	LAYOUT_END,
};

const struct field ike_layout_notify[] = {
	LAYOUT_NUMBER(struct ike_notify_body, protocol),
	LAYOUT_NUMBER(struct ike_notify_body, spi_len),
	LAYOUT_NUMBER(struct ike_notify_body, type),
	LAYOUT_SPI(struct ike_notify_body, spi, spi_len),
	LAYOUT_REST(struct ike_notify_body, data),
	LAYOUT_END,
};

const struct field ike_layout_delete[] = {
	LAYOUT_NUMBER(struct ike_delete_head, protocol),
	LAYOUT_NUMBER(struct ike_delete_head, spi_len),
	LAYOUT_NUMBER(struct ike_delete_head, count),
	LAYOUT_REST(struct ike_delete_head, spis),
	LAYOUT_END,
};

const struct field ike_layout_proposal[] = {
	LAYOUT_NUMBER(struct ike_proposal_head, more),
	LAYOUT_ZERO(1),
	LAYOUT_NUMBER(struct ike_proposal_head, length),
	LAYOUT_NUMBER(struct ike_proposal_head, number),
	LAYOUT_NUMBER(struct ike_proposal_head, protocol),
	LAYOUT_NUMBER(struct ike_proposal_head, spi_len),
	LAYOUT_NUMBER(struct ike_proposal_head, transforms),
	LAYOUT_END,
};

const struct field ike_layout_transform[] = {
	LAYOUT_NUMBER(struct ike_transform_head, more),
	LAYOUT_ZERO(1),
	LAYOUT_NUMBER(struct ike_transform_head, length),
	LAYOUT_NUMBER(struct ike_transform_head, type),
	LAYOUT_ZERO(1),
	LAYOUT_NUMBER(struct ike_transform_head, id),
	LAYOUT_END,
};

const struct field ike_layout_ts[] = {
	LAYOUT_NUMBER(struct ike_ts_head, type),      LAYOUT_NUMBER(struct ike_ts_head, proto),
	LAYOUT_NUMBER(struct ike_ts_head, length),    LAYOUT_NUMBER(struct ike_ts_head, port_first),
	LAYOUT_NUMBER(struct ike_ts_head, port_last), LAYOUT_END,
};

static int verdict(const struct reader *r)
{
	return reader_done(r) ? 0 : -EBADMSG;
}

/* A part whose length field counts its own head of `head` bytes, which is read already. */
static struct reader sub_of(struct reader *r, size_t length, size_t head)
{
	if (length < head)
		reader_fail(r);
	return reader_sub(r, length < head ? 0 : length - head);
}

/* ---- SA -------------------------------------------------------------------------------------- */

/* The Key Length attribute, or TRANSFORM_KEY_BITS_BAD where there is anything but that one. */
static uint16_t read_attributes(struct reader *r)
{
	uint16_t bits = 0;

	while (reader_left(r)) {
		uint16_t type = reader_u16(r), value = reader_u16(r);

		if (!(type & IKE_ATTR_TV))
			reader_skip(r, value);
		if (type == (IKE_ATTR_TV | IKE_ATTR_KEY_LENGTH) && bits == 0 && value != 0)
			bits = value;
		else
			bits = TRANSFORM_KEY_BITS_BAD;
	}
	return bits;
}

static bool has_transform(const struct proposal *p, const struct transform *t)
{
	for (uint8_t i = 0; i < p->count; i++)
		if (transform_equal(&p->t[i], t))
			return true;
	return false;
}

/*
 * Keeps what can matter: transforms we know, and of every type at least one, so that "the type is
 * not named" is never concluded from a transform left out. When even that does not fit, a type 0,
 * which nobody accepts, spoils the proposal.
 */
static void keep_transform(struct proposal *p, const struct transform *t)
{
	const size_t room_for_known = 24;
	bool matters = transform_known(t->type, t->id) ||
		       !proposal_first(p, (enum transform_type)t->type);

	if (has_transform(p, t))
		return;
	if (p->count < PROPOSAL_TRANSFORMS_MAX - (matters ? 0 : room_for_known))
		p->t[p->count++] = *t;
	else if (matters)
		p->t[PROPOSAL_TRANSFORMS_MAX - 1] = (struct transform){0};
}

static void read_transform(struct reader *r, bool last, struct proposal *out)
{
	struct ike_transform_head h = {0};
	struct transform t;
	struct reader attributes;

	layout_read(r, ike_layout_transform, &h);
	attributes = sub_of(r, h.length, IKE_TRANSFORM_LEN);
	t = (struct transform){h.type, h.id, read_attributes(&attributes)};
	if (!reader_done(&attributes) || h.more != (last ? 0 : IKE_MORE_TRANSFORMS))
		reader_fail(r);
	else
		keep_transform(out, &t);
}

/* RFC 7296 3.3.1; of a protocol we do not know nothing is asked, its proposal is never chosen. */
static bool spi_fits(const struct ike_offer *o)
{
	switch (o->proposal.protocol) {
	case IKE_PROTO_IKE:
		return o->spi_len == 0 || (o->spi_len == 8 && o->spi != 0);
	case IKE_PROTO_AH:
	case IKE_PROTO_ESP:
		return o->spi_len == 4 && o->spi > IKE_SPI_RESERVED;
	default:
		return true;
	}
}

static void read_spi(struct reader *r, struct ike_offer *o)
{
	if (o->spi_len == 4)
		o->spi = reader_u32(r);
	else if (o->spi_len == 8)
		o->spi = reader_u64(r);
	else
		reader_skip(r, o->spi_len);
}

static void read_offer(struct reader *r, struct ike_offer *out)
{
	struct ike_proposal_head h = {0};
	struct reader body;

	layout_read(r, ike_layout_proposal, &h);
	body = sub_of(r, h.length, IKE_PROPOSAL_LEN);
	*out = (struct ike_offer){.number = h.number, .spi_len = h.spi_len};
	out->proposal.protocol = h.protocol;
	read_spi(&body, out);
	for (uint8_t i = 0; i < h.transforms; i++)
		read_transform(&body, i + 1 == h.transforms, &out->proposal);
	if (!reader_done(&body) || !h.transforms || !spi_fits(out) ||
	    h.more != (reader_left(r) ? IKE_MORE_PROPOSALS : 0))
		reader_fail(r);
}

int ike_read_sa(const struct ike_payload *p, struct ike_sa_payload *out)
{
	struct reader r = reader_of(p->body);
	struct ike_offer offer;
	size_t seen = 0;
	uint8_t number = 0;

	memset(out, 0, sizeof(*out));
	do {
		read_offer(&r, &offer);
		if (seen && offer.number != (uint8_t)(number + 1))
			reader_fail(&r);
		number = offer.number;
		if (seen < IKE_PROPOSALS_MAX)
			out->offers[out->count++] = offer;
		seen++;
	} while (reader_left(&r));
	return verdict(&r);
}

/* ---- bodies without inner structure ---------------------------------------------------------- */

int ike_read_ke(const struct ike_payload *p, struct ike_ke *out)
{
	struct reader r = reader_of(p->body);

	memset(out, 0, sizeof(*out));
	layout_read(&r, ike_layout_ke, out);
	return out->group != DH_NONE && out->data.len ? verdict(&r) : -EBADMSG;
}

int ike_read_id(const struct ike_payload *p, struct identity *out)
{
	struct reader r = reader_of(p->body);
	struct ike_id_body body = {0};

	memset(out, 0, sizeof(*out));
	layout_read(&r, ike_layout_id, &body);
	/* Type 0 is our own "any": a peer must not become it. */
	if (!reader_done(&r) || body.type == IDENTITY_ANY)
		return -EBADMSG;
	return identity_set(out, body.type, body.data.data, body.data.len) ? -EBADMSG : 0;
}

int ike_read_auth(const struct ike_payload *p, struct ike_auth *out)
{
	struct reader r = reader_of(p->body);

	memset(out, 0, sizeof(*out));
	layout_read(&r, ike_layout_auth, out);
	return out->data.len ? verdict(&r) : -EBADMSG;
}

static bool notify_fits(const struct ike_notify_body *n)
{
	const struct ike_notify_rule *rule = ike_notify_rule(n->type);

	return !rule || (n->spi_len >= rule->spi_len && n->data.len >= rule->data_min &&
			 n->data.len <= rule->data_max);
}

int ike_read_notify(const struct ike_payload *p, struct ike_notify_body *out)
{
	struct reader r = reader_of(p->body);

	memset(out, 0, sizeof(*out));
	layout_read(&r, ike_layout_notify, out);
	if (!reader_done(&r) || !notify_fits(out))
		return -EBADMSG;
	if (out->type == IKE_N_INVALID_SPI && out->spi_len == 0) {
		struct reader data = reader_of(out->data);

		out->spi = out->data.len == 4 ? reader_u32(&data) : 0;
	}
	return 0;
}

bool ike_find_notify(const struct ike_message *m, uint16_t type, struct ike_notify_body *out)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->payloads[i].type == IKE_PAYLOAD_NOTIFY &&
		    !ike_read_notify(&m->payloads[i], out) && out->type == type)
			return true;
	return false;
}

/* ---- DELETE ---------------------------------------------------------------------------------- */

static bool delete_fits(const struct ike_delete_head *h)
{
	if (h->protocol == IKE_PROTO_IKE)
		return h->spi_len == 0 && h->count == 0 && h->spis.len == 0;
	if (h->protocol != IKE_PROTO_AH && h->protocol != IKE_PROTO_ESP)
		return false;
	return h->spi_len == 4 && h->spis.len == (size_t)h->count * 4;
}

int ike_read_delete_from(const struct ike_payload *p, size_t from, struct ike_delete *out)
{
	struct reader r = reader_of(p->body), spis;
	struct ike_delete_head h = {0};

	memset(out, 0, sizeof(*out));
	layout_read(&r, ike_layout_delete, &h);
	if (!reader_done(&r) || !delete_fits(&h))
		return -EBADMSG;
	out->protocol = h.protocol;
	out->total = h.count;
	spis = reader_of(h.spis);
	reader_skip(&spis, from < h.count ? from * 4 : h.spis.len);
	while (reader_left(&spis) && out->count < IKE_DELETE_MAX)
		out->spis[out->count++] = reader_u32(&spis);
	return 0;
}

int ike_read_delete(const struct ike_payload *p, struct ike_delete *out)
{
	return ike_read_delete_from(p, 0, out);
}

/* ---- traffic selectors ----------------------------------------------------------------------- */

static struct addr read_addr(struct reader *r, int family)
{
	uint8_t bytes[16] = {0};

	reader_copy(r, bytes, family == AF_INET ? 4 : 16);
	return addr_from_bytes(family, bytes);
}

/* RFC 4301 4.4.1.1: first 65535, last 0 stands for OPAQUE (ports that cannot be seen). */
static bool ports_fit(const struct ike_ts *ts)
{
	return ts->port_first <= ts->port_last || (ts->port_first == 65535 && ts->port_last == 0);
}

/* True: `out` is a selector that we understand. An unknown type is skipped by its length. */
static bool read_selector(struct reader *r, struct ike_ts *out)
{
	struct ike_ts_head h = {0};
	struct reader body;
	int family;

	layout_read(r, ike_layout_ts, &h);
	body = sub_of(r, h.length, IKE_TS_LEN);
	if (!reader_ok(r) || (h.type != IKE_TS_IPV4 && h.type != IKE_TS_IPV6))
		return false;
	family = h.type == IKE_TS_IPV4 ? AF_INET : AF_INET6;
	*out = (struct ike_ts){h.proto, h.port_first, h.port_last, {0}, {0}};
	out->first = read_addr(&body, family);
	out->last = read_addr(&body, family);
	if (!reader_done(&body) || addr_cmp(&out->first, &out->last) > 0 || !ports_fit(out))
		reader_fail(r);
	return reader_ok(r);
}

int ike_read_ts(const struct ike_payload *p, struct ike_ts_payload *out)
{
	struct reader r = reader_of(p->body);
	struct ike_ts ts;
	uint8_t count;

	memset(out, 0, sizeof(*out));
	count = reader_u8(&r);
	reader_skip(&r, 3);
	for (uint8_t i = 0; i < count; i++)
		if (read_selector(&r, &ts) && out->count < IKE_SELECTORS_MAX)
			out->ts[out->count++] = ts;
	return count ? verdict(&r) : -EBADMSG;
}
