/*
 * jobs: the queue, the workers, and the way back to the loop.
 *
 * The loop's thread submits; a worker takes, runs, and puts the job on `finished`; an eventfd wakes
 * the loop, which calls `done`. The mutex guards the two lists, the count and `stopping`, nothing
 * else. Without threads the same `finished` list is emptied by a deferred call.
 */
#include "base/jobs.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/loop.h"

struct job {
	struct list node;
	void (*run)(void *arg);
	void (*done)(void *arg, int err);
	void *arg;
};

struct jobs {
	struct loop *loop;
	struct loop_fd *wake;
	int event_fd;
	pthread_t *threads;
	unsigned int thread_count;
	pthread_mutex_t mutex;
	pthread_cond_t work;
	struct list queued, finished;
	_Atomic size_t waiting; /* changed under the mutex, read without */
	size_t queue_max;
	bool stopping;
};

static struct job *pop(struct list *head)
{
	struct list *first = head->next;

	if (list_empty(head))
		return NULL;
	list_remove(first);
	return list_entry(first, struct job, node);
}

static struct job *pop_finished(struct jobs *jobs)
{
	struct job *job;

	pthread_mutex_lock(&jobs->mutex);
	job = pop(&jobs->finished);
	pthread_mutex_unlock(&jobs->mutex);
	return job;
}

/* On the loop: `done` may submit more. */
static void deliver(struct jobs *jobs)
{
	struct job *job;

	while ((job = pop_finished(jobs))) {
		job->done(job->arg, 0);
		alloc_free(job);
	}
}

static void on_wake(void *arg, int events)
{
	struct jobs *jobs = arg;
	uint64_t count;

	(void)events;
	if (read(jobs->event_fd, &count, sizeof(count)) > 0)
		deliver(jobs);
}

static void on_deferred(void *arg)
{
	deliver(arg);
}

/* The worker's side. */

static struct job *wait_for_job(struct jobs *jobs)
{
	struct job *job = NULL;

	pthread_mutex_lock(&jobs->mutex);
	while (!jobs->stopping && list_empty(&jobs->queued))
		pthread_cond_wait(&jobs->work, &jobs->mutex);
	if (!jobs->stopping) {
		job = pop(&jobs->queued);
		jobs->waiting--;
	}
	pthread_mutex_unlock(&jobs->mutex);
	return job;
}

static void hand_back(struct jobs *jobs, struct job *job)
{
	uint64_t one = 1;
	ssize_t written;

	pthread_mutex_lock(&jobs->mutex);
	list_append(&jobs->finished, &job->node);
	pthread_mutex_unlock(&jobs->mutex);
	/* Fails only when the counter is full, and then the loop is awake already. */
	written = write(jobs->event_fd, &one, sizeof(one));
	(void)written;
}

static void *worker(void *arg)
{
	struct jobs *jobs = arg;
	struct job *job;

	while ((job = wait_for_job(jobs))) {
		job->run(job->arg);
		hand_back(jobs, job);
	}
	return NULL;
}

/* Life. */

static int start_threads(struct jobs *jobs, unsigned int count)
{
	sigset_t all, before;
	int rc = 0;

	jobs->threads = alloc_array(count, sizeof(*jobs->threads));
	if (!jobs->threads)
		return -ENOMEM;
	/* Signals are for the loop's thread (signalfd); a worker must never take one. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (!rc && jobs->thread_count < count) {
		rc = -pthread_create(&jobs->threads[jobs->thread_count], NULL, worker, jobs);
		if (!rc)
			jobs->thread_count++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static int start_workers(struct jobs *jobs, unsigned int count)
{
	jobs->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (jobs->event_fd < 0)
		return -errno;
	jobs->wake = loop_fd_add(jobs->loop, jobs->event_fd, LOOP_READ, "jobs", on_wake, jobs);
	if (!jobs->wake)
		return -ENOMEM;
	return start_threads(jobs, count);
}

struct jobs *jobs_new(struct loop *loop, unsigned int threads, size_t queue_max)
{
	struct jobs *jobs = alloc_zero(sizeof(*jobs));

	if (!jobs)
		return NULL;
	jobs->loop = loop;
	jobs->queue_max = queue_max;
	jobs->event_fd = -1;
	list_init(&jobs->queued);
	list_init(&jobs->finished);
	pthread_mutex_init(&jobs->mutex, NULL);
	pthread_cond_init(&jobs->work, NULL);
	if (threads && start_workers(jobs, threads)) {
		jobs_free(jobs);
		return NULL;
	}
	return jobs;
}

static void stop_threads(struct jobs *jobs)
{
	pthread_mutex_lock(&jobs->mutex);
	jobs->stopping = true;
	pthread_cond_broadcast(&jobs->work);
	pthread_mutex_unlock(&jobs->mutex);
	for (unsigned int i = 0; i < jobs->thread_count; i++)
		pthread_join(jobs->threads[i], NULL);
}

void jobs_free(struct jobs *jobs)
{
	struct job *job;

	if (!jobs)
		return;
	stop_threads(jobs);
	loop_defer_cancel(jobs->loop, jobs);
	deliver(jobs);
	while ((job = pop(&jobs->queued))) {
		job->done(job->arg, -ECANCELED);
		alloc_free(job);
	}
	loop_fd_del(jobs->wake);
	if (jobs->event_fd >= 0)
		close(jobs->event_fd);
	pthread_cond_destroy(&jobs->work);
	pthread_mutex_destroy(&jobs->mutex);
	alloc_free(jobs->threads);
	alloc_free(jobs);
}

static int run_inline(struct jobs *jobs, struct job *job)
{
	if (loop_defer(jobs->loop, jobs, "jobs", on_deferred, jobs))
		return -ENOMEM;
	job->run(job->arg);
	list_append(&jobs->finished, &job->node);
	return 0;
}

static int enqueue(struct jobs *jobs, struct job *job)
{
	int rc = 0;

	pthread_mutex_lock(&jobs->mutex);
	if (jobs->stopping || jobs->waiting >= jobs->queue_max) {
		rc = -EAGAIN;
	} else {
		list_append(&jobs->queued, &job->node);
		jobs->waiting++;
		pthread_cond_signal(&jobs->work);
	}
	pthread_mutex_unlock(&jobs->mutex);
	return rc;
}

int jobs_submit(struct jobs *jobs, void (*run)(void *arg), void (*done)(void *arg, int err),
		void *arg)
{
	struct job *job = alloc_zero(sizeof(*job));
	int rc;

	if (!job)
		return -ENOMEM;
	*job = (struct job){.run = run, .done = done, .arg = arg};
	rc = jobs->thread_count ? enqueue(jobs, job) : run_inline(jobs, job);
	if (rc)
		alloc_free(job);
	return rc;
}

size_t jobs_waiting(const struct jobs *jobs)
{
	return jobs->waiting;
}
