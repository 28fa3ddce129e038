/*
 * The ike process. At start it takes what the supervisor hands down, drops to its own user without any
 * capability, and shuts itself in; then datagrams go to the engine and messages to router. When router
 * dies, the supervisor sends a fresh pair, and the IKE SAs live on.
 */
#include "ike/main/main.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/jobs.h"
#include "base/loop.h"
#include "base/writer.h"
#include "engine/link.h"
#include "ike/crypto/crypto.h"
#include "ike/main/seccomp.h"
#include "ike/v2/v2.h"
#include "net/handover.h"
#include "net/privileges.h"
#include "net/udp.h"

#define SOCKETS_MAX	 HANDOVER_FDS_MAX
#define DATAGRAM_MAX	 65535
#define DATAGRAMS_A_TURN 32 /* then other handlers have their turn */
#define IKE_NAT_PORT	 4500
#define MARKER_LEN	 4 /* the non-ESP marker (RFC 3948 2.2) */
#define JOB_THREADS	 2
#define JOB_QUEUE	 1024
#define IKE_USER	 "spindle-ike"

struct ike_socket {
	struct ike_process *p;
	struct udp_socket udp;
	struct loop_fd *watch;
};

struct ike_process {
	struct loop *loop;
	struct jobs *jobs;
	struct ike_v2 *v2;
	struct engine_link *link;
	int supervisor_fd;
	struct ike_socket sockets[SOCKETS_MAX];
	size_t socket_count;
	uint8_t datagram[DATAGRAM_MAX];
	uint8_t out[DATAGRAM_MAX + MARKER_LEN];
};

/* ---- router ------------------------------------------------------------------------------------ */

static int port_send(void *ctx, const struct engine_msg *m)
{
	struct ike_process *p = ctx;

	return p->link ? engine_link_send(p->link, m) : -EPIPE;
}

static const struct engine_port_ops port_ops = {.send = port_send};

static void link_message(void *ctx, struct engine_msg *m)
{
	struct ike_process *p = ctx;

	ike_v2_message(p->v2, m);
}

static void link_broken(void *ctx, const char *why)
{
	struct ike_process *p = ctx;

	(void)why; /* router died: the supervisor sends a new pair */
	engine_link_free(p->link);
	p->link = NULL;
}

static const struct engine_link_ops link_ops = {.message = link_message, .broken = link_broken};

static void new_pair(struct ike_process *p, int fd)
{
	engine_link_free(p->link);
	p->link = engine_link_new(p->loop, fd, &link_ops, p);
	if (p->link)
		ike_v2_reattach(p->v2, (struct engine_port){&port_ops, p});
	else
		close(fd);
}

/* ---- datagrams ---------------------------------------------------------------------------------------- */

static const struct udp_socket *socket_for(const struct ike_process *p,
					   const struct endpoint *local)
{
	for (size_t i = 0; i < p->socket_count; i++) {
		const struct udp_socket *s = &p->sockets[i].udp;

		if (s->family == local->addr.family && s->port == local->port)
			return s;
	}
	return NULL;
}

static void transport_send(void *ctx, const struct endpoint *local, const struct endpoint *remote,
			   struct view datagram)
{
	struct ike_process *p = ctx;
	const struct udp_socket *s = socket_for(p, local);
	struct writer w = writer_new(p->out, sizeof(p->out));

	if (local->port == IKE_NAT_PORT)
		writer_zero(&w, MARKER_LEN);
	writer_view(&w, datagram);
	if (s && writer_ok(&w))
		udp_send(s, &local->addr, remote,
			 writer_done(&w)); /* best effort: IKE sends again */
}

static const struct ike_transport_ops transport = {.send = transport_send};

/* On port 4500 what does not begin with the marker is ESP or a keepalive, not ours. */
static void datagram(struct ike_process *p, const struct udp_meta *meta, struct view d)
{
	struct reader r = reader_of(d);

	if (meta->dst.port == IKE_NAT_PORT && reader_u32(&r))
		return;
	d = reader_rest(&r);
	if (d.len)
		ike_v2_receive(p->v2, &meta->dst, &meta->src, d);
}

static void socket_readable(void *arg, int events)
{
	struct ike_socket *s = arg;
	struct udp_meta meta;

	(void)events;
	for (int i = 0; i < DATAGRAMS_A_TURN; i++) {
		ssize_t len = udp_recv(&s->udp, s->p->datagram, sizeof(s->p->datagram), &meta);

		if (len == -EAGAIN)
			return;
		if (len > 0)
			datagram(s->p, &meta, (struct view){s->p->datagram, (size_t)len});
	}
}

static int add_socket(struct ike_process *p, int fd)
{
	struct ike_socket *s = &p->sockets[p->socket_count];

	if (p->socket_count == SOCKETS_MAX || udp_adopt(&s->udp, fd)) {
		close(fd);
		return -EINVAL;
	}
	s->p = p;
	s->watch = loop_fd_add(p->loop, fd, LOOP_READ, "ike datagram", socket_readable, s);
	p->socket_count++;
	return s->watch ? 0 : -ENOMEM;
}

/* ---- the supervisor ------------------------------------------------------------------------------------ */

/* Anything but a descriptor that we know is closed. True when the start is complete. */
static bool handed(struct ike_process *p, struct handover *h)
{
	for (size_t i = 0; i < h->fd_count; i++) {
		if (h->kind == HANDOVER_UDP)
			add_socket(p, h->fds[i]);
		else if (h->kind == HANDOVER_ENGINE && p->v2)
			new_pair(p, h->fds[i]);
		else
			close(h->fds[i]);
	}
	return h->kind == HANDOVER_COMPLETE;
}

static void supervisor_readable(void *arg, int events)
{
	struct ike_process *p = arg;
	struct handover h;
	int got;

	(void)events;
	while ((got = handover_recv(p->supervisor_fd, &h)) == 1)
		handed(p, &h);
	if (got != -EAGAIN)
		loop_stop(p->loop);
}

static int take_start(struct ike_process *p)
{
	struct pollfd pfd = {.fd = p->supervisor_fd, .events = POLLIN};
	struct handover h;

	for (;;) {
		int got = handover_recv(p->supervisor_fd, &h);

		if (got == 1 && handed(p, &h))
			return 0;
		if (got == -EAGAIN)
			poll(&pfd, 1, -1);
		else if (got != 1)
			return -EPIPE;
	}
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static int shut_in(struct error *err)
{
	static const int keep_none[] = {-1};
	bool kept_root;

	if (privileges_drop(IKE_USER, keep_none, &kept_root, err))
		return err->code;
	if (kept_root)
		fprintf(stderr, "spindled: ike: there is no user %s: it stays root\n", IKE_USER);
	if (ike_crypto_begin())
		return error_set(err, -EIO, "libcrypto failed its self-test");
	return ike_seccomp(err);
}

static void process_free(struct ike_process *p)
{
	engine_link_free(p->link);
	ike_v2_free(p->v2);
	jobs_free(p->jobs);
	for (size_t i = 0; i < p->socket_count; i++) {
		loop_fd_del(p->sockets[i].watch);
		udp_close(&p->sockets[i].udp);
	}
	loop_free(p->loop);
	alloc_free(p);
}

static int process_start(struct ike_process *p, struct error *err)
{
	p->loop = loop_new();
	if (!p->loop || take_start(p))
		return error_set(err, -EPIPE, "the supervisor is gone");
	p->jobs = jobs_new(p->loop, JOB_THREADS, JOB_QUEUE);
	p->v2 = p->jobs ? ike_v2_new(p->loop, p->jobs, (struct engine_port){&port_ops, p},
				     &transport, p)
			: NULL;
	if (!p->v2 || !loop_fd_add(p->loop, p->supervisor_fd, LOOP_READ, "supervisor",
				   supervisor_readable, p))
		return error_set(err, -ENOMEM, "no memory");
	return shut_in(err);
}

int ike_main(int supervisor_fd, bool record)
{
	struct ike_process *p = alloc_zero(sizeof(*p));
	struct error err = {0};
	int status = 0;

	if (!p)
		return 1;
	p->supervisor_fd = supervisor_fd;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* a terminal's ^C goes to all: the supervisor decides */
	if (process_start(p, &err)) {
		fprintf(stderr, "spindled: ike: %s\n", err.text);
		status = 1;
	} else {
		ike_v2_record(p->v2, record);
		loop_run(p->loop);
	}
	process_free(p);
	return status;
}
