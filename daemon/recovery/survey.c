/*
 * Which Child SA an SPI without a birth may belong to: those of that peer whose inbound counter stands
 * still while the flow goes on. Two samples of the kernel's counters, the first when the flow began,
 * the second before something is replaced; a Child without an inbound SA stands still by nature.
 */
#include <errno.h>

#include "base/alloc.h"
#include "recovery/recovery_internal.h"

/* Standing still for less says nothing. */
#define SURVEY_LEAST_MS 200

struct question {
	struct anchor *anchor;
	struct addr peer;
	uint32_t spi, number; /* of the attempt, and of its sample */
	size_t row;
};

static bool survey_row(const struct attempt *a, uint32_t spi_in, size_t *row)
{
	for (*row = 0; *row < a->survey_count; ++*row)
		if (a->survey[*row].spi_in == spi_in)
			return true;
	return false;
}

static void sampled(struct attempt *a)
{
	if (--a->survey_waiting)
		return;
	a->survey_state = a->survey_state == SURVEY_FIRST_ASKED ? SURVEY_FIRST : SURVEY_DONE;
	if (a->survey_state == SURVEY_DONE)
		loop_timer_set(&a->look, 0);
}

static void counted(void *arg, int err, const struct xfrm_sa *sa)
{
	struct question *q = arg;
	struct recovery *r = anchor_get(q->anchor);
	struct attempt *a = r ? attempt_find(r, q->spi, &q->peer) : NULL;

	if (a && a->survey_number == q->number) {
		struct survey_row *row = &a->survey[q->row];
		uint64_t packets = err ? 0 : sa->counters.packets;

		if (a->survey_state == SURVEY_FIRST_ASKED)
			row->packets = packets;
		else
			row->moved = packets != row->packets;
		sampled(a);
	}
	anchor_unref(q->anchor);
	alloc_free(q);
}

static void ask(struct attempt *a, size_t row)
{
	struct question *q = alloc_zero(sizeof(*q));

	if (!q)
		return;
	*q = (struct question){a->r->anchor, a->peer, a->spi, a->survey_number, row};
	if (sa_probe(a->r->sa, a->survey[row].spi_in, counted, q)) {
		alloc_free(q);
		return;
	}
	anchor_ref(q->anchor);
	a->survey_waiting++;
}

static void sample(struct attempt *a, enum survey_state asked)
{
	a->survey_state = asked;
	a->survey_number++;
	a->survey_waiting = 1;
	for (size_t i = 0; i < a->survey_count; i++)
		ask(a, i);
	sampled(a);
}

static void list_pairs(struct attempt *a)
{
	const struct recovery *r = a->r;

	a->survey_count = 0;
	for (const struct conn *c = NULL; (c = conn_next_by_peer(r->conns, &a->peer, c));)
		for (size_t i = 0; i < c->child_count; i++) {
			const struct sa_pair *p =
				sa_pair_current(r->sa, c->id, c->children[i].child);

			if (p && p->in_installed && a->survey_count < SURVEY_MAX)
				a->survey[a->survey_count++] =
					(struct survey_row){.spi_in = p->spi_in};
		}
}

void survey_begin(struct attempt *a)
{
	if (a->survey_state != SURVEY_NONE)
		return;
	list_pairs(a);
	a->survey_ms = loop_now(a->r->loop);
	sample(a, SURVEY_FIRST_ASKED);
}

bool survey_end(struct attempt *a)
{
	uint64_t age = loop_now(a->r->loop) - a->survey_ms;

	survey_begin(a);
	if (a->survey_state == SURVEY_DONE)
		return true;
	if (a->survey_state == SURVEY_FIRST && age >= SURVEY_LEAST_MS)
		sample(a, SURVEY_SECOND_ASKED);
	else if (a->survey_state != SURVEY_SECOND_ASKED)
		loop_timer_set(&a->look, age < SURVEY_LEAST_MS ? SURVEY_LEAST_MS - age : 20);
	return false;
}

/* Not asked for: beyond the bound, or come since: as good as moving. */
static bool stands_still(const struct attempt *a, const struct sa_pair *p)
{
	size_t row;

	if (!p || !p->in_installed || a->survey_state != SURVEY_DONE)
		return true;
	return survey_row(a, p->spi_in, &row) && !a->survey[row].moved;
}

bool survey_choose(struct attempt *a)
{
	unsigned int turn = a->child_turn;

	for (const struct conn *c = NULL; (c = conn_next_by_peer(a->r->conns, &a->peer, c));)
		for (size_t i = 0; i < c->child_count; i++) {
			uint32_t child = c->children[i].child;

			if (!stands_still(a, sa_pair_current(a->r->sa, c->id, child)) || turn--)
				continue;
			a->conn = c->id;
			a->child = child;
			return true;
		}
	return false;
}
