/* XFRM messages: what Linux sent is understood, what is built comes back, what is broken is
 * skipped. */
#include <errno.h>
#include <stdlib.h>

#include <linux/netlink.h>

#include "base/secret.h"
#include "tests/unit/xfrm_recorded.h"
#include "tests/unit/xfrm_watch.h"
#include "xfrm/author.h"
#include "xfrm/wire.h"

#define EVENTS_MAX 8

struct seen {
	size_t count;
	unsigned int bad;
	struct xfrm_wire_event ev[EVENTS_MAX];
};

static void on_event(void *ctx, const struct xfrm_wire_event *ev)
{
	struct seen *s = ctx;

	if (s->count < EVENTS_MAX)
		s->ev[s->count] = *ev;
	s->count++;
}

static struct seen parse(const void *data, size_t len)
{
	struct seen s = {0};
	void *exact = len ? alloc_copy(data, len) : NULL; /* so that a sanitizer sees its end */

	s.bad = xfrm_wire_parse(exact ? exact : data, len, on_event, &s);
	alloc_free(exact);
	return s;
}

static size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
	size_t len = strlen(hex) / 2;

	assert_true(len <= cap);
	for (size_t i = 0; i < len; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return len;
}

static struct seen replay(const char *hex)
{
	uint8_t buf[2048];
	size_t len = unhex(hex, buf, sizeof(buf));

	return parse(buf, len);
}

static void test_a_recorded_tunnel_sa_with_esn_and_mark(void **state)
{
	struct seen s = replay(recorded_newsa_1);
	const struct xfrm_sa *sa = &s.ev[0].sa;
	struct addr src = at("10.1.1.1"), dst = at("10.1.1.2");

	(void)state;
	assert_int_equal(s.count, 1);
	assert_int_equal(s.bad, 0);
	assert_int_equal(s.ev[0].kind, XFRM_WIRE_SA);
	assert_int_equal(s.ev[0].pid, 0);
	assert_int_equal(sa->id.spi, SPI_A);
	assert_int_equal(sa->id.proto, 50);
	assert_true(addr_equal(&sa->id.dst, &dst));
	assert_true(addr_equal(&sa->src, &src));
	assert_int_equal(sa->id.mark.value, 5);
	assert_int_equal(sa->id.mark.mask, 0xff);
	assert_int_equal(sa->mode, XFRM_KIND_TUNNEL);
	assert_int_equal(sa->reqid, 7);
	assert_true(sa->esn);
	assert_int_equal(sa->replay_window, 128);
	assert_false(sa->larval);
	assert_string_equal(sa->encr, "rfc4106(gcm(aes))");
	assert_int_equal(sa->encr_bits, 160);
	assert_string_equal(sa->integ, "");
	assert_int_equal(sa->limits.hard_packets, 1000);
	assert_int_equal(sa->limits.soft_packets, 0);
	assert_int_equal(sa->limits.soft_add_s, 100);
	assert_int_equal(sa->limits.hard_bytes, 0);
	assert_false(sa->encap);
	assert_true(sa->counters.add_wall_s > 1500000000);
}

static void test_a_recorded_update_says_so(void **state)
{
	(void)state;
	assert_true(replay(recorded_updsa_1).ev[0].update);
	assert_false(replay(recorded_newsa_1).ev[0].update);
	assert_int_equal(replay(recorded_updsa_1).ev[0].sa.limits.soft_packets, 2);
}

static void test_a_recorded_transport_sa_in_udp_with_a_selector(void **state)
{
	struct seen s = replay(recorded_newsa_2);
	const struct xfrm_sa *sa = &s.ev[0].sa;
	struct selector want = between("10.1.1.2/32", "10.1.1.1/32");

	(void)state;
	want.proto = 17;
	want.local_port = 99;
	want.local_port_mask = 0xffff;
	assert_int_equal(s.count, 1);
	assert_int_equal(sa->id.spi, SPI_B);
	assert_int_equal(sa->mode, XFRM_KIND_TRANSPORT);
	assert_true(sa->has_selector);
	assert_true(selector_equal(&sa->selector, &want));
	assert_true(sa->encap);
	assert_int_equal(sa->encap_sport, 4500);
	assert_int_equal(sa->encap_dport, 4501);
	assert_string_equal(sa->encr, "cbc(aes)");
	assert_int_equal(sa->encr_bits, 128);
	assert_string_equal(sa->integ, "hmac(sha256)");
	assert_int_equal(sa->replay_window, 32);
}

static bool holds(const void *hay, size_t len, const void *needle, size_t n)
{
	for (size_t i = 0; i + n <= len; i++)
		if (memcmp((const uint8_t *)hay + i, needle, n) == 0)
			return true;
	return false;
}

static void test_no_key_leaves_the_buffer(void **state)
{
	static const uint8_t key[] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t buf[2048];
	size_t len = unhex(recorded_newsa_2, buf, sizeof(buf));
	struct seen s = parse(buf, len);

	(void)state;
	assert_true(holds(buf, len, key, sizeof(key)));
	assert_false(holds(&s, sizeof(s), key, sizeof(key)));
	assert_false(holds(&s, sizeof(s), key, 4));
}

static void test_a_recorded_dump_holds_a_larval_sa(void **state)
{
	struct seen s = replay(recorded_dump_sas);
	unsigned int larval = 0;

	(void)state;
	assert_int_equal(s.count, 3);
	assert_int_equal(s.bad, 0);
	for (size_t i = 0; i < s.count; i++) {
		if (!s.ev[i].sa.larval)
			continue;
		larval++;
		assert_int_equal(s.ev[i].sa.id.spi, 300);
		assert_int_equal(s.ev[i].sa.id.proto, 51);
		assert_int_equal(s.ev[i].sa.id.dst.family, AF_INET6);
	}
	assert_int_equal(larval, 1);
}

static void test_recorded_policies(void **state)
{
	struct seen out = replay(recorded_newpolicy_1), in = replay(recorded_newpolicy_2);
	struct seen fwd = replay(recorded_newpolicy_3), all = replay(recorded_dump_policies);
	struct selector want = between("fd00:1::/64", "fd00:2::/64");
	struct addr local = at("fd00::1");

	(void)state;
	assert_int_equal(out.ev[0].kind, XFRM_WIRE_POLICY);
	assert_int_equal(out.ev[0].policy.dir, XFRM_DIR_OUT);
	assert_int_equal(out.ev[0].policy.reqid, 99);
	assert_int_equal(in.ev[0].policy.dir, XFRM_DIR_IN);
	assert_true(selector_equal(&in.ev[0].policy.selector, &want));
	assert_true(addr_equal(&in.ev[0].policy.tunnel_local, &local));
	assert_int_equal(in.ev[0].policy.priority, 9);
	assert_int_equal(in.ev[0].policy.if_id, 0x11);
	assert_int_equal(in.ev[0].policy.mark.value, 3);
	assert_int_equal(in.ev[0].policy.mode, XFRM_KIND_TUNNEL);
	assert_int_equal(fwd.ev[0].policy.dir, XFRM_DIR_FWD);
	assert_true(fwd.ev[0].policy.block);
	assert_int_equal(all.count, 3);
}

static void test_recorded_deaths(void **state)
{
	struct seen sa = replay(recorded_delsa_1), policy = replay(recorded_delpolicy_1);
	struct seen esp = replay(recorded_flushsa_1), all = replay(recorded_flushsa_2);
	struct seen policies = replay(recorded_flushpolicy_1);

	(void)state;
	assert_int_equal(sa.ev[0].kind, XFRM_WIRE_SA_GONE);
	assert_int_equal(sa.ev[0].sa.id.spi, SPI_A);
	assert_int_equal(sa.ev[0].sa.id.mark.value, 5);
	assert_int_equal(policy.ev[0].kind, XFRM_WIRE_POLICY_GONE);
	assert_int_equal(policy.ev[0].policy.reqid, 99);
	assert_int_equal(esp.ev[0].kind, XFRM_WIRE_SA_FLUSH);
	assert_int_equal(esp.ev[0].proto, 50);
	assert_int_equal(all.ev[0].proto, 0);
	assert_int_equal(policies.ev[0].kind, XFRM_WIRE_POLICY_FLUSH);
}

static void test_recorded_expiries_by_packets(void **state)
{
	struct seen soft = replay(recorded_expire_1), hard = replay(recorded_expire_2);

	(void)state;
	assert_int_equal(soft.ev[0].kind, XFRM_WIRE_EXPIRE);
	assert_false(soft.ev[0].hard);
	assert_int_equal(soft.ev[0].sa.counters.packets, 1);
	assert_true(hard.ev[0].hard);
	assert_int_equal(hard.ev[0].why, XFRM_GONE_EXPIRED_VOLUME);
	assert_int_equal(hard.ev[0].sa.id.spi, 0x1001);
}

static void test_a_recorded_acquire(void **state)
{
	struct seen s = replay(recorded_acquire_1);
	struct addr local = at("10.1.1.1"), remote = at("10.1.1.2");

	(void)state;
	assert_int_equal(s.ev[0].kind, XFRM_WIRE_ACQUIRE);
	assert_int_equal(s.ev[0].reqid, 99);
	assert_int_equal(s.ev[0].sel.proto, 17); /* ping first connects a UDP socket */
	assert_true(addr_equal(&s.ev[0].sel.local.addr, &local));
	assert_true(addr_equal(&s.ev[0].sel.remote.addr, &remote));
	assert_int_equal(s.ev[0].sel.remote.len, 32);
	assert_int_not_equal(s.ev[0].acquire_seq, 0);
}

static const char *const recorded[] = {
	recorded_newsa_1,     recorded_newsa_2,	      recorded_newsa_3,	    recorded_updsa_1,
	recorded_newpolicy_1, recorded_newpolicy_2,   recorded_newpolicy_3, recorded_acquire_1,
	recorded_acquire_2,   recorded_expire_1,      recorded_expire_2,    recorded_delsa_1,
	recorded_delpolicy_1, recorded_flushsa_1,     recorded_flushsa_2,   recorded_flushpolicy_1,
	recorded_dump_sas,    recorded_dump_policies,
};
#define RECORDED_COUNT (sizeof(recorded) / sizeof(recorded[0]))

static void test_every_truncation_is_noticed(void **state)
{
	uint8_t buf[2048];

	(void)state;
	for (size_t r = 0; r < RECORDED_COUNT; r++) {
		size_t len = unhex(recorded[r], buf, sizeof(buf)), whole = parse(buf, len).count;

		for (size_t cut = 1; cut < len; cut++) {
			struct seen s = parse(buf, cut);

			assert_true(s.count < whole || s.bad == 0);
			assert_true(s.count <= whole);
		}
	}
}

/* The header's length is cut with the message: now the structs and attributes are short. */
static void test_every_shortened_message_is_survived(void **state)
{
	uint8_t buf[2048];

	(void)state;
	for (size_t r = 0; r < RECORDED_COUNT; r++) {
		size_t len = unhex(recorded[r], buf, sizeof(buf));
		uint32_t cut;

		for (cut = NLMSG_HDRLEN; cut < len; cut++) {
			memcpy(buf, &cut, sizeof(cut));
			parse(buf, cut);
		}
	}
}

static void test_every_broken_byte_is_survived(void **state)
{
	uint8_t buf[2048];

	(void)state;
	for (size_t r = 0; r < RECORDED_COUNT; r++) {
		size_t len = unhex(recorded[r], buf, sizeof(buf));

		for (size_t i = 0; i < len; i++) {
			const uint8_t was = buf[i], to[] = {0, 1, 0x7f, 0x80, 0xff};

			for (size_t k = 0; k < sizeof(to); k++) {
				buf[i] = to[k];
				parse(buf, len);
			}
			buf[i] = was;
		}
	}
}

#define AT_FAMILY  (16 + 212) /* struct xfrm_usersa_info.family */
#define AT_SEL_LEN (16 + 42)  /* .sel.prefixlen_d */
#define AT_DIR	   (16 + 160) /* struct xfrm_userpolicy_info.dir */

static void test_an_address_of_no_family_and_a_prefix_too_long_are_malformed(void **state)
{
	uint8_t buf[2048];
	size_t len = unhex(recorded_newsa_2, buf, sizeof(buf));
	struct seen s;

	(void)state;
	buf[AT_SEL_LEN] = 33;
	s = parse(buf, len);
	assert_int_equal(s.count, 0);
	assert_int_equal(s.bad, 1);
	len = unhex(recorded_newsa_2, buf, sizeof(buf));
	assert_int_equal(buf[AT_FAMILY], AF_INET);
	buf[AT_FAMILY] = 99;
	assert_int_equal(parse(buf, len).bad, 1);
}

static void test_a_sockets_own_policy_is_left_out(void **state)
{
	uint8_t buf[2048];
	size_t len = unhex(recorded_newpolicy_1, buf, sizeof(buf));

	(void)state;
	assert_int_equal(buf[AT_DIR], 1);
	buf[AT_DIR] = 4;
	assert_int_equal(parse(buf, len).count, 0);
}

static void test_an_unknown_message_is_skipped_and_the_next_one_is_read(void **state)
{
	uint8_t buf[2048] = {0};
	struct nlmsghdr h = {.nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = 0x77};
	struct seen s;

	(void)state;
	memcpy(buf, &h, sizeof(h));
	s = parse(buf, sizeof(h) + unhex(recorded_flushsa_1, buf + sizeof(h), 1024));
	assert_int_equal(s.count, 1);
	assert_int_equal(s.bad, 0);
	h.nlmsg_len = 8; /* shorter than its own header */
	memcpy(buf, &h, sizeof(h));
	s = parse(buf, 64);
	assert_int_equal(s.count, 0);
	assert_int_equal(s.bad, 1);
}

static void test_acknowledgements_and_ends_of_dumps(void **state)
{
	struct {
		struct nlmsghdr h;
		int err;
		struct nlmsghdr of;
	} ack = {.h = {.nlmsg_len = sizeof(ack), .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = 42},
		 .err = -ESRCH};
	struct nlmsghdr done = {.nlmsg_len = sizeof(done),
				.nlmsg_type = NLMSG_DONE,
				.nlmsg_flags = NLM_F_DUMP_INTR};
	struct seen s = parse(&ack, sizeof(ack));

	(void)state;
	assert_int_equal(s.ev[0].kind, XFRM_WIRE_ACK);
	assert_int_equal(s.ev[0].err, -ESRCH);
	assert_int_equal(s.ev[0].seq, 42);
	ack.err = 5; /* the kernel has none above 0 */
	assert_int_equal(parse(&ack, sizeof(ack)).bad, 1);
	s = parse(&done, sizeof(done));
	assert_int_equal(s.ev[0].kind, XFRM_WIRE_DONE);
	assert_true(s.ev[0].interrupted);
	assert_int_equal(s.ev[0].err, 0);
}

/* ---- Building: a request for an SA or a policy has the layout of the event about it. ---- */

struct built {
	_Alignas(16) uint8_t buf[XFRM_WIRE_MAX];
	struct writer w;
	struct secret *encr, *integ;
};

static struct seen build(struct built *b, struct xfrm_call *call)
{
	b->w = writer_new(b->buf, sizeof(b->buf));
	assert_true(xfrm_wire_build(&b->w, call, 1234, 99));
	assert_int_equal(b->w.len % NLMSG_ALIGNTO, 0);
	return parse(b->buf, b->w.len);
}

static void assert_same_sa(const struct xfrm_sa *got, const struct xfrm_sa *want)
{
	assert_true(addr_equal(&got->id.dst, &want->id.dst));
	assert_true(addr_equal(&got->src, &want->src));
	assert_int_equal(got->id.spi, want->id.spi);
	assert_int_equal(got->id.proto, want->id.proto);
	assert_memory_equal(&got->id.mark, &want->id.mark, sizeof(want->id.mark));
	assert_int_equal(got->mode, want->mode);
	assert_int_equal(got->reqid, want->reqid);
	assert_int_equal(got->if_id, want->if_id);
	assert_int_equal(got->esn, want->esn);
	assert_int_equal(got->replay_window, want->replay_window);
	assert_int_equal(got->has_selector, want->has_selector);
	assert_true(selector_equal(&got->selector, &want->selector));
	assert_int_equal(got->encap, want->encap);
	assert_int_equal(got->encap_sport, want->encap_sport);
	assert_int_equal(got->encap_dport, want->encap_dport);
	assert_memory_equal(&got->limits, &want->limits, sizeof(want->limits));
}

static struct xfrm_call install_call(struct secret *key)
{
	struct xfrm_call call = {.op = XFRM_OP_SA_ADD};

	call.sa = sa_of("2001:db8::1", "2001:db8::2", SPI_B, 11);
	call.sa.id.mark = (struct xfrm_mark){42, 0xffffffff};
	call.sa.if_id = 3;
	call.sa.has_selector = true;
	call.sa.selector = between("2001:db8:1::/48", "2001:db8:2::1");
	call.sa.encap = true;
	call.sa.encap_sport = 4500;
	call.sa.encap_dport = 61000;
	call.sa.esn = true;
	call.sa.replay_window = 1024;
	call.sa.limits = (struct xfrm_limits){1, 2, 3, 4, 5, 6};
	snprintf(call.keys.aead, sizeof(call.keys.aead), "rfc4106(gcm(aes))");
	call.keys.encr_key = key;
	call.keys.icv_bits = 128;
	return call;
}

static void test_an_installation_with_everything_comes_back(void **state)
{
	struct built b;
	struct secret *key = secret_new("0123456789abcdef0123456789abcdefSALT", 36);
	struct xfrm_call call = install_call(key);
	struct seen s = build(&b, &call);
	struct nlmsghdr h;

	(void)state;
	memcpy(&h, b.buf, sizeof(h));
	assert_int_equal(h.nlmsg_len, b.w.len);
	assert_int_equal(h.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(h.nlmsg_pid, 1234);
	assert_int_equal(h.nlmsg_seq, 99);
	assert_int_equal(h.nlmsg_type, 16); /* XFRM_MSG_NEWSA */
	assert_int_equal(s.count, 1);
	assert_same_sa(&s.ev[0].sa, &call.sa);
	assert_string_equal(s.ev[0].sa.encr, "rfc4106(gcm(aes))");
	assert_int_equal(s.ev[0].sa.encr_bits, 36 * 8);
	assert_true(holds(b.buf, b.w.len, "0123456789abcdef0123456789abcdefSALT", 36));
	secret_free(key);
}

static void test_a_cipher_with_a_hmac_and_the_small_window(void **state)
{
	struct built b;
	struct secret *encr = secret_new("0123456789abcdef", 16);
	struct secret *integ = secret_new("fedcba9876543210fedcba9876543210", 32);
	struct xfrm_call call = {.op = XFRM_OP_SA_UPDATE};
	struct seen s;

	(void)state;
	call.sa = sa_of("10.0.0.1", "10.0.0.2", SPI_A, 11);
	call.sa.mode = XFRM_KIND_TRANSPORT;
	snprintf(call.keys.encr, sizeof(call.keys.encr), "cbc(aes)");
	snprintf(call.keys.integ, sizeof(call.keys.integ), "hmac(sha256)");
	call.keys.encr_key = encr;
	call.keys.integ_key = integ;
	s = build(&b, &call);
	assert_same_sa(&s.ev[0].sa, &call.sa);
	assert_string_equal(s.ev[0].sa.encr, "cbc(aes)");
	assert_string_equal(s.ev[0].sa.integ, "hmac(sha256)");
	assert_int_equal(b.buf[4], 26); /* XFRM_MSG_UPDSA */
	call.sa.esn = true;
	call.sa.replay_window = 0;
	assert_int_equal(build(&b, &call).ev[0].sa.replay_window, 1);
	secret_free(encr);
	secret_free(integ);
}

static void test_an_update_without_keys_carries_random_ones(void **state)
{
	struct built a, b;
	struct xfrm_call call = {.op = XFRM_OP_SA_UPDATE};

	(void)state;
	call.sa = sa_of("10.0.0.1", "10.0.0.2", SPI_A, 11);
	build(&a, &call);
	build(&b, &call);
	assert_int_equal(a.w.len, b.w.len);
	assert_memory_not_equal(a.buf, b.buf, a.w.len);
	call.sa.id.proto = 51;
	assert_string_equal(build(&a, &call).ev[0].sa.encr, "");
}

static void test_policies_of_each_direction_come_back(void **state)
{
	struct built b;
	struct xfrm_call call = {.op = XFRM_OP_POLICY_PUT};
	struct seen s;

	(void)state;
	for (enum xfrm_dir dir = XFRM_DIR_IN; dir <= XFRM_DIR_FWD; dir++) {
		call.policy = policy_of(dir, "10.1.0.0/16", "10.2.0.0/24", 7);
		call.policy.mark = (struct xfrm_mark){1, 3};
		call.policy.if_id = 5;
		call.policy.selector.proto = 6;
		call.policy.selector.remote_port = 80;
		call.policy.selector.remote_port_mask = 0xffff;
		s = build(&b, &call);
		assert_int_equal(s.count, 1);
		assert_int_equal(s.ev[0].policy.dir, dir);
		assert_true(selector_equal(&s.ev[0].policy.selector, &call.policy.selector));
		assert_true(addr_equal(&s.ev[0].policy.tunnel_local, &call.policy.tunnel_local));
		assert_true(addr_equal(&s.ev[0].policy.tunnel_remote, &call.policy.tunnel_remote));
		assert_int_equal(s.ev[0].policy.if_id, 5);
		assert_int_equal(s.ev[0].policy.mark.mask, 3);
	}
	call.policy.block = true;
	assert_true(build(&b, &call).ev[0].policy.block);
	call.op = XFRM_OP_POLICY_DELETE;
	build(&b, &call);
	assert_int_equal(b.buf[4], 20); /* XFRM_MSG_DELPOLICY */
}

static void test_what_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
	static uint8_t buf[XFRM_WIRE_MAX];
	struct secret *key = secret_new("0123456789abcdef0123456789abcdefSALT", 36);
	struct xfrm_call call = install_call(key);
	struct writer w = writer_new(buf, sizeof(buf));
	size_t size;

	(void)state;
	assert_true(xfrm_wire_build(&w, &call, 1, 1));
	size = w.len;
	for (size_t cap = 0; cap < size; cap++) {
		w = writer_new(buf, cap);
		assert_false(xfrm_wire_build(&w, &call, 1, 1));
		assert_int_equal(w.len, 0);
		assert_true(writer_ok(&w));
	}
	w = writer_new(buf, 16);
	assert_true(xfrm_wire_build_dump(&w, false, 1, 1));
	assert_false(xfrm_wire_build_dump(&w, true, 1, 1));
	assert_int_equal(w.len, 16);
	secret_free(key);
}

static void test_authors_are_ours_or_iproute2_or_named_by_their_process(void **state)
{
	struct xfrm_author_cache cache = {0};
	const uint64_t wall = 1795542000;
	struct xfrm_author a = xfrm_author_of(&cache, 500, 1, 500, 0, wall);

	(void)state;
	assert_true(a.own);
	a = xfrm_author_of(&cache, 0, (uint32_t)wall + 3, 500, 0, wall);
	assert_false(a.own);
	assert_string_equal(a.name, "iproute2");
	a = xfrm_author_of(&cache, 0, 17, 500, 0, wall); /* pluto's small counter; the kernel's 0 */
	assert_string_equal(a.name, "");
	a = xfrm_author_of(&cache, 0, 0, 0, 0, wall);
	assert_false(a.own);
	a = xfrm_author_of(&cache, 1, 17, 500, 0, wall);
	assert_true(a.name[0] != '\0');
	a = xfrm_author_of(&cache, (7u << 22) + 1, 17, 500, 0, wall); /* libnl's second socket */
	assert_true(a.name[0] != '\0');
	a = xfrm_author_of(&cache, 0x7ffffff0, 17, 500, 0, wall);
	assert_string_equal(a.name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_recorded_tunnel_sa_with_esn_and_mark),
		cmocka_unit_test(test_a_recorded_update_says_so),
		cmocka_unit_test(test_a_recorded_transport_sa_in_udp_with_a_selector),
		cmocka_unit_test(test_no_key_leaves_the_buffer),
		cmocka_unit_test(test_a_recorded_dump_holds_a_larval_sa),
		cmocka_unit_test(test_recorded_policies),
		cmocka_unit_test(test_recorded_deaths),
		cmocka_unit_test(test_recorded_expiries_by_packets),
		cmocka_unit_test(test_a_recorded_acquire),
		cmocka_unit_test(test_every_truncation_is_noticed),
		cmocka_unit_test(test_every_shortened_message_is_survived),
		cmocka_unit_test(test_every_broken_byte_is_survived),
		cmocka_unit_test(test_an_address_of_no_family_and_a_prefix_too_long_are_malformed),
		cmocka_unit_test(test_a_sockets_own_policy_is_left_out),
		cmocka_unit_test(test_an_unknown_message_is_skipped_and_the_next_one_is_read),
		cmocka_unit_test(test_acknowledgements_and_ends_of_dumps),
		cmocka_unit_test(test_an_installation_with_everything_comes_back),
		cmocka_unit_test(test_a_cipher_with_a_hmac_and_the_small_window),
		cmocka_unit_test(test_an_update_without_keys_carries_random_ones),
		cmocka_unit_test(test_policies_of_each_direction_come_back),
		cmocka_unit_test(test_what_does_not_fit_leaves_the_buffer_as_it_was),
		cmocka_unit_test(test_authors_are_ours_or_iproute2_or_named_by_their_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
