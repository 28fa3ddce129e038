/*
 * The tables, and what their files share. Nothing is kept here: each page is made from the rooms at the
 * moment it is asked for, so that no value has a second source.
 */
#include "api/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/state_internal.h"
#include "base/alloc.h"

#define TIME_TEXT 40

struct api_tables {
	struct api_rooms rooms;
	struct api_state *states;
	struct api_action *actions;
	size_t state_count, action_count;
};

/* ---- small JSON makers --------------------------------------------------------------------------- */

void put_text(json_t *o, const char *name, const char *text)
{
	if (text && text[0])
		json_object_set_new(o, name, json_string(text));
}

void put_u32(json_t *o, const char *name, uint32_t v)
{
	json_object_set_new(o, name, json_integer(v));
}

void put_u64(json_t *o, const char *name, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	json_object_set_new(o, name, json_string(text));
}

void put_bool(json_t *o, const char *name, bool v)
{
	json_object_set_new(o, name, json_boolean(v));
}

void put_addr(json_t *o, const char *name, const struct addr *a)
{
	char text[ADDR_STRLEN];

	if (addr_is_set(a))
		put_text(o, name, addr_format(a, text));
}

void put_prefix(json_t *o, const char *name, const struct prefix *p, int family)
{
	char text[PREFIX_STRLEN];
	struct prefix q = *p;

	if (!q.addr.family)
		q.addr.family = (uint16_t)family;
	put_text(o, name, prefix_format(&q, text));
}

void put_time(json_t *o, const char *name, uint64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	char date[TIME_TEXT], text[TIME_TEXT + 16];
	struct tm tm;

	if (!wall_ms || !gmtime_r(&seconds, &tm))
		return;
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%03u+00:00", date, (unsigned int)(wall_ms % 1000));
	put_text(o, name, text);
}

void put_transform(json_t *o, const char *name, const struct transform *t)
{
	char buf[16];

	if (t && t->id)
		put_text(o, name, transform_name(t->type, t->id, buf, sizeof(buf)));
}

void put_selector(json_t *o, const struct selector *s)
{
	put_prefix(o, "local-prefix", &s->local, s->remote.addr.family);
	put_prefix(o, "remote-prefix", &s->remote, s->local.addr.family);
	put_u32(o, "ip-protocol", s->proto);
	if (s->local_port_mask)
		put_u32(o, "selector-local-port", s->local_port);
	if (s->remote_port_mask)
		put_u32(o, "selector-remote-port", s->remote_port);
}

void put_endpoints(json_t *o, const struct endpoint *local, const struct endpoint *remote)
{
	put_addr(o, "local-address", &local->addr);
	if (local->port)
		put_u32(o, "local-port", local->port);
	put_addr(o, "remote-address", &remote->addr);
	if (remote->port)
		put_u32(o, "remote-port", remote->port);
}

int state_keep(json_t *out, json_t *entry)
{
	return entry && !json_array_append_new(out, entry) ? 0 : -ENOMEM;
}

/* ---- pages -------------------------------------------------------------------------------------------- */

int state_page(const struct api_rooms *rooms, state_entry *fill, uint64_t *cursor, size_t max,
	       json_t *out)
{
	uint64_t at = *cursor;

	for (; at - *cursor < max; at++) {
		json_t *entry = fill(rooms, (size_t)at);

		if (!entry) {
			*cursor = 0;
			return 0;
		}
		if (state_keep(out, entry))
			return -ENOMEM;
	}
	*cursor = at;
	return 0;
}

int state_one(json_t *entry, uint64_t *cursor, json_t *out)
{
	*cursor = 0;
	return state_keep(out, entry);
}

/* ---- the tables ------------------------------------------------------------------------------------------ */

extern const struct state_part state_part_acl, state_part_ikev2, state_part_actions,
	state_part_archive, state_part_box, state_part_interfaces, state_part_ipsec, state_part_log,
	state_part_recorder, state_part_routes, state_part_spi, state_part_system, state_part_tools;

static const struct state_part *const parts[] = {
	&state_part_ipsec,    &state_part_ikev2,      &state_part_acl,	   &state_part_spi,
	&state_part_system,   &state_part_interfaces, &state_part_routes,  &state_part_box,
	&state_part_tools,    &state_part_log,	      &state_part_actions, &state_part_archive,
	&state_part_recorder,
};

static void add_part(struct api_tables *t, const struct state_part *part)
{
	for (size_t i = 0; i < part->state_count; i++) {
		t->states[t->state_count] = part->states[i];
		t->states[t->state_count++].ctx = &t->rooms;
	}
	for (size_t i = 0; i < part->action_count; i++) {
		t->actions[t->action_count] = part->actions[i];
		t->actions[t->action_count++].ctx = &t->rooms;
	}
}

struct api_tables *api_tables_new(const struct api_rooms *rooms)
{
	struct api_tables *t = alloc_zero(sizeof(*t));
	size_t states = 0, actions = 0;

	if (!t)
		return NULL;
	t->rooms = *rooms;
	t->rooms.walks = route_walks_new(&t->rooms);
	for (size_t i = 0; i < STATE_COUNT(parts); i++) {
		states += parts[i]->state_count;
		actions += parts[i]->action_count;
	}
	t->states = alloc_array(states, sizeof(*t->states));
	t->actions = alloc_array(actions, sizeof(*t->actions));
	if (!t->states || !t->actions || !t->rooms.walks) {
		api_tables_free(t);
		return NULL;
	}
	for (size_t i = 0; i < STATE_COUNT(parts); i++)
		add_part(t, parts[i]);
	return t;
}

void api_tables_trace(const struct api_tables *t)
{
	state_trace_set(&t->rooms);
}

void api_tables_free(struct api_tables *t)
{
	if (!t)
		return;
	route_walks_free(t->rooms.walks);
	alloc_free(t->states);
	alloc_free(t->actions);
	alloc_free(t);
}

const struct api_state *api_tables_states(const struct api_tables *t, size_t *count)
{
	*count = t->state_count;
	return t->states;
}

const struct api_action *api_tables_actions(const struct api_tables *t, size_t *count)
{
	*count = t->action_count;
	return t->actions;
}
