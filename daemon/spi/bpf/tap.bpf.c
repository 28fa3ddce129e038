/*
 * The armed tap's filter: stands on two AF_PACKET sockets that are bound to IP and IPv6 for a short
 * while after the kernel counted a refusal. It lets nothing through to the socket: packets to this
 * host that carry an SPI become records in the ring, unless the router has marked their flow as
 * one that need not come up again. Runs where there is no BTF and no JIT.
 *
 * It sees packets before netfilter and before reassembly: candidates, not refusals (tap.c).
 */
#include "common.bpf.h"

#include <linux/if_packet.h>

#define ETHERTYPE_IP   0x0800
#define ETHERTYPE_IPV6 0x86dd
#define NAT_T_PORT     4500
#define EXTENSIONS     8
#define TAP_PER_SECOND 8192 /* records; beyond it nothing can be told apart (tap.c) */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct spi_tap_shared);
} shared SEC(".maps");

struct candidate {
	__u32 src[4], dst[4];
	__be32 spi, seq;
	__u32 payload; /* offset of ESP, AH or UDP */
	__be16 sport;
	__u8 v6, proto, encap;
};

static __always_inline bool load(struct __sk_buff *skb, __u32 at, void *to, __u64 n)
{
	return bpf_skb_load_bytes_relative(skb, at, to, n, BPF_HDR_START_NET) == 0;
}

static __always_inline bool read_v4(struct __sk_buff *skb, struct candidate *c)
{
	__u8 ip[20];

	if (!load(skb, 0, ip, sizeof(ip)) || ip[0] >> 4 != 4)
		return false;
	if ((ip[6] & 0x1f) != 0 || ip[7] != 0)
		return false; /* not the first fragment */
	c->proto = ip[9];
	c->payload = (ip[0] & 15) * 4;
	__builtin_memcpy(&c->src[0], ip + 12, 4);
	__builtin_memcpy(&c->dst[0], ip + 16, 4);
	return true;
}

static __always_inline bool read_v6(struct __sk_buff *skb, struct candidate *c)
{
	__u8 ip[40], e[4];
	__u32 at = 40;

	if (!load(skb, 0, ip, sizeof(ip)) || ip[0] >> 4 != 6)
		return false;
	c->v6 = 1;
	c->proto = ip[6];
	__builtin_memcpy(c->src, ip + 8, 16);
	__builtin_memcpy(c->dst, ip + 24, 16);
#pragma unroll
	for (int i = 0; i < EXTENSIONS; i++) {
		if (!is_extension(c->proto))
			break;
		if (!load(skb, at, e, sizeof(e)))
			return false;
		if (c->proto == 44 && (e[2] != 0 || (e[3] & 0xf8) != 0))
			return false; /* not the first fragment */
		at += c->proto == 44 ? 8 : (e[1] + 1) * 8;
		c->proto = e[0];
	}
	c->payload = at;
	return true;
}

/* RFC 3948: UDP to port 4500 whose first four bytes are not zero is ESP; one byte 0xff is a keepalive. */
static __always_inline bool read_spi(struct __sk_buff *skb, struct candidate *c)
{
	__be16 udp[4];
	__be32 w[3];

	if (c->proto == PROTO_UDP) {
		if (!load(skb, c->payload, udp, 8) || udp[1] != bpf_htons(NAT_T_PORT) ||
		    bpf_ntohs(udp[2]) < 8 + 8)
			return false;
		if (!load(skb, c->payload + 8, w, 8) || w[0] == 0)
			return false;
		c->encap = 1;
		c->sport = udp[0];
		c->proto = PROTO_ESP;
	} else if (c->proto == PROTO_ESP) {
		if (!load(skb, c->payload, w, 8))
			return false;
	} else if (c->proto == PROTO_AH) {
		if (!load(skb, c->payload, w, 12))
			return false;
		w[0] = w[1];
		w[1] = w[2];
	} else {
		return false;
	}
	c->spi = w[0];
	c->seq = w[1];
	return true;
}

static __always_inline bool ignored(const struct spi_tap_shared *s, const struct candidate *c)
{
	__u64 tag = spi_tag(c->dst, c->proto, bpf_ntohl(c->spi));

	return s->ignore[spi_tag_slot(tag)] == tag;
}

static __always_inline void record_fill(struct spi_record *r, struct __sk_buff *skb,
					const struct candidate *c)
{
	__u64 n = c->payload + (c->encap ? 8 : 0) + 64;

	r->version = SPI_RECORD_VERSION;
	r->family = c->v6 ? 6 : 4;
	r->proto = c->proto;
	r->flags = c->encap ? SPI_RECORD_ENCAP : 0;
	r->sport = c->sport;
	r->zero = 0;
	r->spi = c->spi;
	r->seq = c->seq;
	r->ifindex = bpf_htonl(skb->ifindex);
	r->zero2 = 0;
	r->count = 0; /* each candidate has a record of its own; the router counts */
	__builtin_memcpy(r->src, c->src, 16);
	__builtin_memcpy(r->dst, c->dst, 16);
	__builtin_memset(r->interface, 0, sizeof(r->interface));
	if (n > skb->len)
		n = skb->len;
	if (n > SPI_RECORD_HEAD)
		n = SPI_RECORD_HEAD;
	r->head_len = 0;
	n--; /* so that one comparison gives both bounds */
	HIDE(n);
	if (n < SPI_RECORD_HEAD && load(skb, 0, r->head, n + 1))
		r->head_len = n + 1;
}

SEC("socket")
int tap(struct __sk_buff *skb)
{
	struct candidate c = {0};
	struct spi_tap_shared *s;
	struct spi_record *r;
	__u32 zero = 0;
	bool ok;

	if (skb->pkt_type != PACKET_HOST)
		return 0;
	ok = skb->protocol == bpf_htons(ETHERTYPE_IP) ? read_v4(skb, &c) : read_v6(skb, &c);
	if (!ok || !read_spi(skb, &c))
		return 0;
	s = bpf_map_lookup_elem(&shared, &zero);
	if (!s)
		return 0;
	if (ignored(s, &c)) {
		count_up(&s->ignored);
		return 0;
	}
	count_up(&s->sums.seen);
	if (!within_budget(&s->sums, bpf_ktime_get_ns(), TAP_PER_SECOND))
		return 0;
	r = record_reserve(&s->sums, true);
	if (!r)
		return 0;
	record_fill(r, skb, &c);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
