/*
 * yang_dice: random data made from the schema and nothing else: types, ranges, patterns, enumerations,
 * keys. What a `must` forbids it does not know; the configuration refuses that. A seed gives the same data
 * each time.
 */
#ifndef TESTS_CLI_YANG_DICE_H
#define TESTS_CLI_YANG_DICE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <libyang/libyang.h>

struct dice {
	uint64_t seed;
	/* 0: names are any; else of so many, so that entries meet and references lead somewhere. */
	unsigned int names;
	bool operations; /* entries, containers and leaves carry operations */
};

unsigned int dice_roll(struct dice *d, unsigned int sides); /* 0 … sides - 1 */
/* Something that the pattern of a YANG string takes, of `most` characters at most. alloc_free. */
char *dice_pattern(struct dice *d, const char *pattern, size_t most);
/* A value of the leaf's or leaf-list's type, in RFC 7951. */
json_t *dice_value(struct dice *d, const struct lysc_node *leaf);

/* An edit of one piece each: a container's leaves, or one list entry with what is below it, with its
 * parents around it. `each` takes the document. All modules of the context. */
typedef void dice_piece(void *arg, json_t *edit);
void dice_configuration(struct dice *d, const struct ly_ctx *ctx, dice_piece *each, void *arg);
/* The edit that takes all configuration away. */
json_t *dice_nothing(const struct ly_ctx *ctx);
/* Takes leaves away that say what their absence says. */
void dice_trim(const struct ly_ctx *ctx, json_t *doc);

#endif
