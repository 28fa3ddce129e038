/* Births and grave over crashes, reboots, jumps of the clock and want of memory. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sa/history.h"

#define SPI_1 0xB761863Eu
#define WALL  1700000000000ull

struct folder {
	char path[40];
	int dir;
};

static int setup(void **state)
{
	static struct folder f;

	snprintf(f.path, sizeof(f.path), "/tmp/test_history.XXXXXX");
	assert_non_null(mkdtemp(f.path));
	f.dir = open(f.path, O_RDONLY | O_DIRECTORY);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct folder *f = *state;

	unlinkat(f->dir, "births", 0);
	unlinkat(f->dir, "grave", 0);
	close(f->dir);
	return rmdir(f->path);
}

static struct history *open_history(int dir, uint8_t boot)
{
	struct error err = {0};
	struct history *h;
	uint8_t id[16];

	memset(id, boot, sizeof(id));
	h = history_open(dir, id, &err);
	assert_int_equal(err.code, 0);
	assert_non_null(h);
	return h;
}

static struct life sample(uint32_t spi)
{
	struct life l = {.born_wall_ms = WALL,
			 .proto = IPPROTO_ESP,
			 .esn = 1,
			 .encap = true,
			 .initiator = true,
			 .spi_in = spi,
			 .spi_out = spi + 1,
			 .reqid = 0x53000001,
			 .encr = {TRANSFORM_ENCR, ENCR_AES_CBC, 256},
			 .integ = {TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0},
			 .lifetime_s = 3600,
			 .conn_name = "VPN 10"};

	assert_int_equal(addr_parse(&l.local.addr, "2001:db8::1"), 0);
	assert_int_equal(addr_parse(&l.peer.addr, "2001:db8::2"), 0);
	l.local.port = l.peer.port = 4500;
	assert_int_equal(prefix_parse(&l.selector.local, "10.1.0.0/16"), 0);
	assert_int_equal(prefix_parse(&l.selector.remote, "10.2.0.0/16"), 0);
	l.selector.proto = IPPROTO_TCP;
	l.selector.remote_port = 443;
	l.selector.remote_port_mask = 0xffff;
	return l;
}

static struct life *find(const struct history *h, uint32_t spi)
{
	struct life l = sample(spi);

	return history_find(h, &l.local.addr, IPPROTO_ESP, spi);
}

static struct life *born(struct history *h, uint32_t spi)
{
	struct life l = sample(spi), *made = history_born(h, &l);

	assert_non_null(made);
	return made;
}

static void assert_same_birth(const struct life *l, uint32_t spi)
{
	struct life s = sample(spi);

	assert_int_equal(l->born_wall_ms, s.born_wall_ms);
	assert_true(addr_equal(&l->peer.addr, &s.peer.addr));
	assert_int_equal(l->peer.port, 4500);
	assert_int_equal(l->spi_out, s.spi_out);
	assert_int_equal(l->reqid, s.reqid);
	assert_true(selector_equal(&l->selector, &s.selector));
	assert_memory_equal(&l->encr, &s.encr, sizeof(s.encr));
	assert_memory_equal(&l->integ, &s.integ, sizeof(s.integ));
	assert_int_equal(l->lifetime_s, 3600);
	assert_true(l->encap && l->initiator && l->esn);
	assert_string_equal(l->conn_name, "VPN 10");
}

static void test_a_life_comes_back_whole_after_a_crash(void **state)
{
	const struct folder *f = *state;
	struct history *h = open_history(f->dir, 1);

	born(h, SPI_1);
	assert_true(history_dirty(h));
	history_close(h);
	h = open_history(f->dir, 1);
	assert_non_null(find(h, SPI_1));
	assert_same_birth(find(h, SPI_1), SPI_1);
	assert_int_equal(find(h, SPI_1)->why, SA_DEATH_NONE);
	assert_true(history_same_boot(h, find(h, SPI_1)));
	assert_null(find(h, SPI_1 + 1));
	history_close(h);
}

static void test_a_death_comes_back_with_its_author_after_a_reboot(void **state)
{
	struct xfrm_author by = {.pid = 4711, .seq = 3, .name = "ip"};
	const struct folder *f = *state;
	struct history *h = open_history(f->dir, 1);
	struct life *l = born(h, SPI_1);

	history_succeeded(l, 0x1234);
	history_died(h, l, SA_DEATH_FLUSHED, WALL + 5, 1005, &by, 99);
	history_died(h, l, SA_DEATH_STOP, WALL + 6, 1006, NULL, 0); /* the first one stays */
	history_close(h);
	h = open_history(f->dir, 2);
	l = find(h, SPI_1);
	assert_int_equal(l->why, SA_DEATH_FLUSHED);
	assert_int_equal(l->died_wall_ms, WALL + 5);
	assert_int_equal(l->died_ms, 0); /* another boot's clock means nothing now */
	assert_int_equal(l->by.pid, 4711);
	assert_string_equal(l->by.name, "ip");
	assert_int_equal(l->last_seq, 99);
	assert_int_equal(l->successor, 0x1234);
	assert_false(history_same_boot(h, l));
	history_close(h);
}

/* A machine without a clock of its own wakes in 1970 and is set right later, or the other way. */
static void test_a_death_is_kept_although_the_wall_clock_went_back(void **state)
{
	const struct folder *f = *state;
	struct history *h = open_history(f->dir, 1);

	history_died(h, born(h, SPI_1), SA_DEATH_CLEARED, 1000, 5, NULL, 0);
	history_close(h);
	h = open_history(f->dir, 1);
	assert_int_equal(find(h, SPI_1)->why, SA_DEATH_CLEARED);
	history_close(h);
}

static void test_an_spi_that_is_born_again_lives(void **state)
{
	const struct folder *f = *state;
	struct history *h = open_history(f->dir, 1);
	uint64_t seq = 0;

	history_died(h, born(h, SPI_1), SA_DEATH_REKEYED, WALL + 10, 5, NULL, 0);
	born(h, SPI_1); /* the same wall time as before: only its number tells it from the first */
	assert_int_equal(find(h, SPI_1)->why, SA_DEATH_NONE);
	history_close(h);
	h = open_history(f->dir, 1);
	assert_int_equal(find(h, SPI_1)->why, SA_DEATH_NONE);
	assert_int_equal(find(h, SPI_1)->birth_seq, 2);
	assert_ptr_equal(history_next(h, &seq), find(h, SPI_1));
	assert_null(history_next(h, &seq));
	history_close(h);
}

static void test_lives_are_walked_oldest_first(void **state)
{
	const struct folder *f = *state;
	struct history *h = open_history(f->dir, 1);
	uint64_t seq = 0;

	for (uint32_t i = 0; i < 5; i++)
		born(h, SPI_1 + i);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(history_next(h, &seq)->spi_in, SPI_1 + i);
	assert_null(history_next(h, &seq));
	assert_null(history_next(h, &seq));
	history_close(h);
}

static void test_the_oldest_life_is_forgotten_when_the_ring_is_full(void **state)
{
	struct history *h = open_history(-1, 1);
	uint64_t births, births_over, graves, graves_over;

	(void)state;
	for (uint32_t i = 0; i < HISTORY_SLOTS + 2; i++)
		history_died(h, born(h, 1000 + i), SA_DEATH_REKEYED, WALL, 5, NULL, 0);
	assert_null(find(h, 1000));
	assert_null(find(h, 1001));
	assert_non_null(find(h, 1002));
	assert_non_null(find(h, 1000 + HISTORY_SLOTS + 1));
	history_counts(h, &births, &births_over, &graves, &graves_over);
	assert_int_equal(births, HISTORY_SLOTS + 2);
	assert_int_equal(births_over, 2);
	assert_int_equal(graves, HISTORY_SLOTS + 2);
	assert_int_equal(graves_over, 2);
	history_close(h);
}

static void test_a_reborn_spi_is_not_forgotten_with_its_first_life(void **state)
{
	struct history *h = open_history(-1, 1);

	(void)state;
	born(h, SPI_1);
	born(h, SPI_1);
	for (uint32_t i = 0; i < HISTORY_SLOTS - 1; i++)
		born(h, 1000 + i);
	assert_non_null(find(h, SPI_1)); /* its first life's slot is overwritten */
	born(h, 500);
	assert_null(find(h, SPI_1));
	history_close(h);
}

static int live_and_die(void *arg)
{
	struct folder *f = arg;
	struct life s = sample(SPI_1), *l;
	struct error err = {0};
	uint8_t id[16] = {1};
	struct history *h = history_open(f->dir, id, &err);
	int result = 0;

	if (!h)
		return err.code;
	l = history_born(h, &s);
	if (l)
		history_died(h, l, SA_DEATH_STOP, WALL, 1, NULL, 0);
	else
		result = -ENOMEM;
	history_flush(h);
	history_close(h);
	return result;
}

static void test_every_allocation_may_fail(void **state)
{
	assert_true(unit_fail_each_allocation(live_and_die, *state) >= 5);
	history_close(NULL);
}

static void test_a_broken_record_is_skipped(void **state)
{
	const struct folder *f = *state;
	struct history *h = open_history(f->dir, 1);
	int fd;

	born(h, SPI_1);
	born(h, SPI_1 + 1);
	history_close(h);
	fd = openat(f->dir, "births", O_WRONLY);
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, 4096 + 40), 4);
	close(fd);
	h = open_history(f->dir, 1);
	assert_null(find(h, SPI_1));
	assert_non_null(find(h, SPI_1 + 1));
	history_close(h);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_a_life_comes_back_whole_after_a_crash),
		IN_FOLDER(test_a_death_comes_back_with_its_author_after_a_reboot),
		IN_FOLDER(test_a_death_is_kept_although_the_wall_clock_went_back),
		IN_FOLDER(test_an_spi_that_is_born_again_lives),
		IN_FOLDER(test_lives_are_walked_oldest_first),
		IN_FOLDER(test_every_allocation_may_fail),
		IN_FOLDER(test_a_broken_record_is_skipped),
		cmocka_unit_test(test_the_oldest_life_is_forgotten_when_the_ring_is_full),
		cmocka_unit_test(test_a_reborn_spi_is_not_forgotten_with_its_first_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
