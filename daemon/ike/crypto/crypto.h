/*
 * ike/crypto: IKEv2's cryptography on libcrypto, and nothing of its own: Diffie-Hellman, prf and
 * prf+, the protection of SK payloads, AUTH by pre-shared key. Keys are struct secret. No state
 * beyond the objects returned; ike_dh_* may run on worker threads (one object, one thread).
 */
#ifndef IKE_CRYPTO_H
#define IKE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"
#include "base/transform.h"
#include "ike/wire/wire.h"

struct secret;

#define IKE_NONCE_LEN	  32
#define IKE_NONCE_MAX	  256 /* of a peer's: RFC 7296 3.9 */
#define IKE_PRF_MAX	  64
#define IKE_DH_PUBLIC_MAX 512

/* Before a process shuts itself in: libcrypto without its configuration file, and each algorithm used
 * once, so that nothing is looked up in files later. Runs a small self-test. 0 or -EIO. */
int ike_crypto_begin(void);

bool ike_crypto_supports(const struct transform *t);

/* ---- Diffie-Hellman: groups 14, 19, 31 ------------------------------------------------------- */
struct ike_dh;
struct ike_dh *ike_dh_new(uint16_t group); /* makes the key pair; NULL: unsupported or no memory */
struct view ike_dh_public(const struct ike_dh *dh);
/* The shared secret (RFC 5903: x only; RFC 8031). -EBADMSG: a public value that is not valid. */
int ike_dh_shared(const struct ike_dh *dh, struct view peer_public, struct secret **out);
void ike_dh_free(struct ike_dh *dh);
size_t ike_dh_public_len(uint16_t group); /* 0 = unsupported */

/* ---- prf (RFC 7296 2.13) --------------------------------------------------------------------- */
size_t ike_prf_len(uint16_t prf); /* output and preferred key length; 0 = unsupported */
/* prf(key, parts[0] | parts[1] | …); out has ike_prf_len() bytes. */
int ike_prf(uint16_t prf, struct view key, const struct view *parts, size_t count, uint8_t *out);
/* prf+(key, parts…) of len bytes. */
struct secret *ike_prf_plus(uint16_t prf, struct view key, const struct view *parts, size_t count,
			    size_t len);

/* ---- keys of an IKE SA (RFC 7296 2.14) ------------------------------------------------------- */
struct ike_keys {
	struct proposal chosen; /* one transform a type */
	struct secret *d, *ai, *ar, *ei, *er, *pi,
		*pr; /* a* NULL with AEAD; e* has the salt at its end */
};
/* 0, -EOPNOTSUPP (a transform that is missing or not ours), -ENOMEM, -EIO; on error k is empty. */
int ike_keys_derive(struct ike_keys *k, const struct proposal *chosen, const struct secret *shared,
		    struct view nonce_i, struct view nonce_r, uint64_t spi_i, uint64_t spi_r);
/* Keys of the IKE SA that takes over from `old` (2.18); nonces and SPIs are the rekeying's. */
int ike_keys_rekey(struct ike_keys *k, const struct ike_keys *old, const struct proposal *chosen,
		   const struct secret *shared, struct view nonce_i, struct view nonce_r,
		   uint64_t spi_i, uint64_t spi_r);
void ike_keys_clear(struct ike_keys *k); /* wipes */

/* Child keys (2.17): encr_i, integ_i, encr_r, integ_r; integ NULL with AEAD; shared NULL without
 * PFS. The initiator is that of the exchange. Errors as ike_keys_derive(). */
struct ike_child_keys {
	struct secret *encr_i, *integ_i, *encr_r, *integ_r;
};
int ike_child_keys_derive(struct ike_child_keys *ck, const struct ike_keys *k,
			  const struct proposal *esp, const struct secret *shared,
			  struct view nonce_i, struct view nonce_r);
void ike_child_keys_clear(struct ike_child_keys *ck);

/* ---- SK payload (3.14, RFC 5282) ------------------------------------------------------------- */
size_t ike_sk_iv_len(const struct ike_keys *k);
size_t ike_sk_block(const struct ike_keys *k);
size_t ike_sk_icv_len(const struct ike_keys *k);
/* Encrypts and authenticates `datagram` in place as `s` describes. `initiator`: which of the keys.
 * `iv_counter`: reserved before use, never twice with one key (AES-GCM); CBC makes a random IV. */
int ike_sk_seal(const struct ike_keys *k, bool initiator, uint64_t iv_counter, uint8_t *datagram,
		const struct ike_sealable *s);
/* Checks and decrypts the SK payload of m into `plain` (cap ≥ body). Gives the first inner payload
 * type and the inner chain without padding. -EBADMSG: ICV wrong or malformed; nothing else is told,
 * and `plain` is wiped. */
int ike_sk_open(const struct ike_keys *k, bool from_initiator, const struct ike_message *m,
		uint8_t *plain, size_t cap, uint8_t *first, struct view *chain);

/* ---- AUTH by pre-shared key (2.15) ----------------------------------------------------------- */
/* message: the whole IKE_SA_INIT datagram of the one who signs; id_body: IDi/IDr body (type,
 * reserved, data). out has ike_prf_len() bytes. */
int ike_auth_psk(const struct ike_keys *k, bool initiator, const struct secret *psk,
		 struct view message, struct view peer_nonce, struct view id_body, uint8_t *out);

/* ---- small ----------------------------------------------------------------------------------- */
/* SHA-1 over SPIs, address, port (2.23). */
void ike_nat_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *e, uint8_t out[20]);
/* Stateless cookie (2.6): HMAC-SHA-256 over nonce, source, SPIi and its version under a secret. */
int ike_cookie(const struct secret *key, uint32_t key_version, struct view nonce_i,
	       const struct endpoint *source, uint64_t spi_i, uint8_t out[36]);
bool ike_equal(const void *a, const void *b, size_t len); /* constant time */

#endif
