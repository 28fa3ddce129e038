/*
 * main/recording: what the rooms tell their listeners, written down for the flight recorder. Joins rooms;
 * owns nothing but what it must remember to say a thing once.
 */
#ifndef MAIN_RECORDING_H
#define MAIN_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "recorder/recorder.h"

struct conn_table;
struct engine;
struct recording;
struct recovery;
struct sa;
struct spi;
struct xfrm;

extern const struct recorder_names recording_names; /* the rooms' words */

/* All borrowed, and listened to. NULL: no memory, or a room has no place for a listener. */
struct recording *recording_new(struct recorder *r, struct conn_table *conns, struct engine *engine,
				struct xfrm *xfrm, struct sa *sa);
void recording_free(struct recording *rec); /* NULL is fine; after the rooms have stopped telling */
/* spi before recovery is made, so that a packet stands before what was decided about it. */
int recording_spi(struct recording *rec, struct spi *spi);
int recording_recovery(struct recording *rec, struct recovery *recovery);

/* A commit that touches crypto: each object, then the end of it. NULL rec is fine. */
void recording_touched(struct recording *rec, const char *path);
void recording_committed(struct recording *rec);
void recording_aborted(struct recording *rec);

#endif
