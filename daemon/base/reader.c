#include "base/reader.h"

#include <string.h>

struct reader reader_new(const void *data, size_t len)
{
	return (struct reader){.data = data, .len = data ? len : 0};
}

struct reader reader_of(struct view v)
{
	return reader_new(v.data, v.len);
}

/* The one place where the end is looked for: NULL, and the error sticks, when len is not there. */
static const uint8_t *take(struct reader *r, size_t len)
{
	const uint8_t *at;

	if (r->failed || len > r->len - r->pos) {
		r->failed = true;
		return NULL;
	}
	at = r->data + r->pos;
	r->pos += len;
	return at;
}

static uint64_t take_number(struct reader *r, size_t len)
{
	const uint8_t *at = take(r, len);
	uint64_t v = 0;

	for (size_t i = 0; at && i < len; i++)
		v = v << 8 | at[i];
	return v;
}

uint8_t reader_u8(struct reader *r)
{
	return (uint8_t)take_number(r, 1);
}

uint16_t reader_u16(struct reader *r)
{
	return (uint16_t)take_number(r, 2);
}

uint32_t reader_u32(struct reader *r)
{
	return (uint32_t)take_number(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
	return take_number(r, 8);
}

struct view reader_view(struct reader *r, size_t len)
{
	/* An empty reader may stand on NULL; adding nothing to it is no address. */
	const uint8_t *at = len || r->data ? take(r, len) : NULL;

	return (struct view){.data = at, .len = at ? len : 0};
}

struct view reader_rest(struct reader *r)
{
	return reader_view(r, reader_left(r));
}

struct reader reader_sub(struct reader *r, size_t len)
{
	struct reader sub = reader_of(reader_view(r, len));

	sub.failed = r->failed;
	return sub;
}

void reader_copy(struct reader *r, void *out, size_t len)
{
	const uint8_t *at = len ? take(r, len) : NULL;

	if (at)
		memcpy(out, at, len);
	else if (len)
		memset(out, 0, len);
}

void reader_skip(struct reader *r, size_t len)
{
	if (len)
		take(r, len);
}

void reader_fail(struct reader *r)
{
	r->failed = true;
}

size_t reader_left(const struct reader *r)
{
	return r->failed ? 0 : r->len - r->pos;
}

bool reader_ok(const struct reader *r)
{
	return !r->failed;
}

bool reader_done(const struct reader *r)
{
	return !r->failed && r->pos == r->len;
}

bool view_equal(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
