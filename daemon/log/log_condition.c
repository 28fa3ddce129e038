/* `debug crypto condition`: which debug lines pass. A pure decision. */
#include "log/log.h"

enum fit { FIT_ASKS_NOTHING, FIT_MATCHES, FIT_OTHER, FIT_UNKNOWN };

static enum fit peer_fit(const struct log_conditions *c, const struct log_about *about)
{
	if (c->peer_count == 0)
		return FIT_ASKS_NOTHING;
	if (!about || !addr_is_set(&about->peer))
		return FIT_UNKNOWN;
	for (size_t i = 0; i < c->peer_count; i++)
		if (prefix_contains(&c->peers[i], &about->peer))
			return FIT_MATCHES;
	return FIT_OTHER;
}

static enum fit spi_fit(const struct log_conditions *c, const struct log_about *about)
{
	if (c->spi_count == 0)
		return FIT_ASKS_NOTHING;
	if (!about || !about->spi)
		return FIT_UNKNOWN;
	for (size_t i = 0; i < c->spi_count; i++)
		if (c->spis[i] == about->spi)
			return FIT_MATCHES;
	return FIT_OTHER;
}

bool log_condition_passes(const struct log_conditions *c, enum log_debug_flag flag,
			  const struct log_about *about)
{
	enum fit peer = peer_fit(c, about), spi = spi_fit(c, about);

	if (peer == FIT_OTHER || spi == FIT_OTHER)
		return false;
	if (peer == FIT_UNKNOWN || spi == FIT_UNKNOWN)
		return c->unmatched & flag;
	return true;
}
