/*
 * Scripts: a file of the folder of policies. Its registration is run by a worker, which stops where it ends;
 * until then the policy is nobody's but this file's.
 */
#include "lua/main/script.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/regex.h"
#include "base/text.h"
#include "lua/main/eem_internal.h"

#define REGISTER_MS 5000
#define EVENTS_MAX  64

/* A script whose registration runs in a worker. */
struct registering {
	struct runner runner;
	struct list node;
	struct policy *policy;
	struct worker_job *worker;
	struct applet_event *specs[EVENTS_MAX];
	size_t count;
	struct error err;
};

/* ---- files ------------------------------------------------------------------------------------------- */

static int read_all(int fd, char **out, struct error *err)
{
	struct stat st;
	char *text;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, "it is no regular file");
	if (st.st_size > (off_t)WORKER_CHUNK_MAX)
		return error_set(err, -EFBIG, "it is longer than %u bytes", WORKER_CHUNK_MAX);
	text = alloc_zero((size_t)st.st_size + 1);
	n = text ? read(fd, text, (size_t)st.st_size) : -1;
	if (n < 0 || strlen(text) != (size_t)n) {
		alloc_free(text);
		return error_set(err, -EINVAL, "it is no text that can be read");
	}
	*out = text;
	return 0;
}

char *script_text(const struct eem *e, const char *file, struct error *err)
{
	const char *folder = eem_text(e->directory, "policy");
	int dir, fd;
	char *text = NULL;

	if (!*folder) {
		error_set(err, -ENOENT, "there is no event manager directory user policy");
		return NULL;
	}
	if (strchr(file, '/') || file[0] == '.') {
		error_set(err, -EINVAL, "%s is no name of a file", file);
		return NULL;
	}
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = dir < 0 ? -1 : openat(dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		error_set(err, -errno, "%s/%s: %s", folder, file, strerror(errno));
	else if (read_all(fd, &text, err))
		error_prefix(err, "%s/%s", folder, file);
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return text;
}

static bool is_script(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 4 && !strcmp(name + len - 4, ".lua");
}

json_t *script_list(const struct eem *e)
{
	const char *folder = eem_text(e->directory, "policy");
	json_t *list = json_array();
	DIR *d = *folder ? opendir(folder) : NULL;
	const struct dirent *f;
	struct stat st;

	while (d && json_array_size(list) < 1000 && (f = readdir(d)))
		if (is_script(f->d_name) &&
		    !fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
			json_array_append_new(list, json_pack("{s:s,s:I}", "name", f->d_name,
							      "time", (json_int_t)st.st_mtime));
	if (d)
		closedir(d);
	return list;
}

/* ---- registration ------------------------------------------------------------------------------------ */

static void registering_free(struct registering *r)
{
	list_remove(&r->node);
	for (size_t i = 0; i < r->count; i++)
		applet_event_free(r->specs[i]);
	policy_unref(r->policy);
	alloc_free(r);
}

static int take_event(struct registering *r, const json_t *args)
{
	if (r->count == EVENTS_MAX)
		return error_set(&r->err, -E2BIG, "more than %d events", EVENTS_MAX);
	return applet_event_from_fields(eem_text(args, "detector"),
					json_object_get(args, "options"), &r->specs[r->count++],
					&r->err);
}

static int take_trigger(struct registering *r, const json_t *args)
{
	struct policy *p = r->policy;
	const char *correlate = eem_text(args, "correlate");
	struct text line;
	const char *const words[] = {"occurs", "period", "period-start", "delay"};
	int rc;

	text_init(&line, APPLET_LINE_MAX);
	for (size_t i = 0; i < 4; i++) {
		const json_t *v = json_object_get(args, words[i]);

		if (json_is_string(v))
			text_addf(&line, "%s \"%s\" ", words[i], json_string_value(v));
		else if (json_is_number(v))
			text_addf(&line, "%s %.*f ", words[i], json_is_integer(v) ? 0 : 3,
				  json_number_value(v));
	}
	rc = applet_trigger_parse(text_str(&line), &p->together, &r->err, NULL);
	text_free(&line);
	if (!rc && *correlate)
		rc = applet_trigger_correlate(p->together, correlate, &r->err, NULL);
	return rc;
}

static void on_call(struct runner *runner, struct worker_job *w, uint32_t id, const char *op,
		    const json_t *args)
{
	struct registering *r = list_entry(runner, struct registering, runner);
	int rc = 0;

	if (!strcmp(op, "register")) {
		rc = take_event(r, args);
		/* The slot of one that failed holds nothing. */
		r->count -= rc && r->count && r->count <= EVENTS_MAX && !r->specs[r->count - 1];
	} else if (!strcmp(op, "trigger")) {
		rc = take_trigger(r, args);
	}
	worker_answer(w, id, json_object(), rc ? r->err.text : NULL);
}

static void finish(struct registering *r, struct error *err)
{
	struct policy *p = r->policy;
	size_t count = r->count;

	r->count = 0; /* the policy has them */
	if (!policy_set_events(p, r->specs, count, err) && !policy_register(p, err)) {
		r->policy = NULL; /* it is its registration's */
		cli_subscribe(p->eem);
	}
}

static void on_ended(struct runner *runner, enum worker_end end, const char *status,
		     const char *error)
{
	struct registering *r = list_entry(runner, struct registering, runner);
	struct eem *e = r->policy->eem;
	char name[EEM_NAME_MAX];

	(void)status;
	text_copy(name, sizeof(name), r->policy->name);
	if (end != WORKER_DONE)
		error_set(&r->err, -EINVAL, "%s", *error ? error : "its registration did not end");
	else if (!r->count)
		error_set(&r->err, -EINVAL, "it registers no event");
	if (!r->err.code)
		finish(r, &r->err);
	if (r->err.code)
		say(e, 3, "FMPD_REGISTER", "policy %s is not registered: %s", name, r->err.text);
	registering_free(r);
}

static void begin(struct eem *e, struct registering *r, struct error *err)
{
	const struct policy *p = r->policy;
	struct worker_spec spec = {.name = p->name,
				   .chunk = p->lines,
				   .chunk_len = p->lines_len,
				   .registering = true,
				   .env = e->environment,
				   .maxrun_ms = REGISTER_MS};

	if (!e->pool)
		error_set(err, -EPIPE, "there are no workers");
	else if (!worker_start(e->pool, &spec, &r->runner, &r->worker, err))
		list_append(&e->registering, &r->node);
}

void script_make(struct eem *e, const json_t *entry, const uint32_t marks[2])
{
	const char *file = eem_text(entry, "file"), *class = eem_text(entry, "class");
	struct registering *r = alloc_zero(sizeof(*r));
	struct policy *p = r ? policy_new(e, POLICY_SCRIPT, file) : NULL;
	struct error err = {0};

	if (!p) {
		alloc_free(r);
		return;
	}
	*r = (struct registering){.runner = {on_call, on_ended}, .policy = p};
	list_init(&r->node);
	memcpy(p->marks, marks, sizeof(p->marks));
	if (*class)
		text_copy(p->class, sizeof(p->class), class);
	p->trap = eem_true(entry, "trap");
	if (*eem_text(entry, "username"))
		p->username = alloc_text(eem_text(entry, "username"));
	p->lines = script_text(e, file, &err);
	p->lines_len = p->lines ? strlen(p->lines) : 0;
	if (!err.code)
		begin(e, r, &err);
	if (!err.code)
		return;
	say(e, 3, "FMPD_REGISTER", "policy %s is not registered: %s", file, err.text);
	registering_free(r);
}

void scripts_free(struct eem *e)
{
	while (!list_empty(&e->registering))
		registering_free(list_entry(e->registering.next, struct registering, node));
}

/* ---- update ------------------------------------------------------------------------------------------ */

static bool is_meant(const struct policy *p, const json_t *input, const struct regex *group)
{
	const char *name = eem_text(input, "name");

	if (p->kind != POLICY_SCRIPT)
		return false;
	return group ? regex_match(group, p->name, strlen(p->name)) : !strcmp(p->name, name);
}

/* The entry that it was made from: what of it a script needs. */
static json_t *entry_of(const struct policy *p)
{
	return json_pack("{s:s,s:s,s:b,s:s*}", "file", p->name, "class", p->class, "trap", p->trap,
			 "username", p->username);
}

static void update_one(struct eem *e, struct policy *p, json_t *lines)
{
	struct error err = {0};
	char *text = script_text(e, p->name, &err), *line;
	json_t *entry = entry_of(p);
	uint32_t marks[2];

	memcpy(marks, p->marks, sizeof(marks));
	if (err.code)
		line = alloc_printf("%s", err.text);
	else if (!strcmp(text, p->lines))
		line = alloc_printf("%s: no newer version", p->name);
	else {
		line = alloc_printf("%s: updated", p->name);
		policy_unregister(p);
		script_make(e, entry, marks);
	}
	if (line)
		json_array_append_new(lines, json_string(line));
	alloc_free(line);
	alloc_free(text);
	json_decref(entry);
}

json_t *scripts_update(struct eem *e, const json_t *input)
{
	const char *pattern = eem_text(input, "group");
	struct error err = {0};
	struct regex *group = *pattern ? regex_new(pattern, &err) : NULL;
	json_t *lines = json_array();
	struct list *it, *next;

	if (err.code)
		json_array_append_new(lines, json_string(err.text));
	else if (*eem_text(input, "repository"))
		json_array_append_new(lines,
				      json_string("scripts are read from the folder of policies; "
						  "copy newer ones there first"));
	else
		list_for_each_safe(it, next, &e->policies)
		{
			struct policy *p = list_entry(it, struct policy, node);

			if (is_meant(p, input, group))
				update_one(e, p, lines);
		}
	regex_free(group);
	return json_pack("{s:o}", "output", lines);
}
