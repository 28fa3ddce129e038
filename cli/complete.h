/*
 * cli/complete: what may stand at the end of a command that a shell is completing (spindle -c '…<Tab>').
 * Pure: no daemon is asked and no command runs; what the commands before it would have done to the mode
 * is followed by the table. Driven by main, for contrib/completion.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include <stdio.h>

#include "cli/grammar.h"

/* The words, one a line, that complete the last of the commands; parameters are left out, since nobody
 * but the person knows them. The one before it that is wrong leaves the mode as it was. 0, or -ENOMEM. */
int complete_print(const struct grammar *g, const char *const *command, size_t count, FILE *to);

#endif
