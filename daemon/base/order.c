#include "base/order.h"

#include <errno.h>

#include "base/alloc.h"

struct order {
	struct list list;
	struct table *by_number;
	uint32_t last;
};

struct order *order_new(void)
{
	struct order *o = alloc_zero(sizeof(*o));

	if (!o)
		return NULL;
	list_init(&o->list);
	o->by_number = table_new();
	if (o->by_number)
		return o;
	alloc_free(o);
	return NULL;
}

void order_free(struct order *o)
{
	if (o)
		table_free(o->by_number);
	alloc_free(o);
}

static uint32_t hash_of(const struct order *o, uint32_t number)
{
	return hash_u32(number, table_seed(o->by_number));
}

int order_add(struct order *o, struct order_node *n)
{
	if (table_insert(o->by_number, &n->node, hash_of(o, o->last + 1)))
		return -ENOMEM;
	n->number = ++o->last;
	list_append(&o->list, &n->link);
	return 0;
}

void order_remove(struct order *o, struct order_node *n)
{
	table_remove(o->by_number, &n->node);
	list_remove(&n->link);
}

size_t order_count(const struct order *o)
{
	return table_count(o->by_number);
}

static struct order_node *node_at(const struct order *o, const struct list *at)
{
	return at == &o->list ? NULL : list_entry(at, struct order_node, link);
}

struct order_node *order_next(const struct order *o, const struct order_node *n)
{
	return node_at(o, n ? n->link.next : o->list.next);
}

struct order_node *order_previous(const struct order *o, const struct order_node *n)
{
	return node_at(o, n ? n->link.prev : o->list.prev);
}

static bool number_is(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct order_node, node)->number == *(const uint32_t *)key;
}

static struct order_node *find(const struct order *o, uint32_t number)
{
	struct table_node *n = table_find(o->by_number, hash_of(o, number), number_is, &number);

	return n ? table_entry(n, struct order_node, node) : NULL;
}

struct order_node *order_after(const struct order *o, uint32_t number)
{
	struct order_node *n = number ? find(o, number) : NULL;

	if (n || !number)
		return order_next(o, n);
	for (n = order_next(o, NULL); n && n->number < number;)
		n = order_next(o, n);
	return n;
}

struct order_node *order_before(const struct order *o, uint32_t number)
{
	struct order_node *n = number ? find(o, number) : NULL;

	if (n || !number)
		return order_previous(o, n);
	for (n = order_previous(o, NULL); n && n->number > number;)
		n = order_previous(o, n);
	return n;
}
