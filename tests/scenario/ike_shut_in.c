/* The engine works behind the ike process's own filter: it needs no file and no new socket. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "ike/crypto/crypto.h"
#include "ike/main/seccomp.h"
#include "tests/scenario/ike_pair.h"

static int in_child(void (*fn)(struct pair *p))
{
	struct pair *p = pair_new(NULL);
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct error err = {0};

		if (ike_crypto_begin() != 0)
			_exit(3);
		if (ike_seccomp(&err) != 0) {
			fprintf(stderr, "%s\n", err.text);
			_exit(77);
		}
		fn(p);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	pair_free(p);
	return status;
}

static void handshake(struct pair *p)
{
	uint32_t token;

	if (!pair_establish(p))
		_exit(1);
	token = pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_STOP);
	pair_run(p, 5000);
	if (pair_result(p, 0, token) != 0)
		_exit(2);
}

static void open_file(struct pair *p)
{
	const int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);

	(void)p;
	if (fd >= 0)
		close(fd);
}

static void open_socket(struct pair *p)
{
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)p;
	if (fd >= 0)
		close(fd);
}

static void test_a_handshake_needs_nothing_from_outside(void **state)
{
	const int status = in_child(handshake);

	(void)state;
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_a_file_or_a_socket_is_death(void **state)
{
	void (*const forbidden[])(struct pair * p) = {
#ifndef SPINDLE_SANITIZERS /* their runtime opens files */
		open_file,
#endif
		open_socket,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		const int status = in_child(forbidden[i]);

		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			skip();
		assert_true(WIFSIGNALED(status));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_handshake_needs_nothing_from_outside),
		cmocka_unit_test(test_a_file_or_a_socket_is_death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
