/*
 * cli/running: the configuration as router text, made from the data by the rows that read it.
 */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/data.h"

/* Where entries come from: each entry of a list path, or the parts of a container's. 0 or -errno;
 * nothing there is no error. */
struct running_source {
	void *ctx;
	int (*each)(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err);
	bool all; /* defaults are among it: what is off is written, too */
};

/* Appends every command, in the table's order, blocks closed by "!". */
int running_text(const struct running_source *source, struct text *out, struct error *err);

struct cli_session;
/* Appends what stands above a configuration: when and by whom it was changed last, if that is wanted, and
 * the daemon's version. Nothing where the daemon does not say it. */
void running_header(struct cli_session *s, bool changes, struct text *out);

/* The lines of access lists, for shows: parsed once. NULL, no memory, is fine for the others. */
struct rule_lines;
struct rule_lines *rule_lines_new(bool standard);
void rule_lines_free(struct rule_lines *r);
/* Appends "permit ip host 10.1.1.1 any" of a rule, without its number; false: it cannot be written. */
bool rule_line(const struct rule_lines *r, const json_t *rule, struct text *out);

#endif
