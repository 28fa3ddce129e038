/*
 * config/guard: running as it was, kept until somebody confirms what came after it.
 *
 * The guard outlives the session that set it. When its time is up, running is replaced by what was kept, as
 * a commit like any other, in its turn; a room that refuses is asked again a minute later. Confirming drops
 * what was kept.
 */
#include "config/config_state.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "log/log.h"

#define MINUTE_MS 60000u

static const char nobody[] = "nobody";

static int no_guard(struct error *err)
{
	return error_set(err, -ENOENT, "no change waits to be confirmed");
}

static void undone(void *arg, int err, const struct error *why)
{
	(void)arg;
	(void)err;
	(void)why; /* said in config_guard_concluded() */
}

static void go_back(struct config *c, config_done *done, void *arg)
{
	struct config_request r = {.kind = CONFIG_REVERT, .done = done, .arg = arg};

	config_submit(c, &r);
}

void config_guard_expired(void *config)
{
	go_back(config, undone, NULL);
}

static void set_timer(struct config *c, uint64_t ms)
{
	c->guard.until_ms = loop_now(c->loop) + ms;
	if (loop_timer_set(&c->guard.timer, ms))
		config_guard_expired(c); /* better too early than never */
}

static void arm(struct config *c, const struct config_request *r)
{
	c->guard.is_armed = true;
	text_copy(c->guard.who, sizeof(c->guard.who), r->who ? r->who : nobody);
	log_say(c->log, NULL, CONFIG_GUARDED, c->guard.who, r->minutes);
	set_timer(c, (uint64_t)r->minutes * MINUTE_MS);
}

static void disarm(struct config *c)
{
	loop_timer_stop(&c->guard.timer);
	c->guard.is_armed = false;
	config_data_scrap(c, &c->guard.data);
}

static void gone_back(struct config *c, int err)
{
	c->guard.is_going_back = false;
	if (err) {
		log_say(c->log, NULL, CONFIG_NOT_UNDONE, strerror(-err));
		set_timer(c, CONFIG_RETRY_MS);
		return;
	}
	disarm(c);
	log_say(c->log, NULL, CONFIG_UNDONE, c->guard.who);
}

void config_guard_concluded(struct config *c, int err)
{
	const struct config_request *r = c->now;

	if (r->kind == CONFIG_REVERT && c->guard.is_armed)
		gone_back(c, err);
	if (r->kind == CONFIG_GUARD || (r->kind == CONFIG_COMMIT && r->minutes)) {
		bool is_due = r->kind == CONFIG_GUARD || c->commit.changes;

		if (!err && is_due)
			arm(c, r);
		else if (!c->guard.is_armed)
			config_data_scrap(c, &c->guard.data);
	}
}

void config_guard_free(struct config *c)
{
	loop_timer_stop(&c->guard.timer);
	config_data_clear(&c->guard.data);
}

/* ---- setting --------------------------------------------------------------------------------------- */

void config_guard(struct config *c, const char *who, unsigned int minutes, config_done *done,
		  void *arg)
{
	struct config_request r = {.kind = CONFIG_GUARD,
				   .who = (char *)(uintptr_t)who,
				   .minutes = minutes,
				   .done = done,
				   .arg = arg};

	config_submit(c, &r);
}

static void run_guard(void *work)
{
	struct config_work *w = work;
	int rc = config_data_copy(w->guard, w->schema, w->running);

	if (rc)
		error_set(&w->err, rc, "no memory to keep the configuration as it is");
}

enum config_step config_begin_guard(struct config *c)
{
	/* What was before the first of them is kept. */
	if (c->guard.is_armed)
		return config_finish(c, 0, NULL);
	c->work.guard = &c->guard.data;
	return config_start_work(c, CONFIG_FILLING, run_guard);
}

/* ---- going back ------------------------------------------------------------------------------------ */

static void run_revert(void *work)
{
	struct config_work *w = work;

	w->is_optional = true;
	config_work_replace(w, w->guard);
}

enum config_step config_begin_revert(struct config *c)
{
	struct error err = {0};

	if (!c->guard.is_armed)
		return config_finish(c, no_guard(&err), &err);
	loop_timer_stop(&c->guard.timer);
	c->guard.is_going_back = true;
	c->work.guard = &c->guard.data;
	if (config_archive_prepare(c, CONFIG_WHY_ROLLBACK)) {
		c->work.archiving = &c->archiving;
	}
	return config_start_work(c, CONFIG_MAKING, run_revert);
}

void config_revert(struct config *c, unsigned int minutes, config_done *done, void *arg)
{
	struct error err = {0};

	if (!minutes) {
		go_back(c, done, arg);
		return;
	}
	if (c->guard.is_armed && !c->guard.is_going_back)
		set_timer(c, (uint64_t)minutes * MINUTE_MS);
	else
		no_guard(&err);
	done(arg, err.code, err.code ? &err : NULL);
}

int config_confirm(struct config *c, const char *who, struct error *err)
{
	if (!c->guard.is_armed)
		return no_guard(err);
	if (c->guard.is_going_back)
		return error_set(err, -EBUSY, "the change is being undone just now");
	disarm(c);
	log_say(c->log, NULL, CONFIG_CONFIRMED, who);
	return 0;
}

bool config_guarded(const struct config *c, const char **who, uint64_t *left_ms)
{
	uint64_t now = loop_now(c->loop);

	*who = c->guard.who;
	*left_ms = c->guard.until_ms > now ? c->guard.until_ms - now : 0;
	return c->guard.is_armed;
}
