#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/error.h"
#include "base/loop.h"
#include "net/netlink.h"
#include "net/netlink_internal.h"
#include "tests/unit/netns.h"

/* What the handlers saw. */
struct seen {
	struct netlink *nl;
	unsigned int messages, acks, dones, overruns;
	uint32_t last_seq, ack_seq, done_seq, last_pid;
	uint16_t last_type;
	int ack_error, done_error;
	char ack_text[100];
	bool close_at_message;
};

static void on_message(void *ctx, const struct nlmsghdr *h)
{
	struct seen *s = ctx;

	s->messages++;
	s->last_seq = h->nlmsg_seq;
	s->last_pid = h->nlmsg_pid;
	s->last_type = h->nlmsg_type;
	if (s->close_at_message)
		netlink_close(s->nl);
}

static void on_ack(void *ctx, uint32_t seq, int error, const char *text)
{
	struct seen *s = ctx;

	s->acks++;
	s->ack_seq = seq;
	s->ack_error = error;
	snprintf(s->ack_text, sizeof(s->ack_text), "%s", text ? text : "");
}

static void on_done(void *ctx, uint32_t seq, int error)
{
	struct seen *s = ctx;

	s->dones++;
	s->done_seq = seq;
	s->done_error = error;
}

static void on_overrun(void *ctx)
{
	((struct seen *)ctx)->overruns++;
}

static const struct netlink_ops ops = {on_message, on_ack, on_done, on_overrun};
static const struct netlink_config route = {
	.protocol = NETLINK_ROUTE, .wipe = true, .name = "route"};

static struct netlink *open_route(struct seen *s)
{
	*s = (struct seen){0};
	s->nl = netlink_open(NULL, &route, &ops, s, NULL);
	assert_non_null(s->nl);
	return s->nl;
}

static struct nl_msg *link_request(uint16_t flags, int ifindex)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, flags);

	assert_int_equal(nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO), 0);
	return msg;
}

static void drain(struct netlink *nl)
{
	while (!netlink_receive(nl))
		;
}

/* An address on or off the loopback: 127.0.0.x is always there, 10.x makes a notification. */
static void change_address(struct netlink *nl, uint16_t type, uint32_t host_order, uint32_t *seq)
{
	struct ifaddrmsg ifa = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 1};
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_ACK | NLM_F_CREATE);
	uint32_t a = htonl(host_order);

	nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO);
	nla_put(msg, IFA_LOCAL, sizeof(a), &a);
	assert_int_equal(netlink_send(nl, msg, seq), 0);
	nlmsg_free(msg);
}

static void test_a_dump_gives_messages_and_an_end(void **state)
{
	struct seen s;
	struct netlink *nl = open_route(&s);
	struct nl_msg *msg = link_request(NLM_F_DUMP, 0);
	uint32_t seq = 0;

	(void)state;
	assert_int_equal(netlink_send(nl, msg, &seq), 0);
	nlmsg_free(msg);
	assert_int_not_equal(seq, 0);
	drain(nl);
	assert_true(s.messages >= 1);
	assert_int_equal(s.last_type, RTM_NEWLINK);
	assert_int_equal(s.last_seq, seq);
	assert_int_equal(s.last_pid, netlink_port(nl));
	assert_int_equal(s.dones, 1);
	assert_int_equal(s.done_seq, seq);
	assert_int_equal(s.done_error, 0);
	netlink_close(nl);
}

static void test_requests_have_numbers_of_their_own(void **state)
{
	struct seen s;
	struct netlink *nl = open_route(&s);
	struct nl_msg *msg = link_request(0, 1);
	uint32_t first, second;

	(void)state;
	assert_int_equal(netlink_send(nl, msg, &first), 0);
	assert_int_equal(netlink_send(nl, msg, &second), 0);
	nlmsg_free(msg);
	assert_int_equal(second, first + 1);
	drain(nl);
	assert_int_equal(s.messages, 2);
	assert_int_equal(s.last_seq, second);
	netlink_close(nl);
}

static void test_a_refusal_carries_the_errno_and_the_number(void **state)
{
	struct seen s;
	struct netlink *nl = open_route(&s);
	struct nl_msg *msg = link_request(NLM_F_ACK, 987654);
	uint32_t seq;

	(void)state;
	assert_int_equal(netlink_send(nl, msg, &seq), 0);
	nlmsg_free(msg);
	drain(nl);
	assert_int_equal(s.acks, 1);
	assert_int_equal(s.ack_error, -ENODEV);
	assert_int_equal(s.ack_seq, seq);
	assert_int_equal(s.messages, 0);
	netlink_close(nl);
}

static void test_the_kernels_own_words_come_with_a_refusal(void **state)
{
	struct seen s;
	struct netlink *nl = open_route(&s);
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE);
	struct rtmsg rtm = {.rtm_family = AF_INET, .rtm_dst_len = 99};

	(void)state;
	nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO);
	assert_int_equal(netlink_send(nl, msg, NULL), 0);
	nlmsg_free(msg);
	drain(nl);
	assert_int_equal(s.acks, 1);
	assert_true(s.ack_error < 0);
	/* Words need the capability to come that far. */
	if (s.ack_error != -EPERM)
		assert_string_not_equal(s.ack_text, "");
	netlink_close(nl);
}

static void test_changes_of_others_come_by_multicast(void **state)
{
	struct seen mine, theirs;
	struct netlink *listener, *actor;
	uint32_t seq;

	(void)state;
	if (!netns_own())
		skip();
	listener = open_route(&mine);
	actor = open_route(&theirs);
	assert_int_equal(netlink_join(listener, RTNLGRP_IPV4_IFADDR), 0);
	change_address(actor, RTM_NEWADDR, 0x0a010203, &seq);
	drain(actor);
	assert_int_equal(theirs.acks, 1);
	assert_int_equal(theirs.ack_error, 0);
	drain(listener);
	assert_int_equal(mine.messages, 1);
	assert_int_equal(mine.last_type, RTM_NEWADDR);
	/* The author: whoever asked for the change. */
	assert_int_equal(mine.last_pid, netlink_port(actor));
	assert_int_equal(mine.last_seq, seq);
	assert_int_not_equal(netlink_port(actor), netlink_port(listener));
	netlink_close(listener);
	netlink_close(actor);
}

static void test_one_reading_is_bounded(void **state)
{
	static const struct netlink_config roomy = {
		.protocol = NETLINK_ROUTE, .receive_bytes = 4 << 20, .name = "roomy"};
	struct seen mine = {0}, theirs;
	struct netlink *listener, *actor;
	unsigned int first;

	(void)state;
	if (!netns_own())
		skip();
	listener = netlink_open(NULL, &roomy, &ops, &mine, NULL);
	assert_non_null(listener);
	assert_int_equal(netlink_join(listener, RTNLGRP_IPV4_IFADDR), 0);
	actor = open_route(&theirs);
	for (uint32_t i = 1; i <= 100; i++) {
		change_address(actor, RTM_NEWADDR, 0x0a030000 + i, NULL);
		drain(actor);
	}
	/* More is there: 0, and the loop's turn goes on to others. */
	assert_int_equal(netlink_receive(listener), 0);
	first = mine.messages;
	assert_in_range(first, 1, 99);
	assert_int_equal(netlink_receive(listener), -EAGAIN);
	assert_int_equal(mine.messages, 100);
	assert_int_equal(mine.overruns, 0);
	netlink_close(listener);
	netlink_close(actor);
}

static void test_lost_messages_are_told_apart(void **state)
{
	static const struct netlink_config tiny = {
		.protocol = NETLINK_ROUTE, .receive_bytes = 1, .name = "tiny"};
	struct seen mine = {0}, theirs;
	struct netlink *listener, *actor;
	struct netlink_stats stats;

	(void)state;
	if (!netns_own())
		skip();
	listener = netlink_open(NULL, &tiny, &ops, &mine, NULL);
	assert_non_null(listener);
	assert_int_equal(netlink_join(listener, RTNLGRP_IPV4_IFADDR), 0);
	actor = open_route(&theirs);
	for (uint32_t i = 1; i < 60; i++) {
		change_address(actor, RTM_NEWADDR, 0x0a020000 + i, NULL);
		drain(actor);
	}
	drain(listener);
	assert_true(mine.messages > 0 && mine.messages < 59);
	assert_int_equal(mine.overruns, 1);
	netlink_stats(listener, &stats);
	assert_int_equal(stats.overruns, 1);
	/* It goes on afterwards. */
	mine.messages = 0;
	change_address(actor, RTM_DELADDR, 0x0a020001, NULL);
	drain(listener);
	assert_int_equal(mine.messages, 1);
	netlink_close(listener);
	netlink_close(actor);
}

/* A datagram from another process's socket, not from the kernel. */
static void forge(struct netlink *nl, const void *data, size_t len)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = netlink_port(nl)};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_USERSOCK);

	assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
	close(fd);
}

static void test_what_is_not_from_the_kernel_is_ignored(void **state)
{
	static const struct netlink_config user = {.protocol = NETLINK_USERSOCK, .name = "user"};
	struct nlmsghdr h = {.nlmsg_len = sizeof(h), .nlmsg_type = RTM_NEWLINK};
	struct netlink_stats stats;
	struct seen s = {0};
	struct netlink *nl = netlink_open(NULL, &user, &ops, &s, NULL);

	(void)state;
	assert_non_null(nl);
	forge(nl, &h, sizeof(h));
	drain(nl);
	assert_int_equal(s.messages, 0);
	netlink_stats(nl, &stats);
	assert_int_equal(stats.foreign, 1);
	assert_int_equal(stats.received, 0);
	netlink_close(nl);
}

static void test_a_handler_may_close_the_socket(void **state)
{
	struct seen s;
	struct netlink *nl = open_route(&s);
	struct nl_msg *msg = link_request(0, 1);

	(void)state;
	s.close_at_message = true;
	assert_int_equal(netlink_send(nl, msg, NULL), 0);
	assert_int_equal(netlink_send(nl, msg, NULL), 0);
	nlmsg_free(msg);
	assert_int_equal(netlink_receive(nl), -EAGAIN);
	assert_int_equal(s.messages, 1);
	netlink_close(NULL);
}

static void test_the_loop_reads_by_itself(void **state)
{
	struct loop *loop = loop_new();
	struct seen s = {0};
	struct netlink *nl = netlink_open(loop, &route, &ops, &s, NULL);
	struct nl_msg *msg = link_request(NLM_F_DUMP, 0);

	(void)state;
	assert_non_null(nl);
	assert_true(netlink_fd(nl) >= 0);
	assert_int_equal(netlink_send(nl, msg, NULL), 0);
	nlmsg_free(msg);
	for (unsigned int i = 0; i < 20 && !s.dones; i++)
		loop_turn(loop, 1000);
	assert_int_equal(s.dones, 1);
	netlink_close(nl);
	loop_free(loop);
}

static void test_handlers_may_be_left_out(void **state)
{
	static const struct netlink_ops none;
	struct netlink *nl = netlink_open(NULL, &route, &none, NULL, NULL);
	struct nl_msg *dump = link_request(NLM_F_DUMP, 0), *bad = link_request(0, 987654);
	struct netlink_stats stats;

	(void)state;
	assert_int_equal(netlink_send(nl, dump, NULL), 0);
	drain(nl);
	assert_int_equal(netlink_send(nl, bad, NULL), 0);
	drain(nl);
	netlink_stats(nl, &stats);
	assert_int_equal(stats.sent, 2);
	assert_true(stats.received >= 3);
	nlmsg_free(dump);
	nlmsg_free(bad);
	netlink_close(nl);
}

static void test_a_protocol_that_is_not_there_is_said(void **state)
{
	static const struct netlink_config odd = {.protocol = 31, .name = "odd"};
	struct error err = {0};

	(void)state;
	assert_null(netlink_open(NULL, &odd, &ops, NULL, &err));
	assert_non_null(strstr(err.text, "netlink socket (odd) cannot be opened"));
	assert_true(err.code < 0);
}

static void test_a_group_that_cannot_be_is_refused(void **state)
{
	struct seen s;
	struct netlink *nl = open_route(&s);

	(void)state;
	assert_int_equal(netlink_join(nl, 100000), -EINVAL);
	netlink_close(nl);
}

static int open_and_close(void *arg)
{
	struct error err = {0};
	struct seen s;
	struct netlink *nl = netlink_open(arg, &route, &ops, &s, &err);

	netlink_close(nl);
	assert_int_equal(err.code, nl ? 0 : -ENOMEM);
	return err.code;
}

static void test_without_memory_there_is_no_socket(void **state)
{
	struct loop *loop = loop_new();

	(void)state;
	/* The object, its buffer, the descriptor on the loop. */
	assert_int_equal(unit_fail_each_allocation(open_and_close, loop), 3);
	loop_free(loop);
}

static void test_without_descriptors_there_is_no_socket(void **state)
{
	struct error err = {0};
	struct netlink *nl;

	(void)state;
	unit_forbid_descriptors(true);
	nl = netlink_open(NULL, &route, &ops, NULL, &err);
	unit_forbid_descriptors(false);
	assert_null(nl);
	assert_true(err.code < 0);
}

/* Datagrams by hand, as a broken or another kernel might send them. */

#define ROOM 512

struct datagram {
	_Alignas(8) uint8_t bytes[ROOM];
	size_t len;
};

static struct nlmsghdr *add(struct datagram *d, uint16_t type, uint16_t flags, const void *data,
			    size_t len)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)(d->bytes + d->len);

	*h = (struct nlmsghdr){.nlmsg_len = (uint32_t)(sizeof(*h) + len),
			       .nlmsg_type = type,
			       .nlmsg_flags = flags,
			       .nlmsg_seq = 7};
	if (len)
		memcpy(h + 1, data, len);
	d->len += NLMSG_ALIGN(h->nlmsg_len);
	assert_true(d->len <= ROOM);
	return h;
}

static uint64_t malformed(const struct netlink *nl)
{
	struct netlink_stats stats;

	netlink_stats(nl, &stats);
	return stats.malformed;
}

static void test_a_message_longer_than_its_datagram_is_not_read(void **state)
{
	struct datagram d = {0};
	struct seen s;
	struct netlink *nl = open_route(&s);

	(void)state;
	add(&d, RTM_NEWLINK, 0, "abcd", 4);
	add(&d, RTM_NEWLINK, 0, "abcd", 4)->nlmsg_len = 4000;
	netlink_feed(nl, d.bytes, d.len);
	assert_int_equal(s.messages, 1);
	assert_int_equal(malformed(nl), 1);
	/* Shorter than its own header. */
	d = (struct datagram){0};
	add(&d, RTM_NEWLINK, 0, NULL, 0)->nlmsg_len = 3;
	netlink_feed(nl, d.bytes, d.len);
	netlink_feed(nl, d.bytes, 5);
	netlink_feed(nl, d.bytes, 0);
	assert_int_equal(s.messages, 1);
	assert_int_equal(malformed(nl), 3);
	netlink_close(nl);
}

static void test_control_messages_are_no_data(void **state)
{
	struct datagram d = {0};
	struct seen s;
	struct netlink *nl = open_route(&s);

	(void)state;
	add(&d, NLMSG_NOOP, 0, NULL, 0);
	add(&d, NLMSG_OVERRUN, 0, NULL, 0);
	add(&d, NLMSG_MIN_TYPE - 1, 0, NULL, 0);
	netlink_feed(nl, d.bytes, d.len);
	assert_int_equal(s.messages, 0);
	assert_int_equal(s.overruns, 1);
	netlink_close(nl);
}

static void test_a_dump_that_was_interrupted_says_so_once(void **state)
{
	struct datagram d = {0};
	int zero = 0, refused = -ENOENT, odd = 5;
	struct seen s;
	struct netlink *nl = open_route(&s);

	(void)state;
	add(&d, RTM_NEWLINK, NLM_F_MULTI | NLM_F_DUMP_INTR, NULL, 0);
	add(&d, NLMSG_DONE, NLM_F_MULTI, &zero, sizeof(zero));
	netlink_feed(nl, d.bytes, d.len);
	assert_int_equal(s.done_error, -EINTR);
	d = (struct datagram){0};
	add(&d, NLMSG_DONE, NLM_F_MULTI, NULL, 0);
	netlink_feed(nl, d.bytes, d.len);
	assert_int_equal(s.done_error, 0);
	d = (struct datagram){0};
	add(&d, NLMSG_DONE, NLM_F_MULTI, &refused, sizeof(refused));
	netlink_feed(nl, d.bytes, d.len);
	assert_int_equal(s.done_error, -ENOENT);
	d = (struct datagram){0};
	add(&d, NLMSG_DONE, NLM_F_MULTI, &odd, sizeof(odd));
	netlink_feed(nl, d.bytes, d.len);
	assert_int_equal(s.done_error, 0);
	assert_int_equal(s.dones, 4);
	netlink_close(nl);
}

/* An error message with words: the errno, the request's header, one attribute. */
static void feed_words(struct netlink *nl, const char *words, size_t len, uint16_t attr_len)
{
	struct {
		struct nlmsgerr e;
		struct nlattr attr;
		char words[100];
	} m = {.e.error = -EINVAL, .attr = {attr_len, NLMSGERR_ATTR_MSG}};
	struct datagram d = {0};

	memcpy(m.words, words, len);
	add(&d, NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, &m, sizeof(m.e) + sizeof(m.attr) + len);
	netlink_feed(nl, d.bytes, d.len);
}

static void test_the_kernels_words_are_read_within_their_bounds(void **state)
{
	struct datagram d = {0};
	struct seen s;
	struct netlink *nl = open_route(&s);

	(void)state;
	feed_words(nl, "bad mark", 9, 4 + 9);
	assert_string_equal(s.ack_text, "bad mark");
	assert_int_equal(s.ack_seq, 7);
	/* Without its end, and with a length over the message's. */
	feed_words(nl, "endless", 7, 4 + 7);
	assert_string_equal(s.ack_text, "");
	feed_words(nl, "bad mark", 9, 4000);
	assert_string_equal(s.ack_text, "");
	assert_int_equal(s.acks, 3);
	assert_int_equal(s.ack_error, -EINVAL);
	add(&d, NLMSG_ERROR, 0, "abcd", 4);
	netlink_feed(nl, d.bytes, d.len);
	assert_int_equal(s.acks, 3);
	assert_int_equal(malformed(nl), 1);
	netlink_close(nl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_dump_gives_messages_and_an_end),
		cmocka_unit_test(test_requests_have_numbers_of_their_own),
		cmocka_unit_test(test_a_refusal_carries_the_errno_and_the_number),
		cmocka_unit_test(test_the_kernels_own_words_come_with_a_refusal),
		cmocka_unit_test(test_changes_of_others_come_by_multicast),
		cmocka_unit_test(test_one_reading_is_bounded),
		cmocka_unit_test(test_lost_messages_are_told_apart),
		cmocka_unit_test(test_what_is_not_from_the_kernel_is_ignored),
		cmocka_unit_test(test_a_handler_may_close_the_socket),
		cmocka_unit_test(test_the_loop_reads_by_itself),
		cmocka_unit_test(test_handlers_may_be_left_out),
		cmocka_unit_test(test_a_protocol_that_is_not_there_is_said),
		cmocka_unit_test(test_a_group_that_cannot_be_is_refused),
		cmocka_unit_test(test_without_memory_there_is_no_socket),
		cmocka_unit_test(test_without_descriptors_there_is_no_socket),
		cmocka_unit_test(test_a_message_longer_than_its_datagram_is_not_read),
		cmocka_unit_test(test_control_messages_are_no_data),
		cmocka_unit_test(test_a_dump_that_was_interrupted_says_so_once),
		cmocka_unit_test(test_the_kernels_words_are_read_within_their_bounds),
	};

	return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
