/*
 * cli/import: a router's running configuration: what is known here is loaded, every other line is named,
 * grouped by the feature that it belongs to. Nothing changes unless all of it was taken, or the caller
 * wants a part.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/load.h"

#define IMPORT_NAMES_MAX 256

/* "GigabitEthernet0/0" is "eth0" here. Borrowed. */
struct import_name {
	char router[64];
	const char *kernel;
};
/* Of "GigabitEthernet0/0=eth0"; -EINVAL: it is no such thing. */
int import_name_parse(const char *text, struct import_name *name);

struct import_options {
	const char *file; /* for the report */
	const struct import_name *names;
	size_t name_count;
	bool partial; /* also when something is left out */
};

enum load_outcome {
	LOAD_DONE = 0,
	LOAD_LEFT_OUT = 1, /* lines were left out, or refused: as the report says */
	LOAD_FAILED = 2,   /* the text could not be read, or the daemon is gone */
};

/* Prints the report to the session's output, in one commit through a candidate. */
enum load_outcome import_text(struct cli_session *s, const struct load_source *source,
			      const struct import_options *options);

/* The text whole or nothing, in one commit through a candidate; each line that is not taken is printed
 * to the session's error side as FILE:LINE:COLUMN. */
enum load_outcome load_whole(struct cli_session *s, const struct load_source *source,
			     const char *file);

#endif
