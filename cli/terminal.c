#include "cli/terminal.h"

#include <errno.h>

#include "base/clock.h"
#include "base/secret.h"
#include "cli/handlers.h"

#define SECRET_LENGTH 256

static enum cli_result no_terminal(struct cli_session *s)
{
	return cli_fail(s, "This session has no terminal");
}

/* Takes over the new settings; what the terminal refuses is as before. */
static enum cli_result change(struct cli_session *s, const struct cli_terminal *to)
{
	struct cli_terminal before = s->terminal;
	struct error err = {0};

	s->terminal = *to;
	if (!to->ops || to->ops->changed(to->ctx, &err) == 0)
		return CLI_OK;
	s->terminal = before;
	return cli_fail_error(s, &err);
}

static unsigned int number(const struct cli_match *m, const char *name, unsigned int usual)
{
	const char *value = cli_match_get(m, name);
	uint32_t n = usual;

	if (value)
		text_u32(value, 0, UINT32_MAX, &n);
	return n;
}

CLI_HANDLER(cli_do_terminal_length)
{
	struct cli_terminal t = s->terminal;

	(void)form;
	t.length = number(m, "length", CLI_LENGTH_USUAL);
	t.length_set = cli_match_get(m, "length");
	return change(s, &t);
}

CLI_HANDLER(cli_do_terminal_width)
{
	struct cli_terminal t = s->terminal;

	(void)form;
	t.width = number(m, "width", CLI_WIDTH_USUAL);
	t.width_set = cli_match_get(m, "width");
	return change(s, &t);
}

CLI_HANDLER(cli_do_terminal_history)
{
	struct cli_terminal t = s->terminal;

	(void)form;
	t.history = number(m, "size", CLI_HISTORY_USUAL);
	return change(s, &t);
}

/* The `no` is a word inside: "terminal no monitor". */
static bool is_no(const struct cli_match *m)
{
	return strstr(m->row->syntax, " no ");
}

CLI_HANDLER(cli_do_terminal_monitor)
{
	struct cli_terminal t = s->terminal;

	(void)form;
	if (!t.ops)
		return no_terminal(s);
	t.monitor = !is_no(m);
	return change(s, &t);
}

CLI_HANDLER(cli_do_terminal_timestamp)
{
	struct cli_terminal t = s->terminal;

	(void)form;
	t.timestamp = !is_no(m);
	return change(s, &t);
}

CLI_HANDLER(cli_show_terminal)
{
	const struct cli_terminal *t = &s->terminal;

	(void)m;
	(void)form;
	cli_printf(s, "Length: %u lines, Width: %u columns\n", t->length, t->width);
	cli_printf(s, "Editing is %s.\n", t->ops ? "enabled" : "disabled");
	if (t->ops && t->history > 0)
		cli_printf(s, "History is enabled, history size is %u.\n", t->history);
	else
		cli_printf(s, "History is disabled.\n");
	if (t->monitor)
		cli_printf(s, "Log messages are shown on this terminal.\n");
	if (t->timestamp)
		cli_printf(s, "Load and time are shown before each show.\n");
	return CLI_OK;
}

static void print_history(void *arg, const char *line)
{
	cli_printf(arg, "  %s\n", line);
}

CLI_HANDLER(cli_show_history)
{
	(void)m;
	(void)form;
	if (!s->terminal.ops)
		return no_terminal(s);
	s->terminal.ops->history(s->terminal.ctx, print_history, s);
	return CLI_OK;
}

int cli_ask_secret(struct cli_session *s, unsigned int tries, cli_secret_check *check, void *arg)
{
	const struct cli_terminal *t = &s->terminal;
	char secret[SECRET_LENGTH];
	bool right = false;

	if (!t->ops)
		return -EACCES;
	while (!right && tries-- > 0) {
		if (t->ops->secret(t->ctx, "Password: ", secret, sizeof(secret)) < 0)
			return -EACCES;
		right = check(arg, secret);
		secret_wipe(secret, sizeof(secret));
	}
	if (right)
		return 0;
	cli_fail(s, "Bad secrets");
	return -EACCES;
}

bool cli_ask(struct cli_session *s, const char *prompt, char *out, size_t size, bool *gone)
{
	const struct cli_terminal *t = &s->terminal;

	*gone = false;
	*out = '\0';
	if (!t->ops || !t->ops->ask)
		return false;
	*gone = t->ops->ask(t->ctx, prompt, false, out, size) < 0;
	return !*gone;
}

bool cli_confirm(struct cli_session *s, const char *question)
{
	const struct cli_terminal *t = &s->terminal;
	char key[2];
	int len;

	if (!t->ops || !t->ops->ask)
		return true;
	len = t->ops->ask(t->ctx, question, true, key, sizeof(key));
	return len == 0 || (len == 1 && (*key == 'y' || *key == 'Y'));
}
