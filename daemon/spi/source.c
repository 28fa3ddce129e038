#include "spi/source.h"

int spi_source_start(struct spi_source *s, void (*refused)(void *ctx, const struct spi_refusal *r),
		     int (*counter)(void *ctx, uint64_t *out), void *ctx)
{
	s->refused = refused;
	s->counter = counter;
	s->ctx = ctx;
	return s->ops->start(s);
}

void spi_source_free(struct spi_source *s)
{
	if (s)
		s->ops->free(s);
}
