"""Telnet as systemd starts it: serve_telnet.py PROGRAM ADDRESS, as user spindle-telnet, with the socket
that listens as descriptor 3. The socket's own unit has loopback alone; another address takes the word."""
import os
import pwd
import socket
import sys

FIRST = 3  # sd_listen_fds(3)

program, address = sys.argv[1:]
who = pwd.getpwnam("spindle-telnet")
listener = socket.create_server((address, 23))
os.dup2(listener.fileno(), FIRST)
os.set_inheritable(FIRST, True)  # which dup2() does not do where they are one
os.setgroups([])
os.setgid(who.pw_gid)
os.setuid(who.pw_uid)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execvp(program, [program, "--telnetd", "--allow-remote"])
