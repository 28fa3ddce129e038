#include "tests/cli/generated.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"
#include "base/text.h"
#include "cli/handlers.h"
#include "cli/load.h"
#include "config/config_internal.h"
#include "seal/seal.h"
#include "tests/cli/yang_dice.h"
#include "tests/unit/map_world.h"

#define PAGE 100

struct side {
	struct map_world *w;
	unsigned int how;	 /* it is read */
	struct grammar *grammar; /* one a session: what is printed goes through it */
	struct cli_backend backend;
	struct cli_session s;
	struct text out;
	char error[512];
};

struct generated {
	struct side a, b;
	struct generated_counts n;
	/* while verdicts are compared */
	unsigned int left;
	char **why;
};

/* ---- the daemon's part ------------------------------------------------------------------------------- */

struct answer {
	bool came;
	int err;
	char why[ERROR_TEXT_MAX];
};

static void take_answer(void *arg, int err, const struct error *why)
{
	struct answer *a = arg;

	a->came = true;
	a->err = err;
	text_copy(a->why, sizeof(a->why), why ? why->text : "");
}

/* Takes the edit. */
static int edit(struct map_world *w, json_t *doc, struct answer *a)
{
	*a = (struct answer){0};
	config_edit(w->config, NULL, doc, take_answer, a);
	while (!a->came)
		loop_advance(w->loop, 1);
	return a->err;
}

static int side_edit(void *ctx, json_t *doc, struct error *err)
{
	struct answer a;
	int rc = edit(((struct side *)ctx)->w, doc, &a);

	return rc ? error_set(err, rc, "%s", a.why) : 0;
}

static int side_get_config(void *ctx, const char *path, cli_document *each, void *arg,
			   struct error *err)
{
	const struct side *x = ctx;
	struct config *c = x->w->config;
	uint64_t cursor = 0;
	bool more;

	do {
		json_t *doc = NULL;
		int rc = config_get(c, path, x->how, &cursor, PAGE, &doc, err);

		if (rc)
			return rc;
		more = each(arg, doc) && cursor;
		json_decref(doc);
	} while (more);
	return 0;
}

static void side_defaults(void *ctx, bool on)
{
	((struct side *)ctx)->how = CONFIG_GET_SECRETS | (on ? CONFIG_GET_DEFAULTS : 0);
}

static int side_get(void *ctx, const char *path, cli_document *each, void *arg, struct error *err)
{
	(void)ctx;
	(void)path;
	(void)each;
	(void)arg;
	(void)err;
	return 0; /* there is no state */
}

static int side_action(void *ctx, const char *path, json_t *input, json_t **output,
		       struct error *err)
{
	(void)ctx;
	(void)path;
	(void)err;
	json_decref(input);
	*output = NULL;
	return 0;
}

static void gather_line(void *io, const char *line)
{
	text_addf(&((struct side *)io)->out, "%s\n", line);
}

static void gather_error(void *io, const char *text)
{
	text_copy(((struct side *)io)->error, sizeof(((struct side *)io)->error), text);
}

static bool side_up(struct side *x, struct map_world *w)
{
	struct error err = {0};

	x->w = w;
	x->how = CONFIG_GET_SECRETS;
	x->grammar = w ? grammar_new(NULL, 0, &err) : NULL;
	if (!x->grammar)
		return false;
	x->backend = (struct cli_backend){.ctx = x,
					  .get = side_get,
					  .get_config = side_get_config,
					  .edit = side_edit,
					  .action = side_action,
					  .defaults = side_defaults};
	cli_session_init(&x->s, x->grammar, &x->backend, "ann", 15);
	x->s.out = gather_line;
	x->s.error = gather_error;
	x->s.io = x;
	return true;
}

static void side_down(struct side *x)
{
	if (x->grammar)
		cli_session_end(&x->s);
	grammar_free(x->grammar);
	map_world_free(x->w);
	text_free(&x->out);
}

struct generated *generated_new(void)
{
	struct generated *g = alloc_zero(sizeof(*g));

	if (g && side_up(&g->a, map_world_new()) && side_up(&g->b, map_world_beside(g->a.w)))
		return g;
	generated_free(g);
	return NULL;
}

void generated_free(struct generated *g)
{
	if (!g)
		return;
	side_down(&g->b);
	side_down(&g->a);
	alloc_free(g);
}

const struct generated_counts *generated_counts(const struct generated *g)
{
	return &g->n;
}

/* ---- data -------------------------------------------------------------------------------------------- */

static char *json_text(const json_t *doc)
{
	char *theirs = json_dumps(doc, JSON_INDENT(1) | JSON_SORT_KEYS), *ours = alloc_text(theirs);

	free(theirs); /* jansson's */
	return ours;
}

static json_t *running(struct map_world *w)
{
	uint64_t cursor = 0;
	json_t *doc = NULL;

	if (config_get(w->config, "", true, &cursor, 1u << 30, &doc, NULL))
		return NULL;
	return doc;
}

static bool clear(struct map_world *w, char **why)
{
	struct answer a;

	if (!edit(w, dice_nothing(config_context(w->config)), &a))
		return true;
	*why = alloc_printf("nothing can be taken away: %s", a.why);
	return false;
}

static void give_piece(void *arg, json_t *piece)
{
	struct generated *g = arg;
	struct answer a;

	g->n.pieces++;
	g->n.accepted += !edit(g->a.w, piece, &a);
}

/* ---- round trips ------------------------------------------------------------------------------------- */

static char *text_of(struct side *x, const char *command)
{
	text_free(&x->out);
	text_init(&x->out, 0);
	x->error[0] = '\0';
	cli_run_line(&x->s, command);
	if (x->error[0])
		return alloc_printf("error: %s", x->error);
	return alloc_text(text_str(&x->out));
}

static void note_refusal(void *arg, const struct load_refusal *r)
{
	char **why = arg;

	if (!*why)
		*why = alloc_printf("line %lu column %zu: %s: %s", r->line, r->column, r->reason,
				    r->text);
}

/* The text into the other side. */
static bool load(struct generated *g, const char *text, char **why)
{
	char *refusal = NULL;
	const struct load_hooks hooks = {.refused = note_refusal, .arg = &refusal};
	const char *at = text;
	struct load_source source = load_from_text(&at);
	struct load_report report;
	struct error err = {0};
	int rc = load_text(&g->b.s, &source, &hooks, &report, &err);

	g->n.lines += report.lines;
	if (rc)
		*why = alloc_printf("%s%s\n%s", refusal ? refusal : "", err.text, text);
	alloc_free(refusal);
	return !rc;
}

static bool same_data(struct generated *g, const char *text, char **why)
{
	const struct ly_ctx *ctx = config_context(g->a.w->config);
	json_t *a = running(g->a.w), *b = running(g->b.w);
	bool same;

	/* A text has no words for a leaf that was set to its default. */
	dice_trim(ctx, a);
	dice_trim(ctx, b);
	same = json_equal(a, b);

	if (!same) {
		char *x = json_text(a), *y = json_text(b);

		*why = alloc_printf("other data\n%s\nwas %s\nis %s", text, x, y);
		alloc_free(x);
		alloc_free(y);
	}
	json_decref(a);
	json_decref(b);
	return same;
}

/* What `command` prints of one side, the other side prints, too, once it has read it. */
static bool comes_back(struct generated *g, const char *command, bool is_all, char **why)
{
	char *text = text_of(&g->a, command), *again = NULL;
	bool ok = clear(g->b.w, why) && load(g, text, why) && (is_all || same_data(g, text, why));

	if (ok) {
		again = text_of(&g->b, command);
		ok = strcmp(text, again) == 0;
		if (!ok)
			*why = alloc_printf("other text\n%s\nthen\n%s", text, again);
	}
	alloc_free(text);
	alloc_free(again);
	return ok;
}

bool generated_round_trip(struct generated *g, uint64_t seed, char **why)
{
	struct dice d = {.seed = seed * 7919 + 1, .names = seed % 2 ? 6 : 0};

	if (!clear(g->a.w, why))
		return false;
	dice_configuration(&d, config_context(g->a.w->config), give_piece, g);
	return comes_back(g, "show running-config", false, why) &&
	       comes_back(g, "show running-config all", true, why);
}

/* ---- verdicts ---------------------------------------------------------------------------------------- */

/* A copy of the whole, with the edit in it, validated whole. NULL: it is not valid. Takes json. */
static struct lyd_node *whole_tree(struct map_world *w, json_t *json)
{
	struct config_schema s = {.ctx = (struct ly_ctx *)(uintptr_t)config_context(w->config)};
	struct lyd_node *change = NULL, *copy = NULL;
	bool ok = !config_parse_edit(&s, json, &change, NULL);

	json_decref(json);
	if (ok && config_running(w->config))
		ok = !lyd_dup_siblings(config_running(w->config), NULL,
				       LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy);
	ok = ok && !config_apply_edit(change, w->seal, &copy, NULL) &&
	     !lyd_validate_all(&copy, s.ctx, LYD_VALIDATE_NO_STATE, NULL);
	lyd_free_all(change);
	if (ok)
		return copy;
	lyd_free_all(copy);
	return NULL;
}

/* What rooms that know nothing yet say of the whole. Takes tree. */
static bool whole_accepted(struct generated *g, struct lyd_node *tree, struct answer *a)
{
	json_t *doc = json_object();
	bool ok = true;

	for (const struct lyd_node *n = tree; n && ok; n = n->next)
		ok = !config_json_place(doc, n, CONFIG_JSON_WHOLE, true);
	lyd_free_all(tree);
	ok = ok && clear(g->b.w, g->why) && !edit(g->b.w, doc, a);
	return ok;
}

static bool compare_results(struct generated *g, bool accepted, const json_t *before,
			    const char *change)
{
	json_t *after = running(g->a.w),
	       *want = accepted ? running(g->b.w) : json_copy((json_t *)(uintptr_t)before);
	bool same = json_equal(after, want);

	if (!same) {
		char *x = json_text(want), *y = json_text(after);

		*g->why = alloc_printf("%s, another result\n%s\nwhole %s\nfragment %s",
				       accepted ? "accepted" : "refused", change, x, y);
		alloc_free(x);
		alloc_free(y);
	}
	json_decref(after);
	json_decref(want);
	return same;
}

/* One edit, both ways. Secrets are sealed before, or the two would seal them differently. */
static void judge_piece(void *arg, json_t *piece)
{
	struct generated *g = arg;
	struct config_schema s = {
		.ctx = (struct ly_ctx *)(uintptr_t)config_context(g->a.w->config)};
	struct answer whole = {.why = "not valid"}, fragment;
	struct error err = {0};
	struct lyd_node *tree;
	bool sealed, accepted;
	json_t *before;
	char *change;

	if (!g->left || *g->why || config_seal_json(&s, g->a.w->seal, piece, &sealed, &err)) {
		json_decref(piece);
		return;
	}
	g->left--;
	change = json_text(piece);
	before = running(g->a.w);
	tree = whole_tree(g->a.w, json_deep_copy(piece));
	accepted = tree && whole_accepted(g, tree, &whole);
	g->n.edits++;
	g->n.edits_accepted += accepted;
	if (accepted == (edit(g->a.w, piece, &fragment) == 0))
		compare_results(g, accepted, before, change);
	else
		*g->why = alloc_printf("whole %s (%s), fragment %s (%s):\n%s",
				       accepted ? "accepted" : "refused", accepted ? "" : whole.why,
				       accepted ? "refused" : "accepted", fragment.why, change);
	json_decref(before);
	alloc_free(change);
}

bool generated_verdicts(struct generated *g, uint64_t seed, unsigned int count, char **why)
{
	struct dice d = {.seed = seed * 104729 + 7, .names = 3};

	*why = NULL;
	if (!clear(g->a.w, why))
		return false;
	dice_configuration(&d, config_context(g->a.w->config), give_piece, g);
	d.operations = true;
	g->left = count;
	g->why = why;
	while (g->left && !*why)
		dice_configuration(&d, config_context(g->a.w->config), judge_piece, g);
	return !*why;
}
