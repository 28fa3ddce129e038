/* ike/main/seccomp: the system calls that the ike process may make once it runs; all others kill it. */
#ifndef IKE_SECCOMP_H
#define IKE_SECCOMP_H

struct error;

int ike_seccomp(struct error *err); /* 0 or -errno; for all threads */

#endif
