/* The flight recorder. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	SHOW(CLI_SEES, "flight-recorder [peer <peer:ip>] [since <since>]", cli_show_flight_recorder,
	     "flight-recorder What happened lately, recorded without debug output\n"
	     "peer Records about one peer\n<peer:ip> Peer address\nsince Records from a moment on\n"
	     "<since> A time of day (hh:mm[:ss]), or how long ago (30s, 10m, 2h)"),
};
CLI_PART(recorder);
