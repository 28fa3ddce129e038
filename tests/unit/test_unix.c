#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "net/unix.h"

static char dir[] = "/tmp/spindle-unix-XXXXXX";
static char path[64];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
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

static void close_pair(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static void test_a_client_connects_and_is_known(void **state)
{
	int listener = unix_listen(path, SOCK_STREAM, 0666, NULL), client, served;
	struct unix_peer peer;
	char byte;

	(void)state;
	assert_true(listener >= 0);
	assert_int_equal(unix_accept(listener), -EAGAIN);
	client = unix_connect(path, SOCK_STREAM, NULL);
	assert_true(client >= 0);
	served = unix_accept(listener);
	assert_true(served >= 0);
	assert_int_equal(unix_peer(served, &peer), 0);
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.gid, getegid());
	/* Non-blocking and close-on-exec, all of them. */
	assert_int_equal(read(served, &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(read(client, &byte, 1), -1);
	assert_true(fcntl(served, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(client, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(listener, F_GETFD) & FD_CLOEXEC);
	close(served);
	close(client);
	close(listener);
}

static void test_the_mode_is_the_files_whatever_the_umask(void **state)
{
	mode_t old = umask(0077);
	int listener = unix_listen(path, SOCK_STREAM, 0666, NULL);
	struct stat st;

	(void)state;
	umask(old);
	assert_true(listener >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0666);
	close(listener);
}

static void test_a_socket_left_behind_is_replaced_a_living_one_is_not(void **state)
{
	struct error err = {0};
	int first = unix_listen(path, SOCK_SEQPACKET, 0600, NULL), second;

	(void)state;
	assert_true(first >= 0);
	assert_int_equal(unix_listen(path, SOCK_SEQPACKET, 0600, &err), -EADDRINUSE);
	assert_non_null(strstr(err.text, path));
	/* Of another type, alive all the same. */
	assert_int_equal(unix_listen(path, SOCK_STREAM, 0600, NULL), -EADDRINUSE);
	close(first);
	second = unix_listen(path, SOCK_SEQPACKET, 0600, NULL);
	assert_true(second >= 0);
	close(second);
}

static void test_a_file_that_is_no_socket_is_left_alone(void **state)
{
	int fd, rc;
	struct stat st;

	(void)state;
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	rc = unix_listen(path, SOCK_STREAM, 0600, NULL);
	assert_int_equal(rc, -EADDRINUSE);
	assert_int_equal(stat(path, &st), 0);
	unlink(path);
}

static void test_names_that_cannot_be_are_refused(void **state)
{
	char longest[200];
	struct error err = {0};

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(unix_listen(longest, SOCK_STREAM, 0600, &err), -ENAMETOOLONG);
	assert_int_equal(unix_connect("", SOCK_STREAM, NULL), -ENAMETOOLONG);
	assert_int_equal(unix_connect("/nonexistent/x", SOCK_STREAM, &err), -ENOENT);
	assert_int_equal(unix_hold_name("no-at-sign"), -EINVAL);
	assert_int_equal(unix_hold_name(longest), -EINVAL);
}

static void test_a_name_is_held_by_one_at_a_time(void **state)
{
	char name[40];
	int first, second;

	(void)state;
	snprintf(name, sizeof(name), "@spindle-test-%d", (int)getpid());
	first = unix_hold_name(name);
	assert_true(first >= 0);
	assert_int_equal(unix_hold_name(name), -EADDRINUSE);
	close(first);
	second = unix_hold_name(name);
	assert_true(second >= 0);
	close(second);
}

static void test_datagrams_keep_their_bounds(void **state)
{
	char buf[16];
	int fds[2];

	(void)state;
	assert_int_equal(unix_pair(SOCK_SEQPACKET, fds), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), -EAGAIN);
	assert_int_equal(unix_send(fds[1], "one", 3, NULL, 0), 0);
	assert_int_equal(unix_send(fds[1], "three", 5, NULL, 0), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), 3);
	assert_memory_equal(buf, "one", 3);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), 5);
	close_pair(fds);
}

static void test_a_datagram_that_does_not_fit_is_dropped_whole(void **state)
{
	char buf[4];
	int fds[2];

	(void)state;
	assert_int_equal(unix_pair(SOCK_SEQPACKET, fds), 0);
	assert_int_equal(unix_send(fds[1], "toolong", 7, NULL, 0), 0);
	assert_int_equal(unix_send(fds[1], "ok", 2, NULL, 0), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), -EMSGSIZE);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), 2);
	close_pair(fds);
}

static void test_a_gone_peer_reads_as_zero_and_writes_as_broken(void **state)
{
	char buf[4];
	int fds[2];

	(void)state;
	assert_int_equal(unix_pair(SOCK_SEQPACKET, fds), 0);
	assert_int_equal(unix_send(fds[1], "last", 4, NULL, 0), 0);
	close(fds[1]);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), 4);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), 0);
	assert_int_equal(unix_send(fds[0], "x", 1, NULL, 0), -EPIPE);
	close(fds[0]);
}

static void test_a_peer_that_does_not_read_is_not_waited_for(void **state)
{
	char buf[1000] = {0};
	int fds[2], rc = 0;
	size_t sent = 0;

	(void)state;
	assert_int_equal(unix_pair(SOCK_SEQPACKET, fds), 0);
	while (sent < 100000 && !(rc = unix_send(fds[1], buf, sizeof(buf), NULL, 0)))
		sent++;
	assert_int_equal(rc, -EAGAIN);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), sizeof(buf));
	close_pair(fds);
}

static void test_descriptors_travel_with_the_datagram(void **state)
{
	int fds[2], pipes[2], got[UNIX_FDS_MAX];
	size_t count = UNIX_FDS_MAX;
	char buf[8];

	(void)state;
	assert_int_equal(unix_pair(SOCK_SEQPACKET, fds), 0);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(unix_send(fds[1], "fds", 3, pipes, 2), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), got, &count), 3);
	assert_int_equal(count, 2);
	assert_true(fcntl(got[0], F_GETFD) & FD_CLOEXEC);
	/* It is the same pipe. */
	assert_int_equal(write(pipes[1], "p", 1), 1);
	assert_int_equal(read(got[0], buf, 1), 1);
	assert_int_equal(buf[0], 'p');
	count = UNIX_FDS_MAX;
	assert_int_equal(unix_send(fds[1], "none", 4, NULL, 0), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), got, &count), 4);
	assert_int_equal(count, 0);
	close_pair(got);
	close_pair(pipes);
	close_pair(fds);
}

static void test_as_many_descriptors_as_allowed_travel_and_no_more(void **state)
{
	int fds[2], many[UNIX_FDS_MAX + 1], got[UNIX_FDS_MAX];
	size_t count = UNIX_FDS_MAX;
	char buf[8];

	(void)state;
	for (size_t i = 0; i <= UNIX_FDS_MAX; i++)
		many[i] = STDIN_FILENO;
	assert_int_equal(unix_pair(SOCK_SEQPACKET, fds), 0);
	assert_int_equal(unix_send(fds[1], "x", 1, many, UNIX_FDS_MAX + 1), -EINVAL);
	assert_int_equal(unix_send(fds[1], "", 0, NULL, 0), -EINVAL);
	assert_int_equal(unix_send(fds[1], "x", 1, many, UNIX_FDS_MAX), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), got, &count), 1);
	assert_int_equal(count, UNIX_FDS_MAX);
	for (size_t i = 0; i < count; i++)
		close(got[i]);
	close_pair(fds);
}

static void test_descriptors_nobody_wanted_do_not_leak(void **state)
{
	int fds[2], two[2] = {STDIN_FILENO, STDIN_FILENO}, got[1];
	size_t before, count = 1;
	char buf[8];

	(void)state;
	assert_int_equal(unix_pair(SOCK_SEQPACKET, fds), 0);
	before = open_descriptors();
	assert_int_equal(unix_send(fds[1], "x", 1, two, 2), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), -EBADMSG);
	assert_int_equal(unix_send(fds[1], "x", 1, two, 2), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), got, &count), -EBADMSG);
	assert_int_equal(count, 0);
	/* Too long and with descriptors. */
	assert_int_equal(unix_send(fds[1], "0123456789", 10, two, 2), 0);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), NULL, NULL), -EMSGSIZE);
	assert_int_equal(open_descriptors(), before);
	close_pair(fds);
}

/* More than our own sender would: a raw message with twice the descriptors. */
static void test_a_hostile_number_of_descriptors_does_not_leak(void **state)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * 2 * UNIX_FDS_MAX)];
	} room = {0};
	struct iovec iov = {.iov_base = (char[]){'x'}, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room.bytes,
			     .msg_controllen = sizeof(room.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fds[2], got[UNIX_FDS_MAX];
	size_t before, count = UNIX_FDS_MAX;
	char buf[8];

	(void)state;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * 2 * UNIX_FDS_MAX);
	assert_int_equal(unix_pair(SOCK_SEQPACKET, fds), 0);
	before = open_descriptors(); /* the descriptors sent are all 0, standard input */
	assert_int_equal(sendmsg(fds[1], &msg, 0), 1);
	assert_int_equal(unix_recv(fds[0], buf, sizeof(buf), got, &count), -EBADMSG);
	assert_int_equal(open_descriptors(), before);
	close_pair(fds);
}

static void test_peer_of_what_is_no_socket_is_an_error(void **state)
{
	struct unix_peer peer;

	(void)state;
	assert_int_equal(unix_peer(-1, &peer), -EBADF);
	assert_int_equal(unix_accept(-1), -EBADF);
	assert_int_equal(unix_pair(12345, (int[2]){0}), -EINVAL);
}

static void test_without_descriptors_there_are_no_sockets(void **state)
{
	int rc[4], fds[2];

	(void)state;
	unit_forbid_descriptors(true);
	rc[0] = unix_listen(path, SOCK_STREAM, 0600, NULL);
	rc[1] = unix_connect(path, SOCK_STREAM, NULL);
	rc[2] = unix_pair(SOCK_STREAM, fds);
	rc[3] = unix_hold_name("@spindle-test");
	unit_forbid_descriptors(false);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(rc[i], -EMFILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_client_connects_and_is_known),
		cmocka_unit_test(test_the_mode_is_the_files_whatever_the_umask),
		cmocka_unit_test(test_a_socket_left_behind_is_replaced_a_living_one_is_not),
		cmocka_unit_test(test_a_file_that_is_no_socket_is_left_alone),
		cmocka_unit_test(test_names_that_cannot_be_are_refused),
		cmocka_unit_test(test_a_name_is_held_by_one_at_a_time),
		cmocka_unit_test(test_datagrams_keep_their_bounds),
		cmocka_unit_test(test_a_datagram_that_does_not_fit_is_dropped_whole),
		cmocka_unit_test(test_a_gone_peer_reads_as_zero_and_writes_as_broken),
		cmocka_unit_test(test_a_peer_that_does_not_read_is_not_waited_for),
		cmocka_unit_test(test_descriptors_travel_with_the_datagram),
		cmocka_unit_test(test_as_many_descriptors_as_allowed_travel_and_no_more),
		cmocka_unit_test(test_descriptors_nobody_wanted_do_not_leak),
		cmocka_unit_test(test_a_hostile_number_of_descriptors_does_not_leak),
		cmocka_unit_test(test_peer_of_what_is_no_socket_is_an_error),
		cmocka_unit_test(test_without_descriptors_there_are_no_sockets),
	};

	return cmocka_run_group_tests_name("unix", tests, set_up, tear_down);
}
