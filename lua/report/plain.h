/*
 * report/plain: texts of strangers on their way into a page or a letter. What is no UTF-8, what could
 * steer a terminal or a browser, and what turns the direction of writing or piles marks upon letters is
 * shown as \xHH or \u{HHHH}, never passed on. Pure.
 */
#ifndef LUA_REPORT_PLAIN_H
#define LUA_REPORT_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum plain_use {
	PLAIN_TEXT, /* a letter */
	PLAIN_HTML, /* a page: text, or a value in double quotes */
};

/* Appends. lines: line feeds and tabs stay (a carriage return before a line feed goes); otherwise a line
 * feed is a blank. */
void plain_add_n(struct text *out, enum plain_use use, bool lines, const char *s, size_t len);
/* The same of a string, on one line; NULL is nothing. */
void plain_add(struct text *out, enum plain_use use, const char *s);

#endif
