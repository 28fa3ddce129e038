/* Transforms as rows: adding one is adding a row here and, for its name, in base/transform. */
#include "ike/crypto/crypto_internal.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct encr_algorithm encr_algorithms[] = {
	{ENCR_AES_GCM_16, 128, "AES-128-GCM", 8, 1, 16},
	{ENCR_AES_GCM_16, 192, "AES-192-GCM", 8, 1, 16},
	{ENCR_AES_GCM_16, 256, "AES-256-GCM", 8, 1, 16},
	{ENCR_AES_CBC, 128, "AES-128-CBC", 16, 16, 0},
	{ENCR_AES_CBC, 192, "AES-192-CBC", 16, 16, 0},
	{ENCR_AES_CBC, 256, "AES-256-CBC", 16, 16, 0},
};

/* RFC 4868 */
static const struct hash_algorithm hash_algorithms[] = {
	{TRANSFORM_PRF, PRF_HMAC_SHA2_256, "SHA2-256", 32, 0},
	{TRANSFORM_PRF, PRF_HMAC_SHA2_384, "SHA2-384", 48, 0},
	{TRANSFORM_PRF, PRF_HMAC_SHA2_512, "SHA2-512", 64, 0},
	{TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, "SHA2-256", 32, 16},
	{TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, "SHA2-384", 48, 24},
	{TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, "SHA2-512", 64, 32},
};

static const struct encr_algorithm *encr_algorithm(const struct transform *t)
{
	for (size_t i = 0; i < COUNT_OF(encr_algorithms); i++)
		if (t->type == TRANSFORM_ENCR && encr_algorithms[i].id == t->id &&
		    encr_algorithms[i].key_bits == t->key_bits)
			return &encr_algorithms[i];
	return NULL;
}

const struct hash_algorithm *hash_algorithm(uint8_t type, uint16_t id)
{
	for (size_t i = 0; i < COUNT_OF(hash_algorithms); i++)
		if (hash_algorithms[i].type == type && hash_algorithms[i].id == id)
			return &hash_algorithms[i];
	return NULL;
}

const struct encr_algorithm *chosen_encr(const struct proposal *p)
{
	const struct transform *t = proposal_first(p, TRANSFORM_ENCR);

	return t ? encr_algorithm(t) : NULL;
}

const struct hash_algorithm *chosen_hash(const struct proposal *p, enum transform_type type)
{
	const struct transform *t = proposal_first(p, type);

	return t ? hash_algorithm((uint8_t)type, t->id) : NULL;
}

size_t encr_key_len(const struct encr_algorithm *a)
{
	return a->key_bits / 8u + (a->icv_len ? AEAD_SALT_LEN : 0);
}

bool ike_crypto_supports(const struct transform *t)
{
	switch (t->type) {
	case TRANSFORM_ENCR:
		return encr_algorithm(t);
	case TRANSFORM_PRF:
		return t->key_bits == 0 && hash_algorithm(t->type, t->id);
	case TRANSFORM_INTEG:
		return t->key_bits == 0 && (t->id == INTEG_NONE || hash_algorithm(t->type, t->id));
	case TRANSFORM_DH:
		return t->key_bits == 0 && (t->id == DH_NONE || ike_dh_public_len(t->id));
	case TRANSFORM_ESN:
		return t->key_bits == 0 && (t->id == ESN_NO || t->id == ESN_YES);
	default:
		return false;
	}
}
