/* applet/form: a line read by the rows of its form, and written again. */
#include "lua/applet/applet_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

void applet_statement_clear(struct applet_statement *st)
{
	for (size_t i = 0; i < APPLET_ROWS_MAX; i++)
		alloc_free(st->values[i]);
	*st = (struct applet_statement){0};
}

bool applet_same_name(const char *name, const char *row)
{
	for (; *name && *row; name++, row++) {
		if (*name != *row && !(*name == '_' && *row == '-'))
			return false;
	}
	return *name == *row;
}

static int row_named(const struct applet_statement *st, const char *row)
{
	for (size_t i = 0; i < st->form->count; i++) {
		if (applet_same_name(row, st->form->rows[i].name))
			return (int)i;
	}
	return -1;
}

const char *applet_statement_value(const struct applet_statement *st, const char *row)
{
	int i = row_named(st, row);

	return i < 0 ? NULL : st->values[i];
}

static size_t first_word(const char *name)
{
	return strcspn(name, " ");
}

/* The word of a form's name at that place (0, 1), NUL-terminated in buf; false: it has none. */
static bool form_word(const struct applet_form *f, int place, char *buf, size_t size)
{
	size_t first = first_word(f->name);

	if (place == 0)
		snprintf(buf, size, "%.*s", (int)first, f->name);
	else
		snprintf(buf, size, "%s", f->name[first] ? f->name + first + 1 : "");
	return buf[0];
}

static bool same_first(const struct applet_form *a, const struct applet_form *b)
{
	size_t n = first_word(a->name);

	return n == first_word(b->name) && !strncmp(a->name, b->name, n);
}

/* Of the forms that share `before`'s first word (NULL: all) the one whose word at `place` the token begins.
 * An exact one wins. NULL: none or several (then *other is the second). */
static const struct applet_form *find_form(const struct applet_forms *forms, int place,
					   const struct applet_form *before,
					   const struct applet_token *t,
					   const struct applet_form **other)
{
	const struct applet_form *found = NULL;
	char word[64];

	*other = NULL;
	for (size_t i = 0; i < forms->count; i++) {
		const struct applet_form *f = &forms->forms[i];

		if (before && !same_first(before, f))
			continue;
		if (!form_word(f, place, word, sizeof(word)) || !applet_token_begins(t, word))
			continue;
		if (applet_token_is(t, word)) {
			*other = NULL;
			return f;
		}
		if (found && (place || !same_first(found, f)))
			*other = f;
		else if (!found)
			found = f;
	}
	return *other ? NULL : found;
}

static int form_missing(const struct applet_forms *forms, int place, const struct applet_form *f,
			struct error *err)
{
	if (!place)
		return error_set(err, -EINVAL, "%s is missing", forms->what);
	return error_set(err, -EINVAL, "%.*s is not complete: another word must follow",
			 (int)first_word(f->name), f->name);
}

static int form_unknown(const struct applet_forms *forms, const struct applet_token *t,
			const struct applet_form *other, struct error *err)
{
	if (other)
		return error_set(err, -EINVAL, "\"%.*s\" is ambiguous", (int)t->len, t->start);
	return error_set(err, -EINVAL, "unknown %s \"%.*s\"", forms->what, (int)t->len, t->start);
}

int applet_form_read(const struct applet_forms *forms, struct applet_line_reader *r,
		     const struct applet_form **out, struct error *err)
{
	const struct applet_form *f = NULL, *other;
	struct applet_token t;

	for (int place = 0; place < 2; place++) {
		int rc = applet_token_next(r, &t, err);

		if (rc < 0)
			return rc;
		if (!rc)
			return form_missing(forms, place, f, err);
		f = find_form(forms, place, f, &t, &other);
		if (!f)
			return form_unknown(forms, &t, other, err);
		if (f->refusal)
			return error_set(err, -EINVAL, "%s is not of this box: %s", f->name,
					 f->refusal);
		if (!f->name[first_word(f->name)])
			break;
	}
	*out = f;
	return 0;
}

/* First row behind the place that was filled last: options before it are over. */
static size_t group_of(const struct applet_statement *st)
{
	size_t start = 0;

	for (size_t i = 0; i < st->form->count; i++) {
		if ((st->form->rows[i].flags & APPLET_PLACE) && st->values[i])
			start = i + 1;
	}
	return start;
}

/* The row that the token belongs to: an option not yet given that it begins, else the next place.
 * -1: none; -2: it begins several. */
static int find_row(const struct applet_statement *st, const struct applet_token *t)
{
	const struct applet_form *f = st->form;
	int found = -1;
	size_t i;

	for (i = group_of(st); i < f->count && !(f->rows[i].flags & APPLET_PLACE); i++) {
		if (st->values[i] || (f->rows[i].flags & APPLET_LUA) ||
		    !applet_token_begins(t, f->rows[i].name))
			continue;
		if (applet_token_is(t, f->rows[i].name))
			return (int)i;
		found = found == -1 ? (int)i : -2;
	}
	if (found == -1 && i < f->count)
		return (int)i;
	return found;
}

static int row_unknown(const struct applet_statement *st, const struct applet_token *t, int why,
		       struct error *err)
{
	int len = (int)t->len;

	if (why == -2)
		return error_set(err, -EINVAL, "\"%.*s\" is ambiguous after %s", len, t->start,
				 st->form->name);
	for (size_t i = 0; i < st->form->count; i++) {
		if (st->values[i] && !(st->form->rows[i].flags & APPLET_PLACE) &&
		    applet_token_is(t, st->form->rows[i].name))
			return error_set(err, -EINVAL, "%s is given twice", st->form->rows[i].name);
	}
	return error_set(err, -EINVAL, "\"%.*s\" is not an option of %s", len, t->start,
			 st->form->name);
}

const char *applet_value_name(const struct applet_row *row, char *buf, size_t size)
{
	static const char *const names[] = {
		[APPLET_SPI] = "SPI",	      [APPLET_SECONDS] = "SECONDS",
		[APPLET_STRING] = "STRING",   [APPLET_PATTERN] = "REGULAR-EXPRESSION",
		[APPLET_CRON] = "CRON-ENTRY", [APPLET_WORD] = "WORD",
		[APPLET_NAME] = "VARIABLE",   [APPLET_OPERAND] = "VALUE",
		[APPLET_LABEL] = "LABEL",     [APPLET_OID] = "OID",
		[APPLET_ADDRESS] = "A.B.C.D", [APPLET_REST] = "LINE",
	};

	if (row->kind == APPLET_NUMBER)
		snprintf(buf, size, "<%" PRId64 "-%" PRId64 ">", row->min, row->max);
	else
		snprintf(buf, size, "%s",
			 row->kind == APPLET_CHOICE ? row->choices : names[row->kind]);
	return buf;
}

/* The next token; of a form whose value is the rest of the line, that, blanks at its ends off. */
static int next_token(const struct applet_statement *st, struct applet_line_reader *r,
		      struct applet_token *t, struct error *err)
{
	if (!st->form->count || st->form->rows[0].kind != APPLET_REST)
		return applet_token_next(r, t, err);
	r->column = r->at += strspn(r->text + r->at, " \t");
	*t = (struct applet_token){.start = r->text + r->at, .column = r->at};
	t->len = strlen(t->start);
	r->at += t->len;
	while (t->len && (t->start[t->len - 1] == ' ' || t->start[t->len - 1] == '\t'))
		t->len--;
	return t->len ? 1 : 0;
}

/* The value of an option whose keyword was read. */
static int read_operand(const struct applet_row *row, struct applet_line_reader *r,
			struct applet_token *t, struct error *err)
{
	char name[160];
	int rc = applet_token_next(r, t, err);

	if (rc)
		return rc;
	return error_set(err, -EINVAL, "%s wants a value: %s", row->name,
			 applet_value_name(row, name, sizeof(name)));
}

static int read_row(const struct applet_forms *forms, struct applet_statement *st, size_t i,
		    struct applet_line_reader *r, struct applet_token *t, struct error *err)
{
	const struct applet_row *row = &st->form->rows[i];
	int rc;

	if (row->kind == APPLET_FLAG) {
		st->values[i] = alloc_text("yes");
		return st->values[i] ? 0 : error_set(err, -ENOMEM, "out of memory");
	}
	if (!(row->flags & APPLET_PLACE)) {
		rc = read_operand(row, r, t, err);
		if (rc < 0)
			return rc;
	}
	return applet_value_read(row, forms->variables, t->start, t->len, &st->values[i], err);
}

int applet_statement_check(const struct applet_statement *st, struct error *err)
{
	char name[160];
	const char *sentence;

	for (size_t i = 0; i < st->form->count; i++) {
		const struct applet_row *row = &st->form->rows[i];

		if (!(row->flags & APPLET_REQUIRED) || st->values[i])
			continue;
		if (row->flags & APPLET_PLACE)
			return error_set(err, -EINVAL, "%s wants a value for %s: %s",
					 st->form->name, row->name,
					 applet_value_name(row, name, sizeof(name)));
		return error_set(err, -EINVAL, "%s wants the option %s", st->form->name, row->name);
	}
	sentence = st->form->check ? st->form->check(st) : NULL;
	return sentence ? error_set(err, -EINVAL, "%s: %s", st->form->name, sentence) : 0;
}

/* Reads rows to the end of the line; *last is the one that was read last. */
static int read_rows(const struct applet_forms *forms, struct applet_line_reader *r,
		     struct applet_statement *st, int *last, struct error *err)
{
	struct applet_token t;
	int rc;

	while ((rc = next_token(st, r, &t, err)) > 0) {
		*last = find_row(st, &t);
		rc = *last < 0 ? row_unknown(st, &t, *last, err)
			       : read_row(forms, st, (size_t)*last, r, &t, err);
		if (rc < 0)
			break;
	}
	return rc;
}

int applet_statement_read(const struct applet_forms *forms, const struct applet_form *form,
			  struct applet_line_reader *r, struct applet_statement *st,
			  struct error *err)
{
	int rc, last;

	*st = (struct applet_statement){.form = form};
	rc = read_rows(forms, r, st, &last, err);
	if (rc == 0)
		rc = applet_statement_check(st, err);
	if (rc < 0)
		applet_statement_clear(st);
	return rc;
}

void applet_statement_scan(const struct applet_forms *forms, const struct applet_form *form,
			   struct applet_line_reader *r, struct applet_statement *st,
			   const struct applet_row **open)
{
	int last = -1;

	*st = (struct applet_statement){.form = form};
	*open = NULL;
	if (read_rows(forms, r, st, &last, NULL) == 0)
		return;
	/* An option at the very end lacks its value only. */
	if (last >= 0 && !r->text[r->at] && r->column == r->at)
		*open = &form->rows[last];
	applet_statement_clear(st);
}

static bool is_variable(const char *s)
{
	return *s == '$' && strlen(s) > 1 && !strpbrk(s + 1, "$ \t.,:;/-+*()[]{}") &&
	       (s[1] < '0' || s[1] > '9');
}

static void add_value(struct text *t, const struct applet_row *row, const char *value)
{
	bool quotes = row->kind == APPLET_STRING || row->kind == APPLET_PATTERN ||
		      row->kind == APPLET_CRON ||
		      (row->kind == APPLET_OPERAND && !is_variable(value)) ||
		      (row->kind == APPLET_LABEL && strpbrk(value, " \t"));

	text_add(t, quotes ? " \"" : " ");
	text_add(t, value);
	text_add(t, quotes ? "\"" : "");
}

void applet_statement_add(struct text *t, const struct applet_statement *st)
{
	text_add(t, st->form->name);
	for (size_t i = 0; i < st->form->count; i++) {
		const struct applet_row *row = &st->form->rows[i];

		if (!st->values[i] || (row->flags & APPLET_LUA))
			continue;
		if (!(row->flags & APPLET_PLACE)) {
			text_add(t, " ");
			text_add(t, row->name);
		}
		if (row->kind != APPLET_FLAG)
			add_value(t, row, st->values[i]);
	}
}
