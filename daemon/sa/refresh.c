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
	struct sa *sa;
	uint32_t spi_in;
	bool in;
};

static void part_over(struct refresh *all)
{
	if (--all->waiting)
		return;
	all->done(all->arg);
	alloc_free(all);
}

static void part_done(void *arg, int err, const struct xfrm_sa *k)
{
	struct refresh_part *p = arg;
	struct sa_entry *e = sa_entry_by_in(p->sa, p->spi_in);

	if (!err && e)
		*(p->in ? &e->pub.in : &e->pub.out) = k->counters;
	part_over(p->all);
	alloc_free(p);
}

static void ask(struct refresh *all, struct sa_entry *e, bool in)
{
	struct xfrm_sa_id id = in ? sa_id_in(&e->pub) : sa_id_out(&e->pub);
	struct refresh_part *p = alloc_zero(sizeof(*p));

	if (!p)
		return;
	*p = (struct refresh_part){all, e->sa, e->pub.spi_in, in};
	all->waiting++;
	if (!e->sa->kernel->sa_get(e->sa->kernel_ctx, &id, part_done, p))
		return;
	all->waiting--;
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
	list_for_each(it, &sa->pairs) {
		struct sa_entry *e = list_entry(it, struct sa_entry, link);

		if (e->pub.in_installed)
			ask(all, e, true);
		if (e->pub.out_installed)
			ask(all, e, false);
	}
	part_over(all);
}
