/* Room sa: what the engine may ask for, and what is refused, undone, shown. */
#include "tests/unit/router_world.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/loop.h"
#include "base/secret.h"

#define SPI_1 0xB7618601u
#define SPI_2 0xB7618602u

static int setup(void **state)
{
	struct router_world *w = router_world_new(-1, 1);

	assert_non_null(w);
	assert_int_equal(router_world_conn(w, 1, 2, WORLD_PEER), 0);
	sa_start(w->sa);
	router_world_engine(w, WORLD_CAPS);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	router_world_free(*state);
	return 0;
}

static bool in_kernel(const struct router_world *w, uint32_t spi)
{
	struct xfrm_sa_id in = router_world_in(spi);
	const struct xfrm_sa *k = xfrm_fake_sa(w->xfrm, &in);

	return k && !k->larval;
}

static bool out_in_kernel(const struct router_world *w, uint32_t spi)
{
	struct xfrm_sa_id out = router_world_out(spi);

	return xfrm_fake_sa(w->xfrm, &out);
}

static enum sa_death death_of(const struct router_world *w, uint32_t spi)
{
	struct addr local = addr_v4(WORLD_LOCAL);
	struct sa_history h;

	return sa_history(w->sa, &local, IPPROTO_ESP, spi, &h) && h.dead ? h.why : SA_DEATH_NONE;
}

/* ---- ALLOC_SPI ---------------------------------------------------------------------------------- */

static void test_an_spi_is_larval_until_it_is_installed(void **state)
{
	struct router_world *w = *state;
	struct addr peer = addr_v4(WORLD_PEER);

	assert_int_equal(sa_in_flight_since(w->sa, &peer), 0);
	assert_int_equal(router_world_alloc(w, 1, 10, SPI_1), SPI_1);
	assert_true(sa_spi_is_larval(w->sa, SPI_1));
	assert_true(sa_in_flight_since(w->sa, &peer) > 0);
	assert_int_equal(router_world_install(w, 1, 10, SPI_1, 0), 0);
	assert_false(sa_spi_is_larval(w->sa, SPI_1));
	assert_int_equal(sa_in_flight_since(w->sa, &peer), 0);
	assert_int_equal(w->ups, 1);
	assert_true(in_kernel(w, SPI_1) && out_in_kernel(w, SPI_1));
}

static int alloc_with(struct router_world *w, struct engine_alloc_spi a)
{
	struct engine_msg m = {.type = ENGINE_ALLOC_SPI, .alloc_spi = a};

	return router_world_request(w, &m, NULL);
}

static void test_an_spi_is_given_for_a_connection_between_its_ends_only(void **state)
{
	struct router_world *w = *state;
	struct engine_alloc_spi good = {.conn = 1,
					.child = 10,
					.local = addr_v4(WORLD_LOCAL),
					.remote = addr_v4(WORLD_PEER),
					.protocol = IKE_PROTO_ESP};
	struct engine_alloc_spi bad[4] = {good, good, good, good};
	struct sa_stats st;

	bad[0].conn = 2;
	bad[1].child = 30;
	bad[2].local = addr_v4(WORLD_PEER);
	bad[3].remote = addr_v4(0xc0000201);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(alloc_with(w, bad[i]), -EACCES);
	assert_int_equal(xfrm_fake_calls(w->xfrm, FAKE_SPI_ALLOC), 0);
	sa_stats(w->sa, &st);
	assert_int_equal(st.refused_requests, 4);
	assert_int_equal(alloc_with(w, good), 0);
	xfrm_fake_fail(w->xfrm, FAKE_SPI_ALLOC, 1, -ENOBUFS);
	assert_int_equal(alloc_with(w, good), -ENOBUFS);
	/* nor to a peer that begins anew because we just told it to let go */
	sa_quiet(w->sa);
	assert_int_equal(alloc_with(w, good), -ESHUTDOWN);
}

static void test_an_spi_that_the_grave_knows_is_given_back(void **state)
{
	struct router_world *w = *state;
	uint32_t got;

	assert_int_equal(router_world_pair(w, 1, 10, SPI_1, 0), SPI_1);
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_PEER_DELETE), 0);
	got = router_world_alloc(w, 1, 10, SPI_1);
	assert_int_not_equal(got, SPI_1);
	assert_int_not_equal(got, 0);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 1); /* the first answer is not left behind */
}

static void test_a_connection_that_went_meanwhile_gets_no_spi(void **state)
{
	struct router_world *w = *state;
	struct engine_msg m = {.type = ENGINE_ALLOC_SPI, .token = 500};

	m.alloc_spi = (struct engine_alloc_spi){1, 10, addr_v4(WORLD_LOCAL), addr_v4(WORLD_PEER),
						IKE_PROTO_ESP};
	engine_receive(w->engine, &m);
	conn_table_del(w->conns, 1);
	loop_advance(w->loop, 10);
	assert_int_equal(router_world_last(w, ENGINE_DONE)->done.result, -EACCES);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
}

static void test_a_larval_spi_that_expires_is_in_the_grave(void **state)
{
	struct router_world *w = *state;

	router_world_alloc(w, 1, 10, SPI_1);
	loop_advance(w->loop, FAKE_LARVAL_MS + 1000);
	assert_false(sa_spi_is_larval(w->sa, SPI_1));
	assert_int_equal(death_of(w, SPI_1), SA_DEATH_LARVAL);
	assert_int_equal(w->losts + w->gones, 0);
}

/* ---- SA_INSTALL ---------------------------------------------------------------------------------- */

static int install_with(struct router_world *w, void (*spoil)(struct engine_sa_install *s))
{
	struct engine_msg m;
	int result;

	router_world_fill(w, &m, 1, 10, SPI_1, ENGINE_PART_IN | ENGINE_PART_OUT);
	if (spoil)
		spoil(&m.sa_install);
	result = router_world_request(w, &m, NULL);
	router_world_clear(&m);
	return result;
}

static void other_peer(struct engine_sa_install *s)
{
	s->remote.addr = addr_v4(0xc0000201);
}

static void other_local(struct engine_sa_install *s)
{
	s->local.addr = addr_v4(0xc0000201);
}

static void wider_traffic(struct engine_sa_install *s)
{
	s->selector.remote.len = 8;
	s->selector.remote.addr = addr_v4(0x0a000000);
}

static void no_part(struct engine_sa_install *s)
{
	s->parts = 0;
}

static void outbound_alone(struct engine_sa_install *s)
{
	s->parts = ENGINE_PART_OUT;
}

static void unknown_conn(struct engine_sa_install *s)
{
	s->conn = 9;
}

static void unknown_spi(struct engine_sa_install *s)
{
	s->spi_in = SPI_2;
}

static void reserved_spi(struct engine_sa_install *s)
{
	s->spi_out = 255;
}

static void no_spi(struct engine_sa_install *s)
{
	s->spi_out = 0; /* the kernel takes it, and could not find it again */
}

static void test_an_installation_outside_the_connection_is_refused(void **state)
{
	static void (*const spoils[])(struct engine_sa_install *) = {
		other_peer,	other_local, wider_traffic, no_part, unknown_conn,
		outbound_alone, unknown_spi, reserved_spi,  no_spi};
	struct router_world *w = *state;

	router_world_alloc(w, 1, 10, SPI_1);
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++)
		assert_int_equal(install_with(w, spoils[i]), -EACCES);
	assert_int_equal(xfrm_fake_calls(w->xfrm, FAKE_SA_ADD), 0);
	assert_int_equal(xfrm_fake_calls(w->xfrm, FAKE_SA_UPDATE), 0);
	assert_int_equal(install_with(w, NULL), 0);
	assert_int_equal(install_with(w, NULL), -EACCES); /* the SPI is used up */
}

static void wrong_key(struct engine_sa_install *s)
{
	s->encr.key_bits = 256;
}

static void no_such_cipher(struct engine_sa_install *s)
{
	s->encr.id = ENCR_AES_CBC;
}

static void test_keys_that_do_not_fit_never_reach_the_kernel(void **state)
{
	static void (*const spoils[])(struct engine_sa_install *) = {wrong_key, no_such_cipher};
	struct router_world *w = *state;

	for (uint32_t i = 0; i < 2; i++) {
		router_world_alloc(w, 1, 10, SPI_1);
		assert_int_equal(install_with(w, spoils[i]), -EINVAL);
		assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0); /* the larval one went with it */
		assert_null(sa_pair_next(w->sa, NULL));
		teardown(state);
		setup(state);
		w = *state;
	}
}

static void narrower(struct engine_sa_install *s)
{
	s->selector.remote.len = 28;
	s->selector.proto = IPPROTO_TCP;
}

static void test_a_narrowed_pair_takes_its_own_traffic_only(void **state)
{
	struct router_world *w = *state;
	struct xfrm_sa_id in = router_world_in(SPI_1), out = router_world_out(SPI_1);
	const struct selector *s;

	router_world_alloc(w, 1, 10, SPI_1);
	assert_int_equal(install_with(w, narrower), 0);
	assert_true(xfrm_fake_sa(w->xfrm, &out)->has_selector);
	s = &xfrm_fake_sa(w->xfrm, &out)->selector;
	assert_int_equal(s->remote.len, 28);
	assert_int_equal(xfrm_fake_sa(w->xfrm, &in)->selector.local.len, 28); /* its source */
	assert_int_equal(router_world_pair(w, 1, 20, SPI_2, 0), SPI_2);
	out = router_world_out(SPI_2);
	assert_false(xfrm_fake_sa(w->xfrm, &out)->has_selector);
}

static void test_what_the_connection_says_goes_into_the_kernel(void **state)
{
	struct router_world *w = *state;
	struct xfrm_sa_id in = router_world_in(SPI_1);
	const struct xfrm_sa *k;

	assert_int_equal(router_world_pair(w, 1, 10, SPI_1, 0), SPI_1);
	k = xfrm_fake_sa(w->xfrm, &in);
	assert_int_equal(k->reqid, conn_child(conn_by_id(w->conns, 1), 10)->reqid);
	assert_int_equal(k->limits.hard_add_s, 3960); /* 10 % above ours */
	assert_int_equal(k->replay_window, 64);
	assert_int_equal(k->mode, XFRM_KIND_TUNNEL);
	assert_string_equal(k->encr, "rfc4106(gcm(aes))");
	assert_string_equal(sa_pair_by_spi_in(w->sa, SPI_1)->conn_name, "VPN 10");
}

static void test_a_refused_half_undoes_the_other(void **state)
{
	static const enum fake_op ops[] = {FAKE_SA_UPDATE, FAKE_SA_ADD};
	struct router_world *w = *state;

	for (uint32_t i = 0; i < 2; i++) {
		router_world_alloc(w, 1, 10, SPI_1 + i);
		xfrm_fake_fail(w->xfrm, ops[i], 1, -ENOBUFS);
		assert_int_equal(router_world_install(w, 1, 10, SPI_1 + i, 0), -ENOBUFS);
		loop_advance(w->loop, 10);
		assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
		assert_null(sa_pair_next(w->sa, NULL));
		assert_int_equal(death_of(w, SPI_1 + i), SA_DEATH_INSTALL_FAILED);
		assert_int_equal(w->ups, 0);
		assert_int_equal(w->losts, 0);
	}
	assert_true(router_world_logged(w, "install"));
}

/* Its identifiers are taken by another program's SA: that one is not ours to delete. */
static void test_another_programs_sa_is_not_deleted_when_ours_is_refused(void **state)
{
	struct router_world *w = *state;
	struct xfrm_sa theirs = {.id = router_world_out(SPI_1), .src = addr_v4(WORLD_LOCAL)};

	assert_int_equal(xfrm_fake_foreign_add(w->xfrm, &theirs, NULL), 0);
	router_world_alloc(w, 1, 10, SPI_1);
	assert_int_equal(router_world_install(w, 1, 10, SPI_1, 0), -EEXIST);
	loop_advance(w->loop, 10);
	assert_true(out_in_kernel(w, SPI_1));
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 1);
}

static void test_a_half_without_an_answer_is_removed_too(void **state)
{
	struct router_world *w = *state;

	router_world_alloc(w, 1, 10, SPI_1);
	xfrm_fake_lose_reply(w->xfrm, FAKE_SA_ADD, 1);
	router_world_install(w, 1, 10, SPI_1, 0);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
	loop_advance(w->loop, 6000);
	assert_int_equal(router_world_last(w, ENGINE_DONE)->done.result, -ETIMEDOUT);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
}

static void test_a_responder_installs_its_halves_one_after_the_other(void **state)
{
	struct router_world *w = *state;
	struct engine_msg m;

	router_world_alloc(w, 1, 10, SPI_1);
	router_world_fill(w, &m, 1, 10, SPI_1, ENGINE_PART_IN);
	assert_int_equal(router_world_request(w, &m, NULL), 0);
	assert_int_equal(w->ups, 0);
	assert_true(in_kernel(w, SPI_1));
	assert_false(out_in_kernel(w, SPI_1));
	m.sa_install.parts = ENGINE_PART_OUT;
	m.sa_install.spi_out++;
	assert_int_equal(router_world_request(w, &m, NULL), -EACCES); /* another pair's */
	m.sa_install.spi_out--;
	assert_int_equal(router_world_request(w, &m, NULL), 0);
	assert_int_equal(w->ups, 1);
	assert_int_equal(router_world_request(w, &m, NULL), -EACCES); /* twice */
	router_world_clear(&m);
	assert_true(out_in_kernel(w, SPI_1));
}

static void test_a_pair_deleted_while_it_is_installed_does_not_come_up(void **state)
{
	struct router_world *w = *state;
	struct engine_msg m, del = {.type = ENGINE_SA_DELETE, .token = 900};

	router_world_alloc(w, 1, 10, SPI_1);
	router_world_fill(w, &m, 1, 10, SPI_1, ENGINE_PART_IN | ENGINE_PART_OUT);
	del.sa.spi_in = SPI_1;
	m.token = 899;
	engine_receive(w->engine, &m);
	engine_receive(w->engine, &del);
	router_world_clear(&m);
	loop_advance(w->loop, 10);
	assert_int_equal(w->ups, 0);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_null(sa_pair_next(w->sa, NULL));
}

/* ---- SA_DELETE of the outbound half ------------------------------------------------------------- */

static int silence(struct router_world *w, uint32_t spi)
{
	struct engine_msg m = {
		.type = ENGINE_SA_DELETE,
		.sa = {.spi_in = spi, .parts = ENGINE_PART_OUT, .why = ENGINE_WHY_DUPLICATE}};

	return router_world_request(w, &m, NULL);
}

static unsigned int answers(const struct router_world *w, uint32_t token)
{
	unsigned int n = 0;

	for (size_t i = 0; i < w->sent_count; i++)
		n += w->sent[i].type == ENGINE_DONE && w->sent[i].token == token;
	return n;
}

/* The engine, as responder, lets what sends go on until its peer receives on the fresh pair. */
static void test_an_spi_comes_with_whether_another_pair_sends(void **state)
{
	struct router_world *w = *state;
	struct engine_msg m = {.type = ENGINE_ALLOC_SPI};
	struct engine_done done;

	m.alloc_spi = (struct engine_alloc_spi){1, 10, addr_v4(WORLD_LOCAL), addr_v4(WORLD_PEER),
						IKE_PROTO_ESP};
	assert_int_equal(router_world_request(w, &m, &done), 0);
	assert_int_equal(done.cursor, 0);
	router_world_pair(w, 1, 10, SPI_1, 0);
	assert_int_equal(router_world_request(w, &m, &done), 0);
	assert_int_equal(done.cursor, 1);
	m.alloc_spi.child = 20;
	assert_int_equal(router_world_request(w, &m, &done), 0);
	assert_int_equal(done.cursor, 0); /* another Child's */
	m.alloc_spi.child = 10;
	assert_int_equal(silence(w, SPI_1), 0);
	assert_int_equal(router_world_request(w, &m, &done), 0);
	assert_int_equal(done.cursor, 0);
}

/* Who says goodbye has sent its last packet before, and hears the peer's last ones after. */
static void test_an_outbound_half_goes_alone_and_is_answered_when_it_has_gone(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 10, SPI_2, 0);
	xfrm_fake_delay(w->xfrm, 100);
	assert_int_equal(silence(w, SPI_2), -EINPROGRESS);
	loop_advance(w->loop, 200);
	assert_int_equal(answers(w, w->next_token), 1);
	xfrm_fake_delay(w->xfrm, 0);
	assert_false(out_in_kernel(w, SPI_2));
	assert_int_equal(xfrm_fake_traffic(w->xfrm, &local, SPI_2, 1, 100), 0);
	assert_int_equal(death_of(w, SPI_2), SA_DEATH_NONE);
	assert_int_equal(w->losts, 0);
	/* What is wanted from now on is the other pair. */
	assert_int_equal(sa_pair_current(w->sa, 1, 10)->spi_in, SPI_1);
	assert_int_equal(silence(w, SPI_2), 0); /* nothing left to do */
	assert_int_equal(router_world_delete(w, SPI_2, ENGINE_WHY_DUPLICATE), 0);
	loop_advance(w->loop, 3000); /* for what is on its way (test_sa_linger) */
	assert_null(sa_pair_by_spi_in(w->sa, SPI_2));
	assert_int_equal(silence(w, SPI_2), -ESRCH);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
}

static void test_an_outbound_half_that_does_not_go_is_taken_with_the_pair(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	xfrm_fake_fail(w->xfrm, FAKE_SA_DELETE, 1, -ENOBUFS);
	assert_int_equal(silence(w, SPI_1), -ENOBUFS);
	assert_true(out_in_kernel(w, SPI_1));
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_DUPLICATE), 0);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_int_equal(w->gones, 1);
}

static void test_a_pair_deleted_while_its_outbound_half_goes_is_gone_once(void **state)
{
	struct router_world *w = *state;
	struct engine_msg m = {.type = ENGINE_SA_DELETE, .token = 900};

	router_world_pair(w, 1, 10, SPI_1, 0);
	m.sa.spi_in = SPI_1;
	m.sa.parts = ENGINE_PART_OUT;
	engine_receive(w->engine, &m);
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_STOP), 0);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_int_equal(w->gones, 1);
	assert_int_equal(answers(w, 900), 1);
}

/* ---- SA_DELETE, SA_USE, SA_UPDATE ------------------------------------------------------------------ */

static void test_a_deletion_is_in_the_grave_with_its_reason(void **state)
{
	static const struct {
		enum engine_reason why;
		enum sa_death death;
	} rows[] = {
		{ENGINE_WHY_REPLACED, SA_DEATH_REKEYED},
		{ENGINE_WHY_PEER_DELETE, SA_DEATH_PEER_DELETE},
		{ENGINE_WHY_OPERATOR, SA_DEATH_CLEARED},
		{ENGINE_WHY_DPD, SA_DEATH_DPD},
		{ENGINE_WHY_INITIAL_CONTACT, SA_DEATH_INITIAL_CONTACT},
		{ENGINE_WHY_TIMEOUT, SA_DEATH_IKE_GONE},
		{ENGINE_WHY_AUTH, SA_DEATH_IKE_GONE},
		{ENGINE_WHY_CONFIG, SA_DEATH_CONFIG},
		{ENGINE_WHY_STOP, SA_DEATH_STOP},
		{ENGINE_WHY_LIFETIME, SA_DEATH_EXPIRED_TIME},
		{ENGINE_WHY_LOCAL_ERROR, SA_DEATH_INSTALL_FAILED},
		{ENGINE_WHY_RECOVERY, SA_DEATH_OWN_DELETE},
	};
	struct router_world *w = *state;

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t spi = router_world_pair(w, 1, 10, SPI_1 + i, 0);

		assert_int_equal(router_world_delete(w, spi, rows[i].why), 0);
		assert_int_equal(death_of(w, spi), rows[i].death);
		assert_int_equal(w->gone_why, rows[i].death);
		assert_int_equal(w->gones, i + 1);
	}
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_NONE), -ESRCH);
	assert_int_equal(w->losts, 0); /* our own doing is no loss */
}

static void test_a_successor_is_named(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	struct sa_history h;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 10, SPI_2, SPI_1);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_1)->replaced_by, SPI_2);
	assert_int_equal(sa_pair_current(w->sa, 1, 10)->spi_in, SPI_2);
	router_world_delete(w, SPI_1, ENGINE_WHY_REPLACED);
	loop_advance(w->loop, 3000); /* for what is on its way (test_sa_linger) */
	assert_true(sa_history(w->sa, &local, IPPROTO_ESP, SPI_1, &h));
	assert_int_equal(h.successor, SPI_2);
	assert_int_equal(h.conn, 1);
	assert_int_equal(h.child, 10);
	assert_true(h.same_boot && h.dead);
}

static void test_use_is_the_kernels_word(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	struct engine_msg m = {.type = ENGINE_SA_USE};
	struct engine_done done;

	router_world_pair(w, 1, 10, SPI_1, 0);
	assert_int_equal(xfrm_fake_traffic(w->xfrm, &local, SPI_1, 5, 500), 0);
	m.sa.spi_in = SPI_1;
	assert_int_equal(router_world_request(w, &m, &done), 0);
	assert_int_equal(done.packets, 5);
	assert_int_equal(done.bytes, 500);
	m.sa.spi_in = SPI_2;
	assert_int_equal(router_world_request(w, &m, &done), -ESRCH);
	m.type = ENGINE_SA_UPDATE;
	assert_int_equal(router_world_request(w, &m, &done), -EOPNOTSUPP);
	m.type = ENGINE_POLICY_ADD;
	assert_int_equal(router_world_request(w, &m, &done), -EOPNOTSUPP);
}

static void count_call(void *arg)
{
	++*(unsigned int *)arg;
}

static void test_counters_of_all_pairs_come_in_one_go(void **state)
{
	struct router_world *w = *state;
	struct addr local = addr_v4(WORLD_LOCAL);
	unsigned int calls = 0;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 20, SPI_2, 0);
	xfrm_fake_traffic(w->xfrm, &local, SPI_2, 3, 300);
	sa_refresh(w->sa, count_call, &calls);
	assert_int_equal(calls, 0);
	loop_advance(w->loop, 0);
	assert_int_equal(calls, 1);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_1)->in.packets, 0);
	assert_int_equal(sa_pair_by_spi_in(w->sa, SPI_2)->in.packets, 3);
	alloc_fail_after(1);
	sa_refresh(w->sa, count_call, &calls);
	alloc_fail_after(0);
	assert_int_equal(calls, 2); /* older figures are better than none */
}

/* ---- clear, stop, sessions ---------------------------------------------------------------------------- */

static void set_flag(void *arg, int err)
{
	assert_int_equal(err, 0);
	*(bool *)arg = true;
}

static void test_clear_asks_the_engine_and_waits_for_the_kernel(void **state)
{
	struct router_world *w = *state;
	bool over = false;

	router_world_pair(w, 1, 10, SPI_1, 0);
	assert_int_equal(sa_clear(w->sa, NULL, SA_DEATH_CLEARED, set_flag, &over), 0);
	loop_advance(w->loop, 0);
	assert_false(over);
	assert_true(in_kernel(w, SPI_1)); /* until the peer knows */
	assert_int_equal(router_world_last(w, ENGINE_DELETE_SPI)->delete_spi.spi, SPI_1);
	router_world_done(w, router_world_last(w, ENGINE_DELETE_SPI), 0, WORLD_OUT(SPI_1));
	assert_true(over);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_int_equal(death_of(w, SPI_1), SA_DEATH_CLEARED);
	/* the engine's own SA_DELETE comes after that, with the peer's reason */
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_PEER_DELETE), -ESRCH);
	assert_int_equal(death_of(w, SPI_1), SA_DEATH_CLEARED);
}

static void test_clear_is_not_held_up_by_a_dead_peer(void **state)
{
	struct router_world *w = *state;
	bool over = false;

	router_world_pair(w, 1, 10, SPI_1, 0);
	sa_clear(w->sa, NULL, SA_DEATH_CLEARED, set_flag, &over);
	loop_advance(w->loop, 6000);
	assert_true(over);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	router_world_done(w, router_world_last(w, ENGINE_DELETE_SPI), -ETIMEDOUT, 0); /* stale */
}

static void test_clear_of_one_peer_leaves_the_other(void **state)
{
	struct router_world *w = *state;
	struct addr other = addr_v4(WORLD_PEER + 1);
	bool over = false;

	router_world_conn(w, 2, 1, WORLD_PEER + 1);
	router_world_ike(w, 2, WORLD_PEER + 1, ENGINE_IKE_UP);
	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 2, 10, SPI_2, 0);
	sa_clear(w->sa, &other, SA_DEATH_CLEARED, set_flag, &over);
	loop_advance(w->loop, 6000);
	assert_true(over);
	assert_true(in_kernel(w, SPI_1));
	assert_null(sa_pair_by_spi_in(w->sa, SPI_2));
	over = false;
	sa_clear(w->sa, &other, SA_DEATH_CLEARED, set_flag, &over); /* nothing there */
	assert_true(over);
}

static void test_stop_removes_all_and_says_so_afterwards(void **state)
{
	struct router_world *w = *state;
	bool over = false;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_alloc(w, 1, 20, SPI_2);
	xfrm_fake_delay(w->xfrm, 20);
	sa_stop(w->sa, set_flag, &over);
	loop_advance(w->loop, 10);
	assert_false(over);
	loop_advance(w->loop, 50);
	assert_true(over);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	assert_int_equal(death_of(w, SPI_1), SA_DEATH_STOP);
	assert_int_equal(death_of(w, SPI_2), SA_DEATH_LARVAL);
}

static void test_the_room_may_go_while_the_kernel_is_asked(void **state)
{
	struct router_world *w = *state;
	unsigned int calls = 0;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_alloc(w, 1, 20, SPI_2);
	xfrm_fake_delay(w->xfrm, 1000);
	alloc_with(w, (struct engine_alloc_spi){1, 10, addr_v4(WORLD_LOCAL), addr_v4(WORLD_PEER),
						IKE_PROTO_ESP});
	router_world_install(w, 1, 20, SPI_2, 0);
	sa_refresh(w->sa, count_call, &calls);
	sa_clear(w->sa, NULL, SA_DEATH_CLEARED, NULL, NULL);
	sa_stop(w->sa, set_flag, &calls);
	loop_advance(w->loop, 0);
	/* teardown frees sa first; the answers come with xfrm's end */
}

static void test_a_session_shows_what_is_up(void **state)
{
	struct router_world *w = *state;

	assert_int_equal(sa_session(w->sa, 1), SA_SESSION_UP_IDLE);
	router_world_pair(w, 1, 10, SPI_1, 0);
	assert_int_equal(sa_session(w->sa, 1), SA_SESSION_UP_ACTIVE);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_DOWN);
	assert_int_equal(sa_session(w->sa, 1), SA_SESSION_UP_NO_IKE);
	router_world_delete(w, SPI_1, ENGINE_WHY_DPD);
	assert_int_equal(sa_session(w->sa, 1), SA_SESSION_DOWN);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_HALF);
	assert_int_equal(sa_session(w->sa, 1), SA_SESSION_DOWN_NEGOTIATING);
	assert_int_equal(sa_session(w->sa, 99), SA_SESSION_DOWN);
	assert_string_equal(sa_session_text(SA_SESSION_UP_NO_IKE), "UP-NO-IKE");
	assert_string_equal(sa_death_text(SA_DEATH_COUNT), "lives");
}

static void test_an_ipv6_connection_is_served_too(void **state)
{
	struct router_world *w = *state;
	struct conn *c = conn_new();
	const struct sa_pair *p;

	c->id = 6;
	assert_int_equal(addr_parse(&c->local, "2001:db8::1"), 0);
	assert_int_equal(addr_parse(&c->peers[0], "2001:db8::2"), 0);
	assert_int_equal(prefix_parse(&c->children[0].selector.local, "2001:db8:1::/48"), 0);
	assert_int_equal(prefix_parse(&c->children[0].selector.remote, "2001:db8:2::/48"), 0);
	c->peer_count = c->child_count = 1;
	c->children[0].child = 10;
	c->children[0].reqid = 0x53777777;
	assert_int_equal(conn_table_put(w->conns, c), 0);
	assert_int_equal(router_world_pair(w, 6, 10, SPI_2, 0), SPI_2);
	p = sa_pair_by_spi_out(w->sa, &c->peers[0], WORLD_OUT(SPI_2));
	assert_non_null(p);
	assert_int_equal(p->spi_in, SPI_2);
}

/* ---- memory --------------------------------------------------------------------------------------------- */

static int whole_life(void *arg)
{
	struct router_world *w;
	struct engine_msg m;
	int result = -ENOMEM;
	bool over = false;

	(void)arg;
	w = router_world_new(-1, 1);
	if (!w)
		return -ENOMEM;
	if (!router_world_conn(w, 1, 1, WORLD_PEER)) {
		sa_start(w->sa);
		router_world_engine(w, WORLD_CAPS);
		router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
		result = router_world_alloc(w, 1, 10, SPI_1) == SPI_1 ? 0 : -ENOMEM;
	}
	if (!result) {
		router_world_fill(w, &m, 1, 10, SPI_1, ENGINE_PART_IN | ENGINE_PART_OUT);
		result = m.sa_install.encr_in && m.sa_install.encr_out
				 ? router_world_request(w, &m, NULL)
				 : -ENOMEM;
		router_world_clear(&m);
		loop_advance(w->loop, 6000);
		assert_int_equal(xfrm_fake_sa_count(w->xfrm) == 2, result == 0);
	}
	sa_stop(w->sa, set_flag, &over); /* memory or not, it says when it is over */
	loop_advance(w->loop, 6000);
	assert_true(over);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	router_world_free(w);
	return result;
}

static void test_every_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(whole_life, NULL) > 20);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_an_spi_is_larval_until_it_is_installed),
		IN_WORLD(test_an_spi_is_given_for_a_connection_between_its_ends_only),
		IN_WORLD(test_an_spi_that_the_grave_knows_is_given_back),
		IN_WORLD(test_a_connection_that_went_meanwhile_gets_no_spi),
		IN_WORLD(test_a_larval_spi_that_expires_is_in_the_grave),
		IN_WORLD(test_an_installation_outside_the_connection_is_refused),
		IN_WORLD(test_keys_that_do_not_fit_never_reach_the_kernel),
		IN_WORLD(test_a_narrowed_pair_takes_its_own_traffic_only),
		IN_WORLD(test_what_the_connection_says_goes_into_the_kernel),
		IN_WORLD(test_a_refused_half_undoes_the_other),
		IN_WORLD(test_another_programs_sa_is_not_deleted_when_ours_is_refused),
		IN_WORLD(test_a_half_without_an_answer_is_removed_too),
		IN_WORLD(test_a_responder_installs_its_halves_one_after_the_other),
		IN_WORLD(test_a_pair_deleted_while_it_is_installed_does_not_come_up),
		IN_WORLD(test_an_spi_comes_with_whether_another_pair_sends),
		IN_WORLD(test_an_outbound_half_goes_alone_and_is_answered_when_it_has_gone),
		IN_WORLD(test_an_outbound_half_that_does_not_go_is_taken_with_the_pair),
		IN_WORLD(test_a_pair_deleted_while_its_outbound_half_goes_is_gone_once),
		IN_WORLD(test_a_deletion_is_in_the_grave_with_its_reason),
		IN_WORLD(test_a_successor_is_named),
		IN_WORLD(test_use_is_the_kernels_word),
		IN_WORLD(test_counters_of_all_pairs_come_in_one_go),
		IN_WORLD(test_clear_asks_the_engine_and_waits_for_the_kernel),
		IN_WORLD(test_clear_is_not_held_up_by_a_dead_peer),
		IN_WORLD(test_clear_of_one_peer_leaves_the_other),
		IN_WORLD(test_stop_removes_all_and_says_so_afterwards),
		IN_WORLD(test_the_room_may_go_while_the_kernel_is_asked),
		IN_WORLD(test_a_session_shows_what_is_up),
		IN_WORLD(test_an_ipv6_connection_is_served_too),
		cmocka_unit_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
