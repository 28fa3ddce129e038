/*
 * show tech-support: the shows it contains, one after the other, through one pager and one filter. It is
 * made to be sent to somebody: secrets are masked whatever the privilege.
 */
#include <errno.h>

#include "base/alloc.h"
#include "cli/show.h"

static const char *const contents[] = {
	"show clock detail",
	"show version",
	"show inventory",
	"show running-config",
	"show crypto session detail",
	"show crypto ikev2 sa detailed",
	"show crypto ipsec sa detail",
	"show crypto map",
	"show crypto invalid-spi detail",
	"show crypto isakmp invalid-spi-recovery",
	"show interfaces",
	"show ip interface brief",
	"show ipv6 interface brief",
	"show ip route summary",
	"show ipv6 route summary",
	"show platform hardware qfp active statistics drop",
	"show platform hardware qfp active feature ipsec datapath drops all",
	"show memory statistics",
	"show processes cpu",
	"show processes memory",
	"show processes",
	"show file systems",
	"show users",
	"show debugging",
	"show logging",
};

#define CONTENTS (sizeof(contents) / sizeof(contents[0]))

static void print_heading(struct cli_session *s, size_t index)
{
	if (cli_wants_json(s))
		cli_printf(s, "%s\"%s\":\n", index ? ",\n" : "{\n", contents[index]);
	else
		cli_printf(s, "\n------------------ %s ------------------\n\n", contents[index]);
}

/* What this one cannot show (its privilege, an engine that is not there) keeps none of the others back. */
static void show_one(struct cli_session *s, const struct parse_place *at, size_t index)
{
	struct parse_result *r = alloc_zero(sizeof(*r));

	if (!r)
		return;
	parse_line(at, contents[index], r);
	if (r->status == PARSE_OK) {
		print_heading(s, index);
		r->match.row->run(s, &r->match, r->form);
	}
	cli_match_wipe(&r->match);
	alloc_free(r);
}

static void mask(struct cli_session *s, bool on)
{
	if (s->backend->mask)
		s->backend->mask(s->backend->ctx, on);
}

CLI_HANDLER(cli_show_tech)
{
	struct parse_place at = {.grammar = s->grammar,
				 .mode = {CLI_MODE_PRIV_EXEC},
				 .count = 1,
				 .privilege = s->privilege};

	(void)m;
	(void)form;
	mask(s, true);
	for (size_t i = 0; i < CONTENTS && !s->enough; i++)
		show_one(s, &at, i);
	mask(s, false);
	if (cli_wants_json(s))
		cli_printf(s, "}\n");
	return CLI_OK;
}
