/*
 * spi: packets that the kernel refused because no inbound SA has their SPI.
 *
 * A source (refusal probe, armed tap) reports refusals; they gather in flows (source, destination,
 * protocol, SPI); each flow gets a verdict from what xfrm and sa know; the message goes out at its
 * limited rate; recovery hears of each flow. Each second the source's sum is held against the
 * kernel's XfrmInNoStates. A packet here is a hint, never proof: nothing in this room acts.
 */
#ifndef SPI_SPI_H
#define SPI_SPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "sa/sa.h"
#include "spi/source.h"

struct conn_table;
struct log;
struct loop;
struct sa;
struct spi;
struct xfrm;

enum spi_verdict {
	SPI_PENDING,	 /* not looked at yet (grace running) */
	SPI_RESERVED,	 /* 0–255 */
	SPI_KNOWN_MARK,	 /* an inbound SA has this SPI, for another mark */
	SPI_KNOWN_DST,	 /* … another destination */
	SPI_KNOWN_PROTO, /* … another protocol */
	SPI_LARVAL,	 /* being negotiated: never reported, never deleted */
	SPI_ONCE_OURS,	 /* births knows it; history says what became of it */
	SPI_NEVER_OURS,	 /* from a configured peer, as far as we remember */
	SPI_NO_PEER,	 /* from nobody that is configured */
	SPI_INSTALLED, /* refused just before its SA was there: never reported, nothing to be done */
	SPI_VERDICT_COUNT,
};

const char *spi_verdict_text(enum spi_verdict v);

/* When a flow becomes an incident, and when it is over. */
#define SPI_PERSISTENT_MS 5000
#define SPI_GAP_MS	  60000
#define SPI_IDLE_MS	  3600000 /* then it is forgotten */

struct spi_flow {
	uint32_t id; /* small number for people, and for recovery to remember it by */
	struct addr src, dst;
	uint8_t proto; /* 50, 51 */
	uint32_t spi;
	bool encap;
	uint16_t sport; /* with encap */
	char interface[16];
	uint64_t first_ms, last_ms; /* loop time */
	uint64_t first_wall_ms, last_wall_ms;
	uint64_t count;
	uint32_t rate; /* packets/s over the last seconds */
	uint32_t first_seq, last_seq;
	enum spi_verdict verdict;
	struct sa_history history;    /* SPI_ONCE_OURS */
	uint32_t conn;		      /* of the peer; 0 = none */
	uint64_t printed, suppressed; /* lines; lines that were due and held back */
	bool persistent; /* went on for more than SPI_PERSISTENT_MS without a gap of SPI_GAP_MS */
	bool forged_looking; /* set by recovery */
	bool passed; /* it came in a grace and fell silent before that ended: a passing state */
};

struct spi_ops {
	/* A flow is new or has gone on (at most once a second a flow after its first eight packets), and
	 * has a verdict: not while it is LARVAL, not when it is INSTALLED. When a grace begins it is told
	 * as PENDING, once, and when that has ended with its verdict, also if it has `passed`: so whoever
	 * keeps a diary misses none. End of the turn. */
	void (*flow)(void *ctx, const struct spi_flow *f);
};

struct spi_config {
	uint32_t grace_ms;  /* 200 */
	bool log_interface; /* "input interface=" at the end of the line */
	uint32_t flows_max; /* 4096 */
};

/* Everything is borrowed but cfg, which is copied. NULL: no memory. */
struct spi *spi_new(struct loop *loop, struct xfrm *xfrm, struct sa *sa, struct conn_table *conns,
		    struct log *log, const struct spi_config *cfg);
void spi_free(struct spi *s); /* with its source; NULL is fine */
/* 0, or -ENOSPC; ops and ctx are borrowed until spi_free(). */
int spi_listen(struct spi *s, const struct spi_ops *ops, void *ctx);
/* From now on. A smaller table drops flows, a larger one begins anew. */
void spi_configure(struct spi *s, const struct spi_config *cfg);
/* Takes the source; stat_fd is /proc/net/xfrm_stat, borrowed. why: words for `show` and the log
 * ("BTF is missing"), "" = first choice. */
int spi_attach(struct spi *s, struct spi_source *src, int stat_fd, const char *why);

/* Walks all, with it = NULL at first. Borrowed, until the end of the turn. */
const struct spi_flow *spi_flow_next(const struct spi *s, const struct spi_flow *it);
const struct spi_flow *spi_flow_find(const struct spi *s, uint32_t id); /* NULL: it has gone */
/* recovery's finding, for the shows and its own next decision; a flow that has gone is no error. */
void spi_flow_mark_forged(struct spi *s, uint32_t id);
void spi_clear(struct spi *s); /* forgets flows and counters of the table, not the kernel's */

struct spi_stats {
	const char *source; /* "refusal probe (fentry)", "armed tap", "none" */
	const char *why;    /* why not a better one, "" */
	uint64_t seen;	    /* packets the source saw since start */
	uint64_t counted;   /* XfrmInNoStates since start */
	uint64_t unlooked; /* counted while the source did not look, or could not tell them apart */
	uint64_t unexplained; /* counted, and neither of these: settled (both read twice) */
	uint64_t flows, evicted, printed, suppressed, ring_lost;
	uint64_t by_verdict[SPI_VERDICT_COUNT]; /* packets of the flows in the table */
};
void spi_stats(const struct spi *s, struct spi_stats *out);

#endif
