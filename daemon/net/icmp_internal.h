/* net/icmp, inside: messages as plain values, so that tests and a fuzzer can feed bytes. */
#ifndef NET_ICMP_INTERNAL_H
#define NET_ICMP_INTERNAL_H

#include "net/icmp.h"

/* An answer to some echo request, ours or not. */
struct icmp_seen {
	enum icmp_outcome outcome;
	uint8_t code;
	uint16_t id, seq;
	struct addr from;	  /* v4: of the IP header */
	struct addr asked, asker; /* of an error: destination and source of what it is about */
	const uint8_t *payload;	  /* of a reply; borrowed */
	size_t payload_len;
};

/* What a raw socket gave: with its IP header (v4), without (v6; `from` is the caller's). False: it is
 * nothing that answers an echo request. */
bool icmp_parse4(const uint8_t *packet, size_t len, struct icmp_seen *out);
bool icmp_parse6(const uint8_t *message, size_t len, struct icmp_seen *out);
/* An echo request of len bytes (8 at least) into buf; cookie goes to its beginning as far as there is
 * room. v4 has its check sum, of v6 the kernel makes it. */
void icmp_build(uint8_t *buf, size_t len, int family, uint16_t id, uint16_t seq, uint64_t cookie);
bool icmp_cookie_is(const uint8_t *payload, size_t len, uint64_t cookie);

#endif
