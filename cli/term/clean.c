#include "cli/term/clean.h"

#include <wchar.h>

#define TAB_STOP 8

size_t utf8_decode(const char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *u = (const unsigned char *)s;
	size_t n;

	if (len == 0)
		return 0;
	n = u[0] < 0x80 ? 1 : (u[0] & 0xe0) == 0xc0 ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 : 4;
	if (n > len || (n == 4 && (u[0] & 0xf8) != 0xf0))
		return 0;
	*c = n == 1 ? u[0] : u[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (u[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

size_t utf8_encode(uint32_t c, char out[4])
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		out[0] = (char)c;
		return 1;
	}
	for (size_t i = n; --i > 0; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return n;
}

unsigned int clean_width(uint32_t c)
{
	int w;

	if (c < 0x80)
		return c >= 0x20 && c < 0x7f;
	if (c < 0xa0)
		return 0;
	/* Marks that turn the direction have no width; neither have combining ones, which is a loss. */
	w = wcwidth((wchar_t)c);
	return w > 0 ? (unsigned int)w : 0;
}

static size_t add_escaped(struct text *out, const char *s, size_t n, uint32_t c)
{
	size_t before = out->len;

	if (n == 0 || c < 0x80)
		text_addf(out, "\\x%02x", (unsigned char)*s);
	else
		text_addf(out, "\\u{%x}", c);
	return out->len - before;
}

size_t clean_add(struct text *out, const char *s, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t n = utf8_decode(s + i, len - i, &c);
		unsigned int width = n > 0 ? clean_width(c) : 0;

		if (n == 1 && c == '\t') {
			do
				text_add_n(out, " ", 1);
			while (++columns % TAB_STOP);
		} else if (width > 0) {
			text_add_n(out, s + i, n);
			columns += width;
		} else {
			columns += add_escaped(out, s + i, n, c);
		}
		i += n > 0 ? n : 1;
	}
	return columns;
}
