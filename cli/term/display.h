/*
 * term/display: the prompt and the line being typed, in one row of the terminal. A line that is wider
 * is moved sideways, with `$` at the edge behind which there is more. What goes out is characters,
 * backspaces, blanks and carriage returns only: every terminal and every program that plays one
 * understands that. Pure: what is to be sent is appended to a text.
 */
#ifndef CLI_TERM_DISPLAY_H
#define CLI_TERM_DISPLAY_H

#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "base/text.h"

#define DISPLAY_MAX 1024 /* columns; a terminal that says it is wider is taken for so wide */

struct display {
	uint32_t shown[DISPLAY_MAX]; /* a character a column; 0: right half of a wide one */
	size_t len, col;	     /* columns that are shown; where the cursor stands */
	size_t offset;		     /* columns of the line that are left of the row */
	size_t width;
};

void display_init(struct display *d, unsigned int width); /* nothing shown; width 0: the greatest */
void display_resize(struct display *d, unsigned int width);
/* Makes the row show prompt and line with the cursor before line[cursor]. */
void display_update(struct display *d, const char *prompt, const wchar_t *line, size_t len,
		    size_t cursor, struct text *out);
/* Takes the row away: the cursor stands in an empty row. */
void display_hide(struct display *d, struct text *out);
/* Leaves it as it is, and goes to the next row. */
void display_leave(struct display *d, struct text *out);

#endif
