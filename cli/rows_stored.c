/* EXEC: saving, copying, replacing, undoing; the archive; the candidate. */
#include "cli/rows.h"

#define DO(syntax_, run_, help_)	   EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, syntax_, run_, help_)
#define IN_CANDIDATE(syntax_, run_, help_) EXEC(CLI_MODE_CONFIGS, CLI_CHANGES, syntax_, run_, help_)

static const struct cli_row rows[] = {
	DO("configure", cli_do_configure_ask, "configure Enter configuration mode"),
	DO("configure terminal", cli_do_configure, "terminal Configure from the terminal"),
	DO("configure terminal revert timer <minutes:1-1440>", cli_do_configure_revert,
	   "revert Undo what is configured unless it is confirmed\ntimer After so many minutes\n"
	   "<minutes:1-1440> Minutes"),
	DO("configure memory", cli_do_configure_memory, "memory Merge the startup configuration"),
	DO("configure candidate", cli_do_configure_candidate,
	   "candidate Configure a candidate, which commit puts in force"),
	DO("configure replace {startup-config|<source:path>} [<list:list>] [<force:force>] [time "
	   "<minutes:1-1440>]",
	   cli_do_replace,
	   "replace Replace the running configuration\nstartup-config Startup configuration\n"
	   "<source:path> archive:NUMBER, or a file: ./FILE\nlist List the commands\n"
	   "force Do not ask\ntime Undo it unless it is confirmed\n<minutes:1-1440> Minutes"),
	DO("configure confirm", cli_do_confirm, "confirm Keep what waits to be confirmed"),
	DO("configure revert now", cli_do_revert,
	   "revert Undo what waits to be confirmed\nnow Undo it now"),
	DO("configure revert timer <minutes:1-1440>", cli_do_revert,
	   "timer After so many minutes\n<minutes:1-1440> Minutes"),
	DO("write [memory]", cli_do_write,
	   "write Write running configuration to memory or terminal\nmemory Write to NV memory"),
	DO("write terminal", cli_show_running, "terminal Write to terminal"),
	DO("write erase", cli_do_erase, "erase Erase NV memory"),
	DO("erase startup-config", cli_do_erase,
	   "erase Erase a filesystem\nstartup-config Contents of startup configuration"),
	DO("copy {<from:running-config|startup-config>|<source:path>} "
	   "{<to:running-config|startup-config>|<target:path>}",
	   cli_do_copy,
	   "copy Copy from one file to another\nrunning-config Current system configuration\n"
	   "startup-config Startup configuration\n"
	   "<source:path> archive:NUMBER, or a file: ./FILE\n<target:path> A file: ./FILE"),
	DO("archive config", cli_do_archive_config,
	   "archive Manage archive files\nconfig Archive the running configuration"),
	IN_CANDIDATE("commit [<confirmed:confirmed> [<minutes:1-1440>]]", cli_do_commit,
		     "commit Put the candidate configuration in force\n"
		     "confirmed Undo it unless it is confirmed\n<minutes:1-1440> Minutes"),
	IN_CANDIDATE("discard", cli_do_discard, "discard Begin the candidate anew"),
	SHOW(CLI_CHANGES, "startup-config", cli_show_startup,
	     "startup-config Contents of startup configuration"),
	SHOW(CLI_CHANGES, "archive", cli_show_archive, "archive Archive functions"),
	SHOW(CLI_CHANGES, "archive config differences [<old:path> [<new:path>]]",
	     cli_show_differences,
	     "config Config archive\ndifferences What two configurations differ in\n"
	     "<old:path> running-config, startup-config, archive:NUMBER, ./FILE\n"
	     "<new:path> running-config, startup-config, archive:NUMBER, ./FILE"),
	SHOW(CLI_CHANGES, "archive config incremental-diffs <file:path>", cli_show_incremental,
	     "incremental-diffs Commands of a file that running lacks\n"
	     "<file:path> running-config, startup-config, archive:NUMBER, ./FILE"),
	SHOW(CLI_CHANGES, "candidate differences", cli_show_candidate_differences,
	     "candidate The candidate configuration\n"
	     "differences What it and running differ in"),
};
CLI_PART(stored);
