/*
 * aaa/watch: failures of logins, counted: when too many came in too short a time, nobody logs in by
 * password for a while; a user with too many in a row is locked out until cleared. Pure: time is a
 * parameter, nothing is printed.
 */
#ifndef AAA_WATCH_H
#define AAA_WATCH_H

#include "aaa/model.h"

#define WATCH_FAILURES_MAX 256 /* kept; attempts beyond that count as so many */
#define WATCH_USERS_MAX	   256 /* with failures; only names of the configuration come in */

struct watched_user {
	char name[AAA_NAME_MAX];
	uint32_t failures; /* in a row */
	uint64_t last_wall_ms;
	bool locked;
};

struct watch {
	uint64_t at_ms[WATCH_FAILURES_MAX]; /* a ring of the latest */
	size_t next, count;
	uint64_t quiet_until_ms; /* 0 = not quiet */
	struct watched_user users[WATCH_USERS_MAX];
	size_t user_count;
	uint64_t failures, successes;
};

/* What a failure leads to. */
struct watch_verdict {
	bool quiet;  /* begins now */
	bool locked; /* the user is, from now on */
};

/* name: NULL for an unknown user. `may_lock`: the user is below privilege 15. */
struct watch_verdict watch_failure(struct watch *w, const struct settings_object *s,
				   const char *name, bool may_lock, uint64_t now_ms,
				   uint64_t wall_ms);
/* The user's failures in a row end. */
void watch_success(struct watch *w, const char *name);
bool watch_is_quiet(const struct watch *w, uint64_t now_ms);
bool watch_is_locked(const struct watch *w, const char *name);
/* How many failures `within` looks back on. */
uint32_t watch_window(const struct watch *w, const struct settings_object *s, uint64_t now_ms);
void watch_clear(struct watch *w, const char *name); /* NULL: all, and the quiet time */

#endif
