/*
 * The SK payload: AES-GCM as RFC 5282 has it, AES-CBC then HMAC over the whole datagram as
 * RFC 7296 3.14. Nothing of a message is told before its ICV was right, and then only that it was
 * malformed.
 */
#include <errno.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/random.h"
#include "base/secret.h"
#include "base/writer.h"
#include "ike/crypto/crypto_internal.h"

#define GCM_NONCE_LEN 12

size_t ike_sk_iv_len(const struct ike_keys *k)
{
	const struct encr_algorithm *encr = chosen_encr(&k->chosen);

	return encr ? encr->iv_len : 0;
}

size_t ike_sk_block(const struct ike_keys *k)
{
	const struct encr_algorithm *encr = chosen_encr(&k->chosen);

	return encr ? encr->block : 0;
}

size_t ike_sk_icv_len(const struct ike_keys *k)
{
	const struct encr_algorithm *encr = chosen_encr(&k->chosen);
	const struct hash_algorithm *integ = chosen_hash(&k->chosen, TRANSFORM_INTEG);

	if (encr && encr->icv_len)
		return encr->icv_len;
	return encr && integ ? integ->icv_len : 0;
}

/* The keys of one direction, and where things stand in its datagram. */
struct box {
	const struct encr_algorithm *encr;
	const struct hash_algorithm *integ; /* NULL with AEAD */
	struct view encr_key, integ_key;
};

static int box_of(const struct ike_keys *k, bool initiator, struct box *b)
{
	const struct secret *e = initiator ? k->ei : k->er, *a = initiator ? k->ai : k->ar;

	*b = (struct box){chosen_encr(&k->chosen), NULL, secret_view(e), secret_view(a)};
	if (!b->encr || b->encr_key.len != encr_key_len(b->encr))
		return -EINVAL;
	if (b->encr->icv_len)
		return 0;
	b->integ = chosen_hash(&k->chosen, TRANSFORM_INTEG);
	return b->integ && b->integ_key.len == b->integ->len ? 0 : -EINVAL;
}

/* ---- AES-GCM --------------------------------------------------------------------------------- */

/* RFC 5282 4: nonce = salt | IV; the salt is the key's end. */
static bool gcm_start(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct box *b,
		      const uint8_t *iv, int encrypt)
{
	uint8_t nonce[GCM_NONCE_LEN];
	struct writer w = writer_new(nonce, sizeof(nonce));
	bool ok;

	writer_bytes(&w, b->encr_key.data + b->encr->key_bits / 8, AEAD_SALT_LEN);
	writer_bytes(&w, iv, GCM_NONCE_LEN - AEAD_SALT_LEN);
	ok = EVP_CipherInit_ex2(ctx, cipher, b->encr_key.data, nonce, encrypt, NULL) == 1;
	secret_wipe(nonce, sizeof(nonce));
	return ok;
}

/* Enough of libcrypto for both modes: header data (AEAD), text, end. */
static bool run_cipher(EVP_CIPHER_CTX *ctx, struct view aad, struct view text, uint8_t *out)
{
	int len = 0, end = 0;

	if (aad.len && EVP_CipherUpdate(ctx, NULL, &len, aad.data, (int)aad.len) != 1)
		return false;
	return EVP_CipherUpdate(ctx, out, &len, text.data, (int)text.len) == 1 &&
	       EVP_CipherFinal_ex(ctx, out + len, &end) == 1 &&
	       (size_t)len + (size_t)end == text.len;
}

static bool gcm_seal(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct box *b,
		     uint8_t *datagram, const struct ike_sealable *s)
{
	uint8_t *text = datagram + s->text_at;

	return gcm_start(ctx, cipher, b, datagram + s->iv_at, 1) &&
	       run_cipher(ctx, (struct view){datagram, s->aad_len},
			  (struct view){text, s->text_len}, text) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)s->icv_len,
				   datagram + s->icv_at) == 1;
}

static bool gcm_open(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct box *b,
		     const uint8_t *datagram, const struct ike_sealable *s, uint8_t *plain)
{
	uint8_t tag[16];

	memcpy(tag, datagram + s->icv_at, sizeof(tag));
	return gcm_start(ctx, cipher, b, datagram + s->iv_at, 0) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
	       run_cipher(ctx, (struct view){datagram, s->aad_len},
			  (struct view){datagram + s->text_at, s->text_len}, plain);
}

/* ---- AES-CBC and HMAC ------------------------------------------------------------------------ */

static bool cbc_start(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct box *b,
		      const uint8_t *iv, int encrypt)
{
	return EVP_CipherInit_ex2(ctx, cipher, b->encr_key.data, iv, encrypt, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(ctx, 0) == 1;
}

static bool cbc_icv(const struct box *b, const uint8_t *datagram, const struct ike_sealable *s,
		    uint8_t *full)
{
	const struct view covered = {datagram, s->icv_at};

	return hmac_parts(b->integ->digest, b->integ_key, &covered, 1, full) == 0;
}

static bool cbc_seal(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct box *b,
		     uint8_t *datagram, const struct ike_sealable *s)
{
	uint8_t *text = datagram + s->text_at, full[IKE_PRF_MAX];

	random_bytes(datagram + s->iv_at, s->iv_len);
	if (!cbc_start(ctx, cipher, b, datagram + s->iv_at, 1) ||
	    !run_cipher(ctx, (struct view){0}, (struct view){text, s->text_len}, text) ||
	    !cbc_icv(b, datagram, s, full))
		return false;
	memcpy(datagram + s->icv_at, full, s->icv_len);
	return true;
}

static bool cbc_open(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct box *b,
		     const uint8_t *datagram, const struct ike_sealable *s, uint8_t *plain)
{
	uint8_t full[IKE_PRF_MAX];

	return cbc_icv(b, datagram, s, full) && ike_equal(full, datagram + s->icv_at, s->icv_len) &&
	       cbc_start(ctx, cipher, b, datagram + s->iv_at, 0) &&
	       run_cipher(ctx, (struct view){0}, (struct view){datagram + s->text_at, s->text_len},
			  plain);
}

/* ---- sealing --------------------------------------------------------------------------------- */

/* A layout that is not this cipher's, or not this datagram's, would write past it. */
static bool layout_fits(const struct ike_keys *k, const struct ike_sealable *s)
{
	size_t block = ike_sk_block(k);

	return s->iv_len == ike_sk_iv_len(k) && s->icv_len == ike_sk_icv_len(k) && s->text_len &&
	       block && s->text_len % block == 0 && s->aad_len == s->iv_at &&
	       s->text_at == s->iv_at + s->iv_len && s->icv_at == s->text_at + s->text_len &&
	       s->len == s->icv_at + s->icv_len && s->len <= IKE_DATAGRAM_MAX;
}

static void put_counter(uint8_t *iv, uint64_t counter)
{
	struct writer w = writer_new(iv, sizeof(counter));

	writer_u64(&w, counter);
}

int ike_sk_seal(const struct ike_keys *k, bool initiator, uint64_t iv_counter, uint8_t *datagram,
		const struct ike_sealable *s)
{
	struct box b;
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER *cipher;
	bool ok;

	if (box_of(k, initiator, &b) || !layout_fits(k, s))
		return -EINVAL;
	cipher = EVP_CIPHER_fetch(NULL, b.encr->cipher, NULL);
	ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;
	if (b.encr->icv_len)
		put_counter(datagram + s->iv_at, iv_counter);
	ok = ctx && (b.encr->icv_len ? gcm_seal(ctx, cipher, &b, datagram, s)
				     : cbc_seal(ctx, cipher, &b, datagram, s));
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return ok ? 0 : -EIO;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Where things stand in a message that came: the layout follows from the length of SK. */
static int layout_of(const struct ike_keys *k, const struct ike_message *m,
		     const struct ike_payload *sk, struct ike_sealable *s)
{
	size_t iv = ike_sk_iv_len(k), icv = ike_sk_icv_len(k);

	if (sk->body.len < iv + icv + 1)
		return -EBADMSG;
	s->aad_len = s->iv_at = (size_t)(sk->body.data - m->datagram.data);
	s->iv_len = iv;
	s->text_at = s->iv_at + iv;
	s->text_len = sk->body.len - iv - icv;
	s->icv_at = s->text_at + s->text_len;
	s->icv_len = icv;
	s->len = m->datagram.len;
	return layout_fits(k, s) ? 0 : -EBADMSG;
}

static int open_box(const struct box *b, const struct ike_message *m, const struct ike_sealable *s,
		    uint8_t *plain)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, b->encr->cipher, NULL);
	EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;
	bool ok = ctx && (b->encr->icv_len ? gcm_open(ctx, cipher, b, m->datagram.data, s, plain)
					   : cbc_open(ctx, cipher, b, m->datagram.data, s, plain));

	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return ok ? 0 : -EBADMSG;
}

/* The last byte says how many bytes of padding stand before it; their value is nobody's (3.14). */
static int strip(const uint8_t *plain, size_t len, struct view *chain)
{
	size_t pad = plain[len - 1];

	if (pad + 1 > len)
		return -EBADMSG;
	*chain = (struct view){plain, len - 1 - pad};
	return 0;
}

int ike_sk_open(const struct ike_keys *k, bool from_initiator, const struct ike_message *m,
		uint8_t *plain, size_t cap, uint8_t *first, struct view *chain)
{
	const struct ike_payload *sk = ike_find(m, IKE_PAYLOAD_SK, 0);
	struct ike_sealable s = {0};
	struct box b;
	int rc;

	*first = IKE_PAYLOAD_NONE;
	*chain = (struct view){0};
	if (!sk || box_of(k, from_initiator, &b))
		return -EBADMSG;
	rc = layout_of(k, m, sk, &s);
	if (rc || s.text_len > cap)
		return -EBADMSG;
	rc = open_box(&b, m, &s, plain);
	if (!rc)
		rc = strip(plain, s.text_len, chain);
	if (rc)
		secret_wipe(plain, s.text_len);
	else
		*first = sk->next;
	return rc;
}

bool ike_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
