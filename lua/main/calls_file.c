/*
 * Files of policies: in one folder, flat; names of letters, digits and "-_."; together at most FOLDER_MAX bytes.
 * `flash:` and the like before a name mean this folder. No symbolic link is followed.
 */
#include "lua/main/eem_internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

#define FOLDER_MAX (64u << 20)
#define FILES_MAX  8		/* open, of one job */
#define READ_MAX   (256u << 10) /* of one call */
#define NAME_LEN   64

struct job_file {
	struct list node;
	uint32_t id;
	FILE *f;
};

static void answer(struct job *j, uint32_t id, json_t *result, const char *why)
{
	if (j->worker)
		worker_answer(j->worker, id, result, why ? why : result ? NULL : "no memory");
	else
		json_decref(result);
}

static void refuse(struct job *j, uint32_t id, int code)
{
	answer(j, id, NULL,
	       code == -ENOSPC ? "the folder of the event manager is full" : strerror(-code));
}

static const char *name_of(const char *path)
{
	static const char *const places[] = {"flash:", "disk0:", "bootflash:", "nvram:"};
	size_t len;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!strncmp(path, places[i], strlen(places[i])))
			path += strlen(places[i]);
	path += *path == '/';
	len = strlen(path);
	if (!len || len > NAME_LEN || !isalnum((unsigned char)path[0]))
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)path[i]) && !strchr("-_.", path[i]))
			return NULL;
	return path;
}

static int folder_open(const struct eem *e)
{
	int fd;

	mkdir(e->options.folder, 0700);
	fd = open(e->options.folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static uint64_t folder_bytes(const struct eem *e)
{
	DIR *d = opendir(e->options.folder);
	const struct dirent *entry;
	struct stat st;
	uint64_t sum = 0;

	while (d && (entry = readdir(d)))
		if (!fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	if (d)
		closedir(d);
	return sum;
}

static void file_close(struct job_file *f)
{
	fclose(f->f);
	list_remove(&f->node);
	alloc_free(f);
}

void files_end(struct job *j)
{
	while (!list_empty(&j->files))
		file_close(list_entry(j->files.next, struct job_file, node));
}

static struct job_file *find(struct job *j, const json_t *args)
{
	const json_t *fd = json_object_get(args, "fd");
	uint32_t id = json_is_string(fd) ? (uint32_t)strtoul(json_string_value(fd), NULL, 10)
					 : (uint32_t)json_integer_value(fd);
	struct list *it;

	list_for_each(it, &j->files)
	{
		if (list_entry(it, struct job_file, node)->id == id)
			return list_entry(it, struct job_file, node);
	}
	return NULL;
}

/* "r", "r+", "w", "w+", "a", "a+": the flags, or -EINVAL. */
static int flags_of(const char *mode)
{
	bool plus = mode[0] && mode[1] == '+';

	if (strlen(mode) > (plus ? 2u : 1u))
		return -EINVAL;
	switch (mode[0]) {
	case 'r':
		return plus ? O_RDWR : O_RDONLY;
	case 'w':
		return (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC;
	case 'a':
		return (plus ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND;
	default:
		return -EINVAL;
	}
}

static FILE *open_in(const struct eem *e, const char *name, const char *mode, int flags)
{
	int dir = folder_open(e), fd = -1;
	struct stat st;
	FILE *f = NULL;

	if (dir >= 0)
		fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
		f = fdopen(fd, mode);
	if (!f && fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return f;
}

static void file_open(struct job *j, uint32_t id, const json_t *args)
{
	const char *name = name_of(eem_text(args, "path")), *mode = eem_text(args, "mode");
	int flags = flags_of(*mode ? mode : "r");
	struct job_file *f;
	struct list *it;
	unsigned int count = 0;

	list_for_each(it, &j->files) count++;
	if (!name || flags < 0 || count >= FILES_MAX) {
		refuse(j, id, !name || flags < 0 ? -EINVAL : -EMFILE);
		return;
	}
	f = alloc_zero(sizeof(*f));
	if (f)
		f->f = open_in(j->eem, name, *mode ? mode : "r", flags);
	if (!f || !f->f) {
		alloc_free(f);
		refuse(j, id, errno ? -errno : -EIO);
		return;
	}
	f->id = ++j->next_handle;
	list_append(&j->files, &f->node);
	answer(j, id, json_pack("{s:I}", "fd", (json_int_t)f->id), NULL);
}

static void file_put(struct job *j, struct job_file *f, uint32_t id, const json_t *args)
{
	const char *text = json_object_get(args, "data") ? eem_text(args, "data")
							 : eem_text(args, "text");
	size_t len = strlen(text);
	bool newline = json_is_true(json_object_get(args, "newline"));

	if (folder_bytes(j->eem) + len + newline > FOLDER_MAX) {
		refuse(j, id, -ENOSPC);
		return;
	}
	if (fwrite(text, 1, len, f->f) != len || (newline && fputc('\n', f->f) == EOF) ||
	    fflush(f->f))
		refuse(j, id, errno ? -errno : -EIO);
	else
		answer(j, id, json_object(), NULL);
}

static json_t *text_json(char *text)
{
	json_t *t = json_string(text);

	for (char *c = text; !t && *c; c++)
		if ((unsigned char)*c > 0x7E)
			*c = '?';
	return t ? t : json_string(text);
}

static void file_get_line(struct job *j, struct job_file *f, uint32_t id)
{
	char line[4096];
	bool got = fgets(line, sizeof(line), f->f);

	line[got ? strcspn(line, "\n") : 0] = '\0';
	/* At the end there is no line. */
	answer(j, id, got ? json_pack("{s:o}", "line", text_json(line)) : json_object(), NULL);
}

static void file_read(struct job *j, struct job_file *f, uint32_t id, const json_t *args)
{
	const json_t *v = json_object_get(args, "bytes");
	size_t most = json_is_integer(v) && json_integer_value(v) >= 0 &&
				      (size_t)json_integer_value(v) < READ_MAX
			      ? (size_t)json_integer_value(v)
			      : READ_MAX;
	char *text = alloc_zero(most + 1);
	size_t n = text ? fread(text, 1, most, f->f) : 0;

	for (size_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	if (text && n)
		answer(j, id, json_pack("{s:o}", "data", text_json(text)), NULL);
	else
		answer(j, id, text ? json_object() : NULL, NULL);
	alloc_free(text);
}

static void file_delete(struct job *j, uint32_t id, const json_t *args)
{
	const char *name = name_of(eem_text(args, "path"));
	int dir = name ? folder_open(j->eem) : -EINVAL;
	int rc = dir < 0 ? dir : unlinkat(dir, name, 0) ? -errno : 0;

	if (dir >= 0)
		close(dir);
	if (rc)
		refuse(j, id, rc);
	else
		answer(j, id, json_object(), NULL);
}

void call_file(struct job *j, uint32_t id, const char *op, const json_t *args)
{
	struct job_file *f;

	if (!strcmp(op, "file_open")) {
		file_open(j, id, args);
		return;
	}
	if (!strcmp(op, "file_delete")) {
		file_delete(j, id, args);
		return;
	}
	f = find(j, args);
	if (!f) {
		refuse(j, id, -EBADF);
	} else if (!strcmp(op, "file_puts") || !strcmp(op, "file_write")) {
		file_put(j, f, id, args);
	} else if (!strcmp(op, "file_gets")) {
		file_get_line(j, f, id);
	} else if (!strcmp(op, "file_read")) {
		file_read(j, f, id, args);
	} else if (!strcmp(op, "file_close")) {
		file_close(f);
		answer(j, id, json_object(), NULL);
	} else {
		refuse(j, id, -ENOSYS);
	}
}
