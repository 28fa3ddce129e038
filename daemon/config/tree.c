/*
 * config/tree: finding, copying and comparing. Look-ups go through libyang's hash of children, so that
 * an entry among ten thousand costs what one among ten does.
 */
#include "config/config_internal.h"

#include <errno.h>
#include <string.h>

struct lyd_node *config_instance(const struct lyd_node *siblings, const struct lyd_node *like)
{
	struct lyd_node *found = NULL;
	LY_ERR rc;

	if (!siblings)
		return NULL;
	/* By value where the value tells instances apart; a leaf has one whatever its value. */
	if (like->schema->nodetype & (LYS_LIST | LYS_LEAFLIST))
		rc = lyd_find_sibling_first(siblings, like, &found);
	else
		rc = lyd_find_sibling_val(siblings, like->schema, NULL, 0, &found);
	return rc ? NULL : found;
}

struct lyd_node *config_counterpart(const struct lyd_node *top, const struct lyd_node *node)
{
	const struct lyd_node *up = lyd_parent(node);
	const struct lyd_node *parent;

	if (!up)
		return config_instance(top, node);
	parent = config_counterpart(top, up);
	return parent ? config_instance(lyd_child(parent), node) : NULL;
}

int config_add(struct lyd_node **top, struct lyd_node *parent, struct lyd_node *node)
{
	LY_ERR rc = parent ? lyd_insert_child(parent, node) : lyd_insert_sibling(*top, node, top);

	return rc ? -ENOMEM : 0;
}

void config_drop(struct lyd_node **top, struct lyd_node *node)
{
	if (node == *top)
		*top = node->next;
	lyd_free_tree(node);
}

struct lyd_node *config_copy_bare(const struct lyd_node *node, struct lyd_node *parent,
				  struct lyd_node **top)
{
	struct lyd_node *copy;

	if (lyd_dup_single(node, NULL, LYD_DUP_NO_META | LYD_DUP_WITH_FLAGS, &copy))
		return NULL;
	if (!config_add(top, parent, copy))
		return copy;
	lyd_free_tree(copy);
	return NULL;
}

struct lyd_node *config_ensure(struct lyd_node **top, const struct lyd_node *node)
{
	const struct lyd_node *up = lyd_parent(node);
	struct lyd_node *parent = up ? config_ensure(top, up) : NULL;
	struct lyd_node *found;

	if (up && !parent)
		return NULL;
	found = config_instance(parent ? lyd_child(parent) : *top, node);
	return found ? found : config_copy_bare(node, parent, top);
}

int config_copy_own(const struct lyd_node *node, struct lyd_node *parent, struct lyd_node **top,
		    struct lyd_node **copy)
{
	struct lyd_node *c = config_copy_bare(node, parent, top);
	const struct lyd_node *child;
	struct lyd_node *grandchild;

	if (!c)
		return -ENOMEM;
	LY_LIST_FOR(lyd_child_no_keys(node), child)
	if (!config_row_of(child->schema) && config_copy_own(child, c, top, &grandchild))
		return -ENOMEM; /* the whole fragment goes then */
	*copy = c;
	return 0;
}

static const struct lyd_node *skip_rows(const struct lyd_node *n)
{
	while (n && config_row_of(n->schema))
		n = n->next;
	return n;
}

/* Children of one schema stand together and in the schema's order, so a walk side by side is enough;
 * what stands in another order counts as different, which is true where users order, and harmless
 * where they do not. */
bool config_equal_own(const struct lyd_node *a, const struct lyd_node *b)
{
	if (a->schema != b->schema)
		return false;
	if (a->schema->nodetype & LYD_NODE_TERM)
		return !lyd_compare_single(a, b, LYD_COMPARE_DEFAULTS);
	a = skip_rows(lyd_child(a));
	b = skip_rows(lyd_child(b));
	while (a && b) {
		if (!config_equal_own(a, b))
			return false;
		a = skip_rows(a->next);
		b = skip_rows(b->next);
	}
	return !a && !b;
}

static int value_cmp(const struct lyd_node *a, const struct lyd_node *b)
{
	const struct lyd_value *x = &((const struct lyd_node_term *)a)->value;
	const struct lyd_value *y = &((const struct lyd_node_term *)b)->value;

	switch (x->realtype->basetype) {
	case LY_TYPE_UINT8:
		return x->uint8 < y->uint8 ? -1 : x->uint8 > y->uint8;
	case LY_TYPE_UINT16:
		return x->uint16 < y->uint16 ? -1 : x->uint16 > y->uint16;
	case LY_TYPE_UINT32:
		return x->uint32 < y->uint32 ? -1 : x->uint32 > y->uint32;
	default:
		return strcmp(lyd_get_value(a), lyd_get_value(b));
	}
}

int config_key_cmp(const struct lyd_node *a, const struct lyd_node *b)
{
	const struct lyd_node *x = lyd_child(a), *y = lyd_child(b);
	int diff = 0;

	/* Keys come first among the children. */
	while (!diff && x && y && lysc_is_key(x->schema)) {
		diff = value_cmp(x, y);
		x = x->next;
		y = y->next;
	}
	return diff;
}
