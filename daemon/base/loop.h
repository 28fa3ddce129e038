/*
 * loop: one process's event loop: descriptors, timers, and work put off to the end of the turn.
 *
 * The real loop runs on libevent and CLOCK_BOOTTIME. A simulated one (unit and scenario tests) has
 * the same timers and the same deferral but a clock that moves only by loop_advance(): a year of
 * rekeys takes seconds. Handlers carry a name; a turn over 5 ms is counted against it
 * (`show processes`). Nothing here locks: one loop, one thread; jobs (jobs.h) come back through it.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOP_SLOW_US 5000

struct loop;
struct loop_fd;

/* Embedded in its owner; zeroed is "not set". The name must live for ever (a literal). */
struct loop_timer {
	struct loop *loop;
	void (*fn)(void *arg);
	void *arg;
	const char *name;
	uint64_t due_ms;
	size_t heap_index; /* position + 1 in the heap; 0 = not armed */
	uint64_t order;	   /* of two due together, the one set first runs first */
};

enum loop_fd_events { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop *loop_new(void); /* NULL: no memory or no descriptors */
struct loop *loop_new_simulated(uint64_t now_ms);
/* Drops deferred calls unrun and disarms timers; timers and descriptors left behind may still be
 * stopped and deleted afterwards. */
void loop_free(struct loop *loop);

/* Milliseconds of CLOCK_BOOTTIME as of the beginning of this turn (or the simulated time). */
uint64_t loop_now(const struct loop *loop);

/* Not armed. fn(arg) runs once a setting, in a turn of its own time or later. */
void loop_timer_init(struct loop_timer *t, struct loop *loop, const char *name, void (*fn)(void *),
		     void *arg);
int loop_timer_set(struct loop_timer *t, uint64_t delay_ms); /* re-arms; -ENOMEM */
void loop_timer_stop(struct loop_timer *t);		     /* fine when not armed or zeroed */
bool loop_timer_armed(const struct loop_timer *t);

/* Runs fn(arg) at the end of this turn, in order of call; what is deferred meanwhile still belongs
 * to this turn, up to a bound, then to the next. 0 or -ENOMEM. `owner` groups deferred calls so
 * that loop_defer_cancel(owner) can drop those of an object that goes away. */
int loop_defer(struct loop *loop, const void *owner, const char *name, void (*fn)(void *),
	       void *arg);
void loop_defer_cancel(struct loop *loop, const void *owner);

/* Real loop only. The descriptor is borrowed. fn gets the events that are ready; a hang-up or an
 * error comes as every event that is wanted. NULL: no memory, or nothing to wait for. */
struct loop_fd *loop_fd_add(struct loop *loop, int fd, int events, const char *name,
			    void (*fn)(void *arg, int events), void *arg);
int loop_fd_want(struct loop_fd *lf, int events); /* changes what is waited for; 0 = nothing */
void loop_fd_del(struct loop_fd *lf);		  /* NULL is fine; safe inside its own handler */

int loop_run(struct loop *loop); /* until loop_stop(), also one before; 0 or -errno */
void loop_stop(struct loop *loop);
/* One turn of the real loop; waits for at most `wait_ms` (0 = only what is ready). For tests. */
int loop_turn(struct loop *loop, uint64_t wait_ms);
/* Simulated: moves the clock, running due timers in order and deferred calls after each.
 * Stops after `ms`; returns how many handlers ran. */
unsigned long loop_advance(struct loop *loop, uint64_t ms);

struct loop_stat {
	const char *name;
	uint64_t turns, slow_turns, max_us, total_us;
};
/* Walks handler statistics; index from 0; false at the end. */
bool loop_stat_get(const struct loop *loop, size_t index, struct loop_stat *out);

#endif
