/* cli: a text whole or nothing; a router's configuration with what is left out of it named. */
#include "cli_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/features.h"
#include "cli/import.h"

static void expect_config(const char *want)
{
	char *have = json_dumps(fake.config, JSON_COMPACT | JSON_SORT_KEYS);

	for (char *c = have; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	assert_string_equal(have, want);
	free(have);
	assert_null(fake.candidate);
	assert_false(fake.to_candidate);
}

static enum load_outcome load(const char *text)
{
	struct load_source source = load_from_text(&text);

	fake_clear_output(&fake);
	return load_whole(&session, &source, "r1.cfg");
}

static enum load_outcome import_with(const char *text, bool partial, const char *const *names)
{
	struct import_name list[8];
	struct import_options o = {.file = "r1.cfg", .names = list, .partial = partial};
	struct load_source source = load_from_text(&text);

	for (; names && *names; names++)
		assert_int_equal(import_name_parse(*names, &list[o.name_count++]), 0);
	fake_clear_output(&fake);
	return import_text(&session, &source, &o);
}

static enum load_outcome import(const char *text)
{
	return import_with(text, false, NULL);
}

/* ---- whole or nothing ------------------------------------------------------------------------------- */

static void test_a_file_is_one_commit(void **state)
{
	(void)state;
	assert_int_equal(load("hostname R1\ninterface eth0\n description x\n"), LOAD_DONE);
	expect_config(
		"{'spindle-interface:interfaces':{'interface':[{'description':'x','name':'eth0'"
		"}]},'spindle-system:system':{'hostname':'R1'}}");
	assert_int_equal(fake.commits, 1);
	assert_int_equal(fake.saves, 0);
	assert_string_equal(fake.out, "r1.cfg: committed: 3 created, 2 changed, 1 deleted\n");
	/* It is said once that somebody configures, and once that it ended. */
	assert_int_equal(json_array_size(fake.actions), 2);
	assert_int_equal(session.depth, 0);
}

static void test_a_file_that_says_write_is_saved_after_the_commit(void **state)
{
	(void)state;
	assert_int_equal(load("conf t\nhostname R1\nend\nwr\n"), LOAD_DONE);
	assert_int_equal(fake.saves, 1);
	assert_int_equal(load("bogus\nwr\n"), LOAD_LEFT_OUT);
	assert_int_equal(fake.saves, 1);
}

static void test_of_a_file_with_a_wrong_line_nothing_is_taken(void **state)
{
	(void)state;
	json_decref(fake.config);
	fake.config = json_pack("{s:{s:s}}", "spindle-system:system", "hostname", "Old");
	assert_int_equal(load("hostname New\nbogus\n deeper\ncrypto map M 99999999 ipsec-isakmp\n"
			      "crypto i\n"),
			 LOAD_LEFT_OUT);
	expect_config("{'spindle-system:system':{'hostname':'Old'}}");
	assert_int_equal(fake.commits, 0);
	assert_string_equal(fake.out, "");
	assert_string_equal(fake.error,
			    "% r1.cfg:2:2: Invalid input: bogus (and 1 line below)\n"
			    "% r1.cfg:4:18: Invalid input: crypto map M 99999999 ipsec-isakmp\n"
			    "% r1.cfg:5: Ambiguous command: crypto i\n"
			    "% r1.cfg: 4 of 5 lines are wrong; nothing was changed\n");
}

static void test_a_commit_that_is_refused_changes_nothing(void **state)
{
	(void)state;
	fake.commit_refusal = "the kernel said no";
	assert_int_equal(load("hostname R1\n"), LOAD_LEFT_OUT);
	assert_string_equal(fake.error, "% r1.cfg: the kernel said no; nothing was changed\n");
	expect_config("{}");
	assert_int_equal(import("hostname R1\n"), LOAD_LEFT_OUT);
	assert_non_null(strstr(fake.error, "the kernel said no; nothing was changed"));
	expect_config("{}");
}

static void test_a_daemon_without_a_candidate_is_said(void **state)
{
	(void)state;
	backend.candidate = NULL;
	assert_int_equal(load("hostname R1\n"), LOAD_FAILED);
	assert_non_null(strstr(fake.error, "no candidate configuration"));
	assert_int_equal(import("hostname R1\n"), LOAD_FAILED);
	expect_config("{}");
}

static void test_a_person_without_the_privilege_gets_a_sentence(void **state)
{
	(void)state;
	session.privilege = 1;
	assert_int_equal(load("hostname R1\n"), LOAD_FAILED);
	assert_string_equal(fake.error, "% r1.cfg: a configuration takes privilege 15\n");
	expect_config("{}");
}

/* ---- a router's ------------------------------------------------------------------------------------- */

static const char router[] =
	"Building configuration...\n\nCurrent configuration : 2154 bytes\n!\nversion 15.1\n"
	"service timestamps debug datetime msec\nno service password-encryption\n!\nhostname R1\n!\n"
	"boot-start-marker\nboot-end-marker\n!\nip cef\nno ipv6 cef\nip domain lookup\n!\n"
	"crypto isakmp policy 10\n encr aes 256\n group 2\n"
	"crypto isakmp key S3cret address 192.0.2.1  \n!\n"
	"crypto ikev2 keyring K\n peer P\n  address 192.0.2.1\n  pre-shared-key abc\n !\n!\n"
	"crypto map VPN 10 ipsec-isakmp \n set peer 192.0.2.1\n set isakmp-profile P\n"
	" match address 101\n!\n"
	"interface Tunnel0\n ip address 10.0.0.1 255.255.255.0\n tunnel source GigabitEthernet0/0\n!\n"
	"interface GigabitEthernet0/0\n ip address 192.0.2.2 255.255.255.0\n duplex auto\n"
	" crypto map VPN\n!\n"
	"interface GigabitEthernet0/1\n no ip address\n shutdown\n!\n"
	"router bgp 65000\n neighbor 192.0.2.1 remote-as 65001\n !\n address-family ipv4\n"
	"  network 10.0.0.0\n exit-address-family\n!\n"
	"ip route 0.0.0.0 0.0.0.0 192.0.2.1\nip prefix-list A seq 5 permit 10.0.0.0/8\n"
	"ip prefix-list A seq 10 permit 11.0.0.0/8\nip prefix-list A seq 15 permit 12.0.0.0/8\n!\n"
	"quux 1\n!\nline con 0\n exec-timeout 0 0\n stopbits 1\nline aux 0\n stopbits 1\n"
	"line vty 0 4\n login\n transport input ssh\n!\nend\n";

static void test_what_a_router_has_and_this_has_not_is_named_by_feature(void **state)
{
	(void)state;
	assert_int_equal(import(router), LOAD_LEFT_OUT);
	expect_config("{}");
	assert_int_equal(fake.commits, 0);
	assert_string_equal(
		fake.out,
		"r1.cfg: 70 lines: 14 of this router, 9 known and without effect here, 26 left out\n"
		"\nlines that are refused here: 1 line\n"
		"  67          login: lines have no password: login local asks for a user's\n"
		"\ninterfaces that have no name here: 7 lines\n"
		"  38          interface GigabitEthernet0/0 (and 3 lines below)\n"
		"  43          interface GigabitEthernet0/1 (and 2 lines below)\n"
		"  Interfaces have the kernel's names here: say which is which, as in\n"
		"  --interface GigabitEthernet0/0=eth0\n"
		"\nlines that nobody here knows: 1 line\n"
		"  59          quux 1: Invalid input at column 1\n"
		"\nnot supported: IKEv1 (ISAKMP): 5 lines\n"
		"  18          crypto isakmp policy 10 (and 2 lines below)\n"
		"  21          crypto isakmp key *****\n"
		"  31          set isakmp-profile P\n"
		"\nnot supported: tunnel interfaces and IPsec profiles: 3 lines\n"
		"  34          interface Tunnel0 (and 2 lines below)\n"
		"\nnot supported: BGP: 5 lines\n"
		"  47          router bgp 65000 (and 4 lines below)\n"
		"\nnot supported: interface addresses and routes (those of the system): 1 line\n"
		"  54          ip route 0.0.0.0 0.0.0.0 192.0.2.1\n"
		"\nnot supported: route maps, prefix lists: 3 lines\n"
		"  55-57       ip prefix-list A seq 5 permit 10.0.0.0/8 (3 lines)\n"
		"\n"
		"r1.cfg: nothing was changed. What is known here is loaded by adding \"partial\"\n");
}

static void test_partial_loads_what_is_known(void **state)
{
	static const char *const names[] = {"gigabitethernet0/0=eth0", "GigabitEthernet0/1=eth1",
					    NULL};

	(void)state;
	assert_int_equal(import_with(router, true, names), LOAD_LEFT_OUT);
	assert_int_equal(fake.commits, 1);
	expect_config(
		"{'spindle-crypto:crypto':{'ikev2':{'keyring':[{'name':'K','peer':[{'address':"
		"'192.0.2.1/32','name':'P','pre-shared-key':'6 616263'}]}]},'map':[{'match-addr"
		"ess':'101','name':'VPN','peer':['192.0.2.1'],'sequence':10}]},'spindle-interf"
		"ace:interfaces':{'interface':[{'crypto-map':'VPN','name':'eth0'},{'name':'eth"
		"1'}]},'spindle-line:lines':{'line':[{'exec-timeout-minutes':0,'exec-timeout-s"
		"econds':0,'first':0,'kind':'con','last':0},{'first':0,'kind':'vty','last':4,'"
		"transport-input':['ssh']}]},'spindle-logging:logging':{'timestamps-debug':'datetime',"
		"'timestamps-debug-option':['msec']},'spindle-system:system':{'hostname':'R1'}}");
	assert_null(strstr(fake.out, "no name here"));
	assert_non_null(strstr(fake.out, "tunnel source eth0") ? NULL : fake.out);
	assert_non_null(strstr(fake.out, "r1.cfg: committed: 3 created"));
}

/* The default of newer routers; the rest comes all the same. */
static void test_a_hash_of_a_router_is_left_out_and_named(void **state)
{
	(void)state;
	assert_int_equal(
		import_with("hostname R1\nusername ann secret 9 $9$Ab$cd\nend\n", true, NULL),
		LOAD_LEFT_OUT);
	expect_config("{'spindle-system:system':{'hostname':'R1'}}");
	assert_non_null(strstr(fake.out, "lines that are refused here: 1 line\n  2           "
					 "username ann secret *****: a hash of this kind"));
}

static void test_a_configuration_of_which_nothing_is_left_out_is_loaded(void **state)
{
	(void)state;
	assert_int_equal(
		import("version 15.1\nip cef\nhostname R1\nline aux 0\n stopbits 1\nend\nwr\n"),
		LOAD_DONE);
	expect_config("{'spindle-system:system':{'hostname':'R1'}}");
	assert_int_equal(fake.saves, 1);
	assert_string_equal(
		fake.out,
		"r1.cfg: 7 lines: 2 of this router, 3 known and without effect here, 0 left "
		"out\nr1.cfg: committed: 3 created, 2 changed, 1 deleted\n"
		"r1.cfg: saved, as the text says\n");
}

/* Typed rather than saved: no line is indented. */
static void test_blocks_of_a_file_without_indentation_are_kept_together(void **state)
{
	(void)state;
	assert_int_equal(import_with("conf t\nrouter ospf 1\nnetwork 10.0.0.0 0.0.0.255 area 0\n"
				     "passive-interface default\nexit\nhostname R1\n"
				     "interface Tunnel 0\nip address 10.0.0.1 255.0.0.0\n"
				     "description no interface of ours\nexit\nbogus\n"
				     "crypto map VPN 10 ipsec-isakmp\nset peer 192.0.2.1\n"
				     "router bgp 1\nset peer 192.0.2.9\n",
				     true, NULL),
			 LOAD_LEFT_OUT);
	expect_config(
		"{'spindle-crypto:crypto':{'map':[{'name':'VPN','peer':['192.0.2.1'],'sequence'"
		":10}]},'spindle-system:system':{'hostname':'R1'}}");
	assert_non_null(strstr(fake.out, "  2           router ospf 1 (and 2 lines below)\n"));
	assert_non_null(strstr(fake.out, "  7           interface Tunnel0 (and 3 lines below)\n"));
	assert_non_null(strstr(fake.out, "  14          router bgp 1 (and 1 line below)\n"));
}

static void test_names_of_interfaces_are_told_apart(void **state)
{
	struct import_name n;

	(void)state;
	assert_true(feature_is_router_interface("GigabitEthernet0/0"));
	assert_true(feature_is_router_interface("Gi0/0"));
	assert_true(feature_is_router_interface("Tunnel0"));
	assert_true(feature_is_router_interface("Loopback10"));
	assert_true(feature_is_router_interface("Port-channel1.20"));
	assert_false(feature_is_router_interface("eth0"));
	assert_false(feature_is_router_interface("vlan10"));
	assert_false(feature_is_router_interface("tunnel0"));
	assert_false(feature_is_router_interface("Ethernot0"));
	assert_int_equal(import_name_parse("Gi0/0=eth0", &n), 0);
	assert_string_equal(n.router, "Gi0/0");
	assert_string_equal(n.kernel, "eth0");
	assert_int_equal(import_name_parse("Gi0/0", &n), -EINVAL);
	assert_int_equal(import_name_parse("=eth0", &n), -EINVAL);
	assert_int_equal(import_name_parse("Gi0/0=", &n), -EINVAL);
	assert_int_equal(import_name_parse("Gi0/0=eth0/1", &n), -EINVAL);
	assert_int_equal(import_name_parse("Gi0/0=a-name-that-is-long", &n), -EINVAL);
}

static void test_features_are_known_by_their_lines(void **state)
{
	static const struct {
		const char *line, *name;
	} lines[] = {
		{"router bgp 65000", "BGP"},
		{" no ip ospf 1 area 0", "OSPF, EIGRP, IS-IS, RIP"},
		{"crypto isakmp policy 10", "IKEv1 (ISAKMP)"},
		{"crypto map M 10 ipsec-isakmp dynamic D", "dynamic crypto maps"},
		{" ip nhrp network-id 1", "NHRP"},
		{" set pfs group2", "algorithms that are not offered"},
		{"class-map match-any X", "quality of service"},
		{"snmp-server community x RO", "SNMP"},
		{"ip sla 1", "IP SLA, track"},
		{"ip route 10.0.0.0 255.0.0.0 Null0",
		 "interface addresses and routes (those of the system)"},
		{"no ip http server", NULL},
		{"ip http server", "HTTP, FTP, TFTP, SCP servers and clients"},
		{" shutdown", "interface settings (those of the system)"},
		{" no shutdown", NULL},
		{"line aux 0", NULL},
		{"line vty 5 807", "settings of terminal lines"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct feature *f = feature_of(lines[i].line);

		if (!f || (f->name != NULL) != (lines[i].name != NULL) ||
		    (f->name && strcmp(f->name, lines[i].name) != 0))
			fail_msg("%s: %s", lines[i].line, f && f->name ? f->name : "(known)");
	}
	assert_null(feature_of("quux"));
	assert_null(feature_of(""));
}

/* 5,000 lines of other features. */
static void test_a_large_configuration_of_other_features_is_read_at_once(void **state)
{
	uint64_t began = clock_boot_ms();
	struct text t;
	size_t rows = 0;

	(void)state;
	text_init(&t, 0);
	for (int i = 0; i < 500; i++)
		text_addf(&t,
			  "route-map M%d permit 10\n match ip address %d\n!\n"
			  "ip prefix-list P%d seq 5 permit 10.0.0.0/8\n"
			  "ip prefix-list P%d seq 6 permit 10.0.0.0/8\n"
			  "class-map match-any C%d\n match dscp ef\n match dscp af31\n!\n"
			  "snmp-server host 10.0.0.%d public\n",
			  i, i, i, i, i, i);
	assert_int_equal(import(text_str(&t)), LOAD_LEFT_OUT);
	text_free(&t);
	for (const char *c = fake.out; *c; c++)
		rows += *c == '\n';
	assert_non_null(strstr(fake.out, "r1.cfg: 5000 lines: 0 of this router, 0 known"));
	assert_non_null(strstr(fake.out, "4000 left out"));
	assert_true(rows < 2100);
	assert_true(clock_boot_ms() - began < 5000);
}

static int import_without_memory(void *arg)
{
	(void)arg;
	cli_session_end(&session);
	fake_end(&fake);
	cli_fixture_setup(NULL);
	import("hostname R1\nrouter bgp 1\n a\nbogus\n");
	return strstr(fake.out, "left out") &&
			       strstr(fake.out, "router bgp 1 (and 1 line below)") &&
			       strstr(fake.out, "bogus: Invalid")
		       ? 0
		       : -ENOMEM;
}

static void test_every_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(import_without_memory, NULL) > 3);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, cli_fixture_setup, cli_fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_file_is_one_commit),
		T(test_a_file_that_says_write_is_saved_after_the_commit),
		T(test_of_a_file_with_a_wrong_line_nothing_is_taken),
		T(test_a_commit_that_is_refused_changes_nothing),
		T(test_a_daemon_without_a_candidate_is_said),
		T(test_a_person_without_the_privilege_gets_a_sentence),
		T(test_what_a_router_has_and_this_has_not_is_named_by_feature),
		T(test_partial_loads_what_is_known),
		T(test_a_hash_of_a_router_is_left_out_and_named),
		T(test_a_configuration_of_which_nothing_is_left_out_is_loaded),
		T(test_blocks_of_a_file_without_indentation_are_kept_together),
		T(test_names_of_interfaces_are_told_apart),
		T(test_features_are_known_by_their_lines),
		T(test_a_large_configuration_of_other_features_is_read_at_once),
		T(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
