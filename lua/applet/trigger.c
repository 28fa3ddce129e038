/* applet/trigger: the trigger block: when several events together run an applet. */
#include "lua/applet/applet_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

#define ATTRIBUTES_MAX 16
#define SECONDS_MAX    4294967295

enum join { JOIN_NONE, JOIN_AND, JOIN_OR, JOIN_ANDNOT };

struct operand {
	enum join join; /* with what stands before it */
	bool track;
	char *name;
	uint32_t number; /* of a track */
};

struct attribute {
	struct applet_statement st;
	char *line;
};

struct correlation {
	struct operand operands[APPLET_CORRELATE_MAX];
	size_t count;
	char *line;
};

struct applet_trigger {
	struct applet_statement st;
	char *line;
	struct correlation correlation;
	struct attribute attributes[ATTRIBUTES_MAX];
	size_t attribute_count;
};

static const struct applet_row trigger_rows[] = {
	{"occurs", APPLET_NUMBER, 0, 1, 32, NULL, "Number of times the correlation must hold"},
	{"period", APPLET_SECONDS, 0, 0, SECONDS_MAX, NULL, "Within so many seconds"},
	{"period-start", APPLET_CRON, 0, 0, 0, NULL, "When the window opens, as a cron entry"},
	{"delay", APPLET_SECONDS, 0, 0, SECONDS_MAX, NULL, "Run so many seconds after"},
};
static const struct applet_row attribute_rows[] = {
	{"tag", APPLET_WORD, APPLET_REQUIRED, 0, 0, NULL, "Tag of an event"},
	{"occurs", APPLET_NUMBER, 0, 1, 32, NULL, "Number of times it must be seen"},
};
static const struct applet_form trigger_form = {
	.name = "trigger", .rows = trigger_rows, .count = 4};
static const struct applet_form attribute_form = {
	.name = "attribute", .rows = attribute_rows, .count = 2};
const struct applet_forms applet_triggers = {"trigger", &trigger_form, 1, false};
const struct applet_forms applet_attributes = {"attribute", &attribute_form, 1, false};

static char *statement_line(const struct applet_statement *st, size_t skip)
{
	struct text t;

	text_init(&t, 0);
	applet_statement_add(&t, st);
	if (!t.failed && t.len <= skip) {
		text_free(&t);
		return alloc_text("");
	}
	if (!t.failed)
		memmove(t.data, t.data + skip, t.len + 1 - skip);
	return text_take(&t);
}

static int read_statement(const struct applet_forms *forms, const char *text,
			  struct applet_statement *st, struct error *err, size_t *column)
{
	struct applet_line_reader r = {.text = text};
	int rc = applet_text_check(text, err, column);

	if (rc < 0)
		return rc;
	rc = applet_statement_read(forms, forms->forms, &r, st, err);
	if (rc < 0 && column)
		*column = r.column;
	return rc;
}

int applet_trigger_parse(const char *text, struct applet_trigger **out, struct error *err,
			 size_t *column)
{
	struct applet_trigger *t = alloc_zero(sizeof(*t));
	int rc = t ? read_statement(&applet_triggers, text, &t->st, err, column)
		   : error_set(err, -ENOMEM, "out of memory");

	if (rc < 0) {
		alloc_free(t);
		return rc;
	}
	t->line = statement_line(&t->st, sizeof("trigger"));
	if (!t->line) {
		applet_trigger_free(t);
		return error_set(err, -ENOMEM, "out of memory");
	}
	*out = t;
	return 0;
}

static void correlation_clear(struct correlation *c)
{
	for (size_t i = 0; i < c->count; i++)
		alloc_free(c->operands[i].name);
	alloc_free(c->line);
	*c = (struct correlation){0};
}

void applet_trigger_free(struct applet_trigger *t)
{
	if (!t)
		return;
	applet_statement_clear(&t->st);
	alloc_free(t->line);
	correlation_clear(&t->correlation);
	for (size_t i = 0; i < t->attribute_count; i++) {
		applet_statement_clear(&t->attributes[i].st);
		alloc_free(t->attributes[i].line);
	}
	alloc_free(t);
}

/* "event T" or "track N". */
static int read_operand(struct applet_line_reader *r, struct operand *o, struct error *err)
{
	static const struct applet_row tag = {.name = "event", .kind = APPLET_WORD};
	static const struct applet_row number = {
		.name = "track", .kind = APPLET_NUMBER, .min = 1, .max = 1000};
	struct applet_token t;
	int rc = applet_token_next(r, &t, err);

	if (rc < 0)
		return rc;
	if (!rc || (!applet_token_begins(&t, "event") && !applet_token_begins(&t, "track")))
		return error_set(err, -EINVAL, "event TAG or track NUMBER is wanted");
	o->track = applet_token_begins(&t, "track");
	rc = applet_token_next(r, &t, err);
	if (rc < 0)
		return rc;
	if (!rc)
		return error_set(err, -EINVAL, "%s wants a value", o->track ? "track" : "event");
	rc = applet_value_read(o->track ? &number : &tag, false, t.start, t.len, &o->name, err);
	return rc < 0 || !o->track ? rc : text_u32(o->name, 1, 1000, &o->number);
}

static const char *const joins[] = {[JOIN_AND] = "and", [JOIN_OR] = "or", [JOIN_ANDNOT] = "andnot"};

/* 1: a word that joins; 0: the line is over. */
static int read_join(struct applet_line_reader *r, enum join *join, struct error *err)
{
	struct applet_token t;
	int rc = applet_token_next(r, &t, err);

	if (rc <= 0)
		return rc;
	for (int i = JOIN_AND; i <= JOIN_ANDNOT; i++) {
		if (applet_token_is(&t, joins[i])) {
			*join = (enum join)i;
			return 1;
		}
	}
	return error_set(err, -EINVAL, "and, or, or andnot is wanted, not \"%.*s\"", (int)t.len,
			 t.start);
}

static int read_correlation(struct applet_line_reader *r, struct correlation *c, struct error *err)
{
	enum join join = JOIN_NONE;
	int rc;

	do {
		if (c->count == APPLET_CORRELATE_MAX)
			return error_set(err, -EINVAL, "a correlation has at most %d events",
					 APPLET_CORRELATE_MAX);
		c->operands[c->count].join = join;
		rc = read_operand(r, &c->operands[c->count++], err);
		if (rc == 0)
			rc = read_join(r, &join, err);
	} while (rc > 0);
	return rc;
}

static char *correlation_line(const struct correlation *c)
{
	struct text t;

	text_init(&t, 0);
	text_add(&t, "correlate");
	for (size_t i = 0; i < c->count; i++) {
		const struct operand *o = &c->operands[i];

		if (o->join)
			text_addf(&t, " %s", joins[o->join]);
		text_addf(&t, " %s %s", o->track ? "track" : "event", o->name);
	}
	if (!t.failed)
		return text_take(&t);
	text_free(&t);
	return NULL;
}

int applet_trigger_correlate(struct applet_trigger *t, const char *text, struct error *err,
			     size_t *column)
{
	struct applet_line_reader r = {.text = text};
	struct correlation c = {0};
	int rc = applet_text_check(text, err, column);

	if (rc < 0)
		return rc;
	rc = read_correlation(&r, &c, err);
	if (rc == 0)
		c.line = correlation_line(&c);
	else if (column)
		*column = r.column;
	if (rc == 0 && !c.line)
		rc = error_set(err, -ENOMEM, "out of memory");
	if (rc < 0) {
		correlation_clear(&c);
		return rc;
	}
	correlation_clear(&t->correlation);
	t->correlation = c;
	return 0;
}

/* Where the attribute of a tag stands; behind the last: it is new. */
static size_t attribute_place(const struct applet_trigger *t, const char *tag)
{
	size_t i = 0;

	while (i < t->attribute_count && strcmp(t->attributes[i].st.values[0], tag))
		i++;
	return i;
}

int applet_trigger_attribute(struct applet_trigger *t, const char *text, struct error *err,
			     size_t *column)
{
	struct attribute a = {0};
	size_t place;
	int rc = read_statement(&applet_attributes, text, &a.st, err, column);

	if (rc < 0)
		return rc;
	place = attribute_place(t, a.st.values[0]);
	a.line = statement_line(&a.st, 0);
	if (!a.line)
		rc = error_set(err, -ENOMEM, "out of memory");
	else if (place == ATTRIBUTES_MAX)
		rc = error_set(err, -EINVAL, "a trigger has at most %d attributes", ATTRIBUTES_MAX);
	if (rc < 0) {
		applet_statement_clear(&a.st);
		alloc_free(a.line);
		return rc;
	}
	if (place == t->attribute_count) {
		t->attribute_count++;
	} else {
		applet_statement_clear(&t->attributes[place].st);
		alloc_free(t->attributes[place].line);
	}
	t->attributes[place] = a;
	return 0;
}

const char *applet_trigger_line(const struct applet_trigger *t, size_t index)
{
	if (index == 0)
		return t->line;
	if (t->correlation.count && --index == 0)
		return t->correlation.line;
	return index && index <= t->attribute_count ? t->attributes[index - 1].line : NULL;
}

static uint32_t occurs_of(const struct applet_statement *st)
{
	const char *value = applet_statement_value(st, "occurs");
	uint32_t n = 1;

	return value && text_u32(value, 1, 32, &n) < 0 ? 1 : n;
}

uint32_t applet_trigger_occurs(const struct applet_trigger *t)
{
	return occurs_of(&t->st);
}

static uint64_t ms_of(const struct applet_trigger *t, const char *row)
{
	const char *value = applet_statement_value(&t->st, row);

	return value ? applet_ms(value) : 0;
}

uint64_t applet_trigger_period_ms(const struct applet_trigger *t)
{
	return ms_of(t, "period");
}

uint64_t applet_trigger_delay_ms(const struct applet_trigger *t)
{
	return ms_of(t, "delay");
}

const char *applet_trigger_period_start(const struct applet_trigger *t)
{
	return applet_statement_value(&t->st, "period-start");
}

const char *applet_trigger_operand(const struct applet_trigger *t, size_t index, bool *track)
{
	if (index >= t->correlation.count)
		return NULL;
	*track = t->correlation.operands[index].track;
	return t->correlation.operands[index].name;
}

static bool operand_holds(const struct applet_trigger *t, const struct operand *o,
			  const struct applet_trigger_facts *facts)
{
	size_t place;
	uint32_t wanted;

	if (o->track)
		return facts->track_up(facts->ctx, o->number);
	place = attribute_place(t, o->name);
	wanted = place < t->attribute_count ? occurs_of(&t->attributes[place].st) : 1;
	return facts->seen(facts->ctx, o->name) >= wanted;
}

bool applet_trigger_holds(const struct applet_trigger *t, const struct applet_trigger_facts *facts)
{
	bool holds = true;

	for (size_t i = 0; i < t->correlation.count; i++) {
		const struct operand *o = &t->correlation.operands[i];
		bool now = operand_holds(t, o, facts);

		if (o->join == JOIN_OR)
			holds = holds || now;
		else if (o->join == JOIN_ANDNOT)
			holds = holds && !now;
		else
			holds = holds && now;
	}
	return holds;
}
