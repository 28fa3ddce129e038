/*
 * cli/term: a session at a terminal: line editor, help by `?`, pages, lines of the log while one
 * types. Drives cli/session; the one that calls it has opened the client and begun the session.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct cli_session;
struct client;
struct error;

#define TERM_UNSET UINT_MAX /* length, width: as large as the window is */

struct term_options {
	int in, out; /* of the terminal; both 0: standard input and output */
	unsigned int length, width, history;
	uint32_t exec_timeout_s;	/* without a key; 0 = never */
	bool synchronous;		/* what was typed is shown again behind a line of the log */
	bool monitor;			/* lines of the log from the beginning */
	const char *motd, *exec_banner; /* printed before the first prompt; NULL: none */
};

/* For one that says nothing else. */
extern const struct term_options term_usual;

/*
 * Runs the session until the person leaves it, hangs up, lets the time pass, or the daemon goes. Sets
 * the session's printing and terminal, and ends what it set. From here on the process can open no
 * socket and start no program (term/confine.h).
 * 0, or -errno with a sentence: the terminal cannot be used, and nothing was printed.
 */
int term_run(struct cli_session *s, struct client *c, const struct term_options *o,
	     struct error *err);

#endif
