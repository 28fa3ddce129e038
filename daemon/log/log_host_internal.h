/*
 * log_host: a host as its files share it: log_host.c (all of them), log_host_spool.c (what waits for one, and
 * whether it is up), log_host_udp.c, log_host_tcp.c.
 */
#ifndef LOG_LOG_HOST_INTERNAL_H
#define LOG_LOG_HOST_INTERNAL_H

#include "base/pace.h"
#include "log/log_host.h"
#include "log/log_internal.h"

#define LOG_FRAME_MAX (LOG_RFC5424_MAX + 16)

enum host_phase {
	HOST_UP,
	HOST_DOWN,	 /* waiting for the next try */
	HOST_PROBING,	 /* UDP: one line is out */
	HOST_CONNECTING, /* TCP */
};

struct host {
	struct log_hosts *all;
	bool used;
	struct log_host_config cfg;
	enum host_phase phase;
	struct log_ring spool;
	uint64_t number; /* of the spool's first line */
	size_t sent;	 /* so many of the spool are out, not settled yet */
	size_t old;	 /* of them out at the tick before: UDP */
	size_t early;	 /* let go since that tick for want of room: UDP */
	unsigned int tries;
	bool failure_said;
	struct loop_timer timer;
	char origin[66], error[80];
	uint64_t sent_total, dropped, lost; /* lost: since it went down */
	/* UDP */
	struct pace searches; /* for the line that an error quotes */
	/* TCP */
	int fd;
	struct loop_fd *lf;
	char frame[LOG_FRAME_MAX];
	size_t frame_len, frame_at; /* of the last line that is out: how much is written */
	uint64_t bytes;		    /* of all frames that are out */
};

struct log_hosts {
	struct log *log;
	struct loop *loop;
	struct log_sockets sockets;
	struct loop_fd *udp_lf[LOG_FAMILIES];
	bool open, flush_due;
	struct loop_timer more;
	uint8_t facility;
	enum log_origin origin;
	char origin_string[65], hostname[65], source[16];
	log_source *find;
	void *find_ctx;
	struct host hosts[LOG_HOSTS_MAX];
};

/* log_host.c */
void hosts_flush_soon(struct log_hosts *all);

/* log_host_spool.c */
struct endpoint host_place(const struct host *h);
struct addr host_source(const struct host *h); /* unset: the kernel chooses */
/* Not while lines are out: their form must stay. */
void host_renew_origin(struct host *h);
/* Line i of the spool as a datagram; as a frame (RFC 6587, 3.4.1). The length. */
int host_form(const struct host *h, size_t i, char *buf, size_t size);
size_t host_form_frame(const struct host *h, size_t i, char *buf, size_t size);
size_t host_frame_length(const struct host *h, size_t i);
/* The first line, which is out, has arrived as far as anybody knows. */
void host_let_go(struct host *h);
void host_take_back(struct host *h); /* what is out waits again */
void host_settle(struct host *h);    /* what is out is known by none any more */
void host_say(const struct host *h, const char *what, const char *why);
void host_go_down(struct host *h, int err, const char *why); /* why NULL: strerror(err) */
void host_come_up(struct host *h);

/* log_host_udp.c, log_host_tcp.c. Flush, true: there is more to send. */
bool host_udp_flush(struct host *h, size_t most);
void host_udp_start(struct host *h);
void host_udp_due(struct host *h);
void hosts_udp_readable(void *arg, int events); /* arg: struct log_hosts */
bool host_tcp_flush(struct host *h, size_t most);
void host_tcp_due(struct host *h);

#endif
