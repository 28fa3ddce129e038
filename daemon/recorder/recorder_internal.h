/* recorder_internal: what the files of the recorder share: slots, their places, lanes. */
#ifndef RECORDER_INTERNAL_H
#define RECORDER_INTERNAL_H

#include "base/list.h"
#include "base/table.h"
#include "recorder/recorder.h"

/* What outlives a process: plain memory of fixed layout, read by a later process of the same binary. A slot
 * is whole when its number is there: it is taken away first and put back last. */
struct recorder_slot {
	uint64_t seq; /* 0: empty */
	uint64_t wall_ms;
	uint32_t spi;
	uint8_t id, len, family, stranger;
	uint8_t addr[16];
	uint8_t args[RECORDER_ARGS_MAX];
};
_Static_assert(sizeof(struct recorder_slot) == RECORDER_SLOT_LEN, "slots have a fixed length");

struct recorder_head {
	uint32_t magic, slot_len, slots;
	uint32_t used; /* slots that were ever written: the rest is not even looked at */
};
_Static_assert(sizeof(struct recorder_head) <= RECORDER_HEAD_LEN, "the head has its page");

/* Whose notes go together when room is needed: a peer's, or those of all strangers. */
struct recorder_lane {
	struct table_node node;
	struct list by_count; /* among those with as many notes */
	struct addr peer;     /* unset: strangers, and what is about no peer */
	bool stranger;
	uint32_t first, last; /* places, in the order of writing */
	uint32_t count;
};

/* Beside each slot: its neighbours in time, and the next of its lane. Numbers are index + 1; 0 = none. */
struct recorder_place {
	uint64_t seq;
	uint32_t before, after, lane_next;
	struct recorder_lane *lane;
};

struct recorder {
	struct loop *loop;
	const struct recorder_names *names;
	bool (*known)(void *ctx, const struct addr *a);
	void *known_ctx;
	bool off;
	void *map;
	size_t map_len;
	struct recorder_head *head;
	struct recorder_slot *slots;
	struct recorder_place *places;
	uint32_t slot_count, used, free; /* free: first of a chain by lane_next */
	uint32_t kept;			 /* notes there are */
	uint32_t first, last;		 /* in time */
	struct table *lanes;
	struct recorder_lane strangers, nobody;
	struct list *by_count; /* lanes with 1 … slot_count notes */
	uint32_t most;
	uint64_t written, replaced, lost, survived;
	uint64_t offset_ms; /* of the wall clock from the loop's */
	uint32_t hint;	    /* the place that was read last */
	uint32_t late;	    /* … and where a note was put that came late */
};

/* lane.c */
int recorder_lanes_init(struct recorder *r);
void recorder_lanes_free(struct recorder *r);
/* Never NULL: without memory the strangers' takes it. */
struct recorder_lane *recorder_lane_of(struct recorder *r, const struct addr *peer, bool stranger);
void recorder_lane_add(struct recorder *r, struct recorder_lane *l, uint32_t place);
/* Takes the oldest place out of the lane with the most; 0: there is none. */
uint32_t recorder_lane_evict(struct recorder *r);

/* store.c: a note into a slot; survivors into their places */
void recorder_store(struct recorder *r, const struct recorder_packed *n, uint64_t wall_ms);
void recorder_resume(struct recorder *r);

static inline struct recorder_slot *recorder_slot(const struct recorder *r, uint32_t place)
{
	return &r->slots[place - 1];
}

static inline struct recorder_place *recorder_place(const struct recorder *r, uint32_t place)
{
	return &r->places[place - 1];
}

#endif
