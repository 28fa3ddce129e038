/*
 * bench/log: what a line costs the room that says it. A debug line whose flag is off; one that conditions leave
 * out; a message to the buffer; the same to three log hosts by UDP, sending included. Prints
 * `name value unit`; status 1 when a debug line that is off costs more than a look.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/loop.h"
#include "log/log.h"

#define OFF_LINES   100000000u
#define LEFT_LINES  10000000u
#define MESSAGES    200000u
#define A_TURN	    64u
#define OFF_MOST_NS 5.0
#define HOSTS	    3u

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static double debug_lines(struct log *log, unsigned int count)
{
	struct log_about about = {.peer = addr_v4(0x0a010101)};
	double begin = now_ns();

	for (unsigned int i = 0; i < count; i++) {
		log_debug(log, LOG_DEBUG_IPSEC, &about, "number %u", i);
		__asm__ volatile("" ::: "memory");
	}
	return (now_ns() - begin) / count;
}

static double messages(struct loop *loop, struct log *log)
{
	double begin = now_ns();

	for (unsigned int i = 0; i < MESSAGES; i++) {
		log_say(log, NULL, CONFIG_I, "bob on vty0 (192.0.2.1)");
		if (i % A_TURN == 0)
			loop_advance(loop, 20);
	}
	return (now_ns() - begin) / MESSAGES / 1000;
}

static uint16_t collector(int *fd)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);

	*fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*fd < 0 || bind(*fd, (struct sockaddr *)&in, len) ||
	    getsockname(*fd, (struct sockaddr *)&in, &len))
		return 0;
	return ntohs(in.sin_port);
}

int main(void)
{
	struct loop *loop = loop_new_simulated(1);
	struct log *log = log_new(loop, 65536);
	struct log_conditions other = {.peer_count = 1};
	struct log_config c;
	int fds[HOSTS];
	double off;

	if (!log || log_open_hosts(log))
		return 2;
	off = debug_lines(log, OFF_LINES);
	printf("debug_line_off %.2f ns\n", off);
	log_debug_set(log, LOG_DEBUG_IPSEC);
	prefix_parse(&other.peers[0], "192.0.2.0/24");
	log_set_conditions(log, &other);
	printf("debug_line_left_out %.1f ns\n", debug_lines(log, LEFT_LINES));
	printf("message_to_buffer %.2f us\n", messages(loop, log));
	log_config_default(&c, 65536);
	for (c.host_count = 0; c.host_count < HOSTS; c.host_count++)
		c.hosts[c.host_count] = (struct log_host_config){addr_v4(0x7f000001),
								 collector(&fds[c.host_count]),
								 false, c.host_count == 2};
	log_configure(log, &c);
	printf("message_to_3_hosts %.2f us\n", messages(loop, log));
	log_free(log);
	loop_free(loop);
	for (size_t i = 0; i < HOSTS; i++)
		close(fds[i]);
	return off > OFF_MOST_NS;
}
