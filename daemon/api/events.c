/*
 * api/events: subscriptions.
 *
 * A subscription to the log keeps the number of the next record, not records: what it sends comes out
 * of the log's ring when the client has room, and what the ring forgot meanwhile is told as `lost`. So a
 * slow subscriber costs nothing. A record that comes only wakes the sessions.
 *
 * A subscription to commands may ask to reply: then a command is held (an ask) until every such
 * subscriber has said whether it may proceed, went away, or let its time limit pass.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api_internal.h"
#include "base/addr.h"
#include "base/alloc.h"
#include "base/text.h"
#include "log/log.h"

#define RECORDS_A_TURN 64
#define LIMIT_MS       10000
#define LIMIT_MS_MAX   60000
/* Who hears what others type, and may hold it, can do what they can. */
static const struct stream_kind {
	const char *name;
	const char *operation; /* what `privilege exec level` moves; NULL: nothing does */
	uint8_t privilege;     /* least */
	bool takes_reply;
} stream_kinds[] = {
	{"log", "subscribe log", 1, false}, {"command", NULL, 15, true},
	{"config", NULL, 15, false},	    {"ipsec", NULL, 1, false},
	{"track", NULL, 1, false},
};

#define STREAM_LOG     (&stream_kinds[0])
#define STREAM_COMMAND (&stream_kinds[1])
#define STREAMS	       (sizeof(stream_kinds) / sizeof(stream_kinds[0]))

struct sub {
	struct list node;
	uint32_t id;
	const struct stream_kind *stream;
	uint64_t lost;	/* facts that found it too slow */
	json_t *filter; /* the request: its members facility, mnemonic, peer, begins */
	int severity;	/* records up to it */
	bool debug;	/* debug lines too */
	bool monitor;	/* for a person's terminal: as `logging monitor` says */
	bool reply;
	uint64_t limit_ms;
	uint64_t next; /* record */
};

/* A command that is held. */
struct ask {
	struct list node;
	struct api *api;
	struct call *asker;
	uint64_t event;
	struct list waits;
	bool proceed;
	json_t *outputs;
	unsigned int late;
};

/* One subscriber whose answer is still to come. */
struct wait {
	struct list node;
	struct ask *ask;
	struct session *session;
	uint32_t sub;
	struct loop_timer timer;
};

json_t *api_u64(uint64_t v)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "%" PRIu64, v);
	return json_string(buf);
}

const char *api_time(uint64_t wall_ms, char *buf, size_t size)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	char day[24];

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, size, "%s.%03u+00:00", day, (unsigned int)(wall_ms % 1000));
	return buf;
}

static int set_about(json_t *o, const struct log_record *r)
{
	char peer[ADDR_STRLEN];
	int rc = 0;

	if (addr_is_set(&r->peer))
		rc |= json_object_set_new(o, "peer", json_string(addr_format(&r->peer, peer)));
	if (r->spi)
		rc |= json_object_set_new(o, "spi", json_integer(r->spi));
	if (r->verdict)
		rc |= json_object_set_new(o, "verdict", json_string(r->verdict));
	if (r->cause)
		rc |= json_object_set_new(o, "cause", json_string(r->cause));
	if (*r->facility)
		rc |= json_object_set_new(o, "facility", json_string(r->facility));
	if (*r->mnemonic)
		rc |= json_object_set_new(o, "mnemonic", json_string(r->mnemonic));
	return rc;
}

/* Log lines quote what peers sent; bytes that are no UTF-8 become '?'. */
static json_t *safe_string(const char *text)
{
	json_t *s = json_string(text);
	char *copy;

	if (s)
		return s;
	copy = alloc_text(text);
	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c > 0x7e)
			*c = '?';
	s = copy ? json_string(copy) : NULL;
	alloc_free(copy);
	return s;
}

json_t *log_record_json(const struct log_record *r)
{
	char time[40], line[LOG_TEXT_MAX];
	json_t *o = json_pack("{s:o,s:s,s:o,s:b,s:b,s:i,s:o,s:o}", "seq", api_u64(r->seq), "time",
			      api_time(r->wall_ms, time, sizeof(time)), "since-boot",
			      api_u64(r->boot_ms), "clock-synchronised", r->clock_synced, "debug",
			      r->is_debug, "severity", r->severity, "text", safe_string(r->text),
			      "line", safe_string(log_format(r, line, sizeof(line))));

	if (o && set_about(o, r)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static bool is_one_of(const json_t *wanted, const char *value)
{
	json_t *one;
	size_t i;

	if (!wanted)
		return true;
	if (json_is_string(wanted))
		return !strcmp(json_string_value(wanted), value);
	json_array_foreach(wanted, i, one) if (json_is_string(one) &&
					       !strcmp(json_string_value(one), value)) return true;
	return false;
}

static bool wants(const struct sub *sub, const struct log_record *r)
{
	char peer[ADDR_STRLEN] = "";

	if (r->severity > sub->severity || (r->is_debug && !sub->debug))
		return false;
	if (addr_is_set(&r->peer))
		addr_format(&r->peer, peer);
	return is_one_of(json_object_get(sub->filter, "facility"), r->facility) &&
	       is_one_of(json_object_get(sub->filter, "mnemonic"), r->mnemonic) &&
	       is_one_of(json_object_get(sub->filter, "peer"), peer);
}

static void send_record(struct session *s, const struct sub *sub, const struct log_record *r,
			uint64_t lost)
{
	json_t *record = log_record_json(r);
	json_t *event = record ? json_pack("{s:I,s:s,s:{s:{s:[o]}}}", "request",
					   (json_int_t)sub->id, "stream", "log", "data",
					   "spindle-logging:log-state", "record", record)
			       : NULL;

	if (event && lost)
		json_object_set_new(event, "lost", api_u64(lost));
	session_answer(s, sub->id, FRAME_EVENT, event);
}

/* True: there may be more. */
static bool pump_log(struct session *s, struct sub *sub)
{
	char buf[LOG_LINE_MAX];
	struct log_record r;

	for (int n = 0; n < RECORDS_A_TURN; n++) {
		if (s->out_bytes >= API_OUT_LOW || s->phase == SESSION_CLOSING)
			return false;
		if (!log_tail_get(s->api->log, sub->next, &r, buf))
			return false;
		/* What was overwritten before it could be sent is counted, wanted or not. */
		if (wants(sub, &r) && (!sub->monitor || log_monitor_takes(s->api->log, &r)))
			send_record(s, sub, &r, r.seq - sub->next);
		sub->next = r.seq + 1;
	}
	return true;
}

/* fact NULL: only what was lost is told. */
static void send_fact(struct session *s, struct sub *sub, json_t *fact)
{
	json_t *event =
		json_pack("{s:I,s:s}", "request", (json_int_t)sub->id, "stream", sub->stream->name);

	if (event && fact)
		json_object_set(event, sub->stream->name, fact);
	if (event && sub->lost)
		json_object_set_new(event, "lost", api_u64(sub->lost));
	sub->lost = 0;
	session_answer(s, sub->id, FRAME_EVENT, event);
}

bool events_pump(struct session *s)
{
	struct list *it, *next;
	bool more = false;

	list_for_each_safe(it, next, &s->subs)
	{
		struct sub *sub = list_entry(it, struct sub, node);

		if (sub->stream == STREAM_LOG)
			more = pump_log(s, sub) || more;
		else if (sub->lost && s->out_bytes < API_OUT_LOW)
			send_fact(s, sub, NULL);
	}
	return more;
}

static void tell_subs(struct session *s, const char *stream, json_t *fact)
{
	struct list *it;

	if (s->phase != SESSION_READY)
		return;
	list_for_each(it, &s->subs)
	{
		struct sub *sub = list_entry(it, struct sub, node);

		if (strcmp(sub->stream->name, stream) != 0)
			continue;
		/* The log has its own buffer to go back to; this has not. */
		if (s->out_bytes >= API_OUT_HIGH)
			sub->lost++;
		else
			send_fact(s, sub, fact);
	}
}

void api_publish(struct api *a, const char *stream, json_t *fact)
{
	struct list *it;

	list_for_each(it, &a->sessions)
	{
		tell_subs(list_entry(it, struct session, node), stream, fact);
	}
	json_decref(fact);
}

/* "/spindle-crypto:crypto/map" → "/spindle-crypto:crypto", once. */
static void note_touched(struct api *a, const char *row)
{
	char top[160];
	json_t *known;
	size_t i;

	if (!a->touched)
		a->touched = json_array();
	text_copy(top, sizeof(top), row);
	if (strchr(top + 1, '/'))
		*strchr(top + 1, '/') = '\0';
	json_array_foreach(a->touched, i, known) if (!strcmp(json_string_value(known), top)) return;
	json_array_append_new(a->touched, json_string(top));
}

void events_config_touched(void *api, const char *row)
{
	struct api *a = api;

	if (row) {
		note_touched(a, row);
		return;
	}
	if (json_array_size(a->touched))
		api_publish(a, "config", json_pack("{s:O}", "paths", a->touched));
	json_decref(a->touched);
	a->touched = NULL;
}

static void on_record(void *ctx, const struct log_record *r)
{
	struct api *a = ctx;
	struct list *it;

	a->last_record = r->seq;
	list_for_each(it, &a->sessions)
	{
		struct session *s = list_entry(it, struct session, node);

		if (!list_empty(&s->subs) && s->out_bytes < API_OUT_LOW)
			session_go_on(s);
	}
}

int events_init(struct api *a)
{
	static const struct log_ops ops = {.record = on_record};

	a->last_record = log_last_seq(a->log);
	return log_listen(a->log, &ops, a);
}

static struct sub *find_sub(const struct session *s, uint32_t id)
{
	struct list *it;

	list_for_each(it, &s->subs) if (list_entry(it, struct sub, node)->id ==
					id) return list_entry(it, struct sub, node);
	return NULL;
}

static void ask_finish(struct ask *k)
{
	list_remove(&k->node);
	k->api->ask_count--;
	call_done(k->asker, 0, NULL,
		  json_pack("{s:b,s:O,s:i}", "proceed", k->proceed, "outputs", k->outputs, "late",
			    (int)k->late));
	json_decref(k->outputs);
	alloc_free(k);
}

/* The wait is over, one way or the other; with the last one the command is answered. */
static void wait_end(struct wait *w)
{
	struct ask *k = w->ask;

	loop_timer_stop(&w->timer);
	list_remove(&w->node);
	alloc_free(w);
	if (list_empty(&k->waits))
		ask_finish(k);
}

static void on_limit(void *arg)
{
	struct wait *w = arg;

	w->ask->late++;
	wait_end(w);
}

static struct wait *find_wait(const struct api *a, const struct session *s, uint32_t sub,
			      uint64_t event)
{
	struct list *at, *it;

	list_for_each(at, &a->asks)
	{
		struct ask *k = list_entry(at, struct ask, node);

		if (event && k->event != event)
			continue;
		list_for_each(it, &k->waits)
		{
			struct wait *w = list_entry(it, struct wait, node);

			if (w->session == s && w->sub == sub)
				return w;
		}
	}
	return NULL;
}

static void sub_free(struct session *s, struct sub *sub)
{
	struct wait *w;

	while ((w = find_wait(s->api, s, sub->id, 0)))
		on_limit(w);
	list_remove(&sub->node);
	s->sub_count--;
	json_decref(sub->filter);
	alloc_free(sub);
}

void events_free(struct session *s)
{
	while (!list_empty(&s->subs))
		sub_free(s, list_entry(s->subs.next, struct sub, node));
}

void asks_free(struct api *a)
{
	/* Sessions went before, and their waits with them. */
	while (!list_empty(&a->asks))
		ask_finish(list_entry(a->asks.next, struct ask, node));
}

static int sub_stream(struct sub *sub, const json_t *request, struct error *err)
{
	const char *name = api_text(request, "stream");

	for (size_t i = 0; name && i < STREAMS; i++)
		if (!strcmp(stream_kinds[i].name, name))
			sub->stream = &stream_kinds[i];
	if (!sub->stream)
		return error_set(
			err, -EINVAL,
			"the member \"stream\" is to be log, command, config, ipsec or track");
	sub->reply = json_is_true(json_object_get(request, "reply"));
	if (sub->reply && !sub->stream->takes_reply)
		return error_set(err, -EINVAL, "stream %s waits for no reply", name);
	return 0;
}

static int bounded(const json_t *request, const char *member, json_int_t usual, json_int_t min,
		   json_int_t max, json_int_t *out, struct error *err)
{
	const json_t *value = json_object_get(request, member);

	*out = value ? json_integer_value(value) : usual;
	if (value && (!json_is_integer(value) || *out < min || *out > max))
		return error_set(err, -EINVAL, "the member \"%s\" is to be %lld to %lld", member,
				 (long long)min, (long long)max);
	return 0;
}

/* Where to begin: a number as text (RFC 7951) or as number. */
static int sub_from(struct sub *sub, const struct api *a, const json_t *request, struct error *err)
{
	const json_t *from = json_object_get(request, "from");

	sub->next = a->last_record + 1;
	if (json_is_integer(from) && json_integer_value(from) > 0)
		sub->next = (uint64_t)json_integer_value(from);
	else if (from && (!json_is_string(from) ||
			  text_u64(json_string_value(from), 1, UINT64_MAX, &sub->next)))
		return error_set(err, -EINVAL, "the member \"from\" is to be a record's number");
	return 0;
}

static int sub_init(struct sub *sub, const struct session *s, const json_t *request,
		    struct error *err)
{
	json_int_t severity, limit;
	int least;
	const json_t *debug = json_object_get(request, "debug");

	if (sub_stream(sub, request, err) || sub_from(sub, s->api, request, err) ||
	    bounded(request, "severity", 7, 0, 7, &severity, err) ||
	    bounded(request, "limit-ms", LIMIT_MS, 1, LIMIT_MS_MAX, &limit, err))
		return err->code;
	least = sub->stream->privilege;
	if (sub->stream->operation)
		least = people_least(s->api, sub->stream->operation, sub->stream->privilege);
	if (s->privilege < least)
		return error_set(err, -EACCES, "stream %s takes privilege %d", sub->stream->name,
				 least);
	sub->severity = (int)severity;
	sub->limit_ms = (uint64_t)limit;
	sub->debug = !debug || json_is_true(debug);
	sub->monitor = json_is_true(json_object_get(request, "monitor"));
	sub->filter = json_deep_copy(request);
	return sub->filter ? 0 : -ENOMEM;
}

void event_subscribe(struct session *s, uint32_t id, const json_t *request)
{
	struct error err = {0};
	struct sub *sub = NULL;
	int rc = 0;

	if (s->sub_count == API_SUBS_MAX)
		rc = error_set(&err, -EBUSY, "a session has at most %d subscriptions",
			       API_SUBS_MAX);
	else if (find_sub(s, id))
		rc = error_set(&err, -EBUSY, "request %u is a subscription already", id);
	else
		sub = alloc_zero(sizeof(*sub));
	if (!rc)
		rc = sub ? sub_init(sub, s, request, &err) : -ENOMEM;
	if (rc) {
		alloc_free(sub);
		session_refuse(s, id, rc, &err);
		return;
	}
	sub->id = id;
	list_append(&s->subs, &sub->node);
	s->sub_count++;
	session_answer(s, id, 0, json_object());
	session_go_on(s);
}

static uint32_t id_of(const json_t *request)
{
	json_int_t id = json_integer_value(json_object_get(request, "request"));

	return id > 0 && id <= UINT32_MAX ? (uint32_t)id : 0;
}

void event_unsubscribe(struct session *s, uint32_t id, const json_t *request)
{
	struct sub *sub = find_sub(s, id_of(request));
	struct error err = {0};

	if (!sub) {
		error_set(&err, -ENOENT, "request %u is no subscription", id_of(request));
		session_refuse(s, id, err.code, &err);
		return;
	}
	sub_free(s, sub);
	session_answer(s, id, 0, json_object());
}

void event_reply(struct session *s, uint32_t id, const json_t *request)
{
	json_int_t event = json_integer_value(json_object_get(request, "event"));
	const json_t *output = json_object_get(request, "output");
	struct wait *w = event > 0 ? find_wait(s->api, s, id_of(request), (uint64_t)event) : NULL;
	struct error err = {0};

	if (!w) {
		error_set(&err, -ENOENT, "event %lld waits for no reply of this subscription",
			  (long long)event);
		session_refuse(s, id, err.code, &err);
		return;
	}
	if (json_is_false(json_object_get(request, "proceed")))
		w->ask->proceed = false;
	if (json_is_string(output))
		json_array_append(w->ask->outputs, (json_t *)(uintptr_t)output);
	session_answer(s, id, 0, json_object());
	wait_end(w);
}

static void add_wait(struct ask *k, struct session *s, const struct sub *sub)
{
	struct wait *w = alloc_zero(sizeof(*w));

	if (w) {
		*w = (struct wait){.ask = k, .session = s, .sub = sub->id};
		loop_timer_init(&w->timer, k->api->loop, "control: reply", on_limit, w);
	}
	/* Nobody may hold a command without a limit. */
	if (!w || loop_timer_set(&w->timer, sub->limit_ms)) {
		alloc_free(w);
		k->late++;
		return;
	}
	list_append(&k->waits, &w->node);
}

static bool hears(const struct sub *sub, const char *line)
{
	const char *begins = api_text(sub->filter, "begins");

	return sub->stream == STREAM_COMMAND && (!begins || !strncmp(line, begins, strlen(begins)));
}

static void tell(struct ask *k, struct session *s, const struct sub *sub, json_t *command)
{
	session_answer(s, sub->id, FRAME_EVENT,
		       json_pack("{s:I,s:s,s:I,s:b,s:{s:O}}", "request", (json_int_t)sub->id,
				 "stream", "command", "event", (json_int_t)k->event, "reply",
				 sub->reply, "data", "spindle-system:command", command));
	if (sub->reply)
		add_wait(k, s, sub);
}

static void tell_all(struct ask *k, json_t *command, const char *line)
{
	struct list *at, *it;

	list_for_each(at, &k->api->sessions)
	{
		struct session *s = list_entry(at, struct session, node);

		if (s->phase != SESSION_READY)
			continue;
		list_for_each(it, &s->subs) if (hears(list_entry(it, struct sub, node), line))
			tell(k, s, list_entry(it, struct sub, node), command);
	}
}

static struct ask *ask_new(struct session *s, uint32_t id)
{
	struct ask *k = alloc_zero(sizeof(*k));

	if (k)
		k->outputs = json_array();
	if (k && k->outputs)
		k->asker = call_new(s, id);
	else
		session_refuse(s, id, -ENOMEM, NULL);
	if (!k || !k->asker) {
		if (k)
			json_decref(k->outputs);
		alloc_free(k);
		return NULL;
	}
	k->api = s->api;
	k->event = ++s->api->next_event;
	k->proceed = true;
	list_init(&k->waits);
	list_append(&s->api->asks, &k->node);
	s->api->ask_count++;
	return k;
}

/* What there is to know of a command: who, where, and of which policy, if it is one's. */
static json_t *command_of(const struct session *s, const char *line, const char *mode)
{
	char buf[24], from[ADDR_STRLEN] = "";
	json_t *o = json_pack("{s:s,s:s,s:s,s:i}", "line", line, "mode", mode, "user", s->user,
			      "privilege", s->privilege);

	if (!o)
		return NULL;
	if (addr_is_set(&s->term.from))
		json_object_set_new(o, "from", json_string(addr_format(&s->term.from, from)));
	if (*people_line(s, buf, sizeof(buf)))
		json_object_set_new(o, "line-name", json_string(people_line(s, buf, sizeof(buf))));
	if (s->acts)
		json_object_set_new(o, "policy", json_string(s->term.tty));
	return o;
}

void event_command(struct session *s, uint32_t id, const json_t *request)
{
	const char *line = api_text(request, "line"), *mode = api_text(request, "mode");
	struct error err = {0};
	struct ask *k;
	json_t *command;

	if (!line || s->api->ask_count == API_ASKS_MAX) {
		error_set(&err, line ? -EBUSY : -EINVAL,
			  line ? "too many commands wait for a reply"
			       : "the member \"line\" is to be a string");
		session_refuse(s, id, err.code, &err);
		return;
	}
	k = ask_new(s, id);
	if (!k)
		return;
	command = command_of(s, line, mode ? mode : "");
	if (command)
		tell_all(k, command, line);
	json_decref(command);
	if (list_empty(&k->waits))
		ask_finish(k);
}
