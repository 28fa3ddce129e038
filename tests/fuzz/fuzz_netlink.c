/*
 * What a netlink socket gives: the first byte says which room reads it (even: xfrm, odd: link),
 * the rest is a datagram. Each event understood goes into a table, as in the daemon, so that the
 * mirror's own rules are tried too: what it counts is what it holds.
 */
#include "fuzz.h"

#include <string.h>

#include "base/alloc.h"
#include "link/link_internal.h"
#include "xfrm/wire.h"

static void no_submit(struct xfrm *x, struct xfrm_call *call)
{
	(void)x;
	(void)call;
	fuzz_must(false); /* events make no requests */
}

static void fini(struct xfrm *x)
{
	xfrm_fini(x);
}

static const struct xfrm_backend backend = {.submit = no_submit, .free = fini};

static void check_prefix(const struct prefix *p)
{
	fuzz_must(p->len <= 8 * addr_len(&p->addr));
}

static void check_sa(const struct xfrm_sa *sa)
{
	fuzz_must(memchr(sa->encr, 0, sizeof(sa->encr)) && memchr(sa->integ, 0, sizeof(sa->integ)));
	fuzz_must(addr_is_set(&sa->id.dst));
	check_prefix(&sa->selector.local);
	check_prefix(&sa->selector.remote);
}

static void take_sa(struct xfrm *x, const struct xfrm_wire_event *ev, const struct xfrm_author *by)
{
	check_sa(&ev->sa);
	if (ev->update)
		xfrm_mirror_update(x, &ev->sa, by);
	else
		xfrm_mirror_put(x, &ev->sa, ev->seq & 1 ? by : NULL);
}

static void take_policy(struct xfrm *x, const struct xfrm_wire_event *ev,
			const struct xfrm_author *by)
{
	fuzz_must(ev->policy.dir <= XFRM_DIR_FWD);
	check_prefix(&ev->policy.selector.local);
	check_prefix(&ev->policy.selector.remote);
	if (ev->kind == XFRM_WIRE_POLICY)
		xfrm_mirror_policy_put(x, &ev->policy, by);
	else
		xfrm_mirror_policy_gone(x, &ev->policy, by);
}

static void on_xfrm(void *ctx, const struct xfrm_wire_event *ev)
{
	struct xfrm *x = ctx;
	struct xfrm_author by = {.pid = ev->pid, .seq = ev->seq};

	switch (ev->kind) {
	case XFRM_WIRE_SA:
		take_sa(x, ev, &by);
		break;
	case XFRM_WIRE_SA_GONE:
		xfrm_mirror_gone(x, &ev->sa.id, XFRM_GONE_DELETED, &by);
		break;
	case XFRM_WIRE_SA_FLUSH:
		xfrm_mirror_flush(x, ev->proto, &by);
		break;
	case XFRM_WIRE_EXPIRE:
		xfrm_mirror_soft(x, &ev->sa);
		break;
	case XFRM_WIRE_ACQUIRE:
		xfrm_acquired(x, &ev->sel, ev->reqid, ev->acquire_seq);
		break;
	case XFRM_WIRE_MAPPING:
		xfrm_mirror_mapping(x, &ev->sa.id, &ev->from);
		break;
	case XFRM_WIRE_POLICY:
	case XFRM_WIRE_POLICY_GONE:
		take_policy(x, ev, &by);
		break;
	case XFRM_WIRE_POLICY_FLUSH:
		xfrm_mirror_policy_flush(x, &by);
		break;
	case XFRM_WIRE_MIGRATE:
		xfrm_mirror_dump_begin(x);
		break;
	case XFRM_WIRE_DONE:
		xfrm_mirror_dump_end(x);
		break;
	case XFRM_WIRE_ACK:
		fuzz_must(ev->err <= 0);
	}
}

static void fuzz_xfrm(struct loop *loop, const void *data, size_t size)
{
	struct xfrm x = {0};
	const struct xfrm_sa *sa = NULL;
	const struct xfrm_policy *p = NULL;
	uint64_t sas = 0, policies = 0;

	if (xfrm_init(&x, loop, NULL, &backend, true) < 0)
		return;
	xfrm_wire_parse(data, size, on_xfrm, &x);
	loop_advance(loop, 1);
	while ((sa = xfrm_sa_next(&x, sa))) {
		fuzz_must(xfrm_sa_find(&x, &sa->id.dst, sa->id.proto, sa->id.spi, &sa->id.mark));
		sas++;
	}
	while ((p = xfrm_policy_next(&x, p)))
		policies++;
	fuzz_must(sas == x.stats.sas && policies == x.stats.policies);
	xfrm_free(&x);
}

static void on_link(void *ctx, const struct link_wire_event *ev)
{
	fuzz_must(memchr(ev->name, 0, sizeof(ev->name)));
	check_prefix(&ev->addr);
	link_table_event(ctx, ev);
}

static void fuzz_link(struct loop *loop, const void *data, size_t size)
{
	struct link *l = link_table_new(loop, NULL);
	const struct link_info *it = NULL;

	if (!l)
		return;
	link_wire_parse(data, size, on_link, l);
	link_table_dump_begin(l);
	link_wire_parse(data, size / 2, on_link, l);
	link_table_dump_end(l);
	loop_advance(loop, 1);
	while ((it = link_next(l, it)))
		fuzz_must(it->addr_count <= LINK_ADDRS_MAX);
	link_table_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loop *loop;
	void *datagram;

	if (size < 2)
		return 0;
	loop = loop_new_simulated(1000);
	datagram = alloc_copy(data + 1, size - 1); /* aligned, and of its own size */
	if (data[0] & 1)
		fuzz_link(loop, datagram, size - 1);
	else
		fuzz_xfrm(loop, datagram, size - 1);
	alloc_free(datagram);
	loop_free(loop);
	return 0;
}
