/* What router reads of the machine, and its folders, before it has a loop. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "main/router_internal.h"

int router_boot_id(uint8_t out[16], char text[40])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, 39);
	size_t n = 0;

	text[len > 0 ? len : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i + 1 < len && n < 16; i++) {
		unsigned int byte;

		if (text[i] == '-' || sscanf(&text[i], "%2x", &byte) != 1)
			continue;
		out[n++] = (uint8_t)byte;
		i++;
	}
	return n == 16 ? 0 : -EINVAL;
}

int router_open_dir(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_set(err, -errno, "folder %s: %s", path, strerror(errno)) : fd;
}

int router_only_ours(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return error_set(err, -EBUSY, "folder %s is in use by another spindled", path);

	if (fstat(fd, &st) || ((st.st_mode & 077) && fchmod(fd, 0700)))
		return error_set(err, -errno,
				 "folder %s is open to others, which cannot be changed: %s", path,
				 strerror(errno));
	return 0;
}
