/*
 * api/state: what `show` reads and what actions do: the tables of state lists and actions, made from
 * the rooms. Each value is asked of the room that owns it at the moment of the request.
 */
#ifndef API_STATE_H
#define API_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/api.h"

struct box;
struct config;
struct conn_table;
struct crypto_map;
struct engine;
struct icmp;
struct link;
struct log;
struct loop;
struct recorder;
struct recovery;
struct route_ops;
struct route_walks;
struct sa;
struct spi;
struct xfrm;

/* One process of the daemon, as main knows it. */
struct api_process {
	const char *role, *user, *last_death; /* "" = none */
	int pid;
	uint32_t restarts;
};

/* All borrowed, for as long as the tables are used. */
struct api_rooms {
	struct loop *loop;
	struct log *log;
	struct config *config;
	struct conn_table *conns;
	struct crypto_map *crypto_map;
	struct engine *engine;
	struct link *link;
	struct recorder *recorder; /* NULL: none */
	struct recovery *recovery;
	struct sa *sa;
	struct spi *spi;
	struct xfrm *xfrm;
	struct box *box;
	const struct route_ops *routes;
	void *routes_ctx;
	struct route_walks *walks; /* the tables' own; not to be set */
	struct icmp *icmp;	   /* NULL: no probes can be sent */
	const char *version, *boot_id;
	struct api *const *api;	  /* what serves the tables, as soon as it is there: its sums */
	uint64_t started_wall_ms; /* for people … */
	uint64_t started_boot_ms; /* … and how long ago */
	bool (*process_get)(void *ctx, size_t index, struct api_process *out);
	void *process_ctx;
};

struct api_tables;

struct api_tables *api_tables_new(const struct api_rooms *rooms); /* NULL: no memory */
void api_tables_free(struct api_tables *t);
const struct api_state *api_tables_states(const struct api_tables *t, size_t *count);
const struct api_action *api_tables_actions(const struct api_tables *t, size_t *count);
/* An engine is up: it hears of the debug flags that are set, of which a new process knows nothing. */
void api_tables_trace(const struct api_tables *t);

#endif
