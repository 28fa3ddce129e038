# The command line: a library (table, parser, session, shows) that tests, the fuzzer and the event
# manager use too, and the program.
noinst_LIBRARIES += libshell.a
libshell_a_SOURCES = \
	cli/acl.c \
	cli/archive.c \
	cli/complete.c cli/complete.h \
	cli/acl_text.c \
	cli/clear_crypto.c \
	cli/config.c \
	cli/copy.c \
	cli/data.c cli/data.h \
	cli/differences.c cli/differences.h \
	cli/eem.c \
	cli/eem_exec.c \
	cli/exec.c \
	cli/filter.c cli/filter.h \
	cli/features.c cli/features.h \
	cli/grammar.c cli/grammar.h \
	cli/handlers.h \
	cli/import.c cli/import.h \
	cli/load.c cli/load.h cli/load_internal.h \
	cli/load_line.c \
	cli/load_lines.c \
	cli/logging.c \
	cli/parse.c cli/parse.h \
	cli/people.c \
	cli/person.c cli/person.h \
	cli/replace.c \
	cli/rows.h \
	cli/rows_acl.c \
	cli/rows_archive.c \
	cli/rows_box.c \
	cli/rows_crypto_show.c \
	cli/rows_eem.c \
	cli/rows_exec.c \
	cli/rows_ikev2.c \
	cli/rows_interface.c \
	cli/rows_ipsec.c \
	cli/rows_lines.c \
	cli/rows_logging.c \
	cli/rows_people.c \
	cli/rows_recorder.c \
	cli/rows_service.c \
	cli/rows_show.c \
	cli/rows_stored.c \
	cli/rows_system.c \
	cli/rows_terminal.c \
	cli/running.c cli/running.h \
	cli/session.c cli/session.h \
	cli/show.c cli/show.h \
	cli/show_box.c \
	cli/show_box_interfaces.c \
	cli/show_box_routes.c \
	cli/show_box_tech.c \
	cli/show_acl.c \
	cli/show_crypto.h \
	cli/show_eem.c \
	cli/show_ikev2.c \
	cli/show_ikev2_config.c \
	cli/show_ikev2_stats.c \
	cli/show_ipsec.c \
	cli/show_logging.c \
	cli/show_map.c \
	cli/show_people.c \
	cli/show_recorder.c \
	cli/show_session.c \
	cli/show_sets.c \
	cli/show_spi.c \
	cli/show_system.c \
	cli/spec.c cli/spec.h \
	cli/stored.c cli/stored.h \
	cli/syntax.c cli/syntax.h \
	cli/table.c cli/table.h \
	cli/terminal.c cli/terminal.h \
	cli/token.c cli/token.h \
	cli/tools.c \
	cli/words.c cli/words.h
libshell_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
SHELL_LIBS = libshell.a $(APPLET_LIBS) $(BASE_LIBS) $(REGEX_LIBS) $(JANSSON_LIBS) -lcli

# The client's end of the control socket, for programs and for tests of the daemon's end.
noinst_LIBRARIES += libclient.a
libclient_a_SOURCES = cli/client.c cli/client.h
libclient_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
CLIENT_LIBS = libclient.a $(BASE_LIBS) $(JANSSON_LIBS)

bin_PROGRAMS += spindle
spindle_SOURCES = cli/main/main.c cli/main/acting.c cli/main/acting.h cli/main/intake.c cli/main/intake.h cli/main/way.c cli/main/way.h \
	cli/remote.c cli/remote.h
spindle_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
spindle_LDADD = $(TELNETD_LIBS)

include cli/term/local.mk
include cli/telnet/local.mk

EXTRA_DIST += doc/command-line.md
