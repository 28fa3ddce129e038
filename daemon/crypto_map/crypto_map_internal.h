/* crypto_map: the room's state, for crypto_map.c (who drives it) and course.c (a change's course). */
#ifndef CRYPTO_MAP_INTERNAL_H
#define CRYPTO_MAP_INTERNAL_H

#include "base/loop.h"
#include "base/pace.h"
#include "crypto_map/build.h"
#include "crypto_map/crypto_map.h"
#include "crypto_map/execute.h"

/* A prepared change of one object: what will be put, and after the put what was there. */
struct shadow {
	struct list link;
	enum model_kind kind;
	model_name key;
	struct model_object *object; /* NULL: removed */
	bool swapped;
};

/* Where a change stands (course.c). */
enum course_phase {
	COURSE_IDLE,
	COURSE_SWAP,	  /* prepared objects are put in their places */
	COURSE_BUILD,	  /* marked entries are compiled */
	COURSE_PUBLISH,	  /* new connections can be found */
	COURSE_MISSING,	  /* all: policies that are wanted */
	COURSE_LEFTOVERS, /* all: policies that nobody wants */
	COURSE_EXECUTE,	  /* the kernel is asked */
	COURSE_SETTLE,	  /* it agreed: instances take what is new */
	COURSE_PRUNE,	  /* names that nobody uses any more go */
	COURSE_UNPUBLISH, /* it did not, or there was no memory: everything goes back */
	COURSE_SWAP_BACK,
	COURSE_CLEAR, /* both: what the change was made of is freed */
	COURSE_END,
};

struct crypto_map {
	struct loop *loop;
	struct conn_table *conns;
	struct link *link;
	struct xfrm *xfrm;
	const struct seal *seal;
	struct log *log;
	struct graph *graph;
	struct list prepared; /* shadows that no commit has ordered, or whose commit waits */
	bool ordered;	      /* … the latter */
	struct list shadows;  /* of the change under way */
	struct list trash;    /* shadows of earlier ones, to be freed */
	struct loop_timer sweep;
	uint32_t next_conn_id;
	/* the change under way */
	bool busy, all;
	enum course_phase phase;
	struct list *shadow_at;	    /* the next one of `shadows` */
	size_t change_at;	    /* the next one of `changes` */
	const struct conn *conn_at; /* the last one that was looked at */
	struct loop_timer turn;
	struct changes changes;
	struct execution *execution;
	int err; /* why it goes back */
	struct error why;
	crypto_map_done *done;
	void *done_arg;
	/* what waits for its end */
	bool commit_waits, reconcile_waits;
	crypto_map_done *waiting_done;
	void *waiting_arg;
	struct loop_timer repair;
	struct pace repair_pace;
	int blocked; /* instances whose traffic is another's */
	xfrm_done *removal_done;
	void *removal_arg;
};

/* course.c: from shadows in `shadows` and marked entries to course_ended(), now or over many turns. */
void course_begin(struct crypto_map *cm, bool all);
void course_init(struct crypto_map *cm);
void course_free(struct crypto_map *cm);
/* crypto_map.c */
void course_ended(struct crypto_map *cm, int err, const struct error *why);
void crypto_map_unblock(struct crypto_map *cm);

#endif
