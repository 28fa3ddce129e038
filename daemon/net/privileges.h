/*
 * net/privileges: how a process lays down what it does not need: user, capabilities, cores.
 */
#ifndef NET_PRIVILEGES_H
#define NET_PRIVILEGES_H

#include <stdbool.h>

struct error;

/*
 * Lays privileges down to `keep` (capability numbers, -1 at its end) and, where we are root and it
 * exists, to that user; then no new privileges, no cores, no debugger. user NULL: stay who we are.
 * Without the user (a lab) root stays, with those capabilities alone, and *kept_root says so. The
 * bounding set follows where CAP_SETPCAP is there. 0 or -errno with a sentence.
 */
int privileges_drop(const char *user, const int *keep, bool *kept_root, struct error *err);

#endif
