/*
 * The decision is a list of rows, tried in order; each looks at plain facts and either fills in an
 * action or passes. Nothing here has a clock, a socket or a memory: recovery.c brings the facts and
 * carries the action out. Why replace comes before delete: Linux senders encrypt with their youngest
 * SA, so a fresh pair heals before anything is retired.
 */
#include "recovery/decide.h"

#include <stddef.h>

#define LOOK_AGAIN_LEAST_MS 20

bool recovery_death_is_retired(enum sa_death why)
{
	switch (why) {
	case SA_DEATH_REKEYED:
	case SA_DEATH_PEER_DELETE:
	case SA_DEATH_OWN_DELETE:
	case SA_DEATH_CONFIG:
	case SA_DEATH_LARVAL:
	case SA_DEATH_INSTALL_FAILED:
		return true;
	default:
		return false;
	}
}

static bool once_ours_lost(const struct recovery_facts *f)
{
	return f->verdict == SPI_ONCE_OURS && !recovery_death_is_retired(f->death);
}

static bool once_ours_retired(const struct recovery_facts *f)
{
	return f->verdict == SPI_ONCE_OURS && recovery_death_is_retired(f->death);
}

/* Before it is judged, too: what was on its way is no news. */
static bool retired_just_now(const struct recovery_facts *f)
{
	return (f->verdict == SPI_PENDING || f->verdict == SPI_ONCE_OURS) &&
	       recovery_death_is_retired(f->death) && f->dead_for_ms < f->grace_ms;
}

/* An exchange without an answer counts as no IKE SA: the peer may have lost that too. */
static enum recovery_ike ike_now(const struct recovery_facts *f)
{
	if (f->ike == RECOVERY_IKE_UP && f->exchange_stuck)
		return RECOVERY_IKE_NONE;
	if (f->ike == RECOVERY_IKE_HALF_THEIRS && f->half_age_ms >= RECOVERY_HALF_OPEN_MS)
		return RECOVERY_IKE_NONE;
	return f->ike;
}

static bool can_delete_unknown(const struct recovery_facts *f)
{
	return f->capabilities & ENGINE_DELETE_UNKNOWN_SPI;
}

static bool count_only(struct recovery_action *a, const char *words)
{
	a->act = RECOVERY_ACT_COUNT;
	a->words = words;
	return true;
}

static bool wait_for(struct recovery_action *a, uint64_t ms, const char *words)
{
	a->act = RECOVERY_ACT_WAIT;
	a->wait_ms = ms < LOOK_AGAIN_LEAST_MS ? LOOK_AGAIN_LEAST_MS : ms;
	a->words = words;
	return true;
}

static bool refuse(struct recovery_action *a, const char *words)
{
	a->act = RECOVERY_ACT_REFUSE;
	a->words = words;
	return true;
}

static bool step(struct recovery_action *a, enum recovery_act act, const char *words)
{
	a->act = act;
	a->words = words;
	return true;
}

static const char every_child_moves[] = "every Child SA of the peer carries traffic";

static bool row_reserved(const struct recovery_facts *f, struct recovery_action *a)
{
	return f->verdict == SPI_RESERVED && count_only(a, "reserved SPI: never answered");
}

static bool row_known(const struct recovery_facts *f, struct recovery_action *a)
{
	switch (f->verdict) {
	case SPI_KNOWN_MARK:
		return count_only(a, "an inbound SA has this SPI for another mark");
	case SPI_KNOWN_DST:
		return count_only(a, "an inbound SA has this SPI for another destination");
	case SPI_KNOWN_PROTO:
		return count_only(a, "an inbound SA has this SPI for another protocol");
	case SPI_INSTALLED:
		return count_only(a, "its SA was installed a moment later");
	default:
		return false;
	}
}

static bool row_larval(const struct recovery_facts *f, struct recovery_action *a)
{
	if (f->verdict == SPI_LARVAL)
		return wait_for(a, f->grace_ms, "the SA is being negotiated");
	return f->verdict == SPI_PENDING && !retired_just_now(f) &&
	       wait_for(a, f->grace_ms, "not judged yet: an exchange with the peer is in flight");
}

static bool row_grace(const struct recovery_facts *f, struct recovery_action *a)
{
	return retired_just_now(f) &&
	       wait_for(a, f->grace_ms - f->dead_for_ms, "rekeyed or deleted a moment ago");
}

static bool row_passed(const struct recovery_facts *f, struct recovery_action *a)
{
	return f->passed && count_only(a, "its packets came in a grace, and no more");
}

static bool row_in_flight(const struct recovery_facts *f, struct recovery_action *a)
{
	return f->in_flight_ms && f->in_flight_ms < RECOVERY_IN_FLIGHT_MS &&
	       wait_for(a, f->grace_ms, "an exchange with the peer is in flight");
}

static bool row_no_peer(const struct recovery_facts *f, struct recovery_action *a)
{
	return !f->configured && refuse(a, "the source is no configured peer");
}

static bool row_forged(const struct recovery_facts *f, struct recovery_action *a)
{
	return f->forged_looking &&
	       count_only(a, "forged-looking: the peer knows nothing of this SPI");
}

/* After a step, its effect is waited for; an answered DELETE of a stranger's SPI goes on at once. */
static bool row_settled(const struct recovery_facts *f, struct recovery_action *a)
{
	if (!f->steps)
		return false;
	if (f->verdict == SPI_NEVER_OURS && f->delete_sent && !f->replaced)
		return false;
	if (f->since_step_ms < RECOVERY_SETTLE_MS)
		return wait_for(a, RECOVERY_SETTLE_MS - f->since_step_ms,
				"a step was taken: waiting for what comes of it");
	return !f->packets_since_step && count_only(a, "no packet since the last step");
}

static bool row_half_ours(const struct recovery_facts *f, struct recovery_action *a)
{
	return ike_now(f) == RECOVERY_IKE_HALF_OURS &&
	       step(a, RECOVERY_ACT_JOIN, "our own negotiation with the peer is running");
}

static bool row_half_theirs(const struct recovery_facts *f, struct recovery_action *a)
{
	return ike_now(f) == RECOVERY_IKE_HALF_THEIRS &&
	       wait_for(a, RECOVERY_HALF_OPEN_MS - f->half_age_ms,
			"the peer is negotiating with us");
}

/* A chain that has begun (DELETE, then its consequence) was paid for with its first step. */
static bool chain_goes_on(const struct recovery_facts *f)
{
	return f->delete_sent && !f->replaced;
}

static bool row_budget(const struct recovery_facts *f, struct recovery_action *a)
{
	bool budget = f->verdict == SPI_NEVER_OURS ? f->budget_never : f->budget_ours;

	return !budget && !chain_goes_on(f) && wait_for(a, f->wait_ms, "paced: not too often");
}

static bool row_lost(const struct recovery_facts *f, struct recovery_action *a)
{
	if (!once_ours_lost(f) || ike_now(f) != RECOVERY_IKE_UP)
		return false;
	a->then_delete = !(f->capabilities & ENGINE_OWNS_SA);
	return f->has_child ? step(a, RECOVERY_ACT_REPLACE_CHILD, "replace the lost pair")
			    : step(a, RECOVERY_ACT_CREATE_CHILD, "make the lost pair anew");
}

static bool row_retired_delete(const struct recovery_facts *f, struct recovery_action *a)
{
	if (!once_ours_retired(f) || ike_now(f) != RECOVERY_IKE_UP || !can_delete_unknown(f))
		return false;
	if (!f->delete_sent)
		return step(a, RECOVERY_ACT_DELETE_SPI, "tell the peer again that the SPI is gone");
	if (!f->replaced && f->all_move)
		return count_only(a, every_child_moves);
	if (!f->replaced)
		return step(a,
			    f->has_child ? RECOVERY_ACT_REPLACE_CHILD : RECOVERY_ACT_CREATE_CHILD,
			    "the peer keeps using the old SPI: replace the Child");
	return count_only(a, "deleted and replaced; the peer still sends");
}

static bool row_never_delete(const struct recovery_facts *f, struct recovery_action *a)
{
	if (f->verdict != SPI_NEVER_OURS || ike_now(f) != RECOVERY_IKE_UP || !can_delete_unknown(f))
		return false;
	if (!f->delete_sent)
		return step(a, RECOVERY_ACT_DELETE_SPI,
			    "ask the peer by DELETE whether it has this SPI");
	if (f->replaced)
		return step(a, RECOVERY_ACT_MARK_FORGED, "the peer knows nothing of this SPI");
	if (f->all_move)
		return step(a, RECOVERY_ACT_MARK_FORGED, every_child_moves);
	if (f->delete_paired)
		return step(a, RECOVERY_ACT_CREATE_CHILD, "the peer had it: make the pair anew");
	return step(a, f->has_child ? RECOVERY_ACT_REPLACE_CHILD : RECOVERY_ACT_CREATE_CHILD,
		    "the peer's answer was empty: replace the Child once");
}

static bool row_retired_steps(const struct recovery_facts *f, struct recovery_action *a)
{
	static const enum recovery_act acts[] = {
		RECOVERY_ACT_REPLACE_CHILD, RECOVERY_ACT_REPLACE_IKE, RECOVERY_ACT_REESTABLISH};

	if (!once_ours_retired(f) || ike_now(f) != RECOVERY_IKE_UP)
		return false;
	if (f->steps >= sizeof(acts) / sizeof(acts[0]))
		return count_only(a, "replaced and re-established; the peer still sends");
	return step(a, acts[f->steps], "one step further, since packets still come");
}

static bool row_never_sibling(const struct recovery_facts *f, struct recovery_action *a)
{
	if (f->verdict != SPI_NEVER_OURS || ike_now(f) != RECOVERY_IKE_UP)
		return false;
	if (f->steps)
		return step(a, RECOVERY_ACT_MARK_FORGED, "replaced once; packets still come");
	if (f->all_move)
		return step(a, RECOVERY_ACT_MARK_FORGED, every_child_moves);
	return step(a, RECOVERY_ACT_REPLACE_CHILD, "replace the sibling Child once");
}

static bool row_nat(const struct recovery_facts *f, struct recovery_action *a)
{
	return f->nat_unknown && refuse(a, "behind NAT, no mapping");
}

static bool row_not_current(const struct recovery_facts *f, struct recovery_action *a)
{
	return !f->current_peer && refuse(a, "not the current peer");
}

static bool row_dynamic(const struct recovery_facts *f, struct recovery_action *a)
{
	return !f->explicit_peer && refuse(a, "the peer is not explicit in the configuration");
}

static bool row_off(const struct recovery_facts *f, struct recovery_action *a)
{
	return !f->enabled &&
	       refuse(a, "no IKE SA, and crypto isakmp invalid-spi-recovery is not configured");
}

static bool row_initiate(const struct recovery_facts *f, struct recovery_action *a)
{
	a->then_delete = can_delete_unknown(f);
	return step(a, RECOVERY_ACT_INITIATE, "new IKE SA with the peer");
}

static const struct {
	enum recovery_row row;
	bool (*matches)(const struct recovery_facts *f, struct recovery_action *a);
} rows[] = {
	{RECOVERY_ROW_RESERVED, row_reserved},
	{RECOVERY_ROW_KNOWN, row_known},
	{RECOVERY_ROW_LARVAL, row_larval},
	{RECOVERY_ROW_GRACE, row_grace},
	{RECOVERY_ROW_PASSED, row_passed},
	{RECOVERY_ROW_NO_PEER, row_no_peer},
	{RECOVERY_ROW_FORGED, row_forged},
	{RECOVERY_ROW_IN_FLIGHT, row_in_flight},
	{RECOVERY_ROW_HALF_OURS, row_half_ours},
	{RECOVERY_ROW_HALF_THEIRS, row_half_theirs},
	{RECOVERY_ROW_SETTLED, row_settled},
	{RECOVERY_ROW_BUDGET, row_budget},
	{RECOVERY_ROW_LOST, row_lost},
	{RECOVERY_ROW_RETIRED_DELETE, row_retired_delete},
	{RECOVERY_ROW_NEVER_DELETE, row_never_delete},
	{RECOVERY_ROW_RETIRED_STEPS, row_retired_steps},
	{RECOVERY_ROW_NEVER_SIBLING, row_never_sibling},
	{RECOVERY_ROW_NAT, row_nat},
	{RECOVERY_ROW_NOT_CURRENT, row_not_current},
	{RECOVERY_ROW_DYNAMIC, row_dynamic},
	{RECOVERY_ROW_OFF, row_off},
	{RECOVERY_ROW_INITIATE, row_initiate},
};

/* Which steps cost a token: those that begin something with the peer. */
static bool costs_token(enum recovery_act act)
{
	return act == RECOVERY_ACT_REPLACE_CHILD || act == RECOVERY_ACT_CREATE_CHILD ||
	       act == RECOVERY_ACT_DELETE_SPI || act == RECOVERY_ACT_REPLACE_IKE ||
	       act == RECOVERY_ACT_REESTABLISH || act == RECOVERY_ACT_INITIATE;
}

struct recovery_action recovery_decide(const struct recovery_facts *f)
{
	struct recovery_action a = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].matches(f, &a))
			continue;
		a.row = rows[i].row;
		break;
	}
	a.never_class = f->verdict == SPI_NEVER_OURS;
	a.takes_token = costs_token(a.act) && !chain_goes_on(f);
	return a;
}
