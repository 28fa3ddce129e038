# lua/main, over a daemon and workers that the tests play (eem_world).
EEM_TESTS = tests/unit/test_eem_main tests/unit/test_eem_calls
check_PROGRAMS += $(EEM_TESTS)
TESTS += $(EEM_TESTS)
EEM_TEST_LIBS = libeem_main.a libapplet.a libmatch.a $(NET_LIBS) $(BASE_LIBS) $(REGEX_LIBS) $(JANSSON_LIBS) $(TEST_LIBS)
EEM_WORLD = tests/unit/eem_world.c tests/unit/eem_world.h tests/unit/unit.h
tests_unit_test_eem_main_SOURCES = tests/unit/test_eem_main.c $(EEM_WORLD)
tests_unit_test_eem_main_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_eem_main_LDADD = $(EEM_TEST_LIBS)
tests_unit_test_eem_calls_SOURCES = tests/unit/test_eem_calls.c $(EEM_WORLD)
tests_unit_test_eem_calls_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_eem_calls_LDADD = $(EEM_TEST_LIBS)
