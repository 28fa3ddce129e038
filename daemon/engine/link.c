/*
 * One end of an engine.h pair over SOCK_SEQPACKET: a message is a datagram.
 *
 * Driven by the loop. `broken` is told by the descriptor's handler, never from inside
 * engine_link_send(), so that no caller is re-entered: a pair that breaks is shut down, which makes
 * the descriptor readable, and needs no memory. From that moment sends fail with -EPIPE and nothing
 * more is received. Bytes that may hold keys (messages in both directions) are wiped as soon as
 * they are used or given up.
 */
#include "engine/link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"

/* What 10,000 pairs that end at once say, and more; beyond it the other end does not read. */
#define QUEUE_MESSAGES 65536
#define QUEUE_BYTES    ((size_t)32 << 20)
#define TURN_MESSAGES  64 /* received or sent before others have their turn */

struct queued {
	struct list node;
	size_t len;
	uint8_t bytes[];
};

struct engine_link {
	struct loop *loop;
	struct loop_fd *lf;
	const struct engine_link_ops *ops;
	void *ctx;
	struct list queue;
	size_t queued, queued_bytes;
	const char *why; /* it is broken, and why */
	bool busy;	 /* in its handler: freeing is put off to the end of it */
	bool freed;
	int fd;
	uint8_t in[ENGINE_MESSAGE_MAX], out[ENGINE_MESSAGE_MAX];
};

static int link_send(void *ctx, const struct engine_msg *m)
{
	return engine_link_send(ctx, m);
}

static const struct engine_port_ops port_ops = {.send = link_send};

struct engine_port engine_link_port(struct engine_link *l)
{
	return (struct engine_port){.ops = &port_ops, .ctx = l};
}

/* ---- the queue ------------------------------------------------------------------------------- */

static void drop_first(struct engine_link *l)
{
	struct queued *q = list_entry(l->queue.next, struct queued, node);

	list_remove(&q->node);
	l->queued--;
	l->queued_bytes -= q->len;
	secret_wipe(q->bytes, q->len);
	alloc_free(q);
}

static void drop_queue(struct engine_link *l)
{
	while (!list_empty(&l->queue))
		drop_first(l);
}

static int enqueue(struct engine_link *l, const uint8_t *bytes, size_t len)
{
	struct queued *q;

	if (l->queued >= QUEUE_MESSAGES || l->queued_bytes + len > QUEUE_BYTES)
		return -ENOBUFS;
	q = alloc_zero(sizeof(*q) + len);
	if (!q)
		return -ENOMEM;
	q->len = len;
	memcpy(q->bytes, bytes, len);
	list_append(&l->queue, &q->node);
	l->queued++;
	l->queued_bytes += len;
	return 0;
}

/* ---- the end --------------------------------------------------------------------------------- */

static void close_fd(struct engine_link *l)
{
	loop_fd_del(l->lf);
	l->lf = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static void really_free(struct engine_link *l)
{
	close_fd(l);
	drop_queue(l);
	secret_wipe(l->in, sizeof(l->in));
	secret_wipe(l->out, sizeof(l->out));
	alloc_free(l);
}

void engine_link_free(struct engine_link *l)
{
	if (!l)
		return;
	if (l->busy)
		l->freed = true;
	else
		really_free(l);
}

/* The other end learns of it at once, ours by the descriptor. */
static void break_link(struct engine_link *l, const char *why)
{
	if (l->why)
		return;
	l->why = why;
	drop_queue(l);
	shutdown(l->fd, SHUT_RDWR);
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool is_full(int err)
{
	return err == EAGAIN || err == EWOULDBLOCK || err == ENOBUFS || err == EINTR;
}

/* 1: gone; 0: the socket is full; -EPIPE: nobody there. */
static int try_send(struct engine_link *l, const uint8_t *bytes, size_t len)
{
	if (send(l->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 1;
	return is_full(errno) ? 0 : -EPIPE;
}

/* may_wait: what does not go now is queued; else it is given back. */
static int send_or_queue(struct engine_link *l, struct view bytes, bool may_wait)
{
	int rc = list_empty(&l->queue) ? try_send(l, bytes.data, bytes.len) : 0;

	if (rc > 0)
		return 0;
	if (!rc && !may_wait)
		return -EAGAIN;
	if (rc < 0) {
		break_link(l, "the other end is gone");
		return rc;
	}
	rc = enqueue(l, bytes.data, bytes.len);
	if (rc == -ENOBUFS) {
		break_link(l, "the other end does not read");
		return -EPIPE;
	}
	if (!rc)
		rc = loop_fd_want(l->lf, LOOP_READ | LOOP_WRITE);
	return rc;
}

int engine_link_send(struct engine_link *l, const struct engine_msg *m)
{
	struct writer w = writer_new(l->out, sizeof(l->out));
	int rc;

	if (l->why)
		return -EPIPE;
	rc = engine_encode(m, &w);
	if (!rc)
		rc = send_or_queue(l, writer_done(&w), m->type != ENGINE_RECORDS);
	secret_wipe(l->out, w.len);
	return rc;
}

static void flush(struct engine_link *l)
{
	for (int i = 0; i < TURN_MESSAGES && !list_empty(&l->queue); i++) {
		struct queued *q = list_entry(l->queue.next, struct queued, node);
		int rc = try_send(l, q->bytes, q->len);

		if (rc < 0)
			break_link(l, "the other end is gone");
		if (rc <= 0)
			return;
		drop_first(l);
	}
	if (list_empty(&l->queue))
		loop_fd_want(l->lf, LOOP_READ);
}

/* ---- receiving ------------------------------------------------------------------------------- */

static void take_message(struct engine_link *l, size_t len)
{
	struct reader r = reader_new(l->in, len);
	struct engine_msg m;
	int rc = engine_decode(&r, &m);

	secret_wipe(l->in, len);
	if (rc) {
		break_link(l, rc == -ENOMEM ? "no memory for a message" : "malformed message");
		return;
	}
	l->ops->message(l->ctx, &m);
	engine_msg_clear(&m);
}

/* False: nothing more to receive in this turn. */
static bool receive(struct engine_link *l)
{
	ssize_t n = recv(l->fd, l->in, sizeof(l->in), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && is_full(errno))
		return false;
	if (n <= 0)
		break_link(l, "the other end is gone");
	else if ((size_t)n > sizeof(l->in))
		break_link(l, "message over the limit");
	else
		take_message(l, (size_t)n);
	return !l->why && !l->freed;
}

static void exchange(struct engine_link *l, int events)
{
	for (int i = 0; (events & LOOP_READ) && i < TURN_MESSAGES; i++)
		if (!receive(l))
			break;
	if ((events & LOOP_WRITE) && !l->why && !l->freed)
		flush(l);
}

static void on_events(void *arg, int events)
{
	struct engine_link *l = arg;

	l->busy = true;
	if (!l->why)
		exchange(l, events);
	if (l->why && !l->freed) {
		close_fd(l);
		l->ops->broken(l->ctx, l->why);
	}
	l->busy = false;
	if (l->freed)
		really_free(l);
}

struct engine_link *engine_link_new(struct loop *loop, int fd, const struct engine_link_ops *ops,
				    void *ctx)
{
	struct engine_link *l = alloc_zero(sizeof(*l));

	if (!l)
		return NULL;
	l->loop = loop;
	l->ops = ops;
	l->ctx = ctx;
	l->fd = -1;
	list_init(&l->queue);
	l->lf = loop_fd_add(loop, fd, LOOP_READ, "engine link", on_events, l);
	if (!l->lf) {
		alloc_free(l);
		return NULL;
	}
	l->fd = fd;
	return l;
}
