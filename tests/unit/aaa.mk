# Aaa: people and lines as a configuration has them, on a simulated loop: passwords are hashed in line.
AAA_TESTS = \
	tests/unit/test_aaa \
	tests/unit/test_aaa_login
check_PROGRAMS += $(AAA_TESTS)
TESTS += $(AAA_TESTS)
AAA_FIXTURE = tests/unit/aaa_fixture.c tests/unit/aaa_fixture.h $(CONFIG_FIXTURE)
tests_unit_test_aaa_SOURCES = tests/unit/test_aaa.c $(AAA_FIXTURE)
tests_unit_test_aaa_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_aaa_LDADD = $(AAA_LIBS) $(CONFIG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_aaa_login_SOURCES = tests/unit/test_aaa_login.c $(AAA_FIXTURE)
tests_unit_test_aaa_login_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_aaa_login_LDADD = $(AAA_LIBS) $(CONFIG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
