/*
 * term: what its files share. wait.c is the one place that waits (terminal, daemon, signals, time);
 * output.c prints page by page; help.c answers `?` and Tab; monitor.c has the lines of the log.
 */
#ifndef CLI_TERM_INTERNAL_H
#define CLI_TERM_INTERNAL_H

#include <poll.h>

#include "base/text.h"
#include "cli/client.h"
#include "cli/session.h"
#include "cli/term/editor.h"
#include "cli/term/load.h"
#include "cli/term/pager.h"
#include "cli/term/term.h"
#include "cli/term/tty.h"

#define TERM_KEYS_MAX 4096 /* typed ahead; more waits in the terminal */
#define TERM_BREAK    0x1e /* Ctrl-^ */

/* What stands in the last row: what a line of the log has to be printed around. */
enum term_front { TERM_FRONT_NOTHING, TERM_FRONT_LINE, TERM_FRONT_MORE };

struct term {
	struct cli_session *s;
	struct client *c;
	struct term_options o;
	struct tty tty;
	bool opened; /* tty is */
	struct editor *editor;
	struct pager pager;
	struct load load;
	struct text out; /* not written yet */
	enum term_front front;
	const char *more; /* what the pager has written in the last row */
	unsigned char keys[TERM_KEYS_MAX];
	size_t key_at, key_end;
	uint64_t active_ms; /* when a key came last */
	bool running;	    /* a command: Ctrl-^ and Ctrl-C end it */
	bool gone;	    /* hung up, or too long without a key */
	bool timed_out;
	bool lost;	 /* the daemon */
	bool half_typed; /* a line of the log stands behind what was typed: not synchronous */
	bool subscribed;
	uint32_t subscription;
};

/* wait.c */
/* 0–255, EDITOR_EMPTY (without wait), EDITOR_GONE. */
int term_key(struct term *t, bool wait);
int term_client_wait(void *ctx, int fd, short events, int timeout_ms);
void term_flush(struct term *t);

/* output.c */
void term_print(void *ctx, const char *line);	   /* a line of output, page by page */
void term_print_text(void *ctx, const char *text); /* several */
void term_print_part(void *ctx, const char *text); /* of a line, at once; "\n" ends it */
void term_begin_output(struct term *t);
/* A line that is not part of an output: no paging, no filter. */
void term_say(struct term *t, const char *line);
/* As cli_terminal_ops has it: with echo (one_key: the first key is the answer), and without. */
int term_read_answer(struct term *t, const char *prompt, bool one_key, char *out, size_t size);
int term_read_secret(struct term *t, const char *prompt, char *out, size_t size);

/* help.c */
void term_help(void *ctx, const char *before);
bool term_complete(void *ctx, const char *before, struct text *rest);

/* monitor.c */
int term_monitor(struct term *t, bool on, struct error *err);
/* Puts what has come of the log into `out`, around what stands in the last row. True: it was something. */
bool term_show_log(struct term *t);

#endif
