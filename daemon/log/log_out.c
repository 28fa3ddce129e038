#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "log/log_internal.h"

#define SYSLOG_LOCAL7 23 /* RFC 3164 4.1.1; what routers use */

void log_clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static int format_body(const struct log_record *r, char *buf, size_t size)
{
	if (r->is_debug)
		return snprintf(buf, size, "%s", r->text);
	return snprintf(buf, size, "%%%s-%d-%s: %s", r->facility, r->severity, r->mnemonic,
			r->text);
}

const char *log_format(const struct log_record *r, char *buf, size_t size)
{
	char stamp[32];
	int len;

	clock_stamp(r->wall_ms, stamp, sizeof(stamp));
	len = snprintf(buf, size, "%s%s: ", r->clock_synced ? "" : "*", stamp);
	if (len > 0 && (size_t)len < size)
		format_body(r, buf + len, size - (size_t)len);
	return buf;
}

int log_syslog_format(const struct log_record *r, long pid, char *buf, size_t size)
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(r->wall_ms / 1000);
	struct tm tm = {0};
	int len, body;

	localtime_r(&seconds, &tm); /* RFC 3164 4.1.2: local time */
	len = snprintf(buf, size,
		       "<%d>%s %2d %02d:%02d:%02d spindled[%ld]: ", SYSLOG_LOCAL7 * 8 + r->severity,
		       months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, pid);
	if (len < 0 || (size_t)len >= size)
		return -1;
	body = format_body(r, buf + len, size - (size_t)len);
	if (body < 0)
		return -1;
	return (size_t)(len + body) < size ? len + body : (int)size - 1;
}
