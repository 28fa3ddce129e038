/* ike/wire against bytes made to harm: what each lie is answered with, every truncation, every
 * byte changed to every value. Messages stand against an unmapped page, so that a read past the
 * end is seen without a sanitizer too. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hex.h"
#include "ike_samples.h"

#define HEADER "0001020304050607 08090a0b0c0d0e0f "

/* ---- memory that ends where the message ends ------------------------------------------------- */

static uint8_t *guard; /* first byte of the page that must not be touched */

static int map_guard(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *at =
		mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	if (at == MAP_FAILED || mprotect(at + 2 * page, page, PROT_NONE))
		return -1;
	guard = at + 2 * page;
	return 0;
}

static uint8_t *against_guard(const uint8_t *bytes, size_t len)
{
	return memcpy(guard - len, bytes, len);
}

/* ---- headers --------------------------------------------------------------------------------- */

static void test_a_bad_header_is_refused(void **state)
{
	static const struct {
		const char *story, *hex;
		uint16_t notify;
	} rows[] = {
		{"nothing", "", 0},
		{"27 bytes", HEADER "00 20 25 08 00000001 000000", 0},
		{"length over the datagram", HEADER "00 20 25 08 00000001 0000001d", 0},
		{"length under the datagram", HEADER "00 20 25 08 00000001 0000001b", 0},
		{"trailing byte", HEADER "00 20 25 08 00000001 0000001c 00", 0},
		{"IKEv1", HEADER "00 10 25 08 00000001 0000001c", 0},
		{"no version", HEADER "00 00 25 08 00000001 0000001c", 0},
		{"major 3", HEADER "00 30 25 08 00000001 0000001c", IKE_N_INVALID_MAJOR_VERSION},
		{"major 3 in an answer", HEADER "00 30 25 20 00000001 0000001c", 0},
		{"INIT request with SPIr", HEADER "00 20 22 08 00000000 0000001c", 0},
		{"INIT with a Message ID",
		 "0001020304050607 0000000000000000 00 20 22 08 00000001 0000001c", 0},
		{"INIT request by a responder",
		 "0001020304050607 0000000000000000 00 20 22 00 00000000 0000001c", 0},
		{"INIT answer by an initiator", HEADER "00 20 22 28 00000000 0000001c", 0},
		{"INIT without SPIi",
		 "0000000000000000 0000000000000000 00 20 22 08 00000000 0000001c", 0},
		{"AUTH without SPIr",
		 "0001020304050607 0000000000000000 00 20 23 08 00000001 0000001c", 0},
		{"AUTH without SPIi",
		 "0000000000000000 0001020304050607 00 20 23 08 00000001 0000001c", 0},
		{"INFORMATIONAL of the responder without SPIi",
		 "0000000000000000 0001020304050607 00 20 25 00 00000001 0000001c", 0},
	};
	struct ike_message m;
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ike_wire_error err = {.notify = 0xffff};
		size_t len = unhex(rows[i].hex, bytes, sizeof(bytes));
		struct view v = {against_guard(bytes, len), len};

		if (ike_parse_header(v, &m, &err) != -EBADMSG)
			fail_msg("%s passed", rows[i].story);
		if (err.notify != rows[i].notify || !err.reason)
			fail_msg("%s: notify %u", rows[i].story, err.notify);
	}
}

static void test_headers_that_are_odd_but_right_pass(void **state)
{
	static const char *const rows[] = {
		/* minor version and reserved flags are ignored (2.5, 3.1) */
		"0001020304050607 0000000000000000 00 2f 22 cf 00000000 0000001c",
		/* the refusal of COOKIE, INVALID_KE_PAYLOAD: SPIr may be zero */
		"0001020304050607 0000000000000000 00 20 22 20 00000000 0000001c",
		/* INVALID_SPI outside an IKE SA: zero SPIs (1.5) */
		"0000000000000000 0000000000000000 00 20 25 08 00000000 0000001c",
		/* an exchange that is not known is the caller's to refuse */
		"0001020304050607 08090a0b0c0d0e0f 00 20 2b 08 00000001 0000001c",
	};
	struct ike_message m;
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = unhex(rows[i], bytes, sizeof(bytes));

		assert_int_equal(ike_parse_header((struct view){bytes, len}, &m, NULL), 0);
		assert_int_equal(m.chain.len, 0);
	}
}

/* ---- chains ---------------------------------------------------------------------------------- */

enum {
	SYNTAX = IKE_N_INVALID_SYNTAX,
	CRITICAL = IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD,
	PASS = 0xffff
};

struct chain_row {
	const char *story;
	uint8_t exchange, flags, first;
	bool inner;
	uint16_t notify; /* 0: refused in silence; PASS */
	const char *hex;
};

#define REQ 0x08
#define ANS 0x20

static void check_chain(const struct chain_row *row)
{
	struct ike_message m = {
		.header = {.spi_i = 1, .spi_r = 2, .exchange = row->exchange, .flags = row->flags}};
	struct ike_wire_error err = {.notify = PASS};
	uint8_t bytes[1024];
	size_t len = unhex(row->hex, bytes, sizeof(bytes));
	int rc;

	m.chain = m.datagram = (struct view){against_guard(bytes, len), len};
	rc = ike_parse_payloads(&m, row->first, m.chain, row->inner, &err);
	if (rc != (row->notify == PASS ? 0 : -EBADMSG) || err.notify != row->notify)
		fail_msg("%s: %d, notify %u, %s", row->story, rc, err.notify,
			 err.reason ? err.reason : "-");
	ike_sample_touch(&m);
}

static void check_chains(const struct chain_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_chain(&rows[i]);
}

#define CHECK(rows) check_chains(rows, sizeof(rows) / sizeof(rows[0]))

static void test_chains_are_held_to_their_lengths(void **state)
{
	static const struct chain_row rows[] = {
		{"empty inner chain", 37, REQ, 0, true, PASS, ""},
		{"bytes behind an empty chain", 37, REQ, 0, true, SYNTAX, "00"},
		{"a type and no bytes", 37, REQ, 41, true, SYNTAX, ""},
		{"half a header", 37, REQ, 41, true, SYNTAX, "00 00 00"},
		{"length 0", 37, REQ, 43, true, SYNTAX, "00 00 0000"},
		{"length 3", 37, REQ, 43, true, SYNTAX, "00 00 0003"},
		{"length 4, empty vendor ID", 37, REQ, 43, true, PASS, "00 00 0004"},
		{"length over the end", 37, REQ, 43, true, SYNTAX, "00 00 0009 01020304"},
		{"length 65535", 37, REQ, 43, true, SYNTAX, "00 00 ffff 01020304"},
		{"bytes behind the last", 37, REQ, 43, true, SYNTAX, "00 00 0004 00"},
		{"chain that does not end", 37, REQ, 43, true, SYNTAX, "2b 00 0004"},
		{"the same in an answer is silent", 37, ANS, 43, true, 0, "2b 00 0004"},
		{"the same in clear is silent", 34, REQ, 43, false, 0, "2b 00 0004"},
		{"the same behind clear SPIs", 37, REQ, 43, false, 0, "2b 00 0004"},
		{"unknown exchange", 43, REQ, 43, true, SYNTAX, "00 00 0004"},
		{"unknown exchange in clear", 43, REQ, 43, false, 0, "00 00 0004"},
		{"inner chain of IKE_SA_INIT", 34, REQ, 43, true, SYNTAX, "00 00 0004"},
	};

	(void)state;
	CHECK(rows);
}

static void test_unknown_payloads_are_skipped_unless_critical(void **state)
{
	static const struct chain_row rows[] = {
		{"unknown", 37, REQ, 200, true, PASS, "2b 00 0006 0102  00 00 0004"},
		{"unknown and critical", 37, REQ, 200, true, CRITICAL, "00 80 0006 0102"},
		{"type 1 is unknown too", 37, REQ, 1, true, CRITICAL, "00 80 0004"},
		{"critical in an answer", 37, ANS, 200, true, 0, "00 80 0004"},
		{"critical in IKE_SA_INIT", 34, REQ, 200, false, CRITICAL, "00 80 0004"},
		{"critical beside SK", 37, REQ, 200, false, 0, "00 80 0004"},
		{"fragment, skipped, so nothing is left", 37, REQ, 53, false, 0,
		 "00 00 0008 00010001"},
		{"critical bit on a known type is ignored", 37, REQ, 43, true, PASS, "00 80 0004"},
		{"reserved bits are ignored", 37, REQ, 43, true, PASS, "00 7f 0004"},
	};
	struct ike_message m = {.header = {.exchange = IKE_INFORMATIONAL}};
	struct ike_wire_error err = {0};
	const uint8_t chain[] = {0, 0x80, 0, 4};

	(void)state;
	CHECK(rows);
	ike_parse_payloads(&m, 201, (struct view){chain, 4}, true, &err);
	assert_int_equal(err.payload, 201);
}

#define N16 "000102030405060708090a0b0c0d0e0f"

static void test_payloads_stand_only_where_they_may(void **state)
{
	static const struct chain_row rows[] = {
		{"nonce in IKE_AUTH", 35, REQ, 40, true, SYNTAX, "00 00 0014" N16},
		{"nonce in CREATE_CHILD_SA", 36, REQ, 40, true, PASS, "00 00 0014" N16},
		{"two nonces", 36, REQ, 40, true, SYNTAX, "28 00 0014" N16 "00 00 0014" N16},
		{"nonce of 15", 36, REQ, 40, true, SYNTAX,
		 "00 00 0013 000102030405060708090a0b0c0d0e"},
		{"KE in INFORMATIONAL", 37, REQ, 34, true, SYNTAX, "00 00 0009 0013 0000 01"},
		{"KE without data", 36, REQ, 34, true, SYNTAX, "00 00 0008 0013 0000"},
		{"KE of group 0", 36, REQ, 34, true, SYNTAX, "00 00 0009 0000 0000 01"},
		{"IDi in an answer", 35, ANS, 35, true, 0, "00 00 000c 01000000 0a000001"},
		{"IDi in a request", 35, REQ, 35, true, PASS, "00 00 000c 01000000 0a000001"},
		{"IDi of 3 bytes as IPv4", 35, REQ, 35, true, SYNTAX, "00 00 000b 01000000 0a0000"},
		{"identity type 0", 35, REQ, 35, true, SYNTAX, "00 00 000c 00000000 0a000001"},
		{"AUTH without data", 35, REQ, 39, true, SYNTAX, "00 00 0008 02000000"},
		{"AUTH in IKE_SA_INIT", 34, REQ, 39, false, 0, "00 00 0009 02000000 01"},
		{"CERTREQ in an IKE_SA_INIT answer", 34, ANS, 38, false, PASS, "00 00 0005 04"},
		{"CERTREQ in its request", 34, REQ, 38, false, 0, "00 00 0005 04"},
		{"DELETE in IKE_AUTH", 35, REQ, 42, true, SYNTAX, "00 00 0008 01 00 0000"},
		{"TS in INFORMATIONAL", 37, REQ, 44, true, SYNTAX,
		 "00 00 0018 01000000 07 00 0010 0000 ffff 0a000000 0a0000ff"},
		{"EAP in IKE_AUTH", 35, REQ, 48, true, PASS, "00 00 0008 01020004"},
		{"SK inside SK", 37, REQ, 46, true, SYNTAX, "00 00 0008 01020304"},
	};

	(void)state;
	CHECK(rows);
}

static void test_sk_is_the_last_and_only_protection(void **state)
{
	static const struct chain_row rows[] = {
		{"SK alone", 37, REQ, 46, false, PASS, "29 00 0008 01020304"},
		{"SK behind a vendor ID", 37, REQ, 43, false, PASS,
		 "2e 00 0004 29 00 0008 01020304"},
		{"bytes behind SK", 37, REQ, 46, false, 0, "29 00 0008 01020304 00"},
		{"payload behind SK", 37, REQ, 46, false, 0,
		 "29 00 0008 01020304 00 00 0008 01020304"},
		{"empty SK", 37, REQ, 46, false, 0, "00 00 0004"},
		{"SK in IKE_SA_INIT", 34, REQ, 46, false, 0, "29 00 0008 01020304"},
		{"SA in clear before SK", 37, REQ, 33, false, 0,
		 "2e 00 0014 00 00 0010 01 01 00 01 00 00 0008 04 00 0013 00 00 0005 01"},
		{"clear INFORMATIONAL with a notify", 37, REQ, 41, false, PASS,
		 "00 00 0008 00 00 000b"},
		{"clear answer to IKE_AUTH with a notify", 35, ANS, 41, false, PASS,
		 "00 00 0008 00 00 0004"},
		{"clear IKE_AUTH request with a notify", 35, REQ, 41, false, 0,
		 "00 00 0008 00 00 4000"},
		{"clear DELETE", 37, REQ, 42, false, 0, "00 00 0008 01 00 0000"},
		{"clear and empty", 37, REQ, 0, false, 0, ""},
		{"clear vendor ID alone", 37, REQ, 43, false, 0, "00 00 0004"},
	};
	struct ike_message m = {.header = {.exchange = 37, .flags = REQ}};
	const uint8_t sk[] = {41, 0, 0, 8, 1, 2, 3, 4};

	(void)state;
	CHECK(rows);
	/* zero SPIs pass outside an IKE SA only, and there is nothing protected there */
	assert_int_equal(ike_parse_payloads(&m, 46, (struct view){sk, 8}, false, NULL), -EBADMSG);
}

#define DH19 "00 00 0008 04 00 0013"

static void test_proposals_are_held_to_their_structure(void **state)
{
	static const struct chain_row rows[] = {
		{"one transform", 36, REQ, 33, true, PASS,
		 "00 00 0014 00 00 0010 01 01 00 01" DH19},
		{"no transform", 36, REQ, 33, true, SYNTAX, "00 00 000c 00 00 0008 01 01 00 00"},
		{"fewer than counted", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 00 00 0010 01 01 00 02" DH19},
		{"more than counted", 36, REQ, 33, true, SYNTAX,
		 "00 00 001c 00 00 0018 01 01 00 01 03 00 0008 04 00 0013" DH19},
		{"last transform says more", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 00 00 0010 01 01 00 01 03 00 0008 04 00 0013"},
		{"last proposal says more", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 02 00 0010 01 01 00 01" DH19},
		{"first of two says last", 36, REQ, 33, true, SYNTAX,
		 "00 00 0024 00 00 0010 01 01 00 01" DH19 "00 00 0010 02 01 00 01" DH19},
		{"two, in order", 36, REQ, 33, true, PASS,
		 "00 00 0024 02 00 0010 01 01 00 01" DH19 "00 00 0010 02 01 00 01" DH19},
		{"two, out of order", 36, REQ, 33, true, SYNTAX,
		 "00 00 0024 02 00 0010 01 01 00 01" DH19 "00 00 0010 03 01 00 01" DH19},
		{"request that begins with 2", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 00 00 0010 02 01 00 01" DH19},
		{"answer that takes 2", 36, ANS, 33, true, PASS,
		 "00 00 0014 00 00 0010 02 01 00 01" DH19},
		{"answer with two", 36, ANS, 33, true, 0,
		 "00 00 0024 02 00 0010 01 01 00 01" DH19 "00 00 0010 02 01 00 01" DH19},
		{"proposal longer than the payload", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 00 00 0011 01 01 00 01" DH19},
		{"transform longer than its proposal", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 00 00 0010 01 01 00 01 00 00 0009 04 00 0013"},
		{"transform of length 7", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 00 00 0010 01 01 00 01 00 00 0007 04 00 0013"},
		{"IKE SPI of 8", 36, REQ, 33, true, PASS,
		 "00 00 001c 00 00 0018 01 01 08 01 0102030405060708" DH19},
		{"IKE SPI of zero", 36, REQ, 33, true, SYNTAX,
		 "00 00 001c 00 00 0018 01 01 08 01 0000000000000000" DH19},
		{"IKE SPI of 4", 36, REQ, 33, true, SYNTAX,
		 "00 00 0018 00 00 0014 01 01 04 01 01020304" DH19},
		{"ESP without SPI", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 00 00 0010 01 03 00 01" DH19},
		{"ESP SPI 0", 36, REQ, 33, true, SYNTAX,
		 "00 00 0018 00 00 0014 01 03 04 01 00000000" DH19},
		{"ESP SPI 255", 36, REQ, 33, true, SYNTAX,
		 "00 00 0018 00 00 0014 01 03 04 01 000000ff" DH19},
		{"ESP SPI 256", 36, REQ, 33, true, PASS,
		 "00 00 0018 00 00 0014 01 03 04 01 00000100" DH19},
		{"unknown protocol with 3 bytes of SPI", 36, REQ, 33, true, PASS,
		 "00 00 0017 00 00 0013 01 09 03 01 010203" DH19},
		{"SPI over the proposal", 36, REQ, 33, true, SYNTAX,
		 "00 00 0014 00 00 0010 01 09 ff 01" DH19},
		{"attribute that runs over", 36, REQ, 33, true, SYNTAX,
		 "00 00 0018 00 00 0014 01 01 00 01 00 00 000c 01 00 000c 0005 0004"},
		{"half an attribute", 36, REQ, 33, true, SYNTAX,
		 "00 00 0016 00 00 0012 01 01 00 01 00 00 000a 01 00 000c 800e"},
	};

	(void)state;
	CHECK(rows);
}

static uint16_t key_bits_of(const char *attributes)
{
	struct ike_payload p = {.type = IKE_PAYLOAD_SA};
	struct ike_sa_payload sa;
	uint8_t body[64] = {0, 0, 0, 16, 1, 1, 0, 1, 0, 0, 0, 8, 1, 0, 0, 12};
	size_t len = unhex(attributes, body + 16, sizeof(body) - 16);

	body[3] = (uint8_t)(16 + len);
	body[11] = (uint8_t)(8 + len);
	p.body = (struct view){body, 16 + len};
	assert_int_equal(ike_read_sa(&p, &sa), 0);
	return sa.offers[0].proposal.t[0].key_bits;
}

static void test_key_length_is_taken_in_its_short_form_alone(void **state)
{
	(void)state;
	assert_int_equal(key_bits_of(""), 0);
	assert_int_equal(key_bits_of("800e 0100"), 256);
	assert_int_equal(key_bits_of("000e 0002 0100"), TRANSFORM_KEY_BITS_BAD);
	assert_int_equal(key_bits_of("800e 0000"), TRANSFORM_KEY_BITS_BAD);
	assert_int_equal(key_bits_of("800e 0100 800e 0080"), TRANSFORM_KEY_BITS_BAD);
	assert_int_equal(key_bits_of("800f 0001"), TRANSFORM_KEY_BITS_BAD);
	assert_int_equal(key_bits_of("800f 0001 800e 0100"), TRANSFORM_KEY_BITS_BAD);
}

/* A proposal of 255 transforms: one type that we do not know at the end, after everything. */
static void test_a_swarm_of_transforms_hides_nothing(void **state)
{
	static uint8_t body[8 + 255 * 8];
	struct ike_payload p = {.type = IKE_PAYLOAD_SA, .body = {body, sizeof(body)}};
	struct proposal ours = {.protocol = IKE_PROTO_IKE}, chosen;
	struct ike_sa_payload sa;
	struct writer w = writer_new(body, sizeof(body));

	(void)state;
	writer_u32(&w, sizeof(body));
	writer_u32(&w, 0x010100ff);
	for (uint32_t i = 0; i < 255; i++) {
		bool known = i == 200;

		writer_u32(&w, (i == 254 ? 0 : 3u << 24) | 8);
		writer_u32(&w, known ? TRANSFORM_DH << 24 | 31 : TRANSFORM_DH << 24 | (1000 + i));
	}
	proposal_add(&ours, TRANSFORM_DH, DH_CURVE25519, 0);
	assert_int_equal(ike_read_sa(&p, &sa), 0);
	assert_true(sa.offers[0].proposal.count <= PROPOSAL_TRANSFORMS_MAX);
	/* no ENCR and no INTEG: not chosen, but the known group was kept */
	assert_false(proposal_choose(&ours, &sa.offers[0].proposal, &chosen));
	assert_int_equal(sa.offers[0].proposal.t[sa.offers[0].proposal.count - 1].id, 31);
	/* 255 types: more than fit; the proposal is spoilt for everybody */
	for (size_t i = 0; i < 255; i++)
		body[8 + i * 8 + 4] = (uint8_t)(i + 1);
	assert_int_equal(ike_read_sa(&p, &sa), 0);
	assert_int_equal(sa.offers[0].proposal.t[PROPOSAL_TRANSFORMS_MAX - 1].type, 0);
}

static void test_notifies_and_deletes_are_held_to_their_fields(void **state)
{
	static const struct chain_row rows[] = {
		{"SPI size 4", 37, REQ, 41, true, PASS, "00 00 000c 03 04 000b 01020304"},
		{"SPI size 8", 37, REQ, 41, true, PASS, "00 00 0010 01 08 0004 0102030405060708"},
		{"SPI size 3", 37, REQ, 41, true, SYNTAX, "00 00 000b 03 03 000b 010203"},
		{"SPI size 16", 37, REQ, 41, true, SYNTAX, "00 00 0018 03 10 000b" N16},
		{"SPI over the end", 37, REQ, 41, true, SYNTAX, "00 00 000a 03 04 000b 0102"},
		{"unknown notify type", 37, REQ, 41, true, PASS, "00 00 0008 00 00 b00b"},
		{"INVALID_KE_PAYLOAD of 1 byte", 37, REQ, 41, true, SYNTAX,
		 "00 00 0009 00 00 0011 13"},
		{"REKEY_SA without SPI", 36, REQ, 41, true, SYNTAX, "00 00 0008 03 00 4009"},
		{"empty COOKIE", 34, ANS, 41, false, 0, "00 00 0008 00 00 4006"},
		{"short NAT detection", 34, ANS, 41, false, 0, "00 00 000c 00 00 4004 01020304"},
		{"DELETE of the IKE SA", 37, REQ, 42, true, PASS, "00 00 0008 01 00 0000"},
		{"DELETE of the IKE SA with an SPI", 37, REQ, 42, true, SYNTAX,
		 "00 00 0010 01 08 0001 0102030405060708"},
		{"DELETE of ESP", 37, REQ, 42, true, PASS, "00 00 000c 03 04 0001 01020304"},
		{"DELETE with SPI size 0", 37, REQ, 42, true, SYNTAX, "00 00 0008 03 00 0001"},
		{"DELETE that counts too many", 37, REQ, 42, true, SYNTAX,
		 "00 00 000c 03 04 0002 01020304"},
		{"DELETE that counts 65535", 37, REQ, 42, true, SYNTAX,
		 "00 00 000c 03 04 ffff 01020304"},
		{"DELETE with half an SPI behind", 37, REQ, 42, true, SYNTAX,
		 "00 00 000e 03 04 0001 01020304 0506"},
		{"DELETE of an unknown protocol", 37, REQ, 42, true, SYNTAX,
		 "00 00 000c 07 04 0001 01020304"},
	};

	(void)state;
	CHECK(rows);
}

#define NET10 "07 00 0010 0000 ffff 0a000000 0a0000ff"

static void test_selectors_are_held_to_their_ranges(void **state)
{
	static const struct chain_row rows[] = {
		{"one", 35, REQ, 44, true, PASS, "00 00 0018 01000000" NET10},
		{"none", 35, REQ, 44, true, SYNTAX, "00 00 0008 00000000"},
		{"count 0 and one there", 35, REQ, 44, true, SYNTAX, "00 00 0018 00000000" NET10},
		{"count 2 and one there", 35, REQ, 44, true, SYNTAX, "00 00 0018 02000000" NET10},
		{"count 1 and two there", 35, REQ, 44, true, SYNTAX,
		 "00 00 0028 01000000" NET10 NET10},
		{"addresses reversed", 35, REQ, 44, true, SYNTAX,
		 "00 00 0018 01000000 07 00 0010 0000 ffff 0a0000ff 0a000000"},
		{"ports reversed", 35, REQ, 44, true, SYNTAX,
		 "00 00 0018 01000000 07 06 0010 0051 0050 0a000000 0a0000ff"},
		{"ports OPAQUE", 35, REQ, 44, true, PASS,
		 "00 00 0018 01000000 07 06 0010 ffff 0000 0a000000 0a0000ff"},
		{"IPv4 with the length of IPv6", 35, REQ, 44, true, SYNTAX,
		 "00 00 0030 01000000 07 00 0028 0000 ffff" N16 N16},
		{"IPv6 with the length of IPv4", 35, REQ, 44, true, SYNTAX,
		 "00 00 0018 01000000 08 00 0010 0000 ffff 0a000000 0a0000ff"},
		{"length 7", 35, REQ, 44, true, SYNTAX,
		 "00 00 0018 01000000 0a 00 0007 0000 ffff 0a000000 0a0000ff"},
		{"unknown type alone", 35, REQ, 44, true, PASS,
		 "00 00 0018 01000000 0a 00 0010 0000 ffff 0a000000 0a0000ff"},
	};

	(void)state;
	CHECK(rows);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void patch_length(uint8_t *bytes, size_t len)
{
	if (len >= IKE_HEADER_LEN) {
		bytes[26] = (uint8_t)(len >> 8);
		bytes[27] = (uint8_t)len;
	}
}

static void test_every_truncation_is_refused(void **state)
{
	struct ike_sample s;
	struct ike_message m;

	(void)state;
	for (size_t i = 0; ike_sample_get(i, &s); i++) {
		for (size_t len = 0; len < s.len; len++) {
			uint8_t *bytes = against_guard(s.bytes, len);

			assert_int_equal(
				ike_sample_parse((struct view){bytes, len}, s.inner, &m, NULL),
				-EBADMSG);
			patch_length(bytes, len);
			assert_int_equal(
				ike_sample_parse((struct view){bytes, len}, s.inner, &m, NULL),
				-EBADMSG);
		}
	}
}

static void test_every_changed_byte_is_stood(void **state)
{
	struct ike_sample s;
	struct ike_message m;
	unsigned long passed = 0, refused = 0;

	(void)state;
	for (size_t i = 0; ike_sample_get(i, &s); i++) {
		uint8_t *bytes = against_guard(s.bytes, s.len);

		for (size_t at = 0; at < s.len; at++) {
			uint8_t saved = bytes[at];

			for (unsigned int v = 0; v < 256; v++) {
				struct ike_wire_error err = {0};
				int rc;

				bytes[at] = (uint8_t)v;
				rc = ike_sample_parse((struct view){bytes, s.len}, s.inner, &m,
						      &err);
				assert_true(rc == 0 || (rc == -EBADMSG && err.reason));
				rc ? refused++ : passed++;
				ike_sample_touch(&m);
			}
			bytes[at] = saved;
		}
	}
	assert_true(passed > 1000 && refused > 1000);
}

static void test_more_payloads_than_fit_are_refused(void **state)
{
	static uint8_t chain[4 * (IKE_PAYLOADS_MAX + 1)];
	struct ike_message m = {.header = {.exchange = IKE_INFORMATIONAL}};
	struct ike_wire_error err;

	(void)state;
	for (size_t i = 0; i <= IKE_PAYLOADS_MAX; i++) {
		chain[4 * i] = i == IKE_PAYLOADS_MAX ? 0 : IKE_PAYLOAD_VENDOR;
		chain[4 * i + 3] = 4;
	}
	assert_int_equal(ike_parse_payloads(&m, IKE_PAYLOAD_VENDOR,
					    (struct view){chain, sizeof(chain)}, true, &err),
			 -EBADMSG);
	assert_int_equal(err.notify, IKE_N_INVALID_SYNTAX);
	assert_int_equal(ike_parse_payloads(&m, IKE_PAYLOAD_VENDOR,
					    (struct view){chain + 4, sizeof(chain) - 4}, true,
					    &err),
			 0);
	assert_int_equal(m.count, IKE_PAYLOADS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bad_header_is_refused),
		cmocka_unit_test(test_headers_that_are_odd_but_right_pass),
		cmocka_unit_test(test_chains_are_held_to_their_lengths),
		cmocka_unit_test(test_unknown_payloads_are_skipped_unless_critical),
		cmocka_unit_test(test_payloads_stand_only_where_they_may),
		cmocka_unit_test(test_sk_is_the_last_and_only_protection),
		cmocka_unit_test(test_proposals_are_held_to_their_structure),
		cmocka_unit_test(test_key_length_is_taken_in_its_short_form_alone),
		cmocka_unit_test(test_a_swarm_of_transforms_hides_nothing),
		cmocka_unit_test(test_notifies_and_deletes_are_held_to_their_fields),
		cmocka_unit_test(test_selectors_are_held_to_their_ranges),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_every_changed_byte_is_stood),
		cmocka_unit_test(test_more_payloads_than_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, map_guard, NULL);
}
