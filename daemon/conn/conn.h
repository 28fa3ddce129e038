/*
 * conn: compiled connections: what one crypto map entry on one interface means, ready for use.
 *
 * A struct conn is immutable once published, reference-counted and versioned; a change of
 * configuration publishes a new version under the same id. The table has the indices that other
 * rooms ask for: by id, peer address, reqid. crypto_map puts and deletes; engine, sa, spi and
 * recovery read and listen. Owns the secrets in its connections.
 */
#ifndef CONN_CONN_H
#define CONN_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/identity.h"
#include "base/transform.h"

struct secret;

#define CONN_NAME_MAX	   80
#define CONN_PEERS_MAX	   8
#define CONN_PROPOSALS_MAX 8
#define CONN_CHILDREN_MAX  64 /* permit lines of the access list */

enum conn_kind { CONN_STATIC_MAP }; /* others come with their issues */

/* One traffic selector pair: one permit line of the access list, one SA pair, one reqid. */
struct conn_child {
	uint32_t child; /* the line's sequence number */
	uint32_t reqid; /* kernel request id: ties policies and SAs; never 0 */
	struct selector selector;
};

struct conn_dpd {
	uint32_t interval_s; /* 0 = off */
	uint32_t retry_s;
	bool periodic; /* else on-demand */
};

struct conn {
	uint32_t id;	  /* same over versions; never 0, never reused while the daemon runs */
	uint32_t version; /* 1, 2, … */
	enum conn_kind kind;
	char name[CONN_NAME_MAX]; /* "VPN 10": map and sequence */
	char map[CONN_NAME_MAX];
	uint32_t seq;
	char interface[16]; /* as configured: "eth0" */
	struct addr local;
	struct addr peers[CONN_PEERS_MAX];
	uint8_t peer_count, current_peer;
	struct identity local_id, remote_id; /* remote may be IDENTITY_ANY */
	struct secret *psk_local, *psk_remote;
	struct proposal ike[CONN_PROPOSALS_MAX];
	uint8_t ike_count;
	uint32_t ike_lifetime_s;
	struct conn_dpd dpd;
	struct proposal esp[CONN_PROPOSALS_MAX]; /* with a DH transform where PFS is set */
	uint8_t esp_count;
	uint32_t lifetime_s;
	uint64_t lifetime_kb;	/* 0 = no volume limit */
	uint32_t replay_window; /* packets; 0 = off */
	struct conn_child children[CONN_CHILDREN_MAX];
	uint8_t child_count;
	unsigned int refs; /* conn_ref(), conn_unref() only */
};

struct conn *conn_new(void); /* one reference; fill it, then conn_table_put() */
struct conn *conn_ref(const struct conn *c);
void conn_unref(const struct conn *c); /* NULL is fine; the last one frees and wipes */
bool conn_same(const struct conn *a, const struct conn *b); /* content, without version and refs */
bool conn_has_peer(const struct conn *c, const struct addr *peer);
const struct addr *conn_current_peer(const struct conn *c);
const struct conn_child *conn_child(const struct conn *c, uint32_t child);
const struct conn_child *conn_child_by_reqid(const struct conn *c, uint32_t reqid);
/* The child whose selector holds (or equals) s; NULL when none. */
const struct conn_child *conn_child_for(const struct conn *c, const struct selector *s);

struct conn_table;

/* Facts for those who listen; called directly, in the order of listening; handlers only store and
 * defer. old is NULL for a new one, new is NULL for a deleted one. */
struct conn_ops {
	void (*changed)(void *ctx, const struct conn *old, const struct conn *new);
};

struct conn_table *conn_table_new(void);    /* NULL: no memory */
void conn_table_free(struct conn_table *t); /* drops its references; tells nobody; NULL is fine */
/* ops and ctx are borrowed for the life of the table. 0 or -ENOMEM. */
int conn_table_listen(struct conn_table *t, const struct conn_ops *ops, void *ctx);
/* Takes the reference, also when it fails. Same id = next version (version is set here). -ENOMEM,
 * -EEXIST (a reqid of another connection, twice, or 0), -EINVAL (no id, counts over the arrays).
 * When it fails the table is as it was. */
int conn_table_put(struct conn_table *t, struct conn *c);
void conn_table_del(struct conn_table *t, uint32_t id);

/* Lookups borrow: valid until the loop turn ends; conn_ref() to keep. */
const struct conn *conn_by_id(const struct conn_table *t, uint32_t id);
const struct conn *conn_by_reqid(const struct conn_table *t, uint32_t reqid,
				 const struct conn_child **child);
/* Those with that peer in `set peer`, lowest map sequence first: walk with *it = NULL. */
const struct conn *conn_next_by_peer(const struct conn_table *t, const struct addr *peer,
				     const struct conn *it);
const struct conn *conn_next(const struct conn_table *t, const struct conn *it); /* by id */
/* The one with the next greater id (0: the first), for walks over several turns. */
const struct conn *conn_above(const struct conn_table *t, uint32_t id);
size_t conn_count(const struct conn_table *t);

#endif
