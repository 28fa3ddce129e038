/* The capture file: block by block as the format says, and read back by tcpdump where it is there. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "lua/report/pcapng.h"

/* ESP from 10.1.1.1 to 10.1.1.2, SPI 0x68842105, sequence 7; 64 bytes on the wire, 32 kept. */
static const uint8_t v4[32] = {0x45, 0,	   0, 64, 0, 0,	 0x40, 0, 64, 50,   0x24,
			       0x58, 10,   1, 1,  1, 10, 1,    1, 2,  0x68, 0x84,
			       0x21, 0x05, 0, 0,  0, 7,	 1,    2, 3,  4};
/* ESP from 2001:db8::1 to 2001:db8::2, SPI 0x100, sequence 1; an odd length. */
static const uint8_t v6[51] = {0x60, 0,	   0, 0, 0, 11, 50, 64, 0x20, 1, 0x0d, 0xb8, 0,
			       0,    0,	   0, 0, 0, 0,	0,  0,	0,    0, 1,    0x20, 1,
			       0x0d, 0xb8, 0, 0, 0, 0,	0,  0,	0,    0, 0,    0,    0,
			       2,    0,	   0, 1, 0, 0,	0,  0,	1,    9, 9,    9};
static const struct pcapng_packet two[] = {
	{.time_ms = 1795578312345, .data = v4, .len = sizeof(v4), .on_the_wire = 64},
	{.time_ms = 1795578312999, .data = v6, .len = sizeof(v6)},
};

static uint32_t at32(const struct text *t, size_t at)
{
	const unsigned char *b = (const unsigned char *)text_str(t) + at;

	assert_true(at + 4 <= t->len);
	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The block at `at`: its type and where its body is; returns where the next one begins. */
static size_t block(const struct text *t, size_t at, uint32_t *type)
{
	uint32_t len = at32(t, at + 4);

	*type = at32(t, at);
	assert_int_equal(len % 4, 0);
	assert_true(len >= 12 && at + len <= t->len);
	assert_int_equal(at32(t, at + len - 4), len);
	return at + len;
}

static void test_the_blocks_are_those_of_the_format(void **state)
{
	static const uint32_t types[] = {0x0a0d0d0a, 1, 6, 6};
	size_t at = 0;
	struct text t;

	(void)state;
	text_init(&t, 0);
	pcapng_write(&t, "event X", two, 2);
	for (size_t i = 0; i < 4; i++) {
		uint32_t type;
		size_t next = block(&t, at, &type);

		assert_int_equal(type, types[i]);
		if (i == 0)
			assert_int_equal(at32(&t, at + 8), 0x1a2b3c4d);
		if (i == 1)
			assert_int_equal(at32(&t, at + 8) & 0xffff, 101);
		if (i == 2) {
			uint64_t ms = (uint64_t)at32(&t, at + 12) << 32 | at32(&t, at + 16);

			assert_int_equal(ms, two[0].time_ms);
			assert_int_equal(at32(&t, at + 20), 32);
			assert_int_equal(at32(&t, at + 24), 64);
			assert_memory_equal(text_str(&t) + at + 28, v4, sizeof(v4));
		}
		if (i == 3)
			assert_int_equal(at32(&t, at + 24), 51);
		at = next;
	}
	assert_int_equal(at, t.len);
	text_free(&t);
}

static void test_no_packet_is_a_file_too(void **state)
{
	uint32_t type;
	struct text t;

	(void)state;
	text_init(&t, 0);
	pcapng_write(&t, NULL, NULL, 0);
	assert_int_equal(block(&t, block(&t, 0, &type), &type), t.len);
	assert_int_equal(type, 1);
	text_free(&t);
}

/* 1,001 bytes, of which the last character has two: it goes whole. */
static void test_a_long_comment_is_cut_between_characters(void **state)
{
	char comment[1002];
	struct text t;

	(void)state;
	memset(comment, 'x', sizeof(comment));
	memcpy(comment + 999, "\303\274", 3);
	text_init(&t, 0);
	pcapng_write(&t, comment, NULL, 0);
	assert_int_equal(at32(&t, 24) >> 16, 999);
	text_free(&t);
}

static void test_without_memory_the_text_says_so(void **state)
{
	unsigned long made;

	(void)state;
	for (unsigned long n = 1;; n++) {
		struct text t;
		bool failed;

		text_init(&t, 0);
		alloc_fail_after(n);
		pcapng_write(&t, "x", two, 2);
		made = alloc_fail_after(0);
		failed = t.failed;
		text_free(&t);
		if (made < n) {
			assert_false(failed);
			assert_true(n > 3);
			return;
		}
		assert_true(failed);
	}
}

/* Runs a program with its output in `out`, which is closed. Its exit status; 127: it is not there. */
static int run(char *const *argv, int out)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(out, STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(out);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What the program prints of the file, whose path stands after argv's "-r". false: it is not there. */
static bool read_back(const char **argv, const struct text *t, char *out, size_t size)
{
	char path[] = "/tmp/test_report_pcapng.XXXXXX";
	int fd = mkstemp(path), pipes[2], status;
	ssize_t len;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, t->data, t->len), t->len);
	close(fd);
	for (size_t i = 0; argv[i]; i++)
		if (!strcmp(argv[i], "FILE"))
			argv[i] = path;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	status = run((char *const *)(uintptr_t)argv, pipes[1]);
	len = read(pipes[0], out, size - 1);
	assert_true(len >= 0);
	out[len] = 0;
	close(pipes[0]);
	unlink(path);
	return status != 127;
}

static void test_tcpdump_reads_it(void **state)
{
	char out[4000];
	struct text t;

	(void)state;
	text_init(&t, 0);
	pcapng_write(&t, "event X", two, 2);
	if (!read_back((const char *[]){"tcpdump", "-nn", "-tttt", "-r", "FILE", NULL}, &t, out,
		       sizeof(out))) {
		text_free(&t);
		skip();
	}
	assert_non_null(
		strstr(out, "12.345000 IP 10.1.1.1 > 10.1.1.2: ESP(spi=0x68842105,seq=0x7)"));
	assert_non_null(strstr(
		out, "12.999000 IP6 2001:db8::1 > 2001:db8::2: ESP(spi=0x00000100,seq=0x1)"));
	text_free(&t);
}

static void test_tshark_reads_it_and_its_comment(void **state)
{
	const char *argv[] = {"tshark",	    "-r", "FILE",	   "-T", "fields",  "-e",
			      "frame.len",  "-e", "frame.cap_len", "-e", "esp.spi", "-e",
			      "_ws.expert", NULL};
	char out[4000];
	struct text t;

	(void)state;
	text_init(&t, 0);
	pcapng_write(&t, "event X", two, 2);
	if (!read_back(argv, &t, out, sizeof(out))) {
		text_free(&t);
		skip();
	}
	assert_string_equal(out, "64\t32\t0x68842105\t\n51\t51\t0x00000100\t\n");
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_blocks_are_those_of_the_format),
		cmocka_unit_test(test_no_packet_is_a_file_too),
		cmocka_unit_test(test_a_long_comment_is_cut_between_characters),
		cmocka_unit_test(test_without_memory_the_text_says_so),
		cmocka_unit_test(test_tcpdump_reads_it),
		cmocka_unit_test(test_tshark_reads_it_and_its_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
