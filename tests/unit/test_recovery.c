/* Room recovery: real flows, real sa over a fake kernel; a test plays the engine and the packets. */
#include "tests/unit/recovery_world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/loop.h"
#include "recovery/recovery.h"
#include "spi/spi.h"

/* ---- the ways to success --------------------------------------------------------------------------- */

static void test_a_lost_pair_is_made_anew_and_success_is_a_packet(void **state)
{
	struct world *t = *state;
	struct recovery_peer p;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	assert_int_equal(count(t, ENGINE_CREATE_CHILD), 1);
	assert_int_equal(last(t, ENGINE_CREATE_CHILD)->ref.child, 10);
	assert_int_equal(last(t, ENGINE_CREATE_CHILD)->ref.why, ENGINE_WHY_RECOVERY);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 0); /* replace, then retire */
	assert_int_equal(peer_row(t).last_result, RECOVERY_RUNNING);
	router_world_pair(t->w, 1, 10, SPI_2, 0);
	done(t, ENGINE_CREATE_CHILD, 0, SPI_2);
	loop_advance(t->w->loop, 500);
	assert_int_equal(peer_row(t).last_result, RECOVERY_RUNNING); /* an answer is no success */
	decrypt(t, SPI_2);
	loop_advance(t->w->loop, 100);
	p = peer_row(t);
	assert_int_equal(p.last_result, RECOVERY_SUCCESS);
	assert_int_equal(p.successes, 1);
	assert_int_equal(p.attempts, 1);
	assert_int_equal(p.tokens, 2);
	assert_true(p.last_took_ms >= 500 && p.last_took_ms <= 900);
	assert_int_equal(last(t, ENGINE_DELETE_SPI)->delete_spi.spi, SPI_1);
	assert_true(router_world_logged(t->w, "succeeded in"));
	assert_true(router_world_logged(t->w, "cleared by an operator"));
}

static void test_a_stop_begins_nothing_new(void **state)
{
	struct world *t = *state;

	lost_pair(t);
	recovery_quiet(t->r);
	packet(t, SPI_1);
	loop_advance(t->w->loop, 10000);
	assert_int_equal(count(t, ENGINE_CREATE_CHILD) + count(t, ENGINE_INITIATE), 0);
	assert_int_equal(count(t, ENGINE_REPLACE_CHILD) + count(t, ENGINE_DELETE_SPI), 0);
}

static void test_a_peer_that_falls_silent_is_neither_success_nor_failure(void **state)
{
	struct world *t = *state;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	router_world_pair(t->w, 1, 10, SPI_2, 0);
	done(t, ENGINE_CREATE_CHILD, 0, SPI_2);
	loop_advance(t->w->loop, 4000);
	assert_int_equal(peer_row(t).last_result, RECOVERY_SILENT);
	assert_int_equal(peer_row(t).successes, 0);
	assert_true(router_world_logged(t->w, "no packet yet"));
}

static void test_without_an_ike_sa_one_is_initiated_with_initial_contact(void **state)
{
	struct world *t = *state;

	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	assert_int_equal(count(t, ENGINE_INITIATE), 1);
	assert_true(last(t, ENGINE_INITIATE)->initiate.initial_contact);
	assert_int_equal(last(t, ENGINE_INITIATE)->initiate.child, 10); /* the lowest */
	up(t, 1);
	router_world_pair(t->w, 1, 10, SPI_1, 0);
	done(t, ENGINE_INITIATE, 0, SPI_1);
	decrypt(t, SPI_1);
	loop_advance(t->w->loop, 100);
	assert_int_equal(last(t, ENGINE_DELETE_SPI)->delete_spi.spi, UNKNOWN); /* at once */
	assert_int_equal(peer_row(t).last_result, RECOVERY_RUNNING); /* is the old one silent? */
	loop_advance(t->w->loop, RECOVERY_CONFIRM_MS);
	assert_int_equal(peer_row(t).last_result, RECOVERY_SUCCESS);
	assert_true(peer_row(t).last_took_ms < GRACE + 200); /* until its first packet */
}

/* Packets that were under way while the pair was replaced are no new complaint. */
static void test_packets_under_way_do_not_begin_it_again(void **state)
{
	struct world *t = *state;

	lost_pair(t);
	stream(t, SPI_1, 400);
	router_world_pair(t->w, 1, 10, SPI_2, 0);
	done(t, ENGINE_CREATE_CHILD, 0, SPI_2);
	decrypt(t, SPI_2);
	loop_advance(t->w->loop, 100);
	packet(t, SPI_1);
	loop_advance(t->w->loop, 20000);
	assert_int_equal(count(t, ENGINE_CREATE_CHILD) + count(t, ENGINE_REPLACE_CHILD), 1);
}

/* An INITIATE that joined another negotiation brings no pair of this Child: an older one with packets
 * from before proves nothing. */
static void test_an_older_pair_is_no_proof_of_success(void **state)
{
	struct world *t = *state;

	up(t, 1);
	router_world_pair(t->w, 1, 10, SPI_1, 0);
	decrypt(t, SPI_1);
	router_world_ike(t->w, 1, WORLD_PEER, ENGINE_IKE_DOWN);
	router_world_forget(t->w);
	loop_advance(t->w->loop, 1000);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	done(t, ENGINE_INITIATE, 0, 0);
	loop_advance(t->w->loop, 1000);
	assert_int_not_equal(peer_row(t).last_result, RECOVERY_SUCCESS);
}

/* ---- which Child ------------------------------------------------------------------------------------- */

static void test_the_child_that_stands_still_is_replaced(void **state)
{
	struct world *t = *state;

	three_pairs(t);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 1);
	decrypt(t, SPI_1); /* the first and the third carry traffic */
	decrypt(t, SPI_3);
	done(t, ENGINE_DELETE_SPI, 0, 0);
	loop_advance(t->w->loop, 500);
	assert_int_equal(count(t, ENGINE_REPLACE_CHILD), 1);
	assert_int_equal(last(t, ENGINE_REPLACE_CHILD)->ref.child, 20);
	assert_int_equal(last(t, ENGINE_REPLACE_CHILD)->ref.spi_in, SPI_2);
}

static void test_children_that_all_carry_traffic_are_left_alone(void **state)
{
	struct world *t = *state;
	const struct spi_flow *f;

	three_pairs(t);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	decrypt(t, SPI_1);
	decrypt(t, SPI_2);
	decrypt(t, SPI_3);
	done(t, ENGINE_DELETE_SPI, 0, 0);
	loop_advance(t->w->loop, 1000);
	assert_int_equal(count(t, ENGINE_REPLACE_CHILD) + count(t, ENGINE_CREATE_CHILD), 0);
	f = spi_flow_next(t->spi, NULL);
	assert_true(f->forged_looking);
	assert_string_equal(recovery_flow_state(t->r, f),
			    "every Child SA of the peer carries traffic");
	stream(t, UNKNOWN, 10000);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 1);
}

static void test_the_pair_that_the_peer_names_is_made_anew(void **state)
{
	struct world *t = *state;

	three_pairs(t);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	done(t, ENGINE_DELETE_SPI, 0, WORLD_OUT(SPI_3));
	loop_advance(t->w->loop, 10);
	assert_int_equal(last(t, ENGINE_CREATE_CHILD)->ref.child, 30);
}

static void test_a_child_without_an_inbound_sa_stands_still(void **state)
{
	struct world *t = *state;

	up(t, 1);
	router_world_pair(t->w, 1, 10, SPI_1, 0);
	router_world_forget(t->w);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	decrypt(t, SPI_1);
	done(t, ENGINE_DELETE_SPI, 0, 0);
	loop_advance(t->w->loop, 500);
	assert_int_equal(last(t, ENGINE_CREATE_CHILD)->ref.child, 20);
}

/* ---- refused, failed, stuck ----------------------------------------------------------------------------- */

static void test_without_the_command_nothing_is_sent_and_the_reason_is_shown(void **state)
{
	struct world *t = *state;
	struct recovery_config cfg;

	stream(t, UNKNOWN, 2000);
	assert_int_equal(t->w->sent_count, 0);
	assert_int_equal(peer_row(t).last_result, RECOVERY_REFUSED);
	assert_false(peer_row(t).eligible);
	assert_true(
		router_world_logged(t->w, "crypto isakmp invalid-spi-recovery is not configured"));
	recovery_get_config(t->r, &cfg);
	cfg.enabled = true;
	recovery_configure(t->r, &cfg);
	stream(t, UNKNOWN, 2000);
	assert_int_equal(count(t, ENGINE_INITIATE), 1);
	assert_true(peer_row(t).eligible);
}

static void test_strangers_are_never_answered_nor_noted(void **state)
{
	struct world *t = *state;
	struct recovery_decision d;

	for (uint32_t i = 0; i < 20; i++)
		packet_from(t, 0xc0000200 + i, UNKNOWN + i);
	loop_advance(t->w->loop, 5000);
	assert_int_equal(t->w->sent_count, 0);
	assert_false(recovery_decision_get(t->r, 0, &d));
}

static void test_a_refusal_of_the_peer_is_a_failure_with_its_reason(void **state)
{
	struct world *t = *state;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	done(t, ENGINE_CREATE_CHILD, -EACCES, 0);
	assert_int_equal(peer_row(t).last_result, RECOVERY_GAVE_UP);
	assert_string_equal(peer_row(t).last_words, "the peer refused");
	assert_true(router_world_logged(t->w, "gave up"));
}

static void test_no_answer_for_five_seconds_counts_as_no_ike_sa(void **state)
{
	struct world *t = *state;
	const struct engine_msg late = {.type = ENGINE_CREATE_CHILD};
	struct engine_msg first = late;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	first = *last(t, ENGINE_CREATE_CHILD);
	loop_advance(t->w->loop, 5100);
	assert_int_equal(count(t, ENGINE_INITIATE), 1);
	assert_true(last(t, ENGINE_INITIATE)->initiate.initial_contact);
	/* its late answer is stale */
	router_world_done(t->w, &first, 0, SPI_3);
	assert_int_equal(peer_row(t).last_result, RECOVERY_RUNNING);
	up(t, 1);
	router_world_pair(t->w, 1, 10, SPI_2, 0);
	done(t, ENGINE_INITIATE, 0, SPI_2);
	decrypt(t, SPI_2);
	loop_advance(t->w->loop, 100);
	assert_int_equal(peer_row(t).last_result, RECOVERY_SUCCESS);
}

static void test_an_engine_that_restarts_is_waited_for(void **state)
{
	struct world *t = *state;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	engine_detach(t->w->engine);
	router_world_forget(t->w);
	stream(t, SPI_1, 5000);
	assert_int_equal(t->w->sent_count, 0);
	router_world_engine(t->w, WORLD_CAPS);
	stream(t, SPI_1, 4000);
	assert_int_equal(count(t, ENGINE_INITIATE), 1);
}

static void test_a_child_that_the_engine_forgot_is_created(void **state)
{
	struct world *t = *state;

	up(t, 1);
	router_world_pair(t->w, 1, 10, SPI_1, 0);
	router_world_forget(t->w);
	xfrm_fake_foreign_flush(t->w->xfrm, NULL);
	loop_advance(t->w->loop, 10);
	assert_int_equal(last(t, ENGINE_REPLACE_CHILD)->ref.spi_in, SPI_1);
	done(t, ENGINE_REPLACE_CHILD, -ENOENT, 0);
	assert_int_equal(last(t, ENGINE_CREATE_CHILD)->ref.child, 10);
}

/* ---- pacing --------------------------------------------------------------------------------------------- */

static void test_a_fight_with_another_program_ends_in_waiting(void **state)
{
	struct world *t = *state;
	uint32_t spi = SPI_1;

	up(t, 1);
	router_world_pair(t->w, 1, 10, spi, 0);
	router_world_forget(t->w);
	for (unsigned int i = 0; i < 6; i++) {
		xfrm_fake_foreign_flush(t->w->xfrm, NULL);
		loop_advance(t->w->loop, 100);
		if (count(t, ENGINE_REPLACE_CHILD) <= i)
			break;
		router_world_pair(t->w, 1, 10, spi + 1, spi);
		done(t, ENGINE_REPLACE_CHILD, 0, spi + 1);
		router_world_delete(t->w, spi++, ENGINE_WHY_REPLACED);
		loop_advance(t->w->loop, 4000);
	}
	assert_int_equal(count(t, ENGINE_REPLACE_CHILD), 3);
	assert_true(router_world_logged(t->w, "by foreign: waiting"));
}

/* The budget is three events; the six Children that one flush takes are one. */
static void test_a_flush_of_many_children_is_one_event(void **state)
{
	struct world *t = *state;

	assert_int_equal(router_world_conn(t->w, 2, 6, WORLD_PEER), 0);
	up(t, 2);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(router_world_pair(t->w, 2, 10 * (i + 1), SPI_1 + i, 0), SPI_1 + i);
	router_world_forget(t->w);
	xfrm_fake_foreign_flush(t->w->xfrm, NULL);
	loop_advance(t->w->loop, 100);
	assert_int_equal(count(t, ENGINE_REPLACE_CHILD), 6);
	assert_false(router_world_logged(t->w, "by foreign: waiting"));
}

static void test_the_budget_bounds_what_a_peer_can_cause(void **state)
{
	struct world *t = *state;

	for (uint32_t i = 0; i < 50; i++) {
		packet(t, UNKNOWN + i);
		loop_advance(t->w->loop, GRACE + 10);
		if (last(t, ENGINE_INITIATE))
			done(t, ENGINE_INITIATE, -ETIMEDOUT, 0);
	}
	assert_int_equal(count(t, ENGINE_INITIATE), 3);
	assert_true(t->w->sent_count <= 3);
}

static void test_tokens_come_back_with_time(void **state)
{
	struct world *t = *state;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	assert_int_equal(peer_row(t).tokens, 2);
	assert_int_equal(peer_row(t).next_ms, 0);
	done(t, ENGINE_CREATE_CHILD, -EACCES, 0);
	loop_advance(t->w->loop, 61000);
	assert_int_equal(peer_row(t).tokens, 3);
}

/* Forged packets of random SPIs: memory and messages are bounded, and a peer's recovery goes on. */
static void test_a_flood_of_a_hundred_thousand_flows_is_bounded(void **state)
{
	struct world *t = *state;
	unsigned int sent;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	sent = (unsigned int)t->w->sent_count;
	for (uint32_t i = 0; i < 100000; i++) {
		struct spi_refusal r = {.src = addr_v4(0xc6000000 + i * 7),
					.dst = addr_v4(WORLD_LOCAL),
					.proto = IPPROTO_ESP,
					.spi = UNKNOWN + i * 13};

		t->source.refused(t->source.ctx, &r);
		if (i % 500 == 0)
			loop_advance(t->w->loop, 1);
	}
	loop_advance(t->w->loop, GRACE + 10);
	assert_int_equal(t->w->sent_count, sent);
	router_world_pair(t->w, 1, 10, SPI_2, 0);
	done(t, ENGINE_CREATE_CHILD, 0, SPI_2);
	decrypt(t, SPI_2);
	loop_advance(t->w->loop, 100);
	assert_int_equal(peer_row(t).last_result, RECOVERY_SUCCESS);
}

/* ---- connections go, start ------------------------------------------------------------------------------------ */

static void test_a_connection_that_goes_takes_its_recovery(void **state)
{
	struct world *t = *state;
	struct recovery_peer p;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	conn_table_del(t->w->conns, 1);
	loop_advance(t->w->loop, 10);
	assert_false(recovery_peer_get(t->r, 1, 0, &p));
	done(t, ENGINE_CREATE_CHILD, 0, SPI_2); /* stale */
	router_world_forget(t->w);
	stream(t, SPI_1, 10000);
	assert_int_equal(count(t, ENGINE_INITIATE) + count(t, ENGINE_CREATE_CHILD), 0);
	router_world_conn(t->w, 1, 3, WORLD_PEER);
	assert_int_equal(peer_row(t).attempts, 0); /* a new one begins with nothing */
	assert_int_equal(peer_row(t).tokens, 3);
}

static void test_at_start_calls_peers_whose_pairs_were_lost_while_away(void **state)
{
	struct world *t = *state;
	char folder[] = "/tmp/test_recovery.XXXXXX";
	struct router_world *w;
	int dir;

	teardown(state);
	assert_non_null(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	w = t->w = router_world_new(dir, 1);
	router_world_conn(w, 1, 2, WORLD_PEER);
	sa_start(w->sa);
	router_world_engine(w, WORLD_CAPS);
	router_world_pair(w, 1, 20, SPI_1, 0);
	router_world_kill(w);
	xfrm_fake_foreign_flush(w->xfrm, NULL);
	router_world_start(w, dir, 2);
	t->stat_fd = memfd_create("xfrm_stat", 0);
	rooms_up(t, false, true);
	sa_start(w->sa);
	router_world_engine(w, WORLD_CAPS);
	loop_advance(w->loop, 2100); /* jitter */
	assert_int_equal(count(t, ENGINE_INITIATE), 1);
	assert_int_equal(last(t, ENGINE_INITIATE)->initiate.child, 20);
	assert_true(router_world_logged(w, "at start: its SAs were lost while we were away"));
	unlinkat(dir, "births", 0);
	unlinkat(dir, "grave", 0);
	close(dir);
	rmdir(folder);
}

/* More lost pairs than there is room for attempts; the engine goes in the middle. */
#define AWAY_MANY 1500u

static void fill_births(struct router_world *w)
{
	for (uint32_t id = 1; id <= AWAY_MANY; id++) {
		assert_int_equal(router_world_conn(w, id, 1, WORLD_PEER + id), 0);
		if (id % 256 == 0)
			router_world_forget(w);
	}
	sa_start(w->sa);
	router_world_engine(w, WORLD_CAPS | ENGINE_OWNS_CONN);
	for (uint32_t id = 1; id <= AWAY_MANY; id++) {
		assert_int_equal(router_world_pair(w, id, 10, SPI_1 + id, 0), SPI_1 + id);
		router_world_forget(w);
	}
}

/* Of what was sent since it was forgotten: those called, each once; the peers refuse at once. */
static unsigned int calls_sent(struct world *t, bool *called)
{
	unsigned int n = 0;

	for (size_t i = 0; i < t->w->sent_count; i++) {
		const struct engine_msg m = t->w->sent[i];

		if (m.type != ENGINE_INITIATE)
			continue;
		assert_false(called[m.initiate.conn]);
		called[m.initiate.conn] = true;
		n++;
		router_world_done(t->w, &m, -EACCES, 0);
	}
	router_world_forget(t->w);
	return n;
}

static unsigned int calls_in(struct world *t, uint64_t ms, bool *called)
{
	unsigned int n = calls_sent(t, called);

	for (uint64_t at = 0; at < ms; at += 10) {
		loop_advance(t->w->loop, 10);
		n += calls_sent(t, called);
	}
	return n;
}

static void test_at_start_calls_all_however_many_were_lost(void **state)
{
	static bool called[AWAY_MANY + 1];
	struct world *t = *state;
	char folder[] = "/tmp/test_recovery.XXXXXX";
	struct router_world *w;
	unsigned int n;
	int dir;

	teardown(state);
	assert_non_null(mkdtemp(folder));
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	w = t->w = router_world_new(dir, 1);
	fill_births(w);
	router_world_kill(w);
	xfrm_fake_foreign_flush(w->xfrm, NULL);
	router_world_start(w, dir, 2);
	t->stat_fd = memfd_create("xfrm_stat", 0);
	rooms_up(t, false, true);
	sa_start(w->sa);
	router_world_engine(w, WORLD_CAPS | ENGINE_OWNS_CONN);
	n = calls_in(t, 500, called);
	assert_in_range(n, 50, AWAY_MANY / 2); /* paced */
	engine_detach(w->engine);
	assert_int_equal(calls_in(t, 3000, called), 0);
	router_world_engine(w, WORLD_CAPS | ENGINE_OWNS_CONN);
	n += calls_in(t, 10000, called);
	assert_int_equal(n, AWAY_MANY);
	unlinkat(dir, "births", 0);
	unlinkat(dir, "grave", 0);
	close(dir);
	rmdir(folder);
}

/* ---- for people ------------------------------------------------------------------------------------------------- */

static void test_the_decision_log_keeps_the_newest_in_order(void **state)
{
	struct world *t = *state;
	struct recovery_decision d;
	uint64_t before = 0;
	size_t n = 0;

	for (uint32_t i = 0; i < 300; i++) {
		packet(t, UNKNOWN + i);
		loop_advance(t->w->loop, GRACE + 10);
	}
	for (; recovery_decision_get(t->r, n, &d); n++) {
		assert_true(d.wall_ms >= before);
		before = d.wall_ms;
		assert_true(recovery_row_text(d.row)[0] && recovery_act_text(d.act)[0]);
	}
	assert_int_equal(n, 256);
	assert_string_equal(recovery_flow_state(t->r, &(struct spi_flow){.id = 999999}), "");
	assert_string_equal(recovery_result_text(RECOVERY_GAVE_UP), "gave up");
}

static void test_it_may_go_while_everything_runs(void **state)
{
	struct world *t = *state;

	three_pairs(t);
	xfrm_fake_delay(t->w->xfrm, 1000);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10); /* a survey and a DELETE are under way */
	assert_true(t->w->sent_count > 0);
	/* teardown frees recovery first; the answers come later, or never */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_a_lost_pair_is_made_anew_and_success_is_a_packet),
		IN_WORLD(test_a_stop_begins_nothing_new),
		IN_WORLD(test_a_peer_that_falls_silent_is_neither_success_nor_failure),
		IN_WORLD(test_without_an_ike_sa_one_is_initiated_with_initial_contact),
		IN_WORLD(test_packets_under_way_do_not_begin_it_again),
		IN_WORLD(test_an_older_pair_is_no_proof_of_success),
		IN_WORLD(test_the_child_that_stands_still_is_replaced),
		IN_WORLD(test_children_that_all_carry_traffic_are_left_alone),
		IN_WORLD(test_the_pair_that_the_peer_names_is_made_anew),
		IN_WORLD(test_a_child_without_an_inbound_sa_stands_still),
		cmocka_unit_test_setup_teardown(
			test_without_the_command_nothing_is_sent_and_the_reason_is_shown, setup_off,
			teardown),
		IN_WORLD(test_strangers_are_never_answered_nor_noted),
		IN_WORLD(test_a_refusal_of_the_peer_is_a_failure_with_its_reason),
		IN_WORLD(test_no_answer_for_five_seconds_counts_as_no_ike_sa),
		IN_WORLD(test_an_engine_that_restarts_is_waited_for),
		IN_WORLD(test_a_child_that_the_engine_forgot_is_created),
		IN_WORLD(test_a_fight_with_another_program_ends_in_waiting),
		IN_WORLD(test_the_budget_bounds_what_a_peer_can_cause),
		IN_WORLD(test_tokens_come_back_with_time),
		IN_WORLD(test_a_flood_of_a_hundred_thousand_flows_is_bounded),
		IN_WORLD(test_a_connection_that_goes_takes_its_recovery),
		IN_WORLD(test_at_start_calls_peers_whose_pairs_were_lost_while_away),
		IN_WORLD(test_at_start_calls_all_however_many_were_lost),
		IN_WORLD(test_a_flush_of_many_children_is_one_event),
		IN_WORLD(test_the_decision_log_keeps_the_newest_in_order),
		IN_WORLD(test_it_may_go_while_everything_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
