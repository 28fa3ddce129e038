/*
 * config/commit: the rooms' part of a commit.
 *
 * Every change is told to its room (`prepare`); a refusal aborts all that were told. Then the touched
 * rooms commit in the order of the table, one after the other, each now or later. When one refuses, it
 * has undone itself; those behind it abort, and those before it get their changes the other way round
 * and commit that, latest first. Running is changed only after the last one agreed.
 */
#include "config/config_state.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

/* Outlives the config, if a room answers only after that is gone. */
struct config_wait {
	struct config *c;
};

static size_t room_index(const struct config *c, const struct config_room *room)
{
	size_t i = 0;

	while (i < c->room_count && c->rooms[i] != room)
		i++;
	return i;
}

static void abort_from(struct config *c, size_t first)
{
	for (size_t i = first; i < c->room_count; i++)
		if (c->commit.touched[i])
			c->rooms[i]->abort(c->rooms[i]->ctx);
}

void config_commit_clear(struct config *c)
{
	if (c->commit.wait)
		c->commit.wait->c = NULL;
	config_fragment_clear(&c->commit.f);
	c->commit = (struct config_commit){0};
}

static int tell(struct config *c, const struct config_delta *d, bool back, struct error *err)
{
	const struct config_room *room = d->row->room;
	struct config_change change = {
		.path = d->row->path,
		.old = back ? d->new : d->old,
		.new = back ? d->old : d->new,
	};
	int rc;

	c->commit.touched[room_index(c, room)] = true;
	rc = room->prepare(room->ctx, &change, err);
	return rc ? error_set(err, rc, "%s: %s", room->name, strerror(-rc)) : 0;
}

enum config_step config_prepare_step(struct config *c)
{
	struct config_commit *m = &c->commit;
	struct error err = {0};
	size_t end = m->at + CONFIG_SLICE;
	int rc = 0;

	for (; m->at < m->f.count && m->at < end && !rc; m->at++)
		rc = tell(c, &m->f.deltas[m->at], false, &err);
	if (!rc && m->at < m->f.count)
		return CONFIG_YIELD;
	if (rc || c->now->kind == CONFIG_CHECK || c->now->kind == CONFIG_CHECK_CANDIDATE) {
		abort_from(c, 0);
		return config_finish(c, rc, &err);
	}
	m->at = 0;
	c->phase = CONFIG_COMMITTING;
	return CONFIG_NEXT;
}

static void room_done(void *arg, int err, const struct error *why)
{
	struct config_wait *wait = arg;
	struct config *c = wait->c;

	alloc_free(wait);
	if (!c)
		return;
	c->commit.wait = NULL;
	c->commit.answered = true;
	if (err && why && why->code)
		error_set(&c->commit.why, err, "%s", why->text);
	else if (err)
		error_set(&c->commit.why, err, "%s: %s", c->rooms[c->commit.at]->name,
			  strerror(-err));
	config_schedule(c);
}

/* Asks the room whose turn it is; its answer comes through room_done(). */
static enum config_step ask(struct config *c)
{
	const struct config_room *room = c->rooms[c->commit.at];
	struct config_wait *wait = alloc_zero(sizeof(*wait));

	if (!wait) {
		room->abort(room->ctx);
		error_set(&c->commit.why, -ENOMEM, "no memory for the commit");
		c->commit.answered = true;
		return CONFIG_NEXT;
	}
	wait->c = c;
	c->commit.wait = wait;
	room->commit(room->ctx, room_done, wait);
	return CONFIG_WAIT;
}

void config_listen(struct config *c, config_touched *touched, void *ctx)
{
	c->touched = touched;
	c->touched_ctx = ctx;
}

/* Before it lands: a large commit's changes are part of running afterwards, and not in its list any more. */
static void note_touched(const struct config *c)
{
	for (size_t i = 0; c->touched && i < c->commit.f.count; i++)
		c->touched(c->touched_ctx, c->commit.f.deltas[i].row->path);
}

enum config_step config_landed(struct config *c, int err)
{
	struct error why = {0};

	if (err)
		return config_finish(c, error_set(&why, err, "no memory for the commit"), &why);
	c->version++;
	if (c->now->kind != CONFIG_LOAD) {
		c->changed_ms = clock_wall_ms();
		text_copy(c->changed_by, sizeof(c->changed_by), c->now->who ? c->now->who : "");
	}
	config_archive_settle(c);
	c->unsaved = c->now->kind != CONFIG_LOAD || c->file.sealed;
	if (c->touched)
		c->touched(c->touched_ctx, NULL);
	return config_finish(c, 0, NULL);
}

static enum config_step land(struct config *c)
{
	note_touched(c);
	if (c->commit.f.is_borrowed) {
		config_candidate_land(c);
		return config_landed(c, 0);
	}
	if (c->commit.large)
		return config_start_work(c, CONFIG_LANDING, config_work_land);
	return config_landed(c, config_fragment_land(&c->commit.f, &c->schema, &c->running));
}

enum config_step config_commit_step(struct config *c)
{
	struct config_commit *m = &c->commit;

	if (m->answered) {
		m->answered = false;
		m->at++;
	}
	if (m->why.code) {
		abort_from(c, m->at);
		m->at--; /* the one that refused */
		c->phase = CONFIG_UNDOING;
		return CONFIG_NEXT;
	}
	while (m->at < c->room_count && !m->touched[m->at])
		m->at++;
	return m->at < c->room_count ? ask(c) : land(c);
}

/* A refusal of the way back is told with the first. */
static void undoing_failed(struct config *c, const struct error *err)
{
	size_t len = strlen(c->commit.why.text);

	snprintf(c->commit.why.text + len, sizeof(c->commit.why.text) - len,
		 "; and undoing failed: %.200s", err->text);
}

/* The room's changes the other way round, latest first, a slice of them. True: that were all. */
static bool tell_back(struct config *c)
{
	const struct config_fragment *f = &c->commit.f;
	struct error err = {0};

	for (int n = 0; c->commit.back > 0 && n < CONFIG_SLICE; n++) {
		const struct config_delta *d = &f->deltas[--c->commit.back];

		if (d->row->room == c->rooms[c->commit.at])
			tell(c, d, true, &err);
	}
	if (err.code)
		undoing_failed(c, &err);
	return !c->commit.back;
}

enum config_step config_undo_step(struct config *c)
{
	struct config_commit *m = &c->commit;

	m->answered = false;
	while (!m->is_going_back && m->at > 0) {
		m->is_going_back = m->touched[--m->at];
		m->back = m->f.count;
	}
	if (!m->is_going_back)
		return config_finish(c, m->why.code, &m->why);
	if (!tell_back(c))
		return CONFIG_YIELD;
	m->is_going_back = false;
	return ask(c);
}
