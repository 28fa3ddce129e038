# lua/match: on a simulated clock.
MATCH_TESTS = tests/unit/test_match tests/unit/test_match_cron
check_PROGRAMS += $(MATCH_TESTS)
TESTS += $(MATCH_TESTS)
tests_unit_test_match_SOURCES = tests/unit/test_match.c tests/unit/unit.h
tests_unit_test_match_LDADD = $(MATCH_LIBS) $(TEST_LIBS)
tests_unit_test_match_cron_SOURCES = tests/unit/test_match_cron.c tests/unit/unit.h
tests_unit_test_match_cron_LDADD = $(MATCH_LIBS) $(TEST_LIBS)
