/*
 * map_world: room crypto_map between a real configuration (YANG data, real edits and commits), a table of
 * interfaces and a fake kernel, on a simulated clock. TEST_YANG is the folder of the modules.
 */
#ifndef TESTS_UNIT_MAP_WORLD_H
#define TESTS_UNIT_MAP_WORLD_H

#include "config/config.h"
#include "conn/conn.h"
#include "crypto_map/crypto_map.h"
#include "link/link.h"
#include "tests/fake/xfrm.h"
#include "tests/unit/unit.h"

struct jobs;
struct log;
struct loop;
struct seal;

struct map_world {
	struct loop *loop;
	struct jobs *jobs;
	struct log *log;
	struct seal *seal;
	const struct map_world *beside; /* whose seal it is; NULL: one's own */
	struct xfrm *xfrm;
	struct link *link;
	struct conn_table *conns;
	struct crypto_map *cm;
	struct config *config;
	struct config_room crypto, rest;
	int state_dir; /* -1: none */
	unsigned int answers;
	int result;
	char why[ERROR_TEXT_MAX];
};

/* eth0 with 10.1.1.1 and 2001:db8::1, startup (none) loaded. */
struct map_world *map_world_new(void);
/* Another one with the same key, so that what one sealed the other can open; goes before it. */
struct map_world *map_world_beside(const struct map_world *other);
void map_world_free(struct map_world *w);
int map_world_setup(void **state);
int map_world_teardown(void **state);

/* An edit, RFC 7951 with ' for "; its result; why in w->why. */
int map_world_edit(struct map_world *w, const char *json);
void map_world_begin(struct map_world *w, const char *json); /* … not waited for */
/* All that the entry VPN 10 on eth0 toward 10.1.1.2 needs, and the entry. */
void map_world_complete(struct map_world *w);
/* One of those, by what it is: "interface", "acl", "set", "keyring", "profile", "map". */
const char *map_world_part(const char *what);
void map_world_address(struct map_world *w, int index, const char *name, const char *addr,
		       bool there);
/* What the entry says that it lacks ("" = complete); NULL: no such row. */
const char *map_world_incomplete(const struct map_world *w, const char *map, uint32_t seq,
				 const char *interface);
const struct conn *map_world_conn(const struct map_world *w, const char *name,
				  const char *interface);
unsigned long map_world_writes(const struct map_world *w); /* of policies, so far */
size_t map_world_policies(const struct map_world *w);
bool map_world_logged(const struct map_world *w, const char *text);

#endif
