RECORDER_TESTS = tests/unit/test_recorder
check_PROGRAMS += $(RECORDER_TESTS)
TESTS += $(RECORDER_TESTS)
tests_unit_test_recorder_SOURCES = tests/unit/test_recorder.c
tests_unit_test_recorder_LDADD = $(RECORDER_LIBS) $(BASE_LIBS) $(TEST_LIBS)
