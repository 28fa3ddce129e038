#include "base/table.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"

#define FIRST_BUCKETS 16

struct table {
	struct table_node **buckets;
	size_t mask; /* buckets - 1; meaningless while buckets is NULL */
	size_t count;
	uint32_t seed;
};

struct table *table_new(void)
{
	struct table *t = alloc_zero(sizeof(*t));

	if (t)
		t->seed = random_u32();
	return t;
}

void table_free(struct table *t)
{
	if (t)
		alloc_free(t->buckets);
	alloc_free(t);
}

uint32_t table_seed(const struct table *t)
{
	return t->seed;
}

size_t table_count(const struct table *t)
{
	return t->count;
}

static void link_node(struct table_node **buckets, size_t mask, struct table_node *node)
{
	struct table_node **slot = &buckets[node->hash & mask];

	node->next = *slot;
	*slot = node;
}

static int resize(struct table *t, size_t size)
{
	struct table_node **grown = alloc_array(size, sizeof(*grown));
	struct table_node *node, *next;

	if (!grown)
		return -ENOMEM;
	for (size_t i = 0; t->buckets && i <= t->mask; i++) {
		for (node = t->buckets[i]; node; node = next) {
			next = node->next;
			link_node(grown, size - 1, node);
		}
	}
	alloc_free(t->buckets);
	t->buckets = grown;
	t->mask = size - 1;
	return 0;
}

/* A table that cannot grow gets slower, not wrong: only the first array is indispensable. */
static int make_room(struct table *t)
{
	if (!t->buckets)
		return resize(t, FIRST_BUCKETS);
	if (t->count > t->mask)
		resize(t, (t->mask + 1) * 2);
	return 0;
}

int table_insert(struct table *t, struct table_node *node, uint32_t hash)
{
	if (make_room(t))
		return -ENOMEM;
	node->hash = hash;
	link_node(t->buckets, t->mask, node);
	t->count++;
	return 0;
}

void table_remove(struct table *t, struct table_node *node)
{
	struct table_node **at;

	if (!t->buckets)
		return;
	for (at = &t->buckets[node->hash & t->mask]; *at; at = &(*at)->next) {
		if (*at == node) {
			*at = node->next;
			node->next = NULL;
			t->count--;
			return;
		}
	}
}

struct table_node *table_find(const struct table *t, uint32_t hash,
			      bool (*match)(const struct table_node *node, const void *key),
			      const void *key)
{
	struct table_node *node = t->buckets ? t->buckets[hash & t->mask] : NULL;

	for (; node; node = node->next)
		if (node->hash == hash && match(node, key))
			return node;
	return NULL;
}

struct table_node *table_same(const struct table *t, uint32_t hash, const struct table_node *it)
{
	struct table_node *node = t->buckets ? t->buckets[hash & t->mask] : NULL;

	for (node = it ? it->next : node; node; node = node->next)
		if (node->hash == hash)
			return node;
	return NULL;
}

struct table_node *table_next(const struct table *t, struct table_cursor *c)
{
	struct table_node *node = c->next;

	if (!t->buckets)
		return NULL;
	if (!c->started)
		*c = (struct table_cursor){.started = true};
	while (!node && c->bucket <= t->mask)
		node = t->buckets[c->bucket++];
	c->next = node ? node->next : NULL;
	return node;
}

/*
 * HalfSipHash with one round a word and three at the end (Aumasson and Bernstein's construction on
 * 32-bit words): an outsider who does not know the seed cannot make keys collide.
 */
struct mix {
	uint32_t v0, v1, v2, v3;
};

static uint32_t rotate(uint32_t x, unsigned int by)
{
	return x << by | x >> (32 - by);
}

static void mix_round(struct mix *m)
{
	m->v0 += m->v1;
	m->v1 = rotate(m->v1, 5) ^ m->v0;
	m->v0 = rotate(m->v0, 16);
	m->v2 += m->v3;
	m->v3 = rotate(m->v3, 8) ^ m->v2;
	m->v0 += m->v3;
	m->v3 = rotate(m->v3, 7) ^ m->v0;
	m->v2 += m->v1;
	m->v1 = rotate(m->v1, 13) ^ m->v2;
	m->v2 = rotate(m->v2, 16);
}

static void mix_word(struct mix *m, uint32_t word)
{
	m->v3 ^= word;
	mix_round(m);
	m->v0 ^= word;
}

static struct mix mix_start(uint32_t seed)
{
	/* The second half of the 64-bit key is spread from the first. */
	uint32_t k0 = seed, k1 = (seed ^ seed >> 15) * 0x9e3779b1u;

	return (struct mix){k0, k1, 0x6c796765u ^ k0, 0x74656462u ^ k1};
}

static uint32_t mix_end(struct mix *m)
{
	m->v2 ^= 0xff;
	mix_round(m);
	mix_round(m);
	mix_round(m);
	return m->v1 ^ m->v3;
}

uint32_t hash_bytes(const void *data, size_t len, uint32_t seed)
{
	const uint8_t *at = data;
	struct mix m = mix_start(seed);
	uint32_t word = (uint32_t)len << 24;
	size_t whole = len & ~(size_t)3;

	for (size_t i = 0; i < whole; i += 4)
		mix_word(&m, (uint32_t)at[i] | (uint32_t)at[i + 1] << 8 |
				     (uint32_t)at[i + 2] << 16 | (uint32_t)at[i + 3] << 24);
	for (size_t i = whole; i < len; i++)
		word |= (uint32_t)at[i] << 8 * (i - whole);
	mix_word(&m, word);
	return mix_end(&m);
}

uint32_t hash_u32(uint32_t v, uint32_t seed)
{
	struct mix m = mix_start(seed);

	mix_word(&m, v);
	return mix_end(&m);
}
