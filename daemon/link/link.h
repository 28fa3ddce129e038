/*
 * link: interfaces and addresses, by rtnetlink: which address an interface has (the local end of a
 * crypto map), and whether it is up. Facts go up when they change.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct link;
struct log;
struct loop;

#define LINK_ADDRS_MAX 16

struct link_info {
	int index;
	char name[16];
	bool up, running, loopback;
	uint32_t mtu;
	struct prefix addrs[LINK_ADDRS_MAX]; /* prefix.addr keeps its host bits here */
	uint8_t addr_count;
};

struct link_ops {
	void (*changed)(void *ctx, const char *name); /* new, gone, up, down, addresses */
};

/* Opens the socket and asks for all there is; answers come by the loop. loop and log are borrowed.
 * NULL: no memory, or no socket (errno). */
struct link *link_new(struct loop *loop, struct log *log);
void link_free(struct link *l); /* NULL is fine */
/* 0, or -ENOSPC; ops and ctx are borrowed until link_free(). */
int link_listen(struct link *l, const struct link_ops *ops, void *ctx);
/* What is found is borrowed, and good until the end of the turn; NULL: there is none. */
const struct link_info *link_by_name(const struct link *l, const char *name);
const struct link_info *link_by_index(const struct link *l, int index);
/* Walks all, with it = NULL at first. */
const struct link_info *link_next(const struct link *l, const struct link_info *it);
/* Of any interface, also those beyond LINK_ADDRS_MAX. */
bool link_addr_is_local(const struct link *l, const struct addr *a);

#endif
