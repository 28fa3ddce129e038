/*
 * telnet/guard: what of a client's bytes libtelnet gets to see. It parses several options' own languages
 * whether they were agreed on or not, decompresses without being asked, and keeps 16 KiB of each
 * subnegotiation. So only short ones of the two options that we ask for pass, all others are dropped,
 * whatever their length. Pure; memory is this struct.
 */
#ifndef CLI_TELNET_GUARD_H
#define CLI_TELNET_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#define GUARD_HELD_MAX 40 /* bytes of a subnegotiation that passes */
#define GUARD_MORE_MAX                                                                             \
	(2 * GUARD_HELD_MAX + 5) /* the output may be so much longer than the input */

enum guard_state {
	GUARD_DATA,
	GUARD_COMMAND,
	GUARD_OPTION,
	GUARD_SUB_OPTION,
	GUARD_SUB,
	GUARD_SUB_COMMAND,
};

struct guard {
	enum guard_state state;
	unsigned char command, option;
	bool passes;
	unsigned char held[GUARD_HELD_MAX];
	size_t held_len; /* GUARD_HELD_MAX + 1: there were more */
};

/* Bytes that passed, in `out`, which has room for len + GUARD_MORE_MAX. A zeroed guard is a new one. */
size_t guard_feed(struct guard *g, const unsigned char *in, size_t len, unsigned char *out);

#endif
