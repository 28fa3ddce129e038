/*
 * link against this machine's kernel, in a network namespace made for it: the loopback interface,
 * its addresses, and a TUN device that comes, is renamed and goes. Needs root; skipped otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "base/loop.h"
#include "link/link.h"
#include "tests/unit/unit.h"

#include "tests/unit/netns.h"

#define LIMIT_MS 3000

struct world {
	struct loop *loop;
	struct link *l;
	struct loop_timer limit, look;
	bool (*until)(struct world *t);
	bool late;
	unsigned int changes;
	int sock, tun;
};

static bool have_namespace;

static void on_changed(void *ctx, const char *name)
{
	struct world *t = ctx;

	assert_true(name[0] != '\0');
	t->changes++;
}

static const struct link_ops ops = {.changed = on_changed};

static void on_limit(void *arg)
{
	struct world *t = arg;

	t->late = true;
	loop_stop(t->loop);
}

static void on_look(void *arg)
{
	struct world *t = arg;

	if (t->until(t))
		loop_stop(t->loop);
	else
		loop_timer_set(&t->look, 1);
}

static void run_until(struct world *t, bool (*until)(struct world *t))
{
	t->until = until;
	t->late = false;
	loop_timer_set(&t->limit, LIMIT_MS);
	loop_timer_set(&t->look, 0);
	loop_run(t->loop);
	loop_timer_stop(&t->limit);
	loop_timer_stop(&t->look);
	assert_false(t->late);
}

static bool lo_known(struct world *t)
{
	return link_by_name(t->l, "lo");
}

static int setup(void **state)
{
	static struct world t;

	t = (struct world){.loop = loop_new(), .sock = -1, .tun = -1};
	*state = &t;
	if (!have_namespace)
		return 0;
	loop_timer_init(&t.limit, t.loop, "limit", on_limit, &t);
	loop_timer_init(&t.look, t.loop, "look", on_look, &t);
	t.sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	t.l = link_new(t.loop, NULL);
	assert_non_null(t.l);
	link_listen(t.l, &ops, &t);
	run_until(&t, lo_known);
	return 0;
}

static int teardown(void **state)
{
	struct world *t = *state;

	if (t->sock >= 0)
		close(t->sock);
	if (t->tun >= 0)
		close(t->tun);
	link_free(t->l);
	loop_free(t->loop);
	return 0;
}

static void set_flags(struct world *t, const char *name, short flags)
{
	struct ifreq r = {.ifr_flags = flags};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	assert_int_equal(ioctl(t->sock, SIOCSIFFLAGS, &r), 0);
}

static bool set_addr(struct world *t, const char *name, uint32_t addr)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(addr)};
	struct ifreq r = {0};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	memcpy(&r.ifr_addr, &sin, sizeof(sin));
	return ioctl(t->sock, SIOCSIFADDR, &r) == 0;
}

static bool lo_up(struct world *t)
{
	struct addr a = addr_v4(INADDR_LOOPBACK);

	return link_by_name(t->l, "lo")->up && link_addr_is_local(t->l, &a);
}

static bool lo_down(struct world *t)
{
	return !link_by_name(t->l, "lo")->up;
}

static bool lo_has_another(struct world *t)
{
	struct addr a = addr_v4(0x0a090807);

	return link_addr_is_local(t->l, &a);
}

static void test_loopback_comes_up_with_its_address_and_goes_down(void **state)
{
	struct world *t = *state;

	if (!have_namespace)
		skip();
	assert_true(link_by_name(t->l, "lo")->loopback);
	set_flags(t, "lo", IFF_UP);
	run_until(t, lo_up);
	assert_true(t->changes > 0);
	assert_true(set_addr(t, "lo:1", 0x0a090807));
	run_until(t, lo_has_another);
	set_flags(t, "lo", 0);
	run_until(t, lo_down);
}

static bool tun_there(struct world *t)
{
	return link_by_name(t->l, "sptest0");
}

static bool tun_renamed(struct world *t)
{
	return link_by_name(t->l, "sptest1") && !link_by_name(t->l, "sptest0");
}

static bool tun_gone(struct world *t)
{
	return !link_by_name(t->l, "sptest1");
}

static void test_an_interface_comes_is_renamed_and_goes(void **state)
{
	struct world *t = *state;
	struct ifreq r = {.ifr_name = "sptest0", .ifr_flags = IFF_TUN | IFF_NO_PI};

	if (!have_namespace)
		skip();
	t->tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (t->tun < 0 || ioctl(t->tun, TUNSETIFF, &r) < 0)
		skip();
	run_until(t, tun_there);
	assert_ptr_equal(link_by_index(t->l, link_by_name(t->l, "sptest0")->index),
			 link_by_name(t->l, "sptest0"));
	snprintf(r.ifr_newname, sizeof(r.ifr_newname), "sptest1");
	assert_int_equal(ioctl(t->sock, SIOCSIFNAME, &r), 0);
	run_until(t, tun_renamed);
	close(t->tun);
	t->tun = -1;
	run_until(t, tun_gone);
}

/* ---- figures ------------------------------------------------------------------------------------------ */

static bool refreshed;

static void on_refreshed(void *arg)
{
	(void)arg;
	refreshed = true;
}

static bool is_refreshed(struct world *t)
{
	(void)t;
	return refreshed;
}

static const struct link_counters *counters(struct world *t)
{
	refreshed = false;
	link_refresh(t->l, on_refreshed, NULL);
	run_until(t, is_refreshed);
	return &link_detail(link_by_name(t->l, "lo"))->counters;
}

/* No event tells of a packet: the kernel is asked, and what it says is new. */
static void test_packets_are_seen_in_the_counters(void **state)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(9),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct world *t = *state;
	uint64_t packets, bytes;

	if (!have_namespace)
		skip();
	set_flags(t, "lo", IFF_UP);
	run_until(t, lo_up);
	packets = counters(t)->tx_packets;
	bytes = counters(t)->rx_bytes;
	for (int i = 0; i < 7; i++)
		sendto(t->sock, "1234567890", 10, 0, (struct sockaddr *)&to, sizeof(to));
	assert_true(counters(t)->tx_packets >= packets + 7);
	assert_true(counters(t)->rx_bytes >= bytes + 7 * 38);
	assert_int_equal(counters(t)->rx_errors, 0);
}

static void test_two_who_ask_are_both_answered(void **state)
{
	struct world *t = *state;
	unsigned int before;

	if (!have_namespace)
		skip();
	refreshed = false;
	before = t->changes;
	for (int i = 0; i < 3; i++)
		link_refresh(t->l, on_refreshed, NULL);
	run_until(t, is_refreshed);
	counters(t);
	assert_int_equal(t->changes, before); /* figures are no news of an interface */
}

static bool has_alias(struct world *t)
{
	return strcmp(link_detail(link_by_name(t->l, "lo"))->alias, "home") == 0;
}

static void test_what_a_person_wrote_at_an_interface_is_seen(void **state)
{
	struct world *t = *state;
	struct link_hardware h;

	if (!have_namespace)
		skip();
	if (!netns_ip("link set lo alias home"))
		skip();
	run_until(t, has_alias);
	assert_true(link_hardware(t->l, "lo", &h) <= 0); /* it has no driver that knows a speed */
	assert_int_equal(h.speed_mbit, 0);
	assert_true(link_hardware(t->l, "none0", &h) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_loopback_comes_up_with_its_address_and_goes_down, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_interface_comes_is_renamed_and_goes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_packets_are_seen_in_the_counters, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_two_who_ask_are_both_answered, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_what_a_person_wrote_at_an_interface_is_seen,
						setup, teardown),
	};

	have_namespace = geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
