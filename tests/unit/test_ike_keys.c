/*
 * prf, prf+, keys, AUTH, NAT hash, cookie: known answers. Those that are no RFC's were computed by
 * a program of its own (Python's hmac and hashlib) from these inputs:
 *   Ni = 00 01 … 1f, Nr = 80 81 … 9f, g^ir = 32 times 55, SPIi = 0102030405060708,
 *   SPIr = 1112131415161718; prf+ is T1 = H(K, S 01), Tn = H(K, Tn-1 S n).
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "hex.h"
#include "ike/crypto/crypto_internal.h"

#define SPI_I 0x0102030405060708
#define SPI_R 0x1112131415161718

static const uint8_t nonce_bytes[64] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c,
	0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19,
	0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86,
	0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x92, 0x93,
	0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f,
};
static const struct view ni = {nonce_bytes, 32}, nr = {nonce_bytes + 32, 32};

static struct secret *shared(void)
{
	struct secret *s = secret_zero(32);

	if (s)
		memset(secret_bytes(s), 0x55, 32);
	return s;
}

static struct proposal suite(bool gcm)
{
	struct proposal p = {.protocol = IKE_PROTO_IKE};

	proposal_add(&p, TRANSFORM_ENCR, gcm ? ENCR_AES_GCM_16 : ENCR_AES_CBC, 256);
	proposal_add(&p, TRANSFORM_PRF, gcm ? PRF_HMAC_SHA2_256 : PRF_HMAC_SHA2_512, 0);
	if (!gcm)
		proposal_add(&p, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	proposal_add(&p, TRANSFORM_DH, DH_CURVE25519, 0);
	return p;
}

static void assert_secret(const struct secret *s, const char *want)
{
	assert_non_null(s);
	assert_true(view_equal(secret_view(s), hex(want)));
}

static void assert_bytes(const uint8_t *got, const char *want)
{
	struct view v = hex(want);

	assert_memory_equal(got, v.data, v.len);
}

/* RFC 4231, cases 1 and 6; the text in two parts. */
static void test_prf_is_that_of_rfc_4231(void **state)
{
	const struct view key = hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	const struct view parts[] = {{(const uint8_t *)"Hi ", 3}, {(const uint8_t *)"There", 5}};
	const struct view long_text = {
		(const uint8_t *)"Test Using Larger Than Block-Size Key - Hash Key First", 54};
	uint8_t out[IKE_PRF_MAX], long_key[131];

	(void)state;
	assert_int_equal(ike_prf(PRF_HMAC_SHA2_256, key, parts, 2, out), 0);
	assert_bytes(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_int_equal(ike_prf(PRF_HMAC_SHA2_384, key, parts, 2, out), 0);
	assert_bytes(out, "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
			  "faea9ea9076ede7f4af152e8b2fa9cb6");
	assert_int_equal(ike_prf(PRF_HMAC_SHA2_512, key, parts, 2, out), 0);
	assert_bytes(out, "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
			  "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
	memset(long_key, 0xaa, sizeof(long_key));
	assert_int_equal(
		ike_prf(PRF_HMAC_SHA2_256, (struct view){long_key, 131}, &long_text, 1, out), 0);
	assert_bytes(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* H("", "") of SHA-256, known from everywhere; an empty key must not be the key of before. */
static void test_prf_takes_an_empty_key(void **state)
{
	uint8_t out[IKE_PRF_MAX];

	(void)state;
	assert_int_equal(ike_prf(PRF_HMAC_SHA2_256, (struct view){0}, NULL, 0, out), 0);
	assert_bytes(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_prf_writes_no_more_than_its_length(void **state)
{
	uint8_t out[IKE_PRF_MAX + 1];

	(void)state;
	memset(out, 0xee, sizeof(out));
	assert_int_equal(ike_prf(PRF_HMAC_SHA2_256, ni, &nr, 1, out), 0);
	assert_int_equal(out[32], 0xee);
	assert_int_equal(ike_prf(2, ni, &nr, 1, out), -EOPNOTSUPP);
	assert_int_equal(ike_prf_len(PRF_HMAC_SHA2_512), 64);
	assert_int_equal(ike_prf_len(2), 0);
}

static void test_prf_plus_by_another_program(void **state)
{
	static const struct {
		uint16_t prf;
		const char *want; /* 100 bytes of prf+("key", "seed") */
	} rows[] = {
		{PRF_HMAC_SHA2_256,
		 "a2392e429a99b173341b368bb5ce320bfd483d89567c14ec187c2d77e3c0a208ba45d21d42611712"
		 "996c0cd4b329ac8681e093a8a5bbbbf0fb8c9d1cf674f7423fe3d2fbd6641ff544749daa37804f04"
		 "be0b1beba59ddc3867c3016209779fa74e8b8654"},
		{PRF_HMAC_SHA2_384,
		 "245b57f46db11477bf9cd2e6adbc6244448af40400d70a9203399a48756b7dbf53087f405e438cf9"
		 "bbb7d38b34915f6b7dab328fb2580112db91d3da5c383d3c2a4de7974aa900251aced8106d3c0021"
		 "1e0cfff95994a7bb4bd1649b19443e957964c1e1"},
		{PRF_HMAC_SHA2_512,
		 "173a6224816997fa5b2129f1c4d26d629028846663e6e27dd28d35d0de3757056e7da6c4214436a0"
		 "7fa827ba4329baf9097b2eddf4c1ea2b89caf65189987801bbb7a7125bce5d65d77bfd4a0705ef9b"
		 "cb45f76a33f0ed70f5f7ff0f53eaa8c0089d68f8"},
	};
	const struct view key = {(const uint8_t *)"key", 3};
	const struct view seed[] = {{(const uint8_t *)"se", 2}, {(const uint8_t *)"ed", 2}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct secret *s = ike_prf_plus(rows[i].prf, key, seed, 2, 100);

		assert_secret(s, rows[i].want);
		secret_free(s);
	}
	assert_null(ike_prf_plus(2, key, seed, 2, 1));
	assert_null(ike_prf_plus(PRF_HMAC_SHA2_256, key, seed, 9, 1));
	assert_null(ike_prf_plus(PRF_HMAC_SHA2_256, key, seed, 2, 255 * 32 + 1));
}

static void derive(struct ike_keys *k, bool gcm)
{
	struct secret *s = shared();
	struct proposal p = suite(gcm);

	assert_int_equal(ike_keys_derive(k, &p, s, ni, nr, SPI_I, SPI_R), 0);
	secret_free(s);
}

static void test_keys_of_an_aead_suite(void **state)
{
	struct ike_keys k;

	(void)state;
	derive(&k, true);
	assert_secret(k.d, "f8bc5183de7b7c4848bf698ea73d801fb8ee76f2ff0030e5ab798dff99562a40");
	assert_null(k.ai);
	assert_null(k.ar);
	assert_secret(k.ei,
		      "7ae88d68b017ed6220bdbae0a93367c425e33eb551bc8d7172720339ed301a3301f8b96d");
	assert_secret(k.er,
		      "f1947139a6909b8e16592c2470aa8c462a74763b02b5146d0c7a3a01533bbad8020f7e3b");
	assert_secret(k.pi, "fb6e39dc3300c91c19c82691cd0c2fdea60ef6fc5de2cb306298bca7a5f814db");
	assert_secret(k.pr, "45619ff7f0b305b90681bdf859f35328c221d8f62791085d5c4eefde673dd57a");
	ike_keys_clear(&k);
	assert_null(k.d);
	ike_keys_clear(&k);
}

static void test_keys_of_a_suite_with_integrity(void **state)
{
	struct ike_keys k;

	(void)state;
	derive(&k, false);
	assert_secret(k.d, "2d85bf775d250e061e01ac4142583627542f65cbee511e88042bc828791b59fd"
			   "33fc06d5b6159fd8ef867e367947e14e65bef648b2067f56b528b530095aea5c");
	assert_secret(k.ai, "e4a164d49f350181862eb642a269d17cb7dd61b83a1cd64265843eeb660c7e6d");
	assert_secret(k.ar, "a36f5f613d40b2a43fa0121cd26c19b7fcde621677e0a26d0f05e8d66bbc3eaf");
	assert_secret(k.ei, "c0f910c1bf0d8d092f92a52e0d7641d4606f4c614cc5577dfe05656d2799302a");
	assert_secret(k.er, "689859e943026a7c890c527f2361973d7f011c688f435bfaa126aca717f3a68e");
	assert_secret(k.pi, "23786575e900ddb14c104419c64588a6b649de89c8d31d6bd3deafd91e59c5a1"
			    "913b81c76ecf4f7539c5bd74fff119830abb75538c98c37f119ec4910864b8a5");
	assert_secret(k.pr, "4ad7383f2755ad2265cff70d49dafb174890d3093fbeb49523bfd89f5fb428d9"
			    "e5d76ba5140bb7e91f01015ad5bfd7a9861619256b75eaae96186b8aef1ef1ef");
	ike_keys_clear(&k);
}

static void test_keys_of_a_rekeyed_ike_sa(void **state)
{
	static const char *const want[] = {
		"5e106fbc411bff703cbf6d0d7c0adfd77de0b3c138d48ad8116a1158fbcf8efa"
		"84af0ee74de1b8af86f60f124f44cb6f8c6013d6ad5b93ddd49292114c07fd84",
		"bf1aac3e45b45cd11c3affa4406df49c8e767dbc3e08d257169eb6eedd9cb19f",
	};
	struct secret *s = shared();

	(void)state;
	for (int gcm = 0; gcm < 2; gcm++) {
		struct ike_keys old, k;

		derive(&old, gcm);
		assert_int_equal(ike_keys_rekey(&k, &old, &old.chosen, s, ni, nr, SPI_I, SPI_R), 0);
		assert_secret(k.d, want[gcm]);
		ike_keys_clear(&k);
		ike_keys_clear(&old);
	}
	secret_free(s);
}

/* The rows' text is encr_i, integ_i, encr_r, integ_r one after the other. */
static void check_child(bool gcm, const struct secret *dh, const char *want)
{
	struct proposal esp = suite(gcm);
	struct view keymat = hex(want);
	struct reader r = reader_of(keymat);
	struct ike_child_keys ck;
	struct ike_keys k;
	size_t encr = gcm ? 36 : 32, integ = gcm ? 0 : 32;

	derive(&k, gcm);
	assert_int_equal(ike_child_keys_derive(&ck, &k, &esp, dh, ni, nr), 0);
	assert_true(view_equal(secret_view(ck.encr_i), reader_view(&r, encr)));
	assert_true(view_equal(secret_view(ck.integ_i), reader_view(&r, integ)));
	assert_true(view_equal(secret_view(ck.encr_r), reader_view(&r, encr)));
	assert_true(view_equal(secret_view(ck.integ_r), reader_view(&r, integ)));
	assert_true(reader_done(&r));
	assert_true(!ck.integ_i == gcm);
	ike_child_keys_clear(&ck);
	assert_null(ck.encr_i);
	ike_keys_clear(&k);
}

static void test_child_keys_with_and_without_pfs(void **state)
{
	struct secret *s = shared();

	(void)state;
	check_child(true, NULL,
		    "9fff16d6861dd6ac0203a71ba7490d0b5ff578e99ae91cb4f6e0bd894b73668738927ed1f0903"
		    "274366974f0d716d8df8f47ad0e3b51281b6685c39836424901c87738bb47a3640d");
	check_child(true, s,
		    "fceca4e23c4a9a87c5f5151c34ca5381b2d80d7b85d8be616dc37ea0f437c38cdf867d9bad574"
		    "b4b0629b05017af1e0d67f2aac4faa39b996ae3e505d83e24694ae33a9a45065b30");
	check_child(false, NULL,
		    "bfddf97c878ac46ff6bf8b334ebfc70152a20963821424821113cda509c7708eef0ff88c61528"
		    "d17694366f98fd174e7f57f03b07b36dbe8556c27fb50c5a2216d90447a32edb3b5691c2c4a97"
		    "07238d11eb3374c1fe81194342fcd816bb8755d8360b2dd175571558708831dfa4959ccd03ae9"
		    "90707fe376ad79cf5e7627a0c");
	check_child(false, s,
		    "2027a33403e5e22a40ddf28a7b323d6a6ec418526bfe5b157653d643d930cf5cc98ad2bb1b62f"
		    "7651352ce7d63d4d92be7b6b085d71711c0cbaa72f9302dd24f5fbb608e73c7743ad4ce8e3a31"
		    "8b6e1f28b38660f00c74336fcc12d7cf551d139b0e61660abbe10b112ff6e846a675d7e62444a"
		    "976990755eb505e822fa8b78f");
	secret_free(s);
}

static void test_suites_that_are_not_whole_give_no_keys(void **state)
{
	static const enum transform_type left_out[] = {TRANSFORM_ENCR, TRANSFORM_PRF,
						       TRANSFORM_INTEG};
	struct secret *s = shared();
	struct ike_keys k;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct proposal p = suite(false);

		proposal_remove(&p, left_out[i]);
		assert_int_equal(ike_keys_derive(&k, &p, s, ni, nr, 1, 2), -EOPNOTSUPP);
		assert_null(k.d);
	}
	secret_free(s);
}

static void test_auth_by_another_program(void **state)
{
	static const char *const want[] = {
		"42b4f9a28fc6712868df92539e982a883f776c8bbefb3905c0c218e906565b79"
		"901f28838ac4e0e81952953f75beb61a0c9abe4961c3d513789a4fc0f9bebf42",
		"dd694728b91e68e061e2548f8093caadb227aeac4b2f751b9296922e9caca213",
	};
	const struct view message = {(const uint8_t *)"the whole message", 17};
	const struct view id = {(const uint8_t *)"\x02\0\0\0r1.example", 14};
	struct secret *psk = secret_new("a pre-shared key", 16);
	uint8_t out[IKE_PRF_MAX], other[IKE_PRF_MAX];

	(void)state;
	for (int gcm = 0; gcm < 2; gcm++) {
		struct ike_keys k;

		derive(&k, gcm);
		assert_int_equal(ike_auth_psk(&k, true, psk, message, nr, id, out), 0);
		assert_bytes(out, want[gcm]);
		/* the responder's is made with another key */
		assert_int_equal(ike_auth_psk(&k, false, psk, message, nr, id, other), 0);
		assert_false(ike_equal(out, other,
				       ike_prf_len(gcm ? PRF_HMAC_SHA2_256 : PRF_HMAC_SHA2_512)));
		proposal_remove(&k.chosen, TRANSFORM_PRF);
		assert_int_equal(ike_auth_psk(&k, true, psk, message, nr, id, out), -EOPNOTSUPP);
		ike_keys_clear(&k);
	}
	secret_free(psk);
}

static void test_nat_hash_and_cookie_by_another_program(void **state)
{
	struct endpoint v4 = {.port = 500}, v6 = {.port = 4500};
	uint8_t hash[20], cookie[36], again[36];
	uint8_t key_bytes[32];
	struct secret *key;

	(void)state;
	addr_parse(&v4.addr, "10.1.1.2");
	addr_parse(&v6.addr, "2001:db8::2");
	ike_nat_hash(SPI_I, SPI_R, &v4, hash);
	assert_bytes(hash, "f5df7902bac1e3a142e92c689dea03576ea6fc45");
	ike_nat_hash(SPI_I, SPI_R, &v6, hash);
	assert_bytes(hash, "4846495ee60f3733b29876f6fbef61e6a67abab5");
	memset(key_bytes, 'k', sizeof(key_bytes));
	key = secret_new(key_bytes, sizeof(key_bytes));
	assert_int_equal(ike_cookie(key, 7, ni, &v4, SPI_I, cookie), 0);
	assert_bytes(cookie, "00000007"
			     "34084e8ce2f8e5d0956a76584be7a0073f792549fbe76ea626c78abc78be54bc");
	assert_int_equal(ike_cookie(key, 7, ni, &v6, SPI_I, again), 0);
	assert_false(ike_equal(cookie, again, sizeof(cookie)));
	assert_true(ike_equal(cookie, cookie, sizeof(cookie)));
	secret_free(key);
}

static void test_what_is_supported_is_what_works(void **state)
{
	static const struct {
		struct transform t;
		bool want;
	} rows[] = {
		{{TRANSFORM_ENCR, ENCR_AES_GCM_16, 128}, true},
		{{TRANSFORM_ENCR, ENCR_AES_CBC, 256}, true},
		{{TRANSFORM_ENCR, ENCR_AES_CBC, 0}, false},
		{{TRANSFORM_ENCR, ENCR_AES_CBC, 512}, false},
		{{TRANSFORM_ENCR, ENCR_NULL, 0}, false},
		{{TRANSFORM_PRF, PRF_HMAC_SHA2_384, 0}, true},
		{{TRANSFORM_PRF, 2, 0}, false},
		{{TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0}, true},
		{{TRANSFORM_INTEG, INTEG_NONE, 0}, true},
		{{TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 1}, false},
		{{TRANSFORM_DH, DH_MODP_2048, 0}, true},
		{{TRANSFORM_DH, DH_NONE, 0}, true},
		{{TRANSFORM_DH, 2, 0}, false},
		{{TRANSFORM_ESN, ESN_YES, 0}, true},
		{{TRANSFORM_ESN, 2, 0}, false},
		{{6, 0, 0}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(ike_crypto_supports(&rows[i].t), rows[i].want);
}

static int derive_all(void *arg)
{
	struct secret *s = shared();
	struct proposal p = suite(false);
	struct ike_keys k = {0}, next = {0};
	struct ike_child_keys ck = {0};
	int rc = s ? ike_keys_derive(&k, &p, s, ni, nr, 1, 2) : -ENOMEM;

	(void)arg;
	if (!rc)
		rc = ike_child_keys_derive(&ck, &k, &p, s, ni, nr);
	if (!rc)
		rc = ike_keys_rekey(&next, &k, &p, s, ni, nr, 3, 4);
	if (rc) /* what failed is empty: the last of them that was begun */
		assert_true(!next.d && (!ck.encr_i || ck.integ_r) && (!k.d || k.pr));
	ike_child_keys_clear(&ck);
	ike_keys_clear(&k);
	ike_keys_clear(&next);
	secret_free(s);
	return rc;
}

static void test_without_memory_there_are_no_half_keys(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(derive_all, NULL) >= 1 + 8 + 5 + 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prf_is_that_of_rfc_4231),
		cmocka_unit_test(test_prf_takes_an_empty_key),
		cmocka_unit_test(test_prf_writes_no_more_than_its_length),
		cmocka_unit_test(test_prf_plus_by_another_program),
		cmocka_unit_test(test_keys_of_an_aead_suite),
		cmocka_unit_test(test_keys_of_a_suite_with_integrity),
		cmocka_unit_test(test_keys_of_a_rekeyed_ike_sa),
		cmocka_unit_test(test_child_keys_with_and_without_pfs),
		cmocka_unit_test(test_suites_that_are_not_whole_give_no_keys),
		cmocka_unit_test(test_auth_by_another_program),
		cmocka_unit_test(test_nat_hash_and_cookie_by_another_program),
		cmocka_unit_test(test_what_is_supported_is_what_works),
		cmocka_unit_test(test_without_memory_there_are_no_half_keys),
	};

	return cmocka_run_group_tests_name("ike_keys", tests, NULL, NULL);
}
