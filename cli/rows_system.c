/* The system. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	ENTER(CLI_MODE_CONFIG, "hostname ~ <name>", "/spindle-system:system hostname=$<name>", 0,
	      cli_do_hostname,
	      "hostname Set system's network name\nname This system's network name"),
	/* Printed above every configuration; whose it was says nothing about what it holds. */
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .syntax = "version <number:line>",
	 .forms = CLI_HAS_SET,
	 .run = cli_do_version,
	 .help = "version The version that wrote this configuration: without effect\n"
		 "number Version number"},
};
CLI_PART(system);
