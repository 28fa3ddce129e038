/*
 * telnet/wire: one connection by telnet (RFC 854): bytes to keys, text to bytes, options (RFC 1143 by
 * libtelnet): we echo (857) and suppress go-ahead (858), ask for the window's size (1073) and the type of
 * terminal (1091), and refuse all else. What the other end sends costs a bounded amount of memory, and
 * before somebody has logged in a bounded amount of it is read at all.
 */
#ifndef CLI_TELNET_WIRE_H
#define CLI_TELNET_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/term/term.h"

struct wire;

#define WIRE_GONE     (-1) /* wire_key(), beside 0–255 */
#define WIRE_EMPTY    (-2)
#define WIRE_STRANGER 16384 /* bytes that somebody who has not logged in may send */
#define WIRE_WAITING  65536 /* bytes for a client that does not read */
#define WIRE_BREAK    0x1e  /* what a BREAK is as a key: Ctrl-^ */
#define WIRE_TYPE_MAX 41

/* fd (borrowed, not blocking): the connection; -1: none, for tests. NULL: no memory. */
struct wire *wire_new(int fd);
void wire_free(struct wire *w);
void wire_greet(struct wire *w); /* our side of the options */
void wire_trust(struct wire *w); /* somebody has logged in: no limit to what is read */
void wire_text(struct wire *w, const char *text,
	       size_t len); /* queued; IAC and a CR alone as they must be */
void wire_say(struct wire *w,
	      const char *text); /* queued; LF is an end of line, control characters go */
/* Sends what is queued. 0: all of it; -EAGAIN: the client reads no more now; -errno: it has gone. */
int wire_flush(struct wire *w);
/* The next key that came; reads once where there is none. */
int wire_key(struct wire *w);
const char *wire_type(const struct wire *w); /* of the terminal; "" = not told */

/* Pure, for tests and the fuzzer: bytes of the client as if they had been read; at most 4096. */
void wire_feed(struct wire *w, const unsigned char *bytes, size_t len);
const char *wire_queued(const struct wire *w, size_t *len);

extern const struct term_wire wire_terminal; /* ctx: struct wire */

#endif
