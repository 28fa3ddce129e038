/* show crypto ikev2 stats, show crypto ikev2 session */
#include "cli/show_crypto.h"

#include "base/addr.h"

#define STATE "/spindle-crypto:crypto-state"
#define RULE  "--------------------------------------------------------------------------------\n"

/* ---- statistics ------------------------------------------------------------------------------------------ */

static unsigned long long n(const json_t *e, const char *leaf)
{
	return data_number(e, leaf);
}

static void print_way(struct show *sh, const json_t *e, const char *word, const char *way)
{
	char active[40], negotiating[40];
	unsigned long long up, half;

	snprintf(active, sizeof(active), "%s-active", way);
	snprintf(negotiating, sizeof(negotiating), "%s-negotiating", way);
	up = n(e, active);
	half = n(e, negotiating);
	cli_printf(sh->s, "Total %s IKEv2 SA Count: %10llu active: %10llu negotiating: %llu\n",
		   word, up + half, up, half);
}

static void print_totals(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, RULE "                          Crypto IKEv2 SA Statistics\n" RULE);
	print_way(sh, e, "incoming", "incoming");
	print_way(sh, e, "outgoing", "outgoing");
	cli_printf(sh->s, "Incoming IKEv2 Requests: %10llu accepted\n",
		   n(e, "incoming-established"));
	cli_printf(sh->s, "Outgoing IKEv2 Requests: %10llu accepted\n",
		   n(e, "outgoing-established"));
	cli_printf(sh->s, "Authentication failures: %10llu\n", n(e, "authentication-failed"));
	cli_printf(sh->s, "Incoming IKEv2 Cookie Challenged Requests: %llu\n", n(e, "cookies"));
	cli_printf(sh->s, "IKEv2 packets received: %llu sent: %llu retransmitted: %llu\n",
		   n(e, "received"), n(e, "sent"), n(e, "retransmitted"));
	cli_printf(sh->s,
		   "IKEv2 packets dropped: invalid syntax: %llu unexpected message id: %llu "
		   "unknown SPI: %llu\n",
		   n(e, "invalid-syntax"), n(e, "unexpected"), n(e, "unknown-spi"));
}

static void exchange_heading(struct show *sh)
{
	cli_printf(sh->s, "\n%-24s%12s%12s%12s%12s\nEXCHANGES\n", "EXCHANGE/NOTIFY", "TX(REQ)",
		   "TX(RES)", "RX(REQ)", "RX(RES)");
}

static void print_exchange(struct show *sh, const json_t *e)
{
	cli_printf(sh->s, "%-24s%12llu%12llu%12llu%12llu\n", data_text(e, "name", ""),
		   n(e, "sent-requests"), n(e, "sent-responses"), n(e, "received-requests"),
		   n(e, "received-responses"));
}

CLI_HANDLER(cli_show_ikev2_stats)
{
	static const struct show_part parts[] = {
		{.path = STATE "/ikev2-statistics", .print = print_totals, .lists = "exchange"},
		{.path = STATE "/ikev2-statistics/exchange",
		 .print = print_exchange,
		 .before = exchange_heading},
	};

	(void)form;
	return show_parts(s, m, parts, 2, NULL);
}

/* ---- sessions ---------------------------------------------------------------------------------------------- */

struct sessions {
	json_t *ike;   /* by number */
	json_t *pairs; /* arrays, by connection */
};

static bool keep_ike(void *arg, const json_t *entry)
{
	struct sessions *ss = arg;
	char key[24];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)data_number(entry, "id"));
	return json_object_set(ss->ike, key, (json_t *)(uintptr_t)entry) == 0;
}

/* Of a pair what a session prints. */
static bool keep_pair(void *arg, const json_t *entry)
{
	static const char *const leaves[] = {"spi-in",
					     "spi-out",
					     "local-prefix",
					     "remote-prefix",
					     "ip-protocol",
					     "selector-local-port",
					     "selector-remote-port"};
	const char *connection = data_text(entry, "connection", "");
	struct sessions *ss = arg;
	json_t *list = json_object_get(ss->pairs, connection), *pair = json_object();

	if (!list) {
		list = json_array();
		if (json_object_set_new(ss->pairs, connection, list) < 0)
			list = NULL;
	}
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		json_object_set(pair, leaves[i], json_object_get(entry, leaves[i]));
	return list && json_array_append_new(list, pair) == 0;
}

/* "10.1.0.0/0 - 10.1.255.255/65535" */
static void print_range(struct show *sh, const json_t *pair, const char *prefix, const char *port)
{
	struct prefix p = {0};
	struct addr last;
	unsigned long long only = n(pair, port);
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	if (prefix_parse(&p, data_text(pair, prefix, "0.0.0.0/0")) < 0)
		return;
	last = p.addr;
	for (size_t bit = p.len; bit < addr_len(&last) * 8; bit++)
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	cli_printf(sh->s, "%s/%llu - %s/%llu", addr_format(&p.addr, a), only, addr_format(&last, b),
		   only ? only : 65535);
}

static void print_pairs(struct show *sh, const json_t *pairs)
{
	json_t *pair;
	size_t i;

	json_array_foreach(pairs, i, pair)
	{
		cli_printf(sh->s, "Child sa: local selector  ");
		print_range(sh, pair, "local-prefix", "selector-local-port");
		cli_printf(sh->s, "\n          remote selector ");
		print_range(sh, pair, "remote-prefix", "selector-remote-port");
		cli_printf(sh->s, "\n          ESP spi in/out: 0x%llX/0x%llX  \n",
			   n(pair, "spi-in"), n(pair, "spi-out"));
	}
}

static void print_session(struct show *sh, const json_t *session)
{
	const struct sessions *ss = sh->ctx;
	const json_t *numbers = json_object_get(session, "ikev2-sa");
	const json_t *pairs = json_object_get(ss->pairs, data_text(session, "connection", ""));
	json_t *number;
	size_t i;

	if (json_array_size(numbers) == 0)
		return; /* IKE has nothing to do with it now */
	cli_printf(sh->s, "Session-id:%lld, Status:%s, IKE count:%zu, CHILD count:%zu\n\n",
		   (long long)json_integer_value(json_array_get(numbers, 0)),
		   data_text(session, "status", "DOWN"), json_array_size(numbers),
		   json_array_size(pairs));
	json_array_foreach(numbers, i, number)
	{
		char key[24];
		const json_t *ike;

		snprintf(key, sizeof(key), "%lld", (long long)json_integer_value(number));
		ike = json_object_get(ss->ike, key);
		if (ike) /* else gone between two answers */
			show_ikev2_rows(sh, ike, cli_match_get(sh->m, "detail"));
	}
	print_pairs(sh, pairs);
	cli_printf(sh->s, "\n");
}

static void print_v4(struct show *sh, const json_t *session)
{
	if (!show_is_v6(session))
		print_session(sh, session);
}

static void print_v6(struct show *sh, const json_t *session)
{
	if (show_is_v6(session))
		print_session(sh, session);
}

static void heading_v4(struct show *sh)
{
	cli_printf(sh->s, " IPv4 Crypto IKEv2 Session \n\n");
}

static void heading_v6(struct show *sh)
{
	cli_printf(sh->s, " IPv6 Crypto IKEv2 Session \n\n");
}

CLI_HANDLER(cli_show_ikev2_session)
{
	static const struct show_part parts[] = {
		{.path = STATE "/session", .print = print_v4, .before = heading_v4},
		{.path = STATE "/session",
		 .print = print_v6,
		 .before = heading_v6,
		 .layout_only = true},
	};
	struct sessions ss = {.ike = json_object(), .pairs = json_object()};
	struct error err = {0};
	enum cli_result result;
	int rc = 0;

	(void)form;
	if (!cli_wants_json(s))
		rc = cli_state_each(s, STATE "/ikev2-sa", keep_ike, &ss, &err);
	if (rc == 0 && !cli_wants_json(s))
		rc = cli_state_each(s, STATE "/ipsec-sa", keep_pair, &ss, &err);
	result = rc < 0 ? cli_fail_error(s, &err) : show_parts(s, m, parts, 2, &ss);
	json_decref(ss.ike);
	json_decref(ss.pairs);
	return result;
}
