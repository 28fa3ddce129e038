/*
 * log: from log_say() and log_debug() to the ways out. Any room calls in; nobody is called back before the
 * end of the turn (one deferred call walks the queue). A line that finds no memory still goes to the console
 * and the system's log; the rings then lack it, and numbers stay without gaps. The rings are bounded in bytes,
 * the queue in lines; what has to go is the oldest, and is counted. A NULL log swallows everything, for
 * rooms under test.
 *
 * Two rings: the buffer is what people configure and read; the tail has every line for a while, for programs
 * that follow, which no level and no rate limit of people's may make deaf.
 */
#include "log/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "log/log_internal.h"

#define QUEUE_MAX      4096
#define SYNC_CHECK_MS  10000
#define TAIL_BYTES     65536
#define INFORMATIONAL  6
#define DEBUG_SEVERITY 7
#define LOCAL7	       23 /* RFC 5424, 6.2.1; what routers use */
#define SECOND_MS      1000
#define FOREIGN_MAX    64 /* different names of messages that are not in the table */
#define FOREIGN_NAME   32

struct listener {
	const struct log_ops *ops;
	void *ctx;
};

/* So many lines a second. Not a struct pace: up to ten lines come in its smallest unit of time. */
struct second {
	uint64_t from_ms;
	uint32_t used;
};

struct occurrence {
	uint64_t times, last_ms;
};

struct log {
	struct loop *loop;
	struct log_config cfg;
	struct log_ring ring, tail, queue;
	uint64_t seq, started_ms;
	struct listener *listeners;
	size_t listener_count;
	bool delivery_due;
	uint32_t debug_flags;
	struct log_conditions conditions;
	bool to_stderr;
	struct log_local local;
	struct log_hosts *hosts;
	uint64_t sync_checked_ms; /* 0 = not yet */
	bool clock_synced, clock_was_synced;
	const struct pace_class *limits[LOG_ID_COUNT];
	struct pace paces[LOG_ID_COUNT];
	struct occurrence counts[LOG_ID_COUNT];
	struct second second;
	struct log_stats stats;
	/* facilities and mnemonics of other programs: records point to them */
	char foreign[FOREIGN_MAX][FOREIGN_NAME];
	size_t foreign_count;
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
	{LOG_HOST_FAIL, {.burst = 20, .refill_ms = 10000}},
	{LOG_HOST_STARTSTOP, {.burst = 40, .refill_ms = 10000}},
};

void log_limit(struct log *log, enum log_id id, const struct pace_class *cls)
{
	if (!log || (unsigned int)id >= LOG_ID_COUNT)
		return;
	log->limits[id] = cls;
	if (cls)
		pace_init(&log->paces[id], cls, loop_now(log->loop));
}

void log_config_default(struct log_config *c, size_t buffer_bytes)
{
	*c = (struct log_config){
		.console = DEBUG_SEVERITY,
		.monitor = DEBUG_SEVERITY,
		.buffer = DEBUG_SEVERITY,
		.trap = INFORMATIONAL,
		.buffer_bytes = buffer_bytes,
		.facility = LOCAL7,
		.rate_except = LOG_OFF,
	};
}

struct log *log_new(struct loop *loop, size_t ring_bytes)
{
	struct log *log = alloc_zero(sizeof(*log));

	if (!log)
		return NULL;
	log->loop = loop;
	log->local.fd = -1;
	log->started_ms = loop_now(loop);
	log_config_default(&log->cfg, ring_bytes);
	log->hosts = log_hosts_new(log, loop);
	if (!log->hosts) {
		alloc_free(log);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(default_limits) / sizeof(default_limits[0]); i++)
		log_limit(log, default_limits[i].id, &default_limits[i].cls);
	return log;
}

void log_free(struct log *log)
{
	if (!log)
		return;
	log_hosts_free(log->hosts);
	log->hosts = NULL;
	loop_defer_cancel(log->loop, log);
	log_ring_free(&log->ring);
	log_ring_free(&log->tail);
	log_ring_free(&log->queue);
	log_local_close(&log->local);
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

int log_open_syslog_at(struct log *log, const char *path, const char *journal)
{
	return log_local_open(&log->local, path, journal);
}

int log_open_syslog(struct log *log)
{
	return log_open_syslog_at(log, "/dev/log", "/run/systemd/journal/socket");
}

int log_open_hosts(struct log *log)
{
	return log_hosts_open(log->hosts);
}

void log_set_source(struct log *log, log_source *find, void *ctx)
{
	if (log)
		log_hosts_source(log->hosts, find, ctx);
}

void log_configure(struct log *log, const struct log_config *c)
{
	bool counts = c->count && !log->cfg.count;

	log->cfg = *c;
	if (counts)
		memset(log->counts, 0, sizeof(log->counts));
	log_resize(log, c->buffer_bytes);
	log_hosts_configure(log->hosts, c);
}

/* The ways out. */

static void write_stderr(const struct log_record *r)
{
	char line[LOG_TEXT_MAX];
	size_t len;
	ssize_t written;

	log_format(r, line, sizeof(line) - 1);
	len = strlen(line);
	line[len++] = '\n';
	/* Whole lines; where nobody reads them any more there is nobody to tell. */
	written = write(STDERR_FILENO, line, len);
	(void)written;
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
		log->stats.overruns++;
	}
	if (log_ring_push(&log->queue, e))
		return;
	/* Without memory for the call the line waits for the next one's. */
	if (!log->delivery_due)
		log->delivery_due = !loop_defer(log->loop, log, "log delivery", deliver, log);
}

static uint64_t trim(struct log_ring *ring, size_t bytes)
{
	uint64_t gone = 0;

	for (; ring->count && ring->bytes > bytes; gone++)
		log_ring_drop_first(ring);
	return gone;
}

/* What programs follow. NULL: no memory, the line has no number. */
static struct log_entry *follow(struct log *log, const struct log_record *r)
{
	struct log_entry *e = log_entry_new(r);

	if (!e)
		return NULL;
	if (log_ring_push(&log->tail, e)) {
		log_entry_unref(e);
		return NULL;
	}
	log->seq++;
	queue_for_listeners(log, e);
	trim(&log->tail, TAIL_BYTES);
	return e;
}

static void keep(struct log *log, struct log_entry *e)
{
	if (log_ring_push(&log->ring, e))
		return;
	log->stats.buffer.logged++;
	log->stats.overwritten += trim(&log->ring, log->cfg.buffer_bytes);
}

/* Asked at intervals: it is a system call, and lines come by the thousand. */
static void look_at_clock(struct log *log)
{
	uint64_t now = loop_now(log->loop);

	if (log->sync_checked_ms != 0 && now - log->sync_checked_ms < SYNC_CHECK_MS)
		return;
	log->clock_synced = clock_wall_is_synced();
	log->clock_was_synced |= log->clock_synced;
	log->sync_checked_ms = now ? now : 1;
}

/* `logging rate-limit` */
static bool over_rate(struct log *log, const struct log_record *r)
{
	const struct log_config *c = &log->cfg;
	uint64_t now = loop_now(log->loop);

	if (!c->rate || r->severity <= c->rate_except || (r->is_debug && !c->rate_debug))
		return false;
	if (now - log->second.from_ms >= SECOND_MS)
		log->second = (struct second){.from_ms = now};
	if (log->second.used < c->rate) {
		log->second.used++;
		return false;
	}
	log->stats.rate_limited++;
	return true;
}

static void fill(struct log *log, struct log_record *r, const struct log_about *about, char *text)
{
	log_clean(text);
	look_at_clock(log);
	r->text = text;
	r->seq = log->seq + 1;
	r->wall_ms = clock_wall_ms();
	r->boot_ms = loop_now(log->loop);
	r->up_ms = r->boot_ms - log->started_ms;
	r->clock_synced = log->clock_synced;
	r->clock_was_synced = log->clock_was_synced;
	r->stamp = log->cfg.stamp[r->is_debug];
	r->numbered = log->cfg.sequence;
	if (!about)
		return;
	r->peer = about->peer;
	r->spi = about->spi;
	r->verdict = about->verdict;
	r->cause = about->cause;
}

static void to_console(struct log *log, const struct log_record *r)
{
	if (!log->to_stderr || r->severity > log->cfg.console ||
	    (log->cfg.rate_console && over_rate(log, r)))
		return;
	log->stats.console.logged++;
	write_stderr(r);
}

/* e NULL: there was no memory for it. */
static void to_the_rest(struct log *log, const struct log_record *r, struct log_entry *e)
{
	const struct log_config *c = &log->cfg;
	bool trap = r->severity <= c->trap;

	if (e && r->severity <= c->buffer)
		keep(log, e);
	if (trap && log->local.fd >= 0)
		log_local_write(&log->local, r, c->facility);
	if (trap && e && log->hosts)
		log_hosts_push(log->hosts, e);
	log->stats.trap.logged += trap;
}

static void emit(struct log *log, struct log_record *r, const struct log_about *about, char *text)
{
	struct log_entry *e;

	fill(log, r, about, text);
	r->limited = !log->cfg.rate_console && over_rate(log, r);
	e = follow(log, r);
	if (!r->limited) {
		to_console(log, r);
		if (!log->cfg.off)
			to_the_rest(log, r, e);
	}
	if (e)
		log_entry_unref(e);
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
	if (log->cfg.count)
		log->counts[id] = (struct occurrence){log->counts[id].times + 1, clock_wall_ms()};
	emit(log, &r, about, text);
}

static bool is_foreign_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < FOREIGN_NAME &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == len;
}

/* The name as long as the log lives; NULL: there is no room. */
static const char *keep_name(struct log *log, const char *name)
{
	for (size_t i = 0; i < log->foreign_count; i++)
		if (!strcmp(log->foreign[i], name))
			return log->foreign[i];
	if (log->foreign_count == FOREIGN_MAX)
		return NULL;
	text_copy(log->foreign[log->foreign_count], FOREIGN_NAME, name);
	return log->foreign[log->foreign_count++];
}

int log_write_foreign(struct log *log, const char *facility, int severity, const char *mnemonic,
		      const char *words)
{
	struct log_record r = {.severity = severity};
	char text[LOG_LINE_MAX];

	if (severity < 0 || severity > DEBUG_SEVERITY || !is_foreign_name(facility) ||
	    !is_foreign_name(mnemonic))
		return -EINVAL;
	r.facility = keep_name(log, facility);
	r.mnemonic = keep_name(log, mnemonic);
	if (!r.facility || !r.mnemonic)
		return -ENOSPC;
	text_copy(text, sizeof(text), words);
	log->stats.logged++;
	emit(log, &r, NULL, text);
	return 0;
}

void log_debug_write(struct log *log, enum log_debug_flag flag, const struct log_about *about,
		     const char *fmt, ...)
{
	struct log_record r = {
		.is_debug = true, .severity = DEBUG_SEVERITY, .facility = "", .mnemonic = ""};
	char text[LOG_LINE_MAX];
	va_list ap;

	if (!(log_debug_flags(log) & flag) || !log_condition_passes(&log->conditions, flag, about))
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

const struct log_conditions *log_conditions(const struct log *log)
{
	return &log->conditions;
}

void log_set_conditions(struct log *log, const struct log_conditions *c)
{
	log->conditions = *c;
}

/* What is kept. */

static bool get(const struct log_ring *ring, uint64_t from, struct log_record *out, char *buf)
{
	size_t i = log_ring_find(ring, from);
	const struct log_entry *e;

	if (i == ring->count)
		return false;
	e = log_ring_at(ring, i);
	*out = e->record;
	memcpy(buf, e->text, strlen(e->text) + 1); /* never longer than LOG_LINE_MAX */
	out->text = buf;
	return true;
}

bool log_ring_get(const struct log *log, uint64_t from, struct log_record *out, char *buf)
{
	return get(&log->ring, from, out, buf);
}

bool log_tail_get(const struct log *log, uint64_t from, struct log_record *out, char *buf)
{
	uint64_t first = log->tail.count ? log_ring_at(&log->tail, 0)->record.seq : log->seq + 1;

	if (from < first && get(&log->ring, from, out, buf) && out->seq < first)
		return true;
	return get(&log->tail, from, out, buf);
}

uint64_t log_last_seq(const struct log *log)
{
	return log->seq;
}

bool log_monitor_takes(struct log *log, const struct log_record *r)
{
	if (log->cfg.off || r->limited || r->severity > log->cfg.monitor)
		return false;
	log->stats.monitor.logged++;
	return true;
}

bool log_userinfo(const struct log *log)
{
	return log && log->cfg.userinfo;
}

void log_stats(const struct log *log, struct log_stats *out)
{
	*out = log->stats;
	out->ring_bytes = log->cfg.buffer_bytes;
	out->ring_used = log->ring.bytes;
	out->console.level = log->to_stderr ? log->cfg.console : LOG_OFF;
	out->monitor.level = log->cfg.monitor;
	out->buffer.level = log->cfg.buffer;
	out->trap.level = log->cfg.trap;
	out->enabled = !log->cfg.off;
	out->count = log->cfg.count;
	out->syslog_sent = log->local.sent;
	out->syslog_dropped = log->local.dropped;
	out->syslog_error = log->local.error_text;
	out->is_journal = log->local.has_journal;
}

bool log_host_get(const struct log *log, size_t index, struct log_host_state *out)
{
	return log_hosts_get(log->hosts, index, out);
}

bool log_count_get(const struct log *log, enum log_id id, uint64_t *times, uint64_t *last_ms)
{
	if ((unsigned int)id >= LOG_ID_COUNT || log->counts[id].times == 0)
		return false;
	*times = log->counts[id].times;
	*last_ms = log->counts[id].last_ms;
	return true;
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
	log->stats.flushes++;
}

void log_resize(struct log *log, size_t ring_bytes)
{
	log->cfg.buffer_bytes = ring_bytes;
	log->stats.overwritten += trim(&log->ring, ring_bytes);
}
