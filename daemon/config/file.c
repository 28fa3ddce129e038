/*
 * config/file: the startup file, on a worker. Reading accepts what people write by hand: secrets in
 * clear are sealed on the way in. Writing never touches the file that is there before the new one is
 * whole and on the disk.
 */
#include "config/config_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/secret.h"

#define FILE_MAX (64u << 20)

static int fail(struct config_file *f, int code, const char *what)
{
	return error_set(&f->err, code, "%s: %s", f->name, what);
}

static int read_all(struct config_file *f, int fd, char *buf, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, buf + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(f, n ? -errno : -EIO, n ? strerror(errno) : "was cut short");
		at += (size_t)n;
	}
	return 0;
}

/* No file is an empty configuration; a link to a place that is not there (yet) is not. */
static void no_file(struct config_file *f, int code)
{
	struct stat st;

	if (code != -ENOENT)
		fail(f, code, strerror(-code));
	else if (!fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW))
		fail(f, code, "is a link to nothing");
}

/* The text of the file, or NULL with the error set; NULL without: there is none. */
static char *read_text(struct config_file *f, size_t *len)
{
	int fd = openat(f->dir, f->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *buf = NULL;
	struct stat st;

	if (fd < 0) {
		no_file(f, -errno);
		return NULL;
	}
	if (fstat(fd, &st))
		fail(f, -errno, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		fail(f, -EINVAL, "is not a regular file");
	else if (st.st_size > FILE_MAX)
		fail(f, -EFBIG, "has more than 64 MiB");
	else if (!(buf = alloc_zero((size_t)st.st_size + 1)))
		fail(f, -ENOMEM, "no memory");
	else if (!read_all(f, fd, buf, *len = (size_t)st.st_size))
		goto out;
	alloc_free(buf);
	buf = NULL;
out:
	close(fd);
	return buf;
}

static json_t *parse_json(struct config_file *f, const char *text, size_t len)
{
	json_error_t where;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);

	if (!json) {
		error_set(&f->err, -EINVAL, "%s: line %d, column %d: %s", f->name, where.line,
			  where.column, where.text);
	} else if (!json_is_object(json)) {
		fail(f, -EINVAL, "is not a JSON object");
		json_decref(json);
		json = NULL;
	}
	return json;
}

static void parse_tree(struct config_file *f, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	if (!text)
		fail(f, -ENOMEM, "no memory");
	else if (lyd_parse_data_mem(f->schema->ctx, text, LYD_JSON,
				    LYD_PARSE_STRICT | LYD_PARSE_NO_STATE, LYD_VALIDATE_NO_STATE,
				    &f->tree))
		config_ly_error(f->schema->ctx, &f->err, -EINVAL, f->name);
	free(text); /* jansson's */
}

json_t *config_file_json(struct config_file *f, bool *is_there)
{
	size_t len = 0;
	char *text = read_text(f, &len);
	json_t *json = text ? parse_json(f, text, len) : NULL;

	*is_there = text || f->err.code;
	if (text)
		secret_wipe(text, len);
	alloc_free(text);
	return json;
}

static void take_json(struct config_file *f, json_t *json)
{
	if (config_seal_json(f->schema, f->seal, json, &f->sealed, &f->err))
		error_prefix(&f->err, "%s", f->name);
	else
		parse_tree(f, json);
	config_wipe_json(f->schema, json);
	json_decref(json);
}

void config_file_read(void *file)
{
	struct config_file *f = file;
	bool is_there = false;
	json_t *json = config_file_json(f, &is_there);

	if (json)
		take_json(f, json);
	else if (!is_there && f->is_wanted)
		error_set(&f->err, -ENOENT, "%s is not present", f->title);
	else if (!is_there &&
		 lyd_validate_all(&f->tree, f->schema->ctx, LYD_VALIDATE_NO_STATE, NULL))
		config_ly_error(f->schema->ctx, &f->err, -EINVAL, "");
	if (f->err.code) {
		lyd_free_all(f->tree);
		f->tree = NULL;
	}
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_new(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, strlen(text));
	if (!rc)
		rc = write_all(fd, "\n", 1);
	if (!rc && fsync(fd))
		rc = -errno;
	if (close(fd) && !rc)
		rc = -errno;
	return rc;
}

static int put(int dir, const char *name, const char *text)
{
	char new[256];
	int rc;

	if (snprintf(new, sizeof(new), "%s.new", name) >= (int)sizeof(new))
		return -ENAMETOOLONG;
	unlinkat(dir, new, 0); /* of a life that was cut short; its mode may be another */
	rc = write_new(dir, new, text);
	if (!rc && renameat(dir, new, dir, name))
		rc = -errno;
	if (rc)
		unlinkat(dir, new, 0);
	else if (fsync(dir))
		rc = -errno;
	return rc;
}

int config_file_put(int dir, const char *name, const char *text, struct error *err)
{
	int rc = put(dir, name, text);

	return rc ? error_set(err, rc, "%s: %s", name, strerror(-rc)) : 0;
}

void config_file_write(void *file)
{
	struct config_file *f = file;

	if (!config_file_put(f->dir, f->name, f->text, &f->err) && f->archiving)
		config_archive_write(f->archiving, f->text);
	free(f->text); /* jansson's */
	f->text = NULL;
}

void config_file_erase(void *file)
{
	struct config_file *f = file;
	int rc = unlinkat(f->dir, f->name, 0) ? -errno : 0;

	if (rc == -ENOENT)
		rc = 0;
	else if (!rc && fsync(f->dir))
		rc = -errno;
	if (rc)
		fail(f, rc, strerror(-rc));
}
