#include "spi/ring.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"

#define HEADER 8 /* length with its two flag bits, page offset */

struct spi_ring {
	unsigned long *consumer;
	unsigned long *producer;
	const uint8_t *data;
	size_t bytes, page;
};

static size_t producer_span(const struct spi_ring *r)
{
	return r->page + 2 * r->bytes;
}

struct spi_ring *spi_ring_map(int fd, size_t bytes)
{
	struct spi_ring *r = alloc_zero(sizeof(*r));
	void *map;

	if (!r)
		return NULL;
	r->bytes = bytes;
	r->page = (size_t)sysconf(_SC_PAGESIZE);
	map = mmap(NULL, r->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		goto fail;
	r->consumer = map;
	map = mmap(NULL, producer_span(r), PROT_READ, MAP_SHARED, fd, (off_t)r->page);
	if (map == MAP_FAILED)
		goto fail;
	r->producer = map;
	r->data = (const uint8_t *)map + r->page;
	return r;
fail:
	spi_ring_free(r);
	return NULL;
}

void spi_ring_free(struct spi_ring *r)
{
	if (!r)
		return;
	if (r->producer)
		munmap(r->producer, producer_span(r));
	if (r->consumer)
		munmap(r->consumer, r->page);
	alloc_free(r);
}

static size_t padded(uint32_t len)
{
	return ((size_t)len + HEADER + 7) & ~(size_t)7;
}

size_t spi_ring_drain(struct spi_ring *r, size_t max,
		      void (*fn)(void *ctx, const void *data, size_t len), void *ctx)
{
	unsigned long at = *r->consumer;
	size_t n = 0;

	while (n < max) {
		unsigned long end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
		const uint8_t *record = r->data + (at & (r->bytes - 1));
		uint32_t word, len;

		if (at >= end)
			break;
		word = __atomic_load_n((const uint32_t *)(const void *)record, __ATOMIC_ACQUIRE);
		if (word & BPF_RINGBUF_BUSY_BIT)
			break; /* reserved, not yet filled */
		len = word & ~BPF_RINGBUF_DISCARD_BIT;
		if (padded(len) > end - at || end - at > r->bytes) {
			at = end;
		} else {
			if (!(word & BPF_RINGBUF_DISCARD_BIT))
				fn(ctx, record + HEADER, len);
			at += padded(len);
		}
		n++;
		__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
	}
	return n;
}

size_t spi_ring_waiting(const struct spi_ring *r)
{
	unsigned long end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);

	return end - *r->consumer > r->bytes ? r->bytes : end - *r->consumer;
}

void *spi_array_map(int fd, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *map = mmap(NULL, (bytes + page - 1) & ~(page - 1), PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);

	return map == MAP_FAILED ? NULL : map;
}

void spi_array_unmap(void *p, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (p)
		munmap(p, (bytes + page - 1) & ~(page - 1));
}
