#include "tests/unit/state_world.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libyang/libyang.h>

#include "base/loop.h"
#include "base/text.h"

#define PAGE	 2
#define LEAVES	 512
#define GRACE_MS 200

/* ---- the rooms ------------------------------------------------------------------------------------- */

static int source_start(struct spi_source *s)
{
	(void)s;
	return 0;
}

static void source_free(struct spi_source *s)
{
	(void)s;
}

static void source_sums(struct spi_source *s, struct spi_source_sums *out)
{
	const struct state_world *t =
		(const struct state_world *)((const char *)s -
					     offsetof(struct state_world, source));

	*out = t->source_sums;
}

static const struct spi_source_ops played = {
	.name = "played", .start = source_start, .free = source_free, .sums = source_sums};

void state_world_packet(struct state_world *t, const struct spi_refusal *r)
{
	t->source_sums.seen++;
	t->source.refused(t->source.ctx, r);
	loop_advance(t->rw.loop, 0);
}

void state_world_kernel_counted(struct state_world *t, unsigned int packets)
{
	char line[40];
	int len = snprintf(line, sizeof(line), "XfrmInNoStates %u\n", packets);

	assert_int_equal(ftruncate(t->stat_fd, 0), 0);
	assert_int_equal(pwrite(t->stat_fd, line, (size_t)len, 0), len);
}

static bool process_get(void *ctx, size_t index, struct api_process *out)
{
	const struct state_world *t = ctx;

	if (index >= 2)
		return false;
	*out = t->processes[index];
	return true;
}

static void low_rooms(struct state_world *t, uint8_t boot)
{
	struct sa_config cfg = {.state_dir = t->state_dir};
	struct router_world *w = &t->rw;
	struct error err = {0};

	*w = (struct router_world){.loop = t->m->loop,
				   .jobs = t->m->jobs,
				   .xfrm = t->m->xfrm,
				   .conns = t->m->conns,
				   .log = t->m->log};
	memset(cfg.boot_id, boot, sizeof(cfg.boot_id));
	w->engine = engine_new(w->loop, w->conns, w->log);
	assert_non_null(w->engine);
	w->sa = sa_new(w->loop, w->jobs, w->xfrm, w->conns, w->engine, w->log, &cfg, &err);
	assert_non_null(w->sa);
	loop_advance(w->loop, 0);
}

static void high_rooms(struct state_world *t, bool with_source)
{
	struct spi_config cfg = {.grace_ms = GRACE_MS, .flows_max = 4};
	struct recovery_config rec = {.enabled = true, .grace_ms = GRACE_MS};
	const struct recorder_config recorder_cfg = {
		.fd = openat(t->state_dir, "recorder", O_RDWR | O_CREAT | O_CLOEXEC, 0600),
		.off = !with_source};
	struct error err = {0};
	struct router_world *w = &t->rw;

	t->source.ops = &played;
	t->recorder = recorder_new(w->loop, &recorder_cfg, &err);
	assert_non_null(t->recorder);
	close(recorder_cfg.fd);
	t->spi = spi_new(w->loop, w->xfrm, w->sa, w->conns, w->log, &cfg);
	t->recovery = recovery_new(w->loop, t->spi, w->sa, w->conns, w->engine, w->log, &rec);
	assert_true(t->spi && t->recovery);
	t->stat_fd = memfd_create("xfrm_stat", 0);
	state_world_kernel_counted(t, 0);
	assert_int_equal(spi_attach(t->spi, with_source ? &t->source : NULL, t->stat_fd,
				    with_source ? "" : "nothing works here"),
			 0);
}

/* ---- the machine, played --------------------------------------------------------------------------- */

void state_world_file(struct state_world *t, const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", t->root, path);
	for (char *at = full + strlen(t->root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		mkdir(full, 0700);
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct timex *played_timex;

static int adjust(struct timex *t)
{
	*t = *played_timex;
	return 0;
}

static bool box_process(void *ctx, size_t index, const char **role, int *pid)
{
	const struct state_world *t = ctx;

	if (index >= 2)
		return false;
	*role = t->processes[index].role;
	*pid = t->processes[index].pid;
	return true;
}

struct route_walk {
	const struct state_world *t;
	int family;
	size_t at;
};

static struct route_walk *route_begin(void *ctx, int family)
{
	struct route_walk *w = alloc_zero(sizeof(*w));

	assert_non_null(w);
	*w = (struct route_walk){.t = ctx, .family = family};
	return w;
}

static int route_next(struct route_walk *w, const struct route **out)
{
	while (w->at < w->t->route_count) {
		*out = &w->t->routes[w->at++];
		if ((*out)->dst.addr.family == w->family)
			return 1;
	}
	return 0;
}

static void route_end(struct route_walk *w)
{
	alloc_free(w);
}

static int route_match(void *ctx, const struct addr *dst, struct route *out)
{
	const struct state_world *t = ctx;
	bool found = false;

	for (size_t i = 0; i < t->route_count; i++) {
		const struct route *r = &t->routes[i];

		if (!prefix_contains(&r->dst, dst) || (found && r->dst.len <= out->dst.len))
			continue;
		*out = *r;
		found = true;
	}
	return found ? 0 : -ENETUNREACH;
}

static const struct route_ops played_routes = {route_begin, route_next, route_end, route_match};

static void machine(struct state_world *t)
{
	struct box_config cfg = {.root = t->root,
				 .flash_fd = t->state_dir,
				 .flash_folder = t->state_path,
				 .nvram_folder = "/nvram",
				 .link = t->m->link,
				 .process = box_process,
				 .process_ctx = t,
				 .adjust = adjust};

	text_copy(t->root, sizeof(t->root), "/tmp/test_box.XXXXXX");
	assert_non_null(mkdtemp(t->root));
	state_world_file(t, "/proc/stat", "cpu  10 0 10 80 0 0 0 0 0 0\n");
	cfg.nvram_fd = t->nvram_fd = open(t->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cfg.serial_fd = t->serial_fd = memfd_create("serial", MFD_CLOEXEC);
	t->timex.status = STA_UNSYNC;
	played_timex = &t->timex;
	t->box = box_new(t->rw.loop, &cfg);
	assert_non_null(t->box);
}

static int forget_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void machine_end(struct state_world *t)
{
	box_free(t->box);
	close(t->nvram_fd);
	close(t->serial_fd);
	nftw(t->root, forget_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void serve(struct state_world *t, uint8_t boot)
{
	static const char *const boots[] = {"boot-0", "boot-1", "boot-2"};

	machine(t);
	t->processes[0] = (struct api_process){"router", "spindle", "", 100, 0};
	t->processes[1] = (struct api_process){"ike", "spindle-ike", "", 101, 0};
	t->api_there = &t->api;
	t->rooms = (struct api_rooms){.loop = t->rw.loop,
				      .log = t->rw.log,
				      .config = t->m->config,
				      .conns = t->rw.conns,
				      .crypto_map = t->m->cm,
				      .engine = t->rw.engine,
				      .link = t->m->link,
				      .recorder = t->recorder,
				      .recovery = t->recovery,
				      .sa = t->rw.sa,
				      .spi = t->spi,
				      .xfrm = t->rw.xfrm,
				      .box = t->box,
				      .routes = &played_routes,
				      .routes_ctx = t,
				      .version = boots[boot] + 5,
				      .boot_id = boots[boot],
				      .api = &t->api_there,
				      .started_wall_ms = 1700000000000 + boot,
				      .process_get = process_get,
				      .process_ctx = t};
	t->tables = api_tables_new(&t->rooms);
	assert_non_null(t->tables);
}

struct state_world *state_world_new(const char *state_path, uint8_t boot, bool with_source)
{
	struct state_world *t = alloc_zero(sizeof(*t));

	assert_non_null(t);
	t->m = map_world_new();
	assert_non_null(t->m);
	text_copy(t->state_path, sizeof(t->state_path),
		  state_path ? state_path : "/tmp/test_state.XXXXXX");
	assert_true(state_path || mkdtemp(t->state_path));
	t->state_dir = open(t->state_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->state_dir >= 0);
	low_rooms(t, boot);
	high_rooms(t, with_source);
	serve(t, boot);
	return t;
}

void state_world_free(struct state_world *t)
{
	api_tables_free(t->tables);
	machine_end(t);
	recorder_free(t->recorder);
	recovery_free(t->recovery);
	spi_free(t->spi);
	sa_free(t->rw.sa);
	engine_free(t->rw.engine);
	map_world_free(t->m);
	close(t->stat_fd);
	close(t->state_dir);
	alloc_free(t);
}

void state_world_forget(struct state_world *t)
{
	static const char *const files[] = {"births", "grave", "recorder"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(t->state_dir, files[i], 0);
	rmdir(t->state_path);
}

/* ---- what was seen ------------------------------------------------------------------------------------ */

static json_t *seen; /* schema path of a leaf → its values as text, each once; over all tests */

static void note(const char *path, const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("(none)");
	json_t *values;

	if (!seen)
		seen = json_object();
	values = json_object_get(seen, path);
	if (!values) {
		values = json_object();
		json_object_set_new(seen, path, values);
	}
	json_object_set_new(values, text, json_true());
	free(text);
}

static bool is_leaf(const struct lysc_node *n)
{
	return n->nodetype & (LYS_LEAF | LYS_LEAFLIST);
}

static void note_below(const struct lysc_node *schema, const json_t *value);

static void note_children(const struct lysc_node *parent, const json_t *entry)
{
	const struct lysc_node *child = NULL;
	char path[256];

	while ((child = lys_getnext(child, parent, NULL, 0))) {
		const json_t *value = json_object_get(entry, child->name);

		assert_non_null(lysc_path(child, LYSC_PATH_DATA, path, sizeof(path)));
		if (is_leaf(child))
			note(path, value);
		else if (value)
			note_below(child, value);
	}
}

static void note_below(const struct lysc_node *schema, const json_t *value)
{
	json_t *entry;
	size_t i;

	if (json_is_object(value))
		note_children(schema, value);
	json_array_foreach(value, i, entry)
	{
		note_children(schema, entry);
	}
}

/* ---- the tables, read ---------------------------------------------------------------------------------- */

static const struct ly_ctx *context(const struct state_world *t)
{
	return config_context(t->m->config);
}

static const struct lysc_node *schema_of(const struct state_world *t, const char *path)
{
	const struct lysc_node *n = lys_find_path(context(t), NULL, path, 0);

	if (!n)
		fail_msg("%s is not in the modules", path);
	return n;
}

/* The entries at their place in a document: what a client reads; libyang says whether it is valid. */
static void expect_valid(const struct state_world *t, const char *path, const json_t *entries)
{
	const struct lysc_node *n = schema_of(t, path);
	json_t *doc = n->nodetype == LYS_LIST ? json_incref((json_t *)(uintptr_t)entries)
					      : json_incref(json_array_get(entries, 0));
	struct lyd_node *tree = NULL;
	char *text, name[128];

	if (!doc)
		return; /* a container that is not there */
	for (; n; n = n->parent) {
		snprintf(name, sizeof(name), "%s%s%s", n->parent ? "" : n->module->name,
			 n->parent ? "" : ":", n->name);
		doc = json_pack("{so}", name, doc);
	}
	text = json_dumps(doc, 0);
	if (lyd_parse_data_mem((struct ly_ctx *)(uintptr_t)context(t), text, LYD_JSON,
			       LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &tree) != LY_SUCCESS)
		fail_msg("%s: %s: %s", path, ly_errmsg(context(t)), text);
	lyd_free_all(tree);
	free(text);
	json_decref(doc);
}

static void refreshed(void *arg)
{
	*(bool *)arg = true;
}

/* The engine answers what it was asked for. */
void state_world_tell_stats(struct state_world *t)
{
	const struct engine_msg *asked = router_world_last(&t->rw, ENGINE_STATS);
	struct engine_msg told = {.type = ENGINE_STATS, .stats = t->stats}, request;

	if (!asked)
		return;
	request = *asked;
	router_world_forget(&t->rw);
	engine_receive(t->rw.engine, &told);
	router_world_done(&t->rw, &request, 0, 0);
}

static void refresh(struct state_world *t, const struct api_state *state, uint64_t cursor)
{
	bool done = false;

	if (state->refresh_page)
		state->refresh_page(state->ctx, cursor, PAGE, refreshed, &done);
	else if (state->refresh && !cursor)
		state->refresh(state->ctx, refreshed, &done);
	else
		return;
	for (int i = 0; i < 100 && !done; i++) {
		loop_advance(t->rw.loop, 0);
		state_world_tell_stats(t);
	}
	assert_true(done);
}

static json_t *read_list(struct state_world *t, const struct api_state *state, const json_t *filter)
{
	json_t *all = json_array();
	uint64_t cursor = 0;

	do {
		json_t *page = json_array();

		refresh(t, state, cursor);
		assert_int_equal(state->page(state->ctx, filter, &cursor, PAGE, page), 0);
		assert_true(json_array_size(page) <= PAGE);
		json_array_extend(all, page);
		json_decref(page);
	} while (cursor);
	expect_valid(t, state->path, all);
	note_below(schema_of(t, state->path), all);
	return all;
}

json_t *state_world_asked(struct state_world *t, const char *path, json_t *filter)
{
	size_t count;
	const struct api_state *states = api_tables_states(t->tables, &count);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(states[i].path, path)) {
			json_t *list = read_list(t, &states[i], filter);

			json_decref(filter);
			return list;
		}
	fail_msg("no table gives %s", path);
	return NULL;
}

json_t *state_world_list(struct state_world *t, const char *path)
{
	return state_world_asked(t, path, NULL);
}

json_t *state_world_pick(const json_t *list, const char *leaf, json_t *value)
{
	json_t *entry, *found = NULL;
	char *text;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (!found && json_equal(json_object_get(entry, leaf), value))
			found = entry;
	}
	text = json_dumps(list, JSON_INDENT(1));
	if (!found)
		fail_msg("no entry with that %s: %s", leaf, text);
	free(text);
	json_decref(value);
	return found;
}

void state_world_read_all(struct state_world *t)
{
	size_t count;
	const struct api_state *states = api_tables_states(t->tables, &count);

	for (size_t i = 0; i < count; i++)
		json_decref(read_list(t, &states[i], NULL));
}

/* ---- against the schema -------------------------------------------------------------------------------- */

static void leaves_below(const struct lysc_node *parent, char path[][256], size_t *count)
{
	const struct lysc_node *n = NULL;

	while ((n = lys_getnext(n, parent, NULL, 0))) {
		if (!is_leaf(n)) {
			leaves_below(n, path, count);
			continue;
		}
		assert_true(*count < LEAVES);
		assert_non_null(lysc_path(n, LYSC_PATH_DATA, path[*count], 256));
		(*count)++;
	}
}

const char *state_world_unchanged(const struct state_world *t, size_t *index)
{
	static const char *const tops[] = {STATE_CRYPTO, STATE_SYSTEM,	STATE_LOGGING,
					   STATE_LINKS,	 STATE_ROUTES,	STATE_PLATFORM,
					   STATE_ACL,	 STATE_RECORDER};
	static char path[LEAVES][256];
	size_t count = 0;

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		leaves_below(schema_of(t, tops[i]), path, &count);
	assert_true(count > 150);
	while (*index < count) {
		const char *leaf = path[(*index)++];

		if (json_object_size(json_object_get(seen, leaf)) < 2)
			return leaf;
	}
	return NULL;
}

void state_world_seen_free(void)
{
	json_decref(seen);
	seen = NULL;
}

/* ---- for the tests ------------------------------------------------------------------------------------- */

int state_world_setup(void **state)
{
	struct state_world *t = state_world_new(NULL, 1, true);

	sa_start(t->rw.sa);
	router_world_engine(&t->rw, WORLD_CAPS);
	*state = t;
	return 0;
}

int state_world_teardown(void **state)
{
	struct state_world *t = *state;

	state_world_forget(t);
	state_world_free(t);
	return 0;
}

json_t *only(json_t *list)
{
	assert_int_equal(json_array_size(list), 1);
	return json_array_get(list, 0);
}

const char *text_of(const json_t *entry, const char *leaf)
{
	return json_string_value(json_object_get(entry, leaf));
}

void expect_text(const json_t *entry, const char *leaf, const char *want)
{
	const char *got = text_of(entry, leaf);

	if (!want && !got)
		return;
	if (!want || !got || strcmp(got, want))
		fail_msg("%s is %s, wanted %s", leaf, got ? got : "absent", want ? want : "none");
}

void expect_number(const json_t *entry, const char *leaf, json_int_t want)
{
	const json_t *v = json_object_get(entry, leaf);

	if (!json_is_integer(v) || json_integer_value(v) != want)
		fail_msg("%s is %lld, wanted %lld", leaf, (long long)json_integer_value(v),
			 (long long)want);
}

void expect_true(const json_t *entry, const char *leaf, bool want)
{
	if (json_is_true(json_object_get(entry, leaf)) != want)
		fail_msg("%s is not %d", leaf, want);
}
