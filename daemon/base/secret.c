/*
 * secret: a slab allocator over pages that are locked and left out of cores.
 *
 * Thousands of small keys are alive at once; a page each would exhaust RLIMIT_MEMLOCK. A chunk is
 * CHUNK bytes, aligned to its size (so that the chunk of a slot is found by masking its address),
 * cut into slots of one size. Free slots are zero but for the link of the free list. The arena is
 * the one piece of state that is the process's and not an object's: locked memory is the process's
 * too. A mutex guards it, because workers make and free secrets; the bytes of a secret have one
 * owner.
 */
#include "base/secret.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/list.h"

#define CHUNK	((size_t)16384)
#define CLASSES 5

struct secret {
	uint16_t len;
	uint16_t cls;
	uint8_t bytes[];
};

struct slot {
	struct slot *next;
};

struct chunk {
	struct list node;
	struct slot *free;
	size_t used;
	bool locked;
	_Alignas(16) uint8_t slots[];
};

static const size_t slot_sizes[CLASSES] = {32, 64, 128, 256, SECRET_MAX + 16};

static struct {
	pthread_mutex_t mutex;
	struct list chunks[CLASSES]; /* those with a free slot first */
	bool ready;
	size_t unlocked, alive;
} arena = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void arena_ready(void)
{
	for (size_t i = 0; i < CLASSES && !arena.ready; i++)
		list_init(&arena.chunks[i]);
	arena.ready = true;
}

/* CHUNK bytes aligned to CHUNK: maps twice as much and gives the ends back. */
static uint8_t *map_aligned(void)
{
	uint8_t *raw =
		mmap(NULL, 2 * CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (raw == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)raw & (CHUNK - 1);
	if (before)
		munmap(raw, before);
	munmap(raw + before + CHUNK, CHUNK - before);
	return raw + before;
}

static struct chunk *chunk_new(size_t cls)
{
	size_t size = slot_sizes[cls];
	struct chunk *c = (struct chunk *)(void *)map_aligned();

	if (!c)
		return NULL;
	madvise(c, CHUNK, MADV_DONTDUMP);
	c->locked = mlock(c, CHUNK) == 0;
	if (!c->locked)
		arena.unlocked += CHUNK;
	for (size_t at = offsetof(struct chunk, slots); at + size <= CHUNK; at += size) {
		struct slot *slot = (struct slot *)(void *)((uint8_t *)c + at);

		slot->next = c->free;
		c->free = slot;
	}
	list_prepend(&arena.chunks[cls], &c->node);
	return c;
}

static void chunk_free(struct chunk *c)
{
	if (!c->locked)
		arena.unlocked -= CHUNK;
	list_remove(&c->node);
	munmap(c, CHUNK);
}

static struct secret *take_slot(size_t cls)
{
	struct list *first = &arena.chunks[cls];
	struct chunk *c = NULL;
	struct slot *slot;

	if (!list_empty(first))
		c = list_entry(first->next, struct chunk, node);
	if (!c || !c->free)
		c = chunk_new(cls);
	if (!c)
		return NULL;
	slot = c->free;
	c->free = slot->next;
	slot->next = NULL;
	c->used++;
	if (!c->free) {
		list_remove(&c->node);
		list_append(first, &c->node);
	}
	return (struct secret *)(void *)slot;
}

static void give_slot(struct secret *s, size_t cls)
{
	struct chunk *c = (struct chunk *)(void *)((uint8_t *)s - ((uintptr_t)s & (CHUNK - 1)));
	struct slot *slot = (struct slot *)(void *)s;

	explicit_bzero(s, slot_sizes[cls]);
	slot->next = c->free;
	c->free = slot;
	c->used--;
	list_remove(&c->node);
	list_prepend(&arena.chunks[cls], &c->node);
	/* One empty chunk stays, so that a key that comes and goes does not map and unmap. */
	if (c->used == 0 && arena.chunks[cls].next != arena.chunks[cls].prev)
		chunk_free(c);
}

struct secret *secret_zero(size_t len)
{
	struct secret *s = NULL;
	uint16_t cls = 0;

	if (len > SECRET_MAX || alloc_denied())
		return NULL;
	while (slot_sizes[cls] < sizeof(*s) + len)
		cls++;
	pthread_mutex_lock(&arena.mutex);
	arena_ready();
	s = take_slot(cls);
	arena.alive += s != NULL;
	pthread_mutex_unlock(&arena.mutex);
	if (!s)
		return NULL;
	s->len = (uint16_t)len;
	s->cls = cls;
	return s;
}

struct secret *secret_new(const void *data, size_t len)
{
	struct secret *s = secret_zero(len);

	if (s && len)
		memcpy(s->bytes, data, len);
	return s;
}

struct secret *secret_copy(const struct secret *s)
{
	return s ? secret_new(s->bytes, s->len) : NULL;
}

void secret_free(struct secret *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&arena.mutex);
	give_slot(s, s->cls);
	arena.alive--;
	pthread_mutex_unlock(&arena.mutex);
}

uint8_t *secret_bytes(struct secret *s)
{
	return s->bytes;
}

struct view secret_view(const struct secret *s)
{
	return s ? (struct view){.data = s->bytes, .len = s->len} : (struct view){0};
}

size_t secret_len(const struct secret *s)
{
	return s ? s->len : 0;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	struct view x = secret_view(a), y = secret_view(b);
	volatile uint8_t differ = 0;

	if (x.len != y.len)
		return false;
	for (size_t i = 0; i < x.len; i++)
		differ |= x.data[i] ^ y.data[i];
	return differ == 0;
}

void secret_wipe(void *data, size_t len)
{
	explicit_bzero(data, len);
}

void secret_free_text(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	alloc_free(text);
}

size_t secret_alive(void)
{
	size_t n;

	pthread_mutex_lock(&arena.mutex);
	n = arena.alive;
	pthread_mutex_unlock(&arena.mutex);
	return n;
}

size_t secret_unlocked(void)
{
	size_t unlocked;

	pthread_mutex_lock(&arena.mutex);
	unlocked = arena.unlocked;
	pthread_mutex_unlock(&arena.mutex);
	return unlocked;
}
