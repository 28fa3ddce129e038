/*
 * addr: addresses, prefixes and traffic selectors, family-neutral from the first header on.
 *
 * Plain values: copied freely, compared by content, no allocation. Unused bytes are zero, so that
 * a struct can be hashed and compared whole. Byte order: `bytes` is the network's, ports are the
 * host's.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDR_STRLEN	46	 /* INET6_ADDRSTRLEN */
#define PREFIX_STRLEN	(46 + 4) /* "/128" */
#define SELECTOR_STRLEN 160

struct addr {
	uint16_t family; /* AF_INET, AF_INET6, or AF_UNSPEC: no address */
	uint8_t bytes[16];
};

struct endpoint {
	struct addr addr;
	uint16_t port;
};

struct prefix {
	struct addr addr; /* host bits are zero */
	uint8_t len;	  /* bits */
};

/* One traffic selector pair, as an SPD entry has it: local is the source of outbound packets.
 * Ports are single or any: `port_mask` 0xffff or 0 (include/uapi/linux/xfrm.h, xfrm_selector). */
struct selector {
	struct prefix local, remote;
	uint8_t proto; /* 0 = any */
	uint16_t local_port, local_port_mask, remote_port, remote_port_mask;
};

struct addr addr_v4(uint32_t host_order);
/* 4 or 16 bytes, as the family has them; another family gives AF_UNSPEC. */
struct addr addr_from_bytes(int family, const uint8_t *bytes);
/* 0 or -EINVAL; accepts numeric addresses only, never names. */
int addr_parse(struct addr *out, const char *text);
const char *addr_format(const struct addr *a, char buf[ADDR_STRLEN]); /* returns buf */
size_t addr_len(const struct addr *a);				      /* 4, 16 or 0 */
bool addr_is_set(const struct addr *a);
bool addr_equal(const struct addr *a, const struct addr *b);
/* < 0, 0, > 0: by family, then as the network orders them. */
int addr_cmp(const struct addr *a, const struct addr *b);
bool addr_is_multicast(const struct addr *a);
/* For base/table: seed is table_seed(). */
uint32_t addr_hash(const struct addr *a, uint32_t seed);

/* AF_UNSPEC for other families and for a len too short. */
struct endpoint endpoint_from_sockaddr(const struct sockaddr *sa, socklen_t len);
/* Length of the address in *out; 0 and zeros for AF_UNSPEC. */
socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out);
/* Address and port. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

struct prefix prefix_make(const struct addr *a, unsigned int len); /* clears the host bits */
int prefix_parse(struct prefix *out, const char *text); /* "A/len" or "A"; 0 or -EINVAL */
/* "10.0.0.0/8". Returns buf. */
const char *prefix_format(const struct prefix *p, char buf[PREFIX_STRLEN]);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
bool prefix_contains(const struct prefix *p, const struct addr *a);
bool prefix_within(const struct prefix *inner, const struct prefix *outer);
/* 0.0.0.255 → 24; -EINVAL when the wildcard is not contiguous. */
int prefix_len_from_wildcard(uint32_t wildcard_host_order);

/* All members; ports with their masks. */
bool selector_equal(const struct selector *a, const struct selector *b);
struct selector selector_swap(const struct selector *s); /* the peer's view */
/* Both prefixes, with protocol and ports where they are not any. Returns buf. */
const char *selector_format(const struct selector *s, char buf[SELECTOR_STRLEN]);

#endif
