/*
 * cli/client: a blocking client. Every wait is a poll() with what is left of the call's time, so that
 * a daemon that hangs is said and not waited for. Answers come in frames; each frame taken grants one
 * more, so that a long list never piles up here.
 */
#include "cli/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/frame.h"
#include "base/list.h"
#include "base/text.h"

#define TIMEOUT_MS 60000
#define CREDIT_AT  4	/* frames taken before credit is sent again */
#define EVENTS_MAX 1024 /* that wait for client_event(); later ones are counted */

/* A frame that came before its time: an event while an answer was waited for, or the next part of an
 * answer while the last one is being printed. */
struct kept {
	struct list node;
	uint32_t id;
	uint8_t flags;
	json_t *json;
};

struct client {
	int fd;
	int timeout_ms;
	uint32_t next_id;
	struct frame_buffer in;
	struct list events, answers; /* kept */
	unsigned int event_count;
	uint64_t events_lost;
	client_wait *wait; /* NULL: poll() */
	void *wait_ctx;
	char user[64], daemon[64];
	uint8_t privilege;
	json_t *greeting;
	char *command;	       /* that edits stand for */
	const char *target;    /* of edits; NULL: running */
	bool masked, defaults; /* how configuration is asked for */
};

/* One call that runs. */
struct calling {
	struct client *c;
	uint32_t id;
	uint64_t until_ms;
	client_frame *frame;
	void *arg;
	bool deaf; /* the caller has had enough */
	bool firm; /* what it does cannot be broken off half-way */
	unsigned int taken;
	struct error *err;
};

static int wait_once(const struct client *c, bool firm, short events, int timeout_ms)
{
	struct pollfd p = {.fd = c->fd, .events = events};
	int rc;

	if (c->wait && !firm)
		return c->wait(c->wait_ctx, c->fd, events, timeout_ms);
	rc = poll(&p, 1, timeout_ms);
	if (!rc)
		return -ETIMEDOUT;
	return rc < 0 ? -errno : 0;
}

static int wait_for(const struct client *c, bool firm, short events, uint64_t until_ms)
{
	int rc;

	do {
		uint64_t now = clock_boot_ms();

		rc = wait_once(c, firm, events, now < until_ms ? (int)(until_ms - now) : 0);
	} while (rc == -EINTR);
	return rc;
}

static int send_bytes(const struct client *c, const void *data, size_t len, uint64_t until_ms)
{
	const uint8_t *at = data;

	while (len) {
		ssize_t n = send(c->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int rc = 0;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			rc = wait_for(c, true, POLLOUT, until_ms);
		else if (n < 0)
			rc = -errno;
		if (rc)
			return rc;
		at += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int send_json(const struct client *c, uint32_t id, const json_t *json, uint64_t until_ms)
{
	char *text = json_dumps(json, JSON_COMPACT);
	uint8_t head[FRAME_HEAD];
	size_t len;
	int rc;

	if (!text)
		return -ENOMEM;
	len = strlen(text);
	frame_head(head, id, 0, len);
	rc = len > FRAME_MAX - FRAME_REST ? -EMSGSIZE : send_bytes(c, head, sizeof(head), until_ms);
	if (!rc)
		rc = send_bytes(c, text, len, until_ms);
	free(text); /* jansson's */
	return rc;
}

static int receive(struct client *c, bool firm, uint64_t until_ms)
{
	uint8_t buf[16384];
	ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n > 0)
		return frame_feed(&c->in, buf, (size_t)n);
	if (!n)
		return -EPIPE;
	if (errno == EAGAIN || errno == EINTR)
		return wait_for(c, firm, POLLIN, until_ms);
	return errno == ECONNRESET ? -EPIPE : -errno;
}

static int parse(const struct frame *f, json_t **json, struct error *err)
{
	*json = json_loadb((const char *)f->json.data, f->json.len, JSON_REJECT_DUPLICATES, NULL);
	return *json ? 0 : error_set(err, -EBADMSG, "the daemon's answer is not JSON");
}

static json_t *pop(struct list *kept, struct frame *f)
{
	struct kept *k = list_entry(kept->next, struct kept, node);
	json_t *json = k->json;

	*f = (struct frame){.id = k->id, .flags = k->flags};
	list_remove(&k->node);
	alloc_free(k);
	return json;
}

/* The next frame, parsed; *json is the caller's. */
static int next_frame(struct client *c, bool firm, struct frame *f, json_t **json,
		      uint64_t until_ms, struct error *err)
{
	int rc = 0;

	if (!list_empty(&c->answers)) {
		*json = pop(&c->answers, f);
		return 0;
	}
	rc = frame_next(&c->in, f, err);
	while (!rc) {
		rc = receive(c, firm, until_ms);
		if (!rc && !list_empty(&c->answers)) { /* pumped while we waited */
			*json = pop(&c->answers, f);
			return 0;
		}
		if (!rc)
			rc = frame_next(&c->in, f, err);
	}
	return rc < 0 ? rc : parse(f, json, err);
}

/* Takes json. */
static int keep(struct list *to, const struct frame *f, json_t *json)
{
	struct kept *k = alloc_zero(sizeof(*k));

	if (!k) {
		json_decref(json);
		return -ENOMEM;
	}
	k->id = f->id;
	k->flags = f->flags;
	k->json = json;
	list_append(to, &k->node);
	return 0;
}

static int keep_event(struct client *c, const struct frame *f, json_t *json)
{
	if (c->event_count == EVENTS_MAX) {
		c->events_lost++;
		json_decref(json);
		return 0;
	}
	c->event_count++;
	return keep(&c->events, f, json);
}

/* The frames that are whole, each to where it is waited for. */
static int sort_frames(struct client *c, struct error *err)
{
	struct frame f;
	json_t *json;
	int rc;

	while ((rc = frame_next(&c->in, &f, err)) == 1) {
		rc = parse(&f, &json, err);
		if (!rc)
			rc = f.flags & FRAME_EVENT ? keep_event(c, &f, json)
						   : keep(&c->answers, &f, json);
		if (rc)
			return rc;
	}
	return rc;
}

static int error_of(const json_t *json, struct error *err)
{
	const char *text = json_string_value(json_object_get(json, "error"));
	json_int_t number = json_integer_value(json_object_get(json, "errno"));
	int code = number > 0 && number < 4096 ? -(int)number : -EREMOTEIO;

	return error_set(err, code, "%s", text ? text : "the daemon refused without a reason");
}

static int tell(const struct calling *k, uint32_t id, json_t *json)
{
	int rc = json ? send_json(k->c, id, json, k->until_ms) : -ENOMEM;

	json_decref(json);
	return rc;
}

static int grant(const struct calling *k)
{
	return tell(k, 0,
		    json_pack("{s:s,s:I,s:i}", "op", "credit", "request", (json_int_t)k->id,
			      "frames", CREDIT_AT));
}

/* What is left of the answer is not sent. The answer to this comes behind what is under way. */
static int cancel(struct calling *k)
{
	uint32_t id = k->c->next_id++;
	int rc = tell(k, id, json_pack("{s:s,s:I}", "op", "cancel", "request", (json_int_t)k->id));

	k->id = id;
	k->firm = true;
	k->until_ms = clock_boot_ms() + TIMEOUT_MS;
	return rc;
}

/* 1: the answer is complete. */
static int take(struct calling *k, const struct frame *f, const json_t *json)
{
	bool more = f->flags & FRAME_MORE;

	if (k->deaf)
		return 1; /* that of cancel(), whatever it says */
	if (f->flags & FRAME_ERROR)
		return error_of(json, k->err);
	k->deaf = k->frame && !k->frame(k->arg, json, more);
	if (!more)
		return 1;
	/* The time limit is the daemon's, not that of who reads what it sent. */
	k->until_ms = clock_boot_ms() + (uint64_t)k->c->timeout_ms;
	if (k->deaf)
		return cancel(k);
	return ++k->taken % CREDIT_AT ? 0 : grant(k);
}

static int answer(struct calling *k)
{
	int rc = 0;

	while (!rc) {
		struct frame f;
		json_t *json = NULL;

		rc = next_frame(k->c, k->firm, &f, &json, k->until_ms, k->err);
		if (rc)
			break;
		if (f.flags & FRAME_EVENT) {
			rc = keep_event(k->c, &f, json);
			continue;
		}
		/* Id 0 answers what could not be read as a request. */
		if (f.id == k->id || (!f.id && (f.flags & FRAME_ERROR)))
			rc = take(k, &f, json);
		json_decref(json);
	}
	/* An event that came in the same piece is not left there: nothing else would wake us for it. */
	if (rc == 1 && sort_frames(k->c, k->err) < 0)
		return k->err->code;
	return rc;
}

/* The person broke it off: said to the daemon, so that the next call has the line to itself. */
static int broken_off(struct calling *k)
{
	int rc = cancel(k);

	k->deaf = true;
	if (!rc)
		rc = answer(k);
	return rc < 0 ? rc : -ECANCELED;
}

/* What changes the configuration is answered before anything else is done. */
static bool is_firm(const json_t *request)
{
	const char *op = json_string_value(json_object_get(request, "op"));

	return op && (strcmp(op, "edit-config") == 0 || strcmp(op, "copy-config") == 0 ||
		      strcmp(op, "commit") == 0 || strcmp(op, "delete-config") == 0 ||
		      strcmp(op, "guard") == 0 || strcmp(op, "revert") == 0);
}

static const char *words(int code)
{
	switch (code) {
	case -EPIPE:
		return "the daemon closed the connection";
	case -ETIMEDOUT:
		return "the daemon did not answer in time";
	case -EMSGSIZE:
		return "the request is too long";
	case -ECANCELED:
		return "the command was broken off";
	default:
		return strerror(-code);
	}
}

int client_call(struct client *c, const json_t *request, client_frame *frame, void *arg,
		struct error *err)
{
	struct calling k = {
		.c = c,
		.id = c->next_id++,
		.until_ms = clock_boot_ms() + (uint64_t)c->timeout_ms,
		.frame = frame,
		.arg = arg,
		.firm = is_firm(request),
		.err = err,
	};
	int rc = send_json(c, k.id, request, k.until_ms);

	/* A daemon that refuses says why before it closes: read that, whatever became of the sending. */
	if (!rc || rc == -EPIPE || rc == -ECONNRESET)
		rc = answer(&k);
	if (rc == -ECANCELED)
		rc = broken_off(&k);
	if (rc < 0)
		return error_set(err, rc, "%s", words(rc));
	return 0;
}

static json_t *pop_event(struct client *c)
{
	struct frame f;

	c->event_count--;
	return pop(&c->events, &f);
}

int client_event(struct client *c, int timeout_ms, json_t **event, struct error *err)
{
	uint64_t until = timeout_ms < 0 ? UINT64_MAX : clock_boot_ms() + (uint64_t)timeout_ms;
	struct frame f = {0};
	int rc = 0;

	while (list_empty(&c->events) && !rc) {
		uint64_t round = clock_boot_ms() + TIMEOUT_MS; /* poll() counts in an int */
		json_t *json = NULL;

		rc = next_frame(c, true, &f, &json, until < round ? until : round, err);
		if (rc == -ETIMEDOUT && until > round)
			rc = 0;
		else if (!rc && (f.flags & FRAME_EVENT))
			rc = keep_event(c, &f, json);
		else if (!rc)
			json_decref(json);
	}
	if (rc)
		return error_set(err, rc, "%s", words(rc));
	*event = pop_event(c);
	return 0;
}

int client_pump(struct client *c, struct error *err)
{
	uint8_t buf[16384];
	ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);
	int rc;

	if (!n || (n < 0 && errno == ECONNRESET))
		return error_set(err, -EPIPE, "%s", words(-EPIPE));
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	rc = frame_feed(&c->in, buf, (size_t)n);
	return rc ? rc : sort_frames(c, err);
}

bool client_has_answer(const struct client *c)
{
	return !list_empty(&c->answers);
}

json_t *client_kept_event(struct client *c, uint64_t *lost)
{
	*lost = c->events_lost;
	c->events_lost = 0;
	return list_empty(&c->events) ? NULL : pop_event(c);
}

uint32_t client_last_request(const struct client *c)
{
	return c->next_id - 1;
}

void client_set_wait(struct client *c, client_wait *wait, void *ctx)
{
	c->wait = wait;
	c->wait_ctx = ctx;
}

static bool take_greeting(void *arg, const json_t *frame, bool more)
{
	const char *user = json_string_value(json_object_get(frame, "user"));
	const char *daemon = json_string_value(json_object_get(frame, "daemon"));
	struct client *c = arg;

	(void)more;
	text_copy(c->user, sizeof(c->user), user ? user : "");
	text_copy(c->daemon, sizeof(c->daemon), daemon ? daemon : "");
	c->privilege = (uint8_t)json_integer_value(json_object_get(frame, "privilege"));
	c->greeting = json_incref((json_t *)(uintptr_t)frame);
	return true;
}

static int greet(struct client *c, const json_t *terminal, struct error *err)
{
	json_t *hello = json_pack("{s:s,s:i}", "op", "hello", "version", FRAME_VERSION);
	int rc = hello ? 0 : -ENOMEM;

	if (!rc && terminal)
		rc = json_object_update(hello, (json_t *)(uintptr_t)terminal) ? -ENOMEM : 0;
	if (!rc)
		rc = client_call(c, hello, take_greeting, c, err);

	json_decref(hello);
	return rc;
}

static int connect_to(const char *run_dir, struct error *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd, rc;

	if (snprintf(at.sun_path, sizeof(at.sun_path), "%s/control.sock", run_dir) >=
	    (int)sizeof(at.sun_path))
		return error_set(err, -ENAMETOOLONG, "the name of the folder %s is too long",
				 run_dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, -errno, "socket: %s", strerror(errno));
	if (!connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		return fd;
	rc = -errno;
	close(fd);
	if (rc == -ENOENT || rc == -ECONNREFUSED)
		return error_set(err, rc, "no daemon listens at %s", at.sun_path);
	return error_set(err, rc, "%s: %s", at.sun_path, strerror(-rc));
}

struct client *client_open(const char *run_dir, struct error *err)
{
	return client_open_as(run_dir, NULL, err);
}

struct client *client_open_as(const char *run_dir, const json_t *terminal, struct error *err)
{
	struct client *c = alloc_zero(sizeof(*c));

	if (!c) {
		error_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	list_init(&c->events);
	list_init(&c->answers);
	c->timeout_ms = TIMEOUT_MS;
	c->next_id = 1;
	c->fd = connect_to(run_dir, err);
	if (c->fd >= 0 && !greet(c, terminal, err))
		return c;
	client_close(c);
	return NULL;
}

static void drop(struct list *kept)
{
	struct frame f;

	while (!list_empty(kept))
		json_decref(pop(kept, &f));
}

void client_close(struct client *c)
{
	if (!c)
		return;
	drop(&c->events);
	drop(&c->answers);
	if (c->fd >= 0)
		close(c->fd);
	frame_clear(&c->in);
	json_decref(c->greeting);
	alloc_free(c->command);
	alloc_free(c);
}

void client_set_target(struct client *c, const char *target)
{
	c->target = target;
}

void client_set_command(struct client *c, const char *line)
{
	alloc_free(c->command);
	c->command = alloc_text(line);
}

void client_set_masked(struct client *c, bool on)
{
	c->masked = on;
}

void client_set_defaults(struct client *c, bool on)
{
	c->defaults = on;
}

const json_t *client_greeting(const struct client *c)
{
	return c->greeting;
}

uint8_t client_privilege(const struct client *c)
{
	return c->privilege;
}

const char *client_user(const struct client *c)
{
	return c->user;
}

const char *client_daemon(const struct client *c)
{
	return c->daemon;
}

void client_set_timeout(struct client *c, int timeout_ms)
{
	c->timeout_ms = timeout_ms;
}

int client_fd(const struct client *c)
{
	return c->fd;
}

/* Calls and lets go of the request; NULL: there was no memory for it. */
static int call_with(struct client *c, json_t *request, client_frame *frame, void *arg,
		     struct error *err)
{
	int rc = request ? client_call(c, request, frame, arg, err)
			 : error_set(err, -ENOMEM, "no memory");

	json_decref(request);
	return rc;
}

int client_get(struct client *c, const char *path, client_frame *frame, void *arg,
	       struct error *err)
{
	return call_with(c, json_pack("{s:s,s:s}", "op", "get", "path", path), frame, arg, err);
}

int client_get_config(struct client *c, const char *path, client_frame *frame, void *arg,
		      struct error *err)
{
	return call_with(c,
			 json_pack("{s:s,s:s,s:s*,s:b,s:b}", "op", "get-config", "path", path,
				   "source", c->target, "masked", c->masked, "defaults",
				   c->defaults),
			 frame, arg, err);
}

int client_edit(struct client *c, json_t *edit, struct error *err)
{
	return call_with(c,
			 json_pack("{s:s,s:o,s:s*,s:s*}", "op", "edit-config", "edit", edit,
				   "command", c->command, "target", c->target),
			 NULL, NULL, err);
}

static bool take_output(void *arg, const json_t *frame, bool more)
{
	json_t **output = arg;

	(void)more;
	*output = json_incref(json_object_get(frame, "output"));
	return true;
}

int client_action(struct client *c, const char *path, json_t *input, json_t **output,
		  struct error *err)
{
	json_t *request =
		input ? json_pack("{s:s,s:s,s:o}", "op", "action", "path", path, "input", input)
		      : json_pack("{s:s,s:s}", "op", "action", "path", path);

	if (output)
		*output = NULL;
	return call_with(c, request, output ? take_output : NULL, output, err);
}

int client_save(struct client *c, struct error *err)
{
	return call_with(c,
			 json_pack("{s:s,s:s,s:s}", "op", "copy-config", "source", "running",
				   "target", "startup"),
			 NULL, NULL, err);
}

int client_candidate(struct client *c, const char *from, uint32_t index, struct error *err)
{
	json_t *request = json_pack("{s:s,s:s}", "op", "candidate", "from", from);

	if (request && index)
		json_object_set_new(request, "index", json_integer(index));
	return call_with(c, request, NULL, NULL, err);
}

static bool take_counts(void *arg, const json_t *frame, bool more)
{
	json_t **counts = arg;

	(void)more;
	*counts = json_incref((json_t *)(uintptr_t)frame);
	return true;
}

int client_commit(struct client *c, uint32_t confirm_minutes, json_t **counts, struct error *err)
{
	json_t *request = json_pack("{s:s}", "op", "commit");

	if (counts)
		*counts = NULL;
	if (request && confirm_minutes)
		json_object_set_new(request, "confirm-minutes", json_integer(confirm_minutes));
	return call_with(c, request, counts ? take_counts : NULL, counts, err);
}

int client_discard(struct client *c, struct error *err)
{
	return call_with(c, json_pack("{s:s}", "op", "discard"), NULL, NULL, err);
}
