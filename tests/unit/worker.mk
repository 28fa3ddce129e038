# The event manager's confined Lua. What starts processes needs a kernel with seccomp, else it skips.
WORKER_TESTS = tests/unit/test_pattern
check_PROGRAMS += $(WORKER_TESTS)
TESTS += $(WORKER_TESTS)
tests_unit_test_pattern_SOURCES = tests/unit/test_pattern.c tests/unit/unit.h
tests_unit_test_pattern_LDADD = libworker.a $(BASE_LIBS) $(TEST_LIBS)
