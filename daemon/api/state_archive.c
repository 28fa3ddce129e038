/* The archive of configurations: snapshots, what waits to be confirmed. */
#include <errno.h>

#include "api/state_internal.h"
#include "base/alloc.h"
#include "config/config.h"

static json_t *snapshot_entry(const struct api_rooms *rooms, size_t index)
{
	struct config_snapshot e;
	json_t *o;

	if (!config_archive_entry(rooms->config, index, &e))
		return NULL;
	o = json_object();
	put_u32(o, "number", e.number);
	put_time(o, "time", e.wall_ms);
	put_text(o, "reason", e.reason);
	return o;
}

static int snapshot_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, snapshot_entry, cursor, max, out);
}

static int archive_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	json_t *o = json_object(), *u;
	uint64_t left;
	const char *who;

	(void)filter;
	(void)max;
	put_u32(o, "next", config_archive_next(rooms->config));
	if (config_guarded(rooms->config, &who, &left)) {
		u = json_object();
		put_text(u, "user", who);
		put_u32(u, "remaining", (uint32_t)((left + 999) / 1000));
		json_object_set_new(o, "unconfirmed", u);
	}
	return state_one(o, cursor, out);
}

struct archiving {
	api_action_done *done;
	void *arg;
};

static void archived(void *arg, int err, const struct error *why)
{
	struct archiving *a = arg;

	a->done(a->arg, err, why, NULL);
	alloc_free(a);
}

static void archive_config(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct archiving *a = alloc_zero(sizeof(*a));

	(void)input;
	if (!a) {
		done(arg, -ENOMEM, NULL, NULL);
		return;
	}
	*a = (struct archiving){done, arg};
	config_archive(rooms->config, archived, a);
}

static const struct api_state states[] = {
	{.path = "/spindle-archive:archive-state", .privilege = 1, .page = archive_page},
	{.path = "/spindle-archive:archive-state/snapshot", .privilege = 1, .page = snapshot_page},
};
static const struct api_action actions[] = {
	{.path = "spindle-archive:archive-config", .privilege = 15, .run = archive_config},
};
const struct state_part state_part_archive = {
	.states = states,
	.state_count = STATE_COUNT(states),
	.actions = actions,
	.action_count = STATE_COUNT(actions),
};
