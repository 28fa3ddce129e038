#include "sa/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/table.h"
#include "base/writer.h"

#define RING_HEADER_LEN 4096
#define RING_FORMAT	1
#define SLOT_HEAD_LEN	16		 /* sequence number 8, length 4, checksum 4 */
#define SEQ_MAX		(UINT64_MAX / 2) /* no ring gets there: a slot that says so is not ours */

struct ring {
	struct ring_shape shape;
	uint8_t *map;
	size_t map_len;
	uint64_t newest;
	atomic_bool dirty;
};

static uint8_t *slot(const struct ring *r, uint64_t seq)
{
	return r->map + RING_HEADER_LEN + (seq - 1) % r->shape.slots * (size_t)r->shape.slot_len;
}

static uint32_t checksum(uint64_t seq, struct view record)
{
	return hash_bytes(record.data, record.len, (uint32_t)(seq ^ seq >> 32) ^ RING_FORMAT);
}

static void header_write(const struct ring *r)
{
	struct writer w = writer_new(r->map, RING_HEADER_LEN);

	writer_u32(&w, r->shape.magic);
	writer_u32(&w, RING_FORMAT);
	writer_u32(&w, r->shape.slot_len);
	writer_u32(&w, r->shape.slots);
}

static bool header_fits(const uint8_t *data, const struct ring_shape *s)
{
	struct reader h = reader_new(data, RING_HEADER_LEN);
	bool magic = reader_u32(&h) == s->magic;
	bool format = reader_u32(&h) == RING_FORMAT;
	bool len = reader_u32(&h) == s->slot_len;
	bool slots = reader_u32(&h) == s->slots;

	return magic && format && len && slots;
}

/* A record's view if the slot holds exactly that number and is whole. */
static struct view slot_record(const struct ring *r, uint64_t seq)
{
	struct reader s = reader_new(slot(r, seq), r->shape.slot_len);
	uint64_t number = reader_u64(&s);
	uint32_t len = reader_u32(&s), sum = reader_u32(&s);
	struct view record = reader_view(&s, len);
	struct view none = {NULL, 0};

	return number == seq && reader_ok(&s) && sum == checksum(seq, record) ? record : none;
}

/* The highest number that is whole: a torn newest slot loses only itself. */
static uint64_t newest_in_map(const struct ring *r)
{
	uint64_t newest = 0;

	for (uint32_t i = 0; i < r->shape.slots; i++) {
		struct reader s = reader_new(slot(r, i + 1), r->shape.slot_len);
		uint64_t seq = reader_u64(&s);

		if (seq > newest && seq <= SEQ_MAX && (seq - 1) % r->shape.slots == i &&
		    slot_record(r, seq).data)
			newest = seq;
	}
	return newest;
}

/* All of its room is taken now, holes of a copied file too: a full disk found later, at a write to the
 * mapping, would be a signal. A file system that cannot promise gives what it can. */
static int extend(int fd, off_t len)
{
	if (!fallocate(fd, 0, 0, len))
		return 0;
	return errno == EOPNOTSUPP || errno == ENOSYS ? ftruncate(fd, len) : -1;
}

static int file_open(int dir, const struct ring_shape *shape, size_t len, bool *fresh,
		     struct error *err)
{
	struct stat st;
	int fd = openat(dir, shape->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fstat(fd, &st) < 0) {
		int code = -errno;

		if (fd >= 0)
			close(fd);
		return error_set(err, code, "state file %s cannot be opened: %s", shape->name,
				 strerror(-code));
	}
	*fresh = st.st_size == 0;
	if (extend(fd, (off_t)len) < 0) {
		int code = -errno;

		close(fd);
		return error_set(err, code, "state file %s cannot be extended: %s", shape->name,
				 strerror(-code));
	}
	return fd;
}

/* A file of another shape is kept beside, so that nothing is lost that a person may want. */
static int put_aside(int dir, const char *name, struct error *err)
{
	char aside[64];

	snprintf(aside, sizeof(aside), "%s.bad", name);
	if (!renameat(dir, name, dir, aside))
		return 0;
	return error_set(err, -errno, "state file %s is not one of ours, and cannot become %s: %s",
			 name, aside, strerror(errno));
}

static bool file_is_ours(int dir, const struct ring_shape *shape, size_t len)
{
	uint8_t head[RING_HEADER_LEN];
	struct stat st;
	int fd = openat(dir, shape->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool ours;

	if (fd < 0)
		return errno == ENOENT;
	ours = !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	       (st.st_size == 0 || ((size_t)st.st_size == len &&
				    pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
				    header_fits(head, shape)));
	close(fd);
	return ours;
}

static int map_file(struct ring *r, int dir, struct error *err)
{
	bool fresh = false;
	int fd = 0;

	if (!file_is_ours(dir, &r->shape, r->map_len))
		fd = put_aside(dir, r->shape.name, err);
	if (fd < 0)
		return fd;
	fd = file_open(dir, &r->shape, r->map_len, &fresh, err);
	if (fd < 0)
		return fd;
	r->map = mmap(NULL, r->map_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (r->map == MAP_FAILED)
		return error_set(err, -errno, "state file %s cannot be mapped: %s", r->shape.name,
				 strerror(errno));
	if (fresh)
		header_write(r);
	return 0;
}

static int map_memory(struct ring *r, struct error *err)
{
	r->map = mmap(NULL, r->map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->map == MAP_FAILED)
		return error_set(err, -ENOMEM, "no memory for %s", r->shape.name);
	header_write(r);
	return 0;
}

struct ring *ring_open(int dir, const struct ring_shape *shape, struct error *err)
{
	struct ring *r = alloc_zero(sizeof(*r));

	if (!r) {
		error_set(err, -ENOMEM, "no memory for %s", shape->name);
		return NULL;
	}
	r->shape = *shape;
	r->map_len = RING_HEADER_LEN + (size_t)shape->slots * shape->slot_len;
	if (dir < 0 ? map_memory(r, err) : map_file(r, dir, err)) {
		alloc_free(r);
		return NULL;
	}
	r->newest = newest_in_map(r);
	return r;
}

void ring_close(struct ring *r)
{
	if (!r)
		return;
	munmap(r->map, r->map_len);
	alloc_free(r);
}

uint64_t ring_append(struct ring *r, struct view record)
{
	uint64_t seq = r->newest + 1;
	struct writer w = writer_new(slot(r, seq), r->shape.slot_len);

	if (record.len > r->shape.slot_len - SLOT_HEAD_LEN)
		return 0;
	writer_u64(&w, 0); /* not whole until the end */
	writer_u32(&w, (uint32_t)record.len);
	writer_u32(&w, checksum(seq, record));
	writer_view(&w, record);
	w = writer_new(slot(r, seq), r->shape.slot_len);
	writer_u64(&w, seq);
	r->newest = seq;
	atomic_store(&r->dirty, true);
	return seq;
}

struct view ring_get(const struct ring *r, uint64_t seq)
{
	struct view none = {NULL, 0};

	return seq >= ring_oldest(r) && seq <= r->newest && seq ? slot_record(r, seq) : none;
}

uint64_t ring_oldest(const struct ring *r)
{
	return r->newest > r->shape.slots ? r->newest - r->shape.slots + 1 : 1;
}

uint64_t ring_newest(const struct ring *r)
{
	return r->newest;
}

int ring_flush(struct ring *r)
{
	if (!atomic_exchange(&r->dirty, false))
		return 0;
	if (!msync(r->map, r->map_len, MS_SYNC))
		return 0;
	atomic_store(&r->dirty, true);
	return -errno;
}

bool ring_dirty(const struct ring *r)
{
	return atomic_load(&r->dirty);
}
