/*
 * fake/xfrm_packets: what packets do to the fake kernel: limits by volume, counters, the choice of
 * the outbound SA (net/xfrm/xfrm_state.c, xfrm_state_look_at()), ACQUIRE.
 */
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "tests/fake/xfrm_fake.h"

void fake_count(struct fake *f, const char *name, uint64_t n)
{
	for (size_t i = 0; i < FAKE_STATS_MAX; i++) {
		if (f->stats[i].name && strcmp(f->stats[i].name, name) != 0)
			continue;
		f->stats[i].name = name;
		f->stats[i].value += n;
		return;
	}
}

uint64_t xfrm_fake_stat(const struct xfrm *x, const char *name)
{
	const struct fake *f = fake_of(x);

	for (size_t i = 0; i < FAKE_STATS_MAX && f->stats[i].name; i++)
		if (strcmp(f->stats[i].name, name) == 0)
			return f->stats[i].value;
	return 0;
}

void xfrm_fake_on_refused(struct xfrm *x, xfrm_fake_refused *fn, void *ctx)
{
	fake_of(x)->refused = fn;
	fake_of(x)->refused_ctx = ctx;
}

struct packets {
	struct addr src, dst;
	uint8_t proto;
	uint32_t spi, seq; /* of the first */
	uint64_t count, bytes;
};

static int refuse(struct fake *f, const struct packets *p, uint64_t from)
{
	fake_count(f, "XfrmInNoStates", p->count - from);
	for (uint64_t i = from; f->refused && i < p->count; i++)
		f->refused(f->refused_ctx, &p->src, &p->dst, p->proto, p->spi,
			   p->seq + (uint32_t)i);
	return -ESRCH;
}

/* How many of them the SA still takes: a packet is refused once a limit is reached. */
static uint64_t within_limits(const struct xfrm_sa *sa, uint64_t count, uint64_t bytes)
{
	const struct xfrm_limits *l = &sa->limits;
	const struct xfrm_counters *c = &sa->counters;
	uint64_t each = count ? bytes / count : 0, ok = count, left;

	if (l->hard_packets) {
		left = l->hard_packets > c->packets ? l->hard_packets - c->packets : 0;
		ok = left < ok ? left : ok;
	}
	if (l->hard_bytes && each) {
		left = l->hard_bytes > c->bytes ? l->hard_bytes - c->bytes : 0;
		left = (left + each - 1) / each;
		ok = left < ok ? left : ok;
	}
	return ok;
}

static void count_on(struct fake_sa *s, uint64_t count, uint64_t bytes)
{
	struct xfrm_counters *c = &s->sa.counters;
	const struct xfrm_limits *l = &s->sa.limits;

	if (count == 0)
		return;
	c->packets += count;
	c->bytes += bytes;
	if (c->use_wall_s == 0)
		c->use_wall_s = fake_wall_s(s->fake);
	if ((l->soft_packets && c->packets >= l->soft_packets) ||
	    (l->soft_bytes && c->bytes >= l->soft_bytes))
		fake_sa_soft(s);
}

static int receive(struct fake *f, struct fake_sa *s, const struct packets *p)
{
	uint64_t ok;

	if (!s)
		return refuse(f, p, 0);
	if (s->sa.larval) {
		fake_count(f, "XfrmAcquireError", p->count);
		return -EAGAIN;
	}
	ok = within_limits(&s->sa, p->count, p->bytes);
	count_on(s, ok, p->count ? p->bytes / p->count * ok : 0);
	if (ok == p->count) {
		s->sa.counters.seq_in += (uint32_t)ok;
		return 0;
	}
	fake_count(f, "XfrmInStateExpired", 1);
	fake_sa_expire(s, XFRM_GONE_EXPIRED_VOLUME);
	if (ok + 1 < p->count)
		refuse(f, p, ok + 1);
	return -EKEYEXPIRED;
}

int xfrm_fake_traffic(struct xfrm *x, const struct addr *dst, uint32_t spi, uint64_t packets,
		      uint64_t bytes)
{
	struct fake *f = fake_of(x);
	struct packets p = {
		.dst = *dst, .proto = 50, .spi = spi, .seq = 1, .count = packets, .bytes = bytes};

	return receive(f, fake_find_any_mark(f, dst, spi, 0), &p);
}

static bool selects(const struct selector *s, const struct selector *packet)
{
	return prefix_within(&packet->local, &s->local) &&
	       prefix_within(&packet->remote, &s->remote) &&
	       (s->proto == 0 || s->proto == packet->proto) &&
	       ((s->local_port ^ packet->local_port) & s->local_port_mask) == 0 &&
	       ((s->remote_port ^ packet->remote_port) & s->remote_port_mask) == 0;
}

static struct fake_policy *out_policy(struct fake *f, const struct selector *packet)
{
	struct fake_policy *best = NULL;
	struct list *it;

	list_for_each(it, &f->policies)
	{
		struct fake_policy *p = list_entry(it, struct fake_policy, node);

		if (p->policy.dir == XFRM_DIR_OUT && selects(&p->policy.selector, packet) &&
		    (!best || p->policy.priority < best->policy.priority))
			best = p;
	}
	return best;
}

static bool serves(const struct xfrm_sa *sa, const struct xfrm_policy *p,
		   const struct selector *packet)
{
	bool tunnel = p->mode == XFRM_KIND_TUNNEL;
	const struct addr *dst = tunnel ? &p->tunnel_remote : &packet->remote.addr;
	const struct addr *src = tunnel ? &p->tunnel_local : &packet->local.addr;

	return !sa->larval && sa->id.proto == p->proto && sa->mode == p->mode &&
	       sa->if_id == p->if_id && (p->reqid == 0 || sa->reqid == p->reqid) &&
	       addr_equal(&sa->id.dst, dst) && addr_equal(&sa->src, src) &&
	       (!sa->has_selector || selects(&sa->selector, packet));
}

/* The youngest, but one past its soft limit only when there is no other. */
static struct fake_sa *youngest(struct fake *f, const struct xfrm_policy *p,
				const struct selector *packet)
{
	struct fake_sa *dying = NULL;

	for (struct list *it = f->sas.prev; it != &f->sas; it = it->prev) {
		struct fake_sa *s = list_entry(it, struct fake_sa, node);

		if (!serves(&s->sa, p, packet))
			continue;
		if (!s->dying)
			return s;
		dying = dying ? dying : s;
	}
	return dying;
}

static int acquire(struct fake *f, struct fake_policy *p, const struct selector *packet, uint64_t n)
{
	uint64_t now = loop_now(f->x.loop);

	fake_count(f, "XfrmOutNoStates", n);
	if (now < p->acquired_until_ms)
		return -EAGAIN;
	p->acquired_until_ms = now + FAKE_LARVAL_MS;
	if (!f->losing)
		xfrm_acquired(&f->x, packet, p->policy.reqid, ++f->acquire_seq);
	return -EAGAIN;
}

static int encrypt(struct fake *f, struct fake_sa *s, uint64_t packets, uint64_t bytes,
		   struct xfrm_sa *used)
{
	uint64_t ok = within_limits(&s->sa, packets, bytes);

	*used = s->sa;
	count_on(s, ok, packets ? bytes / packets * ok : 0);
	s->sa.counters.seq_out += (uint32_t)ok;
	if (ok == packets)
		return 0;
	fake_count(f, "XfrmOutStateExpired", 1);
	fake_sa_expire(s, XFRM_GONE_EXPIRED_VOLUME);
	return -EKEYEXPIRED;
}

int xfrm_fake_send(struct xfrm *x, const struct selector *packet, uint64_t packets, uint64_t bytes,
		   struct xfrm_sa *used)
{
	struct fake *f = fake_of(x);
	struct fake_policy *p = out_policy(f, packet);
	struct fake_sa *s;

	if (!p)
		return -ENOENT;
	if (p->policy.block) {
		fake_count(f, "XfrmOutPolBlock", packets);
		return -EACCES;
	}
	s = youngest(f, &p->policy, packet);
	return s ? encrypt(f, s, packets, bytes, used) : acquire(f, p, packet, packets);
}

static bool keys_equal(const struct xfrm_keyset *a, const struct xfrm_keyset *b)
{
	return strcmp(a->aead, b->aead) == 0 && strcmp(a->encr, b->encr) == 0 &&
	       strcmp(a->integ, b->integ) == 0 &&
	       view_equal(secret_view(a->encr_key), secret_view(b->encr_key)) &&
	       view_equal(secret_view(a->integ_key), secret_view(b->integ_key));
}

int xfrm_fake_carry(struct xfrm *from, struct xfrm *to, const struct selector *packet,
		    uint64_t packets, uint64_t bytes)
{
	struct fake *out = fake_of(from), *in = fake_of(to);
	struct xfrm_sa used;
	struct fake_sa *there, *here;
	int err = xfrm_fake_send(from, packet, packets, bytes, &used);
	struct packets p = {.count = packets, .bytes = bytes};

	if (err < 0)
		return err;
	p.src = used.src;
	p.dst = used.id.dst;
	p.proto = used.id.proto;
	p.spi = used.id.spi;
	p.seq = used.counters.seq_out + 1;
	here = fake_find(out, &used.id);
	there = fake_find_any_mark(in, &used.id.dst, used.id.spi, 0);
	if (there && here && !there->sa.larval && !keys_equal(&here->keys, &there->keys)) {
		fake_count(in, "XfrmInStateProtoError", packets);
		there->sa.counters.integrity_failed += (uint32_t)packets;
		return -EBADMSG;
	}
	return receive(in, there, &p);
}

void xfrm_fake_moved(struct xfrm *x, const struct xfrm_sa_id *id, const struct endpoint *from)
{
	struct fake *f = fake_of(x);
	struct fake_sa *s = fake_find(f, id);

	if (s && s->sa.encap && !f->losing)
		xfrm_mirror_mapping(x, id, from);
}
