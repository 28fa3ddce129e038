/*
 * The refusal probe: runs where the kernel refuses a packet for want of an SA, and nowhere else.
 *
 * xfrm_audit_state_notfound(skb, family, spi, seq) is called by xfrm_input() after the look-up
 * failed and XfrmInNoStates was counted (net/xfrm/xfrm_input.c); with CONFIG_AUDITSYSCALL it is a
 * function. fentry is preferred; the kprobe has the same body. CO-RE: the few kernel fields that are
 * read are declared here by name and found by the loader in the running kernel's BTF.
 */
#include "common.bpf.h"

#include <linux/ptrace.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define AF_INET	 2
#define AF_INET6 10

#define FIRST_PACKETS 8 /* of a flow go up one by one, then one record a second */
#define FLOWS	      8192
#define EXTENSIONS    8 /* IPv6 extension headers looked through */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common {
	unsigned int inum;
};
struct net {
	struct ns_common ns;
};
typedef struct {
	struct net *net;
} possible_net_t; /* the kernel's own name */
struct net_device {
	possible_net_t nd_net;
	int ifindex;
	char name[16];
};
struct sk_buff {
	struct net_device *dev;
	unsigned int len, data_len;
	__u16 transport_header, network_header;
	unsigned char *head, *data;
};
#pragma clang attribute pop

struct flow_key {
	__u8 src[16], dst[16];
	__be32 spi;
	__u32 proto;
};
struct flow_state {
	__u64 count, sent_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FLOWS);
	__type(key, struct flow_key);
	__type(value, struct flow_state);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct spi_sums);
} sums SEC(".maps");

const volatile __u32 netns_inum = 0; /* our network namespace */

/* The packet as xfrm_input() had it. */
struct packet {
	const unsigned char *network, *transport, *end; /* end: of the linear part */
	__u8 outer; /* protocol after the IP header and its extensions: 50, 51, 17 or other */
	__u8 v6;
};

static __always_inline void read_bytes(void *to, __u32 n, const void *from)
{
	if (bpf_probe_read_kernel(to, n, from))
		__builtin_memset(to, 0, n);
}

static __always_inline __u8 v6_protocol(const unsigned char *network)
{
	const unsigned char *at = network + 40;
	__u8 next, pair[2];

	read_bytes(&next, 1, network + 6);
	for (int i = 0; i < EXTENSIONS && is_extension(next); i++) {
		read_bytes(pair, sizeof(pair), at);
		at += next == 44 ? 8 : (pair[1] + 1) * 8;
		next = pair[0];
	}
	return next;
}

static __always_inline struct packet packet_of(struct sk_buff *skb, __u16 family)
{
	const unsigned char *head = BPF_CORE_READ(skb, head);
	__u32 linear = BPF_CORE_READ(skb, len) - BPF_CORE_READ(skb, data_len);
	struct packet p = {
		.network = head + BPF_CORE_READ(skb, network_header),
		.transport = head + BPF_CORE_READ(skb, transport_header),
		.end = BPF_CORE_READ(skb, data) + linear,
		.v6 = family == AF_INET6,
	};

	if (p.v6)
		p.outer = v6_protocol(p.network);
	else
		read_bytes(&p.outer, 1, p.network + 9);
	return p;
}

/* The protocol that xfrm_parse_spi() was called with: it took SPI and sequence number from ESP's
 * places or from AH's. Right in nested transforms too, where the IP header names the outer one.
 * 0: neither (IPComp, IPIP). */
static __always_inline __u8 protocol_of(const struct packet *p, __be32 spi, __be32 seq)
{
	__be32 w[3];
	bool esp, ah;

	read_bytes(w, sizeof(w), p->transport);
	esp = w[0] == spi && w[1] == seq;
	ah = w[1] == spi && w[2] == seq;
	if (ah && (!esp || p->outer == PROTO_AH))
		return PROTO_AH;
	return esp ? PROTO_ESP : 0;
}

static __always_inline void key_of(struct flow_key *k, const struct packet *p, __be32 spi,
				   __u8 proto)
{
	__builtin_memset(k, 0, sizeof(*k));
	k->spi = spi;
	k->proto = proto;
	if (p->v6) {
		read_bytes(k->src, 16, p->network + 8);
		read_bytes(k->dst, 16, p->network + 24);
	} else {
		read_bytes(k->src, 4, p->network + 12);
		read_bytes(k->dst, 4, p->network + 16);
	}
}

/* Counts the packet in its flow; true: it goes up. */
static __always_inline bool flow_count(const struct flow_key *k, struct spi_sums *s, __u64 now,
				       __u64 *count)
{
	struct flow_state fresh = {.count = 1, .sent_ns = now}, *f;

	f = bpf_map_lookup_elem(&flows, k);
	if (!f) {
		*count = 1;
		bpf_map_update_elem(&flows, k, &fresh, BPF_ANY);
		return within_budget(s, now, NEW_PER_SECOND);
	}
	count_up(&f->count);
	*count = f->count;
	if (f->count > FIRST_PACKETS && now - f->sent_ns < SECOND_NS)
		return false;
	f->sent_ns = now;
	return true;
}

static __always_inline void head_copy(struct spi_record *r, const struct packet *p)
{
	__u64 n = p->transport - p->network + 64, linear = p->end - p->network;

	if (n > linear)
		n = linear;
	if (n > SPI_RECORD_HEAD)
		n = SPI_RECORD_HEAD;
	r->head_len = 0;
	n--; /* so that one comparison gives both bounds */
	HIDE(n);
	if (n < SPI_RECORD_HEAD && !bpf_probe_read_kernel(r->head, n + 1, p->network))
		r->head_len = n + 1;
}

static __always_inline void record_fill(struct spi_record *r, const struct flow_key *k,
					const struct packet *p, __be32 seq, __u64 count)
{
	r->version = SPI_RECORD_VERSION;
	r->family = p->v6 ? 6 : 4;
	r->proto = k->proto;
	r->flags = 0;
	r->sport = 0;
	if (p->outer == PROTO_UDP) { /* still there, just before ESP (xfrm4_udp_encap_rcv) */
		r->flags = SPI_RECORD_ENCAP | SPI_RECORD_STRIPPED;
		read_bytes(&r->sport, 2, p->transport - 8);
	}
	r->zero = 0;
	r->spi = k->spi;
	r->seq = seq;
	r->zero2 = 0;
	r->count = bpf_cpu_to_be64(count);
	__builtin_memcpy(r->src, k->src, 16);
	__builtin_memcpy(r->dst, k->dst, 16);
	head_copy(r, p);
}

static __always_inline int refused(struct sk_buff *skb, __u16 family, __be32 spi, __be32 seq)
{
	__u64 now = bpf_ktime_get_ns(), count;
	struct spi_record *r;
	struct flow_key key;
	struct spi_sums *s;
	struct packet p;
	__u32 zero = 0;
	__u8 proto;

	if (BPF_CORE_READ(skb, dev, nd_net.net, ns.inum) != netns_inum)
		return 0;
	s = bpf_map_lookup_elem(&sums, &zero);
	if (!s)
		return 0;
	count_up(&s->seen);
	p = packet_of(skb, family);
	proto = protocol_of(&p, spi, seq);
	if (!proto) {
		count_up(&s->other);
		return 0;
	}
	key_of(&key, &p, spi, proto);
	if (!flow_count(&key, s, now, &count))
		return 0;
	r = record_reserve(s, count > 1);
	if (!r)
		return 0;
	record_fill(r, &key, &p, seq, count);
	r->ifindex = bpf_htonl(BPF_CORE_READ(skb, dev, ifindex));
	__builtin_memset(r->interface, 0, sizeof(r->interface));
	BPF_CORE_READ_STR_INTO(&r->interface, skb, dev, name);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

SEC("fentry/xfrm_audit_state_notfound")
int BPF_PROG(by_fentry, struct sk_buff *skb, __u16 family, __be32 spi, __be32 seq)
{
	return refused(skb, family, spi, seq);
}

SEC("kprobe/xfrm_audit_state_notfound")
int BPF_KPROBE(by_kprobe, struct sk_buff *skb, __u16 family, __be32 spi, __be32 seq)
{
	return refused(skb, family, spi, seq);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
