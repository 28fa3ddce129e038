/*
 * Sessions of the command line: `spindle --event-manager` as a child, its standard input and output one
 * socket. A command is answered when the prompt has come back, or a pattern was found in what came, or
 * the child has gone. The child and what it started go with the job.
 *
 * A prompt is the last line when it looks like one: the hostname of the first prompt at once, another
 * (the hostname was changed) when nothing more came for a moment.
 */
#include "lua/main/eem_internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/regex.h"
#include "base/text.h"
#include "net/unix.h"

#define OUTPUT_MAX   (1u << 20) /* of one command */
#define SESSIONS_MAX 4		/* of one job */
#define QUIET_MS     250
#define READ_SIZE    16384

struct cli_session {
	struct list node; /* of its job */
	struct job *job;
	uint32_t id;
	pid_t pid;
	int fd;
	struct loop_fd *lf;
	struct loop_timer quiet;
	struct text out;	    /* since the last answer */
	char host[65], prompt[128]; /* as they stood last */
	bool waits, cut;
	uint32_t call;
	bool is_open_call; /* the answer has the session's id */
	struct regex *pattern;
};

static void debug_line(const struct cli_session *s, const char *way, const char *text)
{
	say_debug(s->job->eem, "action-cli", "%s : DEBUG(cli_lib) : : %s : %s",
		  s->job->policy->name, way, text);
}

/* One record a line of what came. */
static void debug_output(const struct cli_session *s)
{
	const char *at = text_str(&s->out);
	char line[256];

	if (!debug_is_on(s->job->eem, "action-cli"))
		return;
	while (*at) {
		size_t len = strcspn(at, "\r\n");

		if (len) {
			snprintf(line, sizeof(line), "%.*s", (int)len, at);
			debug_line(s, "OUT", line);
		}
		at += len + strspn(at + len, "\r\n");
	}
}

static const char *last_line(const struct cli_session *s)
{
	const char *text = text_str(&s->out), *nl = strrchr(text, '\n');

	return nl ? nl + 1 : text;
}

/* ---- answers ------------------------------------------------------------------------------------------- */

static void wait_over(struct cli_session *s)
{
	s->waits = false;
	regex_free(s->pattern);
	s->pattern = NULL;
	loop_timer_stop(&s->quiet);
}

static json_t *output_of(const struct cli_session *s)
{
	json_t *o = json_string(text_str(&s->out));
	char *copy;

	if (o)
		return o;
	copy = alloc_text(text_str(&s->out));
	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c > 0x7E)
			*c = '?';
	o = copy ? json_string(copy) : NULL;
	alloc_free(copy);
	return o;
}

static void answer(struct cli_session *s)
{
	json_t *o = json_pack("{s:o}", "output", output_of(s));

	debug_output(s);
	text_copy(s->prompt, sizeof(s->prompt), last_line(s));
	if (o && s->is_open_call)
		json_object_set_new(o, "id", json_integer(s->id));
	if (o && s->cut)
		json_object_set_new(o, "cut", json_true());
	wait_over(s);
	s->is_open_call = false;
	s->cut = false;
	text_free(&s->out);
	text_init(&s->out, OUTPUT_MAX);
	if (s->job->worker)
		worker_answer(s->job->worker, s->call, o, o ? NULL : "no memory for the output");
	else
		json_decref(o);
}

static void refuse(struct job *j, uint32_t id, const char *why)
{
	say_debug(j->eem, "action-cli", "%s : DEBUG(cli_lib) : : CTL : %s", j->policy->name, why);
	if (j->worker)
		worker_answer(j->worker, id, NULL, why);
}

/* "R2>", "R2#", "R2(config-if)#": the length of the name; 0: it is none. */
static size_t prompt_name(const char *line)
{
	size_t name = strcspn(line, "(>#"), len = strlen(line);

	while (len && line[len - 1] == ' ')
		len--;
	if (!name || name > 64 || len <= name || strcspn(line, " \t") < name)
		return 0;
	if (line[name] == '(') {
		const char *end = strchr(line + name, ')');

		if (!end || (strncmp(line + name, "(config", 7) != 0 &&
			     strncmp(line + name, "(cfg-", 5) != 0 &&
			     strncmp(line + name, "(candidate)", 11) != 0))
			return 0;
		return (size_t)(end + 2 - line) == len && end[1] == '#' ? name : 0;
	}
	return len == name + 1 ? name : 0;
}

static void on_quiet(void *arg)
{
	struct cli_session *s = arg;
	const char *line = last_line(s);
	size_t name = prompt_name(line);

	if (!s->waits || !name)
		return;
	snprintf(s->host, sizeof(s->host), "%.*s", (int)name, line);
	answer(s);
}

/* In configuration long names are cut. */
static bool is_known(const struct cli_session *s, const char *line, size_t name)
{
	size_t len = strlen(s->host);

	return name && len && !strncmp(s->host, line, name) &&
	       (name == len || (line[name] == '(' && name < len));
}

/* Output that came: is it what is waited for? */
static void look(struct cli_session *s)
{
	const char *line = last_line(s);
	size_t name = prompt_name(line);

	if (!s->waits)
		return;
	if (s->pattern && regex_match(s->pattern, text_str(&s->out), s->out.len)) {
		answer(s);
	} else if (is_known(s, line, name)) {
		answer(s);
	} else if (name) {
		loop_timer_set(&s->quiet, QUIET_MS);
	} else {
		loop_timer_stop(&s->quiet);
	}
}

/* ---- the child ----------------------------------------------------------------------------------------- */

static void session_free(struct cli_session *s)
{
	loop_fd_del(s->lf);
	loop_timer_stop(&s->quiet);
	if (s->fd >= 0)
		close(s->fd);
	if (s->pid > 0) {
		/* The group: what it started, too. A child that was killed is gone at once. */
		kill(-s->pid, SIGKILL);
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	regex_free(s->pattern);
	text_free(&s->out);
	list_remove(&s->node);
	alloc_free(s);
}

void cli_sessions_end(struct job *j)
{
	while (!list_empty(&j->sessions)) {
		struct cli_session *s = list_entry(j->sessions.next, struct cli_session, node);

		debug_line(s, "CTL", "cli_close called.");
		session_free(s);
	}
}

static void ended(struct cli_session *s)
{
	loop_fd_del(s->lf);
	s->lf = NULL;
	if (!s->waits)
		return;
	if (s->is_open_call) {
		char why[200];

		snprintf(why, sizeof(why), "no session: %.150s", text_str(&s->out));
		wait_over(s);
		refuse(s->job, s->call, why);
		return;
	}
	answer(s); /* `exit`, `reload`: what came until then */
}

static void take_bytes(struct cli_session *s, const char *data, size_t len)
{
	if (s->out.len + len > OUTPUT_MAX) {
		/* The end counts: a prompt is there. */
		s->cut = true;
		text_free(&s->out);
		text_init(&s->out, OUTPUT_MAX);
	}
	text_add_n(&s->out, data, len);
}

static void on_output(void *arg, int events)
{
	struct cli_session *s = arg;
	char buf[READ_SIZE];
	ssize_t n = recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		ended(s);
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		if (!buf[i])
			buf[i] = ' ';
	take_bytes(s, buf, (size_t)n);
	look(s);
}

/* What a table of sessions can show. */
static bool is_word(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isgraph((unsigned char)*c))
			return false;
	return *name && strlen(name) < 32;
}

static _Noreturn void run_child(const struct cli_session *s, int fd)
{
	const struct eem_options *o = &s->job->eem->options;
	const json_t *session = s->job->eem->session;
	const struct policy *p = s->job->policy;
	const char *user = p->username ? p->username : eem_text(session, "username");
	const char *args[16] = {o->spindle, "--run-dir",       o->run_dir, "--flash",
				o->flash,   "--event-manager", user};
	char level[16];
	size_t n = 7;

	snprintf(level, sizeof(level), "%lld",
		 (long long)json_integer_value(json_object_get(session, "privilege")));
	if (json_object_get(session, "privilege")) {
		args[n++] = "--level";
		args[n++] = level;
	}
	if (is_word(p->name)) {
		args[n++] = "--policy";
		args[n++] = p->name;
	}
	setpgid(0, 0);
	fcntl(fd, F_SETFL, 0); /* as a terminal is: reading waits */
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
	signal(SIGPIPE, SIG_DFL);
	execv(args[0], (char **)(uintptr_t)args);
	_exit(127);
}

static int spawn(struct cli_session *s)
{
	int fds[2], rc = unix_pair(SOCK_STREAM, fds);

	if (rc)
		return rc;
	s->pid = fork();
	if (!s->pid)
		run_child(s, fds[1]);
	close(fds[1]);
	s->fd = fds[0];
	if (s->pid < 0)
		return -errno;
	s->lf = loop_fd_add(s->job->eem->loop, s->fd, LOOP_READ, "eem cli session", on_output, s);
	return s->lf ? 0 : -ENOMEM;
}

/* ---- calls --------------------------------------------------------------------------------------------- */

static void begin_wait(struct cli_session *s, uint32_t call)
{
	s->waits = true;
	s->call = call;
}

static void cli_open(struct job *j, uint32_t id)
{
	struct list *it;
	unsigned int count = 0;
	struct cli_session *s;

	list_for_each(it, &j->sessions) count++;
	s = count < SESSIONS_MAX ? alloc_zero(sizeof(*s)) : NULL;
	if (!s) {
		refuse(j, id, "a policy has at most 4 sessions");
		return;
	}
	s->job = j;
	s->id = ++j->next_handle;
	s->fd = -1;
	text_init(&s->out, OUTPUT_MAX);
	loop_timer_init(&s->quiet, j->eem->loop, "eem cli prompt", on_quiet, s);
	list_append(&j->sessions, &s->node);
	debug_line(s, "CTL", "cli_open called.");
	if (spawn(s)) {
		session_free(s);
		refuse(j, id, "the session could not be started");
		return;
	}
	s->is_open_call = true;
	begin_wait(s, id);
}

static struct cli_session *find(struct job *j, const json_t *args)
{
	uint32_t id = (uint32_t)json_integer_value(json_object_get(args, "id"));
	struct list *it;

	list_for_each(it, &j->sessions)
	{
		if (list_entry(it, struct cli_session, node)->id == id)
			return list_entry(it, struct cli_session, node);
	}
	return NULL;
}

static int put(struct cli_session *s, const char *text, bool newline)
{
	char *line = alloc_printf("%s%s", text, newline ? "\n" : "");
	size_t len = line ? strlen(line) : 0;
	ssize_t n = line ? send(s->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) : -1;

	alloc_free(line);
	return n == (ssize_t)len ? 0 : -EPIPE;
}

static void cli_exec(struct cli_session *s, uint32_t id, const json_t *args)
{
	const char *command = eem_text(args, "command"), *pattern = eem_text(args, "pattern");
	struct error err = {0};

	if (strpbrk(command, "\r\n")) {
		refuse(s->job, id, "a command is one line");
		return;
	}
	if (*pattern && !(s->pattern = regex_new(pattern, &err))) {
		refuse(s->job, id, err.text);
		return;
	}
	if (debug_is_on(s->job->eem, "action-cli")) {
		char line[512];

		/* The prompt came with the answer before. */
		snprintf(line, sizeof(line), "%s%s", s->prompt, command);
		debug_line(s, "IN ", line);
	}
	if (!s->lf || put(s, command, true)) {
		wait_over(s);
		refuse(s->job, id, "the session has ended");
		return;
	}
	begin_wait(s, id);
}

static void cli_write(struct cli_session *s, uint32_t id, const json_t *args)
{
	if (!s->lf || put(s, eem_text(args, "text"), false))
		refuse(s->job, id, "the session has ended");
	else if (s->job->worker)
		worker_answer(s->job->worker, id, json_object(), NULL);
}

static void cli_read(struct cli_session *s, uint32_t id, const json_t *args)
{
	const char *pattern = eem_text(args, "pattern");
	struct error err = {0};

	if (*pattern && !(s->pattern = regex_new(pattern, &err))) {
		refuse(s->job, id, err.text);
		return;
	}
	if (!s->lf && !s->out.len) {
		wait_over(s);
		refuse(s->job, id, "the session has ended");
		return;
	}
	begin_wait(s, id);
	if (s->lf)
		look(s); /* it may be there already */
	else
		answer(s);
}

static void cli_close(struct cli_session *s, uint32_t id)
{
	struct job *j = s->job;

	debug_line(s, "CTL", "cli_close called.");
	session_free(s);
	if (j->worker)
		worker_answer(j->worker, id, json_object(), NULL);
}

void call_cli(struct job *j, uint32_t id, const char *op, const json_t *args)
{
	struct cli_session *s;

	if (!strcmp(op, "cli_open")) {
		cli_open(j, id);
		return;
	}
	s = find(j, args);
	if (!s)
		refuse(j, id, "there is no such session");
	else if (s->waits)
		refuse(j, id, "the session is busy");
	else if (!strcmp(op, "cli_exec"))
		cli_exec(s, id, args);
	else if (!strcmp(op, "cli_write"))
		cli_write(s, id, args);
	else if (!strcmp(op, "cli_read_pattern") || !strcmp(op, "cli_read"))
		cli_read(s, id, args);
	else if (!strcmp(op, "cli_close"))
		cli_close(s, id);
	else
		refuse(j, id, "there is no such call");
}
