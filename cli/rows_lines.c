/* Banners and terminal lines, which stand last in a router's configuration. */
#include "cli/rows.h"

#define BANNER_PATH "/spindle-line:lines/banner"
#define BANNER(which_, help_)                                                                      \
	{                                                                                          \
		.mode = CLI_MODE_CONFIG, .privilege = CLI_CHANGES,                                 \
		.syntax = "banner " which_ " ~ <text:text>",                                       \
		.help = "banner Define a login banner\n" which_ " " help_                          \
			"\ntext c banner-text c, where 'c' is a delimiting character",             \
		.forms = CLI_HAS_ALL, .run = cli_do_banner,                                        \
		.data = BANNER_PATH " " which_ "=<text>"                                           \
	}

static const struct cli_row rows[] = {
	BANNER("motd", "Set Message of the Day banner"),
	BANNER("login", "Set login banner"),
	BANNER("exec", "Set EXEC process creation banner"),
	ENTER(CLI_MODE_CONFIG, "line <kind:con|vty> <first:0-63> ~ [<last:0-63>]",
	      "/spindle-line:lines/line[kind=$<kind>][first=<first>][last=<last>]", CLI_MODE_LINE,
	      cli_do_line,
	      "line Configure a terminal line\ncon Primary terminal line\nvty Virtual terminal\n"
	      "<first:0-63> First Line number\n<last:0-63> Last Line number"),
	ENTER(CLI_MODE_LINE, "exec-timeout ~ <minutes:0-35791> [<seconds:0-2147483>]",
	      ". exec-timeout-minutes=<minutes> exec-timeout-seconds=<seconds>", 0,
	      cli_do_exec_timeout,
	      "exec-timeout Set the EXEC timeout\n<minutes:0-35791> Timeout in minutes\n"
	      "<seconds:0-2147483> Timeout in seconds"),
	CONFIG(CLI_MODE_LINE, "login local", ". login=local",
	       "login Enable password checking\nlocal Local password checking"),
	REFUSED_IN(CLI_MODE_LINE, "login", cli_do_no_line_password,
		   "login Enable password checking: login local"),
	REFUSED_IN(
		CLI_MODE_LINE, "password <rest:line>", cli_do_no_line_password,
		"password Lines have no password: login local\nrest Lines have no password: login local"),
	CONFIG(CLI_MODE_LINE, "access-class ~ <name> in", ". access-class=$<name>",
	       "access-class Filter connections based on an IP access list\nname Access-list name or number\n"
	       "in Filter incoming connections"),
	CONFIG(CLI_MODE_LINE, "transport input ~ <way:all|none|ssh|telnet>+",
	       ". transport-input*<way>",
	       "transport Define transport protocols for line\n"
	       "input Define which protocols to use when connecting to the terminal server\n"
	       "all All protocols\nnone No protocols\nssh TCP/IP SSH protocol\ntelnet TCP/IP Telnet protocol"),
	CONFIG(CLI_MODE_LINE, "privilege level ~ <level:0-15>", ". privilege=<level>",
	       "privilege Change privilege level for line\nlevel Assign default privilege level for line\n"
	       "<level:0-15> Default privilege level for line"),
	CONFIG(CLI_MODE_LINE, "logging synchronous", ". logging-synchronous=true",
	       "logging Modify message logging facilities\nsynchronous Synchronized message output"),
	CONFIG(CLI_MODE_LINE, "length ~ <lines:0-512>", ". length=<lines>",
	       "length Set number of lines on a screen\n"
	       "<lines:0-512> Number of lines on screen (0 for no pausing)"),
	CONFIG(CLI_MODE_LINE, "width ~ <columns:0-512>", ". width=<columns>",
	       "width Set width of the display terminal\n"
	       "<columns:0-512> Number of characters on a screen line"),
	CONFIG(CLI_MODE_LINE, "history size ~ <size:0-256>", ". history-size=<size>",
	       "history Enable and control the command history function\nsize Set history buffer size\n"
	       "<size:0-256> Size of history buffer"),
	CONFIG(CLI_MODE_LINE, "session-limit ~ <limit:1-64>", ". session-limit=<limit>",
	       "session-limit Set maximum number of sessions\n<limit:1-64> Session limit"),
};
CLI_PART(lines);
