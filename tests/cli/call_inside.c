/*
 * call_inside PID: makes a process that waits in a system call do another one, socket(2): as if somebody
 * had found a fault in it. What becomes of the process is the caller's to see. By ptrace, as root;
 * x86-64 alone, elsewhere status 77.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "base/text.h"

#if defined(__x86_64__)
#define SYSCALL_BYTES 2 /* of the instruction that the process has just run */

static int call_socket(pid_t pid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) || waitpid(pid, NULL, 0) != pid ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		return 1;
	regs.orig_rax =
		(unsigned long long)-1; /* the call that was interrupted is not made again */
	regs.rax = SYS_socket;
	regs.rdi = AF_INET;
	regs.rsi = SOCK_STREAM;
	regs.rdx = 0;
	regs.rip -= SYSCALL_BYTES;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs))
		return 1;
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) ? 1 : 0;
}
#else
static int call_socket(pid_t pid)
{
	(void)pid;
	return 77;
}
#endif

int main(int argc, char **argv)
{
	uint32_t pid = 0;
	int status = 2;

	if (argc == 2 && !text_u32(argv[1], 2, INT32_MAX, &pid))
		status = call_socket((pid_t)pid);
	if (status)
		perror("call_inside");
	return status;
}
