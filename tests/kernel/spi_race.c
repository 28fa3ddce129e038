/*
 * An SA is installed while its first packet is on the way: spi_race NETNS-FILE-OF-SENDER TRIALS.
 *
 * Each trial: a packet with a new SPI leaves SENDER (10.1.1.1), whose link delays it by about 1 ms;
 * at a moment spread evenly over 0 to 2 ms the SA of that SPI is installed here (10.1.1.2). A raw
 * socket tells that the packet arrived, however late. What the kernel did with it is then in its
 * counters: it found the SA (and the packet failed, being no real one), or it refused it. One line a
 * trial, "SPI REFUSED", for the script to hold against what was reported. The SA goes again after
 * each trial.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "xfrm/uapi.h"
#include "xfrm/xfrm.h"

#define FIRST_SPI 0x50000000u
#define SPREAD_NS 2000000L
#define SETTLE_NS 3000000L
#define POLL_NS	  50000L
#define POLLS_MAX 20000u
#define LATE_MS	  5000 /* a packet that has not arrived by then is a failure of the test */
#define CIPHER	  "ecb(cipher_null)" /* quickly there: the packets are refused or fail anyway */
#define HASH	  "hmac(sha256)"
#define KEY_BYTES 32

struct request {
	struct nlmsghdr h;
	union {
		struct xfrm_usersa_info sa;
		struct xfrm_usersa_id id;
	} u;
	uint8_t attributes[256];
};

static void die(const char *what)
{
	fprintf(stderr, "spi_race: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A raw ESP socket that belongs to another network namespace. */
static int socket_in(const char *netns)
{
	int home = open("/proc/self/ns/net", O_RDONLY), there = open(netns, O_RDONLY), fd;

	if (there < 0 || setns(there, CLONE_NEWNET))
		die(netns);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_ESP);
	if (fd < 0 || setns(home, CLONE_NEWNET))
		die("socket");
	close(there);
	close(home);
	return fd;
}

static void spin_until(const struct timespec *start, long ns)
{
	struct timespec now;

	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start->tv_sec) * 1000000000L + now.tv_nsec - start->tv_nsec < ns);
}

static void pause_ns(long ns)
{
	struct timespec t = {.tv_nsec = ns};

	nanosleep(&t, NULL);
}

static void ask(int nl, struct request *r, const char *what)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		uint8_t more[512];
	} answer;

	r->h.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(nl, r, r->h.nlmsg_len, 0) < 0 || recv(nl, &answer, sizeof(answer), 0) < 0)
		die(what);
	if (answer.h.nlmsg_type == NLMSG_ERROR && answer.e.error) {
		errno = -answer.e.error;
		die(what);
	}
}

/* An algorithm as the next attribute of the request. */
static void put_algorithm(struct request *r, uint16_t type, const char *name,
			  unsigned int key_bytes)
{
	struct nlattr *a = (struct nlattr *)(void *)((uint8_t *)r + NLMSG_ALIGN(r->h.nlmsg_len));
	struct xfrm_algo *algorithm = (struct xfrm_algo *)(void *)(a + 1);

	a->nla_type = type;
	a->nla_len = (uint16_t)(sizeof(*a) + sizeof(*algorithm) + key_bytes);
	snprintf(algorithm->alg_name, sizeof(algorithm->alg_name), "%s", name);
	algorithm->alg_key_len = key_bytes * 8;
	r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + a->nla_len;
}

static void sa_add(int nl, uint32_t spi)
{
	struct request r = {.h.nlmsg_type = XFRM_MSG_NEWSA, .h.nlmsg_flags = NLM_F_CREATE};

	r.u.sa.id.daddr.a4 = inet_addr("10.1.1.2");
	r.u.sa.saddr.a4 = inet_addr("10.1.1.1");
	r.u.sa.id.proto = IPPROTO_ESP;
	r.u.sa.id.spi = htonl(spi);
	r.u.sa.family = AF_INET;
	r.u.sa.mode = XFRM_MODE_TUNNEL;
	r.u.sa.lft.soft_byte_limit = r.u.sa.lft.hard_byte_limit = XFRM_INF;
	r.u.sa.lft.soft_packet_limit = r.u.sa.lft.hard_packet_limit = XFRM_INF;
	r.h.nlmsg_len = NLMSG_LENGTH(sizeof(r.u.sa));
	put_algorithm(&r, XFRMA_ALG_CRYPT, CIPHER, 0);
	put_algorithm(&r, XFRMA_ALG_AUTH, HASH, KEY_BYTES);
	ask(nl, &r, "NEWSA");
}

static void sa_delete(int nl, uint32_t spi)
{
	struct request r = {.h.nlmsg_type = XFRM_MSG_DELSA};

	r.u.id.daddr.a4 = inet_addr("10.1.1.2");
	r.u.id.spi = htonl(spi);
	r.u.id.family = AF_INET;
	r.u.id.proto = IPPROTO_ESP;
	r.h.nlmsg_len = NLMSG_LENGTH(sizeof(r.u.id));
	ask(nl, &r, "DELSA");
}

static uint64_t counter(int fd, const char *name)
{
	uint64_t n;

	if (xfrm_proc_stat(fd, name, &n))
		die("xfrm_stat");
	return n;
}

/* Raw sockets get their copy just before the kernel looks for the SA. */
static void wait_for_packet(int raw_in, uint32_t spi)
{
	unsigned char p[256];
	uint32_t got;

	do {
		ssize_t n = recv(raw_in, p, sizeof(p), 0);

		if (n < 24)
			die("the packet does not arrive");
		memcpy(&got, p + 20, sizeof(got)); /* after an IPv4 header without options */
	} while (ntohl(got) != spi);
}

struct counters {
	uint64_t refused, found;
};

/* An SA that is found while it is being made is not valid yet: that is a counter of its own. */
static struct counters counters_now(int stat_fd)
{
	return (struct counters){counter(stat_fd, "XfrmInNoStates"),
				 counter(stat_fd, "XfrmInStateProtoError") +
					 counter(stat_fd, "XfrmInStateInvalid")};
}

/* True: the kernel refused the packet. Others may be refused meanwhile, but none fails. */
static bool was_refused(int stat_fd, const struct counters *before)
{
	struct counters now;
	unsigned int polls = 0;

	do {
		if (polls++ == POLLS_MAX)
			die("the kernel counts the packet nowhere");
		now = counters_now(stat_fd);
		if (now.found != before->found)
			return false;
		pause_ns(POLL_NS);
	} while (now.refused == before->refused);
	/* Perhaps another's refusal was seen before this packet's end. */
	pause_ns(SETTLE_NS);
	return counters_now(stat_fd).found == before->found;
}

static bool trial(int raw, int raw_in, int nl, int stat_fd, uint32_t spi, long offset_ns)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr("10.1.1.2")};
	uint32_t packet[16] = {htonl(spi), htonl(1)};
	struct counters before = counters_now(stat_fd);
	struct timespec start;
	bool refused;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (sendto(raw, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("sendto");
	spin_until(&start, offset_ns);
	sa_add(nl, spi);
	wait_for_packet(raw_in, spi);
	refused = was_refused(stat_fd, &before);
	pause_ns(SETTLE_NS);
	sa_delete(nl, spi);
	return refused;
}

static int receiver(void)
{
	struct timeval limit = {.tv_sec = LATE_MS / 1000};
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ESP);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("socket");
	return fd;
}

int main(int argc, char **argv)
{
	unsigned long trials = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, refused = 0;
	int nl = socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
	int stat_fd = open("/proc/net/xfrm_stat", O_RDONLY), raw, raw_in;

	if (!trials || nl < 0 || stat_fd < 0)
		die("usage: spi_race NETNS-FILE TRIALS");
	raw = socket_in(argv[1]);
	raw_in = receiver();
	for (unsigned long i = 0; i < trials; i++) {
		/* i * 7919 mod trials: each offset once, without an order */
		long offset = (long)((i * 7919 % trials) * SPREAD_NS / trials);
		bool no = trial(raw, raw_in, nl, stat_fd, FIRST_SPI + (uint32_t)i, offset);

		refused += no;
		printf("0x%x %d\n", FIRST_SPI + (uint32_t)i, no);
	}
	fprintf(stderr, "%lu trials, %lu refused\n", trials, refused);
	return 0;
}
