/*
 * Driven by tap.c: candidates of a wake-up, then close. Closing waits for answers of GETSA that are
 * under way, and gives a counter that lags 10 ms (another CPU may be between the tap and
 * xfrm_input()). Memory is fixed: a window of candidates, a table of flows in sets of four.
 */
#include "spi/tap_judge.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/pace.h"
#include "spi/bpf/record.h"
#include "xfrm/xfrm.h"

#define WINDOW_MAX	256
#define KNOWN_MAX	4096
#define KNOWN_WAYS	4
#define SETTLE_MS	10   /* for a counter that lags */
#define SETTLE_MAX_MS	100  /* … while more comes up all the time */
#define ANSWER_MS	1000 /* for GETSA: a busy machine is late, and a lost answer is told apart */
#define YOUNG_MS	1000
#define KNOWN_FOR_MS	1000 /* then the kernel is asked again */
#define REPORTED_FOR_MS 10000

static const struct pace_class QUESTIONS = {.burst = 256, .refill_ms = 2}; /* 500 a second */

enum known_state {
	KNOWN_NOT, /* asked, not yet answered */
	KNOWN_UNKNOWN,
	KNOWN_MARKED,
	KNOWN_GOOD,
};

struct known {
	uint64_t tag; /* 0 = free */
	enum known_state state;
	bool asking;
	bool young; /* KNOWN_GOOD: its SA is not older than YOUNG_MS */
	uint64_t used_ms, answered_ms;
	uint64_t reported_ms; /* 0 = never */
};

struct candidate {
	struct spi_refusal r;
	uint64_t tag;
};

/* A question to the kernel; outlives the judge. */
struct question {
	struct list node;
	struct tap_judge *judge; /* NULL: nobody listens any more */
	uint64_t tag;
	struct xfrm_sa_id id;
	bool mirrored; /* the mirror had an SA */
};

struct tap_judge {
	struct loop *loop;
	struct xfrm *xfrm;
	const struct tap_judge_ops *ops;
	void *ctx;
	struct candidate window[WINDOW_MAX];
	unsigned int count;
	bool lossy, closing;
	uint64_t closing_ms, last_ms; /* since when; when the last candidate came */
	uint64_t base;		      /* the counter when the window began */
	bool based;
	uint64_t gone;	   /* of tap_missed, then */
	uint64_t dropped;  /* candidates of this window that there was no room for, or no answer */
	uint64_t unlooked; /* in all */
	struct known known[KNOWN_MAX];
	struct list questions;
	struct pace pace;
	struct loop_timer again;
};

/* What came before its SA did may have been counted, so it must be explained with the others. */
enum tap_ruling tap_rule(const struct tap_window *w)
{
	if (w->moved == 0)
		return TAP_NONE;
	if (!w->lossy && w->moved >= w->unknown + w->young + w->marked)
		return TAP_ALL;
	if (!w->lossy && w->moved >= w->unknown + w->young)
		return TAP_UNKNOWN;
	return w->reported && w->moved >= w->reported + w->young ? TAP_REPORTED : TAP_NONE;
}

static uint64_t tag_of(const struct spi_refusal *r)
{
	uint32_t dst[4];

	memcpy(dst, r->dst.bytes, sizeof(dst));
	return spi_tag(dst, r->proto, r->spi);
}

static struct known *known_way(struct tap_judge *j, uint64_t tag, unsigned int way)
{
	return &j->known[(spi_tag_slot(tag) * KNOWN_WAYS + way) % KNOWN_MAX];
}

static struct known *known_find(struct tap_judge *j, uint64_t tag)
{
	for (unsigned int way = 0; way < KNOWN_WAYS; way++)
		if (known_way(j, tag, way)->tag == tag)
			return known_way(j, tag, way);
	return NULL;
}

/* A fresh entry in place of the one that was heard of least lately. */
static struct known *known_make(struct tap_judge *j, uint64_t tag)
{
	struct known *oldest = known_way(j, tag, 0);

	for (unsigned int way = 1; way < KNOWN_WAYS && oldest->tag; way++) {
		struct known *k = known_way(j, tag, way);

		if (!k->tag || k->used_ms < oldest->used_ms)
			oldest = k;
	}
	*oldest = (struct known){.tag = tag, .state = KNOWN_NOT};
	return oldest;
}

/* The mirror's word, whatever the mark: NULL is "no such SA". */
static const struct xfrm_sa *mirror_find(const struct tap_judge *j, const struct xfrm_sa_id *id)
{
	return xfrm_sa_find(j->xfrm, &id->dst, id->proto, id->spi, NULL);
}

static enum known_state state_of(const struct xfrm_sa *sa)
{
	if (!sa)
		return KNOWN_UNKNOWN;
	/* A packet for a larval SA is counted elsewhere (XfrmAcquireError). */
	return sa->id.mark.mask && !sa->larval ? KNOWN_MARKED : KNOWN_GOOD;
}

/* The kernel has the SA; the mirror knows since when, or has not heard of it yet. */
static bool is_young(const struct tap_judge *j, const struct xfrm_sa_id *id)
{
	const struct xfrm_sa *sa = mirror_find(j, id);

	return !sa || loop_now(j->loop) - sa->since_ms < YOUNG_MS;
}

static void try_close(struct tap_judge *j);

static void answered(void *arg, int err, const struct xfrm_sa *sa)
{
	struct question *q = arg;
	struct tap_judge *j = q->judge;
	struct known *k = j ? known_find(j, q->tag) : NULL;

	list_remove(&q->node);
	if (k) {
		k->asking = false;
		k->answered_ms = loop_now(j->loop);
		if (err == 0)
			k->state = state_of(sa);
		else if (err == -ESRCH) /* one that the mirror has learned of meanwhile counts */
			k->state = q->mirrored ? KNOWN_UNKNOWN : state_of(mirror_find(j, &q->id));
		else
			k->tag = 0; /* no word from the kernel: nothing is said */
		k->young = k->state == KNOWN_GOOD && is_young(j, &q->id);
	}
	alloc_free(q);
	if (j && j->closing)
		try_close(j);
}

/* Asks for the SA as the mirror has it (with its mark), else for one without a mark. */
static void ask(struct tap_judge *j, struct known *k, const struct spi_refusal *r)
{
	struct question *q = pace_take(&j->pace, loop_now(j->loop)) ? alloc_zero(sizeof(*q)) : NULL;
	const struct xfrm_sa *sa;
	void *ctx;
	const struct xfrm_ops *ops = xfrm_ops(j->xfrm, &ctx);

	if (!q)
		return;
	q->judge = j;
	q->tag = k->tag;
	q->id = (struct xfrm_sa_id){.dst = r->dst, .proto = r->proto, .spi = r->spi};
	sa = mirror_find(j, &q->id);
	q->mirrored = sa != NULL;
	if (sa)
		q->id.mark = sa->id.mark;
	list_append(&j->questions, &q->node);
	k->asking = true;
	if (ops->sa_get(ctx, &q->id, answered, q) == 0)
		return;
	k->asking = false;
	list_remove(&q->node);
	alloc_free(q);
}

/* What is known of the candidate's SA; the first time, and each second, the kernel is asked. NULL:
 * it could not be asked. */
static struct known *known_get(struct tap_judge *j, const struct spi_refusal *r, uint64_t tag)
{
	uint64_t now_ms = loop_now(j->loop);
	struct known *k = known_find(j, tag);

	if (!k)
		k = known_make(j, tag);
	k->used_ms = now_ms;
	if (!k->asking && (k->state == KNOWN_NOT || now_ms - k->answered_ms >= KNOWN_FOR_MS))
		ask(j, k, r);
	if (k->state == KNOWN_NOT && !k->asking) {
		k->tag = 0;
		return NULL;
	}
	return k;
}

void tap_judge_candidate(struct tap_judge *j, const struct spi_refusal *r)
{
	uint64_t tag = tag_of(r);
	struct known *k = known_get(j, r, tag);

	if (!k || j->count == WINDOW_MAX) {
		j->lossy = true;
		j->dropped++;
		return;
	}
	if (k->state == KNOWN_GOOD && !k->asking) {
		j->ops->ignore(j->ctx, tag);
		return;
	}
	j->window[j->count++] = (struct candidate){.r = *r, .tag = tag};
	j->last_ms = loop_now(j->loop);
}

void tap_judge_lossy(struct tap_judge *j)
{
	j->lossy = true;
}

static bool unanswered(struct tap_judge *j)
{
	for (unsigned int i = 0; i < j->count; i++) {
		struct known *k = known_find(j, j->window[i].tag);

		if (k && k->state == KNOWN_NOT)
			return true;
	}
	return false;
}

static bool was_reported(const struct known *k, uint64_t now_ms)
{
	return k->reported_ms && now_ms - k->reported_ms < REPORTED_FOR_MS;
}

/* Sums the window; an SPI of which nothing could be learned makes it lossy. */
static struct tap_window sum(struct tap_judge *j, uint64_t counter)
{
	struct tap_window w = {.moved = counter - j->base, .lossy = j->lossy};

	for (unsigned int i = 0; i < j->count; i++) {
		struct known *k = known_find(j, j->window[i].tag);

		if (!k || k->state == KNOWN_NOT) {
			w.lossy = true;
		} else if (k->state == KNOWN_UNKNOWN) {
			w.unknown++;
			w.reported += was_reported(k, loop_now(j->loop));
		} else {
			w.marked += k->state == KNOWN_MARKED;
			w.young += k->state == KNOWN_GOOD && k->young;
		}
	}
	return w;
}

static bool is_refused(const struct known *k, enum tap_ruling ruling, uint64_t now_ms)
{
	if (k->state == KNOWN_MARKED || (k->state == KNOWN_GOOD && k->young))
		return ruling == TAP_ALL;
	if (k->state != KNOWN_UNKNOWN)
		return false;
	return ruling == TAP_ALL || ruling == TAP_UNKNOWN ||
	       (ruling == TAP_REPORTED && was_reported(k, now_ms));
}

/* How many were reported. */
static unsigned int carry_out(struct tap_judge *j, const struct tap_window *w,
			      enum tap_ruling ruling)
{
	uint64_t now_ms = loop_now(j->loop);
	unsigned int reported = 0;

	for (unsigned int i = 0; i < j->count; i++) {
		const struct candidate *c = &j->window[i];
		struct known *k = known_find(j, c->tag);

		if (!k)
			continue;
		if (is_refused(k, ruling, now_ms)) {
			if (k->state == KNOWN_UNKNOWN)
				k->reported_ms = now_ms;
			j->ops->refused(j->ctx, &c->r);
			reported++;
		} else if (k->state == KNOWN_GOOD || (w->moved == 0 && !was_reported(k, now_ms))) {
			j->ops->ignore(j->ctx, c->tag); /* seen, and not refused */
		}
	}
	return reported;
}

/* What the kernel counted and was not reported is, as far as there were candidates for it, not
 * looked at or not told apart. The rest no filter saw. */
static void account(struct tap_judge *j, const struct tap_window *w, unsigned int reported)
{
	struct tap_missed m;
	uint64_t rest = w->moved > reported ? w->moved - reported : 0, known;

	j->ops->missed(j->ctx, &m);
	known = m.gone - j->gone + m.waiting + j->dropped + (j->count - reported);
	j->unlooked += rest < known ? rest : known;
	j->gone = m.gone;
}

/* The counter, with all candidates that it may count in the window: the tap sees a packet before
 * the kernel counts it, so what came up while it was read is fetched, and it is read again. */
static uint64_t counter_now(struct tap_judge *j)
{
	uint64_t counter;

	for (unsigned int tries = 0;; tries++) {
		if (j->ops->counter(j->ctx, &counter))
			return j->base; /* no word: nothing is reported */
		if (tries == 2 || !j->ops->drain(j->ctx))
			return counter;
	}
}

static void window_clear(struct tap_judge *j, uint64_t counter)
{
	j->base = counter;
	j->count = 0;
	j->dropped = 0;
	j->lossy = j->closing = false;
}

static void close_window(struct tap_judge *j, const struct tap_window *w, uint64_t counter)
{
	loop_timer_stop(&j->again);
	account(j, w, carry_out(j, w, tap_rule(w)));
	window_clear(j, counter);
}

static void try_close(struct tap_judge *j)
{
	uint64_t now_ms = loop_now(j->loop), counter = counter_now(j);
	uint64_t waited_ms = now_ms - j->closing_ms;
	struct tap_window w;

	if (waited_ms < ANSWER_MS && unanswered(j)) {
		loop_timer_set(&j->again, ANSWER_MS - waited_ms);
		return;
	}
	w = sum(j, counter);
	if (w.moved < w.unknown + w.marked + w.young && waited_ms < SETTLE_MAX_MS &&
	    now_ms - j->last_ms < SETTLE_MS)
		loop_timer_set(&j->again, SETTLE_MS - (now_ms - j->last_ms));
	else
		close_window(j, &w, counter);
}

static void again(void *arg)
{
	struct tap_judge *j = arg;

	if (j->closing)
		try_close(j);
}

void tap_judge_close(struct tap_judge *j)
{
	if (!j->closing) {
		j->closing = true;
		j->closing_ms = loop_now(j->loop);
	}
	try_close(j);
}

int tap_judge_begin(struct tap_judge *j)
{
	struct tap_missed m;
	uint64_t counter;
	int rc = j->ops->counter(j->ctx, &counter);

	if (rc)
		return rc;
	if (j->based)
		j->unlooked += counter - j->base;
	j->based = true;
	j->ops->missed(j->ctx, &m);
	j->gone = m.gone;
	loop_timer_stop(&j->again);
	window_clear(j, counter);
	return 0;
}

void tap_judge_end(struct tap_judge *j)
{
	loop_timer_stop(&j->again);
	window_clear(j, j->base); /* what it counted since then is told by begin */
}

void tap_judge_sums(const struct tap_judge *j, uint64_t *unlooked, uint64_t *pending)
{
	uint64_t counter;

	*unlooked = j->unlooked;
	*pending = j->ops->counter(j->ctx, &counter) ? 0 : counter - j->base;
}

struct tap_judge *tap_judge_new(struct loop *loop, struct xfrm *xfrm,
				const struct tap_judge_ops *ops, void *ctx)
{
	struct tap_judge *j = alloc_zero(sizeof(*j));

	if (!j)
		return NULL;
	j->loop = loop;
	j->xfrm = xfrm;
	j->ops = ops;
	j->ctx = ctx;
	list_init(&j->questions);
	pace_init(&j->pace, &QUESTIONS, loop_now(loop));
	loop_timer_init(&j->again, loop, "tap window", again, j);
	return j;
}

void tap_judge_free(struct tap_judge *j)
{
	struct list *it;

	if (!j)
		return;
	list_for_each(it, &j->questions) list_entry(it, struct question, node)->judge = NULL;
	while (!list_empty(&j->questions))
		list_remove(j->questions.next);
	loop_timer_stop(&j->again);
	alloc_free(j);
}
