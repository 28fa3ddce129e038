/*
 * cli/terminal: what a session knows of the terminal it is typed at: `terminal …`, `show terminal`,
 * `show history`. The terminal itself (cli/term) stands behind struct cli_terminal_ops; without one
 * the settings are kept and shown, and what only a terminal can do is refused.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct cli_session;

#define CLI_LENGTH_USUAL  24
#define CLI_WIDTH_USUAL	  80
#define CLI_HISTORY_USUAL 10
#define CLI_HISTORY_MAX	  256

typedef void cli_history_line(void *arg, const char *line);

struct cli_terminal_ops {
	/* A setting was changed. -errno with a sentence: it is put back. */
	int (*changed)(void *ctx, struct error *err);
	/* Lines typed before, oldest first, of the mode that the session is in. */
	void (*history)(void *ctx, cli_history_line *each, void *arg);
	/* Asks for a password, without echo. Length, or -1: the person gave up or has gone. */
	int (*secret)(void *ctx, const char *prompt, char *out, size_t size);
	/* Asks a question, with echo; one_key: the first key is the answer. Length, or -1. */
	int (*ask)(void *ctx, const char *prompt, bool one_key, char *out, size_t size);
};

struct cli_terminal {
	unsigned int length;  /* lines of a page; 0 = no paging */
	unsigned int width;   /* columns; 0 = no limit */
	unsigned int history; /* lines that are kept */
	bool length_set,
		width_set; /* by the person or the line: the size of the window is not asked */
	bool monitor;	   /* lines of the log come to this terminal */
	bool timestamp;	   /* load and time before each show */
	const struct cli_terminal_ops *ops; /* NULL: no terminal */
	void *ctx;
};

/* 0 when check() took what was typed; -EACCES after `tries` wrong ones ("% Bad secrets" was printed)
 * or when nobody is there to be asked. The text is wiped. */
typedef bool cli_secret_check(void *arg, const char *secret);
int cli_ask_secret(struct cli_session *s, unsigned int tries, cli_secret_check *check, void *arg);

/* A question at a terminal. *out is the answer (may be empty). False: nobody is there to be asked, or the
 * person gave up (*out is empty then, and *gone true). */
bool cli_ask(struct cli_session *s, const char *prompt, char *out, size_t size, bool *gone);
/* "… [confirm]": Enter and y go on. Where nobody can be asked, what was ordered is done. */
bool cli_confirm(struct cli_session *s, const char *question);

#endif
