/*
 * seal: type 6 secrets: key material as text that only this machine can open.
 *
 * AES-256-GCM under a key of 32 random bytes that lives in the state folder (file `key`, mode 0600,
 * made at the first start). The text is "6 " and base64 of version, nonce, ciphertext and tag; it
 * names no place, so that it may be moved within a configuration. What was sealed elsewhere, or
 * changed, does not open. main opens one and lends it to config (seals what people type) and to
 * crypto_map (opens what it needs in clear).
 */
#ifndef SEAL_SEAL_H
#define SEAL_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct seal;
struct secret;

#define SEAL_CLEAR_MAX 256 /* bytes of key material */
#define SEAL_TEXT_MAX  400 /* of a sealed text, its NUL included */

/* Reads the key from the folder, or makes it there (O_EXCL, fsync of file and folder). Borrows the
 * descriptor for the call only. NULL: err says what is wrong (length, mode, owner, errno). */
struct seal *seal_open(int state_dir, struct error *err);
struct seal *seal_new_random(void); /* a key that nobody keeps: tests, tools; NULL: no memory */
void seal_free(struct seal *s);	    /* NULL is fine */

/* Does this text claim to be sealed ("6 ...")? */
bool seal_is_sealed(const char *text);
/* Clear bytes → text in buf. 0, -EINVAL (length 0 or > SEAL_CLEAR_MAX), -ENOSPC, -EIO (libcrypto). */
int seal_text(const struct seal *s, const void *clear, size_t len, char *buf, size_t size);
/* Text → secret, owned by the caller. -EBADMSG: not a sealed text; -EKEYREJECTED: sealed with another
 * machine's key, or changed; -ENOMEM, -EIO. */
int seal_unseal(const struct seal *s, const char *text, struct secret **out, struct error *err);

#endif
