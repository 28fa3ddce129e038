#include "main/router_internal.h"

#include <stddef.h>
#include <sys/socket.h>

#include "net/shut_in.h"

/*
 * Router may open files (its user's, in its folders) and answer on the control socket; it may make
 * unix sockets (sd_notify, syslog) and rtnetlink ones, none that speak IP. bpf() is not in the list: the
 * rings were mapped before.
 */
int router_seccomp(struct error *err)
{
	static const char *const calls[] = {
		"open",	    "openat",	 "fsync",      "fdatasync",   "ftruncate",  "rename",
		"renameat", "renameat2", "unlink",     "unlinkat",    "msync",	    "pread64",
		"pwrite64", "stat",	 "lstat",      "access",      "faccessat",  "faccessat2",
		"fchmod",   "mkdirat",	 "getdents64", "readlink",    "readlinkat", "connect",
		"accept4",  "bind",	 "setsockopt", "getpeername", "statx",	    "statfs",
		"fstatfs",  "ioctl",	 "fallocate",  NULL};
	static const int families[] = {AF_UNIX, AF_NETLINK, -1};

	return shut_in(calls, families, err);
}
