/*
 * libcli behind one face. Its public struct cli_command is the tree that parse.c walks; `flags`,
 * which libcli itself uses for its own optional arguments only, carries the index of our datum.
 */
#include "cli/words.h"

#include <errno.h>
#include <stdint.h>

#include <libcli.h>

#include "base/alloc.h"

/* libcli's own ways in: their tokenizer cuts at '#', and TAB overflows the heap at 4,089 blanks. */
#pragma GCC poison cli_run_command cli_loop cli_file cli_get_completions

struct words {
	struct cli_def *cli;
	void **data; /* by cli_command.flags; 0 is unused */
	size_t data_count;
	words_run *run; /* the call that is going on */
	void *run_ctx;
	words_sink *sink;
	void *sink_ctx;
	words_filter *filter;
	void *filter_ctx;
	struct cli_filter chain; /* the one link of ours in libcli's chain */
};

static struct cli_command *command_of(const struct word *word)
{
	/* struct word is never defined: it is libcli's struct under a name of ours. */
	return (struct cli_command *)(uintptr_t)word;
}

static struct word *word_of(struct cli_command *c)
{
	return (struct word *)c;
}

static int called(struct cli_def *cli, const char *command, char **argv, int argc)
{
	struct words *w = cli_get_context(cli);

	(void)command;
	(void)argv;
	(void)argc;
	return w->run(w->run_ctx);
}

static void printed(struct cli_def *cli, const char *line)
{
	struct words *w = cli_get_context(cli);

	if (w->sink)
		w->sink(w->sink_ctx, line);
}

static int filtered(struct cli_def *cli, const char *line, void *data)
{
	struct words *w = data;

	(void)cli;
	return w->filter(w->filter_ctx, line) ? CLI_OK : CLI_ERROR;
}

struct words *words_new(void)
{
	struct words *w = alloc_zero(sizeof(*w));

	if (!w)
		return NULL;
	w->cli = cli_init();
	if (!w->cli) {
		alloc_free(w);
		return NULL;
	}
	cli_set_context(w->cli, w);
	cli_print_callback(w->cli, printed);
	w->data_count = 1;
	w->chain.filter = filtered;
	w->chain.data = w;
	return w;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	w->cli->filters = NULL;
	cli_done(w->cli);
	alloc_free(w->data);
	alloc_free(w);
}

static struct cli_command *find(struct words *w, struct cli_command *parent, const char *text)
{
	struct cli_command *c = parent ? parent->children : w->cli->commands;

	while (c && !(c->callback == called && strcmp(c->command, text) == 0))
		c = c->next;
	return c;
}

struct word *words_add(struct words *w, struct word *parent, const char *text, int mode,
		       int privilege, const char *help)
{
	struct cli_command *c = find(w, command_of(parent), text);

	if (!c) {
		if (alloc_denied())
			return NULL;
		c = cli_register_command(w->cli, command_of(parent), text, called, privilege, mode,
					 help && *help ? help : NULL);
		return word_of(c);
	}
	if (privilege < c->privilege)
		c->privilege = privilege;
	if (!c->help && help && *help)
		c->help = strdup(help); /* freed by libcli with the word */
	return word_of(c);
}

const struct word *words_child(const struct word *parent)
{
	return word_of(command_of(parent)->children);
}

const struct word *words_next(const struct word *word)
{
	return word_of(command_of(word)->next);
}

const struct word *words_parent(const struct word *word)
{
	return word_of(command_of(word)->parent);
}

const char *words_text(const struct word *word)
{
	return command_of(word)->command;
}

const char *words_help(const struct word *word)
{
	const char *help = command_of(word)->help;

	return help ? help : "";
}

int words_privilege(const struct word *word)
{
	return command_of(word)->privilege;
}

int words_set_data(struct words *w, struct word *word, void *data)
{
	struct cli_command *c = command_of(word);
	void **grown;

	if (c->flags) {
		w->data[c->flags] = data;
		return 0;
	}
	grown = alloc_grow(w->data, w->data ? w->data_count : 0, w->data_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	w->data = grown;
	c->flags = (int)w->data_count;
	w->data[w->data_count++] = data;
	return 0;
}

void *words_data(const struct words *w, const struct word *word)
{
	int index = command_of(word)->flags;

	return index > 0 && (size_t)index < w->data_count ? w->data[index] : NULL;
}

int words_call(struct words *w, const struct word *word, words_run *run, void *ctx)
{
	struct cli_command *c = command_of(word);

	w->run = run;
	w->run_ctx = ctx;
	return c->callback(w->cli, c->command, NULL, 0);
}

void words_set_sink(struct words *w, words_sink *sink, void *ctx)
{
	w->sink = sink;
	w->sink_ctx = ctx;
}

void words_set_filter(struct words *w, words_filter *filter, void *ctx)
{
	w->filter = filter;
	w->filter_ctx = ctx;
	w->cli->filters = &w->chain;
}

void words_end_filter(struct words *w)
{
	if (!w->cli->filters)
		return;
	w->filter(w->filter_ctx, NULL);
	w->cli->filters = NULL;
}

void words_print(struct words *w, const char *text)
{
	cli_print(w->cli, "%s", text);
}
