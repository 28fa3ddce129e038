#include "crypto_map/claims.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/table.h"
#include "base/text.h"
#include "conn/conn.h"

struct claim {
	struct table_node by_reqid, by_traffic;
	uint32_t reqid;
	struct selector traffic;
	char name[CONN_NAME_MAX];
};

struct claims {
	struct table *by_reqid, *by_traffic;
};

struct claims *claims_new(void)
{
	struct claims *c = alloc_zero(sizeof(*c));

	if (!c)
		return NULL;
	c->by_reqid = table_new();
	c->by_traffic = table_new();
	if (!c->by_reqid || !c->by_traffic) {
		claims_free(c);
		return NULL;
	}
	return c;
}

bool claims_drop(struct claims *c, size_t max)
{
	struct table_cursor at = {0};
	struct table_node *n;

	while (c && c->by_reqid && (n = table_next(c->by_reqid, &at))) {
		struct claim *claim = table_entry(n, struct claim, by_reqid);

		if (!max--)
			return true;
		table_remove(c->by_reqid, n);
		table_remove(c->by_traffic, &claim->by_traffic);
		alloc_free(claim);
	}
	return false;
}

void claims_free(struct claims *c)
{
	if (!c)
		return;
	claims_drop(c, SIZE_MAX);
	table_free(c->by_reqid);
	table_free(c->by_traffic);
	alloc_free(c);
}

static bool same_reqid(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct claim, by_reqid)->reqid == *(const uint32_t *)key;
}

static bool same_traffic(const struct table_node *n, const void *key)
{
	return selector_equal(&table_entry(n, const struct claim, by_traffic)->traffic, key);
}

static uint32_t reqid_hash(const struct claims *c, uint32_t reqid)
{
	return hash_u32(reqid, table_seed(c->by_reqid));
}

static uint32_t traffic_hash(const struct claims *c, const struct selector *s)
{
	uint32_t h = table_seed(c->by_traffic);

	h = hash_bytes(s->local.addr.bytes, sizeof(s->local.addr.bytes), h);
	h = hash_bytes(s->remote.addr.bytes, sizeof(s->remote.addr.bytes), h);
	h = hash_u32((uint32_t)s->local.len << 16 | (uint32_t)s->remote.len << 8 | s->proto, h);
	return hash_u32((uint32_t)s->local_port << 16 | s->remote_port, h);
}

bool claims_reqid(const struct claims *c, uint32_t reqid)
{
	return table_find(c->by_reqid, reqid_hash(c, reqid), same_reqid, &reqid);
}

const char *claims_traffic(const struct claims *c, const struct selector *s)
{
	struct table_node *n = table_find(c->by_traffic, traffic_hash(c, s), same_traffic, s);

	return n ? table_entry(n, struct claim, by_traffic)->name : NULL;
}

int claims_take(struct claims *c, uint32_t reqid, const struct selector *s, const char *name)
{
	struct claim *claim = alloc_zero(sizeof(*claim));

	if (!claim)
		return -ENOMEM;
	claim->reqid = reqid;
	claim->traffic = *s;
	text_copy(claim->name, sizeof(claim->name), name);
	if (table_insert(c->by_reqid, &claim->by_reqid, reqid_hash(c, reqid))) {
		alloc_free(claim);
		return -ENOMEM;
	}
	if (table_insert(c->by_traffic, &claim->by_traffic, traffic_hash(c, s))) {
		table_remove(c->by_reqid, &claim->by_reqid);
		alloc_free(claim);
		return -ENOMEM;
	}
	return 0;
}
