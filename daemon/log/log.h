/*
 * log: messages `%FACILITY-SEVERITY-MNEMONIC: text`, debug lines, the ring that keeps them, and
 * where they go (ring, standard error in the foreground, syslog datagrams, subscribers).
 *
 * Everything printed passes here. A message is a row of messages.h; arguments are checked by the
 * compiler. No secrets, ever. Debug lines cost nothing while their flag is off.
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

#define LOG_LINE_MAX 1024
struct log_record {
	uint64_t seq; /* from 1, no gaps */
	uint64_t wall_ms, boot_ms;
	bool clock_synced;
	bool is_debug;
	int severity;
	const char *facility, *mnemonic; /* "" in debug lines */
	struct addr peer;
	uint32_t spi;
	const char *verdict, *cause;
	const char *text; /* without the %…: prefix; one line */
};

struct log_ops {
	void (*record)(void *ctx, const struct log_record *r); /* end of turn; borrowed */
};

struct log *log_new(struct loop *loop, size_t ring_bytes);
void log_free(struct log *log);
int log_listen(struct log *log, const struct log_ops *ops, void *ctx);
void log_to_stderr(struct log *log, bool on); /* --foreground */
/* Opens the datagram to /dev/log once (kept, so that it works under seccomp); hosts later. */
int log_open_syslog(struct log *log);
int log_open_syslog_at(struct log *log, const char *path); /* another socket than /dev/log */
/* Lets a message out no oftener than cls (a static; NULL: always). The rest is counted, not
 * printed. Messages that one fault can repeat without end have a limit from the start (log.c). */
void log_limit(struct log *log, enum log_id id, const struct pace_class *cls);

/* Prints message LOG_NAME: log_say(log, &about, RECOVERY_DONE, args…); about may be NULL. */
#define log_say(log, about, name, ...)                                                             \
	log_write(log, LOG_##name, about, LOG_F_##name, ##__VA_ARGS__)
void log_write(struct log *log, enum log_id id, const struct log_about *about, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

uint32_t log_debug_flags(const struct log *log);
void log_debug_set(struct log *log, uint32_t flags); /* the whole set */
#define log_debug(log, flag, about, ...)                                                           \
	do {                                                                                       \
		if (log_debug_flags(log) & (flag))                                                 \
			log_debug_write(log, flag, about, __VA_ARGS__);                            \
	} while (0)
void log_debug_write(struct log *log, enum log_debug_flag flag, const struct log_about *about,
		     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The ring, oldest first: records with seq ≥ from; false at the end. The record's strings live in
 * `buf` (≥ LOG_LINE_MAX). */
bool log_ring_get(const struct log *log, uint64_t from, struct log_record *out, char *buf);
/* "*Mar  1 00:42:09.431: %CRYPTO-4-X: text" (clock mark `*` when not synchronised). */
const char *log_format(const struct log_record *r, char *buf, size_t size);

struct log_stats {
	uint64_t logged, debug_lines, rate_limited, syslog_sent, syslog_dropped, overwritten;
	size_t ring_bytes, ring_used;
};
void log_stats(const struct log *log, struct log_stats *out);
/* Callers that hold messages back by a rate limit of their own count them here. */
void log_count_limited(struct log *log, uint64_t n);
void log_clear(struct log *log);
void log_resize(struct log *log, size_t ring_bytes);

#endif
