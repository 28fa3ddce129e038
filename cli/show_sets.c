/* show crypto ipsec transform-set, show crypto ipsec security-association lifetime */
#include "cli/show_crypto.h"

static bool print_set(void *arg, const json_t *set)
{
	struct show *sh = arg;
	const char *mode = data_text(set, "mode", "tunnel");
	char text[96];

	if (!show_is(sh, set, "name", "name"))
		return true;
	show_set_text(set, text, sizeof(text));
	cli_printf(sh->s, "Transform set %s: { %s } \n", data_text(set, "name", ""), text);
	cli_printf(sh->s, "   will negotiate = { %s,  }, \n\n",
		   strcmp(mode, "tunnel") == 0 ? "Tunnel" : "Transport");
	return true;
}

CLI_HANDLER(cli_show_transform_set)
{
	struct show sh = {.s = s, .m = m};
	struct error err = {0};

	(void)form;
	if (cli_wants_json(s))
		return show_config_json(s, "/spindle-crypto:crypto/ipsec/transform-set");
	return cli_config_each(s, "/spindle-crypto:crypto/ipsec/transform-set", print_set, &sh,
			       &err) < 0
		       ? cli_fail_error(s, &err)
		       : CLI_OK;
}

CLI_HANDLER(cli_show_sa_lifetime)
{
	json_t *all;
	char text[64];

	(void)m;
	(void)form;
	if (cli_wants_json(s))
		return show_config_json(s, SHOW_LIMITS_PATH);
	all = cli_config_container(s, SHOW_LIMITS_PATH);
	show_limits_text(NULL, all, text, sizeof(text));
	json_decref(all);
	cli_printf(s, "Security association lifetime: %s\n", text);
	return CLI_OK;
}
