/* The rest of test_api_state: invalid SPIs, recovery, processes, the log; what an earlier life left. */
#include "tests/unit/state_world.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/secret.h"
#include "base/text.h"
#include "config/config.h"
#include "tests/fake/xfrm_fake.h"

#define CONN_A	20u
#define CONN_B	21u
#define PEER_B	0x0a010103u
#define SPI_1	0xB7618601u
#define SPI_2	0xB7618602u
#define SPI_3	0xB7618603u
#define UNKNOWN 0xDEAD0001u
#define GRACE	250

static struct spi_refusal refusal(uint32_t src, uint32_t spi, uint32_t seq)
{
	return (struct spi_refusal){.src = addr_v4(src),
				    .dst = addr_v4(WORLD_LOCAL),
				    .proto = IPPROTO_ESP,
				    .spi = spi,
				    .seq = seq};
}

static void packet(struct state_world *t, uint32_t src, uint32_t spi, uint32_t seq)
{
	struct spi_refusal r = refusal(src, spi, seq);

	state_world_packet(t, &r);
}

/* ---- invalid SPIs ------------------------------------------------------------------------------------- */

static void test_refused_packets_gather_in_flows(void **state)
{
	struct state_world *t = *state;
	struct spi_refusal r = refusal(WORLD_PEER, UNKNOWN, 7);
	json_t *list, *e;

	assert_int_equal(router_world_conn(&t->rw, CONN_A, 1, WORLD_PEER), 0);
	r.encap = true;
	r.sport = 4500;
	text_copy(r.interface, sizeof(r.interface), "eth0");
	state_world_packet(t, &r);
	packet(t, 0x0a0a0a0a, 17, 1);
	loop_advance(t->rw.loop, GRACE);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi/flow");
	e = state_world_pick(list, "spi", json_integer(UNKNOWN));
	expect_text(e, "source-address", "10.1.1.2");
	expect_text(e, "destination-address", "10.1.1.1");
	expect_number(e, "protocol", 50);
	expect_true(e, "udp-encapsulated", true);
	expect_number(e, "source-port", 4500);
	expect_text(e, "interface", "eth0");
	expect_text(e, "packets", "1");
	expect_number(e, "first-sequence", 7);
	expect_text(e, "verdict", spi_verdict_text(SPI_NEVER_OURS));
	expect_text(e, "connection", "VPN 200");
	expect_text(e, "age", "250");
	expect_text(e, "printed", "1");
	expect_true(e, "persistent", false);
	e = state_world_pick(list, "spi", json_integer(17));
	expect_text(e, "verdict", spi_verdict_text(SPI_RESERVED));
	expect_text(e, "connection", NULL);
	expect_text(e, "interface", NULL);
	assert_null(json_object_get(e, "history"));
	json_decref(list);
}

static void test_a_flow_goes_on_and_is_forged_looking(void **state)
{
	struct state_world *t = *state;
	const struct spi_flow *f;
	json_t *list, *e;

	assert_int_equal(router_world_conn(&t->rw, CONN_A, 1, WORLD_PEER), 0);
	for (uint32_t n = 0; n < 80; n++) {
		packet(t, WORLD_PEER, UNKNOWN, 100 + n);
		loop_advance(t->rw.loop, 100);
	}
	f = spi_flow_next(t->spi, NULL);
	spi_flow_mark_forged(t->spi, f->id);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi/flow");
	e = only(list);
	expect_text(e, "packets", "80");
	expect_number(e, "first-sequence", 100);
	expect_number(e, "last-sequence", 179);
	expect_number(e, "rate", 10);
	expect_true(e, "persistent", true);
	expect_true(e, "forged-looking", true);
	expect_text(e, "idle", "100");
	json_decref(list);
	for (uint32_t n = 0; n < 700; n++) {
		packet(t, WORLD_PEER, UNKNOWN, 180 + n);
		loop_advance(t->rw.loop, 100);
	}
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi/flow");
	expect_text(only(list), "printed", "2");
	json_decref(list);
}

/* Ten lines a minute, whatever comes. */
static void test_lines_held_back_are_counted(void **state)
{
	struct state_world *t = *state;
	json_t *list;

	for (uint32_t n = 0; n < 30; n++) {
		packet(t, 0x0a0a0a00 + n, UNKNOWN, 1);
		loop_advance(t->rw.loop, GRACE);
	}
	loop_advance(t->rw.loop, 20000); /* a line waits for its turn while its flow goes on */
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi/flow");
	expect_text(state_world_pick(list, "suppressed", json_string("1")), "printed", "0");
	json_decref(list);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi");
	assert_string_not_equal(text_of(only(list), "suppressed"), "0");
	json_decref(list);
}

static void test_the_sums_are_the_sources_and_the_kernels(void **state)
{
	struct state_world *t = *state;
	struct spi_refusal ah = refusal(PEER_B, 300, 1);
	json_t *list, *e;

	ah.proto = IPPROTO_AH;
	ah.dst = addr_v4(0x0a01010b);
	state_world_packet(t, &ah);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi/flow");
	expect_number(only(list), "protocol", 51);
	expect_text(only(list), "destination-address", "10.1.1.11");
	json_decref(list);
	for (uint32_t n = 1; n < 7; n++)
		packet(t, 0x0a0a0a00 + n, UNKNOWN + n, 1);
	t->source_sums.seen += 4;
	t->source_sums.lost = 3;
	t->source_sums.unlooked = 2;
	state_world_kernel_counted(t, 20);
	loop_advance(t->rw.loop, 5000);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi");
	e = only(list);
	expect_text(e, "source", "played");
	expect_text(e, "why", NULL);
	expect_text(e, "seen", "11");
	expect_text(e, "counted", "20");
	expect_text(e, "not-looked-at", "2");
	expect_text(e, "unexplained", "7");
	expect_text(e, "ring-lost", "3");
	expect_text(e, "flows", "4");
	expect_text(e, "evicted", "3");
	assert_string_not_equal(text_of(e, "printed"), "0");
	json_decref(list);
	state_world_read_all(t);
}

static void test_without_a_source_it_says_why(void **state)
{
	struct state_world *t = state_world_new(NULL, 2, false);
	json_t *list;

	(void)state;
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi");
	expect_text(only(list), "source", "none");
	expect_text(only(list), "why", "nothing works here");
	json_decref(list);
	state_world_read_all(t);
	state_world_forget(t);
	state_world_free(t);
}

static json_t *history_of(struct state_world *t, uint32_t spi)
{
	json_t *list = state_world_list(t, STATE_CRYPTO "/invalid-spi/flow");
	json_t *e = state_world_pick(list, "spi", json_integer(spi)), *h;

	h = json_incref(json_object_get(e, "history"));
	json_decref(list);
	assert_non_null(h);
	return h;
}

static void test_the_history_names_who_took_it(void **state)
{
	struct state_world *t = *state;
	struct xfrm_author by = {.pid = 815, .name = "vandal"};
	struct xfrm_sa_id id = router_world_in(SPI_1);
	json_t *h;

	assert_int_equal(router_world_conn(&t->rw, CONN_A, 2, WORLD_PEER), 0);
	router_world_ike(&t->rw, CONN_A, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0);
	fake_find(fake_of(t->rw.xfrm), &id)->sa.counters.seq_in = 77;
	state_world_read_all(t); /* the kernel's figures, once more before it goes */
	xfrm_fake_foreign_delete(t->rw.xfrm, &id, &by);
	loop_advance(t->rw.loop, 0);
	router_world_pair(&t->rw, CONN_A, 20, SPI_2, 0);
	router_world_pair(&t->rw, CONN_A, 20, SPI_3, SPI_2);
	router_world_delete(&t->rw, SPI_2, ENGINE_WHY_REPLACED);
	loop_advance(t->rw.loop, 3000); /* it listens for what is on its way */
	packet(t, WORLD_PEER, SPI_1, 1);
	packet(t, WORLD_PEER, SPI_2, 1);
	loop_advance(t->rw.loop, GRACE);
	h = history_of(t, SPI_1);
	expect_text(h, "author", "vandal");
	expect_number(h, "author-pid", 815);
	expect_text(h, "death", "deleted by another program");
	expect_number(h, "last-sequence", 77);
	expect_true(h, "earlier-boot", false);
	assert_non_null(text_of(h, "died"));
	json_decref(h);
	h = history_of(t, SPI_2);
	expect_number(h, "successor", SPI_3);
	expect_text(h, "author", NULL);
	json_decref(h);
}

/* The machine boots anew: the kernel is empty, the state folder is as it was. And a life in which the
 * kernel still has the SA: it is adopted. */
static void test_an_earlier_life_shows(void **state)
{
	struct state_world *t = state_world_new(NULL, 1, true);
	struct xfrm_sa_id in = router_world_in(SPI_1);
	struct state_world *next;
	json_t *list, *h;

	(void)state;
	sa_start(t->rw.sa);
	router_world_engine(&t->rw, WORLD_CAPS);
	assert_int_equal(router_world_conn(&t->rw, CONN_A, 2, WORLD_PEER), 0);
	router_world_ike(&t->rw, CONN_A, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0);
	router_world_pair(&t->rw, CONN_A, 20, SPI_2, 0);
	recorder_note(t->recorder, &(struct recorder_note){.id = RECORD_ENGINE_UP});
	next = state_world_new(t->state_path, 2, true);
	assert_int_equal(router_world_conn(&next->rw, CONN_A, 2, WORLD_PEER), 0);
	/* One pair is still there, the other is not. */
	for (const struct xfrm_sa *s = NULL; (s = xfrm_sa_next(t->rw.xfrm, s));) {
		struct xfrm_sa copy = *s;

		copy.mode = XFRM_KIND_TRANSPORT;
		if (s->id.spi == SPI_1 || s->id.spi == WORLD_OUT(SPI_1))
			xfrm_fake_foreign_add(next->rw.xfrm, &copy, NULL);
	}
	loop_advance(next->rw.loop, 0);
	sa_start(next->rw.sa);
	router_world_engine(&next->rw, WORLD_CAPS);
	packet(next, WORLD_PEER, SPI_2, 1);
	loop_advance(next->rw.loop, GRACE);
	list = state_world_list(next, STATE_CRYPTO "/ipsec-sa");
	expect_true(only(list), "adopted", true);
	expect_text(only(list), "mode", "transport");
	assert_non_null(xfrm_fake_sa(next->rw.xfrm, &in));
	json_decref(list);
	h = history_of(next, SPI_2);
	expect_true(h, "earlier-boot", true);
	json_decref(h);
	list = state_world_list(next, STATE_RECORDER);
	expect_text(only(list), "survived", "1");
	json_decref(list);
	state_world_forget(t);
	state_world_free(next);
	state_world_free(t);
}

/* ---- recovery ----------------------------------------------------------------------------------------- */

static void test_recovery_is_as_configured(void **state)
{
	struct state_world *t = *state;
	struct recovery_config cfg = {.grace_ms = 200};
	json_t *list;

	list = state_world_list(t, STATE_CRYPTO "/invalid-spi-recovery");
	expect_true(only(list), "enabled", true);
	expect_true(only(list), "at-start", false);
	json_decref(list);
	cfg.at_start = true;
	recovery_configure(t->recovery, &cfg);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi-recovery");
	expect_true(only(list), "enabled", false);
	expect_true(only(list), "at-start", true);
	json_decref(list);
	assert_int_equal(router_world_conn(&t->rw, CONN_A, 1, WORLD_PEER), 0);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi-recovery/peer");
	expect_true(only(list), "eligible", false);
	json_decref(list);
}

/* A pair that was once ours, and no IKE SA any more. */
static void lose_all(struct state_world *t)
{
	assert_int_equal(router_world_conn(&t->rw, CONN_A, 1, WORLD_PEER), 0);
	router_world_ike(&t->rw, CONN_A, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, CONN_A, 10, SPI_2, 0);
	router_world_delete(&t->rw, SPI_2, ENGINE_WHY_OPERATOR);
	router_world_ike(&t->rw, CONN_A, WORLD_PEER, ENGINE_IKE_DOWN);
	router_world_forget(&t->rw);
}

static void heal(struct state_world *t)
{
	const struct engine_msg *m = router_world_last(&t->rw, ENGINE_INITIATE);
	struct addr local = addr_v4(WORLD_LOCAL);

	assert_non_null(m);
	router_world_ike(&t->rw, CONN_A, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0);
	router_world_done(&t->rw, m, 0, SPI_1);
	loop_advance(t->rw.loop, 500);
	assert_int_equal(xfrm_fake_traffic(t->rw.xfrm, &local, SPI_1, 1, 100), 0);
	loop_advance(t->rw.loop, 100);
}

static void test_an_attempt_is_counted_timed_and_explained(void **state)
{
	struct state_world *t = *state;
	json_t *list, *e;

	lose_all(t);
	assert_int_equal(router_world_conn(&t->rw, CONN_B, 1, PEER_B), 0);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi-recovery/peer");
	e = state_world_pick(list, "address", json_string("10.1.1.2"));
	expect_text(e, "attempts", "0");
	expect_text(e, "last-result", recovery_result_text(RECOVERY_NONE));
	expect_text(e, "last", NULL);
	expect_text(e, "next", "0");
	expect_number(e, "tokens", 3);
	expect_true(e, "eligible", true);
	json_decref(list);
	packet(t, WORLD_PEER, SPI_2, 1);
	loop_advance(t->rw.loop, GRACE);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi/flow");
	assert_string_not_equal(text_of(only(list), "recovery"), "none");
	json_decref(list);
	heal(t);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi-recovery/peer");
	e = state_world_pick(list, "address", json_string("10.1.1.2"));
	expect_text(e, "connection", "VPN 200");
	expect_text(e, "attempts", "1");
	expect_text(e, "successes", "1");
	expect_text(e, "last-result", recovery_result_text(RECOVERY_SUCCESS));
	assert_true(strtoull(text_of(e, "last-took"), NULL, 10) >= 500);
	expect_number(e, "tokens", 2);
	json_decref(list);
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi-recovery/decision");
	e = state_world_pick(list, "action", json_string(recovery_act_text(RECOVERY_ACT_INITIATE)));
	expect_number(e, "spi", SPI_2);
	expect_text(e, "peer", "10.1.1.2");
	expect_number(e, "flow", 1);
	json_decref(list);
}

/* The peer does not answer, and its packets go on: the budget is used up, and says until when. */
static void test_a_budget_that_is_used_up_says_when(void **state)
{
	struct state_world *t = *state;
	json_t *list, *e;

	lose_all(t);
	for (uint32_t n = 0; n < 6; n++) {
		const struct engine_msg *m;

		router_world_forget(&t->rw);
		packet(t, WORLD_PEER, SPI_2, n);
		loop_advance(t->rw.loop, 2000);
		m = router_world_last(&t->rw, ENGINE_INITIATE);
		if (m)
			router_world_done(&t->rw, m, -110, 0);
		loop_advance(t->rw.loop, 1000);
	}
	list = state_world_list(t, STATE_CRYPTO "/invalid-spi-recovery/peer");
	e = only(list);
	assert_string_not_equal(text_of(e, "next"), "0");
	json_decref(list);
	state_world_read_all(t);
	assert_int_equal(router_world_conn(&t->rw, CONN_B, 1, PEER_B), 0);
	packet(t, PEER_B, UNKNOWN, 1);
	loop_advance(t->rw.loop, GRACE);
	state_world_read_all(t);
}

/* ---- the daemon itself -------------------------------------------------------------------------------- */

static void finished(void *arg, int err, const struct error *why, json_t *output)
{
	(void)why;
	(void)output;
	*(int *)arg = err;
}

static int act(struct state_world *t, const char *path, const char *flag)
{
	size_t count;
	const struct api_action *a = api_tables_actions(t->tables, &count);
	json_t *input = json_pack("{sssb}", "flag", flag, "on", 1);
	int result = 1;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(a[i].path, path))
			a[i].run(a[i].ctx, input, finished, &result);
	json_decref(input);
	return result;
}

static void test_the_daemon_shows_itself(void **state)
{
	struct state_world *t = *state;
	json_t *list, *e, *c;

	list = state_world_list(t, STATE_SYSTEM);
	e = only(list);
	expect_text(e, "version", "1");
	expect_text(e, "boot-id", "boot-1");
	expect_true(e, "config-unsaved", false);
	assert_null(json_object_get(e, "last-change"));
	assert_int_equal(json_array_size(json_object_get(e, "debug")), 0);
	json_decref(list);
	assert_int_equal(map_world_edit(t->m, map_world_part("map")), 0);
	assert_int_equal(act(t, "spindle-system:debug", "ikev2"), 0);
	t->api.stats = (struct api_stats){1, 2, 3, 4, 5, 6, 7};
	usleep(2000);
	list = state_world_list(t, STATE_SYSTEM);
	e = only(list);
	expect_true(e, "config-unsaved", true);
	assert_int_equal(strncmp(json_string_value(json_object_get(e, "last-change")), "20", 2), 0);
	expect_text(e, "last-change-user", "console");
	assert_string_equal(json_string_value(json_array_get(json_object_get(e, "debug"), 0)),
			    "ikev2");
	c = json_object_get(e, "control");
	expect_text(c, "sessions", "1");
	expect_text(c, "sessions-now", "2");
	expect_text(c, "frames-in", "3");
	expect_text(c, "frames-out", "4");
	expect_text(c, "refused", "5");
	expect_text(c, "dropped-slow", "6");
	expect_text(c, "malformed", "7");
	json_decref(list);
}

static void test_a_process_that_died_shows_how(void **state)
{
	struct state_world *t = *state;
	json_t *list;

	state_world_read_all(t);
	t->processes[1] = (struct api_process){"ike", "nobody", "signal 9", 202, 3};
	list = state_world_list(t, STATE_SYSTEM "/process");
	expect_number(state_world_pick(list, "role", json_string("ike")), "pid", 202);
	expect_number(state_world_pick(list, "role", json_string("ike")), "restarts", 3);
	expect_text(state_world_pick(list, "role", json_string("ike")), "last-death", "signal 9");
	expect_text(state_world_pick(list, "role", json_string("router")), "last-death", NULL);
	json_decref(list);
}

static void sleepy(void *arg)
{
	(void)arg;
	usleep(6000);
}

static void test_a_handler_that_takes_long_is_named(void **state)
{
	struct state_world *t = *state;
	struct api_tables *simulated = t->tables;
	struct api_rooms rooms = t->rooms;
	json_t *list, *e;

	/* Only a real loop takes the time. */
	rooms.loop = loop_new();
	assert_non_null(rooms.loop);
	assert_int_equal(loop_defer(rooms.loop, t, "sleepy", sleepy, NULL), 0);
	assert_int_equal(loop_turn(rooms.loop, 0), 0);
	t->tables = api_tables_new(&rooms);
	list = state_world_list(t, STATE_SYSTEM "/handler");
	e = state_world_pick(list, "name", json_string("sleepy"));
	expect_text(e, "turns", "1");
	expect_text(e, "slow-turns", "1");
	assert_true(strtoull(text_of(e, "max-time"), NULL, 10) >= 6000);
	assert_true(strtoull(text_of(e, "total-time"), NULL, 10) >= 6000);
	json_decref(list);
	api_tables_free(t->tables);
	t->tables = simulated;
	loop_free(rooms.loop);
}

#ifndef SPINDLE_SANITIZERS /* their runtime turns mlock() into nothing that succeeds */
/* Keys that cannot be locked are said: in a process of its own, whose limit is none. */
static void test_key_material_that_is_not_locked_is_counted(void **state)
{
	struct state_world *t = *state;
	struct rlimit none = {0, 0};
	json_t *list;

	list = state_world_list(t, STATE_SYSTEM);
	assert_non_null(text_of(only(list), "secrets-unlocked"));
	json_decref(list);
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	for (int i = 0; i < 2000; i++)
		assert_non_null(secret_new("0123456789abcdef0123456789abcdef", 32));
	list = state_world_list(t, STATE_SYSTEM);
	assert_string_not_equal(text_of(only(list), "secrets-unlocked"), "0");
	json_decref(list);
	assert_int_equal(seteuid(getuid()), 0);
}
#endif

/* ---- the archive of configurations ----------------------------------------------------------------------- */

static void note_result(void *arg, int err, const struct error *why, json_t *output)
{
	(void)why;
	(void)output;
	*(int *)arg = err;
}

static int archive_now(struct state_world *t)
{
	size_t count;
	const struct api_action *actions = api_tables_actions(t->tables, &count);
	int result = -EINPROGRESS;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(actions[i].path, "spindle-archive:archive-config"))
			actions[i].run(actions[i].ctx, NULL, note_result, &result);
	for (int turns = 0; result == -EINPROGRESS && turns < 10; turns++)
		loop_advance(t->rw.loop, 1);
	return result;
}

static void done(void *arg, int err, const struct error *why)
{
	(void)why;
	*(int *)arg = err;
}

static void test_the_archive_shows_its_snapshots_and_what_waits(void **state)
{
	struct state_world *t = *state;
	json_t *list, *container;
	int result = -EINPROGRESS;

	/* This configuration has no state folder: that is said, and nothing is shown. */
	assert_int_equal(archive_now(t), -EOPNOTSUPP);
	list = state_world_list(t, "/spindle-archive:archive-state/snapshot");
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	container = state_world_list(t, "/spindle-archive:archive-state");
	expect_number(only(container), "next", 1);
	assert_null(json_object_get(only(container), "unconfirmed"));
	json_decref(container);
	config_guard(t->m->config, "bob", 2, done, &result);
	for (int turns = 0; result == -EINPROGRESS && turns < 10; turns++)
		loop_advance(t->rw.loop, 1);
	assert_int_equal(result, 0);
	loop_advance(t->rw.loop, 60000);
	container = state_world_list(t, "/spindle-archive:archive-state");
	expect_text(json_object_get(only(container), "unconfirmed"), "user", "bob");
	expect_number(json_object_get(only(container), "unconfirmed"), "remaining", 60);
	json_decref(container);
}

int state_more_tests(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test_setup_teardown(test_refused_packets_gather_in_flows,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_a_flow_goes_on_and_is_forged_looking,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_lines_held_back_are_counted, state_world_setup,
						state_world_teardown),
		cmocka_unit_test_setup_teardown(test_the_sums_are_the_sources_and_the_kernels,
						state_world_setup, state_world_teardown),
		cmocka_unit_test(test_without_a_source_it_says_why),
		cmocka_unit_test_setup_teardown(test_the_history_names_who_took_it,
						state_world_setup, state_world_teardown),
		cmocka_unit_test(test_an_earlier_life_shows),
		cmocka_unit_test_setup_teardown(test_the_archive_shows_its_snapshots_and_what_waits,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_recovery_is_as_configured, state_world_setup,
						state_world_teardown),
		cmocka_unit_test_setup_teardown(test_an_attempt_is_counted_timed_and_explained,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_a_budget_that_is_used_up_says_when,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_the_daemon_shows_itself, state_world_setup,
						state_world_teardown),
		cmocka_unit_test_setup_teardown(test_a_process_that_died_shows_how,
						state_world_setup, state_world_teardown),
		cmocka_unit_test_setup_teardown(test_a_handler_that_takes_long_is_named,
						state_world_setup, state_world_teardown),
#ifndef SPINDLE_SANITIZERS
		/* Last: it takes the privilege to lock memory away. */
		cmocka_unit_test_setup_teardown(test_key_material_that_is_not_locked_is_counted,
						state_world_setup, state_world_teardown),
#endif
	};

	return cmocka_run_group_tests_name("more", more, NULL, NULL);
}
