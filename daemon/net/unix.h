/*
 * net/unix: unix-domain sockets: the control socket, the pairs between the processes, descriptors
 * passed along (SCM_RIGHTS), who is at the other end, and the name that keeps a second daemon out.
 *
 * Every descriptor made here is non-blocking and close-on-exec. A path that begins with '@' is a
 * name in the abstract namespace. Functions return a descriptor or 0, else -errno.
 */
#ifndef NET_UNIX_H
#define NET_UNIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

#define UNIX_FDS_MAX 8

struct unix_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/*
 * type: SOCK_STREAM or SOCK_SEQPACKET. A socket file that nobody listens on any more is replaced;
 * one that is alive is -EADDRINUSE. mode: the file's, whatever the umask.
 */
int unix_listen(const char *path, int type, mode_t mode, struct error *err);
int unix_connect(const char *path, int type, struct error *err);
int unix_accept(int listener); /* -EAGAIN: nobody waits */
int unix_pair(int type, int fds[2]);
/* As it was when the peer connected (SO_PEERCRED). */
int unix_peer(int fd, struct unix_peer *out);
/* Holds an abstract name ("@spindled") until the descriptor is closed; -EADDRINUSE: taken. */
int unix_hold_name(const char *name);

/*
 * One datagram of 1 byte at least and `count` descriptors (borrowed; ≤ UNIX_FDS_MAX).
 * 0; -EAGAIN: the peer does not read; -EPIPE: it is gone (no signal); -EMSGSIZE; -EINVAL.
 */
int unix_send(int fd, const void *data, size_t len, const int *fds, size_t count);
/*
 * Length of the datagram; 0: the peer is gone; -EAGAIN. On entry *count is the room in fds, on
 * return how many came; the caller closes them. A datagram over `cap` (-EMSGSIZE) or with more
 * descriptors than there is room for (-EBADMSG) is dropped whole, its descriptors closed. fds,
 * count may be NULL.
 */
ssize_t unix_recv(int fd, void *buf, size_t cap, int *fds, size_t *count);

#endif
