/*
 * One walk, word by word: the candidates below the node are held against the word; the best one is
 * the next node. Help uses the same walk up to the cursor, so it can never list what is not taken.
 */
#include "cli/parse.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "cli/syntax.h"
#include "lua/applet/applet.h"

#define WORD_SIZE 80

/* `no`, `default` and `do` stand before every row and are not rows themselves. */
static const struct prefix_word {
	const char *word, *help;
	bool exec, config;
} prefix_words[] = {
	{"no", "Negate a command or set its defaults", true, true},
	{"default", "Set a command to its defaults", false, true},
	{"do", "To run exec commands in config mode", false, true},
};

struct walk {
	const struct grammar *g;
	const char *line;
	int mode, privilege;
	bool pipes;
	size_t at;			 /* offset behind the last word that was taken */
	const struct grammar_node *node; /* NULL: at the root */
	enum cli_form form;
	bool prefixed; /* no, default or do were read */
	bool is_do;
	bool surplus; /* words that identify nothing any more are taken behind no and default */
	struct cli_match *match;
	char *full; /* where the words are spelt out; NULL: nowhere */
};

/* One word that may come next. */
struct candidate {
	const struct grammar_node *node;
	const struct prefix_word *prefix; /* instead of node */
	char word[WORD_SIZE];		  /* a keyword, or "" for a typed parameter */
	char value[WORD_SIZE];		  /* what a word of a choice stands for */
	char type[WORD_SIZE];		  /* of a typed parameter */
};

const struct cli_arg *cli_match_arg(const struct cli_match *m, const char *name, size_t index)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->arg[i].name, name) == 0 && index-- == 0)
			return &m->arg[i];
	return NULL;
}

const char *cli_match_get(const struct cli_match *m, const char *name)
{
	const struct cli_arg *a = cli_match_arg(m, name, 0);

	return a ? a->value : NULL;
}

void cli_match_wipe(struct cli_match *m)
{
	secret_wipe(m, sizeof(*m));
}

static bool is_exec(int mode)
{
	return mode == CLI_MODE_EXEC || mode == CLI_MODE_PRIV_EXEC;
}

static bool visible(const struct walk *w, const struct grammar_node *n)
{
	return words_privilege(n->word) <= w->privilege && (n->forms & (1 << w->form));
}

typedef void candidate_fn(void *ctx, const struct candidate *c);

static void each_option(const struct grammar_node *n, candidate_fn *each, void *ctx)
{
	struct candidate c = {.node = n};

	for (size_t i = 0;
	     syntax_option(n->type, i, c.word, sizeof(c.word), c.value, sizeof(c.value)); i++) {
		c.type[0] = '\0';
		if (token_is_number(c.word)) {
			text_copy(c.type, sizeof(c.type), c.word);
			c.word[0] = '\0';
		}
		each(ctx, &c);
	}
}

static void each_of_node(const struct walk *w, const struct grammar_node *n, candidate_fn *each,
			 void *ctx)
{
	struct candidate c = {.node = n};

	if (!visible(w, n))
		return;
	if (n->name && syntax_is_choice(n->type)) {
		each_option(n, each, ctx);
		return;
	}
	if (n->name)
		text_copy(c.type, sizeof(c.type), n->type);
	else
		text_copy(c.word, sizeof(c.word), words_text(n->word));
	each(ctx, &c);
}

static void each_prefix(const struct walk *w, candidate_fn *each, void *ctx)
{
	for (size_t i = 0; i < sizeof(prefix_words) / sizeof(prefix_words[0]); i++) {
		struct candidate c = {.prefix = &prefix_words[i]};

		if (!(is_exec(w->mode) ? c.prefix->exec : c.prefix->config))
			continue;
		text_copy(c.word, sizeof(c.word), c.prefix->word);
		each(ctx, &c);
	}
}

/* Everything that may come next where the walk stands. */
static void each_candidate(const struct walk *w, candidate_fn *each, void *ctx)
{
	const struct grammar_node *n = grammar_first(w->g, w->mode, w->node);

	if (!w->node && !w->prefixed && w->mode != CLI_MODE_FILTER)
		each_prefix(w, each, ctx);
	if (w->node && w->node->repeat)
		each_of_node(w, w->node, each, ctx);
	for (; n; n = grammar_next(w->g, n))
		each_of_node(w, n, each, ctx);
	if (!w->node || !w->node->again)
		return;
	for (n = grammar_first(w->g, w->mode, w->node->again); n; n = grammar_next(w->g, n))
		each_of_node(w, n, each, ctx);
}

/* The choice among candidates for one typed word. */
struct choice {
	const char *typed;
	size_t typed_len;
	bool quoted;
	bool too_long;
	size_t good; /* characters that some candidate takes */
	bool exact;
	unsigned int beginnings; /* different keywords that begin so */
	struct candidate word;	 /* the keyword */
	struct candidate usual; /* the keyword that people mean by this beginning, if there is one */
	int rank;		/* of the parameter; -1 = none */
	struct candidate param;
};

static size_t common_beginning(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && tolower((unsigned char)a[n]) == tolower((unsigned char)b[n]))
		n++;
	return n;
}

static void raise_good(struct choice *ch, size_t good)
{
	if (good > ch->good)
		ch->good = good;
}

/* Beginnings that routers take for one word although another begins so. */
static bool is_usual(const char *typed, const char *word)
{
	return strcasecmp(typed, "log") == 0 && strcmp(word, "logging") == 0;
}

static void try_keyword(struct choice *ch, const struct candidate *c)
{
	size_t n;

	if (ch->quoted || ch->too_long)
		return;
	n = common_beginning(c->word, ch->typed);
	raise_good(ch, n);
	if (n < ch->typed_len || ch->exact)
		return;
	if (is_usual(ch->typed, c->word))
		ch->usual = *c;
	ch->exact = c->word[n] == '\0';
	if (ch->beginnings == 0 || ch->exact || strcmp(ch->word.word, c->word) != 0)
		ch->beginnings++;
	if (ch->beginnings == 1 || ch->exact)
		ch->word = *c;
}

static void try_param(struct choice *ch, const struct candidate *c)
{
	const char *type = c->type;
	bool ok, is_line = token_is_rest(type);
	size_t n = token_accept(type, ch->typed, &ok);

	/* A line is read to its end, not to the next blank: see take_line(). */
	raise_good(ch, n + (ch->quoted && n > 0 && !ok));
	if ((ok || is_line) && (!ch->too_long || token_is_text(type)) &&
	    token_rank(type) > ch->rank) {
		ch->rank = token_rank(type);
		ch->param = *c;
	}
}

static void try_candidate(void *ctx, const struct candidate *c)
{
	if (c->word[0])
		try_keyword(ctx, c);
	else
		try_param(ctx, c);
}

static enum parse_status keep(struct walk *w, const struct candidate *c, const char *value)
{
	struct cli_arg *a;

	if (!w->match || !c->node->name)
		return PARSE_OK;
	if (w->match->count == CLI_ARGS_MAX)
		return PARSE_TOO_LONG;
	a = &w->match->arg[w->match->count++];
	a->name = c->node->name;
	a->secret = strcmp(c->type, "secret") == 0;
	a->number = token_is_number(c->type) ||
		    (c->word[0] && value[strspn(value, "0123456789")] == '\0');
	text_copy(a->value, sizeof(a->value), value);
	return PARSE_OK;
}

/* One word more of the line as it is when nothing is shortened. */
static void spell(const struct walk *w, const char *word, size_t len)
{
	size_t at = w->full ? strlen(w->full) : 0;

	if (!w->full || at + len + 2 > CLI_FULL_MAX)
		return;
	snprintf(w->full + at, CLI_FULL_MAX - at, "%s%.*s", at ? " " : "", (int)len, word);
}

static void spell_candidate(const struct walk *w, const struct candidate *c, size_t from)
{
	if (c->word[0])
		spell(w, c->word, strlen(c->word));
	else if (strcmp(c->type, "secret") == 0)
		spell(w, "*****", 5);
	else
		spell(w, w->line + from, w->at - from);
}

static void take_prefix(struct walk *w, const struct prefix_word *p)
{
	spell(w, p->word, strlen(p->word));
	w->prefixed = true;
	if (strcmp(p->word, "do") == 0) {
		w->is_do = true;
		w->prefixed = false; /* `do no debug …` */
		w->mode = CLI_MODE_PRIV_EXEC;
		w->pipes = true;
	} else {
		w->form = p->word[0] == 'n' ? CLI_NO : CLI_DEFAULT;
	}
}

/* The parameter that takes the rest of the line. `offset`: of the character it does not take. */
static enum parse_status take_line(struct walk *w, const struct candidate *c, size_t from,
				   size_t *offset)
{
	struct token rest = token_rest(w->line, from);
	char value[TOKEN_VALUE_MAX];
	bool ok = false;
	size_t n;

	if (!token_value(w->line, &rest, value, sizeof(value)) && !token_is_text(c->type)) {
		*offset = rest.start + sizeof(value) - 1;
		return PARSE_INVALID;
	}
	value[sizeof(value) - 1] = '\0';
	n = token_accept(c->type, value, &ok);
	*offset = rest.start + n;
	if (!ok)
		return PARSE_INVALID;
	w->at = rest.end;
	w->node = c->node;
	spell_candidate(w, c, from);
	return keep(w, c, value);
}

static enum parse_status take_word(struct walk *w, const struct token *t, const struct choice *ch,
				   size_t *offset)
{
	const struct candidate *c = ch->beginnings > 0 ? &ch->word : &ch->param;

	*offset = t->start + ch->good;
	if (ch->beginnings > 1 && !ch->exact) {
		if (!ch->usual.node)
			return PARSE_AMBIGUOUS;
		c = &ch->usual;
	}
	if (ch->beginnings == 0 && ch->rank < 0)
		return PARSE_INVALID;
	if (c->prefix) {
		w->at = t->end;
		take_prefix(w, c->prefix);
		return PARSE_OK;
	}
	if (!c->word[0] && token_is_rest(c->type))
		return take_line(w, c, t->start, offset);
	w->at = t->end;
	w->node = c->node;
	spell_candidate(w, c, t->start);
	return keep(w, c, c->word[0] ? c->value : ch->typed);
}

/* One word of the line: on PARSE_OK the walk stands behind it. */
static enum parse_status step(struct walk *w, const struct token *t, size_t *offset)
{
	char typed[TOKEN_VALUE_MAX];
	struct choice ch = {.typed = typed, .rank = -1, .quoted = t->quoted};
	size_t before = w->match ? w->match->count : 0;
	enum parse_status status;

	ch.too_long = !token_value(w->line, t, typed, sizeof(typed));
	if (ch.too_long)
		text_copy(typed, sizeof(typed), "");
	ch.typed_len = strlen(typed);
	*offset = t->start;
	if (!ch.too_long && ch.typed_len == 0 && !t->quoted)
		return PARSE_INVALID;
	each_candidate(w, try_candidate, &ch);
	if (ch.too_long && ch.rank < 0)
		return PARSE_LONG_WORD;
	status = take_word(w, t, &ch, offset);
	if (w->match && w->match->count > before) {
		w->match->arg[before].from = t->start;
		w->match->arg[before].to = w->at;
	}
	secret_wipe(typed, sizeof(typed));
	return status;
}

static const struct cli_row *row_at(const struct walk *w)
{
	const struct grammar_node *n = w->node;

	if (!n)
		return NULL;
	if (n->row && n->row->privilege <= w->privilege && (n->row->forms & (1 << w->form)))
		return n->row;
	return w->form != CLI_SET ? n->no_row : NULL;
}

static bool filter_begins(const struct walk *w, const struct token *t)
{
	const struct cli_row *row = row_at(w);

	return w->pipes && !t->quoted && w->line[t->start] == '|' && row &&
	       (row->forms & CLI_FILTERED);
}

/* Behind `no` and `default` words that identify nothing any more are surplus, as on routers. Where another
 * word might stand, a mistyped one is no surplus: `no crypto map M typo` is not `no crypto map M`. */
static bool is_surplus(const struct walk *w)
{
	const struct grammar_node *n = w->node ? grammar_first(w->g, w->mode, w->node) : NULL;

	if (!w->surplus || w->form == CLI_SET || is_exec(w->mode) || !w->node || !row_at(w) ||
	    w->node->repeat)
		return false;
	for (; n; n = grammar_next(w->g, n))
		if (visible(w, n))
			return false;
	return true;
}

/* The words up to the line's end, or to a filter. */
static enum parse_status walk_words(struct walk *w, size_t *offset, bool *filter)
{
	*filter = false;
	for (;;) {
		struct token t = token_next(w->line, w->at, w->pipes);
		enum parse_status status;

		if (t.start == t.end)
			return row_at(w) ? PARSE_OK : PARSE_INCOMPLETE;
		if (filter_begins(w, &t)) {
			w->at = t.end;
			*filter = true;
			return PARSE_OK;
		}
		if (is_surplus(w))
			return PARSE_OK;
		status = step(w, &t, offset);
		if (status != PARSE_OK)
			return status;
	}
}

static struct walk filter_walk(const struct walk *w, struct cli_match *match)
{
	return (struct walk){.g = w->g,
			     .line = w->line,
			     .mode = CLI_MODE_FILTER,
			     .privilege = w->privilege,
			     .at = w->at,
			     .match = match};
}

static bool only_word(const struct walk *w, size_t start)
{
	struct token t = token_next(w->line, start, false),
		     next = token_next(w->line, t.end, false);

	return next.start == next.end;
}

static void parse_in(const struct parse_place *at, size_t index, bool surplus, const char *line,
		     struct parse_result *out)
{
	struct walk w = {.g = at->grammar,
			 .line = line,
			 .mode = at->mode[index],
			 .privilege = at->privilege,
			 .pipes = is_exec(at->mode[index]),
			 .surplus = surplus,
			 .match = &out->match,
			 .full = out->full};
	bool filter, more;

	memset(out, 0, sizeof(*out));
	out->status = walk_words(&w, &out->offset, &filter);
	out->form = w.form;
	out->is_do = w.is_do;
	out->node = w.node;
	out->match.row = row_at(&w);
	out->match.mode = (enum cli_mode)w.mode;
	if (out->status == PARSE_INVALID && is_exec(w.mode) && !w.node && !w.prefixed &&
	    only_word(&w, w.at))
		out->status = PARSE_NOT_A_COMMAND;
	if (out->status == PARSE_OK && filter) {
		struct walk f = filter_walk(&w, &out->filter);

		out->status = walk_words(&f, &out->offset, &more);
		out->filter.row = row_at(&f);
	}
}

/* What a sub-mode does not know may be a command of the mode around it. */
static bool parse_in_modes(const struct parse_place *at, bool surplus, const char *line,
			   struct parse_result *out)
{
	size_t furthest = 0;

	for (size_t i = 0; i < at->count; i++) {
		parse_in(at, i, surplus, line, out);
		out->outer = i;
		if (out->status != PARSE_INVALID)
			return true;
		if (out->offset > furthest)
			furthest = out->offset;
	}
	out->offset = furthest;
	return false;
}

void parse_line(const struct parse_place *at, const char *line, struct parse_result *out)
{
	const char *first = line + strspn(line, " \t");

	memset(out, 0, sizeof(*out));
	if (*first == '\0' || *first == '!') {
		out->status = PARSE_EMPTY;
		return;
	}
	if (strlen(line) > TOKEN_LINE_MAX) {
		out->status = PARSE_TOO_LONG;
		return;
	}
	/* A whole command of an outer mode is meant before one of the inner mode with words left over. */
	if (!parse_in_modes(at, false, line, out) && out->form != CLI_SET)
		parse_in_modes(at, true, line, out);
}

/* Help */

#define HELP_MAX 128

struct help_entry {
	char word[WORD_SIZE];
	char help[160];
};

struct help_list {
	const char *beginning;
	bool in_statement, may_end; /* of the event manager: what it says */
	enum applet_line statement;
	size_t count;
	struct help_entry entry[HELP_MAX];
};

static void add_help(struct help_list *l, const char *word, const char *help)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->entry[i].word, word) == 0)
			return;
	if (l->count == HELP_MAX)
		return;
	text_copy(l->entry[l->count].word, WORD_SIZE, word);
	text_copy(l->entry[l->count].help, sizeof(l->entry[0].help), help);
	l->count++;
}

static void help_candidate(void *ctx, const struct candidate *c)
{
	struct help_list *l = ctx;
	char text[160], name[WORD_SIZE];

	if (c->word[0]) {
		if (common_beginning(l->beginning, c->word) == strlen(l->beginning))
			add_help(l, c->word,
				 c->prefix ? c->prefix->help
					   : grammar_help(c->node, c->word, text, sizeof(text)));
	} else if (!*l->beginning) {
		add_help(l, token_help_name(c->type, name, sizeof(name)),
			 grammar_help(c->node, c->node->name, text, sizeof(text)));
	}
}

static int compare_help(const void *a, const void *b)
{
	const struct help_entry *x = a, *y = b;

	return strcmp(x->word, y->word);
}

/* Lines of the event manager, by their type: the rest of them is its own to tell about. */
static const struct {
	const char *type;
	enum applet_line line;
} statements[] = {
	{"event-text", APPLET_LINE_EVENT},
	{"action-text", APPLET_LINE_ACTION},
	{"correlate-text", APPLET_LINE_CORRELATE},
	{"set-text", APPLET_LINE_SET},
};

static void find_statement(void *ctx, const struct candidate *c)
{
	struct help_list *l = ctx;

	for (size_t i = 0; !c->word[0] && i < sizeof(statements) / sizeof(statements[0]); i++)
		if (strcmp(c->type, statements[i].type) == 0) {
			l->in_statement = true;
			l->statement = statements[i].line;
		}
}

static void statement_help(void *ctx, const char *word, const char *help)
{
	struct help_list *l = ctx;

	if (strcmp(word, "<cr>") == 0)
		l->may_end = true;
	else
		add_help(l, word, help);
}

/* Does the rest of the line, from the walk on, belong to the event manager? The line then says what may
 * follow. */
static bool is_statement(struct walk *w, struct help_list *l)
{
	const char *text = w->line + w->at, *blank = strrchr(w->line, ' ');
	bool is_new = w->at > 0 && !strchr(" \t", w->line[w->at - 1]);

	each_candidate(w, find_statement, l);
	if (!l->in_statement)
		return false;
	/* The cursor stands at the keyword itself. */
	if (is_new && !*text)
		return false;
	applet_help(l->statement, text + strspn(text, " \t"), statement_help, l);
	l->beginning = blank ? blank + 1 : "";
	return true;
}

/* Walks the whole words before the cursor; the beginning of the last one stays. */
static bool walk_to_cursor(struct walk *w, struct help_list *l)
{
	for (;;) {
		struct token t = token_next(w->line, w->at, w->pipes);
		size_t offset;

		if (is_statement(w, l))
			return true;
		if (t.start == t.end)
			return true;
		if (filter_begins(w, &t)) {
			w->at = t.end;
			*w = filter_walk(w, NULL);
			continue;
		}
		if (w->line[t.end] == '\0') {
			l->beginning = w->line + t.start;
			return true;
		}
		if (step(w, &t, &offset) != PARSE_OK)
			return false;
	}
}

static int help_in(const struct grammar *g, enum cli_mode mode, int privilege, const char *line,
		   struct help_list *l, parse_help_fn *each, void *ctx)
{
	struct walk w = {
		.g = g, .line = line, .mode = mode, .privilege = privilege, .pipes = is_exec(mode)};

	l->count = 0;
	l->beginning = "";
	l->in_statement = l->may_end = false;
	if (!walk_to_cursor(&w, l))
		return -1;
	if (!l->in_statement)
		each_candidate(&w, help_candidate, l);
	qsort(l->entry, l->count, sizeof(l->entry[0]), compare_help);
	if (!*l->beginning && !l->in_statement && row_at(&w) && row_at(&w)->forms & CLI_FILTERED)
		add_help(l, "|", "Output modifiers");
	if (!*l->beginning && (l->in_statement ? l->may_end : row_at(&w) != NULL))
		add_help(l, "<cr>", "");
	for (size_t i = 0; i < l->count; i++)
		each(ctx, l->entry[i].word, l->entry[i].help);
	return (int)l->count;
}

int parse_help(const struct parse_place *at, const char *line, parse_help_fn *each, void *ctx)
{
	struct help_list *list;
	int n = -1;

	if (strlen(line) > TOKEN_LINE_MAX)
		return -1;
	list = alloc_zero(sizeof(*list));
	for (size_t i = 0; list && n <= 0 && i < at->count; i++)
		n = help_in(at->grammar, at->mode[i], at->privilege, line, list, each, ctx);
	alloc_free(list);
	return n;
}

/* Sentences */

static void explain_not_a_command(const char *line, struct text *out)
{
	struct token t = token_next(line, 0, false);

	text_addf(out, "Translating \"%.*s\"\n", (int)(t.end - t.start), line + t.start);
	text_add(out, "% Bad IP address or host name\n");
	text_add(out, "% Unknown command or computer name, or unable to find computer address\n");
}

static bool is_show_alone(const struct parse_result *r)
{
	return r->node && !r->node->name && strcmp(words_text(r->node->word), "show") == 0 &&
	       r->form == CLI_SET;
}

void parse_explain(const struct parse_result *r, const char *line, size_t prompt_len,
		   struct text *out)
{
	switch (r->status) {
	case PARSE_OK:
	case PARSE_EMPTY:
		break;
	case PARSE_INVALID:
		text_addf(out, "%*s^\n%% Invalid input detected at '^' marker.\n\n",
			  (int)(prompt_len + r->offset), "");
		break;
	case PARSE_LONG_WORD:
		text_addf(out, "%*s^\n%% The word is longer than %d characters.\n\n",
			  (int)(prompt_len + r->offset), "", TOKEN_VALUE_MAX - 1);
		break;
	case PARSE_INCOMPLETE:
		if (is_show_alone(r)) {
			text_add(out, "% Type \"show ?\" for a list of subcommands\n");
			break;
		}
		text_add(out, "% Incomplete command.\n\n");
		break;
	case PARSE_AMBIGUOUS:
		text_addf(out, "%% Ambiguous command:  \"%s\"\n", line);
		break;
	case PARSE_NOT_A_COMMAND:
		explain_not_a_command(line, out);
		break;
	case PARSE_TOO_LONG:
		text_addf(out, "%% Line is longer than %d characters\n\n", TOKEN_LINE_MAX);
		break;
	}
}

const char *parse_reason(const struct parse_result *r)
{
	static const char *const reasons[] = {
		[PARSE_OK] = "",
		[PARSE_EMPTY] = "",
		[PARSE_INVALID] = "Invalid input",
		[PARSE_INCOMPLETE] = "Incomplete command",
		[PARSE_AMBIGUOUS] = "Ambiguous command",
		[PARSE_NOT_A_COMMAND] = "Unknown command",
		[PARSE_TOO_LONG] = "The line is too long",
		[PARSE_LONG_WORD] = "The word is too long",
	};

	return reasons[r->status];
}

bool parse_has_place(const struct parse_result *r)
{
	return r->status == PARSE_INVALID || r->status == PARSE_LONG_WORD;
}
