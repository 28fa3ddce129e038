#include "lua/report/plain.h"

#include <stdint.h>
#include <string.h>

/* First and last of what is not shown as it is: no letter of any script is among them. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{0x0000, 0x001f},    /* C0 */
	{0x007f, 0x009f},    /* C1 */
	{0x00ad, 0x00ad},    /* soft hyphen */
	{0x0300, 0x036f},    /* combining marks, which pile up */
	{0x034f, 0x034f},    /* joiner without a sign */
	{0x061c, 0x061c},    /* direction */
	{0x115f, 0x1160},    /* fillers */
	{0x180b, 0x180f},    /* variation selectors */
	{0x1ab0, 0x1aff},    /* combining marks */
	{0x1dc0, 0x1dff},    /* combining marks */
	{0x200b, 0x200f},    /* no width, direction */
	{0x2028, 0x202e},    /* separators of lines, direction */
	{0x2060, 0x206f},    /* no width, direction */
	{0x20d0, 0x20ff},    /* combining marks */
	{0x3164, 0x3164},    /* filler */
	{0xd800, 0xf8ff},    /* surrogates, private use */
	{0xfdd0, 0xfdef},    /* no characters */
	{0xfe00, 0xfe0f},    /* variation selectors */
	{0xfe20, 0xfe2f},    /* combining marks */
	{0xfeff, 0xfeff},    /* byte order */
	{0xffa0, 0xffa0},    /* filler */
	{0xfff0, 0xffff},    /* specials */
	{0x1d173, 0x1d17a},  /* formatting of music */
	{0xe0000, 0x1fffff}, /* tags, private use, and what is beyond */
};

static bool is_hidden(uint32_t c)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return false;
}

/* The character at `s` and its bytes; 0: no UTF-8 there (RFC 3629: shortest form, no surrogates). */
static size_t decode(const char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *u = (const unsigned char *)s;
	size_t n = u[0] < 0x80 ? 1 : (u[0] & 0xe0) == 0xc0 ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 : 4;

	if (n > len || (n == 4 && (u[0] & 0xf8) != 0xf0))
		return 0;
	*c = n == 1 ? u[0] : u[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (u[i] & 0x3f);
	}
	return *c < least[n] ? 0 : n;
}

static const char *entity(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void add_escaped(struct text *out, const char *s, size_t n, uint32_t c)
{
	if (n == 0 || c < 0x80)
		text_addf(out, "\\x%02x", (unsigned int)(unsigned char)*s);
	else
		text_addf(out, "\\u{%x}", c);
}

/* The ends of lines: true, if the character was one and is done with. */
static bool add_line_end(struct text *out, bool lines, const char *s, size_t len)
{
	if (*s == '\r' && len > 1 && s[1] == '\n')
		return true;
	if (*s == '\n' || *s == '\t') {
		text_add_n(out, lines ? s : " ", 1);
		return true;
	}
	return false;
}

void plain_add_n(struct text *out, enum plain_use use, bool lines, const char *s, size_t len)
{
	for (size_t i = 0; i < len && !out->failed;) {
		uint32_t c = 0;
		size_t n = decode(s + i, len - i, &c);
		const char *as = use == PLAIN_HTML && n == 1 ? entity(c) : NULL;

		if (as)
			text_add(out, as);
		else if (n > 0 && !is_hidden(c))
			text_add_n(out, s + i, n);
		else if (!add_line_end(out, lines, s + i, len - i))
			add_escaped(out, s + i, n, c);
		i += n > 0 ? n : 1;
	}
}

void plain_add(struct text *out, enum plain_use use, const char *s)
{
	if (s)
		plain_add_n(out, use, false, s, strlen(s));
}
