/* random: the kernel's random numbers (getrandom); never fails once the pool is ready. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Good for keys, nonces and SPIs (getrandom(2)). */
void random_bytes(void *out, size_t len);
uint32_t random_u32(void);
uint32_t random_below(uint32_t n); /* uniform in [0, n) */

#endif
