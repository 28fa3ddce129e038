/* ike/wire: messages written by hand from RFC 7296, read and built; contents in both directions. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "hex.h"
#include "ike_samples.h"

/* IKE_SA_INIT request, section 1.2, with what real initiators add. Lengths counted by hand. */
static const char init_text[] = "0001020304050607 0000000000000000 21 20 22 08 00000000 000000b0"
				"22 00 0030  00 00 002c 01 01 00 04"
				"  03 00 000c 01 00 000c 800e 0100  03 00 0008 02 00 0005"
				"  03 00 0008 03 00 000c  00 00 0008 04 00 0013"
				"28 00 0010  0013 0000 a1a2a3a4a5a6a7a8"
				"29 00 0014  b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
				"29 00 001c  00 00 4004 c0c1c2c3c4c5c6c7c8c9c0c1c2c3c4c5c6c7c8c9"
				"2b 00 001c  00 00 4005 d0d1d2d3d4d5d6d7d8d9d0d1d2d3d4d5d6d7d8d9"
				"00 00 0008  deadbeef";

static void parse(const char *text, bool inner, struct ike_message *m)
{
	struct ike_wire_error err = {0};

	if (ike_sample_parse(hex(text), inner, m, &err))
		fail_msg("%s", err.reason);
}

static void test_sa_init_request_by_hand_is_read(void **state)
{
	struct ike_message m;
	struct ike_sa_payload sa;
	struct ike_ke ke;
	struct ike_notify_body n;
	char text[128];

	(void)state;
	parse(init_text, false, &m);
	assert_true(m.header.spi_i == 0x0001020304050607 && m.header.spi_r == 0);
	assert_int_equal(m.header.exchange, IKE_SA_INIT);
	assert_int_equal(m.count, 6);
	assert_int_equal(ike_read_sa(ike_find(&m, IKE_PAYLOAD_SA, 0), &sa), 0);
	assert_int_equal(sa.count, 1);
	assert_int_equal(sa.offers[0].number, 1);
	assert_int_equal(sa.offers[0].proposal.protocol, IKE_PROTO_IKE);
	assert_int_equal(sa.offers[0].proposal.count, 4);
	assert_int_equal(proposal_first(&sa.offers[0].proposal, TRANSFORM_ENCR)->key_bits, 256);
	assert_int_equal(proposal_first(&sa.offers[0].proposal, TRANSFORM_DH)->id, DH_ECP_256);
	assert_int_equal(ike_read_ke(ike_find(&m, IKE_PAYLOAD_KE, 0), &ke), 0);
	assert_int_equal(ke.group, 19);
	assert_int_equal(ke.data.len, 8);
	assert_int_equal(ke.data.data[0], 0xa1);
	assert_int_equal(ike_find(&m, IKE_PAYLOAD_NONCE, 0)->body.len, 16);
	assert_true(ike_find_notify(&m, IKE_N_NAT_DETECTION_DESTINATION_IP, &n));
	assert_int_equal(n.data.data[0], 0xd0);
	assert_null(ike_find(&m, IKE_PAYLOAD_NOTIFY, 2));
	assert_string_equal(ike_contents(&m, text, sizeof(text)),
			    " SA KE N NOTIFY(NAT_DETECTION_SOURCE_IP)"
			    " NOTIFY(NAT_DETECTION_DESTINATION_IP) VID");
}

static void test_builder_makes_the_same_sa_init_request(void **state)
{
	struct view want = hex(init_text), ke = hex("a1a2a3a4a5a6a7a8");
	struct ike_header h = {.spi_i = 0x0001020304050607,
			       .version = 0x20,
			       .exchange = IKE_SA_INIT,
			       .flags = IKE_FLAG_INITIATOR};
	struct ike_offer offer = {.number = 1};
	struct ike_builder b;
	uint8_t buf[256];
	struct view got;

	(void)state;
	offer.proposal.protocol = IKE_PROTO_IKE;
	proposal_add(&offer.proposal, TRANSFORM_ENCR, ENCR_AES_CBC, 256);
	proposal_add(&offer.proposal, TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	proposal_add(&offer.proposal, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	proposal_add(&offer.proposal, TRANSFORM_DH, DH_ECP_256, 0);
	ike_builder_start(&b, buf, sizeof(buf), &h);
	ike_add_sa(&b, &offer, 1);
	ike_add_ke(&b, DH_ECP_256, ke);
	ike_add_nonce(&b, hex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"));
	ike_add_notify(&b, &(struct ike_notify_body){
				   .type = IKE_N_NAT_DETECTION_SOURCE_IP,
				   .data = hex("c0c1c2c3c4c5c6c7c8c9c0c1c2c3c4c5c6c7c8c9")});
	ike_add_notify(&b, &(struct ike_notify_body){
				   .type = IKE_N_NAT_DETECTION_DESTINATION_IP,
				   .data = hex("d0d1d2d3d4d5d6d7d8d9d0d1d2d3d4d5d6d7d8d9")});
	ike_add_vendor(&b, hex("deadbeef"));
	assert_true(view_equal(ike_builder_body(&b), hex("deadbeef")));
	got = ike_builder_done(&b);
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.data, want.data, want.len);
}

/* CREATE_CHILD_SA that rekeys (1.3.3): notify with SPI, ESP offer with SPI, selectors of both
 * families, ports, and OPAQUE. Header by hand; the chain is what stood inside SK. */
static const char child_text[] =
	"1111111111111111 2222222222222222 29 20 24 00 00000005 000000d8"
	"21 00 000c  03 04 4009 c0000002"
	"28 00 0024  00 00 0020 01 03 04 02 ff000001"
	"  03 00 000c 01 00 0014 800e 0080  00 00 0008 05 00 0001"
	"2c 00 0014  b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
	"2d 00 0040  02 000000"
	"  07 06 0010 0050 0050 0a000000 0a0000ff"
	"  08 00 0028 0000 ffff 20010db8000000000000000000000000"
	"                       20010db800000000000000000000ffff"
	"00 00 0038  02 000000"
	"  09 00 0020 0000 ffff 00112233445566778899aabbccddeeff0011223344556677"
	"  07 11 0010 ffff 0000 c0a80001 c0a80001";

static void test_create_child_by_hand_is_read(void **state)
{
	struct ike_message m;
	struct ike_sa_payload sa;
	struct ike_notify_body n;
	struct ike_ts_payload ts;
	struct addr a;

	(void)state;
	parse(child_text, true, &m);
	assert_true(ike_find_notify(&m, IKE_N_REKEY_SA, &n));
	assert_int_equal(n.protocol, IKE_PROTO_ESP);
	assert_true(n.spi == 0xc0000002);
	assert_int_equal(ike_read_sa(ike_find(&m, IKE_PAYLOAD_SA, 0), &sa), 0);
	assert_true(sa.offers[0].spi_len == 4 && sa.offers[0].spi == 0xff000001);
	assert_int_equal(proposal_first(&sa.offers[0].proposal, TRANSFORM_ESN)->id, ESN_YES);
	assert_int_equal(ike_read_ts(ike_find(&m, IKE_PAYLOAD_TSI, 0), &ts), 0);
	assert_int_equal(ts.count, 2);
	assert_int_equal(ts.ts[0].proto, 6);
	assert_int_equal(ts.ts[0].port_first, 80);
	addr_parse(&a, "10.0.0.255");
	assert_true(addr_equal(&ts.ts[0].last, &a));
	addr_parse(&a, "2001:db8::");
	assert_true(addr_equal(&ts.ts[1].first, &a));
	/* The selector of an unknown type (a Fibre Channel one) is left out, OPAQUE is kept. */
	assert_int_equal(ike_read_ts(ike_find(&m, IKE_PAYLOAD_TSR, 0), &ts), 0);
	assert_int_equal(ts.count, 1);
	assert_true(ts.ts[0].port_first == 65535 && ts.ts[0].port_last == 0);
}

static void test_every_sample_is_read_and_touched(void **state)
{
	struct ike_sample s;
	struct ike_message m;
	struct ike_wire_error err;

	(void)state;
	for (size_t i = 0; ike_sample_get(i, &s); i++) {
		if (ike_sample_parse((struct view){s.bytes, s.len}, s.inner, &m, &err))
			fail_msg("%s: %s", s.name, err.reason);
		ike_sample_touch(&m);
	}
}

static void test_delete_names_its_spis_page_by_page(void **state)
{
	struct ike_header h = {
		.spi_i = 1, .spi_r = 2, .version = 0x20, .exchange = IKE_INFORMATIONAL};
	static uint8_t buf[2048];
	static uint32_t spis[150];
	struct ike_builder b;
	struct ike_message m;
	struct ike_delete d;
	size_t seen = 0;

	(void)state;
	for (uint32_t i = 0; i < 150; i++)
		spis[i] = 0xff000000 + i;
	ike_builder_start(&b, buf, sizeof(buf), &h);
	ike_add_delete(&b, IKE_PROTO_ESP, spis, 150);
	assert_int_equal(ike_sample_parse(ike_builder_done(&b), true, &m, NULL), 0);
	do {
		assert_int_equal(ike_read_delete_from(&m.payloads[0], seen, &d), 0);
		assert_int_equal(d.total, 150);
		assert_true(d.count > 0);
		for (size_t i = 0; i < d.count; i++)
			assert_int_equal(d.spis[i], spis[seen + i]);
		seen += d.count;
	} while (seen < d.total);
	assert_int_equal(seen, 150);
	assert_int_equal(ike_read_delete_from(&m.payloads[0], 150, &d), 0);
	assert_int_equal(d.count, 0);
}

static void test_invalid_spi_is_read_in_both_forms(void **state)
{
	static const char *const forms[] = {
		"00 00 000c  00 00 000b ff123456", /* RFC: in the data, SPI size 0 */
		"00 00 000c  03 04 000b ff123456", /* others: in the SPI field */
		"00 00 0010  03 04 000b ff123456 00000000",
	};
	struct ike_message m = {.header = {.exchange = IKE_INFORMATIONAL}};
	struct ike_notify_body n;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		m.datagram = hex(forms[i]);
		assert_int_equal(ike_parse_payloads(&m, IKE_PAYLOAD_NOTIFY, m.datagram, true, NULL),
				 0);
		assert_true(ike_find_notify(&m, IKE_N_INVALID_SPI, &n));
		assert_true(n.spi == 0xff123456);
	}
}

static void test_sk_is_laid_out_for_sealing(void **state)
{
	struct ike_header h = {
		.spi_i = 1, .spi_r = 2, .version = 0x20, .exchange = IKE_AUTH, .message_id = 1};
	struct ike_sealable s;
	struct ike_builder b;
	struct ike_message m;
	uint8_t buf[256];

	(void)state;
	for (size_t block = 1; block <= 16; block *= 16) {
		memset(buf, 0xee, sizeof(buf));
		ike_builder_start(&b, buf, sizeof(buf), &h);
		ike_builder_open_sk(&b, 8);
		ike_add_auth(&b, IKE_AUTH_PSK, hex("0102030405"));
		assert_int_equal(ike_builder_close_sk(&b, block, 12, &s), 0);
		assert_int_equal(s.aad_len, 28 + 4);
		assert_int_equal(s.iv_at, 32);
		assert_int_equal(s.iv_len, 8);
		assert_int_equal(s.text_at, 40);
		assert_int_equal(s.text_len, block == 1 ? 14 : 16);
		assert_int_equal(buf[s.text_at + s.text_len - 1], block == 1 ? 0 : 2);
		assert_int_equal(s.icv_at, s.text_at + s.text_len);
		assert_int_equal(s.len, s.icv_at + 12);
		assert_int_equal(ike_sample_parse((struct view){buf, s.len}, false, &m, NULL), 0);
		assert_int_equal(m.count, 1);
		assert_int_equal(m.payloads[0].type, IKE_PAYLOAD_SK);
		assert_int_equal(m.payloads[0].next, IKE_PAYLOAD_AUTH);
		assert_ptr_equal(m.payloads[0].body.data, buf + s.iv_at);
	}
}

static void test_empty_sk_is_a_liveness_check(void **state)
{
	struct ike_header h = {.spi_i = 1,
			       .spi_r = 2,
			       .version = 0x20,
			       .exchange = IKE_INFORMATIONAL,
			       .message_id = 4};
	struct ike_sealable s;
	struct ike_builder b;
	struct ike_message m;
	uint8_t buf[128];

	(void)state;
	ike_builder_start(&b, buf, sizeof(buf), &h);
	ike_builder_open_sk(&b, 16);
	assert_int_equal(ike_builder_close_sk(&b, 16, 16, &s), 0);
	assert_int_equal(s.text_len, 16);
	assert_int_equal(buf[s.text_at + 15], 15);
	assert_int_equal(ike_sample_parse((struct view){buf, s.len}, false, &m, NULL), 0);
	assert_int_equal(m.payloads[0].next, IKE_PAYLOAD_NONE);
}

static void test_builder_that_runs_out_of_room_gives_nothing(void **state)
{
	struct ike_sample s;
	struct ike_header h = {.spi_i = 1, .version = 0x20, .exchange = IKE_AUTH};
	struct ike_sealable out;
	struct ike_builder b;
	uint8_t buf[120];

	(void)state;
	assert_true(ike_sample_get(0, &s));
	for (size_t cap = 0; cap < sizeof(buf); cap++) {
		ike_builder_start(&b, buf, cap, &h);
		ike_builder_open_sk(&b, 8);
		ike_add_nonce(&b, (struct view){s.bytes, 64});
		if (cap < 28 + 4 + 8 + 68 + 1 + 8)
			assert_int_equal(ike_builder_close_sk(&b, 1, 8, &out), -EMSGSIZE);
		else
			assert_int_equal(ike_builder_close_sk(&b, 1, 8, &out), 0);
	}
	ike_builder_start(&b, buf, 40, &h);
	ike_add_nonce(&b, (struct view){s.bytes, 64});
	assert_int_equal(ike_builder_done(&b).len, 0);
	assert_int_equal(ike_builder_body(&b).len, 0);
}

static void test_builder_refuses_what_the_fields_cannot_hold(void **state)
{
	struct ike_header h = {.spi_i = 1, .version = 0x20, .exchange = IKE_AUTH};
	struct ike_offer offer = {.number = 1, .spi_len = 5};
	static struct ike_ts ts[256];
	static uint8_t buf[IKE_DATAGRAM_MAX];
	struct ike_builder b;

	(void)state;
	ike_builder_start(&b, buf, sizeof(buf), &h);
	ike_add_sa(&b, &offer, 1);
	assert_int_equal(ike_builder_done(&b).len, 0);
	ike_builder_start(&b, buf, sizeof(buf), &h);
	ike_add_notify(&b, &(struct ike_notify_body){.type = 1, .spi_len = 3});
	assert_int_equal(ike_builder_done(&b).len, 0);
	ike_builder_start(&b, buf, sizeof(buf), &h);
	ike_add_ts(&b, IKE_PAYLOAD_TSI, ts, 1); /* no address family */
	assert_int_equal(ike_builder_done(&b).len, 0);
	ike_builder_start(&b, buf, sizeof(buf), &h);
	ike_add_ts(&b, IKE_PAYLOAD_TSI, ts, 256);
	assert_int_equal(ike_builder_done(&b).len, 0);
}

static void test_names_are_those_of_the_registry(void **state)
{
	(void)state;
	assert_string_equal(ike_exchange_name(34), "IKE_SA_INIT");
	assert_string_equal(ike_exchange_name(37), "INFORMATIONAL");
	assert_null(ike_exchange_name(33));
	assert_string_equal(ike_payload_name(46), "SK");
	assert_null(ike_payload_name(49));
	assert_string_equal(ike_notify_name(11), "INVALID_SPI");
	assert_string_equal(ike_notify_name(16384), "INITIAL_CONTACT");
	assert_null(ike_notify_name(12));
}

static void test_contents_are_cut_not_overrun(void **state)
{
	struct ike_message m;
	char text[12];

	(void)state;
	parse(init_text, false, &m);
	for (size_t size = 1; size <= sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(strlen(ike_contents(&m, text, size)), size - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sa_init_request_by_hand_is_read),
		cmocka_unit_test(test_builder_makes_the_same_sa_init_request),
		cmocka_unit_test(test_create_child_by_hand_is_read),
		cmocka_unit_test(test_every_sample_is_read_and_touched),
		cmocka_unit_test(test_delete_names_its_spis_page_by_page),
		cmocka_unit_test(test_invalid_spi_is_read_in_both_forms),
		cmocka_unit_test(test_sk_is_laid_out_for_sealing),
		cmocka_unit_test(test_empty_sk_is_a_liveness_check),
		cmocka_unit_test(test_builder_that_runs_out_of_room_gives_nothing),
		cmocka_unit_test(test_builder_refuses_what_the_fields_cannot_hold),
		cmocka_unit_test(test_names_are_those_of_the_registry),
		cmocka_unit_test(test_contents_are_cut_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
