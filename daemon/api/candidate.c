/*
 * api/candidate: a session's candidate configuration, guards, and configurations that are stored.
 *
 * A session has at most one candidate; it goes when the session does, unless a request that is about it is
 * under way: config keeps it until that is answered. What its edits stand for is written down when they are
 * committed.
 */
#include <errno.h>
#include <string.h>

#include "api/api_internal.h"
#include "base/alloc.h"
#include "config/config.h"

#define COMMANDS_MAX 1000 /* of a candidate, written down */
#define MINUTES_MAX  1440 /* until what is not confirmed is undone */
#define INDEX_MAX    2147483647u

static void refuse(struct session *s, uint32_t id, const struct error *err)
{
	session_refuse(s, id, err->code, err);
}

/* A config_done whose answer says nothing. */
static void done_plainly(void *arg, int err, const struct error *why)
{
	call_done(arg, err, why, NULL);
}

int api_number(const json_t *request, const char *member, unsigned int usual, unsigned int max,
	       unsigned int *out, struct error *err)
{
	const json_t *value = json_object_get(request, member);
	json_int_t n = json_integer_value(value);

	*out = usual;
	if (!value)
		return 0;
	if (!json_is_integer(value) || n < 1 || n > max)
		return error_set(err, -EINVAL, "the member \"%s\" is to be 1 to %u", member, max);
	*out = (unsigned int)n;
	return 0;
}

int api_source(const json_t *request, const char *member, unsigned int *index, struct error *err)
{
	static const char *const names[] = {
		[CONFIG_FROM_RUNNING] = "running",
		[CONFIG_FROM_EMPTY] = "empty",
		[CONFIG_FROM_STARTUP] = "startup",
		[CONFIG_FROM_ARCHIVE] = "archive",
	};
	const char *name = api_text(request, member);
	int rc = api_number(request, "index", 0, INDEX_MAX, index, err);

	if (rc)
		return rc;
	if (!name)
		return CONFIG_FROM_RUNNING;
	for (int from = 0; from <= CONFIG_FROM_ARCHIVE; from++)
		if (!strcmp(names[from], name))
			return from != CONFIG_FROM_ARCHIVE || *index
				       ? from
				       : error_set(err, -EINVAL, "the member \"index\" is missing");
	return error_set(err, -EOPNOTSUPP, "there is no configuration %s", name);
}

/* ---- the candidate of a session -------------------------------------------------------------------- */

void candidate_drop(struct session *s)
{
	config_candidate_unref(s->candidate);
	json_decref(s->candidate_commands);
	s->candidate = NULL;
	s->candidate_commands = NULL;
}

void candidate_remember(struct session *s, const char *command)
{
	if (!s->candidate_commands)
		s->candidate_commands = json_array();
	if (json_array_size(s->candidate_commands) == COMMANDS_MAX)
		json_array_remove(s->candidate_commands, 0);
	json_array_append_new(s->candidate_commands, json_string(command)); /* or it says less */
}

/* A candidate on its way to the session that asked for it. */
struct beginning {
	struct call *call;
	struct config_candidate *k;
};

/* The one before goes only now: one that could not be made changes nothing. */
static void begun(void *arg, int err, const struct error *why)
{
	struct beginning *b = arg;
	struct session *s = b->call->session;

	if (!err && s) {
		candidate_drop(s);
		s->candidate = config_candidate_ref(b->k);
	}
	call_done(b->call, err, why, NULL);
	config_candidate_unref(b->k);
	alloc_free(b);
}

static struct beginning *beginning_new(struct session *s, uint32_t id, struct error *err)
{
	struct beginning *b = alloc_zero(sizeof(*b));

	if (!b) {
		error_set(err, -ENOMEM, "no memory for a candidate configuration");
		return NULL;
	}
	b->k = config_candidate_new(s->api->config, err);
	if (!b->k) {
		alloc_free(b);
		return NULL;
	}
	b->call = call_new(s, id);
	if (b->call)
		return b;
	config_candidate_unref(b->k);
	alloc_free(b);
	return NULL; /* answered already */
}

void candidate_op(struct session *s, uint32_t id, json_t *request)
{
	struct beginning *b = NULL;
	struct error err = {0};
	unsigned int index = 0;
	int from = api_source(request, "from", &index, &err);

	if (from >= 0)
		b = beginning_new(s, id, &err);
	if (b)
		config_candidate_fill(b->k, from, index, begun, b);
	else if (err.code)
		refuse(s, id, &err);
}

void candidate_discard_op(struct session *s, uint32_t id, json_t *request)
{
	(void)request;
	candidate_drop(s);
	session_answer(s, id, 0, json_object());
}

/* ---- its commit ------------------------------------------------------------------------------------ */

struct committing {
	struct call *call;
	struct config_candidate *k;
	struct config_counts counts;
	bool only_check;
};

static void write_all_down(struct session *s)
{
	json_t *command;
	size_t i;

	json_array_foreach(s->candidate_commands, i, command)
	{
		command_write_down(s, json_string_value(command));
	}
	command_write_down(s, "commit");
}

static void committed(void *arg, int err, const struct error *why)
{
	struct committing *c = arg;
	struct session *s = c->call->session;
	json_t *answer = err ? NULL
			     : json_pack("{s:I,s:I,s:I}", "created", (json_int_t)c->counts.created,
					 "changed", (json_int_t)c->counts.changed, "deleted",
					 (json_int_t)c->counts.deleted);

	if (!err && s && !c->only_check && s->candidate == c->k) {
		write_all_down(s);
		candidate_drop(s);
	}
	call_done(c->call, err, why, answer);
	config_candidate_unref(c->k);
	alloc_free(c);
}

static struct committing *committing_new(struct session *s, uint32_t id)
{
	struct error err = {0};
	struct committing *c;

	if (!s->candidate) {
		error_set(&err, -ENOENT, "there is no candidate configuration");
		refuse(s, id, &err);
		return NULL;
	}
	c = alloc_zero(sizeof(*c));
	if (!c) {
		session_refuse(s, id, -ENOMEM, NULL);
		return NULL;
	}
	c->call = call_new(s, id);
	if (!c->call) {
		alloc_free(c);
		return NULL;
	}
	c->k = config_candidate_ref(s->candidate);
	return c;
}

void candidate_commit_op(struct session *s, uint32_t id, json_t *request)
{
	struct committing *c;
	struct error err = {0};
	unsigned int minutes;

	if (api_number(request, "confirm-minutes", 0, MINUTES_MAX, &minutes, &err)) {
		refuse(s, id, &err);
		return;
	}
	c = committing_new(s, id);
	if (c)
		config_candidate_commit(c->k, s->user, minutes, &c->counts, committed, c);
}

void candidate_validate(struct session *s, uint32_t id)
{
	struct committing *c = committing_new(s, id);

	if (!c)
		return;
	c->only_check = true;
	config_candidate_check(c->k, &c->counts, committed, c);
}

/* ---- guards ---------------------------------------------------------------------------------------- */

void confirm_op(struct session *s, uint32_t id, json_t *request)
{
	struct error err = {0};

	(void)request;
	if (config_confirm(s->api->config, s->user, &err))
		refuse(s, id, &err);
	else
		session_answer(s, id, 0, json_object());
}

void guard_op(struct session *s, uint32_t id, json_t *request)
{
	struct error err = {0};
	unsigned int minutes;
	struct call *c;

	if (!api_number(request, "minutes", 0, MINUTES_MAX, &minutes, &err) && !minutes)
		error_set(&err, -EINVAL, "the member \"minutes\" is missing");
	if (err.code) {
		refuse(s, id, &err);
		return;
	}
	c = call_new(s, id);
	if (c)
		config_guard(s->api->config, s->user, minutes, done_plainly, c);
}

void revert_op(struct session *s, uint32_t id, json_t *request)
{
	struct error err = {0};
	unsigned int minutes;
	struct call *c;

	if (api_number(request, "minutes", 0, MINUTES_MAX, &minutes, &err)) {
		refuse(s, id, &err);
		return;
	}
	c = call_new(s, id);
	if (c)
		config_revert(s->api->config, minutes, done_plainly, c);
}

/* ---- stored configurations ------------------------------------------------------------------------- */

static bool is(const char *text, const char *word)
{
	return text && !strcmp(text, word);
}

void copy_config_op(struct session *s, uint32_t id, json_t *request)
{
	const char *target = api_text(request, "target");
	struct error err = {0};
	unsigned int index = 0;
	int from = api_source(request, "source", &index, &err);
	bool saves = from == CONFIG_FROM_RUNNING && is(target, "startup");
	bool merges = from >= CONFIG_FROM_STARTUP && is(target, "running");
	struct call *c;

	if (!saves && !merges) {
		error_set(&err, -EOPNOTSUPP,
			  "copied are running to startup, and startup or archive to running");
		refuse(s, id, &err);
		return;
	}
	c = call_new(s, id);
	if (c && saves)
		config_save(s->api->config, done_plainly, c);
	else if (c)
		config_merge_stored(s->api->config, s->user, from, index, done_plainly, c);
}

void delete_config_op(struct session *s, uint32_t id, json_t *request)
{
	struct error err = {0};
	struct call *c;

	if (!is(api_text(request, "target"), "startup")) {
		error_set(&err, -EOPNOTSUPP, "only target startup can be deleted");
		refuse(s, id, &err);
		return;
	}
	c = call_new(s, id);
	if (c)
		config_erase_startup(s->api->config, done_plainly, c);
}
