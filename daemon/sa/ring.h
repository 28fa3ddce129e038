/*
 * sa/ring: a ring of fixed slots in a mapped file: the newest records survive a crash of the process
 * at once, and of the machine but for what was not yet flushed (msync each second, as a job).
 *
 * A slot carries its sequence number and a checksum, so that a torn or foreign slot is skipped. A
 * file that is not such a ring is put aside (NAME.bad), never written over.
 */
#ifndef SA_RING_H
#define SA_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"

struct ring;

struct ring_shape {
	const char *name;  /* in the state folder */
	uint32_t magic;	   /* kind and version of the records */
	uint32_t slot_len; /* with the slot's own 16 bytes */
	uint32_t slots;
};

/* dir: the state folder's descriptor, or -1: in memory only. The file is made with mode 0600. */
struct ring *ring_open(int dir, const struct ring_shape *shape, struct error *err);
void ring_close(struct ring *r); /* NULL is fine */
/* Appends; the oldest is overwritten when full. Returns the sequence number (from 1), 0 when the
 * record does not fit. */
uint64_t ring_append(struct ring *r, struct view record);
/* The record of that sequence number; empty when overwritten, torn or not yet written. */
struct view ring_get(const struct ring *r, uint64_t seq);
uint64_t ring_oldest(const struct ring *r); /* first number that may exist */
uint64_t ring_newest(const struct ring *r); /* 0 = none */
/* Writes changed pages to the disk; may block: run it as a job. -errno. */
int ring_flush(struct ring *r);
bool ring_dirty(const struct ring *r);

#endif
