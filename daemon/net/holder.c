#include "net/holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

bool holder_process_name(pid_t pid, char *buf, size_t size)
{
	char path[40];
	FILE *f;
	bool ok;

	buf[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	ok = fgets(buf, (int)size, f) != NULL;
	fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
	return ok && buf[0];
}

/* A socket as /proc/net/udp has it. */
struct udp_line {
	ino_t inode;
	unsigned int uid;
};

/* Number, local:port, remote:port, four more columns, user, timeout, inode. */
static bool line_is_port(const char *line, uint16_t port, struct udp_line *out)
{
	unsigned int local_port;
	unsigned long ino;

	if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*s %*s %*s %*s %*s %u %*s %lu", &local_port,
		   &out->uid, &ino) != 3)
		return false;
	out->inode = ino;
	return local_port == port && ino != 0;
}

static bool find_line(const char *path, uint16_t port, struct udp_line *out)
{
	FILE *f = fopen(path, "re");
	char line[512];
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = line_is_port(line, port, out);
	fclose(f);
	return found;
}

/* An IPv6 socket of both families takes the IPv4 port too. */
static bool find_socket(int family, uint16_t port, struct udp_line *out)
{
	if (family != AF_INET6 && find_line("/proc/self/net/udp", port, out))
		return true;
	return find_line("/proc/self/net/udp6", port, out);
}

/* Does /proc/PID/fd hold the socket? Looks at the links' targets; opens nothing behind them. */
static bool process_holds(int proc, const char *pid, ino_t inode)
{
	char path[40], want[40], target[40];
	struct dirent *entry;
	bool found = false;
	DIR *dir = NULL;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%.16s/fd", pid);
	snprintf(want, sizeof(want), "socket:[%lu]", (unsigned long)inode);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		dir = fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir))) {
		len = readlinkat(fd, entry->d_name, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		found = strcmp(target, want) == 0;
	}
	closedir(dir);
	return found;
}

/* Programs that want UDP 500 and 4500. */
static bool is_ike_daemon(pid_t pid)
{
	static const char *const names[] = {"charon", "charon-systemd", "pluto",
					    "iked",   "isakmpd",	"racoon"};
	char name[32];

	if (!holder_process_name(pid, name, sizeof(name)))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The process that holds the socket, in *exact; else one that is likely to. 0: none. */
static pid_t find_process(ino_t inode, bool *exact)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t likely = 0;
	uint32_t pid;

	*exact = false;
	if (!dir)
		return 0;
	while (!*exact && (entry = readdir(dir))) {
		if (text_u32(entry->d_name, 1, INT32_MAX, &pid))
			continue;
		*exact = process_holds(dirfd(dir), entry->d_name, inode);
		if (*exact || is_ike_daemon((pid_t)pid))
			likely = (pid_t)pid;
	}
	closedir(dir);
	return likely;
}

/* True: the process itself was found, or one that is likely to hold it. */
static bool name_holder(const struct udp_line *line, bool *exact, char buf[HOLDER_STRLEN])
{
	char name[32];
	pid_t pid = find_process(line->inode, exact);

	if (pid == 0 || !holder_process_name(pid, name, sizeof(name))) {
		snprintf(buf, HOLDER_STRLEN, "another program, of user id %u", line->uid);
		return false;
	}
	snprintf(buf, HOLDER_STRLEN, "%s%s (pid %d)", *exact ? "" : "probably ", name, (int)pid);
	return true;
}

bool holder_of_udp_port(int family, uint16_t port, char buf[HOLDER_STRLEN])
{
	struct udp_line line;
	bool exact;

	if (find_socket(family, port, &line))
		return name_holder(&line, &exact, buf);
	text_copy(buf, HOLDER_STRLEN, "another program");
	return false;
}

void holder_remember(int family, uint16_t port, struct holder_memory *m)
{
	struct udp_line line;
	bool exact = false;

	*m = (struct holder_memory){0};
	if (find_socket(family, port, &line) && name_holder(&line, &exact, m->name) && exact)
		m->inode = line.inode;
}

void holder_recall(int family, uint16_t port, const struct holder_memory *m,
		   char buf[HOLDER_STRLEN])
{
	struct udp_line line;

	if (m->inode && find_socket(family, port, &line) && line.inode == m->inode)
		text_copy(buf, HOLDER_STRLEN, m->name);
	else
		holder_of_udp_port(family, port, buf);
}
