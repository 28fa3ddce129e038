/*
 * api/access: the person at the other end, by SO_PEERCRED and SO_PEERGROUPS.
 *
 * Names come from the files in /etc themselves: the name service may open sockets of its own, which a
 * seccomp filter forbids, and may wait for a network.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api_internal.h"
#include "base/text.h"
#include "net/unix.h"

#define ADMIN_GROUP    "spindle-admin"
#define TELNET_USER    "spindle-telnet"
#define PRIVILEGE_FULL 15
#define GROUPS_MAX     256

static gid_t admin_group(void)
{
	FILE *f = fopen("/etc/group", "re");
	gid_t found = (gid_t)-1;
	struct group g, *entry;
	char buf[8192];

	if (!f)
		return found;
	while (found == (gid_t)-1 && !fgetgrent_r(f, &g, buf, sizeof(buf), &entry))
		if (!strcmp(g.gr_name, ADMIN_GROUP))
			found = g.gr_gid;
	fclose(f);
	return found;
}

static uid_t telnet_user(void)
{
	FILE *f = fopen("/etc/passwd", "re");
	uid_t found = (uid_t)-1;
	struct passwd p, *entry;
	char buf[4096];

	if (!f)
		return found;
	while (found == (uid_t)-1 && !fgetpwent_r(f, &p, buf, sizeof(buf), &entry))
		if (!strcmp(p.pw_name, TELNET_USER))
			found = p.pw_uid;
	fclose(f);
	return found;
}

struct access access_load(void)
{
	return (struct access){.admin = admin_group(), .telnet = telnet_user(), .own = geteuid()};
}

static void name_of(uid_t uid, char user[API_USER_MAX])
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd p, *entry;
	char buf[4096];

	snprintf(user, API_USER_MAX, "uid %u", (unsigned int)uid);
	if (!f)
		return;
	while (!fgetpwent_r(f, &p, buf, sizeof(buf), &entry)) {
		if (p.pw_uid != uid)
			continue;
		text_copy(user, API_USER_MAX, p.pw_name);
		break;
	}
	fclose(f);
}

uint8_t access_privilege(const struct access *a, uid_t uid, const gid_t *groups, size_t count)
{
	if (uid == 0 || uid == a->own)
		return PRIVILEGE_FULL;
	for (size_t i = 0; a->admin != (gid_t)-1 && i < count; i++)
		if (groups[i] == a->admin)
			return PRIVILEGE_FULL;
	return 0;
}

int access_peer(const struct access *a, int fd, char user[API_USER_MAX], uid_t *uid,
		uint8_t *privilege)
{
	gid_t groups[GROUPS_MAX + 1];
	socklen_t len = GROUPS_MAX * sizeof(groups[0]);
	struct unix_peer peer;
	size_t count = 0;
	int rc = unix_peer(fd, &peer);

	if (rc)
		return rc;
	/* Somebody in more groups than fit is judged by the primary one. */
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
		count = len / sizeof(groups[0]);
	groups[count++] = peer.gid;
	*uid = peer.uid;
	name_of(peer.uid, user);
	*privilege = access_privilege(a, peer.uid, groups, count);
	return 0;
}
