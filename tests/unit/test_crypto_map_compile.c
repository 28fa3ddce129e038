/* What an entry means, and each sentence that it says while something is missing. */
#include "tests/unit/map_world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "base/secret.h"
#include "crypto_map/compile.h"

#define OP(o)	   "'@':{'spindle-types:operation':'" o "'}"
#define CRYPTO(x)  "{'spindle-crypto:crypto':{" x "}}"
#define IKEV2(x)   CRYPTO("'ikev2':{" x "}")
#define PROFILE(x) IKEV2("'profile':[{'name':'P1'," OP("replace") x "}]")
#define BOTH	   ",'authentication-local':'pre-share','authentication-remote':'pre-share'"
#define MATCH	   ",'match-identity-remote-address':['10.1.1.2/32']"
#define ENTRY(x)   CRYPTO("'map':[{'name':'VPN','sequence':10," OP("replace") x "}]")
#define RULES(x)                                                                                   \
	"{'spindle-acl:access-lists':{'extended':[{'name':'101'," OP("replace") ",'rule':[" x      \
										"]}]}}"
#define KEYRING(x) IKEV2("'keyring':[{'name':'K1'," OP("replace") x "}]")
#define SET(x)	   CRYPTO("'ipsec':{'transform-set':[{'name':'T1'," OP("replace") x "}]}")

static const struct {
	const char *edit, *says;
} sentences[] = {
	{ENTRY(""), "no peer is set"},
	{ENTRY(",'peer':['10.1.1.2','2001:db8::2']"), "its peers are of two address families"},
	{ENTRY(",'peer':['10.1.1.2']"), "no access-list is set (match address)"},
	{ENTRY(",'peer':['10.1.1.2'],'match-address':'102'"), "access-list 102 does not exist"},
	{ENTRY(",'peer':['10.1.1.2'],'match-address':'101'"), "no transform-set is set"},
	{ENTRY(",'peer':['10.1.1.2'],'match-address':'101','transform-set':['T2']"),
	 "transform-set T2 does not exist"},
	{ENTRY(",'peer':['10.1.1.2'],'match-address':'101','transform-set':['T1']"),
	 "no ikev2-profile is set"},
	{ENTRY(",'peer':['10.1.1.2'],'match-address':'101','transform-set':['T1'],'ikev2-profile':'PX'"),
	 "ikev2 profile PX does not exist"},
	{RULES(""), "access-list 101 has no permit line"},
	{RULES("{'sequence':5,'action':'deny','source':'10.1.0.0/16'}"),
	 "access-list 101 has a deny line (5), which a crypto map does not support yet"},
	{RULES("{'sequence':7,'action':'permit','protocol':6,'destination-port':80,"
	       "'destination-port-operator':'range','destination-port-last':81}"),
	 "access-list 101, line 7: a kernel policy holds one port or all, not a range"},
	{RULES("{'sequence':7,'action':'permit','protocol':6,'source-port':80,"
	       "'source-port-operator':'neq'}"),
	 "access-list 101, line 7: a kernel policy holds one port or all, not a range"},
	{"{'spindle-acl:access-lists':{'standard':[{'name':'7','rule':[{'sequence':10,"
	 "'action':'permit'}]}]},'spindle-crypto:crypto':{'map':[{'name':'VPN','sequence':10,"
	 "'match-address':'7'}]}}",
	 "access-list 7 is a standard list: a crypto map takes an extended one"},
	{SET(""), "transform-set T1 has no cipher"},
	{SET(",'cipher':'esp-aes-256'"), "transform-set T1 has a cipher without integrity"},
	{PROFILE(""), "ikev2 profile P1 does not say authentication local and remote"},
	{PROFILE(BOTH), "ikev2 profile P1 matches no identity of its peer"},
	{PROFILE(BOTH ",'match-identity-remote-address':['10.9.0.0/16']"),
	 "ikev2 profile P1 matches no identity of its peer"},
	{PROFILE(BOTH MATCH), "ikev2 profile P1 has no keyring"},
	{PROFILE(BOTH MATCH ",'keyring':'KX'"), "ikev2 keyring KX does not exist"},
	{PROFILE(BOTH MATCH ",'keyring':'K1','match-address-local':'10.1.1.7'"),
	 "ikev2 profile P1 is for another local address"},
	{KEYRING(""), "ikev2 keyring K1 has no key for this peer"},
	{KEYRING(",'peer':[{'name':'r3','address':'10.1.1.3/32','pre-shared-key':'x'}]"),
	 "ikev2 keyring K1 has no key for this peer"},
	{KEYRING(",'peer':[{'name':'r2','address':'10.1.1.2/32'}]"),
	 "ikev2 keyring K1, peer r2: no pre-shared key"},
	{KEYRING(",'peer':[{'name':'r2','address':'10.1.1.2/32','pre-shared-key-local':'x'}]"),
	 "ikev2 keyring K1, peer r2: no pre-shared key"},
	{IKEV2("'policy':[{'name':'POL','proposal':['PR']}]"),
	 "ikev2 policy POL: proposal PR does not exist"},
	{IKEV2("'policy':[{'name':'POL','proposal':['PR']}],'proposal':[{'name':'PR'}]"),
	 "ikev2 proposal PR has no encryption"},
	{IKEV2("'policy':[{'name':'POL','proposal':['PR']}],'proposal':[{'name':'PR','encryption':"
	       "['aes-cbc-128'],'prf':['sha256'],'group':['19']}]"),
	 "ikev2 proposal PR has no integrity"},
	{IKEV2("'policy':[{'name':'POL','proposal':['PR']}],'proposal':[{'name':'PR','encryption':"
	       "['aes-gcm-128']}]"),
	 "ikev2 proposal PR has no prf"},
	{IKEV2("'policy':[{'name':'POL','proposal':['PR']}],'proposal':[{'name':'PR','encryption':"
	       "['aes-gcm-128'],'prf':['sha256']}]"),
	 "ikev2 proposal PR has no group"},
};

static void test_each_thing_that_is_missing_has_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		struct map_world *w = map_world_new();
		const char *says;

		map_world_complete(w);
		if (map_world_edit(w, sentences[i].edit))
			fail_msg("%s: %s", sentences[i].says, w->why);
		loop_advance(w->loop, 10);
		says = map_world_incomplete(w, "VPN", 10, "eth0");
		assert_non_null(says);
		assert_string_equal(says, sentences[i].says);
		assert_int_equal(map_world_policies(w), 0);
		assert_int_equal(conn_count(w->conns), 0);
		map_world_free(w);
	}
}

static void test_an_entry_that_no_interface_carries_says_so(void **state)
{
	struct map_world *w = *state;

	map_world_edit(w, map_world_part("map"));
	assert_string_equal(map_world_incomplete(w, "VPN", 10, ""), "not attached");
}

static void test_what_can_never_become_right_is_refused(void **state)
{
	struct map_world *w = *state;

	map_world_complete(w);
	assert_int_not_equal(map_world_edit(w, IKEV2("'proposal':[{'name':'PR','encryption':["
						     "'aes-gcm-128','aes-cbc-128']}]")),
			     0);
	assert_non_null(strstr(w->why, "do not mix in one proposal"));
	assert_int_not_equal(map_world_edit(w, IKEV2("'proposal':[{'name':'PR','encryption':["
						     "'aes-gcm-128'],'integrity':['sha256']}]")),
			     0);
	assert_non_null(strstr(w->why, "integrity of its own"));
	assert_string_equal(map_world_incomplete(w, "VPN", 10, "eth0"), "");
}

static void test_the_connection_says_what_the_objects_say(void **state)
{
	struct map_world *w = *state;
	const struct conn *c;

	map_world_complete(w);
	assert_int_equal(
		map_world_edit(
			w, CRYPTO("'ipsec':{'transform-set':[{'name':'T1','cipher':'esp-aes-128',"
				  "'integrity':'esp-sha256-hmac'}]},'map':[{'name':'VPN',"
				  "'sequence':10,'pfs-group':'19','lifetime-kilobytes':5000}]")),
		0);
	assert_int_equal(
		map_world_edit(w, IKEV2("'policy':[{'name':'POL','proposal':['PR']}],"
					"'proposal':[{'name':'PR','encryption':["
					"'aes-cbc-256'],'integrity':['sha512'],'group':['31']}]")),
		0);
	assert_int_equal(
		map_world_edit(w, IKEV2("'profile':[{'name':'P1','identity-local-fqdn':"
					"'r1.example','lifetime':7200,'dpd':{'interval':20,"
					"'retry':3,'mode':'periodic'}}]")),
		0);
	assert_string_equal(map_world_incomplete(w, "VPN", 10, "eth0"), "");
	c = map_world_conn(w, "VPN 10", "eth0");
	assert_int_equal(c->esp_count, 1);
	assert_int_equal(proposal_first(&c->esp[0], TRANSFORM_ENCR)->id, ENCR_AES_CBC);
	assert_int_equal(proposal_first(&c->esp[0], TRANSFORM_INTEG)->id, INTEG_HMAC_SHA2_256_128);
	assert_int_equal(proposal_first(&c->esp[0], TRANSFORM_DH)->id, DH_ECP_256);
	assert_int_equal(c->lifetime_kb, 5000);
	assert_int_equal(c->ike_count, 1);
	assert_int_equal(proposal_first(&c->ike[0], TRANSFORM_PRF)->id, PRF_HMAC_SHA2_512);
	assert_int_equal(c->ike_lifetime_s, 7200);
	assert_int_equal(c->local_id.type, IDENTITY_FQDN);
	assert_true(c->dpd.periodic);
	assert_int_equal(c->dpd.interval_s, 20);
	assert_int_equal(secret_len(c->psk_local), 6);
	assert_int_equal(secret_len(c->psk_remote), 6);
}

static void test_an_ipv6_entry_takes_the_interfaces_ipv6_address(void **state)
{
	struct map_world *w = *state;
	const struct conn *c;
	struct addr local;

	addr_parse(&local, "2001:db8::1");
	map_world_complete(w);
	map_world_address(w, 2, "eth0", "fe80::1", true);
	assert_int_equal(
		map_world_edit(w, RULES("{'sequence':10,'action':'permit','source':"
					"'2001:db8:1::/48','destination':'2001:db8:2::/48'}")),
		0);
	map_world_edit(w, KEYRING(",'peer':[{'name':'r2','address':'2001:db8::2/128',"
				  "'pre-shared-key':'x'}]"));
	map_world_edit(w, PROFILE(BOTH ",'match-identity-remote-address':['2001:db8::/32'],"
				       "'keyring':'K1'"));
	map_world_edit(w,
		       ENTRY(",'peer':['2001:db8::2'],'transform-set':['T1'],'match-address':'101',"
			     "'ikev2-profile':'P1'"));
	assert_string_equal(map_world_incomplete(w, "VPN", 10, "eth0"), "");
	c = map_world_conn(w, "VPN 10", "eth0");
	assert_true(addr_equal(&c->local, &local));
	assert_int_equal(map_world_policies(w), 3);
}

static void test_any_and_ports_and_repeated_lines(void **state)
{
	struct map_world *w = *state;
	const struct conn *c;

	map_world_complete(w);
	assert_int_equal(
		map_world_edit(
			w, RULES("{'sequence':30,'action':'permit','destination':'10.30.0.0/16'},"
				 "{'sequence':10,'action':'permit','protocol':6,'source':"
				 "'10.10.0.0/16','destination':'10.20.0.0/16','destination-port':"
				 "443},{'sequence':40,'action':'permit','destination':"
				 "'10.30.0.0/16'}")),
		0);
	assert_string_equal(map_world_incomplete(w, "VPN", 10, "eth0"), "");
	c = map_world_conn(w, "VPN 10", "eth0");
	assert_int_equal(c->child_count, 2); /* the third says what the second says */
	assert_int_equal(c->children[0].child, 10);
	assert_int_equal(c->children[0].selector.remote_port, 443);
	assert_int_equal(c->children[1].child, 30);
	assert_int_equal(c->children[1].selector.local.addr.family, AF_INET);
	assert_int_equal(map_world_policies(w), 6);
}

/* Ranges that a selector can say are taken: one port, and all. */
static void test_ranges_of_one_port_and_of_all_are_selectors(void **state)
{
	struct map_world *w = *state;
	const struct conn *c;

	map_world_complete(w);
	assert_int_equal(
		map_world_edit(w,
			       RULES("{'sequence':10,'action':'permit','protocol':6,"
				     "'destination':'10.20.0.0/16','destination-port':80,"
				     "'destination-port-operator':'range',"
				     "'destination-port-last':80,'source-port':0,"
				     "'source-port-operator':'range','source-port-last':65535}")),
		0);
	assert_string_equal(map_world_incomplete(w, "VPN", 10, "eth0"), "");
	c = map_world_conn(w, "VPN 10", "eth0");
	assert_int_equal(c->children[0].selector.remote_port, 80);
	assert_int_equal(c->children[0].selector.remote_port_mask, 0xffff);
	assert_int_equal(c->children[0].selector.local_port_mask, 0);
}

/* What access-class asks: each operator, at its edges. */
static void test_operators_decide_who_may_come_in(void **state)
{
	static const struct {
		const char *port;
		uint16_t passes, fails;
	} tests[] = {
		{"'destination-port':22", 22, 23},
		{"'destination-port':22,'destination-port-operator':'neq'", 23, 22},
		{"'destination-port':22,'destination-port-operator':'lt'", 21, 22},
		{"'destination-port':22,'destination-port-operator':'gt'", 23, 22},
		{"'destination-port':22,'destination-port-operator':'range','destination-port-last':23",
		 23, 24},
		{"'destination-port':23,'destination-port-operator':'range','destination-port-last':24",
		 23, 22},
	};
	const struct addr from = addr_v4(0x0a010105);
	struct map_world *w = *state;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char edit[512];

		snprintf(edit, sizeof(edit),
			 RULES("{'sequence':10,'action':'permit','protocol':6,%s}"), tests[i].port);
		assert_int_equal(map_world_edit(w, edit), 0);
		assert_int_equal(crypto_map_access(w->cm, "101", &from, tests[i].passes), 1);
		assert_int_equal(crypto_map_access(w->cm, "101", &from, tests[i].fails), 0);
	}
	/* lt 0 and gt 65535 are no port at all. */
	assert_int_equal(map_world_edit(w, RULES("{'sequence':10,'action':'permit','protocol':6,"
						 "'destination-port':0,"
						 "'destination-port-operator':'lt'}")),
			 0);
	assert_int_equal(crypto_map_access(w->cm, "101", &from, 0), 0);
	assert_int_equal(map_world_edit(w, RULES("{'sequence':10,'action':'permit','protocol':6,"
						 "'destination-port':65535,"
						 "'destination-port-operator':'gt'}")),
			 0);
	assert_int_equal(crypto_map_access(w->cm, "101", &from, 65535), 0);
	/* A standard list is asked where no extended one has the name. */
	assert_int_equal(map_world_edit(w,
					"{'spindle-acl:access-lists':{'standard':[{'name':'101',"
					"'rule':[{'sequence':10,'action':'permit'}]},{'name':'7',"
					"'rule':[{'sequence':10,'action':'permit'}]}]}}"),
			 0);
	assert_int_equal(crypto_map_access(w->cm, "101", &from, 22), 0);
	assert_int_equal(crypto_map_access(w->cm, "7", &from, 22), 1);
	assert_int_equal(crypto_map_access(w->cm, "8", &from, 22), -ENOENT);
}

/* Lower is stronger in the kernel: entries by sequence, lines by their place. */
static void test_priorities_follow_sequence_and_line(void **state)
{
	struct conn *a = conn_new(), *b = conn_new();
	struct xfrm_policy pa[COMPILE_POLICIES], pb[COMPILE_POLICIES], p2[COMPILE_POLICIES];

	(void)state;
	a->seq = 10;
	b->seq = 65535;
	a->child_count = b->child_count = CONN_CHILDREN_MAX;
	a->peer_count = b->peer_count = 1;
	compile_policies(a, 0, pa);
	compile_policies(a, CONN_CHILDREN_MAX - 1, p2);
	compile_policies(b, 0, pb);
	assert_true(pa[0].priority < p2[0].priority);
	assert_true(p2[0].priority < pb[0].priority);
	conn_unref(a);
	conn_unref(b);
}

static void test_reqids_are_the_same_after_a_restart_and_ours(void **state)
{
	struct map_world *w = *state, *again;
	uint32_t reqid;

	map_world_complete(w);
	reqid = map_world_conn(w, "VPN 10", "eth0")->children[0].reqid;
	again = map_world_new();
	map_world_complete(again);
	assert_int_equal(map_world_conn(again, "VPN 10", "eth0")->children[0].reqid, reqid);
	map_world_free(again);
	assert_true(crypto_map_reqid_is_ours(reqid));
	assert_false(crypto_map_reqid_is_ours(1));
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, map_world_setup, map_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_thing_that_is_missing_has_its_sentence),
		IN_WORLD(test_an_entry_that_no_interface_carries_says_so),
		IN_WORLD(test_what_can_never_become_right_is_refused),
		IN_WORLD(test_the_connection_says_what_the_objects_say),
		IN_WORLD(test_an_ipv6_entry_takes_the_interfaces_ipv6_address),
		IN_WORLD(test_any_and_ports_and_repeated_lines),
		IN_WORLD(test_ranges_of_one_port_and_of_all_are_selectors),
		IN_WORLD(test_operators_decide_who_may_come_in),
		cmocka_unit_test(test_priorities_follow_sequence_and_line),
		IN_WORLD(test_reqids_are_the_same_after_a_restart_and_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
