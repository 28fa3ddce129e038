/*
 * The refusal probe's end in the router: reads the ring that bpf/refusal.bpf.c fills. Everything
 * it hands up was refused by the kernel; nothing needs to be checked against the SAD.
 */
#include "spi/source.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "spi/bpf/record.h"
#include "spi/record.h"
#include "spi/ring.h"

/* Records a turn; what is left comes in the next, after the others had theirs. */
#define RECORDS_A_TURN 256

struct probe {
	struct spi_source base;
	struct loop *loop;
	int fd; /* borrowed: the supervisor's gift to the process */
	struct loop_fd *readable;
	struct spi_ring *ring;
	const struct spi_sums *sums;
	uint64_t malformed;
};

static void probe_record(void *ctx, const void *data, size_t len)
{
	struct probe *p = ctx;
	struct spi_refusal r;

	if (spi_record_parse(data, len, &r))
		p->malformed++;
	else
		p->base.refused(p->base.ctx, &r);
}

static void probe_readable(void *arg, int events)
{
	struct probe *p = arg;

	(void)events;
	spi_ring_drain(p->ring, RECORDS_A_TURN, probe_record, p);
}

static int probe_start(struct spi_source *s)
{
	struct probe *p = (struct probe *)s;

	p->readable = loop_fd_add(p->loop, p->fd, LOOP_READ, "refusal probe", probe_readable, p);
	return p->readable ? 0 : -ENOMEM;
}

static void probe_free(struct spi_source *s)
{
	struct probe *p = (struct probe *)s;

	loop_fd_del(p->readable);
	spi_ring_free(p->ring);
	spi_array_unmap((void *)(uintptr_t)p->sums, sizeof(*p->sums));
	alloc_free(p);
}

static void probe_sums(struct spi_source *s, struct spi_source_sums *out)
{
	const struct probe *p = (const struct probe *)s;

	*out = (struct spi_source_sums){.seen = __atomic_load_n(&p->sums->seen, __ATOMIC_RELAXED),
					.lost = __atomic_load_n(&p->sums->lost, __ATOMIC_RELAXED) +
						__atomic_load_n(&p->sums->held, __ATOMIC_RELAXED) +
						p->malformed};
}

static const struct spi_source_ops BY_FENTRY = {.name = "refusal probe (fentry)",
						.start = probe_start,
						.free = probe_free,
						.sums = probe_sums};
static const struct spi_source_ops BY_KPROBE = {.name = "refusal probe (kprobe)",
						.start = probe_start,
						.free = probe_free,
						.sums = probe_sums};

struct spi_source *spi_probe_new(struct loop *loop, const struct spi_fds *fds)
{
	struct probe *p = alloc_zero(sizeof(*p));

	if (!p)
		return NULL;
	p->base.ops = fds->probe_kind[0] == 'k' ? &BY_KPROBE : &BY_FENTRY;
	p->loop = loop;
	p->fd = fds->ring;
	p->ring = spi_ring_map(fds->ring, SPI_RING_BYTES);
	p->sums = p->ring ? spi_array_map(fds->sums, sizeof(*p->sums)) : NULL;
	if (!p->sums) {
		probe_free(&p->base);
		return NULL;
	}
	return &p->base;
}
