#include "tests/unit/eem_world.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/unix.h"

#define QUIET_TURNS 6

static struct world *the_world; /* worker.h has no context of the test's */

static json_t *parse(const char *text)
{
	char *copy = alloc_text(text);
	json_error_t err;
	json_t *o;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	o = json_loads(copy, 0, &err);
	if (!o)
		fail_msg("%s: %s", copy, err.text);
	alloc_free(copy);
	return o;
}

/* ---- workers ----------------------------------------------------------------------------------------- */

struct worker_pool {
	char unused;
};

static struct worker_pool the_pool;

void worker_pool_free(struct worker_pool *p)
{
	(void)p;
}

int worker_start(struct worker_pool *p, const struct worker_spec *s, void *own,
		 struct worker_job **out, struct error *err)
{
	struct world *w = the_world;
	struct worker_job *j;

	(void)p;
	if (w->refuse_start) {
		w->refuse_start--;
		return error_set(err, -EAGAIN, "too many jobs");
	}
	assert_true(w->count < PLAYED_MAX);
	j = alloc_zero(sizeof(*j));
	*j = (struct worker_job){.own = own,
				 .chunk = alloc_text(s->chunk),
				 .event = s->event ? json_deep_copy(s->event) : json_object(),
				 .env = s->env ? json_deep_copy(s->env) : json_object(),
				 .registering = s->registering,
				 .applet = s->applet,
				 .maxrun_ms = s->maxrun_ms};
	snprintf(j->name, sizeof(j->name), "%s", s->name);
	w->jobs[w->count++] = j;
	*out = j;
	return 0;
}

void *worker_own(const struct worker_job *job)
{
	return job->own;
}

pid_t worker_pid(const struct worker_job *job)
{
	(void)job;
	return getpid();
}

void worker_answer(struct worker_job *job, uint32_t id, json_t *result, const char *error)
{
	(void)id;
	json_decref(job->result);
	job->result = result;
	job->answered = true;
	snprintf(job->error, sizeof(job->error), "%s", error ? error : "");
}

void worker_kill(struct worker_job *job)
{
	job->killed = true;
}

struct worker_job *world_job(struct world *w, size_t n)
{
	if (n >= w->count)
		fail_msg("%zu jobs were started, not %zu", w->count, n + 1);
	return w->jobs[n];
}

void job_call(struct worker_job *j, const char *op, const char *args)
{
	json_t *o = parse(args);

	j->answered = false;
	eem_worker_ops.call(NULL, j, 7, op, o);
	json_decref(o);
}

void job_done(struct world *w, struct worker_job *j, enum worker_end end, const char *status,
	      const char *error)
{
	eem_worker_ops.ended(NULL, j, end, status, error);
	world_turns(w);
}

const char *job_event(const struct worker_job *j, const char *name)
{
	return eem_text(j->event, name);
}

/* ---- the daemon -------------------------------------------------------------------------------------- */

static void send_frame(struct world *w, uint32_t id, uint8_t flags, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	uint8_t head[FRAME_HEAD];

	frame_head(head, id, flags, strlen(text));
	assert_int_equal(send(w->fd, head, sizeof(head), MSG_NOSIGNAL), sizeof(head));
	assert_int_equal(send(w->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	free(text); /* jansson's */
}

void world_answer(struct world *w, uint32_t id, const char *json, uint8_t flags)
{
	json_t *o = parse(json);

	send_frame(w, id, flags, o);
	json_decref(o);
	world_turns(w);
}

void world_event(struct world *w, uint32_t id, const char *json)
{
	world_answer(w, id, json, FRAME_EVENT);
}

/* What a daemon answers by itself; the rest is the test's. */
static void answer_usual(struct world *w, uint32_t id, const json_t *request)
{
	const char *op = eem_text(request, "op");
	json_t *o = NULL;

	if (!strcmp(op, "hello"))
		o = parse("{'version':1,'hostname':'R2','user':'spindle-eem','privilege':15}");
	else if (!strcmp(op, "get-config") && !strcmp(eem_text(request, "path"), CONFIG_PATH)) {
		json_t *config = parse(w->config);

		o = json_pack("{s:{s:o}}", "data", "spindle-eem:event-manager", config);
	} else if (!strcmp(op, "subscribe") || !strcmp(op, "provide") || !strcmp(op, "unsubscribe"))
		o = json_object();
	if (o)
		send_frame(w, id, 0, o);
	json_decref(o);
}

static bool take_requests(struct world *w)
{
	uint8_t buf[65536];
	ssize_t n = w->fd < 0 ? -1 : recv(w->fd, buf, sizeof(buf), MSG_DONTWAIT);
	struct frame f;
	struct error err = {0};

	if (n <= 0)
		return false;
	assert_int_equal(frame_feed(&w->in, buf, (size_t)n), 0);
	while (frame_next(&w->in, &f, &err) > 0) {
		json_t *o = json_loadb((const char *)f.json.data, f.json.len, 0, NULL);

		assert_non_null(o);
		json_object_set_new(o, "id", json_integer(f.id));
		json_array_append_new(w->seen, o);
		answer_usual(w, f.id, o);
	}
	return true;
}

void world_turns(struct world *w)
{
	for (int quiet = 0; quiet < QUIET_TURNS; quiet++) {
		loop_turn(w->loop, 0);
		if (take_requests(w))
			quiet = 0;
	}
}

void world_wait(struct world *w, unsigned int ms)
{
	uint64_t until = loop_now(w->loop) + ms;

	do {
		loop_turn(w->loop, 5);
		take_requests(w);
	} while (loop_now(w->loop) < until);
	world_turns(w);
}

void world_accept(struct world *w)
{
	for (int i = 0; i < 400 && w->fd < 0; i++) {
		loop_turn(w->loop, 10);
		w->fd = unix_accept(w->listener);
	}
	assert_true(w->fd >= 0);
	world_turns(w);
}

void world_hang_up(struct world *w)
{
	close(w->fd);
	w->fd = -1;
	frame_clear(&w->in);
	for (int i = 0; i < QUIET_TURNS; i++)
		loop_turn(w->loop, 0);
}

json_t *world_take(struct world *w, const char *op)
{
	json_t *o;
	size_t i;

	json_array_foreach(w->seen, i, o)
	{
		if (strcmp(eem_text(o, "op"), op) != 0)
			continue;
		json_incref(o);
		json_array_remove(w->seen, i);
		return o;
	}
	return NULL;
}

bool world_said(struct world *w, const char *words)
{
	json_t *o;
	bool found = false;

	world_turns(w);
	while (!found && (o = world_take(w, "log"))) {
		char line[1200];

		snprintf(line, sizeof(line), "%%HA_EM-%d-%s: %s",
			 (int)json_integer_value(json_object_get(o, "severity")),
			 eem_text(o, "mnemonic"), eem_text(o, "text"));
		found = strstr(line, words);
		json_decref(o);
	}
	return found;
}

void world_reconfigure(struct world *w, const char *config)
{
	w->config = config;
	world_event(w, w->eem->config_sub,
		    "{'stream':'config','config':{'paths':['/spindle-eem:event-manager']}}");
}

void world_log(struct world *w, const char *facility, int severity, const char *mnemonic,
	       const char *text)
{
	static unsigned int seq;
	json_t *o;

	seq++;
	o = json_pack("{s:s,s:{s:{s:[{s:o,s:o,s:b,s:i,s:s,s:s,s:s,s:o}]}}}", "stream", "log",
		      "data", "spindle-logging:log-state", "record", "seq", json_sprintf("%u", seq),
		      "since-boot", json_sprintf("%u", seq * 10), "debug", !*facility, "severity",
		      severity, "text", text, "facility", facility, "mnemonic", mnemonic, "line",
		      json_sprintf("Nov 25 03:45:12.123: %%%s-%d-%s: %s", facility, severity,
				   mnemonic, text));

	send_frame(w, w->eem->log_sub, FRAME_EVENT, o);
	json_decref(o);
	world_turns(w);
}

json_t *world_ask(struct world *w, const char *kind, const char *path, const char *input)
{
	static int number;
	json_t *in = parse(input), *o, *reply;

	o = json_pack("{s:{s:i,s:s,s:s,s:o,s:s,s:i}}", "provide", "event", ++number, "kind", kind,
		      "path", path, "input", in, "user", "admin", "privilege", 15);
	if (json_object_get(in, "cursor"))
		json_object_set(json_object_get(o, "provide"), "cursor",
				json_object_get(in, "cursor"));
	send_frame(w, w->eem->provision, FRAME_EVENT, o);
	json_decref(o);
	world_turns(w);
	reply = world_take(w, "reply");
	if (reply)
		assert_int_equal(json_integer_value(json_object_get(reply, "event")), number);
	return reply;
}

/* ---- life -------------------------------------------------------------------------------------------- */

struct world *world_new(const char *config)
{
	struct world *w = alloc_zero(sizeof(*w));
	struct eem_options options = {0};
	struct error err = {0};
	char path[96], *files;

	the_world = w;
	snprintf(w->dir, sizeof(w->dir), "/tmp/eem-world-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(path, sizeof(path), "%s/control.sock", w->dir);
	w->listener = unix_listen(path, SOCK_STREAM, 0600, &err);
	assert_true(w->listener >= 0);
	w->fd = -1;
	w->config = config;
	w->seen = json_array();
	w->loop = loop_new();
	files = alloc_printf("%s/files", w->dir);
	options.run_dir = w->dir;
	options.spindle = getenv("EEM_SPINDLE") ? getenv("EEM_SPINDLE") : "/bin/false";
	options.folder = files;
	options.flash = w->dir;
	w->eem = eem_new(w->loop, &options, &err);
	assert_non_null(w->eem);
	w->eem->pool = &the_pool;
	eem_start(w->eem);
	world_accept(w);
	return w;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void remove_all(const char *dir)
{
	assert_int_equal(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void world_free(struct world *w)
{
	const char *files = w->eem->options.folder;

	eem_free(w->eem);
	alloc_free((char *)(uintptr_t)files);
	for (size_t i = 0; i < w->count; i++) {
		struct worker_job *j = w->jobs[i];

		json_decref(j->event);
		json_decref(j->env);
		json_decref(j->result);
		alloc_free(j->chunk);
		alloc_free(j);
	}
	if (w->fd >= 0)
		close(w->fd);
	close(w->listener);
	frame_clear(&w->in);
	json_decref(w->seen);
	loop_free(w->loop);
	remove_all(w->dir);
	alloc_free(w);
}
