#include "lua/report/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000LL
#define DAY_MS	  86400000LL

/* Days since 1970 of a date of the Gregorian calendar, counted in years that begin in March. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468, era = z / 146097, of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* `count` digits at *s, which moves on; -1: not so many. */
static int digits(const char **s, int count)
{
	int n = 0;

	for (; count > 0; count--, ++*s) {
		if (!is_digit(**s))
			return -1;
		n = n * 10 + (**s - '0');
	}
	return n;
}

static bool skip(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

/* ".345678": milliseconds; none is 0. */
static int fraction(const char **s)
{
	int ms = 0, weight = 100;

	if (!skip(s, '.'))
		return 0;
	for (; is_digit(**s); ++*s, weight /= 10)
		ms += (**s - '0') * weight;
	return ms;
}

/* "+01:00", "+0100", "-05"; the sign stands at *s. */
static bool offset(const char **s, int *minutes)
{
	int sign = **s == '-' ? -1 : 1, h, m = 0;

	++*s;
	h = digits(s, 2);
	if (h < 0)
		return false;
	if (skip(s, ':') || is_digit(**s))
		m = digits(s, 2);
	if (h > 15 || m < 0 || m > 59)
		return false;
	*minutes = sign * (h * 60 + m);
	return true;
}

/* What follows the clock: Z or an offset, then the end. */
static bool zone_end(const char *s, int *minutes)
{
	if (*s == 'Z' || *s == 'z') {
		*minutes = 0;
		s++;
	} else if ((*s != '+' && *s != '-') || !offset(&s, minutes)) {
		return false;
	}
	return *s == 0;
}

bool stamp_parse(const char *text, int64_t *ms, int *offset_minutes)
{
	const char *s = text;
	int year, month, day, h, m, sec, fract, minutes = 0;

	if (!s || (year = digits(&s, 4)) < 1970 || !skip(&s, '-') || (month = digits(&s, 2)) < 1 ||
	    month > 12 || !skip(&s, '-') || (day = digits(&s, 2)) < 1 || day > 31)
		return false;
	if (!skip(&s, 'T') && !skip(&s, 't') && !skip(&s, ' '))
		return false;
	if ((h = digits(&s, 2)) < 0 || h > 23 || !skip(&s, ':') || (m = digits(&s, 2)) < 0 ||
	    m > 59 || !skip(&s, ':') || (sec = digits(&s, 2)) < 0 || sec > 60)
		return false;
	fract = fraction(&s);
	if (!zone_end(s, &minutes))
		return false;
	*ms = days_of(year, month, day) * DAY_MS + ((h * 60LL + m - minutes) * 60 + sec) * 1000 +
	      fract;
	if (offset_minutes)
		*offset_minutes = minutes;
	return *ms >= 0;
}

bool stamp_zone(const char *zone, int *offset_minutes)
{
	bool found = false;

	if (!zone)
		return false;
	for (const char *s = zone; *s;) {
		const char *at = s;

		if ((*s == '+' || *s == '-') && offset(&at, offset_minutes)) {
			found = true;
			s = at;
		} else {
			s++;
		}
	}
	if (!found && (!strcmp(zone, "UTC") || !strcmp(zone, "GMT") || !strcmp(zone, "Z"))) {
		*offset_minutes = 0;
		found = true;
	}
	return found;
}

const char *stamp_clock(int64_t ms, int offset_minutes, char buf[STAMP_SIZE])
{
	int64_t day = (ms + offset_minutes * MINUTE_MS) % DAY_MS;

	if (day < 0)
		day += DAY_MS;
	snprintf(buf, STAMP_SIZE, "%02d:%02d:%02d.%03d", (int)(day / 3600000),
		 (int)(day / 60000 % 60), (int)(day / 1000 % 60), (int)(day % 1000));
	return buf;
}

const char *stamp_date(int64_t ms, int offset_minutes, char buf[STAMP_SIZE])
{
	int64_t there = ms + offset_minutes * MINUTE_MS;
	char clock[STAMP_SIZE];
	int year, month, day;

	date_of(there >= 0 ? there / DAY_MS : (there - DAY_MS + 1) / DAY_MS, &year, &month, &day);
	snprintf(buf, STAMP_SIZE, "%04d-%02d-%02d %.12s", year, month, day,
		 stamp_clock(ms, offset_minutes, clock));
	return buf;
}

const char *stamp_offset(int offset_minutes, char buf[STAMP_SIZE])
{
	int amount = abs(offset_minutes);

	if (amount == 0)
		snprintf(buf, STAMP_SIZE, "UTC");
	else
		snprintf(buf, STAMP_SIZE, "UTC%c%02d:%02d", offset_minutes < 0 ? '-' : '+',
			 amount / 60, amount % 60);
	return buf;
}

const char *stamp_span(int64_t ms, char buf[STAMP_SIZE])
{
	uint64_t n = ms < 0 ? (uint64_t) - (ms + 1) + 1 : (uint64_t)ms, s = n / 1000;

	if (n < 1000)
		snprintf(buf, STAMP_SIZE, "%d ms", (int)n);
	else if (s < 60)
		snprintf(buf, STAMP_SIZE, "%d.%03d s", (int)s, (int)(n % 1000));
	else if (s < 3600)
		snprintf(buf, STAMP_SIZE, "%d min %d s", (int)(s / 60), (int)(s % 60));
	else if (s < 86400)
		snprintf(buf, STAMP_SIZE, "%d h %d min", (int)(s / 3600), (int)(s / 60 % 60));
	else
		snprintf(buf, STAMP_SIZE, "%llu days %d h", (unsigned long long)(s / 86400),
			 (int)(s / 3600 % 24));
	return buf;
}
