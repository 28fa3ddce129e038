/* The daemon itself: version, debugs, processes, handlers, the log. */
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

/* ---- the log ------------------------------------------------------------------------------------------ */

static int log_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	struct log_stats st;
	json_t *o = json_object();

	(void)filter;
	(void)max;
	log_stats(rooms->log, &st);
	put_u64(o, "logged", st.logged);
	put_u64(o, "debug-lines", st.debug_lines);
	put_u64(o, "rate-limited", st.rate_limited);
	put_u64(o, "syslog-sent", st.syslog_sent);
	put_u64(o, "syslog-dropped", st.syslog_dropped);
	put_u64(o, "overwritten", st.overwritten);
	put_u64(o, "buffer-size", st.ring_bytes);
	put_u64(o, "buffer-used", st.ring_used);
	return state_one(o, cursor, out);
}

/* The cursor is the sequence number to go on with, so that lines that come meanwhile shift nothing. */
static int record_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	struct log_record r;
	char buf[LOG_LINE_MAX];
	uint64_t from = *cursor;

	(void)filter;
	for (size_t n = 0; n < max; n++) {
		if (!log_ring_get(rooms->log, from, &r, buf)) {
			*cursor = 0;
			return 0;
		}
		if (state_keep(out, log_record_json(&r)))
			return -ENOMEM;
		from = r.seq + 1;
	}
	*cursor = from;
	return 0;
}

static json_t *message_entry(const struct api_rooms *rooms, size_t index)
{
	const struct log_message *m;
	json_t *o;

	(void)rooms;
	if (index >= LOG_ID_COUNT)
		return NULL;
	m = log_message((enum log_id)index);
	o = json_object();
	put_text(o, "mnemonic", m->mnemonic);
	put_text(o, "facility", m->facility);
	put_u32(o, "severity", (uint32_t)m->severity);
	put_text(o, "format", m->format);
	put_text(o, "explanation", m->explanation);
	put_text(o, "action", m->action);
	return o;
}

static int message_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, message_entry, cursor, max, out);
}

static const struct api_state states[] = {
	{.path = "/spindle-system:system-state", .privilege = 1, .page = system_page},
	{.path = "/spindle-system:system-state/process", .privilege = 1, .page = process_page},
	{.path = "/spindle-system:system-state/handler", .privilege = 1, .page = handler_page},
	{.path = "/spindle-logging:log-state", .privilege = 1, .page = log_page},
	{.path = "/spindle-logging:log-state/record", .privilege = 1, .page = record_page},
	{.path = "/spindle-logging:log-state/message", .privilege = 1, .page = message_page},
};
const struct state_part state_part_system = {
	.states = states,
	.state_count = STATE_COUNT(states),
};
