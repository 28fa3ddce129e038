/*
 * Packets as the armed tap sees them: the BPF filter itself, compiled for this machine, cuts any bytes
 * into a record; record.c reads it. What the filter hands up is believed, and is what an ordinary
 * reading of the packet gives; what it reads stands inside the packet.
 *
 * The first byte says how the packet came: bit 0: IPv6; bit 1: the ring is full; the next two are how
 * much longer the packet is than its bytes (nothing can be read there).
 */
#include "fuzz.h"

#include <string.h>

struct __sk_buff;
int tap(struct __sk_buff *skb);

#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* those of the compiler for BPF */
#include "spi/bpf/tap.bpf.c"
#include "spi/record.h"

static struct spi_tap_shared shared_memory;
static struct view_of_packet {
	const uint8_t *data;
	size_t len;
} packet;
static struct spi_record slot;
static bool full;
static unsigned int submitted;

long bpf_skb_load_bytes_relative(const struct __sk_buff *skb, __u32 at, void *to, __u32 n,
				 __u32 from)
{
	(void)skb;
	fuzz_must(from == BPF_HDR_START_NET && n > 0);
	if (at > packet.len || n > packet.len - at) {
		memset(to, 0, n); /* as the kernel does */
		return -1;
	}
	memcpy(to, packet.data + at, n);
	return 0;
}

void *bpf_map_lookup_elem(void *map, const void *key)
{
	(void)map;
	fuzz_must(*(const __u32 *)key == 0);
	return &shared_memory;
}

__u64 bpf_ringbuf_query(void *r, __u64 flags)
{
	(void)r;
	(void)flags;
	return 0;
}

void *bpf_ringbuf_reserve(void *r, __u64 n, __u64 flags)
{
	(void)r;
	(void)flags;
	fuzz_must(n == sizeof(slot));
	memset(&slot, 0xa5, sizeof(slot)); /* what the record before left */
	return full ? NULL : &slot;
}

void bpf_ringbuf_submit(void *record, __u64 flags)
{
	(void)flags;
	fuzz_must(record == &slot);
	submitted++;
}

__u64 bpf_ktime_get_ns(void)
{
	return 1;
}

/* The evidence is the packet's own beginning, and where the filter found the SPI it stands. */
static void check_record(bool v6, size_t skb_len)
{
	struct spi_refusal r;

	fuzz_must(!spi_record_parse(&slot, sizeof(slot), &r));
	fuzz_must((r.dst.family == AF_INET6) == v6);
	fuzz_must(r.head_len <= packet.len && !memcmp(r.head, packet.data, r.head_len));
	fuzz_must(r.head_len > 0 || skb_len > packet.len);
	if (v6)
		fuzz_must(!memcmp(r.dst.bytes, packet.data + 24, 16));
	else
		fuzz_must(!memcmp(r.dst.bytes, packet.data + 16, 4));
	for (size_t i = r.head_len; i < SPI_HEAD_MAX; i++)
		fuzz_must(r.head[i] == 0);
}

/* What router has marked does not come up again. */
static void check_ignored(struct __sk_buff *skb)
{
	const unsigned int before = submitted;
	__u32 dst[4];
	__u64 tag;

	memcpy(dst, slot.dst, sizeof(dst));
	tag = spi_tag(dst, slot.proto, ntohl(slot.spi));
	shared_memory.ignore[spi_tag_slot(tag)] = tag;
	fuzz_must(tap(skb) == 0 && submitted == before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct __sk_buff skb = {.pkt_type = PACKET_HOST, .ifindex = 3};
	bool v6;

	if (size < 3)
		return 0;
	v6 = data[0] & 1;
	full = data[0] & 2;
	packet.data = data + 3;
	packet.len = size - 3;
	skb.len = (__u32)packet.len + (data[0] & 4 ? data[1] * 256u + data[2] : 0);
	skb.protocol = htons(v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	memset(&shared_memory, 0, sizeof(shared_memory));
	submitted = 0;
	fuzz_must(tap(&skb) == 0); /* nothing goes to the socket */
	fuzz_must(submitted + shared_memory.sums.lost + shared_memory.sums.held ==
		  shared_memory.sums.seen);
	if (submitted) {
		check_record(v6, skb.len);
		check_ignored(&skb);
	}
	return 0;
}
