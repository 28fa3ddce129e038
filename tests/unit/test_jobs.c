#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "base/jobs.h"
#include "base/loop.h"

struct work {
	struct jobs *jobs;
	pthread_t worker, loop_thread;
	sem_t started, go;
	_Atomic int ran;
	int done, err;
	bool signals_blocked;
};

static void run(void *arg)
{
	struct work *w = arg;
	sigset_t mask;

	w->worker = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	w->signals_blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 1;
	w->ran++;
}

static void run_counted(void *arg)
{
	((struct work *)arg)->ran++;
}

static void run_gated(void *arg)
{
	struct work *w = arg;

	sem_post(&w->started);
	sem_wait(&w->go);
	w->ran++;
}

static void done(void *arg, int err)
{
	struct work *w = arg;

	w->loop_thread = pthread_self();
	w->err = err;
	w->done++;
}

static void submit_again(void *arg, int err)
{
	struct work *w = arg;

	done(arg, err);
	if (w->done < 3)
		assert_int_equal(jobs_submit(w->jobs, run, submit_again, w), 0);
}

static void gates_open(struct work *w)
{
	sem_init(&w->started, 0, 0);
	sem_init(&w->go, 0, 0);
}

/* Turns the loop until n jobs are done, at worst one a turn; each waits, so a lost wake-up fails. */
static void turn_until_done(struct loop *loop, const struct work *w, int n)
{
	for (unsigned int turns = 0; w->done < n; turns++) {
		assert_true(turns < 100 + (unsigned int)n);
		loop_turn(loop, 5000);
	}
}

static void test_without_threads_a_job_runs_at_once_and_is_done_at_the_end_of_the_turn(void **state)
{
	struct loop *loop = loop_new_simulated(0);
	struct jobs *jobs = jobs_new(loop, 0, 10);
	struct work w = {0};

	(void)state;
	assert_int_equal(jobs_submit(jobs, run, done, &w), 0);
	assert_int_equal(w.ran, 1);
	assert_int_equal(w.done, 0);
	loop_advance(loop, 0);
	assert_int_equal(w.done, 1);
	assert_int_equal(w.err, 0);
	jobs_free(jobs);
	loop_free(loop);
}

static void test_done_may_submit_more(void **state)
{
	struct loop *loop = loop_new_simulated(0);
	struct work w = {.jobs = jobs_new(loop, 0, 10)};

	(void)state;
	assert_int_equal(jobs_submit(w.jobs, run, submit_again, &w), 0);
	loop_advance(loop, 0);
	assert_int_equal(w.done, 3);
	jobs_free(w.jobs);
	loop_free(loop);
}

static void test_freeing_delivers_what_ran_inline(void **state)
{
	struct loop *loop = loop_new_simulated(0);
	struct jobs *jobs = jobs_new(loop, 0, 10);
	struct work w = {0};

	(void)state;
	assert_int_equal(jobs_submit(jobs, run, done, &w), 0);
	jobs_free(jobs);
	assert_int_equal(w.done, 1);
	assert_int_equal(w.err, 0);
	/* The deferred call went with it. */
	assert_int_equal(loop_advance(loop, 0), 0);
	loop_free(loop);
}

static void test_a_worker_runs_and_the_loop_hears_of_it(void **state)
{
	struct loop *loop = loop_new();
	struct jobs *jobs = jobs_new(loop, 2, 10);
	struct work w = {0};

	(void)state;
	assert_non_null(jobs);
	assert_int_equal(jobs_submit(jobs, run, done, &w), 0);
	turn_until_done(loop, &w, 1);
	assert_int_equal(w.ran, 1);
	assert_int_equal(w.err, 0);
	assert_false(pthread_equal(w.worker, pthread_self()));
	assert_true(pthread_equal(w.loop_thread, pthread_self()));
	assert_true(w.signals_blocked);
	jobs_free(jobs);
	loop_free(loop);
}

static void test_hundreds_of_jobs_are_all_done_once(void **state)
{
	struct loop *loop = loop_new();
	struct jobs *jobs = jobs_new(loop, 3, 1000);
	struct work w = {0};

	(void)state;
	for (unsigned int i = 0; i < 500; i++)
		assert_int_equal(jobs_submit(jobs, run_counted, done, &w), 0);
	turn_until_done(loop, &w, 500);
	assert_int_equal(w.ran, 500);
	assert_int_equal(jobs_waiting(jobs), 0);
	jobs_free(jobs);
	assert_int_equal(w.done, 500);
	loop_free(loop);
}

static void test_a_full_queue_refuses(void **state)
{
	struct loop *loop = loop_new();
	struct jobs *jobs = jobs_new(loop, 1, 2);
	struct work gated = {0}, queued = {0};

	(void)state;
	gates_open(&gated);
	assert_int_equal(jobs_submit(jobs, run_gated, done, &gated), 0);
	sem_wait(&gated.started);
	assert_int_equal(jobs_submit(jobs, run, done, &queued), 0);
	assert_int_equal(jobs_submit(jobs, run, done, &queued), 0);
	assert_int_equal(jobs_waiting(jobs), 2);
	assert_int_equal(jobs_submit(jobs, run, done, &queued), -EAGAIN);
	sem_post(&gated.go);
	turn_until_done(loop, &queued, 2);
	assert_int_equal(jobs_submit(jobs, run, done, &queued), 0);
	turn_until_done(loop, &queued, 3);
	jobs_free(jobs);
	loop_free(loop);
}

static void *open_gate(void *arg)
{
	/* Freeing waits for the running job; give it the chance to begin waiting first. */
	struct timespec moment = {.tv_nsec = 20000000};

	nanosleep(&moment, NULL);
	sem_post(&((struct work *)arg)->go);
	return NULL;
}

static void test_freeing_waits_for_the_running_and_cancels_the_queued(void **state)
{
	struct loop *loop = loop_new();
	struct jobs *jobs = jobs_new(loop, 1, 10);
	struct work running = {0}, queued = {0};
	pthread_t helper;

	(void)state;
	gates_open(&running);
	assert_int_equal(jobs_submit(jobs, run_gated, done, &running), 0);
	sem_wait(&running.started);
	assert_int_equal(jobs_submit(jobs, run, done, &queued), 0);
	assert_int_equal(pthread_create(&helper, NULL, open_gate, &running), 0);
	jobs_free(jobs);
	pthread_join(helper, NULL);
	assert_int_equal(running.ran, 1);
	assert_int_equal(running.done, 1);
	assert_int_equal(running.err, 0);
	assert_int_equal(queued.ran, 0);
	assert_int_equal(queued.done, 1);
	assert_int_equal(queued.err, -ECANCELED);
	loop_free(loop);
}

static void test_threads_need_a_real_loop(void **state)
{
	struct loop *loop = loop_new_simulated(0);

	(void)state;
	assert_null(jobs_new(loop, 1, 10));
	jobs_free(NULL);
	loop_free(loop);
}

static int live_inline(void *arg)
{
	struct loop *loop = arg;
	struct jobs *jobs = jobs_new(loop, 0, 10);
	struct work w = {0};
	int rc = jobs ? jobs_submit(jobs, run, done, &w) : -ENOMEM;

	/* A job that is refused neither runs nor is done. */
	assert_int_equal(w.ran, rc ? 0 : 1);
	jobs_free(jobs);
	assert_int_equal(w.done, rc ? 0 : 1);
	return rc;
}

static int live_threaded(void *arg)
{
	struct jobs *jobs = jobs_new(arg, 1, 10);
	struct work w = {0};
	int rc = jobs ? jobs_submit(jobs, run, done, &w) : -ENOMEM;

	jobs_free(jobs);
	assert_int_equal(w.done, rc ? 0 : 1);
	return rc;
}

static void test_without_memory_a_job_is_refused_whole(void **state)
{
	struct loop *simulated = loop_new_simulated(0), *real = loop_new();

	(void)state;
	/* The jobs, the job, the deferred call. */
	assert_int_equal(unit_fail_each_allocation(live_inline, simulated), 3);
	/* The jobs, the descriptor, the threads, the job. */
	assert_int_equal(unit_fail_each_allocation(live_threaded, real), 4);
	loop_free(simulated);
	loop_free(real);
}

static void test_without_descriptors_there_are_no_workers(void **state)
{
	struct loop *loop = loop_new();
	struct jobs *jobs;

	(void)state;
	unit_forbid_descriptors(true);
	jobs = jobs_new(loop, 1, 10);
	unit_forbid_descriptors(false);
	assert_null(jobs);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_without_threads_a_job_runs_at_once_and_is_done_at_the_end_of_the_turn),
		cmocka_unit_test(test_done_may_submit_more),
		cmocka_unit_test(test_freeing_delivers_what_ran_inline),
		cmocka_unit_test(test_a_worker_runs_and_the_loop_hears_of_it),
		cmocka_unit_test(test_hundreds_of_jobs_are_all_done_once),
		cmocka_unit_test(test_a_full_queue_refuses),
		cmocka_unit_test(test_freeing_waits_for_the_running_and_cancels_the_queued),
		cmocka_unit_test(test_threads_need_a_real_loop),
		cmocka_unit_test(test_without_memory_a_job_is_refused_whole),
		cmocka_unit_test(test_without_descriptors_there_are_no_workers),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
