# The terminal: its parts that are pure, then the program at a real one.
check_PROGRAMS += tests/unit/test_term tests/unit/test_term_confine tests/unit/test_cli_filter
TESTS += tests/unit/test_term tests/unit/test_term_confine tests/unit/test_cli_filter
tests_unit_test_term_SOURCES = tests/unit/test_term.c tests/unit/unit.h
tests_unit_test_term_LDADD = $(TERM_LIBS) $(TEST_LIBS)
tests_unit_test_term_confine_SOURCES = tests/unit/test_term_confine.c tests/unit/unit.h
tests_unit_test_term_confine_LDADD = $(TERM_LIBS) $(TEST_LIBS)
tests_unit_test_cli_filter_SOURCES = tests/unit/test_cli_filter.c tests/unit/unit.h \
	tests/cli/fake_daemon.c tests/cli/fake_daemon.h
tests_unit_test_cli_filter_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

noinst_PROGRAMS += tests/cli/terminal_daemon
tests_cli_terminal_daemon_SOURCES = tests/cli/terminal_daemon.c $(API_FIXTURE)
tests_cli_terminal_daemon_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_cli_terminal_daemon_LDADD = $(API_TEST_LIBS)

# A session whose options no command sets yet.
noinst_PROGRAMS += tests/cli/terminal_session
tests_cli_terminal_session_SOURCES = tests/cli/terminal_session.c cli/remote.c cli/remote.h
tests_cli_terminal_session_LDADD = $(TERM_LIBS)
