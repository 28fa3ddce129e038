/*
 * config/candidate: configurations beside running.
 *
 * A candidate is a whole configuration of its own, kept by its owner and by each request that is about it;
 * only requests change it, so that a worker may have it in hand while the owner goes away. An edit is made
 * and validated in a fragment, as for running, and lands in the candidate's data: no room hears of it. The
 * texts of edits are kept where the commit is to do them again. What grows with a candidate is done on a
 * worker: filling, comparing, freeing.
 */
#include "config/config_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/jobs.h"
#include "log/log.h"

/* ---- life ------------------------------------------------------------------------------------------ */

struct config_candidate *config_candidate_new(struct config *c, struct error *err)
{
	struct config_candidate *k = NULL;

	if (c->candidate_count >= CONFIG_CANDIDATES_MAX)
		error_set(err, -EBUSY, "%d candidate configurations are open already",
			  CONFIG_CANDIDATES_MAX);
	else
		k = alloc_zero(sizeof(*k));
	if (!k) {
		error_set(err, -ENOMEM, "no memory for a candidate configuration");
		return NULL;
	}
	k->config = c;
	k->refs = 1;
	c->candidate_count++;
	return k;
}

/* What is freed on a worker: it may be much. */
struct scrap {
	struct config_data data;
	char **edits;
	size_t edit_count;
};

static void scrap_run(void *arg)
{
	struct scrap *s = arg;

	for (size_t i = 0; i < s->edit_count; i++)
		free(s->edits[i]); /* jansson's */
	alloc_free(s->edits);
	config_data_clear(&s->data);
	s->edits = NULL;
	s->edit_count = 0;
}

static void scrap_done(void *arg, int err)
{
	if (err)
		scrap_run(arg);
	alloc_free(arg);
}

/* Without a worker it is done here and now: a long turn, but nothing is lost. */
static void scrap(struct config *c, struct scrap *what)
{
	bool is_much = what->data.top || what->edit_count;
	struct scrap *s = is_much && c->jobs ? alloc_zero(sizeof(*s)) : NULL;

	if (s) {
		*s = *what;
		if (!jobs_submit(c->jobs, scrap_run, scrap_done, s))
			return;
		alloc_free(s);
	}
	scrap_run(what);
}

void config_data_scrap(struct config *c, struct config_data *d)
{
	struct scrap s = {.data = *d};

	*d = (struct config_data){0};
	scrap(c, &s);
}

static void forget_edits(struct config_candidate *k)
{
	struct scrap s = {.edits = k->edits, .edit_count = k->edit_count};

	k->edits = NULL;
	k->edit_count = k->edit_cap = k->edit_bytes = 0;
	scrap(k->config, &s);
}

void config_candidate_unref(struct config_candidate *k)
{
	if (!k || --k->refs)
		return;
	k->config->candidate_count--;
	config_data_scrap(k->config, &k->data);
	forget_edits(k);
	alloc_free(k);
}

struct config_candidate *config_candidate_ref(struct config_candidate *k)
{
	k->refs++;
	return k;
}

/* ---- what is asked for ----------------------------------------------------------------------------- */

void config_candidate_fill(struct config_candidate *k, enum config_source from, unsigned int number,
			   config_done *done, void *arg)
{
	struct config_request r = {.kind = CONFIG_FILL,
				   .k = k,
				   .from = from,
				   .number = number,
				   .done = done,
				   .arg = arg};

	config_submit(k->config, &r);
}

void config_candidate_edit(struct config_candidate *k, json_t *edit, config_done *done, void *arg)
{
	struct config_request r = {
		.kind = CONFIG_AMEND, .k = k, .edit = edit, .done = done, .arg = arg};

	config_submit(k->config, &r);
}

void config_candidate_commit(struct config_candidate *k, const char *who, unsigned int minutes,
			     struct config_counts *counts, config_done *done, void *arg)
{
	struct config_request r = {.kind = CONFIG_COMMIT,
				   .k = k,
				   .who = (char *)(uintptr_t)who,
				   .minutes = minutes,
				   .counts = counts,
				   .done = done,
				   .arg = arg};

	config_submit(k->config, &r);
}

void config_candidate_check(struct config_candidate *k, struct config_counts *counts,
			    config_done *done, void *arg)
{
	struct config_request r = {
		.kind = CONFIG_CHECK_CANDIDATE, .k = k, .counts = counts, .done = done, .arg = arg};

	config_submit(k->config, &r);
}

static int no_candidate(struct error *err)
{
	return error_set(err, -ENOENT, "there is no candidate configuration");
}

int config_candidate_get(struct config_candidate *k, const char *path, unsigned int how,
			 uint64_t *cursor, size_t max, json_t **out, struct error *err)
{
	const struct config *c = k->config;
	bool is_at_work = c->phase == CONFIG_FILLING || c->phase == CONFIG_AMENDING ||
			  c->phase == CONFIG_MAKING;

	if (is_at_work && c->now && c->now->k == k)
		return error_set(err, -EBUSY, "the candidate configuration is being changed");
	if (!k->is_filled)
		return no_candidate(err);
	return config_get_page(&c->schema, &k->data, path, how, cursor, max, out, err);
}

/* ---- filling --------------------------------------------------------------------------------------- */

static int fill_empty(struct config_work *w, struct config_data *data)
{
	struct lyd_node *tree = NULL;

	if (lyd_validate_all(&tree, w->schema->ctx, LYD_VALIDATE_NO_STATE, NULL))
		return config_ly_error(w->schema->ctx, &w->err, -EINVAL, "");
	return config_data_take(data, w->schema, tree);
}

static int fill_stored(struct config_work *w, struct config_data *data)
{
	struct lyd_node *tree;

	w->file->is_wanted = true;
	config_file_read(w->file);
	tree = w->file->tree;
	w->file->tree = NULL;
	if (!w->file->err.code)
		return config_data_take(data, w->schema, tree);
	w->err = w->file->err;
	lyd_free_all(tree);
	return w->err.code;
}

/* Into fresh data, so that a source which cannot be read leaves the candidate as it was. */
static void run_fill(void *work)
{
	struct config_work *w = work;
	struct config_data data = {0};
	int rc;

	if (w->from == CONFIG_FROM_RUNNING)
		rc = config_data_copy(&data, w->schema, w->running);
	else if (w->from == CONFIG_FROM_EMPTY)
		rc = fill_empty(w, &data);
	else
		rc = fill_stored(w, &data);
	if (rc)
		error_set(&w->err, rc, "no memory for the candidate configuration");
	else
		config_data_swap(&data, &w->k->data);
	config_data_clear(&data);
}

enum config_step config_begin_fill(struct config *c)
{
	c->work.k = c->now->k;
	c->work.from = c->now->from;
	config_set_file(c, c->now->from, c->now->number);
	return config_start_work(c, CONFIG_FILLING, run_fill);
}

enum config_step config_filled_step(struct config *c)
{
	struct config_candidate *k = c->now->k;
	struct error err = c->work.err;

	if (!c->commit.answered)
		return CONFIG_WAIT;
	if (!err.code && k) {
		forget_edits(k);
		k->from = c->now->from;
		k->is_filled = true;
	}
	return config_finish(c, err.code, &err);
}

/* ---- an edit of a candidate ------------------------------------------------------------------------ */

static int keep_edit(struct config_work *w)
{
	struct config_candidate *k = w->k;

	if (k->edit_count == k->edit_cap) {
		size_t cap = k->edit_cap ? 2 * k->edit_cap : 16;
		char **grown = alloc_grow(k->edits, k->edit_cap, cap, sizeof(*grown));

		if (!grown)
			return error_set(&w->err, -ENOMEM, "no memory for the edit");
		k->edits = grown;
		k->edit_cap = cap;
	}
	k->edits[k->edit_count++] = w->text;
	k->edit_bytes += strlen(w->text);
	w->text = NULL;
	return 0;
}

static void drop_edit(struct config_candidate *k)
{
	char *text = k->edits[--k->edit_count];

	k->edit_bytes -= strlen(text);
	free(text); /* jansson's */
}

static void land_in_candidate(struct config_work *w)
{
	bool is_kept = w->k->from == CONFIG_FROM_RUNNING;
	int rc;

	if (w->k->edit_bytes + strlen(w->text) > CONFIG_EDITS_MAX) {
		error_set(&w->err, -EFBIG, "the candidate configuration has edits of %u MiB",
			  CONFIG_EDITS_MAX >> 20);
		return;
	}
	if (is_kept && keep_edit(w))
		return;
	rc = config_fragment_land(w->f, w->schema, &w->k->data);
	if (rc)
		error_set(&w->err, rc, "no memory for the edit");
	if (rc && is_kept)
		drop_edit(w->k);
	if (!rc && !is_kept)
		w->k->edit_bytes += strlen(w->text);
}

static void run_amend(void *work)
{
	struct config_work *w = work;

	if (!w->is_parsed)
		config_work_parse(w);
	if (!w->err.code)
		config_fragment_make(w->f, w->schema, w->seal, w->k->data.top, w->edit, &w->err);
	if (!w->err.code)
		land_in_candidate(w);
	lyd_free_all(w->edit);
	w->edit = NULL;
	config_fragment_clear(w->f);
}

static enum config_step amended(struct config *c)
{
	struct error err = c->work.err;

	if (c->commit.large)
		config_scrap(c, c->work.json);
	else
		json_decref(c->work.json);
	c->work.json = NULL;
	return config_finish(c, err.code, &err);
}

enum config_step config_amended_step(struct config *c)
{
	return c->commit.answered ? amended(c) : CONFIG_WAIT;
}

enum config_step config_begin_amend(struct config *c)
{
	struct config_candidate *k = c->now->k;
	struct config_work *w = &c->work;
	struct error err = {0};

	if (!k->is_filled)
		return config_finish(c, no_candidate(&err), &err);
	*w = (struct config_work){.schema = &c->schema,
				  .seal = c->paths.seal,
				  .json = c->now->edit,
				  .is_kept = true,
				  .f = &c->commit.f,
				  .k = k};
	c->now->edit = NULL;
	if (config_json_is_large(w->json))
		return config_start_work(c, CONFIG_AMENDING, run_amend);
	config_work_parse(w);
	if (!w->err.code && config_edit_is_large(w->edit, k->data.top))
		return config_start_work(c, CONFIG_AMENDING, run_amend);
	run_amend(w);
	return amended(c);
}

/* ---- the commit of a candidate --------------------------------------------------------------------- */

typedef int each_edit(struct config_work *w, const struct lyd_node *edit);

static int gather_edit(struct config_work *w, const struct lyd_node *edit)
{
	return config_fragment_gather(w->f, w->running->top, edit, &w->err);
}

static int apply_edit(struct config_work *w, const struct lyd_node *edit)
{
	return config_fragment_apply(w->f, w->seal, edit, &w->err);
}

/* Parsed for each pass: a candidate of many edits then takes the memory of one. */
static int pass(struct config_work *w, each_edit *fn)
{
	int rc = 0;

	for (size_t i = 0; i < w->k->edit_count && !rc; i++) {
		json_t *json = json_loads(w->k->edits[i], 0, NULL);
		struct lyd_node *edit = NULL;

		if (!json)
			rc = error_set(&w->err, -ENOMEM, "no memory for the edit");
		else
			rc = config_parse_edit(w->schema, json, &edit, &w->err);
		if (!rc)
			rc = fn(w, edit);
		lyd_free_all(edit);
		json_decref(json);
	}
	return rc;
}

/* All edits as one: what they touch is gathered, then they are done in their order. */
static void replay(struct config_work *w)
{
	int rc = pass(w, gather_edit);

	if (!rc)
		rc = config_fragment_begin(w->f, &w->err);
	if (!rc)
		rc = pass(w, apply_edit);
	if (!rc)
		rc = config_fragment_finish(w->f, w->schema, &w->err);
	if (rc)
		config_fragment_clear(w->f);
}

void config_work_replace(struct config_work *w, struct config_data *by)
{
	if (config_fragment_between(w->f, w->schema, w->seal, w->running->top, &by->top, &w->err) ||
	    !w->f->count || !w->archiving)
		return;
	config_archive_data(w->archiving, w->schema, w->running);
	if (w->archiving->err.code && !w->is_optional) {
		w->err = w->archiving->err;
		config_fragment_clear(w->f);
	}
}

static void run_commit(void *work)
{
	struct config_work *w = work;
	int rc = w->guard ? config_data_copy(w->guard, w->schema, w->running) : 0;

	if (rc)
		error_set(&w->err, rc, "no memory to keep the configuration as it is");
	else if (w->k->from == CONFIG_FROM_RUNNING)
		replay(w);
	else
		config_work_replace(w, &w->k->data);
}

enum config_step config_begin_commit(struct config *c)
{
	struct config_request *r = c->now;
	struct error err = {0};

	if (!r->k->is_filled)
		return config_finish(c, no_candidate(&err), &err);
	c->work.k = r->k;
	if (r->kind == CONFIG_COMMIT && r->k->from != CONFIG_FROM_RUNNING &&
	    config_archive_prepare(c, CONFIG_WHY_REPLACE)) {
		c->work.archiving = &c->archiving;
	}
	c->work.guard = r->minutes && !c->guard.is_armed ? &c->guard.data : NULL;
	return config_start_work(c, CONFIG_MAKING, run_commit);
}

void config_candidate_land(struct config *c)
{
	config_data_swap(&c->running, c->now->k ? &c->now->k->data : &c->guard.data);
}

void config_candidate_concluded(struct config *c, int err)
{
	struct config_candidate *k = c->now->k;

	if (err || c->now->kind != CONFIG_COMMIT)
		return;
	if (k->from != CONFIG_FROM_RUNNING && c->commit.changes)
		log_say(c->log, NULL, CONFIG_R);
	k->is_filled = false;
	forget_edits(k);
	config_data_scrap(c, &k->data);
}
