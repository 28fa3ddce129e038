/* What the rows of the log do beyond a plain edit: time stamps, old ways to write, debug conditions. */
#include <stdlib.h>

#include "base/addr.h"
#include "cli/handlers.h"
#include "cli/spec.h"

#define NO_STAMPS(kind_)                                                                           \
	"/spindle-logging:logging timestamps-" kind_ "=none -timestamps-" kind_ "-option"

static enum cli_result edit(struct cli_session *s, const char *spec, const struct cli_match *m,
			    enum cli_form form)
{
	return cli_send_edit(s, spec_edit(NULL, spec, m, form));
}

/* `no` with all the words that set it takes the stamp away, and does not only forget the words. */
CLI_HANDLER(cli_do_timestamps)
{
	const char *spec = strstr(m->row->syntax, " debug") ? NO_STAMPS("debug") : NO_STAMPS("log");

	return form == CLI_NO ? edit(s, spec, m, CLI_SET) : cli_do_edit(s, m, form);
}

CLI_HANDLER(cli_do_all_timestamps)
{
	enum cli_form as = form == CLI_NO ? CLI_SET : CLI_NO;
	enum cli_result result = edit(s, NO_STAMPS("debug"), m, as);

	return result == CLI_OK ? edit(s, NO_STAMPS("log"), m, as) : result;
}

CLI_HANDLER(cli_do_logging_host)
{
	return edit(s, CLI_LOG_HOST_SPEC, m, form);
}

CLI_HANDLER(cli_do_clear_logging)
{
	(void)m;
	(void)form;
	if (!cli_confirm(s, "Clear logging buffer [confirm]"))
		return CLI_OK;
	return cli_act(s, "spindle-logging:clear-log", NULL);
}

/* ---- debug crypto condition -------------------------------------------------------------------------- */

static json_t *peer_condition(const struct cli_match *m)
{
	const char *v4 = cli_match_get(m, "ipv4"), *v6 = cli_match_get(m, "ipv6");
	char prefix[PREFIX_STRLEN];

	if (!v4 && !v6)
		return NULL;
	if (!spec_prefix(v4 ? v4 : v6, cli_match_get(m, "mask"), prefix, sizeof(prefix)))
		return NULL;
	return json_pack("{ss}", "peer", prefix);
}

static json_t *condition_of(const struct cli_match *m)
{
	const char *spi = cli_match_get(m, "spi"), *subject = cli_match_get(m, "subject");

	if (strstr(m->row->syntax, " peer "))
		return peer_condition(m);
	if (spi)
		return json_pack("{sI}", "spi", (json_int_t)strtoull(spi, NULL, 0));
	if (strstr(m->row->syntax, " reset"))
		return json_pack("{s[n]}", "reset");
	return json_pack("{ss}", "unmatched", subject ? subject : "all");
}

CLI_HANDLER(cli_do_debug_condition)
{
	json_t *input = condition_of(m);

	if (!input)
		return cli_fail(s, "The mask has a gap");
	json_object_set_new(input, "on", json_boolean(form == CLI_SET));
	return cli_act(s, "spindle-logging:debug-condition", input);
}
