/*
 * log: messages `%FACILITY-SEVERITY-MNEMONIC: text`, debug lines, the buffer that keeps them, and
 * the ways out: console (standard error in the foreground), sessions, the system's log, hosts.
 *
 * Everything printed passes here. A message is a row of messages.h; arguments are checked by the
 * compiler. No secrets, ever. Debug lines cost nothing while their flag is off. What people configure
 * limits the ways; programs that listen (log_listen(), log_tail_get()) get every line.
 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/pace.h"
#include "log/messages.h"

struct log;
struct loop;

enum log_id {
#define LOG_ROW(name, facility, severity, mnemonic, explanation, action) LOG_##name,
	LOG_MESSAGES
#undef LOG_ROW
		LOG_ID_COUNT
};

enum log_debug_flag {
	LOG_DEBUG_IKEV2 = 1 << 0,
	LOG_DEBUG_IPSEC = 1 << 1,
	LOG_DEBUG_INVALID_SPI = 1 << 2,
};

/* One row of the message table. */
struct log_message {
	const char *facility, *mnemonic, *format, *explanation, *action;
	int severity;
};
const struct log_message *log_message(enum log_id id);
/* By mnemonic, any case; walk with *index from 0; NULL at the end. */
const struct log_message *log_message_find(const char *mnemonic, size_t *index);

/* What a line is about: for structured data, subscribers and conditions. Zero = not known. */
struct log_about {
	struct addr peer;
	uint32_t spi;
	const char *verdict, *cause; /* literals or NULL */
};

/* How a line's time is printed (`service timestamps`); zeroed: as `datetime msec`. */
enum log_stamp_kind {
	LOG_STAMP_DATETIME_MSEC,
	LOG_STAMP_DATETIME,
	LOG_STAMP_UPTIME,
	LOG_STAMP_NONE,
};
struct log_stamp {
	uint8_t kind;
	bool local, zone, year; /* of date and time */
};

#define LOG_LINE_MAX 1024
#define LOG_TEXT_MAX (LOG_LINE_MAX + 160) /* room for log_format() */
struct log_record {
	uint64_t seq; /* from 1, no gaps */
	uint64_t wall_ms, boot_ms, up_ms;
	bool clock_synced, clock_was_synced;
	bool is_debug;
	bool numbered; /* `service sequence-numbers` */
	bool limited;  /* `logging rate-limit`: for programs alone */
	struct log_stamp stamp;
	int severity;
	const char *facility, *mnemonic; /* "" in debug lines */
	struct addr peer;
	uint32_t spi;
	const char *verdict, *cause;
	const char *text; /* without the %…: prefix; one line of UTF-8 */
};

struct log_ops {
	void (*record)(void *ctx, const struct log_record *r); /* end of turn; borrowed */
};

struct log *log_new(struct loop *loop, size_t ring_bytes);
void log_free(struct log *log);
int log_listen(struct log *log, const struct log_ops *ops, void *ctx);
void log_to_stderr(struct log *log, bool on); /* --foreground: the console */
/* The system's log: journald where its socket is there, else /dev/log. Opened once and kept, so that it
 * works under seccomp. */
int log_open_syslog(struct log *log);
/* Other sockets; journal NULL: none. -errno: the one that is used is not there (yet). */
int log_open_syslog_at(struct log *log, const char *path, const char *journal);
/* The sockets for log hosts, before the filter that forbids making them. 0 or -errno. */
int log_open_hosts(struct log *log);
/* Lets a message out no oftener than cls (a static; NULL: always). The rest is counted, not
 * printed. Messages that one fault can repeat without end have a limit from the start (log.c). */
void log_limit(struct log *log, enum log_id id, const struct pace_class *cls);

/* ---- what people configure ---- */

#define LOG_HOSTS_MAX 16
#define LOG_TCP_MAX   4	   /* of them by TCP, and so many of each family */
#define LOG_OFF	      (-1) /* instead of a severity: this way is closed */
struct log_host_config {
	struct addr addr;
	uint16_t port;
	bool tcp, rfc5424;
};
enum log_origin { LOG_ORIGIN_NONE, LOG_ORIGIN_HOSTNAME, LOG_ORIGIN_IP, LOG_ORIGIN_STRING };
struct log_config {
	bool off; /* `no logging on`: all but the console */
	int console, monitor, buffer, trap;
	size_t buffer_bytes;
	uint8_t facility;	   /* RFC 5424, 6.2.1 */
	struct log_stamp stamp[2]; /* of messages, of debug lines */
	bool sequence, userinfo, count;
	enum log_origin origin;
	char origin_string[65], hostname[65], source[16]; /* source: an interface, "" = none */
	uint32_t rate;					  /* lines a second; 0 = no limit */
	bool rate_console, rate_debug;			  /* the console alone; debug lines too */
	int rate_except;				  /* this severe and worse pass */
	struct log_host_config hosts[LOG_HOSTS_MAX];
	size_t host_count;
};
void log_config_default(struct log_config *c, size_t buffer_bytes);
/* Takes effect at once; hosts that stay keep what waits for them. */
void log_configure(struct log *log, const struct log_config *c);
/* The address of an interface in a family; false: it has none. */
typedef bool log_source(void *ctx, const char *interface, int family, struct addr *out);
void log_set_source(struct log *log, log_source *find, void *ctx);

/* ---- writing ---- */

/* Prints message LOG_NAME: log_say(log, &about, RECOVERY_DONE, args…); about may be NULL. */
#define log_say(log, about, name, ...)                                                             \
	log_write(log, LOG_##name, about, LOG_F_##name, ##__VA_ARGS__)
void log_write(struct log *log, enum log_id id, const struct log_about *about, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* A message of a program beside the daemon, which is not in the table: facility and mnemonic are 1 to 31
 * characters of A-Z, 0-9, '_' and '-'. -EINVAL: they are not, or the severity is none; -ENOSPC: there have
 * been too many different ones. */
int log_write_foreign(struct log *log, const char *facility, int severity, const char *mnemonic,
		      const char *text);

uint32_t log_debug_flags(const struct log *log);
void log_debug_set(struct log *log, uint32_t flags); /* the whole set */
#define log_debug(log, flag, about, ...)                                                           \
	do {                                                                                       \
		if (log_debug_flags(log) & (flag))                                                 \
			log_debug_write(log, flag, about, __VA_ARGS__);                            \
	} while (0)
void log_debug_write(struct log *log, enum log_debug_flag flag, const struct log_about *about,
		     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* `debug crypto condition`: of one kind any, of several kinds each; a line that does not know what a
 * kind asks for passes where its flag is in `unmatched`. No conditions: all lines pass. */
#define LOG_CONDITIONS_MAX 8
struct log_conditions {
	struct prefix peers[LOG_CONDITIONS_MAX];
	uint32_t spis[LOG_CONDITIONS_MAX];
	uint8_t peer_count, spi_count;
	uint32_t unmatched; /* enum log_debug_flag */
};
bool log_condition_passes(const struct log_conditions *c, enum log_debug_flag flag,
			  const struct log_about *about);
const struct log_conditions *log_conditions(const struct log *log);
void log_set_conditions(struct log *log, const struct log_conditions *c);

/* ---- reading ---- */

/* The buffer, oldest first: the first record with seq ≥ from; false at the end. The record's strings
 * live in `buf` (≥ LOG_LINE_MAX). */
bool log_ring_get(const struct log *log, uint64_t from, struct log_record *out, char *buf);
/* The same of all lines, whatever the buffer's level, for those who follow: the latest 64 KiB, before
 * them what the buffer has. */
bool log_tail_get(const struct log *log, uint64_t from, struct log_record *out, char *buf);
uint64_t log_last_seq(const struct log *log);
/* "*Mar  1 00:42:09.431: %CRYPTO-4-X: text" (mark `*`: the clock was never in step; `.`: it was). */
const char *log_format(const struct log_record *r, char *buf, size_t size);
/* Is the line for terminals (`logging monitor`)? Asked once for each that shows it: it is counted. */
bool log_monitor_takes(struct log *log, const struct log_record *r);
bool log_userinfo(const struct log *log);

struct log_way { /* of console, monitor, buffer, trap */
	int level;
	uint64_t logged;
};
struct log_stats {
	uint64_t logged, debug_lines, rate_limited, syslog_sent, syslog_dropped, overwritten;
	uint64_t flushes, overruns; /* buffer cleared; lines lost on the way to sessions */
	size_t ring_bytes, ring_used;
	struct log_way console, monitor, buffer, trap;
	bool enabled, count, is_journal;
	const char *syslog_error; /* why the last one was dropped; "" = none was */
};
void log_stats(const struct log *log, struct log_stats *out);

struct log_host_state {
	struct log_host_config cfg;
	const char *state; /* "up", "down", "connecting" */
	const char *error; /* the last; "" = none */
	uint64_t sent, dropped, waiting;
};
bool log_host_get(const struct log *log, size_t index, struct log_host_state *out);
/* How often a message was said since `logging count` was given, and when last (wall clock). */
bool log_count_get(const struct log *log, enum log_id id, uint64_t *times, uint64_t *last_ms);

/* Callers that hold messages back by a rate limit of their own count them here. */
void log_count_limited(struct log *log, uint64_t n);
void log_clear(struct log *log);
void log_resize(struct log *log, size_t ring_bytes);

#endif
