/* show flight-recorder [peer A] [since …] */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "base/text.h"
#include "cli/show.h"

#define RECORDER_PATH "/spindle-flight-recorder:flight-recorder"
#define DAY_S	      86400

static unsigned long long num(const json_t *entry, const char *leaf)
{
	return data_number(entry, leaf);
}

static void print_recorder(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF];

	if (!data_true(e, "enabled")) {
		cli_printf(sh->s, "Flight recorder: off (--no-recorder)\n");
		return;
	}
	cli_printf(sh->s, "Flight recorder: %llu records of %llu peers, %llu of %llu bytes used\n",
		   num(e, "records"), num(e, "peers"), num(e, "used"), num(e, "size"));
	cli_printf(sh->s, "  oldest record: %s\n", show_time(e, "oldest-time", time, sizeof(time)));
	cli_printf(sh->s,
		   "  %llu written, %llu replaced by newer ones, %llu lost, %llu of before the "
		   "restart\n",
		   num(e, "written"), num(e, "replaced"), num(e, "lost"), num(e, "survived"));
}

static void print_head(struct show *sh)
{
	cli_printf(sh->s, "\n%-19s %-15s %-10s %-8s %s\n", "Time", "Peer", "SPI", "Kind", "Event");
}

static void print_record(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF], spi[16] = "-";

	if (data_has(e, "spi"))
		snprintf(spi, sizeof(spi), "0x%08llX", num(e, "spi"));
	cli_printf(sh->s, "%-19s %-15s %-10s %-8s %s\n", show_time(e, "time", time, sizeof(time)),
		   data_text(e, "peer", "-"), spi, data_text(e, "kind", ""),
		   data_text(e, "text", ""));
}

/* "30s", "10m", "2h": seconds; false: it is not written so. */
static bool read_span(const char *text, uint64_t *seconds)
{
	static const struct {
		char unit;
		uint32_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
	char number[12];
	size_t len = strspn(text, "0123456789");
	uint32_t value;

	if (len == 0 || len >= sizeof(number) || strlen(text) != len + 1)
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)len, text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != text[len])
			continue;
		*seconds = !text_u32(number, 0, 1000000, &value)
				   ? (uint64_t)value * units[i].seconds
				   : UINT32_MAX;
		return true;
	}
	return false;
}

/* "14:05", "14:05:30": the last time that this was the time of day here. */
static bool read_time(const char *text, time_t now, time_t *at)
{
	unsigned int h, m, s = 0;
	char rest;
	int got = sscanf(text, "%2u:%2u:%2u%c", &h, &m, &s, &rest);
	struct tm tm;

	if (!isdigit((unsigned char)text[0]) || (got != 2 && got != 3) || h > 23 || m > 59 ||
	    s > 59 || text[strspn(text, "0123456789:")])
		return false;
	localtime_r(&now, &tm);
	tm.tm_hour = (int)h;
	tm.tm_min = (int)m;
	tm.tm_sec = (int)s;
	tm.tm_isdst = -1;
	*at = mktime(&tm);
	if (*at > now)
		*at -= DAY_S;
	return true;
}

/* Milliseconds since 1970; false: not a moment. */
static bool read_since(const char *text, uint64_t *ms)
{
	struct timeval now;
	uint64_t span;
	time_t at;

	gettimeofday(&now, NULL);
	if (read_span(text, &span)) {
		*ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_usec / 1000;
		*ms -= span * 1000 < *ms ? span * 1000 : *ms;
		return true;
	}
	if (!read_time(text, now.tv_sec, &at))
		return false;
	*ms = (uint64_t)at * 1000;
	return true;
}

CLI_HANDLER(cli_show_flight_recorder)
{
	const char *peer = cli_match_get(m, "peer"), *since = cli_match_get(m, "since");
	char ask[256], key_peer[80] = "", key_since[48] = "";
	struct show_part parts[] = {
		{.path = RECORDER_PATH, .print = print_recorder, .lists = "record"},
		{.path = RECORDER_PATH "/record",
		 .ask = ask,
		 .print = print_record,
		 .before = print_head},
	};
	uint64_t ms;

	(void)form;
	if (since && !read_since(since, &ms))
		return cli_fail(s, "since %s: a time of day is hh:mm[:ss], a span 30s, 10m or 2h",
				since);
	if (peer)
		snprintf(key_peer, sizeof(key_peer), "[peer='%s']", peer);
	if (since)
		snprintf(key_since, sizeof(key_since), "[since='%llu']", (unsigned long long)ms);
	snprintf(ask, sizeof(ask), RECORDER_PATH "/record%s%s", key_peer, key_since);
	return show_parts(s, m, parts, 2, NULL);
}
