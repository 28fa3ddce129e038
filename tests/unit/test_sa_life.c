/* Room sa over time: losses, limits, traffic that asks, restarts of either process, orphans. */
#include "tests/unit/router_world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"

#define SPI_1 0xB7618601u
#define SPI_2 0xB7618602u
#define SPI_3 0xB7618603u

static char folder[40];
static int dir;

static struct router_world *ready(int state_dir)
{
	struct router_world *w = router_world_new(state_dir, 1);

	assert_non_null(w);
	assert_int_equal(router_world_conn(w, 1, 2, WORLD_PEER), 0);
	sa_start(w->sa);
	router_world_engine(w, WORLD_CAPS);
	return w;
}

static int setup(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/test_sa.XXXXXX");
	assert_non_null(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	*state = ready(dir);
	router_world_ike(*state, 1, WORLD_PEER, ENGINE_IKE_UP);
	return 0;
}

static int teardown(void **state)
{
	router_world_free(*state);
	unlinkat(dir, "births", 0);
	unlinkat(dir, "grave", 0);
	close(dir);
	return rmdir(folder);
}

static bool history(const struct router_world *w, uint32_t spi, struct sa_history *h)
{
	struct addr local = addr_v4(WORLD_LOCAL);

	return sa_history(w->sa, &local, IPPROTO_ESP, spi, h);
}

/* ---- another hand ------------------------------------------------------------------------------- */

static void test_a_flush_is_one_loss_a_pair_with_its_author(void **state)
{
	struct router_world *w = *state;
	struct sa_history h;

	router_world_pair(w, 1, 10, SPI_1, 0);
	xfrm_fake_foreign_flush(w->xfrm, NULL);
	loop_advance(w->loop, 10);
	assert_int_equal(w->losts, 1);
	assert_true(w->lost_in && w->lost_out);
	assert_int_equal(w->lost_why, SA_DEATH_FLUSHED);
	assert_string_equal(w->lost_by.name, "foreign");
	assert_true(history(w, SPI_1, &h) && h.dead);
	assert_int_equal(h.why, SA_DEATH_FLUSHED);
	assert_int_equal(h.by.pid, 4711);
	assert_true(h.died_ms > 0);
	assert_true(router_world_logged(w, "flushed by another program, by foreign"));
	assert_int_equal(w->gones, 0); /* the IKE SA still holds it */
	assert_int_equal(sa_session(w->sa, 1), SA_SESSION_UP_IDLE);
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_REPLACED), 0);
	assert_int_equal(w->gones, 1);
	history(w, SPI_1, &h);
	assert_int_equal(h.why, SA_DEATH_FLUSHED); /* the first death stays */
}

static void test_one_half_deleted_leaves_the_other(void **state)
{
	struct router_world *w = *state;
	struct xfrm_sa_id in = router_world_in(SPI_1), out = router_world_out(SPI_2);
	struct sa_history h;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 20, SPI_2, 0);
	xfrm_fake_foreign_delete(w->xfrm, &in, NULL);
	loop_advance(w->loop, 10);
	assert_int_equal(w->losts, 1);
	assert_true(w->lost_in && !w->lost_out);
	assert_int_equal(w->lost_why, SA_DEATH_FOREIGN);
	assert_true(sa_pair_by_spi_in(w->sa, SPI_1)->out_installed);
	xfrm_fake_foreign_delete(w->xfrm, &out, NULL);
	loop_advance(w->loop, 10);
	assert_int_equal(w->losts, 2);
	assert_true(!w->lost_in && w->lost_out);
	assert_true(history(w, SPI_2, &h));
	assert_false(h.dead); /* its inbound SPI is alive */
}

static void test_a_pair_that_nobody_holds_goes_when_it_is_flushed(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_DOWN);
	xfrm_fake_foreign_flush(w->xfrm, NULL);
	loop_advance(w->loop, 10);
	assert_int_equal(w->losts, 1);
	assert_int_equal(w->gones, 1);
	assert_int_equal(w->gone_why, SA_DEATH_FLUSHED);
	assert_null(sa_pair_next(w->sa, NULL));
}

/* Losses seen only in a dump after ENOBUFS are losses too. */
static void test_a_loss_that_no_event_told_is_found(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	xfrm_fake_lose_events(w->xfrm, true);
	xfrm_fake_foreign_flush(w->xfrm, NULL);
	loop_advance(w->loop, 10);
	assert_int_equal(w->losts, 0);
	xfrm_fake_lose_events(w->xfrm, false);
	loop_advance(w->loop, 2000);
	assert_int_equal(w->losts, 1);
}

/* ---- limits ------------------------------------------------------------------------------------- */

static void test_a_pair_is_replaced_before_its_limit_and_closed_at_it(void **state)
{
	struct router_world *w = *state;
	struct sa_history h;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_forget(w);
	loop_advance(w->loop, 3600 * 840);
	assert_null(router_world_last(w, ENGINE_REPLACE_CHILD));
	loop_advance(w->loop, 3600 * 70);
	assert_non_null(router_world_last(w, ENGINE_REPLACE_CHILD));
	assert_int_equal(router_world_last(w, ENGINE_REPLACE_CHILD)->ref.spi_in, SPI_1);
	assert_int_equal(router_world_last(w, ENGINE_REPLACE_CHILD)->ref.why, ENGINE_WHY_LIFETIME);
	loop_advance(w->loop, 3600 * 91);
	assert_non_null(router_world_last(w, ENGINE_DELETE_SPI));
	router_world_done(w, router_world_last(w, ENGINE_DELETE_SPI), 0, 0);
	assert_null(sa_pair_next(w->sa, NULL));
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_true(history(w, SPI_1, &h));
	assert_int_equal(h.why, SA_DEATH_EXPIRED_TIME);
	assert_int_equal(w->losts, 0);
}

static void test_a_replaced_pair_is_not_replaced_again(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	loop_advance(w->loop, 1000);
	router_world_pair(w, 1, 10, SPI_2, SPI_1);
	router_world_delete(w, SPI_1, ENGINE_WHY_REPLACED);
	router_world_forget(w);
	loop_advance(w->loop, 3600 * 910 + 1000);
	assert_int_equal(router_world_last(w, ENGINE_REPLACE_CHILD)->ref.spi_in, SPI_2);
}

static void test_a_volume_limit_asks_and_then_ends(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	struct conn *c = conn_new();
	const struct conn *old = conn_by_id(w->conns, 1);
	struct sa_history h;

	*c = *old;
	c->refs = 1;
	c->lifetime_kb = 10;
	assert_int_equal(conn_table_put(w->conns, c), 0);
	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_forget(w);
	assert_int_equal(xfrm_fake_traffic(w->xfrm, &local, SPI_1, 1, 9300), 0);
	loop_advance(w->loop, 10);
	assert_int_equal(router_world_last(w, ENGINE_REPLACE_CHILD)->ref.spi_in, SPI_1);
	xfrm_fake_traffic(w->xfrm, &local, SPI_1, 2, 9300);
	loop_advance(w->loop, 10);
	assert_true(history(w, SPI_1, &h) && h.dead);
	assert_int_equal(h.why, SA_DEATH_EXPIRED_VOLUME);
}

/* ---- traffic asks ---------------------------------------------------------------------------------- */

static void policy(struct router_world *w, uint32_t conn, size_t child)
{
	const struct conn *c = conn_by_id(w->conns, conn);
	struct xfrm_policy p = {.dir = XFRM_DIR_OUT,
				.selector = c->children[child].selector,
				.priority = 100,
				.tunnel_local = c->local,
				.tunnel_remote = c->peers[0],
				.proto = IPPROTO_ESP,
				.mode = XFRM_KIND_TUNNEL,
				.reqid = c->children[child].reqid};
	void *ctx;

	xfrm_ops(w->xfrm, &ctx)->policy_put(ctx, &p, NULL, NULL);
	loop_advance(w->loop, 0);
}

static void packet(struct router_world *w, uint32_t conn, size_t child)
{
	struct selector s = conn_by_id(w->conns, conn)->children[child].selector;
	struct xfrm_sa used;

	xfrm_fake_send(w->xfrm, &s, 1, 100, &used);
	loop_advance(w->loop, 0);
}

static void test_traffic_without_an_ike_sa_initiates_once(void **state)
{
	struct router_world *w = *state;
	const struct engine_msg *m;

	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_DOWN);
	router_world_forget(w);
	policy(w, 1, 0);
	packet(w, 1, 0);
	packet(w, 1, 0);
	assert_int_equal(router_world_count(w, ENGINE_INITIATE), 1);
	m = router_world_last(w, ENGINE_INITIATE);
	assert_int_equal(m->initiate.conn, 1);
	assert_int_equal(m->initiate.child, 10);
	assert_int_equal(m->initiate.why, ENGINE_WHY_TRAFFIC);
	loop_advance(w->loop, FAKE_LARVAL_MS + 1000);
	packet(w, 1, 0); /* the kernel asks again; ours is still under way */
	assert_int_equal(router_world_count(w, ENGINE_INITIATE), 1);
}

static void test_a_stop_begins_nothing_new(void **state)
{
	struct router_world *w = *state;

	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_DOWN);
	router_world_forget(w);
	policy(w, 1, 0);
	sa_quiet(w->sa);
	packet(w, 1, 0);
	loop_advance(w->loop, 5000);
	assert_int_equal(router_world_count(w, ENGINE_INITIATE), 0);
}

static void test_traffic_over_a_live_ike_sa_makes_a_child(void **state)
{
	struct router_world *w = *state;

	policy(w, 1, 1);
	packet(w, 1, 1);
	assert_int_equal(router_world_count(w, ENGINE_INITIATE), 0);
	assert_int_equal(router_world_last(w, ENGINE_CREATE_CHILD)->ref.child, 20);
	/* what router took for its IKE SA is another connection's */
	router_world_done(w, router_world_last(w, ENGINE_CREATE_CHILD), -ENOTCONN, 0);
	loop_advance(w->loop, 2000);
	assert_int_equal(router_world_count(w, ENGINE_INITIATE), 1);
}

static void test_a_failure_is_tried_again_ever_more_seldom_and_then_no_more(void **state)
{
	struct router_world *w = *state;
	uint64_t last = loop_now(w->loop), gap = 0;
	unsigned int tries = 0;

	policy(w, 1, 0);
	packet(w, 1, 0);
	for (uint64_t t = 0; t < 25000; t += 100) {
		unsigned int n = router_world_count(w, ENGINE_CREATE_CHILD);

		if (n > tries) {
			tries = n;
			if (n > 1) {
				assert_true(loop_now(w->loop) - last > gap);
				gap = loop_now(w->loop) - last;
			}
			last = loop_now(w->loop);
			router_world_done(w, router_world_last(w, ENGINE_CREATE_CHILD), -EACCES, 0);
		}
		loop_advance(w->loop, 100);
	}
	assert_int_equal(tries, 5);
	loop_advance(w->loop, 10000);
	packet(w, 1, 0); /* the kernel's next ACQUIRE begins anew */
	assert_int_equal(router_world_count(w, ENGINE_CREATE_CHILD), 6);
}

static void test_what_traffic_wants_outlives_the_engine(void **state)
{
	struct router_world *w = *state;

	policy(w, 1, 0);
	packet(w, 1, 0);
	assert_int_equal(router_world_count(w, ENGINE_CREATE_CHILD), 1);
	engine_detach(w->engine);
	loop_advance(w->loop, 60000);
	router_world_engine(w, WORLD_CAPS);
	loop_advance(w->loop, 10);
	assert_int_equal(router_world_count(w, ENGINE_INITIATE), 1);
	router_world_forget(w);
	engine_detach(w->engine);
	loop_advance(w->loop, 10);
	packet(w, 1, 0);
	assert_int_equal(w->sent_count, 0);
}

static void test_a_pair_that_came_meanwhile_ends_the_wish(void **state)
{
	struct router_world *w = *state;

	router_world_alloc(w, 1, 20, SPI_2); /* an exchange is in flight */
	router_world_forget(w);
	policy(w, 1, 0);
	packet(w, 1, 0);
	assert_int_equal(router_world_count(w, ENGINE_CREATE_CHILD), 0);
	router_world_pair(w, 1, 10, SPI_1, 0);
	loop_advance(w->loop, 1000);
	assert_int_equal(router_world_count(w, ENGINE_CREATE_CHILD), 0);
}

/* ---- connections go ------------------------------------------------------------------------------------ */

static void test_a_removed_connection_takes_its_wish_and_its_larval_spi(void **state)
{
	struct router_world *w = *state;

	policy(w, 1, 0);
	packet(w, 1, 0);
	router_world_alloc(w, 1, 20, SPI_2);
	conn_table_del(w->conns, 1);
	loop_advance(w->loop, 10);
	assert_false(sa_spi_is_larval(w->sa, SPI_2));
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	router_world_done(w, router_world_last(w, ENGINE_CREATE_CHILD), -EACCES, 0);
	router_world_forget(w);
	loop_advance(w->loop, 60000);
	assert_int_equal(w->sent_count, 0);
}

static void test_a_removed_connection_takes_its_orphans_only(void **state)
{
	struct router_world *w = *state;
	struct sa_history h;

	router_world_conn(w, 2, 1, WORLD_PEER + 1);
	router_world_ike(w, 2, WORLD_PEER + 1, ENGINE_IKE_UP);
	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 2, 10, SPI_2, 0);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_DOWN);
	conn_table_del(w->conns, 1);
	conn_table_del(w->conns, 2);
	loop_advance(w->loop, 10);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_1));
	assert_true(history(w, SPI_1, &h));
	assert_int_equal(h.why, SA_DEATH_CONFIG);
	assert_non_null(sa_pair_by_spi_in(w->sa, SPI_2)); /* the engine closes it with its peer */
}

/* ---- restarts ---------------------------------------------------------------------------------------------- */

static void restart(struct router_world *w, uint8_t boot)
{
	if (w->sa)
		router_world_kill(w);
	assert_int_equal(router_world_start(w, dir, boot), 0);
	w->readies = 0;
	sa_start(w->sa);
	assert_int_equal(w->readies, 1);
}

static void test_start_adopts_what_the_kernel_still_has(void **state)
{
	struct router_world *w = *state;
	struct xfrm_sa_id in2 = router_world_in(SPI_2), in3 = router_world_in(SPI_3);
	struct xfrm_sa_id out3 = router_world_out(SPI_3);
	const struct sa_pair *p;
	struct sa_history h;

	router_world_conn(w, 2, 1, WORLD_PEER);
	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 20, SPI_2, 0);
	router_world_pair(w, 2, 10, SPI_3, 0);
	router_world_kill(w);
	xfrm_fake_foreign_delete(w->xfrm, &in2, NULL);
	xfrm_fake_foreign_delete(w->xfrm, &in3, NULL);
	xfrm_fake_foreign_delete(w->xfrm, &out3, NULL);
	restart(w, 1);
	p = sa_pair_by_spi_in(w->sa, SPI_1);
	assert_true(p && p->adopted && p->in_installed && p->out_installed && !p->ike);
	assert_int_equal(p->conn, 1);
	assert_int_equal(p->child, 10);
	assert_int_equal(sa_session(w->sa, 1), SA_SESSION_UP_NO_IKE);
	p = sa_pair_by_spi_in(w->sa, SPI_2); /* its outbound half goes on */
	assert_true(p && !p->in_installed && p->out_installed);
	assert_true(history(w, SPI_2, &h));
	assert_int_equal(h.why, SA_DEATH_AWAY);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_3));
	assert_true(history(w, SPI_3, &h));
	assert_int_equal(h.why, SA_DEATH_AWAY);
	assert_int_equal(xfrm_fake_calls(w->xfrm, FAKE_SA_DELETE), 0);
	assert_int_equal(xfrm_fake_calls(w->xfrm, FAKE_SA_ADD), 0);
}

static unsigned int away(const struct router_world *w, struct sa_history *h)
{
	uint64_t cursor = 0;
	unsigned int n = 0;

	while (sa_away_next(w->sa, &cursor, h))
		n++;
	return n;
}

static void test_only_this_starts_losses_are_told(void **state)
{
	struct router_world *w = *state;
	struct sa_history h;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_kill(w);
	xfrm_fake_foreign_flush(w->xfrm, NULL);
	restart(w, 2);
	assert_int_equal(away(w, &h), 1);
	assert_int_equal(h.spi_in, SPI_1);
	assert_false(h.same_boot);
	restart(w, 2); /* days later: nobody is to be called for that again */
	assert_int_equal(away(w, &h), 0);
	assert_true(history(w, SPI_1, &h));
	assert_int_equal(h.why, SA_DEATH_AWAY);
}

static void test_what_no_connection_has_any_more_is_removed_at_start(void **state)
{
	struct router_world *w = *state;
	struct sa_history h;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_kill(w);
	conn_table_del(w->conns, 1);
	restart(w, 1);
	loop_advance(w->loop, 10);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_true(history(w, SPI_1, &h));
	assert_int_equal(h.why, SA_DEATH_CONFIG);
}

/* The same SPI, but not with our reqid: another program's by now. */
static void test_a_stranger_under_our_spi_is_not_adopted(void **state)
{
	struct router_world *w = *state;
	struct xfrm_sa theirs = {
		.id = router_world_in(SPI_1), .src = addr_v4(WORLD_PEER), .reqid = 7};

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_kill(w);
	xfrm_fake_foreign_flush(w->xfrm, NULL);
	assert_int_equal(xfrm_fake_foreign_add(w->xfrm, &theirs, NULL), 0);
	conn_table_del(w->conns, 1);
	restart(w, 1);
	loop_advance(w->loop, 10);
	assert_null(sa_pair_next(w->sa, NULL));
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 1);
}

static void test_an_orphan_goes_when_its_successor_decrypts(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	struct sa_history h;

	router_world_pair(w, 1, 10, SPI_1, 0);
	engine_detach(w->engine); /* ike died */
	loop_advance(w->loop, 1000);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_1)->ike, 0);
	router_world_engine(w, WORLD_CAPS);
	loop_advance(w->loop, 3000);
	assert_int_equal(router_world_last(w, ENGINE_INITIATE)->initiate.why, ENGINE_WHY_LOST);
	assert_true(router_world_last(w, ENGINE_INITIATE)->initiate.initial_contact);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(w, 1, 10, SPI_2, 0);
	loop_advance(w->loop, 5000);
	assert_non_null(sa_pair_by_spi_in(w->sa, SPI_1)); /* no packet yet: it goes on */
	xfrm_fake_traffic(w->xfrm, &local, SPI_2, 1, 100);
	loop_advance(w->loop, 1000);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_1));
	assert_true(history(w, SPI_1, &h));
	assert_int_equal(h.why, SA_DEATH_REKEYED);
	assert_int_equal(h.successor, SPI_2);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
}

static void test_an_orphan_without_traffic_goes_in_the_end(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	engine_detach(w->engine);
	router_world_engine(w, WORLD_CAPS);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(w, 1, 10, SPI_2, 0);
	loop_advance(w->loop, 29000);
	assert_non_null(sa_pair_by_spi_in(w->sa, SPI_1));
	loop_advance(w->loop, 3000);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_1));
}

/* Both ends lost their ike process, and the peer was the first to call. */
static void test_an_orphan_that_the_peer_replaced_is_not_replaced_again(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	engine_detach(w->engine);
	router_world_engine(w, WORLD_CAPS);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(w, 1, 10, SPI_2, 0);
	loop_advance(w->loop, 3000);
	assert_int_equal(router_world_count(w, ENGINE_CREATE_CHILD), 0);
	assert_int_equal(router_world_count(w, ENGINE_INITIATE), 0);
}

/* What was sent before the change may arrive after it. */
static void test_an_orphan_outlives_the_first_packet_on_its_successor(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	unsigned int ms = 0;

	router_world_pair(w, 1, 10, SPI_1, 0);
	engine_detach(w->engine);
	router_world_engine(w, WORLD_CAPS);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(w, 1, 10, SPI_2, 0);
	loop_advance(w->loop, 499);
	xfrm_fake_traffic(w->xfrm, &local, SPI_2, 1, 100);
	for (; sa_pair_by_spi_in(w->sa, SPI_1) && ms < 2000; ms++)
		loop_advance(w->loop, 1);
	assert_in_range(ms, 490, 1010);
}

/* The peer listens already, and we cannot send yet but with the old pair. */
static void test_an_orphan_stays_until_its_successor_sends(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	struct engine_msg m;

	router_world_pair(w, 1, 10, SPI_1, 0);
	engine_detach(w->engine);
	router_world_engine(w, WORLD_CAPS);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
	router_world_alloc(w, 1, 10, SPI_2);
	router_world_fill(w, &m, 1, 10, SPI_2, ENGINE_PART_IN);
	assert_int_equal(router_world_request(w, &m, NULL), 0);
	xfrm_fake_traffic(w->xfrm, &local, SPI_2, 1, 100);
	loop_advance(w->loop, 2000);
	assert_non_null(sa_pair_by_spi_in(w->sa, SPI_1));
	m.sa_install.parts = ENGINE_PART_OUT;
	assert_int_equal(router_world_request(w, &m, NULL), 0);
	router_world_clear(&m);
	loop_advance(w->loop, 1100);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_1));
}

/* INITIAL_CONTACT: the peer's kernel may have the pair, or not. */
static void test_what_the_peer_has_forgotten_goes_when_replaced_or_soon(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	struct engine_msg down = {.type = ENGINE_IKE_DOWN};
	struct sa_history h;

	down.ike = (struct engine_ike_event){
		.ike = WORLD_IKE, .conn = 1, .why = ENGINE_WHY_INITIAL_CONTACT};
	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 20, SPI_2, 0);
	engine_receive(w->engine, &down);
	loop_advance(w->loop, 100);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_1)->ike, 0);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(w, 1, 10, SPI_3, 0);
	xfrm_fake_traffic(w->xfrm, &local, SPI_3, 1, 100);
	loop_advance(w->loop, 1100);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_1));
	assert_true(history(w, SPI_1, &h));
	assert_int_equal(h.why, SA_DEATH_INITIAL_CONTACT);
	assert_int_equal(h.successor, SPI_3);
	assert_non_null(sa_pair_by_spi_in(w->sa, SPI_2)); /* nothing replaces it yet */
	loop_advance(w->loop, 2500);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_2));
	assert_true(history(w, SPI_2, &h));
	assert_int_equal(h.why, SA_DEATH_INITIAL_CONTACT);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
}

static void test_a_pair_that_the_engine_still_has_is_no_orphan(void **state)
{
	struct router_world *w = *state;
	struct engine_msg up = {.type = ENGINE_CHILD_UP};

	router_world_pair(w, 1, 10, SPI_1, 0);
	restart(w, 1); /* router died, ike lives and lists its Child */
	up.child = (struct engine_child_event){
		.ike = WORLD_IKE, .conn = 1, .child = 10, .spi_in = SPI_1, .listed = true};
	engine_detach(w->engine);
	router_world_engine(w, WORLD_CAPS);
	engine_receive(w->engine, &up);
	router_world_forget(w);
	loop_advance(w->loop, 100);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_1)->ike, WORLD_IKE);
	up.type = ENGINE_IKE_REKEYED;
	up.ike = (struct engine_ike_event){.ike = 99, .old = WORLD_IKE, .conn = 1};
	engine_receive(w->engine, &up);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_1)->ike, 99);
}

static void test_an_adopted_pair_keeps_its_age(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	restart(w, 1);
	loop_advance(w->loop, 3600 * 1000 + 1000);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_1));
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
}

/* ---- ends without an answer, without memory ------------------------------------------------------------- */

static void set_flag(void *arg, int err)
{
	assert_int_equal(err, 0);
	*(bool *)arg = true;
}

/* Without an answer nothing is known: the pair stays until the kernel says that it is gone. */
static void test_a_deletion_without_an_answer_is_asked_for_again(void **state)
{
	struct router_world *w = *state;
	bool over = false;

	router_world_pair(w, 1, 10, SPI_1, 0);
	xfrm_fake_fail(w->xfrm, FAKE_SA_DELETE, 1, -ETIMEDOUT);
	sa_clear(w->sa, NULL, SA_DEATH_CLEARED, NULL, NULL);
	sa_stop(w->sa, set_flag, &over);
	loop_advance(w->loop, 500);
	assert_false(over);
	assert_non_null(sa_pair_by_spi_in(w->sa, SPI_1));
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 1);
	loop_advance(w->loop, 1000);
	assert_true(over);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_null(sa_pair_by_spi_in(w->sa, SPI_1));
}

static void set_over(void *arg, int err)
{
	assert_int_equal(err, 0);
	*(bool *)arg = true;
}

/* Thousands of pairs do not fill a turn; what comes after the call is not meant by it. */
static void test_many_pairs_end_some_a_turn(void **state)
{
	const unsigned int many = 600;
	struct router_world *w = *state;
	bool over = false;

	for (uint32_t i = 0; i < many; i++) {
		router_world_forget(w);
		assert_int_equal(router_world_pair(w, 1, 10, SPI_1 + i, 0), SPI_1 + i);
	}
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_DOWN); /* none of them asks the engine */
	assert_int_equal(sa_clear(w->sa, NULL, SA_DEATH_CLEARED, set_over, &over), 0);
	loop_advance(w->loop, 0);
	assert_int_equal(w->gones, 256);
	assert_int_equal(router_world_pair(w, 1, 20, SPI_1 + many, 0), SPI_1 + many);
	loop_advance(w->loop, 1);
	assert_int_equal(w->gones, 512);
	assert_false(over);
	loop_advance(w->loop, 10);
	assert_true(over);
	assert_int_equal(w->gones, many);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
}

static void test_a_stop_without_memory_says_so_all_the_same(void **state)
{
	struct router_world *w = *state;
	bool over = false;

	router_world_pair(w, 1, 10, SPI_1, 0);
	alloc_fail_after(1);
	sa_stop(w->sa, set_flag, &over);
	alloc_fail_after(0);
	loop_advance(w->loop, 3000);
	assert_true(over);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void count_call(void *arg)
{
	++*(unsigned int *)arg;
}

/* A page asks for what it holds alone. */
static void test_counters_of_some_pairs_come_alone(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	unsigned int calls = 0;
	uint32_t first;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 20, SPI_2, 0);
	router_world_pair(w, 1, 20, SPI_3, 0);
	first = sa_pair_by_spi_in(w->sa, SPI_1)->id;
	xfrm_fake_traffic(w->xfrm, &local, SPI_1, 1, 100);
	xfrm_fake_traffic(w->xfrm, &local, SPI_2, 2, 200);
	xfrm_fake_traffic(w->xfrm, &local, SPI_3, 3, 300);
	sa_refresh_above(w->sa, first, 1, count_call, &calls);
	loop_advance(w->loop, 0);
	assert_int_equal(calls, 1);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_1)->in.packets, 0);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_2)->in.packets, 2);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_3)->in.packets, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_a_deletion_without_an_answer_is_asked_for_again),
		IN_WORLD(test_many_pairs_end_some_a_turn),
		IN_WORLD(test_counters_of_some_pairs_come_alone),
		IN_WORLD(test_a_stop_without_memory_says_so_all_the_same),
		IN_WORLD(test_a_flush_is_one_loss_a_pair_with_its_author),
		IN_WORLD(test_one_half_deleted_leaves_the_other),
		IN_WORLD(test_a_pair_that_nobody_holds_goes_when_it_is_flushed),
		IN_WORLD(test_a_loss_that_no_event_told_is_found),
		IN_WORLD(test_a_pair_is_replaced_before_its_limit_and_closed_at_it),
		IN_WORLD(test_a_replaced_pair_is_not_replaced_again),
		IN_WORLD(test_a_volume_limit_asks_and_then_ends),
		IN_WORLD(test_traffic_without_an_ike_sa_initiates_once),
		IN_WORLD(test_a_stop_begins_nothing_new),
		IN_WORLD(test_traffic_over_a_live_ike_sa_makes_a_child),
		IN_WORLD(test_a_failure_is_tried_again_ever_more_seldom_and_then_no_more),
		IN_WORLD(test_what_traffic_wants_outlives_the_engine),
		IN_WORLD(test_a_pair_that_came_meanwhile_ends_the_wish),
		IN_WORLD(test_a_removed_connection_takes_its_wish_and_its_larval_spi),
		IN_WORLD(test_a_removed_connection_takes_its_orphans_only),
		IN_WORLD(test_start_adopts_what_the_kernel_still_has),
		IN_WORLD(test_only_this_starts_losses_are_told),
		IN_WORLD(test_what_no_connection_has_any_more_is_removed_at_start),
		IN_WORLD(test_a_stranger_under_our_spi_is_not_adopted),
		IN_WORLD(test_an_orphan_goes_when_its_successor_decrypts),
		IN_WORLD(test_an_orphan_without_traffic_goes_in_the_end),
		IN_WORLD(test_an_orphan_that_the_peer_replaced_is_not_replaced_again),
		IN_WORLD(test_an_orphan_outlives_the_first_packet_on_its_successor),
		IN_WORLD(test_an_orphan_stays_until_its_successor_sends),
		IN_WORLD(test_what_the_peer_has_forgotten_goes_when_replaced_or_soon),
		IN_WORLD(test_a_pair_that_the_engine_still_has_is_no_orphan),
		IN_WORLD(test_an_adopted_pair_keeps_its_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
