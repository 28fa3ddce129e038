/*
 * router_world: router's lower rooms on a simulated clock: a fake kernel, connections, the engine's
 * router side with a port that writes down what is sent, and room sa. A test plays the engine.
 */
#ifndef TESTS_UNIT_ROUTER_WORLD_H
#define TESTS_UNIT_ROUTER_WORLD_H

#include "conn/conn.h"
#include "engine/router.h"
#include "log/log.h"
#include "sa/sa.h"
#include "tests/fake/xfrm.h"
#include "tests/unit/unit.h"

#define WORLD_SENT_MAX 1024
#define WORLD_LOCAL    0x0a010101u
#define WORLD_PEER     0x0a010102u
#define WORLD_REQID    0x53000000u
#define WORLD_CAPS     (ENGINE_DELETE_UNKNOWN_SPI | ENGINE_INITIAL_CONTACT)
#define WORLD_OUT(spi) (0xc0000000u | (spi))
#define WORLD_IKE      77u

struct jobs;
struct loop;

struct router_world {
	struct loop *loop;
	struct jobs *jobs;
	struct xfrm *xfrm;
	struct conn_table *conns;
	struct log *log;
	struct engine *engine;
	struct sa *sa;
	/* what went to the engine */
	struct engine_msg sent[WORLD_SENT_MAX];
	size_t sent_count;
	int send_error;
	uint32_t next_token;
	/* facts of sa */
	unsigned int ups, losts, gones, readies;
	struct sa_pair last_up, last_lost, last_gone;
	bool lost_in, lost_out;
	enum sa_death lost_why, gone_why;
	struct xfrm_author lost_by;
};

/* state_dir -1: rings in memory. NULL when an allocation was refused. */
struct router_world *router_world_new(int state_dir, uint8_t boot);
void router_world_free(struct router_world *w);
/* The process is killed, and comes again, over the same kernel and connections. */
void router_world_kill(struct router_world *w);
int router_world_start(struct router_world *w, int state_dir, uint8_t boot);

/* A connection "VPN 10·id" with that many children (10.ID.CHILD.0/24 → 10.2ID.CHILD.0/24), numbered
 * from 10 by 10, each with a reqid. */
int router_world_conn(struct router_world *w, uint32_t id, uint8_t children, uint32_t peer);
/* The engine comes up: HELLO, connections taken (and forgotten here), nothing listed. */
void router_world_engine(struct router_world *w, uint32_t capabilities);
void router_world_ike(struct router_world *w, uint32_t conn, uint32_t peer, enum engine_type type);
/* The last message of that type sent since the count was noted, or NULL; how many. */
const struct engine_msg *router_world_last(const struct router_world *w, enum engine_type type);
unsigned int router_world_count(const struct router_world *w, enum engine_type type);
void router_world_forget(struct router_world *w); /* what was sent */
void router_world_done(struct router_world *w, const struct engine_msg *request, int result,
		       uint32_t spi);
/* A request of the engine, run to its answer; -EINPROGRESS when none came. */
int router_world_request(struct router_world *w, struct engine_msg *m, struct engine_done *done);
uint32_t router_world_alloc(struct router_world *w, uint32_t conn, uint32_t child, uint32_t spi);
void router_world_fill(const struct router_world *w, struct engine_msg *m, uint32_t conn,
		       uint32_t child, uint32_t spi, uint8_t parts);
int router_world_install(struct router_world *w, uint32_t conn, uint32_t child, uint32_t spi,
			 uint32_t replaces);
void router_world_clear(struct engine_msg *m); /* its keys */
/* Allocates, installs and says CHILD_UP; the inbound SPI. */
uint32_t router_world_pair(struct router_world *w, uint32_t conn, uint32_t child, uint32_t spi,
			   uint32_t replaces);
int router_world_delete(struct router_world *w, uint32_t spi, enum engine_reason why);
bool router_world_logged(const struct router_world *w, const char *text);
struct xfrm_sa_id router_world_in(uint32_t spi);
struct xfrm_sa_id router_world_out(uint32_t spi);

#endif
