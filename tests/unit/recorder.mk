RECORDER_TESTS = tests/unit/test_recorder
check_PROGRAMS += $(RECORDER_TESTS)
TESTS += $(RECORDER_TESTS)
tests_unit_test_recorder_SOURCES = tests/unit/test_recorder.c
tests_unit_test_recorder_LDADD = $(RECORDER_LIBS) $(BASE_LIBS) $(TEST_LIBS)

# Its show; $(CLI_FIXTURE) is of tests/unit/cli.mk.
check_PROGRAMS += tests/unit/test_cli_recorder
TESTS += tests/unit/test_cli_recorder
tests_unit_test_cli_recorder_SOURCES = tests/unit/test_cli_recorder.c $(CLI_FIXTURE)
tests_unit_test_cli_recorder_LDADD = $(SHELL_LIBS) $(TEST_LIBS)
