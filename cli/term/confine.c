#include "cli/term/confine.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/error.h"
#include "net/shut_in.h"

/* Of ioctl() only the low half of the request reaches the kernel: compare no more than that. */
static int forbid_request(scmp_filter_ctx ctx, unsigned long request)
{
	return seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(ioctl), 1,
				SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, request));
}

/* TIOCSTI types into the terminal, TIOCLINUX pastes, TIOCSETD loads a line discipline. */
static int forbid_requests(void)
{
	static const unsigned long forbidden[] = {TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS};
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		rc = forbid_request(ctx, forbidden[i]);
	if (!rc)
		rc = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return rc;
}

/* What is typed may hold keys: no core, and no debugger of the same person (an agent of theirs, say). */
static int forbid_looking(void)
{
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? -errno : 0;
}

int term_confine(struct error *err)
{
	static const char *const allowed[] = {
		"ioctl", "open",  "openat",	"ftruncate",  "fsync", "stat",
		"lstat", "statx", "newfstatat", "getdents64", NULL,
	};
	int rc = forbid_looking();

	if (!rc)
		rc = forbid_requests();
	if (rc)
		return error_set(err, rc, "the session cannot be confined: %s", strerror(-rc));
	return shut_in(allowed, NULL, err);
}

int term_confine_without_files(struct error *err)
{
	static const int calls[] = {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2),
				    SCMP_SYS(creat), SCMP_SYS(open_by_handle_at)};
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < sizeof(calls) / sizeof(calls[0]); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), calls[i], 0);
	if (!rc)
		rc = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	if (rc)
		return error_set(err, rc, "the system call filter cannot be set: %s",
				 strerror(-rc));
	return term_confine(err);
}
