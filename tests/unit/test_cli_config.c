/* cli: lines of configuration become edits, data becomes text, and both give each other back. */
#include "cli_fixture.h"

#include <errno.h>

#include "cli/handlers.h"
#include "cli/running.h"
#include "cli/spec.h"

static enum cli_result run(const char *line)
{
	return cli_run_line(&session, line);
}

/* Lines parted by newlines; each must succeed. */
static void run_all(const char *lines)
{
	while (*lines) {
		char line[2048];
		size_t len = strcspn(lines, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)len, lines);
		if (run(line) != CLI_OK)
			print_error("line \"%s\": %s\n", line, fake.error);
		lines += len + (lines[len] == '\n');
	}
	assert_false(session.failed);
}

static void expect_config(const char *want)
{
	json_t *json = json_loads(want, 0, NULL);

	assert_non_null(json);
	if (!json_equal(json, fake.config)) {
		char *have = json_dumps(fake.config, JSON_INDENT(1));

		print_error("have %s\n", have);
		free(have);
	}
	assert_true(json_equal(json, fake.config));
	json_decref(json);
}

static void expect_prompt(const char *want)
{
	struct text prompt;

	text_init(&prompt, 0);
	cli_prompt(&session, &prompt);
	assert_string_equal(text_str(&prompt), want);
	text_free(&prompt);
}

static void test_modes_and_prompts_follow_the_commands(void **state)
{
	(void)state;
	expect_prompt("Spindle#");
	run("configure terminal");
	assert_string_equal(fake.out,
			    "Enter configuration commands, one per line.  End with CNTL/Z.\n");
	expect_prompt("Spindle(config)#");
	run("hostname R1");
	expect_prompt("R1(config)#");
	run("crypto ikev2 keyring K");
	expect_prompt("R1(config-ikev2-keyring)#");
	run("peer P");
	expect_prompt("R1(config-ikev2-keyring-peer)#");
	run("peer Q");
	expect_prompt("R1(config-ikev2-keyring-peer)#");
	run("exit");
	expect_prompt("R1(config-ikev2-keyring)#");
	run("crypto map M 10 ipsec-isakmp");
	expect_prompt("R1(config-crypto-map)#");
	run("do show version");
	expect_prompt("R1(config-crypto-map)#");
	run("interface eth0");
	expect_prompt("R1(config-if)#");
	run("end");
	expect_prompt("R1#");
	run("disable");
	expect_prompt("R1>");
	assert_int_equal(run("configure terminal"), CLI_FAILED);
	run("enable");
	expect_prompt("R1#");
	assert_int_equal(run("exit"), CLI_QUIT);
}

static void test_a_long_hostname_is_cut_in_configuration_prompts(void **state)
{
	(void)state;
	run_all("configure terminal\nhostname a-name-that-is-longer-than-thirty-characters");
	expect_prompt("a-name-that-is-longe(config)#");
	run("end");
	expect_prompt("a-name-that-is-longer-than-thirty-characters#");
}

static void test_a_crypto_map_entry(void **state)
{
	(void)state;
	run_all("conf t\ncrypto map VPN 10 ipsec-isakmp");
	assert_non_null(strstr(fake.out,
			       "% NOTE: This new crypto map will remain disabled until a peer\n"
			       "        and a valid access list have been configured.\n"));
	run_all("set peer 10.1.1.2\nset peer 10.1.1.3\nset transform-set A B\nset pfs group19\n"
		"set ikev2-profile P\nset security-association lifetime seconds 600\n"
		"set security-association lifetime kilobytes disable\nmatch address 101\n"
		"description to Berlin | 2\n");
	expect_config("{\"spindle-crypto:crypto\":{\"map\":[{\"name\":\"VPN\",\"sequence\":10,"
		      "\"peer\":[\"10.1.1.2\",\"10.1.1.3\"],\"transform-set\":[\"A\",\"B\"],"
		      "\"pfs-group\":\"19\",\"ikev2-profile\":\"P\",\"lifetime-seconds\":600,"
		      "\"lifetime-kilobytes\":0,\"match-address\":\"101\","
		      "\"description\":\"to Berlin | 2\"}]}}");
	fake_clear_output(&fake);
	/* The second time it is no new map. */
	run_all("crypto map VPN 10 ipsec-isakmp\nno set peer 10.1.1.2\nset transform-set C\n"
		"no set pfs\nno description\nno set security-association lifetime seconds 600\n"
		"no match address");
	assert_string_equal(fake.out, "");
	expect_config("{\"spindle-crypto:crypto\":{\"map\":[{\"name\":\"VPN\",\"sequence\":10,"
		      "\"peer\":[\"10.1.1.3\"],\"transform-set\":[\"C\"],\"ikev2-profile\":\"P\","
		      "\"lifetime-kilobytes\":0}]}}");
	run_all("no set peer\nno crypto map VPN 10");
	expect_config("{\"spindle-crypto:crypto\":{}}");
}

static void test_transform_sets_take_router_words(void **state)
{
	(void)state;
	run_all("conf t\ncrypto ipsec transform-set T esp-aes 256 esp-sha256-hmac\nmode tunnel\n"
		"crypto ipsec transform-set U esp-aes esp-sha512-hmac\n"
		"crypto ipsec transform-set G esp-gcm\ncrypto ipsec transform-set G esp-gcm 256\n");
	expect_config(
		"{\"spindle-crypto:crypto\":{\"ipsec\":{\"transform-set\":["
		"{\"name\":\"T\",\"cipher\":\"esp-aes-256\",\"integrity\":\"esp-sha256-hmac\",\"mode\":\"tunnel\"},"
		"{\"name\":\"U\",\"cipher\":\"esp-aes-128\",\"integrity\":\"esp-sha512-hmac\"},"
		"{\"name\":\"G\",\"cipher\":\"esp-gcm-256\"}]}}}");
	/* Typed again, the transforms are replaced and the mode stays. */
	run_all("crypto ipsec transform-set T esp-gcm 256\nno crypto ipsec transform-set U\n"
		"no crypto ipsec transform-set G esp-gcm");
	expect_config("{\"spindle-crypto:crypto\":{\"ipsec\":{\"transform-set\":["
		      "{\"name\":\"T\",\"cipher\":\"esp-gcm-256\",\"mode\":\"tunnel\"}]}}}");
}

static void test_invalid_spi_commands(void **state)
{
	(void)state;
	run_all("conf t\ncrypto isakmp invalid-spi-recovery at-start\ncrypto ipsec hold-packets\n"
		"crypto ipsec invalid-spi grace 500\ncrypto ipsec invalid-spi notify\n"
		"crypto ipsec invalid-spi log-interface\ncrypto ikev2 dpd 30 5 periodic");
	expect_config("{\"spindle-crypto:crypto\":{\"isakmp\":{\"invalid-spi-recovery\":"
		      "{\"enabled\":true,\"at-start\":true}},\"ipsec\":{\"hold-packets\":true,"
		      "\"invalid-spi\":{\"grace\":500,\"notify\":true,\"log-interface\":true}},"
		      "\"ikev2\":{\"dpd\":{\"interval\":30,\"retry\":5,\"mode\":\"periodic\"}}}}");
	run_all("no crypto isakmp invalid-spi-recovery at-start\nno crypto ipsec hold-packets\n"
		"no crypto ipsec invalid-spi grace\nno crypto ipsec invalid-spi notify\n"
		"default crypto ipsec invalid-spi log-interface\nno crypto ikev2 dpd");
	expect_config("{\"spindle-crypto:crypto\":{\"isakmp\":{\"invalid-spi-recovery\":"
		      "{\"enabled\":true}},\"ipsec\":{\"invalid-spi\":{}},\"ikev2\":{}}}");
	run_all("crypto isakmp invalid-spi-recovery at-start\ncrypto isakmp invalid-spi-recovery");
	run_all("no crypto isakmp invalid-spi-recovery");
	expect_config("{\"spindle-crypto:crypto\":{\"isakmp\":{\"invalid-spi-recovery\":{}},"
		      "\"ipsec\":{\"invalid-spi\":{}},\"ikev2\":{}}}");
}

static void test_keys_are_sent_as_typed(void **state)
{
	(void)state;
	run_all("conf t\ncrypto ikev2 keyring K\npeer P\naddress 10.0.0.0 255.0.0.0\n"
		"identity fqdn r2.example\npre-shared-key 6|\"#\n");
	expect_config(
		"{\"spindle-crypto:crypto\":{\"ikev2\":{\"keyring\":[{\"name\":\"K\",\"peer\":["
		"{\"name\":\"P\",\"address\":\"10.0.0.0/8\",\"identity-fqdn\":\"r2.example\","
		"\"pre-shared-key\":\"6 367c2223\"}]}]}}}");
	/* Keys of the two directions take the place of the common one. */
	run_all("pre-shared-key local 0 a\npre-shared-key remote 6 YWJj\naddress 10.1.1.2\n");
	expect_config(
		"{\"spindle-crypto:crypto\":{\"ikev2\":{\"keyring\":[{\"name\":\"K\",\"peer\":["
		"{\"name\":\"P\",\"address\":\"10.1.1.2/32\",\"identity-fqdn\":\"r2.example\","
		"\"pre-shared-key-local\":\"6 61\",\"pre-shared-key-remote\":\"6 YWJj\"}]}]}}}");
	run_all("no pre-shared-key local\nno address\nno identity fqdn\nno pre-shared-key remote\n"
		"exit\nno peer P\n");
	expect_config("{\"spindle-crypto:crypto\":{\"ikev2\":{\"keyring\":[{\"name\":\"K\"}]}}}");
}

static void test_profiles(void **state)
{
	(void)state;
	run_all("conf t\ncrypto ikev2 profile P\nmatch identity remote address 10.1.1.2\n"
		"match identity remote address 10.2.0.0 255.255.0.0\nmatch identity remote address 2001:db8::/32\n"
		"match identity remote fqdn b\nmatch identity remote any\nidentity local fqdn a\n"
		"identity local address 10.1.1.1\nauthentication local pre-share\n"
		"authentication remote pre-share\nkeyring local K\nlifetime 3600\ndpd 10 2 on-demand\n"
		"no match identity remote address 10.1.1.2\n");
	expect_config(
		"{\"spindle-crypto:crypto\":{\"ikev2\":{\"profile\":[{\"name\":\"P\","
		"\"match-identity-remote-address\":[\"10.2.0.0/16\",\"2001:db8::/32\"],"
		"\"match-identity-remote-fqdn\":[\"b\"],\"match-identity-remote-any\":[null],"
		"\"identity-local-address\":\"10.1.1.1\",\"authentication-local\":\"pre-share\","
		"\"authentication-remote\":\"pre-share\",\"keyring\":\"K\",\"lifetime\":3600,"
		"\"dpd\":{\"interval\":10,\"retry\":2,\"mode\":\"on-demand\"}}]}}}");
	run_all("no dpd\nno lifetime\nno match identity remote any\nno identity local address\n"
		"no authentication local\nno keyring local\nno match identity remote fqdn b");
	expect_config("{\"spindle-crypto:crypto\":{\"ikev2\":{\"profile\":[{\"name\":\"P\","
		      "\"match-identity-remote-address\":[\"10.2.0.0/16\",\"2001:db8::/32\"],"
		      "\"authentication-remote\":\"pre-share\"}]}}}");
}

static void test_access_lists(void **state)
{
	(void)state;
	run_all("conf t\nip access-list extended VPN\n"
		"permit ip 10.1.0.0 0.0.255.255 host 10.2.2.1\n"
		"15 deny udp any eq isakmp any eq 4500\npermit ip 2001:db8::/32 any\n"
		"permit ip 10.1.0.0 0.0.255.255 host 10.2.2.1\n" /* there already: no second one */
		"permit 99 any any\nremark for Berlin");
	expect_config(
		"{\"spindle-acl:access-lists\":{\"extended\":[{\"name\":\"VPN\",\"rule\":["
		"{\"sequence\":10,\"action\":\"permit\",\"protocol\":0,\"source\":\"10.1.0.0/16\",\"destination\":\"10.2.2.1/32\"},"
		"{\"sequence\":15,\"action\":\"deny\",\"protocol\":17,\"source-port\":500,\"destination-port\":4500},"
		"{\"sequence\":20,\"action\":\"permit\",\"protocol\":0,\"source\":\"2001:db8::/32\"},"
		"{\"sequence\":30,\"action\":\"permit\",\"protocol\":99}],"
		"\"remark\":[\"for Berlin\"]}]}}");
	run_all("no 15\nno permit ip 10.1.0.0 0.0.255.255 host 10.2.2.1\n20 permit ip any any\nno remark for Berlin");
	expect_config("{\"spindle-acl:access-lists\":{\"extended\":[{\"name\":\"VPN\",\"rule\":["
		      "{\"sequence\":20,\"action\":\"permit\",\"protocol\":0},"
		      "{\"sequence\":30,\"action\":\"permit\",\"protocol\":99}]}]}}");
	run_all("no permit tcp any any"); /* it need not be there */
	expect_config("{\"spindle-acl:access-lists\":{\"extended\":[{\"name\":\"VPN\",\"rule\":["
		      "{\"sequence\":20,\"action\":\"permit\",\"protocol\":0},"
		      "{\"sequence\":30,\"action\":\"permit\",\"protocol\":99}]}]}}");
	run_all("access-list 101 permit ip host 10.1.1.1 any\naccess-list 101 deny ip any any\n"
		"no ip access-list extended VPN");
	expect_config(
		"{\"spindle-acl:access-lists\":{\"extended\":[{\"name\":\"101\",\"rule\":["
		"{\"sequence\":10,\"action\":\"permit\",\"protocol\":0,\"source\":\"10.1.1.1/32\"},"
		"{\"sequence\":20,\"action\":\"deny\",\"protocol\":0}]}]}}");
	run_all("no access-list 101");
	expect_config("{\"spindle-acl:access-lists\":{}}");
}

static void test_the_last_sequence_number_has_no_successor(void **state)
{
	(void)state;
	run_all("conf t\nip access-list extended A\n4294967290 permit ip any any");
	assert_int_equal(run("permit tcp any any"), CLI_FAILED);
	assert_string_equal(fake.error, "% no sequence number is left behind 4294967290\n");
}

static void test_a_refused_edit_shows_the_daemons_sentence(void **state)
{
	(void)state;
	run_all("conf t\ncrypto map M 10 ipsec-isakmp");
	fake.refusal = "crypto map M 10: no";
	assert_int_equal(run("set peer 10.1.1.1"), CLI_FAILED);
	assert_string_equal(fake.error, "% crypto map M 10: no\n");
	assert_true(session.failed);
	fake.refusal = "no integrity beside GCM. Data location \"/spindle-crypto:crypto/x\".";
	assert_int_equal(run("set peer 10.1.1.1"), CLI_FAILED);
	assert_non_null(strstr(fake.error, "% no integrity beside GCM.\n"));
	assert_null(strstr(fake.error, "Data location"));
	fake.refusal = "crypto map M 10: no";
	/* A mode whose entry was refused is not entered. */
	assert_int_equal(run("interface eth0"), CLI_FAILED);
	expect_prompt("Spindle(config)#");
}

static void test_errors_repeat_the_line_where_nobody_sees_it(void **state)
{
	(void)state;
	session.show_errors_with_line = true;
	assert_int_equal(run("conf trminal\r\n"), CLI_FAILED);
	assert_string_equal(fake.error,
			    "Spindle#conf trminal\n"
			    "              ^\n% Invalid input detected at '^' marker.\n\n");
}

static void expect_instead(const char *line, const char *sentence)
{
	run(line);
	if (!strstr(fake.error, "Invalid input detected") || !strstr(fake.error, sentence))
		fail_msg("%s: %s", line, fake.error);
}

static void test_a_feature_that_is_not_here_is_named(void **state)
{
	(void)state;
	expect_instead("show crypto isakmp sa",
		       "\n\n% IKEv1 (ISAKMP) is not supported; for IKEv2: show crypto ikev2 sa\n");
	expect_instead("debug crypto isakmp", "for IKEv2: debug crypto ikev2\n");
	run("configure terminal");
	expect_instead("ip route 0.0.0.0 0.0.0.0 10.0.0.1",
		       "% Not supported: interface addresses and routes (those of the system)\n");
	expect_instead("do show crypto isakmp policy", "IKEv1");
	expect_instead("ip cef", "% Without effect here\n");
}

/* Text */

static int from_fake(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err)
{
	return cli_config_each(ctx, path, fn, arg, err);
}

static char *text_of(struct cli_session *s)
{
	struct running_source source = {.ctx = s, .each = from_fake};
	struct text text;

	text_init(&text, 0);
	assert_int_equal(running_text(&source, &text, NULL), 0);
	return text.data ? text_take(&text) : alloc_text("");
}

static const char golden[] = "hostname R1\n"
			     "!\n"
			     "logging buffered 8192\n"
			     "!\n"
			     "crypto ikev2 proposal P1\n"
			     " encryption aes-cbc-256 aes-cbc-128\n"
			     " integrity sha256\n"
			     " group 19 14\n"
			     "!\n"
			     "crypto ikev2 policy POL\n"
			     " match address local 10.1.1.1\n"
			     " proposal P1\n"
			     " proposal P2\n"
			     "!\n"
			     "crypto ikev2 keyring K\n"
			     " peer R2\n"
			     "  description the other end\n"
			     "  address 10.1.1.2\n"
			     "  pre-shared-key 6 6162\n"
			     " peer any\n"
			     "  address 0.0.0.0 0.0.0.0\n"
			     "!\n"
			     "crypto ikev2 profile PROF\n"
			     " match identity remote address 10.0.0.0 255.0.0.0\n"
			     " match identity remote address 2001:db8::/32\n"
			     " match identity remote any\n"
			     " identity local fqdn r1.example\n"
			     " authentication remote pre-share\n"
			     " authentication local pre-share\n"
			     " keyring local K\n"
			     " dpd 10 2 periodic\n"
			     "!\n"
			     "crypto ikev2 dpd 30 5 on-demand\n"
			     "!\n"
			     "crypto isakmp invalid-spi-recovery\n"
			     "!\n"
			     "crypto ipsec security-association lifetime kilobytes disable\n"
			     "crypto ipsec security-association replay window-size 1024\n"
			     "!\n"
			     "crypto ipsec hold-packets\n"
			     "!\n"
			     "crypto ipsec invalid-spi grace 0\n"
			     "crypto ipsec invalid-spi notify\n"
			     "!\n"
			     "crypto ipsec transform-set T esp-aes 256 esp-sha512-hmac\n"
			     " mode tunnel\n"
			     "!\n"
			     "crypto ipsec transform-set G esp-gcm\n"
			     "!\n"
			     "crypto map VPN 10 ipsec-isakmp\n"
			     " description to | \"Berlin\"\n"
			     " set peer 10.1.1.2\n"
			     " set peer 10.1.1.3\n"
			     " set security-association lifetime seconds 600\n"
			     " set transform-set T G\n"
			     " set pfs group31\n"
			     " set ikev2-profile PROF\n"
			     " match address 101\n"
			     "!\n"
			     "interface eth0\n"
			     " description outside\n"
			     " crypto map VPN\n"
			     "!\n"
			     "ip access-list extended 101\n"
			     " remark one\n"
			     " remark two\n"
			     " 10 permit ip 192.168.1.0 0.0.0.255 host 10.9.9.9\n"
			     " 25 deny   udp any eq isakmp 10.0.0.0 0.255.255.255 eq 4501\n"
			     " 30 permit ip any any\n"
			     "!\n";

static void test_text_to_data_to_the_same_text(void **state)
{
	char *again;

	(void)state;
	run("configure terminal");
	run_all(golden);
	again = text_of(&session);
	assert_string_equal(again, golden);
	alloc_free(again);
}

static void test_show_running_config_has_a_head_and_an_end(void **state)
{
	(void)state;
	run_all("conf t\nhostname R1\nend");
	fake_clear_output(&fake);
	run("show running-config");
	assert_string_equal(fake.out, "Building configuration...\n\n"
				      "Current configuration : 18 bytes\n!\nhostname R1\n!\nend\n");
	fake_clear_output(&fake);
	run("show running-config | include host");
	assert_string_equal(fake.out, "hostname R1\n");
	fake_clear_output(&fake);
	run("show running-config | json");
	assert_non_null(strstr(fake.out, "\"hostname\": \"R1\""));
}

/* More text than any buffer on the way holds at once. */
static void expect_head(const char *state, const char *head)
{
	json_decref(fake.state);
	fake.state = json_loads(state, 0, NULL);
	assert_non_null(fake.state);
	fake_clear_output(&fake);
	run("show running-config");
	if (!strstr(fake.out, head))
		print_error("%s\n", fake.out);
	assert_non_null(strstr(fake.out, head));
}

static void test_the_head_says_when_and_by_whom_it_was_changed(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	run_all("configure terminal\nhostname R1\nend");
	expect_head(
		"{\"spindle-system:system-state\":{\"version\":\"0.1\",\"last-change\":"
		"\"2013-03-01T12:00:00.250Z\",\"last-change-user\":\"admin\"}}",
		"bytes\n!\n! Last configuration change at 12:00:00 UTC Fri Mar 1 2013 by admin\n!\n"
		"version 0.1\n!\nhostname R1\n!\nend\n");
	expect_head("{\"spindle-system:system-state\":{\"version\":\"0.1\",\"last-change\":"
		    "\"2013-03-01T12:00:00Z\"}}",
		    "! Last configuration change at 12:00:00 UTC Fri Mar 1 2013\n!\n");
	expect_head("{\"spindle-system:system-state\":{\"version\":\"0.1\"}}",
		    "bytes\n!\n! No configuration change since last restart\n!\nversion 0.1\n");
	/* The size is that of what stands below it. */
	assert_non_null(strstr(fake.out, "Current configuration : 79 bytes\n"));
}

static void test_running_config_of_one_interface_and_as_data(void **state)
{
	(void)state;
	run_all("configure terminal\ninterface eth0\n description x\n crypto map VPN\n"
		"interface eth1\n description y\nend");
	fake_clear_output(&fake);
	run("show running-config interface eth0");
	assert_string_equal(fake.out,
			    "Building configuration...\n\nCurrent configuration : 50 bytes\n!\n"
			    "interface eth0\n description x\n crypto map VPN\nend\n");
	fake_clear_output(&fake);
	run("show run int eth1 | include desc");
	assert_string_equal(fake.out, " description y\n");
	assert_int_equal(run("show running-config interface eth2"), CLI_FAILED);
	assert_string_equal(fake.error, "% Interface eth2 is not in the configuration\n");
	fake_clear_output(&fake);
	run("show running-config view json");
	assert_non_null(strstr(fake.out, "\"spindle-interface:interfaces\""));
}

static void test_a_large_configuration_is_printed_whole(void **state)
{
	json_t *maps = json_array();
	char text[241];

	(void)state;
	memset(text, 'd', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 1; i <= 6000; i++)
		json_array_append_new(maps, json_pack("{ss,si,ss}", "name", "M", "sequence", i,
						      "description", text));
	json_object_set_new(fake.config, "spindle-crypto:crypto", json_pack("{so}", "map", maps));
	run("show running-config | count ^crypto map M [0-9]+ ipsec-isakmp$");
	assert_string_equal(fake.out, "Number of lines which match regexp = 6000\n");
	fake_clear_output(&fake);
	run("show running-config | count ^ description d+$");
	assert_string_equal(fake.out, "Number of lines which match regexp = 6000\n");
}

static int edit_and_print(void *arg)
{
	(void)arg;
	session.failed = false;
	fake_clear_output(&fake);
	run("configure terminal");
	run("crypto map M 10 ipsec-isakmp");
	run("set peer 10.1.1.1");
	run("no set pfs");
	run("end");
	run("show running-config");
	cli_pop(&session, 0);
	return session.failed || !strstr(fake.out, "set peer 10.1.1.1") ? -ENOMEM : 0;
}

static void test_running_out_of_memory_fails_and_leaves_nothing_behind(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(edit_and_print, NULL) > 0);
}

/* Exec commands that act */

static void expect_actions(const char *want)
{
	json_t *json = json_loads(want, 0, NULL);
	char *have = json_dumps(fake.actions, 0);

	assert_non_null(json);
	if (!json_equal(json, fake.actions))
		print_error("have %s\n", have);
	assert_true(json_equal(json, fake.actions));
	json_decref(json);
	free(have);
}

static void test_clear_and_debug_are_actions(void **state)
{
	(void)state;
	run_all("clear crypto session\nclear crypto session remote 10.1.1.2\nclear crypto sa peer ::1\n"
		"clear logging\nclear crypto invalid-spi\ndebug crypto ikev2\nno debug crypto ikev2\n"
		"undebug crypto ipsec\nundebug all\nno debug all");
	expect_actions("[[\"spindle-crypto:clear-session\",{}],"
		       "[\"spindle-crypto:clear-session\",{\"remote\":\"10.1.1.2\"}],"
		       "[\"spindle-crypto:clear-sa\",{\"peer\":\"::1\"}],"
		       "[\"spindle-logging:clear-log\"],[\"spindle-crypto:clear-invalid-spi\"],"
		       "[\"spindle-system:debug\",{\"flag\":\"ikev2\",\"on\":true}],"
		       "[\"spindle-system:debug\",{\"flag\":\"ikev2\",\"on\":false}],"
		       "[\"spindle-system:debug\",{\"flag\":\"ipsec\",\"on\":false}],"
		       "[\"spindle-system:debug\",{\"flag\":\"all\",\"on\":false}],"
		       "[\"spindle-eem:debug\",{\"flag\":\"all\",\"on\":false}],"
		       "[\"spindle-system:debug\",{\"flag\":\"all\",\"on\":false}],"
		       "[\"spindle-eem:debug\",{\"flag\":\"all\",\"on\":false}]]");
	assert_string_equal(fake.out,
			    "Crypto IKEv2 debugging is on\nCrypto IKEv2 debugging is off\n"
			    "Crypto IPSEC debugging is off\n"
			    "All possible debugging has been turned off\n"
			    "All possible debugging has been turned off\n");
}

static const char logging_golden[] =
	"service timestamps debug uptime\n"
	"service timestamps log datetime msec localtime show-timezone\n"
	"service sequence-numbers\n"
	"!\n"
	"hostname R1\n"
	"!\n"
	"no logging on\n"
	"logging userinfo\n"
	"logging count\n"
	"logging buffered 16384 informational\n"
	"logging rate-limit console all 10 except errors\n"
	"no logging console\n"
	"logging monitor warnings\n"
	"logging trap debugging\n"
	"logging origin-id string R1 in Berlin\n"
	"logging facility local0\n"
	"logging source-interface Loopback0\n"
	"!\n"
	"logging host 10.1.1.1\n"
	"logging host 10.1.1.2 transport udp port 5514\n"
	"logging host 10.1.1.3 transport tcp format rfc5424\n"
	"!\n";

static void test_logging_to_data_to_the_same_text(void **state)
{
	char *again;

	(void)state;
	run("configure terminal");
	run_all(logging_golden);
	again = text_of(&session);
	assert_string_equal(again, logging_golden);
	alloc_free(again);
}

/* What is typed, and the line that stands for it ("" = none: it is the default). */
static void test_each_way_to_write_logging(void **state)
{
	static const struct {
		const char *typed, *line;
	} rows[] = {
		{"logging buffered 8192", "logging buffered 8192\n"},
		{"logging buffered 4", "logging buffered warnings\n"},
		{"logging buffered warn", "logging buffered warnings\n"},
		{"logging buffered 8192 4", "logging buffered 8192 warnings\n"},
		{"no logging buffered", "no logging buffered\n"},
		{"no logging buffered\nlogging buffered", ""},
		{"logging buffered 8192\ndefault logging buffered", ""},
		{"no logging buffered\nlogging buffered errors", "logging buffered errors\n"},
		{"logging console 0", "logging console emergencies\n"},
		{"logging console errors\nno logging console", "no logging console\n"},
		{"no logging console\nlogging console", ""},
		{"no logging monitor", "no logging monitor\n"},
		{"no logging trap\nlogging trap 6", "logging trap informational\n"},
		{"no logging on", "no logging on\n"},
		{"no logging on\nlogging on", ""},
		{"logging rate-limit 100", "logging rate-limit 100\n"},
		{"logging rate-limit all 5", "logging rate-limit all 5\n"},
		{"logging rate-limit console 10 except warnings",
		 "logging rate-limit console 10 except warnings\n"},
		{"logging rate-limit console all 10\nlogging rate-limit 20",
		 "logging rate-limit 20\n"},
		{"logging rate-limit 10 except 3\nno logging rate-limit", ""},
		{"logging origin-id hostname", "logging origin-id hostname\n"},
		{"logging origin-id string a b\nlogging origin-id ip", "logging origin-id ip\n"},
		{"logging origin-id string a b\nno logging origin-id", ""},
		{"logging facility sys9", "logging facility sys9\n"},
		{"logging facility cron\nno logging facility", ""},
		{"logging 10.1.1.1", "logging host 10.1.1.1\n"},
		{"logging host 10.1.1.1\nno logging 10.1.1.1", ""},
		{"logging host 10.1.1.1 transport tcp port 6514\nno logging host 10.1.1.1", ""},
		{"logging host 10.1.1.1 transport tcp port 6514\nlogging host 10.1.1.1",
		 "logging host 10.1.1.1\n"},
		{"logging host 2001:db8::1 format rfc5424",
		 "logging host 2001:db8::1 format rfc5424\n"},
		{"service timestamps log datetime", "service timestamps log datetime\n"},
		{"service timestamps log datetime msec year\nservice timestamps log datetime",
		 "service timestamps log datetime\n"},
		{"service timestamps log datetime msec\nservice timestamps log uptime",
		 "service timestamps log uptime\n"},
		{"no service timestamps log", "no service timestamps log\n"},
		{"no service timestamps log datetime msec", "no service timestamps log\n"},
		{"service timestamps log uptime\ndefault service timestamps log", ""},
		{"no service timestamps",
		 "no service timestamps debug\nno service timestamps log\n"},
		{"no service timestamps\ndefault service timestamps", ""},
		{"service sequence-numbers\nno service sequence-numbers", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char want[200], *text;

		json_object_clear(fake.config);
		session.failed = false;
		run("configure terminal");
		run_all(rows[i].typed);
		cli_pop(&session, 0);
		assert_false(session.failed);
		text = text_of(&session);
		snprintf(want, sizeof(want), "%s%s", rows[i].line, *rows[i].line ? "!\n" : "");
		if (strcmp(text, want) != 0)
			fail_msg("%s: \"%s\"", rows[i].typed, text);
		alloc_free(text);
	}
}

static void test_what_the_log_has_no_source_for_is_refused(void **state)
{
	static const char *const lines[] = {
		"logging discriminator D",     "logging buffered xml",
		"logging persistent",	       "logging host syslog.example.com",
		"logging host 10.1.1.1 vrf A", "logging exception 8192",
		"do show logging history",     "do show logging xml",
		"logging buffered 100",	       "logging console 8",
		"logging rate-limit 0",	       "service timestamps log datetime seconds",
		"logging facility local8",     "logging host 10.1.1.1 transport udp port 0",
	};

	(void)state;
	run("configure terminal");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (run(lines[i]) != CLI_FAILED)
			fail_msg("%s was taken", lines[i]);
	assert_int_equal(fake.edits, 0);
}

static void test_debug_conditions_are_actions(void **state)
{
	(void)state;
	run_all("debug crypto condition peer ipv4 10.1.1.1\n"
		"debug crypto condition peer ipv4 10.2.0.0 255.255.0.0\n"
		"debug crypto condition peer subnet 10.3.0.0 255.255.0.0\n"
		"no debug crypto condition peer ipv6 2001:db8::1\n"
		"debug crypto condition spi 0x1234ABCD\ndebug crypto condition spi 305441741\n"
		"debug crypto condition unmatched\nno debug crypto condition unmatched isakmp\n"
		"debug crypto condition unmatched ipsec\ndebug crypto condition reset");
	expect_actions(
		"[[\"spindle-logging:debug-condition\",{\"peer\":\"10.1.1.1/32\",\"on\":true}],"
		"[\"spindle-logging:debug-condition\",{\"peer\":\"10.2.0.0/16\",\"on\":true}],"
		"[\"spindle-logging:debug-condition\",{\"peer\":\"10.3.0.0/16\",\"on\":true}],"
		"[\"spindle-logging:debug-condition\",{\"peer\":\"2001:db8::1/128\",\"on\":false}],"
		"[\"spindle-logging:debug-condition\",{\"spi\":305441741,\"on\":true}],"
		"[\"spindle-logging:debug-condition\",{\"spi\":305441741,\"on\":true}],"
		"[\"spindle-logging:debug-condition\",{\"unmatched\":\"all\",\"on\":true}],"
		"[\"spindle-logging:debug-condition\",{\"unmatched\":\"ikev2\",\"on\":false}],"
		"[\"spindle-logging:debug-condition\",{\"unmatched\":\"ipsec\",\"on\":true}],"
		"[\"spindle-logging:debug-condition\",{\"reset\":[null],\"on\":true}]]");
	/* What lines do not know cannot be asked for. */
	assert_int_equal(run("debug crypto condition peer hostname r2"), CLI_FAILED);
	assert_int_equal(run("debug crypto condition fvrf A"), CLI_FAILED);
}

static int answer_key;

static int ask_key(void *ctx, const char *prompt, bool one_key, char *out, size_t size)
{
	(void)ctx;
	assert_true(one_key && size >= 2);
	assert_string_equal(prompt, "Clear logging buffer [confirm]");
	out[0] = (char)answer_key;
	return answer_key < 0 ? -1 : answer_key == '\r' ? 0 : 1;
}

static void test_clear_logging_asks_at_a_terminal(void **state)
{
	static const struct cli_terminal_ops ops = {.ask = ask_key};
	static const int keys[] = {'\r', 'y', 'n', -1, 'q'};

	(void)state;
	session.terminal.ops = &ops;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		answer_key = keys[i];
		assert_int_equal(run("clear logging"), CLI_OK);
		assert_int_equal(json_array_size(fake.actions), i < 2 ? i + 1 : 2);
	}
	session.terminal.ops = NULL;
}

static void test_write_memory(void **state)
{
	(void)state;
	run_all("write memory\ncopy running-config startup-config\nwr");
	assert_int_equal(fake.saves, 3);
	assert_non_null(strstr(fake.out, "Building configuration...\n[OK]\n"));
	fake.refusal = "/etc/spindle: No space left on device";
	assert_int_equal(run("write"), CLI_FAILED);
	assert_string_equal(fake.error, "% /etc/spindle: No space left on device\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_fixture_setup, cli_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_modes_and_prompts_follow_the_commands),
		TEST(test_a_long_hostname_is_cut_in_configuration_prompts),
		TEST(test_a_crypto_map_entry),
		TEST(test_transform_sets_take_router_words),
		TEST(test_invalid_spi_commands),
		TEST(test_keys_are_sent_as_typed),
		TEST(test_profiles),
		TEST(test_access_lists),
		TEST(test_the_last_sequence_number_has_no_successor),
		TEST(test_a_refused_edit_shows_the_daemons_sentence),
		TEST(test_errors_repeat_the_line_where_nobody_sees_it),
		TEST(test_a_feature_that_is_not_here_is_named),
		TEST(test_text_to_data_to_the_same_text),
		TEST(test_show_running_config_has_a_head_and_an_end),
		TEST(test_the_head_says_when_and_by_whom_it_was_changed),
		TEST(test_running_config_of_one_interface_and_as_data),
		TEST(test_a_large_configuration_is_printed_whole),
		TEST(test_running_out_of_memory_fails_and_leaves_nothing_behind),
		TEST(test_clear_and_debug_are_actions),
		TEST(test_logging_to_data_to_the_same_text),
		TEST(test_each_way_to_write_logging),
		TEST(test_what_the_log_has_no_source_for_is_refused),
		TEST(test_debug_conditions_are_actions),
		TEST(test_clear_logging_asks_at_a_terminal),
		TEST(test_write_memory),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
