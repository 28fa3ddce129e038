/*
 * log_host: sockets for log hosts. They are made at start, because the process may make none that speak IP
 * later: a datagram socket each family for all hosts by UDP, and stream sockets that are connected,
 * dissolved and connected again. Used by log_host.c alone.
 */
#ifndef LOG_LOG_HOST_H
#define LOG_LOG_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "log/log.h"

#define LOG_FAMILIES 2 /* IPv4, IPv6 */

struct log_sockets {
	int udp[LOG_FAMILIES];
	int ask[LOG_FAMILIES]; /* never sends: which address would be the source? */
	int tcp[LOG_FAMILIES][LOG_TCP_MAX];
	bool taken[LOG_FAMILIES][LOG_TCP_MAX];
};

/* 0; -errno when not even the datagram sockets of one family can be made. Zeroed is not "closed". */
int log_sockets_open(struct log_sockets *s);
void log_sockets_close(struct log_sockets *s);

/* 0, -EAGAIN, or the error of this datagram; errors of earlier ones are log_udp_error()'s. */
int log_udp_send(const struct log_sockets *s, const struct addr *src, const struct endpoint *dst,
		 const void *data, size_t len);
/* What came back for a datagram: its destination and beginning. The errno; 0: nothing more. */
int log_udp_error(const struct log_sockets *s, size_t family, struct endpoint *dst, uint8_t *quoted,
		  size_t *len);
void log_udp_discard(const struct log_sockets *s,
		     size_t family); /* nobody has to send us anything */
/* The address that a datagram to dst would have; false: there is no way. */
bool log_udp_source(const struct log_sockets *s, const struct endpoint *dst, struct addr *out);

int log_tcp_take(struct log_sockets *s, int family); /* -EMFILE: all are in use */
void log_tcp_give(struct log_sockets *s, int fd);    /* ends its connection */
/* 0: connected; -EINPROGRESS; -errno. src unset: the kernel chooses. */
int log_tcp_connect(int fd, const struct addr *src, const struct endpoint *dst);
int log_tcp_error(int fd);	/* what became of it: 0 or -errno */
void log_tcp_reset(int fd);	/* as if it were new */
size_t log_tcp_unacked(int fd); /* bytes that the other end has not confirmed */

#endif
