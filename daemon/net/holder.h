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
 * "probably charon (pid 1234)". False, and "another program, of user id 0" (without the user when there is
 * no such socket), when neither is found.
 */
bool holder_of_udp_port(int family, uint16_t port, char buf[HOLDER_STRLEN]);

/* Who held a port when the caller might still look into other processes. */
struct holder_memory {
	ino_t inode; /* 0 = nobody, or not known */
	char name[HOLDER_STRLEN];
};
void holder_remember(int family, uint16_t port, struct holder_memory *m);
/* As holder_of_udp_port(), and by memory while it is the same socket. */
void holder_recall(int family, uint16_t port, const struct holder_memory *m,
		   char buf[HOLDER_STRLEN]);

#endif
