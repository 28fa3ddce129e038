/*
 * api/session: one client: bytes in, frames out, never waiting for it.
 *
 * Input is read only while little output waits, so a client cannot pile up answers by asking; what is
 * sent unasked (events) is bounded by API_OUT_MAX; a client that takes nothing for API_STALL_MS is
 * dropped. Lists and the log are produced page by page as the queue empties (streams_pump, events_pump).
 * A frame that cannot be read is answered once, with its place, and ends the session.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api_internal.h"
#include "base/alloc.h"
#include "base/secret.h"

#define FRAMES_A_TURN 32

/* A frame that waits to be written. */
struct chunk {
	struct list node;
	size_t len, at;
	uint8_t data[];
};

static void chunks_free(struct session *s)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &s->out)
	{
		struct chunk *c = list_entry(it, struct chunk, node);

		list_remove(it);
		alloc_free(c);
	}
	s->out_bytes = 0;
}

static void calls_forget(struct session *s)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &s->calls)
	{
		list_entry(it, struct call, node)->session = NULL;
		list_remove(it);
	}
}

void session_close(struct session *s)
{
	struct api *a = s->api;

	/* From here on nothing is sent to it: what it held back may be its own command. */
	s->phase = SESSION_CLOSING;
	people_close(s);
	provide_close(s);
	calls_forget(s);
	events_free(s);
	streams_free(s);
	candidate_drop(s);
	loop_timer_stop(&s->stall);
	loop_timer_stop(&s->more);
	loop_fd_del(s->lf);
	close(s->fd);
	chunks_free(s);
	frame_clear(&s->in);
	list_remove(&s->node);
	a->stats.sessions_now--;
	alloc_free(s);
}

/* Closing is put off to the next turn: callers still hold the session. */
static void session_end(struct session *s)
{
	s->phase = SESSION_CLOSING;
	chunks_free(s);
	session_go_on(s);
}

void session_go_on(struct session *s)
{
	if (loop_timer_armed(&s->more))
		return;
	if (!loop_timer_set(&s->more, 0))
		return;
	/* No memory for a timer: the descriptor itself brings us back, to close. */
	s->phase = SESSION_CLOSING;
	chunks_free(s);
	shutdown(s->fd, SHUT_RDWR);
	loop_fd_want(s->lf, LOOP_READ);
}

void session_wait(struct session *s, uint64_t ms)
{
	if (!loop_timer_armed(&s->more) && loop_timer_set(&s->more, ms))
		session_go_on(s);
}

static void want(struct session *s)
{
	int events = 0;

	if (s->phase != SESSION_CLOSING && s->out_bytes < API_OUT_HIGH)
		events |= LOOP_READ;
	if (s->out_bytes)
		events |= LOOP_WRITE;
	loop_fd_want(s->lf, events);
}

static int queue(struct session *s, uint32_t id, uint8_t flags, const char *text, size_t len)
{
	struct chunk *c = alloc_zero(sizeof(*c) + FRAME_HEAD + len);

	if (!c)
		return -ENOMEM;
	c->len = FRAME_HEAD + len;
	frame_head(c->data, id, flags, len);
	memcpy(c->data + FRAME_HEAD, text, len);
	if (!s->out_bytes)
		loop_timer_set(&s->stall, s->api->stall_ms);
	list_append(&s->out, &c->node);
	s->out_bytes += c->len;
	s->api->stats.frames_out++;
	return 0;
}

int session_send(struct session *s, uint32_t id, uint8_t flags, const json_t *json)
{
	char *text;
	size_t len;
	int rc;

	if (s->phase == SESSION_CLOSING)
		return 0;
	text = json_dumps(json, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	len = strlen(text);
	if (len > FRAME_MAX - FRAME_REST)
		rc = -EMSGSIZE;
	else if (s->out_bytes + len > API_OUT_MAX)
		rc = -ENOBUFS;
	else
		rc = queue(s, id, flags, text, len);
	free(text); /* jansson's */
	if (rc == -ENOBUFS) {
		s->api->stats.dropped_slow++;
		session_end(s);
	} else if (!rc) {
		want(s);
	}
	return rc;
}

void session_answer(struct session *s, uint32_t id, uint8_t flags, json_t *json)
{
	int rc = json ? session_send(s, id, flags, json) : -ENOMEM;

	json_decref(json);
	if (rc == -EMSGSIZE && !(flags & FRAME_ERROR))
		session_refuse(s, id, rc, NULL);
	else if (rc)
		session_end(s); /* an answer that cannot be given must not be waited for */
}

void session_refuse(struct session *s, uint32_t id, int code, const struct error *why)
{
	const char *text = why && why->code ? why->text : strerror(-code);
	const char *name = strerrorname_np(-code);

	session_answer(s, id, FRAME_ERROR,
		       json_pack("{s:s%,s:i,s:s}", "error", text, strlen(text), "errno", -code,
				 "name", name ? name : "EIO"));
}

void session_fail(struct session *s, uint32_t id, const struct error *why)
{
	session_refuse(s, id, why->code, why);
	s->phase = SESSION_CLOSING;
	want(s);
	session_go_on(s);
}

static void on_stall(void *arg)
{
	struct session *s = arg;

	if (s->out_bytes && s->phase != SESSION_CLOSING)
		s->api->stats.dropped_slow++;
	session_close(s);
}

/* 0, -EAGAIN: the client does not take more now, or the error that ends it. */
static int write_chunk(struct session *s, struct chunk *c)
{
	ssize_t n = send(s->fd, c->data + c->at, c->len - c->at, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	c->at += (size_t)n;
	s->out_bytes -= (size_t)n;
	if (n)
		loop_timer_set(&s->stall, s->api->stall_ms);
	if (c->at == c->len) {
		list_remove(&c->node);
		alloc_free(c);
	}
	return 0;
}

static int write_out(struct session *s)
{
	int rc = 0;

	while (!rc && !list_empty(&s->out))
		rc = write_chunk(s, list_entry(s->out.next, struct chunk, node));
	if (list_empty(&s->out))
		loop_timer_stop(&s->stall);
	return rc == -EAGAIN ? 0 : rc;
}

static json_t *parse(const struct frame *f, struct error *err)
{
	json_error_t where;
	json_t *json;

	if (frame_depth(f->json, FRAME_DEPTH)) {
		error_set(err, -EBADMSG, "the request nests deeper than %d", FRAME_DEPTH);
		return NULL;
	}
	json = json_loadb((const char *)f->json.data, f->json.len, JSON_REJECT_DUPLICATES, &where);
	if (json_is_object(json))
		return json;
	if (!json)
		error_set(err, -EBADMSG, "the request is not JSON: %s at byte %d", where.text,
			  where.position);
	else
		error_set(err, -EBADMSG, "the request is not a JSON object");
	json_decref(json);
	return NULL;
}

static void malformed(struct session *s, uint32_t id, const struct error *err)
{
	s->api->stats.malformed++;
	session_fail(s, id, err);
}

static void take_frame(struct session *s, const struct frame *f)
{
	struct error err = {0};
	json_t *request;

	s->api->stats.frames_in++;
	s->heard_ms = loop_now(s->api->loop);
	if (f->flags) {
		error_set(&err, -EBADMSG, "frame flags (byte 8) are 0x%02x: a request has none",
			  f->flags);
		malformed(s, f->id, &err);
		return;
	}
	request = parse(f, &err);
	if (!request) {
		malformed(s, f->id, &err);
		return;
	}
	ops_run(s, f->id, request);
	json_decref(request);
}

/* True: frames are left for another turn. */
static bool take_frames(struct session *s)
{
	struct error err = {0};
	struct frame f;
	int rc = 0;

	for (int n = 0; s->phase != SESSION_CLOSING && s->out_bytes < API_OUT_HIGH; n++) {
		if (n == FRAMES_A_TURN)
			return true;
		rc = frame_next(&s->in, &f, &err);
		if (rc <= 0)
			break;
		take_frame(s, &f);
	}
	if (rc < 0)
		malformed(s, 0, &err);
	frame_feed(&s->in, NULL, 0); /* wipes what was used */
	return false;
}

/* 0, or the error that ends the session; -EPIPE: the client left. */
static int read_in(struct session *s)
{
	uint8_t buf[16384];
	ssize_t n = recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT);
	int rc;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -EPIPE;
	rc = frame_feed(&s->in, buf, (size_t)n);
	secret_wipe(buf, (size_t)n);
	return rc;
}

/* What can be done without more input. */
static void work(struct session *s)
{
	bool more = take_frames(s);

	if (s->phase != SESSION_CLOSING)
		more = streams_pump(s) || more;
	if (s->phase != SESSION_CLOSING)
		more = events_pump(s) || more;
	if (more)
		session_go_on(s);
}

static void on_fd(void *arg, int events)
{
	struct session *s = arg;
	int rc = 0;

	if (events & LOOP_WRITE)
		rc = write_out(s);
	if (!rc && (events & LOOP_READ) && s->phase != SESSION_CLOSING &&
	    s->out_bytes < API_OUT_HIGH)
		rc = read_in(s);
	if (!rc && s->phase != SESSION_CLOSING)
		work(s);
	if (!rc && s->phase == SESSION_CLOSING && list_empty(&s->out))
		rc = -EPIPE;
	if (rc)
		session_close(s);
	else
		want(s);
}

static void on_more(void *arg)
{
	on_fd(arg, LOOP_WRITE);
}

bool session_is_busy(const struct session *s, uint32_t id)
{
	struct list *it;

	list_for_each(it, &s->calls) if (list_entry(it, struct call, node)->id == id) return true;
	return stream_runs(s, id);
}

struct call *call_new(struct session *s, uint32_t id)
{
	struct call *c = alloc_zero(sizeof(*c));

	if (!c) {
		session_refuse(s, id, -ENOMEM, NULL);
		return NULL;
	}
	c->session = s;
	c->id = id;
	list_append(&s->calls, &c->node);
	s->requests++;
	return c;
}

void call_done(struct call *c, int err, const struct error *why, json_t *answer)
{
	struct session *s = c->session;
	uint32_t id = c->id;

	if (s) {
		list_remove(&c->node);
		s->requests--;
	}
	alloc_free(c);
	if (s && err)
		session_refuse(s, id, err, why);
	else if (s)
		session_answer(s, id, 0, answer ? json_incref(answer) : json_object());
	json_decref(answer);
}

/* Those of people who may something: strangers take no room of theirs. Nobody fills all of it but who
 * could end the others anyway. */
static int check_room(const struct session *s, struct error *err)
{
	const struct api *a = s->api;
	bool root = s->uid == 0 || s->uid == a->access.own;
	bool telnet = s->uid == a->access.telnet;
	size_t all = 0, own = 0;
	const struct list *it;

	list_for_each(it, &a->sessions)
	{
		const struct session *other = list_entry(it, const struct session, node);

		if (other == s || other->phase == SESSION_CLOSING)
			continue;
		all += other->privilege != 0;
		own += other->uid == s->uid && (other->privilege || telnet);
	}
	if (!s->privilege && !telnet)
		return 0; /* is told that he may not */
	if (all >= API_SESSIONS_MAX)
		return error_set(err, -EBUSY, "%d sessions are open, which is the most",
				 API_SESSIONS_MAX);
	if (!root && own >= API_PERSON_MAX)
		return error_set(err, -EBUSY, "%d sessions of %s are open, which is the most",
				 API_PERSON_MAX, s->user);
	if (!root && all >= API_SESSIONS_MAX - API_KEPT)
		return error_set(err, -EBUSY, "%d sessions are open, and the last %d are root's",
				 (int)all, API_KEPT);
	return 0;
}

/* Anyone may connect, to be told that he may not: so that nobody keeps others out by connecting and
 * saying nothing, the stranger who has waited longest makes room for the next. Those of the telnet
 * service, who may be about to log in, make room among themselves. */
static void strangers_make_room(struct api *a, bool telnet)
{
	struct session *oldest = NULL;
	size_t count = 0;
	struct list *it;

	list_for_each(it, &a->sessions)
	{
		struct session *s = list_entry(it, struct session, node);

		if (s->privilege || s->phase == SESSION_CLOSING ||
		    (s->uid == a->access.telnet) != telnet)
			continue;
		count++;
		oldest = oldest ? oldest : s;
	}
	if (count >= API_STRANGERS_MAX)
		session_end(oldest);
}

void session_open(struct api *a, int fd)
{
	struct session *s = alloc_zero(sizeof(*s));
	struct error err = {0};
	int rc;

	if (!s) {
		close(fd);
		return;
	}
	rc = access_peer(&a->access, fd, s->user, &s->uid, &s->privilege);
	strangers_make_room(a, s->uid == a->access.telnet);
	s->api = a;
	s->fd = fd;
	s->number = ++a->next_session;
	s->term.line = -1;
	list_init(&s->out);
	list_init(&s->calls);
	list_init(&s->streams);
	list_init(&s->subs);
	loop_timer_init(&s->stall, a->loop, "control: client", on_stall, s);
	loop_timer_init(&s->more, a->loop, "control: session", on_more, s);
	s->lf = loop_fd_add(a->loop, fd, LOOP_READ, "control: session", on_fd, s);
	list_append(&a->sessions, &s->node);
	a->stats.sessions++;
	a->stats.sessions_now++;
	/* Whoever does not introduce himself goes too. */
	if (!s->lf || loop_timer_set(&s->stall, a->stall_ms) || rc) {
		session_close(s);
		return;
	}
	people_open(s);
	if (!check_room(s, &err))
		return;
	a->stats.refused++;
	session_fail(s, 0, &err);
}
