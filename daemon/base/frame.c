#include "base/frame.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/writer.h"

#define KEEP 65536 /* an empty buffer larger than this is given back */

/* What was used goes, wiped: frames carry secrets. */
static void drop_used(struct frame_buffer *b)
{
	size_t left = b->len - b->at;

	if (!b->at)
		return;
	memmove(b->data, b->data + b->at, left);
	secret_wipe(b->data + left, b->at);
	b->at = 0;
	b->len = left;
	if (!left && b->cap > KEEP)
		frame_clear(b);
}

int frame_feed(struct frame_buffer *b, const void *data, size_t len)
{
	size_t cap = b->cap ? b->cap : 4096;
	uint8_t *grown;

	drop_used(b);
	if (!len)
		return 0;
	while (cap < b->len + len)
		cap *= 2;
	if (cap > b->cap || !b->data) {
		/* Not grown in place: the old bytes are to be wiped. */
		grown = alloc_zero(cap);
		if (!grown)
			return -ENOMEM;
		if (b->data) {
			memcpy(grown, b->data, b->len);
			secret_wipe(b->data, b->cap);
		}
		alloc_free(b->data);
		b->data = grown;
		b->cap = cap;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

static int check_length(uint32_t rest, struct error *err)
{
	if (rest > FRAME_MAX)
		return error_set(err, -EMSGSIZE,
				 "frame length (bytes 0 to 3) is %u, the greatest is %u", rest,
				 FRAME_MAX);
	if (rest <= FRAME_REST)
		return error_set(err, -EBADMSG,
				 "frame length (bytes 0 to 3) is %u, a frame has at least %u", rest,
				 FRAME_REST + 1);
	return 0;
}

int frame_next(struct frame_buffer *b, struct frame *f, struct error *err)
{
	struct reader r;
	uint32_t rest;
	int rc;

	if (b->len - b->at < sizeof(rest))
		return 0;
	r = reader_new(b->data + b->at, b->len - b->at);
	rest = reader_u32(&r);
	rc = check_length(rest, err);
	if (rc)
		return rc;
	/* Flags are judged as soon as they are there: the rest of a bad frame is not waited for. */
	f->id = reader_u32(&r);
	f->flags = reader_u8(&r);
	if (reader_ok(&r) && (f->flags & ~(FRAME_MORE | FRAME_ERROR | FRAME_EVENT)))
		return error_set(err, -EBADMSG, "frame flags (byte 8) are 0x%02x", f->flags);
	f->json = reader_view(&r, rest - FRAME_REST);
	if (!reader_ok(&r))
		return 0;
	b->at += sizeof(rest) + rest;
	return 1;
}

void frame_clear(struct frame_buffer *b)
{
	if (b->data)
		secret_wipe(b->data, b->cap);
	alloc_free(b->data);
	*b = (struct frame_buffer){0};
}

void frame_head(uint8_t out[FRAME_HEAD], uint32_t id, uint8_t flags, size_t len)
{
	struct writer w = writer_new(out, FRAME_HEAD);

	writer_u32(&w, (uint32_t)(len + FRAME_REST));
	writer_u32(&w, id);
	writer_u8(&w, flags);
}

int frame_depth(struct view json, unsigned int max)
{
	bool in_string = false;
	unsigned int depth = 0;

	for (size_t i = 0; i < json.len; i++) {
		uint8_t c = json.data[i];

		if (in_string) {
			i += c == '\\';
			in_string = c != '"';
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > max)
				return -E2BIG;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return 0;
}
