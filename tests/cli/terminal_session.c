/*
 * terminal_session: a session at a terminal with options that no command sets yet, and a command that
 * asks for a password:  terminal_session RUN_DIR [timeout=S] [monitor] [asynchronous] [banners]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/handlers.h"
#include "cli/remote.h"
#include "cli/term/term.h"

static bool is_right(void *arg, const char *secret)
{
	(void)arg;
	return strcmp(secret, "sesame") == 0;
}

static CLI_HANDLER(ask)
{
	(void)m;
	(void)form;
	if (cli_ask_secret(s, 3, is_right, NULL) < 0)
		return CLI_FAILED;
	cli_printf(s, "Come in.\n");
	return CLI_OK;
}

static const struct cli_row rows[] = {
	{.mode = CLI_MODE_EXECS,
	 .syntax = "ask",
	 .help = "ask Asks for a password",
	 .forms = CLI_HAS_SET,
	 .run = ask},
	{.mode = CLI_MODE_EXECS,
	 .syntax = "exit",
	 .help = "exit Exit from the EXEC",
	 .forms = CLI_HAS_SET,
	 .run = cli_do_quit},
};

static void take_option(struct term_options *o, const char *word)
{
	if (strncmp(word, "timeout=", 8) == 0)
		o->exec_timeout_s = (uint32_t)strtoul(word + 8, NULL, 10);
	else if (strcmp(word, "monitor") == 0)
		o->monitor = true;
	else if (strcmp(word, "asynchronous") == 0)
		o->synchronous = false;
	else if (strcmp(word, "banners") == 0) {
		o->motd = "Message of the day\n";
		o->exec_banner = "Welcome\n";
	}
}

int main(int argc, char **argv)
{
	struct error err = {0};
	struct grammar *g = grammar_new(rows, sizeof(rows) / sizeof(rows[0]), &err);
	struct client *c = g && argc > 1 ? client_open(argv[1], &err) : NULL;
	struct term_options o = term_usual;
	struct cli_backend backend;
	struct cli_session s;
	int status;

	if (!c) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		take_option(&o, argv[i]);
	backend = cli_remote(c);
	cli_session_init(&s, g, &backend, client_user(c), client_privilege(c));
	status = term_run(&s, c, &o, &err) < 0 ? 2 : s.failed;
	cli_session_end(&s);
	client_close(c);
	grammar_free(g);
	return status;
}
