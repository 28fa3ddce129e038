/* Of every session: terminal settings, filters behind a show, the way out of a mode. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal length <length:0-512>", cli_do_terminal_length,
	     "terminal Set terminal line parameters\nlength Set number of lines on a screen\n"
	     "<length:0-512> Number of lines on screen (0 for no pausing)"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no length", cli_do_terminal_length,
	     "no Negate a command or set its defaults\nlength As many lines as the window has"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal width <width:0-512>", cli_do_terminal_width,
	     "width Set width of the display terminal\n"
	     "<width:0-512> Number of characters on a screen line"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no width", cli_do_terminal_width,
	     "width As many columns as the window has"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal history size <size:0-256>",
	     cli_do_terminal_history,
	     "history Enable and control the command history function\n"
	     "size Set history buffer size\n<size:0-256> Size of history buffer"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no history size", cli_do_terminal_history,
	     "history Command history function\nsize History buffer size"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal monitor", cli_do_terminal_monitor,
	     "monitor Copy debug output to the current terminal line"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no monitor", cli_do_terminal_monitor,
	     "monitor Copy debug output to the current terminal line"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal exec prompt timestamp", cli_do_terminal_timestamp,
	     "exec EXEC session\nprompt EXEC prompt\ntimestamp Print load and time before each show"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no exec prompt timestamp",
	     cli_do_terminal_timestamp,
	     "exec EXEC session\nprompt EXEC prompt\ntimestamp Print load and time before each show"),

	/* Behind the `|` of a show */
	FILTER("append <file:line>", "append Append redirected output to a file\nfile File name"),
	FILTER("begin <regular-expression:line>",
	       "begin Begin with the line that matches\nregular-expression Regular Expression"),
	FILTER("count <regular-expression:line>",
	       "count Count number of lines which match regexp\nregular-expression Regular Expression"),
	FILTER("exclude <regular-expression:line>",
	       "exclude Exclude lines that match\nregular-expression Regular Expression"),
	FILTER("include <regular-expression:line>",
	       "include Include lines that match\nregular-expression Regular Expression"),
	FILTER("json", "json As a JSON document"),
	FILTER("redirect <file:line>", "redirect Redirect output to a file\nfile File name"),
	FILTER("section <regular-expression:line>",
	       "section Filter a section of output\nregular-expression Regular Expression"),
	FILTER("section exclude <regular-expression:line>",
	       "exclude Exclude entire sections of output\nregular-expression Regular Expression"),
	FILTER("section include <regular-expression:line>",
	       "include Include entire sections of output\nregular-expression Regular Expression"),
	FILTER("tee <file:line>", "tee Copy output to a file\nfile File name"),
	FILTER("tee /append <file:line>", "/append Append to the file\nfile File name"),

	/* Every configuration mode */
	EXEC(CLI_MODE_CONFIGS, 0, "exit", cli_do_exit, "exit Exit from the current mode"),
	EXEC(CLI_MODE_CONFIGS, 0, "end", cli_do_end, "end Exit from configure mode"),
};
CLI_PART(terminal);
