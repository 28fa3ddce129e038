/* The machine: interfaces, routes, clock, parts, memory, files, drops; ping and traceroute. */
#include "cli/rows.h"

#define FILE_SYSTEM "<file-system:flash:=flash:|nvram:=nvram:>"
#define DROP	    "platform hardware qfp active "

static const struct cli_row rows[] = {
	SHOW(CLI_SEES, "interfaces [<name>]", cli_show_interfaces,
	     "interfaces Interface status and configuration\n<name> Name of the interface"),
	SHOW(CLI_SEES, "interfaces description", cli_show_interfaces_description,
	     "description Show interface description"),
	SHOW(CLI_SEES, "ip interface [<name>]", cli_show_ip_interface,
	     "ip IP information\ninterface IP interface status and configuration\n"
	     "<name> Name of the interface"),
	SHOW(CLI_SEES, "ip interface brief", cli_show_ip_interface_brief,
	     "brief Brief summary of IP status and configuration"),
	SHOW(CLI_SEES, "ipv6 interface [<name>]", cli_show_ipv6_interface,
	     "ipv6 IPv6 information\ninterface IPv6 interface status and configuration\n"
	     "<name> Name of the interface"),
	SHOW(CLI_SEES, "ipv6 interface brief", cli_show_ipv6_interface_brief,
	     "brief Brief summary of IPv6 status and configuration"),
	SHOW(CLI_SEES, "ip route [<source:connected|static>]", cli_show_ip_route,
	     "route IP routing table\nconnected Connected routes\nstatic Static routes"),
	SHOW(CLI_SEES, "ip route summary", cli_show_ip_route_summary,
	     "summary Summary of all routes"),
	SHOW(CLI_SEES, "ip route <destination:ipv4>", cli_show_ip_route_match,
	     "<destination:ipv4> What a packet to this address takes"),
	SHOW(CLI_SEES, "ipv6 route [<source:connected|static>]", cli_show_ipv6_route,
	     "route Show IPv6 route table entries\nconnected Connected routes\nstatic Static routes"),
	SHOW(CLI_SEES, "ipv6 route summary", cli_show_ipv6_route_summary,
	     "summary Summary of all routes"),
	SHOW(CLI_SEES, "ipv6 route <destination:ip>", cli_show_ipv6_route_match,
	     "<destination:ip> What a packet to this address takes"),
	SHOW(CLI_SEES, "clock [<detail:detail>]", cli_show_clock,
	     "clock Display the system clock\ndetail Where the time comes from"),
	SHOW(CLI_SEES, "inventory", cli_show_inventory, "inventory Show the physical inventory"),
	SHOW(CLI_SEES, "memory statistics", cli_show_memory,
	     "memory Memory statistics\nstatistics Memory pool statistics"),
	SHOW(CLI_SEES, "processes cpu", cli_show_processes_cpu, "cpu Show CPU use per process"),
	SHOW(CLI_SEES, "processes memory", cli_show_processes_memory,
	     "memory Show memory use per process"),
	SHOW(CLI_SEES, "file systems", cli_show_file_systems,
	     "file Show filesystem information\nsystems List filesystems"),
	SHOW(CLI_SEES, DROP "statistics drop", cli_show_drops,
	     "platform Show platform information\nhardware Hardware\nqfp Packet processor\n"
	     "active Active instance\nstatistics Statistics\ndrop Packets dropped"),
	SHOW(CLI_CHANGES, DROP "statistics drop clear", cli_show_drops,
	     "clear Clear drop statistics after they are shown"),
	SHOW(CLI_SEES, DROP "feature ipsec datapath drops all", cli_show_ipsec_drops,
	     "feature Feature specific information\nipsec IPsec\ndatapath Data path\n"
	     "drops Packets dropped\nall All drop types"),
	SHOW(CLI_CHANGES, DROP "feature ipsec datapath drops all clear", cli_show_ipsec_drops,
	     "clear Clear the counters after they are shown"),
	SHOW(CLI_CHANGES, "tech-support", cli_show_tech,
	     "tech-support Show system information for Tech-Support"),

	{.mode = CLI_MODE_EXECS,
	 .privilege = CLI_CHANGES,
	 .syntax = "dir [<all:/all>] [" FILE_SYSTEM "]",
	 .help = "dir List files on a filesystem\n/all List all files\nflash: State folder\n"
		 "nvram: Folder of the startup configuration",
	 .forms = CLI_HAS_SET | CLI_FILTERED,
	 .run = cli_do_dir},
	EXEC(CLI_MODE_EXECS, CLI_SEES,
	     "ping [{ip|ipv6}] <destination:ip> {repeat <repeat:1-2147483647>|size <size:36-18024>|"
	     "source <source>|timeout <timeout:0-50>|<df:df-bit>}*",
	     cli_do_ping,
	     "ping Send echo messages\nip IP echo\nipv6 IPv6 echo\n"
	     "<destination:ip> Ping destination address\nrepeat Specify repeat count\n"
	     "<repeat:1-2147483647> Repeat count\nsize Specify datagram size\n"
	     "<size:36-18024> Datagram size\nsource Specify source address or name\n"
	     "<source> Address, or name of an interface\n"
	     "timeout Specify timeout interval\n<timeout:0-50> Seconds\n"
	     "df-bit Set do not fragment bit in IP header"),
	EXEC(CLI_MODE_EXECS, CLI_SEES,
	     "traceroute [{ip|ipv6}] <destination:ip> {probe <probe:1-100>|"
	     "ttl <first:1-255> <last:1-255>|timeout <timeout:0-50>|source <source>|numeric}*",
	     cli_do_traceroute,
	     "traceroute Trace route to destination\nip IP trace\nipv6 IPv6 trace\n"
	     "<destination:ip> Trace route to destination address\n"
	     "probe Specify number of probes per hop\n<probe:1-100> Probes\n"
	     "ttl Specify minimum and maximum ttl\n<first:1-255> Minimum time to live\n"
	     "<last:1-255> Maximum time to live\ntimeout Specify time out\n"
	     "<timeout:0-50> Seconds\nsource Specify source address or name\n"
	     "<source> Address, or name of an interface\nnumeric Display numeric address"),
};
CLI_PART(box);
