/* Each kind of field to bytes and back. What comes is checked here: ranges, forms, lengths. */
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "conn/conn.h"
#include "engine/codec_internal.h"

#define WIRE_NO_ADDR 0
#define WIRE_IPV4    4
#define WIRE_IPV6    6
#define PORT_MASK    0xffff

static void bad(struct decoder *d)
{
	reader_fail(d->r);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Members are reached by offset: copies keep alignment and aliasing out of it. */
#define DEFINE_NUMBER(name, type)                                                                  \
	static void put_##name(struct writer *w, const void *at, uint16_t max)                     \
	{                                                                                          \
		type v;                                                                            \
                                                                                                   \
		(void)max;                                                                         \
		memcpy(&v, at, sizeof(v));                                                         \
		writer_##name(w, v);                                                               \
	}                                                                                          \
	static void get_##name(struct decoder *d, void *at, uint16_t max)                          \
	{                                                                                          \
		type v = reader_##name(d->r);                                                      \
                                                                                                   \
		if (max && v > max)                                                                \
			bad(d);                                                                    \
		memcpy(at, &v, sizeof(v));                                                         \
	}

DEFINE_NUMBER(u8, uint8_t)
DEFINE_NUMBER(u16, uint16_t)
DEFINE_NUMBER(u32, uint32_t)
DEFINE_NUMBER(u64, uint64_t)

static void get_id(struct decoder *d, void *at, uint16_t max)
{
	uint32_t v = reader_u32(d->r);

	(void)max;
	if (v == 0)
		bad(d);
	memcpy(at, &v, sizeof(v));
}

static void put_bool(struct writer *w, const void *at, uint16_t max)
{
	(void)max;
	writer_u8(w, *(const bool *)at ? 1 : 0);
}

static void get_bool(struct decoder *d, void *at, uint16_t max)
{
	uint8_t v = reader_u8(d->r);

	(void)max;
	if (v > 1)
		bad(d);
	*(bool *)at = v == 1;
}

static void put_conn_kind(struct writer *w, const void *at, uint16_t max)
{
	(void)max;
	writer_u8(w, (uint8_t) * (const enum conn_kind *)at);
}

static void get_conn_kind(struct decoder *d, void *at, uint16_t max)
{
	uint8_t v = reader_u8(d->r);

	if (v > max)
		bad(d);
	*(enum conn_kind *)at = (enum conn_kind)v;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void put_addr(struct writer *w, const void *at, uint16_t max)
{
	const struct addr *a = at;
	size_t len = addr_len(a);

	(void)max;
	writer_u8(w, len == 4 ? WIRE_IPV4 : len == 16 ? WIRE_IPV6 : WIRE_NO_ADDR);
	writer_bytes(w, a->bytes, len);
}

static void get_addr(struct decoder *d, void *at, uint16_t max)
{
	uint8_t form = reader_u8(d->r), bytes[16];
	struct addr a = {0};

	(void)max;
	if (form == WIRE_IPV4 || form == WIRE_IPV6) {
		reader_copy(d->r, bytes, form == WIRE_IPV4 ? 4 : 16);
		a = addr_from_bytes(form == WIRE_IPV4 ? AF_INET : AF_INET6, bytes);
	} else if (form != WIRE_NO_ADDR) {
		bad(d);
	}
	*(struct addr *)at = a;
}

static void put_endpoint(struct writer *w, const void *at, uint16_t max)
{
	const struct endpoint *e = at;

	put_addr(w, &e->addr, max);
	writer_u16(w, e->port);
}

static void get_endpoint(struct decoder *d, void *at, uint16_t max)
{
	struct endpoint *e = at;

	get_addr(d, &e->addr, max);
	e->port = reader_u16(d->r);
}

static void put_prefix(struct writer *w, const void *at, uint16_t max)
{
	const struct prefix *p = at;

	put_addr(w, &p->addr, max);
	writer_u8(w, p->len);
}

static void get_prefix(struct decoder *d, void *at, uint16_t max)
{
	struct prefix *p = at, clean;

	get_addr(d, &p->addr, max);
	p->len = reader_u8(d->r);
	if (p->len > addr_len(&p->addr) * 8) {
		bad(d);
		return;
	}
	clean = prefix_make(&p->addr, p->len);
	if (!prefix_equal(&clean, p)) /* bits of a host: two texts for one prefix */
		bad(d);
}

static void put_port(struct writer *w, uint16_t port, uint16_t mask)
{
	writer_u16(w, port);
	writer_u16(w, mask);
}

static void get_port(struct decoder *d, uint16_t *port, uint16_t *mask)
{
	*port = reader_u16(d->r);
	*mask = reader_u16(d->r);
	if (*mask != 0 && *mask != PORT_MASK)
		bad(d);
}

static void put_selector(struct writer *w, const void *at, uint16_t max)
{
	const struct selector *s = at;

	put_prefix(w, &s->local, max);
	put_prefix(w, &s->remote, max);
	writer_u8(w, s->proto);
	put_port(w, s->local_port, s->local_port_mask);
	put_port(w, s->remote_port, s->remote_port_mask);
}

static void get_selector(struct decoder *d, void *at, uint16_t max)
{
	struct selector *s = at;

	get_prefix(d, &s->local, max);
	get_prefix(d, &s->remote, max);
	s->proto = reader_u8(d->r);
	get_port(d, &s->local_port, &s->local_port_mask);
	get_port(d, &s->remote_port, &s->remote_port_mask);
	if (s->local.addr.family != s->remote.addr.family)
		bad(d);
}

/* ---- transforms and identities --------------------------------------------------------------- */

static void put_transform(struct writer *w, const void *at, uint16_t max)
{
	const struct transform *t = at;

	(void)max;
	writer_u8(w, t->type);
	writer_u16(w, t->id);
	writer_u16(w, t->key_bits);
}

static void get_transform(struct decoder *d, void *at, uint16_t max)
{
	struct transform *t = at;

	(void)max;
	t->type = reader_u8(d->r);
	t->id = reader_u16(d->r);
	t->key_bits = reader_u16(d->r);
	if (t->type > TRANSFORM_ESN) /* 0: none was chosen */
		bad(d);
}

static void put_proposal(struct writer *w, const void *at, uint16_t max)
{
	const struct proposal *p = at;

	(void)max;
	writer_u8(w, p->protocol);
	writer_u8(w, p->count);
	if (p->count > PROPOSAL_TRANSFORMS_MAX)
		w->failed = true;
	for (size_t i = 0; writer_ok(w) && i < p->count; i++)
		put_transform(w, &p->t[i], 0);
}

static void get_proposal(struct decoder *d, void *at, uint16_t max)
{
	struct proposal *p = at;
	uint8_t count;

	(void)max;
	p->protocol = reader_u8(d->r);
	count = reader_u8(d->r);
	if (p->protocol > IKE_PROTO_ESP || count > PROPOSAL_TRANSFORMS_MAX) {
		bad(d);
		return;
	}
	while (p->count < count)
		get_transform(d, &p->t[p->count++], 0);
}

static void put_identity(struct writer *w, const void *at, uint16_t max)
{
	const struct identity *id = at;

	(void)max;
	writer_u8(w, id->type);
	writer_u8(w, id->len);
	writer_bytes(w, id->data, id->len);
}

static void get_identity(struct decoder *d, void *at, uint16_t max)
{
	uint8_t type = reader_u8(d->r), len = reader_u8(d->r);
	struct view data = reader_view(d->r, len);

	(void)max;
	if (!reader_ok(d->r) || identity_set(at, type, data.data, data.len))
		bad(d);
}

/* ---- texts and secrets ----------------------------------------------------------------------- */

static void put_text(struct writer *w, const void *at, uint16_t max)
{
	size_t len = strnlen(at, max);

	if (len == max)
		w->failed = true;
	writer_u16(w, (uint16_t)len);
	writer_bytes(w, at, len);
}

static void get_text(struct decoder *d, void *at, uint16_t max)
{
	struct view text = reader_view(d->r, reader_u16(d->r));

	if (text.len >= max || (text.len && memchr(text.data, '\0', text.len)))
		bad(d);
	else if (text.len)
		memcpy(at, text.data, text.len);
}

/* Length 0: there is none. */
static void put_secret(struct writer *w, const void *at, uint16_t max)
{
	struct view v = secret_view(*(struct secret *const *)at);

	(void)max;
	writer_u16(w, (uint16_t)v.len);
	writer_view(w, v);
}

static void get_secret(struct decoder *d, void *at, uint16_t max)
{
	struct view v = reader_view(d->r, reader_u16(d->r));
	struct secret *s;

	(void)max;
	if (v.len > SECRET_MAX)
		bad(d);
	if (!reader_ok(d->r) || !v.len)
		return;
	s = secret_new(v.data, v.len);
	if (!s)
		d->rc = -ENOMEM;
	*(struct secret **)at = s;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void put_child(struct writer *w, const void *at, uint16_t max)
{
	const struct conn_child *c = at;

	writer_u32(w, c->child);
	writer_u32(w, c->reqid);
	put_selector(w, &c->selector, max);
}

static void get_child(struct decoder *d, void *at, uint16_t max)
{
	struct conn_child *c = at;

	c->child = reader_u32(d->r);
	get_id(d, &c->reqid, max);
	get_selector(d, &c->selector, max);
}

static void put_conn(struct writer *w, const void *at, uint16_t max)
{
	const struct conn *c = *(const struct conn *const *)at;

	(void)max;
	if (c)
		codec_put(w, codec_conn_parts, c);
	else
		w->failed = true;
}

static void get_conn(struct decoder *d, void *at, uint16_t max)
{
	struct conn *c = conn_new();

	(void)max;
	if (!c) {
		d->rc = -ENOMEM;
		return;
	}
	*(const struct conn **)at = c;
	codec_get(d, codec_conn_parts, c);
	if (c->peer_count ? c->current_peer >= c->peer_count : c->current_peer)
		bad(d);
}

static void put_bytes(struct writer *w, const void *at, uint16_t max)
{
	uint16_t len = *(const uint16_t *)at;

	writer_u16(w, len);
	if (len > max)
		w->failed = true;
	else
		writer_bytes(w, (const uint8_t *)at + sizeof(len), len);
}

static void get_bytes(struct decoder *d, void *at, uint16_t max)
{
	uint16_t len = reader_u16(d->r);

	if (len > max) {
		bad(d);
		return;
	}
	*(uint16_t *)at = len;
	reader_copy(d->r, (uint8_t *)at + sizeof(len), len);
}

/* ---- walks ----------------------------------------------------------------------------------- */

static const struct {
	void (*put)(struct writer *w, const void *at, uint16_t max);
	void (*get)(struct decoder *d, void *at, uint16_t max);
} kinds[PART_KIND_COUNT] = {
	[PART_U8] = {put_u8, get_u8},
	[PART_BOOL] = {put_bool, get_bool},
	[PART_U16] = {put_u16, get_u16},
	[PART_U32] = {put_u32, get_u32},
	[PART_ID] = {put_u32, get_id},
	[PART_U64] = {put_u64, get_u64},
	[PART_ADDR] = {put_addr, get_addr},
	[PART_ENDPOINT] = {put_endpoint, get_endpoint},
	[PART_PREFIX] = {put_prefix, get_prefix},
	[PART_SELECTOR] = {put_selector, get_selector},
	[PART_TRANSFORM] = {put_transform, get_transform},
	[PART_PROPOSAL] = {put_proposal, get_proposal},
	[PART_IDENTITY] = {put_identity, get_identity},
	[PART_TEXT] = {put_text, get_text},
	[PART_BYTES] = {put_bytes, get_bytes},
	[PART_SECRET] = {put_secret, get_secret},
	[PART_CHILD] = {put_child, get_child},
	[PART_CONN] = {put_conn, get_conn},
	[PART_CONN_KIND] = {put_conn_kind, get_conn_kind},
};

static void put_list(struct writer *w, const struct part *p, const uint8_t *base)
{
	uint8_t count = base[p->count_at];

	writer_u8(w, count);
	if (count > p->max)
		w->failed = true;
	for (size_t i = 0; writer_ok(w) && i < count; i++)
		kinds[p->kind].put(w, base + p->at + i * p->stride, 0);
}

static void get_list(struct decoder *d, const struct part *p, uint8_t *base)
{
	uint8_t count = reader_u8(d->r);

	if (count > p->max) {
		bad(d);
		return;
	}
	base[p->count_at] = count;
	for (size_t i = 0; i < count; i++)
		kinds[p->kind].get(d, base + p->at + i * p->stride, 0);
}

void codec_put(struct writer *w, const struct part *parts, const void *base)
{
	const uint8_t *at = base;

	for (const struct part *p = parts; p->kind != PART_END && writer_ok(w); p++) {
		if (p->stride)
			put_list(w, p, at);
		else
			kinds[p->kind].put(w, at + p->at, p->max);
	}
}

void codec_get(struct decoder *d, const struct part *parts, void *base)
{
	uint8_t *at = base;

	for (const struct part *p = parts; p->kind != PART_END && reader_ok(d->r) && !d->rc; p++) {
		if (p->stride)
			get_list(d, p, at);
		else
			kinds[p->kind].get(d, at + p->at, p->max);
	}
}

void codec_release(const struct part *parts, void *base)
{
	uint8_t *at = base;

	for (const struct part *p = parts; p->kind != PART_END; p++) {
		if (p->kind == PART_SECRET)
			secret_free(*(struct secret **)(void *)(at + p->at));
		else if (p->kind == PART_CONN)
			conn_unref(*(const struct conn **)(void *)(at + p->at));
	}
}
