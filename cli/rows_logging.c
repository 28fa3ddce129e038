/* Where the log goes. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	CONFIG(CLI_MODE_CONFIG, "logging buffered ~ [<size:4096-2147483647>]",
	       "/spindle-logging:logging buffered-size=<size>",
	       "logging Modify message logging facilities\nbuffered Set buffered logging parameters\n"
	       "size Logging buffer size"),
};
CLI_PART(logging);
