/*
 * Several events of one policy: how often each was seen within the window, whether the correlation holds,
 * how often it must.
 */
#include "lua/match/match.h"

#include <string.h>

#include "base/alloc.h"

struct match_trigger {
	struct match_trigger_spec spec;
	struct match_window seen[MATCH_TAGS_MAX];
	struct match_window held;
	bool gated, is_open;
	uint64_t opened_ms;
};

static uint32_t needed(const struct match_trigger *t, size_t tag)
{
	return t->spec.attribute[tag] ? t->spec.attribute[tag] : 1;
}

struct match_trigger *match_trigger_new(const struct match_trigger_spec *spec)
{
	struct match_trigger *t = alloc_zero(sizeof(*t));

	if (!t)
		return NULL;
	t->spec = *spec;
	if (t->spec.tags > MATCH_TAGS_MAX)
		t->spec.tags = MATCH_TAGS_MAX;
	for (size_t i = 0; i < t->spec.tags; i++)
		if (match_window_init(&t->seen[i], needed(t, i), spec->period_ms))
			t->seen[i].occurs = MATCH_OCCURS_MAX;
	if (match_window_init(&t->held, spec->occurs, spec->period_ms))
		t->held.occurs = MATCH_OCCURS_MAX;
	return t;
}

void match_trigger_free(struct match_trigger *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->spec.tags; i++)
		match_window_clear(&t->seen[i]);
	match_window_clear(&t->held);
	alloc_free(t);
}

void match_trigger_gate(struct match_trigger *t)
{
	t->gated = true;
	t->is_open = false;
}

static void forget(struct match_trigger *t)
{
	for (size_t i = 0; i < t->spec.tags; i++)
		match_window_reset(&t->seen[i]);
}

void match_trigger_open(struct match_trigger *t, uint64_t now_ms)
{
	t->is_open = true;
	t->opened_ms = now_ms;
	forget(t);
	match_window_reset(&t->held);
}

static bool closed(struct match_trigger *t, uint64_t now_ms)
{
	if (t->gated && t->is_open && t->spec.period_ms &&
	    now_ms - t->opened_ms > t->spec.period_ms)
		t->is_open = false;
	return t->gated && !t->is_open;
}

bool match_trigger_look(struct match_trigger *t, uint64_t now_ms)
{
	uint32_t seen[MATCH_TAGS_MAX] = {0};

	if (closed(t, now_ms))
		return false;
	for (size_t i = 0; i < t->spec.tags; i++)
		seen[i] = match_window_seen(&t->seen[i], now_ms);
	if (!t->spec.holds(t->spec.ctx, seen))
		return false;
	forget(t);
	return match_window_take(&t->held, now_ms);
}

bool match_trigger_event(struct match_trigger *t, size_t tag, uint64_t now_ms)
{
	if (tag >= t->spec.tags || closed(t, now_ms))
		return false;
	match_window_note(&t->seen[tag], now_ms);
	return match_trigger_look(t, now_ms);
}
