check_PROGRAMS += tests/unit/test_seal
TESTS += tests/unit/test_seal
tests_unit_test_seal_SOURCES = tests/unit/test_seal.c tests/unit/unit.h
tests_unit_test_seal_LDADD = $(SEAL_LIBS) $(BASE_LIBS) $(TEST_LIBS)
