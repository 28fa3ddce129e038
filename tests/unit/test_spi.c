/* The room on a simulated clock: a source that a test plays, real log, real mirror of a fake kernel. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/list.h"
#include "base/loop.h"
#include "conn/conn.h"
#include "log/log.h"
#include "spi/spi.h"
#include "tests/fake/xfrm.h"
#include "tests/unit/spi_fake_sa.h"

#define LOCAL	  0x0a010102
#define PEER	  0x0a010101
#define NOBODY	  0xc0000201
#define SPI_1	  0xB761863Eu
#define LINES_MAX 64

struct fake_source {
	struct spi_source base;
	struct spi_source_sums sums;
	int start_error;
	unsigned int moved, freed;
};

struct world {
	struct loop *loop;
	struct xfrm *xfrm;
	struct conn_table *conns;
	struct log *log;
	struct sa sa;
	struct spi *spi;
	struct fake_source source;
	int stat_fd;
	uint64_t counter;
	unsigned int told, pending, passed; /* to act on; a grace begins; it passed by */
	struct spi_flow last;
};

static int source_start(struct spi_source *s)
{
	return ((struct fake_source *)s)->start_error;
}

static void source_free(struct spi_source *s)
{
	((struct fake_source *)s)->freed++;
}

static void source_sums(struct spi_source *s, struct spi_source_sums *out)
{
	*out = ((struct fake_source *)s)->sums;
}

static void source_moved(struct spi_source *s)
{
	((struct fake_source *)s)->moved++;
}

static const struct spi_source_ops PLAYED = {
	.name = "played", .start = source_start, .free = source_free, .sums = source_sums};
static const struct spi_source_ops PLAYED_TAP = {.name = "played tap",
						 .start = source_start,
						 .free = source_free,
						 .sums = source_sums,
						 .counter_moved = source_moved};

static void on_flow(void *ctx, const struct spi_flow *f)
{
	struct world *w = ctx;

	++*(f->passed ? &w->passed : f->verdict == SPI_PENDING ? &w->pending : &w->told);
	w->last = *f;
}

static const struct spi_ops LISTENER = {.flow = on_flow};

static void set_counter(struct world *w, uint64_t value)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "XfrmInError\t3\nXfrmInNoStates          \t%llu\n",
			 (unsigned long long)value);

	w->counter = value;
	assert_int_equal(ftruncate(w->stat_fd, 0), 0);
	assert_int_equal(pwrite(w->stat_fd, text, (size_t)n, 0), n);
}

static void add_conn(struct world *w)
{
	struct conn *c = conn_new();

	assert_non_null(c);
	c->id = 7;
	c->peers[0] = addr_v4(PEER);
	c->peer_count = 1;
	c->local = addr_v4(LOCAL);
	assert_int_equal(conn_table_put(w->conns, c), 0);
}

static struct world *world_up(const struct spi_source_ops *ops)
{
	struct world *w = alloc_zero(sizeof(*w));
	struct spi_config cfg = {.grace_ms = 200, .flows_max = 4096};

	w->loop = loop_new_simulated(1000000);
	w->xfrm = xfrm_fake_new(w->loop);
	w->conns = conn_table_new();
	w->log = log_new(w->loop, 1 << 20);
	w->stat_fd = memfd_create("xfrm_stat", 0);
	w->source.base.ops = ops;
	add_conn(w);
	set_counter(w, 100);
	w->spi = spi_new(w->loop, w->xfrm, &w->sa, w->conns, w->log, &cfg);
	assert_non_null(w->spi);
	assert_int_equal(spi_listen(w->spi, &LISTENER, w), 0);
	assert_int_equal(spi_attach(w->spi, &w->source.base, w->stat_fd, "for a test"), 0);
	loop_advance(w->loop, 0);
	return w;
}

static void world_down(struct world *w)
{
	spi_free(w->spi);
	assert_int_equal(w->source.freed, 1);
	log_free(w->log);
	xfrm_free(w->xfrm);
	conn_table_free(w->conns);
	close(w->stat_fd);
	loop_free(w->loop);
	alloc_free(w);
}

static struct spi_refusal packet(uint32_t src, uint32_t spi)
{
	return (struct spi_refusal){.src = addr_v4(src),
				    .dst = addr_v4(LOCAL),
				    .proto = 50,
				    .spi = spi,
				    .seq = 1,
				    .interface = "eth0"};
}

static void refuse(struct world *w, struct spi_refusal r)
{
	w->source.sums.seen++;
	set_counter(w, w->counter + 1);
	w->source.base.refused(w->source.base.ctx, &r);
	loop_advance(w->loop, 0);
}

static void refuse_plain(struct world *w, uint32_t src, uint32_t spi)
{
	refuse(w, packet(src, spi));
}

/* Lines with that mnemonic so far; the last one's text in `out`. */
static unsigned int lines(const struct world *w, const char *mnemonic, char out[LOG_LINE_MAX])
{
	char buf[LOG_LINE_MAX];
	struct log_record r;
	unsigned int n = 0;

	for (uint64_t seq = 1; log_ring_get(w->log, seq, &r, buf); seq = r.seq + 1) {
		if (strcmp(r.mnemonic, mnemonic) != 0)
			continue;
		n++;
		if (out)
			snprintf(out, LOG_LINE_MAX, "%%%s-%d-%s: %s", r.facility, r.severity,
				 r.mnemonic, r.text);
	}
	return n;
}

#define LINE "RECVD_PKT_INV_SPI"

static void test_the_line_is_to_the_letter(void **state)
{
	struct world *w = world_up(&PLAYED);
	char text[LOG_LINE_MAX];

	(void)state;
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(lines(w, LINE, text), 1);
	assert_string_equal(text, "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has "
				  "invalid spi for destaddr=10.1.1.2, prot=50, "
				  "spi=0xB761863E(3076621886), srcaddr=10.1.1.1");
	world_down(w);
}

static void test_the_interface_is_named_when_asked_for(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct spi_config cfg = {.grace_ms = 200, .flows_max = 4096, .log_interface = true};
	struct spi_refusal r = packet(PEER, 0xFF000001);
	char text[LOG_LINE_MAX];

	(void)state;
	spi_configure(w->spi, &cfg);
	r.proto = 51;
	assert_int_equal(addr_parse(&r.src, "fd00::1"), 0);
	assert_int_equal(addr_parse(&r.dst, "fd00::2"), 0);
	refuse(w, r);
	assert_int_equal(lines(w, LINE, text), 1);
	assert_string_equal(text, "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has "
				  "invalid spi for destaddr=fd00::2, prot=51, "
				  "spi=0xFF000001(4278190081), srcaddr=fd00::1, "
				  "input interface=eth0");
	r.spi++;
	r.interface[0] = '\0'; /* not known: nothing is made up */
	refuse(w, r);
	lines(w, LINE, text);
	assert_null(strstr(text, "input interface"));
	world_down(w);
}

static void test_a_flow_gets_one_line_a_minute(void **state)
{
	struct world *w = world_up(&PLAYED);

	(void)state;
	for (int i = 0; i < 599; i++) {
		refuse_plain(w, PEER, SPI_1);
		loop_advance(w->loop, 100);
	}
	assert_int_equal(lines(w, LINE, NULL), 1);
	loop_advance(w->loop, 100);
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(lines(w, LINE, NULL), 2);
	assert_int_equal(spi_flow_next(w->spi, NULL)->printed, 2);
	world_down(w);
}

static void test_a_flow_that_goes_on_is_an_incident_once(void **state)
{
	struct world *w = world_up(&PLAYED);
	char text[LOG_LINE_MAX];

	(void)state;
	for (int i = 0; i < 50; i++) {
		refuse_plain(w, PEER, SPI_1);
		assert_false(spi_flow_next(w->spi, NULL)->persistent);
		loop_advance(w->loop, 100);
	}
	refuse_plain(w, PEER, SPI_1);
	assert_true(spi_flow_next(w->spi, NULL)->persistent);
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(lines(w, "INV_SPI_PERSISTENT", text), 1);
	assert_string_equal(text, "%CRYPTO-4-INV_SPI_PERSISTENT: invalid SPI persists: "
				  "srcaddr=10.1.1.1, destaddr=10.1.1.2, prot=50, "
				  "spi=0xB761863E(3076621886), 51 packets in 5 s, verdict: never "
				  "ours");
	world_down(w);
}

static void test_two_packets_far_apart_are_no_incident(void **state)
{
	struct world *w = world_up(&PLAYED);

	(void)state;
	refuse_plain(w, PEER, SPI_1);
	loop_advance(w->loop, SPI_GAP_MS + 1000);
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(lines(w, "INV_SPI_PERSISTENT", NULL), 0);
	assert_int_equal(lines(w, LINE, NULL), 2);
	world_down(w);
}

static void test_all_flows_share_ten_lines_a_minute(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct spi_stats st;
	char text[LOG_LINE_MAX];

	(void)state;
	for (uint32_t i = 0; i < 30; i++)
		refuse_plain(w, NOBODY, 1000 + i);
	assert_int_equal(lines(w, LINE, NULL), 10);
	loop_advance(w->loop, 5000);
	assert_int_equal(lines(w, LINE, NULL), 10);
	/* They are silent by now: at most one got the first new token, the rest are given up. */
	loop_advance(w->loop, 15000);
	assert_in_range(lines(w, LINE, NULL), 10, 11);
	spi_stats(w->spi, &st);
	assert_int_equal(st.printed + st.suppressed, 30);
	loop_advance(w->loop, 60000);
	assert_int_equal(lines(w, "INV_SPI_SUPPRESSED", text), 1);
	snprintf(text + 300, 200,
		 "%%CRYPTO-4-INV_SPI_SUPPRESSED: %llu invalid SPI messages were not "
		 "printed (limit: 10 a minute)",
		 (unsigned long long)st.suppressed);
	assert_string_equal(text, text + 300);
	loop_advance(w->loop, 600000);
	assert_int_equal(lines(w, "INV_SPI_SUPPRESSED", NULL), 1);
	world_down(w);
}

static void test_a_flood_cannot_hide_the_flow_that_was_ours(void **state)
{
	struct world *w = world_up(&PLAYED);
	bool printed = false;

	(void)state;
	w->sa.born = SPI_1;
	w->sa.history = (struct sa_history){.born = true, .dead = true, .why = SA_DEATH_FLUSHED};
	for (uint32_t i = 0; i < 20000; i++) {
		refuse_plain(w, NOBODY + i % 1000, 1000 + i);
		if (i > 1000 && i % 100 == 0)
			refuse_plain(w, PEER, SPI_1);
		if (i % 2 == 0)
			loop_advance(w->loop, 1);
	}
	for (const struct spi_flow *f = spi_flow_next(w->spi, NULL); f;
	     f = spi_flow_next(w->spi, f))
		if (f->spi == SPI_1)
			printed = f->printed == 1;
	assert_true(printed); /* within the ten seconds that this took: the next token was its */
	world_down(w);
}

static void test_a_million_random_spis_stay_within_bounds(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct spi_refusal r = packet(PEER, SPI_1);
	uint64_t x = 88172645463325252u;
	struct spi_stats st;

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		r.spi = (uint32_t)(x >> 32) | 0x10000;
		w->source.base.refused(w->source.base.ctx, &r);
		if (i % 2000 == 0)
			loop_advance(w->loop, 1000);
	}
	spi_stats(w->spi, &st);
	assert_int_equal(st.flows, 4096);
	assert_int_equal(st.by_verdict[SPI_NEVER_OURS], 4096);
	assert_in_range(st.evicted, 900000, 1000000);
	/* 500 s: ten at once, then one each six seconds. */
	assert_in_range(lines(w, LINE, NULL), 10, 95);
	assert_in_range(lines(w, "INV_SPI_SUPPRESSED", NULL), 7, 10);
	world_down(w);
}

static void test_a_larval_spi_is_never_told(void **state)
{
	struct world *w = world_up(&PLAYED);

	(void)state;
	w->sa.larval = SPI_1;
	for (int i = 0; i < 100; i++) {
		refuse_plain(w, PEER, SPI_1);
		loop_advance(w->loop, 100);
	}
	assert_int_equal(spi_flow_next(w->spi, NULL)->verdict, SPI_LARVAL);
	assert_int_equal(lines(w, LINE, NULL), 0);
	assert_int_equal(w->told, 0);
	w->sa.larval = 0; /* the negotiation failed, and the peer sends on */
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(lines(w, LINE, NULL), 1);
	assert_int_equal(w->told, 1);
	world_down(w);
}

static void foreign_sa(struct world *w, struct xfrm_sa sa)
{
	assert_int_equal(xfrm_fake_foreign_add(w->xfrm, &sa, NULL), 0);
	loop_advance(w->loop, 1);
}

static struct xfrm_sa sa_like(uint32_t dst, uint32_t src, uint8_t proto, uint32_t mark)
{
	return (struct xfrm_sa){.id = {.dst = addr_v4(dst),
				       .proto = proto,
				       .spi = SPI_1,
				       .mark = {mark, mark ? 0xffffffff : 0}},
				.src = addr_v4(src),
				.mode = XFRM_KIND_TUNNEL,
				.reqid = 1};
}

static enum spi_verdict verdict_beside(struct xfrm_sa sa)
{
	struct world *w = world_up(&PLAYED);
	enum spi_verdict v;

	foreign_sa(w, sa);
	refuse_plain(w, PEER, SPI_1);
	v = spi_flow_next(w->spi, NULL)->verdict;
	assert_int_equal(w->told, v == SPI_INSTALLED ? 0 : 1);
	assert_int_equal(lines(w, LINE, NULL), v == SPI_INSTALLED ? 0 : 1);
	world_down(w);
	return v;
}

static void test_an_sa_with_that_spi_is_looked_at_closely(void **state)
{
	(void)state;
	assert_int_equal(verdict_beside(sa_like(LOCAL, PEER, 50, 42)), SPI_KNOWN_MARK);
	assert_int_equal(verdict_beside(sa_like(LOCAL, PEER, 51, 0)), SPI_KNOWN_PROTO);
	assert_int_equal(verdict_beside(sa_like(LOCAL + 1, PEER, 50, 0)), SPI_KNOWN_DST);
	assert_int_equal(verdict_beside(sa_like(LOCAL, PEER, 50, 0)), SPI_INSTALLED);
	/* The source of the SA does not matter to the kernel. */
	assert_int_equal(verdict_beside(sa_like(LOCAL, NOBODY, 50, 0)), SPI_INSTALLED);
	/* What we send with is not what we receive with. */
	assert_int_equal(verdict_beside(sa_like(PEER, LOCAL, 50, 0)), SPI_NEVER_OURS);
	assert_int_equal(verdict_beside(sa_like(PEER, NOBODY, 50, 0)), SPI_NEVER_OURS);
	assert_int_equal(verdict_beside(sa_like(NOBODY, LOCAL, 50, 0)), SPI_NEVER_OURS);
}

static void test_who_sends_decides_between_peer_and_nobody(void **state)
{
	struct world *w = world_up(&PLAYED);

	(void)state;
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(w->last.verdict, SPI_NEVER_OURS);
	assert_int_equal(w->last.conn, 7);
	refuse_plain(w, NOBODY, SPI_1);
	assert_int_equal(w->last.verdict, SPI_NO_PEER);
	assert_int_equal(w->last.conn, 0);
	refuse_plain(w, PEER, 255);
	assert_int_equal(w->last.verdict, SPI_RESERVED);
	assert_int_equal(lines(w, LINE, NULL), 3);
	world_down(w);
}

static void test_once_ours_carries_its_history(void **state)
{
	struct world *w = world_up(&PLAYED);

	(void)state;
	w->sa.born = SPI_1;
	w->sa.history = (struct sa_history){.born = true,
					    .dead = true,
					    .conn = 7,
					    .why = SA_DEATH_FLUSHED,
					    .died_ms = loop_now(w->loop)};
	refuse_plain(w, NOBODY, SPI_1); /* the peer moved: its connection is known by the SPI */
	assert_int_equal(w->last.verdict, SPI_ONCE_OURS);
	assert_int_equal(w->last.history.why, SA_DEATH_FLUSHED);
	assert_int_equal(w->last.conn, 7);
	assert_int_equal(w->told, 1); /* at once: no grace for what was lost */
	world_down(w);
}

static struct world *just_rekeyed(void)
{
	struct world *w = world_up(&PLAYED);

	w->sa.born = SPI_1;
	w->sa.history = (struct sa_history){.born = true,
					    .dead = true,
					    .conn = 7,
					    .why = SA_DEATH_REKEYED,
					    .died_ms = loop_now(w->loop)};
	return w;
}

static void test_a_late_packet_of_a_rekey_gets_its_line_and_no_more(void **state)
{
	struct world *w = just_rekeyed();

	(void)state;
	loop_advance(w->loop, 50);
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(spi_flow_next(w->spi, NULL)->verdict, SPI_PENDING);
	loop_advance(w->loop, 149);
	assert_int_equal(lines(w, LINE, NULL), 0);
	loop_advance(w->loop, 1);
	assert_int_equal(lines(w, LINE, NULL), 1);
	loop_advance(w->loop, 10000);
	assert_int_equal(w->told, 0);			/* it was a passing state */
	assert_true(w->pending == 1 && w->passed == 1); /* which is told, as that */
	world_down(w);
}

static void test_a_sender_that_never_switches_is_told_after_the_grace(void **state)
{
	struct world *w = just_rekeyed();

	(void)state;
	for (int i = 0; i < 6; i++) {
		refuse_plain(w, PEER, SPI_1);
		loop_advance(w->loop, 33);
	}
	assert_int_equal(w->told, 0);
	loop_advance(w->loop, 2);
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(w->told, 1);
	assert_int_equal(w->last.verdict, SPI_ONCE_OURS);
	world_down(w);
}

static void test_a_busy_sender_is_told_when_the_grace_ends(void **state)
{
	struct world *w = just_rekeyed();

	(void)state;
	for (int i = 0; i < 8; i++) /* its source reports it once a second from here on */
		refuse_plain(w, PEER, SPI_1);
	loop_advance(w->loop, 199);
	assert_int_equal(w->told, 0);
	loop_advance(w->loop, 1);
	assert_int_equal(w->told, 1);
	world_down(w);
}

static void test_a_rekey_in_flight_excuses_a_flow_for_two_seconds(void **state)
{
	struct world *w = world_up(&PLAYED);
	uint64_t start = loop_now(w->loop);

	(void)state;
	w->sa.in_flight_since = start;
	while (w->told == 0 && loop_now(w->loop) < start + 10000) {
		refuse_plain(w, PEER, SPI_1);
		loop_advance(w->loop, 50);
	}
	assert_in_range(loop_now(w->loop) - start, 1950, 2250);
	world_down(w);
}

static void test_an_sa_that_came_meanwhile_ends_the_matter(void **state)
{
	struct world *w = world_up(&PLAYED);

	(void)state;
	w->sa.in_flight_since = loop_now(w->loop);
	refuse_plain(w, PEER, SPI_1);
	foreign_sa(w, sa_like(LOCAL, PEER, 50, 0));
	loop_advance(w->loop, 5000);
	assert_int_equal(spi_flow_next(w->spi, NULL)->verdict, SPI_INSTALLED);
	assert_int_equal(lines(w, LINE, NULL), 0);
	assert_int_equal(w->told, 0);
	world_down(w);
}

static void test_facts_come_at_the_end_of_the_turn_and_once(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct spi_refusal r = packet(PEER, SPI_1);

	(void)state;
	w->source.base.refused(w->source.base.ctx, &r);
	w->source.base.refused(w->source.base.ctx, &r);
	assert_int_equal(w->told, 0);
	loop_advance(w->loop, 0);
	assert_int_equal(w->told, 1);
	assert_int_equal(w->last.count, 2);
	w->source.base.refused(w->source.base.ctx, &r);
	spi_clear(w->spi); /* with a fact under way */
	loop_advance(w->loop, 0);
	assert_int_equal(w->told, 1);
	world_down(w);
}

static void test_what_the_kernel_counts_and_nobody_saw_is_said(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct spi_stats st;

	(void)state;
	refuse_plain(w, PEER, SPI_1);
	set_counter(w, w->counter + 3);
	loop_advance(w->loop, 1000);
	spi_stats(w->spi, &st);
	assert_int_equal(st.seen, 1);
	assert_int_equal(st.counted, 4);
	assert_int_equal(st.unexplained, 0); /* one reading is none */
	loop_advance(w->loop, 1000);
	spi_stats(w->spi, &st);
	assert_int_equal(st.unexplained, 3);
	assert_int_equal(lines(w, "INV_SPI_UNEXPLAINED", NULL), 1);
	set_counter(w, w->counter + 2);
	loop_advance(w->loop, 10000);
	assert_int_equal(lines(w, "INV_SPI_UNEXPLAINED", NULL), 1); /* once a minute */
	loop_advance(w->loop, 60000);
	assert_int_equal(lines(w, "INV_SPI_UNEXPLAINED", NULL), 2);
	world_down(w);
}

static void test_what_is_seen_a_little_later_is_not_unexplained(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct spi_stats st;

	(void)state;
	for (int i = 0; i < 10; i++) { /* each reading falls between count and sight */
		set_counter(w, w->counter + 1);
		loop_advance(w->loop, 500);
		w->source.sums.seen++;
		loop_advance(w->loop, 500);
	}
	spi_stats(w->spi, &st);
	assert_int_equal(st.counted, 10);
	assert_int_equal(st.unexplained, 0);
	w->source.sums.lost = 5;
	spi_stats(w->spi, &st); /* as of now */
	assert_int_equal(st.ring_lost, 5);
	world_down(w);
}

static void test_what_the_source_did_not_look_at_is_its_own_figure(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct spi_stats st;

	(void)state;
	refuse_plain(w, PEER, SPI_1);
	w->source.sums.unlooked = 3;
	w->source.sums.pending = 2;
	set_counter(w, w->counter + 5);
	loop_advance(w->loop, 5000);
	spi_stats(w->spi, &st);
	assert_true(st.counted == 6 && st.seen == 1);
	assert_true(st.unlooked == 3 && st.unexplained == 0);
	set_counter(w, w->counter + 1);
	loop_advance(w->loop, 5000);
	spi_stats(w->spi, &st);
	assert_int_equal(st.unexplained, 1);
	world_down(w);
}

/* A source that takes its time to start: what is counted meanwhile is the baseline. */
static int slow_start(struct spi_source *s)
{
	struct world *w = list_entry(s, struct world, source.base);

	set_counter(w, w->counter + 9);
	return 0;
}

static void test_what_was_counted_before_the_source_was_ready_is_the_baseline(void **state)
{
	static const struct spi_source_ops slow = {
		.name = "slow", .start = slow_start, .free = source_free, .sums = source_sums};
	struct world *w = world_up(&slow);
	struct spi_stats st;

	(void)state;
	loop_advance(w->loop, 5000);
	spi_stats(w->spi, &st);
	assert_true(st.counted == 0 && st.unexplained == 0);
	assert_int_equal(lines(w, "INV_SPI_UNEXPLAINED", NULL), 0);
	world_down(w);
}

/* Each reading falls into a flood: more is counted between the two halves of it. */
static void flooding_sums(struct spi_source *s, struct spi_source_sums *out)
{
	struct world *w = list_entry(s, struct world, source.base);

	*out = w->source.sums;
	w->source.sums.seen += 7;
	set_counter(w, w->counter + 7);
}

static void test_a_reading_in_the_middle_of_a_flood_finds_nothing_unexplained(void **state)
{
	static const struct spi_source_ops flooding = {
		.name = "flood", .start = source_start, .free = source_free, .sums = flooding_sums};
	struct world *w = world_up(&flooding);
	struct spi_stats st;

	(void)state;
	loop_advance(w->loop, 10000);
	spi_stats(w->spi, &st);
	assert_true(st.counted > 50);
	assert_int_equal(st.unexplained, 0);
	world_down(w);
}

static void test_a_tap_hears_that_the_counter_moved(void **state)
{
	struct world *w = world_up(&PLAYED_TAP);

	(void)state;
	loop_advance(w->loop, 1000);
	assert_int_equal(w->source.moved, 0);
	set_counter(w, w->counter + 1);
	loop_advance(w->loop, 20);
	assert_int_equal(w->source.moved, 1);
	loop_advance(w->loop, 1000);
	assert_int_equal(w->source.moved, 1);
	world_down(w);
}

static void test_a_tap_without_a_counter_is_refused(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct fake_source tap = {.base.ops = &PLAYED_TAP};
	struct spi_stats st;
	char text[LOG_LINE_MAX];

	(void)state;
	assert_int_equal(spi_attach(w->spi, &tap.base, -1, ""), -EBADF);
	assert_int_equal(tap.freed, 1);
	assert_int_equal(w->source.freed, 1); /* the one before went */
	spi_stats(w->spi, &st);
	assert_string_equal(st.source, "none");
	lines(w, "INV_SPI_SOURCE", text);
	assert_string_equal(text, "%CRYPTO-6-INV_SPI_SOURCE: invalid SPI source: none");
	world_down(w);
}

static void test_no_source_is_said_with_its_reason(void **state)
{
	struct world *w = world_up(&PLAYED);
	struct spi_stats st;
	char text[LOG_LINE_MAX];

	(void)state;
	lines(w, "INV_SPI_SOURCE", text);
	assert_string_equal(text,
			    "%CRYPTO-6-INV_SPI_SOURCE: invalid SPI source: played: for a test");
	assert_int_equal(spi_attach(w->spi, NULL, w->stat_fd, "switched off"), 0);
	spi_stats(w->spi, &st);
	assert_string_equal(st.source, "none");
	assert_string_equal(st.why, "switched off");
	loop_advance(w->loop, 5000);
	world_down(w);
}

static void test_flows_are_found_and_marked(void **state)
{
	struct world *w = world_up(&PLAYED);
	const struct spi_flow *f;

	(void)state;
	refuse_plain(w, PEER, SPI_1);
	refuse_plain(w, PEER, SPI_1 + 1);
	f = spi_flow_next(w->spi, spi_flow_next(w->spi, NULL));
	assert_int_equal(f->spi, SPI_1 + 1);
	assert_null(spi_flow_next(w->spi, f));
	spi_flow_mark_forged(w->spi, f->id);
	assert_true(spi_flow_find(w->spi, f->id)->forged_looking);
	assert_null(spi_flow_find(w->spi, 4711));
	spi_flow_mark_forged(w->spi, 4711);
	spi_clear(w->spi);
	assert_null(spi_flow_next(w->spi, NULL));
	world_down(w);
}

static void test_debug_prints_each_report(void **state)
{
	struct world *w = world_up(&PLAYED);

	(void)state;
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(lines(w, "", NULL), 0);
	log_debug_set(w->log, LOG_DEBUG_INVALID_SPI);
	refuse_plain(w, PEER, SPI_1);
	assert_int_equal(lines(w, "", NULL), 1);
	world_down(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_line_is_to_the_letter),
		cmocka_unit_test(test_the_interface_is_named_when_asked_for),
		cmocka_unit_test(test_a_flow_gets_one_line_a_minute),
		cmocka_unit_test(test_a_flow_that_goes_on_is_an_incident_once),
		cmocka_unit_test(test_two_packets_far_apart_are_no_incident),
		cmocka_unit_test(test_all_flows_share_ten_lines_a_minute),
		cmocka_unit_test(test_a_flood_cannot_hide_the_flow_that_was_ours),
		cmocka_unit_test(test_a_million_random_spis_stay_within_bounds),
		cmocka_unit_test(test_a_larval_spi_is_never_told),
		cmocka_unit_test(test_an_sa_with_that_spi_is_looked_at_closely),
		cmocka_unit_test(test_who_sends_decides_between_peer_and_nobody),
		cmocka_unit_test(test_once_ours_carries_its_history),
		cmocka_unit_test(test_a_late_packet_of_a_rekey_gets_its_line_and_no_more),
		cmocka_unit_test(test_a_sender_that_never_switches_is_told_after_the_grace),
		cmocka_unit_test(test_a_busy_sender_is_told_when_the_grace_ends),
		cmocka_unit_test(test_a_rekey_in_flight_excuses_a_flow_for_two_seconds),
		cmocka_unit_test(test_an_sa_that_came_meanwhile_ends_the_matter),
		cmocka_unit_test(test_facts_come_at_the_end_of_the_turn_and_once),
		cmocka_unit_test(test_what_the_kernel_counts_and_nobody_saw_is_said),
		cmocka_unit_test(test_what_is_seen_a_little_later_is_not_unexplained),
		cmocka_unit_test(test_what_the_source_did_not_look_at_is_its_own_figure),
		cmocka_unit_test(test_what_was_counted_before_the_source_was_ready_is_the_baseline),
		cmocka_unit_test(test_a_reading_in_the_middle_of_a_flood_finds_nothing_unexplained),
		cmocka_unit_test(test_a_tap_hears_that_the_counter_moved),
		cmocka_unit_test(test_a_tap_without_a_counter_is_refused),
		cmocka_unit_test(test_no_source_is_said_with_its_reason),
		cmocka_unit_test(test_flows_are_found_and_marked),
		cmocka_unit_test(test_debug_prints_each_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
