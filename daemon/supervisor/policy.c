#include "supervisor/policy.h"

#include <sys/wait.h>

#include "base/pace.h"

#define CALM_MS 60000 /* a process that lived so long starts its back-off anew */

/* Of the first, a person sees nothing; of one that dies at each start, the log is not flooded. */
static const struct backoff_class restart_class = {
	.first_ms = 50, .max_ms = 10000, .factor_percent = 300, .jitter_percent = 0};

uint64_t policy_delay_ms(unsigned int failures)
{
	return backoff_delay_ms(&restart_class, failures, 0);
}

/* Its own word that it cannot begin, against a crash, which may pass. */
static bool cannot_begin(const struct policy_death *d)
{
	return d->router && !d->begun && WIFEXITED(d->status) && WEXITSTATUS(d->status) != 0;
}

static struct policy_answer at_stop(const struct policy_death *d)
{
	const bool clean = WIFEXITED(d->status) && WEXITSTATUS(d->status) == 0;

	if (!d->router)
		return (struct policy_answer){.verdict = POLICY_NOTHING};
	return (struct policy_answer){.verdict = POLICY_STOPPED, .exit_status = clean ? 0 : 1};
}

struct policy_answer policy_decide(const struct policy_death *d)
{
	const unsigned int before = d->lived_ms > CALM_MS ? 0 : d->failures;

	if (d->stopping)
		return at_stop(d);
	if (!d->wanted)
		return (struct policy_answer){.verdict = POLICY_NOTHING};
	if (cannot_begin(d))
		return (struct policy_answer){.verdict = POLICY_END_SERVICE, .exit_status = 1};
	return (struct policy_answer){.verdict = POLICY_RESTART,
				      .delay_ms = policy_delay_ms(before),
				      .failures = before + 1};
}
