# Telnet: the service, a session by it.
noinst_LIBRARIES += libtelnetd.a
libtelnetd_a_SOURCES = \
	cli/telnet/bounds.c cli/telnet/bounds.h \
	cli/telnet/entry.c cli/telnet/entry.h \
	cli/telnet/guard.c cli/telnet/guard.h \
	cli/telnet/login.c cli/telnet/login.h \
	cli/telnet/session.c \
	cli/telnet/sockets.c \
	cli/telnet/telnetd.c cli/telnet/telnetd.h cli/telnet/telnetd_internal.h \
	cli/telnet/wire.c cli/telnet/wire.h
libtelnetd_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(TELNET_CFLAGS)
TELNETD_LIBS = libtelnetd.a $(TERM_LIBS) $(CAPNG_LIBS) $(TELNET_LIBS)
