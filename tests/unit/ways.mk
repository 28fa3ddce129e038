# The ways into the command line.
check_PROGRAMS += tests/unit/test_way
TESTS += tests/unit/test_way
tests_unit_test_way_SOURCES = tests/unit/test_way.c tests/unit/unit.h cli/main/way.c cli/main/way.h
tests_unit_test_way_LDADD = $(BASE_LIBS) $(TEST_LIBS)
