/*
 * Building messages: payloads are appended to a caller's buffer; the next-payload chain and the
 * lengths are patched as they become known. Errors stick in the writer: one check at the end.
 */
#include <errno.h>
#include <string.h>

#include "ike/wire/wire_internal.h"

#define NEXT_PAYLOAD_AT 16 /* in the IKE header */
#define LENGTH_AT	24

static void patch_length16(struct writer *w, size_t at, size_t start)
{
	size_t len = writer_mark(w) - start;

	if (len > UINT16_MAX)
		w->failed = true;
	else
		writer_patch16(w, at, (uint16_t)len);
}

void ike_builder_start(struct ike_builder *b, void *buf, size_t cap, const struct ike_header *h)
{
	struct ike_header clean = *h;

	clean.next_payload = IKE_PAYLOAD_NONE;
	clean.length = 0;
	memset(b, 0, sizeof(*b));
	b->w = writer_new(buf, cap < IKE_DATAGRAM_MAX ? cap : IKE_DATAGRAM_MAX);
	b->next_at = NEXT_PAYLOAD_AT;
	layout_write(&b->w, ike_layout_header, &clean);
}

static void payload_open(struct ike_builder *b, uint8_t type)
{
	static const struct ike_generic g = {0};

	writer_patch8(&b->w, b->next_at, type);
	b->payload_at = b->next_at = writer_mark(&b->w);
	layout_write(&b->w, ike_layout_generic, &g);
}

static void payload_close(struct ike_builder *b)
{
	patch_length16(&b->w, b->payload_at + offsetof(struct ike_generic, length), b->payload_at);
}

static void add_body(struct ike_builder *b, uint8_t type, const struct field *layout,
		     const void *body)
{
	payload_open(b, type);
	layout_write(&b->w, layout, body);
	payload_close(b);
}

static void add_view(struct ike_builder *b, uint8_t type, struct view body)
{
	payload_open(b, type);
	writer_view(&b->w, body);
	payload_close(b);
}

struct view ike_builder_body(const struct ike_builder *b)
{
	size_t at = b->payload_at + IKE_GENERIC_LEN;

	if (!writer_ok(&b->w) || !b->payload_at)
		return (struct view){0};
	return (struct view){b->w.data + at, b->w.len - at};
}

/* ---- SA -------------------------------------------------------------------------------------- */

static void add_transform(struct writer *w, const struct transform *t, bool last)
{
	struct ike_transform_head h = {.more = last ? 0 : IKE_MORE_TRANSFORMS,
				       .length = IKE_TRANSFORM_LEN,
				       .type = t->type,
				       .id = t->id};

	if (t->key_bits)
		h.length += 4;
	layout_write(w, ike_layout_transform, &h);
	if (t->key_bits) {
		writer_u16(w, IKE_ATTR_TV | IKE_ATTR_KEY_LENGTH);
		writer_u16(w, t->key_bits);
	}
}

static void add_offer(struct writer *w, const struct ike_offer *o, bool last)
{
	size_t at = writer_mark(w);
	struct ike_proposal_head h = {.more = last ? 0 : IKE_MORE_PROPOSALS,
				      .number = o->number,
				      .protocol = o->proposal.protocol,
				      .spi_len = o->spi_len,
				      .transforms = o->proposal.count};

	layout_write(w, ike_layout_proposal, &h);
	if (o->spi_len == 4)
		writer_u32(w, (uint32_t)o->spi);
	else if (o->spi_len == 8)
		writer_u64(w, o->spi);
	else if (o->spi_len)
		w->failed = true;
	for (uint8_t i = 0; i < o->proposal.count; i++)
		add_transform(w, &o->proposal.t[i], i + 1 == o->proposal.count);
	patch_length16(w, at + 2, at);
}

void ike_add_sa(struct ike_builder *b, const struct ike_offer *offers, size_t count)
{
	payload_open(b, IKE_PAYLOAD_SA);
	for (size_t i = 0; i < count; i++)
		add_offer(&b->w, &offers[i], i + 1 == count);
	payload_close(b);
}

/* ---- the others ------------------------------------------------------------------------------ */

void ike_add_ke(struct ike_builder *b, uint16_t group, struct view data)
{
	add_body(b, IKE_PAYLOAD_KE, ike_layout_ke, &(struct ike_ke){group, data});
}

void ike_add_nonce(struct ike_builder *b, struct view nonce)
{
	add_view(b, IKE_PAYLOAD_NONCE, nonce);
}

void ike_add_id(struct ike_builder *b, uint8_t type, const struct identity *id)
{
	add_body(b, type, ike_layout_id, &(struct ike_id_body){id->type, {id->data, id->len}});
}

void ike_add_auth(struct ike_builder *b, uint8_t method, struct view data)
{
	add_body(b, IKE_PAYLOAD_AUTH, ike_layout_auth, &(struct ike_auth){method, data});
}

void ike_add_notify(struct ike_builder *b, const struct ike_notify_body *n)
{
	if (n->spi_len != 0 && n->spi_len != 4 && n->spi_len != 8)
		b->w.failed = true;
	add_body(b, IKE_PAYLOAD_NOTIFY, ike_layout_notify, n);
}

void ike_add_delete(struct ike_builder *b, uint8_t protocol, const uint32_t *spis, size_t count)
{
	bool ike = protocol == IKE_PROTO_IKE;
	struct ike_delete_head h = {
		.protocol = protocol, .spi_len = ike ? 0 : 4, .count = ike ? 0 : (uint16_t)count};

	payload_open(b, IKE_PAYLOAD_DELETE);
	layout_write(&b->w, ike_layout_delete, &h);
	for (size_t i = 0; i < h.count; i++)
		writer_u32(&b->w, spis[i]);
	payload_close(b);
}

static void add_selector(struct writer *w, const struct ike_ts *ts)
{
	size_t len = addr_len(&ts->first);
	struct ike_ts_head h = {.type = len == 4 ? IKE_TS_IPV4 : IKE_TS_IPV6,
				.proto = ts->proto,
				.length = (uint16_t)(IKE_TS_LEN + 2 * len),
				.port_first = ts->port_first,
				.port_last = ts->port_last};

	if (!len || addr_len(&ts->last) != len)
		w->failed = true;
	layout_write(w, ike_layout_ts, &h);
	writer_bytes(w, ts->first.bytes, len);
	writer_bytes(w, ts->last.bytes, len);
}

void ike_add_ts(struct ike_builder *b, uint8_t type, const struct ike_ts *ts, size_t count)
{
	if (count > UINT8_MAX)
		b->w.failed = true;
	payload_open(b, type);
	writer_u8(&b->w, (uint8_t)count);
	writer_zero(&b->w, 3);
	for (size_t i = 0; i < count; i++)
		add_selector(&b->w, &ts[i]);
	payload_close(b);
}

void ike_add_vendor(struct ike_builder *b, struct view id)
{
	add_view(b, IKE_PAYLOAD_VENDOR, id);
}

/* ---- SK and the end -------------------------------------------------------------------------- */

void ike_builder_open_sk(struct ike_builder *b, size_t iv_len)
{
	payload_open(b, IKE_PAYLOAD_SK);
	b->sk_at = b->payload_at;
	writer_zero(&b->w, iv_len);
	b->sk_body = writer_mark(&b->w);
}

static void patch_total(struct ike_builder *b)
{
	writer_patch32(&b->w, LENGTH_AT, (uint32_t)writer_mark(&b->w));
}

int ike_builder_close_sk(struct ike_builder *b, size_t block, size_t icv_len,
			 struct ike_sealable *out)
{
	size_t inner = writer_mark(&b->w) - b->sk_body;
	size_t pad = block > 1 ? (block - (inner + 1) % block) % block : 0;

	memset(out, 0, sizeof(*out));
	if (writer_ok(&b->w) && (!b->sk_at || pad > UINT8_MAX))
		return -EINVAL;
	writer_zero(&b->w, pad);
	writer_u8(&b->w, (uint8_t)pad);
	writer_zero(&b->w, icv_len);
	patch_length16(&b->w, b->sk_at + offsetof(struct ike_generic, length), b->sk_at);
	patch_total(b);
	if (!writer_ok(&b->w))
		return -EMSGSIZE;
	out->aad_len = out->iv_at = b->sk_at + IKE_GENERIC_LEN;
	out->text_at = b->sk_body;
	out->iv_len = out->text_at - out->iv_at;
	out->text_len = inner + pad + 1;
	out->icv_at = out->text_at + out->text_len;
	out->icv_len = icv_len;
	out->len = writer_mark(&b->w);
	return 0;
}

struct view ike_builder_done(struct ike_builder *b)
{
	patch_total(b);
	return writer_done(&b->w);
}
