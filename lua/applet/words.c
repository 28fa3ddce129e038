/* applet/words: a line cut into words and strings, with their columns. */
#include "lua/applet/applet_internal.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

int applet_text_check(const char *text, struct error *err, size_t *column)
{
	size_t len = strlen(text);

	if (len > APPLET_LINE_MAX) {
		if (column)
			*column = APPLET_LINE_MAX;
		return error_set(err, -EINVAL, "the line is longer than %d bytes", APPLET_LINE_MAX);
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c >= 0x20 && c < 0x7f) || c == '\t')
			continue;
		if (column)
			*column = i;
		return error_set(err, -EINVAL,
				 "the line has a byte that is not printable ASCII (0x%02x)", c);
	}
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int read_string(struct applet_line_reader *r, struct applet_token *out, struct error *err)
{
	const char *end = strchr(r->text + r->at + 1, '"');

	if (!end)
		return error_set(err, -EINVAL, "the string has no closing quotation mark");
	out->start = r->text + r->at + 1;
	out->len = (size_t)(end - out->start);
	out->quoted = true;
	r->at = (size_t)(end - r->text) + 1;
	if (!r->text[r->at] || is_blank(r->text[r->at]))
		return 1;
	r->column = r->at;
	return error_set(err, -EINVAL,
			 "a string ends here, and a blank must follow (a quotation mark inside a "
			 "string is written as an environment variable)");
}

int applet_token_next(struct applet_line_reader *r, struct applet_token *out, struct error *err)
{
	while (is_blank(r->text[r->at]))
		r->at++;
	r->column = r->at;
	*out = (struct applet_token){.start = r->text + r->at, .column = r->at};
	if (!r->text[r->at])
		return 0;
	if (r->text[r->at] == '"')
		return read_string(r, out, err);
	out->len = strcspn(out->start, " \t\"");
	if (out->start[out->len] == '"') {
		r->column += out->len;
		return error_set(err, -EINVAL, "a quotation mark inside a word");
	}
	r->at += out->len;
	return 1;
}

bool applet_token_begins(const struct applet_token *t, const char *word)
{
	return !t->quoted && t->len && t->len <= strlen(word) &&
	       strncasecmp(t->start, word, t->len) == 0;
}

bool applet_token_is(const struct applet_token *t, const char *word)
{
	return applet_token_begins(t, word) && !word[t->len];
}
