/* main/router_internal: the router process's system call filter. */
#ifndef MAIN_ROUTER_INTERNAL_H
#define MAIN_ROUTER_INTERNAL_H

struct error;

int router_seccomp(struct error *err);

#endif
