/*
 * The control socket's operations: each line of the input is a request of one session with a real
 * configuration behind it and rooms that agree to everything. Whatever is asked, the daemon answers or
 * closes, the session leaves nothing behind, and running stays a valid tree.
 */
#include "agreeable.h"
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libyang/libyang.h>

#include "api/api_internal.h"
#include "base/jobs.h"
#include "config/config.h"
#include "log/log.h"
#include "net/unix.h"
#include "seal/seal.h"

static struct fuzzed {
	struct loop *loop;
	struct config *config;
	struct api *api;
	bool answered;
} fuzzed;

static void act(void *ctx, const json_t *input, api_action_done *done, void *arg)
{
	(void)ctx;
	(void)input;
	done(arg, 0, NULL, NULL);
}

static int page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)ctx;
	(void)filter;
	for (size_t i = 0; i < max && *cursor < 600; i++)
		json_array_append_new(out, json_pack("{s:I}", "spi-in", (json_int_t)++ * cursor));
	*cursor %= 600;
	return 0;
}

static const struct api_state states[] = {
	{.path = "/spindle-crypto:crypto-state/ipsec-sa", .privilege = 1, .page = page},
};

static const struct api_action actions[] = {
	{.path = "spindle-crypto:clear-sa", .privilege = 1, .run = act},
	{.path = "spindle-system:debug", .privilege = 1, .run = act},
};

static void answered(void *arg, int err, const struct error *why)
{
	(void)err;
	(void)why;
	*(bool *)arg = true;
}

static void turns(int n)
{
	while (n-- > 0)
		loop_turn(fuzzed.loop, 0);
}

static void start(void)
{
	struct config_paths paths = {.yang_dir = TEST_YANG, .startup = "none"};
	struct log *log;
	int pair[2];

	fuzzed.loop = loop_new();
	log = log_new(fuzzed.loop, 4096);
	/* A folder in which nothing can be made: saving is tried, and fails. */
	paths.config_dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	paths.state_dir = paths.config_dir;
	paths.seal = seal_new_random();
	fuzzed.config = config_new(fuzzed.loop, jobs_new(fuzzed.loop, 0, 8), log, &paths,
				   agreeable_handlers, AGREEABLE_HANDLERS, NULL);
	fuzz_must(fuzzed.config && !unix_pair(SOCK_STREAM, pair));
	fuzzed.api = api_new(fuzzed.loop, fuzzed.config, log, pair[0], states, 1, actions, 2, NULL);
	fuzz_must(fuzzed.api);
	config_load_startup(fuzzed.config, answered, &fuzzed.answered);
	turns(10);
	fuzz_must(fuzzed.answered);
}

static void send_line(int fd, uint32_t id, const uint8_t *line, size_t len)
{
	uint8_t head[FRAME_HEAD], sink[65536];
	ssize_t n;

	frame_head(head, id, 0, len);
	n = send(fd, head, sizeof(head), MSG_DONTWAIT | MSG_NOSIGNAL);
	n += send(fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	turns(2);
	n += recv(fd, sink, sizeof(sink), MSG_DONTWAIT);
	(void)n;
}

/* Back to an empty configuration, so that each input begins at the same place. */
static void empty(void)
{
	static const char edit[] =
		"{\"spindle-crypto:crypto\":{\"@\":{\"spindle-types:operation\":\"remove\"}},"
		"\"spindle-acl:access-lists\":{\"@\":{\"spindle-types:operation\":\"remove\"}},"
		"\"spindle-interface:interfaces\":{\"@\":{\"spindle-types:operation\":\"remove\"}},"
		"\"spindle-logging:logging\":{\"@\":{\"spindle-types:operation\":\"remove\"}},"
		"\"spindle-system:system\":{\"@\":{\"spindle-types:operation\":\"remove\"}}}";
	uint64_t cursor = 0;
	json_t *doc = NULL;

	config_edit(fuzzed.config, NULL, json_loads(edit, 0, NULL), answered, &fuzzed.answered);
	turns(8);
	fuzz_must(!config_get(fuzzed.config, "", true, &cursor, 256, &doc, NULL));
	fuzz_must(json_object_size(doc) == 0);
	json_decref(doc);
}

static void check_tree(void)
{
	struct lyd_node *copy = NULL;

	fuzz_must(!lyd_dup_siblings(config_running(fuzzed.config), NULL,
				    LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy));
	fuzz_must(!lyd_validate_all(&copy, config_context(fuzzed.config), LYD_VALIDATE_NO_STATE,
				    NULL));
	lyd_free_all(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char hello[] = "{\"op\":\"hello\",\"version\":1}";
	struct api_stats stats;
	uint32_t id = 1;
	int pair[2];

	if (!fuzzed.loop)
		start();
	fuzz_must(!unix_pair(SOCK_STREAM, pair));
	session_open(fuzzed.api, pair[0]);
	send_line(pair[1], id++, (const uint8_t *)hello, strlen(hello));
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;

		if (len)
			send_line(pair[1], id++, data, len);
		data += end ? len + 1 : len;
		size -= end ? len + 1 : len;
	}
	turns(8);
	check_tree();
	close(pair[1]);
	turns(4);
	api_stats(fuzzed.api, &stats);
	fuzz_must(stats.sessions_now == 0);
	empty();
	return 0;
}
