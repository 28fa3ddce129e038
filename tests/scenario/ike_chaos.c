/*
 * Whatever two routers ask of their engines, in any order, over a network that loses, doubles and
 * reorders: when it is quiet again both ends hold the same SAs with the same keys, every request
 * has had its one DONE, and nothing is left half done.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

#define CHAOS_SEEDS 150
#define CHAOS_STEPS 60

struct chaos {
	uint32_t random;
	unsigned int loss, twice; /* of 100 */
	bool faults;
	uint32_t token[2][CHAOS_STEPS * 2];
	size_t count[2];
};

static uint32_t next(struct chaos *c, uint32_t below)
{
	c->random = c->random * 1664525u + 1013904223u;
	return (c->random >> 10) % below;
}

static enum pair_fate chaos_fate(struct pair *p, int from, uint8_t *data, size_t *len, void *arg)
{
	struct chaos *c = arg;

	(void)p;
	(void)from;
	(void)data;
	(void)len;
	if (next(c, 100) < c->loss)
		return PAIR_DROP;
	return next(c, 100) < c->twice ? PAIR_TWICE : PAIR_PASS;
}

static void keep(struct chaos *c, int end, uint32_t token)
{
	c->token[end][c->count[end]++] = token;
}

static uint32_t some_spi(struct pair *p, int end, uint32_t child)
{
	const struct fake_sa *s = fake_router_sender(&p->end[end].router, child);

	return s != NULL ? s->spi_in : 0x4711;
}

static void chaos_delete_spi(struct pair *p, struct chaos *c, int end, uint32_t spi)
{
	struct engine_msg m = {.type = ENGINE_DELETE_SPI,
			       .delete_spi = {.peer = p->end[1 - end].addr,
					      .protocol = IKE_PROTO_ESP,
					      .spi = spi}};

	keep(c, end, pair_ask(p, end, &m));
}

/* Now and then router has no SPI, or the kernel refuses an SA. */
static void chaos_fault(struct pair *p, struct chaos *c)
{
	static const enum engine_type types[] = {ENGINE_ALLOC_SPI, ENGINE_SA_INSTALL};

	if (c->faults && next(c, 4) == 0)
		p->end[next(c, 2)].router.fail[types[next(c, 2)]] = 1;
}

static void chaos_step(struct pair *p, struct chaos *c)
{
	const int end = (int)next(c, 2);
	const uint32_t child = 10 * (1 + next(c, 3));

	chaos_fault(p, c);
	switch (next(c, 12)) {
	case 0:
	case 1:
		keep(c, end, pair_initiate(p, end, child, next(c, 2) == 0, ENGINE_WHY_RECOVERY));
		break;
	case 2:
	case 3:
		keep(c, end, pair_ref(p, end, ENGINE_CREATE_CHILD, child, 0, ENGINE_WHY_TRAFFIC));
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		keep(c, end,
		     pair_ref(p, end, ENGINE_REPLACE_CHILD, child, some_spi(p, end, child),
			      ENGINE_WHY_LIFETIME));
		break;
	case 8:
		chaos_delete_spi(p, c, end, next(c, 2) ? 0x4711 : some_spi(p, end, child));
		break;
	case 9:
		keep(c, end, pair_ref(p, end, ENGINE_LIVENESS, 0, 0, ENGINE_WHY_NONE));
		break;
	case 10:
		keep(c, end, pair_ref(p, end, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_LIFETIME));
		break;
	default:
		if (next(c, 4) == 0)
			keep(c, end, pair_ref(p, end, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR));
		break;
	}
}

static void chaos_show(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		printf("end %d: %zu IKE SAs\n", i, pair_ikes(p, i));
		for (size_t j = 0; j < FAKE_SAS_MAX; j++) {
			const struct fake_sa *s = &p->end[i].router.sas[j];

			if (s->used)
				printf("  %s%s 0x%08x child %u IKE %u replaces 0x%08x why %u\n",
				       s->larval ? "larval " : "", s->in ? "in" : "out", s->spi,
				       s->child, s->ike, s->replaces, s->why);
		}
	}
}

/* Everything that one end holds the other holds too. */
static bool chaos_agree(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct fake_router *a = &p->end[i].router, *b = &p->end[1 - i].router;

		if (fake_router_larval_count(a) != 0 ||
		    fake_router_sa_count(a, true) != fake_router_sa_count(a, false))
			return false;
		for (size_t j = 0; j < FAKE_SAS_MAX; j++) {
			const struct fake_sa *s = &a->sas[j], *o;

			if (!s->used)
				continue;
			o = fake_router_find(b, s->spi, !s->in);
			if (o == NULL || o->key_len != s->key_len ||
			    memcmp(o->key, s->key, s->key_len) != 0)
				return false;
		}
	}
	return pair_ikes(p, 0) == pair_ikes(p, 1);
}

static void chaos_run(uint32_t seed, struct proposal *esp)
{
	struct pair *p = pair_new(&(struct pair_options){
		.children = 3, .esp = esp, .dpd = {.interval_s = 10, .periodic = true}});
	struct chaos c = {.random = seed * 2654435761u + 1};
	const unsigned int steps = 5 + next(&c, CHAOS_STEPS - 5);

	p->random = seed;
	p->delay_ms = next(&c, 30);
	p->jitter_ms = next(&c, 40);
	c.loss = next(&c, 3) * 8;
	c.twice = next(&c, 2) * 10;
	c.faults = seed % 3 == 0;
	p->filter = chaos_fate;
	p->filter_arg = &c;
	keep(&c, 0, pair_initiate(p, 0, 10, true, ENGINE_WHY_TRAFFIC));
	for (unsigned int i = 0; i < steps; i++) {
		pair_run(p, next(&c, 4) == 0 ? next(&c, 3000) : next(&c, 60));
		chaos_step(p, &c);
	}
	p->filter = NULL;
	pair_run(p, 180000);
	for (int end = 0; end < 2; end++)
		for (size_t i = 0; i < c.count[end]; i++)
			if (!fake_router_is_done(&p->end[end].router, c.token[end][i]))
				fail_msg("seed %u: request %zu of end %d has no DONE", seed, i,
					 end);
	if (!chaos_agree(p)) {
		chaos_show(p);
		fail_msg("seed %u: the ends do not agree", seed);
	}
	for (int end = 0; end < 2; end++) {
		if (p->end[end].v2->op_count != 0)
			fail_msg("seed %u: an operation is left at end %d", seed, end);
		(void)pair_ref(p, end, ENGINE_CLOSE, 0, 0, ENGINE_WHY_STOP);
	}
	pair_run(p, 30000);
	for (int end = 0; end < 2; end++)
		if (p->end[end].v2->sa_count != 0 ||
		    fake_router_sa_count(&p->end[end].router, true) != 0)
			fail_msg("seed %u: something outlives CLOSE at end %d", seed, end);
	pair_free(p);
}

static void test_any_order_of_requests_over_a_bad_network_ends_in_agreement(void **state)
{
	const char *from = getenv("CHAOS_FROM"), *count = getenv("CHAOS_COUNT");
	const uint32_t first = from != NULL ? (uint32_t)strtoul(from, NULL, 10) : 1;
	const uint32_t seeds = count != NULL ? (uint32_t)strtoul(count, NULL, 10) : CHAOS_SEEDS;
	struct proposal plain = pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_NONE);
	struct proposal pfs = pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_CURVE25519);

	(void)state;
	for (uint32_t seed = first; seed < first + seeds; seed++)
		chaos_run(seed, seed % 2 == 0 ? &plain : &pfs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order_of_requests_over_a_bad_network_ends_in_agreement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
