/* Probes: one action is one packet, so that who asks sees each answer as it comes and can stop. */
#include <errno.h>

#include "api/state_internal.h"
#include "base/alloc.h"
#include "net/icmp.h"

#define SIZE_USUAL    100
#define TTL_USUAL     255
#define TIMEOUT_USUAL 2

struct probing {
	api_action_done *done;
	void *arg;
};

static void answered(void *arg, const struct icmp_answer *a)
{
	static const char *const outcomes[] = {"reply",	  "timeout", "unreachable",
					       "expired", "too-big", "no-route"};
	struct probing p = *(struct probing *)arg;
	json_t *o = json_object();

	alloc_free(arg);
	put_text(o, "outcome", outcomes[a->outcome]);
	put_addr(o, "from", &a->from);
	if (addr_is_set(&a->from)) {
		put_u32(o, "code", a->code);
		put_u64(o, "round-trip", a->round_trip_us);
	}
	p.done(p.arg, o ? 0 : -ENOMEM, NULL, o);
	json_decref(o);
}

static uint32_t number(const json_t *input, const char *leaf, uint32_t usual)
{
	const json_t *v = json_object_get(input, leaf);

	return json_is_integer(v) ? (uint32_t)json_integer_value(v) : usual;
}

static int take_addr(const json_t *input, const char *leaf, struct addr *out, struct error *err)
{
	const char *text = json_string_value(json_object_get(input, leaf));

	*out = (struct addr){0};
	if (text && addr_parse(out, text))
		return error_set(err, -EINVAL, "%s: %s is no address", leaf, text);
	return 0;
}

static int take_input(const json_t *input, struct icmp_probe *p, struct error *err)
{
	*p = (struct icmp_probe){.size = (uint16_t)number(input, "size", SIZE_USUAL),
				 .ttl = (uint8_t)number(input, "ttl", TTL_USUAL),
				 .timeout_ms = 1000 * number(input, "timeout", TIMEOUT_USUAL),
				 .df = json_is_true(json_object_get(input, "df-bit"))};
	if (take_addr(input, "destination", &p->destination, err) ||
	    take_addr(input, "source", &p->source, err))
		return err->code;
	if (addr_is_set(&p->source) && p->source.family != p->destination.family)
		return error_set(err, -EINVAL,
				 "source and destination are to be of one address family");
	return 0;
}

static void probe(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	const struct api_rooms *rooms = ctx;
	struct probing *p = NULL;
	struct icmp_probe wanted;
	struct error err = {0};
	int rc = take_input(input, &wanted, &err);

	if (!rc && !rooms->icmp)
		rc = error_set(&err, -EOPNOTSUPP, "the daemon has no ICMP sockets");
	if (!rc) {
		p = alloc_zero(sizeof(*p));
		rc = p ? 0 : -ENOMEM;
	}
	if (!rc) {
		*p = (struct probing){done, arg};
		rc = icmp_probe(rooms->icmp, &wanted, answered, p);
	}
	if (!rc)
		return;
	alloc_free(p);
	if (rc == -EBUSY)
		error_set(&err, rc, "too many probes are waiting to be sent");
	done(arg, rc, err.code ? &err : NULL, NULL);
}

static const struct api_action actions[] = {
	{.path = "spindle-tools:probe", .privilege = 1, .run = probe},
};
const struct state_part state_part_tools = {
	.actions = actions,
	.action_count = STATE_COUNT(actions),
};
