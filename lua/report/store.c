/*
 * Names that begin with a dot are the store's own: ".new" is being written, ".old" is being removed.
 * Both exist only while a writer holds the lock; what is found of them at store_open() is what a dead
 * writer left, and goes. A folder is an incident's if it has the right letters, an incident.json and no
 * folder inside: nothing else is counted or removed.
 */
#include "lua/report/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "lua/report/render.h"

#define NEW	  ".new"
#define OLD	  ".old"
#define DIR_MODE  0750
#define FILE_MODE 0640

static int open_folder(int root, const char *name)
{
	int fd = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* Of a link to a folder Linux says that it is no folder. */
	return fd < 0 ? (errno == ENOTDIR ? -ELOOP : -errno) : fd;
}

/* The names in a folder, one after another; its own descriptor stays the caller's. */
static DIR *names_of(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

static const char *next_name(DIR *d)
{
	struct dirent *e;

	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			return e->d_name;
	return NULL;
}

/* Removes a folder of files; one inside makes it stay, empty but for that. */
static int remove_folder(int root, const char *name)
{
	int fd = open_folder(root, name);
	DIR *d = fd < 0 ? NULL : names_of(fd);

	if (fd == -ELOOP) /* no folder, no link of ours: but the name is */
		return unlinkat(root, name, 0) ? -errno : 0;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : -ENOMEM;
	}
	for (const char *n; (n = next_name(d));)
		unlinkat(fd, n, 0);
	closedir(d);
	close(fd);
	return unlinkat(root, name, AT_REMOVEDIR) ? -errno : 0;
}

static int clear(int root, const char *name, struct error *err)
{
	int code = remove_folder(root, name);

	return code && code != -ENOENT
		       ? error_set(err, code, "%s in the folder of reports cannot be removed: %s",
				   name, strerror(-code))
		       : 0;
}

int store_open(const char *root, struct error *err)
{
	int fd, code;

	if (mkdir(root, DIR_MODE) && errno != EEXIST)
		return error_set(err, -errno, "%s cannot be made: %s", root, strerror(errno));
	fd = open_folder(AT_FDCWD, root);
	if (fd < 0)
		return error_set(err, fd, "%s is no folder that can be opened: %s", root,
				 fd == -ELOOP ? "a link or another thing" : strerror(-fd));
	while ((code = flock(fd, LOCK_EX)) && errno == EINTR)
		;
	if (code)
		code = error_set(err, -errno, "%s cannot be locked: %s", root, strerror(errno));
	if (!code)
		code = clear(fd, NEW, err);
	if (!code)
		code = clear(fd, OLD, err);
	if (code) {
		close(fd);
		return code;
	}
	return fd;
}

int store_open_to_read(const char *root)
{
	return open_folder(AT_FDCWD, root);
}

/* Sums up a folder; false: it is none of an incident. */
static bool measure(int root, const char *name, struct store_folder *out)
{
	int fd = open_folder(root, name);
	DIR *d = fd < 0 ? NULL : names_of(fd);
	bool incident = false, folders = false;
	struct stat st;

	*out = (struct store_folder){0};
	text_copy(out->id, sizeof(out->id), name);
	for (const char *n; d && (n = next_name(d));) {
		if (fstatat(fd, n, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		folders |= S_ISDIR(st.st_mode);
		if (S_ISREG(st.st_mode))
			out->bytes += (uint64_t)st.st_size;
		incident |= S_ISREG(st.st_mode) && !strcmp(n, render_name(RENDER_JSON));
	}
	if (d && !fstat(fd, &st))
		out->time_ns = st.st_mtim.tv_sec * 1000000000ll + st.st_mtim.tv_nsec;
	if (d)
		closedir(d);
	if (fd >= 0)
		close(fd);
	return incident && !folders;
}

static int by_age(const void *a, const void *b)
{
	const struct store_folder *x = a, *y = b;

	return x->time_ns != y->time_ns ? (x->time_ns < y->time_ns ? -1 : 1) : strcmp(x->id, y->id);
}

int store_list(int root, struct store_folder **out, size_t *count)
{
	struct store_folder *list = NULL, one;
	DIR *d = names_of(root);

	*out = NULL;
	*count = 0;
	if (!d)
		return -ENOMEM;
	for (const char *n; (n = next_name(d));) {
		struct store_folder *grown;

		if (!report_id_valid(n) || !measure(root, n, &one))
			continue;
		grown = alloc_grow(list, *count, *count + 1, sizeof(*list));
		if (!grown) {
			alloc_free(list);
			closedir(d);
			return -ENOMEM;
		}
		list = grown;
		list[(*count)++] = one;
	}
	closedir(d);
	if (*count)
		qsort(list, *count, sizeof(*list), by_age);
	*out = list;
	return 0;
}

int store_set(struct store_files *f, const char *name, const void *data, size_t len)
{
	char *copy = alloc_zero(len + 1);
	size_t at = 0;

	if (!copy)
		return -ENOMEM;
	while (at < f->count && strcmp(f->file[at].name, name))
		at++;
	if (at == STORE_FILES) {
		alloc_free(copy);
		return -E2BIG;
	}
	if (len)
		memcpy(copy, data, len);
	alloc_free(f->file[at].data);
	f->file[at].data = copy;
	f->file[at].len = len;
	text_copy(f->file[at].name, sizeof(f->file[at].name), name);
	f->count += at == f->count;
	return 0;
}

void store_files_free(struct store_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		alloc_free(f->file[i].data);
	f->count = 0;
}

static bool read_whole(int fd, char *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = read(fd, data + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* One regular file; others are left alone. */
static int read_file(int folder, const char *name, size_t limit, struct store_files *out)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), code = 0;
	struct stat st;
	char *data;

	if (fd < 0)
		return errno == ELOOP ? 0 : -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return 0;
	}
	data = (uint64_t)st.st_size > limit ? NULL : alloc_zero((size_t)st.st_size + 1);
	if (!data)
		code = (uint64_t)st.st_size > limit ? -EFBIG : -ENOMEM;
	else if (!read_whole(fd, data, (size_t)st.st_size))
		code = -EIO;
	else
		code = store_set(out, name, data, (size_t)st.st_size);
	alloc_free(data);
	close(fd);
	return code;
}

static int read_added(int folder, size_t limit, struct store_files *out)
{
	DIR *d = names_of(folder);
	int code = d ? 0 : -ENOMEM;

	for (const char *n; !code && (n = next_name(d));) {
		size_t before = out->count;

		if (!report_name_valid(n))
			continue;
		code = read_file(folder, n, limit, out);
		if (!code && out->count > before)
			limit -= out->file[before].len;
	}
	if (d)
		closedir(d);
	return code;
}

int store_read(int root, const char *id, const char *name, size_t limit, struct store_files *out,
	       struct error *err)
{
	struct store_folder measured;
	int fd = open_folder(root, id), code;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return error_set(err, fd, "%s is in the way: it is no folder that can be opened",
				 id);
	if (!measure(root, id, &measured)) {
		close(fd);
		return error_set(err, -EEXIST, "%s is in the way: it is no folder of an incident",
				 id);
	}
	code = name ? read_file(fd, name, limit, out) : read_added(fd, limit, out);
	close(fd);
	return code ? error_set(err, code, "the folder %s cannot be read: %s", id, strerror(-code))
		    : 0;
}

bool store_has(int root, const char *id)
{
	struct store_folder measured;

	return measure(root, id, &measured);
}

static int drop(int root, const char *id)
{
	if (renameat(root, id, root, OLD))
		return -errno;
	return remove_folder(root, OLD);
}

/* What is to be kept to, counted. */
struct room {
	uint64_t folders, bytes, free;
};

static bool fits(const struct room *r, uint64_t bytes, const struct report_limits *l)
{
	return (!l->keep || r->folders < l->keep) &&
	       (!l->keep_bytes || r->bytes + bytes <= l->keep_bytes) && r->free >= bytes &&
	       r->free - bytes >= l->free_bytes;
}

static uint64_t free_bytes(int root)
{
	struct statvfs v;

	return fstatvfs(root, &v) ? 0 : (uint64_t)v.f_bavail * v.f_frsize;
}

static int refuse(uint64_t bytes, struct error *err)
{
	return error_set(err, -ENOSPC,
			 "no room for a report of %" PRIu64 " bytes within the limits", bytes);
}

static int make_room(int root, const struct store_folder *list, size_t count, uint64_t bytes,
		     const struct report_limits *limits, struct error *err)
{
	struct room room = {.folders = count, .free = free_bytes(root)}, none;

	for (size_t i = 0; i < count; i++)
		room.bytes += list[i].bytes;
	/* Nothing goes if all of it would go in vain. */
	none = (struct room){.free = room.free + room.bytes};
	if (!fits(&none, bytes, limits))
		return refuse(bytes, err);
	for (size_t i = 0; i < count && !fits(&room, bytes, limits); i++) {
		int code = drop(root, list[i].id);

		if (code)
			return error_set(err, code, "%s cannot be removed: %s", list[i].id,
					 strerror(-code));
		room.folders--;
		room.bytes -= list[i].bytes;
		room.free = free_bytes(root);
	}
	return fits(&room, bytes, limits) ? 0 : refuse(bytes, err);
}

int store_make_room(int root, const char *id, uint64_t bytes, const struct report_limits *limits,
		    struct error *err)
{
	struct store_folder *list;
	size_t count, kept = 0;
	int code = store_list(root, &list, &count);

	if (code)
		return error_set(err, code, "the folder of reports cannot be read: %s",
				 strerror(-code));
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].id, id))
			list[kept++] = list[i];
	code = make_room(root, list, kept, bytes, limits, err);
	alloc_free(list);
	return code;
}

static int write_file(int folder, const struct report_file *f)
{
	const char *at = f->data;
	size_t left = f->len;
	int code = 0, fd = openat(folder, f->name,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

	if (fd < 0)
		return -errno;
	while (left > 0 && !code) {
		ssize_t n = write(fd, at, left);

		if (n > 0) {
			at += n;
			left -= (size_t)n;
		} else if (errno != EINTR) {
			code = -errno;
		}
	}
	if (!code && fsync(fd))
		code = -errno;
	close(fd);
	return code;
}

static int write_new(int root, const struct report_file *files, size_t count)
{
	int fd, code = mkdirat(root, NEW, DIR_MODE) ? -errno : 0;

	if (code)
		return code;
	fd = open_folder(root, NEW);
	if (fd < 0)
		return fd;
	for (size_t i = 0; i < count && !code; i++)
		code = write_file(fd, &files[i]);
	if (!code && fsync(fd))
		code = -errno;
	close(fd);
	return code;
}

static bool is_there(int root, const char *id)
{
	struct stat st;

	return fstatat(root, id, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A file system that cannot exchange (NFS, 9P): the old one goes aside first. Who looks in between sees
 * none; a writer that dies there has lost the old one. */
static int put_in_two_steps(int root, const char *id)
{
	if (is_there(root, id)) {
		if (!store_has(root, id))
			return -EEXIST;
		if (renameat(root, id, root, OLD))
			return -errno;
	}
	if (renameat(root, NEW, root, id))
		return -errno;
	remove_folder(root, OLD);
	return 0;
}

/* The new one takes its place, or changes places with the one that is there, which then goes. */
static int put_in_place(int root, const char *id)
{
	if (!renameat2(root, NEW, root, id, RENAME_NOREPLACE))
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		return put_in_two_steps(root, id);
	if (errno != EEXIST)
		return -errno;
	if (!store_has(root, id))
		return -EEXIST;
	if (renameat2(root, NEW, root, id, RENAME_EXCHANGE))
		return errno == EINVAL || errno == ENOSYS ? put_in_two_steps(root, id) : -errno;
	remove_folder(root, NEW); /* what cannot be removed now goes at the next opening */
	return 0;
}

int store_put(int root, const char *id, const struct report_file *files, size_t count,
	      struct error *err)
{
	int code = write_new(root, files, count);

	if (!code)
		code = put_in_place(root, id);
	if (code) {
		remove_folder(root, NEW);
		return error_set(err, code, "the report %s cannot be written: %s", id,
				 strerror(-code));
	}
	fsync(root);
	return 0;
}
