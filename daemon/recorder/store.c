/*
 * Slots: a note is written where there is room, or where the oldest of the longest lane was, and linked in
 * at its time. Most come in order, so the search from the end is short.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "recorder/recorder_internal.h"

#define TIE_BITS 16
#define TIE_MASK 0xffffull

uint64_t recorder_seq_at(uint64_t boot_ms)
{
	return boot_ms << TIE_BITS;
}

static void unlink_place(struct recorder *r, uint32_t place)
{
	struct recorder_place *p = recorder_place(r, place);

	if (p->before)
		recorder_place(r, p->before)->after = p->after;
	else
		r->first = p->after;
	if (p->after)
		recorder_place(r, p->after)->before = p->before;
	else
		r->last = p->before;
	if (r->hint == place)
		r->hint = 0;
	if (r->late == place)
		r->late = 0;
}

static void link_behind(struct recorder *r, uint32_t place, uint32_t before)
{
	struct recorder_place *p = recorder_place(r, place);

	p->before = before;
	p->after = before ? recorder_place(r, before)->after : r->first;
	if (before)
		recorder_place(r, before)->after = place;
	else
		r->first = place;
	if (p->after)
		recorder_place(r, p->after)->before = place;
	else
		r->last = place;
}

/* The last place that is not younger; 0: all are. What comes late comes in a row: the search goes on from
 * where the last one was put, if that is nearer. */
static uint32_t place_before(const struct recorder *r, uint64_t boot_ms)
{
	uint32_t at = r->last, next;

	if (r->late && recorder_place(r, r->late)->seq >> TIE_BITS <= boot_ms &&
	    recorder_place(r, at)->seq >> TIE_BITS > boot_ms) {
		for (at = r->late; (next = recorder_place(r, at)->after) &&
				   recorder_place(r, next)->seq >> TIE_BITS <= boot_ms;)
			at = next;
		return at;
	}

	while (at && recorder_place(r, at)->seq >> TIE_BITS > boot_ms)
		at = recorder_place(r, at)->before;
	return at;
}

static uint32_t take_place(struct recorder *r)
{
	uint32_t place;

	r->kept++;
	if (r->used < r->slot_count) {
		r->head->used = ++r->used;
		return r->used;
	}
	if (r->free) {
		place = r->free;
		r->free = recorder_place(r, place)->lane_next;
		return place;
	}
	place = recorder_lane_evict(r);
	unlink_place(r, place);
	r->kept--;
	r->replaced++;
	return place;
}

static void fill_slot(struct recorder_slot *s, const struct recorder_packed *n, bool stranger,
		      uint64_t seq, uint64_t wall_ms)
{
	s->seq = 0; /* not whole until the end */
	atomic_signal_fence(memory_order_seq_cst);
	s->wall_ms = wall_ms;
	s->spi = n->spi;
	s->id = (uint8_t)n->id;
	s->len = (uint8_t)n->args.len;
	s->family = (uint8_t)n->peer.family;
	s->stranger = stranger;
	memcpy(s->addr, n->peer.bytes, sizeof(s->addr));
	memcpy(s->args, n->args.data, n->args.len);
	atomic_signal_fence(memory_order_seq_cst);
	s->seq = seq;
}

void recorder_store(struct recorder *r, const struct recorder_packed *n, uint64_t wall_ms)
{
	uint64_t seq = recorder_seq_at(n->boot_ms);
	uint32_t place = take_place(r), before = place_before(r, n->boot_ms);
	struct recorder_lane *lane;

	lane = recorder_lane_of(r, &n->peer, n->stranger);
	if (before && recorder_place(r, before)->seq >= seq)
		seq = recorder_place(r, before)->seq + 1;
	recorder_place(r, place)->seq = seq;
	fill_slot(recorder_slot(r, place), n, lane == &r->strangers, seq, wall_ms);
	link_behind(r, place, before);
	if (recorder_place(r, place)->after)
		r->late = place;
	recorder_lane_add(r, lane, place);
	r->written++;
}

/* ---- what an earlier process left -------------------------------------------------------------- */

static bool slot_is_whole(const struct recorder_slot *s, uint64_t now_ms)
{
	bool family = s->family == AF_UNSPEC || s->family == AF_INET || s->family == AF_INET6;

	return s->seq && s->seq >> TIE_BITS <= now_ms && family && s->len <= RECORDER_ARGS_MAX &&
	       recorder_args_fit((enum recorder_id)s->id, (struct view){s->args, s->len});
}

struct survivor {
	uint64_t seq;
	uint32_t place;
};

static int by_seq(const void *a, const void *b)
{
	const struct survivor *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static struct addr slot_addr(const struct recorder_slot *s)
{
	struct addr a = {.family = s->family};

	memcpy(a.bytes, s->addr, sizeof(s->addr));
	return a;
}

/* Slots that cannot be read are free again. */
static size_t gather(struct recorder *r, struct survivor *found)
{
	uint64_t now_ms = loop_now(r->loop);
	size_t count = 0;

	for (uint32_t place = 1; place <= r->used; place++) {
		const struct recorder_slot *s = recorder_slot(r, place);

		if (slot_is_whole(s, now_ms)) {
			found[count++] = (struct survivor){s->seq, place};
		} else {
			recorder_place(r, place)->lane_next = r->free;
			r->free = place;
		}
	}
	return count;
}

void recorder_resume(struct recorder *r)
{
	struct survivor *found;
	size_t count;

	if (!r->used)
		return;
	found = alloc_array(r->used, sizeof(*found));
	if (!found) { /* it begins anew */
		r->used = r->head->used = 0;
		return;
	}
	count = gather(r, found);
	qsort(found, count, sizeof(*found), by_seq);
	for (size_t i = 0; i < count; i++) {
		const struct recorder_slot *s = recorder_slot(r, found[i].place);
		struct addr peer = slot_addr(s);

		recorder_place(r, found[i].place)->seq = s->seq;
		link_behind(r, found[i].place, r->last);
		recorder_lane_add(r, recorder_lane_of(r, &peer, s->stranger), found[i].place);
	}
	r->survived = count;
	r->kept = (uint32_t)count;
	alloc_free(found);
}
