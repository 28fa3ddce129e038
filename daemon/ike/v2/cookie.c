/*
 * Stateless cookies (RFC 7296 2.6): a responder with many half-open IKE SAs asks the initiator to
 * show that it can receive at its address. Two secrets: this period's and the one before it.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>

#include "base/random.h"
#include "base/secret.h"

#define COOKIE_LEN 36

int ike_cookie_rotate(struct ike_v2 *v2)
{
	uint8_t bytes[32];
	struct secret *fresh;

	random_bytes(bytes, sizeof(bytes));
	fresh = secret_new(bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
	if (fresh == NULL)
		return -ENOMEM;
	secret_free(v2->cookie_key[1]);
	v2->cookie_key[1] = v2->cookie_key[0];
	v2->cookie_key[0] = fresh;
	v2->cookie_version++;
	v2->cookie_since_ms = ike_v2_now(v2);
	return 0;
}

int ike_cookie_make(struct ike_v2 *v2, struct view nonce, const struct endpoint *from,
		    uint64_t spi_i, uint8_t out[COOKIE_LEN])
{
	if (ike_v2_now(v2) - v2->cookie_since_ms >= IKE_COOKIE_ROTATE_MS)
		(void)ike_cookie_rotate(v2); /* no memory: the old one serves on */
	return ike_cookie(v2->cookie_key[0], v2->cookie_version, nonce, from, spi_i, out);
}

bool ike_cookie_check(struct ike_v2 *v2, struct view cookie, struct view nonce,
		      const struct endpoint *from, uint64_t spi_i)
{
	uint8_t want[COOKIE_LEN];

	for (uint32_t age = 0; age < 2; age++) {
		const struct secret *key = v2->cookie_key[age];

		if (key != NULL && cookie.len == sizeof(want) &&
		    ike_cookie(key, v2->cookie_version - age, nonce, from, spi_i, want) == 0 &&
		    ike_equal(want, cookie.data, sizeof(want)))
			return true;
	}
	return false;
}
