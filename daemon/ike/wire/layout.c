#include "ike/wire/layout.h"

#include <string.h>

/* Members are reached by offset, so copies keep alignment and aliasing out of the question. */
static void store(void *out, const struct field *f, size_t size, uint64_t v)
{
	uint8_t *at = (uint8_t *)out + f->at;
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	if (size == 1)
		memcpy(at, &v8, sizeof(v8));
	else if (size == 2)
		memcpy(at, &v16, sizeof(v16));
	else if (size == 4)
		memcpy(at, &v32, sizeof(v32));
	else
		memcpy(at, &v, sizeof(v));
}

static uint64_t load(const void *from, const struct field *f, size_t size)
{
	const uint8_t *at = (const uint8_t *)from + f->at;
	uint8_t v8;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	if (size == 1)
		return memcpy(&v8, at, sizeof(v8)), v8;
	if (size == 2)
		return memcpy(&v16, at, sizeof(v16)), v16;
	if (size == 4)
		return memcpy(&v32, at, sizeof(v32)), v32;
	return memcpy(&v64, at, sizeof(v64)), v64;
}

static uint64_t read_number(struct reader *r, size_t size)
{
	switch (size) {
	case 0:
		return 0;
	case 1:
		return reader_u8(r);
	case 2:
		return reader_u16(r);
	case 4:
		return reader_u32(r);
	case 8:
		return reader_u64(r);
	default:
		reader_fail(r);
		return 0;
	}
}

static void write_number(struct writer *w, size_t size, uint64_t v)
{
	if (size == 1)
		writer_u8(w, (uint8_t)v);
	else if (size == 2)
		writer_u16(w, (uint16_t)v);
	else if (size == 4)
		writer_u32(w, (uint32_t)v);
	else if (size == 8)
		writer_u64(w, v);
}

static size_t spi_size(const void *base, const struct field *f)
{
	return *((const uint8_t *)base + f->len_at);
}

void layout_read(struct reader *r, const struct field *layout, void *out)
{
	struct view rest;

	for (const struct field *f = layout; f->kind != FIELD_END; f++) {
		switch (f->kind) {
		case FIELD_NUMBER:
			store(out, f, f->size, read_number(r, f->size));
			break;
		case FIELD_ZERO:
			reader_skip(r, f->size);
			break;
		case FIELD_SPI:
			if (spi_size(out, f) == 1 || spi_size(out, f) == 2)
				reader_fail(r);
			store(out, f, sizeof(uint64_t), read_number(r, spi_size(out, f)));
			break;
		case FIELD_REST:
			rest = reader_rest(r);
			memcpy((uint8_t *)out + f->at, &rest, sizeof(rest));
			break;
		}
	}
}

void layout_write(struct writer *w, const struct field *layout, const void *from)
{
	struct view rest;

	for (const struct field *f = layout; f->kind != FIELD_END; f++) {
		switch (f->kind) {
		case FIELD_NUMBER:
			write_number(w, f->size, load(from, f, f->size));
			break;
		case FIELD_ZERO:
			writer_zero(w, f->size);
			break;
		case FIELD_SPI:
			write_number(w, spi_size(from, f), load(from, f, sizeof(uint64_t)));
			break;
		case FIELD_REST:
			memcpy(&rest, (const uint8_t *)from + f->at, sizeof(rest));
			writer_view(w, rest);
			break;
		}
	}
}
