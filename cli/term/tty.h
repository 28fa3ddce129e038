/*
 * term/tty: the terminal itself: raw mode, its size, the signals that are about it. Signals come as
 * bytes to be polled for, never as interruptions; those that would stop the program are ignored.
 */
#ifndef CLI_TERM_TTY_H
#define CLI_TERM_TTY_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "base/error.h"

struct term_wire;

struct tty {
	int in, out;		      /* not blocking, where the terminal could be opened anew */
	const struct term_wire *wire; /* it is a connection: in and out are only polled */
	void *wire_ctx;
	int signals;   /* signalfd */
	bool reopened; /* `in` and `out` are ours */
	struct termios before;
	sigset_t blocked_before;
	unsigned int rows, columns; /* 0 = it does not know */
};

enum tty_signal { TTY_NOTHING, TTY_HANGUP, TTY_RESIZED };

/* in and out: the descriptors of one terminal. Raw from here on; tty_close() puts everything back. */
int tty_open(struct tty *t, int in, int out, struct error *err);
/* The same for a connection; fd is borrowed and does not block. */
int tty_open_wire(struct tty *t, int in, int out, const struct term_wire *wire, void *ctx,
		  struct error *err);
void tty_close(struct tty *t);
/* Keys: how many, 0: it is gone, -errno. */
ssize_t tty_read(struct tty *t, unsigned char *buf, size_t len);
/* By what was read the size has become another one. */
bool tty_resized(struct tty *t);
/* What tty_write() took has not all gone out: it wants to be called, also with nothing more. */
bool tty_waits(const struct tty *t);
/* tty_write() never blocks. */
bool tty_is_free(const struct tty *t);
/* What a readable `signals` is about; the size has been read anew for TTY_RESIZED. */
enum tty_signal tty_signal(struct tty *t);
/* Bytes written, 0: not now, -errno. */
ssize_t tty_write(const struct tty *t, const char *data, size_t len);

#endif
