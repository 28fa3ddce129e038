/*
 * api/people: who a session is, and what it may.
 *
 * The socket names the person: root, the daemon's own user and group spindle-admin have privilege 15; who
 * else has a `username` of that name has its privilege; the telnet service speaks for nobody until a login
 * succeeds. hello may tell of a terminal: then the session has a line, if one is free and lets it in. What
 * hello says of itself is believed as far as the person could be elsewhere anyway: only the telnet service
 * says telnet, and it says nothing else. The actions here are about sessions, so they are not rooms'.
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

#define TRIES_MAX   3
#define TELNET_PORT 23
#define SSH_PORT    22
#define FULL	    15

uint8_t people_least(const struct api *a, const char *operation, uint8_t usual)
{
	return a->people.aaa ? aaa_least(a->people.aaa, operation, usual) : usual;
}

const char *people_line(const struct session *s, char *buf, size_t size)
{
	buf[0] = '\0';
	if (s->term.line == 0)
		text_copy(buf, size, "con 0");
	else if (s->term.line > 0)
		snprintf(buf, size, "vty %d", s->term.line - AAA_VTY_NUMBER);
	return buf;
}

/* "admin on vty0 (192.0.2.1)" */
static const char *people_who(const struct session *s, char *buf, size_t size)
{
	char from[ADDR_STRLEN];

	if (s->term.line == 0)
		snprintf(buf, size, "%s on console", s->user);
	else if (s->term.line > 0 && addr_is_set(&s->term.from))
		snprintf(buf, size, "%s on vty%d (%s)", s->user, s->term.line - AAA_VTY_NUMBER,
			 addr_format(&s->term.from, from));
	else if (s->term.line > 0)
		snprintf(buf, size, "%s on vty%d", s->user, s->term.line - AAA_VTY_NUMBER);
	else
		text_copy(buf, size, s->user);
	return buf;
}

/* ---- the beginning and the end --------------------------------------------------------------------- */

static void take_user(struct session *s, const char *name)
{
	uint8_t otherwise = s->term.settings.has_privilege ? s->term.settings.privilege : 1;

	s->is_user = s->api->people.aaa &&
		     aaa_user(s->api->people.aaa, name, otherwise, &s->privilege);
}

void people_open(struct session *s)
{
	s->since_wall_ms = clock_wall_ms();
	s->heard_ms = loop_now(s->api->loop);
	if (!s->privilege)
		take_user(s, s->user);
	s->own = s->privilege;
}

static void say_configured(struct session *s)
{
	char who[160];

	if (s->configuring)
		log_say(s->api->log, NULL, CONFIG_I, people_who(s, who, sizeof(who)));
	s->configuring = false;
}

void people_close(struct session *s)
{
	say_configured(s);
	s->term.line = -1;
}

/* ---- hello ----------------------------------------------------------------------------------------- */

static int way_of(const char *word, enum aaa_way *way, struct error *err)
{
	static const char *const words[] = {"local", "ssh", "telnet"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*way = (enum aaa_way)i;
		if (!strcmp(words[i], word))
			return 0;
	}
	return error_set(err, -EINVAL, "a terminal is local, ssh or telnet");
}

static bool is_name(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static int read_terminal(struct session *s, const json_t *request, struct error *err)
{
	const char *way = api_text(request, "terminal"), *from = api_text(request, "from");
	const char *tty = api_text(request, "tty");
	struct terminal *t = &s->term;

	t->given = way != NULL;
	if (way && way_of(way, &t->way, err))
		return err->code;
	if (from && (!way || t->way == AAA_LOCAL || addr_parse(&t->from, from)))
		return error_set(err, -EINVAL,
				 "from is the address of a terminal by ssh or telnet");
	if (tty && (strlen(tty) >= sizeof(t->tty) || !is_name(tty)))
		return error_set(err, -EINVAL, "tty is the name of a terminal");
	text_copy(t->tty, sizeof(t->tty), tty ? tty : "");
	return 0;
}

static int check_way(const struct session *s, struct error *err)
{
	bool telnet = s->term.given && s->term.way == AAA_TELNET;
	bool is_service = s->uid == s->api->access.telnet;

	if (is_service && !telnet)
		return error_set(err, -EACCES, "user %s speaks for terminals by telnet only",
				 s->user);
	if (telnet && !is_service && s->privilege != FULL)
		return error_set(err, -EACCES, "only the telnet service says telnet");
	return 0;
}

static bool line_is_free(const struct api *a, int line)
{
	const struct list *it;

	list_for_each(it, &a->sessions)
	{
		if (list_entry(it, const struct session, node)->term.line == line)
			return false;
	}
	return true;
}

static unsigned int lines_taken(const struct api *a, int from, int to)
{
	unsigned int n = 0;

	for (int line = from; line <= to; line++)
		n += !line_is_free(a, line);
	return n;
}

static int check_line(const struct session *s, struct error *err)
{
	const struct aaa_line *l = &s->term.settings;
	const struct api *a = s->api;
	char line[16];

	people_line(s, line, sizeof(line));
	if ((s->term.way == AAA_SSH && !l->ssh) || (s->term.way == AAA_TELNET && !l->telnet))
		return error_set(err, -EACCES, "line %s does not take %s (transport input)", line,
				 s->term.way == AAA_SSH ? "ssh" : "telnet");
	if (l->access_class[0] && addr_is_set(&s->term.from) && a->people.passes &&
	    !a->people.passes(a->people.ctx, l->access_class, &s->term.from,
			      s->term.way == AAA_SSH ? SSH_PORT : TELNET_PORT))
		return error_set(err, -EACCES, "line %s refuses this address (access-class %s)",
				 line, l->access_class);
	if (l->session_limit && s->term.line > 0 &&
	    lines_taken(a, l->limit_first + AAA_VTY_NUMBER, l->limit_last + AAA_VTY_NUMBER) >
		    l->session_limit)
		return error_set(err, -EBUSY, "line %s has %u sessions, which is the most", line,
				 l->session_limit);
	return 0;
}

/* The console for the first terminal of the machine, else the first free virtual terminal. Sessions that
 * fill the lines do not keep an administrator of the machine out, who then has none. */
static int take_line(struct session *s, struct error *err)
{
	const struct api *a = s->api;
	unsigned int count = aaa_vty_count(a->people.aaa), n = 0;

	if (s->term.way == AAA_LOCAL && line_is_free(a, 0)) {
		s->term.line = 0;
		aaa_line(a->people.aaa, AAA_CON, 0, &s->term.settings);
		return 0;
	}
	while (n < count && !line_is_free(a, (int)n + AAA_VTY_NUMBER))
		n++;
	if (n == count && s->term.way == AAA_LOCAL && s->privilege == FULL)
		return 0;
	if (n == count)
		return error_set(err, -EBUSY, "all %u lines are in use (line vty)", count);
	s->term.line = (int)n + AAA_VTY_NUMBER;
	aaa_line(a->people.aaa, AAA_VTY, (uint8_t)n, &s->term.settings);
	return check_line(s, err);
}

int people_hello(struct session *s, const json_t *request, struct error *err)
{
	bool by_line;

	if (read_terminal(s, request, err) || check_way(s, err))
		return err->code;
	s->login_due = s->uid == s->api->access.telnet ||
		       (s->term.given && s->term.way == AAA_TELNET);
	if (!s->login_due && !s->privilege && !s->is_user)
		return error_set(err, -EACCES,
				 "user %s has no access: it takes root, group spindle-admin or a "
				 "username of that name",
				 s->user);
	if (s->term.given && s->api->people.aaa && take_line(s, err))
		return err->code;
	by_line = s->is_user && !s->login_due;
	if (by_line)
		take_user(s, s->user);
	if (s->login_due)
		s->privilege = 0;
	s->own = s->privilege;
	return 0;
}

static int greet_terminal(const struct session *s, json_t *o)
{
	static const char *const banners[AAA_BANNERS] = {"banner-motd", "banner-login",
							 "banner-exec"};
	const struct aaa_line *l = &s->term.settings;
	char line[16];
	json_t *t = json_pack("{s:s,s:i,s:i,s:i,s:b}", "line", people_line(s, line, sizeof(line)),
			      "number", s->term.line, "exec-timeout", (int)l->exec_timeout_s,
			      "history-size", l->history, "logging-synchronous", l->synchronous);
	int rc = t ? json_object_set_new(o, "terminal", t) : -1;

	for (size_t i = 0; !rc && i < AAA_BANNERS; i++) {
		const char *text = aaa_banner(s->api->people.aaa, (enum aaa_banner)i);

		rc = text ? json_object_set_new(t, banners[i], json_string(text)) : 0;
	}
	/* A size that nobody set is the terminal's own to tell. */
	if (!rc && l->has_length)
		rc = json_object_set_new(t, "length", json_integer(l->length));
	if (!rc && l->has_width)
		rc = json_object_set_new(t, "width", json_integer(l->width));
	return rc;
}

/* privilege exec level …, so that a client can offer what the daemon lets through. */
static int greet_commands(const struct session *s, json_t *o)
{
	json_t *commands = json_array();
	const char *command;
	uint8_t level;
	int rc = commands ? json_object_set_new(o, "commands", commands) : -1;

	for (size_t i = 0; !rc && aaa_exec_privilege(s->api->people.aaa, i, &command, &level); i++)
		rc = json_array_append_new(
			commands, json_pack("{s:s,s:i}", "command", command, "level", level));
	return rc;
}

/* The name as it is, or as it was when a worker has the configuration just now. */
static const char *hostname(struct api *a)
{
	json_t *data = NULL, *system;
	struct error err = {0};
	uint64_t cursor = 0;

	if (config_get(a->config, "/spindle-system:system/hostname", false, &cursor, 1, &data,
		       &err))
		return a->hostname;
	system = json_object_get(data, "spindle-system:system");
	text_copy(a->hostname, sizeof(a->hostname),
		  json_object_get(system, "hostname") ? api_text(system, "hostname") : "");
	json_decref(data);
	return a->hostname;
}

/* What prompts begin with, also those of people who may not read the configuration. */
static int greet_hostname(const struct session *s, json_t *o)
{
	const char *name = hostname(s->api);

	return *name ? json_object_set_new(o, "hostname", json_string(name)) : 0;
}

json_t *people_greeting(const struct session *s)
{
	json_t *o = json_pack("{s:i,s:s,s:s,s:i,s:i}", "version", FRAME_VERSION, "daemon",
			      "spindled " VERSION, "user", s->user, "privilege", s->privilege,
			      "session", (int)s->number);
	int rc = o ? 0 : -1;

	if (!rc && s->login_due)
		rc = json_object_set_new(o, "login", json_true());
	if (!rc)
		rc = greet_hostname(s, o);
	if (!rc && s->term.line >= 0)
		rc = greet_terminal(s, o);
	if (!rc && s->api->people.aaa)
		rc = greet_commands(s, o);
	if (!rc)
		return o;
	json_decref(o);
	return NULL;
}

/* ---- for a policy of the event manager -------------------------------------------------------------- */

/* So that people can log in whatever applets do: beside its first session it leaves them two lines. */
#define ACTING_FREE 3

static int take_acting_line(struct session *s, struct error *err)
{
	const struct api *a = s->api;
	unsigned int count = aaa_vty_count(a->people.aaa), acting = 0;
	unsigned int taken = lines_taken(a, AAA_VTY_NUMBER, AAA_VTY_NUMBER + (int)count - 1);
	const struct list *it;
	int line = AAA_VTY_NUMBER;

	list_for_each(it, &a->sessions)
	{
		const struct session *other = list_entry(it, const struct session, node);

		acting += other != s && other->acts && other->term.line > 0;
	}
	if (count - taken < (acting ? ACTING_FREE : 1))
		return error_set(err, -EBUSY,
				 "%u of %u lines are free (line vty), and %u are needed",
				 count - taken, count, acting ? ACTING_FREE : 1);
	while (!line_is_free(a, line))
		line++;
	s->term.line = line;
	aaa_line(a->people.aaa, AAA_VTY, (uint8_t)(line - AAA_VTY_NUMBER), &s->term.settings);
	return 0;
}

/* The person, and what needs no password: all that the person may, and nothing else. */
static int take_acting_user(struct session *s, const char *user, struct error *err)
{
	uint8_t own = FULL;

	if (!user || !*user)
		return 0;
	if (strlen(user) >= sizeof(s->user) || !s->api->people.aaa ||
	    !aaa_user(s->api->people.aaa, user, 1, &own))
		return error_set(err, -ENOENT, "there is no username %s", user);
	text_copy(s->user, sizeof(s->user), user);
	s->own = own;
	return 0;
}

void act_as_op(struct session *s, uint32_t id, json_t *request)
{
	const json_t *level = json_object_get(request, "privilege");
	const char *name = api_text(request, "name");
	struct error err = {0};
	json_t *o;

	if (!provide_is_trusted(s) || s->acts || s->term.given)
		error_set(&err, -EACCES, "this session does not act for others");
	else if (level && (json_integer_value(level) < 0 || json_integer_value(level) > FULL))
		error_set(&err, -EINVAL, "a level is 0 to 15");
	else if (name && (strlen(name) >= sizeof(s->term.tty) || !is_name(name)))
		error_set(&err, -EINVAL, "the member \"name\" is to be that of a policy");
	else if (!s->api->people.aaa || !take_acting_line(s, &err))
		take_acting_user(s, api_text(request, "user"), &err);
	if (err.code) {
		s->term.line = s->acts ? s->term.line : -1;
		session_refuse(s, id, err.code, &err);
		return;
	}
	s->acts = true;
	text_copy(s->term.tty, sizeof(s->term.tty), name ? name : "");
	s->privilege = level ? (uint8_t)json_integer_value(level) : 1;
	s->privilege = s->privilege < s->own ? s->privilege : s->own;
	o = json_pack("{s:s,s:i}", "user", s->user, "privilege", s->privilege);
	if (o && s->term.line >= 0)
		greet_terminal(s, o);
	session_answer(s, id, 0, o);
}

/* ---- passwords ------------------------------------------------------------------------------------- */

/* A password that is checked: whose session it is may be gone when the answer comes (call). */
struct asking {
	struct call *call;
	struct log *log;
	char user[API_USER_MAX];
	char from[ADDR_STRLEN]; /* "" = this machine */
	uint16_t port;
	uint8_t level;
};

static void refuse(struct session *s, uint32_t id, int code, const char *words)
{
	struct error err = {0};

	error_set(&err, code, "%s", words);
	session_refuse(s, id, code, &err);
}

static json_t *standing(const struct session *s)
{
	return json_pack("{s:{s:s,s:i}}", "output", "user", s->user, "privilege", s->privilege);
}

/* The member leaves the document, wiped. NULL: absent, empty or too long. */
static struct secret *take_secret(json_t *input, const char *member)
{
	json_t *value = json_object_get(input, member);
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	struct secret *secret = text && len ? secret_new(text, len) : NULL;

	if (text)
		secret_wipe((char *)(uintptr_t)text, len);
	json_object_del(input, member);
	return secret;
}

static uint16_t port_of(const struct session *s)
{
	return s->term.way == AAA_SSH ? SSH_PORT : s->term.way == AAA_TELNET ? TELNET_PORT : 0;
}

static struct asking *asking_new(struct session *s, uint32_t id, const char *user, uint8_t level)
{
	struct asking *q = s->asking ? NULL : alloc_zero(sizeof(*q));

	if (!q) {
		refuse(s, id, s->asking ? -EBUSY : -ENOMEM,
		       s->asking ? "one password at a time" : "no memory");
		return NULL;
	}
	text_copy(q->user, sizeof(q->user), user);
	if (addr_is_set(&s->term.from))
		addr_format(&s->term.from, q->from);
	q->port = port_of(s);
	q->log = s->api->log;
	q->level = level;
	q->call = call_new(s, id);
	s->asking = q->call;
	if (q->call)
		return q;
	alloc_free(q);
	return NULL;
}

/* Three wrong passwords, and the session ends. */
static void count_try(struct session *s)
{
	if (++s->tries < TRIES_MAX)
		return;
	s->phase = SESSION_CLOSING;
	session_go_on(s);
}

static void logged_in(void *arg, int err, const struct error *why)
{
	struct asking *q = arg;
	struct session *s = q->call->session;

	if (s)
		s->asking = false;
	if (s && !err) {
		s->login_due = false;
		s->tries = 0;
		text_copy(s->user, sizeof(s->user), q->user);
		take_user(s, s->user);
		s->own = s->privilege;
	}
	call_done(q->call, err, why, s && !err ? standing(s) : NULL);
	if (s && err == -EACCES)
		count_try(s);
	alloc_free(q);
}

static void act_login(struct session *s, uint32_t id, json_t *input)
{
	struct secret *password = take_secret(input, "password");
	const char *user = api_text(input, "username");
	struct aaa_source from = {.address = "", .port = TELNET_PORT};
	char address[ADDR_STRLEN];
	struct asking *q;

	if (!s->login_due || !s->api->people.aaa) {
		refuse(s, id, -EPERM, "this session has its person already");
	} else if (!user || !*user || strlen(user) >= API_USER_MAX || !password) {
		/* Not worth a check, and worth no answer that differs. */
		refuse(s, id, -EACCES, "Login invalid");
		count_try(s);
	} else {
		if (addr_is_set(&s->term.from))
			from.address = addr_format(&s->term.from, address);
		q = asking_new(s, id, user, 0);
		if (q)
			aaa_login(s->api->people.aaa, user, password, &from, logged_in, q);
	}
	secret_free(password);
}

/* `logging userinfo` */
static void say_level(const struct session *s, uint8_t level, bool passed)
{
	char who[160];

	if (!log_userinfo(s->api->log))
		return;
	people_who(s, who, sizeof(who));
	if (passed)
		log_say(s->api->log, NULL, PRIV_PASS, level, who);
	else
		log_say(s->api->log, NULL, PRIV_FAIL, level, who);
}

static void enabled(void *arg, int err, const struct error *why)
{
	struct asking *q = arg;
	struct session *s = q->call->session;
	char reason[40];

	if (s)
		s->asking = false;
	if (s && !err)
		s->privilege = q->level;
	if (s)
		say_level(s, q->level, !err);
	snprintf(reason, sizeof(reason), "Wrong secret of enable %u", q->level);
	if (err == -EACCES)
		log_say(q->log, NULL, LOGIN_FAILED, q->user, q->from[0] ? q->from : "local",
			q->port, reason);
	call_done(q->call, err, why, s && !err ? standing(s) : NULL);
	alloc_free(q);
}

static int level_in(const json_t *input, uint8_t usual)
{
	const json_t *level = json_object_get(input, "level");
	json_int_t value = level ? json_integer_value(level) : usual;

	if (level && !json_is_integer(level))
		return -EINVAL;
	return value < 0 || value > FULL ? -EINVAL : (int)value;
}

static void act_enable(struct session *s, uint32_t id, json_t *input)
{
	struct secret *password = take_secret(input, "secret");
	int level = level_in(input, FULL);
	struct asking *q;

	if (level < 0) {
		refuse(s, id, -EINVAL, "a level is 0 to 15");
	} else if (level <= s->own || level <= s->privilege) {
		if (level > s->privilege)
			say_level(s, (uint8_t)level, true);
		s->privilege = (uint8_t)level;
		session_answer(s, id, 0, standing(s));
	} else if (s->acts) {
		refuse(s, id, -EACCES, "the person of this session may not");
	} else if (!s->api->people.aaa || !aaa_has_enable(s->api->people.aaa, (uint8_t)level)) {
		refuse(s, id, -ENOENT, "No password set");
	} else if (!password) {
		refuse(s, id, -ENOKEY, "a password is needed");
	} else {
		q = asking_new(s, id, s->user, (uint8_t)level);
		if (q)
			aaa_enable(s->api->people.aaa, (uint8_t)level, password, enabled, q);
	}
	secret_free(password);
}

static void act_disable(struct session *s, uint32_t id, json_t *input)
{
	int level = level_in(input, 1);

	if (level < 0 || level > s->privilege) {
		refuse(s, id, -EINVAL, "disable only lowers the privilege");
		return;
	}
	s->privilege = (uint8_t)level;
	session_answer(s, id, 0, standing(s));
}

/* ---- other actions --------------------------------------------------------------------------------- */

static struct session *on_line(const struct api *a, json_int_t line)
{
	struct list *it;

	list_for_each(it, &a->sessions)
	{
		struct session *s = list_entry(it, struct session, node);

		if (s->term.line == line && s->phase == SESSION_READY)
			return s;
	}
	return NULL;
}

static void act_clear_line(struct session *s, uint32_t id, json_t *input)
{
	const json_t *number = json_object_get(input, "number");
	struct session *other =
		json_is_integer(number) ? on_line(s->api, json_integer_value(number)) : NULL;
	struct error err = {0};

	if (other == s) {
		refuse(s, id, -EINVAL, "Not allowed to clear current line");
		return;
	}
	if (!other) {
		refuse(s, id, -ENOENT, "there is no session on that line");
		return;
	}
	error_set(&err, -ECONNABORTED, "the line was cleared by %s", s->user);
	session_fail(other, 0, &err);
	session_answer(s, id, 0, json_object());
}

static void act_clear_lockout(struct session *s, uint32_t id, json_t *input)
{
	const char *user = api_text(input, "username");

	if (!s->api->people.aaa || aaa_clear_lockout(s->api->people.aaa, user)) {
		refuse(s, id, -ENOENT, "there is no user of that name");
		return;
	}
	log_say(s->api->log, NULL, USER_UNLOCKED, user ? user : "(all)", s->user);
	session_answer(s, id, 0, json_object());
}

static void act_configuring(struct session *s, uint32_t id, json_t *input)
{
	if (json_is_true(json_object_get(input, "on")))
		s->configuring = true;
	else
		say_configured(s);
	session_answer(s, id, 0, json_object());
}

static const struct {
	const char *path;
	uint8_t privilege;
	void (*run)(struct session *s, uint32_t id, json_t *input);
} actions[] = {
	{"spindle-aaa:login", 0, act_login},
	{"spindle-aaa:enable", 0, act_enable},
	{"spindle-aaa:disable", 0, act_disable},
	{"spindle-aaa:clear-lockout", FULL, act_clear_lockout},
	{"spindle-line:clear-line", FULL, act_clear_line},
	{"spindle-line:configuring", FULL, act_configuring},
};

static void run_action(struct session *s, uint32_t id, size_t i, json_t *request)
{
	uint8_t least = people_least(s->api, actions[i].path, actions[i].privilege);
	json_t *input = json_object_get(request, "input");
	json_t *none = json_is_object(input) ? NULL : json_object();
	struct error err = {0};

	if (s->privilege < least) {
		s->api->stats.refused++;
		error_set(&err, -EACCES, "%s takes privilege %u", actions[i].path, least);
		session_refuse(s, id, err.code, &err);
	} else if (s->login_due && actions[i].run != act_login) {
		refuse(s, id, -EACCES, "nobody has logged in yet");
	} else if (none || json_is_object(input)) {
		actions[i].run(s, id, none ? none : input);
	} else {
		refuse(s, id, -ENOMEM, "no memory");
	}
	json_decref(none);
}

bool people_action(struct session *s, uint32_t id, const char *path, json_t *request)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].path, path) != 0)
			continue;
		run_action(s, id, i, request);
		return true;
	}
	return false;
}
