/*
 * jobs: worker threads for what would block the loop: Diffie-Hellman, signatures, password hashes,
 * fsync. `run` executes on a worker and touches only its argument; `done` executes on the loop.
 * With zero threads (tests on a simulated loop) jobs run inline and `done` is deferred.
 */
#ifndef BASE_JOBS_H
#define BASE_JOBS_H

#include <stddef.h>

struct jobs;
struct loop;

/* NULL: no memory, no thread, or threads wanted on a simulated loop. Workers take no signals. */
struct jobs *jobs_new(struct loop *loop, unsigned int threads, size_t queue_max);
/* Waits for running jobs; before it returns queued ones get done(arg, -ECANCELED), finished ones
 * done(arg, 0). Not to be called from a `done`. */
void jobs_free(struct jobs *jobs);
/* 0, -EAGAIN when the queue is full, or -ENOMEM; then neither runs. */
int jobs_submit(struct jobs *jobs, void (*run)(void *arg), void (*done)(void *arg, int err),
		void *arg);
size_t jobs_waiting(const struct jobs *jobs);

#endif
