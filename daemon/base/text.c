#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define FIRST_CAP 64

void text_init(struct text *t, size_t limit)
{
	*t = (struct text){.limit = limit};
}

/* Makes room for n more bytes and the terminator; doubles, so that building is linear. */
static bool reserve(struct text *t, size_t n)
{
	size_t need, cap = t->cap ? t->cap : FIRST_CAP;
	char *grown;

	if (__builtin_add_overflow(t->len + 1, n, &need))
		return false;
	if (need <= t->cap)
		return true;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	grown = alloc_grow(t->data, t->cap, cap, 1);
	if (!grown)
		return false;
	t->data = grown;
	t->cap = cap;
	return true;
}

void text_add_n(struct text *t, const char *s, size_t n)
{
	size_t fits = n;

	if (t->failed)
		return;
	if (t->limit && n > t->limit - t->len)
		fits = t->limit - t->len;
	if (!reserve(t, fits)) {
		t->failed = true;
		return;
	}
	if (fits)
		memcpy(t->data + t->len, s, fits);
	t->len += fits;
	t->data[t->len] = '\0';
	t->failed = fits < n;
}

void text_add(struct text *t, const char *s)
{
	text_add_n(t, s, strlen(s));
}

void text_addf(struct text *t, const char *fmt, ...)
{
	char small[256];
	char *big = NULL;
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(small, sizeof(small), fmt, ap);
	if (len >= 0 && (size_t)len >= sizeof(small)) {
		big = alloc_zero((size_t)len + 1);
		if (big)
			vsnprintf(big, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	va_end(ap);
	if (len < 0 || ((size_t)len >= sizeof(small) && !big))
		t->failed = true;
	else
		text_add_n(t, big ? big : small, (size_t)len);
	alloc_free(big);
}

const char *text_str(const struct text *t)
{
	return t->data ? t->data : "";
}

char *text_take(struct text *t)
{
	char *data = t->data;

	text_init(t, t->limit);
	return data;
}

void text_free(struct text *t)
{
	alloc_free(t->data);
	text_init(t, t->limit);
}

int text_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	bool over = false;

	if (!s || !*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		over = over || __builtin_mul_overflow(v, UINT64_C(10), &v) ||
		       __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v);
	}
	if (over || v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int text_u32(const char *s, uint32_t min, uint32_t max, uint32_t *out)
{
	uint64_t v;
	int rc = text_u64(s, min, max, &v);

	if (!rc)
		*out = (uint32_t)v;
	return rc;
}

size_t text_copy(char *out, size_t size, const char *s)
{
	size_t len = strlen(s);
	size_t fits = len < size ? len : size - 1;

	if (size) {
		memcpy(out, s, fits);
		out[fits] = '\0';
	}
	return len;
}
