/* The system. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	ENTER(CLI_MODE_CONFIG, "hostname ~ <name>", "/spindle-system:system hostname=$<name>", 0,
	      cli_do_hostname,
	      "hostname Set system's network name\nname This system's network name"),
};
CLI_PART(system);
