/*
 * config/edit: an edit's operations applied to a data tree, node by node. The tree is a fragment or,
 * in tests that compare, a whole configuration: nothing here knows the difference.
 */
#include "config/config_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "seal/seal.h"

#define ANNOTATIONS "spindle-types"

struct editing {
	const struct seal *seal;
	struct lyd_node **top;
	struct error *err;
};

static const char *annotation(const struct lyd_node *edit, const char *name)
{
	const struct lyd_meta *m;

	LY_LIST_FOR(edit->meta, m)
	if (!strcmp(m->name, name) && !strcmp(m->annotation->module->name, ANNOTATIONS))
		return lyd_get_meta_value(m);
	return NULL;
}

enum config_op config_op_of(const struct lyd_node *edit)
{
	static const char *const names[] = {
		[CONFIG_MERGE] = "merge",     [CONFIG_CREATE] = "create",
		[CONFIG_DELETE] = "delete",   [CONFIG_REMOVE] = "remove",
		[CONFIG_REPLACE] = "replace",
	};
	const char *value = annotation(edit, "operation");

	for (int op = CONFIG_CREATE; value && op <= CONFIG_REPLACE; op++)
		if (!strcmp(value, names[op]))
			return op;
	return CONFIG_MERGE;
}

const char *config_removes_of(const struct lyd_node *edit)
{
	return annotation(edit, "remove");
}

int config_parse_edit(const struct config_schema *s, const json_t *json, struct lyd_node **edit,
		      struct error *err)
{
	char *text = json_dumps(json, JSON_COMPACT);
	LY_ERR rc;

	*edit = NULL;
	if (!text)
		return error_set(err, -ENOMEM, "no memory for the edit");
	rc = lyd_parse_data_mem(s->ctx, text, LYD_JSON,
				LYD_PARSE_ONLY | LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, 0, edit);
	free(text); /* jansson's */
	if (!rc)
		return 0;
	lyd_free_all(*edit);
	*edit = NULL;
	return config_ly_error(s->ctx, err, -EINVAL, "");
}

static int complain(const struct editing *e, const struct lyd_node *edit, int code,
		    const char *what)
{
	char path[256] = "";

	lyd_path(edit, LYD_PATH_STD, path, sizeof(path));
	return error_set(e->err, code, "%s %s", path, what);
}

/* A container that holds nothing but defaults is not there, as far as people are concerned. */
static bool is_there(const struct lyd_node *n)
{
	const struct lyd_node *child;

	if (!n || !(n->schema->nodetype & LYS_CONTAINER) || (n->schema->flags & LYS_PRESENCE))
		return n && !(n->flags & LYD_DEFAULT);
	LY_LIST_FOR(lyd_child(n), child)
	if (is_there(child))
		return true;
	return false;
}

static int remove_children(const struct editing *e, const struct lyd_node *edit, struct lyd_node *n,
			   const char *name, size_t len)
{
	const struct lysc_node *schema =
		lys_find_child(n->schema, n->schema->module, name, len, 0, 0);
	struct lyd_node *child;

	if (!schema || lysc_is_key(schema))
		return complain(e, edit, -EINVAL, "names a child to remove that it does not have");
	while (!lyd_find_sibling_val(lyd_child(n), schema, NULL, 0, &child))
		lyd_free_tree(child);
	return 0;
}

/* The annotation `remove`: names of children, separated by blanks. */
static int remove_named(const struct editing *e, const struct lyd_node *edit, struct lyd_node *n)
{
	const char *names = config_removes_of(edit);
	int rc = 0;

	while (names && *names && !rc) {
		size_t len = strcspn(names, " ");

		if (len)
			rc = remove_children(e, edit, n, names, len);
		names += len + (names[len] == ' ');
	}
	return rc;
}

bool config_same_secret(const struct seal *seal, const char *a, const char *b)
{
	struct secret *x = NULL, *y = NULL;
	bool same = !seal_unseal(seal, a, &x, NULL) && !seal_unseal(seal, b, &y, NULL) &&
		    secret_equal(x, y);

	secret_free(x);
	secret_free(y);
	return same;
}

static int set_leaf(const struct editing *e, const struct lyd_node *edit, struct lyd_node *n)
{
	LY_ERR rc;

	/* Sealing is never twice the same; the same secret typed again is no change. */
	if (config_is_secret(n->schema) &&
	    config_same_secret(e->seal, lyd_get_value(n), lyd_get_value(edit)))
		return 0;
	rc = lyd_change_term(n, lyd_get_value(edit));
	if (!rc || rc == LY_EEXIST || rc == LY_ENOT)
		return 0;
	return config_ly_error(LYD_CTX(n), e->err, -EINVAL, "");
}

static int apply_siblings(const struct editing *e, const struct lyd_node *edit,
			  struct lyd_node *parent);

static int merge(const struct editing *e, const struct lyd_node *edit, struct lyd_node *parent,
		 struct lyd_node *n)
{
	bool is_new = !n;
	int rc;

	if (is_new)
		n = config_copy_bare(edit, parent, e->top);
	if (!n)
		return error_set(e->err, -ENOMEM, "no memory for the edit");
	if (edit->schema->nodetype == LYS_LEAF)
		return is_new ? 0 : set_leaf(e, edit, n);
	if (edit->schema->nodetype & LYD_NODE_TERM)
		return 0;
	rc = remove_named(e, edit, n);
	return rc ? rc : apply_siblings(e, lyd_child_no_keys(edit), n);
}

static int apply_one(const struct editing *e, const struct lyd_node *edit, struct lyd_node *parent)
{
	struct lyd_node *n = config_instance(parent ? lyd_child(parent) : *e->top, edit);

	switch (config_op_of(edit)) {
	case CONFIG_DELETE:
		if (!is_there(n))
			return complain(e, edit, -ENOENT, "is not there");
		config_drop(e->top, n);
		return 0;
	case CONFIG_REMOVE:
		if (n)
			config_drop(e->top, n);
		return 0;
	case CONFIG_CREATE:
		if (is_there(n))
			return complain(e, edit, -EEXIST, "is there already");
		return merge(e, edit, parent, n);
	case CONFIG_REPLACE:
		/* A leaf keeps its node, so that the same secret stays as it is. */
		if (n && edit->schema->nodetype != LYS_LEAF) {
			config_drop(e->top, n);
			n = NULL;
		}
		return merge(e, edit, parent, n);
	default:
		return merge(e, edit, parent, n);
	}
}

static int apply_siblings(const struct editing *e, const struct lyd_node *edit,
			  struct lyd_node *parent)
{
	int rc = 0;

	for (; edit && !rc; edit = edit->next)
		rc = apply_one(e, edit, parent);
	return rc;
}

int config_apply_edit(const struct lyd_node *edit, const struct seal *seal, struct lyd_node **tree,
		      struct error *err)
{
	struct editing e = {.seal = seal, .top = tree, .err = err};

	return apply_siblings(&e, edit, NULL);
}
