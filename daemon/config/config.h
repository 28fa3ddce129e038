/*
 * config: running and startup configuration as YANG data, and the edit-scoped commit.
 *
 * An edit copies only the touched list entries with their parents, is applied and validated in
 * that fragment, and its diff is the change: cost follows the change, not the configuration. Each
 * changed entry goes to the handler of its schema node (`prepare` may refuse with a sentence a
 * person understands), then every room that was touched commits; a refusal aborts all and running
 * stays. One commit at a time; others wait. Whole-tree validation happens at load only.
 * Owns the libyang context and both data trees; drives rooms through the table given by main.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct config;
struct jobs;
struct log;
struct loop;
struct ly_ctx;
struct lyd_node;
struct seal;

/* An entry as it was and as it will be; NULL = none. Borrowed until commit or abort returns. */
struct config_change {
	const char *path; /* the handler row's schema path */
	const struct lyd_node *old, *new;
};

typedef void config_done(void *arg, int err, const struct error *why);

/* A room that takes part in commits. */
struct config_room {
	const char *name;
	void *ctx;
	int (*prepare)(void *ctx, const struct config_change *c, struct error *err);
	/* Once a commit, after every prepare; calls done once, now or later. */
	void (*commit)(void *ctx, config_done *done, void *arg);
	void (*abort)(void *ctx);
};

/* One row a schema node (list entry or container) that is handled as one object. */
struct config_handler {
	const char *path; /* "/spindle-crypto:crypto/map" */
	const struct config_room *room;
};

struct config_paths {
	const char *yang_dir;	 /* modules */
	const char *startup;	 /* file name in config_dir */
	int config_dir;		 /* descriptor, borrowed */
	const struct seal *seal; /* seals secrets that arrive in clear; borrowed */
};

/* Every schema node of configuration must have a handler row, or this fails with its path. */
struct config *config_new(struct loop *loop, struct jobs *jobs, struct log *log,
			  const struct config_paths *paths, const struct config_handler *handlers,
			  size_t handler_count, struct error *err);
void config_free(struct config *c);

/* Reads startup (missing: empty), validates it whole, commits it. */
void config_load_startup(struct config *c, config_done *done, void *arg);

/* edit: RFC 7951 JSON with operations by RFC 7952 metadata `spindle-types:operation` ("merge" default,
 * "create", "delete", "remove", "replace") and `spindle-types:remove` (names of children that go before
 * the rest merges); doc/control-protocol.md, "Editing". Secrets in it may be in clear; what handlers
 * see is sealed (seal/seal.h). who: for the log. Calls done once. */
void config_edit(struct config *c, const char *who, const char *json, size_t len, config_done *done,
		 void *arg);
/* Validates like an edit, changes nothing. */
int config_check(struct config *c, const char *json, size_t len, struct error *err);
/* Writes running to the startup file whole: temporary file, fsync on a job, rename, fsync of the
 * folder. */
void config_save(struct config *c, config_done *done, void *arg);

const struct ly_ctx *config_context(const struct config *c);
const struct lyd_node *config_running(const struct config *c);
/* Running below path ("" = all) as JSON, page by page: entries from *cursor, at most max; secrets as
 * type 6, or masked when the reader may not see them. Text owned by the caller (alloc_free). */
int config_get(struct config *c, const char *path, bool show_secrets, uint64_t *cursor, size_t max,
	       char **json, struct error *err);
uint64_t config_version(const struct config *c); /* + 1 each commit */
bool config_unsaved(const struct config *c);

#endif
