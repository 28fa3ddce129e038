/*
 * spi/verdict: what a flow with an unknown SPI is, as a pure function over plain facts.
 * First matching row wins; the order is that of doc/architecture.md, "The recovery decision".
 */
#ifndef SPI_VERDICT_H
#define SPI_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "sa/sa.h"
#include "spi/spi.h"

#define SPI_IN_FLIGHT_MS 2000 /* at most so long does a rekey under way excuse a flow */

struct spi_facts {
	uint32_t spi;
	/* what the kernel has now, by the mirror */
	bool larval;	  /* allocated for us, not installed */
	bool installed;	  /* exactly this SA, for packets of any mark */
	bool other_mark;  /* this destination and protocol, but for a mark */
	bool other_proto; /* this destination, another protocol */
	bool other_dst;	  /* another destination of ours */
	/* what the SA room remembers */
	bool born;
	enum sa_death death;   /* NONE: alive, or not known */
	uint64_t dead_ms;      /* since its death; UINT64_MAX: in an earlier life */
	uint64_t in_flight_ms; /* since a rekey, install or delete with the peer began; 0 = none */
	bool configured;       /* the source is a peer of a connection */
	uint64_t flow_age_ms;
	uint32_t grace_ms;
};

struct spi_ruling {
	enum spi_verdict verdict;
	uint64_t wait_ms; /* not final: look again after so long; 0 = final for now */
};

struct spi_ruling spi_rule(const struct spi_facts *f);

/* Is the flow told to anybody? Not while its SA is being made, and not when it was only early. */
bool spi_verdict_is_told(enum spi_verdict v);

/* Who gets a scarce line first: 0 is the first. A forger can choose a source that is configured,
 * but cannot know an SPI that was ours. */
unsigned int spi_verdict_rank(enum spi_verdict v);
#define SPI_RANKS 4

#endif
