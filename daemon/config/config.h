/*
 * config: running and startup configuration as YANG data, and the edit-scoped commit.
 *
 * An edit copies only the touched list entries with their parents, is applied and validated in
 * that fragment, and its diff is the change: cost follows the change, not the configuration. Each
 * changed entry goes to the handler of its schema node (`prepare` may refuse with a sentence a
 * person understands), then every room that was touched commits; a refusal aborts all and running
 * stays. One commit at a time; others wait. Whole-tree validation happens at load only. A large edit is
 * worked on beside the loop: its cost is its own, and no turn's.
 * Owns the libyang context and both data trees; drives rooms through the table given by main.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

/* What a reader gets who may not see a secret. It is no secret: an edit that holds it is refused. */
#define CONFIG_MASK "******"
bool config_is_mask(const char *value); /* also behind the number of its kind: "0 ******" */

struct config;
struct config_candidate;
struct jobs;
struct log;
struct loop;
struct ly_ctx;
struct lyd_node;
struct seal;

/* An entry as it was and as it will be; NULL = none. Borrowed until commit or abort returns. A
 * container without presence is never none: unset it has its defaults, and at load each container row
 * is told once, so a room needs no defaults of its own. Secrets are sealed (seal/seal.h). Entries of
 * nested rows may hang below a node; they come as changes of their own. */
struct config_change {
	const char *path; /* the handler row's schema path */
	const struct lyd_node *old, *new;
};

typedef void config_done(void *arg, int err, const struct error *why);

/* A room that takes part in commits. After a refusal by a later room a committed one gets its
 * changes again the other way round (old and new exchanged), and commits that. */
struct config_room {
	const char *name;
	void *ctx;
	int (*prepare)(void *ctx, const struct config_change *c, struct error *err);
	/* Once a commit, after every prepare; calls done once, now or later. */
	void (*commit)(void *ctx, config_done *done, void *arg);
	void (*abort)(void *ctx);
};

/* One row a schema node (list entry or container) that is handled as one object: its leaves and what
 * is below it, but for what has a row of its own. Rooms commit in the order in which the table first
 * names them. */
struct config_handler {
	const char *path; /* "/spindle-crypto:crypto/map" */
	const struct config_room *room;
};

struct config_paths {
	const char *yang_dir;	 /* modules */
	const char *startup;	 /* file name in config_dir */
	int config_dir;		 /* descriptor, borrowed */
	int state_dir;		 /* the same; -1: nothing is archived */
	const struct seal *seal; /* seals secrets that arrive in clear; borrowed */
};

/* Every schema node of configuration must have a handler row, or this fails with its path. */
struct config *config_new(struct loop *loop, struct jobs *jobs, struct log *log,
			  const struct config_paths *paths, const struct config_handler *handlers,
			  size_t handler_count, struct error *err);
/* After jobs_free(): a worker may have it in hand. What waits gets done(-ECANCELED). */
void config_free(struct config *c);

/* Reads startup (missing: empty), validates it whole on a worker, commits it. Once, first. A file
 * that cannot be used is refused with its name, the place and the reason; it is never written to. */
void config_load_startup(struct config *c, config_done *done, void *arg);

/* edit: RFC 7951 data with operations by RFC 7952 metadata `spindle-types:operation` ("merge" default,
 * "create", "delete", "remove", "replace") and `spindle-types:remove` (names of children that go before
 * the rest merges); doc/control-protocol.md, "Editing". Takes edit and wipes the secrets in it, which
 * may be in clear. who: for the log, or NULL. Calls done once, never before it returns. */
void config_edit(struct config *c, const char *who, json_t *edit, config_done *done, void *arg);
/* The same for a person who is named when configuring ends: nothing is logged of it here. */
void config_edit_quietly(struct config *c, const char *who, json_t *edit, config_done *done,
			 void *arg);
/* When running was changed last, in milliseconds since 1970, and by whom ("" = nobody: undone by itself);
 * false: not since start. */
bool config_last_change(const struct config *c, uint64_t *wall_ms, const char **who);
/* Goes the way of an edit up to the rooms' answers, changes nothing. */
void config_check(struct config *c, json_t *edit, config_done *done, void *arg);
/* Writes running to the startup file whole: temporary file, fsync on a job, rename, fsync of the
 * folder. -EBUSY while a change waits to be confirmed. */
void config_save(struct config *c, config_done *done, void *arg);
void config_erase_startup(struct config *c, config_done *done, void *arg); /* the file goes */

enum config_source {
	CONFIG_FROM_RUNNING,
	CONFIG_FROM_EMPTY, /* nothing but defaults */
	CONFIG_FROM_STARTUP,
	CONFIG_FROM_ARCHIVE, /* by number */
};
/* What a stored configuration holds is merged into running, as one edit. -ENOENT: it is not there. */
void config_merge_stored(struct config *c, const char *who, enum config_source from,
			 unsigned int number, config_done *done, void *arg);

/*
 * A candidate: a configuration beside running, of one owner, that becomes running as one commit. One from
 * running remembers its edits, and the commit does them again on running as it is then: what others have
 * done meanwhile stays. Any other replaces running: what is different becomes the change, entry by entry.
 * Its memory is bounded: CONFIG_CANDIDATES_MAX at a time, CONFIG_EDITS_MAX bytes of edits.
 */
#define CONFIG_CANDIDATES_MAX 8
#define CONFIG_EDITS_MAX      (64u << 20)

struct config_counts {
	uint32_t created, changed, deleted; /* entries and containers that are handled as one */
};

/* Empty, of one owner; fill it next. NULL: err says why (too many are open: -EBUSY). */
struct config_candidate *config_candidate_new(struct config *c, struct error *err);
/* One more owner. */
struct config_candidate *config_candidate_ref(struct config_candidate *k);
/* An owner goes; what is under way is finished, its answer is given. NULL is fine. */
void config_candidate_unref(struct config_candidate *k);
void config_candidate_fill(struct config_candidate *k, enum config_source from, unsigned int number,
			   config_done *done, void *arg);
/* How a configuration is read: bits. */
#define CONFIG_GET_SECRETS  1u /* as type 6; else masked */
#define CONFIG_GET_DEFAULTS 2u /* with what was not set and holds by default */

/* As config_edit() and config_get(), of the candidate. Rooms are asked at the commit. */
void config_candidate_edit(struct config_candidate *k, json_t *edit, config_done *done, void *arg);
int config_candidate_get(struct config_candidate *k, const char *path, unsigned int how,
			 uint64_t *cursor, size_t max, json_t **out, struct error *err);
/* All or nothing. After success the candidate is empty: -ENOENT until it is filled again. minutes: 0, or
 * the commit is undone after so long, unless it is confirmed. *counts (may be NULL) is set before done. */
void config_candidate_commit(struct config_candidate *k, const char *who, unsigned int minutes,
			     struct config_counts *counts, config_done *done, void *arg);
/* What a commit would say; changes nothing. */
void config_candidate_check(struct config_candidate *k, struct config_counts *counts,
			    config_done *done, void *arg);

/*
 * A guard: running as it is now, kept, which running becomes again after so many minutes unless somebody
 * confirms. There is one at a time: a second one sets the time anew. Nothing is saved meanwhile, so that a
 * restart comes to what was before, too.
 */
void config_guard(struct config *c, const char *who, unsigned int minutes, config_done *done,
		  void *arg);
int config_confirm(struct config *c, const char *who, struct error *err); /* -ENOENT: no guard */
/* Goes back now, or (minutes) sets the time anew. */
void config_revert(struct config *c, unsigned int minutes, config_done *done, void *arg);
/* Who set the guard, and how long it is to the undoing. False: there is none. */
bool config_guarded(const struct config *c, const char **who, uint64_t *left_ms);

/*
 * The archive: numbered snapshots of running, in folder `archive` of the state folder. One is made when
 * somebody asks, as it is configured (write-memory, time-period), and before running is replaced.
 */
struct config_snapshot {
	unsigned int number;
	uint64_t wall_ms;
	const char *reason; /* "asked", "saved", "period", "replace", "rollback" */
};

extern const struct config_room config_archive_room; /* for the row /spindle-archive:archive */
/* For rows that no room of the daemon acts on: clients read them (the event manager). */
extern const struct config_room config_kept_room;
void config_archive(struct config *c, config_done *done, void *arg);
/* Oldest first. False: there are no more. */
bool config_archive_entry(const struct config *c, size_t index, struct config_snapshot *out);
unsigned int config_archive_next(const struct config *c); /* number */

/* The modules, and running as it is now: borrowed till the next commit. */
const struct ly_ctx *config_context(const struct config *c);
const struct lyd_node *config_running(const struct config *c);
/* Running at and below path ("" = all), page by page: entries from *cursor (0 = first) on, at most
 * max; *cursor becomes where to go on, 0 = finished. path is a schema path, or a data path with keys
 * ("/spindle-crypto:crypto/map[name='VPN'][sequence='10']"). how: CONFIG_GET_… bits. Entries are in order of their keys. *out is one RFC 7951 document of the
 * caller's (json_decref). -EINVAL: no such path. -EBUSY: a worker has it, for a large change or
 * to save it; *cursor stays, ask again a little later. */
int config_get(struct config *c, const char *path, unsigned int how, uint64_t *cursor, size_t max,
	       json_t **out, struct error *err);
uint64_t config_version(const struct config *c); /* + 1 each commit */
/* Called after each commit with the row of each object that it touched, then once with NULL. One
 * listener; NULL: none. It may not ask for edits from within. */
typedef void config_touched(void *ctx, const char *row);
void config_listen(struct config *c, config_touched *touched, void *ctx);
bool config_unsaved(const struct config *c);

#endif
