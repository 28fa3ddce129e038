/* applet/value: one value by the kind that its row names. */
#include "lua/applet/applet_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/alloc.h"
#include "base/regex.h"

#define DIGITS "0123456789"

/* Whether a $name stands in it, which only the run will know. */
static bool has_variable(const char *s)
{
	for (s = strchr(s, '$'); s; s = strchr(s + 1, '$')) {
		if (s[1] == '_' || (s[1] >= 'a' && s[1] <= 'z') || (s[1] >= 'A' && s[1] <= 'Z'))
			return true;
	}
	return false;
}

static bool parse_number(const char *s, int64_t *out)
{
	uint64_t magnitude;
	bool minus = *s == '-';

	if (text_u64(s + minus, 0, INT64_MAX, &magnitude) < 0)
		return false;
	*out = minus ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

static int check_number(const struct applet_row *row, const char *s, struct error *err)
{
	int64_t n;

	if (parse_number(s, &n) && n >= row->min && n <= row->max)
		return 0;
	return error_set(err, -EINVAL, "%s wants a number from %" PRId64 " to %" PRId64 ", not %s",
			 row->name, row->min, row->max, s);
}

static int check_spi(const struct applet_row *row, const char *s, struct error *err)
{
	uint32_t n;

	if (!strncasecmp(s, "0x", 2) && s[2] && strlen(s) <= 10 &&
	    strspn(s + 2, DIGITS "abcdefABCDEF") == strlen(s + 2))
		return 0;
	if (text_u32(s, 0, UINT32_MAX, &n) == 0)
		return 0;
	return error_set(err, -EINVAL, "%s wants an SPI (0x68842105), not %s", row->name, s);
}

uint64_t applet_ms(const char *seconds)
{
	static const uint64_t scale[] = {1000, 100, 10, 1};
	size_t whole = strspn(seconds, DIGITS), part;
	uint64_t n = 0, ms = 0;

	for (size_t i = 0; i < whole; i++)
		n = n * 10 + (uint64_t)(seconds[i] - '0');
	if (seconds[whole] != '.')
		return n * 1000;
	seconds += whole + 1;
	part = strspn(seconds, DIGITS);
	for (size_t i = 0; i < part && i < 3; i++)
		ms = ms * 10 + (uint64_t)(seconds[i] - '0');
	return n * 1000 + ms * scale[part < 3 ? part : 3];
}

static bool is_seconds(const char *s)
{
	size_t whole = strspn(s, DIGITS), part;

	if (!whole || whole > 10)
		return false;
	if (!s[whole])
		return true;
	part = strspn(s + whole + 1, DIGITS);
	return s[whole] == '.' && part && part <= 3 && !s[whole + 1 + part];
}

static int check_seconds(const struct applet_row *row, const char *s, struct error *err)
{
	if (is_seconds(s) && applet_ms(s) >= (uint64_t)row->min &&
	    applet_ms(s) <= (uint64_t)row->max * 1000)
		return 0;
	return error_set(err, -EINVAL,
			 "%s wants seconds (sssssssss[.mmm]) from %s to %" PRId64 ", not %s",
			 row->name, row->min ? "0.001" : "0", row->max, s);
}

static int check_pattern(const struct applet_row *row, const char *s, struct error *err)
{
	struct error why = {0};
	struct regex *re = regex_new(s, &why);

	regex_free(re);
	if (re)
		return 0;
	return error_set(err, why.code, "%s: %s", row->name, why.text);
}

static const struct {
	const char *name;
	unsigned int min, max;
	const char *names; /* three letters each, from `from` */
	unsigned int from;
} cron_fields[] = {
	{"minute", 0, 59, "", 0},
	{"hour", 0, 23, "", 0},
	{"day of month", 1, 31, "", 0},
	{"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", 1},
	{"day of week", 0, 7, "sunmontuewedthufrisat", 0},
};

/* A number or the name of a month or day; false: neither. */
static bool cron_number(const char **s, size_t field, unsigned int *out)
{
	size_t digits = strspn(*s, DIGITS);
	const char *names = cron_fields[field].names;

	*out = 0;
	if (digits && digits <= 2) {
		for (; digits; digits--)
			*out = *out * 10 + (unsigned int)(*(*s)++ - '0');
		return true;
	}
	for (size_t i = 0; names[i] && strlen(*s) >= 3; i += 3) {
		if (strncasecmp(*s, names + i, 3) != 0)
			continue;
		*out = (unsigned int)(i / 3) + cron_fields[field].from;
		*s += 3;
		return true;
	}
	return false;
}

/* *, N, N-M, each with /STEP. */
static bool cron_range(const char **s, size_t field)
{
	unsigned int low = cron_fields[field].min, high = cron_fields[field].max, step = 1;

	if (**s == '*') {
		(*s)++;
	} else {
		if (!cron_number(s, field, &low))
			return false;
		high = low;
		if (**s == '-') {
			(*s)++;
			if (!cron_number(s, field, &high))
				return false;
		}
	}
	if (**s == '/') {
		(*s)++;
		if (!strspn(*s, DIGITS) || !cron_number(s, field, &step))
			return false;
	}
	return low >= cron_fields[field].min && high <= cron_fields[field].max && low <= high &&
	       step;
}

static bool cron_field(const char **s, size_t field)
{
	do {
		*s += **s == ',';
		if (!cron_range(s, field))
			return false;
	} while (**s == ',');
	return true;
}

static int check_cron(const struct applet_row *row, const char *s, struct error *err)
{
	static const char specials[] =
		"@yearly|@annually|@monthly|@weekly|@daily|@midnight|@hourly|"
		"@reboot|";
	const char *at = *s == '@' && !strchr(s, '|') ? strcasestr(specials, s) : NULL;

	if (at && at[strlen(s)] == '|')
		return 0;
	for (size_t i = 0; i < 5; i++) {
		s += strspn(s, " \t");
		if (!cron_field(&s, i) || (*s && *s != ' ' && *s != '\t'))
			return error_set(err, -EINVAL, "%s: the field of the %s is wrong at \"%s\"",
					 row->name, cron_fields[i].name, s);
	}
	if (s[strspn(s, " \t")])
		return error_set(err, -EINVAL, "%s has more than five fields", row->name);
	return 0;
}

static bool is_name(const char *s)
{
	size_t len = strspn(s, DIGITS "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len && !s[len] && !strchr(DIGITS, *s) && len <= APPLET_LABEL_MAX;
}

static int check_name(const struct applet_row *row, const char *s, struct error *err)
{
	if (is_name(s))
		return 0;
	return error_set(err, -EINVAL,
			 "%s wants the name of a variable (letters, digits and _, no digit first), "
			 "not %s",
			 row->name, s);
}

static int check_word(const struct applet_row *row, const char *s, struct error *err)
{
	if (*s && !strpbrk(s, " \t"))
		return 0;
	return error_set(err, -EINVAL, "%s wants one word", row->name);
}

static int check_oid(const struct applet_row *row, const char *s, struct error *err)
{
	size_t len = strspn(s, DIGITS ".");

	if (len && !s[len] && *s != '.' && !strstr(s, ".."))
		return 0;
	return error_set(err, -EINVAL, "%s wants an object identifier (1.3.6.1.4), not %s",
			 row->name, s);
}

static int check_address(const struct applet_row *row, const char *s, struct error *err)
{
	struct addr a;

	if (addr_parse(&a, s) == 0)
		return 0;
	return error_set(err, -EINVAL, "%s wants an address, not %s", row->name, s);
}

static int check_label(const struct applet_row *row, const char *s, struct error *err)
{
	(void)row;
	return applet_label_check(s, err);
}

static int check_any(const struct applet_row *row, const char *s, struct error *err)
{
	(void)row, (void)s, (void)err;
	return 0;
}

/* Where a $name stands, only the run can check; what is printed without quotes has to be one word. */
enum late { LATE_NEVER, LATE_WORD, LATE_TEXT };

static const struct {
	int (*check)(const struct applet_row *row, const char *s, struct error *err);
	enum late late;
} kinds[] = {
	[APPLET_FLAG] = {check_any, LATE_NEVER},
	[APPLET_CHOICE] = {check_any, LATE_NEVER},
	[APPLET_NUMBER] = {check_number, LATE_WORD},
	[APPLET_SPI] = {check_spi, LATE_WORD},
	[APPLET_SECONDS] = {check_seconds, LATE_WORD},
	[APPLET_STRING] = {check_any, LATE_TEXT},
	[APPLET_PATTERN] = {check_pattern, LATE_TEXT},
	[APPLET_CRON] = {check_cron, LATE_NEVER},
	[APPLET_WORD] = {check_word, LATE_WORD},
	[APPLET_NAME] = {check_name, LATE_NEVER},
	[APPLET_OPERAND] = {check_any, LATE_TEXT},
	[APPLET_LABEL] = {check_label, LATE_NEVER},
	[APPLET_OID] = {check_oid, LATE_WORD},
	[APPLET_ADDRESS] = {check_address, LATE_WORD},
	[APPLET_REST] = {check_any, LATE_TEXT},
};

static bool is_late(const struct applet_row *row, const char *s)
{
	enum late late = kinds[row->kind].late;

	return late && has_variable(s) && (late == LATE_TEXT || !strpbrk(s, " \t"));
}

/* The choice that s begins; an exact one first. */
static int read_choice(const struct applet_row *row, const char *s, char **out, struct error *err)
{
	const char *found = NULL;
	size_t len = strlen(s), found_len = 0;
	unsigned int hits = 0;

	for (const char *c = row->choices; *c;) {
		size_t n = strcspn(c, "|");

		if (len && len <= n && !strncasecmp(c, s, len)) {
			hits = len == n ? 1 : hits + 1;
			found = c;
			found_len = n;
			if (len == n)
				break;
		}
		c += n + (c[n] == '|');
	}
	if (hits != 1)
		return error_set(err, -EINVAL, "%s wants one of %s, not \"%s\"", row->name,
				 row->choices, s);
	*out = alloc_printf("%.*s", (int)found_len, found);
	return *out ? 0 : error_set(err, -ENOMEM, "out of memory");
}

int applet_value_read(const struct applet_row *row, bool variables, const char *s, size_t len,
		      char **out, struct error *err)
{
	char *copy = alloc_printf("%.*s", (int)len, s);
	int rc;

	if (!copy)
		return error_set(err, -ENOMEM, "out of memory");
	if (row->kind == APPLET_CHOICE) {
		rc = read_choice(row, copy, out, err);
		alloc_free(copy);
		return rc;
	}
	rc = variables && is_late(row, copy) ? 0 : kinds[row->kind].check(row, copy, err);
	if (rc < 0)
		alloc_free(copy);
	else
		*out = copy;
	return rc;
}
