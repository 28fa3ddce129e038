/* show crypto ikev2 sa [detailed] [local A|remote A] */
#include "cli/show_crypto.h"

#define SA_PATH "/spindle-crypto:crypto-state/ikev2-sa"

/* Ports are told where UDP encapsulation moved them; 500 else. */
static unsigned int port_of(const json_t *sa, const char *leaf)
{
	return data_has(sa, leaf) ? (unsigned int)data_number(sa, leaf) : 500;
}

bool show_is_v6(const json_t *entry)
{
	return strchr(data_text(entry, "local-address", ""), ':') != NULL;
}

static const char *status_of(const json_t *sa)
{
	return strcmp(data_text(sa, "status", ""), "ready") == 0 ? "READY" : "IN-NEG";
}

static const char *description_of(const json_t *sa)
{
	return strcmp(data_text(sa, "status", ""), "ready") == 0 ? "Negotiation done"
								 : "Negotiation in progress";
}

static void print_ends(struct show *sh, const json_t *sa)
{
	char local[SHOW_BUF], remote[SHOW_BUF];

	snprintf(local, sizeof(local), "%s/%u", data_text(sa, "local-address", "0.0.0.0"),
		 port_of(sa, "local-port"));
	snprintf(remote, sizeof(remote), "%s/%u", data_text(sa, "remote-address", "0.0.0.0"),
		 port_of(sa, "remote-port"));
	if (show_is_v6(sa)) {
		cli_printf(sh->s, "Tunnel-id    fvrf/ivrf              Status    \n");
		cli_printf(sh->s, "%-13llu%-23s%-10s\n", (unsigned long long)data_number(sa, "id"),
			   "none/none", status_of(sa));
		cli_printf(sh->s, "Local  %s\nRemote  %s\n", local, remote);
		return;
	}
	cli_printf(
		sh->s,
		"Tunnel-id Local                 Remote                fvrf/ivrf            Status \n");
	cli_printf(sh->s, "%-10llu%-22s%-22s%-21s%-7s\n", (unsigned long long)data_number(sa, "id"),
		   local, remote, "none/none", status_of(sa));
}

static void print_algorithms(struct show *sh, const json_t *sa)
{
	cli_printf(sh->s,
		   "      Encr: %s, keysize: %llu, PRF: %s, Hash: %s, DH Grp:%llu, "
		   "Auth sign: %s, Auth verify: %s\n",
		   data_text(sa, "encryption", "Unknown - 0"),
		   (unsigned long long)data_number(sa, "key-size"),
		   data_text(sa, "prf", "Unknown - 0"), data_text(sa, "integrity", "None"),
		   (unsigned long long)data_number(sa, "group"),
		   data_text(sa, "authentication-local", "Unknown - 0"),
		   data_text(sa, "authentication-remote", "Unknown - 0"));
	cli_printf(sh->s, "      Life/Active Time: %llu/%llu sec\n",
		   (unsigned long long)data_number(sa, "lifetime"),
		   (unsigned long long)data_number(sa, "age") / 1000);
}

static const char *nat_text(const json_t *sa)
{
	bool local = data_true(sa, "nat-local"), remote = data_true(sa, "nat-remote");

	if (local && remote)
		return "NAT-T is detected inside and outside";
	if (local)
		return "NAT-T is detected inside";
	return remote ? "NAT-T is detected outside" : "NAT-T is not detected";
}

/* Only what has a source here: lines that a router fills with features of its own are left out. */
static void print_detail(struct show *sh, const json_t *sa)
{
	bool initiator = data_true(sa, "initiator");
	const char *none = "0000000000000000";

	cli_printf(sh->s, "      Status Description: %s\n", description_of(sa));
	cli_printf(sh->s, "      Local spi: %s       Remote spi: %s\n",
		   data_text(sa, initiator ? "initiator-spi" : "responder-spi", none),
		   data_text(sa, initiator ? "responder-spi" : "initiator-spi", none));
	cli_printf(sh->s, "      Local id: %s\n      Remote id: %s\n",
		   data_text(sa, "local-identity", "(none)"),
		   data_text(sa, "remote-identity", "(none)"));
	if (data_has(sa, "dpd-interval"))
		cli_printf(sh->s, "      DPD configured for %llu seconds, retry %llu\n",
			   (unsigned long long)data_number(sa, "dpd-interval"),
			   (unsigned long long)data_number(sa, "dpd-retry"));
	else
		cli_printf(sh->s, "      DPD configured for 0 seconds, retry 0\n");
	cli_printf(sh->s, "      %s\n", nat_text(sa));
	cli_printf(sh->s, "      Initiator of SA : %s\n", initiator ? "Yes" : "No");
	cli_printf(sh->s, "      Child SAs: %llu, made for: %s, crypto map: %s\n",
		   (unsigned long long)data_number(sa, "children"),
		   data_text(sa, "reason", "(none)"), data_text(sa, "connection", "(none)"));
}

void show_ikev2_rows(struct show *sh, const json_t *sa, bool detail)
{
	print_ends(sh, sa);
	print_algorithms(sh, sa);
	if (detail)
		print_detail(sh, sa);
	cli_printf(sh->s, "\n");
}

static bool of_local(struct show *sh, const json_t *sa)
{
	return show_is(sh, sa, "local-address", "local");
}

static void print_v4(struct show *sh, const json_t *sa)
{
	if (!show_is_v6(sa))
		show_ikev2_rows(sh, sa, cli_match_get(sh->m, "detail"));
}

static void print_v6(struct show *sh, const json_t *sa)
{
	if (show_is_v6(sa))
		show_ikev2_rows(sh, sa, cli_match_get(sh->m, "detail"));
}

static void heading_v4(struct show *sh)
{
	cli_printf(sh->s, " IPv4 Crypto IKEv2  SA \n\n");
}

static void heading_v6(struct show *sh)
{
	cli_printf(sh->s, " IPv6 Crypto IKEv2  SA \n\n");
}

CLI_HANDLER(cli_show_ikev2_sa)
{
	static const struct show_part parts[] = {
		{.path = SA_PATH,
		 .print = print_v4,
		 .before = heading_v4,
		 .wanted = of_local,
		 .leaf = "remote-address",
		 .param = "remote"},
		{.path = SA_PATH,
		 .print = print_v6,
		 .before = heading_v6,
		 .wanted = of_local,
		 .leaf = "remote-address",
		 .param = "remote",
		 .layout_only = true},
	};

	(void)form;
	return show_parts(s, m, parts, 2, NULL);
}
