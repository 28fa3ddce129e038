/*
 * The room's state: one source, the flow table, what is counted. Driven by the source (a refusal
 * each), by a timer each second (rates, waiting lines, the kernel's counter), by one for the flows
 * in grace, and for the tap by one at 50 Hz that watches the counter. Facts go up at the end of the
 * turn. Nothing here fails but for memory: a flow that cannot be stored is counted as lost.
 */
#include "spi/spi.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "conn/conn.h"
#include "log/log.h"
#include "sa/sa.h"
#include "spi/flow.h"
#include "spi/line.h"
#include "spi/verdict.h"
#include "xfrm/xfrm.h"

#define SECOND_MS	   1000
#define COUNTER_POLL_MS	   20
#define UNEXPLAINED_GAP_MS 60000
#define LISTENERS	   4
#define WHY_MAX		   96

struct listener {
	const struct spi_ops *ops;
	void *ctx;
};

/* The source's sum held against the kernel's counter, both since the source was attached. */
struct balance {
	uint64_t seen_base, counted_base;
	uint64_t seen, counted, lost, unlooked;
	uint64_t open;		    /* counted and not accounted for at the last reading */
	uint64_t unexplained, said; /* settled: so in two readings; already in the log */
	uint64_t say_ms;	    /* not before */
};

struct spi {
	struct loop *loop;
	struct xfrm *xfrm;
	struct sa *sa;
	struct conn_table *conns;
	struct log *log;
	struct spi_config cfg;
	struct spi_source *source;
	char why[WHY_MAX];
	int stat_fd;
	struct flow_table *flows;
	struct lines lines;
	struct balance balance;
	uint64_t unstored; /* refusals for which there was no memory */
	struct list look;  /* flows in grace */
	struct list tell;  /* flows with news, this turn */
	bool telling;
	struct loop_timer second, grace, poll;
	uint64_t polled; /* the counter at the last poll */
	struct listener listeners[LISTENERS];
	size_t listener_count;
};

static void flow_gone(void *ctx, struct flow *f)
{
	struct spi *s = ctx;

	lines_gone(&s->lines, f);
}

/* What the mirror has with this SPI. An SA that we send with, by chance or by hand with the same
 * SPI, is not what the packet was for. */
static void mirror_facts(const struct spi *s, const struct spi_flow *p, struct spi_facts *f)
{
	const struct xfrm_sa *it = NULL;

	while ((it = xfrm_sa_by_spi(s->xfrm, p->spi, it))) {
		bool dst = addr_equal(&it->id.dst, &p->dst), proto = it->id.proto == p->proto;

		if (it->larval && dst)
			f->larval = true;
		else if (dst && proto && it->id.mark.mask)
			f->other_mark = true;
		else if (dst && proto)
			f->installed = true;
		else if (dst)
			f->other_proto = true;
		else if (!addr_equal(&it->src, &p->dst) && !addr_equal(&it->id.dst, &p->src))
			f->other_dst = true;
	}
}

/* The peer's connection: that of the SA which is gone, else the first that names the source. */
static uint32_t flow_conn(const struct spi *s, const struct spi_flow *p)
{
	const struct conn *c;

	if (p->history.born && conn_by_id(s->conns, p->history.conn))
		return p->history.conn;
	c = conn_next_by_peer(s->conns, &p->src, NULL);
	return c ? c->id : 0;
}

static uint64_t since(uint64_t then_ms, uint64_t now_ms)
{
	return now_ms > then_ms ? now_ms - then_ms : 0;
}

static struct spi_facts gather(const struct spi *s, struct spi_flow *p, uint64_t now_ms)
{
	struct spi_facts f = {.spi = p->spi,
			      .flow_age_ms = since(p->first_ms, now_ms),
			      .grace_ms = s->cfg.grace_ms};
	uint64_t in_flight = sa_in_flight_since(s->sa, &p->src);

	mirror_facts(s, p, &f);
	f.larval |= sa_spi_is_larval(s->sa, p->spi) && !f.installed;
	memset(&p->history, 0, sizeof(p->history));
	f.born = sa_history(s->sa, &p->dst, p->proto, p->spi, &p->history) && p->history.born;
	f.death = p->history.dead ? p->history.why : SA_DEATH_NONE;
	f.dead_ms = p->history.died_ms ? since(p->history.died_ms, now_ms) : UINT64_MAX;
	if (in_flight) /* begun in this very millisecond is in flight too */
		f.in_flight_ms = since(in_flight, now_ms) ? since(in_flight, now_ms) : 1;
	p->conn = flow_conn(s, p);
	f.configured = p->conn != 0;
	return f;
}

static void tell_all(void *arg)
{
	struct spi *s = arg;

	s->telling = false;
	while (!list_empty(&s->tell)) {
		struct flow *f = list_entry(s->tell.next, struct flow, tell);
		struct spi_flow copy = f->pub; /* a listener may clear the table */

		list_remove(&f->tell);
		for (size_t i = 0; i < s->listener_count; i++)
			if (s->listeners[i].ops->flow)
				s->listeners[i].ops->flow(s->listeners[i].ctx, &copy);
	}
}

static void tell_later(struct spi *s, struct flow *f)
{
	list_remove(&f->tell);
	list_append(&s->tell, &f->tell);
	if (!s->telling)
		s->telling = loop_defer(s->loop, s, "spi facts", tell_all, s) == 0;
}

/* A source that reports each packet is slowed down to what others do. */
static void tell_judged(struct spi *s, struct flow *f, uint64_t now_ms)
{
	if (f->pub.count > FLOW_FIRST_PACKETS && f->told_ms && now_ms - f->told_ms < SECOND_MS)
		return;
	f->told_ms = now_ms;
	tell_later(s, f);
}

/* For the flow in grace that is due first. */
static void grace_arm(struct spi *s, uint64_t now_ms)
{
	uint64_t due = UINT64_MAX;
	struct list *it;

	list_for_each(it, &s->look)
	{
		uint64_t at = list_entry(it, struct flow, look)->look_ms;

		due = at < due ? at : due;
	}
	if (due != UINT64_MAX)
		loop_timer_set(&s->grace, due > now_ms ? due - now_ms : 0);
}

static void look_later(struct spi *s, struct flow *f, uint64_t wait_ms, uint64_t now_ms)
{
	if (!list_empty(&f->look))
		return;
	f->look_ms = now_ms + wait_ms;
	list_append(&s->look, &f->look);
	if (!loop_timer_armed(&s->grace) || s->grace.due_ms > f->look_ms)
		loop_timer_set(&s->grace, wait_ms);
}

/* packet: one came just now; else a grace ended. A flow that fell silent in its grace was a passing
 * state: it gets its line and is told as that, but nobody needs to act. A busy one seems silent, because
 * its source reports it only once a second by then. */
static void judge(struct spi *s, struct flow *f, bool packet, uint64_t now_ms)
{
	struct spi_facts facts = gather(s, &f->pub, now_ms);
	struct spi_ruling r = spi_rule(&facts);

	f->pub.verdict = r.verdict;
	if (r.wait_ms) {
		if (packet && r.verdict == SPI_PENDING && list_empty(&f->look))
			tell_later(s, f);
		look_later(s, f, r.wait_ms, now_ms);
		return;
	}
	list_remove(&f->look);
	f->pub.passed = !packet && f->pub.count < FLOW_FIRST_PACKETS;
	if (!spi_verdict_is_told(r.verdict))
		return;
	lines_packet(&s->lines, f, now_ms);
	tell_judged(s, f, now_ms);
}

static void grace_over(void *arg)
{
	struct spi *s = arg;
	uint64_t now_ms = loop_now(s->loop);
	struct list *it, *tmp, due;

	list_init(&due);
	list_for_each_safe(it, tmp, &s->look)
	{
		if (list_entry(it, struct flow, look)->look_ms > now_ms)
			continue;
		list_remove(it);
		list_append(&due, it);
	}
	while (!list_empty(&due)) {
		struct flow *f = list_entry(due.next, struct flow, look);

		list_remove(&f->look);
		judge(s, f, false, now_ms);
	}
	grace_arm(s, now_ms);
}

static void debug_packet(const struct spi *s, const struct spi_refusal *r, const struct spi_flow *p)
{
	struct log_about about = {.peer = r->src, .spi = r->spi};
	char src[ADDR_STRLEN], dst[ADDR_STRLEN];

	log_debug(s->log, LOG_DEBUG_INVALID_SPI, &about,
		  "invalid-spi: packet %s -> %s prot %u spi 0x%X seq %u%s, %llu of flow %u: %s",
		  addr_format(&r->src, src), addr_format(&r->dst, dst), (unsigned int)r->proto,
		  r->spi, r->seq, r->encap ? " in UDP" : "", (unsigned long long)p->count, p->id,
		  spi_verdict_text(p->verdict));
}

static void refused(void *ctx, const struct spi_refusal *r)
{
	struct spi *s = ctx;
	uint64_t now_ms = loop_now(s->loop);
	struct flow *f = flow_table_touch(s->flows, r, now_ms, clock_wall_ms());

	if (!f) {
		s->unstored++;
		return;
	}
	judge(s, f, true, now_ms);
	debug_packet(s, r, &f->pub);
}

static int read_counter(const struct spi *s, uint64_t *out)
{
	return xfrm_proc_stat(s->stat_fd, "XfrmInNoStates", out);
}

static int counter_for_source(void *ctx, uint64_t *out)
{
	return read_counter(ctx, out);
}

static void say_unexplained(struct spi *s, uint64_t now_ms)
{
	struct balance *b = &s->balance;

	if (b->unexplained <= b->said || now_ms < b->say_ms)
		return;
	log_say(s->log, NULL, SPI_UNEXPLAINED, (unsigned long long)(b->unexplained - b->said));
	b->said = b->unexplained;
	b->say_ms = now_ms + UNEXPLAINED_GAP_MS;
}

/* Both as of now, since the source was attached. The kernel's counter is read first: of a flood, what
 * it refuses in between must not be taken for something that was not seen. */
static int balance_read(const struct spi *s, struct balance *b)
{
	struct spi_source_sums sums;
	uint64_t counted, known;
	int rc = read_counter(s, &counted);

	s->source->ops->sums(s->source, &sums);
	b->seen = sums.seen - b->seen_base;
	b->lost = sums.lost;
	b->unlooked = sums.unlooked;
	if (rc)
		return rc;
	b->counted = counted - b->counted_base;
	known = b->seen + b->unlooked + sums.pending;
	b->open = b->counted > known ? b->counted - known : 0;
	return 0;
}

static void reconcile(struct spi *s, uint64_t now_ms)
{
	struct balance *b = &s->balance;
	uint64_t before = b->open;

	if (balance_read(s, b))
		return;
	b->unexplained = b->open < before ? b->open : before;
	if (b->open != before)
		log_debug(s->log, LOG_DEBUG_INVALID_SPI, NULL,
			  "invalid-spi: counted by the kernel %llu, seen %llu, not looked at %llu, "
			  "unexplained %llu",
			  (unsigned long long)b->counted, (unsigned long long)b->seen,
			  (unsigned long long)b->unlooked, (unsigned long long)b->unexplained);
	say_unexplained(s, now_ms);
}

static void each_second(void *arg)
{
	struct spi *s = arg;
	uint64_t now_ms = loop_now(s->loop);

	loop_timer_set(&s->second, SECOND_MS);
	flow_table_second(s->flows, now_ms);
	lines_second(&s->lines, now_ms);
	if (s->source)
		reconcile(s, now_ms);
}

static void poll_counter(void *arg)
{
	struct spi *s = arg;
	uint64_t now;

	loop_timer_set(&s->poll, COUNTER_POLL_MS);
	if (read_counter(s, &now) || now == s->polled)
		return;
	s->polled = now;
	s->source->ops->counter_moved(s->source);
}

struct spi *spi_new(struct loop *loop, struct xfrm *xfrm, struct sa *sa, struct conn_table *conns,
		    struct log *log, const struct spi_config *cfg)
{
	struct spi *s = alloc_zero(sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct spi){.loop = loop,
			  .xfrm = xfrm,
			  .sa = sa,
			  .conns = conns,
			  .log = log,
			  .cfg = *cfg,
			  .stat_fd = -1};
	list_init(&s->look);
	list_init(&s->tell);
	loop_timer_init(&s->second, loop, "spi second", each_second, s);
	loop_timer_init(&s->grace, loop, "spi grace", grace_over, s);
	loop_timer_init(&s->poll, loop, "spi counter", poll_counter, s);
	lines_init(&s->lines, log, loop_now(loop));
	s->lines.interface = cfg->log_interface;
	s->flows = flow_table_new(cfg->flows_max, flow_gone, s);
	if (!s->flows || loop_timer_set(&s->second, SECOND_MS)) {
		spi_free(s);
		return NULL;
	}
	return s;
}

void spi_free(struct spi *s)
{
	if (!s)
		return;
	spi_source_free(s->source);
	loop_timer_stop(&s->second);
	loop_timer_stop(&s->grace);
	loop_timer_stop(&s->poll);
	loop_defer_cancel(s->loop, s);
	flow_table_free(s->flows);
	alloc_free(s);
}

int spi_listen(struct spi *s, const struct spi_ops *ops, void *ctx)
{
	if (s->listener_count == LISTENERS)
		return -ENOSPC;
	s->listeners[s->listener_count++] = (struct listener){ops, ctx};
	return 0;
}

void spi_configure(struct spi *s, const struct spi_config *cfg)
{
	if (cfg->flows_max != s->cfg.flows_max)
		flow_table_resize(s->flows, cfg->flows_max);
	s->cfg = *cfg;
	s->lines.interface = cfg->log_interface;
}

static int source_begin(struct spi *s)
{
	struct balance *b = &s->balance;
	bool tap = s->source->ops->counter_moved;
	struct spi_source_sums sums;
	int rc = spi_source_start(s->source, refused, counter_for_source, s);

	if (rc)
		return rc;
	/* Only now: what was counted before the source was ready is not its to explain. */
	s->source->ops->sums(s->source, &sums);
	*b = (struct balance){.seen_base = sums.seen};
	rc = read_counter(s, &b->counted_base);
	s->polled = b->counted_base;
	if (!tap) /* which is nothing without the counter */
		return 0;
	return rc ? rc : loop_timer_set(&s->poll, COUNTER_POLL_MS);
}

int spi_attach(struct spi *s, struct spi_source *src, int stat_fd, const char *why)
{
	int rc;

	loop_timer_stop(&s->poll);
	spi_source_free(s->source);
	s->source = src;
	s->stat_fd = stat_fd;
	text_copy(s->why, sizeof(s->why), why);
	rc = src ? source_begin(s) : 0;
	if (rc) {
		spi_source_free(src);
		s->source = NULL;
	}
	log_say(s->log, NULL, SPI_SOURCE, s->source ? s->source->ops->name : "none",
		s->why[0] ? ": " : "", s->why);
	return rc;
}

const struct spi_flow *spi_flow_next(const struct spi *s, const struct spi_flow *it)
{
	struct flow *f = flow_table_next(s->flows, it ? list_entry(it, struct flow, pub) : NULL);

	return f ? &f->pub : NULL;
}

const struct spi_flow *spi_flow_find(const struct spi *s, uint32_t id)
{
	struct flow *f = flow_table_by_id(s->flows, id);

	return f ? &f->pub : NULL;
}

void spi_flow_mark_forged(struct spi *s, uint32_t id)
{
	struct flow *f = flow_table_by_id(s->flows, id);

	if (f)
		f->pub.forged_looking = true;
}

void spi_clear(struct spi *s)
{
	flow_table_clear(s->flows);
	s->lines.printed = s->lines.suppressed = s->lines.unsaid = 0;
}

void spi_stats(const struct spi *s, struct spi_stats *out)
{
	struct balance b = s->balance;

	if (s->source)
		balance_read(s, &b);
	*out = (struct spi_stats){.source = s->source ? s->source->ops->name : "none",
				  .why = s->why,
				  .seen = b.seen,
				  .counted = b.counted,
				  .unlooked = b.unlooked,
				  .unexplained = b.unexplained,
				  .flows = flow_table_count(s->flows),
				  .evicted = flow_table_evicted(s->flows),
				  .printed = s->lines.printed,
				  .suppressed = s->lines.suppressed,
				  .ring_lost = b.lost + s->unstored};
	for (const struct spi_flow *f = spi_flow_next(s, NULL); f; f = spi_flow_next(s, f))
		out->by_verdict[f->verdict] += f->count;
}
