/*
 * cli/load: a router's text into the configuration: the lines of a file run in configuration mode of a
 * session that is there already.
 *
 * Reads what lies in files: CR LF, a byte order mark, trailing blanks, the lines that `show
 * running-config` prints around a configuration, what people typed around one (`conf t`, `end`,
 * `wr`), banners. Where the lines of a block are indented, a line that is not ends the block; the
 * lines below one that was refused are not looked at. Memory does not grow with the text.
 *
 * Where the edits go is the caller's: to running one by one, or to a candidate that it commits after.
 */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct cli_session;

#define LOAD_LINE_MAX 4096 /* what is longer is cut, and refused as too long */

/* Bytes of the text: how many, 0 at its end, -errno. */
struct load_source {
	void *ctx;
	long (*read)(void *ctx, char *buf, size_t size);
};
struct load_source load_from_fd(const int *fd); /* borrowed, not closed */
/* Of a text in memory; *at moves on through it. */
struct load_source load_from_text(const char **at);

/* One line that was not taken. Borrowed. */
struct load_refusal {
	unsigned long line;  /* from 1 */
	size_t column;	     /* from 1; 0 = the whole line */
	unsigned long below; /* lines of its block, which were not looked at */
	const char *text;    /* the line; secrets are "*****" */
	const char *reason;  /* "Invalid input", or the daemon's sentence */
	bool is_unknown;     /* no command takes the line */
};

/* What a refused line is to an importer. */
enum load_verdict {
	LOAD_REFUSED,
	LOAD_KNOWN,	  /* without effect here, with the lines below it */
	LOAD_KNOWN_ALONE, /* without effect here */
	LOAD_BELOW,	  /* belongs to the block of the last refused or known one */
};

/* A line that no command takes. */
struct load_question {
	const char *line;
	bool indented; /* the text's blocks are indented, as far as it was read */
	bool *top;     /* answer: the line belongs to no mode */
};

struct load_hooks {
	/* NULL: refusals are only counted. */
	void (*refused)(void *arg, const struct load_refusal *r);
	/* Before a line runs: may write another into `line`; a reason: the line is refused, and belongs to no
	 * mode. NULL: as it is. */
	const char *(*before)(void *arg, char *line, size_t size);
	/* NULL: refused. */
	enum load_verdict (*judge)(void *arg, const struct load_question *q);
	/* A line was taken. May be NULL. */
	void (*taken)(void *arg);
	void *arg;
	bool stop; /* at the first refusal */
};

struct load_report {
	unsigned long lines;	/* read */
	unsigned long commands; /* taken */
	unsigned long known;	/* without effect, as the judge said */
	unsigned long refused;	/* with those below them */
	bool save;		/* the text says `write memory` */
};

/* 0; -EINVAL when lines were refused; or why it ended early (reading, the daemon, no privilege), with
 * the sentence in err. The session's mode is afterwards what it was. */
int load_text(struct cli_session *s, const struct load_source *source,
	      const struct load_hooks *hooks, struct load_report *report, struct error *err);

/* The line with everything behind `secret`, `key`, `password` … as "*****": for lines that nobody
 * understood, whose secrets therefore nobody knows. */
void load_mask(const char *line, struct text *out);
/* Do the words match? `*` is any word, `**` the rest (one word or more), `**?` the rest or nothing,
 * "conf/igure" what begins so and has the part before the '/' at least; case does not matter. */
bool load_matches(const char *line, const char *pattern);

#endif
