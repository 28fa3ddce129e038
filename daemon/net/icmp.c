/*
 * net/icmp: probes that wait for their turn, then for their answer. Raw sockets hear all ICMP of the
 * namespace: they are read only while something was asked, and what does not answer one of our requests
 * (id, number, addresses, cookie) is none of ours.
 */
#include "net/icmp.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/pace.h"
#include "base/random.h"
#include "net/icmp_internal.h"

#define WAITING_MAX	   64
#define ASKED_MAX	   64
#define READ_A_TURN	   32
#define DRAIN_MAX	   1024
#define V4_OVERHEAD	   20
#define V6_OVERHEAD	   40
#define HEAD		   8
#define FILTER_TYPES	   (~(1u << 0 | 1u << 3 | 1u << 11)) /* bits set are kept out: linux/icmp.h */
#define ICMP_FILTER_OPTION 1

static const struct pace_class rate = {.burst = 10, .refill_ms = 10, .min_gap_ms = 0};

struct probe {
	struct list node; /* in waiting or asked */
	struct icmp *icmp;
	struct icmp_probe p;
	uint16_t seq;
	uint64_t cookie, sent_us, sent_wall_us;
	struct loop_timer timer;
	struct icmp_answer answer;
	icmp_done *done;
	void *arg;
};

struct side {
	int fd;
	struct loop_fd *lf;
};

struct icmp {
	struct loop *loop;
	struct side v4, v6;
	uint16_t id, next_seq;
	struct pace pace;
	struct loop_timer turn;
	struct list waiting, asked;
	size_t waiting_count, asked_count;
	uint8_t buffer[ICMP_SIZE_MAX + 128];
};

int icmp_open(int family)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	uint32_t types = FILTER_TYPES;
	struct icmp6_filter f;

	if (fd < 0)
		return -errno;
	if (family == AF_INET) {
		setsockopt(fd, SOL_RAW, ICMP_FILTER_OPTION, &types, sizeof(types));
		return fd;
	}
	ICMP6_FILTER_SETBLOCKALL(&f);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &f);
	ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &f);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &f);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f));
	return fd;
}

/* ---- sending --------------------------------------------------------------------------------------- */

static void add_control(struct msghdr *m, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c =
		(struct cmsghdr *)(void *)((uint8_t *)m->msg_control + m->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	m->msg_controllen += CMSG_SPACE(len);
}

static void control4(struct msghdr *m, const struct icmp_probe *p)
{
	struct in_pktinfo info = {0};
	int ttl = p->ttl;

	add_control(m, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	if (!addr_is_set(&p->source))
		return;
	memcpy(&info.ipi_spec_dst, p->source.bytes, 4);
	add_control(m, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

static void control6(struct msghdr *m, const struct icmp_probe *p)
{
	struct in6_pktinfo info = {0};
	int hops = p->ttl;

	add_control(m, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
	if (!addr_is_set(&p->source))
		return;
	memcpy(&info.ipi6_addr, p->source.bytes, 16);
	add_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

/* PROBE sets the bit and sends what the device takes, whatever is known of the path. */
static void set_fragmenting(int fd, int family, bool df)
{
	int how = df ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;

	if (family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &how, sizeof(how));
		return;
	}
	how = df ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_DONT;
	setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &how, sizeof(how));
	how = df;
	setsockopt(fd, IPPROTO_IPV6, IPV6_DONTFRAG, &how, sizeof(how));
}

static int send_probe(struct icmp *i, const struct probe *pr)
{
	const struct icmp_probe *p = &pr->p;
	bool v4 = p->destination.family == AF_INET;
	size_t len = p->size - (v4 ? V4_OVERHEAD : V6_OVERHEAD);
	struct endpoint to = {.addr = p->destination};
	_Alignas(struct cmsghdr) uint8_t control[128] = {0};
	struct sockaddr_storage sa;
	struct iovec iov = {.iov_base = i->buffer};
	struct msghdr m = {
		.msg_name = &sa, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control};
	int fd = v4 ? i->v4.fd : i->v6.fd;

	iov.iov_len = p->size < HEAD + (v4 ? V4_OVERHEAD : V6_OVERHEAD) ? HEAD : len;
	icmp_build(i->buffer, iov.iov_len, p->destination.family, i->id, pr->seq, pr->cookie);
	m.msg_namelen = endpoint_to_sockaddr(&to, &sa);
	if (v4)
		control4(&m, p);
	else
		control6(&m, p);
	set_fragmenting(fd, p->destination.family, p->df);
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* ---- ends ------------------------------------------------------------------------------------------ */

/* Both sides, where they are there. */
static void listen_for(struct icmp *i, int events)
{
	if (i->v4.lf)
		loop_fd_want(i->v4.lf, events);
	if (i->v6.lf)
		loop_fd_want(i->v6.lf, events);
}

static void next_turn(struct icmp *i);

static void probe_free(struct probe *pr)
{
	loop_timer_stop(&pr->timer);
	list_remove(&pr->node);
	alloc_free(pr);
}

static void finish(struct probe *pr)
{
	struct icmp_answer a = pr->answer;
	icmp_done *done = pr->done;
	struct icmp *i = pr->icmp;
	void *arg = pr->arg;

	probe_free(pr);
	if (--i->asked_count == 0)
		listen_for(i, 0);
	next_turn(i);
	done(arg, &a);
}

static void on_timeout(void *arg)
{
	struct probe *pr = arg;

	finish(pr);
}

/* What the kernel would not send: told in a later turn, as all is. */
static void refused(struct probe *pr, int error)
{
	pr->answer.outcome = error == -EMSGSIZE ? ICMP_TOO_BIG : ICMP_NO_ROUTE;
	if (loop_timer_set(&pr->timer, 0))
		finish(pr);
}

/* ---- turns ----------------------------------------------------------------------------------------- */

static void drain(int fd, void *buffer, size_t size)
{
	for (int n = 0; fd >= 0 && n < DRAIN_MAX && recv(fd, buffer, size, MSG_DONTWAIT) >= 0; n++)
		;
}

static uint64_t wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void ask(struct icmp *i, struct probe *pr)
{
	int rc;

	if (i->asked_count++ == 0) {
		drain(i->v4.fd, i->buffer, sizeof(i->buffer));
		drain(i->v6.fd, i->buffer, sizeof(i->buffer));
		listen_for(i, LOOP_READ);
	}
	list_remove(&pr->node);
	list_append(&i->asked, &pr->node);
	i->waiting_count--;
	pr->seq = i->next_seq++;
	random_bytes(&pr->cookie, sizeof(pr->cookie));
	pr->answer.outcome = ICMP_TIMEOUT;
	pr->sent_us = clock_boot_us();
	pr->sent_wall_us = wall_us();
	rc = send_probe(i, pr);
	if (rc)
		refused(pr, rc);
	else if (loop_timer_set(&pr->timer, pr->p.timeout_ms ? pr->p.timeout_ms : 1))
		finish(pr);
}

static uint64_t due_us(const struct probe *pr)
{
	return pr->sent_us + (uint64_t)pr->p.timeout_ms * 1000;
}

/* Whoever would wait longest has no answer now: patience keeps nobody else from asking. */
static void make_room(struct icmp *i)
{
	struct probe *longest = list_entry(i->asked.next, struct probe, node);
	struct list *it;

	list_for_each(it, &i->asked)
	{
		struct probe *pr = list_entry(it, struct probe, node);

		if (due_us(pr) > due_us(longest))
			longest = pr;
	}
	finish(longest);
}

static void on_turn(void *arg)
{
	struct icmp *i = arg;

	while (!list_empty(&i->waiting) && pace_take(&i->pace, loop_now(i->loop))) {
		if (i->asked_count == ASKED_MAX)
			make_room(i);
		ask(i, list_entry(i->waiting.next, struct probe, node));
	}
	next_turn(i);
}

static void next_turn(struct icmp *i)
{
	if (list_empty(&i->waiting) || loop_timer_armed(&i->turn))
		return;
	loop_timer_set(&i->turn, pace_wait_ms(&i->pace, loop_now(i->loop)));
}

/* ---- answers --------------------------------------------------------------------------------------- */

static bool answers(const struct icmp *i, const struct probe *pr, const struct icmp_seen *seen)
{
	const struct addr *to = &pr->p.destination;

	if (seen->id != i->id || seen->seq != pr->seq || seen->from.family != to->family)
		return false;
	if (seen->outcome == ICMP_REPLY)
		return (addr_equal(&seen->from, to) || addr_is_multicast(to)) &&
		       icmp_cookie_is(seen->payload, seen->payload_len, pr->cookie);
	/* Our own kernel's word that nobody answers on the link: routers keep silent then. */
	return addr_equal(&seen->asked, to) && !addr_equal(&seen->from, &seen->asker);
}

/* The kernel's own time of arrival, where the clock was not set meanwhile. */
static uint64_t took_us(const struct probe *pr, uint64_t arrived_wall_us)
{
	uint64_t here = clock_boot_us() - pr->sent_us;

	if (arrived_wall_us < pr->sent_wall_us || arrived_wall_us - pr->sent_wall_us > here)
		return here;
	return arrived_wall_us - pr->sent_wall_us;
}

static void take(struct icmp *i, const struct icmp_seen *seen, uint64_t arrived_wall_us)
{
	struct list *it;

	list_for_each(it, &i->asked)
	{
		struct probe *pr = list_entry(it, struct probe, node);

		if (!answers(i, pr, seen))
			continue;
		pr->answer = (struct icmp_answer){.outcome = seen->outcome,
						  .from = seen->from,
						  .code = seen->code,
						  .round_trip_us = took_us(pr, arrived_wall_us)};
		finish(pr);
		return;
	}
}

static uint64_t arrival(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS ||
		    c->cmsg_len < CMSG_LEN(sizeof(ts)))
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
	}
	return 0;
}

/* False: nothing is left. */
static bool read_one(struct icmp *i, int fd, bool v4)
{
	_Alignas(struct cmsghdr) uint8_t control[256];
	struct sockaddr_storage from = {0};
	struct iovec iov = {.iov_base = i->buffer, .iov_len = sizeof(i->buffer)};
	struct msghdr m = {.msg_name = &from,
			   .msg_namelen = sizeof(from),
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	struct icmp_seen seen;
	bool ours;

	if (n < 0)
		return errno == EINTR;
	ours = v4 ? icmp_parse4(i->buffer, (size_t)n, &seen)
		  : icmp_parse6(i->buffer, (size_t)n, &seen);
	if (!v4)
		seen.from =
			endpoint_from_sockaddr((const struct sockaddr *)&from, m.msg_namelen).addr;
	if (ours)
		take(i, &seen, arrival(&m));
	return true;
}

static void on_readable4(void *arg, int events)
{
	struct icmp *i = arg;

	(void)events;
	for (int n = 0; n < READ_A_TURN && read_one(i, i->v4.fd, true); n++)
		;
}

static void on_readable6(void *arg, int events)
{
	struct icmp *i = arg;

	(void)events;
	for (int n = 0; n < READ_A_TURN && read_one(i, i->v6.fd, false); n++)
		;
}

/* ---- life ------------------------------------------------------------------------------------------ */

static int side_init(struct icmp *i, struct side *s, int fd, void (*fn)(void *arg, int events))
{
	int on = 1;

	s->fd = fd;
	if (fd < 0)
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	s->lf = loop_fd_add(i->loop, fd, LOOP_READ, "icmp", fn, i);
	return s->lf ? loop_fd_want(s->lf, 0) : -ENOMEM;
}

struct icmp *icmp_new(struct loop *loop, int fd4, int fd6)
{
	struct icmp *i = alloc_zero(sizeof(*i));

	if (!i)
		return NULL;
	i->loop = loop;
	i->id = (uint16_t)random_u32();
	pace_init(&i->pace, &rate, loop_now(loop));
	list_init(&i->waiting);
	list_init(&i->asked);
	loop_timer_init(&i->turn, loop, "icmp turn", on_turn, i);
	i->v4.fd = i->v6.fd = -1;
	if (!side_init(i, &i->v4, fd4, on_readable4) && !side_init(i, &i->v6, fd6, on_readable6))
		return i;
	i->v4.fd = i->v6.fd = -1; /* still the caller's */
	icmp_free(i);
	return NULL;
}

static void tell_all(struct list *probes)
{
	while (!list_empty(probes)) {
		struct probe *pr = list_entry(probes->next, struct probe, node);
		struct icmp_answer a = {.outcome = ICMP_TIMEOUT};
		icmp_done *done = pr->done;
		void *arg = pr->arg;

		probe_free(pr);
		done(arg, &a);
	}
}

void icmp_free(struct icmp *i)
{
	if (!i)
		return;
	tell_all(&i->asked);
	tell_all(&i->waiting);
	loop_timer_stop(&i->turn);
	loop_fd_del(i->v4.lf);
	loop_fd_del(i->v6.lf);
	if (i->v4.fd >= 0)
		close(i->v4.fd);
	if (i->v6.fd >= 0)
		close(i->v6.fd);
	alloc_free(i);
}

int icmp_probe(struct icmp *i, const struct icmp_probe *p, icmp_done *done, void *arg)
{
	struct probe *pr;

	if ((p->destination.family == AF_INET ? i->v4.fd : i->v6.fd) < 0)
		return -EAFNOSUPPORT;
	if (i->waiting_count == WAITING_MAX)
		return -EBUSY;
	pr = alloc_zero(sizeof(*pr));
	if (!pr)
		return -ENOMEM;
	pr->icmp = i;
	pr->p = *p;
	pr->done = done;
	pr->arg = arg;
	loop_timer_init(&pr->timer, i->loop, "icmp timeout", on_timeout, pr);
	list_append(&i->waiting, &pr->node);
	i->waiting_count++;
	next_turn(i);
	return 0;
}
