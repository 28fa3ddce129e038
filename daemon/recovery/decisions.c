#include <string.h>

#include "recovery/recovery_internal.h"

static uint16_t *share_of(struct decisions *d, const struct recovery_decision *one)
{
	return &d->shares[addr_hash(&one->peer, 0) % DECISION_SHARES];
}

static size_t oldest_of_most(struct decisions *d)
{
	size_t at = 0;

	for (size_t i = 1; i < d->count; i++)
		if (*share_of(d, &d->list[i]) > *share_of(d, &d->list[at]))
			at = i;
	return at;
}

static void drop(struct decisions *d, size_t at)
{
	--*share_of(d, &d->list[at]);
	d->count--;
	memmove(&d->list[at], &d->list[at + 1], (d->count - at) * sizeof(d->list[0]));
}

void decisions_note(struct decisions *d, const struct recovery_decision *one)
{
	if (d->count == RECOVERY_DECISIONS_MAX)
		drop(d, oldest_of_most(d));
	d->list[d->count++] = *one;
	++*share_of(d, one);
}
