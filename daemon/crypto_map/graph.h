/*
 * crypto_map/graph: who depends on whom. A slot stands for a name of a kind, whether or not such an
 * object exists now, so that an entry that names what is missing comes up by itself once it appears.
 * Touching a slot marks everything that depends on it, directly or not; only what is marked is
 * compiled again: the cost of a change follows the change.
 */
#ifndef CRYPTO_MAP_GRAPH_H
#define CRYPTO_MAP_GRAPH_H

#include "base/list.h"
#include "base/table.h"
#include "crypto_map/model.h"

struct graph;

struct slot {
	struct table_node node;
	struct list all;
	enum model_kind kind;
	model_name key;
	struct model_object *object; /* NULL: named, not there */
	struct list users;	     /* edges to those that depend on this */
	struct list uses;	     /* edges to what this depends on */
	struct list dirty;	     /* in the graph's list of marked slots, or alone */
	struct list late;	     /* to be marked when the next change begins, or alone */
	void *compiled;		     /* MODEL_ENTRY: what compile made of it */
};

struct edge {
	struct list user_link, use_link;
	struct slot *from, *to; /* from depends on to */
};

struct graph *graph_new(void);
void graph_free(struct graph *g); /* objects too; compiled ones are their owner's */
/* The slot of that name, made if need be; NULL: no memory. */
struct slot *graph_slot(struct graph *g, enum model_kind kind, const char *key);
struct slot *graph_find(const struct graph *g, enum model_kind kind, const char *key);
/* Puts an object (NULL: takes it away) and draws its edges anew; returns the one before, owned by
 * the caller. Marks the slot and its dependents. *ok false: no memory, nothing changed. */
struct model_object *graph_put(struct graph *g, struct slot *s, struct model_object *o, bool *ok);
void graph_touch(struct graph *g, struct slot *s);
/* What changes around us may come in the middle of a change that is made over many turns: it is marked
 * when the next one begins, by graph_wake(). */
void graph_touch_late(struct graph *g, struct slot *s);
void graph_wake(struct graph *g);
/* Takes a marked slot off the list; NULL when none is left. */
struct slot *graph_next_dirty(struct graph *g);
bool graph_is_dirty(const struct graph *g);
/* The slots of one kind, in the order in which they were first named. */
struct slot *graph_next(const struct graph *g, enum model_kind kind, const struct slot *it);
/* Forgets a slot that nobody uses and that holds nothing. */
void graph_prune(struct graph *g, struct slot *s);

#endif
