/* What the IKE engine has counted. */
#include <errno.h>
#include <stdio.h>

#include "api/state_internal.h"
#include "base/alloc.h"
#include "crypto_map/crypto_map.h"
#include "engine/router.h"

static const struct {
	const char *leaf;
	enum engine_stat stat;
} counters[] = {
	{"incoming-active", ENGINE_STAT_IN_ACTIVE},
	{"incoming-negotiating", ENGINE_STAT_IN_NEGOTIATING},
	{"outgoing-active", ENGINE_STAT_OUT_ACTIVE},
	{"outgoing-negotiating", ENGINE_STAT_OUT_NEGOTIATING},
	{"incoming-established", ENGINE_STAT_IN_ESTABLISHED},
	{"outgoing-established", ENGINE_STAT_OUT_ESTABLISHED},
	{"authentication-failed", ENGINE_STAT_AUTH_FAILED},
	{"retransmitted", ENGINE_STAT_RETRANSMITTED},
	{"cookies", ENGINE_STAT_COOKIES},
	{"received", ENGINE_STAT_RECEIVED},
	{"sent", ENGINE_STAT_SENT},
	{"invalid-syntax", ENGINE_STAT_MALFORMED},
	{"unexpected", ENGINE_STAT_UNEXPECTED},
	{"unknown-spi", ENGINE_STAT_UNKNOWN_SPI},
};

static const char *const exchanges[ENGINE_EXCHANGES] = {"IKE_SA_INIT", "IKE_AUTH",
							"CREATE_CHILD_SA", "INFORMATIONAL"};
static const char *const ways[4] = {
	[ENGINE_SENT_REQUEST] = "sent-requests",
	[ENGINE_SENT_RESPONSE] = "sent-responses",
	[ENGINE_RECEIVED_REQUEST] = "received-requests",
	[ENGINE_RECEIVED_RESPONSE] = "received-responses",
};

static int totals_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const struct engine_stats *s = engine_stats(rooms->engine);
	json_t *o = json_object();

	(void)filter;
	(void)max;
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		put_u64(o, counters[i].leaf, s->count[counters[i].stat]);
	return state_one(o, cursor, out);
}

static json_t *exchange_entry(const struct api_rooms *rooms, size_t i)
{
	const struct engine_stats *s = engine_stats(rooms->engine);
	json_t *o = i < ENGINE_EXCHANGES ? json_object() : NULL;

	if (!o)
		return NULL;
	put_text(o, "name", exchanges[i]);
	for (size_t way = 0; way < 4; way++)
		put_u64(o, ways[way], s->count[ENGINE_STAT_EXCHANGE + 4 * i + way]);
	return o;
}

static int exchange_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, exchange_entry, cursor, max, out);
}

/* ---- what is offered without a policy ------------------------------------------------------------------ */

static json_t *transforms(const struct proposal *p, enum transform_type type)
{
	json_t *list = json_array();
	char buf[24], text[32];

	for (size_t i = 0; i < p->count; i++) {
		const char *name = transform_name(type, p->t[i].id, buf, sizeof(buf));

		if (p->t[i].type != type)
			continue;
		if (type == TRANSFORM_DH)
			snprintf(text, sizeof(text), "%u", p->t[i].id);
		else if (p->t[i].key_bits)
			snprintf(text, sizeof(text), "%s-%u", name, p->t[i].key_bits);
		else
			snprintf(text, sizeof(text), "%s", name);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static json_t *default_entry(const struct api_rooms *rooms, size_t i)
{
	static const struct {
		const char *leaf;
		enum transform_type type;
	} lists[] = {{"encryption", TRANSFORM_ENCR},
		     {"integrity", TRANSFORM_INTEG},
		     {"prf", TRANSFORM_PRF},
		     {"group", TRANSFORM_DH}};
	struct proposal p[CRYPTO_MAP_DEFAULTS];
	json_t *o;

	(void)rooms;
	if (i >= crypto_map_default_proposals(p))
		return NULL;
	o = json_object();
	put_u32(o, "index", (uint32_t)i + 1);
	for (size_t k = 0; k < STATE_COUNT(lists); k++) {
		json_t *values = transforms(&p[i], lists[k].type);

		if (json_array_size(values))
			json_object_set_new(o, lists[k].leaf, values);
		else
			json_decref(values);
	}
	return o;
}

static int default_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, default_entry, cursor, max, out);
}

/* ---- asking the engine ---------------------------------------------------------------------------------- */

struct asked {
	void (*done)(void *arg);
	void *arg;
};

/* Without an answer what was told last is shown. */
static void answered(void *arg, const struct engine_done *done)
{
	struct asked *a = arg;

	(void)done;
	a->done(a->arg);
	alloc_free(a);
}

static void refresh(void *ctx, void (*done)(void *arg), void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct engine_msg m = {.type = ENGINE_STATS};
	struct asked *a = alloc_zero(sizeof(*a));

	if (a)
		*a = (struct asked){done, arg};
	if (a && !engine_request(rooms->engine, &m, answered, a))
		return;
	alloc_free(a);
	done(arg);
}

static const struct api_state states[] = {
	{.path = "/spindle-crypto:crypto-state/ikev2-default-proposal",
	 .privilege = 1,
	 .page = default_page},
	{.path = "/spindle-crypto:crypto-state/ikev2-statistics",
	 .privilege = 1,
	 .page = totals_page,
	 .refresh = refresh},
	{.path = "/spindle-crypto:crypto-state/ikev2-statistics/exchange",
	 .privilege = 1,
	 .page = exchange_page,
	 .refresh = refresh},
};
const struct state_part state_part_ikev2 = {
	.states = states,
	.state_count = STATE_COUNT(states),
};
