/*
 * api/edits: from a request to config's edit.
 *
 * Passwords in the edit are hashed first (aaa, on a worker), then config has it. What was committed may be
 * written down: the command that the client says it stands for, or the top nodes that it touched. A client
 * masks secrets in what it says; the edit itself is never written down.
 */
#include <errno.h>
#include <string.h>

#include "api/api_internal.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "config/config.h"
#include "log/log.h"

#define COMMAND_MAX 512

/* An edit on its way. Outlives its session. */
struct editing {
	struct call *call;
	struct config *config;
	json_t *edit;		    /* NULL: config has it */
	struct config_candidate *k; /* edited in place of running; a reference */
	bool only_check, in_mode;
	char user[API_USER_MAX];
	char *command;
};

static void wipe(json_t *value)
{
	const char *member;
	json_t *entry;
	size_t i;

	if (json_is_string(value))
		secret_wipe((char *)(uintptr_t)json_string_value(value), json_string_length(value));
	json_object_foreach(value, member, entry)
	{
		wipe(entry);
	}
	json_array_foreach(value, i, entry)
	{
		wipe(entry);
	}
}

static void editing_free(struct editing *e)
{
	if (e->edit)
		wipe(e->edit);
	json_decref(e->edit);
	config_candidate_unref(e->k);
	alloc_free(e->command);
	alloc_free(e);
}

/* ---- the log of commands --------------------------------------------------------------------------- */

static void command_free(struct api *a, struct command *c)
{
	list_remove(&c->node);
	a->command_count--;
	alloc_free(c->text);
	alloc_free(c);
}

void commands_free(struct api *a)
{
	while (!list_empty(&a->commands))
		command_free(a, list_entry(a->commands.next, struct command, node));
}

/* What finds no memory is a message still, if messages are wanted. */
void command_write_down(struct session *s, const char *text)
{
	struct api *a = s->api;
	struct aaa_log_config how;
	struct command *c;

	if (!a->people.aaa)
		return;
	aaa_log_config(a->people.aaa, &how);
	if (!how.enabled)
		return;
	if (how.notify)
		log_say(a->log, NULL, LOGGED_COMMAND, s->user, text);
	c = alloc_zero(sizeof(*c));
	if (!c)
		return;
	list_append(&a->commands, &c->node);
	a->command_count++;
	c->index = ++a->next_command;
	c->wall_ms = clock_wall_ms();
	c->session = s->number;
	text_copy(c->user, sizeof(c->user), s->user);
	people_line(s, c->line, sizeof(c->line));
	c->text = alloc_text(text);
	while (!c->text || a->command_count > how.size) {
		bool newest = a->commands.next == &c->node || !c->text;

		command_free(a, newest ? c : list_entry(a->commands.next, struct command, node));
		if (newest)
			return;
	}
}

static bool is_line(const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			return false;
	return *text && strlen(text) <= COMMAND_MAX;
}

/* "edit-config spindle-crypto:crypto spindle-acl:access-lists" */
static char *touched(const json_t *edit)
{
	struct text text;
	const char *member;
	json_t *value;

	text_init(&text, COMMAND_MAX);
	text_add(&text, "edit-config");
	json_object_foreach((json_t *)(uintptr_t)edit, member, value)
	{
		if (is_line(member))
			text_addf(&text, " %s", member);
	}
	return text_take(&text);
}

/* ---- an edit --------------------------------------------------------------------------------------- */

static void committed(void *arg, int err, const struct error *why)
{
	struct editing *e = arg;
	struct session *s = e->call->session;

	if (err || !s || e->only_check || !e->command)
		;
	else if (!e->k)
		command_write_down(s, e->command);
	else if (e->k == s->candidate)
		candidate_remember(s, e->command);
	call_done(e->call, err, why, NULL);
	editing_free(e);
}

/* Passwords are hashes now. */
static void hashed(void *arg, int err, const struct error *why)
{
	struct editing *e = arg;
	json_t *edit = e->edit;

	if (err) {
		committed(e, err, why);
		return;
	}
	e->edit = NULL;
	if (e->only_check)
		config_check(e->config, edit, committed, e);
	else if (e->k)
		config_candidate_edit(e->k, edit, committed, e);
	else /* who is in configuration mode is named when leaving it */
		(e->in_mode ? config_edit_quietly : config_edit)(e->config, e->user, edit,
								 committed, e);
}

/* The edit leaves the request, so that config may wipe it. */
static json_t *take_edit(struct session *s, uint32_t id, json_t *request)
{
	json_t *edit = json_object_get(request, "edit");
	struct error err = {0};

	if (!json_is_object(edit)) {
		error_set(&err, -EINVAL, "the member \"edit\" is to be an object");
		session_refuse(s, id, err.code, &err);
		return NULL;
	}
	json_incref(edit);
	json_object_del(request, "edit");
	return edit;
}

static struct editing *editing_new(struct session *s, uint32_t id, json_t *request, json_t *edit)
{
	const char *command = api_text(request, "command");
	struct editing *e = alloc_zero(sizeof(*e));

	if (!e) {
		session_refuse(s, id, -ENOMEM, NULL);
		json_decref(edit);
		return NULL;
	}
	e->config = s->api->config;
	e->edit = edit;
	e->in_mode = s->configuring;
	text_copy(e->user, sizeof(e->user), s->user);
	e->command = command && is_line(command) ? alloc_text(command) : touched(edit);
	e->call = call_new(s, id);
	if (e->call)
		return e;
	editing_free(e);
	return NULL;
}

/* 0, or -errno: it names something that cannot be edited. *candidate: the session's. */
static int target_of(const struct session *s, const json_t *request, bool *candidate,
		     struct error *err)
{
	const char *target = api_text(request, "target");

	*candidate = target && !strcmp(target, "candidate");
	if (target && !*candidate && strcmp(target, "running") != 0)
		return error_set(err, -EOPNOTSUPP, "only running and candidate can be edited");
	if (*candidate && !s->candidate)
		return error_set(err, -ENOENT, "there is no candidate configuration");
	return 0;
}

void edit_config(struct session *s, uint32_t id, json_t *request, bool only_check)
{
	json_t *edit = take_edit(s, id, request);
	struct editing *e = NULL;
	bool candidate = false;
	struct error err = {0};

	if (edit && target_of(s, request, &candidate, &err)) {
		wipe(edit);
		json_decref(edit);
		session_refuse(s, id, err.code, &err);
	} else if (edit) {
		e = editing_new(s, id, request, edit);
	}
	if (!e)
		return;
	e->only_check = only_check;
	if (candidate)
		e->k = config_candidate_ref(s->candidate);
	if (s->api->people.aaa)
		aaa_hash_edit(s->api->people.aaa, e->edit, hashed, e);
	else
		hashed(e, 0, NULL);
}
