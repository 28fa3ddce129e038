/* cli: crypto maps, as they are shown and as they are typed. */
#include "cli_fixture.h"

#include <errno.h>

#include "cli/handlers.h"
#include "cli/show.h"

#define CRYPTO "spindle-crypto:crypto-state"

static void expect_show(const char *line, const char *want)
{
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_OK);
	assert_string_equal(fake.out, want);
}

static void put_map_config(void)
{
	json_error_t error;

	json_decref(fake.config);
	fake.config = json_loads(
		"{\"spindle-crypto:crypto\":{\"ipsec\":{\"transform-set\":["
		"{\"name\":\"STRONG\",\"cipher\":\"esp-gcm-256\"},"
		"{\"name\":\"OLD\",\"cipher\":\"esp-aes-256\",\"integrity\":\"esp-sha256-hmac\"}],"
		"\"security-association\":{\"lifetime-seconds\":1800}},"
		"\"map\":[{\"name\":\"VPN\",\"sequence\":10,\"match-address\":\"101\"},"
		"{\"name\":\"VPN\",\"sequence\":20,\"description\":\"to Bern\","
		"\"peer\":[\"10.1.1.1\",\"10.1.1.9\"],\"ikev2-profile\":\"PROF\",\"match-address\":\"TRAFFIC\","
		"\"transform-set\":[\"STRONG\",\"OLD\",\"NONE\"],\"pfs-group\":19,\"lifetime-kilobytes\":0}]},"
		"\"spindle-acl:access-lists\":{\"extended\":[{\"name\":\"TRAFFIC\",\"rule\":["
		"{\"sequence\":10,\"action\":\"permit\",\"source\":\"192.168.1.0/24\",\"destination\":\"192.168.2.0/24\"},"
		"{\"sequence\":20,\"action\":\"permit\",\"protocol\":6,\"source\":\"10.0.0.1/32\",\"destination-port\":80}]}]}}",
		0, &error);
	if (!fake.config)
		fail_msg("%s at %d", error.text, error.column);
}

static void test_crypto_map(void **state)
{
	(void)state;
	put_map_config();
	cli_fixture_put_state(
		CRYPTO, "crypto-map",
		"[{\"name\":\"VPN\",\"sequence\":10,\"interface\":\"\","
		"\"incomplete\":\"access-list 101 does not exist\"},"
		"{\"name\":\"VPN\",\"sequence\":20,\"interface\":\"eth0\",\"current-peer\":\"10.1.1.1\"},"
		"{\"name\":\"VPN\",\"sequence\":20,\"interface\":\"eth1\",\"current-peer\":\"10.1.1.1\"}]");
	expect_show(
		"show crypto map",
		"Crypto Map IPv4 \"VPN\" 10 ipsec-isakmp\n"
		"\tWARNING: This crypto map is in an incomplete state!\n"
		"\t\t(access-list 101 does not exist)\n"
		"\tExtended IP access list 101 (does not exist)\n"
		"\tSecurity association lifetime: 4608000 kilobytes/1800 seconds\n"
		"\tPFS (Y/N): N\n"
		"\tTransform sets={ \n"
		"\t}\n"
		"\tInterfaces using crypto map VPN:\n"
		"\n"
		"Crypto Map IPv4 \"VPN\" 20 ipsec-isakmp\n"
		"\tDescription: to Bern\n"
		"\tPeer = 10.1.1.1\n"
		"\tPeer = 10.1.1.9\n"
		"\tIKEv2 Profile: PROF\n"
		"\tExtended IP access list TRAFFIC\n"
		"\t    access-list TRAFFIC permit ip 192.168.1.0 0.0.0.255 192.168.2.0 0.0.0.255\n"
		"\t    access-list TRAFFIC permit tcp host 10.0.0.1 any eq www\n"
		"\tCurrent peer: 10.1.1.1\n"
		"\tSecurity association lifetime: KB Vol Rekey Disabled/1800 seconds\n"
		"\tPFS (Y/N): Y\n"
		"\tDH group:  group19\n"
		"\tTransform sets={ \n"
		"\t\tSTRONG:  { esp-gcm 256  } , \n"
		"\t\tOLD:  { esp-256-aes esp-sha256-hmac  } , \n"
		"\t\tNONE:  { does not exist } , \n"
		"\t}\n"
		"\tInterfaces using crypto map VPN:\n"
		"\t\teth0\n"
		"\t\teth1\n"
		"\n");
}

static void run(const char *line, enum cli_result want)
{
	fake_clear_output(&fake);
	if (cli_run_line(&session, line) != want)
		fail_msg("%s: %s", line, fake.error);
}

static void test_an_entry_that_is_there_is_opened_without_its_kind(void **state)
{
	struct text prompt;

	(void)state;
	put_map_config();
	run("configure terminal", CLI_OK);
	run("crypto map VPN 20", CLI_OK);
	assert_int_equal(fake.edits, 0);
	text_init(&prompt, 256);
	cli_prompt(&session, &prompt);
	assert_string_equal(text_str(&prompt), "Spindle(config-crypto-map)#");
	text_free(&prompt);
	run("description another", CLI_OK);
	run("exit", CLI_OK);
	run("do show running-config | include description", CLI_OK);
	assert_string_equal(fake.out, " description another\n");
	/* A new one says what it needs. */
	run("crypto map VPN 30", CLI_FAILED);
	assert_string_equal(fake.error,
			    "% There is no crypto map VPN 30; a new entry needs its kind: "
			    "crypto map VPN 30 ipsec-isakmp\n");
	run("crypto map VPN 30 ipsec-isakmp", CLI_OK);
}

static void test_a_whole_map_goes_unless_an_interface_has_it(void **state)
{
	(void)state;
	put_map_config();
	run("configure terminal", CLI_OK);
	run("interface eth0", CLI_OK);
	run("crypto map VPN", CLI_OK);
	run("no crypto map VPN", CLI_OK); /* of the interface, in its mode */
	run("crypto map VPN", CLI_OK);
	run("exit", CLI_OK);
	run("no crypto map VPN", CLI_FAILED);
	assert_string_equal(fake.error, "% Crypto map VPN is in use by interface eth0: remove it "
					"there first (no crypto map)\n");
	fake.error[0] = '\0';
	run("no crypto map NONE", CLI_OK); /* it need not be there to be removed */
	assert_string_equal(fake.error, "");
	run("interface eth0", CLI_OK);
	run("no crypto map", CLI_OK);
	run("exit", CLI_OK);
	run("no crypto map VPN", CLI_OK);
	run("do show running-config | count ^crypto map", CLI_OK);
	assert_string_equal(fake.out, "Number of lines which match regexp = 0\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_fixture_setup, cli_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_crypto_map),
		TEST(test_an_entry_that_is_there_is_opened_without_its_kind),
		TEST(test_a_whole_map_goes_unless_an_interface_has_it),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
