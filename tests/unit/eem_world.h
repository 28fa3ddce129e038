/*
 * eem_world: an event manager over a daemon and workers that the test plays: its control socket speaks to
 * the test, and so do its policies' processes.
 */
#ifndef TESTS_UNIT_EEM_WORLD_H
#define TESTS_UNIT_EEM_WORLD_H

#include "tests/unit/unit.h"

#include "base/frame.h"
#include "lua/main/eem_internal.h"

#define PLAYED_MAX 128

/* A job as the worker room has it. */
struct worker_job {
	void *own;
	char name[64];
	json_t *event, *env;
	char *chunk;
	bool registering, applet, killed;
	uint64_t maxrun_ms;
	/* the answer to its last call */
	json_t *result;
	char error[400];
	bool answered;
};

struct world {
	struct loop *loop;
	struct eem *eem;
	char dir[64];
	int listener, fd; /* fd: the event manager's connection; -1: none */
	struct frame_buffer in;
	json_t *seen;	     /* requests that came, in order, each with its "id" */
	const char *config;  /* what get-config answers (the container), ' for " */
	size_t refuse_start; /* so many starts of workers are refused: too many jobs */
	struct worker_job *jobs[PLAYED_MAX];
	size_t count; /* started in all */
};

/* Connected, with this configuration, all subscriptions made. */
struct world *world_new(const char *config);
void world_free(struct world *w);
void world_turns(struct world *w); /* until nothing more comes */
void world_wait(struct world *w, unsigned int ms);
void world_reconfigure(struct world *w, const char *config);
/* The daemon goes; and comes again: everything is asked for anew. */
void world_hang_up(struct world *w);
void world_accept(struct world *w);
/* The first request of that op that has not been taken (json_decref), or NULL. */
json_t *world_take(struct world *w, const char *op);
/* A message of it: is there one whose text holds these words? It and those before it are taken. */
bool world_said(struct world *w, const char *words);
void world_event(struct world *w, uint32_t id, const char *json); /* ' for " */
void world_answer(struct world *w, uint32_t id, const char *json, uint8_t flags);
/* A line of the log: facility, severity, mnemonic, text; numbers and times go up by themselves. */
void world_log(struct world *w, const char *facility, int severity, const char *mnemonic,
	       const char *text);
/* Asks as people do, by the daemon: the answer (json_decref). */
json_t *world_ask(struct world *w, const char *kind, const char *path, const char *input);

/* The n-th job that was started (0 is the first); fails where there is none. */
struct worker_job *world_job(struct world *w, size_t n);
void job_call(struct worker_job *j, const char *op, const char *args); /* ' for " */
void job_done(struct world *w, struct worker_job *j, enum worker_end end, const char *status,
	      const char *error);
const char *job_event(const struct worker_job *j, const char *name);

#endif
