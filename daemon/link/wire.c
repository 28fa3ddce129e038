/* link/wire: layouts in include/uapi/linux/if_link.h, if_addr.h, rtnetlink.h. */
#include "link/wire.h"

#include <limits.h>
#include <net/if.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

/* IFF_LOWER_UP of linux/if.h, which does not go together with net/if.h. */
#define IFF_LOWER_UP_BIT 0x10000

#define BITS_V4 32
#define BITS_V6 128

static const struct nla_policy link_policy[IFLA_MAX + 1] = {
	[IFLA_IFNAME] = {.minlen = 1, .maxlen = IFNAMSIZ},
	[IFLA_MTU] = {.minlen = sizeof(uint32_t)},
	[IFLA_QDISC] = {.minlen = 1},
	[IFLA_CARRIER_CHANGES] = {.minlen = sizeof(uint32_t)},
};

static const struct nla_policy info_policy[IFLA_INFO_MAX + 1] = {
	[IFLA_INFO_KIND] = {.minlen = 1},
};

static const struct nla_policy vlan_policy[IFLA_VLAN_MAX + 1] = {
	[IFLA_VLAN_ID] = {.minlen = sizeof(uint16_t)},
};

static const struct nla_policy addr_policy[IFA_MAX + 1] = {
	[IFA_FLAGS] = {.minlen = sizeof(uint32_t)},
};

/* The fixed part and the attributes behind it. */
static bool split(const struct nlmsghdr *nlh, void *head, size_t size, struct nlattr **tb, int max,
		  const struct nla_policy *policy)
{
	if (nlmsg_datalen(nlh) < (int)size)
		return false;
	memcpy(head, nlmsg_data(nlh), size);
	return nlmsg_parse((struct nlmsghdr *)(uintptr_t)nlh, (int)size, tb, max, policy) == 0;
}

static uint32_t take_u32(const struct nlattr *nla, uint32_t otherwise)
{
	if (nla)
		memcpy(&otherwise, nla_data(nla), sizeof(otherwise));
	return otherwise;
}

/* A string of the kernel's, which may end without a zero. */
static void take_text(char *out, size_t size, const struct nlattr *nla)
{
	size_t len = nla ? (size_t)nla_len(nla) : 0;

	if (len >= size)
		len = size - 1;
	if (len)
		memcpy(out, nla_data(nla), len);
	out[len] = '\0';
}

static uint8_t take_mac(uint8_t out[LINK_MAC_MAX], const struct nlattr *nla)
{
	int len = nla ? nla_len(nla) : 0;

	if (len <= 0 || len > LINK_MAC_MAX)
		return 0;
	memcpy(out, nla_data(nla), (size_t)len);
	return (uint8_t)len;
}

/* A kernel of another age has a shorter or a longer struct: what is not there is 0. */
static void take_counters(struct link_counters *c, const struct nlattr *nla)
{
	struct rtnl_link_stats64 st = {0};
	size_t len = nla ? (size_t)nla_len(nla) : 0;

	if (len)
		memcpy(&st, nla_data(nla), len < sizeof(st) ? len : sizeof(st));
	*c = (struct link_counters){.rx_packets = st.rx_packets,
				    .rx_bytes = st.rx_bytes,
				    .rx_errors = st.rx_errors,
				    .rx_dropped = st.rx_dropped,
				    .rx_missed = st.rx_missed_errors,
				    .rx_crc = st.rx_crc_errors,
				    .rx_frame = st.rx_frame_errors,
				    .rx_over = st.rx_over_errors,
				    .rx_fifo = st.rx_fifo_errors,
				    .rx_nohandler = st.rx_nohandler,
				    .multicast = st.multicast,
				    .tx_packets = st.tx_packets,
				    .tx_bytes = st.tx_bytes,
				    .tx_errors = st.tx_errors,
				    .tx_dropped = st.tx_dropped,
				    .tx_carrier = st.tx_carrier_errors,
				    .tx_fifo = st.tx_fifo_errors,
				    .collisions = st.collisions};
}

static void take_info(struct link_detail *d, struct nlattr *nla)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1] = {0}, *vlan[IFLA_VLAN_MAX + 1] = {0};

	if (!nla || nla_parse_nested(tb, IFLA_INFO_MAX, nla, info_policy))
		return;
	take_text(d->kind, sizeof(d->kind), tb[IFLA_INFO_KIND]);
	if (strcmp(d->kind, "vlan") == 0 && tb[IFLA_INFO_DATA] &&
	    nla_parse_nested(vlan, IFLA_VLAN_MAX, tb[IFLA_INFO_DATA], vlan_policy) == 0 &&
	    vlan[IFLA_VLAN_ID])
		memcpy(&d->vlan, nla_data(vlan[IFLA_VLAN_ID]), sizeof(d->vlan));
}

static void take_detail(struct link_detail *d, const struct ifinfomsg *head, struct nlattr **tb)
{
	d->lower_up = head->ifi_flags & IFF_LOWER_UP_BIT;
	d->hardware = head->ifi_type;
	take_text(d->qdisc, sizeof(d->qdisc), tb[IFLA_QDISC]);
	take_text(d->alias, sizeof(d->alias), tb[IFLA_IFALIAS]);
	d->mac_len = take_mac(d->mac, tb[IFLA_ADDRESS]);
	d->permanent_len = take_mac(d->permanent, tb[IFLA_PERM_ADDRESS]);
	d->carrier_changes = take_u32(tb[IFLA_CARRIER_CHANGES], 0);
	take_info(d, tb[IFLA_LINKINFO]);
	take_counters(&d->counters, tb[IFLA_STATS64]);
}

/* Other families than AF_UNSPEC tell of a bridge's ports: their end is not the interface's. */
static bool parse_link(const struct nlmsghdr *nlh, struct link_wire_event *ev)
{
	struct nlattr *tb[IFLA_MAX + 1] = {0};
	struct ifinfomsg head;

	ev->kind = nlh->nlmsg_type == RTM_NEWLINK ? LINK_WIRE_LINK : LINK_WIRE_LINK_GONE;
	if (!split(nlh, &head, sizeof(head), tb, IFLA_MAX, link_policy) ||
	    head.ifi_family != AF_UNSPEC || head.ifi_index <= 0)
		return false;
	ev->index = head.ifi_index;
	ev->up = head.ifi_flags & IFF_UP;
	ev->running = head.ifi_flags & IFF_RUNNING;
	ev->loopback = head.ifi_flags & IFF_LOOPBACK;
	ev->mtu = take_u32(tb[IFLA_MTU], 0);
	take_detail(&ev->detail, &head, tb);
	if (tb[IFLA_IFNAME])
		memcpy(ev->name, nla_data(tb[IFLA_IFNAME]), (size_t)nla_len(tb[IFLA_IFNAME]));
	ev->name[sizeof(ev->name) - 1] = '\0';
	return ev->name[0] != '\0' || ev->kind == LINK_WIRE_LINK_GONE;
}

static bool take_addr(struct prefix *out, int family, uint8_t len, const struct nlattr *nla)
{
	int bytes = family == AF_INET ? 4 : 16;
	unsigned int bits = family == AF_INET ? BITS_V4 : BITS_V6;

	if (!nla || nla_len(nla) != bytes || len > bits)
		return false;
	out->addr = addr_from_bytes(family, nla_data(nla));
	out->len = len;
	return true;
}

/* IFA_LOCAL is the interface's own address; on a point-to-point link IFA_ADDRESS is the peer's. */
static bool parse_addr(const struct nlmsghdr *nlh, struct link_wire_event *ev)
{
	struct nlattr *tb[IFA_MAX + 1] = {0};
	struct ifaddrmsg head;
	uint32_t flags;
	bool usable;

	if (!split(nlh, &head, sizeof(head), tb, IFA_MAX, addr_policy) ||
	    (head.ifa_family != AF_INET && head.ifa_family != AF_INET6) || head.ifa_index > INT_MAX)
		return false;
	flags = take_u32(tb[IFA_FLAGS], head.ifa_flags);
	usable = !(flags & IFA_F_DADFAILED) &&
		 (!(flags & IFA_F_TENTATIVE) || (flags & IFA_F_OPTIMISTIC));
	ev->kind = nlh->nlmsg_type == RTM_NEWADDR && usable ? LINK_WIRE_ADDR : LINK_WIRE_ADDR_GONE;
	ev->index = (int)head.ifa_index;
	ev->secondary = head.ifa_family == AF_INET && (flags & IFA_F_SECONDARY);
	ev->permanent = flags & IFA_F_PERMANENT;
	ev->link_local = head.ifa_scope == RT_SCOPE_LINK;
	if (head.ifa_family == AF_INET && tb[IFA_BROADCAST] && nla_len(tb[IFA_BROADCAST]) == 4)
		ev->broadcast = addr_from_bytes(AF_INET, nla_data(tb[IFA_BROADCAST]));
	return take_addr(&ev->addr, head.ifa_family, head.ifa_prefixlen,
			 tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS]);
}

static const struct {
	uint16_t type;
	bool (*parse)(const struct nlmsghdr *nlh, struct link_wire_event *ev);
} parsers[] = {
	{RTM_NEWLINK, parse_link},
	{RTM_DELLINK, parse_link},
	{RTM_NEWADDR, parse_addr},
	{RTM_DELADDR, parse_addr},
};

static int parse_message(const struct nlmsghdr *nlh, struct link_wire_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++)
		if (parsers[i].type == nlh->nlmsg_type)
			return parsers[i].parse(nlh, ev) ? 1 : -1;
	return 0;
}

unsigned int link_wire_parse(const void *data, size_t len,
			     void (*fn)(void *ctx, const struct link_wire_event *ev), void *ctx)
{
	const struct nlmsghdr *nlh = data;
	struct link_wire_event ev;
	int left = len > INT_MAX ? 0 : (int)len, rc;
	unsigned int bad = 0;

	for (; nlmsg_ok(nlh, left); nlh = nlmsg_next((struct nlmsghdr *)(uintptr_t)nlh, &left)) {
		rc = parse_message(nlh, &ev);
		if (rc > 0)
			fn(ctx, &ev);
		bad += rc < 0;
	}
	return bad + (left > 0);
}

/* The family alone would do (struct rtgenmsg); the whole head is what strict kernels ask for. */
struct nl_msg *link_wire_dump(bool addresses)
{
	struct nl_msg *msg = nlmsg_alloc_simple(addresses ? RTM_GETADDR : RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
	struct ifaddrmsg addr = {.ifa_family = AF_UNSPEC};
	int rc = -1;

	if (msg && addresses)
		rc = nlmsg_append(msg, &addr, sizeof(addr), NLMSG_ALIGNTO);
	else if (msg)
		rc = nlmsg_append(msg, &link, sizeof(link), NLMSG_ALIGNTO);
	if (rc == 0)
		return msg;
	nlmsg_free(msg);
	return NULL;
}
