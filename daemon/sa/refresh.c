/* Counters of all pairs, asked of the kernel in one go: what `show` prints is the kernel's own word. */
#include "base/alloc.h"
#include "sa/sa_internal.h"

struct refresh {
	unsigned int waiting;
	void (*done)(void *arg);
	void *arg;
};

struct refresh_part {
	struct refresh *all;
	struct anchor *anchor;
	uint32_t spi_in;
	bool in;
};

static void part_over(struct refresh *all)
{
	if (--all->waiting)
		return;
	if (all->done)
		all->done(all->arg);
	alloc_free(all);
}

static void part_done(void *arg, int err, const struct xfrm_sa *k)
{
	struct refresh_part *p = arg;
	struct sa *sa = anchor_get(p->anchor);
	struct sa_entry *e = sa ? sa_entry_by_in(sa, p->spi_in) : NULL;

	if (!err && e)
		*(p->in ? &e->pub.in : &e->pub.out) = k->counters;
	if (!sa)
		p->all->done = NULL; /* the daemon ends: nobody reads any more */
	part_over(p->all);
	anchor_unref(p->anchor);
	alloc_free(p);
}

static void ask(struct refresh *all, struct sa_entry *e, bool in)
{
	struct xfrm_sa_id id = in ? sa_id_in(&e->pub) : sa_id_out(&e->pub);
	struct refresh_part *p = alloc_zero(sizeof(*p));

	if (!p)
		return;
	*p = (struct refresh_part){all, anchor_ref(e->sa->anchor), e->pub.spi_in, in};
	all->waiting++;
	if (!e->sa->kernel->sa_get(e->sa->kernel_ctx, &id, part_done, p))
		return;
	all->waiting--;
	anchor_unref(p->anchor);
	alloc_free(p);
}

void sa_refresh(struct sa *sa, void (*done)(void *arg), void *arg)
{
	struct refresh *all = alloc_zero(sizeof(*all));
	struct list *it;

	if (!all) {
		done(arg); /* older figures are better than none */
		return;
	}
	*all = (struct refresh){1, done, arg};
	list_for_each(it, &sa->pairs)
	{
		struct sa_entry *e = list_entry(it, struct sa_entry, link);

		if (e->pub.in_installed)
			ask(all, e, true);
		if (e->pub.out_installed)
			ask(all, e, false);
	}
	part_over(all);
}
