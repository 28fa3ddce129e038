/*
 * alloc: the one way to allocate. Memory is zeroed; a request that cannot be met returns NULL and
 * the caller unwinds. Unit tests make the n-th allocation fail (tests run every error path).
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
void *alloc_zero(size_t size);		      /* size 0 gives a pointer that may be freed */
void *alloc_array(size_t count, size_t size); /* NULL on overflow */
/* The new part is zeroed. On failure (NULL) `old` is as it was and still the caller's. */
void *alloc_grow(void *old, size_t old_count, size_t new_count, size_t size);
char *alloc_text(const char *text); /* NULL gives NULL */
void *alloc_copy(const void *data, size_t len);
char *alloc_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void alloc_free(void *p); /* NULL is fine */
/* Once, first in a process with a loop: a small free is never put off to be made up for later by somebody
 * else's allocation (mallopt(3), M_MXFAST), which after ten thousand of them would be milliseconds; and what is free
 * stays the process's, up to 256 MiB in one piece. */
void alloc_evenly(void);

/* Tests: the n-th allocation from now on (1 = the next) fails once; 0 switches it off.
 * Returns how many allocations were made since the last call. Counts this thread's only.
 * The usual loop over it: unit_fail_each_allocation() in tests/unit/unit.h. */
unsigned long alloc_fail_after(unsigned long n);
/* For an allocator beside this one (secret.c): counts one allocation; true: it has to fail. */
bool alloc_denied(void);
#ifdef __cplusplus
}
#endif

#endif
