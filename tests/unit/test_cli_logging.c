/* cli: what the log and debug conditions look like, from a fake daemon's state. */
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "../cli/fake_daemon.h"
#include "cli/handlers.h"

static struct grammar *grammar;
static struct fake_daemon fake;
static struct cli_backend backend;
static struct cli_session session;

static int setup_group(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	grammar = grammar_new(NULL, 0, NULL);
	return grammar ? 0 : -1;
}

static int teardown_group(void **state)
{
	(void)state;
	grammar_free(grammar);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	fake_init(&fake);
	backend = fake_backend(&fake);
	fake_session(&fake, &backend, grammar, &session, 15);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cli_session_end(&session);
	fake_end(&fake);
	return 0;
}

/* Puts `json` at a path of the state: containers on the way are made. */
static void put_state(const char *container, const char *name, const char *json)
{
	json_error_t error;
	json_t *value = json_loads(json, 0, &error), *at = json_object_get(fake.state, container);

	if (!value)
		print_error("%s at %d: %s\n", error.text, error.column, json);
	assert_non_null(value);
	if (!at) {
		at = json_object();
		json_object_set_new(fake.state, container, at);
	}
	if (*name)
		json_object_set_new(at, name, value);
	else
		json_object_update(at, value);
	if (!*name)
		json_decref(value);
}

static void expect_show(const char *line, const char *want)
{
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_OK);
	assert_string_equal(fake.out, want);
}

static void put_log(void)
{
	put_state(
		"spindle-logging:log-state", "",
		"{\"enabled\":true,\"logged\":\"7\",\"debug-lines\":\"3\",\"rate-limited\":\"34\","
		"\"syslog-sent\":\"6\",\"syslog-way\":\"syslog\",\"flushes\":\"2\",\"overruns\":\"1\","
		"\"syslog-error\":\"/dev/log: No such file or directory\",\"monitor-level\":4,"
		"\"monitor-logged\":\"68\",\"buffer-level\":7,\"buffer-logged\":\"10\",\"trap-level\":6,"
		"\"trap-logged\":\"8\",\"count-enabled\":false,"
		"\"syslog-dropped\":\"1\",\"buffer-size\":\"16384\",\"buffer-used\":\"120\",\"overwritten\":\"5\","
		"\"host\":[{\"address\":\"10.12.55.11\",\"transport\":\"udp\",\"port\":514,\"format\":\"classic\","
		"\"state\":\"up\",\"sent\":\"10179\",\"dropped\":\"0\",\"waiting\":\"0\"},"
		"{\"address\":\"2001:db8::7\",\"transport\":\"tcp\",\"port\":601,\"format\":\"rfc5424\","
		"\"state\":\"down\",\"error\":\"Connection refused\",\"sent\":\"3\",\"dropped\":\"4\","
		"\"waiting\":\"5\"}],"
		"\"debug-condition\":[{\"kind\":\"peer\",\"value\":\"10.1.1.1/32\"},"
		"{\"kind\":\"peer\",\"value\":\"10.2.0.0/16\"},{\"kind\":\"spi\",\"value\":\"305441741\"},"
		"{\"kind\":\"unmatched\",\"value\":\"ipsec\"}],"
		"\"count\":[{\"mnemonic\":\"CONFIG_I\",\"facility\":\"SYS\",\"severity\":5,"
		"\"occurrences\":\"12\",\"last-time\":\"2026-09-02T13:27:57.707Z\"},"
		"{\"mnemonic\":\"NEG_ABORT\",\"facility\":\"IKEV2\",\"severity\":3,\"occurrences\":\"1\","
		"\"last-time\":\"2026-09-02T13:27:58.808Z\"},"
		"{\"mnemonic\":\"RESTART\",\"facility\":\"SYS\",\"severity\":5,\"occurrences\":\"1\","
		"\"last-time\":\"2026-09-02T13:20:00Z\"}],\"record\":["
		"{\"seq\":\"1\",\"line\":\"*Mar  1 00:42:09.431: %CRYPTO-4-A: one\"},"
		"{\"seq\":\"2\",\"line\":\"*Mar  1 00:42:10.431: %CRYPTO-4-B: two\"}],"
		"\"message\":[{\"mnemonic\":\"RECVD_PKT_INV_SPI\",\"facility\":\"CRYPTO\",\"severity\":4,"
		"\"format\":\"decaps: rec'd\",\"explanation\":\"A packet came whose SPI has no inbound SA here. "
		"Once for a flow it is mostly a passing state of a rekey.\",\"action\":\"None.\"}]}");
}

static void test_logging(void **state)
{
	(void)state;
	put_log();
	expect_show(
		"show logging",
		"Syslog logging: enabled (1 messages dropped, 34 messages rate-limited, 2 flushes, 1 overruns, xml disabled, filtering disabled)\n"
		"\n"
		"    Console logging: disabled\n"
		"    Monitor logging: level warnings, 68 messages logged, xml disabled,\n"
		"                     filtering disabled\n"
		"    Buffer logging:  level debugging, 10 messages logged, xml disabled,\n"
		"                    filtering disabled\n"
		"                    5 overwritten, 120 bytes used\n"
		"    Count and timestamp logging messages: disabled\n"
		"\n"
		"    Trap logging: level informational, 8 message lines logged\n"
		"        Logging to syslog of this machine,\n"
		"              6 message lines logged,\n"
		"              1 message lines dropped (/dev/log: No such file or directory)\n"
		"        Logging to 10.12.55.11  (udp port 514, audit disabled,\n"
		"              link up),\n"
		"              10179 message lines logged,\n"
		"              0 message lines dropped,\n"
		"              0 message lines waiting,\n"
		"              xml disabled, filtering disabled\n"
		"              format classic\n"
		"        Logging to 2001:db8::7  (tcp port 601, audit disabled,\n"
		"              link down),\n"
		"              3 message lines logged,\n"
		"              4 message lines dropped,\n"
		"              5 message lines waiting,\n"
		"              xml disabled, filtering disabled\n"
		"              format rfc5424\n"
		"              last failure: Connection refused\n"
		"\n"
		"Log Buffer (16384 bytes):\n"
		"*Mar  1 00:42:09.431: %CRYPTO-4-A: one\n"
		"*Mar  1 00:42:10.431: %CRYPTO-4-B: two\n");
}

static void test_messages_are_counted_facility_by_facility(void **state)
{
	(void)state;
	put_log();
	expect_show(
		"show logging count",
		"Facility       Message Name                     Sev Occur      Last Time\n"
		"================================================================================\n"
		"IKEV2          NEG_ABORT                        3   1          Sep  2 13:27:58.808\n"
		"IKEV2 TOTAL                                         1\n"
		"\n"
		"SYS            CONFIG_I                         5   12         Sep  2 13:27:57.707\n"
		"SYS            RESTART                          5   1          Sep  2 13:20:00.000\n"
		"SYS TOTAL                                           13\n"
		"\n");
}

static void test_debug_conditions_are_shown(void **state)
{
	(void)state;
	put_log();
	expect_show("show crypto debug-condition",
		    "Crypto conditional debug currently is turned ON\n"
		    "IKE debug context unmatched flag: OFF\n"
		    "IPsec debug context unmatched flag: ON\n"
		    "\n"
		    "IKE peer IP address filters:\n"
		    "10.1.1.1  10.2.0.0/16\n"
		    "\n"
		    "IPsec SPI filters:\n"
		    "0x1234ABCD\n");
	expect_show("show debugging", "  Crypto condition: peer 10.1.1.1\n"
				      "  Crypto condition: peer 10.2.0.0/16\n"
				      "  Crypto condition: spi 0x1234ABCD\n"
				      "  Crypto condition: unmatched ipsec\n");
}

static void test_without_debug_conditions_nothing_is_on(void **state)
{
	(void)state;
	expect_show("show crypto debug-condition all",
		    "Crypto conditional debug currently is turned OFF\n"
		    "IKE debug context unmatched flag: OFF\n"
		    "IPsec debug context unmatched flag: OFF\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_logging),
		TEST(test_messages_are_counted_facility_by_facility),
		TEST(test_debug_conditions_are_shown),
		TEST(test_without_debug_conditions_nothing_is_on),
	};

	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
