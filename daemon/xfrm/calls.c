/*
 * xfrm/calls: struct xfrm_ops, the same for every implementation: arguments are checked and copied
 * into a call, the implementation takes it by `submit` and ends it by xfrm_call_finish(). Keys are
 * copied into secrets of their own and freed with the call.
 */
#include <errno.h>
#include <netinet/in.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"
#include "xfrm/xfrm_internal.h"

static struct xfrm_call *call_new(enum xfrm_op op, void *arg)
{
	struct xfrm_call *call = alloc_zero(sizeof(*call));

	if (!call)
		return NULL;
	list_init(&call->node);
	call->fact.kind = XFRM_FACT_CALL;
	call->op = op;
	call->arg = arg;
	return call;
}

static void call_free(struct xfrm_call *call)
{
	secret_free(call->keys.encr_key);
	secret_free(call->keys.integ_key);
	alloc_free(call);
}

static int submit(struct xfrm *x, struct xfrm_call *call)
{
	if (x->closing) {
		call_free(call);
		return -ECANCELED;
	}
	x->stats.writes += call->op != XFRM_OP_SA_GET;
	x->backend->submit(x, call);
	return 0;
}

void xfrm_call_run(struct xfrm *x, struct xfrm_call *call)
{
	x->stats.refused += call->err != 0 && call->op != XFRM_OP_SA_GET;
	switch (call->op) {
	case XFRM_OP_SPI_ALLOC:
		if (call->done.spi)
			call->done.spi(call->arg, call->err, call->err ? 0 : call->sa.id.spi);
		break;
	case XFRM_OP_SA_GET:
		if (call->done.sa)
			call->done.sa(call->arg, call->err, call->err ? NULL : &call->sa);
		break;
	default:
		if (call->done.plain)
			call->done.plain(call->arg, call->err);
	}
	call_free(call);
}

/* Who asks about an SA that the kernel does not have learns it, and so does the mirror. */
static void learn_from_answer(struct xfrm *x, const struct xfrm_call *call)
{
	bool about_sa = call->op == XFRM_OP_SA_UPDATE || call->op == XFRM_OP_SA_DELETE ||
			call->op == XFRM_OP_SA_GET;

	if (about_sa && call->err == -ESRCH)
		xfrm_mirror_gone(x, &call->sa.id, XFRM_GONE_MISSED, NULL);
	if (call->op == XFRM_OP_SA_GET && call->err == 0)
		xfrm_mirror_counters(x, &call->sa);
}

void xfrm_call_finish(struct xfrm *x, struct xfrm_call *call, int err)
{
	bool wants_answer = call->op == XFRM_OP_SA_GET || call->op == XFRM_OP_SPI_ALLOC;

	call->err = err == 0 && wants_answer && !call->answered ? -ENODATA : err;
	secret_free(call->keys.encr_key);
	secret_free(call->keys.integ_key);
	call->keys.encr_key = call->keys.integ_key = NULL;
	learn_from_answer(x, call);
	xfrm_fact_queue(x, &call->fact);
}

static bool proto_ok(uint8_t proto)
{
	return proto == IPPROTO_ESP || proto == IPPROTO_AH;
}

static int check_id(const struct xfrm_sa_id *id)
{
	return addr_is_set(&id->dst) && proto_ok(id->proto) && id->spi != 0 ? 0 : -EINVAL;
}

static int check_sa(const struct xfrm_sa *sa)
{
	if (check_id(&sa->id) < 0 || sa->src.family != sa->id.dst.family)
		return -EINVAL;
	if (sa->mode > XFRM_KIND_TUNNEL || sa->replay_window > XFRM_REPLAY_MAX)
		return -EINVAL;
	if (sa->has_selector && sa->selector.local.addr.family != sa->selector.remote.addr.family)
		return -EINVAL;
	return 0;
}

/* ESP needs a cipher or an AEAD, AH a HMAC and nothing else (net/xfrm/xfrm_user.c). */
static int check_keys(uint8_t proto, const struct xfrm_keys *keys)
{
	if (keys->aead && (keys->encr || keys->integ))
		return -EINVAL;
	if ((keys->aead || keys->encr) && !keys->encr_key)
		return -EINVAL;
	if (keys->integ && !keys->integ_key)
		return -EINVAL;
	if (proto == IPPROTO_AH)
		return keys->integ && !keys->encr && !keys->aead ? 0 : -EINVAL;
	return keys->aead || keys->encr ? 0 : -EINVAL;
}

static int copy_name(char out[XFRM_ALGO_NAME], const char *name)
{
	if (!name)
		return 0;
	return text_copy(out, XFRM_ALGO_NAME, name) < XFRM_ALGO_NAME ? 0 : -EINVAL;
}

static int copy_keys(struct xfrm_keyset *out, const struct xfrm_keys *keys)
{
	out->icv_bits = keys->icv_bits;
	if (copy_name(out->aead, keys->aead) < 0 || copy_name(out->encr, keys->encr) < 0 ||
	    copy_name(out->integ, keys->integ) < 0)
		return -EINVAL;
	if (keys->encr_key && !(out->encr_key = secret_copy(keys->encr_key)))
		return -ENOMEM;
	if (keys->integ_key && !(out->integ_key = secret_copy(keys->integ_key)))
		return -ENOMEM;
	return 0;
}

static int op_spi_alloc(void *ctx, const struct addr *src, const struct addr *dst, uint8_t proto,
			uint32_t reqid, uint32_t min, uint32_t max, xfrm_spi_done *done, void *arg)
{
	struct xfrm_call *call;

	if (!proto_ok(proto) || src->family != dst->family || !addr_is_set(dst) || min > max ||
	    min <= XFRM_SPI_RESERVED)
		return -EINVAL;
	call = call_new(XFRM_OP_SPI_ALLOC, arg);
	if (!call)
		return -ENOMEM;
	call->done.spi = done;
	call->sa.src = *src;
	call->sa.id.dst = *dst;
	call->sa.id.proto = proto;
	call->sa.reqid = reqid;
	call->sa.mode = XFRM_KIND_TUNNEL;
	call->sa.larval = true;
	call->spi_min = min;
	call->spi_max = max;
	return submit(ctx, call);
}

static int install(struct xfrm *x, enum xfrm_op op, const struct xfrm_sa *sa,
		   const struct xfrm_keys *keys, xfrm_done *done, void *arg)
{
	struct xfrm_call *call;
	int err = check_sa(sa);

	if (err == 0 && keys)
		err = check_keys(sa->id.proto, keys);
	if (err < 0)
		return err;
	call = call_new(op, arg);
	if (!call)
		return -ENOMEM;
	call->done.plain = done;
	call->sa = *sa;
	err = keys ? copy_keys(&call->keys, keys) : 0;
	if (err == 0)
		return submit(x, call);
	call_free(call);
	return err;
}

static int op_sa_add(void *ctx, const struct xfrm_sa *sa, const struct xfrm_keys *keys,
		     xfrm_done *done, void *arg)
{
	return keys ? install(ctx, XFRM_OP_SA_ADD, sa, keys, done, arg) : -EINVAL;
}

/* Without keys the algorithms stay: limits and encapsulation of an installed SA change. */
static int op_sa_update(void *ctx, const struct xfrm_sa *sa, const struct xfrm_keys *keys,
			xfrm_done *done, void *arg)
{
	const struct xfrm_sa_entry *e = keys ? NULL : xfrm_mirror_sa(ctx, &sa->id);

	if (e && e->sa.larval)
		return -EINVAL;
	return install(ctx, XFRM_OP_SA_UPDATE, sa, keys, done, arg);
}

static int op_sa_delete(void *ctx, const struct xfrm_sa_id *id, xfrm_done *done, void *arg)
{
	struct xfrm_call *call;
	int err = check_id(id);

	if (err < 0)
		return err;
	call = call_new(XFRM_OP_SA_DELETE, arg);
	if (!call)
		return -ENOMEM;
	call->done.plain = done;
	call->sa.id = *id;
	return submit(ctx, call);
}

static int op_sa_get(void *ctx, const struct xfrm_sa_id *id, xfrm_sa_done *done, void *arg)
{
	struct xfrm_call *call;
	int err = check_id(id);

	if (err < 0)
		return err;
	call = call_new(XFRM_OP_SA_GET, arg);
	if (!call)
		return -ENOMEM;
	call->done.sa = done;
	call->sa.id = *id;
	return submit(ctx, call);
}

static int check_policy(const struct xfrm_policy *p)
{
	const struct selector *s = &p->selector;

	if (p->dir > XFRM_DIR_FWD || s->local.addr.family != s->remote.addr.family ||
	    !addr_is_set(&s->local.addr))
		return -EINVAL;
	if (p->block)
		return 0;
	if (!proto_ok(p->proto) || p->mode > XFRM_KIND_TUNNEL)
		return -EINVAL;
	if (p->tunnel_local.family != p->tunnel_remote.family)
		return -EINVAL;
	return p->mode == XFRM_KIND_TRANSPORT || addr_is_set(&p->tunnel_remote) ? 0 : -EINVAL;
}

static int policy_call(struct xfrm *x, enum xfrm_op op, const struct xfrm_policy *p,
		       xfrm_done *done, void *arg)
{
	struct xfrm_call *call = call_new(op, arg);

	if (!call)
		return -ENOMEM;
	call->done.plain = done;
	call->policy = *p;
	return submit(x, call);
}

static int op_policy_put(void *ctx, const struct xfrm_policy *p, xfrm_done *done, void *arg)
{
	int err = check_policy(p);

	return err < 0 ? err : policy_call(ctx, XFRM_OP_POLICY_PUT, p, done, arg);
}

static int op_policy_delete(void *ctx, const struct xfrm_policy *p, xfrm_done *done, void *arg)
{
	if (p->dir > XFRM_DIR_FWD || !addr_is_set(&p->selector.local.addr))
		return -EINVAL;
	return policy_call(ctx, XFRM_OP_POLICY_DELETE, p, done, arg);
}

const struct xfrm_ops xfrm_call_ops = {
	.spi_alloc = op_spi_alloc,
	.sa_add = op_sa_add,
	.sa_update = op_sa_update,
	.sa_delete = op_sa_delete,
	.sa_get = op_sa_get,
	.policy_put = op_policy_put,
	.policy_delete = op_policy_delete,
};

const struct xfrm_ops xfrm_call_ops_read_only = {
	.sa_get = op_sa_get,
};
