/*
 * pace: the one class for "not too often": a token bucket with a least gap and jitter, and an
 * exponential back-off. Time and randomness are parameters; no room invents its own.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace_class {
	uint32_t burst;	     /* tokens at most */
	uint64_t refill_ms;  /* one token each so many ms; 0 = always full */
	uint64_t min_gap_ms; /* least distance of two */
};

struct pace {
	const struct pace_class *cls;
	uint32_t tokens;
	uint64_t refilled_ms; /* when the last token was added */
	uint64_t last_ms;     /* last take */
	bool used;
};

/* Full; cls is borrowed for the life of p. */
void pace_init(struct pace *p, const struct pace_class *cls, uint64_t now_ms);
/* True: it may be done, a token is gone. False: it is too soon, and nothing has changed. */
bool pace_take(struct pace *p, uint64_t now_ms);
/* 0 = now; else ms until pace_take() would succeed; UINT64_MAX: never (burst 0). */
uint64_t pace_wait_ms(const struct pace *p, uint64_t now_ms);

struct backoff_class {
	uint64_t first_ms, max_ms;
	uint32_t factor_percent; /* 180 = ×1.8 each try */
	uint32_t jitter_percent; /* ± */
};
/* Delay before try number n (0 = first), never over max_ms; `random_value` is any 32-bit value. */
uint64_t backoff_delay_ms(const struct backoff_class *cls, unsigned int n, uint32_t random_value);

#endif
