/*
 * spi/flow: the table of flows with an unknown SPI: (source, destination, protocol, SPI).
 *
 * Bounded: at most `max` flows, whatever comes. When it is full, the flow that goes is the one not
 * seen for longest of the source that has the most flows, so that a flood of random SPIs from one
 * source eats its own share, and a flood from random sources cannot push out a flow that goes on.
 * Owns the flows; borrowed pointers are good until the next flow_table_touch(), _second(), _resize() or
 * _clear().
 */
#ifndef SPI_FLOW_H
#define SPI_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/table.h"
#include "spi/source.h"
#include "spi/spi.h"

#define FLOW_RATE_SECONDS  4
#define FLOW_FIRST_PACKETS 8 /* a source reports so many of a flow one by one */

struct flow_source;

/* A flow, and what this room needs beside what others may see. */
struct flow {
	struct spi_flow pub;
	struct table_node node, by_id;
	struct list all;    /* oldest first */
	struct list shared; /* its source's, not seen for longest first */
	struct flow_source *source;
	uint64_t source_count;		    /* the source's own count at its last record */
	uint64_t run_ms;		    /* since when it goes on without a gap */
	uint32_t second[FLOW_RATE_SECONDS]; /* packets of the last seconds; [0] is this one */
	/* lines (line.c) */
	uint64_t line_ms; /* not before */
	struct list line; /* a line is due, waiting for a token */
	uint64_t line_since_ms;
	unsigned int line_rank;
	/* grace and facts (spi.c) */
	struct list look;
	uint64_t look_ms;
	struct list tell;
	uint64_t told_ms; /* last; 0 = never */
};

struct flow_table;

/* gone(ctx, f) is called before a flow is freed, for whatever reason; it must not call back. */
struct flow_table *flow_table_new(size_t max, void (*gone)(void *ctx, struct flow *f), void *ctx);
void flow_table_free(struct flow_table *t); /* NULL is fine */

/* The flow of that packet, counted in; made if it is new. NULL: no memory. */
struct flow *flow_table_touch(struct flow_table *t, const struct spi_refusal *r, uint64_t now_ms,
			      uint64_t wall_ms);
/* Once a second: rates move on, flows idle for SPI_IDLE_MS go. */
void flow_table_second(struct flow_table *t, uint64_t now_ms);
void flow_table_resize(struct flow_table *t, size_t max);
void flow_table_clear(struct flow_table *t);

struct flow *flow_table_next(const struct flow_table *t, const struct flow *it); /* oldest first */
struct flow *flow_table_by_id(const struct flow_table *t, uint32_t id);
size_t flow_table_count(const struct flow_table *t);
uint64_t flow_table_evicted(const struct flow_table *t);

#endif
