/*
 * The command table. Configuration rows stand in the order in which `show running-config` prints
 * them; a word's help is told where the word occurs first.
 */
#include "cli/handlers.h"

#define IPSEC	"/spindle-crypto:crypto/ipsec"
#define ISAKMP	"/spindle-crypto:crypto/isakmp"
#define IKEV2	"/spindle-crypto:crypto/ikev2"
#define SA_PATH IPSEC "/security-association"
#define AAA	"/spindle-aaa:aaa"

#define PROTOCOLS                                                                                  \
	"ip=0|icmp=1|igmp=2|ipinip=4|tcp=6|udp=17|gre=47|esp=50|ahp=51|eigrp=88|ospf=89|sctp=132"
#define PORTS                                                                                      \
	"bgp=179|domain=53|ftp=21|isakmp=500|non500-isakmp=4500|ntp=123|smtp=25|snmp=161|ssh=22|syslog=514|telnet=23|tftp=69|www=80"
/* One end of a rule; x is s or d. What names an address stands before `any`, which names none. */
#define END(x)                                                                                     \
	"{host <" x "host:ipv4>|<" x "net:ipv4> <" x "wild:wildcard>|<" x "prefix:prefix>|any} "   \
	"[eq <" x "port:" PORTS "|0-65535>]"
#define RULE "<action:permit|deny> <protocol:" PROTOCOLS "|0-255> " END("s") " " END("d")
#define END_SPEC(x)                                                                                \
	" " x "host=<" x "host> " x "net=<" x "net> " x "wild=<" x "wild> " x "prefix=<" x         \
	"prefix> " x "port=<" x "port>"
#define RULE_HELP                                                                                                \
	"action Specify packets\npermit Specify packets to forward\ndeny Specify packets to reject\n"            \
	"protocol An IP protocol number\nip Any Internet Protocol\nicmp Internet Control Message Protocol\n"     \
	"igmp Internet Gateway Message Protocol\nipinip IP in IP tunneling\ntcp Transmission Control Protocol\n" \
	"udp User Datagram Protocol\ngre GRE tunneling\nesp Encapsulation Security Payload\n"                    \
	"ahp Authentication Header Protocol\neigrp EIGRP routing protocol\nospf OSPF routing protocol\n"         \
	"sctp Stream Control Transmission Protocol\n"                                                            \
	"host A single host\nany Any host\neq Match only packets on a given port number\n"                       \
	"shost Source address\nsnet Source address\nswild Source wildcard bits\nsprefix Source prefix\n"         \
	"sport Source port\ndhost Destination address\ndnet Destination address\n"                               \
	"dwild Destination wildcard bits\ndprefix Destination prefix\ndport Destination port"

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

#define EXEC(mode_, privilege_, syntax_, run_, help_)                                              \
	{                                                                                          \
		.mode = (mode_), .privilege = (privilege_), .syntax = (syntax_), .help = (help_),  \
		.forms = CLI_HAS_SET, .run = (run_)                                                \
	}
#define SHOW(privilege_, syntax_, run_, help_)                                                     \
	{                                                                                          \
		.mode = CLI_MODE_EXECS, .privilege = (privilege_), .syntax = "show " syntax_,      \
		.help = (help_), .forms = CLI_HAS_SET | CLI_FILTERED, .run = (run_)                \
	}
/* Behind the `|` of a show; the session reads it (cli/filter.c). */
#define FILTER(syntax_, help_)                                                                     \
	{                                                                                          \
		.mode = CLI_MODE_FILTER, .syntax = (syntax_), .help = (help_),                     \
		.forms = CLI_HAS_SET, .run = cli_do_filter                                         \
	}
#define CONFIG(mode_, syntax_, spec_, help_)                                                       \
	{                                                                                          \
		.mode = (mode_), .privilege = CLI_CHANGES, .syntax = (syntax_), .help = (help_),   \
		.forms = CLI_HAS_ALL, .run = cli_do_edit, .data = (spec_)                          \
	}
#define ENTER(mode_, syntax_, spec_, enters_, run_, help_)                                         \
	{                                                                                          \
		.mode = (mode_), .privilege = CLI_CHANGES, .syntax = (syntax_), .help = (help_),   \
		.forms = CLI_HAS_ALL, .enters = (enters_), .run = (run_), .data = (spec_)          \
	}
/* Known, and refused with a sentence. */
#define REFUSED_IN(mode_, syntax_, run_, help_)                                                    \
	{                                                                                          \
		.mode = (mode_), .privilege = CLI_CHANGES, .syntax = (syntax_), .help = (help_),   \
		.forms = CLI_HAS_SET, .run = (run_)                                                \
	}
#define REFUSED(syntax_, run_, help_) REFUSED_IN(CLI_MODE_CONFIG, syntax_, run_, help_)
#define BANNER(which_, help_)                                                                      \
	{                                                                                          \
		.mode = CLI_MODE_CONFIG, .privilege = CLI_CHANGES,                                 \
		.syntax = "banner " which_ " ~ <text:line>",                                       \
		.help = "banner Define a login banner\n" which_ " " help_                          \
			"\ntext c banner-text c, where 'c' is a delimiting character",             \
		.forms = CLI_HAS_ALL, .run = cli_do_banner,                                        \
		.data = BANNER_PATH " " which_ "=<text>"                                           \
	}
#define BANNER_PATH "/spindle-line:lines/banner"

const struct cli_row cli_rows[] = {
	/* EXEC */
	EXEC(CLI_MODE_EXECS, 0, "enable [<level:0-15>]", cli_do_enable,
	     "enable Turn on privileged commands\n<level:0-15> Enable level"),
	EXEC(CLI_MODE_EXECS, 0, "disable [<level:0-15>]", cli_do_disable,
	     "disable Turn off privileged commands\n<level:0-15> Privilege level to go to"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear line <line:0-65>", cli_do_clear_line,
	     "clear Reset functions\nline Reset a terminal line\n<line:0-65> Line number"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear line console 0", cli_do_clear_line,
	     "console Primary terminal line\n0 Line number"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear line vty <vty:0-63>", cli_do_clear_line,
	     "vty Virtual terminal\n<vty:0-63> Line number"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES,
	     "clear aaa local user lockout {username <username>|<all:all>}", cli_do_clear_lockout,
	     "aaa Clear AAA values\nlocal Clear AAA local values\nuser Clear AAA local user\n"
	     "lockout Clear local user lockout\nusername Clear the lock of one user\n"
	     "<username> Name of the user\nall Clear the locks of all users"),
	EXEC(CLI_MODE_EXECS, 0, "exit", cli_do_quit, "exit Exit from the EXEC"),
	EXEC(CLI_MODE_EXECS, 0, "quit", cli_do_quit, "quit Exit from the EXEC"),
	EXEC(CLI_MODE_EXECS, 0, "logout", cli_do_quit, "logout Exit from the EXEC"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "configure terminal", cli_do_configure,
	     "configure Enter configuration mode\nterminal Configure from the terminal"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "write [memory]", cli_do_write,
	     "write Write running configuration to memory\nmemory Write to NV memory"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "copy running-config startup-config", cli_do_write,
	     "copy Copy from one file to another\nrunning-config Copy from current system configuration\n"
	     "startup-config Copy to startup configuration"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto session [remote <remote:ip>]",
	     cli_do_clear_session,
	     "clear Reset functions\ncrypto Encryption subsystem\nsession Clear crypto sessions\n"
	     "remote Clear sessions of a remote peer\n<remote:ip> Remote peer"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto sa [peer <peer:ip>]", cli_do_clear_sa,
	     "sa Clear all crypto SAs\npeer Clear all SAs for a given crypto peer\n"
	     "<peer:ip> Peer address"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear crypto invalid-spi", cli_do_clear_invalid_spi,
	     "invalid-spi Forget flows with an invalid SPI"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear logging", cli_do_clear_logging,
	     "logging Clear logging buffer"),
	{.mode = CLI_MODE_PRIV_EXEC,
	 .privilege = CLI_CHANGES,
	 .syntax = "debug crypto <flag:ikev2|ipsec|invalid-spi>",
	 .forms = CLI_HAS_SET | CLI_HAS_NO,
	 .run = cli_do_debug,
	 .help = "debug Debugging functions (see also 'undebug')\ncrypto Cryptographic subsystem\n"
		 "ikev2 IKEv2 exchanges\nipsec IPsec SAs, policies and the kernel\n"
		 "invalid-spi Refused packets, verdicts and recovery"},
	{.mode = CLI_MODE_PRIV_EXEC,
	 .privilege = CLI_CHANGES,
	 .syntax = "debug all",
	 .forms = CLI_HAS_NO,
	 .run = cli_do_debug_all,
	 .help = "all Every kind of debugging"},
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "undebug all", cli_do_debug_all,
	     "undebug Disable debugging functions (see also 'debug')\nall Every kind of debugging"),
	{.mode = CLI_MODE_PRIV_EXEC,
	 .privilege = CLI_CHANGES,
	 .syntax = "undebug crypto <flag:ikev2|ipsec|invalid-spi>",
	 .forms = CLI_HAS_SET,
	 .run = cli_do_debug,
	 .help = "crypto Cryptographic subsystem\nikev2 IKEv2 exchanges\n"
		 "ipsec IPsec SAs, policies and the kernel\n"
		 "invalid-spi Refused packets, verdicts and recovery"},

	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal length <length:0-512>", cli_do_terminal_length,
	     "terminal Set terminal line parameters\nlength Set number of lines on a screen\n"
	     "<length:0-512> Number of lines on screen (0 for no pausing)"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no length", cli_do_terminal_length,
	     "no Negate a command or set its defaults\nlength As many lines as the window has"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal width <width:0-512>", cli_do_terminal_width,
	     "width Set width of the display terminal\n"
	     "<width:0-512> Number of characters on a screen line"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no width", cli_do_terminal_width,
	     "width As many columns as the window has"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal history size <size:0-256>",
	     cli_do_terminal_history,
	     "history Enable and control the command history function\n"
	     "size Set history buffer size\n<size:0-256> Size of history buffer"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no history size", cli_do_terminal_history,
	     "history Command history function\nsize History buffer size"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal monitor", cli_do_terminal_monitor,
	     "monitor Copy debug output to the current terminal line"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no monitor", cli_do_terminal_monitor,
	     "monitor Copy debug output to the current terminal line"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal exec prompt timestamp", cli_do_terminal_timestamp,
	     "exec EXEC session\nprompt EXEC prompt\ntimestamp Print load and time before each show"),
	EXEC(CLI_MODE_EXECS, CLI_SEES, "terminal no exec prompt timestamp",
	     cli_do_terminal_timestamp,
	     "exec EXEC session\nprompt EXEC prompt\ntimestamp Print load and time before each show"),

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
	SHOW(CLI_CHANGES, "running-config", cli_show_running,
	     "running-config Current operating configuration"),

	/* Behind the `|` of a show */
	FILTER("append <file:line>", "append Append redirected output to a file\nfile File name"),
	FILTER("begin <regular-expression:line>",
	       "begin Begin with the line that matches\nregular-expression Regular Expression"),
	FILTER("count <regular-expression:line>",
	       "count Count number of lines which match regexp\nregular-expression Regular Expression"),
	FILTER("exclude <regular-expression:line>",
	       "exclude Exclude lines that match\nregular-expression Regular Expression"),
	FILTER("include <regular-expression:line>",
	       "include Include lines that match\nregular-expression Regular Expression"),
	FILTER("json", "json As a JSON document"),
	FILTER("redirect <file:line>", "redirect Redirect output to a file\nfile File name"),
	FILTER("section <regular-expression:line>",
	       "section Filter a section of output\nregular-expression Regular Expression"),
	FILTER("section exclude <regular-expression:line>",
	       "exclude Exclude entire sections of output\nregular-expression Regular Expression"),
	FILTER("section include <regular-expression:line>",
	       "include Include entire sections of output\nregular-expression Regular Expression"),
	FILTER("tee <file:line>", "tee Copy output to a file\nfile File name"),
	FILTER("tee /append <file:line>", "/append Append to the file\nfile File name"),

	/* Every configuration mode */
	EXEC(CLI_MODE_CONFIGS, 0, "exit", cli_do_exit, "exit Exit from the current mode"),
	EXEC(CLI_MODE_CONFIGS, 0, "end", cli_do_end, "end Exit from configure mode"),

	/* Global configuration */
	ENTER(CLI_MODE_CONFIG, "hostname ~ <name>", "/spindle-system:system hostname=$<name>", 0,
	      cli_do_hostname,
	      "hostname Set system's network name\nname This system's network name"),
#include "cli/rows_people.inc"
	CONFIG(CLI_MODE_CONFIG, "logging buffered ~ [<size:4096-2147483647>]",
	       "/spindle-logging:logging buffered-size=<size>",
	       "logging Modify message logging facilities\nbuffered Set buffered logging parameters\n"
	       "size Logging buffer size"),

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
	CONFIG(CLI_MODE_IKEV2_PEER, "identity fqdn ~ <value>", ". identity-fqdn=$<value>",
	       "fqdn Fully qualified domain name\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PEER, "identity email ~ <value>", ". identity-email=$<value>",
	       "email Fully qualified email string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PEER, "identity key-id ~ <value>", ". identity-key-id=$<value>",
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
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote fqdn <value>",
	       ". match-identity-remote-fqdn+$<value>",
	       "fqdn Fully qualified domain name string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote email <value>",
	       ". match-identity-remote-email+$<value>",
	       "email Fully qualified email string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote key-id <value>",
	       ". match-identity-remote-key-id+$<value>",
	       "key-id key-id opaque string\nvalue Key identity"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "match identity remote any",
	       ". match-identity-remote-any=null", "any Match any peer identity"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "identity local address ~ <value:ip>",
	       ". identity-local-address=$<value> -identity-local-fqdn -identity-local-email -identity-local-key-id",
	       "identity Specify IKE identity to use\nlocal Local identity\naddress IP address\nvalue Address"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "identity local fqdn ~ <value>",
	       ". identity-local-fqdn=$<value> -identity-local-address -identity-local-email -identity-local-key-id",
	       "fqdn Fully qualified domain name string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "identity local email ~ <value>",
	       ". identity-local-email=$<value> -identity-local-address -identity-local-fqdn -identity-local-key-id",
	       "email Fully qualified email string\nvalue Name"),
	CONFIG(CLI_MODE_IKEV2_PROFILE, "identity local key-id ~ <value>",
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
	CONFIG(CLI_MODE_CONFIG, "crypto isakmp invalid-spi-recovery",
	       ISAKMP "/invalid-spi-recovery enabled=true -at-start",
	       "isakmp Configure ISAKMP policy\n"
	       "invalid-spi-recovery Initiate IKE and send an Invalid SPI Notify"),
	CONFIG(CLI_MODE_CONFIG, "crypto isakmp invalid-spi-recovery at-start",
	       ISAKMP "/invalid-spi-recovery enabled=true! at-start=true",
	       "at-start Also call the peers whose SAs were lost while the daemon was away"),
	CONFIG(CLI_MODE_CONFIG,
	       "crypto ipsec security-association lifetime seconds ~ <seconds:120-2592000>",
	       SA_PATH " lifetime-seconds=<seconds>",
	       "ipsec Configure IPSEC policy\nsecurity-association Security association parameters\n"
	       "lifetime Security association lifetime\nseconds Time-based key duration"),
	CONFIG(CLI_MODE_CONFIG,
	       "crypto ipsec security-association lifetime kilobytes ~ "
	       "<kilobytes:disable=0|2560-4294967295>",
	       SA_PATH " lifetime-kilobytes=<kilobytes>",
	       "kilobytes Volume-based key duration\ndisable No limit of volume"),
	CONFIG(CLI_MODE_CONFIG,
	       "crypto ipsec security-association replay window-size ~ <window:64|128|256|512|1024>",
	       SA_PATH " replay-window=<window>",
	       "replay Set replay checking\nwindow-size Set replay window size\n64 64 packets\n"
	       "128 128 packets\n256 256 packets\n512 512 packets\n1024 1024 packets"),
	CONFIG(CLI_MODE_CONFIG, "crypto ipsec security-association replay <window:disable=0>",
	       SA_PATH " replay-window=<window>", "disable Disable replay checking"),
	CONFIG(CLI_MODE_CONFIG, "crypto ipsec hold-packets", IPSEC " hold-packets=true",
	       "hold-packets Packets wait while their SA is negotiated, instead of being dropped"),
	CONFIG(CLI_MODE_CONFIG, "crypto ipsec invalid-spi grace ~ <milliseconds:0-5000>",
	       IPSEC "/invalid-spi grace=<milliseconds>",
	       "invalid-spi Treatment of packets with an invalid SPI\n"
	       "grace How long a rekey may explain the packet\nmilliseconds Milliseconds"),
	CONFIG(CLI_MODE_CONFIG, "crypto ipsec invalid-spi notify", IPSEC "/invalid-spi notify=true",
	       "notify Send INVALID_SPI notifies where nothing better is possible"),
	CONFIG(CLI_MODE_CONFIG, "crypto ipsec invalid-spi log-interface",
	       IPSEC "/invalid-spi log-interface=true",
	       "log-interface Name the input interface in the message"),
	ENTER(CLI_MODE_CONFIG,
	      "crypto ipsec transform-set <name> ~ [<family:esp-aes|esp-gcm> [<bits:128|192|256>]] "
	      "[<integrity:esp-sha256-hmac|esp-sha384-hmac|esp-sha512-hmac>]",
	      IPSEC
	      "/transform-set[name=$<name>] family=<family> bits=<bits> integrity=<integrity>",
	      CLI_MODE_TRANSFORM, cli_do_transform_set,
	      "transform-set Define transform and settings\nname Transform set tag\n"
	      "esp-aes ESP transform using AES cipher\nesp-gcm ESP transform using GCM cipher\n"
	      "128 128 bit keys.\n192 192 bit keys.\n256 256 bit keys.\n"
	      "esp-sha256-hmac ESP transform using HMAC-SHA256 auth\n"
	      "esp-sha384-hmac ESP transform using HMAC-SHA384 auth\n"
	      "esp-sha512-hmac ESP transform using HMAC-SHA512 auth"),
	CONFIG(CLI_MODE_TRANSFORM, "mode ~ <mode:tunnel>", ". mode=<mode>",
	       "mode encapsulation mode (transport/tunnel)\ntunnel tunnel (datagram encapsulation) mode"),

	ENTER(CLI_MODE_CONFIG, "crypto map <name> <sequence:1-65535> ~ ipsec-isakmp", CLI_MAP_SPEC,
	      CLI_MODE_CRYPTO_MAP, cli_do_crypto_map,
	      "map Enter a crypto map\nname Crypto map tag\nsequence Sequence to insert into crypto map entry\n"
	      "ipsec-isakmp IPSEC w/ISAKMP"),
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .syntax = "crypto map <name> <sequence:1-65535>",
	 .forms = CLI_HAS_SET,
	 .enters = CLI_MODE_CRYPTO_MAP,
	 .run = cli_do_crypto_map_again,
	 .help = "map Enter a crypto map\nname Crypto map tag\n"
		 "sequence Sequence to insert into crypto map entry"},
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .syntax = "crypto map <name>",
	 .forms = CLI_HAS_NO,
	 .run = cli_do_no_crypto_map,
	 .help = "map Enter a crypto map\nname Crypto map tag"},
	CONFIG(CLI_MODE_CRYPTO_MAP, "description ~ <text:line>", ". description=$<text>",
	       "description Description of the crypto map statement policy\ntext Up to 240 characters"),
	CONFIG(CLI_MODE_CRYPTO_MAP, "set peer ~ <peer:ip>", ". peer+$<peer>",
	       "set Set values for encryption/decryption\npeer Allowed Encryption/Decryption peer.\n"
	       "<peer:ip> IP address of peer"),
	CONFIG(CLI_MODE_CRYPTO_MAP,
	       "set security-association lifetime seconds ~ <seconds:120-2592000>",
	       ". lifetime-seconds=<seconds>",
	       "security-association Security association parameters\n"
	       "lifetime Security association lifetime\nseconds Time-based key duration"),
	CONFIG(CLI_MODE_CRYPTO_MAP,
	       "set security-association lifetime kilobytes ~ "
	       "<kilobytes:disable=0|2560-4294967295>",
	       ". lifetime-kilobytes=<kilobytes>",
	       "kilobytes Volume-based key duration\ndisable No limit of volume"),
	CONFIG(CLI_MODE_CRYPTO_MAP, "set transform-set ~ <name>+", ". transform-set*$<name>",
	       "transform-set Specify list of transform sets in priority order\nname Proposal tag"),
	CONFIG(CLI_MODE_CRYPTO_MAP, "set pfs ~ <group:group14=14|group19=19|group31=31>",
	       ". pfs-group=$<group>",
	       "pfs Specify pfs settings\ngroup14 D-H Group14 (2048-bit modp)\n"
	       "group19 D-H Group19 (256-bit ecp)\ngroup31 D-H Group31 (Curve25519)"),
	CONFIG(CLI_MODE_CRYPTO_MAP, "set ikev2-profile ~ <name>", ". ikev2-profile=$<name>",
	       "ikev2-profile Specify ikev2 Profile\nname Profile name"),
	CONFIG(CLI_MODE_CRYPTO_MAP, "match address ~ <name>", ". match-address=$<name>",
	       "match Match values.\naddress Match address of packets to encrypt.\nname Access-list name or number"),

	ENTER(CLI_MODE_CONFIG, "interface <name:interface>",
	      "/spindle-interface:interfaces/interface[name=$<name>]", CLI_MODE_INTERFACE,
	      cli_do_edit,
	      "interface Select an interface to configure\nname Name of the interface"),
	CONFIG(CLI_MODE_INTERFACE, "description ~ <text:line>", ". description=$<text>",
	       "description Interface specific description\ntext Up to 240 characters"),
	CONFIG(CLI_MODE_INTERFACE, "crypto map ~ <name>", ". crypto-map=$<name>",
	       "crypto Encryption/Decryption commands\nmap Assign a Crypto Map\nname Crypto Map tag"),

	ENTER(CLI_MODE_CONFIG, "ip access-list extended <name>",
	      "/spindle-acl:access-lists/extended[name=$<name>]", CLI_MODE_ACL, cli_do_edit,
	      "ip Global IP configuration subcommands\naccess-list Named access-list\n"
	      "extended Extended Access List\nname Access-list name or number"),
	CONFIG(CLI_MODE_ACL, "remark ~ <text:line>", ". remark+$<text>",
	       "remark Access list entry comment\ntext Comment up to 240 characters"),
	ENTER(CLI_MODE_ACL, "[<sequence:1-4294967295>] " RULE,
	      "rule[sequence=<sequence>] action=<action> protocol=<protocol>" END_SPEC("s")
		      END_SPEC("d"),
	      0, cli_do_rule, "sequence Sequence Number\n" RULE_HELP),
	{.mode = CLI_MODE_ACL,
	 .privilege = CLI_CHANGES,
	 .syntax = "<sequence:1-4294967295>",
	 .help = "sequence Sequence Number",
	 .forms = CLI_HAS_NO,
	 .run = cli_do_no_rule},
	/* The old way to write the same lists; what is printed is the new one. */
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .forms = CLI_HAS_SET | CLI_HAS_NO,
	 .syntax = "access-list {<name:100-199>|<name:2000-2699>} ~ " RULE,
	 .help = "access-list Add an access list entry\nname IP extended access list\n" RULE_HELP,
	 .run = cli_do_numbered_rule},
#include "cli/rows_lines.inc"
};

const size_t cli_row_count = sizeof(cli_rows) / sizeof(cli_rows[0]);
