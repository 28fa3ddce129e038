/* log_internal: the log as its files share it: rings, formats, the ways out. */
#ifndef LOG_LOG_INTERNAL_H
#define LOG_LOG_INTERNAL_H

#include <sys/un.h>

#include "base/loop.h"
#include "base/writer.h"
#include "log/log.h"

#define LOG_SPOOL_BYTES (1 << 20) /* what may wait for one host */

/*
 * A kept line. `record.text` points behind it. Rings, the queue to the listeners and the spools hold it
 * each; it goes with the last of them.
 */
struct log_entry {
	struct log_record record;
	size_t bytes;
	unsigned int refs;
	char text[];
};

/* A queue of entries in the order of their numbers. */
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
/* Index of the first entry with seq ≥ from; count: there is none. */
size_t log_ring_find(const struct log_ring *ring, uint64_t from);
void log_ring_drop_first(struct log_ring *ring);
void log_ring_free(struct log_ring *ring);

/* ---- formats (log_format.c): pure ---- */

/* What a host's or the system's log wants to know besides the record. Strings are never NULL. */
struct log_style {
	uint8_t facility;
	bool rfc5424;
	const char *origin, *hostname; /* "" = none */
	long pid;
	uint64_t number; /* counter of the lines to this host, from 1 */
};

#define LOG_PEN		"32473" /* RFC 5612: the number for examples; Spindle has none of its own */
#define LOG_CLASSIC_MAX 1024	/* RFC 3164, 4.1 */
#define LOG_RFC5424_MAX 2048	/* RFC 5424, 6.1: what a receiver should take */

/* As local syslog daemons read it: "<188>Nov  9 12:00:00 spindled[1]: %X-4-Y: text". */
int log_syslog_format(const struct log_record *r, const struct log_style *s, char *buf,
		      size_t size);
/* journald's datagram: KEY=value lines. */
int log_journal_format(const struct log_record *r, const struct log_style *s, char *buf,
		       size_t size);
/* Of a host's datagram or frame, in the style's form; length. buf ≥ LOG_RFC5424_MAX. */
int log_host_format(const struct log_record *r, const struct log_style *s, char *buf, size_t size);
/* One line of valid UTF-8: what is not, and control characters, become '?'. */
void log_clean(char *text);

/* ---- the system's log (log_out.c) ---- */

struct log_local {
	int fd; /* -1: not opened */
	struct sockaddr_un log, journal;
	bool has_journal;
	uint64_t sent, dropped;
	int error; /* of the last that was dropped */
	char error_text[160];
};
int log_local_open(struct log_local *l, const char *path, const char *journal);
void log_local_write(struct log_local *l, const struct log_record *r, uint8_t facility);
void log_local_close(struct log_local *l);

/* ---- hosts (log_host.c) ---- */

struct log_hosts;
struct log_hosts *log_hosts_new(struct log *log, struct loop *loop);
void log_hosts_free(struct log_hosts *h); /* sends what it can without waiting */
int log_hosts_open(struct log_hosts *h);
void log_hosts_configure(struct log_hosts *h, const struct log_config *c);
void log_hosts_source(struct log_hosts *h, log_source *find, void *ctx);
void log_hosts_push(struct log_hosts *h, struct log_entry *e);
bool log_hosts_get(const struct log_hosts *h, size_t index, struct log_host_state *out);

#endif
