/* main/options: the command line of spindled. */
#ifndef MAIN_OPTIONS_H
#define MAIN_OPTIONS_H

#include <stdbool.h>

#include "spi/bpf/load.h"

enum role { ROLE_SUPERVISOR, ROLE_ROUTER, ROLE_IKE };

struct options {
	enum role role;
	const char *config_dir, *state_dir, *run_dir, *yang_dir;
	enum spi_choice source;
	bool foreground, remove;
	bool no_recorder; /* for benches */
};

/* 0: go on; 1: end with status *status (help and version were printed, or the words were wrong). */
int options_parse(struct options *o, int argc, char *const *argv, int *status);

#endif
