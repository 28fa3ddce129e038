/*
 * A request lives from control_ask() to its last frame, or to the end of the connection; a subscription
 * has no request after its first answer: its events go by the id to the owner. Bytes that the daemon does
 * not take wait in one buffer, with a bound: a daemon that stands still for good is left.
 */
#include "lua/main/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/frame.h"
#include "base/list.h"
#include "base/loop.h"
#include "net/unix.h"

#define READ_SIZE  65536
#define READS	   8 /* in a turn */
#define OUT_MAX	   (16u << 20)
#define AGAIN_MAX  10 /* times CONTROL_AGAIN_MS */
#define FRAMES_ACK 4  /* of a list, until credit is given */

struct asked {
	struct list node;
	uint32_t id;
	json_t *request; /* NULL once it is sent */
	control_answer *fn;
	void *arg;
	unsigned int frames;
};

struct control {
	struct loop *loop;
	char *path;
	const struct control_ops *ops;
	void *ctx;
	int fd;
	struct loop_fd *lf;
	struct loop_timer again;
	unsigned int tries;
	bool is_up, told_down;
	uint32_t next_id;
	struct list open, waiting; /* asked */
	size_t open_count, waiting_count;
	struct frame_buffer in;
	uint8_t *out;
	size_t out_at, out_len, out_cap;
	uint8_t buf[READ_SIZE];
};

static void on_again(void *arg);

struct control *control_new(struct loop *loop, const char *path, const struct control_ops *ops,
			    void *ctx)
{
	struct control *c = alloc_zero(sizeof(*c));

	if (!c)
		return NULL;
	c->loop = loop;
	c->path = alloc_text(path);
	c->ops = ops;
	c->ctx = ctx;
	c->fd = -1;
	c->next_id = 1;
	list_init(&c->open);
	list_init(&c->waiting);
	loop_timer_init(&c->again, loop, "eem connects", on_again, c);
	if (!c->path) {
		control_free(c);
		return NULL;
	}
	return c;
}

bool control_is_up(const struct control *c)
{
	return c->is_up;
}

/* ---- the end of requests ----------------------------------------------------------------------------- */

static void asked_free(struct control *c, struct asked *a)
{
	if (a->request)
		c->waiting_count--;
	else
		c->open_count--;
	list_remove(&a->node);
	json_decref(a->request);
	alloc_free(a);
}

static void asked_fail(struct control *c, struct asked *a, int code, const char *why)
{
	control_answer *fn = a->fn;
	void *arg = a->arg;

	asked_free(c, a);
	if (fn)
		fn(arg, NULL, false, code, why);
}

static void fail_all(struct control *c, struct list *which, const char *why)
{
	/* Who is told may ask anew, and is refused at once: there is no connection. */
	while (!list_empty(which))
		asked_fail(c, list_entry(which->next, struct asked, node), -EPIPE, why);
}

static void hang_up(struct control *c)
{
	loop_fd_del(c->lf);
	c->lf = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->is_up = false;
	frame_clear(&c->in);
	c->out_at = c->out_len = 0;
}

static void broken(struct control *c, const char *why)
{
	unsigned int wait = c->tries < 4 ? 1u << c->tries : AGAIN_MAX;
	bool was_up = c->is_up;

	hang_up(c);
	c->tries++;
	fail_all(c, &c->open, why);
	fail_all(c, &c->waiting, why);
	if (was_up || !c->told_down) {
		c->told_down = true;
		c->ops->down(c->ctx, why);
	}
	loop_timer_set(&c->again, (uint64_t)CONTROL_AGAIN_MS * wait);
}

void control_free(struct control *c)
{
	if (!c)
		return;
	loop_timer_stop(&c->again);
	loop_defer_cancel(c->loop, c);
	hang_up(c);
	while (!list_empty(&c->open))
		asked_free(c, list_entry(c->open.next, struct asked, node));
	while (!list_empty(&c->waiting))
		asked_free(c, list_entry(c->waiting.next, struct asked, node));
	alloc_free(c->out);
	alloc_free(c->path);
	alloc_free(c);
}

void control_forget(struct control *c, const void *arg)
{
	struct list *heads[] = {&c->open, &c->waiting}, *it;

	for (int i = 0; i < 2; i++)
		list_for_each(it, heads[i])
		{
			struct asked *a = list_entry(it, struct asked, node);

			if (a->arg == arg)
				a->fn = NULL;
		}
}

/* ---- sending ----------------------------------------------------------------------------------------- */

static void broken_later(void *arg)
{
	struct control *c = arg;

	if (c->fd >= 0)
		broken(c, "the connection broke");
}

static void flush(struct control *c)
{
	while (c->out_at < c->out_len) {
		ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			loop_defer(c->loop, c, "eem lost the daemon", broken_later, c);
		if (n < 0)
			break;
		c->out_at += (size_t)n;
	}
	if (c->out_at == c->out_len)
		c->out_at = c->out_len = 0;
	loop_fd_want(c->lf, c->out_len ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static bool out_room(struct control *c, size_t more)
{
	size_t cap = c->out_cap ? c->out_cap : READ_SIZE;
	uint8_t *grown;

	if (c->out_len + more <= c->out_cap)
		return true;
	while (cap < c->out_len + more)
		cap *= 2;
	grown = cap > OUT_MAX ? NULL : alloc_grow(c->out, c->out_cap, cap, 1);
	if (!grown)
		return false;
	c->out = grown;
	c->out_cap = cap;
	return true;
}

static int send_request(struct control *c, uint32_t id, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0;
	int rc = -ENOMEM;

	if (text && len > FRAME_MAX - FRAME_REST)
		rc = -EMSGSIZE;
	else if (text && out_room(c, FRAME_HEAD + len)) {
		frame_head(c->out + c->out_len, id, 0, len);
		memcpy(c->out + c->out_len + FRAME_HEAD, text, len);
		c->out_len += FRAME_HEAD + len;
		flush(c);
		rc = 0;
	}
	free(text); /* jansson's */
	return rc;
}

static uint32_t fresh_id(struct control *c)
{
	uint32_t id = c->next_id++;

	if (!c->next_id)
		c->next_id = 1;
	return id;
}

void control_tell(struct control *c, json_t *request)
{
	if (c->fd >= 0 && request && send_request(c, fresh_id(c), request))
		loop_defer(c->loop, c, "eem lost the daemon", broken_later, c);
	json_decref(request);
}

static void send_asked(struct control *c, struct asked *a)
{
	json_t *request = a->request;
	int rc;

	list_remove(&a->node);
	list_append(&c->open, &a->node);
	a->request = NULL;
	c->waiting_count--;
	c->open_count++;
	rc = send_request(c, a->id, request);
	json_decref(request);
	if (rc)
		asked_fail(c, a, rc,
			   rc == -EMSGSIZE ? "the request is too long"
					   : "no memory for the request");
}

static void send_waiting(struct control *c)
{
	while (c->fd >= 0 && c->is_up && c->open_count < CONTROL_OPEN && !list_empty(&c->waiting))
		send_asked(c, list_entry(c->waiting.next, struct asked, node));
}

static struct asked *asked_new(struct control *c, json_t *request, control_answer *fn, void *arg)
{
	struct asked *a = request && c->waiting_count < CONTROL_WAITING ? alloc_zero(sizeof(*a))
									: NULL;

	if (!a) {
		json_decref(request);
		return NULL;
	}
	*a = (struct asked){.id = fresh_id(c), .request = request, .fn = fn, .arg = arg};
	list_append(&c->waiting, &a->node);
	c->waiting_count++;
	return a;
}

uint32_t control_ask(struct control *c, json_t *request, control_answer *fn, void *arg)
{
	struct asked *a = asked_new(c, request, fn, arg);
	uint32_t id;

	if (!a) {
		if (fn)
			fn(arg, NULL, false, -ENOMEM, "too many requests to the daemon wait");
		return 0;
	}
	id = a->id;
	if (c->fd < 0)
		asked_fail(c, a, -EPIPE, "spindled is not there");
	else
		send_waiting(c);
	return id;
}

/* ---- receiving --------------------------------------------------------------------------------------- */

static struct asked *find_open(const struct control *c, uint32_t id)
{
	struct list *it;

	list_for_each(it, &c->open)
	{
		if (list_entry(it, struct asked, node)->id == id)
			return list_entry(it, struct asked, node);
	}
	return NULL;
}

static void give_credit(struct control *c, struct asked *a)
{
	if (++a->frames % FRAMES_ACK)
		return;
	control_tell(c, json_pack("{s:s,s:I,s:i}", "op", "credit", "request", (json_int_t)a->id,
				  "frames", FRAMES_ACK));
}

static void take_answer(struct control *c, const struct frame *f, const json_t *json)
{
	struct asked *a = find_open(c, f->id);
	const char *why = json_string_value(json_object_get(json, "error"));
	control_answer *fn = a ? a->fn : NULL;
	void *arg = a ? a->arg : NULL;

	if (!a)
		return; /* of control_tell() */
	if (f->flags & FRAME_ERROR) {
		int code = (int)json_integer_value(json_object_get(json, "errno"));

		asked_fail(c, a, code ? -code : -EINVAL, why ? why : "refused");
		return;
	}
	if (f->flags & FRAME_MORE)
		give_credit(c, a);
	else
		asked_free(c, a);
	if (fn)
		fn(arg, json, f->flags & FRAME_MORE, 0, NULL);
}

static void take_frame(struct control *c, const struct frame *f)
{
	json_t *json = json_loadb((const char *)f->json.data, f->json.len, 0, NULL);

	if (!json)
		return;
	if (f->flags & FRAME_EVENT)
		c->ops->event(c->ctx, f->id, json);
	else
		take_answer(c, f, json);
	json_decref(json);
}

static void take_frames(struct control *c)
{
	struct frame f;
	struct error err = {0};
	int rc = 0;

	while (c->fd >= 0 && (rc = frame_next(&c->in, &f, &err)) > 0)
		take_frame(c, &f);
	if (c->fd >= 0 && rc < 0)
		broken(c, err.text);
}

static void on_ready(void *arg, int events)
{
	struct control *c = arg;
	ssize_t n = 0;

	if (events & LOOP_WRITE)
		flush(c);
	for (int i = 0; (events & LOOP_READ) && i < READS; i++) {
		n = recv(c->fd, c->buf, sizeof(c->buf), MSG_DONTWAIT);
		if (n <= 0)
			break;
		if (frame_feed(&c->in, c->buf, (size_t)n)) {
			broken(c, "no memory for what the daemon says");
			return;
		}
		if ((size_t)n < sizeof(c->buf))
			break;
	}
	if (events & LOOP_READ)
		take_frames(c);
	if (c->fd >= 0 && (events & LOOP_READ) &&
	    (!n || (n < 0 && errno != EAGAIN && errno != EINTR)))
		broken(c, "spindled closed the connection");
	else if (c->fd >= 0)
		send_waiting(c);
}

/* ---- connecting -------------------------------------------------------------------------------------- */

static void on_hello(void *arg, const json_t *frame, bool more, int code, const char *why)
{
	struct control *c = arg;

	(void)more;
	(void)code;
	if (!frame) {
		if (c->fd >= 0)
			broken(c, why);
		return;
	}
	c->is_up = true;
	c->tries = 0;
	c->told_down = false;
	c->ops->up(c->ctx, frame);
	send_waiting(c);
}

static void say_hello(struct control *c)
{
	struct asked *a = asked_new(
		c, json_pack("{s:s,s:i}", "op", "hello", "version", FRAME_VERSION), on_hello, c);

	if (a)
		send_asked(c, a);
	else
		broken(c, "no memory");
}

static void on_again(void *arg)
{
	struct control *c = arg;
	struct error err = {0};
	int fd = unix_connect(c->path, SOCK_STREAM, &err);

	if (fd < 0) {
		broken(c, err.text);
		return;
	}
	c->fd = fd;
	c->lf = loop_fd_add(c->loop, fd, LOOP_READ, "eem control socket", on_ready, c);
	if (!c->lf)
		broken(c, "no memory");
	else
		say_hello(c);
}

void control_start(struct control *c)
{
	loop_timer_set(&c->again, 0);
}

void control_join(json_t *into, const json_t *page)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)page, name, value)
	{
		json_t *mine = json_object_get(into, name);

		if (json_is_array(mine) && json_is_array(value))
			json_array_extend(mine, value);
		else if (json_is_object(mine) && json_is_object(value))
			control_join(mine, value);
		else
			json_object_set(into, name, value);
	}
}
