/* cli/parse: abbreviations, ambiguity, caret columns, quotes, sub-modes, help. */
#include "unit.h"

#include "cli/handlers.h"
#include "cli/parse.h"
#include "cli/syntax.h"

static struct grammar *grammar;

static int setup(void **state)
{
	struct error err = {0};

	(void)state;
	grammar = grammar_new(NULL, 0, &err);
	if (!grammar)
		print_error("%s\n", err.text);
	return grammar ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	grammar_free(grammar);
	return 0;
}

static struct parse_place place_of(enum cli_mode mode)
{
	struct parse_place at = {.grammar = grammar, .privilege = 15};

	if (mode == CLI_MODE_EXEC)
		at.privilege = 1;
	at.mode[at.count++] = mode;
	if (mode == CLI_MODE_IKEV2_PEER)
		at.mode[at.count++] = CLI_MODE_IKEV2_KEYRING;
	if (mode > CLI_MODE_CONFIG)
		at.mode[at.count++] = CLI_MODE_CONFIG;
	return at;
}

static struct parse_result parse(enum cli_mode mode, const char *line)
{
	struct parse_place at = place_of(mode);
	struct parse_result r;

	parse_line(&at, line, &r);
	return r;
}

#define RUNNING_CONFIG                                                                             \
	"show running-config [{interface <name:interface>|view <format:json>}] [<all:all>]"

#define EXPECT_SYNTAX(mode, line, want)                                                            \
	do {                                                                                       \
		struct parse_result r_ = parse(mode, line);                                        \
		assert_int_equal(r_.status, PARSE_OK);                                             \
		assert_string_equal(r_.match.row->syntax, want);                                   \
	} while (0)

#define EXPECT_ARG(r, name, want) assert_string_equal(cli_match_get(&(r).match, name), want)

static void expect_text(enum cli_mode mode, const char *prompt, const char *line, const char *want)
{
	struct parse_result r = parse(mode, line);
	struct text out;

	text_init(&out, 0);
	parse_explain(&r, line, strlen(prompt), &out);
	assert_string_equal(text_str(&out), want);
	text_free(&out);
}

static void test_keywords_may_be_shortened_in_any_case(void **state)
{
	(void)state;
	EXPECT_SYNTAX(CLI_MODE_PRIV_EXEC, "conf t", "configure terminal");
	EXPECT_SYNTAX(CLI_MODE_PRIV_EXEC, "CONF Term", "configure terminal");
	EXPECT_SYNTAX(CLI_MODE_PRIV_EXEC, "wr", "write [memory]");
	EXPECT_SYNTAX(CLI_MODE_PRIV_EXEC, "wr mem", "write [memory]");
	EXPECT_SYNTAX(CLI_MODE_PRIV_EXEC, "sh run", RUNNING_CONFIG);
	EXPECT_SYNTAX(CLI_MODE_PRIV_EXEC, "sh cry isak inv",
		      "show crypto isakmp invalid-spi-recovery");
	EXPECT_SYNTAX(CLI_MODE_PRIV_EXEC, "cop run st",
		      "copy {<from:running-config|startup-config>|<source:path>} "
		      "{<to:running-config|startup-config>|<target:path>}");
	EXPECT_SYNTAX(CLI_MODE_CONFIG, "crypto isa inv", "crypto isakmp invalid-spi-recovery");
	EXPECT_SYNTAX(CLI_MODE_CONFIG, "int eth0", "interface <name:interface>");
}

static void test_names_keep_their_case_and_keywords_do_not_matter(void **state)
{
	struct parse_result r = parse(CLI_MODE_CONFIG, "Crypto MAP Vpn 010 IPSEC-isakmp");

	(void)state;
	assert_int_equal(r.status, PARSE_OK);
	EXPECT_ARG(r, "name", "Vpn");
	EXPECT_ARG(r, "sequence", "010");
	assert_true(cli_match_arg(&r.match, "sequence", 0)->number);
	assert_null(cli_match_get(&r.match, "peer"));
}

static void test_an_exact_keyword_wins_over_a_longer_one(void **state)
{
	(void)state;
	/* invalid-spi is the beginning of nothing else there, ip is a whole word beside ipinip. */
	EXPECT_SYNTAX(CLI_MODE_PRIV_EXEC, "show crypto invalid-spi",
		      "show crypto invalid-spi [<detail:detail>]");
	struct parse_result r = parse(CLI_MODE_ACL, "permit ip any any");

	assert_int_equal(r.status, PARSE_OK);
	EXPECT_ARG(r, "protocol", "0");
	r = parse(CLI_MODE_ACL, "permit i any any");
	assert_int_equal(r.status, PARSE_AMBIGUOUS);
}

static void test_an_ambiguous_word_repeats_the_line_as_typed(void **state)
{
	(void)state;
	expect_text(CLI_MODE_CONFIG, "R1(config)#", "i", "% Ambiguous command:  \"i\"\n");
	expect_text(CLI_MODE_PRIV_EXEC, "R1#", "show crypto i",
		    "% Ambiguous command:  \"show crypto i\"\n");
	expect_text(CLI_MODE_PRIV_EXEC, "R1#", "co t", "% Ambiguous command:  \"co t\"\n");
	expect_text(CLI_MODE_PRIV_EXEC, "R1#", "show lo", "% Ambiguous command:  \"show lo\"\n");
}

/* `show login` is there too, on routers as here; what everybody types is the log. */
static void test_log_is_short_for_logging(void **state)
{
	struct parse_result r = parse(CLI_MODE_PRIV_EXEC, "sh log | include SPI");

	(void)state;
	assert_int_equal(r.status, PARSE_OK);
	assert_string_equal(r.match.row->syntax, "show logging");
	r = parse(CLI_MODE_PRIV_EXEC, "show LOG explain SA_LOST");
	assert_int_equal(r.status, PARSE_OK);
	assert_string_equal(r.match.row->syntax, "show logging explain <mnemonic>");
	r = parse(CLI_MODE_CONFIG, "log buffered 8192");
	assert_int_equal(r.status, PARSE_OK);
	assert_int_equal(parse(CLI_MODE_PRIV_EXEC, "show logi").status, PARSE_OK);
	/* A whole word remains one. */
	r = parse(CLI_MODE_ARCHIVE, "log config");
	assert_int_equal(r.status, PARSE_OK);
	assert_string_equal(r.match.row->syntax, "log config");
}

static void test_a_missing_word_is_told_without_a_caret(void **state)
{
	(void)state;
	expect_text(CLI_MODE_PRIV_EXEC, "R1#", "show",
		    "% Type \"show ?\" for a list of subcommands\n");
	expect_text(CLI_MODE_PRIV_EXEC, "R1#", "sh",
		    "% Type \"show ?\" for a list of subcommands\n");
	expect_text(CLI_MODE_CONFIG, "R1(config)#", "do show",
		    "% Type \"show ?\" for a list of subcommands\n");
	expect_text(CLI_MODE_PRIV_EXEC, "R1#", "show crypto", "% Incomplete command.\n\n");
	expect_text(CLI_MODE_CONFIG, "R1(config)#", "crypto map M", "% Incomplete command.\n\n");
	expect_text(CLI_MODE_CONFIG, "R1(config)#", "no", "% Incomplete command.\n\n");
	expect_text(CLI_MODE_CONFIG, "R1(config)#", "do", "% Incomplete command.\n\n");
	expect_text(CLI_MODE_IKEV2_PEER, "R1(config-ikev2-keyring-peer)#", "pre-shared-key local",
		    "% Incomplete command.\n\n");
}

static void test_the_caret_stands_under_the_first_character_that_nothing_takes(void **state)
{
	(void)state;
	expect_text(CLI_MODE_CONFIG, "Switch(config)#", "hostnane S1",
		    "                     ^\n% Invalid input detected at '^' marker.\n\n");
	/* A wrong first letter of a word; blanks before it count. */
	expect_text(CLI_MODE_CONFIG, "R1(config)#", "logging  xbuffered",
		    "                    ^\n% Invalid input detected at '^' marker.\n\n");
	/* Surplus words. */
	expect_text(CLI_MODE_PRIV_EXEC, "R1#", "configure terminal x",
		    "                      ^\n% Invalid input detected at '^' marker.\n\n");
}

static void expect_caret(enum cli_mode mode, const char *line, size_t offset)
{
	struct parse_result r = parse(mode, line);

	if (r.status != PARSE_INVALID || r.offset != offset)
		print_error("\"%s\": status %d offset %zu\n", line, (int)r.status, r.offset);
	assert_int_equal(r.status, PARSE_INVALID);
	assert_int_equal(r.offset, offset);
}

static void test_words_behind_a_no_that_identify_nothing_are_surplus(void **state)
{
	struct parse_result r;

	(void)state;
	r = parse(CLI_MODE_CONFIG, "no hostname R1 and more");
	assert_int_equal(r.status, PARSE_OK);
	assert_int_equal(r.form, CLI_NO);
	assert_string_equal(cli_match_get(&r.match, "name"), "R1");
	r = parse(CLI_MODE_CRYPTO_MAP, "default set peer 192.0.2.1 default");
	assert_int_equal(r.status, PARSE_OK);
	/* The map of the configuration, not that of the interface with words left over. */
	r = parse(CLI_MODE_INTERFACE, "no crypto map VPN 10 ipsec-isakmp");
	assert_int_equal(r.status, PARSE_OK);
	assert_int_equal(r.match.mode, CLI_MODE_CONFIG);
	r = parse(CLI_MODE_INTERFACE, "no crypto map VPN redundancy X");
	assert_int_equal(r.status, PARSE_OK);
	assert_int_equal(r.match.mode, CLI_MODE_INTERFACE);
	/* A mistyped word where one may stand is none. */
	expect_caret(CLI_MODE_CONFIG, "no crypto map VPN typo", 18);
	expect_caret(CLI_MODE_CONFIG, "no bogus", 4);
	expect_caret(CLI_MODE_CONFIG, "hostname R1 and more", 12);
	expect_caret(CLI_MODE_PRIV_EXEC, "no debug crypto ikev2 bogus", 22);
}

static void test_carets_within_values(void **state)
{
	(void)state;
	expect_caret(CLI_MODE_CONFIG, "crypto map M 65536 ipsec-isakmp",
		     17); /* the digit too many */
	expect_caret(CLI_MODE_CONFIG, "crypto map M 0 ipsec-isakmp", 13);
	expect_caret(CLI_MODE_CONFIG, "crypto map M 1a ipsec-isakmp", 14);
	expect_caret(CLI_MODE_CONFIG, "crypto map M ten ipsec-isakmp", 13);
	expect_caret(CLI_MODE_CRYPTO_MAP, "set peer 10.1.1.256", 18);
	expect_caret(CLI_MODE_CRYPTO_MAP, "set peer 10.1.1", 15);
	expect_caret(CLI_MODE_CRYPTO_MAP, "set peer 10.01.1.1", 13);
	expect_caret(CLI_MODE_CRYPTO_MAP, "set peer router.example", 9);
	expect_caret(CLI_MODE_CRYPTO_MAP, "set pfs group5", 13);
	expect_caret(CLI_MODE_CRYPTO_MAP, "set security-association lifetime seconds 119", 42);
	expect_caret(CLI_MODE_ACL, "permit ip 10.0.0.0 0.255.0.255 any", 19);
	expect_caret(CLI_MODE_CONFIG, "crypto isakmp policy 10", 14);
	expect_caret(CLI_MODE_PRIV_EXEC, "show crypto pki certificates", 12);
}

static void test_names_end_at_64_characters(void **state)
{
	char line[160] = "crypto ikev2 keyring ";
	size_t n = strlen(line);

	(void)state;
	memset(line + n, 'k', 64);
	assert_int_equal(parse(CLI_MODE_CONFIG, line).status, PARSE_OK);
	line[n + 64] = 'k';
	expect_caret(CLI_MODE_CONFIG, line, n + 64);
}

static void test_an_unknown_word_in_exec_is_taken_for_a_host(void **state)
{
	(void)state;
	expect_text(CLI_MODE_PRIV_EXEC, "R1#", "xyz",
		    "Translating \"xyz\"\n% Bad IP address or host name\n"
		    "% Unknown command or computer name, or unable to find computer address\n");
	/* A privileged command in user EXEC is as unknown. */
	assert_int_equal(parse(CLI_MODE_EXEC, "write").status, PARSE_NOT_A_COMMAND);
	/* Two words are no host. */
	expect_caret(CLI_MODE_PRIV_EXEC, "xyz abc", 0);
	expect_caret(CLI_MODE_CONFIG, "xyz", 0);
}

static void test_privilege_hides_words(void **state)
{
	(void)state;
	EXPECT_SYNTAX(CLI_MODE_EXEC, "show version", "show version");
	expect_caret(CLI_MODE_EXEC, "show running-config", 5);
	/* What cannot be seen is not ambiguous either. */
	assert_int_equal(parse(CLI_MODE_PRIV_EXEC, "c t").status, PARSE_AMBIGUOUS);
	EXPECT_SYNTAX(CLI_MODE_EXEC, "show d", "show debugging");
	expect_caret(CLI_MODE_EXEC, "show ru", 5);
}

static struct parse_result parse_key(const char *line)
{
	return parse(CLI_MODE_IKEV2_PEER, line);
}

static void test_bars_hashes_and_quotes_are_data_in_a_key(void **state)
{
	struct parse_result r = parse_key("pre-shared-key a|b#c\"d'e\\f?");

	(void)state;
	assert_int_equal(r.status, PARSE_OK);
	EXPECT_ARG(r, "key", "a|b#c\"d'e\\f?");
	r = parse_key("pre-shared-key #key");
	EXPECT_ARG(r, "key", "#key");
	r = parse_key("pre-shared-key |");
	EXPECT_ARG(r, "key", "|");
	r = parse_key("pre-shared-key 0 \"");
	EXPECT_ARG(r, "key", "\"");
	EXPECT_ARG(r, "type", "0");
	r = parse_key("pre-shared-key !x");
	EXPECT_ARG(r, "key", "!x");
}

static void test_quotes_hold_blanks_and_make_a_word_data(void **state)
{
	struct parse_result r = parse_key("pre-shared-key \"two words\"");

	(void)state;
	EXPECT_ARG(r, "key", "two words");
	r = parse_key("pre-shared-key \"a \\\" b \\\\ c\"");
	EXPECT_ARG(r, "key", "a \" b \\ c");
	/* A quote that is not closed is a character like others. */
	r = parse_key("pre-shared-key \"open");
	EXPECT_ARG(r, "key", "\"open");
	expect_caret(CLI_MODE_IKEV2_PEER, "pre-shared-key \"open end", 21);
	/* Quoted, a keyword is a key. */
	r = parse_key("pre-shared-key \"local\"");
	assert_int_equal(r.status, PARSE_OK);
	EXPECT_ARG(r, "key", "local");
	/* Quotes do not make keywords. */
	expect_caret(CLI_MODE_CONFIG, "\"hostname\" R1", 0);
}

static void test_a_description_takes_the_rest_of_the_line(void **state)
{
	struct parse_result r = parse(CLI_MODE_CRYPTO_MAP, "description to  \"Berlin\" | no #1  ");

	(void)state;
	assert_int_equal(r.status, PARSE_OK);
	EXPECT_ARG(r, "text", "to  \"Berlin\" | no #1");
	expect_caret(CLI_MODE_CRYPTO_MAP, "description caf\xc3\xa9", 15);
}

static void test_no_needs_only_what_identifies_the_line(void **state)
{
	static const char *const lines[] = {
		"no crypto map M 10",  "no crypto map M 10 ipsec-isakmp",
		"no hostname",	       "no hostname R1",
		"no logging buffered", "no crypto ipsec transform-set T",
		"default hostname",    "no crypto ikev2 dpd",
		"NO int eth0"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct parse_result r = parse(CLI_MODE_CONFIG, lines[i]);

		assert_int_equal(r.status, PARSE_OK);
		assert_int_equal(r.form, lines[i][0] == 'd' ? CLI_DEFAULT : CLI_NO);
	}
	/* A whole map; an entry that is there needs no kind to be opened again. */
	assert_int_equal(parse(CLI_MODE_CONFIG, "no crypto map M").status, PARSE_OK);
	assert_int_equal(parse(CLI_MODE_CONFIG, "no crypto map").status, PARSE_INCOMPLETE);
	assert_int_equal(parse(CLI_MODE_CONFIG, "crypto map M 10").status, PARSE_OK);
	assert_int_equal(parse(CLI_MODE_ACL, "no 10").status, PARSE_OK);
	assert_int_equal(parse(CLI_MODE_ACL, "10").status, PARSE_INCOMPLETE);
	expect_caret(CLI_MODE_PRIV_EXEC, "no show version", 3);
	assert_int_equal(parse(CLI_MODE_PRIV_EXEC, "no debug all").status, PARSE_OK);
	expect_caret(CLI_MODE_PRIV_EXEC, "debug all", 6);
	/* `no no` is not a double negation. */
	expect_caret(CLI_MODE_CONFIG, "no no hostname", 3);
}

static void test_do_runs_an_exec_command_from_configuration(void **state)
{
	struct parse_result r = parse(CLI_MODE_CRYPTO_MAP, "do show run | inc crypto|set");

	(void)state;
	assert_int_equal(r.status, PARSE_OK);
	assert_true(r.is_do);
	assert_string_equal(r.match.row->syntax, RUNNING_CONFIG);
	assert_string_equal(cli_match_get(&r.filter, "regular-expression"), "crypto|set");
	expect_caret(CLI_MODE_CONFIG, "do hostname R1", 3);
	assert_int_equal(parse(CLI_MODE_CONFIG, "do undebug all").status, PARSE_OK);
	assert_int_equal(parse(CLI_MODE_CONFIG, "do no debug all").form, CLI_NO);
}

static void test_what_a_sub_mode_does_not_know_goes_outward(void **state)
{
	struct parse_result r = parse(CLI_MODE_CRYPTO_MAP, "interface eth0");

	(void)state;
	assert_int_equal(r.status, PARSE_OK);
	assert_int_equal(r.outer, 1);
	r = parse(CLI_MODE_IKEV2_PEER, "peer other");
	assert_int_equal(r.outer, 1);
	r = parse(CLI_MODE_IKEV2_PEER, "hostname R1");
	assert_int_equal(r.outer, 2);
	r = parse(CLI_MODE_CRYPTO_MAP, "set peer 10.1.1.1");
	assert_int_equal(r.outer, 0);
	/* crypto map exists in both: the interface's wins as long as it fits. */
	r = parse(CLI_MODE_INTERFACE, "crypto map M");
	assert_int_equal(r.outer, 0);
	r = parse(CLI_MODE_INTERFACE, "crypto map M 10 ipsec-isakmp");
	assert_int_equal(r.outer, 1);
	/* The caret goes as far as any mode came. */
	expect_caret(CLI_MODE_CRYPTO_MAP, "set pear 10.1.1.1", 6);
	expect_caret(CLI_MODE_CRYPTO_MAP, "hostnane R1", 6);
}

static void test_filters_stand_behind_a_show_only(void **state)
{
	struct parse_result r = parse(CLI_MODE_PRIV_EXEC, "show logging|i a|b");

	(void)state;
	assert_int_equal(r.status, PARSE_OK);
	assert_string_equal(cli_match_get(&r.filter, "regular-expression"), "a|b");
	assert_string_equal(r.filter.row->syntax, "include <regular-expression:line>");
	r = parse(CLI_MODE_PRIV_EXEC, "show version | json");
	assert_int_equal(r.status, PARSE_OK);
	assert_string_equal(r.filter.row->syntax, "json");
	assert_int_equal(parse(CLI_MODE_PRIV_EXEC, "show version |").status, PARSE_INCOMPLETE);
	assert_int_equal(parse(CLI_MODE_PRIV_EXEC, "show version | i").status, PARSE_INCOMPLETE);
	expect_caret(CLI_MODE_PRIV_EXEC, "show version | grep x", 15);
	expect_caret(CLI_MODE_PRIV_EXEC, "write | i x", 6);
	expect_caret(CLI_MODE_PRIV_EXEC, "show version | json x", 20);
}

static void test_empty_lines_and_comments_are_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse(CLI_MODE_CONFIG, "").status, PARSE_EMPTY);
	assert_int_equal(parse(CLI_MODE_CONFIG, " \t ").status, PARSE_EMPTY);
	assert_int_equal(parse(CLI_MODE_CONFIG, "! hostname R1").status, PARSE_EMPTY);
	assert_int_equal(parse(CLI_MODE_CONFIG, "  !").status, PARSE_EMPTY);
}

static void test_long_lines_are_refused(void **state)
{
	char *line = alloc_zero(65537);

	(void)state;
	memset(line, 'x', 65536);
	assert_int_equal(parse(CLI_MODE_CONFIG, line).status, PARSE_TOO_LONG);
	memset(line, ' ', 65535);
	assert_int_equal(parse(CLI_MODE_CONFIG, line).status, PARSE_TOO_LONG);
	line[TOKEN_LINE_MAX] = '\0';
	line[0] = 'x';
	assert_int_equal(parse(CLI_MODE_CONFIG, line).status, PARSE_INVALID);
	alloc_free(line);
}

/* How long a secret may be is the daemon's to say, in its sentence; a word that does not fit is told. */
static void test_a_long_secret_goes_to_the_daemon(void **state)
{
	char line[700] = "pre-shared-key ", want[256];

	(void)state;
	memset(line + 15, 'k', 511);
	assert_int_equal(parse(CLI_MODE_IKEV2_PEER, line).status, PARSE_OK);
	memset(line + 15, 'k', 512);
	snprintf(want, sizeof(want), "%18s^\n%% The word is longer than 511 characters.\n\n", "");
	expect_text(CLI_MODE_IKEV2_PEER, "R1#", line, want);
}

static void test_a_list_parameter_takes_several_words(void **state)
{
	struct parse_result r =
		parse(CLI_MODE_IKEV2_PROPOSAL, "encr aes-cbc-256 aes-cbc-128 aes-gcm-256");

	(void)state;
	assert_int_equal(r.status, PARSE_OK);
	assert_string_equal(cli_match_arg(&r.match, "encryption", 2)->value, "aes-gcm-256");
	assert_null(cli_match_arg(&r.match, "encryption", 3));
	/* `aes-cbc` alone could be three. */
	assert_int_equal(parse(CLI_MODE_IKEV2_PROPOSAL, "encryption aes-cbc").status,
			 PARSE_AMBIGUOUS);
	char line[400] = "set transform-set";

	for (int i = 0; i < CLI_ARGS_MAX + 1; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " t%d", i);
	assert_int_equal(parse(CLI_MODE_CRYPTO_MAP, line).status, PARSE_TOO_LONG);
}

/* Help */

struct listing {
	struct text text;
};

static void list_word(void *ctx, const char *word, const char *help)
{
	struct listing *l = ctx;

	(void)help;
	text_addf(&l->text, "%s ", word);
}

static void expect_help(enum cli_mode mode, const char *line, const char *want)
{
	struct parse_place at = place_of(mode);
	struct listing l;

	text_init(&l.text, 0);
	parse_help(&at, line, list_word, &l);
	assert_string_equal(text_str(&l.text), want);
	text_free(&l.text);
}

static void test_help_lists_what_may_stand_at_the_cursor(void **state)
{
	(void)state;
	expect_help(CLI_MODE_PRIV_EXEC, "show crypto i", "ikev2 invalid-spi ipsec isakmp ");
	expect_help(CLI_MODE_PRIV_EXEC, "show crypto ipsec sa ",
		    "address detail identity interface map peer | <cr> ");
	expect_help(CLI_MODE_CONFIG, "crypto map ", "WORD ");
	expect_help(CLI_MODE_CONFIG, "crypto map M ", "<1-65535> ");
	expect_help(CLI_MODE_CRYPTO_MAP, "set pfs ", "group14 group19 group31 ");
	expect_help(CLI_MODE_CRYPTO_MAP, "set transform-set T ", "WORD <cr> ");
	expect_help(CLI_MODE_CONFIG, "hostname R1 ", "<cr> ");
	expect_help(CLI_MODE_CONFIG, "do wr", "write ");
	expect_help(CLI_MODE_CONFIG, "no crypto map M 10 ", "ipsec-isakmp <cr> ");
	expect_help(CLI_MODE_PRIV_EXEC, "show version | ",
		    "append begin count exclude include json redirect section tee ");
	expect_help(CLI_MODE_PRIV_EXEC, "show version | tee ", "/append LINE ");
	expect_help(CLI_MODE_PRIV_EXEC, "show version | section ", "LINE exclude include ");
	expect_help(CLI_MODE_EXEC, "",
		    "disable enable exit logout no ping quit show terminal traceroute ");
	expect_help(CLI_MODE_EXEC, "ping 10.1.1.1 size 100 ",
		    "df-bit repeat size source timeout <cr> ");
	expect_help(CLI_MODE_EXEC, "ping 10.1.1.1 df-bit repeat ", "<1-2147483647> ");
	/* Global words from a sub-mode that has none such. */
	expect_help(CLI_MODE_CRYPTO_MAP, "interf", "interface ");
}

static void test_help_after_a_wrong_word_is_refused(void **state)
{
	struct parse_place at = place_of(CLI_MODE_CONFIG);
	struct listing l;

	(void)state;
	text_init(&l.text, 0);
	assert_int_equal(parse_help(&at, "crypto nothing ", list_word, &l), -1);
	assert_int_equal(parse_help(&at, "i x", list_word, &l), -1);
	assert_string_equal(text_str(&l.text), "");
	text_free(&l.text);
}

/* The table as a whole */

struct untold {
	const char *word;
};

static void find_untold(void *ctx, const char *word, const char *help)
{
	struct untold *u = ctx;

	if (!*help && strcmp(word, "<cr>") != 0 && !u->word)
		u->word = word;
}

static void expect_told(const struct parse_place *at, const char *line)
{
	struct untold u = {0};

	parse_help(at, line, find_untold, &u);
	if (u.word)
		print_error("no help for \"%s\" after \"%s\"\n", u.word, line);
	assert_null(u.word);
}

/* Appends the next word of a syntax to a line; false: it is a choice, or a parameter with a type. */
static bool add_sample(struct text *line, const char *word, size_t len)
{
	if (word[0] == '~')
		return true;
	if (word[0] == '<' && !memchr(word, ':', len))
		text_add(line, "x ");
	else if (strchr("<[{", word[0]))
		return false;
	else
		text_addf(line, "%.*s ", (int)len, word);
	return true;
}

/* Every row is typed word by word, and asked for help before each: nothing may be without. */
static void test_every_word_of_the_table_has_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < cli_row_count(); i++) {
		const struct cli_row *row = cli_row(i);
		int mode = row->mode == CLI_MODE_EXECS	   ? CLI_MODE_PRIV_EXEC
			   : row->mode == CLI_MODE_CONFIGS ? CLI_MODE_CONFIG
							   : row->mode;
		struct parse_place at = {.grammar = grammar,
					 .mode = {(enum cli_mode)mode},
					 .count = 1,
					 .privilege = 15};
		const char *word = row->syntax;
		struct text line;
		bool more = true;

		text_init(&line, 0);
		while (more && *word) {
			size_t len = strcspn(word, " ");

			expect_told(&at, text_str(&line));
			more = add_sample(&line, word, len);
			word += len + (word[len] == ' ');
		}
		text_free(&line);
	}
}

static int build(void *arg)
{
	struct error err = {0};
	struct grammar *g = grammar_new(arg, 14, &err);

	grammar_free(g);
	return g ? 0 : -1;
}

static void test_running_out_of_memory_leaves_nothing_behind(void **state)
{
	struct cli_row *rows = cli_rows_copy();

	(void)state;
	assert_true(unit_fail_each_allocation(build, rows) > 0);
	alloc_free(rows);
}

static void test_faulty_syntax_is_named(void **state)
{
	static const char *const faulty[] = {"a [b", "a {b|c", "a <b",	   "",
					     "[a]]", "{|a}",   "a <b:word"};

	(void)state;
	for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
		struct error err = {0};
		struct syntax *s = syntax_parse(faulty[i], &err);

		assert_null(s);
		assert_true(err.text[0] != '\0');
	}
}

static void test_two_rows_that_end_alike_are_refused(void **state)
{
	static const struct cli_row rows[] = {
		{.mode = CLI_MODE_CONFIG, .syntax = "a [b]", .forms = CLI_HAS_SET},
		{.mode = CLI_MODE_CONFIG, .syntax = "a b", .forms = CLI_HAS_SET},
	};
	static const struct cli_row optional = {.mode = CLI_MODE_CONFIG, .syntax = "[a]"};
	struct error err = {0};

	(void)state;
	assert_null(grammar_new(rows, 2, &err));
	assert_non_null(strstr(err.text, "ends like"));
	assert_null(grammar_new(&optional, 1, NULL));
}

static void spelt(enum cli_mode mode, const char *line, const char *full)
{
	struct parse_result r = parse(mode, line);

	assert_int_equal(r.status, PARSE_OK);
	assert_string_equal(r.full, full);
	cli_match_wipe(&r.match);
}

static void test_a_command_is_spelt_out(void **state)
{
	(void)state;
	spelt(CLI_MODE_PRIV_EXEC, "sh cry ikev2 sa", "show crypto ikev2 sa");
	spelt(CLI_MODE_PRIV_EXEC, "  SH  priv | inc x", "show privilege");
	spelt(CLI_MODE_CONFIG, "host R2", "hostname R2");
	spelt(CLI_MODE_CONFIG, "no host", "no hostname");
	spelt(CLI_MODE_CONFIG, "do sh priv", "do show privilege");
	spelt(CLI_MODE_INTERFACE, "descr a b  c", "description a b  c");
	spelt(CLI_MODE_IKEV2_PEER, "pre loc Secret1", "pre-shared-key local *****");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords_may_be_shortened_in_any_case),
		cmocka_unit_test(test_a_command_is_spelt_out),
		cmocka_unit_test(test_names_keep_their_case_and_keywords_do_not_matter),
		cmocka_unit_test(test_an_exact_keyword_wins_over_a_longer_one),
		cmocka_unit_test(test_an_ambiguous_word_repeats_the_line_as_typed),
		cmocka_unit_test(test_log_is_short_for_logging),
		cmocka_unit_test(test_a_missing_word_is_told_without_a_caret),
		cmocka_unit_test(
			test_the_caret_stands_under_the_first_character_that_nothing_takes),
		cmocka_unit_test(test_words_behind_a_no_that_identify_nothing_are_surplus),
		cmocka_unit_test(test_carets_within_values),
		cmocka_unit_test(test_names_end_at_64_characters),
		cmocka_unit_test(test_an_unknown_word_in_exec_is_taken_for_a_host),
		cmocka_unit_test(test_privilege_hides_words),
		cmocka_unit_test(test_bars_hashes_and_quotes_are_data_in_a_key),
		cmocka_unit_test(test_quotes_hold_blanks_and_make_a_word_data),
		cmocka_unit_test(test_a_description_takes_the_rest_of_the_line),
		cmocka_unit_test(test_no_needs_only_what_identifies_the_line),
		cmocka_unit_test(test_do_runs_an_exec_command_from_configuration),
		cmocka_unit_test(test_what_a_sub_mode_does_not_know_goes_outward),
		cmocka_unit_test(test_filters_stand_behind_a_show_only),
		cmocka_unit_test(test_empty_lines_and_comments_are_nothing),
		cmocka_unit_test(test_long_lines_are_refused),
		cmocka_unit_test(test_a_long_secret_goes_to_the_daemon),
		cmocka_unit_test(test_a_list_parameter_takes_several_words),
		cmocka_unit_test(test_help_lists_what_may_stand_at_the_cursor),
		cmocka_unit_test(test_help_after_a_wrong_word_is_refused),
		cmocka_unit_test(test_every_word_of_the_table_has_help),
		cmocka_unit_test(test_running_out_of_memory_leaves_nothing_behind),
		cmocka_unit_test(test_faulty_syntax_is_named),
		cmocka_unit_test(test_two_rows_that_end_alike_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
