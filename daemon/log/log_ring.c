#include "log/log_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

struct log_entry *log_entry_new(const struct log_record *r)
{
	size_t len = strlen(r->text);
	struct log_entry *e = alloc_zero(sizeof(*e) + len + 1);

	if (!e)
		return NULL;
	e->record = *r;
	memcpy(e->text, r->text, len + 1);
	e->record.text = e->text;
	e->bytes = sizeof(*e) + len + 1;
	e->refs = 1;
	return e;
}

void log_entry_unref(struct log_entry *e)
{
	if (--e->refs == 0)
		alloc_free(e);
}

static int grow(struct log_ring *ring)
{
	size_t cap = ring->cap ? ring->cap * 2 : 64;
	struct log_entry **slots = alloc_array(cap, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < ring->count; i++)
		slots[i] = log_ring_at(ring, i);
	alloc_free(ring->slots);
	ring->slots = slots;
	ring->cap = cap;
	ring->head = 0;
	return 0;
}

int log_ring_push(struct log_ring *ring, struct log_entry *e)
{
	if (ring->count == ring->cap && grow(ring))
		return -ENOMEM;
	ring->slots[(ring->head + ring->count++) & (ring->cap - 1)] = e;
	ring->bytes += e->bytes;
	e->refs++;
	return 0;
}

struct log_entry *log_ring_at(const struct log_ring *ring, size_t i)
{
	return ring->slots[(ring->head + i) & (ring->cap - 1)];
}

size_t log_ring_find(const struct log_ring *ring, uint64_t from)
{
	size_t low = 0, high = ring->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (log_ring_at(ring, middle)->record.seq < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void log_ring_drop_first(struct log_ring *ring)
{
	struct log_entry *e = log_ring_at(ring, 0);

	ring->head = (ring->head + 1) & (ring->cap - 1);
	ring->count--;
	ring->bytes -= e->bytes;
	log_entry_unref(e);
}

void log_ring_free(struct log_ring *ring)
{
	while (ring->count)
		log_ring_drop_first(ring);
	alloc_free(ring->slots);
	*ring = (struct log_ring){0};
}
