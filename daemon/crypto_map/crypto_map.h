/*
 * crypto_map: from configuration to connections and wanted policies, and the reconciler.
 *
 * Keeps small models of transform sets, access lists, IKEv2 proposals, policies, keyrings, profiles,
 * crypto map entries and interface attachments, each made from its YANG entry when `config` says
 * that the entry changed. Touched objects are compiled once at commit: connections (conn), wanted
 * SPD entries. plan = reconcile(wanted, mirror) is a pure function whose every step carries its
 * inverse; execution goes through xfrm_ops, and a refused step undoes the earlier ones, latest
 * first. Policies stay when SAs go: traffic that they protect never leaves in clear.
 * Sides: config drives (prepare, commit, abort); link and xfrm tell changes.
 */
#ifndef CRYPTO_MAP_H
#define CRYPTO_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"
#include "xfrm/xfrm.h"

struct conn;
struct conn_table;
struct crypto_map;
struct link;
struct log;
struct loop;
struct lyd_node;
struct proposal;
struct seal;

/* A configuration change: one list entry or container, as it was and as it will be (NULL = none).
 * The nodes are borrowed until commit or abort. */
struct crypto_map_change {
	const char *path; /* schema path of the handler row */
	const struct lyd_node *old, *new;
};

/* Borrows everything. */
struct crypto_map *crypto_map_new(struct loop *loop, struct conn_table *conns, struct link *link,
				  struct xfrm *xfrm, const struct seal *seal, struct log *log);
void crypto_map_free(struct crypto_map *cm); /* policies stay */

/* Schema paths that this room handles, NULL-terminated. */
const char *const *crypto_map_paths(void);
/* Notes the change in a shadow; refuses only what can never become right, with a sentence. */
int crypto_map_prepare(struct crypto_map *cm, const struct crypto_map_change *c, struct error *err);
/* Compiles what was touched, reconciles, executes. done: 0, or the refusal after everything was
 * undone (err's sentence borrowed until done returns). */
typedef void crypto_map_done(void *arg, int err, const struct error *why);
void crypto_map_commit(struct crypto_map *cm, crypto_map_done *done, void *arg);
void crypto_map_abort(struct crypto_map *cm); /* after prepare, instead of commit */
/* All wanted objects against the mirror: start, ENOBUFS, link changes. */
void crypto_map_reconcile_all(struct crypto_map *cm, crypto_map_done *done, void *arg);
/* --remove and purge: our policies go. */
bool crypto_map_reqid_is_ours(uint32_t reqid);
int crypto_map_remove_all(struct crypto_map *cm, xfrm_done *done, void *arg);

/* May TCP from that address come to that port of ours, by the access list? 1, 0, or -ENOENT: there is no
 * such list. What rules say of our own address, and of the client's port, is left aside. */
int crypto_map_access(const struct crypto_map *cm, const char *list, const struct addr *from,
		      uint16_t port);

/* Rules that have decided in crypto_map_access(), from number `from` on: how many. */
struct crypto_map_hits {
	const char *list;
	uint32_t sequence;
	uint64_t hits; /* since the list was made, the rule changed, or they were cleared */
};
size_t crypto_map_hits_get(const struct crypto_map *cm, size_t from, struct crypto_map_hits *out,
			   size_t max);
void crypto_map_hits_clear(struct crypto_map *cm, const char *list); /* NULL: of all lists */

/* What IKE offers where no policy is for our address: how many. */
#define CRYPTO_MAP_DEFAULTS 2
size_t crypto_map_default_proposals(struct proposal *out); /* room for CRYPTO_MAP_DEFAULTS */

/* A crypto map entry as people see it. */
struct crypto_map_entry {
	const char *map;
	uint32_t seq;
	const char *interface;	/* "" = not attached */
	const char *incomplete; /* "access-list 101 does not exist"; "" = complete */
	uint32_t conn;		/* 0 = none */
	const char *profile, *description, *acl; /* "" = none */
};
/* Entries from number `from` on, one row an entry and interface, `max` of them at most; how many. */
size_t crypto_map_entries_get(const struct crypto_map *cm, size_t from,
			      struct crypto_map_entry *out, size_t max);
/* The entry that a connection was made of, without its place (interface "", conn 0); false: gone. */
bool crypto_map_entry_of(const struct crypto_map *cm, const struct conn *c,
			 struct crypto_map_entry *out);

#endif
