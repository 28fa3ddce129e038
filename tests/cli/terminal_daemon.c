/*
 * terminal_daemon: the daemon's end for transcripts of the terminal: a real control socket with a
 * real configuration behind it, and lists of a size that the test says. Prints its folder, then does
 * what comes on standard input, a line at a time:
 *   entries N    the list of IPsec SAs has N entries from now on
 *   log          a line of the log
 *   evil         a line of the log that holds control characters
 * says ok to each, and ends with it.
 */
#include "tests/unit/api_fixture.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/log.h"

static void say_log(struct api_fixture *a, const char *text)
{
	log_say(a->f->log, NULL, CONFIG_I, text);
}

static void command(struct api_fixture *a, const char *line)
{
	if (strncmp(line, "entries ", 8) == 0)
		a->entries = strtoul(line + 8, NULL, 10);
	else if (strcmp(line, "log\n") == 0)
		say_log(a, "somebody");
	else if (strcmp(line, "evil\n") == 0)
		say_log(a, "\033[2Jsome\rbody\a\302\233");
	printf("ok\n");
	fflush(stdout);
}

/* False: standard input has ended. */
static bool take_commands(struct api_fixture *a)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[128];
	size_t n = 0;

	if (poll(&p, 1, 0) <= 0)
		return true;
	while (n + 1 < sizeof(line) && read(STDIN_FILENO, line + n, 1) == 1)
		if (line[n++] == '\n')
			break;
	line[n] = '\0';
	if (n > 0)
		command(a, line);
	return n > 0;
}

int main(void)
{
	void *state = NULL;
	struct api_fixture *a;

	signal(SIGPIPE, SIG_IGN);
	api_fixture_setup(&state);
	a = state;
	log_debug_set(a->f->log, UINT32_MAX);
	printf("%s\n", a->f->path);
	fflush(stdout);
	while (take_commands(a))
		loop_turn(a->f->loop, 5);
	api_fixture_teardown(&state);
	return 0;
}
