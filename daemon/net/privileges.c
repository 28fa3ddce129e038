#include "net/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"

/* Key material must not reach a core file or a debugger of the same user. */
static int forbid(void)
{
	struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return 0;
}

static int drop_to(const struct passwd *pw, const int *keep)
{
	bool bounding;

	capng_get_caps_process();
	bounding = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_ALL);
	for (; *keep >= 0; keep++)
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
				 (unsigned int)*keep))
			return -EPERM;
	if (pw)
		return capng_change_id((int)pw->pw_uid, (int)pw->pw_gid, CAPNG_DROP_SUPP_GRP)
			       ? -EPERM
			       : 0;
	return capng_apply(bounding ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) ? -EPERM : 0;
}

int privileges_drop(const char *user, const int *keep, bool *kept_root, struct error *err)
{
	const struct passwd *pw = user ? getpwnam(user) : NULL;
	int code;

	*kept_root = false;
	if (user && !pw && geteuid() == 0)
		*kept_root = true;
	if (geteuid() != 0)
		pw = NULL;	  /* started as that user: capabilities are all there is to drop */
	code = drop_to(pw, keep); /* a root that stays has no more capabilities than the user */
	if (!code)
		code = forbid();
	return code ? error_set(err, code, "privileges cannot be dropped to user %s: %s",
				user ? user : "-", strerror(-code))
		    : 0;
}
