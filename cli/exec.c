#include "cli/handlers.h"

#include <errno.h>

#include "cli/show.h"

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

CLI_HANDLER(cli_do_clear_logging)
{
	IGNORED;
	return cli_act(s, "spindle-logging:clear-log", NULL);
}

static const struct {
	const char *flag, *name;
} debug_names[] = {
	{"ikev2", "Crypto IKEv2"},
	{"ipsec", "Crypto IPSEC"},
	{"invalid-spi", "Crypto Invalid SPI"},
};

static const char *debug_name(const char *flag)
{
	for (size_t i = 0; i < sizeof(debug_names) / sizeof(debug_names[0]); i++)
		if (strcmp(debug_names[i].flag, flag) == 0)
			return debug_names[i].name;
	return flag;
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
		cli_printf(s, "%s debugging is %s\n", debug_name(flag), on ? "on" : "off");
	return result;
}

CLI_HANDLER(cli_do_debug_all)
{
	enum cli_result result;

	IGNORED;
	result = set_debug(s, "all", false);
	if (result == CLI_OK)
		cli_printf(s, "All possible debugging has been turned off\n");
	return result;
}

static void print_debugging(struct show *sh, const json_t *entry)
{
	const json_t *flags = json_object_get(entry, "debug");
	json_t *flag;
	size_t i;

	if (json_array_size(flags) == 0)
		return;
	cli_printf(sh->s, "Cryptographic Subsystem:\n");
	json_array_foreach(flags, i, flag)
	{
		const char *name = json_string_value(flag);

		cli_printf(sh->s, "  %s debugging is on\n", debug_name(name ? name : ""));
	}
}

CLI_HANDLER(cli_show_debugging)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-system:system-state",
		 .print = print_debugging,
		 .lists = "process handler"},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}
