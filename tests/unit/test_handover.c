/* Records between supervisor and roles: whole or not at all, and no descriptor is lost. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/handover.h"
#include "net/unix.h"

#define RECORD_LEN offsetof(struct handover, fds)

static int pair[2];

static int set_up(void **state)
{
	(void)state;
	return unix_pair(SOCK_SEQPACKET, pair);
}

static int tear_down(void **state)
{
	(void)state;
	close(pair[0]);
	return close(pair[1]);
}

static size_t open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

static void test_a_record_arrives_with_its_descriptors(void **state)
{
	struct handover out = {
		.kind = HANDOVER_STARTED, .role = HANDOVER_IKE, .pid = -7, .number = UINT32_MAX};
	struct handover in;
	struct stat a, b;
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	strncpy(out.text, "signal 9 (KILL)", sizeof(out.text) - 1);
	out.fds[out.fd_count++] = fd;
	out.fds[out.fd_count++] = fd;
	assert_int_equal(handover_send(pair[0], &out), 0);
	assert_int_equal(handover_recv(pair[1], &in), 1);
	assert_memory_equal(&in, &out, RECORD_LEN);
	assert_int_equal(in.fd_count, 2);
	assert_int_equal(fstat(fd, &a), 0);
	for (size_t i = 0; i < in.fd_count; i++) {
		assert_int_equal(fstat(in.fds[i], &b), 0);
		assert_true(a.st_rdev == b.st_rdev && in.fds[i] != fd);
		assert_int_equal(fcntl(in.fds[i], F_GETFD), FD_CLOEXEC);
	}
	handover_close_fds(&in);
	assert_int_equal(in.fd_count, 0);
	close(fd);
}

static void test_nothing_yet_and_never_more_are_told_apart(void **state)
{
	struct handover in;

	(void)state;
	assert_int_equal(handover_recv(pair[1], &in), -EAGAIN);
	shutdown(pair[0], SHUT_RDWR);
	assert_int_equal(handover_recv(pair[1], &in), 0);
}

/* A role may have been taken over: what it sends is looked at, and its descriptors are closed. */
static void test_what_is_no_record_is_refused_without_a_leak(void **state)
{
	struct handover good = {.kind = HANDOVER_RUN, .role = HANDOVER_IKE}, bad[5], in;
	const size_t lens[] = {RECORD_LEN, RECORD_LEN, RECORD_LEN, RECORD_LEN, RECORD_LEN - 1};
	const int fds[] = {pair[0], pair[0], pair[0]};
	size_t before;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		bad[i] = good;
	bad[0].kind = 0;
	bad[1].kind = HANDOVER_KIND_END;
	bad[2].role = HANDOVER_ROLE_END;
	memset(bad[3].text, 'x', sizeof(bad[3].text));
	before = open_descriptors();
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(unix_send(pair[0], &bad[i], lens[i], fds, 3), 0);
		assert_int_equal(handover_recv(pair[1], &in), -EBADMSG);
		assert_int_equal(in.fd_count, 0);
	}
	assert_int_equal(open_descriptors(), before);
}

static void test_one_that_is_too_long_or_bears_too_much_is_refused_without_a_leak(void **state)
{
	char longer[RECORD_LEN + 1] = {HANDOVER_RUN};
	struct handover in;
	const int fds[] = {pair[0], pair[0]};
	size_t before = open_descriptors();

	(void)state;
	assert_int_equal(unix_send(pair[0], longer, sizeof(longer), fds, 2), 0);
	assert_true(handover_recv(pair[1], &in) < 0);
	assert_int_equal(in.fd_count, 0);
	assert_int_equal(open_descriptors(), before);
}

static void test_a_reader_that_is_gone_is_an_error_and_not_a_signal(void **state)
{
	const struct handover out = {.kind = HANDOVER_STOP};

	(void)state;
	shutdown(pair[1], SHUT_RDWR);
	assert_int_equal(handover_send(pair[0], &out), -EPIPE);
	assert_int_equal(handover_send(-1, &out), -EBADF);
}

static void test_a_reader_that_does_not_read_is_not_waited_for(void **state)
{
	const struct handover out = {.kind = HANDOVER_DIED, .role = HANDOVER_IKE};
	int code = 0;

	(void)state;
	for (int i = 0; i < 100000 && !code; i++)
		code = handover_send(pair[0], &out);
	assert_int_equal(code, -EAGAIN);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_record_arrives_with_its_descriptors),
		T(test_nothing_yet_and_never_more_are_told_apart),
		T(test_what_is_no_record_is_refused_without_a_leak),
		T(test_one_that_is_too_long_or_bears_too_much_is_refused_without_a_leak),
		T(test_a_reader_that_is_gone_is_an_error_and_not_a_signal),
		T(test_a_reader_that_does_not_read_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
