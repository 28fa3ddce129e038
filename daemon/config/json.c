/* config/json: RFC 7951 values out of a data tree: what was set; what is default where it is asked for. */
#include "config/config_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static json_t *value_json(const struct lyd_value *v, const char *canonical)
{
	switch (v->realtype->basetype) {
	case LY_TYPE_UNION:
		return value_json(&v->subvalue->value, canonical);
	case LY_TYPE_BOOL:
		return json_boolean(v->boolean);
	case LY_TYPE_EMPTY:
		return json_pack("[n]");
	case LY_TYPE_INT8:
	case LY_TYPE_INT16:
	case LY_TYPE_INT32:
	case LY_TYPE_UINT8:
	case LY_TYPE_UINT16:
	case LY_TYPE_UINT32:
		return json_integer(strtoll(canonical, NULL, 10));
	default: /* 64-bit numbers are strings too: RFC 7951, 6.1 */
		return json_string(canonical);
	}
}

static json_t *term_json(const struct lyd_node *node, bool secrets)
{
	if (!secrets && (config_is_secret(node->schema) || config_is_password(node->schema)))
		return json_string(CONFIG_MASK);
	return value_json(&((const struct lyd_node_term *)node)->value, lyd_get_value(node));
}

/* The member's name: with its module at the top and where the module changes. */
static const char *member_name(const struct lysc_node *schema, const struct lysc_node *parent,
			       char *buf, size_t size)
{
	if (parent && parent->module == schema->module)
		return schema->name;
	snprintf(buf, size, "%s:%s", schema->module->name, schema->name);
	return buf;
}

static int cmp_keys(const void *a, const void *b)
{
	return config_key_cmp(*(const struct lyd_node *const *)a,
			      *(const struct lyd_node *const *)b);
}

/* All instances of a list, which stand together from `first` on. */
static json_t *list_json(const struct lyd_node *first, enum config_json_what what, bool secrets)
{
	const struct lyd_node *n, **sorted;
	json_t *array = json_array();
	size_t count = 0;
	int rc = array ? 0 : -ENOMEM;

	for (n = first; n && n->schema == first->schema; n = n->next)
		count++;
	sorted = alloc_array(count, sizeof(*sorted));
	count = 0;
	for (n = first; sorted && n && n->schema == first->schema; n = n->next)
		sorted[count++] = n;
	if (sorted && first->schema->nodetype == LYS_LIST && !lysc_is_userordered(first->schema))
		qsort(sorted, count, sizeof(*sorted), cmp_keys);
	for (size_t i = 0; sorted && i < count && !rc; i++)
		rc = json_array_append_new(array, config_json_node(sorted[i], what, secrets));
	if (rc || !sorted) {
		json_decref(array);
		array = NULL;
	}
	alloc_free(sorted);
	return array;
}

static bool is_for_itself(const struct lysc_node *n, enum config_json_what what)
{
	return (what & CONFIG_JSON_OWN) && config_row_of(n);
}

static bool is_left_out(const struct lyd_node *n, enum config_json_what what)
{
	if (n->schema->nodetype & LYD_NODE_TERM)
		return n->flags & LYD_DEFAULT;
	return is_for_itself(n->schema, what);
}

static json_t *child_json(const struct lyd_node *n, enum config_json_what what, bool secrets)
{
	if (n->schema->nodetype & (LYS_LIST | LYS_LEAFLIST))
		return list_json(n, what, secrets);
	return config_json_node(n, what, secrets);
}

/* An empty container says nothing, unless its presence does. */
static bool says_nothing(const struct lyd_node *n, const json_t *value)
{
	return json_is_object(value) && !json_object_size(value) &&
	       !(n->schema->flags & LYS_PRESENCE);
}

static int add_member(json_t *object, const struct lyd_node *n, enum config_json_what what,
		      bool secrets)
{
	char buf[160];
	json_t *value = child_json(n, what, secrets);

	if (value && says_nothing(n, value)) {
		json_decref(value);
		return 0;
	}
	return json_object_set_new(
		       object, member_name(n->schema, n->schema->parent, buf, sizeof(buf)), value)
		       ? -ENOMEM
		       : 0;
}

static json_t *default_json(const struct lysc_node *leaf)
{
	const struct lyd_value *v = ((const struct lysc_node_leaf *)leaf)->dflt;

	return value_json(v, lyd_value_get_canonical(leaf->module->ctx, v));
}

static bool has_default(const struct lysc_node *n)
{
	return n->nodetype == LYS_LEAF && ((const struct lysc_node_leaf *)n)->dflt;
}

static int add_defaults(json_t *object, const struct lysc_node *parent, enum config_json_what what);

/* A container that is there only for what is in it. */
static int add_container(json_t *object, const char *name, const struct lysc_node *n,
			 enum config_json_what what)
{
	json_t *value = json_object_get(object, name);
	int rc;

	if (value)
		return 0; /* it has its own already */
	value = json_object();
	rc = value ? add_defaults(value, n, what) : -ENOMEM;
	if (!rc && json_object_size(value))
		return json_object_set_new(object, name, value) ? -ENOMEM : 0;
	json_decref(value);
	return rc;
}

/* What holds where the object says nothing. The schema has neither choices nor conditions on defaults. */
static int add_defaults(json_t *object, const struct lysc_node *parent, enum config_json_what what)
{
	const struct lysc_node *n;
	int rc = 0;

	LY_LIST_FOR(lysc_node_child(parent), n)
	{
		char buf[160];
		const char *name = member_name(n, n->parent, buf, sizeof(buf));

		if (rc || !(n->flags & LYS_CONFIG_W) || is_for_itself(n, what))
			continue;
		if (has_default(n) && !json_object_get(object, name))
			rc = json_object_set_new(object, name, default_json(n)) ? -ENOMEM : 0;
		else if (n->nodetype == LYS_CONTAINER && !(n->flags & LYS_PRESENCE))
			rc = add_container(object, name, n, what);
	}
	return rc;
}

json_t *config_json_node(const struct lyd_node *node, enum config_json_what what, bool secrets)
{
	const struct lyd_node *child, *last = NULL;
	json_t *object;
	int rc = 0;

	if (node->schema->nodetype & LYD_NODE_TERM)
		return term_json(node, secrets);
	object = json_object();
	LY_LIST_FOR(lyd_child(node), child)
	{
		bool listed = last && last->schema == child->schema &&
			      (child->schema->nodetype & (LYS_LIST | LYS_LEAFLIST));

		last = child;
		if (object && !rc && !listed && !is_left_out(child, what))
			rc = add_member(object, child, what, secrets);
	}
	if (object && !rc && (what & CONFIG_JSON_DEFAULTS))
		rc = add_defaults(object, node->schema, what);
	if (rc) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* The entry's keys as an object of their own. */
static json_t *keys_json(const struct lyd_node *entry)
{
	json_t *object = json_object();
	const struct lyd_node *key;

	LY_LIST_FOR(lyd_child(entry), key)
	{
		if (!object || !lysc_is_key(key->schema))
			break;
		if (json_object_set_new(object, key->schema->name, term_json(key, true))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/* Appends to the array that is the member, making it; borrowed back. */
static json_t *append_to(json_t *object, const char *name, json_t *entry)
{
	json_t *array = json_object_get(object, name);

	if (!array) {
		array = json_array();
		if (json_object_set_new(object, name, array)) {
			json_decref(entry);
			return NULL;
		}
	}
	return json_array_append_new(array, entry) ? NULL : entry;
}

/* The object in doc that stands for an inner node on the way, made where it is not there. */
static json_t *passage(json_t *doc, const struct lyd_node *node)
{
	json_t *parent = doc, *object;
	char buf[160];
	const char *name;

	if (!node)
		return doc;
	parent = passage(doc, lyd_parent(node));
	if (!parent)
		return NULL;
	name = member_name(node->schema, node->schema->parent, buf, sizeof(buf));
	if (node->schema->nodetype == LYS_LIST)
		return append_to(parent, name, keys_json(node));
	object = json_object_get(parent, name);
	if (object)
		return object;
	object = json_object();
	return json_object_set_new(parent, name, object) ? NULL : object;
}

int config_json_place(json_t *doc, const struct lyd_node *node, enum config_json_what what,
		      bool secrets)
{
	json_t *value = config_json_node(node, what, secrets);
	json_t *parent;
	char buf[160];
	const char *name;

	if (!value)
		return -ENOMEM;
	if (says_nothing(node, value)) {
		json_decref(value);
		return 0;
	}
	parent = passage(doc, lyd_parent(node));
	if (!parent) {
		json_decref(value);
		return -ENOMEM;
	}
	name = member_name(node->schema, node->schema->parent, buf, sizeof(buf));
	if (node->schema->nodetype & (LYS_LIST | LYS_LEAFLIST))
		return append_to(parent, name, value) ? 0 : -ENOMEM;
	/* A container whose nested entries came before: its own members join them. */
	if (json_is_object(value) && json_object_get(parent, name)) {
		int rc = json_object_update(json_object_get(parent, name), value);

		json_decref(value);
		return rc ? -ENOMEM : 0;
	}
	return json_object_set_new(parent, name, value) ? -ENOMEM : 0;
}

/* The object in doc that stands for a container, made where it is not there. */
static json_t *schema_passage(json_t *doc, const struct lysc_node *n)
{
	json_t *parent = doc, *object;
	char buf[160];
	const char *name;

	if (!n)
		return doc;
	parent = schema_passage(doc, n->parent);
	name = member_name(n, n->parent, buf, sizeof(buf));
	object = json_object_get(parent, name);
	if (object || !parent)
		return object;
	object = json_object();
	return json_object_set_new(parent, name, object) ? NULL : object;
}

static int place_default(json_t *doc, const struct lysc_node *leaf)
{
	json_t *parent = schema_passage(doc, leaf->parent);
	char buf[160];
	const char *name = member_name(leaf, leaf->parent, buf, sizeof(buf));

	if (!parent)
		return -ENOMEM;
	return json_object_set_new(parent, name, default_json(leaf)) ? -ENOMEM : 0;
}

int config_json_place_defaults(json_t *doc, const struct lysc_node *schema,
			       enum config_json_what what)
{
	json_t *own = json_object(), *object;
	int rc = own ? 0 : -ENOMEM;

	if (has_default(schema))
		rc = place_default(doc, schema);
	else if (!rc && schema->nodetype == LYS_CONTAINER && !(schema->flags & LYS_PRESENCE))
		rc = add_defaults(own, schema, what);
	if (!rc && json_object_size(own)) {
		object = schema_passage(doc, schema);
		rc = object && !json_object_update_missing(object, own) ? 0 : -ENOMEM;
	}
	json_decref(own);
	return rc;
}
