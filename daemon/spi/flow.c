/*
 * Sources are kept in lists by how many flows they have; `top` is the highest number that occurs, so
 * the flow to evict is found at once. Within a list a source moves to the tail when it is heard.
 */
#include "spi/flow.h"

#include <string.h>

#include "base/alloc.h"

struct flow_source {
	struct addr addr;
	struct table_node node;
	struct list flows;
	struct list peers; /* in by_count[count] */
	size_t count;
};

struct flow_table {
	struct table *flows, *sources, *ids;
	struct list all;
	struct list *by_count; /* [0 … room] */
	size_t room, max, top;
	uint32_t last_id;
	uint64_t evicted;
	void (*gone)(void *ctx, struct flow *f);
	void *ctx;
};

static int set_room(struct flow_table *t, size_t max)
{
	struct list *fresh = alloc_array(max + 1, sizeof(*fresh));

	if (!fresh)
		return -1;
	for (size_t i = 0; i <= max; i++)
		list_init(&fresh[i]);
	alloc_free(t->by_count);
	t->by_count = fresh;
	t->room = t->max = max;
	t->top = 0;
	return 0;
}

struct flow_table *flow_table_new(size_t max, void (*gone)(void *ctx, struct flow *f), void *ctx)
{
	struct flow_table *t = alloc_zero(sizeof(*t));

	if (!t)
		return NULL;
	list_init(&t->all);
	t->gone = gone;
	t->ctx = ctx;
	t->flows = table_new();
	t->sources = table_new();
	t->ids = table_new();
	if (!t->flows || !t->sources || !t->ids || set_room(t, max ? max : 1)) {
		flow_table_free(t);
		return NULL;
	}
	return t;
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	if (t->by_count)
		flow_table_clear(t);
	table_free(t->flows);
	table_free(t->sources);
	table_free(t->ids);
	alloc_free(t->by_count);
	alloc_free(t);
}

/* A source has one flow more or fewer, or was heard again: to the tail of its list. */
static void source_place(struct flow_table *t, struct flow_source *s)
{
	list_remove(&s->peers);
	list_append(&t->by_count[s->count], &s->peers);
	if (s->count > t->top)
		t->top = s->count;
	while (t->top && list_empty(&t->by_count[t->top]))
		t->top--;
}

static void source_drop(struct flow_table *t, struct flow_source *s)
{
	list_remove(&s->peers);
	table_remove(t->sources, &s->node);
	alloc_free(s);
}

static bool source_matches(const struct table_node *node, const void *key)
{
	return addr_equal(&table_entry(node, struct flow_source, node)->addr, key);
}

static struct flow_source *source_get(struct flow_table *t, const struct addr *a)
{
	uint32_t hash = addr_hash(a, table_seed(t->sources));
	struct table_node *node = table_find(t->sources, hash, source_matches, a);
	struct flow_source *s;

	if (node)
		return table_entry(node, struct flow_source, node);
	s = alloc_zero(sizeof(*s));
	if (!s)
		return NULL;
	s->addr = *a;
	list_init(&s->flows);
	list_init(&s->peers);
	if (table_insert(t->sources, &s->node, hash)) {
		alloc_free(s);
		return NULL;
	}
	return s;
}

static void flow_drop(struct flow_table *t, struct flow *f)
{
	struct flow_source *s = f->source;

	t->gone(t->ctx, f);
	table_remove(t->flows, &f->node);
	table_remove(t->ids, &f->by_id);
	list_remove(&f->all);
	list_remove(&f->shared);
	list_remove(&f->line);
	list_remove(&f->look);
	list_remove(&f->tell);
	alloc_free(f);
	s->count--;
	source_place(t, s);
	if (s->count == 0)
		source_drop(t, s);
}

static void evict_one(struct flow_table *t)
{
	struct flow_source *s = list_entry(t->by_count[t->top].next, struct flow_source, peers);

	t->evicted++;
	flow_drop(t, list_entry(s->flows.next, struct flow, shared));
}

static uint32_t flow_hash(const struct flow_table *t, const struct spi_refusal *r)
{
	uint32_t seed = table_seed(t->flows);

	return hash_u32(r->spi, addr_hash(&r->src, addr_hash(&r->dst, seed + r->proto)));
}

static bool flow_matches(const struct table_node *node, const void *key)
{
	const struct spi_flow *f = &table_entry(node, struct flow, node)->pub;
	const struct spi_refusal *r = key;

	return f->spi == r->spi && f->proto == r->proto && addr_equal(&f->src, &r->src) &&
	       addr_equal(&f->dst, &r->dst);
}

static void flow_init(struct flow *f, const struct spi_refusal *r, uint64_t now_ms,
		      uint64_t wall_ms)
{
	f->pub = (struct spi_flow){.src = r->src,
				   .dst = r->dst,
				   .proto = r->proto,
				   .spi = r->spi,
				   .first_ms = now_ms,
				   .last_ms = now_ms,
				   .first_wall_ms = wall_ms,
				   .first_seq = r->seq};
	f->run_ms = now_ms;
	list_init(&f->line);
	list_init(&f->look);
	list_init(&f->tell);
}

static uint32_t id_hash(const struct flow_table *t, uint32_t id)
{
	return hash_u32(id, table_seed(t->ids));
}

/* Both tables, or neither. */
static int flow_index(struct flow_table *t, struct flow *f, uint32_t hash)
{
	f->pub.id = ++t->last_id ? t->last_id : ++t->last_id;
	if (table_insert(t->flows, &f->node, hash))
		return -1;
	if (!table_insert(t->ids, &f->by_id, id_hash(t, f->pub.id)))
		return 0;
	table_remove(t->flows, &f->node);
	return -1;
}

static struct flow *flow_make(struct flow_table *t, const struct spi_refusal *r, uint32_t hash,
			      uint64_t now_ms, uint64_t wall_ms)
{
	struct flow_source *s;
	struct flow *f;

	while (table_count(t->flows) >= t->max)
		evict_one(t);
	f = alloc_zero(sizeof(*f));
	if (!f)
		return NULL;
	flow_init(f, r, now_ms, wall_ms);
	s = source_get(t, &r->src);
	if (!s || flow_index(t, f, hash)) {
		if (s && s->count == 0)
			source_drop(t, s);
		alloc_free(f);
		return NULL;
	}
	f->source = s;
	list_append(&t->all, &f->all);
	list_append(&s->flows, &f->shared);
	s->count++;
	source_place(t, s);
	return f;
}

/* How many packets a record stands for. A source that forgot the flow begins to count anew. */
static uint64_t packets_of(const struct flow *f, const struct spi_refusal *r)
{
	if (r->flow_count == 0)
		return 1;
	if (f->pub.count == 0) /* new here: a high count is from before a clear or a restart */
		return r->flow_count <= FLOW_FIRST_PACKETS ? r->flow_count : 1;
	if (r->flow_count > f->source_count)
		return r->flow_count - f->source_count;
	return r->flow_count == f->source_count ? 1 : r->flow_count;
}

static void flow_count(struct flow *f, const struct spi_refusal *r, uint64_t now_ms,
		       uint64_t wall_ms)
{
	uint64_t n = packets_of(f, r);
	struct spi_flow *p = &f->pub;

	if (now_ms - p->last_ms > SPI_GAP_MS) {
		f->run_ms = now_ms;
		p->persistent = false;
	}
	/* A count that cannot be stays at its end: a flow that was seen never has none. */
	p->count = n > UINT64_MAX - p->count ? UINT64_MAX : p->count + n;
	f->source_count = r->flow_count;
	f->second[0] += n > UINT32_MAX - f->second[0] ? UINT32_MAX - f->second[0] : (uint32_t)n;
	p->last_ms = now_ms;
	p->last_wall_ms = wall_ms;
	p->last_seq = r->seq;
	p->encap = r->encap;
	p->sport = r->sport;
	memcpy(p->interface, r->interface, sizeof(p->interface));
}

struct flow *flow_table_touch(struct flow_table *t, const struct spi_refusal *r, uint64_t now_ms,
			      uint64_t wall_ms)
{
	uint32_t hash = flow_hash(t, r);
	struct table_node *node = table_find(t->flows, hash, flow_matches, r);
	struct flow *f;

	if (node) {
		f = table_entry(node, struct flow, node);
		list_remove(&f->shared);
		list_append(&f->source->flows, &f->shared);
		source_place(t, f->source);
	} else {
		f = flow_make(t, r, hash, now_ms, wall_ms);
	}
	if (f)
		flow_count(f, r, now_ms, wall_ms);
	return f;
}

/* Packets a second over the last whole seconds, as many as the flow has seen, FLOW_RATE_SECONDS - 1
 * at most: a source reports a busy flow once a second, so one second alone says little. */
static void rate_move(struct flow *f, uint64_t now_ms)
{
	uint64_t age = (now_ms - f->pub.first_ms) / 1000, sum = 0;
	unsigned int n = age < 1		   ? 1
			 : age > FLOW_RATE_SECONDS ? FLOW_RATE_SECONDS
						   : (unsigned int)age;

	for (unsigned int i = 0; i < n; i++)
		sum += f->second[i];
	f->pub.rate = (uint32_t)((sum + n - 1) / n > UINT32_MAX ? UINT32_MAX : (sum + n - 1) / n);
	memmove(&f->second[1], &f->second[0], sizeof(f->second) - sizeof(f->second[0]));
	f->second[0] = 0;
}

void flow_table_second(struct flow_table *t, uint64_t now_ms)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &t->all)
	{
		struct flow *f = list_entry(it, struct flow, all);

		if (now_ms - f->pub.last_ms >= SPI_IDLE_MS)
			flow_drop(t, f);
		else
			rate_move(f, now_ms);
	}
}

void flow_table_resize(struct flow_table *t, size_t max)
{
	if (max == 0)
		max = 1;
	if (max > t->room) { /* rare: a setting; flows are a cache, and begin anew */
		flow_table_clear(t);
		set_room(t, max);
		return;
	}
	t->max = max;
	while (table_count(t->flows) > t->max)
		evict_one(t);
}

void flow_table_clear(struct flow_table *t)
{
	while (!list_empty(&t->all))
		flow_drop(t, list_entry(t->all.next, struct flow, all));
}

struct flow *flow_table_next(const struct flow_table *t, const struct flow *it)
{
	const struct list *next = it ? it->all.next : t->all.next;

	return next == &t->all ? NULL : list_entry(next, struct flow, all);
}

static bool id_matches(const struct table_node *node, const void *key)
{
	return table_entry(node, struct flow, by_id)->pub.id == *(const uint32_t *)key;
}

struct flow *flow_table_by_id(const struct flow_table *t, uint32_t id)
{
	struct table_node *node = table_find(t->ids, id_hash(t, id), id_matches, &id);

	return node ? table_entry(node, struct flow, by_id) : NULL;
}

size_t flow_table_count(const struct flow_table *t)
{
	return table_count(t->flows);
}

uint64_t flow_table_evicted(const struct flow_table *t)
{
	return t->evicted;
}
