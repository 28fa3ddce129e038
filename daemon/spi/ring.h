/*
 * spi/ring: the consuming side of a BPF ring buffer and the mapping of a shared array, by mmap
 * alone: no bpf() call, so no capability and nothing for the seccomp filter to let through.
 * Layout: kernel/bpf/ringbuf.c: a page with the consumer's position, a page with the producer's,
 * then the data, mapped twice in a row so that a record is never split.
 */
#ifndef SPI_RING_H
#define SPI_RING_H

#include <stddef.h>
#include <stdint.h>

struct spi_ring;

/* bytes: size of the data, a power of two and whole pages. The descriptor is borrowed for this call
 * (waiting for it is the caller's). NULL with errno. */
struct spi_ring *spi_ring_map(int fd, size_t bytes);
void spi_ring_free(struct spi_ring *r); /* NULL is fine */

/* Hands over up to max records, oldest first; each is borrowed until fn returns. Returns how many
 * there were. A length that cannot be drops what is in the ring. */
size_t spi_ring_drain(struct spi_ring *r, size_t max,
		      void (*fn)(void *ctx, const void *data, size_t len), void *ctx);

/* Bytes that wait in it now. */
size_t spi_ring_waiting(const struct spi_ring *r);

/* Maps an mmap'able array map of one element. NULL with errno; unmap with spi_array_unmap(). */
void *spi_array_map(int fd, size_t bytes);
void spi_array_unmap(void *p, size_t bytes); /* NULL is fine */

#endif
