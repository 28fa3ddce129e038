#include "cli/main/acting.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/client.h"
#include "cli/session.h"
#include "cli/term/term.h"

#define FILE_MAX_BYTES (64u << 20) /* a policy that appends for ever is told so */

/* ---- standard input and output as a terminal ------------------------------------------------------- */

static ssize_t read_keys(void *ctx, unsigned char *buf, size_t len)
{
	ssize_t n = read(STDIN_FILENO, buf, len);

	(void)ctx;
	return n < 0 ? -errno : n;
}

/* Up to a carriage return, which is left out. */
static ssize_t write_run(const char *data, size_t len)
{
	const char *cr = memchr(data, '\r', len);
	size_t run = cr ? (size_t)(cr - data) : len;
	ssize_t n = run ? write(STDOUT_FILENO, data, run) : 0;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return n + (cr && (size_t)n == run);
}

static ssize_t write_text(void *ctx, const char *data, size_t len)
{
	size_t at = 0;

	(void)ctx;
	while (at < len) {
		ssize_t n = write_run(data + at, len - at);

		if (n <= 0)
			return at ? (ssize_t)at : n;
		at += (size_t)n;
	}
	return (ssize_t)at;
}

static bool nothing_waits(void *ctx)
{
	(void)ctx;
	return false;
}

static bool no_window(void *ctx, unsigned int *rows, unsigned int *columns)
{
	(void)ctx;
	*rows = *columns = 0;
	return false;
}

static const struct term_wire wire = {
	.read = read_keys, .write = write_text, .waits = nothing_waits, .size = no_window};

static int make_ready(struct error *err)
{
	const struct rlimit most = {FILE_MAX_BYTES, FILE_MAX_BYTES};

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a write that would go beyond fails, and the command with it */
	if (fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK) < 0 ||
	    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &most) < 0)
		return error_set(err, -errno, "the session cannot begin: %s", strerror(errno));
	return 0;
}

/* ---- the session ----------------------------------------------------------------------------------- */

static bool keep_answer(void *arg, const json_t *frame, bool more)
{
	json_t **answer = arg;

	(void)more;
	*answer = json_incref((json_t *)(uintptr_t)frame);
	return true;
}

json_t *acting_begin(const struct acting *a, struct client *c, struct error *err)
{
	json_t *request = json_pack("{s:s,s:s,s:i}", "op", "act-as", "user", a->user, "privilege",
				    (int)a->level);
	json_t *answer = NULL;
	int rc = request ? 0 : error_set(err, -ENOMEM, "no memory");

	if (!rc && a->policy)
		json_object_set_new(request, "name", json_string(a->policy));
	if (!rc)
		rc = client_call(c, request, keep_answer, &answer, err);
	json_decref(request);
	if (!rc)
		return answer;
	json_decref(answer);
	return NULL;
}

int acting_run(const struct acting *a, const json_t *greeting, struct cli_session *s,
	       struct client *c, struct error *err)
{
	struct term_options o = term_options_for(greeting);

	o.in = STDIN_FILENO;
	o.out = STDOUT_FILENO;
	o.wire = &wire;
	o.width = 0;	      /* what is echoed is the line, however long */
	o.exec_timeout_s = 0; /* the policy's own time ends it */
	o.motd = o.exec_banner = NULL;
	s->flash = a->flash ? a->flash : ACTING_FLASH;
	return make_ready(err) ? err->code : term_run(s, c, &o, err);
}
