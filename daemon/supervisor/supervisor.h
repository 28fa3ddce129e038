/*
 * supervisor: opens sockets, loads BPF, holds all descriptors, starts the roles with theirs, and starts
 * again the one that died. Parses no input; its only order comes from router: run or end a role.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdbool.h>

#include "spi/bpf/load.h"

#define SUPERVISOR_ROLE_FD 3 /* a role's end of its pair to the supervisor */

struct supervisor_options {
	const char *config_dir, *state_dir, *run_dir;
	enum spi_choice source;
	bool foreground;
	char *const *argv; /* given on to the roles, with --role=NAME appended */
	int argc;
};

/* Runs until SIGTERM, SIGINT or a role that cannot be started. The exit status. */
int supervisor_run(const struct supervisor_options *opt);

#endif
