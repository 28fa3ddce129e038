/*
 * cli/client: the client's end of the control socket (doc/control-protocol.md): connect, ask, take the
 * answer frame by frame. Blocking, with a time limit; one call at a time. Used by the command line
 * and by tests; links against base and jansson, nothing of the daemon.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

struct client;

/* One answer frame, borrowed. A get answers with one or more: each a whole RFC 7951 document under
 * "data". Return false to end early: the rest is not sent. */
typedef bool client_frame(void *arg, const json_t *frame, bool more);

/* Connects to RUN_DIR/control.sock and exchanges versions. NULL: err says why ("no daemon listens
 * at …", "user bob has no access"). */
struct client *client_open(const char *run_dir, struct error *err);
/* The same, with members of hello that tell of a terminal (borrowed; NULL: none). */
struct client *client_open_as(const char *run_dir, const json_t *terminal, struct error *err);
void client_close(struct client *c); /* NULL is fine */

/* Sends the request (its member "op" and that operation's members; borrowed) and calls frame (may be
 * NULL) for each answer frame, granting credit as it goes. 0, or -errno with the daemon's sentence
 * in err: -EINVAL and the like for a refusal, -EPIPE when the connection broke, -ETIMEDOUT. */
int client_call(struct client *c, const json_t *request, client_frame *frame, void *arg,
		struct error *err);
/* Waits at most timeout_ms (-1: for ever) for an event of a subscription made by client_call().
 * *event is the caller's (json_decref). 0, -ETIMEDOUT, -EPIPE. */
int client_event(struct client *c, int timeout_ms, json_t **event, struct error *err);

/* A client that does other things while it waits: `wait` is called in place of poll() during calls
 * that may be broken off (all but edit-config and copy-config). 0: `events` may be there; -ETIMEDOUT;
 * -ECANCELED: the call is ended, and fails so. */
typedef int client_wait(void *ctx, int fd, short events, int timeout_ms);
void client_set_wait(struct client *c, client_wait *wait, void *ctx);
/* Takes what has come, without waiting, so that the daemon never waits for us: events for
 * client_event(), frames of the answer that is being read for their turn (no more than the daemon's
 * window: none is granted here). 0, -EPIPE, or what is wrong with it. */
int client_pump(struct client *c, struct error *err);
/* An answer came by client_pump(): who waits for one need not wait for the descriptor. */
bool client_has_answer(const struct client *c);
/* An event that came already (json_decref), or NULL; *lost: how many were dropped since the last. */
json_t *client_kept_event(struct client *c, uint64_t *lost);

uint32_t client_last_request(const struct client *c); /* id of the last call: of a subscription */
/* Configuration is asked for with its secrets masked, whatever the privilege. */
void client_set_masked(struct client *c, bool on);
/* … and with the defaults of what was not set. */
void client_set_defaults(struct client *c, bool on);
/* Edits from now on say that they stand for this command (NULL: none). Without memory they say less. */
void client_set_command(struct client *c, const char *line);

/* What client_edit() and client_get_config() work on from now on: "candidate", or NULL: running. Borrowed
 * for ever. */
void client_set_target(struct client *c, const char *target);

/* From the daemon's greeting. */
const json_t *client_greeting(const struct client *c); /* all of it; borrowed */
uint8_t client_privilege(const struct client *c);
const char *client_user(const struct client *c);
const char *client_daemon(const struct client *c);	   /* "spindled 0.1" */
void client_set_timeout(struct client *c, int timeout_ms); /* of a call; default 60 s */
int client_fd(const struct client *c);

/* Shorthands: build the request, call, and give the one document or none. */
int client_get(struct client *c, const char *path, client_frame *frame, void *arg,
	       struct error *err);
/* Running configuration below path ("" = all). */
int client_get_config(struct client *c, const char *path, client_frame *frame, void *arg,
		      struct error *err);
int client_edit(struct client *c, json_t *edit, struct error *err); /* takes edit */
/* input may be NULL; takes it. *output (may be NULL) is the caller's, or NULL. */
int client_action(struct client *c, const char *path, json_t *input, json_t **output,
		  struct error *err);
int client_save(struct client *c, struct error *err); /* running → startup */

/* This session's candidate: begins one from "running", "empty", "startup" or "archive" (its number). */
int client_candidate(struct client *c, const char *from, uint32_t index, struct error *err);
/* It becomes running, all of it or nothing; undone after confirm_minutes (0: never) without a confirm.
 * *counts (may be NULL): what was created, changed, deleted; the caller's. */
int client_commit(struct client *c, uint32_t confirm_minutes, json_t **counts, struct error *err);
int client_discard(struct client *c, struct error *err);

#endif
