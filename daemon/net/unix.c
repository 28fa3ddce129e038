#include "net/unix.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

#define FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

static int make_name(const char *path, struct sockaddr_un *un, socklen_t *len)
{
	size_t size = strlen(path);

	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (size == 0 || size >= sizeof(un->sun_path))
		return -ENAMETOOLONG;
	memcpy(un->sun_path, path, size);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	if (path[0] == '@')
		un->sun_path[0] = '\0'; /* abstract: the length ends the name */
	else
		++*len;
	return 0;
}

static int fail_close(int fd, int rc)
{
	if (fd >= 0)
		close(fd);
	return rc;
}

/* A new socket bound to the name, its file with this mode from the first moment on. */
static int bind_new(const struct sockaddr_un *un, socklen_t len, int type, mode_t mode)
{
	int fd = socket(AF_UNIX, type | FLAGS, 0);

	if (fd < 0)
		return -errno;
	/* The file takes the socket's mode less the umask; chmod() gives back what that took. */
	if (fchmod(fd, mode) || bind(fd, (const struct sockaddr *)un, len))
		return fail_close(fd, -errno);
	if (un->sun_path[0] && chmod(un->sun_path, mode))
		return fail_close(fd, -errno);
	return fd;
}

static int connect_new(const struct sockaddr_un *un, socklen_t len, int type)
{
	int fd = socket(AF_UNIX, type | FLAGS, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)un, len))
		return fail_close(fd, -errno);
	return fd;
}

/* A socket file whose process died stays; only one that refuses connections is taken away. */
static bool remove_stale(const struct sockaddr_un *un, socklen_t len, int type)
{
	struct stat st;
	int fd;

	if (!un->sun_path[0] || lstat(un->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return false;
	fd = connect_new(un, len, type);
	if (fd >= 0)
		close(fd);
	return fd == -ECONNREFUSED && unlink(un->sun_path) == 0;
}

int unix_listen(const char *path, int type, mode_t mode, struct error *err)
{
	struct sockaddr_un un;
	socklen_t len;
	int fd = make_name(path, &un, &len);

	if (!fd)
		fd = bind_new(&un, len, type, mode);
	if (fd == -EADDRINUSE && remove_stale(&un, len, type))
		fd = bind_new(&un, len, type, mode);
	if (fd >= 0 && listen(fd, SOMAXCONN))
		fd = fail_close(fd, -errno);
	if (fd < 0)
		error_set(err, fd, "cannot listen on %s: %s", path, strerror(-fd));
	return fd;
}

int unix_connect(const char *path, int type, struct error *err)
{
	struct sockaddr_un un;
	socklen_t len;
	int fd = make_name(path, &un, &len);

	if (!fd)
		fd = connect_new(&un, len, type);
	if (fd < 0)
		error_set(err, fd, "cannot connect to %s: %s", path, strerror(-fd));
	return fd;
}

int unix_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, FLAGS);

	return fd < 0 ? -errno : fd;
}

int unix_pair(int type, int fds[2])
{
	return socketpair(AF_UNIX, type | FLAGS, 0, fds) ? -errno : 0;
}

int unix_peer(int fd, struct unix_peer *out)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -errno;
	*out = (struct unix_peer){.pid = cred.pid, .uid = cred.uid, .gid = cred.gid};
	return 0;
}

int unix_hold_name(const char *name)
{
	struct sockaddr_un un;
	socklen_t len;
	int rc = name[0] == '@' ? make_name(name, &un, &len) : -EINVAL;

	return rc ? rc : bind_new(&un, len, SOCK_DGRAM, 0600);
}

union fd_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * UNIX_FDS_MAX)];
};

static void attach(struct msghdr *msg, union fd_room *room, const int *fds, size_t count)
{
	struct cmsghdr *c;

	msg->msg_control = room->bytes;
	msg->msg_controllen = CMSG_SPACE(sizeof(int) * count);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
}

int unix_send(int fd, const void *data, size_t len, const int *fds, size_t count)
{
	/* sendmsg() does not write there; the type of iov_base cannot say so. */
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union fd_room room = {0};
	ssize_t sent;

	if (len == 0 || count > UNIX_FDS_MAX)
		return -EINVAL;
	if (count)
		attach(&msg, &room, fds, count);
	do
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* All descriptors of the message; what the kernel put there is ours to close. */
static size_t collect(struct msghdr *msg, int out[UNIX_FDS_MAX])
{
	size_t count = 0, here;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (here > UNIX_FDS_MAX - count)
			here = UNIX_FDS_MAX - count; /* cannot be: the room is no larger */
		memcpy(out + count, CMSG_DATA(c), here * sizeof(int));
		count += here;
	}
	return count;
}

ssize_t unix_recv(int fd, void *buf, size_t cap, int *fds, size_t *count)
{
	struct iovec iov = {.iov_base = buf, .iov_len = cap};
	union fd_room room;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room.bytes,
			     .msg_controllen = sizeof(room.bytes)};
	size_t space = count ? *count : 0, came;
	int got_fds[UNIX_FDS_MAX];
	ssize_t len;

	if (count)
		*count = 0;
	do
		len = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	came = collect(&msg, got_fds);
	if (msg.msg_flags & MSG_TRUNC || msg.msg_flags & MSG_CTRUNC || came > space) {
		close_all(got_fds, came);
		return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : -EBADMSG;
	}
	if (came)
		memcpy(fds, got_fds, came * sizeof(int));
	if (count)
		*count = came;
	return len;
}
