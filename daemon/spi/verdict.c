#include "spi/verdict.h"

#define RESERVED_MAX 255 /* RFC 4303 2.1 */

struct row {
	const char *text;
	bool told;
	unsigned int rank;
};

static const struct row ROWS[SPI_VERDICT_COUNT] = {
	[SPI_PENDING] = {"looking", false, 3},
	[SPI_RESERVED] = {"reserved SPI", true, 3},
	[SPI_KNOWN_MARK] = {"SA exists for another mark", true, 1},
	[SPI_KNOWN_DST] = {"SA exists for another destination", true, 2},
	[SPI_KNOWN_PROTO] = {"SA exists for another protocol", true, 2},
	[SPI_LARVAL] = {"being negotiated", false, 3},
	[SPI_ONCE_OURS] = {"once ours", true, 0},
	[SPI_NEVER_OURS] = {"never ours", true, 1},
	[SPI_NO_PEER] = {"no such peer", true, 3},
	[SPI_INSTALLED] = {"came before its SA was installed", false, 3},
};

const char *spi_verdict_text(enum spi_verdict v)
{
	return v < SPI_VERDICT_COUNT ? ROWS[v].text : "?";
}

bool spi_verdict_is_told(enum spi_verdict v)
{
	return v < SPI_VERDICT_COUNT && ROWS[v].told;
}

unsigned int spi_verdict_rank(enum spi_verdict v)
{
	return v < SPI_VERDICT_COUNT ? ROWS[v].rank : SPI_RANKS - 1;
}

static bool dies_in_a_rekey(enum sa_death why)
{
	return why == SA_DEATH_REKEYED || why == SA_DEATH_PEER_DELETE || why == SA_DEATH_OWN_DELETE;
}

/* Packets that were on the way when a rekey or a delete took their SA are no news yet. */
static uint64_t grace_left(const struct spi_facts *f)
{
	if (f->born && dies_in_a_rekey(f->death) && f->dead_ms < f->grace_ms)
		return f->grace_ms - f->dead_ms;
	if (f->in_flight_ms && f->in_flight_ms < SPI_IN_FLIGHT_MS &&
	    f->flow_age_ms < SPI_IN_FLIGHT_MS)
		return f->grace_ms;
	return 0;
}

struct spi_ruling spi_rule(const struct spi_facts *f)
{
	uint64_t grace;

	if (f->spi <= RESERVED_MAX)
		return (struct spi_ruling){SPI_RESERVED, 0};
	if (f->larval)
		return (struct spi_ruling){SPI_LARVAL, f->grace_ms};
	if (f->installed)
		return (struct spi_ruling){SPI_INSTALLED, 0};
	if (f->other_mark)
		return (struct spi_ruling){SPI_KNOWN_MARK, 0};
	if (f->other_proto)
		return (struct spi_ruling){SPI_KNOWN_PROTO, 0};
	if (f->other_dst)
		return (struct spi_ruling){SPI_KNOWN_DST, 0};
	grace = grace_left(f);
	if (grace)
		return (struct spi_ruling){SPI_PENDING, grace};
	if (f->born)
		return (struct spi_ruling){SPI_ONCE_OURS, 0};
	return (struct spi_ruling){f->configured ? SPI_NEVER_OURS : SPI_NO_PEER, 0};
}
