/*
 * term/pager: a page at a time. Decides for each line of an output whether it is seen, and when the
 * person is to be asked; takes their key. Pure: it prints nothing and knows no terminal.
 */
#ifndef CLI_TERM_PAGER_H
#define CLI_TERM_PAGER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define PAGER_PROMPT " --More-- "

struct regex;

enum pager_filter { PAGER_ALL, PAGER_SEARCH, PAGER_INCLUDE, PAGER_EXCLUDE };

struct pager {
	unsigned int length, width; /* rows and columns; 0: no limit */
	unsigned int room;	    /* rows that may be printed before the person is asked */
	enum pager_filter filter;
	struct regex *regex;
};

enum pager_step { PAGER_PRINT, PAGER_SKIP, PAGER_ASK };
enum pager_key { PAGER_GO_ON, PAGER_STOP, PAGER_PATTERN };

/* A new output. A filter of the last one is forgotten. */
void pager_begin(struct pager *p, unsigned int length, unsigned int width);
/* The next line, of that many columns. PAGER_PRINT: its rows are counted. PAGER_ASK: it is to be
 * offered again after a key was taken. */
enum pager_step pager_offer(struct pager *p, const char *line, size_t columns);
/* Blank: a page more. Enter: a row more. '/', '+', '-': an expression is to be read, for
 * pager_pattern(). Anything else: stop. */
enum pager_key pager_key(struct pager *p, int key);
/* '/': on to the first line that matches. '+': only lines that match from here on. '-': only others.
 * -errno with a sentence: everything is as before. */
int pager_pattern(struct pager *p, int key, const char *pattern, struct error *err);
void pager_end(struct pager *p);

#endif
