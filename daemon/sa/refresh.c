/*
 * Counters of all pairs, asked of the kernel: what `show` prints is the kernel's own word. Some questions
 * are under way at a time, and each answer lets the next go, so that thousands of pairs fill neither a
 * turn nor the kernel's queue.
 */
#include "base/alloc.h"
#include "sa/sa_internal.h"

#define ASKED_MAX 64u

struct refresh {
	struct anchor *anchor;
	uint32_t from; /* the id above which pairs are still to be asked for … */
	size_t left;   /* … and how many of them */
	unsigned int waiting;
	void (*done)(void *arg);
	void *arg;
};

struct refresh_part {
	struct refresh *all;
	uint32_t spi_in;
	bool in;
};

static void go_on(struct refresh *all);

static void part_done(void *arg, int err, const struct xfrm_sa *k)
{
	struct refresh_part *p = arg;
	struct refresh *all = p->all;
	struct sa *sa = anchor_get(all->anchor);
	struct sa_entry *e = sa ? sa_entry_by_in(sa, p->spi_in) : NULL;

	if (!err && e)
		*(p->in ? &e->pub.in : &e->pub.out) = k->counters;
	alloc_free(p);
	all->waiting--;
	go_on(all);
}

static void ask(struct refresh *all, struct sa_entry *e, bool in)
{
	struct xfrm_sa_id id = in ? sa_id_in(&e->pub) : sa_id_out(&e->pub);
	struct refresh_part *p = alloc_zero(sizeof(*p));

	if (!p)
		return;
	*p = (struct refresh_part){all, e->pub.spi_in, in};
	all->waiting++;
	if (!e->sa->kernel->sa_get(e->sa->kernel_ctx, &id, part_done, p))
		return;
	all->waiting--;
	alloc_free(p);
}

static void ask_more(struct sa *sa, struct refresh *all)
{
	struct order_node *n = order_after(sa->pairs, all->from);

	for (; n && all->left && all->waiting < ASKED_MAX; n = order_next(sa->pairs, n)) {
		struct sa_entry *e = order_entry(n, struct sa_entry, order);

		all->from = e->pub.id;
		all->left--;
		if (e->pub.in_installed)
			ask(all, e, true);
		if (e->pub.out_installed)
			ask(all, e, false);
	}
}

/* When the room has gone the daemon ends: nobody reads any more. */
static void go_on(struct refresh *all)
{
	struct sa *sa = anchor_get(all->anchor);

	all->waiting++; /* an answer that comes at once must not end it */
	if (sa)
		ask_more(sa, all);
	if (--all->waiting)
		return;
	anchor_unref(all->anchor);
	if (sa)
		all->done(all->arg);
	alloc_free(all);
}

void sa_counters_clear(struct sa *sa)
{
	for (struct sa_entry *e = NULL; (e = sa_entry_next(sa, e));) {
		e->pub.cleared_in = e->pub.in;
		e->pub.cleared_out = e->pub.out;
	}
}

void sa_refresh(struct sa *sa, void (*done)(void *arg), void *arg)
{
	sa_refresh_above(sa, 0, SIZE_MAX, done, arg);
}

void sa_refresh_above(struct sa *sa, uint32_t id, size_t count, void (*done)(void *arg), void *arg)
{
	struct refresh *all = alloc_zero(sizeof(*all));

	if (!all) {
		done(arg); /* older figures are better than none */
		return;
	}
	*all = (struct refresh){.anchor = anchor_ref(sa->anchor),
				.from = id,
				.left = count,
				.done = done,
				.arg = arg};
	go_on(all);
}
