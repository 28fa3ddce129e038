#include "cli/stored.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "cli/running.h"
#include "cli/session.h"

#define TEXT_LIMIT	(64 << 20)
#define FLASH_MAX_BYTES (256u << 20)

static bool is_beginning(const char *name, const char *of)
{
	size_t len = strlen(name);

	return len > 0 && len <= strlen(of) && strncasecmp(name, of, len) == 0;
}

/* "archive:7", or as `show archive` names it: the number stands last. */
static bool archive_number(const char *name, uint32_t *number)
{
	const char *dash = strrchr(name, '-');

	return text_u32(dash ? dash + 1 : name, 1, INT32_MAX, number) == 0;
}

/* "flash:x", "tftp://…": a router's places. As a path it would be a file "flash:x" in some folder. */
static int check_place(const char *name, struct error *err)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	if (len == 0 || name[len] != ':')
		return 0;
	return error_set(
		err, -EINVAL,
		"Error opening %s (files here are this machine's, named by a path: ./NAME)", name);
}

bool stored_named(struct cli_session *s, const char *name, enum stored_kind usual,
		  struct stored *out)
{
	const char *whole = name;
	struct error err = {0};

	*out = (struct stored){.kind = usual};
	if (!name)
		return true;
	if (strncasecmp(name, "system:", 7) == 0)
		name += 7;
	else if (strncasecmp(name, "nvram:", 6) == 0)
		name += 6;
	if (is_beginning(name, "running-config")) {
		out->kind = STORED_RUNNING;
	} else if (is_beginning(name, "startup-config")) {
		out->kind = STORED_STARTUP;
	} else if (strncasecmp(name, "archive:", 8) == 0) {
		out->kind = STORED_ARCHIVE;
		if (!archive_number(name + 8, &out->number)) {
			cli_fail(s, "a snapshot of the archive is named archive:NUMBER");
			return false;
		}
	} else if (s->flash) {
		cli_fail(s, "Error opening %s (a policy copies no files)", whole);
		return false;
	} else if (check_place(whole, &err) < 0) {
		cli_fail_error(s, &err);
		return false;
	} else {
		out->kind = STORED_FILE;
		out->file = name;
	}
	return true;
}

const char *stored_source(const struct stored *c)
{
	static const char *const names[] = {
		[STORED_RUNNING] = "running",
		[STORED_STARTUP] = "startup",
		[STORED_ARCHIVE] = "archive",
		[STORED_CANDIDATE] = "candidate",
	};

	return c->kind == STORED_FILE ? NULL : names[c->kind];
}

/* ---- files ----------------------------------------------------------------------------------------- */

static int refuse(const char *name, int code, struct error *err)
{
	const char *why = code == -ELOOP    ? "is a symbolic link"
			  : code == -EINVAL ? "not a regular file"
					    : strerror(-code);

	return error_set(err, code, "Error opening %s (%s)", name, why);
}

/* "." and ".." lead to folders; any other name with a dot in front is hidden. */
static bool is_hidden(const char *name, size_t len)
{
	return name[0] == '.' && len > 1 && !(len == 2 && name[1] == '.');
}

int stored_may_write(const struct cli_session *s, const char *name, struct error *err)
{
	int rc = check_place(name, err);

	if (rc < 0 || !s->forced)
		return rc;
	for (const char *at = name; *at;) {
		size_t len = strcspn(at, "/");

		if (is_hidden(at, len))
			return error_set(err, -EACCES,
					 "Error opening %s (hidden files are not written by SSH)",
					 name);
		at += len + (at[len] == '/');
	}
	return 0;
}

/* ---- files of policies ----------------------------------------------------------------------------- */

static const char *plain_name(const char *name)
{
	static const char *const places[] = {"flash:", "disk0:", "flash0:", "bootflash:"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t len = strlen(places[i]);

		if (strncasecmp(name, places[i], len) == 0) {
			name += len;
			return name + (*name == '/');
		}
	}
	return name;
}

/* A policy that writes again and again fills its folder, not the machine. */
static bool has_room(const char *folder)
{
	uint64_t sum = 0;
	DIR *d = opendir(folder);
	const struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d)))
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	if (d)
		closedir(d);
	return sum < FLASH_MAX_BYTES;
}

int stored_path(const struct cli_session *s, const char *name, char path[STORED_PATH_MAX],
		struct error *err)
{
	const char *plain = plain_name(name);
	int rc = s->flash ? 0 : stored_may_write(s, name, err);

	if (rc < 0)
		return rc;
	if (!s->flash) {
		text_copy(path, STORED_PATH_MAX, name);
		return 0;
	}
	if (!*plain || *plain == '.' || strpbrk(plain, "/:"))
		return error_set(err, -EACCES,
				 "Error opening %s (files of policies are flash:NAME, in a folder "
				 "of their own)",
				 name);
	if (!has_room(s->flash))
		return error_set(err, -ENOSPC, "Error opening %s (No space left on device)", name);
	if (snprintf(path, STORED_PATH_MAX, "%s/%s", s->flash, plain) >= STORED_PATH_MAX)
		return error_set(err, -ENAMETOOLONG, "Error opening %s (%s)", name,
				 strerror(ENAMETOOLONG));
	return 0;
}

static int open_plain(const char *name, int how, struct error *err)
{
	int fd = open(name, how | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return refuse(name, -errno, err);
	if (fstat(fd, &st) < 0)
		rc = -errno;
	else if (!S_ISREG(st.st_mode))
		rc = -EINVAL;
	else if ((how & O_ACCMODE) == O_RDONLY && st.st_size > TEXT_LIMIT)
		rc = -EFBIG;
	if (!rc)
		return fd;
	close(fd);
	return refuse(name, rc, err);
}

int stored_open(const char *name, struct error *err)
{
	return open_plain(name, O_RDONLY, err);
}

static int read_file(const char *name, struct text *out, struct error *err)
{
	int fd = stored_open(name, err);
	char buf[4096];
	ssize_t n = 1;

	if (fd < 0)
		return fd;
	while (n > 0 && !out->failed) {
		n = read(fd, buf, sizeof(buf));
		if (n > 0)
			text_add_n(out, buf, strnlen(buf, (size_t)n));
	}
	secret_wipe(buf, sizeof(buf));
	n = n < 0 ? -errno : 0;
	close(fd);
	return n ? refuse(name, (int)n, err) : 0;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

int stored_write(const char *name, const char *text, struct error *err)
{
	int fd = open_plain(name, O_WRONLY | O_CREAT, err);
	int rc;

	if (fd < 0)
		return fd;
	rc = ftruncate(fd, 0) < 0 ? -errno : write_all(fd, text, strlen(text));
	if (close(fd) < 0 && !rc)
		rc = -errno;
	return rc ? error_set(err, rc, "Error writing %s (%s)", name, strerror(-rc)) : 0;
}

/* ---- texts ----------------------------------------------------------------------------------------- */

/* One reading of all of it, so that the text is of one moment. */
static bool keep_document(void *arg, const json_t *document)
{
	return !json_array_append(arg, (json_t *)(uintptr_t)document);
}

static bool each_entry(const json_t *node, data_entry *fn, void *arg)
{
	json_t *entry;
	size_t i;

	if (!json_is_array(node))
		return fn(arg, node);
	json_array_foreach(node, i, entry)
	{
		if (!fn(arg, entry))
			return false;
	}
	return true;
}

static int from_documents(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err)
{
	json_t *document;
	size_t i;

	(void)err;
	json_array_foreach(ctx, i, document)
	{
		const json_t *node = data_at(document, path);

		if (node && !each_entry(node, fn, arg))
			break;
	}
	return 0;
}

static int data_text_of(struct cli_session *s, const struct stored *c, struct text *out,
			struct error *err)
{
	struct running_source source = {.ctx = json_array(), .each = from_documents};
	int rc = s->backend->get_stored(s->backend->ctx, stored_source(c), c->number, keep_document,
					source.ctx, err);

	if (rc >= 0)
		rc = running_text(&source, out, err);
	json_decref(source.ctx);
	return rc;
}

int stored_text(struct cli_session *s, const struct stored *c, struct text *out, struct error *err)
{
	int rc = c->kind == STORED_FILE ? read_file(c->file, out, err)
					: data_text_of(s, c, out, err);

	return rc >= 0 && out->failed ? error_set(err, -ENOMEM, "no memory for the text") : rc;
}
