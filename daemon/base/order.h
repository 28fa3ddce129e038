/*
 * order: things in the order in which they came, each with a number that only grows, so that a walk can
 * stop at a number and go on from it in a later turn, whatever came and went meanwhile. Nodes are the
 * caller's. Finding a number is quick; going on from one that has gone walks the list once.
 */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/table.h"

struct order_node {
	struct list link;
	struct table_node node;
	uint32_t number; /* 1, 2, …; given by order_add() */
};

#define order_entry(n, type, member) list_entry(n, type, member)

struct order; /* opaque */

struct order *order_new(void);
void order_free(struct order *o);		      /* not the nodes; NULL is fine */
int order_add(struct order *o, struct order_node *n); /* at the end; 0 or -ENOMEM */
void order_remove(struct order *o, struct order_node *n);
size_t order_count(const struct order *o);
/* The neighbours; of NULL: the first, the last. NULL at the end. */
struct order_node *order_next(const struct order *o, const struct order_node *n);
struct order_node *order_previous(const struct order *o, const struct order_node *n);
/* The first with a greater number, the last with a smaller one (0: the last of all). */
struct order_node *order_after(const struct order *o, uint32_t number);
struct order_node *order_before(const struct order *o, uint32_t number);

#endif
