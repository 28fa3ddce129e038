/*
 * loop_internal: what loop.c (timers, deferral, statistics; no system) and loop_event.c (libevent,
 * descriptors, the real clock) share. loop.c runs alone on a simulated loop.
 */
#ifndef BASE_LOOP_INTERNAL_H
#define BASE_LOOP_INTERNAL_H

#include "base/list.h"
#include "base/loop.h"

struct loop_edge; /* the real loop's half; NULL when simulated */
struct table;

struct loop {
	struct loop_edge *edge;
	uint64_t now_ms;
	struct loop_timer **heap; /* a binary heap by (due, order) */
	size_t heap_len, heap_cap;
	uint64_t order; /* of the last timer that was set */
	struct list deferred;
	struct table *stats; /* struct stat_entry by name */
	struct loop_stat **stat_order;
	size_t stat_count, stat_cap;
};

struct loop *loop_core_new(uint64_t now_ms);
/* Runs the timers that are due now, but none that was set meanwhile. Returns how many ran. */
unsigned long loop_core_timers(struct loop *loop);
/* Runs deferred calls, at most LOOP_DEFER_MAX. Returns how many ran. */
unsigned long loop_core_deferred(struct loop *loop);
bool loop_core_has_deferred(const struct loop *loop);
/* When the earliest timer is due; UINT64_MAX: never. */
uint64_t loop_core_due(const struct loop *loop);

/* Brackets a handler for the statistics. The name must outlive the loop. */
uint64_t loop_core_begin(const struct loop *loop);
void loop_core_end(struct loop *loop, const char *name, uint64_t begun_us);

void loop_edge_free(struct loop_edge *edge);

#define LOOP_DEFER_MAX 10000

#endif
