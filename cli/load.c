/*
 * cli/load: each line goes one way: it stands around the configuration, or below a line that was not
 * taken, or it runs. The session tells of refusals through its hook `refused`; one is kept until the
 * lines below it are counted, then told.
 *
 * Called by a session's handler or by the program; the session is the caller's, and its modes are put
 * aside meanwhile. What may fail: reading, the connection (both end it), and lines.
 */
#include "cli/load.h"

#include <errno.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "cli/handlers.h"
#include "cli/load_internal.h"
#include "cli/session.h"

#define CONFIG_DEPTH 1

/* A line that was not taken, and what is skipped with it. */
struct skipping {
	bool on;     /* lines that are indented deeper belong to it */
	bool known;  /* … and are counted as known */
	bool untold; /* a refusal that waits for its count */
	size_t indent;
	char delimiter[4]; /* of a text that goes on to it; "" = none */
	struct load_refusal r;
	char text[LOAD_LINE_MAX], reason[ERROR_TEXT_MAX];
};

struct load {
	struct cli_session *s;
	const struct load_hooks *hooks;
	struct load_report *report;
	struct load_lines lines;
	struct skipping skip;
	struct error *err;
	bool has_indented; /* some line was */
	/* of the line that runs */
	bool is_refused, is_unknown;
	size_t column;
	char reason[ERROR_TEXT_MAX];
	/* of each mode: where its line stood, and whether those below are indented */
	size_t opener[CLI_LEVELS_MAX];
	bool indented[CLI_LEVELS_MAX];
	unsigned long banner; /* the line that began the text being read */
};

static void settle(struct load *l)
{
	struct skipping *k = &l->skip;

	if (k->untold && l->hooks->refused)
		l->hooks->refused(l->hooks->arg, &k->r);
	k->untold = false;
}

/* The session's hook: the first reason counts. */
static void take_refusal(void *ctx, enum parse_status status, size_t offset, const char *reason)
{
	struct load *l = ctx;

	if (l->is_refused)
		return;
	l->is_refused = true;
	l->is_unknown = status != PARSE_OK;
	l->column = offset == SIZE_MAX ? 0 : offset + 1;
	text_copy(l->reason, sizeof(l->reason), reason);
}

/* "banner incoming ^C": everything up to the next ^C is its text. */
static void find_delimiter(struct skipping *k, const char *line)
{
	size_t at = strspn(line, " \t"), len;

	k->delimiter[0] = '\0';
	if (strncasecmp(line + at, "banner ", 7) != 0)
		return;
	for (int word = 0; word < 2; word++) {
		at += strcspn(line + at, " \t");
		at += strspn(line + at, " \t");
	}
	len = strncmp(line + at, "^C", 2) == 0 ? 2 : 1;
	if (line[at] && !strstr(line + at + len, "^C") && !strchr(line + at + len, line[at]))
		text_copy(k->delimiter, len + 1, line + at);
}

static void begin_skipping(struct load *l, const char *line, bool known)
{
	struct skipping *k = &l->skip;

	settle(l);
	k->on = true;
	k->known = known;
	k->indent = l->lines.indent;
	find_delimiter(k, line);
	if (known) {
		l->report->known++;
		return;
	}
	l->report->refused++;
	k->untold = true;
	k->r = (struct load_refusal){.line = l->lines.number, .column = l->column};
}

/* A line below the last one that was not taken. */
static void count_below(struct load *l)
{
	if (l->skip.known) {
		l->report->known++;
		return;
	}
	l->skip.r.below++;
	l->report->refused++;
}

static void keep_refusal(struct load *l, const char *line)
{
	struct skipping *k = &l->skip;
	struct text masked;

	begin_skipping(l, line, false);
	text_init(&masked, sizeof(k->text));
	load_mask(line + strspn(line, " \t"), &masked);
	text_copy(k->text, sizeof(k->text), text_str(&masked));
	text_copy(k->reason, sizeof(k->reason), l->reason);
	k->r.text = k->text;
	k->r.reason = k->reason;
	k->r.is_unknown = l->is_unknown;
	text_free(&masked);
}

/* Is the line part of what is skipped? */
static bool is_skipped(struct load *l)
{
	struct skipping *k = &l->skip;

	if (k->delimiter[0]) {
		count_below(l);
		if (strstr(l->lines.text, k->delimiter))
			k->delimiter[0] = '\0';
		return true;
	}
	if (!k->on || !l->lines.text[l->lines.indent])
		return false;
	if (l->lines.indent > k->indent) {
		count_below(l);
		return true;
	}
	k->on = false;
	return false;
}

/* Modes whose lines are indented end where a line is not. */
static void leave_blocks(struct load *l)
{
	struct cli_session *s = l->s;

	while (s->depth > CONFIG_DEPTH) {
		if (l->lines.indent > l->opener[s->depth]) {
			l->indented[s->depth] = true;
			return;
		}
		if (l->lines.indent == l->opener[s->depth] && !l->indented[s->depth])
			return;
		cli_pop(s, s->depth - 1);
	}
}

static void leave_modes(struct load *l)
{
	if (l->s->depth > CONFIG_DEPTH)
		cli_pop(l->s, CONFIG_DEPTH);
}

static enum load_verdict ask(struct load *l, const char *line)
{
	bool top = false;
	const struct load_question q = {.line = line, .indented = l->has_indented, .top = &top};
	enum load_verdict verdict = LOAD_REFUSED;

	if (l->hooks->judge && l->is_unknown)
		verdict = l->hooks->judge(l->hooks->arg, &q);
	if (top)
		leave_modes(l);
	return verdict;
}

static void judge(struct load *l, const char *line)
{
	switch (ask(l, line)) {
	case LOAD_BELOW:
		count_below(l);
		l->skip.on = true;
		l->skip.indent = l->lines.indent;
		break;
	case LOAD_KNOWN:
		begin_skipping(l, line, true);
		break;
	case LOAD_KNOWN_ALONE:
		settle(l);
		l->report->known++;
		break;
	case LOAD_REFUSED:
		keep_refusal(l, line);
		break;
	}
}

/* The lines above are the ones that were read before it: what waits is told first. */
static void refuse(struct load *l, const char *line, size_t column, const char *reason)
{
	l->is_unknown = false;
	l->column = column;
	text_copy(l->reason, sizeof(l->reason), reason);
	keep_refusal(l, line);
}

/* A control character as the delimiter of a banner is what people see of it: two characters. */
static void spell_delimiter(char *line, size_t size)
{
	char *at;

	while ((at = strchr(line, '\x03')) && strlen(line) + 2 < size) {
		memmove(at + 2, at + 1, strlen(at));
		memcpy(at, "^C", 2);
	}
}

static void run(struct load *l, char *line)
{
	unsigned int entered = l->s->entered;

	l->is_refused = false;
	cli_run_line(l->s, line);
	if (l->s->collect)
		l->banner = l->lines.number;
	if (l->s->depth < CONFIG_DEPTH) /* a command that leads out of configuration */
		cli_push(l->s, CLI_MODE_CONFIG, NULL);
	if (l->is_refused) {
		judge(l, line);
		return;
	}
	settle(l);
	if (l->hooks->taken)
		l->hooks->taken(l->hooks->arg);
	l->skip.on = false;
	l->report->commands++;
	if (l->s->entered != entered) {
		l->opener[l->s->depth] = l->lines.indent;
		l->indented[l->s->depth] = false;
	}
}

/* What people typed around the configuration. False: a line of it. */
static bool take_typed(struct load *l, const char *line)
{
	switch (load_typed(line)) {
	case LOAD_TYPED_NOTHING:
		return true;
	case LOAD_TYPED_SAVE:
		l->report->save = true;
		return true;
	case LOAD_TYPED_END:
		cli_pop(l->s, CONFIG_DEPTH);
		return true;
	case LOAD_TYPED_EXIT:
		if (l->s->depth > CONFIG_DEPTH)
			cli_pop(l->s, l->s->depth - 1);
		return true;
	case LOAD_TYPED_DO:
		refuse(l, line, 1, "not a line of configuration");
		return true;
	case LOAD_TYPED_LINE:
		break;
	}
	return false;
}

/* The text of a banner, as it stands there. */
static void collect(struct load *l)
{
	l->is_refused = false;
	spell_delimiter(l->lines.text, sizeof(l->lines.text));
	cli_run_line(l->s, l->lines.text);
	if (!l->is_refused)
		return;
	keep_refusal(l, "banner");
	l->skip.r.line = l->banner;
	l->skip.on = false;
}

static void take_line(struct load *l)
{
	char *line = l->lines.text;
	const char *first = line + l->lines.indent, *reason = NULL;

	l->report->lines++;
	if (l->s->collect) {
		collect(l);
		return;
	}
	l->has_indented |= l->lines.indent > 0 && *first && *first != '!';
	if (!*first || (*first == '!' && !l->skip.delimiter[0]) || is_skipped(l))
		return;
	if (load_is_frame(line))
		return;
	leave_blocks(l);
	if (take_typed(l, line))
		return;
	if (strncasecmp(first, "banner ", 7) == 0)
		spell_delimiter(line, sizeof(l->lines.text));
	if (l->hooks->before)
		reason = l->hooks->before(l->hooks->arg, line, sizeof(l->lines.text));
	if (!reason) {
		run(l, line);
		return;
	}
	leave_modes(l);
	refuse(l, line, 0, reason);
}

/* A text that went on to the end of the file. */
static void end_text(struct load *l)
{
	if (!l->s->collect)
		return;
	l->s->collect = NULL;
	text_free(&l->s->collected);
	refuse(l, "banner", 0, "the text has no end");
	l->skip.r.line = l->banner;
}

static int read_lines(struct load *l)
{
	int rc = 0;

	while ((rc = load_next_line(&l->lines)) == 1) {
		take_line(l);
		if (l->hooks->stop && l->report->refused)
			break;
		if (l->s->enough)
			return error_set(l->err, -ECANCELED, "the command was broken off");
		if (l->s->lost)
			return error_set(l->err, -EPIPE, "line %lu: %s", l->lines.number,
					 l->reason);
	}
	if (rc == -EILSEQ)
		return error_set(l->err, rc, "the text is UTF-16; it has to be UTF-8 or ASCII");
	if (rc < 0)
		return error_set(l->err, rc, "line %lu: %s", l->lines.number + 1, strerror(-rc));
	end_text(l);
	settle(l);
	return l->report->refused ? -EINVAL : 0;
}

/* The session's own modes are put aside, and what it was doing. */
static int load_in(struct load *l)
{
	struct cli_session *s = l->s, before = *s;
	int rc;

	s->depth = 0;
	s->refused = take_refusal;
	s->refused_ctx = l;
	s->lost = false;
	rc = cli_push(s, CLI_MODE_CONFIG, NULL) ? read_lines(l) : -ENOMEM;
	cli_pop(s, 0);
	memcpy(s->level, before.level, sizeof(s->level));
	s->depth = before.depth;
	s->refused = before.refused;
	s->refused_ctx = before.refused_ctx;
	s->failed = before.failed;
	s->line = before.line;
	return rc;
}

int load_text(struct cli_session *s, const struct load_source *source,
	      const struct load_hooks *hooks, struct load_report *report, struct error *err)
{
	struct load *l = alloc_zero(sizeof(*l));
	int rc;

	*report = (struct load_report){0};
	if (!l) {
		rc = error_set(err, -ENOMEM, "no memory");
	} else if (s->privilege < CLI_CHANGES) {
		rc = error_set(err, -EACCES, "a configuration takes privilege %d", CLI_CHANGES);
	} else {
		l->s = s;
		l->hooks = hooks;
		l->report = report;
		l->err = err;
		l->lines.source = source;
		rc = load_in(l);
	}
	if (l)
		secret_wipe(l, sizeof(*l)); /* lines may hold keys */
	alloc_free(l);
	return rc;
}
