/*
 * main/pair: router's end of the pair to the ike process: takes each new one, and has a way back when
 * one breaks while both processes live, or when the other end of a new one stays silent.
 */
#ifndef MAIN_PAIR_H
#define MAIN_PAIR_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct log;
struct loop;
struct pair;

/* Asks the supervisor for another pair; silent: the ike process does not speak over the one it has. */
typedef void pair_ask(void *ctx, bool silent);

/* Without a pair until pair_take(). Collaborators are borrowed for its life. NULL: no memory. */
struct pair *pair_new(struct loop *loop, struct engine *engine, struct log *log, pair_ask *ask,
		      void *ctx);
void pair_free(struct pair *p); /* NULL is fine; the engine is detached */
/* A fresh pair takes the place of what was; takes fd. */
void pair_take(struct pair *p, int fd);
/* Other times than the second after a break and the twenty to the first word. */
void pair_waits(struct pair *p, uint64_t broken_ms, uint64_t silent_ms);
void pair_quiet(struct pair *p); /* the daemon stops: nothing is asked for any more */

#endif
