/*
 * xfrm/wire_parse: what the kernel says, as values. Layouts: include/uapi/linux/xfrm.h; which
 * message carries what: net/xfrm/xfrm_user.c. Structs are copied out of the buffer, never pointed
 * into: 64-bit fields stand there on 4-byte boundaries.
 */
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "xfrm/uapi.h"
#include "xfrm/wire.h"

#define BITS_V4 32
#define BITS_V6 128

static const struct nla_policy policy[XFRMA_MAX + 1] = {
	[XFRMA_ALG_AUTH] = {.minlen = sizeof(struct xfrm_algo)},
	[XFRMA_ALG_CRYPT] = {.minlen = sizeof(struct xfrm_algo)},
	[XFRMA_ENCAP] = {.minlen = sizeof(struct xfrm_encap_tmpl)},
	[XFRMA_TMPL] = {.minlen = sizeof(struct xfrm_user_tmpl)},
	[XFRMA_POLICY] = {.minlen = sizeof(struct xfrm_userpolicy_info)},
	[XFRMA_LTIME_VAL] = {.minlen = sizeof(struct xfrm_lifetime_cur)},
	[XFRMA_REPLAY_VAL] = {.minlen = sizeof(struct xfrm_replay_state)},
	[XFRMA_POLICY_TYPE] = {.minlen = sizeof(struct xfrm_userpolicy_type)},
	[XFRMA_ALG_AEAD] = {.minlen = sizeof(struct xfrm_algo_aead)},
	[XFRMA_ALG_AUTH_TRUNC] = {.minlen = sizeof(struct xfrm_algo_auth)},
	[XFRMA_MARK] = {.minlen = sizeof(struct uapi_xfrm_mark)},
	[XFRMA_REPLAY_ESN_VAL] = {.minlen = sizeof(struct xfrm_replay_state_esn)},
	[XFRMA_IF_ID] = {.minlen = sizeof(uint32_t)},
};

struct message {
	const struct nlmsghdr *nlh;
	struct nlattr *tb[XFRMA_MAX + 1];
	struct xfrm_wire_event ev;
};

/* The fixed part, if it is there whole. */
static bool head(const struct message *m, void *out, size_t size)
{
	if (nlmsg_datalen(m->nlh) < (int)size)
		return false;
	memcpy(out, nlmsg_data(m->nlh), size);
	return true;
}

static bool attributes(struct message *m, size_t head_size)
{
	/* libnl's parser takes the header writable and does not write. */
	return nlmsg_parse((struct nlmsghdr *)(uintptr_t)m->nlh, (int)head_size, m->tb, XFRMA_MAX,
			   policy) == 0;
}

/* The attribute's first bytes: the policy has checked that they are there. */
static bool attribute(const struct message *m, int type, void *out, size_t size)
{
	if (!m->tb[type])
		return false;
	memcpy(out, nla_data(m->tb[type]), size);
	return true;
}

static struct addr take_addr(uint16_t family, const xfrm_address_t *a)
{
	struct addr none = {0};

	if (family != AF_INET && family != AF_INET6)
		return none;
	return addr_from_bytes(family, (const uint8_t *)a);
}

/* False for a prefix that is longer than its address. */
static bool take_selector(struct selector *out, const struct xfrm_selector *s)
{
	unsigned int bits = s->family == AF_INET ? BITS_V4 : BITS_V6;
	struct addr local = take_addr(s->family, &s->saddr);
	struct addr remote = take_addr(s->family, &s->daddr);

	if (s->prefixlen_s > bits || s->prefixlen_d > bits)
		return false;
	memset(out, 0, sizeof(*out));
	if (addr_is_set(&local)) {
		out->local = prefix_make(&local, s->prefixlen_s);
		out->remote = prefix_make(&remote, s->prefixlen_d);
	}
	out->proto = s->proto;
	out->local_port = ntohs(s->sport);
	out->local_port_mask = ntohs(s->sport_mask);
	out->remote_port = ntohs(s->dport);
	out->remote_port_mask = ntohs(s->dport_mask);
	return true;
}

static uint64_t limit_of(uint64_t v)
{
	return v == XFRM_INF ? 0 : v;
}

static void take_limits(struct xfrm_limits *out, const struct xfrm_lifetime_cfg *l)
{
	out->soft_bytes = limit_of(l->soft_byte_limit);
	out->hard_bytes = limit_of(l->hard_byte_limit);
	out->soft_packets = limit_of(l->soft_packet_limit);
	out->hard_packets = limit_of(l->hard_packet_limit);
	out->soft_add_s = l->soft_add_expires_seconds;
	out->hard_add_s = l->hard_add_expires_seconds;
}

static void take_use(struct xfrm_counters *out, const struct xfrm_lifetime_cur *c)
{
	out->bytes = c->bytes;
	out->packets = c->packets;
	out->add_wall_s = c->add_time;
	out->use_wall_s = c->use_time;
}

static bool is_ip(uint16_t family)
{
	return family == AF_INET || family == AF_INET6;
}

static bool restricts(const struct xfrm_usersa_info *p)
{
	const struct xfrm_selector *s = &p->sel;

	return is_ip(s->family) && (s->family != p->family || s->prefixlen_d || s->prefixlen_s ||
				    s->proto || s->sport_mask || s->dport_mask);
}

static bool take_sa_info(struct xfrm_sa *sa, const struct xfrm_usersa_info *p)
{
	memset(sa, 0, sizeof(*sa));
	if (!is_ip(p->family))
		return false;
	sa->id.dst = take_addr(p->family, &p->id.daddr);
	sa->id.proto = p->id.proto;
	sa->id.spi = ntohl(p->id.spi);
	sa->src = take_addr(p->family, &p->saddr);
	sa->mode = p->mode == XFRM_MODE_TUNNEL ? XFRM_KIND_TUNNEL : XFRM_KIND_TRANSPORT;
	sa->reqid = p->reqid;
	sa->esn = p->flags & XFRM_STATE_ESN;
	sa->replay_window = p->replay_window;
	take_limits(&sa->limits, &p->lft);
	take_use(&sa->counters, &p->curlft);
	sa->counters.replay_window_failed = p->stats.replay_window;
	sa->counters.replay_failed = p->stats.replay;
	sa->counters.integrity_failed = p->stats.integrity_failed;
	sa->has_selector = restricts(p);
	return !sa->has_selector || take_selector(&sa->selector, &p->sel);
}

static void take_mark(const struct message *m, struct xfrm_mark *out)
{
	struct uapi_xfrm_mark mark = {0};

	attribute(m, XFRMA_MARK, &mark, sizeof(mark));
	out->value = mark.v;
	out->mask = mark.m;
}

/* The kernel ends a name with NUL, but nobody else must be trusted to. */
static void take_name(char out[40], const char name[XFRM_ALGO_NAME])
{
	size_t len = strnlen(name, 39);

	memcpy(out, name, len);
	out[len] = '\0';
}

/* Names and key lengths alone leave the buffer; the structs end before the key. */
static void take_algorithms(const struct message *m, struct xfrm_sa *sa)
{
	struct xfrm_algo_aead aead;
	struct xfrm_algo_auth trunc;
	struct xfrm_algo algo;

	if (attribute(m, XFRMA_ALG_AEAD, &aead, sizeof(aead))) {
		take_name(sa->encr, aead.alg_name);
		sa->encr_bits = (uint16_t)aead.alg_key_len;
	} else if (attribute(m, XFRMA_ALG_CRYPT, &algo, sizeof(algo))) {
		take_name(sa->encr, algo.alg_name);
		sa->encr_bits = (uint16_t)algo.alg_key_len;
	}
	if (attribute(m, XFRMA_ALG_AUTH_TRUNC, &trunc, sizeof(trunc)))
		take_name(sa->integ, trunc.alg_name);
	else if (attribute(m, XFRMA_ALG_AUTH, &algo, sizeof(algo)))
		take_name(sa->integ, algo.alg_name);
}

static void take_replay(const struct message *m, struct xfrm_sa *sa)
{
	struct xfrm_replay_state_esn esn;
	struct xfrm_replay_state plain;

	if (attribute(m, XFRMA_REPLAY_ESN_VAL, &esn, sizeof(esn))) {
		sa->replay_window = esn.replay_window;
		sa->counters.seq_in = esn.seq;
		sa->counters.seq_out = esn.oseq;
	} else if (attribute(m, XFRMA_REPLAY_VAL, &plain, sizeof(plain))) {
		sa->counters.seq_in = plain.seq;
		sa->counters.seq_out = plain.oseq;
	}
}

static void take_encap(const struct message *m, struct xfrm_sa *sa)
{
	struct xfrm_encap_tmpl encap;

	if (!attribute(m, XFRMA_ENCAP, &encap, sizeof(encap)))
		return;
	sa->encap = true;
	sa->encap_sport = ntohs(encap.encap_sport);
	sa->encap_dport = ntohs(encap.encap_dport);
}

/* The message does not name the state: an ESP or AH SA without an algorithm is larval. */
static bool is_larval(const struct xfrm_sa *sa)
{
	bool has_keys = sa->id.proto == IPPROTO_ESP || sa->id.proto == IPPROTO_AH;

	return has_keys && sa->encr[0] == '\0' && sa->integ[0] == '\0';
}

static bool parse_sa(struct message *m)
{
	struct xfrm_lifetime_cur use;
	struct xfrm_usersa_info p;
	struct xfrm_sa *sa = &m->ev.sa;

	m->ev.kind = XFRM_WIRE_SA;
	m->ev.update = m->nlh->nlmsg_type == XFRM_MSG_UPDSA;
	if (!head(m, &p, sizeof(p)) || !attributes(m, sizeof(p)) || !take_sa_info(sa, &p))
		return false;
	take_mark(m, &sa->id.mark);
	take_algorithms(m, sa);
	take_replay(m, sa);
	take_encap(m, sa);
	attribute(m, XFRMA_IF_ID, &sa->if_id, sizeof(sa->if_id));
	if (attribute(m, XFRMA_LTIME_VAL, &use, sizeof(use)))
		take_use(&sa->counters, &use);
	sa->larval = is_larval(sa);
	return true;
}

static bool take_id(struct xfrm_sa_id *out, const struct xfrm_usersa_id *id)
{
	out->dst = take_addr(id->family, &id->daddr);
	out->proto = id->proto;
	out->spi = ntohl(id->spi);
	return addr_is_set(&out->dst);
}

static bool parse_sa_gone(struct message *m)
{
	struct xfrm_usersa_id id;

	m->ev.kind = XFRM_WIRE_SA_GONE;
	if (!head(m, &id, sizeof(id)) || !attributes(m, sizeof(id)))
		return false;
	take_mark(m, &m->ev.sa.id.mark);
	return take_id(&m->ev.sa.id, &id);
}

static bool parse_sa_flush(struct message *m)
{
	struct xfrm_usersa_flush flush;

	m->ev.kind = XFRM_WIRE_SA_FLUSH;
	if (!head(m, &flush, sizeof(flush)))
		return false;
	m->ev.proto = flush.proto;
	return true;
}

/* The limit that was reached; a larval SA has one by time alone. */
static enum xfrm_gone expired_by(const struct xfrm_sa *sa)
{
	const struct xfrm_limits *l = &sa->limits;
	const struct xfrm_counters *c = &sa->counters;

	if ((l->hard_bytes && c->bytes >= l->hard_bytes) ||
	    (l->hard_packets && c->packets >= l->hard_packets))
		return XFRM_GONE_EXPIRED_VOLUME;
	return XFRM_GONE_EXPIRED_TIME;
}

static bool parse_expire(struct message *m)
{
	struct xfrm_user_expire e;

	m->ev.kind = XFRM_WIRE_EXPIRE;
	if (!head(m, &e, sizeof(e)) || !attributes(m, sizeof(e)) ||
	    !take_sa_info(&m->ev.sa, &e.state))
		return false;
	take_mark(m, &m->ev.sa.id.mark);
	m->ev.hard = e.hard;
	m->ev.why = expired_by(&m->ev.sa);
	return true;
}

static bool parse_acquire(struct message *m)
{
	struct xfrm_user_acquire a;
	struct xfrm_user_tmpl tmpl;

	m->ev.kind = XFRM_WIRE_ACQUIRE;
	if (!head(m, &a, sizeof(a)) || !attributes(m, sizeof(a)) || !is_ip(a.sel.family) ||
	    !take_selector(&m->ev.sel, &a.sel))
		return false;
	if (attribute(m, XFRMA_TMPL, &tmpl, sizeof(tmpl)))
		m->ev.reqid = tmpl.reqid;
	m->ev.acquire_seq = a.seq;
	return true;
}

static bool parse_mapping(struct message *m)
{
	struct xfrm_user_mapping map;

	m->ev.kind = XFRM_WIRE_MAPPING;
	if (!head(m, &map, sizeof(map)) || !take_id(&m->ev.sa.id, &map.id))
		return false;
	m->ev.reqid = map.reqid;
	m->ev.from.addr = take_addr(map.id.family, &map.new_saddr);
	m->ev.from.port = ntohs(map.new_sport);
	return true;
}

/* The first template says what is asked for; of a policy for IPComp and ESP that is IPComp. */
static void take_template(const struct message *m, struct xfrm_policy *out, bool turned)
{
	struct xfrm_user_tmpl t;
	struct addr src, dst;

	if (!attribute(m, XFRMA_TMPL, &t, sizeof(t)))
		return;
	src = take_addr(t.family, &t.saddr);
	dst = take_addr(t.family, &t.id.daddr);
	out->tunnel_local = turned ? dst : src;
	out->tunnel_remote = turned ? src : dst;
	out->proto = t.id.proto;
	out->mode = t.mode == XFRM_MODE_TUNNEL ? XFRM_KIND_TUNNEL : XFRM_KIND_TRANSPORT;
	out->reqid = t.reqid;
}

static const enum xfrm_dir dirs[] = {
	[XFRM_POLICY_IN] = XFRM_DIR_IN,
	[XFRM_POLICY_OUT] = XFRM_DIR_OUT,
	[XFRM_POLICY_FWD] = XFRM_DIR_FWD,
};

/* False also for a socket's own policy (directions from 3), which is nobody's business. */
static bool take_policy(struct message *m, const struct xfrm_userpolicy_info *p)
{
	struct xfrm_policy *out = &m->ev.policy;
	struct selector sel;
	bool turned = p->dir != XFRM_POLICY_OUT;

	if (p->dir > XFRM_POLICY_FWD || (p->index & 7) > XFRM_POLICY_FWD || !is_ip(p->sel.family) ||
	    !take_selector(&sel, &p->sel))
		return false;
	out->dir = dirs[p->dir];
	out->selector = turned ? selector_swap(&sel) : sel;
	out->priority = p->priority;
	out->index = p->index;
	out->block = p->action == XFRM_POLICY_BLOCK;
	take_template(m, out, turned);
	take_mark(m, &out->mark);
	attribute(m, XFRMA_IF_ID, &out->if_id, sizeof(out->if_id));
	return true;
}

/* XFRM_POLICY_TYPE_SUB belongs to Mobile IPv6; its policies stand beside the main ones. */
static bool is_main(const struct message *m)
{
	struct xfrm_userpolicy_type type = {0};

	attribute(m, XFRMA_POLICY_TYPE, &type, sizeof(type));
	return type.type == XFRM_POLICY_TYPE_MAIN;
}

static bool parse_policy(struct message *m)
{
	struct xfrm_userpolicy_info p;

	m->ev.kind = XFRM_WIRE_POLICY;
	return head(m, &p, sizeof(p)) && attributes(m, sizeof(p)) && is_main(m) &&
	       take_policy(m, &p);
}

/* The header holds the selector or the index, as was asked; the attribute holds the policy. */
static bool parse_policy_gone(struct message *m)
{
	struct xfrm_userpolicy_id id;
	struct xfrm_userpolicy_info p;

	m->ev.kind = XFRM_WIRE_POLICY_GONE;
	return head(m, &id, sizeof(id)) && attributes(m, sizeof(id)) && is_main(m) &&
	       attribute(m, XFRMA_POLICY, &p, sizeof(p)) && take_policy(m, &p);
}

static bool parse_policy_expire(struct message *m)
{
	struct xfrm_user_polexpire e;

	m->ev.kind = XFRM_WIRE_POLICY_GONE;
	return head(m, &e, sizeof(e)) && e.hard && attributes(m, sizeof(e)) && is_main(m) &&
	       take_policy(m, &e.pol);
}

static bool parse_policy_flush(struct message *m)
{
	m->ev.kind = XFRM_WIRE_POLICY_FLUSH;
	return attributes(m, 0) && is_main(m);
}

static bool parse_migrate(struct message *m)
{
	m->ev.kind = XFRM_WIRE_MIGRATE;
	return true;
}

static bool parse_ack(struct message *m)
{
	int err;

	m->ev.kind = XFRM_WIRE_ACK;
	if (!head(m, &err, sizeof(err)) || err > 0)
		return false;
	m->ev.err = err;
	return true;
}

/* Its payload, the dump's result, is left out by old kernels. */
static bool parse_done(struct message *m)
{
	int err = 0;

	m->ev.kind = XFRM_WIRE_DONE;
	head(m, &err, sizeof(err));
	m->ev.err = err > 0 ? 0 : err;
	return true;
}

static const struct {
	uint16_t type;
	bool (*parse)(struct message *m);
} parsers[] = {
	{XFRM_MSG_NEWSA, parse_sa},
	{XFRM_MSG_UPDSA, parse_sa},
	{XFRM_MSG_DELSA, parse_sa_gone},
	{XFRM_MSG_FLUSHSA, parse_sa_flush},
	{XFRM_MSG_EXPIRE, parse_expire},
	{XFRM_MSG_ACQUIRE, parse_acquire},
	{XFRM_MSG_MAPPING, parse_mapping},
	{XFRM_MSG_NEWPOLICY, parse_policy},
	{XFRM_MSG_UPDPOLICY, parse_policy},
	{XFRM_MSG_DELPOLICY, parse_policy_gone},
	{XFRM_MSG_POLEXPIRE, parse_policy_expire},
	{XFRM_MSG_FLUSHPOLICY, parse_policy_flush},
	{XFRM_MSG_MIGRATE, parse_migrate},
	{NLMSG_ERROR, parse_ack},
	{NLMSG_DONE, parse_done},
};
#define PARSER_COUNT (sizeof(parsers) / sizeof(parsers[0]))

/* 1: an event; 0: not ours to understand; -1: malformed. */
static int parse_message(struct message *m)
{
	memset(&m->ev, 0, sizeof(m->ev));
	memset(m->tb, 0, sizeof(m->tb));
	m->ev.pid = m->nlh->nlmsg_pid;
	m->ev.seq = m->nlh->nlmsg_seq;
	m->ev.interrupted = m->nlh->nlmsg_flags & NLM_F_DUMP_INTR;
	for (size_t i = 0; i < PARSER_COUNT; i++)
		if (parsers[i].type == m->nlh->nlmsg_type)
			return parsers[i].parse(m) ? 1 : -1;
	return 0;
}

unsigned int xfrm_wire_parse(const void *data, size_t len,
			     void (*fn)(void *ctx, const struct xfrm_wire_event *ev), void *ctx)
{
	struct message m = {.nlh = data};
	int left = len > INT_MAX ? 0 : (int)len, rc;
	unsigned int bad = 0;

	for (; nlmsg_ok(m.nlh, left);
	     m.nlh = nlmsg_next((struct nlmsghdr *)(uintptr_t)m.nlh, &left)) {
		rc = parse_message(&m);
		if (rc > 0)
			fn(ctx, &m.ev);
		bad += rc < 0;
	}
	return bad + (left > 0);
}
