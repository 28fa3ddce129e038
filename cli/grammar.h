/*
 * cli/grammar: the command table as a tree of words, one root a mode, built once at start.
 *
 * Every way through a row's syntax is a path; rows with the same beginning share it. A node knows
 * the row that may end there, and which forms (word, no word, default word) exist below it.
 */
#ifndef CLI_GRAMMAR_H
#define CLI_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/table.h"
#include "cli/words.h"

struct grammar;

/* What stands behind a word of the tree. */
struct grammar_node {
	const struct word *word;
	const struct cli_row *row;    /* a command may end here; NULL = more words are needed */
	const struct cli_row *no_row; /* its no form may end here already */
	const char *name, *type;      /* parameters; NULL: a keyword */
	const char *help;	      /* the row's help text, for the words of a choice */
	bool repeat;
	const struct grammar_node
		*again; /* what may follow that may follow here too; NULL: no other */
	uint8_t forms;	/* of the rows at and below */
};

/* Rows are borrowed for ever; NULL: the whole table (count is not looked at). err: the row and what is
 * wrong with it. */
struct grammar *grammar_new(const struct cli_row *rows, size_t count, struct error *err);
void grammar_free(struct grammar *g);

/* The shelf that the words lie on, for printing. */
struct words *grammar_words(const struct grammar *g);
/* First node below `node`, or of the mode (node NULL); then the next beside it. */
const struct grammar_node *grammar_first(const struct grammar *g, enum cli_mode mode,
					 const struct grammar_node *node);
const struct grammar_node *grammar_next(const struct grammar *g, const struct grammar_node *node);
/* Help text for `word` of that node, from the row's "word text" lines; "" = none. */
const char *grammar_help(const struct grammar_node *node, const char *word, char *buf, size_t size);

#endif
