/* The event manager from EXEC: running policies, its scheduler, its debug output. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cli/data.h"
#include "cli/handlers.h"

#define ARGUMENTS_MAX 15

static void print_output(struct cli_session *s, const json_t *output)
{
	const json_t *line, *lines = json_object_get(output, "output");
	size_t i;

	json_array_foreach(lines, i, line)
	{
		cli_printf(s, "%s\n", json_string_value(line));
	}
}

/* Runs an action (input taken) and prints what it says. *output is the caller's. */
static enum cli_result act(struct cli_session *s, const char *path, json_t *input, json_t **output)
{
	struct error err = {0};

	if (!input)
		return cli_fail(s, "no memory");
	if (s->backend->action(s->backend->ctx, path, input, output, &err) < 0)
		return cli_fail_error(s, &err);
	print_output(s, *output);
	return CLI_OK;
}

/* ---- event manager run --------------------------------------------------------------------------------- */

static json_t *arguments(const struct cli_match *m)
{
	json_t *list = json_array();
	const struct cli_arg *a;

	for (size_t i = 0; list && (a = cli_match_arg(m, "argument", i)); i++)
		json_array_append_new(list, json_string(a->value));
	return list;
}

CLI_HANDLER(cli_do_eem_run)
{
	json_t *list = arguments(m), *input, *output = NULL;
	enum cli_result result;

	(void)form;
	if (json_array_size(list) > ARGUMENTS_MAX) {
		json_decref(list);
		return cli_fail(s, "a policy takes %d arguments at most", ARGUMENTS_MAX);
	}
	input = json_pack("{s:s}", "name", cli_match_get(m, "name"));
	if (input && json_array_size(list))
		json_object_set(input, "argument", list);
	if (input && cli_match_get(m, "dry-run"))
		json_object_set_new(input, "dry-run", json_true());
	json_decref(list);
	result = act(s, "spindle-eem:run", input, &output);
	json_decref(output);
	return result;
}

/* ---- the scheduler ------------------------------------------------------------------------------------- */

/* Which jobs: all, one, those of a queue. */
static json_t *which(const struct cli_match *m)
{
	const char *job = cli_match_get(m, "job"), *queue = cli_match_get(m, "queue");
	uint32_t number;

	if (job && !text_u32(job, 1, UINT32_MAX, &number))
		return json_pack("{s:I}", "policy", (json_int_t)number);
	if (queue)
		return json_pack("{s:s}", "queue-type", queue);
	return json_pack("{s:[n]}", "all");
}

CLI_HANDLER(cli_do_eem_scheduler)
{
	const char *what = cli_match_get(m, "what"), *class = cli_match_get(m, "class");
	const char *priority = cli_match_get(m, "priority");
	json_t *input = which(m), *output = NULL;
	enum cli_result result;
	char path[64];

	(void)form;
	if (input && class)
		json_object_set_new(input, "class", json_string(class));
	if (input && priority)
		json_object_set_new(input, "queue-priority", json_string(priority));
	snprintf(path, sizeof(path), "spindle-eem:scheduler-%s", what ? what : "modify");
	result = act(s, path, input, &output);
	if (result == CLI_OK && data_has(output, "count"))
		cli_printf(s, "%llu jobs\n", (unsigned long long)data_number(output, "count"));
	json_decref(output);
	return result;
}

CLI_HANDLER(cli_do_eem_update)
{
	const char *file = cli_match_get(m, "file"), *group = cli_match_get(m, "group");
	const char *repository = cli_match_get(m, "url");
	json_t *input = file ? json_pack("{s:s}", "name", file)
			     : json_pack("{s:s}", "group", group ? group : "");
	json_t *output = NULL;
	enum cli_result result;

	(void)form;
	if (input && repository)
		json_object_set_new(input, "repository", json_string(repository));
	result = act(s, "spindle-eem:update-policy", input, &output);
	json_decref(output);
	return result;
}

/* ---- debug --------------------------------------------------------------------------------------------- */

static enum cli_result set_debug(struct cli_session *s, const char *flag, bool on, bool is_quiet)
{
	json_t *input = json_pack("{s:s,s:b}", "flag", flag, "on", on), *output = NULL;
	struct error err = {0};
	int rc = input ? s->backend->action(s->backend->ctx, "spindle-eem:debug", input, &output,
					    &err)
		       : error_set(&err, -ENOMEM, "no memory");

	json_decref(output);
	return rc < 0 && !is_quiet ? cli_fail_error(s, &err) : CLI_OK;
}

/* "action-cli" → "action cli" */
const char *cli_eem_debug_name(const char *flag, char *buf, size_t size)
{
	snprintf(buf, size, "%s", flag);
	if (strchr(buf, '-'))
		*strchr(buf, '-') = ' ';
	return buf;
}

CLI_HANDLER(cli_do_eem_debug)
{
	const char *first = cli_match_get(m, "flag"), *second = cli_match_get(m, "of");
	bool on = form == CLI_SET && m->row->syntax[0] == 'd';
	char flag[64], name[64];
	enum cli_result result;

	snprintf(flag, sizeof(flag), "%s%s%s", first, second ? "-" : "", second ? second : "");
	result = set_debug(s, flag, on, false);
	if (result == CLI_OK)
		cli_printf(s, "Debug EEM %s debugging is %s\n",
			   cli_eem_debug_name(flag, name, sizeof(name)), on ? "on" : "off");
	return result;
}

/* Where the event manager does not run there is nothing to switch off. */
void cli_eem_undebug(struct cli_session *s)
{
	set_debug(s, "all", false, true);
}
