# The lab and the tests that run in it (by contrib/check), and the checks of the source itself.
EXTRA_DIST += tests/lab tests/kernel tests/interop tests/system tests/automation tests/guide tests/rooms

# Transcripts by real clients, for contrib/check cli.
EXTRA_DIST += tests/cli/terminal tests/cli/ways tests/cli/ssh_server

# A real collector of log lines, for contrib/check cli.
noinst_PROGRAMS += tests/logging/say
tests_logging_say_SOURCES = tests/logging/say.c
tests_logging_say_LDADD = $(LOG_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/logging/test_collectors

dist_noinst_SCRIPTS += tests/check_layers tests/check_banned tests/check_budget tests/check_lab tests/check_format
TESTS += tests/check_layers tests/check_banned tests/check_budget tests/check_lab tests/check_format

# The lab's own clockwork: numbered traffic and stamps.
noinst_PROGRAMS += tests/lab/flow tests/lab/inject
tests_lab_flow_SOURCES = tests/lab/flow.c
tests_lab_flow_LDADD = $(BASE_LIBS)
tests_lab_inject_SOURCES = tests/lab/inject.c
tests_lab_inject_LDADD = $(BASE_LIBS)
