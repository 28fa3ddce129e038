/* AUTH by pre-shared key (RFC 7296 2.15), the hash of NAT detection (2.23), the cookie (2.6). */
#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/secret.h"
#include "base/writer.h"
#include "ike/crypto/crypto_internal.h"

static const char key_pad[] = "Key Pad for IKEv2";

static struct view text_view(const char *text)
{
	return (struct view){(const uint8_t *)text, strlen(text)};
}

/* AUTH = prf(prf(PSK, "Key Pad for IKEv2"), message | peer's nonce | prf(SK_p, id body)). */
int ike_auth_psk(const struct ike_keys *k, bool initiator, const struct secret *psk,
		 struct view message, struct view peer_nonce, struct view id_body, uint8_t *out)
{
	const struct transform *t = proposal_first(&k->chosen, TRANSFORM_PRF);
	const struct view pad = text_view(key_pad);
	uint8_t key[IKE_PRF_MAX], maced_id[IKE_PRF_MAX];
	size_t len = t ? ike_prf_len(t->id) : 0;
	const struct view octets[] = {message, peer_nonce, {maced_id, len}};
	int rc;

	if (!len)
		return -EOPNOTSUPP;
	rc = ike_prf(t->id, secret_view(initiator ? k->pi : k->pr), &id_body, 1, maced_id);
	if (!rc)
		rc = ike_prf(t->id, secret_view(psk), &pad, 1, key);
	if (!rc)
		rc = ike_prf(t->id, (struct view){key, len}, octets, 3, out);
	secret_wipe(key, sizeof(key));
	secret_wipe(maced_id, sizeof(maced_id));
	return rc;
}

void ike_nat_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *e, uint8_t out[20])
{
	uint8_t data[16 + 16 + 2];
	struct writer w = writer_new(data, sizeof(data));
	size_t len = 0;

	writer_u64(&w, spi_i);
	writer_u64(&w, spi_r);
	writer_bytes(&w, e->addr.bytes, addr_len(&e->addr));
	writer_u16(&w, e->port);
	/* Without a hash the peer sees a NAT that is none: encapsulation costs, but it works. */
	if (EVP_Q_digest(NULL, "SHA1", NULL, data, w.len, out, &len) != 1)
		memset(out, 0, 20);
}

int ike_cookie(const struct secret *key, uint32_t key_version, struct view nonce_i,
	       const struct endpoint *source, uint64_t spi_i, uint8_t out[36])
{
	uint8_t tail[4 + 16 + 2 + 8], mac[IKE_PRF_MAX];
	struct writer w = writer_new(tail, sizeof(tail)), o = writer_new(out, 36);
	struct view parts[2] = {nonce_i};
	int rc;

	writer_u32(&w, key_version);
	writer_u64(&w, spi_i);
	writer_u16(&w, source->port);
	writer_bytes(&w, source->addr.bytes, addr_len(&source->addr));
	parts[1] = writer_done(&w);
	rc = hmac_parts("SHA2-256", secret_view(key), parts, 2, mac);
	writer_u32(&o, key_version);
	if (!rc)
		writer_bytes(&o, mac, 32);
	else
		writer_zero(&o, 32);
	return rc;
}
