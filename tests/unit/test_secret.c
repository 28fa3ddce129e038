#include "tests/unit/unit.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"

static void test_a_secret_is_a_copy(void **state)
{
	char key[] = "sesame";
	struct secret *s = secret_new(key, 6), *copy;

	(void)state;
	key[0] = 'X';
	assert_int_equal(secret_len(s), 6);
	assert_memory_equal(secret_bytes(s), "sesame", 6);
	copy = secret_copy(s);
	secret_bytes(s)[0] = 'Y';
	assert_memory_equal(secret_view(copy).data, "sesame", 6);
	secret_free(s);
	secret_free(copy);
}

static void test_nothing_stands_for_nothing(void **state)
{
	struct secret *empty = secret_new(NULL, 0);

	(void)state;
	assert_non_null(empty);
	assert_int_equal(secret_len(empty), 0);
	assert_null(secret_view(NULL).data);
	assert_int_equal(secret_len(NULL), 0);
	assert_null(secret_copy(NULL));
	assert_true(secret_equal(NULL, NULL));
	assert_true(secret_equal(NULL, empty));
	secret_free(empty);
	secret_free(NULL);
}

static void test_every_length_up_to_the_greatest_holds(void **state)
{
	uint8_t bytes[SECRET_MAX + 1];

	(void)state;
	memset(bytes, 0xa5, sizeof(bytes));
	for (size_t len = 0; len <= SECRET_MAX; len++) {
		struct secret *s = secret_new(bytes, len), *next = secret_zero(len);

		assert_int_equal(secret_len(s), len);
		assert_memory_equal(secret_bytes(s), bytes, len);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(secret_bytes(next)[i], 0);
		secret_free(s);
		secret_free(next);
	}
	assert_null(secret_new(bytes, SECRET_MAX + 1));
	assert_null(secret_zero(SIZE_MAX));
}

static void test_a_freed_secret_is_wiped(void **state)
{
	/* The neighbour keeps the chunk mapped, so that the freed slot can be looked at. */
	struct secret *neighbour = secret_new("n", 1), *s = secret_new("0123456789abcdefghij", 20);
	const uint8_t *bytes = secret_view(s).data;

	(void)state;
	secret_free(s);
	/* But for the allocator's link at the head of the slot, before byte 4. */
	for (size_t i = 8; i < 20; i++)
		assert_int_equal(bytes[i], 0);
	s = secret_zero(20);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(secret_bytes(s)[i], 0);
	secret_free(s);
	secret_free(neighbour);
}

static void test_equality_is_of_length_and_content(void **state)
{
	struct secret *a = secret_new("abcd", 4), *b = secret_new("abcd", 4);
	struct secret *c = secret_new("abcX", 4), *d = secret_new("abc", 3),
		      *e = secret_new("Xbcd", 4);

	(void)state;
	assert_true(secret_equal(a, b));
	assert_false(secret_equal(a, c));
	assert_false(secret_equal(a, d));
	assert_false(secret_equal(a, e));
	assert_false(secret_equal(a, NULL));
	secret_free(a);
	secret_free(b);
	secret_free(c);
	secret_free(d);
	secret_free(e);
}

/* The keys of a thousand IKE SAs: all apart, all intact, freed in another order. */
static void test_thousands_of_secrets_do_not_touch(void **state)
{
	enum { COUNT = 7000 };
	static const size_t lens[] = {16, 20, 32, 36, 64, 100, 256, 512};
	struct secret **s = alloc_array(COUNT, sizeof(*s));

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		s[i] = secret_zero(lens[i % 8]);
		assert_non_null(s[i]);
		memset(secret_bytes(s[i]), (int)(i & 0xff), lens[i % 8]);
	}
	for (uint32_t i = 0; i < COUNT; i++)
		for (size_t at = 0; at < lens[i % 8]; at++)
			assert_int_equal(secret_bytes(s[i])[at], i & 0xff);
	for (uint32_t i = 0; i < COUNT; i += 2)
		secret_free(s[i]);
	for (uint32_t i = 0; i < COUNT; i += 2)
		s[i] = secret_new("again", 5);
	for (uint32_t i = COUNT; i > 0; i--) {
		if ((i - 1) % 2 == 0)
			assert_memory_equal(secret_bytes(s[i - 1]), "again", 5);
		secret_free(s[i - 1]);
	}
	alloc_free(s);
}

/* The kernel's own word on one mapping: "VmFlags: … lo … dd …" in smaps. */
static bool mapping_has_flag(const void *at, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	bool inside = false, found = false;
	char line[512];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)at >= from && (uintptr_t)at < to;
		if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	fclose(f);
	return found;
}

static void test_secrets_are_left_out_of_cores_and_locked(void **state)
{
	struct secret *s = secret_new("key", 3);

	(void)state;
	assert_true(mapping_has_flag(s, " dd"));
#ifndef SPINDLE_SANITIZERS /* their runtime turns mlock() into nothing that succeeds */
	/* Locked, or counted as not locked; never silently neither. */
	assert_true(mapping_has_flag(s, " lo") || secret_unlocked() > 0);
#endif
	secret_free(s);
}

/* In a child: as a user without the right to lock, and no room for it either. */
static int lock_nothing(void)
{
	enum { COUNT = 100 }; /* more than fit into the parent's chunks */
	struct secret *s[COUNT];
	struct rlimit none = {0};
	size_t unlocked;

	if (setrlimit(RLIMIT_MEMLOCK, &none) || (geteuid() == 0 && setuid(65534)))
		return 2;
	for (size_t i = 0; i < COUNT; i++)
		s[i] = secret_zero(SECRET_MAX);
	unlocked = secret_unlocked();
	for (size_t i = 0; i < COUNT; i++) {
		if (!s[i])
			return 3;
		secret_free(s[i]);
	}
	return unlocked > secret_unlocked() ? 0 : 4;
}

static void test_what_cannot_be_locked_is_counted(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(lock_nothing());
	waitpid(child, &status, 0);
#ifndef SPINDLE_SANITIZERS
	assert_int_equal(status, 0);
#endif
}

static void *churn(void *arg)
{
	bool *ok = arg;

	for (unsigned int i = 0; i < 2000 && *ok; i++) {
		struct secret *s = secret_zero(16 + i % 200);

		memset(secret_bytes(s), (int)(i & 0xff), secret_len(s));
		*ok = secret_bytes(s)[secret_len(s) - 1] == (i & 0xff);
		secret_free(s);
	}
	return NULL;
}

static void test_workers_may_make_and_free_secrets(void **state)
{
	pthread_t threads[4];
	bool ok[4] = {true, true, true, true};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, &ok[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_true(ok[i]);
	}
}

static void test_without_memory_there_is_no_secret(void **state)
{
	struct secret *s = secret_new("x", 1);

	(void)state;
	alloc_fail_after(1);
	assert_null(secret_new("x", 1));
	alloc_fail_after(1);
	assert_null(secret_copy(s));
	alloc_fail_after(1);
	assert_null(secret_zero(9));
	alloc_fail_after(0);
	secret_free(s);
}

static void test_without_address_space_there_is_no_secret(void **state)
{
	enum { COUNT = 40 };
	struct secret *held[COUNT] = {0};
	struct rlimit old, none;
	size_t got = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
	none = old;
	none.rlim_cur = 1;
	if (setrlimit(RLIMIT_AS, &none))
		skip();
	/* Free slots of old chunks are still given; a new chunk cannot be mapped. */
	while (got < COUNT && (held[got] = secret_zero(SECRET_MAX)))
		got++;
	setrlimit(RLIMIT_AS, &old);
	assert_true(got < COUNT);
	while (got > 0)
		secret_free(held[--got]);
}

static void test_a_wipe_leaves_nothing(void **state)
{
	uint8_t buf[8] = "secret";

	(void)state;
	secret_wipe(buf, sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_secret_is_a_copy),
		cmocka_unit_test(test_nothing_stands_for_nothing),
		cmocka_unit_test(test_every_length_up_to_the_greatest_holds),
		cmocka_unit_test(test_a_freed_secret_is_wiped),
		cmocka_unit_test(test_equality_is_of_length_and_content),
		cmocka_unit_test(test_thousands_of_secrets_do_not_touch),
		cmocka_unit_test(test_secrets_are_left_out_of_cores_and_locked),
		cmocka_unit_test(test_what_cannot_be_locked_is_counted),
		cmocka_unit_test(test_workers_may_make_and_free_secrets),
		cmocka_unit_test(test_without_memory_there_is_no_secret),
		cmocka_unit_test(test_without_address_space_there_is_no_secret),
		cmocka_unit_test(test_a_wipe_leaves_nothing),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
