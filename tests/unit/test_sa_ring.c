/* The ring in its file: what a crash, another program's file and a full ring leave of it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/table.h"
#include "sa/ring.h"

#define SLOTS	 8
#define SLOT_LEN 64
#define HEADER	 4096

static const struct ring_shape shape = {"births", 0x52494e47, SLOT_LEN, SLOTS};

struct folder {
	char path[32];
	int dir;
};

static int setup(void **state)
{
	static struct folder f;

	snprintf(f.path, sizeof(f.path), "/tmp/test_ring.XXXXXX");
	assert_non_null(mkdtemp(f.path));
	f.dir = open(f.path, O_RDONLY | O_DIRECTORY);
	assert_true(f.dir >= 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct folder *f = *state;

	unlinkat(f->dir, "births", 0);
	unlinkat(f->dir, "births.bad", 0);
	unlinkat(f->dir, "elsewhere", 0);
	close(f->dir);
	return rmdir(f->path);
}

static struct ring *open_ring(const struct folder *f)
{
	struct error err = {0};
	struct ring *r = ring_open(f->dir, &shape, &err);

	assert_non_null(r);
	assert_int_equal(err.code, 0);
	return r;
}

static uint64_t put(struct ring *r, const char *text)
{
	return ring_append(r, (struct view){(const uint8_t *)text, strlen(text)});
}

static void assert_record(const struct ring *r, uint64_t seq, const char *text)
{
	struct view v = ring_get(r, seq);

	if (!text) {
		assert_null(v.data);
		return;
	}
	assert_non_null(v.data);
	assert_int_equal(v.len, strlen(text));
	assert_memory_equal(v.data, text, v.len);
}

static void test_records_come_back_after_the_process_died(void **state)
{
	struct ring *r = open_ring(*state);

	assert_int_equal(ring_newest(r), 0);
	assert_record(r, 0, NULL);
	assert_record(r, 1, NULL);
	assert_int_equal(put(r, "one"), 1);
	assert_int_equal(put(r, ""), 2);
	ring_close(r); /* without a flush: the mapping is the file */
	r = open_ring(*state);
	assert_int_equal(ring_newest(r), 2);
	assert_record(r, 1, "one");
	assert_record(r, 2, "");
	assert_int_equal(put(r, "three"), 3);
	ring_close(r);
}

static void test_the_oldest_is_overwritten(void **state)
{
	struct ring *r = open_ring(*state);
	char text[8];

	for (unsigned int i = 1; i <= SLOTS + 3; i++) {
		snprintf(text, sizeof(text), "r%u", i);
		assert_int_equal(put(r, text), i);
	}
	for (int again = 0; again < 2; again++) {
		assert_int_equal(ring_oldest(r), 4);
		assert_int_equal(ring_newest(r), SLOTS + 3);
		assert_record(r, 3, NULL);
		assert_record(r, 4, "r4");
		assert_record(r, 11, "r11");
		ring_close(r);
		r = open_ring(*state);
	}
	ring_close(r);
}

static void test_a_record_that_does_not_fit_is_refused(void **state)
{
	struct ring *r = open_ring(*state);
	char big[SLOT_LEN] = "";

	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(put(r, big), 0);
	big[SLOT_LEN - 16] = '\0'; /* what is left of a slot */
	assert_int_equal(put(r, big), 1);
	assert_record(r, 1, big);
	ring_close(r);
}

static void damage(const struct folder *f, off_t at, uint8_t value)
{
	int fd = openat(f->dir, "births", O_WRONLY);

	assert_int_equal(pwrite(fd, &value, 1, at), 1);
	close(fd);
}

static void test_a_torn_slot_loses_only_itself(void **state)
{
	struct ring *r = open_ring(*state);

	put(r, "one");
	put(r, "two");
	put(r, "three");
	ring_close(r);
	damage(*state, HEADER + SLOT_LEN + 16, 'T'); /* the text of the second */
	r = open_ring(*state);
	assert_int_equal(ring_newest(r), 3);
	assert_record(r, 1, "one");
	assert_record(r, 2, NULL);
	assert_record(r, 3, "three");
	ring_close(r);
	damage(*state, HEADER + 2 * SLOT_LEN + 8, 0xff); /* a length that lies, of the newest */
	r = open_ring(*state);
	assert_int_equal(ring_newest(r), 2 - 1);
	assert_int_equal(put(r, "two again"), 2);
	assert_record(r, 2, "two again");
	assert_record(r, 3, NULL);
	ring_close(r);
}

static void test_a_slot_of_another_place_is_not_taken(void **state)
{
	struct ring *r = open_ring(*state);
	uint8_t slot[SLOT_LEN];
	struct folder *f = *state;
	int fd;

	put(r, "one");
	ring_close(r);
	fd = openat(f->dir, "births", O_RDWR);
	assert_int_equal(pread(fd, slot, sizeof(slot), HEADER), SLOT_LEN);
	assert_int_equal(pwrite(fd, slot, sizeof(slot), HEADER + 3 * SLOT_LEN), SLOT_LEN);
	close(fd);
	r = open_ring(f);
	assert_int_equal(ring_newest(r), 1);
	ring_close(r);
}

/* A number near the end of all numbers would leave none for the next record, and a walk up to it
 * would never end. Such a slot is no record of ours, however right its checksum. */
static void test_a_number_that_cannot_have_been_reached_is_not_taken(void **state)
{
	struct ring *r = open_ring(*state);
	const struct folder *f = *state;
	uint8_t slot[16 + 3] = {[11] = 3, [16] = 'b', 'a', 'd'};
	uint32_t sum = hash_bytes("bad", 3, UINT32_MAX ^ UINT32_MAX ^ 1);
	int fd;

	put(r, "one");
	ring_close(r);
	memset(slot, 0xff, 8);
	for (int i = 0; i < 4; i++)
		slot[12 + i] = (uint8_t)(sum >> (24 - 8 * i));
	fd = openat(f->dir, "births", O_WRONLY);
	assert_int_equal(pwrite(fd, slot, sizeof(slot), HEADER + 6 * SLOT_LEN), sizeof(slot));
	close(fd);
	r = open_ring(f);
	assert_int_equal(ring_newest(r), 1);
	assert_int_equal(put(r, "two"), 2);
	ring_close(r);
}

/* A copy that left out zeros has holes; a disk that is full when they are written to is a signal. */
static void test_a_file_with_holes_gets_its_room_at_the_start(void **state)
{
	struct ring *r = open_ring(*state);
	const struct folder *f = *state;
	uint8_t head[HEADER];
	struct stat st;
	int fd;

	ring_close(r);
	fd = openat(f->dir, "births", O_RDWR);
	assert_int_equal(pread(fd, head, sizeof(head), 0), HEADER);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, head, sizeof(head), 0), HEADER);
	assert_int_equal(ftruncate(fd, HEADER + SLOTS * SLOT_LEN), 0);
	r = open_ring(f);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_blocks * 512 >= HEADER + SLOTS * SLOT_LEN);
	close(fd);
	ring_close(r);
}

static void test_what_cannot_be_put_aside_is_left_and_said(void **state)
{
	const struct folder *f = *state;
	struct error err = {0};
	char back[8] = "";
	int fd = openat(f->dir, "births", O_RDWR | O_CREAT, 0600);

	assert_int_equal(write(fd, "mine!", 5), 5);
	assert_int_equal(mkdirat(f->dir, "births.bad", 0700), 0);
	assert_null(ring_open(f->dir, &shape, &err));
	assert_non_null(strstr(err.text, "state file births"));
	assert_non_null(strstr(err.text, "births.bad"));
	assert_int_equal(pread(fd, back, sizeof(back), 0), 5);
	assert_string_equal(back, "mine!");
	close(fd);
	assert_int_equal(unlinkat(f->dir, "births.bad", AT_REMOVEDIR), 0);
}

static void test_a_foreign_file_is_put_aside(void **state)
{
	const struct folder *f = *state;
	char back[8] = "";
	struct ring *r;
	int fd = openat(f->dir, "births", O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, "mine!", 5), 5);
	close(fd);
	r = open_ring(f);
	assert_int_equal(ring_newest(r), 0);
	put(r, "one");
	ring_close(r);
	fd = openat(f->dir, "births.bad", O_RDONLY);
	assert_int_equal(read(fd, back, sizeof(back)), 5);
	assert_string_equal(back, "mine!");
	close(fd);
}

/* Opened without a writer, a pipe would hold the start up for ever. */
static void test_a_pipe_is_put_aside_at_once(void **state)
{
	const struct folder *f = *state;
	struct ring *r;

	assert_int_equal(mkfifoat(f->dir, "births", 0600), 0);
	alarm(10);
	r = open_ring(f);
	alarm(0);
	assert_int_equal(put(r, "one"), 1);
	ring_close(r);
	assert_int_equal(faccessat(f->dir, "births.bad", F_OK, 0), 0);
}

static void test_a_ring_of_another_shape_is_put_aside(void **state)
{
	struct ring_shape other = shape;
	struct ring *r = open_ring(*state);
	const struct folder *f = *state;
	struct error err = {0};
	struct stat st;

	put(r, "one");
	ring_close(r);
	other.magic++;
	r = ring_open(f->dir, &other, &err);
	assert_non_null(r);
	assert_int_equal(ring_newest(r), 0);
	ring_close(r);
	assert_int_equal(fstatat(f->dir, "births.bad", &st, 0), 0);
}

/* A link planted in the state folder must not lead the daemon to another file. */
static void test_a_link_is_not_followed(void **state)
{
	const struct folder *f = *state;
	struct stat st;
	struct ring *r;
	int fd = openat(f->dir, "elsewhere", O_WRONLY | O_CREAT, 0600);

	close(fd);
	assert_int_equal(symlinkat("elsewhere", f->dir, "births"), 0);
	r = open_ring(f);
	put(r, "one");
	ring_close(r);
	assert_int_equal(fstatat(f->dir, "elsewhere", &st, 0), 0);
	assert_int_equal(st.st_size, 0);
}

static void test_the_file_is_private_and_all_there(void **state)
{
	struct ring *r = open_ring(*state);
	const struct folder *f = *state;
	struct stat st;

	assert_int_equal(fstatat(f->dir, "births", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, HEADER + SLOTS * SLOT_LEN);
	assert_true(st.st_blocks > 0); /* room that a full disk cannot take away again */
	ring_close(r);
}

static void test_a_folder_that_cannot_be_written_is_said_by_name(void **state)
{
	int nowhere = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY);
	struct error err = {0};

	(void)state;
	assert_null(ring_open(nowhere, &shape, &err));
	assert_true(err.code < 0);
	assert_non_null(strstr(err.text, "births"));
	close(nowhere);
}

static void test_a_flush_is_due_after_a_change_only(void **state)
{
	struct ring *r = open_ring(*state);

	assert_false(ring_dirty(r));
	assert_int_equal(ring_flush(r), 0);
	put(r, "one");
	assert_true(ring_dirty(r));
	assert_int_equal(ring_flush(r), 0);
	assert_false(ring_dirty(r));
	ring_close(r);
}

static int open_in_memory(void *arg)
{
	struct error err = {0};
	struct ring *r = ring_open(-1, &shape, &err);

	(void)arg;
	if (!r)
		return err.code;
	assert_int_equal(put(r, "one"), 1);
	assert_record(r, 1, "one");
	ring_close(r);
	return 0;
}

static void test_without_a_folder_it_lives_in_memory(void **state)
{
	(void)state;
	assert_int_equal(unit_fail_each_allocation(open_in_memory, NULL), 1);
	ring_close(NULL);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_records_come_back_after_the_process_died),
		IN_FOLDER(test_the_oldest_is_overwritten),
		IN_FOLDER(test_a_record_that_does_not_fit_is_refused),
		IN_FOLDER(test_a_torn_slot_loses_only_itself),
		IN_FOLDER(test_a_slot_of_another_place_is_not_taken),
		IN_FOLDER(test_a_number_that_cannot_have_been_reached_is_not_taken),
		IN_FOLDER(test_a_file_with_holes_gets_its_room_at_the_start),
		IN_FOLDER(test_what_cannot_be_put_aside_is_left_and_said),
		IN_FOLDER(test_a_foreign_file_is_put_aside),
		IN_FOLDER(test_a_pipe_is_put_aside_at_once),
		IN_FOLDER(test_a_ring_of_another_shape_is_put_aside),
		IN_FOLDER(test_a_link_is_not_followed),
		IN_FOLDER(test_the_file_is_private_and_all_there),
		IN_FOLDER(test_a_flush_is_due_after_a_change_only),
		cmocka_unit_test(test_a_folder_that_cannot_be_written_is_said_by_name),
		cmocka_unit_test(test_without_a_folder_it_lives_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
