/*
 * cli/spec: what a configuration row edits, as a short text beside its syntax, read both ways: from
 * parsed words to an edit of YANG data, and from YANG data to the words of `show running-config`.
 *
 *   PATH [TERM …]
 *   PATH   "." the entry that the mode edits; "./dpd" or "peer[name=<name>]" below it;
 *          "/spindle-crypto:crypto/map[name=<name>][sequence=<sequence>]" from the top.
 *   TERM   leaf=<param>   the parameter's value (absent: the leaf goes)
 *          leaf=word      a constant; true and false are booleans, null is YANG's empty
 *          leaf+<param>   one more value of a leaf-list; a line of its own for each
 *          leaf*<param>   all values of a leaf-list on one line, replaced as a whole
 *          -leaf          goes whenever the row is used; the row is not shown while it is there
 *          --leaf         goes too; the row is shown also while it is there
 *   Before <param>: '$' a string though it looks like a number, '@' a prefix of address and <mask>,
 *   '%' a secret with its <type>. A "!" behind a term: the no form leaves it alone. Without a term
 *   that the no form removes, the no form removes the last node of the path.
 *
 * Pure: JSON in, JSON out. Values are references of the caller's (json_decref).
 */
#ifndef CLI_SPEC_H
#define CLI_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/parse.h"
#include "cli/syntax.h"

/* A place in the data: [["spindle-crypto:crypto"], ["map", {"name": "M", "sequence": 10}], …]. */
json_t *spec_place(const json_t *base, const char *spec,
		   const struct cli_match *m); /* NULL: no memory */
/* "/spindle-crypto:crypto/map[name='M'][sequence='10']" */
bool spec_place_path(const json_t *place, struct text *out);
/* The path of a spec without predicates: where a list or container is read from. */
bool spec_list_path(const json_t *base, const char *spec, struct text *out);
bool spec_is_list(const char *spec);

/* The edit document that puts `content` (borrowed, may be NULL) at the place; with `operation` (NULL:
 * merge) on the node itself. NULL: no memory. */
json_t *spec_document(const json_t *place, json_t *content, const char *operation);
/* The edit of a row's words in one of its forms. */
json_t *spec_edit(const json_t *base, const char *spec, const struct cli_match *m,
		  enum cli_form form);

/* Does the entry (or container) hold what the row says? Then fills the row's syntax; called with
 * *index from 0 until false: a leaf-list makes several lines. */
bool spec_render(const struct syntax *syntax, const char *spec, const json_t *entry, size_t *index,
		 struct text *out);
/* Is what the row switches on there, and off? Then writes what its no form is the no of. */
bool spec_render_off(const struct syntax *syntax, const char *spec, const json_t *entry,
		     struct text *out);
/* A row that only opens a list entry: its keys. */
bool spec_render_entry(const struct syntax *syntax, const char *spec, const json_t *entry,
		       struct text *out);

/* "10.1.0.0/16" from an address and a mask (NULL: a host; an address may hold its length itself). */
bool spec_prefix(const char *address, const char *mask, char *out, size_t size);

#endif
