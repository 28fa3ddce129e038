/*
 * cli/filter: what stands behind the `|` of a show: which lines of an output are seen, or where they
 * go instead. One filter a command. Expressions are RE2's POSIX extended syntax: linear time,
 * bounded memory (base/regex). A filter knows lines only; the session prints them.
 */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

struct cli_match;
struct cli_filter;

/* From the words behind the `|`; match->row NULL: no filter. 0 with *out (NULL: everything passes;
 * the caller's), or -errno with a sentence: the expression, or the file that cannot be written.
 *
 * redirect, append and tee write as the person who runs the program: a regular file, new (mode 0600)
 * or theirs; a symbolic link at the end of the name is refused, and so is what is no file. path: where it
 * is, NULL: where its name says. */
int cli_filter_new(const struct cli_match *match, const char *path, struct cli_filter **out,
		   struct error *err);
/* Whether the line is to be seen. The end of the output is told by cli_filter_end(). */
bool cli_filter_line(struct cli_filter *f, const char *line);
/* The line that a filter adds at the end (count) into `last`; -errno with a sentence when the file
 * did not take everything. */
int cli_filter_end(struct cli_filter *f, struct text *last, struct error *err);
bool cli_filter_is_json(const struct cli_filter *f); /* NULL: false */
void cli_filter_free(struct cli_filter *f);

#endif
