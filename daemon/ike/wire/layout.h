/*
 * layout: fixed parts of IKE messages as tables, read and written by one walk each.
 *
 * A layout is a row of fields that ends with FIELD_END; it fills, or takes from, one plain struct.
 * Inside ike/wire only.
 */
#ifndef IKE_WIRE_LAYOUT_H
#define IKE_WIRE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/writer.h"

enum field_kind {
	FIELD_END,
	FIELD_NUMBER, /* `size` bytes, into a member of that size */
	FIELD_ZERO,   /* reserved: written as zero, ignored on receipt */
	FIELD_SPI,    /* as many bytes as the byte member at `len_at` says: 0, 4 or 8; into a u64 */
	FIELD_REST,   /* everything that is left, into a struct view */
};

struct field {
	uint8_t kind, size;
	uint16_t at, len_at;
};

#define LAYOUT_NUMBER(type, member)                                                                \
	{                                                                                          \
		FIELD_NUMBER, sizeof(((type *)NULL)->member), offsetof(type, member), 0            \
	}
#define LAYOUT_ZERO(bytes)                                                                         \
	{                                                                                          \
		FIELD_ZERO, bytes, 0, 0                                                            \
	}
#define LAYOUT_SPI(type, member, len_member)                                                       \
	{                                                                                          \
		FIELD_SPI, 0, offsetof(type, member), offsetof(type, len_member)                   \
	}
#define LAYOUT_REST(type, member)                                                                  \
	{                                                                                          \
		FIELD_REST, 0, offsetof(type, member), 0                                           \
	}
#define LAYOUT_END                                                                                 \
	{                                                                                          \
		FIELD_END, 0, 0, 0                                                                 \
	}

/* Fills `out`; what is missing or an SPI of another size fails the reader. */
void layout_read(struct reader *r, const struct field *layout, void *out);
void layout_write(struct writer *w, const struct field *layout, const void *from);

#endif
