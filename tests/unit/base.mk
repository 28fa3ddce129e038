# A unit test program: name, sources, libraries. Model for the other rooms.
check_PROGRAMS += tests/unit/test_reader
TESTS += tests/unit/test_reader
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c tests/unit/unit.h
tests_unit_test_reader_LDADD = $(BASE_LIBS) $(TEST_LIBS)
