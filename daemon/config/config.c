/*
 * config: the object, the queue of what was asked for, load and save.
 *
 * One request at a time, in the order of asking: a load, an edit, a check or a save. Each is a small
 * machine of steps (config_run); a step ends by going on, by leaving the turn (so that no turn grows
 * with the configuration), or by waiting for a room or a worker. Running changes at the end of a commit
 * only; whoever reads meanwhile sees it as it was, or waits while a worker has it (work.c). Memory and
 * refusals come back through the request's `done`, once.
 */
#include "config/config_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/jobs.h"
#include "base/text.h"
#include "log/log.h"

static void request_free(struct config *c, struct config_request *r)
{
	if (!r)
		return;
	if (r->edit)
		config_wipe_json(&c->schema, r->edit);
	json_decref(r->edit);
	config_candidate_unref(r->k);
	alloc_free(r->who);
	alloc_free(r);
}

static void say_author(void *config)
{
	struct config *c = config;

	loop_timer_stop(&c->said);
	if (*c->author)
		log_say(c->log, NULL, CONFIG_I, c->author);
	*c->author = '\0';
}

/* Somebody who types, or loads a file, makes a commit of each line: one message says it, a little after
 * the last. */
static void note_author(struct config *c, const char *who)
{
	if (strcmp(c->author, who) != 0)
		say_author(c);
	text_copy(c->author, sizeof(c->author), who);
	if (loop_timer_set(&c->said, CONFIG_SAY_MS))
		say_author(c);
}

static void drop_scrap(void *config)
{
	struct config *c = config;
	size_t left = CONFIG_SLICE;

	config_json_drop(c->scrap, &left);
	if (!left && !loop_timer_set(&c->scrap_timer, 0))
		return;
	json_decref(c->scrap);
	c->scrap = NULL;
}

static int add_rooms(struct config *c, const struct config_handler *handlers, size_t count,
		     struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < c->room_count && c->rooms[k] != handlers[i].room)
			k++;
		if (k < c->room_count)
			continue;
		if (k == CONFIG_ROOMS_MAX)
			return error_set(err, -E2BIG, "more than %d rooms take part in commits",
					 CONFIG_ROOMS_MAX);
		c->rooms[c->room_count++] = handlers[i].room;
	}
	return 0;
}

struct config *config_new(struct loop *loop, struct jobs *jobs, struct log *log,
			  const struct config_paths *paths, const struct config_handler *handlers,
			  size_t handler_count, struct error *err)
{
	struct config *c = alloc_zero(sizeof(*c));

	if (!c) {
		error_set(err, -ENOMEM, "no memory for the configuration");
		return NULL;
	}
	c->loop = loop;
	c->jobs = jobs;
	c->log = log;
	c->paths = *paths;
	list_init(&c->waiting);
	loop_timer_init(&c->timer, loop, "config", config_run, c);
	loop_timer_init(&c->scrap_timer, loop, "config: parsed edits", drop_scrap, c);
	loop_timer_init(&c->said, loop, "config message", say_author, c);
	loop_timer_init(&c->archive.timer, loop, "config: archive", config_archive_period, c);
	config_archive_settle(c);
	loop_timer_init(&c->guard.timer, loop, "config: undoing", config_guard_expired, c);
	if (add_rooms(c, handlers, handler_count, err) ||
	    config_schema_load(&c->schema, paths->yang_dir, handlers, handler_count, err) ||
	    config_data_init(&c->running, &c->schema)) {
		error_set(err, -ENOMEM, "no memory for the configuration");
		config_free(c);
		return NULL;
	}
	return c;
}

/* The next of those that wait, or, `loading`, the next that asks to load. NULL: none. */
static struct config_request *pop_request(struct config *c, bool loading)
{
	struct list *it;

	list_for_each(it, &c->waiting)
	{
		struct config_request *r = list_entry(it, struct config_request, node);

		if (loading && r->kind != CONFIG_LOAD)
			continue;
		list_remove(it);
		c->waiting_count--;
		return r;
	}
	return NULL;
}

void config_free(struct config *c)
{
	struct config_request *r;

	if (!c)
		return;
	c->jobs = NULL;
	loop_timer_stop(&c->timer);
	loop_timer_stop(&c->scrap_timer);
	json_decref(c->scrap);
	say_author(c);
	while ((r = c->now ? c->now : pop_request(c, false))) {
		c->now = NULL;
		r->done(r->arg, -ECANCELED, NULL);
		request_free(c, r);
	}
	config_commit_clear(c);
	config_work_clear(&c->work);
	free(c->file.text); /* jansson's */
	lyd_free_all(c->file.tree);
	loop_timer_stop(&c->archive.timer);
	config_guard_free(c);
	config_data_clear(&c->running);
	config_schema_clear(&c->schema);
	alloc_free(c);
}

void config_schedule(struct config *c)
{
	/* Without memory for the timer it is done here and now: a deeper stack, but never lost. */
	if (loop_timer_set(&c->timer, 0))
		config_run(c);
}

static enum config_step conclude(struct config *c, int err, const struct error *why)
{
	struct config_request *r = c->now;
	struct error kept = why ? *why : (struct error){0};

	if (!err && r->kind == CONFIG_LOAD)
		c->loaded = true;
	if (!err && r->who && !r->quiet && c->commit.changes && r->kind != CONFIG_REVERT)
		note_author(c, r->who);
	config_archive_concluded(c);
	config_guard_concluded(c, err);
	config_candidate_concluded(c, err);
	c->now = NULL;
	c->phase = CONFIG_IDLE;
	config_commit_clear(c);
	config_work_clear(&c->work);
	c->file = (struct config_file){0};
	r->done(r->arg, err, err ? &kept : NULL);
	request_free(c, r);
	return list_empty(&c->waiting) ? CONFIG_WAIT : CONFIG_YIELD;
}

void config_scrap(struct config *c, json_t *json)
{
	if (!c->scrap)
		c->scrap = json_array();
	if (json_array_append_new(c->scrap, json)) /* which frees it, too, if it fails */
		return;
	if (!loop_timer_armed(&c->scrap_timer) && loop_timer_set(&c->scrap_timer, 0))
		drop_scrap(c);
}

/* A large fragment that did not land is freed on a worker, before the answer. */
enum config_step config_finish(struct config *c, int err, const struct error *why)
{
	struct error kept = why ? *why : (struct error){0};

	if (!c->commit.large || c->commit.f.is_borrowed || (!c->commit.f.old && !c->commit.f.new))
		return conclude(c, err, why);
	c->commit.why = kept;
	c->commit.why.code = err;
	return config_start_work(c, CONFIG_SWEEPING, config_work_sweep);
}

static void job_done(void *file, int err)
{
	struct config *c = list_entry(file, struct config, file);

	if (err)
		error_set(&c->file.err, err, "%s: %s", c->paths.startup, strerror(-err));
	c->commit.answered = true;
	config_schedule(c);
}

void config_set_file(struct config *c, enum config_source from, unsigned int number)
{
	bool is_archive = from == CONFIG_FROM_ARCHIVE;

	c->file.dir = is_archive ? c->paths.state_dir : c->paths.config_dir;
	c->file.name = is_archive ? config_archive_file(c, number) : c->paths.startup;
	c->file.title = is_archive ? c->archive.title : "startup-config";
	c->file.schema = &c->schema;
	c->file.seal = c->paths.seal;
	c->work.file = &c->file;
}

static void work_done(void *work, int err)
{
	struct config *c = list_entry(work, struct config, work);

	if (err)
		error_set(&c->work.err, err, "%s", strerror(-err));
	c->commit.answered = true;
	config_schedule(c);
}

/* Without a worker it is done here and now: a long turn, but what all agreed to is not lost. */
enum config_step config_start_work(struct config *c, enum config_phase phase,
				   void (*run)(void *work))
{
	struct config_work *w = &c->work;

	w->schema = &c->schema;
	w->seal = c->paths.seal;
	w->f = &c->commit.f;
	w->running = &c->running;
	w->state_dir = c->paths.state_dir;
	w->err = (struct error){0};
	c->commit.large = true;
	c->commit.answered = false;
	c->phase = phase;
	if (!jobs_submit(c->jobs, run, work_done, w))
		return CONFIG_WAIT;
	run(w);
	c->commit.answered = true;
	return CONFIG_NEXT;
}

static enum config_step begin_load(struct config *c)
{
	config_set_file(c, CONFIG_FROM_STARTUP, 0);
	return config_start_work(c, CONFIG_READING, config_work_read);
}

enum config_step config_made(struct config *c)
{
	struct error err = c->work.err;

	if (c->commit.large && c->work.json)
		config_scrap(c, c->work.json);
	else
		json_decref(c->work.json);
	c->work.json = NULL;
	if (c->now->kind == CONFIG_LOAD)
		c->archive.list = c->work.archive;
	c->commit.changes = c->commit.f.count > 0;
	if (c->now->counts)
		config_fragment_count(&c->commit.f, c->now->counts);
	if (err.code || !c->commit.changes)
		return config_finish(c, err.code, &err);
	c->phase = CONFIG_PREPARING;
	return CONFIG_NEXT;
}

static enum config_step made_step(struct config *c)
{
	if (!c->commit.answered)
		return CONFIG_WAIT;
	c->commit.answered = false;
	return config_made(c);
}

static enum config_step begin_edit(struct config *c)
{
	struct config_work *w = &c->work;

	*w = (struct config_work){.schema = &c->schema,
				  .seal = c->paths.seal,
				  .json = c->now->edit,
				  .f = &c->commit.f,
				  .running = &c->running};
	c->now->edit = NULL;
	if (config_json_is_large(w->json))
		return config_start_work(c, CONFIG_MAKING, config_work_make);
	config_work_parse(w);
	if (!w->err.code && config_edit_is_large(w->edit, c->running.top))
		return config_start_work(c, CONFIG_MAKING, config_work_make);
	config_work_make(w);
	return config_made(c);
}

static enum config_step begin_merge(struct config *c)
{
	config_set_file(c, c->now->from, c->now->number);
	return config_start_work(c, CONFIG_MAKING, config_work_merge);
}

static enum config_step start_file_job(struct config *c, void (*run)(void *file))
{
	int rc;

	c->phase = CONFIG_WRITING;
	rc = jobs_submit(c->jobs, run, job_done, &c->file);
	if (!rc)
		return CONFIG_WAIT;
	free(c->file.text); /* jansson's */
	c->file.text = NULL;
	error_set(&c->file.err, rc, "%s: %s", c->paths.startup, strerror(-rc));
	return config_finish(c, rc, &c->file.err);
}

static enum config_step begin_erase(struct config *c)
{
	config_set_file(c, CONFIG_FROM_STARTUP, 0);
	return start_file_job(c, config_file_erase);
}

static enum config_step begin_save(struct config *c)
{
	struct error err = {0};

	if (c->guard.is_armed)
		return config_finish(
			c,
			error_set(&err, -EBUSY,
				  "a change waits to be confirmed: nothing is saved before"),
			&err);
	config_set_file(c, CONFIG_FROM_STARTUP, 0);
	if (c->archive.on_save && config_archive_prepare(c, CONFIG_WHY_SAVED)) {
		c->file.archiving = &c->archiving;
	}
	return config_start_work(c, CONFIG_GATHERING, config_work_gather);
}

static enum config_step begin(struct config *c)
{
	/* Before startup is loaded a save would put nothing in its place. */
	c->now = pop_request(c, !c->loaded);
	if (!c->now)
		return CONFIG_WAIT;
	switch (c->now->kind) {
	case CONFIG_LOAD:
		return begin_load(c);
	case CONFIG_SAVE:
		return begin_save(c);
	case CONFIG_ERASE:
		return begin_erase(c);
	case CONFIG_MERGE_STORED:
		return begin_merge(c);
	case CONFIG_FILL:
		return config_begin_fill(c);
	case CONFIG_AMEND:
		return config_begin_amend(c);
	case CONFIG_COMMIT:
	case CONFIG_CHECK_CANDIDATE:
		return config_begin_commit(c);
	case CONFIG_GUARD:
		return config_begin_guard(c);
	case CONFIG_REVERT:
		return config_begin_revert(c);
	case CONFIG_ARCHIVE:
		return config_begin_archive(c);
	default:
		return begin_edit(c);
	}
}

static enum config_step landed_step(struct config *c)
{
	if (!c->commit.answered)
		return CONFIG_WAIT;
	return config_landed(c, c->work.err.code);
}

static enum config_step swept_step(struct config *c)
{
	struct error why = c->commit.why;

	return c->commit.answered ? conclude(c, why.code, &why) : CONFIG_WAIT;
}

static enum config_step gathered_step(struct config *c)
{
	struct error err = c->work.err;

	if (!c->commit.answered)
		return CONFIG_WAIT;
	c->commit.answered = false;
	return err.code ? config_finish(c, err.code, &err) : start_file_job(c, config_file_write);
}

static enum config_step write_step(struct config *c)
{
	if (!c->commit.answered)
		return CONFIG_WAIT;
	free(c->file.text); /* left when the job was cancelled */
	c->file.text = NULL;
	if (!c->file.err.code)
		c->unsaved = c->now->kind == CONFIG_ERASE;
	return config_finish(c, c->file.err.code, &c->file.err);
}

static enum config_step step(struct config *c)
{
	switch (c->phase) {
	case CONFIG_READING:
	case CONFIG_MAKING:
		return made_step(c);
	case CONFIG_FILLING:
		return config_filled_step(c);
	case CONFIG_AMENDING:
		return config_amended_step(c);
	case CONFIG_PREPARING:
		return config_prepare_step(c);
	case CONFIG_COMMITTING:
		return config_commit_step(c);
	case CONFIG_UNDOING:
		return config_undo_step(c);
	case CONFIG_LANDING:
		return landed_step(c);
	case CONFIG_SWEEPING:
		return swept_step(c);
	case CONFIG_GATHERING:
		return gathered_step(c);
	case CONFIG_WRITING:
		return write_step(c);
	default:
		return begin(c);
	}
}

void config_run(void *config)
{
	struct config *c = config;
	enum config_step next;

	do {
		next = step(c);
		if (next == CONFIG_YIELD && !loop_timer_set(&c->timer, 0))
			return;
	} while (next != CONFIG_WAIT);
}

static struct config_request *request_new(const struct config_request *like)
{
	struct config_request *r = alloc_zero(sizeof(*r));

	if (!r)
		return NULL;
	*r = *like;
	r->who = alloc_text(like->who);
	if (r->k)
		r->k->refs++;
	return r;
}

void config_submit(struct config *c, const struct config_request *like)
{
	struct config_request *r = NULL;
	struct error err = {0};

	if (c->waiting_count < CONFIG_WAITING_MAX)
		r = request_new(like);
	else
		error_set(&err, -EBUSY, "too many changes wait already");
	if (!r || (like->who && !r->who)) {
		error_set(&err, -ENOMEM, "no memory for the request");
		if (!r && like->edit)
			config_wipe_json(&c->schema, like->edit);
		if (!r)
			json_decref(like->edit);
		request_free(c, r);
		like->done(like->arg, err.code, &err);
		return;
	}
	list_append(&c->waiting, &r->node);
	c->waiting_count++;
	if (c->phase == CONFIG_IDLE && !c->now)
		config_schedule(c);
}

static void submit(struct config *c, enum config_kind kind, const char *who, json_t *edit,
		   config_done *done, void *arg)
{
	struct config_request r = {
		.kind = kind, .edit = edit, .who = (char *)(uintptr_t)who, .done = done, .arg = arg};

	config_submit(c, &r);
}

void config_load_startup(struct config *c, config_done *done, void *arg)
{
	submit(c, CONFIG_LOAD, NULL, NULL, done, arg);
}

void config_edit_quietly(struct config *c, const char *who, json_t *edit, config_done *done,
			 void *arg)
{
	config_submit(c, &(struct config_request){.kind = CONFIG_EDIT,
						  .edit = edit,
						  .who = (char *)(uintptr_t)who,
						  .quiet = true,
						  .done = done,
						  .arg = arg});
}

bool config_last_change(const struct config *c, uint64_t *wall_ms, const char **who)
{
	*wall_ms = c->changed_ms;
	*who = c->changed_by;
	return c->changed_ms;
}

void config_edit(struct config *c, const char *who, json_t *edit, config_done *done, void *arg)
{
	submit(c, CONFIG_EDIT, who, edit, done, arg);
}

void config_check(struct config *c, json_t *edit, config_done *done, void *arg)
{
	submit(c, CONFIG_CHECK, NULL, edit, done, arg);
}

void config_save(struct config *c, config_done *done, void *arg)
{
	submit(c, CONFIG_SAVE, NULL, NULL, done, arg);
}

void config_erase_startup(struct config *c, config_done *done, void *arg)
{
	submit(c, CONFIG_ERASE, NULL, NULL, done, arg);
}

void config_merge_stored(struct config *c, const char *who, enum config_source from,
			 unsigned int number, config_done *done, void *arg)
{
	struct config_request r = {.kind = CONFIG_MERGE_STORED,
				   .who = (char *)(uintptr_t)who,
				   .from = from,
				   .number = number,
				   .done = done,
				   .arg = arg};

	config_submit(c, &r);
}

const struct ly_ctx *config_context(const struct config *c)
{
	return c->schema.ctx;
}

const struct lyd_node *config_running(const struct config *c)
{
	return c->running.top;
}

uint64_t config_version(const struct config *c)
{
	return c->version;
}

bool config_unsaved(const struct config *c)
{
	return c->unsaved;
}
