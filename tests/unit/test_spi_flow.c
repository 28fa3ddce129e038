/* The flow table: what it keeps, what goes when it is full. */
#include "tests/unit/unit.h"

#include <string.h>

#include "spi/flow.h"

#define PEER	 0x0a010101
#define FLOODER	 0xc0000201
#define OUR_ADDR 0x0a010102

static unsigned long gone_count;

/* Numbers without a pattern, the same in each run (xorshift). */
static uint32_t scattered(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 16);
}

static void on_gone(void *ctx, struct flow *f)
{
	(void)ctx;
	(void)f;
	gone_count++;
}

static struct flow_table *table_of(size_t max)
{
	struct flow_table *t = flow_table_new(max, on_gone, NULL);

	assert_non_null(t);
	gone_count = 0;
	return t;
}

static struct spi_refusal packet(uint32_t src, uint32_t spi, uint64_t count)
{
	return (struct spi_refusal){.src = addr_v4(src),
				    .dst = addr_v4(OUR_ADDR),
				    .proto = 50,
				    .spi = spi,
				    .seq = 7,
				    .flow_count = count};
}

static struct flow *touch(struct flow_table *t, uint32_t src, uint32_t spi, uint64_t count,
			  uint64_t now_ms)
{
	struct spi_refusal r = packet(src, spi, count);

	return flow_table_touch(t, &r, now_ms, 1700000000000 + now_ms);
}

static struct flow *find(const struct flow_table *t, uint32_t spi)
{
	struct flow *f = NULL;

	while ((f = flow_table_next(t, f)))
		if (f->pub.spi == spi)
			return f;
	return NULL;
}

static void test_packets_of_one_flow_gather(void **state)
{
	struct flow_table *t = table_of(16);
	struct spi_refusal r = packet(PEER, 0x1000, 1);
	struct flow *f = flow_table_touch(t, &r, 1000, 5000), *again;

	(void)state;
	r.seq = 8;
	r.flow_count = 2;
	r.encap = true;
	r.sport = 4501;
	memcpy(r.interface, "eth1", 5);
	again = flow_table_touch(t, &r, 1500, 5500);
	assert_ptr_equal(f, again);
	assert_int_equal(f->pub.count, 2);
	assert_int_equal(f->pub.first_seq, 7);
	assert_int_equal(f->pub.last_seq, 8);
	assert_int_equal(f->pub.first_ms, 1000);
	assert_int_equal(f->pub.last_ms, 1500);
	assert_int_equal(f->pub.first_wall_ms, 5000);
	assert_int_equal(f->pub.last_wall_ms, 5500);
	assert_int_equal(f->pub.sport, 4501);
	assert_string_equal(f->pub.interface, "eth1");
	assert_int_equal(flow_table_count(t), 1);
	flow_table_free(t);
	assert_int_equal(gone_count, 1);
}

static void test_each_of_the_four_makes_another_flow(void **state)
{
	struct flow_table *t = table_of(16);
	struct spi_refusal r = packet(PEER, 0x1000, 1);

	(void)state;
	flow_table_touch(t, &r, 0, 0);
	r.spi++;
	flow_table_touch(t, &r, 0, 0);
	r.proto = 51;
	flow_table_touch(t, &r, 0, 0);
	r.dst = addr_v4(OUR_ADDR + 1);
	flow_table_touch(t, &r, 0, 0);
	r.src = addr_v4(PEER + 1);
	flow_table_touch(t, &r, 0, 0);
	assert_int_equal(flow_table_count(t), 5);
	flow_table_free(t);
}

static void test_a_sum_counts_for_all_that_came_since(void **state)
{
	struct flow_table *t = table_of(16);
	struct flow *f = touch(t, PEER, 0x1000, 1, 0);

	(void)state;
	touch(t, PEER, 0x1000, 8, 10);
	assert_int_equal(f->pub.count, 8);
	touch(t, PEER, 0x1000, 1008, 1010);
	assert_int_equal(f->pub.count, 1008);
	touch(t, PEER, 0x1000, 1, 2010); /* the source forgot the flow and began anew */
	assert_int_equal(f->pub.count, 1009);
	touch(t, PEER, 0x1000, 0, 2011); /* a source that does not count */
	touch(t, PEER, 0x1000, 0, 2012);
	assert_int_equal(f->pub.count, 1011);
	flow_table_free(t);
}

static void test_a_new_flow_with_an_old_count_begins_at_one(void **state)
{
	struct flow_table *t = table_of(16);
	struct flow *f = touch(t, PEER, 0x1000, 3, 0); /* two records were lost */

	(void)state;
	assert_int_equal(f->pub.count, 3);
	flow_table_clear(t);
	f = touch(t, PEER, 0x1000, 5000, 1000);
	assert_int_equal(f->pub.count, 1);
	touch(t, PEER, 0x1000, 5100, 2000);
	assert_int_equal(f->pub.count, 101);
	flow_table_free(t);
}

static void test_the_rate_follows_the_packets_and_falls_to_zero(void **state)
{
	struct flow_table *t = table_of(16);
	struct flow *f = touch(t, PEER, 0x1000, 1, 0);

	(void)state;
	for (unsigned int s = 0; s < 6; s++) {
		for (unsigned int i = 0; i < 100; i++)
			touch(t, PEER, 0x1000, 0, s * 1000 + i * 10);
		flow_table_second(t, (s + 1) * 1000);
	}
	assert_in_range(f->pub.rate, 99, 102);
	for (unsigned int s = 6; s < 11; s++)
		flow_table_second(t, (s + 1) * 1000);
	assert_int_equal(f->pub.rate, 0);
	flow_table_free(t);
}

static void test_a_gap_ends_the_incident(void **state)
{
	struct flow_table *t = table_of(16);
	struct flow *f = touch(t, PEER, 0x1000, 1, 0);

	(void)state;
	f->pub.persistent = true;
	touch(t, PEER, 0x1000, 2, SPI_GAP_MS);
	assert_true(f->pub.persistent);
	assert_int_equal(f->run_ms, 0);
	touch(t, PEER, 0x1000, 3, 2 * SPI_GAP_MS + 1);
	assert_false(f->pub.persistent);
	assert_int_equal(f->run_ms, 2 * SPI_GAP_MS + 1);
	flow_table_free(t);
}

static void test_an_idle_flow_is_forgotten(void **state)
{
	struct flow_table *t = table_of(16);

	(void)state;
	touch(t, PEER, 0x1000, 1, 0);
	touch(t, PEER, 0x1001, 1, 1);
	flow_table_second(t, SPI_IDLE_MS);
	assert_int_equal(flow_table_count(t), 1);
	assert_null(find(t, 0x1000));
	assert_non_null(find(t, 0x1001));
	assert_int_equal(flow_table_evicted(t), 0); /* forgotten, not pushed out */
	flow_table_free(t);
}

static void test_a_full_table_gives_up_the_oldest_of_the_greediest(void **state)
{
	struct flow_table *t = table_of(4);

	(void)state;
	touch(t, PEER, 1000, 1, 0);
	touch(t, FLOODER, 2000, 1, 1);
	touch(t, FLOODER, 2001, 1, 2);
	touch(t, FLOODER, 2002, 1, 3);
	touch(t, FLOODER, 2000, 2, 4); /* heard again: 2001 is the oldest now */
	touch(t, FLOODER, 2003, 1, 5);
	assert_int_equal(flow_table_count(t), 4);
	assert_int_equal(flow_table_evicted(t), 1);
	assert_null(find(t, 2001));
	assert_non_null(find(t, 1000));
	assert_non_null(find(t, 2000));
	flow_table_free(t);
}

static void test_a_flood_from_one_source_eats_its_own_share(void **state)
{
	struct flow_table *t = table_of(4096);
	struct flow *f = touch(t, PEER, 0x1000, 1, 0);
	uint32_t id = f->pub.id;

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++)
		touch(t, FLOODER, scattered() | 0x10000, 1, 1 + i / 1000);
	assert_int_equal(flow_table_count(t), 4096);
	f = find(t, 0x1000);
	assert_non_null(f);
	assert_int_equal(f->pub.id, id);
	assert_ptr_equal(flow_table_by_id(t, id), f);
	flow_table_free(t);
}

static void test_a_flood_from_random_sources_spares_a_flow_that_goes_on(void **state)
{
	struct flow_table *t = table_of(4096);
	struct flow *f = touch(t, PEER, 0x1000, 1, 0);

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++) {
		touch(t, scattered() | 1, scattered() | 0x10000, 1, 1 + i / 2000);
		if (i % 2000 == 0) /* once a second at the source's limit of new flows */
			touch(t, PEER, 0x1000, 0, 1 + i / 2000);
	}
	assert_in_range(flow_table_count(t), 4095, 4096);
	assert_ptr_equal(find(t, 0x1000), f);
	assert_int_equal(f->pub.count, 501);
	flow_table_free(t);
}

static void test_the_table_shrinks_and_grows(void **state)
{
	struct flow_table *t = table_of(64);

	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		touch(t, PEER + i / 8, 1000 + i, 1, i);
	flow_table_resize(t, 16);
	assert_int_equal(flow_table_count(t), 16);
	touch(t, FLOODER, 1, 1, 100);
	assert_int_equal(flow_table_count(t), 16);
	flow_table_resize(t, 128); /* grows over its room: begins anew */
	for (uint32_t i = 0; i < 200; i++)
		touch(t, PEER, 1000 + i, 1, i);
	assert_int_equal(flow_table_count(t), 128);
	flow_table_resize(t, 0);
	assert_int_equal(flow_table_count(t), 1);
	flow_table_free(t);
}

static int work(void *arg)
{
	struct flow_table *t = flow_table_new(2, on_gone, NULL);
	int rc = 0;

	(void)arg;
	if (!t)
		return -1;
	for (uint32_t i = 0; i < 4; i++)
		if (!touch(t, PEER + i % 3, 1000 + i, 1, i))
			rc = -1;
	flow_table_second(t, 100);
	flow_table_free(t);
	return rc;
}

static void test_every_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(work, NULL) >= 6);
	flow_table_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets_of_one_flow_gather),
		cmocka_unit_test(test_each_of_the_four_makes_another_flow),
		cmocka_unit_test(test_a_sum_counts_for_all_that_came_since),
		cmocka_unit_test(test_a_new_flow_with_an_old_count_begins_at_one),
		cmocka_unit_test(test_the_rate_follows_the_packets_and_falls_to_zero),
		cmocka_unit_test(test_a_gap_ends_the_incident),
		cmocka_unit_test(test_an_idle_flow_is_forgotten),
		cmocka_unit_test(test_a_full_table_gives_up_the_oldest_of_the_greediest),
		cmocka_unit_test(test_a_flood_from_one_source_eats_its_own_share),
		cmocka_unit_test(test_a_flood_from_random_sources_spares_a_flow_that_goes_on),
		cmocka_unit_test(test_the_table_shrinks_and_grows),
		cmocka_unit_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
