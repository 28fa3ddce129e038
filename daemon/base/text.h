/*
 * text: bounded strings: a growing buffer and careful number parsing. A buffer that ran out of
 * memory or over its limit is `failed` and stays a valid, cut string.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *data; /* NUL-terminated; NULL while empty */
	size_t len, cap, limit;
	bool failed;
};

void text_init(struct text *t, size_t limit); /* greatest length; 0 = unlimited */
void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t n);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *text_str(const struct text *t); /* "" while empty */
char *text_take(struct text *t);	    /* caller frees by alloc_free(); NULL if empty */
void text_free(struct text *t);

/* Whole string, decimal, within [min, max]: 0 or -EINVAL, -ERANGE. */
int text_u32(const char *s, uint32_t min, uint32_t max, uint32_t *out);
int text_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);
size_t text_copy(char *out, size_t size, const char *s); /* always terminated; returns strlen(s) */

#endif
