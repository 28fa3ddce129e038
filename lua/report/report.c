/*
 * The order of things: look at names, lock the root, take in what had been added, let the child write,
 * make room, put the folder in place. Until the last step nothing of the id has changed.
 */
#include "lua/report/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "lua/report/render.h"
#include "lua/report/store.h"

#define ALL_BYTES (64u << 20) /* of a folder without a limit: it is held in memory */

struct report_limits report_limits_default(void)
{
	return (struct report_limits){
		.keep = 100,
		.keep_bytes = 64u << 20,
		.one_bytes = 8u << 20,
		.free_bytes = 64u << 20,
	};
}

static bool is_letter(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool letters_valid(const char *name, size_t max)
{
	size_t n = 0;

	if (!name || !is_letter(name[0]))
		return false;
	for (; name[n]; n++)
		if (n == max || (!is_letter(name[n]) && !strchr("-_.", name[n])))
			return false;
	return n <= max;
}

bool report_id_valid(const char *id)
{
	return letters_valid(id, REPORT_ID_MAX);
}

bool report_name_valid(const char *name)
{
	if (!letters_valid(name, REPORT_NAME_MAX))
		return false;
	for (int i = 0; i < RENDER_PARTS; i++)
		if (!strcmp(name, render_name((enum render_part)i)))
			return false;
	return true;
}

/* One report on its way. */
struct work {
	const char *id;
	struct report_limits limits;
	size_t room; /* bytes that it may have */
	int root;
	struct store_files added;
	struct render made;
	struct report_file file[STORE_FILES + RENDER_PARTS]; /* what was added, then what was made */
};

static int work_open(struct work *w, const char *root, const char *id,
		     const struct report_limits *limits, struct error *err)
{
	*w = (struct work){.id = id, .root = -1};
	w->limits = limits ? *limits : report_limits_default();
	w->room = w->limits.one_bytes && w->limits.one_bytes < ALL_BYTES
			  ? (size_t)w->limits.one_bytes
			  : ALL_BYTES;
	if (!report_id_valid(id))
		return error_set(err, -EINVAL,
				 "an incident needs an id of letters, digits, \"-\", \"_\" "
				 "and \".\"");
	w->root = store_open(root, err);
	if (w->root < 0)
		return w->root;
	return store_read(w->root, id, NULL, w->room, &w->added, err);
}

static void work_close(struct work *w)
{
	if (w->root >= 0)
		close(w->root);
	store_files_free(&w->added);
	render_free(&w->made);
}

static int work_add(struct work *w, const struct report_file *f, struct error *err)
{
	int code;

	if (!report_name_valid(f->name))
		return error_set(err, -EINVAL,
				 "a file of a report needs a name of letters, digits, \"-\", "
				 "\"_\" and \".\", and none of the report's own");
	code = store_set(&w->added, f->name, f->data, f->len);
	if (!code && w->added.count > REPORT_ADDED_MAX)
		code = -E2BIG;
	return code ? error_set(err, code, "%s cannot be added: %s", f->name,
				code == -E2BIG ? "there are too many" : strerror(-code))
		    : 0;
}

/* Lets the child write, and sums up: the bytes of the folder. */
static int work_render(struct work *w, struct render_source *source, uint64_t *bytes,
		       struct error *err)
{
	int code;

	*bytes = 0;
	for (size_t i = 0; i < w->added.count; i++) {
		w->file[i] = (struct report_file){.name = w->added.file[i].name,
						  .data = w->added.file[i].data,
						  .len = w->added.file[i].len};
		*bytes += w->added.file[i].len;
	}
	if (*bytes > w->room)
		return error_set(err, -EFBIG, "the files of %s are larger than a report may be",
				 w->id);
	source->files = w->file;
	source->count = w->added.count;
	source->limit = w->room - (size_t)*bytes;
	code = render_apart(source, &w->made, err);
	for (int i = 0; i < RENDER_PARTS && !code; i++) {
		w->file[w->added.count + (size_t)i] =
			(struct report_file){.name = render_name((enum render_part)i),
					     .data = text_str(&w->made.part[i]),
					     .len = w->made.part[i].len};
		*bytes += w->made.part[i].len;
	}
	return code;
}

static int work_put(struct work *w, struct render_source *source, struct error *err)
{
	uint64_t bytes;
	int code = work_render(w, source, &bytes, err);

	if (!code)
		code = store_make_room(w->root, w->id, bytes, &w->limits, err);
	if (!code)
		code = store_put(w->root, w->id, w->file, w->added.count + RENDER_PARTS, err);
	return code;
}

int report_write_with(const char *root, const json_t *incident, const struct report_file *files,
		      size_t count, const struct report_limits *limits, char *folder,
		      struct error *err)
{
	const char *id = json_string_value(json_object_get(incident, "id"));
	struct render_source source = {.incident = incident};
	struct work *w = alloc_zero(sizeof(*w));
	int code;

	if (!w)
		return error_set(err, -ENOMEM, "no memory for the report");
	code = work_open(w, root, id, limits, err);
	for (size_t i = 0; i < count && !code; i++)
		code = work_add(w, &files[i], err);
	if (!code)
		code = work_put(w, &source, err);
	if (!code && folder)
		snprintf(folder, REPORT_PATH_MAX, "%s/%s", root, id);
	work_close(w);
	alloc_free(w);
	return code;
}

int report_write(const char *root, const json_t *incident, const struct report_limits *limits,
		 char *folder, struct error *err)
{
	return report_write_with(root, incident, NULL, 0, limits, folder, err);
}

/* The incident as it stands in the folder; its text is only read by the child. */
static int add_to(struct work *w, const struct report_file *f, struct error *err)
{
	struct store_files own = {.count = 0};
	struct render_source source = {0};
	int code;

	if (!store_has(w->root, w->id))
		return error_set(err, -ENOENT, "there is no report %s", w->id);
	code = work_add(w, f, err);
	if (!code)
		code = store_read(w->root, w->id, render_name(RENDER_JSON), w->room, &own, err);
	if (!code && own.count == 0)
		code = error_set(err, -ENOENT, "there is no report %s", w->id);
	if (!code) {
		source.json = own.file[0].data;
		source.json_len = own.file[0].len;
		code = work_put(w, &source, err);
	}
	store_files_free(&own);
	return code;
}

int report_add(const char *root, const char *id, const char *name, const void *data, size_t len,
	       const struct report_limits *limits, struct error *err)
{
	const struct report_file f = {.name = name, .data = data, .len = len};
	struct work *w = alloc_zero(sizeof(*w));
	int code;

	if (!w)
		return error_set(err, -ENOMEM, "no memory for the report");
	code = work_open(w, root, id, limits, err);
	if (!code)
		code = add_to(w, &f, err);
	work_close(w);
	alloc_free(w);
	return code;
}

json_t *report_list(const char *root)
{
	json_t *list = json_array();
	struct store_folder *f = NULL;
	size_t count = 0;
	int fd = list ? store_open_to_read(root) : -1;

	if (fd >= 0)
		store_list(fd, &f, &count);
	while (count-- > 0)
		json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "id", f[count].id, "bytes",
						      (json_int_t)f[count].bytes, "time",
						      (json_int_t)(f[count].time_ns / 1000000000)));
	alloc_free(f);
	if (fd >= 0)
		close(fd);
	return list;
}
