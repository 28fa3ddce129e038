/*
 * api/state: each value of each table changes when the room that owns it changes: the tests play the
 * kernel, the engine and the packets, and the last one holds all leaves of the schema against what was
 * seen, so that a new leaf without a test fails.
 */
#include "tests/unit/state_world.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "base/loop.h"
#include "base/secret.h"
#include "base/text.h"
#include "link/link_internal.h"
#include "tests/fake/xfrm_fake.h"

#define CONN_A 20u
#define CONN_B 21u
#define PEER_B 0x0a010103u
#define SPI_1  0xB7618601u
#define SPI_2  0xB7618602u
#define SPI_3  0xB7618603u

/* The next version of a connection that router_world made. */
static struct conn *edited(const struct state_world *t, uint32_t id)
{
	const struct conn *before = conn_by_id(t->rw.conns, id);
	struct conn *c = conn_new();

	assert_true(before && c);
	*c = *before;
	c->refs = 1;
	return c;
}

static void two_conns(struct state_world *t)
{
	struct conn *c;

	assert_int_equal(router_world_conn(&t->rw, CONN_A, 2, WORLD_PEER), 0);
	assert_int_equal(router_world_conn(&t->rw, CONN_B, 1, PEER_B), 0);
	c = edited(t, CONN_A);
	text_copy(c->interface, sizeof(c->interface), "eth0");
	text_copy(c->map, sizeof(c->map), "VPN");
	c->lifetime_kb = 1000;
	c->dpd = (struct conn_dpd){30, 5, true};
	c->psk_local = secret_new("one", 3);
	c->psk_remote = secret_new("two", 3);
	assert_int_equal(conn_table_put(t->rw.conns, c), 0);
	c = edited(t, CONN_B);
	c->dpd = (struct conn_dpd){60, 10, true};
	c->local = addr_v4(0x0a010109);
	c->lifetime_s = 7200;
	c->replay_window = 256;
	assert_int_equal(conn_table_put(t->rw.conns, c), 0);
}

/* ---- IKE SAs ------------------------------------------------------------------------------------------ */

static void propose(struct proposal *p, uint16_t encr, uint16_t bits, uint16_t prf, uint16_t integ,
		    uint16_t dh)
{
	const struct transform t[] = {{TRANSFORM_ENCR, encr, bits},
				      {TRANSFORM_PRF, prf, 0},
				      {TRANSFORM_DH, dh, 0},
				      {TRANSFORM_INTEG, integ, 0}};

	*p = (struct proposal){0};
	for (size_t i = 0; i < (integ ? 4 : 3); i++)
		p->t[p->count++] = t[i];
}

static struct engine_msg ike_up(void)
{
	struct engine_msg m = {.type = ENGINE_IKE_UP};
	struct engine_ike_event *e = &m.ike;

	e->ike = 5;
	e->conn = CONN_A;
	e->initiator = true;
	e->local = (struct endpoint){addr_v4(WORLD_LOCAL), 4500};
	e->remote = (struct endpoint){addr_v4(WORLD_PEER), 4501};
	identity_set(&e->local_id, IDENTITY_FQDN, "r1.example", 10);
	identity_set(&e->remote_id, IDENTITY_FQDN, "r2.example", 10);
	e->spi_i = 0x000D3669857A0F82;
	e->spi_r = 0xE0419B1DB02DE6AE;
	propose(&e->chosen, ENCR_AES_CBC, 256, PRF_HMAC_SHA2_256, INTEG_HMAC_SHA2_256_128, 19);
	e->lifetime_s = 86400;
	e->nat_local = e->nat_remote = true;
	e->why = ENGINE_WHY_TRAFFIC;
	return m;
}

static void tell(struct state_world *t, struct engine_msg *m)
{
	engine_receive(t->rw.engine, m);
	loop_advance(t->rw.loop, 0);
}

static void test_an_ike_sa_is_as_the_engine_told_it(void **state)
{
	struct state_world *t = *state;
	struct engine_msg m = ike_up();
	json_t *list, *e;

	two_conns(t);
	tell(t, &m);
	loop_advance(t->rw.loop, 2500);
	list = state_world_list(t, STATE_CRYPTO "/ikev2-sa");
	e = only(list);
	expect_number(e, "id", 1);
	expect_text(e, "connection", "VPN 200");
	expect_text(e, "status", "ready");
	expect_true(e, "initiator", true);
	expect_text(e, "local-address", "10.1.1.1");
	expect_number(e, "local-port", 4500);
	expect_text(e, "remote-address", "10.1.1.2");
	expect_number(e, "remote-port", 4501);
	expect_text(e, "local-identity", "r1.example");
	expect_text(e, "remote-identity", "r2.example");
	expect_text(e, "initiator-spi", "000D3669857A0F82");
	expect_text(e, "responder-spi", "E0419B1DB02DE6AE");
	expect_text(e, "encryption", "AES-CBC");
	expect_number(e, "key-size", 256);
	expect_text(e, "prf", "SHA256");
	expect_text(e, "integrity", "SHA256");
	expect_number(e, "group", 19);
	expect_text(e, "authentication-local", "PSK");
	expect_text(e, "authentication-remote", "PSK");
	expect_number(e, "lifetime", 86400);
	expect_text(e, "age", "2500");
	expect_true(e, "nat-local", true);
	expect_true(e, "nat-remote", true);
	expect_text(e, "reason", "traffic");
	expect_number(e, "dpd-interval", 30);
	expect_number(e, "dpd-retry", 5);
	json_decref(list);
}

static void test_a_second_ike_sa_differs_in_everything(void **state)
{
	struct state_world *t = *state;
	struct engine_msg m = ike_up();
	json_t *list, *e;

	two_conns(t);
	m.ike.ike = WORLD_IKE + CONN_A - 1;
	tell(t, &m);
	assert_int_equal(router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0), SPI_1);
	m = ike_up();
	m.type = ENGINE_IKE_HALF;
	m.ike.ike = 6;
	m.ike.conn = CONN_B;
	m.ike.initiator = m.ike.nat_local = m.ike.nat_remote = false;
	m.ike.local = (struct endpoint){addr_v4(0x0a010109), 0};
	m.ike.remote = (struct endpoint){addr_v4(PEER_B), 0};
	m.ike.local_id = m.ike.remote_id = (struct identity){0};
	m.ike.spi_i++;
	m.ike.spi_r++;
	propose(&m.ike.chosen, ENCR_AES_GCM_16, 128, PRF_HMAC_SHA2_512, 0, 31);
	m.ike.lifetime_s = 3600;
	m.ike.why = ENGINE_WHY_PEER_INIT;
	tell(t, &m);
	list = state_world_list(t, STATE_CRYPTO "/ikev2-sa");
	e = state_world_pick(list, "connection", json_string("VPN 210"));
	expect_text(e, "status", "in-negotiation");
	expect_text(e, "authentication-local", NULL);
	expect_text(e, "integrity", NULL);
	expect_text(e, "local-identity", NULL);
	expect_text(e, "remote-address", "10.1.1.3");
	expect_number(e, "dpd-retry", 10);
	expect_number(e, "group", 31);
	expect_number(e, "children", 0);
	expect_number(state_world_pick(list, "connection", json_string("VPN 200")), "children", 1);
	json_decref(list);
	m.type = ENGINE_IKE_DOWN;
	tell(t, &m);
	list = state_world_list(t, STATE_CRYPTO "/ikev2-sa");
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
}

/* ---- IPsec SAs ---------------------------------------------------------------------------------------- */

/* A pair whose every property is another than that of router_world_pair(). */
static void other_pair(struct state_world *t, uint32_t spi)
{
	struct engine_msg m;
	struct engine_sa_install *s = &m.sa_install;

	spi = router_world_alloc(&t->rw, CONN_B, 10, spi);
	router_world_fill(&t->rw, &m, CONN_B, 10, spi, ENGINE_PART_IN | ENGINE_PART_OUT);
	s->encap = true;
	s->local.port = 4500;
	s->remote.port = 4502;
	s->initiator = false;
	s->esn = 1;
	s->why = ENGINE_WHY_PEER_INIT;
	s->encr = (struct transform){TRANSFORM_ENCR, ENCR_AES_CBC, 256};
	s->integ = (struct transform){TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0};
	s->dh = (struct transform){TRANSFORM_DH, 19, 0};
	s->integ_in = secret_new("0123456789abcdef0123456789abcdef", 32);
	s->integ_out = secret_new("0123456789abcdef0123456789abcdef", 32);
	secret_free(s->encr_in);
	secret_free(s->encr_out);
	s->encr_in = secret_new("0123456789abcdef0123456789abcdef", 32);
	s->encr_out = secret_new("0123456789abcdef0123456789abcdef", 32);
	s->selector.proto = IPPROTO_TCP;
	s->selector.local_port = 80;
	s->selector.local_port_mask = 0xffff;
	s->selector.remote_port = 8080;
	s->selector.remote_port_mask = 0xffff;
	assert_int_equal(router_world_request(&t->rw, &m, NULL), 0);
	router_world_clear(&m);
}

static json_t *pair_of(const json_t *list, uint32_t spi)
{
	return state_world_pick(list, "spi-in", json_integer(spi));
}

static void test_pairs_are_as_they_were_installed(void **state)
{
	struct state_world *t = *state;
	struct engine_msg m = ike_up();
	json_t *list, *e;

	two_conns(t);
	m.ike.ike = WORLD_IKE + CONN_A - 1;
	tell(t, &m);
	router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0);
	other_pair(t, SPI_2);
	loop_advance(t->rw.loop, 5000);
	list = state_world_list(t, STATE_CRYPTO "/ipsec-sa");
	e = pair_of(list, SPI_1);
	expect_number(e, "spi-out", WORLD_OUT(SPI_1));
	expect_text(e, "connection", "VPN 200");
	expect_text(e, "interface", "eth0");
	expect_text(e, "map", "VPN");
	expect_number(e, "sequence", CONN_A * 10);
	expect_number(e, "ikev2-sa", 1);
	expect_number(e, "path-mtu", 1500);
	expect_text(e, "mode", "tunnel");
	expect_number(e, "replay-window", 64);
	expect_text(e, "lifetime", "3600");
	expect_text(e, "remaining", "3595");
	expect_text(e, "lifetime-kilobytes", "1000");
	expect_text(e, "remaining-kilobytes", "1000");
	expect_true(e, "udp-encapsulated", false);
	assert_null(json_object_get(e, "group"));
	e = pair_of(list, SPI_2);
	expect_number(e, "group", 19);
	expect_number(e, "replay-window", 256);
	expect_true(e, "udp-encapsulated", true);
	expect_number(e, "local-port", 4500);
	expect_number(e, "remote-port", 4502);
	expect_true(e, "extended-sequence", true);
	expect_true(e, "initiator", false);
	expect_text(e, "encryption", "AES-CBC");
	expect_text(e, "integrity", "SHA256");
	expect_number(e, "ip-protocol", IPPROTO_TCP);
	expect_number(e, "selector-local-port", 80);
	expect_number(e, "selector-remote-port", 8080);
	expect_text(e, "reason", "peer initiated");
	json_decref(list);
}

/* What was configured later is not what a pair has. */
static void test_a_pair_keeps_what_it_was_installed_with(void **state)
{
	struct state_world *t = *state;
	struct conn *c;
	json_t *list;

	two_conns(t);
	router_world_ike(&t->rw, CONN_A, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0);
	c = edited(t, CONN_A);
	c->psk_local = secret_new("one", 3);
	c->psk_remote = secret_new("two", 3);
	c->replay_window = 1024;
	c->esp[0].t[c->esp[0].count++] = (struct transform){TRANSFORM_DH, 31, 0};
	c->esp_count = 1;
	assert_int_equal(conn_table_put(t->rw.conns, c), 0);
	list = state_world_list(t, STATE_CRYPTO "/ipsec-sa");
	expect_number(only(list), "replay-window", 64);
	assert_null(json_object_get(only(list), "group"));
	json_decref(list);
}

static void set_mtu(struct state_world *t, uint32_t mtu)
{
	struct link_wire_event l = {
		.kind = LINK_WIRE_LINK, .index = 2, .up = true, .running = true, .mtu = mtu};

	text_copy(l.name, sizeof(l.name), "eth0");
	link_table_event(t->m->link, &l);
	loop_advance(t->rw.loop, 1);
}

static void test_figures_are_the_kernels(void **state)
{
	struct state_world *t = *state;
	struct xfrm_sa_id in = router_world_in(SPI_1), out = router_world_out(SPI_1);
	struct fake_sa *s;
	json_t *list, *e;

	two_conns(t);
	router_world_ike(&t->rw, CONN_A, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0);
	assert_int_equal(xfrm_fake_traffic(t->rw.xfrm, &in.dst, SPI_1, 3, 30000), 0);
	s = fake_find(fake_of(t->rw.xfrm), &in);
	s->sa.counters.seq_in = 9;
	s->sa.counters.replay_failed = 2;
	s->sa.counters.replay_window_failed = 4;
	s->sa.counters.integrity_failed = 5;
	s = fake_find(fake_of(t->rw.xfrm), &out);
	s->sa.counters.packets = 7;
	s->sa.counters.bytes = 700;
	s->sa.counters.seq_out = 8;
	set_mtu(t, 1400);
	list = state_world_list(t, STATE_CRYPTO "/ipsec-sa");
	e = only(list);
	expect_text(e, "packets-in", "3");
	expect_text(e, "bytes-in", "30000");
	expect_text(e, "remaining-kilobytes", "971");
	expect_text(e, "packets-out", "7");
	expect_text(e, "bytes-out", "700");
	expect_number(e, "sequence-in", 9);
	expect_number(e, "sequence-out", 8);
	expect_text(e, "replay-failed", "6");
	expect_text(e, "integrity-failed", "5");
	expect_number(e, "path-mtu", 1400);
	json_decref(list);
}

static void test_halves_that_the_kernel_lost_and_successors_show(void **state)
{
	struct state_world *t = *state;
	struct xfrm_sa_id id = router_world_in(SPI_1);
	json_t *list;

	two_conns(t);
	router_world_ike(&t->rw, CONN_A, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0);
	router_world_pair(&t->rw, CONN_A, 20, SPI_3, 0);
	xfrm_fake_foreign_delete(t->rw.xfrm, &id, NULL);
	id = router_world_out(SPI_3);
	xfrm_fake_foreign_delete(t->rw.xfrm, &id, NULL);
	loop_advance(t->rw.loop, 0);
	list = state_world_list(t, STATE_CRYPTO "/ipsec-sa");
	expect_true(pair_of(list, SPI_1), "inbound-installed", false);
	expect_true(pair_of(list, SPI_1), "outbound-installed", true);
	expect_text(pair_of(list, SPI_1), "mode", NULL); /* nobody knows any more */
	expect_true(pair_of(list, SPI_3), "inbound-installed", true);
	expect_true(pair_of(list, SPI_3), "outbound-installed", false);
	json_decref(list);
	router_world_pair(&t->rw, CONN_A, 10, SPI_2, SPI_1);
	list = state_world_list(t, STATE_CRYPTO "/ipsec-sa");
	expect_number(pair_of(list, SPI_2), "replaces", SPI_1);
	expect_number(pair_of(list, SPI_1), "replaced-by", SPI_2);
	json_decref(list);
}

/* ---- sessions ----------------------------------------------------------------------------------------- */

static void test_a_session_goes_down_and_up(void **state)
{
	struct state_world *t = *state;
	struct engine_msg m = ike_up();
	json_t *list, *e, *flows;

	two_conns(t);
	list = state_world_list(t, STATE_CRYPTO "/session");
	e = state_world_pick(list, "connection", json_string("VPN 200"));
	expect_text(e, "status", "DOWN");
	expect_text(e, "peer", "10.1.1.2");
	assert_null(json_object_get(e, "uptime"));
	assert_null(json_object_get(e, "ikev2-sa"));
	json_decref(list);
	m.type = ENGINE_IKE_HALF;
	m.ike.ike = WORLD_IKE + CONN_A - 1;
	tell(t, &m);
	list = state_world_list(t, STATE_CRYPTO "/session");
	expect_text(state_world_pick(list, "connection", json_string("VPN 200")), "status",
		    "DOWN-NEGOTIATING");
	json_decref(list);
	m.type = ENGINE_IKE_UP;
	tell(t, &m);
	list = state_world_list(t, STATE_CRYPTO "/session");
	expect_text(state_world_pick(list, "connection", json_string("VPN 200")), "status",
		    "UP-IDLE");
	json_decref(list);
	router_world_pair(&t->rw, CONN_A, 10, SPI_1, 0);
	other_pair(t, SPI_2);
	loop_advance(t->rw.loop, 1234);
	list = state_world_list(t, STATE_CRYPTO "/session");
	e = state_world_pick(list, "connection", json_string("VPN 200"));
	expect_text(e, "status", "UP-ACTIVE");
	expect_text(e, "uptime", "1234");
	expect_text(e, "remote-identity", "r2.example");
	expect_number(e, "peer-port", 4501);
	expect_text(e, "interface", "eth0");
	flows = json_object_get(e, "flow");
	expect_number(json_array_get(flows, 0), "active-sas", 2);
	expect_number(json_array_get(flows, 1), "active-sas", 0);
	e = state_world_pick(list, "connection", json_string("VPN 210"));
	expect_text(e, "status", "UP-NO-IKE");
	json_decref(list);
}

static void session_flow(struct state_world *t, uint8_t proto, uint16_t port)
{
	struct conn *c = edited(t, CONN_B);

	c->local = addr_v4(0x0a010107);
	c->children[0].selector.proto = proto;
	c->children[0].selector.local_port = c->children[0].selector.remote_port = port;
	c->children[0].selector.local_port_mask = c->children[0].selector.remote_port_mask = 0xffff;
	assert_int_equal(conn_table_put(t->rw.conns, c), 0);
}

static void test_a_session_shows_its_flows_profile_and_description(void **state)
{
	struct state_world *t = *state;
	json_t *list, *e;

	map_world_complete(t->m);
	two_conns(t);
	list = state_world_list(t, STATE_CRYPTO "/session");
	e = state_world_pick(list, "connection", json_string("VPN 10"));
	expect_text(e, "profile", "P1");
	expect_text(e, "description", NULL);
	json_decref(list);
	session_flow(t, IPPROTO_UDP, 514);
	assert_int_equal(map_world_edit(t->m, "{'spindle-crypto:crypto':{'map':[{'name':'VPN',"
					      "'sequence':10,'description':'to Bern'}]}}"),
			 0);
	list = state_world_list(t, STATE_CRYPTO "/session");
	expect_text(state_world_pick(list, "connection", json_string("VPN 10")), "description",
		    "to Bern");
	e = json_array_get(
		json_object_get(state_world_pick(list, "connection", json_string("VPN 210")),
				"flow"),
		0);
	expect_number(e, "ip-protocol", IPPROTO_UDP);
	expect_number(e, "selector-local-port", 514);
	expect_number(e, "selector-remote-port", 514);
	json_decref(list);
}

/* ---- crypto map entries ------------------------------------------------------------------------------- */

static void test_a_map_entry_becomes_complete_and_gets_its_connection(void **state)
{
	struct state_world *t = *state;
	json_t *list;

	assert_int_equal(map_world_edit(t->m, map_world_part("map")), 0);
	list = state_world_list(t, STATE_CRYPTO "/crypto-map");
	expect_text(only(list), "interface", "");
	expect_text(only(list), "incomplete", "not attached");
	expect_text(only(list), "connection", NULL);
	json_decref(list);
	map_world_complete(t->m);
	assert_int_equal(map_world_edit(t->m, "{'spindle-crypto:crypto':{'map':[{'name':'WAN',"
					      "'sequence':20}]}}"),
			 0);
	list = state_world_list(t, STATE_CRYPTO "/crypto-map");
	expect_text(state_world_pick(list, "name", json_string("VPN")), "interface", "eth0");
	expect_text(state_world_pick(list, "name", json_string("VPN")), "incomplete", NULL);
	expect_text(state_world_pick(list, "name", json_string("VPN")), "connection", "VPN 10");
	expect_text(state_world_pick(list, "name", json_string("VPN")), "current-peer", "10.1.1.2");
	json_decref(list);
}

static const struct CMUnitTest crypto[] = {
	cmocka_unit_test_setup_teardown(test_an_ike_sa_is_as_the_engine_told_it, state_world_setup,
					state_world_teardown),
	cmocka_unit_test_setup_teardown(test_a_second_ike_sa_differs_in_everything,
					state_world_setup, state_world_teardown),
	cmocka_unit_test_setup_teardown(test_pairs_are_as_they_were_installed, state_world_setup,
					state_world_teardown),
	cmocka_unit_test_setup_teardown(test_a_pair_keeps_what_it_was_installed_with,
					state_world_setup, state_world_teardown),
	cmocka_unit_test_setup_teardown(test_figures_are_the_kernels, state_world_setup,
					state_world_teardown),
	cmocka_unit_test_setup_teardown(test_halves_that_the_kernel_lost_and_successors_show,
					state_world_setup, state_world_teardown),
	cmocka_unit_test_setup_teardown(test_a_session_goes_down_and_up, state_world_setup,
					state_world_teardown),
	cmocka_unit_test_setup_teardown(test_a_session_shows_its_flows_profile_and_description,
					state_world_setup, state_world_teardown),
	cmocka_unit_test_setup_teardown(test_a_map_entry_becomes_complete_and_gets_its_connection,
					state_world_setup, state_world_teardown),
};

/* ---- every leaf --------------------------------------------------------------------------------------- */

/* What cannot be changed here, with where it is. */
static const char *const elsewhere[] = {
	/* ESP is all that is negotiated. */
	STATE_CRYPTO "/ipsec-sa/protocol",
	/* The same in both proposals, which are fixed: test_what_is_offered_without_a_policy_is_told. */
	STATE_CRYPTO "/ikev2-default-proposal/prf",
	STATE_CRYPTO "/ikev2-default-proposal/group",
	/* The machine's clock: tests/unit/test_log.c tells it by hand. */
	STATE_LOGGING "/record/clock-synchronised",
	/* A folder on a file system that is read-only, or of another kind: test_box. */
	STATE_PLATFORM "/file-system/writable",
	STATE_PLATFORM "/file-system/size",
	STATE_PLATFORM "/file-system/kind",
	/* The program that runs the test, on this machine. */
	STATE_PLATFORM "/machine/processors",
	STATE_PLATFORM "/machine/architecture",
	STATE_PLATFORM "/machine/kernel",
#ifdef SPINDLE_SANITIZERS /* see tests/unit/state_more.c */
	STATE_SYSTEM "/secrets-unlocked",
#endif
};

static bool is_elsewhere(const char *leaf)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (!strcmp(elsewhere[i], leaf))
			return true;
	return false;
}

static void test_every_leaf_of_the_state_was_seen_to_change(void **state)
{
	size_t index = 0, missing = 0;
	const char *leaf;

	while ((leaf = state_world_unchanged(*state, &index))) {
		if (is_elsewhere(leaf))
			continue;
		print_error("%s never changed: it has no source, or no test\n", leaf);
		missing++;
	}
	assert_int_equal(missing, 0);
}

static const struct CMUnitTest all[] = {
	cmocka_unit_test_setup_teardown(test_every_leaf_of_the_state_was_seen_to_change,
					state_world_setup, state_world_teardown),
};

int main(void)
{
	int failed = cmocka_run_group_tests(crypto, NULL, NULL);

	failed += state_log_tests();
	failed += state_more_tests();
	failed += state_box_tests();
	failed += state_route_tests();
	failed += state_crypto_tests();
	failed += cmocka_run_group_tests(all, NULL, NULL);
	state_world_seen_free();
	return failed;
}
