/*
 * net/shut_in: a seccomp filter from a list of names: what is not named kills the process.
 */
#ifndef NET_SHUT_IN_H
#define NET_SHUT_IN_H

#include <stddef.h>

struct error;

/*
 * Allows the calls named (NULL-terminated list; a name that this architecture lacks is skipped) and what the C
 * library, its threads and the sanitizers of a sanitizer build cannot do without. socket_families: the
 * only families that socket() may make, -1 at its end; NULL: none. Holds for all threads.
 */
int shut_in(const char *const *allowed, const int *socket_families, struct error *err);

#endif
