/*
 * flow: numbered traffic, and when what was seen: the tests' and the demo's own clockwork.
 *
 *   flow send FROM TO PORT EVERY_MS SECONDS  sends numbered UDP datagrams; prints "N TIME" of each
 *   flow recv ADDRESS PORT SECONDS           prints "N TIME" of each that comes
 *   flow esp INTERFACE SECONDS               prints "SPI SEQ TIME in|out" of each ESP packet on it
 *   flow ready SOCKET SECONDS                waits for READY=1 (sd_notify); prints "ready TIME"
 *
 * TIME is microseconds of CLOCK_REALTIME; for received packets the kernel's own stamp.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/text.h"

#define PACKET_MAX 2048

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static bool socket_address(struct sockaddr_in *out, const char *address, const char *port)
{
	uint32_t number;

	*out = (struct sockaddr_in){.sin_family = AF_INET};
	if (inet_pton(AF_INET, address, &out->sin_addr) != 1 || text_u32(port, 0, 65535, &number))
		return false;
	out->sin_port = htons((uint16_t)number);
	return true;
}

/* Waits for a packet until the deadline; false when that has passed. */
static bool wait_until(int fd, uint64_t deadline_us)
{
	uint64_t now = now_us();
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return now < deadline_us && poll(&pfd, 1, (int)((deadline_us - now) / 1000) + 1) > 0;
}

/* Receives with the kernel's stamp. */
static ssize_t receive(int fd, void *buf, size_t len, uint64_t *at_us, struct sockaddr_ll *from)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {buf, len};
	struct msghdr m = {.msg_name = from,
			   .msg_namelen = from ? sizeof(*from) : 0,
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(fd, &m, 0);
	struct cmsghdr *c = got < 0 ? NULL : CMSG_FIRSTHDR(&m);
	struct timespec ts;

	*at_us = now_us();
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		*at_us = (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
	}
	return got;
}

static int stamped(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
}

static void sleep_until(uint64_t at_us)
{
	struct timespec ts = {(time_t)(at_us / 1000000), (long)(at_us % 1000000) * 1000};

	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static int flow_send(char **arg)
{
	struct sockaddr_in from, to;
	uint32_t every_ms, seconds;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t at = now_us(), end;

	if (!socket_address(&from, arg[0], "0") || !socket_address(&to, arg[1], arg[2]) ||
	    text_u32(arg[3], 1, 60000, &every_ms) || text_u32(arg[4], 1, 3600, &seconds))
		return 2;
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)))
		return fail("send");
	end = at + (uint64_t)seconds * 1000000;
	for (unsigned int n = 1; at < end; n++, at += (uint64_t)every_ms * 1000) {
		char text[16];
		int len = snprintf(text, sizeof(text), "%u", n);

		sleep_until(at);
		printf("%u %llu\n", n, (unsigned long long)now_us());
		/* Refused while there is no SA: the number is lost, as it should be. */
		sendto(fd, text, (size_t)len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
	}
	return 0;
}

static int flow_recv(char **arg)
{
	struct sockaddr_in own;
	uint32_t seconds;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t end = now_us(), at;
	char text[PACKET_MAX];

	if (!socket_address(&own, arg[0], arg[1]) || text_u32(arg[2], 1, 3600, &seconds))
		return 2;
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) || stamped(fd))
		return fail("recv");
	end += (uint64_t)seconds * 1000000;
	while (wait_until(fd, end)) {
		ssize_t got = receive(fd, text, sizeof(text) - 1, &at, NULL);

		if (got <= 0)
			continue;
		text[got] = '\0';
		printf("%s %llu\n", text, (unsigned long long)at);
	}
	return 0;
}

/* Outer IPv4 or IPv6 without extension headers: protocol 50, then SPI and sequence number. */
static bool read_esp(struct view packet, uint32_t *spi, uint32_t *seq)
{
	struct reader r = reader_of(packet);
	uint8_t first = reader_u8(&r), proto;

	if (first >> 4 == 4) {
		reader_skip(&r, 8);
		proto = reader_u8(&r);
		reader_skip(&r, 10 + (size_t)(first & 15) * 4 - 20);
	} else {
		reader_skip(&r, 5);
		proto = reader_u8(&r);
		reader_skip(&r, 33);
	}
	*spi = reader_u32(&r);
	*seq = reader_u32(&r);
	return reader_ok(&r) && proto == IPPROTO_ESP;
}

static int flow_esp(char **arg)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)}, from;
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t end = now_us(), at;
	uint32_t seconds, spi, seq;
	uint8_t buf[PACKET_MAX];

	ll.sll_ifindex = (int)if_nametoindex(arg[0]);
	if (!ll.sll_ifindex || text_u32(arg[1], 1, 3600, &seconds))
		return 2;
	if (fd < 0 || bind(fd, (struct sockaddr *)&ll, sizeof(ll)) || stamped(fd))
		return fail("esp");
	end += (uint64_t)seconds * 1000000;
	while (wait_until(fd, end)) {
		ssize_t got = receive(fd, buf, sizeof(buf), &at, &from);

		if (got > 0 && read_esp((struct view){buf, (size_t)got}, &spi, &seq))
			printf("0x%X %u %llu %s\n", spi, seq, (unsigned long long)at,
			       from.sll_pkttype == PACKET_OUTGOING ? "out" : "in");
	}
	return 0;
}

static int flow_ready(char **arg)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t end = now_us();
	uint32_t seconds;
	char text[PACKET_MAX];

	if (text_copy(un.sun_path, sizeof(un.sun_path), arg[0]) >= sizeof(un.sun_path) ||
	    text_u32(arg[1], 1, 3600, &seconds))
		return 2;
	unlink(arg[0]);
	/* Router says it, and may run as its own user. */
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) || chmod(arg[0], 0666))
		return fail("ready");
	end += (uint64_t)seconds * 1000000;
	while (wait_until(fd, end)) {
		ssize_t got = recv(fd, text, sizeof(text) - 1, 0);

		text[got > 0 ? got : 0] = '\0';
		if (!strstr(text, "READY=1"))
			continue;
		printf("ready %llu\n", (unsigned long long)now_us());
		return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **arg);
	} modes[] = {{"send", 5, flow_send},
		     {"recv", 3, flow_recv},
		     {"esp", 2, flow_esp},
		     {"ready", 2, flow_ready}};
	int status = 2;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (argc > 1 && !strcmp(argv[1], modes[i].name) && argc == modes[i].args + 2)
			status = modes[i].run(argv + 2);
	if (status == 2)
		fprintf(stderr, "flow: see the head of tests/lab/flow.c\n");
	return status;
}
