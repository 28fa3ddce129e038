/*
 * spi/line: when a flow gets a line in the log: one a minute a flow, and a bucket for all of them.
 *
 * A line that is due and finds the bucket empty waits, while its flow goes on, for the next token;
 * the better ranked flow (verdict.h) comes first, so that a flood of forged packets cannot hide the
 * flow that matters. What never gets its token is counted, and the count is said once a minute.
 */
#ifndef SPI_LINE_H
#define SPI_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/pace.h"
#include "spi/flow.h"
#include "spi/verdict.h"

struct log;

struct lines {
	struct log *log;
	bool interface; /* ", input interface=" at the end */
	struct pace lines, incidents;
	struct list waiting[SPI_RANKS];
	uint64_t printed, suppressed;
	uint64_t unsaid;     /* suppressed since the last summary */
	uint64_t summary_ms; /* not before */
};

void lines_init(struct lines *l, struct log *log, uint64_t now_ms);
/* A packet of a flow with a verdict that is told came. */
void lines_packet(struct lines *l, struct flow *f, uint64_t now_ms);
void lines_second(struct lines *l, uint64_t now_ms); /* once a second */
void lines_gone(struct lines *l, struct flow *f);    /* the flow leaves the table */

#endif
