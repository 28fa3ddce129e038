/*
 * bench/config: what a line of configuration costs. One leaf of one crypto map entry is changed, with
 * 10 and with 10,000 entries; the room behind is one that agrees to everything, so the figures are
 * config's own: sealing, parsing, fragment, validation, comparison, landing. Prints `name value unit`.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/jobs.h"
#include "base/loop.h"
#include "config/config.h"
#include "log/log.h"
#include "seal/seal.h"

#define ROUNDS 400
#define MANY   10000

static int prepare(void *ctx, const struct config_change *c, struct error *err)
{
	(void)ctx;
	(void)c;
	(void)err;
	return 0;
}

static void commit(void *ctx, config_done *done, void *arg)
{
	(void)ctx;
	done(arg, 0, NULL);
}

static void abort_changes(void *ctx)
{
	(void)ctx;
}

static const struct config_room room = {
	.name = "null", .prepare = prepare, .commit = commit, .abort = abort_changes};

static const struct config_handler handlers[] = {
	{"/spindle-system:system", &room},
	{"/spindle-logging:logging", &room},
	{"/spindle-acl:access-lists/extended", &room},
	{"/spindle-interface:interfaces/interface", &room},
	{"/spindle-crypto:crypto/ipsec", &room},
	{"/spindle-crypto:crypto/ipsec/transform-set", &room},
	{"/spindle-crypto:crypto/isakmp", &room},
	{"/spindle-crypto:crypto/ikev2", &room},
	{"/spindle-crypto:crypto/ikev2/proposal", &room},
	{"/spindle-crypto:crypto/ikev2/policy", &room},
	{"/spindle-crypto:crypto/ikev2/keyring", &room},
	{"/spindle-crypto:crypto/ikev2/profile", &room},
	{"/spindle-crypto:crypto/map", &room},
};

struct bench {
	struct loop *loop;
	struct jobs *jobs;
	struct log *log;
	struct seal *seal;
	struct config *config;
	bool answered;
	char folder[32];
	int dir;
};

static void die(const char *what)
{
	fprintf(stderr, "bench/config: %s\n", what);
	exit(1);
}

static void answer(void *arg, int err, const struct error *why)
{
	if (err)
		die(why ? why->text : "refused");
	((struct bench *)arg)->answered = true;
}

static void wait_for_answer(struct bench *b)
{
	while (!b->answered)
		loop_turn(b->loop, 1000);
	b->answered = false;
}

static void edit(struct bench *b, json_t *json)
{
	config_edit(b->config, "bench", json, answer, b);
	wait_for_answer(b);
}

static json_t *entry(int i, const char *description)
{
	return json_pack("{s:s,s:i,s:s,s:[s],s:[s],s:s,s:s}", "name", "VPN", "sequence", i,
			 "description", description, "peer", "192.0.2.1", "transform-set", "T",
			 "match-address", "101", "ikev2-profile", "P");
}

static json_t *maps(json_t *entries)
{
	return json_pack("{s:{s:o}}", "spindle-crypto:crypto", "map", entries);
}

static void write_startup(struct bench *b, int entries)
{
	json_t *all = json_array(), *doc = maps(all);
	char path[64];

	for (int i = 1; i <= entries; i++)
		json_array_append_new(all, entry(i, "an entry"));
	snprintf(b->folder, sizeof(b->folder), "/tmp/bench_config.XXXXXX");
	if (!mkdtemp(b->folder))
		die("no folder");
	b->dir = open(b->folder, O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof(path), "%s/startup-config.json", b->folder);
	if (json_dump_file(doc, path, JSON_COMPACT))
		die("no startup file");
	json_decref(doc);
}

static void start(struct bench *b, const char *yang_dir, int entries)
{
	struct config_paths paths = {.yang_dir = yang_dir, .startup = "startup-config.json"};
	struct error err = {0};

	write_startup(b, entries);
	b->loop = loop_new();
	b->jobs = jobs_new(b->loop, 1, 8);
	b->log = log_new(b->loop, 65536);
	b->seal = seal_new_random();
	paths.config_dir = b->dir;
	paths.seal = b->seal;
	b->config = config_new(b->loop, b->jobs, b->log, &paths, handlers,
			       sizeof(handlers) / sizeof(handlers[0]), &err);
	if (!b->config)
		die(err.text);
	config_load_startup(b->config, answer, b);
	wait_for_answer(b);
}

static void end(struct bench *b)
{
	jobs_free(b->jobs);
	config_free(b->config);
	log_free(b->log);
	loop_free(b->loop);
	seal_free(b->seal);
	unlinkat(b->dir, "startup-config.json", 0);
	close(b->dir);
	rmdir(b->folder);
}

static uint64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The median of what one line costs. */
static uint64_t one_line(struct bench *b, int entries)
{
	static uint64_t costs[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		int sequence = 1 + i * 7919 % entries;
		json_t *json = maps(json_pack("[{s:s,s:i,s:s}]", "name", "VPN", "sequence",
					      sequence, "description", i & 1 ? "odd" : "even"));
		uint64_t begun = cpu_us();

		edit(b, json);
		costs[i] = cpu_us() - begun;
	}
	qsort(costs, ROUNDS, sizeof(costs[0]), cmp);
	return costs[ROUNDS / 2];
}

static uint64_t longest_turn(const struct bench *b)
{
	struct loop_stat stat;

	for (size_t i = 0; loop_stat_get(b->loop, i, &stat); i++)
		if (!strcmp(stat.name, "config"))
			return stat.max_us;
	return 0;
}

static uint64_t save(struct bench *b)
{
	uint64_t begun = cpu_us();

	config_save(b->config, answer, b);
	wait_for_answer(b);
	return cpu_us() - begun;
}

int main(int argc, char **argv)
{
	const char *yang_dir = argc > 1 ? argv[1] : YANGDIR;
	struct bench few = {0}, many = {0};
	uint64_t small, large;

	start(&few, yang_dir, 10);
	start(&many, yang_dir, MANY);
	printf("config_load_10000_longest_turn_us %llu us\n",
	       (unsigned long long)longest_turn(&many));
	small = one_line(&few, 10);
	large = one_line(&many, MANY);
	printf("config_line_10_us %llu us\n", (unsigned long long)small);
	printf("config_line_10000_us %llu us\n", (unsigned long long)large);
	printf("config_line_ratio %.2f times\n", (double)large / (double)(small ? small : 1));
	printf("config_save_10000_us %llu us\n", (unsigned long long)save(&many));
	printf("config_longest_turn_us %llu us\n", (unsigned long long)longest_turn(&many));
	end(&few);
	end(&many);
	/* The goals of the design: 2 ms and 3 times. */
	return large > 2000 || large > 3 * (small ? small : 1);
}
