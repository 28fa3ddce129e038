/*
 * writer: bounds-checked writing into a caller's buffer, sticky error; big endian.
 * `writer_mark()` + `writer_patch16()` fill in lengths that are known only later. After the first
 * write past the end nothing is written any more: write all, look at writer_ok() once.
 */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/reader.h"

struct writer {
	uint8_t *data;
	size_t cap, len;
	bool failed;
};

/* buf is borrowed; NULL has no room at all. */
struct writer writer_new(void *buf, size_t cap);
/* Appends. Views and bytes are copied; of length 0 nothing is read. */
void writer_u8(struct writer *w, uint8_t v);
void writer_u16(struct writer *w, uint16_t v);
void writer_u32(struct writer *w, uint32_t v);
void writer_u64(struct writer *w, uint64_t v);
void writer_bytes(struct writer *w, const void *data, size_t len);
void writer_view(struct writer *w, struct view v);
void writer_zero(struct writer *w, size_t len);
uint8_t *writer_reserve(struct writer *w, size_t len); /* NULL on error; bytes are zeroed */
size_t writer_mark(const struct writer *w);	       /* current length */
/* Overwrites what stands at `at`, a writer_mark(); outside of what is written it is an error. */
void writer_patch8(struct writer *w, size_t at, uint8_t v);
void writer_patch16(struct writer *w, size_t at, uint16_t v);
void writer_patch32(struct writer *w, size_t at, uint32_t v);
bool writer_ok(const struct writer *w);
struct view writer_done(const struct writer *w); /* all of it, in buf; empty on error */

#endif
