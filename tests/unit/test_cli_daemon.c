/*
 * cli: the program and the session against a real control socket with a real configuration behind it,
 * in a process of its own: what is typed is valid YANG data, and comes back as text that loads.
 */
#include "tests/cli/daemon_process.h"

#include <pty.h>
#include <sys/wait.h>

#include "cli/client.h"
#include "cli/handlers.h"
#include "cli/remote.h"
#include "cli/running.h"

static void test_the_mode_carries_from_one_command_to_the_next(void **state)
{
	expect_spindle(*state,
		       ARGUMENTS("-c", "configure terminal", "-c", "hostname R1", "-c",
				 "crypto isakmp invalid-spi-recovery", "-c", "end", "-c",
				 "show running-config"),
		       "", 0,
		       "Enter configuration commands, one per line.  End with CNTL/Z.\n"
		       "Building configuration...\n"
		       "\n"
		       "Current configuration : 55 bytes\n"
		       "!\n"
		       "hostname R1\n"
		       "!\n"
		       "crypto isakmp invalid-spi-recovery\n"
		       "!\n"
		       "end\n");
}

static void test_an_error_makes_the_status_1_and_the_rest_still_runs(void **state)
{
	expect_spindle(*state,
		       ARGUMENTS("-c", "conf t", "-c", "hostnane R1", "-c", "hostname R2", "-c",
				 "end", "-c", "sh run | i host"),
		       "", 1,
		       "Enter configuration commands, one per line.  End with CNTL/Z.\n"
		       "Spindle(config)#hostnane R1\n"
		       "                      ^\n"
		       "% Invalid input detected at '^' marker.\n"
		       "\n"
		       "hostname R2\n");
}

static void test_lines_come_from_standard_input_too(void **state)
{
	expect_spindle(*state, NO_ARGUMENTS,
		       "configure terminal\r\n"
		       "! a comment\rhostname R6\rhostname R7\n"
		       "do show run | include hostname\n"
		       "exit\n"
		       "exit\n"
		       "show run\n",
		       0,
		       "Enter configuration commands, one per line.  End with CNTL/Z.\n"
		       "hostname R7\n");
}

/* Longer than what is kept of a line; the rest is not taken for another one. */
static void test_a_line_of_70000_characters_is_refused(void **state)
{
	char *line = alloc_zero(70100);

	memset(line, 'x', 70000);
	text_copy(line + 70000, 100, "\nshow crypto map\n");
	expect_spindle(*state, NO_ARGUMENTS, line, 1,
		       "% Line is longer than 1024 characters\n\n"
		       "% there is no state /spindle-crypto:crypto-state/crypto-map\n");
	line[70000] = '\0';
	expect_spindle(*state, ARGUMENTS("-c", line), "", 1,
		       "% Line is longer than 1024 characters\n\n");
	alloc_free(line);
}

static void test_bytes_that_are_no_text_are_refused(void **state)
{
	expect_spindle(*state, ARGUMENTS("-c", "conf t", "-c", "hostname caf\xc3\xa9"), "", 1,
		       "Enter configuration commands, one per line.  End with CNTL/Z.\n"
		       "Spindle(config)#hostname caf\xc3\xa9\n"
		       "                            ^\n"
		       "% Invalid input detected at '^' marker.\n\n");
}

static void test_the_daemons_refusal_is_shown(void **state)
{
	int status;
	char *out = daemon_spindle(
		*state,
		ARGUMENTS("-c", "conf t", "-c",
			  "crypto ipsec transform-set T esp-gcm 256 esp-sha256-hmac"),
		"", &status);

	assert_int_equal(status, 1);
	assert_non_null(strstr(out, "% "));
	assert_non_null(strstr(out, "AES-GCM has integrity of its own"));
	alloc_free(out);
}

static void expect_part(const struct daemon_process *d, const char *argument, int status,
			const char *part)
{
	int have;
	char *out = daemon_spindle(d, ARGUMENTS(argument), "", &have);

	assert_int_equal(have, status);
	assert_non_null(strstr(out, part));
	alloc_free(out);
}

static void test_options(void **state)
{
	expect_part(*state, "--version", 0, "spindle " PACKAGE_VERSION "\n");
	expect_part(*state, "--help", 0, "Usage: spindle");
	expect_part(*state, "show", 2, "what is \"show\"?");
	expect_part(*state, "--nothing", 2, "nothing");
	expect_part(*state, "--run-dir=/nowhere", 2, "no daemon listens at /nowhere/control.sock");
}

static void test_shows_and_actions_reach_the_daemon(void **state)
{
	int status;
	char *out = daemon_spindle(*state, ARGUMENTS("-c", "show crypto invalid-spi | json"), "",
				   &status);
	json_t *json = json_loads(out, 0, NULL);

	assert_int_equal(status, 0);
	assert_int_equal(json_array_size(json_object_get(
				 json, "/spindle-crypto:crypto-state/invalid-spi/flow")),
			 3);
	json_decref(json);
	alloc_free(out);
	expect_spindle(*state, ARGUMENTS("-c", "show crypto invalid-spi | include source"), "", 0,
		       "Invalid SPI source: armed tap\n");
	expect_spindle(*state, ARGUMENTS("-c", "clear crypto session"), "", 0, "");
	expect_spindle(*state, ARGUMENTS("-c", "write memory"), "", 0,
		       "Building configuration...\n[OK]\n");
	expect_spindle(*state, ARGUMENTS("-c", "debug crypto ikev2"), "", 1,
		       "% spindle-system:debug takes privilege 16\n");
}

/* On a terminal: reads until the transcript ends with `prompt`, then types. */
static void expect_prompt(int tty, struct text *transcript, const char *prompt, const char *typed)
{
	size_t len = strlen(prompt);
	char c;

	do {
		if (read(tty, &c, 1) != 1)
			fail_msg("no \"%s\" after \"%s\"", prompt, text_str(transcript));
		text_add_n(transcript, &c, 1);
	} while (transcript->len < len ||
		 strcmp(transcript->data + transcript->len - len, prompt) != 0);
	assert_int_equal(write(tty, typed, strlen(typed)), (ssize_t)strlen(typed));
}

static void test_a_terminal_gets_prompts_and_the_caret_stands_under_the_word(void **state)
{
	const struct daemon_process *d = *state;
	struct text transcript;
	int tty, status;
	char c;
	pid_t pid = forkpty(&tty, NULL, NULL, NULL);

	if (pid == 0) {
		execl(TEST_SPINDLE, TEST_SPINDLE, "--run-dir", d->path, (char *)NULL);
		_exit(4);
	}
	text_init(&transcript, 0);
	expect_prompt(tty, &transcript, "Spindle#", "conf t\n");
	expect_prompt(tty, &transcript, "Spindle(config)#", "hostname R1\n");
	expect_prompt(tty, &transcript, "R1(config)#", "hostnane R2\n");
	expect_prompt(tty, &transcript, "R1(config)#", "end\n");
	expect_prompt(tty, &transcript, "R1#", "exit\n");
	while (read(tty, &c, 1) == 1)
		text_add_n(&transcript, &c, 1);
	assert_string_equal(text_str(&transcript),
			    "Spindle#conf t\r\n"
			    "Enter configuration commands, one per line.  End with CNTL/Z.\r\n"
			    "Spindle(config)#hostname R1\r\n"
			    "R1(config)#hostnane R2\r\n"
			    "                 ^\r\n"
			    "% Invalid input detected at '^' marker.\r\n"
			    "\r\n"
			    "R1(config)#end\r\n"
			    "R1#exit\r\n");
	close(tty);
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 1);
	text_free(&transcript);
}

/* The session, in this process */

struct sink {
	struct text out, error;
};

static void sink_line(void *io, const char *line)
{
	text_addf(&((struct sink *)io)->out, "%s\n", line);
}

static void sink_error(void *io, const char *text)
{
	text_add(&((struct sink *)io)->error, text);
}

struct shell {
	struct client *client;
	struct cli_backend backend;
	struct grammar *grammar;
	struct cli_session s;
	struct sink sink;
};

static void shell_open(struct shell *sh, const struct daemon_process *d)
{
	memset(sh, 0, sizeof(*sh));
	sh->grammar = grammar_new(NULL, 0, NULL);
	sh->client = client_open(d->path, NULL);
	assert_non_null(sh->grammar);
	assert_non_null(sh->client);
	sh->backend = cli_remote(sh->client);
	cli_session_init(&sh->s, sh->grammar, &sh->backend, "ann", client_privilege(sh->client));
	text_init(&sh->sink.out, 0);
	text_init(&sh->sink.error, 0);
	sh->s.out = sink_line;
	sh->s.error = sink_error;
	sh->s.io = &sh->sink;
}

static void shell_close(struct shell *sh)
{
	cli_session_end(&sh->s);
	client_close(sh->client);
	grammar_free(sh->grammar);
	text_free(&sh->sink.out);
	text_free(&sh->sink.error);
}

static void shell_load(struct shell *sh, const char *lines)
{
	cli_run_line(&sh->s, "configure terminal");
	for (; *lines; lines += strcspn(lines, "\n") + 1)
		cli_run_line(&sh->s, lines);
	cli_run_line(&sh->s, "end");
	assert_string_equal(text_str(&sh->sink.error), "");
}

static int from_daemon(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err)
{
	return cli_config_each(ctx, path, fn, arg, err);
}

static char *shell_text(struct shell *sh)
{
	struct running_source source = {.ctx = &sh->s, .each = from_daemon};
	struct error err = {0};
	struct text text;

	text_init(&text, 0);
	if (running_text(&source, &text, &err) < 0)
		fail_msg("%s", err.text);
	return text.data ? text_take(&text) : alloc_text("");
}

/* Every row of configuration once; lists in the order of their keys, as the daemon gives them. */
static const char everything[] = "hostname R1\n"
				 "!\n"
				 "logging buffered 8192\n"
				 "!\n"
				 "crypto ikev2 proposal P1\n"
				 " encryption aes-cbc-256 aes-cbc-128\n"
				 " integrity sha256 sha512\n"
				 " prf sha384\n"
				 " group 19 14 31\n"
				 "!\n"
				 "crypto ikev2 policy POL\n"
				 " match address local 10.1.1.1\n"
				 " proposal P1\n"
				 " proposal P2\n"
				 "!\n"
				 "crypto ikev2 keyring K\n"
				 " peer R2\n"
				 "  description the | \"other\" end # 2\n"
				 "  address 10.1.1.2\n"
				 "  identity fqdn r2.example\n"
				 " peer any\n"
				 "  address 0.0.0.0 0.0.0.0\n"
				 "!\n"
				 "crypto ikev2 profile PROF\n"
				 " match address local 2001:db8::1\n"
				 " match identity remote address 10.0.0.0 255.0.0.0\n"
				 " match identity remote address 2001:db8::/32\n"
				 " match identity remote fqdn b.example\n"
				 " match identity remote email ann@b.example\n"
				 " match identity remote key-id \"\\\"quoted\\\"\"\n"
				 " match identity remote any\n"
				 " identity local key-id #1\n"
				 " authentication remote pre-share\n"
				 " authentication local pre-share\n"
				 " keyring local K\n"
				 " lifetime 3600\n"
				 " dpd 10 2 periodic\n"
				 "!\n"
				 "crypto ikev2 dpd 30 5 on-demand\n"
				 "!\n"
				 "crypto isakmp invalid-spi-recovery at-start\n"
				 "!\n"
				 "crypto ipsec security-association lifetime seconds 600\n"
				 "crypto ipsec security-association lifetime kilobytes disable\n"
				 "crypto ipsec security-association replay window-size 1024\n"
				 "!\n"
				 "crypto ipsec hold-packets\n"
				 "!\n"
				 "crypto ipsec invalid-spi grace 0\n"
				 "crypto ipsec invalid-spi notify\n"
				 "crypto ipsec invalid-spi log-interface\n"
				 "!\n"
				 "crypto ipsec transform-set G esp-gcm\n"
				 "!\n"
				 "crypto ipsec transform-set T esp-aes 256 esp-sha512-hmac\n"
				 " mode tunnel\n"
				 "!\n"
				 "crypto map VPN 10 ipsec-isakmp\n"
				 " description to Berlin\n"
				 " set peer 10.1.1.2\n"
				 " set peer 2001:db8::2\n"
				 " set security-association lifetime seconds 600\n"
				 " set security-association lifetime kilobytes 2560\n"
				 " set transform-set T G\n"
				 " set pfs group31\n"
				 " set ikev2-profile PROF\n"
				 " match address 101\n"
				 "!\n"
				 "interface eth0\n"
				 " description outside\n"
				 " crypto map VPN\n"
				 "!\n"
				 "access-list 5 remark few\n"
				 "access-list 5 permit 10.1.1.5\n"
				 "!\n"
				 "ip access-list standard PEOPLE\n"
				 " remark who may come in\n"
				 " 10 permit 10.1.1.5\n"
				 " 20 deny   10.2.0.0 0.0.255.255\n"
				 " 30 permit any\n"
				 "!\n"
				 "ip access-list extended 101\n"
				 " remark one\n"
				 " remark two\n"
				 " 10 permit ip 192.168.1.0 0.0.0.255 host 10.9.9.9\n"
				 " 25 deny   udp any eq isakmp 10.0.0.0 0.255.255.255 eq 4501\n"
				 " 30 permit ip 2001:db8::/32 any\n"
				 " 40 permit ip any any\n"
				 "!\n"
				 "access-list 102 permit tcp any range 1024 65535 any neq www\n"
				 "access-list 102 deny   udp any lt 1024 any gt 1023\n"
				 "!\n";

static void test_every_row_makes_valid_data_and_comes_back(void **state)
{
	struct shell sh;
	char *text;

	shell_open(&sh, *state);
	shell_load(&sh, everything);
	text = shell_text(&sh);
	assert_string_equal(text, everything);
	alloc_free(text);
	/* Typed again, nothing changes. */
	shell_load(&sh, everything);
	text = shell_text(&sh);
	assert_string_equal(text, everything);
	alloc_free(text);
	shell_close(&sh);
}

/* "no" before every line that is not in a sub-mode, the last first: nothing is left. */
static void test_no_takes_everything_away_again(void **state)
{
	struct shell sh;
	struct text lines;
	char *text;

	shell_open(&sh, *state);
	shell_load(&sh, everything);
	text_init(&lines, 0);
	for (const char *at = everything; *at; at += strcspn(at, "\n") + 1)
		if (*at != ' ' && *at != '!')
			text_addf(&lines, "no %.*s\n", (int)strcspn(at, "\n"), at);
	text_add(&lines, "no crypto isakmp invalid-spi-recovery\n");
	shell_load(&sh, text_str(&lines));
	text = shell_text(&sh);
	assert_string_equal(text, "");
	alloc_free(text);
	text_free(&lines);
	shell_close(&sh);
}

/* And the same inside the modes, line by line. */
static void test_no_takes_every_line_of_a_mode_away(void **state)
{
	struct shell sh;
	struct text lines;
	char *text;

	shell_open(&sh, *state);
	shell_load(&sh, everything);
	text_init(&lines, 0);
	for (const char *at = everything; *at; at += strcspn(at, "\n") + 1) {
		size_t blanks = strspn(at, " ");
		bool opens = at[strcspn(at, "\n") + 1 + blanks] == ' ';

		text_addf(&lines, "%s%.*s\n", blanks > 0 && !opens ? "no" : "",
			  (int)strcspn(at, "\n"), at);
	}
	shell_load(&sh, text_str(&lines));
	text = shell_text(&sh);
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		assert_true(*at != ' ' || strncmp(at, " peer ", 6) == 0);
	alloc_free(text);
	text_free(&lines);
	shell_close(&sh);
}

static void test_keys_are_sealed_and_the_text_loads_back(void **state)
{
	static const char keys[] = "crypto ikev2 keyring K\n peer A\n  pre-shared-key 6|b#\"c\n"
				   " peer B\n  pre-shared-key local 0 \"two words\"\n"
				   "  pre-shared-key remote 0 6\n";
	struct shell sh;
	char *text, *again;

	shell_open(&sh, *state);
	shell_load(&sh, keys);
	text = shell_text(&sh);
	assert_non_null(strstr(text, "  pre-shared-key 6 "));
	assert_non_null(strstr(text, "  pre-shared-key local 6 "));
	assert_null(strstr(text, "two words"));
	assert_null(strstr(text, "6|b"));
	shell_load(&sh, "no crypto ikev2 keyring K\n");
	shell_load(&sh, text);
	again = shell_text(&sh);
	assert_string_equal(text, again);
	alloc_free(text);
	alloc_free(again);
	shell_close(&sh);
}

static void test_a_new_map_is_told_from_one_that_is_there(void **state)
{
	struct shell sh;

	shell_open(&sh, *state);
	shell_load(&sh, "crypto map M 10 ipsec-isakmp\n");
	assert_non_null(strstr(text_str(&sh.sink.out), "% NOTE: This new crypto map"));
	text_free(&sh.sink.out);
	text_init(&sh.sink.out, 0);
	shell_load(&sh, "crypto map M 10 ipsec-isakmp\n");
	assert_null(strstr(text_str(&sh.sink.out), "% NOTE"));
	shell_close(&sh);
}

/* From the first command to the last. */
static char *shell_all(struct shell *sh)
{
	char *text, *end;

	text_free(&sh->sink.out);
	text_init(&sh->sink.out, 0);
	cli_run_line(&sh->s, "show running-config all");
	assert_string_equal(text_str(&sh->sink.error), "");
	text = strstr(text_str(&sh->sink.out), "hostname ");
	assert_non_null(text);
	text = alloc_text(text);
	end = strstr(text, "\nend\n");
	assert_non_null(end);
	end[1] = '\0';
	return text;
}

static void test_show_all_says_what_holds_by_default_and_loads_back(void **state)
{
	static const char *const lines[] = {
		"hostname Spindle\n",
		"no aaa new-model\n",
		"no crypto isakmp invalid-spi-recovery\n",
		"crypto ipsec security-association lifetime seconds 3600\n",
		"no crypto ipsec hold-packets\n",
		"logging buffered 65536 debugging\n",
	};
	struct shell sh;
	char *text, *again;

	shell_open(&sh, *state);
	text = shell_all(&sh);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strstr(text, lines[i]))
			fail_msg("%s is not in\n%s", lines[i], text);
	shell_load(&sh, text);
	again = shell_all(&sh);
	assert_string_equal(again, text);
	alloc_free(text);
	alloc_free(again);
	shell_close(&sh);
}

/* One interface with its defaults; nobody else is asked for them after. */
static void test_defaults_are_told_to_the_command_that_asks_only(void **state)
{
	struct shell sh;
	char *text;

	shell_open(&sh, *state);
	shell_load(&sh, "interface eth0\ndescription outside\n");
	text_free(&sh.sink.out);
	text_init(&sh.sink.out, 0);
	cli_run_line(&sh.s, "show running-config interface eth0 all");
	assert_non_null(
		strstr(text_str(&sh.sink.out), "interface eth0\n description outside\nend\n"));
	text = shell_text(&sh);
	assert_null(strstr(text, "hostname"));
	alloc_free(text);
	shell_close(&sh);
}

/* What the shell prints of one document. */
static int from_document(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err)
{
	const json_t *node = data_at(ctx, path);
	json_t *entry;
	size_t i;

	(void)err;
	if (!json_is_array(node))
		return node ? (void)fn(arg, node), 0 : 0;
	json_array_foreach(node, i, entry)
	{
		fn(arg, entry);
	}
	return 0;
}

static char *text_of_document(json_t *document)
{
	struct running_source source = {.ctx = document, .each = from_document, .all = true};
	struct error err = {0};
	struct text text;

	text_init(&text, 0);
	assert_int_equal(running_text(&source, &text, &err), 0);
	return text_take(&text);
}

/* Without the leaf there is another text, or nobody sees its default. */
static unsigned int take_each_away(json_t *root, json_t *object, const char *with)
{
	json_t *members = json_copy(object), *value;
	unsigned int count = 0;
	const char *name;

	json_object_foreach(members, name, value)
	{
		char *text;

		if (json_is_object(value)) {
			count += take_each_away(root, value, with);
			continue;
		}
		json_object_del(object, name);
		text = text_of_document(root);
		if (strcmp(text, with) == 0)
			fail_msg("the default of %s is not in\n%s", name, with);
		alloc_free(text);
		json_object_set(object, name, value);
		count++;
	}
	json_decref(members);
	return count;
}

static bool take_data(void *arg, const json_t *frame, bool more)
{
	(void)more;
	json_object_update_recursive(arg, json_object_get(frame, "data"));
	return true;
}

static void test_the_default_of_every_leaf_is_seen(void **state)
{
	const struct daemon_process *d = *state;
	struct client *c = client_open(d->path, NULL);
	json_t *all = json_object();
	char *text;

	client_set_defaults(c, true);
	assert_int_equal(client_get_config(c, "", take_data, all, NULL), 0);
	text = text_of_document(all);
	assert_true(take_each_away(all, all, text) >= 10);
	alloc_free(text);
	json_decref(all);
	client_close(c);
}

static void test_many_entries_come_in_pages(void **state)
{
	struct shell sh;
	struct text lines;
	char *text;

	shell_open(&sh, *state);
	text_init(&lines, 0);
	for (int i = 1; i <= 700; i++)
		text_addf(&lines, "crypto map M %d ipsec-isakmp\n set peer 10.1.%d.%d\n!\n", i,
			  i / 250, i % 250 + 1);
	shell_load(&sh, text_str(&lines));
	text = shell_text(&sh);
	assert_string_equal(text, text_str(&lines));
	alloc_free(text);
	text_free(&lines);
	shell_close(&sh);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, daemon_start, daemon_stop)
	const struct CMUnitTest tests[] = {
		TEST(test_the_mode_carries_from_one_command_to_the_next),
		TEST(test_an_error_makes_the_status_1_and_the_rest_still_runs),
		TEST(test_lines_come_from_standard_input_too),
		TEST(test_a_line_of_70000_characters_is_refused),
		TEST(test_bytes_that_are_no_text_are_refused),
		TEST(test_the_daemons_refusal_is_shown),
		TEST(test_options),
		TEST(test_shows_and_actions_reach_the_daemon),
		TEST(test_a_terminal_gets_prompts_and_the_caret_stands_under_the_word),
		TEST(test_every_row_makes_valid_data_and_comes_back),
		TEST(test_no_takes_everything_away_again),
		TEST(test_no_takes_every_line_of_a_mode_away),
		TEST(test_keys_are_sealed_and_the_text_loads_back),
		TEST(test_a_new_map_is_told_from_one_that_is_there),
		TEST(test_show_all_says_what_holds_by_default_and_loads_back),
		TEST(test_defaults_are_told_to_the_command_that_asks_only),
		TEST(test_the_default_of_every_leaf_is_seen),
		TEST(test_many_entries_come_in_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
