/*
 * Jobs: what waits, in the order of priority and arrival, and what runs, as many of a class as it has
 * threads. A job is a policy, what happened, and one worker process while it runs. All jobs are in one
 * list; a start is looked for at the end of a turn.
 */
#include "lua/main/eem_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

static const char *const kinds[] = {"applet", "script"};
static const char *const priorities[] = {"high", "normal", "low", "last"};

static void run_later(void *arg)
{
	jobs_run(arg);
}

static void wake(struct eem *e)
{
	loop_defer(e->loop, e, "eem jobs", run_later, e);
}

unsigned int threads_of(const struct eem *e, enum policy_kind kind, const char *class)
{
	const json_t *t;
	size_t i;

	json_array_foreach(e->threads, i, t)
	{
		if (!strcmp(eem_text(t, "queue"), kinds[kind]) &&
		    !strcmp(eem_text(t, "class"), class))
			return (unsigned int)json_integer_value(json_object_get(t, "number"));
	}
	return kind == POLICY_APPLET ? EEM_APPLET_THREADS : EEM_SCRIPT_THREADS;
}

static size_t class_index(const char *class)
{
	return class[0] >= 'A' && class[0] <= 'Z' ? (size_t)(class[0] - 'A') + 1 : 0;
}

unsigned int jobs_running(const struct eem *e, enum policy_kind kind, const char *class)
{
	return e->running[kind][class_index(class)];
}

unsigned int jobs_of(const struct eem *e, enum policy_kind kind, const char *class,
		     enum job_state state)
{
	struct list *it;
	unsigned int n = 0;

	list_for_each(it, &e->jobs)
	{
		const struct job *j = list_entry(it, struct job, node);

		n += j->state == state && j->policy->kind == kind && !strcmp(j->class, class);
	}
	return n;
}

/* ---- history ----------------------------------------------------------------------------------------- */

static void remember(struct job *j, const char *status)
{
	struct eem *e = j->eem;
	struct history *h = &e->history[e->next_history % EEM_HISTORY_MAX];

	json_decref(h->detail);
	*h = (struct history){.number = ++e->next_history,
			      .job = j->id,
			      .at_wall_ms = j->at_wall_ms,
			      .kind = j->policy->kind,
			      .detail = json_incref(j->event)};
	text_copy(h->status, sizeof(h->status), status);
	text_copy(h->type, sizeof(h->type), eem_text(j->event, "event_type_string"));
	text_copy(h->name, sizeof(h->name), j->policy->name);
}

/* ---- the end of a job -------------------------------------------------------------------------------- */

static void job_free(struct job *j)
{
	calls_end(j);
	list_remove(&j->node);
	if (j->state != JOB_RUNNING) {
		j->eem->waiting--;
		j->policy->waiting--;
	} else {
		j->eem->running[j->policy->kind][class_index(j->class)]--;
	}
	policy_unref(j->policy);
	json_decref(j->event);
	json_decref(j->outputs);
	alloc_free(j);
}

static void tell_waiter(struct job *j, bool ran, const char *status)
{
	struct job_waiter w = j->waiter;

	j->waiter = (struct job_waiter){NULL, NULL};
	if (w.done)
		w.done(w.ctx, ran, status, j->outputs);
}

static void job_end(struct job *j, const char *status, bool ran, const char *exit_status)
{
	struct eem *e = j->eem;

	if (!j->dry_run)
		remember(j, status);
	tell_waiter(j, ran, exit_status);
	job_free(j);
	wake(e);
}

static void count_run(struct job *j)
{
	uint64_t took = loop_now(j->eem->loop) - j->started_ms;

	j->policy->runs++;
	j->policy->run_ms += took;
	if (took > j->policy->run_max_ms)
		j->policy->run_max_ms = took;
}

static void say_end(const struct job *j, enum worker_end end, const char *error)
{
	const struct policy *p = j->policy;
	char line[WORKER_ERROR_MAX + 1];

	text_copy(line, sizeof(line), error ? error : "");
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c == 0x7F)
			*c = ' ';
	if (end == WORKER_MAXRUN)
		say(j->eem, 3, "FMPD_MAXRUN", "policy %s was ended: it ran for %llu.%03llu seconds",
		    p->name, (unsigned long long)p->maxrun_ms / 1000,
		    (unsigned long long)p->maxrun_ms % 1000);
	else if (end == WORKER_LIMIT)
		say(j->eem, 3, "FMPD_LIMIT", "policy %s was ended: %s", p->name, line);
	else if (end == WORKER_ERROR && p->kind == POLICY_SCRIPT)
		say(j->eem, 3, "FMPD_SCRIPT", "Error executing script %s: %s", p->name, line);
	else if (end == WORKER_ERROR)
		say(j->eem, 3, "FMPD_ERROR", "Error executing applet %s", line);
}

static void job_ended(struct runner *r, enum worker_end end, const char *status, const char *error)
{
	struct job *j = list_entry(r, struct job, runner);

	j->worker = NULL;
	count_run(j);
	say_end(j, end, error);
	say_debug(j->eem, "policies", "job %u of policy %s ended%s%s", j->id, j->policy->name,
		  *error ? ": " : "", error);
	job_end(j, end == WORKER_DONE ? "success" : "abort", end == WORKER_DONE, status);
}

static void job_called(struct runner *r, struct worker_job *w, uint32_t id, const char *op,
		       const json_t *args)
{
	(void)w;
	calls_take(list_entry(r, struct job, runner), id, op, args);
}

static void on_call(void *ctx, struct worker_job *worker, uint32_t id, const char *op,
		    const json_t *args)
{
	struct runner *r = worker_own(worker);

	(void)ctx;
	r->call(r, worker, id, op, args);
}

static void on_ended(void *ctx, struct worker_job *worker, enum worker_end end, const char *status,
		     const char *error)
{
	struct runner *r = worker_own(worker);

	(void)ctx;
	r->ended(r, end, status, error);
}

const struct worker_ops eem_worker_ops = {on_call, on_ended};

/* ---- the start of a job ------------------------------------------------------------------------------ */

static void set_job_id(const struct job *j)
{
	char id[16];

	snprintf(id, sizeof(id), "%u", j->id);
	json_object_set_new(j->event, "job_id", json_string(id));
}

static int start(struct job *j, struct error *err)
{
	struct policy *p = j->policy;
	char *chunk = policy_chunk(p, err);
	struct worker_spec spec = {.name = p->name,
				   .chunk = chunk,
				   .chunk_len = chunk ? strlen(chunk) : 0,
				   .applet = p->kind == POLICY_APPLET,
				   .event = j->event,
				   .env = j->eem->environment,
				   .maxrun_ms = p->maxrun_ms};
	int rc;

	if (!chunk)
		return err->code ? err->code : -ENOMEM;
	rc = j->eem->pool ? worker_start(j->eem->pool, &spec, &j->runner, &j->worker, err) : -EPIPE;
	alloc_free(chunk);
	return rc;
}

/* False: not now. A job that cannot be started at all has ended. */
static bool job_start(struct job *j)
{
	struct error err = {0};
	int rc;

	rc = start(j, &err);
	if (rc == -EAGAIN)
		return false;
	j->state = JOB_RUNNING;
	j->eem->running[j->policy->kind][class_index(j->class)]++;
	j->eem->waiting--;
	j->policy->waiting--;
	j->started_ms = loop_now(j->eem->loop);
	if (rc) {
		say(j->eem, 3, "FMPD_ERROR", "Error executing %s %s: %s", kinds[j->policy->kind],
		    j->policy->name, err.text);
		job_end(j, "abort", false, "");
	} else {
		say_debug(j->eem, "policies", "job %u of policy %s is started", j->id,
			  j->policy->name);
	}
	return true;
}

static bool may_start(const struct job *j)
{
	enum policy_kind kind = j->policy->kind;

	if (j->state != JOB_PENDING || (j->eem->suspended && !j->dry_run))
		return false;
	return jobs_running(j->eem, kind, j->class) < threads_of(j->eem, kind, j->class);
}

/* The next one: of the best priority the one that came first. */
static struct job *next_job(struct eem *e)
{
	struct list *it;
	struct job *best = NULL;

	list_for_each(it, &e->jobs)
	{
		struct job *j = list_entry(it, struct job, node);

		if ((!best || j->priority < best->priority) && may_start(j))
			best = j;
	}
	return best;
}

void jobs_run(struct eem *e)
{
	struct job *j;

	while (e->waiting && (j = next_job(e)))
		if (!job_start(j))
			return; /* when a process ends, it is looked again */
}

/* ---- arrival ----------------------------------------------------------------------------------------- */

static bool is_full(struct policy *p)
{
	struct eem *e = p->eem;

	if (p->waiting < EEM_QUEUE_EACH && e->waiting < EEM_QUEUE_ALL)
		return false;
	e->dropped++;
	p->suppressed++;
	if (pace_take(&e->drops_said, loop_now(e->loop)))
		say(e, 4, "FMS_QUEUE_FULL",
		    "the queue is full: an event for policy %s was dropped, %llu in all", p->name,
		    (unsigned long long)e->dropped);
	return true;
}

static struct job *job_new(struct policy *p, json_t *event)
{
	struct job *j = alloc_zero(sizeof(*j));

	if (!j)
		return NULL;
	j->runner = (struct runner){job_called, job_ended};
	j->eem = p->eem;
	j->policy = p;
	policy_ref(p);
	j->event = event;
	j->outputs = json_array();
	j->priority = p->priority;
	text_copy(j->class, sizeof(j->class), p->class);
	j->at_wall_ms = clock_wall_ms();
	list_init(&j->sessions);
	list_init(&j->files);
	list_init(&j->calls);
	return j;
}

/* A script that waits for its next event gets it, in place of a new job. */
static bool taken_by_waiting(struct policy *p, json_t *event)
{
	struct list *it;

	list_for_each(it, &p->eem->jobs)
	{
		struct job *j = list_entry(it, struct job, node);
		uint32_t id = j->waits_event;

		if (j->policy != p || !id || !j->worker)
			continue;
		j->waits_event = 0;
		p->triggered++;
		worker_answer(j->worker, id, event, NULL);
		return true;
	}
	return false;
}

void job_add(struct policy *p, json_t *event, bool dry_run, const struct job_waiter *waiter)
{
	struct eem *e = p->eem;
	struct job *j;

	if (event && !waiter && !dry_run && taken_by_waiting(p, event))
		return;
	j = event && !is_full(p) ? job_new(p, event) : NULL;
	if (!j) {
		json_decref(event);
		if (waiter)
			waiter->done(waiter->ctx, false, "", NULL);
		return;
	}
	j->id = ++e->next_job;
	j->dry_run = dry_run;
	if (waiter)
		j->waiter = *waiter;
	set_job_id(j);
	list_append(&e->jobs, &j->node);
	e->waiting++;
	p->waiting++;
	p->triggered += !dry_run;
	wake(e);
}

void job_print(struct job *j, const char *text, bool newline)
{
	size_t len = strlen(text) + newline;
	char *line;

	if (j->output_bytes + len > EEM_OUTPUT_MAX)
		return;
	j->output_bytes += len;
	line = alloc_printf("%s%s", text, newline ? "\n" : "");
	if (line)
		json_array_append_new(j->outputs, json_string(line));
	alloc_free(line);
}

void jobs_drop_all(struct eem *e)
{
	while (!list_empty(&e->jobs)) {
		struct job *j = list_entry(e->jobs.next, struct job, node);

		j->worker = NULL; /* the pool is gone */
		tell_waiter(j, false, "");
		job_free(j);
	}
}

/* ---- orders of people -------------------------------------------------------------------------------- */

static bool is_meant(const struct job *j, const json_t *input)
{
	const json_t *id = json_object_get(input, "policy");

	if (json_object_get(input, "all"))
		return true;
	if (id)
		return (uint32_t)json_integer_value(id) == j->id;
	return !strcmp(eem_text(input, "queue-type"), kinds[j->policy->kind]);
}

static bool modify(struct job *j, const json_t *input)
{
	const char *class = eem_text(input, "class"), *priority = eem_text(input, "queue-priority");

	if (j->state == JOB_RUNNING)
		return false;
	if (*class)
		text_copy(j->class, sizeof(j->class), class);
	for (int i = 0; *priority && i < JOB_PRIORITIES; i++)
		if (!strcmp(priorities[i], priority))
			j->priority = (enum job_priority)i;
	return true;
}

static bool clear(struct job *j)
{
	if (j->state != JOB_RUNNING)
		job_end(j, "cleared", false, "");
	else if (j->worker)
		worker_kill(j->worker);
	return true;
}

static bool change(struct job *j, enum job_state from, enum job_state to)
{
	if (j->state != from)
		return false;
	j->state = to;
	return true;
}

unsigned int jobs_order(struct eem *e, enum jobs_order order, const json_t *input)
{
	struct list *it, *next;
	unsigned int count = 0;

	list_for_each_safe(it, next, &e->jobs)
	{
		struct job *j = list_entry(it, struct job, node);

		if (!is_meant(j, input))
			continue;
		if (order == JOBS_CLEAR)
			count += clear(j);
		else if (order == JOBS_HOLD)
			count += change(j, JOB_PENDING, JOB_HELD);
		else if (order == JOBS_RELEASE)
			count += change(j, JOB_HELD, JOB_PENDING);
		else
			count += modify(j, input);
	}
	wake(e);
	return count;
}
