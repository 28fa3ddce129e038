/* Shows of IPsec and IKEv2, of access lists, and what clears their state. */
#include "cli/rows.h"

#define SA_WHICH "{peer <peer:ip>|map <map>|interface <interface:interface>|<by:address|identity>}"
#define SA_HELP                                                                                    \
	"detail Detailed counters\npeer Show IPsec SAs of one peer\n<peer:ip> Peer address\n"      \
	"map Show IPsec SAs of one crypto map\n<map> Crypto map tag\n"                             \
	"interface Show IPsec SAs of one interface\n<interface:interface> Interface name\n"        \
	"address IPsec SA table in (dest) address order\nidentity IPsec SADB identity tree"
#define SESSION_ENDS "[{remote <remote:ip>|local <local:ip>}]"
#define ENDS_HELP                                                                                  \
	"remote Remote address\n<remote:ip> Address\nlocal Local address\n<local:ip> Address"

static const struct cli_row rows[] = {
	SHOW(CLI_SEES, "crypto ikev2 sa [<detail:detailed>] " SESSION_ENDS, cli_show_ikev2_sa,
	     "show Show running system information\ncrypto Encryption module\nikev2 Shows ikev2 info\n"
	     "sa Shows ikev2 SAs\ndetail Detailed information\n" ENDS_HELP),
	SHOW(CLI_SEES, "crypto ikev2 session [<detail:detailed>]", cli_show_ikev2_session,
	     "session Shows ikev2 sessions\ndetail Detailed information"),
	SHOW(CLI_SEES, "crypto ikev2 proposal [<name>]", cli_show_ikev2_proposal,
	     "proposal Show IKEv2 proposals\nname Name of the proposal"),
	SHOW(CLI_SEES, "crypto ikev2 policy [<name>]", cli_show_ikev2_policy,
	     "policy Show IKEv2 policies\nname Name of the policy"),
	SHOW(CLI_SEES, "crypto ikev2 profile [<name>]", cli_show_ikev2_profile,
	     "profile Shows ikev2 profiles\nname Profile name"),
	SHOW(CLI_SEES, "crypto ikev2 stats", cli_show_ikev2_stats, "stats Shows ikev2 statistics"),
	SHOW(CLI_SEES, "crypto ipsec sa [<detail:detail>] [" SA_WHICH "]", cli_show_ipsec_sa,
	     "ipsec Show IPsec policy\nsa IPsec SA table\n" SA_HELP),
	SHOW(CLI_SEES, "crypto ipsec sa " SA_WHICH " <detail:detail>", cli_show_ipsec_sa, SA_HELP),
	SHOW(CLI_SEES, "crypto ipsec transform-set [<name>]", cli_show_transform_set,
	     "transform-set Crypto transform sets\nname Transform set tag"),
	SHOW(CLI_SEES, "crypto ipsec security-association lifetime", cli_show_sa_lifetime,
	     "security-association Show parameters for IPsec security associations\n"
	     "lifetime Show lifetime of IPsec security associations"),
	SHOW(CLI_SEES, "crypto ipsec security-association-lifetime", cli_show_sa_lifetime,
	     "security-association-lifetime Show lifetime of IPsec security associations"),
	SHOW(CLI_SEES, "crypto session [<form:detail|brief>] " SESSION_ENDS, cli_show_session,
	     "session Show crypto sessions (tunnels)\ndetail Detailed information\n"
	     "brief One line a session\n" ENDS_HELP),
	SHOW(CLI_SEES, "crypto invalid-spi [<detail:detail>]", cli_show_invalid_spi,
	     "invalid-spi Packets that no IPsec SA could decrypt\ndetail Each flow in full"),
	SHOW(CLI_SEES, "crypto isakmp invalid-spi-recovery", cli_show_recovery,
	     "isakmp Show ISAKMP\ninvalid-spi-recovery Recovery from invalid SPIs, peer by peer"),
	SHOW(CLI_SEES, "crypto map [{interface <interface:interface>|tag <tag>}]",
	     cli_show_crypto_map,
	     "map Crypto maps\ninterface Crypto maps of one interface\n"
	     "<interface:interface> Interface name\ntag Crypto map with a given tag\n<tag> Crypto map tag"),
	SHOW(CLI_SEES, "access-lists [<name>]", cli_show_access_lists,
	     "access-lists List access lists\nname Access-list name or number"),
	SHOW(CLI_SEES, "ip access-lists [<name>]", cli_show_access_lists,
	     "ip IP information\naccess-lists List IP access lists\nname Access-list name or number"),

	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto session " SESSION_ENDS,
	     cli_do_clear_session,
	     "clear Reset functions\ncrypto Encryption subsystem\nsession Clear crypto sessions\n"
	     "remote Clear sessions of a remote peer\n<remote:ip> Remote peer\n"
	     "local Clear sessions of a local address\n<local:ip> Local address"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto ikev2 sa " SESSION_ENDS,
	     cli_do_clear_session,
	     "ikev2 Clear IKEv2 information\nsa Clear IKEv2 SAs\n"
	     "remote Clear SAs of a remote peer\n<remote:ip> Remote peer\n"
	     "local Clear SAs of a local address\n<local:ip> Local address"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto ikev2 stats", cli_do_clear_ikev2_stats,
	     "stats Clear IKEv2 statistics"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto sa [{peer <peer:ip>|map <map>}]",
	     cli_do_clear_sa,
	     "sa Clear all crypto SAs\npeer Clear all SAs for a given crypto peer\n"
	     "<peer:ip> Peer address\nmap Clear all SAs for a given crypto map\n<map> Crypto map tag"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto sa spi <spi:digits>", cli_do_clear_sa,
	     "spi Clear SA by SPI\n<spi:digits> SPI"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES,
	     "clear crypto sa entry <address:ip> <protocol:esp=50|ah=51> <spi:digits>",
	     cli_do_clear_sa,
	     "entry Clear a specific SA entry\n<address:ip> Destination address of SA\n"
	     "esp Encapsulation security payload\nah Authentication header\n<spi:digits> SPI"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto sa counters", cli_do_clear_sa_counters,
	     "counters Reset the SA counters"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto invalid-spi", cli_do_clear_invalid_spi,
	     "invalid-spi Forget flows with an invalid SPI"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear access-list counters [<name>]",
	     cli_do_clear_acl_counters,
	     "access-list Clear access list statistical information\n"
	     "counters Clear access list counters\nname Access-list name or number"),
};
CLI_PART(crypto_show);
