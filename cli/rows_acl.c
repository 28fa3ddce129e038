/* Access lists. */
#include "cli/rows.h"

#define PROTOCOLS                                                                                  \
	"ip=0|icmp=1|igmp=2|ipinip=4|tcp=6|udp=17|gre=47|esp=50|ahp=51|eigrp=88|ospf=89|sctp=132"
#define PORTS                                                                                      \
	"bgp=179|domain=53|ftp=21|isakmp=500|non500-isakmp=4500|ntp=123|smtp=25|snmp=161|ssh=22|syslog=514|telnet=23|tftp=69|www=80|0-65535"
/* One end of a rule; x is s or d. What names an address stands before `any`, which names none. */
#define END(x)                                                                                     \
	"{host <" x "host:ipv4>|<" x "net:ipv4> <" x "wild:wildcard>|<" x "prefix:prefix>|any} "   \
	"[{<" x "op:eq|neq|lt|gt> <" x "port:" PORTS ">|range <" x "first:" PORTS "> <" x          \
	"last:" PORTS ">}]"
/* Known, and refused by name: neither a kernel policy nor access-class looks at them. */
#define BEYOND                                                                                     \
	"[<beyond:established|fragments|log|log-input|dscp|precedence|tos|ttl|option|time-range> " \
	"[<rest:line>]]"
#define RULE	 "<action:permit|deny> <protocol:" PROTOCOLS "|0-255> " END("s") " " END("d")
#define STANDARD "<action:permit|deny> {<snet:ipv4> [<swild:wildcard>]|host <shost:ipv4>|any}"
#define END_SPEC(x)                                                                                \
	" " x "host=<" x "host> " x "net=<" x "net> " x "wild=<" x "wild> " x "prefix=<" x         \
	"prefix> " x "op=<" x "op> " x "port=<" x "port> " x "first=<" x "first> " x "last=<" x    \
	"last>"
#define BEYOND_HELP                                                                                \
	"established Not supported: sessions are not followed here\n"                              \
	"fragments Not supported\nlog Not supported: matches are counted\n"                        \
	"log-input Not supported: matches are counted\ndscp Not supported\n"                       \
	"precedence Not supported\ntos Not supported\nttl Not supported\n"                         \
	"option Not supported\ntime-range Not supported\nrest What it was to match"
#define ACTION_HELP                                                                                \
	"action Specify packets\npermit Specify packets to forward\ndeny Specify packets to reject\n"
#define RULE_HELP                                                                                                \
	ACTION_HELP                                                                                              \
	"protocol An IP protocol number\nip Any Internet Protocol\nicmp Internet Control Message Protocol\n"     \
	"igmp Internet Gateway Message Protocol\nipinip IP in IP tunneling\ntcp Transmission Control Protocol\n" \
	"udp User Datagram Protocol\ngre GRE tunneling\nesp Encapsulation Security Payload\n"                    \
	"ahp Authentication Header Protocol\neigrp EIGRP routing protocol\nospf OSPF routing protocol\n"         \
	"sctp Stream Control Transmission Protocol\n"                                                            \
	"host A single host\nany Any host\neq Match only packets on a given port number\n"                       \
	"neq Match only packets not on a given port number\nlt Match only packets with a lower port number\n"    \
	"gt Match only packets with a greater port number\n"                                                     \
	"range Match only packets in the range of port numbers\n"                                                \
	"shost Source address\nsnet Source address\nswild Source wildcard bits\nsprefix Source prefix\n"         \
	"sport Source port\nsfirst First source port\nslast Last source port\n"                                  \
	"dhost Destination address\ndnet Destination address\n"                                                  \
	"dwild Destination wildcard bits\ndprefix Destination prefix\ndport Destination port\n"                  \
	"dfirst First destination port\ndlast Last destination port\n" BEYOND_HELP
#define STANDARD_HELP                                                                              \
	ACTION_HELP "host A single host\nany Any host\nsnet Address to match\n"                    \
		    "swild Wildcard bits\nshost Host address\n" BEYOND_HELP
#define REMARK_HELP	"remark Access list entry comment\ntext Comment up to 240 characters"
#define EXTENDED_NUMBER "{<name:100-199>|<name:2000-2699>}"
#define STANDARD_NUMBER "{<name:1-99>|<name:1300-1999>}"

/* The old way to write the lists that have numbers; see cli/acl_text.c for which way they are printed. */
#define NUMBERED(syntax_, run_, help_)                                                             \
	{                                                                                          \
		.mode = CLI_MODE_CONFIG, .privilege = CLI_CHANGES, .syntax = (syntax_),            \
		.help = (help_), .forms = CLI_HAS_SET | CLI_HAS_NO, .run = (run_)                  \
	}
#define NO_NUMBER(mode_)                                                                           \
	{                                                                                          \
		.mode = (mode_), .privilege = CLI_CHANGES, .syntax = "<sequence:1-4294967295>",    \
		.help = "sequence Sequence Number", .forms = CLI_HAS_NO, .run = cli_do_no_rule     \
	}

static const struct cli_row rows[] = {
	ENTER(CLI_MODE_CONFIG, "ip access-list standard <name>",
	      "/spindle-acl:access-lists/standard[name=$<name>]", CLI_MODE_ACL_STANDARD,
	      cli_do_access_list,
	      "ip Global IP configuration subcommands\naccess-list Named access-list\n"
	      "standard Standard Access List\nname Access-list name or number"),
	CONFIG(CLI_MODE_ACL_STANDARD, "remark ~ <text:line>", ". remark+$<text>", REMARK_HELP),
	ENTER(CLI_MODE_ACL_STANDARD, "[<sequence:1-4294967295>] " STANDARD " " BEYOND,
	      "rule[sequence=<sequence>] action=<action> snet=<snet> swild=<swild> shost=<shost>",
	      0, cli_do_standard_rule, "sequence Sequence Number\n" STANDARD_HELP),
	NO_NUMBER(CLI_MODE_ACL_STANDARD),
	ENTER(CLI_MODE_CONFIG, "ip access-list extended <name>",
	      "/spindle-acl:access-lists/extended[name=$<name>]", CLI_MODE_ACL, cli_do_access_list,
	      "extended Extended Access List\nname Access-list name or number"),
	CONFIG(CLI_MODE_ACL, "remark ~ <text:line>", ". remark+$<text>", REMARK_HELP),
	ENTER(CLI_MODE_ACL, "[<sequence:1-4294967295>] " RULE " " BEYOND,
	      "rule[sequence=<sequence>] action=<action> protocol=<protocol>" END_SPEC("s")
		      END_SPEC("d"),
	      0, cli_do_rule, "sequence Sequence Number\n" RULE_HELP),
	NO_NUMBER(CLI_MODE_ACL),
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .syntax = "ip access-list resequence <name> <start:1-2147483647> <step:1-2147483647>",
	 .help = "resequence Resequence Access List\nname Access-list name or number\n"
		 "start Starting Sequence Number\nstep Step to increment the sequence number",
	 .forms = CLI_HAS_SET,
	 .run = cli_do_resequence},
	NUMBERED(
		"access-list " STANDARD_NUMBER " ~ " STANDARD " " BEYOND, cli_do_numbered_rule,
		"access-list Add an access list entry\nname IP standard access list\n" STANDARD_HELP),
	NUMBERED("access-list " STANDARD_NUMBER " remark <text:line>", cli_do_remark,
		 "name IP standard access list\n" REMARK_HELP),
	NUMBERED("access-list " EXTENDED_NUMBER " ~ " RULE " " BEYOND, cli_do_numbered_rule,
		 "access-list Add an access list entry\nname IP extended access list\n" RULE_HELP),
	NUMBERED("access-list " EXTENDED_NUMBER " remark <text:line>", cli_do_remark,
		 "name IP extended access list\n" REMARK_HELP),
};
CLI_PART(acl);
