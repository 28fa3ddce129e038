/* show_crypto: what shows of IPsec and IKEv2 print alike. */
#ifndef CLI_SHOW_CRYPTO_H
#define CLI_SHOW_CRYPTO_H

#include "cli/show.h"

/* The rows of an IKE SA, an empty line behind (show_ikev2.c). */
void show_ikev2_rows(struct show *sh, const json_t *sa, bool detail);
bool show_is_v6(const json_t *entry);
/* "esp-256-aes esp-sha256-hmac " of a transform set's configuration (show_map.c). */
void show_set_text(const json_t *set, char *out, size_t size);
/* "4608000 kilobytes/3600 seconds", its own limits or those of all (NULL: none are set). */
void show_limits_text(const json_t *own, const json_t *all, char *out, size_t size);

#define SHOW_LIMITS_PATH "/spindle-crypto:crypto/ipsec/security-association"

#endif
