/* EXEC: sessions, saving, clear, debug. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	EXEC(CLI_MODE_EXECS, 0, "enable [<level:0-15>]", cli_do_enable,
	     "enable Turn on privileged commands\n<level:0-15> Enable level"),
	EXEC(CLI_MODE_EXECS, 0, "disable [<level:0-15>]", cli_do_disable,
	     "disable Turn off privileged commands\n<level:0-15> Privilege level to go to"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear line <line:0-65>", cli_do_clear_line,
	     "clear Reset functions\nline Reset a terminal line\n<line:0-65> Line number"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear line console 0", cli_do_clear_line,
	     "console Primary terminal line\n0 Line number"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear line vty <vty:0-63>", cli_do_clear_line,
	     "vty Virtual terminal\n<vty:0-63> Line number"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES,
	     "clear aaa local user lockout {username <username>|<all:all>}", cli_do_clear_lockout,
	     "aaa Clear AAA values\nlocal Clear AAA local values\nuser Clear AAA local user\n"
	     "lockout Clear local user lockout\nusername Clear the lock of one user\n"
	     "<username> Name of the user\nall Clear the locks of all users"),
	EXEC(CLI_MODE_EXECS, 0, "exit", cli_do_quit, "exit Exit from the EXEC"),
	EXEC(CLI_MODE_EXECS, 0, "quit", cli_do_quit, "quit Exit from the EXEC"),
	EXEC(CLI_MODE_EXECS, 0, "logout", cli_do_quit, "logout Exit from the EXEC"),
	{.mode = CLI_MODE_PRIV_EXEC,
	 .privilege = CLI_CHANGES,
	 .syntax = "debug crypto <flag:ikev2|ipsec|invalid-spi>",
	 .forms = CLI_HAS_SET | CLI_HAS_NO,
	 .run = cli_do_debug,
	 .help = "debug Debugging functions (see also 'undebug')\ncrypto Cryptographic subsystem\n"
		 "ikev2 IKEv2 exchanges\nipsec IPsec SAs, policies and the kernel\n"
		 "invalid-spi Refused packets, verdicts and recovery"},
	{.mode = CLI_MODE_PRIV_EXEC,
	 .privilege = CLI_CHANGES,
	 .syntax = "debug all",
	 .forms = CLI_HAS_NO,
	 .run = cli_do_debug_all,
	 .help = "all Every kind of debugging"},
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "undebug all", cli_do_debug_all,
	     "undebug Disable debugging functions (see also 'debug')\nall Every kind of debugging"),
	{.mode = CLI_MODE_PRIV_EXEC,
	 .privilege = CLI_CHANGES,
	 .syntax = "undebug crypto <flag:ikev2|ipsec|invalid-spi>",
	 .forms = CLI_HAS_SET,
	 .run = cli_do_debug,
	 .help = "crypto Cryptographic subsystem\nikev2 IKEv2 exchanges\n"
		 "ipsec IPsec SAs, policies and the kernel\n"
		 "invalid-spi Refused packets, verdicts and recovery"},
};
CLI_PART(exec);
