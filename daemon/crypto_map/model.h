/*
 * crypto_map/model: the configuration's objects as small structs, each made from its YANG entry.
 * Plain data: parsing checks what only this object can tell; whether it fits others is compile's.
 */
#ifndef CRYPTO_MAP_MODEL_H
#define CRYPTO_MAP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"
#include "base/identity.h"
#include "base/transform.h"
#include "conn/conn.h"

struct lyd_node;
struct seal;
struct secret;

enum model_kind {
	MODEL_ACL,
	MODEL_ACL_STANDARD, /* looked at where no MODEL_ACL has the name */
	MODEL_INTERFACE,
	MODEL_TRANSFORM_SET,
	MODEL_SA_LIMITS, /* crypto ipsec security-association: one */
	MODEL_PROPOSAL,
	MODEL_POLICY,
	MODEL_KEYRING,
	MODEL_PROFILE,
	MODEL_DPD,   /* one */
	MODEL_ENTRY, /* a crypto map entry */
	MODEL_MAP,   /* a map's name: what entries and interfaces meet at; no object of its own */
	MODEL_POLICIES, /* all IKEv2 policies and proposals: every entry depends on them */
	MODEL_KIND_COUNT,
};

#define MODEL_NAME_MAX 72
#define MODEL_LIST_MAX 8
#define MODEL_TEXT_MAX 244

typedef char model_name[MODEL_NAME_MAX];

/* Ports of one end, as a rule compares them: from first to last, or all but those. */
struct model_ports {
	uint32_t first, last;
	bool outside;
};

struct model_rule {
	uint32_t sequence;
	bool permit;
	bool several; /* of one end several ports, but not all: no selector can say it */
	struct selector selector; /* whose ports are all, where `several` */
	struct model_ports source, destination;
	uint64_t hits; /* access-class: decisions of this rule */
};

struct model_acl {
	size_t count;
	struct model_rule *rules; /* by sequence */
};

struct model_transform_set {
	struct transform encr, integ; /* id 0 = none */
};

struct model_sa_limits {
	uint32_t lifetime_s, replay_window;
	uint64_t lifetime_kb;
};

struct model_policy {
	struct addr local; /* unset = any */
	uint8_t count;
	model_name proposals[MODEL_LIST_MAX];
};

struct model_peer {
	model_name name;
	struct prefix address; /* family 0 = none */
	struct identity identity;
	struct secret *local, *remote;
};

struct model_keyring {
	size_t count;
	struct model_peer *peers;
};

struct model_profile {
	bool match_any;
	uint8_t address_count, identity_count;
	struct prefix addresses[MODEL_LIST_MAX];
	struct identity identities[MODEL_LIST_MAX];
	struct addr match_local;
	struct identity local; /* IDENTITY_ANY = the local address */
	model_name keyring;    /* "" = none */
	uint32_t lifetime_s;
	bool has_dpd;
	struct conn_dpd dpd;
	bool authenticated; /* pre-share both ways is said */
};

struct model_entry {
	model_name map;
	uint32_t seq;
	uint8_t peer_count, set_count;
	struct addr peers[CONN_PEERS_MAX];
	model_name sets[MODEL_LIST_MAX];
	uint16_t pfs_group;
	model_name acl, profile; /* "" = none */
	char description[MODEL_TEXT_MAX];
	bool has_lifetime_s, has_lifetime_kb;
	uint32_t lifetime_s;
	uint64_t lifetime_kb;
};

struct model_interface {
	model_name map; /* "" = none */
};

struct model_object {
	enum model_kind kind;
	model_name key; /* "NAME", or "MAP SEQ" of an entry */
	union {
		struct model_acl acl;
		struct model_interface interface;
		struct model_transform_set set;
		struct model_sa_limits limits;
		struct proposal proposal;
		struct model_policy policy;
		struct model_keyring keyring;
		struct model_profile profile;
		struct conn_dpd dpd;
		struct model_entry entry;
	};
};

/* The kind that a handler row's schema path stands for, or MODEL_KIND_COUNT. */
enum model_kind model_kind_of(const char *path);
/* Key of an entry's node: its list keys joined by a blank. */
void model_key(const struct lyd_node *node, model_name key);
/* A new object from its node; NULL and a sentence. */
struct model_object *model_parse(enum model_kind kind, const struct lyd_node *node,
				 const struct seal *seal, struct error *err);
void model_free(struct model_object *o); /* NULL is fine; wipes secrets */
/* A list changed: rules that stay as they were keep their hits. Others than lists, NULL: nothing. */
void model_keep_hits(struct model_object *to, const struct model_object *from);
bool model_ports_hold(const struct model_ports *p, uint16_t port);

#endif
