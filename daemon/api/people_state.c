/* api/people_state: sessions and their lines, logins as they went, the log of commands. */
#include <errno.h>
#include <string.h>

#include "api/api_internal.h"

static int keep(json_t *out, json_t *entry)
{
	return entry && !json_array_append_new(out, entry) ? 0 : -ENOMEM;
}

static void put(json_t *o, const char *name, const char *text)
{
	if (text[0])
		json_object_set_new(o, name, json_string(text));
}

static void put_time(json_t *o, const char *name, uint64_t wall_ms)
{
	char text[40];

	put(o, name, api_time(wall_ms, text, sizeof(text)));
}

static const char *way_name(const struct terminal *t)
{
	static const char *const names[] = {
		[AAA_LOCAL] = "local", [AAA_SSH] = "ssh", [AAA_TELNET] = "telnet"};

	return t->given ? names[t->way] : "none";
}

static json_t *session_json(const struct session *s)
{
	uint64_t idle = (loop_now(s->api->loop) - s->heard_ms) / 1000;
	json_t *o = json_pack("{s:i,s:s,s:s,s:i}", "id", (int)s->number, "user",
			      s->login_due ? "" : s->user, "terminal", way_name(&s->term),
			      "privilege", s->privilege);
	char text[ADDR_STRLEN > 16 ? ADDR_STRLEN : 16];

	if (!o)
		return NULL;
	put(o, "line", people_line(s, text, sizeof(text)));
	if (s->term.line >= 0)
		json_object_set_new(o, "number", json_integer(s->term.line));
	if (addr_is_set(&s->term.from))
		put(o, "from", addr_format(&s->term.from, text));
	put(o, "tty", s->term.tty);
	json_object_set_new(o, "idle", api_u64(idle));
	put_time(o, "since", s->since_wall_ms);
	return o;
}

/* Sessions are few (API_SESSIONS_MAX): one page. */
static int session_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api *a = ctx;
	const struct list *it;
	int rc = 0;

	(void)filter;
	(void)max;
	*cursor = 0;
	list_for_each(it, &a->sessions)
	{
		const struct session *s = list_entry(it, const struct session, node);

		if (a->people.aaa && s->phase == SESSION_READY && !rc)
			rc = keep(out, session_json(s));
	}
	return rc;
}

static int logins_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api *a = ctx;
	struct aaa_logins l;

	(void)filter;
	(void)max;
	*cursor = 0;
	if (!a->people.aaa)
		return 0;
	aaa_logins(a->people.aaa, &l);
	return keep(out,
		    json_pack("{s:b,s:o,s:i,s:o,s:o}", "quiet", l.quiet, "quiet-left",
			      api_u64(l.quiet_left_s), "window-failures", (int)l.window_failures,
			      "failures", api_u64(l.failures), "successes", api_u64(l.successes)));
}

static int lockout_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api *a = ctx;
	struct aaa_lockout l;
	int rc = 0;

	(void)filter;
	(void)max;
	*cursor = 0;
	for (size_t i = 0; a->people.aaa && !rc && aaa_lockout(a->people.aaa, i, &l); i++) {
		json_t *o = json_pack("{s:s,s:i}", "user", l.user, "failures", (int)l.failures);

		if (o)
			put_time(o, "since", l.since_wall_ms);
		rc = keep(out, o);
	}
	return rc;
}

static json_t *command_json(const struct command *c)
{
	json_t *o = json_pack("{s:o,s:i,s:s,s:s}", "index", api_u64(c->index), "session",
			      (int)c->session, "user", c->user, "command", c->text);

	if (!o)
		return NULL;
	put(o, "line", c->line);
	put_time(o, "time", c->wall_ms);
	return o;
}

/* The cursor is the index of the next one. */
static int command_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api *a = ctx;
	const struct list *it;
	size_t n = 0;
	int rc = 0;

	(void)filter;
	list_for_each(it, &a->commands)
	{
		const struct command *c = list_entry(it, const struct command, node);

		if (c->index < *cursor)
			continue;
		if (n == max) {
			*cursor = c->index;
			return 0;
		}
		rc = keep(out, command_json(c));
		if (rc)
			return rc;
		n++;
	}
	*cursor = 0;
	return 0;
}

void people_states(struct api *a, struct api_state rows[PEOPLE_STATES])
{
	rows[0] = (struct api_state){.path = "/spindle-line:line-state/session",
				     .ctx = a,
				     .privilege = 1,
				     .page = session_page};
	rows[1] = (struct api_state){
		.path = "/spindle-aaa:aaa-state", .ctx = a, .privilege = 1, .page = logins_page};
	rows[2] = (struct api_state){.path = "/spindle-aaa:aaa-state/lockout",
				     .ctx = a,
				     .privilege = 15,
				     .page = lockout_page};
	rows[3] = (struct api_state){.path = "/spindle-archive:archive-state/command",
				     .ctx = a,
				     .privilege = 15,
				     .page = command_page};
}
