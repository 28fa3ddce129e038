/*
 * config/get: running, page by page. The unit is an object: a container with its own leaves, or a list
 * entry with everything below it. Units are numbered through the rows in the schema's order; lists are
 * numbered by their index, so a page costs what it holds, wherever it begins.
 */
#include "config/config_state.h"

#include <errno.h>
#include <string.h>

struct paging {
	const struct config_schema *schema;
	const struct config_data *data;
	unsigned int how; /* CONFIG_GET_… */
	uint64_t skip, left, at;
	json_t *doc;
};

/* The one instance of a container, or of a leaf below containers only. */
static const struct lyd_node *only_instance(const struct lyd_node *top,
					    const struct lysc_node *schema)
{
	const struct lyd_node *parent = NULL;
	struct lyd_node *found = NULL;

	if (schema->parent) {
		parent = only_instance(top, schema->parent);
		if (!parent)
			return NULL;
		top = lyd_child(parent);
	}
	if (!top || lyd_find_sibling_val(top, schema, NULL, 0, &found))
		return NULL;
	return found;
}

/* node NULL: there is none of that schema. */
static int page_node(struct paging *p, const struct lysc_node *schema, const struct lyd_node *node,
		     enum config_json_what what)
{
	p->at++;
	p->left--;
	if (p->how & CONFIG_GET_DEFAULTS)
		what |= CONFIG_JSON_DEFAULTS;
	if (node)
		return config_json_place(p->doc, node, what, p->how & CONFIG_GET_SECRETS);
	return p->how & CONFIG_GET_DEFAULTS ? config_json_place_defaults(p->doc, schema, what) : 0;
}

/* -EAGAIN: the page is full. */
static int page_list(struct paging *p, const struct config_row *row)
{
	const struct config_index *x = &p->data->index[row->number];
	size_t i = p->skip < x->count ? (size_t)p->skip : x->count;
	int rc = 0;

	p->skip -= i;
	p->at += i;
	for (; i < x->count && !rc; i++)
		rc = p->left ? page_node(p, row->schema, x->items[i], CONFIG_JSON_WHOLE) : -EAGAIN;
	return rc;
}

static int page_single(struct paging *p, const struct lysc_node *schema)
{
	if (p->skip) {
		p->skip--;
		p->at++;
		return 0;
	}
	if (!p->left)
		return -EAGAIN;
	return page_node(p, schema, only_instance(p->data->top, schema), CONFIG_JSON_OWN);
}

static bool is_below(const struct lysc_node *n, const struct lysc_node *top)
{
	while (n && n != top)
		n = n->parent;
	return n || !top;
}

static bool is_covered(const struct lysc_node *n)
{
	while (n && !config_row_of(n))
		n = n->parent;
	return n;
}

static int page_schema(struct paging *p, const struct lysc_node *top)
{
	const struct config_schema *s = p->schema;
	int rc = 0;

	/* A part of an object, named by itself. */
	if (top && !config_row_of(top) && is_covered(top))
		rc = page_single(p, top);
	for (size_t i = 0; i < s->row_count && !rc; i++) {
		const struct config_row *row = &s->rows[i];

		if (!row->single || !is_below(row->schema, top))
			continue;
		rc = row->indexed ? page_list(p, row) : page_single(p, row->schema);
	}
	return rc;
}

static int get_instance(struct paging *p, const char *path, struct error *err)
{
	struct lyd_node *node = NULL;
	const struct lyd_node *top = p->data->top;
	LY_ERR rc = top ? lyd_find_path(top, path, 0, &node) : LY_ENOTFOUND;

	if (rc == LY_ENOTFOUND || rc == LY_EINCOMPLETE)
		return 0;
	if (rc)
		return config_ly_error(p->schema->ctx, err, -EINVAL, path);
	return page_node(p, node->schema, node, CONFIG_JSON_WHOLE);
}

static bool needs_keys(const struct lysc_node *n)
{
	const struct config_row *row = config_row_of(n);

	if (row && row->indexed)
		return false;
	while (n && n->nodetype != LYS_LIST)
		n = n->parent;
	return n;
}

static int get_path(struct paging *p, const char *path, struct error *err)
{
	const struct lysc_node *schema = NULL;

	if (strchr(path, '['))
		return get_instance(p, path, err);
	if (*path) {
		schema = lys_find_path(p->schema->ctx, NULL, path, 0);
		if (!schema || !(schema->flags & LYS_CONFIG_W))
			return error_set(err, -EINVAL, "%s is no configuration", path);
		if (needs_keys(schema))
			return error_set(err, -EINVAL, "%s: the keys of its list are missing",
					 path);
	}
	return page_schema(p, schema);
}

/* A worker has running. */
static bool is_at_work(const struct config *c)
{
	return c->phase == CONFIG_MAKING || c->phase == CONFIG_LANDING ||
	       c->phase == CONFIG_GATHERING || c->phase == CONFIG_FILLING;
}

int config_get_page(const struct config_schema *s, const struct config_data *data, const char *path,
		    unsigned int how, uint64_t *cursor, size_t max, json_t **out, struct error *err)
{
	struct paging p = {
		.schema = s,
		.data = data,
		.how = how,
		.skip = *cursor,
		.left = max ? max : 1,
		.doc = json_object(),
	};
	int rc = p.doc ? get_path(&p, path, err) : -ENOMEM;

	*cursor = rc == -EAGAIN ? p.at : 0;
	if (!rc || rc == -EAGAIN) {
		*out = p.doc;
		return 0;
	}
	json_decref(p.doc);
	return error_set(err, rc, "no memory for the answer");
}

int config_get(struct config *c, const char *path, unsigned int how, uint64_t *cursor, size_t max,
	       json_t **out, struct error *err)
{
	if (is_at_work(c))
		return error_set(err, -EBUSY, "the configuration is being changed or saved");
	return config_get_page(&c->schema, &c->running, path, how, cursor, max, out, err);
}

int config_get_all(const struct config_schema *s, const struct config_data *data, json_t *doc)
{
	struct paging p = {
		.schema = s, .data = data, .how = CONFIG_GET_SECRETS, .left = SIZE_MAX, .doc = doc};

	return page_schema(&p, NULL);
}
