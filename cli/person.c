#include "cli/person.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/data.h"

static bool is_exec(const struct cli_row *row)
{
	return row->mode == CLI_MODE_EXEC || row->mode == CLI_MODE_PRIV_EXEC ||
	       row->mode == CLI_MODE_EXECS;
}

json_t *person_hello(const char *tty, const char *connection)
{
	json_t *o = json_object();
	char from[64] = "";
	int rc = o ? 0 : -1;

	/* "192.0.2.1 40000 192.0.2.2 22"; a zone behind a link-local address is this machine's. */
	if (connection)
		snprintf(from, sizeof(from), "%.*s", (int)strcspn(connection, " %"), connection);
	if (!rc && (*from || tty))
		rc = json_object_set_new(o, "terminal", json_string(*from ? "ssh" : "local"));
	if (!rc && *from)
		rc = json_object_set_new(o, "from", json_string(from));
	if (tty && strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	if (!rc && tty && *tty && strlen(tty) < 32)
		rc = json_object_set_new(o, "tty", json_string(tty));
	if (!rc)
		return o;
	json_decref(o);
	return NULL;
}

/* Does the row's command begin with these words? Its parameters begin with '<', '[' or '{'. */
static bool row_begins(const struct cli_row *row, const char *command)
{
	size_t len = strlen(command);

	return len && !strncmp(row->syntax, command, len) &&
	       (!row->syntax[len] || row->syntax[len] == ' ');
}

/* What the longest command that fits says; -1: nothing. */
static int level_for(const struct cli_row *row, const json_t *commands)
{
	size_t longest = 0, i;
	const json_t *c;
	int level = -1;

	json_array_foreach(commands, i, c)
	{
		const char *command = data_text(c, "command", "");

		if (!row_begins(row, command) || strlen(command) < longest)
			continue;
		longest = strlen(command);
		level = (int)data_number(c, "level");
	}
	return level;
}

struct cli_row *person_rows(const json_t *greeting)
{
	const json_t *commands = json_object_get(greeting, "commands");
	struct cli_row *own = cli_rows_copy();

	for (size_t i = 0; own && i < cli_row_count(); i++) {
		int level = is_exec(&own[i]) ? level_for(&own[i], commands) : -1;

		if (level < 0)
			continue;
		own[i].privilege = (uint8_t)level;
		/* Level 0 and 1 are user EXEC. */
		if (own[i].mode == CLI_MODE_PRIV_EXEC && level <= 1)
			own[i].mode = CLI_MODE_EXECS;
	}
	return own;
}

const char *person_hostname(const json_t *greeting)
{
	return data_text(greeting, "hostname", NULL);
}

bool person_line(const json_t *greeting, struct person_line *out)
{
	const json_t *t = json_object_get(greeting, "terminal");

	*out = (struct person_line){.length = 24, .width = 80, .history = 10};
	if (!t)
		return false;
	out->has_length = data_has(t, "length");
	out->has_width = data_has(t, "width");
	if (out->has_length)
		out->length = (unsigned int)data_number(t, "length");
	if (out->has_width)
		out->width = (unsigned int)data_number(t, "width");
	out->history = (unsigned int)data_number(t, "history-size");
	out->exec_timeout_s = (uint32_t)data_number(t, "exec-timeout");
	out->synchronous = data_true(t, "logging-synchronous");
	out->motd = data_text(t, "banner-motd", NULL);
	out->exec = data_text(t, "banner-exec", NULL);
	return true;
}
