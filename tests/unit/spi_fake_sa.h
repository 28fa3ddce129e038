/* What room sa would answer to spi: one SPI with a history, one larval SPI, one rekey in flight. */
#ifndef TESTS_UNIT_SPI_FAKE_SA_H
#define TESTS_UNIT_SPI_FAKE_SA_H

#include "sa/sa.h"

struct sa {
	uint32_t larval;
	uint32_t born;
	struct sa_history history;
	uint64_t in_flight_since;
};

bool sa_spi_is_larval(const struct sa *sa, uint32_t spi_in)
{
	return sa->larval && sa->larval == spi_in;
}

uint64_t sa_in_flight_since(const struct sa *sa, const struct addr *peer)
{
	(void)peer;
	return sa->in_flight_since;
}

bool sa_history(const struct sa *sa, const struct addr *dst, uint8_t proto, uint32_t spi,
		struct sa_history *out)
{
	(void)dst;
	(void)proto;
	if (!sa->born || spi != sa->born)
		return false;
	*out = sa->history;
	return true;
}

const char *sa_death_text(enum sa_death why)
{
	return why == SA_DEATH_FLUSHED ? "flushed by another program" : "gone";
}

#endif
