/* The daemon itself: version, debugs, processes, handlers. */
#include <errno.h>
#include <unistd.h>

#include "api/api_internal.h"
#include "api/state_internal.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/secret.h"
#include "config/config.h"
#include "log/log.h"

static const struct {
	uint32_t flag;
	const char *name;
} debug_names[] = {
	{LOG_DEBUG_IKEV2, "ikev2"},
	{LOG_DEBUG_IPSEC, "ipsec"},
	{LOG_DEBUG_INVALID_SPI, "invalid-spi"},
};

static json_t *debugs(const struct log *log)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(debug_names) / sizeof(debug_names[0]); i++)
		if (log_debug_flags(log) & debug_names[i].flag)
			json_array_append_new(list, json_string(debug_names[i].name));
	return list;
}

/* NULL: nobody serves the tables yet. */
static json_t *control_object(const struct api *api)
{
	struct api_stats st;
	json_t *o;

	if (!api)
		return NULL;
	api_stats(api, &st);
	o = json_object();
	put_u64(o, "sessions", st.sessions);
	put_u64(o, "sessions-now", st.sessions_now);
	put_u64(o, "frames-in", st.frames_in);
	put_u64(o, "frames-out", st.frames_out);
	put_u64(o, "refused", st.refused);
	put_u64(o, "dropped-slow", st.dropped_slow);
	put_u64(o, "malformed", st.malformed);
	return o;
}

static int system_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	json_t *o = json_object(), *control = control_object(rooms->api ? *rooms->api : NULL);

	uint64_t changed_ms;
	const char *who;

	(void)filter;
	(void)max;
	put_text(o, "version", rooms->version);
	put_time(o, "started", rooms->started_wall_ms);
	put_u64(o, "uptime", clock_boot_ms() - rooms->started_boot_ms);
	put_text(o, "boot-id", rooms->boot_id);
	put_u64(o, "config-version", config_version(rooms->config));
	put_bool(o, "config-unsaved", config_unsaved(rooms->config));
	if (config_last_change(rooms->config, &changed_ms, &who)) {
		put_time(o, "last-change", changed_ms);
		put_text(o, "last-change-user", who);
	}
	json_object_set_new(o, "debug", debugs(rooms->log));
	put_u64(o, "secrets-unlocked", secret_unlocked());
	if (control)
		json_object_set_new(o, "control", control);
	return state_one(o, cursor, out);
}

static json_t *process_entry(const struct api_rooms *rooms, size_t index)
{
	struct api_process p;
	json_t *o;

	if (!rooms->process_get(rooms->process_ctx, index, &p))
		return NULL;
	o = json_object();
	put_text(o, "role", p.role);
	put_u32(o, "pid", (uint32_t)p.pid);
	put_text(o, "user", p.user);
	put_u32(o, "restarts", p.restarts);
	put_text(o, "last-death", p.last_death);
	return o;
}

static int process_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, process_entry, cursor, max, out);
}

static json_t *handler_entry(const struct api_rooms *rooms, size_t index)
{
	struct loop_stat st;
	json_t *o;

	if (!loop_stat_get(rooms->loop, index, &st))
		return NULL;
	o = json_object();
	put_text(o, "name", st.name);
	put_u64(o, "turns", st.turns);
	put_u64(o, "slow-turns", st.slow_turns);
	put_u64(o, "max-time", st.max_us);
	put_u64(o, "total-time", st.total_us);
	return o;
}

static int handler_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, handler_entry, cursor, max, out);
}

static const struct api_state states[] = {
	{.path = "/spindle-system:system-state", .privilege = 1, .page = system_page},
	{.path = "/spindle-system:system-state/process", .privilege = 1, .page = process_page},
	{.path = "/spindle-system:system-state/handler", .privilege = 1, .page = handler_page},
};
const struct state_part state_part_system = {
	.states = states,
	.state_count = STATE_COUNT(states),
};
