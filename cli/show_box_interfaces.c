/* show interfaces, show ip interface, show ipv6 interface: the router's lines, where Linux knows them. */
#include <ctype.h>
#include <errno.h>

#include "base/addr.h"
#include "cli/show.h"

#define PATH	     "/spindle-interface-state:interface-state/interface"
#define FULL	     255u
#define PATH_SIZE    160
#define LONGEST_NAME 64

static unsigned long long num(const json_t *e, const char *leaf)
{
	return data_number(e, leaf);
}

static const char *status_of(const json_t *e)
{
	if (!data_true(e, "admin-up"))
		return "administratively down";
	return data_true(e, "carrier") ? "up" : "down";
}

static const char *protocol_of(const json_t *e)
{
	return data_true(e, "running") ? "up" : "down";
}

static void print_head(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%s is %s, line protocol is %s \n", data_text(e, "name", ""),
		   status_of(e), protocol_of(e));
}

/* The first address of a family that is of use beyond the link, or any; NULL: none. */
static const json_t *first_address(const json_t *e, int family, bool link_local)
{
	const json_t *list = json_object_get(e, "address");
	json_t *a;
	size_t i;

	json_array_foreach(list, i, a)
	{
		struct addr addr;

		if (addr_parse(&addr, data_text(a, "ip", "")) == 0 && addr.family == family &&
		    (family == AF_INET || data_true(a, "link-local") == link_local))
			return a;
	}
	return NULL;
}

static bool is_family(const json_t *a, int family)
{
	struct addr addr;

	return addr_parse(&addr, data_text(a, "ip", "")) == 0 && addr.family == family;
}

/* IPv6 addresses in capitals, as routers write them. */
static const char *capitals(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (; text[n] && n + 1 < size; n++)
		buf[n] = (char)toupper((unsigned char)text[n]);
	buf[n] = '\0';
	return buf;
}

/* ---- show interfaces ------------------------------------------------------------------------------- */

static void print_hardware(struct show *sh, const json_t *e)
{
	const char *mac = data_text(e, "mac-address", NULL);

	cli_printf(sh->s, "  Hardware is %s", data_text(e, "hardware", "other"));
	/* Of a device that came without an address, the one that it has is the one it was made with. */
	if (mac)
		cli_printf(sh->s, ", address is %s (bia %s)", mac,
			   data_text(e, "permanent-mac-address", mac));
	cli_printf(sh->s, "\n");
	if (data_has(e, "description"))
		cli_printf(sh->s, "  Description: %s\n", data_text(e, "description", ""));
}

static unsigned int load_of(unsigned long long rate, unsigned long long kbit)
{
	unsigned long long share = kbit ? rate * FULL / (kbit * 1000) : 0;

	return share < 1 ? 1 : share > FULL ? FULL : (unsigned int)share;
}

/* What routers take for a delay is told by the speed alone: 10 Mbit/s 1000 us, 1 Gbit/s and more 10. */
static unsigned long long delay_of(unsigned long long kbit)
{
	unsigned long long delay = 10000000 / kbit;

	return delay < 10 ? 10 : delay;
}

static void print_speed(struct show *sh, const json_t *e)
{
	unsigned long long kbit = num(e, "speed");

	cli_printf(sh->s, "  MTU %llu bytes", num(e, "mtu"));
	if (!kbit) {
		cli_printf(sh->s, "\n     reliability %llu/255\n", num(e, "reliability"));
		return;
	}
	cli_printf(sh->s, ", BW %llu Kbit/sec, DLY %llu usec, \n", kbit, delay_of(kbit));
	cli_printf(sh->s, "     reliability %llu/255, txload %u/255, rxload %u/255\n",
		   num(e, "reliability"), load_of(num(e, "output-rate"), kbit),
		   load_of(num(e, "input-rate"), kbit));
}

static void print_duplex(struct show *sh, const json_t *e)
{
	static const struct {
		const char *media, *name;
	} names[] = {{"twisted-pair", "RJ45"}, {"fibre", "fibre"}};
	const char *media = data_text(e, "media", "");
	unsigned long long mbit = num(e, "speed") / 1000;

	if (!data_has(e, "duplex"))
		return;
	cli_printf(sh->s, "  %s Duplex, %lluMbps, link type is %s",
		   strcmp(data_text(e, "duplex", ""), "full") ? "Half" : "Full", mbit,
		   data_true(e, "autonegotiation") ? "auto" : "force-up");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].media, media) == 0)
			cli_printf(sh->s, ", media type is %s", names[i].name);
	cli_printf(sh->s, "\n");
}

static void print_encapsulation(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "  Encapsulation %s", data_text(e, "encapsulation", "UNKNOWN"));
	if (data_has(e, "vlan"))
		cli_printf(sh->s, ", Vlan ID  %llu.", num(e, "vlan"));
	cli_printf(sh->s, ", loopback %s\n", data_true(e, "loopback") ? "set" : "not set");
}

static void print_rates(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "  Total input drops: %llu; Total output drops: %llu\n",
		   num(e, "input-dropped"), num(e, "output-dropped"));
	cli_printf(sh->s, "  Queueing strategy: %s\n", data_text(e, "queueing", "none"));
	cli_printf(sh->s, "  5 minute input rate %llu bits/sec, %llu packets/sec\n",
		   num(e, "input-rate"), num(e, "input-packet-rate"));
	cli_printf(sh->s, "  5 minute output rate %llu bits/sec, %llu packets/sec\n",
		   num(e, "output-rate"), num(e, "output-packet-rate"));
}

static void print_counters(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "     %llu packets input, %llu bytes, %llu no buffer\n",
		   num(e, "input-packets"), num(e, "input-bytes"), num(e, "input-missed"));
	cli_printf(sh->s, "     Received %llu IP multicasts\n", num(e, "input-multicast"));
	cli_printf(sh->s,
		   "     %llu input errors, %llu CRC, %llu frame, %llu overrun, %llu ignored\n",
		   num(e, "input-errors"), num(e, "input-crc"), num(e, "input-frame"),
		   num(e, "input-overrun"), num(e, "input-dropped"));
	cli_printf(sh->s, "     %llu packets output, %llu bytes, %llu underruns\n",
		   num(e, "output-packets"), num(e, "output-bytes"), num(e, "output-underruns"));
	cli_printf(sh->s, "     %llu output errors, %llu collisions, %llu interface resets\n",
		   num(e, "output-errors"), num(e, "collisions"), num(e, "carrier-changes"));
	cli_printf(sh->s, "     %llu unknown protocol drops\n", num(e, "input-unknown"));
	cli_printf(sh->s, "     %llu lost carrier\n", num(e, "output-carrier"));
}

static void print_interface(struct show *sh, const json_t *e)
{
	const json_t *a = first_address(e, AF_INET, false);

	print_head(sh, e);
	print_hardware(sh, e);
	if (a)
		cli_printf(sh->s, "  Internet address is %s/%llu\n", data_text(a, "ip", ""),
			   num(a, "prefix-length"));
	print_speed(sh, e);
	print_encapsulation(sh, e);
	print_duplex(sh, e);
	print_rates(sh, e);
	print_counters(sh, e);
}

/* ---- show ip interface ----------------------------------------------------------------------------- */

static void print_more(struct show *sh, const json_t *e)
{
	size_t shown = json_array_size(json_object_get(e, "address"));
	unsigned long long all = num(e, "addresses");

	if (all > shown)
		cli_printf(sh->s, "  %llu more addresses\n", all - shown);
}

/* An IPv4 address without a time limit is a person's; routers say where their own came from. */
static const char *origin_of(const json_t *a)
{
	return data_true(a, "permanent") ? "setup command" : "DHCP";
}

static void print_ip_interface(struct show *sh, const json_t *e)
{
	const json_t *a = first_address(e, AF_INET, false);
	json_t *other;
	size_t i;

	print_head(sh, e);
	if (!a) {
		cli_printf(sh->s, "  Internet protocol processing disabled\n");
		return;
	}
	cli_printf(sh->s, "  Internet address is %s/%llu\n", data_text(a, "ip", ""),
		   num(a, "prefix-length"));
	if (data_has(a, "broadcast"))
		cli_printf(sh->s, "  Broadcast address is %s\n", data_text(a, "broadcast", ""));
	cli_printf(sh->s, "  Address determined by %s\n", origin_of(a));
	json_array_foreach(json_object_get(e, "address"), i, other)
	{
		if (other == a || !is_family(other, AF_INET))
			continue;
		cli_printf(sh->s, "  Secondary address %s/%llu\n", data_text(other, "ip", ""),
			   num(other, "prefix-length"));
	}
	print_more(sh, e);
	cli_printf(sh->s, "  MTU is %llu bytes\n", num(e, "mtu"));
}

static void brief_head(struct show *sh)
{
	cli_printf(sh->s, "%-27s%-16s%-4s%-7s%-22s%s\n", "Interface", "IP-Address", "OK?", "Method",
		   "Status", "Protocol");
}

static void print_brief(struct show *sh, const json_t *e)
{
	const json_t *a = first_address(e, AF_INET, false);
	const char *method = !a ? "unset" : data_true(a, "permanent") ? "manual" : "DHCP";

	cli_printf(sh->s, "%-26s %-15s YES %-6s %-21s %-8s\n", data_text(e, "name", ""),
		   a ? data_text(a, "ip", "") : "unassigned", method, status_of(e), protocol_of(e));
}

/* ---- show ipv6 interface --------------------------------------------------------------------------- */

static void print_global(struct show *sh, const json_t *a)
{
	unsigned int len = (unsigned int)num(a, "prefix-length");
	char text[ADDR_STRLEN], net[ADDR_STRLEN], big[ADDR_STRLEN];
	struct prefix p;
	struct addr addr;

	if (addr_parse(&addr, data_text(a, "ip", "")))
		return;
	p = prefix_make(&addr, len);
	cli_printf(sh->s, "    %s, subnet is ",
		   capitals(addr_format(&addr, text), big, sizeof(big)));
	cli_printf(sh->s, "%s/%u \n", capitals(addr_format(&p.addr, net), big, sizeof(big)), len);
}

static void print_globals(struct show *sh, const json_t *e)
{
	json_t *a;
	size_t i;

	if (!first_address(e, AF_INET6, false)) {
		cli_printf(sh->s, "  No global unicast address is configured\n");
		return;
	}
	cli_printf(sh->s, "  Global unicast address(es):\n");
	json_array_foreach(json_object_get(e, "address"), i, a)
	{
		if (is_family(a, AF_INET6) && !data_true(a, "link-local"))
			print_global(sh, a);
	}
}

/* Interfaces without IPv6 are not shown, as on routers. */
static void print_ipv6_interface(struct show *sh, const json_t *e)
{
	const json_t *local = first_address(e, AF_INET6, true);
	char big[ADDR_STRLEN];

	if (!local && !first_address(e, AF_INET6, false))
		return;
	print_head(sh, e);
	if (local)
		cli_printf(sh->s, "  IPv6 is enabled, link-local address is %s \n",
			   capitals(data_text(local, "ip", ""), big, sizeof(big)));
	else
		cli_printf(sh->s, "  IPv6 is enabled\n");
	print_globals(sh, e);
	cli_printf(sh->s, "  MTU is %llu bytes\n", num(e, "mtu"));
}

static void print_ipv6_brief(struct show *sh, const json_t *e)
{
	char big[ADDR_STRLEN];
	bool any = false;
	json_t *a;
	size_t i;

	cli_printf(sh->s, "%-22s [%s/%s]\n", data_text(e, "name", ""), status_of(e),
		   protocol_of(e));
	json_array_foreach(json_object_get(e, "address"), i, a)
	{
		if (!is_family(a, AF_INET6))
			continue;
		any = true;
		cli_printf(sh->s, "    %s\n", capitals(data_text(a, "ip", ""), big, sizeof(big)));
	}
	if (!any)
		cli_printf(sh->s, "    unassigned\n");
}

static void description_head(struct show *sh)
{
	cli_printf(sh->s, "%-31s%-15s%-9s%s\n", "Interface", "Status", "Protocol", "Description");
}

static void print_description(struct show *sh, const json_t *e)
{
	const char *status = data_true(e, "admin-up") ? status_of(e) : "admin down";

	cli_printf(sh->s, "%-30s %-14s %-8s %s\n", data_text(e, "name", ""), status, protocol_of(e),
		   data_text(e, "description", ""));
}

/* ---- handlers -------------------------------------------------------------------------------------- */

/* All, or the one that is named, which the daemon looks for. */
static enum cli_result show_one(struct cli_session *s, const struct cli_match *m, show_print *print)
{
	const char *name = cli_match_get(m, "name");
	char path[PATH_SIZE];
	struct show_part part = {.path = PATH, .print = print};
	enum cli_result result;
	uint64_t found = 0;

	if (!name)
		return show_parts(s, m, &part, 1, NULL);
	if (strlen(name) > LONGEST_NAME || strpbrk(name, "'\"[]/"))
		return cli_fail(s, "There is no interface %s", name);
	snprintf(path, sizeof(path), PATH "[name='%s']", name);
	part.path = path;
	result = show_counted(s, m, &part, NULL, &found);
	if (result == CLI_OK && !found && !cli_wants_json(s))
		return cli_fail(s, "There is no interface %s", name);
	return result;
}

CLI_HANDLER(cli_show_interfaces)
{
	(void)form;
	return show_one(s, m, print_interface);
}

CLI_HANDLER(cli_show_ip_interface)
{
	(void)form;
	return show_one(s, m, print_ip_interface);
}

CLI_HANDLER(cli_show_ipv6_interface)
{
	(void)form;
	return show_one(s, m, print_ipv6_interface);
}

CLI_HANDLER(cli_show_ip_interface_brief)
{
	static const struct show_part part = {
		.path = PATH, .print = print_brief, .before = brief_head};

	(void)form;
	return show_parts(s, m, &part, 1, NULL);
}

CLI_HANDLER(cli_show_ipv6_interface_brief)
{
	static const struct show_part part = {.path = PATH, .print = print_ipv6_brief};

	(void)form;
	return show_parts(s, m, &part, 1, NULL);
}

CLI_HANDLER(cli_show_interfaces_description)
{
	static const struct show_part part = {
		.path = PATH, .print = print_description, .before = description_head};

	(void)form;
	return show_parts(s, m, &part, 1, NULL);
}
