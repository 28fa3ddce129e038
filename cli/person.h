/*
 * cli/person: where this program's person sits, for the daemon's greeting; and what the greeting says:
 * the commands whose privilege was moved, the settings of the line.
 */
#ifndef CLI_PERSON_H
#define CLI_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "cli/table.h"

/* Members of hello (the caller's): from the environment that sshd makes, or the terminal's name. An empty
 * object: no terminal. NULL: no memory. tty: NULL = none, "" = one without a name; connection: SSH_CONNECTION or NULL. */
json_t *person_hello(const char *tty, const char *connection);

/* The command table as the daemon lets this router's people use it: all cli_row_count() rows, the
 * caller's (alloc_free), with other least privileges where `privilege exec level` says so. */
struct cli_row *person_rows(const json_t *greeting);

/* The router's name, as the greeting tells it also to those who may not read the configuration; NULL: it
 * has none. */
const char *person_hostname(const json_t *greeting);

/* The line, as the greeting tells. */
struct person_line {
	bool has_length, has_width;
	unsigned int length, width, history;
	uint32_t exec_timeout_s; /* 0 = never */
	bool synchronous;
	const char *motd, *exec; /* the greeting's; NULL = none */
};
/* False: the session has no line; *out is what counts then: no time limit. */
bool person_line(const json_t *greeting, struct person_line *out);

#endif
