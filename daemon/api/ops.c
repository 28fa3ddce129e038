/* api/ops: the operations, one row each. What a request lacks is said by name. */
#include <errno.h>
#include <string.h>

#include "api/api_internal.h"
#include "config/config.h"
#include "log/log.h"

/* Of a message that says no more than its text: %HA_EM-6-LOG, as an applet's. */
#define LOG_FACILITY "HA_EM"
#define LOG_MNEMONIC "LOG"
#define LOG_USUAL    6

struct op {
	const char *name;
	uint8_t privilege; /* least */
	bool before_hello;
	void (*run)(struct session *s, uint32_t id, json_t *request);
};

const char *api_text(const json_t *request, const char *member)
{
	return json_string_value(json_object_get(request, member));
}

static void refuse(struct session *s, uint32_t id, int code, const char *words)
{
	struct error err = {0};

	error_set(&err, code, "%s", words);
	session_refuse(s, id, code, &err);
}

static void op_hello(struct session *s, uint32_t id, json_t *request)
{
	json_int_t version = json_integer_value(json_object_get(request, "version"));
	struct error err = {0};

	if (s->phase != SESSION_NEW) {
		refuse(s, id, -EALREADY, "hello was said already");
		return;
	}
	if (version != FRAME_VERSION) {
		error_set(&err, -EPROTONOSUPPORT, "this daemon speaks version %d of the protocol",
			  FRAME_VERSION);
		session_fail(s, id, &err);
		return;
	}
	if (people_hello(s, request, &err)) {
		s->api->stats.refused++;
		session_fail(s, id, &err);
		return;
	}
	s->phase = SESSION_READY;
	session_answer(s, id, 0, people_greeting(s));
}

static void op_get(struct session *s, uint32_t id, json_t *request)
{
	stream_get(s, id, request);
}

static void op_get_config(struct session *s, uint32_t id, json_t *request)
{
	stream_get_config(s, id, request);
}

static void op_edit_config(struct session *s, uint32_t id, json_t *request)
{
	edit_config(s, id, request, false);
}

static void op_validate(struct session *s, uint32_t id, json_t *request)
{
	const char *source = api_text(request, "source");

	if (source && !strcmp(source, "candidate"))
		candidate_validate(s, id);
	else
		edit_config(s, id, request, true);
}

static void acted(void *arg, int err, const struct error *why, json_t *output)
{
	call_done(arg, err, why, output ? json_pack("{s:O}", "output", output) : NULL);
}

static const struct api_action *find_action(const struct api *a, const char *path)
{
	for (size_t i = 0; path && i < a->action_count; i++)
		if (!strcmp(a->actions[i].path, path))
			return &a->actions[i];
	return NULL;
}

static void op_action(struct session *s, uint32_t id, json_t *request)
{
	const char *path = api_text(request, "path");
	const struct api_action *action = find_action(s->api, path);
	const json_t *input = json_object_get(request, "input");
	struct error err = {0};
	uint8_t least = 0;
	struct call *c;
	int rc, module;

	if (path && people_action(s, id, path, request))
		return;
	module = path && !action && action_is_known(s->api, path) ? provide_of_action(path, &least)
								  : -1;
	if (!action && module < 0) {
		error_set(&err, -ENOENT, "there is no action %s", path ? path : "without a path");
		session_refuse(s, id, err.code, &err);
		return;
	}
	least = people_least(s->api, path, action ? action->privilege : least);
	if (s->privilege < least) {
		s->api->stats.refused++;
		error_set(&err, -EACCES, "%s takes privilege %u", path, least);
		session_refuse(s, id, err.code, &err);
		return;
	}
	if (s->login_due) {
		refuse(s, id, -EACCES, "nobody has logged in yet");
		return;
	}
	rc = action_check(config_context(s->api->config), path, input, &err);
	if (rc) {
		session_refuse(s, id, rc, &err);
		return;
	}
	if (!action) {
		provide_action(s, id, (size_t)module, path, input);
		return;
	}
	c = call_new(s, id);
	if (c)
		action->run(action->ctx, input, acted, c);
}

static void op_subscribe(struct session *s, uint32_t id, json_t *request)
{
	event_subscribe(s, id, request);
}

static void op_unsubscribe(struct session *s, uint32_t id, json_t *request)
{
	event_unsubscribe(s, id, request);
}

static void op_reply(struct session *s, uint32_t id, json_t *request)
{
	if (!provide_reply(s, id, request))
		event_reply(s, id, request);
}

static void op_command(struct session *s, uint32_t id, json_t *request)
{
	event_command(s, id, request);
}

/* For the event manager: its messages are of the router. */
static void op_log(struct session *s, uint32_t id, json_t *request)
{
	const char *facility = api_text(request, "facility"),
		   *mnemonic = api_text(request, "mnemonic"), *text = api_text(request, "text");
	const json_t *severity = json_object_get(request, "severity");
	int level = severity ? (int)json_integer_value(severity) : LOG_USUAL;
	int rc = -EINVAL;

	if (!provide_is_trusted(s)) {
		refuse(s, id, -EACCES, "this session writes no messages");
		return;
	}
	if (text && (!severity || json_is_integer(severity)))
		rc = log_write_foreign(s->api->log, facility ? facility : LOG_FACILITY, level,
				       mnemonic ? mnemonic : LOG_MNEMONIC, text);
	if (rc)
		refuse(s, id, rc,
		       rc == -ENOSPC ? "there have been too many different names of messages"
				     : "a message has a text, a severity of 0 to 7, and names of "
				       "capitals, figures, _ and -");
	else
		session_answer(s, id, 0, json_object());
}

/* No answer, unless it is wrong: it rides beside an answer that runs. */
static void op_credit(struct session *s, uint32_t id, json_t *request)
{
	json_int_t of = json_integer_value(json_object_get(request, "request"));
	json_int_t frames = json_integer_value(json_object_get(request, "frames"));

	if (of < 0 || of > UINT32_MAX || frames < 1 || frames > API_WINDOW_MAX)
		refuse(s, id, -EINVAL, "credit names a request, and 1 to 1024 frames");
	else
		stream_credit(s, (uint32_t)of, (unsigned int)frames);
}

static void op_cancel(struct session *s, uint32_t id, json_t *request)
{
	json_int_t of = json_integer_value(json_object_get(request, "request"));
	json_t *answer;

	if (of < 0 || of > UINT32_MAX) {
		refuse(s, id, -EINVAL, "cancel names a request");
		return;
	}
	stream_cancel(s, (uint32_t)of);
	answer = json_object();
	if (answer)
		session_send(s, id, 0, answer);
	json_decref(answer);
}

static const struct op ops[] = {
	{"hello", 0, true, op_hello},
	{"get", 1, false, op_get},
	{"get-config", 15, false, op_get_config},
	{"edit-config", 15, false, op_edit_config},
	{"validate", 15, false, op_validate},
	{"candidate", 15, false, candidate_op},
	{"commit", 15, false, candidate_commit_op},
	{"discard", 15, false, candidate_discard_op},
	{"confirm", 15, false, confirm_op},
	{"guard", 15, false, guard_op},
	{"revert", 15, false, revert_op},
	{"copy-config", 15, false, copy_config_op},
	{"delete-config", 15, false, delete_config_op},
	{"subscribe", 1, false, op_subscribe},
	{"unsubscribe", 1, false, op_unsubscribe},
	{"reply", 1, false, op_reply},
	{"command", 1, false, op_command},
	{"credit", 0, false, op_credit},
	{"cancel", 0, false, op_cancel},
	{"action", 0, false, op_action},
	{"provide", 15, false, provide_op},
	{"act-as", 15, false, act_as_op},
	{"log", 15, false, op_log},
};

static const struct op *find_op(const char *name)
{
	for (size_t i = 0; name && i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	return NULL;
}

/* What privilege is asked for: a stored configuration may hold what running does not any more, and what is
 * merged into running is an edit: who may see running, or save it, may neither. */
static const char *needed(const struct op *op, const json_t *request)
{
	const char *source = api_text(request, "source"), *target = api_text(request, "target");

	if (op->run == op_get_config && source && !strcmp(source, "startup"))
		return "get-config startup";
	if (op->run == op_get_config && source && !strcmp(source, "archive"))
		return "get-config archive";
	if (op->run == copy_config_op && target && !strcmp(target, "running"))
		return "copy-config running";
	return op->name;
}

void ops_run(struct session *s, uint32_t id, json_t *request)
{
	const char *name = api_text(request, "op");
	const struct op *op = find_op(name);
	const char *need = op ? needed(op, request) : NULL;
	uint8_t least = op ? people_least(s->api, need, op->privilege) : 0;
	struct error err = {0};

	if (s->phase == SESSION_NEW && (!op || !op->before_hello)) {
		error_set(&err, -EPROTO, "the first request is to be hello");
		session_fail(s, id, &err);
	} else if (!op) {
		error_set(&err, -EOPNOTSUPP, "there is no operation %s",
			  name ? name : "without a name");
		session_refuse(s, id, err.code, &err);
	} else if (s->privilege < least) {
		s->api->stats.refused++;
		error_set(&err, -EACCES, "%s takes privilege %u", need, least);
		session_refuse(s, id, err.code, &err);
	} else if (s->login_due && op->privilege) {
		/* What was moved to level 0 is for persons. */
		refuse(s, id, -EACCES, "nobody has logged in yet");
	} else if (op->run != op_credit && op->run != op_reply && session_is_busy(s, id)) {
		error_set(&err, -EBUSY, "request %u is not answered yet", id);
		session_refuse(s, id, err.code, &err);
	} else if (op->run != op_credit && op->run != op_cancel && op->run != op_reply &&
		   s->requests >= API_REQUESTS_MAX) {
		error_set(&err, -EBUSY, "%d requests are not answered yet", API_REQUESTS_MAX);
		session_refuse(s, id, err.code, &err);
	} else {
		op->run(s, id, request);
	}
}
