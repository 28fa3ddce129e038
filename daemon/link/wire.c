/* link/wire: layouts in include/uapi/linux/if_link.h, if_addr.h, rtnetlink.h. */
#include "link/wire.h"

#include <limits.h>
#include <net/if.h>
#include <string.h>

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#define BITS_V4 32
#define BITS_V6 128

static struct nla_policy link_policy[IFLA_MAX + 1] = {
	[IFLA_IFNAME] = {.minlen = 1, .maxlen = IFNAMSIZ},
	[IFLA_MTU] = {.minlen = sizeof(uint32_t)},
};

static struct nla_policy addr_policy[IFA_MAX + 1] = {
	[IFA_FLAGS] = {.minlen = sizeof(uint32_t)},
};

/* The fixed part and the attributes behind it. */
static bool split(const struct nlmsghdr *nlh, void *head, size_t size, struct nlattr **tb, int max,
		  struct nla_policy *policy)
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
