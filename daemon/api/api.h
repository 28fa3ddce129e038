/*
 * api: the control socket: frames, sessions, paging by credit, subscriptions, privilege.
 * Protocol: doc/control-protocol.md. A client that does not read is dropped, never waited for.
 */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

struct aaa;
struct addr;
struct api;
struct config;
struct log;
struct loop;

/* A state list or container: /spindle-crypto:crypto-state/ikev2-sa … */
struct api_state {
	const char *path;
	void *ctx;
	uint8_t privilege; /* least */
	uint16_t most; /* entries in a frame, where they are long; 0 = as many as the client wants */
	const char *takes; /* a key of the filter that page() answers: it is no leaf; NULL: none */
	/* Appends whole entries (objects) to the array `out`, from *cursor (0 = first) on, at most max;
	 * sets *cursor to where to go on, 0 = finished. For a container: one entry. -ENOMEM. */
	int (*page)(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out);
	/* Before the first page: fetches what must be asked of the kernel (counters), then calls done once,
	 * now or later; the first page follows. NULL: nothing to fetch. */
	void (*refresh)(void *ctx, void (*done)(void *arg), void *arg);
	/* The client does not want what would follow this cursor. NULL: nothing is kept for one. */
	void (*drop)(void *ctx, uint64_t cursor);
	/* The same before each page, for what that page holds: a long list begins at once. */
	void (*refresh_page)(void *ctx, uint64_t cursor, size_t max, void (*done)(void *arg),
			     void *arg);
};

typedef void api_action_done(void *arg, int err, const struct error *why, json_t *output);

struct api_action {
	const char *path; /* "spindle-crypto:clear-session" */
	void *ctx;
	uint8_t privilege;
	/* input borrowed; calls done once (output borrowed, may be NULL). */
	void (*run)(void *ctx, const json_t *input, api_action_done *done, void *arg);
};

/* Takes the listening descriptor (from the supervisor). Tables are borrowed for ever; each path must be
 * one of the modules'. NULL: err says which is not; the descriptor stays the caller's. */
struct api *api_new(struct loop *loop, struct config *config, struct log *log, int listen_fd,
		    const struct api_state *states, size_t state_count,
		    const struct api_action *actions, size_t action_count, struct error *err);
/* Clients wait in the socket's queue while it is off (it is on from the beginning). */
void api_accept(struct api *a, bool on);
void api_free(struct api *a); /* before config and log; rooms may answer later */

/* People and lines. Without them there are root and the group alone, and nobody has a line. */
struct api_people {
	struct aaa *aaa;
	/* Does the access list let the address pass? One that does not exist does. */
	bool (*passes)(void *ctx, const char *list, const struct addr *from, uint16_t port);
	void *ctx;
};
void api_set_people(struct api *a, const struct api_people *people); /* before anybody connects */

/*
 * Tells those who subscribed to a stream: "ipsec", "track". fact (taken): the object that they get as the
 * member of the stream's name. Who does not read loses facts, and is told how many.
 */
void api_publish(struct api *a, const char *stream, json_t *fact);

struct api_stats {
	uint64_t sessions, sessions_now, frames_in, frames_out, refused, dropped_slow, malformed;
};
void api_stats(const struct api *a, struct api_stats *out);

#endif
