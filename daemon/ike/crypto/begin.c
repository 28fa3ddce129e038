#include "ike/crypto/crypto.h"

#include <errno.h>

#include <openssl/crypto.h>

#include "base/secret.h"

/* Both ends of an exchange in one place: the shared secrets must be the same. */
static int try_group(uint16_t group)
{
	struct ike_dh *a = ike_dh_new(group), *b = ike_dh_new(group);
	struct secret *ab = NULL, *ba = NULL;
	int err = a && b ? ike_dh_shared(a, ike_dh_public(b), &ab) : -EIO;

	if (!err)
		err = ike_dh_shared(b, ike_dh_public(a), &ba);
	if (!err && !secret_equal(ab, ba))
		err = -EIO;
	secret_free(ab);
	secret_free(ba);
	ike_dh_free(a);
	ike_dh_free(b);
	return err;
}

static int try_prf(uint16_t prf)
{
	const uint8_t key[IKE_PRF_MAX] = {1};
	struct view k = {key, ike_prf_len(prf)};
	uint8_t out[IKE_PRF_MAX];

	return ike_prf(prf, k, &k, 1, out);
}

/* Seals and opens one message with each kind of cipher. */
static int try_cipher(uint16_t encr, uint16_t bits, uint16_t integ)
{
	uint8_t datagram[256], plain[256], first = 0;
	struct proposal p = {.protocol = IKE_PROTO_IKE};
	struct ike_header h = {.spi_i = 1,
			       .spi_r = 2,
			       .version = 0x20,
			       .exchange = IKE_INFORMATIONAL,
			       .flags = IKE_FLAG_INITIATOR};
	struct secret *shared = secret_zero(IKE_PRF_MAX);
	struct view nonce = {plain, IKE_NONCE_LEN}, chain;
	struct ike_keys k = {0};
	struct ike_builder b;
	struct ike_sealable s;
	struct ike_message m;
	struct ike_wire_error e;
	int err;

	proposal_add(&p, TRANSFORM_ENCR, encr, bits);
	proposal_add(&p, TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	if (integ)
		proposal_add(&p, TRANSFORM_INTEG, integ, 0);
	secret_wipe(plain, sizeof(plain));
	err = shared ? ike_keys_derive(&k, &p, shared, nonce, nonce, 1, 2) : -ENOMEM;
	if (!err) {
		ike_builder_start(&b, datagram, sizeof(datagram), &h);
		ike_builder_open_sk(&b, ike_sk_iv_len(&k));
		err = ike_builder_close_sk(&b, ike_sk_block(&k), ike_sk_icv_len(&k), &s);
	}
	if (!err)
		err = ike_sk_seal(&k, true, 1, datagram, &s);
	if (!err)
		err = ike_parse_header((struct view){datagram, s.len}, &m, &e);
	if (!err)
		err = ike_parse_payloads(&m, m.header.next_payload, m.chain, false, &e);
	if (!err)
		err = ike_sk_open(&k, true, &m, plain, sizeof(plain), &first, &chain);
	ike_keys_clear(&k);
	secret_free(shared);
	return err;
}

int ike_crypto_begin(void)
{
	static const uint16_t groups[] = {DH_MODP_2048, DH_ECP_256, DH_CURVE25519};
	static const uint16_t prfs[] = {PRF_HMAC_SHA2_256, PRF_HMAC_SHA2_384, PRF_HMAC_SHA2_512};
	static const uint16_t integs[] = {INTEG_HMAC_SHA2_256_128, INTEG_HMAC_SHA2_384_192,
					  INTEG_HMAC_SHA2_512_256};
	static const uint16_t bits[] = {128, 192, 256};
	struct endpoint any = {.port = 500};
	uint8_t hash[20];
	int err = 0;

	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
				 NULL))
		return -EIO;
	for (size_t i = 0; !err && i < 3; i++) {
		err = try_group(groups[i]);
		if (!err)
			err = try_prf(prfs[i]);
		if (!err)
			err = try_cipher(ENCR_AES_CBC, bits[i], integs[i]);
		if (!err && bits[i] != 192)
			err = try_cipher(ENCR_AES_GCM_16, bits[i], 0);
	}
	any.addr = addr_v4(0x7f000001);
	ike_nat_hash(1, 2, &any, hash);
	return err ? -EIO : 0;
}
