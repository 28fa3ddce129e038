#include "tests/unit/config_fixture.h"

#include <dirent.h>
#include <stdlib.h>

static void keys_of(struct text *t, const struct lyd_node *n)
{
	const struct lyd_node *child;

	for (child = lyd_child(n); child && lysc_is_key(child->schema); child = child->next)
		text_addf(t, " %s", lyd_get_value(child));
}

static int room_prepare(void *ctx, const struct config_change *c, struct error *err)
{
	const char *name = strpbrk(strrchr(c->path, '/'), ":") ? strchr(c->path, ':') + 1
							       : strrchr(c->path, '/') + 1;
	struct fixture_room *r = ctx;

	text_addf(&r->diary, "%s%s %s", c->old ? "-" : "", c->new ? "+" : "", name);
	keys_of(&r->diary, c->new ? c->new : c->old);
	text_add(&r->diary, "\n");
	if (r->refuse && !strcmp(r->refuse, c->path))
		return error_set(err, -EPROTO, "that can never be");
	return 0;
}

static void room_commit(void *ctx, config_done *done, void *arg)
{
	struct fixture_room *r = ctx;
	struct error why = {.code = r->commit_result, .text = "the kernel said no"};
	int result = r->commit_result;

	text_add(&r->diary, "commit\n");
	r->commit_result = 0;
	if (!r->later) {
		done(arg, result, result ? &why : NULL);
		return;
	}
	r->done = done;
	r->done_arg = arg;
}

static void room_abort(void *ctx)
{
	text_add(&((struct fixture_room *)ctx)->diary, "abort\n");
}

/* People go to the room that a test puts there, later than the rows are made. */
static int people_prepare(void *ctx, const struct config_change *c, struct error *err)
{
	const struct config_room *to = ((struct fixture *)ctx)->people_to;

	return to ? to->prepare(to->ctx, c, err) : 0;
}

static void people_commit(void *ctx, config_done *done, void *arg)
{
	const struct config_room *to = ((struct fixture *)ctx)->people_to;

	if (to)
		to->commit(to->ctx, done, arg);
	else
		done(arg, 0, NULL);
}

static void people_abort(void *ctx)
{
	const struct config_room *to = ((struct fixture *)ctx)->people_to;

	if (to)
		to->abort(to->ctx);
}

static void add_row(struct fixture *f, const char *path, size_t room)
{
	f->handlers[f->handler_count++] =
		(struct config_handler){.path = path, .room = &f->rooms[room].room};
}

static void add_rows(struct fixture *f)
{
	static const char *const names[FIXTURE_ROOMS] = {"system", "crypto", "recovery"};
	static const char *const people[] = {
		"/spindle-aaa:aaa",
		"/spindle-aaa:aaa/user",
		"/spindle-aaa:aaa/enable",
		"/spindle-aaa:aaa/exec-privilege",
		"/spindle-line:lines/line",
		"/spindle-line:lines/banner",
		"/spindle-archive:archive/log-config",
	};
	static const char *const kept[] = {
		"/spindle-eem:event-manager",
		"/spindle-eem:event-manager/applet",
		"/spindle-eem:event-manager/environment",
		"/spindle-eem:event-manager/policy",
		"/spindle-eem:event-manager/scheduler/thread",
	};
	static const char *const crypto[] = {
		"/spindle-acl:access-lists/standard",
		"/spindle-acl:access-lists/extended",
		"/spindle-interface:interfaces/interface",
		"/spindle-crypto:crypto/ipsec/transform-set",
		"/spindle-crypto:crypto/ipsec/security-association",
		"/spindle-crypto:crypto/ikev2/proposal",
		"/spindle-crypto:crypto/ikev2/policy",
		"/spindle-crypto:crypto/ikev2/keyring",
		"/spindle-crypto:crypto/ikev2/profile",
		"/spindle-crypto:crypto/ikev2/dpd",
		"/spindle-crypto:crypto/map",
	};

	for (size_t i = 0; i < FIXTURE_ROOMS; i++)
		f->rooms[i].room = (struct config_room){
			.name = names[i],
			.ctx = &f->rooms[i],
			.prepare = room_prepare,
			.commit = room_commit,
			.abort = room_abort,
		};
	f->people = (struct config_room){.name = "people",
					 .ctx = f,
					 .prepare = people_prepare,
					 .commit = people_commit,
					 .abort = people_abort};
	add_row(f, "/spindle-system:system", 0);
	add_row(f, "/spindle-logging:logging", 0);
	add_row(f, "/spindle-logging:logging/host", 0);
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		f->handlers[f->handler_count++] =
			(struct config_handler){.path = people[i], .room = &f->people};
	for (size_t i = 0; i < sizeof(crypto) / sizeof(crypto[0]); i++)
		add_row(f, crypto[i], 1);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		f->handlers[f->handler_count++] =
			(struct config_handler){.path = kept[i], .room = &config_kept_room};
	f->handlers[f->handler_count++] = (struct config_handler){
		.path = "/spindle-archive:archive", .room = &config_archive_room};
	add_row(f, "/spindle-crypto:crypto/ipsec", 2);
	add_row(f, "/spindle-crypto:crypto/isakmp/invalid-spi-recovery", 2);
}

int fixture_open(struct fixture *f)
{
	struct config_paths paths = {
		.yang_dir = TEST_YANG,
		.startup = "startup-config.json",
		.config_dir = f->dir,
		.state_dir = f->dir,
		.seal = f->seal,
	};

	f->err = (struct error){0};
	f->loop = f->real_loop ? loop_new() : loop_new_simulated(1000);
	f->jobs = f->loop ? jobs_new(f->loop, f->threads, 8) : NULL;
	f->log = f->jobs ? log_new(f->loop, 4096) : NULL;
	f->config = f->log ? config_new(f->loop, f->jobs, f->log, &paths, f->handlers,
					f->handler_count, &f->err)
			   : NULL;
	return f->config ? 0 : -ENOMEM;
}

void fixture_close(struct fixture *f)
{
	jobs_free(f->jobs);
	config_free(f->config);
	log_free(f->log);
	loop_free(f->loop);
	f->jobs = NULL;
	f->config = NULL;
	f->log = NULL;
	f->loop = NULL;
}

struct fixture *fixture_new(void)
{
	struct fixture *f = alloc_zero(sizeof(*f));

	memcpy(f->path, FIXTURE_PATH, sizeof(FIXTURE_PATH));
	assert_non_null(mkdtemp(f->path));
	f->dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->seal = seal_new_random();
	add_rows(f);
	return f;
}

int fixture_setup(void **state)
{
	struct fixture *f = fixture_new();

	assert_int_equal(fixture_open(f), 0);
	*state = f;
	return 0;
}

/* The names of the archive's files, which go with it when `remove` is true. */
size_t fixture_archive(const struct fixture *f, bool remove)
{
	int fd = openat(f->dir, "archive", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	size_t count = 0;

	while (dir && (d = readdir(dir))) {
		if (*d->d_name == '.')
			continue;
		count++;
		if (remove)
			unlinkat(fd, d->d_name, 0);
	}
	if (dir)
		closedir(dir);
	if (remove)
		unlinkat(f->dir, "archive", AT_REMOVEDIR);
	return count;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	seal_free(f->seal);
	unlinkat(f->dir, "startup-config.json", 0);
	unlinkat(f->dir, "startup-config.json.new", 0);
	unlinkat(f->dir, "control.sock", 0);
	fixture_archive(f, true);
	close(f->dir);
	assert_int_equal(rmdir(f->path), 0);
	for (size_t i = 0; i < FIXTURE_ROOMS; i++)
		text_free(&f->rooms[i].diary);
	alloc_free(f);
	return 0;
}

void fixture_answer(void *arg, int err, const struct error *why)
{
	struct fixture *f = arg;

	f->answers++;
	f->result = err;
	text_copy(f->why, sizeof(f->why), why ? why->text : "");
	if (err)
		assert_true(why == NULL || why->code != 0);
}

void fixture_run(struct fixture *f)
{
	if (!f->real_loop)
		while (loop_advance(f->loop, 1))
			;
	/* A worker is a thread: on a machine that has much to do it may be long in coming. */
	for (int turns = 0; f->real_loop && !f->answers && turns < 30000; turns++)
		loop_turn(f->loop, 1);
}

static int wait_for_answer(struct fixture *f)
{
	fixture_run(f);
	return f->answers ? f->result : -EINPROGRESS;
}

int fixture_load(struct fixture *f)
{
	f->answers = 0;
	config_load_startup(f->config, fixture_answer, f);
	return wait_for_answer(f);
}

json_t *fixture_json(const char *json)
{
	char *copy = strdup(json); /* not one of the allocations that fail */
	json_error_t where;
	json_t *value;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	value = json_loads(copy, JSON_REJECT_DUPLICATES, &where);
	if (!value)
		fail_msg("%s: %s", copy, where.text);
	free(copy);
	return value;
}

int fixture_edit(struct fixture *f, const char *json)
{
	f->answers = 0;
	config_edit(f->config, "console", fixture_json(json), fixture_answer, f);
	return wait_for_answer(f);
}

int fixture_check(struct fixture *f, const char *json)
{
	f->answers = 0;
	config_check(f->config, fixture_json(json), fixture_answer, f);
	return wait_for_answer(f);
}

int fixture_save(struct fixture *f)
{
	f->answers = 0;
	config_save(f->config, fixture_answer, f);
	return wait_for_answer(f);
}

void fixture_write(const struct fixture *f, const char *name, const char *text)
{
	int fd = openat(f->dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

char *fixture_read(const struct fixture *f, const char *name)
{
	int fd = openat(f->dir, name, O_RDONLY);
	char *text = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st))
		text = alloc_zero((size_t)st.st_size + 1);
	assert_int_equal(read(fd, text, (size_t)st.st_size), st.st_size);
	close(fd);
	return text;
}

char *fixture_get(struct fixture *f, const char *path, unsigned int how)
{
	struct error err = {0};
	uint64_t cursor = 0;
	json_t *doc;
	char *text;

	if (config_get(f->config, path, how, &cursor, 100000, &doc, &err))
		fail_msg("%s: %s", path, err.text);
	assert_true(cursor == 0);
	text = json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(doc);
	for (char *c = text; *c; c++)
		if (*c == '"')
			*c = '\'';
	return text;
}

void fixture_forget(struct fixture *f)
{
	for (size_t i = 0; i < FIXTURE_ROOMS; i++)
		text_free(&f->rooms[i].diary);
}
