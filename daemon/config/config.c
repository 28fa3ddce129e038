/*
 * config: the object, the queue of what was asked for, load and save.
 *
 * One request at a time, in the order of asking: a load, an edit, a check or a save. Each is a small
 * machine of steps (config_run); a step ends by going on, by leaving the turn (so that no turn grows
 * with the configuration), or by waiting for a room or a worker. Running changes at the end of a commit
 * only; whoever reads meanwhile sees it as it was. Memory and refusals come back through the
 * request's `done`, once.
 */
#include "config/config_state.h"

#include <errno.h>
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
	loop_timer_init(&c->said, loop, "config message", say_author, c);
	if (add_rooms(c, handlers, handler_count, err) ||
	    config_schema_load(&c->schema, paths->yang_dir, handlers, handler_count, err)) {
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
	loop_timer_stop(&c->timer);
	say_author(c);
	while ((r = c->now ? c->now : pop_request(c, false))) {
		c->now = NULL;
		r->done(r->arg, -ECANCELED, NULL);
		request_free(c, r);
	}
	config_commit_clear(c);
	json_decref(c->file.doc);
	lyd_free_all(c->file.tree);
	lyd_free_all(c->running);
	config_schema_clear(&c->schema);
	alloc_free(c);
}

void config_schedule(struct config *c)
{
	/* Without memory for the timer it is done here and now: a deeper stack, but never lost. */
	if (loop_timer_set(&c->timer, 0))
		config_run(c);
}

enum config_step config_finish(struct config *c, int err, const struct error *why)
{
	struct config_request *r = c->now;
	struct error kept = why ? *why : (struct error){0};

	if (!err && r->kind == CONFIG_LOAD)
		c->loaded = true;
	if (!err && r->kind == CONFIG_EDIT && r->who && c->commit.f.count)
		note_author(c, r->who);
	c->now = NULL;
	c->phase = CONFIG_IDLE;
	config_commit_clear(c);
	c->file = (struct config_file){0};
	r->done(r->arg, err, err ? &kept : NULL);
	request_free(c, r);
	return list_empty(&c->waiting) ? CONFIG_WAIT : CONFIG_YIELD;
}

static void job_done(void *file, int err)
{
	struct config *c = list_entry(file, struct config, file);

	if (err)
		error_set(&c->file.err, err, "%s: %s", c->paths.startup, strerror(-err));
	c->commit.answered = true;
	config_schedule(c);
}

static enum config_step start_job(struct config *c, enum config_phase phase, void (*run)(void *arg))
{
	int rc;

	c->file.dir = c->paths.config_dir;
	c->file.name = c->paths.startup;
	c->file.schema = &c->schema;
	c->file.seal = c->paths.seal;
	c->phase = phase;
	rc = jobs_submit(c->jobs, run, job_done, &c->file);
	if (!rc)
		return CONFIG_WAIT;
	json_decref(c->file.doc);
	error_set(&c->file.err, rc, "%s: %s", c->paths.startup, strerror(-rc));
	return config_finish(c, rc, &c->file.err);
}

static enum config_step begin_edit(struct config *c)
{
	struct config_request *r = c->now;
	struct lyd_node *edit = NULL;
	struct error err = {0};
	bool sealed = false;
	int rc = config_seal_json(&c->schema, c->paths.seal, r->edit, &sealed, &err);

	if (!rc)
		rc = config_parse_edit(&c->schema, r->edit, &edit, &err);
	config_wipe_json(&c->schema, r->edit);
	json_decref(r->edit);
	r->edit = NULL;
	if (!rc)
		rc = config_fragment_make(&c->commit.f, &c->schema, c->paths.seal, c->running, edit,
					  &err);
	lyd_free_all(edit);
	if (rc || !c->commit.f.count)
		return config_finish(c, rc, &err);
	c->phase = CONFIG_PREPARING;
	return CONFIG_NEXT;
}

static enum config_step begin_save(struct config *c)
{
	struct error err = {0};

	c->file.doc = json_object();
	if (!c->file.doc)
		return config_finish(c, error_set(&err, -ENOMEM, "no memory for saving"), &err);
	c->save_cursor = 0;
	c->phase = CONFIG_GATHERING;
	return CONFIG_NEXT;
}

static enum config_step begin(struct config *c)
{
	/* Before startup is loaded a save would put nothing in its place. */
	c->now = pop_request(c, !c->loaded);
	if (!c->now)
		return CONFIG_WAIT;
	switch (c->now->kind) {
	case CONFIG_LOAD:
		return start_job(c, CONFIG_READING, config_file_read);
	case CONFIG_SAVE:
		return begin_save(c);
	default:
		return begin_edit(c);
	}
}

static enum config_step read_step(struct config *c)
{
	struct lyd_node *tree = c->file.tree;
	struct error err = {0};
	int rc;

	if (!c->commit.answered)
		return CONFIG_WAIT;
	c->commit.answered = false;
	c->file.tree = NULL;
	if (c->file.err.code) {
		lyd_free_all(tree);
		return config_finish(c, c->file.err.code, &c->file.err);
	}
	rc = config_fragment_all(&c->commit.f, tree);
	if (rc)
		return config_finish(c, error_set(&err, rc, "no memory for the configuration"),
				     &err);
	c->phase = CONFIG_PREPARING;
	return CONFIG_NEXT;
}

/* Edits wait meanwhile, so the pages belong together. */
static enum config_step gather_step(struct config *c)
{
	struct error err = {0};
	int rc = config_get_into(c, &c->save_cursor, CONFIG_SLICE, c->file.doc);

	if (rc == -EAGAIN)
		return CONFIG_YIELD;
	if (!rc)
		return start_job(c, CONFIG_WRITING, config_file_write);
	json_decref(c->file.doc);
	return config_finish(c, error_set(&err, rc, "no memory for saving"), &err);
}

static enum config_step write_step(struct config *c)
{
	if (!c->commit.answered)
		return CONFIG_WAIT;
	json_decref(c->file.doc); /* left when the job was cancelled */
	if (!c->file.err.code)
		c->unsaved = false;
	return config_finish(c, c->file.err.code, &c->file.err);
}

static enum config_step step(struct config *c)
{
	switch (c->phase) {
	case CONFIG_READING:
		return read_step(c);
	case CONFIG_PREPARING:
		return config_prepare_step(c);
	case CONFIG_COMMITTING:
		return config_commit_step(c);
	case CONFIG_UNDOING:
		return config_undo_step(c);
	case CONFIG_GATHERING:
		return gather_step(c);
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

static void submit(struct config *c, enum config_kind kind, const char *who, json_t *edit,
		   config_done *done, void *arg)
{
	struct config_request *r = NULL;
	struct error err = {0};

	if (c->waiting_count < CONFIG_WAITING_MAX)
		r = alloc_zero(sizeof(*r));
	else
		error_set(&err, -EBUSY, "too many changes wait already");
	if (r)
		*r = (struct config_request){.kind = kind,
					     .edit = edit,
					     .done = done,
					     .arg = arg,
					     .who = alloc_text(who)};
	if (!r || (who && !r->who)) {
		error_set(&err, -ENOMEM, "no memory for the request");
		if (!r && edit)
			config_wipe_json(&c->schema, edit);
		if (!r)
			json_decref(edit);
		request_free(c, r);
		done(arg, err.code, &err);
		return;
	}
	list_append(&c->waiting, &r->node);
	c->waiting_count++;
	if (c->phase == CONFIG_IDLE && !c->now)
		config_schedule(c);
}

void config_load_startup(struct config *c, config_done *done, void *arg)
{
	submit(c, CONFIG_LOAD, NULL, NULL, done, arg);
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

const struct ly_ctx *config_context(const struct config *c)
{
	return c->schema.ctx;
}

const struct lyd_node *config_running(const struct config *c)
{
	return c->running;
}

uint64_t config_version(const struct config *c)
{
	return c->version;
}

bool config_unsaved(const struct config *c)
{
	return c->unsaved;
}
