#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "cli/term/clean.h"
#include "cli/term/term_internal.h"

#define FLUSH_AT    4096
#define PATTERN_MAX 128

void term_say(struct term *t, const char *line)
{
	clean_add(&t->out, line, strlen(line));
	text_add(&t->out, "\r\n");
}

void term_begin_output(struct term *t)
{
	t->s->enough = false;
	pager_begin(&t->pager, t->s->terminal.length, t->s->terminal.width);
}

/* Backspaces, as routers do: nothing of it stays in what a program records line by line. */
static void erase(struct term *t, size_t columns)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < columns; i++)
			text_add(&t->out, "\b");
		if (round == 0)
			text_addf(&t->out, "%*s", (int)columns, "");
	}
}

static bool pattern_key(struct text *pattern, int key)
{
	if ((key == '\b' || key == 0x7f) && pattern->len > 1)
		pattern->data[--pattern->len] = '\0';
	else if (key >= 0x20 && key < 0x7f && pattern->len < PATTERN_MAX)
		text_addf(pattern, "%c", key);
	return key != '\r' && key != '\n' && key >= 0;
}

/* The expression behind '/', '+' or '-', in the place of --More--. */
static void ask_pattern(struct term *t, int first)
{
	struct error err = {0};
	struct text pattern;
	int key;

	text_init(&pattern, PATTERN_MAX + 1);
	text_addf(&pattern, "%c", first);
	do {
		t->more = text_str(&pattern);
		text_add(&t->out, t->more);
		key = term_key(t, true);
		erase(t, pattern.len);
	} while (pattern_key(&pattern, key));
	t->more = PAGER_PROMPT;
	if (pattern.len > 1 && pager_pattern(&t->pager, first, text_str(&pattern) + 1, &err) < 0)
		text_addf(&t->out, "%% %s\r\n", err.text);
	else if (pattern.len > 1)
		text_add(&t->out, "filtering...\r\n");
	text_free(&pattern);
}

static void ask(struct term *t)
{
	enum pager_key reply;
	int key;

	t->front = TERM_FRONT_MORE;
	t->more = PAGER_PROMPT;
	do {
		text_add(&t->out, PAGER_PROMPT);
		key = term_key(t, true);
		erase(t, strlen(PAGER_PROMPT));
		reply = key < 0 ? PAGER_STOP : pager_key(&t->pager, key);
		if (reply == PAGER_PATTERN)
			ask_pattern(t, key);
	} while (reply == PAGER_PATTERN && t->pager.room == 0 && !t->gone);
	t->front = TERM_FRONT_NOTHING;
	if (reply == PAGER_STOP)
		t->s->enough = true;
}

void term_print(void *ctx, const char *line)
{
	struct term *t = ctx;
	enum pager_step step = PAGER_ASK;
	struct text clean;
	size_t columns;

	if (t->s->enough)
		return;
	text_init(&clean, 0);
	columns = clean_add(&clean, line, strlen(line));
	while (!t->s->enough && (step = pager_offer(&t->pager, line, columns)) == PAGER_ASK)
		ask(t);
	if (step == PAGER_PRINT && !t->s->enough) {
		text_add(&t->out, text_str(&clean));
		text_add(&t->out, "\r\n");
	}
	text_free(&clean);
	if (t->out.len >= FLUSH_AT)
		term_flush(t);
}

void term_print_part(void *ctx, const char *text)
{
	struct term *t = ctx;
	size_t len = strcspn(text, "\n");

	clean_add(&t->out, text, len);
	if (text[len])
		text_add(&t->out, "\r\n");
	term_flush(t);
}

void term_print_text(void *ctx, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = alloc_printf("%.*s", (int)len, text);

		if (line)
			term_print(ctx, line);
		alloc_free(line);
		text += len + (text[len] == '\n');
	}
}

/* One key of a secret; false: it is complete, or given up (*len = -1). */
static bool secret_key(int key, char *out, size_t size, int *len)
{
	if (key == '\r' || key == '\n')
		return false;
	if (key < 0 || key == '\003' || key == '\032') {
		*len = -1;
		return false;
	}
	if (key == '\b' || key == 0x7f)
		*len -= *len > 0;
	else if (key == '\025' || key == '\030')
		*len = 0;
	else if (key >= 0x20 && (size_t)*len + 1 < size)
		out[(*len)++] = (char)key;
	return true;
}

int term_read_secret(struct term *t, const char *prompt, char *out, size_t size)
{
	bool was_running = t->running;
	int len = 0;

	t->running = false; /* Ctrl-C is a key of this dialogue */
	text_add(&t->out, prompt);
	while (secret_key(term_key(t, true), out, size, &len))
		;
	text_add(&t->out, "\r\n");
	t->running = was_running;
	if (len < 0)
		secret_wipe(out, size);
	else
		out[len] = '\0';
	return len;
}

/* What the screen shows of the answer becomes what it is now. */
static void echo(struct term *t, int before, const char *out, int len)
{
	for (int i = len; i < before; i++)
		text_add(&t->out, "\b \b");
	if (len > before)
		text_add_n(&t->out, out + before, (size_t)(len - before));
}

int term_read_answer(struct term *t, const char *prompt, bool one_key, char *out, size_t size)
{
	bool was_running = t->running, more = true;
	int len = 0;

	t->running = false; /* Ctrl-C is a key of this dialogue */
	term_begin_output(t);
	text_add(&t->out, prompt);
	while (more) {
		int before = len;

		more = secret_key(term_key(t, true), out, size, &len);
		if (len >= 0)
			echo(t, before, out, len);
		more = more && !(one_key && len > 0);
	}
	text_add(&t->out, "\r\n");
	t->running = was_running;
	out[len < 0 ? 0 : len] = '\0';
	return len;
}
