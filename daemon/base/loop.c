/*
 * loop, the half without a system: a heap of timers, the queue of deferred calls, statistics.
 *
 * The real loop (loop_event.c) and loop_advance() drive the same three functions, so what a test
 * sees on simulated time is what happens on the real one. Only loop_timer_set() and loop_defer()
 * can fail, for want of memory. A statistic that finds no memory is left out; nothing depends on
 * it.
 */
#include "base/loop.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop_internal.h"
#include "base/table.h"

struct deferred {
	struct list node;
	const void *owner;
	const char *name;
	void (*fn)(void *arg);
	void *arg;
};

struct stat_entry {
	struct table_node node;
	struct loop_stat stat;
};

/* The heap. */

static bool earlier(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void heap_put(struct loop *loop, size_t at, struct loop_timer *t)
{
	loop->heap[at] = t;
	t->heap_index = at + 1;
}

static void heap_up(struct loop *loop, size_t at, struct loop_timer *t)
{
	while (at > 0 && earlier(t, loop->heap[(at - 1) / 2])) {
		heap_put(loop, at, loop->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_put(loop, at, t);
}

static void heap_down(struct loop *loop, size_t at, struct loop_timer *t)
{
	size_t child;

	while ((child = 2 * at + 1) < loop->heap_len) {
		if (child + 1 < loop->heap_len && earlier(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (!earlier(loop->heap[child], t))
			break;
		heap_put(loop, at, loop->heap[child]);
		at = child;
	}
	heap_put(loop, at, t);
}

static void heap_move(struct loop *loop, size_t at, struct loop_timer *t)
{
	if (at > 0 && earlier(t, loop->heap[(at - 1) / 2]))
		heap_up(loop, at, t);
	else
		heap_down(loop, at, t);
}

static int heap_reserve(struct loop *loop)
{
	size_t cap = loop->heap_cap ? loop->heap_cap * 2 : 64;
	struct loop_timer **grown;

	if (loop->heap_len < loop->heap_cap)
		return 0;
	grown = alloc_grow(loop->heap, loop->heap_cap, cap, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	loop->heap = grown;
	loop->heap_cap = cap;
	return 0;
}

void loop_timer_init(struct loop_timer *t, struct loop *loop, const char *name, void (*fn)(void *),
		     void *arg)
{
	*t = (struct loop_timer){.loop = loop, .fn = fn, .arg = arg, .name = name};
}

int loop_timer_set(struct loop_timer *t, uint64_t delay_ms)
{
	struct loop *loop = t->loop;
	bool armed = loop_timer_armed(t);

	if (!armed && heap_reserve(loop))
		return -ENOMEM;
	if (__builtin_add_overflow(loop->now_ms, delay_ms, &t->due_ms))
		t->due_ms = UINT64_MAX;
	t->order = ++loop->order;
	if (armed)
		heap_move(loop, t->heap_index - 1, t);
	else
		heap_up(loop, loop->heap_len++, t);
	return 0;
}

void loop_timer_stop(struct loop_timer *t)
{
	struct loop *loop = t->loop;
	struct loop_timer *last;
	size_t at = t->heap_index;

	if (at == 0)
		return;
	t->heap_index = 0;
	last = loop->heap[--loop->heap_len];
	if (last != t)
		heap_move(loop, at - 1, last);
}

bool loop_timer_armed(const struct loop_timer *t)
{
	return t->heap_index != 0;
}

uint64_t loop_core_due(const struct loop *loop)
{
	return loop->heap_len ? loop->heap[0]->due_ms : UINT64_MAX;
}

unsigned long loop_core_timers(struct loop *loop)
{
	uint64_t newest = loop->order, begun;
	struct loop_timer *t;
	const char *name;
	unsigned long ran = 0;

	while (loop_core_due(loop) <= loop->now_ms && loop->heap[0]->order <= newest) {
		t = loop->heap[0];
		name = t->name;
		loop_timer_stop(t);
		begun = loop_core_begin(loop);
		t->fn(t->arg); /* may free the timer */
		loop_core_end(loop, name, begun);
		ran++;
	}
	return ran;
}

/* Deferral. */

int loop_defer(struct loop *loop, const void *owner, const char *name, void (*fn)(void *),
	       void *arg)
{
	struct deferred *d = alloc_zero(sizeof(*d));

	if (!d)
		return -ENOMEM;
	*d = (struct deferred){.owner = owner, .name = name, .fn = fn, .arg = arg};
	list_append(&loop->deferred, &d->node);
	return 0;
}

void loop_defer_cancel(struct loop *loop, const void *owner)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &loop->deferred)
	{
		struct deferred *d = list_entry(it, struct deferred, node);

		if (d->owner == owner) {
			list_remove(it);
			alloc_free(d);
		}
	}
}

bool loop_core_has_deferred(const struct loop *loop)
{
	return !list_empty(&loop->deferred);
}

unsigned long loop_core_deferred(struct loop *loop)
{
	unsigned long ran;
	struct deferred d;
	struct list *it;
	uint64_t begun;

	/* Taken off before it runs, so that loop_defer_cancel() never meets the running one. */
	for (ran = 0; ran < LOOP_DEFER_MAX && loop_core_has_deferred(loop); ran++) {
		it = loop->deferred.next;
		list_remove(it);
		d = *list_entry(it, struct deferred, node);
		alloc_free(list_entry(it, struct deferred, node));
		begun = loop_core_begin(loop);
		d.fn(d.arg);
		loop_core_end(loop, d.name, begun);
	}
	return ran;
}

/* Statistics. */

static bool same_name(const struct table_node *node, const void *name)
{
	return strcmp(table_entry(node, struct stat_entry, node)->stat.name, name) == 0;
}

static struct loop_stat *stat_add(struct loop *loop, const char *name, uint32_t hash)
{
	size_t cap = loop->stat_cap ? loop->stat_cap * 2 : 32;
	struct stat_entry *e;
	void *grown;

	if (loop->stat_count == loop->stat_cap) {
		grown = alloc_grow(loop->stat_order, loop->stat_cap, cap,
				   sizeof(*loop->stat_order));
		if (!grown)
			return NULL;
		loop->stat_order = grown;
		loop->stat_cap = cap;
	}
	e = alloc_zero(sizeof(*e));
	if (!e || table_insert(loop->stats, &e->node, hash)) {
		alloc_free(e);
		return NULL;
	}
	e->stat.name = name;
	loop->stat_order[loop->stat_count++] = &e->stat;
	return &e->stat;
}

static struct loop_stat *stat_of(struct loop *loop, const char *name)
{
	uint32_t hash = hash_bytes(name, strlen(name), table_seed(loop->stats));
	struct table_node *node = table_find(loop->stats, hash, same_name, name);

	if (node)
		return &table_entry(node, struct stat_entry, node)->stat;
	return stat_add(loop, name, hash);
}

/* On a simulated loop handlers take no time: figures of a test must not depend on the machine. */
uint64_t loop_core_begin(const struct loop *loop)
{
	return loop->edge ? clock_boot_us() : 0;
}

void loop_core_end(struct loop *loop, const char *name, uint64_t begun_us)
{
	uint64_t us = loop->edge ? clock_boot_us() - begun_us : 0;
	struct loop_stat *stat = stat_of(loop, name ? name : "unnamed");

	if (!stat)
		return;
	stat->turns++;
	stat->total_us += us;
	if (us > LOOP_SLOW_US)
		stat->slow_turns++;
	if (us > stat->max_us)
		stat->max_us = us;
}

bool loop_stat_get(const struct loop *loop, size_t index, struct loop_stat *out)
{
	if (index >= loop->stat_count)
		return false;
	*out = *loop->stat_order[index];
	return true;
}

/* Life. */

struct loop *loop_core_new(uint64_t now_ms)
{
	struct loop *loop = alloc_zero(sizeof(*loop));

	if (!loop)
		return NULL;
	list_init(&loop->deferred);
	loop->now_ms = now_ms;
	loop->stats = table_new();
	if (!loop->stats) {
		alloc_free(loop);
		return NULL;
	}
	return loop;
}

struct loop *loop_new_simulated(uint64_t now_ms)
{
	return loop_core_new(now_ms);
}

static void drop_deferred(struct loop *loop)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &loop->deferred)
		alloc_free(list_entry(it, struct deferred, node));
}

static void drop_stats(struct loop *loop)
{
	struct table_cursor cursor = {0};
	struct table_node *node;

	while ((node = table_next(loop->stats, &cursor)))
		alloc_free(table_entry(node, struct stat_entry, node));
	table_free(loop->stats);
	alloc_free(loop->stat_order);
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	loop_edge_free(loop->edge);
	for (size_t i = 0; i < loop->heap_len; i++)
		loop->heap[i]->heap_index = 0;
	alloc_free(loop->heap);
	drop_deferred(loop);
	drop_stats(loop);
	alloc_free(loop);
}

uint64_t loop_now(const struct loop *loop)
{
	return loop->now_ms;
}

unsigned long loop_advance(struct loop *loop, uint64_t ms)
{
	uint64_t end = loop->now_ms + ms, due;
	unsigned long ran = loop_core_deferred(loop);

	while ((due = loop_core_due(loop)) <= end) {
		if (due > loop->now_ms)
			loop->now_ms = due;
		ran += loop_core_timers(loop);
		ran += loop_core_deferred(loop);
	}
	loop->now_ms = end;
	return ran;
}
