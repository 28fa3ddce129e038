#include "base/pace.h"

void pace_init(struct pace *p, const struct pace_class *cls, uint64_t now_ms)
{
	*p = (struct pace){.cls = cls, .tokens = cls->burst, .refilled_ms = now_ms};
}

/* What the bucket would hold at `now`; a clock that went back adds nothing. */
static struct pace refilled(const struct pace *p, uint64_t now_ms)
{
	struct pace q = *p;
	uint64_t gained;

	if (q.cls->refill_ms == 0) {
		q.tokens = q.cls->burst;
	} else if (now_ms > q.refilled_ms) {
		gained = (now_ms - q.refilled_ms) / q.cls->refill_ms;
		q.refilled_ms += gained * q.cls->refill_ms;
		if (gained >= q.cls->burst - q.tokens)
			q.tokens = q.cls->burst;
		else
			q.tokens += (uint32_t)gained;
	}
	/* A full bucket does not save up time: its next token is due one period after the take. */
	if (q.tokens == q.cls->burst && now_ms > q.refilled_ms)
		q.refilled_ms = now_ms;
	return q;
}

static uint64_t token_wait(const struct pace *q, uint64_t now_ms)
{
	uint64_t due = q->refilled_ms + q->cls->refill_ms;

	if (q->tokens)
		return 0;
	if (q->cls->burst == 0)
		return UINT64_MAX;
	return due > now_ms ? due - now_ms : 0;
}

static uint64_t gap_wait(const struct pace *q, uint64_t now_ms)
{
	uint64_t due = q->last_ms + q->cls->min_gap_ms;

	return q->used && due > now_ms ? due - now_ms : 0;
}

uint64_t pace_wait_ms(const struct pace *p, uint64_t now_ms)
{
	struct pace q = refilled(p, now_ms);
	uint64_t token = token_wait(&q, now_ms), gap = gap_wait(&q, now_ms);

	return token > gap ? token : gap;
}

bool pace_take(struct pace *p, uint64_t now_ms)
{
	if (pace_wait_ms(p, now_ms))
		return false;
	*p = refilled(p, now_ms);
	p->tokens--;
	p->last_ms = now_ms;
	p->used = true;
	return true;
}

static uint64_t backoff_base(const struct backoff_class *cls, unsigned int n)
{
	uint64_t ms = cls->first_ms, scaled;

	/* Stops where the ceiling is reached or nothing grows, so that a huge n is no long loop. */
	for (unsigned int i = 0; i < n && ms < cls->max_ms; i++) {
		if (__builtin_mul_overflow(ms, (uint64_t)cls->factor_percent, &scaled))
			return cls->max_ms;
		scaled /= 100;
		if (scaled == ms)
			break;
		ms = scaled;
	}
	return ms < cls->max_ms ? ms : cls->max_ms;
}

uint64_t backoff_delay_ms(const struct backoff_class *cls, unsigned int n, uint32_t random_value)
{
	uint64_t base = backoff_base(cls, n);
	uint64_t jitter = base / 100 * cls->jitter_percent + base % 100 * cls->jitter_percent / 100;
	uint64_t low = base > jitter ? base - jitter : 0;
	uint64_t high = base + jitter < cls->max_ms ? base + jitter : cls->max_ms;
	uint64_t span = high - low + 1;

	return low + (uint64_t)((unsigned __int128)span * random_value >> 32);
}
