#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/identity.h"

static struct identity named(uint8_t type, const char *text)
{
	struct identity id;

	assert_int_equal(identity_set(&id, type, text, strlen(text)), 0);
	return id;
}

static void test_an_address_is_an_identity(void **state)
{
	struct addr four, six, none = {0};
	struct identity id, set;
	char buf[IDENTITY_STRLEN];

	(void)state;
	assert_int_equal(addr_parse(&four, "192.0.2.1"), 0);
	assert_int_equal(addr_parse(&six, "2001:db8::1"), 0);
	id = identity_of_addr(&four);
	assert_int_equal(identity_set(&set, IDENTITY_IPV4, four.bytes, 4), 0);
	assert_true(identity_equal(&id, &set));
	assert_string_equal(identity_format(&id, buf, sizeof(buf)), "192.0.2.1");
	id = identity_of_addr(&six);
	assert_int_equal(id.type, IDENTITY_IPV6);
	assert_string_equal(identity_format(&id, buf, sizeof(buf)), "2001:db8::1");
	id = identity_of_addr(&none);
	assert_int_equal(id.type, IDENTITY_ANY);
	assert_string_equal(identity_format(&id, buf, sizeof(buf)), "any");
}

static void test_lengths_that_do_not_fit_the_type_are_refused(void **state)
{
	static const uint8_t bytes[IDENTITY_MAX + 1] = {1};
	struct identity id = named(IDENTITY_FQDN, "kept");

	(void)state;
	assert_int_equal(identity_set(&id, IDENTITY_IPV4, bytes, 3), -EINVAL);
	assert_int_equal(identity_set(&id, IDENTITY_IPV4, bytes, 16), -EINVAL);
	assert_int_equal(identity_set(&id, IDENTITY_IPV6, bytes, 4), -EINVAL);
	assert_int_equal(identity_set(&id, IDENTITY_FQDN, bytes, 0), -EINVAL);
	assert_int_equal(identity_set(&id, IDENTITY_ANY, bytes, 1), -EINVAL);
	assert_int_equal(identity_set(&id, IDENTITY_KEY_ID, bytes, IDENTITY_MAX + 1), -EINVAL);
	assert_int_equal(identity_set(&id, IDENTITY_KEY_ID, bytes, SIZE_MAX), -EINVAL);
	assert_memory_equal(id.data, "kept", 4);
	assert_int_equal(identity_set(&id, IDENTITY_KEY_ID, bytes, IDENTITY_MAX), 0);
	assert_int_equal(identity_set(&id, IDENTITY_ANY, NULL, 0), 0);
}

static void test_a_name_with_a_terminator_is_refused(void **state)
{
	struct identity id;

	(void)state;
	assert_int_equal(identity_set(&id, IDENTITY_FQDN, "good.example\0evil", 17), -EINVAL);
	assert_int_equal(identity_set(&id, IDENTITY_EMAIL, "a@b\0", 4), -EINVAL);
	assert_int_equal(identity_set(&id, IDENTITY_KEY_ID, "a\0b", 3), 0);
}

static void test_names_are_equal_without_case_keys_are_not(void **state)
{
	struct identity a = named(IDENTITY_FQDN, "Hub.Example"),
			b = named(IDENTITY_FQDN, "hub.example");
	struct identity c = named(IDENTITY_KEY_ID, "Hub"), d = named(IDENTITY_KEY_ID, "hub");
	struct identity e = named(IDENTITY_EMAIL, "hub.example");

	(void)state;
	assert_true(identity_equal(&a, &b));
	assert_int_equal(identity_hash(&a, 5), identity_hash(&b, 5));
	assert_false(identity_equal(&c, &d));
	assert_false(identity_equal(&b, &e));
	assert_int_not_equal(identity_hash(&b, 5), identity_hash(&e, 5));
	assert_int_not_equal(identity_hash(&c, 5), identity_hash(&d, 5));
	a = named(IDENTITY_FQDN, "AMZ@[`{");
	b = named(IDENTITY_FQDN, "amz@[`{");
	assert_true(identity_equal(&a, &b));
	/* Only letters have a case. */
	b = named(IDENTITY_FQDN, "amz`{@[");
	assert_false(identity_equal(&a, &b));
	a = named(IDENTITY_FQDN, "Hub.Example");
	/* The bytes stay as they came: AUTH is computed over them. */
	assert_memory_equal(a.data, "Hub.Example", 11);
}

static void test_any_matches_every_identity_and_nothing_else_does(void **state)
{
	struct identity any = {0}, a = named(IDENTITY_FQDN, "a"), b = named(IDENTITY_FQDN, "ab");

	(void)state;
	assert_true(identity_matches(&any, &a));
	assert_true(identity_matches(&a, &a));
	assert_false(identity_matches(&a, &b));
	assert_false(identity_matches(&b, &a));
	assert_false(identity_matches(&a, &any));
}

static void test_what_cannot_be_printed_is_escaped(void **state)
{
	struct identity id = named(IDENTITY_KEY_ID, "a\x1b[2J\\ \xff");
	char buf[IDENTITY_STRLEN], small[8];

	(void)state;
	assert_string_equal(identity_format(&id, buf, sizeof(buf)), "a\\x1b[2J\\x5c\\x20\\xff");
	/* Cut at a whole escape. */
	assert_string_equal(identity_format(&id, small, sizeof(small)), "a\\x1b[2");
	assert_string_equal(identity_format(&id, small, 5), "a");
	small[0] = 'z';
	identity_format(&id, small, 0);
	assert_int_equal(small[0], 'z');
}

static void test_the_longest_identity_fits_its_buffer(void **state)
{
	uint8_t bytes[IDENTITY_MAX];
	struct identity id;
	char buf[IDENTITY_STRLEN];

	(void)state;
	memset(bytes, 0x01, sizeof(bytes));
	assert_int_equal(identity_set(&id, IDENTITY_DN, bytes, sizeof(bytes)), 0);
	assert_int_equal(strlen(identity_format(&id, buf, sizeof(buf))), IDENTITY_MAX * 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_an_identity),
		cmocka_unit_test(test_lengths_that_do_not_fit_the_type_are_refused),
		cmocka_unit_test(test_a_name_with_a_terminator_is_refused),
		cmocka_unit_test(test_names_are_equal_without_case_keys_are_not),
		cmocka_unit_test(test_any_matches_every_identity_and_nothing_else_does),
		cmocka_unit_test(test_what_cannot_be_printed_is_escaped),
		cmocka_unit_test(test_the_longest_identity_fits_its_buffer),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
