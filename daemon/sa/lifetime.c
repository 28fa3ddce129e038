/*
 * Our own lifetimes, on CLOCK_BOOTTIME: a pair is replaced before its limit and deleted at it. The
 * initiator of a pair moves first, and both with jitter, so that the ends do not rekey at once. The kernel's time
 * limit stands 10 % above ours, as a fail-safe.
 */
#include "base/random.h"
#include "sa/sa_internal.h"

/* Per mille of the lifetime at which the replacement begins. */
#define SOFT_INITIATOR_FROM 850
#define SOFT_RESPONDER_FROM 920
#define SOFT_SPREAD	    50
#define REPLACE_AGAIN_MS    10000

static void replace_done(void *arg, const struct engine_done *done)
{
	(void)arg;
	(void)done; /* CHILD_UP or the hard limit tell what came of it */
}

void sa_replace(struct sa_entry *e, enum engine_reason why)
{
	struct engine_msg m = {.type = ENGINE_REPLACE_CHILD,
			       .ref = {.conn = e->pub.conn,
				       .child = e->pub.child,
				       .ike = e->pub.ike,
				       .spi_in = e->pub.spi_in,
				       .why = why}};

	if (!e->pub.ike || engine_request(e->sa->engine, &m, replace_done, NULL))
		sa_want(e->sa, e->pub.conn, e->pub.child, why, 0);
}

static void soft(void *arg)
{
	struct sa_entry *e = arg;

	if (e->pub.replaced_by || e->dying || e->asked || e->sa->stopping)
		return;
	sa_replace(e, ENGINE_WHY_LIFETIME);
	loop_timer_set(&e->soft, REPLACE_AGAIN_MS);
}

static void hard(void *arg)
{
	struct sa_entry *e = arg;

	if (e->dying)
		sa_entry_delete(e, e->why); /* again: there was no memory for it */
	else
		sa_entry_close(e, SA_DEATH_EXPIRED_TIME);
}

void sa_lifetime_init(struct sa_entry *e)
{
	loop_timer_init(&e->soft, e->sa->loop, "sa soft lifetime", soft, e);
	loop_timer_init(&e->hard, e->sa->loop, "sa hard lifetime", hard, e);
}

static uint64_t left(uint64_t at_ms, uint64_t age_ms)
{
	return at_ms > age_ms ? at_ms - age_ms : 0;
}

void sa_lifetime_start(struct sa_entry *e, uint64_t age_ms)
{
	uint64_t life_ms = e->pub.lifetime_s * 1000;
	uint32_t from = e->pub.initiator ? SOFT_INITIATOR_FROM : SOFT_RESPONDER_FROM;

	if (!life_ms)
		return;
	loop_timer_set(&e->soft, left(life_ms * (from + random_below(SOFT_SPREAD)) / 1000, age_ms));
	loop_timer_set(&e->hard, left(life_ms, age_ms));
}
