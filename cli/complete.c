#include "cli/complete.h"

#include <ctype.h>
#include <errno.h>

#include "base/alloc.h"
#include "cli/handlers.h"

#define SEES_ALL 15

/* Rows that open configuration without saying so in the table, since no entry is edited. */
static bool configures(const struct cli_row *row)
{
	static const char *const begin[] = {"configure terminal", "configure candidate"};

	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (strncmp(row->syntax, begin[i], strlen(begin[i])) == 0)
			return true;
	return false;
}

static void leave(struct parse_place *at, size_t levels)
{
	at->count -= levels;
	memmove(at->mode, at->mode + levels, at->count * sizeof(at->mode[0]));
}

static void enter(struct parse_place *at, enum cli_mode mode)
{
	if (at->count == sizeof(at->mode) / sizeof(at->mode[0]))
		return;
	memmove(at->mode + 1, at->mode, at->count * sizeof(at->mode[0]));
	at->mode[0] = mode;
	at->count++;
}

static void go_to_exec(struct parse_place *at)
{
	at->mode[0] = CLI_MODE_PRIV_EXEC;
	at->count = 1;
}

/* What the session does with a line's mode (cli/session.c), without running it. */
static void follow(struct parse_place *at, const struct parse_result *r)
{
	const struct cli_row *row = r->match.row;

	if (r->is_do)
		return;
	leave(at, r->outer);
	if (row->run == cli_do_end || (row->run == cli_do_exit && at->count == 1)) {
		go_to_exec(at);
	} else if (row->run == cli_do_exit) {
		leave(at, 1);
	} else if (configures(row)) {
		/* EXEC is no mode around configuration: its words are behind `do`. */
		at->mode[0] = CLI_MODE_CONFIG;
	} else if (row->enters && r->form == CLI_SET) {
		enter(at, (enum cli_mode)row->enters);
	}
}

static void print_keyword(void *ctx, const char *word, const char *help)
{
	FILE *to = ctx;

	(void)help;
	if (word[0] == '<' || word[0] == '|' || isupper((unsigned char)word[0]))
		return;
	fprintf(to, "%s\n", word);
}

int complete_print(const struct grammar *g, const char *const *command, size_t count, FILE *to)
{
	struct parse_place at = {.grammar = g, .privilege = SEES_ALL};
	struct parse_result *r = alloc_zero(sizeof(*r));

	if (!r)
		return -ENOMEM;
	go_to_exec(&at);
	for (size_t i = 0; i + 1 < count; i++) {
		parse_line(&at, command[i], r);
		if (r->status == PARSE_OK)
			follow(&at, r);
		cli_match_wipe(&r->match);
	}
	parse_help(&at, count > 0 ? command[count - 1] : "", print_keyword, to);
	alloc_free(r);
	return 0;
}
