/*
 * The engine's requests, each checked against conn before the kernel hears of it: an engine process
 * that was taken over can make SAs only between the configured ends of a configured connection.
 * Every request is answered once, after the kernel's answer.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/secret.h"
#include "sa/sa_internal.h"

#define SPI_MIN		0x100u /* 1–255 are reserved (RFC 4303 2.1) */
#define SPI_MAX		0xffffffffu
#define SPI_TRIES	4
#define FAIL_SAFE_NUM	11 /* the kernel's time limit: ours + 10 % */
#define FAIL_SAFE_DEN	10
#define VOLUME_SOFT_NUM 9
#define VOLUME_SOFT_DEN 10
#define GCM_SALT_BITS	32u
#define GCM_ICV_BITS	128

void sa_answer(struct sa *sa, uint32_t token, int result)
{
	struct engine_done done = {.result = result};

	engine_answer(sa->engine, token, &done);
}

bool sa_refuse(struct sa *sa, const struct engine_msg *m, int err, const char *why)
{
	sa->refused++;
	log_debug(sa->log, LOG_DEBUG_IPSEC, NULL, "IPSEC(sa): the engine's request was refused: %s",
		  why);
	sa_answer(sa, m->token, err);
	return true;
}

/* ---- ALLOC_SPI --------------------------------------------------------------------------------- */

struct alloc_request {
	struct anchor *anchor;
	uint32_t token, reqid;
	struct sa_larval larval; /* what it will be */
	int tries;
};

static int alloc_try(struct alloc_request *r);

/* An SPI that the grave still knows would make the next invalid-SPI packet ambiguous. */
static bool spi_is_used_up(const struct sa *sa, const struct sa_larval *l, uint32_t spi)
{
	return history_find(sa->history, &l->local, l->proto, spi) != NULL;
}

static void alloc_end(struct alloc_request *r)
{
	anchor_unref(r->anchor);
	alloc_free(r);
}

static void alloc_give_back(struct sa *sa, const struct sa_larval *l, uint32_t spi)
{
	struct xfrm_sa_id id = {.dst = l->local, .proto = l->proto, .spi = spi};

	sa->kernel->sa_delete(sa->kernel_ctx, &id, NULL, NULL);
}

static int alloc_keep(struct sa *sa, const struct alloc_request *r, uint32_t spi)
{
	struct sa_larval *l;

	if (!conn_by_id(sa->conns, r->larval.conn))
		return -EACCES; /* it went while the kernel was asked */
	l = alloc_copy(&r->larval, sizeof(r->larval));
	if (!l)
		return -ENOMEM;
	l->spi = spi;
	l->since_ms = loop_now(sa->loop);
	if (!sa_larval_add(l))
		return 0;
	alloc_free(l);
	return -ENOMEM;
}

static int alloc_another(struct sa *sa, struct alloc_request *r, uint32_t spi)
{
	alloc_give_back(sa, &r->larval, spi);
	return ++r->tries < SPI_TRIES ? alloc_try(r) : -EADDRINUSE;
}

/* What sends for that Child until a fresh pair takes over; also one whose IKE SA is gone. */
static bool child_is_carried(const struct sa *sa, uint32_t conn, uint32_t child)
{
	for (const struct sa_pair *p = NULL; (p = sa_pair_next_of(sa, conn, p));) {
		const struct sa_entry *e = list_entry(p, const struct sa_entry, pub);

		if (p->child == child && p->out_installed && !e->dying && !e->silent)
			return true;
	}
	return false;
}

static void alloc_answer(struct sa *sa, const struct alloc_request *r, int err, uint32_t spi)
{
	struct engine_done done = {.result = err};

	if (!err) {
		done.spi = spi;
		done.cursor = child_is_carried(sa, r->larval.conn, r->larval.child);
	}
	engine_answer(sa->engine, r->token, &done);
}

static void alloc_done(void *arg, int err, uint32_t spi)
{
	struct alloc_request *r = arg;
	struct sa *sa = anchor_get(r->anchor);

	if (!sa) {
		alloc_end(r);
		return;
	}
	if (!err && spi_is_used_up(sa, &r->larval, spi)) {
		err = alloc_another(sa, r, spi);
		if (!err)
			return; /* under way again */
	} else if (!err) {
		err = alloc_keep(sa, r, spi);
		if (err)
			alloc_give_back(sa, &r->larval, spi);
	}
	alloc_answer(sa, r, err, spi);
	alloc_end(r);
}

static int alloc_try(struct alloc_request *r)
{
	const struct sa_larval *l = &r->larval;
	struct sa *sa = anchor_get(r->anchor);

	return sa->kernel->spi_alloc(sa->kernel_ctx, &l->remote, &l->local, l->proto, r->reqid,
				     SPI_MIN, SPI_MAX, alloc_done, r);
}

static bool serve_alloc(struct sa *sa, const struct engine_msg *m)
{
	const struct engine_alloc_spi *a = &m->alloc_spi;
	const struct conn *c = conn_by_id(sa->conns, a->conn);
	const struct conn_child *child = c ? conn_child(c, a->child) : NULL;
	struct alloc_request *r;
	int err;

	/* A peer that begins anew while we stop would be left with half a pair. */
	if (sa->stopping)
		return sa_refuse(sa, m, -ESHUTDOWN, "the daemon stops");
	if (!child || !addr_equal(&c->local, &a->local) || !conn_has_peer(c, &a->remote))
		return sa_refuse(sa, m, -EACCES, "ALLOC_SPI matches no connection");
	r = alloc_zero(sizeof(*r));
	if (!r)
		return sa_refuse(sa, m, -ENOMEM, "no memory");
	r->anchor = anchor_ref(sa->anchor);
	r->token = m->token;
	r->reqid = child->reqid;
	r->larval = (struct sa_larval){.sa = sa,
				       .conn = a->conn,
				       .child = a->child,
				       .local = a->local,
				       .remote = a->remote,
				       .proto = sa_ipproto(a->protocol)};
	err = alloc_try(r);
	if (!err)
		return true;
	alloc_end(r);
	return sa_refuse(sa, m, err, "the kernel cannot be asked");
}

/* ---- SA_INSTALL ---------------------------------------------------------------------------------- */

struct install;

struct install_half {
	struct install *all;
	uint8_t part;
};

struct install {
	struct anchor *anchor;
	uint32_t token, spi_in;
	uint8_t parts;
	struct install_half in, out;
	unsigned int waiting;
	int err;
};

/* IKE transform → the kernel's names (crypto/ and net/xfrm/xfrm_algo.c). */
static const struct {
	uint16_t id, truncation_bits;
	const char *name;
} integ_names[] = {
	{INTEG_HMAC_SHA2_256_128, 128, "hmac(sha256)"},
	{INTEG_HMAC_SHA2_384_192, 192, "hmac(sha384)"},
	{INTEG_HMAC_SHA2_512_256, 256, "hmac(sha512)"},
};

static int keys_fill(struct xfrm_keys *k, const struct engine_sa_install *s, bool in)
{
	k->encr_key = in ? s->encr_in : s->encr_out;
	k->integ_key = in ? s->integ_in : s->integ_out;
	if (s->encr.id == ENCR_AES_GCM_16) {
		k->aead = "rfc4106(gcm(aes))";
		k->icv_bits = GCM_ICV_BITS;
		return secret_len(k->encr_key) * 8 == s->encr.key_bits + GCM_SALT_BITS ? 0
										       : -EINVAL;
	}
	if (s->encr.id != ENCR_AES_CBC || secret_len(k->encr_key) * 8 != s->encr.key_bits)
		return -EINVAL;
	k->encr = "cbc(aes)";
	for (size_t i = 0; i < sizeof(integ_names) / sizeof(integ_names[0]); i++) {
		if (integ_names[i].id != s->integ.id)
			continue;
		k->integ = integ_names[i].name;
		k->icv_bits = integ_names[i].truncation_bits;
		return k->integ_key ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static struct xfrm_limits limits_of(const struct conn *c)
{
	struct xfrm_limits l = {.hard_add_s =
					(uint64_t)c->lifetime_s * FAIL_SAFE_NUM / FAIL_SAFE_DEN};

	if (c->lifetime_kb) {
		l.hard_bytes = c->lifetime_kb * 1024;
		l.soft_bytes = l.hard_bytes / VOLUME_SOFT_DEN * VOLUME_SOFT_NUM;
	}
	return l;
}

static void kernel_sa(struct xfrm_sa *k, const struct engine_sa_install *s, const struct conn *c,
		      const struct conn_child *child, bool in)
{
	const struct endpoint *src = in ? &s->remote : &s->local,
			      *dst = in ? &s->local : &s->remote;

	*k = (struct xfrm_sa){.id = {.dst = dst->addr,
				     .proto = sa_ipproto(s->protocol),
				     .spi = in ? s->spi_in : s->spi_out},
			      .src = src->addr,
			      .mode = XFRM_KIND_TUNNEL,
			      .reqid = child->reqid,
			      .encap = s->encap,
			      .encap_sport = s->encap ? src->port : 0,
			      .encap_dport = s->encap ? dst->port : 0,
			      .esn = s->esn,
			      .replay_window = c->replay_window,
			      .limits = limits_of(c)};
	/* Narrowed by the peer: the rest of the policy's traffic has to ask for a pair of its own. */
	k->has_selector = !selector_equal(&s->selector, &child->selector);
	if (k->has_selector)
		k->selector = in ? selector_swap(&s->selector) : s->selector;
}

static void pair_fill(struct sa_pair *p, const struct engine_sa_install *s, const struct conn *c,
		      const struct conn_child *child)
{
	*p = (struct sa_pair){.conn = s->conn,
			      .child = s->child,
			      .reqid = child->reqid,
			      .ike = s->ike,
			      .protocol = s->protocol,
			      .spi_in = s->spi_in,
			      .spi_out = s->spi_out,
			      .local = s->local,
			      .remote = s->remote,
			      .encap = s->encap,
			      .initiator = s->initiator,
			      .selector = s->selector,
			      .encr = s->encr,
			      .integ = s->integ,
			      .dh = s->dh,
			      .esn = s->esn,
			      .replaces = s->replaces,
			      .lifetime_s = c->lifetime_s,
			      .lifetime_kb = c->lifetime_kb,
			      .why = s->why};
	memcpy(p->conn_name, c->name, sizeof(p->conn_name));
}

static bool birth_write(struct sa *sa, const struct sa_pair *p)
{
	struct life l = {.born_wall_ms = clock_wall_ms(),
			 .local = p->local,
			 .peer = p->remote,
			 .proto = sa_ipproto(p->protocol),
			 .esn = p->esn,
			 .encap = p->encap,
			 .initiator = p->initiator,
			 .spi_in = p->spi_in,
			 .spi_out = p->spi_out,
			 .reqid = p->reqid,
			 .selector = p->selector,
			 .encr = p->encr,
			 .integ = p->integ,
			 .lifetime_s = (uint32_t)p->lifetime_s};

	memcpy(l.conn_name, p->conn_name, sizeof(l.conn_name) - 1);
	return history_born(sa->history, &l);
}

/* The switch to a successor has happened when its outbound half is in. */
static void mark_replaced(struct sa *sa, const struct sa_entry *e)
{
	struct sa_entry *old = e->pub.replaces ? sa_entry_by_in(sa, e->pub.replaces) : NULL;

	if (!old)
		return;
	old->pub.replaced_by = e->pub.spi_in;
	loop_timer_stop(&old->soft);
}

static int install_succeeded(struct sa *sa, const struct install *in, struct sa_entry *e)
{
	if (((in->parts & ENGINE_PART_IN) && !e->in_kernel) ||
	    ((in->parts & ENGINE_PART_OUT) && !e->out_kernel))
		return -ENOENT; /* another hand was as fast as that */
	e->pub.in_installed |= in->parts & ENGINE_PART_IN;
	e->pub.out_installed |= (in->parts & ENGINE_PART_OUT) != 0;
	if (in->parts & ENGINE_PART_OUT)
		mark_replaced(sa, e);
	if (e->pub.in_installed && e->pub.out_installed) {
		sa_lifetime_start(e, 0);
		sa_tell_up(sa, e);
	}
	return 0;
}

static void install_over(struct sa *sa, struct install *in)
{
	struct sa_entry *e = sa_entry_by_in(sa, in->spi_in);

	if (!in->err && (!e || e->dying))
		in->err = -ECANCELED;
	if (!in->err)
		in->err = install_succeeded(sa, in, e);
	if (in->err && in->err != -ECANCELED)
		log_say(sa->log, NULL, KERNEL_REFUSED, "install an SA pair", strerror(-in->err));
	if (in->err && e)
		sa_entry_delete(e, SA_DEATH_INSTALL_FAILED);
	sa_answer(sa, in->token, in->err);
}

static void install_part_over(struct install *in, int err)
{
	struct sa *sa = anchor_get(in->anchor);

	if (err && !in->err)
		in->err = err;
	if (--in->waiting)
		return;
	if (sa)
		install_over(sa, in);
	anchor_unref(in->anchor);
	alloc_free(in);
}

/* What stands where an outbound half was refused is another's; where an inbound one was, our larval
 * SA. Without an answer it may have been installed. */
static void install_done(void *arg, int err)
{
	struct install_half *h = arg;
	struct sa *sa = anchor_get(h->all->anchor);
	struct sa_entry *e = sa ? sa_entry_by_in(sa, h->all->spi_in) : NULL;

	if (e && err && err != -ETIMEDOUT && h->part == ENGINE_PART_OUT)
		e->out_kernel = false;
	install_part_over(h->all, err);
}

static int install_part(struct sa *sa, struct install_half *h, const struct engine_sa_install *s,
			const struct conn *c, const struct conn_child *child)
{
	bool inbound = h->part == ENGINE_PART_IN;
	struct xfrm_keys keys = {0};
	struct xfrm_sa k;
	int err = keys_fill(&keys, s, inbound);

	if (err)
		return err;
	kernel_sa(&k, s, c, child, inbound);
	err = inbound ? sa->kernel->sa_update(sa->kernel_ctx, &k, &keys, install_done, h)
		      : sa->kernel->sa_add(sa->kernel_ctx, &k, &keys, install_done, h);
	if (!err)
		h->all->waiting++;
	return err;
}

/* Both writes go out back to back, inbound first: a packet that answers our first outbound one
 * finds its SA. `waiting` starts at 1, so that an answer cannot come before both were sent. */
static void install_run(struct sa *sa, struct install *in, struct sa_entry *e,
			const struct engine_sa_install *s, const struct conn *c,
			const struct conn_child *child)
{
	int err = 0;

	in->waiting = 1;
	in->in = (struct install_half){in, ENGINE_PART_IN};
	in->out = (struct install_half){in, ENGINE_PART_OUT};
	if (s->parts & ENGINE_PART_IN)
		err = install_part(sa, &in->in, s, c, child);
	if (!err && (s->parts & ENGINE_PART_OUT)) {
		err = install_part(sa, &in->out, s, c, child);
		e->out_kernel = !err;
	}
	install_part_over(in, err);
}

/* Inside the child's, in addresses, protocol and ports. */
static bool traffic_within(const struct selector *s, const struct selector *child)
{
	return prefix_within(&s->local, &child->local) &&
	       prefix_within(&s->remote, &child->remote) &&
	       (!child->proto || s->proto == child->proto) &&
	       (!child->local_port_mask ||
		(s->local_port_mask && s->local_port == child->local_port)) &&
	       (!child->remote_port_mask ||
		(s->remote_port_mask && s->remote_port == child->remote_port));
}

static const char *outbound_fault(const struct sa_entry *e, const struct engine_sa_install *s)
{
	if (!e || e->dying)
		return "SA_INSTALL of an outbound half without its inbound one";
	if (e->pub.conn != s->conn || e->pub.spi_out != s->spi_out ||
	    !addr_equal(&e->pub.remote.addr, &s->remote.addr))
		return "SA_INSTALL of an outbound half that is not its inbound one's";
	return e->out_kernel ? "SA_INSTALL of an outbound half that is there" : NULL;
}

static const char *install_fault(const struct sa *sa, const struct engine_sa_install *s,
				 const struct conn *c, const struct conn_child *child)
{
	const struct sa_larval *l = sa_larval_find(sa, s->spi_in);

	if (!child)
		return "SA_INSTALL matches no connection";
	if (!addr_equal(&c->local, &s->local.addr) || !conn_has_peer(c, &s->remote.addr))
		return "SA_INSTALL is for other ends than the connection's";
	if (!traffic_within(&s->selector, &child->selector))
		return "SA_INSTALL is for other traffic than the connection's";
	if (!(s->parts & (ENGINE_PART_IN | ENGINE_PART_OUT)))
		return "SA_INSTALL without a part";
	if (s->spi_out < SPI_MIN)
		return "SA_INSTALL with a reserved SPI";
	if ((s->parts & ENGINE_PART_IN) && (!l || l->conn != s->conn))
		return "SA_INSTALL for an SPI that was not allocated for it";
	return s->parts & ENGINE_PART_IN ? NULL : outbound_fault(sa_entry_by_in(sa, s->spi_in), s);
}

/* The entry of the pair: a new one with the inbound part, else the one that is there. The birth is
 * on disk before the kernel hears of the SA. */
static struct sa_entry *install_entry(struct sa *sa, const struct engine_sa_install *s,
				      const struct conn *c, const struct conn_child *child)
{
	struct sa_entry *e = sa_entry_by_in(sa, s->spi_in);
	struct sa_pair pub;

	if (e || !(s->parts & ENGINE_PART_IN))
		return e;
	pair_fill(&pub, s, c, child);
	e = sa_entry_new(sa, &pub);
	if (!e)
		return NULL;
	if (!birth_write(sa, &pub)) {
		sa_entry_free(e);
		return NULL;
	}
	e->in_kernel = true; /* larval */
	sa_larval_free(sa_larval_find(sa, s->spi_in));
	return e;
}

static bool serve_install(struct sa *sa, const struct engine_msg *m)
{
	const struct engine_sa_install *s = &m->sa_install;
	const struct conn *c = conn_by_id(sa->conns, s->conn);
	const struct conn_child *child = c ? conn_child(c, s->child) : NULL;
	const char *fault = install_fault(sa, s, c, child);
	struct sa_entry *e;
	struct install *in;

	if (fault)
		return sa_refuse(sa, m, -EACCES, fault);
	in = alloc_zero(sizeof(*in));
	e = in ? install_entry(sa, s, c, child) : NULL;
	if (!e) {
		alloc_free(in);
		return sa_refuse(sa, m, -ENOMEM, "no memory");
	}
	in->anchor = anchor_ref(sa->anchor);
	in->token = m->token;
	in->spi_in = s->spi_in;
	in->parts = s->parts;
	install_run(sa, in, e, s, c, child);
	return true;
}

/* ---- SA_UPDATE, SA_USE --------------------------------------------------------------------------------- */

/* A new address or port of the peer. The kernel keeps the keys; both halves are moved by deleting
 * and adding only where it cannot update, which is left to the engine: it replaces the Child. */
static bool serve_update(struct sa *sa, const struct engine_msg *m)
{
	return sa_refuse(sa, m, -EOPNOTSUPP, "moving an SA is not supported: replace the Child");
}

struct use_request {
	struct anchor *anchor;
	uint32_t token;
};

static void use_done(void *arg, int err, const struct xfrm_sa *k)
{
	struct use_request *u = arg;
	struct sa *sa = anchor_get(u->anchor);
	struct engine_done done = {.result = err};

	if (!err) {
		uint64_t now_s = clock_wall_ms() / 1000, used = k->counters.use_wall_s;

		done.packets = k->counters.packets;
		done.bytes = k->counters.bytes;
		done.idle_ms = used && now_s > used ? (now_s - used) * 1000 : 0;
	}
	if (sa)
		engine_answer(sa->engine, u->token, &done);
	anchor_unref(u->anchor);
	alloc_free(u);
}

static bool serve_use(struct sa *sa, const struct engine_msg *m)
{
	struct use_request *u = alloc_zero(sizeof(*u));
	int err;

	if (!u)
		return sa_refuse(sa, m, -ENOMEM, "no memory");
	u->anchor = anchor_ref(sa->anchor);
	u->token = m->token;
	err = sa_probe(sa, m->sa.spi_in, use_done, u);
	if (err) {
		anchor_unref(u->anchor);
		alloc_free(u);
		sa_answer(sa, m->token, err);
	}
	return true;
}

bool sa_serve(void *ctx, const struct engine_msg *m)
{
	switch (m->type) {
	case ENGINE_ALLOC_SPI:
		return serve_alloc(ctx, m);
	case ENGINE_SA_INSTALL:
		return serve_install(ctx, m);
	case ENGINE_SA_DELETE:
		return sa_serve_delete(ctx, m);
	case ENGINE_SA_UPDATE:
		return serve_update(ctx, m);
	case ENGINE_SA_USE:
		return serve_use(ctx, m);
	default:
		return false;
	}
}
