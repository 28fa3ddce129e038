/*
 * cli/rows: how the parts of the command table (rows_*.c) write a row. A part is the rows of one domain;
 * cli/table.c puts them in order.
 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "cli/handlers.h"
#include "cli/table.h"

#define CLI_CRYPTO_IPSEC  "/spindle-crypto:crypto/ipsec"
#define CLI_CRYPTO_ISAKMP "/spindle-crypto:crypto/isakmp"
#define CLI_CRYPTO_IKEV2  "/spindle-crypto:crypto/ikev2"

#define EXEC(mode_, privilege_, syntax_, run_, help_)                                              \
	{                                                                                          \
		.mode = (mode_), .privilege = (privilege_), .syntax = (syntax_), .help = (help_),  \
		.forms = CLI_HAS_SET, .run = (run_)                                                \
	}
#define SHOW(privilege_, syntax_, run_, help_)                                                     \
	{                                                                                          \
		.mode = CLI_MODE_EXECS, .privilege = (privilege_), .syntax = "show " syntax_,      \
		.help = (help_), .forms = CLI_HAS_SET | CLI_FILTERED, .run = (run_)                \
	}
/* Behind the `|` of a show; the session reads it (cli/filter.c). */
#define FILTER(syntax_, help_)                                                                     \
	{                                                                                          \
		.mode = CLI_MODE_FILTER, .syntax = (syntax_), .help = (help_),                     \
		.forms = CLI_HAS_SET, .run = cli_do_filter                                         \
	}
#define CONFIG(mode_, syntax_, spec_, help_)                                                       \
	{                                                                                          \
		.mode = (mode_), .privilege = CLI_CHANGES, .syntax = (syntax_), .help = (help_),   \
		.forms = CLI_HAS_ALL, .run = cli_do_edit, .data = (spec_)                          \
	}
#define ENTER(mode_, syntax_, spec_, enters_, run_, help_)                                         \
	{                                                                                          \
		.mode = (mode_), .privilege = CLI_CHANGES, .syntax = (syntax_), .help = (help_),   \
		.forms = CLI_HAS_ALL, .enters = (enters_), .run = (run_), .data = (spec_)          \
	}
/* Known, and refused with a sentence. */
#define REFUSED_IN(mode_, syntax_, run_, help_)                                                    \
	{                                                                                          \
		.mode = (mode_), .privilege = CLI_CHANGES, .syntax = (syntax_), .help = (help_),   \
		.forms = CLI_HAS_SET, .run = (run_)                                                \
	}
#define REFUSED(syntax_, run_, help_) REFUSED_IN(CLI_MODE_CONFIG, syntax_, run_, help_)

#define CLI_PART(name)                                                                             \
	const struct cli_part cli_rows_##name = {rows, sizeof(rows) / sizeof(rows[0])}

#endif
