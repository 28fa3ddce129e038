/*
 * main/control: the event manager's end of the control socket (doc/control-protocol.md), on the loop:
 * nothing here waits. It connects, says hello, connects again by itself when the daemon goes and comes;
 * who asks gets each frame of the answer by a function. Of requests at most CONTROL_OPEN are under way, the
 * others wait their turn.
 */
#ifndef LUA_MAIN_CONTROL_H
#define LUA_MAIN_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct control;
struct error;
struct loop;

#define CONTROL_OPEN	 12    /* of the 16 that the daemon allows */
#define CONTROL_WAITING	 10000 /* requests that wait; more are refused */
#define CONTROL_AGAIN_MS 500   /* until it connects again, doubling to ten times as much */

struct control_ops {
	void (*up)(void *ctx, const json_t *greeting); /* connected, hello answered */
	void (*down)(void *ctx, const char *why); /* once for each up, and for a first failure */
	/* An event of the subscription (or provision) whose request had this id. Borrowed. */
	void (*event)(void *ctx, uint32_t id, const json_t *event);
};

/*
 * One frame of an answer. frame: borrowed; NULL with why: refused, or the daemon went (code -EPIPE), and
 * nothing more comes. more: others follow. It may be called before control_ask() returns only with -ENOMEM.
 */
typedef void control_answer(void *arg, const json_t *frame, bool more, int code, const char *why);

struct control *control_new(struct loop *loop, const char *path, const struct control_ops *ops,
			    void *ctx); /* path: of the socket, copied. NULL: no memory */
void control_start(struct control *c);
void control_free(struct control *c); /* requests are dropped without a word; NULL is fine */
bool control_is_up(const struct control *c);
/* Sends a request (taken; its "op" and members). fn may be NULL. Returns the request's id; 0: fn was told. */
uint32_t control_ask(struct control *c, json_t *request, control_answer *fn, void *arg);
/* What is answered to this arg is not told any more. */
void control_forget(struct control *c, const void *arg);
/* A request whose answer is of no interest and that is sent before those that wait (reply). */
void control_tell(struct control *c, json_t *request);

/* An answer in pages: lists of the next one go behind what came before; what is no list replaces it. */
void control_join(json_t *into, const json_t *page);

#endif
