/*
 * api/provide: state and actions that another program serves: a client that says `provide` for a module
 * gets what people ask of that module, and answers it.
 *
 * What is asked waits in struct forward until the provider answers, its time is over, the provider goes,
 * or the one who asked goes; in each case the waiting ends once. An answer is held against the modules, so
 * that nothing is told that is not modelled. A provider does not see more of the asker than name and
 * privilege.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libyang/libyang.h>

#include "api/api_internal.h"
#include "base/alloc.h"
#include "base/text.h"
#include "config/config.h"

#define GET_LIMIT_MS	10000
#define ACTION_LIMIT_MS 600000
#define LIMIT_MS_MAX	86400000

/* A module that a program provides: the container of its state, and who that is. */
static const struct provided {
	const char *module, *state, *program;
	uint8_t least; /* of its actions */
} provided[] = {
	{"spindle-eem", "/spindle-eem:event-manager-state", "the event manager (spindle-eem)", 15},
};

_Static_assert(sizeof(provided) / sizeof(provided[0]) == API_PROVIDED, "a provider each");

/* Something that waits for the provider's answer. */
struct forward {
	struct list node;
	struct api *api;
	size_t module;
	uint64_t event;
	struct loop_timer timer;
	provide_done *done;
	void *arg;
};

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (!path[len] || path[len] == '/' || path[len] == '[');
}

int provide_of_path(const char *path)
{
	for (size_t i = 0; i < API_PROVIDED; i++)
		if (is_below(path, provided[i].state))
			return (int)i;
	return -1;
}

int provide_of_action(const char *path, uint8_t *least)
{
	for (size_t i = 0; i < API_PROVIDED; i++) {
		size_t len = strlen(provided[i].module);

		*least = provided[i].least;
		if (!strncmp(path, provided[i].module, len) && path[len] == ':')
			return (int)i;
	}
	return -1;
}

/* ---- the end of a waiting -------------------------------------------------------------------------- */

static void finish(struct forward *f, int err, const struct error *why, json_t *data,
		   const json_t *next)
{
	provide_done *done = f->done;
	void *arg = f->arg;

	loop_timer_stop(&f->timer);
	list_remove(&f->node);
	f->api->forward_count--;
	alloc_free(f);
	done(arg, err, why, data, next);
}

static void fail(struct forward *f, int code, const char *words)
{
	struct error err = {0};

	error_set(&err, code, "%s %s", provided[f->module].program, words);
	finish(f, code, &err, NULL, NULL);
}

static void on_late(void *arg)
{
	fail(arg, -ETIMEDOUT, "did not answer in time");
}

void provide_cancel(struct api *a, const void *arg)
{
	struct list *it, *next;

	list_for_each_safe(it, next, &a->forwards)
	{
		struct forward *f = list_entry(it, struct forward, node);

		if (f->arg == arg)
			finish(f, -ECANCELED, NULL, NULL, NULL);
	}
}

/* ---- asking ---------------------------------------------------------------------------------------- */

int provide_ask(struct session *s, size_t module, json_t *what, bool is_action, provide_done *done,
		void *arg, struct error *err)
{
	struct api *a = s->api;
	const struct provider *p = &a->providers[module];
	struct forward *f;

	if (!p->session)
		return error_set(err, -ENOTCONN, "%s is not running", provided[module].program);
	if (a->forward_count == API_ASKS_MAX)
		return error_set(err, -EBUSY, "too many requests wait for %s",
				 provided[module].program);
	f = what ? alloc_zero(sizeof(*f)) : NULL;
	if (!f)
		return error_set(err, -ENOMEM, "no memory for the request");
	*f = (struct forward){.api = a, .module = module, .done = done, .arg = arg};
	f->event = ++a->next_event;
	loop_timer_init(&f->timer, a->loop, "control: provider", on_late, f);
	if (loop_timer_set(&f->timer, is_action ? ACTION_LIMIT_MS : GET_LIMIT_MS) ||
	    json_object_set_new(what, "event", json_integer((json_int_t)f->event)) ||
	    json_object_set_new(what, "user", json_string(s->user)) ||
	    json_object_set_new(what, "privilege", json_integer(s->privilege))) {
		loop_timer_stop(&f->timer);
		alloc_free(f);
		return error_set(err, -ENOMEM, "no memory for the request");
	}
	list_append(&a->forwards, &f->node);
	a->forward_count++;
	session_answer(p->session, p->id, FRAME_EVENT,
		       json_pack("{s:I,s:O}", "request", (json_int_t)p->id, "provide", what));
	return 0;
}

static void acted(void *arg, int err, const struct error *why, json_t *data, const json_t *next)
{
	(void)next;
	call_done(arg, err, why, !err && data ? json_pack("{s:O}", "output", data) : NULL);
}

void provide_action(struct session *s, uint32_t id, size_t module, const char *path,
		    const json_t *input)
{
	json_t *what;
	struct error err = {0};
	struct call *c = call_new(s, id);

	if (!c)
		return;
	what = json_pack("{s:s,s:s}", "kind", "action", "path", path);
	if (what)
		json_object_set_new(what, "input", input ? json_deep_copy(input) : json_object());
	if (provide_ask(s, module, what, true, acted, c, &err))
		call_done(c, err.code, &err, NULL);
	json_decref(what);
}

/* ---- the provider ---------------------------------------------------------------------------------- */

bool provide_is_trusted(const struct session *s)
{
	const struct access *who = &s->api->access;

	return !s->acts && (s->uid == 0 || s->uid == who->own || s->uid == who->eem);
}

static int find_module(const char *name)
{
	for (size_t i = 0; name && i < API_PROVIDED; i++)
		if (!strcmp(provided[i].module, name))
			return (int)i;
	return -1;
}

void provide_op(struct session *s, uint32_t id, json_t *request)
{
	int module = find_module(api_text(request, "module"));
	struct provider *p = module >= 0 ? &s->api->providers[module] : NULL;
	struct error err = {0};

	if (!provide_is_trusted(s))
		error_set(&err, -EACCES, "user %s provides nothing", s->user);
	else if (!p)
		error_set(&err, -EINVAL,
			  "the member \"module\" is to be a module that is provided");
	else if (p->session)
		error_set(&err, -EBUSY, "module %s is provided already", provided[module].module);
	if (err.code) {
		session_refuse(s, id, err.code, &err);
		return;
	}
	*p = (struct provider){.session = s, .id = id};
	session_answer(s, id, 0, json_object());
}

void provide_close(struct session *s)
{
	struct api *a = s->api;
	struct list *it, *next;

	for (size_t i = 0; i < API_PROVIDED; i++) {
		if (a->providers[i].session != s)
			continue;
		a->providers[i] = (struct provider){0};
		list_for_each_safe(it, next, &a->forwards)
		{
			struct forward *f = list_entry(it, struct forward, node);

			if (f->module == i)
				fail(f, -ECONNRESET, "went away");
		}
	}
}

static struct forward *find(const struct session *s, const json_t *request)
{
	json_int_t id = json_integer_value(json_object_get(request, "request"));
	json_int_t event = json_integer_value(json_object_get(request, "event"));
	struct list *it;

	list_for_each(it, &s->api->forwards)
	{
		struct forward *f = list_entry(it, struct forward, node);
		const struct provider *p = &s->api->providers[f->module];

		if (p->session == s && p->id == id && (json_int_t)f->event == event)
			return f;
	}
	return NULL;
}

/* State that the modules do not know is the provider's mistake, and nobody's answer. */
static int check(const struct api *a, json_t *data, struct error *err)
{
	const struct ly_ctx *ctx = config_context(a->config);
	char *text = json_dumps(data, JSON_COMPACT);
	struct lyd_node *tree = NULL;
	int rc = 0;

	if (!text)
		return error_set(err, -ENOMEM, "no memory for the answer");
	if (lyd_parse_data_mem(ctx, text, LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &tree)) {
		const struct ly_err_item *last = ly_err_last(ctx);

		rc = error_set(err, -EBADMSG, "the answer is no data of the modules: %s %s",
			       last && last->msg ? last->msg : "",
			       last && last->path ? last->path : "");
	}
	lyd_free_all(tree);
	free(text); /* jansson's */
	return rc;
}

static bool extend(struct session *s, uint32_t id, struct forward *f, const json_t *request)
{
	const json_t *limit = json_object_get(request, "limit-ms");
	json_int_t ms = json_integer_value(limit);
	struct error err = {0};

	if (!limit)
		return false;
	if (ms < 1 || ms > LIMIT_MS_MAX) {
		error_set(&err, -EINVAL, "the member \"limit-ms\" is to be 1 to %d", LIMIT_MS_MAX);
		session_refuse(s, id, err.code, &err);
	} else {
		loop_timer_set(&f->timer, (uint64_t)ms);
		session_answer(s, id, 0, json_object());
	}
	return true;
}

bool provide_reply(struct session *s, uint32_t id, const json_t *request)
{
	struct forward *f = find(s, request);
	json_t *data = json_object_get(request, "data");
	const char *words = api_text(request, "error");
	const json_t *next = json_object_get(request, "next");
	struct error err = {0};

	if (!f)
		return false;
	if (extend(s, id, f, request))
		return true;
	if (words)
		error_set(&err, -EREMOTEIO, "%s", words);
	else if (data && !json_is_object(data))
		error_set(&err, -EBADMSG, "the answer of %s is no object",
			  provided[f->module].program);
	else if (data && f->done != acted)
		check(s->api, data, &err);
	session_answer(s, id, 0, json_object());
	finish(f, err.code, &err, data, next);
	return true;
}
