/*
 * config/schema: loads the modules and lays the handler rows over their nodes.
 *
 * Two rules of the modules are checked here and not believed, because the edit-scoped commit stands on
 * them: every leaf belongs to a handler row, and no reference must resolve (a fragment does not hold
 * what it refers to).
 */
#include "config/config_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

static const char *const modules[] = {
	"spindle-types",
	"spindle-system",
	"spindle-logging",
	"spindle-acl",
	"spindle-crypto",
	"spindle-interface",
	"spindle-aaa",
	"spindle-line",
	"spindle-archive",
	"spindle-eem",
	/* State and actions alone. */
	"spindle-interface-state",
	"spindle-routing-state",
	"spindle-platform-state",
	"spindle-tools",
	"spindle-flight-recorder",
};

#define MODULES (sizeof(modules) / sizeof(modules[0]))

int config_ly_error(const struct ly_ctx *ctx, struct error *err, int code, const char *what)
{
	const struct ly_err_item *last = ly_err_last(ctx);
	const char *msg = last && last->msg ? last->msg : "no memory";
	const char *path = last && last->path ? last->path : "";

	return error_set(err, code, "%s%s%s%s%s", what, *what ? ": " : "", msg, *path ? " " : "",
			 path);
}

struct config_row *config_row_of(const struct lysc_node *schema)
{
	const struct config_node *n = schema->priv;

	return n ? n->row : NULL;
}

bool config_has_rows_below(const struct lysc_node *schema)
{
	const struct config_node *n = schema->priv;

	return n && n->rows_below;
}

static bool is_marked(const struct lysc_node *schema, const char *extension)
{
	LY_ARRAY_COUNT_TYPE i;

	LY_ARRAY_FOR(schema->exts, i)
	if (!strcmp(schema->exts[i].def->name, extension) &&
	    !strcmp(schema->exts[i].def->module->name, modules[0]))
		return true;
	return false;
}

bool config_is_secret(const struct lysc_node *schema)
{
	return is_marked(schema, "secret");
}

bool config_is_password(const struct lysc_node *schema)
{
	return is_marked(schema, "password");
}

static bool is_inner(const struct lysc_node *n)
{
	return n->nodetype & (LYS_CONTAINER | LYS_LIST);
}

/* Calls fn for each configuration node, parents first; ends at the first that it does not like. */
static int walk(const struct lysc_node *first, int (*fn)(const struct lysc_node *n, void *arg),
		void *arg)
{
	const struct lysc_node *n;
	int rc;

	for (n = first; n; n = n->next) {
		if (!(n->flags & LYS_CONFIG_W))
			continue;
		rc = fn(n, arg);
		if (!rc)
			rc = walk(lysc_node_child(n), fn, arg);
		if (rc)
			return rc;
	}
	return 0;
}

static int walk_all(const struct ly_ctx *ctx, int (*fn)(const struct lysc_node *n, void *arg),
		    void *arg)
{
	for (size_t i = 0; i < MODULES; i++) {
		const struct lys_module *m = ly_ctx_get_module_implemented(ctx, modules[i]);
		int rc = m && m->compiled ? walk(m->compiled->data, fn, arg) : 0;

		if (rc)
			return rc;
	}
	return 0;
}

static int load_modules(struct config_schema *s, const char *yang_dir, struct error *err)
{
	/* Messages are taken from the context and shown by us, never printed by the library. */
	ly_log_options(LY_LOSTORE_LAST);
	if (ly_ctx_new(yang_dir, LY_CTX_NO_YANGLIBRARY | LY_CTX_DISABLE_SEARCHDIR_CWD, &s->ctx))
		return error_set(err, -ENOENT, "the YANG folder %s cannot be read", yang_dir);
	for (size_t i = 0; i < MODULES; i++)
		if (!ly_ctx_load_module(s->ctx, modules[i], NULL, NULL))
			return config_ly_error(s->ctx, err, -EINVAL, modules[i]);
	return 0;
}

struct laying {
	struct config_schema *s;
	const struct config_handler *handlers;
	const struct lysc_node **schemas; /* of each handler */
	size_t handler_count;
	struct error *err;
};

static int count_node(const struct lysc_node *n, void *arg)
{
	struct config_schema *s = arg;

	s->node_count += is_inner(n);
	return 0;
}

static void mark_parents(const struct lysc_node *n)
{
	for (n = n->parent; n; n = n->parent)
		if (n->priv)
			((struct config_node *)n->priv)->rows_below = true;
}

static bool has_one_parent(const struct lysc_node *n)
{
	for (n = n->parent; n; n = n->parent)
		if (n->nodetype == LYS_LIST)
			return false;
	return true;
}

static int lay_row(struct laying *l, const struct lysc_node *n, struct config_node *node, size_t i)
{
	struct config_row *row;

	if (node->row)
		return error_set(l->err, -EEXIST, "two handler rows for %s", l->handlers[i].path);
	row = &l->s->rows[l->s->row_count++];
	*row = (struct config_row){
		.path = l->handlers[i].path,
		.room = l->handlers[i].room,
		.schema = n,
		.number = l->s->row_count - 1,
		.single = has_one_parent(n),
		.indexed = n->nodetype == LYS_LIST && has_one_parent(n),
	};
	node->row = row;
	mark_parents(n);
	return 0;
}

static int lay_node(const struct lysc_node *n, void *arg)
{
	struct laying *l = arg;
	struct config_node *node;

	if (!is_inner(n))
		return 0;
	node = &l->s->nodes[l->s->node_count++];
	((struct lysc_node *)(uintptr_t)n)->priv = node; /* libyang leaves priv to the caller */
	for (size_t i = 0; i < l->handler_count; i++)
		if (l->schemas[i] == n && lay_row(l, n, node, i))
			return -EEXIST;
	return 0;
}

static int find_handlers(struct laying *l)
{
	for (size_t i = 0; i < l->handler_count; i++) {
		const char *path = l->handlers[i].path;
		const struct lysc_node *n = lys_find_path(l->s->ctx, NULL, path, 0);

		if (!n || !is_inner(n) || !(n->flags & LYS_CONFIG_W))
			return error_set(l->err, -EINVAL,
					 "handler row %s is no container or list of configuration",
					 path);
		l->schemas[i] = n;
	}
	return 0;
}

static int lay_rows(struct config_schema *s, const struct config_handler *handlers, size_t count,
		    struct error *err)
{
	struct laying l = {.s = s, .handlers = handlers, .handler_count = count, .err = err};
	int rc;

	walk_all(s->ctx, count_node, s);
	s->nodes = alloc_array(s->node_count, sizeof(*s->nodes));
	s->rows = alloc_array(count, sizeof(*s->rows));
	l.schemas = alloc_array(count, sizeof(struct lysc_node *));
	s->node_count = 0;
	rc = s->nodes && s->rows && l.schemas ? find_handlers(&l)
					      : error_set(err, -ENOMEM, "no memory for the schema");
	if (!rc)
		rc = walk_all(s->ctx, lay_node, &l);
	alloc_free(l.schemas);
	return rc;
}

static int check_leaf(const struct lysc_node *leaf, struct error *err)
{
	const struct lysc_type *type = ((const struct lysc_node_leaf *)leaf)->type;
	const struct lysc_node *n = leaf->parent;
	char path[256] = "";
	bool tight = type->basetype == LY_TYPE_LEAFREF &&
		     ((const struct lysc_type_leafref *)type)->require_instance;

	while (n && !config_row_of(n))
		n = n->parent;
	if (n && !tight)
		return 0;
	lysc_path(leaf, LYSC_PATH_LOG, path, sizeof(path));
	return error_set(err, -EINVAL,
			 tight ? "%s is a reference that must resolve" : "%s has no handler row",
			 path);
}

static int check_node(const struct lysc_node *n, void *arg)
{
	struct laying *l = arg;

	return n->nodetype & (LYS_LEAF | LYS_LEAFLIST) ? check_leaf(n, l->err) : 0;
}

int config_schema_load(struct config_schema *s, const char *yang_dir,
		       const struct config_handler *handlers, size_t handler_count,
		       struct error *err)
{
	struct laying l = {.s = s, .err = err};
	int rc = load_modules(s, yang_dir, err);

	if (!rc)
		rc = lay_rows(s, handlers, handler_count, err);
	if (!rc)
		rc = walk_all(s->ctx, check_node, &l);
	if (rc)
		config_schema_clear(s);
	return rc;
}

void config_schema_clear(struct config_schema *s)
{
	alloc_free(s->rows);
	alloc_free(s->nodes);
	ly_ctx_destroy(s->ctx);
	*s = (struct config_schema){0};
}
