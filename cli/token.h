/*
 * cli/token: words of a line: where they begin and end, quotes, and what each parameter type takes.
 *
 * Blanks and tabs part words. A word that begins with '"' and has a closing '"' before a blank or
 * the end of the line may hold blanks; inside, \" and \\ stand for " and \. Everywhere else quotes,
 * '#' and '|' are data. No allocation, no effects.
 *
 * Types: "120-86400" a number in the range; ipv4, ipv6, ip (either) addresses; mask (255.255.255.0);
 * wildcard (0.0.0.255); prefix (A/L); word (a name, 1–64 printable characters); string (1–128); interface (1–15);
 * path (a file or another configuration, 1–255 printable); secret (1–500 printable); digits (an SPI or number in
 * decimal or 0x…); line (the rest of the line, up to 240 printable characters); text (the rest of the line, whatever it
 * is; of the value only the beginning is kept); event-text, action-text, correlate-text, set-text: the same of
 * the event manager's lines, whose words lua/applet knows; label (1–64 printable characters and blanks).
 */
#ifndef CLI_TOKEN_H
#define CLI_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define TOKEN_LINE_MAX	1024 /* longest line that is looked at, in bytes */
#define TOKEN_VALUE_MAX 512

struct token {
	size_t start, end; /* offsets in the line; start == end: the line has ended */
	bool quoted;
	bool rest; /* nothing but blanks behind it: only set by token_rest() */
};

/* The word at or behind `from`; with `pipes` a '|' outside quotes begins a word of its own. */
struct token token_next(const char *line, size_t from, bool pipes);
/* Everything from the word at `from` on, without blanks at the end. */
struct token token_rest(const char *line, size_t from);
/* The word without its quotes, into out (size ≥ TOKEN_VALUE_MAX); false: too long. */
bool token_value(const char *line, const struct token *t, char *out, size_t size);

/* How many characters of `word` the type takes: strlen(word) and *ok = true when all of it. */
size_t token_accept(const char *type, const char *word, bool *ok);
/* "<1-10000>", "A.B.C.D", "WORD" … as help shows the type. */
const char *token_help_name(const char *type, char *buf, size_t size);
bool token_is_number(const char *type);
bool token_is_rest(const char *type); /* takes the rest of the line */
bool token_is_text(
	const char *type); /* … whatever it is and however long: a value keeps the beginning */
bool token_is_type(const char *type); /* one of the above; else it is a choice of words */
/* How much a type says of a word: where several fit, the highest is meant. */
int token_rank(const char *type);
/* Appends a value so that token_next() and token_value() give it back. */
void token_quote(const char *type, const char *value, struct text *out);

#endif
