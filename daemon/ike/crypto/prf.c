/* prf and prf+ (RFC 7296 2.13), HMAC by libcrypto. */
#include <errno.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/secret.h"
#include "ike/crypto/crypto_internal.h"

#define PRF_PLUS_PARTS 8
#define PRF_PLUS_TURNS 255

/* libcrypto takes "no key" to mean "the key of before"; an empty key is an address all the same. */
static bool hmac_start(EVP_MAC_CTX *ctx, const char *digest, struct view key)
{
	static const uint8_t empty;
	char *name = (char *)(uintptr_t)digest; /* read only; the API is older than const */
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end()};

	return EVP_MAC_init(ctx, key.len ? key.data : &empty, key.len, params) == 1;
}

static bool hmac_run(EVP_MAC_CTX *ctx, const char *digest, struct view key,
		     const struct view *parts, size_t count, uint8_t *out)
{
	size_t len = 0;

	if (!hmac_start(ctx, digest, key))
		return false;
	for (size_t i = 0; i < count; i++)
		if (parts[i].len && EVP_MAC_update(ctx, parts[i].data, parts[i].len) != 1)
			return false;
	return EVP_MAC_final(ctx, out, &len, IKE_PRF_MAX) == 1;
}

int hmac_parts(const char *digest, struct view key, const struct view *parts, size_t count,
	       uint8_t *out)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	bool ok = ctx && hmac_run(ctx, digest, key, parts, count, out);

	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ok ? 0 : -EIO;
}

size_t ike_prf_len(uint16_t prf)
{
	const struct hash_algorithm *a = hash_algorithm(TRANSFORM_PRF, prf);

	return a ? a->len : 0;
}

/* The digest is written to a buffer of the largest size, `out` has only that of this prf. */
int ike_prf(uint16_t prf, struct view key, const struct view *parts, size_t count, uint8_t *out)
{
	const struct hash_algorithm *a = hash_algorithm(TRANSFORM_PRF, prf);
	uint8_t full[IKE_PRF_MAX];
	int rc;

	if (!a)
		return -EOPNOTSUPP;
	rc = hmac_parts(a->digest, key, parts, count, full);
	if (!rc)
		memcpy(out, full, a->len);
	secret_wipe(full, sizeof(full));
	return rc;
}

struct plus {
	uint16_t prf;
	struct view key;
	struct view parts[PRF_PLUS_PARTS + 2]; /* T(n-1), the seed, n */
	size_t count;
	uint8_t turn;
	uint8_t t[IKE_PRF_MAX];
};

/* T1 = prf(K, S | 0x01), Tn = prf(K, Tn-1 | S | n). */
static int plus_next(struct plus *p, size_t t_len)
{
	p->parts[0] = (struct view){p->t, p->turn ? t_len : 0};
	p->turn++;
	p->parts[p->count - 1] = (struct view){&p->turn, 1};
	return ike_prf(p->prf, p->key, p->parts, p->count, p->t);
}

static int plus_fill(struct plus *p, uint8_t *out, size_t len)
{
	size_t t_len = ike_prf_len(p->prf);
	int rc = 0;

	for (size_t at = 0; !rc && at < len; at += t_len) {
		rc = plus_next(p, t_len);
		if (!rc)
			memcpy(out + at, p->t, len - at < t_len ? len - at : t_len);
	}
	return rc;
}

struct secret *ike_prf_plus(uint16_t prf, struct view key, const struct view *parts, size_t count,
			    size_t len)
{
	struct plus p = {.prf = prf, .key = key, .count = count + 2};
	struct secret *out;

	if (count > PRF_PLUS_PARTS || len > PRF_PLUS_TURNS * ike_prf_len(prf))
		return NULL;
	out = secret_zero(len);
	if (!out)
		return NULL;
	for (size_t i = 0; i < count; i++)
		p.parts[1 + i] = parts[i];
	if (plus_fill(&p, secret_bytes(out), len)) {
		secret_free(out);
		out = NULL;
	}
	secret_wipe(&p, sizeof(p));
	return out;
}
