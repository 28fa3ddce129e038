/* Inside engine's codec: fields as rows of tables, and each kind's way to bytes and back. */
#ifndef ENGINE_CODEC_INTERNAL_H
#define ENGINE_CODEC_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/writer.h"

enum part_kind {
	PART_END,
	PART_U8, /* at most `max`, if that is not 0 */
	PART_BOOL,
	PART_U16,
	PART_U32,
	PART_ID, /* u32, never 0 */
	PART_U64,
	PART_ADDR,
	PART_ENDPOINT,
	PART_PREFIX,
	PART_SELECTOR,
	PART_TRANSFORM,
	PART_PROPOSAL,
	PART_IDENTITY,
	PART_TEXT,  /* an array of `max` characters */
	PART_BYTES, /* a u16, how many; behind it an array of `max` bytes */
	PART_SECRET,
	PART_CHILD,
	PART_CONN,
	PART_CONN_KIND, /* enum conn_kind, at most `max`; how wide an enum is, the compiler says */
	PART_KIND_COUNT,
};

/* One field, or with a stride a list: its count is the byte at `count_at`, its room is `max`. */
struct part {
	uint8_t kind;
	uint16_t at, max, count_at, stride;
};

/* `rc` tells -ENOMEM from what the reader says. */
struct decoder {
	struct reader *r;
	int rc;
};

extern const struct part codec_conn_parts[]; /* of struct conn */

/* A struct by its parts, to bytes and back. put: no error but the writer's. get: errors stick in d; what was
 * read until then is owned by base (codec_release()). */
void codec_put(struct writer *w, const struct part *parts, const void *base);
void codec_get(struct decoder *d, const struct part *parts, void *base);
/* Releases the secrets and connections that the parts own. */
void codec_release(const struct part *parts, void *base);

#endif
