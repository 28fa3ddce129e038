/*
 * secret: key material that wipes itself. Lives in memory that is locked and left out of cores
 * (mlock, MADV_DONTDUMP; best effort, a failure to lock is counted, not fatal). Never formatted,
 * never logged; compared in constant time.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

#define SECRET_MAX 512

struct secret; /* opaque: bytes and length */

/* Copies; NULL: no memory, or longer than SECRET_MAX. */
struct secret *secret_new(const void *data, size_t len);
struct secret *secret_zero(size_t len); /* zeroed, to be filled by secret_bytes() */
struct secret *secret_copy(const struct secret *s);
void secret_free(struct secret *s); /* wipes; NULL is fine */
uint8_t *secret_bytes(struct secret *s);
struct view secret_view(const struct secret *s); /* NULL gives an empty view */
size_t secret_len(const struct secret *s);
bool secret_equal(const struct secret *a, const struct secret *b);
size_t secret_alive(void);    /* how many there are: a test's way to see that none leaked */
size_t secret_unlocked(void); /* bytes that could not be locked (RLIMIT_MEMLOCK), for `show` */
void secret_wipe(void *data, size_t len); /* for buffers on the stack; not optimised away */
void secret_free_text(char *text);	  /* of alloc: wiped up to its end, freed; NULL is fine */

#endif
