#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/telnet/telnetd_internal.h"

#define FIRST_FD 3 /* sd_listen_fds(3) */

static bool is_loopback(const struct addr *a)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	if (a->family == AF_INET)
		return a->bytes[0] == 127;
	return a->family == AF_INET6 && !memcmp(a->bytes, loopback6, sizeof(loopback6));
}

static bool listens(int fd)
{
	int type = 0, accepts = 0;
	socklen_t len = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) || type != SOCK_STREAM)
		return false;
	len = sizeof(accepts);
	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) && accepts;
}

int sockets_check(int fd, bool allow_remote, struct error *err)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa);
	char buf[ADDR_STRLEN];
	struct endpoint e;

	if (getsockname(fd, (struct sockaddr *)&sa, &len))
		return error_set(err, -errno, "descriptor %d is no socket", fd);
	e = endpoint_from_sockaddr((struct sockaddr *)&sa, len);
	if (!addr_is_set(&e.addr) || !listens(fd))
		return error_set(err, -EINVAL, "descriptor %d is no listening TCP socket", fd);
	if (allow_remote || is_loopback(&e.addr))
		return 0;
	return error_set(err, -EACCES,
			 "%s port %u can be reached from elsewhere, and telnet sends passwords in "
			 "clear: refused without --allow-remote",
			 addr_format(&e.addr, buf), e.port);
}

static int count_of(struct error *err)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint32_t value;

	if (!pid || !fds || text_u32(pid, 1, INT32_MAX, &value) || (pid_t)value != getpid())
		return error_set(err, -ENOENT,
				 "no socket was handed in (LISTEN_FDS): it is started by "
				 "spindle-telnet.socket");
	if (text_u32(fds, 1, SOCKETS_MAX, &value))
		return error_set(err, -EINVAL, "LISTEN_FDS is 1 to %d", SOCKETS_MAX);
	return (int)value;
}

static int prepare(int fd, bool allow_remote, struct error *err)
{
	int rc = sockets_check(fd, allow_remote, err);

	if (!rc && (fcntl(fd, F_SETFD, FD_CLOEXEC) || fcntl(fd, F_SETFL, O_NONBLOCK)))
		rc = error_set(err, -errno, "descriptor %d: %s", fd, strerror(errno));
	return rc;
}

int sockets_take(bool allow_remote, int fds[SOCKETS_MAX], struct error *err)
{
	int count = count_of(err);

	for (int i = 0; i < count; i++) {
		fds[i] = FIRST_FD + i;
		if (prepare(fds[i], allow_remote, err))
			return err->code;
	}
	return count;
}
