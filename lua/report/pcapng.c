#include "lua/report/pcapng.h"

#include <string.h>

#define BLOCK_SECTION	0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET	6u
#define ORDER_MARK	0x1a2b3c4du
#define LINKTYPE_RAW	101
#define OPTION_END	0
#define OPTION_COMMENT	1
#define OPTION_APPL	4 /* of a section: what wrote it */
#define OPTION_TSRESOL	9 /* of an interface: negative power of ten */
#define COMMENT_MAX	1000
#define SNAP_LEN	65535

static void add_u16(struct text *t, uint16_t v)
{
	const char b[] = {(char)(v & 0xff), (char)(v >> 8)};

	text_add_n(t, b, sizeof(b));
}

static void add_u32(struct text *t, uint32_t v)
{
	add_u16(t, (uint16_t)(v & 0xffff));
	add_u16(t, (uint16_t)(v >> 16));
}

/* Bytes, then as many zeros as make it a multiple of four. */
static void add_padded(struct text *t, const void *data, size_t len)
{
	text_add_n(t, data, len);
	text_add_n(t, "\0\0\0", (4 - len % 4) % 4);
}

static void add_option(struct text *t, uint16_t code, const void *data, size_t len)
{
	add_u16(t, code);
	add_u16(t, (uint16_t)len);
	add_padded(t, data, len);
}

/* A block is its type, its length, a body of a multiple of four, and its length once more. */
static void add_block(struct text *out, uint32_t type, struct text *body)
{
	uint32_t len = (uint32_t)body->len + 12;

	if (body->failed)
		out->failed = true;
	add_u32(out, type);
	add_u32(out, len);
	text_add_n(out, text_str(body), body->len);
	add_u32(out, len);
	text_free(body);
}

/* The longest part of at most `max` bytes that does not end inside of a character. */
static size_t whole_characters(const char *s, size_t max)
{
	size_t n = strnlen(s, max + 1);

	if (n <= max)
		return n;
	for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

static void add_section(struct text *out, const char *comment)
{
	static const char name[] = "Spindle";
	struct text b;

	text_init(&b, 0);
	add_u32(&b, ORDER_MARK);
	add_u16(&b, 1); /* version 1.0 */
	add_u16(&b, 0);
	add_u32(&b, 0xffffffffu); /* the section's length is not told */
	add_u32(&b, 0xffffffffu);
	if (comment && *comment)
		add_option(&b, OPTION_COMMENT, comment, whole_characters(comment, COMMENT_MAX));
	add_option(&b, OPTION_APPL, name, sizeof(name) - 1);
	add_option(&b, OPTION_END, "", 0);
	add_block(out, BLOCK_SECTION, &b);
}

static void add_interface(struct text *out)
{
	static const char milliseconds = 3;
	struct text b;

	text_init(&b, 0);
	add_u16(&b, LINKTYPE_RAW);
	add_u16(&b, 0);
	add_u32(&b, SNAP_LEN);
	add_option(&b, OPTION_TSRESOL, &milliseconds, 1);
	add_option(&b, OPTION_END, "", 0);
	add_block(out, BLOCK_INTERFACE, &b);
}

static void add_packet(struct text *out, const struct pcapng_packet *p)
{
	size_t len = p->len < SNAP_LEN ? p->len : SNAP_LEN;
	size_t whole = p->on_the_wire > p->len ? p->on_the_wire : p->len;
	struct text b;

	text_init(&b, 0);
	add_u32(&b, 0); /* the first interface */
	add_u32(&b, (uint32_t)((uint64_t)p->time_ms >> 32));
	add_u32(&b, (uint32_t)((uint64_t)p->time_ms & 0xffffffffu));
	add_u32(&b, (uint32_t)len);
	add_u32(&b, (uint32_t)whole);
	add_padded(&b, p->data, len);
	add_block(out, BLOCK_PACKET, &b);
}

void pcapng_write(struct text *out, const char *comment, const struct pcapng_packet *packets,
		  size_t count)
{
	add_section(out, comment);
	add_interface(out);
	for (size_t i = 0; i < count; i++)
		add_packet(out, &packets[i]);
}
