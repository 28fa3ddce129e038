/*
 * The IKE header and the chain of payloads (RFC 7296 3.1, 3.2): what may stand where, how often,
 * and what is to be said when it does not.
 *
 * Nothing here is trusted: a chain in clear is anybody's, so its faults are dropped in silence
 * (3.10.1: INVALID_SYNTAX only inside SK), but for a critical payload in an IKE_SA_INIT request.
 */
#include <errno.h>
#include <string.h>

#include "ike/wire/wire_internal.h"

#define IKE_MAJOR    2
#define IKE_CRITICAL 0x80

/* A chain's place: exchange and direction, or what is in clear beside SK after IKE_SA_INIT. */
enum place {
	INIT_REQUEST = 1 << 0,
	INIT_RESPONSE = 1 << 1,
	AUTH_REQUEST = 1 << 2,
	AUTH_RESPONSE = 1 << 3,
	CHILD_REQUEST = 1 << 4,
	CHILD_RESPONSE = 1 << 5,
	INFO_REQUEST = 1 << 6,
	INFO_RESPONSE = 1 << 7,
	OUTSIDE = 1 << 8,
};

#define INIT	   (INIT_REQUEST | INIT_RESPONSE)
#define AUTH	   (AUTH_REQUEST | AUTH_RESPONSE)
#define CHILD	   (CHILD_REQUEST | CHILD_RESPONSE)
#define INFO	   (INFO_REQUEST | INFO_RESPONSE)
#define EVERYWHERE (INIT | AUTH | CHILD | INFO | OUTSIDE)

struct payload_rule {
	uint8_t type;
	uint8_t most; /* how often in one chain; 0: any number */
	uint16_t where;
	uint16_t least, largest; /* length of the body; largest 0: any */
	bool (*fits)(const struct ike_payload *p, bool response);
};

/* Offers are numbered from 1; an answer is one of them, whatever its number (3.3.1). */
static bool sa_fits(const struct ike_payload *p, bool response)
{
	struct ike_sa_payload sa;

	if (ike_read_sa(p, &sa))
		return false;
	return response ? sa.count == 1 : sa.offers[0].number == 1;
}

static bool ke_fits(const struct ike_payload *p, bool response)
{
	struct ike_ke ke;

	(void)response;
	return !ike_read_ke(p, &ke);
}

/* An identity too long for us is no fault of syntax: it fails to authenticate, and by name. */
static bool id_fits(const struct ike_payload *p, bool response)
{
	struct identity id;

	(void)response;
	return p->body.len > 4 + IDENTITY_MAX || !ike_read_id(p, &id);
}

static bool notify_fits(const struct ike_payload *p, bool response)
{
	struct ike_notify_body n;

	(void)response;
	return !ike_read_notify(p, &n);
}

static bool delete_fits(const struct ike_payload *p, bool response)
{
	struct ike_delete d;

	(void)response;
	return !ike_read_delete(p, &d);
}

static bool ts_fits(const struct ike_payload *p, bool response)
{
	struct ike_ts_payload ts;

	(void)response;
	return !ike_read_ts(p, &ts);
}

/* Appendix C of RFC 7296, with the lengths of section 3. */
static const struct payload_rule payload_rules[] = {
	{IKE_PAYLOAD_SA, 1, INIT | AUTH | CHILD, 16, 0, sa_fits},
	{IKE_PAYLOAD_KE, 1, INIT | CHILD, 5, 0, ke_fits},
	{IKE_PAYLOAD_IDI, 1, AUTH_REQUEST, 5, 0, id_fits},
	{IKE_PAYLOAD_IDR, 1, AUTH, 5, 0, id_fits},
	{IKE_PAYLOAD_CERT, 0, AUTH, 2, 0, NULL},
	{IKE_PAYLOAD_CERTREQ, 0, INIT_RESPONSE | AUTH, 1, 0, NULL},
	{IKE_PAYLOAD_AUTH, 1, AUTH, 5, 0, NULL},
	{IKE_PAYLOAD_NONCE, 1, INIT | CHILD, 16, 256, NULL},
	{IKE_PAYLOAD_NOTIFY, 0, EVERYWHERE, 4, 0, notify_fits},
	{IKE_PAYLOAD_DELETE, 0, INFO, 4, 0, delete_fits},
	{IKE_PAYLOAD_VENDOR, 0, EVERYWHERE, 0, 0, NULL},
	{IKE_PAYLOAD_TSI, 1, AUTH | CHILD, 12, 0, ts_fits},
	{IKE_PAYLOAD_TSR, 1, AUTH | CHILD, 12, 0, ts_fits},
	{IKE_PAYLOAD_SK, 1, OUTSIDE, 1, 0, NULL},
	{IKE_PAYLOAD_CP, 1, AUTH | CHILD | INFO, 4, 0, NULL},
	{IKE_PAYLOAD_EAP, 1, AUTH, 4, 0, NULL},
};

static const struct payload_rule *rule_of(uint8_t type)
{
	for (size_t i = 0; i < COUNT_OF(payload_rules); i++)
		if (payload_rules[i].type == type)
			return &payload_rules[i];
	return NULL;
}

static int fault(struct ike_wire_error *err, uint16_t notify, uint8_t payload, const char *reason)
{
	if (err)
		*err = (struct ike_wire_error){notify, payload, reason};
	return -EBADMSG;
}

/* ---- header ---------------------------------------------------------------------------------- */

static bool is_response(const struct ike_header *h)
{
	return h->flags & IKE_FLAG_RESPONSE;
}

static bool is_initiator(const struct ike_header *h)
{
	return h->flags & IKE_FLAG_INITIATOR;
}

/* 2.6, 3.1: the first exchange is the initiator's, has Message ID 0, its request has no SPIr. */
static const char *init_fault(const struct ike_header *h)
{
	if (h->message_id != 0)
		return "IKE_SA_INIT with a Message ID other than 0";
	if (is_initiator(h) == is_response(h))
		return "IKE_SA_INIT in the wrong direction";
	if (!is_response(h) && h->spi_r != 0)
		return "IKE_SA_INIT request with a responder's SPI";
	return h->spi_i == 0 ? "zero initiator's SPI" : NULL;
}

/* 1.5: a one-way INVALID_SPI notify outside an IKE SA may have any SPIs, zero as well. */
static bool may_be_outside(const struct ike_header *h)
{
	return h->exchange == IKE_INFORMATIONAL && is_initiator(h) && !is_response(h);
}

static const char *header_fault(const struct ike_header *h)
{
	if (h->exchange == IKE_SA_INIT)
		return init_fault(h);
	if (may_be_outside(h))
		return NULL;
	if (h->spi_i == 0)
		return "zero initiator's SPI";
	/* The refusal of a request to an SA that is gone repeats the request's SPIs. */
	return h->spi_r == 0 && !is_response(h) ? "zero responder's SPI" : NULL;
}

static int version_fault(const struct ike_header *h, struct ike_wire_error *err)
{
	unsigned int major = h->version >> 4;

	if (major > IKE_MAJOR)
		return fault(err, is_response(h) ? 0 : IKE_N_INVALID_MAJOR_VERSION, 0,
			     "major version over 2");
	return fault(err, 0, 0, major == 1 ? "IKE version 1" : "no IKE version");
}

int ike_parse_header(struct view datagram, struct ike_message *m, struct ike_wire_error *err)
{
	struct reader r = reader_of(datagram);
	const char *reason;

	memset(m, 0, sizeof(*m));
	layout_read(&r, ike_layout_header, &m->header);
	if (!reader_ok(&r))
		return fault(err, 0, 0, "shorter than an IKE header");
	m->datagram = datagram;
	m->chain = reader_rest(&r);
	if (m->header.version >> 4 != IKE_MAJOR)
		return version_fault(&m->header, err);
	if (m->header.length != datagram.len)
		return fault(err, 0, 0, "length field is not the datagram's length");
	reason = header_fault(&m->header);
	return reason ? fault(err, 0, 0, reason) : 0;
}

/* ---- chain ----------------------------------------------------------------------------------- */

struct chain {
	struct ike_message *m;
	struct ike_wire_error *err;
	uint16_t place; /* enum place; 0: nothing may stand here */
	bool inner;
};

static uint16_t place_of(const struct ike_header *h, bool inner)
{
	static const struct {
		uint8_t exchange;
		uint16_t request, response;
	} places[] = {
		{IKE_SA_INIT, INIT_REQUEST, INIT_RESPONSE},
		{IKE_AUTH, AUTH_REQUEST, AUTH_RESPONSE},
		{IKE_CREATE_CHILD_SA, CHILD_REQUEST, CHILD_RESPONSE},
		{IKE_INFORMATIONAL, INFO_REQUEST, INFO_RESPONSE},
	};

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		if (places[i].exchange != h->exchange)
			continue;
		if (h->exchange == IKE_SA_INIT ? inner : !inner)
			return inner ? 0 : OUTSIDE;
		return is_response(h) ? places[i].response : places[i].request;
	}
	return 0;
}

static int syntax(const struct chain *c, uint8_t payload, const char *reason)
{
	bool tell = c->inner && !is_response(&c->m->header);

	return fault(c->err, tell ? IKE_N_INVALID_SYNTAX : 0, payload, reason);
}

static int critical(const struct chain *c, uint8_t payload)
{
	bool tell = !is_response(&c->m->header) && c->place != OUTSIDE;

	return fault(c->err, tell ? IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD : 0, payload,
		     "critical payload of an unknown type");
}

static int take_payload(const struct chain *c, const struct ike_payload *p)
{
	const struct payload_rule *rule = rule_of(p->type);

	if (!rule)
		return p->critical ? critical(c, p->type) : 0;
	if (!(rule->where & c->place))
		return syntax(c, p->type, "payload in a place where it must not be");
	if (rule->most && ike_find(c->m, p->type, rule->most - 1u))
		return syntax(c, p->type, "payload more often than it may be");
	if (p->body.len < rule->least || (rule->largest && p->body.len > rule->largest))
		return syntax(c, p->type, "payload too short or too long");
	if (rule->fits && !rule->fits(p, is_response(&c->m->header)))
		return syntax(c, p->type, "payload malformed");
	if (c->m->count == IKE_PAYLOADS_MAX)
		return syntax(c, p->type, "too many payloads");
	c->m->payloads[c->m->count++] = *p;
	return 0;
}

static int next_payload(struct chain *c, struct reader *r, uint8_t type, struct ike_payload *p)
{
	struct ike_generic g = {0};

	layout_read(r, ike_layout_generic, &g);
	if (!reader_ok(r) || g.length < IKE_GENERIC_LEN)
		return syntax(c, type, "chain ends within a payload header, or its length lies");
	*p = (struct ike_payload){type, g.next, g.flags & IKE_CRITICAL, {0}};
	p->body = reader_view(r, g.length - IKE_GENERIC_LEN);
	if (!reader_ok(r))
		return syntax(c, type, "payload runs over the end of the message");
	return take_payload(c, p);
}

/* 1.5: what may come outside an IKE SA: notifies, in an INFORMATIONAL request or in an answer. */
static const char *clear_fault(const struct ike_message *m)
{
	if (!ike_find(m, IKE_PAYLOAD_NOTIFY, 0))
		return "neither protected nor a notify";
	if (!is_response(&m->header) && m->header.exchange != IKE_INFORMATIONAL)
		return "request without protection";
	return NULL;
}

static int check_outside(const struct chain *c)
{
	const struct ike_header *h = &c->m->header;
	const char *reason = NULL;

	if (!ike_find(c->m, IKE_PAYLOAD_SK, 0))
		reason = clear_fault(c->m);
	else if (h->spi_i == 0 || h->spi_r == 0)
		reason = "protected, but a zero SPI";
	return reason ? syntax(c, 0, reason) : 0;
}

int ike_parse_payloads(struct ike_message *m, uint8_t first, struct view chain, bool inner,
		       struct ike_wire_error *err)
{
	struct chain c = {m, err, place_of(&m->header, inner), inner};
	struct ike_payload p = {.next = first};
	struct reader r = reader_of(chain);
	int rc = 0;

	m->count = 0;
	if (!c.place)
		return syntax(&c, 0, "exchange of an unknown type");
	while (!rc && p.type != IKE_PAYLOAD_SK && p.next != IKE_PAYLOAD_NONE)
		rc = next_payload(&c, &r, p.next, &p);
	if (!rc && reader_left(&r))
		rc = syntax(&c, p.type, "bytes after the last payload");
	if (!rc && c.place == OUTSIDE)
		rc = check_outside(&c);
	return rc;
}

const struct ike_payload *ike_find(const struct ike_message *m, uint8_t type, size_t n)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->payloads[i].type == type && n-- == 0)
			return &m->payloads[i];
	return NULL;
}
