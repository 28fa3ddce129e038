/* SK: known answers of the ciphers, what was sealed opens, and nothing that was touched does. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "hex.h"
#include "ike/crypto/crypto_internal.h"

#define MAX 512

static void set_key(struct secret **k, const char *text)
{
	struct view v = hex(text);

	*k = secret_new(v.data, v.len);
	assert_non_null(*k);
}

/* The GCM specification's test cases 4 and 16: the IV's first half is the salt, behind the key. */
static void test_gcm_is_that_of_its_specification(void **state)
{
	static const struct {
		uint16_t bits;
		const char *key, *want;
	} rows[] = {
		{128, "feffe9928665731c6d6a8f9467308308 cafebabe",
		 "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
		 "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
		 "5bc94fbc3221a5db94fae95ae7121a47"},
		{256, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308 cafebabe",
		 "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		 "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
		 "76fc6ece0f4e1768cddf8853bb2d551b"},
	};
	const struct ike_sealable s = {.aad_len = 20,
				       .iv_at = 20,
				       .iv_len = 8,
				       .text_at = 28,
				       .text_len = 60,
				       .icv_at = 88,
				       .icv_len = 16,
				       .len = 104};
	uint8_t datagram[104];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ike_keys k = {0};

		proposal_add(&k.chosen, TRANSFORM_ENCR, ENCR_AES_GCM_16, rows[i].bits);
		set_key(&k.er, rows[i].key);
		unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2 0000000000000000"
		      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		      datagram, sizeof(datagram));
		assert_int_equal(ike_sk_seal(&k, false, 0xfacedbaddecaf888, datagram, &s), 0);
		assert_memory_equal(datagram + 20, hex("facedbaddecaf888").data, 8);
		assert_memory_equal(datagram + 28, hex(rows[i].want).data, 76);
		ike_keys_clear(&k);
	}
}

/* RFC 3602 case 2. Its plain text ends in 1f, which is a padding of 31 bytes: an empty chain. The
 * ICV is made here, by prf of the same hash. */
static void test_cbc_is_that_of_rfc_3602(void **state)
{
	static const char integ_key[] =
		"0000000000000000000000000000000000000000000000000000000000000001";
	struct ike_message m = {.count = 1};
	struct ike_keys k = {0};
	uint8_t datagram[32 + 16 + 32 + 16] = {0}, mac[IKE_PRF_MAX], plain[32], first;
	const struct view covered = {datagram, 80};
	struct view chain;

	(void)state;
	proposal_add(&k.chosen, TRANSFORM_ENCR, ENCR_AES_CBC, 128);
	proposal_add(&k.chosen, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	set_key(&k.ei, "c286696d887c9aa0611bbb3e2025a45a");
	set_key(&k.ai, integ_key);
	unhex("562e17996d093d28ddb3ba695a2e6f58"
	      "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1",
	      datagram + 32, 48);
	assert_int_equal(ike_prf(PRF_HMAC_SHA2_256, hex(integ_key), &covered, 1, mac), 0);
	memcpy(datagram + 80, mac, 16);
	m.datagram = (struct view){datagram, sizeof(datagram)};
	m.payloads[0] = (struct ike_payload){
		.type = IKE_PAYLOAD_SK, .next = 41, .body = {datagram + 32, 64}};
	assert_int_equal(ike_sk_open(&k, true, &m, plain, sizeof(plain), &first, &chain), 0);
	assert_int_equal(chain.len, 0);
	assert_int_equal(first, 41);
	for (uint8_t i = 0; i < 32; i++)
		assert_int_equal(plain[i], i);
	ike_keys_clear(&k);
}

/* ---- whole messages -------------------------------------------------------------------------- */

static const struct suite {
	uint16_t encr, bits, prf, integ;
} suites[] = {
	{ENCR_AES_GCM_16, 128, PRF_HMAC_SHA2_256, INTEG_NONE},
	{ENCR_AES_GCM_16, 256, PRF_HMAC_SHA2_512, INTEG_NONE},
	{ENCR_AES_CBC, 128, PRF_HMAC_SHA2_256, INTEG_HMAC_SHA2_256_128},
	{ENCR_AES_CBC, 192, PRF_HMAC_SHA2_384, INTEG_HMAC_SHA2_384_192},
	{ENCR_AES_CBC, 256, PRF_HMAC_SHA2_512, INTEG_HMAC_SHA2_512_256},
};
#define SUITES (sizeof(suites) / sizeof(suites[0]))

static void make_keys(const struct suite *s, struct ike_keys *k)
{
	struct proposal p = {.protocol = IKE_PROTO_IKE};
	struct secret *shared = secret_new("shared", 6);
	const struct view nonce = hex("000102030405060708090a0b0c0d0e0f");

	proposal_add(&p, TRANSFORM_ENCR, s->encr, s->bits);
	proposal_add(&p, TRANSFORM_PRF, s->prf, 0);
	if (s->integ)
		proposal_add(&p, TRANSFORM_INTEG, s->integ, 0);
	assert_int_equal(ike_keys_derive(k, &p, shared, nonce, nonce, 1, 2), 0);
	secret_free(shared);
}

/* An INFORMATIONAL request with one notify of data_len bytes, sealed. */
static size_t sealed(const struct ike_keys *k, bool initiator, size_t data_len, uint8_t *buf)
{
	static const uint8_t data[64] = "what nobody may see";
	struct ike_header h = {.spi_i = 1,
			       .spi_r = 2,
			       .version = 0x20,
			       .exchange = IKE_INFORMATIONAL,
			       .flags = IKE_FLAG_INITIATOR,
			       .message_id = 3};
	struct ike_sealable s;
	struct ike_builder b;

	ike_builder_start(&b, buf, MAX, &h);
	ike_builder_open_sk(&b, ike_sk_iv_len(k));
	ike_add_notify(&b, &(struct ike_notify_body){.type = 40000, .data = {data, data_len}});
	assert_int_equal(ike_builder_close_sk(&b, ike_sk_block(k), ike_sk_icv_len(k), &s), 0);
	assert_int_equal(ike_sk_seal(k, initiator, 0x1122334455667788, buf, &s), 0);
	return s.len;
}

static int open_it(const struct ike_keys *k, bool from_initiator, const uint8_t *buf, size_t len,
		   struct ike_message *m, uint8_t *plain)
{
	struct view chain;
	uint8_t first;
	int rc = ike_parse_header((struct view){buf, len}, m, NULL);

	if (!rc)
		rc = ike_parse_payloads(m, m->header.next_payload, m->chain, false, NULL);
	if (!rc)
		rc = ike_sk_open(k, from_initiator, m, plain, MAX, &first, &chain);
	return rc ? rc : ike_parse_payloads(m, first, chain, true, NULL);
}

static void test_what_was_sealed_opens(void **state)
{
	uint8_t buf[MAX], plain[MAX];
	struct ike_notify_body n;
	struct ike_message m;

	(void)state;
	for (size_t i = 0; i < SUITES; i++) {
		struct ike_keys k;

		make_keys(&suites[i], &k);
		for (size_t data_len = 0; data_len < 40; data_len++) {
			size_t len = sealed(&k, true, data_len, buf);

			assert_int_equal(open_it(&k, true, buf, len, &m, plain), 0);
			assert_true(ike_find_notify(&m, 40000, &n));
			assert_int_equal(n.data.len, data_len);
			if (data_len >= 19) {
				assert_memory_equal(n.data.data, "what nobody may see", 19);
				assert_null(memmem(buf, len, "what nobody", 11));
			}
		}
		ike_keys_clear(&k);
	}
}

static void test_every_changed_bit_is_refused(void **state)
{
	uint8_t buf[MAX], plain[MAX];
	struct ike_message m;

	(void)state;
	for (size_t i = 0; i < SUITES; i++) {
		struct ike_keys k;
		size_t len;

		make_keys(&suites[i], &k);
		len = sealed(&k, true, 20, buf);
		for (size_t bit = 0; bit < len * 8; bit++) {
			buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (open_it(&k, true, buf, len, &m, plain) != -EBADMSG)
				fail_msg("suite %zu, bit %zu", i, bit);
			buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		assert_int_equal(open_it(&k, true, buf, len, &m, plain), 0);
		ike_keys_clear(&k);
	}
}

static void test_the_other_directions_key_does_not_open(void **state)
{
	uint8_t buf[MAX], plain[MAX];
	struct ike_message m;

	(void)state;
	for (size_t i = 0; i < SUITES; i++) {
		struct ike_keys k;
		size_t len;

		make_keys(&suites[i], &k);
		len = sealed(&k, false, 20, buf);
		assert_int_equal(open_it(&k, true, buf, len, &m, plain), -EBADMSG);
		assert_int_equal(open_it(&k, false, buf, len, &m, plain), 0);
		ike_keys_clear(&k);
	}
}

static void test_a_refused_message_leaves_no_plain_text(void **state)
{
	uint8_t buf[MAX], plain[MAX];
	struct ike_message m;

	(void)state;
	for (size_t i = 0; i < SUITES; i++) {
		struct ike_keys k;
		size_t len;

		make_keys(&suites[i], &k);
		len = sealed(&k, true, 40, buf);
		buf[len - 1] ^= 1;
		memset(plain, 0, sizeof(plain));
		assert_int_equal(open_it(&k, true, buf, len, &m, plain), -EBADMSG);
		for (size_t at = 0; at < sizeof(plain); at++)
			assert_int_equal(plain[at], 0);
		ike_keys_clear(&k);
	}
}

static void test_iv_is_the_counter_or_chance(void **state)
{
	uint8_t one[MAX], two[MAX];
	struct ike_keys k;

	(void)state;
	make_keys(&suites[0], &k);
	sealed(&k, true, 20, one);
	assert_memory_equal(one + 32, hex("1122334455667788").data, 8);
	ike_keys_clear(&k);
	make_keys(&suites[2], &k);
	sealed(&k, true, 20, one);
	sealed(&k, true, 20, two);
	assert_memory_not_equal(one + 32, two + 32, 16);
	ike_keys_clear(&k);
}

static void shrink(struct ike_message *m, const struct ike_keys *k, size_t body_len)
{
	uint8_t plain[MAX], first;
	struct view chain;

	m->payloads[0].body.len = body_len;
	m->datagram.len = 32 + body_len;
	assert_int_equal(ike_sk_open(k, true, m, plain, MAX, &first, &chain), -EBADMSG);
	assert_int_equal(chain.len, 0);
}

static void test_every_shorter_sk_is_refused(void **state)
{
	uint8_t buf[MAX], plain[MAX], first;
	struct ike_message m;
	struct view chain;

	(void)state;
	for (size_t i = 0; i < SUITES; i++) {
		struct ike_keys k;
		size_t len;

		make_keys(&suites[i], &k);
		len = sealed(&k, true, 20, buf);
		assert_int_equal(ike_parse_header((struct view){buf, len}, &m, NULL), 0);
		assert_int_equal(ike_parse_payloads(&m, 46, m.chain, false, NULL), 0);
		assert_int_equal(ike_sk_open(&k, true, &m, plain, 8, &first, &chain), -EBADMSG);
		for (size_t body = 0; body < len - 32; body++)
			shrink(&m, &k, body);
		m.count = 0;
		assert_int_equal(ike_sk_open(&k, true, &m, plain, MAX, &first, &chain), -EBADMSG);
		ike_keys_clear(&k);
	}
}

/* The peer's padding may be longer than it must be; a length that is a lie is refused. */
static void test_padding_is_taken_by_its_length(void **state)
{
	struct ike_header h = {.spi_i = 1,
			       .spi_r = 2,
			       .version = 0x20,
			       .exchange = IKE_INFORMATIONAL,
			       .flags = IKE_FLAG_INITIATOR};
	uint8_t buf[MAX], plain[MAX];
	struct ike_sealable s;
	struct ike_builder b;
	struct ike_message m;
	struct ike_keys k;

	(void)state;
	make_keys(&suites[0], &k);
	for (unsigned int pad = 0; pad < 256; pad++) {
		ike_builder_start(&b, buf, MAX, &h);
		ike_builder_open_sk(&b, 8);
		assert_int_equal(ike_builder_close_sk(&b, 64, 16, &s), 0);
		buf[s.text_at + 63] = (uint8_t)pad;
		assert_int_equal(ike_sk_seal(&k, true, pad, buf, &s), 0);
		/* 63 is all of it; less leaves bytes of padding that nobody announced */
		assert_int_equal(open_it(&k, true, buf, s.len, &m, plain),
				 pad == 63 ? 0 : -EBADMSG);
	}
	ike_keys_clear(&k);
}

static void test_a_layout_that_is_not_the_ciphers_is_refused(void **state)
{
	const struct ike_sealable good = {.aad_len = 32,
					  .iv_at = 32,
					  .iv_len = 8,
					  .text_at = 40,
					  .text_len = 10,
					  .icv_at = 50,
					  .icv_len = 16,
					  .len = 66};
	struct ike_keys k, none = {0};
	uint8_t buf[66] = {0};

	(void)state;
	make_keys(&suites[0], &k);
	assert_int_equal(ike_sk_seal(&k, true, 1, buf, &good), 0);
	for (size_t i = 0; i < sizeof(good) / sizeof(size_t); i++) {
		struct ike_sealable bad = good;

		((size_t *)&bad)[i]++;
		assert_int_equal(ike_sk_seal(&k, true, 1, buf, &bad), -EINVAL);
	}
	assert_int_equal(ike_sk_seal(&none, true, 1, buf, &good), -EINVAL);
	assert_int_equal(ike_sk_iv_len(&none) + ike_sk_block(&none) + ike_sk_icv_len(&none), 0);
	ike_keys_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gcm_is_that_of_its_specification),
		cmocka_unit_test(test_cbc_is_that_of_rfc_3602),
		cmocka_unit_test(test_what_was_sealed_opens),
		cmocka_unit_test(test_every_changed_bit_is_refused),
		cmocka_unit_test(test_the_other_directions_key_does_not_open),
		cmocka_unit_test(test_a_refused_message_leaves_no_plain_text),
		cmocka_unit_test(test_iv_is_the_counter_or_chance),
		cmocka_unit_test(test_every_shorter_sk_is_refused),
		cmocka_unit_test(test_padding_is_taken_by_its_length),
		cmocka_unit_test(test_a_layout_that_is_not_the_ciphers_is_refused),
	};

	return cmocka_run_group_tests_name("ike_sk", tests, NULL, NULL);
}
