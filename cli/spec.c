#include "cli/spec.h"

#include <errno.h>

#include "base/addr.h"
#include "base/alloc.h"

#define NAME_SIZE 64
#define OPERATION "spindle-types:operation"
#define REMOVE	  "spindle-types:remove"

enum term_kind { TERM_VALUE, TERM_CONSTANT, TERM_APPEND, TERM_ALL, TERM_AWAY };

struct term {
	enum term_kind kind;
	char leaf[NAME_SIZE];
	char param[NAME_SIZE]; /* parameter or constant */
	char how;	       /* '$', '@', '%' or 0 */
	bool kept;	       /* by the no form */
	bool shows;	       /* TERM_AWAY: it does not hide the row */
};

/* Specs are literals of rows.c: a faulty one is found by the tests that hold all rows. */
static const char *path_end(const char *spec)
{
	return spec + strcspn(spec, " ");
}

static void read_param(struct term *t, const char *from, size_t len)
{
	if (len > 0 && strchr("$@%", *from)) {
		t->how = *from++;
		len--;
	}
	if (len >= 2 && *from == '<') {
		from++;
		len -= 2;
	} else if (t->kind == TERM_VALUE) {
		t->kind = TERM_CONSTANT;
	}
	snprintf(t->param, sizeof(t->param), "%.*s", (int)len, from);
}

/* The term at *at, which moves behind it; false at the end. */
static bool next_term(const char **at, struct term *t)
{
	size_t len, leaf;

	*at += strspn(*at, " ");
	len = strcspn(*at, " ");
	if (len == 0)
		return false;
	*t = (struct term){0};
	if (**at == '-') {
		t->kind = TERM_AWAY;
		t->shows = (*at)[1] == '-';
		leaf = 1 + t->shows;
		snprintf(t->leaf, sizeof(t->leaf), "%.*s", (int)(len - leaf), *at + leaf);
		*at += len;
		return true;
	}
	leaf = strcspn(*at, "=+*");
	t->kind = (*at)[leaf] == '+' ? TERM_APPEND : (*at)[leaf] == '*' ? TERM_ALL : TERM_VALUE;
	snprintf(t->leaf, sizeof(t->leaf), "%.*s", (int)leaf, *at);
	t->kept = (*at)[len - 1] == '!';
	read_param(t, *at + leaf + 1, len - leaf - 1 - t->kept);
	*at += len;
	return true;
}

/* Values */

bool spec_prefix(const char *address, const char *mask, char *out, size_t size)
{
	struct prefix p;
	struct addr m;
	int len;
	char buf[PREFIX_STRLEN];

	if (prefix_parse(&p, address) < 0)
		return false;
	if (mask) {
		if (addr_parse(&m, mask) < 0 || m.family != AF_INET)
			return false;
		len = prefix_len_from_wildcard(~((uint32_t)m.bytes[0] << 24 | m.bytes[1] << 16 |
						 m.bytes[2] << 8 | m.bytes[3]));
		if (len < 0)
			return false;
		p = prefix_make(&p.addr, (unsigned int)len);
	} else if (strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0) {
		p.len = 0; /* any, as people write it */
	}
	text_copy(out, size, prefix_format(&p, buf));
	return true;
}

static json_t *number(const char *digits)
{
	uint64_t v = 0;

	return text_u64(digits, 0, INT64_MAX, &v) == 0 ? json_integer((json_int_t)v) : NULL;
}

static json_t *secret_json(const struct cli_match *m, const char *key)
{
	const char *type = cli_match_get(m, "type");
	char *text = alloc_printf("%s %s", type ? type : "0", key);
	json_t *v = text ? json_string(text) : NULL;

	alloc_free(text);
	return v;
}

/* The value number `index` of a term's parameter; NULL: not given. */
static json_t *term_json(const struct term *t, const struct cli_match *m, size_t index)
{
	const struct cli_arg *a = cli_match_arg(m, t->param, index);
	char prefix[PREFIX_STRLEN];

	if (!a)
		return NULL;
	if (t->how == '%')
		return secret_json(m, a->value);
	if (t->how == '@')
		return spec_prefix(a->value, cli_match_get(m, "mask"), prefix, sizeof(prefix))
			       ? json_string(prefix)
			       : NULL;
	return a->number && t->how != '$' ? number(a->value) : json_string(a->value);
}

static json_t *constant(const char *word)
{
	if (strcmp(word, "true") == 0)
		return json_true();
	if (strcmp(word, "false") == 0)
		return json_false();
	if (strcmp(word, "null") == 0)
		return json_pack("[n]");
	return json_string(word);
}

/* Places */

/* "[name=<name>]…" of one path segment. */
static json_t *segment_keys(const char *at, const char *end, const struct cli_match *m)
{
	json_t *keys = json_object();

	while (keys && at < end && *at == '[') {
		struct term t;
		char term[2 * NAME_SIZE];
		size_t len = strcspn(at, "]");
		const char *cursor = term;
		json_t *value;

		snprintf(term, sizeof(term), "%.*s", (int)len - 1, at + 1);
		value = next_term(&cursor, &t) ? term_json(&t, m, 0) : NULL;
		if (!value || json_object_set_new(keys, t.leaf, value) < 0) {
			json_decref(keys);
			return NULL;
		}
		at += len + 1;
	}
	return keys;
}

static json_t *segment(const char *at, const char *end, const struct cli_match *m)
{
	size_t name = strcspn(at, "[/ ");
	json_t *keys;

	if (at[name] != '[' || !m)
		return json_pack("[s%]", at, name);
	keys = segment_keys(at + name, end, m);
	return keys ? json_pack("[s%o]", at, name, keys) : NULL;
}

/* A segment's end: the next '/' that is not in a predicate. */
static const char *segment_end(const char *at, const char *end)
{
	bool inside = false;

	for (; at < end && (inside || *at != '/'); at++)
		inside = *at == '[' || (inside && *at != ']');
	return at;
}

json_t *spec_place(const json_t *base, const char *spec, const struct cli_match *m)
{
	const char *end = path_end(spec), *at = spec;
	json_t *place = *at == '/' || !base ? json_array() : json_copy((json_t *)(uintptr_t)base);

	at += *at == '/';
	if (*at == '.')
		at += at[1] == '/' ? 2 : 1;
	while (place && at < end) {
		const char *next = segment_end(at, end);
		json_t *seg = segment(at, next, m);

		if (!seg || json_array_append_new(place, seg) < 0) {
			json_decref(place);
			return NULL;
		}
		at = next + (next < end);
	}
	return place;
}

static void add_predicates(const json_t *keys, struct text *out)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)keys, key, value)
	{
		const char *s = json_string_value(value);
		char quote = s && strchr(s, '\'') ? '"' : '\'';

		if (s)
			text_addf(out, "[%s=%c%s%c]", key, quote, s, quote);
		else
			text_addf(out, "[%s='%lld']", key, (long long)json_integer_value(value));
	}
}

bool spec_place_path(const json_t *place, struct text *out)
{
	size_t i;
	json_t *seg;

	json_array_foreach(place, i, seg)
	{
		text_addf(out, "/%s", json_string_value(json_array_get(seg, 0)));
		add_predicates(json_array_get(seg, 1), out);
	}
	return !out->failed;
}

bool spec_is_list(const char *spec)
{
	const char *end = path_end(spec);

	return end > spec && end[-1] == ']';
}

bool spec_list_path(const json_t *base, const char *spec, struct text *out)
{
	json_t *place = spec_place(base, spec, NULL);
	bool ok = place && spec_place_path(place, out);

	json_decref(place);
	return ok;
}

/* Documents */

/* Wraps `node` (taken) in the place's last segment and so on outwards. */
static json_t *wrap(const json_t *place, size_t level, json_t *node)
{
	while (node && level-- > 0) {
		json_t *seg = json_array_get(place, level), *keys = json_array_get(seg, 1);
		const char *name = json_string_value(json_array_get(seg, 0));

		if (keys && json_object_update(node, keys) < 0) {
			json_decref(node);
			return NULL;
		}
		node = keys ? json_pack("{s[o]}", name, node) : json_pack("{so}", name, node);
	}
	return node;
}

json_t *spec_document(const json_t *place, json_t *content, const char *operation)
{
	json_t *node = content ? json_deep_copy(content) : json_object();

	if (node && operation &&
	    json_object_set_new(node, "@", json_pack("{ss}", OPERATION, operation)) < 0) {
		json_decref(node);
		return NULL;
	}
	return wrap(place, json_array_size(place), node);
}

/* What an edit of one entry gathers. */
struct gather {
	json_t *node;
	struct text away; /* names for the remove annotation */
	bool failed;
	bool removes; /* the no form found something to remove */
};

static void put(struct gather *g, const char *leaf, json_t *value)
{
	if (!value || json_object_set_new(g->node, leaf, value) < 0)
		g->failed = true;
}

static void away(struct gather *g, const char *leaf)
{
	text_addf(&g->away, "%s%s", g->away.len ? " " : "", leaf);
}

static json_t *all_values(const struct term *t, const struct cli_match *m)
{
	json_t *list = json_array(), *v;

	for (size_t i = 0; list && (v = term_json(t, m, i)); i++)
		if (json_array_append_new(list, v) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static void set_term(struct gather *g, const struct term *t, const struct cli_match *m)
{
	bool given = cli_match_get(m, t->param) != NULL;

	switch (t->kind) {
	case TERM_AWAY:
		away(g, t->leaf);
		break;
	case TERM_CONSTANT:
		put(g, t->leaf, constant(t->param));
		break;
	case TERM_VALUE:
		if (given)
			put(g, t->leaf, term_json(t, m, 0));
		else
			away(g, t->leaf);
		break;
	case TERM_ALL:
		away(g, t->leaf);
		put(g, t->leaf, all_values(t, m));
		break;
	case TERM_APPEND:
		put(g, t->leaf, all_values(t, m));
		break;
	}
}

static void remove_value(struct gather *g, const struct term *t, const struct cli_match *m)
{
	char meta[NAME_SIZE + 1];

	snprintf(meta, sizeof(meta), "@%s", t->leaf);
	put(g, t->leaf, all_values(t, m));
	put(g, meta, json_pack("[{ss}]", OPERATION, "remove"));
}

static void unset_term(struct gather *g, const struct term *t, const struct cli_match *m)
{
	if (t->kept)
		return;
	g->removes = true;
	if (t->kind == TERM_APPEND && cli_match_get(m, t->param))
		remove_value(g, t, m);
	else
		away(g, t->leaf);
}

static json_t *gathered(struct gather *g, const json_t *place, enum cli_form form)
{
	json_t *doc = NULL;

	if (g->away.len)
		put(g, "@", json_pack("{ss}", REMOVE, text_str(&g->away)));
	if (!g->failed && !g->away.failed)
		doc = spec_document(place, g->node,
				    form != CLI_SET && !g->removes ? "remove" : NULL);
	json_decref(g->node);
	text_free(&g->away);
	return doc;
}

json_t *spec_edit(const json_t *base, const char *spec, const struct cli_match *m,
		  enum cli_form form)
{
	struct gather g = {.node = json_object()};
	json_t *place = spec_place(base, spec, m), *doc = NULL;
	const char *at = path_end(spec);
	struct term t;

	text_init(&g.away, 512);
	if (!g.node || !place)
		g.failed = true;
	while (!g.failed && next_term(&at, &t)) {
		if (form == CLI_SET)
			set_term(&g, &t, m);
		else
			unset_term(&g, &t, m);
	}
	doc = gathered(&g, place, form);
	json_decref(place);
	return doc;
}

/* Rendering */

struct render {
	const char *spec; /* terms, or predicates */
	const json_t *entry;
	size_t line; /* which value of an appended leaf-list */
	char value[TOKEN_VALUE_MAX];
};

static const char *json_text(const json_t *v, char *buf, size_t size)
{
	if (json_is_string(v))
		return json_string_value(v);
	if (!json_is_integer(v))
		return NULL;
	snprintf(buf, size, "%lld", (long long)json_integer_value(v));
	return buf;
}

/* A prefix as address and mask: IPv4 hosts have no mask, IPv6 keeps its length. */
static const char *prefix_part(struct render *r, const char *text, bool mask)
{
	struct prefix p;
	char buf[PREFIX_STRLEN];
	bool named = false; /* not 0.0.0.0 */

	if (prefix_parse(&p, text) < 0)
		return NULL;
	if (p.addr.family == AF_INET6)
		return mask ? NULL : text;
	for (int i = 0; i < 4; i++)
		named |= p.addr.bytes[i] != 0;
	if (!mask) {
		addr_format(&p.addr, buf);
	} else {
		struct addr m = addr_v4(p.len ? UINT32_MAX << (32 - p.len) : 0);

		/* 0.0.0.0 without a mask means any: a host of that address says its mask. */
		if (p.len == 32 && named)
			return NULL;
		addr_format(&m, buf);
	}
	text_copy(r->value, sizeof(r->value), buf);
	return r->value;
}

static const char *secret_part(struct render *r, const char *text, bool type)
{
	bool typed = text[0] && strchr("0569", text[0]) && text[1] == ' ';

	if (!type)
		return typed ? text + 2 : text;
	if (!typed)
		return NULL;
	snprintf(r->value, sizeof(r->value), "%c", text[0]);
	return r->value;
}

/* What the term says of the parameter `name`; NULL: nothing. */
static const char *term_text(struct render *r, const struct term *t, const char *name, size_t index)
{
	const json_t *v = json_object_get(r->entry, t->leaf);
	const char *text;
	bool own = strcmp(t->param, name) == 0;

	if (t->kind == TERM_APPEND || t->kind == TERM_ALL)
		v = json_array_get(v, t->kind == TERM_APPEND ? r->line : index);
	if (t->kind != TERM_ALL && index > 0)
		return NULL;
	text = json_text(v, r->value, sizeof(r->value));
	if (!text)
		return NULL;
	if (t->how == '@' && (own || strcmp(name, "mask") == 0))
		return prefix_part(r, text, !own);
	if (t->how == '%' && (own || strcmp(name, "type") == 0))
		return secret_part(r, text, !own);
	return own ? text : NULL;
}

static const char *render_value(void *ctx, const char *name, size_t index)
{
	struct render *r = ctx;
	const char *at = r->spec, *text = NULL;
	struct term t;

	while (!text && next_term(&at, &t))
		if (t.kind != TERM_AWAY && t.kind != TERM_CONSTANT)
			text = term_text(r, &t, name, index);
	return text;
}

static bool holds(const struct term *t, const json_t *entry, size_t line)
{
	const json_t *v = json_object_get(entry, t->leaf);
	json_t *want;
	bool same;

	switch (t->kind) {
	case TERM_AWAY:
		return t->shows || !v || json_is_false(v);
	case TERM_CONSTANT:
		want = constant(t->param);
		same = v && want && json_equal((json_t *)(uintptr_t)v, want);
		json_decref(want);
		return same;
	case TERM_APPEND:
		return json_array_get(v, line) != NULL;
	case TERM_ALL:
		return json_array_size(v) > 0;
	case TERM_VALUE:
		break;
	}
	return v != NULL;
}

bool spec_render(const struct syntax *syntax, const char *spec, const json_t *entry, size_t *index,
		 struct text *out)
{
	struct render r = {.spec = path_end(spec), .entry = entry, .line = *index};
	const char *at = r.spec;
	bool several = false, asks = false, has = false;
	struct term t;

	while (next_term(&at, &t)) {
		bool held = holds(&t, entry, r.line);

		several |= t.kind == TERM_APPEND;
		if (t.kind == TERM_VALUE) { /* which of them the row needs, its syntax says */
			asks = true;
			has |= held;
		} else if (!held) {
			return false;
		}
	}
	if ((*index > 0 && !several) || (asks && !has))
		return false;
	(*index)++;
	return syntax_render(syntax, render_value, &r, out);
}

bool spec_render_off(const struct syntax *syntax, const char *spec, const json_t *entry,
		     struct text *out)
{
	struct render r = {.spec = path_end(spec), .entry = entry};
	const char *at = r.spec;
	size_t switches = 0;
	struct term t;

	while (next_term(&at, &t)) {
		if (t.kind != TERM_CONSTANT || t.kept)
			continue;
		if (!json_is_false(json_object_get(entry, t.leaf)))
			return false;
		switches++;
	}
	if (!switches)
		return false;
	return syntax_render(syntax, render_value, &r, out);
}

/* Predicates are terms in brackets. */
static void predicates(const char *spec, struct text *out)
{
	const char *end = path_end(spec), *at = end;

	while (at > spec && at[-1] != '/')
		at--;
	for (at += strcspn(at, "[ "); at < end && *at == '['; at += strcspn(at, "]") + 1)
		text_addf(out, "%.*s ", (int)strcspn(at, "]") - 1, at + 1);
}

bool spec_render_entry(const struct syntax *syntax, const char *spec, const json_t *entry,
		       struct text *out)
{
	struct render r = {.entry = entry};
	struct text keys;
	bool ok;

	text_init(&keys, 512);
	predicates(spec, &keys);
	text_add(&keys, path_end(spec));
	r.spec = text_str(&keys);
	ok = !keys.failed && syntax_render(syntax, render_value, &r, out);
	text_free(&keys);
	return ok;
}
