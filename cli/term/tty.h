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

struct tty {
	int in, out;   /* not blocking, where the terminal could be opened anew */
	int signals;   /* signalfd */
	bool reopened; /* `in` and `out` are ours */
	struct termios before;
	sigset_t blocked_before;
	unsigned int rows, columns; /* 0 = it does not know */
};

enum tty_signal { TTY_NOTHING, TTY_HANGUP, TTY_RESIZED };

/* in and out: the descriptors of one terminal. Raw from here on; tty_close() puts everything back. */
int tty_open(struct tty *t, int in, int out, struct error *err);
void tty_close(struct tty *t);
/* What a readable `signals` is about; the size has been read anew for TTY_RESIZED. */
enum tty_signal tty_signal(struct tty *t);
/* Bytes written, 0: not now, -errno. */
ssize_t tty_write(const struct tty *t, const char *data, size_t len);

#endif
