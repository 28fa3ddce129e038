/*
 * Keys of IKE SAs (RFC 7296 2.14, 2.18) and of Child SAs (2.17): one prf+ output, cut in the order
 * that the RFC gives. All of them or none: a failure leaves the struct empty.
 */
#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "base/writer.h"
#include "ike/crypto/crypto_internal.h"

struct slice {
	struct secret **out;
	size_t len; /* 0: no such key, *out stays NULL */
};

static size_t total_of(const struct slice *slices, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += slices[i].len;
	return total;
}

static int cut(const struct secret *keymat, const struct slice *slices, size_t count)
{
	struct reader r = reader_of(secret_view(keymat));

	for (size_t i = 0; i < count; i++) {
		struct view v = reader_view(&r, slices[i].len);

		if (!slices[i].len)
			continue;
		*slices[i].out = secret_new(v.data, v.len);
		if (!*slices[i].out)
			return -ENOMEM;
	}
	return reader_done(&r) ? 0 : -EIO;
}

static int expand(uint16_t prf, struct view key, const struct view *seed, size_t seed_count,
		  const struct slice *slices, size_t count)
{
	struct secret *keymat = ike_prf_plus(prf, key, seed, seed_count, total_of(slices, count));
	int rc = keymat ? cut(keymat, slices, count) : -ENOMEM;

	secret_free(keymat);
	return rc;
}

/* What an AEAD leaves without a key: integrity; what must have one and has none: -EOPNOTSUPP. */
static int integ_len(const struct proposal *p, const struct encr_algorithm *encr, size_t *len)
{
	const struct hash_algorithm *integ = chosen_hash(p, TRANSFORM_INTEG);

	*len = encr && !encr->icv_len && integ ? integ->len : 0;
	return encr && (encr->icv_len || integ) ? 0 : -EOPNOTSUPP;
}

/* ---- IKE SA ---------------------------------------------------------------------------------- */

static int keys_from_seed(struct ike_keys *k, struct view skeyseed, struct view nonce_i,
			  struct view nonce_r, uint64_t spi_i, uint64_t spi_r)
{
	const struct encr_algorithm *encr = chosen_encr(&k->chosen);
	const struct hash_algorithm *prf = chosen_hash(&k->chosen, TRANSFORM_PRF);
	size_t a_len = 0, e_len, p_len;
	uint8_t spis[16];
	struct writer w = writer_new(spis, sizeof(spis));
	const struct view seed[] = {nonce_i, nonce_r, {spis, sizeof(spis)}};
	int rc = integ_len(&k->chosen, encr, &a_len);

	if (rc || !prf)
		return -EOPNOTSUPP;
	writer_u64(&w, spi_i);
	writer_u64(&w, spi_r);
	e_len = encr_key_len(encr);
	p_len = prf->len;
	return expand(prf->id, skeyseed, seed, 3,
		      (const struct slice[]){{&k->d, p_len},
					     {&k->ai, a_len},
					     {&k->ar, a_len},
					     {&k->ei, e_len},
					     {&k->er, e_len},
					     {&k->pi, p_len},
					     {&k->pr, p_len}},
		      7);
}

static int keys_or_nothing(struct ike_keys *k, int rc)
{
	if (rc)
		ike_keys_clear(k);
	return rc;
}

/* SKEYSEED = prf(Ni | Nr, g^ir): the nonces are the key. */
int ike_keys_derive(struct ike_keys *k, const struct proposal *chosen, const struct secret *shared,
		    struct view nonce_i, struct view nonce_r, uint64_t spi_i, uint64_t spi_r)
{
	const struct hash_algorithm *prf = chosen_hash(chosen, TRANSFORM_PRF);
	const struct view dh = secret_view(shared);
	uint8_t nonces[2 * IKE_NONCE_MAX], skeyseed[IKE_PRF_MAX];
	struct writer w = writer_new(nonces, sizeof(nonces));
	int rc;

	memset(k, 0, sizeof(*k));
	k->chosen = *chosen;
	writer_view(&w, nonce_i);
	writer_view(&w, nonce_r);
	if (!prf || !writer_ok(&w))
		return keys_or_nothing(k, -EOPNOTSUPP);
	rc = ike_prf(prf->id, writer_done(&w), &dh, 1, skeyseed);
	if (!rc)
		rc = keys_from_seed(k, (struct view){skeyseed, prf->len}, nonce_i, nonce_r, spi_i,
				    spi_r);
	secret_wipe(skeyseed, sizeof(skeyseed));
	return keys_or_nothing(k, rc);
}

/* 2.18: SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), by the prf of the old SA. */
int ike_keys_rekey(struct ike_keys *k, const struct ike_keys *old, const struct proposal *chosen,
		   const struct secret *shared, struct view nonce_i, struct view nonce_r,
		   uint64_t spi_i, uint64_t spi_r)
{
	const struct hash_algorithm *prf = chosen_hash(&old->chosen, TRANSFORM_PRF);
	const struct view parts[] = {secret_view(shared), nonce_i, nonce_r};
	uint8_t skeyseed[IKE_PRF_MAX];
	int rc;

	memset(k, 0, sizeof(*k));
	k->chosen = *chosen;
	if (!prf)
		return keys_or_nothing(k, -EOPNOTSUPP);
	rc = ike_prf(prf->id, secret_view(old->d), parts, 3, skeyseed);
	if (!rc)
		rc = keys_from_seed(k, (struct view){skeyseed, prf->len}, nonce_i, nonce_r, spi_i,
				    spi_r);
	secret_wipe(skeyseed, sizeof(skeyseed));
	return keys_or_nothing(k, rc);
}

void ike_keys_clear(struct ike_keys *k)
{
	secret_free(k->d);
	secret_free(k->ai);
	secret_free(k->ar);
	secret_free(k->ei);
	secret_free(k->er);
	secret_free(k->pi);
	secret_free(k->pr);
	memset(k, 0, sizeof(*k));
}

/* ---- Child SA -------------------------------------------------------------------------------- */

int ike_child_keys_derive(struct ike_child_keys *ck, const struct ike_keys *k,
			  const struct proposal *esp, const struct secret *shared,
			  struct view nonce_i, struct view nonce_r)
{
	const struct hash_algorithm *prf = chosen_hash(&k->chosen, TRANSFORM_PRF);
	const struct encr_algorithm *encr = chosen_encr(esp);
	const struct view seed[] = {secret_view(shared), nonce_i, nonce_r};
	size_t a_len, e_len = encr ? encr_key_len(encr) : 0;
	int rc = integ_len(esp, encr, &a_len);

	memset(ck, 0, sizeof(*ck));
	if (!rc && prf) {
		const struct slice slices[] = {{&ck->encr_i, e_len},
					       {&ck->integ_i, a_len},
					       {&ck->encr_r, e_len},
					       {&ck->integ_r, a_len}};

		rc = expand(prf->id, secret_view(k->d), seed, 3, slices, 4);
	} else {
		rc = -EOPNOTSUPP;
	}
	if (rc)
		ike_child_keys_clear(ck);
	return rc;
}

void ike_child_keys_clear(struct ike_child_keys *ck)
{
	secret_free(ck->encr_i);
	secret_free(ck->integ_i);
	secret_free(ck->encr_r);
	secret_free(ck->integ_r);
	memset(ck, 0, sizeof(*ck));
}
