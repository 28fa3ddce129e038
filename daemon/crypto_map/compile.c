#include "crypto_map/compile.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto_map/crypto_map.h"

struct work {
	const struct compile_input *in;
	struct compile_output *out;
	struct conn *c;
	int err; /* -ENOMEM: not a thing that the entry lacks */
};

/* Names what is missing; always false, so that a step can end with it. */
__attribute__((format(printf, 2, 3))) static bool lacks(struct work *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->out->incomplete, sizeof(w->out->incomplete), fmt, ap);
	va_end(ap);
	return false;
}

static const struct model_object *object(const struct work *w, enum model_kind kind,
					 const char *key)
{
	const struct slot *s = graph_find(w->in->graph, kind, key);

	return s ? s->object : NULL;
}

/* ---- ends ---------------------------------------------------------------------------------------- */

static bool local_addr(const struct link_info *l, uint16_t family, struct addr *out)
{
	for (size_t i = 0; i < l->addr_count; i++) {
		const struct addr *a = &l->addrs[i].addr;
		bool link_local = family == AF_INET6 && a->bytes[0] == 0xfe &&
				  (a->bytes[1] & 0xc0) == 0x80;

		if (a->family == family && !link_local) {
			*out = *a;
			return true;
		}
	}
	return false;
}

static bool step_ends(struct work *w)
{
	const struct model_entry *e = w->in->entry;
	uint16_t family;

	if (!e->peer_count)
		return lacks(w, "no peer is set");
	family = e->peers[0].family;
	for (size_t i = 0; i < e->peer_count; i++) {
		if (e->peers[i].family != family)
			return lacks(w, "its peers are of two address families");
		w->c->peers[i] = e->peers[i];
	}
	w->c->peer_count = e->peer_count;
	if (!w->in->link)
		return lacks(w, "interface %s does not exist", w->in->interface);
	if (!local_addr(w->in->link, family, &w->c->local))
		return lacks(w, "interface %s has no %s address", w->in->interface,
			     family == AF_INET6 ? "IPv6" : "IPv4");
	return true;
}

/* ---- traffic ----------------------------------------------------------------------------------------- */

/* `any` takes the family of the other side, or of the peers. */
static void settle_family(struct selector *s, uint16_t fallback)
{
	uint16_t family = s->local.addr.family	  ? s->local.addr.family
			  : s->remote.addr.family ? s->remote.addr.family
						  : fallback;

	s->local.addr.family = family;
	s->remote.addr.family = family;
}

/* A line that repeats an earlier one adds nothing. */
static bool is_repeated(const struct conn *c, const struct selector *s)
{
	for (size_t i = 0; i < c->child_count; i++)
		if (selector_equal(&c->children[i].selector, s))
			return true;
	return false;
}

static bool step_traffic(struct work *w)
{
	const struct model_entry *e = w->in->entry;
	const struct model_object *o = e->acl[0] ? object(w, MODEL_ACL, e->acl) : NULL;

	if (!e->acl[0])
		return lacks(w, "no access-list is set (match address)");
	if (!o && object(w, MODEL_ACL_STANDARD, e->acl))
		return lacks(
			w, "access-list %s is a standard list: a crypto map takes an extended one",
			e->acl);
	if (!o)
		return lacks(w, "access-list %s does not exist", e->acl);
	for (size_t i = 0; i < o->acl.count; i++) {
		const struct model_rule *r = &o->acl.rules[i];
		struct selector s = r->selector;

		if (!r->permit)
			return lacks(w,
				     "access-list %s has a deny line (%u), which a crypto map does "
				     "not support yet",
				     e->acl, r->sequence);
		if (r->several)
			return lacks(
				w,
				"access-list %s, line %u: a kernel policy holds one port or all, "
				"not a range",
				e->acl, r->sequence);
		settle_family(&s, w->c->local.family);
		if (is_repeated(w->c, &s))
			continue;
		if (w->c->child_count == CONN_CHILDREN_MAX)
			return lacks(w, "access-list %s has more than %u permit lines", e->acl,
				     CONN_CHILDREN_MAX);
		w->c->children[w->c->child_count++] =
			(struct conn_child){.child = r->sequence, .selector = s};
	}
	return w->c->child_count || lacks(w, "access-list %s has no permit line", e->acl);
}

/* ---- IPsec proposals ------------------------------------------------------------------------------------ */

static bool esp_proposal(struct work *w, const char *name)
{
	const struct model_object *o = object(w, MODEL_TRANSFORM_SET, name);
	struct proposal *p = &w->c->esp[w->c->esp_count];
	const struct model_transform_set *t;

	if (!o)
		return lacks(w, "transform-set %s does not exist", name);
	t = &o->set;
	if (!t->encr.id)
		return lacks(w, "transform-set %s has no cipher", name);
	if (!encr_is_aead(t->encr.id) && !t->integ.id)
		return lacks(w, "transform-set %s has a cipher without integrity", name);
	p->protocol = IKE_PROTO_ESP;
	proposal_add(p, TRANSFORM_ENCR, t->encr.id, t->encr.key_bits);
	if (t->integ.id)
		proposal_add(p, TRANSFORM_INTEG, t->integ.id, 0);
	if (w->in->entry->pfs_group)
		proposal_add(p, TRANSFORM_DH, w->in->entry->pfs_group, 0);
	proposal_add(p, TRANSFORM_ESN, ESN_YES, 0);
	proposal_add(p, TRANSFORM_ESN, ESN_NO, 0);
	w->c->esp_count++;
	return true;
}

static bool step_esp(struct work *w)
{
	const struct model_entry *e = w->in->entry;
	const struct model_object *o = object(w, MODEL_SA_LIMITS, "");
	struct model_sa_limits l = {3600, 64, 4608000};

	if (!e->set_count)
		return lacks(w, "no transform-set is set");
	for (size_t i = 0; i < e->set_count; i++)
		if (!esp_proposal(w, e->sets[i]))
			return false;
	if (o)
		l = o->limits;
	w->c->lifetime_s = e->has_lifetime_s ? e->lifetime_s : l.lifetime_s;
	w->c->lifetime_kb = e->has_lifetime_kb ? e->lifetime_kb : l.lifetime_kb;
	w->c->replay_window = l.replay_window;
	return true;
}

/* ---- IKE proposals ----------------------------------------------------------------------------------------- */

/* What today's peers have, best first. */
size_t crypto_map_default_proposals(struct proposal *out)
{
	static const uint16_t prfs[] = {PRF_HMAC_SHA2_512, PRF_HMAC_SHA2_256};
	static const uint16_t groups[] = {DH_CURVE25519, DH_ECP_256, DH_MODP_2048};
	struct proposal *gcm = &out[0], *cbc = &out[1];

	*gcm = *cbc = (struct proposal){0};
	gcm->protocol = cbc->protocol = IKE_PROTO_IKE;
	proposal_add(gcm, TRANSFORM_ENCR, ENCR_AES_GCM_16, 256);
	proposal_add(gcm, TRANSFORM_ENCR, ENCR_AES_GCM_16, 128);
	proposal_add(cbc, TRANSFORM_ENCR, ENCR_AES_CBC, 256);
	proposal_add(cbc, TRANSFORM_ENCR, ENCR_AES_CBC, 128);
	proposal_add(cbc, TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0);
	proposal_add(cbc, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	for (size_t i = 0; i < sizeof(prfs) / sizeof(prfs[0]); i++) {
		proposal_add(gcm, TRANSFORM_PRF, prfs[i], 0);
		proposal_add(cbc, TRANSFORM_PRF, prfs[i], 0);
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		proposal_add(gcm, TRANSFORM_DH, groups[i], 0);
		proposal_add(cbc, TRANSFORM_DH, groups[i], 0);
	}
	return CRYPTO_MAP_DEFAULTS;
}

static const char *proposal_fault(const struct proposal *p)
{
	const struct transform *encr = proposal_first(p, TRANSFORM_ENCR);

	if (!encr)
		return "encryption";
	if (!encr_is_aead(encr->id) && !proposal_first(p, TRANSFORM_INTEG))
		return "integrity";
	if (!proposal_first(p, TRANSFORM_PRF))
		return "prf";
	return proposal_first(p, TRANSFORM_DH) ? NULL : "group";
}

static bool policy_add(struct work *w, const struct model_policy *p, const char *name)
{
	for (size_t i = 0; i < p->count && w->c->ike_count < CONN_PROPOSALS_MAX; i++) {
		const struct model_object *o = object(w, MODEL_PROPOSAL, p->proposals[i]);
		const char *fault = o ? proposal_fault(&o->proposal) : NULL;

		if (!o)
			return lacks(w, "ikev2 policy %s: proposal %s does not exist", name,
				     p->proposals[i]);
		if (fault)
			return lacks(w, "ikev2 proposal %s has no %s", p->proposals[i], fault);
		w->c->ike[w->c->ike_count++] = o->proposal;
	}
	return true;
}

static bool step_ike(struct work *w)
{
	const struct slot *s = NULL;

	while ((s = graph_next(w->in->graph, MODEL_POLICY, s))) {
		const struct model_policy *p;

		if (!s->object)
			continue;
		p = &s->object->policy;
		if (addr_is_set(&p->local) && !addr_equal(&p->local, &w->c->local))
			continue;
		if (!policy_add(w, p, s->key))
			return false;
	}
	if (!w->c->ike_count)
		w->c->ike_count = (uint8_t)crypto_map_default_proposals(w->c->ike);
	return true;
}

/* ---- identities and keys -------------------------------------------------------------------------------------- */

/* Which identity the peer must show: what the profile matches, for this peer. */
static bool remote_identity(struct work *w, const struct model_profile *p)
{
	const struct addr *peer = conn_current_peer(w->c);

	if (p->match_any) {
		w->c->remote_id.type = IDENTITY_ANY;
		return true;
	}
	for (size_t i = 0; i < p->address_count; i++) {
		if (!prefix_contains(&p->addresses[i], peer))
			continue;
		w->c->remote_id = identity_of_addr(peer);
		return true;
	}
	if (p->identity_count) {
		w->c->remote_id = p->identities[0];
		return true;
	}
	return lacks(w, "ikev2 profile %s matches no identity of its peer", w->in->entry->profile);
}

static bool peer_fits(const struct model_peer *p, const struct conn *c)
{
	if (p->address.addr.family && prefix_contains(&p->address, conn_current_peer(c)))
		return true;
	return p->identity.type && identity_equal(&p->identity, &c->remote_id);
}

static bool keys(struct work *w, const struct model_profile *p)
{
	const struct model_object *o = object(w, MODEL_KEYRING, p->keyring);

	if (!p->keyring[0])
		return lacks(w, "ikev2 profile %s has no keyring", w->in->entry->profile);
	if (!o)
		return lacks(w, "ikev2 keyring %s does not exist", p->keyring);
	for (size_t i = 0; i < o->keyring.count; i++) {
		const struct model_peer *peer = &o->keyring.peers[i];

		if (!peer_fits(peer, w->c))
			continue;
		if (!peer->local || !peer->remote)
			return lacks(w, "ikev2 keyring %s, peer %s: no pre-shared key", p->keyring,
				     peer->name);
		w->c->psk_local = secret_copy(peer->local);
		w->c->psk_remote = secret_copy(peer->remote);
		w->err = w->c->psk_local && w->c->psk_remote ? 0 : -ENOMEM;
		return !w->err;
	}
	return lacks(w, "ikev2 keyring %s has no key for this peer", p->keyring);
}

static bool step_profile(struct work *w)
{
	const struct model_entry *e = w->in->entry;
	const struct model_object *o = object(w, MODEL_PROFILE, e->profile);
	const struct model_object *dpd = object(w, MODEL_DPD, "");
	const struct model_profile *p;

	if (!e->profile[0])
		return lacks(w, "no ikev2-profile is set");
	if (!o)
		return lacks(w, "ikev2 profile %s does not exist", e->profile);
	p = &o->profile;
	if (!p->authenticated)
		return lacks(w, "ikev2 profile %s does not say authentication local and remote",
			     e->profile);
	if (addr_is_set(&p->match_local) && !addr_equal(&p->match_local, &w->c->local))
		return lacks(w, "ikev2 profile %s is for another local address", e->profile);
	w->c->local_id = p->local.type ? p->local : identity_of_addr(&w->c->local);
	w->c->ike_lifetime_s = p->lifetime_s;
	if (p->has_dpd)
		w->c->dpd = p->dpd;
	else if (dpd)
		w->c->dpd = dpd->dpd;
	return remote_identity(w, p) && keys(w, p);
}

/* ---- all of it ------------------------------------------------------------------------------------------------ */

int compile_entry(const struct compile_input *in, struct compile_output *out)
{
	struct work w = {in, out, conn_new(), 0};

	out->conn = NULL;
	out->incomplete[0] = '\0';
	if (!w.c)
		return -ENOMEM;
	w.c->kind = CONN_STATIC_MAP;
	w.c->seq = in->entry->seq;
	text_copy(w.c->map, sizeof(w.c->map), in->entry->map);
	text_copy(w.c->interface, sizeof(w.c->interface), in->interface);
	snprintf(w.c->name, sizeof(w.c->name), "%s %u", in->entry->map, in->entry->seq);
	if (step_ends(&w) && step_traffic(&w) && step_esp(&w) && step_ike(&w) && step_profile(&w))
		out->conn = w.c;
	else
		conn_unref(w.c);
	return w.err;
}

/* Lower number wins in the kernel: map sequence first, then the line's place in the list. */
static uint32_t priority(const struct conn *c, size_t child)
{
	return c->seq << 16 | (uint32_t)(child + 1);
}

void compile_policies(const struct conn *c, size_t child, struct xfrm_policy out[COMPILE_POLICIES])
{
	static const enum xfrm_dir dirs[COMPILE_POLICIES] = {XFRM_DIR_OUT, XFRM_DIR_IN,
							     XFRM_DIR_FWD};

	for (size_t i = 0; i < COMPILE_POLICIES; i++)
		out[i] = (struct xfrm_policy){.dir = dirs[i],
					      .selector = c->children[child].selector,
					      .priority = priority(c, child),
					      .tunnel_local = c->local,
					      .tunnel_remote = *conn_current_peer(c),
					      .proto = IPPROTO_ESP,
					      .mode = XFRM_KIND_TUNNEL,
					      .reqid = c->children[child].reqid};
}

uint32_t compile_reqid(const struct conn *c, uint32_t child, unsigned int try)
{
	uint32_t h = hash_bytes(c->name, strlen(c->name), child);

	h = hash_bytes(c->interface, strlen(c->interface), h);
	h = (h + try) & ~REQID_MASK;
	return REQID_OURS | (h ? h : 1);
}
