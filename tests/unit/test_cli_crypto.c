/* cli: shows of IKEv2 and IPsec beside the SAs, and what clears them. */
#include "cli_fixture.h"

#include "cli/handlers.h"

static const char configured[] =
	"{\"spindle-crypto:crypto\":{"
	"\"ikev2\":{\"proposal\":[{\"name\":\"P1\",\"encryption\":[\"aes-cbc-256\",\"aes-cbc-128\"],"
	"\"integrity\":[\"sha512\",\"sha384\"],\"group\":[\"19\",\"14\"]},"
	"{\"name\":\"P2\",\"encryption\":[\"aes-gcm-256\"],\"prf\":[\"sha256\"],\"group\":[\"31\"]}],"
	"\"policy\":[{\"name\":\"POL\",\"match-address-local\":\"10.1.1.2\",\"proposal\":[\"P1\",\"P2\"]}],"
	"\"profile\":[{\"name\":\"PROF\",\"match-identity-remote-address\":[\"10.1.1.1/32\",\"2001:db8::1/128\"],"
	"\"match-identity-remote-fqdn\":[\"r1.example\"],\"identity-local-fqdn\":\"r2.example\","
	"\"authentication-local\":\"pre-share\",\"authentication-remote\":\"pre-share\","
	"\"keyring\":\"KR\",\"lifetime\":7200,\"dpd\":{\"interval\":30,\"retry\":5,\"mode\":\"periodic\"}},"
	"{\"name\":\"BARE\",\"match-identity-remote-any\":[null]}]},"
	"\"ipsec\":{\"transform-set\":[{\"name\":\"TSET\",\"cipher\":\"esp-aes-256\","
	"\"integrity\":\"esp-sha256-hmac\"},{\"name\":\"GCM\",\"cipher\":\"esp-gcm-128\"}],"
	"\"security-association\":{\"lifetime-seconds\":1800}}}}";

static const char running[] =
	"{\"spindle-crypto:crypto-state\":{"
	"\"ikev2-default-proposal\":[{\"index\":1,\"encryption\":[\"AES-GCM-256\"],\"prf\":[\"SHA512\"],"
	"\"group\":[\"31\"]}],"
	"\"ikev2-statistics\":{\"incoming-active\":\"1\",\"incoming-negotiating\":\"2\","
	"\"outgoing-active\":\"3\",\"outgoing-negotiating\":\"4\",\"incoming-established\":\"5\","
	"\"outgoing-established\":\"6\",\"authentication-failed\":\"7\",\"retransmitted\":\"8\","
	"\"cookies\":\"9\",\"received\":\"10\",\"sent\":\"11\",\"invalid-syntax\":\"12\","
	"\"unexpected\":\"13\",\"unknown-spi\":\"14\",\"exchange\":[{\"name\":\"IKE_AUTH\","
	"\"sent-requests\":\"1\",\"sent-responses\":\"2\",\"received-requests\":\"3\","
	"\"received-responses\":\"4\"}]},"
	"\"ikev2-sa\":[{\"id\":3,\"connection\":\"VPN 10\",\"status\":\"ready\",\"initiator\":true,"
	"\"local-address\":\"10.1.1.2\",\"remote-address\":\"10.1.1.1\",\"encryption\":\"AES-CBC\","
	"\"key-size\":256,\"prf\":\"SHA256\",\"integrity\":\"SHA256\",\"group\":19,"
	"\"authentication-local\":\"PSK\",\"authentication-remote\":\"PSK\",\"lifetime\":86400,"
	"\"age\":\"735250\"}],"
	"\"ipsec-sa\":[{\"spi-in\":590006317,\"spi-out\":813071214,\"id\":1,\"connection\":\"VPN 10\","
	"\"interface\":\"eth0\",\"map\":\"VPN\",\"child\":10,\"protocol\":50,"
	"\"local-address\":\"10.1.1.2\",\"remote-address\":\"10.1.1.1\","
	"\"local-prefix\":\"30.10.10.0/24\",\"remote-prefix\":\"172.17.2.0/24\",\"ip-protocol\":0,"
	"\"encryption\":\"AES-CBC\",\"key-size\":256,\"integrity\":\"SHA256\","
	"\"inbound-installed\":true,\"outbound-installed\":true,\"packets-in\":\"5\"},"
	"{\"spi-in\":2,\"spi-out\":3,\"id\":2,\"connection\":\"OTHER 10\",\"interface\":\"eth1\","
	"\"map\":\"OTHER\",\"child\":10,\"protocol\":50,\"local-address\":\"10.9.9.2\","
	"\"remote-address\":\"10.9.9.1\",\"local-prefix\":\"10.0.0.0/8\","
	"\"remote-prefix\":\"11.0.0.0/8\",\"encryption\":\"AES-GCM\",\"key-size\":128,"
	"\"inbound-installed\":true,\"outbound-installed\":true}],"
	"\"session\":[{\"connection\":\"VPN 10\",\"peer\":\"10.1.1.1\",\"local-address\":\"10.1.1.2\","
	"\"interface\":\"eth0\",\"status\":\"UP-ACTIVE\",\"uptime\":\"735250\","
	"\"remote-identity\":\"r1.example\",\"ikev2-sa\":[3],\"flow\":[{\"child\":10,"
	"\"active-sas\":2,\"spi-in\":[590006317]}]},"
	"{\"connection\":\"OTHER 10\",\"peer\":\"10.9.9.1\",\"local-address\":\"10.9.9.2\","
	"\"interface\":\"eth1\",\"status\":\"UP-NO-IKE\",\"flow\":[]}],"
	"\"crypto-map\":[{\"name\":\"VPN\",\"sequence\":10,\"interface\":\"eth0\"},"
	"{\"name\":\"OTHER\",\"sequence\":10,\"interface\":\"eth1\"}]}}";

static int setup(void **state)
{
	(void)state;
	cli_fixture_session(15);
	json_decref(fake.config);
	json_decref(fake.state);
	fake.config = json_loads(configured, 0, NULL);
	fake.state = json_loads(running, 0, NULL);
	return fake.config && fake.state ? 0 : -1;
}

static void expect_show(const char *line, const char *want)
{
	fake_clear_output(&fake);
	if (cli_run_line(&session, line) != CLI_OK)
		fail_msg("%s: %s", line, fake.error);
	assert_string_equal(fake.out, want);
}

static const char proposal_2[] = " IKEv2 proposal: P2\n"
				 "     Encryption : AES-GCM-256\n"
				 "     Integrity  : none\n"
				 "     PRF        : SHA256\n"
				 "     DH Group   : DH_GROUP_CURVE25519/Group 31\n";
static const char proposal_default[] = " IKEv2 proposal: default\n"
				       "     Encryption : AES-GCM-256\n"
				       "     Integrity  : none\n"
				       "     PRF        : SHA512\n"
				       "     DH Group   : DH_GROUP_CURVE25519/Group 31\n";

static void test_proposals(void **state)
{
	char all[2048];

	(void)state;
	snprintf(all, sizeof(all),
		 " IKEv2 proposal: P1\n"
		 "     Encryption : AES-CBC-256 AES-CBC-128\n"
		 "     Integrity  : SHA512 SHA384\n"
		 "     PRF        : SHA512 SHA384\n"
		 "     DH Group   : DH_GROUP_256_ECP/Group 19 DH_GROUP_2048_MODP/Group 14\n"
		 "%s%s",
		 proposal_2, proposal_default);
	expect_show("show crypto ikev2 proposal", all);
	expect_show("show crypto ikev2 proposal P2", proposal_2);
	expect_show("show crypto ikev2 proposal default", proposal_default);
}

static const char policy_default[] = " IKEv2 policy : default\n"
				     "      Match fvrf : any\n"
				     "      Match address local : any\n"
				     "      Proposal    : default\n";
static const char policy_own[] = " IKEv2 policy : POL\n"
				 "      Match fvrf : any\n"
				 "      Match address local : 10.1.1.2\n"
				 "      Proposal    : P1\n"
				 "      Proposal    : P2\n";

static void test_policies(void **state)
{
	char all[512];

	(void)state;
	snprintf(all, sizeof(all), "%s%s", policy_own, policy_default);
	expect_show("show crypto ikev2 policy", all);
	expect_show("show crypto ikev2 policy POL", policy_own);
	expect_show("show crypto ikev2 policy default", policy_default);
}

static void test_profiles(void **state)
{
	(void)state;
	expect_show("show crypto ikev2 profile PROF",
		    "\n"
		    "IKEv2 profile: PROF\n"
		    " Match criteria: \n"
		    "  Local address/interface: none\n"
		    "  Identities: \n"
		    "   address 10.1.1.1 255.255.255.255 \n"
		    "   address 2001:db8::1/128 \n"
		    "   fqdn r1.example\n"
		    " Local identity: fqdn r2.example\n"
		    " Local authentication method: pre-share\n"
		    " Remote authentication method(s): pre-share\n"
		    " Keyring: KR\n"
		    " Lifetime: 7200 seconds\n"
		    " DPD: interval 30, retry-interval 5, periodic\n");
	expect_show("show crypto ikev2 profile BARE", "\n"
						      "IKEv2 profile: BARE\n"
						      " Match criteria: \n"
						      "  Local address/interface: none\n"
						      "  Identities: \n"
						      "   any\n"
						      " Local identity: none\n"
						      " Local authentication method: none\n"
						      " Remote authentication method(s): none\n"
						      " Keyring: none\n"
						      " Lifetime: 86400 seconds\n"
						      " DPD: disabled\n");
}

#define RULE "--------------------------------------------------------------------------------\n"

static void test_statistics(void **state)
{
	(void)state;
	expect_show(
		"show crypto ikev2 stats", RULE
		"                          Crypto IKEv2 SA Statistics\n" RULE
		"Total incoming IKEv2 SA Count:          3 active:          1 negotiating: 2\n"
		"Total outgoing IKEv2 SA Count:          7 active:          3 negotiating: 4\n"
		"Incoming IKEv2 Requests:          5 accepted\n"
		"Outgoing IKEv2 Requests:          6 accepted\n"
		"Authentication failures:          7\n"
		"Incoming IKEv2 Cookie Challenged Requests: 9\n"
		"IKEv2 packets received: 10 sent: 11 retransmitted: 8\n"
		"IKEv2 packets dropped: invalid syntax: 12 unexpected message id: 13 unknown SPI: 14\n"
		"\n"
		"EXCHANGE/NOTIFY              TX(REQ)     TX(RES)     RX(REQ)     RX(RES)\n"
		"EXCHANGES\n"
		"IKE_AUTH                           1           2           3           4\n");
}

static void test_ikev2_sessions(void **state)
{
	(void)state;
	expect_show(
		"show crypto ikev2 session",
		" IPv4 Crypto IKEv2 Session \n"
		"\n"
		"Session-id:3, Status:UP-ACTIVE, IKE count:1, CHILD count:1\n"
		"\n"
		"Tunnel-id Local                 Remote                fvrf/ivrf            Status \n"
		"3         10.1.1.2/500          10.1.1.1/500          none/none            READY  \n"
		"      Encr: AES-CBC, keysize: 256, PRF: SHA256, Hash: SHA256, DH Grp:19, Auth sign: PSK, Auth verify: PSK\n"
		"      Life/Active Time: 86400/735 sec\n"
		"\n"
		"Child sa: local selector  30.10.10.0/0 - 30.10.10.255/65535\n"
		"          remote selector 172.17.2.0/0 - 172.17.2.255/65535\n"
		"          ESP spi in/out: 0x232AC82D/0x30767B6E  \n"
		"\n"
		" IPv6 Crypto IKEv2 Session \n"
		"\n");
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ikev2 session detailed");
	assert_non_null(strstr(fake.out, "      Initiator of SA : Yes\n"));
}

static void test_transform_sets_and_lifetime(void **state)
{
	(void)state;
	expect_show("show crypto ipsec transform-set",
		    "Transform set TSET: { esp-256-aes esp-sha256-hmac  } \n"
		    "   will negotiate = { Tunnel,  }, \n\n"
		    "Transform set GCM: { esp-gcm  } \n"
		    "   will negotiate = { Tunnel,  }, \n\n");
	expect_show("show crypto ipsec transform-set GCM",
		    "Transform set GCM: { esp-gcm  } \n"
		    "   will negotiate = { Tunnel,  }, \n\n");
	expect_show("show crypto ipsec security-association lifetime",
		    "Security association lifetime: 4608000 kilobytes/1800 seconds\n");
	expect_show("show crypto ipsec security-association-lifetime",
		    "Security association lifetime: 4608000 kilobytes/1800 seconds\n");
}

static void test_sessions_in_brief(void **state)
{
	(void)state;
	expect_show(
		"show crypto session brief",
		"Status: A- Active, U - Up, D - Down, I - Idle, S - Standby, N - Negotiating\n"
		"        K - No IKE\n"
		"ivrf = (none)\n"
		"           Peer              I/F      Group/Phase1_id             Uptime Status\n"
		"       10.1.1.1             eth0  r1.example                00:12:15     UA\n"
		"       10.9.9.1             eth1                                         UK\n");
}

/* Which of the two a show prints: "a", "b", "ab", "". */
static void expect_which(const char *line, const char *a, const char *b, const char *want)
{
	char got[3] = "";

	fake_clear_output(&fake);
	if (cli_run_line(&session, line) != CLI_OK)
		fail_msg("%s: %s", line, fake.error);
	strncat(got, strstr(fake.out, a) ? "a" : "", 1);
	strncat(got, strstr(fake.out, b) ? "b" : "", 1);
	if (strcmp(got, want) != 0)
		fail_msg("%s: %s, wanted %s: %s", line, got, want, fake.out);
}

static void test_one_of_two(void **state)
{
	static const struct {
		const char *line, *want;
	} tests[] = {
		{"show crypto session", "ab"},
		{"show crypto session local 10.9.9.2", "b"},
		{"show crypto session detail remote 10.1.1.1", "a"},
		{"show crypto session brief local 10.1.1.2", "a"},
		{"show crypto ikev2 sa local 10.1.1.2", "a"},
		{"show crypto ikev2 sa local 10.1.1.3", ""},
		{"show crypto ipsec sa", "ab"},
		{"show crypto ipsec sa map VPN", "a"},
		{"show crypto ipsec sa map vpn", ""},
		{"show crypto ipsec sa interface eth1", "b"},
		{"show crypto ipsec sa peer 10.9.9.1 detail", "b"},
		{"show crypto ipsec sa detail interface eth0", "a"},
		{"show crypto ipsec sa map VPN | json", "a"},
		{"show crypto ipsec sa address", "ab"},
		{"show crypto ipsec sa identity", "ab"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		expect_which(tests[i].line, "10.1.1.1", "10.9.9.1", tests[i].want);
	expect_which("show crypto map", "\"VPN\"", "\"OTHER\"", "ab");
	expect_which("show crypto map interface eth1", "\"VPN\"", "\"OTHER\"", "b");
	expect_which("show crypto map tag VPN", "\"VPN\"", "\"OTHER\"", "a");
}

static void test_sas_by_where_they_lead_to(void **state)
{
	(void)state;
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ipsec sa address");
	assert_ptr_equal(strstr(fake.out, "\nfvrf/address: (none)/10.1.1.2\n"
					  "   protocol: ESP\n"
					  "      spi: 0x232AC82D(590006317)\n"
					  "        transform: esp-256-aes esp-sha256-hmac ,\n"),
			 fake.out);
	assert_non_null(strstr(fake.out, "\nfvrf/address: (none)/10.1.1.1\n"
					 "   protocol: ESP\n"
					 "      spi: 0x30767B6E(813071214)\n"));
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ipsec sa identity");
	assert_non_null(strstr(fake.out, "#pkts decaps: 5,"));
	assert_null(strstr(fake.out, "esp sas"));
}

static void test_what_clears(void **state)
{
	static const char want[] =
		"[[\"spindle-crypto:clear-session\",{}],"
		"[\"spindle-crypto:clear-session\",{\"local\":\"10.1.1.2\"}],"
		"[\"spindle-crypto:clear-session\",{\"remote\":\"10.1.1.1\"}],"
		"[\"spindle-crypto:clear-sa\",{}],"
		"[\"spindle-crypto:clear-sa\",{\"peer\":\"10.1.1.1\"}],"
		"[\"spindle-crypto:clear-sa\",{\"map\":\"VPN\"}],"
		"[\"spindle-crypto:clear-sa\",{\"spi\":305441741}],"
		"[\"spindle-crypto:clear-sa\",{\"address\":\"10.1.1.1\",\"protocol\":50,\"spi\":17}],"
		"[\"spindle-crypto:clear-sa-counters\"],"
		"[\"spindle-crypto:clear-ikev2-statistics\"]]";
	static const char *const lines[] = {"clear crypto session",
					    "clear crypto session local 10.1.1.2",
					    "clear crypto ikev2 sa remote 10.1.1.1",
					    "clear crypto sa",
					    "clear crypto sa peer 10.1.1.1",
					    "clear crypto sa map VPN",
					    "clear crypto sa spi 0x1234ABCD",
					    "clear crypto sa entry 10.1.1.1 esp 17",
					    "clear crypto sa counters",
					    "clear crypto ikev2 stats"};
	json_t *expected = json_loads(want, 0, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (cli_run_line(&session, lines[i]) != CLI_OK)
			fail_msg("%s: %s", lines[i], fake.error);
	if (!json_equal(fake.actions, expected))
		fail_msg("%s", json_dumps(fake.actions, 0));
	json_decref(expected);
	assert_int_equal(cli_run_line(&session, "clear crypto sa spi 4294967296"), CLI_FAILED);
}

static void test_the_configuration_is_json_too(void **state)
{
	(void)state;
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ikev2 profile | json");
	assert_non_null(strstr(fake.out, "\"keyring\": \"KR\""));
	fake_clear_output(&fake);
	cli_run_line(&session, "show crypto ipsec security-association lifetime | json");
	assert_non_null(strstr(fake.out, "1800"));
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, setup, cli_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FRESH(test_proposals),
		FRESH(test_policies),
		FRESH(test_profiles),
		FRESH(test_statistics),
		FRESH(test_ikev2_sessions),
		FRESH(test_transform_sets_and_lifetime),
		FRESH(test_sessions_in_brief),
		FRESH(test_one_of_two),
		FRESH(test_sas_by_where_they_lead_to),
		FRESH(test_what_clears),
		FRESH(test_the_configuration_is_json_too),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
