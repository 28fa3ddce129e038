/*
 * Building: each syntax tree is walked with the set of nodes that a command may have come to; an
 * optional part adds to the set, alternatives unite. The sets are small (tests hold every row
 * against ENDS_MAX), the tree of all rows has some thousand words.
 */
#include "cli/grammar.h"

#include <errno.h>

#include "base/alloc.h"
#include "cli/syntax.h"

#define ENDS_MAX 1024

struct grammar {
	struct words *words;
	struct grammar_node **nodes; /* owned */
	size_t count, cap;
	struct word *root[CLI_MODE_COUNT + 1]; /* modes of a session, and the filters */
	struct syntax **syntax;		       /* of every row: names and types live there */
	size_t syntax_count;
};

struct ends {
	struct word *at[ENDS_MAX];
	size_t count;
};

struct build {
	struct grammar *g;
	const struct cli_row *row;
	int mode;
	struct error *err;
};

static struct grammar_node *node_of(const struct grammar *g, const struct word *word)
{
	return words_data(g->words, word);
}

static struct grammar_node *new_node(struct grammar *g, struct word *word)
{
	struct grammar_node *n, **grown;

	if (g->count == g->cap) {
		grown = alloc_grow(g->nodes, g->cap, g->cap * 2 + 64, sizeof(*grown));
		if (!grown)
			return NULL;
		g->nodes = grown;
		g->cap = g->cap * 2 + 64;
	}
	n = alloc_zero(sizeof(*n));
	if (!n)
		return NULL;
	n->word = word;
	if (words_set_data(g->words, word, n) < 0) {
		alloc_free(n);
		return NULL;
	}
	g->nodes[g->count++] = n;
	return n;
}

static int out_of_memory(const struct build *b)
{
	error_set(b->err, -ENOMEM, "command table: no memory");
	return -ENOMEM;
}

/* "word text" lines of a row: the text of one word. */
static const char *help_line(const char *help, const char *word, char *buf, size_t size)
{
	size_t len = strlen(word);

	buf[0] = '\0';
	for (const char *line = help; line && *line; line += *line == '\n') {
		size_t line_len = strcspn(line, "\n");

		if (line_len > len && strncmp(line, word, len) == 0 && line[len] == ' ') {
			snprintf(buf, size, "%.*s", (int)(line_len - len - 1), line + len + 1);
			break;
		}
		line += line_len;
	}
	return buf;
}

const char *grammar_help(const struct grammar_node *node, const char *word, char *buf, size_t size)
{
	buf[0] = '\0';
	if (!node->name && *words_help(node->word)) {
		snprintf(buf, size, "%s", words_help(node->word));
		return buf;
	}
	/* A parameter is named by its whole text where a keyword of its row has the same name. */
	if (node->name && strcmp(word, node->name) == 0)
		help_line(node->help, words_text(node->word), buf, size);
	if (!*buf)
		help_line(node->help, word, buf, size);
	if (!*buf && node->name)
		help_line(node->help, node->name, buf, size);
	return buf;
}

/* Adds one word below `parent`; a parameter is told from another by its whole text. */
static struct word *add_word(const struct build *b, struct word *parent, const struct syntax *s)
{
	char help[160];
	struct grammar_node *n;
	struct word *word;

	help_line(b->row->help, s->name ? s->name : s->text, help, sizeof(help));
	word = words_add(b->g->words, parent, s->text, b->mode, b->row->privilege, help);
	if (!word)
		return NULL;
	n = node_of(b->g, word);
	if (!n)
		n = new_node(b->g, word);
	if (!n)
		return NULL;
	n->name = s->name;
	n->type = s->type;
	n->repeat |= s->repeat;
	n->forms |= b->row->forms;
	if (!n->help || s->name)
		n->help = b->row->help;
	return word;
}

static int put(const struct build *b, struct ends *set, struct word *word)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->at[i] == word)
			return 0;
	if (set->count == ENDS_MAX)
		return error_set(b->err, -E2BIG, "\"%s\": too many ways", b->row->syntax);
	set->at[set->count++] = word;
	return 0;
}

static int build_list(const struct build *b, const struct syntax *s, struct ends *set);

/* Each end grows by the word. */
static int build_word(const struct build *b, const struct syntax *s, struct ends *set)
{
	for (size_t i = 0; i < set->count; i++) {
		set->at[i] = add_word(b, set->at[i], s);
		if (!set->at[i])
			return out_of_memory(b);
	}
	return 0;
}

/* The union of all alternatives, each beginning at the set as it was. */
static int build_either(const struct build *b, const struct syntax *alternatives, struct ends *set,
			bool optional)
{
	struct ends *start = alloc_copy(set, sizeof(*set)), *one = alloc_zero(sizeof(*one));
	int rc = start && one ? 0 : out_of_memory(b);

	if (!optional)
		set->count = 0;
	for (; rc == 0 && alternatives; alternatives = alternatives->next) {
		*one = *start;
		rc = build_list(b, alternatives->child, one);
		for (size_t i = 0; rc == 0 && i < one->count; i++)
			rc = put(b, set, one->at[i]);
	}
	alloc_free(start);
	alloc_free(one);
	return rc;
}

/* Behind each alternative stands what stood before the first: they may follow in any order. */
static int build_again_at(const struct build *b, const struct syntax *alternatives,
			  struct word *start, struct ends *set)
{
	struct ends *one = alloc_zero(sizeof(*one));
	int rc = one ? put(b, one, start) : out_of_memory(b);

	if (rc == 0)
		rc = build_either(b, alternatives, one, true);
	for (size_t i = 0; rc == 0 && i < one->count; i++) {
		if (one->at[i] != start)
			node_of(b->g, one->at[i])->again = node_of(b->g, start);
		rc = put(b, set, one->at[i]);
	}
	alloc_free(one);
	return rc;
}

static int build_again(const struct build *b, const struct syntax *alternatives, struct ends *set)
{
	struct ends *start = alloc_copy(set, sizeof(*set));
	int rc = start ? 0 : out_of_memory(b);

	set->count = 0;
	for (size_t i = 0; rc == 0 && i < start->count; i++)
		rc = build_again_at(b, alternatives, start->at[i], set);
	alloc_free(start);
	return rc;
}

static void mark_no_end(const struct build *b, const struct ends *set)
{
	for (size_t i = 0; i < set->count; i++)
		node_of(b->g, set->at[i])->no_row = b->row;
}

static int build_one(const struct build *b, const struct syntax *s, struct ends *set)
{
	switch (s->kind) {
	case SYNTAX_WORD:
	case SYNTAX_PARAM:
		return build_word(b, s, set);
	case SYNTAX_OPT:
		return build_either(b, s->child, set, true);
	case SYNTAX_ALT:
		if (s->repeat)
			return build_again(b, s->child, set);
		return build_either(b, s->child, set, false);
	case SYNTAX_SEQ:
		return build_list(b, s->child, set);
	case SYNTAX_NO_END:
		mark_no_end(b, set);
		break;
	}
	return 0;
}

static int build_list(const struct build *b, const struct syntax *s, struct ends *set)
{
	int rc = 0;

	for (; rc == 0 && s; s = s->next)
		rc = build_one(b, s, set);
	return rc;
}

static int build_row(const struct build *b, const struct syntax *s)
{
	struct ends *set = alloc_zero(sizeof(*set));
	int rc = set ? 0 : out_of_memory(b);

	if (rc == 0) {
		set->at[set->count++] = b->g->root[b->mode];
		rc = build_list(b, s->child, set);
	}
	for (size_t i = 0; rc == 0 && i < set->count; i++) {
		struct grammar_node *n = node_of(b->g, set->at[i]);

		if (!n)
			rc = error_set(b->err, -EINVAL, "\"%s\" may be empty", b->row->syntax);
		else if (n->row && n->row != b->row)
			rc = error_set(b->err, -EEXIST, "\"%s\" ends like \"%s\"", b->row->syntax,
				       n->row->syntax);
		if (n)
			n->row = b->row;
	}
	alloc_free(set);
	return rc;
}

static bool row_in_mode(const struct cli_row *row, int mode)
{
	if (row->mode == CLI_MODE_EXECS)
		return mode == CLI_MODE_EXEC || mode == CLI_MODE_PRIV_EXEC;
	if (row->mode == CLI_MODE_CONFIGS)
		return mode >= CLI_MODE_CONFIG && mode < CLI_MODE_COUNT;
	return row->mode == mode;
}

static int add_row(struct grammar *g, const struct cli_row *row, struct error *err)
{
	struct syntax *s = syntax_parse(row->syntax, err);
	int rc = 0;

	if (!s)
		return error_set(err, -ENOMEM, "command table: no memory");
	g->syntax[g->syntax_count++] = s;
	for (int mode = 0; rc == 0 && mode <= CLI_MODE_COUNT; mode++) {
		struct build b = {.g = g, .row = row, .mode = mode, .err = err};

		if (row_in_mode(row, mode))
			rc = build_row(&b, s);
	}
	return rc;
}

/* The roots stand beside libcli's own commands, which are never looked at. */
static int add_roots(struct grammar *g)
{
	char name[24];

	for (int mode = 0; mode <= CLI_MODE_COUNT; mode++) {
		snprintf(name, sizeof(name), "mode-%d", mode);
		g->root[mode] = words_add(g->words, NULL, name, mode, 0, "");
		if (!g->root[mode])
			return -ENOMEM;
	}
	return 0;
}

struct grammar *grammar_new(const struct cli_row *rows, size_t count, struct error *err)
{
	struct grammar *g = alloc_zero(sizeof(*g));
	int rc = g ? 0 : -ENOMEM;

	if (!rows)
		count = cli_row_count();
	if (rc == 0) {
		g->words = words_new();
		g->syntax = alloc_array(count, sizeof(struct syntax *));
		rc = g->words && g->syntax ? add_roots(g) : -ENOMEM;
	}
	if (rc < 0)
		error_set(err, rc, "command table: no memory");
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = add_row(g, rows ? &rows[i] : cli_row(i), err);
	if (rc == 0)
		return g;
	grammar_free(g);
	return NULL;
}

void grammar_free(struct grammar *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->count; i++)
		alloc_free(g->nodes[i]);
	for (size_t i = 0; i < g->syntax_count; i++)
		syntax_free(g->syntax[i]);
	alloc_free(g->nodes);
	alloc_free(g->syntax);
	words_free(g->words);
	alloc_free(g);
}

struct words *grammar_words(const struct grammar *g)
{
	return g->words;
}

const struct grammar_node *grammar_first(const struct grammar *g, enum cli_mode mode,
					 const struct grammar_node *node)
{
	const struct word *first = words_child(node ? node->word : g->root[mode]);

	return first ? node_of(g, first) : NULL;
}

const struct grammar_node *grammar_next(const struct grammar *g, const struct grammar_node *node)
{
	const struct word *next = words_next(node->word);

	return next ? node_of(g, next) : NULL;
}
