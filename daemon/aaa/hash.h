/*
 * aaa/hash: passwords and their hashes, by crypt(3). Runs on workers: touches only what it is given.
 * A hash stands behind the number that routers give its kind: "5 $1$…", else "9 $y$…".
 */
#ifndef AAA_HASH_H
#define AAA_HASH_H

#include <stdbool.h>

#include "aaa/aaa.h"
#include "base/secret.h"

/* A fresh yescrypt hash. 0, -ENOMEM, or -EINVAL: the library refuses the password (it is too long). */
int hash_make(const struct secret *clear, char out[AAA_HASH_MAX]);
/* "9 $y$…" without a hash behind the salt: what an unknown user is held against. */
int hash_nobody(char out[AAA_HASH_MAX]);
/* By crypt(3), compared to the end wherever they differ. An empty hash matches nothing. */
bool hash_matches(const char *hash, const struct secret *clear);
/*
 * Of a kind that crypt(3) here can check, with about a second and 64 MB at most: what a hash asks for is
 * its own word, and crypt(3) would obey one that holds a worker for an hour or takes all memory.
 */
bool hash_is_usable(const char *hash);
bool hash_is_yescrypt(const char *hash);

#endif
