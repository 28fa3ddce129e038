/*
 * The system's log, on this machine: journald by its own protocol, so that its fields can be asked for, else
 * the datagram that every syslog daemon takes. The protocol is written here rather than by
 * libsystemd: that library opens its socket by itself, hides whether a line was taken, and makes a memory
 * file for a long one, which the process's filter forbids.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "log/log_internal.h"

#define LINE_MAX_BYTES (LOG_LINE_MAX + 512)

static int set_path(struct sockaddr_un *un, const char *path)
{
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	return text_copy(un->sun_path, sizeof(un->sun_path), path) < sizeof(un->sun_path)
		       ? 0
		       : -ENAMETOOLONG;
}

int log_local_open(struct log_local *l, const char *path, const char *journal)
{
	struct stat st;
	int rc = set_path(&l->log, path);

	if (!rc && journal)
		rc = set_path(&l->journal, journal);
	if (rc)
		return rc;
	if (l->fd < 0)
		l->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	l->has_journal = journal && !stat(journal, &st);
	tzset(); /* reads the zone now, while files can be opened */
	return l->has_journal || !stat(path, &st) ? 0 : -errno;
}

/* Not connected: each line finds the daemon that listens then, restarted or not. */
static int send_to(const struct log_local *l, const struct sockaddr_un *un, const char *line,
		   int len)
{
	if (len <= 0)
		return -EMSGSIZE;
	return sendto(l->fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT,
		      (const struct sockaddr *)un, sizeof(*un)) == len
		       ? 0
		       : -errno;
}

void log_local_write(struct log_local *l, const struct log_record *r, uint8_t facility)
{
	struct log_style s = {
		.facility = facility, .origin = "", .hostname = "", .pid = (long)getpid()};
	const struct sockaddr_un *un = &l->journal;
	char line[LINE_MAX_BYTES];
	int rc = -ENOENT;

	if (l->has_journal)
		rc = send_to(l, un, line, log_journal_format(r, &s, line, sizeof(line)));
	/* journald went, or a syslog daemon has come instead of it. */
	if (rc == -ENOENT || rc == -ECONNREFUSED) {
		un = &l->log;
		rc = send_to(l, un, line, log_syslog_format(r, &s, line, sizeof(line)));
	}
	if (!rc) {
		l->sent++;
		return;
	}
	l->dropped++;
	if (rc == l->error)
		return;
	l->error = rc;
	snprintf(l->error_text, sizeof(l->error_text), "%s: %s", un->sun_path, strerror(-rc));
}

void log_local_close(struct log_local *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
