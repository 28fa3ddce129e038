/*
 * report_check: what a page, a letter and a capture must be whatever was put into them; for unit tests
 * and the fuzz target alike. Each returns NULL, or what is wrong.
 */
#ifndef TESTS_UNIT_REPORT_CHECK_H
#define TESTS_UNIT_REPORT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool check_listed(const char *const *list, const char *s, size_t len)
{
	for (; *list; list++)
		if (strlen(*list) == len && !strncmp(*list, s, len))
			return true;
	return false;
}

static inline bool check_tag(const char *s, size_t len)
{
	static const char *const tags[] = {
		"!doctype", "html",    "head", "meta", "title", "style", "body", "header",
		"section",  "footer",  "h1",   "h2",   "p",	"b",	 "i",	 "a",
		"br",	    "ul",      "ol",   "li",   "dl",	"dt",	 "dd",	 "span",
		"code",	    "time",    "pre",  "div",  "table", "tr",	 "th",	 "td",
		"details",  "summary", "svg",  "g",    "rect",	"line",	 "text", NULL};

	return check_listed(tags, s, len);
}

static inline bool check_attribute(const char *s, size_t len)
{
	static const char *const names[] = {
		"html",	 "lang",   "charset", "http-equiv", "content",	   "name", "class", "href",
		"width", "height", "role",    "aria-label", "x",	   "y",	   "x1",    "x2",
		"y1",	 "y2",	   "dx",      "rx",	    "text-anchor", NULL};

	return check_listed(names, s, len);
}

static inline bool check_link(const char *s, size_t len)
{
	static const char *const links[] = {"report.txt", "packets.pcapng", "incident.json", NULL};

	return check_listed(links, s, len);
}

/* The attributes behind a tag's name, up to its ">"; *s moves past it. */
static inline const char *check_attributes(const char **s)
{
	const char *at = *s;

	while (*at == ' ') {
		size_t name = strcspn(++at, " =>/\"'<"), value;

		if (!check_attribute(at, name))
			return "an attribute that the page does not use";
		if (at[name] != '=') {
			at += name;
			continue;
		}
		if (at[name + 1] != '"')
			return "a value without quotes";
		value = strcspn(at + name + 2, "\"<>");
		if (at[name + 2 + value] != '"')
			return "a value without an end";
		if (name == 4 && !strncmp(at, "href", 4) && !check_link(at + name + 2, value))
			return "a link that leads elsewhere";
		at += name + 2 + value + 1;
	}
	at += *at == '/';
	if (*at != '>')
		return "a tag without an end";
	*s = at + 1;
	return NULL;
}

struct check_stack {
	const char *name[64];
	size_t len[64], depth;
};

static inline bool check_is_void(const char *name, size_t len)
{
	static const char *const names[] = {"!doctype", "meta", "br", NULL};

	return check_listed(names, name, len);
}

/* One tag at *s, behind its "<". */
static inline const char *check_one_tag(const char **s, struct check_stack *k)
{
	bool end = **s == '/';
	const char *name = *s + end, *wrong;
	size_t len = strcspn(name, " />");

	if (!check_tag(name, len))
		return "a tag that the page does not use";
	*s = name + len;
	wrong = check_attributes(s);
	if (wrong)
		return wrong;
	if (end) {
		if (k->depth == 0 || k->len[k->depth - 1] != len ||
		    strncmp(k->name[k->depth - 1], name, len))
			return "an end of what is not open";
		k->depth--;
	} else if (!check_is_void(name, len) && (*s)[-2] != '/') {
		if (k->depth == 64)
			return "nested too deep";
		k->name[k->depth] = name;
		k->len[k->depth++] = len;
	}
	return NULL;
}

static inline const char *check_page(const char *s)
{
	static const char *const entities[] = {"amp", "lt", "gt", "quot", "#39", NULL};
	struct check_stack k = {.depth = 0};

	while (*s) {
		unsigned char c = (unsigned char)*s++;
		const char *wrong = NULL;

		if (c == '<')
			wrong = check_one_tag(&s, &k);
		else if (c == '&' && k.depth && strncmp(k.name[k.depth - 1], "style", 5))
			wrong = check_listed(entities, s, strcspn(s, ";")) ? NULL : "a bare &";
		else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			wrong = "a control character";
		if (wrong)
			return wrong;
	}
	return k.depth ? "something is left open" : NULL;
}

/* Lines of at most 72 characters, no control characters, "Subject:" first and alone. */
static inline const char *check_letter(const char *s)
{
	size_t columns = 0, line = 0;

	if (strncmp(s, "Subject: ", 9) || !strchr(s, '\n') || strchr(s, '\n')[1] != '\n')
		return "no subject";
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\n') {
			columns = 0;
			line++;
			continue;
		}
		if (c < 0x20 || c == 0x7f)
			return "a control character";
		columns += (c & 0xc0) != 0x80;
		if (columns > (line == 0 ? 300 : 72))
			return "a line that is too long";
	}
	return columns ? "no end of the last line" : NULL;
}

static inline uint32_t check_u32(const char *s)
{
	const unsigned char *b = (const unsigned char *)s;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline const char *check_capture(const char *s, size_t len)
{
	for (size_t at = 0; at < len; at += check_u32(s + at + 4)) {
		uint32_t size = len - at >= 12 ? check_u32(s + at + 4) : 0;

		if (size < 12 || size % 4 || size > len - at ||
		    check_u32(s + at + size - 4) != size)
			return "a block that does not fit";
		if (check_u32(s + at) == 6 && check_u32(s + at + 20) > size - 32)
			return "a packet larger than its block";
	}
	return NULL;
}

#endif
