#include "base/transform.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int proposal_add(struct proposal *p, enum transform_type type, uint16_t id, uint16_t key_bits)
{
	if (p->count >= PROPOSAL_TRANSFORMS_MAX)
		return -ENOSPC;
	p->t[p->count++] =
		(struct transform){.type = (uint8_t)type, .id = id, .key_bits = key_bits};
	return 0;
}

bool transform_equal(const struct transform *a, const struct transform *b)
{
	return a->type == b->type && a->id == b->id && a->key_bits == b->key_bits;
}

void proposal_remove(struct proposal *p, enum transform_type type)
{
	uint8_t kept = 0;

	for (uint8_t i = 0; i < p->count; i++)
		if (p->t[i].type != type)
			p->t[kept++] = p->t[i];
	memset(&p->t[kept], 0, (size_t)(p->count - kept) * sizeof(p->t[0]));
	p->count = kept;
}

bool proposal_equal(const struct proposal *a, const struct proposal *b)
{
	if (a->protocol != b->protocol || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!transform_equal(&a->t[i], &b->t[i]))
			return false;
	return true;
}

const struct transform *proposal_first(const struct proposal *p, enum transform_type type)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->t[i].type == type)
			return &p->t[i];
	return NULL;
}

bool encr_is_aead(uint16_t encr)
{
	return encr == ENCR_AES_GCM_16;
}

static bool offers(const struct proposal *p, const struct transform *t)
{
	for (size_t i = 0; i < p->count; i++)
		if (transform_equal(&p->t[i], t))
			return true;
	return false;
}

/* A type left out means its zero id: INTEG_NONE, DH_NONE, ESN_NO. PRF and ENCR have none. */
static bool absent_means_none(enum transform_type type)
{
	return type == TRANSFORM_INTEG || type == TRANSFORM_DH || type == TRANSFORM_ESN;
}

static bool accepts_none(const struct proposal *p, enum transform_type type)
{
	const struct transform none = {.type = (uint8_t)type};

	return absent_means_none(type) && (!proposal_first(p, type) || offers(p, &none));
}

/*
 * Adds what both accept of one type. `theirs` decides whether the type is named in the result, so
 * that an answer names nothing that the offer did not. With need_real, "none" is not accepted.
 */
static bool choose_type(const struct proposal *ours, const struct proposal *theirs,
			enum transform_type type, bool need_real, struct proposal *chosen)
{
	const struct transform none = {.type = (uint8_t)type};

	for (size_t i = 0; i < ours->count; i++) {
		const struct transform *t = &ours->t[i];
		bool is_none = absent_means_none(type) && t->id == 0;

		if (t->type == type && !(is_none && need_real) && offers(theirs, t))
			return !proposal_add(chosen, type, t->id, t->key_bits);
	}
	if (!proposal_first(ours, type) && !proposal_first(theirs, type))
		return !need_real;
	if (need_real || !accepts_none(ours, type) || !accepts_none(theirs, type))
		return false;
	return !offers(theirs, &none) || !proposal_add(chosen, type, 0, 0);
}

/* RFC 7296 3.3: a combined-mode cipher goes without an integrity transform, others with one. */
static bool choose_integ(const struct proposal *ours, const struct proposal *theirs, bool aead,
			 struct proposal *chosen)
{
	const struct transform none = {.type = TRANSFORM_INTEG};

	if (!aead)
		return choose_type(ours, theirs, TRANSFORM_INTEG, true, chosen);
	if (!accepts_none(ours, TRANSFORM_INTEG) || !accepts_none(theirs, TRANSFORM_INTEG))
		return false;
	return !offers(theirs, &none) || !proposal_add(chosen, TRANSFORM_INTEG, INTEG_NONE, 0);
}

/* The first cipher of ours that they accept together with an integrity transform. */
static bool choose_protection(const struct proposal *ours, const struct proposal *theirs,
			      struct proposal *chosen)
{
	bool without_cipher = !proposal_first(ours, TRANSFORM_ENCR) &&
			      !proposal_first(theirs, TRANSFORM_ENCR);

	if (without_cipher)
		return choose_integ(ours, theirs, false, chosen);
	for (size_t i = 0; i < ours->count; i++) {
		const struct transform *t = &ours->t[i];

		if (t->type != TRANSFORM_ENCR || !offers(theirs, t))
			continue;
		chosen->count = 0;
		if (!proposal_add(chosen, TRANSFORM_ENCR, t->id, t->key_bits) &&
		    choose_integ(ours, theirs, encr_is_aead(t->id), chosen))
			return true;
	}
	return false;
}

/* RFC 7296 3.3.6: a type that is not understood makes the proposal unacceptable. */
static bool types_known(const struct proposal *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->t[i].type < TRANSFORM_ENCR || p->t[i].type > TRANSFORM_ESN)
			return false;
	return true;
}

bool proposal_choose(const struct proposal *ours, const struct proposal *theirs,
		     struct proposal *chosen)
{
	struct proposal out = {.protocol = ours->protocol};

	if (ours->protocol != theirs->protocol || !types_known(theirs) ||
	    !choose_protection(ours, theirs, &out) ||
	    !choose_type(ours, theirs, TRANSFORM_PRF, false, &out) ||
	    !choose_type(ours, theirs, TRANSFORM_DH, false, &out) ||
	    !choose_type(ours, theirs, TRANSFORM_ESN, false, &out))
		return false;
	*chosen = out;
	return true;
}

static const struct transform_row {
	uint8_t type;
	uint16_t id;
	const char *name;
} names[] = {
	{TRANSFORM_ENCR, ENCR_NULL, "NULL"},
	{TRANSFORM_ENCR, ENCR_AES_CBC, "AES-CBC"},
	{TRANSFORM_ENCR, ENCR_AES_GCM_16, "AES-GCM"},
	{TRANSFORM_PRF, PRF_HMAC_SHA2_256, "SHA256"},
	{TRANSFORM_PRF, PRF_HMAC_SHA2_384, "SHA384"},
	{TRANSFORM_PRF, PRF_HMAC_SHA2_512, "SHA512"},
	{TRANSFORM_INTEG, INTEG_NONE, "None"},
	{TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, "SHA256"},
	{TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, "SHA384"},
	{TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, "SHA512"},
	{TRANSFORM_DH, DH_NONE, "None"},
	{TRANSFORM_DH, DH_MODP_2048, "14"},
	{TRANSFORM_DH, DH_ECP_256, "19"},
	{TRANSFORM_DH, DH_CURVE25519, "31"},
	{TRANSFORM_ESN, ESN_NO, "No"},
	{TRANSFORM_ESN, ESN_YES, "Yes"},
};

static const char *name_of(uint8_t type, uint16_t id)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type && names[i].id == id)
			return names[i].name;
	return NULL;
}

bool transform_known(uint8_t type, uint16_t id)
{
	return name_of(type, id);
}

const char *transform_name(uint8_t type, uint16_t id, char *buf, size_t size)
{
	const char *name = name_of(type, id);

	if (name)
		return name;
	snprintf(buf, size, "%u", id);
	return buf;
}
