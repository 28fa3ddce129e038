/*
 * daemon/xfrm against a kernel with ESP, for tests/kernel/test_xfrm_kernel (in the lab). Runs in
 * router R1 (10.1.1.1, 10.2.0.1); R2 (10.1.1.2, 10.2.0.2) has been given its SAs by hand:
 * outbound 0x1001 and 0x1003 (ESP in UDP, source port 5500), inbound 0x2002, the same key. The
 * steps build upon each other.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/udp.h>

#include "base/clock.h"
#include "base/secret.h"
#include "tests/unit/xfrm_watch.h"
#include "xfrm/netlink_internal.h"

#define LIMIT_MS  8000
#define MANY	  5000
#define IN_SPI	  0x1001
#define OUT_SPI	  0x2002
#define ENCAP_SPI 0x1003
#define REQID	  7

struct probe {
	struct loop *loop;
	struct xfrm *x;
	const struct xfrm_ops *ops;
	void *ctx;
	struct watch w;
	struct secret *key;
	struct xfrm_keys keys;
	struct loop_timer limit, look;
	bool (*until)(void);
	bool late;
	unsigned int answers, failures;
};

static struct probe p;

/* ---- The loop, until something is so ---- */

static void on_limit(void *arg)
{
	(void)arg;
	p.late = true;
	loop_stop(p.loop);
}

/* Emulation takes its time (tests/lab/run stretches the script's own limit alike). */
static uint64_t limit_ms(void)
{
	const char *kernel = getenv("LAB_KERNEL");

	return kernel && strcmp(kernel, "qemu") == 0 ? 5 * LIMIT_MS : LIMIT_MS;
}

/* The limit is set in the first turn: a foreign hand's work has kept the loop's time back. */
static void on_look(void *arg)
{
	(void)arg;
	if (!loop_timer_armed(&p.limit))
		loop_timer_set(&p.limit, limit_ms());
	if (p.until())
		loop_stop(p.loop);
	else
		loop_timer_set(&p.look, 5);
}

static void run_until(bool (*until)(void))
{
	p.until = until;
	p.late = false;
	loop_timer_set(&p.look, 0);
	loop_run(p.loop);
	loop_timer_stop(&p.limit);
	loop_timer_stop(&p.look);
	if (p.late)
		print_message("seen: \"%s\", last answer %d\n", p.w.order, p.w.err);
	assert_false(p.late);
}

static bool synced(void)
{
	return p.w.resyncs > 0;
}

static bool answered(void)
{
	return strchr(p.w.order, 'd');
}

static bool gone(void)
{
	return p.w.gone > 0;
}

static bool soft(void)
{
	return p.w.soft > 0;
}

static bool acquired(void)
{
	return p.w.acquires > 0;
}

static bool mapped(void)
{
	return p.w.mappings > 0;
}

static void forget(void)
{
	memset(&p.w, 0, sizeof(p.w));
}

static int answer(int submitted)
{
	assert_int_equal(submitted, 0);
	run_until(answered);
	memset(p.w.order, 0, sizeof(p.w.order));
	return p.w.err;
}

/* A foreign hand: runs to its end; what it caused waits in our sockets. */
static int foreign(const char *const argv[])
{
	extern char **environ;
	posix_spawn_file_actions_t quiet;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	assert_int_equal(
		posix_spawnp(&pid, argv[0], &quiet, NULL, (char *const *)(uintptr_t)argv, environ),
		0);
	posix_spawn_file_actions_destroy(&quiet);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

#define FOREIGN(...) foreign((const char *const[]){__VA_ARGS__, NULL})

static int ping(const char *to, const char *count)
{
	return FOREIGN("ping", "-c", count, "-i", "0.2", "-W", "1", to);
}

static struct xfrm_sa in_sa(void)
{
	return sa_of("10.1.1.2", "10.1.1.1", IN_SPI, REQID);
}

static struct xfrm_sa out_sa(void)
{
	struct xfrm_sa sa = sa_of("10.1.1.1", "10.1.1.2", OUT_SPI, REQID);

	sa.replay_window = 0;
	return sa;
}

static struct xfrm_policy policy(enum xfrm_dir dir)
{
	struct xfrm_policy pol = policy_of(dir, "10.1.1.1/32", "10.1.1.2/32", REQID);

	pol.tunnel_local = at("10.1.1.1");
	pol.tunnel_remote = at("10.1.1.2");
	return pol;
}

static void get(const struct xfrm_sa *sa)
{
	assert_int_equal(answer(p.ops->sa_get(p.ctx, &sa->id, watch_sa_done, &p.w)), 0);
}

static void alloc_and_install(void)
{
	struct addr src = at("10.1.1.2"), dst = at("10.1.1.1");
	struct xfrm_sa sa = in_sa();

	assert_int_equal(answer(p.ops->spi_alloc(p.ctx, &src, &dst, IPPROTO_ESP, REQID, IN_SPI,
						 IN_SPI, watch_spi_done, &p.w)),
			 0);
	assert_int_equal(p.w.spi, IN_SPI);
	assert_true(p.w.last.larval);
	assert_int_equal(answer(p.ops->sa_update(p.ctx, &sa, &p.keys, watch_done, &p.w)), 0);
}

/* ---- The steps ---- */

static void test_the_handlers_and_ciphers_are_there(void **state)
{
	(void)state;
	assert_int_equal(answer(xfrm_load_handlers(p.x, watch_done, &p.w)), 0);
	assert_int_equal(p.w.born, 7);
	assert_int_equal(p.w.gone, 7);
	assert_true(p.w.by.own);
	assert_null(xfrm_sa_next(p.x, NULL));
	forget();
}

static void test_a_larval_sa_becomes_whole_and_both_are_ours(void **state)
{
	struct xfrm_sa sa = out_sa();
	const struct xfrm_sa *it;

	(void)state;
	alloc_and_install();
	it = xfrm_sa_by_spi(p.x, IN_SPI, NULL);
	assert_non_null(it);
	assert_false(it->larval);
	assert_true(it->author.own);
	assert_int_equal(p.w.born, 1);
	assert_true(p.w.changed >= 1);
	assert_int_equal(p.w.gone, 0);
	assert_string_equal(it->encr, "rfc4106(gcm(aes))");
	assert_int_equal(it->replay_window, 32);
	assert_int_equal(answer(p.ops->sa_add(p.ctx, &sa, &p.keys, watch_done, &p.w)), 0);
	assert_int_equal(answer(p.ops->sa_add(p.ctx, &sa, &p.keys, watch_done, &p.w)), -EEXIST);
	forget();
}

static void test_policies_let_traffic_through_and_the_counters_move(void **state)
{
	struct xfrm_policy out = policy(XFRM_DIR_OUT), in = policy(XFRM_DIR_IN);
	struct xfrm_sa sa = in_sa(), sent = out_sa();

	(void)state;
	assert_int_equal(answer(p.ops->policy_put(p.ctx, &out, watch_done, &p.w)), 0);
	assert_int_equal(answer(p.ops->policy_put(p.ctx, &in, watch_done, &p.w)), 0);
	assert_int_equal(ping("10.1.1.2", "3"), 0);
	get(&sa);
	assert_int_equal(p.w.got.counters.packets, 3);
	assert_int_equal(p.w.got.counters.seq_in, 3);
	assert_true(p.w.got.counters.bytes >= 3 * 84);
	assert_true(p.w.got.counters.use_wall_s != 0);
	assert_int_equal(xfrm_sa_by_spi(p.x, IN_SPI, NULL)->counters.packets, 3);
	get(&sent);
	assert_int_equal(p.w.got.counters.seq_out, 3);
	forget();
}

static uint64_t no_states(void)
{
	int fd = open("/proc/net/xfrm_stat", O_RDONLY | O_CLOEXEC);
	uint64_t n = 0;

	assert_int_equal(xfrm_proc_stat(fd, "XfrmInNoStates", &n), 0);
	close(fd);
	return n;
}

static void test_limits_set_without_keys_expire_soft_then_hard_by_packets(void **state)
{
	struct xfrm_sa sa = in_sa();
	uint64_t before = no_states();

	(void)state;
	sa.limits.soft_packets = 5;
	sa.limits.hard_packets = 7;
	sleep(1); /* the kernel's word about an update has the update's own time of birth */
	assert_int_equal(answer(p.ops->sa_update(p.ctx, &sa, NULL, watch_done, &p.w)), 0);
	assert_int_equal(p.w.last.limits.hard_packets, 7);
	assert_string_equal(p.w.last.encr, "rfc4106(gcm(aes))"); /* not the update's */
	assert_int_equal(p.w.last.counters.packets, 3);
	assert_int_equal(ping("10.1.1.2", "3"), 0); /* the sixth is told of */
	run_until(soft);
	assert_int_equal(p.w.last.id.spi, IN_SPI);
	assert_int_equal(p.w.gone, 0);
	assert_int_equal(ping("10.1.1.2", "1"), 0); /* the seventh still passes */
	assert_int_not_equal(ping("10.1.1.2", "2"), 0);
	run_until(gone);
	assert_int_equal(p.w.why, XFRM_GONE_EXPIRED_VOLUME);
	assert_int_equal(p.w.last_gone.id.spi, IN_SPI);
	assert_int_equal(p.w.by.pid, 0);
	assert_string_equal(p.w.by.name, "");
	assert_int_equal(no_states() - before, 1); /* the eighth used it up, the ninth is refused */
	forget();
}

static void test_a_deletion_by_iproute2_names_it(void **state)
{
	(void)state;
	alloc_and_install();
	assert_int_equal(ping("10.1.1.2", "1"), 0);
	assert_int_equal(FOREIGN("ip", "xfrm", "state", "delete", "src", "10.1.1.2", "dst",
				 "10.1.1.1", "proto", "esp", "spi", "0x1001"),
			 0);
	run_until(gone);
	assert_int_equal(p.w.why, XFRM_GONE_DELETED);
	assert_false(p.w.by.own);
	assert_string_equal(p.w.by.name, "iproute2");
	assert_true(p.w.last_gone.author.own);
	forget();
}

static void test_traffic_without_an_sa_is_an_acquire_with_our_reqid(void **state)
{
	struct xfrm_sa sa = out_sa();
	struct addr remote = at("10.1.1.2");

	(void)state;
	assert_int_equal(answer(p.ops->sa_delete(p.ctx, &sa.id, watch_done, &p.w)), 0);
	assert_true(p.w.by.own);
	ping("10.1.1.2", "2");
	run_until(acquired);
	assert_int_equal(p.w.acquired_reqid, REQID);
	assert_true(addr_equal(&p.w.acquired.remote.addr, &remote));
	assert_int_equal(p.w.acquired.remote.len, 32);
	assert_int_equal(p.w.acquires, 1);
	forget();
}

static void test_a_flush_by_iproute2_takes_all_and_is_told_apart(void **state)
{
	struct xfrm_sa sa = out_sa();

	(void)state;
	alloc_and_install();
	assert_int_equal(answer(p.ops->sa_add(p.ctx, &sa, &p.keys, watch_done, &p.w)), 0);
	assert_int_equal(FOREIGN("ip", "xfrm", "state", "flush"), 0);
	assert_int_equal(FOREIGN("ip", "xfrm", "policy", "flush"), 0);
	run_until(gone);
	assert_int_equal(p.w.gone, 2);
	assert_int_equal(p.w.why, XFRM_GONE_FLUSHED);
	assert_string_equal(p.w.by.name, "iproute2");
	assert_int_equal(p.w.policies_gone, 2);
	assert_string_equal(p.w.policy_by.name, "iproute2");
	assert_null(xfrm_policy_next(p.x, NULL));
	forget();
}

static void assert_installs(const struct xfrm_sa *sa, const struct xfrm_keys *keys)
{
	const struct xfrm_sa *got;

	assert_int_equal(answer(p.ops->sa_add(p.ctx, sa, keys, watch_done, &p.w)), 0);
	got = xfrm_sa_find(p.x, &sa->id.dst, sa->id.proto, sa->id.spi, &sa->id.mark);
	assert_non_null(got);
	assert_int_equal(got->esn, sa->esn);
	assert_int_equal(got->mode, sa->mode);
	assert_int_equal(got->if_id, sa->if_id);
	assert_int_equal(got->has_selector, sa->has_selector);
	assert_true(selector_equal(&got->selector, &sa->selector));
	assert_int_equal(got->encap_dport, sa->encap_dport);
	assert_memory_equal(&got->limits, &sa->limits, sizeof(sa->limits));
	assert_int_equal(answer(p.ops->sa_delete(p.ctx, &sa->id, watch_done, &p.w)), 0);
	assert_int_equal(answer(p.ops->sa_delete(p.ctx, &sa->id, watch_done, &p.w)), -ESRCH);
}

static void test_all_kinds_of_sa_are_taken_by_the_kernel(void **state)
{
	struct secret *integ = secret_new("0123456789abcdef0123456789abcdef", 32);
	struct secret *encr = secret_new("0123456789abcdef", 16);
	struct xfrm_keys cbc = {.encr = "cbc(aes)",
				.encr_key = encr,
				.integ = "hmac(sha256)",
				.integ_key = integ,
				.icv_bits = 128};
	struct xfrm_keys ah = {.integ = "hmac(sha256)", .integ_key = integ, .icv_bits = 128};
	struct xfrm_sa sa = sa_of("fd00::2", "fd00::1", SPI_B, 9);

	(void)state;
	sa.esn = true;
	sa.replay_window = 1024;
	sa.id.mark = (struct xfrm_mark){42, 0xffffffff};
	sa.if_id = 5;
	assert_installs(&sa, &p.keys);
	sa.replay_window = 0; /* outbound */
	sa.has_selector = true;
	sa.selector = between("10.9.0.0/16", "10.8.0.0/16"); /* IPv4 in an IPv6 tunnel */
	assert_installs(&sa, &cbc);
	sa = sa_of("10.1.1.2", "10.1.1.1", SPI_A, 9);
	sa.mode = XFRM_KIND_TRANSPORT;
	sa.replay_window = 64;
	sa.limits = (struct xfrm_limits){1000, 2000, 10, 20, 100, 200};
	assert_installs(&sa, &cbc);
	sa.encap = true;
	sa.encap_sport = 4500;
	sa.encap_dport = 61000;
	assert_installs(&sa, &p.keys);
	sa.encap = false;
	sa.encap_sport = sa.encap_dport = 0;
	sa.id.proto = IPPROTO_AH;
	assert_installs(&sa, &ah);
	secret_free(encr);
	secret_free(integ);
	forget();
}

static void test_a_time_limit_expires_by_the_kernels_clock(void **state)
{
	struct xfrm_sa sa = in_sa();

	(void)state;
	sa.limits.soft_add_s = 1;
	sa.limits.hard_add_s = 2;
	assert_int_equal(answer(p.ops->sa_add(p.ctx, &sa, &p.keys, watch_done, &p.w)), 0);
	run_until(soft);
	run_until(gone);
	assert_int_equal(p.w.why, XFRM_GONE_EXPIRED_TIME);
	forget();
}

static int encap_socket(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(4500)};
	int type = UDP_ENCAP_ESPINUDP, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type)), 0);
	return fd;
}

/* R2 sends from port 5500, our SA says 4500: the kernel tells of each packet, we of the first. */
static void test_another_source_port_is_a_mapping_once_a_second(void **state)
{
	struct xfrm_sa sa = sa_of("10.2.0.2", "10.2.0.1", ENCAP_SPI, 8);
	int fd = encap_socket();

	(void)state;
	sa.encap = true;
	sa.encap_sport = sa.encap_dport = 4500;
	assert_int_equal(answer(p.ops->sa_add(p.ctx, &sa, &p.keys, watch_done, &p.w)), 0);
	ping("10.2.0.2", "4"); /* whose answers, decrypted, no policy lets in */
	run_until(mapped);
	assert_int_equal(p.w.from.port, 5500);
	assert_true(addr_equal(&p.w.from.addr, &sa.src));
	assert_int_equal(p.w.mappings, 1);
	sa.encap_sport = 5500;
	assert_int_equal(answer(p.ops->sa_update(p.ctx, &sa, NULL, watch_done, &p.w)), 0);
	assert_int_equal(p.w.last.encap_sport, 5500);
	assert_int_equal(answer(p.ops->sa_delete(p.ctx, &sa.id, watch_done, &p.w)), 0);
	close(fd);
	forget();
}

static void write_batch(const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (unsigned int i = 0; i < MANY; i++)
		fprintf(f,
			"xfrm state add src 10.77.%u.%u dst 10.1.1.1 proto esp spi 0x%x reqid 3 "
			"mode tunnel aead rfc4106(gcm(aes)) "
			"0x0102030405060708090a0b0c0d0e0f1011121314 128\n",
			i * 7919 % 251, i * 104729 % 253, 0x10000 + i);
	fclose(f);
}

static bool all_there(void)
{
	struct xfrm_stats s;

	xfrm_stats(p.x, &s);
	return xfrm_synced(p.x) && s.sas == MANY && p.w.resyncs > 0;
}

static bool none_there(void)
{
	struct xfrm_stats s;

	xfrm_stats(p.x, &s);
	return s.sas == 0;
}

static void test_5000_foreign_sas_past_a_tiny_buffer_are_found_by_a_resync(void **state)
{
	char path[] = "/tmp/xfrm_batch";
	struct xfrm_stats before, after;

	(void)state;
	write_batch(path);
	xfrm_stats(p.x, &before);
	assert_int_equal(xfrm_netlink_event_buffer(p.x, 4096), 0);
	assert_int_equal(FOREIGN("ip", "-batch", path), 0);
	run_until(all_there);
	xfrm_stats(p.x, &after);
	assert_int_equal(p.w.born, MANY);
	assert_true(after.events - before.events < MANY);
	assert_true(after.resyncs > before.resyncs);
	assert_false(xfrm_sa_by_spi(p.x, 0x10000 + MANY - 1, NULL)->author.own);
	assert_int_equal(xfrm_netlink_event_buffer(p.x, 4 << 20), 0);
	assert_int_equal(FOREIGN("ip", "xfrm", "state", "flush"), 0);
	run_until(none_there);
	assert_int_equal(p.w.gone, MANY);
	assert_int_equal(p.w.why, XFRM_GONE_FLUSHED);
	unlink(path);
	forget();
}

static void count_answer(void *arg, int err)
{
	(void)arg;
	p.answers++;
	p.failures += err != 0;
}

static bool many_answered(void)
{
	return p.answers == MANY;
}

static void test_5000_writes_of_our_own_are_pipelined(void **state)
{
	struct xfrm_sa sa = in_sa();
	uint64_t start = clock_boot_ms();
	const struct xfrm_sa *it = NULL;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		sa.src = addr_v4(0x0a000000 + i * 7919);
		sa.id.spi = 0x20000 + i;
		assert_int_equal(p.ops->sa_add(p.ctx, &sa, &p.keys, count_answer, NULL), 0);
	}
	run_until(many_answered);
	assert_int_equal(p.failures, 0);
	print_message("%u SAs in %llu ms\n", MANY, (unsigned long long)(clock_boot_ms() - start));
	assert_int_equal(p.w.born, MANY);
	while ((it = xfrm_sa_next(p.x, it)))
		assert_true(it->author.own);
	forget();
	assert_int_equal(FOREIGN("ip", "xfrm", "state", "flush"), 0);
	run_until(none_there);
	forget();
}

static int start(void **state)
{
	(void)state;
	p.loop = loop_new();
	p.x = xfrm_netlink_new(p.loop, NULL, false);
	assert_non_null(p.x);
	p.ops = xfrm_ops(p.x, &p.ctx);
	xfrm_watch(p.x, &watch_ops, &p.w);
	p.key = secret_new("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
			   "\x10\x11\x12\x13\x14",
			   20);
	p.keys =
		(struct xfrm_keys){.aead = "rfc4106(gcm(aes))", .encr_key = p.key, .icv_bits = 128};
	loop_timer_init(&p.limit, p.loop, "limit", on_limit, NULL);
	loop_timer_init(&p.look, p.loop, "look", on_look, NULL);
	run_until(synced);
	forget();
	return 0;
}

static int end(void **state)
{
	(void)state;
	xfrm_free(p.x);
	secret_free(p.key);
	loop_free(p.loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_handlers_and_ciphers_are_there),
		cmocka_unit_test(test_a_larval_sa_becomes_whole_and_both_are_ours),
		cmocka_unit_test(test_policies_let_traffic_through_and_the_counters_move),
		cmocka_unit_test(test_limits_set_without_keys_expire_soft_then_hard_by_packets),
		cmocka_unit_test(test_a_deletion_by_iproute2_names_it),
		cmocka_unit_test(test_traffic_without_an_sa_is_an_acquire_with_our_reqid),
		cmocka_unit_test(test_a_flush_by_iproute2_takes_all_and_is_told_apart),
		cmocka_unit_test(test_all_kinds_of_sa_are_taken_by_the_kernel),
		cmocka_unit_test(test_a_time_limit_expires_by_the_kernels_clock),
		cmocka_unit_test(test_another_source_port_is_a_mapping_once_a_second),
		cmocka_unit_test(test_5000_foreign_sas_past_a_tiny_buffer_are_found_by_a_resync),
		cmocka_unit_test(test_5000_writes_of_our_own_are_pipelined),
	};

	return cmocka_run_group_tests(tests, start, end);
}
