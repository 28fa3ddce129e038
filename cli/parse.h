/*
 * cli/parse: from a line that a person typed to the row of the command table that it means.
 *
 * Pure: a line, a mode and a privilege give a result; nothing is printed and nothing is done.
 * Keywords may be shortened to any unique beginning, in any case; an exact word wins. A sub-mode is
 * tried first, then the modes around it. Also lists what may stand at a cursor, for help.
 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cli/grammar.h"
#include "cli/table.h"
#include "cli/token.h"

#define CLI_ARGS_MAX 24
#define CLI_FULL_MAX 1024

struct cli_arg {
	const char *name; /* of the parameter */
	bool number;	  /* its type is a number, or the choice stands for one */
	bool secret;	  /* its type is a secret */
	size_t from, to;  /* where it stands in the line */
	char value[TOKEN_VALUE_MAX];
};

/* Parsed words by parameter name, in the order of the line. Wiped by cli_match_wipe(): a value may
 * be a key. */
struct cli_match {
	const struct cli_row *row;
	enum cli_mode mode; /* where the row was found */
	size_t count;
	struct cli_arg arg[CLI_ARGS_MAX];
};

const char *cli_match_get(const struct cli_match *m, const char *name); /* NULL = not given */
const struct cli_arg *cli_match_arg(const struct cli_match *m, const char *name, size_t index);
void cli_match_wipe(struct cli_match *m);

enum parse_status {
	PARSE_OK,
	PARSE_EMPTY,   /* blanks, or a comment that begins with '!' */
	PARSE_INVALID, /* `offset` is where the caret stands */
	PARSE_INCOMPLETE,
	PARSE_AMBIGUOUS,
	PARSE_NOT_A_COMMAND, /* one unknown word in EXEC: routers take it for a host's name */
	PARSE_TOO_LONG,
	PARSE_LONG_WORD, /* at `offset` */
};

struct parse_result {
	enum parse_status status;
	size_t offset;
	enum cli_form form;
	bool is_do;   /* `do`: an EXEC command in configuration */
	size_t outer; /* index of the mode that knew the command: so many are left */
	const struct grammar_node *node;
	struct cli_match match;
	struct cli_match filter; /* row NULL: no filter */
	char full[CLI_FULL_MAX]; /* the command with its keywords whole, secrets masked, without a filter */
};

/* Where a line is typed: the mode, then those around it; the last is global configuration or EXEC. */
struct parse_place {
	const struct grammar *grammar;
	enum cli_mode mode[4]; /* innermost first */
	size_t count;
	int privilege;
};

/* What the line means there: *out whole, its status first; wipe out->match and out->filter afterwards. */
void parse_line(const struct parse_place *at, const char *line, struct parse_result *out);

/* What may stand at the end of `line` (the cursor): each word with its help, in ASCII order, then
 * "<cr>" where the command may end. The last word of line, if no blank follows it, is a beginning
 * that the listed words share. Returns how many, or -1 when the line before the cursor is wrong. */
typedef void parse_help_fn(void *ctx, const char *word, const char *help);
int parse_help(const struct parse_place *at, const char *line, parse_help_fn *each, void *ctx);

/* The sentence for a result that is not OK, as routers print it: with the prompt's length for the
 * caret's column. Ends with the newlines that belong to it. */
void parse_explain(const struct parse_result *r, const char *line, size_t prompt_len,
		   struct text *out);
/* The same in a few words, for a place that has no caret: "Invalid input". */
const char *parse_reason(const struct parse_result *r);
bool parse_has_place(const struct parse_result *r); /* `offset` says something */

#endif
