/*
 * cli/syntax: the syntax string of a command row as a small tree; rows_*.c are written in it, the
 * grammar is built from it, and `show running-config` fills it with values again.
 */
#ifndef CLI_SYNTAX_H
#define CLI_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

#define SYNTAX_DEPTH_MAX 8

enum syntax_kind {
	SYNTAX_WORD,   /* a keyword */
	SYNTAX_PARAM,  /* <name:type> */
	SYNTAX_NO_END, /* ~ */
	SYNTAX_OPT,    /* [ ]: `child` is its sequence */
	SYNTAX_ALT,    /* { | }: each of `child` is a SYNTAX_SEQ */
	SYNTAX_SEQ,
};

struct syntax {
	enum syntax_kind kind;
	bool repeat; /* <…>+, { | }* */
	char *text;  /* keyword, or the whole "<name:type>" */
	char *name;  /* parameters: name and type */
	char *type;
	struct syntax *child, *next;
};

/* The tree of one row: a SYNTAX_SEQ, to be freed; NULL and err for a faulty string or no memory. */
struct syntax *syntax_parse(const char *row, struct error *err);
void syntax_free(struct syntax *s);

/* The value number `index` of a parameter; NULL = none. Valid until the next call. */
typedef const char *syntax_value(void *ctx, const char *name, size_t index);
/* Writes the row with its values: optional parts whose parameters have none are left out, of
 * alternatives the first is taken whose parameters have theirs. false: one is missing. */
bool syntax_render(const struct syntax *s, syntax_value *value, void *ctx, struct text *out);

/* Option number `index` of a choice type "a|b=x": its word and value, copied. false: no such one. */
bool syntax_option(const char *type, size_t index, char *word, size_t word_size, char *value,
		   size_t value_size);
bool syntax_is_choice(const char *type);

#endif
