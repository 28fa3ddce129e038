/*
 * crypto_map/claims: the reqids and the traffic that connections of one change have taken, before any of
 * them is published: two that are new together must not clash.
 */
#ifndef CRYPTO_MAP_CLAIMS_H
#define CRYPTO_MAP_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct claims;

struct claims *claims_new(void);    /* NULL: no memory */
void claims_free(struct claims *c); /* NULL is fine */
/* Frees at most max of them: those of many connections take long. True: there are more. */
bool claims_drop(struct claims *c, size_t max);
bool claims_reqid(const struct claims *c, uint32_t reqid);
/* The name of the connection that has taken that traffic, or NULL. */
const char *claims_traffic(const struct claims *c, const struct selector *s);
/* 0 or -ENOMEM. */
int claims_take(struct claims *c, uint32_t reqid, const struct selector *s, const char *name);

#endif
