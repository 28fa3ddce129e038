/*
 * identity: an IKE identity (RFC 7296 3.5) as a plain value: type and bytes.
 */
#ifndef BASE_IDENTITY_H
#define BASE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum identity_type {
	IDENTITY_ANY = 0, /* ours: matches every identity */
	IDENTITY_IPV4 = 1,
	IDENTITY_FQDN = 2,
	IDENTITY_EMAIL = 3,
	IDENTITY_IPV6 = 5,
	IDENTITY_DN = 9,
	IDENTITY_KEY_ID = 11,
};

#define IDENTITY_MAX	128
#define IDENTITY_STRLEN (IDENTITY_MAX * 4 + 1)

struct identity {
	uint8_t type;
	uint8_t len;
	uint8_t data[IDENTITY_MAX]; /* unused bytes are zero */
};

struct identity identity_of_addr(const struct addr *a);
int identity_set(struct identity *id, uint8_t type, const void *data, size_t len); /* -EINVAL */
bool identity_equal(const struct identity *a, const struct identity *b);
bool identity_matches(const struct identity *pattern, const struct identity *id);
uint32_t identity_hash(const struct identity *id, uint32_t seed);
/* Printable: addresses in numbers, other bytes escaped (\xNN). Returns buf. */
const char *identity_format(const struct identity *id, char *buf, size_t size);

#endif
