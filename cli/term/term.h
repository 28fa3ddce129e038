/*
 * cli/term: a session at a terminal: line editor, help by `?`, pages, lines of the log while one
 * types. Drives cli/session; the one that calls it has opened the client and begun the session.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

struct cli_session;
struct client;
struct error;
struct term;

#define TERM_UNSET UINT_MAX /* length, width: as large as the window is */

/* A terminal that is no device but a connection, whose protocol somebody else speaks. */
struct term_wire {
	/* Keys into buf: how many; 0: it is gone; -EAGAIN: none came; -errno. */
	ssize_t (*read)(void *ctx, unsigned char *buf, size_t len);
	/* Text to be sent: bytes taken, 0: not now, -errno. len 0: only what was taken before. */
	ssize_t (*write)(void *ctx, const char *data, size_t len);
	bool (*waits)(void *ctx); /* something that was taken has not gone out */
	/* The window; 0: not known. True: it has changed since it was asked last. */
	bool (*size)(void *ctx, unsigned int *rows, unsigned int *columns);
};

struct term_options {
	int in, out; /* of the terminal; both 0: standard input and output */
	/* Not NULL: in its place; `in` and `out` are the connection's descriptor, which is polled. */
	const struct term_wire *wire;
	void *wire_ctx;
	bool no_files; /* not even as the person who runs it: opening one is refused */
	unsigned int length, width, history;
	uint32_t exec_timeout_s;	/* without a key; 0 = never */
	bool synchronous;		/* what was typed is shown again behind a line of the log */
	bool monitor;			/* lines of the log from the beginning */
	const char *motd, *exec_banner; /* printed before the first prompt; NULL: none */
};

/* For one that says nothing else. */
extern const struct term_options term_usual;

/* As the line has it that the daemon's greeting tells of (banners stay the greeting's). */
struct term_options term_options_for(const json_t *greeting);

/*
 * A terminal that is ready: raw, its editor made. From here on the process can open no socket and start
 * no program (term/confine.h). o is copied. NULL with a sentence: it cannot be used, and nothing was
 * printed.
 */
struct term *term_open(const struct term_options *o, struct error *err);
/* Runs the session until the person leaves it, hangs up, lets the time pass, or the daemon goes. Sets
 * the session's printing and terminal, and ends what it set. */
void term_session(struct term *t, struct cli_session *s, struct client *c);
void term_close(struct term *t); /* NULL is fine */
/* The three in a row; 0, or -errno of the first. */
int term_run(struct cli_session *s, struct client *c, const struct term_options *o,
	     struct error *err);

#endif
