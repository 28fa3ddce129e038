/*
 * reader: bounds-checked reading of bytes that came from outside. The error is sticky: after the
 * first read past the end every read returns zero or an empty view, so a parser reads everything
 * and checks once. Borrows the bytes; no allocation, no effects.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A view is (pointer, length); after an error it is empty and its pointer is NULL. */
struct view {
	const uint8_t *data;
	size_t len;
};

struct reader {
	const uint8_t *data;
	size_t len, pos;
	bool failed;
};

/* The bytes are borrowed, by the views that are read too. */
struct reader reader_new(const void *data, size_t len);
struct reader reader_of(struct view v);
/* Numbers are big endian; 0 after an error. */
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
/* The next len bytes; all that is left. */
struct view reader_view(struct reader *r, size_t len);
struct view reader_rest(struct reader *r);
/* A sub-reader over the next len bytes; a failed parent gives a failed child. */
struct reader reader_sub(struct reader *r, size_t len);
void reader_copy(struct reader *r, void *out, size_t len); /* zeroes out on error */
void reader_skip(struct reader *r, size_t len);
void reader_fail(struct reader *r);
size_t reader_left(const struct reader *r); /* 0 after an error */
bool reader_ok(const struct reader *r);
bool reader_done(const struct reader *r); /* no error and nothing left */

bool view_equal(struct view a, struct view b); /* not constant time */

#endif
