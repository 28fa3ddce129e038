# A session at a terminal.
noinst_LIBRARIES += libterm.a
libterm_a_SOURCES = \
	cli/term/clean.c cli/term/clean.h \
	cli/term/confine.c cli/term/confine.h \
	cli/term/display.c cli/term/display.h \
	cli/term/editor.c cli/term/editor.h \
	cli/term/help.c \
	cli/term/load.c cli/term/load.h \
	cli/term/monitor.c \
	cli/term/output.c \
	cli/term/pager.c cli/term/pager.h \
	cli/term/term.c cli/term/term.h cli/term/term_internal.h \
	cli/term/tty.c cli/term/tty.h \
	cli/term/wait.c
libterm_a_CFLAGS = $(AM_CFLAGS) $(EDIT_CFLAGS) $(JANSSON_CFLAGS) $(SECCOMP_CFLAGS)
TERM_LIBS = libterm.a $(CLIENT_LIBS) $(SHELL_LIBS) libnet.a $(BASE_LIBS) $(EDIT_LIBS) \
	$(SECCOMP_LIBS)
