SA_TESTS = tests/unit/test_sa_ring tests/unit/test_sa_history tests/unit/test_sa tests/unit/test_sa_life \
	tests/unit/test_sa_linger
check_PROGRAMS += $(SA_TESTS)
TESTS += $(SA_TESTS)
ROUTER_WORLD = tests/unit/router_world.c tests/unit/router_world.h tests/unit/unit.h
SA_TEST_LIBS = libsa.a libengine.a libconn.a $(FAKE_XFRM_LIBS) $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_sa_ring_SOURCES = tests/unit/test_sa_ring.c tests/unit/unit.h
tests_unit_test_sa_ring_LDADD = $(SA_TEST_LIBS)
tests_unit_test_sa_history_SOURCES = tests/unit/test_sa_history.c tests/unit/unit.h
tests_unit_test_sa_history_LDADD = $(SA_TEST_LIBS)
tests_unit_test_sa_SOURCES = tests/unit/test_sa.c $(ROUTER_WORLD)
tests_unit_test_sa_LDADD = $(SA_TEST_LIBS)
tests_unit_test_sa_life_SOURCES = tests/unit/test_sa_life.c $(ROUTER_WORLD)
tests_unit_test_sa_life_LDADD = $(SA_TEST_LIBS)
tests_unit_test_sa_linger_SOURCES = tests/unit/test_sa_linger.c $(ROUTER_WORLD)
tests_unit_test_sa_linger_LDADD = $(SA_TEST_LIBS)
