/*
 * The table goes from the more particular to the more general; the first row that matches counts. How
 * often real configurations have which line decided what stands in it.
 */
#include "cli/features.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "cli/load.h"

#define KNOWN(pattern_)                                                                            \
	{                                                                                          \
		.pattern = (pattern_), .kind = FEATURE_KNOWN                                       \
	}
#define KNOWN_BLOCK(pattern_)                                                                      \
	{                                                                                          \
		.pattern = (pattern_), .kind = FEATURE_KNOWN_BLOCK                                 \
	}
#define LINE(name_, pattern_)                                                                      \
	{                                                                                          \
		.pattern = "~" pattern_, .name = (name_), .kind = FEATURE_LINE                     \
	}
#define BLOCK(name_, pattern_)                                                                     \
	{                                                                                          \
		.pattern = "~" pattern_, .name = (name_), .kind = FEATURE_BLOCK                    \
	}

#define IKEV1	   "IKEv1 (ISAKMP)"
#define TUNNELS	   FEATURE_TUNNELS
#define ALGORITHMS "algorithms that are not offered"
#define IGP	   "OSPF, EIGRP, IS-IS, RIP"
#define POLICY	   "route maps, prefix lists"
#define QOS	   "quality of service"
#define FIREWALL   "zone firewall, object groups"
#define MULTICAST  "multicast routing"
#define DHCP	   "DHCP"
#define SWITCHING  "switching"
#define MPLS	   "MPLS"
#define VRF	   "VRF"
#define PKI	   "certificates (PKI)"
#define EVENTS	   "IP SLA, track"
#define FLOW	   "NetFlow, NBAR"
#define REDUNDANCY "first-hop redundancy, BFD"
#define WAN	   "WAN encapsulations"
#define VOICE	   "voice"
#define SERVERS	   "HTTP, FTP, TFTP, SCP servers and clients"
#define ADDRESSES  "interface addresses and routes (those of the system)"
#define SETTINGS   "interface settings (those of the system)"
#define NAMES	   "name resolution (that of the system)"
#define CLOCK	   "clock, NTP (those of the system)"
#define SSH	   "SSH settings (those of the system's sshd)"

static const struct feature features[] = {
	/* What a router writes of itself, and habits without an effect here. */
	KNOWN("boot-start-marker"),
	KNOWN("boot-end-marker"),
	KNOWN("boot system **"),
	KNOWN("version **"),
	KNOWN("~service password-encryption"),
	KNOWN("~service tcp-keepalives-in"),
	KNOWN("~service tcp-keepalives-out"),
	KNOWN("~service linenumber"),
	KNOWN("~service call-home"),
	KNOWN("~service unsupported-transceiver"),
	KNOWN("no service **"),
	KNOWN("~aaa session-id common"),
	KNOWN("memory-size iomem **"),
	KNOWN("memory free low-watermark **"),
	KNOWN("~ip cef **?"),
	KNOWN("~ipv6 cef **?"),
	KNOWN("ip forward-protocol nd"),
	KNOWN("ip classless"),
	KNOWN("ip subnet-zero"),
	KNOWN("no ip http **"),
	KNOWN("no ip bootp server"),
	KNOWN("no ip finger"),
	KNOWN("no ip ftp **"),
	KNOWN("~ip source-route"),
	KNOWN("~ip gratuitous-arps"),
	KNOWN("~ip domain lookup **?"),
	KNOWN("~ip domain-lookup"),
	KNOWN("ip tcp synwait-time *"),
	KNOWN("ip ssh version *"),
	KNOWN("multilink bundle-name authenticated"),
	KNOWN("no cdp log mismatch *"),
	KNOWN("~cdp **"),
	KNOWN("~lldp **"),
	KNOWN("~mmi **"),
	KNOWN("diagnostic bootup level *"),
	KNOWN("diagnostic monitor **"),
	KNOWN("license **"),
	KNOWN("~platform **"),
	KNOWN("spanning-tree extend system-id"),
	KNOWN("scheduler allocate * *"),
	KNOWN("scheduler interval *"),
	KNOWN("upgrade fpd auto"),
	KNOWN("~dspfarm"),
	KNOWN("no gratuitous-arps"),
	KNOWN("control-plane **?"),
	KNOWN("login on-success log"),
	KNOWN("login on-failure log"),
	KNOWN_BLOCK("redundancy"),
	KNOWN_BLOCK("call-home"),
	KNOWN_BLOCK("gatekeeper"),
	KNOWN_BLOCK("subscriber **"),
	KNOWN_BLOCK("transceiver type all"),
	KNOWN_BLOCK("mgcp profile default"),
	KNOWN("~mgcp **"),
	KNOWN_BLOCK("line aux **"),
	KNOWN_BLOCK("line tty **"),
	KNOWN_BLOCK("line *"),
	/* Lines of terminal lines. */
	KNOWN("stopbits *"),
	KNOWN("speed *"),
	KNOWN("databits *"),
	KNOWN("parity *"),
	KNOWN("flowcontrol **"),
	KNOWN("~transport preferred **"),
	KNOWN("~transport output **"),
	KNOWN("~modem **"),
	KNOWN("escape-character *"),
	KNOWN("no activation-character"),
	/* Lines of interfaces. */
	KNOWN("duplex *"),
	KNOWN("~negotiation auto"),
	KNOWN("~media-type **"),
	KNOWN("serial restart-delay *"),
	KNOWN("clock rate *"),
	KNOWN("load-interval *"),
	KNOWN("no shutdown"),
	KNOWN("no ip address"),
	KNOWN("no ip directed-broadcast"),
	KNOWN("no ip mask-reply"),
	KNOWN("no ip proxy-arp"),
	KNOWN("~ip route-cache **?"),
	KNOWN("~ip mroute-cache"),
	KNOWN("~ip virtual-reassembly **?"),
	KNOWN("~mop **"),
	KNOWN("no fair-queue"),
	KNOWN("no keepalive"),

	/* Crypto. */
	LINE(IKEV1, "crypto isakmp keepalive **"),
	LINE(IKEV1, "crypto isakmp key **"),
	LINE(IKEV1, "crypto isakmp identity **"),
	LINE(IKEV1, "crypto isakmp nat **"),
	LINE(IKEV1, "crypto isakmp enable"),
	LINE(IKEV1, "crypto isakmp aggressive-mode **"),
	BLOCK(IKEV1, "crypto isakmp **"),
	BLOCK(IKEV1, "crypto keyring **"),
	LINE(IKEV1, "set isakmp-profile *"),
	BLOCK("dynamic crypto maps", "crypto dynamic-map **"),
	LINE("dynamic crypto maps", "crypto map * * ipsec-isakmp dynamic **"),
	BLOCK("GDOI", "crypto gdoi **"),
	BLOCK("GDOI", "crypto map * * gdoi **?"),
	BLOCK("manual keys", "crypto map * * ipsec-manual **?"),
	LINE("crypto map local-address", "crypto map * local-address **"),
	LINE("remote access (client, EzVPN)", "crypto map * client **"),
	LINE("remote access (client, EzVPN)", "crypto map * isakmp **"),
	BLOCK("remote access (client, EzVPN)", "crypto ipsec client **"),
	BLOCK("remote access (client, EzVPN)", "crypto ikev2 client **"),
	BLOCK("remote access (client, EzVPN)", "crypto ikev2 authorization **"),
	BLOCK(TUNNELS, "crypto ipsec profile **"),
	LINE(TUNNELS, "tunnel **"),
	BLOCK(ALGORITHMS, "crypto ipsec transform-set **"),
	LINE("transport mode", "mode transport **?"),
	LINE(ALGORITHMS, "encryption **"),
	LINE(ALGORITHMS, "integrity **"),
	LINE(ALGORITHMS, "prf **"),
	LINE(ALGORITHMS, "group **"),
	LINE(ALGORITHMS, "set pfs **?"),
	BLOCK(PKI, "crypto pki **"),
	BLOCK(PKI, "crypto ca **"),
	BLOCK(PKI, "crypto key **"),
	LINE(PKI, "pki trustpoint **"),
	LINE(PKI, "authentication remote rsa-sig"),
	LINE(PKI, "authentication local rsa-sig"),
	LINE("EAP", "authentication remote eap **?"),
	LINE("reverse route injection", "reverse-route **?"),
	LINE("reverse route injection", "set reverse-route **"),
	LINE(QOS, "qos **"),
	LINE("other IKEv2 commands", "crypto ikev2 limit **"),
	LINE("other IKEv2 commands", "crypto ikev2 cookie-challenge **"),
	LINE("other IKEv2 commands", "crypto ikev2 fragmentation **?"),
	LINE("other IKEv2 commands", "crypto ikev2 nat **"),
	LINE("other IKEv2 commands", "crypto ikev2 window **"),
	LINE("other IKEv2 commands", "crypto ikev2 diagnose **"),
	LINE("other IKEv2 commands", "crypto ikev2 http-url **"),
	LINE("other IKEv2 commands", "crypto ikev2 certificate-cache **"),
	BLOCK("other IKEv2 commands", "crypto ikev2 **"),
	LINE("other crypto commands", "crypto **"),
	LINE("NHRP", "ip nhrp **"),
	LINE("NHRP", "ipv6 nhrp **"),

	/* Routing. */
	BLOCK("BGP", "router bgp **"),
	LINE("BGP", "neighbor **"),
	LINE("BGP", "bgp **"),
	LINE("BGP", "ip bgp-community **"),
	BLOCK(IGP, "router **"),
	BLOCK(IGP, "ipv6 router **"),
	LINE(IGP, "ip ospf **"),
	LINE(IGP, "ospfv3 **"),
	LINE(IGP, "ipv6 ospf **"),
	LINE(IGP, "ip router **"),
	LINE(IGP, "isis **"),
	LINE(IGP, "ip rip **"),
	LINE(IGP, "ip summary-address **"),
	LINE(IGP, "ip hello-interval **"),
	LINE(IGP, "ip hold-time **"),
	LINE(IGP, "ip split-horizon **?"),
	LINE(IGP, "ip next-hop-self **"),
	LINE(IGP, "ip bandwidth-percent **"),
	LINE(IGP, "ip authentication **"),
	BLOCK(IGP, "key chain **"),
	BLOCK(POLICY, "route-map **"),
	LINE(POLICY, "ip prefix-list **"),
	LINE(POLICY, "ipv6 prefix-list **"),
	LINE(POLICY, "ip as-path **"),
	LINE(POLICY, "ip community-list **"),
	LINE(POLICY, "ip extcommunity-list **"),
	LINE(POLICY, "ip policy **"),
	LINE(POLICY, "ip local policy **"),
	LINE(ADDRESSES, "ip route **"),
	LINE(ADDRESSES, "ipv6 route **"),
	LINE(ADDRESSES, "ip default-gateway **"),
	LINE(ADDRESSES, "ip default-network **"),
	LINE(ADDRESSES, "ipv6 unicast-routing"),
	LINE(ADDRESSES, "ip routing"),
	LINE(ADDRESSES, "ip address **"),
	LINE(ADDRESSES, "ip unnumbered **"),
	LINE(ADDRESSES, "ipv6 address **"),
	LINE(ADDRESSES, "ipv6 enable"),
	LINE(ADDRESSES, "ip local pool **"),
	BLOCK(VRF, "vrf definition **"),
	BLOCK(VRF, "vrf **"),
	LINE(VRF, "ip vrf forwarding **"),
	BLOCK(VRF, "ip vrf **"),
	LINE(MULTICAST, "ip multicast-routing **?"),
	LINE(MULTICAST, "ip multicast **"),
	LINE(MULTICAST, "ip pim **"),
	LINE(MULTICAST, "ip igmp **"),
	LINE(MULTICAST, "ip msdp **"),
	LINE(MULTICAST, "ipv6 pim **"),
	LINE(MULTICAST, "ipv6 mld **"),
	LINE(MPLS, "mpls **"),
	LINE(MPLS, "ip rsvp **"),
	LINE(REDUNDANCY, "standby **"),
	LINE(REDUNDANCY, "vrrp **"),
	LINE(REDUNDANCY, "glbp **"),
	LINE(REDUNDANCY, "bfd **"),

	/* Traffic. */
	BLOCK(QOS, "class-map **"),
	BLOCK(QOS, "policy-map **"),
	LINE(QOS, "service-policy **"),
	LINE(QOS, "fair-queue **?"),
	LINE(QOS, "priority-list **"),
	LINE("NAT", "ip nat **"),
	BLOCK(FIREWALL, "zone security **"),
	BLOCK(FIREWALL, "zone-pair **"),
	LINE(FIREWALL, "zone-member **"),
	BLOCK(FIREWALL, "parameter-map **"),
	BLOCK(FIREWALL, "object-group **"),
	LINE(FIREWALL, "ip inspect **"),
	LINE("access lists of interfaces", "ip access-group **"),
	LINE("access lists of interfaces", "ipv6 traffic-filter **"),
	BLOCK("other kinds of access lists", "ip access-list **"),
	BLOCK("other kinds of access lists", "ipv6 access-list **"),
	BLOCK("other kinds of access lists", "mac access-list **"),
	LINE("other kinds of access lists", "access-list **"),
	LINE("rules of access lists that are not offered", "permit **"),
	LINE("rules of access lists that are not offered", "deny **"),
	LINE(DHCP, "ip dhcp excluded-address **"),
	LINE(DHCP, "ip dhcp relay **"),
	LINE(DHCP, "ip dhcp snooping **?"),
	BLOCK(DHCP, "ip dhcp **"),
	BLOCK(DHCP, "ipv6 dhcp **"),
	LINE(DHCP, "service dhcp"),
	LINE(DHCP, "ip helper-address **"),
	BLOCK(FLOW, "flow **"),
	LINE(FLOW, "ip flow-export **"),
	LINE(FLOW, "ip flow-cache **"),
	LINE(FLOW, "ip flow-top-talkers"),
	LINE(FLOW, "ip flow **"),
	LINE(FLOW, "ip nbar **"),

	/* Switches, lines, voice. */
	BLOCK(SWITCHING, "vlan **"),
	LINE(SWITCHING, "vtp **"),
	LINE(SWITCHING, "spanning-tree **"),
	LINE(SWITCHING, "switchport **?"),
	LINE(SWITCHING, "channel-group **"),
	BLOCK(SWITCHING, "bridge-domain **"),
	LINE(SWITCHING, "bridge **"),
	LINE(SWITCHING, "bridge-group **"),
	BLOCK(SWITCHING, "l2vpn **"),
	LINE(SWITCHING, "xconnect **"),
	LINE(WAN, "encapsulation **"),
	LINE(WAN, "ppp **"),
	LINE(WAN, "pppoe **"),
	LINE(WAN, "pppoe-client **"),
	LINE(WAN, "dialer **"),
	LINE(WAN, "dialer-list **"),
	LINE(WAN, "dialer-group **"),
	LINE(WAN, "frame-relay **"),
	LINE(WAN, "isdn **"),
	BLOCK(WAN, "controller **"),
	BLOCK(WAN, "bba-group **"),
	BLOCK(WAN, "vpdn-group **"),
	LINE(WAN, "vpdn **"),
	BLOCK(VOICE, "voice **"),
	BLOCK(VOICE, "voice-card **"),
	BLOCK(VOICE, "voice-port **"),
	BLOCK(VOICE, "dial-peer **"),
	BLOCK(VOICE, "sip-ua"),
	BLOCK(VOICE, "telephony-service"),
	BLOCK(VOICE, "ephone **"),
	BLOCK(VOICE, "ephone-dn **"),
	BLOCK(VOICE, "sccp **"),

	/* Management. */
	LINE(EVENTS, "ip sla schedule **"),
	LINE(EVENTS, "ip sla responder **?"),
	BLOCK(EVENTS, "ip sla **"),
	BLOCK(EVENTS, "track **"),
	LINE("SNMP", "snmp-server **"),
	LINE("SNMP", "snmp **"),
	LINE(CLOCK, "ntp **"),
	LINE(CLOCK, "sntp **"),
	LINE(CLOCK, "clock **"),
	LINE(NAMES, "ip name-server **"),
	LINE(NAMES, "ip domain **"),
	LINE(NAMES, "ip domain-name **"),
	LINE(NAMES, "ip domain-list **"),
	LINE(NAMES, "ip host **"),
	LINE(SSH, "ip ssh **"),
	LINE(SERVERS, "ip http **"),
	LINE(SERVERS, "ip scp **"),
	LINE(SERVERS, "ip ftp **"),
	LINE(SERVERS, "ip tftp **"),
	LINE(SERVERS, "tftp-server **"),
	BLOCK("users and servers elsewhere (AAA)", "aaa group **"),
	LINE("users and servers elsewhere (AAA)", "aaa **"),
	LINE("users and servers elsewhere (AAA)", "ip tacacs **"),
	LINE("users and servers elsewhere (AAA)", "ip radius **"),
	LINE("passwords of other kinds", "username **"),
	LINE("passwords of other kinds", "enable **"),
	LINE("command aliases, menus", "alias **"),
	LINE("command aliases, menus", "menu **"),
	LINE("command aliases, menus", "parser **"),
	LINE("privileges of configuration commands", "privilege **"),
	LINE("logging: other commands", "logging **"),
	LINE("services: other commands", "service **"),
	LINE("banners of other kinds", "banner **"),
	BLOCK("settings of terminal lines", "line **"),
	LINE("settings of terminal lines", "transport **"),
	LINE("settings of terminal lines", "login **?"),
	LINE("settings of terminal lines", "exec **?"),
	LINE("settings of terminal lines", "no exec"),
	LINE("settings of terminal lines", "session-timeout **"),
	LINE("settings of terminal lines", "rotary **"),
	LINE("settings of terminal lines", "autocommand **"),
	LINE("settings of terminal lines", "authorization **"),

	/* What is left of interfaces. */
	LINE(SETTINGS, "shutdown"),
	LINE(SETTINGS, "mtu **"),
	LINE(SETTINGS, "ip mtu **"),
	LINE(SETTINGS, "ipv6 mtu **"),
	LINE(SETTINGS, "ip tcp **"),
	LINE(SETTINGS, "ipv6 tcp **"),
	LINE(SETTINGS, "ip redirects"),
	LINE(SETTINGS, "ip unreachables"),
	LINE(SETTINGS, "ip proxy-arp **?"),
	LINE(SETTINGS, "ip verify **"),
	LINE(SETTINGS, "ipv6 nd **"),
	LINE(SETTINGS, "bandwidth **"),
	LINE(SETTINGS, "delay **"),
	LINE(SETTINGS, "keepalive **?"),
	LINE(SETTINGS, "mac-address **"),
	LINE(SETTINGS, "carrier-delay **"),
	LINE(SETTINGS, "hold-queue **"),
	LINE(SETTINGS, "arp **"),
};

const struct feature *feature_of(const char *line)
{
	const char *bare = line + strspn(line, " \t");

	if (strncasecmp(bare, "no ", 3) == 0)
		bare += 3;
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		const char *pattern = features[i].pattern;
		bool either = *pattern == '~';

		if (load_matches(either ? bare : line, pattern + either))
			return &features[i];
	}
	return NULL;
}

/* EXEC commands of routers that people try first, and what there is instead. */
static const struct {
	const char *pattern, *instead;
} elsewhere[] = {
	{"show crypto isakmp **", IKEV1 " is not supported; for IKEv2: show crypto ikev2 sa"},
	{"debug crypto isakmp", IKEV1 " is not supported; for IKEv2: debug crypto ikev2"},
	{"clear crypto isakmp", IKEV1 " is not supported; for IKEv2: clear crypto ikev2 sa"},
};

const char *feature_instead(const char *line)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (load_matches(line, elsewhere[i].pattern))
			return elsewhere[i].instead;
	return NULL;
}

bool feature_is_router_interface(const char *name)
{
	static const char *const kinds[] = {
		"GigabitEthernet",
		"FastEthernet",
		"TenGigabitEthernet",
		"TwoGigabitEthernet",
		"FiveGigabitEthernet",
		"TwentyFiveGigE",
		"FortyGigabitEthernet",
		"HundredGigE",
		"Ethernet",
		"Serial",
		"Loopback",
		"Tunnel",
		"Vlan",
		"Port-channel",
		"BDI",
		"BVI",
		"Dialer",
		"Virtual-Template",
		"Virtual-Access",
		"Virtual-PPP",
		"Null",
		"Async",
		"Cellular",
		"ATM",
		"POS",
		"Multilink",
		"Embedded-Service-Engine",
		"NVI",
		"LISP",
		"Wlan-GigabitEthernet",
		"AppGigabitEthernet",
		"VirtualPortGroup",
		"Bundle-Ether",
		"Management",
		"Group-Async",
		"Service-Engine",
	};

	if (strchr(name, '/'))
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i]);

		/* Kernels write in small letters: "vlan10" may be one of theirs. */
		if (strncasecmp(name, kinds[i], len) == 0 && isupper((unsigned char)name[0]) &&
		    (isdigit((unsigned char)name[len]) || !name[len]))
			return true;
	}
	return false;
}
