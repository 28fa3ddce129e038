/* Access lists. */
#include "cli/rows.h"

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

static const struct cli_row rows[] = {
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
};
CLI_PART(acl);
