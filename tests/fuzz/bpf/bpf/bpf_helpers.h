/* Stands in for libbpf's header where a BPF program is compiled as a part of a fuzz target: maps are
 * ordinary variables, the kernel's helpers are functions of the target. */
#ifndef FUZZ_BPF_HELPERS_H
#define FUZZ_BPF_HELPERS_H

#include <stddef.h>

#include <linux/types.h>

#define SEC(name)
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define __uint(name, val)  int(*name)[val]
#define __type(name, type) type *name

struct __sk_buff;

long bpf_skb_load_bytes_relative(const struct __sk_buff *skb, __u32 at, void *to, __u32 n,
				 __u32 from);
void *bpf_map_lookup_elem(void *map, const void *key);
__u64 bpf_ringbuf_query(void *ring, __u64 flags);
void *bpf_ringbuf_reserve(void *ring, __u64 n, __u64 flags);
void bpf_ringbuf_submit(void *record, __u64 flags);
__u64 bpf_ktime_get_ns(void);

#endif
