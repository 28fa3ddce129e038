/* show ip route, show ipv6 route: rows as they come from the kernel, with its next hops. */
#include <ctype.h>

#include "base/addr.h"
#include "cli/show.h"

#define PATH	  "/spindle-routing-state:routing-state/"
#define PATH_SIZE 160

/* Routers weigh routes by who told them; Linux does not, and has the metric alone. */
static const struct {
	const char *source, *code, *code6;
	unsigned int distance;
	const char *name;
} sources[] = {
	{"connected", "C", "C", 0, "connected"},
	{"local", "L", "L", 0, "connected"},
	{"static", "S", "S", 1, "static"},
	{"dhcp", "S", "S", 254, "static"},
	{"nd", "S", "ND", 2, "ND"},
	{"rip", "R", "R", 120, "rip"},
	{"ospf", "O", "O", 110, "ospf"},
	{"isis", "i", "I", 115, "isis"},
	{"eigrp", "D", "D", 90, "eigrp"},
	{"bgp", "B", "B", 20, "bgp"},
	{"babel", "a", "a", 1, "application"},
	{"nhrp", "H", "NHRP", 250, "nhrp"},
	{"other", "a", "a", 1, "application"},
};

#define SOURCES (sizeof(sources) / sizeof(sources[0]))

/* Which family is shown. */
struct table {
	bool v6;
};

static size_t source_of(const json_t *e)
{
	const char *name = data_text(e, "source", "other");
	size_t i = 0;

	while (i + 1 < SOURCES && strcmp(sources[i].source, name) != 0)
		i++;
	return i;
}

static const char *as_written(const struct show *sh, const char *text, char *buf, size_t size)
{
	const struct table *t = sh->ctx;
	size_t n = 0;

	for (; text[n] && n + 1 < size; n++)
		buf[n] = t->v6 ? (char)toupper((unsigned char)text[n]) : text[n];
	buf[n] = '\0';
	return buf;
}

/* Where packets go that are not to go anywhere. */
static const char *interface_of(const json_t *e, const json_t *hop)
{
	const char *type = data_text(e, "type", "unicast");
	bool nowhere = strcmp(type, "unicast") != 0 && strcmp(type, "local") != 0;

	return nowhere ? "Null0" : data_text(hop, "interface", "Null0");
}

/* ---- the table ------------------------------------------------------------------------------------- */

static void legend(struct show *sh)
{
	cli_printf(sh->s,
		   "Codes: L - local, C - connected, S - static, R - RIP, D - EIGRP, O - OSPF\n"
		   "       i - IS-IS, B - BGP, H - NHRP, a - application route\n"
		   "       * - candidate default\n\n");
}

static void print_gateway(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "Gateway of last resort is %s to network 0.0.0.0\n\n",
		   data_text(e, "gateway", "0.0.0.0"));
}

static void no_gateway(struct show *sh)
{
	if (sh->count == 0)
		cli_printf(sh->s, "Gateway of last resort is not set\n\n");
}

static void print_hop(struct show *sh, const json_t *e, const json_t *hop, bool again)
{
	const char *gateway = data_text(hop, "gateway", NULL);
	unsigned long long metric = data_number(e, "metric");
	size_t source = source_of(e);
	char text[ADDR_STRLEN];

	if (again)
		cli_printf(sh->s, "%26s", "");
	if (!gateway) {
		cli_printf(sh->s, " is directly connected, %s\n", interface_of(e, hop));
		return;
	}
	cli_printf(sh->s, " [%u/%llu] via %s", sources[source].distance, metric,
		   as_written(sh, gateway, text, sizeof(text)));
	if (data_has(hop, "interface"))
		cli_printf(sh->s, ", %s", data_text(hop, "interface", ""));
	cli_printf(sh->s, "\n");
}

static void print_route(struct show *sh, const json_t *e)
{
	const json_t *hops = json_object_get(e, "next-hop");
	const char *prefix = data_text(e, "prefix", "");
	bool is_default = strcmp(prefix, "0.0.0.0/0") == 0;
	json_t *hop;
	size_t i;

	cli_printf(sh->s, "%s%-5s%s", sources[source_of(e)].code, is_default ? "*" : "", prefix);
	if (json_array_size(hops) == 0)
		print_hop(sh, e, NULL, false);
	json_array_foreach(hops, i, hop)
	{
		print_hop(sh, e, hop, i > 0);
	}
}

static void legend6(struct show *sh)
{
	cli_printf(
		sh->s,
		"Codes: C - Connected, L - Local, S - Static, R - RIP, B - BGP, H - NHRP\n"
		"       I - ISIS, O - OSPF, D - EIGRP, ND - ND Default, a - application route\n");
}

static void print_hop6(struct show *sh, const json_t *e, const json_t *hop)
{
	const char *gateway = data_text(hop, "gateway", NULL);
	char text[ADDR_STRLEN];

	if (!gateway) {
		cli_printf(sh->s, "     via %s, %s\n", interface_of(e, hop),
			   strcmp(data_text(e, "type", ""), "local") ? "directly connected"
								     : "receive");
		return;
	}
	cli_printf(sh->s, "     via %s", as_written(sh, gateway, text, sizeof(text)));
	if (data_has(hop, "interface"))
		cli_printf(sh->s, ", %s", data_text(hop, "interface", ""));
	cli_printf(sh->s, "\n");
}

static void print_route6(struct show *sh, const json_t *e)
{
	const json_t *hops = json_object_get(e, "next-hop");
	char text[PREFIX_STRLEN];
	json_t *hop;
	size_t i;

	cli_printf(sh->s, "%-3s %s [%u/%llu]\n", sources[source_of(e)].code6,
		   as_written(sh, data_text(e, "prefix", ""), text, sizeof(text)),
		   sources[source_of(e)].distance, (unsigned long long)data_number(e, "metric"));
	if (json_array_size(hops) == 0)
		print_hop6(sh, e, NULL);
	json_array_foreach(hops, i, hop)
	{
		print_hop6(sh, e, hop);
	}
}

static const char *route_path(const struct cli_match *m, bool v6, char *path, size_t size)
{
	const char *source = cli_match_get(m, "source");

	snprintf(path, size, PATH "%s/route%s%s%s", v6 ? "ipv6" : "ipv4", source ? "[source='" : "",
		 source ? source : "", source ? "']" : "");
	return path;
}

CLI_HANDLER(cli_show_ip_route)
{
	char path[PATH_SIZE];
	struct table t = {.v6 = false};
	const struct show_part parts[] = {
		{.path = PATH "ipv4/default",
		 .print = print_gateway,
		 .before = legend,
		 .after = no_gateway,
		 .layout_only = true},
		{.path = route_path(m, false, path, sizeof(path)), .print = print_route},
	};

	(void)form;
	return show_parts(s, m, parts, 2, &t);
}

CLI_HANDLER(cli_show_ipv6_route)
{
	char path[PATH_SIZE];
	struct table t = {.v6 = true};
	const struct show_part part = {.path = route_path(m, true, path, sizeof(path)),
				       .print = print_route6,
				       .before = legend6};

	(void)form;
	return show_parts(s, m, &part, 1, &t);
}

/* ---- one destination ------------------------------------------------------------------------------- */

static void print_block(struct show *sh, const json_t *e, const json_t *hop, bool first)
{
	const char *gateway = data_text(hop, "gateway", NULL);
	char text[ADDR_STRLEN];

	cli_printf(sh->s, "  %c ", first ? '*' : ' ');
	if (gateway)
		cli_printf(sh->s, "%s%s%s\n", as_written(sh, gateway, text, sizeof(text)),
			   data_has(hop, "interface") ? ", via " : "",
			   data_text(hop, "interface", ""));
	else
		cli_printf(sh->s, "directly connected, via %s\n", interface_of(e, hop));
	cli_printf(sh->s, "      Route metric is %llu, traffic share count is %llu\n",
		   (unsigned long long)data_number(e, "metric"),
		   (unsigned long long)(data_has(hop, "weight") ? data_number(hop, "weight") : 1));
}

static void print_match(struct show *sh, const json_t *e)
{
	const char *prefix = data_text(e, "prefix", ""), *slash = strchr(prefix, '/');
	const json_t *hops = json_object_get(e, "next-hop");
	size_t source = source_of(e), i;
	char text[PREFIX_STRLEN];
	json_t *hop;

	cli_printf(sh->s, "Routing entry for %s%s\n", as_written(sh, prefix, text, sizeof(text)),
		   slash && strcmp(slash, "/0") == 0 ? ", supernet" : "");
	cli_printf(sh->s, "  Known via \"%s\", distance %u, metric %llu%s%s\n",
		   sources[source].name, sources[source].distance,
		   (unsigned long long)data_number(e, "metric"),
		   strcmp(data_text(e, "source", ""), "connected") ? ""
								   : " (connected, via interface)",
		   slash && strcmp(slash, "/0") == 0 ? ", candidate default path" : "");
	cli_printf(sh->s, "  Routing Descriptor Blocks:\n");
	if (json_array_size(hops) == 0)
		print_block(sh, e, NULL, true);
	json_array_foreach(hops, i, hop)
	{
		print_block(sh, e, hop, i == 0);
	}
	if (data_number(e, "next-hops") > json_array_size(hops))
		cli_printf(sh->s, "    and %llu more\n",
			   (unsigned long long)data_number(e, "next-hops") - json_array_size(hops));
}

static enum cli_result show_match(struct cli_session *s, const struct cli_match *m, bool v6)
{
	char path[PATH_SIZE];
	struct table t = {.v6 = v6};
	const struct show_part part = {.path = path, .print = print_match};
	enum cli_result result;
	uint64_t found = 0;

	snprintf(path, sizeof(path), PATH "%s/match[destination='%s']", v6 ? "ipv6" : "ipv4",
		 cli_match_get(m, "destination"));
	result = show_counted(s, m, &part, &t, &found);
	if (result == CLI_OK && !found && !cli_wants_json(s))
		return cli_fail(s, "Network not in table");
	return result;
}

CLI_HANDLER(cli_show_ip_route_match)
{
	(void)form;
	return show_match(s, m, false);
}

CLI_HANDLER(cli_show_ipv6_route_match)
{
	(void)form;
	return show_match(s, m, true);
}

/* ---- summary --------------------------------------------------------------------------------------- */

struct sum {
	unsigned long long networks, subnets;
};

static void summary_head(struct show *sh)
{
	cli_printf(sh->s, "IP routing table name is default (0x0)\n"
			  "Route Source    Networks    Subnets\n");
}

static void print_count(struct show *sh, const json_t *e)
{
	struct sum *sum = sh->ctx;
	unsigned long long networks = data_number(e, "networks");
	unsigned long long subnets = data_number(e, "subnets");
	const char *source = data_text(e, "source", "");

	sum->networks += networks;
	sum->subnets += subnets;
	if (networks || subnets || strcmp(source, "connected") == 0 ||
	    strcmp(source, "static") == 0)
		cli_printf(sh->s, "%-15s %-11llu %llu\n", source, networks, subnets);
}

static void summary_end(struct show *sh)
{
	const struct sum *sum = sh->ctx;

	cli_printf(sh->s, "%-15s %-11llu %llu\n", "Total", sum->networks, sum->subnets);
}

CLI_HANDLER(cli_show_ip_route_summary)
{
	static const struct show_part part = {.path = PATH "ipv4/count",
					      .print = print_count,
					      .before = summary_head,
					      .after = summary_end};
	struct sum sum = {0};

	(void)form;
	return show_parts(s, m, &part, 1, &sum);
}

static void summary_head6(struct show *sh)
{
	cli_printf(sh->s, "IPv6 routing table name is default(0) global scope\n");
}

static void print_count6(struct show *sh, const json_t *e)
{
	struct sum *sum = sh->ctx;
	unsigned long long routes = data_number(e, "routes");

	if (routes)
		cli_printf(sh->s, "%s%s %llu", sum->subnets ? ", " : "  ",
			   data_text(e, "source", ""), routes);
	sum->subnets += routes;
}

static void summary_end6(struct show *sh)
{
	const struct sum *sum = sh->ctx;

	cli_printf(sh->s, "%s%llu routes\n", sum->subnets ? "\n  " : "  ", sum->subnets);
}

CLI_HANDLER(cli_show_ipv6_route_summary)
{
	static const struct show_part part = {.path = PATH "ipv6/count",
					      .print = print_count6,
					      .before = summary_head6,
					      .after = summary_end6};
	struct sum sum = {0};

	(void)form;
	return show_parts(s, m, &part, 1, &sum);
}
