/*
 * config/archive: numbered snapshots of running, files in the folder `archive` of the state folder.
 *
 * A file's name is its record: NUMBER-MILLISECONDS-REASON.json. It is written as the startup file is: whole,
 * or not at all; then those beyond the configured number go, oldest first. The list is read once, at the
 * start, and kept by the loop; a worker gets the names that it needs. Settings are read out of running
 * after each commit, for they are nobody else's.
 */
#include "config/config_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "log/log.h"

#define FOLDER	  "archive"
#define MINUTE_MS 60000u

static const char *const reasons[] = {
	[CONFIG_WHY_ASKED] = "asked",	    [CONFIG_WHY_SAVED] = "saved",
	[CONFIG_WHY_PERIOD] = "period",	    [CONFIG_WHY_REPLACE] = "replace",
	[CONFIG_WHY_ROLLBACK] = "rollback",
};

#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

/* ---- names ----------------------------------------------------------------------------------------- */

static void name_of(const struct config_snapshot *e, char *buf, size_t size)
{
	snprintf(buf, size, "%u-%llu-%s.json", e->number, (unsigned long long)e->wall_ms,
		 e->reason);
}

static bool parse_name(const char *name, struct config_snapshot *e)
{
	unsigned long long ms;
	char again[CONFIG_ARCHIVE_NAME];
	char reason[16];

	if (sscanf(name, "%u-%llu-%15[a-z].json", &e->number, &ms, reason) != 3 || !e->number)
		return false;
	e->wall_ms = ms;
	e->reason = NULL;
	for (size_t i = 0; i < REASONS; i++)
		if (!strcmp(reasons[i], reason))
			e->reason = reasons[i];
	if (!e->reason)
		return false;
	name_of(e, again, sizeof(again)); /* nothing beside it */
	return !strcmp(again, name);
}

/* ---- on a worker ----------------------------------------------------------------------------------- */

static int open_folder(int state_dir, bool make)
{
	int fd;

	if (make && mkdirat(state_dir, FOLDER, 0700) && errno != EEXIST)
		return -errno;
	fd = openat(state_dir, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* In their order; where there are more than are kept, the newest. */
static void insert(struct config_archive_list *list, const struct config_snapshot *e)
{
	size_t at = list->count;

	while (at > 0 && list->entries[at - 1].number > e->number)
		at--;
	if (list->count == CONFIG_ARCHIVE_MAX) {
		if (!at)
			return;
		memmove(&list->entries[0], &list->entries[1], (at - 1) * sizeof(*e));
		list->entries[at - 1] = *e;
		return;
	}
	memmove(&list->entries[at + 1], &list->entries[at], (list->count - at) * sizeof(*e));
	list->entries[at] = *e;
	list->count++;
}

void config_archive_scan(int state_dir, struct config_archive_list *list)
{
	int fd = open_folder(state_dir, false);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;

	list->count = 0;
	while (dir && (d = readdir(dir))) {
		struct config_snapshot e;
		size_t len = strlen(d->d_name);

		if (parse_name(d->d_name, &e))
			insert(list, &e);
		else if (len > 4 && !strcmp(d->d_name + len - 4, ".new"))
			unlinkat(fd, d->d_name, 0); /* of a life that was cut short */
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

static void prune(int fd, const struct config_archiving *a)
{
	char name[CONFIG_ARCHIVE_NAME];

	for (size_t i = 0; i < a->drop_count; i++) {
		name_of(&a->drop[i], name, sizeof(name));
		unlinkat(fd, name, 0);
	}
	fsync(fd);
}

void config_archive_write(struct config_archiving *a, const char *text)
{
	char name[CONFIG_ARCHIVE_NAME];
	int fd = open_folder(a->state_dir, true);

	if (fd < 0) {
		error_set(&a->err, fd, "archive: %s", strerror(-fd));
		return;
	}
	name_of(&a->entry, name, sizeof(name));
	if (config_file_put(fd, name, text, &a->err))
		error_prefix(&a->err, "archive");
	else
		prune(fd, a);
	a->is_written = !a->err.code;
	close(fd);
}

char *config_data_text(const struct config_schema *s, const struct config_data *data)
{
	json_t *doc = json_object();
	char *text = NULL;

	if (doc && !config_get_all(s, data, doc))
		text = json_dumps(doc, JSON_INDENT(2));
	json_decref(doc);
	return text;
}

void config_archive_data(struct config_archiving *a, const struct config_schema *s,
			 const struct config_data *data)
{
	char *text = config_data_text(s, data);

	if (text)
		config_archive_write(a, text);
	else
		error_set(&a->err, -ENOMEM, "archive: no memory");
	free(text); /* jansson's */
}

static void run_archive(void *work)
{
	struct config_work *w = work;

	config_archive_data(w->archiving, w->schema, w->running);
	w->err = w->archiving->err;
}

/* ---- on the loop ----------------------------------------------------------------------------------- */

static unsigned int next_number(const struct config_archive_list *list)
{
	return list->count ? list->entries[list->count - 1].number + 1 : 1;
}

bool config_archive_prepare(struct config *c, enum config_reason why)
{
	struct config_archiving *a = &c->archiving;
	const struct config_archive_list *list = &c->archive.list;
	size_t keep = c->archive.maximum - 1;

	if (c->paths.state_dir < 0)
		return false;
	/* It is there already; who asks for one gets another one. */
	if (why != CONFIG_WHY_ASKED && list->count && c->archive.version == c->version)
		return false;
	*a = (struct config_archiving){.state_dir = c->paths.state_dir, .version = c->version};
	a->entry = (struct config_snapshot){
		.number = next_number(list), .wall_ms = clock_wall_ms(), .reason = reasons[why]};
	while (list->count - a->drop_count > keep) {
		a->drop[a->drop_count] = list->entries[a->drop_count];
		a->drop_count++;
	}
	return true;
}

void config_archive_concluded(struct config *c)
{
	struct config_archiving *a = &c->archiving;
	struct config_archive_list *list = &c->archive.list;

	if (a->err.code)
		log_say(c->log, NULL, ARCHIVE_FAILED, a->err.text);
	if (a->is_written) {
		list->count -= a->drop_count;
		memmove(&list->entries[0], &list->entries[a->drop_count],
			list->count * sizeof(list->entries[0]));
		insert(list, &a->entry);
		c->archive.version = a->version;
	}
	*a = (struct config_archiving){0};
}

enum config_step config_begin_archive(struct config *c)
{
	struct error err = {0};

	if (c->paths.state_dir < 0)
		return config_finish(
			c, error_set(&err, -EOPNOTSUPP, "there is no state folder to archive in"),
			&err);
	if (!config_archive_prepare(c, c->now->reason))
		return config_finish(c, 0, NULL);
	c->work.archiving = &c->archiving;
	return config_start_work(c, CONFIG_FILLING, run_archive);
}

void config_archive(struct config *c, config_done *done, void *arg)
{
	struct config_request r = {
		.kind = CONFIG_ARCHIVE, .reason = CONFIG_WHY_ASKED, .done = done, .arg = arg};

	config_submit(c, &r);
}

static void period_done(void *arg, int err, const struct error *why)
{
	(void)arg;
	(void)err;
	(void)why; /* said in config_archive_concluded() */
}

void config_archive_period(void *config)
{
	struct config *c = config;
	struct config_request r = {
		.kind = CONFIG_ARCHIVE, .reason = CONFIG_WHY_PERIOD, .done = period_done};

	loop_timer_set(&c->archive.timer, (uint64_t)c->archive.minutes * MINUTE_MS);
	config_submit(c, &r);
}

/* ---- settings -------------------------------------------------------------------------------------- */

static const char *setting(const struct config *c, const char *leaf)
{
	struct lyd_node *n = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/spindle-archive:archive/%s", leaf);
	return c->running.top && !lyd_find_path(c->running.top, path, 0, &n) ? lyd_get_value(n)
									     : NULL;
}

static unsigned int number_setting(const struct config *c, const char *leaf, unsigned int usual)
{
	const char *value = setting(c, leaf);

	return value ? (unsigned int)strtoul(value, NULL, 10) : usual;
}

void config_archive_settle(struct config *c)
{
	const char *on_save = setting(c, "write-memory");
	unsigned int minutes = number_setting(c, "time-period", 0);

	c->archive.maximum = number_setting(c, "maximum", CONFIG_ARCHIVE_USUAL);
	c->archive.on_save = on_save && !strcmp(on_save, "true");
	if (minutes == c->archive.minutes)
		return;
	c->archive.minutes = minutes;
	loop_timer_stop(&c->archive.timer);
	if (minutes)
		loop_timer_set(&c->archive.timer, (uint64_t)minutes * MINUTE_MS);
}

/* The settings' row needs a room; what it would do is done after the commit. */
static int no_prepare(void *ctx, const struct config_change *c, struct error *err)
{
	(void)ctx;
	(void)c;
	(void)err;
	return 0;
}

static void no_commit(void *ctx, config_done *done, void *arg)
{
	(void)ctx;
	done(arg, 0, NULL);
}

static void no_abort(void *ctx)
{
	(void)ctx;
}

const struct config_room config_archive_room = {
	.name = "archive", .prepare = no_prepare, .commit = no_commit, .abort = no_abort};

const struct config_room config_kept_room = {
	.name = "kept", .prepare = no_prepare, .commit = no_commit, .abort = no_abort};

/* ---- what there is --------------------------------------------------------------------------------- */

bool config_archive_entry(const struct config *c, size_t index, struct config_snapshot *out)
{
	if (index >= c->archive.list.count)
		return false;
	*out = c->archive.list.entries[index];
	return true;
}

unsigned int config_archive_next(const struct config *c)
{
	return next_number(&c->archive.list);
}

/* Relative to the state folder; a name of no file where there is no such snapshot. */
const char *config_archive_file(struct config *c, unsigned int number)
{
	struct config_archive *a = &c->archive;
	char name[CONFIG_ARCHIVE_NAME] = "none";

	snprintf(a->title, sizeof(a->title), "archive:%u", number);
	for (size_t i = 0; i < a->list.count; i++)
		if (a->list.entries[i].number == number)
			name_of(&a->list.entries[i], name, sizeof(name));
	snprintf(a->file, sizeof(a->file), FOLDER "/%s", name);
	return a->file;
}
