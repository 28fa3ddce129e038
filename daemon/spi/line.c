#include "spi/line.h"

#include "log/log.h"

#define LINE_GAP_MS    60000 /* of one flow */
#define SUMMARY_GAP_MS 60000
#define WAIT_MS	       60000 /* a line waits at most so long, … */
#define QUIET_MS       10000 /* … and no longer than its flow goes on */

static const struct pace_class LINES = {.burst = 10, .refill_ms = 6000}; /* 10 a minute */
static const struct pace_class INCIDENTS = {.burst = 10, .refill_ms = 6000};

void lines_init(struct lines *l, struct log *log, uint64_t now_ms)
{
	*l = (struct lines){.log = log};
	pace_init(&l->lines, &LINES, now_ms);
	pace_init(&l->incidents, &INCIDENTS, now_ms);
	for (unsigned int i = 0; i < SPI_RANKS; i++)
		list_init(&l->waiting[i]);
}

static struct log_about about(const struct spi_flow *p)
{
	return (struct log_about){.peer = p->src,
				  .spi = p->spi,
				  .verdict = spi_verdict_text(p->verdict),
				  .cause = p->verdict == SPI_ONCE_OURS && p->history.dead
						   ? sa_death_text(p->history.why)
						   : NULL};
}

static void suppress(struct lines *l, struct flow *f, uint64_t now_ms)
{
	if (l->unsaid == 0)
		l->summary_ms = now_ms + SUMMARY_GAP_MS;
	f->pub.suppressed++;
	l->suppressed++;
	l->unsaid++;
	log_count_limited(l->log, 1);
}

static void print(struct lines *l, struct flow *f, uint64_t now_ms)
{
	const struct spi_flow *p = &f->pub;
	char src[ADDR_STRLEN], dst[ADDR_STRLEN];
	bool interface = l->interface && p->interface[0];
	struct log_about a = about(p);

	list_remove(&f->line);
	f->line_ms = now_ms + LINE_GAP_MS;
	f->pub.printed++;
	l->printed++;
	log_say(l->log, &a, RECVD_PKT_INV_SPI, addr_format(&p->dst, dst), (unsigned int)p->proto,
		p->spi, p->spi, addr_format(&p->src, src), interface ? ", input interface=" : "",
		interface ? p->interface : "");
}

static bool anyone_before(const struct lines *l, unsigned int rank)
{
	for (unsigned int i = 0; i <= rank; i++)
		if (!list_empty(&l->waiting[i]))
			return true;
	return false;
}

static void line_due(struct lines *l, struct flow *f, uint64_t now_ms)
{
	unsigned int rank = spi_verdict_rank(f->pub.verdict);

	if (list_empty(&f->line))
		f->line_since_ms = now_ms;
	else if (f->line_rank == rank)
		return; /* keeps its place */
	list_remove(&f->line);
	f->line_rank = rank;
	if (!anyone_before(l, rank) && pace_take(&l->lines, now_ms))
		print(l, f, now_ms);
	else
		list_append(&l->waiting[rank], &f->line);
}

static void incident(struct lines *l, struct flow *f, uint64_t now_ms)
{
	const struct spi_flow *p = &f->pub;
	char src[ADDR_STRLEN], dst[ADDR_STRLEN];
	struct log_about a = about(p);

	f->pub.persistent = true;
	if (!pace_take(&l->incidents, now_ms)) {
		suppress(l, f, now_ms);
		return;
	}
	log_say(l->log, &a, INV_SPI_PERSISTENT, addr_format(&p->src, src),
		addr_format(&p->dst, dst), (unsigned int)p->proto, p->spi, p->spi,
		(unsigned long long)p->count, (unsigned long long)(now_ms - f->run_ms) / 1000,
		spi_verdict_text(p->verdict));
}

void lines_packet(struct lines *l, struct flow *f, uint64_t now_ms)
{
	if (now_ms >= f->line_ms)
		line_due(l, f, now_ms);
	if (!f->pub.persistent && now_ms - f->run_ms >= SPI_PERSISTENT_MS)
		incident(l, f, now_ms);
}

void lines_gone(struct lines *l, struct flow *f)
{
	if (list_empty(&f->line))
		return;
	list_remove(&f->line);
	suppress(l, f, f->pub.last_ms);
}

/* Lines whose flow fell silent, or that waited for too long, are given up. */
static void give_up_old(struct lines *l, struct list *waiting, uint64_t now_ms)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, waiting)
	{
		struct flow *f = list_entry(it, struct flow, line);

		if (now_ms - f->pub.last_ms <= QUIET_MS && now_ms - f->line_since_ms <= WAIT_MS)
			continue;
		list_remove(&f->line);
		f->line_ms = f->line_since_ms + LINE_GAP_MS;
		suppress(l, f, now_ms);
	}
}

void lines_second(struct lines *l, uint64_t now_ms)
{
	for (unsigned int i = 0; i < SPI_RANKS; i++) {
		give_up_old(l, &l->waiting[i], now_ms);
		while (!list_empty(&l->waiting[i]) && pace_take(&l->lines, now_ms))
			print(l, list_entry(l->waiting[i].next, struct flow, line), now_ms);
	}
	if (l->unsaid && now_ms >= l->summary_ms) {
		log_say(l->log, NULL, INV_SPI_SUPPRESSED, (unsigned long long)l->unsaid,
			"limit: 10 a minute");
		l->unsaid = 0;
	}
}
