# A session at a fake daemon.
CLI_FIXTURE = tests/unit/cli_fixture.c tests/unit/cli_fixture.h tests/unit/unit.h \
	tests/cli/fake_daemon.c tests/cli/fake_daemon.h

check_PROGRAMS += tests/unit/test_cli_parse
TESTS += tests/unit/test_cli_parse
tests_unit_test_cli_parse_SOURCES = tests/unit/test_cli_parse.c tests/unit/unit.h
tests_unit_test_cli_parse_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_stored tests/unit/test_differences
TESTS += tests/unit/test_cli_stored tests/unit/test_differences
tests_unit_test_cli_stored_SOURCES = tests/unit/test_cli_stored.c $(CLI_FIXTURE)
tests_unit_test_cli_stored_LDADD = $(SHELL_LIBS) $(TEST_LIBS)
tests_unit_test_differences_SOURCES = tests/unit/test_differences.c tests/unit/unit.h
tests_unit_test_differences_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_eem
TESTS += tests/unit/test_cli_eem
tests_unit_test_cli_eem_SOURCES = tests/unit/test_cli_eem.c $(CLI_FIXTURE)
tests_unit_test_cli_eem_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_config
TESTS += tests/unit/test_cli_config
tests_unit_test_cli_config_SOURCES = tests/unit/test_cli_config.c $(CLI_FIXTURE)
tests_unit_test_cli_config_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_show
TESTS += tests/unit/test_cli_show
tests_unit_test_cli_show_SOURCES = tests/unit/test_cli_show.c $(CLI_FIXTURE)
tests_unit_test_cli_show_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_logging
TESTS += tests/unit/test_cli_logging
tests_unit_test_cli_logging_SOURCES = tests/unit/test_cli_logging.c tests/unit/unit.h \
	tests/cli/fake_daemon.c tests/cli/fake_daemon.h
tests_unit_test_cli_logging_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_roundtrip
TESTS += tests/unit/test_cli_roundtrip
tests_unit_test_cli_roundtrip_SOURCES = tests/unit/test_cli_roundtrip.c $(CLI_FIXTURE)
tests_unit_test_cli_roundtrip_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_load
TESTS += tests/unit/test_cli_load
tests_unit_test_cli_load_SOURCES = tests/unit/test_cli_load.c $(CLI_FIXTURE)
tests_unit_test_cli_load_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_import
TESTS += tests/unit/test_cli_import
tests_unit_test_cli_import_SOURCES = tests/unit/test_cli_import.c $(CLI_FIXTURE)
tests_unit_test_cli_import_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

# The program against a control socket and a configuration that are real.
check_PROGRAMS += tests/unit/test_cli_daemon
TESTS += tests/unit/test_cli_daemon
tests_unit_test_cli_daemon_SOURCES = tests/unit/test_cli_daemon.c cli/remote.c cli/remote.h \
	tests/cli/daemon_process.c tests/cli/daemon_process.h $(API_FIXTURE)
tests_unit_test_cli_daemon_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES) \
	-DTEST_SPINDLE='"$(abs_top_builddir)/spindle"'
tests_unit_test_cli_daemon_LDADD = $(API_TEST_LIBS) $(CLIENT_LIBS) $(SHELL_LIBS)
EXTRA_tests_unit_test_cli_daemon_DEPENDENCIES = spindle

check_PROGRAMS += tests/unit/test_cli_acting
TESTS += tests/unit/test_cli_acting
tests_unit_test_cli_acting_SOURCES = tests/unit/test_cli_acting.c tests/cli/daemon_process.c \
	tests/cli/daemon_process.h $(API_FIXTURE)
tests_unit_test_cli_acting_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES) \
	-DTEST_SPINDLE='"$(abs_top_builddir)/spindle"'
tests_unit_test_cli_acting_LDADD = $(API_TEST_LIBS)
EXTRA_tests_unit_test_cli_acting_DEPENDENCIES = spindle

check_PROGRAMS += tests/unit/test_cli_intake
TESTS += tests/unit/test_cli_intake
tests_unit_test_cli_intake_SOURCES = tests/unit/test_cli_intake.c tests/cli/daemon_process.c \
	tests/cli/daemon_process.h $(API_FIXTURE)
tests_unit_test_cli_intake_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES) \
	-DTEST_SPINDLE='"$(abs_top_builddir)/spindle"'
tests_unit_test_cli_intake_LDADD = $(API_TEST_LIBS)
EXTRA_tests_unit_test_cli_intake_DEPENDENCIES = spindle

check_PROGRAMS += tests/unit/test_cli_token tests/unit/test_cli_spec
TESTS += tests/unit/test_cli_token tests/unit/test_cli_spec
tests_unit_test_cli_token_SOURCES = tests/unit/test_cli_token.c tests/unit/unit.h
tests_unit_test_cli_token_LDADD = $(SHELL_LIBS) $(TEST_LIBS)
tests_unit_test_cli_spec_SOURCES = tests/unit/test_cli_spec.c tests/unit/unit.h
tests_unit_test_cli_spec_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

# Each value of the state in its show, by the schema.
check_PROGRAMS += tests/unit/test_cli_values
TESTS += tests/unit/test_cli_values
tests_unit_test_cli_values_SOURCES = tests/unit/test_cli_values.c tests/unit/unit.h \
	tests/cli/fake_daemon.c tests/cli/fake_daemon.h
tests_unit_test_cli_values_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES) \
	-DTEST_CLI='"$(abs_top_srcdir)/cli"'
tests_unit_test_cli_values_LDADD = $(SHELL_LIBS) $(YANG_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_map
TESTS += tests/unit/test_cli_map
tests_unit_test_cli_map_SOURCES = tests/unit/test_cli_map.c $(CLI_FIXTURE)
tests_unit_test_cli_map_LDADD = $(SHELL_LIBS) $(TEST_LIBS)
check_PROGRAMS += tests/unit/test_cli_people
TESTS += tests/unit/test_cli_people
tests_unit_test_cli_people_SOURCES = tests/unit/test_cli_people.c $(CLI_FIXTURE)
tests_unit_test_cli_people_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_complete
TESTS += tests/unit/test_cli_complete
tests_unit_test_cli_complete_SOURCES = tests/unit/test_cli_complete.c tests/unit/unit.h
tests_unit_test_cli_complete_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

# Two routers' rooms and the command line, on data made of the schema.
GENERATED = tests/cli/generated.c tests/cli/generated.h tests/cli/yang_dice.c tests/cli/yang_dice.h \
	tests/unit/map_world.c tests/unit/map_world.h tests/unit/unit.h
check_PROGRAMS += tests/unit/test_cli_generated
TESTS += tests/unit/test_cli_generated
tests_unit_test_cli_generated_SOURCES = tests/unit/test_cli_generated.c $(GENERATED)
tests_unit_test_cli_generated_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_cli_generated_LDADD = $(SHELL_LIBS) $(MAP_TEST_LIBS)
# The machine's shows, ping and traceroute.
check_PROGRAMS += tests/unit/test_cli_box
TESTS += tests/unit/test_cli_box
tests_unit_test_cli_box_SOURCES = tests/unit/test_cli_box.c $(CLI_FIXTURE)
tests_unit_test_cli_box_LDADD = $(SHELL_LIBS) $(TEST_LIBS)

check_PROGRAMS += tests/unit/test_cli_acl tests/unit/test_cli_crypto
TESTS += tests/unit/test_cli_acl tests/unit/test_cli_crypto
tests_unit_test_cli_acl_SOURCES = tests/unit/test_cli_acl.c $(CLI_FIXTURE)
tests_unit_test_cli_acl_LDADD = $(SHELL_LIBS) $(TEST_LIBS)
tests_unit_test_cli_crypto_SOURCES = tests/unit/test_cli_crypto.c $(CLI_FIXTURE)
tests_unit_test_cli_crypto_LDADD = $(SHELL_LIBS) $(TEST_LIBS)
