/*
 * The log: how its ways out stand, the hosts, the buffer, the messages there are; debug flags and conditions.
 * What the conditions leave out, the IKE process is told not to write at all.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/api_internal.h"
#include "api/state_internal.h"
#include "base/text.h"
#include "engine/router.h"
#include "log/log.h"

#define TRACE_LEVEL 2

static void put_way(json_t *o, const char *name, const struct log_way *way)
{
	char leaf[32];

	snprintf(leaf, sizeof(leaf), "%s-level", name);
	if (way->level != LOG_OFF)
		put_u32(o, leaf, (uint32_t)way->level);
	snprintf(leaf, sizeof(leaf), "%s-logged", name);
	put_u64(o, leaf, way->logged);
}

static int log_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	struct log_stats st;
	json_t *o = json_object();

	(void)filter;
	(void)max;
	log_stats(rooms->log, &st);
	put_bool(o, "enabled", st.enabled);
	put_u64(o, "logged", st.logged);
	put_u64(o, "debug-lines", st.debug_lines);
	put_u64(o, "rate-limited", st.rate_limited);
	put_text(o, "syslog-way", st.is_journal ? "journal" : "syslog");
	put_u64(o, "syslog-sent", st.syslog_sent);
	put_u64(o, "syslog-dropped", st.syslog_dropped);
	put_text(o, "syslog-error", st.syslog_error);
	put_u64(o, "overwritten", st.overwritten);
	put_u64(o, "flushes", st.flushes);
	put_u64(o, "overruns", st.overruns);
	put_u64(o, "buffer-size", st.ring_bytes);
	put_u64(o, "buffer-used", st.ring_used);
	put_bool(o, "count-enabled", st.count);
	put_way(o, "console", &st.console);
	put_way(o, "monitor", &st.monitor);
	put_way(o, "buffer", &st.buffer);
	put_way(o, "trap", &st.trap);
	return state_one(o, cursor, out);
}

static json_t *host_entry(const struct api_rooms *rooms, size_t index)
{
	struct log_host_state h;
	json_t *o;

	if (!log_host_get(rooms->log, index, &h))
		return NULL;
	o = json_object();
	put_addr(o, "address", &h.cfg.addr);
	put_text(o, "transport", h.cfg.tcp ? "tcp" : "udp");
	put_u32(o, "port", h.cfg.port);
	put_text(o, "format", h.cfg.rfc5424 ? "rfc5424" : "classic");
	put_text(o, "state", h.state);
	put_text(o, "error", h.error);
	put_u64(o, "sent", h.sent);
	put_u64(o, "dropped", h.dropped);
	put_u64(o, "waiting", h.waiting);
	return o;
}

static int host_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, host_entry, cursor, max, out);
}

static json_t *nth_count(const struct api_rooms *rooms, size_t index)
{
	const struct log_message *m;
	uint64_t times, last_ms;
	json_t *o;

	for (int id = 0; id < LOG_ID_COUNT; id++) {
		if (!log_count_get(rooms->log, (enum log_id)id, &times, &last_ms) || index--)
			continue;
		m = log_message((enum log_id)id);
		o = json_object();
		put_text(o, "mnemonic", m->mnemonic);
		put_text(o, "facility", m->facility);
		put_u32(o, "severity", (uint32_t)m->severity);
		put_u64(o, "occurrences", times);
		put_time(o, "last-time", last_ms);
		return o;
	}
	return NULL;
}

static int count_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, nth_count, cursor, max, out);
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

/* ---- conditions ------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t flags;
} subjects[] = {
	{"ikev2", LOG_DEBUG_IKEV2},
	{"ipsec", LOG_DEBUG_IPSEC | LOG_DEBUG_INVALID_SPI},
	{"all", LOG_DEBUG_IKEV2 | LOG_DEBUG_IPSEC | LOG_DEBUG_INVALID_SPI},
};

static json_t *condition(const char *kind, const char *value)
{
	json_t *o = json_object();

	put_text(o, "kind", kind);
	put_text(o, "value", value);
	return o;
}

/* Peers, then SPIs, then the two subjects. */
static json_t *condition_entry(const struct api_rooms *rooms, size_t index)
{
	const struct log_conditions *c = log_conditions(rooms->log);
	char text[PREFIX_STRLEN];

	if (index < c->peer_count)
		return condition("peer", prefix_format(&c->peers[index], text));
	index -= c->peer_count;
	if (index < c->spi_count) {
		snprintf(text, sizeof(text), "%u", c->spis[index]);
		return condition("spi", text);
	}
	index -= c->spi_count;
	for (size_t i = 0; i < 2; i++)
		if ((c->unmatched & subjects[i].flags) && index-- == 0)
			return condition("unmatched", subjects[i].name);
	return NULL;
}

static int condition_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max,
			  json_t *out)
{
	(void)filter;
	return state_page(ctx, condition_entry, cursor, max, out);
}

static int no_room(struct error *err)
{
	return error_set(err, -ENOSPC, "there are %d conditions of that kind already",
			 LOG_CONDITIONS_MAX);
}

static int set_peer(struct log_conditions *c, const char *text, bool on, struct error *err)
{
	struct prefix p;
	size_t i = 0;

	if (prefix_parse(&p, text))
		return error_set(err, -EINVAL, "peer: %s is no address", text);
	while (i < c->peer_count && !prefix_equal(&c->peers[i], &p))
		i++;
	if (on == (i < c->peer_count))
		return 0;
	if (!on)
		c->peers[i] = c->peers[--c->peer_count];
	else if (i == LOG_CONDITIONS_MAX)
		return no_room(err);
	else
		c->peers[c->peer_count++] = p;
	return 0;
}

static int set_spi(struct log_conditions *c, uint32_t spi, bool on, struct error *err)
{
	size_t i = 0;

	while (i < c->spi_count && c->spis[i] != spi)
		i++;
	if (on == (i < c->spi_count))
		return 0;
	if (!on)
		c->spis[i] = c->spis[--c->spi_count];
	else if (i == LOG_CONDITIONS_MAX)
		return no_room(err);
	else
		c->spis[c->spi_count++] = spi;
	return 0;
}

static int set_unmatched(struct log_conditions *c, const char *subject, bool on)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		if (!strcmp(subjects[i].name, subject))
			c->unmatched = on ? c->unmatched | subjects[i].flags
					  : c->unmatched & ~subjects[i].flags;
	return 0;
}

static void set_condition(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct log_conditions c = *log_conditions(rooms->log);
	const char *peer = json_string_value(json_object_get(input, "peer"));
	const json_t *spi = json_object_get(input, "spi");
	const char *unmatched = json_string_value(json_object_get(input, "unmatched"));
	bool on = !json_is_false(json_object_get(input, "on"));
	struct error err = {0};

	if (json_object_get(input, "reset"))
		c = (struct log_conditions){0};
	else if (peer)
		set_peer(&c, peer, on, &err);
	else if (spi)
		set_spi(&c, (uint32_t)json_integer_value(spi), on, &err);
	else if (unmatched)
		set_unmatched(&c, unmatched, on);
	else
		error_set(&err, -EINVAL, "a condition is a peer, an spi, unmatched, or reset");
	if (!err.code) {
		log_set_conditions(rooms->log, &c);
		state_trace_set(rooms);
	}
	done(arg, err.code, err.code ? &err : NULL, NULL);
}

/* ---- debug ------------------------------------------------------------------------------------------ */

static uint32_t debug_flag(const char *name)
{
	static const struct {
		const char *name;
		uint32_t flags;
	} names[] = {
		{"ikev2", LOG_DEBUG_IKEV2},
		{"ipsec", LOG_DEBUG_IPSEC},
		{"invalid-spi", LOG_DEBUG_INVALID_SPI},
		{"all", LOG_DEBUG_IKEV2 | LOG_DEBUG_IPSEC | LOG_DEBUG_INVALID_SPI},
	};

	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, name))
			return names[i].flags;
	return 0;
}

/* Its lines know a peer, and no SPI of ESP: an SPI that is asked for leaves them out, or none of them. */
void state_trace_set(const struct api_rooms *rooms)
{
	const struct log_conditions *c = log_conditions(rooms->log);
	struct engine_msg m = {.type = ENGINE_TRACE_SET};
	bool left_out = c->spi_count && !(c->unmatched & LOG_DEBUG_IKEV2);

	if ((log_debug_flags(rooms->log) & LOG_DEBUG_IKEV2) && !left_out)
		m.trace_set.level = TRACE_LEVEL;
	m.trace_set.peer_count = c->peer_count;
	memcpy(m.trace_set.peers, c->peers, sizeof(m.trace_set.peers));
	engine_request(rooms->engine, &m, NULL, NULL);
}

_Static_assert(sizeof(((struct engine_trace_set *)0)->peers) ==
		       sizeof(((struct log_conditions *)0)->peers),
	       "the engine takes all conditions");

static void debug(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	const char *name = json_string_value(json_object_get(input, "flag"));
	uint32_t flag = debug_flag(name), flags = log_debug_flags(rooms->log);
	struct error err = {0};

	if (!flag) {
		error_set(&err, -EINVAL, "debug: %s is no debug flag", name ? name : "(none)");
		done(arg, err.code, &err, NULL);
		return;
	}
	flags = json_is_true(json_object_get(input, "on")) ? flags | flag : flags & ~flag;
	log_debug_set(rooms->log, flags);
	state_trace_set(rooms);
	done(arg, 0, NULL, NULL);
}

static void clear_log(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;

	(void)input;
	log_clear(rooms->log);
	done(arg, 0, NULL, NULL);
}

#define LOG_STATE "/spindle-logging:log-state"

static const struct api_state states[] = {
	{.path = LOG_STATE, .privilege = 1, .page = log_page},
	{.path = LOG_STATE "/host", .privilege = 1, .page = host_page},
	{.path = LOG_STATE "/debug-condition", .privilege = 1, .page = condition_page},
	{.path = LOG_STATE "/count", .privilege = 1, .page = count_page},
	{.path = LOG_STATE "/record", .privilege = 1, .page = record_page},
	{.path = LOG_STATE "/message", .privilege = 1, .page = message_page},
};
static const struct api_action actions[] = {
	{.path = "spindle-logging:clear-log", .privilege = 15, .run = clear_log},
	{.path = "spindle-logging:debug-condition", .privilege = 15, .run = set_condition},
	{.path = "spindle-system:debug", .privilege = 15, .run = debug},
};
const struct state_part state_part_log = {
	.states = states,
	.state_count = STATE_COUNT(states),
	.actions = actions,
	.action_count = STATE_COUNT(actions),
};
