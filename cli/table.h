/*
 * cli/table: the declarative command table: one row gives `word`, `no word`, `default word`, help, the
 * YANG path it edits and its place in `show running-config`. A library: used by the shell, by
 * its tests and by the fuzzer.
 *
 * A row's syntax is one string: keywords in clear, parameters as <name:type>, optional parts in
 * [ ], alternatives in { | }:   "crypto map <name:word> <sequence:1-65535> ~ ipsec-isakmp".
 * A choice is a parameter of keywords, with the value that each stands for where it differs:
 * "set pfs <group:group14=14|group19=19>";
 * one option may be a range of numbers: "eq <port:www=80|0-65535>". A "+" behind a parameter: it may be given several times.
 * "{ | }*": none, one or several of the alternatives, in any order (of `show running-config` no row has it).
 * "~": the `no` form may end here.  Types: token.h.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli_session;
struct cli_match; /* parsed words by parameter name: cli/parse.h */

enum cli_mode {
	CLI_MODE_EXEC,
	CLI_MODE_PRIV_EXEC,
	CLI_MODE_CONFIG,
	CLI_MODE_CRYPTO_MAP,
	CLI_MODE_TRANSFORM,
	CLI_MODE_IKEV2_PROPOSAL,
	CLI_MODE_IKEV2_POLICY,
	CLI_MODE_IKEV2_KEYRING,
	CLI_MODE_IKEV2_PEER,
	CLI_MODE_IKEV2_PROFILE,
	CLI_MODE_ACL,
	CLI_MODE_ACL_STANDARD,
	CLI_MODE_INTERFACE,
	CLI_MODE_LINE,
	CLI_MODE_ARCHIVE,
	CLI_MODE_ARCHIVE_LOG,
	CLI_MODE_APPLET,
	CLI_MODE_APPLET_TRIGGER,
	CLI_MODE_COUNT,
	/* Not modes of a session: where a row's words are known. */
	CLI_MODE_FILTER = CLI_MODE_COUNT, /* behind the `|` of a show */
	CLI_MODE_EXECS,			  /* both EXEC modes */
	CLI_MODE_CONFIGS,		  /* every configuration mode */
};

enum cli_result {
	CLI_OK = 0,
	CLI_FAILED = 1, /* a sentence was printed */
	CLI_QUIT = 2,
};

enum cli_form { CLI_SET, CLI_NO, CLI_DEFAULT };

/* Bits of cli_row.forms. */
#define CLI_HAS_SET	(1 << CLI_SET)
#define CLI_HAS_NO	(1 << CLI_NO)
#define CLI_HAS_DEFAULT (1 << CLI_DEFAULT)
#define CLI_HAS_ALL	(CLI_HAS_SET | CLI_HAS_NO | CLI_HAS_DEFAULT)
#define CLI_FILTERED	(1 << 3) /* its output may go through `| include …` */
/* The data say what the `no` form means: `no` sets it, the plain word takes it away, and the line of
 * `show running-config` begins with "no". */
#define CLI_INVERSE (1 << 4)

struct cli_row {
	uint8_t mode;	   /* enum cli_mode */
	uint8_t privilege; /* least */
	const char *syntax;
	const char *
		help; /* "keyword text" pairs, one a line; words that an earlier row told may be left out */
	uint8_t forms;	/* CLI_HAS_… */
	uint8_t enters; /* a configuration mode that the command opens; 0 = none */
	enum cli_result (*run)(struct cli_session *s, const struct cli_match *m,
			       enum cli_form form);
	const void *data; /* for generic handlers: the edit (spec.h) */
};

/* The rows of one domain: a file rows_*.c. */
struct cli_part {
	const struct cli_row *rows;
	size_t count;
};

/* The whole table, in order. */
size_t cli_row_count(void);
const struct cli_row *cli_row(size_t index); /* NULL: behind the last */
struct cli_row *cli_rows_copy(void); /* all of them, the caller's (alloc_free); NULL: no memory */

#endif
