#include "crypto_map/model.h"

#include <errno.h>

#include <libyang/libyang.h>

#include "base/alloc.h"
#include "base/leaf.h"
#include "base/secret.h"
#include "base/text.h"
#include "seal/seal.h"

/* ---- values ----------------------------------------------------------------------------------- */

static void name_copy(model_name out, const char *text)
{
	text_copy(out, sizeof(model_name), text ? text : "");
}

/* Calls fn for each value of a leaf-list or list of that name, in order. */
static int each(const struct lyd_node *node, const char *name, struct model_object *o,
		int (*fn)(struct model_object *o, const struct lyd_node *it, struct error *err),
		struct error *err)
{
	const struct lyd_node *it;

	LY_LIST_FOR(lyd_child(node), it)
	{
		int code = strcmp(LYD_NAME(it), name) ? 0 : fn(o, it, err);

		if (code)
			return code;
	}
	return 0;
}

static int too_many(struct error *err, const char *what, unsigned int max)
{
	return error_set(err, -E2BIG, "more than %u %s", max, what);
}

/* ---- words ↔ transforms ------------------------------------------------------------------------ */

struct word {
	const char *word;
	uint16_t id, bits;
};

static const struct word esp_ciphers[] = {
	{"esp-aes-128", ENCR_AES_CBC, 128},    {"esp-aes-192", ENCR_AES_CBC, 192},
	{"esp-aes-256", ENCR_AES_CBC, 256},    {"esp-gcm-128", ENCR_AES_GCM_16, 128},
	{"esp-gcm-256", ENCR_AES_GCM_16, 256}, {0},
};

static const struct word esp_integrities[] = {
	{"esp-sha256-hmac", INTEG_HMAC_SHA2_256_128, 0},
	{"esp-sha384-hmac", INTEG_HMAC_SHA2_384_192, 0},
	{"esp-sha512-hmac", INTEG_HMAC_SHA2_512_256, 0},
	{0},
};

static const struct word ike_ciphers[] = {
	{"aes-cbc-128", ENCR_AES_CBC, 128},    {"aes-cbc-192", ENCR_AES_CBC, 192},
	{"aes-cbc-256", ENCR_AES_CBC, 256},    {"aes-gcm-128", ENCR_AES_GCM_16, 128},
	{"aes-gcm-256", ENCR_AES_GCM_16, 256}, {0},
};

static const struct word ike_integrities[] = {
	{"sha256", INTEG_HMAC_SHA2_256_128, 0},
	{"sha384", INTEG_HMAC_SHA2_384_192, 0},
	{"sha512", INTEG_HMAC_SHA2_512_256, 0},
	{0},
};

static const struct word ike_prfs[] = {
	{"sha256", PRF_HMAC_SHA2_256, 0},
	{"sha384", PRF_HMAC_SHA2_384, 0},
	{"sha512", PRF_HMAC_SHA2_512, 0},
	{0},
};

static const struct word *word_find(const struct word *words, const char *text)
{
	for (; words->word; words++)
		if (text && !strcmp(words->word, text))
			return words;
	return NULL;
}

/* ---- access lists -------------------------------------------------------------------------------- */

/* Every port where the rule names none. */
static struct model_ports ports_of(const struct lyd_node *n, const char *end)
{
	char name[48];
	const char *op;
	uint32_t port;

	snprintf(name, sizeof(name), "%s-port", end);
	if (!leaf_text(n, name))
		return (struct model_ports){0, UINT16_MAX, false};
	port = leaf_u32(n, name, 0);
	snprintf(name, sizeof(name), "%s-port-operator", end);
	op = leaf_text(n, name);
	if (!op)
		return (struct model_ports){port, port, false};
	if (!strcmp(op, "neq"))
		return (struct model_ports){port, port, true};
	if (!strcmp(op, "gt"))
		return (struct model_ports){port + 1, UINT16_MAX, false};
	if (!strcmp(op, "lt")) /* of none: 1 to 0 */
		return (struct model_ports){port ? 0 : 1, port ? port - 1 : 0, false};
	snprintf(name, sizeof(name), "%s-port-last", end);
	return (struct model_ports){port, leaf_u32(n, name, 0), false};
}

bool model_ports_hold(const struct model_ports *p, uint16_t port)
{
	return (port >= p->first && port <= p->last) != p->outside;
}

/* A selector's port and mask; false: more than one port, and not all. */
static bool ports_fit(const struct model_ports *p, uint16_t *port, uint16_t *mask)
{
	bool one = p->first == p->last && !p->outside;

	*port = one ? (uint16_t)p->first : 0;
	*mask = one ? UINT16_MAX : 0;
	return one || (p->first == 0 && p->last == UINT16_MAX);
}

static void rule_fill(struct model_rule *r, const struct lyd_node *n)
{
	const char *action = leaf_text(n, "action");
	struct selector *s = &r->selector;

	r->sequence = leaf_u32(n, "sequence", 0);
	r->permit = action && !strcmp(action, "permit");
	if (leaf_text(n, "source"))
		prefix_parse(&s->local, leaf_text(n, "source"));
	if (leaf_text(n, "destination"))
		prefix_parse(&s->remote, leaf_text(n, "destination"));
	s->proto = (uint8_t)leaf_u32(n, "protocol", 0);
	r->source = ports_of(n, "source");
	r->destination = ports_of(n, "destination");
	r->several = !ports_fit(&r->source, &s->local_port, &s->local_port_mask);
	r->several |= !ports_fit(&r->destination, &s->remote_port, &s->remote_port_mask);
}

/* Rules stay in order of their sequence, whatever the order of the data. */
static int rule_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	struct model_acl *a = &o->acl;
	struct model_rule *grown = alloc_grow(a->rules, a->count, a->count + 1, sizeof(*a->rules));
	struct model_rule r = {0};
	size_t at = a->count;

	if (!grown)
		return error_set(err, -ENOMEM, "no memory");
	a->rules = grown;
	rule_fill(&r, n);
	for (; at && grown[at - 1].sequence > r.sequence; at--)
		grown[at] = grown[at - 1];
	grown[at] = r;
	a->count++;
	return 0;
}

static int parse_acl(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
		     struct error *err)
{
	(void)seal;
	return each(n, "rule", o, rule_add, err);
}

/* ---- IPsec ------------------------------------------------------------------------------------------ */

static int parse_interface(struct model_object *o, const struct lyd_node *n,
			   const struct seal *seal, struct error *err)
{
	(void)seal;
	(void)err;
	name_copy(o->interface.map, leaf_text(n, "crypto-map"));
	return 0;
}

static int parse_set(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
		     struct error *err)
{
	const struct word *encr = word_find(esp_ciphers, leaf_text(n, "cipher"));
	const struct word *integ = word_find(esp_integrities, leaf_text(n, "integrity"));

	(void)seal;
	(void)err;
	if (encr)
		o->set.encr = (struct transform){TRANSFORM_ENCR, encr->id, encr->bits};
	if (integ)
		o->set.integ = (struct transform){TRANSFORM_INTEG, integ->id, 0};
	return 0;
}

static int parse_limits(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
			struct error *err)
{
	(void)seal;
	(void)err;
	o->limits.lifetime_s = leaf_u32(n, "lifetime-seconds", 3600);
	o->limits.lifetime_kb = leaf_u64(n, "lifetime-kilobytes", 4608000);
	o->limits.replay_window = leaf_u32(n, "replay-window", 64);
	return 0;
}

/* ---- IKEv2 proposals and policies ---------------------------------------------------------------------- */

static int transform_add(struct model_object *o, enum transform_type type, const struct word *w,
			 struct error *err)
{
	if (!w)
		return error_set(err, -EINVAL, "unknown algorithm");
	if (proposal_add(&o->proposal, type, w->id, w->bits))
		return too_many(err, "transforms in a proposal", PROPOSAL_TRANSFORMS_MAX);
	return 0;
}

static int encryption_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	return transform_add(o, TRANSFORM_ENCR, word_find(ike_ciphers, lyd_get_value(n)), err);
}

static int integrity_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	return transform_add(o, TRANSFORM_INTEG, word_find(ike_integrities, lyd_get_value(n)), err);
}

static int prf_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	return transform_add(o, TRANSFORM_PRF, word_find(ike_prfs, lyd_get_value(n)), err);
}

static int group_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	uint32_t group = 0;
	struct word w = {"group", 0, 0};

	if (text_u32(lyd_get_value(n), 1, UINT16_MAX, &group))
		return error_set(err, -EINVAL, "unknown Diffie-Hellman group");
	w.id = (uint16_t)group;
	return transform_add(o, TRANSFORM_DH, &w, err);
}

/* AES-GCM and AES-CBC differ in whether integrity is offered, so one proposal has one kind. */
static int check_mixture(const struct proposal *p, struct error *err)
{
	bool aead = false, plain = false;

	for (size_t i = 0; i < p->count; i++)
		if (p->t[i].type == TRANSFORM_ENCR)
			*(encr_is_aead(p->t[i].id) ? &aead : &plain) = true;
	if (aead && plain)
		return error_set(err, -EINVAL,
				 "AES-GCM and AES-CBC do not mix in one proposal: make two");
	if (aead && proposal_first(p, TRANSFORM_INTEG))
		return error_set(err, -EINVAL,
				 "AES-GCM has integrity of its own: remove integrity");
	return 0;
}

static int parse_proposal(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
			  struct error *err)
{
	/* Without prf, those of integrity are taken. */
	const char *prf = leaf_find(n, "prf") ? "prf" : "integrity";
	int code;

	(void)seal;
	o->proposal.protocol = IKE_PROTO_IKE;
	code = each(n, "encryption", o, encryption_add, err);
	if (!code)
		code = each(n, "integrity", o, integrity_add, err);
	if (!code)
		code = each(n, prf, o, prf_add, err);
	if (!code)
		code = each(n, "group", o, group_add, err);
	return code ? code : check_mixture(&o->proposal, err);
}

static int policy_proposal_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	if (o->policy.count == MODEL_LIST_MAX)
		return too_many(err, "proposals in a policy", MODEL_LIST_MAX);
	name_copy(o->policy.proposals[o->policy.count++], lyd_get_value(n));
	return 0;
}

static int parse_policy(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
			struct error *err)
{
	const char *local = leaf_text(n, "match-address-local");

	(void)seal;
	if (local)
		addr_parse(&o->policy.local, local);
	return each(n, "proposal", o, policy_proposal_add, err);
}

/* ---- identities ---------------------------------------------------------------------------------------- */

static int identity_fill(struct identity *id, const char *kind, const char *text, struct error *err)
{
	static const struct {
		const char *kind;
		uint8_t type;
	} kinds[] = {
		{"fqdn", IDENTITY_FQDN}, {"email", IDENTITY_EMAIL}, {"key-id", IDENTITY_KEY_ID}};
	struct addr a;

	if (!strcmp(kind, "address") && !addr_parse(&a, text)) {
		*id = identity_of_addr(&a);
		return 0;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i].kind) &&
		    !identity_set(id, kinds[i].type, text, strlen(text)))
			return 0;
	return error_set(err, -EINVAL, "identity %s is not usable", text);
}

/* The one of PREFIX-address, -fqdn, -email, -key-id that is there. */
static int identity_leaf(struct identity *id, const struct lyd_node *n, const char *prefix,
			 struct error *err)
{
	static const char *const kinds[] = {"address", "fqdn", "email", "key-id"};
	char name[64];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *text;

		snprintf(name, sizeof(name), "%s-%s", prefix, kinds[i]);
		text = leaf_text(n, name);
		if (text)
			return identity_fill(id, kinds[i], text, err);
	}
	return 0;
}

/* ---- keyrings -------------------------------------------------------------------------------------------- */

static int key_open(struct secret **out, const struct lyd_node *n, const char *name,
		    const struct seal *seal, struct error *err)
{
	const char *text = leaf_text(n, name);

	return text ? seal_unseal(seal, text, out, err) : 0;
}

static int peer_fill(struct model_peer *p, const struct lyd_node *n, const struct seal *seal,
		     struct error *err)
{
	struct secret *both = NULL;
	int code;

	name_copy(p->name, leaf_text(n, "name"));
	if (leaf_text(n, "address"))
		prefix_parse(&p->address, leaf_text(n, "address"));
	code = identity_leaf(&p->identity, n, "identity", err);
	if (!code)
		code = key_open(&both, n, "pre-shared-key", seal, err);
	if (!code)
		code = key_open(&p->local, n, "pre-shared-key-local", seal, err);
	if (!code)
		code = key_open(&p->remote, n, "pre-shared-key-remote", seal, err);
	if (!code && both) {
		p->local = secret_copy(both);
		p->remote = secret_copy(both);
		code = p->local && p->remote ? 0 : error_set(err, -ENOMEM, "no memory");
	}
	secret_free(both);
	if (code)
		error_prefix(err, "peer %s", p->name);
	return code;
}

static int parse_keyring(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
			 struct error *err)
{
	struct model_keyring *k = &o->keyring;
	const struct lyd_node *it;

	LY_LIST_FOR(lyd_child(n), it)
	{
		struct model_peer *grown;

		if (strcmp(LYD_NAME(it), "peer"))
			continue;
		grown = alloc_grow(k->peers, k->count, k->count + 1, sizeof(*k->peers));
		if (!grown)
			return error_set(err, -ENOMEM, "no memory");
		k->peers = grown;
		if (peer_fill(&k->peers[k->count++], it, seal, err))
			return err ? err->code : -EINVAL;
	}
	return 0;
}

/* ---- profiles ---------------------------------------------------------------------------------------------- */

static void dpd_fill(struct conn_dpd *d, const struct lyd_node *n)
{
	const char *mode = leaf_text(n, "mode");

	d->interval_s = leaf_u32(n, "interval", 0);
	d->retry_s = leaf_u32(n, "retry", 2);
	d->periodic = mode && !strcmp(mode, "periodic");
}

static int match_address_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	struct model_profile *p = &o->profile;

	if (p->address_count == MODEL_LIST_MAX)
		return too_many(err, "match identity remote address", MODEL_LIST_MAX);
	return prefix_parse(&p->addresses[p->address_count++], lyd_get_value(n));
}

static int match_identity_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	static const char prefix[] = "match-identity-remote-";
	struct model_profile *p = &o->profile;

	if (p->identity_count == MODEL_LIST_MAX)
		return too_many(err, "match identity remote", MODEL_LIST_MAX);
	return identity_fill(&p->identities[p->identity_count++], LYD_NAME(n) + sizeof(prefix) - 1,
			     lyd_get_value(n), err);
}

static int parse_profile(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
			 struct error *err)
{
	struct model_profile *p = &o->profile;
	int code;

	(void)seal;
	p->match_any = leaf_find(n, "match-identity-remote-any");
	if (leaf_text(n, "match-address-local"))
		addr_parse(&p->match_local, leaf_text(n, "match-address-local"));
	name_copy(p->keyring, leaf_text(n, "keyring"));
	p->lifetime_s = leaf_u32(n, "lifetime", 86400);
	p->authenticated = leaf_text(n, "authentication-local") &&
			   leaf_text(n, "authentication-remote");
	p->has_dpd = leaf_find(n, "dpd") && leaf_text(leaf_find(n, "dpd"), "interval");
	if (p->has_dpd)
		dpd_fill(&p->dpd, leaf_find(n, "dpd"));
	code = identity_leaf(&p->local, n, "identity-local", err);
	if (!code)
		code = each(n, "match-identity-remote-address", o, match_address_add, err);
	if (!code)
		code = each(n, "match-identity-remote-fqdn", o, match_identity_add, err);
	if (!code)
		code = each(n, "match-identity-remote-email", o, match_identity_add, err);
	if (!code)
		code = each(n, "match-identity-remote-key-id", o, match_identity_add, err);
	return code;
}

static int parse_dpd(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
		     struct error *err)
{
	(void)seal;
	(void)err;
	dpd_fill(&o->dpd, n);
	return 0;
}

/* ---- crypto map entries --------------------------------------------------------------------------------------- */

static int entry_peer_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	struct model_entry *e = &o->entry;

	if (e->peer_count == CONN_PEERS_MAX)
		return too_many(err, "peers in a crypto map entry", CONN_PEERS_MAX);
	return addr_parse(&e->peers[e->peer_count++], lyd_get_value(n));
}

static int entry_set_add(struct model_object *o, const struct lyd_node *n, struct error *err)
{
	struct model_entry *e = &o->entry;

	if (e->set_count == MODEL_LIST_MAX)
		return too_many(err, "transform sets in a crypto map entry", MODEL_LIST_MAX);
	name_copy(e->sets[e->set_count++], lyd_get_value(n));
	return 0;
}

static int parse_entry(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
		       struct error *err)
{
	struct model_entry *e = &o->entry;
	int code;

	(void)seal;
	name_copy(e->map, leaf_text(n, "name"));
	name_copy(e->acl, leaf_text(n, "match-address"));
	name_copy(e->profile, leaf_text(n, "ikev2-profile"));
	if (leaf_text(n, "description"))
		text_copy(e->description, sizeof(e->description), leaf_text(n, "description"));
	e->seq = leaf_u32(n, "sequence", 0);
	e->pfs_group = (uint16_t)leaf_u32(n, "pfs-group", 0);
	e->has_lifetime_s = leaf_text(n, "lifetime-seconds");
	e->lifetime_s = leaf_u32(n, "lifetime-seconds", 0);
	e->has_lifetime_kb = leaf_text(n, "lifetime-kilobytes");
	e->lifetime_kb = leaf_u64(n, "lifetime-kilobytes", 0);
	code = each(n, "peer", o, entry_peer_add, err);
	return code ? code : each(n, "transform-set", o, entry_set_add, err);
}

/* ---- all kinds -------------------------------------------------------------------------------------------------- */

static const struct {
	const char *path;
	int (*parse)(struct model_object *o, const struct lyd_node *n, const struct seal *seal,
		     struct error *err);
} kinds[MODEL_KIND_COUNT] = {
	[MODEL_ACL] = {"/spindle-acl:access-lists/extended", parse_acl},
	[MODEL_ACL_STANDARD] = {"/spindle-acl:access-lists/standard", parse_acl},
	[MODEL_INTERFACE] = {"/spindle-interface:interfaces/interface", parse_interface},
	[MODEL_TRANSFORM_SET] = {"/spindle-crypto:crypto/ipsec/transform-set", parse_set},
	[MODEL_SA_LIMITS] = {"/spindle-crypto:crypto/ipsec/security-association", parse_limits},
	[MODEL_PROPOSAL] = {"/spindle-crypto:crypto/ikev2/proposal", parse_proposal},
	[MODEL_POLICY] = {"/spindle-crypto:crypto/ikev2/policy", parse_policy},
	[MODEL_KEYRING] = {"/spindle-crypto:crypto/ikev2/keyring", parse_keyring},
	[MODEL_PROFILE] = {"/spindle-crypto:crypto/ikev2/profile", parse_profile},
	[MODEL_DPD] = {"/spindle-crypto:crypto/ikev2/dpd", parse_dpd},
	[MODEL_ENTRY] = {"/spindle-crypto:crypto/map", parse_entry},
};

enum model_kind model_kind_of(const char *path)
{
	for (unsigned int k = 0; k < MODEL_KIND_COUNT; k++)
		if (kinds[k].path && !strcmp(kinds[k].path, path))
			return k;
	return MODEL_KIND_COUNT;
}

void model_key(const struct lyd_node *node, model_name key)
{
	const struct lyd_node *it;
	size_t len = 0;

	key[0] = '\0';
	LY_LIST_FOR(lyd_child(node), it)
	{
		if (!it->schema || !lysc_is_key(it->schema))
			break;
		len += (size_t)snprintf(key + len, sizeof(model_name) - len, "%s%s", len ? " " : "",
					lyd_get_value(it));
		if (len >= sizeof(model_name))
			break;
	}
}

struct model_object *model_parse(enum model_kind kind, const struct lyd_node *node,
				 const struct seal *seal, struct error *err)
{
	struct model_object *o = alloc_zero(sizeof(*o));

	if (!o) {
		error_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	o->kind = kind;
	model_key(node, o->key);
	if (kinds[kind].parse(o, node, seal, err)) {
		error_set(err, -EINVAL, "not a usable value");
		error_prefix(err, "%s %s", LYD_NAME(node), o->key);
		model_free(o);
		return NULL;
	}
	return o;
}

static bool is_list(const struct model_object *o)
{
	return o->kind == MODEL_ACL || o->kind == MODEL_ACL_STANDARD;
}

static bool same_ports(const struct model_ports *a, const struct model_ports *b)
{
	return a->first == b->first && a->last == b->last && a->outside == b->outside;
}

static bool same_rule(const struct model_rule *a, const struct model_rule *b)
{
	return a->permit == b->permit && selector_equal(&a->selector, &b->selector) &&
	       same_ports(&a->source, &b->source) && same_ports(&a->destination, &b->destination);
}

/* Both are in order of their sequence. */
void model_keep_hits(struct model_object *to, const struct model_object *from)
{
	size_t j = 0;

	if (!to || !from || !is_list(to) || !is_list(from))
		return;
	for (size_t i = 0; i < to->acl.count; i++) {
		struct model_rule *r = &to->acl.rules[i];

		while (j < from->acl.count && from->acl.rules[j].sequence < r->sequence)
			j++;
		if (j < from->acl.count && from->acl.rules[j].sequence == r->sequence &&
		    same_rule(r, &from->acl.rules[j]))
			r->hits = from->acl.rules[j].hits;
	}
}

void model_free(struct model_object *o)
{
	if (!o)
		return;
	if (is_list(o))
		alloc_free(o->acl.rules);
	for (size_t i = 0; o->kind == MODEL_KEYRING && i < o->keyring.count; i++) {
		secret_free(o->keyring.peers[i].local);
		secret_free(o->keyring.peers[i].remote);
	}
	if (o->kind == MODEL_KEYRING)
		alloc_free(o->keyring.peers);
	alloc_free(o);
}
