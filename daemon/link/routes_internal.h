/* link/routes, inside: messages as plain values, so that tests can feed bytes. */
#ifndef LINK_ROUTES_INTERNAL_H
#define LINK_ROUTES_INTERNAL_H

#include "link/routes.h"

struct nlmsghdr;

/* An RTM_NEWROUTE message; false: it is none, or malformed. */
bool route_parse(const struct nlmsghdr *nlh, struct route *out, uint32_t *table);
bool route_is_shown(const struct route *r, uint32_t table);

#endif
