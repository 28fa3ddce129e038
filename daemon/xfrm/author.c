/* xfrm/author: names of authors, from /proc/PID/comm at once: the program may be gone soon. */
#include "xfrm/author.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define CACHE_MS	1000
#define LIBNL_PID_MASK	0x3fffffu /* libnl, lib/socket.c: generate_local_port() */
#define IPROUTE2_SPAN_S 600	  /* sequence numbers of one run of a batch */
#define IPROUTE2	"iproute2"
#define OWN_NAME	"spindled"

static int read_comm(uint32_t pid, char name[16])
{
	char path[32];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, name, 15);
	close(fd);
	if (len <= 0)
		return -ENOENT;
	name[len] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return 0;
}

static void find_name(uint32_t pid, char name[16])
{
	if (read_comm(pid, name) == 0)
		return;
	if (pid <= LIBNL_PID_MASK || read_comm(pid & LIBNL_PID_MASK, name) < 0)
		name[0] = '\0';
}

static bool is_iproute2(uint32_t seq, uint64_t wall_s)
{
	return seq + IPROUTE2_SPAN_S > wall_s && seq < wall_s + IPROUTE2_SPAN_S;
}

static void name_by_cache(struct xfrm_author_cache *c, struct xfrm_author *a, uint64_t now_ms)
{
	if (c->pid != a->pid || now_ms >= c->until_ms) {
		find_name(a->pid, c->name);
		c->pid = a->pid;
		c->until_ms = now_ms + CACHE_MS;
	}
	text_copy(a->name, sizeof(a->name), c->name);
}

struct xfrm_author xfrm_author_of(struct xfrm_author_cache *cache, uint32_t pid, uint32_t seq,
				  uint32_t own_pid, uint64_t now_ms, uint64_t wall_s)
{
	struct xfrm_author a = {.pid = pid, .seq = seq, .own = pid != 0 && pid == own_pid};

	if (a.own)
		text_copy(a.name, sizeof(a.name), OWN_NAME);
	else if (pid != 0)
		name_by_cache(cache, &a, now_ms);
	else if (is_iproute2(seq, wall_s))
		text_copy(a.name, sizeof(a.name), IPROUTE2);
	return a;
}
