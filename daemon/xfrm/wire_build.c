/*
 * xfrm/wire_build: what is asked of the kernel, as netlink messages. Layouts:
 * include/uapi/linux/xfrm.h; what the kernel demands of them: verify_newsa_info(),
 * verify_newpolicy_info() in net/xfrm/xfrm_user.c. Numbers of netlink are the host's, those of
 * IPsec the network's.
 */
#include <netinet/in.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/udp.h>

#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "xfrm/uapi.h"
#include "xfrm/wire.h"

#define LEGACY_WINDOW_MAX 32 /* struct xfrm_replay_state: one 32-bit map */
#define DUMMY_KEY_LEN	  16
#define DUMMY_ICV_BITS	  128

static void begin(struct writer *w)
{
	writer_zero(w, NLMSG_HDRLEN);
}

static bool end(struct writer *w, size_t start, uint16_t type, uint16_t flags, uint32_t pid,
		uint32_t seq)
{
	struct nlmsghdr h = {
		.nlmsg_len = (uint32_t)(w->len - start),
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		.nlmsg_seq = seq,
		.nlmsg_pid = pid,
	};

	if (w->failed) {
		w->failed = false;
		w->len = start;
		return false;
	}
	memcpy(w->data + start, &h, sizeof(h));
	return true;
}

/* An attribute of two parts, the second one (a key) may be empty. */
static void attribute2(struct writer *w, uint16_t type, const void *data, size_t len,
		       struct view tail)
{
	struct nlattr h = {.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + len + tail.len)};

	writer_bytes(w, &h, sizeof(h));
	writer_bytes(w, data, len);
	writer_view(w, tail);
	writer_zero(w, NLA_ALIGN(h.nla_len) - h.nla_len);
}

static void attribute(struct writer *w, uint16_t type, const void *data, size_t len)
{
	attribute2(w, type, data, len, (struct view){0});
}

static void put_addr(xfrm_address_t *out, const struct addr *a)
{
	memcpy(out, a->bytes, addr_len(a));
}

static void put_mark(struct writer *w, const struct xfrm_mark *mark)
{
	struct uapi_xfrm_mark m = {.v = mark->value, .m = mark->mask};

	if (m.v || m.m)
		attribute(w, XFRMA_MARK, &m, sizeof(m));
}

static void put_if_id(struct writer *w, uint32_t if_id)
{
	if (if_id)
		attribute(w, XFRMA_IF_ID, &if_id, sizeof(if_id));
}

static struct xfrm_selector selector_out(const struct selector *s)
{
	struct xfrm_selector out = {
		.family = s->local.addr.family,
		.prefixlen_s = s->local.len,
		.prefixlen_d = s->remote.len,
		.proto = s->proto,
		.sport = htons(s->local_port),
		.sport_mask = htons(s->local_port_mask),
		.dport = htons(s->remote_port),
		.dport_mask = htons(s->remote_port_mask),
	};

	put_addr(&out.saddr, &s->local.addr);
	put_addr(&out.daddr, &s->remote.addr);
	return out;
}

static uint64_t limit_out(uint64_t v)
{
	return v ? v : XFRM_INF;
}

static struct xfrm_lifetime_cfg limits_out(const struct xfrm_limits *l)
{
	return (struct xfrm_lifetime_cfg){
		.soft_byte_limit = limit_out(l->soft_bytes),
		.hard_byte_limit = limit_out(l->hard_bytes),
		.soft_packet_limit = limit_out(l->soft_packets),
		.hard_packet_limit = limit_out(l->hard_packets),
		.soft_add_expires_seconds = l->soft_add_s,
		.hard_add_expires_seconds = l->hard_add_s,
	};
}

static struct xfrm_usersa_info sa_info(const struct xfrm_sa *sa)
{
	bool tunnel = sa->mode == XFRM_KIND_TUNNEL;
	struct xfrm_usersa_info p = {
		.id = {.spi = htonl(sa->id.spi), .proto = sa->id.proto},
		.lft = limits_out(&sa->limits),
		.reqid = sa->reqid,
		.family = sa->id.dst.family,
		.mode = tunnel ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT,
		.flags = sa->esn ? XFRM_STATE_ESN : 0,
	};

	put_addr(&p.id.daddr, &sa->id.dst);
	put_addr(&p.saddr, &sa->src);
	if (!sa->esn && sa->replay_window <= LEGACY_WINDOW_MAX)
		p.replay_window = (uint8_t)sa->replay_window;
	if (sa->has_selector)
		p.sel = selector_out(&sa->selector);
	else if (tunnel)
		p.flags |= XFRM_STATE_AF_UNSPEC; /* both families may travel inside */
	return p;
}

/* Windows that one word does not hold, and extended sequence numbers, which need a window. */
static void put_replay(struct writer *w, const struct xfrm_sa *sa)
{
	uint32_t window = sa->esn && sa->replay_window == 0 ? 1 : sa->replay_window;
	uint32_t words = (window + 31) / 32;
	struct xfrm_replay_state_esn esn = {.bmp_len = words, .replay_window = window};
	const uint8_t map[XFRM_REPLAY_MAX / 8] = {0};

	if (sa->esn || window > LEGACY_WINDOW_MAX)
		attribute2(w, XFRMA_REPLAY_ESN_VAL, &esn, sizeof(esn),
			   (struct view){map, words * sizeof(uint32_t)});
}

static void put_encap(struct writer *w, const struct xfrm_sa *sa)
{
	struct xfrm_encap_tmpl encap = {
		.encap_type = UDP_ENCAP_ESPINUDP,
		.encap_sport = htons(sa->encap_sport),
		.encap_dport = htons(sa->encap_dport),
	};

	if (sa->encap)
		attribute(w, XFRMA_ENCAP, &encap, sizeof(encap));
}

static void put_aead(struct writer *w, const char *name, struct view key, uint16_t icv_bits)
{
	struct xfrm_algo_aead a = {
		.alg_key_len = (unsigned int)key.len * 8,
		.alg_icv_len = icv_bits,
	};

	text_copy(a.alg_name, sizeof(a.alg_name), name);
	attribute2(w, XFRMA_ALG_AEAD, &a, sizeof(a), key);
}

static void put_cipher(struct writer *w, const char *name, struct view key)
{
	struct xfrm_algo a = {.alg_key_len = (unsigned int)key.len * 8};

	text_copy(a.alg_name, sizeof(a.alg_name), name);
	attribute2(w, XFRMA_ALG_CRYPT, &a, sizeof(a), key);
}

static void put_hmac(struct writer *w, const char *name, struct view key, uint16_t icv_bits)
{
	struct xfrm_algo_auth a = {
		.alg_key_len = (unsigned int)key.len * 8,
		.alg_trunc_len = icv_bits,
	};

	text_copy(a.alg_name, sizeof(a.alg_name), name);
	attribute2(w, XFRMA_ALG_AUTH_TRUNC, &a, sizeof(a), key);
}

static void put_keys(struct writer *w, const struct xfrm_keyset *k)
{
	if (k->aead[0])
		put_aead(w, k->aead, secret_view(k->encr_key), k->icv_bits);
	if (k->encr[0])
		put_cipher(w, k->encr, secret_view(k->encr_key));
	if (k->integ[0])
		put_hmac(w, k->integ, secret_view(k->integ_key), k->icv_bits);
}

/*
 * An update of limits or ports must name algorithms, which the kernel then does not take from it
 * (xfrm_state_update()). Random keys: should the SA have become another meanwhile, nobody knows
 * them.
 */
static void put_dummy_keys(struct writer *w, uint8_t proto)
{
	uint8_t key[DUMMY_KEY_LEN];
	struct view v = {key, sizeof(key)};

	random_bytes(key, sizeof(key));
	if (proto == IPPROTO_ESP)
		put_cipher(w, "cbc(aes)", v);
	put_hmac(w, "hmac(sha256)", v, DUMMY_ICV_BITS);
	secret_wipe(key, sizeof(key));
}

static uint16_t build_install(struct writer *w, const struct xfrm_call *call)
{
	struct xfrm_usersa_info p = sa_info(&call->sa);
	bool has_keys = call->keys.encr_key || call->keys.integ_key;

	writer_bytes(w, &p, sizeof(p));
	if (has_keys)
		put_keys(w, &call->keys);
	else
		put_dummy_keys(w, call->sa.id.proto);
	put_encap(w, &call->sa);
	put_mark(w, &call->sa.id.mark);
	put_if_id(w, call->sa.if_id);
	put_replay(w, &call->sa);
	return call->op == XFRM_OP_SA_ADD ? XFRM_MSG_NEWSA : XFRM_MSG_UPDSA;
}

static uint16_t build_spi_alloc(struct writer *w, const struct xfrm_call *call)
{
	struct xfrm_userspi_info p = {
		.info = sa_info(&call->sa),
		.min = call->spi_min,
		.max = call->spi_max,
	};

	writer_bytes(w, &p, sizeof(p));
	return XFRM_MSG_ALLOCSPI;
}

static uint16_t build_sa_id(struct writer *w, const struct xfrm_call *call)
{
	const struct xfrm_sa_id *id = &call->sa.id;
	struct xfrm_usersa_id p = {
		.spi = htonl(id->spi),
		.family = id->dst.family,
		.proto = id->proto,
	};

	put_addr(&p.daddr, &id->dst);
	writer_bytes(w, &p, sizeof(p));
	put_mark(w, &id->mark);
	return call->op == XFRM_OP_SA_GET ? XFRM_MSG_GETSA : XFRM_MSG_DELSA;
}

static const uint8_t dirs[] = {
	[XFRM_DIR_IN] = XFRM_POLICY_IN,
	[XFRM_DIR_OUT] = XFRM_POLICY_OUT,
	[XFRM_DIR_FWD] = XFRM_POLICY_FWD,
};

static struct xfrm_selector policy_selector(const struct xfrm_policy *p)
{
	struct selector turned = selector_swap(&p->selector);

	return selector_out(p->dir == XFRM_DIR_OUT ? &p->selector : &turned);
}

static void put_template(struct writer *w, const struct xfrm_policy *p)
{
	bool out = p->dir == XFRM_DIR_OUT, tunnel = p->mode == XFRM_KIND_TUNNEL;
	const struct addr *src = out ? &p->tunnel_local : &p->tunnel_remote;
	const struct addr *dst = out ? &p->tunnel_remote : &p->tunnel_local;
	struct xfrm_user_tmpl t = {
		.id = {.proto = p->proto},
		.family = addr_is_set(dst) ? dst->family : p->selector.local.addr.family,
		.reqid = p->reqid,
		.mode = tunnel ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT,
		.aalgos = ~0u,
		.ealgos = ~0u,
		.calgos = ~0u,
	};

	put_addr(&t.saddr, src);
	put_addr(&t.id.daddr, dst);
	attribute(w, XFRMA_TMPL, &t, sizeof(t));
}

static uint16_t build_policy(struct writer *w, const struct xfrm_call *call)
{
	const struct xfrm_policy *p = &call->policy;
	struct xfrm_userpolicy_info info = {
		.sel = policy_selector(p),
		.lft = limits_out(&(struct xfrm_limits){0}),
		.priority = p->priority,
		.dir = dirs[p->dir],
		.action = p->block ? XFRM_POLICY_BLOCK : XFRM_POLICY_ALLOW,
		.share = XFRM_SHARE_ANY,
	};

	writer_bytes(w, &info, sizeof(info));
	if (!p->block)
		put_template(w, p);
	put_mark(w, &p->mark);
	put_if_id(w, p->if_id);
	return XFRM_MSG_UPDPOLICY;
}

/* By selector, not by index: an index may have been given to another policy since. */
static uint16_t build_policy_delete(struct writer *w, const struct xfrm_call *call)
{
	const struct xfrm_policy *p = &call->policy;
	struct xfrm_userpolicy_id id = {.sel = policy_selector(p), .dir = dirs[p->dir]};

	writer_bytes(w, &id, sizeof(id));
	put_mark(w, &p->mark);
	put_if_id(w, p->if_id);
	return XFRM_MSG_DELPOLICY;
}

static uint16_t (*const builders[])(struct writer *w, const struct xfrm_call *call) = {
	[XFRM_OP_SPI_ALLOC] = build_spi_alloc,
	[XFRM_OP_SA_ADD] = build_install,
	[XFRM_OP_SA_UPDATE] = build_install,
	[XFRM_OP_SA_DELETE] = build_sa_id,
	[XFRM_OP_SA_GET] = build_sa_id,
	[XFRM_OP_POLICY_PUT] = build_policy,
	[XFRM_OP_POLICY_DELETE] = build_policy_delete,
};

bool xfrm_wire_build(struct writer *w, const struct xfrm_call *call, uint32_t pid, uint32_t seq)
{
	size_t start = w->len;
	uint16_t type;

	begin(w);
	type = builders[call->op](w, call);
	return end(w, start, type, NLM_F_ACK, pid, seq);
}

/* Header only: dumps take attributes, not a fixed part. */
bool xfrm_wire_build_dump(struct writer *w, bool policies, uint32_t pid, uint32_t seq)
{
	size_t start = w->len;

	begin(w);
	return end(w, start, policies ? XFRM_MSG_GETPOLICY : XFRM_MSG_GETSA, NLM_F_DUMP, pid, seq);
}
