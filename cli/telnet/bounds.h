/*
 * telnet/bounds: how many connections there are, in all and from one address (of IPv6 a /64, which is
 * what one machine has), and how many of them where nobody has logged in yet. Pure.
 */
#ifndef CLI_TELNET_BOUNDS_H
#define CLI_TELNET_BOUNDS_H

#include <sys/types.h>

#include "base/addr.h"

#define BOUNDS_ALL     32
#define BOUNDS_ADDRESS 12
/* Where nobody has logged in yet: no more than the daemon has room for, and not all from one address. */
#define BOUNDS_STRANGERS       8
#define BOUNDS_ADDRESS_STRANGE 4

struct bounds {
	struct connection {
		pid_t pid; /* 0: free */
		struct addr from;
		bool known; /* somebody has logged in */
	} connection[BOUNDS_ALL];
};

/* NULL: one more may come; else why not. */
const char *bounds_refuse(const struct bounds *b, const struct addr *from);
void bounds_add(struct bounds *b, pid_t pid, const struct addr *from); /* after bounds_refuse() */
void bounds_know(struct bounds *b, pid_t pid); /* somebody has logged in there; of none: nothing */
bool bounds_remove(struct bounds *b, pid_t pid, struct addr *from); /* false: there is none */
size_t bounds_count(const struct bounds *b);

#endif
