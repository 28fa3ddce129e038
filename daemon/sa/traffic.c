/*
 * Packets by Child, over the lives of its SAs: the kernel counts by SA alone, and an SA lives for an hour.
 */
#include <errno.h>

#include "base/alloc.h"
#include "sa/sa_internal.h"

static uint32_t conn_hash(const struct sa *sa, uint32_t conn)
{
	return hash_u32(conn, table_seed(sa->children));
}

static struct sa_child *find(const struct sa *sa, uint32_t conn, uint32_t child)
{
	struct table_node *n = NULL;

	while ((n = table_same(sa->children, conn_hash(sa, conn), n))) {
		struct sa_child *c = table_entry(n, struct sa_child, by_conn);

		if (c->conn == conn && c->child == child)
			return c;
	}
	return NULL;
}

static struct sa_child *find_or_make(struct sa *sa, uint32_t conn, uint32_t child)
{
	struct sa_child *c = find(sa, conn, child);

	if (c)
		return c;
	c = alloc_zero(sizeof(*c));
	if (!c)
		return NULL;
	c->conn = conn;
	c->child = child;
	if (table_insert(sa->children, &c->by_conn, conn_hash(sa, conn))) {
		alloc_free(c);
		return NULL;
	}
	return c;
}

static uint64_t alive(const struct sa *sa, uint32_t conn, uint32_t child)
{
	uint64_t sum = 0;

	for (const struct sa_pair *p = NULL; (p = sa_pair_next_of(sa, conn, p));)
		if (p->child == child)
			sum += p->in.packets + p->out.packets;
	return sum;
}

uint64_t sa_traffic(const struct sa *sa, uint32_t conn, uint32_t child)
{
	const struct sa_child *c = find(sa, conn, child);
	uint64_t sum = alive(sa, conn, child) + (c ? c->gone : 0);
	uint64_t cleared = c ? c->cleared : 0;

	return sum > cleared ? sum - cleared : 0;
}

int sa_traffic_clear(struct sa *sa, uint32_t conn, uint32_t child)
{
	struct sa_child *c = find_or_make(sa, conn, child);

	if (!c)
		return -ENOMEM;
	c->cleared = c->gone + alive(sa, conn, child);
	return 0;
}

/* Without memory its packets are lost to the sum: a figure for people. */
void sa_traffic_over(struct sa_entry *e)
{
	uint64_t packets = e->pub.in.packets + e->pub.out.packets;
	struct sa_child *c;

	if (!packets || !conn_by_id(e->sa->conns, e->pub.conn))
		return;
	c = find_or_make(e->sa, e->pub.conn, e->pub.child);
	if (c)
		c->gone += packets;
}

static void drop(struct sa *sa, struct sa_child *c)
{
	table_remove(sa->children, &c->by_conn);
	alloc_free(c);
}

static bool is_wanted(const struct sa *sa, const struct sa_child *c)
{
	const struct conn *conn = conn_by_id(sa->conns, c->conn);

	return conn && conn_child(conn, c->child);
}

void sa_traffic_sweep(struct sa *sa)
{
	struct table_cursor at = {0};
	struct table_node *n;

	while ((n = table_next(sa->children, &at))) {
		struct sa_child *c = table_entry(n, struct sa_child, by_conn);

		if (!is_wanted(sa, c))
			drop(sa, c);
	}
}

void sa_traffic_free(struct sa *sa)
{
	struct table_cursor at = {0};
	struct table_node *n;

	while (sa->children && (n = table_next(sa->children, &at)))
		drop(sa, table_entry(n, struct sa_child, by_conn));
	table_free(sa->children);
}
