/*
 * log: from log_say() and log_debug() to the ring, the listeners, standard error and syslog.
 *
 * Any room calls in; nobody is called back before the end of the turn (one deferred call walks the
 * queue). A line that finds no memory still goes to standard error and syslog; the ring then lacks
 * it, and numbers stay without gaps. The ring is bounded in bytes, the queue in lines; what has to
 * go is the oldest, and is counted. A NULL log swallows everything, for rooms under test.
 */
#include "log/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "log/log_internal.h"

#define QUEUE_MAX	4096
#define SYNC_CHECK_MS	10000
#define SYSLOG_LEVEL	6 /* informational: debug lines stay here */
#define DEBUG_SEVERITY	7
#define SYSLOG_LINE_MAX (LOG_LINE_MAX + 128)

struct listener {
	const struct log_ops *ops;
	void *ctx;
};

struct log {
	struct loop *loop;
	struct log_ring ring, queue;
	size_t ring_max;
	uint64_t seq;
	struct listener *listeners;
	size_t listener_count;
	bool delivery_due;
	uint32_t debug_flags;
	bool to_stderr;
	int syslog_fd;
	struct sockaddr_un syslog_addr;
	uint64_t sync_checked_ms; /* 0 = not yet */
	bool clock_synced;
	const struct pace_class *limits[LOG_ID_COUNT];
	struct pace paces[LOG_ID_COUNT];
	struct log_stats stats;
};

/* Messages that one fault can repeat without end and that no caller paces. */
static const struct limit_row {
	enum log_id id;
	struct pace_class cls;
} default_limits[] = {
	{LOG_SLOW_TURN, {.burst = 5, .refill_ms = 60000}},
	{LOG_KERNEL_REFUSED, {.burst = 20, .refill_ms = 1000}},
	{LOG_IKE_NEG_ABORT, {.burst = 10, .refill_ms = 6000}},
	{LOG_RESYNC, {.burst = 5, .refill_ms = 10000}},
};

void log_limit(struct log *log, enum log_id id, const struct pace_class *cls)
{
	if (!log || (unsigned int)id >= LOG_ID_COUNT)
		return;
	log->limits[id] = cls;
	if (cls)
		pace_init(&log->paces[id], cls, loop_now(log->loop));
}

struct log *log_new(struct loop *loop, size_t ring_bytes)
{
	struct log *log = alloc_zero(sizeof(*log));

	if (!log)
		return NULL;
	log->loop = loop;
	log->ring_max = ring_bytes;
	log->syslog_fd = -1;
	for (size_t i = 0; i < sizeof(default_limits) / sizeof(default_limits[0]); i++)
		log_limit(log, default_limits[i].id, &default_limits[i].cls);
	return log;
}

void log_free(struct log *log)
{
	if (!log)
		return;
	loop_defer_cancel(log->loop, log);
	log_ring_free(&log->ring);
	log_ring_free(&log->queue);
	if (log->syslog_fd >= 0)
		close(log->syslog_fd);
	alloc_free(log->listeners);
	alloc_free(log);
}

int log_listen(struct log *log, const struct log_ops *ops, void *ctx)
{
	size_t count = log->listener_count;
	struct listener *grown =
		alloc_grow(log->listeners, count, count + 1, sizeof(*log->listeners));

	if (!grown)
		return -ENOMEM;
	grown[count] = (struct listener){.ops = ops, .ctx = ctx};
	log->listeners = grown;
	log->listener_count++;
	return 0;
}

void log_to_stderr(struct log *log, bool on)
{
	log->to_stderr = on;
}

int log_open_syslog_at(struct log *log, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	struct stat st;

	if (len >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	memcpy(un.sun_path, path, len + 1);
	if (log->syslog_fd < 0)
		log->syslog_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (log->syslog_fd < 0)
		return -errno;
	/* Not connected: each line finds the daemon that listens then, restarted or not. */
	log->syslog_addr = un;
	tzset(); /* reads the zone now, while files can be opened */
	return stat(path, &st) ? -errno : 0;
}

int log_open_syslog(struct log *log)
{
	return log_open_syslog_at(log, "/dev/log");
}

/* The ways out. */

static void write_stderr(const struct log_record *r)
{
	char line[LOG_LINE_MAX + 128];
	size_t len;
	ssize_t written;

	log_format(r, line, sizeof(line) - 1);
	len = strlen(line);
	line[len++] = '\n';
	/* Whole lines; where nobody reads them any more there is nobody to tell. */
	written = write(STDERR_FILENO, line, len);
	(void)written;
}

static void write_syslog(struct log *log, const struct log_record *r)
{
	char line[SYSLOG_LINE_MAX];
	int len = log_syslog_format(r, (long)getpid(), line, sizeof(line));

	if (len > 0 &&
	    sendto(log->syslog_fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT,
		   (const struct sockaddr *)&log->syslog_addr, sizeof(log->syslog_addr)) == len)
		log->stats.syslog_sent++;
	else
		log->stats.syslog_dropped++;
}

/* End of turn: what was queued, in order; handlers may log, which comes in a later call. */
static void deliver(void *arg)
{
	struct log *log = arg;
	size_t count = log->queue.count;
	struct log_entry *e;

	log->delivery_due = false;
	for (; count > 0 && log->queue.count > 0; count--) {
		e = log_ring_at(&log->queue, 0);
		e->refs++; /* a handler that logs a lot may push this one out of the queue */
		log_ring_drop_first(&log->queue);
		for (size_t i = 0; i < log->listener_count; i++)
			log->listeners[i].ops->record(log->listeners[i].ctx, &e->record);
		log_entry_unref(e);
	}
}

static void queue_for_listeners(struct log *log, struct log_entry *e)
{
	if (!log->listener_count)
		return;
	if (log->queue.count == QUEUE_MAX) {
		log_ring_drop_first(&log->queue);
		log->stats.overwritten++;
	}
	if (log_ring_push(&log->queue, e))
		return;
	/* Without memory for the call the line waits for the next one's. */
	if (!log->delivery_due)
		log->delivery_due = !loop_defer(log->loop, log, "log delivery", deliver, log);
}

static void trim(struct log *log)
{
	while (log->ring.count && log->ring.bytes > log->ring_max) {
		log_ring_drop_first(&log->ring);
		log->stats.overwritten++;
	}
}

static void keep(struct log *log, struct log_record *r)
{
	struct log_entry *e;

	r->seq = log->seq + 1;
	e = log_entry_new(r);
	if (!e)
		return;
	if (!log_ring_push(&log->ring, e)) {
		log->seq++;
		queue_for_listeners(log, e);
		trim(log);
	}
	log_entry_unref(e);
}

/* Asked at intervals: it is a system call, and lines come by the thousand. */
static bool clock_synced(struct log *log)
{
	uint64_t now = loop_now(log->loop);

	if (log->sync_checked_ms == 0 || now - log->sync_checked_ms >= SYNC_CHECK_MS) {
		log->clock_synced = clock_wall_is_synced();
		log->sync_checked_ms = now ? now : 1;
	}
	return log->clock_synced;
}

static void emit(struct log *log, struct log_record *r, const struct log_about *about, char *text)
{
	log_clean(text);
	r->text = text;
	r->wall_ms = clock_wall_ms();
	r->boot_ms = loop_now(log->loop);
	r->clock_synced = clock_synced(log);
	if (about) {
		r->peer = about->peer;
		r->spi = about->spi;
		r->verdict = about->verdict;
		r->cause = about->cause;
	}
	if (log->to_stderr)
		write_stderr(r);
	if (log->syslog_fd >= 0 && r->severity <= SYSLOG_LEVEL)
		write_syslog(log, r);
	keep(log, r);
}

static bool held_back(struct log *log, enum log_id id)
{
	if (!log->limits[id] || pace_take(&log->paces[id], loop_now(log->loop)))
		return false;
	log->stats.rate_limited++;
	return true;
}

void log_write(struct log *log, enum log_id id, const struct log_about *about, const char *fmt, ...)
{
	const struct log_message *m = log_message(id);
	struct log_record r = {0};
	char text[LOG_LINE_MAX];
	va_list ap;

	if (!log || !m || held_back(log, id))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r.facility = m->facility;
	r.mnemonic = m->mnemonic;
	r.severity = m->severity;
	log->stats.logged++;
	emit(log, &r, about, text);
}

void log_debug_write(struct log *log, enum log_debug_flag flag, const struct log_about *about,
		     const char *fmt, ...)
{
	struct log_record r = {
		.is_debug = true, .severity = DEBUG_SEVERITY, .facility = "", .mnemonic = ""};
	char text[LOG_LINE_MAX];
	va_list ap;

	if (!(log_debug_flags(log) & flag))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log->stats.debug_lines++;
	emit(log, &r, about, text);
}

uint32_t log_debug_flags(const struct log *log)
{
	return log ? log->debug_flags : 0;
}

void log_debug_set(struct log *log, uint32_t flags)
{
	log->debug_flags = flags;
}

/* What is kept. */

bool log_ring_get(const struct log *log, uint64_t from, struct log_record *out, char *buf)
{
	uint64_t first = log->seq - log->ring.count + 1;
	const struct log_entry *e;

	if (from < first)
		from = first;
	if (from > log->seq)
		return false;
	e = log_ring_at(&log->ring, from - first);
	*out = e->record;
	memcpy(buf, e->text, strlen(e->text) + 1); /* never longer than LOG_LINE_MAX */
	out->text = buf;
	return true;
}

void log_stats(const struct log *log, struct log_stats *out)
{
	*out = log->stats;
	out->ring_bytes = log->ring_max;
	out->ring_used = log->ring.bytes;
}

void log_count_limited(struct log *log, uint64_t n)
{
	if (log)
		log->stats.rate_limited += n;
}

void log_clear(struct log *log)
{
	while (log->ring.count)
		log_ring_drop_first(&log->ring);
}

void log_resize(struct log *log, size_t ring_bytes)
{
	log->ring_max = ring_bytes;
	trim(log);
}
