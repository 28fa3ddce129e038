#include "base/writer.h"

#include <string.h>

struct writer writer_new(void *buf, size_t cap)
{
	return (struct writer){.data = buf, .cap = buf ? cap : 0};
}

/* The one place where the end is looked for. */
static uint8_t *extend(struct writer *w, size_t len)
{
	uint8_t *at;

	if (w->failed || len > w->cap - w->len) {
		w->failed = true;
		return NULL;
	}
	at = w->data + w->len;
	w->len += len;
	return at;
}

static void put_number(uint8_t *at, uint64_t v, size_t len)
{
	for (size_t i = len; i > 0; i--, v >>= 8)
		at[i - 1] = (uint8_t)v;
}

static void add_number(struct writer *w, uint64_t v, size_t len)
{
	uint8_t *at = extend(w, len);

	if (at)
		put_number(at, v, len);
}

void writer_u8(struct writer *w, uint8_t v)
{
	add_number(w, v, 1);
}

void writer_u16(struct writer *w, uint16_t v)
{
	add_number(w, v, 2);
}

void writer_u32(struct writer *w, uint32_t v)
{
	add_number(w, v, 4);
}

void writer_u64(struct writer *w, uint64_t v)
{
	add_number(w, v, 8);
}

void writer_bytes(struct writer *w, const void *data, size_t len)
{
	uint8_t *at = len ? extend(w, len) : NULL;

	if (at)
		memcpy(at, data, len);
}

void writer_view(struct writer *w, struct view v)
{
	writer_bytes(w, v.data, v.len);
}

uint8_t *writer_reserve(struct writer *w, size_t len)
{
	uint8_t *at = w->data ? extend(w, len) : NULL;

	if (at && len)
		memset(at, 0, len);
	if (!at)
		w->failed = true;
	return at;
}

void writer_zero(struct writer *w, size_t len)
{
	if (len)
		writer_reserve(w, len);
}

size_t writer_mark(const struct writer *w)
{
	return w->len;
}

/* A patch outside of what is written is an error of the caller; it sticks as any other. */
static void patch(struct writer *w, size_t at, uint64_t v, size_t len)
{
	if (w->failed || at > w->len || len > w->len - at) {
		w->failed = true;
		return;
	}
	put_number(w->data + at, v, len);
}

void writer_patch8(struct writer *w, size_t at, uint8_t v)
{
	patch(w, at, v, 1);
}

void writer_patch16(struct writer *w, size_t at, uint16_t v)
{
	patch(w, at, v, 2);
}

void writer_patch32(struct writer *w, size_t at, uint32_t v)
{
	patch(w, at, v, 4);
}

bool writer_ok(const struct writer *w)
{
	return !w->failed;
}

struct view writer_done(const struct writer *w)
{
	if (w->failed)
		return (struct view){0};
	return (struct view){.data = w->data, .len = w->len};
}
