/*
 * Routes. A walk (link/routes.h) lies between two pages of an answer; the cursor names it. There are no
 * more than WALKS_MAX: one whose client went is ended with its answer (api_state.drop). Counting goes through
 * the whole table in slices, one a turn.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "api/state_internal.h"
#include "base/alloc.h"
#include "base/list.h"
#include "base/loop.h"
#include "link/link.h"
#include "link/routes.h"

#define WALKS_MAX     16
#define FRAME_ENTRIES 128
#define SLICE	      1024 /* routes counted in a turn */
#define LOOKED_AT     2048 /* routes looked at for a page, whether they are wanted or not */

enum { SOURCE_OTHER = 0 };

/* By number of the protocol; those that routing programs agree on without the kernel are theirs. */
static const struct {
	uint8_t protocol;
	const char *source;
} sources[] = {
	{0, "other"},	       {RTPROT_BOOT, "static"}, {RTPROT_STATIC, "static"},
	{RTPROT_DHCP, "dhcp"}, {RTPROT_RA, "nd"},	{RTPROT_BGP, "bgp"},
	{RTPROT_ISIS, "isis"}, {RTPROT_OSPF, "ospf"},	{RTPROT_RIP, "rip"},
	{190, "rip"},	       {191, "nhrp"},		{RTPROT_EIGRP, "eigrp"},
	{196, "static"},       {RTPROT_BABEL, "babel"}, {RTPROT_KERNEL, "connected"},
};

static const char *const names[] = {"connected", "local", "static", "dhcp",  "nd",   "rip",  "ospf",
				    "isis",	 "eigrp", "bgp",    "babel", "nhrp", "other"};

#define NAMES (sizeof(names) / sizeof(names[0]))

struct count {
	uint64_t networks, subnets;
};

struct slot {
	struct route_walk *walk;
	uint32_t generation;
};

struct route_walks {
	const struct api_rooms *rooms;
	struct slot slot[WALKS_MAX];
	struct list jobs; /* struct counting */
	struct count count[2][NAMES];
};

/* A whole table is being counted for somebody. */
struct counting {
	struct list node;
	struct route_walks *walks;
	struct route_walk *walk;
	struct loop_timer timer;
	struct count count[NAMES];
	bool v6;
	void (*done)(void *arg);
	void *arg;
};

/* ---- one route ------------------------------------------------------------------------------------- */

static const char *source_of(const struct route *r)
{
	const bool linked = !r->hop_count || !addr_is_set(&r->hop[0].gateway);

	if (r->type == RTN_LOCAL)
		return "local";
	for (size_t i = 1; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (sources[i].protocol == r->protocol)
			return r->protocol == RTPROT_KERNEL && !linked ? "static"
								       : sources[i].source;
	return sources[SOURCE_OTHER].source;
}

static const char *type_of(uint8_t type)
{
	static const char *const types[] = {
		[RTN_UNICAST] = "unicast",     [RTN_LOCAL] = "local",
		[RTN_BLACKHOLE] = "blackhole", [RTN_UNREACHABLE] = "unreachable",
		[RTN_PROHIBIT] = "prohibit",   [RTN_THROW] = "throw"};

	return type < sizeof(types) / sizeof(types[0]) && types[type] ? types[type] : "other";
}

static json_t *hop_entry(const struct api_rooms *rooms, const struct route_hop *h, uint32_t index)
{
	const struct link_info *via = link_by_index(rooms->link, h->interface);
	json_t *o = json_object();

	put_u32(o, "index", index);
	put_addr(o, "gateway", &h->gateway);
	put_text(o, "interface", via ? via->name : "");
	put_u32(o, "weight", h->weight);
	return o;
}

static int put_route(const struct api_rooms *rooms, json_t *o, const struct route *r)
{
	json_t *hops = json_array();
	int rc = hops ? 0 : -ENOMEM;

	put_prefix(o, "prefix", &r->dst, r->dst.addr.family);
	put_text(o, "source", source_of(r));
	put_u32(o, "protocol", r->protocol);
	put_text(o, "type", type_of(r->type));
	put_u32(o, "metric", r->metric);
	put_u32(o, "next-hops", r->hop_count);
	for (uint32_t i = 0; !rc && i < r->hop_count && i < ROUTE_HOPS_MAX; i++)
		rc = state_keep(hops, hop_entry(rooms, &r->hop[i], i));
	if (!rc && r->hop_count)
		json_object_set(o, "next-hop", hops);
	json_decref(hops);
	return rc;
}

static int keep_route(const struct api_rooms *rooms, json_t *o, const struct route *r, json_t *out)
{
	if (o && put_route(rooms, o, r)) {
		json_decref(o);
		return -ENOMEM;
	}
	return state_keep(out, o);
}

/* ---- walks ----------------------------------------------------------------------------------------- */

static uint64_t cursor_of(const struct route_walks *w, size_t slot)
{
	return (uint64_t)w->slot[slot].generation * WALKS_MAX + slot;
}

/* NULL: there is none of that cursor any more. */
static struct slot *slot_of(struct route_walks *w, uint64_t cursor)
{
	struct slot *s = &w->slot[cursor % WALKS_MAX];

	return s->walk && s->generation == cursor / WALKS_MAX ? s : NULL;
}

static int walk_begin(struct route_walks *w, int family, uint64_t *cursor)
{
	for (size_t i = 0; i < WALKS_MAX; i++) {
		struct slot *s = &w->slot[i];

		if (s->walk)
			continue;
		s->walk = w->rooms->routes->begin(w->rooms->routes_ctx, family);
		if (!s->walk)
			return -errno;
		s->generation++;
		*cursor = cursor_of(w, i);
		return 0;
	}
	return -EBUSY;
}

static void walk_end(struct route_walks *w, uint64_t cursor)
{
	struct slot *s = slot_of(w, cursor);

	if (!s)
		return;
	w->rooms->routes->end(s->walk);
	s->walk = NULL;
}

/* 1: the page is full, or the kernel pauses; 0: that was all. */
static int fill(struct route_walks *w, struct route_walk *walk, const char *source, size_t max,
		json_t *out)
{
	const struct route *r;
	int rc = 1;

	for (size_t looked = 0; looked < LOOKED_AT && json_array_size(out) < max; looked++) {
		rc = w->rooms->routes->next(walk, &r);
		if (rc <= 0)
			break;
		if (source && strcmp(source, source_of(r)) != 0)
			continue;
		if (keep_route(w->rooms, json_object(), r, out))
			return -ENOMEM;
	}
	return rc == -EAGAIN ? 1 : rc;
}

static int route_page(const struct api_rooms *rooms, int family, const json_t *filter,
		      uint64_t *cursor, size_t max, json_t *out)
{
	const char *source = json_string_value(json_object_get(filter, "source"));
	struct route_walks *w = rooms->walks;
	struct slot *s;
	int rc = 0;

	if (!*cursor)
		rc = walk_begin(w, family, cursor);
	if (rc)
		return rc;
	s = slot_of(w, *cursor);
	rc = s ? fill(w, s->walk, source, max, out) : -ESTALE;
	if (rc == 1)
		return 0;
	walk_end(w, *cursor);
	*cursor = 0;
	return rc;
}

static int route_page_v4(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	return route_page(ctx, AF_INET, filter, cursor, max, out);
}

static int route_page_v6(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	return route_page(ctx, AF_INET6, filter, cursor, max, out);
}

static void walk_drop(void *ctx, uint64_t cursor)
{
	const struct api_rooms *rooms = ctx;

	walk_end(rooms->walks, cursor);
}

/* ---- the default route ----------------------------------------------------------------------------- */

/* It stands among the first; of several the one with the least metric is used. */
static int find_default(const struct api_rooms *rooms, int family, struct route *best)
{
	struct route_walk *w = rooms->routes->begin(rooms->routes_ctx, family);
	const struct route *r;
	bool found = false;
	int rc = w ? 1 : -errno;

	while (rc == 1 && (rc = rooms->routes->next(w, &r)) == 1) {
		if (r->dst.len == 0 && (!found || r->metric < best->metric)) {
			*best = *r;
			found = true;
		}
		/* IPv4 has 0.0.0.0/8 before 0.0.0.0/0, and both before 1.0.0.0. */
		if (r->dst.addr.bytes[0] != 0)
			break;
	}
	if (w)
		rooms->routes->end(w);
	return found ? 0 : rc < 0 && rc != -EAGAIN ? rc : -ENOENT;
}

static int default_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const struct link_info *via;
	struct route r;
	json_t *o;
	int rc = find_default(rooms, AF_INET, &r);

	(void)filter;
	(void)max;
	*cursor = 0;
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	o = json_object();
	via = r.hop_count ? link_by_index(rooms->link, r.hop[0].interface) : NULL;
	if (r.hop_count)
		put_addr(o, "gateway", &r.hop[0].gateway);
	put_text(o, "interface", via ? via->name : "");
	return state_keep(out, o);
}

/* ---- one destination ------------------------------------------------------------------------------- */

static int match_page(const struct api_rooms *rooms, int family, const json_t *filter,
		      uint64_t *cursor, json_t *out)
{
	const char *text = json_string_value(json_object_get(filter, "destination"));
	struct addr dst;
	struct route r;
	json_t *o;
	int rc;

	*cursor = 0;
	if (!text || addr_parse(&dst, text) || dst.family != family)
		return 0;
	rc = rooms->routes->match(rooms->routes_ctx, &dst, &r);
	if (rc == -ENETUNREACH)
		return 0;
	if (rc)
		return rc;
	o = json_object();
	put_text(o, "destination", text);
	return keep_route(rooms, o, &r, out);
}

static int match_page_v4(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)max;
	return match_page(ctx, AF_INET, filter, cursor, out);
}

static int match_page_v6(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)max;
	return match_page(ctx, AF_INET6, filter, cursor, out);
}

/* ---- counting -------------------------------------------------------------------------------------- */

static size_t index_of(const char *source)
{
	size_t i = 0;

	while (i + 1 < NAMES && strcmp(names[i], source) != 0)
		i++;
	return i;
}

/* Classes A, B and C, as the columns of the summary mean them; IPv6 has none. */
static bool is_network(const struct route *r)
{
	uint8_t first = r->dst.addr.bytes[0];

	if (r->dst.addr.family != AF_INET)
		return false;
	return r->dst.len == (first < 128 ? 8 : first < 192 ? 16 : 24) || r->dst.len == 0;
}

static void counting_end(struct counting *c, bool whole)
{
	struct route_walks *w = c->walks;

	if (whole)
		memcpy(w->count[c->v6], c->count, sizeof(c->count));
	if (c->walk)
		w->rooms->routes->end(c->walk);
	loop_timer_stop(&c->timer);
	list_remove(&c->node);
	c->done(c->arg);
	alloc_free(c);
}

static void count_slice(void *arg)
{
	struct counting *c = arg;
	const struct route *r;
	int rc = 1;

	for (int n = 0; n < SLICE && rc == 1; n++) {
		rc = c->walks->rooms->routes->next(c->walk, &r);
		if (rc != 1)
			break;
		if (is_network(r))
			c->count[index_of(source_of(r))].networks++;
		else
			c->count[index_of(source_of(r))].subnets++;
	}
	if (rc != 1 && rc != -EAGAIN)
		counting_end(c, rc == 0);
	else if (loop_timer_set(&c->timer, 0))
		counting_end(c, false);
}

static void count_begin(const struct api_rooms *rooms, bool v6, void (*done)(void *arg), void *arg)
{
	struct counting *c = alloc_zero(sizeof(*c));

	if (!c) {
		done(arg);
		return;
	}
	*c = (struct counting){.walks = rooms->walks, .v6 = v6, .done = done, .arg = arg};
	list_append(&rooms->walks->jobs, &c->node);
	loop_timer_init(&c->timer, rooms->loop, "routes: count", count_slice, c);
	c->walk = rooms->routes->begin(rooms->routes_ctx, v6 ? AF_INET6 : AF_INET);
	if (!c->walk || loop_timer_set(&c->timer, 0))
		counting_end(c, false);
}

static void count_refresh_v4(void *ctx, void (*done)(void *arg), void *arg)
{
	count_begin(ctx, false, done, arg);
}

static void count_refresh_v6(void *ctx, void (*done)(void *arg), void *arg)
{
	count_begin(ctx, true, done, arg);
}

static json_t *count_entry(const struct api_rooms *rooms, bool v6, size_t index)
{
	const struct count *c;
	json_t *o;

	if (index >= NAMES)
		return NULL;
	c = &rooms->walks->count[v6][index];
	o = json_object();
	put_text(o, "source", names[index]);
	if (!v6)
		put_u64(o, "networks", c->networks);
	put_u64(o, v6 ? "routes" : "subnets", c->subnets);
	return o;
}

static json_t *count_entry_v4(const struct api_rooms *rooms, size_t index)
{
	return count_entry(rooms, false, index);
}

static json_t *count_entry_v6(const struct api_rooms *rooms, size_t index)
{
	return count_entry(rooms, true, index);
}

static int count_page_v4(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, count_entry_v4, cursor, max, out);
}

static int count_page_v6(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, count_entry_v6, cursor, max, out);
}

/* ---- the part -------------------------------------------------------------------------------------- */

struct route_walks *route_walks_new(const struct api_rooms *rooms)
{
	struct route_walks *w = alloc_zero(sizeof(*w));

	if (!w)
		return NULL;
	w->rooms = rooms;
	list_init(&w->jobs);
	return w;
}

void route_walks_free(struct route_walks *w)
{
	if (!w)
		return;
	while (!list_empty(&w->jobs))
		counting_end(list_entry(w->jobs.next, struct counting, node), false);
	for (size_t i = 0; i < WALKS_MAX; i++)
		if (w->slot[i].walk)
			w->rooms->routes->end(w->slot[i].walk);
	alloc_free(w);
}

#define FAMILY(name, v)                                                                            \
	{.path = "/spindle-routing-state:routing-state/" name "/route",                            \
	 .privilege = 1,                                                                           \
	 .most = FRAME_ENTRIES,                                                                    \
	 .page = route_page_##v,                                                                   \
	 .drop = walk_drop},                                                                       \
		{.path = "/spindle-routing-state:routing-state/" name "/match",                    \
		 .privilege = 1,                                                                   \
		 .page = match_page_##v},                                                          \
	{                                                                                          \
		.path = "/spindle-routing-state:routing-state/" name "/count", .privilege = 1,     \
		.page = count_page_##v, .refresh = count_refresh_##v                               \
	}

static const struct api_state states[] = {
	{.path = "/spindle-routing-state:routing-state/ipv4/default",
	 .privilege = 1,
	 .page = default_page},
	FAMILY("ipv4", v4),
	FAMILY("ipv6", v6),
};
const struct state_part state_part_routes = {
	.states = states,
	.state_count = STATE_COUNT(states),
};
