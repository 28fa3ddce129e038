/*
 * api/rows: state rows and actions held against the modules, and documents made of entries. A row that
 * the modules do not know stops the start: nothing is answered that is not modelled.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "api/api_internal.h"
#include "base/alloc.h"
#include "base/text.h"
#include "config/config.h"

int rows_check(const struct api *a, struct api_row *rows, struct error *err)
{
	for (size_t i = 0; i < a->row_count; i++) {
		const char *path = rows[i].state->path;
		const struct lysc_node *n = lys_find_path(config_context(a->config), NULL, path, 0);

		if (!n || !(n->flags & LYS_CONFIG_R) || !(n->nodetype & (LYS_LIST | LYS_CONTAINER)))
			return error_set(err, -EINVAL, "%s is no list or container of state", path);
		rows[i].is_list = n->nodetype == LYS_LIST;
	}
	return 0;
}

bool row_matches(const struct api_row *row, const char *path)
{
	size_t len = strlen(path);

	return !strncmp(row->state->path, path, len) &&
	       (!len || row->state->path[len] == '\0' || row->state->path[len] == '/');
}

/* One "[key='value']" into the filter; returns what follows, NULL: malformed. */
static const char *take_key(const char *at, json_t *filter)
{
	const char *equals = strchr(at, '=');
	char key[65], quote;
	const char *end;

	if (!equals || (size_t)(equals - at) > sizeof(key) || equals < at + 2)
		return NULL;
	memcpy(key, at + 1, (size_t)(equals - at - 1));
	key[equals - at - 1] = '\0';
	quote = equals[1];
	if (quote != '\'' && quote != '"')
		return NULL;
	end = strchr(equals + 2, quote);
	if (!end || end[1] != ']')
		return NULL;
	if (json_object_set_new(filter, key, json_stringn(equals + 2, (size_t)(end - equals - 2))))
		return NULL;
	return end + 2;
}

int path_split(const char *path, char *bare, size_t size, json_t **filter)
{
	const char *at = strchr(path, '[');
	size_t len = at ? (size_t)(at - path) : strlen(path);

	*filter = NULL;
	if (len >= size)
		return -EINVAL;
	memcpy(bare, path, len);
	bare[len] = '\0';
	if (!at)
		return 0;
	*filter = json_object();
	while (*filter && at && *at == '[')
		at = take_key(at, *filter);
	if (*filter && at && !*at)
		return 0;
	json_decref(*filter);
	*filter = NULL;
	return -EINVAL;
}

/* A key in a path is text; in an entry it may be a number. */
static bool same_value(const json_t *value, const json_t *wanted)
{
	char number[32];

	if (json_is_integer(value) && json_is_string(wanted)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		return !strcmp(number, json_string_value(wanted));
	}
	return json_equal(value, wanted);
}

static bool fits(json_t *entry, const json_t *filter, const char *but)
{
	const char *member;
	json_t *wanted;

	json_object_foreach((json_t *)(uintptr_t)filter, member, wanted)
	{
		if ((!but || strcmp(member, but) != 0) &&
		    !same_value(json_object_get(entry, member), wanted))
			return false;
	}
	return true;
}

void rows_filter(json_t *entries, const json_t *filter, const char *but)
{
	for (size_t i = json_array_size(entries); filter && i-- > 0;)
		if (!fits(json_array_get(entries, i), filter, but))
			json_array_remove(entries, i);
}

static int place_list(json_t *parent, const char *name, json_t *entries)
{
	json_t *array = json_object_get(parent, name);

	if (!json_array_size(entries))
		return 0;
	if (array)
		return json_array_extend(array, entries) ? -ENOMEM : 0;
	return json_object_set(parent, name, entries) ? -ENOMEM : 0;
}

/* Members join those of lists below the container that came before. */
static int place_container(json_t *parent, const char *name, json_t *entries)
{
	json_t *object = json_object_get(parent, name);
	json_t *entry = json_array_get(entries, 0);

	if (!entry)
		return 0;
	if (object)
		return json_object_update(object, entry) ? -ENOMEM : 0;
	return json_object_set(parent, name, entry) ? -ENOMEM : 0;
}

int row_place(json_t *doc, const struct api_row *row, json_t *entries)
{
	const char *at = row->state->path + 1;
	json_t *parent = doc;
	char name[160];

	if (!json_array_size(entries))
		return 0;
	for (;;) {
		size_t len = strcspn(at, "/");
		json_t *object;

		if (len >= sizeof(name))
			return -EINVAL;
		memcpy(name, at, len);
		name[len] = '\0';
		if (!at[len])
			break;
		at += len + 1;
		object = json_object_get(parent, name);
		if (!object) {
			object = json_object();
			if (json_object_set_new(parent, name, object))
				return -ENOMEM;
		}
		parent = object;
	}
	return row->is_list ? place_list(parent, name, entries)
			    : place_container(parent, name, entries);
}

bool action_is_known(const struct api *a, const char *path)
{
	char full[160];
	const struct lysc_node *n;

	snprintf(full, sizeof(full), "/%s", path);
	n = lys_find_path(config_context(a->config), NULL, full, 0);
	return n && n->nodetype == LYS_RPC;
}

static int ly_complain(const struct ly_ctx *ctx, const char *path, struct error *err)
{
	const struct ly_err_item *last = ly_err_last(ctx);

	return error_set(err, -EINVAL, "%s: %s %s", path,
			 last && last->msg ? last->msg : "no memory",
			 last && last->path ? last->path : "");
}

int action_check(const struct ly_ctx *ctx, const char *path, const json_t *input, struct error *err)
{
	json_t *doc = input ? json_pack("{s:O}", path, (json_t *)(uintptr_t)input)
			    : json_pack("{s:{}}", path);
	char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
	struct lyd_node *tree = NULL, *op = NULL;
	struct ly_in *in = NULL;
	int rc = 0;

	json_decref(doc);
	if (!text || ly_in_new_memory(text, &in))
		rc = error_set(err, -ENOMEM, "no memory for the action");
	else if (lyd_parse_op(ctx, NULL, in, LYD_JSON, LYD_TYPE_RPC_YANG, &tree, &op) || !op ||
		 lyd_validate_op(tree, NULL, LYD_TYPE_RPC_YANG, NULL))
		rc = ly_complain(ctx, path, err);
	lyd_free_all(tree);
	ly_in_free(in, 0);
	free(text); /* jansson's */
	return rc;
}
