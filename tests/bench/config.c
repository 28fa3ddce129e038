/*
 * bench/config: what a line of configuration costs, and how long the loop is held up by it.
 *
 * Costs: one leaf of one crypto map entry is changed, with 10 and with 10,000 entries; the room behind is
 * one that agrees to everything, so the figures are config's own: sealing, parsing, fragment, validation,
 * comparison, landing.
 * Turns: the longest turn of the loop, on the clock (max_turn) and of its thread's own time
 * (max_turn_cpu), with the room crypto_map behind and 10,000 complete entries on a fake kernel.
 * Prints `name value unit`; status 1 when a goal of the design is missed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "base/alloc.h"
#include "base/jobs.h"
#include "base/loop.h"
#include "config/config.h"
#include "conn/conn.h"
#include "crypto_map/crypto_map.h"
#include "link/link.h"
#include "link/link_internal.h"
#include "log/log.h"
#include "seal/seal.h"
#include "tests/fake/xfrm.h"

#define ROUNDS 400
#define MANY   10000
#define PAGE   256 /* as daemon/api/stream.c asks */

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

static int map_prepare(void *ctx, const struct config_change *c, struct error *err)
{
	struct crypto_map_change change = {c->path, c->old, c->new};

	return crypto_map_prepare(ctx, &change, err);
}

static void map_commit(void *ctx, config_done *done, void *arg)
{
	crypto_map_commit(ctx, done, arg);
}

static void map_abort(void *ctx)
{
	crypto_map_abort(ctx);
}

struct turns {
	uint64_t wall_us, cpu_us;
};

struct bench {
	struct loop *loop;
	struct jobs *jobs;
	struct log *log;
	struct seal *seal;
	struct link *link;
	struct xfrm *xfrm;
	struct conn_table *conns;
	struct crypto_map *cm;
	struct config_room map_room;
	struct config *config;
	struct turns max;
	bool answered;
	int result;
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
	struct bench *b = arg;

	b->result = err;
	b->answered = true;
	if (err && err != -EPERM) /* what the fake kernel is told to say */
		die(why ? why->text : "refused");
}

static uint64_t now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void turn(struct bench *b)
{
	uint64_t wall = now_us(CLOCK_MONOTONIC), cpu = now_us(CLOCK_THREAD_CPUTIME_ID);

	loop_turn(b->loop, 0);
	wall = now_us(CLOCK_MONOTONIC) - wall;
	cpu = now_us(CLOCK_THREAD_CPUTIME_ID) - cpu;
	b->max.wall_us = wall > b->max.wall_us ? wall : b->max.wall_us;
	b->max.cpu_us = cpu > b->max.cpu_us ? cpu : b->max.cpu_us;
}

static void wait_for_answer(struct bench *b)
{
	while (!b->answered)
		turn(b);
	b->answered = false;
}

static json_t *entry(int i, const char *description)
{
	char acl[16], peer[32];

	snprintf(acl, sizeof(acl), "A%d", i);
	snprintf(peer, sizeof(peer), "10.1.%d.%d", i / 250, 1 + i % 250);
	return json_pack("{s:s,s:i,s:s,s:[s],s:[s],s:s,s:s}", "name", "VPN", "sequence", i,
			 "description", description, "peer", peer, "transform-set", "T",
			 "match-address", acl, "ikev2-profile", "P");
}

static json_t *acl(int i)
{
	char name[16], to[32];

	snprintf(name, sizeof(name), "A%d", i);
	snprintf(to, sizeof(to), "172.%d.%d.0/24", 16 + i / 250, i % 250);
	return json_pack("{s:s,s:[{s:i,s:s,s:s,s:s}]}", "name", name, "rule", "sequence", 10,
			 "action", "permit", "source", "192.168.0.0/16", "destination", to);
}

static json_t *maps(json_t *entries)
{
	return json_pack("{s:{s:o}}", "spindle-crypto:crypto", "map", entries);
}

/* What the entries name: a transform set, a keyring, a profile, an interface. */
static json_t *named(void)
{
	return json_loads(
		"{\"spindle-interface:interfaces\":{\"interface\":[{\"name\":\"eth0\","
		"\"crypto-map\":\"VPN\"}]},\"spindle-crypto:crypto\":{\"ipsec\":{\"transform-set\":"
		"[{\"name\":\"T\",\"cipher\":\"esp-gcm-256\"}]},\"ikev2\":{\"keyring\":[{\"name\":\"K\","
		"\"peer\":[{\"name\":\"all\",\"address\":\"10.0.0.0/8\",\"pre-shared-key\":\"secret\"}]}],"
		"\"profile\":[{\"name\":\"P\",\"match-identity-remote-address\":[\"10.0.0.0/8\"],"
		"\"authentication-local\":\"pre-share\",\"authentication-remote\":\"pre-share\","
		"\"keyring\":\"K\"}]}}}",
		0, NULL);
}

static json_t *startup(int entries)
{
	json_t *all = json_array(), *acls = json_array(), *doc = named();

	for (int i = 1; i <= entries; i++) {
		json_array_append_new(all, entry(i, "an entry"));
		json_array_append_new(acls, acl(i));
	}
	json_object_set_new(json_object_get(doc, "spindle-crypto:crypto"), "map", all);
	json_object_set_new(doc, "spindle-acl:access-lists", json_pack("{s:o}", "extended", acls));
	return doc;
}

static void write_startup(struct bench *b, int entries)
{
	json_t *doc = startup(entries);
	char path[64];

	snprintf(b->folder, sizeof(b->folder), "/tmp/bench_config.XXXXXX");
	if (!mkdtemp(b->folder))
		die("no folder");
	b->dir = open(b->folder, O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof(path), "%s/startup-config.json", b->folder);
	if (json_dump_file(doc, path, JSON_COMPACT))
		die("no startup file");
	json_decref(doc);
}

static size_t rows(struct bench *b, bool with_maps, struct config_handler *out)
{
	static const char *const others[] = {
		"/spindle-system:system",
		"/spindle-logging:logging",
		"/spindle-logging:logging/host",
		"/spindle-aaa:aaa",
		"/spindle-line:lines",
		"/spindle-archive:archive",
		"/spindle-eem:event-manager",
		"/spindle-eem:event-manager/applet",
		"/spindle-eem:event-manager/environment",
		"/spindle-eem:event-manager/policy",
		"/spindle-eem:event-manager/scheduler/thread",
		"/spindle-crypto:crypto/ipsec",
		"/spindle-crypto:crypto/ipsec/invalid-spi",
		"/spindle-crypto:crypto/isakmp/invalid-spi-recovery",
	};
	size_t n = 0;

	b->map_room = (struct config_room){"crypto map", b->cm, map_prepare, map_commit, map_abort};
	for (const char *const *p = crypto_map_paths(); *p; p++)
		out[n++] = (struct config_handler){*p, with_maps ? &b->map_room : &room};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		out[n++] = (struct config_handler){others[i], &room};
	return n;
}

static void interface_up(struct bench *b)
{
	struct link_wire_event l = {
		.kind = LINK_WIRE_LINK, .index = 2, .up = true, .running = true, .name = "eth0"};
	struct link_wire_event a = {.kind = LINK_WIRE_ADDR, .index = 2};

	link_table_event(b->link, &l);
	addr_parse(&a.addr.addr, "10.0.0.1");
	a.addr.len = 8;
	link_table_event(b->link, &a);
}

static void rooms_up(struct bench *b)
{
	b->loop = loop_new();
	b->jobs = jobs_new(b->loop, 2, 8);
	b->log = log_new(b->loop, 65536);
	b->seal = seal_new_random();
	b->xfrm = xfrm_fake_new(b->loop);
	xfrm_fake_delay(b->xfrm, 1); /* a kernel's answers come in another turn */
	b->link = link_table_new(b->loop, b->log);
	b->conns = conn_table_new();
	interface_up(b);
	b->cm = crypto_map_new(b->loop, b->conns, b->link, b->xfrm, b->seal, b->log);
}

static void start(struct bench *b, const char *yang_dir, int entries, bool with_maps)
{
	struct config_paths paths = {.yang_dir = yang_dir, .startup = "startup-config.json"};
	struct config_handler handlers[40];
	struct error err = {0};

	write_startup(b, entries);
	rooms_up(b);
	paths.config_dir = b->dir;
	paths.state_dir = -1;
	paths.seal = b->seal;
	b->config = config_new(b->loop, b->jobs, b->log, &paths, handlers,
			       rows(b, with_maps, handlers), &err);
	if (!b->config)
		die(err.text);
	config_load_startup(b->config, answer, b);
	wait_for_answer(b);
}

static void end(struct bench *b)
{
	jobs_free(b->jobs);
	config_free(b->config);
	crypto_map_free(b->cm);
	conn_table_free(b->conns);
	link_table_free(b->link);
	xfrm_free(b->xfrm);
	log_free(b->log);
	loop_free(b->loop);
	seal_free(b->seal);
	unlinkat(b->dir, "startup-config.json", 0);
	close(b->dir);
	rmdir(b->folder);
}

static int cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void edit(struct bench *b, json_t *json)
{
	config_edit(b->config, "bench", json, answer, b);
	wait_for_answer(b);
}

/* The median of what one line costs. */
static uint64_t one_line(struct bench *b, int entries)
{
	static uint64_t costs[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		int sequence = 1 + i * 7919 % entries;
		json_t *json = maps(json_pack("[{s:s,s:i,s:s}]", "name", "VPN", "sequence",
					      sequence, "description", i & 1 ? "odd" : "even"));
		uint64_t begun = now_us(CLOCK_PROCESS_CPUTIME_ID);

		edit(b, json);
		costs[i] = now_us(CLOCK_PROCESS_CPUTIME_ID) - begun;
	}
	qsort(costs, ROUNDS, sizeof(costs[0]), cmp);
	return costs[ROUNDS / 2];
}

static void save(struct bench *b)
{
	config_save(b->config, answer, b);
	wait_for_answer(b);
}

static void edit_all(struct bench *b, json_t *(*make)(int i))
{
	json_t *all = json_array();

	for (int i = 1; i <= MANY; i++)
		json_array_append_new(all, make(i));
	edit(b, maps(all));
}

/* Another peer: each connection is compiled again, each policy put anew. */
static json_t *other_peer(int i)
{
	char peer[32];

	snprintf(peer, sizeof(peer), "10.2.%d.%d", i / 250, 1 + i % 250);
	return json_pack("{s:{s:s},s:s,s:i,s:[s]}", "@", "spindle-types:remove", "peer", "name",
			 "VPN", "sequence", i, "peer", peer);
}

static json_t *third_peer(int i)
{
	json_t *e = other_peer(i);
	char peer[32];

	snprintf(peer, sizeof(peer), "10.3.%d.%d", i / 250, 1 + i % 250);
	json_object_set_new(e, "peer", json_pack("[s]", peer));
	return e;
}

static json_t *gone(int i)
{
	return json_pack("{s:{s:s},s:s,s:i}", "@", "spindle-types:operation", "delete", "name",
			 "VPN", "sequence", i);
}

static json_t *anew(int i)
{
	return entry(i, "again");
}

static void page_through(struct bench *b)
{
	uint64_t cursor = 0;
	struct error err = {0};

	do {
		uint64_t wall = now_us(CLOCK_MONOTONIC), cpu = now_us(CLOCK_THREAD_CPUTIME_ID);
		json_t *doc = NULL;
		char *text;

		if (config_get(b->config, "", true, &cursor, PAGE, &doc, &err))
			die(err.text);
		text = json_dumps(doc, JSON_COMPACT);
		free(text);
		json_decref(doc);
		wall = now_us(CLOCK_MONOTONIC) - wall;
		cpu = now_us(CLOCK_THREAD_CPUTIME_ID) - cpu;
		b->max.wall_us = wall > b->max.wall_us ? wall : b->max.wall_us;
		b->max.cpu_us = cpu > b->max.cpu_us ? cpu : b->max.cpu_us;
	} while (cursor);
}

static bool too_long;

/* Since the last call; also what is still to be freed. */
static void say_turns(struct bench *b, const char *what)
{
	for (int i = 0; i < 300; i++)
		turn(b);
	printf("%s_max_turn %llu us\n", what, (unsigned long long)b->max.wall_us);
	printf("%s_max_turn_cpu %llu us\n", what, (unsigned long long)b->max.cpu_us);
	too_long = too_long || b->max.cpu_us > LOOP_SLOW_US;
	b->max = (struct turns){0};
}

static void turns(const char *yang_dir)
{
	struct bench b = {0};

	start(&b, yang_dir, MANY, true);
	say_turns(&b, "start_10000");
	if (conn_count(b.conns) != MANY)
		die("not every entry became a connection");
	one_line(&b, MANY);
	say_turns(&b, "line_10000");
	save(&b);
	say_turns(&b, "write_memory_10000");
	page_through(&b);
	say_turns(&b, "running_config_page_10000");
	edit_all(&b, other_peer);
	say_turns(&b, "edit_10000");
	xfrm_fake_fail(b.xfrm, FAKE_POLICY_PUT, 2 * MANY, -EPERM);
	edit_all(&b, third_peer);
	if (b.result != -EPERM)
		die("the kernel's refusal was not told");
	say_turns(&b, "edit_refused_10000");
	edit_all(&b, gone);
	say_turns(&b, "delete_10000");
	edit_all(&b, anew);
	say_turns(&b, "create_10000");
	end(&b);
}

int main(int argc, char **argv)
{
	const char *yang_dir = argc > 1 ? argv[1] : YANGDIR;
	struct bench few = {0}, many = {0};
	uint64_t small, large;

	alloc_evenly();
	setvbuf(stdout, NULL, _IOLBF, 0);
	start(&few, yang_dir, 10, false);
	start(&many, yang_dir, MANY, false);
	small = one_line(&few, 10);
	large = one_line(&many, MANY);
	printf("config_line_10_us %llu us\n", (unsigned long long)small);
	printf("config_line_10000_us %llu us\n", (unsigned long long)large);
	printf("config_line_ratio %.2f times\n", (double)large / (double)(small ? small : 1));
	end(&few);
	end(&many);
	turns(yang_dir);
	/* The goals of the design: 2 ms, 3 times, and no turn over 5 ms. */
	return large > 2000 || large > 3 * (small ? small : 1) || too_long;
}
