#include "cli/handlers.h"

#define IGNORED                                                                                    \
	(void)m;                                                                                   \
	(void)form

CLI_HANDLER(cli_do_filter)
{
	IGNORED;
	return cli_fail(s, "a filter stands behind the | of a show");
}

CLI_HANDLER(cli_do_configure)
{
	IGNORED;
	cli_printf(s, "Enter configuration commands, one per line.  End with CNTL/Z.\n");
	return cli_push(s, CLI_MODE_CONFIG, NULL) ? CLI_OK : cli_fail(s, "too many modes");
}

CLI_HANDLER(cli_do_end)
{
	IGNORED;
	cli_pop(s, 0);
	return CLI_OK;
}

CLI_HANDLER(cli_do_exit)
{
	IGNORED;
	cli_pop(s, s->depth - 1);
	return CLI_OK;
}

CLI_HANDLER(cli_do_quit)
{
	IGNORED;
	(void)s;
	return CLI_QUIT;
}

enum cli_result cli_act(struct cli_session *s, const char *path, json_t *input)
{
	struct error err = {0};
	json_t *output = NULL;
	int rc = s->backend->action(s->backend->ctx, path, input, &output, &err);

	json_decref(output);
	return rc < 0 ? cli_fail_error(s, &err) : CLI_OK;
}

static enum cli_result set_debug(struct cli_session *s, const char *flag, bool on)
{
	json_t *input = json_pack("{sssb}", "flag", flag, "on", on);

	return input ? cli_act(s, "spindle-system:debug", input) : cli_fail(s, "no memory");
}

CLI_HANDLER(cli_do_debug)
{
	const char *flag = cli_match_get(m, "flag");
	bool on = form == CLI_SET && m->row->syntax[0] == 'd';
	enum cli_result result = set_debug(s, flag, on);

	if (result == CLI_OK)
		cli_printf(s, "%s debugging is %s\n", cli_debug_name(flag), on ? "on" : "off");
	return result;
}

CLI_HANDLER(cli_do_debug_all)
{
	enum cli_result result;

	IGNORED;
	result = set_debug(s, "all", false);
	cli_eem_undebug(s);
	if (result == CLI_OK)
		cli_printf(s, "All possible debugging has been turned off\n");
	return result;
}
