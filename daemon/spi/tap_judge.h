/*
 * spi/tap_judge: which of the packets that the armed tap saw did the kernel refuse?
 *
 * The tap sees candidates: packets to this host with an SPI, before netfilter and reassembly. Two
 * things decide: the SAD (mirror first, then the kernel is asked by GETSA, once a second a flow), and
 * the kernel's own counter: of a window of candidates no more are refused than XfrmInNoStates moved
 * by. Where the two do not settle it, nothing is reported: the counter stays the truth, the rest
 * counts as not looked at. A window is what came up in one wake-up, so most hold one packet.
 */
#ifndef SPI_TAP_JUDGE_H
#define SPI_TAP_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "spi/source.h"

struct loop;
struct tap_judge;
struct xfrm;

struct tap_window {
	uint64_t moved;	       /* by so much did the kernel's counter move */
	unsigned int unknown;  /* candidates that the SAD has no SA for */
	unsigned int reported; /* of these, of flows reported before */
	unsigned int marked;   /* candidates with an SA that wants a mark */
	unsigned int young;    /* candidates with an SA so new that it may have come after them */
	bool lossy;	       /* there were more, which did not come up */
};

enum tap_ruling {
	TAP_NONE,
	TAP_REPORTED, /* those of flows reported before */
	TAP_UNKNOWN,  /* all that the SAD has no SA for */
	TAP_ALL,      /* those for another mark, or before their SA came, too */
};

enum tap_ruling tap_rule(const struct tap_window *w); /* pure */

/* Candidates that the judge was not shown. */
struct tap_missed {
	uint64_t gone;	  /* ignored, lost, or come while the tap was not believed: never less */
	uint64_t waiting; /* still on the way up */
};

struct tap_judge_ops {
	int (*counter)(void *ctx, uint64_t *out); /* XfrmInNoStates as of now */
	/* Hands over what else came up by now, by tap_judge_candidate(); true: there was something. */
	bool (*drain)(void *ctx);
	void (*refused)(void *ctx, const struct spi_refusal *r);
	/* That destination, protocol and SPI need not come up again before the next forget. */
	void (*ignore)(void *ctx, uint64_t tag);
	void (*missed)(void *ctx, struct tap_missed *out);
};

/* ops and ctx are borrowed for its life. NULL: no memory. */
struct tap_judge *tap_judge_new(struct loop *loop, struct xfrm *xfrm,
				const struct tap_judge_ops *ops, void *ctx);
void tap_judge_free(struct tap_judge *j); /* NULL is fine; questions under way go unheard */

/* The tap was armed just now: what the counter did since the last window was looked at by nobody. The
 * first time, which is before it is armed at all, tells from where to count. 0 or -errno. */
int tap_judge_begin(struct tap_judge *j);
void tap_judge_candidate(struct tap_judge *j, const struct spi_refusal *r);
void tap_judge_lossy(struct tap_judge *j); /* candidates were lost */
/* The tap is taken down: what is not decided yet never will be. */
void tap_judge_end(struct tap_judge *j);
/* Counted by the kernel, and: not looked at or not told apart; not judged yet. What is neither of
 * them nor reported, the tap never saw. */
void tap_judge_sums(const struct tap_judge *j, uint64_t *unlooked, uint64_t *pending);
/* No more of this wake-up. Decides now, or when the kernel has answered, or 10 ms later. */
void tap_judge_close(struct tap_judge *j);

#endif
