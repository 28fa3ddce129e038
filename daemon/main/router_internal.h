/* main/router_internal: the parts of the router process's start that stand by themselves. */
#ifndef MAIN_ROUTER_INTERNAL_H
#define MAIN_ROUTER_INTERNAL_H

#include <stdint.h>

struct error;
struct log;

/* The system calls that router may make once it runs; all others kill it. 0 or -errno. */
int router_seccomp(struct error *err);
/*
 * Makes the kernel's handlers and ciphers present, and waits for it: loading modules takes seconds
 * inside single netlink calls, for which the router's own loop is too good. 0 or -errno of the one
 * that matters, ESP on IPv4.
 */
int router_load_handlers(struct log *log);

/* The machine's boot id as bytes, and as it stands in /proc. 0 or -EINVAL. */
int router_boot_id(uint8_t out[16], char text[40]);
/* A descriptor, or -errno and err. */
int router_open_dir(const char *path, struct error *err);
/* The state folder has the key of type 6 secrets, and two that write its rings would spoil them. The lock
 * goes with the descriptor. 0 or -errno. */
int router_only_ours(int fd, const char *path, struct error *err);

#endif
