/* Interfaces. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	ENTER(CLI_MODE_CONFIG, "interface <name:interface>",
	      "/spindle-interface:interfaces/interface[name=$<name>]", CLI_MODE_INTERFACE,
	      cli_do_edit,
	      "interface Select an interface to configure\nname Name of the interface"),
	CONFIG(CLI_MODE_INTERFACE, "description ~ <text:line>", ". description=$<text>",
	       "description Interface specific description\ntext Up to 240 characters"),
	CONFIG(CLI_MODE_INTERFACE, "crypto map ~ <name>", ". crypto-map=$<name>",
	       "crypto Encryption/Decryption commands\nmap Assign a Crypto Map\nname Crypto Map tag"),
};
CLI_PART(interface);
