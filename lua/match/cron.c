/*
 * Cron entries: five fields as bits, and the next time that they mean. The search goes by months, days,
 * hours and minutes, so that it ends soon whatever is asked.
 */
#include "lua/match/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/text.h"

#define YEARS_AHEAD 9 /* a 29th of February may be eight years away */

struct cron_field {
	const char *what;
	unsigned int min, max;
	const char *const *names; /* of min, min + 1 … */
};

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
					  "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static const struct cron_field fields[] = {
	{"minute", 0, 59, NULL},
	{"hour", 0, 23, NULL},
	{"day of the month", 1, 31, NULL},
	{"month", 1, 12, month_names},
	{"day of the week", 0, 7, day_names},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static const struct {
	const char *name, *entry;
} specials[] = {
	{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
	{"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
	{"@annually", "0 0 1 1 *"},
};

/* ---- reading ----------------------------------------------------------------------------------------- */

static int number(const struct cron_field *f, const char **at, unsigned int *out)
{
	size_t len = strspn(*at, "0123456789");
	unsigned int v = 0;

	for (size_t i = 0; f->names && !len && f->names[i]; i++)
		if (!strncasecmp(*at, f->names[i], 3)) {
			*out = f->min + (unsigned int)i;
			*at += 3;
			return 0;
		}
	if (!len || len > 2)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		v = v * 10 + (unsigned int)((*at)[i] - '0');
	*at += len;
	*out = v;
	return v < f->min || v > f->max ? -EINVAL : 0;
}

/* One item of a list: *, N, N-M, each with /STEP. */
static int item(const struct cron_field *f, const char **at, uint64_t *bits)
{
	unsigned int from = f->min, to = f->max, step = 1;
	bool range = **at == '*';

	if (range)
		(*at)++;
	else if (number(f, at, &from))
		return -EINVAL;
	if (!range) {
		to = from;
		if (**at == '-') {
			(*at)++;
			range = true;
			if (number(f, at, &to) || to < from)
				return -EINVAL;
		}
	}
	if (**at == '/') {
		const struct cron_field steps = {NULL, 1, 99, NULL};

		(*at)++;
		if (number(&steps, at, &step))
			return -EINVAL;
		to = range ? to : f->max;
	}
	for (unsigned int v = from; v <= to; v += step)
		*bits |= UINT64_C(1) << v;
	return 0;
}

static int list_of(const struct cron_field *f, const char *text, uint64_t *bits)
{
	for (;;) {
		if (item(f, &text, bits))
			return -EINVAL;
		if (!*text)
			return 0;
		if (*text++ != ',')
			return -EINVAL;
	}
}

static int five_fields(char *text, struct match_cron *out, struct error *err)
{
	uint64_t bits[FIELDS] = {0};
	char *save = NULL, *word = strtok_r(text, " \t", &save);
	size_t i;

	for (i = 0; i < FIELDS && word; i++, word = strtok_r(NULL, " \t", &save)) {
		if (list_of(&fields[i], word, &bits[i]))
			return error_set(err, -EINVAL, "cron entry: %s: %.40s is not %u to %u",
					 fields[i].what, word, fields[i].min, fields[i].max);
		if (i == 2)
			out->any_day = word[0] == '*';
		if (i == 4)
			out->any_weekday = word[0] == '*';
	}
	if (i < FIELDS || word)
		return error_set(err, -EINVAL, "cron entry: five fields are needed");
	out->minutes = bits[0];
	out->hours = (uint32_t)bits[1];
	out->days = (uint32_t)bits[2];
	out->months = (uint32_t)bits[3];
	out->weekdays = (uint8_t)((bits[4] | bits[4] >> 7) & 0x7F);
	return 0;
}

int match_cron_parse(const char *text, struct match_cron *out, struct error *err)
{
	char copy[128];

	*out = (struct match_cron){0};
	if (!strcmp(text, "@reboot")) {
		out->at_start = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		if (!strcmp(text, specials[i].name))
			text = specials[i].entry;
	if (text_copy(copy, sizeof(copy), text) >= sizeof(copy))
		return error_set(err, -EINVAL, "cron entry: longer than %zu characters",
				 sizeof(copy) - 1);
	return five_fields(copy, out, err);
}

/* ---- the next time ------------------------------------------------------------------------------------- */

static bool day_is_meant(const struct match_cron *c, const struct tm *tm)
{
	bool day = c->days & 1u << tm->tm_mday, weekday = c->weekdays & 1u << tm->tm_wday;

	/* As everywhere: where both are restricted, either will do. */
	if (!c->any_day && !c->any_weekday)
		return day || weekday;
	return day && weekday;
}

static int64_t to_epoch(struct tm *tm, bool local)
{
	tm->tm_isdst = -1;
	return local ? (int64_t)mktime(tm) : (int64_t)timegm(tm);
}

static void from_epoch(int64_t t, bool local, struct tm *tm)
{
	time_t at = (time_t)t;

	if (local)
		localtime_r(&at, tm);
	else
		gmtime_r(&at, tm);
}

/* Steps tm to the beginning of the next month, day, hour or minute that may be meant; false: it is. */
static bool step(const struct match_cron *c, struct tm *tm)
{
	if (!(c->months & 1u << (tm->tm_mon + 1))) {
		tm->tm_mon++;
		tm->tm_mday = 1;
		tm->tm_hour = tm->tm_min = 0;
	} else if (!day_is_meant(c, tm)) {
		tm->tm_mday++;
		tm->tm_hour = tm->tm_min = 0;
	} else if (!(c->hours & 1u << tm->tm_hour)) {
		tm->tm_hour++;
		tm->tm_min = 0;
	} else if (!(c->minutes & UINT64_C(1) << tm->tm_min)) {
		tm->tm_min++;
	} else {
		return false;
	}
	return true;
}

/* Of an hour that the zone has twice only the first counts. */
static bool is_repeated(const struct tm *tm, int64_t t)
{
	struct tm before;

	from_epoch(t - 3600, true, &before);
	return before.tm_hour == tm->tm_hour && before.tm_min == tm->tm_min;
}

int64_t match_cron_next(const struct match_cron *c, int64_t after, bool local)
{
	int64_t t = after - after % 60 + 60, until = after + (int64_t)YEARS_AHEAD * 366 * 86400;
	struct tm tm;

	if (c->at_start)
		return -1;
	while (t <= until) {
		int64_t was = t;

		from_epoch(t, local, &tm);
		tm.tm_sec = 0;
		if (step(c, &tm)) {
			t = to_epoch(&tm, local);
			/* At a change of the zone the clock may not go where it was sent. */
			t = t > was ? t : was + 60;
		} else if (local && is_repeated(&tm, t)) {
			t += 60;
		} else {
			return t;
		}
	}
	return -1;
}
