# Config: config_fixture is a configuration in a folder of its own, with rooms that keep a diary.
CONFIG_TESTS = \
	tests/unit/test_config_archive \
	tests/unit/test_config_candidate \
	tests/unit/test_config_edit \
	tests/unit/test_config_commit \
	tests/unit/test_config_file \
	tests/unit/test_config_get \
	tests/unit/test_config_large \
	tests/unit/test_config_scope
check_PROGRAMS += $(CONFIG_TESTS)
TESTS += $(CONFIG_TESTS)
CONFIG_FIXTURE = tests/unit/config_fixture.c tests/unit/config_fixture.h tests/unit/unit.h
CONFIG_TEST_DEFINES = $(YANG_CFLAGS) -DTEST_YANG='"$(abs_top_srcdir)/yang"'
CONFIG_TEST_LIBS = $(CONFIG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_config_edit_SOURCES = tests/unit/test_config_edit.c $(CONFIG_FIXTURE)
tests_unit_test_config_edit_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_config_edit_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_candidate_SOURCES = tests/unit/test_config_candidate.c $(CONFIG_FIXTURE)
tests_unit_test_config_candidate_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_config_candidate_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_archive_SOURCES = tests/unit/test_config_archive.c $(CONFIG_FIXTURE)
tests_unit_test_config_archive_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_config_archive_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_commit_SOURCES = tests/unit/test_config_commit.c $(CONFIG_FIXTURE)
tests_unit_test_config_commit_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_config_commit_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_file_SOURCES = tests/unit/test_config_file.c $(CONFIG_FIXTURE)
tests_unit_test_config_file_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_config_file_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_get_SOURCES = tests/unit/test_config_get.c $(CONFIG_FIXTURE)
tests_unit_test_config_get_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_config_get_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_scope_SOURCES = tests/unit/test_config_scope.c $(CONFIG_FIXTURE)
tests_unit_test_config_scope_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_config_scope_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_large_SOURCES = tests/unit/test_config_large.c $(CONFIG_FIXTURE)
tests_unit_test_config_large_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_config_large_LDADD = $(CONFIG_TEST_LIBS)
