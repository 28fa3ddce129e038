/* Shows. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	SHOW(CLI_SEES, "crypto ikev2 sa [<detail:detailed>] [remote <remote:ip>]",
	     cli_show_ikev2_sa,
	     "show Show running system information\ncrypto Encryption module\nikev2 Shows ikev2 info\n"
	     "sa Shows ikev2 SAs\ndetail Detailed information\nremote Remote address\n"
	     "<remote:ip> Address"),
	SHOW(CLI_SEES, "crypto ipsec sa [<detail:detail>] [peer <peer:ip>]", cli_show_ipsec_sa,
	     "ipsec Show IPsec policy\nsa IPsec SA table\ndetail Detailed counters\n"
	     "peer Show IPsec SAs of one peer\n<peer:ip> Peer address"),
	SHOW(CLI_SEES, "crypto session [<detail:detail>] [remote <remote:ip>]", cli_show_session,
	     "session Show crypto sessions (tunnels)\ndetail Detailed information\n"
	     "remote Sessions of one remote peer\n<remote:ip> Address"),
	SHOW(CLI_SEES, "crypto invalid-spi [<detail:detail>]", cli_show_invalid_spi,
	     "invalid-spi Packets that no IPsec SA could decrypt\ndetail Each flow in full"),
	SHOW(CLI_SEES, "crypto isakmp invalid-spi-recovery", cli_show_recovery,
	     "isakmp Show ISAKMP\ninvalid-spi-recovery Recovery from invalid SPIs, peer by peer"),
	SHOW(CLI_SEES, "crypto map", cli_show_crypto_map, "map Crypto maps"),
	SHOW(CLI_SEES, "logging", cli_show_logging, "logging Show the contents of logging buffers"),
	SHOW(CLI_SEES, "logging explain <mnemonic>", cli_show_explain,
	     "explain What a message means and what to do\n<mnemonic> Mnemonic of the message"),
	SHOW(CLI_SEES, "processes", cli_show_processes,
	     "processes Processes and event handlers of the daemon"),
	SHOW(CLI_SEES, "version", cli_show_version, "version System software status"),
	SHOW(CLI_SEES, "debugging", cli_show_debugging, "debugging State of each debugging option"),
	SHOW(CLI_SEES, "history", cli_show_history, "history Display the session command history"),
	SHOW(CLI_SEES, "terminal", cli_show_terminal,
	     "terminal Display terminal configuration parameters"),
	SHOW(0, "privilege", cli_show_privilege, "privilege Show current privilege level"),
	SHOW(CLI_SEES, "users", cli_show_users, "users Display information about terminal lines"),
	SHOW(CLI_SEES, "login", cli_show_login,
	     "login Display Secure Login Configurations and State"),
	SHOW(CLI_CHANGES, "aaa local user lockout", cli_show_lockout,
	     "aaa Show AAA values\nlocal Show AAA local method options\nuser Show local user\n"
	     "lockout Show locked out users"),
	SHOW(CLI_CHANGES, "archive log config all", cli_show_command_log,
	     "archive Archive functions\nlog Archive log\nconfig Config archive\n"
	     "all All logged commands"),
	SHOW(CLI_CHANGES, "running-config [{interface <name:interface>|view <format:json>}]",
	     cli_show_running,
	     "running-config Current operating configuration\n"
	     "interface Show interface configuration\nname Name of the interface\n"
	     "view View options\njson The data as they are, for programs"),
};
CLI_PART(show);
