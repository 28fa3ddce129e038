/* Room recovery: real flows, real sa over a fake kernel; a test plays the engine and the packets. */
#ifndef TESTS_UNIT_RECOVERY_WORLD_H
#define TESTS_UNIT_RECOVERY_WORLD_H

#include "tests/unit/router_world.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/loop.h"
#include "recovery/recovery.h"
#include "spi/spi.h"

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#define SPI_1	0xB7618601u
#define SPI_2	0xB7618602u
#define SPI_3	0xB7618603u
#define SPI_4	0xB7618604u
#define UNKNOWN 0xDEAD0001u
#define GRACE	200

struct world {
	struct router_world *w;
	struct spi *spi;
	struct recovery *r;
	struct spi_source source;
	int stat_fd;
};

static inline int source_start(struct spi_source *s)
{
	(void)s;
	return 0;
}

static inline void source_free(struct spi_source *s)
{
	(void)s;
}

static inline void source_sums(struct spi_source *s, struct spi_source_sums *out)
{
	(void)s;
	*out = (struct spi_source_sums){0};
}

static const struct spi_source_ops played = {
	.name = "played", .start = source_start, .free = source_free, .sums = source_sums};

static inline void rooms_up(struct world *t, bool enabled, bool at_start)
{
	struct spi_config cfg = {.grace_ms = GRACE, .flows_max = 4096};
	struct recovery_config rcfg = {.enabled = enabled, .at_start = at_start, .grace_ms = GRACE};
	struct router_world *w = t->w;

	t->source.ops = &played;
	t->spi = spi_new(w->loop, w->xfrm, w->sa, w->conns, w->log, &cfg);
	assert_non_null(t->spi);
	t->r = recovery_new(w->loop, t->spi, w->sa, w->conns, w->engine, w->log, &rcfg);
	assert_non_null(t->r);
	assert_int_equal(spi_attach(t->spi, &t->source, t->stat_fd, ""), 0);
}

static inline int setup_with(void **state, bool enabled)
{
	static struct world t;

	t = (struct world){.w = router_world_new(-1, 1)};
	assert_non_null(t.w);
	assert_int_equal(router_world_conn(t.w, 1, 3, WORLD_PEER), 0);
	t.stat_fd = memfd_create("xfrm_stat", 0);
	assert_int_equal(write(t.stat_fd, "XfrmInNoStates 0\n", 17), 17);
	rooms_up(&t, enabled, false);
	sa_start(t.w->sa);
	router_world_engine(t.w, WORLD_CAPS);
	*state = &t;
	return 0;
}

static inline int setup(void **state)
{
	return setup_with(state, true);
}

static inline int setup_off(void **state)
{
	return setup_with(state, false);
}

static inline int teardown(void **state)
{
	struct world *t = *state;

	recovery_free(t->r);
	spi_free(t->spi);
	close(t->stat_fd);
	router_world_free(t->w);
	return 0;
}

static inline void packet_from(struct world *t, uint32_t src, uint32_t spi)
{
	struct spi_refusal r = {.src = addr_v4(src),
				.dst = addr_v4(WORLD_LOCAL),
				.proto = IPPROTO_ESP,
				.spi = spi,
				.seq = 1};

	t->source.refused(t->source.ctx, &r);
	loop_advance(t->w->loop, 0);
}

static inline void packet(struct world *t, uint32_t spi)
{
	packet_from(t, WORLD_PEER, spi);
}

/* The flow goes on for that long, ten packets a second. */
static inline void stream(struct world *t, uint32_t spi, uint64_t ms)
{
	for (uint64_t at = 0; at < ms; at += 100) {
		packet(t, spi);
		loop_advance(t->w->loop, 100);
	}
}

static inline const struct engine_msg *last(const struct world *t, enum engine_type type)
{
	return router_world_last(t->w, type);
}

static inline unsigned int count(const struct world *t, enum engine_type type)
{
	return router_world_count(t->w, type);
}

static inline void done(struct world *t, enum engine_type type, int result, uint32_t spi)
{
	assert_non_null(last(t, type));
	router_world_done(t->w, last(t, type), result, spi);
}

static inline void decrypt(struct world *t, uint32_t spi)
{
	struct addr local = addr_v4(WORLD_LOCAL);

	assert_int_equal(xfrm_fake_traffic(t->w->xfrm, &local, spi, 1, 100), 0);
}

static inline struct recovery_peer peer_row(const struct world *t)
{
	struct recovery_peer p;

	assert_true(recovery_peer_get(t->r, 1, 0, &p));
	return p;
}

static inline void up(struct world *t, uint32_t conn)
{
	router_world_ike(t->w, conn, WORLD_PEER, ENGINE_IKE_UP);
}

/* A pair of child 10 that a person's clear took, on our side alone. */
static inline void lost_pair(struct world *t)
{
	up(t, 1);
	assert_int_equal(router_world_pair(t->w, 1, 10, SPI_1, 0), SPI_1);
	assert_int_equal(router_world_delete(t->w, SPI_1, ENGINE_WHY_OPERATOR), 0);
	router_world_forget(t->w);
}

static inline void three_pairs(struct world *t)
{
	up(t, 1);
	router_world_pair(t->w, 1, 10, SPI_1, 0);
	router_world_pair(t->w, 1, 20, SPI_2, 0);
	router_world_pair(t->w, 1, 30, SPI_3, 0);
	router_world_forget(t->w);
}

#endif
