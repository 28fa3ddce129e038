/*
 * alloc: the one way to allocate. Memory is zeroed; a request that cannot be met returns NULL and
 * the caller unwinds. Unit tests make the n-th allocation fail (tests run every error path).
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

void *alloc_zero(size_t size);
void *alloc_array(size_t count, size_t size); /* NULL on overflow */
void *alloc_grow(void *old, size_t old_count, size_t new_count, size_t size); /* new part zeroed */
char *alloc_text(const char *text);	      /* NULL gives NULL */
void *alloc_copy(const void *data, size_t len);
char *alloc_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void alloc_free(void *p);

/* Tests: the n-th allocation from now on (1 = the next) fails once; 0 switches it off.
 * Returns how many allocations were made since the last call. */
unsigned long alloc_fail_after(unsigned long n);

#endif
