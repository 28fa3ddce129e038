/*
 * cli: the shows of the machine line by line as routers and the programs that read routers have them, and
 * ping and traceroute sign by sign, over a daemon that answers what the test says.
 */
#include "cli_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

/* JSON with ' for ". */
static json_t *json(const char *text)
{
	char *copy = strdup(text);
	json_t *value;

	for (char *at = copy; (at = strchr(at, '\'')); *at = '"')
		;
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	free(copy);
	assert_non_null(value);
	return value;
}

static void serve(const char *state)
{
	json_decref(fake.state);
	fake.state = json(state);
}

static void show(const char *line, const char *want)
{
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_OK);
	assert_string_equal(fake.out, want);
}

static void refused(const char *line, const char *want)
{
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_FAILED);
	assert_non_null(strstr(fake.error, want));
}

/* ---- interfaces ------------------------------------------------------------------------------------ */

#define ETH0                                                                                       \
	"{'name':'eth0','index':2,'admin-up':true,'carrier':true,'running':true,'loopback':false," \
	"'hardware':'igb','encapsulation':'ARPA','mac-address':'5254.0012.3456',"                  \
	"'permanent-mac-address':'5254.0012.3457','description':'to the provider','mtu':1500,"     \
	"'speed':'1000000','duplex':'full','autonegotiation':true,'media':'twisted-pair',"         \
	"'queueing':'fq_codel','carrier-changes':3,'input-rate':'500000000','output-rate':'1000'," \
	"'input-packet-rate':'41','output-packet-rate':'1','reliability':254,'input-packets':'1'," \
	"'input-bytes':'2','input-errors':'3','input-dropped':'4','input-missed':'5',"             \
	"'input-crc':'6','input-frame':'7','input-overrun':'8','input-unknown':'9',"               \
	"'input-multicast':'10','output-packets':'11','output-bytes':'12','output-errors':'13',"   \
	"'output-dropped':'14','output-underruns':'15','output-carrier':'16','collisions':'17',"   \
	"'addresses':4,'address':["                                                                \
	"{'ip':'10.1.1.1','prefix-length':24,'permanent':true,'broadcast':'10.1.1.255'},"          \
	"{'ip':'10.1.1.7','prefix-length':24,'secondary':true,'permanent':true},"                  \
	"{'ip':'fe80::1','prefix-length':64,'permanent':true,'link-local':true},"                  \
	"{'ip':'2001:db8::1','prefix-length':64,'permanent':true}]}"
#define LO                                                                                         \
	"{'name':'lo','index':1,'admin-up':false,'carrier':false,'running':false,"                 \
	"'loopback':true,'hardware':'loopback','encapsulation':'LOOPBACK','mtu':65536,"            \
	"'reliability':255,'addresses':0}"
#define TUN                                                                                        \
	"{'name':'tun0','index':3,'admin-up':true,'carrier':true,'running':false,"                 \
	"'hardware':'vti','encapsulation':'TUNNEL','mtu':1400,'reliability':255,'addresses':1,"    \
	"'address':[{'ip':'192.0.2.9','prefix-length':32,'permanent':false}]}"
#define INTERFACES                                                                                 \
	"{'spindle-interface-state:interface-state':{'interface':[" LO "," ETH0 "," TUN "]}}"

static void test_show_interfaces_has_the_lines_that_programs_look_for(void **state)
{
	(void)state;
	serve(INTERFACES);
	show("show interfaces eth0",
	     "eth0 is up, line protocol is up \n"
	     "  Hardware is igb, address is 5254.0012.3456 (bia 5254.0012.3457)\n"
	     "  Description: to the provider\n"
	     "  Internet address is 10.1.1.1/24\n"
	     "  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec, \n"
	     "     reliability 254/255, txload 1/255, rxload 127/255\n"
	     "  Encapsulation ARPA, loopback not set\n"
	     "  Full Duplex, 1000Mbps, link type is auto, media type is RJ45\n"
	     "  Total input drops: 4; Total output drops: 14\n"
	     "  Queueing strategy: fq_codel\n"
	     "  5 minute input rate 500000000 bits/sec, 41 packets/sec\n"
	     "  5 minute output rate 1000 bits/sec, 1 packets/sec\n"
	     "     1 packets input, 2 bytes, 5 no buffer\n"
	     "     Received 10 IP multicasts\n"
	     "     3 input errors, 6 CRC, 7 frame, 8 overrun, 4 ignored\n"
	     "     11 packets output, 12 bytes, 15 underruns\n"
	     "     13 output errors, 17 collisions, 3 interface resets\n"
	     "     9 unknown protocol drops\n"
	     "     16 lost carrier\n");
}

/* What the kernel does not know has no line. */
static void test_an_interface_without_a_driver_has_fewer_lines(void **state)
{
	(void)state;
	serve(INTERFACES);
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, "show interfaces lo"), CLI_OK);
	assert_non_null(strstr(fake.out, "lo is administratively down, line protocol is down \n"
					 "  Hardware is loopback\n  MTU 65536 bytes\n"
					 "     reliability 255/255\n"
					 "  Encapsulation LOOPBACK, loopback set\n"));
	assert_null(strstr(fake.out, "Duplex"));
	assert_null(strstr(fake.out, "BW"));
	assert_null(strstr(fake.out, "Internet address"));
	refused("show interfaces eth9", "There is no interface eth9");
	refused("show interfaces e'9", "There is no interface e'9");
}

static void test_a_vlan_says_its_number(void **state)
{
	(void)state;
	serve("{'spindle-interface-state:interface-state':{'interface':[{'name':'eth0.10',"
	      "'encapsulation':'802.1Q Virtual LAN','vlan':10,'admin-up':true,'carrier':false}]}}");
	fake_clear_output(&fake);
	cli_run_line(&session, "show interfaces");
	assert_non_null(strstr(fake.out, "eth0.10 is down, line protocol is down \n"));
	assert_non_null(strstr(
		fake.out, "  Encapsulation 802.1Q Virtual LAN, Vlan ID  10., loopback not set\n"));
}

static void test_brief_tables_of_both_families(void **state)
{
	(void)state;
	serve(INTERFACES);
	show("show ip interface brief",
	     "Interface                  IP-Address      OK? Method Status                Protocol\n"
	     "lo                         unassigned      YES unset  administratively down down    \n"
	     "eth0                       10.1.1.1        YES manual up                    up      \n"
	     "tun0                       192.0.2.9       YES DHCP   up                    down    \n");
	show("show ipv6 interface brief",
	     "lo                     [administratively down/down]\n    unassigned\n"
	     "eth0                   [up/up]\n    FE80::1\n    2001:DB8::1\n"
	     "tun0                   [up/down]\n    unassigned\n");
	show("show interfaces description",
	     "Interface                      Status         Protocol Description\n"
	     "lo                             admin down     down     \n"
	     "eth0                           up             up       to the provider\n"
	     "tun0                           up             down     \n");
}

static void test_ip_and_ipv6_interface(void **state)
{
	(void)state;
	serve(INTERFACES);
	show("show ip interface", "lo is administratively down, line protocol is down \n"
				  "  Internet protocol processing disabled\n"
				  "eth0 is up, line protocol is up \n"
				  "  Internet address is 10.1.1.1/24\n"
				  "  Broadcast address is 10.1.1.255\n"
				  "  Address determined by setup command\n"
				  "  Secondary address 10.1.1.7/24\n"
				  "  MTU is 1500 bytes\n"
				  "tun0 is up, line protocol is down \n"
				  "  Internet address is 192.0.2.9/32\n"
				  "  Address determined by DHCP\n"
				  "  MTU is 1400 bytes\n");
	show("show ipv6 interface", "eth0 is up, line protocol is up \n"
				    "  IPv6 is enabled, link-local address is FE80::1 \n"
				    "  Global unicast address(es):\n"
				    "    2001:DB8::1, subnet is 2001:DB8::/64 \n"
				    "  MTU is 1500 bytes\n");
}

static void test_json_is_of_the_same_reply(void **state)
{
	(void)state;
	serve("{'spindle-interface-state:interface-state':{'interface':[{'name':'lo','mtu':7}]}}");
	show("show interfaces | json",
	     "{\n  \"/spindle-interface-state:interface-state/interface\": [\n"
	     "    {\n      \"name\": \"lo\",\n      \"mtu\": 7\n    }\n  ]\n}\n");
}

/* ---- routes ---------------------------------------------------------------------------------------- */

#define ROUTE(prefix, source, type, hops)                                                          \
	"{'prefix':'" prefix "','source':'" source "','type':'" type                               \
	"','metric':5,'next-hop':[" hops "]}"
#define HOP(gateway, interface)                                                                    \
	"{'index':0,'gateway':'" gateway "','interface':'" interface "','weight':1}"
#define LEGEND                                                                                     \
	"Codes: L - local, C - connected, S - static, R - RIP, D - EIGRP, O - OSPF\n"              \
	"       i - IS-IS, B - BGP, H - NHRP, a - application route\n"                             \
	"       * - candidate default\n\n"

static void test_show_ip_route_has_codes_gateway_and_rows(void **state)
{
	(void)state;
	serve("{'spindle-routing-state:routing-state':{'ipv4':{'default':{'gateway':'10.1.1.254'},"
	      "'route':[" ROUTE("0.0.0.0/0", "static", "unicast", HOP("10.1.1.254", "eth0")) "," ROUTE(
		      "10.1.1.0/24", "connected", "unicast",
		      "{'interface':'eth0'}") "," ROUTE("10.1.1.1/32", "local", "local",
							"{'interface':'eth0'}") "," ROUTE("10.7.0.0/16",
											  "ospf",
											  "unicast",
											  HOP("10.1.1.2", "eth0") "," HOP(
												  "10.1.1.3",
												  "eth0")) "," ROUTE("10.8.0.0/16",
														     "static",
														     "blackhole",
														     "") "]}}}");
	show("show ip route", LEGEND "Gateway of last resort is 10.1.1.254 to network 0.0.0.0\n\n"
				     "S*    0.0.0.0/0 [1/5] via 10.1.1.254, eth0\n"
				     "C     10.1.1.0/24 is directly connected, eth0\n"
				     "L     10.1.1.1/32 is directly connected, eth0\n"
				     "O     10.7.0.0/16 [110/5] via 10.1.1.2, eth0\n"
				     "                           [110/5] via 10.1.1.3, eth0\n"
				     "S     10.8.0.0/16 is directly connected, Null0\n");
	show("show ip route connected",
	     LEGEND "Gateway of last resort is 10.1.1.254 to network 0.0.0.0\n\n"
		    "C     10.1.1.0/24 is directly connected, eth0\n");
}

static void test_without_a_default_there_is_no_gateway(void **state)
{
	(void)state;
	show("show ip route", LEGEND "Gateway of last resort is not set\n\n");
}

static void test_one_destination_is_told_in_full(void **state)
{
	(void)state;
	serve("{'spindle-routing-state:routing-state':{'ipv4':{'match':[{'destination':'10.7.1.1',"
	      "'prefix':'10.7.0.0/16','source':'static','type':'unicast','metric':20,'next-hops':2,"
	      "'next-hop':[{'gateway':'10.1.1.2','interface':'eth0','weight':1},"
	      "{'gateway':'10.1.1.3','weight':3}]}]}}}");
	show("show ip route 10.7.1.1", "Routing entry for 10.7.0.0/16\n"
				       "  Known via \"static\", distance 1, metric 20\n"
				       "  Routing Descriptor Blocks:\n"
				       "  * 10.1.1.2, via eth0\n"
				       "      Route metric is 20, traffic share count is 1\n"
				       "    10.1.1.3\n"
				       "      Route metric is 20, traffic share count is 3\n");
	refused("show ip route 192.0.2.1", "% Network not in table");
	refused("show ipv6 route 2001:db8::1", "% Network not in table");
}

static void test_ipv6_routes_stand_on_two_lines(void **state)
{
	(void)state;
	serve("{'spindle-routing-state:routing-state':{'ipv6':{'route':["
	      "{'prefix':'2001:db8::/64','source':'connected','type':'unicast','metric':256,"
	      "'next-hop':[{'interface':'eth0'}]},"
	      "{'prefix':'2001:db8::1/128','source':'local','type':'local','metric':0,"
	      "'next-hop':[{'interface':'eth0'}]},"
	      "{'prefix':'::/0','source':'nd','type':'unicast','metric':1024,"
	      "'next-hop':[{'gateway':'fe80::2','interface':'eth0'}]},"
	      "{'prefix':'2001:db8:9::/48','source':'static','type':'unreachable','metric':1}],"
	      "'count':[{'source':'connected','routes':'1'},{'source':'local','routes':'2'}]}}}");
	show("show ipv6 route",
	     "Codes: C - Connected, L - Local, S - Static, R - RIP, B - BGP, H - NHRP\n"
	     "       I - ISIS, O - OSPF, D - EIGRP, ND - ND Default, a - application route\n"
	     "C   2001:DB8::/64 [0/256]\n     via eth0, directly connected\n"
	     "L   2001:DB8::1/128 [0/0]\n     via eth0, receive\n"
	     "ND  ::/0 [2/1024]\n     via FE80::2, eth0\n"
	     "S   2001:DB8:9::/48 [1/1]\n     via Null0, directly connected\n");
	show("show ipv6 route summary", "IPv6 routing table name is default(0) global scope\n"
					"  connected 1, local 2\n  3 routes\n");
}

static void test_the_summary_adds_up(void **state)
{
	(void)state;
	serve("{'spindle-routing-state:routing-state':{'ipv4':{'count':["
	      "{'source':'connected','networks':'0','subnets':'3'},"
	      "{'source':'static','networks':'1','subnets':'0'},"
	      "{'source':'bgp','networks':'0','subnets':'0'}]}}}");
	show("show ip route summary", "IP routing table name is default (0x0)\n"
				      "Route Source    Networks    Subnets\n"
				      "connected       0           3\n"
				      "static          1           0\n"
				      "Total           1           3\n");
}

/* ---- the machine ----------------------------------------------------------------------------------- */

static void clock_is(const char *trust, const char *source)
{
	char text[256];

	snprintf(
		text, sizeof(text),
		"{'spindle-platform-state:platform-state':{'clock':{'time':'2026-10-09T14:28:58.808+00:00',"
		"'trust':'%s','source':'%s','error':'12'}}}",
		trust, source);
	serve(text);
}

static void test_the_mark_says_whether_the_clock_is_right(void **state)
{
	(void)state;
	clock_is("never", "hardware");
	show("show clock", "*14:28:58.808 UTC Fri Oct 9 2026\n");
	clock_is("lost", "ntp");
	show("show clock", ".14:28:58.808 UTC Fri Oct 9 2026\n");
	clock_is("synchronised", "ntp");
	show("show clock detail", "14:28:58.808 UTC Fri Oct 9 2026\nTime source is NTP\n"
				  "Greatest error is 12 us\n");
}

#define MACHINE                                                                                    \
	"{'spindle-platform-state:platform-state':{'machine':{'vendor':'ACME','product':'R9',"     \
	"'product-version':'V03','serial-number':'FDO1','kernel':'Linux 6.1','architecture':"      \
	"'x86_64','processor':'Turtle 7','processors':2,'image':'/usr/sbin/spindled','uptime':"    \
	"'90061000'},'memory':{'total':'25276502016','used':'1852694528','free':'23423807488',"    \
	"'lowest':'23423807487','largest':'4194304'},'load':{'five-seconds':14,'interrupts':1,"    \
	"'one-minute':13,'five-minutes':19},'process':[{'role':'router','pid':100,'runtime':"      \
	"'4000','invoked':'200','five-seconds':105,'one-minute':50,'five-minutes':9,'held':"       \
	"'800','most-held':'1000','locked':'3'}]},'spindle-system:system-state':{'version':"       \
	"'1.2','uptime':'60000'}}"

static void test_inventory_memory_and_processes(void **state)
{
	(void)state;
	serve(MACHINE);
	show("show inventory", "NAME: \"Chassis\", DESCR: \"ACME R9, Linux 6.1\"\n"
			       "PID: R9                , VID: V03  , SN: FDO1\n\n"
			       "NAME: \"CPU\", DESCR: \"2 x Turtle 7\"\n"
			       "PID: x86_64            , VID:      , SN: \n\n");
	show("show memory statistics",
	     "                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)\n"
	     "Processor          -  25276502016  1852694528  23423807488  23423807487     4194304\n");
	show("show processes cpu",
	     "CPU utilization for five seconds: 14%/1%; one minute: 13%; five minutes: 19%\n"
	     " PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY Process \n"
	     " 100        4000         200      20000  1.05%  0.50%  0.09%   0 router\n");
	show("show processes memory",
	     "Processor Pool Total: 25276502016 Used:  1852694528 Free: 23423807488\n\n"
	     " PID TTY  Allocated      Freed    Holding     Locked Process\n"
	     " 100   0       1000        200        800          3 router\n");
}

static void test_version_names_image_machine_and_number(void **state)
{
	(void)state;
	serve(MACHINE);
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, "show version"), CLI_OK);
	assert_non_null(strstr(fake.out, "Spindle Software, Version 1.2\n"));
	assert_non_null(strstr(fake.out, "\nSpindle uptime is 1 minute\n"));
	assert_non_null(strstr(fake.out, "\nSystem image file is \"/usr/sbin/spindled\"\n"
					 "Machine is up for 1d01h, Linux 6.1\n\n"
					 "ACME R9 (x86_64) processor.\nProcessor board ID FDO1\n"
					 "24684084K bytes of memory\n"));
}

static void test_dir_lists_one_folder(void **state)
{
	(void)state;
	serve("{'spindle-platform-state:platform-state':{'file-system':[{'name':'flash:','folder':"
	      "'/s','size':'1000','free':'10','writable':true,'kind':'ef53'},{'name':'nvram:','folder':"
	      "'/c','size':'2000','free':'20','writable':false,'kind':'beef'}],'file':["
	      "{'file-system':'flash:','number':1,'name':'births','kind':'file','mode':384,"
	      "'length':'16781312','modified':'2026-10-09T14:28:58.808+00:00'},"
	      "{'file-system':'nvram:','number':1,'name':'a','kind':'directory','mode':448}]}}");
	show("dir", "Directory of flash:/\n\n"
		    "    1  -rw-      16781312  Oct  9 2026 14:28:58 +00:00  births\n"
		    "\n1000 bytes total (10 bytes free)\n");
	show("dir /all nvram:", "Directory of nvram:/\n\n"
				"    1  drwx             0  never  a\n"
				"\n2000 bytes total (20 bytes free)\n");
	show("show file systems", "File Systems:\n\n"
				  "       Size(b)       Free(b)      Type  Flags  Prefixes\n"
				  "*         1000            10       ext     rw  flash: (/s)\n"
				  "          2000            20      beef     ro  nvram: (/c)\n");
	serve("{}");
	show("dir", "Directory of flash:/\n\nNo files in directory\n");
}

#define DROPS                                                                                      \
	"{'spindle-platform-state:platform-state':{'drop':["                                       \
	"{'set':'statistics','name':'IpsecInput','packets':'7'},"                                  \
	"{'set':'ipsec','number':4,'name':'IN_US_V4_PKT_SA_NOT_FOUND_SPI','packets':'64574'},"     \
	"{'set':'ipsec','number':7,'name':'IN_TRANS_V4_IPSEC_PKT_NOT_FOUND_SPI','packets':'0'}]}}"
#define RULE "------------------------------------------------------------------------"

static void test_drops_stand_in_the_routers_columns(void **state)
{
	(void)state;
	serve(DROPS);
	show("show platform hardware qfp active statistics drop",
	     "Global Drop Stats                         Packets                  Octets  \n" RULE
	     "-\nIpsecInput                                      7                       0\n");
	show("show platform hardware qfp active feature ipsec datapath drops all",
	     RULE "\nDrop Type  Name                                     Packets\n" RULE "\n"
		  "        4  IN_US_V4_PKT_SA_NOT_FOUND_SPI                           64574\n"
		  "        7  IN_TRANS_V4_IPSEC_PKT_NOT_FOUND_SPI                         0\n");
	assert_int_equal(json_array_size(fake.actions), 0);
}

static void test_clear_shows_first_and_names_its_table(void **state)
{
	json_t *want = json("[['spindle-platform-state:clear-drops',{'set':'ipsec'}],"
			    "['spindle-platform-state:clear-drops',{'set':'statistics'}]]");

	(void)state;
	serve(DROPS);
	cli_run_line(&session,
		     "show platform hardware qfp active feature ipsec datapath drops all clear");
	assert_non_null(strstr(fake.out, "64574"));
	cli_run_line(&session, "show platform hardware qfp active statistics drop clear");
	assert_true(json_equal(fake.actions, want));
	json_decref(want);
}

/* ---- ping ------------------------------------------------------------------------------------------ */

/* What the daemon answers, one letter a packet: ! a reply after 1, 2, 3 … ms. */
static void answers(const char *signs)
{
	json_decref(fake.outputs);
	fake.outputs = json_array();
	for (size_t i = 0; signs[i]; i++) {
		static const char letters[] = "!.U&MX";
		static const char *const outcomes[] = {"reply",	  "timeout", "unreachable",
						       "expired", "too-big", "no-route"};
		size_t k = (size_t)(strchr(letters, signs[i]) - letters);
		json_t *o = json_pack("{ss}", "outcome", outcomes[k]);

		if (signs[i] != '.' && signs[i] != 'X') {
			json_object_set_new(o, "from", json_string("10.1.1.2"));
			json_object_set_new(o, "code", json_integer(1));
			json_object_set_new(o, "round-trip", json_sprintf("%zu", (i + 1) * 1000));
		}
		json_array_append_new(fake.outputs, o);
	}
}

static const json_t *asked(size_t index)
{
	return json_array_get(json_array_get(fake.actions, index), 1);
}

static void test_ping_prints_a_sign_a_packet_and_the_sum(void **state)
{
	(void)state;
	answers("!!!!!");
	show("ping 10.1.1.2",
	     "Type escape sequence to abort.\n"
	     "Sending 5, 100-byte ICMP Echos to 10.1.1.2, timeout is 2 seconds:\n"
	     "!!!!!\n"
	     "Success rate is 100 percent (5/5), round-trip min/avg/max = 1/3/5 ms\n");
	assert_int_equal(json_array_size(fake.actions), 5);
	assert_int_equal(json_integer_value(json_object_get(asked(0), "size")), 100);
	assert_int_equal(json_integer_value(json_object_get(asked(0), "timeout")), 2);
	assert_null(json_object_get(asked(0), "source"));
	answers(".U&M!X");
	show("ping ip 10.1.1.2 repeat 6 timeout 1 size 1400 df-bit",
	     "Type escape sequence to abort.\n"
	     "Sending 6, 1400-byte ICMP Echos to 10.1.1.2, timeout is 1 seconds:\n"
	     "Packet sent with the DF bit set\n"
	     ".U&M!.\n"
	     "Success rate is 16 percent (1/6), round-trip min/avg/max = 5/5/5 ms\n");
	assert_true(json_is_true(json_object_get(asked(5), "df-bit")));
	answers(".");
	show("ping 10.1.1.2 repeat 1",
	     "Type escape sequence to abort.\n"
	     "Sending 1, 100-byte ICMP Echos to 10.1.1.2, timeout is 2 seconds:\n"
	     ".\nSuccess rate is 0 percent (0/1)\n");
}

static void test_seventy_signs_a_line(void **state)
{
	char signs[141];

	(void)state;
	memset(signs, '!', 140);
	signs[140] = '\0';
	answers(signs);
	cli_run_line(&session, "ping 10.1.1.2 repeat 140");
	signs[70] = '\n';
	signs[71] = '\0';
	assert_non_null(strstr(fake.out, signs));
	assert_non_null(strstr(fake.out, "!\nSuccess rate is 100 percent (140/140)"));
	assert_null(strstr(fake.out, "\n\n"));
}

static void test_the_source_is_one_of_ours(void **state)
{
	(void)state;
	serve(INTERFACES);
	answers("!");
	show("ping 10.1.1.2 source eth0 repeat 1",
	     "Type escape sequence to abort.\n"
	     "Sending 1, 100-byte ICMP Echos to 10.1.1.2, timeout is 2 seconds:\n"
	     "Packet sent with a source address of 10.1.1.1 \n"
	     "!\nSuccess rate is 100 percent (1/1), round-trip min/avg/max = 1/1/1 ms\n");
	assert_string_equal(json_string_value(json_object_get(asked(0), "source")), "10.1.1.1");
	answers("!");
	cli_run_line(&session, "ping 2001:db8::2 repeat 1 source eth0");
	assert_string_equal(json_string_value(json_object_get(asked(1), "source")), "2001:db8::1");
	answers("!");
	cli_run_line(&session, "ping 10.1.1.2 source 10.1.1.7 repeat 1");
	assert_string_equal(json_string_value(json_object_get(asked(2), "source")), "10.1.1.7");
	refused("ping 10.1.1.2 source lo", "% Invalid source interface");
	refused("ping 10.1.1.2 source 192.0.2.77", "% Invalid source address-");
	assert_int_equal(json_array_size(fake.actions), 3);
}

static void test_a_daemon_that_refuses_ends_it(void **state)
{
	(void)state;
	fake.refusal = "too many probes are waiting to be sent";
	refused("ping 10.1.1.2", "% too many probes are waiting to be sent");
}

/* Signs are seen as they come, in one line. */
static char seen[256];

static void see(void *ctx, const char *text)
{
	(void)ctx;
	strncat(seen, text, sizeof(seen) - strlen(seen) - 2);
	strncat(seen, "|", 2);
}

static int enough_after_three(void *ctx, const char *path, json_t *input, json_t **output,
			      struct error *err)
{
	struct cli_backend real = fake_backend(ctx);

	if (json_array_size(fake.actions) == 3) {
		json_decref(input);
		session.enough = true;
		return error_set(err, -ECANCELED, "the command was broken off");
	}
	return real.action(ctx, path, input, output, err);
}

static void test_signs_come_one_by_one_and_a_key_ends_them(void **state)
{
	(void)state;
	seen[0] = '\0';
	answers("!.!!!");
	session.partial = see;
	backend.action = enough_after_three;
	assert_int_equal(cli_run_line(&session, "ping 10.1.1.2"), CLI_OK);
	assert_string_equal(seen, "!|.|!||\n|");
	assert_non_null(strstr(fake.out, "Success rate is 66 percent (2/3), round-trip"));
}

/* ---- traceroute ------------------------------------------------------------------------------------ */

static void test_traceroute_goes_hop_by_hop(void **state)
{
	(void)state;
	answers("&&&&.&!!!");
	show("traceroute 10.1.1.2", "Type escape sequence to abort.\n"
				    "Tracing the route to 10.1.1.2\n"
				    "  1 10.1.1.2 1 msec 2 msec 3 msec\n"
				    "  2 10.1.1.2 4 msec *  6 msec\n"
				    "  3 10.1.1.2 7 msec 8 msec 9 msec\n");
	assert_int_equal(json_integer_value(json_object_get(asked(0), "ttl")), 1);
	assert_int_equal(json_integer_value(json_object_get(asked(8), "ttl")), 3);
	json_array_clear(fake.actions);
	answers("..U");
	show("traceroute ip 10.1.1.2 ttl 5 9 probe 1 timeout 1",
	     "Type escape sequence to abort.\n"
	     "Tracing the route to 10.1.1.2\n"
	     "  5 * \n  6 * \n  7 10.1.1.2 !H 3 msec\n");
	assert_int_equal(json_integer_value(json_object_get(asked(0), "ttl")), 5);
	answers("..");
	cli_run_line(&session, "traceroute 10.1.1.2 probe 1 ttl 1 2 numeric");
	assert_int_equal(json_array_size(fake.actions), 5);
	refused("traceroute 10.1.1.2 ttl 9 5", "% The minimum ttl is greater than the maximum");
}

static void test_two_routers_at_one_hop_stand_below_each_other(void **state)
{
	(void)state;
	answers("&!");
	json_object_set_new(json_array_get(fake.outputs, 1), "from", json_string("10.1.1.3"));
	cli_run_line(&session, "traceroute 10.1.1.3 probe 2");
	assert_non_null(strstr(fake.out, "  1 10.1.1.2 1 msec\n    10.1.1.3 2 msec\n"));
}

/* ---- show tech-support ------------------------------------------------------------------------------ */

static bool was_masked;

static int look_at_mask(void *ctx, const char *path, cli_document *each, void *arg,
			struct error *err)
{
	struct cli_backend real = fake_backend(ctx);

	was_masked |= fake.masked && strstr(path, "crypto");
	return real.get_config(ctx, path, each, arg, err);
}

static void test_tech_support_has_headings_and_no_secrets(void **state)
{
	(void)state;
	serve(MACHINE);
	backend.get_config = look_at_mask;
	assert_int_equal(cli_run_line(&session, "show tech-support"), CLI_OK);
	assert_non_null(strstr(fake.out, "\n------------------ show version ------------------\n\n"
					 "Spindle Software"));
	assert_non_null(
		strstr(fake.out, "------------------ show running-config ------------------"));
	assert_true(was_masked);
	assert_false(fake.masked);
	fake_clear_output(&fake);
	cli_run_line(&session, "show tech-support | include ^----.*inventory");
	assert_string_equal(fake.out, "------------------ show inventory ------------------\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_fixture_setup, cli_fixture_teardown)
	static const struct CMUnitTest tests[] = {
		TEST(test_show_interfaces_has_the_lines_that_programs_look_for),
		TEST(test_an_interface_without_a_driver_has_fewer_lines),
		TEST(test_a_vlan_says_its_number),
		TEST(test_brief_tables_of_both_families),
		TEST(test_ip_and_ipv6_interface),
		TEST(test_json_is_of_the_same_reply),
		TEST(test_show_ip_route_has_codes_gateway_and_rows),
		TEST(test_without_a_default_there_is_no_gateway),
		TEST(test_one_destination_is_told_in_full),
		TEST(test_ipv6_routes_stand_on_two_lines),
		TEST(test_the_summary_adds_up),
		TEST(test_the_mark_says_whether_the_clock_is_right),
		TEST(test_inventory_memory_and_processes),
		TEST(test_version_names_image_machine_and_number),
		TEST(test_dir_lists_one_folder),
		TEST(test_drops_stand_in_the_routers_columns),
		TEST(test_clear_shows_first_and_names_its_table),
		TEST(test_ping_prints_a_sign_a_packet_and_the_sum),
		TEST(test_seventy_signs_a_line),
		TEST(test_the_source_is_one_of_ours),
		TEST(test_a_daemon_that_refuses_ends_it),
		TEST(test_signs_come_one_by_one_and_a_key_ends_them),
		TEST(test_traceroute_goes_hop_by_hop),
		TEST(test_two_routers_at_one_hop_stand_below_each_other),
		TEST(test_tech_support_has_headings_and_no_secrets),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
