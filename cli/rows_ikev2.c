/* IKEv2: proposals, policies, keyrings, profiles. */
#include "cli/rows.h"

#define IKEV2 CLI_CRYPTO_IKEV2
#define CIPHER_HELP                                                                                             \
	"encryption Set encryption algorithm(s) for proposal\naes-cbc-128 AES-CBC-128\n"                        \
	"aes-cbc-192 AES-CBC-192\naes-cbc-256 AES-CBC-256\naes-gcm-128 Combined-mode,128 bit key,16 byte ICV\n" \
	"aes-gcm-256 Combined-mode,256 bit key,16 byte ICV"
#define HASH_HELP                                                                                  \
	"sha256 Secure Hash Standard 2 (256 bit)\nsha384 Secure Hash Standard 2 (384 bit)\nsha512 Secure Hash Standard 2 (512 bit)"
#define DPD "interval=<interval>! retry=<retry>! mode=<mode>!"
#define DPD_HELP                                                                                   \
	"dpd Enable IKE liveness check for peers\ninterval DPD interval in seconds\n"              \
	"retry DPD retry interval in seconds\nmode When to send\non-demand Send on demand\n"       \
	"periodic Send periodically"
#define ADDRESS_MASK "{<address:ipv4> [<mask:mask>]|<address:prefix>|<address:ipv6>}"

static const struct cli_row rows[] = {
	ENTER(CLI_MODE_CONFIG, "crypto ikev2 proposal <name>", IKEV2 "/proposal[name=$<name>]",
	      CLI_MODE_IKEV2_PROPOSAL, cli_do_edit,
	      "crypto Encryption module\nikev2 Configure IKEv2 Options\n"
	      "proposal Define IKEv2 proposals\nname Name of the proposal"),
	CONFIG(CLI_MODE_IKEV2_PROPOSAL,
	       "encryption ~ <encryption:aes-cbc-128|aes-cbc-192|aes-cbc-256|aes-gcm-128|aes-gcm-256>+",
	       ". encryption*<encryption>", CIPHER_HELP),
	CONFIG(CLI_MODE_IKEV2_PROPOSAL, "integrity ~ <integrity:sha256|sha384|sha512>+",
	       ". integrity*<integrity>",
	       "integrity Set integrity hash algorithm(s) for proposal\n" HASH_HELP),
	CONFIG(CLI_MODE_IKEV2_PROPOSAL, "prf ~ <prf:sha256|sha384|sha512>+", ". prf*<prf>",
	       "prf Set prf algorithm(s) for proposal\n" HASH_HELP),
	CONFIG(CLI_MODE_IKEV2_PROPOSAL, "group ~ <group:14|19|31>+", ". group*$<group>",
	       "group Set the Diffie-Hellman group(s)\n14 DH group 14 (2048 bit)\n"
	       "19 DH group 19 (256 bit ECP)\n31 DH group 31 (Curve25519)"),

	ENTER(CLI_MODE_CONFIG, "crypto ikev2 policy <name>", IKEV2 "/policy[name=$<name>]",
	      CLI_MODE_IKEV2_POLICY, cli_do_edit,
	      "policy Define IKEv2 policies\nname Name of the policy"),
	CONFIG(CLI_MODE_IKEV2_POLICY, "match address local ~ <address:ip>",
	       ". match-address-local=<address>",
	       "match Match values of local fields\naddress IP address\nlocal Local address\n"
	       "<address:ip> IP address"),
	CONFIG(CLI_MODE_IKEV2_POLICY, "proposal ~ <name>", ". proposal+$<name>",
	       "proposal Specify Proposal\nname Name of the proposal"),

	ENTER(CLI_MODE_CONFIG, "crypto ikev2 keyring <name>", IKEV2 "/keyring[name=$<name>]",
	      CLI_MODE_IKEV2_KEYRING, cli_do_edit,
	      "keyring Define IKEv2 Keyring\nname Name of IKEv2 Keyring"),
	ENTER(CLI_MODE_IKEV2_KEYRING, "peer <name>", "peer[name=$<name>]", CLI_MODE_IKEV2_PEER,
	      cli_do_edit,
	      "peer Configure a Peer and associated keys\nname Name of the peer block"),
	CONFIG(CLI_MODE_IKEV2_PEER, "description ~ <text:line>", ". description=$<text>",
	       "description Specify a description of this peer\ntext Text describing this peer"),
	CONFIG(CLI_MODE_IKEV2_PEER, "address ~ " ADDRESS_MASK, ". address=@<address>",
	       "address Specify IPv4/IPv6 address or prefix of peer\nmask Address mask"),
	CONFIG(CLI_MODE_IKEV2_PEER, "identity address ~ <value:ip>", ". identity-address=$<value>",
	       "identity Specify IKE identity to use\naddress IPv4 or IPv6 address\nvalue Address"),
	CONFIG(CLI_MODE_IKEV2_PEER, "identity fqdn ~ <value:string>", ". identity-fqdn=$<value>",
	       "fqdn Fully qualified domain name\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PEER, "identity email ~ <value:string>", ". identity-email=$<value>",
	       "email Fully qualified email string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PEER, "identity key-id ~ <value:string>",
	       ". identity-key-id=$<value>",
	       "key-id Proprietary identity types\nvalue Key identity"),
	CONFIG(CLI_MODE_IKEV2_PEER, "pre-shared-key ~ [<type:0|6>] <key:secret>",
	       ". pre-shared-key=%<key> -pre-shared-key-local -pre-shared-key-remote",
	       "pre-shared-key Specify the pre-shared key\n0 Specifies an UNENCRYPTED password will follow\n"
	       "6 Specifies an ENCRYPTED password will follow\nkey The pre-shared key"),
	CONFIG(CLI_MODE_IKEV2_PEER, "pre-shared-key local ~ [<type:0|6>] <key:secret>",
	       ". pre-shared-key-local=%<key> -pre-shared-key",
	       "local Specify signing key\n0 Specifies an UNENCRYPTED password will follow\n"
	       "6 Specifies an ENCRYPTED password will follow\nkey The pre-shared key"),
	CONFIG(CLI_MODE_IKEV2_PEER, "pre-shared-key remote ~ [<type:0|6>] <key:secret>",
	       ". pre-shared-key-remote=%<key> -pre-shared-key",
	       "remote Specify verifying key\n0 Specifies an UNENCRYPTED password will follow\n"
	       "6 Specifies an ENCRYPTED password will follow\nkey The pre-shared key"),

	ENTER(CLI_MODE_CONFIG, "crypto ikev2 profile <name>", IKEV2 "/profile[name=$<name>]",
	      CLI_MODE_IKEV2_PROFILE, cli_do_edit,
	      "profile Define IKEv2 Profiles\nname Profile name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match address local ~ <address:ip>",
	       ". match-address-local=$<address>",
	       "match Match values of peer\naddress IP address\nlocal Local address\n<address:ip> IP address"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote address " ADDRESS_MASK,
	       ". match-identity-remote-address+@<address>",
	       "identity IKE identity\nremote Remote identity\naddress IP address(es)\nmask Address mask"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote fqdn <value:string>",
	       ". match-identity-remote-fqdn+$<value>",
	       "fqdn Fully qualified domain name string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote email <value:string>",
	       ". match-identity-remote-email+$<value>",
	       "email Fully qualified email string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote key-id <value:string>",
	       ". match-identity-remote-key-id+$<value>",
	       "key-id key-id opaque string\nvalue Key identity"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote any",
	       ". match-identity-remote-any=null", "any Match any peer identity"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "identity local address ~ <value:ip>",
	       ". identity-local-address=$<value> -identity-local-fqdn -identity-local-email -identity-local-key-id",
	       "identity Specify IKE identity to use\nlocal Local identity\naddress IP address\nvalue Address"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "identity local fqdn ~ <value:string>",
	       ". identity-local-fqdn=$<value> -identity-local-address -identity-local-email -identity-local-key-id",
	       "fqdn Fully qualified domain name string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "identity local email ~ <value:string>",
	       ". identity-local-email=$<value> -identity-local-address -identity-local-fqdn -identity-local-key-id",
	       "email Fully qualified email string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "identity local key-id ~ <value:string>",
	       ". identity-local-key-id=$<value> -identity-local-address -identity-local-fqdn -identity-local-email",
	       "key-id key-id opaque string\nvalue Key identity"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "authentication remote ~ pre-share",
	       ". authentication-remote=pre-share",
	       "authentication Set authentication method\nremote Set remote authentication method\n"
	       "pre-share Pre-Shared Key"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "authentication local ~ pre-share",
	       ". authentication-local=pre-share",
	       "local Set local authentication method\npre-share Pre-Shared Key"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "keyring local ~ <name>", ". keyring=$<name>",
	       "keyring Specify keyring to use\nlocal Local keyring\nname Keyring name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "lifetime ~ <seconds:120-86400>", ". lifetime=<seconds>",
	       "lifetime Set lifetime for ISAKMP security association\nseconds Lifetime in seconds"),
	CONFIG(CLI_MODE_IKEV2_PROFILE,
	       "dpd ~ <interval:10-3600> <retry:2-60> <mode:on-demand|periodic>", "./dpd " DPD,
	       DPD_HELP),

	CONFIG(CLI_MODE_CONFIG,
	       "crypto ikev2 dpd ~ <interval:10-3600> <retry:2-60> <mode:on-demand|periodic>",
	       IKEV2 "/dpd " DPD, DPD_HELP),
};
CLI_PART(ikev2);
