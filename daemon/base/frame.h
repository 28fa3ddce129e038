/*
 * frame: the frames of the control socket (doc/control-protocol.md), both ends: length of the rest
 * (u32, big endian), request id (u32), flags (u8), one JSON text. Bytes in, frames out, bounded; no
 * JSON is parsed here but its nesting is measured, so that a parser is never driven deep.
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"

#define FRAME_HEAD    9		 /* bytes before the JSON */
#define FRAME_MAX     (1u << 20) /* greatest length of the rest */
#define FRAME_REST    5		 /* id and flags, in the rest */
#define FRAME_DEPTH   32	 /* nesting of the JSON */
#define FRAME_VERSION 1		 /* of the protocol */

enum frame_flags {
	FRAME_MORE = 1,	 /* further frames answer the same request */
	FRAME_ERROR = 2, /* the request failed: a sentence */
	FRAME_EVENT = 4, /* of a subscription */
};

struct frame {
	uint32_t id;
	uint8_t flags;
	struct view json; /* borrowed from the buffer until the next frame_feed() or frame_next() */
};

/* What came and is not used yet. Zeroed is empty. */
struct frame_buffer {
	uint8_t *data;
	size_t at, len, cap;
};

/* Appends a copy of what was read from the stream. 0 or -ENOMEM. */
int frame_feed(struct frame_buffer *b, const void *data, size_t len);
/* 1: *f is the next frame; 0: it is not whole yet; -EMSGSIZE, -EBADMSG: what follows cannot be read,
 * err says what and where (the stream is of no more use). */
int frame_next(struct frame_buffer *b, struct frame *f, struct error *err);
void frame_clear(struct frame_buffer *b); /* wipes and frees */

/* The bytes before `len` bytes of JSON. */
void frame_head(uint8_t out[FRAME_HEAD], uint32_t id, uint8_t flags, size_t len);
/* 0, or -E2BIG: the text nests deeper than `max`. */
int frame_depth(struct view json, unsigned int max);

#endif
