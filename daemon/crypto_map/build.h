/*
 * crypto_map/build: from marked slots to a change: for each entry and interface an instance (a
 * connection, or what it lacks), what the connections were before, and the plan of policies. A change
 * is carried out or undone whole.
 */
#ifndef CRYPTO_MAP_BUILD_H
#define CRYPTO_MAP_BUILD_H

#include "base/list.h"
#include "crypto_map/compile.h"
#include "crypto_map/reconcile.h"

struct conn_table;

/* What one entry means on one interface. Lives as long as the interface carries the map. */
struct instance {
	struct list link;
	char interface[16];
	uint32_t conn_id;	 /* given once, never changes */
	const struct conn *conn; /* a reference, published; NULL: incomplete */
	char incomplete[COMPILE_WORDS_MAX];
	bool blocked; /* its traffic is another's: looked at again when a policy goes */
};

/* What a slot of an entry holds in `compiled`. */
struct compiled {
	struct list instances;
};

/* A new connection against the one before, either may be NULL; owned by the change. */
struct conn_change {
	const struct conn *old, *new;
	uint32_t id;
};

struct change {
	struct slot *entry; /* whose instance */
	char interface[16];
	struct conn_change conn;
	char incomplete[COMPILE_WORDS_MAX];
	bool blocked;
	struct instance *fresh; /* for an instance that is new: nothing can fail when it settles */
	bool gone;		/* the instance itself goes: entry or attachment was removed */
};

struct changes {
	struct change *list;
	size_t count, cap;
	struct plan plan;
	struct claims *claims; /* while it is built: what its connections have taken */
};

struct build {
	struct graph *graph;
	struct conn_table *conns;
	const struct link *link;
	const struct xfrm *xfrm;
	uint32_t *next_conn_id;
};

/* Compiles all marked entries. 0 or -ENOMEM (nothing has happened then; what is not done stays marked). */
int build_changes(const struct build *b, struct changes *out);
/* Publishes new connections (before policies: an ACQUIRE finds its connection). -errno: none is. */
int changes_publish(const struct changes *ch, struct conn_table *conns);
void changes_unpublish(const struct changes *ch, struct conn_table *conns);
/* After the policies: removed connections go, instances take what is new. By how many the blocked
 * instances have grown. */
int changes_settle(const struct changes *ch, struct conn_table *conns);
bool changes_free_traffic(const struct changes *ch); /* a policy went, for others to come */
/* Their entries are to be compiled again. */
void changes_mark(const struct changes *ch, struct graph *graph);
void changes_clear(struct changes *ch);

struct instance *instance_find(const struct slot *entry, const char *interface);
void compiled_free(struct slot *entry);

#endif
