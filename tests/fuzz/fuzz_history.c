/*
 * The state files births and grave, as a crash, a bad disk or another hand left them. The input: how
 * long the files are (a byte), then slots: which file and place (a byte), how its head is made (a
 * byte), a length (a byte), the record. So the fuzzer gets past the checksum without guessing it.
 *
 * Whatever is in the files: the start reads them and comes to an end, what it believes can be found
 * again, and the next birth and death are recorded and there after a restart.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/table.h"
#include "base/writer.h"
#include "sa/history.h"

#define HEADER_LEN 4096
#define SLOT_HEAD  16
#define SLOT_MAX   256
#define NEXT_SPI   0x66757a7a

enum head_kind {
	HEAD_RIGHT,  /* the number of its place, and the right length and checksum */
	HEAD_LATER,  /* the same, some rounds of the ring later */
	HEAD_FAR,    /* a number near the end of all numbers */
	HEAD_LENGTH, /* a length that lies */
	HEAD_SUM,    /* a checksum of something else */
	HEAD_COUNT,
};

struct ring_file {
	const char *name;
	uint32_t magic;
	uint32_t slot_len;
};

static const struct ring_file files[2] = {{"births", 0x53504231, 256}, {"grave", 0x53504732, 128}};
static const uint8_t boot_id[16] = "this boot";
static char folder_path[40];
static int folder = -1;

static void folder_remove(void)
{
	rmdir(folder_path);
}

static void folder_make(void)
{
	snprintf(folder_path, sizeof(folder_path), "%s/fuzz_history.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	fuzz_must(mkdtemp(folder_path) && !atexit(folder_remove));
	folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_must(folder >= 0);
}

static void put(int fd, const void *data, size_t len, size_t at)
{
	fuzz_must(pwrite(fd, data, len, (off_t)at) == (ssize_t)len);
}

static int file_make(const struct ring_file *f, uint8_t how)
{
	const size_t right = HEADER_LEN + (size_t)HISTORY_SLOTS * f->slot_len;
	uint8_t head[SLOT_HEAD];
	struct writer w = writer_new(head, sizeof(head));
	int fd = openat(folder, f->name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_must(fd >= 0);
	writer_u32(&w, f->magic);
	writer_u32(&w, 1 + how / 128u);
	writer_u32(&w, f->slot_len);
	writer_u32(&w, HISTORY_SLOTS);
	put(fd, head, sizeof(head), 0);
	fuzz_must(!ftruncate(fd, (off_t)(how % 4 == 3 ? right * how / 64 : right)));
	return fd;
}

static void slot_make(struct reader *in, const int fd[2])
{
	const uint8_t where = reader_u8(in), how = reader_u8(in);
	struct reader r = reader_sub(in, reader_u8(in));
	const struct ring_file *f = &files[where & 1];
	const uint32_t place = where / 2 % HISTORY_SLOTS;
	struct view record = reader_rest(&r);
	uint8_t bytes[SLOT_MAX + SLOT_HEAD] = {0};
	struct writer w = writer_new(bytes, f->slot_len);
	uint64_t seq = place + 1;
	uint32_t len, sum;

	if (record.len > f->slot_len - SLOT_HEAD)
		record.len = f->slot_len - SLOT_HEAD;
	if (how % HEAD_COUNT == HEAD_LATER)
		seq += (uint64_t)HISTORY_SLOTS * (how / HEAD_COUNT);
	if (how % HEAD_COUNT == HEAD_FAR)
		seq += (UINT64_MAX / HISTORY_SLOTS - how / HEAD_COUNT) * HISTORY_SLOTS;
	len = (uint32_t)record.len + (how % HEAD_COUNT == HEAD_LENGTH ? how * 8u : 0);
	sum = hash_bytes(record.data, record.len, (uint32_t)(seq ^ seq >> 32) ^ 1);
	writer_u64(&w, seq);
	writer_u32(&w, len);
	writer_u32(&w, sum + (how % HEAD_COUNT == HEAD_SUM));
	writer_view(&w, record);
	put(fd[where & 1], bytes, writer_done(&w).len, HEADER_LEN + (size_t)place * f->slot_len);
}

static struct history *open_again(void)
{
	struct error err = {0};
	struct history *h = history_open(folder, boot_id, &err);

	fuzz_must(h && !err.code);
	return h;
}

/* The walk comes to an end, and gives what is found by its key, too. */
static size_t check_lives(const struct history *h)
{
	uint64_t seq = 0;
	size_t count = 0;
	struct life *l;

	while ((l = history_next(h, &seq))) {
		fuzz_must(++count <= HISTORY_SLOTS);
		fuzz_must(history_find(h, &l->local.addr, l->proto, l->spi_in) == l);
		fuzz_must(l->spi_in > 255 && addr_is_set(&l->local.addr));
		fuzz_must(l->why < SA_DEATH_COUNT);
		fuzz_must(memchr(l->conn_name, 0, sizeof(l->conn_name)));
		fuzz_must(memchr(l->by.name, 0, sizeof(l->by.name)));
	}
	return count;
}

static void check_next(const struct addr *dst)
{
	struct life birth = {.local.addr = *dst, .proto = IPPROTO_ESP, .spi_in = NEXT_SPI};
	struct history *h = open_again();
	struct life *l = history_born(h, &birth);

	fuzz_must(l && check_lives(h) > 0);
	history_died(h, l, SA_DEATH_REKEYED, 1, 1, NULL, 7);
	history_close(h);
	h = open_again();
	l = history_find(h, dst, IPPROTO_ESP, NEXT_SPI);
	fuzz_must(l && l->why == SA_DEATH_REKEYED && l->last_seq == 7);
	history_close(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct addr dst = addr_v4(0x0a010102);
	struct reader in = reader_new(data, size);
	const uint8_t how = reader_u8(&in);
	struct history *h;
	int fd[2];

	if (folder < 0)
		folder_make();
	for (int i = 0; i < 2; i++)
		fd[i] = file_make(&files[i], how);
	for (int i = 0; i < 2 * HISTORY_SLOTS && reader_left(&in) > 0; i++)
		slot_make(&in, fd);
	close(fd[0]);
	close(fd[1]);
	h = open_again();
	check_lives(h);
	history_close(h);
	check_next(&dst);
	for (int i = 0; i < 2; i++) {
		char aside[16];

		snprintf(aside, sizeof(aside), "%s.bad", files[i].name);
		unlinkat(folder, files[i].name, 0);
		unlinkat(folder, aside, 0);
	}
	return 0;
}
