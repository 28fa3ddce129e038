/*
 * spindle: the command line. With -c it runs the commands given, in one session whose mode carries
 * from one to the next; with --load and --import it takes a file; without, it reads lines from standard
 * input; at a terminal cli/term does. As a login shell or a ForceCommand it takes from sshd what a shell
 * would get. It has no privileges of its own: the daemon knows the person by the socket.
 *
 * A command that fails does not end the session: the ones after it still run, as when lines are
 * pasted into a router. The exit status is 1 if any failed, 2 if no session came about.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/complete.h"
#include "cli/main/acting.h"
#include "cli/main/intake.h"
#include "cli/main/way.h"
#include "cli/person.h"
#include "cli/remote.h"
#include "cli/session.h"
#include "cli/telnet/telnetd.h"
#include "cli/term/clean.h"
#include "cli/term/confine.h"
#include "cli/term/term.h"

#define COMMANDS_MAX  1024
#define FORCED_MAX    4096
#define LINE_READ_MAX 65536 /* a longer line is cut, and refused as too long */

struct options {
	const char *run_dir;
	const char **command;
	size_t count;
	bool ssh; /* a ForceCommand: what was asked for is in the environment */
	struct intake intake;
	struct acting acting;
	bool done; /* --help, --version: nothing more to do */
	bool complete, telnet;
	struct telnetd_options telnetd;
};

static void usage(FILE *to)
{
	fputs("Usage: spindle [--run-dir DIR] [--ssh | --complete] [-c COMMAND]...\n"
	      "       spindle [--run-dir DIR] --load FILE\n"
	      "       spindle [--run-dir DIR] --import FILE [--interface ROUTER=KERNEL]... [partial]\n"
	      "\n"
	      "The command line of a router that keeps IPsec security associations in step.\n"
	      "\n"
	      "  -c COMMAND      run COMMAND and go on with the next; the mode carries over:\n"
	      "                  -c 'configure terminal' -c 'hostname R1' -c end\n"
	      "      --ssh       for sshd's ForceCommand: run what SSH_ORIGINAL_COMMAND says\n"
	      "      --load FILE  a configuration, whole or not at all (-: standard input)\n"
	      "      --import FILE  a router's running configuration: what is not supported is\n"
	      "                  named, and nothing changes, unless told `partial`\n"
	      "      --interface ROUTER=KERNEL  GigabitEthernet0/0=eth0, in what is imported\n"
	      "      --run-dir DIR  where the daemon's control socket is (" RUNSTATEDIR
	      "/spindle)\n"
	      "      --telnetd   serve telnet on the sockets that systemd hands in\n"
	      "      --allow-remote  with it: also on addresses that others can reach\n"
	      "      --login-timeout S  with it: for each try of a login (30)\n"
	      "      --event-manager USER  the session of a policy's commands, as USER; with it:\n"
	      "      --level N   with it: where it begins (1)\n"
	      "      --policy NAME  with it: the policy, for the table of sessions\n"
	      "      --flash DIR  with it: for the files that its commands write\n"
	      "      --complete  the words that the last COMMAND may go on with; nothing runs\n"
	      "      --help      this text\n"
	      "      --version   the version\n"
	      "\n"
	      "Without these, lines are read from standard input. Exit status: 0, 1 if a command\n"
	      "failed or a line was left out, 2 if there was no session.\n",
	      to);
}

static int add_command(struct options *o, const char *command)
{
	if (o->count == COMMANDS_MAX) {
		fprintf(stderr, "spindle: more than %d commands\n", COMMANDS_MAX);
		return -E2BIG;
	}
	o->command[o->count++] = command;
	return 0;
}

static int telnet_option(struct options *o, int c)
{
	if (c == 't')
		o->telnet = true;
	else if (c == 'a')
		o->telnetd.allow_remote = true;
	else if (text_u32(optarg, 1, 300, &o->telnetd.answer_s))
		return -EINVAL;
	return 0;
}

static int acting_option(struct options *o, int c)
{
	if (c == 'E')
		o->acting.user = optarg;
	else if (c == 'P')
		o->acting.policy = optarg;
	else if (c == 'F')
		o->acting.flash = optarg;
	else if (text_u32(optarg, 0, 15, &o->acting.level))
		return -EINVAL;
	return 0;
}

static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"run-dir", required_argument, NULL, 'r'},
		{"complete", no_argument, NULL, 'o'},
		{"load", required_argument, NULL, 'l'},
		{"import", required_argument, NULL, 'i'},
		{"interface", required_argument, NULL, 'n'},
		{"ssh", no_argument, NULL, 's'},
		{"event-manager", required_argument, NULL, 'E'},
		{"level", required_argument, NULL, 'L'},
		{"policy", required_argument, NULL, 'P'},
		{"flash", required_argument, NULL, 'F'},
		{"telnetd", no_argument, NULL, 't'},
		{"allow-remote", no_argument, NULL, 'a'},
		{"login-timeout", required_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	int c, rc = 0;

	while (rc == 0 && (c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (c == 'r') {
			o->run_dir = optarg;
		} else if (c == 'c') {
			rc = add_command(o, optarg);
		} else if (c == 'o') {
			o->complete = true;
		} else if (c == 's') {
			o->ssh = true;
		} else if (c == 'l') {
			rc = intake_load(&o->intake, optarg);
		} else if (c == 'i') {
			rc = intake_import(&o->intake, optarg);
		} else if (c == 'n') {
			rc = intake_interface(&o->intake, optarg);
		} else if (c == 'E' || c == 'L' || c == 'P' || c == 'F') {
			rc = acting_option(o, c);
		} else if (c == 't' || c == 'a' || c == 'w') {
			rc = telnet_option(o, c);
		} else if (c == 'h') {
			usage(stdout);
			o->done = true;
		} else if (c == 'v') {
			puts("spindle " PACKAGE_VERSION);
			o->done = true;
		} else {
			rc = -EINVAL;
		}
	}
	while (rc == 0 && optind < argc && intake_word(&o->intake, argv[optind]))
		optind++;
	if (rc == 0)
		rc = intake_check(&o->intake, o->count > 0);
	if (rc == 0 && optind < argc) {
		fprintf(stderr, "spindle: what is \"%s\"? Commands are given with -c\n",
			argv[optind]);
		rc = -EINVAL;
	}
	return rc;
}

/* sshd hands a ForceCommand to the login shell as "-c TEXT", also where that shell is this program. */
static int parse_forced(struct options *o, char *own, size_t size)
{
	char *words[WAY_WORDS_MAX + 1];
	size_t count;

	if (o->count != 1 || o->ssh || strlen(o->command[0]) >= size)
		return 0;
	text_copy(own, size, o->command[0]);
	count = way_own_words(own, words);
	if (!count)
		return 0;
	o->count = 0;
	optind = 0; /* from the beginning, with other words */
	return parse_options((int)count, words, o);
}

static int take_request(struct options *o)
{
	const char *asked = o->ssh ? getenv("SSH_ORIGINAL_COMMAND") : NULL;
	int rc = asked && *asked ? add_command(o, asked) : 0;

	for (size_t i = 0; !rc && i < o->count; i++) {
		if (!way_is_transfer(o->command[i]))
			continue;
		fputs("% Files are not copied this way: this is a router's command line\n", stderr);
		rc = -EOPNOTSUPP;
	}
	return rc;
}

/* Names, log lines and lines of files hold what others wrote: nothing of it steers a terminal. Programs
 * behind a pipe get it as it is. */
static void print_clean(FILE *to, const char *text)
{
	struct text clean;

	if (!isatty(fileno(to))) {
		fputs(text, to);
		return;
	}
	text_init(&clean, 0);
	while (*text) {
		size_t len = strcspn(text, "\n");

		clean_add(&clean, text, len);
		text += len;
		if (*text)
			text_add_n(&clean, text++, 1);
	}
	fputs(text_str(&clean), to);
	if (clean.data)
		secret_wipe(clean.data, clean.len);
	text_free(&clean);
}

static void print_line(void *io, const char *line)
{
	(void)io;
	print_clean(stdout, line);
	putchar('\n');
}

static void print_part(void *io, const char *text)
{
	(void)io;
	print_clean(stdout, text);
	fflush(stdout);
}

static void print_error(void *io, const char *text)
{
	/* Both may be one terminal: keep the order. */
	fflush(stdout);
	print_clean(io, text);
	fflush(io);
}

/* LF, CR LF and CR end a line. True: `c` did. */
static bool ends_line(FILE *from, int c)
{
	int behind;

	if (c != '\r')
		return c == '\n';
	behind = getc_unlocked(from);
	if (behind != '\n' && behind != EOF)
		ungetc(behind, from);
	return true;
}

/* One line of any length, kept up to LINE_READ_MAX; false at the end of input. */
static bool read_line(FILE *from, char *line, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(from)) != EOF && !ends_line(from, c))
		if (n + 1 < size)
			line[n++] = (char)c;
	line[n] = '\0';
	return c != EOF || n > 0;
}

/* A password: a line of standard input, without echo where that is a terminal. */
static int read_secret(void *io, const char *prompt, char *out, size_t size)
{
	struct termios before, quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
	bool got;

	print_error(io, prompt);
	if (terminal) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	got = read_line(stdin, out, size);
	if (terminal)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	print_error(io, "\n");
	if (got)
		return (int)strlen(out);
	secret_wipe(out, size);
	return -1;
}

static void run_input(struct cli_session *s)
{
	char *line = alloc_zero(LINE_READ_MAX);

	/* Whoever asks by a pipe may wait for an answer before the next question. */
	while (line && read_line(stdin, line, LINE_READ_MAX)) {
		if (cli_run_line(s, line) == CLI_QUIT)
			break;
		secret_wipe(line, strlen(line));
		fflush(stdout);
	}
	secret_free_text(line);
}

static void run_commands(struct cli_session *s, const struct options *o)
{
	enum cli_result result = CLI_OK;
	char *line = alloc_zero(LINE_READ_MAX);

	for (size_t i = 0; line && i < o->count; i++) {
		const char *rest = o->command[i];

		while (rest && result != CLI_QUIT) {
			rest = way_line(rest, line, LINE_READ_MAX);
			result = cli_run_line(s, line);
			secret_wipe(line, strlen(line));
		}
	}
	alloc_free(line);
}

/* No terminal: the same confines as with one. */
static void run_lines(struct cli_session *s, const struct options *o, int *loaded,
		      struct error *err)
{
	if (term_confine(err) < 0)
		return;
	if (intake_wanted(&o->intake))
		*loaded = intake_run(&o->intake, s);
	else if (o->count > 0)
		run_commands(s, o);
	else
		run_input(s);
}

/* as: the answer that made it a policy's session; NULL: a person's. */
static const char *user_of(const struct client *c, const json_t *as)
{
	return as ? json_string_value(json_object_get(as, "user")) : client_user(c);
}

static int level_of(const struct client *c, const json_t *as)
{
	return as ? (int)json_integer_value(json_object_get(as, "privilege")) : client_privilege(c);
}

/* The status of a session that came about. */
static int run_session(const struct grammar *grammar, struct client *client, const json_t *as,
		       const struct options *o)
{
	bool terminal = !as && o->count == 0 && !intake_wanted(&o->intake) &&
			isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct cli_backend backend = cli_remote(client);
	struct term_options options = term_options_for(client_greeting(client));
	struct cli_session session;
	struct error err = {0};
	int status, loaded = 0;

	cli_session_init(&session, grammar, &backend, user_of(client, as), level_of(client, as));
	if (person_hostname(client_greeting(client)))
		text_copy(session.hostname, sizeof(session.hostname),
			  person_hostname(client_greeting(client)));
	session.number =
		(uint32_t)json_integer_value(json_object_get(client_greeting(client), "session"));
	session.out = print_line;
	session.error = print_error;
	session.partial = print_part;
	session.secret = read_secret;
	session.io = stderr;
	session.forced = o->ssh;
	session.show_errors_with_line = !terminal && !as;
	if (as)
		acting_run(&o->acting, as, &session, client, &err);
	else if (!terminal)
		run_lines(&session, o, &loaded, &err);
	else
		term_run(&session, client, &options, &err);
	if (err.code)
		fprintf(stderr, "%% %s\n", err.text);
	status = loaded ? loaded : err.code ? 2 : session.failed ? 1 : 0;
	cli_session_end(&session);
	return status;
}

static struct client *open_client(const struct options *o, struct error *err)
{
	const char *tty = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;
	json_t *terminal;
	struct client *client;

	if (o->acting.user)
		return client_open(o->run_dir, err);

	/* A terminal that this mount namespace has no name for (nsenter, a container) is one all the same. */
	if (!tty && isatty(STDIN_FILENO))
		tty = "";
	terminal = person_hello(tty, getenv("SSH_CONNECTION"));

	if (!terminal) {
		error_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	client = client_open_as(o->run_dir, terminal, err);
	json_decref(terminal);
	return client;
}

static int run(const struct options *o)
{
	struct error err = {0};
	struct client *client = open_client(o, &err);
	struct cli_row *rows = NULL;
	struct grammar *grammar = NULL;
	json_t *as = NULL;
	int status = 2;

	if (client && o->acting.user)
		as = acting_begin(&o->acting, client, &err);
	if (client && !err.code)
		rows = person_rows(client_greeting(client));
	if (rows)
		grammar = grammar_new(rows, cli_row_count(), &err);
	if (grammar)
		status = run_session(grammar, client, as, o);
	else
		fprintf(stderr, "%% %s\n", err.code ? err.text : "no memory");
	client_close(client);
	grammar_free(grammar);
	alloc_free(rows);
	json_decref(as);
	if (fflush(stdout) != 0 && status == 0)
		status = 1;
	return status;
}

/* For a shell (contrib/completion). */
static int complete(const struct options *o)
{
	struct error err = {0};
	struct grammar *grammar = grammar_new(NULL, 0, &err);
	int rc = grammar ? complete_print(grammar, o->command, o->count, stdout) : -ENOMEM;

	grammar_free(grammar);
	return rc < 0 ? 2 : 0;
}

static int start(struct options *o)
{
	o->telnetd.run_dir = o->run_dir;
	if (o->done)
		return 0;
	if (o->telnet)
		return telnetd_run(&o->telnetd);
	return o->complete ? complete(o) : run(o);
}

int main(int argc, char **argv)
{
	struct options o = {.run_dir = RUNSTATEDIR "/spindle",
			    .acting = {.level = 1},
			    .telnetd = {.answer_s = TELNETD_ANSWER_S}};
	char own[FORCED_MAX];
	int status = 2;

	setlocale(LC_CTYPE, "C.UTF-8"); /* how wide characters are, when they go to a terminal */
	o.command = alloc_array(COMMANDS_MAX, sizeof(*o.command));
	if (o.command && parse_options(argc, argv, &o) == 0 &&
	    parse_forced(&o, own, sizeof(own)) == 0 && take_request(&o) == 0)
		status = start(&o);
	alloc_free(o.command);
	return status;
}
