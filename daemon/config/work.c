/*
 * config/work: what grows with an edit: parsing, the fragment, landing, freeing. A small edit is worked on
 * where it is asked for; a large one on a worker, so that no turn of the loop grows with it. Meanwhile
 * running is the worker's alone (config_get() says -EBUSY): libyang's look-ups are not for two threads, for
 * a look-up exchanges the comparison of the hash table for a moment.
 *
 * What one thread has allocated it frees itself, as far as it is much: the C library sorts what others have
 * freed into its bins at the next allocation, all of it at once.
 */
#include "config/config_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Counted down from `left`. */
static size_t weigh_json(const json_t *json, size_t left)
{
	const char *member;
	json_t *value;
	size_t i;

	if (left)
		left--;
	json_object_foreach((json_t *)(uintptr_t)json, member, value)
	{
		if (!left)
			return 0;
		left = weigh_json(value, left);
	}
	json_array_foreach(json, i, value)
	{
		if (!left)
			return 0;
		left = weigh_json(value, left);
	}
	return left;
}

bool config_json_is_large(const json_t *json)
{
	return !weigh_json(json, CONFIG_INLINE);
}

static size_t weigh_tree(const struct lyd_node *node, size_t left)
{
	const struct lyd_node *child;

	if (left)
		left--;
	LY_LIST_FOR(lyd_child(node), child)
	{
		if (!left)
			return 0;
		left = weigh_tree(child, left);
	}
	return left;
}

/* What the fragment will copy: of whole objects all, of the way to them the edit's own nodes. */
static size_t weigh_edit(const struct lyd_node *edit, const struct lyd_node *running, size_t left)
{
	for (; edit && left; edit = edit->next) {
		const struct lyd_node *node = NULL;

		left--;
		if (edit->schema->nodetype & LYD_NODE_TERM)
			continue;
		node = config_instance(running, edit);
		if (node && (config_takes_whole(edit) || !config_has_rows_below(node->schema)))
			left = weigh_tree(node, left);
		else
			left = weigh_edit(lyd_child_no_keys(edit), node ? lyd_child(node) : NULL,
					  left);
	}
	return left;
}

bool config_edit_is_large(const struct lyd_node *edit, const struct lyd_node *running)
{
	return !weigh_edit(edit, running, CONFIG_INLINE);
}

void config_work_parse(void *work)
{
	struct config_work *w = work;
	bool sealed = false;

	if (!config_seal_json(w->schema, w->seal, w->json, &sealed, &w->err) &&
	    !config_parse_edit(w->schema, w->json, &w->edit, &w->err) && w->is_kept) {
		w->text = json_dumps(w->json, JSON_COMPACT);
		if (!w->text)
			error_set(&w->err, -ENOMEM, "no memory for the edit");
	}
	config_wipe_json(w->schema, w->json);
	w->is_parsed = true;
}

void config_work_make(void *work)
{
	struct config_work *w = work;

	if (!w->is_parsed)
		config_work_parse(w);
	if (!w->err.code)
		config_fragment_make(w->f, w->schema, w->seal, w->running->top, w->edit, &w->err);
	lyd_free_all(w->edit);
	w->edit = NULL;
}

void config_work_merge(void *work)
{
	struct config_work *w = work;
	bool is_there = false;

	w->json = config_file_json(w->file, &is_there);
	if (w->json) {
		config_work_make(w);
		return;
	}
	w->err = w->file->err;
	if (!w->err.code)
		error_set(&w->err, -ENOENT, "%s is not present", w->file->title);
}

void config_work_read(void *work)
{
	struct config_work *w = work;
	struct lyd_node *tree;
	int rc;

	config_archive_scan(w->state_dir, &w->archive);
	config_file_read(w->file);
	tree = w->file->tree;
	w->file->tree = NULL;
	if (w->file->err.code) {
		w->err = w->file->err;
		lyd_free_all(tree);
		return;
	}
	rc = config_fragment_all(w->f, tree);
	if (rc)
		error_set(&w->err, rc, "no memory for the configuration");
}

void config_work_land(void *work)
{
	struct config_work *w = work;
	int rc = config_fragment_land(w->f, w->schema, w->running);

	config_fragment_clear(w->f);
	if (rc)
		error_set(&w->err, rc, "no memory for the commit");
}

void config_work_sweep(void *work)
{
	config_fragment_clear(((struct config_work *)work)->f);
}

void config_work_gather(void *work)
{
	struct config_work *w = work;

	w->file->text = config_data_text(w->schema, w->running);
	if (!w->file->text)
		error_set(&w->err, -ENOMEM, "no memory for saving");
}

void config_json_drop(json_t *json, size_t *left)
{
	const char *member;
	json_t *value;

	while (*left && json_array_size(json)) {
		size_t last = json_array_size(json) - 1;

		config_json_drop(json_array_get(json, last), left);
		if (!*left)
			return;
		json_array_remove(json, last);
		--*left;
	}
	json_object_foreach(json, member, value)
	{
		config_json_drop(value, left);
	}
}

void config_work_clear(struct config_work *w)
{
	if (w->json)
		config_wipe_json(w->schema, w->json);
	json_decref(w->json);
	free(w->text); /* jansson's */
	lyd_free_all(w->edit);
	*w = (struct config_work){0};
}
