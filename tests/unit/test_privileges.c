/* What is left after privileges were laid down: read from the kernel, in a child of root's. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "net/privileges.h"

#define NET_ADMIN (1ull << CAP_NET_ADMIN)

/* A field of /proc/self/status, hexadecimal; all ones: not there. */
static unsigned long long status_field(const char *name)
{
	char line[256];
	unsigned long long value = ~0ull;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			value = strtoull(line + strlen(name) + 1, NULL, 16);
	if (f)
		fclose(f);
	return value;
}

static void in_child(void (*act)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void need(bool ok, int line)
{
	if (ok)
		return;
	fprintf(stderr, "line %d\n", line);
	_exit(1);
}
#define NEED(x) need(x, __LINE__)

static void need_capabilities(unsigned long long set)
{
	NEED(status_field("CapEff") == set);
	NEED(status_field("CapPrm") == set);
	NEED(status_field("CapInh") == 0 && status_field("CapAmb") == 0);
}

static void need_locked(void)
{
	struct rlimit core;

	NEED(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	NEED(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	NEED(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
}

static void to_another_user_with_one(void)
{
	static const int keep[] = {CAP_NET_ADMIN, -1};
	const struct passwd *pw = getpwnam("nobody");
	const uid_t uid = pw->pw_uid;
	struct error err = {0};
	gid_t groups[1];
	bool kept;

	NEED(privileges_drop("nobody", keep, &kept, &err) == 0 && !kept);
	NEED(getuid() == uid && geteuid() == uid && getegid() != 0);
	NEED(getgroups(1, groups) == 0);
	need_capabilities(NET_ADMIN);
	need_locked();
	NEED(setuid(0) != 0);
}

static void to_another_user_with_none(void)
{
	static const int keep[] = {-1};
	struct error err = {0};
	bool kept;

	NEED(privileges_drop("nobody", keep, &kept, &err) == 0 && !kept && getuid() != 0);
	need_capabilities(0);
	need_locked();
}

static void root_without_the_user(void)
{
	static const int keep[] = {CAP_NET_ADMIN, -1};
	struct error err = {0};
	bool kept;

	NEED(privileges_drop("no-such-user-here", keep, &kept, &err) == 0 && kept);
	NEED(getuid() == 0);
	need_capabilities(NET_ADMIN);
	need_locked();
}

static void root_by_intent_and_its_bounding_set(void)
{
	static const int keep[] = {CAP_NET_ADMIN, -1};
	struct error err = {0};
	bool kept;

	NEED(privileges_drop(NULL, keep, &kept, &err) == 0 && !kept && getuid() == 0);
	need_capabilities(NET_ADMIN);
	NEED(status_field("CapBnd") == NET_ADMIN);
	NEED(privileges_drop(NULL, keep, &kept, &err) == 0); /* without SETPCAP now */
}

static void what_is_not_there_cannot_be_kept(void)
{
	static const int one[] = {CAP_NET_ADMIN, -1}, two[] = {CAP_NET_ADMIN, CAP_KILL, -1};
	struct error err = {0};
	bool kept;

	NEED(privileges_drop(NULL, one, &kept, &err) == 0);
	NEED(privileges_drop(NULL, two, &kept, &err) != 0 && err.text[0]);
}

static bool is_root(void)
{
	return geteuid() == 0 && getpwnam("nobody") &&
	       (status_field("CapEff") & (1ull << CAP_SETPCAP | 1ull << CAP_SETUID | NET_ADMIN)) ==
		       (1ull << CAP_SETPCAP | 1ull << CAP_SETUID | NET_ADMIN);
}

static void run_as_root(void (*act)(void))
{
	if (!is_root())
		skip();
	in_child(act);
}

static void test_another_user_has_one_capability_and_no_way_back(void **state)
{
	(void)state;
	run_as_root(to_another_user_with_one);
}

static void test_another_user_has_none(void **state)
{
	(void)state;
	run_as_root(to_another_user_with_none);
}

static void test_root_without_the_user_has_no_more_than_the_user_would(void **state)
{
	(void)state;
	run_as_root(root_without_the_user);
}

static void test_the_bounding_set_follows(void **state)
{
	(void)state;
	run_as_root(root_by_intent_and_its_bounding_set);
}

static void test_what_is_not_there_is_refused_with_a_sentence(void **state)
{
	(void)state;
	run_as_root(what_is_not_there_cannot_be_kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_user_has_one_capability_and_no_way_back),
		cmocka_unit_test(test_another_user_has_none),
		cmocka_unit_test(test_root_without_the_user_has_no_more_than_the_user_would),
		cmocka_unit_test(test_the_bounding_set_follows),
		cmocka_unit_test(test_what_is_not_there_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
