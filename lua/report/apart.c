/*
 * The child that writes. It is forked when the JSON is in memory, closes every descriptor but its end
 * of a pipe, lays down its privileges, takes limits on memory and processor time, and a filter of
 * system calls without open, socket, fork or exec. Then it writes the four parts into the pipe: their
 * lengths, their bytes. The parent counts, waits at most WAIT_MS, and kills.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "lua/report/render.h"
#include "lua/report/render_internal.h"
#include "net/privileges.h"
#include "net/shut_in.h"

#define WAIT_MS	     15000
#define CPU_S	     10
#define MEMORY_BYTES (256ull << 20) /* beyond what the parent has */

/* How the child ends, where it does not write. */
enum ending { ENDING_GOOD, ENDING_CONFINE, ENDING_MEMORY, ENDING_LARGE, ENDING_JSON, ENDING_WRITE };

/* Bytes of address space that this process has; 0: cannot be told. */
static uint64_t address_space(void)
{
	char text[64] = "";
	unsigned long pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) > 0 && sscanf(text, "%lu", &pages) != 1)
		pages = 0;
	close(fd);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int limit(__rlimit_resource_t what, uint64_t to)
{
	return setrlimit(what, &(struct rlimit){.rlim_cur = to, .rlim_max = to});
}

/* A sanitizer's shadow memory is most of an address space: no limit there. */
static int limit_memory(uint64_t before)
{
#ifdef SPINDLE_SANITIZERS
	(void)before;
	return 0;
#else
	return before ? limit(RLIMIT_AS, before + MEMORY_BYTES) : 0;
#endif
}

int render_confine(int fd, uint64_t memory)
{
	static const char *const nothing_more[] = {NULL};
	const int no_capability[] = {-1};
	bool kept_root;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd > 0 && syscall(SYS_close_range, 0, fd - 1, 0))
		return -1;
	if (syscall(SYS_close_range, fd + 1, ~0u, 0))
		return -1;
	if (privileges_drop(NULL, no_capability, &kept_root, NULL))
		return -1;
	if (limit(RLIMIT_CPU, CPU_S) || limit(RLIMIT_FSIZE, 0) || limit(RLIMIT_CORE, 0) ||
	    limit_memory(memory))
		return -1;
	return shut_in(nothing_more, NULL, NULL);
}

static bool write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static enum ending hand_over(int fd, const struct render *r)
{
	uint64_t lengths[RENDER_PARTS];

	for (size_t i = 0; i < RENDER_PARTS; i++)
		lengths[i] = r->part[i].len;
	if (!write_all(fd, lengths, sizeof(lengths)))
		return ENDING_WRITE;
	for (size_t i = 0; i < RENDER_PARTS; i++)
		if (!write_all(fd, text_str(&r->part[i]), r->part[i].len))
			return ENDING_WRITE;
	return ENDING_GOOD;
}

static _Noreturn void child(const struct render_source *source, int fd, uint64_t memory)
{
	struct render r;
	int code;

	alloc_fail_after(0); /* a test's wish was for the parent */
	if (render_confine(fd, memory))
		_exit(ENDING_CONFINE);
	code = render_here(source, &r);
	if (code)
		_exit(code == -EFBIG	 ? ENDING_LARGE
		      : code == -EBADMSG ? ENDING_JSON
					 : ENDING_MEMORY);
	_exit(hand_over(fd, &r));
}

/* Reads exactly `len` bytes by the deadline. */
static bool read_all(int fd, void *data, size_t len, uint64_t deadline_ms)
{
	char *at = data;

	while (len > 0) {
		uint64_t now = clock_boot_ms();
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (now >= deadline_ms)
			return false;
		if (poll(&p, 1, (int)(deadline_ms - now)) <= 0)
			continue;
		n = read(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool take_part(int fd, struct text *part, size_t len, uint64_t deadline_ms)
{
	char chunk[16384];

	while (len > 0 && !part->failed) {
		size_t n = len < sizeof(chunk) ? len : sizeof(chunk);

		if (!read_all(fd, chunk, n, deadline_ms))
			return false;
		text_add_n(part, chunk, n);
		len -= n;
	}
	return !part->failed;
}

/* false: not whole; then *out is only to be freed. */
static bool take_over(int fd, size_t limit_bytes, struct render *out)
{
	uint64_t lengths[RENDER_PARTS], deadline_ms = clock_boot_ms() + WAIT_MS, left = limit_bytes;

	if (!read_all(fd, lengths, sizeof(lengths), deadline_ms))
		return false;
	for (size_t i = 0; i < RENDER_PARTS; i++) {
		if (lengths[i] > left)
			return false;
		left -= lengths[i];
	}
	for (size_t i = 0; i < RENDER_PARTS; i++)
		if (!take_part(fd, &out->part[i], lengths[i], deadline_ms))
			return false;
	return true;
}

static int failed(int status, struct error *err)
{
	if (!WIFEXITED(status))
		return error_set(err, -EPROTO, "the writer of the report was ended by signal %d",
				 WTERMSIG(status));
	switch (WEXITSTATUS(status)) {
	case ENDING_CONFINE:
		return error_set(err, -EPERM, "the writer of the report cannot be confined");
	case ENDING_MEMORY:
		return error_set(err, -ENOMEM, "no memory for the report");
	case ENDING_LARGE:
		return error_set(err, -EFBIG, "the report is larger than one may be");
	case ENDING_JSON:
		return error_set(err, -EBADMSG, "incident.json is no JSON object");
	default:
		return error_set(err, -EPROTO, "the writer of the report did not finish");
	}
}

/* Who ends children for the whole process may have taken the status; then whole bytes suffice. */
static int finish(pid_t pid, bool whole, struct error *err)
{
	int status = 0;
	pid_t got;

	if (!whole) /* it hangs, or has ended already */
		kill(pid, SIGKILL);
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (whole)
		return 0;
	return failed(got == pid ? status : ENDING_WRITE << 8, err);
}

int render_apart(const struct render_source *source, struct render *out, struct error *err)
{
	uint64_t memory = address_space();
	int pipes[2], code;
	pid_t pid;

	for (size_t i = 0; i < RENDER_PARTS; i++)
		text_init(&out->part[i], 0);
	if (pipe2(pipes, O_CLOEXEC))
		return error_set(err, -errno, "no pipe for the writer of the report: %s",
				 strerror(errno));
	pid = fork();
	if (pid == 0)
		child(source, pipes[1], memory);
	code = pid < 0 ? error_set(err, -errno, "no process for the report: %s", strerror(errno))
		       : 0;
	close(pipes[1]);
	if (!code) {
		bool whole = take_over(pipes[0], source->limit, out);

		close(pipes[0]);
		return finish(pid, whole, err);
	}
	close(pipes[0]);
	return code;
}
