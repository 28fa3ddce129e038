/* cli: spindle --load and --import against a real control socket with a real configuration behind it. */
#include "tests/cli/daemon_process.h"

#define NAME_RUNS(d, name)                                                                         \
	expect_spindle(d, ARGUMENTS("-c", "show running-config | include hostname"), "", 0, name)

static void test_standard_input_is_loaded_whole(void **state)
{
	expect_spindle(*state, ARGUMENTS("--load", "-"),
		       "\xef\xbb\xbf"
		       "conf t\r\nhostname R1\r\ncrypto map VPN 10 ipsec-isakmp \r\n"
		       " set peer 192.0.2.1\r\n match address 101\r\nend\r\n",
		       0, "standard input: committed: 1 created, 1 changed, 0 deleted\n");
	NAME_RUNS(*state, "hostname R1\n");
	expect_spindle(*state, ARGUMENTS("-c", "show running-config | section crypto map"), "", 0,
		       "crypto map VPN 10 ipsec-isakmp\n set peer 192.0.2.1\n match address 101\n");
}

static void test_of_a_file_with_wrong_lines_nothing_is_loaded(void **state)
{
	expect_spindle(
		*state, ARGUMENTS("--load", "-"),
		"hostname R1\nhostnane R2\n"
		"crypto ipsec transform-set T esp-gcm 256 esp-sha256-hmac\nhostname R3\n",
		1,
		"% standard input:2:7: Invalid input: hostnane R2\n"
		"% standard input:3: AES-GCM has integrity of its own: no esp-...-hmac beside "
		"esp-gcm: crypto ipsec transform-set T esp-gcm 256 esp-sha256-hmac\n"
		"% standard input: 2 of 4 lines are wrong; nothing was changed\n");
	NAME_RUNS(*state, "");
	/* The next one is not disturbed by what was dropped. */
	expect_spindle(*state, ARGUMENTS("--load", "-"), "hostname R4\n", 0,
		       "standard input: committed: 0 created, 1 changed, 0 deleted\n");
	NAME_RUNS(*state, "hostname R4\n");
}

static void test_what_cannot_be_read_is_status_2(void **state)
{
	expect_spindle(*state, ARGUMENTS("--load", "/nowhere/x"), "", 2,
		       "% /nowhere/x: No such file or directory\n");
	expect_spindle(*state, ARGUMENTS("--import", "/tmp"), "", 2, "% /tmp: Is a directory\n");
	expect_spindle(*state, ARGUMENTS("--load", "-"), "\xff\xfeh", 2,
		       "% standard input: the text is UTF-16; it has to be UTF-8 or ASCII\n");
	expect_spindle(*state, ARGUMENTS("--load", "-", "--interface", "Gi0/0=eth0"), "", 2,
		       "spindle: --interface belongs to --import\n");
	expect_spindle(*state, ARGUMENTS("--import", "-", "whole"), "", 2,
		       "spindle: what is \"whole\"? Commands are given with -c\n");
}

static const char router[] = "version 15.1\nhostname R1\nrouter bgp 65000\n network 10.0.0.0\n"
			     "interface GigabitEthernet0/0\n description x\nend\n";

static void test_an_import_changes_nothing_unless_it_is_told(void **state)
{
	int status;
	char *out = daemon_spindle(*state, ARGUMENTS("--import", "-"), router, &status);

	assert_int_equal(status, 1);
	assert_non_null(strstr(out, "not supported: BGP: 2 lines\n"));
	assert_non_null(strstr(out, "nothing was changed"));
	alloc_free(out);
	NAME_RUNS(*state, "");
	out = daemon_spindle(
		*state,
		ARGUMENTS("--import", "-", "--interface", "GigabitEthernet0/0=eth0", "partial"),
		router, &status);
	assert_int_equal(status, 1);
	assert_non_null(strstr(out, "committed: 1 created, 1 changed, 0 deleted\n"));
	alloc_free(out);
	expect_spindle(*state, ARGUMENTS("-c", "show run | section ^interface"), "", 0,
		       "interface eth0\n description x\n");
}

/* What a person without the privilege is shown is no secret that could be loaded. */
static void test_a_masked_secret_is_refused(void **state)
{
	static const char *const lines[] = {
		"crypto ikev2 keyring K\n peer P\n  pre-shared-key ******\n",
		"crypto ikev2 keyring K\n peer P\n  pre-shared-key local ******\n",
		"crypto ikev2 keyring K\n peer P\n  pre-shared-key 6 ******\n",
		"username bob secret ******\n",
		"username bob privilege 15 secret 0 ******\n",
		"username bob secret 9 ******\n",
		"enable secret ******\n",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int status;
		char *out = daemon_spindle(*state, ARGUMENTS("--load", "-"), lines[i], &status);

		assert_int_equal(status, 1);
		if (!strstr(out, "****** stands for a secret that was not shown"))
			fail_msg("%s%s", lines[i], out);
		alloc_free(out);
	}
	/* Nor typed. */
	for (int i = 3; i < 7; i++) {
		int status;
		char *out = daemon_spindle(*state, ARGUMENTS("-c", "conf t", "-c", lines[i]), "",
					   &status);

		assert_int_equal(status, 1);
		assert_non_null(strstr(out, "****** stands for"));
		alloc_free(out);
	}
	expect_spindle(*state, ARGUMENTS("-c", "show run | include secret|pre-shared|username"), "",
		       0, "");
}

static char *large_text(unsigned int entries)
{
	struct text t;

	text_init(&t, 0);
	for (unsigned int i = 1; i <= entries; i++)
		text_addf(&t,
			  "crypto map M%u 10 ipsec-isakmp\n set peer 10.%u.%u.%u\n"
			  " set transform-set T\n match address A%u\n!\n",
			  i, i >> 16, i >> 8 & 255, i & 255, i);
	return text_take(&t);
}

/* How long ten thousand take: tests/bench/roundtrip. */
static void test_a_large_text_is_one_commit(void **state)
{
	char *text = large_text(1000);

	expect_spindle(*state, ARGUMENTS("--load", "-"), text, 0,
		       "standard input: committed: 1000 created, 0 changed, 0 deleted\n");
	expect_spindle(*state, ARGUMENTS("-c", "show run | count ^crypto map"), "", 0,
		       "Number of lines which match regexp = 1000\n");
	alloc_free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, daemon_start, daemon_stop)
	const struct CMUnitTest tests[] = {
		TEST(test_standard_input_is_loaded_whole),
		TEST(test_of_a_file_with_wrong_lines_nothing_is_loaded),
		TEST(test_what_cannot_be_read_is_status_2),
		TEST(test_an_import_changes_nothing_unless_it_is_told),
		TEST(test_a_masked_secret_is_refused),
		TEST(test_a_large_text_is_one_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
