/*
 * generated: the command line and the configuration on data that is made of the schema. Two routers' rooms
 * stand side by side (config and crypto_map are real, the kernel is not): what one is told, the other gets
 * as text, or as a whole.
 */
#ifndef TESTS_CLI_GENERATED_H
#define TESTS_CLI_GENERATED_H

#include <stdbool.h>
#include <stdint.h>

struct generated_counts {
	unsigned long pieces, accepted; /* of random data, and those that the configuration took */
	unsigned long lines;		/* of text that were loaded */
	unsigned long edits, edits_accepted;
};

struct generated; /* the two of them */

struct generated *generated_new(void); /* NULL: no memory */
void generated_free(struct generated *g);
/* Data → text → the same data, and text → data → the same text. False: *why is the difference
 * (alloc_free). */
bool generated_round_trip(struct generated *g, uint64_t seed, char **why);
/* `count` random edits of a random configuration: the verdict of the edit's fragment, and what comes of it,
 * is that of the whole tree, validated by libyang and taken by rooms that know nothing. False: as above. */
bool generated_verdicts(struct generated *g, uint64_t seed, unsigned int count, char **why);
const struct generated_counts *generated_counts(const struct generated *g);

#endif
