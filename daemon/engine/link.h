/*
 * engine/link: one end of an engine.h pair over a SOCK_SEQPACKET descriptor: encodes, queues
 * (bounded), decodes, and says when the other end is gone. Used by router and by the engines.
 */
#ifndef ENGINE_LINK_H
#define ENGINE_LINK_H

#include "engine/engine.h"

struct engine_link;
struct loop;

struct engine_link_ops {
	void (*message)(void *ctx, struct engine_msg *m); /* borrowed; cleared after the call */
	void (*broken)(void *ctx, const char *why);	  /* once; free the link here or later */
};

/* Takes fd (non-blocking, SOCK_SEQPACKET) on success. NULL: no memory. */
struct engine_link *engine_link_new(struct loop *loop, int fd, const struct engine_link_ops *ops,
				    void *ctx);
void engine_link_free(struct engine_link *l); /* NULL is fine; closes, drops what is queued */
/* Borrows m. 0, -EPIPE (broken: `broken` is told by the loop, never from inside this call),
 * -EMSGSIZE, -ENOMEM, -EAGAIN (ENGINE_RECORDS only, which is not queued). A queue of 65,536 messages or 32 MiB that the other end does not read breaks the
 * pair. */
int engine_link_send(struct engine_link *l, const struct engine_msg *m);
struct engine_port engine_link_port(struct engine_link *l);

#endif
