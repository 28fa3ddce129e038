/*
 * transform: IKEv2 transforms and proposals as plain values, and their names.
 *
 * Registries: RFC 7296 3.3.2 and IANA "IKEv2 Parameters". Only what Spindle can do is listed; an id
 * that a peer offers and we do not know is carried as its number and never chosen.
 */
#ifndef BASE_TRANSFORM_H
#define BASE_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ike_protocol { IKE_PROTO_IKE = 1, IKE_PROTO_AH = 2, IKE_PROTO_ESP = 3 };

enum transform_type {
	TRANSFORM_ENCR = 1,
	TRANSFORM_PRF = 2,
	TRANSFORM_INTEG = 3,
	TRANSFORM_DH = 4,
	TRANSFORM_ESN = 5,
};

enum transform_encr { ENCR_NULL = 11, ENCR_AES_CBC = 12, ENCR_AES_GCM_16 = 20 };
enum transform_prf { PRF_HMAC_SHA2_256 = 5, PRF_HMAC_SHA2_384 = 6, PRF_HMAC_SHA2_512 = 7 };
enum transform_integ {
	INTEG_NONE = 0,
	INTEG_HMAC_SHA2_256_128 = 12,
	INTEG_HMAC_SHA2_384_192 = 13,
	INTEG_HMAC_SHA2_512_256 = 14,
};
enum transform_dh { DH_NONE = 0, DH_MODP_2048 = 14, DH_ECP_256 = 19, DH_CURVE25519 = 31 };
enum transform_esn { ESN_NO = 0, ESN_YES = 1 };

/* More than all that we know. Peers offer everything they can do in one proposal, forty transforms
 * are no rarity: of those that we do not know only some are kept. */
#define PROPOSAL_TRANSFORMS_MAX 32
/* As key_bits: the peer gave the transform an attribute that we do not understand, so that it is
 * never chosen (RFC 7296 3.3.6). */
#define TRANSFORM_KEY_BITS_BAD 0xffff

struct transform {
	uint8_t type; /* enum transform_type */
	uint16_t id;
	uint16_t key_bits; /* the Key Length attribute; 0 = none */
};

/* One proposal: of each type the first acceptable one counts, in order of preference. */
struct proposal {
	uint8_t protocol; /* enum ike_protocol */
	uint8_t count;
	struct transform t[PROPOSAL_TRANSFORMS_MAX];
};

/* Type, number and key length. */
bool transform_equal(const struct transform *a, const struct transform *b);
bool transform_known(uint8_t type, uint16_t id); /* it stands in the enums above */

/* Appends; -ENOSPC when it is full. */
int proposal_add(struct proposal *p, enum transform_type type, uint16_t id, uint16_t key_bits);
/* Takes out all transforms of a type (DH in IKE_AUTH: RFC 7296 1.2). */
void proposal_remove(struct proposal *p, enum transform_type type);
bool proposal_equal(const struct proposal *a, const struct proposal *b);
/* The first transform of that type, or NULL. */
const struct transform *proposal_first(const struct proposal *p, enum transform_type type);
/*
 * What both accept (RFC 7296 3.3.6): for each type that either side names, the first of `ours`
 * that is in `theirs`. True and a proposal with one transform a type, or false. ESN absent =
 * ESN_NO; INTEG absent = INTEG_NONE (AEAD); DH may be absent or DH_NONE on both. A cipher is taken
 * only with an integrity that fits it (none with AEAD). `chosen` names the types that `theirs`
 * names, as the answer must: a type that they left out is left out (proposal_first() gives NULL).
 * A transform type that is not known makes `theirs` unacceptable.
 */
bool proposal_choose(const struct proposal *ours, const struct proposal *theirs,
		     struct proposal *chosen);
bool encr_is_aead(uint16_t encr);

/* "AES-GCM", "SHA256", "19" … as the CLI prints them; "unknown" never: the number in a buffer of
 * the caller (≥ 16). */
const char *transform_name(uint8_t type, uint16_t id, char *buf, size_t size);

#endif
