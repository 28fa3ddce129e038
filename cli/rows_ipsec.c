/* IPsec: recovery, SAs, transform sets, crypto maps. */
#include "cli/rows.h"

#define IPSEC	CLI_CRYPTO_IPSEC
#define SA_PATH IPSEC "/security-association"
#define ISAKMP	CLI_CRYPTO_ISAKMP

static const struct cli_row rows[] = {
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
};
CLI_PART(ipsec);
