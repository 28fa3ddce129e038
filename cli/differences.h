/*
 * cli/differences: what two configurations, as router text, differ in: block by block, whatever the order
 * of commands outside of blocks. Pure; the cost is that of sorting the lines.
 */
#ifndef CLI_DIFFERENCES_H
#define CLI_DIFFERENCES_H

#include "base/text.h"

enum differences_form {
	DIFFERENCES_CONTEXT, /* '-' only in old, '+' only in new, below the lines that they stand under */
	DIFFERENCES_COMMANDS, /* what leads from old to new, with `no` */
	DIFFERENCES_ADDED,    /* what leads from old to new, without what old has beyond it */
};

/* Appends lines; nothing where there is no difference. 0 or -ENOMEM. */
int differences(const char *old, const char *new, enum differences_form form, struct text *out);

#endif
