/*
 * A record as bytes, in each form that somebody reads: people, local syslog daemons, journald, hosts. Pure:
 * a record and a style make the same bytes each time, which the hosts' spools count on.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "log/log_internal.h"

#define SEQUENCE_MAX 2147483647 /* RFC 5424, 7.3.1: then 1 again */
#define MSGID_MAX    32
#define APP_NAME     "spindled"

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* A bounded string that is always terminated; `cut` once something did not fit. */
struct out {
	char *buf;
	size_t size, len;
	bool cut;
};

static struct out out_new(char *buf, size_t size)
{
	if (size > 0)
		buf[0] = '\0';
	return (struct out){.buf = buf, .size = size};
}

__attribute__((format(printf, 2, 3))) static void add(struct out *o, const char *fmt, ...)
{
	size_t left = o->size - o->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->len, left, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	o->cut |= (size_t)n >= left;
	o->len += (size_t)n < left ? (size_t)n : left ? left - 1 : 0;
}

static size_t utf8_tail(unsigned char lead)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef)
		return 2;
	return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
}

/* Behind a cut no part of a character stays. */
static int out_done(struct out *o)
{
	size_t at = o->len;

	while (o->cut && at > 0 && ((unsigned char)o->buf[at - 1] & 0xc0) == 0x80)
		at--;
	if (o->cut && at > 0 && at + utf8_tail((unsigned char)o->buf[at - 1]) > o->len) {
		o->len = at - 1;
		o->buf[o->len] = '\0';
	}
	return (int)o->len;
}

/* ---- UTF-8 ------------------------------------------------------------------------------------------ */

/* Length of the character at `p`; 0: none that may stand in a line (RFC 3629; C0 and C1 controls). */
static size_t utf8_len(const unsigned char *p)
{
	size_t tail = utf8_tail(*p);

	if (*p < 0x80)
		return *p >= 0x20 && *p != 0x7f ? 1 : 0;
	for (size_t i = 1; i <= tail; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xc2 && p[1] < 0xa0) || (*p == 0xe0 && p[1] < 0xa0) ||
	    (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
	    (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return tail ? tail + 1 : 0;
}

void log_clean(char *text)
{
	while (*text) {
		size_t len = utf8_len((unsigned char *)text);

		if (len == 0)
			*text = '?';
		text += len ? len : 1;
	}
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

/* ---- for people ------------------------------------------------------------------------------------- */

static struct tm broken_down(uint64_t wall_ms, bool local)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	if (local)
		localtime_r(&seconds, &tm);
	else
		gmtime_r(&seconds, &tm);
	return tm;
}

static const char *mark(const struct log_record *r)
{
	return r->clock_synced ? "" : r->clock_was_synced ? "." : "*";
}

static void add_datetime(struct out *o, const struct log_record *r)
{
	struct tm tm = broken_down(r->wall_ms, r->stamp.local);

	add(o, "%s%s %2d ", mark(r), months[tm.tm_mon], tm.tm_mday);
	if (r->stamp.year)
		add(o, "%d ", tm.tm_year + 1900);
	add(o, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (r->stamp.kind == LOG_STAMP_DATETIME_MSEC)
		add(o, ".%03u", (unsigned int)(r->wall_ms % 1000));
	if (r->stamp.zone)
		add(o, " %s", r->stamp.local && tm.tm_zone ? tm.tm_zone : "UTC");
	add(o, ": ");
}

static void add_stamp(struct out *o, const struct log_record *r)
{
	char buf[32];

	if (r->numbered)
		add(o, "%06llu: ", (unsigned long long)r->seq);
	if (r->stamp.kind == LOG_STAMP_UPTIME)
		add(o, "%s: ", clock_uptime(r->up_ms, buf, sizeof(buf)));
	else if (r->stamp.kind != LOG_STAMP_NONE)
		add_datetime(o, r);
}

static void add_body(struct out *o, const struct log_record *r)
{
	if (!r->is_debug)
		add(o, "%%%s-%d-%s: ", r->facility, r->severity, r->mnemonic);
	add(o, "%s", r->text);
}

const char *log_format(const struct log_record *r, char *buf, size_t size)
{
	struct out o = out_new(buf, size);

	add_stamp(&o, r);
	add_body(&o, r);
	out_done(&o);
	return buf;
}

/* ---- for the system's log --------------------------------------------------------------------------- */

static int priority(const struct log_record *r, uint8_t facility)
{
	return facility * 8 + r->severity;
}

int log_syslog_format(const struct log_record *r, const struct log_style *s, char *buf, size_t size)
{
	struct tm tm = broken_down(r->wall_ms, true); /* RFC 3164 4.1.2: local time */
	struct out o = out_new(buf, size);

	add(&o, "<%d>%s %2d %02d:%02d:%02d " APP_NAME "[%ld]: ", priority(r, s->facility),
	    months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, s->pid);
	if (o.cut)
		return -1;
	add_body(&o, r);
	return out_done(&o);
}

/* Values hold no line end: then KEY=value and a newline is the whole of the protocol
 * (systemd, "Native Journal Protocol"). */
static void add_field(struct out *o, const char *key, const char *value)
{
	if (value && value[0])
		add(o, "%s=%s\n", key, value);
}

int log_journal_format(const struct log_record *r, const struct log_style *s, char *buf,
		       size_t size)
{
	struct out o = out_new(buf, size);
	char peer[ADDR_STRLEN];

	add(&o, "PRIORITY=%d\nSYSLOG_FACILITY=%u\nSYSLOG_IDENTIFIER=" APP_NAME "\n", r->severity,
	    s->facility);
	add(&o, "SPINDLE_SEQUENCE=%llu\n", (unsigned long long)r->seq);
	add_field(&o, "SPINDLE_FACILITY", r->facility);
	add_field(&o, "SPINDLE_MNEMONIC", r->mnemonic);
	if (addr_is_set(&r->peer))
		add_field(&o, "SPINDLE_PEER", addr_format(&r->peer, peer));
	if (r->spi)
		add(&o, "SPINDLE_SPI=0x%08X\n", r->spi);
	add_field(&o, "SPINDLE_VERDICT", r->verdict);
	add_field(&o, "SPINDLE_CAUSE", r->cause);
	add(&o, "MESSAGE=");
	add_body(&o, r);
	add(&o, "\n");
	return o.cut ? -1 : (int)o.len;
}

/* ---- for hosts -------------------------------------------------------------------------------------- */

/* "<189>17: R1: *Mar  1 00:42:09.431: %SYS-5-CONFIG_I: …", as routers send it. */
static int classic(const struct log_record *r, const struct log_style *s, char *buf, size_t size)
{
	struct out o = out_new(buf, size < LOG_CLASSIC_MAX + 1 ? size : LOG_CLASSIC_MAX + 1);

	add(&o, "<%d>%llu: ", priority(r, s->facility), (unsigned long long)s->number);
	if (s->origin[0])
		add(&o, "%s: ", s->origin);
	add_stamp(&o, r);
	add_body(&o, r);
	return out_done(&o);
}

/* Printable ASCII without blanks, or "-": HOSTNAME, MSGID. */
static void add_word(struct out *o, const char *text, size_t max)
{
	size_t len = strnlen(text, max);

	for (size_t i = 0; i < len; i++)
		add(o, "%c", text[i] > 0x20 && text[i] < 0x7f ? text[i] : '_');
	add(o, "%s ", len ? "" : "-");
}

/* RFC 5424, 6.3.3: '"', '\' and ']' are escaped. */
static void add_param(struct out *o, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	add(o, " %s=\"", name);
	for (; *value; value++)
		add(o, "%s%c", strchr("\"\\]", *value) ? "\\" : "", *value);
	add(o, "\"");
}

static void add_structured_data(struct out *o, const struct log_record *r,
				const struct log_style *s)
{
	char text[ADDR_STRLEN];

	add(o, "[timeQuality tzKnown=\"1\" isSynced=\"%d\"]", r->clock_synced);
	add(o, "[meta sequenceId=\"%llu\" sysUpTime=\"%llu\"]",
	    (unsigned long long)((s->number - 1) % SEQUENCE_MAX + 1),
	    (unsigned long long)(r->up_ms / 10));
	add(o, "[spindle@" LOG_PEN);
	add_param(o, "facility", r->facility);
	if (addr_is_set(&r->peer))
		add_param(o, "peer", addr_format(&r->peer, text));
	snprintf(text, sizeof(text), "0x%08X", r->spi);
	add_param(o, "spi", r->spi ? text : "");
	add_param(o, "verdict", r->verdict);
	add_param(o, "cause", r->cause);
	add_param(o, "origin", s->origin);
	add(o, "] ");
}

static int rfc5424(const struct log_record *r, const struct log_style *s, char *buf, size_t size)
{
	struct out o = out_new(buf, size < LOG_RFC5424_MAX + 1 ? size : LOG_RFC5424_MAX + 1);
	struct tm tm = broken_down(r->wall_ms, false);

	add(&o, "<%d>1 %04d-%02d-%02dT%02d:%02d:%02d.%03uZ ", priority(r, s->facility),
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    (unsigned int)(r->wall_ms % 1000));
	add_word(&o, s->hostname, 255);
	add(&o, APP_NAME " %ld ", s->pid);
	add_word(&o, r->mnemonic[0] ? r->mnemonic : "DEBUG", MSGID_MAX);
	add_structured_data(&o, r, s);
	if (!is_ascii(r->text))
		add(&o, "\xef\xbb\xbf"); /* RFC 5424, 6.4: MSG-UTF8 begins so */
	add_body(&o, r);
	return out_done(&o);
}

int log_host_format(const struct log_record *r, const struct log_style *s, char *buf, size_t size)
{
	return s->rfc5424 ? rfc5424(r, s, buf, size) : classic(r, s, buf, size);
}
