#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "base/text.h"

struct addr addr_v4(uint32_t host_order)
{
	struct addr a = {.family = AF_INET};

	for (unsigned int i = 0; i < 4; i++)
		a.bytes[i] = (uint8_t)(host_order >> (24 - 8 * i));
	return a;
}

static size_t family_len(int family)
{
	switch (family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

struct addr addr_from_bytes(int family, const uint8_t *bytes)
{
	size_t len = family_len(family);
	struct addr a = {.family = len ? (uint16_t)family : AF_UNSPEC};

	if (len)
		memcpy(a.bytes, bytes, len);
	return a;
}

int addr_parse(struct addr *out, const char *text)
{
	static const uint16_t families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; text && i < 2; i++) {
		struct addr a = {.family = families[i]};

		if (inet_pton(a.family, text, a.bytes) == 1) {
			*out = a;
			return 0;
		}
	}
	return -EINVAL;
}

const char *addr_format(const struct addr *a, char buf[ADDR_STRLEN])
{
	if (!addr_is_set(a) || !inet_ntop(a->family, a->bytes, buf, ADDR_STRLEN))
		text_copy(buf, ADDR_STRLEN, "-");
	return buf;
}

size_t addr_len(const struct addr *a)
{
	return family_len(a->family);
}

bool addr_is_set(const struct addr *a)
{
	return addr_len(a) != 0;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, addr_len(a));
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

bool addr_is_multicast(const struct addr *a)
{
	if (a->family == AF_INET)
		return (a->bytes[0] & 0xf0) == 0xe0;
	return a->family == AF_INET6 && a->bytes[0] == 0xff;
}

uint32_t addr_hash(const struct addr *a, uint32_t seed)
{
	return hash_bytes(a->bytes, addr_len(a), seed ^ a->family);
}

struct endpoint endpoint_from_sockaddr(const struct sockaddr *sa, socklen_t len)
{
	struct endpoint e = {0};
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (len >= sizeof(v4) && sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		e.addr = addr_v4(ntohl(v4.sin_addr.s_addr));
		e.port = ntohs(v4.sin_port);
	} else if (len >= sizeof(v6) && sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		e.addr = addr_from_bytes(AF_INET6, v6.sin6_addr.s6_addr);
		e.port = ntohs(v6.sin6_port);
	}
	return e;
}

socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(e->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(e->port)};

	memset(out, 0, sizeof(*out));
	switch (e->addr.family) {
	case AF_INET:
		memcpy(&v4.sin_addr, e->addr.bytes, sizeof(v4.sin_addr));
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	case AF_INET6:
		memcpy(&v6.sin6_addr, e->addr.bytes, sizeof(v6.sin6_addr));
		memcpy(out, &v6, sizeof(v6));
		return sizeof(v6);
	default:
		return 0;
	}
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

struct prefix prefix_make(const struct addr *a, unsigned int len)
{
	unsigned int bits = (unsigned int)addr_len(a) * 8;
	struct prefix p = {.addr = *a};

	p.len = (uint8_t)(len < bits ? len : bits);
	for (unsigned int bit = p.len; bit < 128; bit++) {
		if (bit % 8 == 0) {
			memset(p.addr.bytes + bit / 8, 0, 16 - bit / 8);
			break;
		}
		p.addr.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	}
	return p;
}

int prefix_parse(struct prefix *out, const char *text)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	size_t left_len = slash ? (size_t)(slash - text) : 0;
	char left[ADDR_STRLEN] = "";
	struct addr a;
	uint32_t len;

	if (left_len >= sizeof(left))
		return -EINVAL;
	if (left_len)
		memcpy(left, text, left_len);
	if (addr_parse(&a, slash ? left : text))
		return -EINVAL;
	len = (uint32_t)addr_len(&a) * 8;
	if (slash && text_u32(slash + 1, 0, len, &len))
		return -EINVAL;
	*out = prefix_make(&a, len);
	return 0;
}

const char *prefix_format(const struct prefix *p, char buf[PREFIX_STRLEN])
{
	char text[ADDR_STRLEN];

	if (addr_is_set(&p->addr))
		snprintf(buf, PREFIX_STRLEN, "%s/%u", addr_format(&p->addr, text), p->len);
	else
		text_copy(buf, PREFIX_STRLEN, "-");
	return buf;
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	struct prefix cut;

	if (p->addr.family != a->family || !addr_is_set(a))
		return false;
	cut = prefix_make(a, p->len);
	return addr_equal(&cut.addr, &p->addr);
}

bool prefix_within(const struct prefix *inner, const struct prefix *outer)
{
	return inner->len >= outer->len && prefix_contains(outer, &inner->addr);
}

int prefix_len_from_wildcard(uint32_t wildcard_host_order)
{
	/* Contiguous means: ones at the low end only, so adding one carries through all of them. */
	if (wildcard_host_order & (wildcard_host_order + 1))
		return -EINVAL;
	return 32 - __builtin_popcount(wildcard_host_order);
}

bool selector_equal(const struct selector *a, const struct selector *b)
{
	return prefix_equal(&a->local, &b->local) && prefix_equal(&a->remote, &b->remote) &&
	       a->proto == b->proto && a->local_port == b->local_port &&
	       a->local_port_mask == b->local_port_mask && a->remote_port == b->remote_port &&
	       a->remote_port_mask == b->remote_port_mask;
}

struct selector selector_swap(const struct selector *s)
{
	struct selector out = *s;

	out.local = s->remote;
	out.remote = s->local;
	out.local_port = s->remote_port;
	out.local_port_mask = s->remote_port_mask;
	out.remote_port = s->local_port;
	out.remote_port_mask = s->local_port_mask;
	return out;
}

static const char *port_format(uint16_t port, uint16_t mask, char buf[8])
{
	if (mask)
		snprintf(buf, 8, "[%u]", port);
	else
		buf[0] = '\0';
	return buf;
}

const char *selector_format(const struct selector *s, char buf[SELECTOR_STRLEN])
{
	char local[PREFIX_STRLEN], remote[PREFIX_STRLEN], lport[8], rport[8], proto[16] = "";

	if (s->proto)
		snprintf(proto, sizeof(proto), " proto %u", s->proto);
	snprintf(buf, SELECTOR_STRLEN, "%s%s -> %s%s%s", prefix_format(&s->local, local),
		 port_format(s->local_port, s->local_port_mask, lport),
		 prefix_format(&s->remote, remote),
		 port_format(s->remote_port, s->remote_port_mask, rport), proto);
	return buf;
}
