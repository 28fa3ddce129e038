/*
 * api/access: the person at the other end, by SO_PEERCRED and SO_PEERGROUPS.
 *
 * Names come from the files in /etc themselves: the name service may open sockets of its own, which a
 * seccomp filter forbids, and may wait for a network.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api_internal.h"
#include "base/alloc.h"
#include "base/text.h"
#include "net/unix.h"

#define ADMIN_GROUP    "spindle-admin"
#define TELNET_USER    "spindle-telnet"
#define EEM_USER       "spindle-eem"
#define PRIVILEGE_FULL 15
#define FIELDS	       3 /* of a line that are looked at: name, password, number */

/* An entry of passwd(5) or group(5): lines may be of any length (groups have many members). */
struct entry {
	FILE *from;
	char *line; /* the C library's */
	size_t size;
	const char *name;
	uint32_t number;
};

static void entry_open(struct entry *e, const char *path)
{
	*e = (struct entry){.from = fopen(path, "re")};
}

static void entry_close(struct entry *e)
{
	free(e->line);
	if (e->from)
		fclose(e->from);
}

static bool entry_parse(struct entry *e)
{
	char *field[FIELDS], *at = e->line;

	for (size_t i = 0; i < FIELDS; i++) {
		char *end = strchr(at, ':');

		if (!end)
			return false;
		*end = '\0';
		field[i] = at;
		at = end + 1;
	}
	e->name = field[0];
	return !text_u32(field[2], 0, UINT32_MAX, &e->number);
}

/* The next that is one; false: there is none. */
static bool entry_next(struct entry *e)
{
	while (e->from && getline(&e->line, &e->size, e->from) > 0)
		if (entry_parse(e))
			return true;
	return false;
}

uint32_t access_number(const char *path, const char *name)
{
	uint32_t found = UINT32_MAX;
	struct entry e;

	entry_open(&e, path);
	while (found == UINT32_MAX && entry_next(&e))
		if (!strcmp(e.name, name))
			found = e.number;
	entry_close(&e);
	return found;
}

void access_name(const char *path, uid_t uid, char user[API_USER_MAX])
{
	struct entry e;
	bool found = false;

	snprintf(user, API_USER_MAX, "uid %u", (unsigned int)uid);
	entry_open(&e, path);
	while (!found && entry_next(&e)) {
		found = e.number == uid;
		if (found)
			text_copy(user, API_USER_MAX, e.name);
	}
	entry_close(&e);
}

struct access access_load(void)
{
	return (struct access){.admin = access_number("/etc/group", ADMIN_GROUP),
			       .telnet = access_number("/etc/passwd", TELNET_USER),
			       .eem = access_number("/etc/passwd", EEM_USER),
			       .own = geteuid()};
}

uint8_t access_privilege(const struct access *a, uid_t uid, const gid_t *groups, size_t count)
{
	if (uid == 0 || uid == a->own || (a->eem != (uid_t)-1 && uid == a->eem))
		return PRIVILEGE_FULL;
	for (size_t i = 0; a->admin != (gid_t)-1 && i < count; i++)
		if (groups[i] == a->admin)
			return PRIVILEGE_FULL;
	return 0;
}

/* All of theirs, the primary one first; the caller's (alloc_free). NULL: no memory. */
static gid_t *groups_of(int fd, gid_t primary, size_t *count)
{
	socklen_t len = 0;
	gid_t *groups;

	*count = 1;
	/* With too little room the kernel says how much it takes; they stay what they were at connect(). */
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) || errno != ERANGE)
		len = 0;
	groups = alloc_array(len / sizeof(*groups) + 1, sizeof(*groups));
	if (!groups)
		return NULL;
	groups[0] = primary;
	if (len && !getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &len))
		*count += len / sizeof(*groups);
	return groups;
}

int access_peer(const struct access *a, int fd, char user[API_USER_MAX], uid_t *uid,
		uint8_t *privilege)
{
	struct unix_peer peer;
	gid_t *groups;
	size_t count;
	int rc = unix_peer(fd, &peer);

	if (rc)
		return rc;
	groups = groups_of(fd, peer.gid, &count);
	if (!groups)
		return -ENOMEM;
	*uid = peer.uid;
	access_name("/etc/passwd", peer.uid, user);
	*privilege = access_privilege(a, peer.uid, groups, count);
	alloc_free(groups);
	return 0;
}
