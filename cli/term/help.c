#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cli/term/term_internal.h"

#define WORDS_MAX 160
#define WORD_SIZE 80
#define HELP_SIZE 160
#define END_WORD  "<cr>"

struct help_words {
	size_t count, widest;
	struct {
		char word[WORD_SIZE], help[HELP_SIZE];
	} entry[WORDS_MAX];
};

static void gather(void *ctx, const char *word, const char *help)
{
	struct help_words *w = ctx;
	size_t len;

	if (w->count == WORDS_MAX)
		return;
	text_copy(w->entry[w->count].help, HELP_SIZE, help);
	len = text_copy(w->entry[w->count++].word, WORD_SIZE, word);
	if (len > w->widest && strcmp(word, END_WORD) != 0)
		w->widest = len;
}

static bool is_beginning(const char *before)
{
	size_t len = strlen(before);

	return len > 0 && before[len - 1] != ' ' && before[len - 1] != '\t';
}

static size_t beginning_at(const char *before)
{
	size_t at = strlen(before);

	while (at > 0 && before[at - 1] != ' ' && before[at - 1] != '\t' && before[at - 1] != '|')
		at--;
	return at;
}

static void print_list(struct term *t, const struct help_words *w)
{
	char line[WORD_SIZE + HELP_SIZE + 8];

	for (size_t i = 0; i < w->count; i++) {
		if (w->entry[i].help[0])
			snprintf(line, sizeof(line), "  %-*s  %s", (int)w->widest, w->entry[i].word,
				 w->entry[i].help);
		else
			snprintf(line, sizeof(line), "  %s", w->entry[i].word);
		term_print(t, line);
	}
}

/* Words side by side, two blanks between them. */
static void print_columns(struct term *t, const struct help_words *w)
{
	size_t width = t->s->terminal.width > 0 ? t->s->terminal.width : CLI_WIDTH_USUAL;
	size_t cell = w->widest + 2, in_row = width / cell > 0 ? width / cell : 1;
	struct text line;

	for (size_t i = 0; i < w->count;) {
		text_init(&line, 0);
		for (size_t n = 0; n < in_row && i < w->count; n++, i++)
			text_addf(&line, "%-*s", (int)cell, w->entry[i].word);
		term_print(t, text_str(&line));
		text_free(&line);
	}
}

static bool is_ambiguous(const struct parse_place *at, const char *before)
{
	struct parse_result *r = alloc_zero(sizeof(*r));
	bool ambiguous = false;

	if (r) {
		parse_line(at, before, r);
		ambiguous = r->status == PARSE_AMBIGUOUS;
		cli_match_wipe(&r->match);
	}
	alloc_free(r);
	return ambiguous;
}

static void print_refusal(struct term *t, const struct parse_place *at, const char *before)
{
	char *line = is_ambiguous(at, before)
			     ? alloc_printf("%% Ambiguous command:  \"%s\"", before)
			     : alloc_text("% Unrecognized command");

	if (line)
		term_print(t, line);
	alloc_free(line);
}

/* As the modes' names are on routers. */
static const char *heading(const struct cli_session *s)
{
	static const char *const headings[CLI_MODE_COUNT] = {
		[CLI_MODE_EXEC] = "Exec commands:",
		[CLI_MODE_PRIV_EXEC] = "Exec commands:",
		[CLI_MODE_CONFIG] = "Configure commands:",
		[CLI_MODE_CRYPTO_MAP] = "Crypto Map configuration commands:",
		[CLI_MODE_TRANSFORM] = "Crypto transform configuration commands:",
		[CLI_MODE_IKEV2_PROPOSAL] = "IKEv2 Proposal commands:",
		[CLI_MODE_IKEV2_POLICY] = "IKEv2 Policy commands:",
		[CLI_MODE_IKEV2_KEYRING] = "IKEv2 Keyring commands:",
		[CLI_MODE_IKEV2_PEER] = "IKEv2 Keyring Peer commands:",
		[CLI_MODE_IKEV2_PROFILE] = "IKEv2 profile commands:",
		[CLI_MODE_ACL] = "Ext Access List configuration commands:",
		[CLI_MODE_ACL_STANDARD] = "Standard Access List configuration commands:",
		[CLI_MODE_INTERFACE] = "Interface configuration commands:",
		[CLI_MODE_LINE] = "Line configuration commands:",
		[CLI_MODE_ARCHIVE] = "Archive configuration commands:",
		[CLI_MODE_ARCHIVE_LOG] = "Archive logger configuration commands:",
		[CLI_MODE_APPLET] = "Embedded Event Manager applet configuration commands:",
		[CLI_MODE_APPLET_TRIGGER] =
			"Embedded Event Manager trigger configuration commands:",
	};
	const char *text = headings[s->level[s->depth].mode];

	return text ? text : "Configure commands:";
}

static void print_help(struct term *t, const struct help_words *w, const char *before)
{
	if (before[strspn(before, " \t")] == '\0')
		term_print(t, heading(t->s));
	if (is_beginning(before))
		print_columns(t, w);
	else
		print_list(t, w);
	term_print(t, "");
}

void term_help(void *ctx, const char *before)
{
	struct help_words *w = alloc_zero(sizeof(*w));
	struct term *t = ctx;
	struct parse_place at = cli_parse_place(t->s);

	if (!w)
		return;
	t->front = TERM_FRONT_NOTHING;
	term_begin_output(t);
	if (parse_help(&at, before, gather, w) > 0)
		print_help(t, w, before);
	else
		print_refusal(t, &at, before);
	t->s->enough = false;
	t->front = TERM_FRONT_LINE;
	alloc_free(w);
}

/* The one word that begins so. An exact word among longer ones is not it: it is full. */
static bool complete_from(const struct help_words *w, const char *typed, struct text *rest)
{
	const char *word = w->entry[0].word;
	size_t len = strlen(typed);

	if (w->count != 1 || strncasecmp(word, typed, len) != 0)
		return false;
	text_add(rest, word + len);
	text_add(rest, " ");
	return true;
}

bool term_complete(void *ctx, const char *before, struct text *rest)
{
	struct help_words *w = alloc_zero(sizeof(*w));
	const struct term *t = ctx;
	struct parse_place at = cli_parse_place(t->s);
	bool found = false;

	if (w && is_beginning(before) && parse_help(&at, before, gather, w) == 1)
		found = complete_from(w, before + beginning_at(before), rest);
	alloc_free(w);
	return found;
}
