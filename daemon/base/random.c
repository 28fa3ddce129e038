#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t len)
{
	uint8_t *at = out;

	while (len) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		/* Going on with predictable bytes would give away keys; there is no way to fail. */
		if (got < 0)
			abort();
		at += got;
		len -= (size_t)got;
	}
}

uint32_t random_u32(void)
{
	uint32_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

uint32_t random_below(uint32_t n)
{
	uint64_t product;
	uint32_t threshold;

	if (n < 2)
		return 0;
	/* Scale by multiplication; draw again where some values would be favoured. */
	threshold = -n % n;
	do {
		product = (uint64_t)random_u32() * n;
	} while ((uint32_t)product < threshold);
	return (uint32_t)(product >> 32);
}
