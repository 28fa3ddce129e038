/* cli: shows against the layouts that people know, from a fake daemon's state. */
#include "cli_fixture.h"

#include <errno.h>

#include "cli/handlers.h"
#include "cli/show.h"

/* A person who has seen enough after the first line, as by `q` at --More--. */
static void enough_after_a_line(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
	session.enough = true;
}

static void test_what_was_not_read_is_not_the_next_commands(void **state)
{
	void (*out)(void *ctx, const char *line) = session.out;

	(void)state;
	session.out = enough_after_a_line;
	cli_run_line(&session, "show crypto isakmp invalid-spi-recovery | json");
	session.out = out;
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, "show privilege"), CLI_OK);
	assert_string_equal(fake.out, "Current privilege level is 15\n");
}

#define CRYPTO "spindle-crypto:crypto-state"

static void expect_show(const char *line, const char *want)
{
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_OK);
	assert_string_equal(fake.out, want);
}

static const char ike_v4[] =
	"{\"id\":1,\"connection\":\"VPN 10\",\"status\":\"ready\",\"initiator\":true,"
	"\"local-address\":\"10.1.1.2\",\"remote-address\":\"10.1.1.1\",\"remote-port\":4500,"
	"\"local-identity\":\"10.1.1.2\",\"remote-identity\":\"r1.example\","
	"\"initiator-spi\":\"000D3669857A0F82\",\"responder-spi\":\"E0419B1DB02DE6AE\","
	"\"encryption\":\"AES-CBC\",\"key-size\":256,\"prf\":\"SHA256\",\"integrity\":\"SHA256\","
	"\"group\":19,\"authentication-local\":\"PSK\",\"authentication-remote\":\"PSK\","
	"\"lifetime\":86400,\"age\":\"735250\",\"nat-remote\":true,\"children\":1,"
	"\"reason\":\"traffic\",\"dpd-interval\":60,\"dpd-retry\":3}";
static const char ike_v6[] =
	"{\"id\":22,\"status\":\"in-negotiation\",\"initiator\":false,"
	"\"local-address\":\"2001:db8::2\",\"remote-address\":\"2001:db8::1\","
	"\"encryption\":\"AES-GCM\",\"key-size\":128,\"prf\":\"SHA512\",\"group\":31,"
	"\"lifetime\":3600,\"age\":\"0\"}";

static void put_ike_sas(void)
{
	char json[4096];

	snprintf(json, sizeof(json), "[%s,%s]", ike_v4, ike_v6);
	cli_fixture_put_state(CRYPTO, "ikev2-sa", json);
}

static void test_ikev2_sa(void **state)
{
	(void)state;
	put_ike_sas();
	expect_show(
		"show crypto ikev2 sa",
		" IPv4 Crypto IKEv2  SA \n"
		"\n"
		"Tunnel-id Local                 Remote                fvrf/ivrf            Status \n"
		"1         10.1.1.2/500          10.1.1.1/4500         none/none            READY  \n"
		"      Encr: AES-CBC, keysize: 256, PRF: SHA256, Hash: SHA256, DH Grp:19, Auth sign: PSK, Auth verify: PSK\n"
		"      Life/Active Time: 86400/735 sec\n"
		"\n"
		" IPv6 Crypto IKEv2  SA \n"
		"\n"
		"Tunnel-id    fvrf/ivrf              Status    \n"
		"22           none/none              IN-NEG    \n"
		"Local  2001:db8::2/500\n"
		"Remote  2001:db8::1/500\n"
		"      Encr: AES-GCM, keysize: 128, PRF: SHA512, Hash: None, DH Grp:31, Auth sign: Unknown - 0, Auth verify: Unknown - 0\n"
		"      Life/Active Time: 3600/0 sec\n"
		"\n");
}

static void test_ikev2_sa_detailed_of_one_peer(void **state)
{
	(void)state;
	put_ike_sas();
	expect_show(
		"show crypto ikev2 sa detailed remote 10.1.1.1",
		" IPv4 Crypto IKEv2  SA \n"
		"\n"
		"Tunnel-id Local                 Remote                fvrf/ivrf            Status \n"
		"1         10.1.1.2/500          10.1.1.1/4500         none/none            READY  \n"
		"      Encr: AES-CBC, keysize: 256, PRF: SHA256, Hash: SHA256, DH Grp:19, Auth sign: PSK, Auth verify: PSK\n"
		"      Life/Active Time: 86400/735 sec\n"
		"      Status Description: Negotiation done\n"
		"      Local spi: 000D3669857A0F82       Remote spi: E0419B1DB02DE6AE\n"
		"      Local id: 10.1.1.2\n"
		"      Remote id: r1.example\n"
		"      DPD configured for 60 seconds, retry 3\n"
		"      NAT-T is detected outside\n"
		"      Initiator of SA : Yes\n"
		"      Child SAs: 1, made for: traffic, crypto map: VPN 10\n"
		"\n"
		" IPv6 Crypto IKEv2  SA \n"
		"\n");
	/* The same address in another spelling. */
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ikev2 sa remote 2001:0db8:0::1");
	assert_non_null(strstr(fake.out, "IN-NEG"));
	assert_null(strstr(fake.out, "READY"));
}

static const char pair[] =
	"{\"spi-in\":2882343476,\"spi-out\":305441741,\"id\":124,\"connection\":\"VPN 10\","
	"\"interface\":\"eth0\",\"map\":\"VPN\",\"sequence\":10,\"child\":10,\"protocol\":50,"
	"\"mode\":\"tunnel\",\"local-address\":\"10.1.1.2\",\"remote-address\":\"10.1.1.1\","
	"\"local-prefix\":\"10.2.0.0/16\",\"remote-prefix\":\"10.1.0.0/16\",\"ip-protocol\":0,"
	"\"encryption\":\"AES-CBC\",\"key-size\":256,\"integrity\":\"SHA256\",\"replay-window\":1024,"
	"\"group\":19,\"inbound-installed\":true,\"outbound-installed\":true,"
	"\"remaining\":\"3205\",\"lifetime-kilobytes\":\"4608000\",\"remaining-kilobytes\":\"4332650\","
	"\"packets-in\":\"4112421\",\"packets-out\":\"4981028\",\"replay-failed\":\"2\","
	"\"integrity-failed\":\"1\",\"path-mtu\":1500}";

static void test_ipsec_sa(void **state)
{
	char json[2048];

	(void)state;
	snprintf(json, sizeof(json), "[%s]", pair);
	cli_fixture_put_state(CRYPTO, "ipsec-sa", json);
	expect_show(
		"show crypto ipsec sa",
		"\n"
		"interface: eth0\n"
		"    Crypto map tag: VPN, local addr 10.1.1.2\n"
		"\n"
		"   protected vrf: (none)\n"
		"   local  ident (addr/mask/prot/port): (10.2.0.0/255.255.0.0/0/0)\n"
		"   remote ident (addr/mask/prot/port): (10.1.0.0/255.255.0.0/0/0)\n"
		"   current_peer 10.1.1.1 port 500\n"
		"     PERMIT, flags={origin_is_acl,}\n"
		"    #pkts encaps: 4981028, #pkts encrypt: 4981028, #pkts digest: 4981028\n"
		"    #pkts decaps: 4112421, #pkts decrypt: 4112421, #pkts verify: 4112421\n"
		"    #recv errors 3\n"
		"\n"
		"     local crypto endpt.: 10.1.1.2, remote crypto endpt.: 10.1.1.1\n"
		"     plaintext mtu 1438, path mtu 1500, ip mtu 1500, ip mtu idb eth0\n"
		"     current outbound spi: 0x1234ABCD(305441741)\n"
		"     PFS (Y/N): Y, DH group: group19\n"
		"\n"
		"     inbound esp sas:\n"
		"      spi: 0xABCD1234(2882343476)\n"
		"        transform: esp-256-aes esp-sha256-hmac ,\n"
		"        in use settings ={Tunnel, }\n"
		"        conn id: 124, flow_id: SW:124, sibling_flags 80000040, crypto map: VPN\n"
		"        sa timing: remaining key lifetime (k/sec): (4332650/3205)\n"
		"        IV size: 16 bytes\n"
		"        replay detection support: Y  replay window size: 1024\n"
		"        Status: ACTIVE(ACTIVE)\n"
		"\n"
		"     inbound ah sas:\n"
		"\n"
		"     inbound pcp sas:\n"
		"\n"
		"     outbound esp sas:\n"
		"      spi: 0x1234ABCD(305441741)\n"
		"        transform: esp-256-aes esp-sha256-hmac ,\n"
		"        in use settings ={Tunnel, }\n"
		"        conn id: 124, flow_id: SW:124, sibling_flags 80000040, crypto map: VPN\n"
		"        sa timing: remaining key lifetime (k/sec): (4332650/3205)\n"
		"        IV size: 16 bytes\n"
		"        replay detection support: Y  replay window size: 1024\n"
		"        Status: ACTIVE(ACTIVE)\n"
		"\n"
		"     outbound ah sas:\n"
		"\n"
		"     outbound pcp sas:\n");
}

static json_t *pair_json(json_int_t spi_in, const char *leaf, json_t *value)
{
	json_t *o = json_loads(pair, 0, NULL);

	json_object_set_new(o, "spi-in", json_integer(spi_in));
	if (leaf)
		json_object_set_new(o, leaf, value);
	return o;
}

static size_t occurrences(const char *of)
{
	size_t n = 0;

	for (const char *at = fake.out; (at = strstr(at, of)); at++)
		n++;
	return n;
}

/* Pairs come on different pages; a rekeyed flow is one block, another rule is another, and an old
 * pair whose successor is gone still shows. */
static void test_pairs_of_one_flow_stand_in_one_block(void **state)
{
	json_t *list = json_array(), *root = json_object(), *old;

	(void)state;
	json_array_append_new(list, pair_json(300, "replaced-by", json_integer(301)));
	json_array_append_new(list, pair_json(302, "child", json_integer(20)));
	json_array_append_new(list, pair_json(301, "replaces", json_integer(300)));
	old = pair_json(303, "child", json_integer(30));
	json_object_set_new(old, "replaced-by", json_integer(999));
	json_array_append_new(list, old);
	json_array_append_new(list, pair_json(304, "interface", json_string("eth1")));
	json_object_set_new(root, "ipsec-sa", list);
	json_object_set_new(fake.state, CRYPTO, root);
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ipsec sa");
	assert_int_equal(occurrences("protected vrf"), 4);
	assert_int_equal(occurrences("interface: eth0"), 2);
	assert_int_equal(occurrences("interface: eth1"), 1);
	assert_int_equal(occurrences("ACTIVE(REKEYED)"), 4);
	assert_non_null(strstr(fake.out, "#pkts encaps: 9962056,"));
	assert_non_null(strstr(fake.out, "spi: 0x12F(303)"));
}

static void test_a_lost_half_is_told(void **state)
{
	json_t *list = json_array(), *root = json_object();

	(void)state;
	json_array_append_new(list, pair_json(300, "inbound-installed", json_false()));
	json_object_set_new(root, "ipsec-sa", list);
	json_object_set_new(fake.state, CRYPTO, root);
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ipsec sa");
	assert_int_equal(occurrences("Status: LOST(NOT IN KERNEL)"), 1);
	assert_int_equal(occurrences("Status: ACTIVE(ACTIVE)"), 1);
}

static void test_algorithms_settings_and_detail(void **state)
{
	json_t *list = json_array(), *root = json_object(), *gcm;

	(void)state;
	gcm = pair_json(300, "encryption", json_string("AES-GCM"));
	json_object_del(gcm, "integrity");
	json_object_del(gcm, "path-mtu");
	json_object_set_new(gcm, "udp-encapsulated", json_true());
	json_object_set_new(gcm, "remote-port", json_integer(4500));
	json_object_set_new(gcm, "mode", json_string("transport"));
	json_object_set_new(gcm, "adopted", json_true());
	json_object_set_new(gcm, "lifetime-kilobytes", json_string("0"));
	json_object_set_new(gcm, "replay-window", json_integer(0));
	json_array_append_new(list, gcm);
	json_object_set_new(root, "ipsec-sa", list);
	json_object_set_new(fake.state, CRYPTO, root);
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ipsec sa detail peer 10.1.1.1");
	assert_int_equal(occurrences("transform: esp-gcm 256 ,"), 2);
	assert_int_equal(occurrences("in use settings ={Transport UDP-Encaps, }"), 2);
	assert_int_equal(occurrences("sibling_flags 80000001"), 2);
	assert_int_equal(occurrences("(k/sec): (KB Vol Rekey Disabled/3205)"), 2);
	assert_int_equal(occurrences("IV size: 8 bytes"), 2);
	assert_int_equal(occurrences("replay detection support: N\n"), 2);
	assert_int_equal(occurrences("plaintext mtu"), 0);
	assert_int_equal(occurrences("current_peer 10.1.1.1 port 4500"), 1);
	assert_int_equal(occurrences("##pkts replay failed (rcv): 2\n"), 1);
	assert_int_equal(occurrences("#pkts verify failed: 1\n"), 1);
	assert_int_equal(occurrences("#recv errors"), 0);
	assert_int_equal(occurrences("#pkts invalid sa (rcv) 0\n"), 1);
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ipsec sa peer 10.9.9.9");
	assert_string_equal(fake.out, "");
}

static const char down_session[] =
	"{\"connection\":\"VPN 20\",\"peer\":\"10.3.3.3\",\"interface\":\"eth0\",\"status\":\"DOWN\","
	"\"local-address\":\"10.1.1.2\",\"flow\":[{\"child\":10,\"local-prefix\":\"10.2.0.1/32\","
	"\"remote-prefix\":\"0.0.0.0/0\",\"ip-protocol\":47,\"active-sas\":0}]}";

static void test_a_flow_without_sas_keeps_its_headings(void **state)
{
	char json[1024];

	(void)state;
	snprintf(json, sizeof(json), "[%s]", down_session);
	cli_fixture_put_state(CRYPTO, "session", json);
	expect_show("show crypto ipsec sa",
		    "\n"
		    "interface: eth0\n"
		    "    Crypto map tag: VPN, local addr 10.1.1.2\n"
		    "\n"
		    "   protected vrf: (none)\n"
		    "   local  ident (addr/mask/prot/port): (10.2.0.1/255.255.255.255/47/0)\n"
		    "   remote ident (addr/mask/prot/port): (0.0.0.0/0.0.0.0/47/0)\n"
		    "   current_peer 10.3.3.3 port 500\n"
		    "     PERMIT, flags={origin_is_acl,}\n"
		    "    #pkts encaps: 0, #pkts encrypt: 0, #pkts digest: 0\n"
		    "    #pkts decaps: 0, #pkts decrypt: 0, #pkts verify: 0\n"
		    "    #recv errors 0\n"
		    "\n"
		    "     local crypto endpt.: 10.1.1.2, remote crypto endpt.: 10.3.3.3\n"
		    "     current outbound spi: 0x0(0)\n"
		    "     PFS (Y/N): N, DH group: none\n"
		    "\n"
		    "     inbound esp sas:\n"
		    "\n"
		    "     inbound ah sas:\n"
		    "\n"
		    "     inbound pcp sas:\n"
		    "\n"
		    "     outbound esp sas:\n"
		    "\n"
		    "     outbound ah sas:\n"
		    "\n"
		    "     outbound pcp sas:\n");
}

static void put_sessions(void)
{
	char json[4096];

	put_ike_sas();
	snprintf(json, sizeof(json), "[%s]", pair);
	cli_fixture_put_state(CRYPTO, "ipsec-sa", json);
	snprintf(
		json, sizeof(json),
		"[{\"connection\":\"VPN 10\",\"peer\":\"10.1.1.1\",\"peer-port\":4500,\"interface\":\"eth0\","
		"\"profile\":\"PROF\",\"description\":\"to Berlin\",\"status\":\"UP-ACTIVE\","
		"\"uptime\":\"324000500\",\"remote-identity\":\"r1.example\",\"ikev2-sa\":[1],"
		"\"flow\":[{\"child\":10,\"local-prefix\":\"10.1.1.2/32\",\"remote-prefix\":\"10.1.1.1/32\","
		"\"ip-protocol\":47,\"active-sas\":2,\"spi-in\":[2882343476]}]},%s]",
		down_session);
	cli_fixture_put_state(CRYPTO, "session", json);
}

static void test_session(void **state)
{
	(void)state;
	put_sessions();
	expect_show("show crypto session",
		    "Crypto session current status\n"
		    "\n"
		    "Interface: eth0\n"
		    "Session status: UP-ACTIVE     \n"
		    "Peer: 10.1.1.1 port 4500 \n"
		    "  IKEv2 SA: local 10.1.1.2/500 remote 10.1.1.1/4500 Active \n"
		    "  IPSEC FLOW: permit 47 host 10.1.1.2 host 10.1.1.1 \n"
		    "        Active SAs: 2, origin: crypto map\n"
		    "\n"
		    "Interface: eth0\n"
		    "Session status: DOWN          \n"
		    "Peer: 10.3.3.3 port 500 \n"
		    "  IPSEC FLOW: permit 47 host 10.2.0.1 0.0.0.0/0.0.0.0 \n"
		    "        Active SAs: 0, origin: crypto map\n"
		    "\n");
}

static void test_session_detail_of_one_peer(void **state)
{
	(void)state;
	put_sessions();
	expect_show("show crypto session detail remote 10.1.1.1",
		    "Crypto session current status\n"
		    "\n"
		    "Code: C - IKE Configuration mode, D - Dead Peer Detection     \n"
		    "K - Keepalives, N - NAT-traversal, T - cTCP encapsulation     \n"
		    "X - IKE Extended Authentication, F - IKE Fragmentation\n"
		    "R - IKE Auto Reconnect, U - IKE Dynamic Route Update\n"
		    "S - SIP VPN\n"
		    "\n"
		    "Interface: eth0\n"
		    "Profile: PROF\n"
		    "Uptime: 3d18h\n"
		    "Session status: UP-ACTIVE     \n"
		    "Peer: 10.1.1.1 port 4500 fvrf: (none) ivrf: (none)\n"
		    "      Phase1_id: r1.example\n"
		    "      Desc: to Berlin\n"
		    "  Session ID: 1  \n"
		    "  IKEv2 SA: local 10.1.1.2/500 remote 10.1.1.1/4500 Active \n"
		    "          Capabilities:DN connid:1 lifetime:23:47:45\n"
		    "  IPSEC FLOW: permit 47 host 10.1.1.2 host 10.1.1.1 \n"
		    "        Active SAs: 2, origin: crypto map\n"
		    "        Inbound:  #pkts dec'ed 4112421 drop 3 life (KB/Sec) 4332650/3205\n"
		    "        Outbound: #pkts enc'ed 4981028 life (KB/Sec) 4332650/3205\n"
		    "\n");
}

static void put_invalid_spi(void)
{
	cli_fixture_put_state(
		CRYPTO, "invalid-spi",
		"{\"source\":\"armed tap\",\"why\":\"BTF is missing\",\"seen\":\"45\",\"counted\":\"46\","
		"\"not-looked-at\":\"1\",\"unexplained\":\"0\",\"flows\":\"2\",\"evicted\":\"0\",\"printed\":\"2\",\"suppressed\":\"43\","
		"\"ring-lost\":\"0\",\"verdict\":[{\"verdict\":\"once ours\",\"packets\":\"40\"},"
		"{\"verdict\":\"reserved\",\"packets\":\"0\"},{\"verdict\":\"no configured peer\",\"packets\":\"5\"}],"
		"\"flow\":[{\"id\":1,\"source-address\":\"10.1.1.1\",\"destination-address\":\"10.10.1.2\","
		"\"protocol\":50,\"spi\":3076621886,\"interface\":\"eth0\",\"first\":\"2026-09-02T13:27:57.707Z\","
		"\"last\":\"2026-09-02T13:28:42.000Z\",\"age\":\"75000\",\"idle\":\"30000\",\"packets\":\"40\",\"rate\":1,"
		"\"first-sequence\":23,\"last-sequence\":62,\"verdict\":\"once ours\",\"connection\":\"VPN 10\","
		"\"printed\":\"1\",\"suppressed\":\"39\",\"persistent\":true,\"recovery\":\"replacement is up\","
		"\"history\":{\"born\":\"2026-09-02T13:00:00Z\",\"died\":\"2026-09-02T15:27:50.5+02:00\","
		"\"death\":\"flushed by another program\",\"author\":\"ip\",\"author-pid\":4711,"
		"\"last-sequence\":22,\"successor\":305441741}},"
		"{\"id\":2,\"source-address\":\"192.0.2.9\",\"destination-address\":\"10.10.1.2\","
		"\"protocol\":51,\"spi\":4278190081,\"udp-encapsulated\":true,\"source-port\":4501,"
		"\"first\":\"2026-09-02T13:27:57Z\",\"last\":\"2026-09-02T13:27:57Z\",\"age\":\"90061000\",\"idle\":\"0\","
		"\"packets\":\"5\",\"rate\":0,\"first-sequence\":1,\"last-sequence\":5,"
		"\"verdict\":\"no configured peer\",\"printed\":\"1\",\"suppressed\":\"4\",\"forged-looking\":true}]}");
}

static void test_invalid_spi_summary(void **state)
{
	(void)state;
	put_invalid_spi();
	expect_show(
		"show crypto invalid-spi",
		"Invalid SPI source: armed tap\n"
		"  not a better one because: BTF is missing\n"
		"Packets: 45 seen, 46 counted by the kernel, 1 not looked at, 0 unexplained\n"
		"Flows: 2, 0 evicted, 0 records lost\n"
		"Messages: 2 printed, 43 suppressed\n"
		"\n"
		"Packets by verdict:\n"
		"  once ours                                              40\n"
		"  no configured peer                                      5\n"
		"\n"
		"  Id Source          Destination     Prot SPI                         Packets   Pkt/s Age      Idle     Verdict\n"
		"   1 10.1.1.1        10.10.1.2         50 0xB761863E(3076621886)           40       1 00:01:15 00:00:30 once ours\n"
		"   2 192.0.2.9       10.10.1.2         51 0xFF000001(4278190081)            5       0 1d01h    00:00:00 no configured peer\n");
}

static void test_invalid_spi_detail(void **state)
{
	(void)state;
	put_invalid_spi();
	expect_show(
		"show crypto invalid-spi detail | begin Flow 1",
		"Flow 1: srcaddr=10.1.1.1, destaddr=10.10.1.2, prot=50, spi=0xB761863E(3076621886)\n"
		"  Input interface: eth0\n"
		"  First seen Sep  2 13:27:57.707, 00:01:15 ago\n"
		"  Last seen  Sep  2 13:28:42.000, 00:00:30 ago\n"
		"  Packets: 40, 1 pkt/s, sequence numbers 23 to 62\n"
		"  Messages: 1 printed, 39 suppressed\n"
		"  Verdict: once ours, persistent\n"
		"  Crypto map of the sender: VPN 10\n"
		"  History: this SPI was ours, negotiated Sep  2 13:00:00.000\n"
		"    this router lost it: flushed by another program, Sep  2 13:27:50.500\n"
		"    by ip (netlink port 4711)\n"
		"    last sequence number known: 22\n"
		"    replaced by spi 0x1234ABCD(305441741)\n"
		"  Recovery: replacement is up\n"
		"\n"
		"Flow 2: srcaddr=192.0.2.9, destaddr=10.10.1.2, prot=51, spi=0xFF000001(4278190081)\n"
		"  Encapsulated in UDP, source port 4501\n"
		"  First seen Sep  2 13:27:57.000, 1d01h ago\n"
		"  Last seen  Sep  2 13:27:57.000, 00:00:00 ago\n"
		"  Packets: 5, 0 pkt/s, sequence numbers 1 to 5\n"
		"  Messages: 1 printed, 4 suppressed\n"
		"  Verdict: no configured peer, forged-looking\n"
		"  The sender is no configured peer\n"
		"  Recovery: none\n");
}

static void test_a_sequence_number_that_is_not_known_is_not_shown(void **state)
{
	json_t *flows, *history;

	(void)state;
	put_invalid_spi();
	flows = json_object_get(json_object_get(json_object_get(fake.state, CRYPTO), "invalid-spi"),
				"flow");
	history = json_object_get(json_array_get(flows, 0), "history");
	json_object_set_new(history, "last-sequence", json_integer(0));
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, "show crypto invalid-spi detail"), CLI_OK);
	assert_non_null(strstr(fake.out, "netlink port 4711)\n    replaced by spi 0x1234ABCD"));
}

static void test_invalid_spi_recovery(void **state)
{
	(void)state;
	cli_fixture_put_state(
		CRYPTO, "invalid-spi-recovery",
		"{\"enabled\":true,\"at-start\":false,\"peer\":[{\"connection\":\"VPN 10\",\"address\":\"10.1.1.1\","
		"\"eligible\":true,\"why\":\"static crypto map\",\"attempts\":\"2\",\"successes\":\"1\","
		"\"last-result\":\"success\",\"last-words\":\"new IKE SA\",\"last\":\"2026-09-02T13:27:57.9Z\","
		"\"last-took\":\"45\",\"next\":\"0\",\"tokens\":2},{\"connection\":\"VPN 20\",\"address\":\"10.3.3.3\","
		"\"eligible\":false,\"why\":\"behind NAT, no mapping\",\"attempts\":\"0\",\"successes\":\"0\","
		"\"last-result\":\"none\",\"next\":\"61050\",\"tokens\":0}],"
		"\"decision\":[{\"index\":\"7\",\"time\":\"2026-09-02T13:27:57.75Z\",\"flow\":1,\"spi\":3076621886,"
		"\"peer\":\"10.1.1.1\",\"row\":\"initiate\",\"action\":\"INITIATE\",\"words\":\"no IKE SA with the peer\"}]}");
	expect_show(
		"show crypto isakmp invalid-spi-recovery",
		"Invalid SPI recovery is enabled\n"
		"Peers whose SAs were lost while the daemon was away are not called at start\n"
		"\n"
		"Peer: 10.1.1.1  crypto map: VPN 10\n"
		"  Eligible: yes, static crypto map\n"
		"  Attempts: 2, successes: 1\n"
		"  Last result: success, Sep  2 13:27:57.900, after 45 ms: new IKE SA\n"
		"  Next attempt: at once, 2 in the budget\n"
		"\n"
		"Peer: 10.3.3.3  crypto map: VPN 20\n"
		"  Eligible: no, behind NAT, no mapping\n"
		"  Attempts: 0, successes: 0\n"
		"  Last result: none\n"
		"  Next attempt: not before 61.050 s from now, 0 in the budget\n"
		"\n"
		"Decisions, newest last:\n"
		"  Sep  2 13:27:57.750 flow 1 peer 10.1.1.1 spi 0xB761863E(3076621886): INITIATE (initiate): no IKE SA with the peer\n");
}

static void put_log(void)
{
	cli_fixture_put_state(
		"spindle-logging:log-state", "",
		"{\"logged\":\"7\",\"buffer-size\":\"16384\",\"record\":["
		"{\"seq\":\"1\",\"line\":\"*Mar  1 00:42:09.431: %CRYPTO-4-A: one\"},"
		"{\"seq\":\"2\",\"line\":\"*Mar  1 00:42:10.431: %CRYPTO-4-B: two\"}],"
		"\"message\":[{\"mnemonic\":\"RECVD_PKT_INV_SPI\",\"facility\":\"CRYPTO\",\"severity\":4,"
		"\"format\":\"decaps: rec'd\",\"explanation\":\"A packet came whose SPI has no inbound SA here. "
		"Once for a flow it is mostly a passing state of a rekey.\",\"action\":\"None.\"}]}");
}

static void test_a_message_is_explained_however_it_is_written(void **state)
{
	static const char want[] =
		"%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd\n"
		"\n"
		"Explanation: A packet came whose SPI has no inbound SA here. Once for a flow\n"
		"  it is mostly a passing state of a rekey.\n"
		"Recommended action: None.\n";

	(void)state;
	put_log();
	expect_show("show logging explain RECVD_PKT_INV_SPI", want);
	expect_show("show logging explain recvd_pkt_inv_spi", want);
	expect_show("show logging explain %CRYPTO-4-RECVD_PKT_INV_SPI:", want);
	expect_show("show logging explain CRYPTO-4-RECVD_PKT_INV_SPI", want);
	assert_int_equal(cli_run_line(&session, "show logging explain NONE"), CLI_FAILED);
	assert_string_equal(fake.error, "% No message has the mnemonic \"NONE\"\n");
}

static void put_system(void)
{
	cli_fixture_put_state(
		"spindle-system:system-state", "",
		"{\"version\":\"0.1\",\"started\":\"2026-09-02T13:00:00Z\",\"uptime\":\"788645000\","
		"\"boot-id\":\"0f0e\",\"config-version\":\"3\",\"config-unsaved\":true,\"secrets-unlocked\":\"0\","
		"\"control\":{\"sessions\":\"9\",\"sessions-now\":\"2\",\"frames-in\":\"30\",\"frames-out\":\"40\","
		"\"refused\":\"1\",\"dropped-slow\":\"3\",\"malformed\":\"4\"},\"debug\":[\"ikev2\",\"invalid-spi\"],\"process\":[{\"role\":\"router\",\"pid\":123,\"user\":\"spindle\","
		"\"restarts\":0},{\"role\":\"ike\",\"pid\":124,\"user\":\"spindle-ike\",\"restarts\":2,\"last-death\":\"signal 9\"}],"
		"\"handler\":[{\"name\":\"xfrm\",\"turns\":\"1000\",\"slow-turns\":\"1\",\"max-time\":\"5600\",\"total-time\":\"99000\"}]}");
}

static void test_processes(void **state)
{
	(void)state;
	put_system();
	expect_show("show processes",
		    "Process           PID User               Restarts Last end\n"
		    "router            123 spindle                   0 -\n"
		    "ike               124 spindle-ike               2 signal 9\n"
		    "\n"
		    "Handler                             Turns  Over 5 ms Longest(us)   Total(us)\n"
		    "xfrm                                 1000          1        5600       99000\n"
		    "\n"
		    "Control socket: 9 sessions since start, 2 open\n"
		    "  Frames: 30 in, 40 out\n"
		    "  Refused: 1, dropped as too slow: 3, malformed: 4\n");
}

static void test_version_and_debugging(void **state)
{
	(void)state;
	put_system();
	fake_clear_output(&fake);
	cli_run_line(&session, "show version");
	assert_non_null(strstr(fake.out, "Spindle Software, Version 0.1\n"));
	assert_non_null(strstr(fake.out, "Spindle uptime is 1 week, 2 days, 3 hours, 4 minutes\n"));
	assert_non_null(strstr(
		fake.out,
		"Configuration: 3 commits since start, that of the startup file included, not saved\n"));
	expect_show("show debugging", "Cryptographic Subsystem:\n"
				      "  Crypto IKEv2 debugging is on\n"
				      "  Crypto Invalid SPI debugging is on\n");
}

static void test_filters(void **state)
{
	(void)state;
	put_log();
	expect_show("show logging | include CRYPTO-4-(B|C)",
		    "*Mar  1 00:42:10.431: %CRYPTO-4-B: two\n");
	expect_show("show logging | begin CRYPTO-4-B", "*Mar  1 00:42:10.431: %CRYPTO-4-B: two\n");
	expect_show("show logging | count CRYPTO", "Number of lines which match regexp = 2\n");
	expect_show("show logging | include nothing of that", "");
	fake_clear_output(&fake);
	cli_run_line(&session, "show logging | exclude [a-z]");
	assert_int_equal(occurrences("\n"), 3);
	assert_int_equal(cli_run_line(&session, "show logging | include (a"), CLI_FAILED);
	assert_non_null(strstr(fake.error, "% regular expression: "));
	/* The next command is not filtered any more. */
	expect_show("show debugging", "");
	put_system();
	fake_clear_output(&fake);
	cli_run_line(&session, "show debugging");
	assert_int_equal(occurrences("\n"), 3);
}

/* Every show speaks JSON that holds every entry of the reply. */
static void test_json_is_the_same_reply(void **state)
{
	static const struct {
		const char *line, *path;
		size_t entries;
	} shows[] = {
		{"show crypto ikev2 sa | json", "/" CRYPTO "/ikev2-sa", 2},
		{"show crypto ikev2 sa remote 10.1.1.1 | json", "/" CRYPTO "/ikev2-sa", 1},
		{"show crypto ipsec sa | json", "/" CRYPTO "/ipsec-sa", 1},
		{"show crypto session | json", "/" CRYPTO "/session", 2},
		{"show crypto invalid-spi detail | json", "/" CRYPTO "/invalid-spi/flow", 2},
		{"show logging | json", "/spindle-logging:log-state/record", 2},
		{"show processes | json", "/spindle-system:system-state/process", 2},
		{"show crypto map | json", "/" CRYPTO "/crypto-map", 0},
	};

	(void)state;
	put_sessions();
	put_invalid_spi();
	put_log();
	put_system();
	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++) {
		json_error_t error;
		json_t *doc;

		fake_clear_output(&fake);
		assert_int_equal(cli_run_line(&session, shows[i].line), CLI_OK);
		doc = json_loads(fake.out, 0, &error);
		if (!doc)
			print_error("%s: %s\n%s\n", shows[i].line, error.text, fake.out);
		assert_non_null(doc);
		assert_int_equal(json_array_size(json_object_get(doc, shows[i].path)),
				 shows[i].entries);
		json_decref(doc);
	}
}

static void test_spans_of_time(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(show_span(0, buf, sizeof(buf)), "00:00:00");
	assert_string_equal(show_span(86399, buf, sizeof(buf)), "23:59:59");
	assert_string_equal(show_span(86400, buf, sizeof(buf)), "1d00h");
	assert_string_equal(show_span(23 * 86400, buf, sizeof(buf)), "3w2d");
}

static int failing_get(void *ctx, const char *path, cli_document *each, void *arg,
		       struct error *err)
{
	(void)ctx;
	(void)path;
	(void)each;
	(void)arg;
	return error_set(err, -EPIPE, "the daemon went away");
}

static void test_a_lost_daemon_is_told(void **state)
{
	(void)state;
	backend.get = failing_get;
	assert_int_equal(cli_run_line(&session, "show crypto session"), CLI_FAILED);
	assert_string_equal(fake.error, "% the daemon went away\n");
	assert_true(session.failed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_fixture_setup, cli_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ikev2_sa),
		TEST(test_ikev2_sa_detailed_of_one_peer),
		TEST(test_ipsec_sa),
		TEST(test_pairs_of_one_flow_stand_in_one_block),
		TEST(test_a_lost_half_is_told),
		TEST(test_algorithms_settings_and_detail),
		TEST(test_a_flow_without_sas_keeps_its_headings),
		TEST(test_session),
		TEST(test_session_detail_of_one_peer),
		TEST(test_invalid_spi_summary),
		TEST(test_invalid_spi_detail),
		TEST(test_a_sequence_number_that_is_not_known_is_not_shown),
		TEST(test_invalid_spi_recovery),
		TEST(test_a_message_is_explained_however_it_is_written),
		TEST(test_what_was_not_read_is_not_the_next_commands),
		TEST(test_processes),
		TEST(test_version_and_debugging),
		TEST(test_filters),
		TEST(test_json_is_the_same_reply),
		TEST(test_spans_of_time),
		TEST(test_a_lost_daemon_is_told),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
