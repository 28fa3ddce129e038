/*
 * config/fragment: the edit-scoped way. `old` holds copies of the touched objects and their parents
 * out of running, `new` the same after the edit and its validation; what differs is the change. Both are
 * small trees: their cost follows the edit. Containers on the way that have a row are copied with their
 * own leaves, so that defaults which validation adds are not taken for a change.
 */
#include "config/config_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

#define COPY (LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS | LYD_DUP_NO_META)

bool config_takes_whole(const struct lyd_node *edit)
{
	switch (config_op_of(edit)) {
	case CONFIG_DELETE:
	case CONFIG_REMOVE:
	case CONFIG_REPLACE:
		return true;
	case CONFIG_CREATE:
		/* A container is there already if anything is in it, also what has rows of its own. */
		return edit->schema->nodetype == LYS_CONTAINER &&
		       config_has_rows_below(edit->schema);
	default:
		return config_removes_of(edit) && config_has_rows_below(edit->schema);
	}
}

static int copy_whole(struct config_fragment *f, const struct lyd_node *node,
		      struct lyd_node *parent, struct lyd_node *part)
{
	struct lyd_node *copy;

	if (part)
		config_drop(&f->old, part);
	if (lyd_dup_single(node, NULL, COPY, &copy))
		return -ENOMEM;
	if (!config_add(&f->old, parent, copy))
		return 0;
	lyd_free_tree(copy);
	return -ENOMEM;
}

static int gather(struct config_fragment *f, const struct lyd_node *edit,
		  const struct lyd_node *running, struct lyd_node *parent);

static int gather_one(struct config_fragment *f, const struct lyd_node *edit,
		      const struct lyd_node *node, struct lyd_node *parent)
{
	struct lyd_node *copy = config_instance(parent ? lyd_child(parent) : f->old, edit);
	int rc = 0;

	if (config_takes_whole(edit))
		return copy_whole(f, node, parent, copy);
	if (!copy && config_row_of(node->schema)) {
		rc = config_copy_own(node, parent, &f->old, &copy);
	} else if (!copy) {
		copy = config_copy_bare(node, parent, &f->old);
		rc = copy ? 0 : -ENOMEM;
	}
	if (rc || !config_has_rows_below(node->schema))
		return rc;
	return gather(f, lyd_child_no_keys(edit), lyd_child(node), copy);
}

static int gather(struct config_fragment *f, const struct lyd_node *edit,
		  const struct lyd_node *running, struct lyd_node *parent)
{
	int rc = 0;

	for (; edit && !rc; edit = edit->next) {
		const struct lyd_node *node = NULL;

		if (!(edit->schema->nodetype & LYD_NODE_TERM))
			node = config_instance(running, edit);
		if (node)
			rc = gather_one(f, edit, node, parent);
	}
	return rc;
}

static int note(struct config_fragment *f, struct config_row *row, struct lyd_node *old,
		struct lyd_node *new)
{
	if (f->count == f->cap) {
		size_t cap = f->cap ? 2 * f->cap : 8;
		struct config_delta *grown = alloc_grow(f->deltas, f->cap, cap, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		f->deltas = grown;
		f->cap = cap;
	}
	f->deltas[f->count++] = (struct config_delta){.row = row, .old = old, .new = new};
	return 0;
}

/* Objects that were: gone, changed, or as they were. */
static int compare_old(struct config_fragment *f, struct lyd_node *old, struct lyd_node *others)
{
	int rc = 0;

	for (; old && !rc; old = old->next) {
		struct config_row *row = config_row_of(old->schema);
		struct lyd_node *new = config_instance(others, old);

		if (row && (!new || !config_equal_own(old, new)))
			rc = note(f, row, old, new);
		if (!rc && config_has_rows_below(old->schema))
			rc = compare_old(f, lyd_child(old), new ? lyd_child(new) : NULL);
	}
	return rc;
}

/* Objects that were not. `all`: containers with nothing but defaults count too. */
static int compare_new(struct config_fragment *f, struct lyd_node *new, struct lyd_node *others,
		       bool all)
{
	int rc = 0;

	for (; new && !rc; new = new->next) {
		struct config_row *row = config_row_of(new->schema);
		struct lyd_node *old = config_instance(others, new);

		if (row && !old && (all || !(new->flags &LYD_DEFAULT)))
			rc = note(f, row, NULL, new);
		if (!rc && config_has_rows_below(new->schema))
			rc = compare_new(f, lyd_child(new), old ? lyd_child(old) : NULL, all);
	}
	return rc;
}

int config_fragment_gather(struct config_fragment *f, const struct lyd_node *running,
			   const struct lyd_node *edit, struct error *err)
{
	int rc = gather(f, edit, running, NULL);

	if (!rc)
		return 0;
	config_fragment_clear(f);
	return error_set(err, rc, "no memory for the edit");
}

int config_fragment_begin(struct config_fragment *f, struct error *err)
{
	if (!f->old || !lyd_dup_siblings(f->old, NULL, COPY, &f->new))
		return 0;
	config_fragment_clear(f);
	return error_set(err, -ENOMEM, "no memory for the edit");
}

int config_fragment_apply(struct config_fragment *f, const struct seal *seal,
			  const struct lyd_node *edit, struct error *err)
{
	int rc = config_apply_edit(edit, seal, &f->new, err);

	if (rc)
		config_fragment_clear(f);
	return rc;
}

static int compare(struct config_fragment *f)
{
	int rc = compare_old(f, f->old, f->new);

	return rc ? rc : compare_new(f, f->new, f->old, false);
}

int config_fragment_finish(struct config_fragment *f, const struct config_schema *s,
			   struct error *err)
{
	int rc = 0;

	if (lyd_validate_all(&f->new, s->ctx, LYD_VALIDATE_NO_STATE, NULL))
		rc = config_ly_error(s->ctx, err, -EINVAL, "");
	else if (compare(f))
		rc = error_set(err, -ENOMEM, "no memory for the edit");
	if (rc)
		config_fragment_clear(f);
	return rc;
}

int config_fragment_make(struct config_fragment *f, const struct config_schema *s,
			 const struct seal *seal, const struct lyd_node *running,
			 const struct lyd_node *edit, struct error *err)
{
	int rc;

	*f = (struct config_fragment){0};
	rc = config_fragment_gather(f, running, edit, err);
	if (!rc)
		rc = config_fragment_begin(f, err);
	if (!rc)
		rc = config_fragment_apply(f, seal, edit, err);
	return rc ? rc : config_fragment_finish(f, s, err);
}

/* Sealing is never twice the same: where the secret is, the text is not to be a change. */
static void settle_secrets(const struct seal *seal, const struct lyd_node *old,
			   struct lyd_node *new)
{
	for (; new; new = new->next) {
		struct lyd_node *was = config_instance(old, new);

		if (was && new->schema->nodetype &(LYS_CONTAINER | LYS_LIST))
			settle_secrets(seal, lyd_child(was), lyd_child(new));
		else if (was && config_is_secret(new->schema) && lyd_compare_single(was, new, 0) &&
			 config_same_secret(seal, lyd_get_value(was), lyd_get_value(new)))
			lyd_change_term(new, lyd_get_value(was));
	}
}

int config_fragment_between(struct config_fragment *f, const struct config_schema *s,
			    const struct seal *seal, struct lyd_node *old, struct lyd_node **new,
			    struct error *err)
{
	*f = (struct config_fragment){.is_borrowed = true};
	if (lyd_validate_all(new, s->ctx, LYD_VALIDATE_NO_STATE, NULL))
		return config_ly_error(s->ctx, err, -EINVAL, "");
	settle_secrets(seal, old, *new);
	f->old = old;
	f->new = *new;
	if (!compare(f))
		return 0;
	config_fragment_clear(f);
	return error_set(err, -ENOMEM, "no memory for the comparison");
}

void config_fragment_count(const struct config_fragment *f, struct config_counts *counts)
{
	*counts = (struct config_counts){0};
	for (size_t i = 0; i < f->count; i++) {
		counts->created += !f->deltas[i].old;
		counts->deleted += !f->deltas[i].new;
		counts->changed += f->deltas[i].old && f->deltas[i].new;
	}
}

int config_fragment_all(struct config_fragment *f, struct lyd_node *tree)
{
	int rc;

	*f = (struct config_fragment){.new = tree};
	rc = compare_new(f, tree, NULL, true);
	if (rc)
		config_fragment_clear(f);
	return rc;
}

void config_fragment_clear(struct config_fragment *f)
{
	if (!f->is_borrowed) {
		lyd_free_all(f->old);
		lyd_free_all(f->new);
	}
	alloc_free(f->deltas);
	*f = (struct config_fragment){0};
}

/* Room in every index, before anything moves. */
static int reserve(const struct config_fragment *f, struct config_data *data)
{
	size_t more = 0;
	int rc = 0;

	for (size_t i = 0; i < f->count; i++)
		more += !f->deltas[i].old;
	for (size_t i = 0; i < f->count && !rc; i++)
		if (f->deltas[i].row->indexed && !f->deltas[i].old)
			rc = config_index_reserve(&data->index[f->deltas[i].row->number], more);
	return rc;
}

static void land_gone(struct config_data *data, const struct config_delta *d)
{
	struct lyd_node *node = config_counterpart(data->top, d->old);

	if (!node)
		return; /* went with its parent */
	if (d->row->indexed)
		config_index_drop(&data->index[d->row->number], node);
	config_drop(&data->top, node);
}

static void clear_own(struct lyd_node *node)
{
	struct lyd_node *child, *next;

	LY_LIST_FOR_SAFE(lyd_child_no_keys(node), next, child)
	{
		if (config_row_of(child->schema))
			continue;
		if (config_has_rows_below(child->schema))
			clear_own(child);
		else
			lyd_free_tree(child);
	}
}

static int move_own(struct lyd_node **running, struct lyd_node *from, struct lyd_node *to)
{
	struct lyd_node *child, *next;
	int rc = 0;

	LY_LIST_FOR_SAFE(lyd_child_no_keys(from), next, child)
	{
		struct lyd_node *passage;

		if (rc || config_row_of(child->schema))
			continue;
		if (!config_has_rows_below(child->schema)) {
			lyd_unlink_tree(child);
			rc = config_add(running, to, child);
			continue;
		}
		passage = config_ensure(running, child);
		rc = passage ? move_own(running, child, passage) : -ENOMEM;
	}
	return rc;
}

static int land_put(struct config_data *data, const struct config_delta *d)
{
	struct lyd_node *node = config_ensure(&data->top, d->new);

	if (!node)
		return -ENOMEM;
	if (d->row->indexed && !d->old)
		config_index_add(&data->index[d->row->number], node);
	clear_own(node);
	return move_own(&data->top, d->new, node);
}

int config_fragment_land(struct config_fragment *f, const struct config_schema *s,
			 struct config_data *data)
{
	int rc;

	/* The first tree is taken as it is, and each index sorted once. */
	if (!data->top) {
		struct lyd_node *tree = f->new;

		f->new = NULL;
		return config_data_take(data, s, tree);
	}
	rc = reserve(f, data);
	if (rc)
		return rc;
	/* Children before parents where things go, parents before children where they come. */
	for (size_t i = f->count; i-- > 0;)
		if (!f->deltas[i].new)
			land_gone(data, &f->deltas[i]);
	for (size_t i = 0; i < f->count && !rc; i++)
		if (f->deltas[i].new)
			rc = land_put(data, &f->deltas[i]);
	return rc;
}
