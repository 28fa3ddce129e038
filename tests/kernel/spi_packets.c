/*
 * Packets for the lab tests of detection, made by hand: what no SA of ours would send.
 *
 * spi_packets send KEY=VALUE…: src= dst= (numeric, one family), proto=esp|ah|udp, spi= seq= count=
 *   gap_us= len= (bytes after the header), sport= dport= (udp), scatter=1 (each packet another
 *   SPI), frag=first|both (IPv4: the first fragment alone, or both halves), dstopts=1 (IPv6: with a
 *   destination options header), anyone=1 (IPv4: each packet of another source, 20.0.0.0 to
 *   99.255.255.255). "then" between the words of one job and those of the next.
 * spi_packets encap ADDRESS PORT: a UDP socket that the kernel takes ESP from (UDP_ENCAP); "::" is
 *   both families.
 * spi_packets plain ADDRESS PORT: a UDP socket that it does not.
 * The last two say "ready" and stay until standard input closes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct job {
	struct sockaddr_storage src, dst;
	char proto[8], frag[8];
	unsigned long spi, seq, count, gap_us, len, sport, dport, scatter, dstopts, anyone;
};

static void die(const char *what)
{
	fprintf(stderr, "spi_packets: %s: %s\n", what, strerror(errno));
	exit(1);
}

static socklen_t parse_addr(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		return sizeof(*v6);
	}
	errno = EINVAL;
	die(text);
	return 0;
}

static void parse_word(struct job *j, char *word)
{
	char *value = strchr(word, '=');
	struct {
		const char *key;
		unsigned long *number;
	} numbers[] = {{"spi", &j->spi},       {"seq", &j->seq},	 {"count", &j->count},
		       {"gap_us", &j->gap_us}, {"len", &j->len},	 {"sport", &j->sport},
		       {"dport", &j->dport},   {"scatter", &j->scatter}, {"dstopts", &j->dstopts},
		       {"anyone", &j->anyone}};

	if (!value) {
		errno = EINVAL;
		die(word);
	}
	*value++ = 0;
	if (!strcmp(word, "src"))
		parse_addr(value, &j->src);
	else if (!strcmp(word, "dst"))
		parse_addr(value, &j->dst);
	else if (!strcmp(word, "proto"))
		snprintf(j->proto, sizeof(j->proto), "%s", value);
	else if (!strcmp(word, "frag"))
		snprintf(j->frag, sizeof(j->frag), "%s", value);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(word, numbers[i].key))
			*numbers[i].number = strtoul(value, NULL, 0);
}

static void put32(unsigned char *at, unsigned long v)
{
	uint32_t be = htonl((uint32_t)v);

	memcpy(at, &be, 4);
}

/* The part after the IP header (and the UDP header, which the socket makes). */
static size_t payload(const struct job *j, unsigned char *p, unsigned long seq)
{
	size_t fixed = 8;

	if (!strcmp(j->proto, "ah")) { /* next header, length, 0, SPI, sequence, ICV */
		p[0] = IPPROTO_ICMP;
		p[1] = 4;
		p[2] = p[3] = 0;
		put32(p + 4, j->spi);
		put32(p + 8, seq);
		fixed = 12;
	} else {
		put32(p, j->spi);
		put32(p + 4, seq);
	}
	memset(p + fixed, 0xa5, j->len);
	return fixed + j->len;
}

/* A destination options header of padding, 8 bytes. */
static void add_options(int fd)
{
	uint8_t padding[8] = {0, 0, 1, 4};

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, padding, sizeof(padding)))
		die("IPV6_DSTOPTS");
}

static int open_socket(const struct job *j)
{
	int family = j->dst.ss_family, udp = !strcmp(j->proto, "udp"), one = 1, fd;
	struct sockaddr_storage src = j->src;

	if (udp)
		fd = socket(family, SOCK_DGRAM, 0);
	else
		fd = socket(family, SOCK_RAW, !strcmp(j->proto, "ah") ? IPPROTO_AH : IPPROTO_ESP);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (udp)
		((struct sockaddr_in *)&src)->sin_port = htons((uint16_t)j->sport);
	if (src.ss_family &&
	    bind(fd, (struct sockaddr *)&src,
		 family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)))
		die("bind");
	if ((j->frag[0] || j->anyone) && setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &one, sizeof(one)))
		die("IP_HDRINCL");
	if (j->dstopts)
		add_options(fd);
	return fd;
}

/* IPv4 by hand. frag_off: in host order, as the field has it. */
static size_t with_header(const struct job *j, unsigned char *out, const unsigned char *p,
			  size_t len, unsigned int frag_off, unsigned long seq)
{
	struct iphdr ip = {.version = 4,
			   .ihl = 5,
			   .ttl = 64,
			   .protocol = !strcmp(j->proto, "ah") ? IPPROTO_AH : IPPROTO_ESP,
			   .id = htons((uint16_t)(seq + 1)),
			   .frag_off = htons((uint16_t)frag_off),
			   .tot_len = htons((uint16_t)(20 + len)),
			   .saddr = ((const struct sockaddr_in *)&j->src)->sin_addr.s_addr,
			   .daddr = ((const struct sockaddr_in *)&j->dst)->sin_addr.s_addr};

	memcpy(out, &ip, sizeof(ip));
	memcpy(out + 20, p, len);
	return 20 + len;
}

/* So that a fragment can be sent alone. */
static size_t fragment(const struct job *j, unsigned char *out, const unsigned char *p, size_t n,
		       int second, unsigned long seq)
{
	size_t half = (n / 2 + 7) & ~(size_t)7, at = second ? half : 0,
	       len = second ? n - half : half;

	return with_header(j, out, p + at, len, (unsigned int)(at / 8) | (second ? 0 : IP_MF), seq);
}

static void put_on_wire(int fd, const struct job *j, const unsigned char *p, size_t n)
{
	struct sockaddr_storage dst = j->dst;
	socklen_t len = dst.ss_family == AF_INET ? sizeof(struct sockaddr_in)
						 : sizeof(struct sockaddr_in6);

	if (!strcmp(j->proto, "udp"))
		((struct sockaddr_in *)&dst)->sin_port = htons((uint16_t)j->dport);
	if (sendto(fd, p, n, 0, (struct sockaddr *)&dst, len) < 0 && errno != ECONNREFUSED &&
	    errno != ENOBUFS)
		die("sendto");
}

static void send_one(int fd, const struct job *j, unsigned long seq)
{
	unsigned char p[2048], f[2048];
	size_t n = payload(j, p, seq);

	if (!j->frag[0]) {
		if (j->anyone)
			put_on_wire(fd, j, f, with_header(j, f, p, n, 0, seq));
		else
			put_on_wire(fd, j, p, n);
		return;
	}
	put_on_wire(fd, j, f, fragment(j, f, p, n, 0, seq));
	if (!strcmp(j->frag, "both"))
		put_on_wire(fd, j, f, fragment(j, f, p, n, 1, seq));
}

/* A sequence that is the same each time. */
static uint32_t scatter(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 32);
}

static void send_job(struct job *j)
{
	uint64_t state = 0x9e3779b97f4a7c15u;
	int fd = open_socket(j);

	for (unsigned long i = 0; i < j->count; i++) {
		if (j->scatter)
			j->spi = scatter(&state) | 256;
		if (j->anyone)
			((struct sockaddr_in *)&j->src)->sin_addr.s_addr =
				htonl(0x14000000u + scatter(&state) % 0x50000000u);
		send_one(fd, j, j->seq + i);
		if (j->gap_us)
			usleep((useconds_t)j->gap_us);
	}
	close(fd);
}

static int run_send(int argc, char **argv)
{
	const struct job fresh = {.proto = "esp",
				  .spi = 0xB761863E,
				  .seq = 1,
				  .count = 1,
				  .len = 64,
				  .sport = 4500,
				  .dport = 4500};
	struct job j = fresh;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "then") != 0) {
			parse_word(&j, argv[i]);
			continue;
		}
		send_job(&j);
		usleep(30000);
		j = fresh;
	}
	send_job(&j);
	return 0;
}

static int run_hold(int argc, char **argv, int encap)
{
	int type = UDP_ENCAP_ESPINUDP, fd;
	struct sockaddr_storage a;
	socklen_t len;
	char byte;

	if (argc < 2)
		return 2;
	len = parse_addr(argv[0], &a);
	((struct sockaddr_in *)&a)->sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	fd = socket(a.ss_family, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len))
		die("bind");
	if (encap && setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type)))
		die("UDP_ENCAP");
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "send"))
		return run_send(argc - 2, argv + 2);
	if (argc > 1 && (!strcmp(argv[1], "encap") || !strcmp(argv[1], "plain")))
		return run_hold(argc - 2, argv + 2, argv[1][0] == 'e');
	fprintf(stderr, "usage: spi_packets send|encap|plain …\n");
	return 2;
}
