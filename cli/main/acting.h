/*
 * spindle --event-manager USER: the session in which a policy's commands run. It is the terminal of
 * cli/term over standard input and output: prompts, echo, --More--; lines end with LF alone, and no line
 * moves sideways. The daemon makes it USER's (doc/control-protocol.md, act-as).
 */
#ifndef CLI_MAIN_ACTING_H
#define CLI_MAIN_ACTING_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#define ACTING_FLASH LOCALSTATEDIR "/lib/spindle-eem/flash"

struct cli_session;
struct client;
struct error;

struct acting {
	const char *user;   /* NULL: no such session; "": the event manager's own */
	const char *policy; /* for `show users`; NULL: not told */
	const char *flash;  /* the folder of files that commands write; NULL: ACTING_FLASH */
	uint32_t level;
};

/* The daemon's answer to act-as (the caller's), NULL: err. */
json_t *acting_begin(const struct acting *a, struct client *c, struct error *err);
/* Runs the session till standard input ends. 0 or -errno with the sentence: nothing came about. */
int acting_run(const struct acting *a, const json_t *greeting, struct cli_session *s,
	       struct client *c, struct error *err);

#endif
