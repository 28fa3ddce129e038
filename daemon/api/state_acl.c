/* Access lists: how often their rules matched. */
#include <errno.h>
#include <string.h>

#include "api/state_internal.h"
#include "base/alloc.h"
#include "base/text.h"
#include "conn/conn.h"
#include "crypto_map/crypto_map.h"
#include "sa/sa.h"

#define HITS_PAGE 64
/* Cursors from CONNS on: the id of a connection times RULES, and a number of its rules; else a number. */
#define CONNS (UINT64_C(1) << 40)
#define RULES UINT64_C(128)
_Static_assert(CONN_CHILDREN_MAX < RULES, "a connection's rules are counted in the cursor");

static json_t *rule_entry(const char *list, uint32_t sequence, const char *connection,
			  uint64_t matches)
{
	json_t *o = json_object();

	if (!o)
		return NULL;
	json_object_set_new(o, "list", json_string(list));
	put_u32(o, "sequence", sequence);
	json_object_set_new(o, "connection", json_string(connection));
	put_u64(o, "matches", matches);
	return o;
}

/* access-class */
static int hits_page(const struct api_rooms *rooms, uint64_t *cursor, size_t max, json_t *out)
{
	struct crypto_map_hits hits[HITS_PAGE];
	size_t want = max < HITS_PAGE ? max : HITS_PAGE;
	size_t n = crypto_map_hits_get(rooms->crypto_map, (size_t)*cursor, hits, want);

	for (size_t i = 0; i < n; i++)
		if (state_keep(out, rule_entry(hits[i].list, hits[i].sequence, "", hits[i].hits)))
			return -ENOMEM;
	*cursor = n == want ? *cursor + n : CONNS;
	return 0;
}

/* The list of the entry that a connection was made of; NULL: the entry is gone. */
static const char *list_of(const struct api_rooms *rooms, const struct conn *c)
{
	struct crypto_map_entry e;

	return crypto_map_entry_of(rooms->crypto_map, c, &e) && e.acl[0] ? e.acl : NULL;
}

/* Its rules from number `from` on; how many of them are told then. */
static int conn_rules(const struct api_rooms *rooms, const struct conn *c, size_t from, size_t max,
		      json_t *out, size_t *told)
{
	const char *list = list_of(rooms, c);
	int rc = 0;

	*told = list ? from : c->child_count;
	for (; *told < c->child_count && json_array_size(out) < max && !rc; (*told)++) {
		uint32_t child = c->children[*told].child;

		rc = state_keep(
			out, rule_entry(list, child, c->name, sa_traffic(rooms->sa, c->id, child)));
	}
	return rc;
}

/* The cursor holds the id of the connection that was told last, and how many of its rules. */
static int conns_page(const struct api_rooms *rooms, uint64_t *cursor, size_t max, json_t *out)
{
	uint32_t id = (uint32_t)((*cursor & ~CONNS) / RULES);
	size_t from = *cursor % RULES, told;
	const struct conn *c = from ? conn_by_id(rooms->conns, id) : NULL;

	if (!c)
		c = conn_above(rooms->conns, id);
	for (; c && json_array_size(out) < max; c = conn_next(rooms->conns, c), from = 0) {
		if (conn_rules(rooms, c, from, max, out, &told))
			return -ENOMEM;
		*cursor = CONNS | (c->id * RULES + (told < c->child_count ? told : 0));
		if (told < c->child_count)
			return 0;
	}
	if (!c)
		*cursor = 0;
	return 0;
}

static int rule_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;

	(void)filter;
	return *cursor < CONNS ? hits_page(rooms, cursor, max, out)
			       : conns_page(rooms, cursor, max, out);
}

static void rule_refresh(void *ctx, void (*done)(void *arg), void *arg)
{
	const struct api_rooms *rooms = ctx;

	sa_refresh(rooms->sa, done, arg);
}

/* ---- clear access-list counters ----------------------------------------------------------------------- */

struct clearing {
	const struct api_rooms *rooms;
	char list[72]; /* "": all */
	api_action_done *done;
	void *arg;
};

static int clear_conn(const struct clearing *c, const struct conn *conn)
{
	const char *list = list_of(c->rooms, conn);
	int rc = 0;

	if (c->list[0] && (!list || strcmp(list, c->list) != 0))
		return 0;
	for (size_t i = 0; i < conn->child_count && !rc; i++)
		rc = sa_traffic_clear(c->rooms->sa, conn->id, conn->children[i].child);
	return rc;
}

/* The kernel's figures are in: from here on it counts from zero. */
static void clear_now(void *arg)
{
	struct clearing *c = arg;
	struct error err = {0};
	int rc = 0;

	crypto_map_hits_clear(c->rooms->crypto_map, c->list[0] ? c->list : NULL);
	for (const struct conn *it = NULL; !rc && (it = conn_next(c->rooms->conns, it));)
		rc = clear_conn(c, it);
	if (rc)
		error_set(&err, rc, "no memory: not every counter was cleared");
	c->done(c->arg, rc, rc ? &err : NULL, NULL);
	alloc_free(c);
}

static void clear_counters(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const char *list = json_string_value(json_object_get(input, "list"));
	const struct api_rooms *rooms = ctx;
	struct clearing *c = alloc_zero(sizeof(*c));

	if (!c) {
		done(arg, -ENOMEM, NULL, NULL);
		return;
	}
	*c = (struct clearing){.rooms = rooms, .done = done, .arg = arg};
	text_copy(c->list, sizeof(c->list), list ? list : "");
	sa_refresh(rooms->sa, clear_now, c);
}

static const struct api_state states[] = {
	{.path = "/spindle-acl:access-list-state/rule",
	 .privilege = 1,
	 .page = rule_page,
	 .refresh = rule_refresh},
};
static const struct api_action actions[] = {
	{.path = "spindle-acl:clear-counters", .privilege = 15, .run = clear_counters},
};
const struct state_part state_part_acl = {
	.states = states,
	.state_count = STATE_COUNT(states),
	.actions = actions,
	.action_count = STATE_COUNT(actions),
};
