/*
 * net/holder: which program it is: the name of a process, and who holds a UDP port (from /proc).
 * For people's eyes only; a process that may not look gets no name.
 */
#ifndef NET_HOLDER_H
#define NET_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HOLDER_STRLEN 64

/* The short name of a process ("charon"); false and "" when there is none. */
bool holder_process_name(pid_t pid, char *buf, size_t size);
/*
 * "charon (pid 1234)". Where the caller may not look into other processes, an IKE daemon that runs:
 * "probably charon (pid 1234)". False and "another program" when neither is found.
 */
bool holder_of_udp_port(int family, uint16_t port, char buf[HOLDER_STRLEN]);

#endif
