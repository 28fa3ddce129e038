# The ways into the command line.
check_PROGRAMS += tests/unit/test_way
TESTS += tests/unit/test_way
tests_unit_test_way_SOURCES = tests/unit/test_way.c tests/unit/unit.h cli/main/way.c cli/main/way.h
tests_unit_test_way_LDADD = $(BASE_LIBS) $(TEST_LIBS)
check_PROGRAMS += tests/unit/test_telnet
TESTS += tests/unit/test_telnet
tests_unit_test_telnet_SOURCES = tests/unit/test_telnet.c tests/unit/unit.h cli/remote.c cli/remote.h
tests_unit_test_telnet_LDADD = $(TELNETD_LIBS) $(TEST_LIBS)
noinst_PROGRAMS += tests/cli/call_inside
tests_cli_call_inside_SOURCES = tests/cli/call_inside.c
tests_cli_call_inside_LDADD = $(BASE_LIBS)
