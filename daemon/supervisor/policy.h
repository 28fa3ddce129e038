/*
 * supervisor/policy: what the death of a process means: nothing, another start after a while, or the
 * end of the service. A pure decision over plain values; the supervisor carries it out.
 */
#ifndef SUPERVISOR_POLICY_H
#define SUPERVISOR_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct policy_death {
	bool stopping; /* a clean stop is under way */
	bool wanted;   /* the role is meant to run */
	bool router;   /* it is the router */
	/* Router has ordered ike once: its folders and its startup configuration were fine. */
	bool begun;
	int status;	       /* of waitpid() */
	uint64_t lived_ms;     /* from its start to its death */
	unsigned int failures; /* deaths before this one since it was last calm */
};

enum policy_verdict {
	POLICY_NOTHING,	    /* it was meant to end */
	POLICY_RESTART,	    /* again, after delay_ms */
	POLICY_END_SERVICE, /* no start can mend it: a person must */
	POLICY_STOPPED,	    /* router has done its clean stop: the service is at its end */
};

struct policy_answer {
	enum policy_verdict verdict;
	uint64_t delay_ms;
	unsigned int failures; /* to be handed in at the next death */
	int exit_status;       /* of the service, where it ends */
};

struct policy_answer policy_decide(const struct policy_death *d);
/* How long after n failures a process is started again. */
uint64_t policy_delay_ms(unsigned int failures);

#endif
