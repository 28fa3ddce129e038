/* main/router_internal: the parts of the router process's start that stand by themselves. */
#ifndef MAIN_ROUTER_INTERNAL_H
#define MAIN_ROUTER_INTERNAL_H

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

#endif
