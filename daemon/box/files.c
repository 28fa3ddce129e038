/*
 * box/files: the daemon's own folders, by the descriptors that it holds: names and lengths, never what
 * is in a file. A folder is read as a whole (at most BOX_FILES_MAX names) for each page.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "box/box_internal.h"

struct place {
	const char *name, *folder;
	int fd;
};

static bool place_at(const struct box *b, size_t index, struct place *out)
{
	const struct place places[] = {{"flash:", b->cfg.flash_folder, b->cfg.flash_fd},
				       {"nvram:", b->cfg.nvram_folder, b->cfg.nvram_fd}};
	size_t count = sizeof(places) / sizeof(places[0]);

	for (size_t i = 0; i < count; i++) {
		if (places[i].fd < 0 || index--)
			continue;
		*out = places[i];
		return true;
	}
	return false;
}

bool box_file_system_get(const struct box *b, size_t index, struct box_file_system *out)
{
	struct place p;
	struct statfs st;

	if (!place_at(b, index, &p))
		return false;
	*out = (struct box_file_system){.name = p.name, .folder = p.folder};
	if (fstatfs(p.fd, &st))
		return true;
	out->size = (uint64_t)st.f_blocks * (uint64_t)st.f_bsize;
	out->free = (uint64_t)st.f_bavail * (uint64_t)st.f_bsize;
	out->writable = !(st.f_flags & ST_RDONLY);
	out->kind = (uint64_t)st.f_type & 0xffffffff;
	return true;
}

struct names {
	size_t count;
	char name[BOX_FILES_MAX][256];
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int read_names(int folder, struct names *n)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		int rc = -errno;

		if (fd >= 0)
			close(fd);
		return rc;
	}
	n->count = 0;
	while (n->count < BOX_FILES_MAX && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			text_copy(n->name[n->count++], sizeof(n->name[0]), e->d_name);
	closedir(dir);
	qsort(n->name, n->count, sizeof(n->name[0]), by_name);
	return 0;
}

static enum box_file_kind kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return BOX_FILE;
	if (S_ISDIR(mode))
		return BOX_DIRECTORY;
	return S_ISLNK(mode) ? BOX_LINK : BOX_OTHER;
}

/* False: it went while we looked. */
static bool look(int folder, struct box_file *f)
{
	struct stat st;

	if (fstatat(folder, f->name, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	f->kind = kind_of(st.st_mode);
	f->mode = st.st_mode & 07777;
	f->length = (uint64_t)st.st_size;
	f->modified_ms =
		(uint64_t)st.st_mtim.tv_sec * 1000 + (uint64_t)st.st_mtim.tv_nsec / 1000000;
	return true;
}

static int tell(const struct place *p, const struct names *n, uint32_t number, size_t max,
		int (*each)(void *arg, const struct box_file *f), void *arg)
{
	size_t at = number;
	int rc = 0;

	for (; !rc && at < n->count && max > 0; at++) {
		struct box_file f = {.file_system = p->name, .number = (uint32_t)at + 1};

		text_copy(f.name, sizeof(f.name), n->name[at]);
		if (!look(p->fd, &f))
			continue;
		rc = each(arg, &f);
		max--;
	}
	return rc ? rc : at < n->count ? (int)at : 0;
}

int box_files(const struct box *b, const char *file_system, uint32_t number, size_t max,
	      int (*each)(void *arg, const struct box_file *f), void *arg)
{
	struct names *n = NULL;
	struct place p;
	size_t i = 0;
	int rc;

	while (place_at(b, i, &p) && strcmp(p.name, file_system) != 0)
		i++;
	if (!place_at(b, i, &p))
		return -ENOENT;
	n = alloc_zero(sizeof(*n));
	rc = n ? read_names(p.fd, n) : -ENOMEM;
	if (!rc)
		rc = tell(&p, n, number, max, each, arg);
	alloc_free(n);
	return rc;
}
