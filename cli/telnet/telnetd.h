/*
 * telnet/telnetd: the service: connections to listening sockets that were handed in, a process each.
 */
#ifndef CLI_TELNET_TELNETD_H
#define CLI_TELNET_TELNETD_H

#include <stdbool.h>
#include <stdint.h>

#define TELNETD_ANSWER_S 30

struct telnetd_options {
	const char *run_dir;
	bool allow_remote; /* listen on other addresses than the machine's own */
	uint32_t answer_s; /* for each try of a login */
};

/* Serves until SIGTERM: 0; 2 with a sentence on standard error: it cannot. */
int telnetd_run(const struct telnetd_options *o);

#endif
