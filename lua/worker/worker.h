/*
 * worker: runs event policies: each job is one chunk of Lua in one process that can do nothing but
 * compute and call.
 *
 * The pool (in the parent, on its loop) owns the jobs; a zygote, forked before the parent has read
 * anything, forks one confined process a job. Nothing of a policy runs in the parent: what it wants done
 * comes as a call (operation and JSON), is answered once, now or later. A process may take its share of
 * memory, processor and time (WORKER_*), then it is ended, and only its own job with it.
 */
#ifndef LUA_WORKER_WORKER_H
#define LUA_WORKER_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

struct error;
struct loop;
struct worker_job;
struct worker_pool;

#define WORKER_MEMORY	     (16u << 20)  /* bytes of Lua's memory in a job */
#define WORKER_STEPS	     200000000ull /* instructions and steps of matching, at once */
#define WORKER_STEPS_SECOND  20000000ull  /* and so many more for every second that it has run */
#define WORKER_CPU_MS	     5000u	  /* processor time at once, whatever it is spent on */
#define WORKER_CPU_PER_MILLE 100u	  /* and this share of the time that it has run */
#define WORKER_CHUNK_MAX     (1u << 20)	  /* bytes of a policy */
#define WORKER_MESSAGE_MAX   (4u << 20)	  /* bytes of a call or an answer, as JSON */
#define WORKER_JOBS_MAX	     256	  /* at one time */
#define WORKER_ERROR_MAX     1000	  /* bytes of the sentence given to ended() */

enum worker_end {
	WORKER_DONE,
	WORKER_ERROR,  /* the script failed */
	WORKER_LIMIT,  /* it took more than its share: steps, memory, processor; or broke out */
	WORKER_MAXRUN, /* its time was over */
	WORKER_KILLED, /* by worker_kill(), or the zygote is gone */
};

struct worker_spec {
	const char *name;  /* policy, for messages */
	const char *chunk; /* Lua text */
	size_t chunk_len;
	bool registering;    /* stop at the end of the registrations; see worker_start() */
	bool applet;	     /* chunk is what applet_compile() made: the applet runtime is loaded */
	const json_t *event; /* table for eem.event_reqinfo(); borrowed; NULL: {} */
	const json_t *env;   /* environment variables; borrowed; NULL: {} */
	uint64_t maxrun_ms;  /* 0 = none */
};

struct worker_ops {
	/* A call of the script; op and args are borrowed; answer with worker_answer() now or later. A job has one
	 * call open at a time. */
	void (*call)(void *ctx, struct worker_job *job, uint32_t id, const char *op,
		     const json_t *args);
	/* The job is over; nothing more comes of it and it is freed upon return. error: "" where none.
	 * status: exit value ("" = never set). Both may hold any bytes but NUL: a stranger's text. */
	void (*ended)(void *ctx, struct worker_job *job, enum worker_end end, const char *status,
		      const char *error);
};

/*
 * Forks the zygote; first thing in main(), before files are opened, threads are made or secrets are read:
 * what is in memory now every policy's process has in memory. The next worker_pool_new() takes it.
 */
int worker_zygote(struct error *err);

/* Takes the zygote that worker_zygote() forked; -ENOTCONN in err where there is none. */
struct worker_pool *worker_pool_new(struct loop *loop, const struct worker_ops *ops, void *ctx,
				    struct error *err);
/* Kills what runs, without a word to ops, and the zygote. NULL is fine. */
void worker_pool_free(struct worker_pool *p);
size_t worker_pool_running(const struct worker_pool *p);
pid_t worker_pool_zygote(const struct worker_pool *p);

/*
 * Starts a job; its first call comes on a later turn. With `registering`, eem.event_register_X{…} and
 * eem.trigger{…} make the calls `register` {"detector":X,"options":{…}} and `trigger`; any other function
 * of eem, or the end of the file, ends the job as done. 0, -EINVAL (empty, binary or too long chunk),
 * -EAGAIN (too many jobs), -ENOMEM, -EPIPE (the zygote is gone: start the program anew).
 */
int worker_start(struct worker_pool *p, const struct worker_spec *s, void *own,
		 struct worker_job **out, struct error *err);
void *worker_own(const struct worker_job *job);
const char *worker_name(const struct worker_job *job);
pid_t worker_pid(const struct worker_job *job); /* 0: not forked yet */
/*
 * Answers call `id`; error NULL = ok. An answer to a call that is not open is dropped (result is taken all
 * the same). A result over WORKER_MESSAGE_MAX becomes an error that says so.
 */
void worker_answer(struct worker_job *job, uint32_t id, json_t *result /* taken */,
		   const char *error);
/* Ends the job: ended(WORKER_KILLED) comes on a later turn, calls do not. */
void worker_kill(struct worker_job *job);

#endif
