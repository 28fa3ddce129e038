/* Inside ike/crypto (and its tests): what the transforms are in libcrypto's words. */
#ifndef IKE_CRYPTO_INTERNAL_H
#define IKE_CRYPTO_INTERNAL_H

#include "ike/crypto/crypto.h"

#define AEAD_SALT_LEN 4 /* RFC 5282 7.1, RFC 4106 8.1: at the end of the key */

struct encr_algorithm {
	uint16_t id, key_bits;
	const char *cipher;
	size_t iv_len, block, icv_len; /* icv_len 0: no AEAD */
};

/* A keyed hash, as prf or as integrity transform; its key is as long as its output. */
struct hash_algorithm {
	uint8_t type;
	uint16_t id;
	const char *digest;
	size_t len, icv_len;
};

/* NULL: not supported. */
const struct hash_algorithm *hash_algorithm(uint8_t type, uint16_t id);

/* Of a proposal with one transform a type; NULL: it names none that we know. */
const struct encr_algorithm *chosen_encr(const struct proposal *p);
const struct hash_algorithm *chosen_hash(const struct proposal *p, enum transform_type type);

/* Key of a chosen cipher, with the salt of an AEAD; key of a chosen integrity transform. */
size_t encr_key_len(const struct encr_algorithm *a);

/* HMAC over parts; `out` has room for IKE_PRF_MAX bytes. 0 or -EIO (libcrypto has no memory). */
int hmac_parts(const char *digest, struct view key, const struct view *parts, size_t count,
	       uint8_t *out);

/* A pair whose private key is given, for tests with known answers. Public as in KE. */
struct ike_dh *ike_dh_of_pair(uint16_t group, struct view private_key, struct view public_key);

#endif
