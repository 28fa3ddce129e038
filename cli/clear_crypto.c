/* clear crypto …, clear access-list counters */
#include "cli/handlers.h"

#include <errno.h>
#include <stdlib.h>

/* Decimal, or 0x… as shows print SPIs; NULL: no number of 32 bits. */
static json_t *number_of(const char *text)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, hex ? 16 : 10);
	return errno || *end || n > UINT32_MAX ? NULL : json_integer((json_int_t)n);
}

/* Each of the parameters that was given, as an input leaf of its name. */
static json_t *given(const struct cli_match *m, const char *const *names)
{
	json_t *input = json_object();

	for (; input && *names; names++) {
		const struct cli_arg *arg = cli_match_arg(m, *names, 0);
		json_t *value;

		if (!arg)
			continue;
		if (strcmp(*names, "spi") == 0 || strcmp(*names, "protocol") == 0)
			value = number_of(arg->value);
		else
			value = json_string(arg->value);
		if (json_object_set_new(input, *names, value) < 0) {
			json_decref(input);
			return NULL;
		}
	}
	return input;
}

static enum cli_result act_on(struct cli_session *s, const char *path, const struct cli_match *m,
			      const char *const *names)
{
	json_t *input = given(m, names);

	return input ? cli_act(s, path, input) : cli_fail(s, "not a number that is used here");
}

CLI_HANDLER(cli_do_clear_session)
{
	static const char *const names[] = {"remote", "local", NULL};

	(void)form;
	return act_on(s, "spindle-crypto:clear-session", m, names);
}

CLI_HANDLER(cli_do_clear_sa)
{
	static const char *const names[] = {"peer", "map", "address", "protocol", "spi", NULL};

	(void)form;
	return act_on(s, "spindle-crypto:clear-sa", m, names);
}

CLI_HANDLER(cli_do_clear_sa_counters)
{
	(void)m;
	(void)form;
	return cli_act(s, "spindle-crypto:clear-sa-counters", NULL);
}

CLI_HANDLER(cli_do_clear_ikev2_stats)
{
	(void)m;
	(void)form;
	return cli_act(s, "spindle-crypto:clear-ikev2-statistics", NULL);
}

CLI_HANDLER(cli_do_clear_invalid_spi)
{
	(void)m;
	(void)form;
	return cli_act(s, "spindle-crypto:clear-invalid-spi", NULL);
}

CLI_HANDLER(cli_do_clear_acl_counters)
{
	const char *name = cli_match_get(m, "name");
	json_t *input = name ? json_pack("{ss}", "list", name) : json_object();

	(void)form;
	return input ? cli_act(s, "spindle-acl:clear-counters", input) : cli_fail(s, "no memory");
}
