/* Shows. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	SHOW(CLI_SEES, "processes", cli_show_processes,
	     "processes Processes and event handlers of the daemon"),
	SHOW(CLI_SEES, "version", cli_show_version, "version System software status"),
	SHOW(CLI_SEES, "history", cli_show_history, "history Display the session command history"),
	SHOW(CLI_SEES, "terminal", cli_show_terminal,
	     "terminal Display terminal configuration parameters"),
	SHOW(0, "privilege", cli_show_privilege, "privilege Show current privilege level"),
	SHOW(CLI_SEES, "users", cli_show_users, "users Display information about terminal lines"),
	SHOW(CLI_SEES, "login", cli_show_login,
	     "login Display Secure Login Configurations and State"),
	SHOW(CLI_CHANGES, "aaa local user lockout", cli_show_lockout,
	     "aaa Show AAA values\nlocal Show AAA local method options\nuser Show local user\n"
	     "lockout Show locked out users"),
	SHOW(CLI_CHANGES, "archive log config all", cli_show_command_log,
	     "archive Archive functions\nlog Archive log\nconfig Config archive\n"
	     "all All logged commands"),
	SHOW(CLI_CHANGES,
	     "running-config [{interface <name:interface>|view <format:json>}] [<all:all>]",
	     cli_show_running,
	     "running-config Current operating configuration\n"
	     "interface Show interface configuration\nname Name of the interface\n"
	     "view View options\njson The data as they are, for programs\n"
	     "all With the default of everything that was not set"),
};
CLI_PART(show);
