/* applet/help: what may follow the words so far. */
#include "lua/applet/applet_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define WORD_SIZE 512

/* A line of help in the making: the words so far, cut at the one that is being typed. */
struct helper {
	const struct applet_forms *forms;
	struct applet_line_reader r;
	char *whole;	       /* the words that are finished */
	const char *beginning; /* of the word being typed; "" = a new one */
	applet_help_entry *fn;
	void *ctx;
};

static void tell(const struct helper *h, const char *word, const char *help)
{
	struct applet_token t = {.start = h->beginning, .len = strlen(h->beginning)};
	bool keyword = *word != '<' && (*word < 'A' || *word > 'Z');

	if (!t.len || (keyword ? applet_token_begins(&t, word) : strcmp(word, "<cr>") != 0))
		h->fn(h->ctx, word, help);
}

static void tell_choices(const struct helper *h, const struct applet_row *row)
{
	char word[64];

	for (const char *c = row->choices; *c;) {
		size_t n = strcspn(c, "|");

		snprintf(word, sizeof(word), "%.*s", (int)n, c);
		tell(h, word, row->help);
		c += n + (c[n] == '|');
	}
}

static void tell_value(const struct helper *h, const struct applet_row *row)
{
	char name[WORD_SIZE];

	if (row->kind == APPLET_CHOICE)
		tell_choices(h, row);
	else
		tell(h, applet_value_name(row, name, sizeof(name)), row->help);
}

/* Options that may still be given, the next place, and the end of the line where nothing is missing. */
static void tell_rows(const struct helper *h, const struct applet_statement *st)
{
	const struct applet_form *f = st->form;
	size_t i = 0;

	for (size_t k = 0; k < f->count; k++)
		i = (f->rows[k].flags & APPLET_PLACE) && st->values[k] ? k + 1 : i;
	for (; i < f->count && !(f->rows[i].flags & APPLET_PLACE); i++) {
		if (!st->values[i] && !(f->rows[i].flags & APPLET_LUA))
			tell(h, f->rows[i].name, f->rows[i].help);
	}
	if (i < f->count)
		tell_value(h, &f->rows[i]);
	if (applet_statement_check(st, NULL) == 0)
		tell(h, "<cr>", "");
}

/* The words of a form's name: the first ones, or the second of those that begin like `first`. */
static void tell_forms(const struct helper *h, const struct applet_token *first)
{
	char before[64] = "", word[64];

	for (size_t i = 0; i < h->forms->count; i++) {
		const struct applet_form *f = &h->forms->forms[i];
		size_t n = strcspn(f->name, " ");

		snprintf(word, sizeof(word), "%.*s", (int)n, f->name);
		if (f->refusal || (first && !applet_token_begins(first, word)))
			continue;
		if (first)
			snprintf(word, sizeof(word), "%s", f->name[n] ? f->name + n + 1 : "");
		if (!word[0] || !strcmp(before, word))
			continue;
		tell(h, word, first || !f->name[n] ? f->help : f->name);
		text_copy(before, sizeof(before), word);
	}
}

static void help_form(struct helper *h, const struct applet_form *form)
{
	struct applet_statement st;
	const struct applet_row *open = NULL;

	applet_statement_scan(h->forms, form, &h->r, &st, &open);
	if (open)
		tell_value(h, open);
	else if (st.form)
		tell_rows(h, &st);
	applet_statement_clear(&st);
}

/* The form's words are read first; where one is missing, they are what may follow. */
static void help_line(struct helper *h)
{
	struct applet_line_reader start = h->r;
	const struct applet_form *form = h->forms->forms;
	struct applet_token first, second;
	int words = applet_token_next(&h->r, &first, NULL);

	if (h->forms->count > 1) {
		if (words <= 0) {
			tell_forms(h, NULL);
			return;
		}
		h->r = start;
		if (applet_form_read(h->forms, &h->r, &form, NULL) < 0) {
			h->r = start;
			applet_token_next(&h->r, &first, NULL);
			if (applet_token_next(&h->r, &second, NULL) == 0)
				tell_forms(h, &first);
			return;
		}
		help_form(h, form);
		return;
	}
	h->r = start;
	help_form(h, form);
}

static const struct applet_row tag_row = {
	"tag", APPLET_WORD, 0, 0, 0, NULL, "Tag of the event, for trigger and correlate"};

/* "tag T" before the detector. */
static void help_event(struct helper *h)
{
	struct applet_line_reader start = h->r;
	struct applet_token t;
	int words = applet_token_next(&h->r, &t, NULL);

	if (words == 0)
		tell(h, tag_row.name, tag_row.help);
	if (words <= 0 || !applet_token_is(&t, "tag")) {
		h->r = start;
		help_line(h);
		return;
	}
	if (applet_token_next(&h->r, &t, NULL) == 0)
		tell_value(h, &tag_row);
	else
		help_line(h);
}

/* event T | track N, joined. */
static void help_correlate(struct helper *h)
{
	static const char *const helps[] = {"Both", "One of both", "The first and not the second"};
	static const char *const joins[] = {"and", "or", "andnot"};
	struct applet_token t, before = {0};
	size_t n = 0;

	for (; applet_token_next(&h->r, &t, NULL) > 0; n++)
		before = t;
	if (n % 3 == 0) {
		tell(h, "event", "Tag of an event");
		tell(h, "track", "Tracked object");
	} else if (n % 3 == 1) {
		bool track = applet_token_begins(&before, "track");

		tell(h, track ? "<1-1000>" : "WORD", track ? "Tracked object" : "Tag of an event");
	} else {
		for (size_t i = 0; i < 3; i++)
			tell(h, joins[i], helps[i]);
		tell(h, "<cr>", "");
	}
}

static void help_of(struct helper *h, enum applet_line line)
{
	static const struct applet_forms *const forms[] = {
		[APPLET_LINE_EVENT] = &applet_events,
		[APPLET_LINE_ACTION] = &applet_actions,
		[APPLET_LINE_TRIGGER] = &applet_triggers,
		[APPLET_LINE_CORRELATE] = &applet_triggers,
		[APPLET_LINE_ATTRIBUTE] = &applet_attributes,
		[APPLET_LINE_SET] = &applet_sets,
	};

	h->forms = forms[line];
	if (line == APPLET_LINE_EVENT)
		help_event(h);
	else if (line == APPLET_LINE_CORRELATE)
		help_correlate(h);
	else
		help_line(h);
}

/* Where the word that is being typed begins; inside a string: where the string does. */
static size_t last_word(const char *text)
{
	size_t at = 0;
	bool quoted = false;

	for (size_t i = 0; text[i]; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == ' ' || text[i] == '\t'))
			at = i + 1;
	}
	return at;
}

void applet_help(enum applet_line line, const char *text, applet_help_entry *fn, void *ctx)
{
	size_t cut = last_word(text);
	struct helper h = {.beginning = text + cut, .fn = fn, .ctx = ctx};

	if (applet_text_check(text, NULL, NULL) < 0)
		return;
	h.whole = alloc_printf("%.*s", (int)cut, text);
	if (!h.whole)
		return;
	h.r.text = h.whole;
	help_of(&h, line);
	alloc_free(h.whole);
}
