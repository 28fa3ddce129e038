#include "base/alloc.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The countdown belongs to the thread that set it, so that what a worker allocates meanwhile
 * does not move the failure of the test that is running. Off (0) outside of unit tests. */
static _Thread_local unsigned long fail_countdown;
static _Thread_local unsigned long made;

bool alloc_denied(void)
{
	made++;
	if (fail_countdown == 0)
		return false;
	return --fail_countdown == 0;
}

unsigned long alloc_fail_after(unsigned long n)
{
	unsigned long since = made;

	made = 0;
	fail_countdown = n;
	return since;
}

void *alloc_zero(size_t size)
{
	if (alloc_denied())
		return NULL;
	return calloc(1, size ? size : 1);
}

void *alloc_array(size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return alloc_zero(total);
}

void *alloc_grow(void *old, size_t old_count, size_t new_count, size_t size)
{
	size_t total;
	uint8_t *grown;

	if (__builtin_mul_overflow(new_count, size, &total) || alloc_denied())
		return NULL;
	grown = realloc(old, total ? total : 1);
	if (grown && new_count > old_count)
		memset(grown + old_count * size, 0, (new_count - old_count) * size);
	return grown;
}

void *alloc_copy(const void *data, size_t len)
{
	void *copy = alloc_zero(len);

	if (copy && len)
		memcpy(copy, data, len);
	return copy;
}

char *alloc_text(const char *text)
{
	return text ? alloc_copy(text, strlen(text) + 1) : NULL;
}

char *alloc_printf(const char *fmt, ...)
{
	va_list ap, again;
	char *out = NULL;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len >= 0)
		out = alloc_zero((size_t)len + 1);
	if (out)
		vsnprintf(out, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return out;
}

void alloc_free(void *p)
{
	free(p);
}

/* Giving back what ten thousand deleted entries held takes the kernel three milliseconds, in some free(). */
#define TRIM_BYTES (256 << 20)

void alloc_evenly(void)
{
	mallopt(M_MXFAST, 0);
	mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
}
