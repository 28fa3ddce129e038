/*
 * aaa: the room itself: its part in commits, and what others ask of the objects.
 *
 * config calls prepare for each changed entry, then commit or abort. prepare makes the new object at once
 * (it may refuse, and it may find no memory); commit only moves pointers. Objects are few (people, lines),
 * so they stand in one list that is walked.
 */
#include "aaa/aaa.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aaa/aaa_internal.h"
#include "aaa/hash.h"
#include "base/alloc.h"
#include "base/text.h"
#include "log/log.h"

/* One entry: as it was (its key), and as it will be (NULL: gone). */
struct change {
	struct list node;
	enum object_kind kind;
	char key[OBJECT_KEY_MAX];
	struct object *object;
};

/* ---- commits --------------------------------------------------------------------------------------- */

static void change_free(struct change *c)
{
	list_remove(&c->node);
	object_free(c->object);
	alloc_free(c);
}

static void abort_prepared(void *ctx)
{
	struct aaa *a = ctx;

	while (!list_empty(&a->changes))
		change_free(list_entry(a->changes.next, struct change, node));
}

static int prepare(void *ctx, const struct config_change *c, struct error *err)
{
	enum object_kind kind = object_kind_of(c->path);
	struct aaa *a = ctx;
	struct change *change;

	if (kind == OBJECT_KINDS)
		return error_set(err, -EINVAL, "%s is not handled", c->path);
	change = alloc_zero(sizeof(*change));
	if (!change)
		return error_set(err, -ENOMEM, "no memory for users and lines");
	change->kind = kind;
	list_init(&change->node);
	object_key(c->new ? c->new : c->old, change->key);
	change->object = c->new ? object_parse(kind, c->new, err) : NULL;
	if (c->new && !change->object) {
		change_free(change);
		return err && err->code ? err->code : -ENOMEM;
	}
	list_append(&a->changes, &change->node);
	return 0;
}

static void take(struct aaa *a, struct change *c)
{
	const struct object *old = object_find(&a->objects, c->kind, c->key);

	object_free((struct object *)(uintptr_t)old);
	if (c->object)
		list_append(&a->objects, &c->object->node);
	/* Who is gone, or comes anew, is not locked out. */
	if (c->kind == OBJECT_USER && !(old && c->object))
		watch_clear(&a->watch, c->key);
	c->object = NULL;
	change_free(c);
}

static void commit(void *ctx, config_done *done, void *arg)
{
	struct aaa *a = ctx;

	while (!list_empty(&a->changes))
		take(a, list_entry(a->changes.next, struct change, node));
	done(arg, 0, NULL);
}

/* ---- life ------------------------------------------------------------------------------------------ */

static void quiet_over(void *arg)
{
	struct aaa *a = arg;

	a->watch.quiet_until_ms = 0;
	log_say(a->log, NULL, QUIET_MODE_OFF);
}

struct aaa *aaa_new(struct loop *loop, struct jobs *jobs, struct log *log)
{
	struct aaa *a = alloc_zero(sizeof(*a));

	if (!a)
		return NULL;
	a->loop = loop;
	a->jobs = jobs;
	a->log = log;
	a->room = (struct config_room){.name = "users and lines",
				       .ctx = a,
				       .prepare = prepare,
				       .commit = commit,
				       .abort = abort_prepared};
	list_init(&a->objects);
	list_init(&a->changes);
	list_init(&a->checks);
	list_init(&a->late);
	list_init(&a->hashings);
	loop_timer_init(&a->quiet_over, loop, "login: quiet time", quiet_over, a);
	if (!hash_nobody(a->nobody))
		return a;
	aaa_free(a);
	return NULL;
}

void aaa_free(struct aaa *a)
{
	if (!a)
		return;
	aaa_checks_end(a);
	abort_prepared(a);
	loop_timer_stop(&a->quiet_over);
	while (!list_empty(&a->objects))
		object_free(list_entry(a->objects.next, struct object, node));
	alloc_free(a);
}

const struct config_room *aaa_room(const struct aaa *a)
{
	return &a->room;
}

const char *const *aaa_paths(void)
{
	return object_paths();
}

/* ---- what is set ----------------------------------------------------------------------------------- */

const struct object *aaa_object(const struct aaa *a, enum object_kind kind, const char *key)
{
	return object_find(&a->objects, kind, key);
}

struct settings_object aaa_settings(const struct aaa *a)
{
	const struct object *o = aaa_object(a, OBJECT_SETTINGS, "");

	return o ? o->settings : (struct settings_object){.delay_s = 1};
}

bool aaa_user(const struct aaa *a, const char *name, uint8_t otherwise, uint8_t *privilege)
{
	const struct object *o = aaa_object(a, OBJECT_USER, name);

	if (!o)
		return false;
	*privilege = o->user.has_privilege ? o->user.privilege : otherwise;
	return true;
}

const char *aaa_banner(const struct aaa *a, enum aaa_banner which)
{
	const struct object *o = aaa_object(a, OBJECT_BANNER, "");

	return o ? o->banner[which] : NULL;
}

void aaa_log_config(const struct aaa *a, struct aaa_log_config *out)
{
	const struct object *o = aaa_object(a, OBJECT_LOG_CONFIG, "");

	*out = o ? o->log_config : (struct aaa_log_config){.size = 100};
}

/* ---- logins as they went --------------------------------------------------------------------------- */

void aaa_logins(const struct aaa *a, struct aaa_logins *out)
{
	struct settings_object s = aaa_settings(a);
	uint64_t now = loop_now(a->loop), until = a->watch.quiet_until_ms;

	*out = (struct aaa_logins){.watched = s.block_for_s != 0,
				   .block_for_s = s.block_for_s,
				   .attempts = s.attempts,
				   .within_s = s.within_s,
				   .delay_s = s.delay_s,
				   .quiet = watch_is_quiet(&a->watch, now),
				   .quiet_left_s = until > now ? (until - now + 999) / 1000 : 0,
				   .window_failures = watch_window(&a->watch, &s, now),
				   .failures = a->watch.failures,
				   .successes = a->watch.successes};
}

bool aaa_lockout(const struct aaa *a, size_t index, struct aaa_lockout *out)
{
	for (size_t i = 0; i < a->watch.user_count; i++) {
		const struct watched_user *u = &a->watch.users[i];

		if (!u->locked || index--)
			continue;
		*out = (struct aaa_lockout){u->name, u->last_wall_ms, u->failures};
		return true;
	}
	return false;
}

int aaa_clear_lockout(struct aaa *a, const char *user)
{
	if (user && !aaa_object(a, OBJECT_USER, user))
		return -ENOENT;
	watch_clear(&a->watch, user);
	if (!user)
		loop_timer_stop(&a->quiet_over);
	return 0;
}
