/*
 * Lanes: whose notes are whose, and whose oldest goes when room is needed: that of the lane with the most.
 * Lanes of equal length hang on one list, so that the longest is found at once and a note costs the same
 * however many peers there are.
 */
#include "base/alloc.h"
#include "recorder/recorder_internal.h"

static bool lane_match(const struct table_node *n, const void *key)
{
	return addr_equal(&table_entry(n, struct recorder_lane, node)->peer, key);
}

static void lane_unlink(struct recorder *r, struct recorder_lane *l)
{
	list_remove(&l->by_count);
	while (r->most && list_empty(&r->by_count[r->most]))
		r->most--;
}

static void lane_link(struct recorder *r, struct recorder_lane *l)
{
	list_append(&r->by_count[l->count], &l->by_count);
	if (l->count > r->most)
		r->most = l->count;
}

static bool lane_is_own(const struct recorder *r, const struct recorder_lane *l)
{
	return l == &r->strangers || l == &r->nobody;
}

int recorder_lanes_init(struct recorder *r)
{
	list_init(&r->strangers.by_count);
	list_init(&r->nobody.by_count);
	r->strangers.stranger = true;
	r->lanes = table_new();
	r->by_count = alloc_array((size_t)r->slot_count + 1, sizeof(*r->by_count));
	if (!r->lanes || !r->by_count)
		return -1;
	for (uint32_t i = 0; i <= r->slot_count; i++)
		list_init(&r->by_count[i]);
	return 0;
}

void recorder_lanes_free(struct recorder *r)
{
	struct table_cursor c = {0};
	struct table_node *n;

	while (r->lanes && (n = table_next(r->lanes, &c))) {
		table_remove(r->lanes, n);
		alloc_free(table_entry(n, struct recorder_lane, node));
	}
	table_free(r->lanes);
	alloc_free(r->by_count);
}

static struct recorder_lane *lane_new(struct recorder *r, const struct addr *peer, uint32_t hash)
{
	struct recorder_lane *l = alloc_zero(sizeof(*l));

	if (!l)
		return &r->strangers;
	l->peer = *peer;
	list_init(&l->by_count);
	if (table_insert(r->lanes, &l->node, hash)) {
		alloc_free(l);
		return &r->strangers;
	}
	return l;
}

struct recorder_lane *recorder_lane_of(struct recorder *r, const struct addr *peer, bool stranger)
{
	struct table_node *n;
	uint32_t hash;

	if (stranger)
		return &r->strangers;
	if (!addr_is_set(peer))
		return &r->nobody;
	hash = addr_hash(peer, table_seed(r->lanes));
	n = table_find(r->lanes, hash, lane_match, peer);
	if (n)
		return table_entry(n, struct recorder_lane, node);
	if (r->known && !r->known(r->known_ctx, peer))
		return &r->strangers;
	return lane_new(r, peer, hash);
}

void recorder_lane_add(struct recorder *r, struct recorder_lane *l, uint32_t place)
{
	struct recorder_place *p = recorder_place(r, place);

	p->lane = l;
	p->lane_next = 0;
	if (l->last)
		recorder_place(r, l->last)->lane_next = place;
	else
		l->first = place;
	l->last = place;
	lane_unlink(r, l);
	l->count++;
	lane_link(r, l);
}

uint32_t recorder_lane_evict(struct recorder *r)
{
	struct recorder_lane *l;
	uint32_t place;

	if (!r->most)
		return 0;
	l = list_entry(r->by_count[r->most].next, struct recorder_lane, by_count);
	place = l->first;
	l->first = recorder_place(r, place)->lane_next;
	if (!l->first)
		l->last = 0;
	l->count--;
	lane_unlink(r, l);
	if (l->count) {
		lane_link(r, l);
	} else if (!lane_is_own(r, l)) {
		table_remove(r->lanes, &l->node);
		alloc_free(l);
	}
	return place;
}
