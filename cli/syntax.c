#include "cli/syntax.h"

#include <errno.h>

#include "base/alloc.h"
#include "cli/token.h"

struct source {
	const char *at;
	struct error *err;
	unsigned int depth;
};

static struct syntax *sequence(struct source *src);

void syntax_free(struct syntax *s)
{
	while (s) {
		struct syntax *next = s->next;

		syntax_free(s->child);
		alloc_free(s->text);
		alloc_free(s->name);
		alloc_free(s->type);
		alloc_free(s);
		s = next;
	}
}

static struct syntax *node(enum syntax_kind kind)
{
	struct syntax *s = alloc_zero(sizeof(*s));

	if (s)
		s->kind = kind;
	return s;
}

static char *slice(const char *from, size_t len)
{
	return alloc_printf("%.*s", (int)len, from);
}

static struct syntax *fail(struct source *src, struct syntax *s, const char *why)
{
	error_set(src->err, -EINVAL, "syntax: %s at \"%.40s\"", why, src->at);
	syntax_free(s);
	return NULL;
}

/* <name:type>, <name> (type word), and the + behind it. */
static struct syntax *parameter(struct source *src)
{
	size_t len = strcspn(src->at, ">"), name_len = strcspn(src->at, ":>");
	struct syntax *s = node(SYNTAX_PARAM);

	if (!s || src->at[len] != '>')
		return fail(src, s, "parameter without an end");
	s->text = slice(src->at, len + 1);
	s->name = slice(src->at + 1, name_len - 1);
	s->type = name_len < len ? slice(src->at + name_len + 1, len - name_len - 1)
				 : alloc_text("word");
	if (!s->text || !s->name || !s->type)
		return fail(src, s, "no memory");
	src->at += len + 1;
	s->repeat = *src->at == '+';
	src->at += s->repeat;
	return s;
}

static struct syntax *bracket(struct source *src)
{
	struct syntax *s = node(SYNTAX_OPT);

	src->at++;
	if (!s)
		return fail(src, s, "no memory");
	s->child = sequence(src);
	if (!s->child || *src->at != ']')
		return fail(src, s, "[ without an end");
	src->at++;
	return s;
}

static struct syntax *braces(struct source *src)
{
	struct syntax *s = node(SYNTAX_ALT), **tail;

	if (!s)
		return fail(src, s, "no memory");
	tail = &s->child;
	do {
		src->at++;
		*tail = sequence(src);
		if (!*tail)
			return fail(src, s, "empty alternative");
		tail = &(*tail)->next;
	} while (*src->at == '|');
	if (*src->at != '}')
		return fail(src, s, "{ without an end");
	src->at++;
	s->repeat = *src->at == '*';
	src->at += s->repeat;
	return s;
}

static struct syntax *keyword(struct source *src)
{
	size_t len = strcspn(src->at, " []{}|<>");
	struct syntax *s = node(len == 1 && *src->at == '~' ? SYNTAX_NO_END : SYNTAX_WORD);

	if (!s || len == 0)
		return fail(src, s, "a word is missing");
	s->text = slice(src->at, len);
	if (!s->text)
		return fail(src, s, "no memory");
	src->at += len;
	return s;
}

static struct syntax *element(struct source *src)
{
	switch (*src->at) {
	case '<':
		return parameter(src);
	case '[':
		return bracket(src);
	case '{':
		return braces(src);
	default:
		return keyword(src);
	}
}

static struct syntax *sequence(struct source *src)
{
	struct syntax *s = node(SYNTAX_SEQ), **tail;

	if (!s || ++src->depth > SYNTAX_DEPTH_MAX)
		return fail(src, s, "too deep");
	tail = &s->child;
	for (;;) {
		src->at += strspn(src->at, " ");
		if (*src->at == '\0' || strchr("]}|", *src->at))
			break;
		*tail = element(src);
		if (!*tail)
			return fail(src, s, "see before");
		tail = &(*tail)->next;
	}
	src->depth--;
	return s->child ? s : fail(src, s, "nothing");
}

struct syntax *syntax_parse(const char *row, struct error *err)
{
	struct source src = {.at = row, .err = err};
	struct syntax *s = sequence(&src);

	return s && *src.at ? fail(&src, s, "surplus text") : s;
}

bool syntax_is_choice(const char *type)
{
	return !token_is_type(type);
}

bool syntax_option(const char *type, size_t index, char *word, size_t word_size, char *value,
		   size_t value_size)
{
	size_t len, word_len;

	for (; index > 0 && *type; index--) {
		type += strcspn(type, "|");
		type += *type == '|';
	}
	if (*type == '\0')
		return false;
	len = strcspn(type, "|");
	word_len = strcspn(type, "=|");
	snprintf(word, word_size, "%.*s", (int)word_len, type);
	if (word_len < len)
		snprintf(value, value_size, "%.*s", (int)(len - word_len - 1), type + word_len + 1);
	else
		snprintf(value, value_size, "%s", word);
	return true;
}

/* The word of a choice that stands for `value`; a range takes any of its numbers. */
static bool choice_word(const char *type, const char *value, char *word, size_t size)
{
	char is[64];
	bool ok;

	for (size_t i = 0; syntax_option(type, i, word, size, is, sizeof(is)); i++) {
		if (strcmp(is, value) == 0)
			return true;
		if (!token_is_number(word))
			continue;
		token_accept(word, value, &ok);
		text_copy(word, size, value);
		if (ok)
			return true;
	}
	return false;
}

static void blank(struct text *out)
{
	if (out->len > 0 && out->data[out->len - 1] != ' ')
		text_add(out, " ");
}

static bool render_value(const struct syntax *s, const char *v, struct text *out)
{
	char word[64];
	bool ok;

	if (!syntax_is_choice(s->type)) {
		token_accept(s->type, v, &ok);
		if (!ok)
			return false;
		blank(out);
		token_quote(s->type, v, out);
		return true;
	}
	if (!choice_word(s->type, v, word, sizeof(word)))
		return false;
	blank(out);
	text_add(out, word);
	return true;
}

static bool render_param(const struct syntax *s, syntax_value *value, void *ctx, struct text *out)
{
	size_t index = 0;
	const char *v;

	while ((v = value(ctx, s->name, index))) {
		if (!render_value(s, v, out))
			return false;
		index++;
		if (!s->repeat)
			break;
	}
	return index > 0;
}

static bool render_list(const struct syntax *s, syntax_value *value, void *ctx, struct text *out);

static bool render_any(const struct syntax *alt, syntax_value *value, void *ctx, struct text *out)
{
	for (; alt; alt = alt->next)
		if (render_list(alt->child, value, ctx, out))
			return true;
	return false;
}

static bool render_one(const struct syntax *s, syntax_value *value, void *ctx, struct text *out)
{
	switch (s->kind) {
	case SYNTAX_WORD:
		blank(out);
		text_add(out, s->text);
		return true;
	case SYNTAX_PARAM:
		return render_param(s, value, ctx, out);
	case SYNTAX_OPT:
		render_any(s->child, value, ctx, out);
		return true;
	case SYNTAX_ALT:
		return render_any(s->child, value, ctx, out);
	case SYNTAX_SEQ:
		return render_list(s->child, value, ctx, out);
	case SYNTAX_NO_END:
		break;
	}
	return true;
}

/* All of it, or nothing: what was written is taken back. */
static bool render_list(const struct syntax *s, syntax_value *value, void *ctx, struct text *out)
{
	size_t start = out->len;

	for (; s; s = s->next)
		if (!render_one(s, value, ctx, out)) {
			out->len = start;
			if (out->data)
				out->data[start] = '\0';
			return false;
		}
	return true;
}

bool syntax_render(const struct syntax *s, syntax_value *value, void *ctx, struct text *out)
{
	return render_list(s->child, value, ctx, out);
}
