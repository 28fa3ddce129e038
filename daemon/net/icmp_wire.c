/* net/icmp, the bytes: RFC 792, RFC 4443. */
#include <netinet/in.h>
#include <string.h>

#include "net/icmp_internal.h"

#define HEAD	    8
#define V4_HEAD	    20
#define V6_HEAD	    40
#define PATTERN_ODD 0xCD /* what routers fill with: ABCD */
#define PATTERN	    0xAB

enum { V4_REPLY = 0, V4_UNREACHABLE = 3, V4_REQUEST = 8, V4_EXPIRED = 11, V4_FRAGMENT_NEEDED = 4 };
enum { V6_UNREACHABLE = 1, V6_TOO_BIG, V6_EXPIRED, V6_REQUEST = 128, V6_REPLY };
enum { NEXT_FRAGMENT = 44 };

static uint16_t check_sum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void icmp_build(uint8_t *buf, size_t len, int family, uint16_t id, uint16_t seq, uint64_t cookie)
{
	uint16_t sum;

	memset(buf, 0, HEAD);
	buf[0] = family == AF_INET ? V4_REQUEST : V6_REQUEST;
	buf[4] = (uint8_t)(id >> 8);
	buf[5] = (uint8_t)id;
	buf[6] = (uint8_t)(seq >> 8);
	buf[7] = (uint8_t)seq;
	for (size_t i = HEAD; i < len; i++)
		buf[i] = i % 2 ? PATTERN_ODD : PATTERN;
	memcpy(buf + HEAD, &cookie, len - HEAD < sizeof(cookie) ? len - HEAD : sizeof(cookie));
	if (family != AF_INET)
		return;
	sum = check_sum(buf, len);
	buf[2] = (uint8_t)(sum >> 8);
	buf[3] = (uint8_t)sum;
}

bool icmp_cookie_is(const uint8_t *payload, size_t len, uint64_t cookie)
{
	return memcmp(payload, &cookie, len < sizeof(cookie) ? len : sizeof(cookie)) == 0;
}

/* Id and sequence number of an echo message whose head is at `head`. */
static void take_ids(const uint8_t *head, struct icmp_seen *out)
{
	out->id = (uint16_t)(head[4] << 8 | head[5]);
	out->seq = (uint16_t)(head[6] << 8 | head[7]);
}

/* An IPv4 packet's header: its length, 0 = none that could hold ICMP's. */
static size_t head_of_v4(const uint8_t *p, size_t len)
{
	size_t head;

	if (len < V4_HEAD || p[0] >> 4 != 4)
		return 0;
	head = (size_t)(p[0] & 15) * 4;
	if (head < V4_HEAD || head > len || p[9] != IPPROTO_ICMP || (p[6] & 0x1f) || p[7])
		return 0; /* another protocol, or not the first fragment */
	return len - head < HEAD ? 0 : head;
}

/* What an error is about: the packet that it quotes. */
static bool take_quoted4(const uint8_t *p, size_t len, struct icmp_seen *out)
{
	size_t head = head_of_v4(p, len);

	if (!head || p[head] != V4_REQUEST)
		return false;
	out->asker = addr_from_bytes(AF_INET, p + 12);
	out->asked = addr_from_bytes(AF_INET, p + 16);
	take_ids(p + head, out);
	return true;
}

bool icmp_parse4(const uint8_t *packet, size_t len, struct icmp_seen *out)
{
	size_t head = head_of_v4(packet, len);
	const uint8_t *m = packet + head;

	*out = (struct icmp_seen){0};
	if (!head)
		return false;
	out->from = addr_from_bytes(AF_INET, packet + 12);
	out->code = m[1];
	if (m[0] == V4_REPLY) {
		out->outcome = ICMP_REPLY;
		out->payload = m + HEAD;
		out->payload_len = len - head - HEAD;
		take_ids(m, out);
		return true;
	}
	if (m[0] == V4_UNREACHABLE)
		out->outcome = m[1] == V4_FRAGMENT_NEEDED ? ICMP_TOO_BIG : ICMP_IS_UNREACHABLE;
	else if (m[0] == V4_EXPIRED)
		out->outcome = ICMP_EXPIRED;
	else
		return false;
	return take_quoted4(m + HEAD, len - head - HEAD, out);
}

/* Behind the IPv6 header there may be a fragment's. */
static bool take_quoted6(const uint8_t *p, size_t len, struct icmp_seen *out)
{
	size_t at = V6_HEAD;
	uint8_t next;

	if (len < V6_HEAD + HEAD || p[0] >> 4 != 6)
		return false;
	next = p[6];
	if (next == NEXT_FRAGMENT) {
		if (len < V6_HEAD + 2 * HEAD || p[at + 2] || (p[at + 3] & 0xf8))
			return false;
		next = p[at];
		at += HEAD;
	}
	if (next != IPPROTO_ICMPV6 || p[at] != V6_REQUEST)
		return false;
	out->asker = addr_from_bytes(AF_INET6, p + 8);
	out->asked = addr_from_bytes(AF_INET6, p + 24);
	take_ids(p + at, out);
	return true;
}

bool icmp_parse6(const uint8_t *m, size_t len, struct icmp_seen *out)
{
	*out = (struct icmp_seen){0};
	if (len < HEAD)
		return false;
	out->code = m[1];
	switch (m[0]) {
	case V6_REPLY:
		out->outcome = ICMP_REPLY;
		out->payload = m + HEAD;
		out->payload_len = len - HEAD;
		take_ids(m, out);
		return true;
	case V6_UNREACHABLE:
		out->outcome = ICMP_IS_UNREACHABLE;
		break;
	case V6_TOO_BIG:
		out->outcome = ICMP_TOO_BIG;
		break;
	case V6_EXPIRED:
		out->outcome = ICMP_EXPIRED;
		break;
	default:
		return false;
	}
	return take_quoted6(m + HEAD, len - HEAD, out);
}
