/*
 * Notes for router's flight recorder: what came, what went, what was begun and why. Always on, so each is
 * a few dozen bytes, and nobody is woken for it while there is other traffic: they gather here and leave
 * with the next message to router, five times a second at most, or by themselves after half a second. A
 * router that does not read, or is being started again, costs nothing: what there is no room for is counted.
 *
 * A note has types, numbers and SPIs. Contents of a payload that may be secret are not even looked at.
 */
#include "ike/v2/v2_internal.h"

#include <string.h>

#define RECORD_FLUSH_MS 500
#define RECORD_RIDE_MS	200  /* so old, they leave with what router is told anyway */
#define RECORD_LOST_MS	1000 /* when there is only to say that some were lost */

/* What anybody's datagrams lead to: enough of it to see that they come. */
static const struct pace_class record_stranger_class = {.burst = 32, .refill_ms = 50};

/* ---- to router ---------------------------------------------------------------------------------- */

/* As many whole notes from the front as a message holds; each stands behind its length. */
static size_t record_batch(const struct ike_recording *rec, struct engine_records *out)
{
	size_t at = 0;

	while (at < rec->len && out->len + rec->buf[at] <= ENGINE_RECORDS_MAX) {
		memcpy(out->bytes + out->len, rec->buf + at + 1, rec->buf[at]);
		out->len = (uint16_t)(out->len + rec->buf[at]);
		at += 1 + (size_t)rec->buf[at];
	}
	return at;
}

static bool record_send(struct ike_v2 *v2)
{
	struct ike_recording *rec = &v2->recording;
	struct engine_msg m = {.type = ENGINE_RECORDS};
	const size_t sent = record_batch(rec, &m.records);

	m.records.lost = rec->lost;
	if (v2->router.ops == NULL || v2->router.ops->send(v2->router.ctx, &m) != 0)
		return false;
	rec->lost = 0;
	rec->len -= sent;
	memmove(rec->buf, rec->buf + sent, rec->len);
	return true;
}

static void record_flush(void *arg)
{
	struct ike_v2 *v2 = arg;
	struct ike_recording *rec = &v2->recording;

	rec->stuck = false;
	while ((rec->len > 0 || rec->lost > 0) && !rec->stuck)
		rec->stuck = !record_send(v2);
	if (rec->stuck)
		(void)loop_timer_set(&rec->flush, RECORD_FLUSH_MS);
	else
		loop_timer_stop(&rec->flush);
}

void ike_record_ride(struct ike_v2 *v2)
{
	struct ike_recording *rec = &v2->recording;

	if (rec->len > 0 && !rec->stuck && ike_v2_now(v2) - rec->first_ms >= RECORD_RIDE_MS)
		record_flush(v2);
}

static void record_lose(struct ike_v2 *v2)
{
	v2->recording.lost++;
	if (!loop_timer_armed(&v2->recording.flush))
		(void)loop_timer_set(&v2->recording.flush, RECORD_LOST_MS);
}

void ike_record_init(struct ike_v2 *v2)
{
	loop_timer_init(&v2->recording.flush, v2->loop, "ike records", record_flush, v2);
	pace_init(&v2->recording.strangers, &record_stranger_class, loop_now(v2->loop));
}

void ike_record_end(struct ike_v2 *v2)
{
	loop_timer_stop(&v2->recording.flush);
}

void ike_v2_record(struct ike_v2 *v2, bool on)
{
	v2->recording.on = on;
}

static void record_note(struct ike_v2 *v2, struct recorder_note *n)
{
	struct ike_recording *rec = &v2->recording;
	size_t room = sizeof(rec->buf) - rec->len, len = 0;

	n->boot_ms = ike_v2_now(v2);
	if (room > 1)
		len = recorder_note_pack(n, rec->buf + rec->len + 1, room - 1);
	if (len == 0) {
		record_lose(v2);
		return;
	}
	if (rec->len == 0)
		rec->first_ms = n->boot_ms;
	rec->buf[rec->len] = (uint8_t)len;
	rec->len += 1 + len;
	if (rec->len >= ENGINE_RECORDS_MAX && !rec->stuck)
		record_flush(v2);
	else if (!loop_timer_armed(&rec->flush))
		(void)loop_timer_set(&rec->flush, RECORD_FLUSH_MS);
}

/* ---- messages ----------------------------------------------------------------------------------- */

/* Until the peer has proved who it is, its messages are anybody's; ours are not. */
static bool record_is_strange(const struct ike_sa *sa)
{
	return !sa->s->initiator && !sa->s->established;
}

#define SPIS_LOOKED_AT 4

/* RFC 7296 3.10, 3.11, 3.3.1: of a notify its type and SPI, of a DELETE its SPIs, of an SA the SPI of its
 * first proposal. Of all others the type alone. */
static void record_payload(struct recorder_payloads *l, uint8_t type, struct view body)
{
	struct recorder_payload out = {.type = type};
	uint32_t spis[SPIS_LOOKED_AT];
	struct reader r = reader_of(body);
	size_t count = 0, spi_len = 0;

	if (type == IKE_PAYLOAD_NOTIFY) {
		reader_u8(&r);
		spi_len = reader_u8(&r);
		out.notify = reader_u16(&r);
		count = spi_len > 0;
	} else if (type == IKE_PAYLOAD_DELETE) {
		reader_u8(&r);
		spi_len = reader_u8(&r);
		count = reader_u16(&r);
	} else if (type == IKE_PAYLOAD_SA) {
		reader_skip(&r, 6);
		spi_len = reader_u8(&r);
		reader_u8(&r);
		count = 1;
	}
	for (; spi_len == 4 && out.spi_count < count && out.spi_count < SPIS_LOOKED_AT;
	     out.spi_count++)
		spis[out.spi_count] = reader_u32(&r);
	out.spis = spis;
	recorder_payload(l, &out);
}

static void record_message(const struct ike_sa *sa, enum recorder_id id, const struct ike_header *h,
			   size_t len, const struct recorder_payloads *list)
{
	struct recorder_note n = {
		.id = id,
		.peer = &sa->s->remote.addr,
		.stranger = record_is_strange(sa),
		.n = {h->exchange, (h->flags & IKE_FLAG_RESPONSE) != 0, h->message_id, h->spi_i,
		      h->spi_r, len},
		.bytes = recorder_payloads_view(list),
	};

	if (n.stranger && !pace_take(&sa->v2->recording.strangers, ike_v2_now(sa->v2)))
		record_lose(sa->v2);
	else
		record_note(sa->v2, &n);
}

void ike_record_received(const struct ike_sa *sa, const struct ike_message *m)
{
	struct recorder_payloads list;

	if (!sa->v2->recording.on)
		return;
	list.len = 0;
	list.cut = false;
	for (size_t i = 0; i < m->count; i++)
		record_payload(&list, m->payloads[i].type, m->payloads[i].body);
	record_message(sa, RECORD_IKE_RECEIVED, &m->header, m->datagram.len, &list);
}

#define PAYLOAD_HEAD 4
#define EXCHANGE_AT  18

/* What we built ourselves needs no second look: its payloads' heads alone are read. */
void ike_record_sent(const struct ike_sa *sa, struct view datagram, uint8_t first,
		     struct view chain)
{
	struct reader r = reader_of(datagram), c = reader_of(chain);
	struct ike_header h = {.spi_i = sa->s->spi_i, .spi_r = sa->s->spi_r};
	struct recorder_payloads list;

	if (!sa->v2->recording.on)
		return;
	list.len = 0;
	list.cut = false;
	reader_skip(&r, EXCHANGE_AT);
	h.exchange = reader_u8(&r);
	h.flags = reader_u8(&r);
	h.message_id = reader_u32(&r);
	while (first != IKE_PAYLOAD_NONE && reader_left(&c) > 0) {
		const uint8_t type = first;

		first = reader_u8(&c);
		reader_u8(&c);
		record_payload(&list, type, reader_view(&c, (size_t)reader_u16(&c) - PAYLOAD_HEAD));
	}
	record_message(sa, RECORD_IKE_SENT, &h, datagram.len, &list);
}

/* ---- all else ----------------------------------------------------------------------------------- */

void ike_record_sa(const struct ike_sa *sa, enum recorder_id id, const uint64_t *numbers,
		   size_t count)
{
	struct recorder_note n = {
		.id = id, .peer = &sa->s->remote.addr, .stranger = record_is_strange(sa)};

	if (!sa->v2->recording.on)
		return;
	memcpy(n.n, numbers, count * sizeof(n.n[0]));
	record_note(sa->v2, &n);
}

void ike_record_request(const struct ike_sa *sa, enum recorder_id id)
{
	const struct ike_task *t = sa->current;
	const uint64_t numbers[] = {t->ops->exchange, sa->tries,    sa->s->send_id,
				    sa->s->spi_i,     sa->s->spi_r, t->ops == &ike_task_liveness};

	ike_record_sa(sa, id, numbers, 6);
}

void ike_record_datagram(struct ike_v2 *v2, const struct endpoint *remote, enum recorder_id id,
			 const struct ike_header *h)
{
	struct recorder_note n = {
		.id = id,
		.peer = &remote->addr,
		.stranger = true,
		.n = {h->exchange, (h->flags & IKE_FLAG_RESPONSE) != 0, h->message_id, h->spi_i,
		      h->spi_r},
	};

	if (!v2->recording.on)
		return;
	if (pace_take(&v2->recording.strangers, ike_v2_now(v2)))
		record_note(v2, &n);
	else
		record_lose(v2);
}

void ike_record_malformed(struct ike_v2 *v2, const struct endpoint *remote,
			  const struct ike_message *m, bool authentic, const char *reason)
{
	struct recorder_note n = {
		.id = RECORD_IKE_MALFORMED,
		.peer = &remote->addr,
		.stranger = !authentic,
		.n = {m->header.exchange, m->datagram.len},
		.text = reason,
	};

	if (!v2->recording.on)
		return;
	if (authentic || pace_take(&v2->recording.strangers, ike_v2_now(v2)))
		record_note(v2, &n);
	else
		record_lose(v2);
}
