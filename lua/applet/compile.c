/*
 * applet/compile: actions in the order of their labels as a Lua table of steps, with every jump resolved, so
 * that a goto may lead anywhere. One step: {label, verb, {row = value}, place of the next step if the
 * condition is false, the loop is over, or always (jump)}.
 */
#include "lua/applet/applet_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct step {
	const char *label; /* of its action; also of the jumps it brings with it */
	struct applet_statement st;
	bool jump;    /* no action of its own: goes to `to` */
	size_t to;    /* index; for conditions: where to if false */
	size_t block; /* of elseif, else, end: index of the step that opened the block */
};

/* A block that is open: if, while or foreach. */
struct block {
	size_t opener;	  /* step */
	size_t condition; /* if: the last if or elseif, whose false leads on; SIZE_MAX: none */
	bool has_else;
};

struct compiler {
	struct step *steps;
	size_t count;
	struct block *blocks;
	size_t depth;
	size_t *ends; /* of the step that opens a block: its end; by step */
	struct error *err;
};

static enum applet_role role_of(const struct step *s)
{
	return s->jump ? APPLET_DO : (enum applet_role)s->st.form->what;
}

static int fail(struct compiler *c, const struct step *s, const char *what)
{
	return error_set(c->err, -EINVAL, "action %s: %s", s->label, what);
}

/* ---- order ---- */

static int by_label(const void *a, const void *b)
{
	const struct applet_action *const *x = a, *const *y = b;

	return strcmp((*x)->label, (*y)->label);
}

/* The actions in order of their labels; of a label that comes twice, the compiler tells. */
static const struct applet_action **sorted(const struct applet_source *s)
{
	const struct applet_action **out =
		alloc_array(s->count + 1, sizeof(const struct applet_action *));

	for (size_t i = 0; out && i < s->count; i++)
		out[i] = &s->actions[i];
	if (out)
		qsort(out, s->count, sizeof(const struct applet_action *), by_label);
	return out;
}

/* ---- steps ---- */

/* In front of elseif and else stands a jump: whoever comes from the branch above goes to the end. */
static bool wants_jump(const struct applet_statement *st)
{
	return st->form->what == APPLET_ELSEIF || st->form->what == APPLET_ELSE;
}

static int add_action(struct compiler *c, const struct applet_action *a)
{
	struct step *s = &c->steps[c->count];
	struct error why = {0};
	int rc = applet_action_read(&applet_actions, a->label, a->text, &s->st, &why, NULL);

	if (rc < 0) {
		s->st = (struct applet_statement){0};
		return error_set(c->err, rc, "action %s: %s", a->label, why.text);
	}
	if (wants_jump(&s->st)) {
		s[1] = s[0];
		s[0] = (struct step){.label = a->label, .jump = true};
		c->count++;
		s++;
	}
	s->label = a->label;
	c->count++;
	return 0;
}

static int add_actions(struct compiler *c, const struct applet_source *source)
{
	const struct applet_action **order = sorted(source);
	int rc = order ? 0 : error_set(c->err, -ENOMEM, "out of memory");

	for (size_t i = 0; rc == 0 && i < source->count; i++) {
		if (i && !strcmp(order[i]->label, order[i - 1]->label))
			rc = error_set(c->err, -EINVAL, "action %s is there twice",
				       order[i]->label);
		else
			rc = add_action(c, order[i]);
	}
	alloc_free(order);
	return rc;
}

/* ---- blocks ---- */

static void open_block(struct compiler *c, size_t i)
{
	c->blocks[c->depth++] = (struct block){
		.opener = i, .condition = role_of(&c->steps[i]) == APPLET_IF ? i : SIZE_MAX};
}

static int open_branch(struct compiler *c, size_t i)
{
	struct block *b = c->depth ? &c->blocks[c->depth - 1] : NULL;
	bool is_else = role_of(&c->steps[i]) == APPLET_ELSE;

	if (!b || role_of(&c->steps[b->opener]) != APPLET_IF)
		return fail(c, &c->steps[i], is_else ? "else without if" : "elseif without if");
	if (b->has_else)
		return fail(c, &c->steps[i], "the if has its else already");
	c->steps[b->condition].to = i;
	c->steps[i].block = b->opener;
	c->steps[i - 1].block = b->opener; /* its jump */
	b->condition = is_else ? SIZE_MAX : i;
	b->has_else = is_else;
	return 0;
}

static int close_block(struct compiler *c, size_t i)
{
	const struct block *b;

	if (!c->depth)
		return fail(c, &c->steps[i], "end without if, while or foreach");
	b = &c->blocks[--c->depth];
	c->ends[b->opener] = i;
	c->steps[i].block = b->opener;
	if (b->condition != SIZE_MAX)
		c->steps[b->condition].to = i;
	else if (role_of(&c->steps[b->opener]) != APPLET_IF)
		c->steps[b->opener].to = i + 1;
	return 0;
}

/* break and continue belong to the innermost loop. */
static int in_loop(struct compiler *c, size_t i)
{
	for (size_t d = c->depth; d--;) {
		if (role_of(&c->steps[c->blocks[d].opener]) == APPLET_IF)
			continue;
		c->steps[i].block = c->blocks[d].opener;
		return 0;
	}
	return fail(c, &c->steps[i], "there is no loop around it");
}

static int place_step(struct compiler *c, size_t i)
{
	const struct applet_statement *st = &c->steps[i].st;

	switch (role_of(&c->steps[i])) {
	case APPLET_IF:
		if (!applet_statement_value(st, "goto"))
			open_block(c, i);
		return 0;
	case APPLET_WHILE:
	case APPLET_FOREACH:
		open_block(c, i);
		return 0;
	case APPLET_ELSEIF:
	case APPLET_ELSE:
		return open_branch(c, i);
	case APPLET_END:
		return close_block(c, i);
	case APPLET_BREAK:
	case APPLET_CONTINUE:
		return in_loop(c, i);
	default:
		return 0;
	}
}

static int place_steps(struct compiler *c)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->count; i++)
		rc = place_step(c, i);
	if (rc == 0 && c->depth) {
		const struct step *s = &c->steps[c->blocks[c->depth - 1].opener];

		return error_set(c->err, -EINVAL, "action %s: the %s has no end", s->label,
				 s->st.form->name);
	}
	return rc;
}

/* ---- jumps ---- */

static int find_label(struct compiler *c, const struct step *s, const char *label, size_t *out)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->steps[i].label, label))
			continue;
		*out = i;
		return 0;
	}
	return error_set(c->err, -EINVAL, "action %s: there is no label %s to go to", s->label,
			 label);
}

static int resolve(struct compiler *c, size_t i)
{
	struct step *s = &c->steps[i];
	const char *label;

	if (s->jump) {
		s->to = c->ends[s->block];
		return 0;
	}
	switch (role_of(s)) {
	case APPLET_IF:
		label = applet_statement_value(&s->st, "goto");
		return label ? find_label(c, s, label, &s->to) : 0;
	case APPLET_GOTO:
		return find_label(c, s, s->st.values[0], &s->to);
	case APPLET_BREAK:
		s->to = c->ends[s->block] + 1;
		return 0;
	case APPLET_CONTINUE:
		s->to = c->ends[s->block];
		return 0;
	case APPLET_END:
		s->to = role_of(&c->steps[s->block]) == APPLET_IF ? i + 1 : s->block;
		return 0;
	default:
		return 0;
	}
}

/* ---- Lua ---- */

static void add_string(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			text_addf(t, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			text_addf(t, "\\%03u", c);
		else
			text_add_n(t, s, 1);
	}
	text_add(t, "\"");
}

static void add_values(struct text *t, const struct applet_statement *st)
{
	bool first = true;

	text_add(t, "{");
	for (size_t i = 0; i < st->form->count; i++) {
		if (!st->values[i])
			continue;
		text_add(t, first ? "[\"" : ", [\"");
		text_add(t, st->form->rows[i].name);
		text_add(t, "\"] = ");
		add_string(t, st->values[i]);
		first = false;
	}
	text_add(t, "}");
}

/* The runtime's name for a step: control flow by what it does, everything else by its verb. */
static const char *step_verb(struct compiler *c, const struct step *s)
{
	switch (role_of(s)) {
	case APPLET_IF:
		return applet_statement_value(&s->st, "goto") ? "ifgoto" : "if";
	case APPLET_ELSEIF:
	case APPLET_WHILE:
		return "if";
	case APPLET_ELSE:
	case APPLET_REMARK:
		return "comment";
	case APPLET_GOTO:
	case APPLET_BREAK:
	case APPLET_CONTINUE:
		return "jump";
	case APPLET_END:
		return role_of(&c->steps[s->block]) == APPLET_FOREACH ? "next" : "jump";
	default:
		return s->jump ? "jump" : s->st.form->name;
	}
}

static void add_step(struct compiler *c, struct text *t, const struct step *s)
{
	const char *verb = step_verb(c, s);
	bool values = strcmp(verb, "jump") && strcmp(verb, "comment") && strcmp(verb, "next");

	text_add(t, "\t{");
	add_string(t, s->label);
	text_addf(t, ", \"%s\", ", verb);
	if (values)
		add_values(t, &s->st);
	else
		text_add(t, "{}");
	text_addf(t, ", %zu},\n", s->to + 1);
}

static int write_lua(struct compiler *c, const char *name, char **lua)
{
	struct text t;

	text_init(&t, 0);
	text_add(&t, "return applet.run {name = ");
	add_string(&t, name);
	text_add(&t, ", steps = {\n");
	for (size_t i = 0; i < c->count; i++)
		add_step(c, &t, &c->steps[i]);
	text_add(&t, "}}\n");
	if (t.failed) {
		text_free(&t);
		return error_set(c->err, -ENOMEM, "out of memory");
	}
	*lua = text_take(&t);
	return 0;
}

static int compiler_init(struct compiler *c, size_t actions, struct error *err)
{
	size_t most = actions * 2 + 1; /* each may bring a jump with it */

	*c = (struct compiler){.err = err};
	c->steps = alloc_array(most, sizeof(*c->steps));
	c->blocks = alloc_array(most, sizeof(*c->blocks));
	c->ends = alloc_array(most, sizeof(*c->ends));
	if (c->steps && c->blocks && c->ends)
		return 0;
	return error_set(err, -ENOMEM, "out of memory");
}

static void compiler_clear(struct compiler *c)
{
	for (size_t i = 0; c->steps && i < c->count; i++)
		applet_statement_clear(&c->steps[i].st);
	alloc_free(c->steps);
	alloc_free(c->blocks);
	alloc_free(c->ends);
}

int applet_compile(const struct applet_source *s, char **lua, struct error *err)
{
	struct compiler c;
	int rc = compiler_init(&c, s->count, err);

	if (rc == 0)
		rc = add_actions(&c, s);
	if (rc == 0)
		rc = place_steps(&c);
	for (size_t i = 0; rc == 0 && i < c.count; i++)
		rc = resolve(&c, i);
	if (rc == 0)
		rc = write_lua(&c, s->name, lua);
	compiler_clear(&c);
	return rc;
}
