check_PROGRAMS += tests/unit/test_decide
TESTS += tests/unit/test_decide
tests_unit_test_decide_SOURCES = tests/unit/test_decide.c
tests_unit_test_decide_LDADD = librecovery.a $(BASE_LIBS) $(TEST_LIBS)
