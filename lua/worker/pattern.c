/*
 * pattern: compile a pattern to items, walk them over a text.
 *
 * Called by strings.c for a script, so both pattern and text are a stranger's. A Lua pattern has no
 * repeated groups: every way through it visits each item at most once. So there are never more choices
 * open than items, and what a capture holds needs no undoing: whoever comes back to a choice before it
 * passes it again before it is read.
 */
#include "lua/worker/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"

#define ESCAPE	 '%'
#define SET_BITS 256
#define LEN_MAX	 (1u << 24)

enum item_kind {
	ITEM_BYTE, /* a: the byte */
	ITEM_ANY,
	ITEM_CLASS, /* a: its letter */
	ITEM_SET,   /* set: its index */
	ITEM_OPEN,  /* a: capture */
	ITEM_POSITION,
	ITEM_CLOSE,
	ITEM_BACK,     /* a: capture */
	ITEM_BALANCE,  /* a, b: the brackets */
	ITEM_FRONTIER, /* set */
	ITEM_END_OF_TEXT,
	ITEM_SUCCESS,
};

/* Only of ITEM_BYTE to ITEM_SET: what tests one byte. */
enum item_repeat { ONCE, OPTIONAL, MOST, MOST_OF_ONE, LEAST };

struct item {
	uint8_t kind, repeat;
	uint8_t a, b;
	uint32_t set;
};

struct set {
	uint8_t bits[SET_BITS / 8];
};

/* Where to go on when what follows fails: item was tried up to `at`, not before `least`. */
struct choice {
	uint32_t item;
	size_t at, least;
};

struct pattern {
	const char *text; /* while it is compiled */
	size_t len, next;
	struct item *items;
	struct set *sets;
	struct choice *choices;
	uint32_t count, set_count, choice_count;
	uint8_t captures;
	bool anchored;
	uint8_t open[PATTERN_CAPTURES]; /* captures not closed yet, the last one last */
	uint8_t open_count;
	bool closed[PATTERN_CAPTURES];
	struct pattern_range whole, found[PATTERN_CAPTURES];
};

static size_t sets_of(size_t len)
{
	return len / 2 + 1;
}

size_t pattern_space(size_t len)
{
	if (len > LEN_MAX)
		return 0;
	return sizeof(struct pattern) + (len + 2) * (sizeof(struct choice) + sizeof(struct item)) +
	       sets_of(len) * sizeof(struct set);
}

/* ---- compile ---------------------------------------------------------------------------------- */

static int malformed(struct error *err, const char *what)
{
	return error_set(err, -EINVAL, "malformed pattern (%s)", what);
}

static bool more(const struct pattern *p)
{
	return p->next < p->len;
}

static uint8_t peek(const struct pattern *p, size_t ahead)
{
	return p->next + ahead < p->len ? (uint8_t)p->text[p->next + ahead] : 0;
}

static struct item *add(struct pattern *p, enum item_kind kind)
{
	struct item *item = &p->items[p->count++];

	memset(item, 0, sizeof(*item));
	item->kind = (uint8_t)kind;
	return item;
}

static bool is_of_class(uint8_t c, int lower)
{
	switch (lower) {
	case 'a':
		return isalpha(c);
	case 'c':
		return iscntrl(c);
	case 'd':
		return isdigit(c);
	case 'g':
		return isgraph(c);
	case 'l':
		return islower(c);
	case 'p':
		return ispunct(c);
	case 's':
		return isspace(c);
	case 'u':
		return isupper(c);
	case 'w':
		return isalnum(c);
	default:
		return isxdigit(c);
	}
}

static bool is_class(uint8_t letter)
{
	return letter && memchr("acdglpsuwx", tolower(letter), 10);
}

static bool class_holds(uint8_t letter, uint8_t c)
{
	return is_of_class(c, tolower(letter)) == (islower(letter) != 0);
}

static bool set_holds(const struct set *set, uint8_t c)
{
	return set->bits[c / 8] & (1u << c % 8);
}

static void set_add(struct set *set, uint8_t c)
{
	set->bits[c / 8] |= (uint8_t)(1u << c % 8);
}

static void set_add_escaped(struct set *set, uint8_t letter)
{
	if (!is_class(letter)) {
		set_add(set, letter);
		return;
	}
	for (unsigned int c = 0; c < SET_BITS; c++)
		if (class_holds(letter, (uint8_t)c))
			set_add(set, (uint8_t)c);
}

/* One member: %x, a range, or a byte. A range needs its end before the bracket. */
static int compile_member(struct pattern *p, struct set *set, struct error *err)
{
	const uint8_t first = peek(p, 0);

	if (first == ESCAPE) {
		if (p->next + 1 >= p->len)
			return malformed(err, "missing ']'");
		set_add_escaped(set, peek(p, 1));
		p->next += 2;
	} else if (peek(p, 1) == '-' && p->next + 2 < p->len && peek(p, 2) != ']') {
		for (unsigned int c = first; c <= peek(p, 2); c++)
			set_add(set, (uint8_t)c);
		p->next += 3;
	} else {
		set_add(set, first);
		p->next++;
	}
	return 0;
}

/* At "[". A "]" that comes first is a member. */
static int compile_set(struct pattern *p, uint32_t *index, struct error *err)
{
	struct set *set = &p->sets[p->set_count];
	bool not, first = true;

	memset(set, 0, sizeof(*set));
	p->next++;
	not = peek(p, 0) == '^';
	p->next += not ;
	for (; more(p) && (first || peek(p, 0) != ']'); first = false)
		if (compile_member(p, set, err))
			return -EINVAL;
	if (!more(p))
		return malformed(err, "missing ']'");
	p->next++;
	for (size_t i = 0; not &&i < sizeof(set->bits); i++)
		set->bits[i] = (uint8_t)~set->bits[i];
	*index = p->set_count++;
	return 0;
}

static int compile_open(struct pattern *p, struct error *err)
{
	const bool position = peek(p, 1) == ')';
	struct item *item;

	if (p->captures == PATTERN_CAPTURES)
		return error_set(err, -EINVAL, "too many captures");
	item = add(p, position ? ITEM_POSITION : ITEM_OPEN);
	item->a = p->captures;
	p->closed[p->captures] = position;
	if (!position)
		p->open[p->open_count++] = p->captures;
	p->captures++;
	p->next += position ? 2 : 1;
	return 0;
}

static int compile_close(struct pattern *p, struct error *err)
{
	if (!p->open_count)
		return error_set(err, -EINVAL, "invalid pattern capture");
	add(p, ITEM_CLOSE)->a = p->open[--p->open_count];
	p->closed[p->open[p->open_count]] = true;
	p->next++;
	return 0;
}

static int compile_balance(struct pattern *p, struct error *err)
{
	struct item *item;

	if (p->next + 3 >= p->len)
		return malformed(err, "missing arguments to '%b'");
	item = add(p, ITEM_BALANCE);
	item->a = peek(p, 2);
	item->b = peek(p, 3);
	p->next += 4;
	return 0;
}

static int compile_frontier(struct pattern *p, struct error *err)
{
	p->next += 2;
	if (peek(p, 0) != '[')
		return error_set(err, -EINVAL, "missing '[' after '%%f' in pattern");
	return compile_set(p, &add(p, ITEM_FRONTIER)->set, err);
}

static int compile_back(struct pattern *p, struct error *err)
{
	const unsigned int n = peek(p, 1) - '0';

	if (!n || n > p->captures || !p->closed[n - 1])
		return error_set(err, -EINVAL, "invalid capture index %%%u", n);
	add(p, ITEM_BACK)->a = (uint8_t)(n - 1);
	p->next += 2;
	return 0;
}

static enum item_repeat take_repeat(struct pattern *p)
{
	const char *const signs = "?*+-";
	const char *at = more(p) && peek(p, 0) ? strchr(signs, peek(p, 0)) : NULL;

	p->next += at != NULL;
	return at ? (enum item_repeat)(at - signs + 1) : ONCE;
}

static int compile_single(struct pattern *p, struct error *err)
{
	const uint8_t c = peek(p, 0);
	struct item *item = add(p, ITEM_BYTE);

	item->a = c;
	if (c == '[') {
		item->kind = ITEM_SET;
		if (compile_set(p, &item->set, err))
			return -EINVAL;
	} else if (c == ESCAPE) {
		if (p->next + 1 >= p->len)
			return malformed(err, "ends with '%'");
		item->a = peek(p, 1);
		item->kind = is_class(item->a) ? ITEM_CLASS : ITEM_BYTE;
		p->next += 2;
	} else {
		item->kind = c == '.' ? ITEM_ANY : ITEM_BYTE;
		p->next++;
	}
	item->repeat = (uint8_t)take_repeat(p);
	return 0;
}

static int compile_item(struct pattern *p, struct error *err)
{
	const uint8_t c = peek(p, 0), d = peek(p, 1);

	if (c == '(')
		return compile_open(p, err);
	if (c == ')')
		return compile_close(p, err);
	if (c == ESCAPE && d == 'b')
		return compile_balance(p, err);
	if (c == ESCAPE && d == 'f')
		return compile_frontier(p, err);
	if (c == ESCAPE && isdigit(d))
		return compile_back(p, err);
	if (c == '$' && p->next + 1 == p->len) {
		add(p, ITEM_END_OF_TEXT);
		p->next++;
		return 0;
	}
	return compile_single(p, err);
}

int pattern_compile(struct pattern *p, const char *text, size_t len, bool anchors,
		    struct error *err)
{
	memset(p, 0, sizeof(*p));
	p->text = text;
	p->len = len;
	p->choices = (struct choice *)(p + 1);
	p->items = (struct item *)(p->choices + len + 2);
	p->sets = (struct set *)(p->items + len + 2);
	if (anchors && peek(p, 0) == '^') {
		p->anchored = true;
		p->next++;
	}
	while (more(p))
		if (compile_item(p, err))
			return -EINVAL;
	if (p->open_count)
		return error_set(err, -EINVAL, "unfinished capture");
	add(p, ITEM_SUCCESS);
	p->text = NULL;
	return 0;
}

/* ---- match ------------------------------------------------------------------------------------ */

/* One attempt: where in the text, and at which item. */
struct walk {
	struct pattern *p;
	const char *text;
	size_t len, at;
	uint32_t item;
	uint64_t *steps;
};

static bool holds(const struct pattern *p, const struct item *item, uint8_t c)
{
	switch (item->kind) {
	case ITEM_BYTE:
		return item->a == c;
	case ITEM_CLASS:
		return class_holds(item->a, c);
	case ITEM_SET:
	case ITEM_FRONTIER:
		return set_holds(&p->sets[item->set], c);
	default:
		return true;
	}
}

static bool holds_here(const struct walk *w, const struct item *item)
{
	return w->at < w->len && holds(w->p, item, (uint8_t)w->text[w->at]);
}

/* False when there are not so many left; then there are none. */
static bool take_steps(struct walk *w, uint64_t n)
{
	const bool enough = *w->steps >= n;

	*w->steps = enough ? *w->steps - n : 0;
	return enough;
}

static void keep_choice(struct walk *w, size_t least)
{
	w->p->choices[w->p->choice_count++] =
		(struct choice){.item = w->item, .at = w->at, .least = least};
}

/* As many as there are; afterwards each one less is a choice. */
static bool walk_most(struct walk *w, const struct item *item)
{
	const size_t from = w->at, least = from + (item->repeat == MOST_OF_ONE);

	while (holds_here(w, item))
		w->at++;
	if (!take_steps(w, w->at - from))
		return false;
	if (w->at < least)
		return false;
	if (w->at > least)
		keep_choice(w, least);
	w->item++;
	return true;
}

static bool walk_single(struct walk *w, const struct item *item)
{
	switch (item->repeat) {
	case MOST:
	case MOST_OF_ONE:
		return walk_most(w, item);
	case LEAST:
		keep_choice(w, w->at);
		break;
	case OPTIONAL:
		if (holds_here(w, item)) {
			keep_choice(w, w->at);
			w->at++;
		}
		break;
	default:
		if (!holds_here(w, item))
			return false;
		w->at++;
	}
	w->item++;
	return true;
}

static bool walk_back(struct walk *w, const struct item *item)
{
	const struct pattern_range *r = &w->p->found[item->a];
	const size_t n = r->end - r->start;

	if (r->position || w->len - w->at < n || !take_steps(w, n) ||
	    memcmp(w->text + r->start, w->text + w->at, n) != 0)
		return false;
	w->at += n;
	w->item++;
	return true;
}

static bool walk_balance(struct walk *w, const struct item *item)
{
	size_t depth = 1, at = w->at;
	bool enough;

	if (at >= w->len || (uint8_t)w->text[at] != item->a)
		return false;
	for (at++; at < w->len && depth; at++) {
		if ((uint8_t)w->text[at] == item->b)
			depth--;
		else if ((uint8_t)w->text[at] == item->a)
			depth++;
	}
	enough = take_steps(w, at - w->at);
	w->at = at;
	w->item++;
	return enough && !depth;
}

static bool walk_frontier(struct walk *w, const struct item *item)
{
	const uint8_t before = w->at ? (uint8_t)w->text[w->at - 1] : 0;
	const uint8_t here = w->at < w->len ? (uint8_t)w->text[w->at] : 0;

	w->item++;
	return !holds(w->p, item, before) && holds(w->p, item, here);
}

static bool walk_item(struct walk *w)
{
	const struct item *item = &w->p->items[w->item];
	struct pattern_range *r = &w->p->found[item->a % PATTERN_CAPTURES];

	switch (item->kind) {
	case ITEM_OPEN:
	case ITEM_POSITION:
		*r = (struct pattern_range){w->at, w->at, item->kind == ITEM_POSITION};
		break;
	case ITEM_CLOSE:
		r->end = w->at;
		break;
	case ITEM_BACK:
		return walk_back(w, item);
	case ITEM_BALANCE:
		return walk_balance(w, item);
	case ITEM_FRONTIER:
		return walk_frontier(w, item);
	case ITEM_END_OF_TEXT:
		if (w->at < w->len)
			return false;
		break;
	default:
		return walk_single(w, item);
	}
	w->item++;
	return true;
}

/* Goes back to the last choice that has something left, and takes it. */
static bool walk_again(struct walk *w)
{
	struct pattern *p = w->p;

	while (p->choice_count) {
		struct choice *c = &p->choices[p->choice_count - 1];
		const struct item *item = &p->items[c->item];

		w->item = c->item + 1;
		w->at = c->at;
		if (item->repeat == LEAST) {
			if (holds_here(w, item)) {
				c->at = ++w->at;
				return true;
			}
			p->choice_count--;
			continue;
		}
		if (item->repeat != OPTIONAL)
			c->at = --w->at;
		if (item->repeat == OPTIONAL || c->at == c->least)
			p->choice_count--;
		return true;
	}
	return false;
}

static enum pattern_found match_at(struct walk *w, size_t start)
{
	w->at = start;
	w->item = 0;
	w->p->choice_count = 0;
	while (w->p->items[w->item].kind != ITEM_SUCCESS) {
		bool fine = take_steps(w, 1) && walk_item(w);

		if (!*w->steps)
			return PATTERN_EXHAUSTED;
		if (!fine && !walk_again(w))
			return PATTERN_NONE;
	}
	w->p->whole = (struct pattern_range){start, w->at, false};
	return PATTERN_FOUND;
}

enum pattern_found pattern_search(struct pattern *p, const char *text, size_t len, size_t from,
				  uint64_t *steps)
{
	struct walk w = {.p = p, .text = text, .len = len, .steps = steps};

	for (; from <= len; from++) {
		const enum pattern_found found = match_at(&w, from);

		if (found != PATTERN_NONE || p->anchored)
			return found;
	}
	return PATTERN_NONE;
}

struct pattern_range pattern_whole(const struct pattern *p)
{
	return p->whole;
}

size_t pattern_captures(const struct pattern *p)
{
	return p->captures;
}

struct pattern_range pattern_capture(const struct pattern *p, size_t index)
{
	return index < p->captures ? p->found[index] : (struct pattern_range){0};
}

bool pattern_anchored(const struct pattern *p)
{
	return p->anchored;
}
