#include "tests/unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/error.h"
#include "base/text.h"
#include "net/holder.h"
#include "net/netlink.h"
#include "net/udp.h"
#include "tests/unit/netns.h"

static struct endpoint endpoint(const char *text, uint16_t port)
{
	struct endpoint e = {.port = port};

	assert_int_equal(addr_parse(&e.addr, text), 0);
	return e;
}

static struct view view(const char *text)
{
	return (struct view){(const uint8_t *)text, strlen(text)};
}

static ssize_t wait_and_recv(const struct udp_socket *s, void *buf, size_t cap,
			     struct udp_meta *meta)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	poll(&p, 1, 2000);
	return udp_recv(s, buf, cap, meta);
}

/* The kernel finishes adding an IPv6 address after it has acknowledged it, and a packet that comes
 * before is lost: sends until one arrives, 2 s at most. */
static ssize_t send_until_received(const struct udp_socket *a, const struct addr *src,
				   const struct endpoint *to, const struct udp_socket *b, char *buf,
				   size_t cap, struct udp_meta *meta)
{
	struct pollfd p = {.fd = b->fd, .events = POLLIN};
	int tries = 0;

	do {
		assert_int_equal(udp_send(a, src, to, view("ping")), 0);
	} while (poll(&p, 1, 20) == 0 && ++tries < 100);
	return udp_recv(b, buf, cap, meta);
}

/* From `src` at one socket to `dst` at another, and the answer from where it was sent to. */
static void both_ends_are_known(int family, const char *src, const char *dst)
{
	struct endpoint from = endpoint(src, 0), to = endpoint(dst, 0), answer;
	struct udp_socket a, b;
	struct udp_meta meta;
	char buf[32];

	assert_int_equal(udp_open(&a, family, 0, 0, NULL), 0);
	assert_int_equal(udp_open(&b, family, 0, 0, NULL), 0);
	assert_int_equal(udp_recv(&b, buf, sizeof(buf), &meta), -EAGAIN);
	from.port = a.port;
	to.port = b.port;
	assert_int_equal(send_until_received(&a, &from.addr, &to, &b, buf, sizeof(buf), &meta), 4);
	assert_true(endpoint_equal(&meta.src, &from));
	assert_true(endpoint_equal(&meta.dst, &to));
	assert_int_not_equal(meta.ifindex, 0);
	answer = meta.src;
	assert_int_equal(udp_send(&b, &meta.dst.addr, &answer, view("pong!")), 0);
	assert_int_equal(wait_and_recv(&a, buf, sizeof(buf), &meta), 5);
	assert_true(endpoint_equal(&meta.src, &to));
	assert_true(endpoint_equal(&meta.dst, &from));
	udp_close(&a);
	udp_close(&b);
}

static void test_both_ends_of_an_ipv4_packet_are_known_and_chosen(void **state)
{
	(void)state;
	both_ends_are_known(AF_INET, "127.0.0.2", "127.0.0.3");
}

static void on_ack(void *ctx, uint32_t seq, int error, const char *text)
{
	(void)seq;
	(void)text;
	*(int *)ctx = error;
}

/* One message to the kernel; what it answered. */
static int ask_kernel(int protocol, struct nl_msg *msg)
{
	static const struct netlink_ops acks = {.ack = on_ack};
	const struct netlink_config config = {.protocol = protocol, .name = "test"};
	int result = -EPROTONOSUPPORT;
	struct netlink *nl = netlink_open(NULL, &config, &acks, &result, NULL);

	if (nl && !netlink_send(nl, msg, NULL))
		netlink_receive(nl);
	nlmsg_free(msg);
	netlink_close(nl);
	return result;
}

/* A second IPv6 address on the loopback, so that there is one to choose. */
/* The kernel makes an address and its route a moment later, on a worker (net/ipv6/addrconf.c): until
 * then it cannot be bound to, or packets for it are dropped. */
static bool is_usable(const struct addr *a)
{
	struct endpoint e = {.addr = *a};
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&e, &ss);
	struct pollfd p = {.fd = socket(a->family, SOCK_DGRAM | SOCK_CLOEXEC, 0), .events = POLLIN};
	bool ok = bind(p.fd, (struct sockaddr *)&ss, len) == 0 &&
		  getsockname(p.fd, (struct sockaddr *)&ss, &len) == 0 &&
		  sendto(p.fd, "x", 1, 0, (struct sockaddr *)&ss, len) == 1 && poll(&p, 1, 5) == 1;

	close(p.fd);
	return ok;
}

static void add_address(const char *text)
{
	struct endpoint e = endpoint(text, 0);
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE);
	struct ifaddrmsg ifa = {.ifa_family = AF_INET6,
				.ifa_prefixlen = 128,
				.ifa_flags = IFA_F_NODAD,
				.ifa_index = 1};

	nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO);
	nla_put(msg, IFA_LOCAL, 16, e.addr.bytes);
	assert_int_equal(ask_kernel(NETLINK_ROUTE, msg), 0);
	for (int i = 0; i < 1000 && !is_usable(&e.addr); i++)
		usleep(1000);
}

static void test_both_ends_of_an_ipv6_packet_are_known_and_chosen(void **state)
{
	(void)state;
	if (!netns_own())
		skip();
	add_address("fd00::2");
	add_address("fd00::3");
	both_ends_are_known(AF_INET6, "fd00::2", "fd00::3");
	both_ends_are_known(AF_INET6, "::1", "::1");
}

static void test_without_a_source_the_kernel_chooses(void **state)
{
	struct endpoint to = endpoint("127.0.0.1", 0);
	struct addr none = {0};
	struct udp_socket s;
	struct udp_meta meta;
	char buf[8];

	(void)state;
	assert_int_equal(udp_open(&s, AF_INET, 0, 0, NULL), 0);
	to.port = s.port;
	assert_int_equal(udp_send(&s, &none, &to, view("self")), 0);
	assert_int_equal(wait_and_recv(&s, buf, sizeof(buf), &meta), 4);
	assert_true(addr_equal(&meta.src.addr, &to.addr));
	udp_close(&s);
}

static void test_a_packet_longer_than_the_buffer_is_dropped(void **state)
{
	struct endpoint to = endpoint("127.0.0.1", 0);
	struct udp_socket s;
	struct udp_meta meta;
	char buf[4];

	(void)state;
	assert_int_equal(udp_open(&s, AF_INET, 0, 0, NULL), 0);
	to.port = s.port;
	assert_int_equal(udp_send(&s, &to.addr, &to, view("much too long")), 0);
	assert_int_equal(wait_and_recv(&s, buf, sizeof(buf), &meta), -EMSGSIZE);
	assert_int_equal(udp_recv(&s, buf, sizeof(buf), &meta), -EAGAIN);
	/* An empty datagram is one. */
	assert_int_equal(udp_send(&s, &to.addr, &to, view("")), 0);
	assert_int_equal(wait_and_recv(&s, buf, sizeof(buf), &meta), 0);
	udp_close(&s);
}

static void test_a_thousand_messages_may_wait(void **state)
{
	struct endpoint to = endpoint("127.0.0.1", 0);
	struct udp_socket s;
	struct udp_meta meta;
	char buf[8];
	unsigned int came = 0;

	(void)state;
	if (!netns_own())
		skip();
	assert_int_equal(udp_open(&s, AF_INET, 0, 0, NULL), 0);
	to.port = s.port;
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(udp_send(&s, &to.addr, &to, view("message")), 0);
	while (wait_and_recv(&s, buf, sizeof(buf), &meta) == 7 && ++came < 1000)
		;
	assert_int_equal(came, 1000);
	udp_close(&s);
}

static void test_families_do_not_mix(void **state)
{
	struct endpoint four = endpoint("127.0.0.1", 9), six = endpoint("::1", 9), none = {0};
	struct udp_socket s;

	(void)state;
	assert_int_equal(udp_open(&s, AF_INET, 0, 0, NULL), 0);
	assert_int_equal(udp_send(&s, &four.addr, &six, view("x")), -EAFNOSUPPORT);
	assert_int_equal(udp_send(&s, &six.addr, &four, view("x")), -EAFNOSUPPORT);
	assert_int_equal(udp_send(&s, &four.addr, &none, view("x")), -EAFNOSUPPORT);
	udp_close(&s);
	udp_close(&s);
}

static void test_an_address_that_is_not_ours_cannot_be_the_source(void **state)
{
	struct endpoint to = endpoint("127.0.0.1", 9), foreign = endpoint("192.0.2.77", 0);
	struct udp_socket s;

	(void)state;
	if (!netns_own())
		skip();
	assert_int_equal(udp_open(&s, AF_INET, 0, 0, NULL), 0);
	/* -EINVAL or -ENETUNREACH, as the routes are; never sent from another address instead. */
	assert_true(udp_send(&s, &foreign.addr, &to, view("x")) < 0);
	udp_close(&s);
}

static void test_a_passed_descriptor_is_adopted(void **state)
{
	struct udp_socket s, adopted;
	int fds[2];

	(void)state;
	assert_int_equal(udp_open(&s, AF_INET, 0, 0, NULL), 0);
	assert_int_not_equal(s.port, 0);
	assert_int_equal(udp_adopt(&adopted, s.fd), 0);
	assert_int_equal(adopted.family, AF_INET);
	assert_int_equal(adopted.port, s.port);
	udp_close(&s);
	assert_int_equal(udp_adopt(&adopted, -1), -EBADF);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	assert_int_equal(udp_adopt(&adopted, fds[0]), -EAFNOSUPPORT);
	close(fds[0]);
	close(fds[1]);
}

static void test_a_port_in_use_is_refused_and_its_holder_named(void **state)
{
	char name[32], holder[HOLDER_STRLEN], expected[160];
	struct error err = {0};
	struct udp_socket a, b;

	(void)state;
	assert_int_equal(udp_open(&a, AF_INET, 0, 0, NULL), 0);
	assert_int_equal(udp_open(&b, AF_INET, a.port, 0, &err), -EADDRINUSE);
	assert_int_equal(b.fd, -1);
	assert_true(holder_process_name(getpid(), name, sizeof(name)));
	snprintf(expected, sizeof(expected), "UDP port %u is in use by %s (pid %d)", a.port, name,
		 (int)getpid());
	assert_string_equal(err.text, expected);
	/* Of the other family the port is free. */
	assert_false(holder_of_udp_port(AF_INET6, a.port, holder));
	assert_string_equal(holder, "another program");
	udp_close(&a);
	assert_false(holder_of_udp_port(AF_INET, a.port, holder));
}

static void test_a_socket_of_both_families_holds_the_ipv4_port(void **state)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(any);
	char holder[HOLDER_STRLEN];

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &len), 0);
	assert_true(holder_of_udp_port(AF_INET, ntohs(any.sin6_port), holder));
	close(fd);
}

/* A process without privileges does not see whose socket it is; what it saw before, it knows. */
static void test_a_holder_is_remembered_while_the_socket_is_the_same(void **state)
{
	char holder[HOLDER_STRLEN];
	struct holder_memory m;
	struct udp_socket a;
	uint16_t port;

	(void)state;
	assert_int_equal(udp_open(&a, AF_INET, 0, 0, NULL), 0);
	port = a.port;
	holder_remember(AF_INET, port, &m);
	assert_int_not_equal(m.inode, 0);
	text_copy(m.name, sizeof(m.name), "somebody of before");
	holder_recall(AF_INET, port, &m, holder);
	assert_string_equal(holder, "somebody of before");
	m.inode++; /* another socket by now */
	holder_recall(AF_INET, port, &m, holder);
	assert_non_null(strstr(holder, "(pid "));
	udp_close(&a);
	holder_remember(AF_INET, port, &m);
	assert_int_equal(m.inode, 0);
	holder_recall(AF_INET, port, &m, holder);
	assert_string_equal(holder, "another program");
}

static void test_a_process_that_is_not_there_has_no_name(void **state)
{
	char name[8] = "zzz", one[2];

	(void)state;
	assert_false(holder_process_name(-1, name, sizeof(name)));
	assert_string_equal(name, "");
	assert_false(holder_process_name(0x7fffffff, name, sizeof(name)));
	assert_true(holder_process_name(getpid(), name, sizeof(name)));
	assert_true(strlen(name) <= 7);
	assert_false(holder_process_name(getpid(), one, 1));
}

static void test_ipv4_and_ipv6_hold_the_ike_ports_side_by_side(void **state)
{
	static const struct {
		int family;
		uint16_t port;
		unsigned int flags;
	} rows[] = {{AF_INET, 500, 0}, {AF_INET, 4500, 0}, {AF_INET6, 500, 0}, {AF_INET6, 4500, 0}};
	struct udp_socket s[4];

	(void)state;
	if (!netns_own())
		skip();
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(udp_open(&s[i], rows[i].family, rows[i].port, rows[i].flags, NULL),
				 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(s[i].port, rows[i].port);
		udp_close(&s[i]);
	}
}

/* Port 4500: IKE with its marker of four zero bytes comes up, ESP is the kernel's. */
static void encap_takes_esp_only(int family, const char *self)
{
	static const uint8_t ike[] = {0, 0, 0, 0, 'i', 'k', 'e'};
	static const uint8_t esp[] = {0, 0, 0x10, 1, 0, 0, 0, 1, 'e', 's', 'p', 0, 0, 0, 0, 0};
	struct endpoint to = endpoint(self, 4500);
	struct error err = {0};
	struct udp_socket s;
	struct udp_meta meta;
	char buf[32];
	int rc = udp_open(&s, family, 4500, UDP_FLAG_ENCAP, &err);

	if (rc == -ENOPROTOOPT) {
		print_message("SKIP: %s\n", err.text);
		skip();
	}
	assert_int_equal(rc, 0);
	assert_int_equal(udp_send(&s, &to.addr, &to, (struct view){esp, sizeof(esp)}), 0);
	assert_int_equal(udp_send(&s, &to.addr, &to, (struct view){ike, sizeof(ike)}), 0);
	assert_int_equal(wait_and_recv(&s, buf, sizeof(buf), &meta), sizeof(ike));
	assert_memory_equal(buf, ike, sizeof(ike));
	assert_int_equal(udp_recv(&s, buf, sizeof(buf), &meta), -EAGAIN);
	udp_close(&s);
}

static void test_the_kernel_takes_esp_out_of_udp(void **state)
{
	(void)state;
	if (!netns_own())
		skip();
	encap_takes_esp_only(AF_INET, "127.0.0.1");
	encap_takes_esp_only(AF_INET6, "::1");
}

/* The loopback is exempt from IPsec unless told otherwise. */
static void put_loopback_under_policy(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/conf/lo/disable_xfrm", "w");

	if (!f)
		return;
	fputs("0\n", f);
	fclose(f);
}

/* A policy that drops everything to one address, as an operator's or a stale one of ours would. */
static int block_everything_to(const struct addr *a)
{
	struct nl_msg *msg = nlmsg_alloc_simple(XFRM_MSG_NEWPOLICY, NLM_F_ACK | NLM_F_CREATE);
	struct xfrm_userpolicy_info p = {
		.sel = {.family = a->family, .prefixlen_d = (uint8_t)(addr_len(a) * 8)},
		.lft = {XFRM_INF, XFRM_INF, XFRM_INF, XFRM_INF, 0, 0, 0, 0},
		.action = XFRM_POLICY_BLOCK,
		.dir = XFRM_POLICY_OUT,
	};

	memcpy(&p.sel.daddr, a->bytes, addr_len(a));
	nlmsg_append(msg, &p, sizeof(p), 0);
	return ask_kernel(NETLINK_XFRM, msg);
}

static void bypass_passes(int family, const char *self)
{
	struct endpoint to = endpoint(self, 500);
	struct udp_socket plain, bypass;
	struct error err = {0};
	int rc = block_everything_to(&to.addr);

	if (rc) {
		print_message("SKIP: this kernel has no IPsec policies: %s\n", strerror(-rc));
		skip();
	}
	assert_int_equal(udp_open(&plain, family, 0, 0, NULL), 0);
	assert_int_equal(udp_send(&plain, &to.addr, &to, view("x")), -EPERM);
	udp_close(&plain);
	rc = udp_open(&bypass, family, 500, UDP_FLAG_BYPASS, &err);
	if (rc)
		fail_msg("%s", err.text);
	assert_int_equal(udp_send(&bypass, &to.addr, &to, view("x")), 0);
	udp_close(&bypass);
}

static void test_a_policy_that_drops_everything_does_not_drop_ike(void **state)
{
	(void)state;
	if (!netns_own())
		skip();
	put_loopback_under_policy();
	bypass_passes(AF_INET, "127.0.0.9");
	bypass_passes(AF_INET6, "::1");
}

/* A child with a name of its own that holds the port; gone when the pipe closes. */
static pid_t child_that_holds(const char *name, uint16_t *port, int *leash)
{
	int up[2], down[2];
	struct udp_socket s;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	pid = fork();
	if (pid == 0) {
		close(down[1]);
		prctl(PR_SET_NAME, name);
		if (udp_open(&s, AF_INET, 0, 0, NULL) || write(up[1], &s.port, 2) != 2)
			_exit(1);
		_exit(read(down[0], &byte, 1) != 0);
	}
	close(down[0]);
	assert_int_equal(read(up[0], port, 2), 2);
	close(up[0]);
	close(up[1]);
	*leash = down[1];
	return pid;
}

/* Without privileges another user's process cannot be looked into: as the supervisor's case is. */
static void test_an_ike_daemon_we_may_not_look_into_is_named_as_probable(void **state)
{
	char expected[HOLDER_STRLEN], holder[HOLDER_STRLEN];
	int leash, status;
	uint16_t port;
	pid_t pid, looker;

	(void)state;
	if (geteuid() != 0) {
		print_message("SKIP: only root can look as somebody else\n");
		skip();
	}
	pid = child_that_holds("charon", &port, &leash);
	assert_true(holder_of_udp_port(AF_INET, port, holder));
	snprintf(expected, sizeof(expected), "charon (pid %d)", (int)pid);
	assert_string_equal(holder, expected);
	looker = fork();
	if (looker == 0) {
		bool named = setgid(65534) == 0 && setuid(65534) == 0 &&
			     holder_of_udp_port(AF_INET, port, holder);

		_exit(!(named && strncmp(holder, "probably charon (pid ", 21) == 0));
	}
	waitpid(looker, &status, 0);
	assert_int_equal(status, 0);
	close(leash);
	waitpid(pid, &status, 0);
}

static void test_without_descriptors_or_privileges_a_socket_says_why(void **state)
{
	struct error none = {0}, family = {0}, port = {0};
	struct udp_socket s;
	int status;
	pid_t child;

	(void)state;
	unit_forbid_descriptors(true);
	assert_int_equal(udp_open(&s, AF_INET, 0, 0, &none), -EMFILE);
	unit_forbid_descriptors(false);
	assert_non_null(strstr(none.text, "UDP socket cannot be made"));
	assert_int_equal(udp_open(&s, AF_UNIX, 0, 0, &family), -EOPNOTSUPP);
	assert_non_null(strstr(family.text, "UDP socket cannot be set up"));
	if (geteuid() != 0)
		return;
	child = fork();
	if (child == 0) {
		bool ok = setgid(65534) == 0 && setuid(65534) == 0 &&
			  udp_open(&s, AF_INET, 0, UDP_FLAG_BYPASS, &none) == -EPERM &&
			  udp_open(&s, AF_INET, 500, 0, &port) == -EACCES &&
			  strstr(port.text, "UDP port 500 cannot be bound");

		_exit(!ok);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ends_of_an_ipv4_packet_are_known_and_chosen),
		cmocka_unit_test(test_both_ends_of_an_ipv6_packet_are_known_and_chosen),
		cmocka_unit_test(test_without_a_source_the_kernel_chooses),
		cmocka_unit_test(test_a_packet_longer_than_the_buffer_is_dropped),
		cmocka_unit_test(test_a_thousand_messages_may_wait),
		cmocka_unit_test(test_families_do_not_mix),
		cmocka_unit_test(test_an_address_that_is_not_ours_cannot_be_the_source),
		cmocka_unit_test(test_a_passed_descriptor_is_adopted),
		cmocka_unit_test(test_a_port_in_use_is_refused_and_its_holder_named),
		cmocka_unit_test(test_a_socket_of_both_families_holds_the_ipv4_port),
		cmocka_unit_test(test_a_holder_is_remembered_while_the_socket_is_the_same),
		cmocka_unit_test(test_a_process_that_is_not_there_has_no_name),
		cmocka_unit_test(test_an_ike_daemon_we_may_not_look_into_is_named_as_probable),
		cmocka_unit_test(test_without_descriptors_or_privileges_a_socket_says_why),
		cmocka_unit_test(test_ipv4_and_ipv6_hold_the_ike_ports_side_by_side),
		cmocka_unit_test(test_the_kernel_takes_esp_out_of_udp),
		cmocka_unit_test(test_a_policy_that_drops_everything_does_not_drop_ike),
	};

	return cmocka_run_group_tests_name("udp", tests, NULL, NULL);
}
