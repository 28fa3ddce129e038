/*
 * telnet/session: one connection. Before the first byte of the client is read everything is open that
 * the session will need, and the process can open nothing more (no socket, no program, no file), so that
 * whoever finds a fault in what reads those bytes has a connection to the daemon as nobody.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/person.h"
#include "cli/remote.h"
#include "cli/session.h"
#include "cli/telnet/login.h"
#include "cli/telnet/telnetd_internal.h"
#include "cli/telnet/wire.h"
#include "cli/term/term.h"

#define SILENT_MS (10 * 60 * 1000) /* data that the client does not acknowledge, or take */

struct visit {
	int fd, known;
	const struct telnetd_options *o;
	struct client *client;
	struct cli_row *rows;
	struct grammar *grammar;
	struct wire *wire;
	struct term_options options;
	struct term *term;
};

/* Urgent data in their place: of a Synch the second half would be lost. */
static int set_socket(int fd, struct error *err)
{
	const int on = 1, silent = SILENT_MS;

	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof(silent)))
		return error_set(err, -errno, "the connection cannot be used: %s", strerror(errno));
	return 0;
}

static int open_client(struct visit *v, const struct addr *from, struct error *err)
{
	char address[ADDR_STRLEN];
	json_t *hello =
		json_pack("{s:s,s:s}", "terminal", "telnet", "from", addr_format(from, address));

	if (!hello)
		return error_set(err, -ENOMEM, "no memory");
	v->client = client_open_as(v->o->run_dir, hello, err);
	json_decref(hello);
	if (!v->client)
		return err->code;
	v->rows = person_rows(client_greeting(v->client));
	if (!v->rows)
		return error_set(err, -ENOMEM, "no memory");
	v->grammar = grammar_new(v->rows, cli_row_count(), err);
	return v->grammar ? 0 : err->code;
}

/* The message of the day comes before the login, and not again. */
static int open_terminal(struct visit *v, struct error *err)
{
	v->wire = wire_new(v->fd);
	if (!v->wire)
		return error_set(err, -ENOMEM, "no memory");
	v->options = term_options_for(client_greeting(v->client));
	v->options.motd = NULL;
	v->options.in = v->options.out = v->fd;
	v->options.wire = &wire_terminal;
	v->options.wire_ctx = v->wire;
	v->options.no_files = true;
	v->term = term_open(&v->options, err);
	return v->term ? 0 : err->code;
}

static void say_banners(const struct visit *v)
{
	static const char *const names[] = {"banner-motd", "banner-login"};
	const json_t *terminal = json_object_get(client_greeting(v->client), "terminal");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = json_string_value(json_object_get(terminal, names[i]));

		if (!text)
			continue;
		wire_say(v->wire, text);
		if (*text && text[strlen(text) - 1] != '\n')
			wire_say(v->wire, "\n");
	}
}

/* A pipe: so few bytes go whole or not at all. */
static void tell(int known)
{
	pid_t pid = getpid();
	ssize_t sent = write(known, &pid, sizeof(pid));

	(void)sent;
}

static void run(const struct visit *v, const struct login *who)
{
	struct cli_backend backend = cli_remote(v->client);
	const json_t *greeting = client_greeting(v->client);
	const char *name = person_hostname(greeting);
	struct cli_session session;

	wire_trust(v->wire);
	tell(v->known);
	cli_session_init(&session, v->grammar, &backend, who->user, who->privilege);
	if (name)
		text_copy(session.hostname, sizeof(session.hostname), name);
	session.number = (uint32_t)json_integer_value(json_object_get(greeting, "session"));
	term_session(v->term, &session, v->client);
	cli_session_end(&session);
}

static int serve(struct visit *v, const struct addr *from, struct error *err)
{
	struct login who = {0};
	int rc = set_socket(v->fd, err);

	if (!rc)
		rc = open_client(v, from, err);
	if (!rc)
		rc = open_terminal(v, err);
	if (rc)
		return rc;
	wire_greet(v->wire);
	say_banners(v);
	rc = login_run(v->wire, v->fd, v->client, v->o->answer_s, &who, err);
	if (!rc)
		run(v, &who);
	return rc;
}

void telnet_session(int fd, const struct addr *from, const struct telnetd_options *o, int known)
{
	struct visit v = {.fd = fd, .o = o, .known = known};
	char address[ADDR_STRLEN];
	struct error err = {0};

	if (serve(&v, from, &err) && err.code)
		fprintf(stderr, "telnet from %s: %s\n", addr_format(from, address), err.text);
	term_close(v.term);
	wire_free(v.wire);
	client_close(v.client);
	grammar_free(v.grammar);
	alloc_free(v.rows);
	close(fd);
}
