/*
 * telnet/login: "User Access Verification": asks for a name and a password until the daemon takes them,
 * three times at most, and so long for each try.
 */
#ifndef CLI_TELNET_LOGIN_H
#define CLI_TELNET_LOGIN_H

#include <stdint.h>

#include "cli/client.h"
#include "cli/telnet/wire.h"

struct login {
	char user[65];
	int privilege;
};

/* fd: the connection's, to be polled; answer_s: for each try. 0: *out is who it is. -EACCES and others:
 * nobody, with the reason for the journal. */
int login_run(struct wire *w, int fd, struct client *c, uint32_t answer_s, struct login *out,
	      struct error *err);

#endif
