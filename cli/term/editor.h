/*
 * term/editor: one line at a time, with the router's keys. libedit edits: its key map, kill buffer,
 * words and history; it is given a terminal of its own that nobody sees, so the real one stays as
 * tty made it, and term/display shows the line. Keys come from, and output goes to, editor_ops.
 */
#ifndef CLI_TERM_EDITOR_H
#define CLI_TERM_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct editor;

#define EDITOR_LINE_MAX 254 /* characters; a longer line is refused, not cut */
/* editor_ops.key(), beside 0–255. */
#define EDITOR_GONE  (-1) /* nobody types any more */
#define EDITOR_EMPTY (-2) /* with wait false: nothing was typed yet */

struct editor_ops {
	int (*key)(void *ctx, bool wait);
	void (*write)(void *ctx, const char *text, size_t len);
	/* `?` was typed: the line before the cursor. It stands on the screen, and the cursor in a new
	 * row; afterwards the line is shown again. */
	void (*help)(void *ctx, const char *before);
	/* Tab was typed: what is to be inserted at the cursor into `rest`; false: ring the bell. */
	bool (*complete)(void *ctx, const char *before, struct text *rest);
};

enum editor_end {
	EDITOR_LINE,	  /* Enter */
	EDITOR_TOO_LONG,  /* Enter, behind more than EDITOR_LINE_MAX characters */
	EDITOR_INTERRUPT, /* Ctrl-C */
	EDITOR_END,	  /* Ctrl-Z */
	EDITOR_CLOSED,
};

/* Lines of configuration are remembered apart from those of EXEC. */
enum editor_history { EDITOR_EXEC, EDITOR_CONFIG, EDITOR_HISTORIES };

/* ops and ctx are borrowed. NULL: err says why. */
struct editor *editor_new(const struct editor_ops *ops, void *ctx, struct error *err);
void editor_free(struct editor *e); /* NULL is fine */
/* Shows the prompt (borrowed meanwhile) and reads a line into `line` (UTF-8, without its end). The
 * cursor is left in a new row. */
enum editor_end editor_read(struct editor *e, const char *prompt, enum editor_history history,
			    struct text *line);
/* While editor_read() waits for a key: the row is taken away, and shown again. */
void editor_hide(struct editor *e);
void editor_show(struct editor *e);
/* Goes to a new row; the line is shown again at the next key. */
void editor_abandon(struct editor *e);
void editor_resize(struct editor *e, unsigned int width); /* 0: no limit */

/* As if it had been typed; a line that is no UTF-8 is left out. */
void editor_remember(struct editor *e, enum editor_history history, const char *line);
void editor_history_size(struct editor *e, unsigned int lines); /* the oldest go */
/* Oldest first. */
void editor_each_history(struct editor *e, enum editor_history history,
			 void (*each)(void *arg, const char *line), void *arg);

#endif
