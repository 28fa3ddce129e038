/*
 * net/handover: what passes between the supervisor and a role: fixed records, some with descriptors.
 *
 * Down: descriptors, news of other roles, the order to stop. Up: router's orders: run or end a
 * role, another pair. Both ends are the same binary, so the record is a plain struct; it is checked all the same
 * (length, kind, terminated text), because a role may have been taken over.
 */
#ifndef NET_HANDOVER_H
#define NET_HANDOVER_H

#include <stddef.h>
#include <stdint.h>

enum handover_kind {
	/* down */
	HANDOVER_ENGINE = 1, /* one end of a fresh engine.h pair */
	HANDOVER_CONTROL,    /* the listening control socket */
	HANDOVER_PROBE,	     /* ring and sums maps of the refusal probe; text: kind of probe */
	HANDOVER_TAP,	     /* tap4, tap6, its ring and sums */
	HANDOVER_SOURCE,     /* text: why the probe is missing; "" = it is there, or not wanted */
	HANDOVER_XFRM_STAT,  /* /proc/net/xfrm_stat, open */
	HANDOVER_SERIAL,     /* product_serial of DMI, open */
	HANDOVER_RECORDER,   /* the flight recorder's memory */
	HANDOVER_ICMP,	     /* a raw ICMP socket; number: its address family */
	HANDOVER_UDP,	     /* UDP sockets for IKE, one or more */
	HANDOVER_COMPLETE,   /* all that this role gets at its start has been sent */
	HANDOVER_STARTED, /* role, pid (0: not now), number: restarts, text: the last death or "" */
	HANDOVER_DIED,	  /* role, pid, text: how */
	HANDOVER_PORT_BUSY, /* number: port; text: who holds it, or the error */
	HANDOVER_STOP,	    /* end cleanly; number: 1 = leave SAs (restart), 0 = fail closed */
	/* up, from router */
	HANDOVER_RUN, /* role */
	HANDOVER_END, /* role */
	/* role: another engine.h pair, the last broke; number: 1 = it does not speak, start it anew */
	HANDOVER_PAIR,
	HANDOVER_KIND_END,
};

enum handover_role { HANDOVER_ROUTER = 1, HANDOVER_IKE, HANDOVER_ROLE_END };

#define HANDOVER_FDS_MAX 8

struct handover {
	uint32_t kind, role;
	int32_t pid;
	uint32_t number;
	char text[112];
	/* not part of the record: */
	int fds[HANDOVER_FDS_MAX]; /* sent: borrowed; received: the caller's to close */
	size_t fd_count;
};

/* One record with duplicates of its descriptors, without waiting. 0; -EAGAIN: the other end does not read;
 * -errno. */
int handover_send(int fd, const struct handover *h);
/* 1: a record; 0: the other end is gone; -EAGAIN; -EBADMSG: not a record (descriptors are closed). */
int handover_recv(int fd, struct handover *h);
void handover_close_fds(struct handover *h);

#endif
