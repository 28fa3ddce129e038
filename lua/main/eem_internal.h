/*
 * main: what the files of spindle-eem share: policies and their events, jobs, and who does what.
 *
 * control.c speaks to the daemon; config.c makes policies of the configuration; detect*.c watch, each
 * detector a row of a table, and report by event_happened(); jobs.c queues and runs; calls*.c do what a
 * running policy asks for; say.c writes the log; state.c answers what people show and order.
 * One loop, one thread. All times are loop_now() (milliseconds) but where they are called wall.
 */
#ifndef LUA_MAIN_EEM_INTERNAL_H
#define LUA_MAIN_EEM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/pace.h"
#include "lua/applet/applet.h"
#include "lua/main/control.h"
#include "lua/match/match.h"
#include "lua/worker/worker.h"

#define EEM_VERSION	   "4.00"
#define EEM_NAME_MAX	   65
#define EEM_CLASS_MAX	   8
#define EEM_CLASSES	   27 /* default, A to Z */
#define EEM_APPLET_THREADS 32
#define EEM_SCRIPT_THREADS 1
#define EEM_QUEUE_EACH	   64	/* events of one policy that wait; more are dropped */
#define EEM_QUEUE_ALL	   4096 /* of all policies */
#define EEM_HISTORY_MAX	   50
#define EEM_OUTPUT_MAX	   (1u << 20) /* bytes that a run may print */

#define CONFIG_PATH "/spindle-eem:event-manager"

enum policy_kind { POLICY_APPLET, POLICY_SCRIPT };
enum job_priority { JOB_HIGH, JOB_NORMAL, JOB_LOW, JOB_LAST, JOB_PRIORITIES };

struct eem;
struct policy;
struct detector;

/* One event statement of a registered policy. */
struct event {
	struct policy *policy;
	struct applet_event *spec;
	const struct detector *detector;
	struct list node;	 /* of its detector's list */
	struct loop_timer timer; /* of timers and polls */
	struct match_window window;
	struct match_rate rate;
	void *own; /* the detector's */
};

struct policy {
	struct list node;
	unsigned int refs; /* its registration, its jobs */
	struct eem *eem;
	enum policy_kind kind;
	char *name, *username;
	char class[EEM_CLASS_MAX];
	bool trap, bypass, registered;
	enum job_priority priority;
	uint8_t nice;
	uint32_t number; /* in order of registration */
	uint64_t registered_wall_ms, maxrun_ms;
	uint32_t marks[2]; /* of the configuration that it was made from */
	struct event *events;
	size_t event_count;
	struct applet_trigger *together;
	struct match_trigger *trigger;
	struct loop_timer delay, opening;
	json_t *delayed; /* the event that waits for `delay` */
	char *lines; /* of an applet: label NUL statement NUL …, in order; of a script: its text */
	size_t lines_len, action_count;
	uint32_t waiting; /* jobs */
	uint64_t triggered, suppressed, runs, run_ms, run_max_ms;
	struct pace pace;
	uint64_t said_ms; /* when it was said that it runs too often */
};

/* Who waits for a job: told once, when it ends (or is dropped: status ""). */
struct job_waiter {
	void (*done)(void *ctx, bool ran, const char *status, const json_t *outputs);
	void *ctx;
};

enum job_state { JOB_PENDING, JOB_HELD, JOB_RUNNING };

/* Whose a worker's process is: a job's, or a script's registration. First in both. */
struct runner {
	void (*call)(struct runner *r, struct worker_job *w, uint32_t id, const char *op,
		     const json_t *args);
	void (*ended)(struct runner *r, enum worker_end end, const char *status, const char *error);
};

struct job {
	struct runner runner;
	struct list node;
	struct eem *eem;
	uint32_t id;
	struct policy *policy;
	enum job_state state;
	enum job_priority priority;
	char class[EEM_CLASS_MAX];
	json_t *event; /* what happened */
	uint64_t at_wall_ms, started_ms;
	struct worker_job *worker;
	struct job_waiter waiter;
	json_t *outputs; /* lines printed for the waiter */
	size_t output_bytes;
	bool dry_run;
	struct list sessions; /* cli; calls_cli.c */
	struct list files;    /* calls_file.c */
	struct list calls;    /* that wait for somebody else */
	uint32_t next_handle;
	uint32_t waits_event; /* the call event_wait; 0: none */
};

struct eem_options {
	const char *run_dir; /* of the daemon */
	const char *spindle; /* the command line's program */
	const char *folder;  /* for files of policies */
	const char *flash;   /* for files that commands write */
};

struct history {
	uint32_t number, job;
	uint64_t at_wall_ms;
	char status[12], type[24], name[EEM_NAME_MAX];
	enum policy_kind kind;
	json_t *detail;
};

struct eem {
	struct loop *loop;
	struct control *control;
	struct worker_pool *pool;
	struct eem_options options;
	char hostname[65];
	bool configured; /* once */
	struct list policies;
	uint32_t next_policy, next_job, next_event, next_history;
	json_t *environment, *directory, *session, *threads;
	size_t history_size;
	bool suspended;
	struct history history[EEM_HISTORY_MAX];
	struct list jobs;		      /* pending, held, running: in order of arrival */
	unsigned int running[2][EEM_CLASSES]; /* jobs, by kind and class */
	size_t waiting;
	struct list detected[APPLET_DETECTORS]; /* event.node */
	struct match_lines *log_lines, *cli_lines;
	uint32_t log_sub, cli_sub, config_sub, ipsec_sub, track_sub, provision;
	uint64_t last_seq, last_boot_ms, lost_lines;
	bool reading, resumed;
	json_t *counters, *contexts, *tracks;
	json_t *draft;	/* configuration that comes in pages */
	uint64_t debug; /* bits of debug flags */
	struct pace drops_said;
	uint64_t dropped;
	struct loop_timer reread;
	struct list registering; /* script.c */
};

/* eem.c */
struct eem *eem_new(struct loop *loop, const struct eem_options *options, struct error *err);
void eem_free(struct eem *e);
void eem_start(struct eem *e);
extern const struct worker_ops eem_worker_ops;
/* A member of an object as text: "" where it is absent. */
const char *eem_text(const json_t *o, const char *name);
bool eem_true(const json_t *o, const char *name);

/* config.c */
void config_read(struct eem *e);
/* What was read (the container event-manager) takes effect: what changed is registered anew. */
void config_apply(struct eem *e, const json_t *config);

/* policy.c */
struct policy *policy_new(struct eem *e, enum policy_kind kind, const char *name);
void policy_ref(struct policy *p);
void policy_unref(struct policy *p);
struct policy *policy_find(struct eem *e, const char *name);
/* Takes effect: its events are watched. 0 or -errno with the sentence. */
int policy_register(struct policy *p, struct error *err);
void policy_unregister(struct policy *p); /* and drops the registration's reference */
/* specs are taken, in any case. */
int policy_set_events(struct policy *p, struct applet_event **specs, size_t count,
		      struct error *err);
/* Calls fn for each action of an applet, in order. */
void policy_each_action(const struct policy *p,
			void (*fn)(void *ctx, const char *label, const char *statement), void *ctx);
/* The Lua text that runs; the caller's (alloc_free()). */
char *policy_chunk(const struct policy *p, struct error *err);

/* detect.c: the table of detectors and the way of what they saw. */
struct detector {
	enum applet_detector id;
	const char *name;
	int (*add)(struct event *ev, struct error *err); /* NULL: nothing to do */
	void (*remove)(struct event *ev);
};
const struct detector *detector_get(enum applet_detector id);
/* fields: the detector's values (taken). waiter: NULL, or told in any case, maybe at once. */
void event_happened(struct event *ev, json_t *fields, const struct job_waiter *waiter);
/* The same, for detectors that have `occurs` and `period`. False: not often enough yet (fields are freed). */
bool event_counted(struct event *ev, json_t *fields, const struct job_waiter *waiter);
/* Something changed that correlations look at. */
void events_look(struct eem *e);
void trigger_free(struct policy *p);
int trigger_make(struct policy *p, struct error *err);

/* detect_log.c, detect_cli.c, detect_timer.c, detect_poll.c, detect_facts.c */
extern const struct detector detector_syslog, detector_cli, detector_timer, detector_interface,
	detector_yang, detector_none, detector_counter, detector_track, detector_application,
	detector_configuration, detector_ipsec;
void log_arrived(struct eem *e, const json_t *event);
void log_subscribe(struct eem *e);
void cli_arrived(struct eem *e, const json_t *event);
void cli_subscribe(struct eem *e); /* or unsubscribes: as events want it */
void config_changed(struct eem *e, const json_t *paths);
void ipsec_arrived(struct eem *e, const json_t *fact);
void track_arrived(struct eem *e, const json_t *fact);
int64_t counter_change(struct eem *e, const char *name, const char *op, int64_t value);
size_t application_publish(struct eem *e, const char *sub_system, const char *type,
			   const json_t *args);
/* Runs a policy that has a none event. -ENOENT, -EINVAL with the sentence: the waiter is not told. */
int none_run(struct eem *e, const char *name, const json_t *args, bool dry_run,
	     const struct job_waiter *waiter, struct error *err);

/* jobs.c */
void job_add(struct policy *p, json_t *event /* taken */, bool dry_run,
	     const struct job_waiter *waiter);
void jobs_run(struct eem *e); /* starts what may run */
void jobs_drop_all(struct eem *e);
void job_print(struct job *j, const char *text, bool newline);
unsigned int jobs_of(const struct eem *e, enum policy_kind kind, const char *class,
		     enum job_state state);
unsigned int jobs_running(const struct eem *e, enum policy_kind kind, const char *class);
unsigned int threads_of(const struct eem *e, enum policy_kind kind, const char *class);
enum jobs_order { JOBS_CLEAR, JOBS_HOLD, JOBS_RELEASE, JOBS_MODIFY };
unsigned int jobs_order(struct eem *e, enum jobs_order order, const json_t *input);

/* calls.c, calls_cli.c, calls_file.c: what a policy asks for. */
void calls_take(struct job *j, uint32_t id, const char *op, const json_t *args);
void calls_end(struct job *j); /* the job is over: what it had open is closed */
void call_cli(struct job *j, uint32_t id, const char *op, const json_t *args);
void cli_sessions_end(struct job *j);
void call_file(struct job *j, uint32_t id, const char *op, const json_t *args);
void files_end(struct job *j);

/* say.c */
void say(struct eem *e, int severity, const char *mnemonic, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* A debug line, where that flag is on: by name as in the model ("action-cli"). */
void say_debug(struct eem *e, const char *flag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int debug_set(struct eem *e, const char *flag, bool on);
bool debug_is_on(const struct eem *e, const char *flag);
const char *debug_name(size_t index); /* NULL at the end */

/* state.c */
void state_asked(struct eem *e, const json_t *question);

#endif
