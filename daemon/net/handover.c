#include "net/handover.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "net/unix.h"

/* What goes over the wire: the struct up to the descriptors. */
#define RECORD_LEN offsetof(struct handover, fds)

int handover_send(int fd, const struct handover *h)
{
	return unix_send(fd, h, RECORD_LEN, h->fds, h->fd_count);
}

void handover_close_fds(struct handover *h)
{
	for (size_t i = 0; i < h->fd_count; i++)
		close(h->fds[i]);
	h->fd_count = 0;
}

static int is_valid(const struct handover *h, ssize_t len)
{
	return len == (ssize_t)RECORD_LEN && h->kind && h->kind < HANDOVER_KIND_END &&
	       h->role < HANDOVER_ROLE_END && memchr(h->text, '\0', sizeof(h->text));
}

int handover_recv(int fd, struct handover *h)
{
	ssize_t len;

	memset(h, 0, sizeof(*h));
	h->fd_count = HANDOVER_FDS_MAX;
	len = unix_recv(fd, h, RECORD_LEN, h->fds, &h->fd_count);
	if (len == 0)
		return 0;
	if (len < 0) {
		h->fd_count = 0;
		return (int)len;
	}
	if (is_valid(h, len))
		return 1;
	handover_close_fds(h);
	return -EBADMSG;
}
