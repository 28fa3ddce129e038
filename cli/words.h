/*
 * cli/words: the words of the command table as libcli keeps them, and its print and filter chain.
 *
 * The one file that includes libcli.h. libcli holds the tree of registered words with mode,
 * privilege and help, and passes printed lines through a chain of filters; it never sees what a
 * person types: lines are cut and resolved by parse.c, which walks the tree through this header.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words; /* one libcli instance */
struct word;  /* one registered word, owned by words */

struct words *words_new(void); /* NULL: no memory */
void words_free(struct words *w);

/* The word `text` below `parent` (NULL: a root), registered if it is not there yet. A lower
 * privilege than the registered one lowers it; help is taken once. NULL: no memory. */
struct word *words_add(struct words *w, struct word *parent, const char *text, int mode,
		       int privilege, const char *help);
const struct word *words_child(const struct word *parent); /* the first, NULL = none */
const struct word *words_next(const struct word *word);	   /* the next beside it */
const struct word *words_parent(const struct word *word);
const char *words_text(const struct word *word);
const char *words_help(const struct word *word); /* "" = none */
int words_privilege(const struct word *word);
/* A pointer of the caller's for each word; borrowed. 0 or -ENOMEM. */
int words_set_data(struct words *w, struct word *word, void *data);
void *words_data(const struct words *w, const struct word *word);

/* What is done when a word is called: run(ctx) of words_call(), through the word's callback. */
typedef int words_run(void *ctx);
int words_call(struct words *w, const struct word *word, words_run *run, void *ctx);

/* Printing: text is cut into lines; each passes the filters in order, then goes to the sink. */
typedef void words_sink(void *ctx, const char *line);
void words_set_sink(struct words *w, words_sink *sink, void *ctx);
/* A filter says whether the line passes; `line` NULL: the output has ended. */
typedef bool words_filter(void *ctx, const char *line);
/* One filter at a time stands in a session; the chain is libcli's. */
void words_set_filter(struct words *w, words_filter *filter, void *ctx);
void words_end_filter(struct words *w); /* tells the end, takes the filter out */
void words_print(struct words *w, const char *text);

#endif
