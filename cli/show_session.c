/*
 * show crypto session [detail|brief] [remote A|local A]
 *
 * A session names its IKE SAs by number and the inbound SPIs of its flows; both are looked up in
 * indices that are read first.
 */
#include "cli/show.h"

#include "base/addr.h"

struct session_show {
	json_t *ike;  /* by number */
	json_t *pair; /* by inbound SPI, in decimal */
};

static bool keep_ike(void *arg, const json_t *entry)
{
	char key[24];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)data_number(entry, "id"));
	return json_object_set(arg, key, (json_t *)(uintptr_t)entry) == 0;
}

static bool keep_pair(void *arg, const json_t *entry)
{
	char key[24];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)data_number(entry, "spi-in"));
	return json_object_set(arg, key, (json_t *)(uintptr_t)entry) == 0;
}

static const json_t *by_number(const json_t *index, const json_t *number)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)json_integer_value(number));
	return json_object_get(index, key);
}

static unsigned int port_of(const json_t *e, const char *leaf)
{
	return data_has(e, leaf) ? (unsigned int)data_number(e, leaf) : 500;
}

static bool is_detail(const struct show *sh)
{
	const char *form = cli_match_get(sh->m, "form");

	return form && strcmp(form, "detail") == 0;
}

static void heading(struct show *sh)
{
	cli_printf(sh->s, "Crypto session current status\n\n");
	if (is_detail(sh))
		cli_printf(sh->s, "Code: C - IKE Configuration mode, D - Dead Peer Detection     \n"
				  "K - Keepalives, N - NAT-traversal, T - cTCP encapsulation     \n"
				  "X - IKE Extended Authentication, F - IKE Fragmentation\n"
				  "R - IKE Auto Reconnect, U - IKE Dynamic Route Update\n"
				  "S - SIP VPN\n\n");
}

/* What is left of an IKE SA's lifetime. */
static const char *lifetime_of(const json_t *ike, char *buf, size_t size)
{
	uint64_t life = data_number(ike, "lifetime"), age = data_number(ike, "age") / 1000;

	return show_span(life > age ? life - age : 0, buf, size);
}

static void capabilities_of(const json_t *ike, char *out, size_t size)
{
	snprintf(out, size, "%s%s", data_has(ike, "dpd-interval") ? "D" : "",
		 data_true(ike, "nat-local") || data_true(ike, "nat-remote") ? "N" : "");
	if (!*out)
		text_copy(out, size, "(none)");
}

static void print_ike(struct show *sh, const json_t *ike)
{
	bool detail = is_detail(sh);
	char caps[8], life[32];

	cli_printf(sh->s, "  IKEv2 SA: local %s/%u remote %s/%u %s \n",
		   data_text(ike, "local-address", "0.0.0.0"), port_of(ike, "local-port"),
		   data_text(ike, "remote-address", "0.0.0.0"), port_of(ike, "remote-port"),
		   strcmp(data_text(ike, "status", ""), "ready") == 0 ? "Active" : "Inactive");
	if (!detail)
		return;
	capabilities_of(ike, caps, sizeof(caps));
	cli_printf(sh->s, "          Capabilities:%s connid:%llu lifetime:%s\n", caps,
		   (unsigned long long)data_number(ike, "id"),
		   lifetime_of(ike, life, sizeof(life)));
}

static void print_ikes(struct show *sh, const json_t *session)
{
	const struct session_show *ss = sh->ctx;
	const json_t *numbers = json_object_get(session, "ikev2-sa");
	json_t *number;
	size_t i;

	json_array_foreach(numbers, i, number)
	{
		const json_t *ike = by_number(ss->ike, number);

		if (!ike)
			continue; /* gone between two answers */
		if (is_detail(sh))
			cli_printf(sh->s, "  Session ID: %llu  \n",
				   (unsigned long long)data_number(ike, "id"));
		print_ike(sh, ike);
	}
}

/* "host 10.1.1.1", "10.1.0.0/255.255.0.0", "0.0.0.0/0.0.0.0". */
static const char *flow_end(const json_t *flow, const char *leaf, char *buf, size_t size)
{
	struct prefix p;
	char a[ADDR_STRLEN];

	if (prefix_parse(&p, data_text(flow, leaf, "0.0.0.0/0")) == 0 &&
	    p.len == addr_len(&p.addr) * 8) {
		snprintf(buf, size, "host %s", addr_format(&p.addr, a));
		return buf;
	}
	return show_net(flow, leaf, buf, size);
}

struct flow_sums {
	uint64_t in, out, drop, kb, seconds;
	bool kb_limited;
};

static struct flow_sums sums_of(const struct session_show *ss, const json_t *flow)
{
	const json_t *spis = json_object_get(flow, "spi-in");
	struct flow_sums sum = {0};
	json_t *spi;
	size_t i;

	json_array_foreach(spis, i, spi)
	{
		const json_t *e = by_number(ss->pair, spi);

		sum.in += data_number(e, "packets-in");
		sum.out += data_number(e, "packets-out");
		sum.drop += data_number(e, "replay-failed") + data_number(e, "integrity-failed");
		/* The life shown is that of the pair which carries traffic. */
		if (!e || data_has(e, "replaced-by"))
			continue;
		sum.kb_limited = data_number(e, "lifetime-kilobytes") > 0;
		sum.kb = data_number(e, "remaining-kilobytes");
		sum.seconds = data_number(e, "remaining");
	}
	return sum;
}

static void print_traffic(struct show *sh, const json_t *flow)
{
	struct flow_sums sum = sums_of(sh->ctx, flow);
	char kb[32] = "KB Vol Rekey Disabled";

	if (sum.kb_limited || sum.seconds == 0)
		snprintf(kb, sizeof(kb), "%llu", (unsigned long long)sum.kb);
	cli_printf(sh->s, "        Inbound:  #pkts dec'ed %llu drop %llu life (KB/Sec) %s/%llu\n",
		   (unsigned long long)sum.in, (unsigned long long)sum.drop, kb,
		   (unsigned long long)sum.seconds);
	cli_printf(sh->s, "        Outbound: #pkts enc'ed %llu life (KB/Sec) %s/%llu\n",
		   (unsigned long long)sum.out, kb, (unsigned long long)sum.seconds);
}

static void print_flows(struct show *sh, const json_t *session)
{
	const json_t *flows = json_object_get(session, "flow");
	char local[SHOW_BUF], remote[SHOW_BUF], protocol[16];
	json_t *flow;
	size_t i;

	json_array_foreach(flows, i, flow)
	{
		snprintf(protocol, sizeof(protocol), "%llu",
			 (unsigned long long)data_number(flow, "ip-protocol"));
		cli_printf(sh->s, "  IPSEC FLOW: permit %s %s %s \n",
			   data_number(flow, "ip-protocol") ? protocol : "ip",
			   flow_end(flow, "local-prefix", local, sizeof(local)),
			   flow_end(flow, "remote-prefix", remote, sizeof(remote)));
		cli_printf(sh->s, "        Active SAs: %llu, origin: crypto map\n",
			   (unsigned long long)data_number(flow, "active-sas"));
		if (is_detail(sh))
			print_traffic(sh, flow);
	}
}

static void print_head(struct show *sh, const json_t *session)
{
	bool detail = is_detail(sh);
	char span[32];

	cli_printf(sh->s, "Interface: %s\n", data_text(session, "interface", "(none)"));
	if (detail && data_has(session, "profile"))
		cli_printf(sh->s, "Profile: %s\n", data_text(session, "profile", ""));
	if (detail && data_has(session, "uptime"))
		cli_printf(sh->s, "Uptime: %s\n",
			   show_span(data_number(session, "uptime") / 1000, span, sizeof(span)));
	cli_printf(sh->s, "Session status: %-14s\n", data_text(session, "status", "DOWN"));
	cli_printf(sh->s, "Peer: %s port %u %s\n", data_text(session, "peer", "0.0.0.0"),
		   port_of(session, "peer-port"), detail ? "fvrf: (none) ivrf: (none)" : "");
	if (!detail)
		return;
	cli_printf(sh->s, "      Phase1_id: %s\n", data_text(session, "remote-identity", "(none)"));
	cli_printf(sh->s, "      Desc: %s\n", data_text(session, "description", "(none)"));
}

static void print_session(struct show *sh, const json_t *session)
{
	print_head(sh, session);
	print_ikes(sh, session);
	print_flows(sh, session);
	cli_printf(sh->s, "\n");
}

static bool of_local(struct show *sh, const json_t *session)
{
	return show_is(sh, session, "local-address", "local");
}

/* ---- brief ------------------------------------------------------------------------------------------- */

static void brief_heading(struct show *sh)
{
	cli_printf(
		sh->s,
		"Status: A- Active, U - Up, D - Down, I - Idle, S - Standby, N - Negotiating\n"
		"        K - No IKE\n"
		"ivrf = (none)\n"
		"           Peer              I/F      Group/Phase1_id             Uptime Status\n");
}

static const char *brief_status(const json_t *session)
{
	static const struct {
		const char *status, *letters;
	} names[] = {{"UP-ACTIVE", "UA"},
		     {"UP-IDLE", "UI"},
		     {"UP-NO-IKE", "UK"},
		     {"DOWN-NEGOTIATING", "DN"}};
	const char *status = data_text(session, "status", "DOWN");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].status, status) == 0)
			return names[i].letters;
	return "D";
}

static void print_brief(struct show *sh, const json_t *session)
{
	char span[32] = "";

	if (data_has(session, "uptime"))
		show_span(data_number(session, "uptime") / 1000, span, sizeof(span));
	cli_printf(sh->s, "%15s  %15s  %-24s %9s     %s\n", data_text(session, "peer", "0.0.0.0"),
		   data_text(session, "interface", "(none)"),
		   data_text(session, "remote-identity", ""), span, brief_status(session));
}

static enum cli_result show_brief(struct cli_session *s, const struct cli_match *m)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-crypto:crypto-state/session",
		 .print = print_brief,
		 .before = brief_heading,
		 .wanted = of_local,
		 .leaf = "peer",
		 .param = "remote"},
	};

	return show_parts(s, m, parts, 1, NULL);
}

CLI_HANDLER(cli_show_session)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-crypto:crypto-state/session",
		 .print = print_session,
		 .before = heading,
		 .wanted = of_local,
		 .leaf = "peer",
		 .param = "remote"},
	};
	const char *which = cli_match_get(m, "form");
	struct session_show ss = {0};
	struct error err = {0};
	enum cli_result result;
	int rc = 0;

	(void)form;
	if (which && strcmp(which, "brief") == 0)
		return show_brief(s, m);
	ss.ike = json_object();
	ss.pair = json_object();
	if (!cli_wants_json(s))
		rc = cli_state_each(s, "/spindle-crypto:crypto-state/ikev2-sa", keep_ike, ss.ike,
				    &err);
	/* Without detail nobody reads the pairs. */
	if (rc == 0 && which && !cli_wants_json(s))
		rc = cli_state_each(s, "/spindle-crypto:crypto-state/ipsec-sa", keep_pair, ss.pair,
				    &err);
	result = rc < 0 ? cli_fail_error(s, &err) : show_parts(s, m, parts, 1, &ss);
	json_decref(ss.ike);
	json_decref(ss.pair);
	return result;
}
