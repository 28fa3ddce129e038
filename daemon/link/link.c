/*
 * link: the table of interfaces and their addresses, and the telling of changes.
 *
 * Fed by socket.c with events and dumps; a dump marks what it holds with its generation. A change
 * is told by name at the end of the turn, once a turn; an interface that is gone lives on until
 * then. A renamed one is gone under its old name and new under the other. Short memory makes the
 * table dirty, and socket.c reads again.
 */
#include "link/link.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "link/link_internal.h"

static void entry_free(struct link_entry *e)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &e->addrs) alloc_free(list_entry(it, struct link_addr, node));
	alloc_free(e);
}

/* ---- Telling ---- */

static void tell(struct link *l, const char *name)
{
	for (size_t i = 0; i < l->listener_count; i++)
		if (l->listeners[i].ops->changed)
			l->listeners[i].ops->changed(l->listeners[i].ctx, name);
}

static void tell_all(void *arg)
{
	struct link *l = arg;

	l->telling = false;
	while (!list_empty(&l->told)) {
		struct link_entry *e = list_entry(l->told.next, struct link_entry, told);

		list_remove(&e->told);
		e->queued = false;
		tell(l, e->info.name);
		if (e->gone)
			entry_free(e);
	}
}

static void changed(struct link *l, struct link_entry *e)
{
	if (!e->queued)
		list_append(&l->told, &e->told);
	e->queued = true;
	if (!l->telling)
		l->telling = loop_defer(l->loop, l, "link facts", tell_all, l) == 0;
}

int link_listen(struct link *l, const struct link_ops *ops, void *ctx)
{
	if (l->listener_count == LINK_LISTENERS_MAX)
		return -ENOSPC;
	l->listeners[l->listener_count++] = (struct link_listener){ops, ctx};
	return 0;
}

/* ---- Interfaces ---- */

static struct link_entry *find(const struct link *l, int index)
{
	struct list *it;

	list_for_each(it, &l->all)
	{
		struct link_entry *e = list_entry(it, struct link_entry, all);

		if (e->info.index == index)
			return e;
	}
	return NULL;
}

/* By index; a new one is mostly the last. */
static void insert(struct link *l, struct link_entry *e)
{
	struct list *at = &l->all;

	while (at->prev != &l->all &&
	       list_entry(at->prev, struct link_entry, all)->info.index > e->info.index)
		at = at->prev;
	list_append(at, &e->all); /* before `at` */
	l->count++;
}

static struct link_entry *entry_new(struct link *l, int index)
{
	struct link_entry *e = alloc_zero(sizeof(*e));

	if (!e) {
		l->dirty = true;
		return NULL;
	}
	e->info.index = index;
	list_init(&e->addrs);
	list_init(&e->told);
	insert(l, e);
	return e;
}

static void entry_gone(struct link *l, struct link_entry *e)
{
	list_remove(&e->all);
	l->count--;
	e->gone = true;
	changed(l, e);
}

/* Under another name it is another interface; its addresses move along. */
static struct link_entry *renamed(struct link *l, struct link_entry *old)
{
	struct link_entry *e = entry_new(l, old->info.index);
	struct list *it, *tmp;

	if (!e)
		return NULL;
	list_for_each_safe(it, tmp, &old->addrs)
	{
		list_remove(it);
		list_append(&e->addrs, it);
	}
	e->detail.rates = old->detail.rates;
	e->sampled = old->sampled;
	e->sampled_ms = old->sampled_ms;
	memcpy(e->info.addrs, old->info.addrs, sizeof(e->info.addrs));
	e->info.addr_count = old->info.addr_count;
	entry_gone(l, old);
	return e;
}

static void entry_set(struct link *l, struct link_entry *e, const struct link_wire_event *ev)
{
	struct link_info was = e->info;
	struct link_info *is = &e->info;
	struct link_rates rates = e->detail.rates;

	e->detail = ev->detail;
	e->detail.rates = rates;
	text_copy(is->name, sizeof(is->name), ev->name);
	is->up = ev->up;
	is->running = ev->running;
	is->loopback = ev->loopback;
	is->mtu = ev->mtu;
	e->generation = l->generation;
	if (was.name[0] == '\0' || was.up != is->up || was.running != is->running ||
	    was.loopback != is->loopback || was.mtu != is->mtu)
		changed(l, e);
}

static void on_link(struct link *l, const struct link_wire_event *ev)
{
	struct link_entry *e = find(l, ev->index);

	if (e && strcmp(e->info.name, ev->name) != 0)
		e = renamed(l, e);
	else if (!e)
		e = entry_new(l, ev->index);
	if (e)
		entry_set(l, e, ev);
}

/* ---- Addresses ---- */

static bool prefix_same(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

static struct link_addr *find_addr(const struct link_entry *e, const struct prefix *p)
{
	struct list *it;

	list_for_each(it, &e->addrs)
	{
		struct link_addr *a = list_entry(it, struct link_addr, node);

		if (prefix_same(&a->a.prefix, p))
			return a;
	}
	return NULL;
}

/* What borrowers see: the first ones, in the kernel's order (primary before secondary). */
static void addrs_show(struct link *l, struct link_entry *e)
{
	struct list *it;

	e->info.addr_count = 0;
	memset(e->info.addrs, 0, sizeof(e->info.addrs));
	list_for_each(it, &e->addrs)
	{
		if (e->info.addr_count == LINK_ADDRS_MAX)
			break;
		e->info.addrs[e->info.addr_count++] =
			list_entry(it, struct link_addr, node)->a.prefix;
	}
	changed(l, e);
}

static void addr_drop(struct link_addr *a)
{
	list_remove(&a->node);
	alloc_free(a);
}

static struct link_address address_of(const struct link_wire_event *ev)
{
	return (struct link_address){.prefix = ev->addr,
				     .secondary = ev->secondary,
				     .permanent = ev->permanent,
				     .link_local = ev->link_local,
				     .broadcast = ev->broadcast};
}

static void on_addr(struct link *l, const struct link_wire_event *ev)
{
	struct link_entry *e = find(l, ev->index);
	struct link_addr *a = e ? find_addr(e, &ev->addr) : NULL;

	if (!e)
		return; /* of an interface that is gone already */
	if (a) {
		a->generation = l->generation;
		a->a = address_of(ev);
		return;
	}
	a = alloc_zero(sizeof(*a));
	if (!a) {
		l->dirty = true;
		return;
	}
	a->a = address_of(ev);
	a->generation = l->generation;
	list_append(&e->addrs, &a->node);
	addrs_show(l, e);
}

static void on_addr_gone(struct link *l, const struct link_wire_event *ev)
{
	struct link_entry *e = find(l, ev->index);
	struct link_addr *a = e ? find_addr(e, &ev->addr) : NULL;

	if (!a)
		return;
	addr_drop(a);
	addrs_show(l, e);
}

void link_table_event(struct link *l, const struct link_wire_event *ev)
{
	struct link_entry *e;

	switch (ev->kind) {
	case LINK_WIRE_LINK:
		on_link(l, ev);
		break;
	case LINK_WIRE_LINK_GONE:
		e = find(l, ev->index);
		if (e)
			entry_gone(l, e);
		break;
	case LINK_WIRE_ADDR:
		on_addr(l, ev);
		break;
	case LINK_WIRE_ADDR_GONE:
		on_addr_gone(l, ev);
		break;
	default:
		break;
	}
}

/* ---- Dumps ---- */

void link_table_dump_begin(struct link *l)
{
	l->generation++;
	l->dirty = false;
}

static void sweep_addrs(struct link *l, struct link_entry *e)
{
	struct list *it, *tmp;
	bool dropped = false;

	list_for_each_safe(it, tmp, &e->addrs)
	{
		struct link_addr *a = list_entry(it, struct link_addr, node);

		if (a->generation == l->generation)
			continue;
		addr_drop(a);
		dropped = true;
	}
	if (dropped)
		addrs_show(l, e);
}

void link_table_dump_end(struct link *l)
{
	struct list *it, *tmp;

	if (l->dirty)
		return;
	list_for_each_safe(it, tmp, &l->all)
	{
		struct link_entry *e = list_entry(it, struct link_entry, all);

		if (e->generation == l->generation)
			sweep_addrs(l, e);
		else
			entry_gone(l, e);
	}
}

/* ---- Asking ---- */

const struct link_info *link_next(const struct link *l, const struct link_info *it)
{
	const struct list *at = it ? &list_entry(it, struct link_entry, info)->all : &l->all;

	return at->next == &l->all ? NULL : &list_entry(at->next, struct link_entry, all)->info;
}

const struct link_info *link_by_name(const struct link *l, const char *name)
{
	const struct link_info *it = NULL;

	while ((it = link_next(l, it)))
		if (strcmp(it->name, name) == 0)
			return it;
	return NULL;
}

const struct link_info *link_by_index(const struct link *l, int index)
{
	struct link_entry *e = find(l, index);

	return e ? &e->info : NULL;
}

static bool has_addr(const struct link_entry *e, const struct addr *a)
{
	struct list *it;

	list_for_each(
		it,
		&e->addrs) if (addr_equal(&list_entry(it, struct link_addr, node)->a.prefix.addr,
					  a)) return true;
	return false;
}

bool link_addr_is_local(const struct link *l, const struct addr *a)
{
	struct list *it;

	list_for_each(it,
		      &l->all) if (has_addr(list_entry(it, struct link_entry, all), a)) return true;
	return false;
}

const struct link_info *link_above(const struct link *l, int index)
{
	const struct link_info *it = NULL;

	while ((it = link_next(l, it)))
		if (it->index > index)
			return it;
	return NULL;
}

const struct link_detail *link_detail(const struct link_info *it)
{
	return &list_entry(it, struct link_entry, info)->detail;
}

bool link_address_get(const struct link_info *it, size_t index, struct link_address *out)
{
	const struct link_entry *e = list_entry(it, struct link_entry, info);
	const struct list *at;

	list_for_each(at, &e->addrs)
	{
		if (index--)
			continue;
		*out = list_entry(at, struct link_addr, node)->a;
		return true;
	}
	return false;
}

struct link *link_table_new(struct loop *loop, struct log *log)
{
	struct link *l = alloc_zero(sizeof(*l));

	if (!l)
		return NULL;
	l->loop = loop;
	l->log = log;
	list_init(&l->all);
	list_init(&l->told);
	list_init(&l->waiters);
	return l;
}

void link_table_free(struct link *l)
{
	struct list *it, *tmp;

	link_waiters_end(l, true);
	loop_defer_cancel(l->loop, l);
	list_for_each_safe(it, tmp, &l->told)
	{
		struct link_entry *e = list_entry(it, struct link_entry, told);

		if (e->gone)
			entry_free(e);
	}
	list_for_each_safe(it, tmp, &l->all) entry_free(list_entry(it, struct link_entry, all));
	alloc_free(l);
}
