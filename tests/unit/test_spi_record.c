/* Records of the BPF programs: read, refused, and read from a ring. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spi/bpf/record.h"
#include "spi/record.h"
#include "spi/ring.h"

#define RING 4096

static struct spi_record good(void)
{
	struct spi_record r = {.version = SPI_RECORD_VERSION,
			       .family = 4,
			       .proto = 50,
			       .head_len = 84,
			       .spi = htonl(0xB761863E),
			       .seq = htonl(7),
			       .ifindex = htonl(2),
			       .count = htobe64(3),
			       .src = {10, 1, 1, 1},
			       .dst = {10, 1, 1, 2},
			       .interface = "eth0"};

	memset(r.head, 0xa5, sizeof(r.head));
	r.head[2] = 0;
	r.head[3] = 100;
	return r;
}

static void test_a_record_is_read_to_the_letter(void **state)
{
	struct spi_record r = good();
	struct addr src = addr_v4(0x0a010101), dst = addr_v4(0x0a010102);
	struct spi_refusal o;

	(void)state;
	assert_int_equal(spi_record_parse(&r, sizeof(r), &o), 0);
	assert_true(addr_equal(&o.src, &src));
	assert_true(addr_equal(&o.dst, &dst));
	assert_int_equal(o.proto, 50);
	assert_int_equal(o.spi, 0xB761863E);
	assert_int_equal(o.seq, 7);
	assert_int_equal(o.ifindex, 2);
	assert_int_equal(o.flow_count, 3);
	assert_false(o.encap);
	assert_int_equal(o.head_len, 84);
	assert_int_equal(o.head[3], 100);
	assert_int_equal(o.head[83], 0xa5);
	assert_int_equal(o.head[84], 0); /* not what the ring had there */
	assert_string_equal(o.interface, "eth0");
}

static void test_ipv6_and_ah_are_read(void **state)
{
	struct spi_record r = good();
	struct spi_refusal o;
	char text[ADDR_STRLEN];

	(void)state;
	r.family = 6;
	r.proto = 51;
	memset(r.src, 0, sizeof(r.src));
	r.src[0] = 0xfd;
	r.src[15] = 1;
	assert_int_equal(spi_record_parse(&r, sizeof(r), &o), 0);
	assert_string_equal(addr_format(&o.src, text), "fd00::1");
	assert_int_equal(o.proto, 51);
}

static void test_the_udp_header_that_was_taken_off_is_put_back_into_the_length(void **state)
{
	struct spi_record r = good();
	struct spi_refusal o;

	(void)state;
	r.flags = SPI_RECORD_ENCAP | SPI_RECORD_STRIPPED;
	r.sport = htons(4501);
	r.head[2] = 0;
	r.head[3] = 0xfa;
	assert_int_equal(spi_record_parse(&r, sizeof(r), &o), 0);
	assert_true(o.encap);
	assert_int_equal(o.sport, 4501);
	assert_int_equal(o.head[2], 1);
	assert_int_equal(o.head[3], 2);
	r.family = 6;
	r.head[4] = 0;
	r.head[5] = 80;
	assert_int_equal(spi_record_parse(&r, sizeof(r), &o), 0);
	assert_int_equal(o.head[5], 88);
	r.head_len = 3; /* nothing to mend in a head that is too short */
	assert_int_equal(spi_record_parse(&r, sizeof(r), &o), 0);
}

static void refuse(struct spi_record r, size_t len)
{
	struct spi_refusal o = {.spi = 1};

	assert_int_equal(spi_record_parse(&r, len, &o), -EINVAL);
	assert_int_equal(o.spi, 1); /* untouched */
}

static void test_what_cannot_be_is_refused(void **state)
{
	struct spi_record r = good();

	(void)state;
	for (size_t n = 0; n < sizeof(r); n++)
		refuse(r, n);
	r.version = 2;
	refuse(r, sizeof(r));
	r = good();
	r.family = 5;
	refuse(r, sizeof(r));
	r = good();
	r.proto = 108;
	refuse(r, sizeof(r));
	r = good();
	r.head_len = SPI_HEAD_MAX + 1;
	refuse(r, sizeof(r));
}

static void test_an_interface_name_cannot_break_a_line(void **state)
{
	struct spi_record r = good();
	struct spi_refusal o;

	(void)state;
	memcpy(r.interface,
	       "a\nb\x1b[c d\xff"
	       "abcdefgh",
	       16);
	assert_int_equal(spi_record_parse(&r, sizeof(r), &o), 0);
	assert_string_equal(o.interface, "a?b?[c?d?abcdef");
}

/* A file with the layout of a ring buffer's map; the second copy of the data is written by hand. */
struct fake_ring {
	int fd;
	size_t page;
	uint8_t *map;
	struct spi_ring *ring;
};

static unsigned long *position(struct fake_ring *f, unsigned int page)
{
	return (unsigned long *)(void *)(f->map + page * f->page);
}

static struct fake_ring ring_up(void)
{
	struct fake_ring f = {.fd = memfd_create("ring", 0), .page = (size_t)sysconf(_SC_PAGESIZE)};
	size_t bytes = 2 * f.page + 2 * RING;

	assert_true(f.fd >= 0);
	assert_int_equal(ftruncate(f.fd, (off_t)bytes), 0);
	f.map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f.fd, 0);
	assert_true(f.map != MAP_FAILED);
	f.ring = spi_ring_map(f.fd, RING);
	assert_non_null(f.ring);
	return f;
}

static void ring_down(struct fake_ring *f)
{
	spi_ring_free(f->ring);
	munmap(f->map, 2 * f->page + 2 * RING);
	close(f->fd);
}

static void ring_put(struct fake_ring *f, const void *data, uint32_t len, uint32_t flags)
{
	uint32_t word = len | flags;
	unsigned long at = *position(f, 1);
	uint8_t bytes[512];

	memcpy(bytes, &word, 4);
	memset(bytes + 4, 0, 4);
	memcpy(bytes + 8, data, len);
	for (size_t i = 0; i < len + 8; i++) {
		size_t to = (at + i) & (RING - 1);

		f->map[2 * f->page + to] = bytes[i];
		f->map[2 * f->page + RING + to] = bytes[i];
	}
	*position(f, 1) = at + ((len + 8 + 7) & ~7u);
}

struct seen {
	unsigned int count, total;
	char last[64];
};

static void on_record(void *ctx, const void *data, size_t len)
{
	struct seen *s = ctx;

	s->count++;
	s->total += (unsigned int)len;
	memcpy(s->last, data, len < sizeof(s->last) ? len : sizeof(s->last));
}

static void test_records_come_out_of_the_ring_in_order_and_once(void **state)
{
	struct fake_ring f = ring_up();
	struct seen s = {0};

	(void)state;
	assert_int_equal(spi_ring_drain(f.ring, 10, on_record, &s), 0);
	ring_put(&f, "one", 4, 0);
	ring_put(&f, "two", 4, 0);
	ring_put(&f, "three", 6, 0);
	assert_int_equal(spi_ring_drain(f.ring, 2, on_record, &s), 2);
	assert_string_equal(s.last, "two");
	assert_int_equal(spi_ring_drain(f.ring, 2, on_record, &s), 1);
	assert_string_equal(s.last, "three");
	assert_int_equal(spi_ring_drain(f.ring, 2, on_record, &s), 0);
	assert_int_equal(*position(&f, 0), *position(&f, 1));
	ring_down(&f);
}

static void test_the_ring_goes_round(void **state)
{
	struct fake_ring f = ring_up();
	struct spi_record r = good();
	struct seen s = {0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		ring_put(&f, &r, sizeof(r), 0);
		spi_ring_drain(f.ring, 1, on_record, &s);
	}
	assert_int_equal(s.count, 100);
	assert_int_equal(s.total, 100 * sizeof(r));
	assert_memory_equal(s.last, &r, sizeof(s.last));
	ring_down(&f);
}

static void test_a_discarded_record_is_skipped_and_a_busy_one_waited_for(void **state)
{
	struct fake_ring f = ring_up();
	struct seen s = {0};
	uint32_t *busy;

	(void)state;
	ring_put(&f, "no", 3, BPF_RINGBUF_DISCARD_BIT);
	busy = (uint32_t *)(void *)(f.map + 2 * f.page + *position(&f, 1));
	ring_put(&f, "yes", 4, BPF_RINGBUF_BUSY_BIT);
	spi_ring_drain(f.ring, 10, on_record, &s);
	assert_int_equal(s.count, 0);
	*busy = 4;
	spi_ring_drain(f.ring, 10, on_record, &s);
	assert_int_equal(s.count, 1);
	assert_string_equal(s.last, "yes");
	ring_down(&f);
}

static void test_a_length_that_cannot_be_drops_what_is_there(void **state)
{
	struct fake_ring f = ring_up();
	struct seen s = {0};

	(void)state;
	ring_put(&f, "x", 2, 0);
	*(uint32_t *)(void *)(f.map + 2 * f.page) = 5000;
	assert_int_equal(spi_ring_drain(f.ring, 10, on_record, &s), 1);
	assert_int_equal(s.count, 0);
	assert_int_equal(*position(&f, 0), *position(&f, 1));
	*position(&f, 1) += 10 * RING; /* a producer ahead by more than the ring holds */
	assert_int_equal(spi_ring_drain(f.ring, 10, on_record, &s), 1);
	assert_int_equal(s.count, 0);
	ring_down(&f);
}

static void test_a_descriptor_that_cannot_be_mapped_is_refused(void **state)
{
	int fd = memfd_create("ring", 0);

	(void)state;
	assert_null(spi_ring_map(-1, RING));
	assert_null(spi_array_map(-1, 64));
	close(fd);
	alloc_fail_after(1);
	assert_null(spi_ring_map(-1, RING));
	alloc_fail_after(0);
	spi_ring_free(NULL);
	spi_array_unmap(NULL, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_record_is_read_to_the_letter),
		cmocka_unit_test(test_ipv6_and_ah_are_read),
		cmocka_unit_test(
			test_the_udp_header_that_was_taken_off_is_put_back_into_the_length),
		cmocka_unit_test(test_what_cannot_be_is_refused),
		cmocka_unit_test(test_an_interface_name_cannot_break_a_line),
		cmocka_unit_test(test_records_come_out_of_the_ring_in_order_and_once),
		cmocka_unit_test(test_the_ring_goes_round),
		cmocka_unit_test(test_a_discarded_record_is_skipped_and_a_busy_one_waited_for),
		cmocka_unit_test(test_a_length_that_cannot_be_drops_what_is_there),
		cmocka_unit_test(test_a_descriptor_that_cannot_be_mapped_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
