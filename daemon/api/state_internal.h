/* state_internal: what the files of the state tables share: the rooms, and small JSON makers. */
#ifndef API_STATE_INTERNAL_H
#define API_STATE_INTERNAL_H

#include <jansson.h>

#include "api/state.h"
#include "base/addr.h"
#include "base/transform.h"

/*
 * RFC 7951: 64-bit numbers are strings. Each puts one member; an object that ran out of memory lacks it,
 * which the caller's last state_keep() turns into -ENOMEM.
 */
void put_text(json_t *o, const char *name, const char *text); /* "" and NULL: the leaf is absent */
void put_u32(json_t *o, const char *name, uint32_t v);
void put_u64(json_t *o, const char *name, uint64_t v);
void put_bool(json_t *o, const char *name, bool v);
void put_addr(json_t *o, const char *name, const struct addr *a); /* unset: absent */
void put_time(json_t *o, const char *name, uint64_t wall_ms);	  /* 0: absent */
void put_transform(json_t *o, const char *name, const struct transform *t);
void put_selector(json_t *o, const struct selector *s);
void put_endpoints(json_t *o, const struct endpoint *local, const struct endpoint *remote);
/* Appends (takes) an entry: 0 or -ENOMEM. */
int state_keep(json_t *out, json_t *entry);

/* Pages a walk by index: fill makes entry number index, NULL at the end. */
typedef json_t *state_entry(const struct api_rooms *rooms, size_t index);
int state_page(const struct api_rooms *rooms, state_entry *fill, uint64_t *cursor, size_t max,
	       json_t *out);
/* A container: one entry, one page. */
int state_one(json_t *entry, uint64_t *cursor, json_t *out);

/* Prefixes keep the family of the address. */
void put_prefix(json_t *o, const char *name, const struct prefix *p, int family);

/* state_box_routes.c: readings of the routing table that go on from page to page. */
struct route_walks *route_walks_new(const struct api_rooms *rooms); /* NULL: no memory */
void route_walks_free(struct route_walks *w);

/* What a file (state_*.c) brings; state.c names them all. */
struct state_part {
	const struct api_state *states;
	size_t state_count;
	const struct api_action *actions;
	size_t action_count;
};

#define STATE_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The IKE process writes its debug records only while somebody wants them: it is told. */
void state_trace_set(const struct api_rooms *rooms);

#endif
