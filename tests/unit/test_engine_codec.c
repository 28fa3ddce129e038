/* engine.h's messages as bytes: each type there and back, and bytes that were made to harm. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/reader.h"
#include "base/secret.h"
#include "base/writer.h"
#include "conn/conn.h"
#include "conn_samples.h"
#include "engine_samples.h"

static uint8_t buf[ENGINE_MESSAGE_MAX];

#define for_each_type(t) for (enum engine_type t = ENGINE_HELLO; t <= ENGINE_RECORDS; t++)

static size_t encode(const struct engine_msg *m)
{
	struct writer w = writer_new(buf, sizeof(buf));

	assert_int_equal(engine_encode(m, &w), 0);
	return w.len;
}

static int decode(const uint8_t *bytes, size_t len, struct engine_msg *m)
{
	struct reader r = reader_new(bytes, len);

	return engine_decode(&r, m);
}

/* The sample of a type in buf; its length. */
static size_t encode_sample(enum engine_type type)
{
	struct engine_msg m;
	size_t len;

	assert_int_equal(engine_sample(type, &m), 0);
	len = encode(&m);
	engine_msg_clear(&m);
	return len;
}

static void test_each_type_comes_back_as_it_was(void **state)
{
	(void)state;
	for_each_type(type)
	{
		struct engine_msg m, back;
		size_t len;

		assert_int_equal(engine_sample(type, &m), 0);
		len = encode(&m);
		assert_int_equal(decode(buf, len, &back), 0);
		if (!engine_same(&m, &back))
			fail_msg("type %d is not the same", type);
		engine_msg_clear(&m);
		engine_msg_clear(&back);
	}
	assert_int_equal(secret_alive(), 0);
}

/* What is not set must stay not set: no secrets, no addresses, no selector, any identity. */
static void test_empty_messages_come_back_empty(void **state)
{
	(void)state;
	for_each_type(type)
	{
		struct engine_msg m = {.type = type}, back;

		if (type == ENGINE_CONN_PUT || type == ENGINE_CONN_SEEN)
			continue;
		assert_int_equal(decode(buf, encode(&m), &back), 0);
		assert_true(engine_same(&m, &back));
		engine_msg_clear(&back);
	}
}

/* The layout is a promise between processes of different age: this one is written out. */
static void test_the_layout_is_as_it_was_promised(void **state)
{
	static const uint8_t want[] = {0, 8,  1, 2, 3, 4, 0,	0, 0,	 4,
				       4, 10, 1, 1, 2, 3, 0xff, 0, 0xff, 0};
	static const uint8_t done[] = {0,    31, 1, 2, 3, 4,  0xff, 0xff, 0xff, 0xed, 0xff, 0,
				       0x12, 52, 0, 0, 0, 9,  0,    14,	  0,	0,    2,    0,
				       0,    0,	 0, 0, 0, 16, 0,    0,	  0,	0,    1,    0,
				       0,    0,	 0, 0, 0, 0,  0,    0,	  0,	0,    1,    44};

	(void)state;
	assert_int_equal(encode_sample(ENGINE_DELETE_SPI), sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
	assert_int_equal(encode_sample(ENGINE_DONE), sizeof(done));
	assert_memory_equal(buf, done, sizeof(done));
}

static void test_every_truncation_is_refused_and_leaves_nothing(void **state)
{
	(void)state;
	for_each_type(type)
	{
		size_t len = encode_sample(type);

		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *exact = alloc_copy(buf, cut ? cut : 1);
			struct engine_msg m;

			assert_int_equal(decode(exact, cut, &m), -EBADMSG);
			assert_int_equal(m.type, 0);
			alloc_free(exact);
		}
	}
	assert_int_equal(secret_alive(), 0);
}

static void test_bytes_behind_a_message_are_refused(void **state)
{
	(void)state;
	for_each_type(type)
	{
		struct engine_msg m;

		assert_int_equal(decode(buf, encode_sample(type) + 1, &m), -EBADMSG);
	}
	assert_int_equal(secret_alive(), 0);
}

/* What passes must come back from its own bytes: nothing is taken that has two meanings. */
static void test_every_changed_byte_is_refused_or_kept(void **state)
{
	static uint8_t changed[ENGINE_MESSAGE_MAX];
	unsigned long refused = 0, kept = 0;

	(void)state;
	for_each_type(type)
	{
		size_t len = encode_sample(type);

		for (size_t at = 0; at < len * 256; at++) {
			struct engine_msg m;
			int rc;

			encode_sample(type);
			buf[at / 256] = (uint8_t)at;
			memcpy(changed, buf, len);
			rc = decode(changed, len, &m);
			assert_true(rc == 0 || rc == -EBADMSG);
			rc ? refused++ : kept++;
			if (!rc) {
				assert_int_equal(encode(&m), len);
				assert_memory_equal(buf, changed, len);
			}
			engine_msg_clear(&m);
		}
	}
	assert_true(refused > 1000 && kept > 1000);
	assert_int_equal(secret_alive(), 0);
}

/* One value each that lies outside of its field's range. */
#define OUTSIDE(X)                                                                                 \
	X(ENGINE_INITIATE, m.initiate.why = ENGINE_WHY_COUNT)                                      \
	X(ENGINE_CLOSE, m.ref.why = 255)                                                           \
	X(ENGINE_DELETE_SPI, m.delete_spi.protocol = 4)                                            \
	X(ENGINE_TRACE_SET, m.trace_set.level = 3)                                                 \
	X(ENGINE_TRACE, m.trace.level = 3)                                                         \
	X(ENGINE_SA_INSTALL, m.sa_install.parts = 4)                                               \
	X(ENGINE_SA_INSTALL, m.sa_install.esn = 2)                                                 \
	X(ENGINE_SA_INSTALL, m.sa_install.encr.type = 6)                                           \
	X(ENGINE_SA_INSTALL, m.sa_install.selector.local_port_mask = 0xff00)                       \
	X(ENGINE_SA_INSTALL, m.sa_install.selector.local.addr.bytes[15] = 1)                       \
	X(ENGINE_SA_INSTALL, m.sa_install.selector.remote.len = 129)                               \
	X(ENGINE_SA_INSTALL, m.sa_install.selector.remote = (struct prefix){0})                    \
	X(ENGINE_SA_USE, m.sa.parts = 7)                                                           \
	X(ENGINE_IKE_UP, m.ike.chosen.protocol = 9)                                                \
	X(ENGINE_IKE_UP, m.ike.remote_id.type = IDENTITY_IPV4)                                     \
	X(ENGINE_IKE_UP, m.ike.remote_id.len = 0)                                                  \
	X(ENGINE_IKE_UP, m.ike.chosen.t[1].type = 77)                                              \
	X(ENGINE_CHILD_UP, m.child.why = 200)

static void test_values_out_of_range_are_refused(void **state)
{
	struct engine_msg m, back;

	(void)state;
#define ONE(type, what)                                                                            \
	assert_int_equal(engine_sample(type, &m), 0);                                              \
	what;                                                                                      \
	assert_int_equal(decode(buf, encode(&m), &back), -EBADMSG);                                \
	engine_msg_clear(&m);
	OUTSIDE(ONE)
#undef ONE
	assert_int_equal(secret_alive(), 0);
}

#define CONN_OUTSIDE(X)                                                                            \
	X(c->id = 0)                                                                               \
	X(c->kind = (enum conn_kind)1)                                                             \
	X(c->current_peer = 2)                                                                     \
	X((c->peer_count = 0, c->current_peer = 1))                                                \
	X(c->children[1].reqid = 0)                                                                \
	X(c->children[0].selector.local.len = 33)                                                  \
	X(c->local_id.len = 3)

static void test_connections_out_of_range_are_refused(void **state)
{
	struct engine_msg m, back;
	struct conn *c;

	(void)state;
#define ONE(what)                                                                                  \
	c = conn_sample(1);                                                                        \
	what;                                                                                      \
	m = (struct engine_msg){.type = ENGINE_CONN_PUT, .conn_put = {c}};                         \
	assert_int_equal(decode(buf, encode(&m), &back), -EBADMSG);                                \
	engine_msg_clear(&m);
	CONN_OUTSIDE(ONE)
#undef ONE
	assert_int_equal(secret_alive(), 0);
}

static void test_unknown_types_are_refused(void **state)
{
	static const uint8_t bytes[6] = {0};
	struct engine_msg m = {.type = (enum engine_type)(ENGINE_RECORDS + 1)};
	struct writer w = writer_new(buf, sizeof(buf));

	(void)state;
	assert_int_equal(engine_encode(&m, &w), -EINVAL);
	m.type = (enum engine_type)0;
	assert_int_equal(engine_encode(&m, &w), -EINVAL);
	engine_msg_clear(&m);
	assert_int_equal(decode(bytes, sizeof(bytes), &m), -EBADMSG);
	buf[0] = buf[1] = 0xff;
	assert_int_equal(decode(buf, 6, &m), -EBADMSG);
}

static void test_what_does_not_fit_is_not_encoded(void **state)
{
	struct engine_msg m;
	size_t len;

	(void)state;
	for_each_type(type)
	{
		assert_int_equal(engine_sample(type, &m), 0);
		len = encode(&m);
		for (size_t cap = 0; cap < len; cap++) {
			struct writer w = writer_new(buf, cap);

			assert_int_equal(engine_encode(&m, &w), -EMSGSIZE);
		}
		engine_msg_clear(&m);
	}
	assert_int_equal(engine_sample(ENGINE_TRACE, &m), 0);
	memset(m.trace.text, 'x', sizeof(m.trace.text)); /* no end */
	assert_int_equal(engine_encode(&m, &(struct writer){buf, sizeof(buf), 0, false}),
			 -EMSGSIZE);
	m = (struct engine_msg){.type = ENGINE_CONN_PUT};
	assert_int_equal(engine_encode(&m, &(struct writer){buf, sizeof(buf), 0, false}),
			 -EMSGSIZE);
}

/* The largest connection there can be must pass. */
static void test_a_full_connection_fits(void **state)
{
	struct conn *c = conn_sample(1);
	struct engine_msg m = {.type = ENGINE_CONN_PUT, .conn_put = {c}}, back;

	(void)state;
	memset(c->name, 'n', sizeof(c->name) - 1);
	c->peer_count = CONN_PEERS_MAX;
	c->ike_count = c->esp_count = CONN_PROPOSALS_MAX;
	for (size_t i = 0; i < CONN_PROPOSALS_MAX; i++)
		c->ike[i].count = c->esp[i].count = PROPOSAL_TRANSFORMS_MAX;
	c->child_count = CONN_CHILDREN_MAX;
	for (uint32_t i = 0; i < CONN_CHILDREN_MAX; i++)
		c->children[i].reqid = i + 1;
	assert_int_equal(decode(buf, encode(&m), &back), 0);
	assert_true(engine_same(&m, &back));
	engine_msg_clear(&m);
	engine_msg_clear(&back);
}

static int there_and_back(void *arg)
{
	enum engine_type type = *(const enum engine_type *)arg;
	struct engine_msg m, back;
	size_t len;
	int rc = engine_sample(type, &m);

	if (rc)
		return rc;
	len = encode(&m);
	engine_msg_clear(&m);
	rc = decode(buf, len, &back);
	engine_msg_clear(&back);
	return rc;
}

static void test_without_memory_nothing_is_left(void **state)
{
	enum engine_type type = ENGINE_SA_INSTALL;

	(void)state;
	assert_int_equal(unit_fail_each_allocation(there_and_back, &type), 6);
	type = ENGINE_CONN_PUT;
	assert_int_equal(unit_fail_each_allocation(there_and_back, &type), 6);
	assert_int_equal(secret_alive(), 0);
}

static void test_every_reason_has_words(void **state)
{
	(void)state;
	for (int why = 0; why < ENGINE_WHY_COUNT; why++) {
		const char *text = engine_reason_text((enum engine_reason)why);

		assert_non_null(text);
		for (int other = 0; other < why; other++)
			assert_string_not_equal(text,
						engine_reason_text((enum engine_reason)other));
	}
	assert_string_equal(engine_reason_text(ENGINE_WHY_RECOVERY), "recovery");
	assert_string_equal(engine_reason_text(ENGINE_WHY_COUNT), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_type_comes_back_as_it_was),
		cmocka_unit_test(test_empty_messages_come_back_empty),
		cmocka_unit_test(test_the_layout_is_as_it_was_promised),
		cmocka_unit_test(test_every_truncation_is_refused_and_leaves_nothing),
		cmocka_unit_test(test_bytes_behind_a_message_are_refused),
		cmocka_unit_test(test_every_changed_byte_is_refused_or_kept),
		cmocka_unit_test(test_values_out_of_range_are_refused),
		cmocka_unit_test(test_connections_out_of_range_are_refused),
		cmocka_unit_test(test_unknown_types_are_refused),
		cmocka_unit_test(test_what_does_not_fit_is_not_encoded),
		cmocka_unit_test(test_a_full_connection_fits),
		cmocka_unit_test(test_without_memory_nothing_is_left),
		cmocka_unit_test(test_every_reason_has_words),
	};

	return cmocka_run_group_tests_name("engine_codec", tests, NULL, NULL);
}
