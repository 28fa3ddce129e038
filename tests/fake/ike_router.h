/*
 * ike_router: router as an IKE engine sees it: gives SPIs, takes SAs, counts events, keeps results.
 *
 * It answers by itself; faults are set per message type. Its SAD is good enough to ask "would this
 * packet have been decrypted?": the youngest outbound SA sends, the other end needs the same SPI
 * with the same key. What an IKE SA leaves behind by
 * INITIAL_CONTACT goes half a second after its successor decrypts, or after 3 s. Memory is the C library's, so that failing allocations hit the engine alone.
 */
#ifndef FAKE_IKE_ROUTER_H
#define FAKE_IKE_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

#define FAKE_SAS_MAX 256
#ifndef FAKE_TOKENS_MAX /* a fuzz target makes many routers that are asked little */
#define FAKE_TOKENS_MAX 20000
#define FAKE_EVENTS_MAX 4096
#endif
#define FAKE_KEY_MAX 136

struct fake_sa {
	bool used, in, larval;
	uint64_t orphan_until; /* its IKE SA is gone; 0: it is not */
	bool relieved;	       /* a successor sends and decrypts */
	uint32_t spi, spi_in, spi_out, child, replaces;
	engine_ike ike;
	uint64_t born; /* counts up: the youngest sends */
	struct selector selector;
	struct endpoint local, remote;
	bool encap;
	uint8_t esn, why;
	size_t key_len;
	uint8_t key[FAKE_KEY_MAX];
	uint64_t packets, last_ms;
};

struct fake_event {
	enum engine_type type;
	engine_ike ike;
	uint32_t child, spi_in, old_spi_in;
	uint8_t why;
	uint16_t notify;
	bool initiator, listed, is_protected;
};

struct fake_router {
	/* The harness delivers what is posted to the engine, later. */
	void (*post)(void *ctx, const struct engine_msg *m);
	void *ctx;
	uint64_t (*now)(void *ctx);
	struct fake_sa sas[FAKE_SAS_MAX];
	struct engine_done results[FAKE_TOKENS_MAX];
	uint8_t result_count[FAKE_TOKENS_MAX];
	uint32_t next_token, next_spi;
	struct fake_event events[FAKE_EVENTS_MAX];
	size_t event_count;
	unsigned int seen[ENGINE_RECORDS + 1];
	struct engine_stats stats; /* told last */
	/* Faults: the n-th request of a type from now on (1 = next) is refused; all with n < 0. */
	int fail[ENGINE_DONE + 1], fail_errno;
	bool silent;		       /* requests are not answered at all */
	bool broken;		       /* the pair is broken: send fails */
	uint64_t born, outbound_first; /* outbound installed before its inbound: must stay 0 */
	unsigned int unknown_deletes, duplicate_spis;
	unsigned int outbound_gaps; /* a delete took the last outbound SA of a child */
	/* What goes to the flight recorder; NULL: thrown away. -errno: not taken. */
	int (*records)(void *ctx, const struct engine_records *records);
	void *records_ctx;
	char trace[8][ENGINE_TRACE_TEXT];
	unsigned int traces;
};

void fake_router_init(struct fake_router *r, uint32_t first_spi);
struct engine_port fake_router_port(struct fake_router *r);
/* A token for a request to the engine. */
uint32_t fake_router_token(struct fake_router *r);
bool fake_router_is_done(const struct fake_router *r, uint32_t token); /* asserts: once at most */
const struct engine_done *fake_router_result(const struct fake_router *r, uint32_t token);

size_t fake_router_sa_count(const struct fake_router *r, bool in); /* installed ones */
size_t fake_router_larval_count(const struct fake_router *r);
struct fake_sa *fake_router_sender(struct fake_router *r, uint32_t child); /* youngest outbound */
struct fake_sa *fake_router_find(struct fake_router *r, uint32_t spi, bool in);
/* Its pairs go on without it: until half a second after a successor decrypts, or so long. */
void fake_router_orphan(struct fake_router *r, engine_ike ike, uint64_t longest_ms);
/* The last event of a type, or NULL. */
const struct fake_event *fake_router_event(const struct fake_router *r, enum engine_type type);

#endif
