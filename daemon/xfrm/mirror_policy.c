/*
 * xfrm/mirror_policy: every policy of the namespace as last seen. The kernel tells policies apart
 * by direction, selector, mark and if_id (net/xfrm/xfrm_policy.c, xfrm_policy_insert()). A policy
 * that is replaced is told as new again.
 */
#include <errno.h>

#include "base/alloc.h"
#include "xfrm/xfrm_internal.h"

struct policy_key {
	enum xfrm_dir dir;
	const struct selector *sel;
	const struct xfrm_mark *mark; /* NULL: any */
	const uint32_t *if_id;	      /* NULL: any */
};

static const struct xfrm_author nobody;

static uint32_t hash_of(const struct xfrm *x, enum xfrm_dir dir, const struct selector *s)
{
	uint32_t h = hash_u32((uint32_t)dir, table_seed(x->policies));

	h = addr_hash(&s->local.addr, h);
	h = addr_hash(&s->remote.addr, h);
	h = hash_u32((uint32_t)(s->local.len << 16 | s->remote.len << 8 | s->proto), h);
	return hash_u32((uint32_t)s->local_port << 16 | s->remote_port, h);
}

static bool matches(const struct table_node *node, const void *key)
{
	const struct xfrm_policy *p =
		&table_entry(node, struct xfrm_policy_entry, by_selector)->policy;
	const struct policy_key *k = key;

	return p->dir == k->dir && (!k->if_id || *k->if_id == p->if_id) &&
	       (!k->mark || (k->mark->value == p->mark.value && k->mark->mask == p->mark.mask)) &&
	       selector_equal(&p->selector, k->sel);
}

static struct xfrm_policy_entry *find(const struct xfrm *x, const struct policy_key *k)
{
	struct table_node *n = table_find(x->policies, hash_of(x, k->dir, k->sel), matches, k);

	return n ? table_entry(n, struct xfrm_policy_entry, by_selector) : NULL;
}

static struct xfrm_policy_entry *find_same(const struct xfrm *x, const struct xfrm_policy *p)
{
	return find(x, &(struct policy_key){.dir = p->dir,
					    .sel = &p->selector,
					    .mark = &p->mark,
					    .if_id = &p->if_id});
}

const struct xfrm_policy *xfrm_policy_find(const struct xfrm *x, enum xfrm_dir dir,
					   const struct selector *sel, const struct xfrm_mark *mark)
{
	struct xfrm_policy_entry *e =
		find(x, &(struct policy_key){.dir = dir, .sel = sel, .mark = mark});

	return e ? &e->policy : NULL;
}

const struct xfrm_policy *xfrm_policy_next(const struct xfrm *x, const struct xfrm_policy *it)
{
	const struct list *at = &x->all_policies;

	if (it)
		at = &list_entry(it, struct xfrm_policy_entry, policy)->all;
	if (at->next == &x->all_policies)
		return NULL;
	return &list_entry(at->next, struct xfrm_policy_entry, all)->policy;
}

static struct xfrm_policy_entry *entry_new(struct xfrm *x, const struct xfrm_policy *p)
{
	struct xfrm_policy_entry *e = alloc_zero(sizeof(*e));

	if (!e)
		return NULL;
	e->born.kind = XFRM_FACT_POLICY_NEW;
	e->gone.kind = XFRM_FACT_POLICY_GONE;
	e->policy = *p;
	if (table_insert(x->policies, &e->by_selector, hash_of(x, p->dir, &p->selector)) < 0) {
		alloc_free(e);
		return NULL;
	}
	list_append(&x->all_policies, &e->all);
	x->stats.policies++;
	return e;
}

static void entry_gone(struct xfrm *x, struct xfrm_policy_entry *e, const struct xfrm_author *by)
{
	table_remove(x->policies, &e->by_selector);
	list_remove(&e->all);
	x->stats.policies--;
	e->by = by ? *by : nobody;
	/* A part of a running dump may still hold it; policies are few, so: read again. */
	x->dirty = x->dirty || x->dumping;
	xfrm_fact_queue(x, &e->gone);
}

static bool policy_differs(const struct xfrm_policy *a, const struct xfrm_policy *b)
{
	return a->priority != b->priority || a->block != b->block || a->proto != b->proto ||
	       a->mode != b->mode || a->reqid != b->reqid || a->index != b->index ||
	       !addr_equal(&a->tunnel_local, &b->tunnel_local) ||
	       !addr_equal(&a->tunnel_remote, &b->tunnel_remote);
}

int xfrm_mirror_policy_put(struct xfrm *x, const struct xfrm_policy *p,
			   const struct xfrm_author *by)
{
	struct xfrm_policy_entry *e = find_same(x, p);
	bool tell = !e || policy_differs(&e->policy, p);
	struct xfrm_author author;

	if (!by && e && x->dumping && e->generation == x->generation)
		return 0; /* an event has told more since the dump began */
	if (!e)
		e = entry_new(x, p);
	if (!e) {
		x->dirty = true;
		return -ENOMEM;
	}
	author = by ? *by : e->policy.author;
	e->policy = *p;
	e->policy.author = author;
	e->generation = x->generation;
	if (tell)
		xfrm_fact_queue(x, &e->born);
	return 0;
}

void xfrm_mirror_policy_gone(struct xfrm *x, const struct xfrm_policy *p,
			     const struct xfrm_author *by)
{
	struct xfrm_policy_entry *e = find_same(x, p);

	if (e)
		entry_gone(x, e, by);
}

void xfrm_mirror_policy_flush(struct xfrm *x, const struct xfrm_author *by)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &x->all_policies)
		entry_gone(x, list_entry(it, struct xfrm_policy_entry, all), by);
}

void xfrm_mirror_policy_sweep(struct xfrm *x)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &x->all_policies)
	{
		struct xfrm_policy_entry *e = list_entry(it, struct xfrm_policy_entry, all);

		if (e->generation != x->generation)
			entry_gone(x, e, NULL);
	}
}
