APPLET_TESTS = tests/unit/test_applet tests/unit/test_applet_help tests/unit/test_applet_run \
	tests/unit/test_applet_files
check_PROGRAMS += $(APPLET_TESTS)
TESTS += $(APPLET_TESTS)
APPLET_TEST_FLAGS = $(LUA_CFLAGS) $(JANSSON_CFLAGS) \
	-DTEST_EEM='"$(abs_top_srcdir)/tests/eem"' \
	-DTEST_RUNTIME='"$(abs_top_srcdir)/lua/applet/runtime.lua"' \
	-DTEST_MANUAL='"$(abs_top_srcdir)/doc/event-manager.md"'
tests_unit_test_applet_SOURCES = tests/unit/test_applet.c
tests_unit_test_applet_CPPFLAGS = $(AM_CPPFLAGS) $(APPLET_TEST_FLAGS)
tests_unit_test_applet_LDADD = $(APPLET_LIBS) $(TEST_LIBS)
tests_unit_test_applet_help_SOURCES = tests/unit/test_applet_help.c
tests_unit_test_applet_help_CPPFLAGS = $(AM_CPPFLAGS) $(APPLET_TEST_FLAGS)
tests_unit_test_applet_help_LDADD = $(APPLET_LIBS) $(TEST_LIBS)
tests_unit_test_applet_run_SOURCES = tests/unit/test_applet_run.c tests/unit/applet_lua.c \
	tests/unit/applet_lua.h
tests_unit_test_applet_run_CPPFLAGS = $(AM_CPPFLAGS) $(APPLET_TEST_FLAGS)
tests_unit_test_applet_run_LDADD = $(APPLET_LIBS) $(LUA_LIBS) $(TEST_LIBS)
tests_unit_test_applet_files_SOURCES = tests/unit/test_applet_files.c tests/unit/applet_lua.c \
	tests/unit/applet_lua.h
tests_unit_test_applet_files_CPPFLAGS = $(AM_CPPFLAGS) $(APPLET_TEST_FLAGS)
tests_unit_test_applet_files_LDADD = $(APPLET_LIBS) $(LUA_LIBS) $(TEST_LIBS)
EXTRA_DIST += tests/eem/fake.lua tests/eem/applets tests/eem/refused
