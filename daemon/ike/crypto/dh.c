/*
 * Diffie-Hellman: MODP 2048 (RFC 3526), P-256 (RFC 5903), X25519 (RFC 8031).
 *
 * KE carries what libcrypto calls the encoded public key, but for P-256 without the byte that says
 * "uncompressed". A peer's value is checked before it is used (RFC 6989): range, on the curve, and
 * an X25519 result that is not all zero. Whatever is wrong with it is -EBADMSG.
 */
#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "ike/crypto/crypto_internal.h"

#define EC_UNCOMPRESSED 0x04

struct group {
	uint16_t id;
	const char *type, *name; /* libcrypto's key type and group; name NULL: the type says it */
	size_t public_len, shared_len;
	bool prefixed; /* the encoded form begins with EC_UNCOMPRESSED */
};

static const struct group groups[] = {
	{DH_MODP_2048, "DH", "modp_2048", 256, 256, false},
	{DH_ECP_256, "EC", "P-256", 64, 32, true},
	{DH_CURVE25519, "X25519", NULL, 32, 32, false},
};

struct ike_dh {
	const struct group *group;
	EVP_PKEY *key;
	uint8_t public[IKE_DH_PUBLIC_MAX];
};

static const struct group *group_of(uint16_t id)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

size_t ike_dh_public_len(uint16_t id)
{
	const struct group *g = group_of(id);

	return g ? g->public_len : 0;
}

/* ---- own pair -------------------------------------------------------------------------------- */

static EVP_PKEY *generate(const struct group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->type, NULL);
	EVP_PKEY *key = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
	    (!g->name || EVP_PKEY_CTX_set_group_name(ctx, g->name) == 1) &&
	    EVP_PKEY_generate(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* libcrypto gives the form padded to the group's length; anything else is not ours. */
static bool take_public(struct ike_dh *dh)
{
	const struct group *g = dh->group;
	unsigned char *encoded = NULL;
	size_t prefix = g->prefixed ? 1 : 0;
	size_t len = EVP_PKEY_get1_encoded_public_key(dh->key, &encoded);
	bool ok = len == g->public_len + prefix;

	if (ok)
		memcpy(dh->public, encoded + prefix, g->public_len);
	OPENSSL_free(encoded);
	return ok;
}

/* Takes the key. */
static struct ike_dh *dh_of(const struct group *g, EVP_PKEY *key)
{
	struct ike_dh *dh = key ? alloc_zero(sizeof(*dh)) : NULL;

	if (!dh) {
		EVP_PKEY_free(key);
		return NULL;
	}
	dh->group = g;
	dh->key = key;
	if (take_public(dh))
		return dh;
	ike_dh_free(dh);
	return NULL;
}

struct ike_dh *ike_dh_new(uint16_t id)
{
	const struct group *g = group_of(id);

	return g ? dh_of(g, generate(g)) : NULL;
}

struct view ike_dh_public(const struct ike_dh *dh)
{
	return (struct view){dh->public, dh->group->public_len};
}

void ike_dh_free(struct ike_dh *dh)
{
	if (!dh)
		return;
	EVP_PKEY_free(dh->key);
	alloc_free(dh);
}

/* ---- keys from bytes ------------------------------------------------------------------------- */

/* The public value as libcrypto encodes it; `out` has a byte more than the longest. */
static size_t encode_public(const struct group *g, struct view public, uint8_t *out)
{
	size_t prefix = g->prefixed ? 1 : 0;

	if (prefix)
		out[0] = EC_UNCOMPRESSED;
	memcpy(out + prefix, public.data, public.len);
	return public.len + prefix;
}

static EVP_PKEY *peer_key(const struct ike_dh *dh, struct view public)
{
	uint8_t encoded[IKE_DH_PUBLIC_MAX + 1];
	size_t len = encode_public(dh->group, public, encoded);
	EVP_PKEY *key = EVP_PKEY_new();

	if (key && EVP_PKEY_copy_parameters(key, dh->key) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(key, encoded, len) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static EVP_PKEY *raw_peer_key(struct view public)
{
	return EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, public.data, public.len);
}

static bool push_pair(OSSL_PARAM_BLD *bld, const struct group *g, const BIGNUM *private,
		      const BIGNUM *public_number, const uint8_t *encoded, size_t len)
{
	return OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, g->name, 0) &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, private) &&
	       (g->prefixed ? OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
							       encoded, len)
			    : OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, public_number));
}

static EVP_PKEY *key_from(const struct group *g, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->type, NULL);
	EVP_PKEY *key = NULL;

	if (ctx && params && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *pair_key(const struct group *g, struct view private, struct view public)
{
	uint8_t encoded[IKE_DH_PUBLIC_MAX + 1];
	size_t len = encode_public(g, public, encoded);
	BIGNUM *number = BN_bin2bn(private.data, (int)private.len, NULL);
	BIGNUM *public_number = BN_bin2bn(public.data, (int)public.len, NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (number && public_number && bld &&
	    push_pair(bld, g, number, public_number, encoded, len))
		params = OSSL_PARAM_BLD_to_param(bld);
	if (params)
		key = key_from(g, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(public_number);
	BN_clear_free(number);
	return key;
}

struct ike_dh *ike_dh_of_pair(uint16_t id, struct view private_key, struct view public_key)
{
	const struct group *g = group_of(id);
	EVP_PKEY *key;

	if (!g || public_key.len != g->public_len)
		return NULL;
	key = g->name ? pair_key(g, private_key, public_key)
		      : EVP_PKEY_new_raw_private_key_ex(NULL, g->type, NULL, private_key.data,
							private_key.len);
	return dh_of(g, key);
}

/* ---- the shared secret ----------------------------------------------------------------------- */

static bool peer_is_valid(const struct group *g, EVP_PKEY *peer)
{
	EVP_PKEY_CTX *ctx = NULL;
	bool ok;

	if (!g->name)
		return true; /* every string is an X25519 value; the result is looked at */
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL);
	ok = ctx && EVP_PKEY_public_check_quick(ctx) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool all_zero(const uint8_t *data, size_t len)
{
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= data[i];
	return any == 0;
}

/* RFC 7296 2.14: g^ir has the length of the modulus, with zeros in front; so it is padded. */
static bool derive(const struct ike_dh *dh, EVP_PKEY *peer, struct secret *out)
{
	const struct group *g = dh->group;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->key, NULL);
	unsigned int pad = 1;
	const OSSL_PARAM padded[] = {OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
				     OSSL_PARAM_construct_end()};
	bool is_modp = g->name && !g->prefixed;
	size_t len = g->shared_len;
	bool ok = ctx && EVP_PKEY_derive_init_ex(ctx, is_modp ? padded : NULL) == 1 &&
		  EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
		  EVP_PKEY_derive(ctx, secret_bytes(out), &len) == 1 && len == g->shared_len &&
		  !all_zero(secret_bytes(out), len);

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

int ike_dh_shared(const struct ike_dh *dh, struct view peer_public, struct secret **out)
{
	const struct group *g = dh->group;
	struct secret *shared;
	EVP_PKEY *peer;
	int rc = -EBADMSG;

	*out = NULL;
	if (peer_public.len != g->public_len)
		return -EBADMSG;
	shared = secret_zero(g->shared_len);
	if (!shared)
		return -ENOMEM;
	peer = g->name ? peer_key(dh, peer_public) : raw_peer_key(peer_public);
	if (peer && peer_is_valid(g, peer) && derive(dh, peer, shared)) {
		*out = shared;
		shared = NULL;
		rc = 0;
	}
	EVP_PKEY_free(peer);
	secret_free(shared);
	return rc;
}
