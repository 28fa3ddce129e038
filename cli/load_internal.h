/* Between the files of cli/load. */
#ifndef CLI_LOAD_INTERNAL_H
#define CLI_LOAD_INTERNAL_H

#include "cli/load.h"

/* Printed around a configuration, no part of it. */
bool load_is_frame(const char *line);

/* What people type around configuration lines. */
enum load_typed {
	LOAD_TYPED_LINE,    /* none of these: a line of configuration */
	LOAD_TYPED_NOTHING, /* conf t, enable: we are there */
	LOAD_TYPED_SAVE,
	LOAD_TYPED_END,
	LOAD_TYPED_EXIT,
	LOAD_TYPED_DO, /* an EXEC command */
};
enum load_typed load_typed(const char *line);

/* Bytes into lines. */
struct load_lines {
	const struct load_source *source;
	char buf[4096];
	size_t at, have;
	unsigned long number; /* of the line in `text` */
	size_t indent;	      /* blanks before its first word */
	char text[LOAD_LINE_MAX];
};

/* The next line: 1; 0 at the end; -errno. -EILSEQ: the text is UTF-16. */
int load_next_line(struct load_lines *l);

#endif
