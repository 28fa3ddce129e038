#include "aaa/watch.h"

#include <string.h>

#include "base/text.h"

static struct watched_user *find(const struct watch *w, const char *name)
{
	for (size_t i = 0; name && i < w->user_count; i++)
		if (!strcmp(w->users[i].name, name))
			return (struct watched_user *)(uintptr_t)&w->users[i];
	return NULL;
}

/* The one with the oldest failure makes room, if nobody is free of a lock nobody does. */
static struct watched_user *place_for(struct watch *w)
{
	struct watched_user *oldest = NULL;

	if (w->user_count < WATCH_USERS_MAX)
		return &w->users[w->user_count++];
	for (size_t i = 0; i < w->user_count; i++) {
		struct watched_user *u = &w->users[i];

		if (!u->locked && (!oldest || u->last_wall_ms < oldest->last_wall_ms))
			oldest = u;
	}
	return oldest;
}

static bool note_user(struct watch *w, const struct settings_object *s, const char *name,
		      bool may_lock, uint64_t wall_ms)
{
	struct watched_user *u = find(w, name);

	if (!u) {
		u = place_for(w);
		if (!u)
			return false;
		*u = (struct watched_user){0};
		text_copy(u->name, sizeof(u->name), name);
	}
	u->failures++;
	u->last_wall_ms = wall_ms;
	if (u->locked || !may_lock || !s->max_fail || u->failures < s->max_fail)
		return false;
	u->locked = true;
	return true;
}

uint32_t watch_window(const struct watch *w, const struct settings_object *s, uint64_t now_ms)
{
	uint64_t within_ms = (uint64_t)s->within_s * 1000;
	uint32_t n = 0;

	for (size_t i = 0; i < w->count; i++)
		n += now_ms - w->at_ms[i] < within_ms;
	return n;
}

struct watch_verdict watch_failure(struct watch *w, const struct settings_object *s,
				   const char *name, bool may_lock, uint64_t now_ms,
				   uint64_t wall_ms)
{
	uint32_t enough = s->attempts < WATCH_FAILURES_MAX ? s->attempts : WATCH_FAILURES_MAX;
	struct watch_verdict v = {0};

	w->failures++;
	w->at_ms[w->next] = now_ms;
	w->next = (w->next + 1) % WATCH_FAILURES_MAX;
	w->count += w->count < WATCH_FAILURES_MAX;
	if (name)
		v.locked = note_user(w, s, name, may_lock, wall_ms);
	if (!s->block_for_s || watch_is_quiet(w, now_ms) || watch_window(w, s, now_ms) < enough)
		return v;
	w->quiet_until_ms = now_ms + (uint64_t)s->block_for_s * 1000;
	w->count = w->next = 0;
	v.quiet = true;
	return v;
}

void watch_success(struct watch *w, const char *name)
{
	w->successes++;
	watch_clear(w, name);
}

bool watch_is_quiet(const struct watch *w, uint64_t now_ms)
{
	return now_ms < w->quiet_until_ms;
}

bool watch_is_locked(const struct watch *w, const char *name)
{
	const struct watched_user *u = find(w, name);

	return u && u->locked;
}

void watch_clear(struct watch *w, const char *name)
{
	struct watched_user *u = find(w, name);

	if (u)
		*u = w->users[--w->user_count];
	if (name)
		return;
	w->user_count = w->count = w->next = 0;
	w->quiet_until_ms = 0;
}
