#include "tests/cli/yang_dice.h"

#include <stdio.h>
#include <string.h>

#include <libyang/plugins_types.h>

#include "base/alloc.h"
#include "base/text.h"

#define OPERATION "spindle-types:operation"
#define REMOVE	  "spindle-types:remove"

unsigned int dice_roll(struct dice *d, unsigned int sides)
{
	d->seed = d->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return sides ? (unsigned int)(d->seed >> 33) % sides : 0;
}

/* ---- patterns ---------------------------------------------------------------------------------------- */

struct sampling {
	struct dice *d;
	const char *at;
	struct text *out;
	size_t most;
};

static void sample_either(struct sampling *s);

/* Behind the class, group or character that begins here. */
static const char *atom_end(const char *at)
{
	unsigned int depth = 0;

	do {
		if (*at == '\\')
			at++;
		else if (*at == '[')
			at += strcspn(at + 2, "]") + 2;
		else if (*at == '(')
			depth++;
		else if (*at == ')')
			depth--;
		at++;
	} while (depth && *at);
	return at;
}

/* "[^\n\r]": any character of a text, some of them not ASCII. */
static void sample_others(struct sampling *s)
{
	const char *end = strchr(s->at, ']');
	char c;

	do {
		c = (char)(' ' + (int)dice_roll(s->d, '~' - ' ' + 1));
	} while (memchr(s->at, c, (size_t)(end - s->at)) && c != '\\' && c != 'n' && c != 'r');
	s->at = end + 1;
	if (!dice_roll(s->d, 60))
		text_add(s->out, "\xc3\xa9");
	else
		text_add_n(s->out, &c, 1);
}

static void sample_class(struct sampling *s)
{
	char set[256];
	unsigned int count = 0;

	if (s->at[1] == '^') {
		sample_others(s);
		return;
	}
	for (s->at++; *s->at && *s->at != ']'; s->at++) {
		char from = *s->at, to = from;

		if (from == '\\')
			from = to = *++s->at;
		else if (s->at[1] == '-' && s->at[2] != ']')
			to = *(s->at += 2);
		for (int c = (unsigned char)from; c <= (unsigned char)to && count < sizeof(set);
		     c++)
			set[count++] = (char)c;
	}
	s->at++;
	if (count)
		text_add_n(s->out, &set[dice_roll(s->d, count)], 1);
}

static void sample_atom(struct sampling *s)
{
	if (*s->at == '[') {
		sample_class(s);
	} else if (*s->at == '(') {
		s->at++;
		sample_either(s);
		s->at += *s->at == ')';
	} else if (strncmp(s->at, "\\n", 2) == 0) {
		text_add(s->out, "\n");
		s->at += 2;
	} else {
		s->at += *s->at == '\\';
		text_add_n(s->out, s->at++, 1);
	}
}

/* How often: "{2,4}", "{3}", "?", "*", "+". Long runs are rare, and then as long as may be. */
static unsigned int times(struct sampling *s)
{
	unsigned int low = 1, high = 1;
	int len = 0;

	switch (*s->at) {
	case '{':
		if (sscanf(s->at, "{%u,%u}%n", &low, &high, &len) < 2 || !len) {
			sscanf(s->at, "{%u}%n", &low, &len);
			high = low;
		}
		s->at += len ? len : 1;
		return low + dice_roll(s->d, high - low + 1);
	case '?':
		s->at++;
		return dice_roll(s->d, 2);
	case '*':
		s->at++;
		return dice_roll(s->d, 24) ? dice_roll(s->d, 6) : (unsigned int)s->most;
	case '+':
		s->at++;
		return dice_roll(s->d, 24) ? 1 + dice_roll(s->d, 9) : (unsigned int)s->most;
	default:
		return 1;
	}
}

static void sample_sequence(struct sampling *s)
{
	while (*s->at && *s->at != '|' && *s->at != ')') {
		const char *atom = s->at, *behind;
		unsigned int n;

		s->at = atom_end(atom);
		n = times(s);
		behind = s->at;
		for (; n > 0; n--) {
			s->at = atom;
			sample_atom(s);
		}
		s->at = behind;
	}
}

static void sample_either(struct sampling *s)
{
	const char *start[16] = {s->at}, *at = s->at;
	unsigned int count = 1;

	for (; *at && *at != ')'; at = *at == '|' ? at + 1 : atom_end(at))
		if (*at == '|' && count < 16)
			start[count++] = at + 1;
	s->at = start[dice_roll(s->d, count)];
	sample_sequence(s);
	s->at = at;
}

char *dice_pattern(struct dice *d, const char *pattern, size_t most)
{
	struct text out;
	struct sampling s = {.d = d, .at = pattern, .out = &out, .most = most};

	text_init(&out, 0);
	sample_either(&s);
	if (out.len > most) {
		while (most > 0 && (unsigned char)out.data[most] >= 0x80)
			most--; /* no half of a character */
		out.data[most] = '\0';
	}
	return out.data ? text_take(&out) : alloc_text("");
}

/* ---- types ------------------------------------------------------------------------------------------- */

static json_t *string_value(struct dice *d, const struct lysc_type_str *t)
{
	uint64_t most = 32;
	json_t *v;
	char *s;

	if (t->length)
		most = t->length->parts[LY_ARRAY_COUNT(t->length->parts) - 1].max_u64;
	if (d->names && t->patterns && strcmp(t->patterns[0]->expr, "[!-~]+") == 0)
		return json_sprintf("N%u", dice_roll(d, d->names));
	if (t->patterns) {
		s = dice_pattern(d, t->patterns[0]->expr, most);
		v = json_string(s);
		alloc_free(s);
		return v;
	}
	s = dice_pattern(d, "[ -~]+", most);
	v = json_string(s);
	alloc_free(s);
	return v;
}

static json_t *number_value(struct dice *d, const struct lysc_type_num *t, uint64_t low,
			    uint64_t high)
{
	unsigned int parts = t->range ? (unsigned int)LY_ARRAY_COUNT(t->range->parts) : 0;
	uint64_t v;

	if (parts) {
		struct lysc_range_part *p = &t->range->parts[dice_roll(d, parts)];

		low = p->min_u64;
		high = p->max_u64;
	}
	v = high - low;
	switch (dice_roll(d, 4)) {
	case 0:
		v = low;
		break;
	case 1:
		v = high;
		break;
	default:
		v = low +
		    (v ? ((uint64_t)dice_roll(d, 1u << 31) << 16 ^ dice_roll(d, 1u << 31)) % v : 0);
	}
	if (t->basetype == LY_TYPE_UINT64)
		return json_sprintf("%llu", (unsigned long long)v);
	return json_integer((json_int_t)v);
}

static json_t *address_value(struct dice *d, const char *plugin)
{
	bool six = strstr(plugin, "ipv6"), prefix = strstr(plugin, "prefix");
	struct text out;
	json_t *v;

	text_init(&out, 0);
	if (!six)
		text_addf(&out, "%u.%u.%u.%u", dice_roll(d, 4) ? dice_roll(d, 256) : 0,
			  dice_roll(d, 256), dice_roll(d, 2) ? dice_roll(d, 256) : 0,
			  dice_roll(d, 2) ? dice_roll(d, 256) : 255);
	for (int i = 0; six && i < 8; i++)
		text_addf(&out, "%s%x", i ? ":" : "",
			  dice_roll(d, 3) ? dice_roll(d, 65536) : dice_roll(d, 2));
	if (prefix)
		text_addf(&out, "/%u", dice_roll(d, six ? 129 : 33));
	v = json_string(text_str(&out));
	text_free(&out);
	return v;
}

static json_t *type_value(struct dice *d, const struct lysc_type *t)
{
	const struct lysc_type_num *num = (const void *)t;
	const struct lysc_type_enum *e = (const void *)t;
	const struct lysc_type_union *u = (const void *)t;

	if (t->plugin && (strstr(t->plugin->id, "ipv4") || strstr(t->plugin->id, "ipv6")))
		return address_value(d, t->plugin->id);
	switch (t->basetype) {
	case LY_TYPE_UNION:
		return type_value(d,
				  u->types[dice_roll(d, (unsigned int)LY_ARRAY_COUNT(u->types))]);
	case LY_TYPE_LEAFREF:
		return type_value(d, ((const struct lysc_type_leafref *)t)->realtype);
	case LY_TYPE_BOOL:
		return json_boolean(dice_roll(d, 2));
	case LY_TYPE_EMPTY:
		return json_pack("[n]");
	case LY_TYPE_ENUM:
		return json_string(
			e->enums[dice_roll(d, (unsigned int)LY_ARRAY_COUNT(e->enums))].name);
	case LY_TYPE_UINT8:
		return number_value(d, num, 0, UINT8_MAX);
	case LY_TYPE_UINT16:
		return number_value(d, num, 0, UINT16_MAX);
	case LY_TYPE_UINT32:
		return number_value(d, num, 0, UINT32_MAX);
	case LY_TYPE_UINT64:
		return number_value(d, num, 0, UINT64_MAX);
	default:
		return string_value(d, (const struct lysc_type_str *)t);
	}
}

/* Texts of the event manager have a grammar that no pattern tells: some that it takes, as it writes them. */
static const struct {
	const char *leaf; /* of spindle-eem: parent and name */
	const char *texts[6];
} written[] = {
	{"event/statement",
	 {"none", "timer watchdog time 60", "syslog pattern \"INV_SPI.*\" maxrun 90",
	  "timer cron name t1 cron-entry \"0 4 * * *\"", "track 7 state down", "none sync yes"}},
	{"action/statement",
	 {"cli command \"enable\"", "syslog msg \"a b\"", "wait 18", "set x \"y\"", "end",
	  "cli command \"show version | append flash:x\" pattern \"confirm\""}},
	{"set/statement",
	 {"_exit_status \"1\"", "_exit_status \"0\"", "_exit_status \"1\"", "_exit_status \"0\"",
	  "_exit_status \"1\"", "_exit_status \"7\""}},
	{"trigger/correlate",
	 {"event 1 and event 2", "event 1", "event 1 or event 2", "event 1 andnot event 2",
	  "event 1 and track 7", "track 7"}},
};

static json_t *written_value(struct dice *d, const struct lysc_node *leaf)
{
	char name[128];

	if (strcmp(leaf->module->name, "spindle-eem") != 0 || !leaf->parent)
		return NULL;
	snprintf(name, sizeof(name), "%s/%s", leaf->parent->name, leaf->name);
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
		if (strcmp(written[i].leaf, name) == 0)
			return json_string(written[i].texts[dice_roll(d, 6)]);
	return NULL;
}

json_t *dice_value(struct dice *d, const struct lysc_node *leaf)
{
	json_t *text = written_value(d, leaf);

	if (text)
		return text;
	return type_value(d, leaf->nodetype == LYS_LEAF
				     ? ((const struct lysc_node_leaf *)leaf)->type
				     : ((const struct lysc_node_leaflist *)leaf)->type);
}

/* ---- nodes ------------------------------------------------------------------------------------------- */

static json_t *node_value(struct dice *d, const struct lysc_node *n);

static const char *random_operation(struct dice *d)
{
	static const char *const names[] = {"merge", "create", "delete", "remove", "replace"};

	return d->operations && !dice_roll(d, 6) ? names[dice_roll(d, 5)] : NULL;
}

static json_t *leaf_list(struct dice *d, const struct lysc_node *n)
{
	json_t *list = json_array(), *v, *have;
	size_t at;

	for (unsigned int i = 1 + dice_roll(d, 3); i > 0; i--) {
		bool is_new = true;

		v = dice_value(d, n);
		json_array_foreach(list, at, have) is_new &= !json_equal(have, v);
		if (is_new)
			json_array_append(list, v);
		json_decref(v);
	}
	return list;
}

/* Operations stand inside of what has members, beside what has not. */
static void add_member(struct dice *d, json_t *object, const struct lysc_node *n)
{
	const char *operation;
	char meta[80];
	json_t *value = node_value(d, n);

	if (!value)
		return;
	json_object_set_new(object, n->name, value);
	operation = n->nodetype == LYS_LEAF && !lysc_is_key(n) ? random_operation(d) : NULL;
	if (!operation)
		return;
	snprintf(meta, sizeof(meta), "@%s", n->name);
	json_object_set_new(object, meta,
			    json_is_array(value) ? json_pack("[{ss}]", OPERATION, operation)
						 : json_pack("{ss}", OPERATION, operation));
}

static void add_choice(struct dice *d, json_t *object, const struct lysc_node *choice);

static void add_children(struct dice *d, json_t *object, const struct lysc_node *n)
{
	const struct lysc_node *c;

	for (c = lysc_node_child(n); c; c = c->next) {
		if (!(c->flags & LYS_CONFIG_W))
			continue;
		if (c->nodetype == LYS_CHOICE)
			add_choice(d, object, c);
		else if (lysc_is_key(c) || c->flags & LYS_MAND_TRUE || dice_roll(d, 2))
			add_member(d, object, c);
	}
}

static void add_choice(struct dice *d, json_t *object, const struct lysc_node *choice)
{
	unsigned int count = 0;
	const struct lysc_node *c;

	for (c = lysc_node_child(choice); c; c = c->next)
		count++;
	count = count ? dice_roll(d, count) : 0;
	for (c = lysc_node_child(choice); c && count > 0; c = c->next)
		count--;
	if (c)
		add_children(d, object, c);
}

/* "@": an operation, or names of children that go first. */
static void add_metadata(struct dice *d, json_t *object, const struct lysc_node *n)
{
	const char *operation = random_operation(d);
	const struct lysc_node *c;

	if (operation)
		json_object_set_new(object, "@", json_pack("{ss}", OPERATION, operation));
	if (operation || !d->operations || dice_roll(d, 6))
		return;
	for (c = lysc_node_child(n); c; c = c->next)
		if (!lysc_is_key(c) && (c->flags & LYS_CONFIG_W) && !dice_roll(d, 3) &&
		    (c->nodetype & (LYS_LEAF | LYS_LEAFLIST))) {
			json_object_set_new(object, "@", json_pack("{ss}", REMOVE, c->name));
			return;
		}
}

static json_t *entry_value(struct dice *d, const struct lysc_node *n)
{
	json_t *object = json_object();

	add_children(d, object, n);
	add_metadata(d, object, n);
	return object;
}

static bool same_keys(const struct lysc_node *list, const json_t *a, const json_t *b)
{
	const struct lysc_node *c;

	for (c = lysc_node_child(list); c && lysc_is_key(c); c = c->next)
		if (!json_equal(json_object_get(a, c->name), json_object_get(b, c->name)))
			return false;
	return true;
}

static json_t *list_value(struct dice *d, const struct lysc_node *n)
{
	json_t *list = json_array(), *have;
	size_t at;

	for (unsigned int i = dice_roll(d, 4); i > 0; i--) {
		json_t *entry = entry_value(d, n);
		bool is_new = true;

		json_array_foreach(list, at, have) is_new &= !same_keys(n, have, entry);
		if (is_new)
			json_array_append(list, entry);
		json_decref(entry);
	}
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
}

/* NULL: nothing of it. */
static json_t *node_value(struct dice *d, const struct lysc_node *n)
{
	switch (n->nodetype) {
	case LYS_LEAF:
		return dice_value(d, n);
	case LYS_LEAFLIST:
		return leaf_list(d, n);
	case LYS_LIST:
		return list_value(d, n);
	case LYS_CONTAINER:
		return entry_value(d, n);
	default:
		return NULL;
	}
}

/* ---- a configuration in pieces ----------------------------------------------------------------------- */

struct pieces {
	struct dice *d;
	dice_piece *each;
	void *arg;
};

/* The document around what stands at `n`. */
static json_t *wrap(const struct lysc_node *n, json_t *value)
{
	char name[128];

	for (; n; n = n->parent) {
		if (n->nodetype & (LYS_CHOICE | LYS_CASE))
			continue;
		snprintf(name, sizeof(name), "%s%s%s", n->parent ? "" : n->module->name,
			 n->parent ? "" : ":", n->name);
		value = n->nodetype == LYS_LIST ? json_pack("{s[o]}", name, value)
						: json_pack("{so}", name, value);
	}
	return value;
}

static void each_piece(struct pieces *p, const struct lysc_node *n)
{
	const struct lysc_node *c;
	json_t *own;

	if (!(n->flags & LYS_CONFIG_W))
		return;
	if (n->nodetype == LYS_LIST) {
		for (unsigned int i = dice_roll(p->d, 4); i > 0; i--)
			p->each(p->arg, wrap(n, entry_value(p->d, n)));
		return;
	}
	if (n->nodetype != LYS_CONTAINER)
		return;
	own = json_object();
	for (c = lysc_node_child(n); c; c = c->next) {
		if ((c->nodetype & (LYS_LEAF | LYS_LEAFLIST)) && (c->flags & LYS_CONFIG_W) &&
		    dice_roll(p->d, 2))
			add_member(p->d, own, c);
		else if (c->nodetype == LYS_CHOICE)
			add_choice(p->d, own, c);
		else
			each_piece(p, c);
	}
	if (json_object_size(own) && n->parent)
		add_metadata(p->d, own, n);
	if (json_object_size(own))
		p->each(p->arg, wrap(n, own));
	else
		json_decref(own);
}

typedef void top_node(void *arg, const struct lysc_node *n);

static void each_top(const struct ly_ctx *ctx, top_node *each, void *arg)
{
	const struct lys_module *m;
	const struct lysc_node *n;
	uint32_t i = 0;

	while ((m = ly_ctx_get_module_iter(ctx, &i)))
		for (n = m->implemented && m->compiled ? m->compiled->data : NULL; n; n = n->next)
			if (strncmp(m->name, "spindle-", 8) == 0 && (n->flags & LYS_CONFIG_W))
				each(arg, n);
}

static void each_piece_of(void *arg, const struct lysc_node *n)
{
	each_piece(arg, n);
}

void dice_configuration(struct dice *d, const struct ly_ctx *ctx, dice_piece *each, void *arg)
{
	struct pieces p = {.d = d, .each = each, .arg = arg};

	each_top(ctx, each_piece_of, &p);
}

static void remove_top(void *arg, const struct lysc_node *n)
{
	char name[128];

	snprintf(name, sizeof(name), "%s:%s", n->module->name, n->name);
	json_object_set_new(arg, name, json_pack("{s{ss}}", "@", OPERATION, "remove"));
}

json_t *dice_nothing(const struct ly_ctx *ctx)
{
	json_t *edit = json_object();

	each_top(ctx, remove_top, edit);
	return edit;
}

/* ---- defaults ---------------------------------------------------------------------------------------- */

static bool is_default(const struct ly_ctx *ctx, const struct lysc_node *n, const json_t *value)
{
	const struct lysc_node_leaf *leaf = (const void *)n;
	const char *text = leaf->dflt ? lyd_value_get_canonical(ctx, leaf->dflt) : NULL;
	char number[24];

	if (!text)
		return false;
	if (json_is_boolean(value))
		return strcmp(text, json_is_true(value) ? "true" : "false") == 0;
	snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	return strcmp(text, json_is_string(value) ? json_string_value(value) : number) == 0;
}

static void trim_below(const struct ly_ctx *ctx, const struct lysc_node *parent, json_t *object)
{
	const char *member;
	json_t *value, *entry;
	size_t i;
	void *next;

	json_object_foreach_safe(object, next, member, value)
	{
		const struct lysc_node *n = lys_find_child(parent, parent->module, member, 0, 0, 0);

		json_array_foreach(value, i, entry)
		{
			if (n && json_is_object(entry))
				trim_below(ctx, n, entry);
		}
		if (n && json_is_object(value))
			trim_below(ctx, n, value);
		if (n && ((n->nodetype == LYS_LEAF && is_default(ctx, n, value)) ||
			  (json_is_object(value) && !json_object_size(value))))
			json_object_del(object, member);
	}
}

static void trim_top(void *arg, const struct lysc_node *n)
{
	char name[128];
	json_t *value;

	snprintf(name, sizeof(name), "%s:%s", n->module->name, n->name);
	value = json_object_get(arg, name);
	if (!value)
		return;
	trim_below(n->module->ctx, n, value);
	if (!json_object_size(value))
		json_object_del(arg, name);
}

void dice_trim(const struct ly_ctx *ctx, json_t *doc)
{
	each_top(ctx, trim_top, doc);
}
