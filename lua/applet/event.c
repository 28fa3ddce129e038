/* applet/event: event statements: read, asked, written. */
#include "lua/applet/applet_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct applet_event {
	char *tag;
	struct applet_statement st;
};

static const struct applet_row tag_row = {
	"tag", APPLET_WORD, 0, 0, 0, NULL, "Tag of the event, for trigger and correlate"};

/* "tag T" at the beginning of the line. */
static int read_tag(struct applet_line_reader *r, struct applet_event *e, struct error *err)
{
	struct applet_line_reader start = *r;
	struct applet_token t;
	int rc = applet_token_next(r, &t, err);

	if (rc <= 0 || !applet_token_is(&t, "tag")) {
		*r = start;
		return rc < 0 ? rc : 0;
	}
	rc = applet_token_next(r, &t, err);
	if (rc < 0)
		return rc;
	if (!rc)
		return error_set(err, -EINVAL, "tag wants a word");
	return applet_value_read(&tag_row, false, t.start, t.len, &e->tag, err);
}

static int event_read(struct applet_line_reader *r, struct applet_event *e, struct error *err)
{
	const struct applet_form *form;
	int rc = read_tag(r, e, err);

	if (rc == 0)
		rc = applet_form_read(&applet_events, r, &form, err);
	if (rc == 0)
		rc = applet_statement_read(&applet_events, form, r, &e->st, err);
	return rc;
}

int applet_event_parse(const char *text, struct applet_event **out, struct error *err,
		       size_t *column)
{
	struct applet_line_reader r = {.text = text};
	struct applet_event *e;
	int rc = applet_text_check(text, err, column);

	if (rc < 0)
		return rc;
	e = alloc_zero(sizeof(*e));
	if (!e)
		return error_set(err, -ENOMEM, "out of memory");
	rc = event_read(&r, e, err);
	if (rc == 0) {
		*out = e;
		return 0;
	}
	if (column)
		*column = r.column;
	applet_event_free(e);
	return rc;
}

void applet_event_free(struct applet_event *e)
{
	if (!e)
		return;
	alloc_free(e->tag);
	applet_statement_clear(&e->st);
	alloc_free(e);
}

/* A JSON value as text; NULL: not one of text, number or truth. */
static char *field_text(const struct applet_row *row, const json_t *v)
{
	bool truth = row->kind == APPLET_CHOICE && !strcmp(row->choices, "true|false");

	if (json_is_string(v))
		return alloc_text(json_string_value(v));
	if (json_is_integer(v))
		return alloc_printf("%" JSON_INTEGER_FORMAT, json_integer_value(v));
	if (json_is_real(v) && row->kind == APPLET_SECONDS)
		return alloc_printf("%.3f", json_real_value(v));
	if (json_is_real(v))
		return alloc_printf("%.15g", json_real_value(v));
	if (json_is_boolean(v) && truth)
		return alloc_text(json_is_true(v) ? "true" : "false");
	if (json_is_boolean(v))
		return alloc_text(json_is_true(v) ? "yes" : "no");
	return NULL;
}

/* A flag is there or not; every other kind goes through its check. */
static int set_field(struct applet_event *e, size_t i, const json_t *v, struct error *err)
{
	const struct applet_row *row = &e->st.form->rows[i];
	char *text;
	int rc = 0;

	if (row->kind == APPLET_FLAG && (json_is_false(v) || json_is_null(v)))
		return 0;
	text = field_text(row, v);
	if (!text)
		return error_set(err, -EINVAL, "%s wants a text, a number or true or false",
				 row->name);
	if (strlen(text) > APPLET_LINE_MAX)
		rc = error_set(err, -EINVAL, "%s is longer than %d bytes", row->name,
			       APPLET_LINE_MAX);
	if (rc == 0)
		rc = applet_value_read(row, false, text, strlen(text), &e->st.values[i], err);
	alloc_free(text);
	return rc;
}

static int set_fields(struct applet_event *e, const json_t *options, struct error *err)
{
	const char *key;
	json_t *v;
	int rc = 0;

	json_object_foreach((json_t *)(uintptr_t)options, key, v)
	{
		size_t i = 0;

		if (!strcmp(key, "tag") && json_is_string(v) && !e->tag) {
			rc = applet_value_read(&tag_row, false, json_string_value(v),
					       json_string_length(v), &e->tag, err);
		} else {
			while (i < e->st.form->count &&
			       !applet_same_name(key, e->st.form->rows[i].name))
				i++;
			if (i == e->st.form->count || e->st.values[i])
				rc = error_set(err, -EINVAL, "\"%.64s\" is not an option of %s",
					       key, e->st.form->name);
			else
				rc = set_field(e, i, v, err);
		}
		if (rc < 0)
			return rc;
	}
	return applet_statement_check(&e->st, err);
}

static const struct applet_form *detector_form(const char *name)
{
	for (size_t i = 0; i < applet_events.count; i++) {
		if (applet_same_name(name, applet_events.forms[i].name))
			return &applet_events.forms[i];
	}
	return NULL;
}

int applet_event_from_fields(const char *detector, const json_t *options, struct applet_event **out,
			     struct error *err)
{
	const struct applet_form *form = detector_form(detector);
	struct applet_event *e;
	int rc;

	if (!form)
		return error_set(err, -EINVAL, "unknown event detector \"%.64s\"", detector);
	if (form->refusal)
		return error_set(err, -EINVAL, "%s is not of this box: %s", form->name,
				 form->refusal);
	if (options && !json_is_object(options))
		return error_set(err, -EINVAL, "%s wants a table of options", form->name);
	e = alloc_zero(sizeof(*e));
	if (!e)
		return error_set(err, -ENOMEM, "out of memory");
	e->st.form = form;
	rc = set_fields(e, options, err);
	if (rc < 0)
		applet_event_free(e);
	else
		*out = e;
	return rc;
}

enum applet_detector applet_event_detector(const struct applet_event *e)
{
	return (enum applet_detector)e->st.form->what;
}

const char *applet_event_tag(const struct applet_event *e)
{
	return e->tag;
}

const char *applet_event_value(const struct applet_event *e, const char *option)
{
	return applet_statement_value(&e->st, option);
}

bool applet_event_number(const struct applet_event *e, const char *option, int64_t *out)
{
	const char *value = applet_statement_value(&e->st, option);
	char *end;

	if (!value)
		return false;
	errno = 0;
	*out = strtoll(value, &end, value[0] == '0' && (value[1] | 0x20) == 'x' ? 16 : 10);
	return !errno && end != value && !*end;
}

uint64_t applet_event_ms(const struct applet_event *e, const char *option, uint64_t otherwise)
{
	const char *value = applet_statement_value(&e->st, option);

	return value ? applet_ms(value) : otherwise;
}

/* The text, or NULL where the memory ran out. */
static char *taken(struct text *t)
{
	if (!t->failed)
		return t->data ? text_take(t) : alloc_text("");
	text_free(t);
	return NULL;
}

char *applet_event_text(const struct applet_event *e)
{
	struct text t;

	text_init(&t, 0);
	if (e->tag)
		text_addf(&t, "tag %s ", e->tag);
	applet_statement_add(&t, &e->st);
	return taken(&t);
}

static void add_seconds(struct text *t, const char *name, uint64_t ms)
{
	text_addf(t, " %s %" PRIu64 ".%03u", name, ms / 1000, (unsigned int)(ms % 1000));
}

/* As the router lists it: texts in braces, seconds with three decimals, "cron entry" in two words. */
static void add_registered(struct text *t, const struct applet_row *row, const char *value)
{
	bool braces = row->kind == APPLET_STRING || row->kind == APPLET_PATTERN ||
		      row->kind == APPLET_CRON ||
		      (row->kind == APPLET_WORD && !strcmp(row->name, "name"));
	const char *name = row->kind == APPLET_CRON ? "cron entry" : row->name;

	if (row->kind == APPLET_SECONDS)
		add_seconds(t, name, applet_ms(value));
	else if (row->kind == APPLET_FLAG)
		text_addf(t, " %s", name);
	else
		text_addf(t, braces ? " %s {%s}" : " %s %s", name, value);
}

static bool is_common(const struct applet_row *row)
{
	return (row->flags & APPLET_LUA) || !strcmp(row->name, "maxrun") ||
	       !strcmp(row->name, "ratelimit");
}

char *applet_event_registered(const struct applet_event *e)
{
	const struct applet_form *form = e->st.form;
	struct text t;
	size_t before;

	text_init(&t, 0);
	if (e->tag)
		text_addf(&t, " tag %s", e->tag);
	for (size_t i = 0; i < form->count; i++) {
		const struct applet_row *row = &form->rows[i];

		/* The kind of a timer stands in the column of the event's type. */
		if (!e->st.values[i] || is_common(row) || (form->what == APPLET_TIMER && i == 0))
			continue;
		add_registered(&t, row, e->st.values[i]);
	}
	if (t.len)
		text_add(&t, "\n");
	before = t.len;
	add_seconds(&t, "maxrun", applet_event_ms(e, "maxrun", APPLET_MAXRUN_DEFAULT));
	if (t.len > before && applet_event_value(e, "ratelimit"))
		add_seconds(&t, "ratelimit", applet_event_ms(e, "ratelimit", 0));
	text_add(&t, "\n");
	return taken(&t);
}
