/* What people order: clear. Debugging is in state_log.c. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "api/state_internal.h"
#include "base/alloc.h"
#include "conn/conn.h"
#include "engine/router.h"
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
static void retire_orphans(const struct api_rooms *rooms, const struct addr *peer,
			   const struct addr *local)
{
	const struct sa_pair *p = sa_pair_next(rooms->sa, NULL);

	while (p) {
		const struct sa_pair *next = sa_pair_next(rooms->sa, p);

		if (!p->ike && (!addr_is_set(peer) || addr_equal(peer, &p->remote.addr)) &&
		    (!addr_is_set(local) || addr_equal(local, &p->local.addr)))
			sa_retire(rooms->sa, p->spi_in, SA_DEATH_CLEARED);
		p = next;
	}
}

static void clear_session(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct error err = {0};
	struct addr peer, local;
	struct clearing *c;

	if (peer_leaf(input, "remote", &peer, &err) || peer_leaf(input, "local", &local, &err)) {
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
		if ((!addr_is_set(&peer) || conn_has_peer(conn, &peer)) &&
		    (!addr_is_set(&local) || addr_equal(&conn->local, &local)))
			close_one(rooms, c, conn);
	retire_orphans(rooms, &peer, &local);
	clearing_over(c);
}

/* ---- clear crypto sa --------------------------------------------------------------------------------------- */

struct which_sas {
	struct addr peer, address; /* unset: any */
	const char *map;	   /* NULL: any */
	uint32_t spi;		   /* 0: any; else of one of the halves */
	uint8_t protocol;	   /* 0: any */
};

static bool half_is(const struct which_sas *w, uint32_t spi, const struct addr *to)
{
	return spi == w->spi && (!addr_is_set(&w->address) || addr_equal(&w->address, to));
}

static bool is_one(const struct api_rooms *rooms, const struct which_sas *w,
		   const struct sa_pair *p)
{
	const struct conn *c = w->map ? conn_by_id(rooms->conns, p->conn) : NULL;

	if (addr_is_set(&w->peer) && !addr_equal(&w->peer, &p->remote.addr))
		return false;
	if (w->map && (!c || strcmp(c->map, w->map) != 0))
		return false;
	if (w->protocol && w->protocol != (p->protocol == IKE_PROTO_AH ? IPPROTO_AH : IPPROTO_ESP))
		return false;
	return !w->spi || half_is(w, p->spi_in, &p->local.addr) ||
	       half_is(w, p->spi_out, &p->remote.addr);
}

static int which_of(const json_t *input, struct which_sas *w, struct error *err)
{
	*w = (struct which_sas){
		.map = json_string_value(json_object_get(input, "map")),
		.spi = (uint32_t)json_integer_value(json_object_get(input, "spi")),
		.protocol = (uint8_t)json_integer_value(json_object_get(input, "protocol"))};
	if (peer_leaf(input, "peer", &w->peer, err) ||
	    peer_leaf(input, "address", &w->address, err))
		return err->code;
	if ((addr_is_set(&w->address) || w->protocol) && !w->spi)
		return error_set(err, -EINVAL, "an address or a protocol needs an spi");
	return 0;
}

/* How many pairs were told to go. */
static size_t clear_which(const struct api_rooms *rooms, const struct which_sas *w)
{
	size_t count = 0;

	for (const struct sa_pair *p = sa_pair_next(rooms->sa, NULL), *next; p; p = next) {
		next = sa_pair_next(rooms->sa, p);
		if (!is_one(rooms, w, p))
			continue;
		sa_clear_pair(rooms->sa, p->spi_in, SA_DEATH_CLEARED);
		count++;
	}
	return count;
}

static void clear_sa(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct error err = {0};
	struct which_sas w;

	if (!which_of(input, &w, &err) && !clear_which(rooms, &w) && w.spi)
		error_set(&err, -ENOENT, "there is no SA with the SPI 0x%X", w.spi);
	done(arg, err.code, err.code ? &err : NULL, NULL);
}

/* ---- counters ---------------------------------------------------------------------------------------------- */

struct counting {
	const struct api_rooms *rooms;
	api_action_done *done;
	void *arg;
};

static struct counting *counting_new(const struct api_rooms *rooms, api_action_done *done,
				     void *arg)
{
	struct counting *c = alloc_zero(sizeof(*c));

	if (c)
		*c = (struct counting){rooms, done, arg};
	else
		done(arg, -ENOMEM, NULL, NULL);
	return c;
}

/* The kernel's figures are in: people count from there. */
static void sa_counted(void *arg)
{
	struct counting *c = arg;

	sa_counters_clear(c->rooms->sa);
	c->done(c->arg, 0, NULL, NULL);
	alloc_free(c);
}

static void clear_sa_counters(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct counting *c = counting_new(rooms, done, arg);

	(void)input;
	if (c)
		sa_refresh(rooms->sa, sa_counted, c);
}

static void ike_counted(void *arg, const struct engine_done *done)
{
	struct counting *c = arg;

	if (!done->result)
		engine_stats_clear(c->rooms->engine);
	c->done(c->arg, done->result, NULL, NULL);
	alloc_free(c);
}

static void clear_ike_counters(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct counting *c = counting_new(rooms, done, arg);
	struct engine_msg m = {.type = ENGINE_STATS};
	struct error err = {0};

	(void)input;
	if (!c || !engine_request(rooms->engine, &m, ike_counted, c))
		return;
	alloc_free(c);
	error_set(&err, -EPIPE, "the IKE process does not answer");
	done(arg, err.code, &err, NULL);
}

static void clear_invalid_spi(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;

	(void)input;
	spi_clear(rooms->spi);
	done(arg, 0, NULL, NULL);
}

static const struct api_action actions[] = {
	{.path = "spindle-crypto:clear-session", .privilege = 15, .run = clear_session},
	{.path = "spindle-crypto:clear-sa", .privilege = 15, .run = clear_sa},
	{.path = "spindle-crypto:clear-sa-counters", .privilege = 15, .run = clear_sa_counters},
	{.path = "spindle-crypto:clear-ikev2-statistics",
	 .privilege = 15,
	 .run = clear_ike_counters},
	{.path = "spindle-crypto:clear-invalid-spi", .privilege = 15, .run = clear_invalid_spi},
};
const struct state_part state_part_actions = {
	.actions = actions,
	.action_count = STATE_COUNT(actions),
};
