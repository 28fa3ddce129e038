/*
 * Lines of the command line, on a daemon of a few lines. What may never happen: a crash, a leak, text
 * of a configuration that does not load back to the same text.
 */
#include "fuzz.h"

#include "../cli/fake_daemon.h"
#include "base/alloc.h"
#include "cli/handlers.h"
#include "cli/running.h"

#define LINES_MAX 64

static struct grammar *grammar;
static struct fake_daemon fake; /* large: not on the stack */

static int from_session(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err)
{
	return cli_config_each(ctx, path, fn, arg, err);
}

static char *text_of(struct cli_session *s)
{
	struct running_source source = {.ctx = s, .each = from_session};
	struct text text;

	text_init(&text, 0);
	fuzz_must(running_text(&source, &text, NULL) == 0);
	return text.data ? text_take(&text) : alloc_text("");
}

static void help(void *ctx, const char *word, const char *text)
{
	size_t *n = ctx;

	*n += strlen(word) + strlen(text);
}

static void run_lines(struct cli_session *s, const char *text)
{
	for (int i = 0; *text && i < LINES_MAX; i++) {
		size_t len = strcspn(text, "\n"), n = 0;
		char *line = alloc_printf("%.*s", (int)len, text);
		struct parse_place at = cli_parse_place(s);

		parse_help(&at, line, help, &n);
		cli_run_line(s, line);
		alloc_free(line);
		text += len + (text[len] == '\n');
	}
}

/* Everything, however long: the text is ours. */
static void load(struct cli_session *s, const char *text)
{
	cli_run_line(s, "configure terminal");
	for (; *text; text += strcspn(text, "\n") + 1)
		cli_run_line(s, text);
}

static void check_round_trip(const char *text)
{
	struct cli_backend backend;
	struct cli_session s;
	char *again;

	fake_init(&fake);
	backend = fake_backend(&fake);
	fake_session(&fake, &backend, grammar, &s, 15);
	load(&s, text);
	again = text_of(&s);
	if (strcmp(text, again) != 0) {
		fprintf(stderr, "---- text\n%s---- again\n%s", text, again);
		abort();
	}
	alloc_free(again);
	cli_session_end(&s);
	fake_end(&fake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cli_backend backend;
	struct cli_session s;
	char *input, *text;

	if (!grammar)
		grammar = grammar_new(NULL, 0, NULL);
	input = alloc_printf("%.*s", (int)size, (const char *)data);
	if (!grammar || !input)
		return 0;
	fake_init(&fake);
	backend = fake_backend(&fake);
	fake_session(&fake, &backend, grammar, &s, 15);
	run_lines(&s, input);
	text = text_of(&s);
	cli_session_end(&s);
	fake_end(&fake);
	check_round_trip(text);
	alloc_free(text);
	alloc_free(input);
	return 0;
}
