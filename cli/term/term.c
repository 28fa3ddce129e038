/*
 * The loop of a session at a terminal. Everything that may take long waits in wait.c, so that at any
 * moment the terminal, the daemon, signals and the clock are looked after.
 */
#include "cli/term/term.h"

#include <errno.h>
#include <locale.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/person.h"
#include "cli/term/confine.h"
#include "cli/term/term_internal.h"

const struct term_options term_usual = {
	.in = STDIN_FILENO,
	.out = STDOUT_FILENO,
	.length = TERM_UNSET,
	.width = TERM_UNSET,
	.history = CLI_HISTORY_USUAL,
	.exec_timeout_s = 0,
	.synchronous = true,
};

/* The editor's world */

static int editor_key(void *ctx, bool wait)
{
	struct term *t = ctx;
	int key = term_key(t, wait);

	if (key >= 0)
		t->half_typed = false;
	return key;
}

static void editor_write(void *ctx, const char *text, size_t len)
{
	struct term *t = ctx;

	text_add_n(&t->out, text, len);
}

static const struct editor_ops editor_ops = {
	.key = editor_key,
	.write = editor_write,
	.help = term_help,
	.complete = term_complete,
};

/* The session's terminal */

static int settings_changed(void *ctx, struct error *err)
{
	struct term *t = ctx;
	struct cli_terminal *set = &t->s->terminal;

	if (!set->length_set && t->tty.rows > 0)
		set->length = t->tty.rows;
	if (!set->width_set && t->tty.columns > 0)
		set->width = t->tty.columns;
	editor_resize(t->editor, set->width);
	editor_history_size(t->editor, set->history);
	if (set->timestamp)
		load_sample(&t->load, clock_boot_ms());
	return term_monitor(t, set->monitor, err);
}

static enum editor_history history_of(const struct term *t)
{
	return t->s->depth > 0 ? EDITOR_CONFIG : EDITOR_EXEC;
}

static void each_history(void *ctx, cli_history_line *each, void *arg)
{
	const struct term *t = ctx;

	editor_each_history(t->editor, history_of(t), each, arg);
}

static int ask_secret(void *ctx, const char *prompt, char *out, size_t size)
{
	return term_read_secret(ctx, prompt, out, size);
}

static int ask_plainly(void *ctx, const char *prompt, bool one_key, char *out, size_t size)
{
	return term_read_answer(ctx, prompt, one_key, out, size);
}

static const struct cli_terminal_ops terminal_ops = {
	.changed = settings_changed,
	.history = each_history,
	.secret = ask_secret,
	.ask = ask_plainly,
};

static void give_terminal(struct term *t)
{
	struct cli_terminal *set = &t->s->terminal;

	*set = (struct cli_terminal){
		.length = t->o.length == TERM_UNSET ? CLI_LENGTH_USUAL : t->o.length,
		.width = t->o.width == TERM_UNSET ? CLI_WIDTH_USUAL : t->o.width,
		.history = t->o.history,
		.length_set = t->o.length != TERM_UNSET,
		.width_set = t->o.width != TERM_UNSET,
		.monitor = t->o.monitor,
		.ops = &terminal_ops,
		.ctx = t,
	};
	t->s->out = term_print;
	t->s->error = term_print_text;
	t->s->partial = term_print_part;
	t->s->io = t;
	client_set_wait(t->c, term_client_wait, t);
}

static void take_terminal(struct term *t)
{
	client_set_wait(t->c, NULL, NULL);
	t->s->terminal.ops = NULL;
	t->s->out = NULL;
	t->s->error = NULL;
	t->s->partial = NULL;
	t->s->io = NULL;
}

/* Lines */

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t")] == '\0';
}

static bool is_show(const struct term *t, const char *line)
{
	struct parse_place at = cli_parse_place(t->s);
	struct parse_result *r = alloc_zero(sizeof(*r));
	bool show = false;

	if (r) {
		parse_line(&at, line, r);
		show = r->status == PARSE_OK && strncmp(r->match.row->syntax, "show ", 5) == 0;
		cli_match_wipe(&r->match);
	}
	alloc_free(r);
	return show;
}

static enum cli_result run_line(struct term *t, const char *line)
{
	enum cli_result result;

	t->front = TERM_FRONT_NOTHING;
	term_begin_output(t);
	t->running = true;
	if (t->s->terminal.timestamp && is_show(t, line))
		load_print(&t->load, term_print, t);
	result = cli_run_line(t->s, line);
	t->running = false;
	t->active_ms = clock_boot_ms();
	term_show_log(t);
	return result;
}

static enum cli_result take_line(struct term *t, const char *line)
{
	if (!is_blank(line))
		editor_remember(t->editor, history_of(t), line);
	return run_line(t, line);
}

/* Ctrl-Z runs what was typed, then leaves configuration; in EXEC it does nothing. */
static enum cli_result take_end(struct term *t, const char *line)
{
	enum cli_result result = CLI_OK;

	if (t->s->depth == 0)
		return CLI_OK;
	if (!is_blank(line))
		result = take_line(t, line);
	return result == CLI_QUIT ? result : run_line(t, "end");
}

static enum cli_result take(struct term *t, enum editor_end end, const char *line)
{
	switch (end) {
	case EDITOR_LINE:
		return take_line(t, line);
	case EDITOR_TOO_LONG:
		term_say(t, "% Line is longer than 254 characters");
		t->s->failed = true;
		return CLI_OK;
	case EDITOR_INTERRUPT:
		return t->s->depth > 0 ? run_line(t, "end") : CLI_OK;
	case EDITOR_END:
		return take_end(t, line);
	default:
		return CLI_QUIT;
	}
}

static enum cli_result one_line(struct term *t)
{
	struct text prompt, line;
	enum cli_result result;
	enum editor_end end;

	text_init(&prompt, 256);
	text_init(&line, 0);
	cli_refresh_hostname(t->s);
	cli_prompt(t->s, &prompt);
	t->s->enough = false;
	t->front = TERM_FRONT_LINE;
	t->half_typed = false;
	end = editor_read(t->editor, text_str(&prompt), history_of(t), &line);
	t->front = TERM_FRONT_NOTHING;
	if (t->lost)
		term_say(t, ""); /* behind the prompt and what was typed */
	result = take(t, end, text_str(&line));
	text_free(&prompt);
	text_free(&line);
	return result;
}

static void say_banner(struct term *t, const char *banner)
{
	if (!banner)
		return;
	term_begin_output(t);
	term_print_text(t, banner);
}

static void loop(struct term *t)
{
	struct error err = {0};

	say_banner(t, t->o.motd);
	say_banner(t, t->o.exec_banner);
	if (settings_changed(t, &err) < 0)
		term_say(t, err.text);
	while (!t->gone && !t->lost && one_line(t) != CLI_QUIT)
		;
	if (t->lost)
		term_say(t, "% The daemon closed the connection");
	t->s->failed = t->s->failed || t->lost;
	if (t->timed_out) {
		t->gone = false; /* for one more line */
		t->active_ms = clock_boot_ms();
		term_say(t, "");
	}
	term_flush(t);
}

static int open_terminal(struct term *t, struct error *err)
{
	int rc;

	/* Widths of characters; the C library has this one within. */
	setlocale(LC_CTYPE, "C.UTF-8");
	tzset();
	t->editor = editor_new(&editor_ops, t, err);
	if (!t->editor)
		return err->code;
	rc = t->o.wire ? tty_open_wire(&t->tty, t->o.in, t->o.out, t->o.wire, t->o.wire_ctx, err)
		       : tty_open(&t->tty, t->o.in, t->o.out, err);
	if (rc)
		return rc;
	rc = t->o.no_files ? term_confine_without_files(err) : term_confine(err);
	if (rc)
		tty_close(&t->tty);
	t->opened = !rc;
	return rc;
}

struct term_options term_options_for(const json_t *greeting)
{
	struct term_options o = term_usual;
	struct person_line line;

	if (!person_line(greeting, &line))
		return o;
	if (line.has_length)
		o.length = line.length;
	if (line.has_width)
		o.width = line.width;
	o.history = line.history;
	o.exec_timeout_s = line.exec_timeout_s;
	o.synchronous = line.synchronous;
	o.motd = line.motd;
	o.exec_banner = line.exec;
	return o;
}

struct term *term_open(const struct term_options *o, struct error *err)
{
	struct term *t = alloc_zero(sizeof(*t));

	if (!t) {
		error_set(err, -ENOMEM, "no memory for the terminal");
		return NULL;
	}
	t->o = *o;
	text_init(&t->out, 0);
	if (open_terminal(t, err) == 0)
		return t;
	term_close(t);
	return NULL;
}

void term_session(struct term *t, struct cli_session *s, struct client *c)
{
	t->s = s;
	t->c = c;
	t->active_ms = clock_boot_ms();
	tty_resized(&t->tty); /* a connection may have told before the session began */
	give_terminal(t);
	loop(t);
	take_terminal(t);
}

void term_close(struct term *t)
{
	if (!t)
		return;
	if (t->opened)
		tty_close(&t->tty);
	editor_free(t->editor);
	pager_end(&t->pager);
	text_free(&t->out);
	alloc_free(t);
}

int term_run(struct cli_session *s, struct client *c, const struct term_options *o,
	     struct error *err)
{
	struct term *t = term_open(o, err);

	if (!t)
		return err->code;
	term_session(t, s, c);
	term_close(t);
	return 0;
}
