/*
 * cli/remote: struct cli_backend over a client of the control socket.
 */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "cli/session.h"

struct client;

/* Borrows the client for as long as the backend is used. */
struct cli_backend cli_remote(struct client *client);

#endif
