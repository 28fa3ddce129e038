/*
 * config/data: a whole configuration: its tree, and an index a row of a list that stands at the top, so
 * that a page of a list, and an entry's place in it, cost what they hold. Running is one, and so is each
 * candidate; they are exchanged whole when one replaces the other.
 */
#include "config/config_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

int config_data_init(struct config_data *d, const struct config_schema *s)
{
	*d = (struct config_data){.index_count = s->row_count};
	d->index = alloc_array(s->row_count, sizeof(*d->index));
	return d->index ? 0 : -ENOMEM;
}

void config_data_clear(struct config_data *d)
{
	for (size_t i = 0; d->index && i < d->index_count; i++)
		alloc_free(d->index[i].items);
	alloc_free(d->index);
	lyd_free_all(d->top);
	*d = (struct config_data){0};
}

void config_data_swap(struct config_data *a, struct config_data *b)
{
	struct config_data was = *a;

	*a = *b;
	*b = was;
}

/* Where the entry stands in the index, or would stand. */
static size_t find(const struct config_index *x, const struct lyd_node *node)
{
	size_t low = 0, high = x->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (config_key_cmp(x->items[mid], node) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void config_index_add(struct config_index *x, const struct lyd_node *node)
{
	size_t at = find(x, node);

	memmove(&x->items[at + 1], &x->items[at], (x->count - at) * sizeof(*x->items));
	x->items[at] = node;
	x->count++;
}

void config_index_drop(struct config_index *x, const struct lyd_node *node)
{
	size_t at = find(x, node);

	x->count--;
	memmove(&x->items[at], &x->items[at + 1], (x->count - at) * sizeof(*x->items));
}

int config_index_reserve(struct config_index *x, size_t more)
{
	size_t cap = x->cap ? x->cap : 16;
	const struct lyd_node **grown;

	while (cap < x->count + more)
		cap *= 2;
	if (cap == x->cap)
		return 0;
	grown = alloc_grow(x->items, x->cap, cap, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	x->items = grown;
	x->cap = cap;
	return 0;
}

static int cmp_items(const void *a, const void *b)
{
	return config_key_cmp(*(const struct lyd_node *const *)a,
			      *(const struct lyd_node *const *)b);
}

/* A file that we wrote is in order. */
static void sort(struct config_index *x)
{
	for (size_t i = 1; i < x->count; i++) {
		if (config_key_cmp(x->items[i - 1], x->items[i]) < 0)
			continue;
		qsort(x->items, x->count, sizeof(struct lyd_node *), cmp_items);
		return;
	}
}

/* Rows that are indexed have no list above them. */
static int collect(struct config_data *d, const struct lyd_node *node)
{
	int rc = 0;

	for (; node && !rc; node = node->next) {
		const struct config_row *row = config_row_of(node->schema);

		if (row && row->indexed) {
			struct config_index *x = &d->index[row->number];

			rc = config_index_reserve(x, 1);
			if (!rc)
				x->items[x->count++] = node;
		} else if (config_has_rows_below(node->schema)) {
			rc = collect(d, lyd_child(node));
		}
	}
	return rc;
}

int config_data_take(struct config_data *d, const struct config_schema *s, struct lyd_node *tree)
{
	struct config_data fresh;
	int rc = config_data_init(&fresh, s);

	fresh.top = tree;
	if (!rc)
		rc = collect(&fresh, tree);
	if (rc) {
		config_data_clear(&fresh);
		return rc;
	}
	for (size_t i = 0; i < fresh.index_count; i++)
		sort(&fresh.index[i]);
	config_data_clear(d);
	*d = fresh;
	return 0;
}

int config_data_copy(struct config_data *d, const struct config_schema *s,
		     const struct config_data *from)
{
	struct lyd_node *tree = NULL;

	if (from->top &&
	    lyd_dup_siblings(from->top, NULL,
			     LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS | LYD_DUP_NO_META, &tree))
		return -ENOMEM;
	return config_data_take(d, s, tree);
}
