/*
 * libedit reads keys through get_char(), below, and thinks that it draws on a terminal: that is a
 * pseudo terminal which only answers its questions, and its output goes to /dev/null. So it can
 * neither change the modes of the real terminal between two lines (what is typed ahead would be
 * echoed twice) nor send sequences that a program at the other end does not expect.
 */
#include "cli/term/editor.h"

#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/term/clean.h"
#include "cli/term/display.h"

/* What libedit is given at most; further characters only make the line too long. */
#define TAKEN_MAX (2 * EDITOR_LINE_MAX)
#define BELL	  "\a"

#ifdef SPINDLE_SANITIZERS
/* terminfo, which libedit asks about its terminal, keeps each description for ever. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libtinfo.so\n";
}
#endif

struct editor {
	const struct editor_ops *ops;
	void *ctx;
	EditLine *el;
	HistoryW *history[EDITOR_HISTORIES];
	FILE *nowhere;
	int master, slave; /* libedit's terminal */
	struct display display;
	const char *prompt;
	enum editor_end end;
	bool overflow; /* characters were not taken */
	bool hidden;   /* the row was taken away */
	bool after_cr; /* a line feed now belongs to it */
	int pushed;    /* a key that was read too far; EDITOR_EMPTY: none */
};

static struct editor *editor_of(EditLine *el)
{
	struct editor *e = NULL;

	el_wget(el, EL_CLIENTDATA, &e);
	return e;
}

static void flush(struct editor *e, struct text *out)
{
	if (out->len > 0)
		e->ops->write(e->ctx, out->data, out->len);
	text_free(out);
}

static void ring(struct editor *e)
{
	e->ops->write(e->ctx, BELL, 1);
}

/* Between begin and end, as libedit holds it, in UTF-8. */
static void add_wide(struct text *out, const wchar_t *from, const wchar_t *to)
{
	char bytes[4];

	for (; from < to; from++)
		text_add_n(out, bytes, utf8_encode((uint32_t)*from, bytes));
}

static void draw(struct editor *e)
{
	const LineInfoW *line = el_wline(e->el);
	struct text out;

	if (e->hidden)
		return;
	text_init(&out, 0);
	display_update(&e->display, e->prompt, line->buffer,
		       (size_t)(line->lastchar - line->buffer),
		       (size_t)(line->cursor - line->buffer), &out);
	flush(e, &out);
}

static void leave_row(struct editor *e, const char *mark)
{
	struct text out;

	text_init(&out, 0);
	text_add(&out, mark);
	display_leave(&e->display, &out);
	flush(e, &out);
}

void editor_hide(struct editor *e)
{
	struct text out;

	text_init(&out, 0);
	display_hide(&e->display, &out);
	flush(e, &out);
	e->hidden = true;
}

void editor_show(struct editor *e)
{
	e->hidden = false;
	draw(e);
}

void editor_abandon(struct editor *e)
{
	leave_row(e, "");
	e->hidden = true;
}

void editor_resize(struct editor *e, unsigned int width)
{
	display_resize(&e->display, width);
}

/* Keys */

/* The next byte; the row is drawn before a person is waited for, not for each key of a paste. */
static int next_key(struct editor *e)
{
	int key = e->pushed;

	e->pushed = EDITOR_EMPTY;
	if (key == EDITOR_EMPTY)
		key = e->ops->key(e->ctx, false);
	if (key == EDITOR_EMPTY) {
		e->hidden = false;
		draw(e);
		key = e->ops->key(e->ctx, true);
	}
	return key;
}

/* The bytes behind the first of a character; -1: they do not make one. */
static int rest_of_character(struct editor *e, int first)
{
	size_t want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2, n = 1;
	char bytes[4] = {(char)first};
	uint32_t c = 0;

	for (; n < want; n++) {
		int key = next_key(e);

		if (key < 0x80 || key > 0xbf) {
			e->pushed = key;
			return -1;
		}
		bytes[n] = (char)key;
	}
	return utf8_decode(bytes, n, &c) == n && clean_width(c) > 0 ? (int)c : -1;
}

/* A character as libedit takes it, -1 for none of that, EDITOR_GONE. */
static int character(struct editor *e, bool *valid)
{
	int key = next_key(e);
	bool after_cr = e->after_cr;

	*valid = true;
	e->after_cr = key == '\r';
	/* Telnet ends lines by CR NUL or CR LF. */
	if (key == '\0' || (key == '\n' && after_cr))
		*valid = false;
	else if (key >= 0xc2 && key <= 0xf4)
		key = rest_of_character(e, key);
	else if (key >= 0x80)
		key = -1;
	else
		return key;
	if (*valid && key < 0) {
		ring(e);
		*valid = false;
	}
	return key;
}

/* Not more than a line may have; libedit's own memory of a line is bounded so, too. */
static bool fits(struct editor *e, int c)
{
	const LineInfoW *line = el_wline(e->el);
	ptrdiff_t len = line->lastchar - line->buffer;

	if (len == 0)
		e->overflow = false;
	if (c < 0x20 || c == 0x7f || len < TAKEN_MAX)
		return true;
	if (!e->overflow)
		ring(e);
	e->overflow = true;
	return false;
}

static int get_char(EditLine *el, wchar_t *out)
{
	struct editor *e = editor_of(el);

	for (;;) {
		bool valid;
		int c = character(e, &valid);

		if (valid && c == EDITOR_GONE)
			return 0;
		if (!valid || !fits(e, c))
			continue;
		*out = (wchar_t)c;
		return 1;
	}
}

/* Keys that libedit does not have */

static unsigned char key_interrupt(EditLine *el, wint_t c)
{
	(void)c;
	editor_of(el)->end = EDITOR_INTERRUPT;
	return CC_NEWLINE;
}

static unsigned char key_end(EditLine *el, wint_t c)
{
	(void)c;
	editor_of(el)->end = EDITOR_END;
	return CC_NEWLINE;
}

static unsigned char key_repaint(EditLine *el, wint_t c)
{
	struct editor *e = editor_of(el);

	(void)c;
	draw(e);
	leave_row(e, "");
	return CC_NORM;
}

static void text_before(struct editor *e, struct text *before)
{
	const LineInfoW *line = el_wline(e->el);

	text_init(before, 0);
	add_wide(before, line->buffer, line->cursor);
}

static unsigned char key_help(EditLine *el, wint_t c)
{
	struct editor *e = editor_of(el);
	const LineInfoW *line = el_wline(el);
	struct text before;

	(void)c;
	draw(e);
	leave_row(e, line->cursor == line->lastchar ? "?" : "");
	text_before(e, &before);
	e->ops->help(e->ctx, text_str(&before));
	text_free(&before);
	return CC_NORM;
}

static void insert(struct editor *e, const char *text)
{
	wchar_t wide[EDITOR_LINE_MAX + 1];
	size_t n = 0;

	for (; *text && n < EDITOR_LINE_MAX; text++)
		wide[n++] = (wchar_t)(unsigned char)*text;
	wide[n] = L'\0';
	if (n > 0)
		el_winsertstr(e->el, wide);
}

static unsigned char key_complete(EditLine *el, wint_t c)
{
	struct editor *e = editor_of(el);
	struct text before, rest;

	(void)c;
	draw(e);
	leave_row(e, "");
	text_before(e, &before);
	text_init(&rest, EDITOR_LINE_MAX);
	if (e->ops->complete(e->ctx, text_str(&before), &rest))
		insert(e, text_str(&rest));
	else
		ring(e);
	text_free(&before);
	text_free(&rest);
	return CC_NORM;
}

static const struct {
	const wchar_t *name;
	unsigned char (*run)(EditLine *el, wint_t c);
} functions[] = {
	{L"router-interrupt", key_interrupt}, {L"router-end", key_end},
	{L"router-repaint", key_repaint},     {L"router-help", key_help},
	{L"router-complete", key_complete},
};

static const struct {
	const wchar_t *key, *function;
} bindings[] = {
	{L"\\001", L"ed-move-to-beg"},
	{L"\\002", L"ed-prev-char"},
	{L"\\003", L"router-interrupt"},
	{L"\\004", L"ed-delete-next-char"},
	{L"\\005", L"ed-move-to-end"},
	{L"\\006", L"ed-next-char"},
	{L"\\010", L"ed-delete-prev-char"},
	{L"\\011", L"router-complete"},
	{L"\\012", L"ed-newline"},
	{L"\\013", L"ed-kill-line"},
	{L"\\014", L"router-repaint"},
	{L"\\015", L"ed-newline"},
	{L"\\016", L"ed-next-history"},
	{L"\\020", L"ed-prev-history"},
	{L"\\022", L"router-repaint"},
	{L"\\024", L"ed-transpose-chars"},
	{L"\\025", L"vi-kill-line-prev"},
	{L"\\026", L"ed-quoted-insert"},
	{L"\\027", L"ed-delete-prev-word"},
	{L"\\030", L"vi-kill-line-prev"},
	{L"\\031", L"em-yank"},
	{L"\\032", L"router-end"},
	{L"?", L"router-help"},
	{L"\\177", L"ed-delete-prev-char"},
	{L"\\033b", L"ed-prev-word"},
	{L"\\033B", L"ed-prev-word"},
	{L"\\033f", L"em-next-word"},
	{L"\\033F", L"em-next-word"},
	{L"\\033d", L"em-delete-next-word"},
	{L"\\033D", L"em-delete-next-word"},
	{L"\\033c", L"em-capitol-case"},
	{L"\\033C", L"em-capitol-case"},
	{L"\\033l", L"em-lower-case"},
	{L"\\033L", L"em-lower-case"},
	{L"\\033u", L"em-upper-case"},
	{L"\\033U", L"em-upper-case"},
	{L"\\033\\177", L"ed-delete-prev-word"},
	{L"\\033[A", L"ed-prev-history"},
	{L"\\033OA", L"ed-prev-history"},
	{L"\\033[B", L"ed-next-history"},
	{L"\\033OB", L"ed-next-history"},
	{L"\\033[C", L"ed-next-char"},
	{L"\\033OC", L"ed-next-char"},
	{L"\\033[D", L"ed-prev-char"},
	{L"\\033OD", L"ed-prev-char"},
	{L"\\033[H", L"ed-move-to-beg"},
	{L"\\033OH", L"ed-move-to-beg"},
	{L"\\033[1~", L"ed-move-to-beg"},
	{L"\\033[F", L"ed-move-to-end"},
	{L"\\033OF", L"ed-move-to-end"},
	{L"\\033[4~", L"ed-move-to-end"},
	{L"\\033[3~", L"ed-delete-next-char"},
};

/* Every other key does nothing: libedit has commands (a shell's, an editor's) that are none of ours.
 * Above 0x7f it has its Meta keys, where we have characters. */
static void bind_keys(EditLine *el)
{
	wchar_t key[8];

	for (unsigned int c = 1; c < 0x100; c++) {
		bool text = c >= 0x20 && c != 0x7f;

		swprintf(key, sizeof(key) / sizeof(key[0]), L"\\%03o", c);
		el_wset(el, EL_BIND, key, text ? L"ed-insert" : L"ed-unassigned", NULL);
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		el_wset(el, EL_ADDFN, functions[i].name, L"", functions[i].run);
	for (size_t i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++)
		el_wset(el, EL_BIND, bindings[i].key, bindings[i].function, NULL);
}

/* A terminal for libedit, wide enough that it never thinks of a second row. */
static int make_terminal(struct editor *e)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 2 * TAKEN_MAX};
	char name[64];

	e->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (e->master < 0 || grantpt(e->master) < 0 || unlockpt(e->master) < 0 ||
	    ptsname_r(e->master, name, sizeof(name)) != 0)
		return -errno;
	e->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (e->slave < 0 || ioctl(e->slave, TIOCSWINSZ, &size) < 0)
		return -errno;
	e->nowhere = fopen("/dev/null", "we");
	return e->nowhere ? 0 : -errno;
}

static wchar_t *no_prompt(EditLine *el)
{
	static wchar_t nothing[] = L"";

	(void)el;
	return nothing;
}

static int start_libedit(struct editor *e)
{
	HistEventW event;

	e->el = el_init_fd("spindle", e->nowhere, e->nowhere, e->nowhere, e->slave, e->slave,
			   e->slave);
	if (!e->el)
		return -ENOMEM;
	el_set(e->el, EL_TERMINAL, "dumb");
	el_wset(e->el, EL_CLIENTDATA, e);
	el_wset(e->el, EL_GETCFN, get_char);
	el_wset(e->el, EL_PROMPT, no_prompt);
	el_wset(e->el, EL_EDITOR, L"emacs");
	bind_keys(e->el);
	for (int i = 0; i < EDITOR_HISTORIES; i++) {
		e->history[i] = history_winit();
		if (!e->history[i])
			return -ENOMEM;
		history_w(e->history[i], &event, H_SETUNIQUE, 1);
	}
	return 0;
}

struct editor *editor_new(const struct editor_ops *ops, void *ctx, struct error *err)
{
	struct editor *e = alloc_zero(sizeof(*e));
	int rc;

	if (!e) {
		error_set(err, -ENOMEM, "no memory for the line editor");
		return NULL;
	}
	e->ops = ops;
	e->ctx = ctx;
	display_init(&e->display, 80);
	e->master = -1;
	e->slave = -1;
	e->pushed = EDITOR_EMPTY;
	rc = make_terminal(e);
	if (!rc)
		rc = start_libedit(e);
	if (!rc)
		return e;
	error_set(err, rc, "the line editor does not start: %s", strerror(-rc));
	editor_free(e);
	return NULL;
}

void editor_free(struct editor *e)
{
	if (!e)
		return;
	if (e->el)
		el_end(e->el);
	for (int i = 0; i < EDITOR_HISTORIES; i++)
		if (e->history[i])
			history_wend(e->history[i]);
	if (e->nowhere)
		fclose(e->nowhere);
	if (e->slave >= 0)
		close(e->slave);
	if (e->master >= 0)
		close(e->master);
	alloc_free(e);
}

/* The whole line as it was typed, the cursor behind it. */
static void finish_row(struct editor *e, const wchar_t *line, int n)
{
	struct text out;

	text_init(&out, 0);
	display_update(&e->display, e->prompt, line ? line : L"", (size_t)n, (size_t)n, &out);
	flush(e, &out);
}

/* What is seen of how the line ended. */
static const char *mark_of(enum editor_end end)
{
	return end == EDITOR_END ? "^Z" : end == EDITOR_INTERRUPT ? "^C" : "";
}

enum editor_end editor_read(struct editor *e, const char *prompt, enum editor_history history,
			    struct text *line)
{
	const wchar_t *wide;
	int n = 0;

	e->prompt = prompt;
	e->end = EDITOR_LINE;
	e->overflow = false;
	e->hidden = false;
	el_wset(e->el, EL_HIST, history_w, e->history[history]);
	wide = el_wgets(e->el, &n);
	if (!wide && e->end == EDITOR_LINE)
		e->end = EDITOR_CLOSED;
	while (wide && n > 0 && (wide[n - 1] == L'\n' || wide[n - 1] == L'\r'))
		n--;
	if (wide)
		add_wide(line, wide, wide + n);
	if (e->end == EDITOR_CLOSED)
		return e->end;
	finish_row(e, wide, n);
	leave_row(e, mark_of(e->end));
	if (e->overflow || n > EDITOR_LINE_MAX)
		e->end = EDITOR_TOO_LONG;
	return e->end;
}

/* History */

void editor_remember(struct editor *e, enum editor_history history, const char *line)
{
	wchar_t wide[EDITOR_LINE_MAX + 2];
	HistEventW event;
	size_t n = 0, len = strlen(line);

	for (size_t i = 0; i < len && n < EDITOR_LINE_MAX;) {
		uint32_t c = 0;
		size_t taken = utf8_decode(line + i, len - i, &c);

		if (taken == 0)
			return;
		wide[n++] = (wchar_t)c;
		i += taken;
	}
	wide[n] = L'\0';
	history_w(e->history[history], &event, H_ENTER, wide);
}

/* libedit hands out what it deletes. */
static void forget(HistoryW *history, int number)
{
	HistEventW event = {0};

	if (history_w(history, &event, H_DEL, number) == 0)
		free((void *)(uintptr_t)event.str);
}

void editor_history_size(struct editor *e, unsigned int lines)
{
	HistEventW event;

	for (int i = 0; i < EDITOR_HISTORIES; i++) {
		history_w(e->history[i], &event, H_SETSIZE, (int)lines);
		while (history_w(e->history[i], &event, H_GETSIZE) == 0 && event.num > (int)lines &&
		       history_w(e->history[i], &event, H_LAST) == 0)
			forget(e->history[i], event.num);
	}
}

void editor_each_history(struct editor *e, enum editor_history history,
			 void (*each)(void *arg, const char *line), void *arg)
{
	HistEventW event;
	struct text line;
	int rc = history_w(e->history[history], &event, H_LAST);

	for (; rc == 0; rc = history_w(e->history[history], &event, H_PREV)) {
		text_init(&line, 0);
		add_wide(&line, event.str, event.str + wcslen(event.str));
		each(arg, text_str(&line));
		text_free(&line);
	}
}
