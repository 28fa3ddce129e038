/* Shows of people: terminal lines, logins, the log of commands. */
#include "cli/show.h"

#define IGNORED                                                                                    \
	(void)m;                                                                                   \
	(void)form

CLI_HANDLER(cli_show_privilege)
{
	IGNORED;
	if (cli_wants_json(s))
		cli_printf(s, "{\n  \"privilege\": %d\n}\n", s->privilege);
	else
		cli_printf(s, "Current privilege level is %d\n", s->privilege);
	return CLI_OK;
}

/* ---- show users ------------------------------------------------------------------------------------ */

static void users_head(struct show *sh)
{
	cli_printf(sh->s, "    Line       User       Host(s)              Idle       Location\n");
}

static void print_user(struct show *sh, const json_t *e)
{
	uint64_t idle = data_number(e, "idle");
	char span[16];

	if (!data_has(e, "line"))
		return; /* a program */
	snprintf(span, sizeof(span), "%02u:%02u:%02u", (unsigned int)(idle / 3600 % 1000),
		 (unsigned int)(idle / 60 % 60), (unsigned int)(idle % 60));
	cli_printf(sh->s, "%c%3u %-10s %-10s %-20s %-10s %s\n",
		   data_number(e, "id") == sh->s->number ? '*' : ' ',
		   (unsigned int)data_number(e, "number"), data_text(e, "line", ""),
		   data_text(e, "user", ""), "idle", span, data_text(e, "from", ""));
}

static void users_end(struct show *sh)
{
	cli_printf(sh->s,
		   "\n  Interface    User               Mode         Idle     Peer Address\n");
}

CLI_HANDLER(cli_show_users)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-line:line-state/session",
		 .print = print_user,
		 .before = users_head,
		 .after = users_end},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}

/* ---- show login ------------------------------------------------------------------------------------ */

static void print_watch(struct cli_session *s, const json_t *settings)
{
	cli_printf(s, "     A login delay of %u seconds is applied.\n",
		   data_has(settings, "delay") ? (unsigned int)data_number(settings, "delay") : 1u);
	cli_printf(s, "     No Quiet-Mode access list has been configured.\n\n");
	if (!data_has(settings, "block-for")) {
		cli_printf(s, "     Router NOT enabled to watch for login Attacks\n");
		return;
	}
	cli_printf(s, "     Router enabled to watch for login Attacks.\n");
	cli_printf(s, "     If more than %u login failures occur in %u seconds or less,\n",
		   (unsigned int)data_number(settings, "attempts") - 1,
		   (unsigned int)data_number(settings, "within"));
	cli_printf(s, "     logins will be disabled for %u seconds.\n\n",
		   (unsigned int)data_number(settings, "block-for"));
}

static void print_login(struct show *sh, const json_t *e)
{
	json_t *settings = cli_config_container(sh->s, "/spindle-aaa:aaa/login");
	struct cli_session *s = sh->s;

	print_watch(s, settings);
	if (data_true(e, "quiet"))
		cli_printf(s,
			   "     Router presently in Quiet-Mode.\n"
			   "     Will remain in Quiet-Mode for %u seconds.\n",
			   (unsigned int)data_number(e, "quiet-left"));
	else if (data_has(settings, "block-for"))
		cli_printf(s,
			   "     Router presently in Normal-Mode.\n"
			   "     Login failures for current window: %u.\n",
			   (unsigned int)data_number(e, "window-failures"));
	cli_printf(s, "     Total login failures: %llu.\n",
		   (unsigned long long)data_number(e, "failures"));
	json_decref(settings);
}

CLI_HANDLER(cli_show_login)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-aaa:aaa-state", .print = print_login, .lists = "lockout"},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}

/* ---- show aaa local user lockout --------------------------------------------------------------------- */

static void lockout_head(struct show *sh)
{
	cli_printf(sh->s, "\n          Local-user               Lock time\n");
}

static void print_lockout(struct show *sh, const json_t *e)
{
	char time[SHOW_BUF];

	cli_printf(sh->s, "          %-24s %s\n", data_text(e, "user", ""),
		   show_time(e, "since", time, sizeof(time)));
}

CLI_HANDLER(cli_show_lockout)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-aaa:aaa-state/lockout",
		 .print = print_lockout,
		 .before = lockout_head},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}

/* ---- show archive log config all --------------------------------------------------------------------- */

static void commands_head(struct show *sh)
{
	cli_printf(sh->s, " idx   sess           user@line      Logged command\n");
}

static void print_command(struct show *sh, const json_t *e)
{
	char who[SHOW_BUF], line[32];
	const char *from = data_text(e, "line", "");
	size_t n = 0;

	/* "vty 0" is vty0 here. */
	for (; *from && n + 1 < sizeof(line); from++)
		if (*from != ' ')
			line[n++] = *from;
	line[n] = '\0';
	snprintf(who, sizeof(who), "%s@%s", data_text(e, "user", ""), *line ? line : "-");
	cli_printf(sh->s, "%5llu %5llu %19s     |%s\n", (unsigned long long)data_number(e, "index"),
		   (unsigned long long)data_number(e, "session"), who, data_text(e, "command", ""));
}

CLI_HANDLER(cli_show_command_log)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-archive:archive-state/command",
		 .print = print_command,
		 .before = commands_head},
	};

	(void)form;
	return show_parts(s, m, parts, 1, NULL);
}
