/* The table of what can happen, and notes as bytes. */
#include "recorder/note.h"

#include <string.h>

#include "recorder/note_internal.h"

static const struct note_row rows[RECORD_ID_COUNT] = {
	[RECORD_IKE_SENT] = {RECORDER_IKE, 6, false, NOTE_PAYLOADS,
			     "sent %0e {1:request|response}, message ID %2u, SPIs %3X %4X, %5u "
			     "bytes:%p"},
	[RECORD_IKE_RECEIVED] = {RECORDER_IKE, 6, false, NOTE_PAYLOADS,
				 "received %0e {1:request|response}, message ID %2u, SPIs %3X %4X, "
				 "%5u bytes:%p"},
	[RECORD_IKE_AGAIN] = {RECORDER_IKE, 5, false, NOTE_NOTHING,
			      "sent %0e request again (%1u), message ID %2u, SPIs %3X %4X"},
	[RECORD_IKE_ANSWERED_AGAIN] = {RECORDER_IKE, 5, false, NOTE_NOTHING,
				       "the peer repeats its %0e request: answered again, message "
				       "ID %2u, SPIs %3X %4X"},
	[RECORD_IKE_NO_ANSWER] = {RECORDER_IKE, 6, false, NOTE_NOTHING,
				  "no answer to {5:|the liveness check, }%0e after %1u times, "
				  "message ID %2u, SPIs %3X %4X"},
	[RECORD_IKE_BEGUN] = {RECORDER_IKE, 3, false, NOTE_NOTHING,
			      "IKE SA %0u begun by {1:the peer|us}: %2r"},
	[RECORD_IKE_CLOSING] = {RECORDER_IKE, 2, false, NOTE_NOTHING, "IKE SA %0u closes: %1r"},
	[RECORD_IKE_CHILD_BEGUN] = {RECORDER_IKE, 4, false, NOTE_NOTHING,
				    "Child SA begun by {1:the peer|us} over IKE SA %0u: %2r[3, in "
				    "place of %3x]"},
	[RECORD_IKE_MALFORMED] = {RECORDER_IKE, 2, false, NOTE_TEXT,
				  "malformed %0e, %1u bytes: %s"},
	[RECORD_IKE_UNEXPECTED] = {RECORDER_IKE, 5, false, NOTE_NOTHING,
				   "%0e {1:request|response} out of its turn, dropped, message ID "
				   "%2u, SPIs %3X %4X"},
	[RECORD_IKE_UNKNOWN] = {RECORDER_IKE, 5, false, NOTE_NOTHING,
				"%0e {1:request|response} of no IKE SA here, dropped, message ID "
				"%2u, SPIs %3X %4X"},
	[RECORD_IKE_LOST] = {RECORDER_IKE, 1, false, NOTE_NOTHING,
			     "%0u records of process ike were lost before this one"},

	[RECORD_IKE_UP] = {RECORDER_IKE, 5, false, NOTE_NOTHING,
			   "IKE SA %0u is up, begun by {1:the peer|us}: %2r, SPIs %3X %4X"},
	[RECORD_IKE_REKEYED] = {RECORDER_IKE, 5, false, NOTE_NOTHING,
				"IKE SA %0u takes over from %1u: %2r, SPIs %3X %4X"},
	[RECORD_IKE_DOWN] = {RECORDER_IKE, 5, false, NOTE_NOTHING,
			     "IKE SA %0u is down: %2r[1, %1n], SPIs %3X %4X"},
	[RECORD_CHILD_REKEYED] = {RECORDER_SA, 4, false, NOTE_NOTHING,
				  "Child SA rekeyed by {0:the peer|us}: %1x in, %2x out take over "
				  "from %3x"},
	[RECORD_CHILD_DOWN] = {RECORDER_SA, 4, false, NOTE_NOTHING,
			       "Child SA %0x in, %1x out is down: %2r[3, %3n]"},
	[RECORD_PEER_NOTIFY] = {RECORDER_IKE, 3, false, NOTE_NOTHING,
				"{1:unprotected|authenticated} notify %0n[2 for SPI %2x]"},

	[RECORD_SA_UP] = {RECORDER_SA, 5, false, NOTE_TEXT,
			  "pair %0x in, %1x out of %s installed, {2:responder|initiator}: %3r[4, in "
			  "place of %4x]"},
	[RECORD_SA_LOST] = {RECORDER_SA, 6, false, NOTE_TEXT,
			    "pair %0x in, %1x out lost its {2:-|inbound half|outbound half|both "
			    "halves}: %3d{4:|, by %s[5 (pid %5u)]}"},
	[RECORD_SA_GONE] = {RECORDER_SA, 3, false, NOTE_NOTHING, "pair %0x in, %1x out gone: %2d"},
	[RECORD_SA_AWAY] = {RECORDER_SA, 1, false, NOTE_NOTHING,
			    "pair %0x in was lost while we were away"},

	[RECORD_XFRM_NEW] = {RECORDER_XFRM, 3, true, NOTE_TEXT,
			     "{0:SA|larval SA} to %a added by {1:%s[2 (pid %2u)]|us|the kernel}"},
	[RECORD_XFRM_CHANGED] = {RECORDER_XFRM, 3, true, NOTE_TEXT,
				 "SA to %a changed by {1:%s[2 (pid %2u)]|us|the kernel}"},
	[RECORD_XFRM_GONE] = {RECORDER_XFRM, 5, true, NOTE_TEXT,
			      "{4:SA|larval SA} to %a gone: %0g, by {1:%s[2 (pid %2u)]|us|the "
			      "kernel}[3, %3u packets]"},
	[RECORD_XFRM_SOFT] = {RECORDER_XFRM, 2, true, NOTE_NOTHING,
			      "SA to %a reached its soft limit: %0u packets, %1u bytes"},
	[RECORD_XFRM_ACQUIRE] = {RECORDER_XFRM, 1, false, NOTE_TEXT,
				 "traffic without an SA, reqid %0u: %s"},
	[RECORD_XFRM_MAPPING] = {RECORDER_XFRM, 1, true, NOTE_NOTHING,
				 "its packets come from %a port %0u now"},
	[RECORD_XFRM_POLICY_NEW] = {RECORDER_XFRM, 3, false, NOTE_TEXT,
				    "policy {0:in|out|fwd}, reqid %1u, put by {2:another "
				    "program|us}: %s"},
	[RECORD_XFRM_POLICY_GONE] = {RECORDER_XFRM, 3, false, NOTE_TEXT,
				     "policy {0:in|out|fwd}, reqid %1u, removed by {2:another "
				     "program|us}: %s"},

	[RECORD_SPI_SEEN] = {RECORDER_SPI, 4, true, NOTE_NOTHING,
			     "packet to %a refused: %0v, first sequence number %1u[2, over UDP port "
			     "%2u], flow %3u"},
	[RECORD_SPI_ONCE_OURS] = {RECORDER_SPI, 4, true, NOTE_NOTHING,
				  "packet to %a refused: once ours, %0d %1u ms before, first "
				  "sequence number %2u, flow %3u"},
	[RECORD_SPI_PERSISTENT] = {RECORDER_SPI, 3, true, NOTE_NOTHING,
				   "packets to %a go on: %0v, %1u packets so far, flow %2u"},
	[RECORD_DECISION] = {RECORDER_RECOVERY, 3, false, NOTE_TEXT,
			     "decided by row %0w: %1c, flow %2u: %s"},
	[RECORD_RECOVERY_RESULT] = {RECORDER_RECOVERY, 3, false, NOTE_TEXT,
				    "recovery: %0o[1 after %1u ms], flow %2u: %s"},

	[RECORD_ROUTER_STARTED] = {RECORDER_SYSTEM, 2, false, NOTE_TEXT,
				   "router process started, pid %0u, version %s, %1u records of "
				   "before"},
	[RECORD_PROCESS_DIED] = {RECORDER_SYSTEM, 2, false, NOTE_TEXT,
				 "process {0:-|router|ike} (pid %1u) died: %s"},
	[RECORD_ENGINE_UP] = {RECORDER_SYSTEM, 1, false, NOTE_NOTHING,
			      "process ike is joined, %0u IKE SAs live"},
	[RECORD_ENGINE_DOWN] = {RECORDER_SYSTEM, 1, false, NOTE_NOTHING,
				"the pair to process ike broke"},
	[RECORD_COMMIT] = {RECORDER_SYSTEM, 1, false, NOTE_TEXT, "committed, %0u objects: %s"},
};

const struct note_row *note_row(enum recorder_id id)
{
	return (unsigned int)id < RECORD_ID_COUNT ? &rows[id] : NULL;
}

enum recorder_kind recorder_id_kind(enum recorder_id id)
{
	const struct note_row *row = note_row(id);

	return row ? row->kind : RECORDER_SYSTEM;
}

/* ---- numbers: seven bits a byte, the lowest first ---------------------------------------------- */

static void put_number(struct writer *w, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		writer_u8(w, (uint8_t)(v | 0x80));
	writer_u8(w, (uint8_t)v);
}

static uint64_t get_number(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte = reader_u8(r);

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	reader_fail(r); /* longer than any number */
	return 0;
}

static void put_addr(struct writer *w, const struct addr *a)
{
	size_t len = a ? addr_len(a) : 0;

	writer_u8(w, (uint8_t)len);
	if (len)
		writer_bytes(w, a->bytes, len);
}

static struct addr get_addr(struct reader *r)
{
	uint8_t len = reader_u8(r);
	struct view v = reader_view(r, len);

	if (len && len != 4 && len != 16)
		reader_fail(r);
	return v.data && reader_ok(r) ? addr_from_bytes(len == 16 ? AF_INET6
							: len	  ? AF_INET
								  : AF_UNSPEC,
							v.data)
				      : (struct addr){0};
}

/* ---- arguments -------------------------------------------------------------------------------- */

static struct view note_rest(const struct note_row *row, const struct recorder_note *n)
{
	struct view rest = {0};

	if (row->rest == NOTE_TEXT && n->text)
		rest = (struct view){(const uint8_t *)n->text, strlen(n->text)};
	else if (row->rest == NOTE_PAYLOADS)
		rest = n->bytes;
	return rest;
}

size_t recorder_args_pack(const struct recorder_note *n, uint8_t out[RECORDER_ARGS_MAX])
{
	const struct note_row *row = note_row(n->id);
	struct writer w = writer_new(out, RECORDER_ARGS_MAX);
	struct view rest;

	if (!row)
		return 0;
	for (uint8_t i = 0; i < row->numbers; i++)
		put_number(&w, n->n[i]);
	if (row->addr)
		put_addr(&w, n->addr);
	if (row->rest == NOTE_NOTHING)
		return writer_done(&w).len;
	rest = note_rest(row, n);
	if (rest.len > RECORDER_ARGS_MAX - w.len)
		rest.len = RECORDER_ARGS_MAX - w.len;
	writer_view(&w, rest);
	return writer_done(&w).len;
}

/* A list that was cut in the middle of a payload is one that ends before it. */
static bool payloads_fit(struct view list)
{
	struct reader r = reader_of(list);

	while (reader_left(&r)) {
		uint8_t type = reader_u8(&r);

		if (type == NOTE_CUT || !(type & NOTE_DETAIL))
			continue;
		reader_u16(&r);
		reader_skip(&r, (size_t)reader_u8(&r) * 4);
	}
	return reader_ok(&r);
}

bool note_args_read(const struct note_row *row, struct view packed, struct note_args *out)
{
	struct reader r = reader_of(packed);

	*out = (struct note_args){0};
	for (uint8_t i = 0; i < row->numbers; i++)
		out->n[i] = get_number(&r);
	if (row->addr)
		out->addr = get_addr(&r);
	if (row->rest != NOTE_NOTHING)
		out->rest = reader_rest(&r);
	return reader_done(&r) && packed.len <= RECORDER_ARGS_MAX &&
	       (row->rest != NOTE_PAYLOADS || payloads_fit(out->rest));
}

bool recorder_args_fit(enum recorder_id id, struct view args)
{
	const struct note_row *row = note_row(id);
	struct note_args read;

	return row && note_args_read(row, args, &read);
}

/* ---- payload lists ------------------------------------------------------------------------------ */

#define SPIS_MAX 4

void recorder_payload(struct recorder_payloads *l, const struct recorder_payload *p)
{
	size_t count = p->spi_count < SPIS_MAX ? p->spi_count : SPIS_MAX;
	bool detail = p->notify || count;
	size_t need = detail ? 4 + count * 4 : 1;
	struct writer w;

	if (l->cut || l->len + need > sizeof(l->bytes) - 1) { /* the last byte is for the mark */
		if (!l->cut)
			l->bytes[l->len++] = NOTE_CUT;
		l->cut = true;
		return;
	}
	w = writer_new(l->bytes + l->len, need);
	writer_u8(&w, (uint8_t)((p->type & 0x7f) | (detail ? NOTE_DETAIL : 0)));
	if (detail) {
		writer_u16(&w, p->notify);
		writer_u8(&w, (uint8_t)count);
		for (size_t i = 0; i < count; i++)
			writer_u32(&w, p->spis[i]);
	}
	l->len += need;
}

struct view recorder_payloads_view(const struct recorder_payloads *l)
{
	return (struct view){l->bytes, l->len};
}

/* ---- whole notes -------------------------------------------------------------------------------- */

size_t recorder_note_pack(const struct recorder_note *n, uint8_t *out, size_t size)
{
	uint8_t args[RECORDER_ARGS_MAX];
	size_t len = recorder_args_pack(n, args);
	struct writer w = writer_new(out, size);

	writer_u8(&w, (uint8_t)n->id);
	writer_u8(&w, n->stranger);
	writer_u64(&w, n->boot_ms);
	put_addr(&w, n->peer);
	writer_u32(&w, n->spi);
	writer_u8(&w, (uint8_t)len);
	writer_bytes(&w, args, len);
	return writer_done(&w).len;
}

bool recorder_note_read(struct reader *r, struct recorder_packed *out)
{
	uint8_t id = reader_u8(r), stranger = reader_u8(r);

	*out = (struct recorder_packed){.id = (enum recorder_id)id, .stranger = stranger};
	out->boot_ms = reader_u64(r);
	out->peer = get_addr(r);
	out->spi = reader_u32(r);
	out->args = reader_view(r, reader_u8(r));
	return reader_ok(r) && id <= RECORD_IKE_LAST && stranger <= 1 &&
	       recorder_args_fit(out->id, out->args);
}
