/* What people order: clear, debug. */
#include <errno.h>
#include <string.h>

#include "api/state_internal.h"
#include "base/alloc.h"
#include "conn/conn.h"
#include "engine/router.h"
#include "log/log.h"
#include "sa/sa.h"
#include "spi/spi.h"

/* The optional leaf that names a peer: 0, or -EINVAL with the sentence given back. */
static int peer_leaf(const json_t *input, const char *name, struct addr *peer, struct error *err)
{
	const char *text = json_string_value(json_object_get(input, name));

	*peer = (struct addr){0};
	if (text && addr_parse(peer, text))
		return error_set(err, -EINVAL, "%s: %s is no address", name, text);
	return 0;
}

/* ---- clear crypto session ------------------------------------------------------------------------------ */

struct clearing {
	unsigned int waiting;
	api_action_done *done;
	void *arg;
};

static void clearing_over(struct clearing *c)
{
	if (--c->waiting)
		return;
	c->done(c->arg, 0, NULL, NULL);
	alloc_free(c);
}

static void closed(void *arg, const struct engine_done *done)
{
	(void)done; /* an IKE SA that ended by itself meanwhile is closed too */
	clearing_over(arg);
}

static void close_one(const struct api_rooms *rooms, struct clearing *c, const struct conn *conn)
{
	struct engine_msg m = {.type = ENGINE_CLOSE,
			       .ref = {.conn = conn->id, .why = ENGINE_WHY_OPERATOR}};

	if (!engine_request(rooms->engine, &m, closed, c))
		c->waiting++;
}

/* Pairs whose IKE SA is gone have nobody who closes them. */
static void retire_orphans(const struct api_rooms *rooms, const struct addr *peer)
{
	const struct sa_pair *p = sa_pair_next(rooms->sa, NULL);

	while (p) {
		const struct sa_pair *next = sa_pair_next(rooms->sa, p);

		if (!p->ike && (!addr_is_set(peer) || addr_equal(peer, &p->remote.addr)))
			sa_retire(rooms->sa, p->spi_in, SA_DEATH_CLEARED);
		p = next;
	}
}

static void clear_session(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct error err = {0};
	struct clearing *c;
	struct addr peer;

	if (peer_leaf(input, "remote", &peer, &err)) {
		done(arg, err.code, &err, NULL);
		return;
	}
	c = alloc_zero(sizeof(*c));
	if (!c) {
		done(arg, -ENOMEM, NULL, NULL);
		return;
	}
	*c = (struct clearing){1, done, arg};
	for (const struct conn *conn = NULL; (conn = conn_next(rooms->conns, conn));)
		if (!addr_is_set(&peer) || conn_has_peer(conn, &peer))
			close_one(rooms, c, conn);
	retire_orphans(rooms, &peer);
	clearing_over(c);
}

/* ---- clear crypto sa --------------------------------------------------------------------------------------- */

static void clear_sa(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct error err = {0};
	struct addr peer;

	if (!peer_leaf(input, "peer", &peer, &err) &&
	    sa_clear(rooms->sa, addr_is_set(&peer) ? &peer : NULL, SA_DEATH_CLEARED, NULL, NULL))
		error_set(&err, -ENOMEM, "no memory: nothing was cleared");
	done(arg, err.code, err.code ? &err : NULL, NULL);
}

static void clear_invalid_spi(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;

	(void)input;
	spi_clear(rooms->spi);
	done(arg, 0, NULL, NULL);
}

static void clear_log(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;

	(void)input;
	log_clear(rooms->log);
	done(arg, 0, NULL, NULL);
}

/* ---- debug ----------------------------------------------------------------------------------------------------- */

#define TRACE_LEVEL 2

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

void state_trace_set(const struct api_rooms *rooms)
{
	struct engine_msg m = {.type = ENGINE_TRACE_SET};

	m.trace_set.level = log_debug_flags(rooms->log) & LOG_DEBUG_IKEV2 ? TRACE_LEVEL : 0;
	engine_request(rooms->engine, &m, NULL, NULL);
}

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

static const struct api_action actions[] = {
	{.path = "spindle-crypto:clear-session", .privilege = 15, .run = clear_session},
	{.path = "spindle-crypto:clear-sa", .privilege = 15, .run = clear_sa},
	{.path = "spindle-crypto:clear-invalid-spi", .privilege = 15, .run = clear_invalid_spi},
	{.path = "spindle-logging:clear-log", .privilege = 15, .run = clear_log},
	{.path = "spindle-system:debug", .privilege = 15, .run = debug},
};
const struct state_part state_part_actions = {
	.actions = actions,
	.action_count = STATE_COUNT(actions),
};
