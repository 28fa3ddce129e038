/*
 * table: an intrusive hash table keyed by whatever the caller hashes; grows by itself, seeded so
 * that an outsider cannot aim at one bucket. Nodes are owned by the caller.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct table_node {
	struct table_node *next;
	uint32_t hash;
};

#define table_entry(node, type, member) list_entry(node, type, member)

struct table; /* opaque */

struct table *table_new(void);	  /* NULL: no memory */
void table_free(struct table *t); /* not the nodes; NULL is fine */
uint32_t table_seed(const struct table *t);
size_t table_count(const struct table *t);
/* Takes no copy; the node must stay where it is. -ENOMEM only while the table is empty. */
int table_insert(struct table *t, struct table_node *node, uint32_t hash);
void table_remove(struct table *t, struct table_node *node);
/* The first node of that hash for which match(node, key) is true. */
struct table_node *table_find(const struct table *t, uint32_t hash,
			      bool (*match)(const struct table_node *node, const void *key),
			      const void *key);
/* The nodes of one hash, for keys that several share: the first (it NULL), the next; any order. The
 * caller compares keys: others may have the same hash. */
struct table_node *table_same(const struct table *t, uint32_t hash, const struct table_node *it);
/* Walk in any order; removing the node just returned is allowed. Start with cursor = {0}. */
struct table_cursor {
	size_t bucket;
	struct table_node *next;
	bool started;
};
struct table_node *table_next(const struct table *t, struct table_cursor *c);

/* A seeded hash of bytes. */
uint32_t hash_bytes(const void *data, size_t len, uint32_t seed);
uint32_t hash_u32(uint32_t v, uint32_t seed);

#endif
