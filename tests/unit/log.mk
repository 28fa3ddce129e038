LOG_TESTS = tests/unit/test_log tests/unit/test_log_format tests/unit/test_log_ways tests/unit/test_log_host \
	tests/unit/test_log_host_tcp
check_PROGRAMS += $(LOG_TESTS)
TESTS += $(LOG_TESTS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c tests/unit/unit.h
tests_unit_test_log_LDADD = $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_log_format_SOURCES = tests/unit/test_log_format.c tests/unit/unit.h
tests_unit_test_log_format_LDADD = $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_log_ways_SOURCES = tests/unit/test_log_ways.c tests/unit/unit.h
tests_unit_test_log_ways_LDADD = $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_log_host_SOURCES = tests/unit/test_log_host.c $(LOG_HOST_WORLD)
tests_unit_test_log_host_tcp_SOURCES = tests/unit/test_log_host_tcp.c $(LOG_HOST_WORLD)
tests_unit_test_log_host_tcp_LDADD = $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
LOG_HOST_WORLD = tests/unit/log_host_world.c tests/unit/log_host_world.h tests/unit/unit.h
tests_unit_test_log_host_LDADD = $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
