/* log_internal: the ring (log_ring.c) and the ways out (log_out.c), as log.c uses them. */
#ifndef LOG_LOG_INTERNAL_H
#define LOG_LOG_INTERNAL_H

#include "log/log.h"

/*
 * A kept line. `record.text` points behind it. The ring and the queue to the listeners hold it
 * each; it goes with the last of them.
 */
struct log_entry {
	struct log_record record;
	size_t bytes;
	unsigned int refs;
	char text[];
};

/* A queue of entries with consecutive numbers: entry i is number first + i. */
struct log_ring {
	struct log_entry **slots;
	size_t cap, head, count; /* cap is a power of two, or 0 */
	size_t bytes;
};

/* A copy of the record with one reference (the caller's); NULL: no memory. */
struct log_entry *log_entry_new(const struct log_record *r);
void log_entry_unref(struct log_entry *e);

int log_ring_push(struct log_ring *ring, struct log_entry *e); /* takes a reference; -ENOMEM */
struct log_entry *log_ring_at(const struct log_ring *ring, size_t i);
void log_ring_drop_first(struct log_ring *ring);
void log_ring_free(struct log_ring *ring);

/* As local syslog daemons read it: "<188>Nov  9 12:00:00 spindled[1]: %X-4-Y: text". */
int log_syslog_format(const struct log_record *r, long pid, char *buf, size_t size);
/* Control characters become '?', so that a line stays one line. */
void log_clean(char *text);

#endif
