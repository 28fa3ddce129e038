/*
 * leaf: the values below one object of the configuration, as libyang holds it: what the rooms that are
 * told of a change read it with. Borrowed from the tree, nothing is allocated. Who uses it links libyang.
 */
#ifndef BASE_LEAF_H
#define BASE_LEAF_H

#include <stdbool.h>
#include <stdint.h>

struct lyd_node;

/* The first child of that name, whatever its module. NULL: there is none; of NULL there is none. */
const struct lyd_node *leaf_find(const struct lyd_node *object, const char *name);
/* Its value as YANG writes it (RFC 7950 9), good as long as the tree; NULL: it is absent. */
const char *leaf_text(const struct lyd_node *object, const char *name);
/* True where it says so; false where it is absent. */
bool leaf_flag(const struct lyd_node *object, const char *name);
/* The fallback where it is absent, or is no number of that width. */
uint32_t leaf_u32(const struct lyd_node *object, const char *name, uint32_t fallback);
uint64_t leaf_u64(const struct lyd_node *object, const char *name, uint64_t fallback);

#endif
