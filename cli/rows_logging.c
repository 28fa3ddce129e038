/* Where the log goes, how it is shown, what debug output is limited to. */
#include "cli/rows.h"

#define LOGGING "/spindle-logging:logging"
#define LEVEL                                                                                      \
	"<level:emergencies=0|alerts=1|critical=2|errors=3|warnings=4|notifications=5|"            \
	"informational=6|debugging=7|0-7>"
#define LEVEL_HELP                                                                                 \
	"\nlevel Logging severity level\n"                                                         \
	"alerts Immediate action needed           (severity=1)\n"                                  \
	"critical Critical conditions               (severity=2)\n"                                \
	"debugging Debugging messages                (severity=7)\n"                               \
	"emergencies System is unusable                (severity=0)\n"                             \
	"errors Error conditions                  (severity=3)\n"                                  \
	"informational Informational messages            (severity=6)\n"                           \
	"notifications Normal but significant conditions (severity=5)\n"                           \
	"warnings Warning conditions                (severity=4)"
/* A way as a whole, of which the configuration says only that it is closed; and with a level. In this
 * order: opening it sets the level back. */
#define WAY(way_, help_)                                                                           \
	INVERSE("logging " way_, LOGGING " " way_ "-off=true --" way_ "-level", way_ " " help_),   \
		CONFIG(CLI_MODE_CONFIG, "logging " way_ " " LEVEL,                                 \
		       LOGGING " " way_ "-level=<level> -" way_ "-off", way_ " " help_ LEVEL_HELP)
#define INVERSE(syntax_, spec_, help_)                                                             \
	{                                                                                          \
		.mode = CLI_MODE_CONFIG, .privilege = CLI_CHANGES, .syntax = (syntax_),            \
		.help = (help_), .forms = CLI_HAS_ALL | CLI_INVERSE, .run = cli_do_edit,           \
		.data = (spec_)                                                                    \
	}
#define CONDITION(syntax_, help_)                                                                  \
	{                                                                                          \
		.mode = CLI_MODE_PRIV_EXEC, .privilege = CLI_CHANGES,                              \
		.syntax = "debug crypto condition " syntax_, .help = (help_),                      \
		.forms = CLI_HAS_SET | CLI_HAS_NO, .run = cli_do_debug_condition                   \
	}

static const struct cli_row rows[] = {
	INVERSE("logging on", LOGGING " off=true",
		"logging Modify message logging facilities\n"
		"on Enable logging to all enabled destinations"),
	CONFIG(CLI_MODE_CONFIG, "logging userinfo", LOGGING " userinfo=true",
	       "userinfo Enable logging of user info on privileged mode enabling"),
	CONFIG(CLI_MODE_CONFIG, "logging count", LOGGING " count=true",
	       "count Count every log message and timestamp last occurrence"),
	INVERSE("logging buffered", LOGGING " buffered-off=true --buffered-size --buffered-level",
		"buffered Set buffered logging parameters"),
	CONFIG(CLI_MODE_CONFIG, "logging buffered {<size:4096-2147483647> [" LEVEL "]|" LEVEL "}",
	       LOGGING " buffered-size=<size> buffered-level=<level> -buffered-off",
	       "buffered Set buffered logging parameters\nsize Logging buffer size" LEVEL_HELP),
	CONFIG(CLI_MODE_CONFIG,
	       "logging rate-limit ~ [<way:console>] [<kind:all>] <rate:1-10000> [except " LEVEL
	       "]",
	       LOGGING " rate-limit=<rate> rate-limit-way=<way> rate-limit-kind=<kind> "
		       "rate-limit-except=<level>",
	       "rate-limit Set messages per second limit\nconsole Rate limit console messages\n"
	       "all Rate limit all messages, including debug messages\nrate Messages per second\n"
	       "except Messages of this severity or higher (lower numerically) are not limited" LEVEL_HELP),
	WAY("console", "Set console logging parameters"),
	WAY("monitor", "Set terminal line (monitor) logging parameters"),
	WAY("trap", "Set syslog server logging level"),
	CONFIG(CLI_MODE_CONFIG, "logging origin-id ~ <kind:hostname|ip>",
	       LOGGING " origin-id=<kind> -origin-id-string",
	       "origin-id Add origin ID to syslog messages\nhostname Use origin hostname as ID\n"
	       "ip Use origin IP address as ID"),
	CONFIG(CLI_MODE_CONFIG, "logging origin-id string <text:line>",
	       LOGGING " origin-id-string=$<text> -origin-id",
	       "string Define a unique text string as ID\ntext A string up to 64 characters"),
	CONFIG(CLI_MODE_CONFIG,
	       "logging facility ~ "
	       "<facility:auth=4|cron=15|daemon=3|kern=0|local0=16|local1=17|local2=18|"
	       "local3=19|local4=20|local5=21|local6=22|local7=23|lpr=6|mail=2|news=7|sys10=10|"
	       "sys11=11|sys12=12|sys13=13|sys14=14|sys9=9|syslog=5|user=1|uucp=8>",
	       LOGGING " facility=<facility>",
	       "facility Facility parameter for syslog messages\nauth Authorization system\n"
	       "cron Cron/at facility\ndaemon System daemons\nkern Kernel\nlocal0 Local use\n"
	       "local1 Local use\nlocal2 Local use\nlocal3 Local use\nlocal4 Local use\n"
	       "local5 Local use\nlocal6 Local use\nlocal7 Local use\nlpr Line printer system\n"
	       "mail Mail system\nnews USENET news\nsys10 System use\nsys11 System use\n"
	       "sys12 System use\nsys13 System use\nsys14 System use\nsys9 System use\n"
	       "syslog Syslog itself\nuser User process\nuucp Unix-to-Unix copy system"),
	CONFIG(CLI_MODE_CONFIG, "logging source-interface ~ <interface:interface>",
	       LOGGING " source-interface=$<interface>",
	       "source-interface Specify interface for source address in logging transactions\n"
	       "interface Interface name"),
	ENTER(CLI_MODE_CONFIG,
	      "logging host <address:ip> ~ [transport <transport:tcp|udp> [port <port:1-65535>]] "
	      "[format <format:classic|rfc5424>]",
	      CLI_LOG_HOST_SPEC, 0, cli_do_edit,
	      "host Set syslog server IP address and parameters\n<address:ip> IP address of the syslog server\n"
	      "transport Specify the transport protocol (default=UDP)\ntcp Transmission Control Protocol\n"
	      "udp User Datagram Protocol\nport Specify the port number (default=UDP 514, TCP 601)\n"
	      "<port:1-65535> Port number\nformat Specify the form of the messages (default=classic)\n"
	      "classic As routers write them\nrfc5424 RFC 5424 with structured data"),
	/* The old way to write it; what is printed is the new one. */
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .syntax = "logging <address:ip>",
	 .help = "address IP address of the logging host",
	 .forms = CLI_HAS_SET | CLI_HAS_NO,
	 .run = cli_do_logging_host},

	SHOW(CLI_SEES, "logging", cli_show_logging, "logging Show the contents of logging buffers"),
	SHOW(CLI_SEES, "logging count", cli_show_log_count, "count Show counts of each message"),
	SHOW(CLI_SEES, "logging explain <mnemonic>", cli_show_explain,
	     "explain What a message means and what to do\n<mnemonic> Mnemonic of the message"),
	SHOW(CLI_SEES, "debugging", cli_show_debugging, "debugging State of each debugging option"),
	SHOW(CLI_SEES, "crypto debug-condition [<all:all>]", cli_show_debug_condition,
	     "debug-condition Debug Condition filters\nall All of them"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "clear logging", cli_do_clear_logging,
	     "logging Clear logging buffer"),
	CONDITION(
		"peer ipv4 <ipv4:ipv4> [<mask:mask>]",
		"condition Define debug condition filters\npeer Peer conditions\n"
		"ipv4 Peer IPv4 address\n<ipv4:ipv4> Address of the peer\n<mask:mask> Subnet mask"),
	CONDITION(
		"peer subnet <ipv4:ipv4> <mask:mask>",
		"subnet Peer subnet address\n<ipv4:ipv4> Subnet address\n<mask:mask> Subnet mask"),
	CONDITION("peer ipv6 <ipv6:ipv6>",
		  "ipv6 Peer IPv6 address\n<ipv6:ipv6> Address of the peer"),
	CONDITION("spi <spi:digits>", "spi SPI condition\n<spi:digits> SPI, decimal or 0x…"),
	CONDITION("unmatched [<subject:ikev2|ipsec|isakmp=ikev2>]",
		  "unmatched Output debugs even if no context available\nikev2 Of IKEv2\n"
		  "ipsec Of IPsec and invalid SPIs\nisakmp Of IKE"),
	CONDITION("reset", "reset Delete all debug filters"),
};
CLI_PART(logging);
