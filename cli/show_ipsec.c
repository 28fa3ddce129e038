/*
 * show crypto ipsec sa [detail] [peer A|map M|interface I|address|identity]
 *
 * A flow is a rule of a crypto map entry toward a peer; during a rekey it has two pairs of SAs, the
 * older of which the daemon sends first, not always just before. So pairs that have been replaced are
 * held, they are few, and printed in one block with the pair of their flow that carries traffic.
 * Flows without SAs come from the sessions, with zero counters. Lines that a router fills with features
 * or counters that are not here (compression, errors in sending) are left out: a zero would be a lie.
 */
#include "cli/show.h"

#include "base/addr.h"

#define PAIRS_MAX 8
#define HELD_MAX  4096

struct ipsec_show {
	json_t *pair[PAIRS_MAX];
	size_t count;
	json_t *held;	 /* pairs that have been replaced */
	json_t *refused; /* packets for unknown SPIs, by the connection whose peer sent them */
	char interface[64];
	char map[80];
	bool any;
	bool identity; /* flows without their SAs */
};

static bool same_text(const json_t *a, const json_t *b, const char *leaf)
{
	return strcmp(data_text(a, leaf, ""), data_text(b, leaf, "")) == 0;
}

static bool same_flow(const json_t *a, const json_t *b)
{
	return same_text(a, b, "interface") && same_text(a, b, "connection") &&
	       same_text(a, b, "remote-address") &&
	       data_number(a, "child") == data_number(b, "child");
}

static uint64_t total(const struct ipsec_show *is, const char *leaf)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < is->count; i++)
		sum += data_number(is->pair[i], leaf);
	return sum;
}

/* The pair that traffic takes: the one that nothing has replaced. */
static const json_t *current(const struct ipsec_show *is)
{
	for (size_t i = 0; i < is->count; i++)
		if (!data_has(is->pair[i], "replaced-by"))
			return is->pair[i];
	return is->pair[0];
}

/* "VPN 10" → "VPN". */
static void map_name(const json_t *e, char *out, size_t size)
{
	const char *connection = data_text(e, "connection", ""), *blank = strrchr(connection, ' ');

	if (data_has(e, "map"))
		text_copy(out, size, data_text(e, "map", ""));
	else
		snprintf(out, size, "%.*s",
			 (int)(blank ? (size_t)(blank - connection) : strlen(connection)),
			 connection);
}

static void print_place(struct show *sh, const json_t *e)
{
	struct ipsec_show *is = sh->ctx;
	const char *interface = data_text(e, "interface", "(none)");
	char map[80];

	map_name(e, map, sizeof(map));
	if (!is->any || strcmp(is->interface, interface) != 0) {
		cli_printf(sh->s, "\ninterface: %s\n", interface);
		is->map[0] = '\0';
	}
	if (!is->any || strcmp(is->map, map) != 0)
		cli_printf(sh->s, "    Crypto map tag: %s, local addr %s\n", map,
			   data_text(e, "local-address", "0.0.0.0"));
	text_copy(is->interface, sizeof(is->interface), interface);
	text_copy(is->map, sizeof(is->map), map);
	is->any = true;
}

static void print_identities(struct show *sh, const json_t *e, const char *peer, unsigned int port)
{
	char local[SHOW_BUF], remote[SHOW_BUF];
	unsigned long long protocol = data_number(e, "ip-protocol");

	cli_printf(sh->s, "\n   protected vrf: (none)\n");
	cli_printf(sh->s, "   local  ident (addr/mask/prot/port): (%s/%llu/%llu)\n",
		   show_net(e, "local-prefix", local, sizeof(local)), protocol,
		   (unsigned long long)data_number(e, "selector-local-port"));
	cli_printf(sh->s, "   remote ident (addr/mask/prot/port): (%s/%llu/%llu)\n",
		   show_net(e, "remote-prefix", remote, sizeof(remote)), protocol,
		   (unsigned long long)data_number(e, "selector-remote-port"));
	cli_printf(sh->s, "   current_peer %s port %u\n", peer, port);
	cli_printf(sh->s, "     PERMIT, flags={origin_is_acl,}\n");
}

static void print_detail(struct show *sh, const struct ipsec_show *is, const json_t *e)
{
	const json_t *refused = json_object_get(is->refused, data_text(e, "connection", ""));

	cli_printf(sh->s, "    #pkts invalid sa (rcv) %lld\n",
		   (long long)json_integer_value(refused));
	cli_printf(sh->s, "    #pkts verify failed: %llu\n",
		   (unsigned long long)total(is, "integrity-failed"));
	cli_printf(sh->s, "    ##pkts replay failed (rcv): %llu\n",
		   (unsigned long long)total(is, "replay-failed"));
}

/* e: what names the connection, a pair or a session. */
static void print_counters(struct show *sh, const struct ipsec_show *is, const json_t *e)
{
	unsigned long long out = total(is, "packets-out"), in = total(is, "packets-in");

	cli_printf(sh->s, "    #pkts encaps: %llu, #pkts encrypt: %llu, #pkts digest: %llu\n", out,
		   out, out);
	cli_printf(sh->s, "    #pkts decaps: %llu, #pkts decrypt: %llu, #pkts verify: %llu\n", in,
		   in, in);
	if (cli_match_get(sh->m, "detail"))
		print_detail(sh, is, e);
	else
		cli_printf(sh->s, "    #recv errors %llu\n",
			   (unsigned long long)(total(is, "integrity-failed") +
						total(is, "replay-failed")));
}

static bool is_gcm(const json_t *e)
{
	return strstr(data_text(e, "encryption", ""), "GCM") != NULL;
}

/* What a tunnel packet of the path's size holds: RFC 4303 2, padding to the cipher's block. */
static unsigned long long plaintext_mtu(const json_t *e, unsigned long long path)
{
	unsigned long long head = 20 + 8, iv = is_gcm(e) ? 8 : 16, block = is_gcm(e) ? 4 : 16, icv;
	const char *hash = data_text(e, "integrity", "");

	if (strchr(data_text(e, "remote-address", ""), ':'))
		head += 20;
	if (data_true(e, "udp-encapsulated"))
		head += 8;
	icv = is_gcm(e) || strcmp(hash, "SHA256") == 0 ? 16 : strcmp(hash, "SHA384") == 0 ? 24 : 32;
	if (path < head + iv + icv + block)
		return 0;
	return (path - head - iv - icv) / block * block - 2;
}

static void print_endpoints(struct show *sh, const json_t *e, uint32_t spi)
{
	unsigned long long mtu = data_number(e, "path-mtu"), group = data_number(e, "group");

	cli_printf(
		sh->s, "\n     local crypto endpt.: %s, remote crypto endpt.: %s\n",
		data_text(e, "local-address", "0.0.0.0"),
		data_text(e, data_has(e, "remote-address") ? "remote-address" : "peer", "0.0.0.0"));
	if (mtu)
		cli_printf(sh->s,
			   "     plaintext mtu %llu, path mtu %llu, ip mtu %llu, ip mtu idb %s\n",
			   plaintext_mtu(e, mtu), mtu, mtu, data_text(e, "interface", "(none)"));
	cli_printf(sh->s, "     current outbound spi: 0x%X(%u)\n", spi, spi);
	if (group)
		cli_printf(sh->s, "     PFS (Y/N): Y, DH group: group%llu\n", group);
	else
		cli_printf(sh->s, "     PFS (Y/N): N, DH group: none\n");
}

/* "esp-256-aes esp-sha256-hmac ", as shows write it. */
static void transform_text(const json_t *e, char *out, size_t size)
{
	unsigned int bits = (unsigned int)data_number(e, "key-size");
	const char *hash = data_text(e, "integrity", NULL);
	char lower[16] = "";

	for (size_t i = 0; hash && hash[i] && i + 1 < sizeof(lower); i++)
		lower[i] = (char)(hash[i] | ((hash[i] >= 'A' && hash[i] <= 'Z') ? 0x20 : 0));
	if (is_gcm(e))
		snprintf(out, size, bits == 128 ? "esp-gcm " : "esp-gcm %u ", bits);
	else if (bits == 128)
		snprintf(out, size, "esp-aes esp-%s-hmac ", lower);
	else
		snprintf(out, size, "esp-%u-aes esp-%s-hmac ", bits, lower);
}

static const char *status_text(const json_t *e, bool inbound)
{
	if (!data_true(e, inbound ? "inbound-installed" : "outbound-installed"))
		return "LOST(NOT IN KERNEL)";
	return data_has(e, "replaced-by") ? "ACTIVE(REKEYED)" : "ACTIVE(ACTIVE)";
}

/* Bits of ours: 80000000 a pair, 40 tunnel mode, 1 adopted from an earlier life of the daemon. */
static unsigned int sibling_flags(const json_t *e)
{
	bool tunnel = strcmp(data_text(e, "mode", "tunnel"), "tunnel") == 0;

	return 0x80000000u | (tunnel ? 0x40u : 0) | (data_true(e, "adopted") ? 1u : 0);
}

static void print_lifetime(struct show *sh, const json_t *e)
{
	char kb[32] = "KB Vol Rekey Disabled";

	if (data_number(e, "lifetime-kilobytes"))
		snprintf(kb, sizeof(kb), "%llu",
			 (unsigned long long)data_number(e, "remaining-kilobytes"));
	cli_printf(sh->s, "        sa timing: remaining key lifetime (k/sec): (%s/%llu)\n", kb,
		   (unsigned long long)data_number(e, "remaining"));
}

static void print_half(struct show *sh, const json_t *e, bool inbound)
{
	uint32_t spi = (uint32_t)data_number(e, inbound ? "spi-in" : "spi-out");
	unsigned long long id = data_number(e, "id"), window = data_number(e, "replay-window");
	char transform[64], map[80];

	transform_text(e, transform, sizeof(transform));
	map_name(e, map, sizeof(map));
	cli_printf(sh->s, "      spi: 0x%X(%u)\n        transform: %s,\n", spi, spi, transform);
	cli_printf(sh->s, "        in use settings ={%s%s, }\n",
		   strcmp(data_text(e, "mode", "tunnel"), "tunnel") == 0 ? "Tunnel" : "Transport",
		   data_true(e, "udp-encapsulated") ? " UDP-Encaps" : "");
	cli_printf(sh->s,
		   "        conn id: %llu, flow_id: SW:%llu, sibling_flags %X, crypto map: %s\n",
		   id, id, sibling_flags(e), map);
	print_lifetime(sh, e);
	cli_printf(sh->s, "        IV size: %u bytes\n", is_gcm(e) ? 8 : 16);
	if (window)
		cli_printf(sh->s, "        replay detection support: Y  replay window size: %llu\n",
			   window);
	else
		cli_printf(sh->s, "        replay detection support: N\n");
	cli_printf(sh->s, "        Status: %s\n", status_text(e, inbound));
}

static void print_direction(struct show *sh, const struct ipsec_show *is, bool inbound)
{
	const char *way = inbound ? "inbound" : "outbound";

	cli_printf(sh->s, "\n     %s esp sas:\n", way);
	for (size_t i = 0; i < is->count; i++)
		print_half(sh, is->pair[i], inbound);
	cli_printf(sh->s, "\n     %s ah sas:\n\n     %s pcp sas:\n", way, way);
}

/* Its SAs, of which there may be none: then the endpoints are the session's. */
static void print_sas(struct show *sh, const struct ipsec_show *is, const json_t *e)
{
	if (is->identity)
		return;
	print_endpoints(sh, e, is->count ? (uint32_t)data_number(e, "spi-out") : 0);
	print_direction(sh, is, true);
	print_direction(sh, is, false);
}

/* Prints the flow that was gathered, and lets go of it. */
static void print_flow(struct show *sh)
{
	struct ipsec_show *is = sh->ctx;
	const json_t *e;

	if (is->count == 0)
		return;
	e = current(is);
	print_place(sh, e);
	print_identities(sh, e, data_text(e, "remote-address", "0.0.0.0"),
			 data_has(e, "remote-port") ? (unsigned int)data_number(e, "remote-port")
						    : 500);
	print_counters(sh, is, e);
	print_sas(sh, is, e);
	for (size_t i = 0; i < is->count; i++)
		json_decref(is->pair[i]);
	is->count = 0;
}

static void take_pair(struct ipsec_show *is, const json_t *e)
{
	if (is->count < PAIRS_MAX)
		is->pair[is->count++] = json_incref((json_t *)(uintptr_t)e);
}

/* One flow: the pair, and those held of the same flow. */
static void print_with_held(struct show *sh, const json_t *e)
{
	struct ipsec_show *is = sh->ctx;

	for (size_t i = 0; i < json_array_size(is->held);) {
		const json_t *old = json_array_get(is->held, i);

		if (is->count + 1 < PAIRS_MAX && same_flow(old, e)) {
			take_pair(is, old);
			json_array_remove(is->held, i);
		} else {
			i++;
		}
	}
	take_pair(is, e);
	print_flow(sh);
}

static void gather_pair(struct show *sh, const json_t *e)
{
	struct ipsec_show *is = sh->ctx;

	if (data_has(e, "replaced-by") && json_array_size(is->held) < HELD_MAX &&
	    json_array_append(is->held, (json_t *)(uintptr_t)e) == 0)
		return;
	print_with_held(sh, e);
}

/* What is left has no successor any more. */
static void print_held(struct show *sh)
{
	struct ipsec_show *is = sh->ctx;

	while (json_array_size(is->held) > 0) {
		json_t *e = json_incref(json_array_get(is->held, 0));

		json_array_remove(is->held, 0);
		print_with_held(sh, e);
		json_decref(e);
	}
}

/* A flow of a session that no SA carries. */
static void print_empty(struct show *sh, const json_t *session, const json_t *flow)
{
	struct ipsec_show *is = sh->ctx;

	print_place(sh, session);
	print_identities(sh, flow, data_text(session, "peer", "0.0.0.0"),
			 data_has(session, "peer-port")
				 ? (unsigned int)data_number(session, "peer-port")
				 : 500);
	print_counters(sh, is, session);
	print_sas(sh, is, session);
}

static void print_session(struct show *sh, const json_t *session)
{
	const json_t *flows = json_object_get(session, "flow");
	json_t *flow;
	size_t i;

	json_array_foreach(flows, i, flow)
	{
		if (data_number(flow, "active-sas") == 0)
			print_empty(sh, session, flow);
	}
}

/* Refused packets cannot be told apart by flow, only by the peer that sent them. */
static bool keep_refused(void *arg, const json_t *flow)
{
	const char *connection = data_text(flow, "connection", "");
	json_int_t before = json_integer_value(json_object_get(arg, connection));

	json_object_set_new(arg, connection,
			    json_integer(before + (json_int_t)data_number(flow, "packets")));
	return true;
}

/* Of a session the map is in its connection's name. */
static bool is_wanted(struct show *sh, const json_t *e)
{
	const char *wanted = cli_match_get(sh->m, "map");
	char map[80];

	map_name(e, map, sizeof(map));
	return show_is(sh, e, "interface", "interface") && (!wanted || strcmp(wanted, map) == 0);
}

/* ---- by address: each half where it leads to -------------------------------------------------------- */

static void print_to(struct show *sh, const json_t *e, bool inbound)
{
	cli_printf(sh->s, "\nfvrf/address: (none)/%s\n   protocol: %s\n",
		   data_text(e, inbound ? "local-address" : "remote-address", "0.0.0.0"),
		   data_number(e, "protocol") == 51 ? "AH" : "ESP");
	print_half(sh, e, inbound);
}

static void print_halves(struct show *sh, const json_t *e)
{
	print_to(sh, e, true);
	print_to(sh, e, false);
}

static enum cli_result show_by_address(struct cli_session *s, const struct cli_match *m)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-crypto:crypto-state/ipsec-sa", .print = print_halves},
	};

	return show_parts(s, m, parts, 1, NULL);
}

CLI_HANDLER(cli_show_ipsec_sa)
{
	static const struct show_part parts[] = {
		{.path = "/spindle-crypto:crypto-state/ipsec-sa",
		 .print = gather_pair,
		 .after = print_held,
		 .wanted = is_wanted,
		 .leaf = "remote-address",
		 .param = "peer"},
		{.path = "/spindle-crypto:crypto-state/session",
		 .print = print_session,
		 .wanted = is_wanted,
		 .leaf = "peer",
		 .param = "peer",
		 .layout_only = true},
	};
	const char *by = cli_match_get(m, "by");
	struct ipsec_show is = {.identity = by && strcmp(by, "identity") == 0};
	struct error err = {0};
	enum cli_result result;
	int rc = 0;

	(void)form;
	if (by && !is.identity)
		return show_by_address(s, m);
	is.held = json_array();
	is.refused = json_object();
	if (!cli_wants_json(s) && cli_match_get(m, "detail"))
		rc = cli_state_each(s, "/spindle-crypto:crypto-state/invalid-spi/flow",
				    keep_refused, is.refused, &err);
	result = rc < 0 ? cli_fail_error(s, &err) : show_parts(s, m, parts, 2, &is);
	json_decref(is.held);
	json_decref(is.refused);
	return result;
}
