/*
 * Windows and rates. A window with a period remembers when each occurrence was, for as many as it needs;
 * without a period it counts.
 */
#include "lua/match/match.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

int match_window_init(struct match_window *w, uint32_t occurs, uint64_t period_ms)
{
	*w = (struct match_window){.occurs = occurs ? occurs : 1, .period_ms = period_ms};
	return period_ms && occurs > MATCH_OCCURS_MAX ? -ERANGE : 0;
}

void match_window_reset(struct match_window *w)
{
	w->seen = 0;
	w->next = 0;
}

void match_window_clear(struct match_window *w)
{
	alloc_free(w->at);
	w->at = NULL;
	w->room = 0;
	match_window_reset(w);
}

static uint64_t time_of(const struct match_window *w, uint32_t back)
{
	return w->at[(w->next + w->room - 1 - back) % w->room];
}

uint32_t match_window_seen(const struct match_window *w, uint64_t now_ms)
{
	uint32_t n = 0;

	if (!w->period_ms)
		return w->seen;
	while (n < w->seen && now_ms - time_of(w, n) <= w->period_ms)
		n++;
	return n;
}

/* One that is never needed twice has no ring; nor has one that must not be remembered long. */
static bool make_room(struct match_window *w)
{
	if (w->room)
		return true;
	w->at = alloc_array(w->occurs, sizeof(*w->at));
	w->room = w->at ? w->occurs : 0;
	return w->at;
}

void match_window_note(struct match_window *w, uint64_t now_ms)
{
	if (!w->period_ms) {
		w->seen += w->seen < UINT32_MAX;
		return;
	}
	if (!make_room(w))
		return;
	w->at[w->next] = now_ms;
	w->next = (w->next + 1) % w->room;
	w->seen += w->seen < w->room;
}

bool match_window_take(struct match_window *w, uint64_t now_ms)
{
	if (w->occurs <= 1)
		return true;
	match_window_note(w, now_ms);
	if (match_window_seen(w, now_ms) < w->occurs)
		return false;
	match_window_reset(w);
	return true;
}

bool match_rate_take(struct match_rate *r, uint64_t now_ms)
{
	if (r->every_ms && r->used && now_ms - r->last_ms < r->every_ms)
		return false;
	r->used = true;
	r->last_ms = now_ms;
	return true;
}
