/* xfrm/proc_stat: one counter of /proc/net/xfrm_stat, a line "Name<spaces>value" each. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "xfrm/xfrm.h"

#define FILE_MAX 8192 /* 30 counters of 40 bytes today */

/* The value in `line` when it is the line of `name`. */
static int line_value(char *line, const char *name, uint64_t *out)
{
	char *end = strpbrk(line, " \t");

	if (!end || (size_t)(end - line) != strlen(name) || strncmp(line, name, strlen(name)) != 0)
		return -ENOENT;
	end += strspn(end, " \t");
	return text_u64(end, 0, UINT64_MAX, out);
}

int xfrm_proc_stat(int fd, const char *name, uint64_t *out)
{
	char buf[FILE_MAX], *rest = buf, *line;
	ssize_t len = pread(fd, buf, sizeof(buf) - 1, 0);
	int err;

	if (len < 0)
		return -errno;
	buf[len] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		err = line_value(line, name, out);
		if (err != -ENOENT)
			return err;
	}
	return -ENOENT;
}
