/* show crypto invalid-spi [detail], show crypto isakmp invalid-spi-recovery */
#include "cli/show.h"

#define SPI_PATH      "/spindle-crypto:crypto-state/invalid-spi"
#define RECOVERY_PATH "/spindle-crypto:crypto-state/invalid-spi-recovery"

static unsigned long long num(const json_t *entry, const char *leaf)
{
	return data_number(entry, leaf);
}

static void print_verdicts(struct show *sh, const json_t *verdicts)
{
	bool any = false;
	json_t *e;
	size_t i;

	json_array_foreach(verdicts, i, e)
	{
		if (num(e, "packets") == 0)
			continue;
		cli_printf(sh->s, "%s  %-44s %12llu\n", any ? "" : "\nPackets by verdict:\n",
			   data_text(e, "verdict", ""), num(e, "packets"));
		any = true;
	}
}

static void print_source(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "Invalid SPI source: %s\n", data_text(e, "source", "none"));
	if (data_has(e, "why"))
		cli_printf(sh->s, "  not a better one because: %s\n", data_text(e, "why", ""));
	cli_printf(sh->s,
		   "Packets: %llu seen, %llu counted by the kernel, %llu not looked at, "
		   "%llu unexplained\n",
		   num(e, "seen"), num(e, "counted"), num(e, "not-looked-at"),
		   num(e, "unexplained"));
	cli_printf(sh->s, "Flows: %llu, %llu evicted, %llu records lost\n", num(e, "flows"),
		   num(e, "evicted"), num(e, "ring-lost"));
	cli_printf(sh->s, "Messages: %llu printed, %llu suppressed\n", num(e, "printed"),
		   num(e, "suppressed"));
	print_verdicts(sh, json_object_get(e, "verdict"));
}

static void spi_text(const json_t *e, const char *leaf, char *out, size_t size)
{
	unsigned int spi = (unsigned int)num(e, leaf);

	snprintf(out, size, "0x%X(%u)", spi, spi);
}

static void print_flow(struct show *sh, const json_t *e)
{
	char spi[32], age[32], idle[32];

	if (sh->count == 0)
		cli_printf(
			sh->s,
			"\n  Id Source          Destination     Prot SPI                         Packets   Pkt/s Age      Idle     Verdict\n");
	spi_text(e, "spi", spi, sizeof(spi));
	cli_printf(sh->s, "%4llu %-15s %-15s %4llu %-22s %12llu %7llu %-8s %-8s %s\n", num(e, "id"),
		   data_text(e, "source-address", ""), data_text(e, "destination-address", ""),
		   num(e, "protocol"), spi, num(e, "packets"), num(e, "rate"),
		   show_span(num(e, "age") / 1000, age, sizeof(age)),
		   show_span(num(e, "idle") / 1000, idle, sizeof(idle)),
		   data_text(e, "verdict", ""));
}

/* Which end lost what, when, why, and by whose hand. */
static void print_history(struct show *sh, const json_t *h)
{
	char born[64], died[64], spi[32];

	cli_printf(sh->s, "  History: this SPI was ours, negotiated %s%s\n",
		   show_time(h, "born", born, sizeof(born)),
		   data_true(h, "earlier-boot") ? ", before the machine booted the last time" : "");
	if (data_has(h, "death"))
		cli_printf(sh->s, "    this router lost it: %s%s%s\n", data_text(h, "death", ""),
			   data_has(h, "died") ? ", " : "",
			   data_has(h, "died") ? show_time(h, "died", died, sizeof(died)) : "");
	if (data_has(h, "author") && data_has(h, "author-pid"))
		cli_printf(sh->s, "    by %s (netlink port %llu)\n", data_text(h, "author", ""),
			   num(h, "author-pid"));
	else if (data_has(h, "author"))
		cli_printf(sh->s, "    by %s\n", data_text(h, "author", ""));
	if (num(h, "last-sequence")) /* 0 is no packet's: not known */
		cli_printf(sh->s, "    last sequence number known: %llu\n",
			   num(h, "last-sequence"));
	if (num(h, "successor")) {
		spi_text(h, "successor", spi, sizeof(spi));
		cli_printf(sh->s, "    replaced by spi %s\n", spi);
	}
}

static void print_flow_head(struct show *sh, const json_t *e)
{
	char spi[32];

	spi_text(e, "spi", spi, sizeof(spi));
	cli_printf(sh->s, "\nFlow %llu: srcaddr=%s, destaddr=%s, prot=%llu, spi=%s\n", num(e, "id"),
		   data_text(e, "source-address", ""), data_text(e, "destination-address", ""),
		   num(e, "protocol"), spi);
	if (data_has(e, "interface"))
		cli_printf(sh->s, "  Input interface: %s\n", data_text(e, "interface", ""));
	if (data_true(e, "udp-encapsulated"))
		cli_printf(sh->s, "  Encapsulated in UDP, source port %llu\n",
			   num(e, "source-port"));
}

static void print_flow_times(struct show *sh, const json_t *e)
{
	char first[64], last[64], age[32], idle[32];

	cli_printf(sh->s, "  First seen %s, %s ago\n", show_time(e, "first", first, sizeof(first)),
		   show_span(num(e, "age") / 1000, age, sizeof(age)));
	cli_printf(sh->s, "  Last seen  %s, %s ago\n", show_time(e, "last", last, sizeof(last)),
		   show_span(num(e, "idle") / 1000, idle, sizeof(idle)));
	cli_printf(sh->s, "  Packets: %llu, %llu pkt/s, sequence numbers %llu to %llu\n",
		   num(e, "packets"), num(e, "rate"), num(e, "first-sequence"),
		   num(e, "last-sequence"));
	cli_printf(sh->s, "  Messages: %llu printed, %llu suppressed\n", num(e, "printed"),
		   num(e, "suppressed"));
}

static void print_flow_detail(struct show *sh, const json_t *e)
{
	const json_t *history = json_object_get(e, "history");

	print_flow_head(sh, e);
	print_flow_times(sh, e);
	cli_printf(sh->s, "  Verdict: %s%s%s\n", data_text(e, "verdict", ""),
		   data_true(e, "persistent") ? ", persistent" : "",
		   data_true(e, "forged-looking") ? ", forged-looking" : "");
	if (data_has(e, "connection"))
		cli_printf(sh->s, "  Crypto map of the sender: %s\n",
			   data_text(e, "connection", ""));
	else
		cli_printf(sh->s, "  The sender is no configured peer\n");
	if (json_object_size(history) > 0)
		print_history(sh, history);
	cli_printf(sh->s, "  Recovery: %s\n", data_text(e, "recovery", "none"));
}

CLI_HANDLER(cli_show_invalid_spi)
{
	static const struct show_part summary[] = {
		{.path = SPI_PATH, .print = print_source, .lists = "flow"},
		{.path = SPI_PATH "/flow", .print = print_flow},
	};
	static const struct show_part detail[] = {
		{.path = SPI_PATH, .print = print_source, .lists = "flow"},
		{.path = SPI_PATH "/flow", .print = print_flow_detail},
	};

	(void)form;
	return show_parts(s, m, cli_match_get(m, "detail") ? detail : summary, 2, NULL);
}

static void print_switch(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "Invalid SPI recovery is %s\n",
		   data_true(e, "enabled") ? "enabled" : "disabled");
	cli_printf(sh->s,
		   "Peers whose SAs were lost while the daemon was away are %scalled at start\n",
		   data_true(e, "at-start") ? "" : "not ");
}

static void print_next(struct show *sh, const json_t *e)
{
	unsigned long long ms = num(e, "next");

	if (ms == 0)
		cli_printf(sh->s, "  Next attempt: at once, %llu in the budget\n",
			   num(e, "tokens"));
	else
		cli_printf(
			sh->s,
			"  Next attempt: not before %llu.%03llu s from now, %llu in the budget\n",
			ms / 1000, ms % 1000, num(e, "tokens"));
}

static void print_peer(struct show *sh, const json_t *e)
{
	char last[64];

	cli_printf(sh->s, "\nPeer: %s  crypto map: %s\n", data_text(e, "address", ""),
		   data_text(e, "connection", ""));
	cli_printf(sh->s, "  Eligible: %s, %s\n", data_true(e, "eligible") ? "yes" : "no",
		   data_text(e, "why", "-"));
	cli_printf(sh->s, "  Attempts: %llu, successes: %llu\n", num(e, "attempts"),
		   num(e, "successes"));
	if (!data_has(e, "last"))
		cli_printf(sh->s, "  Last result: %s\n", data_text(e, "last-result", "none"));
	else
		cli_printf(sh->s, "  Last result: %s, %s, after %llu ms: %s\n",
			   data_text(e, "last-result", ""),
			   show_time(e, "last", last, sizeof(last)), num(e, "last-took"),
			   data_text(e, "last-words", "-"));
	print_next(sh, e);
}

static void print_decision(struct show *sh, const json_t *e)
{
	char time[64], spi[32];

	if (sh->count == 0)
		cli_printf(sh->s, "\nDecisions, newest last:\n");
	spi_text(e, "spi", spi, sizeof(spi));
	cli_printf(sh->s, "  %s flow %llu peer %s spi %s: %s (%s): %s\n",
		   show_time(e, "time", time, sizeof(time)), num(e, "flow"),
		   data_text(e, "peer", ""), spi, data_text(e, "action", ""),
		   data_text(e, "row", ""), data_text(e, "words", ""));
}

CLI_HANDLER(cli_show_recovery)
{
	static const struct show_part parts[] = {
		{.path = RECOVERY_PATH, .print = print_switch, .lists = "peer decision"},
		{.path = RECOVERY_PATH "/peer", .print = print_peer},
		{.path = RECOVERY_PATH "/decision", .print = print_decision},
	};

	(void)form;
	return show_parts(s, m, parts, 3, NULL);
}
