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
	struct change **list;
	size_t count, cap;
	struct plan plan;
	struct claims *claims; /* what its connections have taken, while it is built */
};

struct build {
	struct graph *graph;
	struct conn_table *conns;
	const struct link *link;
	const struct xfrm *xfrm;
	uint32_t *next_conn_id;
};

/*
 * Each of these does at most `max` of what is to be done and is called again while it says -EAGAIN, so
 * that no turn of the loop grows with the change; *at is where it stands.
 */
/* Compiles marked entries. 0 or -ENOMEM (what is not done stays marked). *out zeroed before the first call. */
int build_changes(const struct build *b, struct changes *out, size_t max);
/* Publishes new connections (before policies: an ACQUIRE finds its connection). From 0 up; -errno: those
 * below *at are published. */
int changes_publish(const struct changes *ch, struct conn_table *conns, size_t *at, size_t max);
/* Takes back what was published below *at, down to 0. */
int changes_unpublish(const struct changes *ch, struct conn_table *conns, size_t *at, size_t max);
/* After the policies: removed connections go, instances take what is new. *blocked grows by how many
 * more instances are blocked. */
int changes_settle(const struct changes *ch, struct conn_table *conns, size_t *at, size_t max,
		   int *blocked);
int changes_free(struct changes *ch, size_t max); /* empties it, from its end */

bool changes_free_traffic(const struct changes *ch); /* a policy went, for others to come */
/* Their entries are to be compiled again. */
void changes_mark(const struct changes *ch, struct graph *graph);
void compiled_free(struct slot *entry);

#endif
