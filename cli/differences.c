/*
 * cli/differences: a text is a tree by its indentation. Lines of one block are looked up by their text in a
 * sorted list of the other's; a line that is found in both is gone into, one that is not is a difference
 * with everything below it. Inside a block the order counts (rules of an access list): a line that has
 * moved is removed and added.
 */
#include "cli/differences.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define DEPTH_MAX 8 /* of blocks: what is deeper is compared as it stands */

struct line {
	const char *text; /* without its end and the blanks before it */
	size_t len, indent;
	size_t end; /* the next line that does not stand below this one */
	bool taken; /* by a line of the other text */
};

struct lines {
	struct line *at;
	size_t count, cap;
};

struct comparing {
	struct lines old, new;
	enum differences_form form;
	const struct line *above[DEPTH_MAX]; /* blocks that we are in */
	size_t depth, printed;		     /* of them: how many stand in the output */
	struct text *out;
};

/* ---- reading --------------------------------------------------------------------------------------- */

static bool begins(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && strncmp(text, with, n) == 0;
}

/* What stands around a configuration in `show`. */
static bool is_no_command(const char *text, size_t len)
{
	return !len || *text == '!' || (len == 3 && begins(text, len, "end")) ||
	       begins(text, len, "Building configuration") ||
	       begins(text, len, "Current configuration :") || begins(text, len, "Using ");
}

static int add_line(struct lines *l, const char *text, size_t len)
{
	size_t indent = 0;

	while (len && (text[len - 1] == '\r' || text[len - 1] == ' '))
		len--;
	while (indent < len && text[indent] == ' ')
		indent++;
	if (is_no_command(text + indent, len - indent))
		return 0;
	if (l->count == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct line *grown = alloc_grow(l->at, l->cap, cap, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		l->at = grown;
		l->cap = cap;
	}
	l->at[l->count++] =
		(struct line){.text = text + indent, .len = len - indent, .indent = indent};
	return 0;
}

/* From the last to the first: where a block ends is where its last child's does. */
static void find_ends(struct lines *l)
{
	for (size_t i = l->count; i-- > 0;) {
		size_t end = i + 1;

		while (end < l->count && l->at[end].indent > l->at[i].indent)
			end = l->at[end].end;
		l->at[i].end = end;
	}
}

static int read_lines(struct lines *l, const char *text)
{
	int rc = 0;

	while (*text && !rc) {
		size_t len = strcspn(text, "\n");

		rc = add_line(l, text, len);
		text += len + (text[len] == '\n');
	}
	find_ends(l);
	return rc;
}

/* ---- printing -------------------------------------------------------------------------------------- */

static void print_line(struct comparing *c, const char *before, const struct line *l)
{
	text_add(c->out, before);
	for (size_t i = 0; i < l->indent; i++)
		text_add(c->out, " ");
	text_add_n(c->out, l->text, l->len);
	text_add(c->out, "\n");
}

static void print_above(struct comparing *c)
{
	for (; c->printed < c->depth; c->printed++)
		print_line(c, "", c->above[c->printed]);
}

static void print_block(struct comparing *c, const char *before, const struct lines *l, size_t i)
{
	print_above(c);
	for (size_t k = i; k < l->at[i].end; k++)
		print_line(c, before, &l->at[k]);
}

/* "no description x"; of "no shutdown" it is "shutdown". */
static void print_no(struct comparing *c, const struct line *l)
{
	struct line without = *l;

	print_above(c);
	if (begins(l->text, l->len, "no ")) {
		without.text += 3;
		without.len -= 3;
		print_line(c, "", &without);
		return;
	}
	for (size_t i = 0; i < l->indent; i++)
		text_add(c->out, " ");
	without.indent = 0;
	print_line(c, "no ", &without);
}

static void only_old(struct comparing *c, size_t i)
{
	if (c->form == DIFFERENCES_CONTEXT)
		print_block(c, "-", &c->old, i);
	else if (c->form == DIFFERENCES_COMMANDS)
		print_no(c, &c->old.at[i]);
}

static void only_new(struct comparing *c, size_t i)
{
	print_block(c, c->form == DIFFERENCES_CONTEXT ? "+" : "", &c->new, i);
}

/* ---- comparing ------------------------------------------------------------------------------------- */

static int line_cmp(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;
	size_t len = x->len < y->len ? x->len : y->len;
	int diff = memcmp(x->text, y->text, len);

	if (diff || x->len != y->len)
		return diff ? diff : x->len < y->len ? -1 : 1;
	return x < y ? -1 : x > y; /* the earlier of two that are the same */
}

/* The lines of one block, in the order of their texts. */
static struct line **sorted_block(struct lines *l, size_t from, size_t end, size_t *count)
{
	struct line **sorted;
	size_t n = 0;

	for (size_t i = from; i < end; i = l->at[i].end)
		n++;
	sorted = alloc_array(n ? n : 1, sizeof(*sorted));
	*count = n;
	n = 0;
	for (size_t i = from; sorted && i < end; i = l->at[i].end)
		sorted[n++] = &l->at[i];
	if (sorted)
		qsort(sorted, n, sizeof(*sorted), line_cmp);
	return sorted;
}

static bool same_text(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* The first of that text that is not taken yet; NULL. */
static struct line *take(struct line **sorted, size_t count, const struct line *like)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct line *l = sorted[mid];
		size_t len = l->len < like->len ? l->len : like->len;
		int diff = memcmp(l->text, like->text, len);

		if (diff < 0 || (!diff && l->len < like->len))
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < count && same_text(sorted[low], like); low++) {
		if (sorted[low]->taken)
			continue;
		sorted[low]->taken = true;
		return sorted[low];
	}
	return NULL;
}

struct range {
	size_t from, end;
};

static int compare(struct comparing *c, struct range old, struct range new);

static bool same_block(const struct comparing *c, struct range old, struct range new)
{
	bool same = old.end - old.from == new.end - new.from;

	for (size_t i = 0; same && old.from + i < old.end; i++) {
		const struct line *a = &c->old.at[old.from + i], *b = &c->new.at[new.from + i];

		same = a->indent == b->indent && same_text(a, b);
	}
	return same;
}

static int go_into(struct comparing *c, const struct line *old, const struct line *new)
{
	struct range a = {(size_t)(old - c->old.at) + 1, old->end};
	struct range b = {(size_t)(new - c->new.at) + 1, new->end};
	int rc;

	if (c->depth == DEPTH_MAX) {
		if (same_block(c, a, b))
			return 0;
		only_old(c, a.from - 1);
		only_new(c, b.from - 1);
		return 0;
	}
	c->above[c->depth++] = new;
	rc = compare(c, a, b);
	c->depth--;
	if (c->printed > c->depth)
		c->printed = c->depth;
	return rc;
}

/* Which line of `old` each of `new` is; then both are told in their order. */
static int tell(struct comparing *c, struct range old, struct range new, struct line **match)
{
	size_t at = old.from, n = 0;
	int rc = 0;

	for (size_t i = new.from; i < new.end && !rc; i = c->new.at[i].end, n++) {
		size_t k = match[n] ? (size_t)(match[n] - c->old.at) : at;
		bool moved = match[n] && k < at && c->depth > 0;

		for (; at < k && at < old.end; at = c->old.at[at].end)
			if (!c->old.at[at].taken)
				only_old(c, at);
		if (moved)
			only_old(c, k);
		if (!match[n] || moved)
			only_new(c, i);
		else
			rc = go_into(c, match[n], &c->new.at[i]);
		if (match[n] && k >= at)
			at = match[n]->end;
	}
	for (; at < old.end && !rc; at = c->old.at[at].end)
		if (!c->old.at[at].taken)
			only_old(c, at);
	return rc;
}

static int compare(struct comparing *c, struct range old, struct range new)
{
	size_t count, news = 0, n = 0;
	struct line **sorted = sorted_block(&c->old, old.from, old.end, &count);
	struct line **match;
	int rc = -ENOMEM;

	for (size_t i = new.from; i < new.end; i = c->new.at[i].end)
		news++;
	match = alloc_array(news ? news : 1, sizeof(*match));
	if (sorted && match) {
		for (size_t i = new.from; i < new.end; i = c->new.at[i].end)
			match[n++] = take(sorted, count, &c->new.at[i]);
		rc = 0;
	}
	alloc_free(sorted); /* not kept while blocks are gone into */
	if (!rc)
		rc = tell(c, old, new, match);
	alloc_free(match);
	return rc;
}

int differences(const char *old, const char *new, enum differences_form form, struct text *out)
{
	struct comparing c = {.form = form, .out = out};
	int rc = read_lines(&c.old, old);

	if (!rc)
		rc = read_lines(&c.new, new);
	if (!rc)
		rc = compare(&c, (struct range){0, c.old.count}, (struct range){0, c.new.count});
	alloc_free(c.old.at);
	alloc_free(c.new.at);
	return rc || out->failed ? -ENOMEM : 0;
}
