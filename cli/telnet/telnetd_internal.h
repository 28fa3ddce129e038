/* telnet: what the service's files share. */
#ifndef CLI_TELNET_TELNETD_INTERNAL_H
#define CLI_TELNET_TELNETD_INTERNAL_H

#include "base/addr.h"
#include "cli/telnet/telnetd.h"

struct error;

#define SOCKETS_MAX 8

/*
 * sockets.c: the listening sockets, as systemd hands them in (LISTEN_PID, LISTEN_FDS), made not to block.
 * How many; -errno with a sentence: none, or one that may not be.
 */
int sockets_take(bool allow_remote, int fds[SOCKETS_MAX], struct error *err);
/* A listening stream socket on an address that only this machine reaches, or any with allow_remote. */
int sockets_check(int fd, bool allow_remote, struct error *err);

/* session.c: one connection, in a process of its own, to its end. When somebody has logged in, the
 * process writes its pid (a pid_t) to `known`. */
void telnet_session(int fd, const struct addr *from, const struct telnetd_options *o, int known);

#endif
