/*
 * spindle --load and --import: a file, or standard input, into the session that came about.
 */
#ifndef CLI_MAIN_INTAKE_H
#define CLI_MAIN_INTAKE_H

#include "cli/import.h"

struct intake {
	const char *load, *import; /* file, or "-"; one of them, or none */
	bool partial;
	struct import_name names[IMPORT_NAMES_MAX];
	size_t name_count;
};

/* One option of the command line: 0, or -errno with the reason on standard error. */
int intake_load(struct intake *in, const char *file);
int intake_import(struct intake *in, const char *file);
int intake_interface(struct intake *in, const char *name);
/* What stands behind the options: 1: it is ours, 0: it is not. */
int intake_word(struct intake *in, const char *word);
/* Do they go together? Then 0. */
int intake_check(const struct intake *in, bool has_commands);
bool intake_wanted(const struct intake *in);
/* The exit status: 0, 1 lines were left out or refused, 2 nothing came about. */
int intake_run(const struct intake *in, struct cli_session *s);

#endif
